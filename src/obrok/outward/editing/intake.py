"""Files into the archive and, where they are new, into documents.yaml; a newer version, with its claims moved to it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from obrok.case.case import Case, shipped_folder
from obrok.evidence import sealed
from obrok.evidence.anchors import Anchor, sha256
from obrok.evidence.archive import Keeper, archives, find_text, keeping, shut_in
from obrok.evidence.copies import relations, texts_of
from obrok.evidence.custody import alterations
from obrok.evidence.documents import Document, read_documents
from obrok.evidence.edtf import edtf_interval
from obrok.evidence.found_again import Found, find_again
from obrok.evidence.private import leads_to_a_person
from obrok.evidence.read_claims import read_anchor
from obrok.evidence.reading import Read, Unreadable, read_files
from obrok.outward.editing import entries
from obrok.problems import Node, Problem, ProblemsFound, Reader, quoted


@dataclass(frozen=True)
class About:
    """What the user says of new documents; what the page itself says otherwise. `hand`: a code for who takes it in."""

    published: str | None = None
    title: str | None = None
    publisher: str | None = None
    language: str | None = None
    hand: str | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a file: the document it is (by digest), whether its entry is new, what was read."""

    file: Path
    document: str
    new: bool
    read: Read

    def anchors(self, words: str) -> list[Anchor]:
        return Anchor.find(self.read.text, words)


@dataclass
class Intake:
    """Documents taken in at once, and what could not be. `documents`: of the case, with those that are new."""

    taken: list[Taken] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)


#: documents that are compared with one another at each check
MOST_COMPARED = 1_000
Tell = Callable[[int, int], None]


def read_one(file: Path) -> Read:
    """The one document of a file. Raises ProblemsFound."""
    for path, found in read_files([file], workers=1):
        if isinstance(found, Unreadable):
            raise ProblemsFound([Problem(path.name, 0, found.what, f"{found.mend}.")])
        if len(found) > 1:
            what = f"{len(found)} documents are in it"
            raise ProblemsFound([Problem(path.name, 0, what, "take them in with `obrok read CASE FILE` first.")])
        return found[0]
    raise AssertionError("a file was given")


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Files, and all files in folders; hidden ones left out."""
    out: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
            out += [p for p in found if not any(x.startswith(".") for x in p.relative_to(path).parts)]
        else:
            out.append(path)
    return out


def take_in(folder: Path, files: list[Path], about: About, tell: Tell = lambda done, of: None) -> Intake:
    """Keeps the documents of files by digest; adds an entry to documents.yaml for each that has none.

    What cannot be read, or not be entered, is told in `problems`, and the rest is kept. Raises ProblemsFound where
    documents.yaml itself is unsound.
    """
    out = Intake(documents=documents_of(folder))
    new: list[Document] = []
    try:
        with keeping(archive_of(folder), about.hand) as keeper:
            _take(keeper, folder, files, about, tell, out, new)
    finally:  # also when stopped: what is kept is entered
        _enter(folder / "documents.yaml", new, out)
    return out


def _enter(path: Path, new: list[Document], out: Intake) -> None:
    """Adds entries to documents.yaml; one that would make it unsound is left out, told, and the others are added."""
    if not new:
        return
    names = {d.id for d in new}
    try:
        sound = lambda r, node: names <= read_documents(r, node).keys()  # noqa: E731
        entries.append(path, "documents", map(_as_yaml, new), sound)
    except ProblemsFound as wrong:
        if len(new) > 1:
            _enter(path, new[: len(new) // 2], out)
            _enter(path, new[len(new) // 2 :], out)
            return
        out.problems += wrong.problems
        out.taken[:] = [t for t in out.taken if t.document != new[0].id]
        del out.documents[new[0].id]


def _take(
    keeper: Keeper, folder: Path, files: list[Path], about: About, tell: Tell, out: Intake, new: list[Document]
) -> None:
    """Reads and keeps; adds to `out` and `new`."""
    shipped, known = _is_shipped(folder), {d.sha256_file: d for d in out.documents.values()}
    workers = min(len(files), os.cpu_count() or 1)
    for done, (file, found) in enumerate(read_files(files, workers=workers)):
        tell(done, len(files))
        if isinstance(found, Unreadable):
            out.problems.append(Problem(file.name, 0, found.what, f"{found.mend}."))
            continue
        container = _container(keeper, file, found)
        for read in found:
            digest, text = sha256(read.data), sha256(read.text)
            if is_new := (ours := known.get(digest)) is None:
                if wrong := _cannot_enter(folder, shipped, file, read, about):
                    out.problems.append(wrong)
                    continue
                ours = _entry(_free_id(file, read, out.documents), digest, text, read, about)
                out.documents[ours.id] = known[digest] = ours
                new.append(ours)
            keeper.keep(read, digest, text, container)
            out.taken.append(Taken(file, ours.id, is_new, replace(read, data=b"", pieces=())))
    tell(len(files), len(files))


def _is_shipped(folder: Path) -> bool:
    return folder.resolve().parent == shipped_folder().resolve()


def keeps_its_own(folder: Path) -> bool:
    """Whether the archive of a case is its own; that of a shipped case is the user's."""
    return not _is_shipped(folder) and os.access(folder, os.W_OK)


