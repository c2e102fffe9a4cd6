"""Candidate claims of a text: what its clauses say, put together from the marks found in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from obrok.evidence.propose import sayings
from obrok.evidence.propose.candidate import Candidate, paraphrase
from obrok.evidence.propose.days import When, edtf
from obrok.evidence.propose.figures import Figure
from obrok.evidence.propose.marks import Marks, marks_of
from obrok.evidence.propose.parts import statements, without_tail
from obrok.evidence.propose.sentences import sentences, trimmed

Span = tuple[int, int]
#: no sentence gives more candidates than these
MOST_OF_A_SENTENCE = 8
#: what a text says of itself is no statement of it; nor is an age
_OF_ITSELF = re.compile(
    r"\b(?:bulletin|report|issue|edition|study|interview)\s(?:will|is to|was (?:recorded|published))\b"
    r"|\b(?:I|we) (?:interviewed|met|spoke)\b",
    re.I,
)
_AGE = re.compile(r"\d years old|\baged \d", re.I)
_EVENT = re.compile(
    r"\b(?:was|were|had|has|have|been|would|left|went|resumes|begins|starts|opens|ends|expires|"
    r"died|fled|came|took|began|will|are due|ran|sent|held|\w{3,}ed)\b",
    re.I,
)
#: of several figures in a clause the first of these kinds is its value
_FIRST = ("money", "share", "count", "rate", "duration", "comparison")


@dataclass
class _Told:
    """What a sentence hands on to its clauses and to the next sentence."""

    speaker: str | None = None
    in_quote: bool = False


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
    marks = marks_of(sentence, published, language)
    said = marks.said
    if said:
        told.speaker = said
    elif marks.saying or told.in_quote or '"' in sentence or "“" in sentence:
        said = told.speaker
    out = []
    for start, end in statements(marks):
        if candidate := _of_clause(marks, start, end, said):
            out.append(candidate)
    out += _borne_out(marks)
    out.sort(key=lambda c: (c.start, c.end))
    return out


def _borne_out(marks: Marks) -> list[Candidate]:
    """That several sources say it is a statement of its own."""
    says = marks.saying
    if says is None or not says.confirms or marks.text[says.start : says.end].lower().startswith("confirm"):
        return []
    stop = re.compile(r"[,;.]|$").search(marks.text, says.end)
    start, end = trimmed(marks.text, says.start, stop.start() if stop else len(marks.text))
    if end - start > 80:
        return []
    c = Candidate(start, end, "attribution", said=says.kind, marks=((start, end),), why=("attribution",))
    return [replace(c, paraphrase=paraphrase(c))]


def _of_clause(marks: Marks, start: int, end: int, said: str | None) -> Candidate | None:
    start, end = without_tail(marks, start, end)
    inside = marks.between(start, end)
    clause = marks.text[start:end]
    core = [f for f in inside.figures if f.core]
    main = min(core, key=lambda f: _FIRST.index(f.kind)) if core else None
    kind = _kind(inside, main, clause)
    if kind is None or (main is None and _AGE.search(clause)):
        return None
    unit, hedge = _unit_and_hedge(inside, main)
    day = _day_of(marks, inside.when, start, main)
    about = day.days if day else None
    places = inside.places or [p for p in marks.places if p[0] < start][-1:]
    found = Candidate(
        start, end, kind, main.value if main else None, unit, hedge, about, edtf(about) if about else None,
        places[0][2] if places else None, tuple(b[2] for b in inside.organisations), said, bool(inside.compares),
        bool(inside.trends), sayings.is_negated(clause), inside.spans(), "", inside.rules(said),
    )  # fmt: skip
    return replace(found, paraphrase=paraphrase(found))


def _kind(inside: Marks, main: Figure | None, clause: str) -> str | None:
    """The kind of statement; None where there is none."""
    if main:
        return main.kind
    if inside.amounts:
        return "share" if inside.amounts[0][3] == "share" else "count"
    if inside.trends or inside.compares:
        return "trend" if inside.trends else "comparison"
    if inside.saying and inside.saying.confirms and "confirm" in clause.lower():
        return "attribution"
    dated = any(w.days and w.days != inside.published and not w.is_year for w in inside.when)
    named = inside.places or inside.organisations or len(clause.split()) > 5
    event = _EVENT.search(clause) and not _OF_ITSELF.search(clause)
    return "date" if dated and named and event else None


def _unit_and_hedge(inside: Marks, main: Figure | None) -> tuple[str | None, str | None]:
    word = inside.amounts[0] if inside.amounts else None
    if main:
        return main.unit, main.hedge or ("often" if word and word[2] == "often" else None)
    if word:
        return word[3], word[2]
    return ("1", next((t[2] for t in inside.trends if t[2]), None)) if inside.trends else (None, None)


def _day_of(marks: Marks, when: list[When], start: int, main: Figure | None) -> When | None:
    """The date nearest to the figure, or the finest; else the last one before in the sentence."""
    known = [w for w in when if w.days]
    if known:
        return min(known, key=lambda w: max(w.start - main.end, main.start - w.end) if main else w.is_year)
    return next((w for w in reversed(marks.when) if w.days and w.start < start), None)
