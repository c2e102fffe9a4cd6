"""Does the weighing give back what was put in? Truths from the prior, reports spoken of them, ranks of the truths.

A bank of prior worlds is simulated once; each truth is a further one. Its report is spoken (`speaker`), the bank is weighed
by that report, and the truth is ranked among the weighted bank, its own weight included: truth and bank are draws from one
prior, so that the rank of a right weighing is exactly even on (0, 1), ties by luck, whatever the number of worlds. Besides
parameters and answers, what the report itself says is ranked: each claim's number, how well the claim fits it, and L
(Talts et al. 2018, arXiv 1804.06788; Modrák et al. 2023, Bayesian Analysis 20).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from obrok import luck
from obrok.answers.pilot import until_claims
from obrok.answers.weigh import likelihood
from obrok.case.case import Case
from obrok.evidence.claims import Claim
from obrok.quantities import Words, words
from obrok.verify import speaker
from obrok.verify.weighings import Weighing
from obrok.worlds.run import Chunk, Plan, Progress, run_worlds

#: truths have these numbers and on, one of each block of parameters that are spread evenly: they know nothing of one another
FIRST = 1 << 30
#: log likelihoods are compared to so many decimals: equal worlds are equal
DECIMALS = 9
#: kinds of ranked quantities
KINDS = ("parameters", "answers", "claims")

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
    """The bank, and that many possible truths. `short`: only the days of which claims speak, and no answers."""
    plan = Plan(case, seed, (case.factual,), answers=not short)
    plan = until_claims(plan) if short else plan
    first = Pool.of(case, run_worlds(plan, np.arange(bank), threads, progress))
    share = len(first.numbers) / bank
    asked = truths if share == 1.0 else int(np.ceil(truths / share + 6 * np.sqrt(truths * (1 - share)) / share + 10))
    further = run_worlds(plan, FIRST + luck.STRATA * np.arange(asked), threads, progress)
    return first, Pool.of(case, further, truths)


class Said(NamedTuple):
    """Reports: `words` float64 (truths, claims), `true`: whether each comes from the truth itself, bool."""

    words: np.ndarray
    true: np.ndarray


class Ranked(NamedTuple):
    """Share of the weight below each truth and at it, its own and a tie by luck included, (truths, quantities);
    `names`: (kind, name) of each. `effective`: effective worlds, as a share of the bank, of each truth's report."""

    names: list[tuple[str, str]]
    below: np.ndarray
    at: np.ndarray
    tie: np.ndarray
    effective: np.ndarray

    @property
    def ranks(self) -> np.ndarray:
        return self.below + self.tie * self.at


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
        """What varies in the bank."""
        return [key for key, x in self.bank.values.items() if len(np.unique(x[:1000])) > 1 or len(np.unique(x)) > 1]

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


def ranked(e: Experiment, weighing: Weighing, progress: Callable[[int], None] | None = None) -> Ranked:
    """Every truth among the bank, weighed by what was said of it. Reports that say the same are weighed once."""
    claims = e.case.outcome_claims()
    names = e.keys + [("claims", f"fit of {c.id}") for c in claims] + [("claims", "fit of all")]
    n, whole = len(e.truths.numbers), np.ones(len(e.bank.numbers), bool)
    below, at, effective = np.empty((n, len(names))), np.empty((n, len(names))), np.empty(n)
    reports, group = np.unique(e.said.words, axis=0, return_inverse=True)
    group = group.reshape(-1)
    known: dict[tuple[int, float], tuple[np.ndarray, np.ndarray]] = {}
    for g, report in enumerate(reports):
        rows = np.flatnonzero(group == g)
        for j, (claim, word) in enumerate(zip(claims, report, strict=True)):
            if (j, word) not in known or speaker.vocabulary(claim, weighing.table) is None:
                known[j, word] = tuple(like(claim, word, p.claims, weighing.table) for p in (e.bank, e.truths))
        likes = [{c.id: known[j, report[j]][k] for j, c in enumerate(claims)} for k in (0, 1)]
        weights = weighing.weigh(e.case, likes[0], whole, None)
        own = weighing.weigh(e.case, {k: x[rows] for k, x in likes[1].items()}, np.ones(len(rows), bool), weights.z).log
        most = max(weights.log.max(), own.max())
        w, mine = np.exp(weights.log - most), np.exp(own - most)
        effective[rows] = w.sum() ** 2 / (w**2).sum() / len(w)
        fits = [tuple(_rounded(np.log(np.maximum(x, 1e-300))) for x in known[j, report[j]]) for j in range(len(claims))]
        steps = [(o, lo[rows], hi[rows]) for o, lo, hi in e.ladders] + [ladder(a, b[rows]) for a, b in fits]
        steps.append(ladder(_rounded(weights.log), _rounded(own)))
        for q, (order, low, high) in enumerate(steps):
            upto = np.concatenate([[0.0], np.cumsum(w[order])])
            below[rows, q] = upto[low] / (upto[-1] + mine)
            at[rows, q] = (upto[high] - upto[low] + mine) / (upto[-1] + mine)
        if progress:
            progress(len(rows))
    tie = np.stack([luck.named_uniforms(e.seed, e.truths.numbers, " ".join(k), 0, luck.CALIBRATE) for k in names], axis=1)
    return Ranked(names, below, at, tie, effective)


def _rounded(log: np.ndarray) -> np.ndarray:
    return np.round(log, DECIMALS)


def part(pool: Pool, rows: slice) -> Pool:
    """Some worlds of a pool."""
    return replace(
        pool, numbers=pool.numbers[rows], claims={k: x[rows] for k, x in pool.claims.items()},
        values={k: x[rows] for k, x in pool.values.items()},
    )  # fmt: skip
