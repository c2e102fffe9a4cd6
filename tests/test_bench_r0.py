"""R0 against a dense twin that lives every person's every day, against closed forms and against figures of other programs.

Seeds are fixed. A z is the difference of two means over sites by its standard error, from the variance between sites (sites
are independent). Each of 17 or fewer z of a test is let to be 4.5: a right program would fail a test with a new seed once
in 8,000 times or less (17 · 6.8e-6).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from obrok.bench import r0
from obrok.bench.r0_rule import ABSCONDED, AT_POST, DETAINED, REPATRIATED, SITE
from obrok.bench.r0_sites import CANDIDATE, ROOM, Desk, ln, look_up

FAR = 4.5
DAYS = [10, 60, 179, 364]


def dense(sites: int, days: int, hot: bool, seed: int):
    """(people by status at each site at the end of the days `DAYS`; mean savings at each site): R0 as it is written down."""
    rng = np.random.default_rng(seed)
    shape = (sites, SITE)
    status, savings, ties = np.zeros(shape, np.int8), np.zeros(shape), rng.random(shape)
    m, a, b, out = np.full(sites, 0.2), np.full(sites, 2.0), np.full(sites, 2.0), []
    for t in range(days):
        p, u = (a / (a + b))[:, None], rng.random(shape)
        h = 0.02 / (1.0 + np.exp(-((-1.0 if hot else -6.0) + 0.95 - 1.5 * ties - 3.0 * p - m[:, None])))
        post, gone, held = status == 0, status == 1, status == 2
        left, taken, over = post & (u < h), gone & (u < 0.01), held & (u < 1 / 7)
        handed = held & (u < (0.8 if t < 180 else 0.2) / 7)
        savings += 7.5 * (post & ~left) + 700.0 / 30.0 * (gone & ~taken)
        status[left | (over & ~handed)], status[taken], status[handed] = 1, 2, 3
        m = np.clip(m + 5.0 * left.sum(1) / 100 - 0.05 * (m - 0.2), 0.0, 1.0)
        a, b = 0.99 * a + handed.sum(1), 0.99 * b + (over & ~handed).sum(1)
        if t in DAYS:
            out.append(np.stack([(status == k).sum(1) for k in range(4)], axis=1))
    return np.stack(out, axis=1), savings.mean(1)


def apart(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """z between the means over sites (axis 0)."""
    error = np.sqrt(some.var(0) / len(some) + others.var(0) / len(others))
    return (some.mean(0) - others.mean(0)) / error


def by_site(sites: int, hot: bool, seed: int = 3):
    """As `dense`, of `r0.run`: a site is a world."""
    done = r0.run(SITE, 365, hot, worlds=sites, seed=seed)
    return done.counts[:, DAYS], done.savings


@pytest.fixture(scope="module")
def twin():
    return dense(1_500, 365, True, 5)


def largest(twin, hot: bool = True) -> float:
    counts, savings = by_site(4_000, hot)
    return max(np.abs(apart(counts, twin[0])).max(), abs(apart(savings, twin[1])))


def test_the_dense_twin_agrees(twin):
    assert largest(twin) < FAR


def planted(monkeypatch, change):
    right = r0.rule

    def wrong(hot, days):
        rule = right(hot, days)
        return rule._replace(**change(rule))

    monkeypatch.setattr(r0, "rule", wrong)


def _slower_watching(rule):
    return {"fades": rule.fades * np.stack([1.04 ** np.arange(rule.days + 1), np.ones(rule.days + 1)], axis=1)}


def _longer_memory(rule):
    return {"fades": np.stack([rule.fades[:, 0], 0.997 ** np.arange(rule.days + 1)], axis=1)}


def _a_bound_too_low(rule):
    bands = rule.bands.copy()
    bands["edge"][0] = 0.0  # the upper band is never walked
    return {"bands": bands}


def _heights_from_nought(rule):
    bands = rule.bands.copy()
    bands["floor"][1] = 0.0
    return {"bands": bands}


@pytest.mark.parametrize("change", [_slower_watching, _longer_memory, _a_bound_too_low, _heights_from_nought])
def test_a_mistake_is_noticed(change, twin, monkeypatch):
    planted(monkeypatch, change)
    assert largest(twin) > FAR


#: at post, absconded, detained, repatriated at the end of day 365 per 10,000 people, and savings; million people
OTHERS = {
    False: ([9953.67, 27.94, 1.89, 16.50], 2742.6, 122.58),
    True: ([5902.34, 2518.87, 171.46, 1407.33], 3147.0, 111.29),
}


@pytest.mark.parametrize(("hot", "people"), [(False, 60_000_000), (True, 10_000_000)])
def test_figures_of_dense_programs_in_c(hot, people):
    status, savings, millions = OTHERS[hot]
    some = r0.run(SITE, 365, hot, worlds=20_000, seed=8)
    done = r0.run(people, 365, hot, seed=2)
    share = (
        1e6 * SITE * (1.0 / people + 1.0 / (millions * 1e6)) / 1e6
    )  # of the variance between sites: 1/sites, of both
    error = 1e4 / SITE * some.counts[:, -1].std(0) * math.sqrt(share)
    z = (done.counts[0, -1] * (1e4 / people) - status) / error
    assert np.abs(z).max() < FAR
    assert abs(done.savings[0] - savings) < FAR * some.savings.std() * math.sqrt(share) + 0.05  # told to one digit


@pytest.mark.parametrize(("hot", "people"), [(False, 200_000_000), (True, 10_000_000)])
def test_the_first_day(hot, people):
    """On day 0 people are independent: h over ties has a closed form."""
    e = (-1.0 if hot else -6.0) + 0.95 - 1.5 - 0.2
    chance = 0.02 * (1.5 - math.log((1.0 + math.exp(1.5 - e)) / (1.0 + math.exp(-e)))) / 1.5
    left = people - r0.run(people, 1, hot, seed=4).counts[0, 0, AT_POST]
    assert abs(left - people * chance) < FAR * math.sqrt(people * chance)


def same(some: r0.R0, others: r0.R0) -> bool:
    return all(
        np.array_equal(getattr(some, x), getattr(others, x)) for x in ("counts", "savings", "status", "everyone")
    )


@pytest.mark.parametrize("hot", [False, True])
@pytest.mark.parametrize(("people", "worlds"), [(50_000, None), (300, 90)])
def test_the_same_whatever_threads_and_blocks(hot, people, worlds):
    one = r0.run(people, 365, hot, worlds, threads=1, blocks=1, everyone=True)
    for threads, blocks in [(1, 7), (2, 3), (3, 8), (2, 90)]:
        assert same(one, r0.run(people, 365, hot, worlds, threads=threads, blocks=blocks, everyone=True))
    assert same(one, r0.run(people, 365, hot, worlds, everyone=True, drawn_before=True))
    assert np.array_equal(one.counts, r0.run(people, 365, hot, worlds).counts)
    assert not np.array_equal(one.counts, r0.run(people, 365, hot, worlds, seed=2).counts)


@pytest.mark.parametrize("hot", [False, True])
def test_a_world_hangs_on_its_number_alone(hot):
    few, many = (r0.run(1_000, 400, hot, worlds=n, seed=6).counts for n in (3, 8))
    assert np.array_equal(few, many[:3])
    assert np.array_equal(few[:1], r0.run(1_000, 400, hot, seed=6).counts)


@pytest.mark.parametrize("hot", [False, True])
def test_days_to_come_move_nothing(hot):
    assert np.array_equal(r0.run(20_000, 100, hot).counts, r0.run(20_000, 1_500, hot).counts[:, :100])


@pytest.mark.parametrize("hot", [False, True])
@pytest.mark.parametrize("band", [0, 1])
def test_candidates_belong_to_the_calendar(hot, band):
    """Asked from a later day or to an earlier one: the same candidates of the days between."""
    rule, ties, none = r0.rule(hot, 400), np.random.default_rng(2).random(SITE), np.empty(0)
    luck = np.zeros((2, 16))
    desk = Desk(none, none, none, luck, luck, ties, none, none, none)

    def candidates(site: int, start: int, end: int) -> list:
        out = np.zeros(ROOM, CANDIDATE)
        n = look_up(np.uint64(1), np.uint64(0), site, 0, band, block, start, end, rule, desk, ties, 0, out)
        return out[:n].tolist()

    block = 2 * rule.block
    found = 0
    for site in range(50):
        whole = candidates(site, block, block + rule.block)
        part = candidates(site, block + 5, block + rule.block - 3)
        assert part == [c for c in whole if block + 5 <= c[1] < block + rule.block - 3]
        assert [c[1] for c in whole] == sorted(c[1] for c in whole)
        found += len(part)
    assert found > 100


@pytest.mark.parametrize("hot", [False, True])
def test_everyone_adds_up(hot):
    done = r0.run(30_000, 365, hot, worlds=2, everyone=True)
    for world in range(2):
        assert np.array_equal(np.bincount(done.status[world], minlength=4), done.counts[world, -1])
        assert done.everyone[world].mean(dtype=float) == pytest.approx(done.savings[world], rel=1e-6)
    assert (done.counts.sum(2) == 30_000).all() and done.counts.min() >= 0
    assert (np.diff(done.counts[:, :, AT_POST]) <= 0).all() and (np.diff(done.counts[:, :, REPATRIATED]) >= 0).all()
    assert done.counts[:, -1, [ABSCONDED, DETAINED]].min() > 0
    never = done.status == AT_POST
    assert (done.everyone[never] == 365 * 7.5).all() and (done.everyone[~never] < 365 * 700 / 30).all()


def test_ln():
    x = np.concatenate(
        [np.random.default_rng(1).random(5_000), 1.0 - 2.0 ** -np.arange(1.0, 33), 10.0 ** np.arange(-12.0, 13)]
    )
    for one in x[x != 1.0]:
        assert ln(one) == pytest.approx(math.log(one), rel=1e-13)


def test_people_come_in_sites():
    for people in (250, 0, 3_000_000_000):
        with pytest.raises(ValueError, match=f"sites of 100: give a multiple of it, up to 2,000,000,000, not {people}"):
            r0.run(people)


def test_the_table(capsys):
    r0.main(["--people", "1000", "--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[4:]] == ["R0", "R0", "R0-hot", "R0-hot"]
    assert all(float(cell) > 0 for line in lines[4:] for cell in line.split("|")[5:8])
