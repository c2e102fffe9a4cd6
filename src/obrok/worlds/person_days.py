"""A person's days in a world looked into: where they are, what they go by, and what chance has a say on each.

Whatever happens by chance happens where the person's luck, a number in (0, 1) that belongs to the person and the day
whatever the policy, lies below the chance. So where two policies part a life, its luck lies between their two chances.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from obrok import luck
from obrok.case.case import Policy
from obrok.engine import rules
from obrok.engine.plain import City
from obrok.engine.plain_state import Happening, Person
from obrok.engine.tables import (
    AT_POST,
    DETAINED,
    HANDED_OVER,
    NEARBY,
    REMOTE,
    RETURNED,
    SETTLED,
    WAITING,
)
from obrok.worlds.trace import Parting, Who, World

#: status of someone who is not yet called
NOBODY = -1
#: what happens → the status after it; what is not here changes none
AFTER = {
    "waiting": WAITING, "arrived": AT_POST, "left_nearby": NEARBY, "left_remote": REMOTE, "found": DETAINED,
    "taken_back": HANDED_OVER, "handed_over": HANDED_OVER, "let_go": NEARBY, "settled": SETTLED, "returned": RETURNED,
}  # fmt: skip
#: what chance decides → its purpose: a candidate's height under a hazard, or a plain uniform number of the day
HEIGHTS = {
    "leaving": luck.LEAVE, "taken back": luck.TAKEN_BACK, "found": luck.FOUND, "applies": luck.APPLY,
    "released": luck.RELEASED,
}  # fmt: skip
UNIFORM = {
    "recall": luck.RECALL, "offered": luck.JOIN, "takes": luck.JOIN_CHOICE, "nearby": luck.ROUTE,
    "granted": luck.GRANT, "handed over": luck.HAND_OVER,
}  # fmt: skip
#: rule → what chance decides of it
OF_RULE = {
    "recall": ("recall",), "rotation": ("sent",), "leaving": ("leaving", "nearby"), "together": ("offered", "takes", "nearby"),
    "taken back": ("taken back",), "found": ("found",), "asylum": ("applies", "granted"),
    "hand-over": ("released", "handed over"), "fill-in": ("filled", "sent"), "sector": ("shifted",),
}  # fmt: skip


@dataclass(frozen=True)
class Today:
    """A person on a day under a policy: status at its end and at the end of the day before; `chances`, by what they decide,
    of what may happen that day. Of a holder: watching m, belief b, and what `moved` the chance of leaving since the day
    before; None where there was no such chance then."""

    day: int
    status: int
    before: int
    chances: dict[str, float]
    watch: float | None = None
    belief: float | None = None
    moved: Moved | None = None


@dataclass(frozen=True)
class Moved:
    """Why the hazard of leaving is another than the day before: logs that add up to that of their ratio, by what they are due
    to (watch, belief, effort as felt, pay); the chance of `before`; and what happened the day before, of `FACTS`."""

    before: float
    parts: dict[str, float]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """What chance decided otherwise under two policies: its chance under each, and the luck between them."""

    what: str
    here: float
    there: float
    luck: float


def statuses(world: World, policy: Policy, who: Who) -> np.ndarray:
    """Status at the end of each day, from the eve of the first on, int8 (1 + days,); all `NOBODY` where nobody of this key is
    ever sent."""
    log, first = world.everyone(policy).get(who), NOBODY
    if log is not None and who[1][1:] == (0, 0):
        first = AT_POST
    out = np.full(1 + world.plan.case.days, first, np.int8)
    for h in log or ():
        if h.what in AFTER:
            out[h.day + 1 :] = AFTER[h.what]
    return out


def todays(world: World, policy: Policy, who: Who, days: range) -> Iterator[Today]:
    """A person's days under a policy, one by one."""
    place, key = who
    city = world.under(policy)[place]
    person = city.everyone.get(key)
    status = statuses(world, policy, who)
    for t in days:
        before, now = int(status[t]), int(status[t + 1])
        if person is None or before != AT_POST:
            yield Today(t, now, before, chances(city, person, before, t) if person else {})
            continue
        m, b, _, _ = city.view(person, t)
        moved = _moved(city, person, t) if t and person.since < t - 1 else None
        yield Today(t, now, before, chances(city, person, before, t), m, b, moved)


def chances(city: City, who: Person, before: int, t: int) -> dict[str, float]:
    """Chances of what may happen on a day to someone who was in a status the day before, by what they decide."""
    w, today = city.world, city.schedule[t]
    if before == AT_POST:
        m, _, s, near = city.view(who, t)
        return {
            "recall": today["recall"],
            "leaving": _chance(rules.leave_hazard(city.rate(who), m, s)),
            "offered": rules.join_hazard_chance(w["join_chance"], left_before(city, who, t)),
            "takes": (1.0 - m) * s / (1.0 + s),
            "nearby": near / s,
        }
    if before in (NEARBY, REMOTE):
        find = w["find_nearby"] * today["effort"] * (w["find_remote"] if before == REMOTE else 1.0)
        if 0 <= who.day_of("let_go") < t:
            find *= w["found_again"]
        found = {"taken back": w["taken_back"], "found": find, "applies": w["apply"] * today["help"]}
        return {name: _chance(hazard) for name, hazard in found.items()} | {"granted": w["grant"]}
    if before == DETAINED:
        return {"released": _chance(rules.stay_hazard(w["detention_days"])), "handed over": today["hand_over"]}
    if before == NOBODY:
        return {"filled": today["refill_chance"], "sent": today["dispatch"]}
    return {"shifted": today["construction_shift"]} if before == WAITING else {}


