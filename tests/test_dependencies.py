"""What obrok rests on, audited without asking anybody: the lock, licences, and what runs or talks without being asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

#: every distribution that obrok installs, its tests included. A newcomer in the lock is added here by somebody who has
#: looked at what it is, who makes it, what it does when it is imported, and its licence.
#: weasyprint and its needs (pydyf, tinycss2, tinyhtml5, cssselect2, pyphen, fonttools with brotli and zopfli) draw PDFs:
#: they load Pango from the system, and would fetch what a page names (`outward.pdf` refuses). ipykernel, nbclient and
#: theirs run notebooks in the tests alone: a kernel listens on the loopback address, with a key
KNOWN = """
    annotated-doc annotated-types anyio appnope arcp ast-serialize asttokens attrs babel brotli brotlicffi build
    certifi cffi charset-normalizer click cloudpickle colorama comm contourpy courlan cryptography cssselect2 cycler
    dask dateparser debugpy distributed duckdb editables execnet executing fastapi fastjsonschema fonttools fsspec
    greenlet h11 hatchling htmldate hypothesis idna importlib-metadata iniconfig ipykernel ipython
    ipython-pygments-lexers jedi jinja2 jsonschema jsonschema-specifications jupyter-client jupyter-core justext
    kiwisolver lazy-importer librt llvmlite locket lxml lxml-html-clean markdown-it-py markupsafe matplotlib
    matplotlib-inline mdurl msgpack mypy mypy-extensions nbclient nbformat nest-asyncio2 numba numpy opentelemetry-api
    packaging pandas parso partd pathspec pexpect pillow platformdirs playwright pluggy prompt-toolkit psutil
    ptyprocess pure-eval pycparser pydantic pydantic-core pydyf pygments pyparsing pypdf pyphen pyproject-hooks pyrage
    pytest pytest-xdist python-dateutil pytz pyyaml pyzmq rapidfuzz referencing regex requests rich rocrate rpds-py
    ruff scipy shellingham six sortedcontainers stack-data starlette tblib tinycss2 tinyhtml5 tld tomlkit toolz
    tornado trafilatura traitlets trove-classifiers typer types-pyyaml typing-extensions typing-inspection tzdata
    tzlocal urllib3 uvicorn warcio wcwidth weasyprint webencodings xarray zict zipp zopfli
