"""How sure an answer is and by what: shares of variance, other readings, clashes; against closed forms where there are any."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrok.answers.clash import AGREES, agreement, believed, best, clash, words_of
from obrok.answers.explain import Worlds
from obrok.answers.quantiles import Ordered, ranks
from obrok.answers.readings import LESS, MORE, SPREAD, read_otherwise
from obrok.answers.unknowns import Bins, of_enough, reply
from obrok.answers.variance import Regression, features, luck_share
from obrok.answers.weigh import effective_sample_size, weigh
from obrok.case.case import Case
from obrok.outward.explained import as_text
from obrok.quantities import Beta, Exactly, LogNormal, Mixture, Triangular, Uniform, flatten, stretched, words
from obrok.worlds.population import draw_parameters
from obrok.worlds.run import Plan, run_worlds
from tests.conftest import ROOT

#: by the shipped table of words, as the case has it
reply, best = partial(reply, table=words()), partial(best, table=words())
N = 20_000
EVEN = np.full(N, 1 / N)


def normals(seed: int, n: int = N, k: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, k))


# --- shares of variance
def test_shapley_effects_of_a_linear_model():
    """y = b1·x1 + b2·x2 + noise, x1 and x2 correlated by ρ: the closed form (Owen and Prieur 2017, section 5; Iooss and
    Prieur 2019, equation 28). Within 0.02: five standard errors at 20,000 worlds."""
    z, rho, b1, b2, sd = normals(1), 0.6, 1.0, 0.5, 0.7
    x1, x2 = z[:, 0], rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    y = b1 * x1 + b2 * x2 + sd * z[:, 2]
    total = b1**2 + b2**2 + 2 * rho * b1 * b2 + sd**2
    both, half = b1 * b2 * rho, (b2**2 - b1**2) * rho**2 / 2
    truth = {"one": (b1**2 + both + half) / total, "two": (b2**2 + both - half) / total}
    found = Regression({"one": x1[:, None], "two": x2[:, None]}, y[:, None], EVEN).shapley()
    for name, share in truth.items():
        assert found[name][0] == pytest.approx(share, abs=0.02)


def test_shapley_effects_add_up_and_idle_groups_explain_nothing():
    z = normals(2, k=4)
    y = np.stack([z[:, 0] + z[:, 1] ** 2, z[:, 1]], axis=1)
    groups = {name: features(z[:, i], EVEN) for i, name in enumerate("abcd")}
    regression = Regression(groups, y, EVEN)
    found = regression.shapley()
    assert np.allclose(sum(found.values()), regression.explained(tuple("abcd")))
    assert found["a"][0] == pytest.approx(1 / 3, abs=0.02) and found["b"][0] == pytest.approx(2 / 3, abs=0.02)
    assert found["b"][1] == pytest.approx(1.0, abs=0.01)
    assert max(abs(found[g]).max() for g in "cd") < 0.005


def test_the_share_of_luck_is_what_it_is():
    """Answer = circumstances + luck, variances 2 and 1: a third is luck, on ranks nearly so (0.02: five standard errors).
    Luck that does not act has none, and circumstances that do not differ leave all to it."""
    z = normals(3, 4_000, 9)
    again = np.sqrt(2.0) * z[:, 0] + z[:, 1:9].T
    w = np.full(4_000, 1 / 4_000)
    assert luck_share(again[1:], w, again[0], w) == pytest.approx(1 / 3, abs=0.025)
    assert luck_share(np.tile(z[:, 0], (8, 1)), w, z[:, 0], w) == 0.0
    assert luck_share(z[:, 1:9].T, w, z[:, 0], w) == pytest.approx(1.0, abs=0.02)
    assert luck_share(np.full((8, 4_000), np.nan), w, z[:, 0], w) is None
    assert luck_share(np.zeros((8, 4_000)), w, np.zeros(4_000), w) is None


@given(values=st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0, np.nan]), min_size=1, max_size=30))
def test_places_are_ranks(values):
    """Among themselves, values have the places that are their ranks."""
    x, w = np.array(values), np.arange(1.0, len(values) + 1)
    assert np.allclose(Ordered.of(x).place(x, w), Ordered.of(x).ranks(w), equal_nan=True)


# --- what to find out next
def test_a_question_that_tells_all_and_one_that_tells_nothing():
    """The reply to a question about the answer itself removes most of the doubt, an idle one is not named (one of 40 idle
    questions at one in a hundred each: two or more named would be a false alarm of about one in sixteen)."""
    rng = np.random.default_rng(5)
    number = np.floor(np.exp(rng.normal(2, 1, 6_000)))
    w = rng.exponential(size=6_000)
    idle = {f"idle {k}": rng.poisson(5, 6_000).astype(float) for k in range(40)}
    replies = {"it": reply(number, "people", 1, "it")} | {q: reply(x, "people", 1, q) for q, x in idle.items()}
    bins = Bins.of({"noise": rng.normal(size=6_000)}, w, 1, replies)
    (shares,) = bins.shares(ranks(number, w)[:, None], w)
    assert shares["it"] > 0.6 and max(shares, key=shares.__getitem__) == "it"
    assert len(shares) <= 3
    low, high = (Ordered.of(number).quantiles(w)[i] for i in (0, 2))
    assert bins.width_after("it", number, w) < 0.8 * (high - low)


def test_replies_are_words_by_their_table():
    """Of 40,000 worlds with n cases each word is said as often as Σ_k Bin(k; n, known)·P(word | k) (4.5 standard errors;
    36 words: a false alarm in 4,000)."""
    from obrok.answers.weigh import count_chance

    table = words()
    order = sorted(table.counts, key=lambda w: float(table.counts[w] @ np.arange(401) / table.counts[w].sum()))
    for n in (0, 3, 12, 200):
        said = np.bincount(reply(np.full(40_000, float(n)), "people", 7, f"q{n}"), minlength=len(order) + 1)
        assert said[0] == 0
        for k, word in enumerate(order, 1):
            chance = float(count_chance(table.counts[word], np.array([n]), table.known)[0])
            assert abs(said[k] / 40_000 - chance) < 4.5 * np.sqrt(chance * (1 - chance) / 40_000) + 1e-4, (n, word)


def test_where_there_is_nothing_to_tell_that_is_the_reply():
    x = np.array([0.2, np.nan, 0.9, np.nan])
    assert list(reply(x, "share", 1, "q") == 0) == [False, True, False, True]
    assert list(reply(1000 * x, "USD", 1, "q") == 0) == [False, True, False, True]
    money = reply(np.geomspace(1e2, 1e6, 5_000), "USD", 1, "q")
    assert np.corrcoef(money, np.arange(5_000))[0, 1] > 0.97


@given(mass=st.lists(st.integers(0, 60), min_size=1, max_size=12), least=st.floats(0.01, 0.6))
def test_bins_hold_enough_or_are_one(mass, least):
    index = np.repeat(np.arange(len(mass)), mass)
    if not len(index):
        return
    w = np.ones(len(index))
    joined = of_enough(index, w, least)
    held = np.bincount(joined) / len(index)
    assert (np.diff(joined) >= 0).all() and (joined.max() == 0 or held.min() >= least - 1e-9)


# --- words read otherwise
DISTRIBUTIONS = [
    (LogNormal(300, 246, 366), False), (Beta(12, 4), True), (Uniform(0.15, 0.95), True), (Triangular(0.35, 0.6, 1), True),
    (Mixture(((0.3, LogNormal(2, 1, 4)), (0.7, LogNormal(9, 3, 30)))), False),
]  # fmt: skip


@pytest.mark.parametrize(("dist", "odds"), DISTRIBUTIONS)
@pytest.mark.parametrize("factor", [1 / 1.5, 1.5])
def test_a_stretched_distribution_is_one(dist, odds, factor):
    """Its density is the slope of its distribution function, the middle stays, quantiles go back and forth."""
    for (_, part), (_, wide) in zip(flatten(dist), flatten(stretched(dist, factor, odds)), strict=True):
        u = np.linspace(0.02, 0.98, 48)
        x = wide.quantile(u)
        assert np.allclose(wide.cdf(x), u, atol=1e-9) and wide.quantile(np.array([0.5])) == pytest.approx(
            part.quantile(np.array([0.5]))
        )
        h = 1e-6 * x
        assert np.allclose((wide.cdf(x + h) - wide.cdf(x - h)) / (2 * h), wide.density(x), rtol=1e-3)
        inner = part.quantile(np.array([0.25, 0.75]))
        outer = wide.quantile(np.array([0.25, 0.75]))
        assert (outer[1] / outer[0] > inner[1] / inner[0]) == (factor > 1)


def test_what_is_certain_stays_certain_and_nothing_changes_by_one():
    assert stretched(Exactly(3.0), 2.0, False) == Exactly(3.0)
    assert stretched(Beta(2, 2), 1.0, True) == Beta(2, 2)


@pytest.mark.parametrize("spread", [1 / 1.5, 1.0, 1.5])
def test_words_sum_to_one_however_they_are_read(spread):
    table = words(spread)
    assert np.allclose(sum(table.counts.values()), 1.0)
    few = table.counts["a few"]
    assert few.argmax() in (2, 3, 4)
    if spread != 1.0:
        assert (few[12] > words().counts["a few"][12]) == (spread > 1)


@pytest.fixture(scope="module")
def worlds(chita) -> Worlds:
    chunk = run_worlds(Plan(chita, 4, (chita.factual,), answers=False), np.arange(4_000), 2)
    return Worlds(chita, chunk.claims, chunk.draws, chunk.possible)


def test_an_input_read_otherwise_has_the_other_prior(chita):
    """Prior draws reweighed to a reading 1.5 times as wide, or as narrow, have its distribution (fixed seed; 4.5 standard
    errors, 18 shares: a false alarm in 8,000)."""
    draws = draw_parameters(chita, 2, np.arange(30_000))
    case = replace(chita, evidence=replace(chita.evidence, claims={k: replace(c, informs="context") if c.informs == "outcome" else c for k, c in chita.evidence.claims.items()}))  # fmt: skip
    read = {(r.kind, r.id): r.weights for r in read_otherwise(Worlds(case, {}, draws, np.ones(30_000, bool)))}
    for kind, spread in ((MORE, 1 / SPREAD), (LESS, SPREAD)):
        for claim, name in (("pay", "wage"), ("most-taken", "fee"), ("fled-far", "far_share")):
            prior, w = case.priors[name], read[kind, claim]
            (cited,) = prior.cited
            reading = stretched(cited.reading, spread, prior.parameter.unit == "share")
            x = draws[name] + (
                draws["deductions"] if name == "fee" else 0.0
            )  # as it was drawn, before a part was cut out
            for q in (0.2, 0.5, 0.8):
                at = float(cited.reading.quantile(np.array([q]))[0])
                want = prior.credence * float(reading.cdf(at)) + (1 - prior.credence) * float(prior.fallback.cdf(at))
                got = float(w[x <= at].sum())
                assert abs(got - want) < 4.5 * np.sqrt((w**2 * ((x <= at) - got) ** 2).sum()) + 2e-3, (kind, claim, q)


def test_every_reading_gives_weights(worlds):
    read = read_otherwise(worlds)
    kinds = {r.kind for r in read}
    assert kinds == {MORE, LESS, "source knows", "a statement slips", "trusted more", "trusted less"}
    base = worlds.weigh()
    for r in read:
        assert r.weights.sum() == pytest.approx(1.0) and not np.allclose(r.weights, base), (r.kind, r.id)
    assert len({(r.kind, r.id) for r in read}) == len(read)


def test_by_the_tables_own_constants_nothing_changes(worlds):
    assert np.allclose(worlds.weigh(slip=words().slip, likes=worlds.likes_by(words(1.0))), worlds.weigh())
    assert np.allclose(worlds.weigh(), weigh(worlds.case, worlds.likes, worlds.possible).normal)


# --- clashes
def with_claim(case: Case, id: str, **changes) -> Case:
    claims = dict(case.evidence.claims)
    claims[id] = replace(claims[id], **changes)
    return replace(case, evidence=replace(case.evidence, claims=claims))


def test_in_chita_nothing_clashes(worlds):
    assert clash(worlds.case, worlds.likes, worlds.possible) is None
    agrees = agreement(worlds.case, worlds.likes, worlds.possible)
    assert all(0 < x.mean() < 1 for x in agrees.values())


def test_the_smallest_clash_is_named(worlds):
    """One claim that nothing fits; else the two that exclude one another, though a third fits badly too."""
    n = len(worlds.possible)
    likes = {c: np.ones(n) for c in worlds.likes}
    half = np.arange(n) % 2 == 0
    likes["safe"], likes["would-run"] = np.where(half, 1.0, 0.0), np.where(half, 0.0, 1.0)
    likes["watching-up"] = np.where(np.arange(n) % 97 == 0, 1.0, 0.0)
    found = clash(worlds.case, likes, worlds.possible)
    assert (
        found is not None
        and found.claims == ("safe", "would-run")
        and found.share == pytest.approx((0.5, 0.5), abs=0.01)
    )
    text = words_of(worlds.case, found, worlds.columns, worlds.possible)
    assert "`safe`" in text and "`would-run`" in text and "2 claims" in text and f"{n:,}" in text
    likes["safe"] = np.full(n, AGREES / 2)
    alone = clash(worlds.case, likes, worlds.possible)
    assert alone is not None and alone.claims == ("safe",) and alone.share == (0.0,)
    assert "one claim" in words_of(worlds.case, alone, worlds.columns, worlds.possible)


def test_a_figure_out_of_reach_is_a_clash(worlds):
    case = with_claim(worlds.case, "may-found", value=(250.0, 250.0), hedge="roughly")
    other = Worlds(case, worlds.columns, worlds.draws, worlds.possible)
    found = clash(case, other.likes, other.possible)
    assert found is not None and found.claims == ("may-found",)
    text = words_of(case, found, worlds.columns, worlds.possible)
    assert "lies from 0 to" in text


def test_the_best_likelihood_is_never_exceeded(worlds):
    for claim in worlds.case.outcome_claims():
        assert worlds.likes[claim.id].max() <= best(claim) * (1 + 1e-6), claim.id


def test_how_far_a_claim_is_believed(worlds):
    """One claim that says nothing keeps what was believed; that which no version bears out is held for a slip."""
    case, n = worlds.case, len(worlds.possible)
    only = replace(case, evidence=replace(case.evidence, claims={"safe": case.evidence.claims["safe"]}))
    c = only.evidence.credence(only.evidence.claims["safe"])
    like = np.where(np.arange(n) % 2 == 0, 1.0, 1e-9)
    w = weigh(only, {"safe": like}, np.ones(n, bool))
    before, after = believed(only, {"safe": like}, w.normal, w.z)["safe"]
    assert before == pytest.approx(0.9 * c) and after == pytest.approx(0.9 * c)  # a claim alone cannot be contradicted
    # another origin says the opposite
    both = {
        "safe": case.evidence.claims["safe"],
        "would-run": replace(case.evidence.claims["would-run"], document="other"),
    }
    documents = {"dnk-chita": case.evidence.documents["dnk-chita"]}
    documents["other"] = replace(documents["dnk-chita"], id="other", origin="other")
    two = replace(case, evidence=replace(case.evidence, claims=both, documents=documents))
    likes = {"safe": like, "would-run": np.where(np.arange(n) % 2 == 0, 1e-9, 1.0)}
    w = weigh(two, likes, np.ones(n, bool))
    told = believed(two, likes, w.normal, w.z)
    assert all(after < before - 0.1 for before, after in told.values())


# --- the whole account
def test_a_run_keeps_its_account(chita, small_run):
    told = json.loads((small_run.folder / "explain.json").read_text())
    assert told == small_run.explained and told["clash"] is None
    assert {a["id"] for a in told["answers"]} >= {"left", "found", "to_state"}
    for a in told["answers"]:
        assert {"due", "topics", "parameters", "leverage", "readings", "next", "text"} <= set(a)
        if a["due"]:
            assert sum(a["due"].values()) == pytest.approx(1.0)
    assert set(told["believed"]) == {c.id for c in chita.outcome_claims()}
    text = as_text(chita, told, ["left"])
    assert "People who leave their posts" in text and "reaches the state" not in text


def test_the_account_of_a_larger_run(chita, tmp_path):
    """What is told beyond chance, in words: a claim, a reading, something to find out (fixed seed)."""
    from obrok.outward.options import Options
    from obrok.outward.study import run_case

    result = run_case(chita, Options(8_000, 2, policies=("as-reported",)), tmp_path / "r")
    told = result.explained
    assert effective_sample_size(np.exp(result.table["log_weight"])) > 200
    left = next(a for a in told["answers"] if a["id"] == "left")
    assert 0.01 < left["due"]["luck"] < 0.5 and left["topics"][0]["id"] == "what makes people leave"
    asked, found_out = (
        [n for n in left["next"] if (chita.question(n["id"]) is not None) == own] for own in (True, False)
    )
    assert found_out[0]["id"] in ("leave_rate", "weight_risk") and found_out[0]["share"] > 0.05
    assert asked[0]["id"] == "left-in-may" and "Ask: How many left their posts in May 2015?" in as_text(chita, told)
    own = next(a for a in told["answers"] if a["id"] == "left-in-may")
    assert own["next"] and "left-in-may" not in [n["id"] for n in own["next"]]  # a question is no way to answer itself
    assert any(r["id"] == "may-found" and r["sure"] for r in left["leverage"])
    assert f"? (`{found_out[0]['id']}`)" in as_text(chita, told) and "says nothing about" in as_text(chita, told)


def test_explain_on_the_command_line(small_run, call, monkeypatch):
    documents = os.environ.get("OBROK_DOCUMENTS", "")  # may be relative to where the tests began
    monkeypatch.setenv("OBROK_DOCUMENTS", os.pathsep.join(str(ROOT / p) for p in documents.split(os.pathsep) if p))
    options = ("--out", small_run.folder, "--worlds", 480, "--seed", 3)
    code, out, _ = call("explain", "chita-2015", *options, "--answer", "left")
    assert code == 0 and "People who leave their posts" in out
    code, out, _ = call("explain", "chita-2015", *options, "--json")
    assert code == 0 and json.loads(out) == small_run.explained
    code, out, _ = call("explain", "chita-2015", *options, "--answer", "lefft")
    assert code == 1 and "no account of `lefft`" in out


def test_a_live_case_tells_no_small_count(chita):
    """Neither in figures nor in sentences."""
    from obrok.answers.account import _without_small
    from obrok.outward.explained import sentences, subject

    row = {
        "p05": 0.0,
        "p50": 3.0,
        "p95": 40.0,
        "width": 40.0,
        "unit": "people",
        "next": [{"id": "posts", "share": 0.3, "width": 4.0}],
    }
    row |= {"id": "left", "policy": "as-reported", "versus": None, "due": None, "topics": []}
    row["leverage"] = [{"kind": "claim", "id": "pay", "p50_without": 2.0, "p50_interval": [1.0, 2.0], "width_without": 9.0, "sure": True, "needs_new_worlds": False, "moved": 1.0}]  # fmt: skip
    hidden = _without_small(row | {"readings": row["leverage"]})
    assert hidden["p50"] is None and hidden["next"][0]["width"] is None and hidden["leverage"][0]["p50_without"] is None
    live = replace(chita, live=True)
    told = " ".join([subject(live, hidden), *sentences(live, hidden)])
    assert "fewer than 5" in told and not any(f" {k} " in told for k in ("2", "3", "4"))
