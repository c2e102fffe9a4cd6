"""Case + world numbers → parameter draws, anchored worlds, schedules: the only maker of arrays for the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from obrok import luck
from obrok.case.case import Case, Event, Policy, Prior, order
from obrok.engine.people import anchor
from obrok.engine.tables import SCHEDULE, WORLD, WORLD_FIELDS
from obrok.quantities import draw

#: sessions a week before any event: weekly meetings are the rule everywhere they are reported
SESSIONS_BEFORE = 1.0
#: a world whose reference people miss the rates of the anchor by more than this (relative) is impossible
ANCHOR_TOLERANCE = 1e-3

Draws = dict[str, np.ndarray]


def published(document: str) -> str:
    """Name of the draw that holds the day a document appeared."""
    return f"published {document}"


def draw_parameters(case: Case, seed: int, numbers: np.ndarray, fix: Mapping[str, float] | None = None) -> Draws:
    """Every parameter of these worlds, in canonical units: name → float64, shape (n,).

    Keyed by (seed, world number, name): neither other worlds nor other parameters move a draw. `fix` gives every world
    exactly that value. Also the day each document appeared, whole days from the start.
    """
    fix = dict(fix or {})
    out: Draws = {}
    for name in order(case.priors):
        out[name] = (
            np.full(len(numbers), fix[name]) if name in fix else _draw_one(case.priors[name], seed, numbers, out)
        )
        part_of = case.priors[name].part_of
        if part_of and name not in fix:  # a part is cut out of its whole, which keeps the rest
            out[name] = out[name] * out[part_of]
            if part_of not in fix:
                out[part_of] = out[part_of] - out[name]
    for document in case.evidence.documents.values():
        first, last = (case.day(d) for d in document.published)
        u = luck.named_uniforms(seed, numbers, published(document.id))
        out[published(document.id)] = first + np.floor(u * (last - first + 1))
    return {name: out[name] for name in [*case.priors, *(n for n in out if n not in case.priors)]}


def _draw_one(prior: Prior, seed: int, numbers: np.ndarray, drawn: Draws) -> np.ndarray:
    p = prior.parameter
    half = 0.5 if p.whole else 0.0
    low, top = p.low - half, p.high + half - (1e-9 if p.whole else 0.0)
    high = np.minimum(top, drawn[prior.at_most]) if prior.at_most else top
    value = draw(prior.distribution, lambda k: luck.named_uniforms(seed, numbers, p.name, k), drawn, low, high)
    return np.floor(value + 0.5) if p.whole else value


@dataclass(frozen=True)
class Population:
    """Worlds ready for the engine. `possible`: False where no anchor can be solved (weight 0)."""

    numbers: np.ndarray
    draws: Draws
    worlds: np.ndarray
    enterprise_first: np.ndarray
    possible: np.ndarray


def populate(case: Case, seed: int, numbers: np.ndarray, draws: Draws) -> Population:
    """Solves the anchor of each world and lays its posts out to enterprises."""
    n = len(numbers)
    worlds = np.zeros(n, WORLD)
    for name in WORLD_FIELDS:
        worlds[name] = draws[name]
    possible = (draws["watch"] < draws["watch_max"]) & (draws["fee"] + draws["deductions"] <= 1.0)
    for i in np.flatnonzero(possible):
        near, far, miss = anchor(seed, int(numbers[i]), worlds[i], SESSIONS_BEFORE)
        worlds["a_nearby"][i], worlds["a_remote"][i] = near, far
        possible[i] = miss < ANCHOR_TOLERANCE
    posts = worlds["posts"].astype(np.int64)
    first = np.zeros((n, len(case.enterprises) + 1), np.int64)
    first[:, -1] = posts
    if len(case.enterprises) == 2:
        first[:, 1] = np.clip(np.floor(posts * draws["enterprise_split"] + 0.5), 0, posts)
    return Population(numbers, draws, worlds, first, possible)


def schedule(case: Case, draws: Draws, policy: Policy) -> np.ndarray:
    """The host state day by day under a policy: `tables.SCHEDULE`, shape (worlds, days).

    An event of day t0 builds up as g = 1 - 2^(-(t - t0 + 1)/ramp). Where a policy takes the event away, only the rest of
    the change, 1 - v, remains; with v = 0 the bits are those of the factual policy.
    """
    n = len(next(iter(draws.values())))
    out = np.empty((n, case.days), SCHEDULE)
    out["effort"] = draws["effort_before"][:, None]
    out["hand_over"] = draws["hand_over_before"][:, None]
    out["help"], out["sessions"], out["news"] = 1.0, SESSIONS_BEFORE, 0.0
    for event in case.events:
        _apply(event, out, draws, policy)
    return out


def _apply(event: Event, out: np.ndarray, draws: Draws, policy: Policy) -> None:
    gone = (draws[event.share] if event.share else 1.0) if event.id in policy.without else 0.0
    stays = np.broadcast_to(np.asarray(1.0 - gone), out.shape[:1])[:, None]
    t = np.arange(event.day, out.shape[1])
    g = 1.0 - 2.0 ** (-(t - event.day + 1) / draws[event.ramp][:, None])
    after = {what: draws[name][:, None] for what, name in event.changes.items() if what not in policy.keep}
    days = out[:, event.day :]
    if "effort" in after:
        before = draws["effort_before"][:, None]
        target = before ** (1.0 - stays) * after["effort"] ** stays
        days["effort"] = before ** (1.0 - g) * target**g
    if "hand_over" in after:
        before = draws["hand_over_before"][:, None]
        days["hand_over"] = before + g * (stays * (after["hand_over"] - before))
    if "help" in after:
        days["help"] = (after["help"] ** stays) ** g
    if "sessions_per_week" in after:
        days["sessions"] = SESSIONS_BEFORE + g * (stays * (after["sessions_per_week"] - SESSIONS_BEFORE))
    if "news" in after:
        out["news"][:, event.day] = (stays * after["news"])[:, 0]
