"""A case of many invented documents and claims: several origins, languages and hedges, claims that bear each other out or
disagree, some documents protected, some without a text. Fixed seeds, nobody real."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from obrok.case.case import new_case
from obrok.evidence.anchors import Anchor, normalised, sha256
from tests import piles

ALPHABETS = {"ru": (0x430, 0x44F), "ko": (0xAC00, 0xC800), "ja": (0x3042, 0x3093)}
START = date(2023, 1, 1)
#: outcome → words that it may be said with
SAID = {
    "left": ("a few", "several", "dozens", "about", "at least"),
    "found": ("a couple", "some", "many", "roughly", "nearly"),
    "handed_over": ("none", "one", "a few", "at most"),
    "taken_back": ("some", "several", "exactly"),
    "let_go": ("a couple", "many", "more than"),
    "applied": ("one", "a few", "fewer than"),
}
FIGURES = ("about", "at least", "roughly", "nearly", "at most", "exactly", "more than", "fewer than")
KINDS = ("unnamed person", "official", "organisation", "document", "journalist")


def big_case(folder: Path, documents: int = 2_000, claims: int = 5_000, seed: int = 1, words: int = 700) -> Path:
    """Writes a case with its archive into a folder that is not there yet. `words`: of a text, about."""
    r = random.Random(seed)
    new_case(folder)
    texts: dict[str, str] = {}
    rows = [_document(r, k, documents, words, texts) for k in range(documents)]
    _keep(folder, texts)
    (folder / "documents.yaml").write_text("format: 1\ndocuments:\n" + "".join(row for row, *_ in rows), "utf-8")
    sources = max(4, claims // 40)
    inputs = {"wage": min(20, claims // 50), "posts": min(20, claims // 50)}
    lines = _claims(r, claims, sources, [about for _, *about in rows], texts, inputs)
    people = "".join(_source(r, k) for k in range(sources))
    (folder / "claims.yaml").write_text(f"format: 1\nsources:\n{people}claims:\n{''.join(lines)}", "utf-8")
    path = folder / "case.yaml"
    text = path.read_text("utf-8")
    for name, n in inputs.items():
        cited = ", ".join(f"{name}-{k}" for k in range(n))
        text = text.replace(
            f"\n  {name}: {{assumption:", f"\n  {name}: {{claims: [{cited}], combine: mixture, fallback:"
        )
    path.write_text(text, "utf-8")
    return folder


def _document(r: random.Random, k: int, of: int, words: int, texts: dict[str, str]) -> tuple[str, str, str | None]:
    """Its entry, its id and its text's digest, None where there is none."""
    id, language = f"doc-{k:04}", r.choice(["en"] * 5 + ["es", "ru", "ko", "ja"])
    origin = f"wire-{r.randrange(max(2, of // 40))}" if r.random() < 0.3 else id
    day = START + timedelta(days=r.randrange(700))
    head = (
        f"  - id: {id}\n    title: {_headline(r)}\n    publisher: Paper {r.randrange(40)}\n    language: {language}\n"
        f"    published: {{edtf: {day}, basis: stated}}\n    origin: {origin}\n    licence: all rights reserved\n"
    )
    if r.random() < 0.04:
        return head + "    text: none\n    why: restated from an excerpt\n", id, None
    text = normalised(_text(r, k, words, language))
    digest = sha256(text)
    texts[digest] = text
    if r.random() < 0.05:
        head += "    protected: true\n"
    return head + f"    sha256_file: {digest}\n    sha256_text: {digest}\n    characters: {len(text)}\n", id, digest


def _headline(r: random.Random) -> str:
    return " ".join([piles.name(r), *(r.choice(piles.COMMON) for _ in range(r.randint(3, 8)))])


