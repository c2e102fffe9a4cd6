"""Candidate claims: of the shipped report, of texts of our own that readers marked before any rule, and laws.

A candidate FINDS a statement when the two overlap by more than half of the shorter and when it carries rightly at least
one thing that the statement carries: its value (a thousandth; percent and share are one; a share of 1 is the word all, and nearly a whole is nearly all), its hedge (words for one thing
count as one: see ALIKE), days that share a day with its own, its place, its kind of source, a comparison, a trend, a
negation. A candidate is RIGHT when it finds a statement, and wrong when it finds none.
"""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.evidence.anchors import Anchor, normalised
from obrok.evidence.claims import KINDS_OF_SOURCE
from obrok.evidence.documents import edtf_interval
from obrok.evidence.propose import propose
from obrok.evidence.propose.dates import dates, edtf
from obrok.quantities import words

TEXTS = sorted((Path(__file__).parent / "texts").glob("*.txt"))
ALIKE = ({"about", "roughly", "around"}, {"at least", "more than"}, {"at most", "fewer than", "up to"})


def alike(a, b):
    return a is not None and (a == b or any(a in group and b in group for group in ALIKE))


def values(value, unit):
    if value is None:
        return None
    low, high = value if isinstance(value, (list, tuple)) else (value, value)
    by = 0.01 if unit == "percent" else 1
    return low * by, high * by


def same_value(a, b):
    return a is not None and b is not None and all(abs(x - y) <= 1e-3 * max(abs(y), 1e-9) for x, y in zip(a, b, strict=True))


def overlaps(candidate, start, end):
    shared = min(candidate.end, end) - max(candidate.start, start)
    return shared > 0.5 * min(candidate.end - candidate.start, end - start)


def carries(candidate, said):
    """Names of the things of a statement that a candidate carries rightly."""
    about = edtf_interval(str(said["date"])) if "date" in said else said.get("about")
    wanted = values(said.get("value"), said.get("unit"))
    whole = said.get("unit") == "share" and ((said.get("value") == 1 and candidate.hedge == "all") or (said.get("hedge") == "nearly" and candidate.hedge == "nearly all"))
    fits = {
        "word": whole,
        "value": same_value(values(candidate.value, candidate.unit), wanted),
        "hedge": alike(said.get("hedge"), candidate.hedge),
        "date": bool(about and candidate.about and candidate.about[0] <= about[1] and about[0] <= candidate.about[1]),
        "place": "place" in said and str(candidate.place).lower() == str(said["place"]).lower(),
        "said": "said" in said and candidate.said == said["said"],
        "comparison": bool(said.get("comparison")) and candidate.compares,
        "trend": bool(said.get("trend")) and candidate.trend,
        "negation": bool(said.get("negation")) and candidate.negated,
    }
    return {name for name, fit in fits.items() if fit}


def score(candidates, statements):
    """Statements found; candidates that find none; and, of statements with a value, those whose value was read."""
    pairs = [(c, s) for c in candidates for s in statements if overlaps(c, s["start"], s["end"]) and carries(c, s)]
    found = [s for s in statements if any(s is p[1] for p in pairs)]
    wrong = [c for c in candidates if not any(c is p[0] for p in pairs)]
    read = [s for s in statements if any(s is p[1] and {"value", "word"} & carries(*p) for p in pairs)]
    return found, wrong, read


