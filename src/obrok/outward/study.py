"""From a case to a folder of results: simulate in batches, weigh, answer, write. Goes on where it was broken off."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from obrok import luck
from obrok.answers.answers import Weighed, all_answers
from obrok.answers.explain import Worlds, left_out
from obrok.answers.pilot import Guide, pilot, rounds, until_claims
from obrok.answers.quantiles import resample
from obrok.answers.screen import keep, whole_blocks
from obrok.answers.unknowns import Bins
from obrok.answers.weigh import likelihoods, weigh
from obrok.case.case import Case, Policy
from obrok.outward import files
from obrok.outward.explained import clash_of, explain
from obrok.outward.files import (
    answer_columns,
    column_of,
    record_of,
    series_table,
    summary_of,
    world_table,
    write_csv,
    write_worlds,
)
from obrok.problems import ProblemsFound, Reader, closest
from obrok.worlds import record, store
from obrok.worlds.run import Plan, repeat_worlds, run_worlds

#: worlds in the weighted resample whose days are kept; parameter draws and fresh-luck repeats behind `mean_over_luck`
RESAMPLE, LUCK_DRAWS, REPEATS = 400, 200, 8
#: the same where a version takes long: there luck, which falls to thousands of people, leaves little to be told
OF_HEAVY = (100, 50, 3)
#: days of a version that are kept at the most (and a few more: `kept_days`); rows of a file of series/
MOST_DAYS, SERIES_ROWS = 800, 500_000

#: single files of a result folder
WRITTEN = (
    *("record.json", "unfinished.json", "answers.json", "answers.csv", "explain.json", "report.html"),
    *("validate.json", "validate.csv", "validate.html"),
)
#: a batch of worlds that take long is so many times smaller
OF_HEAVY_BATCH = 20

Progress = Callable[[str, int, int], None]


class Refused(Exception):
    """The results folder holds something else; the message says what to do."""


@dataclass(frozen=True)
class Options:
    """How to run a case. `worlds`: versions to imagine (where claims weigh, in whole blocks: `answers.screen`); `policies`:
    ids to simulate (the factual one always is); `fix`: parameter → value."""

    worlds: int = 40_000
    seed: int = 1
    threads: int = 0
    policies: tuple[str, ...] = ()
    fix: Mapping[str, float] = field(default_factory=dict)
    weigh: bool = True
    series: str = "picked"


def check_options(case: Case, options: Options) -> list[Policy]:
    """The policies to run; every wrong option told at once."""
    reader = Reader()
    if not 1 <= options.worlds <= 100_000_000:
        reader.say("--worlds", 0, f"{options.worlds} worlds", "give a number from 1 to 100,000,000.")
    if not 0 <= options.seed < 2**32:
        reader.say("--seed", 0, f"the seed {options.seed}", "give a whole number from 0 to 4,294,967,295.")
    if options.series not in ("picked", "all"):
        reader.say("--series", 0, f"`{options.series}`", "it is `picked` (the weighted resample) or `all`.")
    known = [p.id for p in case.policies]
    for name in options.policies:
        if name not in known:
            reader.say("--policy", 0, f"there is no policy `{name}`", f"there are: {', '.join(known)}.")
    for name, value in options.fix.items():
        row = case.priors[name].parameter if name in case.priors else None
        if row is None:
            near = closest(name, case.priors)
            reader.say(
                "--fix",
                0,
                f"the case has no parameter `{name}`",
                f"did you mean `{near}`?" if near else "docs/parameters.md lists them.",
            )
        elif not row.low <= value <= row.high:
            reader.say(
                "--fix",
                0,
                f"{name}={value:g} is outside its limits, {row.low:g} to {row.high:g} {row.unit}",
                "give a value inside them.",
            )
    reader.raise_if_any()
    return [p for p in case.policies if p.factual or not options.policies or p.id in options.policies]


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


@dataclass(frozen=True)
class Result:
    """A finished run. `table`: a row a world and policy, as in `worlds/`; `summary`: answers.json."""

    case: Case
    folder: Path
    summary: dict
    record: dict
    fresh: bool

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

    @cached_property
    def explained(self) -> dict:
        """explain.json: how sure the leading answers are, and by what."""
        return store.read_json(self.folder / "explain.json") or {}

    @cached_property
    def table(self) -> dict[str, np.ndarray]:
        return store.read_tables(sorted((self.folder / "worlds").glob("batch-*.parquet")))

    def to_xarray(self, days: bool = True):
        """The result as one `xarray.Dataset`: `obrok.outward.results.results`."""
        from obrok.outward.results import results

        return results(self.folder, days)


def run_case(
    case: Case, options: Options, out: Path | None = None, force: bool = False, progress: Progress | None = None
) -> Result:
    """Runs a case into a folder (None: a temporary one). Raises `Refused` where the folder holds something else."""
    policies = check_options(case, options)
    folder = Path(tempfile.mkdtemp(prefix="obrok-")) if out is None else Path(out)
    identity = record.identity(
        case, options.worlds, options.seed, [p.id for p in policies], options.fix, options.weigh, options.series
    )
    finished = _claim_folder(folder, identity, force)
    if finished:
        summary = store.read_json(folder / "answers.json")
        if summary and (folder / "report.html").exists():
            return Result(case, folder, summary, finished, False)
    tell = progress or (lambda stage, done, total: None)
    plan, guide = planned(case, options, folder / "parts" / "pilot.json", tell)
    threads = options.threads or _cores()
    versions = _imagine(plan, guide, options.worlds, threads, folder, tell)
    table = _simulate(plan, versions.numbers, threads, folder, tell)
    return _finish(plan, options, identity, versions, table, threads, folder, tell)


def finished(case: Case, folder: Path) -> Result | None:
    """The finished result of the case as it is now in a folder, whatever its seed and number of versions; else None."""
    made, summary = (store.read_json(folder / name) for name in ("record.json", "answers.json"))
    if not made or not summary or not (folder / "report.html").exists():
        return None
    was = made["identity"]
    options = options_of(was)
    now = record.identity(
        case, options.worlds, options.seed, was["policies"], options.fix, options.weigh, options.series
    )
    return Result(case, folder, summary, made, False) if was == now else None


def can_go_on(case: Case, options: Options, folder: Path) -> bool:
    """Whether a run into the folder overwrites nothing: it is empty, or holds a run of the same that was broken off."""
    begun = store.read_json(folder / "unfinished.json")
    if begun:
        policies = [p.id for p in check_options(case, options)]
        o = options
        return begun.get("identity") == record.identity(case, o.worlds, o.seed, policies, o.fix, o.weigh, o.series)
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def options_of(identity: Mapping) -> Options:
    """The options of a run, as its record names them."""
    i = identity
    return Options(i["worlds"], i["seed"], 0, tuple(i["policies"]), i["fix"], i["weigh"], i["series"])


def planned(
    case: Case, options: Options, kept: Path | None = None, progress: Progress | None = None
) -> tuple[Plan, Guide | None]:
    """What these options simulate. Where claims weigh, a pilot comes first (kept in a file, if one is named): with or
    without it, a world hangs on the case, the seed, its number and the fixed values alone."""
    plan = Plan(case, options.seed, tuple(check_options(case, options)), dict(options.fix))
    if not options.weigh or not case.outcome_claims():
        return plan, None
    held = store.read_json(kept) if kept else None
    if held is None:
        tell = progress or (lambda stage, done, total: None)
        guide = pilot(plan, options.threads or _cores(), _counted(tell, "pilot", sum(rounds(plan))))
        assert guide is not None
        if kept:
            store.write_json(kept, guide.as_json())
    else:
        guide = Guide.from_json(held)
    return replace(plan, proposal=guide.proposal), guide


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _claim_folder(folder: Path, identity: dict, force: bool) -> dict | None:
    """Gives the record of a finished run of this identity; else makes the folder ready, keeping what can be gone on with."""
    done, begun = store.read_json(folder / "record.json"), store.read_json(folder / "unfinished.json")
    if done and done.get("identity") == identity:
        return done
    if begun and begun.get("identity") == identity:
        return None
    if folder.exists() and any(folder.iterdir()) if folder.is_dir() else folder.exists():
        if not force:
            held = done or begun
            what = "results of another run" if held else "something that is not a result of obrok"
            raise Refused(f"{folder} holds {what}: give another folder with --out, or overwrite it with --force.")
        if not folder.is_dir() or not (done or begun):
            raise Refused(
                f"{folder} holds something that is not a result of obrok, and --force does not touch that: give another folder with --out."
            )
        for name in ("worlds", "series", "parts"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in WRITTEN:
            (folder / name).unlink(missing_ok=True)
    store.write_json(folder / "unfinished.json", {"identity": identity})
    return None


def _counted(tell: Progress, stage: str, total: int, done: int = 0) -> Callable[[int], None]:
    """Progress told by increments."""

    def step(n: int) -> None:
        nonlocal done
        done += n
        tell(stage, done, total)

    return step


def picked(weights: np.ndarray, n: int, seed: int, name: str) -> np.ndarray:
    """How often each world is picked in a resample of n by weight, its start keyed by a name."""
    start = luck.named_uniforms(seed, np.array([0]), name, 0, luck.RESAMPLE)[0]
    return resample(weights, n, float(start))


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


def _imagine(plan: Plan, guide: Guide | None, worlds: int, threads: int, folder: Path, tell: Progress) -> Versions:
    """Lives what is missing on disk up to the last claim, batch by batch, and picks the versions to go on with."""
    if guide is None:
        return Versions(np.arange(worlds), np.zeros(worlds), worlds, 0, None)
    short = replace(until_claims(plan), policies=(plan.case.factual,), answers=False)
    numbers = np.arange(whole_blocks(worlds))
    table = _batches(short, numbers, files.VERSIONS, files.version_table, "imagining", threads, folder, tell)
    possible = table["possible"].astype(bool)
    likes = likelihoods(plan.case, table, table["posts"], possible)
    kept = keep(plan.case, plan.seed, numbers, likes, possible, table["log_correction"], guide)
    found = clash_of(plan.case, likes, possible, table["log_correction"], table)
    return Versions(kept.index, kept.log_correction, len(numbers), int((~possible).sum()), kept.z, found)


def _simulate(plan: Plan, numbers: np.ndarray, threads: int, folder: Path, tell: Progress) -> dict[str, np.ndarray]:
    """Simulates what is missing on disk, batch by batch, and reads it all back."""
    return _batches(plan, numbers, files.BATCH, world_table, "simulating", threads, folder, tell)


def _batches(
    plan: Plan,
    numbers: np.ndarray,
    size: int,
    as_table: Callable,
    stage: str,
    threads: int,
    folder: Path,
    tell: Progress,
) -> dict[str, np.ndarray]:
    """Tables of these worlds, batch by batch, each written once it is finished; those on disk are taken from there. Where a
    world takes long, batches are small, so that little is lost."""
    parts, done, size = [], 0, max(1, size // OF_HEAVY_BATCH) if plan.heavy else size
    for first in range(0, len(numbers), size):
        some = numbers[first : first + size]
        path = folder / "parts" / f"{stage}-{first // size:05d}.parquet"
        parts.append(path)
        if path.exists() and store.count_rows(path) == len(some) * (len(plan.policies) if plan.answers else 1):
            done += len(some)
            tell(stage, done, len(numbers))
            continue
        step = _counted(tell, stage, len(numbers), done)
        store.write_table(path, as_table(plan, run_worlds(plan, some, threads, step)))
        done += len(some)
    tables = [store.read_tables([p]) for p in parts]
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def _finish(
    plan: Plan, options: Options, identity: dict, versions: Versions, table: dict, threads: int, folder: Path,
    tell: Progress,
) -> Result:  # fmt: skip
    case, policies = plan.case, [p.id for p in plan.policies]
    tell("weighing", 0, 1)
    factual = table["policy"] == case.factual.id
    possible = table["possible"][factual].astype(bool)
    if not possible.any():
        reader = Reader()
        reader.say(
            case.id,
            0,
            "no world is possible: in none can people leave as often as `leave_rate` says",
            "lower `leave_rate`, or raise `opportunity`.",
        )
        raise ProblemsFound(reader.problems)
    draws = {name: table[column_of(name)][factual] for name in case.priors}
    columns = {name: x[factual] for name, x in table.items() if name.startswith("claim ")}
    likes = likelihoods(case, columns, draws["posts"], possible) if options.weigh else {}
    correction = versions.log_correction
    weights = weigh(case, likes, possible, log_correction=correction, means=versions.z)
    w = weights.normal
    prior = weigh(case, {}, possible, log_correction=correction).normal
    tell("weighing", 1, 1)

    days = _replay(plan, options, versions.numbers, w, threads, folder, tell)
    repeats, lived, times = _repeats(plan, versions.numbers, w, threads, tell)
    tell("answering", 0, 1)
    rows = {p: table["policy"] == p for p in policies}
    outcomes = {p: {name: table[c][rows[p]] for name, c in answer_columns(case).items()} for p in policies}
    worlds = Worlds(case, columns, draws, possible, frozenset(options.fix), correction, versions.z)
    left = left_out(worlds) if options.weigh else []
    assumed = frozenset(n for n, p in case.priors.items() if not p.cited)
    bins = Bins.of(draws, w, options.seed)
    weighed = Weighed(case, draws, outcomes, w, prior, left, bins, assumed, repeats, times, lived)
    answers = all_answers(weighed)
    questions = {q.id: outcomes[case.factual.id][q.id] for q in case.questions}
    told = explain(weighed, worlds, questions, options.seed) | {"clash": versions.clash}
    tell("answering", 1, 1)

    summary = summary_of(plan, options, versions, w, possible, answers)
    made = record_of(plan, identity, weights, summary)
    tell("writing", 0, 1)
    write_worlds(table, versions, likes, weights.log, folder)
    store.write_json(folder / "answers.json", summary)
    store.write_json(folder / "explain.json", files.rounded(told))
    write_csv(folder / "answers.csv", answers)
    from obrok.outward.report import report  # matplotlib is slow to import

    store.write_text(folder / "report.html", report(case, summary, told, made, days, draws, w, prior))
    store.write_json(folder / "record.json", made)
    shutil.rmtree(folder / "parts", ignore_errors=True)
    (folder / "unfinished.json").unlink(missing_ok=True)
    tell("writing", 1, 1)
    return Result(case, folder, summary, made, True)


def _replay(
    plan: Plan, options: Options, worlds: np.ndarray, weights: np.ndarray, threads: int, folder: Path, tell: Progress
) -> Days:
    """Replays a weighted resample of worlds (or, for the files, every world) and writes its days."""
    times = picked(weights, OF_HEAVY[0] if plan.heavy else RESAMPLE, options.seed, "resample")
    chosen = np.arange(len(weights)) if options.series == "all" else np.flatnonzero(times)
    shutil.rmtree(folder / "series", ignore_errors=True)
    kept: list[dict[str, np.ndarray]] = []
    numbers: list[np.ndarray] = []
    at = kept_days(plan.case)
    size = max(1, min(100, SERIES_ROWS // (len(at) * len(plan.case.cities) * len(plan.policies))))
    for k, first in enumerate(range(0, len(chosen), size)):
        some = chosen[first : first + size]
        tell("replaying days", first, len(chosen))
        chunk = run_worlds(plan, worlds[some], threads, keep_series=True, at=at)
        store.write_table(folder / "series" / f"batch-{k:05d}.parquet", series_table(plan, chunk, times[some], at))
        there = times[some] > 0
        numbers.append(some[there])
        kept.append({p: d.series[there].sum(axis=1) for p, d in chunk.days.items()})  # all cities together
    tell("replaying days", len(chosen), len(chosen))
    shown = np.concatenate(numbers)
    series = {p.id: np.concatenate([k[p.id] for k in kept]) for p in plan.policies}
    return Days(worlds[shown], times[shown], series, at)


def _repeats(plan: Plan, worlds: np.ndarray, weights: np.ndarray, threads: int, tell: Progress):
    """Fresh luck for a weighted resample of parameter draws: outcomes by policy, the draws' rows and weights."""
    draws, repeats = OF_HEAVY[1:] if plan.heavy else (LUCK_DRAWS, REPEATS)
    times = picked(weights, draws, plan.seed, "repeats")
    chosen = np.flatnonzero(times)
    step = _counted(tell, "averaging over luck", len(chosen) * repeats)
    return repeat_worlds(plan, worlds[chosen], repeats, threads, step), chosen, times[chosen].astype(float)
