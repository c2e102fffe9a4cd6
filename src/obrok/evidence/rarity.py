"""How rare a mark is in a pile, in bits, and which texts share rare ones.

In a pile of two or three documents nothing can be counted: so the pile is counted as if `BACKGROUND` more reports on
our subject lay beside it, in which each kind of mark is as common as is assumed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import log2

import numpy as np

from obrok.evidence.marks import Marks

BACKGROUND = 200
#: a mark of more texts than this brings no pair up by itself
CROWD = 200
Mark = tuple[str, str]


def assumed_share(kind: str, mark: str) -> float:
    """The share of reports on our subject that are assumed to hold a mark: rounder figures and bare months most."""
    if kind == "name":
        return 0.04
    if kind == "date":
        return 0.02 if "-" in mark else 0.25
    digits = mark.rstrip("%").replace(".", "").strip("0")
    value = float(mark.rstrip("%"))
    if value <= 12:
        return 0.6
    if value <= 31:
        return 0.25
    return {1: 0.06, 2: 0.03}.get(len(digits), 0.01)


class Rarity:
    """Marks of the texts of a pile. `known`: names that some text surely has, so that a Hangul word may be one."""

    def __init__(self, pile: Sequence[Marks]):
        self.known = {("name", key) for m in pile for key in m.names}
        self.marks = [self._of(m) for m in pile]
        counts = Counter(mark for some in self.marks for mark in some)
        total = len(pile) + BACKGROUND
        self.each = {
            mark: max(0.0, log2(total / (max(n - 1, 0) + BACKGROUND * assumed_share(*mark))))
            for mark, n in counts.items()
        }

    def _of(self, m: Marks) -> frozenset[Mark]:
        names = {("name", key) for key in m.names} | ({("name", key) for key in m.perhaps} & self.known)
        return frozenset(names | {("date", d) for d in m.dates} | {("figure", f) for f in m.figures})

    def bits(self, some: Iterable[Mark]) -> float:
        """How surprising it is that a text has all of these. Names come together, and so do dates: the k-th rarest
        counts 1/k; figures count each."""
        by: dict[str, list[float]] = {}
        for mark in some:
            by.setdefault(mark[0], []).append(self.each[mark])
        together = (enumerate(sorted(by.get(kind, ()), reverse=True), 1) for kind in ("name", "date"))
        return sum(by.get("figure", ())) + sum(b / k for ranked in together for k, b in ranked)

    def candidates(self, least: float) -> Iterator[tuple[int, int]]:
        """Pairs i < j whose shared marks, each that is not of a crowd, come to `least` bits when plainly summed."""
        rows = sorted((mark, i) for i, some in enumerate(self.marks) for mark in some)
        postings = {mark: np.array([i for _, i in group]) for mark, group in groupby(rows, key=lambda r: r[0])}
        postings = {mark: p for mark, p in postings.items() if 2 <= len(p) <= CROWD}
        for j, some in enumerate(self.marks):
            held = [(postings[m], self.each[m]) for m in some if m in postings]
            if not held:
                continue
            who = np.concatenate([p for p, _ in held])
            sums = np.bincount(who, np.repeat([b for _, b in held], [len(p) for p, _ in held]), minlength=j)
            yield from ((int(i), j) for i in np.flatnonzero(sums[:j] >= least))