def marked(path):
    text, told = normalised(path.read_text("utf-8")), yaml.safe_load(path.with_suffix(".yaml").read_text("utf-8"))
    for s in told["statements"]:
        place = Anchor.find(text, s["words"])
        assert place, s["words"]
        s["start"], s["end"] = place[0].start, place[0].end
    return text, told


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_texts_that_readers_marked(path):
    text, told = marked(path)
    candidates = propose(text, edtf_interval(str(told["published"])), told["language"])
    found, wrong, read = score(candidates, told["statements"])
    n, least = len(told["statements"]), 0.75 if told["language"] == "en" else 0.6
    valued = sum("value" in s for s in told["statements"])
    print(f"\n{path.stem}: {len(found)}/{n} found, values {len(read)}/{valued}, {len(candidates)} candidates, {len(wrong)} wrong")
    for s in told["statements"]:
        if s not in found:
            print("   MISSED", s["words"])
    for s in told["statements"]:
        if "value" in s and s not in read:
            print("   VALUE", s["words"], s["value"], [(c.value, c.unit) for c in candidates if overlaps(c, s["start"], s["end"])])
    for c in wrong:
        print("   WRONG", text[c.start : c.end], c.kind, c.value, c.unit, c.hedge, c.edtf)
    assert len(found) >= least * n, [s["words"] for s in told["statements"] if s not in found]
    if told["language"] == "en":
        assert len(wrong) <= len(candidates) - len(wrong), [text[c.start : c.end] for c in wrong]


# --- the shipped report ----------------------------------------------------------------------------------------------
MONTHS = "January February March April May June July August September October November December".split()
COMPARES = ("than", "comparison", "contrast")


def carried(claim, span):
    """What a shipped claim carries, from its fields and its own span: the same rule for every claim.

    A value or a hedge: its field. A comparison: `compared_with`, or a word for one in the span. A trend: a hedge of the
    table's trends, `a growing number` or `stepped up`. A negation: the hedge is none or almost none. A date, a place: its field, where the span names a month, or the
    place. An attribution: a claim that confirms others.
    """
    said = {}
    if claim.value:
        said |= {"value": claim.value, "unit": claim.unit}
    if claim.hedge:
        said["hedge"] = claim.hedge
    if claim.hedge in ("a growing number", "stepped up") or claim.hedge in words().trends:
        said["trend"] = True
    if claim.compared_with or any(w in span.split() for w in COMPARES):
        said["comparison"] = True
    about = claim.about
    if about and isinstance(about.start, date) and isinstance(about.end, date) and any(m in span for m in MONTHS):
        said["about"] = (about.start, about.end)
    if about and about.place and re.search(rf"\b{about.place.capitalize()}\b", span):
        said["place"] = about.place
    if claim.hedge in ("none", "almost none"):
        said["negation"] = True
    if claim.informs == "confirmation":
        said["attribution"] = True
    return said


def test_the_shipped_report(source_texts, chita):
    document = chita.evidence.documents["dnk-chita"]
    text = next((n for t in source_texts if Anchor.of(n := normalised(t), 0, len(n)).sha256 == document.sha256_text), None)
    if text is None:
        pytest.skip("the text of the shipped report is not on this machine")
    candidates = propose(text, document.published)
    claims = [c for c in chita.evidence.claims.values() if c.anchor and c.document == document.id]
    statements = [
        {"start": c.anchor.start, "end": c.anchor.end, "id": c.id, **carried(c, text[c.anchor.start : c.anchor.end])}
        for c in claims
    ]
    spans = {c.id: (c.anchor.start, c.anchor.end) for c in claims}
    asked = [s for s in statements if set(s) - {"start", "end", "id", "unit"}]
    found = [s["id"] for s in asked if any(overlaps(c, s["start"], s["end"]) and finds(c, s) for c in candidates)]
    wrong = [c for c in candidates if not any(overlaps(c, *span) for span in spans.values())]
    print(f"\nchita: {len(found)}/{len(asked)} found, {len(candidates)} candidates, {len(wrong)} wrong")
    print("   MISSED", [s["id"] for s in asked if s["id"] not in found])
    print("   WRONG", [(c.start, c.end, c.kind) for c in wrong])
    assert len(asked) >= 15
    assert len(found) >= 0.8 * len(asked), [s["id"] for s in asked if s["id"] not in found]
    assert len(wrong) <= len(candidates) - len(wrong)


def finds(candidate, said):
    """As `carries`; a trend or a comparison may be told as either, and a confirmation as an attribution."""
    changes = (said.get("trend") or said.get("comparison")) and (candidate.trend or candidate.compares)
    return bool(carries(candidate, said) or changes or (said.get("attribution") and candidate.kind == "attribution"))