""".split()
#: what an environment has beside the lock
OURS = {"obrok", "pip", "setuptools", "wheel"}

#: licences under which obrok (Apache-2.0) can be given away together with what it needs
ALLOWED = {
    "MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "Apache-2.0", "PSF-2.0", "CC0-1.0",
    "CNRI-Python", "Apache-2.0 WITH LLVM-exception",
}  # fmt: skip
#: licences as older metadata spell them
SPELT = {
    "MIT License": "MIT", "BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause", "BSD 3-Clause License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0", "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
}  # fmt: skip
#: distribution → its licence, which is not in the list above, or is not told in its metadata, and why it may stay
EXCEPTIONS = {
    "certifi": ("MPL-2.0", "unchanged and a wheel of its own; MPL-2.0 binds its own files alone (sections 3.1, 3.3)"),
    "hypothesis": ("MPL-2.0", "for tests; unchanged, a wheel of its own"),
    "pathspec": ("MPL-2.0", "for building and type checks; unchanged, a wheel of its own"),
    "pyphen": ("GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1", "taken under LGPL-2.1-or-later, its dictionaries too: unchanged, a wheel of its own, which a user can replace; for PDFs alone"),
    "tld": ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", "taken under LGPL-2.1-or-later: unchanged, a wheel of its own, which a user can replace"),
    "pyrage": ("MIT", "told in its licence file alone"),
}  # fmt: skip
#: distribution → file that Python runs, or that changes what it finds, whenever it starts, and why
AT_START = {
    ("obrok", "_editable_impl_obrok.pth"): "the path of this checkout, where it is installed for development",
    ("setuptools", "distutils-precedence.pth"): "comes with `python -m venv` before 3.12; not in the lock",
}
#: plugins that pytest loads by itself
#: tests side by side: xdist, with its loop that looks for files that fail; platformdirs: one fixture, which nobody asks for
PLUGINS = {
    "hypothesis": "hypothesispytest", "anyio": "anyio", "pytest-xdist": "xdist.looponfail", "platformdirs": "platformdirs",
}  # fmt: skip


class Entry:
    """A distribution in the lock: name, version, marker, hashes."""

    def __init__(self, text: str):
        first, *rest = [line.strip().removesuffix("\\").strip() for line in text.strip().split("\n")]
        self.text, self.requirement, self.rest = text, Requirement(first), rest
        self.name = canonicalize_name(self.requirement.name)
        self.applies = self.requirement.marker is None or self.requirement.marker.evaluate()
        self.version = str(self.requirement.specifier).removeprefix("==")


@cache
def lock() -> dict[str, Entry]:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = [Entry(part) for part in re.split(r"(?m)^(?=\S)", text) if part.strip()]
    assert len({e.name for e in entries}) == len(entries) > 90
    return {e.name: e for e in entries}


@cache
def installed() -> dict[str, metadata.Distribution]:
    return {canonicalize_name(d.name): d for d in metadata.distributions()}


def here() -> Iterator[tuple[Entry, metadata.Distribution]]:
    """What of the lock is installed; a test that looks at less than nearly all of it is none."""
    found = [(e, installed()[n]) for n, e in lock().items() if n in installed()]
    if len(found) < 0.9 * len(lock()):
        pytest.skip(
            f"{len(found)} of {len(lock())} distributions of the lock are installed: not an environment made from it"
        )
    yield from found


# -- the lock
def test_every_entry_has_one_version_and_hashes_and_no_address() -> None:
    for e in lock().values():
        assert re.fullmatch(r"==[0-9][0-9a-z.!+]*", str(e.requirement.specifier)), f"{e.name}: one exact version"
        assert e.requirement.url is None and not e.requirement.extras, e.name
        assert e.rest and all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in e.rest), e.name
        assert "://" not in e.text and "@" not in e.text and "--index" not in e.text and "--find" not in e.text


def test_nothing_is_in_the_lock_that_nobody_has_looked_at() -> None:
    assert sorted(lock()) == sorted(KNOWN), "look at what is new, then add it to KNOWN, or take out what is gone"


def test_everything_in_the_lock_is_declared_or_needed_by_what_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    declared += [r for extra in project["project"]["optional-dependencies"].values() for r in extra]
    names = {canonicalize_name(Requirement(r).name) for r in declared}
    assert names <= set(lock()), "make lock"
    dict(here())
    extras: dict[str, set[str]] = {}
    reached, ahead = set(names), list(names)
    while ahead:
        name = ahead.pop()
        for text in (installed()[name].requires or []) if name in installed() else []:
            needed = Requirement(text)
            on = canonicalize_name(needed.name)
            only = set(re.findall(r'extra == "([^"]+)"', str(needed.marker or "")))
            # of another platform too: the lock is for all of them
            if on in lock() and (not only or only & extras.get(name, set())):
                if on not in reached or not needed.extras <= extras.get(on, set()):
                    ahead.append(on)
                reached.add(on)
                extras.setdefault(on, set()).update(needed.extras)
    assert set(lock()) - reached == set(), "in the lock, and needed by nothing"


def test_nothing_in_it_reports_to_anybody() -> None:
    """FastAPI names opentelemetry-api, which alone does nothing: what would send is another distribution."""
    assert not [
        n
        for n in lock()
        if re.search(r"(?i)sentry|posthog|segment|analytics|opentelemetry-(sdk|exporter|instrumentation)", n)
    ]


# -- what is installed
def test_what_is_installed_is_what_the_lock_names() -> None:
    if not (Path(sys.prefix) / ".ready").exists():
        pytest.skip("this Python is not the one that `make` sets up from the lock")
    assert {e.name: d.version for e, d in here()} == {n: e.version for n, e in lock().items() if e.applies}
    assert set(installed()) - set(lock()) <= OURS, "installed by hand"


def test_pip_finds_nothing_broken() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    if "No module named pip" in done.stderr:
        pytest.skip("there is no pip here")
    assert done.returncode == 0, done.stdout


# -- licences
def licences(d: metadata.Distribution) -> list[str]:
    """What a distribution's metadata say: an SPDX expression, else classifiers, else the first line of the old field."""
    expression = d.metadata.get("License-Expression")
    classifiers = [c.split(" :: ")[-1] for c in d.metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    old = (d.metadata.get("License") or "").strip().split("\n")[0]
    return [expression] if expression else [SPELT.get(x, x) for x in classifiers or [old] if x]


def is_allowed(expression: str) -> bool:
    """Whether all of an AND, and one of an OR, are in the list."""
    return any(all(part.strip(" ()") in ALLOWED for part in one.split(" AND ")) for one in expression.split(" OR "))


def test_every_licence_may_be_given_away_with_ours() -> None:
    for e, d in here():
        told = licences(d)
        if e.name in EXCEPTIONS:
            licence, why = EXCEPTIONS[e.name]
            assert " OR ".join(told) in (licence, "") and why, f"{e.name}: {told}"
            if not told:
                text = next(
                    f for f in d.files or [] if "licenses/" in str(f) or f.name.upper().startswith("LICENSE")
                ).read_text()
                assert text.startswith("The MIT License"), e.name
            continue
        assert told and all(map(is_allowed, told)), f"{e.name}: {told}"
    assert (
        not is_allowed("GPL-3.0-only") and not is_allowed("MIT AND GPL-3.0-only") and is_allowed("GPL-2.0-only OR MIT")
    )


# -- what runs by itself, and what talks
def test_nothing_runs_by_itself_when_python_starts() -> None:
    found = {
        (canonicalize_name(d.name), str(f))
        for d in metadata.distributions()
        for f in d.files or []
        if len(f.parts) == 1 and (f.suffix == ".pth" or f.name in ("sitecustomize.py", "usercustomize.py"))
    }
    assert found <= set(AT_START), "a distribution that runs code, or changes what Python finds, at each start"
    loose = {p.name for folder in sys.path if folder.endswith("site-packages") for p in Path(folder).glob("*.pth")}
    assert loose <= {name for _, name in AT_START}


def test_no_plugin_loads_itself_into_the_tests() -> None:
    assert {
        canonicalize_name(e.dist.name): e.name for e in metadata.entry_points(group="pytest11") if e.dist
    } == PLUGINS


QUIET = """
import sys
seen = []
alone = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "urllib.", "http.",
         "ftplib.", "smtplib.", "imaplib.", "webbrowser.", "pty.")
sys.addaudithook(lambda event, given: seen.append(event) if event.startswith(alone) else None)
import pkgutil, importlib, obrok
for module in pkgutil.walk_packages(obrok.__path__, "obrok."):
    if not module.name.startswith(("obrok.bench", "obrok.outward.serve")):  # which measure others' programs, and listen
        importlib.import_module(module.name)
from obrok.outward.cli import main
for given in (["check", "chita-2015"], ["--help"], ["find", "chita-2015", "pay"], ["words", "--help"]):
    sys.argv = ["obrok", *given]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (given, end.code)
assert not seen, seen
import socket
socket.socket().close()
assert seen == ["socket.__new__"], seen  # the hook does see
print("quiet")
"""


def test_nothing_is_sent_and_nothing_started_by_itself(tmp_path: Path) -> None:
    """Importing every module, a check and a search open no socket and start no process."""
    own = {"PYTHONPATH": str(ROOT / "src"), "OBROK_ARCHIVE": str(tmp_path), "OBROK_DOCUMENTS": ""}
    listed = [
        sys.executable,
        "-c",
        "import matplotlib.font_manager",
    ]  # which asks fc-list for the fonts, once a machine
    subprocess.run(listed, check=True, env=os.environ | own, cwd=tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, env=os.environ | own, cwd=tmp_path
    )
    assert done.returncode == 0 and done.stdout.endswith("quiet\n"), done.stdout + done.stderr
