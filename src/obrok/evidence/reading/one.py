"""Bytes → what can be read in them, in this process."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

from obrok.evidence.reading.aligned import Run, aligned
from obrok.evidence.reading.kinds import kind_of_file
from obrok.evidence.reading.types import LIMITS, Limits, Read, TakenFrom, Unreadable

_LOUD = ("pypdf", "trafilatura", "htmldate", "charset_normalizer", "warcio")


def read_bytes(data: bytes, name: str = "", limits: Limits = LIMITS) -> list[Read]:
    """The document in these bytes; of a web archive, each page in it. `name`: of the file, a hint where bytes say little.

    Raises Unreadable, and nothing else. The same bytes and library versions give the same text on any machine.
    `limits.seconds` are looked at between pages and records only, `limits.memory` not at all: `read_files` holds both.
    """
    if len(data) > limits.bytes:
        raise too_large(len(data), limits)
    with _quiet():
        try:
            return _read(data, name, limits)
        except Unreadable:
            raise
        except MemoryError:
            raise too_hungry(limits) from None
        except Exception as wrong:  # the libraries raise whatever a damaged file makes them
            what = f"the file is damaged ({type(wrong).__name__})"
            raise Unreadable(
                what, "get it again from where it came, or open it and save it as PDF or plain text"
            ) from None


def too_large(size: int, limits: Limits) -> Unreadable:
    return Unreadable(f"the file has {size:,} bytes, more than {limits.bytes:,}", "split it")


def too_hungry(limits: Limits) -> Unreadable:
    what = f"reading it takes more memory than {limits.memory / 1e9:g} GB"
    return Unreadable(what, "split it, or save it anew as PDF or plain text")


def _read(data: bytes, name: str, limits: Limits) -> list[Read]:
    until = time.monotonic() + limits.seconds
    kind = kind_of_file(data, name)
    if not kind.endswith("WARC"):
        return [_document(data, name, limits, until)]
    from obrok.evidence.reading.warc import read_warc

    def page(payload: bytes, declared: str | None, taken: TakenFrom) -> Read:
        return _document(payload, "", limits, until, declared, taken)

    with redirect_stderr(io.StringIO()):  # warcio prints there what it stumbles over, words of the page and all
        return read_warc(data, limits, until, page)


def _document(
    data: bytes, name: str, limits: Limits, until: float, declared: str | None = None, taken: TakenFrom | None = None
) -> Read:
    kind = kind_of_file(data, name)
    if kind == "PDF":
        from obrok.evidence.reading.pdf import read_pdf

        return read_pdf(data, limits, until, taken)
    if kind == "web page":
        from obrok.evidence.reading.web import read_page

        return read_page(data, limits, declared, taken)
    if kind == "text":
        return read_text(data, limits, declared, taken)
    raise Unreadable("a web archive inside a web archive", "unpack it and read the file in it")


def read_text(data: bytes, limits: Limits, declared: str | None = None, taken: TakenFrom | None = None) -> Read:
    """A plain text: `normalised` of all of it. A server's word for the encoding (`declared`) counts."""
    from obrok.evidence.reading.encodings import decode_page, decode_text

    decoded = decode_page(data, declared) if declared else decode_text(data)
    text, pieces = aligned([Run(decoded.text)])
    if len(text) > limits.characters:
        raise Unreadable(f"the text has more than {limits.characters:,} characters", "split it")
    if not text:
        raise Unreadable("the file holds nothing but white space", "get it again from where it came")
    method = f"Unicode {_unicode()}, {decoded.encoding}"
    return Read("text", data, text, pieces, method, notes=decoded.notes, complete=decoded.whole, taken_from=taken)


def _unicode() -> str:
    import unicodedata

    return unicodedata.unidata_version


@contextmanager
def _quiet() -> Iterator[None]:
    """The libraries' own warnings: what is worth saying stands in the notes."""
    loggers = [logging.getLogger(name) for name in _LOUD]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
