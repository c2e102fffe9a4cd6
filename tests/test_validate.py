"""What is held back: it moves nothing, is foretold as it would be reported, and scored by what was said."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pytest
from scipy import stats

from obrok.answers.predict import REPORTS, last_value, predict, predictions, reports, said
from obrok.answers.weigh import count_chance, weigh, word_chance
from obrok.case.case import load
from obrok.evidence.claims import Reading, Span
from obrok.outward.options import Options
from obrok.outward.study import run_case
from obrok.outward.validate import summary_of, validate
from obrok.problems import ProblemsFound
from obrok.quantities import is_for_ranges, words
from obrok.worlds import record
from obrok.worlds.run import Plan, run_worlds
from tests.conftest import ROOT
from tests.test_report import Reader

WIDE = ROOT / "tests" / "cases" / "wide"
#: by the shipped table of words, as the case has it
reports, said, word_chance = (partial(f, table=words()) for f in (reports, said, word_chance))


@pytest.fixture(scope="module")
def wide():
    return load(WIDE)


@pytest.fixture(scope="module")
def done(wide, tmp_path_factory):
    return validate(wide, Options(480, 3), tmp_path_factory.mktemp("held") / "run")


def with_claims(case, *claims):
    """The case with these claims more (or in place of those of their ids)."""
    return replace(case, evidence=replace(case.evidence, claims={**case.evidence.claims, **{c.id: c for c in claims}}))


def held(case, quantity: str, value=None, hedge=None, id: str = "x", **more):
    """An observation held back, made from one of the case's own."""
    unit = {"far_share": "share", "share_of_departures": "share", "to_state": "USD", "kept": "USD"}.get(
        quantity, "people"
    )
    value = None if value is None else (value, value) if np.isscalar(value) else value
    more = {"readings": (Reading(1.0),), "about": Span(date(2019, 7, 1), date(2019, 12, 31))} | more
    base = case.evidence.claims["july-leavers"]
    return replace(base, id=id, quantity=quantity, unit=unit, value=value, hedge=hedge, **more)


# --- it moves nothing ------------------------------------------------------------------------------------------------
def test_answers_are_the_same_without_what_is_held_back(wide, done, tmp_path):
    """Nor do weights, other columns or the account of how sure they are hang on it, whatever it says."""
    claims = {c.id: c for c in wide.evidence.claims.values() if c.informs != "held_back"}
    without = replace(wide, evidence=replace(wide.evidence, claims=claims), sha256="0" * 64)
    bare = run_case(without, Options(480, 3), tmp_path / "bare")
    assert bare.answers == done.result.answers
    assert bare.summary | {"case_sha256": ""} == done.result.summary | {"case_sha256": ""}
    assert bare.explained == done.result.explained
    more = {"held midsummer-stock", "held july-leavers"}
    assert set(done.result.table) - set(bare.table) == more
    for name, values in bare.table.items():
        assert np.array_equal(values, done.result.table[name], equal_nan=values.dtype.kind == "f"), name
    assert bare.record["z"] == done.result.record["z"] and bare.record["held_back"] is None


def test_what_is_counted(wide, done):
    """The columns are those of questions that ask the same; of the policy as reported alone."""
    table = done.result.table
    rows = table["policy"] == "as-reported"
    assert np.isnan(table["held july-leavers"][~rows]).all() and (table["held midsummer-stock"][rows] > 0).any()
    stock, leavers = (wide.evidence.claims[c] for c in ("midsummer-stock", "july-leavers"))
    from obrok.case.questions import Question

    asked = [Question(f"q-{c.id}", "?", c.quantity, Span(*days, None, "sawmill"), c.readings[0]) for c, days in (
        (stock, (date(2019, 6, 21),) * 2), (leavers, (date(2019, 7, 1), date(2019, 7, 31))))]  # fmt: skip
    plan = Plan(replace(wide, questions=tuple(asked)), 3, wide.policies[:1])
    chunk = run_worlds(plan, np.arange(20))
    for c in (stock, leavers):
        counted, asked_of = chunk.claims[f"held {c.id}"], chunk.answers["as-reported"][f"q-{c.id}"]
        assert np.array_equal(counted, asked_of, equal_nan=True) and np.isfinite(counted).any()


