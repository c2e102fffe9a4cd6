"""Questions → weighted answers with ranges, what they lean on, and a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import special

from obrok.answers.explain import Left, Leverage
from obrok.answers.quantiles import Ordered, quantiles
from obrok.answers.unknowns import Bins
from obrok.answers.words import averaged_sentence, cause_share, effect_sentence, sentence
from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES

Table = Mapping[str, Mapping[str, np.ndarray]]
#: heading → answers told at the top
HEADLINES = {
    "Who leaves": ("left", "left_nearby", "left_remote"),
    "Who is found, and what then": ("found", "handed_over", "let_go"),
    "Where the pay goes": ("to_state", "to_enterprise", "kept"),
}
#: names of the ends and the middle of a range
ENDS = ("p05", "p50", "p95")
#: how many claims and assumptions an answer names
NAMED = 5


@dataclass(frozen=True)
class Answer:
    """One figure: quantiles over worlds that fit (5, 50, 95 %) and over prior worlds; counts are whole people.

    Against another policy it is the paired difference, `policy` less `versus`; `chance_more`, `chance_less`: share of
    the weight with more or less under `policy`; `mean_over_luck`: range over parameters of the effect averaged over luck;
    `given_role`: quantiles where an uncertain cause mattered at all.
    `defined`: share of the weight in which the outcome exists (a share of nobody does not).
    """

    id: str
    policy: str
    versus: str | None
    unit: str
    p05: float | None
    p50: float | None
    p95: float | None
    prior: dict[str, float | None]
    text: str
    claims: tuple[str, ...]
    assumptions: tuple[str, ...]
    defined: float = 1.0
    chance_none: float | None = None
    chance_more: float | None = None
    chance_less: float | None = None
    mean_over_luck: dict[str, float | None] | None = None
    given_role: dict[str, float | None] | None = None
    mean_over_luck_given_role: dict[str, float | None] | None = None
    leverage: list[dict] = field(default_factory=list, repr=False)

    def as_json(self) -> dict:
        out = {k: v for k, v in self.__dict__.items() if k != "leverage"}
        return out | {"claims": list(self.claims), "assumptions": list(self.assumptions)}


@dataclass(frozen=True)
class Weighed:
    """All that answers are read off: outcomes by policy, weights (sum 1), prior weights, and what leans on what.
    `repeats`: the worlds `repeat_rows`, of `repeat_weights`, lived again with fresh luck."""

    case: Case
    draws: Mapping[str, np.ndarray]
    outcomes: Table
    weights: np.ndarray
    prior: np.ndarray
    left: list[Left]
    bins: Bins
    assumed: frozenset[str]
    repeats: Table | None = None
    repeat_weights: np.ndarray | None = None
    repeat_rows: np.ndarray | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        """Ids of the case's own questions."""
        return tuple(q.id for q in self.case.questions)

    def unit(self, name: str) -> str:
        return OUTCOMES[name] if name in OUTCOMES else self.case.question(name).unit  # type: ignore[union-attr]

    @cached_property
    def leverage(self) -> Leverage:
        return Leverage(self.left, self.weights)

    @cached_property
    def posts(self) -> float:
        """How many people hold posts in the middle version: as many as there are posts or, where these were not all held
        on the first day, as are held on the window's last."""
        held = self.outcomes[self.case.factual.id]["at_post_end"] if "filled" in self.draws else self.draws["posts"]
        return quantiles(held, self.weights)[1]

    @cached_property
    def fits(self) -> bool:
        """Whether claims weighed the worlds at all."""
        return not np.allclose(self.weights, self.prior)


def all_answers(weighed: Weighed) -> list[Answer]:
    """Every outcome and question under every policy, then every compared pair."""
    out = []
    for policy, table in weighed.outcomes.items():
        out += _answers(weighed, policy, None, table)
    for policy, versus in weighed.case.compare:
        if policy in weighed.outcomes and versus in weighed.outcomes:
            one, other = weighed.outcomes[policy], weighed.outcomes[versus]
            out += _answers(weighed, policy, versus, {name: one[name] - other[name] for name in one})
    return out


def _answers(weighed: Weighed, policy: str, versus: str | None, table: Mapping[str, np.ndarray]) -> list[Answer]:
    """Everything asked under a policy, or the difference in it: values sorted once, what leans on what found for all at once."""
    w, left = weighed.weights, weighed.leverage
    ordered = {name: Ordered.of(values) for name, values in table.items()}
    ranks = np.stack([o.ranks(w) for o in ordered.values()], axis=1)
    moves, shares = left.moves(ranks), weighed.bins.shares(ranks, w)
    shown = versus is None and policy == weighed.case.factual.id
    out = []
    for k, (name, values) in enumerate(ordered.items()):
        moved, sure, size = (x[:, k] for x in moves)
        rows = left.rows(values, moved, sure, size) if shown and len(values.order) else []
        claims = [i for i in np.argsort(-moved, kind="stable") if sure[i] and left.left[i].kind == "claim"]
        trail = dict(
            claims=tuple(left.left[i].id for i in claims[:NAMED]),
            assumptions=tuple(n for n in shares[k] if n in weighed.assumed)[:NAMED],
            leverage=[_hidden(row) for row in rows] if weighed.case.live and weighed.unit(name) == "people" else rows,
        )
        out.append(_answer(weighed, name, policy, versus, table[name], values, trail))
    return out


