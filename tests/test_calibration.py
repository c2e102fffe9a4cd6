"""Calibration: the speaker follows the table; ranks see what they must; the right weighing passes, wrong ones do not.

Seeds are fixed. Tests of chance state their level; a right program fails one of all those here with a chance below 1e-2, had
the seed been drawn at random.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from obrok.evidence.claims import Reading
from obrok.quantities import words
from obrok.verify import calibrate as command
from obrok.verify import pools, speaker
from obrok.verify.calibrate import Size, tried
from obrok.verify.calibration import KINDS, experiment, like, ranked
from obrok.verify.chance import counts
from obrok.verify.pools import Pool
from obrok.verify.ranks import band, even, held
from obrok.verify.trials import coverage, flagged, questions
from obrok.verify.weighings import right, wrong_ones

TRUTHS, BANK = 300, 4_000
ALPHA = 1e-3 / 8


# --- the speaker against the table ----------------------------------------------------------------------------------
def of(case, id, **changes):
    return replace(case.evidence.claims[id], **changes)


def spoken_of(claim, n=20_000, **numbers):
    """What is said n times of one world, and how likely the weighing holds each word of the list in it."""
    names = {f"claim {claim.id} {k}": float(v) for k, v in numbers.items()} | {"posts": 300.0}
    one = {name: np.array([v]) for name, v in names.items()}
    said = speaker.say(claim, {k: np.repeat(v, n) for k, v in one.items()}, np.random.default_rng(7), words())
    return said, one


@pytest.mark.parametrize("numbers", [(0, 0), (1, 0), (4, 4), (9, 2), (40, 12), (900, 900)])
def test_count_words_are_said_as_often_as_the_table_has_it(chita, numbers):
    claim = of(chita, "may-found")
    said, one = spoken_of(claim, **{str(i): x for i, x in enumerate(numbers)})
    vocabulary = speaker.vocabulary(claim, words())
    chances = [float(like(claim, float(k), one, words())[0]) for k in range(len(vocabulary))]
    assert sum(chances) == pytest.approx(1.0)
    assert counts(np.bincount(said.astype(int), minlength=len(chances)), np.array(chances))[1] > 1e-4


@pytest.mark.parametrize(
    ("id", "numbers"),
    [
        ("safe", {"0": 0, "1": 0}), ("safe", {"0": 1, "1": 1}), ("safe", {"0": 3, "1": 1}), ("would-run", {"0": 0.3}),
        ("would-run", {"0": np.nan}), ("watching-up", {"0": 0.9}), ("watching-up", {"0": 1.15}),
        ("in-the-news", {"0": 0.3}), ("in-the-news", {"0": 0.0}), ("in-the-news", {"0": np.nan}),
        ("growing-number", {"recent": 9, "earlier": 8, "year": 21}), ("growing-number", {"recent": 1, "earlier": 0, "year": 120}),
    ],
)  # fmt: skip
def test_statements_are_made_as_often_as_the_table_has_it(chita, id, numbers):
    """4.5 standard deviations either way."""
    in_the_news = of(chita, "would-run", quantity="share_of_departures", hedge="in the news")
    claim = replace(in_the_news, id=id) if id == "in-the-news" else of(chita, id)
    said, one = spoken_of(claim, **numbers)
    chance = float(like(claim, 0.0, one, words())[0])
    assert abs((said == 0.0).mean() - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / len(said)) + 1e-9
    assert like(claim, speaker.SILENT, one, words())[0] == pytest.approx(1 - chance)


@pytest.mark.parametrize("share", [0.02, 0.4, 0.9, np.nan])
def test_words_for_a_share_are_said_as_often_as_the_table_has_it(chita, share):
    """ "many" and "some" of a share are those of the table of shares, not of counts."""
    claim = of(chita, "would-run", hedge="many")
    said, one = spoken_of(claim, **{"0": share})
    at = [speaker.SILENT, *map(float, range(len(speaker.vocabulary(claim, words()))))]
    chances = np.array([float(like(claim, k, one, words())[0]) for k in at])
    assert chances.sum() == pytest.approx(1.0)
    assert chances[0] == (1.0 if np.isnan(share) else 0.0)
    if not np.isnan(share):
        assert counts([(said == k).sum() for k in at], chances)[1] > 1e-4


@pytest.mark.parametrize("changes", [
    {"hedge": None, "value": (0.2, 0.2)}, {"hedge": "at least", "value": (0.3, 0.3)}, {"hedge": "roughly", "value": (0.1, 0.3)},
    {"hedge": "nearly", "value": (0.5, 0.5)},
])  # fmt: skip
def test_figures_spread_as_their_reading_does(chita, changes):
    """Chances of figures in twelve stretches, by the likelihood of each figure, against what is said."""
    claim = of(chita, "would-run", **changes)
    said, one = spoken_of(claim, **{"0": 0.25})
    fine = 0.25 * np.exp(np.linspace(-np.log(speaker.FURTHEST), np.log(speaker.FURTHEST), 40_001))
    height = np.array([float(like(claim, v, one, words())[0]) for v in fine]) * fine
    upto = np.cumsum(height) / height.sum()
    edges = np.interp(np.linspace(0, 1, 13)[1:-1], upto, fine)
    assert counts(np.bincount(np.searchsorted(edges, said), minlength=12), np.full(12, 1 / 12))[1] > 1e-4
    assert (spoken_of(claim, n=5, **{"0": 0.0})[0] == speaker.SILENT).all()


# --- ranks ----------------------------------------------------------------------------------------------------------
def test_even_ranks_pass_and_each_fault_is_seen():
    normal = np.random.default_rng(2).standard_normal((1000, 400))
    uniform = even(special.ndtr(normal))
    for question in uniform._fields:
        assert 2 <= (getattr(uniform, question) <= 0.05).sum() <= 40, question  # Binomial(400, 0.05): 1e-5
    few = normal[:, :5]
    assert (even(special.ndtr(few + 0.25)).bias < 1e-6).all()
    assert all((even(special.ndtr(few * by)).spread < 1e-6).all() for by in (1.2, 1 / 1.2))
    extreme = np.where(np.random.default_rng(3).random(few.shape) < 0.05, 3.5, few)
    assert (even(special.ndtr(extreme)).extreme < 1e-6).all()
    assert (even(special.ndtr(np.round(few * 2) / 2)).shape < 1e-3).all()
    assert even(special.ndtr(few)).shape[0] == pytest.approx(stats.kstest(few[:, 0], "norm").pvalue)
    assert band(1000, 0.05) == pytest.approx(1.358 / np.sqrt(1000), rel=0.02)


# --- the weighing ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def small(chita):
    """The small form: a bank of 4,000 and 300 truths, lived up to the last day of which claims speak."""
    return pools.simulated(chita, 5, BANK, TRUTHS, threads=2, short=True)


@pytest.fixture(scope="module")
def trials(chita, small):
    return tried(chita, Size(BANK, TRUTHS, 1), 5, *small, threads=2)


@pytest.mark.parametrize("which", ["own", "probe"])
def test_the_weighing_is_even(trials, which):
    """One false alarm in 1,000, were the seed drawn."""
    asked = questions(trials.right(which))
    assert {q.kind for q in asked} == set(KINDS) - {"answers"} and all(q.p > ALPHA for q in asked)
    assert len(next(q for q in asked if q.kind == "parameters").each) > 40


@pytest.mark.parametrize("version", ["number-given-word", "counted-twice"])
def test_the_strongest_mistakes_are_caught(trials, version):
    """At 300 truths these two are caught in ten repetitions of ten; all five in the full form (`make soak`)."""
    assert flagged(trials.by["probe"][version], TRUTHS, ALPHA)[0] == 1.0


def test_the_right_weighing_is_not_caught(trials):
    assert all(flagged(trials.right(which), TRUTHS, ALPHA)[0] == 0.0 for which in ("own", "probe"))


# --- claims of every kind, on made-up worlds ------------------------------------------------------------------------
def made_up(chita):
    """A case whose claims are a word for a share, figures, a range, a rate ratio and count words, of two origins, one claim
    confirmed; and pools of worlds in which all numbers follow two parameters."""
    ask = of(chita, "would-run")
    claims = {
        "many": replace(ask, id="many", hedge="many"),
        "figure": replace(ask, id="figure", hedge="roughly", value=(0.3, 0.3)),
        "least": replace(
            of(chita, "may-found"), id="least", hedge="at least", value=(40.0, 40.0), readings=(Reading(1.0),)
        ),
        "range": replace(of(chita, "may-found"), id="range", hedge=None, value=(20.0, 30.0)),
        "rate": replace(of(chita, "growing-number"), id="rate", hedge="about", value=(2.0, 2.0)),
        "some": replace(of(chita, "may-found"), id="some", hedge="some", document="other"),
        "bears-out": replace(of(chita, "both-sources"), id="bears-out", confirms=("figure",)),
    }
    documents = {**chita.evidence.documents, "other": replace(chita.evidence.documents["dnk-chita"], origin="other")}
    case = replace(chita, evidence=replace(chita.evidence, claims=claims, documents=documents))

    def pool(n, seed):
        rng = np.random.default_rng(seed)
        a, b = rng.uniform(size=(2, n))
        share = np.where(rng.random(n) < 0.1, np.nan, np.clip(0.02 + 0.9 * a + 0.1 * rng.random(n) - 0.05, 0.01, 0.99))
        people = rng.poisson(3 + 60 * b).astype(float)
        columns = {"posts": np.full(n, 300.0)}
        columns |= {f"claim {c} 0": share for c in ("many", "figure")}
        columns |= {f"claim {c} {i}": people * (i == 0) + (i == 1) * rng.binomial(people.astype(int), 0.5)
                    for c in ("least", "range", "some") for i in (0, 1)}  # fmt: skip
        columns |= {"claim rate recent": people, "claim rate earlier": rng.poisson(20 + 20 * a).astype(float),
                    "claim rate year": people + 30.0}  # fmt: skip
        values = {("parameters", "a"): a, ("parameters", "b"): b}
        values |= {("answers", "share"): np.nan_to_num(share, nan=-np.inf), ("answers", "people"): people}
        return Pool(np.arange(n) + 10_000 * seed, columns, values)

    return case, pool(2_000, 1), pool(300, 2)


def test_every_kind_of_claim_is_weighed_evenly(chita):
    """Two origins, levels of credence, silence; a false alarm in 1,000, were the seed drawn. Mistakes are seen here too."""
    case, bank, truths = made_up(chita)
    e = experiment(case, 3, bank, truths)
    out = ranked(e, right(case.words), wrong_ones(e.most_telling, case.words))
    assert [q.kind for q in questions(out["right"])] == list(KINDS)
    assert all(q.p > 1e-3 / 4 for q in questions(out["right"]))
    c = coverage(out["right"], 0.9, 300)
    assert c.holds and all(c.printed[k] >= c.by_answer[k] - 0.02 for k in c.by_answer)
    assert np.abs(held(out["right"].ranks, 0.5) - 0.5).max() < 4.5 * 0.5 / np.sqrt(300)
    for wrong in ("counted-twice", "credence-as-power", "hedges-narrow"):
        assert flagged(out[wrong], 300, 1e-3 / 4)[0] == 1.0, wrong
    silent = e.said.words == speaker.SILENT
    assert silent[:, 0].any() and not silent[:, 2].any()


# --- the command ----------------------------------------------------------------------------------------------------
def test_the_command(monkeypatch, call, small, trials, tmp_path):
    monkeypatch.setattr(command, "simulated", lambda *given, **more: small)
    monkeypatch.setattr(command, "tried", lambda *given: trials)
    code, told, _ = call("calibrate", "--bank", BANK, "--truths", TRUTHS, "--repeats", 1, "--seed", 5)
    data = json.loads((tmp_path / "out" / "calibration-chita-2015" / "calibration.json").read_text("utf-8"))
    assert code == (0 if data["passed"] else 1) and "ranked evenly" in told and "counted twice" in told
    assert data["power"]["probe"]["counted-twice"] == 1.0 and data["power"]["own"]["right"] == 0.0
    page = (tmp_path / "out" / "calibration-chita-2015" / "calibration.html").read_text("utf-8")
    assert all(v["title"].replace("'", "&#39;") in page for v in data["checks"])


def test_what_cannot_be_calibrated_is_told(call):
    code, told, _ = call("calibrate", "--bank", 10, "--truths", 1, "--repeats", 0)
    assert code == 1 and all(name in told for name in ("--bank", "--truths", "--repeats"))
