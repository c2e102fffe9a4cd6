"""Worlds lived once up to a day, from which policies branch off: what comes before that day is not lived again.

A policy that parts from the case's own only on that day or later has the same days before it, whatever it asks for: the
engine goes on from a copy of the state. What comes out is what `run.run_chunk` gives, to the bit (a law, tested).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from obrok import luck
from obrok.case.case import Case, Policy
from obrok.case.parameters import ABSENT, EVENT_CHANGES
from obrok.distributions import Exactly
from obrok.engine.days import live_on
from obrok.engine.kept import Kept, go_on, live
from obrok.engine.kept import keep as keep_states
from obrok.engine.start import begin, settle
from obrok.engine.state import DAY, State
from obrok.engine.tables import BOUNDS, LEAVER, SERIES
from obrok.worlds.measures import Measure, Outcome, answer_measures, probe_days, question_measures, recorded_days, take
from obrok.worlds.population import Population, bounds, cities_alike, column_of, schedule
from obrok.worlds.run import Days, Plan, prepare

#: worlds that one thread takes at a time, at most; parts at least
PART, LEAST_PARTS = 50, 8
#: what the engine writes of some worlds: days, watching, belief, probes; each (cities, worlds, …)
Records = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
#: what policies may change, of what hazards hang on → values that they may set it to, beside those of the case's own events;
#: of what is not named, no day is worse than the worst as reported
Reach = Mapping[str, Sequence[float]]


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
        """Parts, in order, as one, with what was asked of all of them."""
        asked = [k for k in parts[0].answers if all(k in p.answers for p in parts)]
        return Lived(
            {k: np.concatenate([p.answers[k] for p in parts]) for k in asked},
            *(np.concatenate([getattr(p, name) for p in parts]) for name in ("series", "watch", "belief")),
        )


@dataclass
class Trunk:
    """Some worlds of a plan, lived as the case has it up to the day `until` (not included), part after part. `at`: the days
    whose records are kept; `reach`: how far policies that branch off may go. `parts`: those that are lived so far, and what
    then came of them as the case has it."""

    plan: Plan
    numbers: np.ndarray
    until: int
    at: np.ndarray
    reach: Reach = field(default_factory=dict)
    parts: list[tuple[Part, Lived]] = field(default_factory=list)

    @property
    def left(self) -> list[np.ndarray]:
        """The worlds of the parts that are not lived yet. Impossible worlds never are."""
        size = self.size
        return [self.numbers[i : i + size] for i in range(len(self.parts) * size, len(self.numbers), size)]

    @property
    def size(self) -> int:
        """Worlds in a part: few where there are few."""
        return max(1, min(PART, len(self.numbers) // LEAST_PARTS))

    def grow(self, parts: int, pool: ThreadPoolExecutor) -> None:
        """Lives the next parts."""

        def live(piece: np.ndarray) -> tuple[Part, Lived]:
            part = Part.of(self.plan, piece, self.until, self.reach, self.at)
            return part, part.branch(self.plan, self.plan.case, self.plan.case.factual)

        self.parts += pool.map(live, self.left[:parts])

    def branch(
        self,
        case: Case,
        policy: Policy,
        parts: slice,
        pool: ThreadPoolExecutor,
        before: Callable[[], None] = lambda: None,
    ) -> tuple[Lived, Lived]:
        """Some parts, as the case has it and under a policy, of which only the rest of the days is lived. `case`: the
        plan's, with what-if events whose figures are all given (`exactly`). `before`: called before each part; what it
        raises ends it all. Raises `TooFar` beyond `reach`."""
        some = self.parts[parts]

        def live(part: Part) -> Lived:
            before()
            return part.branch(self.plan, case, policy)

        done = list(pool.map(live, [part for part, _ in some]))
        return Lived.joined([own for _, own in some]), Lived.joined(done)


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


def _peak(limit: np.ndarray, case: Case, draws: Mapping[str, np.ndarray], reach: Reach) -> np.ndarray:
    """The worst days that there can be where what `reach` names is set to its values or by events of the case, in any
    order: an event takes a value to another and never beyond it, but for rounding."""
    out = limit.copy()
    for what, values in reach.items():
        before, after = EVENT_CHANGES[what].before, {e.changes[what] for e in case.events if what in e.changes}
        held = draws.get(before, ABSENT.get(before)) if isinstance(before, str) else before
        ends: list[Any] = [*values, held, *(draws[name] for name in after if name in draws)]
        for name, further, rounding in (("hi", np.maximum, 1 + 1e-9), ("lo", np.minimum, 1 - 1e-9)):
            name = f"{column_of(what)}_{name}"
            for end in ends if name in (BOUNDS.names or ()) else ():
                out[name] = further(out[name], np.reshape(end, (-1, 1)) * rounding)
    return out


@dataclass(frozen=True)
class Part:
    """Worlds that go through together: of each city the states put aside (None: nothing is lived yet) and the worlds that
    anything happens in; what was recorded (`Records`) of the days `at` that were lived, `shown` among them; from the
    eve of `until` on the case's `own` schedule. `asked`: what answers may be about: where the days begin at 0 the case's own
    questions, too, which may ask about any of them; else the outcomes in the window, which count from its eve."""

    people: Population
    until: int
    own: np.ndarray
    limit: np.ndarray
    peak: np.ndarray
    kept: tuple[tuple[Kept | None, np.ndarray], ...]
    recorded: Records
    asked: Mapping[str, Measure]
    at: np.ndarray
    shown: np.ndarray
    probes_at: np.ndarray

    @staticmethod
    def of(plan: Plan, numbers: np.ndarray, until: int, reach: Reach, keep: np.ndarray) -> Part:
        """Lives these worlds up to the day `until`; `keep`: days whose records are wanted."""
        case, (_, people, host, _) = plan.case, prepare(plan, numbers)
        asked = answer_measures(case) | (question_measures(case) if until == 0 else {})
        n, measures = len(numbers), list(asked.values())
        probes_at, at = probe_days(measures, people.draws, n), recorded_days(measures, people.draws, n)
        at = np.sort(np.concatenate([at, np.broadcast_to(keep, (n, len(keep)))], axis=1), axis=1)
        recorded = _records(len(case.cities), n, at.shape[1], probes_at.shape[1])
        limit, eve = np.ascontiguousarray(host.limit), max(0, until - 1)
        peak = _peak(limit, case, people.draws, reach)
        days = host.factual, limit, peak
        kept: list[tuple[Kept | None, np.ndarray]] = []
        for c, first in enumerate(people.city_first):
            rows = np.flatnonzero(people.possible & (first[:, -1] > 0))
            lived = [_advanced(plan, people, c, int(i), days, at, probes_at, until, recorded) for i in rows if until]
            kept.append((keep_states(lived) if lived else None, rows))
        own = host.factual[:, : 1 if cities_alike(case) else None, eve:].copy()
        return Part(people, until, own, limit, peak, tuple(kept), recorded, asked, at, keep, probes_at)

    def branch(self, plan: Plan, case: Case, policy: Policy) -> Lived:
        """Lives the rest of the days under a policy."""
        people = self.people
        n, cities = len(people.numbers), [c.place for c in case.cities]
        draws = given_draws(case, people.draws)
        eve = max(0, self.until - 1)
        schedules = schedule(case, draws, policy, self.own, eve)
        if _beyond(bounds(schedules[:, :, eve:]), self.peak):
            raise TooFar(policy.id)
        records = tuple(x.copy() for x in self.recorded)
        leavers, row, city = [np.empty(0, LEAVER)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for c, (place, (kept, rows)) in enumerate(zip(cities, self.kept, strict=True)):
            if not len(rows):
                continue
            own, limit, peak = (np.ascontiguousarray(x[:, c]) for x in (schedules, self.limit, self.peak))
            key, out = (people.numbers, people.city_worlds[c]), [x[c] for x in records]
            if kept is None:
                gone, _, owner = live(  # type: ignore[call-arg]
                    plan.seed, np.full(n, luck.stream_of(place, 0)), *key, *people.firms(c), own[None], limit, peak[None],
                    self.at, self.probes_at, case.days, rows, True, *(x[None] for x in out),
                )  # fmt: skip
            else:
                gone, owner = go_on(  # type: ignore[call-arg]
                    plan.seed, luck.stream_of(place, 0), *key, own, limit, peak, self.at, self.probes_at, case.days, kept,
                    rows, *out,
                )  # fmt: skip
            leavers.append(gone)
            row.append(owner)
            city.append(np.full(len(gone), c))
        series, watch, belief, probes = (np.moveaxis(x, 0, 1) for x in records)
        posts = np.stack([first[:, -1] for first in people.city_first], axis=1).astype(float)
        log = (np.concatenate(x) for x in (leavers, row, city))
        outcome = Outcome(self.at, series, watch, belief, posts, self.probes_at, probes, *log)
        with np.errstate(invalid="ignore", divide="ignore"):
            answers = {k: np.where(people.possible, take(m, outcome, draws), np.nan) for k, m in self.asked.items()}
            share = posts / posts.sum(axis=1, keepdims=True)
        days = Days.of(outcome, self.shown)
        means = (np.einsum("ncd,nc->nd", x, share) for x in (days.watch, days.belief))
        return Lived(answers, days.series.sum(axis=1), *means)


def given_draws(case: Case, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The draws, with those that the case has beyond them and that are the same in every world."""
    n = len(draws["posts"])
    more = {name: p.distribution for name, p in case.priors.items() if name not in draws}
    return {**draws, **{name: np.full(n, d.value) for name, d in more.items() if isinstance(d, Exactly)}}


