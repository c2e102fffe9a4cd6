"""The C program of the comparison against the engine: equal bit for bit in counts and cents; what it leaves out it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from obrok.bench import limit
from obrok.bench.setting import Setting, ensemble, large
from obrok.engine.days import simulate
from obrok.engine.tables import ACCOUNTS, COLUMN, SERIES, STATUSES

pytestmark = pytest.mark.skipif(not limit.available(), reason="no C compiler on the PATH")
GROSS = COLUMN["gross"]


def engine(s: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Counts by day and final accounts, as the engine has them."""
    policies, n = len(s.policies), len(s.numbers)
    counts = np.zeros((policies, n, s.days, len(STATUSES)), np.int64)
    accounts = np.zeros((policies, n, len(ACCOUNTS)), np.int64)
    for p in range(policies):
        for i in range(n):
            series, watch = np.zeros((s.days, len(SERIES)), np.int64), np.zeros(s.days)
            simulate(
                s.seed, int(s.streams[i]), int(s.numbers[i]), s.worlds[i], s.firm_first[i], s.schedules[p, i], s.limits[i],
                s.peaks[p, i], np.empty(0, np.int64), series, watch, np.empty(0), np.empty((0, 2)),
            )  # fmt: skip
            counts[p, i], accounts[p, i] = series[:, : len(STATUSES)], series[-1, GROSS:]
    return counts, accounts


@pytest.fixture(scope="module")
def small() -> Setting:
    return ensemble(30)


@pytest.mark.parametrize(
    "make", [lambda: ensemble(30), lambda: ensemble(30, posts=37, seed=7, first=500), lambda: large(3, 700)]
)
def test_equal_bit_for_bit(make):
    setting = make()
    counts, accounts = engine(setting)
    assert (counts[..., -1, :] > 0).any(axis=(0, 1)).sum() >= 7  # somebody is in nearly every status
    for threads in (1, 2):
        lived = limit.live(setting, threads)
        assert lived.counts.dtype == np.int32 and (lived.counts == counts).all()
        assert (lived.accounts == accounts).all()
        assert 0.0 < lived.seconds < 10.0 and 0.0 < lived.processor < 10.0
        assert (limit.run(setting, threads)[0] == counts).all()


def test_compiled_once():
    made = limit.build()
    before = made.stat().st_mtime_ns
    assert limit.build() == made and made.stat().st_mtime_ns == before
    assert limit.SOURCE.parent not in made.parents


def changed(s: Setting, what: str, value: float) -> Setting:
    """The setting with a column of the last policy's schedules changed on the last day."""
    schedules = s.schedules.copy()
    schedules[what][-1, :, -1] = value
    return replace(s, schedules=schedules)


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("wage", 100.0, "pay that changes"),
        ("fee", 0.0, "pay that changes"),
        ("deductions", 0.0, "pay that changes"),
        ("quota", 5.0, "a quota"),
        ("dispatch", 0.0, "dispatch"),
        ("recall", 0.1, "a recall"),
    ],
)
def test_days_it_leaves_out_are_refused(small, what, value, words):
    with pytest.raises(limit.Refused, match=words):
        limit.run(changed(small, what, value))


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [("filled", 0.5, "empty at first"), ("refill_lag", 0.0, "a lag"), ("crew_size", 1.0, "crews of one")],
)
def test_worlds_it_leaves_out_are_refused(small, what, value, words):
    worlds = small.worlds.copy()
    worlds[what][7] = value
    with pytest.raises(limit.Refused, match=words):
        limit.run(replace(small, worlds=worlds))


@pytest.mark.parametrize(("what", "times"), [("effort_hi", 1000.0), ("help_hi", 1000.0), ("watch_lo", 0.5)])
def test_bands_are_refused(small, what, times):
    peaks = small.peaks.copy()
    peaks[what][1, 3] *= times
    with pytest.raises(limit.Refused, match="beyond the bounds"):
        limit.run(replace(small, peaks=peaks))
