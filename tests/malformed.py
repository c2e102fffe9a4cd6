"""Damaged files, the same for the same seed: what a reader must take without falling over."""

from __future__ import annotations

import gzip
import io
import json
import random
import zlib
from collections.abc import Iterator
from pathlib import Path

HTML = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Wages at the quay</title>'
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Wages", "datePublished": "2015-06-01"}</script>'
    "</head><body><nav><a href='/a'>News</a></nav><article><h1>Wages at the quay</h1>"
    + "".join(
        f"<p>Crew {n} unloaded timber at the quay in week {n}; <b>Foreman Orel</b> kept {n * 7} dollars a head &amp; said nothing.</p>"
        for n in range(12)
    )
    + "<table><tr><td>June</td><td>40</td></tr></table></article><footer>Harbour Paper</footer></body></html>"
).encode()
CASE = Path(__file__).parent / "cases" / "wide"
JSON_LD = b'{"@context": "http://www.w3.org/ns/anno.jsonld", "type": "AnnotationPage", "items": [' + b",".join(
    b'{"id": "urn:a:%d", "type": "Annotation", "body": {"type": "TextualBody", "value": "Caught."}, "target": {"source": "urn:b", '
    b'"selector": [{"type": "TextQuoteSelector", "exact": "four builders", "prefix": "Police found ", "suffix": " in May"}, '
    b'{"type": "TextPositionSelector", "start": 13, "end": 26}]}}' % n
    for n in range(20)
) + b"]}"  # fmt: skip


def pdf(pages: list[list[str]], extra: dict[str, bytes] | None = None, sound: bool = True) -> bytes:
    """A PDF by hand: lines of Latin text on each page; `extra` replaces objects by number (`b"5"`: its body)."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = {
        "1": b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        "2": f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        "3": b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for i, lines in enumerate(pages):
        shown = "".join(
            "({}) Tj T* ".format(line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")) for line in lines
        )
        stream = f"BT /F1 11 Tf 14 TL 60 780 Td {shown}ET".encode("cp1252")
        objects[str(4 + 2 * i)] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>"
        ).encode()
        objects[str(5 + 2 * i)] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
    objects[str(4 + 2 * len(pages))] = (
        b"<< /Title (Wages at the quay) /Author (Ann Fake) /CreationDate (D:20160302120000Z) >>"
    )
    objects |= extra or {}
    out, places = bytearray(b"%PDF-1.5\n"), {}
    for number in sorted(objects, key=int):
        places[number] = len(out)
        out += b"%s 0 obj\n%s\nendobj\n" % (number.encode(), objects[number])
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % places[n] for n in sorted(objects, key=int))
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n" % (
        len(objects) + 1,
        4 + 2 * len(pages),
        start,
    )
    return bytes(out) + (b"%%EOF\n" if sound else b"")


def warc(records: list[tuple[str, bytes, str]], packed: bool = True) -> bytes:
    """A web archive of (address, payload, content type)."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for address, payload, kind in records:
        http = StatusAndHeaders(
            "200 OK", [("Content-Type", kind), ("Content-Length", str(len(payload)))], protocol="HTTP/1.1"
        )
        dated = {"WARC-Date": "2016-01-02T03:04:05Z", "WARC-Record-ID": f"<urn:uuid:{len(out.getvalue()):012d}>"}
        writer.write_record(
            writer.create_warc_record(
                address, "response", payload=io.BytesIO(payload), http_headers=http, warc_headers_dict=dated
            )
        )
    return out.getvalue()


def sound() -> dict[str, bytes]:
    """Small files as they should be, by name."""
    page = [f"Crew {n} moved timber for {n} days" for n in range(12)]
    paper = pdf([page, page[::-1], page])
    return {
        "page.html": HTML,
        "paper.pdf": paper,
        "pages.warc": warc(
            [("http://example.org/a", HTML, "text/html"), ("http://example.org/b", paper, "application/pdf")], False
        ),
        "pages.warc.gz": warc([("http://example.org/a", HTML, "text/html")] * 2),
        **{name: (CASE / name).read_bytes() for name in ("case.yaml", "claims.yaml", "documents.yaml")},
        "anchors.jsonld": JSON_LD,
    }


def _cut(r: random.Random, data: bytes) -> bytes:
    return data[: r.randrange(len(data))]


def _flip(r: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(r.choice((1, 5, 50, 400))):
        out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)


def _splice(r: random.Random, data: bytes) -> bytes:
    a, b, c = sorted(r.randrange(len(data)) for _ in range(3))
    return data[:b] + data[a:c] * r.choice((1, 2, 20)) + data[r.randrange(len(data)) :]


def _encode(r: random.Random, data: bytes) -> bytes:
    text = data.decode("latin-1")
    return text.encode(r.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")), "replace")


def _nest(r: random.Random, data: bytes) -> bytes:
    at, n = r.randrange(len(data)), r.choice((100, 3000, 30_000))
    return data[:at] + r.choice((b"[", b"<<", b"<div>", b"(", b"{", b'{"a":', b"<b><i>", b"- ")) * n + data[at:]


def _number(r: random.Random, data: bytes) -> bytes:
    digits = [i for i, c in enumerate(data) if 48 <= c < 58]
    at = r.choice(digits)
    return data[:at] + r.choice((b"-1", b"9" * 30, b"9" * 5000, b"1e999", b"0" * 100, b"4294967296")) + data[at + 1 :]


def _repack(r: random.Random, data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return gzip.compress(data, mtime=0)
    try:
        return _flip(r, gzip.decompress(data))
    except (OSError, EOFError, zlib.error):
        return data


DAMAGES = (_cut, _flip, _splice, _encode, _nest, _number, _repack)


#: what may stand where JSON has something else
JUNK = (
    None, True, 0, -1, 1e308, float("nan"), float("inf"), -0.0, 10**300, "", "x" * 1000, [], {}, [[]], [None] * 5, {"a": 1},
    "\x1b[2J", "../../etc/passwd", "**", "<script>", "=1+1", "2015-02-30", "\ud800",
)  # fmt: skip


def _places(value: object, at: tuple = ()) -> Iterator[tuple]:
    """Every place in a JSON value, of long lists the first few."""
    yield at
    for k, child in (
        value.items() if isinstance(value, dict) else enumerate(value[:4] if isinstance(value, list) else ())
    ):
        yield from _places(child, (*at, k))


def misshapen(r: random.Random, data: bytes) -> bytes:
    """JSON in which one value is another, or gone; or its bytes damaged."""
    if r.random() < 0.3:
        return r.choice([d for d in DAMAGES if d is not _number])(r, data)
    value = whole = json.loads(data)
    *path, last = r.choice(list(_places(whole))[1:])
    for key in path:
        value = value[key]
    if r.random() < 0.2:
        del value[last]
    else:
        value[last] = r.choice(JUNK)
    return json.dumps(whole).encode()


def malformed(seed: int, n: int, names: tuple[str, ...] | None = None) -> Iterator[tuple[str, bytes]]:
    """`n` damaged files with names, the same for the same seed. `names`: of the sound ones to damage."""
    r = random.Random(seed)
    files = {k: v for k, v in sound().items() if names is None or k in names}
    for i in range(n):
        name = r.choice(sorted(files))
        data = files[name]
        for _ in range(r.choice((1, 1, 2, 3))):
            if len(data) > 10:
                damage = r.choice(DAMAGES)
                data = damage(r, data) if damage is not _number or any(48 <= c < 58 for c in data) else data
        yield f"{i:05d}-{name}", data[:2_000_000]
