"""A folder of results, or an address where they are kept: whose it is, whether it is whole, who may write there now.

    record.json      sealed, and written last: a run is finished where it is there, and lists every other file by digest
    unfinished.json  sealed: what is being made; gone when it is
    parts/IDENTITY/  finished batches of what is being made (`worlds.batches`)

What a folder holds is judged by these alone. Nothing is taken away but what obrok wrote, and that only on --force.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from obrok.evidence.anchors import sha256
from obrok.outward.runs.differences import differences
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import record, store
from obrok.worlds.batches import Batches
from obrok.worlds.place_words import TooLong, shown
from obrok.worlds.places import Folder, Place, place

if TYPE_CHECKING:
    from obrok.outward.options import Progress

try:
    import fcntl
except ModuleNotFoundError:  # not on every system
    fcntl = None  # type: ignore[assignment]

RECORD, UNFINISHED, REMOVING, PARTS = "record.json", "unfinished.json", "removing.json", "parts"
#: files and folders that a result is made of
FILES = (
    *("answers.json", "answers.csv", "explain.json", "report.html", "validate.json", "validate.csv", "validate.html"),
    *("answers.parquet", "points.csv", "sweep.html"),
)
FOLDERS = ("worlds", "series", "case", "cases", PARTS)
#: damaged files that are named; seconds between looks whether another run has ended
NAMED, WAIT = 3, 0.5


class Refused(Exception):
    """The place for the results holds something else; the message says what to do."""


@dataclass
class Results:
    """Where the results of an identity are, or are to be. `notes`: what was found and mended on the way."""

    where: Place
    identity: Mapping[str, object]
    notes: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        return shown(self.where.address)

    @cached_property
    def parts(self) -> str:
        return f"{PARTS}/{record.sha256_of(self.identity)[:16]}"

    def batches(self, part: str = "") -> Batches:
        """The batches of what is being made, or of a part of it that has a folder of its own."""
        return Batches(
            self.where, f"{self.parts}/{part}" if part else self.parts, {"identity": dict(self.identity)}, self.notes
        )

    # -- what is there
    def finished(self) -> dict | None:
        """The record, where a finished result of this identity is there. Raises `Refused` where it is damaged."""
        made = store.unsealed(self.where.get(RECORD) or b"")
        if not made or made.get("identity") != self.identity:
            return None
        if bad := damaged(self.where, made["files"]):
            raise Refused(f"{self.shown} holds this result, but {damage_text(bad)}: make it again with --force.")
        return made

    def begin(self, force: bool) -> dict | None:
        """The record of a finished result; else makes the place ready, keeping what can be gone on with. Raises `Refused`
        where something else is there."""
        try:
            if done := self.finished():
                self.tidy()
                return done
            refusal = None if self._goes_on() else self._held_by_others()
            forcible = refusal != _FOREIGN.format(self.shown)
        except Refused as damage:
            refusal, forcible = str(damage), True
        if refusal:
            if not force or not forcible:
                raise Refused(refusal)
            self._take_away()
        self._sweep_leftovers()
        self.where.put(UNFINISHED, store.as_json(store.sealed({"identity": dict(self.identity)})).encode())
        return None

    def is_free(self) -> bool:
        """Whether to write here overwrites nothing: it is empty, or holds this run, broken off."""
        return self._goes_on() or self._held_by_others() is None

    def _goes_on(self) -> bool:
        """Whether what is there is this run, broken off."""
        text = self.where.get(UNFINISHED)
        begun = None if text is None else store.unsealed(text)
        if begun is not None:
            return begun.get("identity") == self.identity
        if not self.where.names(self.parts):  # the name of the folder tells what it is of
            return False
        what = "was taken away" if text is None else "is damaged"
        self.notes.append(f"{UNFINISHED} {what}; the batches in {self.parts} are this run's, and it goes on.")
        return True

    def _held_by_others(self) -> str | None:
        """Why nothing may be written here; None: it is empty."""
        texts = [self.where.get(name) for name in (RECORD, UNFINISHED)]
        held = [store.unsealed(text) for text in texts if text is not None]
        if not held and self.where.get(REMOVING) is not None:
            return f"{self.shown} holds a result whose removal was broken off: finish that with obrok runs remove, or give --force."
        if not held:
            path = local(self.where)
            empty = not any(not p.is_dir() for p in path.rglob("*")) if path else not self.where.names()
            return None if empty else _FOREIGN.format(self.shown)
        was = next((h["identity"] for h in held if h and isinstance(h.get("identity"), dict)), None)
        what = f"results of another run ({_apart(was, self.identity)})" if was else "a damaged result"
        return f"{self.shown} holds {what}: give another folder with --out, or overwrite it with --force."

    def _sweep_leftovers(self) -> None:
        """Takes away files that were being written when their writer was killed."""
        for name in self.where.leftovers():
            folder, _, file = name.rpartition("/")
            if _ASIDE.fullmatch(file) and (not folder or folder.partition("/")[0] in FOLDERS):
                self.where.remove(name)

    def _take_away(self) -> None:
        """Removes a result: the record first, so that what is left of it is never taken for whole."""
        names = self.where.names()
        ours = [n for n in names if n in FILES or n.partition("/")[0] in FOLDERS]
        for name in (RECORD, *ours, UNFINISHED, REMOVING):
            self.where.remove(name)

    def tidy(self) -> None:
        """Takes away what a finished result needs no more."""
        for name in (*self.where.names(PARTS), UNFINISHED):
            self.where.remove(name)
        self.where.drop(PARTS, deep=True)

    # -- finishing
    def finish(self, made: Mapping, folder: Path) -> dict:
        """Puts a result that lies in a folder in its place, its record last. Gives the record."""
        files = {}
        for path in sorted(p for name in (*FILES, *FOLDERS) if name != PARTS for p in _files_of(folder, name)):
            name = path.relative_to(folder).as_posix()
            files[name] = store.digest_of(path)
            if local(self.where) != folder:
                self.where.put(name, path.read_bytes())
        whole = store.sealed(dict(made) | {"files": files})
        self.where.put(RECORD, store.as_json(whole).encode())
        self.tidy()
        return whole


def _apart(was: Mapping, now: Mapping) -> str:
    return " ".join(differences(was, now, ("what is there", "what is asked for"))).rstrip(".")


_ASIDE = re.compile(r"\..+\.[0-9a-f]{16}\.part")
_FOREIGN = (
    "{} holds something that is not a result of obrok, and --force does not touch that: give another folder with --out."
)


def _files_of(folder: Path, name: str) -> list[Path]:
    path = folder / name
    return [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path] if path.is_file() else []


def local(where: Place) -> Path | None:
    """The folder of this machine that a place is; None: it is elsewhere."""
    return where.root if isinstance(where, Folder) else None


def brought(where: Place, made: Mapping) -> Path:
    """The folder of a finished result; one that lies elsewhere is brought here."""
    if folder := local(where):
        return folder
    folder = Path(tempfile.mkdtemp(prefix="obrok-"))
    for name in (RECORD, *made["files"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(where.get(name) or b"")
    return folder


# --- whole? ----------------------------------------------------------------------------------------------------------
def damaged(where: Place, files: Mapping[str, str], under: str = "", most: int | None = None) -> list[str]:
    """The files that a record lists, of a result in a folder of a place, that are absent, longer than `most`, or whose
    bytes are not those that were written."""
    return [name for name, digest in sorted(files.items()) if _digest_of(where, inside(under, name), most) != digest]


def _digest_of(where: Place, name: str, most: int | None) -> str:
    try:
        data = where.get(name, most)
    except TooLong:
        return ""
    return "" if data is None else sha256(data)


def inside(folder: str, name: str) -> str:
    """The name of a file in a folder, '' the root."""
    return f"{folder}/{name}" if folder else name


def damage_text(names: list[str]) -> str:
    return f"{some_of(names)} {'are' if len(names) > 1 else 'is'} damaged, gone or changed by hand"


def some_of(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")


def read_record(folder: Path) -> dict | None:
    """The record of a finished result; None where there is none, or a byte of it is not as it was written."""
    return store.read_sealed(folder / RECORD)


def whole(folder: Path, made: Mapping, names: Callable[[str], bool]) -> None:
    """Raises `ProblemsFound` where files of a result, of those asked for, are not as its record says."""
    if bad := damaged(place(folder), {name: digest for name, digest in made.get("files", {}).items() if names(name)}):
        mend = "make it again: obrok run with --force, or obrok remake."
        raise ProblemsFound([Problem(str(folder), 0, damage_text(bad), mend)])


# --- one at a time ---------------------------------------------------------------------------------------------------
def lock(folder: Path) -> int | None:
    """A handle that holds the folder's lock until it is closed; -1 where there are no locks; None where another has it."""
    if fcntl is None:
        return -1
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # gone, or not to be read
        return -1
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:  # a file system without locks
        pass
    return handle


@contextmanager
def alone(folder: Path, tell: Progress) -> Iterator[None]:
    """While no other run writes into a folder of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    while (held := lock(folder)) is None:
        tell("waiting for another run into the same folder", 0, 1)
        time.sleep(WAIT)
    try:
        yield
    finally:
        if held >= 0:
            os.close(held)
