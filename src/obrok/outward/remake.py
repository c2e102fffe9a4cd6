"""A result made again from its record alone, and held against it, file by file."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from obrok.case.case import Case, load, shipped_cases
from obrok.case.checks import AnchorState
from obrok.outward.options import Progress, options_of
from obrok.outward.runs.differences import environment, program
from obrok.outward.runs.record import files_wrong, identity_wrong
from obrok.outward.study import run_case
from obrok.problems import Problem, ProblemsFound
from obrok.release import version
from obrok.worlds import record, store

#: a record larger than this is none of ours
LARGEST = 64_000_000
#: answers that are told one by one; what rounding alone may move, of a figure
NAMED, ROUNDING = 5, 1e-8
#: what the files of a result are, by how their names begin
KINDS = {
    "answers": "the answers", "explain": "how sure they are", "worlds/": "the versions", "series/": "the days",
    "report": "the report", "case": "the case", "points": "the points", "sweep": "the page",
}  # fmt: skip


@dataclass(frozen=True)
class Remade:
    """`same`: every file, to the byte. `other`: what is not as it was when it was made first; `differing`: files, in words;
    `figures`: how the answers differ, where the old ones are at hand."""

    identity: Mapping
    folder: Path
    files: int
    same: bool
    other: tuple[str, ...]
    differing: tuple[str, ...]
    figures: tuple[str, ...] = ()

    def text(self) -> str:
        lines = [f"other here than there: {what}" for what in self.other]
        if self.same:
            lines.append(f"The same, byte for byte: {self.files} files.")
        else:
            lines += [f"differs: {what}." for what in self.differing] + list(self.figures)
            lines.append("Not the same." if self.figures or not self.other else "Not the same; see what is other here.")
        return "\n".join(lines)

    def as_json(self) -> dict:
        told = {k: list(getattr(self, k)) for k in ("other", "differing", "figures")}
        return {"same": self.same, "files": self.files, "identity": dict(self.identity)} | told


def remake(path: Path, case: str | None = None, out: Path | None = None, progress: Progress | None = None) -> Remade:
    """Runs again what a record tells of. `case`: where the case is, if neither a copy beside the record nor a shipped one
    is it. `out`: keep what is made there. Raises `ProblemsFound`."""
    path = path / "record.json" if path.is_dir() else path
    made = _read(path)
    was = made["identity"]
    folder = out or Path(tempfile.mkdtemp(prefix="obrok-"))
    other = _other(made)
    if was.get("kind") == "sweep":
        again = _sweep_again(path, was, case, folder, progress)
    else:
        found = find_case(path.parent / "case", case, was["case"], was["case_sha256"])
        if found.anchors.checked < was["anchors"]["checked"]:
            other.append(
                f"{was['anchors']['checked']} anchors were checked there, and {found.anchors.checked} can be here."
            )
        again = run_case(_as_there(found, made), options_of(was), folder, False, progress).record
    gone = [n for n in made["files"] if n not in again["files"]]
    new = [n for n in again["files"] if n not in made["files"]]
    changed = [n for n, digest in again["files"].items() if n in made["files"] and made["files"][n] != digest]
    differing = [
        *_by_kind(changed, "with other bytes"),
        *_by_kind(gone, "not made"),
        *_by_kind(new, "not there before"),
    ]
    figures = _figures(path.parent / "answers.json", folder / "answers.json") if "answers.json" in changed else []
    return Remade(was, folder, len(made["files"]), not differing, tuple(other), tuple(differing), tuple(figures))


def _sweep_again(path: Path, was: Mapping, given: str | None, folder: Path, progress: Progress | None) -> dict:
    """The record of a sweep run anew into a folder."""
    from obrok.outward.sweep.design import Point
    from obrok.outward.sweep.sweep import Plan, run_sweep

    cases = {
        sha256: find_case(path.parent / "cases" / f"{Path(name).name}-{sha256[:8]}", given, name, sha256)
        for sha256, name in was["cases"].items()
    }
    points = [Point(p["case"], p["seed"], p["fix"]) for p in was["points"]]
    plan = Plan(cases, points, was["axes"], was["worlds"], tuple(was["policies"]), was["weigh"])
    return run_sweep(plan, folder, progress=progress).record


def _read(path: Path) -> dict:
    """A record, sound and of a kind that can be made again."""

    def wrong(what: str, mend: str) -> ProblemsFound:
        return ProblemsFound([Problem(str(path), 0, what, mend)])

    try:
        if path.stat().st_size > LARGEST:
            raise wrong("this is no record: it is too large", "give the record.json of a result.")
        data = path.read_bytes()
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise wrong(why, "give the record.json of a result, or its folder.") from None
    made = store.unsealed(data)
    if made is None:
        known = store.read_json(path)
        if known is not None and "identity" in known and "sha256" not in known:
            raise wrong("this record is of a version of obrok that listed no files", "run the case anew: obrok run.")
        raise wrong("the record is damaged, or was changed after it was written", "get it again from where it came.")
    if what := identity_wrong(made.get("identity")) or files_wrong(made.get("files")):
        raise wrong(f"this is no record of a result: {what}", "give the record.json of a result, or its folder.")
    return made


def find_case(beside: Path, given: str | None, name: str, sha256: str) -> Case:
    """The case of a record: the one that is given, the copy beside the record, or the shipped one of its name, whichever
    has its digest. Raises `ProblemsFound` where none has."""
    if given is not None:
        case = load(given)
        if case.sha256 != sha256:
            what = f"this is not the case of the record: its files' digest is {case.sha256[:12]}…, and {sha256[:12]}… is asked for"
            raise ProblemsFound([Problem(given, 0, what, "give the case as it was then.")])
        return case
    if (beside / "case.yaml").is_file() and not beside.is_symlink():
        case = load(beside)
        if case.sha256 == sha256:
            return case
    if name in shipped_cases() and (case := load(name)).sha256 == sha256:
        return case
    what = f"the case `{name[:60]}` as it was then ({sha256[:12]}…) is neither beside the record nor shipped"
    raise ProblemsFound([Problem(name[:60], 0, what, "say where it is: --case FOLDER.")])


def _as_there(case: Case, made: Mapping) -> Case:
    """The case with its anchors as they were found then: what is told of them is part of a result."""
    then = made.get("anchors") or made["identity"]["anchors"]
    absent = tuple(then.get("absent", ()))
    return replace(
        case, anchors=AnchorState(then["checked"], then["not_checked"], then.get("wrong", 0), absent, then.get("no_text", 0))
    )  # fmt: skip


def _other(made: Mapping) -> list[str]:
    """What of the program and its libraries is other here: a sentence each, what was there first."""
    here = {"obrok": version(), "code_sha256": record.code_sha256()}
    return program(made["identity"], here) + environment(made.get("environment"), record.environment())


def _by_kind(names: list[str], what: str) -> Iterator[str]:
    kinds: dict[str, int] = {}
    for name in names:
        kind = next((k for start, k in KINDS.items() if name.startswith(start)), name)
        kinds[kind] = kinds.get(kind, 0) + 1
    for kind, many in kinds.items():
        yield f"{kind}: {many} file{'s' * (many > 1)} {what}"


def _figures(old: Path, new: Path) -> list[str]:
    """How the answers differ, the largest differences first."""
    before, after = store.read_json(old), store.read_json(new)
    if not before or not after:
        return ["The old answers are not beside the record: how far the new ones are from them cannot be told."]
    was = {(a["id"], a["policy"], a["versus"]): a for a in before["answers"]}
    moved = []
    for a in after["answers"]:
        key = (a["id"], a["policy"], a["versus"])
        b = was.pop(key, None)
        far = math.inf if b is None else max(_apart(a[end], b[end]) for end in ("p05", "p50", "p95"))
        if far > 0:
            moved.append((far, key))
    moved += [(math.inf, key) for key in was]
    moved.sort(key=lambda x: -x[0])
    if not moved:
        return ["Every figure of every answer is the same; words or trails differ."]
    if moved[0][0] <= ROUNDING:
        return [
            f"{len(moved)} of {len(after['answers'])} answers differ, by rounding alone (at most {moved[0][0]:.0e} of a figure)."
        ]
    out = [f"{len(moved)} of {len(after['answers'])} answers differ, most of all:"]
    for far, (id, policy, versus) in moved[:NAMED]:
        by = "is in one of the two alone" if far == math.inf else f"by {100 * far:.3g} % of its figure"
        out.append(f"  {id}, {policy}{f' against {versus}' if versus else ''}: {by}")
    return out


def _apart(a: float | None, b: float | None) -> float:
    """How far two figures are apart, of the larger."""
    if a is None or b is None:
        return 0.0 if a is b else math.inf
    return abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0
