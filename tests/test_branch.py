"""Branching off a trunk gives, to the bit, what living every day from the first would have given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.case.case import load
from obrok.case.parameters import OUTCOMES
from obrok.outward.serve.drafts import Change, Draft, with_draft
from obrok.worlds.branch import Part, TooFar, Trunk, given_draws, parting
from obrok.worlds.population import schedule
from obrok.worlds.run import Plan, prepare, run_chunk
from tests.conftest import ROOT

#: value a change may have, by what is changed
VALUES = {
    "hand_over": (0.0, 1.0), "effort": (0.1, 2.0), "help": (0.5, 8.0), "news": (0.0, 8.0), "dispatch": (0.0, 1.0),
    "recall": (0.0, 0.8), "fee": (0.1, 0.95), "deductions": (0.0, 0.5), "sessions_per_week": (0.0, 7.0),
    "watch": (0.0, 0.8), "wage": (100.0, 1800.0),
}  # fmt: skip
FAR = {**VALUES, "effort": (0.1, 20.0), "help": (0.5, 50.0)}
NUMBERS, UNTIL = np.arange(12), 365


@pytest.fixture(scope="module", params=["chita-2015", "wide"])
def grown(request):
    """A case with one city and with several; its plan; a trunk up to the window; the days looked at."""
    case = load(request.param if request.param == "chita-2015" else ROOT / "tests" / "cases" / request.param)
    plan = Plan(case, 3, (case.factual,))
    until = case.window[0]
    at = np.unique(np.linspace(0, case.days - 1, 40).astype(int))
    trunk = Trunk(plan, NUMBERS, until, at, FAR)
    with ThreadPoolExecutor(2) as pool:
        trunk.grow(99, pool)
    assert not trunk.left
    return case, plan, trunk


def lived_whole(plan: Plan, case, policy, at):
    return run_chunk(replace(plan, case=case, policies=(case.factual, policy)), NUMBERS, keep_series=True, at=at)


def agrees(lived, chunk, policy, since: int = 0) -> None:
    """`since`: the day from which on only the rest was lived."""
    assert lived.answers.keys() == (OUTCOMES.keys() if since else chunk.answers[policy.id].keys())
    for name, values in lived.answers.items():
        assert np.array_equal(values, chunk.answers[policy.id][name], equal_nan=True), name
    assert (lived.series == chunk.days[policy.id].series.sum(axis=1)).all()


def test_policies_of_the_case(grown):
    case, plan, trunk = grown
    with ThreadPoolExecutor(2) as pool:
        for policy in case.policies:
            if parting(case, policy) >= trunk.until:
                _, lived = trunk.branch(case, policy, slice(None), pool)
                agrees(lived, lived_whole(plan, case, policy, trunk.at), policy, trunk.until)


CHANGES = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda what: st.tuples(
            st.just(what), st.floats(*VALUES[what]), st.integers(0, 250), st.sampled_from([0.0, 10.0, 60.0])
        )
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda c: (c[0], c[2]),
)


@settings(max_examples=12, deadline=None)
@given(CHANGES)
def test_any_what_if(grown, changes):
    case, plan, trunk = grown
    start = case.date(trunk.until)
    draft = Draft(
        changes=tuple(Change(w, v, start + timedelta(d), r) for w, v, d, r in changes if trunk.until + d < case.days)
    )
    drafted, policy = with_draft(case, draft)
    with ThreadPoolExecutor(2) as pool:
        _, lived = trunk.branch(drafted, policy, slice(None), pool)
    agrees(lived, lived_whole(plan, drafted, policy, trunk.at), policy, trunk.until)
    whole = Part.of(plan, NUMBERS, 0, FAR, trunk.at).branch(plan, drafted, policy)  # with questions, about any day
    agrees(whole, lived_whole(plan, drafted, policy, trunk.at), policy)


@pytest.mark.parametrize("day", [0, 1, 200])
def test_what_ifs_of_early_days(grown, day):
    """Those who hold a post before the first day are paid by that day's pay."""
    case, plan, trunk = grown
    when = case.date(day)
    changes = [
        Change("fee", 0.95, when),
        Change("wage", 300.0, when),
        Change("effort", 0.2, when),
        Change("watch", 0.1, when),
    ]
    for some in (*([c] for c in changes), changes):
        drafted, policy = with_draft(case, Draft(changes=tuple(some)))
        lived = Part.of(plan, NUMBERS, day, FAR, trunk.at).branch(plan, drafted, policy)
        agrees(lived, lived_whole(plan, drafted, policy, trunk.at), policy, day)


def test_what_a_policy_does_not_touch_is_as_reported(grown):
    """The schedule made from the case's own is the one made from the beginning, to the bit."""
    case, plan, _ = grown
    prepared = prepare(plan, NUMBERS)
    draft = Draft(
        changes=(
            Change("hand_over", 0.1, case.date(case.window[0]), 7.0),
            Change("wage", 700.0, case.date(case.window[0] + 9)),
        )
    )
    drafted, policy = with_draft(case, draft)
    draws = given_draws(drafted, prepared.draws)
    for p in (*case.policies, policy):
        here = drafted if p is policy else case
        assert (schedule(here, draws, p) == schedule(here, draws, p, prepared.host.factual)).all()


def test_a_change_that_changes_nothing_moves_nobody(grown):
    """Effort is told as a multiple of what it was: a policy that sets what holds anyway has the same lives, bit for bit."""
    case, _, trunk = grown
    drafted, policy = with_draft(case, Draft(changes=(Change("dispatch", 1.0, case.date(trunk.until)),)))
    part, own = trunk.parts[0]
    if any("dispatch" in e.changes for e in case.events):
        pytest.skip("sending is changed by the case itself")
    lived = part.branch(trunk.plan, drafted, policy)
    assert (lived.series == own.series).all() and (lived.belief == own.belief).all()


def test_further_than_was_allowed_for_is_refused(chita):
    plan = Plan(chita, 1, (chita.factual,))
    part = Part.of(plan, np.arange(3), chita.window[0], {}, np.arange(3))
    drafted, policy = with_draft(chita, Draft(changes=(Change("watch", 0.0, chita.date(chita.window[0])),)))
    with pytest.raises(TooFar):
        part.branch(plan, drafted, policy)


def test_where_policies_part(chita):
    by = {p.id: p for p in chita.policies}
    assert parting(chita, chita.factual) == chita.days
    assert parting(chita, by["without-visit"]) == 365
    drafted, policy = with_draft(chita, Draft(changes=(Change("wage", 900.0, chita.date(40)),)))
    assert parting(drafted, policy) == 40
