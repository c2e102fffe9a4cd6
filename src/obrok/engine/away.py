"""People away: taken back, found, applying; detained, and then handed over or let go."""

from __future__ import annotations

from typing import NamedTuple

from obrok import luck
from obrok.engine import rules
from obrok.engine.candidates import bands, bound, next_candidate
from obrok.engine.crews import hears_of
from obrok.engine.state import NEVER, inlined, inner, link
from obrok.engine.tables import COLUMN, DETAINED, HANDED_OVER, NEARBY, REMOTE, SETTLED

#: a person let go is heard of by mates at most once in this many days
HEARD_AGAIN = 90

FOUND, FOUND_EVENTS, TAKEN_BACK = COLUMN["found"], COLUMN["found_events"], COLUMN["taken_back"]
HANDED_FLOW, LET_GO = COLUMN["handed_over_flow"], COLUMN["let_go"]
APPLIED, SETTLED_FLOW = COLUMN["applied"], COLUMN["settled_flow"]


class Limits(NamedTuple):
    """Bounds w and numbers of bands of the purposes of people away; slots: taken back (or released), found, applies.

    `found_far`: of those who hide far away, who are found so seldom that most of the days of the others would be in vain.
    """

    released: float
    taken_back: float
    found: float
    found_far: float
    applies: float
    found_bands: int
    applies_bands: int

    # hazards per day; the release hazard itself
    release: float

    slots: int


@inner
def limits_of(world, limit, peak):
    """`limit`, `peak`: `tables.BOUNDS` of the case's own policy and of this one."""
    often, far = world.find_nearby * max(1.0, world.found_again), world.find_nearby * world.find_remote
    found, applies = bound(often * limit.effort_hi), bound(world.apply * limit.help_hi)
    release = rules.stay_hazard(world.detention_days)
    found_bands, applies_bands = bands(found, often * peak.effort_hi), bands(applies, world.apply * peak.help_hi)
    return Limits(
        bound(release), bound(world.taken_back), found, bound(far * limit.effort_hi), applies,
        found_bands, applies_bands, release, 1 + found_bands + applies_bands,
    )  # fmt: skip


@inlined
def watch_away(seed, stream, number, state, limits, k, first):
    """Leaver k may be taken back, found, apply or, where detained, be released, from day `first` on."""
    slots = 1 if state.gone[k].status == DETAINED else state.finding.shape[1]
    day = NEVER
    for slot in range(slots):
        seek_away(seed, stream, number, state, limits, k, slot, -1, first)
        day = min(day, state.finding[k, slot].day)
    for slot in range(slots, state.finding.shape[1]):
        state.finding[k, slot].day = NEVER
    link(state.due[1], state.away, k, day)


@inlined
def seek_away(seed, stream, number, state, limits, k, slot, spot, first):
    """The next candidate day of leaver k in a slot: taken back (released, where detained), found, applies."""
    g, c, end = state.gone[k], state.finding[k, slot], state.due.shape[1]
    if g.status == DETAINED:
        purpose, w, band = luck.RELEASED, limits.released, 0
    elif slot == 0:
        purpose, w, band = luck.TAKEN_BACK, limits.taken_back, 0
    elif slot <= limits.found_bands:
        purpose, w, band = luck.FOUND, limits.found_far if g.status == REMOTE else limits.found, slot - 1
    else:
        purpose, w, band = luck.APPLY, limits.applies, slot - 1 - limits.found_bands
    word = luck.who(g.term, g.fill, purpose)
    c.day, c.height, c.spot = next_candidate(seed, stream, number, g.post, word, w, band, spot, first, end)


@inlined
def away_acts(seed, stream, number, state, limits, k, t, today, world):
    """Leaver k on a candidate day: taken back, found, applies; or, detained, handed over or let go."""
    g, now = state.gone[k], state.now
    crew = state.crews[g.crew]
    before = g.status
    for slot in range(state.finding.shape[1]):
        c = state.finding[k, slot]
        if c.day != t:
            continue
        if before == DETAINED:
            if c.height < limits.release:
                word = luck.who(g.term, g.fill, luck.HAND_OVER)
                now[DETAINED] -= 1
                if luck.uniform(seed, stream, number, g.post, word, t) < today.hand_over:
                    g.status, g.handed_over = HANDED_OVER, t
                    now[HANDED_OVER] += 1
                    now[HANDED_FLOW] += 1
                    hears_of(state, g.crew)
                    crew.new_handed += 1
                else:
                    g.status = NEARBY
                    now[NEARBY] += 1
                    if g.let_go < 0:
                        g.let_go = t
                        now[LET_GO] += 1
                    if g.heard < 0 or t - g.heard >= HEARD_AGAIN:
                        g.heard = t
                        hears_of(state, g.crew)
                        crew.new_let_go += 1
        elif slot == 0:
            if c.height < world.taken_back:
                now[before] -= 1
                g.status, g.taken_back = HANDED_OVER, t
                now[HANDED_OVER] += 1
                now[TAKEN_BACK] += 1
                hears_of(state, g.crew)
                crew.new_handed += 1
        elif slot <= limits.found_bands:
            find = world.find_nearby * today.effort * (world.find_remote if before == REMOTE else 1.0)
            if g.let_go >= 0:
                find *= world.found_again
            if c.height < find:
                now[before] -= 1
                now[FOUND_EVENTS] += 1
                if g.found < 0:
                    g.found, g.found_from = t, before
                    now[FOUND] += 1
                g.status = DETAINED
                now[DETAINED] += 1
        elif c.height < world.apply * today.help:
            if g.applied < 0:
                g.applied = t
                now[APPLIED] += 1
            word = luck.who(g.term, g.fill, luck.GRANT)
            if luck.uniform(seed, stream, number, g.post, word, t) < world.grant:
                now[before] -= 1
                g.status, g.settled = SETTLED, t
                now[SETTLED] += 1
                now[SETTLED_FLOW] += 1
        if g.status != before:
            break
    if g.status > DETAINED:
        state.away[k].due = NEVER
    elif g.status != before:
        watch_away(seed, stream, number, state, limits, k, t + 1)
    else:
        day = NEVER
        for slot in range(state.finding.shape[1]):
            c = state.finding[k, slot]
            if c.day == t:
                seek_away(seed, stream, number, state, limits, k, slot, c.spot, t + 1)
            day = min(day, c.day)
        link(state.due[1], state.away, k, day)
