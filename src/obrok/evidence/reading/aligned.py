"""Normalised text and its map to the original, made together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from obrok.evidence.reading.types import Piece

_TOKEN, _SPACES = re.compile(r"\S+"), re.compile(r"\s\s+")
#: continue a letter without being marks (Unicode category M): Hangul vowels and finals, Kirat Rai vowel signs
_CONTINUES = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb\U00016d63-\U00016d6a]")


class Run(NamedTuple):
    """A stretch of original text at one place, its first code point at `at` there. `breaks`: white space, though none
    is written, parts it from what stands before."""

    text: str
    place: int | str | None = None
    at: int = 0
    breaks: bool = False


def aligned(runs: Iterable[Run]) -> tuple[str, tuple[Piece, ...]]:
    """Runs of original text → `normalised` of all of it, and its map.

    A letter and its marks may stand in different runs; what NFC makes of them is mapped to the first.
    """
    parts: list[str] = []
    places: list[tuple[int, Run | None]] = []  # where each run begins in the joined text
    size = 0
    for run in runs:
        if run.breaks and size:
            places.append((size, None))
            parts.append("\n")
            size += 1
        if run.text:
            places.append((size, run))
            parts.append(run.text)
            size += len(run.text)
    raw = "".join(parts)
    out: list[str] = []
    pieces = list(_placed(_segments(raw, out), places, size))
    return "".join(out), tuple(pieces)


def _segments(raw: str, out: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Stretches (start, end, at, to) that pair the normalised text, appended to `out`, with the raw text."""
    first = 1 if raw.startswith("\ufeff") else 0
    first = next((m.start() for m in [_TOKEN.search(raw, first)] if m), len(raw))
    last = len(raw.rstrip())
    if first >= last:
        return
    start, at = 0, first
    breaks = [*((m.start(), m.end()) for m in _SPACES.finditer(raw, first, last)), (last, last)]
    whole_is_nfc = unicodedata.is_normalized("NFC", raw)
    for end, resume in breaks:
        if whole_is_nfc:
            out.append(" ".join(raw[at:end].split()))
            stretches: Iterable[tuple[int, int, int, int]] = [(start, start + end - at, at, end)]
        else:
            stretches = list(_composed(raw, at, end, start, out))
        for stretch in stretches:
            yield stretch
            start = stretch[1]
        if resume > end:  # the first of several white spaces stands for all
            out.append(" ")
            yield start, start + 1, end, end + 1
            start += 1
        at = resume


def _composed(raw: str, at: int, end: int, start: int, out: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """As `_segments`, of a stretch with single white spaces only that NFC may change."""
    open_start, open_at = start, at
    for token in _TOKEN.finditer(raw, at, end):
        if token.start() > at:
            out.append(" ")
            start += 1
        at = token.end()
        if unicodedata.is_normalized("NFC", token[0]):
            out.append(token[0])
            start += len(token[0])
            continue
        for a, b in pairwise(_boundaries(token[0])):
            cluster = token[0][a:b]
            composed = unicodedata.normalize("NFC", cluster)
            out.append(composed)
            if composed == cluster:
                start += b - a
                continue
            here = token.start() + a
            if start > open_start:
                yield open_start, start, open_at, here
            yield start, start + len(composed), here, token.start() + b
            start += len(composed)
            open_start, open_at = start, token.start() + b
    if start > open_start:
        yield open_start, start, open_at, end


def _boundaries(token: str) -> list[int]:
    """Where a letter begins with all its marks: NFC never reaches over these places."""
    inside = [
        i
        for i in range(1, len(token))
        if token[i] < "\u0300" or (unicodedata.category(token[i])[0] != "M" and not _CONTINUES.match(token[i]))
    ]
    return [0, *inside, len(token)]


def _placed(
    segments: Iterable[tuple[int, int, int, int]], places: list[tuple[int, Run | None]], size: int
) -> Iterator[Piece]:
    """Segments of the joined text, cut where its runs meet → pieces at places. Neighbours that go on are one piece."""
    last: Piece | None = None
    for piece in _cut(segments, places, size):
        if (
            last is not None
            and last.place == piece.place
            and last.to == piece.at
            and last.to - last.at == last.end - last.start
            and piece.to - piece.at == piece.end - piece.start
        ):
            last = Piece(last.start, piece.end, piece.place, last.at, piece.to)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _cut(
    segments: Iterable[tuple[int, int, int, int]], places: list[tuple[int, Run | None]], size: int
) -> Iterator[Piece]:
    n, before = 0, Run("")
    for start, end, at, to in segments:
        while start < end:
            while n + 1 < len(places) and places[n + 1][0] <= at:
                before = places[n][1] or before
                n += 1
            begin, run = places[n]
            close = places[n + 1][0] if n + 1 < len(places) else size
            if run is None:  # a break that is not written
                yield Piece(start, start + 1, before.place, before.at + len(before.text), before.at + len(before.text))
                start, at = start + 1, at + 1
            elif to - at != end - start:
                yield Piece(start, end, run.place, run.at + at - begin, run.at + min(to, close) - begin)
                start = end
            else:
                step = min(to, close) - at
                yield Piece(start, start + step, run.place, run.at + at - begin, run.at + at + step - begin)
                start, at = start + step, at + step
