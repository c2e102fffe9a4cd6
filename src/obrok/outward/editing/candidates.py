"""Candidate claims: found by rules in a document or brought from elsewhere, kept in candidates.yaml until a person
accepts them into claims.yaml, edits or drops them. Nothing in candidates.yaml moves an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from obrok.evidence.anchors import Anchor
from obrok.evidence.quotations import quotations, runs, tokens
from obrok.evidence.read_claims import read_anchor
from obrok.outward.editing import entries
from obrok.outward.editing.history import History
from obrok.problems import Node, Problem, ProblemsFound, Reader, quoted
from obrok.worlds.store import write_text

FILE = "candidates.yaml"
HEAD = """\
# Candidate claims, found by rules or brought from elsewhere. They move no answer until accepted:
#   obrok accept CASE ID …          into claims.yaml (edit them here or there: role, quantity, source, paraphrase)
#   obrok accept CASE --drop ID …   away
# Positions count code points of the normalised text; no words of it are here.
format: 1
sources: []
candidates: []
"""
#: why a candidate moves nothing
WAITING = "a candidate, not yet judged"
SOURCE = '{{id: {id}, kind: {kind}, near: unknown, credence: {{value: 0.5, why: "not yet judged"}}}}'


@dataclass(frozen=True)
class Proposal:
    """A candidate as it is written: an entry of claims.yaml whose role is still context."""

    document: str
    anchor: Anchor
    kind: str | None
    paraphrase: str
    why: str
    more: Mapping[str, str]
    id: str = ""

    def lines(self, source: str) -> list[str]:
        return [
            f"id: {self.id}",
            f"document: {self.document}",
            f"anchor: {self.anchor.as_yaml()}",
            f"source: {source}",
            f"paraphrase: {quoted(self.paraphrase)}",
            "informs: context",
            *(f"{key}: {value}" for key, value in self.more.items()),
            f"unused: {quoted(self.why)}",
        ]


def proposals(document: str, text: str, published, language: str) -> list[Proposal]:
    """What the rules find in a document. `published`: first and last day on which it may have appeared."""
    from obrok.evidence.propose import propose

    quoting = runs(tokens(text))
    out = []
    for c in propose(text, published, language):
        more = {}
        if c.about is not None:
            more["about"] = f"{{from: {c.about[0]}, to: {c.about[1]}}}"
        if c.value is not None:
            low, high = c.value
            more["value"] = f"{low:.10g}" if low == high else f"[{low:.10g}, {high:.10g}]"
        if c.unit:
            more["unit"] = quoted(c.unit)
        if c.hedge:
            more["hedge"] = quoted(c.hedge)
        # a template keeps out of this; if ever not, the words stay here
        paraphrase = own_words(c.paraphrase, quoting, f"A {c.kind}, to be put in your own words.")
        places = f"; place: {c.place}" if c.place else ""
        rules = ", ".join(c.why)
        said = f"; said by {_an(c.said)}" if c.said else ""
        why = f"{WAITING} ({rules}{places}{said})"
        out.append(Proposal(document, Anchor.of(text, c.start, c.end), c.said, paraphrase, why, more))
    return out


def own_words(paraphrase: str, quoting: set[tuple[str, ...]], otherwise: str) -> str:
    """A paraphrase; what else to say where there is none, or it quotes. `quoting`: what would be a quotation."""
    return otherwise if not paraphrase or quotations(paraphrase, quoting) else paraphrase


def _an(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def add(folder: Path, found: Iterable[Proposal]) -> list[str]:
    """Writes candidates that are not yet there, nor among the claims. Their ids."""
    path = folder / FILE
    taken, anchors = _known(folder)
    new = []
    for p in found:
        if (p.document, p.anchor.start, p.anchor.end) in anchors:
            continue
        n = next(n for n in range(1, len(taken) + 2) if f"{p.document}-{n}" not in taken)
        taken.add(f"{p.document}-{n}")
        new.append(replace(p, id=f"{p.document}-{n}"))
    if new:
        if not path.exists():
            write_text(path, HEAD)
        sources = _sources(folder)
        before = set(sources)
        blocks = [p.lines(_source_for(p.kind, sources)) for p in new]
        if added := [[SOURCE.format(id=c, kind=k)] for c, k in sources.items() if c not in before]:
            entries.append(path, "sources", added, lambda r, n: "sources" in n)
        entries.append(path, "candidates", blocks, lambda r, n: "candidates" in n)
    return [p.id for p in new]


def _known(folder: Path) -> tuple[set[str], set[tuple[str, int, int]]]:
    """Ids in use, and the places that candidates or claims stand for."""
    ids, places = set(), set()
    for item in [*entries.items(folder, "claims.yaml", "claims"), *entries.items(folder, FILE, "candidates")]:
        ids.add(item["id"].text if "id" in item else "")
        a = read_anchor(Reader(), item.get("anchor"))
        if a and "document" in item:
            places.add((item["document"].text, a.start, a.end))
    return ids, places


def _sources(folder: Path) -> dict[str, str]:
    """Code → kind, of the claims and of the candidates."""
    found = [*entries.items(folder, FILE, "sources"), *entries.items(folder, "claims.yaml", "sources")]
    return {n["id"].text: n["kind"].text for n in found if "id" in n and "kind" in n}


def _source_for(kind: str | None, sources: dict[str, str]) -> str:
    """The code of a source of this kind; a new one, noted among `sources`, where there is none."""
    kind = kind or "journalist"
    code = next((c for c, k in sources.items() if k == kind), None)
    if code is None:
        code = next(f"S{n}" for n in range(1, len(sources) + 2) if f"S{n}" not in sources)
        sources[code] = kind
    return code


# --- accepted, dropped -----------------------------------------------------------------------------------------------
def accept(folder: Path, ids: list[str]) -> list[str]:
    """Moves candidates into claims.yaml. All of them, or none: raises ProblemsFound with what stands in the way, and
    leaves both files as they were. Codes of sources that were added, not yet judged."""
    with History(folder).step("accepted") as scratch:
        return move(scratch, ids)


def move(folder: Path, ids: list[str]) -> list[str]:
    """Moves candidates into claims.yaml, and the sources that these need. Codes of such sources."""
    chosen = _chosen(folder, ids)
    claims = folder / "claims.yaml"
    lines = (folder / FILE).read_text("utf-8").split("\n")
    known = {n["id"].text for n in entries.items(folder, "claims.yaml", "sources") if "id" in n}
    wanted = {n["source"].text for n in chosen if "source" in n} - known
    new = {n["id"].text: n for n in entries.items(folder, FILE, "sources") if "id" in n and n["id"].text in wanted}
    if new:
        entries.append(claims, "sources", [_block(lines, n) for n in new.values()], lambda r, n: "sources" in n)
    entries.append(claims, "claims", [_block(lines, node) for node in chosen], lambda r, n: "claims" in n)
    entries.remove(folder / FILE, "candidates", chosen)
    return list(new)


def drop(folder: Path, ids: list[str]) -> int:
    """Takes candidates away. How many."""
    chosen = _chosen(folder, ids)
    entries.remove(folder / FILE, "candidates", chosen)
    return len(chosen)


def _chosen(folder: Path, ids: list[str]) -> list[Node]:
    items = {n["id"].text: n for n in entries.items(folder, FILE, "candidates") if "id" in n}
    wrong = [i for i in ids if i not in items]
    if wrong or not ids:
        known = ", ".join(list(items)[:30]) + (" …" if len(items) > 30 else "") if items else "none"
        what = f"no candidate `{wrong[0]}`" if wrong else "which candidates?"
        raise ProblemsFound([Problem(f"{folder.name}/{FILE}", 0, what, f"there are: {known}.")])
    return [items[i] for i in dict.fromkeys(ids)]


def _block(lines: list[str], node: Node) -> list[str]:
    """The lines of an entry, without dash and indent."""
    return [line[node.start :] for line in lines[node.line - 1 : entries.last_line(lines, node)] if line.strip()]


def by_document(folder: Path) -> Mapping[str, list[Node]]:
    """Document → the candidates on it, as they are written. The file is read anew only where it has changed."""
    try:
        s = (folder / FILE).stat()
    except FileNotFoundError:
        return {}
    return _by_document(folder.resolve(), (s.st_mtime_ns, s.st_size, s.st_ino))


@lru_cache(4)
def _by_document(folder: Path, stamp: tuple[int, ...]) -> Mapping[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for n in entries.items(folder, FILE, "candidates"):
        if "id" in n and "document" in n:
            found.setdefault(n["document"].text, []).append(n)
    return found


def told(folder: Path, ids: Iterable[str], texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Id, paraphrase and, from the text on this machine, the words it stands for."""
    wanted = set(ids)
    out = []
    for n in entries.items(folder, FILE, "candidates"):
        if "id" in n and n["id"].text in wanted:
            text, a = texts.get(n["document"].text, ""), read_anchor(Reader(), n.get("anchor"))
            out.append((n["id"].text, n["paraphrase"].text, text[a.start : a.end] if a else ""))
    return out
