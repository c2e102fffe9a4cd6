"""Laws of model.md as properties: what may differ between two runs, and what may not."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.engine.days import live_on
from obrok.engine.start import begin, settle
from obrok.engine.state import GONE, State
from obrok.engine.tables import COLUMN, SERIES
from tests.conftest import OPEN_LOOP, city, live
from tests.strategies import CHANGES, WORLDS, columns

DAYS = 300


def equal(a, b) -> bool:
    return all((x == y).all() for x, y in zip(a[:4], b[:4], strict=True))


@settings(max_examples=40, deadline=None)
@given(WORLDS, CHANGES, CHANGES, st.integers(1, DAYS - 1))
def test_nothing_differs_before_the_first_day_that_differs(world, a, b, day):
    """Two policies that part on a day: every record, mood and life is the same before it, the bands of either included."""
    own = city(days=DAYS, **world)[5]
    first, second = columns(a, DAYS), columns(b, DAYS)
    base = city(days=DAYS, schedule=first, **world)[5]
    mixed = base.copy()
    other = city(days=DAYS, schedule=second, **world)[5]
    mixed[day:] = other[day:]
    one = live(city(days=DAYS, schedule=first, limit=own, **world))
    two = live(city(days=DAYS, schedule={n: mixed[n] for n in mixed.dtype.names}, limit=own, **world))
    assert (one.series[:day] == two.series[:day]).all()
    assert (one.watch[:day] == two.watch[:day]).all() and (one.belief[:day] == two.belief[:day]).all()
    early = [x.leavers[x.leavers["left"] < day] for x in (one, two)]
    assert len(early[0]) == len(early[1])
    for name in ("post", "term", "fill", "left", "route", "since"):
        assert (early[0][name] == early[1][name]).all()


@settings(max_examples=40, deadline=None)
@given(WORLDS, CHANGES)
def test_a_policy_that_needs_more_moves_nobody_it_does_not_touch(world, changes):
    """Bounds and bands of another policy change no bit: the same schedule, whatever the peaks that were allowed for."""
    own = city(days=DAYS, **world)[5]
    given = city(days=DAYS, schedule=columns(changes, DAYS), limit=own, **world)
    wider = given[7].copy()
    for name in wider.dtype.names:
        wider[name] *= 0.3 if name.endswith("_lo") else 3.0
    assert equal(live(given), live((*given[:7], wider)))


@settings(max_examples=40, deadline=None)
@given(WORLDS, CHANGES, st.lists(st.integers(1, DAYS), max_size=4))
def test_a_run_can_be_split_anywhere(world, changes, days):
    given = city(days=DAYS, schedule=columns(changes, DAYS), **world)
    seed, stream, number, w, _, schedule, limit, peak = given
    whole = live(given)
    series, watch, belief = np.zeros((DAYS, len(SERIES)), np.int64), np.zeros((DAYS, 2)), np.zeros(DAYS)
    settled = settle(seed, stream, number, w, given[4], limit, DAYS)
    state = begin(seed, stream, number, settled, w, schedule, limit, peak, True)
    for until in [*sorted(days), DAYS]:
        key = (seed, stream, number, w, schedule, limit, peak, np.arange(DAYS), np.empty(0, np.int64), until)
        state = live_on(*key, state, series, watch, belief, np.empty((0, 2)))
        state = State(*(array.copy() for array in state))  # nothing else is carried over
    gone = state.gone[: state.whole[GONE]]
    leavers = gone[np.lexsort((gone["post"], gone["left"]))]
    assert equal(whole, (series, watch[:, 0], belief, leavers))


# effort above or below, watching less, a larger share taken: each raises every hazard to leave, or leaves it as it is
HARSHER = st.fixed_dictionaries({"effort": st.floats(0.05, 1), "watch": st.floats(0, 1), "fee": st.floats(0, 0.3)})


@settings(max_examples=60, deadline=None)
@given(WORLDS, CHANGES, HARSHER, st.booleans())
def test_without_feedback_nobody_leaves_later_under_a_higher_hazard(world, changes, harsher, beyond):
    """Exact, person by person: everyone there at the start who left under the lower hazard left no later under the higher."""
    world = world | OPEN_LOOP | {"effort_felt": 0.7}
    low = columns({k: v for k, v in changes.items() if k not in ("news", "news_handed")}, DAYS)
    base = city(days=DAYS, schedule=low, **world)
    high = {name: base[5][name] for name in base[5].dtype.names}
    high |= {"effort": high["effort"] * harsher["effort"], "watch": high["watch"] * harsher["watch"]}
    high |= {"fee": np.minimum(high["fee"] + harsher["fee"], 1 - high["deductions"])}
    # `beyond`: the case's own policy is the calmer one, so the harsher one needs bands
    fast = city(days=DAYS, schedule=high, limit=base[5] if beyond else None, **world)
    calm = live((*base[:6], fast[6], base[7])).leavers
    more = live(fast).leavers
    of = [{int(g["post"]): int(g["left"]) for g in x if g["term"] == 0 and g["fill"] == 0} for x in (calm, more)]
    assert set(of[0]) <= set(of[1])
    assert all(of[1][post] <= day for post, day in of[0].items())


@settings(max_examples=30, deadline=None)
@given(WORLDS, CHANGES)
def test_cents_balance_under_quotas_too(world, changes):
    lived = live(city(days=DAYS, schedule=columns(changes, DAYS), **world))
    s = {name: lived.series[:, i] for i, name in enumerate(SERIES)}
    assert (s["gross"] == s["to_state"] + s["to_enterprise"] + s["kept"]).all()
    assert (np.diff(s["kept"] + s["side"], prepend=0) >= 0).all() and (np.diff(s["sent_home"], prepend=0) >= 0).all()
    assert (np.diff(s["to_state"], prepend=0) >= 0).all() and (np.diff(s["fees_lost"], prepend=0) >= 0).all()
    stocks = ("waiting", "at_post", "nearby", "remote", "detained", "handed_over", "settled", "returned")
    assert (sum(s[x] for x in stocks) == s["created"]).all() and (lived.series >= 0)[:, :18].all()


def test_arrears_are_paid_when_the_quota_falls():
    """A quota above all that is earned builds arrears; they are paid out of what a lower one leaves, and then end."""
    days, quota = 90, np.full(90, 1200.0)
    quota[30:] = 300.0
    lived = live(
        city(days=days, posts=10, schedule={"quota": quota, "fee": 0, "deductions": 0}, wage=900, wage_spread=0, fee=0,
             deductions=0, side_share=0, side_contacts=1, leave_rate=1e-6, contract_days=7300)
    )  # fmt: skip
    paid = np.diff(lived.series[:, SERIES.index("to_state")], prepend=0)
    gross, due, low = 2959, 3945, 986  # 900, 1,200 and 300 USD a month, in cents a day
    assert (paid[:30] == 10 * gross).all()
    owed = 30 * (due - gross)
    full = owed // (gross - low)  # days on which all pay goes to arrears
    assert (paid[30 : 30 + full] == 10 * gross).all()
    assert paid[30 + full] == 10 * (low + owed - full * (gross - low))
    assert (paid[31 + full :] == 10 * low).all()


def test_nobody_comes_while_dispatch_is_closed():
    closed = np.ones(400)
    closed[100:300] = 0
    lived = live(city(days=400, posts=200, contract_days=365, leave_rate=0.5, schedule={"dispatch": closed}))
    s = {name: lived.series[:, i] for i, name in enumerate(SERIES)}
    arrived = np.diff(s["created"] - s["waiting"], prepend=200)
    assert (arrived[100:300] == 0).all() and arrived[1:100].sum() > 0 and arrived[300:].sum() > 0
    assert (np.diff(s["returned"])[100:299] >= 0).all() and s["at_post"][299] < s["at_post"][99]


def test_whom_a_lower_dispatch_sends_a_higher_one_sends():
    """Person by person: without feedback, who comes under the lower share comes under the higher one; and as many as said
    (posts turn over once a year: 4.5 standard errors)."""
    given = dict(days=1_000, posts=400, contract_days=365, leave_rate=1e-5, refill_chance=0.0, filled=0.0, **OPEN_LOOP)
    held = {}
    for share in (0.0, 0.3, 0.7, 1.0):
        lived = live(city(**given, schedule={"dispatch": share}))
        held[share] = lived.series[:, COLUMN["at_post"]]
        got = held[share][365] / 400
        assert abs(got - share) <= 4.5 * np.sqrt(share * (1 - share) / 400), share
    assert (held[0.0] <= held[0.3]).all() and (held[0.3] <= held[0.7]).all() and (held[0.7] <= held[1.0]).all()
    assert (held[0.0] == 0).all() and (held[1.0][365:] >= 399).all()


def test_a_recall_sends_home_on_its_day_and_nobody_else_moves():
    """Before it nothing differs; on it the share said goes home (4.5 standard errors); posts stay empty until they turn."""
    given = dict(days=500, posts=500, contract_days=1095, leave_rate=0.2, refill_chance=0.0, **OPEN_LOOP)
    day = np.zeros(500)
    day[200] = 0.4
    plain, called = (live(city(**given, schedule={"recall": x})).series for x in (np.zeros(500), day))
    assert (plain[:200] == called[:200]).all()
    home = called[:, COLUMN["returned"]]
    went, there = home[200] - home[199], called[199, COLUMN["at_post"]]
    assert abs(went / there - 0.4) < 0.02 + 4.5 * np.sqrt(0.24 / there)
    turned = plain[:, COLUMN["returned"]]
    assert (called[200:, COLUMN["at_post"]] < plain[200:, COLUMN["at_post"]]).all() and turned[200] > 0
    everybody = live(city(**given, schedule={"recall": np.where(day > 0, 1.0, 0.0)})).series
    assert everybody[200, COLUMN["at_post"]] <= 2  # who took up a turning post that day


def test_posts_are_held_as_told_at_the_start():
    held = [
        live(city(days=3, posts=2_000, filled=share, leave_rate=1e-5)).series[0, COLUMN["created"]] / 2_000
        for share in (0.0, 0.25, 1.0)
    ]
    assert held[0] == 0 and held[2] == 1 and abs(held[1] - 0.25) < 4.5 * np.sqrt(0.1875 / 2_000)


def test_fill_ins_of_logging_posts_become_builders():
    common = dict(
        days=600,
        posts=300,
        construction_share=0.0,
        leave_rate=2.0,
        refill_lag=30,
        refill_chance=1.0,
        contract_days=7300,
    )
    stay = live(city(**common)).leavers
    shift = live(city(**common, schedule={"construction_shift": 1.0})).leavers
    assert not stay["construction"].any()
    first = shift[shift["term"] == 0]
    assert (first["construction"] == (first["fill"] > 0)).all() and first["construction"].any()
    later = shift[shift["term"] > 0]  # who comes by rotation takes the post as it is
    assert 0 < later["construction"].sum() < len(later)
