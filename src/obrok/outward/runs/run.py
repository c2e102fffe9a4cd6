"""What a folder says of the run it holds: its record, its state, what of it is missing. Whatever lies there, from whomever,
is told in words.

The folder of a run or of a sweep holds `record.json` (finished), `unfinished.json` (broken off) or `removing.json` (its
removal was begun). `tags.json` holds the reader's own words for it, which are no part of the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from obrok.outward.folder import FILES, RECORD, REMOVING, UNFINISHED, damaged, inside, some_of
from obrok.outward.runs.record import (
    LONGEST_FILE,
    count,
    digest,
    files_wrong,
    identity_wrong,
    is_digest,
    is_figure,
    is_sweep,
    read_object,
    read_sealed,
    text_of,
)
from obrok.release import version
from obrok.worlds import record, store
from obrok.worlds.places import Folder, Place

TAGS = "tags.json"
#: a folder with one of these is a run's
MARKS = frozenset((RECORD, UNFINISHED, REMOVING))
FINISHED, RUNNING, BROKEN, DAMAGED = "finished", "running", "broken off", "damaged"
OTHER, HALF = "another version", "half removed"
STATES = (FINISHED, RUNNING, BROKEN, DAMAGED, OTHER, HALF)
TAG = re.compile(r"[^\W_][\w.+-]{0,39}")
#: files in those folders: tables, copies of cases, batches of what is being made
_INSIDE = re.compile(
    r"(worlds|series)/batch-\d{5,9}\.parquet|(case|cases/[\w.-]+)/[a-z]+\.yaml"
    r"|parts/([\w-]+/){0,2}([a-z]+(-\d{5,9})?(\.[0-9a-f]{64})?\.(parquet|json)|[a-z]+(-\d{5,9})?\.failed\.json)"
)
_BATCH = re.compile(r"parts/(?:[\w-]+/)*(?P<stage>[a-z]+)-\d{5,9}(?:\.[0-9a-f]{64})?\.(?:parquet|json)")
_PART = re.compile(r"(?P<folder>(?:[^/]+/)*)(?:\.(?P<aside>.+)\.[0-9a-f]{16}|(?P<plain>[^/]+))\.part")


@dataclass(frozen=True)
class Run:
    """A run or a sweep, as its folder tells. `id`: digest of its identity ('': none can be read); `folder`: below the root,
    '' the root itself; `why`: what is wrong, or how far it came; `code`: digest of the program. Of a sweep, `points`: its
    runs, `varied`: the parameters that differ between them."""

    folder: str
    kind: str
    state: str
    why: str = ""
    id: str = ""
    case: str = ""
    seed: int | None = None
    versions: int | None = None
    effective_sample_size: float | None = None
    weighed: bool | None = None
    series: str = ""
    fixed: Mapping[str, float] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    obrok: str = ""
    code: str = ""
    tags: tuple[str, ...] = ()
    points: int | None = None
    varied: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.folder or "."

    @property
    def is_made(self) -> bool:
        """Whether it is finished and its record can be read: of this version or of another."""
        return self.state in (FINISHED, OTHER) and bool(self.policies or self.kind == "sweep")

    @property
    def has_answers(self) -> bool:
        """Whether it is a run, and made: not a sweep."""
        return self.is_made and self.kind == "run"


def read_run(place: Place, folder: str, names: Iterable[str]) -> Run:
    """The run in a folder. `names`: of all its files, from the folder on. Raises `ProblemsFound` where the place fails."""
    there = set(names)

    run = _of(place, folder, there)
    if TAGS in there:
        run = replace(run, tags=tags_of(read_object(place, inside(folder, TAGS)), run.id))
    return run


def _of(place: Place, folder: str, there: set[str]) -> Run:
    file = next(name for name in (REMOVING, RECORD, UNFINISHED) if name in there)
    made, whole = read_sealed(place, inside(folder, file))
    if file == REMOVING:
        why = "its removal was begun: obrok runs remove finishes it"
        return _known(folder, HALF, why, made if isinstance(made, dict) else {})
    if isinstance(made, str):
        return Run(folder, "run", DAMAGED, f"{file} {made}")
    if not whole:
        return _known(folder, DAMAGED, f"{file} was changed after it was written", made)
    if wrong := identity_wrong(made.get("identity")):
        return _misread(folder, made, file, wrong)
    return _finished(folder, made, there) if file == RECORD else _unfinished(place, folder, made, there)


def _finished(folder: str, made: dict, there: set[str]) -> Run:
    run = _known(folder, FINISHED, "", made)
    weighing = made.get("weighing")
    size = weighing.get("effective_sample_size") if isinstance(weighing, dict) else None
    if is_figure(size) and 0 <= size <= 1e12:  # type: ignore[operator]
        run = replace(run, effective_sample_size=float(size))  # type: ignore[arg-type]
    if wrong := files_wrong(made.get("files", {})):
        return replace(run, state=DAMAGED, why=f"{RECORD}: {wrong}")
    if wrong := _missing(run, made, there):
        return replace(run, state=DAMAGED, why=wrong)
    if (run.obrok, run.code) != (version(), record.code_sha256()):
        return replace(run, state=OTHER, why=_other_version(run))
    return run


def _other_version(run: Run) -> str:
    by = f"obrok {run.obrok}" if run.obrok != version() else f"another state of obrok {version()}"
    return f"made by {by}: the same command would compute it anew"


def _misread(folder: str, made: dict, file: str, wrong: str) -> Run:
    """A record of a form that is not ours: another version's, if it says so, or damaged. No policy is told of it."""
    identity = made.get("identity")
    code = identity.get("code_sha256") if isinstance(identity, dict) else None
    if is_digest(code) and code != record.code_sha256():
        state, why = OTHER, f"this version of obrok cannot read its {file}: {wrong}"
    else:
        state, why = DAMAGED, f"{file}: {wrong}"
    return replace(_known(folder, state, why, made), policies=())


