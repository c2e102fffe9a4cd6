"""Where nothing fits: the smallest set of claims that no version agrees with all of; and how far each claim is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from obrok.answers.weigh import Columns, levels_of, word_chance
from obrok.case.case import Case
from obrok.case.parameters import COUNTED
from obrok.evidence.claims import Claim
from obrok.quantities import FURTHEST_COUNT, LARGEST_COUNT, Words, figure_reading

#: a version agrees with a claim whose words are at least this part as likely in it as where they fit best
AGREES = 0.05
#: larger sets are not looked for
MOST = 4


@dataclass(frozen=True)
class Clash:
    """Claims that no version agrees with all of, the fewest; `share`: of versions by prior weight, that agree with each."""

    claims: tuple[str, ...]
    share: tuple[float, ...]
    versions: int


def best(claim: Claim, table: Words) -> float:
    """The largest likelihood that any number could give the claim's words."""
    unit = COUNTED[claim.quantity or ""]
    if claim.quantity == "trend" and claim.hedge in table.statements:
        return 1.0
    if claim.value is not None:
        low, high = claim.value
        half = 0.5 * (unit == "people")
        row = table.figures[claim.hedge or ("about" if unit == "people" else "roughly")]
        at = figure_reading(row, low + half, high + half).quantile(np.linspace(0.01, 0.99, 99)) - half  # type: ignore[union-attr]
        at = np.append(np.round(at), [low, high]) if unit == "people" else np.append(at, [low, high])
    elif unit == "people":
        at = np.arange(LARGEST_COUNT + 1.0)
        if claim.hedge in table.rows["further_counts"]:
            at = np.append(at, np.unique(np.geomspace(LARGEST_COUNT, FURTHEST_COUNT, 400).round()))
    else:
        at = np.linspace(0.0, 1.0, 201) if unit == "share" else np.geomspace(0.01, 100.0, 401)
    return float(np.nanmax(word_chance(claim, at, table)))


def agreement(case: Case, likes: Mapping[str, np.ndarray], possible: np.ndarray) -> dict[str, np.ndarray]:
    """Of each outcome claim, which versions agree with it: bool, (n,). A word that is said in proportion to a share (a place
    is in the news) never fits best where that is all there is: it is held against the versions themselves."""
    statements = case.words.statements

    def top(c: Claim) -> float:
        relative = "proportional" in statements.get(c.hedge or "", {})
        return float(likes[c.id][possible].max(initial=0.0)) if relative else best(c, case.words)

    return {c.id: possible & (likes[c.id] >= AGREES * top(c)) for c in case.outcome_claims()}


def clash(
    case: Case, likes: Mapping[str, np.ndarray], possible: np.ndarray, log_correction: np.ndarray | float = 0.0
) -> Clash | None:
    """The smallest set of claims that no version agrees with all of, the first by the order of the case; None: some
    version agrees with every claim, or only more than `MOST` together clash."""
    agrees = agreement(case, likes, possible)
    names = list(agrees)
    held = np.unique(np.stack([agrees[n] for n in names], axis=1), axis=0) if names else np.ones((1, 0), bool)
    if held.all(axis=1).any():
        return None
    w = np.where(possible, np.exp(log_correction), 0.0)
    for size in range(1, min(MOST, len(names)) + 1):
        for some in combinations(range(len(names)), size):
            if not held[:, some].all(axis=1).any():
                ids = tuple(names[i] for i in some)
                return Clash(ids, tuple(float((w * agrees[i]).sum() / w.sum()) for i in ids), len(possible))
    return None


def believed(
    case: Case, likes: Mapping[str, np.ndarray], weights: np.ndarray, z: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    """How far each outcome claim is taken to speak of the world itself, before and after weighing: its source informed, the
    statement no slip. Where claims contradict one another or the model, this falls."""
    slip, out = case.words.slip, {}
    for claims in case.claims_by_origin(c for c in case.outcome_claims() if z.get(c.id, 0.0) > 0).values():
        right = {c.id: (1 - slip) * likes[c.id] / z[c.id] for c in claims}
        total = np.full(len(weights), 1.0)
        told = {c.id: np.zeros(len(weights)) for c in claims}
        for weight, inside in levels_of(case, claims):
            product = np.prod([right[c.id] + slip for c in inside], axis=0)
            total += weight * (product - 1.0)
            for c in inside:
                told[c.id] += weight * product * right[c.id] / (right[c.id] + slip)
        for c in claims:
            before = (1 - slip) * case.evidence.credence(c)
            out[c.id] = (before, float((weights * told[c.id] / total).sum()))
    return out


def words_of(case: Case, found: Clash, columns: Columns, possible: np.ndarray) -> str:
    """A clash as sentences."""
    claims = [case.evidence.claims[i] for i in found.claims]
    said = " ".join(
        f"`{c.id}` ({c.paraphrase.rstrip('.')}) fits {_often(s)}." for c, s in zip(claims, found.share, strict=True)
    )
    if len(claims) == 1:
        head = f"None of {found.versions:,} versions agrees with one claim."
    else:
        head = f"None of {found.versions:,} versions agrees with these {len(claims)} claims at once."
    number = columns.get(f"claim {claims[-1].id} 0")
    span = ""
    if number is not None and np.isfinite(number[possible]).any():
        inside = number[possible & np.isfinite(number)]
        span = f" In all versions the number that `{claims[-1].id}` speaks of lies from {inside.min():g} to {inside.max():g}."
    mend = " Read one of them less literally, doubt its source more, or widen the priors that keep them apart."
    return f"{head} {said}{span}{mend}"


def _often(share: float) -> str:
    return "no version" if share == 0 else f"{100 * share:.2g} % of versions"
