"""Many worlds, paired policies: the only runner.

A chunk of worlds goes from draws to outcomes in one thread; the engine releases the interpreter, so chunks run side by
side. Nothing depends on the number of threads or on the order: every number is keyed by its world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from obrok import luck
from obrok.case.case import Case, Policy
from obrok.engine.kept import live
from obrok.engine.tables import SCHEDULE, SERIES
from obrok.worlds.measures import (
    Measure,
    Outcome,
    answer_measures,
    claim_measures,
    held_measures,
    probe_days,
    question_measures,
    recorded_days,
    take,
)
from obrok.worlds.population import (
    Draws,
    Population,
    bounds,
    cities_alike,
    draw_parameters,
    populate,
    schedule,
    touched_by,
)
from obrok.worlds.proposal import Proposal, propose

#: worlds that go through together, and the most bytes that their days may take
CHUNK, CHUNK_BYTES = 50, 1 << 26
#: person-days of a version (posts times days, in the middle of what is assumed) above which it takes long enough that
#: what only guides or accounts for a run makes do with fewer
HEAVY = 20_000_000

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Plan:
    """What to simulate: a case, the seed, the policies asked for (the factual one first), values fixed by hand, and where
    parameters are drawn (None: from the prior as it is). `answers`: False counts only what claims need. `until`: the days
    that are lived (None: all); what happens in them does not hang on it."""

    case: Case
    seed: int
    policies: tuple[Policy, ...]
    fix: Mapping[str, float] = field(default_factory=dict)
    proposal: Proposal | None = None
    answers: bool = True
    until: int | None = None

    @property
    def days(self) -> int:
        return self.case.days if self.until is None else self.until

    @cached_property
    def heavy(self) -> bool:
        """Whether a version takes long, as a whole country over many years does."""
        posts = draw_parameters(self.case, self.seed, np.arange(100), self.fix)["posts"]
        return float(np.median(posts)) * self.case.days > HEAVY

    def claims(self) -> dict[str, Measure]:
        """Columns that weighing needs, of the factual policy."""
        out: dict[str, Measure] = {}
        for claim in self.case.outcome_claims():
            out |= claim_measures(self.case, claim)
        return out

    def counted(self) -> dict[str, Measure]:
        """Every column of the factual policy: what weighing needs and, beside answers, what observations held back say."""
        return self.claims() | (held_measures(self.case) if self.answers else {})


class Days(NamedTuple):
    """Daily record of some worlds under a policy: series int64 (n, cities, days, columns); watch, belief (n, cities, days).
    Of every day, or of those that were asked for."""

    series: np.ndarray
    watch: np.ndarray
    belief: np.ndarray

    @staticmethod
    def of(outcome: Outcome, days: np.ndarray) -> Days:
        """These days of what was recorded."""
        place = np.stack([outcome.place_of(np.asarray(day)) for day in days], axis=1)[:, None]
        rows, cities = np.arange(len(place))[:, None, None], np.arange(outcome.series.shape[1])[:, None]
        return Days(
            outcome.series[rows, cities, place],
            outcome.watch[rows, cities, place, 0],
            outcome.belief[rows, cities, place],
        )


@dataclass(frozen=True)
class Chunk:
    """Outcomes of some worlds: `answers[policy][outcome or question]` and `claims[column]`, shape (n,); NaN in impossible worlds.
    `days[policy]` where they are kept. `log_correction`: what takes the proposal out of a world's weight."""

    numbers: np.ndarray
    draws: Draws
    log_correction: np.ndarray
    possible: np.ndarray
    answers: dict[str, dict[str, np.ndarray]]
    claims: dict[str, np.ndarray]
    days: dict[str, Days]


