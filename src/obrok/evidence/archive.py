"""The archive: originals by digest, never altered; working copies; who took what in, when and how; texts by digest.

    archive/            0700, never part of what is given away
      originals/        the bytes as they came, by their SHA-256 (the evidentiary copy of the Berkeley Protocol, read-only)
      texts/            normalised texts, by theirs (the working copy that anchors count in)
      maps/             by the original's digest: how the text was made, what the page says of itself, its map back
      custody.jsonl     a line for each thing done, chained: each line holds the digest of the one before
      key, published.jsonl  of published spans, and what each stands for (evidence/withheld.py)
      index.sqlite      the full-text index (evidence/search.py); may be deleted, and is made anew

Files that a person puts into archive/ by hand are found by their digest too. An archive may be locked: then each file
is NAME.age, encrypted (evidence/sealed.py), and what is read here was opened in memory. Where a locked archive was not
opened, its texts are not found, and `shut_in` tells.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from obrok.evidence import sealed
from obrok.evidence.anchors import normalised, sha256
from obrok.evidence.custody import Chain
from obrok.evidence.reading.types import KINDS, LIMITS, InMemory, Read, Unreadable
from obrok.evidence.sealed import Damaged, Locked, alone
from obrok.release import version

LARGEST_TEXT, MOST_FILES = LIMITS.characters, 2_000
ROOMS = ("originals", "texts", "maps")
INDEX = re.compile(r"index(-[^/]+)?\.sqlite(-wal|-shm|-journal)?(\.age)?")
#: files of an archive that are no documents
OURS = re.compile(rf"custody\.jsonl|key|published\.jsonl|{INDEX.pattern}")
_ENDINGS = {"PDF": ".pdf", "web page": ".html", "text": ".txt", "web archive": ".warc"}


# --- where -----------------------------------------------------------------------------------------------------------
def archives(case_folder: Path | None) -> list[Path]:
    """The case's archive and the user's, in the order in which they are looked at."""
    return [*([case_folder / "archive"] if case_folder else []), user_archive()]


def user_archive() -> Path:
    if given := os.environ.get("OBROK_ARCHIVE"):
        return Path(given)
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "obrok" / "archive"


def _loose(case_folder: Path | None) -> list[Path]:
    """Folders in which files lie under names of their own."""
    return [*archives(case_folder), *(Path(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p)]


# --- finding ---------------------------------------------------------------------------------------------------------
def find_text(sha256_file: str, sha256_text: str | None, case_folder: Path | None) -> str | None:
    """The normalised text of a document: its working copy, else read again from its original; None where neither is on
    this machine, or the archive is locked and was not opened."""
    if sha256_text and (text := working_copy(sha256_text, case_folder)) is not None:
        return text
    original = find_original(sha256_file, case_folder)
    return None if original is None else _text_of(original, sha256_text)


def working_copy(sha256_text: str, case_folder: Path | None) -> str | None:
    """The text with this digest, as an archive keeps it."""
    for folder in archives(case_folder):
        name = f"texts/{sha256_text}.txt"
        with suppress(OSError, UnicodeDecodeError, Locked, Damaged):
            if _fits(folder, name) and (data := sealed.read(folder, name)) and sha256(data) == sha256_text:
                return data.decode()
    return None


def find_original(sha256_file: str, case_folder: Path | None) -> InMemory | None:
    """The file with this digest."""
    found = _original(sha256_file, case_folder)
    data = sealed.read(*found) if found else None
    return None if found is None or data is None else InMemory(Path(found[1]).name, data)


def is_here(sha256_file: str, sha256_text: str | None, case_folder: Path | None) -> bool:
    """Whether a document's text is on this machine and can be read; a working copy is not read for it."""
    folders = [f for f in archives(case_folder) if not sealed.is_shut(f)]
    kept = sha256_text and any(_fits(f, f"texts/{sha256_text}.txt") for f in folders)
    return bool(kept) or _original(sha256_file, case_folder) is not None


