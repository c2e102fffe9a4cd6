"""How sure a difference is: tests whose false-alarm rates hold as stated, whatever the counts look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

#: relabellings in one go
BLOCK = 200
#: a p-value is settled when this many relabellings came out at least as far
ENOUGH = 20


class Relabelled(NamedTuple):
    """`z`: standardised difference of each column, A against B, (columns,), 0 where nothing varies; `largest`: max |z|;
    `typical`: the middle of the largest among the relabellings; `p`: chance of so large a maximum by luck."""

    z: np.ndarray
    largest: float
    typical: float
    p: float


def relabelling(a: np.ndarray, b: np.ndarray, alpha: float, seed: int) -> Relabelled:
    """Are the rows of a, (n, columns), drawn as those of b? Max |z| over columns against random swaps of the labels.

    Exact whatever the distribution and however the columns hang together. Relabelling stops early, after Besag and
    Clifford (1991, Biometrika 78): at `ENOUGH` that came out as far, or when a p-value below `alpha` is settled.
    """
    both = np.concatenate([a, b]).astype(float)
    both -= both.mean(0)
    spread = np.sqrt((both**2).mean(0))
    varies = spread > 1e-9 * (1.0 + np.abs(a).max(0))
    n, n_a = len(both), len(a)
    scaled = np.zeros(both.shape, np.float32)
    scaled[:, varies] = both[:, varies] / (spread[varies] * np.sqrt(n_a * (n - n_a) / (n - 1.0)))
    z = scaled[:n_a].sum(0, dtype=float)
    largest = float(np.abs(z).max())
    rng = np.random.default_rng(seed)
    seen: list[float] = []
    further, most = 0, int(np.ceil(2.0 / alpha))
    while len(seen) < most and further < ENOUGH:
        labels = np.zeros((BLOCK, n), np.float32)
        labels[:, :n_a] = 1.0
        labels = rng.permuted(labels, axis=1)
        for value in np.abs(labels @ scaled).max(1):
            seen.append(float(value))
            further += bool(value >= largest * (1.0 - 1e-6))
            if further == ENOUGH:
                break
    p = ENOUGH / len(seen) if further == ENOUGH else (further + 1.0) / (len(seen) + 1.0)
    return Relabelled(z, largest, float(np.median(seen)), min(1.0, p))


def with_squares(x: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Columns and their squared distances from a centre: a test of these is a test of means and variances."""
    return np.concatenate([x, (x - centre) ** 2], axis=1)


def bernstein(total: np.ndarray, expected: np.ndarray, variance: np.ndarray, bound: float | np.ndarray) -> np.ndarray:
    """Chance at most that a sum of independent numbers, each within `bound` of its mean, comes out so far from its mean.

    Bernstein (1924): P(|S - E| >= x) <= 2 exp(-x²/2 / (V + bound·x/3)). Holds for any such sum, rare events too.
    """
    x = np.abs(total - expected)
    return np.minimum(1.0, 2.0 * np.exp(-(x**2) / 2.0 / (variance + bound * x / 3.0 + 1e-300)))


def bernstein_limit(variance: np.ndarray, bound: float | np.ndarray, p: float) -> np.ndarray:
    """How far from its mean such a sum must come out for `bernstein` to say p."""
    q = np.log(2.0 / p)
    return q * bound / 3.0 + np.sqrt((q * bound / 3.0) ** 2 + 2.0 * q * variance)


def several(ps: Sequence[float] | np.ndarray) -> float:
    """One p-value for many questions (Bonferroni): that of the worst, times how many there are."""
    ps = np.asarray(ps, float).ravel()
    return float(min(1.0, ps.min() * len(ps)))


def counts(observed: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    """Chi-square statistic and p-value of counts against chances that sum to 1; neighbours with few expected are joined."""
    observed, expected = np.asarray(observed, float), np.asarray(chances, float) * np.sum(observed)
    seen, due, o, e = [], [], 0.0, 0.0
    for i in range(len(expected)):
        o, e = o + observed[i], e + expected[i]
        if e >= 10.0:
            seen.append(o)
            due.append(e)
            o = e = 0.0
    if not due:
        raise ValueError("too few to count: ten are expected at least")
    seen[-1] += o
    due[-1] += e
    statistic = float(((np.array(seen) - due) ** 2 / due).sum())
    return statistic, float(stats.chi2.sf(statistic, max(len(due) - 1, 1)))
