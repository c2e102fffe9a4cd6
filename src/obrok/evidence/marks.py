"""What a text keeps when it is copied, retold or translated: figures, dates, names, agencies quoted, unnamed sources.

No mark hangs on a language; none holds words of the text in a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from obrok.evidence.mark_words import (
    AGENCIES,
    COMMA_LANGUAGES,
    COMMON_NAMES,
    COUNTED,
    EAST_DIGITS,
    EAST_LARGE,
    EAST_SMALL,
    HEDGES_AFTER,
    HEDGES_BEFORE,
    MONTHS,
    NO_NAMES,
    SCALES,
    SOURCE_TRAITS,
    SOURCES,
    SPELT,
    THINGS,
)
from obrok.evidence.transliteration import name_key

NO_HEDGE = ""
#: characters on each side of an unnamed source in which it is described
AROUND_SOURCE = 60


@dataclass(frozen=True)
class Marks:
    """`figures`: value ("300", "1200000", "45%") → hedges beside it. `dates`: "05-09", or "05" for a month alone.

    `names`: key → one way it is written. `perhaps`: keys of Hangul words, of which nothing shows whether they are names.
    `sources`: for each unnamed source, its traits and the keys of names beside it.
    """

    figures: Mapping[str, frozenset[str]]
    dates: frozenset[str]
    names: Mapping[str, str]
    perhaps: Mapping[str, str]
    agencies: frozenset[str]
    sources: frozenset[frozenset[str]]


def marks(text: str, language: str, tokens: Iterable[str] | None = None) -> Marks:
    """The marks of a text. `tokens`: its words as written, where they are at hand."""
    text = unicodedata.normalize("NFKC", text)
    known = set(re.findall(r"\w+", text) if tokens is None else tokens)
    dates, rest = _dates(text)
    names, perhaps = _names(rest, known)
    return Marks(
        figures=_figures(rest, language), dates=dates, names=names, perhaps=perhaps,
        agencies=agencies_in(text), sources=_sources(rest, known),
    )  # fmt: skip


def agencies_in(text: str) -> frozenset[str]:
    """News agencies and outlets that a text names."""
    return frozenset({a for a, pattern in _AGENCIES.items() if pattern.search(text)})


_AGENCIES = {name: re.compile(pattern) for name, pattern in AGENCIES.items()}

# -- dates ------------------------------------------------------------------------------------------------------------
_MONTH = "|".join(sorted((re.escape(m) for m in MONTHS), key=len, reverse=True))
_YEAR = r"(?:,?\s(?:de\s|года?\s)?(?:19|20)\d\d\b)?"
_DATE = re.compile(
    rf"""(?=\d)(?:
     (?<!\d)(?:19|20)\d\d-(?P<m1>\d\d)-(?P<d1>\d\d)(?!\d)
    |(?<!\d)(?P<d2>\d{{1,2}})\.(?P<m2>\d{{1,2}})\.(?:19|20)\d\d(?!\d)
    |(?:(?<!\d)(?:19|20)?\d\d\s?[년年]\s?)?(?<!\d)(?P<m3>\d{{1,2}})\s?[월月](?!間|額|給|収)(?:\s?(?P<d3>\d{{1,2}})\s?[일日])?
    |(?<!\d)(?:19|20)\d\d\s?[년年]|(?<!\d)\d{{1,2}}\s?[일日](?!間|본|本|동안|간)
    |(?<![\d.,])(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\s(?:de\s|of\s)?(?P<m4>{_MONTH})\b{_YEAR}
    |\d{{1,2}}:\d\d(?::\d\d)?)
    |\b(?:(?P<m5>{_MONTH})\.?\s(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?\b(?![,.]\d|\s?%){_YEAR}
    |(?:in|since|until|by|of|from|last|this|early|late|mid|through|en|de|desde|hasta|в|с|до|к)[\s-](?:early\s|late\s|mid-)?
     (?P<m6>{_MONTH})\b{_YEAR}
    |https?://\S+|www\.\S+)""",
    re.VERBOSE | re.IGNORECASE,
)
_ENGLISH = re.compile(r"(?:may|mar|march|jan|dec|august)\b")


def _dates(text: str) -> tuple[frozenset[str], str]:
    """Days ("05-09") and months ("05") named; the text without dates, times and addresses."""
    found: set[str] = set()

    def taken(m: re.Match) -> str:
        groups = m.groupdict()
        which = next((i for i in "123456" if groups[f"m{i}"]), None)
        if which is None:
            return " \x00 "
        name = groups[f"m{which}"]
        if _ENGLISH.fullmatch(name):  # "they may", in small letters, is no month
            return m[0]
        month, day = MONTHS.get(name.lower()) or int(name) if name.isdigit() else MONTHS[name.lower()], None
        if which != "6" and groups[f"d{which}"]:
            day = int(groups[f"d{which}"])
        if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
            return m[0]
        found.add(f"{month:02d}" if day is None else f"{month:02d}-{day:02d}")
        return " \x00 "

    rest = _DATE.sub(taken, text)
    return frozenset(found), rest


# -- figures ----------------------------------------------------------------------------------------------------------
_NUMBER = re.compile(
    r"(?<![A-Za-zА-Яа-яЁё0-9_.,№#/-])(?P<n>\d{1,3}(?:[,. ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)(?![A-Za-z_]|\d|[.,]\d)"
)
_SCALE = re.compile(rf"\s?(?P<s>{'|'.join(sorted(SCALES, key=len, reverse=True))})", re.IGNORECASE)
_EAST = re.compile(r"(?<![\d,.])(?:\d[\d,.]{0,19}\s?[십백천만억조十百千万億兆萬]{1,4}\s?){1,4}(?:\d+(?![\d.,]))?")
_HAN = re.compile(r"(?<![一二三四五六七八九〇十百千万億第数何])[一二三四五六七八九〇]?[十百千万億][一二三四五六七八九〇十百千万億]+"
                  r"|[一二三四五六七八九][百千万億](?=人|名|ドル|円|年|余|以)")  # fmt: skip
_SPELT = re.compile(rf"\b({'|'.join(SPELT)})\b(?:\s(hundred|thousand|million|тысяч\w?|mil)\b)?", re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:%|per\s?cent|процент|퍼센트|프로\b|por ciento|パーセント|割)")
_THING = re.compile(rf"[\s-]?(?:[\w-]{{1,30}}\s)?(?:{THINGS})", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:to|-|–|—|~|〜|から|до|a|y|and|и|내지|에서)\s?[$€£₩¥]?\s?(?:US)?\$?")
_EDGE = re.compile(r"[A-Za-zÀ-ÿА-Яа-яЁё가-힣]")


def _alternatives(words: str, after: bool) -> str:
    """Words with the edge of a word where their letters have one."""
    parts = sorted(words.split("|"), key=len, reverse=True)
    if after:
        return "|".join(p + (r"\b" if p[-1].isascii() else "") for p in parts)
    return "|".join((r"(?<!\w)" if _EDGE.match(p) else "") + p for p in parts)


#: where two fit, the one that begins first holds: "no more than" is not "more than"
_SENSES = {f"s{i}": sense for i, sense in enumerate(HEDGES_BEFORE)}
_BEFORE = re.compile(
    "(?:"
    + "|".join(f"(?P<{g}>{_alternatives(HEDGES_BEFORE[s], False)})" for g, s in _SENSES.items())
    + r")\s?(?:US)?[$€£₩¥]?\s?$",
    re.IGNORECASE,
)
_AFTER = [
    (s, re.compile(rf"\s?(?:{COUNTED})?\s?(?:{_alternatives(w, True)})", re.IGNORECASE))
    for s, w in HEDGES_AFTER.items()
]


def _figures(text: str, language: str) -> dict[str, frozenset[str]]:
    """Figure → hedges beside it; no years, no days, no ordinals."""
    spans = [(m.start(), m.end(), v) for m in _EAST.finditer(text) if (v := _east(m[0])) is not None]
    if language[:2] in ("ja", "zh"):
        spans += [(m.start(), m.end(), v) for m in _HAN.finditer(text) if (v := _east(m[0])) is not None]
    taken = {i for start, end, _ in spans for i in range(start, end)}
    for m in _NUMBER.finditer(text):
        if m.start() not in taken and (value := _number(m["n"], language)) is not None:
            scale = _SCALE.match(text, m.end())
            end = scale.end() if scale else m.end()
            if scale or not _is_year(text, m):
                spans.append((m.start(), end, value * (SCALES[scale["s"].lower()] if scale else 1)))
    for m in _SPELT.finditer(text):
        value = SPELT[m[1].lower()]
        if m[2] or value >= 100:
            scale = {"hundred": 100, "million": 1e6}.get((m[2] or "").lower(), 1e3 if m[2] else 1)
            spans.append((m.start(), m.end(), value * scale))
    return _hedged(text, sorted(spans))


def _hedged(text: str, spans: list[tuple[int, int, float]]) -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    last_end, last_hedge = -1, NO_HEDGE
    for start, end, value in spans:
        if value <= 0 or value > 1e13:
            continue
        percent = _PERCENT.match(text, end)
        if last_end >= 0 and _RANGE.fullmatch(text, last_end, start):
            hedge = last_hedge
        else:
            hedge = _hedge(text, start, percent.end() if percent else end)
        out.setdefault(f"{value:.12g}{'%' if percent else ''}", set()).add(hedge)
        last_end, last_hedge = percent.end() if percent else end, hedge
    return {value: frozenset(hedges) for value, hedges in out.items()}


def _hedge(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - 24) : start], text[end : end + 12]
    if m := _BEFORE.search(before):
        return _SENSES[m.lastgroup or ""]
    return next((s for s, p in _AFTER if p.match(after)), NO_HEDGE)


def _is_year(text: str, m: re.Match) -> bool:
    """A bare four-digit figure between 1900 and 2100, unless it counts something."""
    digits = m["n"]
    if len(digits) != 4 or not digits.isdigit() or not 1900 <= int(digits) <= 2100:
        return False
    return text[m.start() - 1 : m.start()] not in "$€£₩¥" and not _THING.match(text, m.end()) if m.start() else True


def _number(digits: str, language: str) -> float | None:
    """A figure in digits, with the marks of its language for thousands and decimals."""
    if len(digits) > 20 or (digits[0] == "0" and len(digits) > 1 and digits[1].isdigit()):
        return None
    comma_is_point = language[:2] in COMMA_LANGUAGES
    if re.fullmatch(r"\d{1,3}(?:[, ]\d{3})+", digits) or (
        comma_is_point and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits)
    ):
        return float(re.sub(r"\D", "", digits))
    try:
        return float(digits.replace(",", ".").replace(" ", ""))
    except ValueError:
        return None


