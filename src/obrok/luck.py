"""Chance as a pure function of where it is used: (seed, world, person, purpose, day).

Random numbers have a key, not a state. Each is one output of Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011,
"Parallel random numbers: as easy as 1, 2, 3", SC'11), a counter-based generator:

    key     = (seed, stream)       stream = repeat·2²⁰ + city: repeat 0 is the run itself, others are fresh luck for the
                                   same parameters; a city is a digest of its id (0 where nothing hangs on a city)
    counter = (world, unit, term·fill-in·purpose·band, day // 2 or ordinal // 2, or block·ordinal of a candidate day)

so that neither threads, nor order, nor batches, nor another policy, city or person can shift anybody's luck. A unit is a
post (with term and fill-in: a person), a crew, or a parameter (by a digest of its name). One call gives four 32-bit words:
the first pair serves even days, the second odd days; for a candidate day, its gap and its height.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numba import njit

# Purposes. A number, once given, is never used for anything else: adding a purpose shifts no other.
LEAVE, ROUTE, JOIN, JOIN_CHOICE = 1, 2, 3, 4
TAKEN_BACK, FOUND, APPLY, GRANT, RELEASED, HAND_OVER = 5, 6, 7, 8, 9, 10
WAGE, SIDE_JOB, FAMILY, TOLERANCE = 11, 12, 13, 14
PHASE, SECTOR, REFILL, SHIFT = 15, 16, 17, 21
PARAMETER, RESAMPLE, PERMUTE, CANDIDATE = 18, 19, 20, 22
RECALL, KEPT, REPLY, SENT, FILLED = 23, 24, 25, 26, 27
CALIBRATE = 28

#: posts of the reference people on whom the anchor is solved; real posts are numbered below
REFERENCE = 1 << 30
MAX_TERM, MAX_FILL, MAX_BAND = 1 << 10, 1 << 11, 1 << 5
_CITY_BITS = 20
#: numbers that are spread evenly together, each in a part of (0, 1) of its own
_STRATA_BITS = 8
STRATA = 1 << _STRATA_BITS

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_TO_UNIT = 2.0**-53


@njit(cache=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10. Six uint64 holding 32-bit words in; four uint64 holding 32-bit words out."""
    for _ in range(10):
        p0 = c0 * _M0
        p1 = c2 * _M1
        c0 = (p1 >> _32) ^ c1 ^ k0
        c2 = (p0 >> _32) ^ c3 ^ k1
        c1 = p1 & _LOW
        c3 = p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@njit(cache=True)
def odd53(high, low):
    """Two 32-bit words → an odd number of 53 bits (uint64): 52 random bits and a half step, so that 0 and 1 never come."""
    return ((high << np.uint64(21)) ^ (low >> np.uint64(11))) | np.uint64(1)


@njit(cache=True)
def who(term, fill, purpose):
    """The counter word of (term, fill-in, purpose), band 0; band j is this plus j."""
    return (
        (np.uint64(term) << np.uint64(22)) | (np.uint64(fill) << np.uint64(11)) | (np.uint64(purpose) << np.uint64(5))
    )


@njit(cache=True)
def pair53(seed, stream, world, unit, word, block):
    """The two 53-bit odd numbers of a block: days 2·block and 2·block + 1; or a candidate's gap and height."""
    w0, w1, w2, w3 = philox(
        np.uint64(world), np.uint64(unit), np.uint64(word), np.uint64(block), np.uint64(seed), np.uint64(stream)
    )
    return odd53(w0, w1), odd53(w2, w3)


@njit(cache=True)
def uniform(seed, stream, world, unit, word, day):
    """The uniform number in (0, 1) of a unit's counter word (`who`) on a day (or for an ordinal)."""
    even, odd = pair53(seed, stream, world, unit, word, np.uint64(day) >> np.uint64(1))
    return (odd if day & 1 else even) * _TO_UNIT


@njit(cache=True)
def two(seed, stream, world, unit, word, block):
    """Two uniform numbers in (0, 1) of one block: those of days 2·block and 2·block + 1."""
    even, odd = pair53(seed, stream, world, unit, word, np.uint64(block))
    return even * _TO_UNIT, odd * _TO_UNIT


