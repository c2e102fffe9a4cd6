"""Versions looked into, person by person: lived one after the other in a thread of their own, the last few kept."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from obrok.answers.answers import HEADLINES
from obrok.answers.quantiles import Ordered
from obrok.answers.weigh import Weights
from obrok.case.case import Policy
from obrok.case.parameters import OUTCOMES
from obrok.outward.life_words import city_name
from obrok.outward.lives import look_into, name_of, read_person
from obrok.outward.serve.desk import Ready
from obrok.problems import ProblemsFound, Reader
from obrok.worlds.run import Plan
from obrok.worlds.trace import MOST_POSTS, Impossible, Who, World

#: people of a version, as they are listed
GROUPS = ("parting", "leaving", "other")
#: versions that are kept, each under two policies; seconds that a page waits before it is told how far they are
KEPT, PATIENCE = 6, 1.5


class Stopped(Exception):
    """Nobody waits for the version any more."""


@dataclass
class Way:
    """A version on its way: days lived, of so many, all policies and cities together (0: not begun)."""

    done: int = 0
    total: int = 0
    dropped: bool = False
    work: Future[World] = field(default_factory=Future)


class Shelf:
    """Versions of a plan by number and policies. Safe to ask from many threads. `stopped`: whether the dashboard is ending."""

    def __init__(self, plan: Plan, stopped: Callable[[], bool]):
        self.plan, self._stopped = plan, stopped
        self._lock, self._thread = threading.Lock(), ThreadPoolExecutor(1, "lives")
        self._ways: OrderedDict[tuple[int, str | None, tuple[str, ...]], Way] = OrderedDict()

    def get(
        self, number: int, policies: Sequence[Policy], only: str | None = None, patience: float = PATIENCE
    ) -> World | Way:
        """A version, or `only` one city of it, lived under these policies or, where that takes longer than one waits, how far
        it is. Raises ProblemsFound where it is impossible or too large."""
        key = number, only, tuple(p.id for p in policies)
        with self._lock:
            way = self._ways.pop(key, None)
            if way is None:
                way = Way()
                way.work = self._thread.submit(self._live, way, number, policies, only)
            self._ways[key] = way
            while len(self._ways) > KEPT:
                _, old = self._ways.popitem(last=False)
                old.dropped = True
                old.work.cancel()
        try:
            return way.work.result(patience)
        except (TimeoutError, CancelledError, Stopped):  # others were asked for meanwhile: asked again, it begins anew
            return way

    def _live(self, way: Way, number: int, policies: Sequence[Policy], only: str | None) -> World:
        world = self._known(number, only) or look_into(self.plan, number, "version", only)
        way.total = self.plan.days * (1 if only else len(self.plan.case.cities)) * len(policies)

        def each() -> None:
            way.done += 1
            if way.dropped or self._stopped():
                raise Stopped
            time.sleep(0)  # others have their turn

        for k, policy in enumerate(policies):
            world.under(policy, each)
            way.done = way.total * (k + 1) // len(policies)
        return world

    def _known(self, number: int, only: str | None) -> World | None:
        """The same version, lived under other policies."""
        with self._lock:
            same = [w for (n, place, _), w in self._ways.items() if (n, place) == (number, only)]
        ways = [w for w in same if w.work.done() and not w.work.cancelled()]
        return next((w.work.result() for w in ways if w.work.exception() is None), None)


@dataclass(frozen=True)
class Asked:
    """A version, or one city of it, under two policies, as a page asks for it."""

    number: int
    one: Policy
    other: Policy
    place: str | None

    @property
    def pair(self) -> tuple[Policy, Policy]:
        return self.one, self.other


class Lives:
    """Lives in the versions of a finished result. Safe to ask from many threads."""

    def __init__(self, ready: Ready, plan: Plan, stopped: Callable[[], bool]):
        self.ready, self.case = ready, ready.case
        self.shelf = Shelf(replace(plan, policies=tuple(ready.policies)), stopped)
        codes = [str(c + 1) if self.case.live else city.place for c, city in enumerate(self.case.cities)]
        self._differs: dict[tuple[str, str], np.ndarray] = {}
        #: what a city is called in a person's key → its place; of a live case a number
        self.called = dict(zip(codes, (city.place for city in self.case.cities), strict=True))

    # -- which version
    @cached_property
    def kept(self) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Of the versions kept, by number: rows of the policy as reported, weights, and how far from the middle of the
        leading answers each lies (mean square of weighted ranks, 0 at the middle)."""
        table = self._rows(self.case.factual)
        weights = Weights(table["log_weight"], {}).normal
        names = [name for group in HEADLINES.values() for name in group]
        ranks = np.stack([Ordered.of(table[name]).ranks(weights) for name in names])
        return table, weights, np.nan_to_num((ranks - 0.5) ** 2, nan=0.25).mean(axis=0)

    def _rows(self, policy: Policy) -> dict[str, np.ndarray]:
        table = self.ready.result.table
        here = np.flatnonzero(table["policy"] == policy.id)
        here = here[np.argsort(table["world"][here], kind="stable")]
        names = ["world", "posts", "log_weight", *OUTCOMES]
        return {name: table[name][here] for name in names}

    @property
    def imagined(self) -> int:
        return int(self.ready.result.summary["worlds"])

    def _fits(self, posts: np.ndarray) -> np.ndarray:
        """Which versions can be followed: where there are several cities, one of them can be, of any."""
        return (posts <= MOST_POSTS) | (len(self.called) > 1)

    def _nearest(self, some: np.ndarray) -> int | None:
        """Of some versions the one nearest to the middle; of equals the heaviest."""
        table, weights, apart = self.kept
        some = np.flatnonzero(some & (weights > 0) & self._fits(table["posts"]))
        if not len(some):
            return None
        return int(table["world"][some[np.lexsort((table["world"][some], -weights[some], apart[some]))[0]]])

    def typical(self) -> int:
        """The version whose leading answers lie nearest to the middle. Raises ProblemsFound where all are too large."""
        found = self._nearest(np.ones(len(self.kept[1]), bool))
        if found is None:
            reader = Reader()
            what = f"every version has more than {MOST_POSTS:,} posts, and a life is followed person by person"
            folder = f"out/{self.case.id}-small"
            mend = f"run it smaller: obrok run {self.case.id} --fix posts={MOST_POSTS} --out {folder}, and serve that folder."
            reader.say("One life", 0, what, mend)
            raise ProblemsFound(reader.problems)
        return found

    def drawn(self, rng: np.random.Generator) -> int:
        """A version drawn by weight."""
        self.typical()
        table, weights, _ = self.kept
        w = weights * self._fits(table["posts"])
        return int(rng.choice(table["world"], p=w / w.sum()))

    def differs(self, one: Policy, other: Policy) -> np.ndarray:
        """Of each version kept, whether any outcome of the window differs between two policies."""
        key = one.id, other.id
        if key not in self._differs:
            mine, yours = self._rows(one), self._rows(other)
            found = np.zeros(len(mine["world"]), bool)
            for name in OUTCOMES:
                found |= ~((mine[name] == yours[name]) | (np.isnan(mine[name]) & np.isnan(yours[name])))
            self._differs[key] = found
        return self._differs[key]

    def parting(self, one: Policy, other: Policy, but: int = -1) -> int | None:
        """The version nearest to the middle in which outcomes differ between two policies, so that lives part; None: in none
        of those kept (`but`: one that is known already)."""
        return self._nearest(self.differs(one, other) & (self.kept[0]["world"] != but))

    def share_parting(self, one: Policy, other: Policy) -> float:
        """In which part of the versions kept, by weight, outcomes differ."""
        return float(self.kept[1] @ self.differs(one, other))

    # -- what is asked
    def asked(self, version: str, a: str, b: str, place: str = "") -> Asked:
        """What a page asks for: a version by its number, `typical`, or, where it says nothing, the nearest to the middle in
        which lives part. Raises ProblemsFound."""
        by = {p.id: p for p in self.ready.policies}
        reader = Reader()
        first = next(((x, y) for x, y in self.case.compare if x in by and y in by), None)
        first = first or (
            self.case.factual.id,
            next((p for p in by if p != self.case.factual.id), self.case.factual.id),
        )
        pair = [a or first[0], b or first[1]]
        if b == "" and pair[0] == pair[1]:
            pair[1] = first[0]
        for id in dict.fromkeys(pair):
            if id not in by:
                reader.say(
                    "policy", 0, f"there is no policy `{id[:100]}` in this result", f"there are: {', '.join(by)}."
                )
        number = None
        if version not in ("", "typical"):
            if version.isascii() and version.isdigit() and len(version) < 10 and int(version) < self.imagined:
                number = int(version)
            else:
                mend = f"give a number from 0 to {self.imagined - 1:,}, without a comma."
                reader.say("version", 0, f"`{version[:100]}` is no version of this result", mend)
        if place and place not in self.called:
            reader.say("place", 0, f"there is no place `{place[:100]}`", f"there are: {', '.join(self.called)}.")
        reader.raise_if_any()
        one, other = by[pair[0]], by[pair[1]]
        if number is None:
            parting = self.parting(one, other) if version == "" else None
            number = self.typical() if parting is None else parting
        return Asked(number, one, other, self.called[place] if place else None)

    def lived(self, asked: Asked) -> World | Way:
        return self.shelf.get(asked.number, asked.pair, asked.place)

    def too_large(self, asked: Asked) -> dict[str, int] | None:
        """Posts by city of a version that is too large as a whole, where there are several; else None."""
        if asked.place or len(self.called) == 1:
            return None
        try:
            world = World(self.shelf.plan, asked.number)
        except Impossible:
            return None
        return world.posts_in if world.posts > MOST_POSTS else None

    def place_name(self, code: str) -> str:
        """What a city is called in words; of a live case by its number alone."""
        return f"place {code}" if self.case.live else city_name(self.case, self.called[code])

    def code(self, who: Who) -> str:
        """A person's key as a page has it."""
        return name_of((next(c for c, place in self.called.items() if place == who[0]), who[1]), len(self.called) > 1)

    def who(self, world: World, asked: Asked, person: str) -> Who:
        """Whom the page asks for; where it names nobody, someone worth looking at."""
        if person:
            return read_person(self.case, person, self.called, "person")
        groups = people(world, asked)
        return next(who for group in GROUPS for who in groups[group])


def people(world: World, asked: Asked) -> dict[str, list[Who]]:
    """Everybody who is ever sent under either policy: those whose lives part, by day; others who leave; all others."""
    parting = [(p.city, p.who) for p in world.partings(*asked.pair)]
    apart = set(parting)
    mine, yours = (world.everyone(p) for p in asked.pair)
    leaving: list[Who] = []
    other: list[Who] = []
    for who in [*mine, *(w for w in yours if w not in mine)]:
        if who in apart:
            continue
        goes = any(h.rule in ("leaving", "together") for h in mine.get(who, yours.get(who, ())))
        (leaving if goes else other).append(who)
    return {"parting": parting, "leaving": leaving, "other": other}
