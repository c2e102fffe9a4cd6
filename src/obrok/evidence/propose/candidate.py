"""A candidate claim, and what it says in other words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Span = tuple[int, int]


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


def paraphrase(c: Candidate) -> str:
    """What a candidate says, by a template: never the words of the text, so that it may be kept and shown."""
    more = [
        (c.edtf, f"about {c.edtf}"),
        (c.place, f"place: {c.place}"),
        (c.compares and c.kind != "comparison", "set against something"),
        (c.trend and c.kind != "trend", "changing"),
        (c.negated, "negated"),
        (c.said, f"told by: {c.said}"),
    ]
    return "; ".join([_what(c), *(words for holds, words in more if holds)]) + "."


def _what(c: Candidate) -> str:
    read = f", read as “{c.hedge}”" if c.hedge else ""
    if c.value:
        low, high = c.value
        figures = f"{low:,.10g}" if low == high else f"{low:,.10g} to {high:,.10g}"
        return f"Figure given: {figures} [{c.unit or 'of what is not read'}]{read}"
    if c.kind in ("count", "share", "rate"):
        return f"A number in a word{read} [{c.unit}]"
    if c.kind == "trend":
        return f"A change over time{read}"
    return {"comparison": "A comparison", "date": "A dated event"}.get(c.kind, "A source bears out what others say")