def _answer(
    weighed: Weighed, name: str, policy: str, versus: str | None, values: np.ndarray, ordered: Ordered, trail: dict
) -> Answer:
    case, weights, unit = weighed.case, weighed.weights, weighed.unit(name)
    hide = case.live and unit == "people"

    def three(w: np.ndarray) -> list[float | None]:
        return [_clean(x, hide) for x in ordered.quantiles(w)]

    q, prior = three(weights), dict(zip(ENDS, three(weighed.prior), strict=True))
    there = np.isfinite(values) & (weights > 0)
    defined = float(weights[there].sum())
    common = dict(
        id=name, policy=policy, versus=versus, unit=unit, p05=q[0], p50=q[1], p95=q[2], prior=prior,
        defined=round(defined, 6), **trail,
    )  # fmt: skip
    if versus is None:
        none = float(weights[there & (values == 0)].sum() / defined) if unit == "people" and defined else None
        text = sentence(case, name, policy, q, none, defined, weighed.posts, weighed.fits)
        return Answer(**common, text=text, chance_none=none)  # type: ignore[arg-type]
    tiny = 1e-9 * max(1.0, np.nanmax(np.abs(values), initial=0.0))
    more = float(weights[there & (values > tiny)].sum() / defined) if defined else 0.0
    less = float(weights[there & (values < -tiny)].sum() / defined) if defined else 0.0
    luck = _over_luck(weighed, name, policy, versus)
    role, mattered = None, 1.0
    share = cause_share(case, next(p for p in case.policies if p.id == versus))
    if share:
        acts = weights * (weighed.draws[share] > 0)
        mattered, role = float(acts.sum()), three(acts)
    luck_given = _over_luck(weighed, name, policy, versus, share) if share else None
    said = effect_sentence(case, name, policy, versus, q, more, less, role, mattered, weighed.fits)
    shown = luck_given if role is not None and mattered > 0 else luck
    text = said + averaged_sentence(unit, None if shown is None or hide else shown)
    given = None if role is None else dict(zip(ENDS, role, strict=True))
    return Answer(
        **common, text=text, chance_more=more, chance_less=less, mean_over_luck=luck, given_role=given,
        mean_over_luck_given_role=luck_given,
    )  # type: ignore[arg-type]  # fmt: skip


def _clean(value: float, hide_small: bool) -> float | None:
    """None for what does not exist and, in a live case, for counts of 1 to 4."""
    return None if not np.isfinite(value) or (hide_small and 0 < abs(value) < 5) else value


def _hidden(row: dict) -> dict:
    """A row of leverage in a live case."""
    hidden = {k: row[k] and _clean(row[k], True) for k in ("p50_without", "width_without")}
    interval = row["p50_interval"] and [_clean(x, True) for x in row["p50_interval"]]
    return row | hidden | {"p50_interval": interval}


def _over_luck(
    weighed: Weighed, name: str, policy: str, versus: str, share: str | None = None
) -> dict[str, float | None] | None:
    """Range over parameters of the effect averaged over fresh luck, and in what part of them there are more, and less.

    The mean of R repeats still holds luck of variance s²/R: the deviations from the overall mean are shrunk so that their
    variance is that of the parameters alone, and the direction is told by what luck leaves open (normal, the shrunken mean
    in the middle). `share`: only where that parameter is above 0.
    """
    if weighed.repeats is None or weighed.repeat_weights is None or weighed.repeat_rows is None:
        return None
    effect = weighed.repeats[policy][name] - weighed.repeats[versus][name]
    there = np.isfinite(effect)
    n = there.sum(axis=0)
    keep = n >= 2
    if share is not None:
        keep &= weighed.draws[share][weighed.repeat_rows] > 0
    if keep.sum() < 20:
        return None
    effect, n, w = np.where(there, effect, 0.0)[:, keep], n[keep], weighed.repeat_weights[keep]
    w = w / w.sum()
    mean = effect.sum(axis=0) / n
    noise = (np.where(there[:, keep], effect - mean, 0.0) ** 2).sum(axis=0) / (n - 1) / n
    middle = (w * mean).sum()
    spread = (w * (mean - middle) ** 2).sum()
    shrink = np.sqrt(max(0.0, 1.0 - (w * noise).sum() / spread)) if spread > 0 else 0.0
    shown = middle + shrink * (mean - middle)
    q = quantiles(shown, w)
    out = {k: _clean(round(x, 6), False) for k, x in zip(ENDS, q, strict=True)}
    tiny = 1e-9 * max(1.0, float(np.abs(mean).max()))
    sure = np.sqrt(noise) <= tiny
    up = np.where(sure, mean > tiny, special.ndtr(shown / np.where(sure, 1.0, shrink * np.sqrt(noise) + tiny)))
    down = np.where(sure, mean < -tiny, 1.0 - up)
    return out | {"chance_more": float((w * up).sum()), "chance_less": float((w * down).sum())}
