"""A few worlds of their own numbers → where the worlds of a run draw their parameters (`worlds.proposal`).

With weights W·L, of which W takes the proposal ĝ out, the effective sample is (E L)² / (E ĝ · E[L²/ĝ]) of the worlds, means
over the prior. With ln ĝ linear in its coefficients this is log-concave: the one best guess is found by Newton's method on
the pilot's own worlds. Each round is drawn by the guess of the one before, and all rounds are fitted together. Where the
claims say so much that hardly any of these worlds fits, they are first read less literally, each ℓ as ℓ^β, with the largest
β that enough worlds carry, and further rounds follow until β = 1 (tempering; population Monte Carlo, Cappé et al. 2004). Nothing of the
pilot enters an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from obrok.answers.weigh import effective_sample_size, likelihoods, weigh
from obrok.case.case import Case
from obrok.worlds.measures import Window
from obrok.worlds.proposal import CANDIDATES, FLOOR, MOST_CANDIDATES, Feature, Proposal
from obrok.worlds.run import Chunk, Plan, Progress, joined, run_worlds

#: the pilot's worlds have these numbers and on: no world of a run has them. Worlds of its rounds; where these are not
#: enough, so many rounds more, of so many worlds
FIRST, ROUNDS, FURTHER, MORE = 1 << 31, (2_000, 4_000), 8, 4_000
#: where a version takes long, a pilot has this part of them
OF_HEAVY = 0.1
#: effective worlds that carry what a guess is fitted to; where β gives up; what a likelihood counts for at the least there
CARRIED, LEAST_BETA, LEAST = 40, 1e-3, 1e-300
#: ridge on the coefficients; parameters that the guess reads; parts of the pilot that judge what was fitted on the others
RIDGE, READS, PARTS = 0.2, 24, 4
#: powers of the guess that are tried (0: the prior itself), and the least gain for which the prior is left: what is
#: judged best of several by few worlds seems to gain a little where there is nothing to gain
POWERS, LEAST_GAIN = (0.0, 0.25, 0.5, 0.75, 1.0), 1.5
#: coefficients are kept to so many decimals: far above what the order of sums in linear algebra can move, far below what
#: moves a guess, so that threads of a library cannot change a world
DECIMALS = 3
#: ln of the largest fit that is told apart from larger ones: hundreds of claims that contradict one another leave versions that
#: are further apart than a number can be. What is picked is corrected for, whatever it was picked by
MOST_FIT = 600.0


@dataclass(frozen=True)
class Guide:
    """What a pilot has learnt: where parameters are drawn (None: from the prior as it is), and what the fit of a version is
    measured by (`answers.screen`): the mean likelihood `z` of each claim over the prior, and the mean of L, `level`."""

    proposal: Proposal | None
    z: Mapping[str, float]
    level: float

    def as_json(self) -> dict:
        return {"proposal": self.proposal and self.proposal.as_json(), "z": dict(self.z), "level": self.level}

    @staticmethod
    def from_json(data: Mapping) -> Guide:
        return Guide(data["proposal"] and Proposal.from_json(data["proposal"]), data["z"], data["level"])


def pilot(plan: Plan, threads: int = 1, progress: Progress | None = None) -> Guide | None:
    """What guides the worlds of a plan: a function of its case, seed and fixed values alone. None: no claim weighs.

    `progress`: told of worlds, `rounds(plan)` in all where these are enough.
    """
    if not plan.case.outcome_claims():
        return None
    plan = replace(until_claims(plan), policies=(plan.case.factual,), proposal=None, answers=False)
    lived: list[Chunk] = []
    features: list[Feature] = []
    for size in rounds(plan) + FURTHER * rounds(plan, (MORE,)):
        first = FIRST + sum(len(c.numbers) for c in lived)
        lived.append(run_worlds(plan, np.arange(first, first + size), threads, progress))
        worlds = joined(lived)
        features = features or features_of(plan.case, worlds)
        there, least = worlds.possible, likes_of(plan.case, worlds, LEAST)
        if not there.any():
            return Guide(None, dict.fromkeys(least, 0.0), 1.0)
        beta = carried(plan.case, {k: x[there] for k, x in least.items()}, worlds.log_correction[there])
        plan = replace(plan, proposal=fitted(plan.case, worlds, features, beta))
        if len(lived) >= len(ROUNDS) and beta == 1.0:
            break
    log_w = worlds.log_correction
    weights = weigh(plan.case, likes_of(plan.case, worlds), there, log_correction=log_w)
    z = {claim: float(f"{value:.6g}") for claim, value in weights.z.items()}
    return Guide(plan.proposal, z, float(f"{level_of(weights.log - log_w, log_w, there):.6g}"))


def level_of(fit: np.ndarray, log_w: np.ndarray, there: np.ndarray) -> float:
    """The mean of L over possible worlds. `fit`, `log_w`: ln of L and of the correction of each."""
    return float(np.exp(_log_mean(np.minimum(fit[there], MOST_FIT), log_w[there])))


def rounds(plan: Plan, sizes: tuple[int, ...] | None = None) -> tuple[int, ...]:
    """Worlds of each round of a plan's pilot."""
    part = OF_HEAVY if plan.heavy else 1.0
    return tuple(max(1, int(part * size)) for size in sizes or ROUNDS)


