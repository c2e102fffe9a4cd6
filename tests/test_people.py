"""People drawn many at once, days lived once for several policies, days recorded: each is what it would be by itself, bit for
bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok import luck
from obrok.engine import rules
from obrok.engine.candidates import height_of, next_candidate
from obrok.engine.crews import SMALL
from obrok.engine.functions import cos_turn, exp, log
from obrok.engine.kept import live as live_many
from obrok.engine.people import draw_people, settle_in
from obrok.engine.plain import City
from obrok.engine.tables import CANDIDATE, HOLDER, SERIES
from tests.conftest import city, live
from tests.strategies import CHANGES, WORLDS, columns

DAYS = 300


# -- functions
def test_functions_are_those_of_mathematics():
    """Within one unit in the last place of libm's, which is itself within one of the true value."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.random(20_000), 10 ** rng.uniform(-300, 300, 20_000), 1 + rng.normal(0, 1e-3, 20_000)])
    want = np.log(x)
    assert (np.abs(np.array([log(v) for v in x]) - want) <= np.maximum(np.spacing(np.abs(want)), 5e-324)).all()
    x = rng.uniform(-700, 700, 20_000)
    want = np.exp(x)
    assert (np.abs(np.array([exp(v) for v in x]) - want) <= np.spacing(want)).all()
    u = rng.random(20_000)
    assert np.abs(np.array([cos_turn(v) for v in u]) - np.cos(2 * np.pi * u)).max() < 2e-15
    assert log(1.0) == 0.0 and exp(0.0) == 1.0 and exp(-1e9) > 0.0 and exp(1e9) < math.inf


def test_heights_of_small_widths():
    rng = np.random.default_rng(2)
    width, v = 10 ** rng.uniform(-6, 0.5, 20_000), rng.random(20_000)
    got = np.array([height_of(0.0, a, b) for a, b in zip(width, v, strict=True)])
    want = -np.log1p(v * np.expm1(-width))
    assert (np.abs(got / want - 1) < 1e-14).all() and (got <= width * (1 + 1e-12)).all()


def test_luck_of_many_is_luck_of_each():
    units, terms, blocks = (np.arange(70, dtype=np.int64) * k % 61 for k in (3, 5, 7))
    u, v = np.empty(70), np.empty(70)
    luck.pairs(3, 4, 5, units, terms, luck.FAMILY, blocks, 70, u, v)
    for k in range(70):
        assert (u[k], v[k]) == luck.two(3, 4, 5, units[k], luck.who(terms[k], 0, luck.FAMILY), blocks[k])


# -- people
@settings(max_examples=30, deadline=None)
@given(WORLDS, CHANGES)
def test_people_drawn_together_are_those_drawn_one_by_one(world, own):
    """Whatever the worst days of the case's own policy, and whenever each comes and goes: pay, readiness, bound, first day."""
    given_ = city(days=DAYS, schedule=columns(own, DAYS), **world)
    seed, stream, number, w, _, _, limit, _ = given_
    n = 300  # more than are drawn in one go
    rng = np.random.default_rng(number)
    post, term, since = rng.integers(0, 999, n), rng.integers(0, 5, n), rng.integers(-1, DAYS, n)
    end = np.minimum(DAYS, since + rng.integers(1, 400, n))
    holders, seeking = np.zeros(n, HOLDER), np.zeros(n, CANDIDATE)
    draw_people(seed, stream, number, w, limit, post, term, since, end, holders, seeking)
    alone = np.zeros(1, HOLDER)
    for k in range(n):
        settle_in(seed, stream, number, post[k], term[k], 0, since[k], w, w, limit, alone[0])
        for name in HOLDER.names:
            assert alone[name][0] == holders[name][k], name
        word = luck.who(term[k], 0, luck.LEAVE)
        found = next_candidate(seed, stream, number, post[k], word, holders["bound"][k], 0, -1, since[k] + 1, end[k])
        assert found == tuple(seeking[k])


