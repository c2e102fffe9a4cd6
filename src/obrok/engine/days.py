"""One city of one world under one policy, day by day, with plain daily chances, in the written order.

A day:
 1. Events act on the host state (the schedule).
 2. Contracts that end: at_post → returned; arrivals: waiting → at_post.
 3. Everyone acts, seeing the crew state left by yesterday: own chance to leave, then the joint one; away: taken back,
    found, applies; detained: released. The first that happens ends the day. Who entered on day s may act from s + 1.
 4. Crews: belief from today's counts, word of mouth and news; then watching.
 5. Money by the status at the day's end; the day is recorded.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine import rules
from obrok.engine.people import lay_out, settle_in
from obrok.engine.tables import (
    AT_POST,
    COLUMN,
    DETAINED,
    HANDED_OVER,
    HOLDER,
    LEAVER,
    NEARBY,
    REMOTE,
    RETURNED,
    SETTLED,
    WAITING,
)

NEVER = 1 << 40
#: a post is filled in only where at least this many days are left to its rotation
FILL_IN_DAYS = 180
#: a person let go is heard of by mates at most once in this many days
HEARD_AGAIN = 90
SCALE = 2.0**53

LEFT_NEARBY, LEFT_REMOTE = COLUMN["left_nearby"], COLUMN["left_remote"]
FOUND, FOUND_EVENTS, TAKEN_BACK = COLUMN["found"], COLUMN["found_events"], COLUMN["taken_back"]
HANDED_FLOW, LET_GO, APPLIED = COLUMN["handed_over_flow"], COLUMN["let_go"], COLUMN["applied"]
SETTLED_FLOW, CREATED, GROSS = COLUMN["settled_flow"], COLUMN["created"], COLUMN["gross"]
# daily rates of the accounts, in their order
R_GROSS, R_STATE, R_ENTERPRISE, R_KEPT, R_SIDE, R_OUTSIDE, R_SENT, R_LOST = range(8)


@njit(cache=True)
def _draw_leave(seed, repeat, number, words, block, even, odd):
    """LEAVE numbers (53-bit odd) of every post's holder for days 2·block and 2·block + 1. Kept apart: it vectorises."""
    for i in range(words.size):
        even[i], odd[i] = luck.pair53(seed, repeat, number, i, words[i], block)


@njit(cache=True)
def _pay(rates, holder, sign):
    """Adds (or, sign -1, takes away) a holder's daily cents."""
    rates[R_GROSS] += sign * holder.gross
    rates[R_STATE] += sign * holder.fee
    rates[R_ENTERPRISE] += sign * holder.deductions
    rates[R_KEPT] += sign * holder.kept
    rates[R_SIDE] += sign * holder.side_cents
    rates[R_SENT] += sign * holder.sent


@njit(cache=True)
def _ready(holder, belief, world, felt):
    """(S, e^x_nearby) of a holder whose crew believes b, where effort is felt as ê^φ."""
    fear = holder.risk * world.perceived_nearby * felt * belief
    return rules.readiness(holder.base_nearby, holder.base_remote, fear, fear * world.perceived_remote)


@njit(cache=True)
def _may_leave(holder, watch, scale):
    """Upper bound of a holder's chance to leave on any day (no fear, least watching), as a 53-bit whole number."""
    s, _ = rules.readiness(holder.base_nearby, holder.base_remote, 0.0, 0.0)
    return np.uint64(rules.chance(rules.leave_hazard(holder.rate, watch, s)) * (1.0 + 1e-9) * scale) + np.uint64(1)


@njit(cache=True)
def _but_for_family(holders, crew_of, belief, world, felt):
    """Mean of S°/(1+S°) over held holders with a side job: family terms out, fear kept, no watching. NaN: there are none."""
    total, n = 0.0, 0
    for i in range(holders.size):
        h = holders[i]
        if h.present and h.side and h.held:
            fear = world.weight_risk * world.perceived_nearby * felt * belief[crew_of[i]]
            near, far = h.base_nearby + h.family, h.base_remote + h.family
            s, _ = rules.readiness(near, far, fear, fear * world.perceived_remote)
            total += s / (1.0 + s)
            n += 1
    return total / n if n > 0 else math.nan


