"""One world looked into: the plain form tells the fast engine's story, in sentences, and finds where policies part."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from obrok.outward import cli, lives
from obrok.worlds.run import Plan, run_chunk
from obrok.worlds.trace import World


@pytest.fixture(scope="module")
def plan(chita):
    return Plan(chita, 1, chita.policies, {"posts": 60.0, "leave_rate": 0.3})


@pytest.fixture(scope="module")
def world(plan):
    return lives.look_into(plan, 0)


def test_the_log_is_the_run(plan, world):
    """Every person who left in the run's record is in the log, on the same day, under every policy."""
    chunk = run_chunk(plan, np.array([0]), keep_series=True)
    for policy in plan.policies:
        (city,) = world.under(policy).values()
        series = chunk.days[policy.id].series[0, 0]
        assert (city.series == series).all()
        happened = [h for h in city.log if h.rule in ("leaving", "together")]
        assert len(happened) == series[-1][8] + series[-1][9] > 0  # left_nearby, left_remote


def test_parting_is_the_first_difference(plan, world):
    """By the logs themselves: nothing differs before it, and the day is the first on which the records differ."""
    reported = plan.case.factual
    partings = 0
    for other in plan.policies[1:]:
        p = world.parting(reported, other)
        a, b = (world.under(x)["chita"] for x in (reported, other))
        differs = np.flatnonzero((a.series != b.series).any(axis=1))
        if p is None:
            assert not len(differs) and [(h.day, h.who, h.what) for h in a.log] == [
                (h.day, h.who, h.what) for h in b.log
            ]
            continue
        partings += 1
        assert (p.here is None) != (p.there is None) and p.day >= plan.case.events[0].day
        for city, event in ((a, p.here), (b, p.there)):
            assert event is None or event in city.log
        before = [[h for h in x.log if h.day < p.day] for x in (a, b)]
        assert [(h.day, h.who, h.what) for h in before[0]] == [(h.day, h.who, h.what) for h in before[1]]
        assert differs[0] == p.day
    assert partings


def test_a_life_in_sentences(plan, world):
    who = lives.someone(world, plan.policies)
    found = lives.find_life(world, plan.policies, who)
    text = lives.as_text(world, plan.policies, who, found)
    assert "Nobody in it is real" in text and "As reported:" in text and "Where policies part first:" in text
    for life in found.values():
        for h in life.happenings:
            assert lives.WORDS[h.what] in text and f"rule {h.rule}" in text
    claims, assumed = lives.behind(plan.case, "hand-over")
    assert {"handed-over-before", "not-handed-over", "visit-role"} <= set(claims) and assumed == ["detention_days"]
    for rule in lives.BEHIND:  # every rule names what it rests on, and only what is in the case
        claims, assumed = lives.behind(plan.case, rule)
        assert (claims or assumed or rule in ("sector", "recall")) and set(claims) <= set(plan.case.evidence.claims)
    data = lives.as_json(world, plan.policies, who, found)
    assert json.loads(json.dumps(data))["lives"]["as-reported"][0]["rule"] in lives.BEHIND
    assert {(p["policy"], p["versus"]) for p in data["partings"]} == set(plan.case.compare)


def test_the_plain_form_is_held_against_the_fast_engine(plan, world, monkeypatch):
    """A trace that tells another story than the run is refused, not told."""
    other = World(plan, 1)
    other._kept["as-reported"].series[0, 0, 100, 0] += 1
    with pytest.raises(AssertionError):
        other.under(plan.case.factual)


def test_command(monkeypatch, capsys):
    monkeypatch.setattr("obrok.answers.pilot.ROUNDS", (100, 100))
    monkeypatch.setattr("obrok.answers.pilot.FURTHER", 0)  # so few people hardly fit what was reported

    def call(*args) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["obrok", "trace", *args])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return stop.value.code or 0, capsys.readouterr().out

    few = ("--fix", "posts=30", "--policy", "without-visit")
    code, text = call(*few, "--person", "3")
    assert code == 0 and "Person 3.0.0" in text
    code, text = call(*few, "--json")
    assert code == 0 and json.loads(text)["world"] == 0
    for args, words in (
        (("--person", "30"), "there is no post 30 in chita: world 0 has 30"),
        (("--person", "3.0.9"), "nobody 3.0.9 is ever sent"),
        (("--person", "x.y"), "`x.y` is no person"),
        (("--person", "moon:3"), "`moon:3` names no city"),
        (("--fix", "leave_rate=90", "--no-weigh"), "is impossible"),
        (("--fix", "posts=6000", "--no-weigh"), "use --fix posts=5000"),  # no pilot of people by the thousand
    ):
        given = args if args[0] == "--fix" else (*few, *args)
        code, text = call(*given)
        assert code == 1 and words in text, args
    assert call(*few, "--world", "-1")[0] == 2
