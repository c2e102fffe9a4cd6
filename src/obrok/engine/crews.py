"""Crews: what they believe and how they are watched. Counts are kept as (value, day) and fade in closed form."""

from __future__ import annotations

import numpy as np
from numba import njit

from obrok.engine import rules
from obrok.engine.state import (
    CASES,
    CITY_HANDED,
    CITY_LET_GO,
    CITY_ON,
    DEPARTED,
    FELT,
    HEARD,
    HEIGHTENED,
    LEFT,
    STALE,
    STIRRED,
    inlined,
    inner,
)

#: a scale of an enterprise's alarms below which its crews' figures are reckoned anew, before digits are lost
SMALL = 1e-100


@njit(cache=True)
def fade_table(half_life, days):
    """What is left after 0, 1, … days of something that halves every `half_life` days; shape (days + 1,)."""
    out, fade = np.empty(days + 1), rules.fades(half_life)
    out[0] = 1.0
    for k in range(days):
        out[k + 1] = out[k] * fade
    return out


@inlined
def crew_mood(state, world, c, day, row, mouth, memory, recovery):
    """(watching m, belief b) of crew c at the end of `day`, whose row of the schedule is `row`."""
    crew = state.crews[c]
    firm = state.firms[crew.firm]
    y = rules.heightened_of(crew.beyond, crew.scale, firm.scale, firm.shift, recovery[day - firm.on])
    watch = rules.watching(row.watch, world.watch_max, y)
    own, city = memory[day - crew.heard_on], memory[day - state.whole[CITY_ON]]
    handed = (1.0 - mouth) * crew.handed * own + mouth * state.real[CITY_HANDED] * city
    let_go = (1.0 - mouth) * crew.let_go * own + mouth * state.real[CITY_LET_GO] * city
    belief = rules.perceived_hand_over(
        world.belief_strength * world.belief + handed,
        world.belief_strength * (1.0 - world.belief) + let_go,
        world.session_fear, row.sessions, watch,
    )  # fmt: skip
    return watch, belief


@inlined
def felt(state, world):
    """ê^φ: effort as it is felt, by what was heard up to yesterday."""
    real = state.real
    if real[STALE]:
        real[FELT], real[STALE] = real[HEARD] ** world.effort_felt, 0.0
    return real[FELT]


@inlined
def readiness(holder, world, felt, belief):
    """(S, e^x_nearby) of a holder whose crew believes b, where effort is felt as ê^φ."""
    fear = holder.risk * world.perceived_nearby * felt * belief
    return rules.readiness(holder.base_nearby, holder.base_remote, fear, fear * world.perceived_remote)


@inner
def but_for_family(state, world, day, row, mouth, memory, recovery):
    """Σ and number of S°/(1+S°) over held holders with a side job: family terms out, fear kept, no watching."""
    total, n = 0.0, 0
    for c in range(state.crews.size):
        _, belief = crew_mood(state, world, c, day, row, mouth, memory, recovery)
        fear = world.weight_risk * world.perceived_nearby * felt(state, world) * belief
        for i in range(state.crews[c].first, state.crews[c].last):
            h = state.holders[i]
            if h.present and h.side and h.held:
                family = world.weight_family * h.tie
                near, far = h.base_nearby + family, h.base_remote + family
                s, _ = rules.readiness(near, far, fear, fear * world.perceived_remote)
                total += s / (1.0 + s)
                n += 1
    return total, n


@inner
def crews_hear(state, t, today, memory):
    """Belief: today's cases of each crew and of the city on top of what has faded; news reaches every crew."""
    news, news_handed = today.news, today.news_handed
    everyone = news + news_handed > 0.0
    city_handed = city_let_go = 0
    for k in range(state.crews.size if everyone else state.whole[STIRRED]):
        crew = state.crews[k if everyone else state.crews_of[CASES, k]]
        fade = memory[t - crew.heard_on]
        crew.handed = crew.handed * fade + (crew.new_handed + news_handed)
        crew.let_go = crew.let_go * fade + (crew.new_let_go + news)
        crew.heard_on = t
        city_handed += crew.new_handed
        city_let_go += crew.new_let_go
        crew.new_handed = crew.new_let_go = 0
    if city_handed + city_let_go > 0 or everyone:
        fade, real = memory[t - state.whole[CITY_ON]], state.real
        real[CITY_HANDED] = real[CITY_HANDED] * fade + (city_handed + news_handed)
        real[CITY_LET_GO] = real[CITY_LET_GO] * fade + (city_let_go + news)
        state.whole[CITY_ON] = t
    state.whole[STIRRED] = 0


@inlined
def hears_of(state, c):
    """Crew c is among those with cases that are not reckoned with yet."""
    crew = state.crews[c]
    if crew.new_handed + crew.new_let_go == 0:
        state.crews_of[CASES, state.whole[STIRRED]] = c
        state.whole[STIRRED] += 1


@inner
def crews_watch(state, world, t, recovery):
    """Watching: every crew of an enterprise that people left today, on top of what has faded."""
    who, n, done = state.crews_of[LEFT], state.whole[DEPARTED], -1
    for k in range(1, n):  # a few, in order
        c, at = who[k], k
        while at > 0 and who[at - 1] > c:
            who[at] = who[at - 1]
            at -= 1
        who[at] = c
    for k in range(n):
        e = state.crews[who[k]].firm
        if e != done:
            firm_watches(state, world, t, recovery, e, who[k:n])
            done = e


@inner
def firm_watches(state, world, t, recovery, e, who):
    """An enterprise takes alarm; `who`: its crews that people left today come first."""
    firm, posts = state.firms[e], state.firms[e].posts
    fade = recovery[t - firm.on]
    firm.scale, firm.shift, firm.on = firm.scale * fade, firm.shift * fade, t
    before = firm.heightened * fade
    if firm.scale < SMALL:
        for c in range(firm.first_crew, firm.last_crew):
            crew = state.crews[c]
            crew.beyond, crew.scale = firm.scale / crew.scale * crew.beyond, 1.0
        firm.scale = 1.0
    own = rules.alarm(world.enterprise_alarm, firm.left, posts)
    scale, shift = firm.scale, firm.shift
    after = rules.heightened_after(0.0, own)
    firm.scale, firm.shift = scale * (1.0 - after), rules.heightened_after(shift, own)
    firm.heightened = before * (1.0 - after) + after * posts
    for c in who:
        crew = state.crews[c]
        if crew.firm != e:
            break
        n = crew.last - crew.first
        y = rules.heightened_of(crew.beyond, crew.scale, scale, shift, 1.0)
        more = rules.heightened_after(y, rules.alarm(world.crew_alarm, crew.left, n) + own)
        crew.beyond, crew.scale = more - firm.shift, firm.scale
        firm.heightened += n * (more - rules.heightened_after(y, own))
        crew.left_before, crew.left = crew.left, 0
    firm.left = 0
    state.real[HEIGHTENED] += firm.heightened - before
