"""What is counted in a world: an outcome, in a stretch of days, of certain people. No claim and no weight here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import COLUMN, NEARBY, REMOTE
from obrok.evidence.claims import PUBLISHED, Claim, Reading, Span
from obrok.worlds.population import Draws, published

MONEY = tuple(name for name, unit in OUTCOMES.items() if unit == "USD")


@dataclass(frozen=True)
class Moment:
    """A day: `offset` days from the start, or from the day a document appeared."""

    offset: int
    document: str | None = None

    def day(self, draws: Draws) -> np.ndarray:
        """int64: of each world, shape (n,), or one for all, shape ()."""
        base = draws[published(self.document)] if self.document else 0.0
        return np.asarray(base + self.offset, np.int64)


@dataclass(frozen=True)
class Window:
    """First and last day, both included."""

    first: Moment
    last: Moment


@dataclass(frozen=True)
class Measure:
    """One number a world. `compared`: the days before; `left`: only who left then; `of_found`: only who was first found
    then; `cities`: only there (None: everywhere)."""

    quantity: str
    window: Window
    compared: Window | None = None
    route: str | None = None
    sector: str | None = None
    left: Window | None = None
    of_found: Window | None = None
    cities: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Outcome:
    """What the engine gave for n worlds under one policy.

    at: the days recorded, int64, (n, days), rising in each world. series: int64, (n, cities, days, columns). watch: float64,
    (n, cities, days, 2), mean over posts, and its sum over all days so far; belief: float64, (n, cities, days, or none),
    mean over posts. posts: float64, (n, cities). probe_days: int64, (n, probes); probes: float64, (n, cities, probes, 2),
    sum and number. leavers: everyone who left, with the world (0 … n-1) and the city of each.
    """

    at: np.ndarray
    series: np.ndarray
    watch: np.ndarray
    belief: np.ndarray
    posts: np.ndarray
    probe_days: np.ndarray
    probes: np.ndarray
    leavers: np.ndarray
    row: np.ndarray
    city: np.ndarray

    def within(self, cities: tuple[int, ...] | None) -> Outcome:
        """The same, of some cities only."""
        if cities is None or len(cities) == self.series.shape[1]:
            return self
        there, some = np.isin(self.city, cities), list(cities)
        return Outcome(
            self.at, self.series[:, some], self.watch[:, some], self.belief[:, some], self.posts[:, some],
            self.probe_days, self.probes[:, some], self.leavers[there], self.row[there], self.city[there],
        )  # fmt: skip

    def place_of(self, day: np.ndarray) -> np.ndarray:
        """Where a day, of each world or of all, is among those recorded: int64, (n,)."""
        place = (self.at < np.reshape(day, (-1, 1))).sum(axis=1)
        assert (np.take_along_axis(self.at, place[:, None], axis=1)[:, 0] == day).all(), "a day that was not recorded"
        return place

    @cached_property
    def days(self) -> dict[str, np.ndarray]:
        """The log of those who left, column by column: contiguous, for counting."""
        return {name: np.ascontiguousarray(self.leavers[name]) for name in self.leavers.dtype.names or ()}


def window_of(case: Case, document: str | None, span: Span, about: Window | None = None) -> Window:
    """A stretch of days; `published` is the day the document appeared; `{days: n}` alone means the n days before
    `about`."""

    def moment(end) -> Moment:
        return Moment(0, document) if end == PUBLISHED else Moment(case.day(end))

    if span.days is not None:
        end = moment(span.end) if span.end is not None else about.first  # type: ignore[union-attr]
        return Window(Moment(end.offset - span.days, end.document), Moment(end.offset - 1, end.document))
    first = moment(span.start) if span.start is not None else Moment(0)
    last = moment(span.end) if span.end is not None else Moment(case.days - 1)
    return Window(first, last)


def claim_measures(case: Case, claim: Claim) -> dict[str, Measure]:
    """What must be counted to weigh a world by an outcome claim, by column name; one a reading, and more for a trend."""
    about, compared = _windows(case, claim)
    key = f"claim {claim.id}"
    if claim.quantity == "trend":
        year = Window(Moment(about.last.offset - 364, about.last.document), about.last)
        times = {"recent": about, "earlier": compared or about, "year": year}
        cities = case.cities_in(claim.about.place if claim.about else None)
        measures = {name: Measure("left", window, cities=cities) for name, window in times.items()}
        if cities is not None:  # how many people there are in a part of the case
            measures["posts"] = Measure("posts", about, cities=cities)
        return {f"{key} {name}": m for name, m in measures.items()}
    cohort = case.evidence.claims[claim.of] if claim.of else None
    readings = cohort.readings if cohort else claim.readings
    found = window_of(case, cohort.document, cohort.about) if cohort and cohort.about else None
    return {f"{key} {i}": _measure(case, claim, r, found) for i, r in enumerate(readings)}


def held_measures(case: Case) -> dict[str, Measure]:
    """What each observation that is held back counts, by column name."""
    return {f"held {c.id}": _measure(case, c, c.readings[0]) for c in case.held_back()}


def _windows(case: Case, claim: Claim) -> tuple[Window, Window | None]:
    """The days that a claim is about, and those that it compares them with."""
    assert claim.about is not None
    about = window_of(case, claim.document, claim.about)
    return about, window_of(case, claim.document, claim.compared_with, about) if claim.compared_with else None


def _measure(case: Case, claim: Claim, reading: Reading, found: Window | None = None) -> Measure:
    assert claim.about is not None and claim.quantity is not None
    about, compared = _windows(case, claim)
    left = window_of(case, claim.document, reading.left) if reading.left else None
    cities = case.cities_in(claim.about.place)
    return Measure(claim.quantity, about, compared, reading.route, reading.sector, left, found, cities)


def answer_measures(case: Case) -> dict[str, Measure]:
    """Every outcome in the window that the case asks about."""
    window = Window(*map(Moment, case.window))
    return {name: Measure(name, window, _before(name, *case.window)) for name in OUTCOMES}


def question_measures(case: Case) -> dict[str, Measure]:
    """Each of the case's own questions, by id."""
    out = {}
    for q in case.questions:
        window, left = window_of(case, None, q.about), q.where.left
        compared = _before(q.quantity, window.first.offset, window.last.offset)
        of_left = window_of(case, None, left) if left else None
        cities = case.cities_in(q.about.place)
        out[q.id] = Measure(q.quantity, window, compared, q.where.route, q.where.sector, of_left, None, cities)
    return out


