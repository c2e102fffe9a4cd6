"""Which documents of the case tell the same: found beside the requests, and told when it is known."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from obrok.case.case import Case
from obrok.evidence.copies import Relation, relations, texts_of
from obrok.outward.serve.desk import Desk

#: pairs that are told; the surest first
MOST = 200


@dataclass
class Search:
    """The relations between the documents of one state of a case; `found`: None until they are known."""

    state: tuple
    found: list[Relation] | None = None
    wrong: bool = False


_SEARCHES: WeakKeyDictionary[Desk, Search] = WeakKeyDictionary()
_TURN = threading.Lock()


def view(desk: Desk) -> dict:
    """`ready`: whether all documents have been held against each other; `pairs`: what they have in common, in words,
    whether that surely makes them one origin, and whether they are told to be."""
    case = desk.case
    state = tuple((d.id, d.sha256_text, d.published) for d in case.evidence.documents.values())
    with _TURN:
        search = _SEARCHES.get(desk)
        if search is None or search.state != state:
            search = _SEARCHES[desk] = Search(state)
            threading.Thread(target=_find, args=(search, case), daemon=True).start()
    found = search.found
    if found is None:
        return {"ready": search.wrong, "wrong": search.wrong, "pairs": []}
    documents = case.evidence.documents
    rows = [
        {
            "first": r.first, "second": r.second, "kind": r.kind, "sure": r.is_sure, "says": r.sentence(),
            "origins": [documents[r.first].origin, documents[r.second].origin],
        }
        for r in sorted(found, key=lambda r: (not r.is_sure, -r.score))
        if {r.first, r.second} <= documents.keys()
    ]  # fmt: skip
    return {"ready": True, "wrong": False, "pairs": rows[:MOST]}


def _find(search: Search, case: Case) -> None:
    try:
        search.found = relations(texts_of(case.evidence.documents.values(), case.folder))
    except Exception:
        search.wrong = True
        raise
