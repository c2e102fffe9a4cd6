"""Are ranks even between 0 and 1? Four questions whose chances are exact, and how often ranges hold the truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from obrok.verify.chance import several

#: ranks this near to either end are extreme
EXTREME = 0.01
#: standard deviations that a coverage may lie off: of one quantity, and of the mean over all. With 1,000 truths 90 % ranges
#: then hold the truth in 86.5 to 93.5 %, and 88 to 92 %
ONE, ALL = 3.69, 2.11


class Even(NamedTuple):
    """p-values. `bias`: of Σz/√n, z the normal scores of the ranks; `spread`: of Σz², ranges too narrow or too wide;
    `extreme`: of how many ranks lie at the very ends; `shape`: of the largest distance from the diagonal (Kolmogorov)."""

    bias: float
    spread: float
    extreme: float
    shape: float

    @property
    def p(self) -> float:
        return several(self)

    @property
    def worst(self) -> str:
        """The question that is answered worst, in words."""
        named = {"bias": "too high or low", "spread": "ranges too narrow or wide", "extreme": "ends", "shape": "shape"}
        return named[min(self._fields, key=lambda name: getattr(self, name))]


def even(ranks: np.ndarray) -> Even:
    """Whether n independent ranks, each in (0, 1), are uniform."""
    r, n = np.clip(ranks, 1e-15, 1 - 1e-15), len(ranks)
    z = special.ndtri(r)
    ends = int(((r < EXTREME) | (r > 1 - EXTREME)).sum())
    square, sums = float((z**2).sum()), abs(float(z.sum())) / np.sqrt(n)
    return Even(
        float(2 * stats.norm.sf(sums)),
        _two(stats.chi2.cdf(square, n), stats.chi2.sf(square, n)),
        _two(stats.binom.cdf(ends, n, 2 * EXTREME), stats.binom.sf(ends - 1, n, 2 * EXTREME)),
        float(stats.kstest(r, "uniform").pvalue),
    )


def _two(low: float, high: float) -> float:
    return float(min(1.0, 2 * min(low, high)))


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
