"""Tasks done in order, on this machine or on a Dask cluster: what is left is what is missing, whoever died meanwhile.

Of each chain a stage is begun once the stage before is done. A worker that dies costs the task in hand; so does the
scheduler: the client waits for it to come back, looks at what has landed, and goes on.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from obrok.outward.sweep.tasks import Task, Where
from obrok.problems import Problem, ProblemsFound

#: times that a task is tried again; how long a scheduler that is gone is waited for, seconds; tasks ahead, a worker
RETRIES, PATIENCE, AHEAD = 2, 120.0, 4
#: seconds between looks at who is at work; for which a scheduler is tried
EVERY, CONNECT = 0.5, 10
#: deaths of workers that a task may see before it is held to be their cause
DEATHS = 20

Do = Callable[[Where, Task], str]


@dataclass
class Tally:
    """How far a sweep is: tasks `done` of `total`, `found` of them on disk at the start; tried again; failed for good,
    with why; workers at work, and how many were lost."""

    total: int
    done: int = 0
    found: int = 0
    retried: int = 0
    failed: dict[Task, Problem] = field(default_factory=dict)
    workers: int = 0
    lost: int = 0
    waiting: bool = False

    def text(self) -> str:
        """In a line."""
        if self.waiting:
            return "the scheduler is gone; waiting for it to come back"
        parts = [f"{self.done:,} of {self.total:,} tasks"]
        parts += [f"{self.workers} worker{'s' * (self.workers != 1)}"] if self.workers else []
        parts += [f"{n:,} {what}" for n, what in self._troubles() if n]
        return ", ".join(parts)

    def _troubles(self) -> tuple[tuple[int, str], ...]:
        return (self.retried, "tried again"), (len(self.failed), "failed"), (self.lost, "workers lost")


Told = Callable[[Tally], None]


class Chains:
    """What is to be done: chains of stages of tasks. `done`: tasks that are there already."""

    def __init__(self, chains: Sequence[Sequence[Sequence[Task]]], done: Callable[[Task], bool]):
        self.stages = [list(chain) for chain in chains]
        self.tally = Tally(sum(len(stage) for chain in chains for stage in chain))
        self._at = [-1] * len(self.stages)
        self._left: list[set[Task]] = [set() for _ in self.stages]
        self._of: dict[Task, int] = {}
        self._tries: dict[Task, int] = {}
        self._next = 0
        self._ready: deque[Task] = deque()
        self._done = done

    def take(self) -> Task | None:
        """The next task that may be begun: of chains begun first; None where all that are left wait for others."""
        while not self._ready and self._next < len(self.stages):
            self._next += 1
            self._begin(self._next - 1)
        return self._ready.popleft() if self._ready else None

    def _begin(self, chain: int) -> None:
        """Begins the next stage of a chain in which something is missing. What a finished chain ends in is all of it."""
        stages = self.stages[chain]
        if self._at[chain] < 0 and all(map(self._done, stages[-1])):
            self._count(sum(map(len, stages)))
            return
        while self._at[chain] + 1 < len(stages):
            self._at[chain] += 1
            missing = [task for task in stages[self._at[chain]] if not self._done(task)]
            self._count(len(stages[self._at[chain]]) - len(missing))
            if missing:
                self._left[chain] = set(missing)
                self._of |= dict.fromkeys(missing, chain)
                self._ready.extend(missing)
                return

    def _count(self, there: int) -> None:
        self.tally.done += there
        self.tally.found += there

    def ended(self, task: Task) -> None:
        self.tally.done += 1
        chain = self._of.pop(task)
        self._left[chain].discard(task)
        if not self._left[chain]:
            self._begin(chain)

    def failed(self, task: Task, why: Problem) -> None:
        """To be tried again, or given up, and its chain with it."""
        tries = self._tries[task] = self._tries.get(task, 0) + 1
        if tries <= RETRIES:
            self.tally.retried += 1
            self._ready.append(task)
        else:
            self.tally.failed[task] = why
            self._of.pop(task)

    def again(self, task: Task) -> None:
        """Back among those to be done: whoever had it is gone."""
        self._ready.appendleft(task)


def here(where: Where, chains: Chains, do: Do, told: Told) -> None:
    """All of it in this process, one by one."""
    while (task := chains.take()) is not None:
        try:
            do(where, task)
        except ProblemsFound as error:
            chains.failed(task, _why(error))
        else:
            chains.ended(task)
        told(chains.tally)


def _why(error: BaseException) -> Problem:
    if isinstance(error, ProblemsFound):
        return error.problems[0]
    name = type(error).__name__
    if name == "KilledWorker":
        mend = "give each worker more memory, or fewer versions a point."
        return Problem("worker", 0, f"{DEATHS} workers died at this task", mend)
    return Problem("worker", 0, f"the task failed there: {name}", "the worker's log says more.")


# --- on a cluster ----------------------------------------------------------------------------------------------------
class Gone(Exception):
    """The scheduler does not answer any more."""


def on_cluster(connect: Callable[[], Any], where: Where, chains: Chains, do: Do, told: Told) -> None:
    """All of it on the workers of a scheduler. `connect` gives a client of it."""
    in_hand: dict[Any, Task] = {}
    try:
        client = connect()
    except OSError as error:
        mend = "look at the address, and whether it is reached from here; docs/sweeps.md says how to start one."
        raise ProblemsFound([Problem("scheduler", 0, "none answers there", mend)]) from error
    try:
        while True:
            try:
                _drive(client, where, chains, do, told, in_hand)
                return
            except Gone:
                for task in in_hand.values():
                    chains.again(task)
                in_hand.clear()
                client = _back(connect, client, chains.tally, told)
    finally:
        with _unheard():
            client.cancel(list(in_hand))
            client.close(timeout=5)


def _drive(client: Any, where: Where, chains: Chains, do: Do, told: Told, in_hand: dict[Any, Task]) -> None:
    from distributed import as_completed

    seen: set[str] = set()
    ended = as_completed([], loop=client.loop, raise_errors=False)
    ahead, looked = 2 * AHEAD, 0.0
    while True:
        with _gone():
            while len(in_hand) < ahead and (task := chains.take()) is not None:
                # who is begun first is done first, so that few points are half done
                future = client.submit(do, where, task, pure=False, priority=-task.point)
                in_hand[future] = task
                ended.add(future)
        if not in_hand:
            return
        with _gone():
            futures = [next(ended), *(f for batch in [ended.next_batch(block=False)] for f in batch)]
        for future in futures:
            if future.status == "cancelled" or future.status == "lost":
                raise Gone
            task = in_hand.pop(future)
            if future.status == "finished":
                chains.ended(task)
            else:
                with _gone():
                    error = future.exception(timeout=30)
                chains.failed(task, _why(error))
            future.release()
        if time.monotonic() > looked + EVERY:
            with _gone():
                now = set(client.scheduler_info(n_workers=-1)["workers"])
            seen |= now
            looked, ahead = time.monotonic(), max(2, AHEAD * len(now))
            chains.tally.workers, chains.tally.lost = len(now), len(seen - now)
        told(chains.tally)


@contextmanager
def _gone() -> Iterator[None]:
    """What a library raises where a scheduler is gone, as one."""
    from concurrent.futures import CancelledError

    from distributed import TimeoutError
    from distributed.client import ClosedClientError, FutureCancelledError
    from distributed.comm import CommClosedError

    try:
        yield
    except (CommClosedError, ClosedClientError, CancelledError, FutureCancelledError, TimeoutError, OSError) as error:
        raise Gone from error


@contextmanager
def _unheard() -> Iterator[None]:
    """Closing what may be gone already."""
    try:
        yield
    except Exception:
        return


def _back(connect: Callable[[], Any], old: Any, tally: Tally, told: Told) -> Any:
    """A client of a scheduler that has come back. Raises `ProblemsFound` where it does not."""
    with _unheard():
        old.close(timeout=1)
    until = time.monotonic() + PATIENCE
    tally.waiting, tally.workers = True, 0
    while True:
        told(tally)
        try:
            client = connect()
            tally.waiting = False
            return client
        except (OSError, ProblemsFound) as error:
            if time.monotonic() > until:
                mend = (
                    f"{tally.done:,} of {tally.total:,} tasks are done and kept: the same command goes on from there."
                )
                raise ProblemsFound([Problem("scheduler", 0, "it does not answer any more", mend)]) from error
            time.sleep(2)


def settings() -> Mapping[str, Any]:
    """Of Dask: no pages served, no host asked for; deaths of workers are theirs before they are the task's."""
    return {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.nanny.http.routes": [],
        "distributed.comm.retry.count": 3,
        "distributed.diagnostics.nvml": False,
    }


