"""obrok beside pyABC 0.13: the same simulator, the same priors, the same likelihood; time for an effective sample.

    pip install pyabc==0.13.0        # into an environment of its own that has obrok
    python bench/pyabc_chita.py [--accepted 300] [--versions 40000] [--seed 1] [--out bench.json]

Both draw the parameters of chita-2015 from its priors, live a version up to the last day of which a claim speaks by the
same compiled engine, and give it the same L (`obrok.answers.weigh`, mean likelihoods Z taken from one run of obrok). pyABC
draws from the unit cube of the uniform numbers behind the priors, which obrok's own code maps to parameters: so mixtures,
bounds and parts are the same. It accepts by L itself (`StochasticAcceptor` on a kernel that returns ln L, exact at
temperature 1), with as many processes as obrok has threads, in two ways: from the prior in one generation, and by sequential
Monte Carlo with its own temperatures. Then: middles of parameters and counts with their Monte Carlo errors, and seconds,
wall and processor, for an effective sample of 1,000, the pilot of obrok included. Nothing that compiles is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import obrok  # noqa: F401 (names the folder of compiled kernels)
from obrok.answers.pilot import pilot, until_claims
from obrok.answers.weigh import effective_sample_size, likelihoods, weigh
from obrok.bench.obrok_rules import Clock
from obrok.case.case import load
from obrok.worlds import population
from obrok.worlds.run import Plan, run_chunk, run_worlds

LOOKED_AT = ("leave_rate", "far_share", "find_nearby", "weight_risk", "visit_role", "wage", "posts")
COUNTED = ("claim may-found 0", "claim growing-number recent", "claim growing-number year")


def middle(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean and its standard error."""
    w = weights / weights.sum()
    mean = float(w @ values)
    return mean, float(np.sqrt(w**2 @ (values - mean) ** 2))


def ours(plan: Plan, versions: int, threads: int) -> dict:
    with Clock() as clock:
        guide = pilot(plan, threads)
        assert guide is not None
        c = run_worlds(replace(plan, proposal=guide.proposal), np.arange(versions), threads)
        likes = likelihoods(plan.case, c.claims, c.draws["posts"], c.possible)
        weights = weigh(plan.case, likes, c.possible, log_correction=c.log_correction)
    values = {n: c.draws[n] for n in LOOKED_AT} | {n: np.nan_to_num(c.claims[n]) for n in COUNTED}
    assert c.possible.mean() > 0.9 and values["claim growing-number year"].sum() > 0  # the work was done
    return dict(clock=clock, weights=weights.normal, values=values, z=weights.z, simulated=versions + guide_worlds(guide))


def guide_worlds(guide) -> int:
    return guide.proposal.pilot if guide.proposal else 0


def spots(plan: Plan) -> list[tuple[str, int]]:
    """Which uniform numbers stand behind the priors: (name, ordinal), found by drawing once."""
    asked: list[tuple[str, int]] = []

    def note(seed, index, name, ordinal=0, purpose=0):
        asked.append((name, ordinal))
        return np.full(len(index), 0.5)

    with mapped(note):
        population.draw_parameters(plan.case, plan.seed, np.arange(1))
    return asked


class mapped:
    """Lets the drawing code take its uniform numbers from elsewhere."""

    def __init__(self, instead):
        self.instead = instead

    def __enter__(self):
        self.own, population.luck.spread_uniforms = population.luck.spread_uniforms, self.instead

    def __exit__(self, *_):
        population.luck.spread_uniforms = self.own


