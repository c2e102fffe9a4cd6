"""What a run's record must look like, whatever bytes lie there: JSON of a sane size, an identity of known shape, a seal."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping

from obrok.evidence.anchors import sha256
from obrok.worlds import record
from obrok.worlds.place_words import TooLong
from obrok.worlds.places import Place

#: bytes of a record, and of any file of a result, at the most
LONGEST, LONGEST_FILE = 16 * 2**20, 2**30


def read_object(place: Place, name: str, most: int = LONGEST) -> dict | str:
    """A JSON object, or what is wrong with the file."""
    return read_sealed(place, name, most)[0]


def read_sealed(place: Place, name: str, most: int = LONGEST) -> tuple[dict | str, bool]:
    """A JSON object, or what is wrong with the file; and whether it is as it was written. Records of earlier versions carry
    no digest of themselves: nobody can tell."""
    try:
        data = place.get(name, most)
    except TooLong:
        return f"is longer than {most >> 20} MB", False
    if data is None:
        return "is absent", False
    try:
        value = json.loads(data.decode("utf-8"))
        if not isinstance(value, dict):
            return "is not a JSON object", False
        return value, "sha256" not in value or (value["sha256"] == seal(value) and _as_json(value).encode() == data)
    except RecursionError:
        return "is nested too deeply", False
    except ValueError:
        return "is not JSON", False


def seal(made: Mapping) -> str:
    """The digest that a record carries of itself: of its JSON without that key."""
    return sha256(_as_json({k: v for k, v in made.items() if k != "sha256"}))


def _as_json(value: object) -> str:
    """As `store.write_json` writes it."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def digest(value: object) -> str:
    try:
        return record.sha256_of(value)
    except (ValueError, RecursionError):  # a lone surrogate, say
        return ""


def text_of(value: object) -> str:
    """A text of a sane length; ''."""
    return value[:200].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40 else None


def is_figure(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def is_digest(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) and x for x in value)


_Shape = dict[str, tuple[str, Callable[[object], bool]]]
#: key → what it is, and whether it is that
_BOTH: _Shape = {
    "obrok": ("a text", lambda v: isinstance(v, str)),
    "code_sha256": ("a digest", lambda v: is_digest(v)),
    "worlds": ("a whole number", lambda v: count(v) is not None),
    "policies": ("a list of names", _are_texts),
    "weigh": ("true or false", lambda v: isinstance(v, bool)),
}
RUN: _Shape = _BOTH | {
    "policies": ("a list of names", lambda v: _are_texts(v) and bool(v)),
    "case": ("a text", lambda v: isinstance(v, str) and bool(v)),
    "case_sha256": ("a digest", lambda v: is_digest(v)),
    "seed": ("a whole number", lambda v: count(v) is not None),
    "fix": ("a group of figures", lambda v: isinstance(v, dict) and all(map(is_figure, v.values()))),
    "series": ("a text", lambda v: isinstance(v, str)),
}
SWEEP: _Shape = _BOTH | {
    "cases": ("a group of cases", lambda v: isinstance(v, dict) and _are_texts(list(v.values()))),
    "axes": ("a list of names", _are_texts),
    "points": ("a list", lambda v: isinstance(v, list)),
}


def is_sweep(identity: object) -> bool:
    return isinstance(identity, dict) and identity.get("kind") == "sweep"


def identity_wrong(identity: object) -> str:
    """What is wrong with an identity, of a run or a sweep; '': nothing."""
    if not isinstance(identity, dict):
        return "`identity` is missing"
    for name, (what, right) in (SWEEP if is_sweep(identity) else RUN).items():
        if name not in identity:
            return f"`{name}` is missing"
        if not right(identity[name]):
            return f"`{name}` is not {what}"
    return "" if digest(identity) else "`identity` is no plain data"
