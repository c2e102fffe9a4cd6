"""Passphrases: asked for on the terminal, without echo, or read from a file that nobody else can read.

Never on a command line, never written, never told. `OBROK_PASSPHRASE_FILE` names a file with a passphrase in each line
(several, where several archives are locked); `OBROK_NEW_PASSPHRASE_FILE` one with the passphrase that is to be set.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from obrok.problems import Problem, ProblemsFound

FILE, NEW_FILE = "OBROK_PASSPHRASE_FILE", "OBROK_NEW_PASSPHRASE_FILE"
#: characters of a passphrase at the least, and different ones among them; times that one is asked for
SHORTEST, DIFFERENT, TIMES = 12, 5, 3
LARGEST = 65_536
_asking = True


def ask_no_more() -> None:
    """From now on nobody is asked: a server's threads have no business at the terminal."""
    global _asking
    _asking = False


def offered(archive: str) -> Iterator[str]:
    """Passphrases for a locked archive, to be tried in turn. None where nobody can be asked or whoever is asked gives
    none. Raises ProblemsFound when all that were given have been tried."""
    if os.environ.get(FILE):
        yield from _lines(FILE)
        what = f"wrong passphrase: no line of this file opens {archive}"
        raise _refused(FILE, what, "give the passphrase it was locked with, on a line of its own.")
    if not _can_ask():
        return
    for n in range(TIMES):
        wrong = "That is not the passphrase. " if n else ""
        if not (given := _asked(f"{wrong}Passphrase of {archive} (Enter: leave it locked): ")):
            return
        yield given
    mend = "it was not opened, and nothing was changed: try again."
    raise _refused(archive, f"wrong passphrase, {TIMES} times", mend)


def chosen(archive: str, source: str = FILE) -> str:
    """The passphrase to lock an archive with, asked for twice. Raises ProblemsFound where it is too weak, or nobody can
    be asked. `source`: the environment variable that may name a file with it."""
    if os.environ.get(source):
        given = _lines(source)[0]
        if wrong := weak(given):
            raise _refused(source, wrong, MEND)
        return given
    if not _can_ask():
        mend = f"run it in a terminal, or name a file that holds it in {source}."
        raise _refused(archive, "a passphrase is needed, and there is no terminal to ask for it", mend)
    for _ in range(TIMES):
        given = _asked(f"New passphrase for {archive}: ")
        wrong = weak(given)
        if not wrong and _asked("Once more: ") == given:
            return given
        _say(f"{wrong[0].upper()}{wrong[1:]}: {MEND}" if wrong else "The two are not the same.")
    raise _refused(archive, "no passphrase was set", f"nothing was changed. {MEND[0].upper()}{MEND[1:]}")


MEND = f"take five random words or more, {SHORTEST} characters at least: whoever takes the machine can try for years."


def weak(passphrase: str) -> str:
    """What is wrong with a new passphrase, in words; '' where nothing is."""
    if not passphrase.strip():
        return "the passphrase is empty"
    if len(passphrase) < SHORTEST or len(set(passphrase)) < DIFFERENT:
        return "the passphrase is too short or too plain"
    return ""


# --- the file --------------------------------------------------------------------------------------------------------
def _lines(variable: str) -> list[str]:
    return _read(variable, os.environ[variable])


@cache  # a pipe can be read once
def _read(variable: str, name: str) -> list[str]:
    """The lines of a file that is its owner's alone. Raises ProblemsFound."""
    try:
        with open(name, "rb") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix":
                if stat.S_IMODE(status.st_mode) & 0o077:
                    raise _refused(variable, "others can read this file", "make it yours alone: chmod 600 FILE.")
                if status.st_uid not in (os.getuid(), 0):
                    raise _refused(variable, "this file belongs to somebody else", "make one of your own: chmod 600.")
            data = file.read(LARGEST + 1)
        lines = [line for line in data.decode("utf-8-sig").splitlines() if line]
    except (OSError, ValueError) as error:  # its name stays out of the message
        why = getattr(error, "strerror", None) or "it is not a text in UTF-8"
        raise _refused(variable, f"the file it names cannot be read ({why.lower()})", "look at its name.") from None
    if not lines or len(data) > LARGEST:
        what = "the file it names is too large" if lines else "the file it names is empty"
        raise _refused(variable, what, "write the passphrase into it, on one line.")
    return lines


def _refused(where: str, what: str, mend: str) -> ProblemsFound:
    return ProblemsFound([Problem(where, 0, what, mend)])


# --- the terminal ----------------------------------------------------------------------------------------------------
def _can_ask() -> bool:
    if not _asking:
        return False
    if os.name != "posix":
        import sys

        return sys.stdin is not None and sys.stdin.isatty()
    with suppress(OSError):
        Path("/dev/tty").open("r+b", buffering=0).close()
        return True
    return False


def _asked(question: str) -> str:
    from getpass import getpass

    try:
        return getpass(question)
    except EOFError:
        return ""


def _say(text: str) -> None:
    """On the terminal that is asked at: what a command prints may go elsewhere."""
    if os.name != "posix":
        print(text)
        return
    with open("/dev/tty", "w") as terminal:
        print(text, file=terminal)
