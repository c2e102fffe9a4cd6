"""Custody: who took what in, when and how, in a chain; and whether anything was altered since.

`custody.jsonl` has a line for each thing done, and each line holds the digest of the one before. In a locked archive a
new line is a file of its own, custody/NNNNNNNN.json.age, until the next that takes in puts it with the others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from obrok.evidence import sealed
from obrok.evidence.anchors import sha256

FILE, ROOM = "custody.jsonl", "custody"
ROOMS = ("originals", "texts", "maps")


class Chain:
    """The lines of an archive's custody, to be added to. Only while the archive is one's own (`sealed.alone`)."""

    def __init__(self, folder: Path):
        self.folder, self.lines = folder, lines(folder)
        self.join()

    def add(self, line: bytes) -> None:
        """A line, on disk when this returns."""
        if sealed.is_locked(self.folder):
            sealed.write(self.folder, f"{ROOM}/{len(self.lines):08d}.json", line)
        else:
            path = self.folder / FILE
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0) as file:
                file.write(line + b"\n")
        self.lines.append(line)

    @property
    def last(self) -> str:
        """The digest of the last line; '' where there is none."""
        return sha256(self.lines[-1]) if self.lines else ""

    def join(self) -> None:
        """Puts lines that are files of their own with the others."""
        if single := sealed.names(self.folder, ROOM):
            sealed.write(self.folder, FILE, b"".join(line + b"\n" for line in self.lines))
            for name in single:
                sealed.remove(self.folder, name)
        with suppress(OSError):
            for path in (self.folder / ROOM).glob(f"*{sealed.PART}"):
                path.unlink()
            (self.folder / ROOM).rmdir()

    def told(self, *what: str) -> Iterator[dict]:
        """The lines that tell of such things, the last first; what is no line of obrok's is passed over."""
        for data in reversed(self.lines):
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                if (line := json.loads(data))["what"] in what:
                    yield line


def lines(folder: Path) -> list[bytes]:
    """The lines of an archive's custody, in order. Raises Locked, Damaged."""
    out = (sealed.read(folder, FILE) or b"").splitlines()
    for name in sealed.names(folder, ROOM):
        number = Path(name).stem
        if not number.isdigit() or int(number) >= len(out):  # others are among them already
            out.append(sealed.read(folder, name) or b"")
    return out


def alterations(folder: Path) -> list[str]:
    """What in an archive is not as it was taken in, in words; none in a sound one. Raises Locked."""
    damaged: list[str] = []

    @cache
    def digest_of(name: str) -> str | None:
        """Of a file's bytes; None where it is gone, or does not open, which is told."""
        try:
            data = sealed.read(folder, name)
        except sealed.Damaged:
            damaged.append(f"{_short(name + sealed.ENDING)}: it does not open: it was changed, or is damaged")
            return None
        return None if data is None else sha256(data)

    if sealed.is_locked(folder):
        around = _around(folder, digest_of)
    else:
        lost = [name for room in ROOMS for name in sealed.names(folder, room) if name.endswith(sealed.ENDING)]
        many = f"{len(lost)} encrypted file{'s' * (len(lost) != 1)}"
        around = [f"{sealed.IDENTITY}: it is gone, and nobody can open {many} without it"] if lost else []
    return around + _altered(folder, digest_of) + damaged


def _around(folder: Path, digest_of: Callable[[str], str | None]) -> list[str]:
    """What is not as it should be in a locked archive beside what was taken in; looks whether every file opens."""
    out = []
    public = str(sealed.identity_of(folder).to_public())
    path = folder / sealed.RECIPIENT
    if not path.is_file() or path.read_text("ascii", "replace").split() != [public]:
        out.append(f"{sealed.RECIPIENT}: it is not the public key of {sealed.IDENTITY}")
    plain = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == sealed.ENDING and name != sealed.IDENTITY:
            digest_of(name.removesuffix(sealed.ENDING))
        elif name not in (sealed.IDENTITY, sealed.RECIPIENT) and not sealed.is_encrypted(path):
            plain.append(name)
    if plain:
        many = f"{len(plain)} file{'s lie' if len(plain) > 1 else ' lies'}"
        out.append(f"{_short(plain[0])}: {many} there in plain, though the archive is locked: `obrok lock` again")
    return out


def _altered(folder: Path, digest_of: Callable[[str], str | None]) -> list[str]:
    """What custody says, held against what is there."""
    out: list[str] = []
    last, taken = "", {}
    try:
        told = lines(folder)
    except sealed.Damaged:
        told = []
        out.append(f"{FILE}: nobody can say what was taken in: a part of it does not open")
    for number, data in enumerate(told, 1):
        try:
            line = json.loads(data)
            sound, last = line["previous"] == last, sha256(data)
            if line["what"] == "taken in":
                taken[str(line["file"])] = line.get("text") and str(line["text"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return [*out, f"{FILE}:{number}: this line is not one that obrok wrote"]
        if not sound:
            out.append(f"{FILE}:{number}: the line does not follow from the one before: a line was changed or lost")
    by: dict[str, dict[str, list[str]]] = {room: {} for room in ROOMS[:2]}
    for room, files in by.items():
        for name in sealed.names(folder, room):
            files.setdefault(Path(name).name.partition(".")[0], []).append(name)
    for original, text in taken.items():
        for room, digest in (("originals", original), ("texts", text)):
            if digest is None:
                continue
            found = by[room].get(digest, [])
            if not found:
                out.append(f"{room}/{digest[:16]}…: taken in, and no longer there")
            for name in found:
                if digest_of(name) not in (None, digest):
                    out.append(f"{_short(name)}: its bytes are not those taken in")
    return out


def _short(name: str) -> str:
    """A file's name, with the beginning of a digest."""
    room, slash, last = name.rpartition("/")
    return f"{room}{slash}{last[:16]}{'…' * (len(last) > 16)}"
