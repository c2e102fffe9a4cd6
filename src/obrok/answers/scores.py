"""How well a weighted predictive sample foretold a number: CRPS, PIT, and what few observations can prove of coverage."""

from __future__ import annotations

import numpy as np
from scipy import special


def crps(values: np.ndarray, weights: np.ndarray, observed: float) -> float:
    """Continuous ranked probability score of a weighted sample: ∫ (F(x) - [x ≥ observed])² dx, in the unit of the values
    (Gneiting and Raftery 2007). Values and weights (n,); the weights need not sum to 1."""
    order = np.argsort(values, kind="stable")
    x, below = values[order], np.cumsum(weights[order]) / weights.sum()
    ends = np.append(x, observed) if observed > x[-1] else x
    lower, upper, height = ends[:-1], ends[1:], below[: len(ends) - 1]
    if observed < x[0]:
        lower, upper, height = np.append(observed, lower), np.append(x[0], upper), np.append(0.0, height)
    left = np.clip(observed, lower, upper) - lower  # of each step, the part below what was observed
    return float((left * height**2 + (upper - lower - left) * (1.0 - height) ** 2).sum())


def pit(values: np.ndarray, weights: np.ndarray, observed: float, u: float) -> float:
    """Probability integral transform: the weight below what was observed, and a part u of that at it (randomised PIT:
    Smith 1985). Uniform in (0, 1) where prediction and truth are of one kind."""
    total = weights.sum()
    below, at = weights[values < observed].sum() / total, weights[values == observed].sum() / total
    return float(below + u * at)


def coverage_range(inside: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """What the true share inside may be, after `inside` of `of`: the exact range of Clopper and Pearson (1934)."""
    tail = (1 - level) / 2
    low = float(special.betaincinv(inside, of - inside + 1, tail)) if inside else 0.0
    high = float(special.betaincinv(inside + 1, of - inside, 1 - tail)) if inside < of else 1.0
    return low, high


def chance_of_so_few(inside: int, of: int, share: float) -> float:
    """Chance of so few inside, or fewer, where that share belongs there and observations do not hang together."""
    return float(special.bdtr(inside, of, share))
