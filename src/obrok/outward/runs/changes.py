"""What a reader changes of finished runs: their tags, and whether they are still there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from obrok.outward.folder import FOLDERS, RECORD, UNFINISHED, inside
from obrok.outward.runs.lock import alone
from obrok.outward.runs.record import plain, read_object
from obrok.outward.runs.run import (
    MARKS,
    REMOVING,
    TAG,
    TAGS,
    Run,
    is_ours,
)
from obrok.problems import Problem, ProblemsFound
from obrok.worlds.place_words import Full
from obrok.worlds.places import Place


def tag(place: Place, run: Run, words: Iterable[str], without: Iterable[str] = ()) -> tuple[str, ...]:
    """Adds words to a run's tags, takes others away; gives what it has then. Raises `ProblemsFound`."""
    words, without = list(words), list(without)
    if wrong := [w for w in (*words, *without) if not TAG.fullmatch(w)]:
        mend = "a tag is one word of letters, figures, `-`, `_`, `.` and `+`, 40 at the most."
        raise ProblemsFound([Problem("tag", 0, f"{w[:60]!a} cannot be a tag", mend) for w in wrong])
    if not run.id:
        raise ProblemsFound([Problem(plain(run.name), 0, f"it is {run.state}: {run.why}", "only a run can be tagged.")])
    kept = tuple(sorted({*run.tags, *words} - {*without}))
    name = inside(run.folder, TAGS)
    if kept:
        place.put(name, (json.dumps({"run": run.id, "tags": kept}, ensure_ascii=False) + "\n").encode())
    else:
        place.remove(name)
    return kept


@dataclass(frozen=True)
class Removed:
    """What was removed of a run, and what was left, for obrok did not write it. `gone`: the folder is."""

    files: int
    left: tuple[str, ...]
    gone: bool


def remove(place: Place, run: Run) -> Removed:
    """Removes what obrok wrote of a run. Raises `ProblemsFound`, also where it is being made just now.

    A mark is written first, then the record goes, then the rest, the mark last: what is left of a removal that was broken
    off has no record, so nobody takes it for a result, and carries the mark, by which the same command finishes it.
    """
    with alone(place, run):
        return _remove(place, run)


def _remove(place: Place, run: Run) -> Removed:
    names = [n[len(run.folder) + 1 if run.folder else 0 :] for n in place.names(run.folder)]
    ours = [n for n in names if is_ours(n)]
    if not MARKS & set(ours):
        raise ProblemsFound([Problem(plain(run.name), 0, "no run of obrok is here any more", "nothing is to be done.")])
    first = [n for n in (RECORD, UNFINISHED) if n in ours]
    if REMOVING not in ours:
        mark = _mark(place, run)
        try:
            place.put(inside(run.folder, REMOVING), mark)
        except Full:  # which may be why this is removed: what the record took makes room for the mark
            for name in first:
                place.remove(inside(run.folder, name))
            place.put(inside(run.folder, REMOVING), mark)
    rest = [n for n in ours if n not in (*first, REMOVING)]
    for name in (*first, *rest):
        place.remove(inside(run.folder, name))
    for name in place.leftovers(run.folder):
        if is_ours(name[len(run.folder) + 1 if run.folder else 0 :]):
            place.remove(name)
    for folder in FOLDERS:
        place.drop(inside(run.folder, folder), deep=True)
    place.remove(inside(run.folder, REMOVING))
    gone = place.drop(run.folder)
    left = tuple(n for n in names if n not in ours)
    return Removed(len(first) + len(rest), left, gone)


def _mark(place: Place, run: Run) -> bytes:
    """What a removal that was broken off is known by: whose it was."""
    made = next(
        (
            told
            for name in (RECORD, UNFINISHED)
            if isinstance(told := read_object(place, inside(run.folder, name)), dict)
        ),
        {},
    )
    identity = made.get("identity") if run.id else None
    return (json.dumps({"identity": identity}, ensure_ascii=False) + "\n").encode()
