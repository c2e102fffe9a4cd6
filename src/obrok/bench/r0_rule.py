"""R0, a small model written down for comparing simulators; R0-hot is the same with b0 = -1 in place of -6.

People in sites of 100 have a tie f to home, uniform on (0, 1), and a status. A day, against the site's state at its start:
 - at post: absconds with chance h = h_max/(1 + e^-u), u = b0 + b1·(outside - (1 - fee)·wage)/1000 - b2·f - b3·p - b4·m;
   else earns (1 - fee)·wage/30;
 - absconded: detained with chance a, else earns outside/30;
 - detained: with chance q it ends: repatriated with chance ρ(t), else absconded again; repatriated: for good.
Then the site: m = m + α·absconded/100 - δ·(m - m0), within [0, 1]; A = λA + repatriated; B = λB + released; p = A/(A + B).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

AT_POST, ABSCONDED, DETAINED, REPATRIATED = range(4)
SITE = 100
OUTSIDE, KEPT = 700.0, (1.0 - 0.75) * 900.0  # USD a month
PAY_AT_POST, PAY_ABROAD = KEPT / 30.0, OUTSIDE / 30.0
B0, B0_HOT, B1, B2, B3, B4, H_MAX = -6.0, -1.0, 2.0, 1.5, 3.0, 1.0, 0.02
DETAINS, ENDS = 0.01, 1.0 / 7.0
ALPHA, DELTA, M0, PRIOR, LAMBDA = 5.0, 0.05, 0.2, 2.0, 0.99
TURN, RHO_BEFORE, RHO_AFTER = 180, 0.8, 0.2

#: fear at the top of each band of heights: with more of it, nobody reaches that band
EDGES = (0.5, 0.0)
#: candidates of a site in the lowest band that a block of days holds, about
A_BLOCK = 12.0
BAND = np.dtype([("edge", "f8"), ("floor", "f8"), ("room", "f8"), ("jump", "f8")])


class Rule(NamedTuple):
    """What all sites share. base: b0 + b1·(what is gained). many: whether candidates are. block: days, a power of two.
    bands: `BAND`, from the least height up. fades: what is left of m, and of A and B, after 0, 1, … days, (days + 1, 2)."""

    days: int
    base: float
    many: bool
    block: int
    bands: np.ndarray
    fades: np.ndarray


def rule(hot: bool, days: int) -> Rule:
    """R0, or R0-hot. A candidate of a band goes where floor + height·room < h: if none of a lower band does, with chance
    (h - floor)/(1 - floor). So the chance that one of all bands does is h."""
    base, bands, floor = (B0_HOT if hot else B0) + B1 * (OUTSIDE - KEPT) / 1000.0, np.zeros(len(EDGES), BAND), 0.0
    for band, edge in zip(bands, EDGES, strict=True):
        top = H_MAX / (1.0 + math.exp(B3 * edge + B4 * M0 - base)) * (1.0 + 1e-12)
        band["edge"], band["floor"], band["room"] = edge, floor, top - floor
        band["jump"], floor = 1.0 / math.log1p(-(top - floor) / (1.0 - floor)), top
    rate, block = SITE * bands["room"][0], 16  # candidates of a site and day in the lowest band
    while block < 1024 and block * rate < A_BLOCK:
        block *= 2
    k = np.arange(days + 1)
    fades = np.stack([(1.0 - DELTA) ** k, LAMBDA**k], axis=1)
    return Rule(days, base, bool(rate > 0.1), block, bands, fades)
