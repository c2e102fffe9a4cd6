"""Bytes → text, by what the file says its encoding is; for web pages with a guess where it says nothing."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass

from obrok.evidence.reading.types import Unreadable

#: labels of the WHATWG Encoding Standard that occur → Python's name for what browsers read them as
_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode us-ascii-utf-8",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii us-ascii x-cp1252",
    "cp949": "euc-kr euckr ks_c_5601-1987 ks_c_5601 ksc5601 korean cp949 windows-949 uhc x-windows-949 iso-ir-149",
    "cp1251": "windows-1251 cp1251 win-1251 x-cp1251",
    "koi8_r": "koi8-r koi8 koi koi8_r cskoi8r",
    "koi8_u": "koi8-u koi8-ru",
    "cp866": "ibm866 cp866 866 csibm866",
    "iso8859_5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932 csshiftjis",
    "euc_jp": "euc-jp x-euc-jp eucjp",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "gb18030": "gb18030 gb2312 gbk gb_2312-80 x-gbk chinese cp936 windows-936",
    "big5hkscs": "big5 big5-hkscs x-x-big5 cn-big5",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "iso8859_2": "iso-8859-2 iso8859-2 latin2",
    "cp1253": "windows-1253 cp1253",
    "iso8859_7": "iso-8859-7 greek",
    "cp1254": "windows-1254 cp1254 iso-8859-9 latin5",
    "cp1255": "windows-1255 cp1255",
    "iso8859_8": "iso-8859-8 hebrew",
    "cp1256": "windows-1256 cp1256",
    "iso8859_6": "iso-8859-6 arabic",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "cp874": "windows-874 tis-620 iso-8859-11",
    "iso8859_15": "iso-8859-15 latin9",
    "utf-16-le": "utf-16le utf-16 csunicode ucs-2",
    "utf-16-be": "utf-16be unicodefffe",
}
_NAMES = {label: name for name, labels in _LABELS.items() for label in labels.split()}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.I)
_XML_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
#: what is looked at to guess an encoding, and what guesses may be
_SAMPLE = 20_000
_GUESSES = ["cp949", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp1252", "cp1250", "iso8859_5"]


@dataclass(frozen=True)
class Decoded:
    """A text without its byte order mark; the encoding; what there is to say of it."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()
    whole: bool = True


def decode_text(data: bytes) -> Decoded:
    """A plain text: UTF-8, or UTF-16 with a byte order mark. Anything else is refused, with a guess what it is."""
    try:
        return Decoded(data.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError as wrong:
        position = wrong.start
    for mark, encoding in _BOMS[1:]:
        if data.startswith(mark):
            try:
                return Decoded(data[len(mark) :].decode(encoding), encoding)
            except UnicodeDecodeError:
                mend = "open it in the program that wrote it and save it as UTF-8"
                raise Unreadable("the text says it is UTF-16 and is not", mend) from None
    likely = _guess(data)
    seems = f"; it looks like {likely}" if likely else ""
    what = f"the text is not UTF-8 (byte {position + 1} cannot be){seems}"
    raise Unreadable(what, "open it in an editor with that encoding and save it as UTF-8")


def decode_page(data: bytes, declared: str | None = None) -> Decoded:
    """A web page: byte order mark, then the server's word (`declared`), its own, UTF-8, a guess."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _as_said(data[len(mark) :], encoding)
    for said in (declared, _said_inside(data)):
        if said and (name := _NAMES.get(said.strip().lower())):
            return _as_said(data, name)
    with suppress(UnicodeDecodeError):
        return Decoded(data.decode("utf-8"), "utf-8")
    if guessed := _guess(data):
        decoded = _as_said(data, guessed)
        note = f"the page does not say its encoding: {guessed} was guessed"
        return Decoded(decoded.text, guessed, (note, *decoded.notes), decoded.whole)
    what = "the page does not say its encoding, and none can be guessed"
    raise Unreadable(what, "open it in a browser and save it as PDF")


def _said_inside(data: bytes) -> str | None:
    found = _XML_DECLARED.search(data[:400]) or _DECLARED.search(data[:4096])
    if not found:
        return None
    said = found[1].decode("ascii")
    return "utf-8" if said.lower().startswith("utf-16") else said  # it could not have been read as ASCII


def _as_said(data: bytes, encoding: str) -> Decoded:
    """Text in the encoding that was said; but bytes beyond ASCII are UTF-8 by accident next to never."""
    if encoding not in ("utf-8", "utf-16-le", "utf-16-be") and not data.isascii():
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode("utf-8"), "utf-8", (f"the page says {encoding} and is UTF-8",))
    with suppress(UnicodeDecodeError):
        return Decoded(data.decode(encoding), encoding)
    text = data.decode(encoding, "replace")
    wrong = text.count("\ufffd")
    note = f"{wrong:,} places are no {encoding} and read as \ufffd"
    return Decoded(text, encoding, (note,), whole=wrong * 1000 < len(text))


def _guess(data: bytes) -> str | None:
    """The likely encoding of bytes that are not UTF-8; None where nothing is likely."""
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE], cp_isolation=_GUESSES, steps=5, chunk_size=512).best()
    return None if best is None else _NAMES.get(best.encoding.replace("_", "-"), best.encoding)