def library() -> Any:
    """Dask's scheduler of tasks, `distributed`. Raises `ProblemsFound` where it is not installed."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        mend = "install it: pip install 'obrok[cluster]'; --workers 1 does without."
        raise ProblemsFound([Problem("obrok sweep", 0, f"sweeps side by side need {error.name}", mend)]) from error
    return distributed


@contextmanager
def workers_here(n: int) -> Iterator[Callable[[], Any]]:
    """n processes of this machine, which talk to each other by its loopback address alone, encrypted, with keys made for
    this once: other users of the machine can neither read along nor send them work. Gives what connects to them."""
    import logging
    import tempfile

    distributed = library()
    import dask

    security = distributed.Security.temporary()
    alone = {"distributed.worker.preload": ["obrok.outward.sweep.quiet"]}
    with tempfile.TemporaryDirectory(prefix="obrok-") as folder, dask.config.set({**settings(), **alone}):
        cluster = distributed.LocalCluster(
            n_workers=n, threads_per_worker=1, processes=True, host="127.0.0.1", protocol="tls://", security=security,
            dashboard_address="127.0.0.1:0", worker_dashboard_address=None, silence_logs=logging.CRITICAL,
            local_directory=folder,
        )  # fmt: skip
        try:
            yield lambda: _client(cluster)
        finally:
            cluster.close(timeout=10)


def cluster_at(address: str, security: Any = None) -> Callable[[], Any]:
    """What connects to a scheduler by its address."""
    library()
    import dask

    dask.config.set(settings())
    return lambda: _client(address, timeout=CONNECT, security=security, name="obrok")


def _client(to: Any, **more: Any) -> Any:
    """A client of a scheduler. One that failed before is swept away first: were it found while the new one starts its
    thread, it would wait for a lock that the new one holds, and that for it."""
    gc.collect()
    return library().Client(to, set_as_default=False, **more)
