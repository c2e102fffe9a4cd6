"""Claims as W3C Web Annotations (JSON-LD), out and in.

Out: a claim is an Annotation whose target is the normalised text, named by its digest (RFC 6920, `ni:///sha-256;…`),
with a TextPositionSelector; the digests of the words stand beside it. With `words`, for one's own use, a
TextQuoteSelector, too. Where this machine made the text from a page or a PDF, a second target is the original, by the
map back: a RangeSelector of XPathSelectors, or the page as a FragmentSelector (RFC 3778).
In: annotations of any maker are looked for in the texts of the case; those found become candidate claims.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from obrok.case.case import Case
from obrok.evidence.anchors import Anchor, normalised
from obrok.evidence.archive import find_text, told_of
from obrok.evidence.claims import Claim
from obrok.evidence.documents import Document
from obrok.evidence.found_again import find_again
from obrok.evidence.quotations import runs, tokens
from obrok.evidence.reading import LIMITS, Piece, Read
from obrok.outward.editing.candidates import Proposal, own_words
from obrok.problems import Problem, ProblemsFound

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
BESIDE = 32


def named(sha256: str) -> str:
    """A digest as a name (RFC 6920)."""
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


# --- out -------------------------------------------------------------------------------------------------------------
def exported(case: Case, words: bool = False) -> dict[str, Any]:
    """The claims of a case as an AnnotationCollection. `words`: with the words, where the text is on this machine."""
    items = [_annotation(case, c, words) for c in case.evidence.claims.values()]
    page = {"type": "AnnotationPage", "startIndex": 0, "items": items}
    return {"@context": [CONTEXT, {"obrok": "urn:obrok:"}], "id": f"urn:obrok:case:{case.id}", "type": "AnnotationCollection",
            "label": case.title, "total": len(items), "first": page}  # fmt: skip


def _annotation(case: Case, claim: Claim, words: bool) -> dict[str, Any]:
    d = case.evidence.documents[claim.document]
    about = {"informs": claim.informs, "quantity": claim.quantity, "value": claim.value, "unit": claim.unit,
             "hedge": claim.hedge, "source": claim.source, "document": d.id}  # fmt: skip
    body = {"type": "TextualBody", "value": claim.paraphrase, "purpose": "describing", "format": "text/plain"}
    return {
        "id": f"urn:obrok:claim:{case.id}:{claim.id}",
        "type": "Annotation",
        "motivation": "describing",
        "body": body,
        "target": _targets(case, claim, d, words),
        **{f"obrok:{k}": v for k, v in about.items() if v is not None},
    }


def _targets(case: Case, claim: Claim, d: Document, words: bool) -> Any:
    withheld = (d.protected or case.live) and not words
    if claim.anchor is None or d.sha256_text is None or withheld:
        return f"urn:obrok:document:{case.id}:{d.id}"
    a = claim.anchor
    position = {
        "type": "TextPositionSelector",
        "start": a.start,
        "end": a.end,
        "obrok:sha256": a.sha256,
        "obrok:around": a.around,
    }
    selectors: list[dict] = [position]
    text = find_text(d.sha256_file, d.sha256_text, case.folder) if words and d.sha256_file else None
    if text is not None:
        before, after = text[max(0, a.start - BESIDE) : a.start], text[a.end : a.end + BESIDE]
        quote = {"type": "TextQuoteSelector", "exact": text[a.start : a.end], "prefix": before, "suffix": after}
        selectors.append(quote)
    targets = [{"source": named(d.sha256_text), "selector": selectors}]
    if original := _in_original(case, d, a):
        targets.append(original)
    return targets


def _in_original(case: Case, d: Document, a: Anchor) -> dict[str, Any] | None:
    """The span in the page or PDF that the text was made from."""
    told = told_of(d.sha256_file, case.folder) if d.sha256_file else None
    if told is None or told["kind"] == "text":
        return None
    pieces = tuple(Piece(*p) for p in told["pieces"])
    places = [
        p
        for p in Read(told["kind"], b"", " " * (d.characters or 0), pieces, "").walk_back(a.start, a.end)
        if p.to > p.at
    ]
    if not places:
        return None
    first, last = places[0], places[-1]
    source = named(d.sha256_file)  # type: ignore[arg-type]
    if told["kind"] == "PDF":
        pages = [{"type": "FragmentSelector", "conformsTo": "http://tools.ietf.org/rfc/rfc3778", "value": f"page={n}"}
                 for n in dict.fromkeys(p.place for p in places)]  # fmt: skip
        return {"source": source, "selector": pages}

    def point(piece: Piece, at: int) -> dict[str, Any]:
        inside = {"type": "TextPositionSelector", "start": at, "end": at}
        return {"type": "XPathSelector", "value": piece.place, "refinedBy": inside}

    ends = {"startSelector": point(first, first.at), "endSelector": point(last, last.to)}
    return {"source": source, "selector": {"type": "RangeSelector", **ends}}


# --- in --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Brought:
    """What became of one annotation: its id, and the candidate made of it or why there is none."""

    id: str
    proposal: Proposal | None
    why: str


def imported(case: Case, data: bytes, name: str) -> list[Brought]:
    """Web Annotations → candidates, where their words are found in a text of the case. Raises ProblemsFound."""
    texts = {}
    for d in case.evidence.documents.values():
        text = find_text(d.sha256_file, d.sha256_text, case.folder) if d.sha256_file else None
        if text is not None:
            texts[d.id] = text

    @cache
    def quoting(document: str) -> set[tuple[str, ...]]:
        return runs(tokens(texts[document]))

    return [_brought(case, item, texts, quoting) for item in _items(data, name)]


def _items(data: bytes, name: str) -> Iterator[Mapping]:
    wrong = None
    if len(data) > LIMITS.bytes:
        wrong = "it is too large"
    try:
        tree = json.loads(data) if wrong is None else None
    except (ValueError, RecursionError) as error:
        wrong = "it is not JSON" + (
            f" ({error.msg}, line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        )
    found = list(_annotations(tree)) if wrong is None else []
    if not found:
        mend = "give an Annotation, a list of them, an AnnotationPage or an AnnotationCollection (JSON-LD)."
        raise ProblemsFound([Problem(name, 0, wrong or "no Web Annotation is in it", mend)])
    yield from found


def _annotations(tree: Any, depth: int = 0) -> Iterator[Mapping]:
    if depth > 6:
        return
    if isinstance(tree, list):
        for item in tree:
            yield from _annotations(item, depth + 1)
    elif isinstance(tree, dict):
        if "target" in tree:
            yield tree
        else:
            for key in ("items", "first", "rows", "next", "@graph"):
                if key in tree:
                    yield from _annotations(tree[key], depth + 1)


def _brought(
    case: Case, item: Mapping, texts: Mapping[str, str], quoting: Callable[[str], set[tuple[str, ...]]]
) -> Brought:
    id_ = str(item.get("id", ""))[:200] or "annotation"
    best: Brought | None = None
    for target in item["target"] if isinstance(item["target"], list) else [item["target"]]:
        if not isinstance(target, dict):
            continue
        for name in _meant(case, target, texts):
            anchor, why = _found(target, texts[name], case.evidence.documents[name])
            if anchor is not None:
                return Brought(id_, _proposal(name, anchor, item, quoting(name)), why)
            best = best or Brought(id_, None, why)
    return best or Brought(id_, None, "no text on this machine is the one it speaks of")


def _meant(case: Case, target: Mapping, texts: Mapping[str, str]) -> list[str]:
    """The documents that a target may mean: by digest, by address, else any."""
    source = target.get("source")
    source = source.get("id", "") if isinstance(source, dict) else source if isinstance(source, str) else ""
    for name in texts:
        d = case.evidence.documents[name]
        bare = source.split("://", 1)[-1].rstrip("/")
        if d.sha256_text and source == named(d.sha256_text):
            return [name]
        if d.sha256_file and source == named(d.sha256_file):
            return [name]
        if d.address and bare == d.address.rstrip("/"):
            return [name]
    return [] if source.startswith("ni:") else list(texts)


def _selectors(given: Any, depth: int = 0) -> Iterator[Mapping]:
    if depth > 6:
        return
    if isinstance(given, list):
        for one in given:
            yield from _selectors(one, depth + 1)
    elif isinstance(given, dict):
        yield given
        yield from _selectors(given.get("refinedBy"), depth + 1)


def _found(target: Mapping, text: str, d: Document) -> tuple[Anchor | None, str]:
    """Where the words of a target stand in a text, if surely anywhere; and why or why not."""
    selectors = list(_selectors(target.get("selector")))
    quotes = [s for s in selectors if s.get("type") == "TextQuoteSelector" and isinstance(s.get("exact"), str)]
    for s in quotes:
        # blanks at the ends belong to the surroundings
        before, exact, after = (s[k] if isinstance(s.get(k), str) else "" for k in ("prefix", "exact", "suffix"))
        words = normalised(exact)
        if not words:
            continue
        if not before and not after:
            places = Anchor.find(text, words)
            return (places[0], "its words stand in one place") if len(places) == 1 else (
                None, f"its words stand in {len(places)} places, and nothing says which")  # fmt: skip
        old = normalised(before + "\x00" + exact + "\x01" + after)
        start, end = old.index("\x00"), old.index("\x01")
        old = old[:start] + old[start + 1 : end] + old[end + 1 :]
        while end - 1 > start and old[start] == " ":
            start += 1
        end -= 1
        while end > start and old[end - 1] == " ":
            end -= 1
        found = find_again(Anchor.of(old, start, end), old, text)
        if found.is_found:
            return found.anchor, found.why
        return None, f"{found.state}: {found.why}"
    for s in (s for s in selectors if s.get("type") == "TextPositionSelector"):
        a, b = s.get("start"), s.get("end")
        source = target.get("source")
        if isinstance(a, int) and isinstance(b, int) and 0 <= a < b <= len(text):
            anchor = Anchor.of(text, a, b)
            same = d.sha256_text and source == named(d.sha256_text)
            if same or (s.get("obrok:sha256") == anchor.sha256 and s.get("obrok:around") == anchor.around):
                return anchor, "it counts in this very text"
    return (
        None,
        "nothing in it says where in the text it stands: a quotation with what is around it, or a position in this text",
    )


def _proposal(document: str, anchor: Anchor, item: Mapping, quoting: set[tuple[str, ...]]) -> Proposal:
    """A candidate. Words of a body that quote the text are left out."""
    bodies = item.get("body")
    bodies = bodies if isinstance(bodies, list) else [bodies]
    said = [b.get("value") if isinstance(b, dict) else b for b in bodies]
    paraphrase = " ".join(" ".join(str(s).split()) for s in said if isinstance(s, str))[:500]
    why = "brought in as a Web Annotation, not yet judged"
    paraphrase = own_words(paraphrase, quoting, "To be put in your own words.")
    return Proposal(document, anchor, None, paraphrase, why, {})
