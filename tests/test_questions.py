"""Questions of a case's own: counted as outcomes are, answered in their own days and place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import obrok
from obrok.answers.asked import asked
from obrok.answers.words import effect_sentence, sentence
from obrok.case.case import load
from obrok.case.parameters import OUTCOMES
from obrok.case.questions import Question
from obrok.engine.tables import COLUMN
from obrok.evidence.claims import Reading, Span
from obrok.outward.options import Options
from obrok.outward.study import run_case
from obrok.worlds.run import Plan, run_chunk
from tests.conftest import ROOT
from tests.test_report import Reader


def question(id: str, quantity: str, first: date, last: date, place: str | None = None, **where) -> Question:
    return Question(id, f"{id}?", quantity, Span(first, last, None, place), Reading(1.0, **where))


@pytest.fixture(scope="module")
def wide():
    return load(ROOT / "tests" / "cases" / "wide")


@pytest.fixture(scope="module")
def ran(wide, tmp_path_factory):
    return run_case(wide, Options(480, 3), tmp_path_factory.mktemp("wide") / "run")


def counted(case, *questions: Question):
    """Answers of 12 worlds under the factual policy, with the days that they lived."""
    chunk = run_chunk(Plan(replace(case, questions=questions), 5, case.policies[:1]), np.arange(12), keep_series=True)
    return chunk.answers[case.policies[0].id], next(iter(chunk.days.values())).series


def test_a_question_of_the_window_is_the_outcome(wide):
    first, last = map(wide.date, wide.window)
    answers, _ = counted(wide, *(question(f"q-{name}", name, first, last) for name in OUTCOMES))
    for name in OUTCOMES:
        assert np.array_equal(answers[name], answers[f"q-{name}"], equal_nan=True), name
    assert np.nansum(answers["left"]) > 0


def test_places_days_and_people_add_up(wide):
    """The parts of a question sum to the whole: by place, by month, by route and trade; a stock is that day's record."""
    first, middle, last = date(2018, 6, 1), date(2018, 12, 31), date(2019, 9, 30)
    asked = [question("all", "left", first, last), question("late", "left", date(2019, 1, 1), last)]
    asked += [question("early", "left", first, middle)]
    asked += [question(p, "left", first, last, p) for p in ("harbour", "sawmill", "coast")]
    asked += [question(r, "left", first, last, route=r) for r in ("nearby", "remote")]
    asked += [question(s, "left", first, last, sector=s) for s in ("construction", "logging")]
    asked += [question(f"then-{k}", "left", first, last, left=Span(*d)) for k, d in enumerate([(first, middle)])]
    asked += [question("stock", "at_post_end", middle, middle, "harbour")]
    a, series = counted(wide, *asked)
    for parts in (("early", "late"), ("harbour", "sawmill"), ("nearby", "remote"), ("construction", "logging")):
        assert np.array_equal(a["all"], sum(a[p] for p in parts)), parts
        assert all(a[p].sum() > 0 for p in parts), parts
    assert np.array_equal(a["coast"], a["harbour"]) and np.array_equal(a["then-0"], a["early"])
    assert np.array_equal(a["stock"], series[:, 0, wide.day(middle), COLUMN["at_post"]])


def test_a_question_moves_no_other_answer(wide, ran, tmp_path):
    """Nor any weight: a case without its questions has the same answers, to the last bit."""
    bare = run_case(replace(wide, questions=(), sha256="0" * 64), Options(480, 3), tmp_path / "bare")
    assert [a for a in ran.answers if a["id"] in OUTCOMES] == bare.answers
    assert np.array_equal(ran.table["log_weight"], bare.table["log_weight"])


def test_answered_under_every_policy_and_pair(wide, ran):
    ids = [q.id for q in wide.questions]
    for id in ids:
        have = {(a["policy"], a["versus"]) for a in ran.answers if a["id"] == id}
        assert have == {(p.id, None) for p in wide.policies} | set(wide.compare)
    a = ran.answer("in-the-port")
    assert a["text"].startswith("Between ") and "at their posts on 30 June 2019 in Harbour, in nine of ten" in a["text"]
    data = obrok.results(ran.folder)
    assert data["question in-the-port"].attrs == {"units": "people", "long_name": wide.questions[0].asks}
    told = data["answer"].sel(question="in-the-port", comparison="as-reported", quantile=0.5).item()
    values = data["question in-the-port"].sel(policy="as-reported").values
    assert a["p50"] == told and told in values
    assert set(ids) <= {r["answer"] for r in ran.summary["leverage"]} <= set(data["question"].values)
    at = data["p50_without"].sel(question="in-the-woods")
    assert at.sizes["left_out"] == data.sizes["left_out"]


def test_shown_in_the_report_and_on_the_command_line(wide, ran, call):
    page = Reader((ran.folder / "report.html").read_text("utf-8"))
    assert {f"question-{q.id}" for q in wide.questions} <= set(page.ids) and "#questions" in page.links
    assert wide.questions[0].asks + " 1" in page.words  # under "how sure", with its range
    pictures = [i["alt"] for i in page.images if "in Harbour" in i["alt"]]
    assert len(pictures) == 1 and "30 June 2019: " in pictures[0] and "31 December 2019: " in pictures[0]
    code, out, _ = call("run", wide.folder, "--out", ran.folder, "--worlds", 480, "--seed", 3)
    assert code == 0 and all(f"? {q.asks}\n  {ran.answer(q.id)['text']}\n" in out for q in wide.questions)


def test_words(wide):
    """Each question names its own days, place and people; a comparison, the days before."""
    one, last = date(2019, 5, 9), date(2019, 6, 30)
    cases = {
        "up to 9 people are found by the police for the first time from 9 May to 30 June 2019 in Sawmill, counting only loggers found nearby,": question("q", "found", one, last, "sawmill", route="nearby", sector="logging"),
        "up to 9 people leave their posts on 9 May 2019,": question("q", "left", one, one),
        "up to 9 people are handed over by the police from 31 December 2018 to 9 May 2019, counting only those who left and hid far away on 31 December 2018,": question("q", "handed_over", date(2018, 12, 31), one, route="remote", left=Span(date(2018, 12, 31), date(2018, 12, 31))),
        "up to $9 reaches the state from 1 to 9 May 2019 in Lake,": question("q", "to_state", date(2019, 5, 1), one, "lake"),
        "of those who leave, between 0 % and 900 % go far away on 9 May 2019,": question("q", "far_share", one, one),
        "watching from 9 May to 30 June 2019 is between 0.00 and 9.00 times as strong as on 8 May 2019,": question("q", "watch_change", one, last),
        "departures a day from 9 May to 30 June 2019 are between 0.00 and 9.00 times those in the 53 days before,": question("q", "trend", one, last),
    }  # fmt: skip
    for text, q in cases.items():
        case = replace(wide, questions=(q,))
        said = sentence(case, "q", "as-reported", (0.0, 4.0, 9.0), None, 1.0, 400.0)
        assert said.startswith(text[0].upper() + text[1:] + " in nine of ten versions"), said
        effect = effect_sentence(case, "q", "with-help", "as-reported", (-1.0, 0.0, 2.0), 0.5, 0.2, None, 1.0)
        assert asked(case, "q").when.rstrip(",") in effect
    live = replace(wide, questions=(cases[next(iter(cases))],), live=True)
    assert "in a part of Borealia, counting" in sentence(live, "q", "as-reported", (5.0, 6.0, 9.0), None, 1.0)
