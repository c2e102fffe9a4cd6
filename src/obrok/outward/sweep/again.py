"""A sweep made again from its record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from obrok.outward.remake import find_case
from obrok.outward.stages import Progress
from obrok.outward.sweep.design import MOST_POINTS, Point
from obrok.outward.sweep.sweep import Plan, run_sweep


def shaped(was: Mapping) -> bool:
    """Whether an identity has what a sweep is made of."""
    cases, points = was.get("cases"), was.get("points")
    if not isinstance(cases, dict) or not isinstance(points, list) or not 0 < len(points) <= MOST_POINTS:
        return False
    common = isinstance(was.get("worlds"), int) and isinstance(was.get("weigh"), bool)
    lists = all(isinstance(was.get(k), list) and all(isinstance(x, str) for x in was[k]) for k in ("policies", "axes"))
    return (
        common
        and lists
        and all(isinstance(v, str) for v in cases.values())
        and all(_is_point(p, cases) for p in points)
    )


def _is_point(p: object, cases: Mapping) -> bool:
    return (
        isinstance(p, dict) and p.get("case") in cases and isinstance(p.get("seed"), int)
        and isinstance(p.get("fix"), dict) and all(isinstance(v, (int, float)) for v in p["fix"].values())
    )  # fmt: skip


def sweep_again(path: Path, was: Mapping, given: str | None, folder: Path, progress: Progress | None) -> dict:
    """The record of a sweep run anew into a folder."""
    cases = {
        sha256: find_case(path.parent / "cases" / f"{Path(name).name}-{sha256[:8]}", given, name, sha256)
        for sha256, name in was["cases"].items()
    }
    points = [Point(p["case"], p["seed"], p["fix"]) for p in was["points"]]
    plan = Plan(cases, points, was["axes"], was["worlds"], tuple(was["policies"]), was["weigh"])
    return run_sweep(plan, folder, progress=progress).record
