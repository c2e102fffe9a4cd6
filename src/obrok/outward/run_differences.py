"""What differs in how two runs were made, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from obrok.outward.run_folder import plain

if TYPE_CHECKING:
    from obrok.outward.compared import Side


def differences(a: Side, b: Side) -> list[str]:
    """A sentence a difference, A's side first; none: one identity, so the same answers."""
    one, two = a.record["identity"], b.record["identity"]
    out = _case(one, two) + _program(one, two)
    if one["seed"] != two["seed"]:
        out.append(f"The seed: {one['seed']} and {two['seed']}.")
    if one["worlds"] != two["worlds"]:
        out.append(f"Versions imagined: {one['worlds']:,} and {two['worlds']:,}.")
    out += _fixed(one["fix"], two["fix"]) + _policies(one["policies"], two["policies"])
    if one["weigh"] != two["weigh"]:
        out.append(f"Only {'A' if one['weigh'] else 'B'} is weighed by what was reported.")
    if one["series"] != two["series"]:
        out.append(f"Days kept: {plain(one['series'])} and {plain(two['series'])}; no answer hangs on it.")
    rest = {k for k in one.keys() | two.keys() if one.get(k) != two.get(k)} - _TOLD
    if rest:
        out.append(f"Also: {', '.join(plain(k) for k in sorted(rest))}.")
    return out + _environment(a.record.get("environment"), b.record.get("environment"))


_TOLD = {
    "obrok",
    "code_sha256",
    "case",
    "case_sha256",
    "words",
    "anchors",
    "seed",
    "worlds",
    "policies",
    "fix",
    "weigh",
    "series",
}


def only_luck(a: Side, b: Side) -> bool:
    """Whether the runs differ in their seed alone, or not at all: then whatever differs is chance."""
    one, two = ({k: v for k, v in s.record["identity"].items() if k not in ("seed", "series")} for s in (a, b))
    return one == two


def share_luck(a: Side, b: Side) -> bool:
    """Whether versions of one number have the same luck in both (one case, one seed)."""
    one, two = a.record["identity"], b.record["identity"]
    return (one["case"], one["seed"]) == (two["case"], two["seed"])


def _case(one: Mapping, two: Mapping) -> list[str]:
    out = []
    if one["case"] != two["case"]:
        out.append(f"Two cases: {plain(one['case'])} and {plain(two['case'])}.")
    elif one["case_sha256"] != two["case_sha256"]:
        out.append("The case was changed between them.")
    if one.get("words") != two.get("words"):
        out.append("What the case's own words say of numbers was changed.")
    if one.get("anchors") != two.get("anchors"):
        counts = [s["anchors"].get("checked") if isinstance(s.get("anchors"), dict) else None for s in (one, two)]
        told = [f"{c:,}" if isinstance(c, int) else "unknown" for c in counts]
        out.append(f"Anchors checked against their texts: {told[0]} and {told[1]}.")
    return out


def _program(one: Mapping, two: Mapping) -> list[str]:
    if one["obrok"] != two["obrok"]:
        return [f"Made by obrok {plain(one['obrok'])} and {plain(two['obrok'])}."]
    if one["code_sha256"] != two["code_sha256"]:
        return [f"Made by two states of obrok {plain(one['obrok'])}: its code or its tables were changed."]
    return []


def _fixed(one: Mapping[str, float], two: Mapping[str, float]) -> list[str]:
    out = []
    for name in sorted(one.keys() | two.keys()):
        x, y = one.get(name), two.get(name)
        if x == y:
            continue
        if x is not None and y is not None:
            out.append(f"{plain(name)} is fixed at {x:g} and at {y:g}.")
        else:
            side, value = ("A", x) if x is not None else ("B", y)
            out.append(f"{plain(name)} is fixed at {value:g} in {side} alone.")
    return out


def _policies(one: list[str], two: list[str]) -> list[str]:
    out = []
    for side, mine, other in (("A", one, two), ("B", two, one)):
        if only := [plain(p) for p in mine if p not in other]:
            out.append(f"In {side} alone: the {'policy' if len(only) == 1 else 'policies'} {', '.join(only)}.")
    return out


def _environment(one: object, two: object) -> list[str]:
    if not isinstance(one, dict) or not isinstance(two, dict):
        return []
    names = [k for k in sorted(one.keys() | two.keys()) if one.get(k) != two.get(k)]
    told = [f"{plain(k)} ({plain(str(one.get(k)))[:40]} and {plain(str(two.get(k)))[:40]})" for k in names[:8]]
    return [f"Made on other versions of: {', '.join(told)}; the last bits may hang on it."] if told else []
