"""Sites of R0 in the engine's technique: only what happens is lived.

**Candidates.** Days times places of a site are a grid walked by geometric jumps. A cell reached is a candidate; its height,
a chance, says below which dread b3·p + b4·m its person absconds. Two bands share the heights: up to the chance at no tie,
rest watching and the fear p = ½ with which a site starts, and from there to that at no fear; the upper one is walked from
the day on which fear falls below ½. Candidates belong to person and calendar, keyed by (seed, world, site, band, block of
days): nothing that happens moves one. One walk a site, not a person: to learn that nobody of 100 comes up takes one number
in place of 100, which alone would take three times as long as a whole run of R0 (5.3 ms against 1.5 for a million people).
A tie is keyed by its person and, where candidates are rare, drawn when one asks for it.
**What follows.** Who absconds, or is let go, draws at once how long the stay and the detention last and how it ends, keyed
by person and day; only the detention's end goes on the site's calendar. Between events m, A, B fade in closed form. Daily
counts are added up from the changes of each day, savings from days at post and abroad. Sites are independent given the
seed: neither threads nor blocks shift a bit.

Chances are daily chances, compared with (k + ½)/2³² of one 32-bit word: each is met within 2⁻³³.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from obrok.bench.r0_rule import (
    ABSCONDED,
    ALPHA,
    AT_POST,
    B2,
    B3,
    B4,
    DETAINED,
    DETAINS,
    ENDS,
    H_MAX,
    M0,
    PAY_ABROAD,
    PAY_AT_POST,
    PRIOR,
    REPATRIATED,
    RHO_AFTER,
    RHO_BEFORE,
    SITE,
    TURN,
)
from obrok.luck import BORROWED, FAMILY, FOUND, LEAVE, philox, who

#: room for the candidates of a band and block: Poisson numbers, below 50 in the mean, so that more never come
ROOM = 512
#: blocks of luck looked up at once: of one site where candidates are many; else of one site, and the first of many
MANY, FEW, AHEAD = 8, 2, 8
CANDIDATE = np.dtype([("dread", "f8"), ("day", "i4"), ("place", "i4")])
#: gone: the last site whose person of this place left; after: who follows on the list of a day; handed: how detention ends
PLACE = np.dtype([("gone", "i8"), ("after", "i4"), ("handed", "i4")])

_QUARTER, _STEP = SITE // 4, 2.0**-32
_0, _LOW = np.uint64(0), np.uint64(0xFFFFFFFF)
_ROOT_HALF, _FRACTION, _LN2 = np.int64(0x3FE6A09E667F3BCD), np.int64((1 << 52) - 1), math.log(2.0)
_TO_DETENTION, _TO_ITS_END = 1.0 / math.log1p(-DETAINS), 1.0 / math.log1p(-ENDS)
_CANDIDATE, _TIE, _AWAY = (who.py_func(0, 0, purpose) for purpose in (LEAVE, FAMILY, FOUND))

#: What runs a site allocates nothing, and counts no references: that would take two thirds of the time.
BARE: dict[str, Any] = {**BORROWED, "nogil": True}
_philox = njit(forceinline=True)(philox.py_func)  # in line, so that the compiler does many at once


class Desk(NamedTuple):
    """Room for the site at hand: its candidates by day, and two lists to merge; luck looked up; ties; places; who is first
    on the list of each day (-1: nobody) on which detentions end; and the changes of each day, of all sites so far."""

    candidates: np.ndarray
    spare: np.ndarray
    more: np.ndarray
    ahead: np.ndarray
    luck: np.ndarray
    ties: np.ndarray
    places: np.ndarray
    first: np.ndarray
    changes: np.ndarray


class People(NamedTuple):
    """Of one world's people here: ties, if they were drawn before; savings (USD) and status, if they are asked for."""

    ties: np.ndarray
    savings: np.ndarray
    status: np.ndarray


@njit(**BARE)
def _unit(word):
    return (word + 0.5) * _STEP


