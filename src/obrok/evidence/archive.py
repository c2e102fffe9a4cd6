"""The archive: originals by digest, never altered; working copies; who took what in, when and how; texts by digest.

    archive/            0700, never part of what is given away
      originals/        the bytes as they came, by their SHA-256 (the evidentiary copy of the Berkeley Protocol, read-only)
      texts/            normalised texts, by theirs (the working copy that anchors count in)
      maps/             by the original's digest: how the text was made, what the page says of itself, its map back
      custody.jsonl     a line for each thing done, chained: each line holds the digest of the one before
      key, published.jsonl  of published spans, and what each stands for (evidence/withheld.py)
      index.sqlite      the full-text index (evidence/search.py); may be deleted, and is made anew

Files that a person puts into archive/ by hand are found by their digest too.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from obrok.evidence.anchors import normalised, sha256
from obrok.evidence.reading.types import LIMITS, Read, Unreadable
from obrok.release import version

LARGEST_TEXT, MOST_FILES = LIMITS.characters, 2_000
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
    this machine."""
    for path in working_copies(sha256_text, case_folder) if sha256_text else ():
        with suppress(OSError, UnicodeDecodeError):
            if sha256(data := path.read_bytes()) == sha256_text:
                return data.decode()
    path = find_original(sha256_file, case_folder)
    return None if path is None else _text_of(path, sha256_text)


def working_copies(sha256_text: str, case_folder: Path | None) -> list[Path]:
    """The files that the archives hold as a text's working copy, unread."""
    paths = (folder / "texts" / f"{sha256_text}.txt" for folder in archives(case_folder))
    return [path for path in paths if _is_plain(path)]


def find_original(sha256_file: str, case_folder: Path | None) -> Path | None:
    """The file with this digest."""
    for folder in archives(case_folder):
        for path in (folder / "originals").glob(f"{sha256_file}.*"):
            if _is_plain(path) and _digest_of(path) == sha256_file:
                return path
    for folder in _loose(case_folder):
        try:
            files = sorted(folder.iterdir())[:MOST_FILES]
        except OSError:
            continue
        for path in files:
            if _is_plain(path) and _digest_of(path) == sha256_file:
                return path
    return None


def _is_plain(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:  # gone, or not ours to look at
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= LIMITS.bytes


def _digest_of(path: Path) -> str | None:
    try:
        status = path.lstat()
        return _digest(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _digest(path: Path, modified: int, size: int) -> str:
    return sha256(path.read_bytes())


def _text_of(path: Path, sha256_text: str | None) -> str | None:
    """A file of plain text is normalised here; any other is read by a process of its own."""
    from obrok.evidence.reading import read_files

    with suppress(UnicodeDecodeError, OSError):
        text = normalised(path.read_bytes().decode("utf-8-sig"))
        if sha256_text in (None, sha256(text)) or path.suffix == ".txt":
            return text
    for _, found in read_files([path], workers=1):
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
    log: IO[bytes]
    last: str

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
        if any(new):
            self.note("taken in", file=original, text=sha256_text, kind=read.kind, bytes=len(read.data),
                      inside=inside, method=read.method)  # fmt: skip

    def keep_container(self, data: bytes) -> str:
        """Keeps a web archive itself."""
        original = sha256(data)
        if self._put("originals", original + _ENDINGS["web archive"], data, 0o400):
            self.note("taken in", file=original, kind="web archive", bytes=len(data))
        return original

    def note(self, what: str, **about: Any) -> None:
        """A line of custody."""
        line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, "hand": self.hand,
                "program": f"obrok {version()}", **about, "previous": self.last}  # fmt: skip
        data = json.dumps(line, ensure_ascii=False).encode()
        self.log.write(data + b"\n")
        self.log.flush()
        self.last = sha256(data)

    def _put(self, room: str, name: str, data: bytes, mode: int) -> bool:
        """Whether it was not there before."""
        path = self.folder / room / name
        if path.exists() and sha256(path.read_bytes()) == sha256(data):
            return False
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
            f.write(data)
        os.chmod(part, mode)
        os.replace(part, path)
        return True


@contextmanager
def keeping(folder: Path, hand: str | None = None) -> Iterator[Keeper]:
    """An archive open for taking in; one at a time."""
    for room in (folder, *(folder / r for r in ("originals", "texts", "maps"))):
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(room, 0o700)
    path = folder / "custody.jsonl"
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0) as log:
        _alone(log)
        lines = path.read_bytes().splitlines()
        yield Keeper(folder, hand, log, sha256(lines[-1]) if lines else "")


def _alone(log: IO[bytes]) -> None:
    """Waits until no other process writes here, where the platform can."""
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(log, fcntl.LOCK_EX)


def told_of(sha256_file: str, case_folder: Path | None) -> dict | None:
    """What is known of how a document's text was made, and its map back; None where nobody here read it."""
    for folder in archives(case_folder):
        with suppress(OSError, ValueError):
            return json.loads((folder / "maps" / f"{sha256_file}.json").read_text("utf-8"))
    return None


# --- has anything been altered? --------------------------------------------------------------------------------------
def alterations(folder: Path) -> list[str]:
    """What in an archive is not as it was taken in, in words; none in a sound one."""
    out: list[str] = []
    path = folder / "custody.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    last, taken = "", {}
    for number, data in enumerate(lines, 1):
        try:
            line = json.loads(data)
            sound, last = line["previous"] == last, sha256(data)
        except (ValueError, KeyError, TypeError):
            return [*out, f"custody.jsonl:{number}: this line is not one that obrok wrote"]
        if not sound:
            out.append(
                f"custody.jsonl:{number}: the line does not follow from the one before: a line was changed or lost"
            )
        if line["what"] == "taken in":
            taken[line["file"]] = line.get("text")
    for original, text in taken.items():
        for room, digest in (("originals", original), ("texts", text)):
            if digest is None:
                continue
            files = list((folder / room).glob(f"{digest}.*"))
            if not files:
                out.append(f"{room}/{digest[:16]}…: taken in, and no longer there")
            out += [
                f"{room}/{f.name[:16]}…: its bytes are not those taken in" for f in files if _digest_of(f) != digest
            ]
    return out
