"""Spans of protected documents, as they are published: a code that only the holder of the archive can check.

A digest of a short span can be guessed at: somebody who suspects the words computes it and compares. A published span
is therefore an HMAC-SHA256 of its words and surroundings under a key that stays in the archive, and a list beside the
key says which place of which text each code stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from obrok.evidence.anchors import AROUND, Anchor
from obrok.evidence.archive import archives, find_text

KEY, LIST = "key", "published.jsonl"


def key_of(archive: Path) -> bytes:
    """The archive's key; made, of 32 random bytes, where there is none."""
    path = archive / KEY
    with suppress(FileNotFoundError):
        return path.read_bytes()
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = archive / f"{KEY}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as f:
        f.write(secrets.token_bytes(32))
    with suppress(FileExistsError):
        os.link(part, path)  # the first of two wins
    part.unlink()
    return path.read_bytes()


def code_of(key: bytes, text: str, anchor: Anchor) -> str:
    """The published code of a span: 64 hexadecimal digits."""
    a, b = anchor.start, anchor.end
    words = "\n".join((text[max(0, a - AROUND) : a], text[a:b], text[b : b + AROUND]))
    return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()


def note(archive: Path, rows: list[dict]) -> None:
    """Adds to the archive's list what each published code stands for: code, sha256_file, sha256_text, start, end."""
    path = archive / LIST
    known = _listed(archive)
    new = [r for r in rows if r["code"] not in known]
    if new:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(r) + "\n" for r in new)


def _listed(archive: Path) -> dict[str, dict]:
    out = {}
    with suppress(OSError):
        for line in (archive / LIST).read_text("utf-8").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                row = json.loads(line)
                out[str(row["code"])] = row
    return out


def holds(code: str, case_folder: Path) -> bool | None:
    """Whether a published code is that of a span in a text on this machine; None where nobody here can tell."""
    for archive in archives(case_folder):
        row = _listed(archive).get(code)
        if row is None or not (archive / KEY).exists():
            continue
        text = find_text(row["sha256_file"], row["sha256_text"], archive.parent if archive.name == "archive" else None)
        if text is not None:
            anchor = Anchor.of(text, row["start"], row["end"])
            return hmac.compare_digest(code, code_of(key_of(archive), text, anchor))
    return None
