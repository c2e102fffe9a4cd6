"""What was meant by a line that is not YAML: the usual slips, tried one after the other until the file parses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import inf

import yaml

from obrok.nodes import LONGEST_LINE, quoted

#: files longer than this (in lines) are not parsed anew for every guess
LONGEST_TRIED = 10_000

#: line, what, mend, mended
Guess = tuple[int, str, str, str | None]


def guess(lines: Sequence[str], error: yaml.MarkedYAMLError, first_error: Callable[[Sequence[str]], float]) -> Guess:
    """A syntax error in plain words, with the line that was perhaps meant: the first that makes the file YAML, or else
    the one that makes most of it YAML. `first_error`: the line on which lines stop being YAML."""
    mark = error.problem_mark or error.context_mark
    number = min((mark.line if mark else 0) + 1, len(lines))
    opened = error.context_mark.line + 1 if error.context_mark else number
    near = [n for n in dict.fromkeys((opened, number, number - 1)) if 0 < n <= len(lines)]
    places = [n for n in near if 0 < len(lines[n - 1]) <= LONGEST_LINE]
    told = "mapping values" in (error.problem or "")
    guesses = list(_guesses(lines, places, number, mark.column if mark else 0, told))
    mend = "look at this line and the one above: indentation, quotes, brackets."
    best: Guess = (number, f"not YAML: {error.problem or 'syntax error'}", mend, None)
    reached: float = number
    for one in guesses if len(lines) <= LONGEST_TRIED else ():
        n, mended = one[0], one[3]
        if mended is None or reached == inf:
            continue
        reach = first_error([*lines[: n - 1], *mended.split("\n"), *lines[n:]])
        if reach > reached:
            best, reached = one, reach
    return best


def _guesses(lines: Sequence[str], places: list[int], number: int, column: int, is_colon: bool) -> Iterator[Guess]:
    at = {n: lines[n - 1] for n in places}
    for n, line in at.items():
        if "\t" in line:
            yield n, "a tab", "YAML is indented with spaces:", line.replace("\t", "  ")
    if number in at and (lost := _comma(at[number], column)):
        yield number, "a comma is missing", "write it:", lost
    if is_colon and number in at:
        yield number, "a colon inside a text without quotes", "put the text in quotes:", _colon(at[number], column)
    for n, line in at.items():
        left, mended = closed(line)
        if left:
            yield n, f"{left} is opened and not closed", "close it:", mended
    for n, line in at.items():
        yield from _missing_colon(n, line)
    for n, line in at.items():
        for i in (i for i, c in enumerate(line) if c in "]}"):
            yield n, f"{line[i]} is closed and was not opened", "take it out:", line[:i] + line[i + 1 :]
    for n, line in at.items():
        for other in (lines[n - 2] if n > 1 else "", lines[n] if n < len(lines) else ""):
            indent = len(other) - len(other.lstrip())
            if other.strip() and indent != len(line) - len(line.lstrip()):
                yield (
                    n,
                    "the line begins in another column than its neighbours",
                    "move it:",
                    " " * indent + line.lstrip(),
                )
    for n in places:
        yield n, "this line does not fit in with those around it", "mend it, or take it out:", ""


def _colon(line: str, column: int) -> str | None:
    """The line with the text around the colon at `column` in quotes."""
    head = re.match(r"\s*(?:- )*(?:[\w-]+:\s+)?", line)
    assert head is not None
    start = head.end()
    text, comment = (*re.split(r"(?=\s#)", line[start:], maxsplit=1), "")[:2]
    if not start <= column < start + len(text) or text[:1] in "[{\"'":
        return None
    return line[:start] + quoted(text.rstrip()) + comment


def _comma(line: str, column: int) -> str | None:
    """The line with a comma before the last `key:` that ends at `column`, in brackets."""
    before = re.search(r"([\w\"'}\]])\s+([\w-]+:?\s*)$", line[: column + 1])
    if not before or not re.search(r"[\[{]", line[: before.start()]):
        return None
    return f"{line[: before.end(1)]}, {line[before.start(2) :]}"


def _missing_colon(n: int, line: str) -> Iterator[Guess]:
    if parts := re.fullmatch(r"(\s*(?:- )?[\w-]+)(:\S.*| [^\s:].*)", line):
        space = parts[2].startswith(":")
        what = "a space is missing after the colon" if space else "a colon is missing after the key"
        yield n, what, "write it:", f"{parts[1]}: {parts[2].removeprefix(':').lstrip()}"


def closed(line: str) -> tuple[str, str]:
    """What a line opens and does not close ('' where nothing), and the line with it closed."""
    waiting: list[str] = []
    quote, before, end = "", "", len(line)
    for i, c in enumerate(line):
        if quote:
            if c == quote and before != "\\":
                quote = ""
        elif c in "\"'" and before in ("", " ", "[", "{", ","):
            quote = c
        elif c == "#" and before in ("", " "):
            end = i
            break
        elif c in "[{":
            waiting.append("]" if c == "[" else "}")
        elif waiting and c == waiting[-1]:
            waiting.pop()
        before = "" if before == "\\" == c else c
    if not quote and not waiting:
        return "", line
    body, comment = line[:end].rstrip(), line[end:]
    opened = {"]": "[", "}": "{"}.get(quote or waiting[-1], quote)
    if quote:  # brackets that were meant to stand after the quote
        count = len(body) - len(body.rstrip("]}"))
        kept = min(count, len(waiting))
        body = body[: len(body) - kept] + quote
    return opened, body + "".join(reversed(waiting)) + ("  " + comment if comment else "")
