"""The engine: laws that hold every day in every world, and closed forms where there is no feedback.

Statistical tests have fixed seeds; each alarms falsely with a chance below 1e-4.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.engine import rules
from obrok.engine.tables import COLUMN, DETAINED, HANDED_OVER, NEARBY, REMOTE, SETTLED, STATUSES
from tests.conftest import OPEN_LOOP, PLAIN, city, live


def live_one(**given):
    return live(city(**given))


ONE_KIND = dict(wage_spread=0, tolerance_spread=0, held=0, side_share=0)
FOREVER = dict(contract_days=7300, refill_chance=0)

worlds = st.fixed_dictionaries(
    {
        "posts": st.integers(1, 80),
        "crew_size": st.integers(2, 20),
        "contract_days": st.sampled_from([30, 200, 365, 1095]),
        "refill_lag": st.sampled_from([1, 7, 90]),
        "refill_chance": st.sampled_from([0.0, 0.5, 1.0]),
        "leave_rate": st.sampled_from([0.01, 0.3, 2.0]),
        "far_share": st.sampled_from([0.0, 0.3, 1.0]),
        "opportunity": st.sampled_from([0.1, 1.0]),
        "watch": st.sampled_from([0.0, 0.3, 0.9]),
        "find_nearby": st.sampled_from([0.0, 0.02, 0.5]),
        "taken_back": st.sampled_from([0.0, 0.01]),
        "apply": st.sampled_from([0.0, 0.02]),
        "join_chance": st.sampled_from([0.0, 0.5]),
        "crew_alarm": st.sampled_from([0.0, 50.0]),
        "wage": st.sampled_from([1.0, 873.33, 20000.0]),
        "fee": st.sampled_from([0.0, 0.333, 0.95]),
        "deductions": st.sampled_from([0.0, 0.05]),
        "remit_share": st.sampled_from([0.0, 0.37, 1.0]),
        "number": st.integers(0, 2**31),
        "hand_over": st.sampled_from([0.0, 0.5, 1.0]),
    }
)


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_people_conserved_and_cents_balanced_every_day(world):
    hand_over = world.pop("hand_over")
    series, watch, belief, leavers, w = live_one(days=420, schedule={"hand_over": hand_over, "news": 0.01}, **world)
    s = {name: series[:, i] for name, i in COLUMN.items()}
    # people: statuses sum to everyone created, flows explain stocks, final is final
    assert (series >= 0).all()
    assert (sum(s[x] for x in STATUSES) == s["created"]).all()
    left = s["left_nearby"] + s["left_remote"]
    assert (s["handed_over"] == s["handed_over_flow"] + s["taken_back"]).all()
    assert (s["settled"] == s["settled_flow"]).all()
    assert (left == s["nearby"] + s["remote"] + s["detained"] + s["handed_over"] + s["settled"]).all()
    assert (s["at_post"] <= w["posts"]).all() and (s["at_post"] + s["waiting"] <= w["posts"]).all()
    for flow in (
        "left_nearby",
        "left_remote",
        "found",
        "found_events",
        "handed_over",
        "settled",
        "returned",
        "created",
        "let_go",
    ):
        assert (np.diff(s[flow]) >= 0).all(), flow
    # the log of those who left tells the same story, day by day
    days = np.arange(len(series))
    for column, flow in (("left", left), ("found", s["found"]), ("handed_over", s["handed_over_flow"]), ("taken_back", s["taken_back"]),
                         ("let_go", s["let_go"]), ("applied", s["applied"]), ("settled", s["settled"])):  # fmt: skip
        when = leavers[column][leavers[column] >= 0]
        assert (np.searchsorted(np.sort(when), days, side="right") == flow).all(), column
    final = np.isin(leavers["status"], (HANDED_OVER, SETTLED))
    assert (final == ((leavers["handed_over"] >= 0) | (leavers["taken_back"] >= 0) | (leavers["settled"] >= 0))).all()
    assert np.isin(leavers["status"], (NEARBY, REMOTE, DETAINED, HANDED_OVER, SETTLED)).all()
    for column in ("found", "handed_over", "taken_back", "applied", "settled"):  # entered on day s, acts from s + 1
        some = leavers[leavers[column] >= 0]
        assert (some[column] > some["left"]).all()
    assert (leavers["left"] > leavers["since"]).all()
    # money, to the cent
    assert (s["gross"] == s["to_state"] + s["to_enterprise"] + s["kept"]).all()
    assert (s["sent_home"] <= s["kept"] + s["side"] + len(series) * w["posts"]).all()
    near = rules.daily_cents(w["native"] * w["outside_nearby"])
    far = rules.daily_cents(w["native"] * w["outside_nearby"] * w["outside_remote"])
    assert (np.diff(s["outside"], prepend=0) == s["nearby"] * near + s["remote"] * far).all()
    # crews
    assert (watch >= w["watch"] - 1e-12).all() and (watch < w["watch_max"]).all()
    assert ((belief > 0) & (belief < 1)).all()


def test_pay_is_a_count_of_days_at_posts():
    """Recounted from the stocks: where all are paid alike, each account is people at posts times cents a day."""
    series, _, _, _, w = live_one(days=731, wage_spread=0, side_share=1, side_contacts=1)
    s = {name: series[:, i] for name, i in COLUMN.items()}
    gross = rules.daily_cents(w["wage"])
    fee, deductions, side = (
        rules.daily_cents(x) for x in (w["wage"] * w["fee"], w["wage"] * w["deductions"], w["side_pay"])
    )
    for account, cents in (
        ("gross", gross),
        ("to_state", fee),
        ("to_enterprise", deductions),
        ("kept", gross - fee - deductions),
        ("side", side),
    ):
        assert (np.diff(s[account], prepend=0) == s["at_post"] * cents).all(), account
    sent = int(np.floor(w["remit_share"] * (gross - fee - deductions + side) + 0.5))
    assert (np.diff(s["sent_home"], prepend=0) == s["at_post"] * sent).all()
    # dues are lost for a post from the leaver's day to its next holder, or its rotation: for empty posts, all of them
    assert (np.diff(s["fees_lost"], prepend=0) == (w["posts"] - s["at_post"]) * fee).all()
    assert gross == 2959  # 900 USD a month: 900·12·100/365 = 2958.9 cents a day


@pytest.mark.parametrize("far", [0.0, 0.3, 0.8])
def test_departures_have_the_anchored_rate(far):
    """Like people, no feedback, nobody replaced: departures by day d are Binomial(posts, 1 - exp(-rate·d/365)), by route."""
    rate, days, n, total, nearby = 0.5, 365, 40, 0, 0
    for number in range(n):
        series, *_ = live_one(
            days=days, number=number, posts=300, leave_rate=rate, far_share=far, **(ONE_KIND | FOREVER | OPEN_LOOP)
        )
        nearby += series[-1, COLUMN["left_nearby"]]
        total += series[-1, COLUMN["left_nearby"]] + series[-1, COLUMN["left_remote"]]
    p = 1 - np.exp(-rate)
    # a post that rotates gets a new person under the same rate; a few empty posts are filled so: allow 0.2 % of posts
    sd = np.sqrt(300 * n * p * (1 - p))
    assert abs(total - 300 * n * p) < 4.5 * sd + 0.002 * 300 * n
    assert abs(nearby - (1 - far) * total) < 4.5 * np.sqrt(total * max(far * (1 - far), 1e-9)) + 1e-6 * total + 1e-9


def test_fate_of_those_away():
    """Found at a constant hazard, detained for a geometric stay, handed over with a fixed chance."""
    found_by, stays, handed, ended = [], [], 0, 0
    for number in range(30):
        gone = live_one(
            days=731, number=number, posts=300, leave_rate=1.0, far_share=0.0, find_nearby=0.05, taken_back=0, apply=0,
            found_again=0, schedule={"hand_over": 0.3}, **(ONE_KIND | OPEN_LOOP),
        ).leavers  # fmt: skip
        early = gone[gone["left"] < 300]
        found_by.append((early["found"] >= 0) & (early["found"] - early["left"] <= 20))
        out = np.where(early["handed_over"] >= 0, early["handed_over"], early["let_go"])
        over = (early["found"] >= 0) & (out >= 0) & (early["found"] < 500)
        stays.append((out - early["found"])[over])
        handed, ended = handed + (early["handed_over"][over] >= 0).sum(), ended + over.sum()
    found_by, stays = np.concatenate(found_by), np.concatenate(stays)
    p = 1 - np.exp(-0.05 * 20)
    assert abs(found_by.mean() - p) < 4.5 * np.sqrt(p * (1 - p) / len(found_by))
    assert abs(stays.mean() - PLAIN["detention_days"]) < 4.5 * stays.std() / np.sqrt(len(stays))
    assert abs(handed / ended - 0.3) < 4.5 * np.sqrt(0.3 * 0.7 / ended)


def test_rotation_and_fill_in():
    """Every post rotates once a contract; a post emptied early is filled in after the lag where 180 days are left."""
    series, _, _, gone, _ = live_one(days=731, contract_days=365, leave_rate=1e-6, posts=300)
    returned = series[:, COLUMN["returned"]]
    assert returned[364] == returned[365] == 300 and series[0, COLUMN["returned"]] == 0  # days 1 … 365, each post once
    assert (series[:, COLUMN["at_post"]] + len(gone) >= 300).all()
    series, _, _, gone, _ = live_one(days=731, contract_days=7300, refill_lag=40, refill_chance=1.0, leave_rate=0.5)
    s = {name: series[:, i] for name, i in COLUMN.items()}
    fills = gone[gone["fill"] > 0]
    first = {(g["post"], g["fill"]): g["left"] for g in gone}
    for g in fills:
        assert g["since"] == first[g["post"], g["fill"] - 1] + 40
    assert s["waiting"].max() > 0
    # everyone created holds a post, waits for one, has served or has left
    left = s["left_nearby"] + s["left_remote"]
    assert (s["created"] == s["at_post"] + s["waiting"] + s["returned"] + left).all()


def test_join_needs_a_departure():
    """With a joint chance of one and nobody watching, whole crews follow; without it they do not."""
    common = dict(
        leave_rate=0.5,
        watch=0.0,
        posts=300,
        tolerance_spread=0,
        weight_family=0,
        **{k: 0 for k in ("crew_alarm", "enterprise_alarm")},
    )
    with_join = sum(len(live_one(number=i, join_chance=1.0, **common).leavers) for i in range(5))
    without = sum(len(live_one(number=i, join_chance=0.0, **common).leavers) for i in range(5))
    assert with_join > 1.05 * without


def test_same_key_same_bytes():
    a, b = live_one(number=5), live_one(number=5)
    assert all((x == y).all() for x, y in zip(a[:4], b[:4], strict=True))
    other = live_one(number=5, repeat=1)
    assert (a.series != other.series).any()


def test_more_posts_move_nobody_without_feedback():
    """One more crew, same people: who was there before lives the same life."""
    few = live_one(posts=100, **OPEN_LOOP).leavers
    many = live_one(posts=130, **OPEN_LOOP).leavers
    both = many[many["post"] < 90]
    mine = few[few["post"] < 90]
    for name in ("post", "left", "route", "found", "handed_over", "let_go", "settled"):
        assert (np.sort(both[name]) == np.sort(mine[name])).all(), name


def test_rules():
    assert abs(-np.expm1(-rules.stay_hazard(10.0)) - 0.1) < 1e-15
    assert abs(rules.fades(30.0) ** 30 - 0.5) < 1e-12
    assert rules.daily_cents(0.0) == 0 and rules.wage_of(900.0, 0.5, -10.0) == 90.0
    assert rules.family_tie(False, 0.9) == 0 and rules.family_tie(True, 1.0) == 1.0
    assert rules.join_hazard_chance(0.25, 2) == 1 - 0.75**2
    assert rules.heightened_after(0.5, 0.0) == 0.5 and 0.5 < rules.heightened_after(0.5, 5.0) < 1
    assert rules.heightened_after(0.5, 1e9) < 1 and rules.watching(0.2, 0.95, 0.0) == 0.2
    assert rules.left_over(900.0, 200.0, 0.7, 0.1, 0.0) == 900 * (1 - 0.7 - 0.1) + 200
    assert rules.left_over(900.0, 0.0, 0.0, 0.0, 1000.0) == 0 and rules.paid_of_quota(50, -3) == 0
    assert rules.perceived_hand_over(3.0, 1.0, 0.0, 1.0, 0.5) == 0.75
