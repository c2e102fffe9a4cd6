"""Who is sent: crews, posts, persons, and the reference people on whom the anchor is solved."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules

REFERENCE_PEOPLE, SWEEPS = 400, 40


@njit(cache=True)
def person(seed, repeat, number, post, term, fill, world):
    """A person's own draws by key (post, term, fill-in): wage (USD a month), side job, family tie f, tolerance θ."""
    word = luck.who(term, fill, luck.WAGE)
    z = rules.normal_pair(
        luck.uniform(seed, repeat, number, post, word, 0), luck.uniform(seed, repeat, number, post, word, 1)
    )
    wage = rules.wage_of(world.wage, world.wage_spread, z)
    side = luck.uniform(seed, repeat, number, post, luck.who(term, fill, luck.SIDE_JOB), 0) < world.side_share
    word = luck.who(term, fill, luck.FAMILY)
    is_held = luck.uniform(seed, repeat, number, post, word, 0) < world.held
    tie = rules.family_tie(is_held, luck.uniform(seed, repeat, number, post, word, 1))
    tolerance = rules.logistic_quantile(
        luck.uniform(seed, repeat, number, post, luck.who(term, fill, luck.TOLERANCE), 0), world.tolerance_spread
    )
    return wage, side, tie, tolerance


@njit(cache=True)
def attractions(world, wage, side, tie, tolerance, a_nearby, a_remote):
    """(x_nearby, x_remote) of a person without fear."""
    kept = wage * (1.0 - world.fee - world.deductions)
    extra = world.side_pay if side else 0.0
    out_nearby = world.native * world.outside_nearby
    out_remote = out_nearby * world.outside_remote
    money, fair, family = world.weight_money, world.weight_fair, world.weight_family
    return (
        rules.attraction(a_nearby, money, fair, family, out_nearby, kept, extra, world.native, tie, tolerance),
        rules.attraction(a_remote, money, fair, family, out_remote, kept, extra, world.native, tie, tolerance),
    )


@njit(cache=True)
def settle_in(seed, repeat, number, post, term, fill, since, world, holder):
    """Puts the person (post, term, fill-in) on a post from day `since`: writes the post's `holder` record."""
    wage, side, tie, tolerance = person(seed, repeat, number, post, term, fill, world)
    nearby, remote = attractions(world, wage, side, tie, tolerance, world.a_nearby, world.a_remote)
    holder.term, holder.fill, holder.since = term, fill, since
    holder.present, holder.side, holder.held = 1, side, tie > 0.0
    holder.base_nearby, holder.base_remote = nearby, remote
    holder.risk = world.weight_risk * (1.0 + world.weight_harm * tie)
    holder.family = world.weight_family * tie
    holder.rate = world.opportunity * (world.side_contacts if side else 1.0)
    holder.gross = rules.daily_cents(wage)
    holder.fee = rules.daily_cents(wage * world.fee)
    holder.deductions = min(rules.daily_cents(wage * world.deductions), holder.gross - holder.fee)
    holder.kept = holder.gross - holder.fee - holder.deductions
    holder.side_cents = rules.daily_cents(world.side_pay) if side else 0
    holder.sent = math.floor(world.remit_share * (holder.kept + holder.side_cents) + 0.5)


@njit(cache=True)
def lay_out(seed, repeat, number, world, enterprise_first):
    """Posts to enterprises, then in order to crews of `crew_size` (the last of an enterprise may be smaller).

    `enterprise_first`: first post of each enterprise and, last, the number of posts; shape (E + 1,).
    Returns crew of each post; first rotation day of each post (1 … contract_days); first post of each crew with the
    number of posts last; enterprise of each crew; whether each crew builds.
    """
    posts, size, contract = enterprise_first[-1], int(world.crew_size), int(world.contract_days)
    crew_of, rotation = np.empty(posts, np.int32), np.empty(posts, np.int64)
    crew_first, crew_enterprise = np.empty(posts + 1, np.int64), np.empty(posts, np.int32)
    crews = 0
    for e in range(enterprise_first.size - 1):
        for i in range(enterprise_first[e], enterprise_first[e + 1]):
            if (i - enterprise_first[e]) % size == 0:
                crew_first[crews], crew_enterprise[crews] = i, e
                crews += 1
            crew_of[i] = crews - 1
    crew_first[crews] = posts
    for i in range(posts):
        u = luck.uniform(seed, repeat, number, i, luck.who(0, 0, luck.PHASE), 0)
        rotation[i] = 1 + int(u * contract)
    builds = np.empty(crews, np.uint8)
    for c in range(crews):
        builds[c] = luck.uniform(seed, repeat, number, c, luck.who(0, 0, luck.SECTOR), 0) < world.construction_share
    return crew_of, rotation, crew_first[: crews + 1].copy(), crew_enterprise[:crews].copy(), builds


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
        wage, side, tie, tolerance = person(seed, 0, number, luck.REFERENCE + i, 0, 0, world)
        near[i], far[i] = attractions(world, wage, side, tie, tolerance, 0.0, 0.0)
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
