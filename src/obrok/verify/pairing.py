"""What sharing people and luck between policies is worth: how much less a difference scatters than with luck apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from obrok.case.case import Case
from obrok.worlds.run import Plan, Progress, repeat_worlds

CASE, FACTUAL = "chita-2015", "as-reported"
AGAINST = ("without-visit", "conduct-as-before")
OUTCOMES = ("left", "found")
#: of the interval, by resampling parameter draws; lower end and upper end
RESAMPLES, COVERAGE = 20_000, 0.999


@dataclass(frozen=True)
class Ratio:
    """Variance of a difference with luck apart over that with luck shared, within a draw of the parameters.

    `apart`, `shared`: by draw, (draws,); `low`, `high`: ends of the bootstrap interval of the pooled ratio."""

    policy: str
    outcome: str
    apart: np.ndarray
    shared: np.ndarray
    low: float
    high: float

    @property
    def pooled(self) -> float:
        return float(self.apart.mean() / self.shared.mean())


def ratio(policy: str, outcome: str, a: np.ndarray, b: np.ndarray, seed: int) -> Ratio:
    """`a`, `b`: outcome by (repeat, draw) under two policies; the same row is the same luck."""
    possible = np.isfinite(a).all(0) & np.isfinite(b).all(0)
    a, b = a[:, possible], b[:, possible]
    apart = a.var(0, ddof=1) + b.var(0, ddof=1)
    shared = (a - b).var(0, ddof=1)
    rng = np.random.default_rng(seed)
    pick = rng.integers(0, len(apart), (RESAMPLES, len(apart)))
    resampled = apart[pick].mean(1) / np.maximum(shared[pick].mean(1), 1e-300)
    low, high = np.quantile(resampled, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Ratio(policy, outcome, apart, shared, float(low), float(high))


def ratios(
    case: Case, draws: int, repeats: int, seed: int, threads: int = 1, progress: Progress | None = None
) -> list[Ratio]:
    """The ratios of every policy in `AGAINST` and every outcome in `OUTCOMES`."""
    policies = tuple(p for p in case.policies if p.id in (FACTUAL, *AGAINST))
    found = repeat_worlds(Plan(case, seed, policies), np.arange(draws), repeats, threads, progress)
    return [
        ratio(policy, outcome, found[FACTUAL][outcome], found[policy][outcome], seed)
        for policy in AGAINST
        for outcome in OUTCOMES
    ]
