"""The dashboard's answers: the figures of the report, each with a trail that ends at claims and assumptions of the case."""

from __future__ import annotations

import getpass
import json
import shutil
from dataclasses import replace

import pytest

from obrok.answers.words import FEW
from obrok.case.case import load
from obrok.case.checks import AnchorState
from obrok.case.questions import lines
from obrok.outward import report
from obrok.outward.serve import answers, trails
from obrok.outward.serve.desk import Ready


@pytest.fixture(scope="module")
def ready(small_run):
    return Ready(small_run.case, small_run)


@pytest.fixture(scope="module")
def shown(ready):
    return answers.view(ready)


def changed(ready, case=None, identity=None, **summary):
    """The same result with something else in its case, record or summary."""
    record = ready.result.record
    made = {**record, "identity": {**record["identity"], **(identity or {})}}
    result = replace(ready.result, case=case or ready.case, record=made, summary={**ready.result.summary, **summary})
    return Ready(case or ready.case, result)


def test_it_is_plain_json(shown):
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown


def test_the_figures_are_those_of_the_report(ready, shown):
    html = (ready.folder / "report.html").read_text("utf-8")
    by_key = {trails.key(a): a for a in shown["answers"]}
    factual, pair = ready.case.factual.id, shown["changed"]
    keys = [f"{name}/{factual}" for group in shown["groups"] for name in group["ids"]]
    keys += [f"{name}/{pair['policy']}/{pair['versus']}" for name in pair["ids"]]
    assert len(keys) == 12
    for a in (by_key[k] for k in keys):
        assert f">{report._together(a['figure'])}<span>middle {report._together(a['middle'])}</span>" in html
        assert f"“{report._together(a['text'])}” {report.escape(shown['cite'])}" in html
    assert pair["title"] in html and "if it mattered" in pair["title"]


def test_every_trail_ends_in_the_case(ready, shown):
    """What an answer names is there to be read: claims with paraphrase and source, assumptions with their reason."""
    case = ready.case
    assert set(shown["claims"]) == set(case.evidence.claims) and set(shown["assumptions"]) == set(case.priors)
    assert {trails.key(a) for a in ready.result.explained["answers"]} <= set(shown["trails"])
    for a in shown["answers"]:
        for c in a["claims"]:
            assert shown["claims"][c]["text"] == case.evidence.claims[c].paraphrase
            assert shown["claims"][c]["source"] in case.evidence.sources
        for name in a["assumptions"]:
            assert shown["assumptions"][name]["why"] == case.priors[name].why
            assert not shown["assumptions"][name]["claims"]
    for key, trail in shown["trails"].items():
        assert set(trail["without"]) <= set(case.evidence.claims), key


def test_a_claim_says_how_it_reaches_an_answer(ready, shown):
    """An input through the parameters whose priors cite it; a confirmation through the claim that it bears out."""
    case = ready.case
    for id, c in shown["claims"].items():
        sets = {name for name, p in case.priors.items() if any(x.claim.id == id for x in p.cited)}
        assert {s["name"] for s in c["sets"]} == sets
        assert bool(sets) == (c["role"] == "input")
        assert c["trust"] is None or c["role"] == "outcome"
        for other in c["confirms"]:
            assert id in shown["claims"][other]["confirmed"]
    assert any(c["role"] == "confirmation" and c["confirms"] for c in shown["claims"].values())


def test_a_document_that_is_not_here_is_not_linked(ready, shown):
    absent = AnchorState(0, 29, 0, tuple(ready.case.evidence.documents))
    here = AnchorState(29, 0, 0)
    for anchors, readable in ((absent, False), (here, True)):
        told = answers.view(changed(ready, replace(ready.case, anchors=anchors)))
        assert {c["readable"] for c in told["claims"].values()} == {readable}