def shut_in(sha256_file: str, sha256_text: str | None, case_folder: Path | None) -> Path | None:
    """The archive that holds a document, where it is locked and was not opened."""
    for folder in (f for f in archives(case_folder) if sealed.is_shut(f)):
        if _fits(folder, f"texts/{sha256_text}.txt") or _kept(folder, sha256_file):
            return folder
    return None


class Whereabouts:
    """What `is_here` and `shut_in` say, of many documents: every folder is looked through once."""

    def __init__(self, case_folder: Path | None):
        self._folder = case_folder
        self._shut = {folder: sealed.is_shut(folder) for folder in archives(case_folder)}

    def is_here(self, sha256_file: str, sha256_text: str | None) -> bool:
        if sha256_text and any(_fits(f, f"texts/{sha256_text}.txt") for f, shut in self._shut.items() if not shut):
            return True
        return (
            any(_digest_of(*at) == sha256_file for at in self._originals.get(sha256_file, ()))
            or sha256_file in self._loose
        )

    def shut_in(self, sha256_file: str, sha256_text: str | None) -> bool:
        shut = [folder for folder, is_shut in self._shut.items() if is_shut]
        return any(
            _fits(f, f"texts/{sha256_text}.txt") or f in {at for at, _ in self._originals.get(sha256_file, ())}
            for f in shut
        )

    @cached_property
    def _originals(self) -> dict[str, list[tuple[Path, str]]]:
        """Originals that archives keep, by the digest in their names."""
        found: dict[str, list[tuple[Path, str]]] = {}
        for folder in self._shut:
            for name in _kept(folder, "*"):
                found.setdefault(Path(name).name.partition(".")[0], []).append((folder, name))
        return found

    @cached_property
    def _loose(self) -> set[str | None]:
        """Digests of files that lie under names of their own."""
        return {_digest_of(folder, name) for folder in _loose(self._folder) for name in _names_in(folder)}


