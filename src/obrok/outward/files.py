"""What a run writes: tables of worlds and days, answers as JSON and CSV, the record."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from obrok.answers.answers import Answer
from obrok.answers.weigh import Weights, effective_sample_size, pareto_k
from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import SERIES
from obrok.worlds import record, store
from obrok.worlds.proposal import FLOOR, Proposal
from obrok.worlds.run import Chunk, Plan

if TYPE_CHECKING:
    from obrok.outward.options import Options
    from obrok.outward.stages import Versions

#: worlds in a file; versions, lived up to the last claim, in a file
BATCH, VERSIONS = 500, 4_000


def column_of(parameter: str) -> str:
    """A parameter's column: its name, or `parameter_NAME` where an outcome has that name (far_share, taken_back)."""
    return f"parameter_{parameter}" if parameter in OUTCOMES else parameter


def answer_columns(case: Case) -> dict[str, str]:
    """Whatever is answered → its column: outcomes by their names, then the case's own questions."""
    return {name: name for name in OUTCOMES} | {q.id: f"question {q.id}" for q in case.questions}


def world_table(plan: Plan, chunk: Chunk) -> dict[str, np.ndarray]:
    """A chunk as a table: a row a world and policy. Claims' measures stand in the rows of the factual policy."""
    policies = [p.id for p in plan.policies]
    n, k = len(chunk.numbers), len(policies)
    nothing = np.full(n * (k - 1), np.nan)
    table = {
        "world": np.tile(chunk.numbers, k),
        "policy": np.repeat(np.array(policies), n),
        "possible": np.tile(chunk.possible, k),
        "log_correction": np.tile(chunk.log_correction, k),
    }
    table |= {column_of(name): np.tile(x, k) for name, x in chunk.draws.items()}
    asked = answer_columns(plan.case)
    table |= {column: np.concatenate([chunk.answers[p][name] for p in policies]) for name, column in asked.items()}
    return table | {name: np.concatenate([x, nothing]) for name, x in chunk.claims.items()}


def version_table(plan: Plan, chunk: Chunk) -> dict[str, np.ndarray]:
    """What picking versions needs of a chunk: a row a version."""
    table = {"world": chunk.numbers, "possible": chunk.possible, "log_correction": chunk.log_correction}
    return table | {"posts": chunk.draws["posts"]} | chunk.claims


def series_table(plan: Plan, chunk: Chunk, times: np.ndarray, at: np.ndarray) -> dict[str, np.ndarray]:
    """Daily records of the days kept: a row a world, policy, city and day."""
    n, cities, days = len(chunk.numbers), [c.place for c in plan.case.cities], len(at)
    dates = np.datetime64(plan.case.start.isoformat(), "s") + at * np.timedelta64(86400, "s")
    out: dict[str, list[np.ndarray]] = {}
    for policy, kept in chunk.days.items():
        table = {
            "world": np.repeat(chunk.numbers, len(cities) * days),
            "picked": np.repeat(times, len(cities) * days),
            "policy": np.full(n * len(cities) * days, policy),
            "place": np.tile(np.repeat(np.array(cities), days), n),
            "day": np.tile(at, n * len(cities)),
            "date": np.tile(dates, n * len(cities)),
            **{name: kept.series[..., i].ravel() for i, name in enumerate(SERIES)},
            "watch": kept.watch.ravel(),
            "belief": kept.belief.ravel(),
        }
        for name, column in table.items():
            out.setdefault(name, []).append(column)
    return {name: np.concatenate(columns) for name, columns in out.items()}


