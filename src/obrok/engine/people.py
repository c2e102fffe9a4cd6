"""Who is sent: persons drawn by key, and what they are under a pay; the reference people on whom the anchor is solved."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules
from obrok.engine.candidates import block_length, bound, next_candidate
from obrok.engine.functions import exp, log
from obrok.engine.state import NEVER, inner

REFERENCE_PEOPLE, SWEEPS = 400, 40
#: relative error of the anchor's rates at which its sweeps end
EXACT = 1e-12
#: people who are drawn together: their columns stay in the nearest cache
TILE = 256


@njit(cache=True, error_model="numpy")
def person(seed, stream, number, post, term, fill, world):
    """A person's own draws by key (post, term, fill-in): normal z of the wage, side job, family tie f, tolerance θ."""
    u, v = luck.two(seed, stream, number, post, luck.who(term, fill, luck.WAGE), 0)
    z = rules.normal_pair(u, v)
    side = luck.uniform(seed, stream, number, post, luck.who(term, fill, luck.SIDE_JOB), 0) < world.side_share
    u, v = luck.two(seed, stream, number, post, luck.who(term, fill, luck.FAMILY), 0)
    tie = rules.family_tie(u < world.held, v)
    u = luck.uniform(seed, stream, number, post, luck.who(term, fill, luck.TOLERANCE), 0)
    return z, side, tie, rules.logistic_quantile(u, world.tolerance_spread)


@njit(cache=True, error_model="numpy")
def attractions(world, have, tie, tolerance, a_nearby, a_remote):
    """(x_nearby, x_remote) without fear of a person who is left with `have` USD a month."""
    out_nearby = world.native * world.outside_nearby
    out_remote = out_nearby * world.outside_remote
    money, fair, family = world.weight_money, world.weight_fair, world.weight_family
    return (
        rules.attraction(a_nearby, money, fair, family, out_nearby, have, world.native, tie, tolerance),
        rules.attraction(a_remote, money, fair, family, out_remote, have, world.native, tie, tolerance),
    )


@njit(cache=True, error_model="numpy")
def left_to(world, z, side, wage_mean, fee, deductions, quota):
    """kept + side of a person, USD a month, under a pay; side: 0 or 1."""
    wage = rules.wage_of(wage_mean, world.wage_spread, z)
    return rules.left_over(wage, world.side_pay * side, fee, deductions, quota)


@njit(cache=True, error_model="numpy")
def open_share(holder, world, wage_mean, fee, deductions, quota):
    """S0/(1 + S0) at this pay: the chance to take an opportunity without fear and watching."""
    have = left_to(world, holder.z, holder.side, wage_mean, fee, deductions, quota)
    nearby, remote = attractions(world, have, holder.tie, holder.tolerance, world.a_nearby, world.a_remote)
    s, _ = rules.readiness(nearby, remote, 0.0, 0.0)
    return s / (1.0 + s)


@njit(cache=True, error_model="numpy")
def price(holder, world, pay):
    """Writes what hangs on a pay (`wage`, `fee`, `deductions`, `quota` of a world or a day): attractions without fear, and
    daily cents (arrears stay)."""
    have = left_to(world, holder.z, holder.side, pay.wage, pay.fee, pay.deductions, pay.quota)
    holder.base_nearby, holder.base_remote = attractions(
        world, have, holder.tie, holder.tolerance, world.a_nearby, world.a_remote
    )
    s, _ = rules.readiness(holder.base_nearby, holder.base_remote, 0.0, 0.0)
    holder.open = s / (1.0 + s) * (1.0 + 1e-12)
    cents(holder, world, pay)


@njit(cache=True, error_model="numpy")
def cents(holder, world, pay):
    """Writes the daily cents of a pay."""
    wage = rules.wage_of(pay.wage, world.wage_spread, holder.z)
    holder.gross = rules.daily_cents(wage)
    holder.fee = rules.daily_cents(wage * pay.fee)
    holder.deductions = min(rules.daily_cents(wage * pay.deductions), holder.gross - holder.fee)
    holder.kept = holder.gross - holder.fee - holder.deductions
    holder.side_cents = rules.daily_cents(world.side_pay * holder.side)
    holder.sent = rules.sent_home(world.remit_share, holder.kept + holder.side_cents)


@njit(cache=True, error_model="numpy")
def settle_in(seed, stream, number, post, term, fill, since, world, today, limit, holder):
    """Puts the person (post, term, fill-in) on a post from day `since`: writes the post's `holder` record."""
    z, side, tie, tolerance = person(seed, stream, number, post, term, fill, world)
    holder.term, holder.fill, holder.since = term, fill, since
    holder.present, holder.side, holder.held = 1, side, tie > 0.0
    holder.z, holder.tie, holder.tolerance = z, tie, tolerance
    holder.risk = world.weight_risk * (1.0 + world.weight_harm * tie)
    holder.rate = world.opportunity * (world.side_contacts if side else 1.0)
    holder.arrears = 0
    price(holder, world, today)
    holder.bound = bound(leave_bound(holder, world, limit))


@njit(cache=True, error_model="numpy")
def leave_bound(holder, world, limit):
    """Largest hazard to leave where pay and watching are at their worst for the enterprise (`tables.BOUNDS`), no fear."""
    ready = open_share(holder, world, limit.wage_lo, limit.fee_hi, limit.deductions_hi, limit.quota_hi)
    return holder.rate * (1.0 - limit.watch_lo) * ready


