"""What a run's record must look like, whatever bytes lie there: JSON of a sane size, an identity of known shape, a seal."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

from obrok.worlds import record, store
from obrok.worlds.place_words import TooLong, is_name
from obrok.worlds.places import Place

#: control characters, line ends of all kinds, marks that turn the direction of what follows
_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
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
        return value, "sha256" not in value or store.unsealed(data) is not None
    except RecursionError:
        return "is nested too deeply", False
    except ValueError:
        return "is not JSON", False


def plain(text: str) -> str:
    """A text from elsewhere as it may stand on a terminal and in a page: one line, nothing that steers or turns it."""
    return _STEERS.sub("\ufffd", text)


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


def _is_point(value: object) -> bool:
    """Whether it is a run of a sweep: the digest of its case, its seed, what is fixed."""
    if not isinstance(value, dict) or not isinstance(value.get("fix"), dict):
        return False
    return (
        is_digest(value.get("case"))
        and count(value.get("seed")) is not None
        and all(map(is_figure, value["fix"].values()))
    )


def files_wrong(listed: object) -> str:
    """What is wrong with the files that a record lists; '': nothing."""
    sound = isinstance(listed, dict) and all(is_name(n) and is_digest(d) for n, d in listed.items())
    return "" if sound else "`files` is not a list of files with their digests"


_ANCHORS = ("checked", "not_checked")
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
    "anchors": ("two counts", lambda v: isinstance(v, dict) and all(count(v.get(k)) is not None for k in _ANCHORS)),
}
SWEEP: _Shape = _BOTH | {
    "cases": ("a group of cases", lambda v: isinstance(v, dict) and _are_texts(list(v.values()))),
    "axes": ("a list of names", _are_texts),
    "points": ("a list of points", lambda v: isinstance(v, list) and all(map(_is_point, v))),
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
    if is_sweep(identity) and not {p["case"] for p in identity["points"]} <= identity["cases"].keys():
        return "`points` are of other cases"
    return "" if digest(identity) else "`identity` is no plain data"