# --- as it would be reported -----------------------------------------------------------------------------------------
def test_a_figure_is_spread_as_its_words_are_read(wide):
    """Nine of ten reported figures lie where the table of words says; "exactly" stays; a range keeps its width."""
    n = 4_000
    worlds, true = np.arange(n), np.full(n, 1_000.0)

    def ends(claim) -> np.ndarray:
        return np.quantile(reports(claim, true, worlds, 1), [0.05, 0.5, 0.95])

    spread = (
        np.log(2) / 1.645
    )  # "an estimated" N: the truth lies from N/2 to 2N, so that what is said of it lies higher
    expected = 1000 * np.exp(spread**2) * np.array([0.5, 1, 2])
    assert ends(held(wide, "left", 900, "an estimated")) == pytest.approx(expected, rel=0.02)
    low, middle, high = ends(held(wide, "left", 900, "at least"))
    assert high <= 1000 and 900 < middle < 960 and low < 800
    low, middle, high = ends(held(wide, "left", 900, "up to"))
    assert low >= 1000 and 1300 < middle < 1500  # never less than what happened, nor a figure below 0
    sd = 0.3 * 200
    assert ends(held(wide, "left", (800.0, 1000.0), "about")) == pytest.approx(
        [1000 - 1.645 * sd, 1000, 1000 + 1.645 * sd], abs=4
    )
    few = reports(held(wide, "left", 3, "exactly"), np.full(n, 3.0), worlds, 1)
    assert (few == 3).all() and len(few) == REPORTS * n
    none = reports(held(wide, "left", 3, "about"), np.zeros(n), worlds, 1)
    assert (none == 0).mean() > 0.9 and none.min() == 0
    share = reports(held(wide, "far_share", 0.9, "roughly"), np.full(n, 0.95), worlds, 1)
    assert share.max() == 1.0 and share.min() > 0.5
    assert np.isnan(reports(held(wide, "far_share", 0.9, "roughly"), np.full(n, np.nan), worlds, 1)).all()


@pytest.mark.parametrize("hedge", [w for w, row in words().figures.items() if not is_for_ranges(row)])
def test_a_figure_is_reported_as_often_as_it_is_weighed(wide, hedge):
    """Of one number, figures come with the chance by which the weighing has them (false-alarm rate 1 in 1,000 a hedge)."""
    n, true, base = 2_000, 5_000.0, held(wide, "to_state", 900, hedge)
    drawn = reports(base, np.full(n, true), np.arange(n), 3)
    edges = 1 - 1e-9, 1 + 1e-9  # where what 'more than' and 'fewer than' say begins and ends
    figures = true * np.unique(np.append(np.geomspace(1 / 30, 30, 6_001), edges))
    chance = [float(word_chance(replace(base, value=(v, v)), np.array([true]))[0]) for v in figures]
    upto = np.concatenate([[0.0], np.cumsum(np.diff(figures) * (np.add(chance[1:], chance[:-1])) / 2)])
    assert drawn.min() > 0
    assert stats.kstest(drawn, lambda v: np.interp(v, figures, upto / upto[-1])).pvalue > 1e-3


@pytest.mark.parametrize("number", [0, 1, 4, 30])
def test_words_are_said_as_the_table_has_them(wide, number):
    """How often each middle number comes up is the chance of its words: χ², false-alarm rate 1 in 1,000."""
    n = 3_000
    drawn = reports(held(wide, "left", None, "some"), np.full(n, float(number)), np.arange(n), 2)
    table = words()
    chance: dict[float, float] = {}
    for word, p in table.counts.items():
        middle = table.middles[word]
        chance[middle] = chance.get(middle, 0.0) + float(count_chance(p, np.array([float(number)]), table.known)[0])
    told = np.array([(drawn == m).sum() for m in chance])
    expected = np.array(list(chance.values())) * len(drawn)
    assert told.sum() == len(drawn) and sum(chance.values()) == pytest.approx(1)
    keep = expected > 5
    told, expected = np.append(told[keep], told[~keep].sum()), np.append(expected[keep], expected[~keep].sum())
    some = expected > 0
    assert told[~some].sum() == 0
    if some.sum() > 1:
        assert stats.chisquare(told[some], expected[some]).pvalue > 1e-3


def test_keyed_by_seed_world_and_claim(wide):
    claim, true = held(wide, "left", 900, "about"), np.full(50, 900.0)
    first = reports(claim, true, np.arange(50), 1).reshape(REPORTS, 50)
    assert np.array_equal(first[:, [7, 9]].ravel(), reports(claim, true[:2], np.array([7, 9]), 1))
    assert len(np.unique(first)) > 150
    for other in (reports(claim, true, np.arange(50), 2), reports(replace(claim, id="y"), true, np.arange(50), 1)):
        assert not np.array_equal(other, first.ravel())


