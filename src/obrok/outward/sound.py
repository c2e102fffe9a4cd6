"""Whether a result folder holds what obrok writes there: a folder may come from a colleague, and its files from anybody.

Only the shape is looked at: which keys there are, and what kind of value each has. What is no JSON at all counts as absent,
as everywhere; what is JSON of another shape is refused in words, with the place in the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES
from obrok.evidence.odd_files import odd_in
from obrok.outward.folder import FOLDERS
from obrok.problems import Problem, ProblemsFound
from obrok.yaml_files import ordinary

#: bytes of a file, problems of a file that are told, and the largest number
LARGEST, FEW, MOST = 500_000_000, 5, 1e300
#: folders of a result folder


@dataclass(frozen=True)
class Maybe:
    """null, or of this shape."""

    shape: Any


@dataclass(frozen=True)
class Each:
    """Keys of any name, each value of this shape."""

    shape: Any


RANGE = {"p05": Maybe(float), "p50": Maybe(float), "p95": Maybe(float)}
LEFT = {
    "kind": str, "id": str, "p50_without": Maybe(float), "p50_interval": Maybe([float]), "width_without": Maybe(float),
    "needs_new_worlds": bool, "effective_sample_size": float, "pareto_k": Maybe(float), "moved": float, "sure": bool,
}  # fmt: skip
ANSWER = {"id": str, "policy": str, "versus": Maybe(str), "unit": str, **RANGE}
IDENTITY = {
    "obrok": str, "code_sha256": str, "case": str, "case_sha256": str, "anchors": {"checked": int, "not_checked": int},
    "seed": int, "worlds": int, "policies": [str], "fix": Each(float), "weigh": bool, "series": str,
}  # fmt: skip
SHAPES: dict[str, Any] = {
    "record.json": {
        "identity": IDENTITY, "environment": Each(str), "z": Each(float), "answers_sha256": str,
        "worlds": {"worlds": int, "kept": int, "impossible": int},
        "weighing": {"effective_sample_size": float, "pareto_k": Maybe(float)},
    },
    "unfinished.json": {"identity": IDENTITY},
    "answers.json": {
        "title": str, "case": str, "case_sha256": str, "seed": int, "worlds": int, "kept": int, "impossible": int,
        "weighed": bool, "effective_sample_size": float, "pareto_k": Maybe(float),
        "anchors": {"checked": int, "not_checked": int, "wrong": int, "no_text": int},
        "questions": [{"id": str, "asks": str, "quantity": str}],
        "answers": [
            ANSWER | {
                "prior": RANGE, "text": str, "claims": [str], "assumptions": [str], "defined": Maybe(float),
                "chance_none": Maybe(float), "chance_more": Maybe(float), "chance_less": Maybe(float),
                "mean_over_luck": Maybe(RANGE), "given_role": Maybe(RANGE), "mean_over_luck_given_role": Maybe(RANGE),
            }
        ],
        "leverage": [LEFT | {"answer": str, "policy": str}],
    },
    "explain.json": {
        "case": str, "silent": [str], "in_doubt": [str], "narrowed": [str], "too_few": bool,
        "answers": [
            ANSWER | {
                "width": Maybe(float), "due": Maybe(Each(Maybe(float))), "text": [str], "leverage": [LEFT], "readings": [LEFT],
                "topics": [{"id": str, "share": float}], "parameters": [{"id": str, "share": float}],
                "next": [{"id": str, "share": float, "width": Maybe(float)}],
            }
        ],
        "believed": Each({"before": Maybe(float), "after": Maybe(float)}),
        "clash": Maybe({"text": str}),
    },
}  # fmt: skip
NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def refuse_unsound(folder: str | Path, case: Case | None = None) -> None:
    """Raises `ProblemsFound` where a file of a result folder is there and is none that obrok writes. `case`: its answers
    are those of this case, where the record says so."""
    folder, problems = Path(folder), list[Problem]()
    found: dict[str, dict] = {}
    refuse_odd(folder)
    for name in SHAPES:
        wrong = _opened(folder / name, found)
        if name in found and not wrong:
            wrong = [w for w, _ in zip(differences(found[name], SHAPES[name]), range(FEW), strict=False)]
        problems += [_problem(folder, name, w) for w in wrong]
    if not problems and case and {"record.json", "answers.json"} <= found.keys():
        problems = [_problem(folder, "answers.json", w) for w in _incomplete(found, case)]
    if problems:
        raise ProblemsFound(problems)


def refuse_odd(folder: Path) -> None:
    """Raises `ProblemsFound` where a result folder holds links or pipes: before anything is opened, or written to where a
    link leads."""
    odd = {path.relative_to(folder).as_posix(): what for path, what in odd_in(folder, FOLDERS)}
    if odd:
        raise ProblemsFound(_problem(folder, name, what) for name, what in odd.items())


def text_of(path: Path) -> str | None:
    """The text of a file of a result folder; None where there is none. Raises `ProblemsFound` where it is a link, a pipe or no
    text: what is given away is what lies in the folder, and nothing that it points to."""
    try:
        wrong = ordinary(path, LARGEST)
        text = None if wrong else path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        text, wrong = None, "it cannot be read as text"
    if wrong:
        raise ProblemsFound([_problem(path.parent, path.name, wrong)])
    return text


def _problem(folder: Path, name: str, what: str) -> Problem:
    mend = "obrok did not write it so: get the folder again from where it came, or take it away; for a run, give another --out."
    return Problem(f"{folder.name}/{name}", 0, what, mend)


def _opened(path: Path, found: dict[str, dict]) -> list[str]:
    """Why a file is not opened; its JSON object goes to `found`."""
    with suppress(OSError, ValueError):
        if wrong := ordinary(path, LARGEST):
            return [wrong]
        try:
            value = json.loads(path.read_text("utf-8"))
        except RecursionError:
            return ["it is nested deeper than anything that obrok writes"]
        if isinstance(value, dict):
            found[path.name] = value
    return []


def differences(value: object, shape: Any, at: str = "") -> Iterator[str]:
    """Where a value has another shape than it should have, in words."""
    if isinstance(shape, Maybe):
        if value is not None:
            yield from differences(value, shape.shape, at)
    elif isinstance(shape, (Each, Mapping)):
        if not isinstance(value, dict):
            yield f"{at or 'it'} is no group of keys"
            return
        keys = dict.fromkeys(value, shape.shape) if isinstance(shape, Each) else shape
        for key, inner in keys.items():
            place = f"{at}.{key}"[:200] if at else str(key)[:200]
            if key in value:
                yield from differences(value[key], inner, place)
            else:
                yield f"{place} is missing"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{at} is no list"
            return
        for k, item in enumerate(value):
            yield from differences(item, shape[0], f"{at}[{k}]")
    elif not _is(value, shape):
        yield f"{at} is not {NAMES[shape]}"


def _is(value: object, kind: type) -> bool:
    if kind in (int, float):
        number = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        return number and abs(value) <= MOST and isfinite(value)  # type: ignore[operator, arg-type]
    return isinstance(value, kind)


def _incomplete(found: Mapping[str, dict], case: Case) -> Iterator[str]:
    """Answers that the case has and the file lacks; what leans on answers that are not there."""
    identity = found["record.json"]["identity"]
    there = {(a["id"], a["policy"], a["versus"]) for a in found["answers.json"]["answers"]}
    names = [*OUTCOMES, *(q.id for q in case.questions)]
    ran = [p for p in identity["policies"] if p in {x.id for x in case.policies}]
    pairs = [(p, None) for p in ran] + [(a, b) for a, b in case.compare if a in ran and b in ran]
    if identity["case_sha256"] == case.sha256:
        missing = [(n, p, v) for p, v in pairs for n in names if (n, p, v) not in there]
        yield from (
            f"the answer `{n}` under `{p}`{f' against `{v}`' if v else ''} is missing" for n, p, v in missing[:FEW]
        )
    ids = {a["id"] for a in found["answers.json"]["answers"]}
    wrong = [r["answer"] for r in found["answers.json"]["leverage"] if r["answer"] not in ids]
    yield from (f"leverage names an answer that is not there: `{a[:60]}`" for a in wrong[:FEW])
