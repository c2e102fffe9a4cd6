"""`obrok find`: words in the documents and claims of a case."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path

from obrok.evidence import sealed
from obrok.evidence.anchors import sha256
from obrok.evidence.archive import archives, find_text, is_here, shut_in, working_copy
from obrok.evidence.search import Entry, Hit, Index
from obrok.outward.editing import entries
from obrok.outward.editing.intake import archive_of, documents_of, keeps_its_own
from obrok.problems import Problem, ProblemsFound

FILES = ("documents.yaml", "claims.yaml")
#: texts that are kept in memory by who asks again and again
RECENT = 32


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
    with _index(folder, _texts(folder), {}) as index:
        if index.state != state:
            index.bring_up(_entries(folder), state)
        try:
            return index.find(words, most)
        except ValueError:
            mend = 'give words, "words in a row", begin* or -left-out.'
            raise ProblemsFound([Problem("find", 0, "there is nothing to look for", mend)]) from None


class Finder:
    """The index of a case, to be asked again and again while its files change: made ready apart, for that takes a while."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._made: str | None = None
        self._kept: dict[str, bytes] = {}
        self._texts = lru_cache(RECENT)(_texts(folder))

    @property
    def state(self) -> str:
        """A digest of what the index is to be made from now."""
        return _state(self.folder)

    def is_ready(self, state: str) -> bool:
        """Whether the index is of this state; one that an earlier command made is taken as it is."""
        if self._made != state and not any(sealed.is_locked(a) for a in archives(self.folder)):
            with self._index() as index:
                self._made = index.state
        return self._made == state

    def make_ready(self, state: str, tell: Callable[[int, int], None]) -> None:
        """Brings the index up; `tell`: how many documents and claims of how many are in it. Raises Locked, ProblemsFound."""
        self._texts = lru_cache(RECENT)(_texts(self.folder))
        with self._index() as index:
            if index.state != state:
                index.bring_up(_entries(self.folder), state, tell)
        self._made = state

    def find(self, words: str, most: int, skip: int, left_out: Iterable[str]) -> tuple[list[Hit], int]:
        """Documents in which words stand. ValueError where there is nothing to look for."""
        with self._index() as index:
            return index.find(words, most, skip, "document", left_out)

    def _index(self) -> AbstractContextManager[Index]:
        return _index(self.folder, self._texts, self._kept)


@contextmanager
def _index(folder: Path, texts: Callable[[str], str | None], in_memory: dict[str, bytes]) -> Iterator[Index]:
    """The index of a case: a file of its archive; where texts may be of a locked one in memory, and kept encrypted if that
    is its own. `in_memory`: what an index in memory was when it was last changed, by name."""
    name = "index.sqlite" if keeps_its_own(folder) else f"index-{folder.name}.sqlite"
    own = archive_of(folder)
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sealed.alone(own, shared=True):  # nobody locks it meanwhile
        if not any(sealed.is_locked(a) for a in archives(folder)):
            in_memory.clear()
            with Index(own / name, texts) as index:
                yield index
            return
        for end in ("", "-wal", "-shm", "-journal"):
            (own / (name + end)).unlink(missing_ok=True)
        locked = sealed.is_locked(own)
        kept = in_memory.get(name) or (_kept(own, name) if locked else None)
        with Index(None, texts, kept) as index:
            before = index.state
            yield index
            if index.state != before:
                in_memory[name] = index.as_bytes()
                if locked:
                    sealed.write(own, name, in_memory[name])


def _kept(archive: Path, name: str) -> bytes | None:
    with suppress(sealed.Damaged):  # it is made anew
        return sealed.read(archive, name)
    return None


def _state(folder: Path) -> str:
    """A digest of what the index is made from: the case's files, and which texts are here."""
    files = [_digest(folder / name) for name in FILES]
    rooms = [a / "texts" for a in archives(folder)]
    times = [str(r.stat().st_mtime_ns) for r in rooms if r.is_dir()]
    return sha256(" ".join([*files, *times, os.environ.get("OBROK_DOCUMENTS", "")]))


def _digest(path: Path) -> str:
    s = path.stat()
    return _digest_of(path, s.st_mtime_ns, s.st_size, s.st_ino)


@lru_cache(maxsize=16)
def _digest_of(path: Path, *written: int) -> str:
    return sha256(path.read_bytes())


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