def archive_of(folder: Path) -> Path:
    """The archive into which documents of a case are taken."""
    return archives(folder if keeps_its_own(folder) else None)[0]


def _container(keeper: Keeper, file: Path, found: list[Read]) -> str | None:
    """A web archive is kept itself, beside the pages taken out of it."""
    return keeper.keep_container(file.read_bytes()) if any(r.taken_from for r in found) else None


def _cannot_enter(folder: Path, shipped: bool, file: Path, read: Read, about: About) -> Problem | None:
    """Why a new document cannot be entered."""
    if shipped:
        what = f"no document of the shipped case `{folder.name}` has this digest"
        return Problem(file.name, 0, what, "copy the case folder, and add the document to the copy.")
    published = about.published or read.published
    if published is None or edtf_interval(published) is None:
        said = f"it says `{published}`" if published else "it does not say the day it appeared"
        mend = "add, for example, --published 2015-06-15, or --published 2015-06-01/2015-07-31."
        return Problem(file.name, 0, f"a new document needs the day it appeared: {said}", mend)
    return None


def _entry(name: str, digest: str, text: str, read: Read, about: About) -> Document:
    published = about.published or read.published or ""
    days = edtf_interval(published)
    assert days is not None
    address = _clean(re.sub(r"^[a-z]+://|[?#].*$", "", read.taken_from.uri)) if read.taken_from else None
    language = about.language or (
        read.language if re.fullmatch(r"[A-Za-z]{2,3}(?:-\w{2,8})?", read.language or "") else None
    )
    return Document(
        id=name, title=_clean(about.title or read.title) or name, publisher=_clean(about.publisher or read.publisher) or "unknown",
        author=_clean(read.author), address=address, language=language or language_of(read.text),
        published=days, published_why=None, complete=read.complete, origin=name, protected=False,
        licence="all rights reserved", sha256_file=digest, sha256_text=text, characters=len(read.text),
    )  # fmt: skip


def _clean(text: str | None) -> str | None:
    """Bibliography in one line, without signs that no one sees; none where it would lead to a person."""
    line = " ".join("".join(c for c in text or "" if c.isprintable() or c.isspace()).split())[:300]
    return line if line and not leads_to_a_person(line) else None


def language_of(text: str) -> str:
    """The language that the script points to; English where it points nowhere."""
    sample = text[:4000]
    counts = {
        "ko": len(re.findall(r"[\uac00-\ud7a3]", sample)),
        "ja": 3 * len(re.findall(r"[\u3040-\u30ff]", sample)),
        "zh": len(re.findall(r"[\u4e00-\u9fff]", sample)),
        "ru": len(re.findall(r"[\u0400-\u04ff]", sample)),
        "es": 40 * len(re.findall(r"[ñ¿¡]|\b(?:de la|en el|que los)\b", sample)),
    }
    best = max(counts, key=lambda k: counts[k])
    return best if counts[best] > len(sample) / 10 else "en"


def _free_id(file: Path, read: Read, taken: Mapping[str, Document]) -> str:
    stem = read.taken_from.uri.rstrip("/").rsplit("/", 1)[-1] if read.taken_from else file.stem
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:60] or "document"
    n, out = 2, name
    while out in taken:
        out, n = f"{name}-{n}", n + 1
    return out


