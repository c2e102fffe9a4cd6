"""A YAML file → nodes that know their lines; what stands in the way, each with its line and the line that mends it.

Nothing but ordinary files of ordinary size is opened. Aliases, anchors, tags and keys given twice are refused; `no`,
dates and numbers with leading zeros stay text.
"""

from __future__ import annotations

import os
import re
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path

import yaml

from obrok.nodes import LONGEST_LINE, Node, Source, cut, quoted
from obrok.yaml_mistakes import guess

MAX_BYTES, MAX_DEPTH, MAX_VALUES = 8_000_000, 40, 400_000
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
BLANK = "copy the one of the blank case (`obrok new NAME`)."

#: lines of a file that is large; how many of those are kept
LARGE, MOST_KEPT = 5_000, 3

_LOADER = getattr(yaml, "CLoader", yaml.Loader)
_ODD_FILE = {stat.S_ISDIR: "a folder", stat.S_ISLNK: "a link", stat.S_ISFIFO: "a pipe"}
#: what turns the direction of the writing, so that what is shown is not what is read
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: these, what YAML cannot hold, and line breaks that editors do not count
_ODD_CHARACTER = re.compile(
    "[^\t\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
#: a character written as an escape in double quotes; a backslash that is meant is one too
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0abvfreNLP\\])")
_TURNING = "a character that turns the direction of the writing: what is shown would not be what is read"

#: (line, what, mend, mended)
Say = Callable[..., None]


def open_yaml(path: Path, name: str, say: Say) -> Node | None:
    """A YAML file → its node; None, with every reason told, where it cannot be read. The same large file is not taken apart
    again while it is still at hand."""
    source = _read(path, name, say)
    if source is None:
        return None
    if (kept := _kept.get(source)) is not None:
        return kept
    told: list[tuple] = []
    root = _parsed(source, lambda *problem: told.append(problem))
    for problem in told:
        say(*problem)
    if root is not None and not told and len(source.lines) >= LARGE:
        _kept.put(source, root)
    return root


def _parsed(source: Source, say: Say) -> Node | None:
    try:
        events = _events(source, say)
    except yaml.MarkedYAMLError as error:
        say(*guess(source.lines, error, first_error))
        return None
    if events is None or _refused(source, events, say):
        return None
    root = _build(source, events, say)
    if root is None or root.value is None:
        say(1, "the file is empty", f"begin with the line below, or {BLANK}", "format: 1")
        return None
    return root


class _Kept:
    """The last few large files that read well, by name and content: an edit reads one and the same several times."""

    def __init__(self) -> None:
        self._lock, self._roots = threading.Lock(), OrderedDict[tuple[str, tuple[str, ...]], Node]()

    def get(self, source: Source) -> Node | None:
        if len(source.lines) < LARGE:
            return None
        with self._lock:
            return self._roots.get((source.name, source.lines))

    def put(self, source: Source, root: Node) -> None:
        with self._lock:
            self._roots[source.name, source.lines] = root
            while len(self._roots) > MOST_KEPT:
                self._roots.popitem(last=False)


_kept = _Kept()


# -- bytes → lines
def refused(path: Path) -> tuple[str, str] | None:
    """What a path is that is not opened, and how to mend it; None of an ordinary file of ordinary size. Raises OSError."""
    if not (what := ordinary(path, MAX_BYTES)):
        return None
    larger = what.startswith("the file is larger")
    mend = (
        "split the case, or take out what is not its own."
        if larger
        else "put the file itself in its place: nothing else is opened."
    )
    return what, mend


def ordinary(path: Path, largest: int) -> str | None:
    """What a path is, if it is no ordinary file or one of more bytes than this; None where it is one. Raises OSError."""
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        what = next((word for test, word in _ODD_FILE.items() if test(status.st_mode)), "no ordinary file")
        return f"this is {what}, not a file"
    return f"the file is larger than {largest:,} bytes" if status.st_size > largest else None


def _read(path: Path, name: str, say: Say) -> Source | None:
    try:
        if wrong := refused(path):
            say(0, *wrong)
            return None
        data = path.read_bytes()
    except FileNotFoundError:
        say(0, "the file is missing", f"make it, or {BLANK}")
        return None
    except OSError as error:
        say(0, f"the file cannot be read ({error.strerror})", "look at its permissions.")
        return None
    lines = _decoded(data, say)
    if lines is None:
        return None
    bad = [(n, line) for n, line in enumerate(lines, 1) if _ODD_CHARACTER.search(line)]
    for n, line in bad:
        clean = _ODD_CHARACTER.sub(lambda m: " " if m[0].isspace() else "", line)
        odd = _ODD_CHARACTER.search(line)
        what = _TURNING if odd and _TURNS.match(odd[0]) else "a character that YAML cannot hold"
        say(n, what, "take it out:", clean if len(line) <= LONGEST_LINE else None)
    return None if bad else Source(name, path, lines)


def _decoded(data: bytes, say: Say) -> tuple[str, ...] | None:
    try:
        return tuple(data.decode("utf-8-sig").replace("\r\n", "\n").split("\n"))
    except UnicodeDecodeError:
        pass
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        say(1, "the text is UTF-16", "save the file as UTF-8.")
        return None
    for n, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            guess = line.decode("cp1252", "replace").rstrip("\r") if len(line) <= LONGEST_LINE else None
            say(n, "the text is not UTF-8", "save the file as UTF-8; this line was perhaps meant so:", guess)
    return None


