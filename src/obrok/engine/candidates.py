"""Candidate days: the days on which something may happen to a person for a purpose, and how large a hazard it takes.

Thinning (Lewis and Shedler 1979) that keeps worlds paired: candidate days belong to the person and the calendar, not to
the path, so a policy, an event or another person moves none of them. Band 0 has the heights in [0, w), w the largest
hazard under the case's own policy; where a policy needs more, band j ≥ 1 has those in [w·2^(j-1), w·2^j), with gaps of
its own. On a candidate day the thing happens where its height is below that day's hazard Λ: chance exactly 1 - exp(-Λ).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from obrok import luck

#: later than any day
NEVER = 1 << 40
#: least bound of a hazard per day: where nothing can happen, one number a block is drawn in vain
LEAST = 1e-6
SHORTEST, LONGEST = 16, 1024


@njit(cache=True)
def bound(hazard):
    """w: a little above the largest hazard per day, so that rounding never lifts a hazard over it."""
    return max(hazard * (1.0 + 1e-9), LEAST)


@njit(cache=True)
def bands(w, peak):
    """How many bands reach the largest hazard `peak` of a policy: 1 where it is below w."""
    n, top = 1, w
    while top < peak and n < luck.MAX_BAND:
        n, top = n + 1, top * 2.0
    return n


@njit(cache=True)
def band_floor(w, band):
    """Least height of a band: 0, then w·2^(band - 1)."""
    return 0.0 if band == 0 else w * 2.0 ** (band - 1)


@njit(cache=True)
def band_width(w, band):
    """Width of a band, which is its hazard of candidates: w, then w·2^(band - 1)."""
    return w if band == 0 else w * 2.0 ** (band - 1)


@njit(cache=True)
def block_length(width):
    """L = clip(2^floor(log2(4/width)), 16, 1024) days."""
    length = SHORTEST
    while length < LONGEST and 2 * length * width <= 4.0:
        length *= 2
    return length


@njit(cache=True)
def next_candidate(seed, stream, world, unit, word, w, band, spot, first, end):
    """The first candidate day on or after `first` and before `end`, and its height.

    `spot`: where the search goes on, a whole number that packs (block, ordinal, day); -1 begins at the block of `first`.
    Returns (day, height, spot); day is `NEVER` where there is none before `end`.
    """
    width = band_width(w, band)
    length = block_length(width)
    word = np.uint64(word) + np.uint64(band)
    if spot < 0:
        block, ordinal = first // length, -1
        day = block * length - 1
    else:
        day, ordinal = spot >> 11, (spot & 2047) - 1
        block = day // length
    while block * length < end:
        ordinal += 1
        u, v = luck.two(seed, stream, world, unit, word, (block << 10) | ordinal)
        gap = -math.log(u) / width
        if gap < length:
            day += 1 + int(gap)
        if gap >= length or day >= (block + 1) * length:
            block, ordinal = block + 1, -1
            day = block * length - 1
        elif day >= end:
            break
        elif day >= first:
            height = band_floor(w, band) - math.log1p(v * math.expm1(-width))
            return day, height, (day << 11) | (ordinal + 1)
    return NEVER, 0.0, -1


@njit(cache=True)
def candidates(seed, stream, world, unit, word, w, band, days):
    """Every candidate day before `days`, with its height: int64 and float64, shape (n,)."""
    when, heights = np.empty(days, np.int64), np.empty(days)
    n, spot, first = 0, -1, 0
    while True:
        day, height, spot = next_candidate(seed, stream, world, unit, word, w, band, spot, first, days)
        if day >= days:
            return when[:n].copy(), heights[:n].copy()
        when[n], heights[n] = day, height
        n, first = n + 1, day + 1
