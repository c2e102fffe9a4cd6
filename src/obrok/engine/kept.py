"""States of one city of many worlds, put aside on a day: small, and gone on with in one call that holds no interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from obrok.engine.days import advance
from obrok.engine.state import GONE, State
from obrok.engine.tables import AWAY, CANDIDATE, LEAVER

#: columns of `Kept.first`: where a world's share of each array begins
_POSTS, _LEAVING, _CREWS, _FIRMS, _GONE, _FINDING = range(6)


class Kept(NamedTuple):
    """The arrays of `State`, world after world, without room for those who will leave. `first`: int64, (worlds + 1, 6);
    `bands`, `slots`: columns of each world's `leaving` and `finding`."""

    posts: np.ndarray
    holders: np.ndarray
    leaving: np.ndarray
    crews: np.ndarray
    firms: np.ndarray
    gone: np.ndarray
    away: np.ndarray
    finding: np.ndarray
    due: np.ndarray
    now: np.ndarray
    rates: np.ndarray
    whole: np.ndarray
    real: np.ndarray
    first: np.ndarray
    bands: np.ndarray
    slots: np.ndarray


def keep(states: Sequence[State]) -> Kept:
    """A copy of these states, at least one."""
    gone = [int(s.whole[GONE]) for s in states]
    sizes = [
        (len(s.posts), s.leaving.size, len(s.crews), len(s.firms), n, n * s.finding.shape[1])
        for s, n in zip(states, gone, strict=True)
    ]
    first = np.concatenate([np.zeros((1, 6), np.int64), np.cumsum(sizes, axis=0)]).astype(np.int64)

    def together(name: str) -> np.ndarray:
        return np.concatenate([getattr(s, name).reshape(-1) for s in states])

    def so_far(name: str) -> np.ndarray:
        return np.concatenate([getattr(s, name)[:n].reshape(-1) for s, n in zip(states, gone, strict=True)])

    def stacked(name: str) -> np.ndarray:
        return np.stack([getattr(s, name) for s in states])

    return Kept(
        together("posts"), together("holders"), together("leaving"), together("crews"), together("firms"),
        so_far("gone"), so_far("away"), so_far("finding"),
        stacked("due"), stacked("now"), stacked("rates"), stacked("whole"), stacked("real"),
        first, np.array([s.leaving.shape[1] for s in states]), np.array([s.finding.shape[1] for s in states]),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def revived(kept, k):
    """A copy of the k-th state, with room to go on."""
    a, b = kept.first[k], kept.first[k + 1]
    n, gone, slots = b[_POSTS] - a[_POSTS], b[_GONE] - a[_GONE], kept.slots[k]
    room = gone + n // 2 + 64 + n
    left, away, finding = np.zeros(room, LEAVER), np.zeros(room, AWAY), np.zeros((room, slots), CANDIDATE)
    left[:gone] = kept.gone[a[_GONE] : b[_GONE]]
    away[:gone] = kept.away[a[_GONE] : b[_GONE]]
    flat = kept.finding[a[_FINDING] : b[_FINDING]]
    for g in range(gone):
        for slot in range(slots):
            finding[g, slot] = flat[g * slots + slot]
    return State(
        kept.posts[a[_POSTS] : b[_POSTS]].copy(), kept.holders[a[_POSTS] : b[_POSTS]].copy(),
        kept.leaving[a[_LEAVING] : b[_LEAVING]].copy().reshape((n, kept.bands[k])),
        kept.crews[a[_CREWS] : b[_CREWS]].copy(), kept.firms[a[_FIRMS] : b[_FIRMS]].copy(), left, away, finding,
        kept.due[k].copy(), kept.now[k].copy(), kept.rates[k].copy(), kept.whole[k].copy(), kept.real[k].copy(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def go_on(
    seed,
    stream,
    numbers,
    worlds,
    schedules,
    limits,
    peaks,
    probe_days,
    until,
    kept,
    rows,
    series,
    watch,
    belief,
    probes,
):
    """Lives the days from the states' own to `until`, each world with its own luck; arguments as in `days.advance`, an
    element or a row a world. rows: which of them each kept state is of. Returns everyone who left since the first day
    (`tables.LEAVER`), world after world, and the world of each."""
    everyone, owner, n = np.empty(256, LEAVER), np.empty(256, np.int64), 0
    for k in range(rows.size):
        i = rows[k]
        state = revived(kept, k)
        while (
            advance(
                seed, stream, numbers[i], worlds[i], schedules[i], limits[i], peaks[i], probe_days[i], until,
                state, series[i], watch[i], belief[i], probes[i],
            ) < until
        ):  # fmt: skip
            state = _roomier(state)
        gone = state.whole[GONE]
        if n + gone > everyone.size:
            more, owners = np.empty(2 * (n + gone), LEAVER), np.empty(2 * (n + gone), np.int64)
            more[:n], owners[:n] = everyone[:n], owner[:n]
            everyone, owner = more, owners
        everyone[n : n + gone] = state.gone[:gone]
        owner[n : n + gone] = i
        n += gone
    return everyone[:n].copy(), owner[:n].copy()


@njit(cache=True, nogil=True)
def _roomier(state):
    """The same state with twice the room for those who leave."""
    room, slots = state.gone.size, state.finding.shape[1]
    gone, away, finding = np.zeros(2 * room, LEAVER), np.zeros(2 * room, AWAY), np.zeros((2 * room, slots), CANDIDATE)
    gone[:room], away[:room], finding[:room] = state.gone, state.away, state.finding
    return State(
        state.posts, state.holders, state.leaving, state.crews, state.firms, gone, away, finding, state.due, state.now,
        state.rates, state.whole, state.real,
    )  # fmt: skip