#: for functions that make no arrays and give none back: those they are given are borrowed, and no references are counted (an
#: atomic operation for each array at each call)
BORROWED: dict[str, Any] = dict(cache=True, _nrt=False, error_model="numpy")
_philox_here = njit(inline="always")(
    philox.py_func
)  # a call that is not inlined keeps a loop from becoming vector code


@njit(**BORROWED)
def pairs(seed, stream, world, units, terms, purpose, blocks, n, u, v):
    """`two` for n persons (post, term, fill-in 0) at once: units, terms, blocks int64; writes u and v; each (n,) or longer."""
    k0, k1, low = np.uint64(seed), np.uint64(stream), np.uint64(purpose) << np.uint64(5)
    for i in range(n):
        word = (np.uint64(terms[i]) << np.uint64(22)) | low
        w0, w1, w2, w3 = _philox_here(np.uint64(world), np.uint64(units[i]), word, np.uint64(blocks[i]), k0, k1)
        u[i] = np.int64(((w0 << np.uint64(21)) ^ (w1 >> np.uint64(11))) | np.uint64(1)) * _TO_UNIT
        v[i] = np.int64(((w2 << np.uint64(21)) ^ (w3 >> np.uint64(11))) | np.uint64(1)) * _TO_UNIT


@njit(cache=True)
def _named(seed, worlds, unit, purpose, ordinal, out):
    for i in range(worlds.size):
        out[i] = uniform(seed, 0, worlds[i], unit, who(0, 0, purpose), ordinal)


@njit(cache=True)
def _mixed(x):
    """A 64-bit number stirred (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True)
def _spread(seed, index, unit, purpose, ordinal, out):
    w0, w1, w2, w3 = philox(
        _LOW, np.uint64(unit), who(0, 0, purpose), np.uint64(ordinal), np.uint64(seed), np.uint64(0)
    )
    key, fine, step = (w0 << _32) | w1, (w2 << _32) | w3, np.uint64(0x9E3779B97F4A7C15)
    place, at = np.empty(STRATA, np.int64), np.int64(-1)
    for i in range(index.size):
        block, n = index[i] // STRATA, np.uint64(index[i])
        if block != at:  # the order of the strata in this block (Fisher and Yates 1938, from the top)
            at, coin = block, key + step * np.uint64(block) * np.uint64(STRATA)
            for j in range(STRATA):
                place[j] = j
            for j in range(STRATA - 1, 0, -1):
                k = ((_mixed(coin + step * np.uint64(j)) >> _32) * np.uint64(j + 1)) >> _32
                place[j], place[k] = place[k], place[j]
        within = (_mixed(fine + step * n) >> np.uint64(11 + _STRATA_BITS)) | np.uint64(1)
        out[i] = ((np.uint64(place[index[i] % STRATA]) << np.uint64(53 - _STRATA_BITS)) | within) * _TO_UNIT


def digest32(name: str) -> int:
    """A name as a 32-bit unit (first four bytes of its SHA-256)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def stream_of(city: str, repeat: int = 0) -> int:
    """The second key word of a city's people; `repeat` > 0: fresh luck."""
    return (repeat << _CITY_BITS) | (digest32(city) & ((1 << _CITY_BITS) - 1))


def named_uniforms(seed: int, worlds: np.ndarray, name: str, ordinal: int = 0, purpose: int = PARAMETER) -> np.ndarray:
    """One uniform number in (0, 1) a world, keyed by a name: a new name never moves another's numbers.

    `worlds`: whole numbers, shape (n,). Returns float64, shape (n,).
    """
    out, worlds = np.empty(len(worlds)), np.asarray(worlds, np.int64)
    _named(seed, worlds, digest32(name), purpose, ordinal, out)
    return out


def spread_uniforms(seed: int, index: np.ndarray, name: str, ordinal: int = 0, purpose: int = PARAMETER) -> np.ndarray:
    """As `named_uniforms`, spread evenly: each aligned block of `STRATA` indices has one number in each `STRATA`-th part of
    (0, 1), in an order drawn for seed, name and block (Latin hypercube sampling: McKay, Beckman and Conover 1979).

    A number hangs on its own index alone: how many others there are moves nothing.
    """
    out, index = np.empty(len(index)), np.asarray(index, np.int64)
    _spread(seed, index, digest32(name), purpose, ordinal, out)
    return out
