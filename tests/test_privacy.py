"""No eight words in a row of a source text in the project, its history, wheel or sdist; figures count as one word."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from obrok.case.case import load, shipped_cases
from obrok.evidence.anchors import sha256
from obrok.evidence.quotations import runs, tokens
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def forbidden(source_texts: list[str]) -> set[tuple[str, ...]]:
    """Every run of eight words of a source, but for its title (the first line) and its byline."""
    free: set[tuple[str, ...]] = set()
    for name in shipped_cases():
        for document in load(name).evidence.documents.values():
            free |= runs(tokens(document.title)) | runs(tokens(f"{document.title} {document.author or ''}"))
    return {run for text in source_texts for run in runs(tokens(text))} - free


def quotes(data: bytes, forbidden: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return runs(tokens(data.decode("utf-8", "replace"))) & forbidden


def test_the_search_finds_a_quotation(source_texts: list[str], forbidden: set[tuple[str, ...]]) -> None:
    words = source_texts[0].split()
    hidden = "x = [  # " + '",\n  # "'.join(words[40:52]) + '"]'
    assert quotes(hidden.encode(), forbidden) and not quotes(" ".join(words[40:46]).encode(), forbidden)


def test_no_file_quotes_a_source(forbidden: set[tuple[str, ...]]) -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    quoting = [str(p.relative_to(ROOT)) for p in paths if p.is_file() and quotes(p.read_bytes(), forbidden)]
    assert len(paths) > 30 and quoting == []


@pytest.mark.slow
def test_no_distribution_quotes_a_source(
    forbidden: set[tuple[str, ...]], source_texts: list[str], tmp_path: Path
) -> None:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: nothing can be built")
    if not (ROOT / "README.md").exists():
        pytest.skip("README.md, which pyproject.toml names, is not there: nothing can be built")
    build = "import sys, hatchling.build as b; b.build_wheel(sys.argv[1]); b.build_sdist(sys.argv[1])"
    made = subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    contents: dict[str, bytes] = {}
    for path in tmp_path.iterdir():
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                contents |= {f"{path.name}/{name}": wheel.read(name) for name in wheel.namelist()}
        else:
            with tarfile.open(path) as sdist:
                files = [m for m in sdist.getmembers() if m.isfile()]
                contents |= {f"{path.name}/{m.name}": sdist.extractfile(m).read() for m in files}  # type: ignore[union-attr]
    assert len([name for name in contents if name.endswith("cases/blank/case.yaml")]) == 2
    assert any(n.endswith("chita-2015/case.yaml") for n in contents if ".whl/" in n)
    assert [name for name, data in contents.items() if quotes(data, forbidden)] == []
    assert not [name for name in contents if re.search(r"(^|/)(archive|documents|out)/", name)]
    kept = {sha256(text) for text in source_texts}
    assert not [name for name, data in contents.items() if sha256(data) in kept]


def test_no_commit_quotes_a_source(forbidden: set[tuple[str, ...]]) -> None:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    history = subprocess.run(
        ["git", "log", "-p", "--all", "--format=%B"], cwd=ROOT, capture_output=True, text=True, errors="ignore"
    ).stdout
    lines = (line[1:] if line[:1] in "+-" else line for line in history.splitlines())
    assert not quotes("\n".join(lines).encode(), forbidden)
