"""A PDF → its text without running heads and page numbers, and the page each word stands on.

Ligatures stay as the file has them (NFC does not take them apart). Pictures, scripts, forms and attachments are not
looked at.
"""

from __future__ import annotations

import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from obrok.evidence.anchors import normalised
from obrok.evidence.reading.aligned import Run, aligned
from obrok.evidence.reading.types import Limits, Read, TakenFrom, Unreadable

#: how many lines from a page's top and bottom may be running heads or feet; on what share of pages they must stand
EDGE, SHARE, LEAST_PAGES = 2, 0.4, 3
_SAVE_ANEW = "open it and print it to a new PDF"
_NO_LETTER = re.compile("[\0\ud800-\udfff]")
_NUMBER = re.compile(r"\d{1,4}")
#: a word broken at a line's end; a line end between Chinese or Japanese letters, which is no space
_BROKEN = re.compile(r"([^\W\d_]+)([-\u2010\u00ad])\s*\Z")
_HAN = "[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff60]"


@dataclass(frozen=True, slots=True)
class _Line:
    page: int
    at: int
    text: str


def read_pdf(data: bytes, limits: Limits, until: float, taken: TakenFrom | None = None) -> Read:
    """`until`: the `time.monotonic()` at which to give up."""
    import pypdf.errors

    if b"%%EOF" not in data[-4096:]:
        raise Unreadable("the PDF breaks off before its end", "get it again from where it came")
    try:
        reader, notes = _opened(data, limits)
        texts, complete = _pages(reader, limits, until, notes)
    except pypdf.errors.DependencyError:  # encrypted with AES, and opens without a password
        raise Unreadable("the PDF is encrypted in a way that cannot be read here", _SAVE_ANEW) from None
    said = _said(reader, notes)
    lines, dropped = _without_running(texts)
    if dropped:
        notes.append(
            f"{dropped:,} lines at the head or foot of pages that repeat, page numbers among them, were left out"
        )
    if not lines:
        what = "the PDF holds no text: its pages are scanned or drawn"
        raise Unreadable(what, "make a PDF with a text layer of it (text recognition)")
    text, pieces = aligned(_runs(lines))
    return Read(
        kind="PDF", data=data, text=text, pieces=pieces, method=f"pypdf {pypdf.__version__}", title=said.get("title"),
        author=said.get("author"), language=said.get("language"), notes=tuple(notes), taken_from=taken,
        complete=complete,
    )  # fmt: skip


def _opened(data: bytes, limits: Limits) -> tuple[Any, list[str]]:
    from pypdf import PdfReader

    notes = []
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        if not reader.decrypt(""):
            mend = "open it with its password and print it to a new PDF"
            raise Unreadable("the PDF is locked with a password", mend)
        notes.append("the PDF is encrypted and opens without a password")
    if len(reader.pages) > limits.pages:
        raise Unreadable(f"the PDF has {len(reader.pages):,} pages, more than {limits.pages:,}", "split it")
    if not len(reader.pages):
        raise Unreadable("the PDF has no pages", _SAVE_ANEW)
    return reader, notes


def _pages(reader: Any, limits: Limits, until: float, notes: list[str]) -> tuple[list[str], bool]:
    """The text of each page; whether all of it could be read."""
    texts, empty, size, wrong = [], [], 0, 0
    for number, page in enumerate(reader.pages, 1):
        if time.monotonic() > until:
            raise too_slow(limits)
        text, unread = _NO_LETTER.subn("\ufffd", page.extract_text() or "")
        texts.append(text)
        wrong += unread
        size += len(text)
        if size > limits.characters:
            raise Unreadable(f"the PDF has more than {limits.characters:,} characters", "split it")
        if not text.strip():
            empty.append(number)
    if empty and len(empty) < len(texts):
        listed = ", ".join(map(str, empty[:20])) + (" …" if len(empty) > 20 else "")
        pages = f"page {listed} of {len(texts)} holds" if len(empty) == 1 else f"pages {listed} of {len(texts)} hold"
        notes.append(f"{pages} no text: scanned?")
    if wrong:
        notes.append(f"{wrong:,} signs have no letter in the PDF's fonts and read as \ufffd")
    return texts, not (empty or wrong)