@njit(cache=True, nogil=True)
def simulate(seed, repeat, number, world, enterprise_first, schedule, probe_days, series, mood, probes):
    """Runs one city of one world under one policy.

    seed, repeat, number: key of the luck (run seed; 0 or the number of a repeat; world number).
    world: one `tables.WORLD` record, anchored. enterprise_first: first post of each enterprise and the number of posts.
    schedule: `tables.SCHEDULE`, one record a day. probe_days: days on whose end `leave_but_for_family` is taken, rising.
    Writes series (int64, days × len(SERIES)), mood (float64, days × len(MOOD)) and probes (float64, one a probe day).
    Returns everyone who left (`tables.LEAVER`), in the order of leaving.
    """
    days, posts = series.shape[0], enterprise_first[-1]
    crew_of, rotation, crew_first, crew_enterprise, builds = lay_out(seed, repeat, number, world, enterprise_first)
    crews, enterprises = builds.size, enterprise_first.size - 1
    contract, lag = int(world.contract_days), int(world.refill_lag)

    # posts and their holders
    holders = np.zeros(posts, HOLDER)
    words, may_leave = np.empty(posts, np.uint64), np.empty(posts, np.uint64)
    even, odd = np.empty(posts, np.uint64), np.empty(posts, np.uint64)
    arrives, lost = np.full(posts, NEVER), np.zeros(posts, np.int64)
    term, fill = np.zeros(posts, np.int32), np.zeros(posts, np.int32)
    now, rates = np.zeros(series.shape[1], np.int64), np.zeros(8, np.int64)
    for i in range(posts):
        settle_in(seed, repeat, number, i, 0, 0, -1, world, holders[i])
        words[i] = luck.who(0, 0, luck.LEAVE)
        may_leave[i] = _may_leave(holders[i], world.watch, SCALE)
        _pay(rates, holders[i], 1)
    now[AT_POST] = now[CREATED] = posts

    # people away
    gone, away, n_gone, n_away = np.zeros(64, LEAVER), np.empty(64, np.int64), 0, 0
    out_nearby = world.native * world.outside_nearby
    cents_nearby = rules.daily_cents(out_nearby)
    cents_remote = rules.daily_cents(out_nearby * world.outside_remote)
    release = rules.stay_hazard(world.detention_days)
    chance_released, chance_taken = rules.chance(release), rules.chance(world.taken_back)

    # crews
    a0, b0 = world.belief_strength * world.belief, world.belief_strength * (1.0 - world.belief)
    handed, let_go, watch = np.full(crews, a0), np.full(crews, b0), np.full(crews, world.watch)
    belief = np.empty(crews)
    for c in range(crews):
        belief[c] = rules.perceived_hand_over(a0, b0, world.session_fear, schedule[0].sessions, world.watch)
    fade_belief, fade_watch, fade_heard = (
        rules.fades(world.memory),
        rules.fades(world.recovery),
        rules.fades(world.effort_heard),
    )
    mouth = min(1.0, world.reach / (crews - 1)) if crews > 1 else 0.0
    heard = schedule[0].effort
    felt = heard**world.effort_felt
    left_crew, left_yesterday = np.zeros(crews, np.int64), np.zeros(crews, np.int64)
    left_enterprise = np.zeros(enterprises, np.int64)
    new_handed, new_let_go = np.zeros(crews, np.int64), np.zeros(crews, np.int64)
    going, going_near, goes_on = np.empty(posts, np.int64), np.empty(posts, np.uint8), np.full(posts, -1, np.int64)
    probe = 0

    for t in range(days):
        today = schedule[t]
        if t & 1 == 0:
            _draw_leave(seed, repeat, number, words, np.uint64(t >> 1), even, odd)

        # 2. contracts that end, arrivals
        for i in range(posts):
            if rotation[i] != t and arrives[i] != t:
                continue
            if rotation[i] == t:
                if holders[i].present:
                    _pay(rates, holders[i], -1)
                    now[AT_POST] -= 1
                    now[RETURNED] += 1
                rotation[i] += contract
                term[i] += 1
                fill[i] = 0
                now[CREATED] += 1
            else:
                now[WAITING] -= 1
            arrives[i] = NEVER
            rates[R_LOST] -= lost[i]
            lost[i] = 0
            settle_in(seed, repeat, number, i, term[i], fill[i], t, world, holders[i])
            _pay(rates, holders[i], 1)
            now[AT_POST] += 1
            words[i] = luck.who(term[i], fill[i], luck.LEAVE)
            may_leave[i] = _may_leave(holders[i], world.watch, SCALE)
            if t & 1 == 0:
                even[i], odd[i] = luck.pair53(seed, repeat, number, i, words[i], np.uint64(t >> 1))

        # 3a. who leaves: own chance
        n_going = 0
        drawn = odd if t & 1 else even
        for i in range(posts):
            if drawn[i] < may_leave[i] and holders[i].since < t:
                h = holders[i]
                c = crew_of[i]
                s, near = _ready(h, belief[c], world, felt)
                if drawn[i] < rules.chance(rules.leave_hazard(h.rate, watch[c], s)) * SCALE:
                    u = luck.uniform(seed, repeat, number, i, luck.who(h.term, h.fill, luck.ROUTE), t)
                    going[n_going], going_near[n_going], goes_on[i] = i, u * s < near, t
                    n_going += 1
        # 3b. who leaves: the joint chance, the day after crew-mates left
        for c in range(crews):
            if left_yesterday[c] == 0:
                continue
            offered = rules.join_hazard_chance(world.join_chance, left_yesterday[c])
            for i in range(crew_first[c], crew_first[c + 1]):
                h = holders[i]
                if not h.present or h.since >= t or goes_on[i] == t:
                    continue
                if luck.uniform(seed, repeat, number, i, luck.who(h.term, h.fill, luck.JOIN), t) < offered:
                    s, near = _ready(h, belief[c], world, felt)
                    u = luck.uniform(seed, repeat, number, i, luck.who(h.term, h.fill, luck.JOIN_CHOICE), t)
                    if u < (1.0 - watch[c]) * s / (1.0 + s):
                        u = luck.uniform(seed, repeat, number, i, luck.who(h.term, h.fill, luck.ROUTE), t)
                        going[n_going], going_near[n_going], goes_on[i] = i, u * s < near, t
                        n_going += 1
        left_crew[:] = 0
        left_enterprise[:] = 0
        new_handed[:] = 0
        new_let_go[:] = 0

        # 3c. people away (those who leave today join them after this loop)
        kept_away = 0
        for k in range(n_away):
            j = away[k]
            p = gone[j]
            if p.status == DETAINED:
                word = luck.who(p.term, p.fill, luck.RELEASED)
                if luck.uniform(seed, repeat, number, p.post, word, t) < chance_released:
                    word = luck.who(p.term, p.fill, luck.HAND_OVER)
                    now[DETAINED] -= 1
                    if luck.uniform(seed, repeat, number, p.post, word, t) < today.hand_over:
                        p.status, p.handed_over = HANDED_OVER, t
                        now[HANDED_OVER] += 1
                        now[HANDED_FLOW] += 1
                        new_handed[p.crew] += 1
                    else:
                        p.status = NEARBY
                        now[NEARBY] += 1
                        if p.let_go < 0:
                            p.let_go = t
                            now[LET_GO] += 1
                        if p.heard < 0 or t - p.heard >= HEARD_AGAIN:
                            p.heard = t
                            new_let_go[p.crew] += 1
            else:
                find = world.find_nearby * today.effort * (world.find_remote if p.status == REMOTE else 1.0)
                if p.let_go >= 0:
                    find *= world.found_again
                word = luck.who(p.term, p.fill, luck.TAKEN_BACK)
                if luck.uniform(seed, repeat, number, p.post, word, t) < chance_taken:
                    now[p.status] -= 1
                    p.status, p.taken_back = HANDED_OVER, t
                    now[HANDED_OVER] += 1
                    now[TAKEN_BACK] += 1
                    new_handed[p.crew] += 1
                elif luck.uniform(seed, repeat, number, p.post, luck.who(p.term, p.fill, luck.FOUND), t) < rules.chance(
                    find
                ):
                    now[p.status] -= 1
                    now[FOUND_EVENTS] += 1
                    if p.found < 0:
                        p.found, p.found_from = t, p.status
                        now[FOUND] += 1
                    p.status = DETAINED
                    now[DETAINED] += 1
                elif luck.uniform(seed, repeat, number, p.post, luck.who(p.term, p.fill, luck.APPLY), t) < rules.chance(
                    world.apply * today.help
                ):
                    if p.applied < 0:
                        p.applied = t
                        now[APPLIED] += 1
                    if (
                        luck.uniform(seed, repeat, number, p.post, luck.who(p.term, p.fill, luck.GRANT), t)
                        < world.grant
                    ):
                        now[p.status] -= 1
                        p.status, p.settled = SETTLED, t
                        now[SETTLED] += 1
                        now[SETTLED_FLOW] += 1
            if p.status <= DETAINED:
                away[kept_away] = j
                kept_away += 1
        n_away = kept_away

        # 3d. those who leave
        for k in range(n_going):
            i = going[k]
            h = holders[i]
            c = crew_of[i]
            if n_gone == gone.size:
                more = np.zeros(2 * n_gone, LEAVER)
                more[:n_gone] = gone
                gone = more
            if n_away == away.size:
                wider = np.empty(2 * n_away, np.int64)
                wider[:n_away] = away
                away = wider
            p = gone[n_gone]
            p.post, p.term, p.fill, p.crew, p.enterprise, p.since = i, h.term, h.fill, c, crew_enterprise[c], h.since
            p.construction, p.side, p.held = builds[c], h.side, h.held
            p.route = p.status = NEARBY if going_near[k] else REMOTE
            p.left = t
            p.found = p.handed_over = p.taken_back = p.let_go = p.heard = p.applied = p.settled = -1
            away[n_away] = n_gone
            n_gone += 1
            n_away += 1
            now[AT_POST] -= 1
            now[p.status] += 1
            now[LEFT_NEARBY if going_near[k] else LEFT_REMOTE] += 1
            left_crew[c] += 1
            left_enterprise[crew_enterprise[c]] += 1
            _pay(rates, h, -1)
            rates[R_LOST] += h.fee
            lost[i] = h.fee
            h.present = 0
            may_leave[i] = 0
            u = luck.uniform(seed, repeat, number, i, luck.who(h.term, h.fill, luck.REFILL), 0)
            if u < world.refill_chance and t + lag + FILL_IN_DAYS <= rotation[i] and fill[i] + 1 < luck.MAX_FILL:
                arrives[i] = t + lag
                fill[i] += 1
                now[WAITING] += 1
                now[CREATED] += 1

        # 4. crews: belief, then watching
        heard = rules.towards(heard, today.effort, fade_heard)
        felt = heard**world.effort_felt
        city_handed, city_let_go = new_handed.sum(), new_let_go.sum()
        mean_watch = mean_belief = 0.0
        for c in range(crews):
            n = crew_first[c + 1] - crew_first[c]
            e = crew_enterprise[c]
            handed[c] = rules.towards(handed[c], a0, fade_belief)
            handed[c] += new_handed[c] + mouth * (city_handed - new_handed[c])
            let_go[c] = rules.towards(let_go[c], b0, fade_belief)
            let_go[c] += new_let_go[c] + mouth * (city_let_go - new_let_go[c]) + today.news
            watch[c] = rules.towards(watch[c], world.watch, fade_watch)
            if left_enterprise[e] > 0:
                alarm = world.crew_alarm * left_crew[c] / n
                alarm += world.enterprise_alarm * left_enterprise[e] / (enterprise_first[e + 1] - enterprise_first[e])
                watch[c] = rules.watch_after(watch[c], world.watch_max, alarm)
            belief[c] = rules.perceived_hand_over(handed[c], let_go[c], world.session_fear, today.sessions, watch[c])
            left_yesterday[c] = left_crew[c]
            mean_watch += n * watch[c]
            mean_belief += n * belief[c]

        # 5. money by the status at the day's end; the day is recorded
        rates[R_OUTSIDE] = now[NEARBY] * cents_nearby + now[REMOTE] * cents_remote
        for k in range(8):
            now[GROSS + k] += rates[k]
        series[t] = now
        mood[t, 0], mood[t, 1], mood[t, 2] = mean_watch / posts, mean_belief / posts, heard
        while probe < probe_days.size and probe_days[probe] == t:
            probes[probe] = _but_for_family(holders, crew_of, belief, world, felt)
            probe += 1
    return gone[:n_gone].copy()
