"""Does the weighing give back what was put in? Truths from the prior, reports spoken of them, ranks of the truths.

A bank of prior worlds is simulated once; each truth is a further one. Its report is spoken (`speaker`), the bank is weighed
by that report, and the truth is ranked among the weighted bank, its own weight included: truth and bank are draws from one
prior, so that the rank of a right weighing is exactly even on (0, 1), ties by luck, whatever the number of worlds. Besides
parameters and answers, what the report itself says is ranked: each claim's number, how well the claim fits it, and L
(Talts et al. 2018, arXiv 1804.06788; Modrák et al. 2023, Bayesian Analysis 20).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from obrok import luck
from obrok.answers.pilot import until_claims
from obrok.answers.weigh import likelihood
from obrok.case.case import Case
from obrok.evidence.claims import Claim, Reading, Span
from obrok.quantities import Words, words
from obrok.verify import speaker
from obrok.verify.weighings import Weighing
from obrok.worlds.run import Chunk, Plan, Progress, run_worlds

#: truths have these numbers and on, one of each block of parameters that are spread evenly: they know nothing of one another
FIRST = 1 << 30
#: log likelihoods are compared to so many decimals: equal worlds are equal
DECIMALS = 9
PROBE = "probe"
#: kinds of ranked quantities; a mistake's is how much more the real weighing makes of a world than the wrong one, in logs,
#: which is what tells the two apart best; up to so much
KINDS, FAR = ("parameters", "answers", "claims", "mistakes"), 50.0

Columns = Mapping[str, np.ndarray]


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
    case: Case, seed: int, bank: int, truths: int, threads: int = 1, short: bool = False, progress: Progress | None = None
) -> tuple[Pool, Pool]:
    """The bank, and that many possible truths, with what the probe counts. `short`: only the days of which claims speak,
    and no answers."""
    case = with_probe(case)
    plan = Plan(case, seed, (case.factual,), answers=not short)
    plan = until_claims(plan) if short else plan
    first = Pool.of(case, run_worlds(plan, np.arange(bank), threads, progress))
    share = len(first.numbers) / bank
    asked = truths if share == 1.0 else int(np.ceil(truths / share + 6 * np.sqrt(truths * (1 - share)) / share + 10))
    further = run_worlds(plan, FIRST + luck.STRATA * np.arange(asked), threads, progress)
    return first, Pool.of(case, further, truths)


def with_probe(case: Case) -> Case:
    """The case with one claim more, of the origin of its first: how many left in all, in a word such as "a few". What a
    case's own claims speak of may hardly vary among prior worlds; the mistakes that it cannot show, this claim does."""
    until = until_claims(Plan(case, 0, (case.factual,))).days
    probe = replace(
        case.outcome_claims()[0], id=PROBE, about=Span(case.start, case.date(until - 1)), quantity="left", value=None,
        unit="people", hedge="some", readings=(Reading(1.0),), of=None, compared_with=None, reading=None,
    )  # fmt: skip
    return replace(case, evidence=replace(case.evidence, claims={**case.evidence.claims, PROBE: probe}))


class Said(NamedTuple):
    """Reports: `words` float64 (truths, claims), `true`: whether each comes from the truth itself, bool."""

    words: np.ndarray
    true: np.ndarray


class Ranked(NamedTuple):
    """Truths among the bank by one weighing. `names`: (kind, name) of each quantity. `below`, `at`: share of the weight
    below the truth and at it, its own included, `tie`: luck that splits the latter, all (truths, quantities). `scale`: of
    the quantities of kind `mistakes`, how far each spreads over the weighed bank, (truths, mistakes). `effective`:
    effective worlds of each truth's report, as a share of the bank."""

    names: list[tuple[str, str]]
    below: np.ndarray
    at: np.ndarray
    tie: np.ndarray
    scale: np.ndarray
    effective: np.ndarray

    @property
    def ranks(self) -> np.ndarray:
        return self.below + self.tie * self.at

    def columns(self, kind: str) -> list[int]:
        return [k for k, name in enumerate(self.names) if name[0] == kind]