def summary_of(
    plan: Plan, options: Options, versions: Versions, w: np.ndarray, possible: np.ndarray, answers: list[Answer]
) -> dict:
    case = plan.case
    k = pareto_k(w) if options.weigh else None
    rows = [
        {
            "kind": row["kind"], "id": row["id"], "answer": a.id, "policy": a.policy, "p50_without": row["p50_without"],
            "p50_interval": row["p50_interval"],
            "width_without": row["width_without"], "needs_new_worlds": row["needs_new_worlds"],
            "effective_sample_size": round(row["effective_sample_size"], 1),
            "pareto_k": None if row["pareto_k"] is None else round(row["pareto_k"], 3),
            "moved": round(row["moved"], 4), "sure": row["sure"],
        }
        for a in answers if a.versus is None and a.policy == case.factual.id
        for row in a.leverage
    ]  # fmt: skip
    return {
        "format": 1,
        "title": case.title,
        "case": case.id,
        "case_sha256": case.sha256,
        "seed": options.seed,
        "worlds": versions.imagined,
        "kept": len(possible),
        "impossible": versions.impossible if versions.z is not None else int((~possible).sum()),
        "weighed": options.weigh,
        "effective_sample_size": round(effective_sample_size(w), 1),
        "pareto_k": None if k is None else round(float(k), 3),
        "anchors": {
            "checked": case.anchors.checked,
            "not_checked": case.anchors.not_checked,
            "wrong": case.anchors.wrong,
            "no_text": case.anchors.no_text,
        },
        "questions": [q.as_json() for q in case.questions],
        "answers": [rounded(a.as_json()) for a in answers],
        "leverage": rows,
    }


def rounded(value):
    """Floats to ten significant digits: the last bits carry nothing. None for what does not exist."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if np.isfinite(value) else None
    return value


def record_of(plan: Plan, identity: dict, weights: Weights, summary: dict) -> dict:
    return {
        "format": 1,
        "identity": identity,
        "environment": record.environment(),
        "z": {name: float(f"{z:.10g}") for name, z in weights.z.items()},
        "worlds": {name: summary[name] for name in ("worlds", "kept", "impossible")},
        "weighing": {"effective_sample_size": summary["effective_sample_size"], "pareto_k": summary["pareto_k"]},
        "proposal": plan.proposal and _proposal_row(plan.proposal),
        "answers_sha256": record.sha256_of(summary),
        "held_back": record.held_back(plan.case),
        "anchors": summary["anchors"] | {"absent": list(plan.case.anchors.absent)},
    }


def _proposal_row(proposal: Proposal) -> dict:
    """How the pilot was drawn on; `guess`: all that it is made of, so that any world of the run can be lived again without
    the pilot; `sha256` of that."""
    return {
        "pilot": proposal.pilot,
        "candidates": proposal.candidates,
        "floor": FLOOR,
        "tempering": proposal.tempering,
        "power": proposal.power,
        "gain": proposal.gain,
        "parameters": list(dict.fromkeys(f.parameter for f in proposal.features)),
        "sha256": record.sha256_of(proposal.as_json()),
        "guess": proposal.as_json(),
    }


def repeat_table(plan: Plan, repeats: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Answers under fresh luck: a row a policy, repeat and world."""
    columns = answer_columns(plan.case)
    policies = [p.id for p in plan.policies]
    table = {column: np.concatenate([repeats[p][name].ravel() for p in policies]) for name, column in columns.items()}
    size = len(next(iter(table.values()))) // len(policies)
    return {"policy": np.repeat(np.array(policies), size)} | table


def write_worlds(
    table: dict, versions: Versions, likes: Mapping[str, np.ndarray], log_weight: np.ndarray, folder: Path
) -> None:
    """worlds/: the finished batches, each with likelihoods and weights; a twin inherits those of its factual world."""
    shutil.rmtree(folder / "worlds", ignore_errors=True)
    row = np.searchsorted(versions.numbers, table["world"])
    table = table | {"log_correction": versions.log_correction[row], "log_weight": log_weight[row]}
    table |= {f"likelihood {claim}": like[row] for claim, like in likes.items()}
    for k, first in enumerate(range(0, len(log_weight), BATCH)):
        rows = (row >= first) & (row < first + BATCH)
        batch = {name: column[rows] for name, column in table.items()}
        store.write_table(folder / "worlds" / f"batch-{k:05d}.parquet", batch)


def write_csv(path: Path, answers: list[Answer]) -> None:
    names = ["id", "policy", "versus", "unit", "p05", "p50", "p95", "prior_p05", "prior_p50", "prior_p95"]
    names += ["defined", "chance_none", "chance_more", "chance_less", "text"]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for a in answers:
        row = rounded(a.as_json())
        writer.writerow(row | {f"prior_{k}": v for k, v in row["prior"].items()})
    store.write_text(path, buffer.getvalue())