def texts_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text that an archive holds, with its digest. Raises Locked, Damaged."""
    for name in sealed.names(folder, "texts"):
        if name.endswith(".txt") and (data := sealed.read(folder, name)) is not None:
            yield Path(name).stem, data.decode("utf-8", "replace")


def _original(sha256_file: str, case_folder: Path | None) -> tuple[Path, str] | None:
    """The folder in which the file with this digest lies, and its name there."""
    for folder in archives(case_folder):
        for name in _kept(folder, sha256_file):
            if _digest_of(folder, name) == sha256_file:
                return folder, name
    for folder in _loose(case_folder):
        for name in _names_in(folder):
            if _digest_of(folder, name) == sha256_file:
                return folder, name
    return None


def _names_in(folder: Path) -> list[str]:
    return [n for n in sealed.names(folder) if not OURS.fullmatch(n)][:MOST_FILES]


def _kept(folder: Path, sha256_file: str) -> list[str]:
    """The originals of this name."""
    found = (path.name.removesuffix(sealed.ENDING) for path in (folder / "originals").glob(f"{sha256_file}.*"))
    return sorted({f"originals/{name}" for name in found if not name.endswith(sealed.PART)})


def _fits(folder: Path, name: str) -> bool:
    """Whether a file is there, and of a size that may be read."""
    path = sealed.form_of(folder, name)
    with suppress(OSError):  # gone, or not ours to look at
        return path is not None and path.lstat().st_size <= LIMITS.bytes * 1.001 + 1_000  # what encryption adds
    return False


def _digest_of(folder: Path, name: str) -> str | None:
    path = sealed.form_of(folder, name)
    with suppress(OSError, Locked, Damaged):
        if path is not None and _fits(folder, name):
            status = path.lstat()
            return _digest(folder, name, path.name, status.st_mtime_ns, status.st_size)
    return None


@lru_cache(maxsize=1 << 14)
def _digest(folder: Path, name: str, form: str, modified: int, size: int) -> str | None:
    data = sealed.read(folder, name)
    return None if data is None else sha256(data)


def _text_of(original: InMemory, sha256_text: str | None) -> str | None:
    """A file of plain text is normalised here; any other is read by a process of its own."""
    from obrok.evidence.reading import read_files

    with suppress(UnicodeDecodeError):
        text = normalised(original.data.decode("utf-8-sig"))
        if sha256_text in (None, sha256(text)) or original.name.endswith(".txt"):
            return text
    for _, found in read_files([original], workers=1):
        if isinstance(found, Unreadable):
            return None
        texts = [r.text for r in found]
        return next((t for t in texts if sha256(t) == sha256_text), texts[0])
    return None


# --- keeping ---------------------------------------------------------------------------------------------------------
@dataclass
class Keeper:
    """Takes documents into an archive. `hand`: a code for whoever does it, chosen by them; no name."""

    folder: Path
    hand: str | None
    chain: Chain

    def keep(self, read: Read, original: str, sha256_text: str, inside: str | None = None) -> None:
        """Keeps original, working copy and map, each whole or not at all. `original`, `sha256_text`: the digests of the
        bytes and of the text; `inside`: of the web archive that the document was taken out of."""
        told = read.as_json() | {"sha256_file": original, "sha256_text": sha256_text, "inside": inside}
        del told["text"]
        new = [
            self._put("originals", original + _ENDINGS[read.kind], read.data, 0o400),
            self._put("texts", f"{sha256_text}.txt", read.text.encode(), 0o600),
            self._put("maps", f"{original}.json", json.dumps(told, ensure_ascii=False).encode(), 0o600),
        ]
        if any(new) or original not in self._told:
            self.note("taken in", file=original, text=sha256_text, kind=read.kind, bytes=len(read.data),
                      inside=inside, method=read.method)  # fmt: skip

    def keep_container(self, data: bytes) -> str:
        """Keeps a web archive itself."""
        original = sha256(data)
        if self._put("originals", original + _ENDINGS["web archive"], data, 0o400) or original not in self._told:
            self.note("taken in", file=original, kind="web archive", bytes=len(data))
        return original

    def note(self, what: str, **about: Any) -> None:
        """A line of custody."""
        line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, "hand": self.hand,
                "program": f"obrok {version()}", **about, "previous": self.chain.last}  # fmt: skip
        self.chain.add(json.dumps(line, ensure_ascii=False).encode())
        self._told.add(str(about.get("file")))

    def state(self) -> str | None:
        """What the chain says of the archive: locked or unlocked; None where it was always plain."""
        return next((line["what"] for line in self.chain.told("locked", "unlocked")), None)

    @cached_property
    def _told(self) -> set[str]:
        """The files that the chain says were taken in: one that was kept just before a kill is not yet among them."""
        return {str(line.get("file")) for line in self.chain.told("taken in")}

    def _put(self, room: str, name: str, data: bytes, mode: int) -> bool:
        """Whether it was not there before."""
        with suppress(Damaged):
            if sealed.read(self.folder, f"{room}/{name}") == data:
                return False
        sealed.write(self.folder, f"{room}/{name}", data, mode)
        return True


@contextmanager
def keeping(folder: Path, hand: str | None = None) -> Iterator[Keeper]:
    """An archive open for taking in; one at a time. Raises Locked."""
    for room in (folder, *(folder / r for r in ROOMS)):
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(room, 0o700)
    with alone(folder):
        chain = Chain(folder)
        try:
            yield Keeper(folder, hand, chain)
        finally:
            chain.join()


def told_of(sha256_file: str, case_folder: Path | None) -> dict | None:
    """What is known of how a document's text was made, its `kind` and its map back, `pieces`; None where nobody here read
    it, or what lies there is no such map."""
    for folder in archives(case_folder):
        with suppress(OSError, ValueError, RecursionError, Locked, Damaged):
            if (data := sealed.read(folder, f"maps/{sha256_file}.json")) is not None:
                told = json.loads(data)
                return told if _is_map(told) else None
    return None


def _is_map(told: object) -> bool:
    if not isinstance(told, dict) or told.get("kind") not in KINDS or not isinstance(told.get("pieces"), list):
        return False
    return all(isinstance(p, list) and [type(x) for x in p] in _PIECES for p in told["pieces"])


#: what a piece of a map may be made of
_PIECES = [[int, int, place, int, int] for place in (int, str, type(None))]
