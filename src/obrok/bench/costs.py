"""How the engine's time grows with what it is given, and what it goes to."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from obrok.bench.obrok_rules import Cities, run
from obrok.bench.setting import Setting, ensemble, large
from obrok.engine.tables import STATUSES

#: what grows → the values that it takes, and the setting for each; all else stays
GROWS: dict[str, tuple[tuple[float, ...], Callable[[float], Setting]]] = {
    "worlds": ((125, 250, 500, 1_000, 2_000), lambda x: ensemble(int(x))),
    "people": ((75, 150, 300, 600, 1_200, 2_400), lambda x: ensemble(250, posts=int(x))),
    "days": ((61, 122, 244, 488), lambda x: ensemble(500, days=int(x))),
    "departures": ((0.0125, 0.05, 0.2, 0.8), lambda x: ensemble(500, fix={"leave_rate": x})),
}
UNITS = {"worlds": "worlds", "people": "posts in a world", "days": "days", "departures": "share that leaves in a year"}


def slopes(passes: int = 5, threads: int = 2, tell: Callable[[int, int], None] | None = None) -> dict[str, dict]:
    """Seconds for each value, medians of interleaved passes, and the slope of ln seconds over ln value: 1 where time grows
    as fast as what is given, 0 where it does not grow."""
    out = {}
    for j, (name, (at, make)) in enumerate(GROWS.items()):
        settings = [make(x) for x in at]
        seconds: list[list[float]] = [[] for _ in at]
        for k in range(passes):
            if tell:
                tell(j * passes + k, len(GROWS) * passes)
            for setting, took in zip(settings, seconds, strict=True):
                took.append(run(setting, k + 1, threads).seconds)
        middle = [statistics.median(x) for x in seconds]
        slope = float(np.polyfit(np.log(at), np.log(middle), 1)[0])
        out[name] = {"unit": UNITS[name], "at": list(at), "seconds": middle, "slope": slope, "runs": passes}
    return out


def profile(passes: int = 7, cities: int = 20) -> dict[str, dict[str, float]]:
    """Processor time on one thread, by leaving out one thing after another: of an ensemble, microseconds a world under its
    four policies; of large cities, nanoseconds a person. What is left out changes nothing else that is told."""
    some, wide = ensemble(300), large(cities)
    idle = dict(opportunity=1e-9)
    still = idle | dict(contract_days=100_000.0)
    mean = partial(_least, passes)
    a_world = [1e6 / len(some.worlds) * mean(partial(_ensemble, _with(some, x))) for x in ({}, idle, still)]
    empty = Cities(wide)
    drawn = 1e9 / wide.people * mean(partial(_drawn, empty, len(wide.worlds)))
    a_person = [1e9 / wide.people * mean(partial(_lived, Cities(_with(wide, x)), cities)) for x in ({}, idle, still)]
    names = ("leaving, and all that follows", "contracts that end", "people at first, and the days themselves")
    parts = [*(a - b for a, b in pairwise(a_world)), a_world[-1]]
    large_parts = [*(a - b for a, b in pairwise(a_person)), a_person[-1]]
    large_names = ("leaving, and all that follows", "contracts that end: who comes is there", "the days themselves")
    return {
        "a world, µs": dict(zip(names, parts, strict=True)),
        "a person of a large city, ns": {"people drawn": drawn, **dict(zip(large_names, large_parts, strict=True))},
    }


def _with(setting: Setting, values: dict[str, float]) -> Setting:
    worlds = setting.worlds.copy()
    for name, value in values.items():
        worlds[name] = value
    return replace(setting, worlds=worlds)


def _least(passes: int, call: Callable[[], float]) -> float:
    """The least of some processor times: what else the machine does only adds."""
    return min(call() for _ in range(passes))


def _ensemble(setting: Setting) -> float:
    return run(setting, 1, 1).cpu


def _drawn(cities: Cities, n: int) -> float:
    begun = time.thread_time()
    for i in range(n):
        cities.drawn(i)
    return time.thread_time() - begun


def _lived(cities: Cities, n: int) -> float:
    took, counts = 0.0, np.empty((cities.setting.days, len(STATUSES)), np.int64)
    for i in range(n):
        people, begun = cities.drawn(i), time.thread_time()
        cities.lived(i, *people, counts)
        took += time.thread_time() - begun
    return took
