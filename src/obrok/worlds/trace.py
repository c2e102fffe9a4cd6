"""One world looked into: what happened to whom, by the plain form of the engine, and where two policies part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from obrok import luck
from obrok.case.case import Policy
from obrok.engine.plain import City
from obrok.engine.plain_state import Happening, Person
from obrok.engine.tables import SERIES
from obrok.worlds.run import Days, Plan, prepare, run_chunk

#: larger worlds take minutes in plain Python
MOST_POSTS = 5_000

#: a person's key: post, term, fill-in; and one of all: the city's place, the key
Key = tuple[int, int, int]
Who = tuple[str, Key]


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
    """The first day on which what happens to a person under one policy (`here`) is not what happens under another (`there`);
    None: nothing."""

    day: int
    city: str
    who: Key
    here: Happening | None
    there: Happening | None

    @property
    def rule(self) -> str:
        return (self.here or self.there).rule  # type: ignore[union-attr]


class World:
    """One world under every policy of a plan, lived by the plain form of the engine, and held against the fast one. `only`:
    one city of it, for nothing crosses cities. `posts_in`: posts by city, of all cities; `posts`: of those looked into."""

    def __init__(self, plan: Plan, number: int, only: str | None = None):
        self.plan, self.number, self.only = plan, number, only
        draws, people, host, _ = prepare(plan, np.array([number]))
        if not people.possible[0]:
            raise Impossible
        self.draws = {name: float(x[0]) for name, x in draws.items()}
        cities = zip(plan.case.cities, people.city_first, strict=True)
        self.posts_in = {city.place: int(first[0, -1]) for city, first in cities}
        self.posts = sum(n for place, n in self.posts_in.items() if only in (None, place))
        self.cities: dict[str, dict[str, City]] = {}
        self._key = (people, host)
        self._logs: dict[str, dict[Who, tuple[Happening, ...]]] = {}
        self._partings: dict[tuple[str, str], list[Parting]] = {}

    @cached_property
    def _kept(self) -> dict[str, Days]:
        """What the fast engine tells of each policy."""
        return run_chunk(self.plan, np.array([self.number]), keep_series=True).days

    def under(self, policy: Policy, each: Callable[[], None] | None = None) -> dict[str, City]:
        """City → its days under a policy. `each`: called for each day of a city; what it raises ends the work. Raises
        AssertionError where the fast engine tells another story."""
        if policy.id not in self.cities:
            people, host = self._key
            rows, peak = host.under(policy)
            lived = {}
            for c, city in enumerate(self.plan.case.cities):
                if self.posts_in[city.place] == 0 or self.only not in (None, city.place):
                    continue
                lived[city.place] = City(
                    self.plan.seed, luck.stream_of(city.place), self.number, people.city_worlds[c][0], people.firm_first(c, 0),
                    rows[0, c], host.limit[0, c], peak[0, c],
                ).run(each and (lambda _: each()))  # fmt: skip
                self._hold(lived[city.place], self._kept[policy.id], c)
            self.cities[policy.id] = lived
        return self.cities[policy.id]

    @staticmethod
    def _hold(plain: City, fast: Days, c: int) -> None:
        assert (plain.series == fast.series[0, c]).all(), SERIES
        assert (plain.watch == fast.watch[0, c]).all() and (plain.belief == fast.belief[0, c]).all(), "moods"

    def everyone(self, policy: Policy) -> dict[Who, tuple[Happening, ...]]:
        """Everyone who is ever sent under a policy, by city and post, with what happened to them."""
        if policy.id not in self._logs:
            found: dict[Who, list[Happening]] = {}
            for place, city in self.under(policy).items():
                found |= {(place, key): [] for key in sorted(city.everyone)}
                for h in city.log:
                    found[place, h.who].append(h)
            self._logs[policy.id] = {who: tuple(log) for who, log in found.items()}
        return self._logs[policy.id]

    def enterprise(self, city: str, post: int) -> str:
        """Whose a post is."""
        c = next(c for c, here in enumerate(self.plan.case.cities) if here.place == city)
        site = np.searchsorted(self._key[0].city_first[c][0], post, "right") - 1
        return self.plan.case.cities[c].enterprises[site]

    def life(self, policy: Policy, city: str, who: Key) -> Life | None:
        """A person's life; None where nobody of this key is ever sent."""
        log = self.everyone(policy).get((city, who))
        if log is None:
            return None
        return Life(self.under(policy)[city].everyone[who], city, self.enterprise(city, who[0]), log)

    def partings(self, one: Policy, other: Policy) -> list[Parting]:
        """Where each life that differs between two policies parts: by day, and on a day by city and post."""
        key = one.id, other.id
        if key not in self._partings:
            mine, yours = self.everyone(one), self.everyone(other)
            found = [p for who in mine.keys() | yours.keys() if (p := _parting(who, mine.get(who), yours.get(who)))]
            order = {city.place: c for c, city in enumerate(self.plan.case.cities)}
            self._partings[key] = sorted(found, key=lambda p: (p.day, order[p.city], p.who))
        return self._partings[key]

    def parting(self, one: Policy, other: Policy, only: Who | None = None) -> Parting | None:
        """Where two policies part first. `only`: of one person."""
        found = self.partings(one, other)
        return next((p for p in found if only is None or (p.city, p.who) == only), None)


def _parting(who: Who, mine: tuple[Happening, ...] | None, yours: tuple[Happening, ...] | None) -> Parting | None:
    """Where a person's two lives part: the first day on which something happens in one that does not in the other."""
    here, there = ({(h.day, h.what): h for h in log or ()} for log in (mine, yours))
    apart = here.keys() ^ there.keys()
    if not apart:
        return None
    day = min(day for day, _ in apart)
    first = [next((log[x] for x in log if x in apart and x[0] == day), None) for log in (here, there)]
    return Parting(day, *who, *first)
