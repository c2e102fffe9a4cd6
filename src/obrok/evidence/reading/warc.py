"""A web archive (WARC, gzip-packed or not) → the pages in it."""

from __future__ import annotations

import io
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from obrok.evidence.reading.pdf import too_slow
from obrok.evidence.reading.types import Limits, Read, TakenFrom, Unreadable

_READABLE = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf")
_AGAIN = "get it again from where it came"
_STEP = 1 << 16


def read_warc(data: bytes, limits: Limits, until: float, read_page: Callable[..., Read]) -> list[Read]:
    """`read_page(payload, declared encoding, where from)` reads one record."""
    reads: list[Read] = []
    left_out: Counter[str] = Counter()
    unpacked = 0
    for offset, member in _members(data, limits):
        for record, at in _records(member, until, limits):
            page = _page(record, limits)
            if page is None:
                continue
            payload, declared, taken = page
            unpacked += len(payload)
            if unpacked > limits.unpacked:
                raise _bomb(limits)
            try:
                note = _digest_note(record)
                read = read_page(payload, declared, TakenFrom(taken[0], taken[1], offset + at))
                reads.append(_with(read, note) if note else read)
            except Unreadable as wrong:
                left_out[wrong.what] += 1
    if not reads:
        why = f" ({next(iter(left_out))})" if left_out else ""
        raise Unreadable(
            f"the web archive holds no page that can be read{why}", "archive the page anew, or save it as PDF"
        )
    if left_out:
        told = "; ".join(f"{n} × {what}" for what, n in left_out.most_common(3))
        reads[0] = _with(reads[0], f"pages of the archive that cannot be read: {told}")
    return reads


def _with(read: Read, note: str) -> Read:
    from dataclasses import replace

    return replace(read, notes=(*read.notes, note))


def _bomb(limits: Limits) -> Unreadable:
    return Unreadable(f"it unpacks to more than {limits.unpacked:,} bytes: a bomb, or an archive too large", "split it")


def _members(data: bytes, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """The archive, or each member of a packed one, unpacked, with its offset in the file."""
    if not data.startswith(b"\x1f\x8b"):
        yield 0, data
        return
    offset, total = 0, 0
    while data[offset : offset + 2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        out, rest = bytearray(), memoryview(data)[offset:]
        try:
            while not unpacker.eof and len(rest):
                out += unpacker.decompress(rest[:_STEP], limits.unpacked - total - len(out) + 1)
                rest = rest[min(_STEP, len(rest)) - len(unpacker.unconsumed_tail) - len(unpacker.unused_data) :]
                if total + len(out) > limits.unpacked:
                    raise _bomb(limits)
                if not offset and len(out) >= 5 and not out.startswith(b"WARC/"):
                    raise Unreadable("a gzip-packed file that is no web archive", "unpack it and read the file in it")
        except zlib.error:
            raise Unreadable("the packed file is damaged", _AGAIN) from None
        if not unpacker.eof:
            raise Unreadable("the packed file breaks off before its end", _AGAIN)
        total += len(out)
        yield offset, bytes(out)
        offset = len(data) - len(rest)


def _records(member: bytes, until: float, limits: Limits) -> Iterator[tuple[Any, int]]:
    """Records and their offsets in this member."""
    from warcio.archiveiterator import WARCIterator
    from warcio.exceptions import ArchiveLoadFailed

    records = WARCIterator(io.BytesIO(member), check_digests=True)
    while True:
        if time.monotonic() > until:
            raise too_slow(limits)
        try:
            record = next(records, None)
        except (ArchiveLoadFailed, ValueError, EOFError, IndexError, UnicodeError, zlib.error):
            raise Unreadable("the web archive is damaged", _AGAIN) from None
        if record is None:
            return
        yield record, records.offset


def _page(record: Any, limits: Limits) -> tuple[bytes, str | None, tuple[str, str]] | None:
    """Payload, declared encoding, (address, date) of a record that is a page; None of any other."""
    if record.rec_type not in ("response", "resource"):
        return None
    http = record.http_headers
    if http is not None and record.rec_type == "response" and http.get_statuscode() != "200":
        return None
    kind = (http if http is not None else record.rec_headers).get_header("Content-Type") or ""
    mime, _, more = kind.partition(";")
    if mime.strip().lower() not in _READABLE:
        return None
    stream, out = record.content_stream(), bytearray()
    try:
        while chunk := stream.read(_STEP):
            out += chunk
            if len(out) > limits.unpacked:
                raise _bomb(limits)
    except (zlib.error, ValueError, EOFError):
        raise Unreadable("the web archive is damaged", _AGAIN) from None
    declared = next(
        (p.split("=", 1)[1].strip(" \"'") for p in more.split(";") if p.strip().lower().startswith("charset=")), None
    )
    address = record.rec_headers.get_header("WARC-Target-URI") or ""
    if address.startswith("<") and address.endswith(">"):  # as WARC 1.0 was often written
        address = address[1:-1]
    return bytes(out), declared, (address[:5000], (record.rec_headers.get_header("WARC-Date") or "")[:40])


def _digest_note(record: Any) -> str | None:
    checked = getattr(record, "digest_checker", None)
    return "the record is not what its own digest says" if checked is not None and checked.passed is False else None