def _unfinished(place: Place, folder: str, begun: dict, there: set[str]) -> Run:
    run = _known(folder, BROKEN, "", begun)
    how = _how_far(place, run, there)
    same = (run.obrok, run.code) == (version(), record.code_sha256())
    on = "the same command goes on" if same else "begun by another version of obrok: give --force, or another folder"
    return replace(run, why=f"{how}; {on}")


def _how_far(place: Place, run: Run, there: set[str]) -> str:
    """How much is on disk. Versions are counted where the files lie here; elsewhere, files."""
    stages: dict[str, list[str]] = {}
    for name in sorted(there):
        if found := _BATCH.fullmatch(name):
            stages.setdefault(found["stage"], []).append(name)
    counts = []
    if run.kind == "sweep":
        counts.append(f"{len(stages.get('answering', ())):,} of {run.points:,} points answered")
        stages = {}
    for stage, done in (("imagining", "imagined"), ("simulating", "lived under every policy")):
        parts = stages.get(stage, [])
        if parts and isinstance(place, Folder):
            rows = sum(max(0, store.count_rows(place.root / inside(run.folder, n))) for n in parts)
            rows //= len(run.policies) if stage == "simulating" else 1
            of = f" of {run.versions:,}" if stage == "imagining" or not run.weighed else ""
            counts.append(f"{rows:,}{of} versions {done}")
        elif parts:
            counts.append(f"{len(parts):,} batches of versions {done}")
    failed = sum(n.startswith("parts/") and n.endswith(".failed.json") for n in there)
    if failed:
        counts.append(f"{failed:,} batch{'es' * (failed != 1)} failed")
    return ", ".join(counts) or "before its first batch"


def _known(folder: str, state: str, why: str, made: dict) -> Run:
    """What of an identity can be read; the rest is left empty."""
    i = made.get("identity")
    if not isinstance(i, dict) or not i:
        return Run(folder, "run", state, why)
    policies, fixed, cases, axes, points = (i.get(k) for k in ("policies", "fix", "cases", "axes", "points"))
    case = ", ".join(sorted({text_of(c) for c in cases.values()})) if isinstance(cases, dict) else i.get("case")
    return Run(
        folder, "sweep" if is_sweep(i) else "run", state, why, digest(i), text_of(case), count(i.get("seed")),
        count(i.get("worlds")), None, i["weigh"] if isinstance(i.get("weigh"), bool) else None, text_of(i.get("series")),
        {text_of(k): float(v) for k, v in fixed.items() if is_figure(v)} if isinstance(fixed, dict) else {},
        _texts(policies), text_of(i.get("obrok")), text_of(i.get("code_sha256")), (),
        len(points) if isinstance(points, list) else None, _texts(axes),
    )  # fmt: skip


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text_of(x) for x in value) if isinstance(value, list) else ()


# -- whole?
def _missing(run: Run, made: dict, there: set[str]) -> str:
    """What a finished run lacks. Records of earlier versions list no files: these were always there."""
    always = ["answers.json", "report.html", "worlds/batch-00000.parquet"] if run.kind == "run" else []
    lost = [n for n in sorted(made.get("files") or always) if n not in there]
    return f"{some_of(lost)} {'are' if len(lost) > 1 else 'is'} missing" if lost else ""


# -- every byte, tags, names
def changed_files(place: Place, run: Run) -> str:
    """What of a finished run's files is not as its record says, every byte read; '': nothing."""
    made = read_object(place, inside(run.folder, RECORD))
    if isinstance(made, str):
        return f"{RECORD} {made}"
    listed = made.get("files")
    if listed:
        wrong = damaged(place, listed, run.folder, LONGEST_FILE)
        return f"{some_of(wrong)} {'are' if len(wrong) > 1 else 'is'} not as written" if wrong else ""
    if run.kind == "sweep":
        return ""
    answers = read_object(place, inside(run.folder, "answers.json"), LONGEST_FILE)
    same = isinstance(answers, dict) and digest(answers) == made.get("answers_sha256")
    return "" if same else "answers.json is not as written"


def tags_of(told: dict | str, id: str) -> tuple[str, ...]:
    """Words for a run; none where they were given to another run that lay here before."""
    if isinstance(told, str) or told.get("run") != id or not isinstance(told.get("tags"), list):
        return ()
    words = {t for t in told["tags"][:1000] if isinstance(t, str) and TAG.fullmatch(t)}
    return tuple(sorted(words))


def is_ours(name: str) -> bool:
    """Whether obrok writes a file of this name into a run's folder; a part of one is ours too."""
    if part := _PART.fullmatch(name):
        name = part["folder"] + (part["aside"] or part["plain"])
    return name in (RECORD, UNFINISHED, REMOVING, TAGS, *FILES) or bool(_INSIDE.fullmatch(name))
