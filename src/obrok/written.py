"""Distributions as they are written in a case or a table; what a figure says with the word beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import sqrt

from obrok.distributions import (
    Beta,
    Distribution,
    Exactly,
    Exponential,
    LogitNormal,
    LogNormal,
    Mixture,
    Normal,
    Triangular,
    Uniform,
)
from obrok.problems import Node, Reader

#: parts of a mixture
MOST_PARTS = 100
#: kind → its keys with an example
KINDS: dict[str, dict[str, str]] = {
    "normal": {"mean": "900", "sd": "60"},
    "lognormal": {"median": "30", "p05": "10", "p95": "90"},
    "beta": {"a": "2", "b": "4"},
    "uniform": {"from": "0", "to": "1"},
    "triangular": {"from": "0.35", "mode": "0.6", "to": "1"},
    "exponential": {"from": "300", "mean": "36"},
    "logit_normal": {"around": "hand_over_before", "sd": "0.7"},
    "mixture": {},
    "exactly": {},
    "word": {"word": "roughly", "value": "300"},
}


#: keys whose values must rise, and keys that must be above 0
_RISING = {"lognormal": ("p05", "median", "p95"), "uniform": ("from", "to"), "triangular": ("from", "mode", "to")}
_POSITIVE = ("sd", "a", "b", "p05", "median", "p95")


def read_distribution(
    reader: Reader, node: Node, names: Iterable[str] = (), figures: Mapping[str, Mapping] | None = None
) -> Distribution | None:
    """The one distribution among the keys of a group (other keys are the caller's).

    `names`: shares of other parameters that a `logit_normal` may stand around. `figures`: words that may stand beside a
    figure in a `word`, with their rows. Without them these two are refused.
    """
    kind = next((k for k in KINDS if k in node), None)
    if kind is None:
        return None
    child = node[kind]
    if kind == "exactly":
        value = reader.want_number(child)
        return None if value is None else Exactly(value)
    if kind == "mixture":
        return _read_mixture(reader, child, names, figures)
    example = dict(KINDS[kind])
    if kind in _RISING and isinstance(child.value, dict):
        example |= {k: f"{_between(kind, k, child.value):.10g}" for k in _RISING[kind]}
    keys = reader.fields(child, example, ("plus",) if kind == "lognormal" else ())
    if len(keys.keys() & KINDS[kind].keys()) < len(KINDS[kind]):
        return None
    if kind == "word":
        return _read_word(reader, child, keys, figures or {})
    if kind == "logit_normal":
        return _read_around(reader, child, keys, tuple(names))
    v = {k: reader.want_number(n, instead=_between(kind, k, keys)) for k, n in keys.items()}
    if None in v.values():
        return None
    return _made(kind, v) if _is_sound(reader, kind, child, keys, v) else None  # type: ignore[arg-type]


def _made(kind: str, v: Mapping[str, float]) -> Distribution:
    match kind:
        case "normal":
            return Normal(v["mean"], v["sd"])
        case "lognormal":
            return LogNormal(v["median"], v["p05"], v["p95"], v.get("plus", 0.0))
        case "beta":
            return Beta(v["a"], v["b"])
        case "uniform":
            return Uniform(v["from"], v["to"])
        case "triangular":
            return Triangular(v["from"], v["mode"], v["to"])
        case _:
            return Exponential(v["from"], v["mean"])


def _between(kind: str, key: str, keys: Mapping[str, Node]) -> float:
    """What a figure that cannot be read might be, from those beside it."""
    order = _RISING.get(kind, ())
    near = {k: n.value for k, n in keys.items() if isinstance(n.value, (int, float)) and abs(n.value) < 1e300}
    if key not in order:
        return 0.0 if key == "plus" else float(KINDS[kind][key])
    at = order.index(key)
    below = next((near[k] for k in reversed(order[:at]) if k in near), None)
    above = next((near[k] for k in order[at + 1 :] if k in near), None)
    if below is None:
        return float(KINDS[kind][key]) if above is None else above - abs(above) / 2
    return below + (abs(below) or 1) if above is None else (below + above) / 2


def _is_sound(reader: Reader, kind: str, node: Node, keys: Mapping[str, Node], v: Mapping[str, float]) -> bool:
    for key in _POSITIVE:
        if key in v and not v[key] > 0:
            instead = _between(kind, key, {k: n for k, n in keys.items() if k != key})
            mended = keys[key].replaced(f"{instead if instead > 0 else float(KINDS[kind][key]):.10g}")
            reader.report(keys[key], f"`{key}` must be above 0", "write, for example:", mended)
            return False
    if kind == "exponential" and v["mean"] == 0:
        reader.report(keys["mean"], "`mean` must not be 0", "write, for example:", keys["mean"].replaced("36"))
        return False
    order = _RISING.get(kind, ())
    values = [v[k] for k in order]
    rises = all(a < b for a, b in pairwise(values))
    if rises or not values or (kind == "triangular" and values == sorted(values) and values[0] < values[-1]):
        return True
    shown = ", ".join(f"{k} {v[k]:g}" for k in order)
    low, high = min(values), max(values)
    if low == high:
        at = node.key if node.key and node.key[0] == node.line == node.end_line else None
        mended = node.source.edited(node.line, at[1], node.end, f"exactly: {low:.10g}") if at else None
        reader.report(node, f"the ends of the range are equal: {shown}", "spread them, or write:", mended)
        return False
    if len(set(values)) < len(values):
        values = [low, sqrt(low * high), high]
    rising = dict(zip(order, sorted(values), strict=True))
    text = ", ".join(f"{k}: {rising.get(k, v[k]):.10g}" for k in v)
    reader.report(node, f"the range is reversed: {shown}", "write it rising:", node.replaced("{" + text + "}"))
    return False


def _read_mixture(
    reader: Reader, node: Node, names: Iterable[str], figures: Mapping[str, Mapping] | None
) -> Distribution | None:
    parts: list[tuple[float, Distribution]] = []
    items, weights, sound = reader.items(node, of_groups=True, most=MOST_PARTS), [], True
    for item in items:
        kinds = [k for k in KINDS if k in item]
        f = reader.fields(item, {"weight": missing_weight(items)}, kinds or KINDS)
        if f and not kinds and not set(f) - {"weight"}:
            reader.report(item, "a part of a mixture names no distribution", "add it:", item.with_key("exactly: 0.5"))
        weight = reader.want_number(f.get("weight"), 0, 1, "weight")
        part = read_distribution(reader, item, names, figures)
        if weight is not None:
            weights.append((f["weight"], weight))
        if weight is None or part is None:
            sound = False
        else:
            parts.append((weight, part))
    if not items:
        if isinstance(node.value, list):
            reader.report(node, "a mixture has no parts", "add some:", node.replaced("[{weight: 1, exactly: 0.5}]"))
        return None
    if not sum_to_one(reader, node, weights, "mixture") or not sound:
        return None
    total = sum(w for w, _ in parts)
    return Mixture(tuple((w / total, part) for w, part in parts))


def missing_weight(items: list[Node]) -> str:
    """What is left for the items that have no weight."""
    given = [n["weight"].value for n in items if "weight" in n]
    rest = 1 - sum(w for w in given if isinstance(w, (int, float)))
    return f"{min(max(rest, 0), 1) / max(len(items) - len(given), 1):.10g}"


def sum_to_one(reader: Reader, node: Node, weights: list[tuple[Node, float]], what: str) -> bool:
    """Whether weights sum to 1; where they do not, the last one is mended if it can be, else the first."""
    total = sum(w for _, w in weights)
    if abs(total - 1) <= 1e-6:
        return True
    if len(weights) == len(list(node)):
        rests = ((n, 1 - total + w) for n, w in reversed(weights))
        at, rest = next(((n, r) for n, r in rests if 0 <= r <= 1), (node, None))
        mended = None if rest is None else at.replaced(f"{rest:.10g}")
        reader.report(at, f"the weights of the {what} sum to {total:g}, not 1", "make them sum to 1:", mended)
    return False


def _read_word(
    reader: Reader, node: Node, keys: Mapping[str, Node], figures: Mapping[str, Mapping]
) -> Distribution | None:
    if not figures:
        reader.report(node, "`word` needs the table of words, and this is its own row", "use another distribution.")
        return None
    word = reader.want_choice(keys.get("word"), figures, "word")
    value = reader.want_number(keys.get("value"), 1e-9)
    if word is None or value is None:
        return None
    if is_for_ranges(figures[word]):
        reader.report(keys["word"], f"`{word}` needs two figures", "use another word:", keys["word"].replaced("about"))
        return None
    return figure_reading(figures[word], value, value)


def _read_around(reader: Reader, node: Node, keys: Mapping[str, Node], names: tuple[str, ...]) -> Distribution | None:
    if not names:
        what = "`logit_normal` stands only in case.yaml, for a share around another"
        reader.report(node, what, "use another distribution.")
        return None
    around = reader.want_choice(keys.get("around"), names, "share")
    sd = reader.want_number(keys.get("sd"), 1e-3, 100, "sd")
    return None if around is None or sd is None else LogitNormal(around, sd)


# --- figures ---------------------------------------------------------------------------------------------------------
def is_for_ranges(row: Mapping) -> bool:
    """Whether a word says nothing beside one figure alone: `between` needs two."""
    return not {"factor", "above", "below"} & set(row)


def figure_reading(row: Mapping, low: float, high: float) -> Distribution:
    """What a figure (low = high) or a range with its word says about the true value."""
    if "above" in row:
        return Exponential(low, low * row["above"])
    if "below" in row:
        return Exponential(high, -high * row["below"])
    if high > low:
        return Normal((low + high) / 2, row["range"] * (high - low))
    down, up = row["factor"]
    return LogNormal(low, low * down, low * up)
