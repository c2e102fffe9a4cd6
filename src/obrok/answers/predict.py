"""Observations held back, foretold in the weighed worlds as they would be reported, and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from obrok import luck
from obrok.answers.quantiles import Ordered
from obrok.answers.scores import crps, pit
from obrok.answers.unknowns import spoken
from obrok.case.case import Case
from obrok.case.parameters import COUNTED
from obrok.case.questions import ON_THE_LAST_DAY
from obrok.evidence.claims import PUBLISHED, Claim, Span
from obrok.evidence.held_back import numbered
from obrok.quantities import UNITS, Words, figure_reading

#: reports drawn of each world
REPORTS = 8
#: a figure is reported within this factor of the number; steps in which such factors are told apart
FURTHEST, STEPS = 30.0, 4096
#: ends of the 90 % and the 50 % range, and the middle
AT = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
#: stretches of days are as long as one another up to this part of the longer one (months are; leap years are)
AS_LONG = 0.1


@dataclass(frozen=True)
class Last:
    """An earlier figure of the same quantity, place and length: what carrying it forward would have foretold."""

    claim: str
    value: float
    error: float


@dataclass(frozen=True)
class Prediction:
    """An observation and how it was foretold. `observed`: the number it is scored by; `range`: by names in `AT`; `defined`:
    weight in which there is such a number (where none, nothing is foretold: NaN); `pit`, `crps`; `last`: None where there
    is no such figure."""

    claim: Claim
    observed: float
    range: Mapping[str, float]
    defined: float
    pit: float
    crps: float
    last: Last | None

    @property
    def scored(self) -> bool:
        return self.defined > 0

    def inside(self, percent: int) -> bool:
        """Whether the 50 or 90 % range holds it, its ends included."""
        low, high = {50: ("p25", "p75"), 90: ("p05", "p95")}[percent]
        return self.range[low] <= self.observed <= self.range[high]


def predictions(
    case: Case, columns: Mapping[str, np.ndarray], weights: np.ndarray, numbers: np.ndarray, seed: int
) -> list[Prediction]:
    """Every observation held back. columns: `held ID`, (n,); weights (n,); numbers: of the worlds."""
    return [
        predict(case, claim, columns[f"held {claim.id}"], weights, numbers, seed) for claim in case.held_back()
    ]  # fmt: skip


def predict(
    case: Case, claim: Claim, number: np.ndarray, weights: np.ndarray, worlds: np.ndarray, seed: int
) -> Prediction:
    """One observation, from its number in each world (n,); NaN where it does not exist."""
    values = reports(claim, number, worlds, seed, case.words)
    w = np.where(np.isfinite(values), np.tile(weights, REPORTS), 0.0)
    observed, defined = said(claim, case.words), float(w.sum() / REPORTS / weights.sum())
    there = w > 0
    scores = float("nan"), float("nan")
    if defined > 0:
        u = float(luck.named_uniforms(seed, np.array([0]), f"pit {claim.id}", 0, luck.REPLY)[0])
        scores = pit(values[there], w[there], observed, u), crps(values[there], w[there], observed)
    q = Ordered.of(np.where(there, values, np.nan)).quantiles(w, tuple(AT.values()))
    return Prediction(claim, observed, dict(zip(AT, q, strict=True)), defined, *scores, last_value(case, claim))


# --- as it would be reported -----------------------------------------------------------------------------------------
def said(claim: Claim, table: Words) -> float:
    """The number by which a figure, a range or a word is scored: the figure, the middle of the range (its lower end of "at
    least", its upper end of "up to"), the middle number that the word stands for."""
    if claim.value is None:
        return table.middle(claim.hedge or "", COUNTED[claim.quantity or ""] == "people")
    low, high = claim.value
    row = _row(claim, table)
    return low if "above" in row else high if "below" in row else (low + high) / 2


def _row(claim: Claim, table: Words) -> Mapping[str, object]:
    """How a figure with its hedge is read; without one, as in weighing."""
    is_count = COUNTED[claim.quantity or ""] == "people"
    return table.figures[claim.hedge or ("about" if is_count else "roughly")]


def reports(claim: Claim, number: np.ndarray, worlds: np.ndarray, seed: int, table: Words) -> np.ndarray:
    """What would be reported of each world in the manner of the claim, `REPORTS` times over: float64, (n · REPORTS,); NaN
    stays NaN. Keyed by seed, world and claim."""
    return np.concatenate([_report(claim, number, worlds, seed, k, table) for k in range(REPORTS)])


def _report(claim: Claim, number: np.ndarray, worlds: np.ndarray, seed: int, k: int, table: Words) -> np.ndarray:
    unit = COUNTED[claim.quantity or ""]
    u, v = (luck.named_uniforms(seed, worlds, f"held {claim.id}", 2 * k + i, luck.REPLY) for i in range(2))
    if claim.value is None:
        names, which = spoken(number, unit, u, v, table, claim.hedge)
        middles = np.array([table.middle(w, unit == "people") for w in names])
        return np.where(np.isfinite(number), middles[which], np.nan)
    low, high = claim.value
    row, half = _row(claim, table), 0.5 * (unit == "people")
    if high > low and not {"above", "below"} & set(row):
        out = number + (low + high) / 2 - figure_reading(row, low, high).quantile(u)  # type: ignore[union-attr]
    else:
        out = (number + half) * _factors(row, u) - half
    if unit == "people":
        return np.maximum(np.round(out), 0.0)
    return np.clip(out, 0.0, 1.0) if unit == "share" else out


def _factors(row: Mapping[str, object], u: np.ndarray) -> np.ndarray:
    """What is reported over what is so, at the ranks u. A figure is as likely as the weighing has it: the density, at the
    number, of how the figure is read. With the reading of 1 at f, that is 1/f, each as often as f by the weight 1/f."""
    f = np.sort(figure_reading(row, 1.0, 1.0).quantile((np.arange(STEPS) + 0.5) / STEPS))[::-1]  # type: ignore[union-attr]
    factors = 1.0 / f[f > 1.0 / FURTHEST]
    upto = np.cumsum(factors)
    return np.interp(u * upto[-1], upto - factors / 2, factors)


# --- the last value carried forward ----------------------------------------------------------------------------------
def last_value(case: Case, claim: Claim) -> Last | None:
    """The latest earlier figure of the same quantity and place, of a like length of days and of the same people, among
    the case's claims of any role but held back; of several of one day, one that the run uses."""
    found = [(end, c) for c in case.evidence.claims.values() if (end := _comparable(case, claim, c))]
    if not found:
        return None
    _, best = max(found, key=lambda item: (item[0], item[1].informs != "context"))
    value = _told(best, claim, case.words)
    assert value is not None
    return Last(best.id, value, abs(value - said(claim, case.words)))


def _comparable(case: Case, claim: Claim, other: Claim) -> date | None:
    """The last day of an earlier figure that can be carried forward; None where it cannot."""
    mine, theirs = _days(case, claim, claim.about), _days(case, other, other.about)
    if other.informs == "held_back" or other.quantity != claim.quantity or mine is None or theirs is None:
        return None
    assert claim.about is not None and other.about is not None
    if other.about.place != claim.about.place or theirs[1] >= mine[1] or _told(other, claim, case.words) is None:
        return None
    if [_people(r) for r in other.readings] != [_people(r) for r in claim.readings] or other.of:
        return None
    long, longer = sorted((b - a).days + 1 for a, b in (mine, theirs))
    return theirs[1] if claim.quantity in ON_THE_LAST_DAY or long >= (1 - AS_LONG) * longer else None


def _people(reading) -> tuple:
    return reading.route, reading.sector, reading.left


def _told(other: Claim, claim: Claim, table: Words) -> float | None:
    """The figure of a claim in the outcome's unit; None where it tells none."""
    canonical = COUNTED[claim.quantity or ""]
    factor = UNITS[canonical].get(other.unit or "")
    if other.value is None:
        return said(other, table) if other.hedge in numbered(canonical, table) else None
    if factor is None or (other.hedge is not None and other.hedge not in table.figures):
        return None
    return factor * said(other, table)


def _days(case: Case, claim: Claim, span: Span | None) -> tuple[date, date] | None:
    """First and last day of a claim; of a day of publishing, the last possible one."""

    def day(end: date | str | None, otherwise: date) -> date:
        if end == PUBLISHED:
            return case.evidence.documents[claim.document].published[1]
        return end if isinstance(end, date) else otherwise

    if span is None:
        return None
    last = day(span.end, case.date(case.days - 1))
    if span.days is not None:
        last = date.fromordinal(last.toordinal() - 1)
        return date.fromordinal(last.toordinal() - span.days + 1), last
    return day(span.start, case.start), last
