"""Worlds lived once up to a day, from which policies branch off: what comes before that day is not lived again.

A policy that parts from the case's own only on that day or later has the same days before it, whatever it asks for: the
engine goes on from a copy of the state. What comes out is what `run.run_chunk` gives, to the bit (a law, tested).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from obrok import luck
from obrok.case.case import Case, Policy
from obrok.distributions import Exactly
from obrok.engine.days import advance
from obrok.engine.posts import begin
from obrok.engine.state import DAY, GONE, State, compact, revived, with_more_room
from obrok.engine.tables import BOUNDS, LEAVER, SERIES
from obrok.worlds.measures import Measure, Outcome, answer_measures, probe_days, question_measures, take
from obrok.worlds.population import bounds, column_of, schedule
from obrok.worlds.run import Plan, Prepared, prepare

#: worlds that one thread takes at a time
PART = 25
#: what the engine writes of some worlds: days, watching, belief, probes
Records = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Lived:
    """What happened under one policy: `answers`, outcome or question → float64 (n,), NaN in impossible worlds; of the days
    asked for, all cities together: `series` int64 (n, days, columns), `watch`, `belief` float64 (n, days), means over posts."""

    answers: dict[str, np.ndarray]
    series: np.ndarray
    watch: np.ndarray
    belief: np.ndarray

    @staticmethod
    def joined(parts: Sequence[Lived]) -> Lived:
        """Parts, in order, as one."""
        return Lived(
            {k: np.concatenate([p.answers[k] for p in parts]) for k in parts[0].answers},
            *(np.concatenate([getattr(p, name) for p in parts]) for name in ("series", "watch", "belief")),
        )

    def first(self, n: int) -> Lived:
        """The first n worlds."""
        return Lived({k: x[:n] for k, x in self.answers.items()}, self.series[:n], self.watch[:n], self.belief[:n])


@dataclass(frozen=True)
class Trunk:
    """Some worlds of a plan, lived as the case has it up to the day `until` (not included). `reach`: how far policies that
    branch off may go on any day, as `tables.BOUNDS` (None: no further than the case's own)."""

    plan: Plan
    numbers: np.ndarray
    until: int
    at: np.ndarray
    parts: tuple[Part, ...]

    @staticmethod
    def of(
        plan: Plan, numbers: np.ndarray, until: int, at: np.ndarray, reach: np.void | None = None, threads: int = 1
    ) -> Trunk:
        """Lives these worlds. `at`: the days whose records are kept. Impossible worlds are not lived."""
        pieces = [numbers[i : i + PART] for i in range(0, len(numbers), PART)]
        with ThreadPoolExecutor(threads) as pool:
            parts = tuple(pool.map(lambda piece: Part.of(plan, piece, until, reach), pieces))
        return Trunk(plan, numbers, until, at, parts)

    def branch(self, case: Case, policy: Policy, parts: Sequence[Part], pool: ThreadPoolExecutor) -> Lived:
        """Lives the rest of the days under a policy, of some parts. `case`: the plan's, with what-if events whose figures
        are all given (`exactly`). Raises `TooFar` where the policy goes beyond `reach`."""
        return Lived.joined(list(pool.map(lambda part: part.branch(self.plan, case, policy, self.at), parts)))


class TooFar(ValueError):
    """A policy goes further than the worlds were made ready for."""


def parting(case: Case, policy: Policy) -> int:
    """The first day on which a policy may differ from the case's own; the number of days where it never does."""
    touched = [
        e.day
        for e in case.events
        if e.id in policy.without or e.id in policy.with_ or (not e.what_if and policy.keep & e.changes.keys())
    ]
    return min(touched, default=case.days)


def reach_of(changes: Iterable[tuple[str, float]]) -> np.void:
    """How far these values of what an event changes go, as a `tables.BOUNDS` that narrows nothing."""
    out = np.zeros(1, BOUNDS)
    for name in BOUNDS.names or ():
        out[name] = np.inf if name.endswith("_lo") else -np.inf
    for what, value in changes:
        column = column_of(what)
        for name, further in ((f"{column}_hi", max), (f"{column}_lo", min)):
            if name in (BOUNDS.names or ()):
                out[name] = further(float(out[name][0]), value)
    return out[0]


def _worse(limit: np.ndarray, reach: np.void | None) -> np.ndarray:
    if reach is None:
        return limit
    out = limit.copy()
    for name in BOUNDS.names or ():
        out[name] = (np.minimum if name.endswith("_lo") else np.maximum)(limit[name], reach[name])
    return out


@dataclass(frozen=True)
class Part:
    """Worlds that go through together: `states[city][row]` (None: nobody is there), and what was recorded so far."""

    prepared: Prepared
    until: int
    peak: np.ndarray
    states: tuple[tuple[State | None, ...], ...]
    recorded: Records
    asked: Mapping[str, Measure]
    probes_at: np.ndarray

    @staticmethod
    def of(plan: Plan, numbers: np.ndarray, until: int, reach: np.void | None) -> Part:
        case, prepared = plan.case, prepare(plan, numbers)
        asked = answer_measures(case) | question_measures(case)
        people, host = prepared.people, prepared.host
        at = probe_days(list(asked.values()), people.draws, len(numbers))
        recorded = _records(len(numbers), len(case.cities), case.days, at.shape[1])
        peak = _worse(np.ascontiguousarray(host.limit), reach)
        states = []
        for c, place in enumerate(city.place for city in case.cities):
            key = plan.seed, luck.stream_of(place, 0)
            row_of: list[State | None] = []
            for i in range(len(numbers)):
                if not people.possible[i] or people.city_first[c][i, -1] == 0:
                    row_of.append(None)
                    continue
                number, world, firms = int(people.numbers[i]), people.city_worlds[c][i], people.firm_first(c, i)
                days, limit, top = host.factual[i, c], host.limit[i, c], peak[i, c]
                state = begin(*key, number, world, firms, days, limit, top)
                given = (*key, number, world, days, limit, top, at[i], until)
                row_of.append(compact(_advanced(given, state, recorded, i, c)))
            states.append(tuple(row_of))
        series, watch, belief, probes = recorded
        before = (series[:, :, :until].copy(), watch[:, :, :until].copy(), belief[:, :, :until].copy(), probes)
        return Part(prepared, until, peak, tuple(states), before, asked, at)

    def branch(self, plan: Plan, case: Case, policy: Policy, at: np.ndarray) -> Lived:
        people = self.prepared.people
        n, cities = len(people.numbers), [c.place for c in case.cities]
        draws = given_draws(case, people.draws)
        rows = schedule(case, draws, policy, self.prepared.host.factual)
        if _beyond(bounds(rows), self.peak):
            raise TooFar(policy.id)
        records = _records(n, len(cities), case.days, self.probes_at.shape[1])
        for new, old in zip(records[:3], self.recorded[:3], strict=True):
            new[:, :, : self.until] = old
        records[3][:] = self.recorded[3]
        leavers, row, city = [np.empty(0, LEAVER)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for c, place in enumerate(cities):
            key = plan.seed, luck.stream_of(place, 0)
            for i, before in enumerate(self.states[c]):
                if before is None:
                    continue
                world, limit, top = people.city_worlds[c][i], self.prepared.host.limit[i, c], self.peak[i, c]
                given = (
                    *key, int(people.numbers[i]), world, rows[i, c], limit, top, self.probes_at[i], case.days
                )  # fmt: skip
                state = _advanced(given, revived(before), records, i, c)
                gone = state.gone[: state.whole[GONE]].copy()
                leavers.append(gone)
                row.append(np.full(len(gone), i))
                city.append(np.full(len(gone), c))
        series, watch, belief, probes = records
        posts = np.stack([first[:, -1] for first in people.city_first], axis=1).astype(float)
        log = (np.concatenate(x) for x in (leavers, row, city))
        outcome = Outcome(series, watch, belief, posts, self.probes_at, probes, *log)
        with np.errstate(invalid="ignore", divide="ignore"):
            answers = {k: np.where(people.possible, take(m, outcome, draws), np.nan) for k, m in self.asked.items()}
            share = posts / posts.sum(axis=1, keepdims=True)
        means = (np.einsum("ncd,nc->nd", x[:, :, at], share) for x in (watch, belief))
        return Lived(answers, series[:, :, at].sum(axis=1), *means)


def given_draws(case: Case, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The draws, with those that the case has beyond them and that are the same in every world."""
    n = len(draws["posts"])
    more = {name: p.distribution for name, p in case.priors.items() if name not in draws}
    return {**draws, **{name: np.full(n, d.value) for name, d in more.items() if isinstance(d, Exactly)}}


def _records(n: int, cities: int, days: int, probes: int) -> Records:
    shape = (n, cities, days)
    return np.zeros((*shape, len(SERIES)), np.int64), np.zeros(shape), np.zeros(shape), np.zeros((n, cities, probes, 2))


def _advanced(given: tuple, state: State, records: Records, i: int, c: int) -> State:
    """The state on the day `until`, the last of `given`; what is lived is recorded."""
    *_, until = given
    written = tuple(x[i, c] for x in records)
    while advance(*given, state, *written) < until:  # type: ignore[call-arg]
        state = with_more_room(state)
    assert state.whole[DAY] == until
    return state


def _beyond(worst: np.ndarray, peak: np.ndarray) -> bool:
    return any(
        bool((worst[n] < peak[n]).any() if n.endswith("_lo") else (worst[n] > peak[n]).any())
        for n in BOUNDS.names or ()
    )
