"""What is counted in a world: an outcome, in a stretch of days, of certain people. No claim and no weight here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import COLUMN, MOOD, NEARBY, REMOTE
from obrok.evidence.claims import PUBLISHED, Claim, Reading, Span
from obrok.worlds.population import Draws, published

PEOPLE = tuple(name for name, unit in OUTCOMES.items() if unit == "people" and name != "at_post_end")
MONEY = tuple(name for name, unit in OUTCOMES.items() if unit == "USD")


@dataclass(frozen=True)
class Moment:
    """A day: `offset` days from the start, or from the day a document appeared."""

    offset: int
    document: str | None = None

    def days(self, draws: Draws, n: int) -> np.ndarray:
        base = draws[published(self.document)] if self.document else 0.0
        return np.broadcast_to(np.asarray(base + self.offset, np.int64), (n,))


@dataclass(frozen=True)
class Window:
    """First and last day, both included."""

    first: Moment
    last: Moment


@dataclass(frozen=True)
class Measure:
    """One number a world. `compared`: the days before; `left`: only who left then; `of_found`: only who was first found then."""

    quantity: str
    window: Window
    compared: Window | None = None
    route: str | None = None
    sector: str | None = None
    left: Window | None = None
    of_found: Window | None = None


@dataclass(frozen=True)
class Outcome:
    """What the engine gave for n worlds under one policy. `row`: the world (0 … n-1) of each leaver."""

    series: np.ndarray
    mood: np.ndarray
    probe_days: np.ndarray
    probes: np.ndarray
    leavers: np.ndarray
    row: np.ndarray


def window_of(case: Case, claim: Claim, span: Span, about: Window | None = None) -> Window:
    """A claim's stretch of days; `{days: n}` alone means the n days before `about`."""

    def moment(end) -> Moment:
        return Moment(0, claim.document) if end == PUBLISHED else Moment(case.day(end))

    if span.days is not None:
        end = moment(span.end) if span.end is not None else about.first  # type: ignore[union-attr]
        return Window(Moment(end.offset - span.days, end.document), Moment(end.offset - 1, end.document))
    first = moment(span.start) if span.start is not None else Moment(0)
    last = moment(span.end) if span.end is not None else Moment(case.days - 1)
    return Window(first, last)


def claim_measures(case: Case, claim: Claim) -> dict[str, Measure]:
    """What must be counted to weigh a world by an outcome claim, by column name; one a reading, and more for a trend."""
    assert claim.about is not None and claim.quantity is not None
    about = window_of(case, claim, claim.about)
    compared = window_of(case, claim, claim.compared_with, about) if claim.compared_with else None
    key = f"claim {claim.id}"
    if claim.quantity == "trend":
        year = Window(Moment(about.last.offset - 364, about.last.document), about.last)
        measures = {
            "recent": Measure("left", about),
            "earlier": Measure("left", compared or about),
            "year": Measure("left", year),
        }
        return {f"{key} {name}": m for name, m in measures.items()}
    cohort = case.evidence.claims[claim.of] if claim.of else None
    readings = cohort.readings if cohort else claim.readings
    found = window_of(case, cohort, cohort.about) if cohort and cohort.about else None

    def measure(r: Reading) -> Measure:
        left = window_of(case, claim, r.left) if r.left else None
        return Measure(claim.quantity or "", about, compared, r.route, r.sector, left, found)

    return {f"{key} {i}": measure(r) for i, r in enumerate(readings)}


def answer_measures(case: Case) -> dict[str, Measure]:
    """Every outcome in the window that the case asks about."""
    first, last = case.window
    window = Window(Moment(first), Moment(last))
    before = Window(Moment(max(0, 2 * first - last - 1)), Moment(max(0, first - 1)))
    day_before = Window(before.last, before.last)
    compared = {"trend": before, "watch_change": day_before}
    return {name: Measure(name, window, compared.get(name)) for name in OUTCOMES}


def probe_days(measures: list[Measure], draws: Draws, n: int) -> np.ndarray:
    """Days at whose end `leave_but_for_family` is taken: int64, shape (n, probes), rising in each row."""
    asked = [m.window.last.days(draws, n) for m in measures if m.quantity == "leave_but_for_family"]
    return np.sort(np.stack(asked, axis=1), axis=1) if asked else np.empty((n, 0), np.int64)


def take(measure: Measure, outcome: Outcome, draws: Draws) -> np.ndarray:
    """The measure in each world: float64, shape (n,). NaN where it does not exist (a share of nobody)."""
    n = len(outcome.series)
    rows = np.arange(n)
    first, last = measure.window.first.days(draws, n), measure.window.last.days(draws, n)
    q = measure.quantity
    if q in MONEY:
        return _flow(outcome, COLUMN[q], first, last) / 100.0
    if q == "at_post_end":
        return outcome.series[rows, last, COLUMN["at_post"]].astype(float)
    if q == "watch_change":
        watch = outcome.mood[:, :, MOOD.index("watch")]
        return _mean_over(watch, measure.window, draws) / _mean_over(watch, measure.compared, draws)  # type: ignore[arg-type]
    if q == "leave_but_for_family":
        at = np.argmax(outcome.probe_days == last[:, None], axis=1)
        return outcome.probes[rows, at]
    if q == "far_share":
        far, near = (_count(measure, outcome, draws, name, first, last) for name in ("left_remote", "left_nearby"))
        return _ratio(far, far + near)
    if q == "handed_over_share":
        handed, let_go = (_count(measure, outcome, draws, name, first, last) for name in ("handed_over", "let_go"))
        return _ratio(handed, handed + let_go)
    if q == "trend":
        c = measure.compared or measure.window
        c_first, c_last = c.first.days(draws, n), c.last.days(draws, n)
        now = (_count(measure, outcome, draws, "left", first, last) + 0.5) / (last - first + 1)
        return now / ((_count(measure, outcome, draws, "left", c_first, c_last) + 0.5) / (c_last - c_first + 1))
    return _count(measure, outcome, draws, q, first, last)


def _flow(outcome: Outcome, column: int, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    rows = np.arange(len(outcome.series))
    before = np.where(first > 0, outcome.series[rows, np.maximum(first - 1, 0), column], 0)
    return (outcome.series[rows, last, column] - before).astype(float)


def _mean_over(values: np.ndarray, window: Window, draws: Draws) -> np.ndarray:
    n = len(values)
    first, last = window.first.days(draws, n), window.last.days(draws, n)
    total = np.concatenate([np.zeros((n, 1)), np.cumsum(values, axis=1)], axis=1)
    rows = np.arange(n)
    return (total[rows, last + 1] - total[rows, first]) / (last - first + 1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)


def _count(
    measure: Measure, outcome: Outcome, draws: Draws, quantity: str, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Persons to whom it first happened in the window, among those the measure asks about."""
    p, row, n = outcome.leavers, outcome.row, len(outcome.series)
    day = p["left" if quantity.startswith("left") else quantity]

    def inside(days: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (days >= a[row]) & (days <= b[row])

    hit = inside(day, first, last)
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
            hit &= inside(p[column], window.first.days(draws, n), window.last.days(draws, n))
    return np.bincount(row[hit], minlength=n).astype(float)
