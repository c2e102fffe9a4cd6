"""What a web page says of itself: title, author, publisher, date, language. Nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from obrok.evidence.anchors import normalised
from obrok.evidence.edtf import edtf_interval

LONGEST = 500
_TITLES = ("og:title", "dc.title", "dcterms.title", "citation_title", "twitter:title")
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author", "byl")
_PUBLISHERS = ("og:site_name", "dc.publisher", "dcterms.publisher", "citation_publisher", "citation_journal_title")
_DATES = (
    "article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
    "citation_publication_date", "citation_date", "parsely-pub-date", "pubdate", "publishdate", "publish_date",
    "dc.date", "date",
)  # fmt: skip
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}\Z")
_DATE = re.compile(r"(\d{4})(?:[-/.]?(\d\d)(?:[-/.]?(\d\d))?)?(?:[T ]\d\d?:.*|Z)?\Z", re.S)


@dataclass(frozen=True)
class Says:
    """`published`: EDTF. Each None where the page does not say."""

    title: str | None
    author: str | None
    publisher: str | None
    published: str | None
    language: str | None
    notes: tuple[str, ...] = ()


def what_it_says(tree: Any) -> Says:
    """From JSON-LD, then meta tags, then <time>, <title> and `lang`."""
    metas, linked = _metas(tree), _linked(tree)
    dates = [d for d in (edtf_of(v) for v in [*linked["published"], *_all(metas, _DATES), *_times(tree)]) if d]
    days = list(dict.fromkeys(dates))
    notes = (f"the page gives several dates: {', '.join(days[:4])}; the first was taken",) if len(days) > 1 else ()
    title = [
        *linked["title"],
        *_all(metas, _TITLES),
        "".join(t.xpath("string()") for t in tree.findall(".//title")[:1]),
    ]
    languages = [
        tree.get("lang"),
        tree.get("xml:lang"),
        *linked["language"],
        *_all(metas, ("content-language", "og:locale")),
    ]
    authors = [a for a in _all(metas, _AUTHORS) if not a.lower().startswith(("http:", "https:"))]
    return Says(
        title=_first(title),
        author=_first(linked["author"]) or _first(authors),
        publisher=_first([*linked["publisher"], *_all(metas, _PUBLISHERS)]),
        published=days[0] if days else None,
        language=next((t.replace("_", "-") for t in map(_tidy, languages) if t and _LANGUAGE.match(t)), None),
        notes=notes,
    )


def edtf_of(text: Any) -> str | None:
    """A date as pages write it for machines → EDTF, as exact as it was written; None where it is not clear."""
    text = _tidy(text)
    if not text:
        return None
    if match := _DATE.match(text):
        edtf = "-".join(g for g in match.groups() if g)
    else:
        from email.utils import parsedate

        try:
            parts = parsedate(text) if "," in text else None  # Tue, 03 Mar 2015 10:00:00 GMT
        except (ValueError, IndexError, TypeError):
            parts = None
        if not parts:
            return None
        edtf = f"{parts[0]:04d}-{parts[1]:02d}-{parts[2]:02d}"
    return edtf if edtf_interval(edtf) and edtf[:4] >= "1000" else None


def _tidy(text: Any) -> str | None:
    return normalised(text[: 4 * LONGEST])[:LONGEST].strip() or None if isinstance(text, str) else None


def _first(texts: list[Any]) -> str | None:
    return next((t for t in map(_tidy, texts) if t), None)


def _metas(tree: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        if name and (content := meta.get("content")):
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _all(metas: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return [text for name in names for text in metas.get(name, [])]


def _times(tree: Any) -> Iterator[str]:
    """<time> elements that are said to be the day of publication; or the only one there is."""
    times = [t for t in tree.iter("time") if t.get("datetime")]
    said = [t for t in times if "pubdate" in t.attrib or (t.get("itemprop") or "").lower() == "datepublished"]
    if not said and len({t.get("datetime") for t in times}) == 1:
        said = times[:1]
    yield from (t.get("datetime") for t in said)


def _linked(tree: Any) -> dict[str, list[Any]]:
    """What the page's JSON-LD says of an article."""
    found: dict[str, list[Any]] = {k: [] for k in ("title", "author", "publisher", "published", "language")}
    for script in tree.iter("script"):
        if (script.get("type") or "").split(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            top = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(top):
            if not any("Article" in t or t in ("Report", "BlogPosting", "WebPage") for t in _types(thing)):
                continue
            found["title"].append(thing.get("headline"))
            found["author"].append(", ".join(_names(thing.get("author"))))
            found["publisher"] += _names(thing.get("publisher"))
            found["published"].append(thing.get("datePublished"))
            found["language"].append(thing.get("inLanguage"))
    return found


def _things(top: Any) -> Iterator[dict[str, Any]]:
    todo, left = [top], 10_000
    while todo and left:
        left -= 1
        thing = todo.pop(0)
        if isinstance(thing, dict):
            yield thing
            todo += [v for k, v in thing.items() if k in ("@graph", "mainEntity", "mainEntityOfPage")]
        elif isinstance(thing, list):
            todo += thing[:1000]


def _types(thing: dict[str, Any]) -> list[str]:
    given = thing.get("@type")
    return [t for t in (given if isinstance(given, list) else [given]) if isinstance(t, str)]


def _names(given: Any) -> list[str]:
    given = given if isinstance(given, list) else [given]
    names = [g.get("name") if isinstance(g, dict) else g for g in given[:20]]
    return [n for n in map(_tidy, names) if n and not n.startswith(("http:", "https:"))]
