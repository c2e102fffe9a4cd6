"""How much of an answer's spread is due to what: luck, what is assumed, how words are read; and to which topic.

Luck is measured: the same parameters, lived again with fresh luck. What parameters explain is shared out by Shapley effects
of a regression of the answer's ranks on their normal scores, squared and cubed too (the LMG measure: Lindeman, Merenda and
Gold 1980; equal to Shapley effects of a linear model: Owen and Prieur 2017, section 5). Parameters that hang together after
weighing share what they explain together.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import comb

import numpy as np
from scipy import special

from obrok.answers.quantiles import Ordered, ranks
from obrok.answers.weigh import effective_sample_size
from obrok.case.case import Case
from obrok.worlds.population import Draws

#: words that a parameter's rule begins with → topic
TOPICS = {
    "who is sent": "who is sent", "rotation": "who is sent", "fill-in": "who is sent", "sector": "who is sent",
    "money": "pay", "leaving": "what makes people leave", "anchor": "what makes people leave",
    "together": "what makes people leave", "watching": "watching", "belief": "what people believe",
    "away": "what happens to those who left", "host state": "conduct of the host state",
}  # fmt: skip


def topics(case: Case, varying: list[str]) -> dict[str, list[str]]:
    """Topic → parameters."""
    out: dict[str, list[str]] = {}
    for name in varying:
        out.setdefault(TOPICS[case.priors[name].parameter.rule.split(",")[0]], []).append(name)
    return out


def varying(draws: Draws) -> list[str]:
    return [name for name, x in draws.items() if len(np.unique(x[:1000])) > 1]


def features(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A parameter's normal scores, their squares and cubes, as Hermite polynomials: float64, (n, 3)."""
    z = special.ndtri(np.clip(ranks(x, weights), 1e-4, 1 - 1e-4))
    return np.stack([z, z * z - 1.0, z**3 - 3.0 * z], axis=1)


class Regression:
    """Of several answers at once on groups of features: R² of any set of groups, by the sums of squares alone.

    groups: name → float64 (n, features); y: float64 (n, answers), NaN where an answer does not exist (taken as its mean).
    """

    def __init__(self, groups: Mapping[str, np.ndarray], y: np.ndarray, weights: np.ndarray):
        w = weights / weights.sum()
        x = np.concatenate(list(groups.values()), axis=1)
        x = x - w @ x
        ends = np.cumsum([g.shape[1] for g in groups.values()])
        self.columns = dict(zip(groups, np.split(np.arange(x.shape[1]), ends[:-1]), strict=True))
        there = np.isfinite(y)
        mean = (w @ np.where(there, y, 0.0)) / np.maximum(w @ there, 1e-300)
        y = np.where(there, y - mean, 0.0)
        self.gram, self.cross = (x * w[:, None]).T @ x, (x * w[:, None]).T @ y
        self.total, self.size = w @ (y * y), effective_sample_size(w)

    def explained(self, groups: tuple[str, ...]) -> np.ndarray:
        """R² of these groups together, adjusted for how many features they have; (answers,)."""
        if not groups:
            return np.zeros(len(self.total))
        at = np.concatenate([self.columns[g] for g in groups])
        gram, cross = self.gram[np.ix_(at, at)], self.cross[at]
        ridge = 1e-8 * np.trace(gram) / len(at)
        b = np.linalg.solve(gram + ridge * np.eye(len(at)), cross)
        r2 = (b * cross).sum(axis=0) / np.where(self.total > 0, self.total, 1.0)
        return 1 - (1 - r2) * (self.size - 1) / max(self.size - len(at) - 1, 1.0)

    def shapley(self) -> dict[str, np.ndarray]:
        """What each group explains, averaged over the orders in which groups could be added; they add up to R²."""
        names = tuple(self.columns)
        value = {s: self.explained(s) for k in range(len(names) + 1) for s in combinations(names, k)}
        out = {}
        for name in names:
            rest = tuple(n for n in names if n != name)
            total = np.zeros(len(self.total))
            for k in range(len(rest) + 1):
                for s in combinations(rest, k):
                    with_it = tuple(n for n in names if n in s or n == name)
                    total += (value[with_it] - value[s]) / comb(len(rest), k) / len(names)
            out[name] = total
        return out


def luck_share(repeats: np.ndarray, of_draws: np.ndarray, values: np.ndarray, weights: np.ndarray) -> float | None:
    """Share of the variance of an answer's ranks that fresh luck makes, under parameters that stay. None: cannot be told.

    repeats: the answer lived again, (repeats, draws); of_draws: weight of each draw; values, weights: the answer in every
    world, by which ranks are taken.
    """
    ordered = Ordered.of(values)
    there = np.isfinite(repeats)
    n = there.sum(axis=0)
    keep = n >= 2
    r = ordered.ranks(weights)
    inside = np.isfinite(r) & (weights > 0)
    w = weights[inside] / weights[inside].sum() if inside.any() else weights
    total = float(w @ (r[inside] - w @ r[inside]) ** 2) if inside.any() else 0.0
    if keep.sum() < 20 or total < 1e-9:
        return None
    at = np.where(there, ordered.place(repeats, weights), 0.0)[:, keep]
    mean = at.sum(axis=0) / n[keep]
    within = (np.where(there[:, keep], at - mean, 0.0) ** 2).sum(axis=0) / (n[keep] - 1)
    v = of_draws[keep] / of_draws[keep].sum()
    return float(min(1.0, (v @ within) / total))