def _records(cities: int, n: int, days: int, probes: int) -> Records:
    shape = (cities, n, days)
    return (
        np.zeros((*shape, len(SERIES)), np.int64),
        np.zeros((*shape, 2)),
        np.zeros(shape),
        np.zeros((cities, n, probes, 2)),
    )


def _key(plan: Plan, people: Population, c: int, i: int) -> tuple:
    """Seed, stream, number and anchored world of a city of the i-th world: what `days.advance` takes first."""
    stream = luck.stream_of(plan.case.cities[c].place, 0)
    return plan.seed, stream, int(people.numbers[i]), people.city_worlds[c][i]


def _advanced(
    plan: Plan, people: Population, c: int, i: int, days: tuple[np.ndarray, ...], at: np.ndarray, probes_at: np.ndarray,
    until: int, records: Records,
) -> State:  # fmt: skip
    """The state on the day `until`; what is lived is recorded. `days`: schedules, limits and peaks, (n, cities, …)."""
    key, (schedule, limit, peak) = _key(plan, people, c, i), (x[i, c] for x in days)
    settled = settle(*key, people.firm_first(c, i), limit, plan.case.days)  # type: ignore[call-arg]
    state = begin(*key[:3], settled, key[3], schedule, limit, peak, True)  # type: ignore[call-arg]
    state = live_on(*key, schedule, limit, peak, at[i], probes_at[i], until, state, *(x[c, i] for x in records))  # type: ignore[call-arg]
    assert state.whole[DAY] == until
    return state


def _beyond(worst: np.ndarray, peak: np.ndarray) -> bool:
    return any(
        bool((worst[n] < peak[n]).any() if n.endswith("_lo") else (worst[n] > peak[n]).any())
        for n in BOUNDS.names or ()
    )
