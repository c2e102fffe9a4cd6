"""Leverage: an answer with something left out is what a case without it gives; when it needs new worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from obrok.answers.answers import Weighed, all_answers
from obrok.answers.explain import Left, Leverage, Worlds, as_drawn, density_ratio, left_out
from obrok.answers.quantiles import Ordered, quantiles
from obrok.answers.unknowns import Bins
from obrok.answers.weigh import ENOUGH, HEAVY, effective_sample_size, likelihoods, weigh
from obrok.case.case import Case
from obrok.worlds.population import draw_parameters
from obrok.worlds.run import Chunk, Plan, run_worlds

WORLDS = 3_000


def removed(case: Case, *ids: str) -> Case:
    """The case as if these claims had never been reported: what rests on them rests on its fallback."""
    claims = {k: c for k, c in case.evidence.claims.items() if k not in ids}
    priors = {name: p.resting_on([c for c in p.cited if c.claim.id not in ids]) for name, p in case.priors.items()}
    return replace(case, evidence=replace(case.evidence, claims=claims), priors=priors)


@pytest.fixture(scope="module")
def case(chita):
    """Without the two claims that few worlds fit, so that few thousand worlds are enough to compare."""
    return removed(chita, "safe", "may-found")


def lived(case: Case, seed: int) -> Chunk:
    return run_worlds(Plan(case, seed, (case.factual,)), np.arange(WORLDS), 2)


@pytest.fixture(scope="module")
def worlds(case):
    return lived(case, 1)


def given(case: Case, worlds: Chunk, likes: dict[str, np.ndarray] | None = None) -> Worlds:
    """The worlds as they are weighed; `likes`: likelihoods set by hand."""
    out = Worlds(case, worlds.claims, worlds.draws, worlds.possible)
    if likes is not None:
        out.__dict__["likes"] = likes
    return out


def weights_of(case: Case, worlds: Chunk) -> np.ndarray:
    likes = likelihoods(case, worlds.claims, worlds.draws["posts"], worlds.possible)
    return weigh(case, likes, worlds.possible).normal


def without(case: Case, worlds: Chunk, claim: str) -> np.ndarray:
    left = left_out(given(case, worlds))
    return next(x.weights for x in left if (x.kind, x.id) == ("claim", claim))


def share_above(worlds: Chunk, weights: np.ndarray, name: str, limit: float) -> tuple[float, float]:
    """Share of the weight with more than this, and its standard error."""
    above = (worlds.answers["as-reported"][name] > limit) & (weights > 0)
    share = float(weights[above].sum())
    return share, float(np.sqrt((weights**2 * (above - share) ** 2).sum()))


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Distance in standard errors."""
    return abs(one[0] - other[0]) / np.hypot(one[1], other[1])


#: claim left out → outcomes that it moves, each at its middle and at an end
LOOKED_AT = {
    "roughly-300": ("at_post_end", "left"),
    "fled-far": ("far_share", "left"),
    "growing-number": ("left", "found"),
}


@pytest.mark.parametrize("claim", LOOKED_AT)
def test_reweighing_is_a_run_of_the_case_without_the_claim(case, worlds, claim):
    """Two input claims and an outcome claim, each against other worlds of the case without it (another seed).

    Twelve shares within 4.5 standard errors: a right program fails one time in 12,000. With the claim left in, the
    distance is beyond 3.5 for each claim, so that a program that left nothing out would fail.
    """
    other = removed(case, claim)
    fresh = lived(other, 2)
    direct, reweighed, all_in = weights_of(other, fresh), without(case, worlds, claim), weights_of(case, worlds)
    moved = []
    for name in LOOKED_AT[claim]:
        for limit in quantiles(fresh.answers["as-reported"][name], direct, (0.5, 0.9)):
            truth = share_above(fresh, direct, name, limit)
            assert apart(share_above(worlds, reweighed, name, limit), truth) < 4.5, (name, limit)
            moved.append(apart(share_above(worlds, all_in, name, limit), truth))
    assert max(moved) > 3.5


def test_an_outcome_claim_left_out_is_never_weighed(case, worlds):
    """In the same worlds: to the last bits."""
    direct = weights_of(removed(case, "growing-number"), worlds)
    assert np.allclose(without(case, worlds, "growing-number"), direct, rtol=1e-12, atol=0)


def test_an_input_left_out_by_hand(case, worlds):
    """The fallback's worlds are weighed as a run by the fallback would: likelihoods against their mean over *its* worlds."""
    prior, n = case.priors["posts"], WORLDS
    likes = {c.id: np.full(n, 1.0) for c in case.outcome_claims()} | {"growing-number": worlds.draws["posts"] ** 2}
    likes = {k: np.where(worlds.possible, x, 0.0) for k, x in likes.items()}
    left = left_out(given(case, worlds, likes))
    got = next(x.weights for x in left if x.id == "roughly-300")
    ratio = density_ratio(prior, prior.resting_on(()), worlds.draws) * worlds.possible
    like = likes["growing-number"]
    c = case.evidence.credence(case.evidence.claims["growing-number"])
    want = ratio * (c * (0.9 * like / ((ratio * like).sum() / ratio.sum()) + 0.1) + 1 - c)
    assert np.allclose(got, want / want.sum(), rtol=1e-10)


