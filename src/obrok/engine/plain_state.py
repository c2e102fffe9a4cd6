"""Who and what the plain engine (`plain`) keeps: people with their candidate days, posts, crews, the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from obrok import luck
from obrok.engine import rules
from obrok.engine.candidates import LEAST, LONGEST, SHORTEST, height_of
from obrok.engine.functions import log
from obrok.engine.tables import WAITING


@dataclass(frozen=True)
class Happening:
    """One event of a life: the day, whose (post, term, fill-in), what, by which rule, and the numbers it went by."""

    day: int
    who: tuple[int, int, int]
    what: str
    rule: str
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass
class Person:
    """Who holds, held or waits for a post. Money in USD a month and cents a day; days from the start, -1: never. `cents`: a
    day's pay, reckoned by that of day `paid_by`."""

    post: int
    term: int
    fill: int
    z: float
    side: bool
    tie: float
    tolerance: float
    status: int = WAITING
    since: int = -1
    builds: int = 0
    route: int = 0
    arrears: int = 0
    cents: dict[str, int] = field(default_factory=dict)
    paid_by: int = -1
    candidates: dict[int, dict[int, list[float]]] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    found_from: int = 0

    @property
    def key(self) -> tuple[int, int, int]:
        return self.post, self.term, self.fill

    def day_of(self, what: str) -> int:
        return self.days.get(what, -1)


@dataclass
class Fading:
    """Something that fades to nothing: its value at the end of a day."""

    value: float = 0.0
    day: int = 0

    def at(self, day: int, left: list[float]) -> float:
        """`left`: what is left after 0, 1, … days."""
        return self.value * left[day - self.day]

    def add(self, day: int, more: float, left: list[float]) -> None:
        self.value, self.day = self.at(day, left) + more, day


@dataclass
class Post:
    crew: int
    rotation: int
    builds: int
    term: int = 0
    fill: int = 0
    holder: Person | None = None
    waits: Person | None = None
    arrives: int = -1
    lost: int = 0


@dataclass
class Crew:
    firm: int
    posts: list[int]
    handed: Fading = field(default_factory=Fading)
    let_go: Fading = field(default_factory=Fading)
    beyond: float = 0.0
    scale: float = 1.0
    left: int = 0
    left_before: int = 0
    new_handed: int = 0
    new_let_go: int = 0


@dataclass
class Alarms:
    """What an enterprise's alarms and the days did to watching (`rules.heightened_of`); Σ posts·y over its crews."""

    scale: float = 1.0
    shift: float = 0.0
    heightened: float = 0.0
    on: int = 0


def fading(half_life: float, days: int) -> list[float]:
    """What is left after 0, 1, … days of something that halves every `half_life` days."""
    out = [1.0]
    for _ in range(days):
        out.append(out[-1] * rules.fades(half_life))
    return out


def hazard_bound(hazard: float) -> float:
    """w: a little above the largest hazard per day."""
    return max(hazard * (1.0 + 1e-9), LEAST)


def candidate_days(
    key: tuple[int, int, int], who: Person, purpose: int, band: int, low: float, width: float, days: int
) -> Iterator[tuple[int, float]]:
    """Every candidate day before `days` and its height, in a band of heights from `low`, `width` wide; `key`: seed,
    stream, world."""
    length = SHORTEST
    while length < LONGEST and 2 * length * width <= 4.0:
        length *= 2
    word = int(luck.who(who.term, who.fill, purpose)) + band
    for block in range(-(-days // length)):
        day, ordinal = block * length - 1, 0
        while True:
            u, v = luck.two(*key, who.post, word, block * 1024 + ordinal)
            gap = -log(u) / width
            if gap >= length or day + 1 + int(gap) >= (block + 1) * length:
                break
            day, ordinal = day + 1 + int(gap), ordinal + 1
            yield day, height_of(low, width, v)
