"""What is worked out of all the evidence once and asked for again and again, of one state of the case and its result."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from obrok.case.case import Case
from obrok.evidence.anchors import sha256
from obrok.evidence.archive import Whereabouts, archives
from obrok.evidence.sealed import is_shut
from obrok.outward import rows

if TYPE_CHECKING:
    from obrok.outward.serve.desk import Ready

#: answers that are kept: the lists, and details of claims
RECENT = 1_000
T = TypeVar("T")


class Once(Generic[T]):
    """Worked out by the first who asks, while others who ask for it wait; then kept. What goes wrong is tried anew."""

    def __init__(self, make: Callable[[], T]):
        self._make, self._lock = make, threading.Lock()
        self._made: list[T] = []

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


class Texts(NamedTuple):
    """Of each document whose text was kept: True: it is on this machine; False: in a locked archive; None: elsewhere.
    `stamp`: of the state that this is of."""

    stamp: str
    where: dict[str, bool | None]


class Shelf:
    """`stamp`: of the state of case and result that this is of. `rows`: of the claims, by id; `disagreements`; `against`:
    claims that each disagrees with; `leverage`: rows of each leading answer, by claim."""

    def __init__(self, case: Case, ready: Ready | None):
        self.case, self.ready = case, ready
        self.told: Mapping = ready.result.explained if ready else {}
        self.stamp = stamp_of(case, ready)
        self.rows = Once(self._rows)
        self.disagreements = Once(lambda: rows.disagreements(case))
        self.against = Once(self._against)
        self.leverage = Once(self._leverage)
        self.by_document = Once(lambda: _grouped((c.document, c.id) for c in case.evidence.claims.values()))
        self.by_origin = Once(lambda: _grouped((d.origin, d.id) for d in case.evidence.documents.values()))
        self._texts: Texts | None = None
        self._json: dict[Hashable, Once[bytes]] = {}
        self._lock, self._keeping = threading.Lock(), threading.Lock()

    def as_json(self, key: Hashable, make: Callable[[], object]) -> bytes:
        """What is told under a key, put into words of JSON once. The newest are kept."""
        with self._keeping:
            once = self._json.setdefault(key, Once(lambda: _as_json(make())))
            while len(self._json) > RECENT:
                del self._json[next(iter(self._json))]
        return once()

    def warm(self) -> None:
        """Works out ahead what every page of the evidence needs."""
        from obrok.outward.serve import evidence

        with suppress(OSError):  # told to whoever asks
            evidence.lists(self)
            evidence.rest(self)

    def texts(self) -> Texts:
        """Where the texts are; looked at anew once files of an archive come or go."""
        with self._lock:
            now = sha256(f"{self.stamp} {_folders(self.case.folder)}")[:16]
            if self._texts is None or self._texts.stamp != now:
                self._texts = Texts(now, _where_texts_are(self.case))
            return self._texts

    def _rows(self) -> dict[str, dict]:
        summary: Mapping = self.ready.result.summary if self.ready else {"leverage": []}
        return {row["id"]: row for row in rows.claims(self.case, summary)}

    def _against(self) -> dict[str, list[str]]:
        ids = [[side["id"] for side in pair["sides"]] for pair in self.disagreements()]
        return _grouped(pair for one, other in ids for pair in ((one, other), (other, one)))

    def _leverage(self) -> list[dict[str, Mapping]]:
        answers = self.told.get("answers", [])
        return [{r["id"]: r for r in reversed(a["leverage"]) if r["kind"] == "claim"} for a in answers]


def stamp_of(case: Case, ready: Ready | None) -> str:
    return f"{case.sha256[:16]}-{ready.result.record['answers_sha256'][:16] if ready else 'none'}"


def _where_texts_are(case: Case) -> dict[str, bool | None]:
    look = Whereabouts(case.folder)
    kept = {d.id: (d.sha256_file, d.sha256_text) for d in case.evidence.documents.values() if d.sha256_file}
    return {
        id: True if look.is_here(*digests) else False if look.shut_in(*digests) else None  # type: ignore[arg-type]
        for id, digests in kept.items()
    }


def _as_json(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return {key: list(values) for key, values in found.items()}


def _folders(case_folder: Path) -> str:
    """What tells whether files came or went where texts are looked for."""
    loose = [Path(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p]
    rooms = [f / room for f in archives(case_folder) for room in ("", "originals", "texts")]
    times = [room.stat().st_mtime_ns if room.is_dir() else None for room in (*rooms, *loose)]
    return str([*times, *(is_shut(f) for f in archives(case_folder))])
