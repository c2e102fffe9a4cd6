"""How a result was made: versions, digests, seed, choices. Data only; no host, user or folder name."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path

from obrok.case.case import Case
from obrok.evidence.anchors import sha256
from obrok.evidence.claims import Claim, Span
from obrok.release import version


def code_files() -> list[Path]:
    """Every file of the package that answers or report depend on: code, tables (the words among them), templates; not
    the dashboard, which only shows them."""
    root = Path(__file__).parents[1]
    shown = root / "outward" / "serve"
    found = (p for p in root.rglob("*") if p.suffix in (".py", ".yaml", ".html", ".css"))
    return sorted(p for p in found if shown not in p.parents)


@cache
def code_sha256() -> str:
    """Digest of the program: its files by name, in order."""
    root = Path(__file__).parents[1]
    return sha256("\n".join(f"{p.relative_to(root).as_posix()} {sha256(p.read_bytes())}" for p in code_files()))


def identity(
    case: Case, worlds: int, seed: int, policies: list[str], fix: Mapping[str, float], weigh: bool, series: str
) -> dict:
    """What a result is a function of. Two results with one identity have the same answers, byte for byte."""
    return {
        "obrok": version(),
        "code_sha256": code_sha256(),
        "case": case.id,
        "case_sha256": case.sha256,
        **({"words": own} if (own := case.words.own()) else {}),
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


def held_back(case: Case) -> dict | None:
    """How many observations are held back, and the digest of what they say (None: there are none).

    It is over their id, quantity, about, value, unit and hedge (and `where`, `compared_with` where given), by id: stated
    before a run, it proves afterwards that the observations are those that were held back then.
    """
    claims = sorted(case.held_back(), key=lambda c: c.id)
    rows = [_held_row(c) for c in claims]
    return {"observations": len(rows), "sha256": sha256_of(rows)} if rows else None


def held_back_text(held: Mapping) -> str:
    """As a changelog can state it before a run."""
    n = held["observations"]
    return f"{n} observation{'s' * (n > 1)} held back, SHA-256 {held['sha256']}."


def _held_row(claim: Claim) -> dict:
    reading = claim.readings[0]
    where = {"route": reading.route, "sector": reading.sector, "left": _span(reading.left)}
    more = {"where": _given(where), "compared_with": _span(claim.compared_with)}
    row = {"id": claim.id, "quantity": claim.quantity, "about": _span(claim.about), "value": claim.value}
    return row | {"unit": claim.unit, "hedge": claim.hedge} | _given(more)


def _span(span: Span | None) -> dict:
    return {} if span is None else _given({k: getattr(span, k) for k in ("start", "end", "days", "place")})


def _given(values: Mapping[str, object]) -> dict:
    """What is there, days as text."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items() if v not in (None, {})}
