"""Chance: the published vectors, the open interval, keys that do not interfere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from obrok import luck

FULL = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("given", "expected"),
    [  # known-answer vectors of Random123 (Salmon et al. 2011), philox4x32 with 10 rounds
        ((0, 0, 0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((FULL,) * 6, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers(given, expected):
    assert tuple(int(x) for x in luck.philox(*(np.uint64(x) for x in given))) == expected


def test_ends_never_come():
    most, least = np.uint64(FULL), np.uint64(0)
    assert 0 < int(luck.odd53(least, least)) * 2.0**-53 < 1
    assert 0 < int(luck.odd53(most, most)) * 2.0**-53 < 1
    assert int(luck.odd53(most, most)) == 2**53 - 1


def test_uniform_and_unrelated():
    """False-alarm rate 1e-4 a test (fixed seeds)."""
    worlds = np.arange(20_000)
    a, b = (luck.named_uniforms(7, worlds, name) for name in ("wage", "posts"))
    assert stats.kstest(a, "uniform").pvalue > 1e-4
    for x, y in (
        (a, b),
        (a[1:], a[:-1]),
        (a, luck.named_uniforms(8, worlds, "wage")),
        (a, luck.named_uniforms(7, worlds, "wage", 1)),
    ):
        assert stats.pearsonr(x, y).pvalue > 1e-4


def test_worlds_do_not_depend_on_how_many_there_are():
    few = luck.named_uniforms(1, np.arange(10), "wage")
    assert (luck.named_uniforms(1, np.arange(1000), "wage")[:10] == few).all()
    assert (luck.named_uniforms(1, np.array([7]), "wage") == few[7]).all()


def test_purposes_are_named_once():
    given = {
        v
        for k, v in vars(luck).items()
        if k.isupper() and isinstance(v, int) and 0 < v < 64 and not k.startswith(("_", "MAX_"))
    }
    names = [
        k
        for k, v in vars(luck).items()
        if k.isupper() and isinstance(v, int) and 0 < v < 64 and not k.startswith(("_", "MAX_"))
    ]
    assert len(given) == len(names)
    words = {
        int(luck.who(t, f, p)) for t in (0, 1, luck.MAX_TERM - 1) for f in (0, 1, luck.MAX_FILL - 1) for p in given
    }
    assert len(words) == 9 * len(given) and max(words) <= FULL


def test_spread_numbers_are_one_to_a_stratum():
    """And hang on their own index alone."""
    whole = luck.spread_uniforms(3, np.arange(4 * luck.STRATA), "wage")
    for block in whole.reshape(4, -1):
        assert sorted((block * luck.STRATA).astype(int)) == list(range(luck.STRATA))
    some = np.array([700, 3, 255, 256, 1 << 40])
    assert (luck.spread_uniforms(3, some, "wage")[:4] == whole[some[:4]]).all()
    assert luck.spread_uniforms(3, some, "wage").min() > 0 and luck.spread_uniforms(3, some, "wage").max() < 1


def test_spread_numbers_are_uniform_and_independent():
    """One index over 20,000 seeds is uniform; names, seeds, ordinals and neighbours do not hang together.

    Nine figures within 4.5 standard errors: a false alarm in 16,000.
    """
    n = 20_000
    one = np.array([luck.spread_uniforms(seed, np.array([77]), "wage")[0] for seed in range(n)])
    assert abs(one.mean() - 0.5) * np.sqrt(12 * n) < 4.5
    assert abs((one**2).mean() - 1 / 3) * np.sqrt(n * 45 / 4) < 4.5
    index = np.arange(n // luck.STRATA * luck.STRATA)
    a = luck.spread_uniforms(1, index, "wage")
    others = [
        luck.spread_uniforms(1, index, "fee"),
        luck.spread_uniforms(2, index, "wage"),
        luck.spread_uniforms(1, index, "wage", 1),
        luck.spread_uniforms(1, index, "wage", 0, luck.KEPT),
        np.roll(a, luck.STRATA),
        luck.named_uniforms(1, index, "wage"),
    ]
    for b in others:
        assert abs(np.corrcoef(a, b)[0, 1]) * np.sqrt(len(index)) < 4.5
    neighbours = np.corrcoef(a[:-1], a[1:])[0, 1] + 1 / luck.STRATA  # drawn without putting back
    assert abs(neighbours) * np.sqrt(len(index)) < 4.5
