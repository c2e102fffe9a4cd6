"""A case's documents: bibliography and digests, never their words; what every file of a case has in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from obrok.evidence.archive import LARGEST_TEXT
from obrok.evidence.edtf import edtf_interval
from obrok.evidence.private import refuse_private
from obrok.problems import Node, Reader, is_id

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Document:
    """A document's bibliography and digests. `published`: first and last possible day; why so, where inferred.

    `no_text`: why nobody here has its text; then it has no digests, and no claim on it an anchor.
    """

    id: str
    title: str
    publisher: str
    author: str | None
    address: str | None
    language: str
    published: tuple[date, date]
    published_why: str | None
    complete: bool
    origin: str
    protected: bool
    licence: str
    sha256_file: str | None
    sha256_text: str | None
    characters: int | None
    no_text: str | None = None
    node: Node | None = field(default=None, repr=False, compare=False)


REQUIRED = {
    "id": "report-1",
    "title": '"Title of the report"',
    "publisher": '"Publisher"',
    "language": "en",
    "published": "{edtf: 2015-06-01/2015-07-31}",
    "origin": "report-1",
    "licence": "all rights reserved",
}
#: of a text; and what stands in their place where nobody here has it
DIGESTS = {"sha256_file": "0" * 64, "sha256_text": "0" * 64, "characters": "1000"}
NO_TEXT = {"text": "none", "why": '"restated from an excerpt; the page itself was not kept"'}


def read_documents(reader: Reader, root: Node) -> dict[str, Document]:
    """documents.yaml → documents by id."""
    refuse_private(reader, root)
    top = reader.fields(root, {"format": "1", "documents": "[]"})
    read_format(reader, top.get("format"))
    documents: dict[str, Document] = {}
    taken: set[str] = set()
    for item in reader.items(top.get("documents"), of_groups=True):
        if document := _document(reader, item, taken):
            documents[document.id] = document
    return documents


def _document(reader: Reader, item: Node, taken: set[str]) -> Document | None:
    before = len(reader.problems)
    has_text = "text" not in item
    required, more = (DIGESTS, ("text",)) if has_text else (NO_TEXT, tuple(DIGESTS))
    f = reader.fields(item, REQUIRED | required, ("author", "address", "complete", "protected", *more))
    no_text = None if has_text else _no_text(reader, item, f)
    name = read_id(reader, f.get("id"), taken)
    published, published_why = _published(reader, f.get("published"))
    digests = [read_digest(reader, f.get(k)) if has_text else None for k in ("sha256_file", "sha256_text")]
    characters = (
        reader.want_number(f.get("characters"), 0, LARGEST_TEXT, "characters", whole=True) if has_text else None
    )
    given = [k for k in ("title", "publisher", "author", "address", "language", "origin", "licence") if k in f]
    text = {k: reader.want_text(f[k]) for k in given}
    complete, protected = reader.want_flag(f.get("complete"), True), reader.want_flag(f.get("protected"), False)
    if reader.errors(before):
        return None
    return Document(
        id=name, title=text["title"], publisher=text["publisher"], author=text.get("author"),
        address=text.get("address"), language=text["language"], published=published, published_why=published_why,
        complete=complete, origin=text["origin"], protected=protected, licence=text["licence"],
        sha256_file=digests[0], sha256_text=digests[1], characters=None if characters is None else int(characters),
        no_text=no_text, node=item,
    )  # type: ignore[arg-type]  # fmt: skip


def _no_text(reader: Reader, item: Node, f: Mapping[str, Node]) -> str | None:
    """Why nobody here has the text of a document that says `text: none`."""
    reader.want_choice(f.get("text"), ("none",), "state of the text")
    for key in (k for k in DIGESTS if k in f):
        what = f"`text: none` says that nobody here has the text, and `{key}` is of a text"
        reader.report(f[key], what, "take one of them out, for example:", item.without(key))
    return reader.want_text(f.get("why"))


def without_text(root: Node | None) -> frozenset[str]:
    """Ids of the documents that say `text: none`, also where they are wrong in something else."""
    items = root.get("documents") if root is not None and isinstance(root.value, dict) else None
    if items is None or not isinstance(items.value, list):
        return frozenset()
    return frozenset(n["id"].text for n in items if isinstance(n.value, dict) and "text" in n and "id" in n)


def _published(reader: Reader, node: Node | None) -> tuple[tuple[date, date] | None, str | None]:
    """First and last possible day, and how it is known."""
    if node is None:
        return None, None
    f = reader.fields(node, {"edtf": "2015-06-01/2015-07-31"}, ("basis", "why"))
    days, why = None, reader.want_text(f.get("why"))
    if "edtf" in f:
        days = edtf_interval(f["edtf"].text)
        if days is None:
            what = f"{f['edtf'].text} is not a date or interval (EDTF)"
            mend = "write year-month-day, or two of them with a slash:"
            reader.report(f["edtf"], what, mend, f["edtf"].replaced(_interval_meant(f["edtf"].text)))
    basis = reader.want_choice(f.get("basis"), ("stated", "inferred"), "basis")
    if basis == "inferred" and "why" not in f:
        reader.report(node, "an inferred date needs its reason", "add it:", node.with_key('why: "how it was inferred"'))
    return days, why


def _interval_meant(text: str) -> str:
    """Its parts that are dates, the earlier one first."""
    parts = sorted(part.strip() for part in text.split("/") if edtf_interval(part.strip()))
    return "/".join(dict.fromkeys((parts[0], parts[-1]))) if parts else "2015-06-01/2015-07-31"


def read_digest(reader: Reader, node: Node | None) -> str | None:
    if node is None:
        return None
    if _HEX.fullmatch(node.text):
        return node.text
    meant = node.text.strip().lower()
    mended = node.replaced(meant if _HEX.fullmatch(meant) else "0" * 64)
    what = "a digest is 64 lower-case hexadecimal digits"
    reader.report(node, what, "`obrok read CASE FILE` prints it; until then:", mended)
    return None


def read_format(reader: Reader, node: Node | None) -> None:
    if node is not None and node.text != "1":
        what = f"format {node.text} is not known here" if node.text else "the format is a number"
        reader.report(node, what, "this version reads:", node.replaced("1"))


def read_id(reader: Reader, node: Node | None, taken: set[str]) -> str | None:
    """An identifier: letters, digits, hyphens; not given twice. It is added to those taken."""
    if node is None:
        return None
    text = node.text
    if not is_id(node):
        clean = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:100] or "name"
        if node.value is None or clean in taken:
            clean = next(f"name-{n}" for n in range(1, len(taken) + 2) if f"name-{n}" not in taken)
        reader.report(node, f"`{text[:60]}` is not an id", "letters, digits and hyphens:", node.replaced(clean))
        return None
    if text in taken:
        n = next(n for n in range(2, len(taken) + 3) if f"{text}-{n}" not in taken)
        reader.report(node, f"the id `{text}` is given twice", "each is used once:", node.replaced(f"{text}-{n}"))
        return None
    taken.add(text)
    return text
