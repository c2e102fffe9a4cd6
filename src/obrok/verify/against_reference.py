"""The engine against the reference: means and variances of everything recorded, on every day, all feedback on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from obrok.engine.tables import FLOWS, SERIES
from obrok.verify import adapter, reference
from obrok.verify.chance import Relabelled, relabelling, with_squares
from obrok.verify.reference import MOOD, World
from obrok.verify.settings import Setting

#: what is compared: the record, the moods, who left construction posts, and the flows of each single day
NAMES = (*SERIES, *MOOD, "left_construction", *(f"{flow} today" for flow in FLOWS))


class Compared(NamedTuple):
    """`result`: its columns are days x names of means, then of squared distances; `engine`, `reference`: float64,
    (worlds, days, names)."""

    result: Relabelled
    engine: np.ndarray
    reference: np.ndarray

    def furthest(self) -> np.ndarray:
        """Largest |z| over days: (2, names), means and variances."""
        days, names = self.engine.shape[1:]
        return np.abs(self.result.z).reshape(2, days, names).max(1)


def everything(series: np.ndarray, mood: np.ndarray, left_construction: np.ndarray) -> np.ndarray:
    """All that is compared, float64, (worlds, days, names)."""
    flows = series[:, :, [SERIES.index(flow) for flow in FLOWS]]
    today = np.diff(flows, axis=1, prepend=np.zeros_like(flows[:, :1]))
    return np.concatenate([series, mood, left_construction[:, :, None], today], axis=2)


def by_engine(world: World, setting: Setting, worlds: int, seed: int) -> np.ndarray:
    """The engine's side of the comparison."""
    runs = adapter.engine_series(world, setting.schedule, setting.enterprise_first, np.arange(worlds), seed)
    built = np.zeros(runs.series.shape[:2], np.int64)
    for i, leavers in enumerate(runs.leavers):
        left = leavers["left"][leavers["construction"] == 1]
        built[i] = np.bincount(left, minlength=setting.days).cumsum()
    return everything(runs.series, runs.mood, built)


def compare(setting: Setting, world: World, worlds: int, seed: int, alpha: float) -> Compared:
    """Engine and reference side by side, on one world's parameters, its attractions among them."""
    ours = by_engine(world, setting, worlds, seed)
    theirs = everything(*reference.simulate(world, setting.schedule, setting.enterprise_first, worlds, seed))
    a, b = ours.reshape(worlds, -1), theirs.reshape(worlds, -1)
    centre = (a.mean(0) + b.mean(0)) / 2.0
    result = relabelling(with_squares(a, centre), with_squares(b, centre), alpha, seed)
    return Compared(result, ours, theirs)
