"""What is wrong with a file, where, and how to mend it; YAML read with line numbers; all problems at once.

A `Problem` names file and line, says what is wrong and, where one line can put it right, carries that line: put in place
of the line named, it passes. Files are read into `Node`s, which know where they stand; a `Reader` asks them for what it
needs and gathers what it could not get.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

MAX_BYTES, MAX_DEPTH = 10_000_000, 40
#: keys whose values are free text, in any file of a case
FREE_TEXT = frozenset({"title", "author", "paraphrase", "why", "note", "unused"})

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_BEFORE_COLON = re.compile(r"^(\s*(?:- )?[\w-]+:\s+)(.+?)\s*$")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.,/-])\+?\(?\d[\d() .\-]{7,}\d(?![\w/])")
_SPOT = re.compile(r"-?\d{1,3}\.\d{3,}\s*°?\s*[NS]?\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}|\d{1,3}\s*°\s*\d{1,2}\s*['′]")


@dataclass(frozen=True, order=True)
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
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Source:
    """A file as read: its name as shown, its path, its lines."""

    name: str
    path: Path
    lines: tuple[str, ...]

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True)
class Node:
    """A value with its place. `value`: text, number, bool, None, list of Node, or dict of name → Node.

    Lines count from 1; columns from 0. `key` is the place of the name before it, if it has one.
    """

    value: object
    source: Source
    line: int
    start: int
    end_line: int
    end: int
    key: tuple[int, int] | None = None

    def __getitem__(self, name: str | int) -> Node:
        return self.value[name]  # type: ignore[index]

    def get(self, name: str) -> Node | None:
        return self.value.get(name) if isinstance(self.value, dict) else None

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def __iter__(self) -> Iterator[Node]:
        return iter(self.value if isinstance(self.value, list) else ())

    def replaced(self, text: str) -> str | None:
        """The node's line with this text in its place (None where it runs over several lines)."""
        if self.line != self.end_line:
            return None
        line = self.source.line(self.line)
        return line[: self.start] + text + line[self.end :]

    def texts(self) -> Iterator[Node]:
        """Every text at or below this node."""
        if isinstance(self.value, dict):
            for child in self.value.values():
                yield from child.texts()
        elif isinstance(self.value, list):
            for child in self.value:
                yield from child.texts()
        elif isinstance(self.value, str):
            yield self


def kind_of(value: object) -> str:
    """What a value is, in words."""
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return "nothing" if value is None else f"the text {value!r}"


def closest(word: str, words: Iterable[str]) -> str | None:
    """The known word nearest to a misspelt one."""
    return next(iter(difflib.get_close_matches(word, list(words), 1, 0.6)), None)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass
