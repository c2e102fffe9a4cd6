"""obrok's own engine as one program of the comparison."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from obrok.bench.setting import Setting
from obrok.engine.days import advance_to, live_on, until_drawn
from obrok.engine.kept import live
from obrok.engine.posts import People, begin, due_to_come, settle
from obrok.engine.state import State
from obrok.engine.tables import STATUSES


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


#: worlds that a thread takes at a time
PIECE = 20


def _given(setting: Setting, seed: int, counts: np.ndarray) -> Callable[[np.ndarray], tuple]:
    """What the engine takes, for some of the cities; it writes people by status at each day's end, and nothing else."""
    n, enterprises = setting.firm_first.shape
    policies = len(setting.policies)
    at = np.broadcast_to(np.arange(setting.days), (n, setting.days)).copy()
    none = np.empty((policies, n, 0, 2)), np.empty((policies, n, 0)), np.empty((policies, n, 0, 2))
    whole = (np.ascontiguousarray(x) for x in (setting.schedules, setting.limits, setting.peaks))
    firsts = np.ascontiguousarray(setting.firm_first).reshape(-1), np.arange(n + 1) * enterprises
    key = seed, np.ascontiguousarray(setting.streams), np.ascontiguousarray(setting.numbers)
    worlds = np.ascontiguousarray(setting.worlds)
    given = (*key, worlds, *firsts, *whole, at, np.empty((n, 0), np.int64), setting.days)
    return lambda rows: (*given, rows, False, counts, *none)


def run(setting: Setting, seed: int = 1, threads: int = 2) -> Ran:
    """Every city under every policy, as `worlds.run` has it lived."""
    begun = time.perf_counter()
    counts = np.full((*setting.schedules.shape, len(STATUSES)), -1)  # its pages are there before the clock runs
    given, n = _given(setting, seed, counts), len(setting.worlds)
    live(*given(np.arange(1)))  # compiled
    before = time.perf_counter() - begun
    pieces = [np.arange(i, min(n, i + PIECE)) for i in range(0, n, PIECE)]
    with Clock() as clock, ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda rows: live(*given(rows)), pieces))
    return Ran(counts, clock.wall, clock.cpu, before)


def obrok_counts(setting: Setting, seed: int = 1) -> np.ndarray:
    """People by status, (policies, n, days, 8)."""
    return run(setting, seed).counts


def large_run(setting: Setting, threads: int, drawn_before: bool = False) -> Ran:
    """Large cities under one policy, city by city. `drawn_before`: a city's clock (they are added up, and shared by the
    threads) runs only when everyone who is there at first, or due to come, is drawn."""
    begun, days = time.perf_counter(), setting.days
    n, at, none = len(setting.worlds), np.arange(days), np.empty(0, np.int64)
    counts, empty = np.full((1, n, days, len(STATUSES)), -1), (np.empty((0, 2)), np.empty(0), np.empty((0, 2)))

    def key(i: int) -> tuple:
        return setting.seed, int(setting.streams[i]), int(setting.numbers[i])

    def drawn(i: int) -> tuple:
        world, limit = setting.worlds[i], setting.limits[i]
        settled = settle(*key(i), world, setting.firm_first[i], limit, days)  # type: ignore[call-arg]
        end = until_drawn(settled, world, days)
        return settled, end, due_to_come(*key(i), world, limit, days, settled.posts, 0, end)  # type: ignore[call-arg]

    def lived(i: int, settled: State, end: int, people: People) -> None:
        world, days_of = setting.worlds[i], (setting.schedules[0, i], setting.limits[i], setting.peaks[0, i])
        state = begin(*key(i), settled, world, *days_of, True)  # type: ignore[call-arg]
        state = advance_to(*key(i), world, *days_of, at, none, end, people, state, counts[0, i], *empty)  # type: ignore[call-arg]
        if end < days:
            live_on(*key(i), world, *days_of, at, none, days, state, counts[0, i], *empty)  # type: ignore[call-arg]

    lived(0, *drawn(0))  # compiled

    def timed(i: int) -> float:
        people, ready = drawn(i), time.perf_counter()
        lived(i, *people)
        return time.perf_counter() - ready

    before = time.perf_counter() - begun
    with Clock() as clock, ThreadPoolExecutor(threads) as pool:
        alone = sum(pool.map(timed, range(n)))
    return Ran(counts, alone / threads if drawn_before else clock.wall, clock.cpu, before)
