"""What a policy, an event, a city or a world more may change in those that were there: nothing, not a bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from obrok.case.events import Event, Policy
from obrok.worlds.population import draw_parameters, schedule
from obrok.worlds.run import Plan, prepare, run_chunk

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
    _, people, host = prepare(Plan(case, 5, case.policies), NUMBERS)
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
