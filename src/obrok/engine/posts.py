"""Posts and who holds them: the first day, rotation, arrivals, departures, pay."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules
from obrok.engine.away import limits_of
from obrok.engine.candidates import bands, next_candidate
from obrok.engine.crews import fade_table
from obrok.engine.people import draw_people, leave_bound, price, settle_in
from obrok.engine.state import (
    DEPARTED,
    GONE,
    HEARD,
    LEFT,
    NEVER,
    R_ENTERPRISE,
    R_GROSS,
    R_KEPT,
    R_LOST,
    R_SENT,
    R_SIDE,
    R_STATE,
    STALE,
    State,
    copied,
    inlined,
    inner,
    link,
    unlink,
)
from obrok.engine.tables import (
    AT_POST,
    AWAY,
    CANDIDATE,
    COLUMN,
    CREW,
    FIRM,
    HOLDER,
    LEAVER,
    NEARBY,
    POST,
    REMOTE,
    RETURNED,
    SERIES,
    WAITING,
)

#: a post is filled in only where at least this many days are left to its rotation
FILL_IN_DAYS = 180

LEFT_NEARBY, LEFT_REMOTE = COLUMN["left_nearby"], COLUMN["left_remote"]
CREATED, GROSS = COLUMN["created"], COLUMN["gross"]


class People(NamedTuple):
    """Who is due to come by rotation from the day `begins` on, drawn once for all policies of a world; and what they share:
    how belief and watching fade."""

    begins: int
    first: np.ndarray  # first of those due on each day, and one after the last: (days + 1,)
    post: np.ndarray  # by day, then post
    holders: np.ndarray  # under the world's own pay
    seeking: np.ndarray  # first candidate day to leave
    memory: np.ndarray  # what is left after 0, 1, … days
    recovery: np.ndarray


@njit(cache=True, nogil=True)
def due_to_come(seed, stream, number, world, limit, days, posts, begins, until):
    """Everyone who is due by rotation on the days from `begins` to `until` (not included). `posts`: of a state on the day
    `begins`; `days`: of the whole run."""
    contract = int(world.contract_days)
    first = np.zeros(until - begins + 1, np.int64)
    for i in range(posts.size):
        for day in range(posts[i].rotation, until, contract):
            first[day - begins + 1] += 1
    for t in range(until - begins):
        first[t + 1] += first[t]
    n = first[until - begins]
    post, term, since, end = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    free = first.copy()
    for i in range(posts.size):
        comes = posts[i].term
        for day in range(posts[i].rotation, until, contract):
            comes += 1
            k = free[day - begins]
            free[day - begins] += 1
            post[k], term[k], since[k], end[k] = i, comes, day, min(days, day + contract)
    holders, seeking = np.empty(n, HOLDER), np.empty(n, CANDIDATE)
    draw_people(seed, stream, number, world, limit, post, term, since, end, holders, seeking)
    return People(
        begins, first, post, holders, seeking, fade_table(world.memory, days), fade_table(world.recovery, days)
    )


@njit(cache=True)
def lay_out(seed, stream, number, world, firm_first, posts, crews, firms):
    """Posts to enterprises, then in order to crews of `crew_size` (the last of an enterprise may be smaller).

    `firm_first`: first post of each enterprise in the city and, last, the number of posts; shape (E + 1,). Writes each
    post's crew, first rotation (1 … contract_days) and sector, each crew's posts and enterprise. Returns how many crews.
    """
    size, contract, n = int(world.crew_size), int(world.contract_days), 0
    for e in range(firm_first.size - 1):
        firms[e].first_crew, firms[e].posts, firms[e].scale = n, firm_first[e + 1] - firm_first[e], 1.0
        for start in range(firm_first[e], firm_first[e + 1], size):
            end = min(start + size, firm_first[e + 1])
            crews[n].first, crews[n].last, crews[n].firm, crews[n].scale = start, end, e, 1.0
            builds = luck.uniform(seed, stream, number, n, luck.who(0, 0, luck.SECTOR), 0) < world.construction_share
            for i in range(start, end):
                posts[i].crew, posts[i].builds = n, builds
            n += 1
        firms[e].last_crew = n
    block, u, v = np.zeros(256, np.int64), np.empty(256), np.empty(256)
    unit = np.empty(256, np.int64)
    for a in range(0, posts.size, 256):
        some = min(256, posts.size - a)
        for i in range(some):
            unit[i] = a + i
        luck.pairs(seed, stream, number, unit, block, luck.PHASE, block, some, u, v)
        for i in range(some):
            posts[a + i].rotation = 1 + int(u[i] * contract)
    return n


@njit(cache=True, nogil=True)
def settle(seed, stream, number, world, firm_first, limit, days):
    """The state before the first day under the world's own pay, whatever the policy: posts are held as `filled` says, belief
    and watching are at rest. Arguments as in `days.advance`; days: of the whole run."""
    n = firm_first[-1]
    crews, firms, posts = np.zeros(n, CREW), np.zeros(firm_first.size - 1, FIRM), np.zeros(n, POST)
    some = lay_out(seed, stream, number, world, firm_first, posts, crews, firms)
    slots, room, seeking = limits_of(world, limit, limit).slots, 16 + n // 8, np.empty(n, CANDIDATE)
    state = State(
        posts, np.empty(n, HOLDER), seeking.reshape((n, 1)), crews[:some].copy(), firms, np.zeros((2, some), np.int32),
        np.zeros(n, np.int64),
        np.empty(room, LEAVER), np.empty(room, AWAY), np.empty((room, slots), CANDIDATE),
        np.full((2, days), np.int32(-1), np.int32), np.zeros(len(SERIES), np.int64), np.zeros(8, np.int64),
        np.zeros(5, np.int64), np.zeros(7),
    )  # fmt: skip
    post, term, since, end = np.arange(n), np.zeros(n, np.int64), np.full(n, -1), np.empty(n, np.int64)
    for i in range(n):
        end[i] = min(days, posts[i].rotation)
    draw_people(seed, stream, number, world, limit, post, term, since, end, state.holders, seeking)
    take_posts(seed, stream, number, state, world)
    return state


@inner
def take_posts(seed, stream, number, state, world):
    """Who holds a post before the first day is there, is paid, and may leave."""
    for i in range(state.posts.size):
        p, h = state.posts[i], state.holders[i]
        p.arrives, p.goes, p.bands = NEVER, -1, 1
        if world.filled < 1.0:
            h.present = luck.uniform(seed, stream, number, i, luck.who(0, 0, luck.FILLED), 0) < world.filled
        if h.present:
            pay(state.rates, h, 1)
            state.now[AT_POST] += 1
            state.now[CREATED] += 1
        link(state.due[0], state.posts, i, next_due(state, i))


@inner
def most_bands(limit, peak):
    """Bands that candidate days to leave may need under a policy with the bounds `peak`, for anybody."""
    poorer = peak.wage_lo < limit.wage_lo or peak.fee_hi > limit.fee_hi
    if poorer or peak.deductions_hi > limit.deductions_hi or peak.quota_hi > limit.quota_hi:
        return luck.MAX_BAND  # how much readier people are differs from one to the next: room for all there may be
    return 1 + bands(1.0 - limit.watch_lo, 1.0 - peak.watch_lo) if peak.watch_lo < limit.watch_lo else 1


@njit(cache=True, nogil=True)
def begin(seed, stream, number, settled, world, schedule, limit, peak, last):
    """The state before the first day under a policy, from what `settle` gave, which stays as it is, unless this is the
    `last` use of it."""
    columns, slots, today = most_bands(limit, peak), limits_of(world, limit, peak).slots, schedule[0]
    state = settled if last else copied(settled)
    if columns > 1 or slots != state.finding.shape[1]:
        n, room = state.posts.size, state.gone.size
        leaving = np.empty((n, columns), CANDIDATE)
        for i in range(n):
            leaving[i, 0] = settled.leaving[i, 0]
        state = State(
            state.posts, state.holders, leaving, state.crews, state.firms, state.crews_of, state.going, state.gone,
            state.away, np.empty((room, slots), CANDIDATE), state.due, state.now, state.rates, state.whole, state.real,
        )  # fmt: skip
    if columns > 1 or other_pay(world, today):
        go_under(seed, stream, number, state, world, today, peak)
    state.real[HEARD], state.real[STALE] = today.effort, 1.0
    return state


@inner
def go_under(seed, stream, number, state, world, today, peak):
    """Those who are there before the first day come under a policy that pays otherwise, or needs more bands."""
    paid_otherwise = other_pay(world, today)
    for i in range(state.posts.size):
        h = state.holders[i]
        if h.present:
            unlink(state.due[0], state.posts, i)
            if paid_otherwise:
                pay(state.rates, h, -1)
                price(h, world, today)
                pay(state.rates, h, 1)
            seek_beyond(seed, stream, number, state, i, 0, world, peak)
            link(state.due[0], state.posts, i, next_due(state, i))


@inlined
def other_pay(world, today):
    """Whether today's pay is not the world's own."""
    return (
        today.wage != world.wage
        or today.fee != world.fee
        or today.deductions != world.deductions
        or today.quota != world.quota
    )


@inlined
def seek_beyond(seed, stream, number, state, i, first, world, peak):
    """Further bands of post i's holder, where the policy needs more than the case's own."""
    p = state.posts[i]
    p.bands = 1
    if state.leaving.shape[1] > 1:
        p.bands = bands(state.holders[i].bound, leave_bound(state.holders[i], world, peak))
    for band in range(1, p.bands):
        seek_leave(seed, stream, number, state, i, band, -1, first)


@inlined
def seek_leave(seed, stream, number, state, i, band, spot, first):
    """The next candidate day to leave of post i's holder in a band, before the contract ends."""
    h, c, end = state.holders[i], state.leaving[i, band], min(state.due.shape[1], state.posts[i].rotation)
    word = luck.who(h.term, h.fill, luck.LEAVE)
    c.day, c.height, c.spot = next_candidate(seed, stream, number, i, word, h.bound, band, spot, first, end)


