"""Claims on one quantity, of one place and time, whose readings overlap little, or of which one is a bound that the other
breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, islice

import numpy as np
from scipy import special

from obrok.evidence.claims import PUBLISHED, Claim, Evidence, Span, claim_bound, claim_reading
from obrok.quantities import UNITS, Distribution, Words, converted, flatten

#: two readings disagree where their overlap, the integral of the lower density, is below this
LITTLE = 0.2
#: levels change slowly: of posts, pay and shares, days within a year of each other count as the same
LEVELS, LEVEL_UNITS = ("posts", "at_post_end"), ("USD/month", "share")
LEVEL_DAYS = 365
#: pairs on one quantity that are looked at, and pairs about the same people and days that are held against each other
MOST_PAIRS, MOST_COMPARED = 1_000_000, 10_000


@dataclass(frozen=True)
class Conflict:
    """Two claims that disagree. `overlap`: 0 (apart) to 1 (the same), of a bound what it leaves of the other; ranges: 5
    and 95 % of each, in `unit`.

    `is_independent`: of two origins; else one origin contradicts itself."""

    first: Claim
    second: Claim
    unit: str
    ranges: tuple[tuple[float, float], tuple[float, float]]
    overlap: float
    is_independent: bool

    def sides(self) -> list[str]:
        """Each claim with what it says and how that is read, in plain words."""
        return [
            f"`{c.id}` ({said(c)}; read as {low:,.4g} to {high:,.4g} {self.unit})"
            for c, (low, high) in zip((self.first, self.second), self.ranges, strict=True)
        ]

    def sentence(self) -> str:
        """Both claims side by side, in plain words."""
        first, second = self.sides()
        origin = "two origins" if self.is_independent else "one origin"
        return f"{first} and {second} disagree on `{self.first.quantity}`, of {origin}"


def conflicts(evidence: Evidence, cut: Callable[[], None] = lambda: None) -> list[Conflict]:
    """Pairs of claims that disagree, from different sources or origins, in the order of the file.

    What is held back stays out: it must not steer how a case is made. `cut` is called where there are too many pairs to
    compare them all."""
    read = {
        c.id: r
        for c in evidence.claims.values()
        if c.informs != "held_back" and (r := _reading(c, evidence.words)) is not None
    }
    by_quantity: dict[str | None, list[Claim]] = {}
    for c in evidence.claims.values():
        if c.id in read:
            by_quantity.setdefault(c.quantity, []).append(c)
    pairs = [pair for same in by_quantity.values() for pair in islice(combinations(same, 2), MOST_PAIRS)]
    both = [(a, b) for a, b in pairs[:MOST_PAIRS] if _comparable(a, b, evidence)]
    if len(pairs) >= MOST_PAIRS or len(both) > MOST_COMPARED:
        cut()
    out = []
    for a, b in both[:MOST_COMPARED]:
        (unit, x), (other, y) = read[a.id], read[b.id]
        overlap = _agreement(a, b, x, y, evidence.words) if unit == other else 1.0
        if overlap < LITTLE:
            ranges = tuple((float(np.quantile(v, 0.05)), float(np.quantile(v, 0.95))) for v in (x, y))
            apart = evidence.origin(a) != evidence.origin(b)
            out.append(Conflict(a, b, unit, ranges, overlap, apart))  # type: ignore[arg-type]
    place = {name: k for k, name in enumerate(read)}
    return sorted(out, key=lambda c: (place[c.first.id], place[c.second.id]))


def _agreement(a: Claim, b: Claim, x: np.ndarray, y: np.ndarray, table: Words) -> float:
    """How far two readings agree, 0 to 1. A bound agrees with whatever lies on its right side, far off too."""
    first, second = (claim_bound(c, table, UNITS[_canonical(c)][c.unit or ""]) for c in (a, b))
    if first and second:
        gap = first.side * np.log(second.at / first.at) / np.hypot(first.spread, second.spread)
        return 1.0 if first.side == second.side else float(special.ndtr(gap))
    if first or second:
        return float(first.density(y).mean() if first else second.density(x).mean())  # type: ignore[union-attr]
    return overlap_coefficient(x, y)


def overlap_coefficient(x: np.ndarray, y: np.ndarray) -> float:
    """∫ min(p, q) of two readings, each given by values of equal weight; in 64 bins of equal mass of both together."""
    edges = np.unique(np.quantile(np.concatenate((x, y)), np.linspace(0, 1, 65)))
    if len(edges) < 2:
        return 1.0
    edges[-1] = np.nextafter(edges[-1], np.inf)
    p, q = (np.histogram(v, edges)[0] / len(v) for v in (x, y))
    return float(np.minimum(p, q).sum())


def _reading(claim: Claim, table: Words) -> tuple[str, np.ndarray] | None:
    """Canonical unit, and values of equal weight of what a claim says of its quantity; None where it says no number."""
    canonical = _canonical(claim)
    if claim.quantity is None or not canonical or (claim.value is not None and claim.value[1] <= 0):
        return None
    dist = claim_reading(claim, table)
    if dist is None or any(hasattr(part, "around") for _, part in flatten(dist)):
        return None
    return canonical, _values(converted(dist, UNITS[canonical][claim.unit or canonical]))


def _canonical(claim: Claim) -> str:
    """The canonical unit of a claim's; empty: of none."""
    return next((c for c, units in UNITS.items() if claim.unit in units), "")


def _values(dist: Distribution) -> np.ndarray:
    parts = list(flatten(dist))
    sizes = np.maximum(1, np.round([2000 * w for w, _ in parts]).astype(int))
    return np.concatenate([part.quantile((np.arange(n) + 0.5) / n) for n, (_, part) in zip(sizes, parts, strict=True)])


def _comparable(a: Claim, b: Claim, evidence: Evidence) -> bool:
    """Whether both speak of one thing: quantity, place, people counted, days that overlap; and are two voices."""
    one = (a.quantity, a.of, tuple(r.route for r in a.readings), tuple(r.sector for r in a.readings))
    other = (b.quantity, b.of, tuple(r.route for r in b.readings), tuple(r.sector for r in b.readings))
    if one != other or (a.about and a.about.place) != (b.about and b.about.place) or a.compared_with != b.compared_with:
        return False
    if a.source == b.source and evidence.origin(a) == evidence.origin(b):
        return False
    (first, last), (start, end) = (_days(c.about, c, evidence) for c in (a, b))
    apart = max(start.toordinal() - last.toordinal(), first.toordinal() - end.toordinal())
    return apart <= (LEVEL_DAYS if _is_level(a) else 0)


def _is_level(claim: Claim) -> bool:
    return claim.quantity in LEVELS or any(claim.unit in UNITS[unit] for unit in LEVEL_UNITS)


def _days(span: Span | None, claim: Claim, evidence: Evidence) -> tuple[date, date]:
    """The first and last day that a claim may be about; all days where it names none."""
    if span is None:
        return date.min, date.max
    published = evidence.documents[claim.document].published

    def end(at: date | str | None, side: int) -> date | None:
        return published[side] if at == PUBLISHED else at if isinstance(at, date) else None

    first, last = end(span.start, 0), end(span.end, 1)
    if span.days is not None and last is not None:
        first = (end(span.end, 0) or last) - timedelta(days=span.days)
    return first or date.min, last or date.max


def said(claim: Claim) -> str:
    """The word and the figures of a claim."""
    figures = "" if claim.value is None else " to ".join(f"{v:,.6g}" for v in dict.fromkeys(claim.value))
    return " ".join(x for x in (claim.hedge, figures, claim.unit if figures else None) if x) or "a reading of its own"