# -- lines → events
def _events(source: Source, say: Say) -> list | None:
    """What the parser sees, in order; None where that is too deep or too much."""
    events: list = []
    depth = 0
    for event in yaml.parse("\n".join(source.lines) + "\n", Loader=_LOADER):
        events.append(event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            say(_line(event), f"nested deeper than {MAX_DEPTH} levels", "a case needs four or five.")
            return None
        if len(events) > MAX_VALUES:
            say(_line(event), f"more than {MAX_VALUES:,} values in one file", "split the case.")
            return None
    return events


def first_error(lines: Sequence[str]) -> float:
    """The line (from 1) on which these lines stop being YAML; infinite where they are."""
    try:
        for _ in yaml.parse("\n".join(lines) + "\n", Loader=_LOADER):
            pass
    except yaml.MarkedYAMLError as error:
        return error.problem_mark.line + 1 if error.problem_mark else 0
    except yaml.YAMLError:
        return 0
    return inf


def _line(event) -> int:
    return event.start_mark.line + 1


def _refused(source: Source, events: list, say: Say) -> bool:
    """Tells of second documents, aliases, anchors and tags."""
    refused = False
    values: dict[str, str] = {}

    def refuse(event, what: str, mend: str, pattern: str, by: str = "") -> None:
        nonlocal refused
        refused = True
        line, column = source.line(_line(event)), event.start_mark.column
        mended = line[:column] + re.sub(pattern, lambda _: by, line[column:], count=1)
        say(_line(event), what, mend, mended if len(line) <= LONGEST_LINE else None)

    documents = 0
    for event in events:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                refuse(event, "a second document begins here (---)", "a file holds one; take the line out:", r"^.*$")
        elif isinstance(event, yaml.AliasEvent):
            by = values.get(anchor, "null")
            refuse(event, f"an alias (*{anchor})", "write the value out:", rf"\*{re.escape(anchor)}", by)
        elif anchor:
            if isinstance(event, yaml.ScalarEvent):
                values[anchor] = event.value if event.implicit[0] else quoted(event.value)
            refuse(event, f"an anchor (&{anchor}): aliases are not used here", "take it out:", r"&\S*\s*")
        elif tag:
            refuse(event, f"a tag ({tag})", "take it out:", r"!\S*\s*")
        elif isinstance(event, yaml.ScalarEvent) and (odd := _ODD_CHARACTER.search(event.value.replace("\n", ""))):
            refused = True
            what = _TURNING if _TURNS.match(odd[0]) else "a control character, written as an escape"
            say(_line(event), what, "take it out:", _without_escapes(source.line(_line(event))))
    return refused


def _without_escapes(line: str) -> str | None:
    """The line without escapes that stand for odd characters; None where that changes nothing."""

    def kept(escape: re.Match) -> str:
        code = escape[1]
        odd = code in "0abvfreNLP" or (code[0] in "xuU" and _ODD_CHARACTER.match(chr(min(int(code[1:], 16), 0x10FFFF))))
        return "" if odd else escape[0]

    clean = _ESCAPE.sub(kept, line)
    return clean if clean != line and len(line) <= LONGEST_LINE else None


# -- events → nodes
def _build(source: Source, events: list, say: Say) -> Node | None:
    open_groups: list[tuple] = []  # (start event, children, keys waiting for their value)
    root = None
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            open_groups.append((event, {} if isinstance(event, yaml.MappingStartEvent) else [], []))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            start, children, _ = open_groups.pop()
            end = event.end_mark if start.flow_style else start.start_mark
            node = _node(children, source, start.start_mark, end)
        elif isinstance(event, yaml.ScalarEvent):
            value = plain_value(event.value) if event.implicit[0] else event.value
            node = _node(value, source, event.start_mark, event.end_mark, event.value)
        else:
            continue
        if open_groups:
            _add(open_groups[-1], node, say)
        else:
            root = node
    return root


def _add(group: tuple, node: Node, say: Say) -> None:
    """Puts a node in the group that is open: as an item, as a key, or as the value of the key before it."""
    start, children, waiting = group
    if isinstance(children, list):
        children.append(node)
    elif not waiting:
        waiting.append(node)
    else:
        key = waiting.pop()
        name = key.text if not isinstance(key.value, (dict, list)) else "a group"
        end = key.end if key.end_line == key.line else len(node.source.line(key.line))
        child = Node(*_place(node), (key.line, key.start, end), node.text)
        if name in children:
            what = f"the key `{name}` is given twice (first on line {children[name].line})"
            say(key.line, what, "keep one; take this one out.", cut(child, bool(start.flow_style)))
        else:
            children[name] = child


def _place(node: Node) -> tuple:
    return node.value, node.source, node.line, node.start, node.end_line, node.end


def _node(value: object, source: Source, start: yaml.Mark, end: yaml.Mark, text: str = "") -> Node:
    return Node(value, source, start.line + 1, start.column, end.line + 1, end.column, None, text)


def plain_value(text: str) -> object:
    """The value of a text without quotes."""
    if text in ("", "null", "~"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if not NUMBER.fullmatch(text) or re.fullmatch(r"[-+]?0\d+", text):
        return text
    return int(text) if re.fullmatch(r"[-+]?\d{1,18}", text) else float(text)
