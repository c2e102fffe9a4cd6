"""Whether a run is being made just now on this machine: whoever writes into a folder of results holds its lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from obrok.outward.run_folder import BROKEN, RUNNING, Run, plain
from obrok.problems import Problem, ProblemsFound
from obrok.worlds.places import Folder, Place

try:
    import fcntl
except ModuleNotFoundError:  # not on every system
    fcntl = None  # type: ignore[assignment]


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
    """A handle with the folder's lock; -1 where there are no locks; None where another has it."""
    if not isinstance(place, Folder) or fcntl is None:
        return -1
    try:
        handle = os.open(place.root / run.folder, os.O_RDONLY)
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
