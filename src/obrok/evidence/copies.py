"""Which documents share an origin: copies, rewrites and translations of one another; and which may, as questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from obrok.evidence.anchors import sha256
from obrok.evidence.archive import find_text
from obrok.evidence.documents import Document
from obrok.evidence.marks import NO_HEDGE, Marks, agencies_in, marks
from obrok.evidence.rarity import Rarity
from obrok.evidence.shingles import candidates, shared, shingles

#: kind → what its score says
KINDS = {
    "same text": "1: every character is the same",
    "near copy": "the share of the shorter text's word sequences that the other has, too",
    "rewrite": "the share of the rare figures, names and dates of one that the other has, too; in one language",
    "translation or retelling": "the share of the rare figures, names and dates of one that the other has, too",
    "shared passages": "the share of the shorter text's word sequences that the other has, too",
    "same agency": "the share of the rare figures, names and dates of one that the other has, too",
    "same unnamed source": "the share of the rare figures, names and dates of one that the other has, too",
}
#: kinds that make one origin of two documents; the others are questions
SURE = frozenset({"same text", "near copy", "rewrite", "translation or retelling"})
#: a near copy: so much of both, or of the shorter; passages: so many sequences, none of them common in the pile
RESEMBLES, CONTAINS, PASSAGE = 0.2, 0.4, 25
#: a retelling: rare marks worth so many bits, so large a share of one text's, and so many figures or days among them
RETOLD_BITS, RETOLD_SHARE, RETOLD_FIGURES = 20.0, 0.35, 2
#: of texts with passages in common: a retelling where so large a share of the marks is common, too
BEYOND_PASSAGES = 0.8
#: a question: rare marks worth so many bits
ASKED_BITS = 8.0
#: days between publications within which a story is retold; within which a wire story or a source is used again
RETOLD_DAYS, ASKED_DAYS = 45, 14


@dataclass(frozen=True)
class Text:
    """A document to be compared: its normalised text, and the first and last possible day of publication."""

    id: str
    text: str
    language: str
    published: tuple[date, date]
    publisher: str
    address: str | None = None


@dataclass(frozen=True)
class Fingerprint:
    """A text without its words: digest, uint64[n] hashes of its shingles (sorted), its marks."""

    digest: str
    shingles: np.ndarray
    marks: Marks


@dataclass(frozen=True)
class Relation:
    """Two documents that have something in common; `first` is the earlier where that can be told, and `later` names
    the other then. `score`: as `KINDS` says. `figures`, `dates`, `names`: what they share, in no order of the text;
    `differs`: what one tells otherwise."""

    first: str
    second: str
    kind: str
    score: float
    later: str | None
    figures: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        return self.kind in SURE

    def sentence(self) -> str:
        """The relation in plain words."""
        said = {
            "same text": f"`{self.second}` has the same text as `{self.first}`",
            "near copy": f"`{self.second}` copies `{self.first}`, or both copy a third",
            "rewrite": f"`{self.second}` tells what `{self.first}` tells, in other words",
            "translation or retelling": f"`{self.second}` tells what `{self.first}` tells, in another language",
            "shared passages": f"`{self.second}` and `{self.first}` have passages in common: does one quote the other?",
            "same agency": f"`{self.second}` and `{self.first}` both quote {_listed(self.agencies)}: one story?",
            "same unnamed source": f"`{self.second}` and `{self.first}` may have one unnamed source. Is it one?",
        }[self.kind]
        parts = [f"{said} ({self.score:.0%})." if self.kind != "same text" else f"{said}."]
        kept = [
            f"{what} {_listed(some)}"
            for what, some in (("the figures", self.figures), ("the dates", self.dates), ("the names", self.names))
            if some
        ]
        if kept:
            parts.append(f"Both have {'; '.join(kept)}.")
        if self.differs:
            parts.append(f"They differ: {'; '.join(self.differs)}.")
        if self.later:
            parts.append(f"`{self.later}` is the later one.")
        return " ".join(parts)


def texts_of(documents: Iterable[Document], folder: Path | None) -> list[Text]:
    """The documents whose texts are on this machine."""
    out = []
    for d in documents:
        text = find_text(d.sha256_file, d.sha256_text, folder) if d.sha256_file else None
        if text is not None:
            out.append(Text(d.id, text, d.language, d.published, d.publisher, d.address))
    return out


def fingerprint(text: str, language: str) -> Fingerprint:
    """The fingerprint of a normalised text: the same on every machine and with every Python."""
    hashes, words = shingles(text)
    return Fingerprint(sha256(text), hashes, marks(text, language, words))


def relations(documents: Sequence[Text]) -> list[Relation]:
    """Pairs of documents that have something in common, one relation a pair: the surest kind.

    Of many documents with the same text each is paired with the first only.
    """
    order = sorted(documents, key=lambda d: (d.published, d.id))
    prints = [fingerprint(d.text, d.language) for d in order]
    found: dict[tuple[int, int], Relation] = {}
    first_of: dict[str, int] = {}
    for i, p in enumerate(prints):
        if len(p.shingles) and first_of.setdefault(p.digest, i) != i:
            j = first_of[p.digest]
            found[j, i] = _relation(order, prints, j, i, "same text", 1.0)
    alone = [i for i, p in enumerate(prints) if first_of.get(p.digest) == i]
    for i, j, kind, score in _copied([prints[i].shingles for i in alone]):
        a, b = alone[i], alone[j]
        found[a, b] = _relation(order, prints, a, b, kind, score)
    agencies = [p.marks.agencies | agencies_in(d.publisher) for d, p in zip(order, prints, strict=True)]
    for a, b, kind, score, common in _retold(order, prints, agencies, alone):
        known = found.get((a, b))
        if known is None or (kind in SURE and known.kind == "shared passages" and score >= BEYOND_PASSAGES):
            found[a, b] = _relation(order, prints, a, b, kind, score, common, agencies[a] & agencies[b])
    return [found[pair] for pair in sorted(found)]


def origins(documents: Sequence[Text], found: Sequence[Relation]) -> dict[str, str]:
    """Document → its proposed origin: the earliest document to which a chain of sure relations leads."""
    order = {d.id: i for i, d in enumerate(sorted(documents, key=lambda d: (d.published, d.id)))}
    parent = {d.id: d.id for d in documents}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    for relation in found:
        if relation.is_sure:
            early, late = sorted((root(relation.first), root(relation.second)), key=order.__getitem__)
            parent[late] = early
    return {name: root(name) for name in order}


# -- copies -----------------------------------------------------------------------------------------------------------
def _copied(all_shingles: list[np.ndarray]) -> Iterator[tuple[int, int, str, float]]:
    """Pairs of which one copies the other in whole or in part, verified on all their shingles."""
    pairs = candidates(all_shingles)
    if not len(pairs):
        return
    values, times = np.unique(np.concatenate(all_shingles), return_counts=True)
    common = values[times > max(5, len(all_shingles) // 50)]  # what many texts have is boilerplate, or much copied
    for i, j in pairs.tolist():
        a, b = all_shingles[i], all_shingles[j]
        both, less = shared(a, b), min(len(a), len(b))
        contained = both / less
        if both / (len(a) + len(b) - both) >= RESEMBLES or (contained >= CONTAINS and both >= PASSAGE):
            yield i, j, "near copy", contained
        elif both >= PASSAGE:
            rare = both - shared(common, np.intersect1d(a, b, assume_unique=True))
            if rare >= PASSAGE:
                yield i, j, "shared passages", contained


# -- retellings -------------------------------------------------------------------------------------------------------
def _retold(
    order: Sequence[Text], prints: Sequence[Fingerprint], agencies: Sequence[frozenset[str]], alone: Sequence[int]
) -> Iterator[tuple[int, int, str, float, frozenset[str]]]:
    """Pairs that share rare figures, names and dates within some days; and those that may have one source."""
    rarity = Rarity([prints[i].marks for i in alone])
    for x, y in rarity.candidates(ASKED_BITS):
        a, b = alone[x], alone[y]
        gap = _days_between(order[a], order[b])
        if gap > RETOLD_DAYS:
            continue
        common = rarity.marks[x] & rarity.marks[y]
        bits = rarity.bits(common)
        share = bits / max(min(rarity.bits(rarity.marks[x]), rarity.bits(rarity.marks[y])), 1e-9)
        exact = sum(kind == "figure" or (kind == "date" and "-" in m) for kind, m in common)
        figures = sum(kind == "figure" for kind, _ in common)
        if bits >= RETOLD_BITS and share >= RETOLD_SHARE and exact >= RETOLD_FIGURES and figures:
            same = order[a].language[:2] == order[b].language[:2]
            yield a, b, "rewrite" if same else "translation or retelling", share, common
        elif gap <= ASKED_DAYS and bits >= ASKED_BITS:
            if _one_source(prints[a].marks, prints[b].marks, rarity):
                yield a, b, "same unnamed source", share, common
            elif agencies[a] & agencies[b] and figures:
                yield a, b, "same agency", share, common


def _one_source(a: Marks, b: Marks, rarity: Rarity) -> bool:
    """Whether both describe an unnamed source alike: by a name beside it, and by nothing that the other denies."""
    for one in a.sources:
        for other in b.sources:
            if any(("name", key) in rarity.known for key in one & other):
                return True
    return False


def _days_between(a: Text, b: Text) -> int:
    """The fewest days that can lie between two publications."""
    return max(0, (max(a.published[0], b.published[0]) - min(a.published[1], b.published[1])).days)


# -- words ------------------------------------------------------------------------------------------------------------
def _relation(
    order: Sequence[Text], prints: Sequence[Fingerprint], a: int, b: int, kind: str, score: float,
    common: frozenset[tuple[str, str]] | None = None, agencies: frozenset[str] = frozenset(),
) -> Relation:  # fmt: skip
    one, other = prints[a].marks, prints[b].marks
    if common is None:
        keys = one.names.keys() & other.names.keys()
        common = frozenset({("name", k) for k in keys} | {("date", d) for d in one.dates & other.dates})
        common |= {("figure", f) for f in one.figures.keys() & other.figures.keys()}
    written = one.names | one.perhaps
    by = {k: sorted(m for kind_of, m in common if kind_of == k) for k in ("figure", "date", "name")}
    later = order[b].id if order[a].published[1] < order[b].published[0] else None
    return Relation(
        first=order[a].id, second=order[b].id, kind=kind, score=round(min(score, 1.0), 4), later=later,
        figures=tuple(_shown(f) for f in sorted(by["figure"], key=_size)), dates=tuple(by["date"]),
        names=tuple(sorted(written.get(k, k) for k in by["name"])), agencies=tuple(sorted(agencies)),
        differs=tuple(_differs(one, other, kind, (order[a].id, order[b].id))),
    )  # fmt: skip


def _size(figure: str) -> float:
    return float(figure.rstrip("%"))


def _shown(figure: str) -> str:
    return f"{_size(figure):,.10g}{figure[len(figure.rstrip('%')) :]}"


def _differs(one: Marks, other: Marks, kind: str, ids: tuple[str, str]) -> Iterator[str]:
    """Hedges that differ beside one figure; of copies also the figures that only one of them has."""
    for figure in sorted(one.figures.keys() & other.figures.keys(), key=_size):
        a, b = one.figures[figure], other.figures[figure]
        if not a & b:
            said = [
                " or ".join(
                    f"{h} {_shown(figure)}" if h else f"{_shown(figure)} with no hedge"
                    for h in sorted(s, key=lambda h: (h == NO_HEDGE, h))
                )
                for s in (a, b)
            ]
            yield f"{said[0]} against {said[1]}"
    if kind == "near copy":
        for a, b, which in ((one, other, ids[0]), (other, one, ids[1])):
            alone = sorted(a.figures.keys() - b.figures.keys(), key=_size)[:5]
            if alone:
                yield f"only `{which}` has {_listed([_shown(f) for f in alone])}"


def _listed(some: Sequence[str] | Mapping[str, str]) -> str:
    some = list(some)
    shown = some if len(some) <= 6 else [*some[:5], f"{len(some) - 5} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nothing"
