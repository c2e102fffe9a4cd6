"""A sweep made again from its record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from obrok.outward.remake import find_case
from obrok.outward.stages import Progress
from obrok.outward.sweep.design import Point
from obrok.outward.sweep.sweep import Plan, run_sweep


def sweep_again(path: Path, was: Mapping, given: str | None, folder: Path, progress: Progress | None) -> dict:
    """The record of a sweep run anew into a folder."""
    cases = {
        sha256: find_case(path.parent / "cases" / f"{Path(name).name}-{sha256[:8]}", given, name, sha256)
        for sha256, name in was["cases"].items()
    }
    points = [Point(p["case"], p["seed"], p["fix"]) for p in was["points"]]
    plan = Plan(cases, points, was["axes"], was["worlds"], tuple(was["policies"]), was["weigh"])
    return run_sweep(plan, folder, progress=progress).record
