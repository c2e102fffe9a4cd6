"""Documents and claims, to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from obrok.answers.account import leading
from obrok.answers.asked import day, days_text
from obrok.answers.words import difference, number, percent
from obrok.case.case import Case
from obrok.evidence.archive import find_text, is_here, shut_in
from obrok.evidence.claims import Claim
from obrok.evidence.documents import Document
from obrok.evidence.read_claims import read_anchor
from obrok.outward import candidates, explained, rows
from obrok.outward.publish import WITHHELD
from obrok.outward.serve.desk import Ready
from obrok.outward.serve.hedge_pictures import in_words, picture
from obrok.outward.serve.highlights import runs
from obrok.outward.serve.next import asks, is_open
from obrok.problems import Reader

#: where the text of a document is
HERE, ELSEWHERE, LOCKED, NOT_KEPT, PROTECTED = "here", "elsewhere", "locked", "not kept", "protected"


def view(case: Case, ready: Ready | None) -> dict:
    """What there is to read: `documents`, `sources`, `claims`, `disagreements`; of a result, the leading
    `answers` that claims move."""
    told: Mapping = ready.result.explained if ready else {}
    summary: Mapping = ready.result.summary if ready else {"leverage": []}
    pairs = rows.disagreements(case)
    answers = told.get("answers", [])
    return {
        "documents": [_document(case, d) for d in case.evidence.documents.values()],
        "sources": [_source(case, id) for id in case.evidence.sources],
        "claims": [_claim(case, row, told, pairs) for row in rows.claims(case, summary)],
        "roles": rows.ROLES,
        "disagreements": pairs,
        "ready": ready is not None,
        "answers": [{"id": a["id"], "asks": asks(case, a)} for a in answers],
        "clash": (told.get("clash") or {}).get("text"),
    }


def document(case: Case, id: str) -> dict | None:
    """A document with its text as paragraphs of runs, where it may be shown and is on this machine; None: there is none."""
    d = case.evidence.documents.get(id)
    if d is None:
        return None
    claims = [c for c in case.evidence.claims.values() if c.document == id]
    told = _document(case, d)
    text = _text(case, d) if told["text"] == HERE else None
    if told["text"] == HERE and text is None:  # it was there a moment ago, or cannot be read
        told["text"] = ELSEWHERE
    places = {c.id: (c.anchor.start, c.anchor.end) for c in claims if text and c.anchor and c.anchor.holds_in(text)}
    found = (
        (n["id"].text, read_anchor(Reader(), n.get("anchor"))) for n in candidates.by_document(case.folder).get(id, ())
    )
    judged = {name: (a.start, a.end) for name, a in found if text and a and a.holds_in(text) and name not in places}
    parts = runs(text, places | judged) if text else []
    order = sorted(places, key=lambda c: (places[c], c))
    first = {c: next((i for i, part in enumerate(parts) if any(c in on for _, on, _ in part)), None) for c in order}
    return told | {
        "paragraphs": parts,
        "places": [{"claim": c, "paragraph": first[c]} for c in order],
        "candidates": sorted(judged, key=lambda c: (judged[c], c)),
        "elsewhere": [c.id for c in claims if c.id not in places],
    }


# --- documents -------------------------------------------------------------------------------------------------------
def _document(case: Case, d: Document) -> dict:
    claims = [c.id for c in case.evidence.claims.values() if c.document == d.id]
    alike = [x.id for x in case.evidence.documents.values() if x.origin == d.origin and x.id != d.id]
    same = {"id": d.id, "language": d.language, "origin": d.origin, "alike": alike, "claims": claims}
    if d.protected:
        return same | {
            "protected": True, "title": WITHHELD, "publisher": "withheld", "author": None, "address": None,
            "published": "withheld", "basis": None, "why": None, "text": PROTECTED, "no_text": None, "characters": None,
            "complete": True, "digest": None, "licence": None,
        }  # fmt: skip
    inferred = d.published_why is not None or _basis(d) == "inferred"
    return same | {
        "protected": False, "title": d.title, "publisher": d.publisher, "author": d.author, "address": d.address,
        "published": _when(d), "basis": "inferred" if inferred else "stated", "why": d.published_why, "text": _where(case, d),
        "no_text": d.no_text, "characters": d.characters, "complete": d.complete, "digest": (d.sha256_text or "")[:16] or None,
        "licence": d.licence,
    }  # fmt: skip


def _basis(d: Document) -> str | None:
    node = d.node.get("published") if d.node else None
    basis = node.get("basis") if node else None
    return basis.text if basis else None


def _when(d: Document) -> str:
    first, last = d.published
    if first == last:
        return day(first)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month) and (last + timedelta(1)).day == 1:
        return f"{first:%B %Y}"
    return days_text(first, last).removeprefix("from ").removeprefix("in ")


def _where(case: Case, d: Document) -> str:
    if d.no_text or d.sha256_file is None:
        return NOT_KEPT
    if is_here(d.sha256_file, d.sha256_text, case.folder):
        return HERE
    return LOCKED if shut_in(d.sha256_file, d.sha256_text, case.folder) else ELSEWHERE


def _text(case: Case, d: Document) -> str | None:
    return find_text(d.sha256_file, d.sha256_text, case.folder) if d.sha256_file else None


# --- claims ----------------------------------------------------------------------------------------------------------
def _source(case: Case, id: str) -> dict:
    s = case.evidence.sources[id]
    return {
        "id": s.id, "kind": s.kind, "near": s.near, "credence": percent(s.credence), "why": s.why,
        "independence": percent(s.independence),
        "claims": [c.id for c in case.evidence.claims.values() if c.source == id],
    }  # fmt: skip


def _claim(case: Case, row: Mapping, told: Mapping, pairs: list[dict]) -> dict:
    """A claim as the report tells it, with all that hangs on it."""
    c = case.evidence.claims[row["id"]]
    trust = told.get("believed", {}).get(c.id)
    against = [side["id"] for pair in pairs for side in pair["sides"] if _is_in(c, pair) and side["id"] != c.id]
    return {
        **row,
        "origin": case.evidence.origin(c),
        "confirmed_by": [x.id for x in case.evidence.confirmers(c)],
        "confirms": list(c.confirms),
        "against": list(dict.fromkeys(against)),
        "parameter": _parameter(case, c),
        "answers": _informed(case, c),
        "word": c.hedge,
        "word_source": case.words.sources.get(c.hedge or ""),
        "picture": picture(case, c),
        "believed_after": None if trust is None else [percent(trust["before"]), percent(trust["after"])],
        **_leverage(c, told.get("answers", [])),
    }


def _is_in(c: Claim, pair: Mapping) -> bool:
    return any(side["id"] == c.id for side in pair["sides"])


def _parameter(case: Case, c: Claim) -> dict | None:
    """The parameter that an input claim sets, with what else it rests on."""
    prior = case.priors.get(c.quantity or "") if c.informs == "input" else None
    if prior is None:
        return None
    together = rows.COMBINED[prior.combine] if len(prior.cited) > 1 or prior.combine == "bounds" else None
    return {
        "name": prior.parameter.name, "meaning": rows.meaning(case, prior.parameter.name), "why": prior.why,
        "with": [x.id for x in prior.claims if x.id != c.id], "together": together,
        "otherwise": in_words(case, prior.fallback, prior.parameter.unit),
    }  # fmt: skip


def _informed(case: Case, c: Claim) -> list[dict]:
    """Answers about what an outcome claim counts; of questions that differ in their days alone, one."""
    if not c.is_counted:
        return []
    asked = [q for name in leading(case) if (q := case.question(name)) and q.quantity == c.quantity]
    own = [{"id": q.id, "asks": q.asks} for q in asked]
    general = c.quantity and c.quantity in explained.PEOPLE | explained.MONEY | explained.SHARES
    return [*([{"id": c.quantity, "asks": rows.outcome(c.quantity)}] if general and c.quantity else []), *own]


def _leverage(c: Claim, answers: list[Mapping]) -> dict:
    """How the leading answers would come out without the claim. `moves`: those that surely move (by number in `answers`;
    middle, or where that is printed alike the width of the range, with and without it); `still`: how many move by no more
    than chance, or than figures show; `short`: for which too few versions are left."""
    moves, still, short = [], 0, []
    for k, a in enumerate(answers):
        row = next((r for r in a["leverage"] if r["kind"] == "claim" and r["id"] == c.id), None)
        if row is None:
            continue
        if row["needs_new_worlds"]:
            short.append(k)
            continue
        middle = [_figure(a, a["p50"]), _figure(a, row["p50_without"])]
        width = [number(a["width"], a["unit"]), number(row["width_without"], a["unit"])]
        what, (now, without) = ("middle", middle) if middle[0] != middle[1] else ("range", width)
        if row["sure"] and now != without and (what == "middle" or is_open(a)):
            moves.append({"answer": k, "what": what, "with": now, "without": without})
        else:
            still += 1
    return {"moves": moves, "still": still, "short": short}


# --- answers ---------------------------------------------------------------------------------------------------------
def _figure(a: Mapping, value: float | None) -> str:
    return number(value, a["unit"]) if a["versus"] is None else difference(value, a["unit"])
