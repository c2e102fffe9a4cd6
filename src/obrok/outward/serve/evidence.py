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
from obrok.outward import explained, rows
from obrok.outward.editing import candidates
from obrok.outward.publish import WITHHELD
from obrok.outward.serve.hedge_pictures import in_words, picture
from obrok.outward.serve.highlights import runs
from obrok.outward.serve.next import asks, is_open
from obrok.outward.serve.shelf import Shelf
from obrok.problems import Reader

#: where the text of a document is
HERE, ELSEWHERE, LOCKED, NOT_KEPT, PROTECTED = "here", "elsewhere", "locked", "not kept", "protected"


#: of a claim's row, what its line in the list needs, and what is looked for in it
LINE = ("id", "text", "source", "said", "role", "informs", "when", "document", "where", "checked")


def lists(shelf: Shelf) -> bytes:
    """`view` as JSON, made once."""
    return shelf.as_json("lists", lambda: view(shelf))


def rest(shelf: Shelf) -> bytes:
    """`more` as JSON, made once while no file of an archive comes or goes."""
    return shelf.as_json(("more", shelf.texts().stamp), lambda: more(shelf))


def view(shelf: Shelf) -> dict:
    """The lists of what there is to read, light: `documents`, `sources`, `claims`, `roles`; of a result, the leading
    `answers` that claims move. Where the texts are and what disagrees is told by `more`, all about a claim by `claim`."""
    case, told, by_claim = shelf.case, shelf.told, shelf.rows()
    answers = told.get("answers", [])
    return {
        "stamp": shelf.stamp,
        "documents": [_line(d) for d in case.evidence.documents.values()],
        "sources": [_source(case, id) for id in case.evidence.sources],
        "claims": [
            {k: by_claim[c.id][k] for k in LINE} | {"quantity": c.quantity, "word": c.hedge}
            for c in case.evidence.claims.values()
        ],
        "roles": rows.ROLES,
        "ready": shelf.ready is not None,
        "answers": [{"id": a["id"], "asks": asks(case, a)} for a in answers],
        "clash": (told.get("clash") or {}).get("text"),
    }


def more(shelf: Shelf) -> dict:
    """What the lists are filled in with: `texts`: where each document's is; `disagreements`."""
    stamp, where = shelf.texts()
    return {
        "stamp": stamp,
        "texts": {d.id: _where(d, where.get(d.id)) for d in shelf.case.evidence.documents.values()},
        "disagreements": shelf.disagreements(),
    }


def claim(shelf: Shelf, id: str) -> dict | None:
    """A claim as the report tells it, with all that hangs on it; None: there is none."""
    case = shelf.case
    if id not in case.evidence.claims:
        return None
    c = case.evidence.claims[id]
    trust = shelf.told.get("believed", {}).get(id)
    return {
        **shelf.rows()[id],
        "origin": case.evidence.origin(c),
        "alike": [d for d in shelf.by_origin()[case.evidence.origin(c)] if d != c.document],
        "confirmed_by": [x.id for x in case.evidence.confirmers(c)],
        "confirms": list(c.confirms),
        "against": shelf.against().get(id, []),
        "parameter": _parameter(case, c),
        "answers": _informed(case, c),
        "word": c.hedge,
        "word_source": case.words.sources.get(c.hedge or ""),
        "picture": picture(case, c),
        "believed_after": None if trust is None else [percent(trust["before"]), percent(trust["after"])],
        **_leverage(shelf, id),
    }


def document(shelf: Shelf, id: str) -> dict | None:
    """A document with its text as paragraphs of runs, where it may be shown and is on this machine; None: there is none."""
    case = shelf.case
    d = case.evidence.documents.get(id)
    if d is None:
        return None
    claims = [case.evidence.claims[c] for c in shelf.by_document().get(id, [])]
    told = _document(shelf, d)
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
def _line(d: Document) -> dict:
    """What stands in a document's line of the list."""
    same = {"id": d.id, "language": d.language, "origin": d.origin, "protected": d.protected}
    if d.protected:
        return same | {
            "title": WITHHELD, "publisher": "withheld", "author": None, "published": "withheld", "basis": None, "why": None,
        }  # fmt: skip
    inferred = d.published_why is not None or _basis(d) == "inferred"
    return same | {
        "title": d.title, "publisher": d.publisher, "author": d.author, "published": _when(d),
        "basis": "inferred" if inferred else "stated", "why": d.published_why,
    }  # fmt: skip


def _document(shelf: Shelf, d: Document) -> dict:
    """Its line, with what is told where it is opened."""
    told = _line(d) | {
        "alike": [x for x in shelf.by_origin()[d.origin] if x != d.id],
        "claims": shelf.by_document().get(d.id, []),
    }
    if d.protected:
        return told | {
            "address": None, "text": PROTECTED, "no_text": None, "characters": None, "complete": True, "digest": None,
            "licence": None,
        }  # fmt: skip
    return told | {
        "address": d.address, "text": _where(d, _found(shelf.case, d)), "no_text": d.no_text, "characters": d.characters,
        "complete": d.complete, "digest": (d.sha256_text or "")[:16] or None, "licence": d.licence,
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


def _found(case: Case, d: Document) -> bool | None:
    """True: its text is on this machine; False: in a locked archive; None: neither."""
    if d.sha256_file is None:
        return None
    if is_here(d.sha256_file, d.sha256_text, case.folder):
        return True
    return False if shut_in(d.sha256_file, d.sha256_text, case.folder) else None


def _where(d: Document, found: bool | None) -> str:
    if d.protected:
        return PROTECTED
    if d.no_text or d.sha256_file is None:
        return NOT_KEPT
    return {True: HERE, False: LOCKED, None: ELSEWHERE}[found]


def _text(case: Case, d: Document) -> str | None:
    return find_text(d.sha256_file, d.sha256_text, case.folder) if d.sha256_file else None


# --- claims ----------------------------------------------------------------------------------------------------------
def _source(case: Case, id: str) -> dict:
    s = case.evidence.sources[id]
    return {
        "id": s.id, "kind": s.kind, "near": s.near, "credence": percent(s.credence), "why": s.why,
        "independence": percent(s.independence),
    }  # fmt: skip


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


def _leverage(shelf: Shelf, id: str) -> dict:
    """How the leading answers would come out without the claim. `moves`: those that surely move (by number in `answers`;
    middle, or where that is printed alike the width of the range, with and without it); `still`: how many move by no more
    than chance, or than figures show; `short`: for which too few versions are left."""
    moves, still, short = [], 0, []
    for k, (a, by_claim) in enumerate(zip(shelf.told.get("answers", []), shelf.leverage(), strict=True)):
        row = by_claim.get(id)
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
