"""What an experiment says: whether its ranks are even, how often ranges hold the truth, and who is caught."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from obrok.verify.calibration import KINDS, Ranked
from obrok.verify.chance import several
from obrok.verify.ranks import coverage_limits, even, held

SHARES = (0.9, 0.5)
#: a version is caught for sure when it is flagged in this share of repetitions
POWER = 0.9


class Question(NamedTuple):
    """Of all quantities of a kind at once: `p` for all, `each`: (name, p, what is answered worst)."""

    kind: str
    p: float
    each: list[tuple[str, float, str]]

    @property
    def worst(self) -> tuple[str, float, str]:
        return min(self.each, key=lambda x: x[1])


def questions(r: Ranked, rows: slice = slice(None)) -> list[Question]:
    """One a kind; a kind without a quantity is not asked. Mistakes: normal scores weighed by how far each report spreads
    the quantity, Σsz/√Σs², which is normal whatever the reports say."""
    out, ranks = [], r.below[rows] + r.tie[rows] * r.at[rows]
    for kind in KINDS:
        columns = r.columns(kind)
        if kind == "mistakes":
            each = [_shift(r.names[c][1], ranks[:, c], r.scale[rows, k]) for k, c in enumerate(columns)]
        else:
            found = even(ranks[:, columns])
            each = [(r.names[c][1], float(p), how) for c, p, how in zip(columns, found.p, found.worst, strict=True)]
        if each:
            out.append(Question(kind, several([p for _, p, _ in each]), each))
    return out


def _shift(name: str, ranks: np.ndarray, scale: np.ndarray) -> tuple[str, float, str]:
    total = np.sqrt((scale**2).sum())
    z = (scale * special.ndtri(np.clip(ranks, 1e-15, 1 - 1e-15))).sum() / total if total > 1e-9 else 0.0
    return name, float(2 * special.ndtr(-abs(z))), "too high" if z > 0 else "too low"


def parts(n: int, truths: int) -> list[slice]:
    """Repetitions of an experiment: truths that no other one has."""
    return [slice(k, k + truths) for k in range(0, n - truths + 1, truths)]


def flagged(r: Ranked, truths: int, alpha: float) -> tuple[float, str]:
    """In what share of repetitions one question or more raises an alarm; and the quantity that does most often."""
    asked = [questions(r, rows) for rows in parts(len(r.tie), truths)]
    told = [min(q, key=lambda x: x.p).worst[0] for q in asked if min(x.p for x in q) <= alpha]
    return len(told) / len(asked), max(told, key=told.count) if told else ""


def truths_needed(r: Ranked, alpha: float) -> dict[str, float]:
    """By mistake: how many truths would catch it with the chance POWER, from how far it spreads the real weights."""
    columns = r.columns("mistakes")
    z = special.ndtri(POWER) - special.ndtri(alpha / len(columns) / 2)
    square = (r.scale**2).mean(axis=0)
    return {r.names[c][1]: float(z**2 / x) if x > 1e-12 else np.inf for c, x in zip(columns, square, strict=True)}


class Coverage(NamedTuple):
    """Of ranges of this share of the weight, by answer: how many hold the truth, ties by luck; and as printed, ends included.
    `one`, `all`: how far one may lie off, and their mean."""

    share: float
    by_answer: dict[str, float]
    printed: dict[str, float]
    one: float
    all: float

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.by_answer.values())))

    @property
    def off(self) -> list[str]:
        return [name for name, x in self.by_answer.items() if abs(x - self.share) > self.one]

    @property
    def holds(self) -> bool:
        return bool(not self.off and abs(self.mean - self.share) <= self.all)


def coverage(r: Ranked, share: float, truths: int) -> Coverage:
    columns = r.columns("answers")
    names, rows = [r.names[c][1] for c in columns], slice(truths)
    below, upto = r.below[rows][:, columns], (r.below + r.at)[rows][:, columns]
    inside = ((upto >= (1 - share) / 2) & (below < (1 + share) / 2)).mean(axis=0)
    found = held(r.ranks[rows][:, columns], share)
    return Coverage(
        share, dict(zip(names, found.tolist(), strict=True)), dict(zip(names, inside.tolist(), strict=True)),
        *coverage_limits(share, truths),
    )  # fmt: skip
