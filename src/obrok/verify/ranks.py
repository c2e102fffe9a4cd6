"""Are ranks even between 0 and 1? Four questions whose chances are exact, and how often ranges hold the truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

#: ranks this near to either end are extreme
EXTREME = 0.01
#: standard deviations that a coverage may lie off: of one quantity, and of the mean over all. With 1,000 truths 90 % ranges
#: then hold the truth in 86.5 to 93.5 %, and 88 to 92 %
ONE, ALL = 3.69, 2.11


class Even(NamedTuple):
    """p-values of some quantities, (quantities,) each. `bias`: of Σz/√n, z the normal scores of the ranks; `spread`: of Σz²,
    ranges too narrow or too wide; `extreme`: of how many ranks lie at the very ends; `shape`: of the largest distance from
    the diagonal (Kolmogorov)."""

    bias: np.ndarray
    spread: np.ndarray
    extreme: np.ndarray
    shape: np.ndarray

    @property
    def p(self) -> np.ndarray:
        """One p-value a quantity (Bonferroni)."""
        return np.minimum(1.0, len(self) * np.min(self, axis=0))

    @property
    def worst(self) -> list[str]:
        """The question that is answered worst, in words, of each quantity."""
        return [FAULTS[k] for k in np.argmin(self, axis=0)]


#: what the four questions find, in their order
FAULTS = ("too high or low", "ranges too narrow or wide", "ends", "shape")


def even(ranks: np.ndarray) -> Even:
    """Whether n independent ranks, each in (0, 1), are uniform: (n, quantities)."""
    r, n = np.clip(ranks, 1e-15, 1 - 1e-15), len(ranks)
    z, extreme = special.ndtri(r), 2 * EXTREME
    ends = ((r < EXTREME) | (r > 1 - EXTREME)).sum(axis=0)
    square = (z**2).sum(axis=0)
    more = np.where(ends > 0, special.bdtrc(np.maximum(ends - 1, 0), n, extreme), 1.0)
    ordered, step = np.sort(r, axis=0), np.arange(n)[:, None] / n
    furthest = np.maximum((ordered - step).max(axis=0), (step + 1 / n - ordered).max(axis=0))
    return Even(
        2 * special.ndtr(-np.abs(z.sum(axis=0)) / np.sqrt(n)),
        _two(special.chdtr(n, square), special.chdtrc(n, square)),
        _two(special.bdtr(ends, n, extreme), more),
        stats.kstwo.sf(furthest, n),
    )


def _two(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.minimum(1.0, 2 * np.minimum(low, high))


def held(ranks: np.ndarray, share: float) -> np.ndarray:
    """Share of truths within the central range of this share, by column."""
    return (np.abs(ranks - 0.5) < share / 2).mean(axis=0)


def coverage_limits(share: float, n: int) -> tuple[float, float]:
    """How far a coverage may lie off: of one quantity, and of the mean over all."""
    sd = float(np.sqrt(share * (1 - share) / n))
    return ONE * sd, ALL * sd


def band(n: int, alpha: float) -> float:
    """How far the distribution of n even ranks strays from the diagonal, anywhere, with chance alpha."""
    return float(stats.kstwo.isf(alpha, n))
