"""Prior worlds for the calibration: a bank that is weighed again and again, and truths of which reports are spoken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from obrok import luck
from obrok.answers.pilot import until_claims
from obrok.case.case import Case
from obrok.evidence.claims import Reading, Span
from obrok.worlds.run import Chunk, Plan, run_worlds

#: truths have these numbers and on, one of each block of parameters that are spread evenly: they know nothing of one another
FIRST = 1 << 30
PROBE = "probe"

#: tells (stage, done, total)
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pool:
    """Possible prior worlds: `claims` are the columns that claims speak of, with `posts`; `values[kind, name]`: what is
    ranked, float64 (n,), -inf where it does not exist."""

    numbers: np.ndarray
    claims: dict[str, np.ndarray]
    values: dict[tuple[str, str], np.ndarray]

    @staticmethod
    def of(case: Case, chunk: Chunk, n: int | None = None) -> Pool:
        """The first n possible worlds of a chunk."""
        keep = np.flatnonzero(chunk.possible)[:n]
        answers = chunk.answers[case.factual.id]
        values = {("parameters", name): x[keep] for name, x in chunk.draws.items() if name in case.priors}
        values |= {("answers", name): x[keep] for name, x in answers.items()}
        values |= {("claims", name.removeprefix("claim ")): x[keep] for name, x in chunk.claims.items()}
        values = {key: np.where(np.isfinite(x), x, -np.inf).astype(float) for key, x in values.items()}
        claims = {name: x[keep] for name, x in chunk.claims.items()} | {"posts": chunk.draws["posts"][keep]}
        return Pool(chunk.numbers[keep], claims, values)


def simulated(
    case: Case, seed: int, bank: int, truths: int, threads: int = 1, short: bool = False, tell: Tell | None = None
) -> tuple[Pool, Pool]:
    """The bank, and that many possible truths, with what the probe counts. `short`: only the days of which claims speak,
    and no answers."""
    case = with_probe(case)
    plan = Plan(case, seed, (case.factual,), answers=not short)
    plan = until_claims(plan) if short else plan

    def live(stage: str, numbers: np.ndarray) -> Chunk:
        done = 0

        def step(n: int) -> None:
            nonlocal done
            done += n
            if tell:
                tell(stage, done, len(numbers))

        return run_worlds(plan, numbers, threads, step)

    first = Pool.of(case, live("the bank", np.arange(bank)))
    share = len(first.numbers) / bank
    spare = 0.0 if share == 1.0 else 6 * np.sqrt(truths * (1 - share)) + 10
    numbers = FIRST + luck.STRATA * np.arange(int(np.ceil((truths + spare) / max(share, 0.01))))
    return first, Pool.of(case, live("truths", numbers), truths)


def with_probe(case: Case) -> Case:
    """The case with one claim more, of the origin of its first: how many left in all, in a word such as "a few". What a
    case's own claims speak of may hardly vary among prior worlds; the mistakes that it cannot show, this claim does."""
    until = until_claims(Plan(case, 0, (case.factual,))).days
    probe = replace(
        case.outcome_claims()[0], id=PROBE, about=Span(case.start, case.date(until - 1)), quantity="left", value=None,
        unit="people", hedge="some", readings=(Reading(1.0),), of=None, compared_with=None, reading=None,
    )  # fmt: skip
    return replace(case, evidence=replace(case.evidence, claims={**case.evidence.claims, PROBE: probe}))


def part(pool: Pool, rows: slice) -> Pool:
    """Some worlds of a pool."""
    return replace(
        pool, numbers=pool.numbers[rows], claims={k: x[rows] for k, x in pool.claims.items()},
        values={k: x[rows] for k, x in pool.values.items()},
    )  # fmt: skip
