"""Scores of predictions: CRPS and PIT against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from obrok.answers.scores import chance_of_so_few, coverage_range, crps, pit

FIGURES = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))
SAMPLES = st.lists(st.tuples(FIGURES, st.floats(0.01, 10)), min_size=1, max_size=25)


def split(sample) -> tuple[np.ndarray, np.ndarray]:
    values, weights = zip(*sample, strict=True)
    return np.array(values), np.array(weights)


def by_pairs(x: np.ndarray, w: np.ndarray, y: float) -> float:
    """E|X - y| - ½ E|X - X'|, every pair looked at."""
    w = w / w.sum()
    return float((w * np.abs(x - y)).sum() - 0.5 * (w[:, None] * w * np.abs(x[:, None] - x)).sum())


@given(SAMPLES, FIGURES)
def test_crps_by_pairs(sample, y):
    x, w = split(sample)
    size = max(1.0, np.abs(x).max(), abs(y))
    assert crps(x, w, y) == pytest.approx(by_pairs(x, w, y), abs=1e-9 * size)


@given(SAMPLES, FIGURES, FIGURES, st.floats(0.01, 100))
def test_crps_moves_with_its_unit(sample, y, shift, scale):
    """Shifted alike, it stays; stretched alike, it stretches; weights count by their proportions; order does not matter."""
    x, w = split(sample)
    size = max(1.0, np.abs(x).max(), abs(y), abs(shift)) * max(1.0, scale)
    base = crps(x, w, y)
    assert base >= 0
    assert crps(x + shift, w, y + shift) == pytest.approx(base, abs=1e-8 * size)
    assert crps(scale * x, w, scale * y) == pytest.approx(scale * base, abs=1e-8 * size)
    assert crps(-x, w, -y) == pytest.approx(base, abs=1e-8 * size)
    assert crps(x[::-1], 3 * w[::-1], y) == pytest.approx(base, abs=1e-8 * size)
    assert crps(np.tile(x, 2), np.tile(w, 2), y) == pytest.approx(base, abs=1e-8 * size)


@given(FIGURES, FIGURES)
def test_crps_of_one_number_is_its_error(x, y):
    assert crps(np.array([x]), np.array([2.0]), y) == pytest.approx(abs(x - y))


@pytest.mark.parametrize("y", [-3.0, -0.5, 0.0, 0.2, 2.5])
def test_crps_of_a_normal(y):
    """Closed form: σ·(z·(2Φ(z) - 1) + 2φ(z) - 1/√π) (Gneiting and others 2005)."""
    n, mean, sd = 20_000, 10.0, 3.0
    z = special.ndtri((np.arange(n) + 0.5) / n)
    exact = sd * (y * (2 * special.ndtr(y) - 1) + 2 * stats.norm.pdf(y) - 1 / np.sqrt(np.pi))
    assert crps(mean + sd * z, np.ones(n), mean + sd * y) == pytest.approx(exact, rel=1e-3)
    # the same normal, as unequal weights on an even grid
    grid = np.linspace(-8, 8, 20_001)
    assert crps(mean + sd * grid, stats.norm.pdf(grid), mean + sd * y) == pytest.approx(exact, rel=1e-3)


def test_crps_is_proper():
    """On average nobody does better than by saying what is true: here, than by saying it narrower or wider."""
    rng = np.random.default_rng(5)
    truth, grid = rng.normal(size=2_000), special.ndtri((np.arange(400) + 0.5) / 400)
    scores = {sd: np.mean([crps(sd * grid, np.ones(400), y) for y in truth]) for sd in (0.5, 1.0, 2.0)}
    assert min(scores, key=lambda sd: scores[sd]) == 1.0 and scores[1.0] == pytest.approx(1 / np.sqrt(np.pi), rel=0.05)


@given(SAMPLES, FIGURES, st.floats(0.001, 0.999))
def test_pit(sample, y, u):
    x, w = split(sample)
    place = pit(x, w, y, u)
    assert -1e-12 <= place <= 1 + 1e-12
    assert pit(x, w, x.min() - 1, u) == 0 and pit(x, w, x.max() + 1, u) == pytest.approx(1)
    assert pit(-x, w, -y, 1 - u) == pytest.approx(1 - place)
    assert pit(np.array([y, y]), np.ones(2), y, u) == pytest.approx(u)


def test_pit_of_counts_is_uniform():
    """Randomised within its step: even for counts most of which are 0."""
    rng = np.random.default_rng(3)
    x, y, u = rng.poisson(0.7, 5_000), rng.poisson(0.7, 4_000), rng.random(4_000)
    assert stats.kstest([pit(x, np.ones(5_000), k, v) for k, v in zip(y, u, strict=True)], "uniform").pvalue > 1e-3


def test_what_few_observations_prove():
    """Clopper and Pearson: each end leaves 2.5 % beyond it."""
    for inside, of in ((0, 3), (4, 5), (7, 9), (6, 6)):
        low, high = coverage_range(inside, of)
        assert 0 <= low <= inside / of <= high <= 1
        assert inside == 0 or stats.binom.sf(inside - 1, of, low) == pytest.approx(0.025)
        assert inside == of or stats.binom.cdf(inside, of, high) == pytest.approx(0.025)
    assert chance_of_so_few(4, 5, 0.9) == pytest.approx(stats.binom.cdf(4, 5, 0.9))
