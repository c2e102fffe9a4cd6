"""The files of an archive, which may be locked: encrypted with age, and opened in memory alone.

    identity.age     the archive's secret key (X25519), under a passphrase (scrypt); where it is, the archive is locked
    recipient.txt    its public key
    NAME.age         the file NAME, encrypted to it

Each is an ordinary age file (https://age-encryption.org/v1): `age -d -i identity.age NAME.age` opens it without obrok.
A file is named by the archive and its name there (`texts/….txt`), whichever form it has on disk. In a locked archive
the encrypted form is the one that counts, should both be there.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from obrok.evidence import passphrases
from obrok.evidence.anchors import sha256
from obrok.problems import Problem, ProblemsFound

IDENTITY, RECIPIENT, ENDING, PART = "identity.age", "recipient.txt", ".age", ".obrok-part"
_HEAD, _LARGEST_IDENTITY = b"age-encryption.org/v1\n", 10_000
MISSING = "install it: pip install 'obrok[encrypt]'."
OPEN = f"type its passphrase on a terminal, or name a file that holds it in {passphrases.FILE}."


class Locked(ProblemsFound):
    """What was asked for is in a locked archive that was not opened."""

    def __init__(self, folder: Path):
        what, mend = "the archive is locked", OPEN
        if find_spec("pyrage") is None:
            what, mend = f"{what}, and opening it needs pyrage", MISSING
        super().__init__([Problem(shown(folder), 0, what, mend)])


class Damaged(ProblemsFound):
    """An encrypted file that does not open: altered, cut off, or not encrypted to this archive."""

    def __init__(self, name: str):
        mend = "put a copy of it back; `obrok check` tells of all such files."
        super().__init__([Problem(name, 0, "the encrypted file does not open: it was changed, or is damaged", mend)])


def shown(folder: Path) -> str:
    """An archive's name in messages and at the prompt: no sign that would drive a terminal."""
    return "".join(c for c in f"{folder.resolve().parent.name}/{folder.name}" if c.isprintable())


def is_locked(folder: Path) -> bool:
    return (folder / IDENTITY).is_file()


def age() -> Any:
    """The library. Raises ModuleNotFoundError's words as ProblemsFound."""
    try:
        import pyrage
    except ModuleNotFoundError as error:
        if error.name != "pyrage":
            raise
        raise ProblemsFound([Problem("obrok lock", 0, "encryption needs pyrage", MISSING)]) from error
    return pyrage


# --- the key, in memory ----------------------------------------------------------------------------------------------
#: digest of an identity.age → the identity in it; of those that were left locked
_opened: dict[str, Any] = {}
_left: set[str] = set()
_one = threading.RLock()


def identity_of(folder: Path) -> Any:
    """The key of a locked archive; its passphrase is asked for where this process has not opened it yet. Raises Locked
    where there is none, ProblemsFound where it is wrong."""
    with _one:
        wrapped = _wrapped(folder)
        digest = sha256(wrapped)
        if digest in _opened:
            return _opened[digest]
        if digest in _left:
            raise Locked(folder)
        try:
            age()
        except ProblemsFound as missing:
            raise Locked(folder) from missing
        for given in passphrases.offered(shown(folder)):
            if (identity := unwrapped(folder, wrapped, given)) is not None:
                _opened[digest] = identity
                return identity
        _left.add(digest)
        raise Locked(folder)


def is_shut(folder: Path) -> bool:
    """Whether an archive is locked, and this process has not opened it."""
    try:
        return is_locked(folder) and sha256(_wrapped(folder)) not in _opened
    except ProblemsFound:
        return True


def _wrapped(folder: Path) -> bytes:
    with open(folder / IDENTITY, "rb") as file:
        data = file.read(_LARGEST_IDENTITY + 1)
    if len(data) > _LARGEST_IDENTITY:
        raise _bad_identity(folder)
    return data


def unwrapped(folder: Path, wrapped: bytes, passphrase: str) -> Any:
    """The key in the bytes of an identity.age; None where the passphrase is wrong. Raises ProblemsFound where they are
    damaged."""
    pyrage = age()
    try:
        text = _by_passphrase(pyrage, wrapped, passphrase).decode()
        (line,) = (line for line in text.splitlines() if line and not line.startswith("#"))
        return pyrage.x25519.Identity.from_str(line)
    except pyrage.DecryptError as wrong:
        if str(wrong) == "Decryption failed":
            return None
        raise _bad_identity(folder) from None
    except (ValueError, pyrage.IdentityError):
        raise _bad_identity(folder) from None


def _by_passphrase(pyrage: Any, wrapped: bytes, passphrase: str) -> bytes:
    for left in (4, 3, 2, 1, 0):
        try:
            return pyrage.passphrase.decrypt(wrapped, passphrase)
        except pyrage.DecryptError as wrong:  # a guess at how fast the machine is, wrong where others keep it busy
            if left == 0 or not str(wrong).startswith("Excessive work"):
                raise
    raise AssertionError("the last try returns or raises")


