"""The parts of a sentence that make a statement each."""

from __future__ import annotations

import re
from itertools import pairwise

from obrok.evidence.propose.marks import Marks
from obrok.evidence.propose.sentences import clauses, trimmed

Span = tuple[int, int]


def statements(marks: Marks) -> list[Span]:
    """The parts of a sentence, by positions in it."""
    return _parted(marks, _merged(marks, clauses(marks.text)))


def _carries(marks: Marks, start: int, end: int) -> bool:
    """Whether a clause has something that makes a statement by itself."""
    inside = marks.between(start, end)
    return any(f.core for f in inside.figures) or bool(inside.amounts or inside.trends or inside.compares)


def _merged(marks: Marks, parts: list[Span]) -> list[Span]:
    """Clauses, of which a short one joins the one that it belongs to: a comparison, a date in front, an aside."""
    out: list[Span] = []
    for start, end in parts:
        words = marks.text[start:end].split()
        short = len(words) < 3 and marks.text[start:end].isascii() and not _carries(marks, start, end)
        joins = out and (short or _JOINS.match(marks.text, start, end))
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


#: a clause that is nothing without what went before
_JOINS = re.compile(r"(?:up|down) from\b|compared|twice as|a (?:decrease|increase)")
#: a clause that is nothing without what follows
_TELLS = re.compile(r"\b(?:say|says|that|remark|complain|claim)$")
_AND = re.compile(
    r"\s(?:and|which|who|that|where|y|и)\s|,\s(?!(?:up|down) from|compared|twice|a (?:de|in)crease|or\b|maybe|perhaps)"
)


def _is_long(part: str) -> bool:
    return len(part) > 12 and len(part.split()) > 2 and not part.lower().startswith("according")


def _parted(marks: Marks, parts: list[Span]) -> list[Span]:
    """Clauses with two figures on the two sides of a word or comma that joins make two."""
    out: list[Span] = []
    for start, end in parts:
        inside = [f for f in marks.figures if f.core and start <= f.start and f.end <= end]
        for a, b in pairwise(inside):
            m = _AND.search(marks.text, a.end, b.start)
            if (
                m
                and _is_long(marks.text[start : m.start()])
                and _is_long(marks.text[m.end() : end])
                and m.end() < b.start
            ):
                out.append((start, m.start()))
                start = m.end()
        out.append((start, end))
    return out


def without_tail(marks: Marks, start: int, end: int) -> Span:
    """A clause without "…, she told reporters on Monday" at its end."""
    says = marks.saying
    if says is None or not start <= says.start < end or marks.text.startswith("according", says.start):
        return start, end
    comma = marks.text.rfind(",", start, says.start)
    after = marks.text[says.end : end]
    says_more = _SAYS_MORE.search(after) or len(after.split()) > 7 or _carries(marks, says.end, end)
    if comma - start < 12 or says.start - comma > 70 or says_more:
        return start, end
    return trimmed(marks.text, start, comma)


#: what is said, behind the verb
_SAYS_MORE = re.compile(r"\b(?:that|they|he|she|it|there|at)\b|[“\"]|\d{2}")
