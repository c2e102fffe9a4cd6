"""obrok's own engine as one program of the comparison."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from obrok.bench.setting import Setting
from obrok.engine.days import simulate
from obrok.engine.tables import SERIES, STATUSES


class Ran(NamedTuple):
    """What a program gives back. `counts`: people by status at each day's end, (policies, n, days, 8). `seconds`, `cpu`:
    wall and processor time, people drawn and days lived. `before`: seconds of input and compilation, not of the rate."""

    counts: np.ndarray
    seconds: float
    cpu: float
    before: float = 0.0


class Clock:
    """Wall and processor seconds, those of child processes included once they have ended."""

    def __enter__(self) -> Clock:
        self.wall, self.cpu = time.perf_counter(), self._cpu()
        return self

    def __exit__(self, *_) -> None:
        self.wall, self.cpu = time.perf_counter() - self.wall, self._cpu() - self.cpu

    @staticmethod
    def _cpu() -> float:
        used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(u.ru_utime + u.ru_stime for u in used)


def run(setting: Setting, seed: int = 1, threads: int = 2) -> Ran:
    """Everything the engine records, of which the people by status are handed on."""
    counts = np.empty((*setting.schedules.shape, len(STATUSES)), np.int32)

    def live(i: int) -> None:
        for p in range(len(setting.policies)):
            counts[p, i] = one(setting, seed, p, i)[:, : len(STATUSES)]

    begun = time.perf_counter()
    one(setting, seed, 0, 0)  # compiled
    before = time.perf_counter() - begun
    with Clock() as clock, ThreadPoolExecutor(threads) as pool:
        list(pool.map(live, range(len(setting.worlds))))
    return Ran(counts, clock.wall, clock.cpu, before)


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
