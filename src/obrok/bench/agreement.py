"""Do two programs run the same model? Mean counts of people by status, world by world, before any speed is told.

The same worlds' parameters in both, so that the spread between worlds cancels; luck apart. If the law is the same, which
program a world's counts came from is a coin toss: the largest standardised mean difference, over days and statuses, is
held against what it is when the programs are swapped at random within worlds. Exact whatever the counts look like and
however they hang together (Fisher 1935). One such test a policy; the level is shared out among all tests (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from obrok.bench.setting import Setting

#: chance that programs which run the same model are called different, all tests of a comparison together
FALSE_ALARM = 1e-3
#: swaps in one go
GO = 2_000
#: days compared, as shares of the period, rounded down: the last, and some before it
SHARES = (0.01, 0.05, 0.2, 0.34, 0.4, 0.6, 0.8, 1.0)

#: (setting, seed) → people by status, (policies, n, days, 8)
Counts = Callable[[Setting, int], np.ndarray]


class Agreement(NamedTuple):
    """`p`: of each policy. `alpha`: of one test. `z`: standardised mean difference, (policies, days, statuses).
    `difference`, `error`: mean difference of people in a world and its standard error, likewise."""

    p: np.ndarray
    alpha: float
    z: np.ndarray
    difference: np.ndarray
    error: np.ndarray

    @property
    def holds(self) -> bool:
        return bool((self.p > self.alpha).all())


def days_compared(days: int) -> np.ndarray:
    return np.unique([max(0, int(share * days) - 1) for share in SHARES])


def compared(ours: np.ndarray, theirs: np.ndarray, tests: int, seed: int = 1) -> Agreement:
    """Counts at some days, (policies, n, days, statuses), of the same worlds. `tests`: how many share the false-alarm rate."""
    alpha = FALSE_ALARM / tests
    d = theirs.astype(float) - ours.astype(float)
    policies, n = d.shape[:2]
    error = np.sqrt((d**2).sum(1)) / n
    mean = d.mean(1)
    z = mean / np.where(error > 0, error, 1.0)
    p = np.array([_swapped(d[k].reshape(n, -1), np.abs(z[k]).max(), alpha, seed + k) for k in range(policies)])
    return Agreement(p, alpha, z, mean, error)


def _swapped(d: np.ndarray, largest: float, alpha: float, seed: int) -> float:
    """p-value of the largest |z|: programs swapped within worlds at random, often enough to tell `alpha`."""
    scale = np.sqrt((d**2).sum(0))
    scaled = (d[:, scale > 0] / scale[scale > 0]).astype(np.float32)
    rng, further, swaps = np.random.default_rng(seed), 0, GO * int(np.ceil(2.0 / alpha / GO))
    for done in range(GO, swaps + 1, GO):
        signs = rng.integers(0, 2, (GO, len(d)), np.int8).astype(np.float32) * 2.0 - 1.0
        further += int((np.abs(signs @ scaled).max(1) >= largest * (1.0 - 1e-5)).sum()) if scaled.size else GO
        if further >= 50:  # settled: far above any level (Besag and Clifford 1991)
            return further / done
    return (further + 1.0) / (swaps + 1.0)


def hot(setting: Setting) -> Setting:
    """The same worlds with more going on, so that every rule shows within days: people leave, are found, let go, found
    again, ask for asylum and are replaced."""
    worlds = setting.worlds.copy()
    worlds["a_nearby"] = np.maximum(worlds["a_nearby"] + 3.0, -1.0)
    worlds["a_remote"] = np.maximum(worlds["a_remote"] + 3.0, -1.0)
    worlds["detention_days"] = 1.5 + 0.1 * worlds["detention_days"]
    worlds["find_nearby"], worlds["find_remote"] = 0.1 + worlds["find_nearby"], 0.5 + worlds["find_remote"]
    worlds["taken_back"], worlds["apply"] = 0.01, 0.02
    worlds["refill_lag"], worlds["contract_days"] = np.minimum(worlds["refill_lag"], 20.0), 400.0
    return replace(setting, worlds=worlds)


def sampled(counts: Counts, setting: Setting, replicates: int, seed: int) -> np.ndarray:
    """What `compared` takes: `replicates` of each world's luck, a row each, at the days compared."""
    days = days_compared(setting.days)
    return np.concatenate([counts(setting, seed + r)[:, :, days] for r in range(replicates)], axis=1)
