"""Values as a page gives them → YAML in one line, as a person would write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from obrok.problems import Reader, quoted

#: plain in YAML, and no number, truth or nothing
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*( [A-Za-z0-9_/-]+)*")
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
Given = Mapping[str, Any]


def text(value: str) -> str:
    """A text as YAML, in one line."""
    line = " ".join(value.split())
    plain = _PLAIN.fullmatch(line) and line.lower() not in _NOT_TEXT and len(line) <= 60
    return line if plain else quoted(line)


def number(value: float) -> str:
    return repr(float(value)).removesuffix(".0") if abs(value) < 1e15 else f"{value:.10g}"


def of_text(value: Any) -> str | None:
    return text(value) if isinstance(value, str) and value.strip() else None


def of_value(value: Any) -> str | None:
    """A number, or two of them."""
    if value is None:
        return None
    both = value if isinstance(value, list) else [value]
    if len(both) not in (1, 2) or any(isinstance(v, bool) or not isinstance(v, (int, float)) for v in both):
        raise ValueError("a number, or a lower and an upper one")
    return number(both[0]) if len(both) == 1 or both[0] == both[1] else f"[{number(both[0])}, {number(both[1])}]"


def of_names(value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError("a list of names")
    return f"[{', '.join(text(v) for v in value)}]" if value else None


def of_span(value: Any) -> str | None:
    return _group(value, ("from", "to", "on", "days", "before", "place"))


def of_where(value: Any) -> str | None:
    return _group(value, ("route", "sector"))


def _group(value: Any, known: Sequence[str]) -> str | None:
    """A group of keys in brackets; those without a value are left out."""
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - set(known):
        raise ValueError(f"a group of {', '.join(known)}")
    parts = []
    for key in known:
        given = value.get(key)
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            parts.append(f"{key}: {number(given)}")
        elif isinstance(given, str) and given.strip():
            is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", given.strip())
            parts.append(f"{key}: {given.strip() if is_day else text(given)}")
    return f"{{{', '.join(parts)}}}" if parts else None


def written(given: Given, known: Mapping[str, Callable[[Any], str | None]]) -> dict[str, str | None]:
    """Values as YAML; None: the key is taken out. Raises ProblemsFound."""
    reader, out = Reader(), {}
    for key, value in given.items():
        if key not in known:
            reader.say("claim", 0, f"`{key[:60]}` is not edited here", f"it is one of: {', '.join(known)}.")
            continue
        try:
            out[key] = known[key](value)
        except ValueError as error:
            reader.say("claim", 0, f"`{key}` is something else", f"it is {error}.")
    reader.raise_if_any()
    return out
