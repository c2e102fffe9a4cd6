"""What a task of a sweep does, wherever it is done: reads its inputs from the sweep's place, and lands one batch there.

A task gives back the name of what it has landed and nothing more, so that a worker that dies takes nothing along. What
is there already is not made again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from obrok.answers.answers import all_answers
from obrok.answers.screen import BLOCK, whole_blocks
from obrok.case.case import Case, case_digest, load
from obrok.evidence.passphrases import ask_no_more
from obrok.outward import files
from obrok.outward.options import Options
from obrok.outward.stages import Stages, batch_size
from obrok.outward.study import Read, bare_plan
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import record, store
from obrok.worlds.batches import Batches
from obrok.worlds.places import place

SPEC = "sweep.json"
#: what is told of a point beside its answers
OF_POINT = ("worlds", "kept", "impossible", "effective_sample_size", "pareto_k")


@dataclass(frozen=True)
class Where:
    """Where a sweep lies, for whoever does a task of it: the place's address, the folder of its parts, its program."""

    address: str
    under: str
    code_sha256: str


@dataclass(frozen=True)
class Task:
    """Batch `k` of a stage of a point."""

    point: int
    stage: str
    k: int = 0

    @property
    def name(self) -> str:
        return self.stage if self.stage in ("pilot", "picking") else f"{self.stage}-{self.k:05d}"


def folder_of(where: Where, point: int) -> str:
    return f"{where.under}/{point:06d}"


def chain(case: Case, options: Options, point: int, heavy: bool) -> list[list[Task]]:
    """The tasks of a point, stage after stage; those of one stage hang on all of the stage before alone. `heavy`: as in
    `worlds.run.Plan`."""
    weighs = options.weigh and bool(case.outcome_claims())
    imagined = whole_blocks(options.worlds) if weighs else options.worlds
    lived = imagined // BLOCK if weighs else imagined
    stages = [("simulating", -(-lived // batch_size(files.BATCH, heavy))), ("answering", 1)]
    if weighs:
        batches = -(-imagined // batch_size(files.VERSIONS, heavy))
        stages = [("pilot", 1), ("imagining", batches), ("picking", 1), *stages]
    return [[Task(point, stage, k) for k in range(n)] for stage, n in stages]


@cache
def _spec(where: Where) -> dict:
    """What the sweep is, as its client wrote it."""
    if record.code_sha256() != where.code_sha256:
        mend = "install the same version on every machine, with the same libraries."
        raise ProblemsFound([Problem("worker", 0, "this worker has another version of obrok than the client", mend)])
    data = place(where.address).get(f"{where.under}/{SPEC}")
    if data is None:
        mend = "give --out a folder that all machines share, under the same path, or an address such as s3://…"
        raise ProblemsFound([Problem("worker", 0, "this worker does not see the sweep's folder", mend)])
    spec = store.unsealed(data)
    if spec is None:
        raise ProblemsFound([Problem(SPEC, 0, "it is damaged", "give the command again: it is written anew.")])
    return spec


@cache
def _case(where: Where, sha256: str) -> Case:
    """A case of the sweep, from the copy of its files that lies beside its parts."""
    ask_no_more()  # no worker asks for a passphrase: no text is needed
    found: Mapping[str, str] = _spec(where)["cases"][sha256]
    assert case_digest({name: text.encode() for name, text in found.items()}) == sha256
    with tempfile.TemporaryDirectory(prefix="obrok-") as folder:
        inside = Path(folder) / "case"
        inside.mkdir()
        for name, text in found.items():
            (inside / name).write_bytes(text.encode())
        return load(inside)


def stages_of(where: Where, point: int) -> tuple[Stages, Options]:
    """The stages of a point, as they lie at the sweep's place."""
    spec = _spec(where)
    row, common = spec["points"][point], spec["options"]
    case = _case(where, row["case"])
    options = Options(common["worlds"], row["seed"], 1, tuple(common["policies"]), row["fix"], common["weigh"])
    batches = Batches(place(where.address), folder_of(where, point), {"point": row, "options": common})
    return Stages(bare_plan(case, options), options.worlds, options.weigh, batches), options


def do(where: Where, task: Task) -> str:
    """Does a task, if what it makes is not there yet. Gives its name. Raises `ProblemsFound` where it failed: its inputs
    and the reason lie beside where it would have."""
    stages, options = stages_of(where, task.point)
    if task.stage == "pilot":
        assert stages.guide
    elif task.stage == "imagining":
        stages.imagine(task.k)
    elif task.stage == "picking":
        assert stages.versions
    elif task.stage == "simulating":
        stages.simulate(task.k)
    else:
        stages.parts.json(task.name, lambda: answer(stages, options))
    stages.parts.raise_failed()
    return task.name


def answer(stages: Stages, options: Options) -> dict:
    """The answers of a point: those of a run with the same options, without what leans on what and without fresh luck."""
    read, plan = Read.of(stages), stages.plan
    told = files.summary_of(plan, options, read.versions, read.w, read.possible, all_answers(read.weighed(plan)))
    return {name: told[name] for name in (*OF_POINT, "answers")}
