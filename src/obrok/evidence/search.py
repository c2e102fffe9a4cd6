"""Full-text search over an archive and the claims of a case: embedded, offline, in any script.

SQLite FTS5. Words of scripts with spaces are folded (small letters, no accents: `niño` is found by `nino`, `Чёрный` by
`черный`). Hangul, Han and kana are indexed as overlapping pairs of signs, so that a word of two syllables is found
inside a longer one (노동 in 노동자들), which neither words nor triples of signs would do.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAIRED = r"\uac00-\ud7a3\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_PAIRED}]+")
_TERM = re.compile(f"[{_PAIRED}]+|[^\\W{_PAIRED}]+")
#: characters shown on either side of what was found
BESIDE = 70
FORMAT = 1


@dataclass(frozen=True)
class Hit:
    """`kind`: document or claim; `id` in the case; `start`: code point of the first word found, in the document's text
    or the claim's paraphrase; `shown`: what stands there; `at`: where in `shown` words were found; `end`: after the first
    word found; `found`: in how many places words were."""

    kind: str
    id: str
    title: str
    start: int
    shown: str
    at: tuple[tuple[int, int], ...]
    end: int = 0
    found: int = 0


class _Folds(dict[int, str]):
    """A sign → small letters without accents; worked out once for each sign."""

    def __missing__(self, code: int) -> str:
        c = chr(code)
        if not _RUN.match(c):  # what looks like an accent on kana makes another sound
            c = "".join(x for x in unicodedata.normalize("NFKD", c).casefold() if not unicodedata.combining(x))
        self[code] = c
        return c


_FOLDS = _Folds()


def folded(text: str) -> tuple[str, list[int] | None]:
    """Small letters without accents; and for each character the place it had (None: its own)."""
    if text.isascii():
        return text.lower(), None
    plain = text.translate(_FOLDS)
    if all(len(_FOLDS[ord(c)]) == 1 for c in set(text)):
        return plain, None
    return plain, [i for i, c in enumerate(text) for _ in c.translate(_FOLDS)]


def _indexed(text: str) -> str:
    """A text as it is put into the index: runs of Hangul, Han and kana as pairs of signs."""
    plain, _ = folded(text)
    return _RUN.sub(lambda m: f" {' '.join(_pairs(m[0]))} ", plain)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


# --- the question ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Query:
    """`terms`: each a row of words that must stand in a row, folded; `left_out`: those that must not be there."""

    terms: tuple[tuple[str, ...], ...]
    left_out: tuple[tuple[str, ...], ...]

    @staticmethod
    def read(words: str) -> Query:
        """Words (all of them must be there), "words in a row", -left-out, begin* for words that begin so."""
        terms: list[tuple[str, ...]] = []
        left_out: list[tuple[str, ...]] = []
        for minus, row, single in re.findall(r'(?:(?<=\s)|^)(-?)(?:"([^"]*)"|(\S+))', words):
            found = tuple(_words(row or single))
            if found:
                (left_out if minus else terms).append(found)
        return Query(tuple(terms), tuple(left_out))

    def as_fts(self) -> str:
        def one(words: tuple[str, ...]) -> str:
            parts = [p for w in words for p in (_pairs(w) if _RUN.fullmatch(w) else [w])]
            begins = parts[-1].endswith("*") or (len(parts[-1]) == 1 and _RUN.fullmatch(parts[-1]))
            return '"' + " ".join(p.rstrip("*") for p in parts) + '"' + ("*" if begins else "")

        asked = " AND ".join(map(one, self.terms))
        return f"({asked})" + "".join(f" NOT {one(w)}" for w in self.left_out)

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where its words stand in a text, in order."""
        plain, places = folded(text)
        found = []
        for words in self.terms:
            parts = [
                re.escape(w.rstrip("*")) if w.endswith("*") or _RUN.fullmatch(w) else rf"(?<!\w){re.escape(w)}(?!\w)"
                for w in words
            ]
            for m in re.finditer(r"\W+".join(parts), plain):
                a, b = m.span()
                found.append((a, b) if places is None else (places[a], places[b - 1] + 1))
        return sorted(found)


def _words(text: str) -> Iterator[str]:
    plain, _ = folded(text)
    for m in _TERM.finditer(plain):
        star = "*" if plain[m.end() : m.end() + 1] == "*" and not _RUN.fullmatch(m[0]) else ""
        yield m[0] + star


# --- the index -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Entry:
    """What can be found: `text`: of a claim its paraphrase; None for a document, whose text lies in the archive under
    its `digest` (None: nobody here has it, and its title alone is found)."""

    kind: str
    id: str
    title: str
    digest: str | None
    text: str | None = None


_TABLES = f"""
DROP TABLE IF EXISTS found; DROP TABLE IF EXISTS entry; DROP TABLE IF EXISTS state;
CREATE TABLE entry (n INTEGER PRIMARY KEY, kind TEXT, id TEXT, title TEXT, digest TEXT, text TEXT);
CREATE TABLE state (of TEXT);
CREATE VIRTUAL TABLE found USING fts5(words, content='', tokenize="unicode61 remove_diacritics 0");
PRAGMA user_version = {FORMAT};
"""


