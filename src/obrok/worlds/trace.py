"""One world looked into: what happened to whom, by the plain form of the engine, and where two policies part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from obrok import luck
from obrok.case.case import Policy
from obrok.engine.plain import City
from obrok.engine.plain_state import Happening, Person
from obrok.engine.tables import SERIES
from obrok.worlds.run import Plan, prepare, run_chunk

#: larger worlds take minutes in plain Python
MOST_POSTS = 5_000


class Impossible(Exception):
    """The world has no solution of its anchor (weight 0): nobody lives in it."""


@dataclass(frozen=True)
class Life:
    """A person under one policy: who it is, and what happened, by day."""

    person: Person
    city: str
    enterprise: str
    happenings: tuple[Happening, ...]


@dataclass(frozen=True)
class Parting:
    """The first thing that happens under one policy and not under another: `here` or, where it is None, `there`."""

    day: int
    city: str
    who: tuple[int, int, int]
    here: Happening | None
    there: Happening | None

    @property
    def rule(self) -> str:
        return (self.here or self.there).rule  # type: ignore[union-attr]


class World:
    """One world under every policy of a plan, lived by the plain form of the engine, and held against the fast one."""

    def __init__(self, plan: Plan, number: int):
        self.plan, self.number = plan, number
        numbers = np.array([number])
        draws, people, host, _ = prepare(plan, numbers)
        if not people.possible[0]:
            raise Impossible
        self.draws = {name: float(x[0]) for name, x in draws.items()}
        self.posts = int(sum(first[0, -1] for first in people.city_first))
        self.cities: dict[str, dict[str, City]] = {}
        self._key = (people, host)
        self._kept = run_chunk(plan, numbers, keep_series=True).days

    def under(self, policy: Policy) -> dict[str, City]:
        """City → its days under a policy. Raises AssertionError where the fast engine tells another story."""
        if policy.id not in self.cities:
            people, host = self._key
            rows, peak = host.under(policy)
            lived = {}
            for c, city in enumerate(self.plan.case.cities):
                if people.city_first[c][0, -1] == 0:
                    continue
                lived[city.place] = City(
                    self.plan.seed, luck.stream_of(city.place), self.number, people.city_worlds[c][0], people.firm_first(c, 0),
                    rows[0, c], host.limit[0, c], peak[0, c],
                ).run()  # fmt: skip
                assert (lived[city.place].series == self._kept[policy.id].series[0, c]).all(), SERIES
            self.cities[policy.id] = lived
        return self.cities[policy.id]

    def life(self, policy: Policy, city: str, who: tuple[int, int, int]) -> Life | None:
        """A person's life; None where nobody of this key is ever sent."""
        lived = self.under(policy)[city]
        if who not in lived.everyone:
            return None
        person = lived.everyone[who]
        c = next(c for c, here in enumerate(self.plan.case.cities) if here.place == city)
        site = np.searchsorted(self._key[0].city_first[c][0], who[0], "right") - 1
        firm = self.plan.case.cities[c].enterprises[site]
        return Life(person, city, firm, tuple(h for h in lived.log if h.who == who))

    def parting(
        self, one: Policy, other: Policy, only: tuple[str, tuple[int, int, int]] | None = None
    ) -> Parting | None:
        """Where two policies part first: the earliest day, and on it the first person by city and post. `only`: of one person."""
        found: list[Parting] = []
        there = self.under(other)
        for city, lived in self.under(one).items():
            mine, yours = ({(h.day, h.who, h.what): h for h in x.log} for x in (lived, there[city]))
            for day, who, what in mine.keys() ^ yours.keys():
                if only in (None, (city, who)):
                    found.append(Parting(day, city, who, mine.get((day, who, what)), yours.get((day, who, what))))
        order = [city.place for city in self.plan.case.cities]
        return min(found, key=lambda p: (p.day, order.index(p.city), p.who, p.here is None), default=None)
