"""From a case to a folder of results: simulate in batches, weigh, answer, write. Goes on where it was broken off."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from obrok.answers.answers import Weighed, all_answers
from obrok.answers.explain import Left, Worlds, left_out
from obrok.answers.pilot import Guide
from obrok.answers.unknowns import Bins
from obrok.answers.weigh import Weights, likelihoods, weigh
from obrok.case.case import Case, Policy, case_digest, case_files
from obrok.outward import files
from obrok.outward.explained import explain
from obrok.outward.folder import Refused, Results, alone, brought, local, read_record
from obrok.outward.options import Options, Progress, check_options, options_of, silent
from obrok.outward.runs.record import identity_wrong, is_sweep
from obrok.outward.sound import refuse_odd, refuse_unsound
from obrok.outward.stages import Stages, Versions, cores, guided
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import record, store
from obrok.worlds.cost import refuse_too_much
from obrok.worlds.place_words import shown
from obrok.worlds.places import Place, place
from obrok.worlds.run import Plan


@dataclass(frozen=True)
class Result:
    """A finished run. `table`: a row a world and policy, as in `worlds/`; `summary`: answers.json; `shown`: where
    it is kept, as may be told (`folder`: where it can be read); `notes`: what was damaged and is mended."""

    case: Case
    folder: Path
    summary: dict
    record: dict
    fresh: bool
    shown: str
    notes: tuple[str, ...] = ()

    @property
    def answers(self) -> list[dict]:
        return self.summary["answers"]

    def answer(self, id: str, policy: str | None = None, versus: str | None = None) -> dict:
        """One answer: quantiles, prior, text, trail. Without `policy`: what was reported."""
        policy = policy or self.case.factual.id
        for a in self.answers:
            if (a["id"], a["policy"], a["versus"]) == (id, policy, versus):
                return a
        raise KeyError(f"no answer `{id}` under `{policy}`" + (f" against `{versus}`" if versus else ""))

    def quote(self, id: str, policy: str | None = None, versus: str | None = None) -> str:
        """An answer as a sentence with its range, and how to cite it."""
        from obrok.outward.citing import how_to_cite

        cite = how_to_cite(self.case, self.summary, self.record["identity"])
        return f"“{self.answer(id, policy, versus)['text']}” {cite}"

    @cached_property
    def explained(self) -> dict:
        """explain.json: how sure the leading answers are, and by what."""
        return store.read_json(self.folder / "explain.json") or {}

    @cached_property
    def table(self) -> dict[str, np.ndarray]:
        return store.read_tables(sorted((self.folder / "worlds").glob("batch-*.parquet")))

    def to_pdf(self, file: str | Path, force: bool = False) -> Path:
        """The report as a PDF: `obrok.outward.pdf.write`."""
        from obrok.outward.pdf import write

        return write(self.folder, Path(file), force)

    def to_xarray(self, days: bool = True):
        """The result as one `xarray.Dataset`: `obrok.outward.results.results`."""
        from obrok.outward.results import results

        return results(self.folder, days)


def run_case(
    case: Case, options: Options, out: Path | str | None = None, force: bool = False, progress: Progress | None = None
) -> Result:
    """Runs a case into a folder (None: a temporary one) or to an address (`worlds.places`). Raises `Refused` where
    something else is there; `ProblemsFound` where a batch failed, once all others are done."""
    policies = check_options(case, options)
    where = place(tempfile.mkdtemp(prefix="obrok-") if out is None else out)
    identity = identity_of(case, options, policies)
    tell = progress or silent
    _refuse_too_much(case, options, policies)
    folder = local(where)
    if folder:
        refuse_odd(folder)
    with alone(folder, tell) if folder else nullcontext():
        results = Results(where, identity)
        done = results.begin(force)
        if done:
            return _read(case, where, done)
        source = _source(case, results.notes)
        stages = Stages(
            bare_plan(case, options), options.worlds, options.weigh, results.batches(), options.threads or cores(), tell
        )
        return _finish(stages, options, results, source)


def _refuse_too_much(case: Case, options: Options, policies: Sequence[Policy]) -> None:
    refuse_too_much(case, options.worlds, len(policies), options.fix, options.threads)


def identity_of(case: Case, options: Options, policies: list[Policy]) -> dict:
    o = options
    return record.identity(case, o.worlds, o.seed, [p.id for p in policies], o.fix, o.weigh, o.series)


def _source(case: Case, notes: list[str]) -> dict[str, bytes]:
    """The files of a case, kept with its result, so that it can be made again from there; none where they are no longer
    those that were read, which is noted."""
    with suppress(OSError):
        if case_digest(found := case_files(case.folder)) == case.sha256:
            return found
    notes.append("The case's files have changed since they were read: the result is of the case as it was then.")
    return {}


def _read(case: Case, where: Place, made: dict) -> Result:
    """A finished result."""
    folder = brought(where, made)
    refuse_unsound(folder, case)
    summary = store.read_json(folder / "answers.json")
    if summary is None:
        mend = "get the folder again from where it came, or make the result anew with --force."
        raise ProblemsFound([Problem(f"{folder.name}/answers.json", 0, "it is not what obrok writes", mend)])
    return Result(case, folder, summary, made, False, shown(where.address))


def finished(case: Case, folder: Path) -> Result | None:
    """The finished result of the case as it is now in a folder, whatever its seed and number of versions; else None, and
    where a file of it is damaged."""
    made = read_record(folder)
    if not made or identity_wrong(made.get("identity")) or is_sweep(made["identity"]):
        return None
    was = made["identity"]
    options = options_of(was)
    now = record.identity(
        case, options.worlds, options.seed, was["policies"], options.fix, options.weigh, options.series
    )
    try:
        done = Results(place(folder), now).finished()
        return _read(case, place(folder), done) if done else None
    except (Refused, ProblemsFound):
        return None


def can_go_on(case: Case, options: Options, folder: Path) -> bool:
    """Whether a run into the folder overwrites nothing: it is empty, or holds a run of the same that was broken off."""
    return Results(place(folder), identity_of(case, options, check_options(case, options))).is_free()


def bare_plan(case: Case, options: Options) -> Plan:
    """What these options simulate, as yet without what a pilot finds."""
    return Plan(case, options.seed, tuple(check_options(case, options)), dict(options.fix))


def planned(case: Case, options: Options, progress: Progress | None = None) -> tuple[Plan, Guide | None]:
    """What these options simulate. Where claims weigh, a pilot comes first: with or without it, a world hangs on the case,
    the seed, its number and the fixed values alone."""
    plan = bare_plan(case, options)
    _refuse_too_much(case, replace(options, worlds=1), plan.policies)
    if not options.weigh or not case.outcome_claims():
        return plan, None
    guide = guided(plan, options.threads or cores(), progress or silent)
    return replace(plan, proposal=guide.proposal), guide


@dataclass(frozen=True)
class Read:
    """What answers are read off: the rows of `table` (as in `worlds/`), likelihoods, weights `w` and `prior`, summing to 1."""

    versions: Versions
    table: dict[str, np.ndarray]
    possible: np.ndarray
    draws: dict[str, np.ndarray]
    columns: dict[str, np.ndarray]
    likes: dict[str, np.ndarray]
    weights: Weights
    w: np.ndarray
    prior: np.ndarray

    @staticmethod
    def of(stages: Stages) -> Read:
        """Simulates what is missing on disk, and weighs it."""
        versions, table, case, tell = stages.versions, stages.table(), stages.bare.case, stages.tell
        tell("weighing", 0, 1)
        factual = table["policy"] == case.factual.id
        possible = table["possible"][factual].astype(bool)
        if not possible.any():
            raise ProblemsFound([_impossible(case.id)])
        draws = {name: table[files.column_of(name)][factual] for name in case.priors}
        columns = {name: x[factual] for name, x in table.items() if name.startswith("claim ")}
        likes = likelihoods(case, columns, draws["posts"], possible) if stages.weigh else {}
        correction = versions.log_correction
        weights = weigh(case, likes, possible, log_correction=correction, means=versions.z)
        prior = weigh(case, {}, possible, log_correction=correction).normal
        tell("weighing", 1, 1)
        return Read(versions, table, possible, draws, columns, likes, weights, weights.normal, prior)

    def weighed(self, plan: Plan, left: Sequence[Left] = (), luck: tuple = ()) -> Weighed:
        """What answers are read off; `left`: with things left out, `luck`: what fresh luck gives (`Stages.averaged`)."""
        case = plan.case
        rows = {p.id: self.table["policy"] == p.id for p in plan.policies}
        columns = files.answer_columns(case)
        outcomes = {p: {name: self.table[c][of] for name, c in columns.items()} for p, of in rows.items()}
        assumed = frozenset(n for n, p in case.priors.items() if not p.cited)
        bins = Bins.of(self.draws, self.w, plan.seed)
        return Weighed(case, self.draws, outcomes, self.w, self.prior, list(left), bins, assumed, *luck)


def _impossible(case: str) -> Problem:
    what = "no world is possible: in none can people leave as often as `leave_rate` says"
    return Problem(case, 0, what, "lower `leave_rate`, or raise `opportunity`.")


def _finish(stages: Stages, options: Options, results: Results, source: Mapping[str, bytes]) -> Result:
    case, tell = stages.bare.case, stages.tell
    read = Read.of(stages)
    plan, w = stages.plan, read.w
    days, series = stages.replayed(w, options.series == "all")
    repeats, lived, times = stages.averaged(w)
    tell("answering", 0, 1)
    worlds = Worlds(
        case, read.columns, read.draws, read.possible, frozenset(options.fix), read.versions.log_correction,
        read.versions.z,
    )  # fmt: skip
    left = left_out(worlds) if options.weigh else []
    weighed = read.weighed(plan, left, (repeats, times, lived))
    answers = all_answers(weighed)
    questions = {q.id: weighed.outcomes[case.factual.id][q.id] for q in case.questions}
    told = explain(weighed, worlds, questions, options.seed) | {"clash": read.versions.clash}
    tell("answering", 1, 1)

    summary = files.summary_of(plan, options, read.versions, w, read.possible, answers)
    made = files.record_of(plan, dict(results.identity), read.weights, summary)
    tell("writing", 0, 1)
    folder = local(results.where) or Path(tempfile.mkdtemp(prefix="obrok-"))
    files.write_worlds(read.table, read.versions, read.likes, read.weights.log, folder)
    for name in series:
        data = stages.parts.data(name)
        assert data is not None
        store.write_bytes(folder / "series" / name.replace("replaying", "batch"), data)
    store.write_json(folder / "answers.json", summary)
    store.write_json(folder / "explain.json", files.rounded(told))
    files.write_csv(folder / "answers.csv", answers)
    for name, data in source.items():
        store.write_bytes(folder / "case" / name, data)
    from obrok.outward.report import report  # matplotlib is slow to import

    page = report(case, summary, told, made, days, read.draws, w, read.prior)
    store.write_text(folder / "report.html", page)
    made = results.finish(made, folder)
    tell("writing", 1, 1)
    return Result(case, folder, summary, made, True, results.shown, tuple(results.notes))