def _before(quantity: str, first: int, last: int) -> Window | None:
    """What an answer that is a comparison compares with: as many days before, or the day before."""
    day = Moment(max(0, first - 1))
    return {"trend": Window(Moment(max(0, 2 * first - last - 1)), day), "watch_change": Window(day, day)}.get(quantity)


def probe_days(measures: list[Measure], draws: Draws, n: int) -> np.ndarray:
    """Days at whose end `leave_but_for_family` is taken: int64, shape (n, probes)."""
    asked = [m.window.last.day(draws) for m in measures if m.quantity == "leave_but_for_family"]
    return np.stack([np.broadcast_to(d, (n,)) for d in asked], axis=1) if asked else np.empty((n, 0), np.int64)


def recorded_days(measures: list[Measure], draws: Draws, n: int) -> np.ndarray:
    """Days on whose end must be recorded for these measures: int64, (n, days), rising in each world."""
    moments: set[tuple[Moment, int]] = set()
    for m in measures:
        if m.quantity in ("returned", "arrived", "at_post_end", "watch_change", *MONEY):
            for window in (m.window, m.compared if m.quantity == "watch_change" else None):
                moments |= {(window.first, 1), (window.last, 0)} if window else set()
    days = [np.broadcast_to(np.maximum(m.day(draws) - before, 0), (n,)) for m, before in sorted(moments, key=repr)]
    return np.sort(np.stack(days, axis=1), axis=1) if days else np.empty((n, 0), np.int64)


