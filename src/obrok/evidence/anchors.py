"""Anchors: a place in a normalised text with digests of what stands there and around it; made and checked.

The words of a document never leave the archive. An anchor is a W3C Web Annotation TextPositionSelector beside a
TextQuoteSelector whose quotes are digests.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

AROUND = 32


def normalised(text: str) -> str:
    """NFC, each run of white space one space, ends stripped."""
    return " ".join(unicodedata.normalize("NFC", text.removeprefix("\ufeff")).split())


def sha256(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@dataclass(frozen=True)
class Anchor:
    """Code points `start` … `end` (exclusive) of the normalised text; digests of the span and of what is around it."""

    start: int
    end: int
    sha256: str
    around: str

    @staticmethod
    def of(text: str, start: int, end: int) -> Anchor:
        """The anchor of a span of a normalised text."""
        around = text[max(0, start - AROUND) : start] + "\n" + text[end : end + AROUND]
        return Anchor(start, end, sha256(text[start:end]), sha256(around))

    @staticmethod
    def find(text: str, words: str) -> list[Anchor]:
        """Every place of these words in a normalised text."""
        words = normalised(words)
        return [Anchor.of(text, p, p + len(words)) for p in places_of(text, words)]

    def holds_in(self, text: str) -> bool:
        return self == Anchor.of(text, self.start, self.end)

    def as_yaml(self) -> str:
        return f"{{start: {self.start}, end: {self.end}, sha256: {self.sha256}, around: {self.around}}}"


def places_of(text: str, words: str) -> list[int]:
    return [m.start() for m in re.finditer(f"(?={re.escape(words)})", text)] if words else []
