"""Working on evidence: what there is to be judged, as its files have it, and what an editor can offer."""

from __future__ import annotations

import os
from typing import Any

from obrok.answers.asked import place_name
from obrok.case.combined import COMBINE
from obrok.case.parameters import COUNTED
from obrok.evidence.claims import KINDS_OF_SOURCE
from obrok.evidence.read_claims import read_anchor
from obrok.outward import rows
from obrok.outward.columns import outcome
from obrok.outward.editing import candidates, entries, particulars
from obrok.outward.serve.desk import Desk
from obrok.problems import Node, Reader
from obrok.quantities import UNITS

#: keys of an entry that a page edits, as the file has them
SHOWN = ("source", "paraphrase", "informs", "quantity", "unit", "hedge", "of", "unused")
#: keys that are edited in the file alone
IN_FILE = ("reading", "readings")


# --- what there is ----------------------------------------------------------------------------------------------------
def view(desk: Desk) -> dict:
    """What an editor offers: quantities by role, units, sources, places; whether the case can be written, and what would be
    undone."""
    case = desk.case
    inputs = [
        {
            "name": n, "meaning": rows.meaning(case, n), "unit": p.parameter.unit, "units": list(UNITS[p.parameter.unit]),
            "claims": [c.id for c in p.claims],
        }
        for n, p in case.priors.items()
    ]  # fmt: skip
    outcomes = [{"name": n, "meaning": outcome(n), "unit": u, "units": list(UNITS[u])} for n, u in COUNTED.items()]
    return {
        "can": not case.shipped and os.access(case.folder, os.W_OK),
        "shipped": case.shipped,
        "history": desk.history.told(),
        "quantities": {"input": inputs, "outcome": outcomes},
        "roles": {k.replace(" ", "_"): v for k, v in rows.ROLES.items()},
        "kinds": list(KINDS_OF_SOURCE),
        "near": list(particulars.NEAR),
        "combine": COMBINE,
        "places": [{"id": p, "name": place_name(case, p)} for p in case.places],
        "sources": [
            {"id": s.id, "kind": s.kind, "near": s.near, "credence": s.credence, "why": s.why, "independence": s.independence}
            for s in case.evidence.sources.values()
        ],
        "found": [c.id for c in case.evidence.claims.values() if c.informs == "outcome" and c.quantity == "found"],
        "days": [case.date(d).isoformat() for d in case.window],
        "waiting": {d: len(some) for d, some in candidates.by_document(case.folder).items()},
    }  # fmt: skip


def on_document(desk: Desk, id: str) -> dict | None:
    """The candidates and the claims on a document, as their files have them; None: there is no such document."""
    case = desk.case
    if id not in case.evidence.documents:
        return None
    sources = {
        n["id"].text: n["kind"].text for n in entries.items(case.folder, candidates.FILE, "sources") if "kind" in n
    }
    found = [_as_written(n) for n in candidates.by_document(case.folder).get(id, ())]
    claims = [_as_written(c.node) for c in case.evidence.claims.values() if c.document == id]
    order = lambda row: (row["at"] is None, row["at"] or (0, 0), row["id"])  # noqa: E731
    return {"candidates": sorted(found, key=order), "claims": sorted(claims, key=order), "kinds": sources}


def _as_written(node: Node) -> dict:
    """An entry as a page edits it: texts, `value` (one or two numbers), `about`, `where` and `compared_with` as groups; `at`:
    from and to; `in_file`: keys that only the file shows whole."""
    anchor = read_anchor(Reader(), node.get("anchor"))
    told: dict[str, Any] = {"id": node["id"].text, "at": (anchor.start, anchor.end) if anchor else None}
    told |= {k: node[k].text if k in node and node[k].value is not None else None for k in SHOWN}
    told["value"] = entries.plain(node["value"]) if "value" in node else None
    for key in ("about", "where", "compared_with"):
        group = node.get(key)
        told[key] = entries.plain(group) if group else None
    told["confirms"] = [n.text for n in node.get("confirms") or ()]
    where = told["where"] or {}
    nested = ["where"] if any(isinstance(n, dict) for n in where.values()) else []
    return told | {"in_file": [*(k for k in IN_FILE if k in node), *nested]}


def disagreements(desk: Desk) -> list[dict]:
    """Pairs of claims that disagree, side by side, and what can be done about each; `settled`: one moves no figure."""
    case, out = desk.case, []
    for row in desk.shelf().disagreements():
        both = [case.evidence.claims[side["id"]] for side in row["sides"] if side["id"] in case.evidence.claims]
        if len(both) < 2:  # the case is being read anew
            continue
        rests = all(c.informs == "input" and c.quantity in case.priors for c in both)
        name = both[0].quantity if rests else None
        prior = case.priors[name] if name else None
        named = [c.id for c in prior.claims] if prior else []
        out.append(
            row | {"parameter": name, "named": named, "combine": prior.combine if prior and len(named) > 1 else None,
                   "informs": [c.informs for c in both], "settled": any(c.informs == "context" for c in both)}
        )  # fmt: skip
    return out
