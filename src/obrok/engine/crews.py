"""Crews: what they believe and how they are watched. Counts are kept as (value, day) and fade in closed form."""

from __future__ import annotations

import numpy as np
from numba import njit

from obrok.engine import rules
from obrok.engine.state import CASES, CITY_HANDED, CITY_LET_GO, CITY_ON, FELT, HEIGHTENED


@njit(cache=True)
def fade_table(half_life, days):
    """What is left after 0, 1, … days of something that halves every `half_life` days; shape (days + 1,)."""
    out, fade = np.empty(days + 1), rules.fades(half_life)
    out[0] = 1.0
    for k in range(days):
        out[k + 1] = out[k] * fade
    return out


@njit(cache=True)
def crew_mood(state, world, c, day, row, mouth, memory, recovery):
    """(watching m, belief b) of crew c at the end of `day`, whose row of the schedule is `row`."""
    crew = state.crews[c]
    y = crew.heightened * recovery[day - crew.heightened_on]
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


@njit(cache=True)
def readiness(holder, world, felt, belief):
    """(S, e^x_nearby) of a holder whose crew believes b, where effort is felt as ê^φ."""
    fear = holder.risk * world.perceived_nearby * felt * belief
    return rules.readiness(holder.base_nearby, holder.base_remote, fear, fear * world.perceived_remote)


@njit(cache=True)
def but_for_family(state, world, day, row, mouth, memory, recovery):
    """Σ and number of S°/(1+S°) over held holders with a side job: family terms out, fear kept, no watching."""
    total, n = 0.0, 0
    for c in range(state.crews.size):
        _, belief = crew_mood(state, world, c, day, row, mouth, memory, recovery)
        fear = world.weight_risk * world.perceived_nearby * state.real[FELT] * belief
        for i in range(state.crews[c].first, state.crews[c].last):
            h = state.holders[i]
            if h.present and h.side and h.held:
                near, far = h.base_nearby + h.family, h.base_remote + h.family
                s, _ = rules.readiness(near, far, fear, fear * world.perceived_remote)
                total += s / (1.0 + s)
                n += 1
    return total, n


@njit(cache=True)
def crews_hear(state, t, today, memory):
    """Belief: today's cases of each crew and of the city on top of what has faded; news reaches every crew."""
    news, news_handed = today.news, today.news_handed
    if state.whole[CASES] == 0 and news + news_handed == 0.0:
        return
    state.whole[CASES] = 0
    city_handed = city_let_go = 0
    for c in range(state.crews.size):
        crew = state.crews[c]
        if crew.new_handed + crew.new_let_go > 0 or news + news_handed > 0.0:
            fade = memory[t - crew.heard_on]
            crew.handed = crew.handed * fade + (crew.new_handed + news_handed)
            crew.let_go = crew.let_go * fade + (crew.new_let_go + news)
            crew.heard_on = t
            city_handed += crew.new_handed
            city_let_go += crew.new_let_go
            crew.new_handed = crew.new_let_go = 0
    if city_handed + city_let_go > 0 or news + news_handed > 0.0:
        fade, real = memory[t - state.whole[CITY_ON]], state.real
        real[CITY_HANDED] = real[CITY_HANDED] * fade + (city_handed + news_handed)
        real[CITY_LET_GO] = real[CITY_LET_GO] * fade + (city_let_go + news)
        state.whole[CITY_ON] = t


@njit(cache=True)
def crews_watch(state, world, t, recovery):
    """Watching: every crew of an enterprise that people left today, on top of what has faded."""
    for e in range(state.firms.size):
        firm = state.firms[e]
        if firm.left == 0:
            continue
        for c in range(firm.first_crew, firm.last_crew):
            crew = state.crews[c]
            n = crew.last - crew.first
            alarm = rules.alarm(world.crew_alarm, crew.left, n, world.enterprise_alarm, firm.left, firm.posts)
            faded = crew.heightened * recovery[t - crew.heightened_on]
            crew.heightened, crew.heightened_on = rules.heightened_after(faded, alarm), t
            state.real[HEIGHTENED] += n * (crew.heightened - faded)
            crew.left_before, crew.left = crew.left, 0
        firm.left_before, firm.left = firm.left, 0
