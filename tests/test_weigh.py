"""Weighing: the formula by hand, its limits, quantiles and diagnostics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from obrok.answers.explain import Worlds, density_ratio, left_out
from obrok.answers.quantiles import quantiles, ranks, resample
from obrok.answers.weigh import count_chance, effective_sample_size, likelihood, pareto_k, trend, weigh, word_chance
from obrok.case.case import Case
from obrok.quantities import words
from obrok.worlds.population import draw_parameters


def with_credence(case: Case, value: float) -> Case:
    sources = {k: replace(s, credence=value) for k, s in case.evidence.sources.items()}
    return replace(case, evidence=replace(case.evidence, sources=sources))


@pytest.fixture
def likes(chita):
    rng = np.random.default_rng(5)
    return {c.id: rng.uniform(0, 1, 500) for c in chita.outcome_claims()}


def test_formula_by_hand(chita, likes):
    possible = np.ones(500, bool)
    w = weigh(chita, likes, possible)
    product = np.prod([0.9 * x / x.mean() + 0.1 for x in likes.values()], axis=0)
    assert np.allclose(np.exp(w.log), 0.8 * product + 0.2)
    assert {k: pytest.approx(x.mean()) for k, x in likes.items()} == w.z


def test_a_worthless_source_says_nothing(chita, likes):
    w = weigh(with_credence(chita, 0.0), likes, np.ones(500, bool))
    assert np.allclose(w.log, 0.0)


def test_impossible_worlds_have_no_weight_and_no_say(chita, likes):
    possible = np.arange(500) % 2 == 0
    w = weigh(chita, {k: np.where(possible, x, 0.0) for k, x in likes.items()}, possible)
    assert np.isneginf(w.log[~possible]).all()
    half = weigh(chita, {k: x[possible] for k, x in likes.items()}, np.ones(250, bool))
    assert np.allclose(w.log[possible], half.log)


def test_confirmed_claims_form_an_inner_level(chita, likes):
    """Where a second source bears out one claim, it alone is believed when only the second source is informed."""
    one = chita.outcome_claims()[0].id
    other = chita.evidence.claims["second-source"]
    claims = {**chita.evidence.claims, "second-source": replace(other, confirms=(one,))}
    case = replace(chita, evidence=replace(chita.evidence, claims=claims))
    f = {k: 0.9 * x / x.mean() + 0.1 for k, x in likes.items()}
    c = 1 - 0.2 * (1 - 0.3 * 0.8)
    expected = 0.8 * np.prod(list(f.values()), axis=0) + (c - 0.8) * f[one] + (1 - c)
    assert np.allclose(np.exp(weigh(case, likes, np.ones(500, bool)).log), expected)


def test_leaving_out_is_weighing_without(chita, likes):
    draws = draw_parameters(chita, 1, np.arange(500))
    possible = np.ones(500, bool)
    worlds = Worlds(chita, {}, draws, possible)
    worlds.__dict__["likes"] = likes
    out = {(x.kind, x.id): x.weights for x in left_out(worlds)}
    direct = np.exp(weigh(chita, likes, possible, frozenset({"may-found"})).log)
    assert np.allclose(out["claim", "may-found"], direct / direct.sum())
    assert set(out) >= {("claim", c.id) for c in chita.evidence.claims.values() if c.informs != "context"}
    assert ("source", "S2") in out and ("origin", "dnk-chita") in out
    assert np.allclose([w.sum() for w in out.values()], 1.0)


def test_an_input_left_out_gives_back_its_fallback(chita):
    """Reweighing prior draws by fallback/prior gives the fallback's distribution (fixed seed; 4.5 standard errors)."""
    draws = draw_parameters(chita, 2, np.arange(40_000))
    for name in ("wage", "far_share", "hand_over_before"):
        prior = chita.priors[name]
        ratio = density_ratio(prior, prior.resting_on(()), draws)
        assert ratio.max() <= 1 / (1 - prior.credence) + 1e-9
        w = ratio / ratio.sum()
        for q in (0.1, 0.5, 0.9):
            x = float(prior.fallback.quantile(q))
            got = w[draws[name] <= x].sum()
            error = np.sqrt((w**2 * ((draws[name] <= x) - got) ** 2).sum())
            assert abs(got - q) < 4.5 * error + 1e-3, name


