"""One world looked into: the plain form tells the fast engine's story, in sentences, and finds where policies part."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest

from obrok.engine.tables import COLUMN, STATUSES
from obrok.outward import cli, life_words, lives
from obrok.worlds import person_days
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
        assert (p.here and p.here.what) != (p.there and p.there.what) and p.day >= plan.case.events[0].day
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


def test_everybodys_days_add_up_to_the_record(plan, world):
    """Where everybody is, day by day, gives the record's people by status, bit for bit."""
    for policy in plan.policies:
        ways = np.stack([person_days.statuses(world, policy, who)[1:] for who in world.everyone(policy)])
        series = world.under(policy)["chita"].series
        for status, name in enumerate(STATUSES):
            counted = (ways == status).sum(axis=0)
            assert (counted == series[:, COLUMN[name]]).all(), name


def happened(world, policy):
    """Everything that happened under a policy: who, what, and that person's day."""
    for who, log in world.everyone(policy).items():
        for h in log:
            yield who, h, next(person_days.todays(world, policy, who, range(h.day, h.day + 1)))


def test_a_persons_day_is_what_the_rule_went_by(plan, world):
    """The chances told of a day are those by which the plain form decided, and what happened is what the luck says."""
    seen = set()
    for who, h, today in ((w, h, t) for p in plan.policies for w, h, t in happened(world, p)):
        n, c = h.numbers, today.chances
        policy = next(p for p in plan.policies if h in world.everyone(p).get(who, ()))
        city = world.under(policy)[who[0]]
        luck = person_days.lucks(city, city.everyone[who[1]], today.before, h.day)
        true: dict[str, bool] = {}
        if h.rule in ("leaving", "together"):
            assert (today.watch, today.belief) == (n["watch"], n["belief"]) and c["nearby"] == n["nearby"]
            assert (c["leaving"] if h.rule == "leaving" else c["takes"]) == (
                -math.expm1(-n["hazard"]) if h.rule == "leaving" else n["hazard"]
            )
            true = {"leaving": True} if h.rule == "leaving" else {"offered": True, "takes": True}
            true["nearby"] = h.what == "left_nearby"
        elif h.rule in ("found", "taken back"):
            assert c[h.rule] == -math.expm1(-n["hazard"])
            true = {h.rule: True}
        elif h.rule == "hand-over":
            assert c["handed over"] == n["chance"]
            true = {"released": True, "handed over": h.what == "handed_over"}
        elif h.rule == "asylum":
            true = {"applies": True, "granted": h.what == "settled"}
        elif h.what == "waiting":
            true = {"filled": True, "sent": True}
        assert all((luck[name] < c[name]) == came for name, came in true.items()), (h, luck, c)
        seen |= set(true)
    assert {"leaving", "nearby", "found", "released", "handed over", "filled", "sent"} <= seen


def test_on_all_other_days_the_luck_says_no(plan, world):
    """Of somebody who was away and came back into it: nothing happens on a day whose luck lies above the chances."""
    policy = plan.case.factual
    city = world.under(policy)["chita"]
    who, log = max(world.everyone(policy).items(), key=lambda item: len(item[1]))
    person, days, quiet = city.everyone[who[1]], {h.day for h in log}, 0
    for today in person_days.todays(world, policy, who, range(0, plan.case.days, 3)):
        luck = person_days.lucks(city, person, today.before, today.day)
        mine = [n for n in ("leaving", "found", "taken back", "applies", "released") if n in today.chances]
        comes = any(luck.get(n, 1.0) < today.chances[n] for n in mine)
        if today.day not in days:
            quiet += bool(mine)
            assert not comes, today
    assert quiet > 100


def test_the_luck_that_parts_two_lives_lies_between_their_chances(plan, world):
    reported, between = plan.case.factual, 0
    for other in plan.policies[1:]:
        for p in world.partings(reported, other):
            by = person_days.decided(world, reported, other, p)
            if by is None:  # an emptied post: it is another's doing
                assert p.rule in ("fill-in", "rotation"), p
                continue
            between += 1
            assert min(by.here, by.there) <= by.luck < max(by.here, by.there)
            for policy, chance in ((reported, by.here), (other, by.there)):
                (today,) = person_days.todays(world, policy, (p.city, p.who), range(p.day, p.day + 1))
                if p.who in world.under(policy)[p.city].everyone and by.what in today.chances:
                    assert today.chances[by.what] == chance
            text = " ".join(life_words.parting_sentences(plan.case, p, reported, other, by))
            assert all(x in text for x in life_words.chance_text([by.here, by.there, by.luck]))
    assert between > 5


def test_what_moved_a_chance_adds_up(plan, world):
    """The parts of a move together make the chance of the day before into today's; each cause is told by a fact of its kind."""
    policy, told, moves = plan.case.factual, set(), 0
    for who in list(world.everyone(policy))[:40]:
        for today in person_days.todays(world, policy, who, range(300, 420)):
            if today.moved is None:
                continue
            hazard, before = (-math.log1p(-x) for x in (today.chances["leaving"], today.moved.before))
            assert hazard / before == pytest.approx(math.exp(sum(today.moved.parts.values())), rel=1e-9)
            moves += hazard != before
            told |= set(today.moved.facts)
            text = " ".join(life_words.today_sentences(plan.case, today, ()))
            assert "The chance to leave this day" in text and "None" not in text and ": ." not in text
    assert moves > 100 and {"news", "workmate left"} <= told


def test_chances_in_words():
    assert life_words.chance_text([0.61, 0.22, 0.41]) == ["61 %", "22 %", "41 %"]
    assert life_words.chance_text([0.00122, 0.00116, 0.00117]) == ["0.122 %", "0.116 %", "0.117 %"]
    assert life_words.chance_text([0.0, 1.0, 0.25]) == ["0 %", "100 %", "25 %"]
    assert life_words.seldom(0.0004) == "0.04 %, once in about 2,500 such days" and life_words.seldom(0.6) == "60 %"


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