@njit(forceinline=True, **BARE)
def ln(x):
    """ln x of a usual positive number, within 1e-13 of itself: plain arithmetic, so that the compiler does many at once."""
    bits = np.float64(x).view(np.int64) - _ROOT_HALF
    m = np.int64((bits & _FRACTION) + _ROOT_HALF).view(np.float64)  # x = m·2^e, m from √½ to √2
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    series = 1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q / 15)))))
    return (bits >> 52) * _LN2 + 2.0 * s * (1.0 + q * series)


@njit(**BARE)
def _tie(seed, world, site, place, ties, mine):
    """f of one person; where ties were drawn before, the one there."""
    if ties.size > 0:
        return ties[mine + place]
    w0, w1, w2, w3 = philox(world, np.uint64(site * _QUARTER + place % _QUARTER), _TIE, _0, seed, _0)
    k = place // _QUARTER
    return _unit(w0 if k == 0 else w1 if k == 1 else w2 if k == 2 else w3)


@njit(**BARE)
def _site_ties(seed, world, site, out):
    """f of everyone at a site; float64, out[0] … out[99]."""
    for k in range(_QUARTER):
        w0, w1, w2, w3 = _philox(world & _LOW, np.uint64(site * _QUARTER + k) & _LOW, _TIE, _0, seed & _LOW, _0)
        out[k], out[_QUARTER + k] = _unit(w0), _unit(w1)
        out[2 * _QUARTER + k], out[3 * _QUARTER + k] = _unit(w2), _unit(w3)


@njit(**BARE)
def _draw(seed, world, site, sites, j, block, blocks, bands, out):
    """Jumps of band j's walk, out[0], and the dread below which somebody with no tie goes, out[1]: two from each block of
    luck, all the first ones before the second. Of one site's next blocks (blocks = 1), or of one of each next site (sites = 1)."""
    jump, floor, room, word = bands[j].jump, bands[j].floor, bands[j].room, _CANDIDATE + np.uint64(j)
    n = out.shape[1] // 2
    for k in range(n):
        unit, counter = np.uint64(site + k * sites) & _LOW, np.uint64(block + k * blocks) & _LOW
        w0, w1, w2, w3 = _philox(world & _LOW, unit, word, counter, seed & _LOW, _0)
        out[0, k], out[0, n + k] = ln(_unit(w0)) * jump, ln(_unit(w2)) * jump
        out[1, k] = ln(H_MAX / (floor + _unit(w1) * room) - 1.0)
        out[1, n + k] = ln(H_MAX / (floor + _unit(w3) * room) - 1.0)