def _text(r: random.Random, k: int, words: int, language: str) -> str:
    """Two languages meet in it where it is not English: as of reports that quote."""
    text = piles.article(r, k, words).text
    if span := ALPHABETS.get(language):
        own = ["".join(chr(r.randint(*span)) for _ in range(r.randint(2, 6))) for _ in range(words)]
        text = f"{' '.join(own)}. {text[: len(text) // 3]}"
    return text


def _keep(folder: Path, texts: dict[str, str]) -> None:
    for room in ("originals", "texts"):
        (folder / "archive" / room).mkdir(mode=0o700, parents=True, exist_ok=True)
        for digest, text in texts.items():
            (folder / "archive" / room / f"{digest}.txt").write_text(text, "utf-8")


def _source(r: random.Random, k: int) -> str:
    credence, near = round(r.uniform(0.3, 0.95), 2), r.choice(["close", "medium", "far", "unknown"])
    why = "speaks of what was seen" if r.random() < 0.5 else "at second hand"
    return f'  - {{id: S{k}, kind: {r.choice(KINDS)}, near: {near}, credence: {{value: {credence}, why: "{why}"}}}}\n'


def _claims(
    r: random.Random, claims: int, sources: int, documents: list[list], texts: dict[str, str], inputs: dict[str, int]
) -> list[str]:
    out: list[str] = []
    known: list[tuple[str, int]] = []  # outcome claims, and who said them
    said: set[tuple] = set()
    for k in range(claims):
        source, share = r.randrange(sources), r.random()
        document, digest = r.choice(documents)
        if k < sum(inputs.values()):
            name, j = ("wage", k) if k < inputs["wage"] else ("posts", k - inputs["wage"])
            id, more = f"{name}-{j}", _input(r, name)
        elif share < 0.2 and (one := _outcome(r, source, said)):
            id, more = f"claim-{k:04}", one
            known.append((id, source))
        elif share < 0.35 and (other := [c for c, by in known[-200:] if by != source]):
            id, more = f"claim-{k:04}", f"    informs: confirmation\n    confirms: [{r.choice(other)}]\n"
        else:
            id, more = f"claim-{k:04}", "    informs: context\n    unused: nothing in the model stands for it\n"
        out.append(
            f"  - id: {id}\n    document: {document}\n{_anchor(r, texts.get(digest or ''))}    source: S{source}\n"
            f"    paraphrase: {_paraphrase(r)}\n{more}"
        )
    return out


def _input(r: random.Random, name: str) -> str:
    low = r.choice([200, 400, 700, 900, 1200]) if name == "wage" else r.choice([120, 250, 300, 500])
    unit = "USD/month" if name == "wage" else "people"
    span = "about: {from: 2024-01-01, to: 2024-12-01, place: city}"
    return f"    informs: input\n    quantity: {name}\n    value: {low}\n    unit: {unit}\n    hedge: {r.choice(FIGURES[:4])}\n    {span}\n"


def _outcome(r: random.Random, source: int, said: set[tuple]) -> str | None:
    quantity, month = r.choice(list(SAID)), r.randrange(24)
    if (source, quantity, month) in said:
        return None
    said.add((source, quantity, month))
    first = date(2023 + month // 12, 1 + month % 12, 1)
    hedge = r.choice(SAID[quantity])
    value = f"    value: {r.choice([3, 5, 8, 12, 20, 45])}\n" if hedge in FIGURES else ""
    span = f"{{from: {first}, to: {first + timedelta(days=27)}, place: {r.choice(['city', 'country'])}}}"
    return f"    informs: outcome\n    quantity: {quantity}\n{value}    unit: people\n    hedge: {hedge}\n    about: {span}\n"


def _anchor(r: random.Random, text: str | None) -> str:
    if text is None:
        return ""
    start = r.randrange(len(text) - 150)
    return f"    anchor: {Anchor.of(text, start, start + r.randint(40, 140)).as_yaml()}\n"


def _paraphrase(r: random.Random) -> str:
    words = [piles.name(r), *(r.choice(piles.COMMON) for _ in range(r.randint(8, 16)))]
    return " ".join(words) + "."
