"""Outcome claims → the weight of each world. The only place where a claim meets a world.

    L_o = Σ over levels of credence · Π_j [ (1-ε)·ℓ_j/Z_j + ε ]  +  (1 - c_max)          weight = Π_o L_o

ℓ_j is the chance of the claim's words in the world, Z_j its mean over prior worlds, ε the slip of a single statement. A
worthless source says what the model would say anyway: factor 1. Where another source confirms some claims of an origin,
the origin is informed about those with a higher credence than about the rest: the levels are nested. Where parameters
were not drawn from the prior itself, every world comes with the correction that takes this out (`worlds.proposal`): it
multiplies the weight, and Z_j is a mean by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from obrok.case.case import Case
from obrok.case.parameters import COUNTED
from obrok.evidence.claims import Claim
from obrok.quantities import LARGEST_COUNT, Words, figure_reading

#: below this effective sample, or above this Pareto k̂, few worlds carry the answers
ENOUGH, HEAVY = 200, 0.7

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Weights:
    """`log`: log weight of each world (-inf: impossible); `z`: mean likelihood of each claim over prior worlds."""

    log: np.ndarray
    z: dict[str, float]

    @property
    def normal(self) -> np.ndarray:
        """Weights that sum to 1."""
        w = np.exp(self.log - self.log.max())
        return w / w.sum()


def likelihood(claim: Claim, columns: Columns, posts: np.ndarray, table: Words) -> np.ndarray:
    """ℓ: the chance that the claim's words are said of each world, up to a factor common to all worlds; shape (n,).

    `columns`: the claim's measures (`worlds.measures.claim_measures`). Where a measure does not exist in a world (a
    share of nobody), nobody can have said it: 0. `table`: of words, that of the case.
    """
    key = f"claim {claim.id}"
    if claim.quantity == "trend" and claim.value is None and claim.hedge in table.statements:
        row = table.statements[claim.hedge]
        recent, earlier, year = (columns[f"{key} {name}"] for name in ("recent", "earlier", "year"))
        there = columns.get(f"{key} posts", posts)
        return trend(row, recent, earlier, year, there, _share_of_days(claim))
    total = np.zeros(len(posts))
    for i, reading in enumerate(claim.readings):
        number = columns[f"{key} {i}"] if claim.quantity != "trend" else _rate_ratio(columns, key, claim)
        total += reading.weight * np.nan_to_num(word_chance(claim, number, table), nan=0.0)
    return total


def _share_of_days(claim: Claim) -> float:
    recent, earlier = (_days(span) for span in (claim.about, claim.compared_with))
    return recent / (recent + earlier)


def _days(span) -> int:
    return span.days if span.days is not None else (span.end - span.start).days + 1


def _rate_ratio(columns: Columns, key: str, claim: Claim) -> np.ndarray:
    share = _share_of_days(claim)
    recent, earlier = columns[f"{key} recent"] + 0.5, columns[f"{key} earlier"] + 0.5
    return (recent / share) / (earlier / (1 - share))


def trend(row: Mapping[str, float], recent, earlier, year, posts, share_of_days: float) -> np.ndarray:
    """ "A growing number": P[Beta(recent+½, earlier+½) > share of days] · (1 - Φ(ln(max(year,½)/(most·posts))/spread))."""
    rises = special.betaincc(recent + 0.5, earlier + 0.5, share_of_days)
    many = np.log(np.maximum(year, 0.5) / (row["most"] * posts)) / row["most_spread"]
    return rises * special.ndtr(-many)


def word_chance(claim: Claim, number: np.ndarray, table: Words) -> np.ndarray:
    """P(the claim's word or figure | number), for counts, shares, ratios and money."""
    hedge = claim.hedge or ""
    if hedge in table.statements:
        return statement_chance(table.statements[hedge], number)
    is_count = COUNTED[claim.quantity or ""] == "people"
    if claim.value is None and is_count:
        return count_chance(table.counted(claim.among or hedge)[hedge], number, table.known)
    if claim.value is None:
        return table.said(hedge, number, claim.among)
    low, high = claim.value  # type: ignore[misc]
    figure = table.figures[hedge or ("about" if is_count else "roughly")]
    shape = figure_reading(figure, low + 0.5 * is_count, high + 0.5 * is_count)
    return shape.density(number + 0.5 * is_count)  # type: ignore[union-attr]


def statement_chance(row: Mapping[str, Any], number: np.ndarray) -> np.ndarray:
    """P(a remark | number), by its row; for any but trends (`trend`)."""
    if "half" in row:
        return number / (number + row["half"])
    if "proportional" in row:
        return number ** row["proportional"]
    if "per_case" in row:
        return np.maximum(row["floor"], row["per_case"] ** number)
    return special.ndtr((np.log(np.maximum(number, 1e-9)) - np.log(row["threshold"])) / row["spread"])


def count_chance(word: np.ndarray, number: np.ndarray, known: float) -> np.ndarray:
    """Σ_k Bin(k; n, known)·P(word | k): the source may know only part of what happened."""
    number = np.asarray(number)
    out = np.zeros(number.shape)
    for n in np.unique(number[np.isfinite(number)]).astype(int):
        k = np.arange(n + 1) if len(word) == LARGEST_COUNT + 1 else _likely(n, known)
        log_choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        chance = np.exp(log_choose + special.xlogy(k, known) + special.xlog1py(n - k, -known))
        out[number == n] = chance @ word[np.minimum(k, len(word) - 1)]
    return out


def _likely(n: int, known: float) -> np.ndarray:
    """Counts that a source of n cases may know of: all but those further than nine standard deviations from the mean."""
    middle, reach = n * known, 9 * np.sqrt(n * known * (1 - known)) + 20
    return np.arange(max(0, int(middle - reach)), min(n, int(middle + reach)) + 1)


def likelihoods(
    case: Case, columns: Columns, posts: np.ndarray, possible: np.ndarray, table: Words | None = None
) -> dict[str, np.ndarray]:
    """ℓ of every outcome claim; 0 in impossible worlds. `table`: of words, that of the case if none is given."""
    table = case.words if table is None else table
    return {c.id: np.where(possible, likelihood(c, columns, posts, table), 0.0) for c in case.outcome_claims()}


def weigh(
    case: Case,
    likes: Mapping[str, np.ndarray],
    possible: np.ndarray,
    without: frozenset[str] = frozenset(),
    log_correction: np.ndarray | float = 0.0,
    means: Mapping[str, float] | None = None,
    slip: float | None = None,
) -> Weights:
    """The weight of each world by the outcome claims, leaving out those named in `without` (claims or confirmations).

    `likes` may be empty: then the weight is the correction alone (that of prior worlds). `means`: Z of each claim, where
    other worlds than these have told it. `slip`: ε, that of the table of words if none is given.
    """
    log = np.where(possible, log_correction, -np.inf)
    prior = Weights(log, {}).normal if possible.any() else np.zeros(len(log))
    slip, z = case.words.slip if slip is None else slip, {}
    counted = []
    for claim in (c for c in case.outcome_claims() if c.id in likes):
        z[claim.id] = means[claim.id] if means else float((prior * likes[claim.id]).sum())
        if claim.id not in without and z[claim.id] > 0:
            counted.append(claim)
    for claims in case.claims_by_origin(counted).values():
        factor = {c.id: (1 - slip) * likes[c.id] / z[c.id] + slip for c in claims}
        total = np.ones(len(log))
        for weight, inside in levels_of(case, claims, without):
            total += weight * (np.prod([factor[c.id] for c in inside], axis=0) - 1.0)
        log = log + np.log(total)
    return Weights(log, z)


def levels_of(
    case: Case, claims: list[Claim], without: frozenset[str] = frozenset()
) -> list[tuple[float, list[Claim]]]:
    """Levels of credence in an origin: the chance that it is informed about just these claims. They are nested, the most
    believed claims in all of them; what is left to 1 is the chance that it knows nothing."""
    credence = {c.id: case.evidence.credence(c, without) for c in claims}
    levels = sorted(set(credence.values()), reverse=True)
    return [
        (level - lower, [c for c in claims if credence[c.id] >= level])
        for level, lower in zip(levels, [*levels[1:], 0.0], strict=True)
    ]


def effective_sample_size(weights: np.ndarray) -> float:
    """(Σw)² / Σw² (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def pareto_k(weights: np.ndarray) -> float | None:
    """Shape k̂ of the tail of the weights, by the fit of Zhang and Stephens (2009) as used for PSIS (Vehtari et al. 2024).

    Above `HEAVY` means that few worlds carry the answers. None where the tail is too short or flat to tell.
    """
    w = np.sort(weights[weights > 0])
    tail = int(min(0.2 * len(w), 3 * np.sqrt(len(w))))
    if tail < 5 or w[-1] <= w[-tail - 1] * (1 + 1e-12):
        return None
    x = w[-tail:] - w[-tail - 1]
    x = x[x > 0]
    n = len(x)
    if n < 5:
        return None
    m = 30 + int(np.sqrt(n))
    theta = 1 / x[-1] + (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3 * x[int(n / 4 + 0.5) - 1])
    k = np.mean(np.log1p(-theta[:, None] * x), axis=1)
    fit = n * (np.log(-theta / k) - k - 1)
    with np.errstate(over="ignore"):  # a hopeless fit has no weight
        weight = 1 / np.exp(fit[None, :] - fit[:, None]).sum(axis=1)
    best = np.sum(theta * weight) / weight.sum()
    shape = float(np.mean(np.log1p(-best * x)))
    return (n * shape + 10 * 0.5) / (n + 10)