@njit(cache=True, nogil=True, error_model="numpy")
def draw_people(seed, stream, number, world, limit, posts, terms, since, ends, holders, seeking):
    """Many persons (post, term, fill-in 0) at once, as `settle_in` has each under the world's own pay, bit for bit.

    posts, terms, since (the day each comes), ends (the day before which each may leave): int64, (n,). Writes holders
    (`tables.HOLDER`) and seeking (`tables.CANDIDATE`, each one's first candidate day to leave), (n,). Column by column, so
    that the loops become vector code.
    """
    columns, days = np.empty((14, TILE)), np.zeros((4, TILE), np.int64)
    u, v, z, side, tie, tolerance, have = (
        columns[0],
        columns[1],
        columns[2],
        columns[3],
        columns[4],
        columns[5],
        columns[6],
    )
    near, far, ready, rate, w, most = columns[7], columns[8], columns[9], columns[10], columns[11], columns[12]
    blocks, lengths, keys, none = days[0], days[1], days[2], days[3]
    as_own = (
        limit.wage_lo == world.wage
        and limit.fee_hi == world.fee
        and limit.deductions_hi == world.deductions
        and limit.quota_hi == world.quota
    )
    contacts, watch = world.side_contacts, 1.0 - limit.watch_lo
    for a in range(0, posts.size, TILE):
        n = min(TILE, posts.size - a)
        post, term = posts[a : a + n], terms[a : a + n]
        luck.pairs(seed, stream, number, post, term, luck.WAGE, none, n, u, v)
        for i in range(n):
            z[i] = rules.normal_pair(u[i], v[i])
        luck.pairs(seed, stream, number, post, term, luck.SIDE_JOB, none, n, u, v)
        share, opportunity = world.side_share, world.opportunity
        for i in range(n):
            side[i] = 1.0 if u[i] < share else 0.0
            rate[i] = opportunity * (contacts if u[i] < share else 1.0)
        luck.pairs(seed, stream, number, post, term, luck.FAMILY, none, n, u, v)
        held = world.held
        for i in range(n):
            tie[i] = rules.family_tie(u[i] < held, v[i])
        luck.pairs(seed, stream, number, post, term, luck.TOLERANCE, none, n, u, v)
        spread = world.tolerance_spread
        for i in range(n):
            tolerance[i] = rules.logistic_quantile(u[i], spread)
        _ready(
            world,
            world.wage,
            world.fee,
            world.deductions,
            world.quota,
            n,
            z,
            side,
            tie,
            tolerance,
            have,
            near,
            far,
            ready,
        )
        if as_own:
            most[:n] = ready[:n]
        else:
            _ready(
                world, limit.wage_lo, limit.fee_hi, limit.deductions_hi, limit.quota_hi, n, z, side, tie, tolerance, have,
                u, v, most,
            )  # fmt: skip
        for i in range(n):
            w[i] = bound(rate[i] * watch * most[i])
            lengths[i] = block_length(w[i])
        for i in range(n):
            first = since[a + i] + 1
            blocks[i] = first // lengths[i]
        for i in range(n):
            keys[i] = blocks[i] << 10
        luck.pairs(seed, stream, number, post, term, luck.LEAVE, keys, n, u, v)
        for i in range(n):
            u[i] = -log(u[i]) / w[i]  # the gap to the first candidate of a block
        for i in range(n):
            h, c = holders[a + i], seeking[a + i]
            h.z, h.tie, h.tolerance = z[i], tie[i], tolerance[i]
            h.base_nearby, h.base_remote = near[i], far[i]
            h.open = ready[i] * (1.0 + 1e-12)
            h.risk = world.weight_risk * (1.0 + world.weight_harm * tie[i])
            h.rate, h.bound, h.arrears = rate[i], w[i], 0
            h.term, h.fill, h.since = term[i], 0, since[a + i]
            h.present, h.side, h.held = 1, np.uint8(side[i]), tie[i] > 0.0
            cents(h, world, world)
            c.day, c.height, c.spot = NEVER, 0.0, -1
            if u[i] < lengths[i] or (blocks[i] + 1) * lengths[i] < ends[a + i]:
                word = luck.who(term[i], 0, luck.LEAVE)
                c.day, c.height, c.spot = next_candidate(
                    seed, stream, number, post[i], word, w[i], 0, -1, since[a + i] + 1, ends[a + i]
                )


@inner
def _ready(world, wage, fee, deductions, quota, n, z, side, tie, tolerance, have, near, far, ready):
    """Columns of people: kept + side, attractions without fear, S0/(1 + S0), under a pay."""
    for i in range(n):
        have[i] = left_to(world, z[i], side[i], wage, fee, deductions, quota)
    for i in range(n):
        near[i], far[i] = attractions(world, have[i], tie[i], tolerance[i], world.a_nearby, world.a_remote)
    for i in range(n):
        s, _ = rules.readiness(near[i], far[i], 0.0, 0.0)
        ready[i] = s / (1.0 + s)


@njit(cache=True, nogil=True, error_model="numpy")
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
        near[i] = exp(near[i] - risk * fear)
        far[i] = exp(far[i] - risk * fear * world.perceived_remote)
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
        grow_near, grow_far = exp(a_near), exp(a_far)
        got_near = got_far = 0.0
        for i in range(n):
            x, y = near[i] * grow_near, far[i] * grow_far
            share = rate[i] / (1.0 + x + y)
            got_near += x * share
            got_far += y * share
        miss_near, miss_far = log(want_near * n / got_near), log(want_far * n / got_far)
        worst = max(abs(miss_near), abs(miss_far))
        if worst < EXACT:
            break
        if sweep < SWEEPS:
            a_near += miss_near
            a_far += miss_far
    return a_near, a_far, worst
