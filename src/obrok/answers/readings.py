"""What if the words were read otherwise? Hedges more or less literally, sources more or less trusted; no new simulation.

Each reading gives new weights to the same worlds: an outcome claim another likelihood, an input claim another prior, by the
ratio of the two. Where the ratio leaves few worlds to carry the answer, it says that new ones are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from obrok.answers.explain import Left, Worlds, density_ratio
from obrok.answers.weigh import likelihood
from obrok.case.case import Case
from obrok.evidence.claims import Claim

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
    ids = {c.id for c in claims}
    for prior in worlds.inputs.values():
        by_odds = prior.parameter.unit == "share"
        wider = prior.resting_on([c.stretched(spread, by_odds) if c.claim.id in ids else c for c in prior.cited])
        if wider.cited != prior.cited:
            factor, changed = factor * density_ratio(prior, wider, worlds.drawn), True
    return worlds.weigh(factor, likes) if changed else None


def _by_trust(worlds: Worlds, source: str, doubt: float) -> np.ndarray:
    """Weights where a source is wrong `doubt` times as often."""
    case = with_credence(worlds.case, source, lambda c: 1 - min(1.0, doubt * (1 - c)))
    factor = np.ones(len(worlds.possible))
    for prior in worlds.inputs.values():
        other = prior.believed(case.evidence)
        if other.cited != prior.cited:
            factor = factor * density_ratio(prior, other, worlds.drawn)
    return worlds.weigh(factor, case=case)


def with_credence(case: Case, source: str, change: Callable[[float], float]) -> Case:
    """The case with another credence of a source."""
    sources = dict(case.evidence.sources)
    sources[source] = replace(sources[source], credence=change(sources[source].credence))
    return replace(case, evidence=replace(case.evidence, sources=sources))
