"""An archive locked, unlocked, given another passphrase; at a kill or a full disk nothing is lost, and the same command
goes on.

A file goes from one form to the other alone: the new form is written aside, read back and compared, put in its place
on the disk itself, and only then the old one goes. While `identity.age` is there the archive counts as locked and its
encrypted forms as right, so it is made before the first file is encrypted and goes after the last was decrypted.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from obrok.evidence import passphrases, sealed
from obrok.evidence.archive import INDEX, OURS, ROOMS, Keeper
from obrok.evidence.custody import ROOM, Chain
from obrok.problems import Problem, ProblemsFound

#: files and bytes that are written before the disk is waited for and what they stand for goes
MOST, MOST_BYTES = 500, 64_000_000
#: least and most work of scrypt, as powers of two (18, as `age` itself takes: half a second and a quarter of a gigabyte; a fast
#: machine is content with 20, a gigabyte)
WORK, TRIES = (18, 20), 8
Tell = Callable[[int, int], None]


@dataclass
class Turned:
    """How many files changed their form, and what could not."""

    files: int = 0
    problems: list[Problem] = field(default_factory=list)


def lock(folder: Path, hand: str | None = None, tell: Tell = lambda done, of: None) -> Turned:
    """Encrypts what lies in plain in an archive, under a passphrase that is asked for; in one that is locked, what came
    to lie there since or was not reached. `hand`: a code for whoever does it. Raises ProblemsFound, OSError."""
    _there(folder)
    sealed.age()
    given = "" if sealed.is_locked(folder) else passphrases.chosen(sealed.shown(folder))
    if not given:
        sealed.identity_of(folder)  # who does not know the passphrase changes nothing
    with sealed.alone(folder):
        if given and not sealed.is_locked(folder):
            _make_identity(folder, given)
        identity = sealed.identity_of(folder)
        _sweep(folder)
        done = _turn(folder, _in_plain(folder), partial(_close, folder, identity), tell)
        _note(folder, hand, "locked")
    return done


def unlock(folder: Path, hand: str | None = None, tell: Tell = lambda done, of: None) -> Turned:
    """Turns a locked archive back into plain files. Where one of them does not open, nothing is changed. Raises
    ProblemsFound, OSError."""
    _there(folder)
    if not sealed.is_locked(folder):
        raise _refused(folder, "the archive is not locked", "there is nothing to unlock.")
    identity = sealed.identity_of(folder)
    with sealed.alone(folder):
        _sweep(folder)
        if wrong := [p for path in _encrypted(folder) if (p := _not_open(folder, identity, path))]:
            raise ProblemsFound(wrong)
        _note(folder, hand, "unlocked")
        done = _turn(folder, _encrypted(folder), partial(_open, folder, identity), tell)
        if not done.problems:
            wrapped = (folder / sealed.IDENTITY).read_bytes()
            (folder / sealed.RECIPIENT).unlink(missing_ok=True)
            (folder / sealed.IDENTITY).unlink()
            _settle(folder)
            sealed.forget(wrapped)
    return done


def change(folder: Path) -> None:
    """Gives a locked archive another passphrase; its key, and so its files, stay as they are. Raises ProblemsFound."""
    _there(folder)
    if not sealed.is_locked(folder):
        raise _refused(folder, "the archive is not locked", "lock it first: `obrok lock`.")
    identity = sealed.identity_of(folder)
    given = passphrases.chosen(sealed.shown(folder), passphrases.NEW_FILE)
    with sealed.alone(folder):
        _wrap(folder, identity, given)


def _there(folder: Path) -> None:
    if not folder.is_dir():
        raise _refused(folder, "there is no archive here yet", "`obrok read CASE FILE` makes it.")


def _refused(folder: Path, what: str, mend: str) -> ProblemsFound:
    return ProblemsFound([Problem(sealed.shown(folder), 0, what, mend)])


# --- the key ---------------------------------------------------------------------------------------------------------
def _make_identity(folder: Path, passphrase: str) -> None:
    identity = sealed.age().x25519.Identity.generate()
    sealed.put(folder / sealed.RECIPIENT, f"{identity.to_public()}\n".encode(), 0o600, lasting=True)
    _wrap(folder, identity, passphrase)


def _wrap(folder: Path, identity: Any, passphrase: str) -> None:
    """Writes identity.age, which `age` itself takes, and makes sure that the passphrase opens it before it counts."""
    text = f"# public key: {identity.to_public()}\n{identity}\n"
    wrapped = _hard_enough(text.encode(), passphrase)

    def check(path: Path) -> None:
        found = sealed.unwrapped(folder, path.read_bytes(), passphrase)
        if found is None or str(found) != str(identity):
            raise OSError(None, "what was written is not what is read back", str(path))

    sealed.put(folder / sealed.IDENTITY, wrapped, 0o600, lasting=True, check=check)
    _settle(folder)
    sealed.remember(wrapped, identity)


def _hard_enough(data: bytes, passphrase: str) -> bytes:
    """Encrypted under a passphrase. The library makes it as much work as the machine, by a glance at its clock, seems to do
    in a second; where others keep the machine busy that is too little, or too much for a slower one, and is done again."""
    tries = []
    for _ in range(TRIES):
        wrapped = sealed.age().passphrase.encrypt(data, passphrase)
        found = re.match(rb"[^\n]*\n-> scrypt \S+ (\d+)\n", wrapped)
        work = int(found[1]) if found else WORK[0]
        if WORK[0] <= work <= WORK[1]:
            return wrapped
        tries.append((work, wrapped))
    return max(tries)[1]


def _note(folder: Path, hand: str | None, what: str) -> None:
    """A line of custody, once."""
    chain = Chain(folder)
    keeper = Keeper(folder, hand, chain)
    if keeper.state() != what:
        keeper.note(what)
        chain.join()


# --- the files -------------------------------------------------------------------------------------------------------
def _files(folder: Path) -> list[Path]:
    """Every file in an archive but its key; links are not followed."""
    own = {folder / sealed.IDENTITY, folder / sealed.RECIPIENT}
    return [p for p in sorted(folder.rglob("*")) if p not in own and stat.S_ISREG(p.lstat().st_mode)]


def _in_plain(folder: Path) -> list[Path]:
    """Files that are to be encrypted: among them a person's own that is called so and is no age file."""
    return [p for p in _files(folder) if p.suffix != sealed.ENDING or not (_is_ours(p) or sealed.is_encrypted(p))]


