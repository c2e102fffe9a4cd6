"""Entries put into a case's YAML files, and values changed in place: comments and order kept, sound or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from obrok.nodes import Node
from obrok.problems import ProblemsFound, Reader
from obrok.worlds.store import write_text

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
    if node is None or not node.is_flow or not node.value:
        append(path, key, [[text] for text in texts], lambda r, n: key in n)
        return
    last = list(node)[-1]  # a comma may stand after it
    change(
        path,
        [(replace(last, line=last.end_line, start=last.end), "".join(f", {t}" for t in texts))],
        lambda r, n: key in n,
    )


def append(path: Path, key: str, entries: Iterable[Sequence[str]], sound: Sound) -> None:
    """Appends entries to the list under `key`, which is the last of its file or not. An entry: its lines, without the
    dash. The file is replaced only by one that reads well; else ProblemsFound carries what to add by hand."""
    lines = path.read_text("utf-8").rstrip("\n").split("\n")
    at = next((i for i, line in enumerate(lines) if line.startswith(f"{key}:")), None)
    if at is None:
        lines.append(f"{key}:")
        at = len(lines) - 1
    elif lines[at].split("#")[0].split(":", 1)[1].strip() == "[]":
        lines[at] = lines[at].replace("[]", "", 1).rstrip()
    end = next((i for i in range(at + 1, len(lines)) if lines[i][:1].strip(" -#")), len(lines))
    while end > at + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1  # blank lines and notes before the next key stay before it
    dash = next((x[: len(x) - len(x.lstrip())] for x in lines[at + 1 : end] if x.lstrip().startswith("- ")), "  ")
    block = [line for e in entries for line in (f"{dash}- {e[0]}", *(f"{dash}  {x}" for x in e[1:]))]
    _replace(path, "\n".join([*lines[:end], *block, *lines[end:]]) + "\n", sound, block)


def change(path: Path, edits: Iterable[tuple[Node, str]], sound: Sound) -> None:
    """Writes a text in the place of each value. The file is replaced only by one that reads well."""
    lines = path.read_text("utf-8").split("\n")
    for node, text in sorted(edits, key=lambda e: (e[0].line, e[0].start), reverse=True):
        first, last = lines[node.line - 1], lines[node.end_line - 1]
        lines[node.line - 1 : node.end_line] = [first[: node.start] + text + last[node.end :]]
    _replace(path, "\n".join(lines), sound, [])


def remove(path: Path, items: Iterable[Node], sound: Sound) -> None:
    """Takes items of a list in block style out."""
    lines = path.read_text("utf-8").split("\n")
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
    trial = path.with_name(path.name + ".trial")
    reader = Reader()
    try:
        trial.write_text(text, "utf-8")
        root = reader.open(trial, path.name)
        good = root is not None and sound(reader, root)
    finally:
        trial.unlink(missing_ok=True)
    if not good or reader.errors():
        if not block:
            raise ProblemsFound(reader.problems)
        if not reader.errors():
            mend = "put it at the end of the list yourself:"
            shown = "\n".join(block[:40]) + ("\n…" if len(block) > 40 else "")
            reader.say(path.name, 0, "the entry could not be added by itself", mend, shown)
        raise ProblemsFound(reader.problems)
    write_text(path, text)
