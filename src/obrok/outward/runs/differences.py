"""What differs in how two runs were made, in words."""

from __future__ import annotations

from collections.abc import Mapping

from obrok.outward.runs.record import identity_wrong, is_sweep, plain

Sides = tuple[str, str]


def differences(one: Mapping, two: Mapping, sides: Sides = ("A", "B")) -> list[str]:
    """What sets two identities apart, a sentence a difference, the first's side first; none: the same answers. `sides`:
    what they are called."""
    if identity_wrong(one) or identity_wrong(two) or is_sweep(one) != is_sweep(two):
        return ["One is a run and the other is not."]
    out = _case(one, two) + program(one, two)
    if one.get("seed") != two.get("seed"):
        out.append(f"The seed: {one['seed']} and {two['seed']}.")
    if one["worlds"] != two["worlds"]:
        out.append(f"Versions imagined: {one['worlds']:,} and {two['worlds']:,}.")
    out += _fixed(one.get("fix", {}), two.get("fix", {}), sides) + _policies(one["policies"], two["policies"], sides)
    if one["weigh"] != two["weigh"]:
        out.append(f"Only {sides[not one['weigh']]} is weighed by what was reported.")
    if one.get("series") != two.get("series"):
        out.append(f"Days kept: {plain(one['series'])} and {plain(two['series'])}; no answer hangs on it.")
    if one.get("points") != two.get("points"):
        out.append(f"The design: {len(one['points']):,} and {len(two['points']):,} runs.")
    rest = {k for k in one.keys() | two.keys() if one.get(k) != two.get(k)} - _TOLD
    return out + ([f"Also: {', '.join(plain(k) for k in sorted(rest))}."] if rest else [])


_TOLD = frozenset(
    "obrok code_sha256 case case_sha256 cases words anchors seed worlds policies fix weigh series points axes".split()
)


def only_luck(one: Mapping, two: Mapping) -> bool:
    """Whether the runs differ in their seed alone, or not at all: then whatever differs is chance."""
    a, b = ({k: v for k, v in identity.items() if k not in ("seed", "series")} for identity in (one, two))
    return a == b


def share_luck(one: Mapping, two: Mapping) -> bool:
    """Whether versions of one number have the same luck in both (one case, one seed)."""
    return (one["case"], one["seed"]) == (two["case"], two["seed"])


def _case(one: Mapping, two: Mapping) -> list[str]:
    out = []
    mine, other = (sorted(i["cases"].values()) if is_sweep(i) else [i["case"]] for i in (one, two))
    digests = (sorted(i["cases"]) if is_sweep(i) else [i["case_sha256"]] for i in (one, two))
    if mine != other:
        out.append(f"Two cases: {plain(', '.join(mine))} and {plain(', '.join(other))}.")
    elif next(digests) != next(digests):
        out.append("The case was changed between them.")
    if one.get("words") != two.get("words"):
        out.append("What the case's own words say of numbers was changed.")
    if one.get("anchors") != two.get("anchors"):
        counts = [s["anchors"].get("checked") if isinstance(s.get("anchors"), dict) else None for s in (one, two)]
        told = [f"{c:,}" if isinstance(c, int) else "unknown" for c in counts]
        out.append(f"Anchors checked against their texts: {told[0]} and {told[1]}.")
    return out


def program(one: Mapping, two: Mapping) -> list[str]:
    if one["obrok"] != two["obrok"]:
        return [f"Made by obrok {plain(one['obrok'])} and {plain(two['obrok'])}."]
    if one["code_sha256"] != two["code_sha256"]:
        return [f"Made by two states of obrok {plain(one['obrok'])}: its code or its tables were changed."]
    return []


def _fixed(one: Mapping[str, float], two: Mapping[str, float], sides: Sides) -> list[str]:
    out = []
    for name in sorted(one.keys() | two.keys()):
        x, y = one.get(name), two.get(name)
        if x == y:
            continue
        if x is not None and y is not None:
            out.append(f"{plain(name)} is fixed at {x:g} and at {y:g}.")
        else:
            side, value = (sides[0], x) if x is not None else (sides[1], y)
            out.append(f"{plain(name)} is fixed at {value:g} in {side} alone.")
    return out


def _policies(one: list[str], two: list[str], sides: Sides) -> list[str]:
    out = []
    for side, mine, other in ((sides[0], one, two), (sides[1], two, one)):
        if only := [plain(p) for p in mine if p not in other]:
            out.append(f"In {side} alone: the {'policy' if len(only) == 1 else 'policies'} {', '.join(only)}.")
    return out


def environment(one: object, two: object) -> list[str]:
    if not isinstance(one, dict) or not isinstance(two, dict):
        return []
    names = [k for k in sorted(one.keys() | two.keys()) if one.get(k) != two.get(k)]
    told = [f"{plain(k)} ({plain(str(one.get(k)))[:40]} and {plain(str(two.get(k)))[:40]})" for k in names[:8]]
    return [f"Made on other versions of: {', '.join(told)}; the last bits may hang on it."] if told else []
