"""Candidate days: as many, where and as high as chances of 1 - exp(-w) a day would have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from obrok import luck
from obrok.verify.chance import counts

#: (seed, repeat, world, unit, word, w, first day, last day) → (days, heights) of one person and purpose, in order
Candidates = Callable[[int, int, int, int, int, float, int, int], tuple[np.ndarray, np.ndarray]]

#: largest hazards a day: rare, common, above the shortest block, nearly certain
HAZARDS = (0.0011, 0.02, 0.19, 1.7)


def block_days(w: float) -> int:
    """Days in a block."""
    return int(np.clip(2.0 ** np.floor(np.log2(4.0 / w)), 16, 1024))


def one_hazard(candidates: Candidates, w: float, people: int, blocks: int, seed: int) -> Iterator[tuple[str, float]]:
    """(name, p-value) of each question: how many in a block, on which of its days, next to which, how high."""
    length, chance = block_days(w), -np.expm1(-w)
    field = np.zeros((people, blocks * length), bool)
    heights = []
    for i in range(people):
        days, height = candidates(seed, 0, i % 7, i, int(luck.who(0, 0, luck.LEAVE)), w, 0, blocks * length - 1)
        if (np.diff(days) <= 0).any() or (len(days) and not 0 <= days[0] <= days[-1] < blocks * length):
            yield "days in order, within the period", 0.0
            return
        field[i, days] = True
        heights.append(height)
    number = field.reshape(people, blocks, length).sum(2)
    yield "number in a block", counts(np.bincount(number.ravel(), minlength=length + 1), _binomial(length, chance))[1]
    places = field.reshape(-1, length).sum(0)
    parts = np.array([x.sum() for x in np.array_split(places, min(length, 16))])
    sizes = np.array([len(x) for x in np.array_split(places, min(length, 16))])
    yield "day within a block", counts(parts, sizes / length)[1]
    for lag in (1, 2, length):
        both = (2 * field[:, :-lag].astype(int) + field[:, lag:]).ravel()
        yield f"a day and {lag} later", _unrelated(np.bincount(both, minlength=4))
    share = -np.expm1(-np.concatenate(heights)) / chance
    yield "height", float(stats.kstest(share, "uniform").pvalue) if len(share) else 0.0
    for name, a, b in (("height and the next", share[:-1], share[1:]), ("day and height", _days(field), share)):
        yield name, float(stats.spearmanr(a, b).pvalue)


def _binomial(n: int, p: float) -> np.ndarray:
    chances = stats.binom.pmf(np.arange(n + 1), n, p)
    return chances / chances.sum()


def _days(field: np.ndarray) -> np.ndarray:
    return np.nonzero(field)[1]


def _unrelated(table: np.ndarray) -> float:
    """p-value of a 2 x 2 table of two unrelated events."""
    square = table.reshape(2, 2)
    if (square.sum(0) == 0).any() or (square.sum(1) == 0).any():
        return 1.0
    expected = np.outer(square.sum(1), square.sum(0)) / square.sum()
    return float(stats.chi2.sf(((square - expected) ** 2 / expected).sum(), 1)) if expected.min() >= 5 else 1.0


def all_hazards(candidates: Candidates, people: int, seed: int) -> list[tuple[str, float]]:
    """Every question at every hazard."""
    return [
        (f"w = {w:g}: {name}", p)
        for w in HAZARDS
        for name, p in one_hazard(candidates, w, people, max(4, 2000 // block_days(w)), seed)
    ]
