"""Claims on one quantity, of one place and time, whose readings overlap little, or of which one is a bound that the other
breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy import special

from obrok.evidence.claims import PUBLISHED, Claim, Evidence, Span, claim_bound, claim_reading
from obrok.quantities import UNITS, Distribution, Words, converted, flatten

#: two readings disagree where their overlap, the integral of the lower density, is below this
LITTLE = 0.2
#: levels change slowly: of posts, pay and shares, days within a year of each other count as the same
LEVELS, LEVEL_UNITS = ("posts", "at_post_end"), ("USD/month", "share")
LEVEL_DAYS = 365
#: pairs about the same people and days that are held against each other
MOST_COMPARED = 10_000


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
    readings = _Readings(evidence.words)
    read = {c.id: c for c in evidence.claims.values() if c.informs != "held_back" and readings.of(c) is not None}
    place = {name: k for k, name in enumerate(read)}
    alike: dict[tuple, list[Claim]] = {}
    for c in read.values():
        alike.setdefault(_subject(c), []).append(c)
    both = [pair for claims in alike.values() if len(claims) > 1 for pair in _comparable(claims, evidence)]
    both.sort(key=lambda pair: (place[pair[0].id], place[pair[1].id]))
    if len(both) > MOST_COMPARED:
        cut()
    out = []
    for a, b in both[:MOST_COMPARED]:
        overlap = readings.overlap(a, b)
        if overlap < LITTLE:
            apart = evidence.origin(a) != evidence.origin(b)
            out.append(Conflict(a, b, readings.of(a)[0], (readings.ends(a), readings.ends(b)), overlap, apart))  # type: ignore[index]
    return out


class _Readings:
    """What claims say of their quantity; of those that say the same in the same words, worked out once."""

    def __init__(self, table: Words):
        self.table = table
        self._of: dict[tuple, tuple[str, np.ndarray] | None] = {}
        self._ends: dict[tuple, tuple[float, float]] = {}
        self._overlap: dict[tuple, float] = {}

    def of(self, claim: Claim) -> tuple[str, np.ndarray] | None:
        """Canonical unit, and values of equal weight; None where it says no number."""
        said = _said(claim)
        if said not in self._of:
            self._of[said] = _reading(claim, self.table)
        return self._of[said]

    def ends(self, claim: Claim) -> tuple[float, float]:
        """Its 5 and 95 %."""
        said = _said(claim)
        if said not in self._ends:
            low, high = np.quantile(self.of(claim)[1], (0.05, 0.95))  # type: ignore[index]
            self._ends[said] = float(low), float(high)
        return self._ends[said]

    def overlap(self, a: Claim, b: Claim) -> float:
        """How far two readings agree, 0 to 1; those of different units do."""
        both = _said(a), _said(b)
        if both not in self._overlap:
            (unit, x), (other, y) = self.of(a), self.of(b)  # type: ignore[misc]
            self._overlap[both] = _agreement(a, b, x, y, self.table) if unit == other else 1.0
        return self._overlap[both]


def _said(claim: Claim) -> tuple:
    """All that a claim's reading hangs on."""
    return claim.quantity is None, claim.value, claim.unit, claim.hedge, claim.reading


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


def _subject(claim: Claim) -> tuple:
    """What a claim speaks of, but for the days: quantity, people counted, place, what it is compared with."""
    people = tuple((r.route, r.sector) for r in claim.readings)
    return claim.quantity, claim.of, people, claim.about and claim.about.place, claim.compared_with


def _comparable(claims: list[Claim], evidence: Evidence) -> Iterator[tuple[Claim, Claim]]:
    """Pairs of claims of one subject whose days overlap, and that are two voices."""
    days = np.array([[d.toordinal() for d in _days(c.about, c, evidence)] for c in claims])
    voices = [(c.source, evidence.origin(c)) for c in claims]
    number = {voice: k for k, voice in enumerate(dict.fromkeys(voices))}
    voice = np.array([number[v] for v in voices])
    for i, a in enumerate(claims[:-1]):
        later = slice(i + 1, None)
        apart = np.maximum(days[later, 0] - days[i, 1], days[i, 0] - days[later, 1])
        near = (apart <= (LEVEL_DAYS if _is_level(a) else 0)) & (voice[later] != voice[i])
        yield from ((a, claims[i + 1 + k]) for k in np.flatnonzero(near))


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