def _as_yaml(d: Document) -> list[str]:
    first, last = d.published
    return [
        f"id: {d.id}",
        f"title: {quoted(d.title)}",
        *([f"author: {quoted(d.author)}"] if d.author else []),
        f"publisher: {quoted(d.publisher)}",
        *([f"address: {quoted(d.address)}"] if d.address else []),
        f"language: {d.language}",
        f"published: {{edtf: {first if first == last else f'{first}/{last}'}, basis: stated}}",
        *([] if d.complete else ["complete: false"]),
        f"origin: {d.origin}",
        f"licence: {d.licence}",
        f"sha256_file: {d.sha256_file}",
        f"sha256_text: {d.sha256_text}",
        f"characters: {d.characters}",
    ]


# --- what they have in common ----------------------------------------------------------------------------------------
def documents_of(folder: Path) -> dict[str, Document]:
    """The documents of a case. Raises ProblemsFound."""
    reader = Reader()
    root = reader.open(folder / "documents.yaml", f"{folder.name}/documents.yaml")
    documents = read_documents(reader, root) if root else {}
    reader.raise_if_any()
    return documents


def notes(case: Case) -> list[Problem]:
    """Documents that surely share an origin and are given two; archives that are not as they were taken in, or cannot be
    held against that because they are locked."""
    out = []
    documents = case.evidence.documents
    many = len(documents) > MOST_COMPARED  # minutes: those are compared when they are taken in
    for r in [] if many else relations(texts_of(documents.values(), case.folder)):
        first, second = documents[r.first], documents[r.second]
        if r.is_sure and first.origin != second.origin and second.node is not None:
            node = second.node["origin"]
            mend = "documents of one origin count once; if it is one, write:"
            out.append(
                Problem(node.source.name, node.line, r.sentence(), mend, node.replaced(first.origin), warning=True)
            )
    return out + _altered(archive_of(case.folder))


def _altered(archive: Path) -> list[Problem]:
    mend = "nothing here changes an archive: find out who did, and take the file in again from where it came."
    try:
        return [Problem(archive.name, 0, what, mend) for what in alterations(archive)]
    except sealed.Locked as shut:
        (problem,) = shut.problems
        what = f"{problem.what}: nobody can say here whether it was altered"
        return [Problem(archive.name, 0, what, problem.mend, warning=True)]


# --- a newer version -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Moved:
    """A claim on the older version of a document, and where its words stand in the newer."""

    claim: str
    found: Found


def move_claims(folder: Path, older: str, newer: Taken) -> list[Moved]:
    """Gives a newer version the origin of the older, and the claims whose words are surely found in it.

    The others stay with the older version, whose text is kept: nothing comes to stand elsewhere by itself.
    """
    documents = documents_of(folder)
    old = documents.get(older)
    if old is None or old.sha256_file is None or older == newer.document:
        what = "is the same text" if old and older == newer.document else "is no document of this case with a text"
        known = ", ".join(k for k, d in documents.items() if d.sha256_file and k != newer.document) or "none"
        raise ProblemsFound([Problem("--version-of", 0, f"`{older}` {what}", f"there are: {known}.")])
    text = find_text(old.sha256_file, old.sha256_text, folder)
    if text is None and (shut := shut_in(old.sha256_file, old.sha256_text, folder)):
        raise sealed.Locked(shut)
    if text is None:
        what = f"the text of `{older}` is not on this machine"
        raise ProblemsFound([Problem("--version-of", 0, what, "take it in first: `obrok read CASE FILE`.")])
    moved, edits = [], []
    for item, anchor in _anchored(folder, older):
        if not anchor.holds_in(text):
            moved.append(
                Moved(item["id"].text, Found("lost", None, 0, 0, "its anchor does not hold in the older text"))
            )
            continue
        found = find_again(anchor, text, newer.read.text)
        moved.append(Moved(item["id"].text, found))
        if found.is_found and found.anchor:
            edits += [(item["document"], newer.document), (item["anchor"], found.anchor.as_yaml())]
    entry = documents[newer.document].node
    assert entry is not None
    entries.change(folder / "documents.yaml", [(entry["origin"], old.origin)], lambda r, n: bool(read_documents(r, n)))
    if edits:
        entries.change(folder / "claims.yaml", edits, lambda r, n: "claims" in n)
    return moved


def _anchored(folder: Path, document: str) -> Iterator[tuple[Node, Anchor]]:
    """The claims on a document that carry a whole anchor."""
    for item in entries.items(folder, "claims.yaml", "claims"):
        is_on = item.get("document") is not None and item["document"].text == document
        if is_on and (anchor := read_anchor(Reader(), item.get("anchor"))):
            yield item, anchor
