"""The programs of the comparison: what each is, whether it is here, how it is run; each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from obrok.bench.agreement import hot, sampled
from obrok.bench.flat import part
from obrok.bench.obrok_rules import Clock, Ran, large_run, streamed
from obrok.bench.setting import Setting, ensemble, large
from obrok.worlds.store import count_rows


@dataclass(frozen=True)
class Program:
    """`module`: of this room, with `run(setting, seed, threads, **options)`. `needs`: a package that may be missing.
    `worlds`: of the ensemble for speed, and for agreement; `replicates`: of luck, for agreement."""

    id: str
    says: str
    module: str
    needs: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    worlds: int = 1_000
    judged: int = 1_000
    replicates: int = 2

    def missing(self) -> str:
        """Why it cannot be run here; empty where it can."""
        if self.needs and find_spec(self.needs) is None:
            return f"{self.needs} is not installed"
        if find_spec(f"obrok.bench.{self.module}") is None:
            return "it is not part of this copy"
        if self.module == "limit" and not import_module("obrok.bench.limit").available():
            return "no C compiler"
        return ""

    @property
    def version(self) -> str:
        try:
            return version(self.needs) if self.needs else ""
        except PackageNotFoundError:
            return ""


OBROK = Program("obrok", "this engine", "obrok_rules")
OTHERS = (
    Program(
        "mesa", "Mesa, as its documentation writes models", "mesa_rules", "mesa", worlds=40, judged=40, replicates=1
    ),
    Program("numpy", "NumPy, everyone's chance every day", "numpy_rules", "", (("ahead", False),), 100, 200, 1),
    Program("numpy-ahead", "NumPy, by candidate days", "numpy_rules"),
    Program("jax", "JAX on the processor, threefry", "jax_rules", "jax", judged=200),
    Program("jax-rbg", "JAX on the processor, unsafe_rbg", "jax_rules", "jax", (("prng", "unsafe_rbg"),), 200, 200),
    Program("c", "C", "limit"),
)
#: of these, which go through everyone day by day as vectorised models do, the fastest counts as the best vectorised one;
#: `numpy-ahead` is vectorised, too, but by this engine's own candidate days: it has a ratio of its own
VECTORISED = ("numpy", "jax", "jax-rbg")


@dataclass(frozen=True)
class Spec:
    """Which setting: so that it need not be sent to another process."""

    kind: str = "ensemble"
    worlds: int = 1_000
    policies: int | None = None
    posts: int = 0
    days: int = 365

    def make(self) -> Setting:
        return _made(self)


@lru_cache(maxsize=3)
def _made(spec: Spec) -> Setting:
    if spec.kind == "large":
        return large(spec.worlds, spec.posts, spec.days)
    setting = ensemble(spec.worlds, days=spec.days)
    setting = part(setting, slice(None), slice(spec.policies))
    return hot(setting) if spec.kind == "hot" else setting


class Timed(NamedTuple):
    """One run: person-days, wall seconds and processor seconds of people drawn and days lived, seconds of preparation; of
    obrok's own large cities a digest of the counts."""

    person_days: int
    seconds: float
    cpu: float
    before: float
    digest: int = 0

    @property
    def rate(self) -> float:
        return self.person_days / self.seconds

    @property
    def rate_cpu(self) -> float:
        """Person-days a processor second: less moved by what else the machine does."""
        return self.person_days / self.cpu


def _run(program: Program, setting: Setting, seed: int, threads: int) -> Ran:
    module = import_module(f"obrok.bench.{program.module}")
    if program.module == "limit":
        module.build()
        with Clock() as clock:
            counts, seconds = module.run(replace(setting, seed=seed), threads=threads)
        return Ran(counts, seconds, clock.cpu)
    return module.run(setting, seed=seed, threads=threads, **dict(program.options))


def timed(program: Program, spec: Spec, seed: int, threads: int) -> Timed:
    """One run for its speed."""
    setting = spec.make()
    ran = _run(program, setting, seed, threads)
    return Timed(setting.person_days, ran.seconds, ran.cpu, ran.before)


def counted(program: Program, spec: Spec, replicates: int, seed: int, threads: int) -> np.ndarray:
    """Runs for agreement: `agreement.sampled`."""
    return sampled(lambda s, k: _run(program, s, k, threads).counts, spec.make(), replicates, seed)


def large_timed(spec: Spec, threads: int, drawn_before: bool = False) -> Timed:
    setting = spec.make()
    ran = large_run(setting, threads, drawn_before)
    return Timed(setting.person_days, ran.seconds, ran.cpu, ran.before, crc32(ran.counts.tobytes()))


class World(NamedTuple):
    """The world: seconds; most memory that the process held, in bytes, and bytes written."""

    seconds: float
    memory: int
    disk: int


def world_timed(spec: Spec, threads: int, folder: str) -> World:
    """Many large cities whose days go to disk. In a process that has run nothing; the files are looked at, then removed."""
    setting = spec.make()
    with TemporaryDirectory(dir=folder) as there:
        ran = streamed(setting, threads, Path(there))
        files = sorted(Path(there).glob("*.parquet"))
        rows, disk = sum(map(count_rows, files)), sum(f.stat().st_size for f in files)
    people = ran.counts.sum(axis=-1)[0, 0]
    if rows != len(setting.worlds) * spec.days or people[0] < setting.people or (np.diff(people) < 0).any():
        raise RuntimeError("the days on disk are not those of the world asked for")
    return World(ran.seconds, most_memory(), disk)


def bytes_per_person(spec: Spec, threads: int) -> float:
    """How much more memory than a small run a large one takes at most, for each post. In a process that has run nothing."""
    large_run(large(2, 100, spec.days), threads)
    setting = spec.make()
    before = most_memory()
    large_run(setting, threads)
    return (most_memory() - before) / setting.people


def most_memory() -> int:
    """Bytes that this process held at most. (What `getrusage` tells may be that of the process that began it.)"""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return 1024 * next(int(x.split()[1]) for x in lines if x.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Workers:
    """A process for each program, kept until the end: what is compiled stays compiled."""

    def __init__(self) -> None:
        self.pools: dict[str, ProcessPoolExecutor] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, wrong, *_) -> None:
        for pool in self.pools.values():
            pool.shutdown(wait=wrong is None, cancel_futures=True)

    def ask(self, name: str, call: Callable, *given):
        """What `call` returns in the process of this name."""
        if name not in self.pools:
            self.pools[name] = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        return self.pools[name].submit(call, *given).result()


def cores() -> int:
    return os.cpu_count() or 1
