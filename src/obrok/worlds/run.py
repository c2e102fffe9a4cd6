"""Many worlds, paired policies: the only runner.

A chunk of worlds goes from draws to outcomes in one thread; the engine releases the interpreter, so chunks run side by
side. Nothing depends on the number of threads or on the order: every number is keyed by its world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from obrok.case.case import Case, Policy
from obrok.engine.days import simulate
from obrok.engine.tables import LEAVER, MOOD, SERIES
from obrok.worlds.measures import Measure, Outcome, answer_measures, claim_measures, probe_days, take
from obrok.worlds.population import Draws, Population, draw_parameters, populate, schedule

CHUNK = 25

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Plan:
    """What to simulate: a case, the seed, the policies asked for (the factual one first), and values fixed by hand."""

    case: Case
    seed: int
    policies: tuple[Policy, ...]
    fix: Mapping[str, float] = field(default_factory=dict)

    def claims(self) -> dict[str, Measure]:
        """Columns that weighing needs, of the factual policy."""
        out: dict[str, Measure] = {}
        for claim in self.case.outcome_claims():
            out |= claim_measures(self.case, claim)
        return out


@dataclass(frozen=True)
class Chunk:
    """Outcomes of some worlds: `answers[policy][quantity]` and `claims[column]`, shape (n,); NaN in impossible worlds."""

    numbers: np.ndarray
    draws: Draws
    possible: np.ndarray
    answers: dict[str, dict[str, np.ndarray]]
    claims: dict[str, np.ndarray]
    series: dict[str, np.ndarray]
    mood: dict[str, np.ndarray]


def engine_run(plan: Plan, people: Population, policy: Policy, measures: list[Measure], repeat: int) -> Outcome:
    """The engine on every possible world of a population, under one policy."""
    n, days = len(people.numbers), plan.case.days
    series, mood = np.zeros((n, days, len(SERIES)), np.int64), np.zeros((n, days, len(MOOD)))
    asked = probe_days(measures, people.draws, n)
    probes = np.full(asked.shape, np.nan)
    host = schedule(plan.case, people.draws, policy)
    left, row = [np.empty(0, LEAVER)], [np.empty(0, np.int64)]
    for i in np.flatnonzero(people.possible):
        gone = simulate(
            plan.seed, repeat, int(people.numbers[i]), people.worlds[i], people.enterprise_first[i],
            host[i], asked[i], series[i], mood[i], probes[i],
        )  # fmt: skip
        left.append(gone)
        row.append(np.full(len(gone), i))
    return Outcome(series, mood, asked, probes, np.concatenate(left), np.concatenate(row))


def run_chunk(plan: Plan, numbers: np.ndarray, keep_series: bool = False, repeat: int = 0) -> Chunk:
    """Simulates these worlds under every policy of the plan. `repeat` > 0: fresh luck for the same parameters."""
    draws = draw_parameters(plan.case, plan.seed, numbers, plan.fix)
    people = populate(plan.case, plan.seed, numbers, draws)
    asked, claimed = answer_measures(plan.case), plan.claims()
    answers: dict[str, dict[str, np.ndarray]] = {}
    claims: dict[str, np.ndarray] = {}
    series: dict[str, np.ndarray] = {}
    mood: dict[str, np.ndarray] = {}

    def masked(values: np.ndarray) -> np.ndarray:
        return np.where(people.possible, values, np.nan)

    for policy in plan.policies:
        measures = [*asked.values(), *(claimed.values() if policy.factual else ())]
        outcome = engine_run(plan, people, policy, measures, repeat)
        with np.errstate(invalid="ignore", divide="ignore"):
            answers[policy.id] = {name: masked(take(m, outcome, draws)) for name, m in asked.items()}
        if policy.factual and repeat == 0:
            with np.errstate(invalid="ignore", divide="ignore"):
                claims = {name: masked(take(m, outcome, draws)) for name, m in claimed.items()}
        if keep_series:
            series[policy.id], mood[policy.id] = outcome.series, outcome.mood
    return Chunk(numbers, draws, people.possible, answers, claims, series, mood)


def joined(chunks: Iterable[Chunk]) -> Chunk:
    """Chunks, in order, as one."""
    chunks = list(chunks)

    def cat(get: Callable[[Chunk], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        return {name: np.concatenate([get(c)[name] for c in chunks]) for name in get(chunks[0])}

    return Chunk(
        np.concatenate([c.numbers for c in chunks]),
        cat(lambda c: c.draws),
        np.concatenate([c.possible for c in chunks]),
        {p: cat(lambda c, p=p: c.answers[p]) for p in chunks[0].answers},  # type: ignore[misc]
        cat(lambda c: c.claims),
        cat(lambda c: c.series),
        cat(lambda c: c.mood),
    )


def in_threads(tasks: Iterable[Callable[[], Chunk]], threads: int) -> Iterator[Chunk]:
    """Runs tasks side by side and yields their results in order, a few ahead; on an interrupt what has not begun is dropped."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[Chunk]] = []
        try:
            for task in tasks:
                waiting.append(pool.submit(task))
                if len(waiting) > 2 * threads:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def run_worlds(
    plan: Plan, numbers: np.ndarray, threads: int = 1, progress: Progress | None = None, keep_series: bool = False
) -> Chunk:
    """Simulates these worlds, in threads; tells progress in worlds."""
    tasks = ((lambda piece=piece: run_chunk(plan, piece, keep_series)) for piece in _pieces(numbers))
    return joined(_gathered(tasks, threads, progress))


def _pieces(numbers: np.ndarray) -> list[np.ndarray]:
    return [numbers[i : i + CHUNK] for i in range(0, len(numbers), CHUNK)]


def _gathered(tasks: Iterable[Callable[[], Chunk]], threads: int, progress: Progress | None) -> list[Chunk]:
    """All results, in order, telling progress in worlds."""
    done = []
    for chunk in in_threads(tasks, threads):
        done.append(chunk)
        if progress:
            progress(len(chunk.numbers))
    return done


def repeat_worlds(
    plan: Plan, numbers: np.ndarray, repeats: int, threads: int = 1, progress: Progress | None = None
) -> dict[str, dict[str, np.ndarray]]:
    """The same parameters under fresh luck: policy → outcome → float64, shape (repeats, n)."""
    rounds = range(1, repeats + 1)
    tasks = ((lambda piece=piece, r=r: run_chunk(plan, piece, repeat=r)) for r in rounds for piece in _pieces(numbers))
    done = _gathered(tasks, threads, progress)
    out: dict[str, dict[str, np.ndarray]] = {}
    for policy in plan.policies:
        out[policy.id] = {
            name: np.concatenate([c.answers[policy.id][name] for c in done]).reshape(repeats, len(numbers))
            for name in done[0].answers[policy.id]
        }
    return out
