"""Entries put into a case's YAML files, and values changed in place: comments and order kept, sound or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
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


def remove(path: Path, items: Iterable[Node], sound: Sound) -> None:
    """Takes items of a list in block style out."""
    lines = _lines(path)
    for node in sorted(items, key=lambda n: n.line, reverse=True):
        del lines[node.line - 1 : last_line(lines, node)]
    _replace(path, "\n".join(lines), sound, [])


def last_line(lines: Sequence[str], node: Node) -> int:
    """The last line (from 1) of an item of a list in block style: what follows it is indented less."""
    last = node.line
    for number in range(node.line + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and len(line) - len(line.lstrip()) < node.start:
            break
        last = number if line.strip() else last
    return last


def _replace(path: Path, text: str, sound: Sound, block: list[str]) -> None:
    trial, reader, name = path.with_name(path.name + ".trial"), Reader(), path.name.removesuffix(".trial")
    with put_aside(trial, text):
        root = reader.open(trial, name)
        good = root is not None and sound(reader, root)
    if not good or reader.errors():
        if not block:
            raise ProblemsFound(reader.problems)
        if not reader.errors():
            mend = "put it at the end of the list yourself:"
            shown = "\n".join(block[:40]) + ("\n…" if len(block) > 40 else "")
            reader.say(name, 0, "the entry could not be added by itself", mend, shown)
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
