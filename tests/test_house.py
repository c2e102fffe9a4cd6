"""The house: imports run downward only; compiled kernels follow every edit of a rule; docs tell the truth."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "obrok"
#: room (a folder, or luck; other modules of the package itself are ground) → rooms it may import from (itself always)
MAY = {
    "ground": {"ground"},
    "luck": set(),
    "evidence": {"ground"},
    "case": {"ground", "evidence"},
    "engine": {"luck"},
    "worlds": {"ground", "luck", "evidence", "case", "engine"},
    "answers": {"ground", "luck", "evidence", "case", "worlds"},
    "verify": {"ground", "luck", "evidence", "case", "engine", "worlds", "answers"},
    "bench": {"ground", "luck", "evidence", "case", "engine", "worlds"},
    "outward": {"ground", "luck", "evidence", "case", "worlds", "answers", "engine", "verify", "bench"},
}


def room(module: str) -> str:
    part = module.split(".")[1]
    return part if part == "luck" or (PACKAGE / part).is_dir() else "ground"


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("obrok"):
            yield from ([f"obrok.{a.name}" for a in node.names] if node.module == "obrok" else [node.module])
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("obrok."))


def test_imports_run_downward():
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if parts[-1] == "__init__" and len(parts) == 2:
            continue  # the public names, which import on use
        mine = room(".".join(parts))
        for module in imports(path):
            other = room(module)
            if other != mine and other not in MAY[mine]:
                wrong.append(f"{path.name} imports {module}")
            if mine in ("answers", "outward") and other == "engine" and module != "obrok.engine.tables":
                wrong.append(f"{path.name} runs the engine past worlds.run")
    assert not wrong


def test_obrok_imports_nothing_heavy():
    code = "import sys, obrok; print([m for m in ('numba', 'scipy', 'matplotlib', 'xarray', 'pandas', 'duckdb') if m in sys.modules])"
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env).stdout.strip() == "[]"


RUN = """
import numpy as np
from obrok.worlds.run import Plan, run_chunk
from obrok.case.case import load
case = load("chita-2015")
print(run_chunk(Plan(case, 1, case.policies[:1]), np.arange(2)).answers["as-reported"]["to_state"].sum())
"""


def test_an_edited_rule_is_compiled_anew(tmp_path):
    """Numba's disk cache looks at one file; the folder's name must follow the others."""
    copy = tmp_path / "src"
    shutil.copytree(PACKAGE, copy / "obrok", ignore=shutil.ignore_patterns("__pycache__"))
    env = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | {
        "PYTHONPATH": str(copy),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def answer(told: bool = False) -> float:
        """What a process of its own answers. `told`: it must have compiled nothing, by numba's own account."""
        account = {"NUMBA_DEBUG_CACHE": "1"} if told else {}
        done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, env=env | account)
        assert done.returncode == 0, done.stderr
        *lines, last = done.stdout.splitlines()
        assert not told or (any("data loaded" in x for x in lines) and not any("data saved" in x for x in lines))
        return float(last)

    def files() -> dict:
        return {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").rglob("*") if p.is_file()}

    first = answer()
    compiled = files()
    assert answer(told=True) == first and files() == compiled  # cold and warm: the same bits, and nothing new
    assert len(list((tmp_path / "cache" / "obrok").iterdir())) == 1
    rules = copy / "obrok" / "engine" / "rules.py"
    text = rules.read_text("utf-8")
    assert "* 12.0 * 100.0 / 365.0" in text
    rules.write_text(text.replace("* 12.0 * 100.0 / 365.0", "* 24.0 * 100.0 / 365.0"), "utf-8")
    assert answer() == pytest.approx(2 * first, rel=1e-3)


def test_the_table_of_parameters_in_the_docs():
    from obrok.case.parameters import as_markdown

    assert (ROOT / "docs" / "parameters.md").read_text("utf-8") == as_markdown()


def test_docs_link_to_what_is_there():
    import re

    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_digest_of_the_program_covers_the_words():
    """A result made with another table of words is not taken for this one's."""
    from obrok.worlds.record import code_files

    names = {p.relative_to(PACKAGE).as_posix() for p in code_files()}
    assert {"cases/words.yaml", "engine/rules.py", "outward/templates/report.html"} <= names
