"""Everything that the rules find in one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from obrok.evidence.propose import sayings
from obrok.evidence.propose.dates import dates
from obrok.evidence.propose.days import When
from obrok.evidence.propose.figures import Figure, figures
from obrok.evidence.propose.foreign import figures_in
from obrok.evidence.propose.names import found_organisations, found_places
from obrok.evidence.propose.tables import LANGUAGES

Span = tuple[int, int]


@dataclass(frozen=True)
class Marks:
    """Everything found in a sentence, by positions in it."""

    text: str
    published: tuple[date, date] | None
    when: list[When]
    figures: list[Figure]
    amounts: list[tuple[int, int, str, str]]
    trends: list[tuple[int, int, str | None]]
    compares: list[Span]
    places: list[tuple[int, int, str]]
    organisations: list[tuple[int, int, str]]
    saying: sayings.Saying | None
    said: str | None = None

    def between(self, start: int, end: int) -> Marks:
        """Those that begin between two places."""

        def those(items: list) -> list:
            return [i for i in items if start <= _span(i)[0] < end]

        says = self.saying if self.saying and start <= self.saying.start < end else None
        return replace(
            self, when=those(self.when), figures=those(self.figures), amounts=those(self.amounts),
            trends=those(self.trends), compares=those(self.compares), places=those(self.places),
            organisations=those(self.organisations), saying=says,
        )  # fmt: skip

    def spans(self) -> tuple[Span, ...]:
        """Where they stand, in order."""
        groups = (self.when, self.figures, self.amounts, self.trends, self.compares, self.places, self.organisations)
        return tuple(sorted({_span(i) for group in groups for i in group}))

    def rules(self, said: str | None) -> tuple[str, ...]:
        """Which rules found something."""
        groups = {
            "figure": self.figures, "word for a number": self.amounts, "trend": self.trends, "comparison": self.compares,
            "date": self.when, "place": self.places, "organisation": self.organisations,
            "attribution": said or self.saying,
        }  # fmt: skip
        return tuple(name for name, group in groups.items() if group)


def _span(item: Any) -> Span:
    return (item.start, item.end) if hasattr(item, "start") else (item[0], item[1])


def marks_of(s: str, published: tuple[date, date] | None, language: str) -> Marks:
    when = dates(s, published, language)
    taken = [(w.start, w.end) for w in when]
    if language in LANGUAGES:
        rows = LANGUAGES[language]
        trends = [(m.start(), m.end(), row) for key, row in (("rising", "rising"), ("falling", "falling"))
                  for word in rows[key] for m in re.finditer(re.escape(word), s, re.I)]  # fmt: skip
        compares = [
            m.span()
            for word in rows["than"]
            for m in re.finditer(rf"(?<!\w){re.escape(word)}" if "adds" not in rows else word, s, re.I)
        ]
        said = sayings.foreign_speech(s, rows)
        return Marks(
            s,
            published,
            when,
            figures_in(s, language, taken),
            [],
            trends,
            compares,
            found_places(s, language),
            [],
            None,
            said,
        )
    says = sayings.saying(s)
    return Marks(
        s, published, when, figures(s, taken), sayings.amounts(s), sayings.trends(s), sayings.comparisons(s), found_places(s),
        found_organisations(s), says, says.kind if says else None,
    )  # fmt: skip