def _bad_identity(folder: Path) -> ProblemsFound:
    mend = "put your copy of it back; without it nothing in the archive can be opened."
    return ProblemsFound([Problem(shown(folder), 0, f"{IDENTITY} is damaged, or not one that obrok wrote", mend)])


def remember(wrapped: bytes, identity: Any) -> None:
    with _one:
        _opened[sha256(wrapped)] = identity


def forget(wrapped: bytes) -> None:
    with _one:
        _opened.pop(sha256(wrapped), None)


def keys() -> dict[str, str]:
    """What this process has opened, for a process of its own that it starts, by a pipe."""
    with _one:
        return {digest: str(identity) for digest, identity in _opened.items()}


def take_keys(given: dict[str, str]) -> None:
    """Opens what the process that started this one has opened; nobody is asked."""
    passphrases.ask_no_more()
    if given:
        with _one:
            _opened.update({digest: age().x25519.Identity.from_str(key) for digest, key in given.items()})


# --- bytes -----------------------------------------------------------------------------------------------------------
def encrypted(identity: Any, data: bytes) -> bytes:
    return age().encrypt(data, [identity.to_public()])


def decrypted(identity: Any, data: bytes, name: str) -> bytes:
    """The bytes of an encrypted file. Raises Damaged, which names it."""
    pyrage = age()
    try:
        return pyrage.decrypt(data, [identity])
    except pyrage.DecryptError:
        raise Damaged(name) from None


def is_encrypted(path: Path) -> bool:
    """Whether a file begins as an age file does."""
    with open(path, "rb") as file:
        return file.read(len(_HEAD)) == _HEAD


# --- files -----------------------------------------------------------------------------------------------------------
def closed(path: Path) -> Path:
    """The encrypted form of a file."""
    return path.with_name(path.name + ENDING)


def form_of(folder: Path, name: str) -> Path | None:
    """Where a file lies, in the form that counts."""
    forms = (closed(folder / name), folder / name) if is_locked(folder) else (folder / name,)
    return next((path for path in forms if _is_regular(path)), None)


def _is_regular(path: Path) -> bool:
    """Whether it is a file: no link, and no pipe, which would be waited for."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read(folder: Path, name: str) -> bytes | None:
    """A file's bytes; None where there is none. Raises Locked, Damaged, OSError."""
    for _ in range(2):  # it may be locked or unlocked between two looks
        path = form_of(folder, name)
        with suppress(FileNotFoundError):
            if path is None:
                continue
            data = path.read_bytes()
            return data if path.name == Path(name).name else decrypted(identity_of(folder), data, name + ENDING)
    return None


def write(folder: Path, name: str, data: bytes, mode: int = 0o600) -> None:
    """Writes a file, whole or not at all, in the form that the archive has."""
    path = folder / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_locked(folder):
        put(path, data, mode)
        return
    left = path.exists()
    put(closed(path), encrypted(identity_of(folder), data), mode, lasting=left)
    if left:
        path.unlink()


def put(path: Path, data: bytes, mode: int, lasting: bool = False, check: Callable[[Path], None] | None = None) -> None:
    """Writes a file aside, then in its place. `lasting`: on the disk itself before it takes its place; `check`: looks at
    it before it does."""
    part = path.with_name(path.name + PART)
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        if lasting:
            file.flush()
            os.fsync(file.fileno())
    if check is not None:
        check(part)
    os.chmod(part, mode)
    os.replace(part, path)


def remove(folder: Path, name: str) -> None:
    for path in (closed(folder / name), folder / name):
        path.unlink(missing_ok=True)


def names(folder: Path, room: str = "") -> list[str]:
    """The files in a room of an archive, by the names that they have in plain, sorted."""
    try:
        found = [entry.name for entry in os.scandir(folder / room) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    if is_locked(folder):
        found = [name.removesuffix(ENDING) for name in found if name not in (IDENTITY, RECIPIENT)]
    ended = (PART, ".part") if room else (PART,)  # as older versions wrote; a person's own file may end so
    return sorted({f"{room}/{name}" if room else name for name in found if not name.endswith(ended)})


@contextmanager
def alone(folder: Path, shared: bool = False) -> Iterator[None]:
    """Waits until no other process writes to an archive, where the platform can. `shared`: others may write, too, but
    nobody locks or unlocks it meanwhile."""
    handle = _flocked(folder, shared)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _flocked(folder: Path, shared: bool) -> int | None:
    handle = None
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    except (ImportError, OSError):  # not on every system, nor on every disk
        if handle is not None:
            os.close(handle)
        return None
    return handle
