"""The only door to the engine: its arrays in and out, in the judges' words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from obrok import luck
from obrok.case.parameters import ABSENT
from obrok.engine.candidates import candidates
from obrok.engine.days import simulate
from obrok.engine.people import anchor
from obrok.engine.plain import City
from obrok.engine.tables import SCHEDULE, SERIES, WORLD
from obrok.worlds.population import bounds

#: columns of the host state that the kernel follows day by day; settings that need others are left out, and said so
FOLLOWS = frozenset(SCHEDULE.names or ())


def plain_form(
    parameters: Mapping[str, float],
    schedule: Mapping[str, np.ndarray],
    enterprise_first: np.ndarray,
    number: int,
    seed: int,
    calm: float,
) -> tuple[Runs, Runs]:
    """One world by the engine and by its plain form. `calm`: what the case's own policy is taken to need, as a part of
    this one; below 1 both must draw further bands of candidate days."""
    host, world = _host(schedule), _world(parameters)
    peak = bounds(host)
    limit = peak.copy()
    for name in ("effort_hi", "help_hi", "quota_hi"):
        limit[name] *= calm
    limit["watch_lo"] = 1.0 - (1.0 - limit["watch_lo"]) * calm
    key = (seed, 0, number, world[0], enterprise_first, host, limit, peak)
    series, watch, belief = np.zeros((len(host), len(SERIES)), np.int64), np.zeros(len(host)), np.zeros(len(host))
    leavers = simulate(*key, np.empty(0, np.int64), series, watch, belief, np.empty((0, 2)))
    leavers = leavers[np.lexsort((leavers["post"], leavers["left"]))]
    told = City(*key).run()
    fast = Runs(series[None], np.stack([watch, belief], axis=1)[None], [leavers])
    return fast, Runs(told.series[None], np.stack([told.watch, told.belief], axis=1)[None], [told.leavers()])


def _host(schedule: Mapping[str, np.ndarray]) -> np.ndarray:
    host = np.zeros(len(schedule["effort"]), SCHEDULE)
    for name in SCHEDULE.names or ():
        host[name] = schedule[name]
    return host


def candidate_days(seed, repeat, world, unit, word, w, first, last) -> tuple[np.ndarray, np.ndarray]:
    """The engine's candidate days from `first` to `last` (included), and their heights."""
    days, heights = candidates(seed, luck.stream_of("", repeat), world, unit, word, w, 0, last + 1)
    return days[days >= first], heights[days >= first]


#: fields of a world that parameters may lack: what a case may leave out, and what the anchor is still to solve
OPTIONAL = {**ABSENT, "a_nearby": 0.0, "a_remote": 0.0}


class Runs(NamedTuple):
    """n worlds: `series` int64 (n, days, columns), `mood` float64 (n, days, columns), leavers of each world
    (`tables.LEAVER`)."""

    series: np.ndarray
    mood: np.ndarray
    leavers: list[np.ndarray]


def _world(parameters: Mapping[str, float]) -> np.ndarray:
    world = np.zeros(1, WORLD)
    for name in WORLD.names or ():
        world[name] = parameters.get(name, OPTIONAL[name]) if name in OPTIONAL else parameters[name]
    return world


def engine_series(
    parameters: Mapping[str, float],
    schedule: Mapping[str, np.ndarray],
    enterprise_first: np.ndarray,
    numbers: np.ndarray,
    seed: int,
) -> Runs:
    """The engine on worlds of one set of parameters, a_nearby and a_remote among them, that differ in luck only."""
    host = _host(schedule)
    n, days, world = len(numbers), len(host), _world(parameters)
    series, watch, belief = np.zeros((n, days, len(SERIES)), np.int64), np.zeros((n, days)), np.zeros((n, days))
    limit, no_probe = bounds(host), (np.empty(0, np.int64), np.empty((0, 2)))
    leavers = [
        simulate(
            seed, 0, int(k), world[0], enterprise_first, host, limit, limit, no_probe[0], series[i], watch[i], belief[i],
            no_probe[1],
        )
        for i, k in enumerate(numbers)
    ]  # fmt: skip
    return Runs(series, np.stack([watch, belief], axis=2), leavers)


def engine_anchors(
    parameters: Mapping[str, float], schedule: Mapping[str, np.ndarray], numbers, seed: int
) -> np.ndarray:
    """(a_nearby, a_remote) of each world number, float64, (n, 2)."""
    world = _world(parameters)
    return np.array([anchor(seed, int(k), world[0], float(schedule["sessions"][0]))[:2] for k in numbers])
