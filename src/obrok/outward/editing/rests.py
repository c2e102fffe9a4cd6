"""Parameters of case.yaml that rest on claims: named by them, combined, and assumptions again where the claims are gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from obrok.case.case import Case
from obrok.case.combined import COMBINE
from obrok.outward.editing import entries
from obrok.problems import Node, Reader

#: keys of a parameter in the order in which they are written
OF_PARAMETER = ("claim", "claims", "combine", "at_most", "part_of", "fallback", "assumption")


def tie(folder: Path, case: Case, id: str) -> None:
    """Lets the parameter that an input claim speaks of rest on it, and every other one no longer."""
    claim = next((n for n in entries.items(folder, "claims.yaml", "claims") if "id" in n and n["id"].text == id), None)
    says = {k: claim[k].text for k in ("informs", "quantity") if k in claim} if claim else {}
    wanted = says.get("quantity") if says.get("informs") == "input" else None
    root = root_of(folder)
    for name in case.priors:
        entry = _entry(root, name)
        named = _named(entry)
        if (id in named) is not (name == wanted):
            _rest_on(folder, entry, [*named, id] if name == wanted else [n for n in named if n != id])
            root = root_of(folder)


def combine(folder: Path, name: str, ids: Sequence[str], way: str | None) -> None:
    """Lets a parameter rest on these claims, combined so."""
    if way is not None and way not in COMBINE:
        reader = Reader()
        reader.say("case.yaml", 0, f"`{way[:60]}` is no way to combine claims", f"it is one of: {', '.join(COMBINE)}.")
        reader.raise_if_any()
    _rest_on(folder, _entry(root_of(folder), name), list(ids), way)


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


def root_of(folder: Path) -> Node:
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
