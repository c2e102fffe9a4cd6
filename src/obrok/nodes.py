"""Values of a YAML file that know where they stand, and the edits that mend their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

#: a line longer than this is not written out again in a message
LONGEST_LINE = 2_000


@dataclass(frozen=True)
class Source:
    """A file as read: its name as shown, its path, its lines."""

    name: str
    path: Path
    lines: tuple[str, ...]

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def edited(self, number: int, start: int, end: int, text: str) -> str | None:
        """The line with `text` in place of its columns `start` … `end`."""
        line = self.line(number)
        return line[:start] + text + line[end:] if len(line) <= LONGEST_LINE else None


@dataclass(frozen=True)
class Node:
    """A value with its place. `value`: text, number, bool, None, list of Node, or dict of name → Node.

    Lines count from 1, columns from 0, ends are exclusive. `text` is a single value as written; `key` is the place
    (line, start, end) of the name before it, if it has one. The edits give the mended line, or None where one line
    cannot do it.
    """

    value: object
    source: Source
    line: int
    start: int
    end_line: int
    end: int
    key: tuple[int, int, int] | None = None
    text: str = ""

    def __getitem__(self, name: str | int) -> Node:
        return self.value[name]  # type: ignore[index]

    def get(self, name: str) -> Node | None:
        return self.value.get(name) if isinstance(self.value, dict) else None

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def __iter__(self) -> Iterator[Node]:
        return iter(self.value if isinstance(self.value, list) else ())

    @property
    def is_flow(self) -> bool:
        """Written in brackets."""
        return self.source.line(self.line)[self.start : self.start + 1] in ("{", "[")

    def texts(self) -> Iterator[Node]:
        """Every single value at or below this node."""
        if isinstance(self.value, (dict, list)):
            for child in self.value.values() if isinstance(self.value, dict) else self.value:
                yield from child.texts()
        else:
            yield self

    # -- edits
    def written(self) -> str | None:
        """The node as it stands in its line."""
        if self.line != self.end_line or (isinstance(self.value, (dict, list)) and not self.is_flow):
            return None
        return self.source.line(self.line)[self.start : self.end]

    def replaced(self, text: str) -> str | None:
        """The line with this text in the node's place."""
        if self.written() is None:
            return None
        before = self.source.line(self.line)[: self.start]
        gap = " " if self.start == self.end and before.endswith((":", "-")) else ""
        return self.source.edited(self.line, self.start, self.end, gap + text)

    def renamed(self, name: str) -> str | None:
        """The line of the node's key with another name."""
        return self.source.edited(*self.key, name) if self.key else None

    def with_key(self, text: str) -> str | None:
        """The group's first line with `key: value` before its first key."""
        if not isinstance(self.value, dict):
            return None
        if self.is_flow:
            return self.source.edited(self.line, self.start + 1, self.start + 1, text + (", " if self.value else ""))
        return self.source.edited(self.line, self.start, self.start, text + "\n" + " " * self.start)

    def without(self, name: str) -> str | None:
        """The line of a key with the key and its value taken out ('' where nothing is left of the line)."""
        child = self[name]
        return cut(child, self.is_flow, len(self.value) > 1)  # type: ignore[arg-type]

    def without_item(self, item: Node) -> str | None:
        """The line of an item of this list with the item taken out."""
        if not self.is_flow:
            return "" if item.line == item.end_line else None
        rest = [n.written() for n in self if n is not item]
        return None if None in rest else self.replaced(f"[{', '.join(rest)}]")  # type: ignore[arg-type]


def cut(child: Node, in_brackets: bool, has_others: bool = True) -> str | None:
    """The line of a value with key and value taken out."""
    if child.key is None or not child.key[0] == child.line == child.end_line:
        return None
    line, column, _ = child.key
    text = child.source.line(line)
    if in_brackets:
        head, tail = text[:column], text[child.end :].lstrip()
        if tail.startswith(","):
            return child.source.edited(line, column, len(text), tail[1:].lstrip())
        return child.source.edited(line, len(head.rstrip().removesuffix(",")), child.end, "")
    if isinstance(child.value, (dict, list)) and not child.is_flow:
        return None
    dash = text[:column].rstrip()  # of `- key: value`, where others follow, the dash stays
    return (dash if has_others else None) if dash else ""


def node_of(value: object, source: Source, deep: int = 4) -> Node:
    """A plain value that stands in no file, as a node without a place; what lies deeper than so many levels is nothing."""
    text = ""
    if isinstance(value, dict):
        value = {str(k): node_of(v, source, deep - 1) for k, v in value.items()} if deep else None
    elif isinstance(value, (list, tuple)):
        value = [node_of(v, source, deep - 1) for v in value] if deep else None
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(value, int) and abs(value) > 1 << 1000:
            value = inf if value > 0 else -inf
    return Node(value, source, 0, 0, 0, 0, None, text)


def quoted(text: str) -> str:
    """A text as YAML in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
