"""What an answer is about, in words: which outcome, of which days, where, of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES
from obrok.case.questions import ON_THE_LAST_DAY, Question
from obrok.evidence.claims import PUBLISHED, Reading, Span

ROUTES = {"nearby": "for work nearby", "remote": "and hid far away"}
FOUND = {"nearby": "nearby", "remote": "far away"}
SECTORS = {"construction": "builders", "logging": "loggers"}


@dataclass(frozen=True)
class Asked:
    """An answer's outcome and unit; `when`: its days, place and people in words ("in the year from 9 May 2015"); `before`:
    the days that a comparison is against; `own`: whether it is a question of the case's own."""

    quantity: str
    unit: str
    when: str
    before: str
    own: bool


def asked(case: Case, name: str) -> Asked:
    """What is asked by an outcome (of the case's window) or by a question of the case's own."""
    question = case.question(name)
    if question is None:
        first, last = (case.date(d) for d in case.window)
        when = f"on {day(last)}" if name == "at_post_end" else period(case)
        days = min(case.window[0], case.window[1] - case.window[0] + 1)
        return Asked(name, OUTCOMES[name], when, _before(case, name, first, days), False)
    first, last = question.days
    before = _before(case, question.quantity, first, (last - first).days + 1)
    return Asked(question.quantity, question.unit, _when(case, question), before, True)


def _before(case: Case, quantity: str, first: date, days: int) -> str:
    if quantity == "trend":
        return f"in {_length(days)} before"
    return f"on {day(max(case.start, first - timedelta(1)))}"


def _when(case: Case, question: Question) -> str:
    """ "on 31 December 2017 in Russia", "from 1 May to 31 July 2015 in Chita, counting only builders"."""
    first, last = question.days
    days = f"on {day(last)}" if question.quantity in ON_THE_LAST_DAY else days_text(first, last)
    place, those = place_text(case, question.about.place), whom(question.quantity, question.where)
    return days + (f" in {place}" if place else "") + (f", counting only {those}," if those else "")


def whom(quantity: str, reading: Reading) -> str:
    """ "builders who left for work nearby from 1 to 31 May 2015"; nothing where everybody is counted."""
    r, left = reading, ""
    if r.left:
        first, last = r.left.start, r.left.end
        whole = isinstance(first, date) and isinstance(last, date)
        left = f" {days_text(first, last)}" if whole else f" in {span_text(r.left)}"  # type: ignore[arg-type]
    if not (r.route or r.sector or left):
        return ""
    text = SECTORS.get(r.sector or "", "those")
    if r.route and quantity == "found":
        return f"{text} found {FOUND[r.route]}" + (f" who left{left}" if left else "")
    return text + (f" who left{f' {ROUTES[r.route]}' if r.route else ''}{left}" if r.route or left else "")


def day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def days_text(first: date, last: date) -> str:
    """ "on 9 May 2015", "from 1 to 31 May 2015", "from 1 May to 31 July 2015", "in 2015"."""
    if first == last:
        return f"on {day(first)}"
    if is_year(first, last):
        return f"in {first.year}"
    if first.year != last.year:
        return f"from {day(first)} to {day(last)}"
    return f"from {first.day}{'' if first.month == last.month else f' {first:%B}'} to {day(last)}"


def is_year(first: date, last: date) -> bool:
    """Whether these days are a year of the calendar."""
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year


def period(case: Case) -> str:
    first, last = (case.date(d) for d in case.window)
    if is_year(first, last):
        return f"in {first.year}"
    return f"in {_length((last - first).days + 1)} from {day(first)}"


def _length(days: int) -> str:
    return "the year" if 360 <= days <= 370 else "the day" if days == 1 else f"the {days} days"


def place_name(case: Case, place: str | None) -> str:
    """A place as printed; of a live case only the widest region around it."""
    here = case.places.get(place or "")
    while here and case.live and here.within:
        here = case.places[here.within]
    return here.id.replace("-", " ").title() if here else ""


def place_text(case: Case, place: str | None) -> str:
    """A place as a figure of it is printed: of a live case, that it is a part of its widest region."""
    narrow = case.live and place is not None and case.places[place].within
    return f"a part of {place_name(case, place)}" if narrow else place_name(case, place)


def _moment(x: date | str | None) -> str:
    return "the day it was published" if x == PUBLISHED else day(x) if isinstance(x, date) else ""


def span_text(span: Span | None) -> str:
    """About when a claim speaks, in words."""
    if span is None:
        return ""
    if span.days is not None:
        return f"the {span.days} days before" + (f" {_moment(span.end)}" if span.end else "")
    start, end = _moment(span.start), _moment(span.end)
    if start == end:
        return start
    return f"{start} to {end}" if start and end else (f"from {start}" if start else f"until {end}")
