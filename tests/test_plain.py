"""The fast engine against its plain Python form: equal bit for bit, whatever the world, the schedule and the bands."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok import luck
from obrok.engine.candidates import band_floor, band_width, bands, block_length, bound, candidates
from obrok.engine.plain import City
from obrok.engine.tables import LEAVER
from tests.conftest import city, live
from tests.strategies import CHANGES, WORLDS, columns


def same(fast, plain) -> bool:
    return (
        (fast.series == plain.series).all()
        and (fast.watch == plain.watch).all()
        and (fast.belief == plain.belief).all()
        and (fast.leavers == plain.leavers()).all()
    )


@settings(max_examples=80, deadline=None)
@given(WORLDS, CHANGES, CHANGES, st.integers(20, 500), st.sampled_from([(), (0.3,), (0.2, 0.2, 0.7)]))
def test_equal_bit_for_bit(world, changes, own, days, firms):
    """`own`: what the case's own policy does; where this one goes beyond it, further bands of candidate days are drawn."""
    own_schedule = city(days=days, schedule=columns(own, days), **world)[5]
    given = city(days=days, schedule=columns(changes, days), limit=own_schedule, firms=firms, **world)
    assert same(live(given), City(*given).run())


def test_a_large_city():
    given = city(days=731, posts=400, leave_rate=0.8, number=11, firms=(0.3, 0.6), schedule={"effort": np.linspace(1, 4, 731)},
                 limit=city(days=731)[5])  # fmt: skip
    fast = live(given)
    assert len(fast.leavers) > 100
    assert same(fast, City(*given).run())


# -- candidate days
def test_bands_reach_every_hazard_and_no_more_than_they_must():
    for w in (1e-6, 0.003, 0.7):
        assert bands(w, 0.0) == bands(w, w) == 1
        for peak in (1.0001 * w, 2 * w, 2.1 * w, 1000 * w):
            n = bands(w, peak)
            assert band_floor(w, n - 1) < peak <= band_floor(w, n - 1) + band_width(w, n - 1)
    assert bound(0.0) == 1e-6 and bound(0.3) > 0.3
    assert [block_length(x) for x in (10.0, 0.25, 0.2, 0.1, 0.02, 1e-9)] == [16, 16, 16, 32, 128, 1024]


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-4, 3.0), st.integers(0, 4), st.integers(0, 2**31), st.integers(1, 2000))
def test_candidates_lie_in_their_band_and_do_not_hang_on_the_horizon(w, band, unit, days):
    word = luck.who(3, 1, luck.FOUND)
    when, height = candidates(7, 5, 11, unit, word, w, band, days)
    assert (np.diff(when) > 0).all() and (when >= 0).all() and (when < days).all()
    low, width = band_floor(w, band), band_width(w, band)
    assert (height >= low).all() and (height <= (low + width) * (1 + 1e-12)).all()
    longer, heights = candidates(7, 5, 11, unit, word, w, band, days + 500)
    assert (longer[: len(when)] == when).all() and (heights[: len(when)] == height).all()


@pytest.mark.parametrize("hazard", [0.0004, 0.01, 0.09, 1.3])
def test_an_event_has_the_chance_of_its_hazard(hazard):
    """Binomial over days and people, in base band and further bands together; false alarm below 1e-4 each."""
    w, days, people = 0.02, 3000, 60
    total = 0
    for unit in range(people):
        word, hit = luck.who(0, 0, luck.LEAVE), np.zeros(days, bool)
        for band in range(bands(w, hazard)):
            when, height = candidates(3, 0, 1, unit, word, w, band, days)
            hit[when[height < hazard]] = True
        total += hit.sum()
    n, p = days * people, 1 - math.exp(-hazard)
    assert abs(total - n * p) < 4.5 * math.sqrt(n * p * (1 - p))


def test_twins_tell_the_same_story_of_everyone():
    """The log of the plain form holds every flow of the record."""
    plain = City(*city(days=600, posts=90, leave_rate=1.0, apply=0.01)).run()
    last = dict(zip(("left_nearby", "left_remote"), (0, 0), strict=True))
    for name in last:
        assert sum(h.what == name for h in plain.log) == plain.total[name]
    assert sum(h.what == "found" for h in plain.log) == plain.total["found_events"] > 0
    assert sum(h.what == "returned" for h in plain.log) == plain.total["returned"] > 0
    assert sum(h.what in ("handed_over", "taken_back") for h in plain.log) == plain.total["handed_over"] > 0
    assert plain.leavers().dtype == LEAVER and [h.day for h in plain.log] == sorted(h.day for h in plain.log)