# -- policies of a world together
def together(cities: list[tuple], at: np.ndarray):
    """The engine on one city of one world under several policies at once."""
    seed, stream, number, world, first, _, limit, _ = cities[0]
    shape = (len(cities), 1, len(at))
    series, watch, belief = np.zeros((*shape, len(SERIES)), np.int64), np.zeros((*shape, 2)), np.zeros(shape)
    days = cities[0][5].size
    gone, policy, _ = live_many(
        seed, np.array([stream]), np.array([number]), np.array([world]), first, np.array([0, len(first)]),
        np.stack([c[5] for c in cities])[:, None], np.array([limit]), np.stack([c[7] for c in cities])[:, None],
        at[None], np.empty((1, 0), np.int64), days, np.arange(1), True, series, watch, belief,
        np.zeros((*shape[:2], 0, 2)),
    )  # fmt: skip
    return series[:, 0], watch[:, 0], belief[:, 0], gone, policy


@settings(max_examples=40, deadline=None)
@given(WORLDS, CHANGES, st.lists(CHANGES, min_size=1, max_size=3), st.integers(0, DAYS - 1), st.booleans())
def test_policies_together_are_policies_alone(world, own, others, day, alike):
    """Whether they part at once or late, and whether they need further bands or not; whichever days are recorded."""
    first = city(days=DAYS, schedule=columns(own, DAYS), firms=(0.3, 0.7), **world)
    cities = [first]
    for changes in others:
        schedule = first[5].copy()
        schedule[day:] = city(days=DAYS, schedule=columns(changes, DAYS), **world)[5][day:]
        named = {name: schedule[name] for name in schedule.dtype.names}
        limit = None if alike else first[5]
        cities.append(city(days=DAYS, schedule=named, firms=(0.3, 0.7), limit=limit, **world))
    cities = [(*c[:6], first[6], c[7]) for c in cities]
    at = np.array([0, day, min(day + 1, DAYS - 1), DAYS - 1])
    series, watch, belief, gone, policy = together(cities, np.sort(at))
    for p, c in enumerate(cities):
        alone, days = live(c), np.sort(at)
        assert (series[p] == alone.series[days]).all() and (belief[p] == alone.belief[days]).all()
        assert (watch[p, :, 0] == alone.watch[days]).all()
        assert np.allclose(watch[p, :, 1], np.cumsum(alone.watch)[days], rtol=1e-12)
        mine = gone[policy == p]
        assert (mine[np.lexsort((mine["post"], mine["left"]))] == alone.leavers).all()


def test_no_policy_differs_at_all():
    one = city(days=DAYS, posts=60, leave_rate=1.5)
    series, *_, gone, policy = together([one, one, one], np.arange(DAYS))
    assert (series[0] == series[1]).all() and (series[0] == series[2]).all()
    assert len(gone) > 30 and len(set(np.bincount(policy))) == 1


# -- watching in closed form
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9), st.booleans()), max_size=60), st.floats(0.0, 16.0))
def test_watching_in_closed_form_is_watching_day_by_day(alarms, weight):
    """An enterprise of ten crews of ten, and one crew that people leave, too, now and then; half-life 30 days."""
    fade = rules.fades(30.0)
    y, scale, shift, beyond, then, days = 0.0, 1.0, 0.0, 0.0, 1.0, 0
    for gap, left, mine in alarms:
        y, scale, shift, days = y * fade**gap, scale * fade**gap, shift * fade**gap, days + gap
        assert math.isclose(rules.heightened_of(beyond, then, scale, shift, 1.0), y, rel_tol=1e-9, abs_tol=1e-12)
        own, crew = rules.alarm(weight, left, 100), rules.alarm(2.0, 1, 10) if mine else 0.0
        y = rules.heightened_after(y, own + crew)
        scale, shift = scale * (1.0 - rules.heightened_after(0.0, own)), rules.heightened_after(shift, own)
        if mine:
            beyond, then = y - shift, scale


@pytest.mark.parametrize("recovery", [1.0, 2.0])
def test_watching_over_a_long_time(recovery):
    """Scales of alarms far below the least number that is kept as it is: the plain form, bit for bit, and bounds."""
    assert 2.0 ** (-2_000 / recovery) < SMALL
    given_ = city(days=2_000, posts=60, leave_rate=2.0, recovery=recovery, enterprise_alarm=16.0)
    fast, plain = live(given_), City(*given_).run()
    assert len(fast.leavers) > 60
    assert (fast.series == plain.series).all() and (fast.watch == plain.watch).all()
    assert (fast.watch >= fast.world["watch"] * (1 - 1e-12)).all() and (fast.watch < fast.world["watch_max"]).all()
