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
from obrok.engine.crews import but_for_family, crew_mood, crews_hear, crews_watch, fade_table, readiness
from obrok.engine.posts import begin, is_sent, leave, next_due, pay_quotas, recall, reprice, seek_leave, turn_over
from obrok.engine.state import DAY, FELT, GONE, HEARD, HEIGHTENED, JOINABLE, R_OUTSIDE, link, unlink, with_more_room
from obrok.engine.tables import COLUMN, NEARBY, REMOTE

GROSS = COLUMN["gross"]


@njit(cache=True, nogil=True)
def advance(
    seed, stream, number, world, schedule, limit, peak, probe_days, until, state, series, watch, belief, probes
):
    """Lives the days from the state's own to `until` (not included), or to the first that might lack room for leavers.

    seed, stream, number: key of the luck (run seed; `luck.stream_of`; world number). world: one `tables.WORLD` record,
    anchored. schedule: `tables.SCHEDULE`, one record a day of the whole run. limit, peak: `tables.BOUNDS` of the case's
    own policy and of this one. probe_days: days on whose end `leave_but_for_family` is taken, rising.
    Writes, of the days lived: series (int64, days × len(SERIES)); watch and, unless empty, belief (float64, days: means
    over posts at the day's end); probes (float64, probe days × 2: sum and number). Returns the next day.
    """
    days, posts, crews = schedule.size, state.posts.size, state.crews.size
    limits = limits_of(world, limit, peak)
    contract, lag = int(world.contract_days), int(world.refill_lag)
    out_nearby = world.native * world.outside_nearby
    cents_nearby = rules.daily_cents(out_nearby)
    cents_remote = rules.daily_cents(out_nearby * world.outside_remote)
    memory, recovery = fade_table(world.memory, days), fade_table(world.recovery, days)
    fade_heard, fade_watch = rules.fades(world.effort_heard), rules.fades(world.recovery)
    mouth = min(1.0, world.reach / (crews - 1)) if crews > 1 else 0.0
    going, going_near = np.empty(posts, np.int64), np.empty(posts, np.uint8)
    now, rates, real, due = state.now, state.rates, state.real, state.due
    has_quota = False
    for t in range(days):
        has_quota = has_quota or schedule[t].quota > 0.0

    while state.whole[DAY] < until:
        t = state.whole[DAY]
        if state.whole[GONE] + posts > state.gone.size:
            return t
        today, y = schedule[t], max(t - 1, 0)
        yesterday = schedule[y]
        if t > 0 and (
            today.wage != yesterday.wage
            or today.fee != yesterday.fee
            or today.deductions != yesterday.deductions
            or today.quota != yesterday.quota
        ):
            reprice(state, world, today)

        # 2. who is recalled, contracts that end, arrivals; 3a. who leaves: own chance
        n_going, stir = 0, today.news + today.news_handed > 0.0
        if today.recall > 0.0:
            recall(seed, stream, number, state, t, today)
        i = due[0, t]
        while i >= 0:
            p, h, after = state.posts[i], state.holders[i], state.posts[i].next
            if p.rotation == t or p.arrives <= t:
                turn_over(seed, stream, number, state, i, t, contract, today, world, limit, peak)
            if h.present and h.since < t:
                for band in range(p.bands):
                    c = state.leaving[i, band]
                    if c.day != t:
                        continue
                    if p.goes < t and c.height < h.rate * h.open:
                        m, b = crew_mood(state, world, p.crew, y, yesterday, mouth, memory, recovery)
                        s, near = readiness(h, world, real[FELT], b)
                        if c.height < rules.leave_hazard(h.rate, m, s):
                            u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.ROUTE), t)
                            going[n_going], going_near[n_going], p.goes = i, u * s < near, t
                            n_going += 1
                    seek_leave(seed, stream, number, state, i, band, c.spot, t + 1)
            link(due[0], state.posts, i, next_due(state, i))
            i = after
        # 3b. who leaves: the joint chance, the day after crew-mates left
        for e in range(state.firms.size if real[JOINABLE] > 0.0 else 0):
            firm = state.firms[e]
            first, last = firm.first_crew, firm.last_crew if firm.left_before > 0 else firm.first_crew
            firm.left_before = 0
            for c in range(first, last):
                crew = state.crews[c]
                if crew.left_before == 0:
                    continue
                offered = rules.join_hazard_chance(world.join_chance, crew.left_before)
                crew.left_before = 0
                for i in range(crew.first, crew.last):
                    p, h = state.posts[i], state.holders[i]
                    if not h.present or h.since >= t or p.goes == t:
                        continue
                    if luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.JOIN), t) < offered:
                        m, b = crew_mood(state, world, c, y, yesterday, mouth, memory, recovery)
                        s, near = readiness(h, world, real[FELT], b)
                        u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.JOIN_CHOICE), t)
                        if u < (1.0 - m) * s / (1.0 + s):
                            u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.ROUTE), t)
                            going[n_going], going_near[n_going], p.goes = i, u * s < near, t
                            n_going += 1
        # 3c. people away (those who leave today join them after this)
        k = due[1, t]
        stir = stir or k >= 0
        while k >= 0:
            after = state.away[k].next
            away_acts(seed, stream, number, state, limits, k, t, today, world)
            k = after
        # 3d. those who leave
        for n in range(n_going):
            i = going[n]
            h = state.holders[i]
            u = luck.uniform(seed, stream, number, i, luck.who(h.term, h.fill, luck.REFILL), 0)
            refills = u < today.refill_chance
            if refills:
                refills = is_sent(seed, stream, number, i, h.term, state.posts[i].fill + 1, today)
            unlink(due[0], state.posts, i)
            k = leave(state, i, going_near[n], t, lag, today, refills)
            link(due[0], state.posts, i, next_due(state, i))
            watch_away(seed, stream, number, state, limits, k, t + 1)

        # 4. crews: belief, then watching
        if stir:
            crews_hear(state, t, today, memory)
        real[HEIGHTENED] *= fade_watch
        if n_going > 0:
            crews_watch(state, world, t, recovery)
        real[JOINABLE] = n_going
        heard = rules.towards(real[HEARD], today.effort, fade_heard)
        if heard != real[HEARD]:
            real[HEARD], real[FELT] = heard, heard**world.effort_felt

        # 5. money by the status at the day's end; the day is recorded
        rates[R_OUTSIDE] = now[NEARBY] * cents_nearby + now[REMOTE] * cents_remote
        for r in range(rates.size):
            now[GROSS + r] += rates[r]
        if has_quota:
            pay_quotas(state, world, rules.daily_cents(today.quota))
        series[t] = now
        watch[t] = rules.watching(today.watch, world.watch_max, real[HEIGHTENED] / posts)
        if belief.size > 0:
            total = 0.0
            for c in range(crews):
                _, b = crew_mood(state, world, c, t, today, mouth, memory, recovery)
                total += (state.crews[c].last - state.crews[c].first) * b
            belief[t] = total / posts
        for n in range(probe_days.size):
            if probe_days[n] == t:
                probes[n, 0], probes[n, 1] = but_for_family(state, world, t, today, mouth, memory, recovery)
        state.whole[DAY] = t + 1
    return until


def simulate(
    seed, stream, number, world, firm_first, schedule, limit, peak, probe_days, series, watch, belief, probes
) -> np.ndarray:
    """Runs one city of one world under one policy, from the first day to the last. Arguments as in `advance`.

    firm_first: first post of each enterprise in the city and, last, the number of posts; shape (enterprises + 1,).
    Returns everyone who left (`tables.LEAVER`), by day.
    """
    state = begin(seed, stream, number, world, firm_first, schedule, limit, peak)
    given = (seed, stream, number, world, schedule, limit, peak, probe_days, schedule.size)
    while advance(*given, state, series, watch, belief, probes) < schedule.size:
        state = with_more_room(state)
    return state.gone[: state.whole[GONE]].copy()
