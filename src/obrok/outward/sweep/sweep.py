"""`obrok sweep`: many runs of a design, each weighed and answered, as one labelled set."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from obrok.case.case import Case, case_digest, case_files
from obrok.outward.folder import Results, alone, brought, local
from obrok.outward.options import Options, Progress, check_options, silent
from obrok.outward.sound import refuse_odd
from obrok.outward.stages import cores
from obrok.outward.study import bare_plan
from obrok.outward.sweep import together
from obrok.outward.sweep.design import Point
from obrok.outward.sweep.drive import Chains, Tally, cluster_at, here, on_cluster, workers_here
from obrok.outward.sweep.tasks import SPEC, Task, Where, chain, do, folder_of
from obrok.problems import Problem, ProblemsFound, Reader
from obrok.release import version
from obrok.worlds import record, store
from obrok.worlds.batches import FAILED
from obrok.worlds.cost import refuse_too_much
from obrok.worlds.places import Place, place

#: failures that are told one by one; times that damaged answers are made again
NAMED, MENDS = 5, 3


@dataclass(frozen=True)
class Plan:
    """What a sweep is: cases by digest, the points, what all of them share. `axes`: parameters that vary, in order."""

    cases: Mapping[str, Case]
    points: Sequence[Point]
    axes: Sequence[str]
    worlds: int
    policies: tuple[str, ...] = ()
    weigh: bool = True

    def options(self, point: Point) -> Options:
        return Options(self.worlds, point.seed, 1, self.policies, point.fix, self.weigh)

    @property
    def common(self) -> dict:
        return {"worlds": self.worlds, "policies": list(self.policies), "weigh": self.weigh}

    def identity(self) -> dict:
        """What a sweep is a function of."""
        return {
            "kind": "sweep", "obrok": version(), "code_sha256": record.code_sha256(),
            "cases": {case.sha256: case.id for case in self.cases.values()}, **self.common, "axes": list(self.axes),
            "points": [p.as_json() for p in self.points],
        }  # fmt: skip

    def chains(self) -> list[list[list[Task]]]:
        """The tasks of every point."""
        heavy: dict[tuple, bool] = {}
        out = []
        for number, point in enumerate(self.points):
            case, options = self.cases[point.case], self.options(point)
            key = point.case, point.seed, point.fix.get("posts")
            if key not in heavy:
                heavy[key] = bare_plan(case, options).heavy
            out.append(chain(case, options, number, heavy[key]))
        return out


@dataclass(frozen=True)
class Swept:
    """A finished sweep. `shown`: where it is kept; `folder`: where it can be read."""

    plan: Plan
    folder: Path
    record: dict
    fresh: bool
    shown: str
    tally: Tally | None = None
    notes: tuple[str, ...] = ()

    def to_xarray(self):
        """The labelled set: `together.dataset`."""
        return together.dataset(self.folder)


#: who does the tasks: gives what connects to a scheduler, or None, where this process does them itself
Workers = Callable[[], AbstractContextManager[Callable[[], Any] | None]]


def in_this_process() -> AbstractContextManager[None]:
    return nullcontext(None)


def on_this_machine(n: int = 0) -> Workers:
    """n worker processes (0: as many as there are cores)."""
    return lambda: workers_here(n or cores())


def elsewhere(address: str, security: Any = None) -> Workers:
    """The workers of a scheduler, by its address."""
    return lambda: nullcontext(cluster_at(address, security))


def run_sweep(
    plan: Plan, out: Path | str, force: bool = False, workers: Workers = in_this_process,
    progress: Progress | None = None, told: Callable[[Tally], None] | None = None,
) -> Swept:  # fmt: skip
    """Does what is missing of a sweep, and puts it together. Raises `Refused` where something else is there,
    `ProblemsFound` with the tasks that failed, once all others are done."""
    check(plan)
    where, tell = place(out), progress or silent
    folder = local(where)
    if folder:
        refuse_odd(folder)
    with alone(folder, tell) if folder else nullcontext():
        results = Results(where, plan.identity())
        if done := results.begin(force):
            return Swept(plan, brought(where, done), done, False, results.shown)
        for _ in range(MENDS):
            tally = _do(plan, results, workers, told or _telling(tell))
            if (answers := _collected(plan, results, tell)) is not None:
                return _finish(plan, results, answers, tally)
    what = "answers are damaged again and again"
    raise ProblemsFound([Problem(results.shown, 0, what, "look at the disk; what is sound is kept.")])


def check(plan: Plan) -> None:
    """Every wrong option at once."""
    reader = Reader()
    for case in plan.cases.values():
        try:
            check_options(case, Options(plan.worlds, policies=plan.policies))
        except ProblemsFound as found:
            reader.problems += [p for p in found.problems if p not in reader.problems]
    if not plan.points and not reader.problems:
        reader.say("obrok sweep", 0, "there is no run in this design", "name what varies: --vary, --seeds, or a file.")
    reader.raise_if_any()
    for sha256, case in plan.cases.items():  # the largest tells
        largest = max((p for p in plan.points if p.case == sha256), key=lambda p: p.fix.get("posts", 0.0), default=None)
        if largest:
            refuse_too_much(case, plan.worlds, len(plan.policies) + 1 if plan.policies else None, largest.fix, 1)


def _telling(tell: Progress) -> Callable[[Tally], None]:
    return lambda tally: tell("sweeping", tally.done, tally.total)


def _do(plan: Plan, results: Results, workers: Workers, told: Callable[[Tally], None]) -> Tally:
    """Every task that is missing; raises `ProblemsFound` with those that failed."""
    where = results.where
    found: dict[str, dict[str, str]] = {}
    for sha256, case in plan.cases.items():
        files = case_files(case.folder)
        if case_digest(files) != sha256:
            what, mend = "the case's files have changed since they were read", "give the command again."
            raise ProblemsFound([Problem(case.folder.name, 0, what, mend)])
        found[sha256] = {name: data.decode() for name, data in files.items()}
    spec = {"cases": found, "options": plan.common, "points": [p.as_json() for p in plan.points]}
    where.put(f"{results.parts}/{SPEC}", store.as_json(store.sealed(spec)).encode())
    at = Where(_everywhere(where), results.parts, record.code_sha256())
    chains = Chains(plan.chains(), _landed(where, at))
    told(chains.tally)
    with workers() as connect:
        if connect is None:
            here(at, chains, do, told)
        else:
            on_cluster(connect, at, chains, do, told)
    if chains.tally.failed:
        raise ProblemsFound(_failures(chains.tally, at, results))
    return chains.tally


def _everywhere(where: Place) -> str:
    """The address of a place from whatever folder a worker is started in."""
    folder = local(where)
    return str(folder.resolve()) if folder else where.address


def _landed(where: Place, at: Where) -> Callable[[Task], bool]:
    """Whether what a task makes lay there when it was asked first; as it lies there, its bytes unread."""
    there = set()
    for name in where.names(at.under):
        point, _, file = name.removeprefix(f"{at.under}/").partition("/")
        parts = file.split(".")
        if len(parts) == 3 and len(parts[1]) == 64:
            there.add((point, parts[0]))
    return lambda task: (f"{task.point:06d}", task.name) in there


def _failures(tally: Tally, at: Where, results: Results) -> list[Problem]:
    out = []
    for task, why in list(tally.failed.items())[:NAMED]:
        kept = f"{results.shown}/{folder_of(at, task.point)}/{task.name}{FAILED}"
        out.append(Problem(f"point {task.point}, {task.name}", 0, why.what, f"its inputs and the reason: {kept}."))
    rest = f"and {len(tally.failed) - NAMED:,} more; " if len(tally.failed) > NAMED else ""
    mend = "the same command tries them again; what is done is kept."
    return [*out, Problem(results.shown, 0, f"{rest}{len(tally.failed):,} tasks failed", mend)]


# --- together --------------------------------------------------------------------------------------------------------
def _collected(plan: Plan, results: Results, tell: Progress) -> list[dict] | None:
    """The answers of every point; None where some are damaged: these are taken away, to be made again."""
    out: list[dict | None] = []
    for number in range(len(plan.points)):
        data = results.batches(f"{number:06d}").data("answering-00000.json")
        out.append(None if data is None else store.unsealed(data))
        tell("putting together", number + 1, len(plan.points))
    found = [answers for answers in out if answers is not None]
    return found if len(found) == len(out) else None


def _finish(plan: Plan, results: Results, answers: Sequence[Mapping], tally: Tally) -> Swept:
    where = results.where
    with _working_folder(where) as folder:
        together.write(folder, plan, answers)
        for case in plan.cases.values():
            for name, data in case_files(case.folder).items():
                store.write_bytes(folder / "cases" / f"{case.id}-{case.sha256[:8]}" / name, data)
        made = {"format": 1, "identity": dict(results.identity), "environment": record.environment()}
        made = results.finish(made, folder)
        kept = folder if local(where) else brought(where, made)
    return Swept(plan, kept, made, True, results.shown, tally, tuple(results.notes))


@contextmanager
def _working_folder(where: Place) -> Iterator[Path]:
    """The place itself, where it is a folder; else one to write in before it is brought there."""
    if folder := local(where):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="obrok-") as folder_:
        yield Path(folder_)
