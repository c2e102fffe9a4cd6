"""Shingles of a text as stable 64-bit hashes, and which texts of a pile share enough of them to be looked at.

MinHash by a fixed share of hash values (Irber et al. 2022, "FracMinHash"): a shingle is sampled where its hash is
below 2⁶⁴/`EVERY`, in every text alike, so that both resemblance and containment can be told from the sample, of two
paragraphs quoted in a long text too, where a fixed number of minima would miss them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

import numpy as np

#: words, and characters of Han, kana and Hangul text, in a shingle
WORDS, CHARACTERS = 5, 8
#: one shingle in so many is sampled
EVERY = 4
#: a sampled shingle of more texts than this links each only to its neighbours in the pile, not to all
CROWD, NEIGHBOURS = 40, 2
_EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
#: published odd multipliers of splitmix64 (Steele et al. 2014)
_STEP, _MIX1, _MIX2 = (np.uint64(x) for x in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _mixed(x: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64."""
    x = (x ^ (x >> np.uint64(30))) * _MIX1
    x = (x ^ (x >> np.uint64(27))) * _MIX2
    return x ^ (x >> np.uint64(31))


@lru_cache(maxsize=1 << 18)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def shingles(text: str) -> tuple[np.ndarray, list[str]]:
    """uint64[n], sorted, each once: the hashes of a text's shingles; and its words as written."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text))
    letters = "".join(words).casefold()
    if len(_EAST.findall(letters)) > len(letters) / 3:
        size, units = CHARACTERS, np.frombuffer(letters.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    else:
        size, units = WORDS, np.fromiter((_word_hash(w.casefold()) for w in words), np.uint64, len(words))
    n = max(len(units) - size + 1, 1 if len(units) else 0)
    out = np.zeros(n, np.uint64)
    for i in range(min(size, len(units))):
        out = _mixed(out + _STEP + units[i : i + n])
    return np.unique(out), words


def shared(a: np.ndarray, b: np.ndarray) -> int:
    """How many values two sorted arrays of unique values have in common."""
    small, large = (a, b) if len(a) < len(b) else (b, a)
    if not len(small):
        return 0
    at = np.minimum(np.searchsorted(large, small), len(large) - 1)
    return int((large[at] == small).sum())


def candidates(all_shingles: list[np.ndarray], least: int = 2) -> np.ndarray:
    """int64[m, 2]: pairs i < j of texts that share at least `least` sampled shingles."""
    bound = np.uint64(2**64 // EVERY)
    samples = [s[: np.searchsorted(s, bound)] for s in all_shingles]
    if not samples:
        return np.zeros((0, 2), np.int64)
    values = np.concatenate(samples)
    owner = np.repeat(np.arange(len(samples)), [len(s) for s in samples])
    order = np.lexsort((owner, values))
    values, owner = values[order], owner[order]
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1]))) if len(values) else np.zeros(0, int)
    sizes = np.diff(np.append(starts, len(values)))
    place = np.arange(len(values)) - np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes)
    pairs, total = [], len(samples)
    for step in range(1, CROWD):
        near = (place >= step) & ((size <= CROWD) | (step <= NEIGHBOURS))
        if not near.any():
            break
        at = np.flatnonzero(near)
        pairs.append(owner[at - step] * total + owner[at])
    if not pairs:
        return np.zeros((0, 2), np.int64)
    code, times = np.unique(np.concatenate(pairs), return_counts=True)
    code = code[times >= least]
    return np.stack((code // total, code % total), axis=1)
