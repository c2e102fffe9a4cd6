"""What tests and benches of runs under faults share: a folder's bytes, and stand-ins for what takes long and is not judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from obrok.worlds import store


def contents(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by name."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def page(case, summary, told, made, days, draws, w, prior) -> str:
    """In the place of the report, whose pictures take seconds: digests of what it is drawn from."""
    arrays = [*days.series.values(), days.at, days.times, *draws.values(), w, prior]
    return "\n".join(store.sha256(np.ascontiguousarray(x).tobytes()) for x in arrays)


def account(weighed, worlds, questions, seed) -> dict:
    """In the place of explain.json: its keys."""
    nothing: dict = {key: [] for key in ("answers", "silent", "in_doubt", "narrowed")}
    return nothing | {"format": 1, "case": weighed.case.id, "believed": {}, "too_few": False}