def theirs(plan: Plan, z: dict, accepted: int, processes: int, seed: int, sequential: bool) -> dict:
    import pyabc

    names = spots(plan)
    keys = [f"u{k}" for k in range(len(names))]
    rng = np.random.default_rng(seed)

    def model(parameters) -> dict:
        u = dict(zip(names, (parameters[k] for k in keys), strict=True))
        if not all(0 < x < 1 for x in u.values()):
            return {"log_l": -np.inf, **dict.fromkeys((*LOOKED_AT, *COUNTED), 0.0)}
        world = np.array([int.from_bytes(os.urandom(4), "big") >> 1])  # fresh luck, in every process
        with mapped(lambda seed, index, name, ordinal=0, purpose=0: np.array([u[name, ordinal]])):
            c = run_chunk(plan, world)
        likes = likelihoods(plan.case, c.claims, c.draws["posts"], c.possible)
        log = weigh(plan.case, likes, c.possible, means=z).log[0] if c.possible[0] else -np.inf
        values = {n: float(c.draws[n][0]) for n in LOOKED_AT} | {n: float(np.nan_to_num(c.claims[n][0])) for n in COUNTED}
        return {"log_l": float(log), **values}

    prior = pyabc.Distribution(**{k: pyabc.RV("uniform", 0, 1) for k in keys})
    kernel = pyabc.distance.FunctionKernel(lambda x, x_0, t, par: x["log_l"], ret_scale=pyabc.distance.SCALE_LOG)
    eps = pyabc.Temperature() if sequential else pyabc.ListTemperature(values=[1.0])
    abc = pyabc.ABCSMC(
        model, prior, kernel, eps=eps, acceptor=pyabc.StochasticAcceptor(), population_size=accepted,
        sampler=pyabc.MulticoreEvalParallelSampler(n_procs=processes), max_nr_recorded_particles=0,
    )  # fmt: skip
    np.random.seed(int(rng.integers(1 << 31)))
    with tempfile.TemporaryDirectory() as folder, Clock() as clock:
        abc.new("sqlite:///" + str(Path(folder) / "abc.db"), {"log_l": 0.0})
        history = abc.run(max_nr_populations=12 if sequential else 1)
        frame, weights = history.get_weighted_sum_stats()
        simulated = int(history.total_nr_simulations)
        temperature = float(history.get_all_populations()["epsilon"].iloc[-1])
    values = {n: np.array([float(s[n]) for s in weights]) for n in (*LOOKED_AT, *COUNTED)}
    return dict(clock=clock, weights=np.asarray(frame), values=values, simulated=simulated, temperature=temperature)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--accepted", type=int, default=300)
    options.add_argument("--versions", type=int, default=40_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sequential", action="store_true", help="pyABC's sequential Monte Carlo too")
    options.add_argument("--out", type=Path)
    given = options.parse_args()
    cores = len(os.sched_getaffinity(0))
    case = load("chita-2015")
    plan = until_claims(Plan(case, given.seed, (case.factual,), answers=False))
    run_worlds(plan, np.arange(64), cores)  # compiles
    first = ours(plan, given.versions, cores)
    found = {"obrok": first, "pyABC, from the prior": theirs(plan, first["z"], given.accepted, cores, given.seed, False)}
    if given.sequential:
        found["pyABC, sequential"] = theirs(plan, first["z"], given.accepted, cores, given.seed, True)
    rows, base = [], None
    for name, run in found.items():
        size, clock = effective_sample_size(run["weights"]), run["clock"]
        row = {
            "method": name, "simulated": run["simulated"], "effective_sample_size": round(size, 1),
            "wall_s": round(clock.wall, 2), "cpu_s": round(clock.cpu, 2),
            "wall_s_per_1000": round(1000 * clock.wall / size, 2), "cpu_s_per_1000": round(1000 * clock.cpu / size, 2),
            "temperature": run.get("temperature", 1.0),
        }  # fmt: skip
        base = base or row
        row["times_slower_wall"] = round(row["wall_s_per_1000"] / base["wall_s_per_1000"], 1)
        row["times_slower_cpu"] = round(row["cpu_s_per_1000"] / base["cpu_s_per_1000"], 1)
        rows.append(row)
        print(json.dumps(row))
    compared = []
    for name in (*LOOKED_AT, *COUNTED):
        told = {m: middle(run["values"][name], run["weights"]) for m, run in found.items()}
        (a, ea), (b, eb) = (told[m] for m in list(told)[:2])
        compared.append({"name": name, **{m: [round(x, 5) for x in t] for m, t in told.items()}, "apart_se": round(abs(a - b) / np.hypot(ea, eb), 2)})
        print(json.dumps(compared[-1]))
    if given.out:
        given.out.write_text(json.dumps({"rows": rows, "compared": compared, "cores": cores}, indent=1) + "\n")


if __name__ == "__main__":
    main()
