"""What could lead to a person, in the free texts and comments of a case: refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from obrok.problems import Node, Reader

#: keys whose values are free text, in any file of a case
FREE_TEXT = frozenset({"asks", "title", "author", "publisher", "licence", "paraphrase", "why", "note", "unused"})

#: of these, the bibliography: names stand in bylines and titles
BIBLIOGRAPHY = frozenset({"title", "author", "publisher", "licence"})

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

_NAME = r"[A-ZÀ-ÞА-ЯЁ][\w'’-]+"
#: a private person's name, where the words around it say that it is one
_NAMES = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Señora?|Sra?|Don|Doña)\.? {_NAME}(?: {_NAME})?"
    rf"|\b{_NAME}(?: {_NAME}){{1,2}}, (?:aged )?[1-9]\d(?=[,.;)]| years)"
    rf"|\b(?:named|called|alias|по имени|llamad[oa]) {_NAME}(?: {_NAME})+"
    rf"|\b{_NAME} {_NAME}(?:ович|евич|овна|евна|ична|ovich|evich|ovna|evna)\b"
    r"|\b(?:Kim|Lee|Ri|Pak|Park|Choe|Choi|Jong|Jung|Kang|Yun|Yoon|Jang|Rim|Kwon|Hwang|Ryu|Paek|Kwak) [A-Z][a-z]+-[a-z]+\b"
    r"|[가-힣]{2,4} ?씨(?![가-힣])|[\u4e00-\u9fff]{2,4}(?:さん|氏)"
)


def leads_to_a_person(text: str) -> bool:
    """Whether an e-mail address, a phone number or coordinates are in a text."""
    return any(is_one(m[0]) for _, pattern, is_one in _KINDS for m in pattern.finditer(text))


def refuse_private(reader: Reader, root: Node) -> None:
    """Refuses e-mail addresses, phone numbers, a spot on the ground and persons' names in the free texts and comments
    of a file. Titles and bylines may hold names."""
    told: set[tuple[int, str]] = set()
    source = root.source
    kinds = (*_KINDS, ("a person's name", _NAMES, bool))
    written = [(key, n.line, n.end_line, n.text) for key, n in free_texts(root)]
    for key, line, last, text in [*written, *_comments(root)]:
        for what, pattern, is_one in kinds if key not in BIBLIOGRAPHY else _KINDS:
            for found in (m[0] for m in pattern.finditer(text) if is_one(m[0])):
                here = next((n for n in range(line, last + 1) if found in source.line(n)), None)
                if ((here or line), found) in told:
                    continue
                told.add((here or line, found))
                instead, mend = "(removed)", "it could lead to a person. Take it out:"
                if pattern is _NAMES:
                    instead, mend = (
                        "somebody",
                        "it could harm a person. Say what they are (a worker, the ambassador), not who:",
                    )
                mended = source.line(here).replace(found, instead) if here else None
                reader.say(source.name, here or line, f"{what} in a text", mend, mended)


def free_texts(node: Node) -> Iterator[tuple[str, Node]]:
    """Every text in words of a file, with the key that it stands under."""
    if isinstance(node.value, dict):
        for name, child in node.value.items():
            if name in FREE_TEXT:
                yield from ((name, n) for n in child.texts() if n.value is not None)
            else:
                yield from free_texts(child)
    for child in node:
        yield from free_texts(child)


def _comments(root: Node) -> Iterator[tuple[str, int, int, str]]:
    for number, line in enumerate(root.source.lines, 1):
        if found := _COMMENT.search(line):
            yield "#", number, number, found[1]
