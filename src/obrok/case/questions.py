"""Questions of a case's own: an outcome, in stretches of days and places that the case names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from obrok.case.parameters import OUTCOMES, PARAMETERS
from obrok.case.reading import City, Days, Place, cities_in
from obrok.evidence.claims import Reading, Span
from obrok.evidence.documents import read_id
from obrok.evidence.read_claims import read_filters
from obrok.problems import Node, Reader, closest

QUESTION = {
    "id": "left-in-may",
    "asks": '"How many left in May?"',
    "quantity": "left",
}
#: outcomes counted person by person: of these a question may say whom it counts
BY_PERSON = (
    *(name for name, unit in OUTCOMES.items() if unit == "people" and name != "at_post_end"),
    "far_share",
    "handed_over_share",
)
MOST_QUESTIONS = 1_000
#: outcomes of the last day alone
ON_THE_LAST_DAY = ("at_post_end", "leave_but_for_family")


@dataclass(frozen=True)
class Question:
    """What is asked: `quantity` is an outcome, `about` its days and place (both ends are dates), `where` whom it counts."""

    id: str
    asks: str
    quantity: str
    about: Span
    where: Reading

    @property
    def unit(self) -> str:
        return OUTCOMES[self.quantity]

    @property
    def days(self) -> tuple[date, date]:
        """First and last day, both included."""
        first, last = self.about.start, self.about.end
        assert isinstance(first, date) and isinstance(last, date)
        return first, last

    @property
    def topic(self) -> tuple:
        """Questions of one topic differ in their days alone; those of a stretch of days, in which days these are. A leap
        year is a year."""
        first, last = self.days
        long = 0 if self.quantity in ON_THE_LAST_DAY else (last - first).days
        long -= long == 365
        return self.quantity, self.about.place, self.where, long

    def as_json(self) -> dict:
        first, last = self.days
        about = {"from": first.isoformat(), "to": last.isoformat(), "place": self.about.place}
        left = self.where.left
        days = {"from": str(left.start), "to": str(left.end)} if left else None
        where = {"route": self.where.route, "sector": self.where.sector, "left": days}
        return {
            "id": self.id, "asks": self.asks, "quantity": self.quantity, "about": about,
            "where": {k: v for k, v in where.items() if v},
        }  # fmt: skip


#: so many questions of one topic, or more, are told together
MANY = 3


def by_topic(questions: Iterable[Question]) -> list[list[Question]]:
    """Questions that differ in their days alone together, each topic by its days; topics by the order of the case."""
    topics: dict[tuple, list[Question]] = {}
    for q in questions:
        topics.setdefault(q.topic, []).append(q)
    return [sorted(asked, key=lambda q: q.days) for asked in topics.values()]


def lines(questions: Iterable[Question], least: int = MANY) -> list[list[Question]]:
    """The topics with so many days or more: they make a line over time."""
    return [asked for asked in by_topic(questions) if len({q.days for q in asked}) >= least]


def read_questions(
    reader: Reader, node: Node | None, period: Days, places: tuple[Iterable[City], Mapping[str, Place], tuple | None]
) -> tuple[Question, ...]:
    """The case's questions. `places`: cities, places and their ids (None: could not be read)."""
    taken: set[str] = set()
    read = [
        _question(reader, item, taken, period, places)
        for item in reader.items(node, of_groups=True, most=MOST_QUESTIONS)
    ]
    return tuple(q for q in read if q)


def _question(reader: Reader, item: Node, taken: set[str], period: Days, places: tuple) -> Question | None:
    before = len(reader.problems)
    f = reader.fields(item, QUESTION | {"about": f"{{on: {period[1] or '2015-05-31'}}}"}, ("where",))
    name, asks = read_id(reader, f.get("id"), taken), reader.want_text(f.get("asks"))
    if name in OUTCOMES or name in PARAMETERS:
        what = f"`{name}` is the name of {'an outcome' if name in OUTCOMES else 'a parameter'}"
        reader.report(f["id"], what, "give the question a name of its own:", f["id"].replaced(f"{name}-asked"))
    quantity = reader.want_choice(f.get("quantity"), OUTCOMES, "outcome")
    about = _dates(reader, f.get("about"), period, places[2], with_place=True)
    _check_place(reader, about, places)
    where = read_filters(reader, f["where"], 1.0, lambda n: _dates(reader, n, period)) if "where" in f else Reading(1.0)
    if quantity and "where" in f and quantity not in BY_PERSON:
        what = f"`{quantity}` is not counted person by person: `where` would change nothing"
        reader.report(f["where"], what, "take it out:", item.without("where"))
    if quantity and about and not reader.errors(before):
        _check_compared(reader, quantity, about, period)
    if reader.errors(before):
        return None
    return Question(name, asks, quantity, about, where)  # type: ignore[arg-type]


def _dates(
    reader: Reader, node: Node | None, period: Days, places: Iterable[str] | None = None, with_place: bool = False
) -> Span | None:
    """{on} or {from, to}: dates of the period."""
    if node is None:
        return None
    start, end = period
    one = isinstance(node.value, dict) and "on" in node
    required = {"on": str(end)} if one else {"from": str(start), "to": str(end)}
    before = len(reader.problems)
    f = reader.fields(node, required, ("place",) if with_place else ())
    place = reader.want_choice(f.get("place"), places, "place")
    days = {key: reader.want_date(f.get(key), end) for key in required}
    for key, day in days.items():
        if day and start and end and not start <= day <= end:
            what = f"{day} is outside the period, {start} to {end}"
            mended = f[key].replaced(str(min(max(day, start), end)))
            reader.report(f[key], what, "give a day inside it, or widen the period:", mended)
    first, last = days.get("from", days.get("on")), days.get("to", days.get("on"))
    if first and last and first > last and not reader.errors(before):
        what = f"the dates are reversed: from {first} to {last}"
        rest = f", place: {place}" if place else ""
        reader.report(node, what, "write the earlier one first:", node.replaced(f"{{from: {last}, to: {first}{rest}}}"))
    return None if reader.errors(before) else Span(first, last, None, place, node)


def _check_place(reader: Reader, about: Span | None, places: tuple) -> None:
    """Somebody works where it is asked."""
    cities, known, _ = places
    if about and about.node and about.place and cities and cities_in(about.place, cities, known) == ():
        node = about.node["place"]
        near = closest(about.place, [c.place for c in cities]) or cities[0].place
        what = f"no site lies in `{about.place}`: nothing is counted there"
        reader.report(node, what, "name a place with sites:", node.replaced(near))


def _check_compared(reader: Reader, quantity: str, about: Span, period: Days) -> None:
    """A comparison needs days before: as many for a trend, one for watching."""
    start, (first, last) = period[0], (about.start, about.end)
    assert isinstance(first, date) and isinstance(last, date) and about.node is not None
    needed = {"trend": (last - first).days + 1, "watch_change": 1}.get(quantity, 0)
    if start and needed and (first - start).days < needed:
        what = f"`{quantity}` is against the {needed} day{'s' * (needed > 1)} before, and the period begins {start}"
        later = start + timedelta(((last - start).days + 2) // 2 if quantity == "trend" else 1)
        at = about.node.get("from") or about.node["on"]
        fits = "on" in about.node or later <= last
        reader.report(at, what, "begin later, or widen the period:", at.replaced(str(later)) if fits else None)