def test_the_number_that_is_scored(wide):
    assert said(held(wide, "left", 30, "about")) == 30 and said(held(wide, "left", (20, 30), None)) == 25
    assert said(held(wide, "left", (20, 30), "at least")) == 20 and said(held(wide, "left", (20, 30), "up to")) == 30
    assert said(held(wide, "left", None, "none")) == 0 and said(held(wide, "left", None, "one")) == 1
    ordered = [said(held(wide, "left", None, w)) for w in ("a couple", "a few", "several", "a lot", "dozens")]
    assert ordered == sorted(ordered) and ordered[0] == 2
    assert 0.7 < said(held(wide, "far_share", None, "most")) < 0.8
    assert said(held(wide, "share_of_departures", 0.4, "about")) == 0.4


# --- ranges hold what they say ---------------------------------------------------------------------------------------
KINDS = {
    "left": ("about", 1.0), "at_post_end": ("an estimated", 1.0), "found": (None, None), "to_state": ("roughly", 1.0),
    "handed_over": ("exactly", 1.0),
}  # fmt: skip
TRUTHS, FALSE_ALARM = 120, 1e-3


@pytest.fixture(scope="module")
def prior(wide):
    """600 worlds of the prior, with the numbers that observations of each kind are about."""
    case = with_claims(wide, *(held(wide, q, v, h, id=q) for q, (h, v) in KINDS.items()))
    return case, run_worlds(Plan(case, 11, case.policies[:1], answers=True), np.arange(600), threads=2)


def spoken_truths(case, chunk, kind: str):
    """Of `TRUTHS` worlds taken to be true: the observation as that world would have it reported, and weights of all others
    by an outcome claim spoken in that world as the weighing has it (informed with its credence, slips included)."""
    rng, table = np.random.default_rng(17), words()
    outcome = case.evidence.claims["caught-by-the-water"]
    number, caught = chunk.claims[f"held {kind}"], chunk.claims[f"claim {outcome.id} 0"]
    middles = {m: w for w, m in table.middles.items()}
    able = np.flatnonzero(chunk.possible)
    chance = np.stack([count_chance(table.counts[w], caught, table.known) for w in table.counts])
    believed = case.evidence.credence(outcome) * (1 - table.slip)
    for t in rng.choice(able, TRUTHS, replace=False):
        speaker = t if rng.random() < believed else rng.choice(able)
        word = list(table.counts)[rng.choice(len(chance), p=chance[:, speaker] / chance[:, speaker].sum())]
        here = with_claims(case, replace(outcome, hedge=word))
        like = {outcome.id: word_chance(here.evidence.claims[outcome.id], caught)}
        w = weigh(here, like, chunk.possible).normal
        w[t] = 0.0
        claim = here.evidence.claims[kind]
        report = reports(claim, number[[t]], np.array([10_000 + t]), 99)[0]
        claim = replace(claim, hedge=middles[report]) if claim.value is None else replace(claim, value=(report, report))
        yield here, claim, number, w


@pytest.mark.parametrize("kind", KINDS)
def test_coverage_over_many_truths(prior, kind):
    """Where each observation falls in its prediction is uniform: of all five kinds, a right program fails here once in
    1,000 seeds (Kolmogorov and Smirnov, Bonferroni), and once in 1,000 in how many 90 % ranges hold theirs."""
    case, chunk = prior
    found = [predict(here, c, number, w, chunk.numbers, 5) for here, c, number, w in spoken_truths(case, chunk, kind)]
    places = np.array([p.pit for p in found])
    level = FALSE_ALARM / len(KINDS)
    assert stats.kstest(places, "uniform").pvalue > level
    middle = int(((places >= 0.05) & (places <= 0.95)).sum())
    assert stats.binomtest(middle, TRUTHS, 0.9).pvalue > level
    assert sum(p.inside(90) for p in found) >= middle - 1 and sum(p.inside(50) for p in found) >= 0.35 * TRUTHS