def test_count_words():
    table = words()
    number = np.array([0.0, 1, 2, 3, 10, np.nan])
    got = count_chance(table.counts["a few"], number, 0.8)
    for n, x in zip(number[:-1], got[:-1], strict=True):
        brute = sum(stats.binom.pmf(k, n, 0.8) * table.counts["a few"][k] for k in range(int(n) + 1))
        assert x == pytest.approx(brute)
    assert got[0] < 1e-4 and got[3] > got[4] > 0


def test_a_place_is_in_the_news_as_often_as_people_leave_there(chita):
    """In proportion to its share of departures; read half as literally, to the root of it; where nobody leaves, never."""
    claim = replace(
        chita.evidence.claims["would-run"], id="x", quantity="share_of_departures", hedge="in the news", value=None
    )
    share = np.array([0.0, 0.01, 0.25, 1.0])
    assert word_chance(claim, share, words()).tolist() == share.tolist()
    assert np.allclose(word_chance(claim, share, words(2.0)), np.sqrt(share))
    nobody = {"claim x 0": np.array([np.nan, 0.5])}
    assert likelihood(claim, nobody, np.array([300.0, 300.0]), words()).tolist() == [0.0, 0.5]


def test_statements_grow_and_fall_as_they_should(chita):
    claims = chita.evidence.claims
    ask = np.array([0.0, 0.1, 0.5, 1.0])
    assert (np.diff(word_chance(claims["would-run"], ask, words())) > 0).all()
    assert list(word_chance(claims["safe"], np.array([0.0, 1, 2, 9]), words())) == [
        1.0,
        0.15,
        pytest.approx(0.0225),
        0.02,
    ]
    assert (np.diff(word_chance(claims["watching-up"], np.array([0.9, 1.0, 1.1, 1.5]), words())) > 0).all()
    row = words().statements["a growing number"]
    up, flat, flood = (
        trend(row, *(np.array([float(x)]) for x in v), np.array([300.0]), 0.25)[0]
        for v in ((6, 3, 9), (2, 6, 8), (60, 30, 200))
    )
    assert up > flat and up > flood


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=60))
def test_weighted_quantiles_are_those_of_repeated_values(pairs):
    values, times = (np.array(x) for x in zip(*pairs, strict=True))
    repeated = np.sort(np.repeat(values, times))
    for q in (0.05, 0.5, 0.95):
        want = repeated[max(0, int(np.ceil(q * len(repeated) - 1e-9)) - 1)]
        assert quantiles(values.astype(float), times.astype(float), (q,))[0] == want
    r = ranks(values.astype(float), times / times.sum())
    assert ((times / times.sum()) * r).sum() == pytest.approx(0.5)


def test_resample_keeps_proportions():
    w = np.array([0.5, 0.25, 0.125, 0.125, 0.0])
    times = resample(w, 400, 0.37)
    assert times.sum() == 400 and (np.abs(times - 400 * w) <= 1).all() and times[-1] == 0


def test_diagnostics():
    assert effective_sample_size(np.ones(70)) == pytest.approx(70)
    assert effective_sample_size(np.array([1.0, 0, 0])) == 1
    rng = np.random.default_rng(3)
    for k in (0.2, 0.5, 1.0):  # generalised Pareto tails; the estimator's sd at 3·√20000 points is about 0.06
        assert abs(pareto_k(stats.genpareto.rvs(k, size=20_000, random_state=rng) + 1) - k) < 0.25
    assert pareto_k(np.ones(100)) is None
