"""What the user types about an archive at rest: lock, unlock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

archiving = typer.Typer()

CASE = Annotated[str | None, typer.Argument(help="a case folder: its archive; of a shipped case your own")]
Own = Annotated[bool, typer.Option("--own", help="your own archive, which no case folder holds")]
Hand = Annotated[str | None, typer.Option(help="a code for who does it, for the archive's custody; no name")]


@archiving.command()
def lock(
    case: CASE = None,
    own: Own = False,
    change: Annotated[bool, typer.Option("--change", help="give a locked archive another passphrase")] = False,
    hand: Hand = None,
) -> None:
    """Encrypt an archive under a passphrase (age); documents taken in later are encrypted as they come."""
    from obrok.evidence import locking, sealed

    folder = _archive(case, own)
    if change:
        locking.change(folder)
        print(
            f"{sealed.shown(folder)}: it has another passphrase; copies of the old {sealed.IDENTITY} open with the old one."
        )
        return
    before = sealed.is_locked(folder)
    with _telling() as tell:
        done = locking.lock(folder, hand, lambda n, of: tell("encrypting", n, of))
    many = f"{done.files:,} file{'s' * (done.files != 1)} encrypted"
    print(f"{sealed.shown(folder)}: {many}{'' if before else '; it is locked from now on'}.")
    if not before:
        print(
            f"Keep the passphrase, and a copy of {sealed.IDENTITY}: without either nobody can open it again, nor can we."
        )
        print(
            "What you took in still lies where it came from: obrok knows nothing of those files, backups or old disk blocks."
        )
    _finish(done)


@archiving.command()
def unlock(case: CASE = None, own: Own = False, hand: Hand = None) -> None:
    """Turn a locked archive back into plain files."""
    from obrok.evidence import locking, sealed

    folder = _archive(case, own)
    with _telling() as tell:
        done = locking.unlock(folder, hand, lambda n, of: tell("decrypting", n, of))
    print(f"{sealed.shown(folder)}: {done.files:,} file{'s' * (done.files != 1)} decrypted.")
    _finish(done)


def _telling():
    from obrok.outward.terminal import Telling

    return Telling(False, "Ctrl-C loses nothing: the same command goes on")


def _finish(done) -> None:
    for problem in done.problems:
        print(problem)
    raise typer.Exit(1 if done.problems else 0)


def _archive(case: str | None, own: bool) -> Path:
    """The archive that is meant."""
    from obrok.case.case import find_case
    from obrok.evidence.archive import user_archive
    from obrok.outward.editing.intake import archive_of

    if own == (case is not None):
        raise typer.BadParameter("name a case, or say --own for your own archive")
    return user_archive() if case is None else archive_of(find_case(case))
