"""What an answer leans on: leverage of each claim, share of the variance due to each parameter.

Both work on weighted ranks of the answer, so that a few extreme worlds do not decide, and both are shown only beyond
their Monte Carlo error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from obrok import luck
from obrok.answers.quantiles import Ordered, ranks
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
    case: Case,
    likes: Mapping[str, np.ndarray],
    possible: np.ndarray,
    draws: Draws,
    fixed: frozenset[str],
    log_correction: np.ndarray | float = 0.0,
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
        log = weigh(case, likes, possible, ids, log_correction).log
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


class Leverage:
    """Everything left out, looked at together: one row of weights each, after the row in which nothing is left out."""

    def __init__(self, left: Sequence[Left], weights: np.ndarray):
        self.left, self.weights = left, weights
        self._rows = np.stack([weights, *(item.weights for item in left)])
        self._squares, self._products = self._rows**2, self._rows * weights

    def moves(self, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What moves each answer, from its ranks (worlds, answers; NaN: it does not exist). Each (left out, answers):

        `moved`: the larger of the shifts in mean rank and in (twice) mean distance of ranks from the middle; `sure`:
        whether it is more than twice its standard error (delta method over worlds); `size`: effective sample without it.
        """
        there = np.isfinite(ranks)
        r = np.where(there, ranks - 0.5, 0.0)
        scores = np.concatenate([there, r, np.abs(r), r * r], axis=1)
        shape = (len(self._rows), 4, ranks.shape[1])
        once, twice, cross = ((m @ scores).reshape(shape) for m in (self._rows, self._squares, self._products))
        total = once[:, 0]
        moved, sure = np.zeros((2, len(self.left), ranks.shape[1]))
        with np.errstate(invalid="ignore", divide="ignore"):
            for score, factor in ((1, 1.0), (2, 2.0)):
                mean = once[:, score] / total
                a, b = mean[1:], mean[0]
                # Σ (u(s - a) - w(s - b))², the squares multiplied out
                uu = twice[1:, 3] - 2 * a * twice[1:, score] + a * a * twice[1:, 0]
                uw = cross[1:, 3] - (a + b) * cross[1:, score] + a * b * cross[1:, 0]
                ww = twice[0, 3] - 2 * b * twice[0, score] + b * b * twice[0, 0]
                error = np.sqrt(np.maximum(uu / total[1:] ** 2 - 2 * uw / total[1:] / total[0] + ww / total[0] ** 2, 0))
                shift = np.abs(a - b)
                sure = np.where(factor * shift > moved, shift > 2 * error + 1e-12, sure)
                moved = np.fmax(moved, factor * shift)
            size = np.where(total[1:] > 0, total[1:] ** 2 / twice[1:, 0], 0.0)
        return moved, sure.astype(bool), size

    def rows(self, answer: Ordered, moved: np.ndarray, sure: np.ndarray, size: np.ndarray) -> list[dict]:
        """An answer's leverage, a row for each thing left out: its median and the width of its 90 % range without it."""
        out = []
        for item, m, s, n in zip(self.left, moved, sure, size, strict=True):
            middle = width = None
            if n >= ENOUGH:
                low, middle, high = answer.quantiles(item.weights)
                width = high - low
            row = dict(p50_without=middle, width_without=width, effective_sample_size=float(n), moved=float(m))
            out.append(dict(kind=item.kind, id=item.id, **row, sure=bool(s)))
        return out


@dataclass(frozen=True)
class Bins:
    """Worlds in `count` bins of equal weight by each parameter that varies: `index[name]`, shape (n,); `null`: the
    first of them, its worlds shuffled, again and again."""

    index: dict[str, np.ndarray]
    count: int
    null: list[np.ndarray]

    @staticmethod
    def of(draws: Draws, weights: np.ndarray, seed: int) -> Bins:
        """At least 50 effective worlds a bin, 2 to 10 bins; none where the effective sample is below 100."""
        count = int(min(10, effective_sample_size(weights) // 50))
        varying = {name: x for name, x in draws.items() if len(np.unique(x[:1000])) > 1} if count > 1 else {}
        if not varying:
            return Bins({}, count, [])
        index = {n: np.minimum((ranks(x, weights) * count).astype(np.int8), count - 1) for n, x in varying.items()}
        worlds, first = np.arange(len(weights)), next(iter(index.values()))
        keys = (luck.named_uniforms(seed, worlds, "permutation", k, luck.PERMUTE) for k in range(PERMUTATIONS))
        return Bins(index, count, [first[np.argsort(key)] for key in keys])

    def shares(self, ranks: np.ndarray, weights: np.ndarray) -> list[dict[str, float]]:
        """For each answer, from its ranks (worlds, answers; NaN: it does not exist): the share of the variance of its
        ranks that knowing a parameter would remove, by parameter, largest first.

        max(0, SSB - (B-1)s²/n)/(SSB + SSW), s² = SSW·n/(n-B), n the effective sample; only those above the largest of
        99 permutations (false-alarm rate about 1 % a parameter).
        """
        none: list[dict[str, float]] = [{} for _ in range(ranks.shape[1])]
        if not self.index:
            return none
        there = np.isfinite(ranks)
        w = np.where(there, weights[:, None], 0.0)
        w /= np.maximum(w.sum(axis=0), 1e-300)
        r = np.where(there, ranks, 0.0)
        r -= (w * r).sum(axis=0)
        sums = np.concatenate([w * r, w], axis=1)
        total, n, b = (w * r * r).sum(axis=0), 1 / np.maximum((w * w).sum(axis=0), 1e-300), self.count

        def between(index: np.ndarray) -> np.ndarray:
            ones, at = np.ones(len(index)), np.arange(len(index) + 1)
            rank, mass = np.hsplit(sparse.csc_array((ones, index.astype(np.int32), at), (b, len(index))) @ sums, 2)
            return (rank**2 / np.where(mass > 0, mass, 1.0)).sum(axis=0)

        null = np.max([between(index) for index in self.null], axis=0)
        good = (n > 2 * b) & (total > 1e-12)
        out = none
        for name, index in self.index.items():
            ssb = between(index)
            for k in np.flatnonzero(good & (ssb > null)):
                s2 = (total[k] - ssb[k]) * n[k] / (n[k] - b)
                share = max(0.0, ssb[k] - (b - 1) * s2 / n[k]) / total[k]
                if share > 0:
                    out[k][name] = float(share)
        return [dict(sorted(shares.items(), key=lambda item: -item[1])) for shares in out]
