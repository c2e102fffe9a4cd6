"""docs/threat-model.md says nothing that no test holds."""

from __future__ import annotations

import ast
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from obrok.case.case import new_case
from obrok.evidence.withheld import key_of
from obrok.outward.editing.intake import About, take_in
from obrok.outward.finding import find
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "threat-model.md"
NAMED = re.compile(r"`(tests/\w+\.py)::(test_\w+)`")
TO_COME = re.compile(r"<!-- tests to come: [^>]+ -->")


def threats() -> dict[str, str]:
    """Id → what is said of the threat."""
    parts = re.split(r"(?m)^## (T\d+)\n", PAGE.read_text("utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def protections(text: str) -> list[str]:
    """The statements of what obrok does about a threat."""
    found = re.search(r"What obrok does:\n((?:- .*\n)+)", text)
    return found[1].strip().split("\n") if found else []


def test_every_test_that_is_named_is_there() -> None:
    tests = {file: (ROOT / file).read_text("utf-8") for file, _ in NAMED.findall(PAGE.read_text("utf-8"))}
    known = {f: {n.name for n in ast.walk(ast.parse(t)) if isinstance(n, ast.FunctionDef)} for f, t in tests.items()}
    missing = [f"{file}::{name}" for file, name in NAMED.findall(PAGE.read_text("utf-8")) if name not in known[file]]
    assert not missing and len(known) > 6


def test_every_threat_is_answered_and_every_answer_held() -> None:
    found = threats()
    assert list(found) == [f"T{n}" for n in range(1, len(found) + 1)] and len(found) >= 7
    for name, text in found.items():
        assert NAMED.search(text), f"{name} names no test"
        assert text.startswith("**") and "What could go wrong:" in text and "What it does not, and you must:" in text, (
            name
        )
        assert protections(text), name
        for statement in protections(text):
            assert NAMED.search(statement) or TO_COME.search(statement), f"{name}: nothing holds: {statement[:60]}"
    head = PAGE.read_text("utf-8").split("\n## T1\n")[0]
    assert re.findall(r"\[(T\d+)\]\(#(t\d+)\)", head) == [(name, name.lower()) for name in found]


def test_it_is_found_from_the_first_pages() -> None:
    for page in ("README.md", "SECURITY.md"):
        assert "(docs/threat-model.md)" in (ROOT / page).read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_an_archive_is_the_user_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the user's umask is."""
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "user"))
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)
    case = new_case(tmp_path / "case")
    (tmp_path / "letter.txt").write_text("Police found four builders in May.")
    before = os.umask(0)
    try:
        assert not take_in(case, [tmp_path / "letter.txt"], About(published="2015-06-01")).problems
        key_of(case / "archive")
        assert find(case, "builders")[1]
    finally:
        os.umask(before)
    found = [case / "archive", *(case / "archive").rglob("*")]
    assert len(found) > 7
    for path in found:
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, f"others can open {path.relative_to(case)}"
