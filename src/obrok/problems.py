"""What is wrong with a file, where, and how to mend it: all problems at once.

A `Problem` names file and line, says what is wrong and, where one line can put it right, carries that line: put in
place of the line named, it passes. A `Reader` asks nodes for what it needs and gathers what it could not get.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from itertools import islice
from math import isfinite
from pathlib import Path

from obrok.nodes import Node, Source, quoted
from obrok.yaml_files import NUMBER, open_yaml, plain_value

__all__ = ["Node", "Problem", "ProblemsFound", "Reader", "Source", "closest", "ids_of", "is_id", "kind_of", "quoted"]

#: more than this are not listed: what is mended first changes the rest
MOST_PROBLEMS = 200
#: characters of a text in a case: many pages
LONGEST_TEXT = 20_000
#: known words that a misspelt one is likened to
MOST_LIKENED = 1_000
#: no figure of a case is larger, or, but for 0, closer to 0: squares and ratios of such are still numbers
LARGEST, SMALLEST = 1e18, 1e-18
_SPELT_DATES = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y-%m", "%Y")


@dataclass(frozen=True)
class Problem:
    """One thing wrong. `mended` replaces line `line` of `file` (it may be several lines, or none: '')."""

    file: str
    line: int
    what: str
    mend: str
    mended: str | None = None
    warning: bool = False

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{at}: {'note: ' if self.warning else ''}{self.what}\n    {self.mend}"
        if self.mended:
            text += "".join(f"\n    | {line}" for line in self.mended.split("\n"))
        return text


class ProblemsFound(Exception):
    """Every problem found, at once. `.problems` holds them, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self):
        """So that it comes whole from another process."""
        return type(self), (self.problems,)


def kind_of(node: Node) -> str:
    """What a value is, in words."""
    value = node.value
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return f"the number {node.text}"
    return "nothing" if value is None else f"the text {_short(str(value))!r}"


def closest(word: str, words: Iterable[str]) -> str | None:
    """The known word nearest to a misspelt one."""
    return next(iter(difflib.get_close_matches(word[:100], list(islice(words, MOST_LIKENED)), 1, 0.6)), None)


def ids_of(node: Node | None) -> tuple[str, ...] | None:
    """The ids in a list of groups. None where one of them cannot be known: references are then not judged."""
    if node is None or not isinstance(node.value, list) or not all("id" in item and is_id(item["id"]) for item in node):
        return None
    return tuple(dict.fromkeys(item["id"].text for item in node))


def is_id(node: Node) -> bool:
    """Letters, digits and hyphens."""
    return node.value is not None and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", node.text) is not None


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