def _east(text: str) -> float | None:
    """Figures with Han or Hangul scales, which add up: 3万5千 is 35,000."""
    total = section = 0.0
    number: float | None = None
    for token in re.findall(r"\d[\d,]*(?:\.\d+)?|\S", text):
        if token[0].isdigit() and token[0].isascii():
            number = float(token.replace(",", "")) if len(token) < 20 else None
        elif token in EAST_DIGITS:
            number = (number or 0) * 10 + EAST_DIGITS[token]
        elif token in EAST_SMALL:
            section += (1 if number is None else number) * EAST_SMALL[token]
            number = None
        elif token in EAST_LARGE:
            section += number or 0
            total += (section or 1) * EAST_LARGE[token]
            section, number = 0.0, None
    return total + section + (number or 0) or None


# -- names ------------------------------------------------------------------------------------------------------------
_CAPITAL = re.compile(r"(?<!\w)[A-Z\u00c0-\u00deА-ЯЁ]\w{1,40}")
_KATAKANA = re.compile(r"[ァ-ヴー]{2,}")
_HANGUL = re.compile(r"[가-힣]{2,}")
_PARTICLE = re.compile(r"(?<=..)(?:에서|에게|으로|까지|부터|은|는|이|가|을|를|의|에|로|와|과|도|만|시|씨)$")
_ENDS = frozenset(".!?:;\"“”«»„…(—–|•·\x00'‘’")
_COMMON = {key for key in map(name_key, COMMON_NAMES) if key}