def _on_disk(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    try:
        return _opened(str(path))
    except sqlite3.DatabaseError:  # damaged
        for name in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
            with suppress(OSError):
                name.unlink()
        path.touch(mode=0o600)
        return _opened(str(path))


def _in_memory(kept: bytes | None) -> sqlite3.Connection:
    """Nothing of it is put aside on the disk, not even what is sorted."""
    with suppress(sqlite3.DatabaseError):
        if kept:
            return _opened(":memory:", kept)
    return _opened(":memory:")


def _opened(where: str, kept: bytes | None = None) -> sqlite3.Connection:
    """A database with the tables of an index. Raises DatabaseError where what is there is none."""
    db = sqlite3.connect(where, timeout=30, isolation_level=None)
    try:
        if where == ":memory:":
            db.execute("PRAGMA temp_store = MEMORY")
            if kept:
                db.deserialize(kept)
        else:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
        if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            db.executescript(_TABLES)
        db.execute("SELECT count(*) FROM entry").fetchone()
    except BaseException:
        db.close()
        raise
    return db


class Index:
    """The full-text index of a case, in one file of its archive. It may be deleted, and is then made anew.

    `path`: None keeps it in memory alone, as `as_bytes` gave it (`kept`) or empty. `text_of`: a document's digest → its
    text. `state`: a digest of what the entries were made from.
    """

    def __init__(self, path: Path | None, text_of: Callable[[str], str | None], kept: bytes | None = None):
        self.text_of = text_of
        self.db = _in_memory(kept) if path is None else _on_disk(path)

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def as_bytes(self) -> bytes:
        """All of it, of an index in memory."""
        return self.db.serialize()

    @property
    def state(self) -> str | None:
        row = self.db.execute("SELECT of FROM state").fetchone()
        return row and row[0]

    def bring_up(
        self, entries: Iterable[Entry], state: str, tell: Callable[[int, int], None] = lambda k, n: None
    ) -> None:
        """Makes the index hold these entries and no others; what it holds already is not read again. `tell`: how many of
        how many are done; what it raises breaks off, and the index stays as it was."""
        wanted = {(e.kind, e.id): e for e in entries}
        columns = "kind, id, title, digest, text"
        known = {row[:2]: row[2:] for row in self.db.execute(f"SELECT {columns} FROM entry")}
        self.db.execute("BEGIN IMMEDIATE")
        try:
            if any(
                k not in wanted or (wanted[k].title, wanted[k].digest, wanted[k].text) != v for k, v in known.items()
            ):
                self.db.execute("DELETE FROM entry")  # an index without content cannot forget single rows
                self.db.execute("INSERT INTO found(found) VALUES ('delete-all')")
                known = {}
            for k, (key, e) in enumerate(wanted.items()):
                tell(k, len(wanted))
                if key not in known:
                    row = (e.kind, e.id, e.title, e.digest, e.text)
                    n = self.db.execute(f"INSERT INTO entry ({columns}) VALUES (?, ?, ?, ?, ?)", row).lastrowid
                    self.db.execute(
                        "INSERT INTO found (rowid, words) VALUES (?, ?)", (n, _indexed(f"{e.title} {self._text(e)}"))
                    )
            self.db.execute("DELETE FROM state")
            self.db.execute("INSERT INTO state VALUES (?)", (state,))
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    def find(
        self, words: str, most: int = 20, skip: int = 0, kind: str | None = None, left_out: Iterable[str] = ()
    ) -> tuple[list[Hit], int]:
        """The best hits (BM25) after the first `skip`, and how many there are in all. `kind`: of this alone; `left_out`:
        ids that are not looked at. ValueError where there is nothing to look for."""
        query = Query.read(words)
        if not query.terms:
            raise ValueError("nothing to look for")
        fits = (
            "FROM found JOIN entry ON entry.n = found.rowid WHERE found MATCH ? AND kind = ifnull(?, kind) "
            "AND id NOT IN (SELECT value FROM json_each(?))"
        )
        asked = query.as_fts(), kind, json.dumps(list(left_out))
        rows = self.db.execute(
            f"SELECT kind, id, title, digest, text {fits} ORDER BY bm25(found), entry.n LIMIT ? OFFSET ?",
            (*asked, most, skip),
        ).fetchall()
        total = self.db.execute(f"SELECT count(*) {fits}", asked).fetchone()[0]
        return [self._hit(query, Entry(*row)) for row in rows], total

    def _text(self, e: Entry) -> str:
        return (self.text_of(e.digest) or "") if e.text is None and e.digest else e.text or ""

    def _hit(self, query: Query, e: Entry) -> Hit:
        text = self._text(e)
        places = query.places(text)
        start, end = places[0] if places else (0, 0)
        return Hit(e.kind, e.id, e.title, start, *in_place(text, places, start), end, len(places))


def in_place(text: str, places: Sequence[tuple[int, int]], start: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """What stands around a place, and where in that words were found."""
    first, last = max(0, start - BESIDE), min(len(text), start + 2 * BESIDE)
    if first:  # from word to word
        first = text.find(" ", first, start) + 1 or first
    if last < len(text):
        last = max(text.rfind(" ", start + 1, last), start + BESIDE)
    return text[first:last], tuple((a - first, b - first) for a, b in places if first <= a and b <= last)
