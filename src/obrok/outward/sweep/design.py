"""Which runs a sweep is made of: grids and space-filling designs over parameters, seeds and cases."""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from obrok.case.case import Case
from obrok.outward.options import known_in, within
from obrok.problems import Reader
from obrok.worlds.population import draw_parameters

#: the most points of a sweep
MOST_POINTS = 1_000_000
DESIGNS = ("grid", "latin", "sobol")
_BETWEEN = re.compile(r"(.+?)\.\.(.+)")
#: ends of a parameter that is to vary as far as it is assumed to
ENDS = (0.05, 0.95)
#: columns of a file of points that are not parameters
CASE, SEED = "case", "seed"


@dataclass(frozen=True)
class Point:
    """One run of a sweep: `case`, its digest; the values fixed in it."""

    case: str
    seed: int
    fix: Mapping[str, float]

    def as_json(self) -> dict:
        return {"case": self.case, "seed": self.seed, "fix": dict(self.fix)}


@dataclass(frozen=True)
class Axis:
    """What varies: its values, one by one, or the two ends between which it does."""

    name: str
    values: tuple[float, ...]
    between: bool

    def levels(self, n: int) -> list[float]:
        """The values themselves; n evenly spaced ones from end to end."""
        return _clean(np.linspace(self.values[0], self.values[-1], n)) if self.between else list(self.values)

    def at(self, u: np.ndarray) -> list[float]:
        """Values at shares of the way."""
        if self.between:
            low, high = self.values
            return _clean(low + u * (high - low))
        return [self.values[min(int(x * len(self.values)), len(self.values) - 1)] for x in u]


def _clean(values: Iterable[float]) -> list[float]:
    """To twelve figures: 0.3, not 0.30000000000000004."""
    return [float(f"{x:.12g}") for x in values]


def axes_of(reader: Reader, cases: Sequence[Case], given: Sequence[str]) -> list[Axis]:
    """`NAME=a,b,c`, `NAME=low..high`, or `NAME` alone: from the 5 % to the 95 % point of what the case assumes of it."""
    out: dict[str, Axis] = {}
    for text in given:
        name, _, values = (part.strip() for part in text.partition("="))
        axis = _axis(reader, cases, name, values, text)
        if name in out:
            reader.say("--vary", 0, f"{name} is given twice", "give all its values at once: NAME=a,b,c.")
        if axis:
            out[name] = axis
    return list(out.values())


def _axis(reader: Reader, cases: Sequence[Case], name: str, values: str, text: str) -> Axis | None:
    if not all([known_in(reader, "--vary", case, name) for case in cases]):
        return None
    parameter = cases[0].priors[name].parameter
    whole = (lambda x: float(round(x))) if parameter.whole else float
    if not values:
        draws = draw_parameters(cases[0], 0, np.arange(4096))[name]
        ends = [whole(float(f"{x:.3g}")) for x in np.quantile(draws, ENDS)]
        return _checked(reader, name, tuple(min(max(x, parameter.low), parameter.high) for x in ends), True, cases)
    between = _BETWEEN.fullmatch(values)
    try:
        found = tuple(whole(float(x)) for x in (between.groups() if between else values.split(",")))
    except (ValueError, OverflowError):
        mend = f"write {name}=0.1,0.5,0.9, or {name}=0.1..0.9, or {name} alone."
        reader.say("--vary", 0, f"`{text[:60]}` names no numbers", mend)
        return None
    return _checked(reader, name, found, bool(between), cases)


def _checked(reader: Reader, name: str, values: tuple[float, ...], between: bool, cases: Sequence[Case]) -> Axis | None:
    right = all([within(reader, "--vary", case, name, value) for case in cases for value in values])
    if between and right and not values[0] < values[1]:
        mend = "give the lower end first; a single value goes to --fix."
        reader.say("--vary", 0, f"{name} does not vary between {values[0]:g} and {values[1]:g}", mend)
        return None
    return Axis(name, tuple(dict.fromkeys(values)), between) if right else None


def seeds_of(reader: Reader, text: str) -> list[int]:
    """`1`, `1,2,5` or `1..20`."""
    out: list[int] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,10})\s*(?:\.\.\s*(\d{1,10})\s*)?", part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not found or not first <= last < 2**32 or last - first >= MOST_POINTS:
            mend = "write 1, or 1,2,5, or 1..20: whole numbers up to 4,294,967,295."
            reader.say("--seeds", 0, f"`{text[:60]}` names no seeds", mend)
            return [1]
        out += range(first, last + 1)
    return list(dict.fromkeys(out))


