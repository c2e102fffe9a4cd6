"""The tables that the rules read: the languages, the places, the hedges that may stand beside a figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import yaml

_FOLDER = resources.files("obrok.evidence.propose")
#: language → what its figures, dates and words look like
LANGUAGES: dict[str, dict[str, Any]] = yaml.safe_load((_FOLDER / "languages.yaml").read_text("utf-8"))


def listed(words: str) -> list[str]:
    """The words of a line."""
    return words.split()


def alternatives(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first."""
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w))) or r"(?!)"


@cache
def places() -> dict[str, str]:
    """A place as it may be written → the name a candidate gives."""
    known: dict[str, str] = {}
    lines = (_FOLDER / "places.txt").read_text("utf-8").splitlines()
    one_each = False
    for line in lines:
        if line.startswith("#"):
            one_each = "more than one" in line
        elif " = " in line:
            name, spellings = line.split(" = ")
            known |= dict.fromkeys(spellings.split(), name)
        else:
            known |= {name: name for name in ([line] if one_each else line.split())}
    return known


#: hedge as written → the word of the table by which it is read, where the table has no row for it
MORE_HEDGES = {
    "not more than": "at most", "not less than": "at least", "no less than": "at least", "at the most": "at most",
    "in excess of": "more than", "an average of": "roughly", "on average": "roughly", "average of": "roughly",
    "estimated": "an estimated", "as few as": "about", "circa": "about", "say": "about", "only": "exactly",
    "a total of": "exactly", "exactly": "exactly", "and more": "at least", "or less": "at most", "some": "roughly",
    "maximum of": "at most", "minimum of": "at least", "as much as": "up to", "in the region of": "roughly",
}  # fmt: skip


@cache
def hedges(language: str) -> dict[str, str]:
    """Hedges beside a figure → the word of the shipped table of words by which they are read."""
    from obrok.quantities import words

    table = words()
    figures = set(table.rows["figures"])
    if language == "en":
        known = {w: w for w in figures} | {w: s.row for w, s in table.same.items() if s.row in figures}
        return {w: row for w, row in (known | MORE_HEDGES).items() if "…" not in w}
    own = {w: s.row for w, s in table.languages.get(language, {}).items() if s.row in figures}
    rows = LANGUAGES.get(language, {})
    return own | rows.get("before", {}) | rows.get("after", {})