def test_parts_and_wholes_as_they_were_drawn(chita):
    """The dues claim left out gives back its fallback, flat from .4 to .95, though a part was cut out of the dues; with
    the part fixed nothing was cut (fixed seed; 4.5 standard errors)."""
    for fix in ({}, {"deductions": 0.1}):
        draws = draw_parameters(chita, 4, np.arange(20_000), fix)
        drawn = as_drawn(chita, draws, frozenset(fix))
        assert "deductions" in fix or drawn["deductions"].max() <= 0.2 + 1e-12
        ratio = density_ratio(chita.priors["fee"], chita.priors["fee"].resting_on(()), drawn)
        w = ratio / ratio.sum()
        for q in (0.1, 0.5, 0.9):
            inside = drawn["fee"] <= 0.4 + q * 0.55
            got = w[inside].sum()
            assert abs(got - q) < 4.5 * np.sqrt((w**2 * (inside - got) ** 2).sum()) + 1e-3


def test_every_claim_source_origin_and_kind_of_source(case, worlds):
    left = left_out(given(case, worlds))
    used = [c for c in case.evidence.claims.values() if c.informs != "context"]
    of = {kind: {x.id for x in left if x.kind == kind} for kind in ("claim", "source", "origin", "kind of source")}
    assert of["claim"] == {c.id for c in used} and of["source"] == {c.source for c in used}
    assert of["origin"] == {case.evidence.origin(c) for c in used}
    assert of["kind of source"] == {case.evidence.sources[c.source].kind for c in used}
    assert len(left) == sum(map(len, of.values()))


def test_of_two_kinds_one_is_left_out_alone(case, worlds):
    """Were the second source an official, leaving officials out would be leaving that source out."""
    sources = {k: replace(s, kind="official") if k == "S2" else s for k, s in case.evidence.sources.items()}
    mixed = replace(case, evidence=replace(case.evidence, sources=sources))
    left = {(x.kind, x.id): x for x in left_out(given(mixed, worlds))}
    assert np.array_equal(left["kind of source", "official"].weights, left["source", "S2"].weights)
    assert not np.allclose(left["kind of source", "unnamed person"].weights, left["source", "S2"].weights)


def test_a_live_case_tells_no_count_of_one_to_four(case, worlds):
    left, w = left_out(given(case, worlds)), weights_of(case, worlds)

    def small(live: bool) -> set[str]:
        shown = replace(case, live=live)
        weighed = Weighed(shown, worlds.draws, worlds.answers, w, w, left, Bins({}, 0, [], {}), frozenset())
        rows = (
            (a, row[k]) for a in all_answers(weighed) for row in a.leverage for k in ("p50_without", "width_without")
        )
        return {a.id for a, x in rows if x is not None and 0 < x < 5 and a.unit == "people"}

    assert small(False) and not small(True)


def told(weights: np.ndarray) -> dict:
    values = np.arange(float(len(weights)))
    even = np.full(len(weights), 1 / len(weights))
    leverage, ordered = Leverage([Left("claim", "x", weights / weights.sum())], even), Ordered.of(values)
    moved, sure, size = leverage.moves(ordered.ranks(even)[:, None])
    return leverage.rows(ordered, moved[:, 0], sure[:, 0], size[:, 0])[0]


def test_needs_new_worlds():
    """Too few effective worlds, or too heavy a tail: no figure, and nothing is sure."""
    rng = np.random.default_rng(8)
    light, few = rng.uniform(0.5, 1.5, 4000), np.where(np.arange(4000) < ENOUGH - 20, 1.0, 1e-6)
    heavy = (
        rng.pareto(1.0, 100_000) + 1e4
    )  # a tail of shape 1 that carries little yet: enough worlds, none to be trusted
    assert told(light)["p50_without"] is not None and told(light)["pareto_k"] < HEAVY
    assert effective_sample_size(few) < ENOUGH and told(few)["p50_without"] is None
    row = told(heavy)
    assert row["effective_sample_size"] > ENOUGH and row["pareto_k"] > HEAVY
    assert row["p50_without"] is None and row["width_without"] is None and not row["sure"]


def test_the_interval_of_a_median_left_out():
    """Of 400 samples of 600 uneven worlds, nine in ten intervals hold the middle of what they are drawn from (0.9, 4.5
    standard errors: 0.0675)."""
    rng, held = np.random.default_rng(12), 0
    for _ in range(400):
        x, w = rng.normal(size=600), rng.uniform(0.1, 1.9, 600)
        even = np.full(600, 1 / 600)
        leverage, ordered = Leverage([Left("claim", "x", w / w.sum())], even), Ordered.of(x)
        moved, sure, size = leverage.moves(ordered.ranks(even)[:, None])
        low, high = leverage.rows(ordered, moved[:, 0], sure[:, 0], size[:, 0])[0]["p50_interval"]
        held += low <= 0.0 <= high
    assert abs(held / 400 - 0.9) < 0.0675
