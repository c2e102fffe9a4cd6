"""Posts and who holds them: rotation, arrivals, departures, pay."""

from __future__ import annotations

from obrok import luck
from obrok.engine import rules
from obrok.engine.candidates import bands, next_candidate
from obrok.engine.people import leave_bound, price, settle_in
from obrok.engine.state import (
    DEPARTED,
    GONE,
    LEFT,
    NEVER,
    R_ENTERPRISE,
    R_GROSS,
    R_KEPT,
    R_LOST,
    R_SENT,
    R_SIDE,
    R_STATE,
    inlined,
    inner,
    link,
    unlink,
)
from obrok.engine.tables import (
    AT_POST,
    COLUMN,
    NEARBY,
    REMOTE,
    RETURNED,
    WAITING,
)

#: a post is filled in only where at least this many days are left to its rotation
FILL_IN_DAYS = 180

LEFT_NEARBY, LEFT_REMOTE = COLUMN["left_nearby"], COLUMN["left_remote"]
CREATED, GROSS = COLUMN["created"], COLUMN["gross"]


@inlined
def other_pay(one, other):
    """Whether two pays (`wage`, `fee`, `deductions`, `quota` of a world or a day) differ."""
    return (
        one.wage != other.wage or one.fee != other.fee or one.deductions != other.deductions or one.quota != other.quota
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
