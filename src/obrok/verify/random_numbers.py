"""Are the random numbers uniform, and unrelated between neighbours of every kind?

A number is asked for by its key. `Draw` gives one number a row of keys; the tests take any, so that a bad generator can
be put in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numba import njit
from scipy import stats

from obrok import luck

#: what a random number is a function of; the second key word holds the city and, above its 20 bits, the repeat
AXES = ("seed", "city", "world", "post", "term", "fill-in", "purpose", "band", "day")
#: how many values each may take
SIZES = (1 << 32, 1 << 32, 1 << 32, 1 << 32, luck.MAX_TERM, luck.MAX_FILL, 1 << 6, luck.MAX_BAND, 1 << 31)
#: (keys int64 (n, axes)) → float64 (n,) in (0, 1)
Draw = Callable[[np.ndarray], np.ndarray]

LAGS = (1, 2, 3, 7, 8, 64, 255, 1024, 65536)
BINS = 32


@njit(cache=True)
def _fill(keys, out):
    for i in range(len(keys)):
        k = keys[i]
        word = luck.who(k[4], k[5], k[6]) | np.uint64(k[7])
        out[i] = luck.uniform(k[0], k[1], k[2], k[3], word, k[8])


def ours(keys: np.ndarray) -> np.ndarray:
    """The generator of the engine."""
    out = np.empty(len(keys))
    _fill(np.ascontiguousarray(keys, np.int64), out)
    return out


def crowd(n: int, seed: int) -> np.ndarray:
    """Keys as a run has them: a few of each axis in order, the whole grid (the last axes move fastest), n rows."""
    sizes = {"seed": 2, "world": 16, "post": 32, "term": 2, "fill-in": 2, "purpose": 4, "band": 2}
    block = int(np.prod(list(sizes.values())))
    shape = [*(sizes.get(axis, 1) for axis in AXES[:-1]), -(-n // block)]
    grid = np.stack([x.ravel() for x in np.indices(shape)], axis=1)[:n]
    grid[:, AXES.index("seed")] += seed
    grid[:, AXES.index("purpose")] += 1
    return grid.astype(np.int64)


def pairs(x: np.ndarray, y: np.ndarray) -> float:
    """p-value of two lists of numbers being unrelated: chi-square of the counts on a square grid, less what rows and
    columns explain. That part has its distribution also where the lists overlap (Good 1953, the serial test)."""
    cell = (x * BINS).astype(np.int64) * BINS + (y * BINS).astype(np.int64)
    off = np.bincount(cell, minlength=BINS * BINS).reshape(BINS, BINS) - len(x) / BINS**2
    part = (off**2).sum() - (off.sum(0) ** 2).sum() / BINS - (off.sum(1) ** 2).sum() / BINS
    return float(stats.chi2.sf(part * BINS**2 / len(x), (BINS - 1) ** 2))


def moved(keys: np.ndarray, axis: int, lag: int) -> np.ndarray:
    """The keys with one axis moved on by a lag, around its end."""
    out = keys.copy()
    out[:, axis] = (keys[:, axis] + lag) % SIZES[axis]
    return out


def flipped(keys: np.ndarray, axis: int, bit: int) -> tuple[np.ndarray, np.ndarray]:
    """Which keys, (n,) of bool, and these with one bit of one axis flipped: each pair once, not its mirror image too."""
    clear = keys[:, axis] & bit == 0
    once = clear if clear.any() else ~clear
    out = keys[once]
    out[:, axis] ^= bit
    return once, out


def along(draw: Draw, n: int, seed: int) -> Iterator[tuple[str, float]]:
    """Each axis against itself further on: lags, and single bits flipped. (name, p-value) of each."""
    keys = crowd(n, seed)
    here = draw(keys)
    for axis, name in enumerate(AXES):
        for lag in LAGS:
            if lag < SIZES[axis]:
                yield f"{name} + {lag}", pairs(here, draw(moved(keys, axis, lag)))
        for bit in (1, 16, 4096, 1 << 20):
            if bit < SIZES[axis]:
                once, others = flipped(keys, axis, bit)
                yield f"{name} xor {bit}", pairs(here[once], draw(others))


def across(draw: Draw, n: int, seed: int) -> Iterator[tuple[str, float]]:
    """A step along one axis against a step along another: (name, p-value) of each pair of axes."""
    keys = crowd(n, seed)
    for lag in (1, 5):
        steps = [draw(moved(keys, axis, lag)) for axis in range(len(AXES))]
        for i in range(len(AXES)):
            for j in range(i):
                yield f"{AXES[j]}, {AXES[i]} + {lag}", pairs(steps[i], steps[j])


def uniform(draw: Draw, n: int, seed: int) -> Iterator[tuple[str, float]]:
    """Evenly spread: coarse and fine bins, and each byte of the 53 bits but the last, which is always one."""
    u = draw(crowd(n, seed))
    yield "Kolmogorov-Smirnov", float(stats.kstest(u, "uniform").pvalue)
    for bins in (2, 64, 4096):
        yield f"{bins} bins", float(stats.chisquare(np.bincount((u * bins).astype(np.int64), minlength=bins)).pvalue)
    bits = (u * 2.0**53).astype(np.int64)
    for shift in (1, 5, 13, 21, 29, 37, 45):
        byte = (bits >> shift) & 255
        yield f"bits {shift} to {shift + 7}", float(stats.chisquare(np.bincount(byte, minlength=256)).pvalue)


def tails(draw: Draw, n: int, seed: int) -> Iterator[tuple[str, float]]:
    """The smallest and the largest of many: n·min and n·(1 - max) are nearly exponential, exactly so to this n."""
    size = 1024
    groups = draw(crowd(n // size * size, seed)).reshape(-1, size)
    for name, least in (("smallest", groups.min(1)), ("largest", 1.0 - groups.max(1))):
        yield f"{name} of {size}", float(stats.kstest(-np.expm1(size * np.log1p(-least)), "uniform").pvalue)


def named(n: int, seed: int) -> Iterator[tuple[str, float]]:
    """Draws of parameters: neighbouring worlds, names that differ by a letter, ordinals, purposes, seeds."""
    worlds = np.arange(n)

    def draw(name="wage", step=0, ordinal=0, purpose=luck.PARAMETER, worlds=worlds):
        return luck.named_uniforms(seed + step, worlds, name, ordinal, purpose)

    here = draw()
    for lag in (1, 2, 25, 1024):
        yield f"world + {lag}", pairs(here, draw(worlds=worlds + lag))
    for name in ("wage_spread", "wagf", "fee", "posts"):
        yield f"wage, {name}", pairs(here, draw(name))
    for what, other in (
        ("ordinal", draw(ordinal=1)),
        ("ordinal 2", draw(ordinal=2)),
        ("purpose", draw(purpose=luck.RESAMPLE)),
        ("seed", draw(step=1)),
    ):
        yield f"next {what}", pairs(here, other)