def take(measure: Measure, outcome: Outcome, draws: Draws) -> np.ndarray:
    """The measure in each world: float64, shape (n,). NaN where it does not exist (a share of nobody)."""
    first, last = measure.window.first.day(draws), measure.window.last.day(draws)
    q = measure.quantity
    if q == "share_of_departures":
        here, everywhere = (
            _count(measure, o, draws, "left", first, last) for o in (outcome.within(measure.cities), outcome)
        )
        return _ratio(here, everywhere)
    outcome = outcome.within(measure.cities)
    if q == "posts":
        return outcome.posts.sum(axis=1)
    if q == "returned":
        return _flow(outcome, COLUMN["returned"], first, last)
    if q == "arrived":  # who was there on the first morning has not arrived
        return sum(
            sign * (_stock(outcome, COLUMN["created"], day) - _stock(outcome, COLUMN["waiting"], day))
            for sign, day in ((1.0, last), (-1.0, np.maximum(first - 1, 0)))
        )  # type: ignore[return-value]
    if q in MONEY:
        return _flow(outcome, COLUMN[q], first, last) / 100.0
    if q == "at_post_end":
        return _stock(outcome, COLUMN["at_post"], last)
    if q == "watch_change":
        return _mean_watch(outcome, measure.window, draws) / _mean_watch(outcome, measure.compared, draws)  # type: ignore[arg-type]
    if q == "leave_but_for_family":
        rows = np.arange(len(outcome.series))
        at = np.argmax(outcome.probe_days == last[..., None], axis=1)
        total = outcome.probes[rows, :, at].sum(axis=1)
        return _ratio(total[:, 0], total[:, 1])
    if q == "far_share":
        far, near = (_count(measure, outcome, draws, name, first, last) for name in ("left_remote", "left_nearby"))
        return _ratio(far, far + near)
    if q == "handed_over_share":
        handed, let_go = (_count(measure, outcome, draws, name, first, last) for name in ("handed_over", "let_go"))
        return _ratio(handed, handed + let_go)
    if q == "trend":
        c = measure.compared or measure.window
        c_first, c_last = c.first.day(draws), c.last.day(draws)
        now = (_count(measure, outcome, draws, "left", first, last) + 0.5) / (last - first + 1)
        return now / ((_count(measure, outcome, draws, "left", c_first, c_last) + 0.5) / (c_last - c_first + 1))
    return _count(measure, outcome, draws, q, first, last)


def _stock(outcome: Outcome, column: int, day: np.ndarray) -> np.ndarray:
    """A column of the record at a day's end, all cities together."""
    return outcome.series[np.arange(len(outcome.series)), :, outcome.place_of(day), column].sum(axis=1).astype(float)


def _flow(outcome: Outcome, column: int, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    before = np.where(first > 0, _stock(outcome, column, np.maximum(first - 1, 0)), 0.0)
    return _stock(outcome, column, last) - before


def _mean_watch(outcome: Outcome, window: Window, draws: Draws) -> np.ndarray:
    """Watching, meant over the days of a window and over posts."""
    share = outcome.posts / outcome.posts.sum(axis=1, keepdims=True)
    first, last = window.first.day(draws), window.last.day(draws)
    rows = np.arange(len(outcome.series))

    def watched(day: np.ndarray) -> np.ndarray:
        return (outcome.watch[rows, :, outcome.place_of(day), 1] * share).sum(axis=1)

    return (watched(last) - np.where(first > 0, watched(np.maximum(first - 1, 0)), 0.0)) / (last - first + 1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _count(
    measure: Measure, outcome: Outcome, draws: Draws, quantity: str, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Persons to whom it first happened in the window, among those the measure asks about."""
    p, row = outcome.days, outcome.row

    def inside(days: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (days >= (a[row] if a.ndim else a)) & (days <= (b[row] if b.ndim else b))

    hit = inside(p["left" if quantity.startswith("left") else quantity], first, last)
    routes = {"nearby": NEARBY, "remote": REMOTE}
    if quantity in ("left_nearby", "left_remote"):
        hit &= p["route"] == routes[quantity.removeprefix("left_")]
    if measure.route:  # of the found: where they were found; of others: the route they took
        asked_of_found = quantity == "found" or measure.of_found is not None
        hit &= p["found_from" if asked_of_found else "route"] == routes[measure.route]
    if measure.sector:
        hit &= p["construction"] == (measure.sector == "construction")
    for window, column in ((measure.left, "left"), (measure.of_found, "found")):
        if window is not None:
            hit &= inside(p[column], window.first.day(draws), window.last.day(draws))
    return np.bincount(row[hit], minlength=len(outcome.series)).astype(float)
