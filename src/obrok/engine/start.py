"""Before the first day: posts laid out, people drawn, the state that every policy begins with; and who is due to come."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from obrok import luck
from obrok.engine.away import limits_of
from obrok.engine.candidates import bands
from obrok.engine.crews import fade_table
from obrok.engine.people import TILE, draw_people, price
from obrok.engine.posts import next_due, other_pay, pay, seek_beyond
from obrok.engine.state import (
    HEARD,
    NEVER,
    STALE,
    State,
    copied,
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
    POST,
    SERIES,
)

CREATED = COLUMN["created"]


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
    block, u, v = np.zeros(TILE, np.int64), np.empty(TILE), np.empty(TILE)
    unit = np.empty(TILE, np.int64)
    for a in range(0, posts.size, TILE):
        some = min(TILE, posts.size - a)
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
