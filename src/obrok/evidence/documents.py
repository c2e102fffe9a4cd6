"""The archive by digest; normalised text; anchors: made, and checked to the character.

The words of a document never leave the archive. A case holds a document's bibliography and digests; an anchor holds a
position in the normalised text and digests of the span and of its surroundings (a W3C Web Annotation TextPosition and
TextQuote selector whose quotes are digests).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from obrok.problems import Node, Reader

AROUND = 32
LARGEST_TEXT, MOST_FILES = 20_000_000, 2_000
_HEX = re.compile(r"[0-9a-f]{64}")


def normalised(text: str) -> str:
    """NFC, each run of white space one space, ends stripped."""
    return " ".join(unicodedata.normalize("NFC", text.removeprefix("\ufeff")).split())


def sha256(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@dataclass(frozen=True)
class Anchor:
    """Code points `start` … `end` (exclusive) of the normalised text; digests of the span and of what is around it."""

    start: int
    end: int
    sha256: str
    around: str

    @staticmethod
    def of(text: str, start: int, end: int) -> Anchor:
        """The anchor of a span of a normalised text."""
        around = text[max(0, start - AROUND) : start] + "\n" + text[end : end + AROUND]
        return Anchor(start, end, sha256(text[start:end]), sha256(around))

    @staticmethod
    def find(text: str, words: str) -> list[Anchor]:
        """Every place of these words in a normalised text."""
        words = normalised(words)
        places = [m.start() for m in re.finditer(re.escape(words), text)] if words else []
        return [Anchor.of(text, p, p + len(words)) for p in places]

    def holds_in(self, text: str) -> bool:
        return self == Anchor.of(text, self.start, self.end)

    def as_yaml(self) -> str:
        return f"{{start: {self.start}, end: {self.end}, sha256: {self.sha256}, around: {self.around}}}"


@dataclass(frozen=True)
class Document:
    """A document's bibliography and digests. `published`: first and last possible day, with the reason where inferred."""

    id: str
    title: str
    publisher: str
    author: str | None
    address: str | None
    language: str
    published: tuple[date, date]
    published_why: str | None
    complete: bool
    origin: str
    protected: bool
    licence: str
    sha256_file: str
    sha256_text: str
    characters: int


def edtf_interval(text: str) -> tuple[date, date] | None:
    """An EDTF date (year, month, day, or an interval of such) → first and last day; None where it is none."""

    def one(part: str) -> tuple[date, date] | None:
        match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", part)
        if not match:
            return None
        year, month, day = (int(g) if g else None for g in match.groups())
        try:
            last_month = month or 12
            last = monthrange(year, last_month)[1]  # type: ignore[arg-type]
            return date(year, month or 1, day or 1), date(year, last_month, day or last)  # type: ignore[arg-type]
        except (ValueError, IndexError):
            return None

    first, *rest = text.split("/")
    a, b = one(first), one(rest[0] if rest else first)
    return (a[0], b[1]) if a and b and len(rest) < 2 and a[0] <= b[1] else None


REQUIRED = {
    "id": "report-1",
    "title": '"Title of the report"',
    "publisher": '"Publisher"',
    "language": "en",
    "published": "{edtf: 2015-06-01/2015-07-31}",
    "origin": "report-1",
    "licence": "all rights reserved",
    "sha256_file": "0" * 64,
    "sha256_text": "0" * 64,
    "characters": "1000",
}


