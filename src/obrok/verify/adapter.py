"""The only door to the engine: its arrays in and out, in the judges' words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from obrok.engine.days import simulate
from obrok.engine.people import anchor
from obrok.engine.tables import MOOD, SCHEDULE, SERIES, WORLD, WORLD_FIELDS

#: columns of the host state that the kernel follows day by day; settings that need others are left out, and said so
FOLLOWS = frozenset({"effort", "hand_over", "help", "sessions", "news"})

#: the engine's candidate days (`verify.candidates.Candidates`), or None where it has none
CANDIDATES = None


class Runs(NamedTuple):
    """n worlds: `series` int64 (n, days, columns), `mood` float64 (n, days, columns), leavers of each world
    (`tables.LEAVER`)."""

    series: np.ndarray
    mood: np.ndarray
    leavers: list[np.ndarray]


def _world(parameters: Mapping[str, float]) -> np.ndarray:
    world = np.zeros(1, WORLD)
    for name in WORLD.names or ():
        if name in parameters or name in WORLD_FIELDS:
            world[name] = parameters[name]
    return world


def engine_series(
    parameters: Mapping[str, float],
    schedule: Mapping[str, np.ndarray],
    enterprise_first: np.ndarray,
    numbers: np.ndarray,
    seed: int,
) -> Runs:
    """The engine on worlds of one set of parameters, a_nearby and a_remote among them, that differ in luck only."""
    host = np.zeros(len(schedule["effort"]), SCHEDULE)
    for name in SCHEDULE.names or ():
        host[name] = schedule[name]
    n, days, world = len(numbers), len(host), _world(parameters)
    series, mood = np.zeros((n, days, len(SERIES)), np.int64), np.zeros((n, days, len(MOOD)))
    no_probe = (np.empty(0, np.int64), np.empty(0))
    leavers = [
        simulate(seed, 0, int(k), world[0], enterprise_first, host, no_probe[0], series[i], mood[i], no_probe[1])
        for i, k in enumerate(numbers)
    ]
    return Runs(series, mood, leavers)


def engine_anchors(
    parameters: Mapping[str, float], schedule: Mapping[str, np.ndarray], numbers, seed: int
) -> np.ndarray:
    """(a_nearby, a_remote) of each world number, float64, (n, 2)."""
    world = _world(parameters)
    return np.array([anchor(seed, int(k), world[0], float(schedule["sessions"][0]))[:2] for k in numbers])
