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
from obrok.engine.functions import log
from obrok.engine.state import NEVER

#: least bound of a hazard per day: where nothing can happen, one number a block is drawn in vain
LEAST = 1e-6
SHORTEST, LONGEST = 16, 1024
#: widths below which a few terms of a series are exact
FEW_TERMS = 1 / 256


@njit(cache=True, error_model="numpy")
def bound(hazard):
    """w: a little above the largest hazard per day, so that rounding never lifts a hazard over it."""
    return max(hazard * (1.0 + 1e-9), LEAST)


@njit(cache=True, error_model="numpy")
def bands(w, peak):
    """How many bands reach the largest hazard `peak` of a policy: 1 where it is below w."""
    n, top = 1, w
    while top < peak and n < luck.MAX_BAND:
        n, top = n + 1, top * 2.0
    return n


@njit(cache=True, error_model="numpy")
def band_floor(w, band):
    """Least height of a band: 0, then w·2^(band - 1)."""
    return 0.0 if band == 0 else w * 2.0 ** (band - 1)


@njit(cache=True, error_model="numpy")
def band_width(w, band):
    """Width of a band, which is its hazard of candidates: w, then w·2^(band - 1)."""
    return w if band == 0 else w * 2.0 ** (band - 1)


@njit(cache=True, error_model="numpy")
def block_length(width):
    """L = clip(2^floor(log2(4/width)), 16, 1024) days."""
    doubled = (32 * width <= 4.0) + (64 * width <= 4.0) + (128 * width <= 4.0) + (256 * width <= 4.0)
    return SHORTEST << (doubled + (512 * width <= 4.0) + (1024 * width <= 4.0))


@njit(cache=True, error_model="numpy")
def height_of(floor, width, v):
    """Height of a candidate, from its uniform number v: floor - ln(1 - v·(1 - e^-width)); by power series where width is
    small, which is nearly always."""
    if width < FEW_TERMS:
        y = (
            v
            * width
            * (1.0 - width / 2 * (1.0 - width / 3 * (1.0 - width / 4 * (1.0 - width / 5 * (1.0 - width / 6)))))
        )
        return floor + y * (
            1.0 + y * (1 / 2 + y * (1 / 3 + y * (1 / 4 + y * (1 / 5 + y * (1 / 6 + y * (1 / 7 + y * (1 / 8)))))))
        )
    return floor - math.log1p(v * math.expm1(-width))


@njit(cache=True, error_model="numpy")
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
        gap = -log(u) / width
        if gap < length:
            day += 1 + int(gap)
        if gap >= length or day >= (block + 1) * length:
            block, ordinal = block + 1, -1
            day = block * length - 1
        elif day >= end:
            break
        elif day >= first:
            return day, height_of(band_floor(w, band), width, v), (day << 11) | (ordinal + 1)
    return NEVER, 0.0, -1


@njit(cache=True, error_model="numpy")
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
