"""One city of one world under one policy, day by day, in the written order.

A day:
 1. Events act on host state and enterprises (the schedule).
 2. Who is recalled, contracts that end: at_post → returned; arrivals: waiting → at_post.
 3. Everyone with something due acts, seeing the crew state left by yesterday: own chance to leave, then the joint one;
    away: taken back, found, applies; detained: released. The first that happens ends the day. Who entered on day s may
    act from s + 1.
 4. Crews: belief from today's counts, word of mouth and news; then watching.
 5. Money by the status at the day's end; the day is recorded.

Nothing in a life changes on a day that is not one of its candidate days (`candidates`), its contract's end, its arrival,
or the day after a crew-mate left: so a day costs what happens on it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules
from obrok.engine.away import away_acts, limits_of, watch_away
from obrok.engine.crews import but_for_family, crew_mood, crews_hear, crews_watch, felt, readiness
from obrok.engine.posts import (
    fill_in,
    is_sent,
    leave,
    next_due,
    other_pay,
    pay_quotas,
    recall,
    reprice,
    rotate,
    seek_leave,
)
from obrok.engine.start import begin, due_to_come, settle
from obrok.engine.state import (
    DAY,
    DEPARTED,
    GONE,
    HEARD,
    HEIGHTENED,
    LEFT,
    STALE,
    STIRRED,
    WATCHED,
    inner,
    link,
    unlink,
    with_room,
)
from obrok.engine.tables import COLUMN, NEARBY, REMOTE
from obrok.luck import BORROWED

GROSS, OUTSIDE = COLUMN["gross"], COLUMN["outside"]
#: people due by rotation who are drawn together, about: what is drawn ahead stays small, however many posts and days
AHEAD = 1 << 14


@njit(**BORROWED, nogil=True)
def advance(
    seed, stream, number, world, schedule, limit, peak, at, probe_days, until, people, state, series, watch, belief, probes
):  # fmt: skip
    """Lives the days from the state's own to `until` (not included), or to the first that might lack room for leavers.

    seed, stream, number: key of the luck (run seed; `luck.stream_of`; world number). world: one `tables.WORLD` record,
    anchored. schedule: `tables.SCHEDULE`, one record a day of the whole run. limit, peak: `tables.BOUNDS` of the case's
    own policy and of this one. at: the days on whose end is recorded, probe_days: those on whose end `leave_but_for_family`
    is taken; both rising. people: who is due to come on these days (`start.due_to_come`).
    Writes, of the days lived: series (int64, at × as many of the first columns of `SERIES` as there is room for); watch
    (float64, at × 2: mean over posts at the day's end, and its sum over all days so far) and belief (float64, at: mean
    over posts) unless empty; probes (float64, probe days × 2: sum and number). Returns the next day.
    """
    posts, crews = state.posts.size, state.crews.size
    limits = limits_of(world, limit, peak)
    contract, lag = int(world.contract_days), int(world.refill_lag)
    out_nearby = world.native * world.outside_nearby
    cents_nearby = rules.daily_cents(out_nearby)
    cents_remote = rules.daily_cents(out_nearby * world.outside_remote)
    memory, recovery = people.memory, people.recovery
    fade_heard, fade_watch = rules.fades(world.effort_heard), rules.fades(world.recovery)
    mouth = min(1.0, world.reach / (crews - 1)) if crews > 1 else 0.0
    now, rates, real, due, going = state.now, state.rates, state.real, state.due, state.going
    columns = min(series.shape[1], now.size)
    has_quota = peak.quota_hi > 0.0

    row = 0
    while row < at.size and at[row] < state.whole[DAY]:
        row += 1
    while state.whole[DAY] < until:
        t = state.whole[DAY]
        if state.whole[GONE] + may_leave(state, t) > state.gone.size:
            return t
        today, y = schedule[t], max(t - 1, 0)
        yesterday = schedule[y]
        if t > 0 and other_pay(yesterday, today):
            reprice(state, world, today)

        # 2. who is recalled, contracts that end, arrivals; 3a. who leaves: own chance
        n_going = 0
        if today.recall > 0.0:
            recall(seed, stream, number, state, t, today)
        for k in range(people.first[t - people.begins], people.first[t - people.begins + 1]):
            rotate(seed, stream, number, state, people, k, t, contract, today, world, limit, peak)
        i = np.int64(due[0, t])  # one kind of whole number, so that what is called is compiled once
        while i >= 0:
            p, h, after = state.posts[i], state.holders[i], np.int64(state.posts[i].next)
            if p.arrives <= t:
                fill_in(seed, stream, number, state, people, i, t, today, world, limit, peak)
            if h.present and h.since < t:
                for band in range(p.bands):
                    c = state.leaving[i, band]
                    if c.day != t:
                        continue
                    if p.goes < t and c.height < h.rate * h.open:
                        m, b = crew_mood(state, world, np.int64(p.crew), y, yesterday, mouth, memory, recovery)
                        s, near = readiness(h, world, felt(state, world), b)
                        if c.height < rules.leave_hazard(h.rate, m, s):
                            u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.ROUTE), t)
                            going[n_going], p.goes = 2 * i + (u * s < near), t
                            n_going += 1
                    seek_leave(seed, stream, number, state, i, band, c.spot, t + 1)
            link(due[0], state.posts, i, next_due(state, i))
            i = after
        # 3b. who leaves: the joint chance, the day after crew-mates left
        for k in range(state.whole[DEPARTED]):
            c = np.int64(state.crews_of[LEFT, k])
            crew = state.crews[c]
            offered = rules.join_hazard_chance(world.join_chance, crew.left_before)
            crew.left_before = 0
            for i in range(np.int64(crew.first), np.int64(crew.last)):  # type: ignore[assignment]
                p, h = state.posts[i], state.holders[i]
                if not h.present or h.since >= t or p.goes == t:
                    continue
                if luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.JOIN), t) < offered:
                    m, b = crew_mood(state, world, c, y, yesterday, mouth, memory, recovery)
                    s, near = readiness(h, world, felt(state, world), b)
                    u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.JOIN_CHOICE), t)
                    if u < (1.0 - m) * s / (1.0 + s):
                        u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.ROUTE), t)
                        going[n_going], p.goes = 2 * i + (u * s < near), t
                        n_going += 1
        state.whole[DEPARTED] = 0
        # 3c. people away (those who leave today join them after this)
        k = np.int64(due[1, t])  # type: ignore[assignment]
        while k >= 0:
            after = np.int64(state.away[k].next)
            away_acts(seed, stream, number, state, limits, k, t, today, world)
            k = after  # type: ignore[assignment]
        # 3d. those who leave
        for n in range(n_going):
            i, near = going[n] >> 1, going[n] & 1
            h = state.holders[i]
            u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.REFILL), 0)
            refills = u < today.refill_chance
            if refills:
                refills = is_sent(seed, stream, number, i, h.term, state.posts[i].fill + 1, today)
            unlink(due[0], state.posts, i)
            k = leave(state, i, near, t, lag, today, refills)
            link(due[0], state.posts, i, next_due(state, i))
            watch_away(seed, stream, number, state, limits, k, t + 1)

        # 4. crews: belief, then watching
        if state.whole[STIRRED] > 0 or today.news + today.news_handed > 0.0:
            crews_hear(state, t, today, memory)
        real[HEIGHTENED] *= fade_watch
        if n_going > 0:
            crews_watch(state, world, t, recovery)
        heard = rules.towards(real[HEARD], today.effort, fade_heard)
        if heard != real[HEARD]:
            real[HEARD], real[STALE] = heard, 1.0

        # 5. money by the status at the day's end; the day is recorded
        for r in range(rates.size):
            now[GROSS + r] += rates[r]
        now[OUTSIDE] += now[NEARBY] * cents_nearby + now[REMOTE] * cents_remote
        if has_quota:
            pay_quotas(state, world, rules.daily_cents(today.quota))
        watched = rules.watching(today.watch, world.watch_max, real[HEIGHTENED] / posts)
        real[WATCHED] += watched
        while row < at.size and at[row] == t:
            for column in range(columns):
                series[row, column] = now[column]
            if watch.size > 0:
                watch[row, 0], watch[row, 1] = watched, real[WATCHED]
            if belief.size > 0:
                total = 0.0
                for c in range(crews):
                    _, b = crew_mood(state, world, c, t, today, mouth, memory, recovery)
                    total += (state.crews[c].last - state.crews[c].first) * b
                belief[row] = total / posts
            row += 1
        for n in range(probe_days.size):
            if probe_days[n] == t:
                probes[n, 0], probes[n, 1] = but_for_family(state, world, t, today, mouth, memory, recovery)
        state.whole[DAY] = t + 1
    return until


@inner
def may_leave(state, t):
    """How many may leave on day t, at most: those with a candidate day, and the mates of those who left yesterday."""
    n, i = 0, state.due[0, t]
    while i >= 0:
        n += 1
        i = state.posts[i].next
    for k in range(state.whole[DEPARTED]):
        crew = state.crews[state.crews_of[LEFT, k]]
        n += crew.last - crew.first
    return n


@njit(cache=True, nogil=True)
def advance_to(
    seed, stream, number, world, schedule, limit, peak, at, probe_days, until, people, state, series, watch, belief, probes
):  # fmt: skip
    """As `advance`, whatever room it takes. Returns the state."""
    while (
        advance(
            seed, stream, number, world, schedule, limit, peak, at, probe_days, until, people, state, series, watch, belief,
            probes,
        ) < until
    ):  # fmt: skip
        state = with_room(state, may_leave(state, state.whole[DAY]))
    return state


@njit(cache=True)
def until_drawn(state, world, until):
    """The day up to which those who are due to come are drawn together."""
    return min(until, state.whole[DAY] + max(1, AHEAD * int(world.contract_days) // state.posts.size))


@njit(cache=True, nogil=True)
def live_on(
    seed, stream, number, world, schedule, limit, peak, at, probe_days, until, state, series, watch, belief, probes
):
    """As `advance_to`, drawing who is due to come a stretch of days at a time. Returns the state."""
    while state.whole[DAY] < until:
        end = until_drawn(state, world, until)
        people = due_to_come(seed, stream, number, world, limit, schedule.size, state.posts, state.whole[DAY], end)
        state = advance_to(
            seed, stream, number, world, schedule, limit, peak, at, probe_days, end, people, state, series, watch, belief,
            probes,
        )  # fmt: skip
    return state


def simulate(
    seed, stream, number, world, firm_first, schedule, limit, peak, probe_days, series, watch, belief, probes
) -> np.ndarray:
    """Runs one city of one world under one policy, from the first day to the last, and records every day. Arguments as in
    `advance`; watch: (days,).

    firm_first: first post of each enterprise in the city and, last, the number of posts; shape (enterprises + 1,).
    Returns everyone who left (`tables.LEAVER`), by day.
    """
    settled = settle(seed, stream, number, world, firm_first, limit, schedule.size)
    state = begin(seed, stream, number, settled, world, schedule, limit, peak, True)
    at, watched = np.arange(schedule.size), np.empty((schedule.size, 2))
    given = (seed, stream, number, world, schedule, limit, peak, at, probe_days, schedule.size)
    state = live_on(*given, state, series, watched, belief, probes)  # type: ignore[call-arg]
    watch[:] = watched[:, 0]
    return state.gone[: state.whole[GONE]].copy()
