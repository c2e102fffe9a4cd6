"""Who speaks of a world: reports made up from truths, by code of its own that shares nothing with the weighing.

A claim keeps its shape (what it counts, where, when); its words are drawn anew. What is said is one number a claim: the
place of a word in the claim's closed vocabulary, or a figure, or `SILENT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from obrok.case.case import Case
from obrok.case.parameters import COUNTED
from obrok.evidence.claims import Claim, Span
from obrok.quantities import Words, figure_reading

SILENT = -1.0
#: a figure said of a number lies within this factor of it, on so many points
FURTHEST, POINTS = 30.0, 20_001

Columns = Mapping[str, np.ndarray]


def vocabulary(claim: Claim, table: Words) -> tuple[str, ...] | None:
    """The words that might have been said in this claim's place; None: a figure is said."""
    if claim.value is not None:
        return None
    if (claim.hedge or "") in table.statements:
        return (claim.hedge or "",)
    hedge = claim.hedge or ""
    return tuple(table.counted(hedge) if _is_count(claim) else table.vocabulary(hedge))


def can_be_silent(claim: Claim, table: Words) -> bool:
    """A statement may go unsaid, and of a share of nobody nothing is said; a word of the count table always comes."""
    return not (_is_count(claim) and claim.value is None and claim.hedge not in table.statements)


def with_words(claim: Claim, said: float, table: Words) -> Claim:
    """The claim as it was spoken (not for `SILENT`). A range keeps its width as a part of its middle."""
    known = vocabulary(claim, table)
    if known is not None:
        return replace(claim, hedge=known[int(said)], among=claim.hedge)
    low, high = (said * part - _step(claim) for part in _ends(claim))
    return replace(claim, value=(low, high))


def spoken(
    case: Case, truths: Columns, bank: Columns, rng: np.random.Generator, table: Words
) -> tuple[np.ndarray, np.ndarray]:
    """What is said of each truth, float64 (truths, claims) in the order of `case.outcome_claims()`, and whether each word
    comes from the truth itself, bool of the same shape.

    `truths`, `bank`: claims' columns and `posts`. Of each origin one number says how much it knows: the claims whose
    credence reaches it. What slips, and what nobody knows, is said of a prior world of its own.
    """
    n, m = len(truths["posts"]), len(bank["posts"])
    claims = case.outcome_claims()
    knows = {origin: rng.random(n) for origin in case.claims_by_origin(claims)}
    said, true = np.empty((n, len(claims))), np.empty((n, len(claims)), bool)
    for j, claim in enumerate(claims):
        informed = knows[case.evidence.origin(claim)] <= case.evidence.credence(claim)
        true[:, j] = informed & (rng.random(n) >= table.slip)
        other = rng.integers(0, m, n)
        seen = {name: np.where(true[:, j], truths[name], bank[name][other]) for name in columns_of(claim, bank)}
        said[:, j] = say(claim, seen, rng, table)
    return said, true


def columns_of(claim: Claim, columns: Columns) -> list[str]:
    """The columns that the claim speaks of, and the number of posts."""
    return [name for name in columns if name == "posts" or name.split(" ")[:2] == ["claim", claim.id]]


def say(claim: Claim, seen: Columns, rng: np.random.Generator, table: Words) -> np.ndarray:
    """A word, a figure or silence about each world as it is seen, shape (n,)."""
    if claim.quantity == "trend" and claim.value is None and claim.hedge in table.statements:
        return np.where(_says_growing(claim, seen, rng, table), 0.0, SILENT)
    number = _trend(claim, seen) if claim.quantity == "trend" else _number(claim, seen, rng)
    there, hedge = np.isfinite(number), claim.hedge or ""
    if hedge in table.statements and claim.value is None:
        said = np.where(_makes_remark(table.statements[hedge], np.where(there, number, 0.0), rng), 0.0, SILENT)
    elif claim.value is not None:
        there &= number + _step(claim) > 0
        ratio = _figure_ratio(claim, table, rng.random(len(number)))
        said = ratio * (np.where(there, number, 1.0) + _step(claim))
    elif _is_count(claim):
        known = rng.binomial(number.astype(int), table.known)
        rows = list(table.counted(hedge).values())
        known = np.minimum(known, len(rows[0]) - 1)
        said = _one_of(np.stack([row[known] for row in rows], axis=1), rng)
    else:
        inside = table.inside(hedge, np.where(there, number, 0.5))
        heights = [d.density(inside) for d in table.vocabulary(hedge).values()]  # type: ignore[union-attr]
        said = _one_of(np.stack(heights, axis=1), rng)
    return np.where(there, said, SILENT)


