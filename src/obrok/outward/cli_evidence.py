"""What the user types about documents: read, new, find, and what comes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from obrok.outward.terminal import Screen, Telling, shown, shown_in_place

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
#: documents in which candidates are looked for unasked
MANY = 100
#: candidates shown on the terminal
SHOWN = 40


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
    candidates: Annotated[
        bool | None,
        typer.Option(help=f"look for candidate claims [default: in new documents, where they are {MANY} or fewer]"),
    ] = None,
) -> None:
    """Keep documents in the archive, by digest; add those that are new to documents.yaml; make anchors."""
    from obrok.case.case import find_case
    from obrok.outward.editing.intake import About

    about = About(published, title, publisher, language, hand)
    lost = _read(find_case(case), files, about, anchor or [], version_of, candidates)
    raise typer.Exit(1 if lost else 0)


def _read(
    folder: Path, files: list[Path], about, words: list[str], version_of: str | None, candidates: bool | None
) -> bool:
    """Whether something was not taken in or not found."""
    from obrok.outward.editing.intake import files_in, move_claims, take_in

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
    _tell_relations(folder, done)
    _tell_candidates(folder, done, candidates)
    if version_of and len(done.taken) == 1:
        lost |= _tell_moved(move_claims(folder, version_of, done.taken[0]), version_of, done.taken[0].document)
    elif version_of:
        print("--version-of takes one document, and none was moved.")
        lost = True
    return lost


def _tell_relations(folder: Path, done) -> None:
    """Which of the documents taken in are copies or rewrites of others of the case."""
    from obrok.evidence.copies import relations, texts_of

    new = {t.document for t in done.taken if t.new}
    texts = texts_of(done.documents.values(), folder) if new else []
    found = [r for r in relations(texts) if {r.first, r.second} & new]
    for relation in found[:FEW]:
        print(relation.sentence())
    if len(found) > FEW:
        print(f"and {len(found) - FEW:,} more pairs: `obrok check` lists those whose origins differ.")
    if any(r.is_sure for r in found):
        print("Give documents that share an origin one `origin` in documents.yaml: they then count once.")


def _tell_candidates(folder: Path, done, asked: bool | None) -> None:
    """Candidate claims of new documents, with the words they stand for, on this terminal alone."""
    from obrok.outward.editing import candidates
    from obrok.outward.editing.intake import keeps_its_own

    new = {t.document: t.read.text for t in done.taken if t.new or asked}
    if len(new) > MANY and asked is None:
        print(f"Candidate claims were not looked for in {len(new):,} documents at once: --candidates does.")
    if not new or asked is False or (len(new) > MANY and not asked) or not keeps_its_own(folder):
        return
    found = [
        p
        for name, text in new.items()
        for p in candidates.proposals(name, text, done.documents[name].published, done.documents[name].language)
    ]
    ids = candidates.add(folder, found)
    if not ids:
        return
    print(f"\n{len(ids):,} candidate claims in {candidates.FILE}, which move no answer until accepted:")
    for name, paraphrase, words in candidates.told(folder, ids[:SHOWN], new):
        print(f"  {name}: {paraphrase}\n      “{words[:160]}{'…' if len(words) > 160 else ''}”")
    if len(ids) > SHOWN:
        print(f"  … and {len(ids) - SHOWN:,} more in the file.")
    print(f"Next: obrok accept {folder} {ids[0]} …, or --drop; edit them in the file first, if you like.")


@evidence.command()
def accept(
    case: CASE,
    ids: Annotated[list[str], typer.Argument(help="candidates, by id, from candidates.yaml")],
    drop: Annotated[bool, typer.Option("--drop", help="take them away instead")] = False,
) -> None:
    """Move candidate claims into claims.yaml, once you have judged them; or drop them."""
    from obrok.case.case import find_case
    from obrok.outward.editing import candidates

    folder = find_case(case)
    if drop:
        print(f"{candidates.drop(folder, ids)} dropped.")
        return
    added = candidates.accept(folder, ids)
    print(f"{len(ids)} accepted into claims.yaml, as context: say what each informs, and its quantity.")
    for code in added:
        print(f"The source {code} was added with credence 0.5, not yet judged: give yours, with its reason.")


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
    like: Annotated[str, typer.Option("--from", help="copy this case: a folder, or a shipped one")] = "blank",
    published: Published = None,
    title: Title = None,
    publisher: Publisher = None,
    language: Language = None,
    hand: Hand = None,
) -> None:
    """A new case folder: the blank case, which passes `check`, to be filled in; with documents, their candidate claims."""
    from obrok.case.case import new_case
    from obrok.outward.editing.intake import About

    folder = new_case(name, like)
    print(f"{folder}: case.yaml, claims.yaml, documents.yaml.")
    if not document:
        own = "obrok read {0} FILE --published DATE" if like == "blank" else "obrok run {0}, or obrok serve {0}"
        print(f"Next: {own.format(folder)}")
        return
    lost = _read(folder, document, About(published, title, publisher, language, hand), [], None, None)
    raise typer.Exit(1 if lost else 0)


@evidence.command()
def find(
    case: CASE,
    words: Annotated[list[str], typer.Argument(help='words, all of them; "words in a row", begin*, -left-out')],
    most: Annotated[int, typer.Option(min=1, help="how many to show")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="print them as JSON")] = False,
) -> None:
    """Search the documents on this machine and the claims of a case: any script, accents or none, offline."""
    from rich.text import Text

    from obrok.case.case import find_case
    from obrok.outward.finding import find as found

    hits, total = found(find_case(case), " ".join(words), most)
    if as_json:
        told = {"total": total, "hits": [h.__dict__ for h in hits]}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        raise typer.Exit(0 if hits else 1)
    out = Screen(highlight=False)
    for h in hits:
        out.print(
            Text.assemble(
                (f"{h.kind} {h.id}", "bold"),
                f", at {h.start:,}" if h.kind == "document" else "",
                f"  {shown(h.title)}",
            )
        )
        words_there = Text("    " + shown_in_place(h.shown), no_wrap=False)
        for a, b in h.at:
            words_there.stylize("reverse" if out.is_terminal else "", a + 4, b + 4)
        out.print(words_there)
    more = f", the first {len(hits)} shown: --most shows more" if total > len(hits) else ""
    print(f"{total:,} found{more}." if total else "nothing found: fewer words, or begin* for words that begin so.")
    raise typer.Exit(0 if hits else 1)


@evidence.command("annotations")
def annotate(
    case: CASE,
    folder: Annotated[Path | None, typer.Option("--out", help="write the claims to this file (JSON-LD)")] = None,
    brought: Annotated[
        Path | None, typer.Option("--from", help="read Web Annotations from this file: those found become candidates")
    ] = None,
    words: Annotated[
        bool, typer.Option("--words", help="with the words themselves: for your own use, not to be given away")
    ] = False,
) -> None:
    """Claims as W3C Web Annotations (JSON-LD), out and in."""
    from obrok.case.case import load
    from obrok.outward import annotations as web
    from obrok.outward.editing import candidates
    from obrok.worlds.store import write_json

    loaded = load(case)
    if brought is None:
        told = web.exported(loaded, words)
        if folder is None:
            print(json.dumps(told, indent=1, ensure_ascii=False))
        else:
            write_json(folder, told)
            many = f"{told['total']} annotation{'s' * (told['total'] != 1)}"
            print(f"{folder}: {many}{', with words of the texts: keep it to yourself' * words}.")
        return
    found = web.imported(loaded, brought.read_bytes(), brought.name)
    ids = candidates.add(loaded.folder, [b.proposal for b in found if b.proposal])
    print(f"{len(ids)} of {len(found)} annotations are new candidates in {candidates.FILE}.")
    lost = [b for b in found if b.proposal is None]
    for b in lost:
        print(f"    {b.id}: {b.why}.")
    raise typer.Exit(1 if lost else 0)
