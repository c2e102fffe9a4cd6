"""`obrok find`: words in the documents and claims of a case."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from obrok.evidence import sealed
from obrok.evidence.anchors import sha256
from obrok.evidence.archive import archives, find_text, is_here, shut_in, working_copy
from obrok.evidence.search import Entry, Hit, Index
from obrok.outward import entries
from obrok.outward.intake import archive_of, documents_of, keeps_its_own
from obrok.problems import Problem, ProblemsFound

FILES = ("documents.yaml", "claims.yaml")


def find(folder: Path, words: str, most: int = 20) -> tuple[list[Hit], int]:
    """The best hits among documents and claims, and how many there are. Raises ProblemsFound, where texts are in a locked
    archive that is not opened as Locked."""
    try:
        state = _state(folder)
    except FileNotFoundError as missing:
        what = f"{Path(missing.filename).name} is missing"
        raise ProblemsFound(
            [Problem(folder.name, 0, what, "a case has case.yaml, claims.yaml and documents.yaml.")]
        ) from None
    with _index(folder) as index:
        if index.state != state:
            index.bring_up(_entries(folder), state)
        try:
            return index.find(words, most)
        except ValueError:
            mend = 'give words, "words in a row", begin* or -left-out.'
            raise ProblemsFound([Problem("find", 0, "there is nothing to look for", mend)]) from None


@contextmanager
def _index(folder: Path) -> Iterator[Index]:
    """The index of a case: a file of its archive; where texts may be of a locked one in memory, and kept encrypted if that
    is its own."""
    name = "index.sqlite" if keeps_its_own(folder) else f"index-{folder.name}.sqlite"
    own = archive_of(folder)
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sealed.alone(own, shared=True):  # nobody locks it meanwhile
        if not any(sealed.is_locked(a) for a in archives(folder)):
            with Index(own / name, _texts(folder)) as index:
                yield index
            return
        for end in ("", "-wal", "-shm", "-journal"):
            (own / (name + end)).unlink(missing_ok=True)
        locked = sealed.is_locked(own)
        with Index(None, _texts(folder), _kept(own, name) if locked else None) as index:
            before = index.state
            yield index
            if locked and index.state != before:
                sealed.write(own, name, index.as_bytes())


def _kept(archive: Path, name: str) -> bytes | None:
    with suppress(sealed.Damaged):  # it is made anew
        return sealed.read(archive, name)
    return None


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
        if (kept := working_copy(digest, folder)) is not None:
            return kept
        if not (original := originals().get(digest)):
            return None
        found = find_text(original, digest, folder)
        if found is None and (shut := shut_in(original, digest, folder)):
            raise sealed.Locked(shut)
        return found

    return text


def _entries(folder: Path) -> Iterator[Entry]:
    for d in documents_of(folder).values():
        here = d.sha256_file and (
            is_here(d.sha256_file, d.sha256_text, folder) or shut_in(d.sha256_file, d.sha256_text, folder)
        )
        yield Entry("document", d.id, d.title, d.sha256_text if here else None)
    for item in entries.items(folder, "claims.yaml", "claims"):
        if "id" in item and "paraphrase" in item:
            quantity = item["quantity"].text if "quantity" in item else ""
            yield Entry("claim", item["id"].text, quantity, None, item["paraphrase"].text)
