"""Figures of a sentence: what is counted, money, shares, rates, durations, with the hedge beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from obrok.evidence.propose.tables import alternatives, hedges

Span = tuple[int, int]
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {w: n for n, w in enumerate(_SMALL)} | {w: 10 * n for n, w in enumerate(_TENS, 2)}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "bn": 10**9,
    "mn": 10**6,
    "m": 10**6,
    "k": 1000,
}
_W = alternatives([*_WORDS, "hundred", "thousand", "million", "billion"])
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?P<digits>(?<![\w.,/:#-])(?:{_DIGITS}))(?:\s?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn)\b|(?P<short>[mk])\b)?(?![\d:/]|-\d{{3}}|st\b|nd\b|rd\b|th\b|[A-Za-z])"
    rf"|\b(?P<words>(?:a\s(?=hundred|thousand|million))?(?:{_W})(?:(?:-|\sand\s|\s)(?:{_W}))*)\b"
    r"|\b(?P<dozen>(?:a|one|two|three|half\sa)\sdozen)\b",
    re.I,
)
_CODES = {"US$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB", "¥": "JPY", "₩": "KRW"}
_ISO = "USD EUR GBP RUB PLN CNY JPY KRW QAR KWD AED SAR MNT VND CZK HUF CHF UAH KZT".split()
_NAMED = {
    "dollars": "USD", "dollar": "USD", "roubles": "RUB", "rubles": "RUB", "rouble": "RUB", "ruble": "RUB",
    "euros": "EUR", "euro": "EUR", "pounds": "GBP", "yuan": "CNY", "yen": "JPY", "won": "KRW", "zloty": "PLN",
    "złoty": "PLN", "pesos": "pesos", "riyals": "riyals", "dinars": "dinars", "dirhams": "dirhams", "tugriks": "MNT",
    "US dollars": "USD", "U.S. dollars": "USD",
}  # fmt: skip
_BEFORE_MONEY = re.compile("(?:" + alternatives([*_CODES, *_ISO]) + r")\s?$")
_AFTER_MONEY = re.compile(r"\s?(?:" + alternatives([*_NAMED, *_ISO, "€", "₽"]) + r")(?![A-Za-z])")
_PER = re.compile(
    r"(?:\s[a-z]+){0,2}?(?:\s?/|\s(?:a|per|each|every|for each|for every)\s)(?P<unit>hour|day|week|month|year|shift)\b|\s(?P<ly>daily|weekly|monthly|yearly|annually)\b",
    re.I,
)
_LY = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"}
_PERCENT = re.compile(r"\s?(?:%|per\s?cent\b|percent\b|percentage points?\b)", re.I)
#: a percentage of change, not of a whole
_CHANGE = re.compile(r"\s(?:more|fewer|less|higher|lower|up|down|above|below|increase|decrease|rise|drop|fall)\b", re.I)
_BY = re.compile(
    r"\b(?:by|(?:an?|the) (?:increase|decrease|rise|drop|fall|decline) of)\s(?:about\s|some\s|nearly\s)?$", re.I
)
_LASTS = re.compile(
    r"[\s-](?:(?:full|whole|long|more|consecutive)\s)?(?P<unit>hour|day|week|month|year|minute)s?\b(?!-old|\sold| of age)",
    re.I,
)
_TIMES = re.compile(r"\stimes\b", re.I)
_PEOPLE = (
    "people persons person men man women woman workers worker labourers laborers builders welders nationals citizens employees "
    "staff recruits guards boys girls children families deserters defectors defendants victims refugees migrants respondents "
    "interviewees masons loggers minders officials inspectors policemen officers soldiers foremen others deaths residents runaways "
    "departures fugitives crew hands members trainees colleagues compatriots foreigners detainees escapees koreans north south labour"
).split()  # fmt: skip
_THINGS = {
    "permits": "permits", "permit": "permits", "visas": "permits", "licences": "permits", "crews": "crews", "brigades": "crews",
    "teams": "crews",
} | dict.fromkeys(
    "cases complaints applications checks inspections entries exits accidents incidents raids arrests requests hearings "
    "attempts escapes visits reports violations appeals counts trips flights".split(), "cases"
)  # fmt: skip
_SO_MANY = re.compile(rf"\s(?:[a-z]+\s)?(?:{alternatives(_PEOPLE)})\b")
#: what is no figure of a statement
_NO_UNIT = (
    "kilometres kilometers km miles metres meters m tons tonnes hectares degrees pages storeys floors o'clock".split()
)
_LABELS = re.compile(
    r"(?:\b(?:no|nos|article|articles|section|table|page|pages|room|case|chapter|bulletin|paragraph|figure|interview|clause|part|"
    r"volume|act|law|resolution|aged?|flat|building|line|bus|unit|item|appendix|annex|at|tel|phone|point|version|level|grade)"
    r"\.?\s(?:no\.\s)?|№\s?|\+\s?|\()$",
    re.I,
)
_CLOCK = re.compile(r"\b(?:at|before|after|until|around)\s$", re.I)
_AGE = re.compile(r"[\s-](?:(?:and|to|or)\s\d+\s)?years?(?:[\s-]old|\sof\sage)|[\s-]year-old", re.I)
_AS_MANY = re.compile(r"\s(?:as|more|higher|larger|lower|the (?:number|figure|amount|level|rate|share))\b", re.I)
_AFTER_NAME = re.compile(r"[A-Z][\w’'-]+,\s$")
_MIDDAY = re.compile(r"\s?(?:a\.?m\b|p\.?m\b|o'clock|hours\sGMT|in the (?:morning|evening|afternoon))", re.I)
_PART = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "seventh": 1 / 7, "eighth": 1 / 8,
    "tenth": 1 / 10,
}  # fmt: skip
_FRACTION = re.compile(
    r"\b(?P<n>a|one|two|three|four|nine)[\s-](?P<part>third|quarter|fifth|sixth|seventh|eighth|tenth)s?\b(?!\s(?:country|time|party|floor|day))"
    r"|\b(?P<a>one|two|three|four|five|six|seven|eight|nine|\d{1,2})(?:\s[a-z]{3,15})?\s(?:in|out of)(?:\severy)?\s(?P<b>two|three|four|five|six|seven|eight|nine|ten|\d{1,3})\b(?!\s(?:years|months|weeks|days|hours|minutes))"
    r"|(?<!first )(?<!second )(?<!the )\b(?:(?P<half>half)(?!\s(?:a\sdozen|past|year|hour|brother|sister)|-))",
    re.I,
)
_RATE = re.compile(
    r"\b(?P<n>once|twice|thrice|(?:two|three|four|five|six|seven|\d{1,3})\stimes|several(?:\stimes)?)\s(?:a|per|each|every)\s(?P<unit>day|week|month|year)\b",
    re.I,
)
_WITHIN = re.compile(
    r"\b(?:within|for|lasts?|lasted)\s(?P<one>an?\s(?:full\s)?(?P<unit>hour|day|week|month|year))\b", re.I
)
_JOINS = re.compile(r"\s?(?:to|-|–|—|or|maybe|and)\s?|,\smaybe\s|,\sperhaps\s", re.I)


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

    for m in _RATE.finditer(sentence):
        add(_rate(m))
    for m in _FRACTION.finditer(sentence):
        add(_fraction(m))
    for m in _WITHIN.finditer(sentence):
        add(Figure(m.start("one"), m.end(), "duration", (1, 1), m["unit"].lower() + "s"))
    numbers = [(m.start(), m.end(), v) for m in _NUMBER.finditer(sentence) if (v := _value(m)) is not None]
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


def _rate(m: re.Match[str]) -> Figure:
    word = m["n"].split()[0].lower()
    if word == "several":
        return Figure(m.start(), m.end(), "rate", None, f"1/{m['unit'].lower()}", "several")
    n = {"once": 1, "twice": 2, "thrice": 3}.get(word) or _WORDS.get(word) or float(word)
    return Figure(m.start(), m.end(), "rate", (n, n), f"1/{m['unit'].lower()}")


def _fraction(m: re.Match[str]) -> Figure | None:
    if m["half"]:
        return Figure(m.start(), m.end(), "share", (0.5, 0.5), "share")
    if m["part"]:
        n = _WORDS.get(m["n"].lower(), 1) * _PART[m["part"].lower()]
        return Figure(m.start(), m.end(), "share", (n, n), "share") if n < 1 else None
    a, b = (float(_WORDS.get(x.lower(), x if x.isdigit() else 0)) for x in (m["a"], m["b"]))
    return Figure(m.start(), m.end(), "share", (a / b, a / b), "share") if 0 < a < b else None


def _value(m: re.Match[str]) -> float | None:
    if m["dozen"]:
        return 12.0 * {"two": 2, "three": 3, "half": 0.5}.get(m["dozen"].split()[0].lower(), 1)
    if m["digits"]:
        n = float(m["digits"].replace(",", "")[:18])
        return n * _SCALES[(m["scale"] or m["short"]).lower()] if m["scale"] or m["short"] else n
    return spelt(m["words"])


def spelt(text: str) -> float | None:
    """`two hundred and five` → 205."""
    total = part = 0.0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in _WORDS:
            part += _WORDS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in _SCALES:
            total += (part or 1) * _SCALES[word]
            part = 0
    return total + part


def _range_with(s: str, a: tuple[int, int, float], b: tuple[int, int, float]) -> float | None:
    """The lower end, where two numbers make one range; it takes the scale of the upper."""
    gap = _BEFORE_GAP.sub("", s[a[1] : b[0]])
    if not _JOINS.fullmatch(gap) or a[2] >= b[2]:
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
    if _LABELS.search(before) and not _BEFORE_MONEY.search(before) and not before.endswith("("):
        if not re.search(r"\bat\s$", before) or _looks_like_a_clock(s, start, end, low):
            return None
    if (
        _AGE.match(s, end)
        or (10 <= low <= 99 and _AFTER_NAME.search(before) and s[end : end + 1] in (",", ""))
        or _MIDDAY.match(s, end)
    ):
        return None
    money = _BEFORE_MONEY.search(before)
    if money:
        code = money[0].strip()
        return _money(s, start - len(money[0]), end, (low, high), _CODES.get(code, code))
    if after := _AFTER_MONEY.match(s, end):
        code = after[0].strip()
        return _money(s, start, after.end(), (low, high), _NAMED.get(code) or _CODES.get(code, code))
    if after := _PERCENT.match(s, end):
        change = _CHANGE.match(s, after.end()) or _BY.search(before)
        return Figure(start, after.end(), "comparison" if change else "share", (low, high), "percent")
    if after := _TIMES.match(s, end):
        if _AS_MANY.match(s, after.end()):
            return Figure(start, after.end(), "comparison", (low, high), "times")
        per = _PER.match(s, after.end())
        unit = f"1/{per['unit'].lower()}" if per and per["unit"] else "times"
        return Figure(start, (per or after).end(), "rate", (low, high), unit, core=low > 1)
    if after := _LASTS.match(s, end):
        return _duration(s, start, after, low, high)
    if 1900 <= low <= 2099 and low == high and s[start:end].isdigit():
        if not _SO_MANY.match(s, end):
            return None
    if word == "one":
        return None
    return _count(s, start, end, low, high)


def _looks_like_a_clock(s: str, start: int, end: int, value: float) -> bool:
    return value <= 24 and not re.match(r"\s(?:[a-z]+\s)?(?:sites|people|men|workers|least|most)", s[end : end + 30])


def _money(s: str, start: int, end: int, value: tuple[float, float], code: str) -> Figure:
    per = _PER.match(s, end)
    unit = code
    if per:
        unit, end = f"{code}/{(per['unit'] or _LY[per['ly'].lower()]).lower()}", per.end()
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
        if n == 0 and word in _NO_UNIT:
            return None
        if word in _STOPWORDS:
            break
        if known := _unit_of(word, m["word"][:1].isupper()):
            unit, stop = known, m.end()
            if word not in ("north", "south", "labour"):
                break
        at = m.end()
    if unit is None and re.match(r"\sof (?:us|them|those|these|the (?:men|workers))\b", s[end : end + 20]):
        unit = "people"
    per = _PER.match(s, stop if unit else (_NOUNS.match(s, end) or _EMPTY).end())
    kind = "count"
    if per:
        unit, kind, stop = f"{unit or '1'}/{(per['unit'] or _LY[per['ly'].lower()]).lower()}", "rate", per.end()
    core = unit is not None or low >= 12 or low < high or first in _STOPWORDS - {"of"}
    return Figure(start, stop, kind, (low, high), unit, core=core)


_EMPTY = re.match("", "")
_STOPWORDS = frozenset(
    "a an the in on at by to from for with and or but were was is are had has have who which that of as since during "
    "under than more less per it he she they we".split()
)
_NOT_PEOPLE = frozenset(
    "numbers members' letters papers matters orders years others' quarters waters flowers posters covers customers'".split()
)


def _unit_of(word: str, is_name: bool) -> str | None:
    if word in _THINGS:
        return _THINGS[word]
    if word in _PEOPLE or (is_name and re.search(r"(?:ans|ese|is|men)$", word)):
        return "people"
    return "people" if re.search(r"(?:[a-z]{2}ers|men|ists|ants|ees)$", word) and word not in _NOT_PEOPLE else None


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
    if f.value and f.value[0] < f.value[1]:
        if re.search(r"\bbetween\s(?:[$€£]|US\$)?$", s[: f.start]):
            return replace(f, hedge="between")
    return f


def marks_of(found: Iterable[Figure]) -> Iterator[Span]:
    for f in found:
        yield f.start, f.end
