"""Entries put into a case's YAML files, and values changed in place: comments and order kept, sound or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from obrok.nodes import Node
from obrok.problems import ProblemsFound, Reader

#: whether a file's new content reads well
Sound = Callable[[Reader, Node], bool]


def items(folder: Path, file: str, key: str) -> list[Node]:
    """The groups in a list of a case's file; none where the file is absent. Raises ProblemsFound."""
    path = folder / file
    if not path.exists():
        return []
    reader = Reader()
    root = reader.open(path, f"{folder.name}/{file}")
    reader.raise_if_any()
    return [n for n in reader.items(root.get(key) if root else None) if isinstance(n.value, dict)]


def item(folder: Path, file: str, key: str, id: str) -> Node:
    """The entry of that id. Raises ProblemsFound."""
    found = next((n for n in items(folder, file, key) if "id" in n and n["id"].text == id), None)
    if found is None:
        reader = Reader()
        reader.say(f"{folder.name}/{file}", 0, f"there is no `{id[:60]}` among the {key}", "load the page anew.")
        raise ProblemsFound(reader.problems)
    return found


def add(path: Path, key: str, texts: Sequence[str]) -> None:
    """Adds items to the list under `key`, in brackets or not; each is one line. Raises ProblemsFound where the file reads
    badly; whether what comes out is sound is for the caller to see."""
    reader = Reader()
    root = reader.open(path, path.name.removesuffix(".trial"))
    reader.raise_if_any()
    node = root.get(key) if root else None
    if node is None or not node.is_flow:
        append(path, key, [[text] for text in texts], lambda r, n: key in n)
        return
    if node.value:
        last = list(node)[-1]  # a comma may stand after it
        spot, text = replace(last, line=last.end_line, start=last.end), "".join(f", {t}" for t in texts)
    else:
        spot, text = replace(node, start=node.start + 1, end_line=node.line, end=node.start + 1), ", ".join(texts)
    change(path, [(spot, text)], lambda r, n: key in n)


def append(path: Path, key: str, entries: Iterable[Sequence[str]], sound: Sound) -> None:
    """Appends entries to the list under `key`, which is the last of its file or not. An entry: its lines, without the
    dash. The file is replaced only by one that reads well; else ProblemsFound carries what to add by hand."""
    lines = _lines(path)
    at = next((i for i, line in enumerate(lines) if re.match(rf"([\"']?){re.escape(key)}\1\s*:", line)), None)
    end, dash, new = len(lines), "  ", [f"{key}:"]
    if at is not None:
        lines[at] = re.sub(r":\s*\[\s*\](?=\s*(#|$))", ":", lines[at], count=1)
        end = next((i for i in range(at + 1, len(lines)) if lines[i][:1].strip(" -#")), len(lines))
        there = (x for x in lines[at + 1 : end] if re.match(r"\s*-(\s|$)", x))
        dash, new = next((x[: len(x) - len(x.lstrip())] for x in there), dash), []
    while end > (at or 0) + 1 and (not lines[end - 1].strip() or (at is not None and lines[end - 1].startswith("#"))):
        end -= 1  # blank lines and notes before the next key stay before it
    block = [line for e in entries for line in (f"{dash}- {e[0]}", *(f"{dash}  {x}" for x in e[1:]))]
    _replace(path, _inserted(lines, end, new + block), sound, block)


def _inserted(lines: list[str], at: int, new: list[str]) -> str:
    """The text with new lines in it, which end as the first line ends; where the last line has no end, it has none still."""
    ending = "\r" if lines[0].endswith("\r") else ""
    new = [line + ending for line in new]
    if at == len(lines):
        lines[-1] += ending
        new[-1] = new[-1].removesuffix("\r")
    return "\n".join([*lines[:at], *new, *lines[at:]])


def _lines(path: Path) -> list[str]:
    """The lines of a file as they are; a carriage return at the end of a line stays there."""
    return path.read_bytes().decode("utf-8-sig").split("\n")


def change(path: Path, edits: Iterable[tuple[Node, str]], sound: Sound) -> None:
    """Writes a text in the place of each value. The file is replaced only by one that reads well."""
    lines = _lines(path)
    for node, text in sorted(edits, key=lambda e: (e[0].line, e[0].start), reverse=True):
        first, last = lines[node.line - 1], lines[node.end_line - 1]
        lines[node.line - 1 : node.end_line] = [first[: node.start] + text + last[node.end :]]
    _replace(path, "\n".join(lines), sound, [])


