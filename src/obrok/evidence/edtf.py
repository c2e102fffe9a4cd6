"""Dates as documents give them: EDTF, level 0 (ISO 8601-2): a year, a month, a day, or an interval of such."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date


def edtf_interval(text: str) -> tuple[date, date] | None:
    """An EDTF date (year, month, day, or an interval of such) → first and last day; None where it is none."""

    def one(part: str) -> tuple[date, date] | None:
        match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", part)
        if not match:
            return None
        year, month, day = (int(g) if g else None for g in match.groups())
        try:
            last_month = month or 12
            last = monthrange(year, last_month)[1]  # type: ignore[arg-type]
            return date(year, month or 1, day or 1), date(year, last_month, day or last)  # type: ignore[arg-type]
        except (ValueError, IndexError):
            return None

    first, *rest = text.split("/")
    a, b = one(first), one(rest[0] if rest else first)
    return (a[0], b[1]) if a and b and len(rest) < 2 and a[0] <= b[1] else None
