"""One city of many worlds in one call that holds no interpreter: under several policies from the first day; or gone on with
from states that were put aside on a day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import literal_unroll, njit

from obrok.engine.away import limits_of
from obrok.engine.days import advance_to, live_on, until_drawn
from obrok.engine.start import begin, due_to_come, most_bands, settle
from obrok.engine.state import GONE, State, copied, inner
from obrok.engine.tables import AWAY, CANDIDATE, LEAVER, SCHEDULE

#: columns of a day
EVERY = tuple(SCHEDULE.names or ())
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
    crews_of: np.ndarray
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
        together("crews_of"),
        so_far("gone"), so_far("away"), so_far("finding"),
        stacked("due"), stacked("now"), stacked("rates"), stacked("whole"), stacked("real"),
        first, np.array([s.leaving.shape[1] for s in states]), np.array([s.finding.shape[1] for s in states]),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def revived(kept, k):
    """A copy of the k-th state, with room to go on."""
    a, b = kept.first[k], kept.first[k + 1]
    n, gone, slots = b[_POSTS] - a[_POSTS], b[_GONE] - a[_GONE], kept.slots[k]
    room = gone + 16 + n // 8
    left, away, finding = np.empty(room, LEAVER), np.empty(room, AWAY), np.empty((room, slots), CANDIDATE)
    left[:gone] = kept.gone[a[_GONE] : b[_GONE]]
    away[:gone] = kept.away[a[_GONE] : b[_GONE]]
    flat = kept.finding[a[_FINDING] : b[_FINDING]]
    for g in range(gone):
        for slot in range(slots):
            finding[g, slot] = flat[g * slots + slot]
    crews = b[_CREWS] - a[_CREWS]
    return State(
        kept.posts[a[_POSTS] : b[_POSTS]].copy(), kept.holders[a[_POSTS] : b[_POSTS]].copy(),
        kept.leaving[a[_LEAVING] : b[_LEAVING]].copy().reshape((n, kept.bands[k])),
        kept.crews[a[_CREWS] : b[_CREWS]].copy(), kept.firms[a[_FIRMS] : b[_FIRMS]].copy(),
        kept.crews_of[2 * a[_CREWS] : 2 * b[_CREWS]].copy().reshape((2, crews)), np.zeros(n, np.int64), left, away, finding,
        kept.due[k].copy(), kept.now[k].copy(), kept.rates[k].copy(), kept.whole[k].copy(), kept.real[k].copy(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def live(
    seed, streams, numbers, worlds, firm_first, firms, schedules, limits, peaks, at, probe_days, until, rows, log, series,
    watch, belief, probes,
):  # fmt: skip
    """Lives one city of each of n worlds under each of P policies, from the first day to `until`.

    streams, numbers, worlds, limits: (n,); firms: where each world's part of firm_first begins, (n + 1,); schedules:
    (P, n, days); peaks: (P, n); at: (n, days recorded); probe_days: (n, probes); rows: the worlds that are lived. Writes
    series (P, n, at, columns), watch (P, n, at, 2), belief (P, n, at) and probes (P, n, probes, 2). The people of a world
    are drawn once for all policies, and the days on which no policy differs yet are lived once. Returns everyone who left
    (`tables.LEAVER`), world after world, with the policy and the world of each; nobody unless `log`.
    """
    gone, what, n, days = np.empty(256, LEAVER), np.empty((2, 256), np.int64), 0, schedules.shape[2]
    last = schedules.shape[0] - 1
    for i in rows:
        world, limit, first = worlds[i], limits[i], firm_first[firms[i] : firms[i + 1]]
        settled = settle(seed, streams[i], numbers[i], world, first, limit, days)
        end = until_drawn(settled, world, until)
        people = due_to_come(seed, streams[i], numbers[i], world, limit, days, settled.posts, 0, end)
        trunk, lived, rows_lived = settled, 0, 0
        for p in range(schedules.shape[0]):
            given = (seed, streams[i], numbers[i], world, schedules[p, i], limit, peaks[p, i], at[i], probe_days[i])
            out = (series[p, i], watch[p, i], belief[p, i], probes[p, i])
            if lived > 0 and _alike(world, limit, peaks[0, i], peaks[p, i]):
                _as_first(p, i, rows_lived, series, watch, belief, probes)
                state = trunk if p == last else copied(trunk)
            else:
                state = begin(
                    seed, streams[i], numbers[i], settled, world, schedules[p, i], limit, peaks[p, i], p == last
                )
            if p == 0 and last > 0:
                lived = min(_parting(schedules[:, i]), end)
                if lived > 0:
                    state = advance_to(*given, lived, people, state, *out)
                    trunk = copied(state)
                    rows_lived = np.searchsorted(at[i], lived)
            state = advance_to(*given, end, people, state, *out)
            if end < until:
                state = live_on(*given, until, state, *out)
            if log:
                gone, what, n = _logged(gone, what, n, state, p, i)
    return gone[:n].copy(), what[0, :n].copy(), what[1, :n].copy()


@inner
def _as_first(p, i, rows, series, watch, belief, probes):
    """What was recorded of world i under the first policy, on its first days, was so under policy p."""
    for row in range(rows):
        for column in range(series.shape[3]):
            series[p, i, row, column] = series[0, i, row, column]
        for column in range(2 if watch.size > 0 else 0):
            watch[p, i, row, column] = watch[0, i, row, column]
        if belief.size > 0:
            belief[p, i, row] = belief[0, i, row]
    for k in range(probes.shape[2]):
        probes[p, i, k, 0], probes[p, i, k, 1] = probes[0, i, k, 0], probes[0, i, k, 1]


@inner
def _parting(schedules):
    """The first day on which these schedules, (P, days), differ in anything; their length where they never do."""
    for t in range(schedules.shape[1]):
        a = schedules[0, t]
        for p in range(1, schedules.shape[0]):
            b = schedules[p, t]
            for name in literal_unroll(EVERY):
                if a[name] != b[name]:
                    return t
    return schedules.shape[1]


@inner
def _alike(world, limit, one, other):
    """Whether states under policies with these bounds have the same bands, and so the same days where schedules agree."""
    bands = most_bands(limit, one) == 1 == most_bands(limit, other)
    return bands and limits_of(world, limit, one).slots == limits_of(world, limit, other).slots == 3


@njit(cache=True)
def _logged(gone, what, n, state, p, i):
    """The log, with everyone who left in a state after the first n."""
    more = state.whole[GONE]
    if n + more > gone.size:
        longer, whats = np.empty(2 * (n + more), LEAVER), np.empty((2, 2 * (n + more)), np.int64)
        for k in range(n):
            longer[k], whats[0, k], whats[1, k] = gone[k], what[0, k], what[1, k]
        gone, what = longer, whats
    for k in range(more):
        gone[n + k], what[0, n + k], what[1, n + k] = state.gone[k], p, i
    return gone, what, n + more


@njit(cache=True, nogil=True)
def go_on(
    seed, stream, numbers, worlds, schedules, limits, peaks, at, probe_days, until, kept, rows, series, watch, belief, probes
):  # fmt: skip
    """Lives the days from the states' own to `until`, each world with its own luck; arguments as in `days.advance`, an
    element or a row a world. rows: which of them each kept state is of. Returns everyone who left since the first day
    (`tables.LEAVER`), world after world, and the world of each."""
    gone, what, n = np.empty(256, LEAVER), np.empty((2, 256), np.int64), 0
    for k in range(rows.size):
        i = rows[k]
        state = live_on(
            seed, stream, numbers[i], worlds[i], schedules[i], limits[i], peaks[i], at[i], probe_days[i], until,
            revived(kept, k), series[i], watch[i], belief[i], probes[i],
        )  # fmt: skip
        gone, what, n = _logged(gone, what, n, state, 0, i)
    return gone[:n].copy(), what[1, :n].copy()
