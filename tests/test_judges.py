"""Every judge catches the mistake it is there for, and none cries wolf.

Mistakes are planted at the one door to the engine. Seeds are fixed; the level of a question of chance is that of the
command, so that a right engine passes here with a chance above 0.99.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from obrok.verify import adapter, against_closed_forms, candidates, closed_forms, pairing, reference, settings
from obrok.verify.chance import bernstein, bernstein_limit, several
from obrok.verify.checks import CHECKS, FALSE_ALARM, Job
from obrok.verify.verdicts import judge

LEVEL = FALSE_ALARM / sum(c.kind == "chance" for c in CHECKS)
BY_ID = {c.id: c for c in CHECKS}


@pytest.fixture(autouse=True)
def nothing_remembered():
    yield
    against_closed_forms.run_open_loop.cache_clear()
    against_closed_forms.run_fates.cache_clear()


def verdict(name: str, worlds: int = 100) -> bool | None:
    against_closed_forms.run_open_loop.cache_clear()
    against_closed_forms.run_fates.cache_clear()
    return judge(BY_ID[name], Job(worlds, 7, LEVEL, 1)).passed


# --- what may be wrong with an engine: each changes what the adapter gives ------------------------------------------
def other_parameters(**factors):
    """The engine takes these parameters for so many times what they are."""

    def plant(right):
        def wrong(parameters, *rest):
            return right({k: v * factors.get(k, 1.0) for k, v in parameters.items()}, *rest)

        return wrong

    return plant


def twins(right):
    """Every second world is the one before it once more: right means, too much spread."""

    def wrong(parameters, schedule, first, numbers, seed):
        runs = right(parameters, schedule, first, numbers, seed)
        series = runs.series.copy()
        half = series[: len(series) // 2] - series.mean(0, dtype=float)
        series[: len(half)] = np.rint(series.mean(0, dtype=float) + 1.5 * half)
        return runs._replace(series=series)

    return wrong


def a_cent_lost(right):
    def wrong(*given):
        runs = right(*given)
        runs.series[0, 5:, adapter.SERIES.index("kept")] -= 1
        return runs

    return wrong


def turned_late(right):
    """Contracts end on even days only."""

    def wrong(parameters, schedule, first, numbers, seed):
        runs = right(parameters, schedule, first, numbers, seed)
        column = adapter.SERIES.index("returned")
        runs.series[:, 1::2, column] = runs.series[:, 0::2, column][:, : runs.series[:, 1::2].shape[1]]
        return runs

    return wrong


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("laws", a_cent_lost),
        ("cents", a_cent_lost),
        ("matrices", other_parameters(taken_back=1.5)),
        ("spreads", twins),
        ("pay", other_parameters(side_pay=1.1)),
        ("detention", other_parameters(detention_days=1.05)),
        ("hiding", other_parameters(taken_back=1.1)),
        ("turns", other_parameters(contract_days=1 + 1 / 90)),
        ("phases", turned_late),
    ],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_planted_mistake_is_caught(monkeypatch, name, plant):
    assert verdict(name) is True
    monkeypatch.setattr(adapter, "engine_series", plant(adapter.engine_series))
    assert verdict(name) is False


@pytest.mark.parametrize(("name", "worlds"), [("anchor", 100), ("at-rest", 300)])
def test_a_wrong_anchor_is_caught(monkeypatch, name, worlds):
    assert verdict(name, worlds) is True
    right = adapter.engine_anchors
    if name == "anchor":
        monkeypatch.setattr(adapter, "engine_anchors", lambda *given: right(*given) + np.array([0.1, 0.0]))
    else:  # the day's departures against the integral at the attractions that the engine says it has
        series = adapter.engine_series
        off = lambda world, *rest: series({**world, "a_nearby": world["a_nearby"] + 0.1}, *rest)  # noqa: E731
        monkeypatch.setattr(adapter, "engine_series", off)
    assert verdict(name, worlds) is False


# --- candidate days -------------------------------------------------------------------------------------------------
def plain_candidates(gap_off: int = 0, cut: bool = True, keep_going: bool = False):
    """Candidate days as the description has them, with another generator; with mistakes, if asked for."""

    def draw(seed, repeat, world, unit, word, w, first, last):
        rng = np.random.Generator(np.random.PCG64([seed, repeat, world, unit, word]))
        length, days, heights = candidates.block_days(w), [], []
        day = -1
        for block in range(first // length, last // length + 1):
            day = day if keep_going and block else block * length - 1
            while True:
                day += 1 + gap_off + int(np.floor(-np.log(rng.random()) / w))
                if day >= (block + 1) * length:
                    break
                if first <= day <= last:
                    days.append(day)
                    heights.append(-np.log1p(-rng.random() * (-np.expm1(-w) if cut else 1.0)))
        return np.array(days, int), np.array(heights)

    return draw


def test_candidate_days_that_are_right_pass():
    assert several([p for _, p in candidates.all_hazards(plain_candidates(), 100, 3)]) > 1e-3


@pytest.mark.parametrize("mistake", [dict(gap_off=1), dict(cut=False), dict(keep_going=True)], ids=str)
def test_candidate_days_that_are_wrong_fail(mistake):
    """A gap a day too long; heights without their upper end; a block that loses the days up to its first by carrying on
    from beyond the one before."""
    assert several([p for _, p in candidates.all_hazards(plain_candidates(**mistake), 100, 3)]) < LEVEL


# --- the judges against each other, and their tools -----------------------------------------------------------------
def test_closed_forms_agree_with_the_reference():
    """Two judges that share only the leaving rule: means at most with the rate of one check, 1,000 worlds."""
    s = against_closed_forms.open_loop()
    world = closed_forms.anchored(s.parameters, s.schedule)
    told = reference.simulate(world, s.schedule, s.enterprise_first, 300, 4)
    run = against_closed_forms.OpenLoop(120, closed_forms.one_post(world, s.schedule), told.series, np.empty(0))
    p_means, way = against_closed_forms.means(run, LEVEL)
    p_spreads, _, limits = against_closed_forms.variances(run, LEVEL)
    assert p_means > LEVEL and p_spreads > LEVEL
    assert np.abs(way).max() < 1 and limits[0] < 1 < limits[1]


def test_a_matrix_of_a_day_moves_everyone_somewhere():
    day = reference.host(settings.steady(1, settings.PLAIN), 0)
    move, counted = closed_forms.away_matrices(settings.PLAIN, day)
    assert np.allclose(move.sum(1), 1.0, atol=1e-15) and (move >= 0).all()
    assert all((x <= move + 1e-15).all() for x in counted.values())


def test_the_anchor_leaves_as_the_rates_say():
    """Solved over the grid of persons, checked on 400,000 drawn ones: within 1 %, some five standard errors."""
    s = settings.all_settings()[1]
    world = closed_forms.anchored(s.parameters, s.schedule)
    people = reference.meet(np.random.default_rng(1), world, 400_000)
    day = reference.host(s.schedule, 0)
    near, far = reference.attractions(world, day, people, 1.0, closed_forms.resting_belief(world, day))
    leaves = reference.rates(world, people.side) * (1 - day["watch"]) * 365 / (1 + near + far)
    assert (leaves * near).mean() == pytest.approx(world["leave_rate"] * (1 - world["far_share"]), rel=0.01)
    assert (leaves * far).mean() == pytest.approx(world["leave_rate"] * world["far_share"], rel=0.01)


@pytest.mark.parametrize(("n", "p"), [(36_000, 1e-5), (36_000, 0.01), (500, 0.4)])
def test_the_bound_holds_in_the_tails(n, p):
    """Never below the exact chance of a binomial's coming out so far, up to one in a million million."""
    mean, variance = n * p, n * p * (1 - p)
    x = np.arange(0, min(n, int(mean + 40 * np.sqrt(variance) + 40)))
    off = np.abs(x - mean)
    exact = stats.binom.sf(np.ceil(mean + off) - 1, n, p) + stats.binom.cdf(np.floor(mean - off), n, p)
    exact = np.minimum(exact, 1.0)  # at the mean itself both sides count it
    told = bernstein(x, np.array(mean), np.array(variance), 1.0)
    assert (told >= exact * (1 - 1e-9))[exact > 1e-12].all()
    limit = bernstein_limit(np.array(variance), 1.0, 1e-6)
    assert bernstein(mean + limit, np.array(mean), np.array(variance), 1.0) == pytest.approx(1e-6)


def test_the_ratio_of_variances_is_found():
    """Known by construction: a shared part of variance 3, own parts of variance 1 make (4 + 4)/(1 + 1) = 4. Its interval of
    99.9 % holds it, and that of luck apart holds 1 and fails."""
    rng = np.random.default_rng(8)
    shared, own = np.sqrt(3.0) * rng.standard_normal((30, 80)), rng.standard_normal((2, 30, 80))
    r = pairing.ratio("policy", "left", shared + own[0], shared + own[1], 1)
    assert r.low < 4.0 < r.high and r.low > 1.0 and r.pooled == pytest.approx(4.0, rel=0.15)
    apart = pairing.ratio("policy", "left", own[0], own[1], 1)
    assert apart.low < 1.0 < apart.high
