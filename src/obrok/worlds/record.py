"""How a result was made: versions, digests, seed, choices. Data only; no host, user or folder name."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from obrok.case.case import Case
from obrok.evidence.documents import sha256


def code_files() -> list[Path]:
    """Every file of the package that answers or report depend on: code, tables (the words among them), templates."""
    root = Path(__file__).parents[1]
    return sorted(p for p in root.rglob("*") if p.suffix in (".py", ".yaml", ".html", ".css"))


@cache
def code_sha256() -> str:
    """Digest of the program: its files by name, in order."""
    root = Path(__file__).parents[1]
    return sha256("\n".join(f"{p.relative_to(root).as_posix()} {sha256(p.read_bytes())}" for p in code_files()))


def version() -> str:
    try:
        return metadata.version("obrok")
    except metadata.PackageNotFoundError:
        return "0"


def identity(
    case: Case, worlds: int, seed: int, policies: list[str], fix: Mapping[str, float], weigh: bool, series: str
) -> dict:
    """What a result is a function of. Two results with one identity have the same answers, byte for byte."""
    return {
        "obrok": version(),
        "code_sha256": code_sha256(),
        "case": case.id,
        "case_sha256": case.sha256,
        "anchors": {"checked": case.anchors.checked, "not_checked": case.anchors.not_checked},
        "seed": seed,
        "worlds": worlds,
        "policies": policies,
        "fix": dict(sorted(fix.items())),
        "weigh": weigh,
        "series": series,
    }


def environment() -> dict:
    """Versions that bytes may depend on."""
    names = ("numba", "numpy", "scipy", "duckdb")
    return {
        "python": platform.python_version(),
        "processor": platform.machine(),
        **{name: metadata.version(name) for name in names},
    }


def sha256_of(value: object) -> str:
    """Digest of data as canonical JSON."""
    return sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
