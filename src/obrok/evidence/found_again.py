"""Anchors found again in another version of their document, or not: never silently elsewhere.

In a newer version of a document a place is looked for by its exact words, then by their likeness. A likeness counts
only where figures, names and negations are the same, where nothing but spelling differs, and where no other place is
nearly as like. Anything less is for a person to look at: an anchor never comes to stand elsewhere by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from obrok.evidence.anchors import AROUND, Anchor, places_of

#: characters before and after a span that tell places with the same words apart
CONTEXT = 120
#: likeness of context (0 to 1; unrelated English comes to 0.5) below which a place is shown rather than taken
SAME_SURROUNDINGS = 0.7
#: the best place must be so much more like than the next
MARGIN = 0.08
#: likeness of words (0 to 1) from which a place is shown to be looked at
WORTH_A_LOOK = 0.7

_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_NEGATIONS = frozenset(
    "no not none never nobody nothing neither nor without cannot hardly scarcely barely unlike refused "
    "denied denies deny не нет ни без никогда никто ничего ni sin nunca nadie nada jamás tampoco".split()
)
_NEGATED = re.compile(r"n['’]t$|^(?:un|non)(?=..)|않|없|아니|못|안$|ない|ず$|ません|不|無|没|非")
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "hundreds thousand thousands million millions billion dozen dozens half third quarter once twice "
    "first second один два три четыре пять шесть семь восемь девять десять сто двести триста тысяча "
    "тысячи тысяч миллион миллионов uno dos tres cuatro cinco seis siete ocho nueve diez cien ciento mil "
    "millón millones".split()
)
_MINOR = frozenset("a an the of to in on at and that which who".split())


@dataclass(frozen=True)
class Found:
    """Where an anchor stands in another version of its document.

    `state`: same (there to the character), moved (the same words in the same surroundings elsewhere), edited (spelling
    alone differs), review (a place that a person must judge, in `anchor`), lost. `score`: likeness of words and
    surroundings, 0 to 1; `second`: of the next best place. Only the first three may be taken as they are.
    """

    state: str
    anchor: Anchor | None
    score: float
    second: float
    why: str

    @property
    def is_found(self) -> bool:
        return self.state in ("same", "moved", "edited")


def find_again(anchor: Anchor, old: str, new: str) -> Found:
    """Looks for the place of an anchor of text `old` in text `new`, a later or earlier version. Both normalised."""
    if anchor.holds_in(new):
        return Found("same", anchor, 1.0, 0.0, "the same words at the same place")
    quote, before, after = _quoted(anchor, old)
    if places := places_of(new, quote):
        return _of_exact(quote, before, after, old, new, anchor, places)
    return _of_alike(quote, before, after, old, new, anchor)


def _quoted(anchor: Anchor, text: str) -> tuple[str, str, str]:
    """The words of an anchor, and what stands before and after them."""
    a, b = anchor.start, anchor.end
    return text[a:b], text[max(0, a - CONTEXT) : a], text[b : b + CONTEXT]


def _surroundings(before: str, after: str, text: str, start: int, end: int) -> float:
    """Likeness of what stands around a place, 0 to 1: the better of the two sides counts double."""
    sides = [
        _likeness(before, text[max(0, start - len(before)) : start]) if before else None,
        _likeness(after, text[end : end + len(after)]) if after else None,
    ]
    given = sorted((s for s in sides if s is not None), reverse=True)
    if not given:
        return 1.0
    return given[0] if len(given) == 1 else (2 * given[0] + given[1]) / 3


def _likeness(a: str, b: str) -> float:
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(a, b)


def _of_exact(quote: str, before: str, after: str, old: str, new: str, anchor: Anchor, places: list[int]) -> Found:
    """The same words stand in one place or in several: the surroundings say which is meant."""
    length = len(quote)
    like = [_surroundings(before, after, new, p, p + length) for p in places]
    ranked = sorted(range(len(places)), key=lambda i: -like[i])
    best, second = ranked[0], like[ranked[1]] if len(places) > 1 else 0.0
    siblings = places_of(old, quote)
    if len(siblings) == len(places) > 1:  # as many as before: their order tells them apart where surroundings cannot
        mine = siblings.index(anchor.start)
        if like[best] - like[mine] < MARGIN and _same_near(old, anchor.start, new, places[mine], length):
            best, second = mine, 0.0
    place = places[best]
    found = Anchor.of(new, place, place + length)
    if like[best] - second < MARGIN:
        return Found(
            "review", found, like[best], second, f"the same words stand in {len(places)} places that are alike"
        )
    if like[best] < SAME_SURROUNDINGS:
        return Found("review", found, like[best], second, "the same words stand among others")
    if len(siblings) != len(places) and _is_of_another(
        siblings, anchor.start, old, new, (place, place + length), like[best]
    ):
        return Found("review", found, like[best], second, "it may be another place with the same words")
    return Found("moved", found, like[best], second, "the same words in the same surroundings")


def _same_near(old: str, a: int, new: str, b: int, length: int) -> bool:
    """Whether the figures and negations close to two places are the same."""

    def near(text: str, at: int) -> str:
        return text[max(0, at - AROUND) : at] + " " + text[at + length : at + length + AROUND]

    first, second = near(old, a), near(new, b)
    return _figures(first) == _figures(second) and _negations(first) == _negations(second)


def _is_of_another(siblings: list[int], mine: int, old: str, new: str, place: tuple[int, int], like: float) -> bool:
    """Whether a place is as like another place that had the same words before."""
    for other in siblings:
        end = other + place[1] - place[0]
        before, after = old[max(0, other - CONTEXT) : other], old[end : end + CONTEXT]
        if other != mine and _surroundings(before, after, new, *place) > like - 2 * MARGIN:
            return True
    return False


def _of_alike(quote: str, before: str, after: str, old: str, new: str, anchor: Anchor) -> Found:
    """The words are not there as they were: places alike, and whether nothing but spelling differs."""
    places = _candidates(quote, new, 0)
    for start, end in list(places):  # what else is alike, beside the best
        places += _candidates(quote, new[:start], 0) + _candidates(quote, new[end:], end)
    ranked = sorted(((_score(quote, before, after, new, p), p) for p in set(places)), reverse=True)
    ranked = [r for i, r in enumerate(ranked) if not any(_touch(r[1], s[1]) for s in ranked[:i])]
    if not ranked or _likeness(quote, new[slice(*ranked[0][1])]) < WORTH_A_LOOK:
        return Found("lost", None, ranked[0][0] if ranked else 0.0, 0.0, "nothing like it is there")
    best, place = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else 0.0
    found, differs = Anchor.of(new, *place), difference(quote, new[slice(*place)])
    if differs:
        return Found("review", found, best, second, differs)
    if best - second < MARGIN:
        return Found("review", found, best, second, "another place is nearly as like")
    like = _surroundings(before, after, new, *place)
    if like < SAME_SURROUNDINGS:
        return Found("review", found, best, second, "it stands among other words")
    if _is_of_another(places_of(old, quote), anchor.start, old, new, place, like):
        return Found("review", found, best, second, "it may be another place with the same words")
    return Found("edited", found, best, second, "the spelling differs, nothing else")


def _touch(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _score(quote: str, before: str, after: str, text: str, place: tuple[int, int]) -> float:
    """Words count for two thirds, surroundings for one."""
    return (2 * _likeness(quote, text[slice(*place)]) + _surroundings(before, after, text, *place)) / 3


def _candidates(quote: str, text: str, offset: int) -> list[tuple[int, int]]:
    """The stretch of a text most like the quote, from word to word; none where nothing is."""
    from rapidfuzz import fuzz

    if len(text) < 2 or len(quote) < 2:
        return []
    found = fuzz.partial_ratio_alignment(quote, text, score_cutoff=50)
    if found is None:
        return []
    if len(text) <= len(quote):  # then the shorter was slid along the longer
        return [(offset, offset + len(text))]
    start, end = found.dest_start, found.dest_end
    best, place = -1.0, (start, end)
    starts = [p for p in range(max(0, start - 12), min(len(text), start + 12) + 1) if _begins(text, p)] or [start]
    ends = [p for p in range(max(1, end - 12), min(len(text), end + 12) + 1) if _begins(text[::-1], len(text) - p)]
    for a in starts:
        for b in ends or [end]:
            if a < b and (likeness := _likeness(quote, text[a:b])) > best:
                best, place = likeness, (a, b)
    return [(offset + place[0], offset + place[1])]


def _begins(text: str, at: int) -> bool:
    """Whether a word or a sign begins here: not amid letters."""
    return at == 0 or at >= len(text) or not (text[at - 1].isalnum() and text[at].isalnum())


def difference(quote: str, other: str) -> str:
    """What sets two wordings apart beyond spelling, in words; '' where nothing does."""
    for what, kept in (("figures", _figures), ("negations", _negations), ("names", _names)):
        if kept(quote) != kept(other):
            return f"{what} differ"
    first, second = _words(quote), _words(other)
    for end in (0, -1) if first and second else ():  # where a span begins and ends is part of what it says
        if first[end] != second[end] and not _misspelt(first[end], second[end]):
            return "a word differs"
    mine, theirs = ([w for w in t if w not in _MINOR] for t in (first, second))
    gone, come = list((Counter(mine) - Counter(theirs)).elements()), list((Counter(theirs) - Counter(mine)).elements())
    for word in gone:
        near = next((w for w in come if _misspelt(word, w)), None)
        if near is None:
            return "a word differs"
        come.remove(near)
    return "a word differs" if come else ""


def _words(text: str) -> list[str]:
    """Words in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("’", "'")
    return _WORD.findall(unicodedata.normalize("NFC", "".join(c for c in plain if unicodedata.category(c) != "Mn")))


def _misspelt(a: str, b: str) -> bool:
    """One letter more, less, other or in another place, in a long word."""
    from rapidfuzz.distance import OSA

    return min(len(a), len(b)) >= 6 and a[0] == b[0] and OSA.distance(a, b) <= 1


def _figures(text: str) -> list[str]:
    """Figures and number words, in order."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text.casefold()))
    return [
        w
        for w in words
        if w[0].isdigit() or w in _NUMBER_WORDS or re.search(r"[0-9一二三四五六七八九十百千万億만천백십]", w)
    ]


def _negations(text: str) -> Counter:
    words = _WORD.findall(text.casefold())
    return Counter(w for w in words if w in _NEGATIONS or _NEGATED.search(w))


def _names(text: str) -> Counter:
    """Words with a capital, but for the first (which a sentence may begin); whole words of scripts without case."""
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    caseless = [w for w in words if w.upper() == w.lower() and not w[0].isdigit()]
    return Counter([w for i, w in enumerate(words) if i and w[0].isupper() and len(w) > 1] + caseless)
