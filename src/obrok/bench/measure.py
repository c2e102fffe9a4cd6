"""The measurement: programs in turn, pass by pass; medians with intervals; ratios within a pass; bench.json and a table.

A pass runs every program once, so that a busy or a calm minute of the machine meets all of them. The interval of a median
is that between two order statistics, whatever the distribution; with fewer than five passes none reaches 90 %, and the one
from the least to the largest is told with what it reaches.
"""

from __future__ import annotations

import json
import math
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from obrok.bench import agreement
from obrok.bench.costs import profile, slopes
from obrok.bench.programs import (
    OBROK,
    OTHERS,
    VECTORISED,
    Program,
    Spec,
    Timed,
    Workers,
    World,
    bytes_per_person,
    cores,
    counted,
    large_timed,
    timed,
    world_timed,
)
from obrok.release import version

#: tells (stage, done, total)
Tell = Callable[[str, int, int], None]
LEVEL = 0.9
PARTS = ("agree", "ensemble", "policy", "large", "threads", "memory", "slopes", "world")
#: cities x posts, years
LARGE = Spec("large", 100, posts=10_000)
WORLD = Spec("large", 2_760, posts=10_000, days=3_650)
#: one city so large that what a person takes is seen
CITY = Spec("large", 1, posts=1_000_000)


@dataclass(frozen=True)
class Measured:
    """Median of `runs` values, and an interval that holds the true median with chance `coverage` at least."""

    median: float
    low: float
    high: float
    coverage: float
    runs: int


def measured(values: Sequence[float], level: float = LEVEL) -> Measured:
    """The narrowest interval between two order statistics, as far from either end, that reaches `level`; else the widest."""
    x, n = sorted(values), len(values)
    tail, k = 0.5**n, 0  # chance that the median lies below the least value
    while k < (n - 1) // 2 and 1.0 - 2.0 * (more := tail + math.comb(n, k + 1) * 0.5**n) >= level:
        tail, k = more, k + 1
    return Measured(statistics.median(x), x[k], x[n - 1 - k], 1.0 - 2.0 * tail, n)