def _names(text: str, known: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Keys of names, and of Hangul words that may be some, each with one way it is written."""
    names: dict[str, str] = {}
    inside = {m[0] for m in _CAPITAL.finditer(text) if not _begins_sentence(text, m.start())}
    for word in sorted(inside | set(_KATAKANA.findall(text))):
        low = word.lower()
        if low in NO_NAMES or low in MONTHS or (low in known and low != word):
            continue
        if (key := name_key(word)) and key not in _COMMON:
            names.setdefault(key, word)
    perhaps: dict[str, str] = {}
    for word in set(_HANGUL.findall(text)):
        for form in {word, _PARTICLE.sub("", word)}:
            if (key := name_key(form)) and key not in _COMMON:
                perhaps[key] = min(form, perhaps.get(key, form))
    return names, perhaps


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 2) : start].rstrip()
    return not before or before[-1] in _ENDS


# -- unnamed sources ----------------------------------------------------------------------------------------------------
_SOURCES = re.compile(SOURCES, re.IGNORECASE)
_TRAITS = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in SOURCE_TRAITS.items()]


def _sources(text: str, known: set[str]) -> frozenset[frozenset[str]]:
    out = set()
    for m in _SOURCES.finditer(text):
        around = text[max(0, m.start() - AROUND_SOURCE) : m.end() + AROUND_SOURCE]
        names, perhaps = _names("a " + around, known)
        out.add(frozenset({name for name, p in _TRAITS if p.search(around)} | names.keys() | perhaps.keys()))
    return frozenset(out)
