"""Places, by a list of public names and by patterns; organisations, by what their names end or begin with."""

from __future__ import annotations

import re
from functools import cache

from obrok.evidence.propose.tables import LANGUAGES, alternatives, listed, places

Span = tuple[int, int]
_CAP = r"\b[A-ZÀ-ÞĀ-ſА-Я][\w’'-]{0,40}"
_KIND = r"region|oblast|krai|province|district|county|prefecture|territory|republic|governorate|department|island"
_PATTERN = re.compile(
    rf"(?P<a>{_CAP}(?:\s{_CAP})?)\s(?:{_KIND})\b|\b(?:city|town|village|port|region|province|district|island|settlement)\sof\s(?P<b>{_CAP}(?:\s(?:Bay|City|Port|Island|{_CAP}(?=\s[a-z]|[,.])))?)"
    rf"|(?P<c>{_CAP})\s(?:Region|Oblast|Krai|Province|County|Prefecture|Territory)\b"
)
_BODY = listed(
    "Ministry Trading Construction Company Corporation Police Embassy Committee Network Agency Group Bureau Office Union "
    "Association Federation Foundation Institute University Court Council Commission Department Service Enterprise "
    "Enterprises Holdings Holding Shipping Logistics Solutions Engineering Industries Timber Bank Inspectorate Consulate "
    "Party Society Centre Center Shipfitting Builders Factory Mission Organization Organisation"
)
_ORGANISATION = re.compile(
    rf"(?:{_CAP}\s(?:for\s|of\s(?:the\s)?|and\s)?){{0,4}}(?:{alternatives(_BODY)})\b(?:\s(?:of|for)\s(?:the\s)?{_CAP}(?:\s{_CAP})?)?"
    r"|\b[A-Z]{3,6}\b(?![-\d])"
    rf"|(?:{_CAP}\s){{1,3}}(?:Ltd|LLC|Inc|Co|GmbH|Sp|OOO|OAO)\b\.?"
    rf"|\b(?:company|firm|subcontractor|enterprise)\s(?:called\s)?(?P<named>{_CAP}(?:\s{_CAP}){{0,2}})"
)
_NO_ACRONYM = frozenset(listed("USD EUR GBP RUB PLN CNY JPY KRW QAR KWD AED SAR MNT VND CZK HUF CHF UAH KZT THE AND"))


@cache
def _gazetteer(latin: bool) -> re.Pattern[str]:
    names = alternatives(n for n in places() if n.isascii() or n[0].isascii() or not latin)
    return re.compile(rf"\b(?:{names})\b" if latin else f"(?:{alternatives(n for n in places() if not n.isascii())})")


def found_places(sentence: str, language: str = "en") -> list[tuple[int, int, str]]:
    """Places of a sentence with the name a candidate gives, in order."""
    out = [(m.start(), m.end(), places()[m[0]]) for m in _gazetteer(language not in LANGUAGES).finditer(sentence)]
    if language in ("es", "ru"):
        out = [(a, b, n) for a, b, n in out if not sentence[b : b + 1].isalpha()]
    if language not in LANGUAGES:
        for m in _PATTERN.finditer(sentence):
            group = next(g for g in ("a", "b", "c") if m[g])
            name = re.sub(r"^(?:The|In|At|From|A|An|Of)\s", "", m[group])
            if name not in ("The", "In", "At", "This", "That", "A", "Each", "Every", "Federal") and not any(
                a < m.end(group) and m.start(group) < b for a, b, _ in out
            ):
                out.append((m.end(group) - len(name), m.end(group), name))
    return sorted(out)


def found_organisations(sentence: str) -> list[tuple[int, int, str]]:
    """Organisations of a sentence, in order."""
    out = []
    for m in _ORGANISATION.finditer(sentence):
        start, end = (m.start("named"), m.end("named")) if m["named"] else m.span()
        name = sentence[start:end].strip()
        bare = re.sub(r"^(?:The|A|An|In|At|Of)\s", "", name)
        start += len(name) - len(bare)
        if bare in _NO_ACRONYM or bare in _BODY or len(bare) < 3:
            continue
        out.append((start, start + len(bare), bare))
    return out