@dataclass
class Reader:
    """Reads nodes and gathers problems. Every `want_…` gives None where it had to report one."""

    problems: list[Problem] = field(default_factory=list)

    # -- reporting
    def report(self, node: Node, what: str, mend: str, mended: str | None = None, warning: bool = False) -> None:
        self.say(node.source.name, node.line, what, mend, mended, warning)

    def say(self, name: str, line: int, what: str, mend: str, mended: str | None = None, warning: bool = False) -> None:
        alike = sum(p.warning == warning for p in self.problems)
        if warning and alike >= MOST_PROBLEMS:  # a case may well have more, and is read all the same
            if alike == MOST_PROBLEMS:
                what = f"{MOST_PROBLEMS} notes: no more are listed"
                self.problems.append(Problem(name, 0, what, "look at these first.", warning=True))
            return
        self.problems.append(Problem(name, line, what, mend, mended, warning))
        if not warning and alike + 1 >= MOST_PROBLEMS:
            what = f"{MOST_PROBLEMS} problems: no more are listed"
            self.problems.append(Problem(name, line, what, "mend these first."))
            self.raise_if_any()

    def raise_if_any(self) -> None:
        if self.errors():
            raise ProblemsFound(self.problems)

    def errors(self, since: int = 0) -> bool:
        """Whether anything but notes was reported since there were `since` problems."""
        return any(not p.warning for p in self.problems[since:])

    def open(self, path: Path, name: str) -> Node | None:
        """A YAML file → its node; None, with a problem told, where it cannot be read."""
        return open_yaml(path, name, partial(self.say, name))

    # -- groups and lists
    def fields(self, node: Node, required: Mapping[str, str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """The keys of a group. `required` gives, for each key that must be there, what to write.

        A misspelt key is reported and then read as the key that was meant, so that nothing else seems to be missing.
        """
        if not isinstance(node.value, dict):
            example = "{" + ", ".join(f"{k}: {v}" for k, v in required.items()) + "}"
            what = f"a group of keys is needed here, not {kind_of(node)}"
            self.report(node, what, "write, for example:", node.replaced(example))
            return {}
        known = [*required, *optional]
        found = {name: child for name, child in node.value.items() if name in known}
        for name in node.value:
            if name not in known:
                found |= self._unknown_key(node, name, required, known, found)
        for name, example in required.items():
            if name not in found:
                self.report(node, f"`{name}` is missing", "add it:", node.with_key(f"{name}: {example}"))
        return found

    def _unknown_key(
        self, node: Node, name: str, required: Iterable[str], known: list[str], found: Mapping[str, Node]
    ) -> dict[str, Node]:
        """Reports a key; gives it under the name that was meant, if that can be told."""
        child = node[name]
        line = child.key[0] if child.key else child.line
        head, colon, rest = name.partition(":")
        if colon and head in known and head not in found:
            mended = child.renamed(f"{head}: {rest}")
            self.say(node.source.name, line, f"a space is missing after `{head}:`", "write it:", mended)
            return {head: replace(child, value=plain_value(rest), text=rest) if rest else child}
        absent = [k for k in required if k not in found], [k for k in known if k not in found]
        near = closest(name, absent[0]) or closest(name, absent[1])
        what = f"unknown key `{_short(name)}`"
        if near:
            self.say(node.source.name, line, what, f"did you mean `{near}`?", child.renamed(near))
            return {near: child}
        mend = f"known here: {', '.join(known)}. Take it out:" if known else "nothing stands here. Take it out:"
        self.say(node.source.name, line, what, mend, node.without(name))
        return {}

    def items(self, node: Node | None, of_groups: bool = False, most: int | None = None) -> list[Node]:
        """The items of a list; none where there is no list. `of_groups`: each is a group of keys. `most`: so many are
        read; more are refused."""
        if node is None or isinstance(node.value, list):
            items = list(node) if node else []
            if node is not None and most is not None and len(items) > most:
                self.report(
                    node, f"{len(items):,} items in one list", f"this version reads at most {most:,}: take fewer."
                )
            return items[:most]
        inside = "" if node.value is None or (of_groups and not isinstance(node.value, dict)) else node.written()
        mended = node.replaced(f"[{inside}]") if inside is not None else None
        self.report(node, f"a list is needed here, not {kind_of(node)}", "put it in brackets:", mended)
        return []

    # -- single values
    def want_text(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if isinstance(node.value, (dict, list)) or node.value is None or not node.text.strip():
            what = f"a text is needed here, not {kind_of(node)}"
            self.report(node, what, "write it in words:", node.replaced('"in words"'))
            return None
        if len(node.text) > LONGEST_TEXT:
            what = f"a text of {len(node.text):,} characters"
            self.report(node, what, f"this version reads at most {LONGEST_TEXT:,}: shorten it.")
            return None
        return node.text

    def want_flag(self, node: Node | None, default: bool) -> bool:
        if node is None or isinstance(node.value, bool):
            return default if node is None else bool(node.value)
        yes = node.text.lower() in ("yes", "on", "y", "1", "true")
        no = node.text.lower() in ("no", "off", "n", "0", "false")
        mended = node.replaced(str(yes if yes or no else default).lower())
        self.report(node, f"true or false is needed here, not {kind_of(node)}", "write one:", mended)
        return default

    def want_number(
        self,
        node: Node | None,
        low: float = -LARGEST,
        high: float = LARGEST,
        name: str = "",
        whole: bool = False,
        instead: float | None = None,
    ) -> float | None:
        """A finite number inside limits. `instead`: what to propose where nothing better is at hand."""
        if node is None:
            return None
        value = node.value
        if instead is None:
            instead = max(low, min(high, 1))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            figures = [m[0] for m in NUMBER.finditer(node.text[:100].replace(",", ""))]
            if len(figures) == 1 and low <= float(figures[0]) <= high:
                instead = float(figures[0])
            what = f"a number is needed here, not {kind_of(node)}"
            self.report(node, what, "write the figure alone:", node.replaced(f"{instead:.10g}"))
            return None
        label = f"{name} " if name else ""
        if not isfinite(value):
            what = f"{label}{_short(node.text)} is beyond all numbers"
            self.report(node, what, "write a smaller one:", node.replaced(f"{instead:.10g}"))
            return None
        if abs(value) < SMALLEST and re.search("[1-9]", re.split("[eE]", node.text)[0]):
            what = f"{label}{_short(node.text)} is closer to 0 than any figure of a case"
            self.report(node, what, "write a larger one, or 0:", node.replaced(f"{max(low, min(high, 0)):.10g}"))
            return None
        if not low <= value <= high:
            near = low if value < low else high
            what = f"{label}{value:g} is outside its limits, {low:g} to {high:g}"
            self.report(node, what, "write a number inside them:", node.replaced(f"{near:.10g}"))
            return None
        if whole and value != int(value):
            self.report(node, f"{label}{value:g} is not a whole number", "write one:", node.replaced(f"{value:.0f}"))
            return None
        return float(value)

    def want_choice(
        self, node: Node | None, choices: Collection[str] | None, what: str, perhaps: str = ""
    ) -> str | None:
        """One of some words. None for `choices`: whatever is written, because the choices could not be read."""
        if node is None:
            return None
        single = not isinstance(node.value, (dict, list)) and node.value is not None
        if choices is None:
            return node.text if single else None
        if single and node.text in choices:
            return node.text
        choices = list(choices)
        shown = f"`{_short(node.text)}`" if single else kind_of(node)
        if not choices:
            self.report(node, f"unknown {what} {shown}", "there is none yet.")
            return None
        near = closest(node.text, choices) or perhaps or choices[0]
        known = ", ".join(choices[:60]) + (" …" if len(choices) > 60 else "")
        self.report(node, f"unknown {what} {shown}", f"known: {known}. Perhaps:", node.replaced(near))
        return None

    def want_date(self, node: Node | None, instead: date | None = None) -> date | None:
        """A day. `instead`: what to propose where nothing better is at hand."""
        if node is None:
            return None
        text = node.text
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            with suppress(ValueError):
                return date.fromisoformat(text)
        shaped = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
        shown = f"`{_short(text)}`" if text else kind_of(node)
        what = f"{shown} is not a date" + (" of the calendar" if shaped else "")
        meant = (
            _nearest_date(*map(int, shaped.groups())) if shaped else _spelt_date(text) or str(instead or "2015-05-09")
        )
        self.report(node, what, "dates are written year-month-day:", node.replaced(meant))
        return None


def _nearest_date(year: int, month: int, day: int) -> str:
    year, month = max(year, 1), min(max(month, 1), 12)
    for last in (min(max(day, 1), 31), 30, 29, 28):
        with suppress(ValueError):
            return date(year, month, last).isoformat()
    raise AssertionError("every month has 28 days")


def _spelt_date(text: str) -> str | None:
    for form in _SPELT_DATES:
        with suppress(ValueError):
            return datetime.strptime(text.strip()[:40], form).date().isoformat()
    return None