def _encrypted(folder: Path) -> list[Path]:
    return [p for p in _files(folder) if p.suffix == sealed.ENDING]


def _is_ours(path: Path) -> bool:
    """Whether a file has its place and name from obrok, and not from a person."""
    return path.parent.name in (*ROOMS, ROOM) or OURS.fullmatch(path.name.removesuffix(sealed.ENDING)) is not None


def _sweep(folder: Path) -> None:
    """Takes away what was being written when a process was killed, and the indexes, which are made anew."""
    for path in _files(folder):
        older = path.suffix == ".part" and (path.parent.name in ROOMS or path.name == "key.part")
        if path.suffix == sealed.PART or older or (path.parent == folder and INDEX.fullmatch(path.name)):
            path.unlink()


def _turn(folder: Path, paths: list[Path], one: Callable[[Path], Problem | None], tell: Tell) -> Turned:
    """Gives files their other form, and takes the old one away when the new one is on the disk."""
    done = Turned()
    for some in _batches(paths):
        good = []
        for path in some:
            try:
                problem = one(path)
            except PermissionError:
                what = "the file may not be read or written here"
                problem = Problem(path.name, 0, what, "make it yours (chown, chmod), and do it again.")
            good += [] if problem else [path]
            done.problems += [problem] if problem else []
        for room in {path.parent for path in good}:
            _settle(room)
        for path in good:
            path.unlink()
        done.files += len(good)
        tell(done.files, len(paths))
    for room in {path.parent for path in paths}:
        _settle(room)
    return done


def _batches(paths: list[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    size = 0
    for path in paths:
        batch.append(path)
        size += path.stat().st_size
        if len(batch) >= MOST or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _close(folder: Path, identity: Any, path: Path) -> Problem | None:
    """Writes the encrypted form of a file beside it."""
    data, target, name = path.read_bytes(), sealed.closed(path), path.relative_to(folder).as_posix()
    try:
        return _same(name, data, sealed.decrypted(identity, target.read_bytes(), name))
    except sealed.Damaged:
        if not _is_ours(path):
            mend = "give one of the two another name, and do it again."
            return Problem(name, 0, f"{target.name} is there already, and is not of this archive", mend)
    except FileNotFoundError:
        pass

    def check(part: Path) -> None:
        if sealed.decrypted(identity, part.read_bytes(), name) != data:
            raise OSError(None, "what was written is not what is read back", str(part))

    sealed.put(target, sealed.encrypted(identity, data), _mode(path), lasting=True, check=check)
    return None


def _open(folder: Path, identity: Any, path: Path) -> Problem | None:
    """Writes the plain form of a file beside it."""
    target, name = path.with_name(path.name.removesuffix(sealed.ENDING)), path.relative_to(folder).as_posix()
    data = sealed.decrypted(identity, path.read_bytes(), name)
    with suppress(FileNotFoundError):
        if problem := _same(name, target.read_bytes(), data):
            return problem

    def check(part: Path) -> None:
        if part.read_bytes() != data:
            raise OSError(None, "what was written is not what is read back", str(part))

    sealed.put(target, data, _mode(path), lasting=True, check=check)
    return None


def _same(name: str, plain: bytes, data: bytes) -> Problem | None:
    """Whether nothing is lost with the plain form of a file, where both are there: the encrypted one has all of it."""
    if data.startswith(plain):  # what is only ever added to may have been added to
        return None
    mend = "both were left as they are: keep the one that is right, under a name of its own, and do it again."
    return Problem(name, 0, "the file is there in plain and encrypted, and the two differ", mend)


def _not_open(folder: Path, identity: Any, path: Path) -> Problem | None:
    name = path.relative_to(folder).as_posix()
    try:
        sealed.decrypted(identity, path.read_bytes(), name)
    except sealed.Damaged as wrong:
        mend = "nothing was changed: put a copy of it back, or take it out of the archive."
        return Problem(name, 0, wrong.problems[0].what, mend)
    return None


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _settle(room: Path) -> None:
    """What a folder lists is on the disk itself, where the platform can."""
    with suppress(OSError):
        handle = os.open(room, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
