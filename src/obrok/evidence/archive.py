"""The archive by digest; normalised text; anchors: made, and checked to the character.

The words of a document never leave the archive. An anchor holds a position in the normalised text and digests of the
span and of its surroundings (a W3C Web Annotation TextPosition and TextQuote selector whose quotes are digests).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

AROUND = 32
LARGEST_TEXT, MOST_FILES = 20_000_000, 2_000


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


@lru_cache(maxsize=4096)
def _digest_of(path: Path, modified: int, size: int) -> str:
    return sha256(path.read_bytes())


def find_text(sha256_file: str, case_folder: Path | None) -> str | None:
    """The normalised text of the file with this digest; None where it is not on this machine."""
    for folder in archive_folders(case_folder):
        try:
            files = sorted(folder.iterdir())[:MOST_FILES]
        except OSError:
            continue
        for path in files:
            try:
                status = path.lstat()
                if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_TEXT:
                    continue
                if _digest_of(path, status.st_mtime_ns, status.st_size) == sha256_file:
                    return normalised(path.read_bytes().decode("utf-8", "replace"))
            except OSError:  # gone, or not ours to read
                continue
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
