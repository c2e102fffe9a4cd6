"""Rows of the table of words as they are written: the shipped table, and what a case puts in its place or adds."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from obrok.distributions import Distribution, LogNormal
from obrok.problems import Node, Reader
from obrok.words import FURTHEST_COUNT, GROUPS, LARGEST_COUNT, Row, Same, Words
from obrok.written import read_distribution

#: group → the forms of a row: keys that stand together, with an example of each
FORMS: dict[str, tuple[dict[str, str], ...]] = {
    "counts": ({"numbers": "[2, 3, 4, 5, 8]"}, {"exactly": "12"}),
    "figures": ({"factor": "[0.8, 1.25]", "range": "0.3"}, {"range": "0.3"}, {"above": "0.12"}, {"below": "0.12"}),
    "shares": ({"beta": "{a: 4, b: 3}"}, {"uniform": "{from: 0.6, to: 0.9}"}, {"triangular": "{from: 0.5, mode: 0.6, to: 1}"}),
    "trends": ({"lognormal": "{median: 2, p05: 1.6, p95: 2.5}"},),
    "statements": (
        {"half": "0.2"}, {"proportional": "1"}, {"per_case": "0.15", "floor": "0.02"},
        {"threshold": "1.1", "spread": "0.15"}, {"most": "0.15", "most_spread": "0.6"},
    ),
    "constants": ({"value": "0.1"},),
}  # fmt: skip
FORMS |= {"further_counts": FORMS["counts"]} | dict.fromkeys(("further_shares", "chances", "ranks"), FORMS["shares"])
#: key → its least and its largest value
LIMITS = {
    "range": (0.01, 10), "above": (1e-3, 100), "below": (1e-3, 1), "half": (1e-3, 1e3), "proportional": (0.01, 100),
    "per_case": (1e-3, 0.999), "floor": (0, 0.999), "threshold": (1e-3, 1e3), "spread": (1e-3, 10),
    "most": (1e-6, 1e3), "most_spread": (1e-3, 10), "value": (0, 1),
}  # fmt: skip
CONSTANTS = ("slip", "known", "widen")
SOURCE = '"where it comes from"'
#: groups whose words are told apart by what is spoken of, so that one word may stand in two of them
_APART = ({"counts", "further_counts"}, {"shares", "further_shares", "chances", "ranks"}, {"trends"})


@cache
def words(spread: float = 1.0) -> Words:
    """The shipped table of words; `spread` above 1: each read less literally, its spread so many times as large."""
    if spread != 1.0:
        return replace(words(), spread=spread)
    reader = Reader()
    root = reader.open(Path(str(resources.files("obrok") / "cases" / "words.yaml")), "words.yaml")
    reader.raise_if_any()
    assert root is not None
    empty = Words({group: {} for group in GROUPS}, 0.0, 0.0, 0.0)
    table = read_words(reader, root, empty)
    reader.raise_if_any()
    return table


def read_words(reader: Reader, node: Node | None, under: Words) -> Words:
    """A table of words by a group of keys: rows in the place of those of `under`, and new ones beside them. Where `under`
    is empty, this is the shipped table: `sources` may be named by their ids, and plain translations need none."""
    if node is None or node.value is None:
        return under
    own = bool(under.rows["counts"])
    groups = [g for g in GROUPS if g != "constants"]
    f = reader.fields(node, {}, (*CONSTANTS, *groups, "same_as", "languages", *(() if own else ("format", "sources"))))
    named = {k: n.text for k, n in _entries(reader, f.get("sources")).items()}
    given = {c: _row(reader, "constants", c, f[c], own, named) for c in CONSTANTS if c in f}
    rows = {group: dict(under.rows[group]) for group in GROUPS}
    rows["constants"] |= {c: row for c, row in given.items() if row}
    for group in groups:
        for word, child in _entries(reader, f.get(group)).items():
            if own and (other := _stands_elsewhere(under, group, word)):
                _refuse_group(reader, child, word, group, other)
            elif row := _row(reader, group, word, child, own, named):
                rows[group][word] = row
    slip, known, widen = (rows["constants"][c].says["value"] if c in rows["constants"] else 0.0 for c in CONSTANTS)
    table = replace(under, rows=rows, slip=slip, known=known, widen=widen)
    same = {w: s for w, n in _entries(reader, f.get("same_as")).items() if (s := _same(reader, table, n, own, named))}
    languages = {name: dict(known) for name, known in under.languages.items()}
    for name, child in _entries(reader, f.get("languages")).items():
        read = {w: s for w, n in _entries(reader, child).items() if (s := _same(reader, table, n, own, named))}
        languages[name] = languages.get(name, {}) | read
    with_row = table.all()  # what has got a row of its own is no synonym any more
    same = {w: s for w, s in {**under.same, **same}.items() if w not in with_row}
    return replace(table, same=same, languages=languages)


def _entries(reader: Reader, node: Node | None) -> dict[str, Node]:
    """The rows of a group, by word."""
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        mended = node.replaced("{}")
        reader.report(
            node, "rows are needed here, each by its word", "write, for example, `a few: {…}`, or none:", mended
        )
        return {}
    return {unicodedata.normalize("NFC", word): child for word, child in node.value.items()}


def _stands_elsewhere(table: Words, group: str, word: str) -> str | None:
    """A group that has this word already, where two would not be told apart."""

    def apart(other: str) -> bool:
        mine, theirs = ([k for k, groups in enumerate(_APART) if g in groups] for g in (group, other))
        return bool(mine and theirs and mine != theirs)

    others = (g for g in GROUPS if g not in ("constants", group) and word in table.rows[g])
    return next((g for g in others if not apart(g)), None)


def _refuse_group(reader: Reader, node: Node, word: str, group: str, other: str) -> None:
    what = f"`{word}` stands among `{other}` ({GROUPS[other]}), not among `{group}`"
    reader.report(node, what, f"write its row under `{other}:`, or give this one another name.")


def _row(reader: Reader, group: str, word: str, node: Node, own: bool, named: Mapping[str, str]) -> Row | None:
    forms, before = FORMS[group], len(reader.problems)
    keys = list(dict.fromkeys(key for form in forms for key in form))
    if not isinstance(node.value, dict):
        text = (
            "{" + ", ".join(f"{k}: {v}" for k, v in _example(forms[0], node, group).items()) + f", source: {SOURCE}}}"
        )
        reader.report(
            node, f"the row of `{word}` needs its figures and its source", "write it so:", node.replaced(text)
        )
        return None
    form = next((form for form in forms if next(iter(form)) in node), None)
    f = reader.fields(node, {**(form or {}), "source": SOURCE}, () if form else keys)
    if form is None and not reader.errors(before):
        first = ", ".join(f"{k}: {v}" for k, v in forms[0].items())
        known = "; ".join(" with ".join(f"`{k}`" for k in form) for form in forms)
        reader.report(
            node, f"the row of `{word}` says no number", f"one of: {known}. For example:", node.with_key(first)
        )
    source = reader.want_text(f.get("source"))
    says = {key: _value(reader, group, key, f[key]) for key in form or {} if key in f}
    reading = (
        _reading(reader, group, node)
        if form and group in ("further_shares", "shares", "chances", "ranks", "trends")
        else None
    )
    if reader.errors(before) or source is None:
        return None
    return Row(says, named.get(source, source), reading, own)


def _example(form: Mapping[str, str], node: Node, group: str) -> dict[str, str]:
    """A form with what stands there, where that is five numbers or one."""
    if group == "constants" and isinstance(node.value, (int, float)) and 0 <= node.value <= 1:
        return {"value": node.text}
    return dict(form)


def _value(reader: Reader, group: str, key: str, node: Node) -> Any:
    if key == "numbers":
        return _rising(
            reader, node, 5, 0.1, FURTHEST_COUNT, "five numbers, the percentiles 5, 25, 50, 75 and 95, none falling"
        )
    if key == "factor":
        values = _rising(reader, node, 2, 1e-3, 1e3, "two factors, one below 1 and one above it")
        if values and not values[0] < 1 < values[1]:
            what = f"the true number lies between {values[0]:g} and {values[1]:g} times the figure: never at it"
            reader.report(node, what, "write one factor below 1, one above it:", node.replaced("[0.8, 1.25]"))
        return values
    if key == "exactly":
        largest = LARGEST_COUNT if group == "counts" else FURTHEST_COUNT
        return reader.want_number(node, 0, largest, key, whole=True)
    return reader.want_number(node, *LIMITS[key], key) if key in LIMITS else None


def _rising(reader: Reader, node: Node, n: int, low: float, high: float, what: str) -> list[float] | None:
    example = "[2, 3, 4, 5, 8]" if n == 5 else "[0.8, 1.25]"
    if not isinstance(node.value, list) or len(node.value) != n:
        reader.report(node, f"here stand {what}", "write, for example:", node.replaced(example))
        return None
    values = [reader.want_number(item, low, high, "a percentile" if n == 5 else "a factor") for item in node]
    if None in values:
        return None
    if any(a > b for a, b in pairwise(values)):  # type: ignore[operator]
        mended = node.replaced("[" + ", ".join(f"{v:.10g}" for v in sorted(values)) + "]")  # type: ignore[type-var]
        reader.report(node, "the numbers fall", "write them rising:", mended)
        return None
    return values  # type: ignore[return-value]


def _reading(reader: Reader, group: str, node: Node) -> Distribution | None:
    """The distribution of a row: of a share inside 0 and 1, of a ratio above 0."""
    before = len(reader.problems)
    dist = read_distribution(reader, node)
    if dist is None or reader.errors(before) or isinstance(dist, LogNormal):
        return dist
    kind = next(k for k in ("beta", "uniform", "triangular") if k in node)
    ends = [n for k in ("from", "to") if (n := node[kind].get(k))]
    for end in ends:
        reader.want_number(end, 0, 1, "a share")
    return None if reader.errors(before) else dist


def _same(reader: Reader, table: Words, node: Node, own: bool, named: Mapping[str, str]) -> Same | None:
    """A word read as another's row. In the shipped table a translation may stand without its reason."""
    before = len(reader.problems)
    if not isinstance(node.value, dict) and not own:
        row = reader.want_choice(node, table.all(), "word")
        return Same(row, "assumption: a plain translation") if row else None
    if not isinstance(node.value, dict):
        row = node.text if node.text in table.all() else "a few"
        text = f"{{row: {row}, source: {SOURCE}}}"
        reader.report(node, "a word of a case's own needs its source", "write it so:", node.replaced(text))
        return None
    f = reader.fields(node, {"row": "a few", "source": SOURCE})
    row, source = reader.want_choice(f.get("row"), table.all(), "word"), reader.want_text(f.get("source"))
    return None if reader.errors(before) or row is None or source is None else Same(row, named.get(source, source), own)
