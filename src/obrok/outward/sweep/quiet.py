"""Loaded into each worker process of this machine: Ctrl-C is for the sweep, which ends its workers."""

from __future__ import annotations

import signal
from contextlib import suppress


def dask_setup(worker: object) -> None:
    """Called by Dask once a worker is ready."""
    with suppress(ValueError):  # not in a main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
