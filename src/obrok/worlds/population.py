"""Case + world numbers → parameter draws, anchored worlds, schedules: the only maker of arrays for the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from obrok import luck
from obrok.case.case import Case, City, Event, Policy, Prior, order
from obrok.case.parameters import ABSENT, DISPATCH, EVENT_CHANGES
from obrok.engine.people import anchor
from obrok.engine.tables import BOUNDS, SCHEDULE, WORLD, WORLD_FIELDS
from obrok.quantities import draw

#: sessions a week before any event: weekly meetings are the rule everywhere they are reported
SESSIONS_BEFORE = 1.0
#: a world whose reference people miss the rates of the anchor by more than this (relative) is impossible
ANCHOR_TOLERANCE = 1e-3

Draws = dict[str, np.ndarray]


def published(document: str) -> str:
    """Name of the draw that holds the day a document appeared."""
    return f"published {document}"


def draw_parameters(
    case: Case,
    seed: int,
    numbers: np.ndarray,
    fix: Mapping[str, float] | None = None,
    candidates: tuple[np.ndarray | int, int] = (0, 1),
    names: Collection[str] | None = None,
) -> Draws:
    """Every parameter of these worlds, in canonical units: name → float64, shape (n,).

    Keyed by (seed, world number, candidate, name): neither other worlds nor other parameters move a draw; over worlds the
    draws of a parameter are spread evenly. `fix` gives every world exactly that value. Also the day each document
    appeared, whole days from the start. `candidates`: which of its candidates each world takes, of how many
    (`worlds.proposal`); `names`: only these parameters, and no documents.
    """
    fix = dict(fix or {})
    index = numbers * candidates[1] + candidates[0]

    def uniforms(name: str, ordinal: int = 0) -> np.ndarray:
        return luck.spread_uniforms(seed, index, name, ordinal)

    out: Draws = {}
    for name in order(case.priors):
        if names is not None and name not in names:
            continue
        out[name] = np.full(len(numbers), fix[name]) if name in fix else _draw_one(case.priors[name], uniforms, out)
        part_of = case.priors[name].part_of
        if part_of and name not in fix:  # a part is cut out of its whole, which keeps the rest
            out[name] = out[name] * out[part_of]
            if part_of not in fix:
                out[part_of] = out[part_of] - out[name]
    if names is not None:
        return out
    for document in case.evidence.documents.values():
        first, last = (case.day(d) for d in document.published)
        u = uniforms(published(document.id))
        out[published(document.id)] = first + np.floor(u * (last - first + 1))
    return {name: out[name] for name in [*case.priors, *(n for n in out if n not in case.priors)]}


def _draw_one(prior: Prior, uniforms: Callable[[str, int], np.ndarray], drawn: Draws) -> np.ndarray:
    p = prior.parameter
    half = 0.5 if p.whole else 0.0
    low, top = p.low - half, p.high + half - (1e-9 if p.whole else 0.0)
    high = np.minimum(top, drawn[prior.at_most]) if prior.at_most else top
    value = draw(prior.distribution, lambda k: uniforms(p.name, k), drawn, low, high)
    return np.floor(value + 0.5) if p.whole else value


@dataclass(frozen=True)
class Population:
    """Worlds ready for the engine. `city_worlds`: of each city `tables.WORLD`, (n,), which differ where chances to leave
    come more often; `city_first`: of each city the first post of each site and, last, the number of posts, int64,
    (n, sites + 1). `possible`: False where no anchor can be solved (weight 0)."""

    numbers: np.ndarray
    draws: Draws
    city_worlds: list[np.ndarray]
    city_first: list[np.ndarray]
    possible: np.ndarray

    def firm_first(self, city: int, row: int) -> np.ndarray:
        """First post of each enterprise in a city of a world and, last, the number of posts: int64, (enterprises + 1,).

        A site is one enterprise, or several of about `enterprise_size` posts.
        """
        first = self.city_first[city][row]
        if "enterprise_size" not in self.draws:
            return first
        posts = np.diff(first)
        firms = np.maximum(1, np.floor(posts / self.draws["enterprise_size"][row] + 0.5)).astype(np.int64)
        parts = [a + np.arange(k) * n // k for a, n, k in zip(first[:-1], posts, firms, strict=True)]
        return np.concatenate([*parts, first[-1:]])

    def firms(self, city: int) -> tuple[np.ndarray, np.ndarray]:
        """`firm_first` of every world, one after another, and where each begins: int64, (…,) and (n + 1,)."""
        first = self.city_first[city]
        if "enterprise_size" not in self.draws:
            return np.ascontiguousarray(first).reshape(-1), np.arange(len(first) + 1) * first.shape[1]
        each = [self.firm_first(city, i) for i in range(len(first))]
        return np.concatenate(each), np.cumsum([0, *(len(x) for x in each)])


def populate(case: Case, seed: int, numbers: np.ndarray, draws: Draws) -> Population:
    """Solves the anchor of each world and lays its posts out to cities and enterprises."""
    n = len(numbers)
    worlds = np.zeros(n, WORLD)
    for name in WORLD_FIELDS:
        worlds[name] = draws[name] if name in draws else ABSENT[name]
    possible = (worlds["watch"] < worlds["watch_max"]) & (worlds["fee"] + worlds["deductions"] <= 1.0)
    by_site, somewhere = posts_by_site(case, draws)
    possible &= somewhere
    for i in np.flatnonzero(possible):
        near, far, miss = anchor(seed, int(numbers[i]), worlds[i], SESSIONS_BEFORE)
        worlds["a_nearby"][i], worlds["a_remote"][i] = near, far
        possible[i] = miss < ANCHOR_TOLERANCE
    none = np.zeros(n, np.int64)
    city_first = [np.cumsum([none, *(by_site[s.id] for s in city.sites)], axis=0).T.copy() for city in case.cities]
    return Population(
        numbers, draws, [_in_city(case, city, worlds, draws) for city in case.cities], city_first, possible
    )


def _in_city(case: Case, city: City, worlds: np.ndarray, draws: Draws) -> np.ndarray:
    """The worlds as a city has them: chances to leave come `leaving` times as often there as on the whole."""
    factor = case.places[city.place].leaving
    if factor is None:
        return worlds
    out = worlds.copy()
    out["opportunity"] *= draws[factor]
    return out


def posts_by_site(case: Case, draws: Draws) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Posts of each site, int64, (n,): by weight, or by `enterprise_split`; they add up to `posts`. And whether any site
    has weight at all, (n,)."""
    posts, sites = draws["posts"].astype(np.int64), case.sites
    somewhere = np.ones(len(posts), bool)
    if len(sites) == 1:
        return {sites[0].id: posts}, somewhere
    if sites[0].weight is None:  # one city, two enterprises
        first = case.enterprises[0].id
        split = draws["enterprise_split"] if len(case.enterprises) > 1 else np.ones(len(posts))
        shares = [split if site.enterprise == first else 1.0 - split for site in sites]
    else:
        weights = np.stack([draws[site.weight] for site in sites])  # type: ignore[index]
        somewhere = weights.sum(axis=0) > 0.0
        shares = list(weights / np.where(somewhere, weights.sum(axis=0), 1.0))
    ends = np.floor(posts * np.cumsum(shares, axis=0) + 0.5).astype(np.int64)
    ends[-1] = posts
    ends = np.clip(ends, 0, posts)
    return dict(zip((site.id for site in sites), np.diff(ends, axis=0, prepend=0), strict=True)), somewhere