def _chance(hazard: float) -> float:
    return -math.expm1(-hazard)


def lucks(city: City, who: Person, before: int, t: int) -> dict[str, float]:
    """The luck of each chance of a day; what has no candidate day then has none here: it happens under no hazard of this
    policy."""
    key = who.key
    fill_in = {"filled": city.uniform(key[0], key[1], key[2] - 1, luck.REFILL, 0)} if key[2] else {}
    out = fill_in | {"sent": city.uniform(*key, luck.SENT, 0), "shifted": city.uniform(*key, luck.SHIFT, 0)}
    out |= {name: city.uniform(*key, purpose, t) for name, purpose in UNIFORM.items()}
    for name, purpose in HEIGHTS.items():
        if name in chances(city, who, before, t):
            heights = city.heights(who, purpose, before).get(t)
            if heights:
                out[name] = _chance(min(heights))
    return out


def decided(world: World, one: Policy, other: Policy, parting: Parting) -> Decided | None:
    """What chance decided otherwise on the day that two lives part; None where it was none of this person's: a post that
    stands empty under one policy alone."""
    who, t = (parting.city, parting.who), parting.day
    cities = [world.under(policy)[parting.city] for policy in (one, other)]
    before = int(statuses(world, one if parting.who in cities[0].everyone else other, who)[t])  # the same in both lives
    person = next(city.everyone[parting.who] for city in cities if parting.who in city.everyone)
    holders = [city.everyone.get(parting.who, person) for city in cities]
    here, there = (chances(city, x, before, t) for city, x in zip(cities, holders, strict=True))
    drawn: dict[str, float] = {}
    for city, x in zip(cities, holders, strict=True):
        for name, u in lucks(city, x, before, t).items():
            drawn[name] = min(u, drawn.get(name, 1.0))
    for h in (parting.here, parting.there):
        for name in OF_RULE[h.rule] if h else ():
            if name in here and name in drawn and (drawn[name] < here[name]) != (drawn[name] < there[name]):
                return Decided(name, here[name], there[name], drawn[name])
    return None


# -- what moves the chance of leaving
def left_before(city: City, who: Person, t: int) -> int:
    """How many left the crew the day before."""
    return sum(
        h.rule in ("leaving", "together") for h in _yesterday(city, t) if _crew(city, h) == city.posts[who.post].crew
    )


def _yesterday(city: City, t: int) -> list[Happening]:
    first, last = (bisect_left(city.log, day, key=attrgetter("day")) for day in (t - 1, t))
    return city.log[first:last]


def _crew(city: City, h: Happening) -> int:
    return city.posts[h.who[0]].crew


def _moved(city: City, who: Person, t: int) -> Moved:
    """What made the hazard of leaving on a day another than that of the day before: one thing after the other is taken from
    what it was to what it is."""
    (m0, _, s0, _), (m, b, _, _) = city.view(who, t - 1), city.view(who, t)
    steps = [s0]
    for felt, belief, today in ((t - 1, b, t - 1), (t, b, t - 1), (t, b, t)):
        steps.append(city.ready(who, city.felts[felt], belief, city.schedule[today])[0])
    taken = [math.log(x / (1.0 + x)) for x in steps]
    parts = {"watch": math.log1p(-m) - math.log1p(-m0)}
    parts |= {name: taken[k + 1] - taken[k] for k, name in enumerate(("belief", "effort", "pay"))}
    before = rules.leave_hazard(city.rate(who), m0, s0)
    return Moved(_chance(before), parts, tuple(_facts(city, who, t)))


def _facts(city: City, who: Person, t: int) -> Iterator[str]:
    """What happened the day before that a holder may go by: a word of `FACTS` each, once."""
    crew, host = city.posts[who.post].crew, city.schedule[t - 1]
    firm = city.crews[crew].firm
    seen = set()
    for h in _yesterday(city, t):
        theirs = _crew(city, h)
        if h.rule in ("leaving", "together"):
            seen.add("workmate left" if theirs == crew else "colleague left" if city.crews[theirs].firm == firm else "")
        elif h.what in ("handed_over", "taken_back", "let_go"):
            seen.add(h.what + (" of the crew" if theirs == crew else " of the city"))
    if host["news"] > 0:
        seen.add("news")
    if host["news_handed"] > 0:
        seen.add("news of hand-over")
    if t > 1:
        for name in ("sessions", "watch"):
            was, now = city.schedule[t - 2][name], host[name]
            if was != now:
                seen.add(f"{name} {'up' if now > was else 'down'}")
    return (x for x in FACTS if x in seen)


FACTS = (
    "workmate left", "colleague left", "handed_over of the crew", "taken_back of the crew", "let_go of the crew",
    "handed_over of the city", "taken_back of the city", "let_go of the city", "news", "news of hand-over", "sessions up",
    "sessions down", "watch up", "watch down",
)  # fmt: skip
