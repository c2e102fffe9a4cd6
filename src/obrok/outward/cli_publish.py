"""What the user types to give a case away: publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

publishing = typer.Typer()


@publishing.command()
def publish(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")],
    folder: Annotated[Path | None, typer.Option("--out", help="the new folder [default: CASE-published]")] = None,
    results: Annotated[Path | None, typer.Option(help="a result folder to go with it: answers, report, record")] = None,
    force: Annotated[bool, typer.Option(help="replace a folder that is there")] = False,
    crate: Annotated[
        bool, typer.Option("--crate", help="the copy is an RO-Crate, too: ro-crate-metadata.json")
    ] = False,
    date: Annotated[
        str | None,
        typer.Option(help="of the crate: the day on which it is published [default: of its newest document]"),
    ] = None,
    licence: Annotated[str | None, typer.Option(help="of the crate: CC-BY-4.0, an address, or words")] = None,
) -> None:
    """Write a copy of a case that is safe to give away, and prove it: no words of a text, nothing of protected sources."""
    from obrok.case.case import find_case
    from obrok.outward import publish as copies

    source = find_case(case)
    about = _about_crate(crate, date, licence)
    done = copies.publish(source, folder or Path(f"{source.name}-published"), results, force, about)
    w = done.withheld
    print(f"{done.folder}: {', '.join(done.files)}.")
    kept = [f"{w[k]} {k if w[k] != 1 else k[:-1]}" for k in w if w[k]]
    print(f"withheld: {', '.join(kept)}." if kept else "nothing had to be withheld: no document is protected.")
    many = (
        "no archived text was there to compare with"
        if not done.texts
        else (
            f"the longest run of words shared with any of {done.texts} archived text{'s' * (done.texts != 1)} is "
            f"{done.longest} ({copies.RUN} would be a quotation; titles and bylines are free)"
        )
    )
    print(f"{many}. Proof: publish.json.")


def _about_crate(wanted: bool, day: str | None, licence: str | None):
    from obrok.evidence.edtf import edtf_interval
    from obrok.outward.crate import About
    from obrok.problems import Problem, ProblemsFound

    if not wanted and (day or licence):
        raise ProblemsFound([Problem("publish", 0, "--date and --licence are of an RO-Crate", "say --crate, too.")])
    days = edtf_interval(day) if day else None
    if day and (days is None or days[0] != days[1]):
        raise ProblemsFound([Problem("--date", 0, f"`{day[:60]}` is not a day", "write it as 2026-05-31.")])
    return About(days[0] if days else None, licence) if wanted else None
