"""What an answer leans on: leverage of each claim, share of the variance due to each parameter.

Both work on weighted ranks of the answer, so that a few extreme worlds do not decide, and both are shown only beyond
their Monte Carlo error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from obrok import luck
from obrok.answers.quantiles import quantiles, ranks
from obrok.answers.weigh import ENOUGH, effective_sample_size, weigh
from obrok.case.case import Case, Prior
from obrok.quantities import relative_density
from obrok.worlds.population import Draws

PERMUTATIONS = 99


def without_claim(prior: Prior, draws: Draws) -> np.ndarray:
    """Density of the fallback over that of the whole prior, at the drawn values: the factor on a world's weight that
    leaves an input claim out. At most 1/(1 - c)."""
    p = prior.parameter
    half = 0.5 if p.whole else 0.0
    high = np.minimum(p.high + half, draws[prior.at_most]) if prior.at_most else p.high + half
    return relative_density(prior.fallback, prior.distribution, draws[p.name], draws, p.low - half, high)


def whole_draws(case: Case, draws: Draws) -> Draws:
    """Draws as they were before parts were cut out of their wholes."""
    out = dict(draws)
    for name, prior in case.priors.items():
        if prior.part_of:
            out[prior.part_of] = out[prior.part_of] + draws[name]
    return out


@dataclass(frozen=True)
class Left:
    """Weights with something left out. `kind`: claim, origin or source."""

    kind: str
    id: str
    weights: np.ndarray


def left_out(
    case: Case, likes: Mapping[str, np.ndarray], possible: np.ndarray, draws: Draws, fixed: frozenset[str]
) -> list[Left]:
    """New weights with each claim that is used, each source and each origin left out; no new simulation."""
    whole = whole_draws(case, draws)
    used = [c for c in case.evidence.claims.values() if c.informs != "context"]
    ratio = {
        prior.claim.id: without_claim(prior, whole)
        for name, prior in case.priors.items()
        if prior.claim is not None and name not in fixed
    }

    def without(ids: frozenset[str]) -> np.ndarray:
        log = weigh(case, likes, possible, ids).log
        w = np.exp(log - log.max())
        for name, prior in case.priors.items():
            if prior.claim is None or name in fixed:
                continue
            if prior.claim.id in ids:
                w = w * ratio[prior.claim.id]
            elif (less := case.evidence.credence(prior.claim, ids)) < prior.credence:
                # a confirmation left out lowers c: the prior becomes a blend of itself and its fallback
                keep = less / prior.credence
                w = w * (keep + (1 - keep) * ratio[prior.claim.id])
        total = w.sum()
        return w / total if total > 0 else w  # no world is left: nothing can be said without new ones

    out = [Left("claim", c.id, without(frozenset({c.id}))) for c in used]
    for source in case.evidence.sources:
        ids = frozenset(c.id for c in used if c.source == source)
        if ids and len(ids) < len(used):
            out.append(Left("source", source, without(ids)))
    for origin in dict.fromkeys(case.evidence.origin(c) for c in used):
        ids = frozenset(c.id for c in used if case.evidence.origin(c) == origin)
        out.append(Left("origin", origin, without(ids)))
    return out


def leverage(values: np.ndarray, weights: np.ndarray, left: list[Left]) -> list[dict]:
    """For each thing left out: the median and the width of the 90 % range without it, and how surely it moves the answer.

    `moved`: the larger of the shifts in mean rank and in (twice) mean distance of ranks from the middle; `sure`: whether
    it is more than twice its standard error (delta method over worlds).
    """
    keep = np.isfinite(values) & (weights > 0)
    v, w = values[keep], weights[keep] / weights[keep].sum()
    r = ranks(v, w)
    spread = 2 * np.abs(r - 0.5)
    rows = []
    for item in left:
        u = item.weights[keep]
        if u.sum() <= 0:
            rows.append(_row(item, None, 0.0, 0.0, False))
            continue
        u = u / u.sum()
        shift, sure = 0.0, False
        for score in (r, spread):
            a, b = (u * score).sum(), (w * score).sum()
            error = np.sqrt(((u * (score - a) - w * (score - b)) ** 2).sum())
            if abs(a - b) > shift:
                shift, sure = abs(a - b), bool(abs(a - b) > 2 * error + 1e-12)
        size = effective_sample_size(u)
        rows.append(_row(item, quantiles(v, u) if size >= ENOUGH else None, size, float(shift), sure))
    return rows


def _row(item: Left, q: tuple[float, ...] | None, size: float, moved: float, sure: bool) -> dict:
    without = (
        dict(p50_without=None, width_without=None) if q is None else dict(p50_without=q[1], width_without=q[2] - q[0])
    )
    return dict(kind=item.kind, id=item.id, **without, effective_sample_size=size, moved=moved, sure=sure)


@dataclass(frozen=True)
class Bins:
    """Worlds in bins of equal weight by each parameter that varies: `index[name]`, shape (n,); `count` bins."""

    index: dict[str, np.ndarray]
    count: int
    null: list[np.ndarray]

    @staticmethod
    def of(draws: Draws, weights: np.ndarray, seed: int) -> Bins:
        """At least 50 effective worlds a bin, 2 to 10 bins; none where the effective sample is below 100."""
        count = int(min(10, effective_sample_size(weights) // 50))
        if count < 2:
            return Bins({}, count, [])
        varying = {name: x for name, x in draws.items() if len(np.unique(x[:1000])) > 1}
        index = {n: np.minimum((ranks(x, weights) * count).astype(int), count - 1) for n, x in varying.items()}
        worlds = np.arange(len(weights))
        keys = (luck.named_uniforms(seed, worlds, "permutation", k, luck.PERMUTE) for k in range(PERMUTATIONS))
        return Bins(index, count, [np.argsort(key) for key in keys])


def shares_of_variance(values: np.ndarray, weights: np.ndarray, bins: Bins) -> dict[str, float]:
    """Share of the variance of the answer's ranks that knowing a parameter would remove, by parameter, largest first.

    max(0, SSB - (B-1)s²/n)/(SSB + SSW), s² = SSW·n/(n-B), n the effective sample; only those above the largest of 99
    permutations (false-alarm rate about 1 % a parameter).
    """
    keep = np.isfinite(values) & (weights > 0)
    if bins.count < 2 or not bins.index or keep.sum() < 2:
        return {}
    w = weights[keep] / weights[keep].sum()
    n, b = effective_sample_size(w), bins.count
    if n <= 2 * b:
        return {}
    r = ranks(values[keep], w)
    r = r - (w * r).sum()
    total = (w * r * r).sum()
    if total <= 1e-12:
        return {}

    def between(index: np.ndarray) -> float:
        mass = np.bincount(index, w, b)
        mean = np.bincount(index, w * r, b) / np.where(mass > 0, mass, 1.0)
        return float((mass * mean**2).sum())

    any_index = next(iter(bins.index.values()))
    null = max(between(any_index[order][keep]) for order in bins.null)
    out = {}
    for name, index in bins.index.items():
        ssb = between(index[keep])
        s2 = (total - ssb) * n / (n - b)
        share = max(0.0, ssb - (b - 1) * s2 / n) / total
        if ssb > null and share > 0:
            out[name] = share
    return dict(sorted(out.items(), key=lambda item: -item[1]))
