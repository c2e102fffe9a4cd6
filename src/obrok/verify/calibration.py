"""Does the weighing give back what was put in? Truths from the prior, reports spoken of them, ranks of the truths.

A bank of prior worlds is simulated once; each truth is a further one. Its report is spoken (`speaker`), the bank is weighed
by that report, and the truth is ranked among the weighted bank, its own weight included: truth and bank are draws from one
prior, so that the rank of a right weighing is exactly even on (0, 1), ties by luck, whatever the number of worlds. Besides
parameters and answers, what the report itself says is ranked: each claim's number, how well the claim fits it, and L
(Talts et al. 2018, arXiv 1804.06788; Modrák et al. 2023, Bayesian Analysis 20).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from obrok import luck
from obrok.answers.weigh import likelihood
from obrok.case.case import Case
from obrok.evidence.claims import Claim
from obrok.quantities import Words
from obrok.verify import speaker
from obrok.verify.pools import Pool
from obrok.verify.weighings import Weighing
from obrok.worlds.run import Progress

#: log likelihoods are compared to so many decimals: equal worlds are equal
DECIMALS = 9
#: kinds of ranked quantities; a mistake's is how much more the real weighing makes of a world than the wrong one, in logs,
#: which is what tells the two apart best; up to so much
KINDS, FAR = ("parameters", "answers", "claims", "mistakes"), 50.0

Columns = Mapping[str, np.ndarray]


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
        claims, table = self.case.outcome_claims(), self.case.words
        left = []
        for j, claim in enumerate(claims):
            likes = (like(claim, w, self.bank.claims, table) for w in self.said.words[:100, j])
            left.append(np.mean([x.mean() ** 2 / (x**2).mean() for x in likes if x.any()]))
        return claims[int(np.argmin(left))]


def experiment(case: Case, seed: int, bank: Pool, truths: Pool) -> Experiment:
    rng = np.random.default_rng([luck.CALIBRATE, seed, len(case.outcome_claims())])
    return Experiment(
        case, seed, bank, truths, Said(*speaker.spoken(case, truths.claims, bank.claims, rng, case.words))
    )


def like(claim: Claim, said: float, columns: Columns, table: Words) -> np.ndarray:
    """The real likelihood of what was said in the claim's place; of silence, what the words leave to 1."""
    if said != speaker.SILENT:
        return likelihood(speaker.with_words(claim, said, table), columns, columns["posts"], table)
    known = speaker.vocabulary(claim, table)
    if known is not None:
        return np.maximum(0.0, 1.0 - sum(like(claim, float(k), columns, table) for k in range(len(known))))
    return speaker.unspeakable(claim, columns)


