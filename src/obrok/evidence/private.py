"""What could lead to a person, in the free texts and comments of a case: refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obrok.problems import Node, Reader

#: keys whose values are free text, in any file of a case
FREE_TEXT = frozenset({"asks", "title", "author", "publisher", "licence", "paraphrase", "why", "note", "unused"})

_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?|\b(19|20)\d\d\b")
_COMMENT = re.compile(r"(?:^|\s)#(.*)")


def _phone(text: str) -> bool:
    """At least nine digits that are not dates."""
    return sum(c.isdigit() for c in _DATE.sub("", text)) >= 9


_KINDS = (
    ("an e-mail address", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+"), bool),
    ("a phone number", re.compile(r"(?<![\w.,/-])\+?\(?\d[\d() .\-]{7,20}\d(?![\w/])"), _phone),
    (
        "coordinates",
        re.compile(
            r"-?\d{1,3}\.\d{3,12}\s{0,2}°?\s{0,2}[NS]?\s{0,2}[,;/ ]\s{0,2}-?\d{1,3}\.\d{3,12}"
            r"|\d{1,3}\s{0,2}°\s{0,2}\d{1,2}\s{0,2}['′]"
        ),
        bool,
    ),
)


def refuse_private(reader: Reader, root: Node) -> None:
    """Refuses e-mail addresses, phone numbers and a spot on the ground in the free texts and comments of a file."""
    told: set[tuple[int, str]] = set()
    source = root.source
    for line, last, text in [*_free_texts(root), *_comments(root)]:
        for what, pattern, is_one in _KINDS:
            for found in (m[0] for m in pattern.finditer(text) if is_one(m[0])):
                here = next((n for n in range(line, last + 1) if found in source.line(n)), None)
                if ((here or line), found) in told:
                    continue
                told.add((here or line, found))
                mended = source.line(here).replace(found, "(removed)") if here else None
                mend = "it could lead to a person. Take it out:"
                reader.say(source.name, here or line, f"{what} in a text", mend, mended)


def _free_texts(node: Node) -> Iterator[tuple[int, int, str]]:
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            if name in FREE_TEXT:
                yield from ((n.line, n.end_line, n.text) for n in child.texts() if n.value is not None)
            else:
                yield from _free_texts(child)
    for child in node:
        yield from _free_texts(child)


def _comments(root: Node) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(root.source.lines, 1):
        if found := _COMMENT.search(line):
            yield number, number, found[1]
