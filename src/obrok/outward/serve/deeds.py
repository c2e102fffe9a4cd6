"""What a person does with evidence through a page: each deed a step that is checked as a whole case, and can be undone."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from obrok.case.case import Case, load, new_case
from obrok.evidence.archive import find_text
from obrok.outward.editing import candidates, claims, entries, particulars, rests
from obrok.outward.editing.intake import About, take_in
from obrok.outward.serve.desk import Desk
from obrok.problems import Problem, ProblemsFound

#: the longest name of a file that is taken along
LONGEST = 120


def act(desk: Desk, asked: Mapping[str, Any]) -> dict:
    """Does one thing. What was done in words, what would now be undone, and the id of what came of it. Raises
    ProblemsFound, with nothing changed."""
    what = asked.get("do")
    if what in ("undo", "redo"):
        told = desk.history.undo() if what == "undo" else desk.history.redo()
        desk.newest()
        return {"told": f"{'Undone' if what == 'undo' else 'Done again'}: {told}.", "history": desk.history.told()}
    deed = DEEDS.get(what) if isinstance(what, str) else None
    if deed is None:
        raise _refused("nothing of that kind is done here", f"it is one of: undo, redo, {', '.join(DEEDS)}.")
    try:
        told, id = deed(desk, asked)
    except ProblemsFound as found:
        raise _in_plain_words(found) from found
    if (case := desk.history.case) is not None:
        desk.take(case)
    return {"told": f"{told}.", "id": id, "history": desk.history.told()}


def _refused(what: str, mend: str) -> ProblemsFound:
    return ProblemsFound([Problem("", 0, what, mend)])


def _in_plain_words(found: ProblemsFound) -> ProblemsFound:
    """Without places in a file that was not written after all; of what would be written there the first key stays."""

    def first(mended: str | None) -> str | None:
        return mended.strip().split("\n")[0].removeprefix("- ") if mended else None

    return ProblemsFound(Problem("", 0, p.what, p.mend, first(p.mended)) for p in found.problems if not p.warning)


def _text(asked: Mapping[str, Any], key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or not value or len(value) > 200:
        raise _refused(f"`{key}` is missing", "load the page anew.")
    return value


def _names(asked: Mapping[str, Any], key: str) -> list[str]:
    value = asked.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise _refused(f"`{key}` is missing", "choose at least one.")
    return value


def _given(asked: Mapping[str, Any]) -> dict[str, Any]:
    value = asked.get("set", {})
    if not isinstance(value, dict):
        raise _refused("`set` is no group of values", "load the page anew.")
    return value


def _words(case: Case, document: str) -> str | None:
    d = case.evidence.documents.get(document)
    return find_text(d.sha256_file, d.sha256_text, case.folder) if d and d.sha256_file else None


def _accept(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    case, ids, given = desk.newest(), _names(asked, "ids"), _given(asked)
    if given and len(ids) > 1:
        raise _refused("several candidates cannot be edited at once", "accept them one by one.")
    if given:
        item = next(
            (n for n in entries.items(case.folder, candidates.FILE, "candidates") if n["id"].text == ids[0]), None
        )
        claims.refuse_quotation(given.get("paraphrase"), _words(case, item["document"].text) if item else None)
    with desk.history.step(f"accepted {_listed(ids)}") as folder:
        claims.accept(folder, case, ids, {ids[0]: given} if given else None)
    return f"Accepted {_listed(ids)}", ids[0]


def _drop(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    ids = _names(asked, "ids")
    with desk.history.step(f"dropped {_listed(ids)}") as folder:
        candidates.drop(folder, ids)
    return f"Dropped {_listed(ids)}", None


def _make(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    case, id, given = desk.newest(), _text(asked, "document"), _given(asked)
    words, span = _words(case, id), asked.get("at")
    if words is None:
        raise _refused("the text of this document is not on this machine", "take it in first.")
    if not isinstance(span, list) or len(span) != 2 or any(not isinstance(x, int) or isinstance(x, bool) for x in span):
        raise _refused("no words are chosen", "select those that say it, in the text.")
    claims.refuse_quotation(given.get("paraphrase"), words)
    with desk.history.step("a claim made") as folder:
        name = claims.make(folder, case, id, words, (span[0], span[1]), given)
    return f"Made the claim {name}", name


def _edit(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    case, id, given = desk.newest(), _text(asked, "id"), _given(asked)
    claim = case.evidence.claims.get(id)
    claims.refuse_quotation(given.get("paraphrase"), _words(case, claim.document) if claim else None)
    with desk.history.step(f"edited {id}") as folder:
        claims.edit(folder, case, id, given)
    return f"Edited {id}", id


def _remove(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    ids = _names(asked, "ids")
    with desk.history.step(f"took out {_listed(ids)}") as folder:
        claims.remove(folder, desk.newest(), ids)
    return f"Took out {_listed(ids)}", None


def _source(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    id = _text(asked, "id") if asked.get("id") else None
    with desk.history.step(f"judged the source {id}" if id else "a source added") as folder:
        name = particulars.source(folder, id, _given(asked))
    return f"{'Judged' if id else 'Added'} the source {name}", name


def _document(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    id = _text(asked, "id")
    with desk.history.step(f"edited what is told of {id}") as folder:
        particulars.document(folder, id, _given(asked))
    return f"Edited what is told of {id}", id


def _combine(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    case, name, ids = desk.newest(), _text(asked, "parameter"), _names(asked, "ids")
    if name not in case.priors:
        raise _refused(f"the case has no parameter `{name}`", "load the page anew.")
    way = asked.get("combine")
    with desk.history.step(f"combined {_listed(ids)}") as folder:
        rests.combine(folder, name, ids, way if isinstance(way, str) else None)
    return f"Combined {_listed(ids)}", None


def _days(desk: Desk, asked: Mapping[str, Any]) -> tuple[str, str | None]:
    first, last = _days_of(asked)
    title = asked.get("title")
    with desk.history.step("the days and the title of the case") as folder:
        particulars.days(folder, title if isinstance(title, str) else None, first, last)
    return "Changed what the case is about", None


def _days_of(asked: Mapping[str, Any]) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(str(asked.get(k))) for k in ("first", "last"))
        first - timedelta(365)
    except (ValueError, OverflowError) as error:
        raise _refused("the days are no dates", "write them as 2015-06-01.") from error
    return first, last


#: what a page may ask for
DEEDS: dict[str, Callable[[Desk, Mapping[str, Any]], tuple[str, str | None]]] = {
    "accept": _accept, "drop": _drop, "make": _make, "edit": _edit, "remove": _remove, "source": _source,
    "document": _document, "combine": _combine, "days": _days,
}  # fmt: skip


def _listed(ids: list[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


# --- documents, cases -------------------------------------------------------------------------------------------------
def take(desk: Desk, file: Path, about: About) -> dict:
    """Takes a file in; candidate claims of new documents beside it. Raises ProblemsFound where nothing could be taken."""
    case, folder = desk.case, desk.case.folder
    with nullcontext() if case.shipped else desk.history.watching(f"took in {file.name}"):
        done = take_in(folder, [file], about)
        documents = [(t, done.documents[t.document]) for t in done.taken if t.new]
        found = [p for t, d in documents for p in candidates.proposals(d.id, t.read.text, d.published, d.language)]
        ids = candidates.add(folder, found)
    desk.newest()
    if done.problems and not done.taken:
        raise _in_plain_words(ProblemsFound(done.problems))
    return {
        "documents": [
            {"id": t.document, "new": t.new, "kind": t.read.kind, "notes": list(t.read.notes), "characters": len(t.read.text)}
            for t in done.taken
        ],
        "candidates": len(ids), "history": desk.history.told(),
        "problems": [f"{p.what}: {p.mend}" for p in done.problems],
    }  # fmt: skip


def incoming(case: Case) -> tempfile.TemporaryDirectory:
    """Where a file lies until it is in the archive, for its owner alone: beside the case, where that can be."""
    beside = not case.shipped and os.access(case.folder, os.W_OK)
    return tempfile.TemporaryDirectory(prefix=".incoming-", dir=case.folder if beside else None)


def file_name(given: str) -> str:
    """The name of a file as it comes along: the last part, without what no one sees."""
    name = re.split(r"[/\\]", given)[-1]
    name = "".join(c for c in name if c.isprintable()).strip(". ")[-LONGEST:]
    return name or "document"


def begin(desk: Desk, asked: Mapping[str, Any]) -> dict:
    """A case of one's own: a copy of the one that is open (`copy`), or a new one about some days. The desk turns to it."""
    name = asked.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", name):
        raise _refused("a case needs a short name", "letters, digits and hyphens, for example: my-case.")
    copied = asked.get("copy") is True
    days = None if copied else _days_of(asked)
    title = asked.get("title")
    try:
        folder = new_case(name, desk.case.folder if copied else "blank")
        try:
            if days:
                particulars.days(folder, title if isinstance(title, str) else None, *days)
            case = load(folder)
        except BaseException:  # nothing half-made is left
            shutil.rmtree(folder)
            raise
    except ProblemsFound as found:
        raise _in_plain_words(found) from found
    desk.turn_to(case, Path("out") / case.id)
    return {"id": case.id}
