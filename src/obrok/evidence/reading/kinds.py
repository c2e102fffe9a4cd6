"""What a file is, told from its bytes; and what to do about those that cannot be read."""

from __future__ import annotations

import re

from obrok.evidence.reading.types import Unreadable

_TO_TEXT = "open it and save it as PDF or as plain text (UTF-8)"
_SCANNED = "make a PDF with a text layer of it (text recognition), or type the text off"
_UNPACK = "unpack it and read the files in it"
#: first bytes → what the file is, and how to mend that
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "an empty zip archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file of the old kind (doc, xls, ppt)", _TO_TEXT),
    (b"{\\rtf", "an RTF document", _TO_TEXT),
    (b"\x89PNG", "an image (PNG)", _SCANNED),
    (b"\xff\xd8\xff", "an image (JPEG)", _SCANNED),
    (b"GIF8", "an image (GIF)", _SCANNED),
    (b"II*\x00", "an image (TIFF)", _SCANNED),
    (b"MM\x00*", "an image (TIFF)", _SCANNED),
    (b"AT&TFORM", "a scanned book (DjVu)", _SCANNED),
    (b"%!PS", "a PostScript file", "turn it into a PDF"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive", _UNPACK),
    (b"\x7fELF", "a program", "give the report itself"),
    (b"MZ\x90", "a program", "give the report itself"),
    (b"\xcf\xfa\xed\xfe", "a program", "give the report itself"),
    (b"SQLite format 3", "a database", "save what you need of it as plain text (UTF-8)"),
    (b"bplist00", "a web archive of Safari", "open it and save it as PDF or as page source"),
    (b"ID3", "a sound recording", "type off what is said"),
    (b"OggS", "a sound recording", "type off what is said"),
)
_OFFICE = (
    (b"word/", "a Word document (docx)"),
    (b"xl/", "an Excel workbook (xlsx)"),
    (b"ppt/", "a PowerPoint file (pptx)"),
    (b"application/vnd.oasis", "an OpenDocument file"),
    (b"application/epub", "an EPUB book"),
)
_PAGE = re.compile(r"<(!doctype\s+html|html|head|body|title|meta|article|section|main|div|p|h1|table|script|a)\b", re.I)
_HTML_FIRST = re.compile(r"\s*(<!--.{0,2000}?-->\s*|<\?.{0,500}?>\s*)*<(!doctype\s+html|html)\b", re.I | re.S)
_XML_FIRST = re.compile(r"\s*(<\?xml|<!doctype)\b", re.I)


def kind_of_file(data: bytes, name: str = "") -> str:
    """`PDF`, `web page`, `WARC`, `packed WARC` or `text`; all else is Unreadable, with what it is."""
    if not data.strip(b"\x00 \t\r\n\x0b\x0c"):
        raise Unreadable("the file is empty", "get it again from where it came")
    if b"%PDF-" in data[:1024] and not data.startswith(b"PK"):
        return "PDF"
    if data.startswith(b"WARC/"):
        return "WARC"
    if data.startswith(b"\x1f\x8b"):
        return "packed WARC"
    if wrong := _binary(data):
        raise wrong
    head = _head(data)
    if re.search(r"^(MIME-Version:|Content-Type:\s*multipart/related)", head[:2000], re.I | re.M):
        raise Unreadable("a web archive of a browser (MHTML)", "open it and save it as PDF or as `HTML only`")
    if _HTML_FIRST.match(head) or (head.lstrip().startswith("<") and _PAGE.search(head)):
        return "web page"
    if name.lower().endswith((".html", ".htm", ".xhtml")):
        return "web page"
    if _XML_FIRST.match(head):
        raise Unreadable("an XML file that is no web page", _TO_TEXT)
    return "text"


def _head(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[:8192].decode("utf-16", "replace").lstrip("\ufeff")
    return data[:4096].decode("utf-8", "replace").lstrip("\ufeff")


def _binary(data: bytes) -> Unreadable | None:
    for magic, what, mend in _MAGIC:
        if data.startswith(magic):
            if magic == b"PK\x03\x04":
                ends = data[:8192] + data[-65536:]  # the names of what is inside
                for mark, office in _OFFICE:
                    if mark in ends:
                        return Unreadable(office, _TO_TEXT)
            return Unreadable(what, mend)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Unreadable("an image (WebP)", _SCANNED)
    if data[4:8] == b"ftyp":
        return Unreadable("a film, a sound recording or an image (MP4, HEIC)", "type off what is said or shown")
    if data[:2] == b"BM" and b"\x00" in data[2:16]:
        return Unreadable("an image (BMP)", _SCANNED)
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _with_nuls(data)
    return None


def _with_nuls(data: bytes) -> Unreadable | None:
    """NUL bytes stand in no text but UTF-16; a web page may have some by mistake, as browsers know."""
    sample = data[:4096]
    for encoding, zeros in (("UTF-16, big end first", sample[0::2]), ("UTF-16, little end first", sample[1::2])):
        if zeros.count(0) > 0.4 * len(zeros):
            mend = "open it in an editor with that encoding and save it as UTF-8"
            return Unreadable(f"the text looks like {encoding}, without a byte order mark", mend)
    if _HTML_FIRST.match(_head(data)):
        return None
    return Unreadable("the file is of no known kind (it holds NUL bytes, which no text does)", _TO_TEXT)
