"""A finished result as labelled arrays: one `xarray.Dataset` that opens in the tools people already use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from obrok.answers.weigh import Weights
from obrok.case.parameters import (
    EVENT_CHANGES,
    OUTCOMES,
    PARAMETERS,
    Parameter,
    changed_row,
    leaving_row,
    ramp_row,
    share_row,
    weight_row,
)
from obrok.engine.tables import ACCOUNTS, FLOWS, STATUSES
from obrok.outward.columns import outcome
from obrok.outward.folder import read_record, whole
from obrok.outward.sound import refuse_odd, refuse_unsound
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import store

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
#: columns of `worlds/` that are neither parameters nor outcomes
PLAIN = {"world", "policy", "possible", "log_weight", "log_correction"}
#: what the dimensions of the days hold → columns of `series/`
KINDS = {"status": ("people", STATUSES), "flow": ("flows", FLOWS), "account": ("money", ACCOUNTS)}
MEANINGS = {
    "people": "people by status at the day's end",
    "flows": "people to whom it has happened so far",
    "money": "money so far",
    "watch": "watching, mean over posts at the day's end",
    "belief": "belief that people who are found are handed over, mean over posts at the day's end",
    "times": "how often the world was picked in the resample by weight",
    "weight": "weight of the world, summing to 1",
    "log_weight": "log of the weight (-inf: impossible)",
    "log_correction": "log of the weight before claims",
    "likelihood": "likelihood of a claim on what happened, up to a factor",
    "answer": "answer: quantiles over versions by weight",
    "answer_before": "the same before weighing",
    "p50_without": "middle of the answer with something left out (NaN: needs new worlds)",
    "width_without": "width of its 90 % range with something left out",
    "effective_sample_size": "how many worlds the answer is worth with something left out",
    "moved": "shift of the answer's mean rank, or of ranks' distance from the middle, with something left out",
    "sure": "1: moved by more than twice its Monte Carlo error",
}
#: what is told of each answer with something left out → its unit
LEVERAGE = {
    "p50_without": "see unit", "width_without": "see unit", "effective_sample_size": "worlds", "moved": "1", "sure": "1",
}  # fmt: skip


def results(folder: str | Path, days: bool = True) -> xr.Dataset:
    """A result folder as one dataset. Raises `ProblemsFound` where there is no finished result.

    Of every world: parameters `parameter_NAME` (world), outcomes NAME and the case's own questions `question ID` (world,
    policy), `weight`, `log_weight` (world).
    With `days`, of the resample by weight: `people` (picked, policy, place, day, status), `flows` (…, flow), `money`
    (…, account; USD), `watch`, `belief` (picked, policy, place, day), `times` (picked); coordinate `date` (day).
    Of the answers: `answer`, `answer_before` (question, comparison, quantile), where a comparison is a policy or
    "policy less versus"; leverage `p50_without`, `width_without`, `effective_sample_size`, `moved`, `sure` (left_out,
    question), `kind` (left_out).
    Of a sweep: `sweep.together.dataset`.
    """
    import xarray as xr

    folder = Path(folder)
    refuse_odd(folder)
    if ((read_record(folder) or {}).get("identity") or {}).get("kind") == "sweep":
        from obrok.outward.sweep.together import dataset

        return dataset(folder)
    summary, record = store.read_json(folder / "answers.json"), read_record(folder)
    if summary is None or record is None:
        mend = "obrok run writes one; a run that was broken off goes on with the same command."
        raise ProblemsFound([Problem(str(folder), 0, "no finished result of obrok is here", mend)])
    refuse_unsound(folder)
    whole(folder, record, lambda name: days or not name.startswith("series/"))
    data = _worlds(store.read_tables(sorted((folder / "worlds").glob("batch-*.parquet"))), summary.get("questions", []))
    asked = _answers(summary["answers"])
    data |= asked | _leverage(summary["leverage"], asked["question"][1])
    if days:
        data |= _days(store.read_tables(sorted((folder / "series").glob("batch-*.parquet"))))
    coordinates = {name: data.pop(name) for name in list(data) if name in (*_DIMENSIONS, "date")}
    names = ("title", "case", "case_sha256", "seed", "worlds", "effective_sample_size", "pareto_k")
    told = {k: summary[k] for k in names if summary.get(k) is not None}
    told |= {"obrok": record["identity"]["obrok"], "note": "an estimate from a model, not a count"}
    return xr.Dataset(data, coordinates, told)


_DIMENSIONS = (
    *("world", "policy", "picked", "place", "day", "status", "flow", "account"),
    *("question", "comparison", "quantile", "left_out"),
)
Variables = dict[str, tuple]


def _variable(dims, values: np.ndarray, name: str, unit: str = "1") -> tuple:
    return (dims, values, {"units": unit, "long_name": MEANINGS[name]})


def _worlds(table: dict[str, np.ndarray], questions: list[dict]) -> Variables:
    told = {name: {"units": OUTCOMES[name], "long_name": outcome(name)} for name in OUTCOMES}
    told |= {f"question {q['id']}": {"units": OUTCOMES[q["quantity"]], "long_name": q["asks"]} for q in questions}
    policies = list(dict.fromkeys(table["policy"]))
    first = table["policy"] == policies[0]
    order = np.argsort(table["world"][first], kind="stable")

    def of(policy: str, name: str) -> np.ndarray:
        return table[name][table["policy"] == policy][order]

    out: Variables = {"world": ("world", table["world"][first][order]), "policy": ("policy", policies)}
    for name in table:
        if name in told:
            values = np.stack([of(p, name) for p in policies], axis=1)
            out[name] = (("world", "policy"), values, told[name])
        elif name.startswith("likelihood "):
            out[name] = ("world", of(policies[0], name), {"units": "1", "long_name": MEANINGS["likelihood"]})
        elif name not in PLAIN and not name.startswith("claim "):
            key = name.removeprefix("parameter_")
            row = _row(key)
            unit, meaning = (row.unit, row.meaning) if row else ("days", f"day, from the start, of: {key}")
            out[f"parameter_{key}"] = ("world", of(policies[0], name), {"units": unit, "long_name": meaning})
    for name in ("log_weight", "log_correction"):
        if name in table:
            out[name] = _variable("world", of(policies[0], name), name)
    log = out["log_weight"][1]
    out["weight"] = _variable("world", Weights(log, {}).normal, "weight")
    return out


def _row(name: str) -> Parameter | None:
    """The row of a draw; None: the day a document appeared."""
    if name in PARAMETERS:
        return PARAMETERS[name]
    owner, _, what = name.rpartition(".")
    own = {"weight": weight_row, "ramp": ramp_row, "share": share_row, "leaving": leaving_row}
    if what in own:
        return own[what](owner)
    return changed_row(owner, what) if owner and what in EVENT_CHANGES else None


def _days(table: dict[str, np.ndarray]) -> Variables:
    """The rows of `series/`, in whatever order, as arrays."""
    names = {"picked": "world", "policy": "policy", "place": "place", "day": "day"}
    known = {
        dim: np.array(list(dict.fromkeys(table[c]))) if dim in ("policy", "place") else np.unique(table[c])
        for dim, c in names.items()
    }
    spot = tuple(_index(known[dim], table[c]) for dim, c in names.items())
    shape, dims = tuple(len(x) for x in known.values()), tuple(names)

    def spread(values: np.ndarray, kind=None) -> np.ndarray:
        out = np.zeros(shape, kind or values.dtype)
        out[spot] = values
        return out

    date = np.empty(shape[3], "datetime64[ns]")
    date[spot[3]] = table["date"].astype("datetime64[ns]")
    times = np.zeros(shape[0], np.int32)
    times[spot[0]] = table["picked"]
    out: Variables = {dim: (dim, values) for dim, values in known.items() if dim != "policy"}
    out |= {"date": ("day", date), "times": _variable("picked", times, "times")}
    for dim, (name, columns) in KINDS.items():
        out[dim] = (dim, list(columns))
        cents = name == "money"
        values = np.empty((*shape, len(columns)), np.float64 if cents else np.int32)
        for k, column in enumerate(columns):
            values[..., k] = spread(table[column] / 100.0 if cents else table[column])
        out[name] = _variable((*dims, dim), values, name, "USD" if cents else "people")
    for name in ("watch", "belief"):
        out[name] = _variable(dims, spread(table[name]), name)
    return out


def _index(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    order = np.argsort(known)
    return order[np.searchsorted(known[order], values)]


def _answers(answers: list[dict]) -> Variables:
    questions = list(dict.fromkeys(a["id"] for a in answers))
    comparisons = list(dict.fromkeys(_comparison(a) for a in answers))
    shape = (len(questions), len(comparisons), len(QUANTILES))
    now, before = np.full(shape, np.nan), np.full(shape, np.nan)
    for a in answers:
        at = questions.index(a["id"]), comparisons.index(_comparison(a))
        now[at] = [np.nan if a[q] is None else a[q] for q in QUANTILES]
        before[at] = [np.nan if a["prior"][q] is None else a["prior"][q] for q in QUANTILES]
    dims = ("question", "comparison", "quantile")
    units = list({a["id"]: a["unit"] for a in answers}.values())
    return {
        "question": ("question", questions), "comparison": ("comparison", comparisons),
        "quantile": ("quantile", list(QUANTILES.values())), "unit": ("question", units, {"long_name": "unit of the answer"}),
        "answer": _variable(dims, now, "answer", "see unit"),
        "answer_before": _variable(dims, before, "answer_before", "see unit"),
    }  # fmt: skip


def _comparison(answer: dict) -> str:
    return answer["policy"] + (f" less {answer['versus']}" if answer["versus"] else "")


def _leverage(rows: list[dict], questions: list[str]) -> Variables:
    left_out = list(dict.fromkeys((r["kind"], r["id"]) for r in rows))
    values = {name: np.full((len(left_out), len(questions)), np.nan) for name in LEVERAGE}
    for r in rows:
        at = left_out.index((r["kind"], r["id"])), questions.index(r["answer"])
        for name, array in values.items():
            if r[name] is not None:
                array[at] = r[name]
    kinds = [kind for kind, _ in left_out]
    return {
        "left_out": ("left_out", [id for _, id in left_out]),
        "kind": ("left_out", kinds, {"long_name": "what is left out: claim, source, origin, kind of source"}),
        **{n: _variable(("left_out", "question"), x, n, LEVERAGE[n]) for n, x in values.items()},
    }
