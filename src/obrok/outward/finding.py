"""`obrok find`: words in the documents and claims of a case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from obrok.evidence.anchors import sha256
from obrok.evidence.archive import archives, find_text
from obrok.evidence.search import Entry, Hit, Index
from obrok.outward.intake import documents_of, keeps_its_own
from obrok.problems import Problem, ProblemsFound, Reader

FILES = ("documents.yaml", "claims.yaml")


def find(folder: Path, words: str, most: int = 20) -> tuple[list[Hit], int]:
    """The best hits among documents and claims, and how many there are. Raises ProblemsFound."""
    at = archives(folder if keeps_its_own(folder) else None)[0] / "index.sqlite"
    if not keeps_its_own(folder):
        at = at.with_name(f"index-{folder.name}.sqlite")
    try:
        state = _state(folder)
    except FileNotFoundError as missing:
        what = f"{Path(missing.filename).name} is missing"
        raise ProblemsFound(
            [Problem(folder.name, 0, what, "a case has case.yaml, claims.yaml and documents.yaml.")]
        ) from None
    with Index(at, lambda digest: _text(folder, digest)) as index:
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


_files: dict[str, str] = {}


def _text(folder: Path, digest: str) -> str | None:
    """By the digest of the text; where only the original is on this machine, by that."""
    for archive in archives(folder):
        path = archive / "texts" / f"{digest}.txt"
        if path.is_file():
            return path.read_text("utf-8")
    if not _files:
        _files.update({d.sha256_text: d.sha256_file for d in documents_of(folder).values() if d.sha256_text})  # type: ignore[misc]
    original = _files.get(digest)
    return find_text(original, digest, folder) if original else None


def _is_here(folder: Path, digest: str) -> bool:
    kept = any((a / "texts" / f"{digest}.txt").is_file() for a in archives(folder))
    return kept or _text(folder, digest) is not None


def _entries(folder: Path) -> Iterator[Entry]:
    for d in documents_of(folder).values():
        here = d.sha256_text and _is_here(folder, d.sha256_text)
        yield Entry("document", d.id, d.title, d.sha256_text if here else None)
    reader = Reader()
    root = reader.open(folder / "claims.yaml", f"{folder.name}/claims.yaml")
    reader.raise_if_any()
    for item in root["claims"] if root is not None and "claims" in root else ():
        if "id" in item and "paraphrase" in item:
            quantity = item["quantity"].text if "quantity" in item else ""
            yield Entry("claim", item["id"].text, quantity, None, item["paraphrase"].text)
