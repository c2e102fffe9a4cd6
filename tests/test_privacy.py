"""No eight words in a row of a source text in the project, its history, wheel or sdist; figures count as one word."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.conftest import ROOT


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\d[\d,.]*|[^\W\d_]+", text.lower())
    return {tuple(words[i : i + 8]) for i in range(len(words) - 7)}


@pytest.fixture(scope="module")
def forbidden(source_texts) -> set[tuple[str, ...]]:
    """Every run of eight words of the texts but those of their titles (first lines), which may be quoted."""
    return set().union(*(runs(text) - runs(text.strip().split("\n")[0]) for text in source_texts))


def test_the_check_itself_sees_a_run(forbidden, source_texts):
    words = source_texts[0].split()
    assert runs("so it says: " + " ".join(words[40:52])) & forbidden


def test_tracked_files_and_history(forbidden):
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file():
            found = runs(path.read_text("utf-8", errors="ignore")) & forbidden
            assert not found, name
    history = subprocess.run(
        ["git", "log", "-p", "--all", "--format=%B"], cwd=ROOT, capture_output=True, text=True, errors="ignore"
    ).stdout
    assert not runs("\n".join(line[1:] if line[:1] in "+-" else line for line in history.splitlines())) & forbidden


def test_wheel_and_sdist(forbidden, tmp_path):
    pytest.importorskip("build", reason="the build front end is not installed here")
    pytest.importorskip("hatchling", reason="the build backend is not installed here")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    members: dict[str, bytes] = {}
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        members |= {f"wheel:{n}": wheel.read(n) for n in wheel.namelist()}
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        members |= {f"sdist:{m.name}": sdist.extractfile(m).read() for m in sdist.getmembers() if m.isfile()}
    assert any(n.endswith("chita-2015/case.yaml") for n in members if n.startswith("wheel:"))
    for name, data in members.items():
        assert not runs(data.decode("utf-8", errors="ignore")) & forbidden, name
        assert not re.search(r"(^|/)(archive|documents|out)/", name), name