def test_a_model_too_sure_of_itself_is_found_out(prior):
    """The same truths, reported far more loosely than is claimed of them: the ranges do not hold them."""
    case, chunk = prior
    found = [
        predict(here, replace(c, hedge="exactly"), np.full_like(number, np.nanmedian(number)), w, chunk.numbers, 5)
        for here, c, number, w in spoken_truths(case, chunk, "at_post_end")
    ]
    assert sum(p.inside(90) for p in found) < 0.3 * TRUTHS
    assert stats.kstest([p.pit for p in found], "uniform").pvalue < 1e-6


# --- the last value --------------------------------------------------------------------------------------------------
def test_the_last_value_carried_forward(wide):
    july = held(wide, "left", 12, "about", about=Span(date(2019, 7, 1), date(2019, 7, 31), None, "sawmill"))

    def other(id: str, start: date, end: date, informs="outcome", value=(8.0, 8.0), place="sawmill", **more):
        about = Span(start, end, None, place)
        return replace(july, id=id, informs=informs, about=about, value=value, **more)

    may, june = (date(2019, 5, 1), date(2019, 5, 31)), (date(2019, 6, 1), date(2019, 6, 30))
    assert last_value(with_claims(wide, july), july) is None
    case = with_claims(wide, july, other("may", *may), other("june", *june, informs="context", value=(9.0, 11.0)))
    last = last_value(case, july)
    assert (last.claim, last.value, last.error) == ("june", 10.0, 2.0)
    for wrong in (
        other("june", *june, informs="held_back"),
        other("june", *june, place="harbour"),
        other("june", date(2019, 3, 1), june[1]),  # as long as three of them
        other("june", june[0], july.about.end),  # no earlier
        other("june", *june, quantity="found"),
        other("june", *june, readings=(Reading(1.0, "nearby"),)),
        other("june", *june, value=None, hedge="safe"),
        other("june", *june, unit="USD"),
    ):
        assert last_value(with_claims(wide, july, other("may", *may), wrong), july).claim == "may"
    word = other("june", *june, value=None, hedge="several")
    assert last_value(with_claims(wide, july, word), july).value == words().middles["several"]
    of_one_day = [other("june", *june, informs="context"), other("also-june", *june, value=(9.0, 9.0))]
    for both in (of_one_day, of_one_day[::-1]):
        assert last_value(with_claims(wide, july, *both), july).claim == "also-june"
    stock = held(wide, "at_post_end", 150, "about", about=Span(date(2019, 6, 30), date(2019, 6, 30)))
    year = replace(
        stock, id="year", informs="outcome", about=Span(date(2018, 1, 1), date(2018, 12, 31)), value=(140.0, 140.0)
    )
    assert last_value(with_claims(wide, stock, year), stock).error == 10  # a stock is that of the last day


def test_skill_and_words(wide, done):
    """Skill is over those that have a last value; words say how little is proved; a live case tells no small count."""
    n = np.arange(400)
    about = [Span(date(2019, m, 1), date(2019, m, 28), None, "sawmill") for m in (5, 6, 7, 8)]
    claims = [held(wide, "left", 100.0 + k, "exactly", id=f"m{k}", about=about[k]) for k in range(4)]
    case = with_claims(wide, replace(claims[0], informs="outcome", value=(60.0, 60.0)), *claims[1:])
    case = with_claims(case, *(replace(c, informs="context") for c in wide.held_back()))
    columns = {f"held m{k}": 95.0 + n % 11 for k in (1, 2, 3)}
    found = predictions(case, columns, np.ones(400), n, 1)
    assert [p.last and p.last.claim for p in found] == ["m0"] * 3 and all(p.inside(90) for p in found)
    s = summary_of(case, done.result.summary, found)
    (row,) = s["skill"]
    assert (
        row["last_error"] == pytest.approx(42)
        and row["skill"] == pytest.approx(1 - row["crps"] / 42)
        and row["skill"] > 0.9
    )
    text = " ".join(s["text"])
    assert "Of 3 observations held back, 3 lie inside the 90 % range" in text and "would have 2.7 and 1.5" in text
    assert "from 3 of 3" in text and "29 % to 100 %" in text and "better than carrying" in text
    live = replace(case, live=True)
    few = replace(claims[1], value=(3.0, 3.0))
    told = summary_of(live, done.result.summary, [predict(live, few, n % 7.0, np.ones(400), n, 1)])
    (row,) = told["observations"]
    assert row["observed"] is None and row["p50"] is None and row["reported"] == "fewer than 5" and row["last"] == 60


