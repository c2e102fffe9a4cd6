"""Words in the texts of the documents: an index that is made ready in the background, and asked again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from itertools import pairwise

from obrok.case.case import Case
from obrok.evidence.archive import find_text
from obrok.evidence.sealed import Locked
from obrok.evidence.search import Query, in_place
from obrok.outward.finding import Finder
from obrok.outward.serve.highlights import shown
from obrok.problems import ProblemsFound

#: documents that are told at once, places in one
PAGE, MOST_PLACES = 20, 100
#: characters that are looked for
MOST_WORDS = 300
LOCKED = (
    "Texts of this case are in a locked archive. Start the dashboard anew, and give the archive's passphrase on the "
    "terminal when it asks."
)


class Stopped(Exception):
    """The dashboard ends."""


class Searching:
    """Searches the texts of a case. Protected documents are not looked at: whether a word stands in one would tell of it."""

    def __init__(self, finder: Finder, ended: Callable[[], bool]):
        self.finder, self.ended = finder, ended
        self._lock = threading.Lock()
        self._at: tuple[int, int] | None = None  # how far the index is that is being made
        self._wrong: tuple[str, str] | None = None  # a state of which no index could be made, and why

    def ask(self, case: Case, words: str, page: int) -> dict:
        """`hits` on a page (from 0), and their `total`; or `building`: how many of how many documents and claims are in
        the index so far; or `wrong`: why there is none.

        A hit: `id` of the document, `start` and `end` (exclusive) of the first place in code points of its text, in how
        many places words were `found`, `pieces` of what stands there."""
        if not Query.read(words).terms:
            return {"hits": [], "total": 0, "size": PAGE}
        with self._lock:
            if self._at is not None:
                return {"building": self._at}
            state = self.finder.state
            if self._wrong and self._wrong[0] == state:
                return {"wrong": self._wrong[1]}
            if not self.finder.is_ready(state):
                self._at, self._wrong = (0, 0), None
                threading.Thread(target=self._build, args=(state,), name="index", daemon=True).start()
                return {"building": self._at}
        hidden = [d.id for d in case.evidence.documents.values() if d.protected]
        try:
            hits, total = self.finder.find(words, PAGE, PAGE * page, hidden)
        except Locked:
            return {"wrong": LOCKED}
        told = [
            {"id": h.id, "start": h.start, "end": h.end, "found": h.found, "pieces": pieces(h.shown, h.at)}
            for h in hits
        ]
        return {"hits": told, "total": total, "size": PAGE}

    def _build(self, state: str) -> None:
        def tell(done: int, of: int) -> None:
            self._at = (done, of)
            if self.ended():
                raise Stopped

        wrong = "The index of the texts could not be made: the terminal says more."
        try:
            self.finder.make_ready(state, tell)
            wrong = ""
        except Stopped:
            wrong = ""
        except Locked:
            wrong = LOCKED
        except ProblemsFound as found:
            wrong = "\n".join(map(str, found.problems))
        except OSError as error:
            wrong = f"The index of the texts cannot be written: {(error.strerror or 'unknown').lower()}."
        finally:
            with self._lock:
                self._at, self._wrong = None, (state, wrong) if wrong else None


def places(case: Case, id: str, words: str) -> dict | None:
    """Where words stand in the text of a document: `places` with code points `start` and `end` (exclusive), the first
    hundred, each with `pieces` of what stands there; `total`. None: there is no such document, or
    its text is not shown."""
    d = case.evidence.documents.get(id)
    if d is None or d.protected or d.sha256_file is None:
        return None
    text = find_text(d.sha256_file, d.sha256_text, case.folder)
    if text is None:
        return None
    found = Query.read(words).places(text)
    told = []
    for start, end in found[:MOST_PLACES]:
        told.append({"start": start, "end": end, "pieces": pieces(*in_place(text, found, start))})
    return {"places": told, "total": len(found)}


def pieces(text: str, at: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text cut where words were found, harmless: each piece, and whether it was."""
    marked = [False] * len(text)
    for start, end in at:
        marked[start:end] = [True] * (end - start)
    cuts = [0, *(i for i in range(1, len(text)) if marked[i] != marked[i - 1]), len(text)]
    return [(shown(text[a:b]), marked[a]) for a, b in pairwise(cuts) if a < b]
