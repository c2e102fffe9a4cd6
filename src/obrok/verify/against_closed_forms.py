"""The engine against what the model says exactly: daily matrices, stays, fates of the hidden, rotation, money, anchor."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from obrok.engine.tables import COLUMN, NEARBY, REMOTE
from obrok.verify import adapter, chance, closed_forms
from obrok.verify.reference import attractions, cents, happens, host, meet, rates
from obrok.verify.settings import OPEN_LOOP, Setting, ramp, setting

#: variances are compared where chance is a matter of several people at least
SEVERAL = 5.0


class OpenLoop(NamedTuple):
    """`mean`, `variance`: of one post, exact; `series`: the engine's, (worlds, days, columns of the record)."""

    posts: int
    exact: closed_forms.Exact
    series: np.ndarray
    leavers: np.ndarray


def open_loop(days: int = 300, posts: int = 120) -> Setting:
    """No feedback; rotation within the period; an event that changes everything that may change."""
    g = ramp(days, days // 2, 20.0)
    rows = dict(effort=3.0**g, hand_over=0.5 - 0.3 * g, help=1 + 2 * g)
    changes = dict(contract_days=days, leave_rate=0.8, effort_felt=0.5, find_remote=0.5, found_again=1.0)
    return setting("open loop", "", days, (1,), rows, **(OPEN_LOOP | changes | {"posts": posts}))


@lru_cache(maxsize=1)
def run_open_loop(worlds: int, seed: int) -> OpenLoop:
    s = open_loop()
    world = closed_forms.anchored(s.parameters, s.schedule)
    runs = adapter.engine_series(world, s.schedule, s.enterprise_first, np.arange(worlds), seed)
    exact = closed_forms.one_post(world, s.schedule)
    return OpenLoop(int(world["posts"]), exact, runs.series, np.concatenate(runs.leavers))


# --- the product of daily matrices ----------------------------------------------------------------------------------
def means(run: OpenLoop, alpha: float) -> tuple[float, np.ndarray]:
    """The engine's totals against the exact means: p-value of all at most, and (days, columns of `COUNTS`) how much of
    the way to an alarm each has gone (±1: there)."""
    n = len(run.series) * run.posts
    total = np.stack([run.series[:, :, COLUMN[name]].sum(0) for name in closed_forms.COUNTS], axis=1)
    a_post = np.where(np.array(closed_forms.COUNTS) == "found_events", 20.0, 2.0)  # two terms; nobody is found 20 times
    p = chance.bernstein(total, n * run.exact.mean, n * run.exact.variance, a_post)
    far = chance.bernstein_limit(n * run.exact.variance, a_post, alpha / p.size)
    return chance.several(p), (total - n * run.exact.mean) / far


def variances(run: OpenLoop, alpha: float) -> tuple[float, np.ndarray, tuple[float, float]]:
    """The engine's spread between worlds against the exact one: p-value of all, ratios (days, columns), NaN where chance
    is a matter of too few, and the ratios that would raise the alarm alone.

    n·s²/σ² is nearly chi-square; its spread is widened by the excess kurtosis, at most 1/σ² for counts of people.
    """
    out_p, out_ratio = (np.full(run.exact.variance.shape, np.nan) for _ in range(2))
    n = len(run.series)
    for i, name in enumerate(closed_forms.COUNTS):
        exact = run.posts * run.exact.variance[:, i]
        use = exact >= SEVERAL
        off = run.series[:, use, COLUMN[name]] - run.posts * run.exact.mean[use, i]
        ratio = (off**2).mean(0) / exact[use]
        f = 2.0 * n / (2.0 + 1.0 / exact[use])
        out_ratio[use, i] = ratio
        out_p[use, i] = 2.0 * np.minimum(stats.chi2.sf(ratio * f, f), stats.chi2.cdf(ratio * f, f))
    asked = np.isfinite(out_p)
    tail, least = alpha / asked.sum() / 2.0, 2.0 * n / (2.0 + 1.0 / SEVERAL)
    limits = float(stats.chi2.ppf(tail, least) / least), float(stats.chi2.isf(tail, least) / least)
    return chance.several(out_p[asked]), out_ratio, limits


def money(run: OpenLoop) -> dict[str, tuple[float, float, float, float]]:
    """Account → (mean of the engine, expected, standard error, p-value), cents at the end: pay differs between people,
    and the well paid stay longer."""
    out = {}
    for name, expected in run.exact.cents.items():
        ours = run.series[:, -1, COLUMN[name]].astype(float)
        test = stats.ttest_1samp(ours, run.posts * expected[-1])
        error = float(ours.std(ddof=1) / np.sqrt(len(ours)))
        out[name] = (float(ours.mean()), float(run.posts * expected[-1]), error, float(test.pvalue))
    return out


# --- detention and hiding -------------------------------------------------------------------------------------------
class Fates(NamedTuple):
    """`seen`, `due`: counts by outcome; `names`; `p`."""

    names: list[str]
    seen: np.ndarray
    due: np.ndarray
    p: float


def fates_setting(days: int = 500) -> Setting:
    """Many leave at once; hiding ends in every way."""
    changes = dict(
        leave_rate=6.0, opportunity=1.0, find_remote=0.4, taken_back=1 / 150, apply=1 / 100, contract_days=7300,
        posts=300, detention_days=7.5,
    )  # fmt: skip
    return setting("fates", "", days, (1,), dict(hand_over=0.4, help=1.5, effort=1.3), **(OPEN_LOOP | changes))


@lru_cache(maxsize=1)
def run_fates(worlds: int, seed: int) -> tuple[Setting, np.ndarray]:
    s = fates_setting()
    world = closed_forms.anchored(s.parameters, s.schedule)
    runs = adapter.engine_series(world, s.schedule, s.enterprise_first, np.arange(worlds), seed)
    return s, np.concatenate(runs.leavers)


def detention(s: Setting, leavers: np.ndarray, longest: int = 60) -> Fates:
    """How long first arrests last: geometric, day by day and in all; and handed over by chance at their end."""
    first = leavers[(leavers["found"] >= 0) & (leavers["found"] < s.days - 12 * s.parameters["detention_days"])]
    let_go = first["let_go"] >= 0
    end = np.where(let_go, first["let_go"], first["handed_over"])
    stay = np.clip(np.where(end >= 0, end - first["found"], longest + 1), 0, longest + 1)
    chances = np.append(0.0, closed_forms.stay_chances(s.parameters["detention_days"], longest))
    seen = np.bincount(stay, minlength=longest + 2)
    _, p = chance.counts(seen, chances)
    ended = first[end >= 0]
    whole = stats.nbinom(len(ended), 1.0 / s.parameters["detention_days"])  # of the days beyond the first of each
    beyond = int((end - first["found"])[end >= 0].sum()) - len(ended)
    in_all = min(1.0, 2.0 * min(whole.cdf(beyond), whole.sf(beyond - 1)))
    handed = int((ended["let_go"] < 0).sum())
    at_end = stats.binomtest(handed, len(ended), float(s.schedule["hand_over"][0])).pvalue
    names = [str(i) for i in range(longest + 1)] + ["longer"]
    return Fates(names, seen, chances * len(first), chance.several([p, in_all, at_end]))


def hiding(s: Setting, leavers: np.ndarray, ends: tuple[int, ...] = (0, 5, 15, 40, 100)) -> list[Fates]:
    """What first ends hiding, and when: nearby and far. Competing hazards, in the order of the day."""
    out = []
    for route, far in ((NEARBY, False), (REMOTE, True)):
        who = leavers[(leavers["route"] == route) & (leavers["left"] < s.days - ends[-1])]
        never = s.days * 10
        when = np.stack([np.where(who[x] >= 0, who[x], never) for x in ("taken_back", "found", "settled")])
        which, after = when.argmin(0), when.min(0) - who["left"]
        fate = [
            closed_forms.first_fate(s.parameters, s.schedule["effort"][0], s.schedule["help"][0], far, x) for x in ends
        ]
        names, seen, due = [], [], []
        for i, name in enumerate(("taken back", "found", "settled")):
            for k in range(1, len(ends)):
                names.append(f"{name}, day {ends[k - 1] + 1} to {ends[k]}")
                seen.append(((which == i) & (after > ends[k - 1]) & (after <= ends[k])).sum())
                due.append(fate[k][i] - fate[k - 1][i])
        names.append(f"still hidden after {ends[-1]} days")
        seen.append((after > ends[-1]).sum())
        due.append(fate[-1][3])
        _, p = chance.counts(np.array(seen), np.array(due))
        out.append(Fates(names, np.array(seen), np.array(due) * len(who), p))
    return out


# --- rotation, cents ------------------------------------------------------------------------------------------------
def rotation(worlds: int, seed: int) -> tuple[bool, Fates, np.ndarray]:
    """Each post once in every contract's length (exact); the days uniform (chance). Returns also returned a day."""
    contract, posts = 90, 200
    changes = dict(leave_rate=1e-6, contract_days=contract, posts=posts)
    s = setting("rotation", "", 2 * contract + 1, (1,), {}, **(OPEN_LOOP | changes))
    world = closed_forms.anchored(s.parameters, s.schedule)
    runs = adapter.engine_series(world, s.schedule, s.enterprise_first, np.arange(worlds), seed)
    kept = np.array([len(x) == 0 for x in runs.leavers])
    returned = np.diff(runs.series[kept, :, COLUMN["returned"]], axis=1)
    once = (returned[:, :contract].sum(1) == posts).all() and (returned[:, :contract] == returned[:, contract:]).all()
    full = (runs.series[kept, :, COLUMN["at_post"]] == posts).all()
    seen = returned[:, :contract].sum(0)
    chances = np.full(contract, 1.0 / contract)
    _, p = chance.counts(seen, chances)
    return (
        bool(once and full and kept.any()),
        Fates([str(i) for i in range(1, contract + 1)], seen, chances * seen.sum(), p),
        returned,
    )


def equal_pay(worlds: int, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Where all are paid alike every account is people times cents, every day: account → (recorded, recounted) cents a
    day, int64, (worlds, days). Feedback on."""
    changes = dict(wage_spread=0.0, side_share=1.0, leave_rate=1.0, contract_days=150, posts=120, refill_lag=10)
    s = setting("equal pay", "", 260, (2, 1), {}, **changes)
    world = closed_forms.anchored(s.parameters, s.schedule)
    series = adapter.engine_series(world, s.schedule, s.enterprise_first, np.arange(worlds), seed).series
    at_post, empty = series[:, :, COLUMN["at_post"]], world["posts"] - series[:, :, COLUMN["at_post"]]
    gross, fee, deductions, side = (
        int(cents(x))
        for x in (world["wage"], world["wage"] * world["fee"], world["wage"] * world["deductions"], world["side_pay"])
    )
    kept, near = gross - fee - deductions, world["native"] * world["outside_nearby"]
    due = dict(
        gross=at_post * gross, to_state=at_post * fee, to_enterprise=at_post * deductions, kept=at_post * kept,
        side=at_post * side, fees_lost=empty * fee,
        sent_home=at_post * int(np.floor(world["remit_share"] * (kept + side) + 0.5)),
        outside=series[:, :, COLUMN["nearby"]] * cents(near)
        + series[:, :, COLUMN["remote"]] * cents(near * world["outside_remote"]),
    )  # fmt: skip
    today = np.diff(series, axis=1, prepend=np.zeros_like(series[:, :1]))
    return {name: (today[:, :, COLUMN[name]], cents_due) for name, cents_due in due.items()}


# --- the anchor -----------------------------------------------------------------------------------------------------
def anchors(s: Setting, worlds: int, seed: int, alpha: float) -> tuple[chance.Relabelled, np.ndarray, np.ndarray]:
    """The engine's attractions against those of another solver on other people, 400 for each world: (worlds, 2)."""
    ours = adapter.engine_anchors(s.parameters, s.schedule, np.arange(worlds), seed)
    rng, day = np.random.default_rng(seed), host(s.schedule, 0)
    weight = np.full(400, 1.0 / 400)
    theirs = np.array(
        [closed_forms.anchor(s.parameters, day, weight, meet(rng, s.parameters, 400)) for _ in range(worlds)]
    )
    centre = (ours.mean(0) + theirs.mean(0)) / 2.0
    return (
        chance.relabelling(chance.with_squares(ours, centre), chance.with_squares(theirs, centre), alpha, seed),
        ours,
        theirs,
    )


def departures_at_rest(worlds: int, seed: int) -> Fates:
    """Who leaves on the first day, by route, at each world's own attractions, against the integral over persons."""
    s = setting("at rest", "", 1, (1,), {}, **(OPEN_LOOP | dict(posts=20_000, leave_rate=3.0, opportunity=0.3)))
    weight, people = closed_forms.kinds_of_people(s.parameters)
    ours = adapter.engine_anchors(s.parameters, s.schedule, np.arange(worlds), seed)
    day, seen, due = host(s.schedule, 0), np.zeros(2), np.zeros(2)
    for i, (a_nearby, a_remote) in enumerate(ours):
        world = {**s.parameters, "a_nearby": float(a_nearby), "a_remote": float(a_remote)}
        near, far = attractions(world, day, people, 1.0, world["belief"])
        leave = happens(rates(world, people.side) * (1.0 - world["watch"]) * (near + far) / (1.0 + near + far))
        due += [weight @ (leave * near / (near + far)), weight @ (leave * far / (near + far))]
        series = adapter.engine_series(world, s.schedule, s.enterprise_first, np.array([i]), seed).series
        seen += series[0, 0, [COLUMN["left_nearby"], COLUMN["left_remote"]]]
    posts = s.parameters["posts"]
    p = chance.several(chance.bernstein(seen, posts * due, posts * due, 1.0))
    return Fates(["nearby", "remote"], seen, posts * due, p)