@dataclass
class Bench:
    """What is known so far. `runs[part][program]`: in order of passes."""

    threads: int
    runs: dict[str, dict[str, list[Timed]]] = field(default_factory=dict)
    agreed: dict[str, dict] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    bytes_per_person: list[float] = field(default_factory=list)
    world: list[World] = field(default_factory=list)
    slopes: dict[str, dict] = field(default_factory=dict)
    profile: dict[str, dict[str, float]] = field(default_factory=dict)
    finished: bool = False

    def add(self, part: str, name: str, run: Timed) -> None:
        self.runs.setdefault(part, {}).setdefault(name, []).append(run)

    def rates(self, part: str, name: str) -> list[float]:
        return [run.rate for run in self.runs.get(part, {}).get(name, [])]

    def agrees(self, name: str) -> bool:
        """Whether its counts agree, as far as they were looked at: the speed of another model is not told."""
        return all(x["agree"] for x in self.agreed.get(name, {}).values())

    def ratios(self, part: str, above: str, below: str) -> list[float]:
        """Rate of one over that of another in the same pass."""
        return [a / b for a, b in zip(self.rates(part, above), self.rates(part, below), strict=False)]

    def best_vectorised(self) -> str | None:
        """The fastest of `VECTORISED` by its median."""
        seen = {name: statistics.median(r) for name in VECTORISED if (r := self.rates("ensemble", name))}
        return max(seen, key=lambda name: seen[name]) if seen else None

    def as_data(self) -> dict:
        """The keys are part of the format: a value is None where it was not measured."""

        def told(values: Sequence[float], **more) -> dict | None:
            return asdict(measured(values)) | more if values else None

        best = self.best_vectorised()
        programs = {p.id: self._program(p) for p in (OBROK, *OTHERS)}
        return {
            "format": 1,
            "obrok": version(),
            "machine": {"processor": _processor(), "cores": cores(), "python": platform.python_version()},
            "threads": self.threads,
            "finished": self.finished,
            "ensemble_rate": told(self.rates("ensemble", "obrok")),
            "large_rate": told(self.rates("large", "obrok")),
            "large_rate_drawn_before": told(self.rates("large", "drawn before")),
            "world_seconds": told([w.seconds for w in self.world]),
            "world_memory": told([w.memory for w in self.world]),
            "world_disk": told([w.disk for w in self.world]),
            "ratio_mesa": told(self.ratios("ensemble", "obrok", "mesa")),
            "ratio_best_vectorised": told(self.ratios("ensemble", "obrok", best), program=best) if best else None,
            "ratio_numpy_ahead": told(self.ratios("ensemble", "obrok", "numpy-ahead")),
            "ratio_c": told(self.ratios("ensemble", "obrok", "c")),
            "thread_speedup": told(self.ratios("threads", "all", "one")),
            "threads_identical": self._identical(),
            "bytes_per_person": told(self.bytes_per_person),
            "counts_agree": self._agreement(),
            "slopes": self.slopes or None,
            "profile": self.profile or None,
            "programs": programs,
            "skipped": self.skipped,
        }

    def _identical(self) -> bool | None:
        """Whether every run of the large cities gave the same counts, whatever the threads."""
        seen = {
            run.digest for part in ("large", "threads") for runs in self.runs.get(part, {}).values() for run in runs
        }
        return len(seen) == 1 if seen else None

    def _program(self, p: Program) -> dict | None:
        out: dict = {"says": p.says, "version": p.version, "worlds": p.worlds}
        for part in ("ensemble", "policy"):
            runs = self.runs.get(part, {}).get(p.id, [])
            if runs:
                out[f"{part}_rate"] = asdict(measured([r.rate for r in runs]))
                out[f"{part}_rate_cpu"] = asdict(measured([r.rate_cpu for r in runs]))
                out["before_seconds"] = asdict(measured([r.before for r in runs]))
        return out if len(out) > 3 else None

    def _agreement(self) -> dict | None:
        if not self.agreed:
            return None
        return {
            "agree": all(x["agree"] for by in self.agreed.values() for x in by.values()),
            "false_alarm": agreement.FALSE_ALARM,
            "programs": self.agreed,
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_data(), indent=1, ensure_ascii=False) + "\n", "utf-8")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(x.split(":", 1)[1].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def bench(
    parts: Sequence[str] = PARTS, passes: int = 5, only: Sequence[str] = (), threads: int = 0, tell: Tell | None = None,
    into: Bench | None = None, folder: Path = Path("out"),
) -> Bench:  # fmt: skip
    """Measures these parts. `only`: of the other programs. `into`: filled as it goes, so that a stop loses nothing. `folder`:
    where the world's days are put for a while."""
    done = into if into is not None else Bench(threads or cores())
    others = []
    for p in OTHERS:
        if only and p.id not in only:
            continue
        if why := p.missing():
            done.skipped[p.id] = why
        else:
            others.append(p)
    with Workers() as workers:
        if "agree" in parts:
            _agree(done, workers, others, tell)
        same = [p for p in others if done.agrees(p.id)]
        for part, policies in (("ensemble", None), ("policy", 1)):
            if part in parts:
                _race(done, workers, part, [OBROK, *same], policies, passes, tell)
        _alone(done, workers, parts, passes, tell, folder)
    done.finished = True
    return done


def _agree(done: Bench, workers: Workers, others: Sequence[Program], tell: Tell | None) -> None:
    """Before any speed: every program against obrok, in the setting as it is and in the hot one."""
    kinds = ("ensemble", "hot")
    tests = len(others) * len(kinds) * 4
    for k, p in enumerate(others):
        for j, kind in enumerate(kinds):
            if tell:
                tell(f"agreement: {p.id}", k * len(kinds) + j, len(others) * len(kinds))
            spec = Spec(kind, p.judged)
            ours = workers.ask("obrok", counted, OBROK, spec, p.replicates, 1, done.threads)
            theirs = workers.ask(p.id, counted, p, spec, p.replicates, 10_001, done.threads)
            found = agreement.compared(ours, theirs, tests)
            done.agreed.setdefault(p.id, {})[kind] = {
                "agree": found.holds,
                "p": found.p.tolist(),
                "alpha": found.alpha,
                "worlds": p.judged,
                "replicates": p.replicates,
                "largest_z": float(np.abs(found.z).max()),
                "people_error": float(found.error.max()),
            }


def _race(
    done: Bench, workers: Workers, part: str, programs: Sequence[Program], policies: int | None, passes: int,
    tell: Tell | None,
) -> None:  # fmt: skip
    for p in programs:  # compiled, prepared, warm
        if tell:
            tell(f"warming up: {p.id}", 0, passes * len(programs))
        workers.ask(p.id, timed, p, Spec(worlds=p.worlds, policies=policies), 0, done.threads)
    for k in range(passes):
        for j, p in enumerate(programs):
            if tell:
                tell(f"speed: {part}", k * len(programs) + j, passes * len(programs))
            spec = Spec(worlds=p.worlds, policies=policies)
            done.add(part, p.id, workers.ask(p.id, timed, p, spec, k + 1, done.threads))


def _alone(done: Bench, workers: Workers, parts: Sequence[str], passes: int, tell: Tell | None, folder: Path) -> None:
    """obrok's own: large cities, threads, memory, the world."""
    if {"large", "threads"} & set(parts):
        workers.ask("obrok", large_timed, LARGE, done.threads)
    for k in range(passes):
        if tell and {"large", "threads", "memory"} & set(parts):
            tell("large cities", k, passes)
        if "threads" in parts:
            done.add("threads", "one", workers.ask("obrok", large_timed, LARGE, 1))
        if {"large", "threads"} & set(parts):
            run = workers.ask("obrok", large_timed, LARGE, done.threads)
            done.add("large", "obrok", run)
            if "threads" in parts:
                done.add("threads", "all", run)
        if "large" in parts:
            done.add("large", "drawn before", workers.ask("obrok", large_timed, LARGE, done.threads, True))
        if "memory" in parts:
            with Workers() as fresh:
                done.bytes_per_person.append(fresh.ask("memory", bytes_per_person, CITY, done.threads))
    if "slopes" in parts:
        done.slopes = slopes(passes, done.threads, partial(tell, "slopes") if tell else None)
        done.profile = profile(passes)
    if "world" in parts:
        if tell:
            tell("the world, ten years", 0, 1)
        folder.mkdir(parents=True, exist_ok=True)
        with Workers() as fresh:
            done.world.append(fresh.ask("world", world_timed, WORLD, done.threads, str(folder)))
