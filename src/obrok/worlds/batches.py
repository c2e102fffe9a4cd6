"""A run in pieces on disk: each whole or absent, named by what it is and by its digest, and never made twice.

    STAGE-00003.SHA256.parquet    a finished batch; the digest, of its name and its bytes, is held against them whenever
                                  they are read
    STAGE-00003.failed.json       why a batch failed, and of what: to be made again from that

What is left to do is what is missing. What is damaged counts as missing, and is told.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from obrok.evidence.anchors import sha256
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import store
from obrok.worlds.places import Place

FAILED = ".failed.json"
#: calls that are told of a failure, innermost last
CALLS = 6


@dataclass
class Batches:
    """The pieces under a folder of a place. `asked`: what all of them are made from: kept with what fails.
    `notes`: what was found and mended, in words; `failures`: batches that failed in this process."""

    place: Place
    under: str
    asked: Mapping[str, object]
    notes: list[str] = field(default_factory=list)
    failures: list[Problem] = field(default_factory=list)
    _held: dict[str, tuple[str, str]] = field(default_factory=dict)  # stage-number.ending → digest, file

    def __post_init__(self) -> None:
        for name in self.place.names(self.under):
            parts = PurePath(name).name.split(".")
            if len(parts) == 3 and len(parts[1]) == 64:
                self._held[f"{parts[0]}.{parts[2]}"] = parts[1], name

    def table(self, name: str, make: Callable[[], store.Table], **inputs) -> dict[str, np.ndarray] | None:
        """A table: read if it is there, else made, from these inputs, and kept. None where making it failed, which
        `raise_failed` tells."""
        data = self._take(f"{name}.parquet", lambda: store.packed(make()), inputs)
        return None if data is None else store.unpacked(data)

    def json(self, name: str, make: Callable[[], Mapping], **inputs) -> dict | None:
        """The same of data."""
        data = self._take(f"{name}.json", lambda: store.as_json(store.sealed(make())).encode(), inputs)
        if data is None:
            return None
        value = store.unsealed(data)
        assert value is not None
        del value["sha256"]
        return value

    def data(self, key: str) -> bytes | None:
        """The bytes of a finished piece, `STAGE-NNNNN.ENDING`; None where it is absent or damaged."""
        if key not in self._held:
            return None
        digest, name = self._held[key]
        found = self.place.get(name)
        if found is not None and _digest(key, found) == digest:
            return found
        if found is not None:
            self.place.remove(name)
        what = "is damaged: its bytes are not those that were written" if found is not None else "was taken away"
        self.notes.append(f"{key} {what}. It is made again.")
        del self._held[key]
        return None

    def _take(self, key: str, make: Callable[[], bytes], inputs: Mapping) -> bytes | None:
        if (data := self.data(key)) is not None:
            return data
        stage = key.partition(".")[0]
        failed = f"{self.under}/{stage}{FAILED}"
        try:
            data = make()
        except (OSError, ProblemsFound):  # not the batch's fault: the next would fare no better
            raise
        except Exception as error:
            told = {"batch": stage, **self.asked, **inputs, "reason": reason(error), "calls": calls(error)}
            self.place.put(failed, store.as_json(told).encode())
            mend = (
                f"its inputs and the calls are in {failed}; the same command tries it again. What is finished is kept."
            )
            self.failures.append(Problem(stage, 0, f"this batch failed: {reason(error)}", mend))
            return None
        digest = _digest(key, data)
        name = f"{self.under}/{stage}.{digest}.{key.partition('.')[2]}"
        self.place.put(name, data)
        self.place.remove(failed)
        self._held[key] = digest, name
        return data

    def raise_failed(self) -> None:
        """Raises `ProblemsFound` with every batch that failed."""
        if self.failures:
            raise ProblemsFound(list(self.failures))


def _digest(key: str, data: bytes) -> str:
    """Of a piece under its name: one batch cannot stand in the place of another."""
    return sha256(key.encode() + b"\n" + data)


def reason(error: BaseException) -> str:
    """An error in one line, without names of folders."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' + said if said and '/' not in said else ''}"


def calls(error: BaseException) -> list[str]:
    """The innermost calls of an error, by file and line; without names of folders."""
    found = traceback.extract_tb(error.__traceback__)[-CALLS:]
    return [f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in found]
