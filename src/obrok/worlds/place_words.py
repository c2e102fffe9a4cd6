"""Names of files in places, and what is told of a place: never its address, nor what a library says when it fails, since
either may hold a password.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from obrok.problems import Problem, ProblemsFound

#: a name that ends so is a file that is being written, or was when its writer was killed: it is nobody's file
PART = ".part"
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)(::|://)")
#: characters that a file system somewhere, or a library's search, takes for something else
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\[\]]')
LONGEST = 1024


def shown(address: str | Path) -> str:
    """An address as it may be told: scheme, host and path, without user, password and query."""
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", "", str(address))
    found = None if isinstance(address, Path) else SCHEME.match(text)
    if not found:
        return text
    scheme, rest = found[0], text[found.end() :]
    if scheme.startswith("file:"):
        return text
    first, *more = re.split(r"[?#]", rest, maxsplit=1)
    if "::" in rest or any("@" in part for part in more):  # where the password ends cannot be told
        return f"{scheme}…"
    return scheme + first.rpartition("@")[2]


# -- names
def is_name(name: str) -> bool:
    try:
        long = len(name.encode()) > LONGEST
    except UnicodeEncodeError:
        return False
    parts = name.split("/")
    return not (long or _NOT_IN_NAMES.search(name) or any(p in ("", ".", "..") or p != p.strip() for p in parts))


def checked(name: str) -> str:
    if not is_name(name):
        what = f"{name[:80]!a} cannot be a file's name"
        raise problem("files", what, "a name is relative, without `..`, `\\`, `:`, `*`, `?` and control characters.")
    return name


def writable(name: str) -> str:
    if name.endswith(PART):
        raise problem("files", f"{name[:80]!a} ends as a file that is being written", "give another name.")
    return name


def aside(file: str) -> str:
    """A name for writing aside, of this writer alone."""
    return f".{file[:50]}.{secrets.token_hex(8)}{PART}"


def bounded(where: str, name: str, data: bytes, most: int | None) -> bytes:
    if most is not None and len(data) > most:
        raise too_long(where, name, most)
    return data


class TooLong(ProblemsFound):
    """A file is longer than was asked for at the most."""


def too_long(where: str, name: str, most: int) -> TooLong:
    what = f"{name} is longer than {most:,} bytes"
    return TooLong([Problem(where, 0, what, "obrok writes no such file: it comes from elsewhere.")])


# -- failures, in words
def problem(where: str, what: str, mend: str) -> ProblemsFound:
    return ProblemsFound([Problem(where, 0, what, mend)])


class Full(ProblemsFound):
    """There is no room left."""


@contextmanager
def told_as(where: str, what: str, kind: type[Exception]) -> Iterator[None]:
    """A failure in words, without what the library says of it: that may hold the address."""
    try:
        yield
    except ProblemsFound:
        raise
    except kind as error:
        why, mend = _why(error)
        kind_of = Full if why == FULL else ProblemsFound
        raise kind_of([Problem(where, 0, f"{what}: {why}", mend)]) from None


FULL = "the disk is full"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FAR = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ECONNREFUSED, errno.ETIMEDOUT}


def _why(error: BaseException) -> tuple[str, str]:
    """Why something failed, and what to do. Libraries' own exceptions are told by their names."""
    chain = [error, *(e for e in (error.__cause__, error.__context__) if e is not None)]
    codes = {getattr(e, "errno", None) for e in chain}
    kinds = " ".join(k.__name__ for e in chain for k in type(e).__mro__)
    if codes & _FULL:
        return FULL, "make room there, then give the same command again."
    if errno.EROFS in codes:
        return "it can only be read", "give another place."
    if re.search(r"PermissionError|Credential|Auth|Forbidden|Denied|RefreshError", kinds):
        return "no permission", "look at who may read and write there, and at the keys or passwords of this machine."
    if codes & _FAR or re.search(r"Connect|Timeout|gaierror|Network|Endpoint|Unreachable|SSHException", kinds):
        return (
            "no answer, or the connection broke",
            "look at the network and the address, then give the same command again.",
        )
    if isinstance(error, NotImplementedError):
        return "this protocol cannot do that", "give another place."
    if isinstance(error, (FileExistsError, NotADirectoryError, IsADirectoryError)):
        return (
            "a folder is where a file is needed, or a file where a folder is",
            "give another place, or move that away.",
        )
    if isinstance(error, FileNotFoundError):
        return "the place is not there", "make the folder or the bucket first, or look at the address."
    told = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
    return told, "look at the place and the address, then give the same command again."