def until_claims(plan: Plan) -> Plan:
    """The plan up to the last day of which a claim speaks: later days weigh nothing."""
    measures, case = plan.claims().values(), plan.case
    asked: Iterable[Window | None] = (w for m in measures for w in (m.window, m.compared, m.left, m.of_found))
    documents = case.evidence.documents
    days = 1 + max(
        w.last.offset + (case.day(documents[w.last.document].published[1]) if w.last.document else 0)
        for w in asked if w is not None
    )  # fmt: skip
    return replace(plan, until=min(days, case.days))


def features_of(case: Case, prior: Chunk) -> list[Feature]:
    """Logarithms of every parameter that varies, and of 1 less it for shares: rates, shares and sizes multiply."""
    out = []
    for name, p in case.priors.items():
        for flip in (False, True) if p.parameter.high <= 1 and p.parameter.unit == "share" else (False,):
            shift = 0.01 if p.parameter.unit == "share" else 0.01 * float(np.abs(prior.draws[name]).mean()) + 1e-12
            raw = Feature(name, flip, float(f"{shift:.3g}"))
            x = 1.0 - prior.draws[name] if flip else prior.draws[name]
            z = np.log(np.maximum(x, 0.0) + raw.shift)
            if z.std() > 1e-6:
                out.append(replace(raw, centre=float(f"{z.mean():.4g}"), scale=float(f"{z.std():.4g}")))
    return out


def fitted(case: Case, worlds: Chunk, features: list[Feature], beta: float = 1.0) -> Proposal | None:
    """The best guess of L_β by these worlds; None where it promises nothing on the parts that it has not seen."""
    if not worlds.possible.any() or not features:
        return None
    likes = {claim: like**beta for claim, like in likes_of(case, worlds, LEAST).items()}
    log = weigh(case, likes, worlds.possible, log_correction=worlds.log_correction).log
    keep = np.isfinite(log)
    log_w = worlds.log_correction[keep]
    fit = log[keep] - log_w
    x = np.stack([f.value(worlds.draws)[keep] for f in features], axis=1)

    reads = _most_telling(features, x, best(x, fit, log_w))
    chosen = [i for i, f in enumerate(features) if f.parameter in reads]
    x = x[:, chosen]
    part, unseen = np.arange(len(x)) % PARTS, np.empty(len(x))
    for k in range(PARTS):
        unseen[part == k] = x[part == k] @ best(x[part != k], fit[part != k], log_w[part != k])
    promised = [_size(power * unseen, fit, log_w) / _size(0.0 * unseen, fit, log_w) for power in POWERS]
    at = int(np.argmax(promised))
    if promised[at] < LEAST_GAIN:
        return None
    slopes = np.round(POWERS[at] * best(x, fit, log_w), DECIMALS)
    terms = tuple(replace(features[i], coefficient=float(b)) for i, b in zip(chosen, slopes, strict=True) if b)
    proposal = Proposal(terms, 0.0, beta, POWERS[at], float(f"{promised[at]:.3g}"), len(worlds.numbers))
    guess = proposal.log_fit(worlds.draws)[keep]
    level = _log_mean(guess, log_w)
    spread = np.exp(
        _log_mean(2 * guess, log_w) - 2 * level
    )  # 1 over the share of candidates that the guess picks among
    candidates = CANDIDATES
    while candidates < min(4 * spread, MOST_CANDIDATES):
        candidates *= 2
    return replace(proposal, level=round(level, DECIMALS), candidates=candidates)


