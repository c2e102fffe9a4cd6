"""Whether a run is being made just now on this machine: whoever writes into a folder of results holds its lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from obrok.outward.folder import lock
from obrok.outward.runs.record import plain
from obrok.outward.runs.run import BROKEN, RUNNING, Run
from obrok.problems import Problem, ProblemsFound
from obrok.worlds.places import Folder, Place


@contextmanager
def alone(place: Place, run: Run) -> Iterator[None]:
    """While nothing else writes into a run's folder on this machine: runs hold its lock. Raises `ProblemsFound`."""
    held = _lock(place, run)
    if held is None:
        raise ProblemsFound(
            [Problem(plain(run.name), 0, "it is being made just now", "wait for it, or stop it first.")]
        )
    try:
        yield
    finally:
        if held >= 0:
            os.close(held)


def as_now(place: Place, run: Run) -> Run:
    """A run that is not finished, told apart from one that is being made just now on this machine."""
    if run.state != BROKEN:
        return run
    held = _lock(place, run)
    if held is None:
        return replace(run, state=RUNNING, why=run.why.partition(";")[0])
    if held >= 0:
        os.close(held)
    return run


def _lock(place: Place, run: Run) -> int | None:
    """As `folder.lock`; of places elsewhere nobody can tell."""
    return lock(place.root / run.folder) if isinstance(place, Folder) else -1
