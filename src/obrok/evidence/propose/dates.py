"""Dates as texts write them → the days they can mean, seen from the day the document appeared, never from today."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from obrok.evidence.propose.days import Days, When, back, last, month, months, near, seen, third, whole_year
from obrok.evidence.propose.foreign_dates import foreign_dates
from obrok.evidence.propose.tables import LANGUAGES, alternatives, listed

MONTHS = {
    name: n
    for n, names in enumerate(
        listed(
            "january,jan february,feb march,mar april,apr may june,jun july,jul august,aug september,sept,sep october,oct "
            "november,nov december,dec"
        ),
        1,
    )
    for name in names.split(",")
}
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
WEEKDAYS = {d: n for n, d in enumerate(listed("monday tuesday wednesday thursday friday saturday sunday"))}
NUMBERS = {w: n for n, w in enumerate(listed("zero one two three four five six seven eight nine ten eleven twelve"))}
NUMBERS |= {"a": 1, "an": 1, "last": 1, "couple of": 2, "a couple of": 2, "few": 3, "several": 5}
_M = "(?:" + alternatives(MONTHS) + r")\b\.?"
_Y = r"(?:1[89]|20)\d\d"
_D = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_N = r"(?:\d{1,3}|" + alternatives(NUMBERS) + ")"
_PART = r"(?:early|mid|late|(?:the\s)?(?:start|beginning|middle|end)\sof)"
_HALVES = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "last": -1}

#: one date, tried in this order
_ONE = re.compile(
    rf"""\b(?=[\da-z])(?:(?P<iso>{_Y}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)(?![\d-])
    |(?P<dots>\d{{1,2}}\.\d{{1,2}}\.{_Y})(?!\d)
    |(?P<dmy>(?:{_D}\s?(?:-|–|to|and)\s?)?{_D}\s(?:of\s)?{_M}(?:,?\s{_Y}\b)?)
    |(?P<mdy>{_M}\s{_D}\b(?:\s?[-–]\s?{_D}\b)?(?![,.]?\d)(?:,?\s{_Y}\b)?)
    |(?P<my>(?:{_PART}[\s-])?{_M},?\s(?:of\s)?{_Y}\b)
    |(?P<lastm>(?:last|this|next|(?:early|mid|late)(?:\s(?:last|this))?)[\s-]{_M}(?![\w-]))
    |(?P<half>(?:first|second|last|third|fourth|1st|2nd|3rd|4th)\s(?:half|quarter)(?:\s(?:of\s)?(?:{_Y}|(?:last|this)\syear)\b)?)
    |(?P<season>(?:(?:last|this|early|late)\s)?(?:spring|summer|autumn|fall|winter)\s(?:of\s)?{_Y}\b|(?:last|this)\s(?:spring|summer|autumn|fall|winter)\b)
    |(?P<decade>(?:(?:early|mid|late)[\s-])?(?:the\s)?(?:1[89]|20)\d0s\b)
    |(?P<part>{_PART}[\s-](?:{_Y}|last\s(?:year|month)|this\s(?:year|month)|the\s(?:year|month)|{_M})(?![\w-]))
    |(?P<ago>{_N}\s(?:days?|weeks?|months?|years?|decades?)\sago\b)
    |(?P<past>(?:last|past|previous|preceding|recent)\s(?:{_N}\s)?(?:days|weeks|months|years|decades?)\b)
    |(?P<near>(?:last|this|next|previous)\s(?:week|month|year)\b|yesterday\b|today\b|tomorrow\b)
    |(?P<weekday>(?:last\s|this\s|next\s)?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b)
    |(?P<month>{_M}(?![\w'’]|-(?!{_M})))
    |(?P<year>{_Y}(?![\d.,/-]*\d|[\w%$]|\s?(?:per\scent|percent|million|people|workers)\b)))""",
    re.I | re.X,
)
_LEAD = re.compile(
    r"(?P<lead>since|after|before|until|till|by|as of|from|between|in|on|during|of|for|to|throughout|through|and|late|"
    r"early|mid|around|about|as early as|as late as|within|at|over|under|at the|in the)[\s-](?:the )?$",
    re.I,
)
_JOIN = re.compile(r"\s?(?:-|–|—|to|and|until|till|through)\s?(?:the )?", re.I)
_FUTURE = re.compile(
    r"\b(?:will|due to|is to|are to|scheduled|shall|next|upcoming|planned for|set to|resumes?|begins?|expires?)\b", re.I
)
_IS_RANGE = re.compile(r"\d+\w*\s?(?:-|–|to|and)\s?\d")
#: months that are also words or names: they stand behind a word of time
_DOUBTFUL = {"may", "march", "mar", "sep", "jan", "dec", "april", "june", "august"}


def dates(text: str, published: Days | None, language: str = "en", future: bool | None = None) -> list[When]:
    """Every date of a sentence, in order."""
    if language in LANGUAGES:
        return list(foreign_dates(text, published, language))
    found: list[When] = []
    matches = [m for m in _ONE.finditer(text) if _is_date(m, text)]
    skip = -1
    for i, m in enumerate(matches):
        if i <= skip:
            continue
        ahead = _FUTURE.search(text, max(0, m.start() - 60), m.start()) is not None if future is None else future
        days, end = _resolved(m, published, ahead), m.end()
        later = matches[i + 1] if i + 1 < len(matches) else None
        lead = _LEAD.search(text, max(0, m.start() - 16), m.start())
        word = lead["lead"].lower() if lead else ""
        start = lead.start() if lead else m.start()
        if later is not None and (gap := text[m.end() : later.start()]) and _JOIN.fullmatch(gap):
            joined = gap.strip().lower() not in ("and", "the") or word == "between"
            if joined and (both := _range(m, later, published, ahead)):
                days, end, skip = both, later.end(), i + 1
        elif days and published and word in ("since", "from") and not _IS_RANGE.match(m[0]) and days[0] <= published[1]:
            days = (days[0], published[1])
        elif days and published and word == "after" and days[1] < published[1]:
            days = (days[1], published[1])
        found.append(When(start, end, days, m.lastgroup == "year"))
    return found


def _is_date(m: re.Match[str], text: str) -> bool:
    kind, word = m.lastgroup, m[0].lower().rstrip(".")
    if m.start() and (text[m.start() - 1].isalnum() or text[m.start() - 1] in "/.$€£#"):
        return False
    before = text[max(0, m.start() - 16) : m.start()]
    if kind == "month":
        if not m[0][0].isupper():
            return False
        after = text[m.end() : m.end() + 3]
        joined = bool(re.match(r"\s?[-–]\s?[A-Z]", after))
        return bool(_LEAD.search(before)) or joined or (word not in _DOUBTFUL and len(word) > 4)
    if kind == "year":
        return bool(_LEAD.search(before)) or bool(re.search(r"[(–-]\s?$", before))
    if kind == "weekday":
        return m[0][0].isupper() or " " in m[0]
    if kind in ("dmy", "mdy"):
        return any(p[0].isupper() for p in re.findall(r"[^\W\d]+", m[0]) if p.lower() in MONTHS)
    return True


# --- one date --------------------------------------------------------------------------------------------------------
def _resolved(m: re.Match[str], published: Days | None, ahead: bool) -> Days | None:
    try:
        return _READ[m.lastgroup or ""](m[0].lower(), published, ahead)
    except (ValueError, OverflowError, StopIteration):
        return None


def _year_in(text: str) -> int | None:
    found = re.search(rf"\b{_Y}", text)
    return int(found[0]) if found else None


def _month_in(text: str) -> int:
    return next(MONTHS[w] for w in re.findall(r"[a-z]+", text) if w in MONTHS)


def _part_in(text: str) -> str | None:
    found = re.match(_PART, text)
    return found[0] if found else None


def _iso(text: str, published: Days | None, ahead: bool) -> Days:
    parts = [int(p) for p in text.split("-")]
    return (date(*parts),) * 2 if len(parts) == 3 else month(*parts)  # type: ignore[return-value]


def _dots(text: str, published: Days | None, ahead: bool) -> Days:
    day, number, year = (int(p) for p in text.split("."))
    return (date(year, number, day),) * 2


def _day(text: str, published: Days | None, ahead: bool) -> Days | None:
    year, number = _year_in(text), _month_in(text)
    days = [int(n) for n in re.findall(r"\d+", text) if len(n) <= 2][:2]

    def of(year: int) -> Days:
        a, b = (date(year, number, min(d, monthrange(year, number)[1])) for d in (days[0], days[-1]))
        return min(a, b), max(a, b)

    if year:
        return date(year, number, days[0]), date(year, number, days[-1])
    return seen(published, last(of, ahead))


def _of_month(text: str, published: Days | None, ahead: bool) -> Days | None:
    year, number, part = _year_in(text), _month_in(text), _part_in(text)
    if year:
        return third(month(year, number), part)
    if text.startswith("this"):
        return seen(published, lambda d: month(d.year, number))
    ahead = ahead or text.startswith("next")
    return seen(published, last(lambda y: third(month(y, number), part), ahead, "last" in text))


def _half(text: str, published: Days | None, ahead: bool) -> Days | None:
    length = 6 if "half" in text else 3
    at = _HALVES[text.split()[0]] % (12 // length)
    year = _year_in(text)
    if year:
        return months(year, at * length + 1, length)
    if "this year" in text or "last year" in text:
        return seen(published, lambda d: months(d.year - ("last" in text.split(" ", 1)[1]), at * length + 1, length))
    return seen(published, last(lambda y: months(y, at * length + 1, length), ahead))


def _season(text: str, published: Days | None, ahead: bool) -> Days | None:
    year, first = _year_in(text), next(n for s, n in SEASONS.items() if s in text)
    if year and first == 12:  # the winter of 2015 may be the one that began or the one that ended in it
        return months(year - 1, 12, 15)
    if year:
        return third(months(year, first, 3), re.match(r"early|late|", text)[0] or None)  # type: ignore[index]
    return seen(published, last(lambda y: months(y, first, 3), ahead, "last" in text))


def _decade(text: str, published: Days | None, ahead: bool) -> Days:
    first = int(re.search(r"\d{4}", text)[0])  # type: ignore[index]
    a, b = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}.get(re.split(r"[\s-]", text)[0], (0, 9))
    return date(first + a, 1, 1), date(first + b, 12, 31)


def _part(text: str, published: Days | None, ahead: bool) -> Days | None:
    part = _part_in(text) or ""
    rest = text[len(part) :].strip(" -")
    if year := _year_in(rest):
        return third((date(year, 1, 1), date(year, 12, 31)), part)
    if rest.startswith(("last", "this", "the")):
        whole = near(rest.replace("the ", "this "), published, ahead)
        return third(whole, part) if whole else None
    return seen(published, last(lambda y: third(month(y, _month_in(rest)), part), ahead))


def _ago(text: str, published: Days | None, ahead: bool) -> Days | None:
    count, unit = _counted(text[:-4])
    slack = {"day": 0, "week": 3, "month": 15, "year": 183, "decade": 1826}[unit]
    return seen(published, lambda d: (
        back(d, count, unit) - timedelta(slack), min(d, back(d, count, unit) + timedelta(slack))
    ))  # fmt: skip


def _past(text: str, published: Days | None, ahead: bool) -> Days | None:
    count, unit = _counted(text.split(" ", 1)[1] if len(text.split()) > 2 else "few " + text.split()[1])
    return seen(published, lambda d: (back(d, count, unit), d))


def _counted(text: str) -> tuple[int, str]:
    number, unit = text.rsplit(" ", 1)
    count = int(number) if number.isdigit() else NUMBERS[number]
    return (1 if unit == "decade" else count), unit.rstrip("s")


def _weekday(text: str, published: Days | None, ahead: bool) -> Days | None:
    which, name = text.split() if " " in text else ("", text)

    def one(day: date) -> Days:
        back = (day.weekday() - WEEKDAYS[name]) % 7
        if which == "next" or (ahead and not which):
            return (day + timedelta((WEEKDAYS[name] - day.weekday()) % 7 or 7),) * 2
        return (day - timedelta(back or (7 if which == "last" else 0)),) * 2

    return seen(published, one)


_READ: dict[str, Callable[[str, Days | None, bool], Days | None]] = {
    "iso": _iso, "dots": _dots, "dmy": _day, "mdy": _day, "my": _of_month, "lastm": _of_month, "half": _half,
    "season": _season, "decade": _decade, "part": _part, "ago": _ago, "past": _past, "near": near,
    "weekday": _weekday, "month": _of_month, "year": whole_year,
}  # fmt: skip


def _range(m: re.Match[str], later: re.Match[str], published: Days | None, ahead: bool) -> Days | None:
    """From one date to another; the earlier takes its year from the later."""
    b = _resolved(later, published, ahead)
    if b is None:
        return None
    a = _resolved(m, b, False) if not _year_in(m[0]) else _resolved(m, published, ahead)
    return (a[0], b[1]) if a and a[0] <= b[1] else None
