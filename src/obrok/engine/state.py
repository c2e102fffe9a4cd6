"""The state of one city of one world between two days: all that the next day hangs on. A run can be split anywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

#: whole numbers of a state: the next day; how many have left; the day the city's belief counts were reckoned; cases that
#: no crew has reckoned with yet
DAY, GONE, CITY_ON, CASES = range(4)
#: real numbers: belief counts heard all over the city; Σ posts·y over crews; effort as heard of ê, and ê^φ; how many
#: left yesterday
CITY_HANDED, CITY_LET_GO, HEIGHTENED, HEARD, FELT, JOINABLE = range(6)
#: daily rates of the accounts, in their order
R_GROSS, R_STATE, R_ENTERPRISE, R_KEPT, R_SIDE, R_OUTSIDE, R_SENT, R_LOST = range(8)


class State(NamedTuple):
    """Arrays, changed in place. Crews keep their counts as (value, day) and fade in closed form until something happens."""

    posts: np.ndarray
    holders: np.ndarray
    leaving: np.ndarray  # candidate days to leave: (posts, bands)
    crews: np.ndarray
    firms: np.ndarray
    gone: np.ndarray  # everyone who left, in order; room for more
    away: np.ndarray
    finding: np.ndarray  # candidate days of those away: (room, slots)
    due: np.ndarray  # first post and first leaver due on each day, -1: none; (2, days)
    now: np.ndarray  # people by status, flows, cents
    rates: np.ndarray  # cents a day
    whole: np.ndarray
    real: np.ndarray


@njit(cache=True)
def link(first, table, i, day):
    """Puts i among those due on `day` (days beyond the last are never looked at)."""
    table[i].due = day
    if day < first.size:
        head = first[day]
        table[i].next, table[i].prev = head, -1
        if head >= 0:
            table[head].prev = i
        first[day] = i


@njit(cache=True)
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


def with_more_room(state: State) -> State:
    """The same state with twice the room for those who leave."""

    def longer(array: np.ndarray) -> np.ndarray:
        return np.concatenate([array, np.zeros_like(array)])

    return state._replace(gone=longer(state.gone), away=longer(state.away), finding=longer(state.finding))
