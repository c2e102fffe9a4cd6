"""From an answer down to what it rests on: claims, assumptions, what its spread is due to, what to find out next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from obrok.answers.words import percent
from obrok.case.case import Case
from obrok.outward import explained, rows
from obrok.outward.serve.next import ask
from obrok.outward.study import Result


def key(a: Mapping) -> str:
    """An answer in an address: ID/POLICY, and /VERSUS of a difference."""
    return "/".join(x for x in (a["id"], a["policy"], a["versus"]) if x)


def trails(case: Case, summary: Mapping, told: Mapping) -> dict[str, dict]:
    """What is told of each answer that the account covers, by `key`; of the others as reported, what is left without each
    claim that they name."""
    answers = {key(a): a for a in summary["answers"]}
    named = {where: frozenset(a["claims"]) for where, a in answers.items()}
    out = {key(a): _trail(case, a, named[key(a)]) for a in told.get("answers", [])}
    for r in summary["leverage"]:
        where = f"{r['answer']}/{r['policy']}"
        if r["kind"] == "claim" and r["id"] in named[where] and "due" not in out.get(where, {}):
            out.setdefault(where, {"without": {}})["without"][r["id"]] = _without(answers[where], r, True)
    return out


def _trail(case: Case, a: Mapping, named: frozenset[str]) -> dict:
    """The account of an answer in words; `named`: the claims that move it beyond chance."""
    claims = sorted((r for r in a["leverage"] if r["kind"] == "claim"), key=lambda r: -r["moved"])
    others = sorted((r for r in a["leverage"] if r["kind"] != "claim" and r["sure"]), key=lambda r: -r["moved"])
    sure = [r for r in a["readings"] if r["sure"] and not r["needs_new_worlds"]]
    return {
        "due": a["due"],
        "topics": _shares(a["topics"], lambda name: name),
        "parameters": _shares(
            a["parameters"], lambda name: rows.meaning(case, name) if name in case.priors else "all other figures"
        ),
        "without": {r["id"]: _without(a, r, r["id"] in named) for r in claims},
        "groups": [
            {"kind": r["kind"], "id": r["id"], "text": _then(a, r)} for r in others if not r["needs_new_worlds"]
        ],
        "readings": [
            {"how": explained.reading(r).replace("`", ""), "text": _then(a, r)}
            for r in sorted(sure, key=lambda r: -r["moved"])
        ],
        "next": [_next(case, a, n) for n in a["next"] if n["share"] >= explained.SMALL],
    }


def _shares(effects: Sequence[Mapping], named: Callable[[str], str]) -> list[dict]:
    """Shares of the spread that are worth a line. Together they are no more than all of it: more than that is the noise
    of too few versions, and then nothing is told."""
    if sum(e["share"] for e in effects) > 1:
        return []
    told = [e for e in effects if e["share"] >= explained.SMALL]
    return [{"id": e["id"], "name": named(e["id"]), "share": e["share"], "told": percent(e["share"])} for e in told]


def _then(a: Mapping, r: Mapping) -> str:
    """What an answer would be: "the middle would be 33, the range 139 wide"."""
    return explained.then_text(a, r).replace("its middle", "the middle version").replace(", its range", ", the range")


def _without(a: Mapping, r: Mapping, named: bool) -> str:
    """What an answer would be without a claim, as a sentence."""
    if r["needs_new_worlds"]:
        short = "needs new versions: too few of these fit without it"
        return f"It moves this answer; by how much {short}." if named else f"What it would be without it {short}."
    return f"Without it, {_then(a, r)}." if r["sure"] else "Leaving it out moves nothing beyond chance."


def _next(case: Case, a: Mapping, n: Mapping) -> dict:
    """Something to find out: what, how much of the doubt it would remove, and how wide the range would then be."""
    return {
        "id": n["id"], "ask": ask(case, n["id"]), "share": n["share"], "told": percent(n["share"]),
        "then": explained.after(a, n).replace("its", "the", 1),
    }  # fmt: skip


# --- what a trail ends at --------------------------------------------------------------------------------------------
def claims(case: Case, summary: Mapping, told: Mapping) -> dict[str, dict]:
    """Every claim by id: a row of the report's table, the parameters that it sets, whether its document can be read here,
    and how far it is believed before and after weighing."""
    out = {}
    for row in rows.claims(case, summary):
        claim = case.evidence.claims[row["id"]]
        document = case.evidence.documents[claim.document]
        sets = [name for name, p in case.priors.items() if claim.id in {c.id for c in p.claims}]
        believed = told.get("believed", {}).get(claim.id)
        out[row["id"]] = row | {
            "confirms": list(row["confirms"]), "confirmed": [c.id for c in case.evidence.confirmers(claim)],
            "sets": [{"name": n, "meaning": rows.meaning(case, n)} for n in sets],
            "readable": claim.anchor is not None and document.id not in case.anchors.absent,
            "protected": document.protected,
            "trust": believed and {k: percent(believed[k]) for k in ("before", "after")},
        }  # fmt: skip
    return out


def assumptions(
    case: Case, result: Result, draws: Mapping[str, np.ndarray], weights: np.ndarray, prior: np.ndarray, weighed: bool
) -> dict[str, dict]:
    """Every parameter by name: a row of the report's table, and what weighing did to it."""
    told = {r["name"]: r for r in rows.narrowed(case, draws, weights, prior)[0]} if weighed else {}
    silent = set(result.explained.get("silent", ())) if weighed else set()
    fix = result.record["identity"]["fix"]
    return {
        row["name"]: {k: row[k] for k in ("meaning", "range", "fixed", "why", "combined", "fallback")}
        | {
            "claims": [{"id": id, "believed": believed} for id, believed in row["claims"]],
            "after": told[row["name"]]["after"] if row["name"] in told else None, "silent": row["name"] in silent,
        }
        for row in rows.assumptions(case, draws, prior, fix)
    }  # fmt: skip