def _number(claim: Claim, seen: Columns, rng: np.random.Generator) -> np.ndarray:
    """The number by one of the claim's readings, drawn for each world."""
    all_numbers = np.stack([seen[f"claim {claim.id} {i}"] for i in range(len(claim.readings))])
    picked = rng.choice(len(claim.readings), len(all_numbers[0]), p=[r.weight for r in claim.readings])
    return all_numbers[picked, np.arange(all_numbers.shape[1])]


def _makes_remark(row: Mapping[str, float], number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if "half" in row:  # a race: an occasion to say it, at the rate of the number, comes before one to drop it
        with np.errstate(divide="ignore"):
            return rng.exponential(size=len(number)) / number < rng.exponential(size=len(number)) / row["half"]
    if "proportional" in row:  # of all departures one is learnt of by chance: from there so often
        return rng.random(len(number)) ** (1.0 / row["proportional"]) < number
    if "per_case" in row:  # each case goes unmentioned, or all of them do
        none_told = rng.random(len(number)) < np.array([row["per_case"] ** k for k in number])
        return _at_least(row["floor"], row["per_case"], number, none_told, rng)
    heard = np.log(np.maximum(number, 1e-9)) + row["spread"] * rng.standard_normal(len(number))
    return heard > np.log(row["threshold"])


def _at_least(floor: float, per_case: float, number: np.ndarray, said: np.ndarray, rng) -> np.ndarray:
    """Said with the chance per_case^number or, where that is less, `floor`."""
    short = np.maximum(0.0, floor - per_case**number) / (1.0 - per_case**number + 1e-300)
    return said | (rng.random(len(said)) < short)


def _says_growing(claim: Claim, seen: Columns, rng: np.random.Generator, table: Words) -> np.ndarray:
    """More of the departures fall into the recent days than their length would bring, and not far too many for the word."""
    recent, earlier, year = (seen[f"claim {claim.id} {name}"] for name in ("recent", "earlier", "year"))
    now, before = _lengths(claim)
    row = table.statements[claim.hedge or ""]
    rises = rng.beta(recent + 0.5, earlier + 0.5) > now / (now + before)
    felt = np.log(np.maximum(year, 0.5)) + row["most_spread"] * rng.standard_normal(len(year))
    there = seen[f"claim {claim.id} posts"] if f"claim {claim.id} posts" in seen else seen["posts"]
    return rises & (felt < np.log(row["most"] * there))


def _trend(claim: Claim, seen: Columns) -> np.ndarray:
    now, before = _lengths(claim)
    recent, earlier = (seen[f"claim {claim.id} {name}"] + 0.5 for name in ("recent", "earlier"))
    return recent / now / (earlier / before)


def _lengths(claim: Claim) -> tuple[int, int]:
    """Days of the stretch that the claim is about, and of the one that it is compared with."""

    def length(span: Span | None) -> int:
        assert span is not None
        return span.days if span.days is not None else (span.end - span.start).days + 1  # type: ignore[operator]

    return length(claim.about), length(claim.compared_with)


def _figure_ratio(claim: Claim, table: Words, u: np.ndarray) -> np.ndarray:
    """What is said over what is so: how far the figure's reading spreads, taken for a chance of figures."""
    row = table.figures[claim.hedge or ("about" if _is_count(claim) else "roughly")]
    low, high = _ends(claim)
    ratio = np.exp(np.linspace(-np.log(FURTHEST), np.log(FURTHEST), POINTS))
    height = np.array([float(figure_reading(row, r * low, r * high).density(np.array(1.0))) for r in ratio])  # type: ignore[union-attr]
    upto = np.cumsum(height * ratio)
    return np.interp(u * upto[-1], upto, ratio)


def _ends(claim: Claim) -> tuple[float, float]:
    """Ends of the figure as parts of its middle: 1 and 1 where it is no range."""
    low, high = (x + _step(claim) for x in claim.value or ())
    return 2 * low / (low + high), 2 * high / (low + high)


def _one_of(heights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One column a row, drawn by the heights, (n, words) → float64 (n,)."""
    upto = np.cumsum(heights, axis=1)
    return (upto < rng.random((len(heights), 1)) * upto[:, -1:]).sum(axis=1).astype(float)


def _is_count(claim: Claim) -> bool:
    return COUNTED[claim.quantity or ""] == "people"


def _step(claim: Claim) -> float:
    """Counts are read half a person up, so that none is a number too."""
    return 0.5 * _is_count(claim)


def unspeakable(claim: Claim, seen: Columns) -> np.ndarray:
    """The chance that no figure can be said, for want of a number above 0, (n,)."""
    if claim.quantity == "trend":
        return np.zeros(len(seen["posts"]))
    numbers = np.stack([seen[f"claim {claim.id} {i}"] for i in range(len(claim.readings))])
    return np.array([r.weight for r in claim.readings]) @ ~(np.nan_to_num(numbers, nan=-1.0) + _step(claim) > 0)