def points_of(
    reader: Reader, cases: Sequence[Case], axes: Sequence[Axis], seeds: Sequence[int], fix: Mapping[str, float],
    design: str, levels: int, points: int,
) -> list[Point]:  # fmt: skip
    """The runs of a design, case by case and seed by seed: in every combination of levels (`grid`), or at points spread
    evenly over all axes together (`latin`: Latin hypercube; `sobol`: Sobol' sequence), the same in every case and seed."""
    if design not in DESIGNS:
        reader.say("--design", 0, f"there is no design `{design[:40]}`", f"there are: {', '.join(DESIGNS)}.")
        return []
    if design == "grid":
        each = [axis.levels(levels) for axis in axes]
        size = math.prod(map(len, each))
    else:
        if not axes:
            reader.say("--design", 0, f"a {design} design needs something to vary", "name it with --vary.")
            return []
        size = points
    many = size * len(seeds) * len(cases)
    if many > MOST_POINTS:
        mend = "give fewer levels, points or seeds; --design latin fills many dimensions with few points."
        reader.say("obrok sweep", 0, f"{many:,} runs, and {MOST_POINTS:,} is the most", mend)
        return []
    rows = itertools.product(*each) if design == "grid" else _spread(axes, design, size)
    values = [{axis.name: x for axis, x in zip(axes, row, strict=True)} for row in rows]
    return [Point(case.sha256, seed, {**fix, **value}) for case in cases for seed in seeds for value in values]


def _spread(axes: Sequence[Axis], design: str, n: int) -> list[tuple[float, ...]]:
    """n points, the same whenever asked for."""
    from scipy.stats import qmc

    if design == "sobol":
        size = 1 << max(0, n - 1).bit_length()  # balanced at powers of two, of which the first n are taken
        u = qmc.Sobol(len(axes), scramble=True, rng=np.random.default_rng(0)).random(size)[:n]
    else:
        u = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(0)).random(n)
    return list(zip(*(axis.at(column) for axis, column in zip(axes, u.T, strict=True)), strict=True))


def read_points(
    reader: Reader, path: Path, cases: Sequence[Case], seeds: Sequence[int], fix: Mapping[str, float]
) -> list[Point]:
    """A design of one's own: CSV, a row a run, a column a parameter; also `seed` and `case` (its id), where they vary."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for _, row in zip(range(MOST_POINTS + 1), csv.reader(file), strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or "no CSV in UTF-8"
        reader.say(path.name, 0, f"it cannot be read ({why})", "give a CSV file: a row a run, a column a parameter.")
        return []
    head = [name.strip() for name in rows[0]] if rows else []
    by_id = {case.id: case for case in cases}
    names = [name for name in head if name not in (CASE, SEED)]
    if len(set(head)) < len(head) or not head:
        reader.say(
            path.name, 1, "the first line must name the columns, each once", "write, for example: seed,wage,held"
        )
        return []
    if not all([known_in(reader, path.name, case, name) for case in cases for name in names]):
        return []
    out = []
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            reader.say(path.name, line, f"{len(row)} cells, and {len(head)} columns", "give each column its cell.")
            continue
        cell = dict(zip(head, (c.strip() for c in row), strict=True))
        chosen = [by_id[cell[CASE]]] if cell.get(CASE) in by_id else cases if CASE not in head else []
        if not chosen:
            reader.say(path.name, line, f"there is no case `{cell[CASE][:40]}`", f"there are: {', '.join(by_id)}.")
        try:
            values = {name: float(cell[name]) for name in names}
            own = [int(cell[SEED])] if SEED in head else list(seeds)
        except ValueError:
            reader.say(path.name, line, "a cell that is no number", "write figures alone; seeds are whole numbers.")
            continue
        if not all(0 <= seed < 2**32 for seed in own):
            reader.say(path.name, line, "a seed beyond its limits", "give whole numbers from 0 to 4,294,967,295.")
        elif all([within(reader, f"{path.name}:{line}", c, n, x) for c in chosen for n, x in values.items()]):
            out += [Point(case.sha256, seed, {**fix, **values}) for case in chosen for seed in own]
    return out