def too_slow(limits: Limits) -> Unreadable:
    return Unreadable(
        f"reading it takes longer than {limits.seconds:g} seconds", "split it, or save it anew as PDF or plain text"
    )


def _said(reader: Any, notes: list[str]) -> dict[str, str]:
    """Title, author and language by the PDF's own word. When it was made is no date of publication."""
    said: dict[str, str] = {}
    try:
        info = reader.trailer.get("/Info", {})
        for key, name in (("/Title", "title"), ("/Author", "author")):
            value = info.get(key)
            if isinstance(value, str) and (text := normalised(_NO_LETTER.sub("", value[:2000]))[:500]):
                said[name] = text
        made = re.match(r"D:(\d{4})(\d\d)(\d\d)", str(info.get("/CreationDate", "")))
        if made:
            notes.append(f"the PDF was made on {'-'.join(made.groups())}, by its own word: no date of publication")
        language = reader.trailer["/Root"].get("/Lang")
        if isinstance(language, str) and re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", language):
            said["language"] = language.replace("_", "-")
    except Exception:  # whatever a damaged dictionary makes pypdf say: the text is what matters
        notes.append("what the PDF says of itself cannot be read")
    return said


def _without_running(texts: list[str]) -> tuple[list[_Line], int]:
    """The lines of all pages but those at a page's edge that repeat, or count pages; and how many were left out."""
    pages = [[_Line(n, m.start(), m[0]) for m in re.finditer(r"[^\n]*\S[^\n]*", t)] for n, t in enumerate(texts, 1)]
    edges = [[*p[:EDGE], *p[max(EDGE, len(p) - EDGE) :]] for p in pages]
    counts: Counter[str] = Counter()
    for edge in edges:
        counts.update({look for line in edge for look in _looks(line)})
    enough = max(LEAST_PAGES, SHARE * sum(1 for p in pages if p))
    running = {id(line) for edge in edges for line in edge if any(counts[look] >= enough for look in _looks(line))}
    kept = [line for p in pages for line in p if id(line) not in running]
    return (kept, len(running)) if kept else ([line for p in pages for line in p], 0)


def _looks(line: _Line) -> list[str]:
    """The line as it is, and as it would be had one number in it the page's number taken off: the same on every page
    where that number counts pages."""
    text = " ".join(line.text.split())[:200]
    looks = [f"{text[: m.start()]}\0{int(m[0]) - line.page}\0{text[m.end() :]}" for m in _NUMBER.finditer(text)]
    return [text, *looks[:8]]


def _runs(lines: list[_Line]) -> Iterator[Run]:
    """The lines with white space between them, but for words broken at a line's end: those are joined."""
    words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", "\n".join(line.text for line in lines)))
    joined = True
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        text, breaks, joined = line.text, not joined, False
        if following is not None:
            begins = re.match(r"\s*([^\W\d_]+)", following.text)
            broken = _BROKEN.search(text)
            if broken and begins and begins[1][0].islower():
                joined = True
                whole, written = broken[1] + begins[1], f"{broken[1]}-{begins[1]}"
                keeps = broken[2] != "\u00ad" and written in words and whole not in words  # it is written so elsewhere
                text = text[: broken.end(2) if keeps else broken.end(1)]
            elif re.search(_HAN + r"\Z", text.rstrip()) and re.match(_HAN, following.text.lstrip()):
                text, joined = text.rstrip(), True
        indent = 0 if breaks or line is lines[0] else len(text) - len(text.lstrip())
        yield Run(text[indent:], line.page, line.at + indent, breaks)