@inlined
def next_due(state, i):
    """The next day on which something is due at post i, rotation apart (`People` has those days)."""
    p = state.posts[i]
    day = p.arrives
    if state.holders[i].present:
        for band in range(p.bands):
            day = min(day, state.leaving[i, band].day)
    return day


@inlined
def take_up(seed, stream, number, state, i, t, today, world, limit, peak, drawn, k):
    """The person (term, fill-in) of post i takes it up on day t, and may leave from the day after. `drawn`, k: the k-th of
    `People` is that person; k < 0: none is."""
    p, h = state.posts[i], state.holders[i]
    if k >= 0:
        state.holders[i] = drawn.holders[k]
        state.leaving[i, 0] = drawn.seeking[k]
        if other_pay(world, today):
            price(h, world, today)
    else:
        settle_in(seed, stream, number, i, p.term, p.fill, t, world, today, limit, h)
        seek_leave(seed, stream, number, state, i, 0, -1, t + 1)
    seek_beyond(seed, stream, number, state, i, t + 1, world, peak)
    state.rates[R_LOST] -= p.lost
    p.lost = 0
    pay(state.rates, h, 1)
    state.now[AT_POST] += 1


@inlined
def rotate(seed, stream, number, state, people, k, t, contract, today, world, limit, peak):
    """The k-th of `people` is due on day t: the contract of the post's holder ends, and the next one comes if sent."""
    i = people.post[k]
    p, now = state.posts[i], state.now
    unlink(state.due[0], state.posts, i)
    if state.holders[i].present:
        go_home(state, i)
    state.rates[R_LOST] -= p.lost
    p.lost = 0
    p.rotation += contract
    if p.arrives == NEVER:
        p.term += 1
        p.fill = 0
        if is_sent(seed, stream, number, i, p.term, 0, today):
            now[CREATED] += 1
            mine = k if people.holders[k].term == p.term else -1
            take_up(seed, stream, number, state, i, t, today, world, limit, peak, people, mine)
    link(state.due[0], state.posts, i, next_due(state, i))


