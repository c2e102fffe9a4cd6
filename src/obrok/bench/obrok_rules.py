"""obrok's own engine as one program of the comparison."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from obrok.bench.setting import Setting
from obrok.engine.days import simulate
from obrok.engine.tables import SERIES, STATUSES


class Ran(NamedTuple):
    """What a program gives back. `counts`: people by status at each day's end, (policies, n, days, 8). `seconds`: people
    drawn and days lived. `before`: seconds of input and compilation, not of the rate."""

    counts: np.ndarray
    seconds: float
    before: float = 0.0


def run(setting: Setting, seed: int = 1, threads: int = 2) -> Ran:
    """Everything the engine records, of which the people by status are handed on."""
    counts = np.empty((*setting.schedules.shape, len(STATUSES)), np.int32)

    def live(i: int) -> None:
        for p in range(len(setting.policies)):
            counts[p, i] = one(setting, seed, p, i)[:, : len(STATUSES)]

    one(setting, seed, 0, 0)  # compiled
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(live, range(len(setting.worlds)), chunksize=1))
    return Ran(counts, time.perf_counter() - start)


def one(setting: Setting, seed: int, p: int, i: int) -> np.ndarray:
    """One city under one policy: the daily record, (days, columns of `tables.SERIES`)."""
    days = setting.days
    series, watch = np.zeros((days, len(SERIES)), np.int64), np.zeros(days)
    key = (seed, int(setting.streams[i]), int(setting.numbers[i]))
    simulate(
        *key, setting.worlds[i], setting.firm_first[i], setting.schedules[p, i], setting.limits[i], setting.peaks[p, i],
        np.empty(0, np.int64), series, watch, np.empty(0), np.empty((0, 2)),
    )  # fmt: skip
    return series


def obrok_counts(setting: Setting, seed: int = 1) -> np.ndarray:
    """People by status, (policies, n, days, 8)."""
    return run(setting, seed).counts


def large_run(setting: Setting, threads: int) -> Ran:
    """The large setting on so many threads."""
    return run(setting, setting.seed, threads)
