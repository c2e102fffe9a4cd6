"""The runs below a root, wherever that lies. What lies there is the truth: the catalogue, a small database in the user's
cache, only spares reading records again, and can be thrown away at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obrok.outward.folder import FOLDERS
from obrok.outward.runs.lock import as_now
from obrok.outward.runs.record import plain
from obrok.outward.runs.run import MARKS, Run, read_run
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import record
from obrok.worlds.places import Place, place, shown

if TYPE_CHECKING:
    import pandas as pd

#: an id is shown with so many figures, or more where that tells runs apart
SHORT = 7
#: how often, and how long apart (seconds), the catalogue is asked for again while another process holds it
TRIES, WAIT = 20, 0.05
_COLUMNS = {
    "folder": "VARCHAR", "kind": "VARCHAR", "state": "VARCHAR", "why": "VARCHAR", "id": "VARCHAR", "case": "VARCHAR",
    "seed": "BIGINT", "versions": "BIGINT", "effective_sample_size": "DOUBLE", "weighed": "BOOLEAN", "series": "VARCHAR",
    "fixed": "VARCHAR", "policies": "VARCHAR[]", "obrok": "VARCHAR", "code": "VARCHAR", "tags": "VARCHAR[]",
    "points": "BIGINT", "varied": "VARCHAR[]",
}  # fmt: skip


_LISTS = [name for name, kind in _COLUMNS.items() if kind.endswith("[]")]


def runs(root: str | Path | Place = "out") -> list[Run]:
    """Runs and sweeps below a root, by case, then folder. Raises `ProblemsFound` where the place cannot be read."""
    here = place(root) if isinstance(root, (str, Path)) else root
    found = _folders(here.stamps())
    catalogue = _path_of(here.address)
    held = _with(catalogue, _read) or {}
    out, fresh = {}, {}
    for folder, files in found.items():
        stamp = _stamp(files)
        if (known := held.get(folder)) and known[0] == stamp:
            out[folder] = known[1]
        else:
            out[folder] = read_run(here, folder, files)
            fresh[folder] = (stamp, out[folder])
    gone = held.keys() - found.keys()
    if fresh or gone:
        _with(catalogue, lambda db: _write(db, fresh, gone))
    return sorted((as_now(here, r) for r in out.values()), key=lambda r: (r.case or "\uffff", r.folder))


def frame(root: str | Path = "out") -> pd.DataFrame:
    """Runs as a table, a row a run: the fields of `Run`; `fixed` a dict, `policies` and `tags` tuples."""
    import pandas as pd

    return pd.DataFrame([asdict(r) for r in runs(root)], columns=[f.name for f in fields(Run)])


def short_ids(found: Iterable[Run]) -> dict[str, str]:
    """Id → its shortest beginning, of at least `SHORT` figures, that no other id has."""
    ids = sorted({r.id for r in found if r.id})
    out = {}
    for k, id in enumerate(ids):
        near = [ids[j] for j in (k - 1, k + 1) if 0 <= j < len(ids)]
        out[id] = next(id[:n] for n in range(SHORT, len(id) + 1) if not any(o.startswith(id[:n]) for o in near))
    return out


def find_run(word: str, root: str | Path = "out") -> tuple[Place, Run]:
    """The run that is meant by the beginning of an id, a folder below the root, or a path or address. Raises
    `ProblemsFound`, also where several are meant."""
    told = f"RUN {word[:80]!a}"
    here = place(root)
    found = [] if is_address(word) else runs(here)
    meant = [r for r in found if r.name == (word.rstrip("/") or ".")]
    if not meant and re.fullmatch("[0-9a-f]{1,64}", word):
        meant = [r for r in found if r.id.startswith(word)]
    if len(meant) > 1:
        mend = f"name one by its folder: {', '.join(plain(r.name) for r in meant[:5])}."
        raise ProblemsFound([Problem(told, 0, f"{len(meant)} runs are meant", mend)])
    if meant:
        return here, meant[0]
    if is_address(word) or Path(word).is_dir():
        there = place(word)
        files = there.stamps()
        if MARKS & files.keys():
            return there, as_now(there, read_run(there, "", files))
    near = ", ".join(plain(r.name) for r in found[:5]) + (" …" if len(found) > 5 else "")
    mend = f"there are: {near}." if found else "obrok run makes one; --root names another folder."
    raise ProblemsFound([Problem(told, 0, f"no run of that name in {shown(root)}", mend)])


def is_address(root: str | Path) -> bool:
    return isinstance(root, str) and "://" in root


# -- folders
def _folders(stamps: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Folders of runs, each with its files (from the folder on) and their stamps. What lies in the tables, batches and
    copies of a run is the run's own."""
    marked = {n.rpartition("/")[0] for n in stamps if n.rpartition("/")[2] in MARKS}
    own = {a for a in marked if any(b in marked and a[len(b) :].strip("/").split("/")[0] in FOLDERS for b in _above(a))}
    out: dict[str, dict[str, str]] = {folder: {} for folder in marked - own}
    for name, stamp in stamps.items():
        for folder in _above(name):
            if folder in out:
                out[folder][name[len(folder) + 1 if folder else 0 :]] = stamp
    return out