@inlined
def fill_in(seed, stream, number, state, people, i, t, today, world, limit, peak):
    """Who waits for post i arrives on day t, where dispatch is open, or waits another day."""
    p = state.posts[i]
    if today.dispatch > 0.0:
        p.arrives = NEVER
        state.now[WAITING] -= 1
        if not p.builds:
            word = luck.who(p.term, p.fill, luck.SHIFT)
            p.builds = luck.uniform(seed, stream, number, i, word, 0) < today.construction_shift
        take_up(seed, stream, number, state, i, t, today, world, limit, peak, people, -1)
    else:
        p.arrives = t + 1


@inlined
def is_sent(seed, stream, number, i, term, fill, today):
    """Whether the person (term, fill-in) who is due at post i is sent: whom a lower dispatch sends, a higher one sends."""
    if today.dispatch >= 1.0:
        return True
    return luck.uniform(seed, stream, number, i, luck.who(term, fill, luck.SENT), 0) < today.dispatch


@inlined
def go_home(state, i):
    """The holder of post i returns."""
    pay(state.rates, state.holders[i], -1)
    state.now[AT_POST] -= 1
    state.now[RETURNED] += 1
    state.holders[i].present = 0


@inner
def recall(seed, stream, number, state, t, today):
    """Holders are sent home, each with the day's chance; their posts stay empty until the next rotation."""
    for i in range(state.posts.size):
        h = state.holders[i]
        if h.present:
            u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.RECALL), t)
            if u < today.recall:
                unlink(state.due[0], state.posts, i)
                go_home(state, i)
                link(state.due[0], state.posts, i, next_due(state, i))