# --- the digest ------------------------------------------------------------------------------------------------------
def test_the_digest_is_of_what_is_said(wide):
    """It follows every figure, day and word, and not the order, the paraphrase or any other claim."""
    base = record.held_back(wide)
    assert base["observations"] == 2
    c = wide.evidence.claims["july-leavers"]
    changes = dict(
        quantity="found", value=(4.0, 4.0), unit="cases", hedge="several", readings=(Reading(1.0),),
        about=replace(c.about, end=date(2019, 7, 30)),
    )  # fmt: skip
    digests = {record.held_back(with_claims(wide, replace(c, **{k: v})))["sha256"] for k, v in changes.items()}
    assert len(digests | {base["sha256"]}) == len(changes) + 1
    assert record.held_back(with_claims(wide, replace(c, paraphrase="other words")))["sha256"] == base["sha256"]
    turned = replace(wide.evidence, claims=dict(reversed(wide.evidence.claims.items())))
    assert record.held_back(replace(wide, evidence=turned)) == base
    assert record.held_back(load("chita-2015")) is None


# --- files and command line ------------------------------------------------------------------------------------------
def test_files(wide, done):
    s, folder = done.summary, done.folder
    assert json.loads((folder / "validate.json").read_text("utf-8")) == s
    assert s["held_back"] == record.held_back(wide) == done.result.record["held_back"]
    rows = list(csv.DictReader((folder / "validate.csv").open(encoding="utf-8")))
    assert [r["id"] for r in rows] == [r["id"] for r in s["observations"]] == ["midsummer-stock", "july-leavers"]
    page = Reader((folder / "validate.html").read_text("utf-8"))
    assert {"observation-midsummer-stock", "observation-july-leavers", "words", "record"} <= set(page.ids)
    assert "script" not in page.tags and len(page.images) == 1 and all(t in page.words for t in s["text"])
    assert s["held_back"]["sha256"] in page.words and "reported 150" in page.images[0]["alt"]
    for r in s["observations"]:
        assert r["p05"] <= r["p25"] <= r["p50"] <= r["p75"] <= r["p95"] and 0 <= r["pit"] <= 1 and r["crps"] >= 0
    again = validate(wide, Options(480, 3), folder)
    assert not again.result.fresh and again.summary == s


def test_the_histogram_comes_with_eight(wide, done):
    from obrok.outward.charts_held import pictures

    rows = [dict(done.summary["observations"][0], pit=(k + 0.5) / 8) for k in range(8)]
    few = pictures(wide, {"observations": rows[:7]})
    (_, _), (histogram, _) = pictures(wide, {"observations": rows})
    assert len(few) == 1 and "2 from 0 to 0.25, 2 from 0.25 to 0.5" in histogram.description


def test_on_the_command_line(wide, done, call, tmp_path):
    code, out, _ = call("validate", WIDE, "--out", done.folder, "--worlds", 480, "--seed", 3)
    digest = done.summary["held_back"]["sha256"]
    assert (
        code == 0
        and f"2 observations held back, SHA-256 {digest}." in out
        and all(t in out for t in done.summary["text"])
    )
    assert "midsummer-stock  “about” 150 people" in out and "validate.html" in out
    code, out, _ = call("validate", WIDE, "--out", done.folder, "--worlds", 480, "--seed", 3, "--json")
    assert code == 0 and json.loads(out) == done.summary
    assert f"2 observations held back, SHA-256 {digest}." in call("check", WIDE)[1]
    assert json.loads(call("check", WIDE, "--json")[1])["held_back"]["sha256"] == digest
    assert "held back" not in call("check", "chita-2015")[1]
    code, out, _ = call("validate", "chita-2015", "--out", tmp_path / "none")
    assert code == 1 and "no claim is held back" in out and "informs: held_back" in out
    assert not (tmp_path / "none").exists()


def test_no_parameter_rests_on_it(tmp_path):
    """A claim that is held back and under a parameter at once would weigh."""
    copy = shutil.copytree(WIDE, tmp_path / "wide")
    for file, old, new in (
        ("claims.yaml", "quantity: left\n    where: {sector: logging}\n    unit: people\n    hedge: some", "quantity: far_share\n    unit: share\n    hedge: some"),
        ("case.yaml", "far_share: {assumption: ", "far_share: {claim: july-leavers, fallback: "),
    ):  # fmt: skip
        text = (copy / file).read_text("utf-8")
        assert text.count(old) == 1
        (copy / file).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ProblemsFound, match="is held back, and `far_share` rests on it"):
        load(copy)
