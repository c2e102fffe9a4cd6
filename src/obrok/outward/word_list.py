"""The table of words as a list: what each word says, where that comes from, and what is read as it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from obrok.quantities import Words, words
from obrok.words import GROUPS, Row

HEADINGS = {
    "counts": "Counts", "further_counts": "Counts: further words", "figures": "Beside a figure or a range",
    "shares": "Shares", "further_shares": "Shares: further words", "chances": "Chances", "ranks": "Orderings",
    "trends": "Trends", "statements": "Statements", "constants": "How far words are trusted",
}  # fmt: skip
LANGUAGES = {"ko": "Korean", "ru": "Russian", "es": "Spanish", "ja": "Japanese"}


@dataclass(frozen=True)
class Told:
    """A word of a group. `says`: in figures; `same`: synonyms; `foreign`: (language, word, why); `own`: of the case."""

    group: str
    word: str
    says: str
    source: str
    same: tuple[tuple[str, str], ...]
    foreign: tuple[tuple[str, str, str], ...]
    own: bool

    @property
    def id(self) -> str:
        return f"{self.group}-{'-'.join(self.word.split())}"


def listed(table: Words, group: str) -> list[Told]:
    """The words of a group, in the order of the table."""
    return [_told(table, group, word, row) for word, row in table.rows[group].items()]


def _told(table: Words, group: str, word: str, row: Row) -> Told:
    home = next((g for g in GROUPS if g != "constants" and word in table.rows[g]), group)
    first = group == home  # a word of two groups is told with its synonyms once
    same = tuple((w, s.source) for w, s in table.same.items() if s.row == word and first)
    foreign = ((name, w, s) for name, known in table.languages.items() for w, s in known.items())
    spoken = tuple((LANGUAGES.get(name, name), w, s.source) for name, w, s in foreign if s.row == word and first)
    return Told(group, word, says(table, group, word), row.source, same, spoken, row.own)


def says(table: Words, group: str, word: str) -> str:
    """What a word says, in figures."""
    row = table.rows[group][word].says
    if group == "constants":
        return f"{row['value']:g}"
    if group in ("counts", "further_counts"):
        return str(row["exactly"]).removesuffix(".0") if "exactly" in row else _span(*percentiles(table, group, word))
    if group == "figures":
        return _figure(table.figures[word])
    if group == "statements":
        return _statement(table.statements[word])
    low, middle, high = percentiles(table, group, word)
    if group == "trends":
        return f"{middle:.3g} times as many ({low:.3g} to {high:.3g})"
    return f"{100 * middle:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def percentiles(table: Words, group: str, word: str) -> tuple[float, ...]:
    """5, 50 and 95 % of the number that a word alone stands for."""
    if group in ("counts", "further_counts"):
        p = (table.meant if group == "counts" else table.further_meant)[word]
        return tuple(float(np.searchsorted(np.cumsum(p), q * p.sum())) for q in (0.05, 0.5, 0.95))
    dist = table.vocabulary(word)[word]
    return tuple(float(x) for x in dist.quantile(np.array([0.05, 0.5, 0.95])))  # type: ignore[union-attr]


def _span(low: float, middle: float, high: float) -> str:
    return f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"


def _figure(row: Mapping[str, Any]) -> str:
    if "above" in row:
        return f"above the figure, on average by {100 * row['above']:.0f} %"
    if "below" in row:
        return f"below the figure, on average by {100 * row['below']:.0f} %"
    inside = f"of a range: its middle, with a standard deviation of {row['range']:.2g} of its width"
    if "factor" not in row:
        return inside
    return f"{row['factor'][0]:.3g} to {row['factor'][1]:.3g} times the figure; {inside}"


def _statement(row: Mapping[str, Any]) -> str:
    if "half" in row:
        return f"said of a share s with chance s / (s + {row['half']:.2g})"
    if "proportional" in row:
        return "said in proportion to a share" + (
            "" if row["proportional"] == 1 else f" to the {row['proportional']:.2g}"
        )
    if "per_case" in row:
        return f"said with chance {row['per_case']:.2g} to the number of cases, never below {row['floor']:.2g}"
    if "threshold" in row:
        return f"said in one of two cases at {row['threshold']:.2g} times as much; spread {row['spread']:.2g} in logarithms"
    return f"said where numbers rise, and fewer than {100 * row['most']:.0f} % of the people in a year (spread {row['most_spread']:.2g})"


# -- docs/words.md
def as_markdown(table: Words | None = None) -> str:
    """The table as docs/words.md holds it (`python -m obrok.outward.word_list > docs/words.md`)."""
    return "\n".join(_lines(table or words())) + "\n"


INTRO = """# Words

What a hedge says about a number, and where that comes from. Made from `src/obrok/cases/words.yaml`; `obrok words`
draws each word.

A word alone stands for a number: the middle, with 5 to 95 % in brackets. How likely a number makes the word follows
by Bayes over the words of its closed list, flat over words: for every number they sum to 1. **Further words** have a
list of their own, which holds the common ones too: a word more on the common list would take something from each of
the others, and change every result that rests on them. So a claim that says “hundreds” is weighed over both lists,
one that says “a few” over the common one. An input claim takes what the word says of the number as its reading.

“assumption” marks what nobody measured. What was published is published for English, by volunteers and without a
context.

**A table of your own.** `words:` in `case.yaml` puts rows in the place of these or adds some, each with its
`source`:

```yaml
words:
  figures:
    roughly: {factor: [0.6, 1.6], range: 0.4, source: "the ministry's 'roughly' was off by half, twice (claims a and b)"}
  chances:
    likely: {uniform: {from: 0.55, to: 0.8}, source: "ICD 203 (2015), by which this agency writes"}
  same_as:
    a good many: {row: many, source: "the interpreter's word"}
  languages:
    ko: {여럿: {row: several, source: "the interpreter's word"}}
```

Rows stand in the groups named below in brackets, with the keys of `src/obrok/cases/words.yaml`. They are part of the
case, its digest and its record. A new word among `counts` or `shares` joins the common list and takes from the others
on it; among the further ones it does not. For one claim alone, `reading:` with its `why` does it.

**Other languages.** The `hedge` of a claim may be written in the language of its document. It is then read as the row
named here."""


def _lines(table: Words) -> Iterator[str]:
    yield INTRO
    for group, heading in HEADINGS.items():
        yield (
            f"\n## {heading}\n\n{GROUPS[group][0].upper()}{GROUPS[group][1:]} (`{group}`).\n"
            if group != "constants"
            else f"\n## {heading}\n"
        )
        yield "| word | says | source | read as it |\n|---|---|---|---|"
        for told in listed(table, group):
            alike = [w for w, _ in told.same] + [f"{w} ({language})" for language, w, _ in told.foreign]
            yield f"| {told.word} | {told.says} | {told.source} | {', '.join(alike) or '–'} |"
    yield "\n## Where a match is loose\n\n| word | read as | why |\n|---|---|---|"
    for word, same in table.same.items():
        if same.source != "the word is the number":
            yield f"| {word} | {same.row} | {same.source} |"
    for language, known in table.languages.items():
        for word, same in known.items():
            if "plain translation" not in same.source:
                yield f"| {word} ({LANGUAGES.get(language, language)}) | {same.row} | {same.source} |"


if __name__ == "__main__":
    print(as_markdown(), end="")
