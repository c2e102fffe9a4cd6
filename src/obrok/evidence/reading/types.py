"""What reading gives: a text, its map, what the page says of itself; or why it cannot be read."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

KINDS = ("text", "web page", "PDF")


class Piece(NamedTuple):
    """Code points `start` … `end` of the normalised text are code points `at` … `to` of the original at `place`.

    `place`: of a PDF the page, counted from 1 (`at` and `to` count in the text that pypdf takes from that page); of a
    web page the XPath of an element (they count in its string value, as in a W3C XPathSelector refined by a
    TextPositionSelector); of a plain text None (they count in the decoded file, without its byte order mark).
    Where both stretches are as long as each other they agree one to one, but that any white space may stand for a
    space. Where not, they agree as wholes: letters and marks that NFC composes, or nothing (`at` = `to`) for a space
    that stands for the break between two blocks or pages.
    """

    start: int
    end: int
    place: int | str | None
    at: int
    to: int

    def clipped(self, start: int, end: int) -> Piece:
        """The part of it inside start … end, which must meet it."""
        start, end = max(start, self.start), min(end, self.end)
        if self.to - self.at != self.end - self.start:
            return self
        return Piece(start, end, self.place, self.at + start - self.start, self.to - (self.end - end))


@dataclass(frozen=True)
class TakenFrom:
    """Where in a WARC file a page stood: its address, WARC-Date (UTC, as written), bytes from the file's start."""

    uri: str
    date: str
    offset: int


@dataclass(frozen=True)
class Read:
    """One document read. `text`: normalised (`obrok.evidence.anchors.normalised`); `pieces`: cover it, in order.

    `data`: the bytes it was read from, of a WARC record its payload. `published`: EDTF, only where the page says it.
    `complete`: False where a part could not be read; `notes` say what. `method`: libraries and versions: with the same
    ones the same bytes give the same text.
    """

    kind: str
    data: bytes
    text: str
    pieces: tuple[Piece, ...]
    method: str
    title: str | None = None
    author: str | None = None
    publisher: str | None = None
    published: str | None = None
    language: str | None = None
    complete: bool = True
    notes: tuple[str, ...] = ()
    taken_from: TakenFrom | None = None

    def walk_back(self, start: int, end: int) -> list[Piece]:
        """The places in the original of code points `start` … `end` (exclusive) of the text, in order."""
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"the text has {len(self.text)} characters: no span {start} to {end}")
        found = []
        first = max(0, bisect_right(self.pieces, start, key=lambda p: p.start) - 1)
        for piece in self.pieces[first:]:
            if piece.start >= end:
                break
            if piece.end > start:
                found.append(piece.clipped(start, end))
        return found

    def as_json(self) -> dict[str, Any]:
        """All of it but `data`."""
        given = {f: getattr(self, f) for f in self.__dataclass_fields__ if f not in ("data", "pieces", "taken_from")}
        return given | {"pieces": self.pieces, "taken_from": asdict(self.taken_from) if self.taken_from else None}

    @staticmethod
    def from_json(given: dict[str, Any], data: bytes) -> Read:
        taken = given["taken_from"]
        made = Read(
            **{k: v for k, v in given.items() if k not in ("pieces", "taken_from", "notes")}, data=data, pieces=()
        )
        return replace(
            made,
            notes=tuple(given["notes"]),
            pieces=tuple(Piece(*p) for p in given["pieces"]),
            taken_from=TakenFrom(**taken) if taken else None,
        )


class InMemory(NamedTuple):
    """A file that is at hand in memory: its name, as a hint what it is, and its bytes."""

    name: str
    data: bytes


class Unreadable(Exception):
    """A file that cannot be read: what is wrong with it, and how to mend that."""

    def __init__(self, what: str, mend: str):
        self.what, self.mend = what, mend
        super().__init__(f"{what}: {mend}")


@dataclass(frozen=True)
class Limits:
    """What one file may cost. `bytes` of the file; `unpacked`: bytes once decompressed; `characters` of a document's
    text; `pages` of a PDF; `seconds` of wall-clock time; `memory`: bytes a process may take."""

    bytes: int = 50_000_000
    unpacked: int = 300_000_000
    characters: int = 20_000_000
    pages: int = 2_000
    seconds: float = 30.0
    memory: int = 1_000_000_000


LIMITS = Limits()
