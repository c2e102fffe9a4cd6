"""What is told of sources, documents and the case itself: judged, corrected, dated."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from obrok.evidence.claims import KINDS_OF_SOURCE
from obrok.outward.editing import entries
from obrok.outward.editing.rests import root_of
from obrok.outward.editing.values import Given, number, of_text, text, written
from obrok.problems import Reader, quoted

#: keys in the order in which they are written
OF_SOURCE = ("id", "kind", "near", "credence", "independence")
OF_DOCUMENT = (
    "id",
    "title",
    "author",
    "publisher",
    "address",
    "language",
    "published",
    "complete",
    "origin",
    "protected",
)
NEAR = ("close", "medium", "far", "unknown")


def source(folder: Path, id: str | None, given: Given) -> str:
    """A source as it is judged; without an id a new one. Its code."""
    reader = Reader()
    kind, near, why = (given.get(k) for k in ("kind", "near", "why"))
    credence, independence = given.get("credence"), given.get("independence")
    if kind not in KINDS_OF_SOURCE:
        reader.say(
            "source", 0, "a source is of a kind, and has no name", f"it is one of: {', '.join(KINDS_OF_SOURCE)}."
        )
    if near not in NEAR:
        reader.say("source", 0, "how near the source is to what it tells", f"is one of: {', '.join(NEAR)}.")
    for value, what in ((credence, "credence"), (independence, "independence")):
        asked = what == "credence" or value is not None
        if asked and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1):
            reader.say("source", 0, f"the {what} is a chance", "give a number from 0 to 1, such as 0.8.")
    if not isinstance(why, str) or not why.strip():
        reader.say("source", 0, "a credence needs its reason", "say why, for example: unnamed, in the country.")
    reader.raise_if_any()
    says: dict[str, str | None] = {
        "kind": text(str(kind)), "near": text(str(near)),
        "credence": f"{{value: {number(credence or 0.0)}, why: {quoted(' '.join(str(why).split()))}}}",
        "independence": None if independence is None else number(independence),
    }  # fmt: skip
    path = folder / "claims.yaml"
    if id is not None:
        entries.set_keys(path, entries.item(folder, "claims.yaml", "sources", id), says, OF_SOURCE)
        return id
    known = {n["id"].text for n in entries.items(folder, "claims.yaml", "sources") if "id" in n}
    id = next(f"S{n}" for n in range(1, len(known) + 2) if f"S{n}" not in known)
    line = ", ".join(f"{k}: {v}" for k in OF_SOURCE if (v := (says | {"id": id}).get(k)) is not None)
    entries.add(path, "sources", [f"{{{line}}}"])
    return id


def document(folder: Path, id: str, given: Given) -> None:
    """What is told of a document: title, publisher, origin …; `published`: a day or two, with `why` where it is inferred."""
    known: dict[str, Callable[[Any], str | None]] = {
        **dict.fromkeys(("title", "author", "publisher", "address", "language", "origin"), of_text),
        "protected": lambda v: "true" if v is True else None,
        "complete": lambda v: "false" if v is False else None,
    }
    changes = {k: v for k, v in given.items() if k not in ("published", "why")}
    says = written(changes, known)
    if published := given.get("published"):
        why = str(given.get("why") or "").strip()
        inferred = f", basis: inferred, why: {quoted(why)}" if why else ", basis: stated"
        says["published"] = (
            f"{{edtf: {text(str(published)) if not re.fullmatch(r'[0-9/-]+', str(published)) else published}{inferred}}}"
        )
    entries.set_keys(
        folder / "documents.yaml", entries.item(folder, "documents.yaml", "documents", id), says, OF_DOCUMENT
    )


def days(folder: Path, title: str | None, first: date, last: date) -> None:
    """What a case is called, and the days that its answers are about; a year before them is lived, too, and events that would
    lie outside stand on the first of them."""
    reader = Reader()
    if not 0 <= (last - first).days <= 3650:
        reader.say(
            "case.yaml", 0, f"from {first} to {last} is no stretch of days", "give the first day, then the last."
        )
        reader.raise_if_any()
    root = root_of(folder)
    start = first - timedelta(365)
    was = root["window"]["from"].text if "from" in root["window"] else ""
    says = [
        (root["period"], f"{{start: {start}, end: {last}}}"),
        (root["window"], f"{{from: {first}, to: {last}}}"),
    ]
    if title and title.strip():
        says.append((root["title"], quoted(" ".join(title.split()))))
    for event in root.get("events") or ():
        when = event.get("date")
        if when is not None and (when.text == was or not str(start) <= when.text <= str(last)):
            says.append((when, str(first)))
    entries.change(folder / "case.yaml", says, lambda r, n: "window" in n)
