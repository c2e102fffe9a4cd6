"""What a person does with evidence, as edits of a case's files: claims made, accepted, edited, dropped; the parameters that
rest on them; sources judged; origins told; the days a case is about. Each function edits the files of a folder, which
`history.History.step` checks and puts there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from obrok.case.case import Case
from obrok.case.combined import COMBINE
from obrok.evidence.anchors import Anchor
from obrok.evidence.claims import KINDS_OF_SOURCE
from obrok.evidence.quotations import quotations, runs, tokens
from obrok.outward import candidates, entries
from obrok.problems import Node, ProblemsFound, Reader, quoted

#: keys of a claim in the order in which they are written
ORDER = (
    "id", "document", "anchor", "source", "about", "paraphrase", "informs", "quantity", "where", "readings", "of",
    "compared_with", "value", "unit", "hedge", "reading", "confirms", "unused",
)  # fmt: skip
#: … of a parameter
OF_PARAMETER = ("claim", "claims", "combine", "at_most", "part_of", "fallback", "assumption")
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
#: plain in YAML, and no number, truth or nothing
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*( [A-Za-z0-9_/-]+)*")
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
Given = Mapping[str, Any]


# --- values as YAML ---------------------------------------------------------------------------------------------------
def text(value: str) -> str:
    """A text as YAML, in one line."""
    line = " ".join(value.split())
    plain = _PLAIN.fullmatch(line) and line.lower() not in _NOT_TEXT and len(line) <= 60
    return line if plain else quoted(line)


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0") if abs(value) < 1e15 else f"{value:.10g}"


def _of_text(value: Any) -> str | None:
    return text(value) if isinstance(value, str) and value.strip() else None


def _of_value(value: Any) -> str | None:
    """A number, or two of them."""
    if value is None:
        return None
    both = value if isinstance(value, list) else [value]
    if len(both) not in (1, 2) or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in both):
        raise ValueError("a number, or a lower and an upper one")
    return _number(both[0]) if len(both) == 1 or both[0] == both[1] else f"[{_number(both[0])}, {_number(both[1])}]"


def _of_names(value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError("a list of names")
    return f"[{', '.join(text(v) for v in value)}]" if value else None


def _of_span(value: Any) -> str | None:
    return _group(value, ("from", "to", "on", "days", "before", "place"))


def _of_where(value: Any) -> str | None:
    return _group(value, ("route", "sector"))


def _group(value: Any, known: Sequence[str]) -> str | None:
    """A group of keys in brackets; those without a value are left out."""
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - set(known):
        raise ValueError(f"a group of {', '.join(known)}")
    parts = []
    for key in known:
        given = value.get(key)
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            parts.append(f"{key}: {_number(given)}")
        elif isinstance(given, str) and given.strip():
            is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", given.strip())
            parts.append(f"{key}: {given.strip() if is_day else text(given)}")
    return f"{{{', '.join(parts)}}}" if parts else None


#: keys of a claim that are edited here → how their value is written
OF_CLAIM: dict[str, Callable[[Any], str | None]] = {
    **dict.fromkeys(("id", "source", "paraphrase", "informs", "quantity", "unit", "hedge", "of", "unused"), _of_text),
    "value": _of_value, "confirms": _of_names, "about": _of_span, "compared_with": _of_span, "where": _of_where,
}  # fmt: skip


def written(given: Given, known: Mapping[str, Callable[[Any], str | None]]) -> dict[str, str | None]:
    """Values as YAML; None: the key is taken out. Raises ProblemsFound."""
    reader, out = Reader(), {}
    for key, value in given.items():
        if key not in known:
            reader.say("claim", 0, f"`{key[:60]}` is not edited here", f"it is one of: {', '.join(known)}.")
            continue
        try:
            out[key] = known[key](value)
        except ValueError as error:
            reader.say("claim", 0, f"`{key}` is something else", f"it is {error}.")
    reader.raise_if_any()
    return out


# --- claims -----------------------------------------------------------------------------------------------------------
def accept(folder: Path, case: Case, ids: list[str], given: Mapping[str, Given] | None = None) -> None:
    """Candidates become claims; `given`: what is written otherwise, by id."""
    candidates.move(folder, ids)
    for id, changes in (given or {}).items():
        edit(folder, case, id, changes)


def edit(folder: Path, case: Case, id: str, given: Given, file: str = "claims.yaml", key: str = "claims") -> None:
    """Keys of a claim (of a candidate, where the file is theirs) get new values; parameters then rest on it, or no longer."""
    item = _item(folder, file, key, id)
    says = written(given, {k: v for k, v in OF_CLAIM.items() if k != "id"})
    waits = "unused" in item and item["unused"].text.startswith(candidates.WAITING)
    if waits and given.get("informs", "context") != "context":
        says.setdefault("unused", None)
    entries.set_keys(folder / file, item, says, ORDER)
    if key == "claims":
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
    taken = {n["id"].text for key in ("claims", "candidates") for n in _items(folder, key) if "id" in n}
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
    gone = [_item(folder, "claims.yaml", "claims", id) for id in ids]
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


def _items(folder: Path, key: str) -> list[Node]:
    return entries.items(folder, "candidates.yaml" if key == "candidates" else "claims.yaml", key)


def _item(folder: Path, file: str, key: str, id: str) -> Node:
    """The entry of that id. Raises ProblemsFound."""
    found = next((n for n in entries.items(folder, file, key) if "id" in n and n["id"].text == id), None)
    if found is None:
        reader = Reader()
        reader.say(f"{folder.name}/{file}", 0, f"there is no `{id[:60]}` among the {key}", "load the page anew.")
        raise ProblemsFound(reader.problems)
    return found


# --- parameters that rest on claims -----------------------------------------------------------------------------------
def tie(folder: Path, case: Case, id: str) -> None:
    """Lets the parameter that an input claim speaks of rest on it, and every other one no longer."""
    claim = next((n for n in _items(folder, "claims") if "id" in n and n["id"].text == id), None)
    says = {k: claim[k].text for k in ("informs", "quantity") if k in claim} if claim else {}
    wanted = says.get("quantity") if says.get("informs") == "input" else None
    root = _root(folder)
    for name in case.priors:
        entry = _entry(root, name)
        named = _named(entry)
        if (id in named) is not (name == wanted):
            _rest_on(folder, entry, [*named, id] if name == wanted else [n for n in named if n != id])
            root = _root(folder)


def combine(folder: Path, name: str, ids: Sequence[str], way: str | None) -> None:
    """Lets a parameter rest on these claims, combined so."""
    if way is not None and way not in COMBINE:
        reader = Reader()
        reader.say("case.yaml", 0, f"`{way[:60]}` is no way to combine claims", f"it is one of: {', '.join(COMBINE)}.")
        reader.raise_if_any()
    _rest_on(folder, _entry(_root(folder), name), list(ids), way)


def _named(entry: Node) -> list[str]:
    """The claims that an entry names."""
    if "claims" in entry:
        return [n.text for n in entry["claims"]]
    return [entry["claim"].text] if "claim" in entry else []


def _rest_on(folder: Path, entry: Node, ids: list[str], way: str | None = None) -> None:
    given: dict[str, str | None] = {"claim": None, "claims": None, "combine": None}
    renamed = {}
    if len(ids) == 1 and way != "bounds":
        given["claim"] = ids[0]
    elif ids:
        given |= {
            "claims": f"[{', '.join(ids)}]",
            "combine": way or (entry["combine"].text if "combine" in entry else "mixture"),
        }
    if ids and "assumption" in entry:
        renamed = {"assumption": "fallback"}
    elif not ids and "fallback" in entry:
        renamed = {"fallback": "assumption"}
    entries.set_keys(folder / "case.yaml", entry, given, OF_PARAMETER, renamed)


def _root(folder: Path) -> Node:
    reader = Reader()
    root = reader.open(folder / "case.yaml", f"{folder.name}/case.yaml")
    reader.raise_if_any()
    assert root is not None
    return root


def _entry(root: Node, name: str) -> Node:
    """Where case.yaml says what holds for a parameter: under `parameters`, or in the event, place or site it belongs to."""
    owner, dot, what = name.rpartition(".")
    if not dot:
        return root["parameters"][name]
    for key in ("events", "places", "sites"):
        for item in root.get(key) or ():
            if item["id"].text == owner:
                inside = item["changes"] if key == "events" and what in item["changes"] else item
                if what in inside:
                    return inside[what]
    raise AssertionError(name)


# --- sources, documents, the case -------------------------------------------------------------------------------------
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
        "credence": f"{{value: {_number(credence or 0.0)}, why: {quoted(' '.join(str(why).split()))}}}",
        "independence": None if independence is None else _number(independence),
    }  # fmt: skip
    path = folder / "claims.yaml"
    if id is not None:
        entries.set_keys(path, _item(folder, "claims.yaml", "sources", id), says, OF_SOURCE)
        return id
    known = {n["id"].text for n in entries.items(folder, "claims.yaml", "sources") if "id" in n}
    id = next(f"S{n}" for n in range(1, len(known) + 2) if f"S{n}" not in known)
    line = ", ".join(f"{k}: {v}" for k in OF_SOURCE if (v := (says | {"id": id}).get(k)) is not None)
    entries.add(path, "sources", [f"{{{line}}}"])
    return id


def document(folder: Path, id: str, given: Given) -> None:
    """What is told of a document: title, publisher, origin …; `published`: a day or two, with `why` where it is inferred."""
    known: dict[str, Callable[[Any], str | None]] = {
        **dict.fromkeys(("title", "author", "publisher", "address", "language", "origin"), _of_text),
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
    entries.set_keys(folder / "documents.yaml", _item(folder, "documents.yaml", "documents", id), says, OF_DOCUMENT)


def days(folder: Path, title: str | None, first: date, last: date) -> None:
    """What a case is called, and the days that its answers are about; a year before them is lived, too, and events that would
    lie outside stand on the first of them."""
    reader = Reader()
    if not 0 <= (last - first).days <= 3650:
        reader.say(
            "case.yaml", 0, f"from {first} to {last} is no stretch of days", "give the first day, then the last."
        )
        reader.raise_if_any()
    root = _root(folder)
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
