"""Figures of a sentence in a language that has rows in languages.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from obrok.evidence.propose.figures import Figure
from obrok.evidence.propose.tables import LANGUAGES, alternatives, hedges

Span = tuple[int, int]


def figures_in(sentence: str, language: str, taken: Iterable[Span]) -> list[Figure]:
    """Figures outside the spans already `taken` by dates, and words for shares and numbers."""
    rows, busy, found = LANGUAGES[language], list(taken), []
    for m in [*_number(language).finditer(sentence), *_words(language, "numbers").finditer(sentence)]:
        if any(a < m.end() and m.start() < b for a, b in busy):
            continue
        figure = _figure(sentence, m, language, rows)
        if figure:
            found.append(figure)
            busy.append((figure.start, figure.end))
    for key, kind, unit in (("shares", "share", "share"), ("counts", "count", "people")):
        for m in _words(language, key).finditer(sentence):
            if not any(a < m.end() and m.start() < b for a, b in busy):
                word = rows[key][m[0].lower()]
                half = (0.5, 0.5) if word == "half" else None
                before = _hedge_before(sentence, m.start(), language) if half else None
                hedge = before[1] if before else word
                found.append(Figure(before[0] if before else m.start(), m.end(), kind, half, unit, hedge))
    return sorted(found, key=lambda f: f.start)


@cache
def _words(language: str, key: str) -> re.Pattern[str]:
    known = alternatives(LANGUAGES[language][key])
    return re.compile(known if "adds" in LANGUAGES[language] else rf"\b(?:{known})\b", re.I)


@cache
def _number(language: str) -> re.Pattern[str]:
    rows = LANGUAGES[language]
    scale = alternatives(rows["scales"])
    if "adds" in rows:
        one = rf"\d[\d,]*(?:\.\d+)?\s?(?:{scale})*"
        return re.compile(rf"(?<![\d.,:/-])(?:{one})(?:\s?{one})*")
    digits = r"\d{1,3}(?:[ .\u00a0]\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
    return re.compile(rf"(?<![\d.,:/№-])(?:{digits})(?:\s(?:{scale})(?!\w))?(?![\d:/])", re.I)


def _value(text: str, rows: dict[str, Any]) -> float | None:
    if "adds" not in rows:
        digits = re.match(r"[\d .,\u00a0]*\d", text)[0]  # type: ignore[index]
        scale = text[len(digits) :].strip().lower()
        number = float(re.sub(r"[ .\u00a0]", "", digits).replace(",", ".")[:18])
        return number * rows["scales"].get(scale, 1)
    total = 0.0
    for m in re.finditer(rf"(\d[\d,]*(?:\.\d+)?)\s?((?:{alternatives(rows['scales'])})*)", text):
        part = float(m[1].replace(",", "")[:18])
        for scale in re.findall(alternatives(rows["scales"]), m[2]):
            part *= rows["scales"][scale]
        total += part
    return total


@cache
def _units(language: str) -> list[tuple[str, re.Pattern[str]]]:
    rows = LANGUAGES[language]
    end = "" if "adds" in rows else r"(?!\w)"

    def pattern(key: str) -> re.Pattern[str]:
        return re.compile(rf"\s?(?:{alternatives(map(str, rows.get(key, [])))}){end}", re.I)

    return [(key, pattern(key)) for key in ("percent", "money", "lasts", "people", "cases", "things")]


def _figure(s: str, m: re.Match[str], language: str, rows: dict[str, Any]) -> Figure | None:
    text = m[0].rstrip()
    start, end = m.start(), m.start() + len(text)
    spelt = rows["numbers"].get(text.lower())
    value = float(spelt) if spelt else _value(text, rows)
    if value is None:
        return None
    if spelt and "adds" in rows:
        return Figure(start, end, "count", (value, value), "people")
    if code := next((c for c in rows["money_before"] if s.endswith(c, 0, start)), None):
        return Figure(
            start - len(code), end, "money", (value, value), _per(s, start, end, rows["money_before"][code], rows)
        )
    kind, unit, after = _unit(s, end, language, rows)
    hedge = _hedge_before(s, start, language)
    inner = _hedge_after(s, end, language)
    if unit is None and inner:  # 30여 명: the hedge stands between figure and unit
        kind, unit, after = _unit(s, inner[0], language, rows)
    if unit is None and "adds" not in rows:  # one word between: 2,3 тыс. иностранных рабочих
        word = re.match(r"\s\w+", s[end:])
        if word:
            kind, unit, after = _unit(s, end + len(word[0]), language, rows)
    if rows.get("tenths") and s.startswith(rows["tenths"], end):
        kind, unit, after, value = "share", "percent", (end + 1,), value * 10
    if unit is None and not (
        "adds" not in rows and value >= 10 and re.match(r"\s[^\W\d]", s[end : end + 2]) and not 1900 <= value <= 2100
    ):
        return None
    if kind == "share" and after and re.match(rf"\s?(?:{alternatives(rows['change'])})", s[after[0] : after[0] + 10]):
        kind = "comparison"
    stop = after[0] if after else end
    outer = _hedge_after(s, stop, language)
    if outer:
        stop = outer[0]
    word = (hedge[1] if hedge else None) or (inner[1] if inner else None) or (outer[1] if outer else None)
    start = hedge[0] if hedge else start
    if kind == "money":
        unit = _per(s, start, stop, unit, rows)
    return Figure(start, stop, kind, (value, value), unit, word)


def _unit(s: str, at: int, language: str, rows: dict[str, Any]) -> tuple[str, str | None, tuple[int] | None]:
    for key, pattern in _units(language):
        m = pattern.match(s, at)
        if m and m[0].strip():
            word = m[0].strip().lower()
            if key == "percent":
                return "share", "percent", (m.end(),)
            if key == "money":
                return "money", next(v for k, v in rows["money"].items() if k.lower() == word), (m.end(),)
            if key == "lasts":
                return "duration", rows["lasts"][word], (m.end(),)
            return "count", {"people": "people", "cases": "cases"}.get(key) or rows["things"][word], (m.end(),)
    return "count", None, None


def _per(s: str, start: int, stop: int, unit: str, rows: dict[str, Any]) -> str:
    near = s[max(0, start - 8) : start] + " " + s[stop : stop + 16]
    for per, words in rows["per"].items():
        if any(re.search(rf"(?<!\w){re.escape(w)}", near, re.I) for w in words):
            return f"{unit}/{per}"
    return unit


@cache
def _beside(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(hedges(language))})", re.I)


def _hedge_before(s: str, start: int, language: str) -> tuple[int, str] | None:
    known = hedges(language)
    near = s[max(0, start - 18) : start].rstrip()
    offset = start - len(s[max(0, start - 18) : start])
    for word in sorted(known, key=len, reverse=True):
        if near.lower().endswith(word) and ("adds" in LANGUAGES[language] or not near[: -len(word)][-1:].isalpha()):
            return offset + len(near) - len(word), known[word]
    return None


def _hedge_after(s: str, end: int, language: str) -> tuple[int, str] | None:
    if "adds" not in LANGUAGES[language]:
        return None
    m = re.match(rf"\s?({_beside(language).pattern})", s[end : end + 10])
    return (end + m.end(), hedges(language)[m[1]]) if m else None
