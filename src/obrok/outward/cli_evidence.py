"""What the user types about documents: read, new, find, and what comes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from obrok.outward.terminal import Telling

evidence = typer.Typer()

CASE = Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")]
Published = Annotated[
    str | None, typer.Option(help="of new documents: the day they appeared, or two with a slash [default: as they say]")
]
Title = Annotated[str | None, typer.Option(help="of a new document [default: as it says]")]
Publisher = Annotated[str | None, typer.Option(help="of new documents [default: as they say]")]
Language = Annotated[str | None, typer.Option(help="of new documents [default: as they say, else by script]")]
Hand = Annotated[str | None, typer.Option(help="a code for who takes them in, for the archive's custody; no name")]
#: files told one by one; of more, those with something to say
FEW = 12


@evidence.command()
def read(
    case: CASE,
    files: Annotated[
        list[Path], typer.Argument(help="texts, web pages, PDFs, web archives (WARC), or folders of them")
    ],
    published: Published = None,
    title: Title = None,
    publisher: Publisher = None,
    language: Language = None,
    hand: Hand = None,
    anchor: Annotated[
        list[str] | None, typer.Option(help="print the anchor of these words of the text; may be repeated")
    ] = None,
    version_of: Annotated[
        str | None,
        typer.Option(help="the file is a newer version of this document: move the claims that are found in it"),
    ] = None,
) -> None:
    """Keep documents in the archive, by digest; add those that are new to documents.yaml; make anchors."""
    from obrok.case.case import find_case
    from obrok.outward.intake import About

    lost = _read(find_case(case), files, About(published, title, publisher, language, hand), anchor or [], version_of)
    raise typer.Exit(1 if lost else 0)


def _read(folder: Path, files: list[Path], about, words: list[str], version_of: str | None) -> bool:
    """Whether something was not taken in or not found."""
    from obrok.outward.intake import files_in, move_claims, take_in

    with Telling(len(found := files_in(files)) < FEW, "Ctrl-C loses nothing that is read") as tell:
        done = take_in(folder, found, about, lambda n, of: tell("reading", n, of))
    lost = bool(done.problems)
    for taken in done.taken:
        if len(done.taken) <= FEW or taken.read.notes:
            what = "added to documents.yaml" if taken.new else "known by its digest"
            name, read = taken.file.name, taken.read
            print(
                f"{name}: {read.kind}, document {taken.document}, {what}; {len(read.text):,} characters kept in the archive."
            )
            for note in read.notes:
                print(f"    {note}")
        for text in words:
            lost |= _tell_anchors(taken, text)
    if len(done.taken) > FEW:
        new = sum(t.new for t in done.taken)
        print(f"{len(done.taken):,} documents kept in the archive, {new:,} of them new in documents.yaml.")
    for problem in done.problems:
        print(problem)
    if version_of and len(done.taken) == 1:
        lost |= _tell_moved(move_claims(folder, version_of, done.taken[0]), version_of, done.taken[0].document)
    elif version_of:
        print("--version-of takes one document, and none was moved.")
        lost = True
    return lost


def _tell_anchors(taken, words: str) -> bool:
    """Whether the words are nowhere."""
    places = taken.anchors(words)
    told = f"{len(places)} place{'s' * (len(places) != 1)} of the {len(words.split())} words"
    print(told + (":" if places else ": copy them from the text as they stand."))
    for place in places:
        print(f"    anchor: {place.as_yaml()}")
    return not places


def _tell_moved(moved, older: str, newer: str) -> bool:
    """Whether a claim stayed behind."""
    here = [m for m in moved if m.found.is_found]
    print(f"{len(here)} of {len(moved)} claims on {older} now rest on {newer}, which has the same origin.")
    for m in (m for m in moved if not m.found.is_found):
        print(f"    {m.claim}: {m.found.state}, stays with {older}: {m.found.why}.")
        if m.found.anchor:
            print(f"        if it stands there: document: {newer}, anchor: {m.found.anchor.as_yaml()}")
    return len(here) < len(moved)


@evidence.command()
def new(
    name: Annotated[Path, typer.Argument(help="the new folder")],
    document: Annotated[
        list[Path] | None, typer.Option(help="a first document: text, web page, PDF; may be repeated")
    ] = None,
    published: Published = None,
    title: Title = None,
    publisher: Publisher = None,
    language: Language = None,
    hand: Hand = None,
) -> None:
    """A new case folder: the blank case, which passes `check`, to be filled in; with documents, their candidate claims."""
    from obrok.case.case import new_case
    from obrok.outward.intake import About

    folder = new_case(name)
    print(f"{folder}: case.yaml, claims.yaml, documents.yaml.")
    if not document:
        print(f"Next: obrok read {folder} FILE --published DATE")
        return
    lost = _read(folder, document, About(published, title, publisher, language, hand), [], None)
    raise typer.Exit(1 if lost else 0)


@evidence.command()
def find(
    case: CASE,
    words: Annotated[list[str], typer.Argument(help='words, all of them; "words in a row", begin*, -left-out')],
    most: Annotated[int, typer.Option(min=1, help="how many to show")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="print them as JSON")] = False,
) -> None:
    """Search the documents on this machine and the claims of a case: any script, accents or none, offline."""
    from rich.console import Console
    from rich.text import Text

    from obrok.case.case import find_case
    from obrok.outward.finding import find as found

    hits, total = found(find_case(case), " ".join(words), most)
    if as_json:
        told = {"total": total, "hits": [h.__dict__ for h in hits]}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        raise typer.Exit(0 if hits else 1)
    out = Console(highlight=False)
    for h in hits:
        out.print(
            Text.assemble(
                (f"{h.kind} {h.id}", "bold"), f", at {h.start:,}" if h.kind == "document" else "", f"  {h.title}"
            )
        )
        shown = Text("    " + h.shown, no_wrap=False)
        for a, b in h.at:
            shown.stylize("reverse" if out.is_terminal else "", a + 4, b + 4)
        out.print(shown)
    more = f", the first {len(hits)} shown: --most shows more" if total > len(hits) else ""
    print(f"{total:,} found{more}." if total else "nothing found: fewer words, or begin* for words that begin so.")
    raise typer.Exit(0 if hits else 1)


@evidence.command()
def publish(
    case: CASE,
    folder: Annotated[Path | None, typer.Option("--out", help="the new folder [default: CASE-published]")] = None,
    results: Annotated[Path | None, typer.Option(help="a result folder to go with it: answers, report, record")] = None,
    force: Annotated[bool, typer.Option(help="replace a folder that is there")] = False,
) -> None:
    """Write a copy of a case that is safe to give away, and prove it: no words of a text, nothing of protected sources."""
    from obrok.case.case import find_case
    from obrok.outward import publish as publishing

    source = find_case(case)
    done = publishing.publish(source, folder or Path(f"{source.name}-published"), results, force)
    w = done.withheld
    print(f"{done.folder}: {', '.join(done.files)}.")
    kept = [f"{w[k]} {k}" for k in w if w[k]]
    print(f"withheld: {', '.join(kept)}." if kept else "nothing had to be withheld: no document is protected.")
    many = (
        "no archived text was there to compare with"
        if not done.texts
        else (
            f"the longest run of words shared with any of {done.texts} archived text{'s' * (done.texts != 1)} is "
            f"{done.longest} ({publishing.RUN} would be a quotation; titles and bylines are free)"
        )
    )
    print(f"{many}. Proof: publish.json.")
