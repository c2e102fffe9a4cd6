"""What a run is made of, stage by stage, each in batches that land on disk (`worlds.batches`): on one machine they are
done in turn, on many each is a task of its own. No batch hangs on another of its stage.

    pilot → imagining 0, 1, … → picking → simulating 0, 1, … → (weighing) → replaying 0, 1, … → averaging 1, 2, …
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from obrok import luck
from obrok.answers.pilot import Guide, pilot, rounds, until_claims
from obrok.answers.quantiles import resample
from obrok.answers.screen import keep, whole_blocks
from obrok.answers.weigh import likelihoods
from obrok.case.case import Case
from obrok.engine.tables import SERIES
from obrok.outward import files
from obrok.outward.explained import clash_of
from obrok.outward.options import Progress, silent
from obrok.worlds.batches import Batches
from obrok.worlds.run import Plan, repeat_worlds, run_worlds

#: worlds in the weighted resample whose days are kept; parameter draws and fresh-luck repeats behind `mean_over_luck`
RESAMPLE, LUCK_DRAWS, REPEATS = 400, 200, 8
#: the same where a version takes long: there luck, which falls to thousands of people, leaves little to be told
OF_HEAVY = (100, 50, 3)
#: days of a version that are kept at the most (and a few more: `kept_days`); rows of a file of series/
MOST_DAYS, SERIES_ROWS = 800, 500_000
#: a batch of worlds that take long is so many times smaller
OF_HEAVY_BATCH = 20

Progress1 = Callable[[int], None]
Table = dict[str, np.ndarray]


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Versions:
    """The versions imagined, and those of them that are lived under every policy: `numbers`, their `log_correction`, and
    how many were `imagined` and `impossible`. `z`: mean likelihood of each claim over all (None: no claim weighs). `clash`:
    claims that none of them agrees with, as explain.json has it."""

    numbers: np.ndarray
    log_correction: np.ndarray
    imagined: int
    impossible: int
    z: dict[str, float] | None
    clash: dict | None = None

    def as_json(self) -> dict:
        arrays = {"numbers": self.numbers.tolist(), "log_correction": self.log_correction.tolist()}
        return {k: v for k, v in self.__dict__.items() if k not in arrays} | arrays

    @staticmethod
    def from_json(data: dict) -> Versions:
        arrays = {"numbers": np.array(data["numbers"], np.int64), "log_correction": np.array(data["log_correction"])}
        return Versions(**(data | arrays))


@dataclass(frozen=True)
class Days:
    """Daily records of the weighted resample, all cities together: `series[policy]` int64 (worlds, days, columns), picked
    `times` each; `at`: which days they are (`kept_days`)."""

    numbers: np.ndarray
    times: np.ndarray
    series: dict[str, np.ndarray]
    at: np.ndarray

    def on(self, day: int) -> int:
        """Where a day stands among those kept; the one before it where it is not among them."""
        return int(np.searchsorted(self.at, day, "right")) - 1


def kept_days(case: Case) -> np.ndarray:
    """The days whose records are kept: all, or, where there are more than `MOST_DAYS`, one in so many; always the first and
    the last, those of the window, and the eves of both."""
    step = -(-case.days // MOST_DAYS)
    first, last = case.window
    always = [0, first - 1, first, last, case.days - 2, case.days - 1]
    return np.unique([d for d in (*range(0, case.days, step), *always) if 0 <= d < case.days])


def picked(weights: np.ndarray, n: int, seed: int, name: str) -> np.ndarray:
    """How often each world is picked in a resample of n by weight, its start keyed by a name."""
    start = luck.named_uniforms(seed, np.array([0]), name, 0, luck.RESAMPLE)[0]
    return resample(weights, n, float(start))


def counted(tell: Progress, stage: str, total: int, done: int = 0) -> Progress1:
    """Progress told by increments."""

    def step(n: int) -> None:
        nonlocal done
        done += n
        tell(stage, done, total)

    return step


def in_pieces(of: np.ndarray, size: int) -> list[np.ndarray]:
    return [of[i : i + size] for i in range(0, len(of), size)]


@dataclass
class Stages:
    """The stages of a run: `worlds` versions of a plan (as yet without a proposal), weighed or not. `parts`: where its
    batches lie."""

    bare: Plan
    worlds: int
    weigh: bool
    parts: Batches
    threads: int = 1
    tell: Progress = silent

    # -- pilot
    @cached_property
    def guide(self) -> Guide | None:
        """What a pilot has learnt; None where no claim weighs."""
        if not self.weigh or not self.bare.case.outcome_claims():
            return None
        learnt = self.parts.json("pilot", lambda: guided(self.bare, self.threads, self.tell).as_json())
        return Guide.from_json(self._whole(learnt))

    @cached_property
    def plan(self) -> Plan:
        return replace(self.bare, proposal=self.guide.proposal) if self.guide else self.bare

    # -- imagining: every version, up to the last claim
    @cached_property
    def imagined(self) -> np.ndarray:
        return np.arange(whole_blocks(self.worlds) if self.guide else self.worlds)

    @cached_property
    def imagining(self) -> list[np.ndarray]:
        """The versions of each batch."""
        return self._pieces(self.imagined, files.VERSIONS) if self.guide else []

    def imagine(self, k: int, step: Progress1 | None = None) -> Table | None:
        some = self.imagining[k]
        short = replace(until_claims(self.plan), policies=(self.plan.case.factual,), answers=False)
        make = lambda: files.version_table(short, run_worlds(short, some, self.threads, step))  # noqa: E731
        return self.parts.table(f"imagining-{k:05d}", make, worlds=some.tolist())

    # -- picking: the versions to go on with
    @cached_property
    def versions(self) -> Versions:
        if self.guide is None:
            n = len(self.imagined)
            return Versions(self.imagined, np.zeros(n), n, 0, None)
        return Versions.from_json(self._whole(self.parts.json("picking", self._pick)))

    def _pick(self) -> dict:
        case, guide = self.plan.case, self.guide
        assert guide is not None
        table = self._all("imagining", self.imagining, self.imagine)
        possible = table["possible"].astype(bool)
        likes = likelihoods(case, table, table["posts"], possible)
        kept = keep(case, self.plan.seed, self.imagined, likes, possible, table["log_correction"], guide)
        found = clash_of(case, likes, possible, table["log_correction"], table)
        impossible = int((~possible).sum())
        return Versions(kept.index, kept.log_correction, len(self.imagined), impossible, kept.z, found).as_json()

    # -- simulating: these, under every policy, to the end
    @cached_property
    def simulating(self) -> list[np.ndarray]:
        return self._pieces(self.versions.numbers, files.BATCH)

    def simulate(self, k: int, step: Progress1 | None = None) -> Table | None:
        some = self.simulating[k]
        make = lambda: files.world_table(self.plan, run_worlds(self.plan, some, self.threads, step))  # noqa: E731
        return self.parts.table(f"simulating-{k:05d}", make, worlds=some.tolist())

    def table(self) -> Table:
        """A row a world and policy, as in `worlds/`."""
        return self._all("simulating", self.simulating, self.simulate)

    # -- replaying: the days of a resample by weight
    def replayed(self, weights: np.ndarray, every: bool) -> tuple[Days, list[str]]:
        """Days of a resample; the batches that hold those of the resample, or of `every` world, as in series/."""
        plan, numbers = self.plan, self.versions.numbers
        times = picked(weights, OF_HEAVY[0] if plan.heavy else RESAMPLE, plan.seed, "resample")
        chosen = np.arange(len(weights)) if every else np.flatnonzero(times)
        at, kept, tables = kept_days(plan.case), [], []
        rows = len(at) * len(plan.case.cities) * len(plan.policies)
        pieces = in_pieces(chosen, max(1, min(100, SERIES_ROWS // rows)))
        for k, some in enumerate(pieces):
            self.tell("replaying days", k, len(pieces))

            def make(some: np.ndarray = some) -> Table:
                chunk = run_worlds(plan, numbers[some], self.threads, keep_series=True, at=at)
                return files.series_table(plan, chunk, times[some], at)

            table = self.parts.table(f"replaying-{k:05d}", make, worlds=numbers[some].tolist())
            if table is None:
                continue
            tables.append(f"replaying-{k:05d}.parquet")
            kept.append(_all_cities(plan, table, len(some), times[some] > 0, len(at)))
        self.tell("replaying days", len(pieces), len(pieces))
        self.parts.raise_failed()
        shown = np.flatnonzero(times)
        series = {p.id: np.concatenate([k[p.id] for k in kept]) for p in plan.policies}
        return Days(numbers[shown], times[shown], series, at), tables

    # -- averaging over luck
    def averaged(self, weights: np.ndarray) -> tuple[dict[str, dict[str, np.ndarray]], np.ndarray, np.ndarray]:
        """Fresh luck for a weighted resample of parameter draws: policy → outcome → (repeats, n); the draws' rows and
        weights."""
        plan = self.plan
        draws, repeats = OF_HEAVY[1:] if plan.heavy else (LUCK_DRAWS, REPEATS)
        times = picked(weights, draws, plan.seed, "repeats")
        chosen = np.flatnonzero(times)
        numbers, columns = self.versions.numbers[chosen], files.answer_columns(plan.case)
        step = counted(self.tell, "averaging over luck", len(chosen) * repeats)
        make = lambda: files.repeat_table(plan, repeat_worlds(plan, numbers, repeats, self.threads, step))  # noqa: E731
        table = self._whole(self.parts.table("averaging-00000", make, worlds=numbers.tolist(), repeats=repeats))
        rows = {p.id: table["policy"] == p.id for p in plan.policies}
        out = {
            policy: {name: table[column][of].reshape(repeats, -1) for name, column in columns.items()}
            for policy, of in rows.items()
        }
        return out, chosen, times[chosen].astype(float)

    # -- pieces
    def _pieces(self, numbers: np.ndarray, size: int) -> list[np.ndarray]:
        return in_pieces(numbers, batch_size(size, self.bare.heavy))

    def _all(self, stage: str, pieces: list[np.ndarray], one: Callable) -> Table:
        """The tables of all batches of a stage as one; what fails does not keep the others from being done."""
        tables, done, total = [], 0, sum(map(len, pieces))
        for k, piece in enumerate(pieces):
            tables.append(one(k, counted(self.tell, stage, total, done)))
            done += len(piece)
            self.tell(stage, done, total)
        self.parts.raise_failed()
        return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}

    def _whole(self, data: Any) -> Any:
        self.parts.raise_failed()
        assert data is not None
        return data


def batch_size(size: int, heavy: bool) -> int:
    """Where a world takes long, batches are small, so that little is lost."""
    return max(1, size // OF_HEAVY_BATCH) if heavy else size


def guided(plan: Plan, threads: int, tell: Progress = silent) -> Guide:
    """A plan's pilot, run."""
    guide = pilot(plan, threads, counted(tell, "pilot", sum(rounds(plan))))
    assert guide is not None
    return guide


def _all_cities(plan: Plan, table: Table, worlds: int, shown: np.ndarray, days: int) -> dict[str, np.ndarray]:
    """The series of some worlds of a file of series/, all cities together: policy → int64 (worlds, days, columns)."""
    shape = (len(plan.policies), worlds, len(plan.case.cities), days)
    columns = np.stack([table[name].reshape(shape)[:, shown].sum(axis=2) for name in SERIES], axis=-1)
    return {p.id: columns[i] for i, p in enumerate(plan.policies)}
