"""A text of one line → its sentences and their clauses, by positions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obrok.evidence.propose.tables import listed

Span = tuple[int, int]
#: a sentence is looked at so far; what is longer is cut
LONGEST = 1200
_STOP = re.compile(r"[.!?…]+[\"”’»)\]]*(?=\s|$)|[。！？][」』”)]*")
_SHORT = frozenset(
    listed(
        "mr mrs ms dr prof st no nos vs etc jan feb mar apr jun jul aug sept sep oct nov dec gen col lt sgt capt gov sen rep "
        "rev hon fig art p pp vol ed al ca approx dept est inc ltd co corp sp z.o o.o u.s u.k u.n e.g i.e a.m p.m "
        "г гг т д стр ул им sr sra dr dra ud av"
    )
)
_LABEL = re.compile(r"(?:\d{1,2}\.\s|\d{1,2}(?:\.\d{1,2})+\.?\s|\(?[a-z0-9]\)\s|[QA]:\s|[-–•*]\s)(?=\S)")
#: the place and day in front of a report
_DATELINE = re.compile(
    r"[A-Z][A-Z .'-]{2,30}(?:,\s[A-Z][\w. ]{1,20}){0,3}(?:,?\s\([A-Z][\w ]{1,20}\))?\s[–—-]{1,2}\s(?=\S)"
)
_BREAK = re.compile(
    r";\s|:\s(?!\d)|\s[–—-]\s|—"
    r"|,[”\"’»]?\s(?=(?:and|but|while|whereas|though|although|against|with(?! which)|since|because|so|yet|or|even that|which|"
    r"(?:some|about|roughly|around|nearly|an estimated) [\d$€£]|"
    r"of (?:which|whom|those|these)|including|especially|mainly|"
    r"noting|adding|saying|not|down|typically|in what|"
    r"and of those|y|pero|но|а|из|и)\b)"
    r"|\s(?=and,\s)|,[”\"’»]\s|\s(?=[“«])|\s(?=(?:but|while|whereas|because|although)\s)"
    r"|\s(?=and (?:that|had|was|were|has|have|works?|found|died|got|gave|compensation|boost\w+|their|his|in|the|at|a|an|even|in some)\s)"
    r"|(?<=고)\s(?=그중)|(?<=지만)\s|(?<=[고며])\s|、|(?<=が)、"
)


def sentences(text: str) -> Iterator[Span]:
    """The sentences of a normalised text; a number or a letter that only counts them is left out."""
    start = 0
    for m in _STOP.finditer(text):
        if not _ends(text, start, m):
            continue
        yield from _cut(text, start, m.end())
        start = m.end()
    yield from _cut(text, start, len(text))


def _ends(text: str, start: int, m: re.Match[str]) -> bool:
    if m[0][0] != ".":
        return True
    after = text[m.end() + 1 : m.end() + 2]
    if after and (
        after.islower() or (after.isdigit() and text[m.start() - 1 : m.start()].isalpha() and m.start() - start < 4)
    ):
        return False
    word = text[max(start, m.start() - 12) : m.start()].rsplit(" ", 1)[-1].lstrip("(“\"'‘«")
    if len(word) == 1 and word.isalpha() and word.isupper():
        return False  # an initial
    if word.isdigit() and len(word) <= 2 and m.start() - start <= 4:
        return False  # the number of a paragraph
    return not (word.lower() in _SHORT and len(m[0]) == 1)


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start] == " ":
        start += 1
    while label := _LABEL.match(text, start, end) or _DATELINE.match(text, start, end):
        start = label.end()
    while end - start > LONGEST:
        at = text.rfind(" ", start + 1, start + LONGEST)
        at = at if at > start else start + LONGEST
        yield start, at
        start = at + 1 if text[at : at + 1] == " " else at
    if end > start:
        yield start, end


def clauses(sentence: str) -> list[Span]:
    """Clauses of a sentence, without the stops and quotation marks around them."""
    out, start = [], 0
    for m in _BREAK.finditer(sentence):
        if m.start() - start < 8 and m[0].strip() not in (";", ":"):
            continue
        out.append((start, m.start()))
        start = m.end()
    out.append((start, len(sentence)))
    return [span for s in out if (span := trimmed(sentence, *s))[1] > span[0]]


def trimmed(text: str, start: int, end: int) -> Span:
    around = ' .,;:!?…"“”‘’«»()[]。、！？「」'
    while start < end and text[start] in around:
        start += 1
    while end > start and text[end - 1] in around:
        end -= 1
    return start, end
