"""`obrok find`: words in the documents and claims of a case."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from obrok.evidence.anchors import sha256
from obrok.evidence.archive import archives, find_text, working_copies
from obrok.evidence.documents import Document
from obrok.evidence.search import Entry, Hit, Index
from obrok.outward import entries
from obrok.outward.intake import archive_of, documents_of, keeps_its_own
from obrok.problems import Problem, ProblemsFound

FILES = ("documents.yaml", "claims.yaml")


def find(folder: Path, words: str, most: int = 20) -> tuple[list[Hit], int]:
    """The best hits among documents and claims, and how many there are. Raises ProblemsFound."""
    name = "index.sqlite" if keeps_its_own(folder) else f"index-{folder.name}.sqlite"
    try:
        state = _state(folder)
    except FileNotFoundError as missing:
        what = f"{Path(missing.filename).name} is missing"
        raise ProblemsFound(
            [Problem(folder.name, 0, what, "a case has case.yaml, claims.yaml and documents.yaml.")]
        ) from None
    with Index(archive_of(folder) / name, _texts(folder)) as index:
        if index.state != state:
            index.bring_up(_entries(folder), state)
        try:
            return index.find(words, most)
        except ValueError:
            mend = 'give words, "words in a row", begin* or -left-out.'
            raise ProblemsFound([Problem("find", 0, "there is nothing to look for", mend)]) from None


def _state(folder: Path) -> str:
    """A digest of what the index is made from: the case's files, and which texts are here."""
    files = [sha256((folder / name).read_bytes()) for name in FILES]
    rooms = [a / "texts" for a in archives(folder)]
    times = [str(r.stat().st_mtime_ns) for r in rooms if r.is_dir()]
    return sha256(" ".join([*files, *times, os.environ.get("OBROK_DOCUMENTS", "")]))


def _texts(folder: Path) -> Callable[[str], str | None]:
    """By the digest of a text, its working copy; where only the original is on this machine, what is read in that."""

    @cache
    def originals() -> dict[str | None, str | None]:
        return {d.sha256_text: d.sha256_file for d in documents_of(folder).values()}

    def text(digest: str) -> str | None:
        for path in working_copies(digest, folder):
            return path.read_text("utf-8")
        original = originals().get(digest)
        return find_text(original, digest, folder) if original else None

    return text


def _is_here(d: Document, folder: Path) -> bool:
    """Whether a document's text is on this machine; a working copy is not read for it."""
    if d.sha256_file is None or d.sha256_text is None:
        return False
    return bool(working_copies(d.sha256_text, folder)) or find_text(d.sha256_file, d.sha256_text, folder) is not None


def _entries(folder: Path) -> Iterator[Entry]:
    for d in documents_of(folder).values():
        yield Entry("document", d.id, d.title, d.sha256_text if _is_here(d, folder) else None)
    for item in entries.items(folder, "claims.yaml", "claims"):
        if "id" in item and "paraphrase" in item:
            quantity = item["quantity"].text if "quantity" in item else ""
            yield Entry("claim", item["id"].text, quantity, None, item["paraphrase"].text)
