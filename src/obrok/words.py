"""The table of words: what a hedge says about a number, and how likely a number makes it.

P(number | word) stands in the table. P(word | number) follows by Bayes over a closed vocabulary, flat over its words, so
that the words of a vocabulary sum to 1 for every number. Vocabularies have names, because a word more would take
something from each of the others: `counts` and `shares` are few and fixed; a claim that says one of the further words
is weighed over these and the further ones, and one that does not, over these alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from obrok.distributions import Distribution, Exactly, LogNormal, stretched

#: counts up to this number are told apart by the common words, and up to that by the further ones; all above are as it
LARGEST_COUNT, FURTHEST_COUNT = 400, 100_000
#: a share is told apart from none and all by so much; a ratio is told apart from larger ones up to that, and its inverse
EDGE, FURTHEST_RATIO = 1e-6, 50.0
#: group of rows → what it holds
GROUPS = {
    "constants": "how statements fail, and how far published numbers are trusted",
    "counts": "words alone, for numbers of people or cases: the common ones",
    "further_counts": "words alone, for numbers of people or cases: further ones",
    "figures": "words beside a figure or a range",
    "shares": "words alone, for a share of people or money: the common ones",
    "further_shares": "words alone, for a share of people or money: further ones",
    "chances": "words alone, for a chance",
    "ranks": "words alone, for the place that a share has among others",
    "trends": "words alone, for a number over the number before",
    "statements": "words whose chance of being said grows or falls with a number",
}
#: key of a statement's row → the outcome, or the unit, that it speaks of
SPEAKS_OF = {
    "half": "share", "proportional": "share_of_departures", "per_case": "people", "threshold": "watch_change", "most": "trend",
}  # fmt: skip
#: the standard normal at the percentiles 5, 25, 50, 75, 95
_Z = special.ndtri([0.05, 0.25, 0.5, 0.75, 0.95])


@dataclass(frozen=True)
class Row:
    """What a word says: its figures as written, the distribution they make (of shares, chances, ranks and trends), where
    they come from. `own`: of the case, not of the shipped table."""

    says: Mapping[str, Any]
    source: str
    reading: Distribution | None = None
    own: bool = False


@dataclass(frozen=True)
class Same:
    """A word that is read as another's row, and why."""

    row: str
    source: str
    own: bool = False


