"""Spans of protected documents, as they are published: a code that only the holder of the archive can check.

A digest of a short span can be guessed at: somebody who suspects the words computes it and compares. A published span
is therefore an HMAC-SHA256 of its words and surroundings under a key that stays in the archive, and a list beside the
key says which place of which text each code stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from pathlib import Path

from obrok.evidence import sealed
from obrok.evidence.anchors import AROUND, Anchor
from obrok.evidence.archive import archives, find_text
from obrok.evidence.sealed import Damaged, Locked

KEY, LIST = "key", "published.jsonl"
#: a row of the list; others are passed over
_ROW = {"code": str, "sha256_file": str, "sha256_text": str, "start": int, "end": int}


def key_of(archive: Path) -> bytes:
    """The archive's key; made, of 32 random bytes, where there is none. Raises Locked."""
    if (key := sealed.read(archive, KEY)) is not None:
        return key
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sealed.alone(archive):
        if (key := sealed.read(archive, KEY)) is None:  # the first of two wins
            sealed.write(archive, KEY, key := secrets.token_bytes(32))
    return key


def code_of(key: bytes, text: str, anchor: Anchor) -> str:
    """The published code of a span: 64 hexadecimal digits."""
    a, b = anchor.start, anchor.end
    words = "\n".join((text[max(0, a - AROUND) : a], text[a:b], text[b : b + AROUND]))
    return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()


def note(archive: Path, rows: list[dict]) -> None:
    """Adds to the archive's list what each published code stands for: code, sha256_file, sha256_text, start, end."""
    if not rows:
        return
    with sealed.alone(archive):
        known = _listed(archive)
        if new := [json.dumps(r) + "\n" for r in rows if r["code"] not in known]:
            sealed.write(archive, LIST, (sealed.read(archive, LIST) or b"") + "".join(new).encode())


def _listed(archive: Path) -> dict[str, dict]:
    out = {}
    for line in (sealed.read(archive, LIST) or b"").splitlines():
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            row = json.loads(line)
            if all(type(row[key]) is kind for key, kind in _ROW.items()) and 0 <= row["start"] < row["end"]:
                out[row["code"]] = row
    return out


def holds(code: str, case_folder: Path) -> bool | None:
    """Whether a published code is that of a span in a text on this machine; None where nobody here can tell."""
    for archive in archives(case_folder):
        row, key = None, None
        with suppress(OSError, Locked, Damaged):
            row = _listed(archive).get(code)
            key = sealed.read(archive, KEY) if row else None
        if row is None or key is None:
            continue
        text = find_text(row["sha256_file"], row["sha256_text"], archive.parent if archive.name == "archive" else None)
        if text is not None:
            anchor = Anchor.of(text, row["start"], row["end"])
            return hmac.compare_digest(code, code_of(key, text, anchor))
    return None
