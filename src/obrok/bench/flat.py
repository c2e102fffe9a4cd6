"""A setting as flat arrays, for programs that treat many cities at once: every policy of every city is a city of its own.

Cities come policy by policy: city p·n + i is world i under policy p. Posts, crews and enterprises lie in order of cities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from obrok.bench.setting import Setting
from obrok.engine.tables import WORLD
from obrok.problems import Problem, ProblemsFound

#: what the others of the comparison leave out, as nothing of it happens in these settings: column → its value at rest
IDLE = {"recall": 0.0, "construction_shift": 0.0, "dispatch": 1.0}
PAY = ("wage", "fee", "deductions", "quota")
#: columns of the host state that the others follow day by day
FOLLOWED = ("effort", "hand_over", "help", "sessions", "news", "news_handed", "refill_chance", "watch")


@dataclass(frozen=True)
class Flat:
    """C cities, N posts, K crews, E enterprises. world: column of `tables.WORLD`, (C,). host: column of `FOLLOWED`,
    (days, C). pay: `PAY`, (C,). Indices: int64. Pay is the same on every day under every policy."""

    policies: int
    world: dict[str, np.ndarray]
    host: dict[str, np.ndarray]
    pay: dict[str, np.ndarray]
    city_of_post: np.ndarray
    crew_of_post: np.ndarray
    city_of_crew: np.ndarray
    firm_of_crew: np.ndarray
    crew_first: np.ndarray
    crew_size: np.ndarray
    firm_first_crew: np.ndarray
    firm_crews: np.ndarray
    firm_size: np.ndarray
    city_of_firm: np.ndarray

    @property
    def days(self) -> int:
        return len(self.host["effort"])

    @property
    def cities(self) -> int:
        return len(self.world["posts"])

    @property
    def mouth(self) -> np.ndarray:
        """w of word of mouth, (C,): the share of the city's other cases that a crew hears of."""
        crews = np.bincount(self.city_of_crew, minlength=self.cities)
        return np.where(crews > 1, np.minimum(1.0, self.world["reach"] / np.maximum(crews - 1, 1)), 0.0)


def idle(setting: Setting) -> None:
    """Refuses a setting in which something happens that the programs of the comparison leave out."""
    rows = setting.schedules
    wrong = [name for name, rest in IDLE.items() if (rows[name] != rest).any()]
    wrong += [name for name in PAY if (rows[name] != rows[name][:1, :, :1]).any()]
    wrong += ["filled"] if (setting.worlds["filled"] != 1.0).any() else []
    if wrong:
        mend = "the other programs of the comparison leave them out: take a setting in which they rest."
        raise ProblemsFound([Problem("obrok bench", 0, f"{', '.join(wrong)} change in this setting", mend)])


def part(setting: Setting, cities: slice, policies: slice = slice(None)) -> Setting:
    """Some cities of a setting, under some of its policies."""
    return Setting(
        setting.seed, setting.streams[cities], setting.numbers[cities], setting.worlds[cities], setting.firm_first[cities],
        setting.policies[policies], setting.schedules[policies, cities], setting.limits[cities], setting.peaks[policies, cities],
    )  # fmt: skip


def flat(setting: Setting) -> Flat:
    """The arrays of a setting."""
    idle(setting)
    times, n = len(setting.policies), len(setting.worlds)
    sizes, crews, city = [], [], []  # of enterprises: posts, crews; of crews: posts
    crew_sizes = []
    for i, first in enumerate(setting.firm_first):
        size = int(setting.worlds["crew_size"][i])
        for posts in np.diff(first):
            whole, rest = divmod(int(posts), size)
            here = [size] * whole + [rest] * (rest > 0)
            crew_sizes += here
            sizes.append(int(posts))
            crews.append(len(here))
            city.append(i)

    def again(index: np.ndarray, step: int) -> np.ndarray:
        """The same under every policy, `step` further each time."""
        return (np.arange(times)[:, None] * step + np.asarray(index)).ravel()

    firm_size, firm_crews, city_of_firm = np.array(sizes), np.array(crews), np.array(city)
    crew_size = np.array(crew_sizes)
    firm_of_crew = np.repeat(np.arange(len(sizes)), firm_crews)
    crew_of_post = np.repeat(np.arange(len(crew_size)), crew_size)
    city_of_crew = city_of_firm[firm_of_crew]
    k, posts = len(crew_size), len(crew_of_post)
    rows = setting.schedules.reshape(times * n, -1)
    return Flat(
        times,
        {name: np.tile(setting.worlds[name], times) for name in WORLD.names or ()},
        {name: np.ascontiguousarray(rows[name].T) for name in FOLLOWED},
        {name: rows[name][:, 0].copy() for name in PAY},
        again(city_of_crew[crew_of_post], n),
        again(crew_of_post, k),
        again(city_of_crew, n),
        again(firm_of_crew, len(sizes)),
        again(np.cumsum(crew_size) - crew_size, posts),
        np.tile(crew_size, times),
        again(np.cumsum(firm_crews) - firm_crews, k),
        np.tile(firm_crews, times),
        np.tile(firm_size, times),
        again(city_of_firm, n),
    )