@dataclass(frozen=True)
class Words:
    """A table of words. `rows`: group → word → row; `same`: synonyms; `languages`: language → word → the row it is read as.

    `slip`: chance that a statement goes wrong; `known`: share of cases that a source learns of; `widen`: of the readings
    of counts, in logarithms. `spread`: how many times as wide each word is read. `turned`: whether P(number | word) of
    counts is turned round into P(word | number), as it must be.
    """

    rows: Mapping[str, Mapping[str, Row]]
    slip: float
    known: float
    widen: float
    same: Mapping[str, Same] = field(default_factory=dict)
    languages: Mapping[str, Mapping[str, Same]] = field(default_factory=dict)
    spread: float = 1.0
    turned: bool = True

    # -- counts
    @cached_property
    def meant(self) -> dict[str, np.ndarray]:
        """P(number | word) of the common words for counts, for numbers 0 … LARGEST_COUNT (the last stands for all above)."""
        return {word: self._numbers(row, LARGEST_COUNT) for word, row in self.rows["counts"].items()}

    @cached_property
    def counts(self) -> dict[str, np.ndarray]:
        """P(word | number) of the common words for counts, for numbers 0 … LARGEST_COUNT."""
        return self._turned(self.meant)

    @cached_property
    def further_meant(self) -> dict[str, np.ndarray]:
        """P(number | word) of common and further words, for numbers 0 … FURTHEST_COUNT."""
        rows = {**self.rows["counts"], **self.rows["further_counts"]}
        return {word: self._numbers(row, FURTHEST_COUNT) for word, row in rows.items()}

    @cached_property
    def further_counts(self) -> dict[str, np.ndarray]:
        """P(word | number) over common and further words, for numbers 0 … FURTHEST_COUNT."""
        return self._turned(self.further_meant)

    def counted(self, word: str) -> Mapping[str, np.ndarray]:
        """P(word | number) of every word in the vocabulary of a word for counts: further words have a larger one."""
        return self.further_counts if word in self.rows["further_counts"] else self.counts

    def _turned(self, meant: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        total = np.maximum(sum(meant.values()), 1e-300)  # a number that no word of a case's own list stands for
        return {word: p / total for word, p in meant.items()} if self.turned else dict(meant)

    def _fit(self, row: Row) -> tuple[float, float]:
        """Middle and standard deviation, in logarithms, of the lognormal through the percentiles of a row."""
        slope, middle = np.polyfit(_Z, np.log(row.says["numbers"]), 1)
        return middle, self.spread * float(np.hypot(slope, self.widen))

    def _numbers(self, row: Row, largest: int) -> np.ndarray:
        numbers = np.arange(largest + 1)
        if "exactly" in row.says:
            return np.where(numbers == row.says["exactly"], 1.0, 0.0)
        middle, sd = self._fit(row)
        return np.diff(special.ndtr((np.log(numbers + 0.5) - middle) / sd), prepend=0.0)

    @property
    def middles(self) -> dict[str, float]:
        """The middle number that each common word for a count stands for."""
        return {word: _middle(p) for word, p in self.meant.items()}

    # -- shares, chances, ranks, trends
    @cached_property
    def _lines(self) -> tuple[dict[str, Distribution], ...]:
        """Closed vocabularies on shares and ratios: common shares, these with further ones, chances, ranks, trends."""
        read: dict[str, dict[str, Distribution]] = {}
        for group in ("shares", "further_shares", "chances", "ranks", "trends"):
            by_odds, rows = group != "trends", self.rows[group]
            read[group] = {w: stretched(row.reading, self.spread, by_odds) for w, row in rows.items() if row.reading}
        read["further_shares"] = {**read["shares"], **read["further_shares"]}
        return tuple(read.values())

    @property
    def shares(self) -> dict[str, Distribution]:
        """P(share | word) of the common words for shares."""
        return self._lines[0]

    @property
    def further_shares(self) -> dict[str, Distribution]:
        return self._lines[1]

    @property
    def chances(self) -> dict[str, Distribution]:
        return self._lines[2]

    @property
    def ranks(self) -> dict[str, Distribution]:
        return self._lines[3]

    @property
    def trends(self) -> dict[str, Distribution]:
        """P(ratio | word): a number over the number before."""
        return self._lines[4]

    def vocabulary(self, word: str | None) -> Mapping[str, Distribution]:
        """P(share or ratio | word) of every word in the closed vocabulary that a word belongs to; empty: in none."""
        return next((line for line in self._lines if word in line), {})

    def said(self, word: str, x: np.ndarray, among: str | None = None) -> np.ndarray:
        """P(word | share or ratio x) over its closed vocabulary, or over that of the word `among`; NaN stays NaN."""
        inside = self.inside(word, x)
        density: dict[str, np.ndarray] = {w: d.density(inside) for w, d in self.vocabulary(among or word).items()}  # type: ignore[union-attr]
        with np.errstate(invalid="ignore"):  # a share of nobody
            return density[word] / sum(density.values())

    def inside(self, word: str, x: np.ndarray) -> np.ndarray:
        """Shares or ratios, kept from the ends where densities vanish."""
        ends = (1 / FURTHEST_RATIO, FURTHEST_RATIO) if word in self.trends else (EDGE, 1 - EDGE)
        return np.clip(np.asarray(x, float), *ends)

    # -- any word
    def number(self, word: str | None, of_people: bool) -> Distribution | None:
        """P(number | word) of a word alone, for people or for a share, as a distribution; None where it says none."""
        if not of_people:
            return None if word in self.trends else self.vocabulary(word).get(word or "")
        row = self.rows["counts"].get(word or "") or self.rows["further_counts"].get(word or "")
        if row is None:
            return None
        if "exactly" in row.says:
            return Exactly(float(row.says["exactly"]))
        middle, sd = self._fit(row)
        p05, p50, p95 = np.exp(middle + sd * _Z[[0, 2, 4]])
        return LogNormal(float(p50), float(p05), float(p95))

    def middle(self, word: str, of_people: bool) -> float:
        """The middle number of people, or share, that a word stands for."""
        if of_people:
            return _middle((self.meant if word in self.meant else self.further_meant)[word])
        return float(self.vocabulary(word)[word].quantile(np.array([0.5]))[0])  # type: ignore[union-attr]

    @cached_property
    def figures(self) -> dict[str, dict[str, Any]]:
        """Words beside a figure: how the true number lies to it (`written.figure_reading`)."""
        return {word: self._figure(row) for word, row in self.rows["figures"].items()}

    def _figure(self, row: Row) -> dict[str, Any]:
        by = {"factor": lambda x: [f**self.spread for f in x]}
        return {k: by.get(k, lambda x: x * self.spread)(v) for k, v in row.says.items()} | {"source": row.source}

    @cached_property
    def statements(self) -> dict[str, dict[str, Any]]:
        """Words whose chance of being said is told itself (`answers.weigh.word_chance`)."""
        return {word: self._statement(row) for word, row in self.rows["statements"].items()}

    def _statement(self, row: Row) -> dict[str, Any]:
        wider = {"half", "spread", "most_spread"}
        out = {k: v * (self.spread if k in wider else 1.0) for k, v in row.says.items()} | {"source": row.source}
        if "per_case" in out:
            out["per_case"] = out["per_case"] ** (1 / self.spread)
        if "proportional" in out:
            out["proportional"] = out["proportional"] / self.spread
        return out

    @property
    def sources(self) -> dict[str, str]:
        """Every word with where its row comes from (of a word in two groups, of the first)."""
        rows = [
            (word, row.source)
            for group, rows in self.rows.items()
            if group != "constants"
            for word, row in rows.items()
        ]
        return dict(reversed(rows))

    def own(self) -> dict[str, str]:
        """The words by which a case differs from the shipped table, with their sources."""
        alike = {"same_as": self.same, **self.languages}
        rows = [(word, row) for group in (*self.rows.values(), *alike.values()) for word, row in group.items()]
        return {word: row.source for word, row in rows if row.own}  # type: ignore[attr-defined]

    def all(self) -> tuple[str, ...]:
        """Every word that has a row of its own."""
        return tuple(dict.fromkeys(w for group, rows in self.rows.items() if group != "constants" for w in rows))

    def resolved(self, word: str, language: str | None = None) -> str | None:
        """The word by whose row this one is read: itself, that of a synonym, or of a word of a language (None: of any)."""
        word = unicodedata.normalize("NFC", word)
        if word in self.all():
            return word
        if word in self.same:
            return self.same[word].row
        known = self.languages if language is None else {"": self.languages.get(base(language), {})}
        return next((words[word].row for words in known.values() if word in words), None)

    def language_of(self, word: str) -> str | None:
        """The language that has this word, where one has."""
        word = unicodedata.normalize("NFC", word)
        return next((name for name, words in self.languages.items() if word in words), None)

    def fitting(self, unit: str, quantity: str = "", with_figure: bool = False) -> list[str]:
        """Words that say something about an outcome of this unit, the likeliest first."""
        if with_figure or unit == "USD":
            return list(self.figures)
        remarks = [w for w, row in self.rows["statements"].items() if _speaks_of(row) in (quantity, unit)]
        if unit == "people":
            return [*self.rows["counts"], *remarks, *self.rows["further_counts"]]
        if unit == "share":
            first = [w for w in remarks if quantity == _speaks_of(self.rows["statements"][w])]
            rest = [w for w in remarks if w not in first] if quantity != "share_of_departures" else []
            return list(dict.fromkeys([*first, *self.shares, *rest, *self.further_shares, *self.chances, *self.ranks]))
        return [*remarks, *self.trends]


def base(language: str) -> str:
    """`ko` of `ko-KR`."""
    return language.split("-")[0].lower()


def _speaks_of(row: Row) -> str:
    return next(what for key, what in SPEAKS_OF.items() if key in row.says)


def _middle(p: np.ndarray) -> float:
    return float(np.searchsorted(np.cumsum(p), 0.5 * p.sum()))