def ladder(bank: np.ndarray, truths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = np.argsort(bank)
    ordered = bank[order]
    return order, np.searchsorted(ordered, truths, "left"), np.searchsorted(ordered, truths, "right")


def ranked(
    e: Experiment, real: Weighing, wrong: Sequence[Weighing], threads: int = 1, progress: Progress | None = None
) -> dict[str, Ranked]:
    """Every truth among the bank, by the real weighing and by each wrong one. Reports that say the same are weighed once;
    progress is told in truths."""
    versions = [real, *wrong]
    names = e.keys + [("claims", f"fit of {c.id}") for c in e.case.outcome_claims()] + [("claims", "fit of all")]
    names += [("mistakes", w.id) for w in wrong]
    out = {v.id: _unranked(e, names, len(wrong)) for v in versions}
    reports, group = np.unique(e.said.words, axis=0, return_inverse=True)
    ladders = e.ladders
    readers = {v.id: _Reader(e, v.table, reports) for v in versions}

    def stand(g: int) -> int:
        rows = np.flatnonzero(group.reshape(-1) == g)
        read = {v.id: readers[v.id].read(reports[g], rows) for v in versions}
        logs = {v.id: _logs(e.case, v, read[v.id]) for v in versions}
        apart = [
            tuple(np.clip(x - y, -FAR, FAR) for x, y in zip(logs[real.id], logs[w.id], strict=True)) for w in wrong
        ]
        common = [(o, low[rows], high[rows]) for o, low, high in ladders]
        mistakes = [ladder(_rounded(a), _rounded(b)) for a, b in apart]
        for v in versions:
            bank, own = logs[v.id]
            steps = [*common, *(r.ladder for r in read[v.id]), ladder(_rounded(bank), _rounded(own)), *mistakes]
            _stand(out[v.id], rows, steps, bank, own, [a for a, _ in apart])
        return len(rows)

    with ThreadPoolExecutor(threads) as pool:
        for done in pool.map(stand, range(len(reports))):
            if progress:
                progress(done)
    return out


def _unranked(e: Experiment, names: list[tuple[str, str]], mistakes: int) -> Ranked:
    numbers = e.truths.numbers
    tie = np.stack([luck.named_uniforms(e.seed, numbers, " ".join(k), 0, luck.CALIBRATE) for k in names], axis=1)
    below, at = np.empty(tie.shape), np.empty(tie.shape)
    return Ranked(names, below, at, tie, np.empty((len(numbers), mistakes)), np.empty(len(numbers)))


class _Read(NamedTuple):
    """What a claim's words make of the bank, and of some truths."""

    bank: np.ndarray
    own: np.ndarray
    ladder: tuple[np.ndarray, np.ndarray, np.ndarray]


class _Reader:
    """What one table of words makes of the bank and of the truths; each word of a closed list once."""

    def __init__(self, e: Experiment, table: Words, reports: np.ndarray):
        self.e, self.table, self.claims = e, table, e.case.outcome_claims()
        closed = [j for j, c in enumerate(self.claims) if speaker.vocabulary(c, table) is not None]
        self.known = {(j, w): self._read(j, w, slice(None)) for j in closed for w in np.unique(reports[:, j])}

    def _read(self, j: int, said: float, rows) -> _Read:
        bank, truths = self.e.bank.claims, self.e.truths.claims
        some = {name: truths[name][rows] for name in speaker.columns_of(self.claims[j], truths)}
        likes = [like(self.claims[j], said, columns, self.table) for columns in (bank, some)]
        return _Read(likes[0], likes[1], ladder(*(_rounded(np.log(np.maximum(x, 1e-300))) for x in likes)))

    def read(self, report: np.ndarray, rows: np.ndarray) -> list[_Read]:
        """Each claim of a report as it was spoken of these truths."""
        out = []
        for j, said in enumerate(report):
            known = self.known.get((j, said))
            if known is None:
                out.append(self._read(j, said, rows))
            else:
                order, low, high = known.ladder
                out.append(_Read(known.bank, known.own[rows], (order, low[rows], high[rows])))
        return out


def _logs(case: Case, v: Weighing, read: Sequence[_Read]) -> tuple[np.ndarray, np.ndarray]:
    """Log weights of the bank, and of truths by the same mean likelihoods."""
    read_by = dict(zip((c.id for c in case.outcome_claims()), read, strict=True))
    bank = {claim: r.bank for claim, r in read_by.items()}
    own = {claim: r.own for claim, r in read_by.items()}
    weights = v.weigh(case, bank, np.ones(len(read[0].bank), bool), None)
    return weights.log, v.weigh(case, own, np.ones(len(read[0].own), bool), weights.z).log


def _stand(out: Ranked, rows: np.ndarray, steps: list, bank: np.ndarray, own: np.ndarray, apart: list) -> None:
    """Where the truths of these rows stand on each ladder, by the weights e^bank and e^own."""
    most = max(bank.max(), own.max())
    w, mine = np.exp(bank - most), np.exp(own - most)
    whole = w.sum()
    out.effective[rows] = whole**2 / (w**2).sum() / len(w)
    for q, (order, low, high) in enumerate(steps):
        below, upto = _first(w.take(order), np.stack([low, high]))
        out.below[rows, q] = below / (whole + mine)
        out.at[rows, q] = (upto - below + mine) / (whole + mine)
    w = w / whole
    for k, x in enumerate(apart):
        out.scale[rows, k] = np.sqrt(w @ (x - w @ x) ** 2)


def _first(x: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The sum of the first k of x, for each k of `numbers`."""
    edges = np.unique(np.append(numbers, 0))
    edges = edges[edges < len(x)]
    upto = np.concatenate([[0.0], np.cumsum(np.add.reduceat(x, edges))])
    return upto[np.searchsorted(edges, numbers)]


def _rounded(log: np.ndarray) -> np.ndarray:
    return np.round(log, DECIMALS)
