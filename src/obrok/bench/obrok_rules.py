"""obrok's own engine as one program of the comparison."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np

from obrok.bench.setting import Setting
from obrok.engine.days import advance_to, live_on, until_drawn
from obrok.engine.kept import live
from obrok.engine.start import People, begin, due_to_come, settle
from obrok.engine.state import State
from obrok.engine.tables import STATUSES
from obrok.worlds.store import write_table


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


class Cities:
    """Large cities under one policy, one at a time."""

    def __init__(self, setting: Setting):
        self.setting, self.at = setting, np.arange(setting.days)

    def _key(self, i: int) -> tuple:
        s = self.setting
        return s.seed, int(s.streams[i]), int(s.numbers[i]), s.worlds[i]

    def drawn(self, i: int) -> tuple[State, int, People]:
        """Who is there at first and, up to a day, who is due to come."""
        key, limit, days = self._key(i), self.setting.limits[i], self.setting.days
        settled = settle(*key, self.setting.firm_first[i], limit, days)  # type: ignore[call-arg]
        end = until_drawn(settled, key[3], days)
        return settled, end, due_to_come(*key, limit, days, settled.posts, 0, end)  # type: ignore[call-arg]

    def lived(self, i: int, settled: State, end: int, people: People, counts: np.ndarray) -> None:
        """All days; writes people by status, (days, 8)."""
        s, key = self.setting, self._key(i)
        days_of = s.schedules[0, i], s.limits[i], s.peaks[0, i]
        given = (*key, *days_of, self.at, np.empty(0, np.int64))
        out = counts, np.empty((0, 2)), np.empty(0), np.empty((0, 2))
        state = begin(*key[:3], settled, key[3], *days_of, True)  # type: ignore[call-arg]
        state = advance_to(*given, end, people, state, *out)  # type: ignore[call-arg]
        if end < s.days:
            live_on(*given, s.days, state, *out)  # type: ignore[call-arg]


def large_run(setting: Setting, threads: int, drawn_before: bool = False) -> Ran:
    """Large cities. `drawn_before`: a city's clock (they are added up, and shared by the threads) runs only when everyone
    who is there at first, or due to come, is drawn."""
    begun, cities, n = time.perf_counter(), Cities(setting), len(setting.worlds)
    counts = np.full((1, n, setting.days, len(STATUSES)), -1)

    def timed(i: int) -> float:
        people, ready = cities.drawn(i), time.perf_counter()
        cities.lived(i, *people, counts[0, i])
        return time.perf_counter() - ready

    timed(0)  # compiled
    before = time.perf_counter() - begun
    with Clock() as clock, ThreadPoolExecutor(threads) as pool:
        alone = sum(pool.map(timed, range(n)))
    return Ran(counts, alone / threads if drawn_before else clock.wall, clock.cpu, before)


def streamed(setting: Setting, threads: int, folder: Path, piece: int = 24) -> Ran:
    """Large cities, however many: the days of a few at a time go to disk (a Parquet table: city, day, people by status), and
    no more stay in memory. `counts`: of all cities together, (1, 1, days, 8)."""
    begun, cities, days = time.perf_counter(), Cities(setting), setting.days
    total, lock = np.zeros((days, len(STATUSES)), np.int64), Lock()

    def piece_of(first: int) -> None:
        some = np.arange(first, min(first + piece, len(setting.worlds)))
        counts = np.empty((len(some), days, len(STATUSES)), np.int64)
        for i, here in zip(some, counts, strict=True):
            cities.lived(int(i), *cities.drawn(int(i)), here)
        table = {"city": np.repeat(some, days).astype(np.int32), "day": np.tile(cities.at, len(some)).astype(np.int32)}
        table |= {name: counts[..., k].ravel().astype(np.int32) for k, name in enumerate(STATUSES)}
        write_table(folder / f"{first:06}.parquet", table)
        with lock:
            total.__iadd__(counts.sum(axis=0))

    cities.lived(0, *cities.drawn(0), np.empty_like(total))  # compiled
    before = time.perf_counter() - begun
    with Clock() as clock, ThreadPoolExecutor(threads) as pool:
        list(pool.map(piece_of, range(0, len(setting.worlds), piece)))
    return Ran(total[None, None], clock.wall, clock.cpu, before)
