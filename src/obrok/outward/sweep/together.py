"""The answers of a sweep as one labelled set: a table, arrays, a page.

answers.parquet, answers.csv   a row a point and answer: what was fixed there, the seed, quantiles
points.csv                     a row a point: what was fixed there, how many versions count
sweep.html                     how the leading answers follow what varies
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from obrok.outward import files
from obrok.outward.folder import read_record, whole
from obrok.outward.sweep.tasks import OF_POINT
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import store

if TYPE_CHECKING:
    import xarray as xr

    from obrok.outward.sweep.sweep import Plan

ENDS = ("p05", "p50", "p95")
#: figures of an answer; what it is an answer to
FIGURES = (*ENDS, *(f"prior_{end}" for end in ENDS), "defined", "chance_none", "chance_more", "chance_less")
NAMES = ("policy", "versus", "id", "unit")


def write(folder: Path, plan: Plan, answers: Sequence[Mapping]) -> None:
    """Everything but the record. `answers`: what `tasks.answer` gave, point by point."""
    table = table_of(plan, answers)
    store.write_table(folder / "answers.parquet", table)
    columns = [[_cell(x) for x in column] for column in table.values()]
    _write_csv(folder / "answers.csv", list(table), zip(*columns, strict=True))
    names, heads = _heads(plan)
    rows = [[*head, *(answer[k] for k in OF_POINT)] for head, answer in zip(heads, answers, strict=True)]
    _write_csv(folder / "points.csv", [*names, *OF_POINT], rows)
    from obrok.outward.sweep.page import page  # matplotlib is slow to import

    store.write_text(folder / "sweep.html", page(plan, table, answers))


def fixed(plan: Plan) -> list[str]:
    """Every parameter that some point fixes: those that vary, first."""
    return list(dict.fromkeys([*plan.axes, *(name for point in plan.points for name in point.fix)]))


def _heads(plan: Plan) -> tuple[list[str], list[list[Any]]]:
    """What a run was: names, and of each point what they are."""
    names = fixed(plan)
    rows = [
        [n, plan.cases[point.case].id, point.seed, *(point.fix.get(name) for name in names)]
        for n, point in enumerate(plan.points)
    ]
    return ["point", "case", "seed", *names], rows


def table_of(plan: Plan, answers: Sequence[Mapping]) -> dict[str, np.ndarray]:
    """A row a point and answer. NaN: what does not exist; `versus`: the policy that it is compared with, or nothing."""
    names, heads = _heads(plan)
    many = [len(a["answers"]) for a in answers]
    flat = [row for a in answers for row in a["answers"]]
    out: dict[str, np.ndarray] = {}
    kinds = {"point": np.int64, "seed": np.int64, "case": np.str_}
    for k, name in enumerate(names):
        column: np.ndarray = np.array([head[k] for head in heads], kinds.get(name, np.float64))
        out[name] = np.repeat(column, many)
    out |= {name: np.array([row[name] or "" for row in flat]) for name in NAMES}
    for name in FIGURES:
        where = [row["prior"].get(name[6:]) if name.startswith("prior_") else row[name] for row in flat]
        out[name] = np.array(where, np.float64)  # None is NaN
    return out


def _cell(x: Any) -> Any:
    return "" if isinstance(x, float) and np.isnan(x) else f"{x:.10g}" if isinstance(x, float) else x


def _write_csv(path: Path, head: Sequence[str], rows: Any) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([["" if x is None else files.rounded(x) for x in row] for row in rows])
    store.write_text(path, buffer.getvalue())


# --- arrays ----------------------------------------------------------------------------------------------------------
def dataset(folder: str | Path) -> xr.Dataset:
    """A finished sweep as one dataset: `answer`, `answer_before` (…, question, comparison, quantile), `defined` (…,
    question, comparison). Where the points are all combinations of what varies, … is a dimension for each that varies
    (`case`, `seed`, parameters); else it is `point`, and what varies stands beside it. NaN: asked of another case alone.
    Raises `ProblemsFound` where there is no finished sweep, or where it is damaged."""
    import xarray as xr

    folder = Path(folder)
    made = read_record(folder)
    if not made or made["identity"].get("kind") != "sweep":
        mend = "obrok sweep writes one; one that was broken off goes on with the same command."
        raise ProblemsFound([Problem(str(folder), 0, "no finished sweep of obrok is here", mend)])
    whole(folder, made, lambda name: name == "answers.parquet")
    table, was = store.read_tables([folder / "answers.parquet"]), made["identity"]
    names = [was["cases"][p["case"]] for p in was["points"]]
    heads: dict[str, list] = {"case": names, "seed": [p["seed"] for p in was["points"]]}
    heads |= {name: [p["fix"].get(name, np.nan) for p in was["points"]] for name in was["axes"]}
    spots, dims = _spots(heads)
    comparison = [f"{p} less {v}" if v else p for p, v in zip(table["policy"], table["versus"], strict=True)]
    asked = {"question": list(dict.fromkeys(table["id"])), "comparison": list(dict.fromkeys(comparison))}
    at = tuple(spots[d][table["point"]] for d in dims)
    at += tuple(np.array([{x: i for i, x in enumerate(asked[d])}[x] for x in column]) for d, column in
                (("question", table["id"]), ("comparison", comparison)))  # fmt: skip
    shape = (*(len(dims[d]) for d in dims), *map(len, asked.values()))

    def spread(column: np.ndarray) -> np.ndarray:
        out = np.full(shape, np.nan)
        out[at] = column
        return out

    inside = (*dims, *asked)

    def three(before: str, told: str) -> tuple:
        values = np.stack([spread(table[before + end]) for end in ENDS], axis=-1)
        return (*inside, "quantile"), values, {"units": "see unit", "long_name": told}

    data = {
        "answer": three("", "answer: quantiles over versions by weight"),
        "answer_before": three("prior_", "the same before weighing"),
        "defined": (inside, spread(table["defined"]), {"units": "1", "long_name": "weight in which it exists"}),
    }
    units = list(dict(zip(table["id"], table["unit"], strict=True)).values())
    coordinates: dict[str, Any] = {d: values for d, values in dims.items()} | asked
    coordinates |= {"quantile": [0.05, 0.5, 0.95], "unit": ("question", units, {"long_name": "unit of the answer"})}
    if "point" in dims:
        coordinates |= {name: ("point", column) for name, column in heads.items()}
    else:
        coordinates |= {name: column[0] for name, column in heads.items() if name not in dims}
    told = {"obrok": was["obrok"], "versions": was["worlds"], "note": "estimates from a model, not counts"}
    return xr.Dataset(data, coordinates, told)


def _spots(heads: Mapping[str, Sequence]) -> tuple[dict[str, np.ndarray], dict[str, list]]:
    """Of each dimension, where along it each point stands, and its values."""
    varies = {name: sorted(set(column)) for name, column in heads.items() if len(set(column)) > 1}
    many = len(heads["seed"])
    rows = set(zip(*heads.values(), strict=True))
    if len(rows) == many == int(np.prod([len(v) for v in varies.values()])) and varies:
        place = {name: {x: i for i, x in enumerate(values)} for name, values in varies.items()}
        return {name: np.array([place[name][x] for x in heads[name]]) for name in varies}, varies
    return {"point": np.arange(many)}, {"point": list(range(many))}