class Reader:
    """Reads nodes and gathers problems. Every `want_…` gives None where it had to report one."""

    problems: list[Problem] = field(default_factory=list)

    # -- reporting
    def report(self, node: Node, what: str, mend: str, mended: str | None = None, warning: bool = False) -> None:
        self.problems.append(Problem(node.source.name, node.line, what, mend, mended, warning))

    def say(self, name: str, line: int, what: str, mend: str, mended: str | None = None) -> None:
        self.problems.append(Problem(name, line, what, mend, mended))

    def raise_if_any(self) -> None:
        if errors := [p for p in self.problems if not p.warning]:
            raise ProblemsFound([*errors, *(p for p in self.problems if p.warning)])

    # -- files
    def open(self, path: Path, name: str) -> Node | None:
        """A YAML file → its node; None, with a problem told, where it cannot be read."""
        source = self._text(path, name)
        if source is None:
            return None
        try:
            events = list(yaml.parse("\n".join(source.lines) + "\n", Loader=_Loader))
        except yaml.MarkedYAMLError as error:
            self._syntax(source, error)
            return None
        except yaml.YAMLError as error:
            line = _bad_character_line(source)
            clean = re.sub(r"[^\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\U0010ffff]", "", source.line(line))
            self.say(name, line, f"a character that YAML cannot hold ({error.__class__.__name__})", "take it out:", clean)
            return None
        return self._build(source, events)

    def _text(self, path: Path, name: str) -> Source | None:
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            self.say(name, 0, "the file is missing", "make it, or copy the one of the blank case (`obrok new NAME`).")
            return None
        odd = {stat.S_ISDIR: "a folder", stat.S_ISLNK: "a link", stat.S_ISFIFO: "a pipe"}
        if not stat.S_ISREG(mode):
            what = next((word for test, word in odd.items() if test(mode)), "not an ordinary file")
            self.say(name, 0, f"this is {what}, not a file", "put the file itself in its place: nothing else is opened.")
            return None
        if os.path.getsize(path) > MAX_BYTES:
            self.say(name, 0, f"the file is larger than {MAX_BYTES:,} bytes", "split the case, or take out what is not its own.")
            return None
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n")
            mended = data.split(b"\n")[line].decode("cp1252", "replace").rstrip("\r")
            self.say(name, line + 1, "the text is not UTF-8", "save the file as UTF-8; this line was perhaps meant so:", mended)
            return None
        source = Source(name, path, tuple(text.replace("\r\n", "\n").split("\n")))
        if not text.strip():
            self.say(name, 1, "the file is empty", "begin with the line below, or copy the file of the blank case (`obrok new NAME`).", "format: 1")
            return None
        return source

    def _syntax(self, source: Source, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        number = min((mark.line if mark else 0) + 1, len(source.lines))
        line = source.line(number)
        for n in (number, number - 1):  # the parser often notices one line late
            if "\t" in re.match(r"\s*", source.line(n)).group():  # type: ignore[union-attr]
                mended = source.line(n).replace("\t", "  ")
                self.say(source.name, n, "a tab at the head of the line", "YAML is indented with spaces:", mended)
                return
        problem = error.problem or "syntax error"
        if "mapping values" in problem and (parts := _BEFORE_COLON.match(line)):
            mended = parts[1] + quoted(parts[2])
            self.say(source.name, number, "a colon inside a text without quotes", "put the text in quotes:", mended)
            return
        opened = error.context_mark.line + 1 if error.context_mark else number
        for n in dict.fromkeys((opened, number)):
            line = source.line(n)
            for left, right in ("[]", "{}", '""', "''"):
                odd = line.count(left) % 2 if left == right else line.count(left) > line.count(right)
                if odd:
                    self.say(source.name, n, f"{left} is opened and not closed", "close it:", line.rstrip() + right)
                    return
        for n in (number, number - 1):
            if parts := re.fullmatch(r"(\s*(?:- )?[\w-]+) (\S.*)", source.line(n)):
                if ":" not in parts[0]:
                    self.say(source.name, n, "a colon is missing after the key", "write it:", f"{parts[1]}: {parts[2]}")
                    return
        self.say(source.name, number, f"not YAML: {problem}", "look at this line and the one above: indentation, quotes, brackets.")

    def _build(self, source: Source, events: list) -> Node | None:
        """Events → nodes. Aliases, anchors, tags and keys given twice are refused; `no`, dates and octal stay text."""
        stack: list[tuple[str, object, object]] = []  # (kind, start event, children)
        keys: list[Node | None] = []
        root: Node | None = None
        refused = False

        def refuse(event: object, what: str, mend: str, pattern: str, by: str = "") -> None:
            nonlocal refused
            line = event.start_mark.line + 1  # type: ignore[attr-defined]
            if not refused:
                self.say(source.name, line, what, mend, re.sub(pattern, by, source.line(line), count=1))
            refused = True

        anchors: dict[str, str] = {}
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                refuse(event, "a second document begins here (---)", "a file holds one; take the line out:", r"^.*$")
            anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
            if isinstance(event, yaml.AliasEvent):
                by = anchors.get(event.anchor, "")
                refuse(event, f"an alias (*{event.anchor})", "write the value out:", rf"\*{re.escape(event.anchor)}", by)
            elif anchor:
                if isinstance(event, yaml.ScalarEvent):
                    anchors[anchor] = event.value
                what = f"an anchor (&{anchor}): aliases are not used here"
                refuse(event, what, "take it out:", rf"&{re.escape(anchor)}\s*")
            if tag and not anchor:
                refuse(event, f"a tag ({tag})", "take it out:", r"!\S*\s*")
            if refused:
                return None
            node: Node | None = None
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                if len(stack) >= MAX_DEPTH:
                    self.say(source.name, event.start_mark.line + 1, f"nested deeper than {MAX_DEPTH} levels", "a case needs four or five.")
                    return None
                stack.append(("map" if isinstance(event, yaml.MappingStartEvent) else "list", event, {} if isinstance(event, yaml.MappingStartEvent) else []))
                keys.append(None)
                continue
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                _, start, children = stack.pop()
                keys.pop()
                flow = start.flow_style  # type: ignore[attr-defined]
                end = event.end_mark if flow else start.start_mark  # type: ignore[attr-defined]
                node = _node(children, source, start.start_mark, end)  # type: ignore[attr-defined]
            elif isinstance(event, yaml.ScalarEvent):
                node = _node(_scalar(event), source, event.start_mark, event.end_mark)
            if node is None:
                continue
            if not stack:
                root = node
                continue
            kind, _, children = stack[-1]
            if kind == "list":
                children.append(node)  # type: ignore[attr-defined]
            elif keys[-1] is None:
                keys[-1] = node
            else:
                key, keys[-1] = keys[-1], None
                name = str(key.value)
                if name in children:  # type: ignore[operator]
                    first = children[name].line  # type: ignore[index]
                    self.report(key, f"the key `{name}` is given twice (first on line {first})", "keep one; take this line out.", "")
                else:
                    children[name] = Node(node.value, source, node.line, node.start, node.end_line, node.end, (key.line, key.start))  # type: ignore[index]
        if root is None or root.value is None:
            self.say(source.name, 1, "the file is empty", "begin with the line below, or copy the file of the blank case (`obrok new NAME`).", "format: 1")
            return None
        return root

    # -- values
    def fields(self, node: Node, required: Mapping[str, str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """The keys of a group. `required` gives, for each key that must be there, what to write."""
        if not isinstance(node.value, dict):
            example = "{" + ", ".join(f"{k}: {v}" for k, v in required.items()) + "}"
            self.report(node, f"a group of keys is needed here, not {kind_of(node.value)}", "write, for example:", node.replaced(example))
            return {}
        known = [*required, *optional]
        missing = [name for name in required if name not in node.value]
        for name, child in node.value.items():
            if name not in known:
                line, column = child.key or (child.line, child.start)
                text = node.source.line(line)
                near = closest(name, missing or known)
                if near and near not in node.value:
                    missing = [m for m in missing if m != near]
                    mended = text[:column] + near + text[column + len(name) :]
                    self.say(node.source.name, line, f"unknown key `{name}`", f"did you mean `{near}`?", mended)
                else:
                    mended = _without(node, name)
                    self.say(node.source.name, line, f"unknown key `{name}`", f"known here: {', '.join(known)}. Take it out:", mended)
        for name in missing:
            text = f"{name}: {required[name]}"
            self.report(node, f"`{name}` is missing", "add it:", _with(node, text))
        return {name: child for name, child in node.value.items() if name in known}

    def items(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node.value, list):
            self.report(node, f"a list is needed here, not {kind_of(node.value)}", "put it in brackets:", node.replaced(f"[{_plain(node)}]"))
            return []
        return node.value

    def want_text(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if isinstance(node.value, (dict, list)) or node.value is None or node.value == "":
            self.report(node, f"a text is needed here, not {kind_of(node.value)}", "write it in words:", node.replaced('"in words"') if not isinstance(node.value, (dict, list)) else None)
            return None
        return str(node.value) if not isinstance(node.value, bool) else str(node.value).lower()

    def want_number(self, node: Node | None, low: float = -1e300, high: float = 1e300, name: str = "") -> float | None:
        if node is None:
            return None
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            found = re.search(_NUMBER, str(value).replace(",", "")) if isinstance(value, str) else None
            self.report(node, f"a number is needed here, not {kind_of(value)}", "write the figure alone:", node.replaced(found[0] if found else f"{max(low, min(high, 1)):g}"))
            return None
        if not low <= value <= high:
            near = low if value < low else high
            what = f"{name + ' ' if name else ''}{value:g} is outside its limits, {low:g} to {high:g}"
            self.report(node, what, "write a number inside them:", node.replaced(f"{near:g}"))
            return None
        return float(value)

    def want_choice(self, node: Node | None, choices: Iterable[str], what: str) -> str | None:
        if node is None:
            return None
        choices = list(choices)
        if isinstance(node.value, str) and node.value in choices:
            return node.value
        near = closest(str(node.value), choices) or choices[0]
        self.report(node, f"unknown {what} {_shown(node)}", f"known: {', '.join(choices)}. Perhaps:", node.replaced(near))
        return None

    def want_date(self, node: Node | None) -> date | None:
        if node is None:
            return None
        text = str(node.value)
        match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
        try:
            if match and len(text) == 10:
                return date.fromisoformat(text)
            raise ValueError
        except ValueError:
            mended = "2015-05-09"
            if match:
                year, month, day = int(match[1]), min(max(int(match[2]), 1), 12), max(int(match[3]), 1)
                while True:
                    try:
                        mended = date(max(year, 1), month, day).isoformat()
                        break
                    except ValueError:
                        day = min(day, 31) - 1
            what = f"{text} is not a date" + (" of the calendar" if match else "")
            self.report(node, what, "dates are written year-month-day:", node.replaced(mended))
            return None

    def no_private_person(self, node: Node) -> None:
        """Refuses e-mail addresses, phone numbers and a spot on the ground in the free texts below a node."""
        for child in node:
            self.no_private_person(child)
        if not isinstance(node.value, dict):
            return
        for name, child in node.value.items():
            if name in FREE_TEXT and isinstance(child.value, str):
                self._private(child)
            else:
                self.no_private_person(child)

    def _private(self, node: Node) -> None:
        for pattern, what in ((_EMAIL, "an e-mail address"), (_PHONE, "a phone number"), (_SPOT, "coordinates")):
            for found in pattern.finditer(str(node.value)):
                if what == "a phone number" and sum(c.isdigit() for c in found[0]) < 9:
                    continue
                lines = range(node.line, node.end_line + 1)
                line = next((n for n in lines if found[0] in node.source.line(n)), node.line)
                mended = node.source.line(line).replace(found[0], "[removed]")
                self.say(node.source.name, line, f"{what} in a text", "it could lead to a person. Take it out:", mended)
                break


class _Loader(getattr(yaml, "CLoader", yaml.Loader)):  # type: ignore[misc]
    pass


def _scalar(event: yaml.ScalarEvent) -> object:
    text = event.value
    if not event.implicit[0]:
        return text
    if text in ("", "null", "~"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return int(text) if re.fullmatch(r"[-+]?(0|[1-9]\d{0,17})", text) else float(text) if not re.fullmatch(r"0\d+", text) else text
    return text


def _node(value: object, source: Source, start: yaml.Mark, end: yaml.Mark) -> Node:
    return Node(value, source, start.line + 1, start.column, end.line + 1, end.column)


def _shown(node: Node) -> str:
    return kind_of(node.value) if isinstance(node.value, (dict, list)) else f"`{node.value}`"


def _plain(node: Node) -> str:
    return "" if node.value is None or isinstance(node.value, (dict, list)) else str(node.value)


def _bad_character_line(source: Source) -> int:
    for n, line in enumerate(source.lines, 1):
        if re.search(r"[^\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\U0010ffff]", line):
            return n
    return 1


def _with(node: Node, text: str) -> str | None:
    """The group's first line with one more `key: value` in it."""
    line = node.source.line(node.line)
    if line[node.start : node.start + 1] == "{":
        inner = line[node.start + 1 :]
        return line[: node.start + 1] + text + ("" if inner.lstrip().startswith("}") else ", ") + inner
    return line[: node.start] + text + "\n" + " " * node.start + line[node.start :]


def _without(node: Node, name: str) -> str | None:
    """The line of a key with the key and its value taken out ('' where that leaves nothing); None over several lines."""
    child = node[name]
    line, column = child.key or (child.line, child.start)
    text = node.source.line(line)
    if text[:column].strip() in ("", "-") and text[node.start : node.start + 1] != "{":
        if line != child.end_line or isinstance(child.value, (dict, list)):
            return None if child.line != line or child.line != child.end_line else _drop_line(text, column)
        return _drop_line(text, column)
    if child.end_line != line:
        return None
    head, tail = text[:column], text[child.end :]
    if tail.lstrip().startswith(","):
        return head + tail.lstrip()[1:].lstrip()
    return head.rstrip().removesuffix(",") + tail


def _drop_line(text: str, column: int) -> str | None:
    return None if text[:column].strip() == "-" else ""