@njit(forceinline=True, **BARE)
def look_up(seed, world, site, at, j, from_day, start, end, rule, desk, ties, mine, out):
    """The candidates of band j from day `start` to `end` (not included) of the block from `from_day`, by day: how many.
    Those who would not go at no fear and rest watching are left out. `at`: where the site's first luck lies in `desk.ahead`."""
    n, cell, block, least = 0, from_day * SITE - 1, from_day << 8, B4 * M0 - rule.base
    while n < ROOM - desk.luck.shape[1]:
        if block + j == 0 and not rule.many:
            drawn, first, step, some, block = desk.ahead, at, AHEAD, 2, 1
        else:
            _draw(seed, world, site, 0, j, block, 1, rule.bands, desk.luck)
            drawn, first, step, some = desk.luck, 0, 1, desk.luck.shape[1]
            block += some // 2
        for k in range(first, first + some * step, step):
            cell += 1 + np.int64(drawn[0, k])
            if cell >= end * SITE:
                return n
            day = np.int64(np.uint64(cell) // np.uint64(SITE))
            place = cell - day * SITE
            f = desk.ties[place] if rule.many else _tie(seed, world, site, place, ties, mine)
            dread = drawn[1, k] - B2 * f
            out[n].day, out[n].place, out[n].dread = day, place, dread
            n += (dread > least) & (day >= start)
    return n


@njit(forceinline=True, **BARE)
def _merged(some, i, n, others, m, out):
    """Elements i … n - 1 of one list by day and the first m of another, as one: how many."""
    k, j = 0, 0
    while i < n and j < m:
        one = some[i].day <= others[j].day
        out[k].day = some[i].day if one else others[j].day
        out[k].place = some[i].place if one else others[j].place
        out[k].dread = some[i].dread if one else others[j].dread
        i, j, k = i + one, j + (not one), k + 1
    while i < n:
        out[k].day, out[k].place, out[k].dread = some[i].day, some[i].place, some[i].dread
        i, k = i + 1, k + 1
    while j < m:
        out[k].day, out[k].place, out[k].dread = others[j].day, others[j].place, others[j].dread
        j, k = j + 1, k + 1
    return k


@njit(forceinline=True, **BARE)
def _away(seed, world, site, place, t, rule, desk, people, mine):
    """Absconds on day t, or is let go: all that follows, to the detention's end. Returns (its day, paid days abroad)."""
    w0, w1, w2, _ = philox(world, np.uint64(site * SITE + place), _AWAY, np.uint64(t), seed, _0)
    days, end, status = rule.days, rule.days, ABSCONDED
    detained = t + 1 + np.int64(math.log(_unit(w0)) * _TO_DETENTION)
    paid = min(detained, days) - (t + 1)
    if detained < days:
        status, end = DETAINED, min(days, detained + 1 + np.int64(math.log(_unit(w1)) * _TO_ITS_END))
        desk.changes[detained, ABSCONDED] -= 1
        desk.changes[detained, DETAINED] += 1
        if end < days:
            handed = _unit(w2) < (RHO_BEFORE if end < TURN else RHO_AFTER)
            status = REPATRIATED if handed else ABSCONDED
            desk.places[place].handed, desk.places[place].after, desk.first[end] = handed, desk.first[end], place
    if people.status.size > 0:
        people.savings[mine + place] += PAY_ABROAD * paid
        people.status[mine + place] = status
    return end, paid


@njit(forceinline=True, **BARE)
def _detentions_end(seed, world, site, t, rule, desk, people, mine):
    """Those of day t: how many are repatriated and released, how many of these will be on the calendar, paid days abroad."""
    handed, released, again, abroad, place = 0, 0, 0, 0, np.int64(desk.first[t])
    desk.first[t] = -1
    while place >= 0:
        after = np.int64(desk.places[place].after)
        if desk.places[place].handed:
            handed += 1
        else:
            end, paid = _away(seed, world, site, place, t, rule, desk, people, mine)
            released, again, abroad = released + 1, again + (end < rule.days), abroad + paid
        place = after
    desk.changes[t, ABSCONDED] += released
    desk.changes[t, DETAINED] -= handed + released
    desk.changes[t, REPATRIATED] += handed
    return handed, released, again, abroad


@njit(forceinline=True, **BARE)
def _bands_reached(bands, fear):
    n = 1
    while n < bands.size and fear < bands[n - 1].edge:
        n += 1
    return n


@njit(forceinline=True, **BARE)
def _site(seed, world, site, at, rule, desk, people, mine, mark):
    """One site, all its days. Returns days at post and paid days abroad; adds to the changes of each day."""
    days, fades, now, spare = rule.days, rule.fades, desk.candidates, desk.spare
    x, a, b, day = 0.0, PRIOR, PRIOR, 0  # x = m - m0, A and B, at the start of `day`
    fear, today = 0.5, 0.0  # p; the dread at the start of the day before
    due, pending, at_post, abroad, reach = days, 0, SITE * days, 0, 1
    for block in range(0, days, rule.block):
        end, i, reached, t = min(block + rule.block, days), 0, 1, block - 1
        n = look_up(seed, world, site, at, 0, block, block, end, rule, desk, people.ties, mine, now)
        while True:
            while reached < reach:
                m = look_up(seed, world, site, at, reached, block, t + 1, end, rule, desk, people.ties, mine, desk.more)
                n = _merged(now, i, n, desk.more, m, spare)
                now, spare, i, reached = spare, now, 0, reached + 1
            t = int(now[i].day) if i < n else end
            ends = due <= t
            if ends:
                t = due
            if t >= end:
                break
            fresh = t >= day
            dread = B3 * fear + B4 * (M0 + x * fades[t - day, 0]) - rule.base if fresh else today
            place = np.int64(now[i].place)
            if not ends:
                i += 1
                if (dread >= now[i - 1].dread) | (desk.places[place].gone == mark):
                    continue
            if fresh:
                k, day, today = t - day + 1, t + 1, dread
                x, a, b = x * fades[k, 0], a * fades[k, 1], b * fades[k, 1]
            if ends:
                handed, released, again, paid = _detentions_end(seed, world, site, t, rule, desk, people, mine)
                a, b, pending = a + handed, b + released, pending - handed - released + again
                fear = a / (a + b)
                reach = _bands_reached(rule.bands, fear)
                due = t + 1 if pending > 0 else days
                while due < days and desk.first[due] < 0:
                    due += 1
            else:
                x = min(x + ALPHA / SITE, 1.0 - M0)
                desk.changes[t, AT_POST] -= 1
                desk.changes[t, ABSCONDED] += 1
                desk.places[place].gone, at_post = mark, at_post - (days - t)
                if people.status.size > 0:
                    people.savings[mine + place] -= PAY_AT_POST * (days - t)
                over, paid = _away(seed, world, site, place, t, rule, desk, people, mine)
                due, pending = min(due, over), pending + (over < days)
            abroad += paid
    return at_post, abroad


@njit(**BARE)
def _world(seed, world, begin, end, rule, desk, people, mark, counts, person_days):
    """Sites begin … end - 1 of one world, and what comes of them together."""
    at_post, abroad, changes = 0, 0, desk.changes
    for site in range(begin, end):
        at, mine = (site - begin) % AHEAD, (site - begin) * SITE
        if at == 0 and not rule.many:
            _draw(seed, world, site, 1, 0, 0, 0, rule.bands, desk.ahead)
        if rule.many and people.ties.size > 0:
            for k in range(SITE):
                desk.ties[k] = people.ties[mine + k]
        elif rule.many:
            _site_ties(seed, world, site, desk.ties)
        p, q = _site(seed, world, site, at, rule, desk, people, mine, mark + site)
        at_post, abroad = at_post + p, abroad + q
    person_days[0], person_days[1] = at_post, abroad
    c0, c1, c2, c3 = np.int32((end - begin) * SITE), np.int32(0), np.int32(0), np.int32(0)
    for t in range(rule.days):
        d0, d1, d2, d3 = changes[t, 0], changes[t, 1], changes[t, 2], changes[t, 3]
        c0, c1, c2, c3 = np.int32(c0 + d0), np.int32(c1 + d1), np.int32(c2 + d2), np.int32(c3 + d3)
        counts[t, 0], counts[t, 1], counts[t, 2], counts[t, 3] = c0, c1, c2, c3
        changes[t, 0], changes[t, 1], changes[t, 2], changes[t, 3] = 0, 0, 0, 0


@njit(cache=True, nogil=True)
def live(seed, world, begin, end, rule, counts, person_days, ties, savings, status):
    """Sites begin … end - 1 of worlds `world`, `world` + 1, … A row of what follows is a world.

    Writes counts (int32, worlds × days × 4: status at the end of each day) and person_days (int64, worlds × 2: at post,
    and abroad with pay). ties: float64, worlds × people; or × 0 to draw them here. savings (float32, USD) and status
    (uint8), worlds × people, are written; or × 0.
    """
    room = ROOM * rule.bands.size
    desk = Desk(
        np.empty(room, CANDIDATE), np.empty(room, CANDIDATE), np.empty(room, CANDIDATE), np.empty((2, 2 * AHEAD)),
        np.empty((2, 2 * (MANY if rule.many else FEW))), np.empty(SITE), np.zeros(SITE, PLACE),
        np.full(rule.days, -1, np.int32), np.zeros((rule.days, 4), np.int32),
    )  # fmt: skip
    for i in range(len(counts)):
        people = People(ties[i], savings[i], status[i])
        people.savings[:] = PAY_AT_POST * rule.days
        people.status[:] = AT_POST
        mark = 1 + i * end  # a number of its own for each site
        _world(seed, np.uint64(world + i), begin, end, rule, desk, people, mark, counts[i], person_days[i])


@njit(cache=True, nogil=True)
def draw_ties(seed, world, begin, end, ties):
    """f of everyone at these sites, a row a world: float64, worlds × people."""
    for i in range(len(ties)):
        for site in range(begin, end):
            _site_ties(seed, np.uint64(world + i), site, ties[i, (site - begin) * SITE :])