@dataclass(frozen=True)
class Experiment:
    """A bank and truths, and what was said of each."""

    case: Case
    seed: int
    bank: Pool
    truths: Pool
    said: Said

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        """What varies in the bank, and is a matter of this case."""
        return [key for key, x in self.bank.values.items() if x.min() < x.max() and self._asked(*key)]

    def _asked(self, kind: str, name: str) -> bool:
        return kind != "claims" or any(name.startswith(f"{c.id} ") for c in self.case.outcome_claims())

    @cached_property
    def ladders(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Order of the bank by each quantity, and how many of it lie below each truth, and not above it."""
        return [ladder(self.bank.values[key], self.truths.values[key]) for key in self.keys]

    @cached_property
    def most_telling(self) -> Claim:
        """The claim whose words leave the fewest effective worlds."""
        claims, table = self.case.outcome_claims(), words()
        left = []
        for j, claim in enumerate(claims):
            likes = (like(claim, w, self.bank.claims, table) for w in self.said.words[:100, j])
            left.append(np.mean([x.mean() ** 2 / (x**2).mean() for x in likes if x.any()]))
        return claims[int(np.argmin(left))]


def experiment(case: Case, seed: int, bank: Pool, truths: Pool) -> Experiment:
    rng = np.random.default_rng([luck.CALIBRATE, seed])
    return Experiment(case, seed, bank, truths, Said(*speaker.spoken(case, truths.claims, bank.claims, rng, words())))


def like(claim: Claim, said: float, columns: Columns, table: Words) -> np.ndarray:
    """The real likelihood of what was said in the claim's place; of silence, what the words leave to 1."""
    if said != speaker.SILENT:
        return likelihood(speaker.with_words(claim, said, table), columns, columns["posts"], table)
    known = speaker.vocabulary(claim, table)
    if known is not None:
        return np.maximum(0.0, 1.0 - sum(like(claim, float(k), columns, table) for k in range(len(known))))
    return speaker.unspeakable(claim, columns)


def ladder(bank: np.ndarray, truths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = np.argsort(bank, kind="stable")
    ordered = bank[order]
    return order, np.searchsorted(ordered, truths, "left"), np.searchsorted(ordered, truths, "right")


def ranked(
    e: Experiment, real: Weighing, wrong: Sequence[Weighing], progress: Callable[[int], None] | None = None
) -> dict[str, Ranked]:
    """Every truth among the bank, by the real weighing and by each wrong one. Reports that say the same are weighed once."""
    claims, versions = e.case.outcome_claims(), [real, *wrong]
    names = e.keys + [("claims", f"fit of {c.id}") for c in claims] + [("claims", "fit of all")]
    names += [("mistakes", w.id) for w in wrong]
    n, readers = len(e.truths.numbers), {v.id: _Reader(e, v.table) for v in versions}
    tie = np.stack([luck.named_uniforms(e.seed, e.truths.numbers, " ".join(k), 0, luck.CALIBRATE) for k in names], axis=1)
    out = {v.id: Ranked(names, *np.empty((2, *tie.shape)), tie, np.empty((n, len(wrong))), np.empty(n)) for v in versions}
    reports, group = np.unique(e.said.words, axis=0, return_inverse=True)
    for g, report in enumerate(reports):
        rows = np.flatnonzero(group.reshape(-1) == g)
        logs = {v.id: _logs(e, v, readers[v.id], report, rows) for v in versions}
        apart = [tuple(np.clip(x - y, -FAR, FAR) for x, y in zip(logs[real.id], logs[w.id], strict=True)) for w in wrong]
        common = [(o, lo[rows], hi[rows]) for o, lo, hi in e.ladders]
        mistakes = [ladder(_rounded(a), _rounded(b)) for a, b in apart]
        for v in versions:
            fits = [readers[v.id].ladder(j, word, rows) for j, word in enumerate(report)]
            bank, own = logs[v.id]
            steps = [*common, *fits, ladder(_rounded(bank), _rounded(own)), *mistakes]
            _stand(out[v.id], rows, steps, bank, own, [a for a, _ in apart])
        if progress:
            progress(len(rows))
    return out


class _Reader:
    """What one table of words makes of the bank and of the truths; each word of a closed list once."""

    def __init__(self, e: Experiment, table: Words):
        self.e, self.table, self.claims = e, table, e.case.outcome_claims()
        self.known: dict = {}
        self.steps: dict = {}

    def likes(self, j: int, said: float) -> tuple[np.ndarray, np.ndarray]:
        """(bank,), (truths,)"""
        if (j, said) not in self.known:
            if speaker.vocabulary(self.claims[j], self.table) is None:  # figures hardly come twice: none is kept
                self.known = {k: x for k, x in self.known.items() if k[0] != j}
                self.steps = {k: x for k, x in self.steps.items() if k[0] != j}
            pools = (self.e.bank, self.e.truths)
            self.known[j, said] = tuple(like(self.claims[j], said, p.claims, self.table) for p in pools)
        return self.known[j, said]

    def ladder(self, j: int, said: float, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if (j, said) not in self.steps:
            self.steps[j, said] = ladder(*(_rounded(np.log(np.maximum(x, 1e-300))) for x in self.likes(j, said)))
        order, low, high = self.steps[j, said]
        return order, low[rows], high[rows]


def _logs(e: Experiment, v: Weighing, reader: _Reader, report: np.ndarray, rows: np.ndarray):
    """Log weights of the bank, and of these truths by the same mean likelihoods."""
    likes = {c.id: reader.likes(j, report[j]) for j, c in enumerate(e.case.outcome_claims())}
    bank = v.weigh(e.case, {k: x[0] for k, x in likes.items()}, np.ones(len(e.bank.numbers), bool), None)
    own = v.weigh(e.case, {k: x[1][rows] for k, x in likes.items()}, np.ones(len(rows), bool), bank.z)
    return bank.log, own.log


def _stand(out: Ranked, rows: np.ndarray, steps: list, bank: np.ndarray, own: np.ndarray, apart: list) -> None:
    """Where the truths of these rows stand on each ladder, by the weights e^bank and e^own."""
    most = max(bank.max(), own.max())
    w, mine = np.exp(bank - most), np.exp(own - most)
    out.effective[rows] = w.sum() ** 2 / (w**2).sum() / len(w)
    for q, (order, low, high) in enumerate(steps):
        upto = np.concatenate([[0.0], np.cumsum(w[order])])
        out.below[rows, q] = upto[low] / (upto[-1] + mine)
        out.at[rows, q] = (upto[high] - upto[low] + mine) / (upto[-1] + mine)
    w = w / w.sum()
    for k, x in enumerate(apart):
        out.scale[rows, k] = np.sqrt(w @ (x - w @ x) ** 2)


def _rounded(log: np.ndarray) -> np.ndarray:
    return np.round(log, DECIMALS)


def part(pool: Pool, rows: slice) -> Pool:
    """Some worlds of a pool."""
    return replace(
        pool, numbers=pool.numbers[rows], claims={k: x[rows] for k, x in pool.claims.items()},
        values={k: x[rows] for k, x in pool.values.items()},
    )  # fmt: skip