class Host:
    """Host state and enterprises of a population, day by day, under each policy, and their bounds."""

    def __init__(self, case: Case, people: Population):
        self.case, self.people = case, people
        self.factual = schedule(case, people.draws, case.factual)
        self.limit = bounds(self.factual)

    def under(self, policy: Policy, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Schedule and bounds under a policy: (n, cities, days), (n, cities). `out`: as in `population.schedule`."""
        if policy.factual:
            if out is not None:
                out[...] = self.factual[:, : out.shape[1]]
            return self.factual, self.limit
        rows = schedule(self.case, self.people.draws, policy, self.factual, out=out)
        return rows, bounds(rows, self.limit, touched_by(self.case, policy))

    def under_all(self, policies: Sequence[Policy]) -> tuple[np.ndarray, np.ndarray]:
        """Schedules and bounds under these policies: (policies, n, cities, days), where cities may share theirs, and
        (policies, n, cities)."""
        n, cities, days = self.factual.shape
        out = np.empty((len(policies), n, 1 if cities_alike(self.case) else cities, days), SCHEDULE)
        return out, np.stack([self.under(policy, rows)[1] for policy, rows in zip(policies, out, strict=True)])


def engine_run(
    plan: Plan, people: Population, host: Host, policies: Sequence[Policy], measures: list[Measure], repeat: int,
    keep: np.ndarray | None = None,
) -> list[Outcome]:  # fmt: skip
    """The engine on every city of every possible world of a population, under each of these policies. `keep`: days to
    record, belief too, beside those that the measures need."""
    n, cities = len(people.numbers), [c.place for c in plan.case.cities]
    asked, at = probe_days(measures, people.draws, n), recorded_days(measures, people.draws, n)
    if keep is not None:
        at = np.sort(np.concatenate([at, np.broadcast_to(keep, (n, len(keep)))], axis=1), axis=1)
    shape = (len(cities), len(policies), n, at.shape[1])
    series, watch = np.zeros((*shape, len(SERIES)), np.int64), np.zeros((*shape, 2))
    belief = np.zeros(shape if keep is not None else (*shape[:3], 0))
    probes = np.zeros((*shape[:3], asked.shape[1], 2))
    days, peaks = host.under_all(policies)
    logs = []
    for c, place in enumerate(cities):
        rows = np.flatnonzero(people.possible & (people.city_first[c][:, -1] > 0))  # where nobody is sent, nothing is
        first, where = people.firms(c)
        gone, policy, row = live(  # type: ignore[call-arg]
            plan.seed, np.full(n, luck.stream_of(place, repeat)), people.numbers, people.city_worlds[c], first, where,
            np.ascontiguousarray(days[:, :, min(c, days.shape[2] - 1)]), np.ascontiguousarray(host.limit[:, c]),
            np.ascontiguousarray(peaks[:, :, c]), at, asked, plan.days, rows, True, series[c], watch[c], belief[c],
            probes[c],
        )  # fmt: skip
        logs.append((gone, policy, row, np.full(len(gone), c)))
    posts = np.stack([first[:, -1] for first in people.city_first], axis=1).astype(float)
    gone, policy, row, city = (np.concatenate(x) for x in zip(*logs, strict=True))
    out = []
    for p in range(len(policies)):
        here = policy == p
        of_days, watched, believed, probed = (np.moveaxis(x[:, p], 0, 1) for x in (series, watch, belief, probes))
        log = gone[here], row[here], city[here]
        out.append(Outcome(at, of_days, watched, believed, posts, asked, probed, *log))
    return out


class Prepared(NamedTuple):
    """Worlds before any luck of theirs: parameters, people's anchors and posts, host state, and ln W of the proposal."""

    draws: Draws
    people: Population
    host: Host
    log_correction: np.ndarray


def prepare(plan: Plan, numbers: np.ndarray) -> Prepared:
    """The only place where the parameters of worlds are drawn."""
    draws, log_correction = propose(plan.proposal, plan.case, plan.seed, numbers, plan.fix)
    people = populate(plan.case, plan.seed, numbers, draws)
    return Prepared(draws, people, Host(plan.case, people), log_correction)


def run_chunk(
    plan: Plan, numbers: np.ndarray, keep_series: bool = False, repeat: int = 0, at: np.ndarray | None = None
) -> Chunk:
    """Simulates these worlds under every policy of the plan. `repeat` > 0: fresh luck for the same parameters. `at`: the
    days to keep (None: all)."""
    draws, people, host, log_correction = prepare(plan, numbers)
    asked = answer_measures(plan.case) | question_measures(plan.case) if plan.answers else {}
    claimed = plan.counted()
    answers: dict[str, dict[str, np.ndarray]] = {}
    claims: dict[str, np.ndarray] = {}
    days: dict[str, Days] = {}

    def masked(values: np.ndarray) -> np.ndarray:
        return np.where(people.possible, values, np.nan)

    measures = [*asked.values(), *claimed.values()]
    keep = None if not keep_series else np.arange(plan.days) if at is None else at
    outcomes = engine_run(plan, people, host, plan.policies, measures, repeat, keep)
    for policy, outcome in zip(plan.policies, outcomes, strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            answers[policy.id] = {name: masked(take(m, outcome, draws)) for name, m in asked.items()}
            if policy.factual and repeat == 0:
                claims = {name: masked(take(m, outcome, draws)) for name, m in claimed.items()}
        if keep is not None:
            days[policy.id] = Days.of(outcome, keep)
    return Chunk(numbers, draws, log_correction, people.possible, answers, claims, days)


def joined(chunks: Iterable[Chunk]) -> Chunk:
    """Chunks, in order, as one."""
    chunks = list(chunks)

    def cat(get: Callable[[Chunk], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        return {name: np.concatenate([get(c)[name] for c in chunks]) for name in get(chunks[0])}

    return Chunk(
        np.concatenate([c.numbers for c in chunks]),
        cat(lambda c: c.draws),
        np.concatenate([c.log_correction for c in chunks]),
        np.concatenate([c.possible for c in chunks]),
        {p: cat(lambda c, p=p: c.answers[p]) for p in chunks[0].answers},  # type: ignore[misc]
        cat(lambda c: c.claims),
        {p: Days(*(np.concatenate(x) for x in zip(*(c.days[p] for c in chunks), strict=True))) for p in chunks[0].days},
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
    plan: Plan, numbers: np.ndarray, threads: int = 1, progress: Progress | None = None, keep_series: bool = False,
    at: np.ndarray | None = None,
) -> Chunk:  # fmt: skip
    """Simulates these worlds, in threads; tells progress in worlds. `keep_series`, `at`: as in `run_chunk`."""
    tasks = ((lambda piece=piece: run_chunk(plan, piece, keep_series, at=at)) for piece in _pieces(plan, numbers))
    return joined(_gathered(tasks, threads, progress))


def chunk_size(days: int, cities: int) -> int:
    """Worlds that go through together."""
    return max(1, min(CHUNK, CHUNK_BYTES // (8 * len(SERIES) * days * cities)))


def _pieces(plan: Plan, numbers: np.ndarray) -> list[np.ndarray]:
    size = chunk_size(plan.days, len(plan.case.cities))
    return [numbers[i : i + size] for i in range(0, len(numbers), size)]


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
    tasks = (
        (lambda piece=piece, r=r: run_chunk(plan, piece, repeat=r)) for r in rounds for piece in _pieces(plan, numbers)
    )
    done = _gathered(tasks, threads, progress)
    out: dict[str, dict[str, np.ndarray]] = {}
    for policy in plan.policies:
        out[policy.id] = {
            name: np.concatenate([c.answers[policy.id][name] for c in done]).reshape(repeats, len(numbers))
            for name in done[0].answers[policy.id]
        }
    return out
