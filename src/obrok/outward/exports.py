"""A finished result in the shapes that other tools expect: an ArviZ tree, and tidy tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from obrok import luck
from obrok.answers.quantiles import resample
from obrok.outward.results import results
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import store

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: equal draws in each group of the tree
DRAWS = 2_000


def tree(folder: str | Path, draws: int = DRAWS) -> xr.DataTree:
    """A result folder as ArviZ holds inference data: groups `posterior` and `prior`, dimensions (chain, draw[, policy]),
    one chain; `log_likelihood` of each claim on what happened, for the draws of the posterior.

    ArviZ takes draws to be equal: they are a systematic resample of the worlds by weight, with and without the claims;
    `world` says which world a draw is. Raises `ProblemsFound` where there is no finished result.
    """
    import xarray as xr

    data = results(folder, days=False)
    seed = int(data.attrs["seed"])
    worlds = [str(n) for n in data.data_vars if data[n].dims[:1] == ("world",)]
    values = data[[n for n in worlds if not n.startswith(("likelihood ", "log_", "weight"))]]
    likes = data[[n for n in worlds if n.startswith("likelihood ")]]

    def drawn(of: xr.Dataset, weights: np.ndarray, name: str) -> xr.Dataset:
        start = float(luck.named_uniforms(seed, np.array([0]), name, 0, luck.RESAMPLE)[0])
        picked = np.repeat(np.arange(len(weights)), resample(weights, draws, start))
        out = of.drop_vars("world").isel(world=picked).rename(world="draw")
        out = out.expand_dims(chain=[0]).assign_coords(
            draw=np.arange(draws), world=("draw", data["world"].values[picked])
        )
        return out.assign_attrs(data.attrs)

    posterior, log = data["weight"].values, data["log_correction"].values
    prior = np.exp(log - log[np.isfinite(log)].max()) * (posterior >= 0) * np.isfinite(data["log_weight"].values)
    groups = {"posterior": drawn(values, posterior, "posterior"), "prior": drawn(values, prior, "prior")}
    if likes.data_vars:
        names = {n: str(n).removeprefix("likelihood ") for n in likes.data_vars}
        with np.errstate(divide="ignore"):
            groups["log_likelihood"] = drawn(likes, posterior, "posterior").rename(names).map(np.log)
    return xr.DataTree.from_dict(groups)


def tables(folder: str | Path) -> dict[str, pd.DataFrame]:
    """A result folder as tidy tables, a row an observation: `answers` (a row an answer), `leverage` and `readings` (a row an
    answer and thing left out or read otherwise), `due` (a row an answer and what its spread is due to), `next` (a row an
    answer and unknown), `worlds` (a row a world and policy), `believed` (a row a claim)."""
    import pandas as pd

    folder = Path(folder)
    results(folder, days=False)  # tells what is wrong, where there is no finished result
    summary, told = (store.read_json(folder / name) or {} for name in ("answers.json", "explain.json"))
    flat = [{**a, **{f"prior_{k}": v for k, v in a["prior"].items()}} for a in summary["answers"]]
    key = ("id", "policy", "versus")
    if not told:
        mend = "obrok run writes it; a run that was broken off goes on with the same command."
        raise ProblemsFound([Problem(f"{folder.name}/explain.json", 0, "the file is missing or damaged", mend)])

    def rows(part: str) -> list[dict]:
        named = [({f"answer_{k}" if k == "id" else k: a[k] for k in key}, a[part] or {}) for a in told["answers"]]
        if part == "due":
            return [head | {"due_to": name, "share": share} for head, shares in named for name, share in shares.items()]
        return [head | row for head, found in named for row in found]

    return {
        "answers": pd.DataFrame(flat).drop(columns=["prior"]),
        **{part: pd.DataFrame(rows(part)) for part in ("leverage", "readings", "due", "next")},
        "believed": pd.DataFrame([{"claim": c} | b for c, b in told["believed"].items()]),
        "worlds": pd.DataFrame(store.read_tables(sorted((folder / "worlds").glob("batch-*.parquet")))),
    }
