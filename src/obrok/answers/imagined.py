"""What the answers would be with a reply that nobody has given yet: the same versions weighed again; no new simulation.

The case with the reply as one claim more (`case.imagined`) is weighed over the versions of a result as a run of it would
weigh its own. A reply about what happened is an outcome claim: ℓ the chance of its words in a version, Z its mean over prior
versions, in the factor of its origin (`weigh`). A reply about a parameter makes another prior: the factor is the ratio of the
two at the version's draw (`explain.density_ratio`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from obrok.answers.explain import Left, Worlds, density_ratio
from obrok.answers.weigh import weigh, word_chance
from obrok.case.case import Case

#: what a reply about a parameter says of it must lie where versions were drawn: all but such a part of it
UNCOVERED = 0.1


@dataclass(frozen=True)
class Reply:
    """Versions weighed with a reply. `weights` sum to 1, or are 0 where no version is left; `covered`: which part of what
    the reply says of a parameter the versions' draws reach (1 but for chance; of an outcome: whether any version would have
    it said)."""

    weights: np.ndarray
    covered: float

    @cached_property
    def left(self) -> Left:
        return Left("reply", "imagined", self.weights)

    @property
    def told(self) -> bool:
        """Whether the versions reach what the reply says, so that they can be weighed by it."""
        return bool(self.weights.any()) and self.covered >= 1 - UNCOVERED


def replied(worlds: Worlds, case: Case, numbers: Mapping[str, np.ndarray]) -> Reply:
    """The versions weighed by a case with claims more than theirs. `numbers`: what each new outcome claim speaks of in each
    version, (n,), NaN where there is none; the new input claims are in the priors of the case."""
    likes = dict(worlds.likes)
    covered = 1.0
    factor = np.ones(len(worlds.possible))
    for id, number in numbers.items():
        like = np.nan_to_num(word_chance(case.evidence.claims[id], number, case.words), nan=0.0)
        likes[id] = np.where(worlds.possible, like, 0.0)
        covered = min(covered, float(likes[id].any()))
    for name, prior in worlds.case.priors.items():
        if case.priors[name].cited != prior.cited:
            factor = factor * density_ratio(prior, case.priors[name], worlds.drawn)
    unweighed = weigh(worlds.case, {}, worlds.possible, log_correction=worlds.log_correction).normal
    # a prior changes into another, whose mean ratio is 1 where the first reaches all that the second holds
    covered = min(covered, float((unweighed * factor).sum()))
    return Reply(worlds.weigh(factor, likes, case=case), covered)
