"""Figures of a sentence: what is counted, money, shares, rates, durations, with the hedge beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from obrok.evidence.propose.figure_words import (
    AFTER_MONEY,
    AFTER_NAME,
    AGE,
    AS_MANY,
    BEFORE_MONEY,
    BY,
    CHANGE,
    CODES,
    EMPTY,
    FRACTION,
    JOINS,
    LABELS,
    LASTS,
    LY,
    MIDDAY,
    NAMED,
    NO_UNIT,
    NOT_PEOPLE,
    NUMBER,
    PART,
    PEOPLE,
    PER,
    PERCENT,
    RATE,
    SCALES,
    SO_MANY,
    STOPWORDS,
    THINGS,
    TIMES,
    WITHIN,
    WORDS,
)
from obrok.evidence.propose.tables import alternatives, hedges

Span = tuple[int, int]


@dataclass(frozen=True)
class Figure:
    """A figure found. `start`, `end`: of figure, hedge and unit; `core`: whether it can carry a statement alone."""

    start: int
    end: int
    kind: str
    value: tuple[float, float] | None
    unit: str | None
    hedge: str | None = None
    core: bool = True


def figures(sentence: str, taken: Iterable[Span]) -> list[Figure]:
    """Figures of an English sentence outside the spans already `taken` by dates."""
    busy = list(taken)
    found: list[Figure] = []

    def add(figure: Figure | None) -> None:
        if figure and not any(a < figure.end and figure.start < b for a, b in busy):
            figure = _hedged(sentence, figure)
            found.append(figure)
            busy.append((figure.start, figure.end))

    for m in RATE.finditer(sentence):
        add(_rate(m))
    for m in FRACTION.finditer(sentence):
        add(_fraction(m))
    for m in WITHIN.finditer(sentence):
        add(Figure(m.start("one"), m.end(), "duration", (1, 1), m["unit"].lower() + "s"))
    numbers = [(m.start(), m.end(), v) for m in NUMBER.finditer(sentence) if (v := _value(m)) is not None]
    i = 0
    while i < len(numbers):
        start, end, low = numbers[i]
        high = low
        if i + 1 < len(numbers) and (other := _range_with(sentence, numbers[i], numbers[i + 1])):
            end, high = numbers[i + 1][1], numbers[i + 1][2]
            low = other
            i += 1
        add(_figure(sentence, start, end, low, high))
        i += 1
    return sorted(found, key=lambda f: f.start)


def _rate(m: re.Match[str]) -> Figure | None:
    word = m["n"].split()[0].lower()
    if not m["unit"]:
        n = {"once": 1, "twice": 2, "thrice": 3}.get(word) or ("times" in m["n"] and WORDS.get(word))
        return Figure(m.start(), m.end(), "rate", (n, n), "times") if n else None
    if word == "several":
        return Figure(m.start(), m.end(), "rate", None, f"1/{m['unit'].lower()}", "several")
    n = {"once": 1, "twice": 2, "thrice": 3}.get(word) or WORDS.get(word) or float(word)
    return Figure(m.start(), m.end(), "rate", (n, n), f"1/{m['unit'].lower()}")


def _fraction(m: re.Match[str]) -> Figure | None:
    if m["half"]:
        return Figure(m.start(), m.end(), "share", (0.5, 0.5), "share")
    if m["nth"]:
        n = 1 / {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}[m["nth"].lower()]
        return Figure(m.start(), m.end(), "share", (n, n), "share")
    if m["part"]:
        n = WORDS.get(m["n"].lower(), 1) * PART[m["part"].lower()]
        return Figure(m.start(), m.end(), "share", (n, n), "share") if n < 1 else None
    a, b = (float(WORDS.get(x.lower(), x if x.isdigit() else 0)) for x in (m["a"], m["b"]))
    return Figure(m.start(), m.end(), "share", (a / b, a / b), "share") if 0 < a < b else None


def _value(m: re.Match[str]) -> float | None:
    if m["dozen"]:
        return 12.0 * {"two": 2, "three": 3, "half": 0.5}.get(m["dozen"].split()[0].lower(), 1)
    if m["digits"]:
        n = float(m["digits"].replace(",", "")[:18])
        return n * SCALES[(m["scale"] or m["short"]).lower()] if m["scale"] or m["short"] else n
    return spelt(m["words"])


def spelt(text: str) -> float | None:
    """`two hundred and five` → 205."""
    total = part = 0.0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in WORDS:
            part += WORDS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in SCALES:
            total += (part or 1) * SCALES[word]
            part = 0
    return total + part


def _range_with(s: str, a: tuple[int, int, float], b: tuple[int, int, float]) -> float | None:
    """The lower end, where two numbers make one range; it takes the scale of the upper."""
    gap = _BEFORE_GAP.sub("", s[a[1] : b[0]])
    if not JOINS.fullmatch(gap) or a[2] >= b[2]:
        return None
    before = s[max(0, a[0] - 9) : a[0]].lower()
    if gap.strip().lower() == "and" and "between" not in before:
        return None
    scale = next(
        (k for k in (10**9, 10**6, 1000) if b[2] >= k and b[2] % k in (0, b[2] % k) and a[2] < 1000 <= k), None
    )
    words = s[b[0] : b[1]].lower()
    return (
        a[2] * scale
        if scale and any(w in words for w in ("thousand", "million", "billion")) and a[2] < b[2] / scale
        else a[2]
    )


_BEFORE_GAP = re.compile(r"(?:US\$|[$€£])\s?$|\s?(?:%|per cent|percent)(?=\s)", re.I)


def _figure(s: str, start: int, end: int, low: float, high: float) -> Figure | None:
    before, word = s[max(0, start - 24) : start], s[start:end].lower()
    labelled = LABELS.search(before) and not BEFORE_MONEY.search(before) and not before.endswith("(")
    if labelled and (not re.search(r"\bat\s$", before) or _looks_like_a_clock(s, start, end, low)):
        return None
    if (
        AGE.match(s, end)
        or (10 <= low <= 99 and AFTER_NAME.search(before) and s[end : end + 1] in (",", ""))
        or MIDDAY.match(s, end)
    ):
        return None
    money = BEFORE_MONEY.search(before)
    if money:
        code = money[0].strip()
        return _money(s, start - len(money[0]), end, (low, high), CODES.get(code, code))
    if after := AFTER_MONEY.match(s, end):
        code = after[0].strip()
        return _money(s, start, after.end(), (low, high), NAMED.get(code) or CODES.get(code, code))
    if after := PERCENT.match(s, end):
        change = CHANGE.match(s, after.end()) or BY.search(before)
        return Figure(start, after.end(), "comparison" if change else "share", (low, high), "percent")
    if after := TIMES.match(s, end):
        if AS_MANY.match(s, after.end()):
            return Figure(start, after.end(), "comparison", (low, high), "times")
        per = PER.match(s, after.end())
        unit = f"1/{per['unit'].lower()}" if per and per["unit"] else "times"
        return Figure(start, (per or after).end(), "rate", (low, high), unit, core=low > 1)
    if after := LASTS.match(s, end):
        return _duration(s, start, after, low, high)
    if 1900 <= low <= 2099 and low == high and s[start:end].isdigit() and not SO_MANY.match(s, end):
        return None
    if word == "one":
        return None
    return _count(s, start, end, low, high)


def _looks_like_a_clock(s: str, start: int, end: int, value: float) -> bool:
    return value <= 24 and not re.match(r"\s(?:[a-z]+\s)?(?:sites|people|men|workers|least|most)", s[end : end + 30])


def _money(s: str, start: int, end: int, value: tuple[float, float], code: str) -> Figure:
    per = PER.match(s, end)
    unit = code
    if per:
        unit, end = f"{code}/{(per['unit'] or LY[per['ly'].lower()]).lower()}", per.end()
    elif found := re.search(
        r"\b(month|year|dai|week)ly\s(?:[a-z]+\s)?(?:wage|wages|salary|pay|income|earnings)\b", s[:start], re.I
    ):
        unit = f"{code}/{found[1].lower().replace('dai', 'day')}"
    return Figure(start, end, "money", value, unit)


def _duration(s: str, start: int, after: re.Match[str], low: float, high: float) -> Figure:
    unit, end = after["unit"].lower() + "s", after.end()
    per = re.match(r"\s(?:a|per|each|every)\s(day|week|month)\b", s[end : end + 16])
    if per:
        return Figure(start, end + per.end(), "duration", (low, high), f"{unit}/{per[1]}")
    return Figure(start, end, "duration", (low, high), unit)


_NOUNS = re.compile(r"(?:\s(?:of\s(?:the|these|those|our|us|them|its|his)\s|more\s)?(?P<word>[^\W\d_][\w'’.-]*))", re.I)


def _count(s: str, start: int, end: int, low: float, high: float) -> Figure | None:
    """What is counted: the first known noun among the next words, else people for what ends as people do."""
    at, unit, stop, first = end, None, end, ""
    for n in range(4):
        m = _NOUNS.match(s, at)
        if not m:
            break
        word = m["word"].lower().rstrip(".")
        first = first or word
        if n == 0 and word in NO_UNIT:
            return None
        if word in STOPWORDS:
            break
        if known := _unit_of(word, m["word"][:1].isupper()):
            unit, stop = known, m.end()
            if word not in ("north", "south", "labour"):
                break
        at = m.end()
    if unit is None and re.match(r"\sof (?:us|them|those|these|the (?:men|workers))\b", s[end : end + 20]):
        unit = "people"
    per = PER.match(s, stop if unit else (_NOUNS.match(s, end) or EMPTY).end())
    kind = "count"
    if per:
        unit, kind, stop = f"{unit or '1'}/{(per['unit'] or LY[per['ly'].lower()]).lower()}", "rate", per.end()
    core = unit is not None or low >= 12 or low < high or first in STOPWORDS - {"of"}
    return Figure(start, stop, kind, (low, high), unit, core=core)


def _unit_of(word: str, is_name: bool) -> str | None:
    if word in THINGS:
        return THINGS[word]
    if word in PEOPLE or (is_name and re.search(r"(?:ans|ese|is|men)$", word)):
        return "people"
    return "people" if re.search(r"(?:[a-z]{2}ers|men|ists|ants|ees)$", word) and word not in NOT_PEOPLE else None


# --- hedges ----------------------------------------------------------------------------------------------------------
@cache
def _beside(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = alternatives(hedges(language))
    return re.compile(rf"\b({known})\s(?:the\s|a\s)?(?:US\$|[$€£]|[A-Z]{{3}}\s)?$", re.I), re.compile(
        rf",?\s({known})\b", re.I
    )


def _hedged(s: str, f: Figure) -> Figure:
    if f.hedge:
        return f
    before, after = _beside("en")
    at = max(0, f.start - 24)
    if m := before.search(s[at : f.start]):
        row = hedges("en")[m[1].lower()]
        if m[1].lower() == "some" and f.value and f.value[0] < 5:
            return f
        if row == "more than" and re.search(r"no\s$", s[: at + m.start()][-3:]):
            row = "at most"
        return replace(f, start=at + m.start(1), hedge=row)
    if (m := after.match(s, f.end)) and m[1].lower() in ("or so", "or more", "or fewer", "or less", "and more"):
        return replace(f, end=m.end(), hedge=hedges("en")[m[1].lower()])
    if f.value and f.value[0] < f.value[1] and re.search(r"\bbetween\s(?:[$€£]|US\$)?$", s[: f.start][-16:]):
        return replace(f, hedge="between")
    return f