def remove(path: Path, key: str, items: Iterable[Node]) -> None:
    """Takes items of the list in block style under `key` out; of an empty list `[]` is left."""
    lines, gone = _lines(path), list(items)
    for node in sorted(gone, key=lambda n: n.line, reverse=True):
        del lines[node.line - 1 : last_line(lines, node)]
    root = Reader().open(path, path.name)
    if root is not None and len(list(root[key])) == len(gone):
        at = next(i for i, line in enumerate(lines) if re.match(rf"([\"']?){re.escape(key)}\1\s*:", line))
        lines[at] = re.sub(r":(?=\s*(#|$))", ": []", lines[at], count=1)
    _replace(path, "\n".join(lines), lambda r, n: key in n, [])


# --- the keys of one entry --------------------------------------------------------------------------------------------
def set_keys(
    path: Path,
    node: Node,
    given: Mapping[str, str | None],
    order: Sequence[str],
    renamed: Mapping[str, str] | None = None,
) -> None:
    """Gives keys of a group (a node of this file) new values: a text of YAML in one line each; None takes the key out. A new
    key stands behind those that `order` has before it. `renamed`: keys that keep their value under another name. All else
    stays as it is, comments too. Raises ProblemsFound where that cannot be done, with what to write by hand.
    """
    if any("\n" in v for v in given.values() if v):
        raise ValueError("a value is one line of YAML")
    old: dict[str, Node] = dict(node.value)  # type: ignore[call-overload]
    renamed = renamed or {}
    given = {k: v for k, v in given.items() if v is not None or k in old}
    names = [renamed.get(k, k) for k in old if given.get(k, "") is not None]
    for name in sorted((k for k in given if k not in old), key=_place(order)):
        before = [i for i, k in enumerate(names) if _place(order)(k) < _place(order)(name)]
        names.insert(before[-1] + 1 if before else 0, name)
    lines = _lines(path)
    write = _in_brackets if node.is_flow else _in_lines
    write(lines, node, given, names, renamed)
    spot = node.line, node.start

    def sound(reader: Reader, root: Node) -> bool:
        found = next((n for n in _groups(root) if (n.line, n.start) == spot), None)
        if found is None or list(found.value) != names:  # type: ignore[call-overload]
            return False
        return all(plain(found[renamed.get(k, k)]) == plain(v) for k, v in old.items() if k not in given)

    by_hand = [f"{k}: {v}" for k, v in given.items() if v is not None]
    _replace(
        path, "\n".join(lines), sound, by_hand or [f"without {', '.join(given)}"], f"edit line {node.line} yourself:"
    )


def _place(order: Sequence[str]) -> Callable[[str], int]:
    return lambda key: order.index(key) if key in order else len(order)


def _groups(node: Node) -> Iterator[Node]:
    """A node's groups of keys, itself first."""
    if isinstance(node.value, dict):
        yield node
    if isinstance(node.value, (dict, list)):
        for child in node.value.values() if isinstance(node.value, dict) else node.value:
            yield from _groups(child)


def plain(node: Node) -> object:
    """What a node says, without where it stands."""
    if isinstance(node.value, dict):
        return {k: plain(v) for k, v in node.value.items()}
    return [plain(n) for n in node.value] if isinstance(node.value, list) else node.value


def _in_brackets(
    lines: list[str], node: Node, given: Mapping[str, str | None], names: Sequence[str], renamed: Mapping[str, str]
) -> None:
    """Writes a group in brackets anew; its values as they were written."""
    was = {renamed.get(k, k): v for k, v in dict(node.value).items()}  # type: ignore[call-overload]

    def text(name: str) -> str:
        new = given.get(name)
        if new is not None:
            return new
        v = was[name]
        rows = lines[v.line - 1 : v.end_line]
        rows[-1] = rows[-1][: v.end]
        rows[0] = rows[0][v.start :]
        return "\n".join(rows)

    inside = ", ".join(f"{name}: {text(name)}" for name in names)
    first, last = lines[node.line - 1], lines[node.end_line - 1]
    lines[node.line - 1 : node.end_line] = [first[: node.start] + "{" + inside + "}" + last[node.end :]]