def read_documents(reader: Reader, root: Node) -> dict[str, Document]:
    """documents.yaml → documents by id."""
    top = reader.fields(root, {"format": "1", "documents": "[]"})
    reader.no_private_person(root)
    read_format(reader, top.get("format"))
    documents: dict[str, Document] = {}
    for item in reader.items(top.get("documents")):
        f = reader.fields(item, REQUIRED, ("author", "address", "complete", "protected"))
        if not f:
            continue
        name = read_id(reader, f.get("id"), documents)
        published, why = None, None
        if "published" in f:
            p = reader.fields(f["published"], {"edtf": "2015-06-01/2015-07-31"}, ("basis", "why"))
            if "edtf" in p:
                published = edtf_interval(str(p["edtf"].value))
                if published is None:
                    example = p["edtf"].replaced("2015-06-01/2015-07-31")
                    what = f"{p['edtf'].value} is not a date or interval (EDTF)"
                    reader.report(p["edtf"], what, "write year-month-day, or two of them with a slash:", example)
            why = reader.want_text(p.get("why"))
            basis = reader.want_choice(p.get("basis"), ("stated", "inferred"), "basis")
            if basis == "inferred" and why is None and "edtf" in p:
                mended = _add_to_group(p["edtf"], 'why: "how it was inferred"')
                reader.report(f["published"], "an inferred date needs its reason", "add it:", mended)
        digests = [_digest(reader, f.get(k)) for k in ("sha256_file", "sha256_text")]
        characters = reader.want_number(f.get("characters"), 0, LARGEST_TEXT, "characters")
        texts = {k: reader.want_text(f.get(k)) for k in ("title", "publisher", "language", "origin", "licence")}
        flags = {k: _flag(reader, f.get(k), k == "complete") for k in ("complete", "protected")}
        if name and published and all(digests) and characters is not None and all(texts.values()):
            author, address = (reader.want_text(f.get(k)) for k in ("author", "address"))
            documents[name] = Document(
                *(name, texts["title"], texts["publisher"], author, address, texts["language"]),  # type: ignore[arg-type]
                *(published, why, flags["complete"], texts["origin"], flags["protected"], texts["licence"]),  # type: ignore[arg-type]
                *(digests[0], digests[1], int(characters)),  # type: ignore[arg-type]
            )
    return documents


def _add_to_group(inside: Node, text: str) -> str:
    line = inside.source.line(inside.line)
    return f"{line[: inside.end]}, {text}{line[inside.end :]}"


def _digest(reader: Reader, node: Node | None) -> str | None:
    if node is None:
        return None
    text = str(node.value)
    if not _HEX.fullmatch(text):
        what = "a digest is 64 lower-case hexadecimal digits"
        reader.report(node, what, "`obrok read CASE FILE` prints it; until then:", node.replaced("0" * 64))
        return None
    return text


def _flag(reader: Reader, node: Node | None, default: bool) -> bool:
    if node is None:
        return default
    if not isinstance(node.value, bool):
        reader.report(node, "true or false is needed here", "write one:", node.replaced(str(default).lower()))
        return default
    return node.value


def read_format(reader: Reader, node: Node | None) -> None:
    if node is not None and node.value != 1:
        reader.report(node, f"format {node.value} is not known here", "this version reads:", node.replaced("1"))


def read_id(reader: Reader, node: Node | None, taken) -> str | None:
    """An identifier: letters, digits, hyphens; not given twice."""
    if node is None:
        return None
    text = str(node.value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text):
        clean = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "name-1"
        reader.report(node, f"`{text}` is not an id", "letters, digits and hyphens:", node.replaced(clean))
        return None
    if text in taken:
        n = 2
        while f"{text}-{n}" in taken:
            n += 1
        reader.report(node, f"the id `{text}` is given twice", "each is used once:", node.replaced(f"{text}-{n}"))
        return None
    return text


def archive_folders(case_folder: Path | None) -> list[Path]:
    """Where texts are looked for, in order: the case's archive, the user's archive, the folders of OBROK_DOCUMENTS."""
    folders = [case_folder / "archive"] if case_folder else []
    folders.append(user_archive())
    folders += [Path(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p]
    return folders


def user_archive() -> Path:
    if given := os.environ.get("OBROK_ARCHIVE"):
        return Path(given)
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "obrok" / "archive"


def find_text(document: Document, case_folder: Path | None) -> str | None:
    """The normalised text of a document, found by digest; None where it is not on this machine."""
    for folder in archive_folders(case_folder):
        try:
            files = sorted(p for p in folder.iterdir() if stat.S_ISREG(p.lstat().st_mode))[:MOST_FILES]
        except OSError:
            continue
        for path in files:
            if path.stat().st_size > LARGEST_TEXT:
                continue
            data = path.read_bytes()
            if sha256(data) == document.sha256_file:
                text = normalised(data.decode("utf-8", "replace"))
                if sha256(text) == document.sha256_text:
                    return text
    return None


def store(data: bytes, folder: Path) -> Path:
    """Keeps a file by its digest (folder 0700, file 0600); whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    path = folder / f"{sha256(data)}.txt"
    if not path.exists():
        part = path.with_suffix(".part")
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
            f.write(data)
        os.replace(part, path)
    return path
