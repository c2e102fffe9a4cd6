"""Edits of a case's files: each whole or not at all, checked as a case before it is put there; taken back, and done again."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from obrok.case.case import FILES, Case, case_digest, load, shipped_folder
from obrok.outward.editing import entries
from obrok.problems import ProblemsFound, Reader

#: what an edit may touch: the case's own files, and the candidates beside them
EDITED = (*FILES, "candidates.yaml")
#: steps that can be taken back
MOST = 500
#: one edit at a time; who looks first and then edits does both within it
editing = threading.RLock()
Contents = Mapping[str, bytes | None]


@dataclass(frozen=True)
class Step:
    """What was done, in words, and the files that it changed: as they were, and as they then were (None: not there)."""

    told: str
    before: Contents
    after: Contents


class History:
    """The edits of one case folder since this object was made. Safe to use from many threads."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.done: list[Step] = []
        self.undone: list[Step] = []
        #: the case as the last step read and wrote it; None where something else was done since
        self.case: Case | None = None

    @contextmanager
    def step(self, told: str) -> Iterator[Path]:
        """A copy of the case's files to be edited. They take the place of the case's own when the context ends, if the case
        then reads well; else, and where another hand wrote meanwhile, nothing is changed and ProblemsFound says why."""
        refuse_shipped(self.folder)
        with editing, _room(self.folder) as room:
            before, scratch = _contents(self.folder), Path(room) / self.folder.resolve().name
            scratch.mkdir()
            for name, data in before.items():
                if data is not None:
                    (scratch / name).write_bytes(data)
            yield scratch
            after = _contents(scratch)
            changed = [name for name in EDITED if after[name] != before[name]]
            if not changed:
                return
            found = load(self.folder, instead={name: scratch / name for name in FILES})
            if _contents(self.folder) != before:
                _refuse(
                    self.folder, "the files were changed meanwhile, by other hands", "look at them, then do it again."
                )
            self._put(before, after, changed)
            self._note(told, before, after, changed)
            self.case = replace(found, sha256=case_digest({name: after[name] or b"" for name in FILES}))

    @contextmanager
    def watching(self, told: str) -> Iterator[None]:
        """Notes what is done to the files by something that keeps them sound itself."""
        refuse_shipped(self.folder)
        with editing:
            before = _contents(self.folder)
            try:
                yield
            finally:
                after = _contents(self.folder)
                self._note(told, before, after, [name for name in EDITED if after[name] != before[name]])

    def undo(self) -> str:
        """Takes the last step back. What it was, in words. Raises ProblemsFound."""
        return self._back(self.done, self.undone, "there is nothing to be taken back")

    def redo(self) -> str:
        """Does again what was taken back last. What it was, in words. Raises ProblemsFound."""
        return self._back(self.undone, self.done, "nothing was taken back")

    def told(self) -> dict[str, str | None]:
        """What would be taken back, and what would be done again, in words."""
        return {k: steps[-1].told if steps else None for k, steps in (("undo", self.done), ("redo", self.undone))}

    def _back(self, steps: list[Step], others: list[Step], none: str) -> str:
        with editing:
            if not steps:
                _refuse(self.folder, none, "an edit made in another way is taken back in that way.")
            step = steps[-1]
            was, then = (step.after, step.before) if steps is self.done else (step.before, step.after)
            now = _contents(self.folder)
            other = next((name for name in was if now[name] != was[name]), None)
            if other:
                mend = "what was edited elsewhere stays: change it by hand, or edit it here."
                _refuse(self.folder, f"{other} was changed since, by other hands", mend)
            self._put(now, then, list(then))
            self.case = None
            others.append(steps.pop())
            return step.told

    def _put(self, before: Contents, after: Contents, names: list[str]) -> None:
        """Writes the files; where one cannot be written, those before it are as they were."""
        put: list[str] = []
        try:
            for name in names:
                _write(self.folder / name, after[name])
                put.append(name)
        except ProblemsFound:
            for name in put:
                with suppress(ProblemsFound):
                    _write(self.folder / name, before[name])
            raise

    def _note(self, told: str, before: Contents, after: Contents, changed: list[str]) -> None:
        self.case = None
        if changed:
            self.done.append(Step(told, {n: before[n] for n in changed}, {n: after[n] for n in changed}))
            del self.done[:-MOST]
            self.undone.clear()


def refuse_shipped(folder: Path) -> None:
    """Raises ProblemsFound for a case that comes with the program."""
    if shipped_folder().resolve() in folder.resolve().parents:
        mend = f"make a copy that is yours: obrok new my-{folder.name} --from {folder.name}."
        _refuse(folder, "this case comes with obrok, and stays as it is", mend)


def _room(folder: Path) -> tempfile.TemporaryDirectory:
    """A folder beside the files, of the owner alone: paraphrases stay where they are kept."""
    try:
        return tempfile.TemporaryDirectory(prefix=".edit-", dir=folder)
    except OSError as error:
        _refuse(folder, f"the folder cannot be written ({error.strerror})", "look at its permissions.")
        raise AssertionError from error


def _refuse(folder: Path, what: str, mend: str) -> None:
    reader = Reader()
    reader.say(folder.resolve().name, 0, what, mend)
    raise ProblemsFound(reader.problems)


def _contents(folder: Path) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for name in EDITED:
        path = folder / name
        found[name] = path.read_bytes() if path.exists() else None
    return found


def _write(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        entries.put(path, data.decode("utf-8-sig"))
