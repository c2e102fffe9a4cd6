"""A text as paragraphs of runs, each run with the claims whose place it is: what a page shows, harmless and in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from obrok.evidence.propose.sentences import sentences

#: a paragraph ends with the first sentence that takes it past this many characters
PARAGRAPH = 360
#: characters that steer how a line runs, or that nothing shows: told by name in the text, so that none can hide or turn words
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")

Span = tuple[int, int]
#: words, the claims that stand on them, and the code point at which they begin
Run = tuple[str, list[str], int]


def paragraphs(text: str) -> list[Span]:
    """A normalised text of one line, cut at ends of sentences into pieces that can be read; together they are the text."""
    out, start, last = [], 0, 0
    for _, end in sentences(text):
        last = end + (text[end : end + 1] == " ")
        if last - start >= PARAGRAPH:
            out.append((start, last))
            start = last
    if start < len(text):
        out.append((start, len(text)))
    return out


def runs(text: str, places: Mapping[str, Span]) -> list[list[Run]]:
    """The paragraphs of a text as runs. `places`: claim → code points from and to (exclusive); they may overlap or nest.

    No run crosses the end of a claim's place or of a paragraph, so that each lies wholly inside or outside each place. A
    character told by its name is a run of its own: in all others a place in the run is a place in the text.
    """
    inside = sorted((start, end, id) for id, (start, end) in places.items())
    out = []
    for first, last in paragraphs(text):
        here = [(start, end, id) for start, end, id in inside if start < last and end > first]
        out.append(list(_cut(text, first, last, here)))
    return out


def _cut(text: str, first: int, last: int, here: list[tuple[int, int, str]]) -> Iterator[Run]:
    odd = {x for m in _UNSEEN.finditer(text, first, last) for x in m.span()}
    cuts = sorted({first, last, *odd, *(x for start, end, _ in here for x in (start, end) if first < x < last)})
    for a, b in pairwise(cuts):
        # the narrowest place first: it is the one that a reader means who points there
        over = sorted(((end - start, id) for start, end, id in here if start <= a and end >= b))
        yield shown(text[a:b]), [id for _, id in over], a


def shown(text: str) -> str:
    """Text with its unseen and steering characters as names: a NUL reads ‹U+0000›."""
    return _UNSEEN.sub(lambda m: f"‹U+{ord(m[0]):04X}›", text)