def test_warnings(ready, tmp_path):
    few, *_ = answers.view(ready)["warnings"]
    assert few["head"] == "Few versions carry these answers."
    assert few["command"].startswith("obrok run chita-2015 --worlds ")
    assert int(few["command"].split()[-1]) >= 2 * 480
    anchors = {"checked": 0, "not_checked": 29, "wrong": 0, "no_text": 0}
    told = answers.view(changed(ready, weighed=False, effective_sample_size=900.0, pareto_k=0.1, anchors=anchors))
    assert [w["head"] for w in told["warnings"]] == ["Not weighed.", "Not checked against the text."]
    assert "has not been used to choose" in told["warnings"][0]["text"] and not told["about"]["weighed"]
    shutil.copytree(ready.folder, tmp_path / "clash")
    account = json.loads((tmp_path / "clash" / "explain.json").read_text("utf-8"))
    account["clash"] = {"claims": ["may-found", "safe"], "share": [0, 0], "versions": 480, "text": "No version agrees."}
    (tmp_path / "clash" / "explain.json").write_text(json.dumps(account), "utf-8")
    clashing = answers.view(Ready(ready.case, replace(ready.result, folder=tmp_path / "clash")))["warnings"]
    assert {"head": "Nothing fits.", "text": "No version agrees.", "claims": ["may-found", "safe"]} in clashing


def test_a_live_case_tells_no_small_count(ready):
    """What is None in answers.json is told in a word, and not computed anew."""
    masked = [
        a | {"p05": None, "p50": None, "prior": dict.fromkeys(("p05", "p50", "p95"))}
        if a["unit"] == "people" and a["versus"] is None else a
        for a in ready.result.answers
    ]  # fmt: skip
    told = answers.view(changed(ready, replace(ready.case, live=True), answers=masked))
    left = next(a for a in told["answers"] if (a["id"], a["versus"]) == ("left", None))
    assert left["figure"].startswith(f"{FEW} – ") and left["middle"] == FEW and left["before"] == FEW
    few = answers._about(changed(ready, replace(ready.case, live=True)), True, 3.0)["people"]
    assert few == FEW and answers._about(ready, True, 3.0)["people"] == "3"


def test_shares_beyond_all_are_noise():
    effects = [{"id": "pay", "share": 0.7}, {"id": "watching", "share": 0.2}, {"id": "who is sent", "share": 0.001}]
    assert [s["told"] for s in trails._shares(effects, str.title)] == ["70 %", "20 %"]
    assert trails._shares([{"id": "pay", "share": 0.9}, {"id": "watching", "share": 0.4}], str.title) == []


def test_what_is_left_without_a_claim():
    answer, row = {"unit": "people"}, {"id": "x", "needs_new_worlds": True, "sure": True}
    assert "by how much needs new versions" in trails._without(answer, row, True)
    assert trails._without(answer, row, False).startswith("What it would be without it needs new versions")
    row |= {"needs_new_worlds": False, "p50_without": 20.0, "p50_interval": [19.0, 22.0], "width_without": 98.0}
    said = "Without it, the middle version would be 20 (surely between 19 and 22), the range 98 wide."
    assert trails._without(answer, row, True) == said
    assert trails._without(answer, row | {"sure": False}, False) == "Leaving it out moves nothing beyond chance."


def test_the_command_remakes_the_result(ready, shown):
    assert shown["remake"]["command"] == "obrok run chita-2015 --worlds 480 --seed 3"
    other = {
        "policies": ["as-reported", "without-visit"],
        "fix": {"join_chance": 0.25},
        "weigh": False,
        "series": "all",
    }
    told = answers.view(changed(ready, identity=other))
    wanted = "--policy without-visit --fix join_chance=0.25 --no-weigh --series all"
    assert told["remake"]["command"] == f"obrok run chita-2015 --worlds 480 --seed 3 {wanted}"
    assert [p["id"] for p in told["policies"]] == other["policies"]


def test_nothing_names_a_folder_or_a_user(ready, shown):
    text = json.dumps(shown, ensure_ascii=False)
    assert str(ready.folder) not in text and str(ready.case.folder) not in text
    assert f"/{getpass.getuser()}/" not in text and "/home" not in text
    assert set(shown["files"]) == set(answers.FILES) and all(size > 100 for size in shown["files"].values())


def test_questions_that_differ_in_their_days_make_a_line():
    case = load("russia-2015")
    told = [answers._over_time(case, asked) for asked in lines(case.questions, 2)]
    assert len(told) == 6 and sum(len(of["of"]) for of in told) == 60
    for of in told:
        days = [q["date"] for q in of["of"]]
        assert days == sorted(days) and len(set(days)) == len(days) and of["yearly"]
    assert told[0]["title"].endswith(", on 31 December of each year") and told[1]["title"].endswith(", year by year")
    single = {q.id for q in case.questions} - {q["id"] for of in told for q in of["of"]}
    assert len(single) == 2
