"""Dates of a language that has rows in languages.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from obrok.evidence.propose.days import Days, When, last, month, near, seen, third, whole_year
from obrok.evidence.propose.tables import LANGUAGES, alternatives


@cache
def _patterns(language: str) -> re.Pattern[str]:
    rows = LANGUAGES[language]
    if "year_mark" in rows:
        y, m, d = rows["year_mark"], rows["month_mark"], rows["day_mark"]
        part = alternatives(rows["parts"])
        return re.compile(
            rf"(?:(?P<y>\d{{4}}){y}\s?)?(?<!\d)(?P<m>1[0-2]|0?[1-9]){m}(?!{rows['not_month']})\s?(?:(?P<d>[12]\d|3[01]|0?[1-9]){d}|(?P<part>{part}))?"
            rf"|(?P<year>(?:1[89]|20)\d\d){y}|(?P<near>{alternatives(rows['near'])})"
        )
    names, near_words = alternatives(rows["months"]), alternatives(rows["near"])
    link = rows["date_link"]
    return re.compile(
        rf"\b(?:(?P<d>[12]\d|3[01]|0?[1-9]){link}\s)?(?P<m>{names})\b(?:{link}\s(?P<y>(?:1[89]|20)\d\d)\b)?"
        rf"|\b(?:{alternatives(rows['year_lead'])})\s(?P<year>(?:1[89]|20)\d\d)\b(?!\s?%)|\b(?P<near>{near_words})\b",
        re.I,
    )


def foreign_dates(text: str, published: Days | None, language: str) -> Iterator[When]:
    rows = LANGUAGES[language]
    for m in _patterns(language).finditer(text):
        try:
            yield When(m.start(), m.end(), _foreign_days(m, published, rows), bool(m["year"]))
        except (ValueError, OverflowError):
            continue


def _foreign_days(m: re.Match[str], published: Days | None, rows: dict) -> Days | None:
    if m["year"]:
        return whole_year(m["year"], published, False)
    if m["near"]:
        return near(rows["near"][m["near"].lower()], published, False)
    number = rows["months"][m["m"].lower()] if "months" in rows else int(m["m"])
    part = rows["parts"].get(m["part"]) if m.groupdict().get("part") else None

    def of(year: int) -> Days:
        return (date(year, number, int(m["d"])),) * 2 if m["d"] else third(month(year, number), part)

    return of(int(m["y"])) if m["y"] else seen(published, last(of))
