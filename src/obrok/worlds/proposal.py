"""Parameters drawn where worlds are likely to fit, and the correction that takes this out again.

A world draws K candidates from the prior, each with a guess ĝ > 0 of how well a world with it would fit, and picks
candidate k with chance ĝ_k / Σĝ. Its weight is then multiplied by

    W = mean(ĝ_1 … ĝ_K) / ĝ_picked,      so that E[W·f(θ_picked)] = E[f(θ)] over the prior, for every f and every ĝ > 0

(resampling in which each world is properly weighted: Liu 2001, "Monte Carlo Strategies in Scientific Computing", 2.5). A
bad guess costs precision, never truth. No density is asked for: mixtures, bounds and parts are drawn as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from obrok import luck
from obrok.case.case import Case, Prior
from obrok.worlds.population import Draws, draw_parameters

#: candidates of a world, where the guess asks for no more: beyond this it limits, not their number. The most there are
CANDIDATES, MOST_CANDIDATES = 16, 128
#: the guess is never below this part of its mean over the prior: no correction above about 1/FLOOR times the mean
FLOOR = 0.1
#: a feature counts up to so many of its scales, so that a far tail does not decide
FURTHEST = 3.5


@dataclass(frozen=True)
class Feature:
    """A term of the log guess: coefficient · (ln(x + shift) - centre)/scale, x the parameter or, flipped, 1 less it."""

    parameter: str
    flip: bool
    shift: float
    centre: float = 0.0
    scale: float = 1.0
    coefficient: float = 0.0

    def value(self, draws: Draws) -> np.ndarray:
        """The feature in standard form, shape (n,)."""
        x = 1.0 - draws[self.parameter] if self.flip else draws[self.parameter]
        z = (np.log(np.maximum(x, 0.0) + self.shift) - self.centre) / self.scale
        return np.clip(z, -FURTHEST, FURTHEST)


@dataclass(frozen=True)
class Proposal:
    """Where to draw parameters: ĝ = FLOOR + exp(Σ features - level). `tempering`: the β by which claims were read when it was fitted;
    `power`: of the fitted guess, within the coefficients already, and `gain`: effective sample size over that of the prior,
    both as judged on parts of the pilot left out of the fit. `pilot`: worlds that it was fitted to."""

    features: tuple[Feature, ...]
    level: float
    tempering: float
    power: float
    gain: float
    pilot: int
    candidates: int = CANDIDATES

    def log_fit(self, draws: Draws) -> np.ndarray:
        """Σ features: term by term, so that no library of linear algebra decides the last bits."""
        total = np.zeros(len(next(iter(draws.values()))))
        for feature in self.features:
            total += feature.coefficient * feature.value(draws)
        return total

    def guess(self, draws: Draws) -> np.ndarray:
        """ĝ, shape (n,)."""
        return FLOOR + np.exp(self.log_fit(draws) - self.level)

    def as_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping) -> Proposal:
        return Proposal(**{**data, "features": tuple(Feature(**f) for f in data["features"])})


def pick(guess: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Guesses (n, K) and one uniform number a world → the candidate picked, int64 (n,), and ln W, (n,)."""
    upto = np.cumsum(guess, axis=1)
    picked = np.minimum((upto <= u[:, None] * upto[:, -1:]).sum(axis=1), guess.shape[1] - 1)
    return picked, np.log(upto[:, -1] / guess.shape[1] / guess[np.arange(len(guess)), picked])


def propose(
    proposal: Proposal | None, case: Case, seed: int, numbers: np.ndarray, fix: Mapping[str, float]
) -> tuple[Draws, np.ndarray]:
    """Parameters of these worlds and ln W of each; without a proposal, candidate 0 and no correction.

    Keyed by world: how many others there are, and in which order, moves nothing.
    """
    if proposal is None:
        return draw_parameters(case, seed, numbers, fix), np.zeros(len(numbers))
    k = proposal.candidates
    names = needed(case.priors, (f.parameter for f in proposal.features))
    tried = draw_parameters(case, seed, np.repeat(numbers, k), fix, (np.tile(np.arange(k), len(numbers)), k), names)
    u = luck.spread_uniforms(seed, numbers, "candidate", 0, luck.CANDIDATE)
    picked, log_correction = pick(proposal.guess(tried).reshape(-1, k), u)
    return draw_parameters(case, seed, numbers, fix, (picked, k)), log_correction


def needed(priors: Mapping[str, Prior], names: Iterable[str]) -> frozenset[str]:
    """These parameters, those they are drawn relative to, and those that are cut out of them."""
    found = frozenset(names)
    while True:
        relative = {m for n in found for m in priors[n].needs()} & priors.keys()
        more = found | relative | {n for n, p in priors.items() if p.part_of in found}
        if more == found:
            return found
        found = more
