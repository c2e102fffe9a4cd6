"""A sweep under kills: 200 tasks of about a second on two workers, one of which is killed every 20 s.

    python bench/sweep.py [--points 100] [--every 20] [--empty 2000]

In one run: what is left of 2,000 empty tasks on two workers, a task; the same sweep with one worker, with two, and with
two of which one is killed (SIGKILL, by its own id) every so many seconds. All must give the same bytes; the killed one may
take at most 1.3 times as long as the undisturbed, besides the tasks that were in hand; two must be at least 1.5 times as
fast as one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests' own helpers

import psutil

from obrok.case.case import load
from obrok.outward.sweep.design import Point
from obrok.outward.sweep.drive import Chains, on_cluster, workers_here
from obrok.outward.sweep.sweep import Plan, run_sweep
from obrok.outward.sweep.tasks import Task, Where
from obrok.worlds.batches import Batches
from obrok.worlds.places import place
from tests.faults import contents

#: posts with which a batch of versions takes about a second
POSTS, VERSIONS = 800.0, 1_000


def nothing(where: Where, task: Task) -> str:
    """An empty task; as any, it looks whether what it makes is there, and lands it."""
    batches = Batches(place(where.address), f"{where.under}/{task.k % 100:06d}", {})
    batches.json(task.name, lambda: {"k": task.k})
    return task.name


def overhead(n: int, root: Path) -> float:
    """Seconds that an empty task takes, of n on two workers; all must have landed."""
    with workers_here(2) as connect:
        warm = Chains([[[Task(0, "warm", k) for k in range(8)]]], lambda task: False)
        on_cluster(connect, Where(str(root), "warm", ""), warm, nothing, lambda tally: None)
        todo = Chains([[[Task(0, "empty", k) for k in range(n)]]], lambda task: False)
        began = time.monotonic()
        on_cluster(connect, Where(str(root), "empty", ""), todo, nothing, lambda tally: None)
        took = time.monotonic() - began
    assert len(list((root / "empty").rglob("*.json"))) == n
    return took / n


class Killer(threading.Thread):
    """Kills one of the worker processes every so many seconds; notes what each had in hand: nobody can know, so one task."""

    def __init__(self, every: float, chance: random.Random):
        super().__init__(daemon=True)
        self.every, self.chance, self.done, self.kills = every, chance, threading.Event(), 0

    def run(self) -> None:
        while not self.done.wait(self.every):
            mine = [p for p in psutil.Process().children(recursive=True) if is_worker(p)]
            if mine:
                os.kill(self.chance.choice(mine).pid, signal.SIGKILL)
                self.kills += 1


def is_worker(process: psutil.Process) -> bool:
    """Whether it is one of the processes that do tasks: those that nannies start."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def swept(plan: Plan, target: Path, workers: int, killer: Killer | None = None) -> tuple[float, int]:
    """Seconds from the first task to the last, the workers being ready; and how many were lost."""
    span: list[float] = []

    def told(tally) -> None:
        span.append(time.monotonic())
        if killer and not killer.is_alive() and not killer.done.is_set():
            killer.start()
        if killer and tally.done == tally.total:
            killer.done.set()

    @contextmanager
    def ready():
        with workers_here(workers) as connect:
            with connect() as client:  # kernels loaded: what is measured is the work
                client.run(warm)
            span.clear()
            span.append(time.monotonic())
            yield connect

    done = run_sweep(plan, target, workers=ready, told=told)
    assert done.tally is not None and done.tally.done == done.tally.total and not done.tally.failed
    return span[-1] - span[0], done.tally.lost


def warm() -> None:
    import numpy as np

    from obrok.worlds import run

    case = load("chita-2015")
    run.run_chunk(run.Plan(case, 1, case.policies), np.arange(2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--every", type=float, default=20.0)
    parser.add_argument("--empty", type=int, default=2000)
    asked = parser.parse_args()
    case = load("chita-2015")
    warm()
    points = [Point(case.sha256, seed, {"posts": POSTS}) for seed in range(asked.points)]
    plan = Plan({case.sha256: case}, points, [], VERSIONS, (), False)
    tasks = sum(len(stage) for chain in plan.chains() for stage in chain if stage[0].stage == "simulating")
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="obrok-sweep-") as name:
        root = Path(name)
        found["ms_a_task"] = round(1000 * overhead(asked.empty, root), 2)
        print(f"{asked.empty:,} empty tasks on two workers: {found['ms_a_task']} ms a task", flush=True)
        one, _ = swept(plan, root / "one", 1)
        print(f"{tasks} tasks, one worker: {one:.0f} s, {one / tasks:.2f} s a task", flush=True)
        two, _ = swept(plan, root / "two", 2)
        print(f"two workers: {two:.0f} s, {one / two:.2f} times as fast", flush=True)
        killer = Killer(asked.every, random.Random(1))
        under, lost = swept(plan, root / "killed", 2, killer)
        in_hand = killer.kills * one / tasks
        ratio = (under - in_hand) / two
        told = f"{under:.0f} s, {ratio:.2f} times the undisturbed, besides the tasks in hand"
        print(f"one killed every {asked.every:g} s ({killer.kills} kills): {told}", flush=True)
        same = contents(root / "one") == contents(root / "two") == contents(root / "killed")
    found |= {"tasks": tasks, "one_s": round(one, 1), "two_s": round(two, 1), "killed_s": round(under, 1)}
    found |= {"kills": killer.kills, "workers_lost": lost, "ratio": round(ratio, 3), "faster": round(one / two, 3)}
    found["same_bytes"] = same
    print(json.dumps(found))
    right = same and ratio <= 1.3 and one / two >= 1.5 and float(str(found["ms_a_task"])) < 10 and killer.kills
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