def _above(name: str) -> list[str]:
    """The folders that hold a file or a folder, '' the root; none for the root."""
    parts = name.split("/")
    return ["/".join(parts[:k]) for k in range(len(parts))] if name else []


def _stamp(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()


# -- the catalogue
def _path_of(address: str) -> Path:
    """A file for each root. An address is known by what may be told of it: no digest of a password is kept."""
    told = shown(address) if is_address(address) else os.path.realpath(address)
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "obrok" / "runs"
    return home / f"{hashlib.sha256(told.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.duckdb"


def _with(path: Path, act: Callable[[Any], Any]) -> Any:
    """Does something with the catalogue. None where it cannot be had: another process holds it for long, the disk is full
    or closed. Then everything is read from where it lies, which is slower and as true."""
    import duckdb

    with suppress(OSError, duckdb.Error):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        for _ in range(TRIES):
            try:
                with duckdb.connect(str(path), config={"threads": 1, "autoinstall_known_extensions": False}) as db:
                    path.chmod(0o600)
                    return act(db)
            except duckdb.IOException as error:
                if "Could not set lock" not in str(error):
                    path.unlink(missing_ok=True)  # no database: whatever it was, it is made anew
                time.sleep(WAIT)
            except duckdb.TransactionException:  # another thread of this process
                time.sleep(WAIT)
            except duckdb.Error:  # of another form
                path.unlink(missing_ok=True)
    return None


def _read(db: Any) -> dict[str, tuple[str, Run]]:
    """Folder → stamp and run; nothing where the catalogue was made by another version."""
    tables = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables >= {"made", "runs"} or db.execute("SELECT code FROM made").fetchall() != [(record.code_sha256(),)]:
        return {}
    rows = db.execute(f"SELECT stamp, {_names()} FROM runs").fetchall()
    return {run.folder: (stamp, run) for stamp, *row in rows for run in [_run(row)]}


def _write(db: Any, fresh: Mapping[str, tuple[str, Run]], gone: Iterable[str]) -> None:
    db.execute("BEGIN")
    if not _read(db):
        db.execute("CREATE OR REPLACE TABLE made AS SELECT ? AS code", [record.code_sha256()])
        columns = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
        db.execute(f"CREATE OR REPLACE TABLE runs (stamp VARCHAR, {columns})")
    db.execute("DELETE FROM runs WHERE list_contains(?, folder)", [[*gone, *fresh]])
    marks = ", ".join("?" * (1 + len(_COLUMNS)))
    if fresh:
        db.executemany(f"INSERT INTO runs VALUES ({marks})", [[stamp, *_row(run)] for stamp, run in fresh.values()])
    db.execute("COMMIT")


def _names() -> str:
    return ", ".join(f'"{name}"' for name in _COLUMNS)


def _row(run: Run) -> list:
    told = asdict(run) | {"fixed": json.dumps(run.fixed)} | {name: list(getattr(run, name)) for name in _LISTS}
    return [told[name] for name in _COLUMNS]


def _run(row: list) -> Run:
    told = dict(zip(_COLUMNS, row, strict=True))
    return Run(**told | {"fixed": json.loads(told["fixed"])} | {name: tuple(told[name]) for name in _LISTS})
