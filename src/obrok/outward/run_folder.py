"""What a folder says of the run it holds: its record, its state, what of it is missing. Whatever lies there, from whomever,
is told in words.

A run's folder holds `record.json` (finished), `unfinished.json` (broken off) or `removing.json` (its removal was begun);
a sweep's, `sweep.json`. `tags.json` holds the reader's own words for it, which are no part of the record.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from obrok.release import version
from obrok.worlds import record, store
from obrok.worlds.place_words import TooLong, is_name
from obrok.worlds.places import Folder, Place

RECORD, UNFINISHED, REMOVING, SWEEP, TAGS = "record.json", "unfinished.json", "removing.json", "sweep.json", "tags.json"
#: a folder with one of these is a run's
MARKS = frozenset((RECORD, UNFINISHED, REMOVING, SWEEP))
FINISHED, BROKEN, DAMAGED, OTHER, HALF = "finished", "broken off", "damaged", "another version", "half removed"
STATES = (FINISHED, BROKEN, DAMAGED, OTHER, HALF)
#: bytes of a record, and of any file of a result, at the most
LONGEST, LONGEST_FILE = 16 * 2**20, 2**30
TAG = re.compile(r"[^\W_][\w.+-]{0,39}")
#: tables of a run, as `store` and `study` name them
_TABLE = re.compile(
    r"(worlds|series)/batch-\d{5,9}\.parquet|parts/((imagining|simulating)-\d{5,9}\.parquet|pilot\.json)"
)
#: control characters, line ends of all kinds, marks that turn the direction of what follows
_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
_PART = re.compile(r"(?P<folder>(?:[^/]+/)?)(?:\.(?P<aside>.+)\.[0-9a-f]{16}|(?P<plain>[^/]+))\.part")


@dataclass(frozen=True)
class Run:
    """A run or a sweep, as its folder tells. `id`: digest of its identity ('': none can be read); `folder`: below the root,
    '' the root itself; `why`: what is wrong, or how far it came; `code`: digest of the program."""

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

    @property
    def name(self) -> str:
        return self.folder or "."

    @property
    def has_answers(self) -> bool:
        """Whether it is a finished run whose record can be read: of this version or of another."""
        return self.kind == "run" and self.state in (FINISHED, OTHER) and bool(self.policies)


def inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def read_run(place: Place, folder: str, names: Iterable[str]) -> Run:
    """The run in a folder. `names`: of all its files, from the folder on. Raises `ProblemsFound` where the place fails."""
    there = set(names)

    def get(name: str) -> dict | str:
        return read_object(place, inside(folder, name))

    run = _of(folder, there, get, place)
    if TAGS in there:
        run = replace(run, tags=tags_of(get(TAGS), run.id))
    return run


def _of(folder: str, there: set[str], get: Callable[[str], dict | str], place: Place) -> Run:
    if REMOVING in there:
        begun = get(REMOVING)
        why = "its removal was begun: obrok runs remove finishes it"
        return _known(folder, "run", HALF, why, begun if isinstance(begun, dict) else {})
    if SWEEP in there:
        told = get(SWEEP)
        if isinstance(told, str):
            return Run(folder, "sweep", DAMAGED, f"{SWEEP} {told}")
        return _sweep(folder, told)
    if RECORD in there:
        made = get(RECORD)
        return Run(folder, "run", DAMAGED, f"{RECORD} {made}") if isinstance(made, str) else _run(folder, made, there)
    begun = get(UNFINISHED)
    if isinstance(begun, str):
        return Run(folder, "run", DAMAGED, f"{UNFINISHED} {begun}")
    return _unfinished(folder, begun, there, place)


def _run(folder: str, made: dict, there: set[str]) -> Run:
    if wrong := identity_wrong(made.get("identity")):
        return _misread(folder, made, RECORD, wrong)
    run = _known(folder, "run", FINISHED, "", made)
    size = made.get("weighing", {}).get("effective_sample_size") if isinstance(made.get("weighing"), dict) else None
    if isinstance(size, (int, float)) and not isinstance(size, bool) and 0 <= size <= 1e12:
        run = replace(run, effective_sample_size=float(size))
    if wrong := _record_wrong(made) or _missing(made, there):
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
    if _is_digest(code) and code != record.code_sha256():
        state, why = OTHER, f"this version of obrok cannot read its {file}: {wrong}"
    else:
        state, why = DAMAGED, f"{file}: {wrong}"
    return replace(_known(folder, "run", state, why, made), policies=())


def _unfinished(folder: str, begun: dict, there: set[str], place: Place) -> Run:
    if wrong := identity_wrong(begun.get("identity")):
        return _misread(folder, begun, UNFINISHED, wrong)
    run = _known(folder, "run", BROKEN, "", begun)
    how = _how_far(place, folder, run, there)
    same = (run.obrok, run.code) == (version(), record.code_sha256())
    on = "the same command goes on" if same else "begun by another version of obrok: give --force, or another folder"
    return replace(run, why=f"{how}; {on}")


def _how_far(place: Place, folder: str, run: Run, there: set[str]) -> str:
    """How many versions are on disk. Rows are counted where the files lie here; elsewhere, files."""
    counts = []
    for stage, done in (("imagining", "imagined"), ("simulating", "lived under every policy")):
        parts = sorted(n for n in there if n.startswith(f"parts/{stage}-") and _TABLE.fullmatch(n))
        if not parts:
            continue
        if isinstance(place, Folder):
            rows = sum(max(0, store.count_rows(place.root / inside(folder, n))) for n in parts)
            rows //= len(run.policies) if stage == "simulating" else 1
            of = f" of {run.versions:,}" if stage == "imagining" or not run.weighed else ""
            counts.append(f"{rows:,}{of} versions {done}")
        else:
            counts.append(f"{len(parts):,} batches {done}")
    return ", ".join(counts) or "before its first batch"


def _sweep(folder: str, told: dict) -> Run:
    run = _known(folder, "sweep", FINISHED, "", told)
    return run if run.id else replace(run, id=_digest(told), case=_text(told.get("case")))


def _known(folder: str, kind: str, state: str, why: str, made: dict) -> Run:
    """What of an identity can be read; the rest is left empty."""
    i = made.get("identity")
    if not isinstance(i, dict) or not i:
        return Run(folder, kind, state, why)
    policies, fixed = i.get("policies"), i.get("fix")
    return Run(
        folder,
        kind,
        state,
        why,
        _digest(i),
        _text(i.get("case")),
        count(i.get("seed")),
        count(i.get("worlds")),
        None,
        i["weigh"] if isinstance(i.get("weigh"), bool) else None,
        _text(i.get("series")),
        {_text(k): float(v) for k, v in fixed.items() if is_figure(v)} if isinstance(fixed, dict) else {},
        tuple(_text(p) for p in policies) if isinstance(policies, list) else (),
        _text(i.get("obrok")),
        _text(i.get("code_sha256")),
    )


# -- bytes and shapes
def read_object(place: Place, name: str, most: int = LONGEST) -> dict | str:
    """A JSON object, or what is wrong with the file."""
    try:
        data = place.get(name, most)
    except TooLong:
        return f"is longer than {most >> 20} MB"
    return "is absent" if data is None else as_object(data)


def as_object(data: bytes) -> dict | str:
    try:
        value = json.loads(data.decode("utf-8"))
    except RecursionError:
        return "is nested too deeply"
    except ValueError:
        return "is not JSON"
    return value if isinstance(value, dict) else "is not a JSON object"


def _digest(value: object) -> str:
    try:
        return record.sha256_of(value)
    except (ValueError, RecursionError):  # a lone surrogate, say
        return ""


def _text(value: object) -> str:
    """A text of a sane length; ''."""
    return value[:200].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else None


def is_figure(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


_SHAPE: dict[str, tuple[str, Callable[[object], bool]]] = {
    "obrok": ("a text", lambda v: isinstance(v, str)),
    "code_sha256": ("a digest", _is_digest),
    "case": ("a text", lambda v: isinstance(v, str) and bool(v)),
    "case_sha256": ("a digest", _is_digest),
    "seed": ("a whole number", lambda v: count(v) is not None),
    "worlds": ("a whole number", lambda v: count(v) is not None),
    "policies": (
        "a list of names",
        lambda v: isinstance(v, list) and bool(v) and all(isinstance(x, str) and x for x in v),
    ),
    "fix": ("a group of figures", lambda v: isinstance(v, dict) and all(map(is_figure, v.values()))),
    "weigh": ("true or false", lambda v: isinstance(v, bool)),
    "series": ("a text", lambda v: isinstance(v, str)),
}


def identity_wrong(identity: object) -> str:
    """What is wrong with an identity; '': nothing."""
    if not isinstance(identity, dict):
        return "`identity` is missing"
    for name, (what, right) in _SHAPE.items():
        if name not in identity:
            return f"`{name}` is missing"
        if not right(identity[name]):
            return f"`{name}` is not {what}"
    return "" if _digest(identity) else "`identity` is no plain data"


def _record_wrong(made: dict) -> str:
    listed = made.get("files", {})
    if not isinstance(listed, dict) or not all(is_name(n) and _is_digest(d) for n, d in listed.items()):
        return f"{RECORD}: `files` is not a list of files with their digests"
    if "sha256" in made and made["sha256"] != _digest({k: v for k, v in made.items() if k != "sha256"}):
        return f"{RECORD} was changed after it was written"
    return ""


def _missing(made: dict, there: set[str]) -> str:
    """What a finished run lacks. Records of earlier versions list no files: these were always there."""
    needed = (
        sorted(made["files"]) if made.get("files") else ["answers.json", "report.html", "worlds/batch-00000.parquet"]
    )
    lost = [n for n in needed if n not in there]
    return f"{_some(lost)} {'are' if len(lost) > 1 else 'is'} missing" if lost else ""


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


# -- the full check, tags, names
def changed_files(place: Place, run: Run) -> str:
    """What of a finished run's files is not as its record says, every byte read; '': nothing."""
    made = read_object(place, inside(run.folder, RECORD))
    if isinstance(made, str):
        return f"{RECORD} {made}"
    listed = made.get("files")
    if listed:
        wrong = [n for n, digest in sorted(listed.items()) if _digest_of(place, inside(run.folder, n)) != digest]
        return f"{_some(wrong)} {'are' if len(wrong) > 1 else 'is'} not as written" if wrong else ""
    answers = read_object(place, inside(run.folder, "answers.json"), LONGEST_FILE)
    same = isinstance(answers, dict) and _digest(answers) == made.get("answers_sha256")
    return "" if same else "answers.json is not as written"


def _digest_of(place: Place, name: str) -> str:
    try:
        data = place.get(name, LONGEST_FILE)
    except TooLong:
        return ""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def tags_of(told: dict | str, id: str) -> tuple[str, ...]:
    """Words for a run; none where they were given to another run that lay here before."""
    if isinstance(told, str) or told.get("run") != id or not isinstance(told.get("tags"), list):
        return ()
    words = {t for t in told["tags"][:1000] if isinstance(t, str) and TAG.fullmatch(t)}
    return tuple(sorted(words))


def plain(text: str) -> str:
    """A text from elsewhere as it may stand on a terminal and in a page: one line, nothing that steers or turns it."""
    return _STEERS.sub("\ufffd", text)


def is_ours(name: str) -> bool:
    """Whether obrok writes a file of this name into a run's folder; a part of one is ours too."""
    from obrok.outward.study import WRITTEN  # slow to import

    if part := _PART.fullmatch(name):
        name = part["folder"] + (part["aside"] or part["plain"])
    return name in (*WRITTEN, REMOVING, TAGS) or bool(_TABLE.fullmatch(name))