def likes_of(case: Case, worlds: Chunk, least: float = 0.0) -> dict[str, np.ndarray]:
    """ℓ of every claim, in possible worlds `least` at the least."""
    likes = likelihoods(case, worlds.claims, worlds.draws["posts"], worlds.possible)
    return {claim: np.where(worlds.possible, np.maximum(like, least), 0.0) for claim, like in likes.items()}


def carried(case: Case, likes: Mapping[str, np.ndarray], log_w: np.ndarray) -> float:
    """β: the largest of 1, 1/√2, 1/2 … by which what each origin says, Π ℓ^β, is carried by `CARRIED` effective worlds.

    The mixture L itself cannot tell: where no world fits, it holds the source for wrong, and all worlds carry that.
    """
    origins = case.claims_by_origin(case.outcome_claims()).values()
    logs, beta = [np.sum([np.log(likes[c.id]) for c in claims], axis=0) for claims in origins], 1.0
    while beta > LEAST_BETA:
        tempered = [beta * log + log_w for log in logs]
        if all(effective_sample_size(np.exp(t - t.max())) >= CARRIED for t in tempered):
            break
        beta /= np.sqrt(2.0)
    return float(f"{beta:.6g}")


def _most_telling(features: list[Feature], x: np.ndarray, slopes: np.ndarray) -> set[str]:
    """The `READS` parameters whose terms move the guess most."""
    moves = {
        name: np.sum([b * x[:, i] for i, (f, b) in enumerate(zip(features, slopes, strict=True)) if f.parameter == name], axis=0).std()
        for name in {f.parameter: None for f in features}
    }  # fmt: skip
    return set(sorted(moves, key=lambda name: -moves[name])[:READS])


def best(x: np.ndarray, fit: np.ndarray, log_w: np.ndarray) -> np.ndarray:
    """Coefficients b that make ln E[e^η] + ln E[L²/e^η] + ridge least, η = x·b: convex, by Newton's method.

    x: features (n, p); fit: ln L, (n,); log_w: ln W, (n,).
    """
    b = np.zeros(x.shape[1])

    def state(b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        up, down = log_w + x @ b, log_w + 2 * fit - x @ b
        u, d = np.exp(up - up.max()), np.exp(down - down.max())
        value = up.max() + np.log(u.sum()) + down.max() + np.log(d.sum()) + RIDGE / 2 * (b @ b)
        return float(value), u / u.sum(), d / d.sum()

    value, u, d = state(b)
    for _ in range(50):
        mean_u, mean_d = u @ x, d @ x
        slope = mean_u - mean_d + RIDGE * b
        bend = (x * (u + d)[:, None]).T @ x - np.outer(mean_u, mean_u) - np.outer(mean_d, mean_d)
        step = np.linalg.solve(bend + RIDGE * np.eye(len(b)), slope)
        while (new := state(b - step))[0] > value and np.abs(step).max() > 1e-9:
            step = step / 2
        b = b - step
        value, u, d = new
        if np.abs(step).max() <= 1e-9:
            break
    return b


def _log_mean(log: np.ndarray, log_w: np.ndarray) -> float:
    """ln of the mean of e^log over the prior."""
    most = log.max()
    w = np.exp(log_w)
    return float(most + np.log((w * np.exp(log - most)).sum() / w.sum()))


def _size(log_guess: np.ndarray, fit: np.ndarray, log_w: np.ndarray) -> float:
    """Effective sample size a world, of worlds drawn by this guess."""
    guess = FLOOR + np.exp(log_guess - _log_mean(log_guess, log_w))
    return float(
        np.exp(2 * _log_mean(fit, log_w) - _log_mean(np.log(guess), log_w) - _log_mean(2 * fit - np.log(guess), log_w))
    )
