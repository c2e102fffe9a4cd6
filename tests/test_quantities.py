"""Distributions keep their promises; words and units are what the tables say.

Draws here have fixed seeds; where a bound is statistical, a right program would miss it for fewer than one seed in 10⁵.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from obrok.problems import Reader
from obrok.quantities import (
    KINDS,
    LARGEST_COUNT,
    UNITS,
    Beta,
    Distribution,
    Exactly,
    Exponential,
    LogitNormal,
    LogNormal,
    Mixture,
    Normal,
    Scaled,
    Triangular,
    Uniform,
    converted,
    draw,
    figure_reading,
    flatten,
    is_for_ranges,
    read_distribution,
    relative_density,
    words,
)

DRAWN = {"other": np.array(0.7)}
SIMPLE = [
    Normal(900, 60),
    LogNormal(600, 350, 1000),
    LogNormal(1, 0.2, 5, plus=1),
    Beta(5, 5),
    Beta(1.5, 8),
    Uniform(0.4, 0.95),
    Triangular(0.35, 0.6, 1),
    Triangular(0, 0, 2),
    Triangular(0, 2, 2),
    Exponential(300, 36),
    Exponential(300, -36),
    LogitNormal("other", 0.7),
    Scaled(LogNormal(90, 30, 270), 1 / 7),
]
U = np.linspace(0.001, 0.999, 999)


@pytest.mark.parametrize("dist", SIMPLE, ids=str)
def test_quantile_and_cdf_are_inverse(dist: Distribution) -> None:
    x = dist.quantile(U, DRAWN)
    assert np.allclose(dist.cdf(x, DRAWN), U, atol=1e-9)
    assert np.all(np.diff(x) > 0)


@pytest.mark.parametrize("dist", SIMPLE, ids=str)
def test_density_integrates_to_the_cdf(dist: Distribution) -> None:
    x = dist.quantile(np.array([0.001, 0.1, 0.3, 0.5, 0.8, 0.99]), DRAWN)
    turns = [dist.mode] if isinstance(dist, Triangular) else []
    for low, high in pairwise(x):
        area, _ = integrate.quad(
            lambda v: float(dist.density(v, DRAWN)), low, high, points=[t for t in turns if low < t < high] or None
        )
        assert area == pytest.approx(float(dist.cdf(high, DRAWN) - dist.cdf(low, DRAWN)), abs=1e-7)


@pytest.mark.parametrize("dist", SIMPLE, ids=str)
def test_nothing_lies_outside(dist: Distribution) -> None:
    far = dist.quantile(np.array([1e-12, 1 - 1e-12]), DRAWN)
    assert dist.cdf(far[0] - 1e6, DRAWN) == pytest.approx(0, abs=1e-9) and dist.cdf(
        far[1] + 1e6, DRAWN
    ) == pytest.approx(1)


@pytest.mark.parametrize(
    ("median", "p05", "p95", "plus"),
    [(600, 350, 1000, 0), (0.0333, 0.00833, 0.143, 0), (9, 3, 35, 1.5), (30, 29, 300, 0)],
)
def test_lognormal_meets_its_three_percentiles(median: float, p05: float, p95: float, plus: float) -> None:
    found = LogNormal(median, p05, p95, plus).quantile(np.array([0.05, 0.5, 0.95]))
    assert found == pytest.approx([plus + p05, plus + median, plus + p95], rel=1e-12)


def test_other_promises() -> None:
    assert Normal(900, 60).quantile(np.array([0.5, 0.975])) == pytest.approx([900, 900 + 1.959964 * 60])
    assert Exponential(300, 36).quantile(np.array([1 - np.exp(-1)])) == pytest.approx([336])
    assert Exponential(300, -36).quantile(np.array([np.exp(-1)])) == pytest.approx([264])
    assert Beta(12, 4).quantile(np.array([0.05, 0.95])) == pytest.approx(stats.beta(12, 4).ppf([0.05, 0.95]))
    assert LogitNormal("other", 0.7).quantile(np.array([0.5]), DRAWN) == pytest.approx([0.7])
    assert Exactly(3).quantile(U).tolist() == [3.0] * len(U)


# -- drawing ----------------------------------------------------------------------------------------------------------
N = 200_000


def uniforms(seed: int):
    numbers = np.random.default_rng(seed).random((2, N))
    return lambda k: numbers[k]


def test_draw_keeps_bounds_and_weights() -> None:
    dist = Mixture(((0.3, Exactly(0.25)), (0.5, Uniform(-1, 3)), (0.2, Normal(2, 1))))
    x = draw(dist, uniforms(1), {}, 0.0, 1.0)
    assert x.min() >= 0 and x.max() <= 1
    exact = x == 0.25
    assert abs(exact.mean() - 0.3) < 4.5 * np.sqrt(0.3 * 0.7 / N)
    z = stats.truncnorm(-2, -1, loc=2, scale=1)
    rest = np.sort(x[~exact])
    mixed = (0.5 * rest + 0.2 * z.cdf(rest)) / 0.7
    assert np.abs(mixed - np.linspace(0, 1, len(rest))).max() < 2.5 / np.sqrt(len(rest))


def test_draw_below_another_draw() -> None:
    top = np.random.default_rng(2).random(N)
    x = draw(Mixture(((0.8, Beta(1, 9)), (0.2, Uniform(0, 1)))), uniforms(3), {}, 0.0, top)
    assert np.all(x <= top) and np.all(x >= 0)
    small = top < 0.05  # under a low bound each part keeps its weight: inside it the uniform part stays flat
    assert small.sum() > 5000 and 0.4 < (x[small] / top[small]).mean() < 0.5


def test_draw_of_a_whole_number_is_flat() -> None:
    x = np.floor(draw(converted(Uniform(6, 15), whole=True), uniforms(4), {}) + 0.5)
    counts = np.bincount(x.astype(int))[6:]
    assert len(counts) == 10 and np.abs(counts / N - 0.1).max() < 5 * np.sqrt(0.09 / N)


def test_draw_follows_the_draw_it_stands_around() -> None:
    other = np.random.default_rng(5).random(N)
    x = draw(LogitNormal("other", 0.5), uniforms(6), {"other": other}, 0, 1)
    assert stats.spearmanr(x[:5000], other[:5000]).statistic > 0.9


@pytest.mark.parametrize(
    ("claim", "fallback", "top"),
    [
        (Normal(900, 60), LogNormal(600, 350, 1000), np.inf),
        (Beta(12, 4), Uniform(0.4, 0.95), np.inf),
        (Uniform(0, 2), Exactly(0), np.inf),
        (Mixture(((0.3, Exactly(0)), (0.7, Beta(3, 2)))), Exactly(0), np.inf),
        (Mixture(((0.5, Exactly(1)), (0.5, Exactly(2)))), Exactly(1), np.inf),
        (Beta(1, 9), Uniform(0, 1), 0.3),
        (Scaled(Beta(2, 4), 0.5), Uniform(0, 1), 1.0),
    ],
    ids=str,
)  # fmt: skip
def test_leaving_a_claim_out_is_bounded(claim: Distribution, fallback: Distribution, top: float) -> None:
    """fallback / (c·claim + (1-c)·fallback) never exceeds 1/(1-c), and averages 1 over draws of the whole prior."""
    c = 0.848
    prior = Mixture(((c, claim), (1 - c, fallback)))
    x = draw(prior, uniforms(7), {}, 0.0, top)
    ratio = relative_density(fallback, prior, x, {}, 0.0, top)
    assert ratio.min() >= 0 and ratio.max() <= 1 / (1 - c) + 1e-9
    assert abs(ratio.mean() - 1) < 4.5 * ratio.std() / np.sqrt(N)


# -- units ------------------------------------------------------------------------------------------------------------
def test_every_unit_has_itself() -> None:
    assert all(units[name] == 1 for name, units in UNITS.items())
    assert all(factor > 0 for units in UNITS.values() for factor in units.values())


@pytest.mark.parametrize(
    ("canonical", "unit", "value", "expected"),
    [
        ("USD/month", "USD/year", 12, 1), ("USD/month", "USD/day", 12, 365), ("1/day", "1/year", 365, 1), ("1/day", "1/week", 7, 1),
        ("1/year", "1/day", 1, 365), ("1/year", "percent/year", 5, 0.05), ("days", "weeks", 2, 14), ("days", "years", 3, 1095),
        ("days", "months", 12, 365), ("share", "percent", 61, 0.61), ("1/week", "1/day", 1, 7),
    ],
)  # fmt: skip
def test_units_convert(canonical: str, unit: str, value: float, expected: float) -> None:
    assert converted(Exactly(value), UNITS[canonical][unit]) == Exactly(pytest.approx(expected))
    scaled = converted(LogNormal(value, value / 2, value * 2), UNITS[canonical][unit])
    assert scaled.quantile(np.array([0.5])) == pytest.approx([expected])


def test_there_and_back() -> None:
    assert UNITS["1/year"]["1/day"] * UNITS["1/day"]["1/year"] == pytest.approx(1)
    assert UNITS["1/week"]["1/day"] * UNITS["1/day"]["1/week"] == pytest.approx(1)


def test_conversion_reaches_every_part() -> None:
    """An exact value stays one (it has a mass), and a flat range of whole numbers is widened after it was converted."""
    mixed = Mixture(((0.5, Exactly(10)), (0.3, Uniform(20, 40)), (0.2, Mixture(((1.0, Beta(2, 4)),)))))
    parts = [part for _, part in flatten(converted(mixed, 0.01))]
    assert parts == [Exactly(0.1), Uniform(0.2, 0.4), Scaled(Beta(2, 4), 0.01)]
    assert converted(Uniform(2, 3), 365, whole=True) == Uniform(729.5, 1095.5)


# -- as written in a case ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{normal: {mean: 900, sd: 60}}", Normal(900, 60)),
        ("{lognormal: {median: 9, p05: 3, p95: 35, plus: 1.5}}", LogNormal(9, 3, 35, 1.5)),
        ("{beta: {a: 5, b: 5}}", Beta(5, 5)),
        ("{uniform: {from: 0.4, to: 0.95}}", Uniform(0.4, 0.95)),
        ("{triangular: {from: 0.35, mode: 0.6, to: 1}}", Triangular(0.35, 0.6, 1)),
        ("{exponential: {from: 300, mean: 36}}", Exponential(300, 36)),
        ("{logit_normal: {around: other, sd: 0.7}}", LogitNormal("other", 0.7)),
        ("{exactly: 0.95}", Exactly(0.95)),
        ("{word: {word: roughly, value: 300}}", LogNormal(300, 300 * 0.82, 300 * 1.22)),
        ("{mixture: [{weight: 0.3, exactly: 0}, {weight: 0.7, beta: {a: 3, b: 2}}]}", Mixture(((0.3, Exactly(0)), (0.7, Beta(3, 2))))),
        ("{why: nothing}", None),
    ],
)  # fmt: skip
def test_distributions_as_written(text: str, expected: Distribution | None, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    reader = Reader()
    root = reader.open(tmp_path / "a.yaml", "a.yaml")
    assert root is not None
    assert read_distribution(reader, root, ("other",), words().figures) == expected and not reader.problems


def test_every_kind_was_read() -> None:
    assert set(KINDS) == {
        "normal",
        "lognormal",
        "beta",
        "uniform",
        "triangular",
        "exponential",
        "logit_normal",
        "exactly",
        "word",
        "mixture",
    }


# -- words ------------------------------------------------------------------------------------------------------------
def test_words_for_counts_share_every_number_among_them() -> None:
    counts = words().counts
    total = sum(counts.values())
    assert all(len(p) == LARGEST_COUNT + 1 and p.min() >= 0 for p in counts.values())
    assert total == pytest.approx(np.ones(LARGEST_COUNT + 1))
    few = counts["a few"]
    assert np.argmax(few) in (3, 4) and few[2] < few[3] and few[8] < 0.1  # most of its use is for three and four
    assert counts["none"][0] == pytest.approx(1, abs=0.05) and counts["one"][1] > 0.5


def test_every_word_has_its_source() -> None:
    table = words()
    assert set(table.all()) <= set(table.sources) and all(table.sources[word] for word in table.all())
    assert 0 < table.slip < 1 and 0 < table.known < 1


def test_words_for_shares_are_shares_in_order() -> None:
    shares = words().shares
    medians = [float(shares[w].quantile(np.array([0.5]))[0]) for w in ("almost none", "few", "some", "many", "most")]
    assert medians == sorted(medians) and medians[0] > 0 and medians[-1] < 1


@pytest.mark.parametrize("word", words().figures)
def test_words_beside_figures(word: str) -> None:
    row = words().figures[word]
    if is_for_ranges(row):
        assert figure_reading(row, 800, 1000) == Normal(900, row["range"] * 200)
        return
    q05, q50, q95 = figure_reading(row, 300, 300).quantile(np.array([0.05, 0.5, 0.95]))
    if "factor" in row:
        assert (q05, q50, q95) == pytest.approx((300 * row["factor"][0], 300, 300 * row["factor"][1]))
        spread = figure_reading(row, 800, 1000)
        assert spread == Normal(900, row["range"] * 200)
    else:
        assert q05 >= 300 if "above" in row else q95 <= 300


def test_words_that_fit() -> None:
    table = words()
    assert table.fitting("people")[0] == next(iter(table.counts)) and "safe" in table.fitting("people")
    assert table.fitting("share")[0] == "most" and "often" in table.fitting("share")
    assert table.fitting("1", "trend") == ["a growing number", *table.trends]
    assert table.fitting("1", "watch_change") == ["stepped up", *table.trends]
    assert table.fitting("USD") == table.fitting("people", with_figure=True) == list(table.figures)
