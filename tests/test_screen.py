"""Going on with one version of each block changes what a run costs, and no answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from obrok.answers import pilot as pilots
from obrok.answers import screen as screening
from obrok.answers.pilot import CARRIED, MOST_FIT, Guide, carried, likes_of, until_claims
from obrok.answers.screen import BLOCK, FLOOR, keep, whole_blocks
from obrok.answers.weigh import effective_sample_size, pareto_k, weigh
from obrok.case.case import Case
from obrok.worlds.proposal import CANDIDATES
from obrok.worlds.run import Chunk, Plan, run_worlds

VERSIONS = 16_000


@pytest.fixture(scope="module")
def guide(chita) -> Guide:
    found = pilots.pilot(Plan(chita, 5, (chita.factual,)), 2)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def versions(chita, guide) -> Chunk:
    """As a run imagines them."""
    plan = Plan(chita, 5, (chita.factual,), proposal=guide.proposal, answers=False)
    return run_worlds(until_claims(plan), np.arange(VERSIONS), 2)


def kept_of(case: Case, c: Chunk, guide: Guide, seed: int = 5):
    return keep(case, seed, c.numbers, likes_of(case, c), c.possible, c.log_correction, guide)


def test_whole_blocks():
    assert [whole_blocks(n) for n in (1, BLOCK, BLOCK + 1, 20_000)] == [BLOCK, BLOCK, 2 * BLOCK, 20_000]


def test_one_of_each_block_and_of_its_own_block_alone(chita, guide, versions):
    kept = kept_of(chita, versions, guide)
    assert (kept.index // BLOCK == np.arange(VERSIONS // BLOCK)).all() and versions.possible[kept.index].all()
    some = slice(40 * BLOCK, 90 * BLOCK)
    part = Chunk(
        versions.numbers[some], {k: v[some] for k, v in versions.draws.items()}, versions.log_correction[some],
        versions.possible[some], {}, {k: v[some] for k, v in versions.claims.items()}, {},
    )  # fmt: skip
    few = kept_of(chita, part, guide)
    assert (few.index + 40 * BLOCK == kept.index[40:90]).all()
    assert np.allclose(few.log_correction, kept.log_correction[40:90], rtol=1e-12)


def test_claims_that_contradict_one_another_leave_numbers(chita, guide, versions, monkeypatch):
    """Where versions fit better than a number can say, they are picked alike, and what comes of it are numbers still."""
    found = weigh(chita, likes_of(chita, versions), versions.possible, log_correction=versions.log_correction)
    far = replace(found, log=found.log + 5 * MOST_FIT)
    monkeypatch.setattr(screening, "weigh", lambda *args, **more: far)
    with np.errstate(over="raise"):
        kept = kept_of(chita, versions, guide)
        level = pilots.level_of(far.log - versions.log_correction, versions.log_correction, versions.possible)
    assert np.isfinite(kept.log_correction).all() and versions.possible[kept.index].all() and np.isfinite(level)


def test_over_the_picking_nothing_is_gained_or_lost(chita, guide, versions):
    """Mean of f over the kept, weighted, is that over all versions, for parameters, before and after weighing: 120 picks of
    the same versions by other numbers, 110 means within 4.5 standard errors of the picking: a false alarm in 1,300."""
    likes, w = likes_of(chita, versions), np.where(versions.possible, np.exp(versions.log_correction), 0.0)
    fit = np.exp(weigh(chita, likes, versions.possible, means=guide.z).log)
    f = np.stack([np.argsort(np.argsort(x)) / VERSIONS for x in versions.draws.values()])
    sums: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for seed in range(120):
        kept = kept_of(chita, versions, guide, seed)
        correction = BLOCK * np.exp(kept.log_correction)
        for weighed in sums:
            sums[weighed].append(f[:, kept.index] @ (correction * (fit[kept.index] if weighed else 1.0)))
    for weighed, told in sums.items():
        got, truth = np.array(told), f @ (w * (fit if weighed else 1.0))
        error = got.std(axis=0) / np.sqrt(len(got))
        assert (np.abs(got.mean(axis=0) - truth) < 4.5 * error).all()


def test_z_is_that_of_all_versions(chita, guide, versions):
    likes = likes_of(chita, versions)
    whole = weigh(chita, likes, versions.possible, log_correction=versions.log_correction).z
    assert kept_of(chita, versions, guide).z == whole
    again = weigh(chita, likes, versions.possible, log_correction=versions.log_correction, means=whole)
    assert np.allclose(again.log, weigh(chita, likes, versions.possible, log_correction=versions.log_correction).log)


def test_it_pays_and_stays_bounded(chita, guide, versions):
    """What a kept version is worth, against one that was not picked (six times is usual; fixed seed)."""
    likes, kept = likes_of(chita, versions), kept_of(chita, versions, guide)
    plain = weigh(chita, likes, versions.possible, log_correction=versions.log_correction).normal
    some = {k: x[kept.index] for k, x in likes.items()}
    w = weigh(chita, some, versions.possible[kept.index], log_correction=kept.log_correction, means=kept.z).normal
    each, before = effective_sample_size(w) / len(w), effective_sample_size(plain) / len(plain)
    assert each > 3 * before and (pareto_k(w) or 0) < 0.7
    # a version that fits worse than any still stands for no more than 1/FLOOR of its block's mean
    share = np.where(versions.possible, np.exp(versions.log_correction), 0.0).reshape(-1, BLOCK).mean(axis=1)
    fit = np.exp(weigh(chita, likes, versions.possible, means=guide.z).log).reshape(-1, BLOCK).max(axis=1)
    assert (np.exp(kept.log_correction) <= share * (1 + fit / guide.level / FLOOR) * (1 + 1e-9)).all()


def test_a_block_without_a_possible_version(chita, guide, versions):
    first = np.arange(2 * BLOCK)
    possible = first >= BLOCK
    likes = {k: np.where(possible, x[first], 0.0) for k, x in likes_of(chita, versions).items()}
    kept = keep(chita, 5, first, likes, possible, versions.log_correction[first], guide)
    assert list(possible[kept.index]) == [False, True] and np.isfinite(kept.log_correction).all()


def test_tempering_goes_as_far_as_worlds_carry_it(chita, versions):
    """β: 1 where enough worlds fit, less the sharper the likelihood, and never so large that fewer than asked for carry it."""
    x = np.random.default_rng(1).normal(size=4_000)
    flat, fits = np.ones(len(x)), (0.01, 300.0, 3e4)
    betas = []
    for sharpness in fits:
        likes = {c.id: flat for c in chita.outcome_claims()} | {
            "safe": np.maximum(np.exp(-0.5 * sharpness * (x - 2.0) ** 2), 1e-300)
        }
        betas.append(carried(chita, likes, np.zeros(len(x))))
        assert effective_sample_size(likes["safe"] ** betas[-1]) >= CARRIED
    assert betas[0] == 1.0 and betas == sorted(betas, reverse=True) and betas[-1] < 0.1


def sharp(case: Case) -> Case:
    """The case with figures in the place of two words: far more is said, and hardly any version of the prior fits."""
    claims = dict(case.evidence.claims)
    claims["may-found"] = replace(claims["may-found"], hedge="roughly", value=(8.0, 8.0))
    claims["growing-number"] = replace(
        claims["growing-number"],
        hedge="roughly",
        value=(20.0, 20.0),
        quantity="left",
        compared_with=None,
        unit="people",
    )
    return replace(case, evidence=replace(case.evidence, claims=claims))


def test_where_hardly_any_version_fits(chita, monkeypatch):
    """Tempered rounds find the corner that the claims speak of: a kept version is worth more than four times what one
    drawn from the prior is (fixed seed; ten times is usual)."""
    monkeypatch.setattr(pilots, "FURTHER", 4)
    case = sharp(chita)
    plan = until_claims(Plan(case, 5, (case.factual,), answers=False))
    found = pilots.pilot(plan, 2)
    assert found is not None and found.proposal is not None
    assert found.proposal.pilot > 6_000 and found.proposal.candidates > CANDIDATES
    worth = []
    for proposal in (found.proposal, None):
        c = run_worlds(replace(plan, proposal=proposal), np.arange(8_000), 2)
        kept, likes = kept_of(case, c, found), likes_of(case, c)
        some, possible = {k: x[kept.index] for k, x in likes.items()}, c.possible[kept.index]
        w = weigh(case, some, possible, log_correction=kept.log_correction, means=found.z).normal
        worth.append(effective_sample_size(w))
    assert worth[0] > 4 * worth[1]
