"""What a policy, an event, a city or a world more may change in those that were there: nothing, not a bit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.answers.weigh import likelihood
from obrok.case.case import load
from obrok.case.events import Event, Policy
from obrok.engine.tables import COLUMN
from obrok.evidence.claims import Span
from obrok.worlds.measures import Measure, Moment, Window, claim_measures, take
from obrok.worlds.population import draw_parameters, posts_by_site, schedule
from obrok.worlds.run import Plan, engine_run, prepare, run_chunk
from obrok.worlds.trace import World
from tests.conftest import ROOT

NUMBERS = np.arange(8)


def same_days(a, b, policy: str, there: str | None = None) -> bool:
    pairs = zip(a.days[policy], b.days[there or policy], strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


@pytest.fixture(scope="module")
def alone(chita):
    return run_chunk(Plan(chita, 5, chita.policies), NUMBERS, keep_series=True)


def with_event(chita, changes: dict[str, str], what_if: bool, named: bool):
    """The case with an event more, and a policy more that names it."""
    event = Event("more", 400, (), None, None, changes, None, what_if)
    policy = Policy("with-more", with_=frozenset({"more"} if named else ()), keep=frozenset({"news"}))
    return replace(chita, events=(*chita.events, event), policies=(*chita.policies, policy))


# what-if: help, hand-over and effort rise far above what the case's own policy needs, so that further bands are drawn
CHANGES = {"effort": "side_contacts", "help": "crew_size", "watch": "found_again"}


def test_a_policy_more_moves_nobody_elsewhere(chita, alone):
    case = with_event(chita, CHANGES, what_if=True, named=True)
    more = run_chunk(Plan(case, 5, case.policies, {}), NUMBERS, keep_series=True)
    for policy in chita.policies:
        assert same_days(alone, more, policy.id)
        for name, values in alone.answers[policy.id].items():
            assert np.array_equal(values, more.answers[policy.id][name], equal_nan=True)
    reported, asked = (more.days[p].series for p in ("as-reported", "with-more"))
    assert (asked != reported).any() and (asked[:, :, :365] == reported[:, :, :365]).all()
    _, people, host, _ = prepare(Plan(case, 5, case.policies), NUMBERS)
    _, peak = host.under(case.policies[-1])
    assert (peak["effort_hi"] > host.limit["effort_hi"]).any() and (peak["help_hi"] > host.limit["help_hi"]).any()
    assert people.possible.any()


def test_an_event_that_is_not_used_changes_no_bit(chita, alone):
    """A what-if that no policy names; an event that changes nothing; one that moves a thing to where it is."""
    for changes, what_if in ((CHANGES, True), ({}, False), ({"wage": "wage", "watch": "watch"}, False)):
        case = with_event(chita, changes, what_if, named=False)
        more = run_chunk(Plan(case, 5, case.policies), NUMBERS, keep_series=True)
        for policy in chita.policies:
            assert same_days(alone, more, policy.id), changes


def test_a_world_more_changes_no_bit(chita, alone):
    more = run_chunk(Plan(chita, 5, chita.policies[:2]), np.array([100, 3, 7, 2]), keep_series=True)
    for policy in chita.policies[:2]:
        for a, b in zip(alone.days[policy.id], more.days[policy.id], strict=True):
            assert np.array_equal(a[[3, 7, 2]], b[1:])


def test_a_schedule_blends_events_in_order(chita):
    """Two events on one thing: the second goes on from what holds under the first; by ratios for wage, else by differences."""
    draws = draw_parameters(chita, 5, NUMBERS)
    first = Event("first", 10, (), None, None, {"wage": "native", "fee": "held"})
    second = Event("second", 20, (), None, "ramp", {"wage": "side_pay", "fee": "deductions"})
    case = replace(chita, events=(second, first))
    rows = schedule(case, draws, chita.factual)[:, 0]
    assert (rows["wage"][:, 9] == draws["wage"]).all() and (rows["fee"][:, 9] == draws["fee"]).all()
    assert np.allclose(rows["wage"][:, 15], draws["native"]) and np.allclose(rows["fee"][:, 15], draws["held"])
    g = 1 - 2 ** (-(50 - 20 + 1) / draws["ramp"])
    assert np.allclose(rows["wage"][:, 50], draws["native"] * (draws["side_pay"] / draws["native"]) ** g)
    assert np.allclose(rows["fee"][:, 50], draws["held"] + g * (draws["deductions"] - draws["held"]))
    undone = schedule(case, draws, Policy("undo", without=frozenset({"first", "second"})))
    plain = schedule(replace(chita, events=()), draws, chita.factual)
    assert (undone == plain).all()
    kept = schedule(case, draws, Policy("keep", keep=frozenset({"wage"})))[:, 0]
    assert (kept["wage"] == draws["wage"][:, None]).all() and (kept["fee"] == rows["fee"]).all()


# -- several cities
@pytest.fixture(scope="module")
def wide():
    return load(ROOT / "tests" / "cases" / "wide")


#: weights 2, 1, 1, 2: of 240 posts, 120 in the harbour and 120 at the sawmill
LAID_OUT = {
    "posts": 240.0, "red-harbour.weight": 2.0, "blue-harbour.weight": 1.0, "red-sawmill.weight": 1.0, "pine-sawmill.weight": 2.0,
}  # fmt: skip


def test_every_rule_of_a_wide_case_is_told_alike_by_the_plain_form(wide):
    """Two cities, three enterprises, a quota, dispatch, shift, news by place, what-ifs beyond what was reported."""
    world = World(Plan(wide, 2, wide.policies, {"posts": 90.0, "leave_rate": 0.4}), 1)
    for policy in wide.policies:
        world.under(policy)  # raises where the fast engine tells another story
    assert world.parting(wide.factual, wide.policies[-1]) is not None


def test_another_city_changes_no_bit(wide):
    """The harbour alone, with its 120 posts, and beside a sawmill of as many: the same days, to the bit."""
    both = run_chunk(Plan(wide, 4, wide.policies, LAID_OUT), NUMBERS, keep_series=True)
    events = tuple(e for e in wide.events if e.cities != (1,))
    alone = replace(wide, cities=wide.cities[:1], events=events)
    assert [c.place for c in alone.cities] == ["harbour"]
    one = run_chunk(Plan(alone, 4, alone.policies, LAID_OUT | {"posts": 120.0}), NUMBERS, keep_series=True)
    assert both.possible.any() and (both.possible == one.possible).all()
    for policy in wide.policies:
        for a, b in zip(both.days[policy.id], one.days[policy.id], strict=True):
            assert np.array_equal(a[:, :1], b), policy.id


def test_a_city_to_which_nobody_is_sent(wide):
    """A site may weigh nothing in a world: its city stays empty, and the rest goes on."""
    empty = {"red-sawmill.weight": 0.0, "pine-sawmill.weight": 0.0}
    chunk = run_chunk(Plan(wide, 4, wide.policies[:1], LAID_OUT | empty), NUMBERS, keep_series=True)
    days = chunk.days["as-reported"]
    assert chunk.possible.any() and not days.series[:, 1].any() and days.series[chunk.possible, 0].any()
    assert np.isfinite(chunk.answers["as-reported"]["watch_change"][chunk.possible]).all()


def test_an_event_acts_in_its_places_only(wide):
    draws = draw_parameters(wide, 4, NUMBERS)
    rows = schedule(wide, draws, wide.factual)
    before = schedule(replace(wide, events=()), draws, wide.factual)
    differs = {name: [(rows[name][:, c] != before[name][:, c]).any() for c in (0, 1)] for name in rows.dtype.names}
    assert differs["effort"] == [True, False]  # the campaign is on the coast
    assert differs["news_handed"] == [True, True] and differs["news"] == [False, True]
    assert differs["wage"] == differs["dispatch"] == differs["quota"] == [True, True]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 5000), st.lists(st.floats(0, 100), min_size=4, max_size=4))
def test_posts_of_sites_add_up(wide, posts, weights):
    draws = {name: np.array([w]) for name, w in zip((s.weight for s in wide.sites), weights, strict=True)}
    by_site, somewhere = posts_by_site(wide, draws | {"posts": np.array([float(posts)])})
    assert sum(x[0] for x in by_site.values()) == posts and all(x[0] >= 0 for x in by_site.values())
    assert somewhere[0] == (sum(weights) > 0)
    if somewhere[0]:
        for site, weight in zip(wide.sites, weights, strict=True):
            assert abs(by_site[site.id][0] - posts * weight / sum(weights)) <= 1


def test_places_of_claims_count_their_people_only(wide):
    """What a claim says of one city is counted there: the sum over cities is the count of all."""
    plan = Plan(wide, 4, wide.policies[:1], {"leave_rate": 1.0})
    _, people, host, _ = prepare(plan, NUMBERS)
    measure = Measure("left", Window(Moment(0), Moment(wide.days - 1)))
    outcome = engine_run(plan, people, host, [wide.factual], [measure], 0)[0]
    every = take(measure, outcome, people.draws)
    parts = [take(replace(measure, cities=(c,)), outcome, people.draws) for c in (0, 1)]
    assert every.sum() > 50 and np.array_equal(parts[0] + parts[1], every) and min(p.sum() for p in parts) > 0
    claim = next(c for c in wide.outcome_claims())
    assert {m.cities for m in claim_measures(wide, claim).values()} == {(0,)}


def test_a_place_where_chances_to_leave_come_more_often(wide):
    """A factor of 1 changes no bit, and the other town keeps its days whatever it is; without feedback more leave by about
    the factor (4 standard errors, from ten worlds' counts)."""
    runs = {}
    for factor in (1.0, 3.0):
        fix = LAID_OUT | {"harbour.leaving": factor, "leave_rate": 0.1, "filled": 1.0}
        runs[factor] = run_chunk(Plan(wide, 4, wide.policies[:1], fix), np.arange(10), keep_series=True)
    bare = replace(wide, places={k: replace(p, leaving=None) for k, p in wide.places.items()})
    plain = run_chunk(Plan(bare, 4, wide.policies[:1], fix), np.arange(10), keep_series=True)
    a, b, c = (r.days["as-reported"].series for r in (runs[1.0], plain, runs[3.0]))
    assert np.array_equal(a, b) and np.array_equal(a[:, 1], c[:, 1])
    flows = [COLUMN["left_nearby"], COLUMN["left_remote"]]
    once, often = (x[:, 0, -1, flows].sum() for x in (a, c))
    assert once > 50 and often > 1.8 * once  # watching and empty posts take some of it back


def test_arrivals_and_returns_explain_who_is_there(wide):
    """Day by day and in any window: who is at a post came, or was there at the start, and has not left or gone home."""
    plan = Plan(wide, 4, wide.policies[:1], {"posts": 300.0})
    _, people, host, _ = prepare(plan, NUMBERS)
    for first, last in ((0, 0), (0, 400), (365, 729)):
        w = Window(Moment(first), Moment(last))
        asked = {q: Measure(q, w) for q in ("arrived", "returned", "left", "at_post_end")}
        outcome = engine_run(plan, people, host, [wide.factual], [*asked.values()], 0, np.arange(wide.days))[0]
        n = {q: take(m, outcome, people.draws) for q, m in asked.items()}
        there = take(Measure("at_post_end", Window(Moment(0), Moment(max(first - 1, 0)))), outcome, people.draws)
        if first == 0:
            there = there + take(Measure("left", Window(Moment(0), Moment(0))), outcome, people.draws)
        assert np.array_equal(n["at_post_end"], there + n["arrived"] - n["returned"] - n["left"]), (first, last)
        assert last == 0 or (n["arrived"].sum() > 0 and n["returned"].sum() > 0)


def test_the_share_of_departures_of_a_place(wide):
    plan = Plan(wide, 4, wide.policies[:1], {"leave_rate": 1.0})
    _, people, host, _ = prepare(plan, NUMBERS)
    w = Window(Moment(0), Moment(wide.days - 1))
    outcome = engine_run(plan, people, host, [wide.factual], [], 0)[0]
    share = [take(Measure("share_of_departures", w, cities=c), outcome, people.draws) for c in ((0,), (1,), None)]
    assert np.allclose((share[0] + share[1])[people.possible], 1.0) and (share[2][people.possible] == 1.0).all()
    left = [take(Measure("left", w, cities=c), outcome, people.draws) for c in ((0,), None)]
    assert np.allclose(share[0], left[0] / left[1], equal_nan=True)


def test_a_trend_in_a_part_of_a_case_is_held_against_the_people_there(wide):
    """As many leavers are many of the sawmill's people, few of the whole country's; all over, posts are those of the world."""
    claim = replace(
        wide.evidence.claims["caught-by-the-water"], id="more", quantity="trend", hedge="a growing number",
        about=Span(date(2019, 7, 1), date(2019, 8, 29), None, "sawmill"), compared_with=Span(None, None, 180),
    )  # fmt: skip
    _, people, host, _ = prepare(Plan(wide, 4, wide.policies[:1], {"leave_rate": 1.0}), NUMBERS)
    outcome = engine_run(Plan(wide, 4, wide.policies[:1]), people, host, [wide.factual], [], 0)[0]
    columns = {name: take(m, outcome, people.draws) for name, m in claim_measures(wide, claim).items()}
    assert np.array_equal(columns["claim more posts"], people.city_first[1][:, -1])
    whole = replace(claim, about=replace(claim.about, place="borealia"))
    assert "claim more posts" not in claim_measures(wide, whole)
    columns = {
        f"claim more {k}": np.array([v]) for k, v in dict(recent=9.0, earlier=8.0, year=90.0, posts=100.0).items()
    }
    here = likelihood(claim, columns, np.array([4_000.0]), wide.words)
    everywhere = likelihood(
        claim, {k: v for k, v in columns.items() if "posts" not in k}, np.array([4_000.0]), wide.words
    )
    assert here < 0.1 * everywhere


def test_dispatch_as_a_share_and_a_recall(wide):
    draws = draw_parameters(wide, 4, NUMBERS)
    rows = schedule(wide, draws, wide.factual)
    autumn, day = (wide.day(date(2019, m, 1)) for m in (10, 8))
    assert (rows["dispatch"][:, :, autumn:] == draws["autumn-start.dispatch"][:, None, None]).all()
    assert (rows["dispatch"][:, :, autumn - 1] == 0).all()
    assert (rows["recall"][:, 1, day] == draws["called-home.recall"]).all() and rows["recall"].sum() == rows["recall"][
        :, 1, day
    ].sum()
    without = schedule(wide, draws, next(p for p in wide.policies if p.id == "without-recall"))
    assert np.allclose(without["recall"][:, 1, day], draws["called-home.recall"] * (1 - draws["called-home.share"]))


def test_events_that_a_policy_numbers_are_told_as_one(chita):
    """A what-if with several dates is saved as NAME, NAME-2 …: its readers are told of NAME."""
    from dataclasses import replace

    from obrok.answers.words import describe, explain
    from obrok.case.events import Event

    days = {"sent-home": 365, "sent-home-2": 400, "other-2": 410}
    events = tuple(
        Event(name, at, (), None, None, {"recall": f"{name}.recall"}, None, True) for name, at in days.items()
    )
    case = replace(chita, events=(*chita.events, *events))
    policy = Policy("sent-home", with_=frozenset(days))
    assert describe(case, policy) == "with the other 2 and the sent home (what if)"
    told = explain(case, policy)
    assert "the sent home of 9 May 2015 and 13 June 2015 and the other 2 of 23 June 2015" in told