@inlined
def leave(state, i, near, t, lag, today, refills):
    """The holder of post i leaves: a leaver more, a post to fill in if `refills`. Returns the leaver's number."""
    p, h, now = state.posts[i], state.holders[i], state.now
    crew, k = state.crews[p.crew], state.whole[GONE]
    g = state.gone[k]
    g.post, g.term, g.fill, g.crew, g.enterprise, g.since = i, h.term, h.fill, p.crew, crew.firm, h.since
    g.construction, g.side, g.held = p.builds, h.side, h.held
    g.route = g.status = NEARBY if near else REMOTE
    g.left, g.found_from = t, 0
    g.found = g.handed_over = g.taken_back = g.let_go = g.heard = g.applied = g.settled = -1
    state.whole[GONE] += 1
    now[AT_POST] -= 1
    now[g.status] += 1
    now[LEFT_NEARBY if near else LEFT_REMOTE] += 1
    if crew.left == 0:
        state.crews_of[LEFT, state.whole[DEPARTED]] = p.crew
        state.whole[DEPARTED] += 1
    crew.left += 1
    state.firms[crew.firm].left += 1
    pay(state.rates, h, -1)
    p.lost = h.fee + rules.daily_cents(today.quota)
    state.rates[R_LOST] += p.lost
    h.present = 0
    in_time = t + lag + FILL_IN_DAYS <= p.rotation and p.fill + 1 < luck.MAX_FILL
    if refills and in_time:
        p.arrives = t + lag
        p.fill += 1
        now[WAITING] += 1
        now[CREATED] += 1
    return k


@inlined
def pay(rates, holder, sign):
    """Adds (or, sign -1, takes away) a holder's daily cents, quotas apart."""
    rates[R_GROSS] += sign * holder.gross
    rates[R_STATE] += sign * holder.fee
    rates[R_ENTERPRISE] += sign * holder.deductions
    rates[R_KEPT] += sign * holder.kept
    rates[R_SIDE] += sign * holder.side_cents
    rates[R_SENT] += sign * holder.sent


@inner
def reprice(state, world, today):
    """Everyone at post under today's pay."""
    for i in range(state.holders.size):
        h = state.holders[i]
        if h.present:
            pay(state.rates, h, -1)
            price(h, world, today)
            pay(state.rates, h, 1)


@inner
def pay_quotas(state, world, quota):
    """The day's quotas: due with arrears, paid out of what is left of pay and side job."""
    now = state.now
    for i in range(state.holders.size):
        h = state.holders[i]
        if h.present:
            paid = rules.paid_of_quota(quota + h.arrears, h.kept + h.side_cents)
            h.arrears += quota - paid
            now[GROSS + R_STATE] += paid
            now[GROSS + R_KEPT] -= paid
            now[GROSS + R_SENT] += rules.sent_home(world.remit_share, h.kept + h.side_cents - paid) - h.sent
