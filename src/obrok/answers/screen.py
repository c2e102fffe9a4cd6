"""Many versions lived up to the last claim → those worth living under every policy.

Of each `BLOCK` versions in order of their numbers one is gone on with. Version k has parameters and luck of its own; lived
under the factual policy up to the last day of which a claim speaks, it has the likelihood L_k and, by where its parameters
were drawn, the correction W_k. With h_k = FLOOR + L_k/mean, version k is picked with chance W_k·h_k / ΣW·h, and its
correction becomes

    mean(W·h) / h_picked,      so that E[correction·f] = E[W·f], for every f and every h > 0

(resampling in which each version is properly weighted: Liu 2001, "Monte Carlo Strategies in Scientific Computing", 2.5).
What is picked hangs on the versions of its block alone, not on how many there are in all. Nothing is estimated twice: the
means Z of the claims' likelihoods are taken over all versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from obrok import luck
from obrok.answers.pilot import MOST_FIT, Guide
from obrok.answers.weigh import weigh
from obrok.case.case import Case
from obrok.worlds.proposal import pick

#: versions of which one is gone on with
BLOCK = 8
#: the fit never counts less than this part of its mean: what weighs by less than all claims rests on what fits badly
FLOOR = 0.3


def whole_blocks(versions: int) -> int:
    """The number of versions, rounded up to whole blocks."""
    return -(-versions // BLOCK) * BLOCK


@dataclass(frozen=True)
class Kept:
    """The versions gone on with: `index` among all, int64 (n / BLOCK,), and their ln correction; `z`: mean likelihood of
    each claim over all versions."""

    index: np.ndarray
    log_correction: np.ndarray
    z: dict[str, float]


def keep(
    case: Case,
    seed: int,
    numbers: np.ndarray,
    likes: Mapping[str, np.ndarray],
    possible: np.ndarray,
    log_correction: np.ndarray,
    guide: Guide,
) -> Kept:
    """Picks one of each block of versions, whose numbers are whole blocks in order."""
    log = weigh(case, likes, possible, log_correction=log_correction, means=guide.z).log
    correction = np.where(possible, np.exp(log_correction), 0.0)
    fit = np.where(possible, np.exp(np.minimum(log - log_correction, MOST_FIT)), 0.0) / guide.level + FLOOR
    u = luck.spread_uniforms(seed, numbers[::BLOCK] // BLOCK, "kept", 0, luck.KEPT)
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # of a block without a possible version an impossible one is kept
        picked, log_kept = pick((correction * fit).reshape(-1, BLOCK), u)
    index = np.arange(len(u)) * BLOCK + picked
    z = weigh(case, likes, possible, log_correction=log_correction).z
    return Kept(index, np.where(possible[index], log_correction[index] + log_kept, 0.0), z)
