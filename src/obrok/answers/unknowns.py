"""What knowing an unknown would tell: the share of an answer's variance that it would remove, beyond chance.

Worlds are put into bins by the unknown: a parameter, or the reply to a question not yet asked. With B bins, SSB between and
SSW within them, n the effective sample and s² = SSW·n/(n - B), the share is

    max(0, SSB - (B - 1)·s²/n) / (SSB + SSW)

of the variance of the answer's ranks (the first-order Sobol index, from given data). It is told only above the largest of
99 permutations, and where every bin holds 50 effective worlds or more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse, special

from obrok import luck
from obrok.answers.quantiles import quantiles, ranks
from obrok.answers.weigh import effective_sample_size
from obrok.quantities import Words
from obrok.worlds.population import Draws

PERMUTATIONS = 99
#: effective worlds in a bin, at least; bins, at most
IN_A_BIN, MOST_BINS = 50, 10


@dataclass(frozen=True)
class Bins:
    """Worlds in `count` bins by each unknown: `index[name]`, int8, (n,). `null`: bins of one size, shuffled again and again,
    that stand for unknowns of no importance; `own`: those of the unknowns whose bins are of their own sizes."""

    index: dict[str, np.ndarray]
    count: int
    null: list[np.ndarray]
    own: Mapping[str, list[np.ndarray]]

    @staticmethod
    def of(draws: Draws, weights: np.ndarray, seed: int, replies: Mapping[str, np.ndarray] | None = None) -> Bins:
        """Parameters that vary, in bins of equal weight, and `replies` in bins of their own; none where the effective
        sample is below two bins' worth."""
        size = effective_sample_size(weights)
        count = int(min(MOST_BINS, size // IN_A_BIN))
        varying = {name: x for name, x in draws.items() if len(np.unique(x[:1000])) > 1} if count > 1 else {}
        if not varying:
            return Bins({}, count, [], {})
        index = {n: np.minimum((ranks(x, weights) * count).astype(np.int8), count - 1) for n, x in varying.items()}
        worlds, first = np.arange(len(weights)), next(iter(index.values()))
        keys = [luck.named_uniforms(seed, worlds, "permutation", k, luck.PERMUTE) for k in range(PERMUTATIONS)]
        orders = [np.argsort(key) for key in keys]
        own = {}
        for name, reply in (replies or {}).items():
            merged = of_enough(reply, weights, IN_A_BIN / size)
            if merged.max() > 0:
                index[name], own[name] = merged, [merged[order] for order in orders]
        return Bins(index, count, [first[order] for order in orders], own)

    def shares(self, ranks: np.ndarray, weights: np.ndarray) -> list[dict[str, float]]:
        """For each answer, from its ranks (worlds, answers; NaN: it does not exist): the share of the variance of its
        ranks that knowing an unknown would remove, by unknown, largest first, beyond its null (false-alarm rate about
        1 % an unknown)."""
        none: list[dict[str, float]] = [{} for _ in range(ranks.shape[1])]
        if not self.index:
            return none
        there = np.isfinite(ranks)
        w = np.where(there, weights[:, None], 0.0)
        w /= np.maximum(w.sum(axis=0), 1e-300)
        r = np.where(there, ranks, 0.0)
        r -= (w * r).sum(axis=0)
        sums = np.concatenate([w * r, w], axis=1)
        total, n = (w * r * r).sum(axis=0), 1 / np.maximum((w * w).sum(axis=0), 1e-300)

        def between(index: np.ndarray, bins: int) -> np.ndarray:
            ones, at = np.ones(len(index)), np.arange(len(index) + 1)
            shape = (bins, len(index))
            rank, mass = np.hsplit(sparse.csc_array((ones, index.astype(np.int32), at), shape) @ sums, 2)
            return (rank**2 / np.where(mass > 0, mass, 1.0)).sum(axis=0)

        null = np.max([between(index, self.count) for index in self.null], axis=0)
        out = none
        for name, index in self.index.items():
            b = int(index.max()) + 1
            ssb = between(index, b)
            low = np.max([between(i, b) for i in self.own[name]], axis=0) if name in self.own else null
            for k in np.flatnonzero((n > 2 * b) & (total > 1e-12) & (ssb > low)):
                s2 = (total[k] - ssb[k]) * n[k] / (n[k] - b)
                share = max(0.0, ssb[k] - (b - 1) * s2 / n[k]) / total[k]
                if share > 0:
                    out[k][name] = float(share)
        return [dict(sorted(shares.items(), key=lambda item: -item[1])) for shares in out]

    def width_after(self, name: str, values: np.ndarray, weights: np.ndarray) -> float:
        """Width of the 90 % range of an answer, as it is on average once the unknown is known to its bin."""
        index, total, out = self.index[name], weights.sum(), 0.0
        for b in range(int(index.max()) + 1):
            inside = np.where(index == b, weights, 0.0)
            low, _, high = quantiles(values, inside)
            out += inside.sum() / total * (high - low if np.isfinite(high - low) else 0.0)
        return out


def of_enough(index: np.ndarray, weights: np.ndarray, least: float) -> np.ndarray:
    """Bins in order, each joined to the next until it holds `least` of the weight; what is left over joins the last."""
    mass = np.bincount(index, weights / weights.sum())
    to, at, held = np.zeros(len(mass), np.int8), 0, 0.0
    for b, m in enumerate(mass):
        to[b], held = at, held + m
        if held >= least and mass[b + 1 :].sum() >= least:
            at, held = at + 1, 0.0
    return to[index]


def reply(number: np.ndarray, unit: str, seed: int, name: str, table: Words) -> np.ndarray:
    """What would be answered to a question whose true answer is `number` in each world: bins in rising order, int, (n,).

    People: the source learns of a part of them, and says a word; shares: a word; money and ratios: a figure, roughly. Where
    there is nothing to tell (a share of nobody), that is the first bin.
    """
    n = len(number)
    worlds, there = np.arange(n), np.isfinite(number)
    u, v = (luck.named_uniforms(seed, worlds, f"reply {name}", k, luck.REPLY) for k in range(2))
    if unit in ("people", "share"):
        return np.where(there, spoken(number, unit, u, v, table)[1] + 1, 0)
    noisy = np.where(there, number, np.nan) * np.exp(np.log(1.22) / 1.645 * special.ndtri(u))
    order = ranks(noisy, np.full(n, 1.0 / n))
    return np.where(there, 1 + np.minimum((np.nan_to_num(order) * MOST_BINS).astype(int), MOST_BINS - 1), 0)


def spoken(
    number: np.ndarray, unit: str, u: np.ndarray, v: np.ndarray, table: Words, word: str | None = None
) -> tuple[list[str], np.ndarray]:
    """The word that is said of each number of people (the source learns of a part of them) or share: words in rising
    order, and which of them, int, (n,). u, v: uniform numbers. Where there is no number, that of 0, or of a half. The
    common words are said, or where a `word` is given, those of its vocabulary."""
    there = np.isfinite(number)
    chance: Mapping[str, np.ndarray]
    if unit == "people":
        counts = table.counts if word is None else table.counted(word)
        largest = len(next(iter(counts.values()))) - 1
        at = np.minimum(_binomial(np.where(there, number, 0.0), table.known, u), largest).astype(int)
        middle = {w: float(p @ np.arange(largest + 1) / p.sum()) for w, p in counts.items()}
        chance = {w: p[at] for w, p in counts.items()}
    else:
        inside = np.clip(np.where(there, number, 0.5), 1e-6, 1 - 1e-6)
        shares = table.shares if word is None else table.vocabulary(word)
        middle = {w: float(d.quantile(np.array([0.5]))[0]) for w, d in shares.items()}  # type: ignore[union-attr]
        chance = {w: d.density(inside) for w, d in shares.items()}  # type: ignore[misc, union-attr]
    names = sorted(middle, key=lambda w: middle[w])
    said = np.cumsum([chance[w] for w in names], axis=0)
    return names, (said < v * said[-1]).sum(axis=0)


def _binomial(n: np.ndarray, p: float, u: np.ndarray) -> np.ndarray:
    """Binomial counts by inversion of the uniform numbers."""
    from scipy.stats import binom  # slow to import

    return binom.ppf(u, n, p)
