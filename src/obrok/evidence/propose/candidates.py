"""Candidate claims of a text: what its clauses say, put together from the marks found in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from obrok.evidence.propose import sayings
from obrok.evidence.propose.dates import When, dates, edtf
from obrok.evidence.propose.figures import Figure, figures
from obrok.evidence.propose.foreign import figures_in
from obrok.evidence.propose.names import found_organisations, found_places
from obrok.evidence.propose.sentences import clauses, sentences, trimmed
from obrok.evidence.propose.tables import LANGUAGES

Span = tuple[int, int]
#: no sentence gives more candidates than these
MOST_OF_A_SENTENCE = 8
#: what a text says of itself is no statement of it; nor is an age
_OF_ITSELF = re.compile(
    r"\b(?:bulletin|report|issue|edition|study|interview)\s(?:will|is to|was (?:recorded|published))\b", re.I
)
_AGE = re.compile(r"\d years old|\baged \d", re.I)
_EVENT = re.compile(
    r"\b(?:was|were|had|has|have|been|would|left|went|died|fled|came|took|began|will|are due|ran|sent|held|\w{3,}ed)\b",
    re.I,
)
#: of several figures in a clause the first of these kinds is its value
_FIRST = ("money", "share", "count", "rate", "duration", "comparison")


@dataclass(frozen=True)
class Candidate:
    """A statement that may be a claim, for a person to accept, to edit or to drop.

    `start`, `end`: code points of the clause in the normalised text. `value`: low and high, equal for one figure, in
    `unit`. `about`: first and last day; `edtf`: the same, written. `hedge`: a word of the shipped table. `said`: a kind
    of source (`obrok.evidence.claims.KINDS_OF_SOURCE`). `marks`: what was found, by positions. `why`: the rules.
    """

    start: int
    end: int
    kind: str
    value: tuple[float, float] | None = None
    unit: str | None = None
    hedge: str | None = None
    about: tuple[date, date] | None = None
    edtf: str | None = None
    place: str | None = None
    organisations: tuple[str, ...] = ()
    said: str | None = None
    compares: bool = False
    trend: bool = False
    negated: bool = False
    marks: tuple[Span, ...] = ()
    paraphrase: str = ""
    why: tuple[str, ...] = ()


@dataclass
class _Told:
    """What a sentence hands on to its clauses and to the next sentence."""

    speaker: str | None = None
    in_quote: bool = False
    place: str | None = None


@dataclass(frozen=True)
class _Marks:
    """Everything found in a sentence, by positions in it."""

    text: str
    published: tuple[date, date] | None
    when: list[When]
    figures: list[Figure]
    amounts: list[tuple[int, int, str, str]]
    trends: list[tuple[int, int, str | None]]
    compares: list[Span]
    places: list[tuple[int, int, str]]
    organisations: list[tuple[int, int, str]]
    saying: sayings.Saying | None
    said: str | None = field(default=None)


def propose(text: str, published: tuple[date, date] | None, language: str = "en") -> list[Candidate]:
    """Candidate claims of a normalised text, in order. `published`: the days on which it can have appeared; dates are
    read from there, and those that need it are left open without it."""
    language = language.split("-")[0].lower()
    told, out = _Told(), []
    for start, end in sentences(text):
        sentence = text[start:end]
        if sentence[-1] in "?？":
            continue
        for c in _of_sentence(sentence, published, language, told)[:MOST_OF_A_SENTENCE]:
            out.append(_moved(c, start))
        told.in_quote = _opens(sentence, told.in_quote)
    return out


def _moved(c: Candidate, by: int) -> Candidate:
    return replace(c, start=c.start + by, end=c.end + by, marks=tuple((a + by, b + by) for a, b in c.marks))


def _opens(sentence: str, was: bool) -> bool:
    """Whether a quotation is open at the end of a sentence."""
    last_open, last_close = max(sentence.rfind(q) for q in "“«「"), max(sentence.rfind(q) for q in "”»」")
    if sentence.count('"') % 2:
        return not was
    return was if last_open == last_close else last_open > last_close


def _of_sentence(sentence: str, published: tuple[date, date] | None, language: str, told: _Told) -> list[Candidate]:
    marks = _marks(sentence, published, language)
    _speak(marks, told)
    said = marks.said
    if said is None and (told.in_quote or '"' in sentence or "“" in sentence):
        said = told.speaker
    out = []
    for start, end in _parted(marks, _merged(marks, clauses(sentence))):
        if candidate := _of_clause(marks, start, end, said):
            out.append(candidate)
    out += _borne_out(marks)
    out.sort(key=lambda c: (c.start, c.end))
    return out


def _marks(s: str, published: tuple[date, date] | None, language: str) -> _Marks:
    when = dates(s, published, language)
    taken = [(w.start, w.end) for w in when]
    if language in LANGUAGES:
        rows = LANGUAGES[language]
        trends = [(m.start(), m.end(), row) for key, row in (("rising", "rising"), ("falling", "falling"))
                  for word in rows[key] for m in re.finditer(re.escape(word), s, re.I)]  # fmt: skip
        compares = [
            m.span()
            for word in rows["than"]
            for m in re.finditer(rf"(?<!\w){re.escape(word)}" if "adds" not in rows else word, s, re.I)
        ]
        said = sayings.foreign_speech(s, rows)
        return _Marks(
            s,
            published,
            when,
            figures_in(s, language, taken),
            [],
            trends,
            compares,
            found_places(s, language),
            [],
            None,
            said,
        )
    says = sayings.saying(s)
    return _Marks(
        s, published, when, figures(s, taken), sayings.amounts(s), sayings.trends(s), sayings.comparisons(s), found_places(s),
        found_organisations(s), says, says.kind if says else None,
    )  # fmt: skip


def _speak(marks: _Marks, told: _Told) -> None:
    if marks.said:
        told.speaker = marks.said
    elif marks.saying and told.speaker:
        object.__setattr__(marks, "said", told.speaker)


def _carries(marks: _Marks, start: int, end: int) -> bool:
    """Whether a clause has something that makes a statement by itself."""
    inside = lambda a, b: start <= a and b <= end + 1  # noqa: E731
    return (
        any(f.core and inside(f.start, f.end) for f in marks.figures)
        or any(inside(a, b) for a, b, *_ in marks.amounts)
        or any(inside(a, b) for a, b, *_ in marks.trends)
        or any(inside(a, b) for a, b in marks.compares)
    )


def _merged(marks: _Marks, parts: list[Span]) -> list[Span]:
    """Clauses, of which a short one joins the one that it belongs to: a comparison, a date in front, an aside."""
    out: list[Span] = []
    for start, end in parts:
        words = marks.text[start:end].split()
        short = len(words) < 3 and marks.text[start:end].isascii() and not _carries(marks, start, end)
        joins = out and (
            short
            or re.match(
                r"(?:up|down) from\b|compared|twice as|against\b.{0,3}$|a (?:decrease|increase)", marks.text[start:end]
            )
        )
        lead = (
            out
            and not _carries(marks, *out[-1])
            and len(marks.text[slice(*out[-1])].split()) <= 6
            and start - out[-1][1] <= 2
        )
        tells = out and _TELLS.search(marks.text[slice(*out[-1])]) and start - out[-1][1] <= 3
        if joins or tells or (lead and marks.text[out[-1][1] : out[-1][1] + 1] == ","):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


#: a clause that is nothing without what follows
_TELLS = re.compile(r"\b(?:say|says|that|remark|complain|claim)$")
_AND = re.compile(r"\s(?:and|y|и)\s")


def _parted(marks: _Marks, parts: list[Span]) -> list[Span]:
    """Clauses with two figures on the two sides of an "and" make two."""
    out: list[Span] = []
    for start, end in parts:
        inside = [f for f in marks.figures if f.core and start <= f.start and f.end <= end]
        for a, b in pairwise(inside):
            m = _AND.search(marks.text, a.end, b.start)
            if m and len(marks.text[m.end() : b.start].split()) >= 1 and m.start() - start > 12:
                out.append((start, m.start()))
                start = m.end()
        out.append((start, end))
    return out


def _borne_out(marks: _Marks) -> list[Candidate]:
    """That several sources say it is a statement of its own."""
    says = marks.saying
    if says is None or not says.confirms or marks.text[says.start : says.end].lower().startswith("confirm"):
        return []
    stop = re.compile(r"[,;.]|$").search(marks.text, says.end)
    start, end = trimmed(marks.text, says.start, stop.start() if stop else len(marks.text))
    if end - start > 80:
        return []
    return [
        Candidate(
            start,
            end,
            "attribution",
            said=says.kind,
            marks=((start, end),),
            paraphrase="Several sources bear it out.",
            why=("attribution",),
        )
    ]


def _without_tail(marks: _Marks, start: int, end: int) -> Span:
    """A clause without "…, she told reporters on Monday" at its end."""
    says = marks.saying
    if says is None or not start <= says.start < end or marks.text.startswith("according", says.start):
        return start, end
    comma = marks.text.rfind(",", start, says.start)
    if (
        comma - start < 12
        or says.start - comma > 70
        or marks.text.find(",", says.end, end) >= 0
        or _AFTER.search(marks.text, says.end, end)
    ):
        return start, end
    return trimmed(marks.text, start, comma)


_AFTER = re.compile(r"\bthat\b|[“\"]|\d{2}")


def _of_clause(marks: _Marks, start: int, end: int, said: str | None) -> Candidate | None:
    def inside(items: list) -> list:
        return [i for i in items if (a := i.start if hasattr(i, "start") else i[0]) >= start and a < end]

    start, end = _without_tail(marks, start, end)
    found, when, words = inside(marks.figures), inside(marks.when), inside(marks.amounts)
    trends, compares = inside(marks.trends), inside(marks.compares)
    places, bodies = inside(marks.places), inside(marks.organisations)
    core = [f for f in found if f.core]
    main = min(core, key=lambda f: _FIRST.index(f.kind)) if core else None
    clause = marks.text[start:end]
    says = marks.saying if marks.saying and start <= marks.saying.start < end else None
    event = (
        any(w.days and w.days != marks.published and not w.is_year for w in when)
        and _EVENT.search(clause) is not None
        and bool(places or bodies or len(clause.split()) > 6)
    )
    confirms = says is not None and says.confirms and "confirm" in clause.lower()
    if not (main or words or trends or compares or confirms or event):
        return None
    if not main and (_AGE.search(clause) or _OF_ITSELF.search(clause)):
        return None
    if says and not (main or words or trends or compares or confirms or event):
        return None
    kind = (
        main.kind
        if main
        else "count"
        if words
        else "trend"
        if trends
        else "comparison"
        if compares
        else "date"
        if event
        else "attribution"
    )
    value, unit, hedge = (main.value, main.unit, main.hedge) if main else (None, None, None)
    if not main and words:
        hedge, unit = words[0][2], words[0][3]
        kind = "share" if unit == "share" else "count"
    elif not main and trends:
        hedge, unit = next((t[2] for t in trends if t[2]), None), "1"
    elif main and not hedge and words and words[0][2] == "often":
        hedge = "often"
    day = _day_of(marks, when, start)
    place = places[0][2] if places else _place_before(marks, start)
    spans = sorted({(i.start, i.end) if hasattr(i, "start") else (i[0], i[1])
                    for group in (found, when, words, trends, compares, places, bodies) for i in group})  # fmt: skip
    rules = [name for name, group in (("figure", found), ("word for a number", words), ("trend", trends), ("comparison", compares),
             ("date", when), ("place", places), ("organisation", bodies), ("attribution", said)) if group]  # fmt: skip
    about = day.days if day else None
    candidate = Candidate(
        start, end, kind, value, unit, hedge, about, edtf(about) if about else None, place, tuple(b[2] for b in bodies), said,
        bool(compares), bool(trends), sayings.is_negated(clause), tuple(spans), "", tuple(rules),
    )  # fmt: skip
    object.__setattr__(candidate, "paraphrase", paraphrase(candidate))
    return candidate


def _day_of(marks: _Marks, when: list[When], start: int) -> When | None:
    known = [w for w in when if w.days]
    if known:
        return min(known, key=lambda w: w.is_year)
    return next((w for w in reversed(marks.when) if w.days and w.start < start), None)


def _place_before(marks: _Marks, start: int) -> str | None:
    return next((p[2] for p in reversed(marks.places) if p[0] < start), None)


# --- in other words --------------------------------------------------------------------------------------------------
def paraphrase(c: Candidate) -> str:
    """What a candidate says, by a template: never the words of the text, so that it may be kept and shown."""
    if c.value:
        low, high = c.value
        what = f"{low:,.10g}" if low == high else f"{low:,.10g} to {high:,.10g}"
        what = f"Figure given: {what} [{c.unit or 'of what is not read'}]"
        what += f", read as “{c.hedge}”" if c.hedge else ""
    elif c.kind in ("count", "share", "rate"):
        what = f"A number in a word, read as “{c.hedge}” [{c.unit}]"
    elif c.kind == "trend":
        what = f"A change over time{f', read as “{c.hedge}”' if c.hedge else ''}"
    else:
        what = {"comparison": "A comparison", "date": "A dated event"}.get(c.kind, "A source bears out another")
    more = [
        f"about {c.edtf}" if c.edtf else "", f"place: {c.place}" if c.place else "", "set against something" if c.compares and c.kind != "comparison" else "",
        "changing" if c.trend and c.kind != "trend" else "", "negated" if c.negated else "", f"told by: {c.said}" if c.said else "",
    ]  # fmt: skip
    return "; ".join([what, *(m for m in more if m)]) + "."