# -- host state and enterprises, day by day
#: an event moves these by ratios, the others by differences
BY_RATIO = ("effort", "help", "wage")


def column_of(what: str) -> str:
    """The column of `tables.SCHEDULE` that holds what an event changes."""
    return {"sessions_per_week": "sessions", "news_of_hand_over": "news_handed"}.get(what, what)


def schedule(
    case: Case, draws: Draws, policy: Policy, own: np.ndarray | None = None, since: int = 0,
    out: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Host state and enterprises day by day under a policy: `tables.SCHEDULE`, shape (worlds, cities, days).

    An event of day t0 builds up as g = 1 - 2^(-(t - t0 + 1)/ramp), and moves x, what holds under the events before it,
    to x·(T/x)^g or x + g·(T - x). Where a policy takes the event away, only the rest of the change, g·(1 - v), remains;
    with v = 0 the bits are those of the factual policy. Where all events act everywhere, the cities share their days.
    `own`: the schedule under the factual policy from the day `since` on, where it is known; what the policy does not touch
    is taken from there, and earlier days are left out (0). `out`: where to write, (worlds, cities or 1, days).
    """
    n, cities = len(draws["posts"]), len(case.cities)
    alike = cities_alike(case)
    touched = frozenset(EVENT_CHANGES) if own is None else touched_by(case, policy)
    if out is None:
        out = np.empty((n, 1 if alike else cities, case.days), SCHEDULE)
    first = np.zeros(n, SCHEDULE)
    for what, change in EVENT_CHANGES.items():
        if isinstance(change.before, str):
            first[column_of(what)] = draws[change.before] if change.before in draws else ABSENT[change.before]
        else:
            first[column_of(what)] = change.before or 0.0
    if own is None:
        out[...] = first[:, None, None]
    else:
        out[:, :, :since] = np.zeros((), SCHEDULE)
        out[:, :, since:] = own[:, : out.shape[1]]
        for what in touched:
            out[column_of(what)] = first[column_of(what)][:, None, None]
    for event in sorted(case.events, key=lambda e: e.day):
        if event.what_if <= (event.id in policy.with_):
            _apply(event, out, draws, policy, touched)
    if "watch" in touched:
        out["watch"] = np.minimum(out["watch"], draws["watch_max"][:, None, None] * (1 - 1e-9))
    if "deductions" in touched:  # nobody is left with less than nothing
        out["deductions"] = np.minimum(out["deductions"], 1.0 - out["fee"])
    return everywhere(out, cities)


def everywhere(rows: np.ndarray, cities: int) -> np.ndarray:
    """Days, (worlds, cities or 1, days), as a view of all cities that may be written to: the engine is compiled for such."""
    n, own, days = rows.shape
    return rows if own == cities else as_strided(rows, (n, cities, days), (rows.strides[0], 0, rows.strides[2]))


def cities_alike(case: Case) -> bool:
    """Whether all events act everywhere: the cities then share their days."""
    return all(event.cities is None for event in case.events)


def touched_by(case: Case, policy: Policy) -> frozenset[str]:
    """What a policy may make another than it is under the factual one. What the enterprise keeps is of what the state
    leaves."""
    events = (e for e in case.events if e.id in policy.without | policy.with_)
    found = policy.keep | {what for e in events for what in e.changes}
    return found | {"deductions"} if "fee" in found else found


def _apply(event: Event, out: np.ndarray, draws: Draws, policy: Policy, touched: frozenset[str]) -> None:
    undone = event.id in policy.without
    gone = (draws[event.share] if event.share else 1.0) if undone else 0.0
    stays = np.broadcast_to(np.asarray(1.0 - gone), out.shape[:1])[:, None, None]
    here = slice(None) if event.cities is None else list(event.cities)
    g: np.ndarray | float = 1.0
    if event.ramp and not touched.isdisjoint(event.changes):
        t = np.arange(event.day, out.shape[2])
        g = (1.0 - 2.0 ** (-(t - event.day + 1) / draws[event.ramp][:, None]))[:, None]
    part = g * stays
    for what, name in event.changes.items():
        if what in policy.keep or what not in touched:
            continue
        if name in DISPATCH:
            if not undone:
                out["dispatch"][:, here, event.day :] = name == "open"
        elif EVENT_CHANGES[what].before is None:  # news: heard on the day
            out[column_of(what)][:, here, event.day] += (stays * draws[name][:, None, None])[..., 0]
        else:
            column = out[column_of(what)]
            x, after = column[:, here, event.day :], draws[name][:, None, None]
            column[:, here, event.day :] = x * (after / x) ** part if what in BY_RATIO else x + part * (after - x)


def bounds(rows: np.ndarray, known: np.ndarray | None = None, touched: Collection[str] | None = None) -> np.ndarray:
    """The worst days of schedules, `tables.SCHEDULE` of shape (…, days): `tables.BOUNDS` of shape (…). `known`: those of
    schedules that differ in what is `touched` alone."""
    if rows.ndim == 3 and rows.strides[1] == 0:  # cities that share their days
        known = None if known is None else known[:, 0]
        return np.broadcast_to(bounds(rows[:, 0], known, touched)[:, None], rows.shape[:2])
    out = np.empty(rows.shape[:-1], BOUNDS) if known is None else np.array(known)
    for name in BOUNDS.names or ():
        what = name.removesuffix("_hi").removesuffix("_lo")
        if touched is None or what in touched:
            out[name] = rows[what].max(axis=-1) if name.endswith("_hi") else rows[what].min(axis=-1)
    return out[()]
