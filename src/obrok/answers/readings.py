"""What if the words were read otherwise? Hedges more or less literally, sources more or less trusted; no new simulation.

Each reading gives new weights to the same worlds: an outcome claim another likelihood, an input claim another prior, by the
ratio of the two. Where the ratio leaves few worlds to carry the answer, it says that new ones are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from obrok.answers.explain import Left, Worlds
from obrok.answers.weigh import likelihood
from obrok.case.case import Case, Prior
from obrok.evidence.claims import Claim
from obrok.quantities import Mixture, relative_density, stretched

#: less literally: the spread of what a word means so many times as large; more literally: so many times as small
SPREAD = 1.5
#: a source learns of such a share of cases, and a statement slips with such a chance, in the place of the table's own
KNOWN, SLIP = (0.6, 0.95), (0.05, 0.2)
#: chance that a source is wrong, as a multiple of what is assumed
DOUBT = (0.5, 1.5)
MORE, LESS = "read more literally", "read less literally"
KINDS = (MORE, LESS, "source knows", "a statement slips", "trusted more", "trusted less")


def read_otherwise(worlds: Worlds) -> list[Left]:
    """Weights of the worlds by each other reading. `id`: the claim, all claims, a share or the source."""
    case = worlds.case
    used = [c for c in case.evidence.claims.values() if c.informs in ("input", "outcome")]
    out = []
    for kind, spread in ((MORE, 1 / SPREAD), (LESS, SPREAD)):
        for claim in used:
            if (weights := _by_spread(worlds, [claim], spread)) is not None:
                out.append(Left(kind, claim.id, weights))
        if (weights := _by_spread(worlds, used, spread)) is not None:
            out.append(Left(kind, ALL, weights))
    if case.outcome_claims():
        for known in KNOWN:
            table = replace(case.words, known=known)
            out.append(Left("source knows", f"{known:g}", worlds.weigh(likes=worlds.likes_by(table))))
        out += [Left("a statement slips", f"{slip:g}", worlds.weigh(slip=slip)) for slip in SLIP]
    for kind, doubt in (("trusted more", DOUBT[0]), ("trusted less", DOUBT[1])):
        out += [Left(kind, s, _by_trust(worlds, s, doubt)) for s in dict.fromkeys(c.source for c in used)]
    return out


#: the id of a reading of every claim at once
ALL = "every claim"


def _by_spread(worlds: Worlds, claims: list[Claim], spread: float) -> np.ndarray | None:
    """Weights where these claims' words mean something so many times as wide; None: none of them says a number."""
    likes, factor = dict(worlds.likes), np.ones(len(worlds.possible))
    table = replace(worlds.case.words, spread=spread)
    changed = False
    for claim in claims:
        if claim.informs == "outcome":
            like = likelihood(claim, worlds.columns, worlds.draws["posts"], table)
            likes[claim.id], changed = np.where(worlds.possible, like, 0.0), True
        for name, prior in worlds.inputs.items():
            if prior.claim is not None and prior.claim.id == claim.id and prior.reading is not None:
                wider = stretched(prior.reading, spread, prior.parameter.unit == "share")
                if wider != prior.reading:
                    other = Mixture(((prior.credence, wider), (1 - prior.credence, prior.fallback)))
                    factor, changed = factor * _ratio(worlds, name, prior, other), True
    return worlds.weigh(factor, likes) if changed else None


def _ratio(worlds: Worlds, name: str, prior: Prior, other) -> np.ndarray:
    """Density of another prior over that of the case, at the drawn values."""
    p, drawn = prior.parameter, worlds.drawn
    half = 0.5 if p.whole else 0.0
    high = np.minimum(p.high + half, drawn[prior.at_most]) if prior.at_most else p.high + half
    return relative_density(other, prior.distribution, drawn[name], drawn, p.low - half, high)


def _by_trust(worlds: Worlds, source: str, doubt: float) -> np.ndarray:
    """Weights where a source is wrong `doubt` times as often."""
    case = with_credence(worlds.case, source, lambda c: 1 - min(1.0, doubt * (1 - c)))
    factor = np.ones(len(worlds.possible))
    for name, prior in worlds.inputs.items():
        assert prior.claim is not None and prior.reading is not None
        c = case.evidence.credence(prior.claim)
        if c != prior.credence:
            other = Mixture(((c, prior.reading), (1 - c, prior.fallback)))
            factor = factor * _ratio(worlds, name, prior, other)
    return worlds.weigh(factor, case=case)


def with_credence(case: Case, source: str, change: Callable[[float], float]) -> Case:
    """The case with another credence of a source."""
    sources = dict(case.evidence.sources)
    sources[source] = replace(sources[source], credence=change(sources[source].credence))
    return replace(case, evidence=replace(case.evidence, sources=sources))
