"""Who is sent: crews, posts, persons, and the reference people on whom the anchor is solved."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules

REFERENCE_PEOPLE, SWEEPS = 400, 40


@njit(cache=True)
def person(seed, stream, number, post, term, fill, world):
    """A person's own draws by key (post, term, fill-in): normal z of the wage, side job, family tie f, tolerance θ."""
    u, v = luck.two(seed, stream, number, post, luck.who(term, fill, luck.WAGE), 0)
    z = rules.normal_pair(u, v)
    side = luck.uniform(seed, stream, number, post, luck.who(term, fill, luck.SIDE_JOB), 0) < world.side_share
    u, v = luck.two(seed, stream, number, post, luck.who(term, fill, luck.FAMILY), 0)
    tie = rules.family_tie(u < world.held, v)
    u = luck.uniform(seed, stream, number, post, luck.who(term, fill, luck.TOLERANCE), 0)
    return z, side, tie, rules.logistic_quantile(u, world.tolerance_spread)


@njit(cache=True)
def attractions(world, have, tie, tolerance, a_nearby, a_remote):
    """(x_nearby, x_remote) without fear of a person who is left with `have` USD a month."""
    out_nearby = world.native * world.outside_nearby
    out_remote = out_nearby * world.outside_remote
    money, fair, family = world.weight_money, world.weight_fair, world.weight_family
    return (
        rules.attraction(a_nearby, money, fair, family, out_nearby, have, world.native, tie, tolerance),
        rules.attraction(a_remote, money, fair, family, out_remote, have, world.native, tie, tolerance),
    )


@njit(cache=True)
def open_share(holder, world, wage_mean, fee, deductions, quota):
    """S0/(1 + S0) at this pay: the chance to take an opportunity without fear and watching."""
    wage = rules.wage_of(wage_mean, world.wage_spread, holder.z)
    have = rules.left_over(wage, world.side_pay if holder.side else 0.0, fee, deductions, quota)
    nearby, remote = attractions(world, have, holder.tie, holder.tolerance, world.a_nearby, world.a_remote)
    s, _ = rules.readiness(nearby, remote, 0.0, 0.0)
    return s / (1.0 + s)


@njit(cache=True)
def price(holder, world, today):
    """Writes what hangs on today's pay: attractions without fear, and daily cents (arrears stay)."""
    wage = rules.wage_of(today.wage, world.wage_spread, holder.z)
    side = world.side_pay if holder.side else 0.0
    have = rules.left_over(wage, side, today.fee, today.deductions, today.quota)
    holder.base_nearby, holder.base_remote = attractions(
        world, have, holder.tie, holder.tolerance, world.a_nearby, world.a_remote
    )
    s, _ = rules.readiness(holder.base_nearby, holder.base_remote, 0.0, 0.0)
    holder.open = s / (1.0 + s) * (1.0 + 1e-12)
    holder.gross = rules.daily_cents(wage)
    holder.fee = rules.daily_cents(wage * today.fee)
    holder.deductions = min(rules.daily_cents(wage * today.deductions), holder.gross - holder.fee)
    holder.kept = holder.gross - holder.fee - holder.deductions
    holder.side_cents = rules.daily_cents(side)
    holder.sent = rules.sent_home(world.remit_share, holder.kept + holder.side_cents)


@njit(cache=True)
def settle_in(seed, stream, number, post, term, fill, since, world, today, holder):
    """Puts the person (post, term, fill-in) on a post from day `since`: writes the post's `holder` record."""
    z, side, tie, tolerance = person(seed, stream, number, post, term, fill, world)
    holder.term, holder.fill, holder.since = term, fill, since
    holder.present, holder.side, holder.held = 1, side, tie > 0.0
    holder.z, holder.tie, holder.tolerance = z, tie, tolerance
    holder.risk = world.weight_risk * (1.0 + world.weight_harm * tie)
    holder.family = world.weight_family * tie
    holder.rate = world.opportunity * (world.side_contacts if side else 1.0)
    holder.arrears = 0
    price(holder, world, today)


@njit(cache=True)
def leave_bound(holder, world, limit):
    """Largest hazard to leave where pay and watching are at their worst for the enterprise (`tables.BOUNDS`), no fear."""
    ready = open_share(holder, world, limit.wage_lo, limit.fee_hi, limit.deductions_hi, limit.quota_hi)
    return holder.rate * (1.0 - limit.watch_lo) * ready


@njit(cache=True, nogil=True)
def anchor(seed, number, world, sessions):
    """Solves a_nearby and a_remote so that reference people leave at `leave_rate` a year, `far_share` of them far.

    At m0, the start belief and effort 1; fixed point in logarithms. Returns (a_nearby, a_remote, worst relative error of
    the two rates). No solution exists where leave_rate/365 ≥ mean(ω·k)·(1 - m0): the error is then infinite.
    """
    n = REFERENCE_PEOPLE
    near, far, rate = np.empty(n), np.empty(n), np.empty(n)
    handed, let_go = world.belief_strength * world.belief, world.belief_strength * (1.0 - world.belief)
    belief = rules.perceived_hand_over(handed, let_go, world.session_fear, sessions, world.watch)
    fear = world.perceived_nearby * belief
    total = 0.0
    for i in range(n):
        z, side, tie, tolerance = person(seed, 0, number, luck.REFERENCE + i, 0, 0, world)
        wage = rules.wage_of(world.wage, world.wage_spread, z)
        pay = world.side_pay if side else 0.0
        have = rules.left_over(wage, pay, world.fee, world.deductions, world.quota)
        near[i], far[i] = attractions(world, have, tie, tolerance, 0.0, 0.0)
        risk = world.weight_risk * (1.0 + world.weight_harm * tie)
        near[i] = math.exp(near[i] - risk * fear)
        far[i] = math.exp(far[i] - risk * fear * world.perceived_remote)
        rate[i] = world.opportunity * (world.side_contacts if side else 1.0) * (1.0 - world.watch)
        total += rate[i]
    daily = world.leave_rate / 365.0
    if daily >= total / n:
        return 0.0, 0.0, math.inf
    far_share = min(max(world.far_share, 1e-9), 1.0 - 1e-9)
    want_near, want_far = (1.0 - far_share) * daily, far_share * daily
    a_near = a_far = 0.0
    worst = math.inf
    for sweep in range(SWEEPS + 1):
        grow_near, grow_far = math.exp(a_near), math.exp(a_far)
        got_near = got_far = 0.0
        for i in range(n):
            x, y = near[i] * grow_near, far[i] * grow_far
            share = rate[i] / (1.0 + x + y)
            got_near += x * share
            got_far += y * share
        miss_near, miss_far = math.log(want_near * n / got_near), math.log(want_far * n / got_far)
        worst = max(abs(miss_near), abs(miss_far))
        if sweep < SWEEPS:
            a_near += miss_near
            a_far += miss_far
    return a_near, a_far, worst
