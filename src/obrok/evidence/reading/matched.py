"""Which blocks of a page hold the text that an extractor took from it: told by the words, in their order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Any

#: texts this long are found wherever they stand, shorter ones only as whole blocks
LEAST_FOUND = 25
#: so many texts that stand nowhere in the page, and no more are looked for
MOST_MISSED = 1_000


def matched(elements: list[Any], keys: list[str]) -> tuple[set[int], int, int]:
    """Elements that hold an article, and the keys of all blocks of the page (their text without white space) → numbers of
    the blocks that hold it; how many of its characters were found, of how many."""
    page = "".join(keys)
    starts = [0, *accumulate(map(len, keys))]
    blocks: dict[str, list[int]] = {}
    for start, key in zip(starts, keys, strict=False):
        blocks.setdefault(key, []).append(start)
    chosen: set[int] = set()
    cursor = hits = size = missed = 0

    def place(key: str) -> int | None:
        """Where a text stands: a block of its own, the next of several; else any next place; else the first."""
        if whole := blocks.get(key):
            return whole[min(bisect_left(whole, cursor), len(whole) - 1)]
        if len(key) < LEAST_FOUND or missed > MOST_MISSED:
            return None
        at = page.find(key, cursor)
        at = page.find(key) if at < 0 else at
        return None if at < 0 else at

    for element in elements:
        key = "".join("".join(element.itertext()).split())
        size += len(key)
        # an element found nowhere has lost some of what stood between its parts
        for part in [key] if place(key) is not None else map("".join, map(str.split, element.itertext())):
            if not part or (at := place(part)) is None:
                missed += len(part) >= LEAST_FOUND
                continue
            first, last = bisect_right(starts, at) - 1, bisect_left(starts, at + len(part))
            chosen.update(range(first, last))
            hits += len(part)
            cursor = at + len(part)
    return chosen, hits, size
