"""What every program of the comparison is given: worlds with their parameters drawn, days of the host state, posts laid out.

The model of docs/model.md, all feedback on, at the parameters of the shipped case chita-2015. Nobody's people are drawn here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from obrok import luck
from obrok.case.case import load
from obrok.worlds.population import bounds, draw_parameters
from obrok.worlds.run import Plan, prepare

CASE = "chita-2015"
#: days before the visit: the first third of a year
BEFORE = 122


@dataclass(frozen=True)
class Setting:
    """n cities, each of a world of its own or all of one.

    seed, stream (n,), numbers (n,): key of the luck. worlds: `tables.WORLD`, anchored, (n,). firm_first: first post of each
    enterprise and, last, the number of posts, int64, (n, enterprises + 1). schedules: `tables.SCHEDULE`, (policies, n, days).
    limits: `tables.BOUNDS` of the case's own policy, (n,); peaks: of each policy, (policies, n).
    """

    seed: int
    streams: np.ndarray
    numbers: np.ndarray
    worlds: np.ndarray
    firm_first: np.ndarray
    policies: tuple[str, ...]
    schedules: np.ndarray
    limits: np.ndarray
    peaks: np.ndarray

    @property
    def days(self) -> int:
        return self.schedules.shape[2]

    @property
    def people(self) -> int:
        """Posts of all cities together."""
        return int(self.firm_first[:, -1].sum())

    @property
    def person_days(self) -> int:
        """Posts times days, each policy counted."""
        return self.people * self.days * len(self.policies)


def ensemble(
    worlds: int = 1_000, posts: int = 300, days: int = 365, seed: int = 1, first: int = 0,
    fix: Mapping[str, float] | None = None,
) -> Setting:  # fmt: skip
    """Many small worlds, each with parameters of its own, under the four policies of the case. The visit is day 122.

    `first`: number of the first world; `fix`: parameters that are the same in every world. Worlds whose anchor has no
    solution are passed over.
    """
    case = load(CASE)
    plan = Plan(case, seed, tuple(case.policies), fix={"posts": float(posts), **(fix or {})})
    _, people, host, _ = prepare(plan, np.arange(first, first + worlds + worlds // 10 + 20))
    some = np.flatnonzero(people.possible)[:worlds]
    at = _days_around_the_visit(case, days)
    schedules = np.stack([host.under(policy)[0][some, 0][:, at] for policy in plan.policies])
    peaks = bounds(schedules)
    firsts = np.stack([people.firm_first(0, int(i)) for i in some])
    streams = np.full(len(some), luck.stream_of(case.cities[0].place))
    names = tuple(p.id for p in plan.policies)
    return Setting(
        seed, streams, people.numbers[some], people.city_worlds[0][some], firsts, names, schedules, peaks[0], peaks
    )


def large(cities: int = 100, posts: int = 10_000, days: int = 365, seed: int = 1, crew_size: int = 15) -> Setting:
    """One world of many equal cities, every parameter in the middle of what is assumed, as it was reported."""
    case = load(CASE)
    usual = draw_parameters(case, seed, np.arange(1_000), names=case.priors)
    middle = {name: float(np.median(x)) for name, x in usual.items()}
    middle |= {"posts": float(posts), "crew_size": float(crew_size)}
    middle = {name: round(x) if case.priors[name].parameter.whole else x for name, x in middle.items()}
    _, people, host, _ = prepare(Plan(case, seed, (case.factual,), fix=middle), np.arange(1))
    rows = np.concatenate([host.factual[:, 0], np.repeat(host.factual[:, 0, -1:], days, axis=1)], axis=1)
    rows = rows[:, _first_day(case) :][:, :days]
    peaks = bounds(rows)

    def each(x: np.ndarray) -> np.ndarray:
        return np.broadcast_to(x[:1], (cities, *x.shape[1:]))  # of one world: no room for copies

    streams = np.array([luck.stream_of(f"city {k}") for k in range(cities)])
    firsts = each(people.firm_first(0, 0)[None])
    return Setting(
        seed, streams, each(people.numbers), each(people.city_worlds[0]), firsts, (case.factual.id,), each(rows)[None],
        each(peaks), each(peaks)[None],
    )  # fmt: skip


def _first_day(case) -> int:
    return next(e.day for e in case.events if e.id == "visit") - BEFORE


def _days_around_the_visit(case, days: int) -> slice:
    first = _first_day(case)
    assert first + days <= case.days
    return slice(first, first + days)
