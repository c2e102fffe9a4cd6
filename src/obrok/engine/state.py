"""The state of one city of one world between two days: all that the next day hangs on. A run can be split anywhere."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from obrok.engine.tables import AWAY, CANDIDATE, LEAVER
from obrok.luck import BORROWED

#: never called from Python: no doors for it are compiled
_INNER: dict[str, Any] = dict(**BORROWED, no_cpython_wrapper=True, no_cfunc_wrapper=True)
#: what happens within a day (counting references took half the time)
inner = njit(**_INNER)
#: the same, put where it is called
inlined = njit(**_INNER, forceinline=True)

#: whole numbers of a state: the next day; how many have left; the day the city's belief counts were reckoned; how many crews
#: have cases that are not reckoned with yet; how many people left yesterday
DAY, GONE, CITY_ON, STIRRED, DEPARTED = range(5)
#: real numbers: belief counts heard all over the city; Σ posts·y over crews; effort as heard of ê; ê^φ, and whether it is out
#: of date; Σ over days of the mean watching
CITY_HANDED, CITY_LET_GO, HEIGHTENED, HEARD, FELT, STALE, WATCHED = range(7)
#: daily rates of the accounts, in their order (what is earned outside hangs on statuses alone, and has none)
R_GROSS, R_STATE, R_ENTERPRISE, R_KEPT, R_SIDE, _, R_SENT, R_LOST = range(8)
#: rows of `State.crews_of`: crews that have cases not reckoned with yet; that people left yesterday
CASES, LEFT = range(2)


#: later than any day
NEVER = 1 << 30


class State(NamedTuple):
    """Arrays, changed in place; who leaves may need more room, so that `days.advance` gives the state back."""

    posts: np.ndarray
    holders: np.ndarray
    leaving: np.ndarray  # candidate days to leave: (posts, bands)
    crews: np.ndarray
    firms: np.ndarray
    crews_of: np.ndarray  # (2, crews)
    going: np.ndarray  # who leaves today, twice the post, and one more where nearby
    gone: np.ndarray  # everyone who left, in order; room for more
    away: np.ndarray
    finding: np.ndarray  # candidate days of those away: (room, slots)
    due: np.ndarray  # first post and first leaver due on each day, -1: none; (2, days)
    now: np.ndarray  # people by status, flows, cents
    rates: np.ndarray  # cents a day
    whole: np.ndarray
    real: np.ndarray


@inlined
def link(first, table, i, day):
    """Puts i among those due on `day` (days beyond the last are never looked at)."""
    table[i].due = min(day, NEVER)
    if day < first.size:
        head = first[day]
        table[i].next, table[i].prev = head, -1
        if head >= 0:
            table[head].prev = i
        first[day] = i


@inlined
def unlink(first, table, i):
    day = table[i].due
    if day < first.size:
        before, after = table[i].prev, table[i].next
        if before >= 0:
            table[before].next = after
        else:
            first[day] = after
        if after >= 0:
            table[after].prev = before


@njit(cache=True)
def with_room(state, more):
    """The state with room for `more` to leave: itself, or a copy with twice the room or more."""
    n, slots = state.whole[GONE], state.finding.shape[1]
    if n + more <= state.gone.size:
        return state
    room = max(2 * state.gone.size, n + more)
    gone, away, finding = np.empty(room, LEAVER), np.empty(room, AWAY), np.empty((room, slots), CANDIDATE)
    for i in range(n):
        gone[i], away[i] = state.gone[i], state.away[i]
        for slot in range(slots):
            finding[i, slot] = state.finding[i, slot]
    return State(
        state.posts, state.holders, state.leaving, state.crews, state.firms, state.crews_of, state.going, gone, away, finding,
        state.due, state.now, state.rates, state.whole, state.real,
    )  # fmt: skip


@njit(cache=True)
def copied(state):
    """A copy of a state that has a life of its own."""
    return State(
        state.posts.copy(), state.holders.copy(), state.leaving.copy(), state.crews.copy(), state.firms.copy(),
        state.crews_of.copy(), state.going.copy(), state.gone.copy(), state.away.copy(), state.finding.copy(),
        state.due.copy(), state.now.copy(), state.rates.copy(), state.whole.copy(), state.real.copy(),
    )  # fmt: skip
