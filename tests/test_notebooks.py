"""The gallery of notebooks runs from first cell to last, offline, and prints what is stored."""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT
from tests.notebooks import FOLDER, NAMES, PICTURE, cleaned, execute, path_of, said

pytestmark = pytest.mark.slow


def test_the_gallery_is_all_of_them() -> None:
    assert {p.stem for p in FOLDER.glob("*.ipynb")} == set(NAMES)
    page = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"]({name}.ipynb)" in page for name in NAMES)


@pytest.mark.parametrize(("name", "texts"), list(zip(NAMES, (True, False, True, False), strict=True)))
def test_it_runs_and_prints_what_is_stored(name, texts, tmp_path, monkeypatch) -> None:
    """Two of them with the source texts of this machine at hand, two without: it must not matter."""
    if not texts:
        monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "archive"))
    stored, now = nbformat.read(path_of(name), as_version=4), execute(name, tmp_path)
    for was, here in zip(said(stored), said(now), strict=True):
        assert here == was, "make notebooks, and look at what has changed"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_is_clean(name) -> None:
    stored = nbformat.read(path_of(name), as_version=4)
    nbformat.validate(stored)
    assert nbformat.writes(cleaned(nbformat.from_dict(stored))) + "\n" == path_of(name).read_text("utf-8")
    text = path_of(name).read_text("utf-8")
    without_pictures = re.sub(rf'"{PICTURE}": "[^"]*"', "", text)
    for own in {socket.gethostname(), getpass.getuser(), str(Path.home()), str(ROOT), "/tmp", "/home", "\\\\Users"}:
        assert not re.search(rf"(?<![\w/]){re.escape(own)}(?!\w)", without_pictures), own
    assert not re.search(r"0x[0-9a-f]{6,}|\b\d+(\.\d+)? ?(ms|seconds)\b|Traceback|Warning", without_pictures)
    assert len(text) < 400_000 and sum(c.cell_type == "code" for c in stored.cells) >= 6
    assert any(PICTURE in out.get("data", {}) for c in stored.cells if c.cell_type == "code" for out in c.outputs) == (
        name == "social-scientist"
    )


def test_a_notebook_that_drifts_is_noticed() -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)")])
    made.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text=t) for t in ("1", "\n")]
    assert said(cleaned(made)) == [("print(1)", "1")] and len(made.cells[0].outputs) == 1
