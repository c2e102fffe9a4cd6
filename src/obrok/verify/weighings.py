"""The weighing as it is, and as it must not be: each wrong version is a mistake that somebody might make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from obrok.answers.weigh import Weights, weigh
from obrok.case.case import Case
from obrok.evidence.claims import Claim
from obrok.quantities import Words

#: how much too narrow hedges are read in a wrong version
NARROW = 1.5

Likes = Mapping[str, np.ndarray]
#: (case, likelihoods by claim, possible, mean likelihoods of the bank or None) → weights
Weigh = Callable[[Case, Likes, np.ndarray, Mapping[str, float] | None], Weights]


@dataclass(frozen=True)
class Weighing:
    """How words are read and worlds weighed. `says`: what is done."""

    id: str
    says: str
    table: Words
    weigh: Weigh


def right(table: Words) -> Weighing:
    return Weighing("right", "as it is", table, _real)


def wrong_ones(telling: Claim, table: Words) -> list[Weighing]:
    """The five. `telling`: the claim that is counted twice."""
    unturned, narrow = replace(table, turned=False), replace(table, spread=1 / NARROW)
    return [
        Weighing("number-given-word", "P(number | word) taken for P(word | number)", unturned, _real),
        Weighing("counted-twice", f"the claim {telling.id} counted twice", table, partial(_twice, telling)),
        Weighing("no-slips", "no statement ever slips (ε = 0)", table, partial(_real, slip=0.0)),
        Weighing("credence-as-power", "credence as a power of the likelihood, not a mixture", table, _as_power),
        Weighing("hedges-narrow", f"hedges read {NARROW:g} times too narrow", narrow, _real),
    ]


def _real(case: Case, likes: Likes, possible: np.ndarray, means=None, slip: float | None = None) -> Weights:
    return weigh(case, likes, possible, means=means, slip=slip)


def _twice(claim: Claim, case: Case, likes: Likes, possible: np.ndarray, means=None) -> Weights:
    again = f"{claim.id} again"
    claims = {
        name: replace(c, confirms=(*c.confirms, again)) if claim.id in c.confirms else c
        for name, c in case.evidence.claims.items()
    }
    doubled = replace(case, evidence=replace(case.evidence, claims={**claims, again: replace(claim, id=again)}))
    return weigh(
        doubled, {**likes, again: likes[claim.id]}, possible, means=means and {**means, again: means[claim.id]}
    )


def _as_power(case: Case, likes: Likes, possible: np.ndarray, means=None) -> Weights:
    log, z, slip = np.where(possible, 0.0, -np.inf), {}, case.words.slip
    for claim in case.outcome_claims():
        like = likes[claim.id]
        z[claim.id] = means[claim.id] if means else float(like[possible].mean())
        if z[claim.id] > 0:
            log = log + case.evidence.credence(claim) * np.log((1 - slip) * like / z[claim.id] + slip)
    return Weights(log, z)
