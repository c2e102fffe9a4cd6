"""A text into the archive and, where it is new, into documents.yaml; the anchor of some words in it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from obrok.case.case import shipped_folder
from obrok.evidence.documents import (
    LARGEST_TEXT,
    Anchor,
    Document,
    edtf_interval,
    normalised,
    read_documents,
    sha256,
    store,
    user_archive,
)
from obrok.problems import ProblemsFound, Reader, quoted
from obrok.worlds.store import write_text


@dataclass(frozen=True)
class Taken:
    """What became of a file: the document it is (by digest), whether its entry is new, where the text is kept."""

    document: str
    new: bool
    kept: Path
    text: str

    def anchors(self, words: str) -> list[Anchor]:
        return Anchor.find(self.text, words)


def take_in(
    folder: Path, file: Path, published: str | None, title: str | None, publisher: str | None, language: str
) -> Taken:
    """Keeps a plain text by its digest; adds an entry to documents.yaml where no document has that digest."""
    reader = Reader()
    data = _plain_text(reader, file)
    root = reader.open(folder / "documents.yaml", f"{folder.name}/documents.yaml")
    documents = read_documents(reader, root) if root else {}
    reader.raise_if_any()
    assert data is not None
    text = normalised(data.decode("utf-8-sig"))
    ours = next((d for d in documents.values() if sha256(data) == d.sha256_file), None)
    shipped = folder.resolve().parent == shipped_folder().resolve()
    if ours is None and shipped:
        reader.say(
            file.name,
            0,
            f"no document of the shipped case `{folder.name}` has this digest",
            "copy the case folder, and add the document to the copy.",
        )
    elif ours is None and (published is None or edtf_interval(published) is None):
        reader.say(
            file.name,
            0,
            "a new document needs the day it appeared",
            "add, for example, --published 2015-06-15, or --published 2015-06-01/2015-07-31.",
        )
    reader.raise_if_any()
    own = folder / "archive"
    kept = store(data, user_archive() if shipped or not os.access(folder, os.W_OK) else own)
    if ours is None:
        name = _free_id(file.stem, documents)
        _add_entry(
            folder / "documents.yaml",
            name,
            data,
            text,
            str(published),
            title or file.stem,
            publisher or "unknown",
            language,
        )
        return Taken(name, True, kept, text)
    return Taken(ours.id, False, kept, text)


def _plain_text(reader: Reader, file: Path) -> bytes | None:
    try:
        mode = os.lstat(file).st_mode
    except OSError:
        reader.say(file.name, 0, "the file is missing", "check its name.")
        return None
    if not stat.S_ISREG(mode):
        reader.say(file.name, 0, "this is not an ordinary file", "give the file itself, not a folder, link or pipe.")
        return None
    if os.path.getsize(file) > LARGEST_TEXT:
        reader.say(
            file.name, 0, f"the file is larger than {LARGEST_TEXT:,} bytes", "keep the part that the case rests on."
        )
        return None
    data = file.read_bytes()
    kinds = {
        b"%PDF": "a PDF",
        b"PK\x03\x04": "a zip or office file",
        b"<!DOCTYPE": "a web page",
        b"<html": "a web page",
    }
    kind = next((what for head, what in kinds.items() if data.lstrip()[:9].startswith(head)), None)
    if kind:
        reader.say(file.name, 0, f"this is {kind}", "this version reads plain text: save it as text first.")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        reader.say(file.name, line, "the text is not UTF-8", "save it as UTF-8.")
        return None
    if not text.strip() or "\x00" in text:
        reader.say(
            file.name,
            1,
            "the file is empty" if not text.strip() else "the file is not text",
            "give a file of plain text.",
        )
        return None
    return data


def _free_id(stem: str, taken: dict[str, Document]) -> str:
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in stem.lower()).strip("-") or "document"
    n, out = 2, name
    while out in taken:
        out, n = f"{name}-{n}", n + 1
    return out


def _add_entry(
    path: Path, name: str, data: bytes, text: str, published: str, title: str, publisher: str, language: str
) -> None:
    """Appends an entry, comments and order kept; the file is replaced only by one that reads well."""
    lines = path.read_text("utf-8").rstrip("\n").split("\n")
    entry = [
        f"id: {name}",
        f"title: {quoted(title)}",
        f"publisher: {quoted(publisher)}",
        f"language: {language}",
        f"published: {{edtf: {published}, basis: stated}}",
        f"origin: {name}            # documents of one origin count once: give copies and rewrites one origin",
        "licence: all rights reserved",
        f"sha256_file: {sha256(data)}",
        f"sha256_text: {sha256(text)}",
        f"characters: {len(text)}",
    ]
    at = next((i for i, line in enumerate(lines) if line.startswith("documents:")), None)
    if at is not None and lines[at].split("#")[0].rstrip() in ("documents: []", "documents:"):
        lines[at] = "documents:"
    dash = next((line[: len(line) - len(line.lstrip())] for line in lines if line.lstrip().startswith("- ")), "  ")
    block = [f"{dash}- {entry[0]}", *(f"{dash}  {line}" for line in entry[1:])]
    new = "\n".join([*lines, *block]) + "\n"
    trial = path.with_name(path.name + ".trial")
    reader = Reader()
    try:
        trial.write_text(new, "utf-8")
        root = reader.open(trial, path.name)
        good = root is not None and name in read_documents(reader, root)
    finally:
        trial.unlink(missing_ok=True)
    if not good or reader.problems:
        reader.problems.clear()
        reader.say(
            path.name,
            len(lines),
            "the entry could not be added by itself",
            "put it at the end of the list yourself:",
            "\n".join(block),
        )
        raise ProblemsFound(reader.problems)
    write_text(path, new)
