"""What an answer leans on: leverage of each claim, source, origin and kind of source.

It works on weighted ranks of the answer, so that a few extreme worlds do not decide, and is shown only beyond its Monte
Carlo error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from obrok.answers.quantiles import Ordered
from obrok.answers.weigh import ENOUGH, HEAVY, Columns, likelihoods, pareto_k, weigh
from obrok.case.case import Case, Prior, order
from obrok.quantities import Words, relative_density
from obrok.worlds.population import Draws

#: standard errors beyond which a shift is told: of the dozens of shifts of an answer, one exceeds three by chance in
#: about one answer of five
SURE = 3.0
#: normal quantile of a 90 % interval
Z90 = 1.645


def density_ratio(prior: Prior, other: Prior, draws: Draws) -> np.ndarray:
    """Density of another prior of the same parameter over that of this one, at the drawn values: the factor on a world's
    weight by which this one becomes the other."""
    p = prior.parameter
    half = 0.5 if p.whole else 0.0
    high = np.minimum(p.high + half, draws[prior.at_most]) if prior.at_most else p.high + half
    return relative_density(other.distribution, prior.distribution, draws[p.name], draws, p.low - half, high)


def as_drawn(case: Case, draws: Draws, fixed: frozenset[str]) -> Draws:
    """Draws as they came from their priors: parts as shares of their wholes, wholes before parts were cut out of them."""
    out = dict(draws)
    for name in reversed(order(case.priors)):
        whole = case.priors[name].part_of
        if whole and name not in fixed:
            if whole not in fixed:
                out[whole] = out[whole] + out[name]
            out[name] = np.divide(out[name], out[whole], out=np.zeros_like(out[name]), where=out[whole] > 0)
    return out


@dataclass(frozen=True)
class Left:
    """Weights with something left out, or read otherwise. `kind`: claim, source, origin or kind of source; else how it is
    read (`readings`)."""

    kind: str
    id: str
    weights: np.ndarray

    @cached_property
    def pareto_k(self) -> float | None:
        return pareto_k(self.weights)

    @property
    def heavy(self) -> bool:
        """Whether few worlds carry the weight, so that neither an answer nor its error can be told without new ones."""
        return self.pareto_k is not None and self.pareto_k > HEAVY


@dataclass(frozen=True)
class Worlds:
    """What weighs the worlds of a run, and can weigh them otherwise; no new simulation.

    `columns`: measures of the claims; `draws`; `possible`; `fixed`: parameters set by hand; `log_correction`; `means`: Z of
    each claim over all versions (None: these are all).
    """

    case: Case
    columns: Columns
    draws: Draws
    possible: np.ndarray
    fixed: frozenset[str] = frozenset()
    log_correction: np.ndarray | float = 0.0
    means: Mapping[str, float] | None = None

    @cached_property
    def likes(self) -> dict[str, np.ndarray]:
        return self.likes_by(self.case.words)

    def likes_by(self, table: Words) -> dict[str, np.ndarray]:
        """ℓ of each outcome claim by a table of words."""
        return likelihoods(self.case, self.columns, self.draws["posts"], self.possible, table)

    @cached_property
    def drawn(self) -> Draws:
        return as_drawn(self.case, self.draws, self.fixed)

    @cached_property
    def inputs(self) -> dict[str, Prior]:
        """Priors that rest on claims, and vary."""
        return {n: p for n, p in self.case.priors.items() if p.cited and n not in self.fixed}

    @cached_property
    def _here(self) -> dict[str, float]:
        return weigh(self.case, self.likes, self.possible, log_correction=self.log_correction).z

    def weigh(
        self,
        factor: np.ndarray | float = 1.0,
        likes: Mapping[str, np.ndarray] | None = None,
        without: frozenset[str] = frozenset(),
        slip: float | None = None,
        case: Case | None = None,
    ) -> np.ndarray:
        """Weights, summing to 1, where priors change by `factor` and claims have other likelihoods. By other priors and
        likelihoods Z is another: what these worlds say of the change is taken."""
        factor = np.where(self.possible, factor, 0.0)
        if not factor.any():
            return factor  # no world is left: nothing can be said without new ones
        likes, case = self.likes if likes is None else likes, case or self.case
        with np.errstate(divide="ignore"):
            log = self.log_correction + np.log(factor)
        z = weigh(case, likes, factor > 0, without, log).z
        if self.means:
            known = self.means.keys() & z.keys()  # of a claim that is new, these worlds say all
            z |= {c: z[c] * self.means[c] / self._here[c] if self._here[c] > 0 else 0.0 for c in known}
        return weigh(case, likes, factor > 0, without, log, z, slip).normal


def left_out(worlds: Worlds) -> list[Left]:
    """New weights with each claim that is used, each source, origin and kind of source left out."""
    case = worlds.case
    used = [c for c in case.evidence.claims.values() if c.informs in ("input", "outcome", "confirmation")]

    def without(ids: frozenset[str]) -> np.ndarray:
        factor = np.ones(len(worlds.possible))
        for prior in worlds.inputs.values():
            # a claim goes, or a confirmation does and leaves its claim less believed
            other = prior.believed(case.evidence, ids)
            if other.cited != prior.cited:
                factor = factor * density_ratio(prior, other, worlds.drawn)
        return worlds.weigh(factor, without=ids)

    out = [Left("claim", c.id, without(frozenset({c.id}))) for c in used]
    group = {"source": lambda c: c.source, "origin": case.evidence.origin, "kind of source": case.evidence.kind}
    for kind, of in group.items():
        for id in dict.fromkeys(map(of, used)):
            out.append(Left(kind, id, without(frozenset(c.id for c in used if of(c) == id))))
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
        whether it is more than `SURE` standard errors (delta method over worlds) and few worlds do not carry it;
        `size`: effective sample without it.
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
                sure = np.where(factor * shift > moved, shift > SURE * error + 1e-12, sure)
                moved = np.fmax(moved, factor * shift)
            size = np.where(total[1:] > 0, total[1:] ** 2 / twice[1:, 0], 0.0)
        light = np.array([not item.heavy for item in self.left], bool)[:, None]
        return moved, sure.astype(bool) & light, size

    def rows(self, answer: Ordered, moved: np.ndarray, sure: np.ndarray, size: np.ndarray) -> list[dict]:
        """An answer's leverage, a row for each thing left out: its median, with the 90 % interval of its Monte Carlo error,
        and the width of its 90 % range without it, or that it needs new worlds."""
        out = []
        for item, m, s, n in zip(self.left, moved, sure, size, strict=True):
            short = bool(n < ENOUGH or item.heavy)
            middle = width = around = None
            if not short:
                error = Z90 / 2 / float(n) ** 0.5  # of the share of the weight below the median
                low, middle, high, *around = answer.quantiles(item.weights, (0.05, 0.5, 0.95, 0.5 - error, 0.5 + error))
                width = high - low
            row: dict = dict(kind=item.kind, id=item.id, p50_without=middle, p50_interval=around, width_without=width)
            trust = dict(needs_new_worlds=short, effective_sample_size=float(n), pareto_k=item.pareto_k)
            out.append(row | trust | dict(moved=float(m), sure=bool(s)))
        return out