def _in_lines(
    lines: list[str], node: Node, given: Mapping[str, str | None], names: Sequence[str], renamed: Mapping[str, str]
) -> None:
    """Changes a group in block style, a key a line or more."""
    old: dict[str, Node] = dict(node.value)  # type: ignore[call-overload]
    ending = "\r" if lines[0].endswith("\r") else ""
    # key → its lines, and what stands there afterwards
    blocks: dict[str, list[str]] = {}
    first, after = {}, {}
    for name, child in old.items():
        at = child.key[0] if child.key else child.line
        first[name], after[name] = at - 1, _last_of(lines, at, node.start)
    dash = lines[node.line - 1][: node.start]
    indent = " " * node.start
    for name, child in old.items():
        block = [lines[first[name]][node.start :], *lines[first[name] + 1 : after[name]]]
        new = given.get(name)
        if new is not None:
            one_line = child.line == child.end_line == first[name] + 1 and (
                child.is_flow or not isinstance(child.value, (dict, list))
            )
            tail = lines[first[name]][child.end :].rstrip("\r") if one_line and child.end > child.start else ""
            block = [f"{name}: {new}{tail if tail.strip().startswith('#') else ''}{ending}"]
        elif name in renamed:
            block[0] = renamed[name] + block[0][len(name) :]
        blocks[renamed.get(name, name)] = block
    blocks |= {name: [f"{name}: {given[name]}{ending}"] for name in names if name not in blocks}
    # what stands between two keys (comments, blank lines) goes with the key before it
    spans = list(old)
    between = {renamed.get(a, a): lines[after[a] : first[b]] for a, b in pairwise(spans)}
    out: list[str] = []
    for name in names:
        block = blocks[name]
        out += [indent + block[0], *block[1:], *between.get(name, [])]
    lost = [
        line
        for name in spans
        if renamed.get(name, name) not in names
        for line in between.get(renamed.get(name, name), [])
    ]
    out += [line for line in lost if line.strip()]
    out[0] = dash + out[0][node.start :]
    begin, end = first[spans[0]], after[spans[-1]]
    if end == len(lines) and ending:
        out[-1] = out[-1].removesuffix("\r")
    lines[begin:end] = out


def _last_of(lines: Sequence[str], at: int, column: int) -> int:
    """The number of lines up to the last one of a value whose key stands at this column of line `at` (from 1)."""
    last = at
    for number in range(at + 1, len(lines) + 1):
        line = lines[number - 1]
        indent = len(line) - len(line.lstrip())
        in_list = line.lstrip().startswith("- ") and indent == column
        if line.strip() and indent <= column and not in_list:
            break
        last = number if line.strip() else last
    return last


def last_line(lines: Sequence[str], node: Node) -> int:
    """The last line (from 1) of an item of a list in block style: what follows it is indented less."""
    last = node.line
    for number in range(node.line + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and len(line) - len(line.lstrip()) < node.start:
            break
        last = number if line.strip() else last
    return last


def _replace(
    path: Path, text: str, sound: Sound, block: list[str], mend: str = "put it at the end of the list yourself:"
) -> None:
    trial, reader = path.with_name(path.name + ".trial"), Reader()
    name = f"{path.resolve().parent.name}/{path.name.removesuffix('.trial')}"
    with put_aside(trial, text):
        root = reader.open(trial, name)
        good = root is not None and sound(reader, root)
    if not good or reader.errors():
        if not block:
            raise ProblemsFound(reader.problems)
        if not reader.errors():
            shown = "\n".join(block[:40]) + ("\n…" if len(block) > 40 else "")
            reader.say(name, 0, "the entry could not be written by itself", mend, shown)
        raise ProblemsFound(reader.problems)
    put(path, text)


@contextmanager
def put_aside(path: Path, text: str) -> Iterator[None]:
    """A file that is there only within the context. Raises ProblemsFound where it cannot be written."""
    try:
        put(path, text)
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def put(path: Path, text: str) -> None:
    """Writes a file whole or not at all; its mark of UTF-8, and who may read it, stay as they were (a new file is for its
    owner alone). Raises ProblemsFound."""
    part = path.with_name(path.name + ".part")
    try:
        mark = ""
        if path.exists():
            if not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):
                raise PermissionError(errno.EACCES, "it may only be read")
            mark = "\ufeff" if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        part.touch(0o600)
        part.write_text(mark + text, "utf-8", newline="")
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
    except OSError as error:
        reader = Reader()
        what = f"the file cannot be written ({error.strerror})"
        reader.say(path.name.removesuffix(".trial"), 0, what, "look at its permissions and those of its folder.")
        raise ProblemsFound(reader.problems) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
