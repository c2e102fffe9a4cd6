"""Posts and who holds them: the first day, rotation, arrivals, departures, pay."""

from __future__ import annotations

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules
from obrok.engine.away import limits_of
from obrok.engine.candidates import NEVER, bands, bound, next_candidate
from obrok.engine.people import leave_bound, price, settle_in
from obrok.engine.state import (
    FELT,
    GONE,
    HEARD,
    R_ENTERPRISE,
    R_GROSS,
    R_KEPT,
    R_LOST,
    R_SENT,
    R_SIDE,
    R_STATE,
    State,
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


@njit(cache=True)
def lay_out(seed, stream, number, world, firm_first, posts, crews, firms):
    """Posts to enterprises, then in order to crews of `crew_size` (the last of an enterprise may be smaller).

    `firm_first`: first post of each enterprise in the city and, last, the number of posts; shape (E + 1,). Writes each
    post's crew, first rotation (1 … contract_days) and sector, each crew's posts and enterprise. Returns how many crews.
    """
    size, contract, n = int(world.crew_size), int(world.contract_days), 0
    for e in range(firm_first.size - 1):
        firms[e].first_crew, firms[e].posts = n, firm_first[e + 1] - firm_first[e]
        for i in range(firm_first[e], firm_first[e + 1]):
            if (i - firm_first[e]) % size == 0:
                crews[n].first, crews[n].firm = i, e
                word = luck.who(0, 0, luck.SECTOR)
                builds = luck.uniform(seed, stream, number, n, word, 0) < world.construction_share
                n += 1
            crews[n - 1].last = i + 1
            posts[i].crew, posts[i].builds = n - 1, builds
            u = luck.uniform(seed, stream, number, i, luck.who(0, 0, luck.PHASE), 0)
            posts[i].rotation = 1 + int(u * contract)
        firms[e].last_crew = n
    return n


@njit(cache=True, nogil=True)
def begin(seed, stream, number, world, firm_first, schedule, limit, peak):
    """The state before day 0: posts are held as `filled` says, belief and watching are at rest. Arguments as in
    `days.advance`."""
    n, days = firm_first[-1], schedule.size
    limits = limits_of(world, limit, peak)
    poorer = peak.wage_lo < limit.wage_lo or peak.fee_hi > limit.fee_hi
    poorer = poorer or peak.deductions_hi > limit.deductions_hi or peak.quota_hi > limit.quota_hi
    rows = 1
    if poorer:  # how much readier people are differs from one to the next: room for all there may be
        rows = luck.MAX_BAND
    elif peak.watch_lo < limit.watch_lo:
        rows = 1 + bands(1.0 - limit.watch_lo, 1.0 - peak.watch_lo)
    room, slots = n // 2 + 64 + n, 1 + limits.found_bands + limits.applies_bands
    crews, firms = np.zeros(n, CREW), np.zeros(firm_first.size - 1, FIRM)
    posts = np.zeros(n, POST)
    crews_n = lay_out(seed, stream, number, world, firm_first, posts, crews, firms)
    state = State(
        posts, np.zeros(n, HOLDER), np.zeros((n, rows), CANDIDATE),
        crews[:crews_n].copy(), firms, np.zeros(room, LEAVER), np.zeros(room, AWAY), np.zeros((room, slots), CANDIDATE),
        np.full((2, days), -1), np.zeros(len(SERIES), np.int64), np.zeros(8, np.int64), np.zeros(4, np.int64), np.zeros(6),
    )  # fmt: skip
    for i in range(n):
        posts[i].arrives, posts[i].goes = NEVER, -1
        if luck.uniform(seed, stream, number, i, luck.who(0, 0, luck.FILLED), 0) < world.filled:
            take_up(seed, stream, number, state, i, -1, schedule[0], world, limit, peak)
            state.now[CREATED] += 1
        link(state.due[0], posts, i, next_due(state, i))
    state.real[HEARD] = schedule[0].effort
    state.real[FELT] = schedule[0].effort ** world.effort_felt
    return state


@njit(cache=True)
def take_up(seed, stream, number, state, i, since, today, world, limit, peak):
    """The person (term, fill-in) of post i takes it up on day `since`, and may leave from the day after."""
    p, h = state.posts[i], state.holders[i]
    settle_in(seed, stream, number, i, p.term, p.fill, since, world, today, h)
    pay(state.rates, h, 1)
    state.now[AT_POST] += 1
    p.bound, p.bands = bound(leave_bound(h, world, limit)), 1
    if state.leaving.shape[1] > 1:
        p.bands = bands(p.bound, leave_bound(h, world, peak))
    for band in range(p.bands):
        seek_leave(seed, stream, number, state, i, band, -1, since + 1)


@njit(cache=True)
def seek_leave(seed, stream, number, state, i, band, spot, first):
    """The next candidate day to leave of post i's holder in a band."""
    h, c, end = state.holders[i], state.leaving[i, band], state.due.shape[1]
    word = luck.who(h.term, h.fill, luck.LEAVE)
    c.day, c.height, c.spot = next_candidate(
        seed, stream, number, i, word, state.posts[i].bound, band, spot, first, end
    )


@njit(cache=True)
def next_due(state, i):
    """The next day on which something is due at post i."""
    p = state.posts[i]
    day = min(p.rotation, p.arrives)
    if state.holders[i].present:
        for band in range(p.bands):
            day = min(day, state.leaving[i, band].day)
    return day


@njit(cache=True)
def turn_over(seed, stream, number, state, i, t, contract, today, world, limit, peak):
    """Post i on a day of its rotation or of an arrival: the contract ends, the next person comes if one is sent."""
    p, h, now = state.posts[i], state.holders[i], state.now
    comes = False
    if p.rotation == t:
        if h.present:
            go_home(state, i)
        state.rates[R_LOST] -= p.lost
        p.lost = 0
        p.rotation += contract
        if p.arrives == NEVER:
            p.term += 1
            p.fill = 0
            comes = is_sent(seed, stream, number, i, p.term, 0, today)
            now[CREATED] += comes
    if p.arrives <= t:
        if today.dispatch > 0.0:
            p.arrives, comes = NEVER, True
            now[WAITING] -= 1
            if not p.builds:
                word = luck.who(p.term, p.fill, luck.SHIFT)
                p.builds = luck.uniform(seed, stream, number, i, word, 0) < today.construction_shift
        else:
            p.arrives = t + 1
    if comes:
        state.rates[R_LOST] -= p.lost
        p.lost = 0
        take_up(seed, stream, number, state, i, t, today, world, limit, peak)


@njit(cache=True)
def is_sent(seed, stream, number, i, term, fill, today):
    """Whether the person (term, fill-in) who is due at post i is sent: whom a lower dispatch sends, a higher one sends."""
    return luck.uniform(seed, stream, number, i, luck.who(term, fill, luck.SENT), 0) < today.dispatch


@njit(cache=True)
def go_home(state, i):
    """The holder of post i returns."""
    pay(state.rates, state.holders[i], -1)
    state.now[AT_POST] -= 1
    state.now[RETURNED] += 1
    state.holders[i].present = 0


@njit(cache=True)
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


@njit(cache=True)
def leave(state, i, near, t, lag, today, refills):
    """The holder of post i leaves: a leaver more, a post to fill in if `refills`. Returns the leaver's number."""
    p, h, now = state.posts[i], state.holders[i], state.now
    crew, k = state.crews[p.crew], state.whole[GONE]
    g = state.gone[k]
    g.post, g.term, g.fill, g.crew, g.enterprise, g.since = i, h.term, h.fill, p.crew, crew.firm, h.since
    g.construction, g.side, g.held = p.builds, h.side, h.held
    g.route = g.status = NEARBY if near else REMOTE
    g.left = t
    g.found = g.handed_over = g.taken_back = g.let_go = g.heard = g.applied = g.settled = -1
    state.whole[GONE] += 1
    now[AT_POST] -= 1
    now[g.status] += 1
    now[LEFT_NEARBY if near else LEFT_REMOTE] += 1
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


@njit(cache=True)
def pay(rates, holder, sign):
    """Adds (or, sign -1, takes away) a holder's daily cents, quotas apart."""
    rates[R_GROSS] += sign * holder.gross
    rates[R_STATE] += sign * holder.fee
    rates[R_ENTERPRISE] += sign * holder.deductions
    rates[R_KEPT] += sign * holder.kept
    rates[R_SIDE] += sign * holder.side_cents
    rates[R_SENT] += sign * holder.sent


@njit(cache=True)
def reprice(state, world, today):
    """Everyone at post under today's pay."""
    for i in range(state.holders.size):
        h = state.holders[i]
        if h.present:
            pay(state.rates, h, -1)
            price(h, world, today)
            pay(state.rates, h, 1)


@njit(cache=True)
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
