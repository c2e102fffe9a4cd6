"""Drawing where worlds are likely to fit changes how sure answers are, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from obrok.answers import pilot as pilots
from obrok.answers.weigh import effective_sample_size, likelihoods, weigh
from obrok.case.case import Case
from obrok.engine.tables import COLUMN
from obrok.worlds.population import draw_parameters
from obrok.worlds.proposal import FLOOR, Feature, Proposal, needed, pick, propose
from obrok.worlds.run import Plan, prepare, run_worlds


@pytest.fixture(scope="module")
def plan(chita) -> Plan:
    """The factual policy with a pilot's proposal."""
    bare = Plan(chita, 5, (chita.factual,))
    return replace(bare, proposal=pilots.pilot(bare, 2).proposal)


@pytest.fixture(scope="module")
def worlds(plan):
    """4,000 worlds by the proposal and 8,000 by the prior."""
    ours = replace(plan, answers=False)
    return run_worlds(ours, np.arange(4_000), 2), run_worlds(replace(ours, proposal=None), np.arange(8_000), 2)


def mean_and_error(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean and its standard error over worlds (delta method)."""
    w = weights / weights.sum()
    mean = float((w * values).sum())
    return mean, float(np.sqrt((w**2 * (values - mean) ** 2).sum()))


@given(
    guess=st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=12),
    f=st.lists(st.floats(-5, 5), min_size=12, max_size=12),
)
def test_any_guess_is_taken_out_exactly(guess, f):
    """E[W·f(θ_picked)] over the picking is the plain mean of f over the candidates: by exact sum, so no false alarms."""
    g, f = np.array(guess), np.array(f[: len(guess)])
    ends = np.cumsum(g) / g.sum()
    u = (np.concatenate([[0.0], ends[:-1]]) + ends) / 2
    picked, log_w = pick(np.tile(g, (len(g), 1)), u)
    chance = g / g.sum()
    assert (picked == np.arange(len(g))).all() or chance.min() < 1e-9
    assert np.sum(chance * np.exp(log_w) * f[picked]) == pytest.approx(f.mean(), rel=1e-9, abs=1e-9)


def test_candidates_are_picked_as_often_as_their_guess():
    """20,000 even numbers: shares to within one in n; no candidate is picked beyond the last."""
    u = (np.arange(20_000) + 0.5) / 20_000
    picked, _ = pick(np.tile([1.0, 5.0, 2.0], (len(u), 1)), u)
    assert np.allclose(np.bincount(picked) / len(u), [1 / 8, 5 / 8, 2 / 8], atol=1e-4)
    assert pick(np.array([[1.0, 1.0]]), np.array([1.0]))[0] == [1]


@pytest.mark.parametrize("seed", range(8))
def test_any_proposal_gives_back_the_prior(chita, seed):
    """Weighted by W, parameters have the prior's means, whatever the guess: parts, bounds, mixtures and whole numbers too.

    8 guesses of 55 means each, 5 standard errors: a false alarm in 4,000.
    """
    coefficients = np.random.default_rng(seed).uniform(-1.5, 1.5, 6)
    names = ("leave_rate", "far_share", "deductions", "hand_over_after", "crew_size", "visit_role")
    terms = tuple(Feature(n, False, 0.05, -2.0, 1.0, b) for n, b in zip(names, coefficients, strict=True))
    proposal = Proposal(terms, 0.0, 1.0, 1.0, 1.0, 0, 8)
    draws, log_w = propose(proposal, chita, seed, np.arange(3_000), {})
    plain = draw_parameters(chita, seed + 5000, np.arange(30_000))
    w = np.exp(log_w)
    assert w.std() > 0.01 and abs(w.mean() - 1) < 5 * w.std() / np.sqrt(len(w))
    for name in chita.priors:
        score = stats.rankdata(np.concatenate([draws[name], plain[name]])) / 33_000
        (a, ea), (b, eb) = mean_and_error(score[:3_000], w), mean_and_error(score[3_000:], np.ones(30_000))
        assert abs(a - b) < 5 * np.hypot(ea, eb) + 1e-3, name


def test_a_world_hangs_on_its_number_alone(plan):
    """How many worlds, in which order, with which neighbours: the same bits."""
    numbers = np.array([3, 999, 40, 17])
    all_ = prepare(plan, np.arange(1000))
    some = prepare(plan, numbers)
    assert (some.log_correction == all_.log_correction[numbers]).all()
    assert all((some.draws[n] == all_.draws[n][numbers]).all() for n in all_.draws)
    assert (all_.log_correction != 0).all() and np.exp(all_.log_correction).max() < 100


def test_what_is_fixed_stays_fixed_and_a_part_has_its_whole(plan):
    draws, _ = propose(plan.proposal, plan.case, 5, np.arange(200), {"leave_rate": 0.2, "fee": 0.6})
    assert (draws["leave_rate"] == 0.2).all() and (draws["fee"] == 0.6).all()
    priors = plan.case.priors
    assert needed(priors, ["fee"]) >= {"fee", "deductions"} and needed(priors, ["belief"]) >= {"hand_over_before"}
    assert needed(priors, ["leave_rate"]) == {"leave_rate"}


def test_candidates_draw_what_worlds_draw(plan):
    """What the guess reads of a candidate is what the world gets where that candidate is picked."""
    names = needed(plan.case.priors, (f.parameter for f in plan.proposal.features))
    few = draw_parameters(plan.case, 5, np.arange(300), None, (7, 32), names)
    whole = draw_parameters(plan.case, 5, np.arange(300), None, (7, 32))
    assert set(few) == set(names) and all((few[n] == whole[n]).all() for n in names)


def test_a_proposal_comes_back_from_the_disk(plan):
    again = Proposal.from_json(json.loads(json.dumps(plan.proposal.as_json())))
    assert again == plan.proposal and plan.proposal.guess(prepare(plan, np.arange(5)).draws).min() > FLOOR


def test_prior_means_and_posterior_means_agree_with_plain_weighing(chita, worlds):
    """Two ways to the same numbers: about 110 comparisons at 4.5 standard errors, a false alarm in 1,300."""
    ours, plain = worlds
    for weighed in (False, True):
        w, likes = [], []
        for c in (ours, plain):
            like = likelihoods(chita, c.claims, c.draws["posts"], c.possible)
            likes.append(weigh(chita, like, c.possible, log_correction=c.log_correction))
            w.append(weigh(chita, like if weighed else {}, c.possible, log_correction=c.log_correction).normal)
        for name in chita.priors:
            ranks = stats.rankdata(np.concatenate([ours.draws[name], plain.draws[name]])) / 12_000
            (a, ea), (b, eb) = mean_and_error(ranks[:4_000], w[0]), mean_and_error(ranks[4_000:], w[1])
            assert abs(a - b) < 4.5 * np.hypot(ea, eb) + 1e-3, (weighed, name)
    for claim, z in likes[1].z.items():
        assert likes[0].z[claim] == pytest.approx(z, rel=0.35)


def test_it_pays(chita, worlds):
    """The effective sample a world, against that of the prior (three times is usual; fixed seed)."""

    def size(c) -> float:
        like = likelihoods(chita, c.claims, c.draws["posts"], c.possible)
        return effective_sample_size(weigh(chita, like, c.possible, log_correction=c.log_correction).normal) / len(
            c.numbers
        )

    assert size(worlds[0]) > 1.5 * size(worlds[1])


def without_claims(case: Case) -> Case:
    claims = {
        k: replace(c, informs="context") if c.informs == "outcome" else c for k, c in case.evidence.claims.items()
    }
    return replace(case, evidence=replace(case.evidence, claims=claims))


def test_where_nothing_is_gained_the_prior_stays(chita, worlds):
    """No outcome claims, or likelihoods that hang on nothing drawn."""
    assert pilots.pilot(Plan(without_claims(chita), 1, (chita.factual,))) is None
    plain = worlds[1]
    features = pilots.features_of(chita, plain)
    order = np.random.default_rng(3).permutation(len(plain.numbers))
    noise = {k: x[order] for k, x in plain.claims.items()}
    assert pilots.fitted(chita, replace(plain, claims=noise, possible=np.ones(8_000, bool)), features) is None


def test_the_best_guess_is_the_closed_form():
    """Where L = e^(x·a), the best guess is L itself, less what the ridge takes (features of variance 1)."""
    x = np.random.default_rng(1).normal(size=(4_000, 3))
    a = np.array([1.0, -0.5, 0.0])
    b = pilots.best(x, x @ a, np.zeros(4_000))
    assert (abs(b) <= abs(a) + 0.05).all() and np.corrcoef(x @ a, x @ b)[0, 1] > 0.99


def test_days_after_the_last_claim_are_not_lived(chita):
    """And those before it are the same: what a claim asks of a version, and the whole record of its days."""
    plan = Plan(chita, 2, (chita.factual,), answers=False)
    cut = pilots.until_claims(plan)
    assert cut.days == chita.day(chita.evidence.documents["dnk-chita"].published[1]) + 1 < chita.days
    long, short = (run_worlds(p, np.arange(20), keep_series=True) for p in (plan, cut))
    assert long.claims.keys() == short.claims.keys()
    assert all(np.array_equal(long.claims[name], short.claims[name], equal_nan=True) for name in long.claims)
    for a, b in zip(long.days["as-reported"], short.days["as-reported"], strict=True):
        assert np.array_equal(a[:, :, : cut.days], b)


def test_a_trace_sees_the_world_of_the_run(small_run, small_plan):
    """As the command makes its plan: the same options, another number of worlds, no folder."""
    from obrok.outward import files, lives
    from obrok.outward.options import Options
    from obrok.outward.study import planned

    number = int(small_run.table["world"][7])
    seen = lives.look_into(planned(small_run.case, Options(worlds=8, seed=3))[0], number)
    row = (small_run.table["world"] == number) & (small_run.table["policy"] == small_run.case.factual.id)
    for name in small_run.case.priors:
        assert seen.draws[name] == small_run.table[files.column_of(name)][row][0], name
    (city,) = seen.under(small_run.case.factual).values()
    assert city.series[small_run.case.window[1]][COLUMN["at_post"]] == small_run.table["at_post_end"][row][0]
    assert small_run.table["log_correction"][row][0] != 0 and small_plan.proposal is not None


THREADS = """
from obrok.answers import pilot as p
from obrok.case.case import load
from obrok.worlds.run import Plan
p.ROUNDS = (400, 600)
case = load("chita-2015")
p.CARRIED = 20
print(p.pilot(Plan(case, 4, (case.factual,)), {threads}))
"""


def test_the_same_proposal_whatever_the_threads():
    """Ours, and those of the library of linear algebra."""
    told = set()
    for threads in (1, 2):
        env = os.environ | {f"{name}_NUM_THREADS": str(threads) for name in ("OPENBLAS", "OMP", "MKL")}
        done = subprocess.run(
            [sys.executable, "-c", THREADS.format(threads=threads)], capture_output=True, text=True, env=env, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1 and "Feature" in told.pop()
