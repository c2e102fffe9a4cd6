"""Does a text quote another? Words in a row, by the rule of the house: eight are a quotation.

A figure is one word. A sign of Han or kana counts as half a word, as those scripts write no spaces: sixteen in a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

RUN = 8
_SPACELESS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*|[{_SPACELESS}]|[^\W\d_{_SPACELESS}]+")
_SIGN = re.compile(rf"[{_SPACELESS}]")


def tokens(text: str) -> list[str]:
    """Words in small letters; a figure is one word; signs and line ends do not part what they stand in."""
    return _TOKEN.findall(re.sub(r"(?<=\w)['’](?=\w)", "", text.casefold()))


def _windows(words: list[str], length: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every `length` words in a row and where they begin; where words are signs of Han or kana, as many more as make up
    for it."""
    halves = [1 if _SIGN.match(w) else 2 for w in words]
    end, weight = 0, 0
    for start in range(len(words)):
        while end < len(words) and weight < 2 * length:
            weight += halves[end]
            end += 1
        if weight < 2 * length:
            return
        yield start, tuple(words[start:end])
        weight -= halves[start]


def runs(words: list[str], length: int = RUN) -> set[tuple[str, ...]]:
    """Every `length` words in a row."""
    return {run for _, run in _windows(words, length)}


def longest_run(texts: Iterable[str], forbidden: Iterable[str], free: Iterable[str] = ()) -> int:
    """How many words in a row any of the texts shares with any of the forbidden ones, up to `RUN`: fewer is sound."""
    ours, theirs = [tokens(t) for t in texts], [tokens(t) for t in forbidden]
    allowed = [tokens(t) for t in free]
    for length in range(RUN, 0, -1):
        here = {r for words in ours for r in runs(words, length)}
        there = {r for words in theirs for r in runs(words, length)}
        if here & (there - {r for words in allowed for r in runs(words, length)}):
            return length
    return 0


def quotations(text: str, forbidden: set[tuple[str, ...]]) -> list[int]:
    """Lines (from 1) of a text on which words in a row begin that are forbidden."""
    words: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = tokens(line)
        words += found
        lines += [number] * len(found)
    return sorted({lines[start] for start, run in _windows(words, RUN) if run in forbidden})
