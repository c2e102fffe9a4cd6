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


def busy(**changes: object) -> Setting:
    """A few worlds in which much happens, with parameters of their own by hand."""
    setting = ensemble(12, posts=80)
    worlds = setting.worlds.copy()
    for name, values in changes.items():
        worlds[name] = values
    return replace(setting, worlds=worlds)


def with_policies(which: list[int]) -> Setting:
    setting = ensemble(6, posts=80)
    names = tuple(f"{setting.policies[p]} {k}" for k, p in enumerate(which))
    return replace(setting, policies=names, schedules=setting.schedules[which], peaks=setting.peaks[which])


def with_firms(*first: int) -> Setting:
    return replace(ensemble(6, posts=first[-1]), firm_first=np.tile(first, (6, 1)))


def restless() -> Setting:
    """A host state of which more changes by day than in the case: watching at rest, fill-ins, news of people handed over."""
    setting = ensemble(12, posts=80)
    rows = setting.schedules.copy()
    rows["watch"][:, :, 40:] += (0.95 - rows["watch"][:, :, 40:]) * 0.3
    rows["refill_chance"][1:, :, 60::2] *= 0.5
    rows["news_handed"][:, :, 20] = 3.0
    rows["news_handed"][2, :, 200] = 1.5
    return replace(busy(opportunity=1.0, reach=3.0), schedules=rows)


def revolving_doors() -> Setting:
    """Crews that empty in days, people found and let go over and over, nothing left of their pay."""
    setting = busy(
        a_nearby=2.0,
        opportunity=0.5,
        join_chance=0.9,
        crew_size=40,
        find_nearby=0.3,
        found_again=1.0,
        detention_days=2.0,
    )
    rows, limits, peaks = setting.schedules.copy(), setting.limits.copy(), setting.peaks.copy()
    rows["hand_over"], rows["fee"], rows["deductions"] = 0.0, 0.45, 0.55
    for bound in limits, peaks:
        bound["fee_hi"], bound["deductions_hi"] = 0.45, 0.55
    return replace(setting, schedules=rows, limits=limits, peaks=peaks)


SETTINGS = {
    "ensemble": lambda: ensemble(30),
    "small worlds": lambda: ensemble(30, posts=37, seed=7, first=500),
    "large": lambda: large(2, 1500),
    "seven years": lambda: large(2, 300, days=2600),
    "short contracts": lambda: busy(contract_days=[30, 61, 100, 200, 365, 366, 364, 181, 190, 250, 1, 2]),
    "many leave": lambda: busy(opportunity=3.0, refill_lag=1, join_chance=0.9, find_nearby=0.3, found_again=3.0),
    "crews": lambda: busy(crew_size=[2, 3, 8, 9, 16, 17, 80, 100, 7, 5, 4, 33], opportunity=1.0, join_chance=0.5),
    "eleven policies": lambda: with_policies([0, 1, 2, 3, 0, 1, 2, 3, 3, 2, 1]),
    "restless": restless,
    "revolving doors": revolving_doors,
    "one enterprise": lambda: with_firms(0, 80),
    "an empty enterprise": lambda: with_firms(0, 1, 1, 40, 80),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_equal_bit_for_bit(name):
    setting = SETTINGS[name]()
    counts, accounts = engine(setting)
    assert (counts.sum(axis=(0, 1, 2)) > 0).sum() >= 6  # somebody is in nearly every status
    for threads in (1, 2):
        for shared in (True, False):
            lived = limit.live(setting, threads, shared=shared)
            assert lived.counts.dtype == np.int32 and (lived.counts == counts).all()
            assert (lived.accounts == accounts).all()
    assert (limit.run(setting)[0] == counts).all()


def test_what_is_told_of_the_time(small):
    lived = limit.live(small, 1, timed=True)
    people, fill_ins, candidates, departures, looks = lived.events
    assert people > small.people and min(fill_ins, candidates, departures, looks) > 0
    assert (lived.spent > 0.0).all() and lived.spent.sum() <= lived.processor + 1e-4 and lived.seconds > 0.0


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
