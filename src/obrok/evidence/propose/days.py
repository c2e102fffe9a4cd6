"""Days, months and parts of them, counted from the days on which a document can have appeared."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

Days = tuple[date, date]


@dataclass(frozen=True)
class When:
    """A date found: where, the days it covers (None: it hangs on a day that is not known), the day's fineness."""

    start: int
    end: int
    days: Days | None
    is_year: bool = False


def edtf(days: Days) -> str:
    """The days as EDTF: a year, a month or a day where they fill one, else an interval."""
    a, b = days
    if a == b:
        return a.isoformat()
    if a.day == 1 and b == month(a.year, a.month)[1]:
        return f"{a.year:04}-{a.month:02}"
    if (a.month, a.day, b.month, b.day) == (1, 1, 12, 31) and a.year == b.year:
        return f"{a.year:04}"
    return f"{a.isoformat()}/{b.isoformat()}"


def month(year: int, number: int) -> Days:
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def months(year: int, first: int, count: int) -> Days:
    """`count` months from a month on; months above 12 are of the next year."""
    a, b = first - 1, first - 1 + count - 1
    return month(year + a // 12, a % 12 + 1)[0], month(year + b // 12, b % 12 + 1)[1]


def third(days: Days, part: str | None) -> Days:
    """The early, middle or late part of a month or of a longer time."""
    if not part:
        return days
    a, b = days
    word = "mid" if "mid" in part else "late" if "late" in part or "end" in part else "early"
    if (b - a).days <= 31:
        lo, hi = {"early": (1, 10), "mid": (11, 20), "late": (21, b.day)}[word]
        return a.replace(day=lo), b.replace(day=hi)
    if (b - a).days <= 366 and a.month == 1:
        return months(a.year, {"early": 1, "mid": 5, "late": 9}[word], 4)
    third = (b - a) / 3
    return {"early": (a, a + third), "mid": (a + third, b - third), "late": (b - third, b)}[word]


def seen(published: Days | None, one: Callable[[date], Days]) -> Days | None:
    """What a date means from every day on which the document can have appeared."""
    if published is None:
        return None
    first, last = one(published[0]), one(published[1])
    return min(first[0], last[0]), max(first[1], last[1])


def last(make: Callable[[int], Days], ahead: bool = False, strictly: bool = False) -> Callable[[date], Days]:
    """The last time of the year that began before a day (or, where it lies ahead, the next that ends after it)."""

    def one(day: date) -> Days:
        if ahead:
            return next(d for y in (day.year - 1, day.year, day.year + 1) if (d := make(y))[1] >= day or y > day.year)
        years = (day.year, day.year - 1, day.year - 2)
        return next((d for y in years if (d := make(y))[0 if not strictly else 1] <= day), make(day.year - 2))

    return one


def back(day: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return day - timedelta(days=count * (7 if unit == "week" else 1))
    total = count * {"month": 1, "year": 12, "decade": 120}[unit]
    at = day.year * 12 + day.month - 1 - total
    year, number = max(at // 12, 1), at % 12 + 1
    return date(year, number, min(day.day, monthrange(year, number)[1]))


def near(text: str, published: Days | None, ahead: bool) -> Days | None:
    if text in ("yesterday", "today", "tomorrow"):
        move = timedelta({"yesterday": -1, "today": 0, "tomorrow": 1}[text])
        return seen(published, lambda d: (d + move, d + move))
    which, unit = text.split()
    move = {"this": 0, "next": 1}.get(which, -1)
    if unit == "week":
        return seen(published, lambda d: (
            d - timedelta(d.weekday() - 7 * move), d - timedelta(d.weekday() - 7 * move - 6)
        ))  # fmt: skip
    if unit == "month":
        return seen(published, lambda d: months(d.year - 1, d.month + 12 + move, 1))
    return seen(published, lambda d: (date(d.year + move, 1, 1), date(d.year + move, 12, 31)))


def whole_year(text: str, published: Days | None, ahead: bool) -> Days:
    return date(int(text), 1, 1), date(int(text), 12, 31)
