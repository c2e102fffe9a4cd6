"""Claims made, accepted, edited, taken out: edits of the files of a folder, which `history.History.step` checks and puts
there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from obrok.case.case import Case
from obrok.evidence.anchors import Anchor
from obrok.evidence.quotations import quotations, runs, tokens
from obrok.outward.editing import candidates, entries
from obrok.outward.editing.rests import tie
from obrok.outward.editing.values import Given, of_names, of_span, of_text, of_value, of_where, written
from obrok.problems import Reader

#: keys of a claim in the order in which they are written
ORDER = (
    "id", "document", "anchor", "source", "about", "paraphrase", "informs", "quantity", "where", "readings", "of",
    "compared_with", "value", "unit", "hedge", "reading", "confirms", "unused",
)  # fmt: skip
#: where an id of a claim may stand already
IDS = (("claims.yaml", "claims"), (candidates.FILE, "candidates"))
#: keys of a claim that are edited here → how their value is written
OF_CLAIM: dict[str, Callable[[Any], str | None]] = {
    **dict.fromkeys(("id", "source", "paraphrase", "informs", "quantity", "unit", "hedge", "of", "unused"), of_text),
    "value": of_value, "confirms": of_names, "about": of_span, "compared_with": of_span, "where": of_where,
}  # fmt: skip


def accept(folder: Path, case: Case, ids: list[str], given: Mapping[str, Given] | None = None) -> None:
    """Candidates become claims; `given`: what is written otherwise, by id."""
    candidates.move(folder, ids)
    for id, changes in (given or {}).items():
        edit(folder, case, id, changes)


def edit(folder: Path, case: Case, id: str, given: Given) -> None:
    """Keys of a claim get new values; parameters then rest on it, or no longer."""
    node = entries.item(folder, "claims.yaml", "claims", id)
    says = written(given, {k: v for k, v in OF_CLAIM.items() if k != "id"})
    waits = "unused" in node and node["unused"].text.startswith(candidates.WAITING)
    if waits and given.get("informs", "context") != "context":
        says.setdefault("unused", None)
    entries.set_keys(folder / "claims.yaml", node, says, ORDER)
    tie(folder, case, id)


def make(folder: Path, case: Case, document: str, words: str, span: tuple[int, int], given: Given) -> str:
    """A new claim on a place in a document (`words`: its normalised text). Its id."""
    reader, (start, end) = Reader(), span
    if not 0 <= start < end <= len(words) or not words[start:end].strip():
        reader.say("claim", 0, "no words are chosen", "select those that say it, in the text.")
    if not given.get("source"):
        reader.say("claim", 0, "it is not told who says so", "choose a source, or add one.")
    reader.raise_if_any()
    while words[start] == " ":
        start += 1
    while words[end - 1] == " ":
        end -= 1
    taken = {n["id"].text for file, key in IDS for n in entries.items(folder, file, key) if "id" in n}
    name = _free(given.get("id") or given.get("quantity") or document, taken)
    says = written({k: v for k, v in given.items() if k != "id"}, OF_CLAIM)
    says |= {"id": name, "document": document, "anchor": Anchor.of(words, start, end).as_yaml()}
    says.setdefault("informs", "context")
    lines = [f"{k}: {v}" for k in ORDER if (v := says.get(k)) is not None]
    entries.append(folder / "claims.yaml", "claims", [lines], lambda r, n: "claims" in n)
    tie(folder, case, name)
    return name


def _free(wanted: Any, taken: set[str]) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", str(wanted)).strip("-")[:60] or "claim"
    return next(n for n in (name, *(f"{name}-{k}" for k in range(2, len(taken) + 3))) if n not in taken)


def remove(folder: Path, case: Case, ids: Sequence[str]) -> None:
    """Takes claims out; parameters that rested on them alone are assumptions again."""
    gone = [entries.item(folder, "claims.yaml", "claims", id) for id in ids]
    entries.remove(folder / "claims.yaml", "claims", gone)
    for id in ids:
        tie(folder, case, id)


def refuse_quotation(paraphrase: Any, words: str | None) -> None:
    """The words of a document stay in its archive: a paraphrase that has eight of them in a row is refused."""
    if isinstance(paraphrase, str) and words and quotations(" ".join(paraphrase.split()), runs(tokens(words))):
        reader = Reader()
        mend = "say it in your own words: the text itself stays in the archive, and the claim points to it."
        reader.say("claim", 0, "the paraphrase has eight or more words in a row of the text", mend)
        reader.raise_if_any()
