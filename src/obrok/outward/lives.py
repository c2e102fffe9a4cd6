"""One simulated life in sentences: what happened, by which rule, on which claims and assumptions; where policies part."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from obrok.answers.words import describe
from obrok.case.case import Case, Policy
from obrok.outward.life_words import NEVER, WORDS, dated, going_by, parting_sentences, portrait, told
from obrok.problems import ProblemsFound, Reader
from obrok.worlds.person_days import decided
from obrok.worlds.run import Plan
from obrok.worlds.trace import MOST_POSTS, Happening, Impossible, Life, Parting, Who, World

__all__ = [
    "BEHIND", "WORDS", "as_json", "as_text", "behind", "find_life", "look_into", "name_of", "read_person", "rests_on", "someone",
]  # fmt: skip

#: rule → parameters behind it: by name, or by the word under which the table of parameters has them
BEHIND = {
    "leaving": {"leaving", "anchor", "watching", "belief"},
    "together": {"leaving", "anchor", "watching", "belief", "together"},
    "taken back": {"taken_back"},
    "found": {"find_nearby", "find_remote", "found_again", "effort", "effort_before", "effort_after"},
    "hand-over": {"hand_over", "hand_over_before", "hand_over_after", "detention_days"},
    "asylum": {"apply", "grant", "help", "help_after"},
    "rotation": {"contract_days"},
    "recall": {"recall"},
    "fill-in": {"refill_lag", "refill_chance"},
    "sector": {"construction_shift"},
}
#: rule → what events change of it
PAY = {"wage", "fee", "deductions", "quota"}
MOVED_BY = {
    "leaving": {"effort", "news", "news_of_hand_over", "sessions_per_week", "watch", *PAY},
    "together": {"effort", "news", "news_of_hand_over", "sessions_per_week", "watch", *PAY},
    "found": {"effort"},
    "hand-over": {"hand_over"},
    "asylum": {"help"},
    "rotation": {"dispatch"},
    "recall": {"recall"},
    "fill-in": {"dispatch", "refill_chance"},
    "sector": {"construction_shift"},
}


def behind(case: Case, rule: str) -> tuple[list[str], list[str]]:
    """(claims, parameters that are assumed) on which a rule's parameters rest, those of events included."""
    claims: dict[str, None] = {}
    assumed = []
    for name, prior in case.priors.items():
        what = name.split(".")[-1]
        uses = {w.strip() for w in prior.parameter.rule.split(",")}
        if not BEHIND[rule] & {what, *uses}:
            continue
        if prior.cited:
            claims |= dict.fromkeys(c.id for c in prior.claims)
        else:
            assumed.append(name)
    for event in case.events:
        if MOVED_BY.get(rule, set()) & set(event.changes):
            claims |= dict.fromkeys(event.claims)
    return list(claims), assumed


def rests_on(case: Case, rule: str) -> str:
    claims, assumed = behind(case, rule)
    parts = [f"claims {', '.join(claims)}"] if claims else []
    return "; ".join([*parts, f"assumed: {', '.join(assumed)}"] if assumed else parts)


def name_of(who: Who, several: bool) -> str:
    city, (post, term, fill) = who
    return (f"{city}:" if several else "") + f"{post}.{term}.{fill}"


def read_person(case: Case, text: str, called: Mapping[str, str] | None = None, where: str = "--person") -> Who:
    """`POST`, `POST.TERM.FILL`, before it `CITY:` where there are several. `called`: what a city is called → its place.
    Raises `ProblemsFound`."""
    city, colon, key = text.rpartition(":")
    parts = key.split(".")
    known = called or {c.place: c.place for c in case.cities}
    if not colon and len(known) == 1:
        city = next(iter(known))
    reader = Reader()
    if city not in known:
        reader.say(where, 0, f"`{text}` names no city", f"write CITY:POST; cities: {', '.join(known)}.")
    elif len(parts) not in (1, 3) or not all(re.fullmatch("[0-9]{1,9}", p) for p in parts):
        mend = "write POST, or POST.TERM.FILL for a later holder, for example 17 or 17.0.1."
        reader.say(where, 0, f"`{text}` is no person", mend)
    reader.raise_if_any()
    post, term, fill = (*map(int, parts), 0, 0)[:3]
    return known[city], (post, term, fill)


def someone(world: World, policies: Sequence[Policy]) -> Who:
    """A person worth looking at: the first whose life parts two policies, else the first who leaves, else post 0."""
    for other in policies[1:]:
        if p := world.parting(policies[0], other):
            return p.city, p.who
    for city, lived in world.under(policies[0]).items():
        for h in lived.log:
            if h.rule in ("leaving", "together"):
                return city, h.who
    return next(iter(world.under(policies[0]))), (0, 0, 0)


def find_life(
    world: World, policies: Sequence[Policy], who: Who, where: str = "--person", called: str = "world"
) -> dict[str, Life | None]:
    """The person's life under each policy. `called`: what a world is called there. Raises `ProblemsFound` where there is no
    such person under any."""
    city, key = who
    reader = Reader()
    posts = len(world.under(policies[0])[city].posts) if city in world.under(policies[0]) else 0
    if key[0] >= posts:
        place = "this place" if world.plan.case.live else city
        what = f"there is no post {key[0]} in {place}: {called} {world.number} has {posts} there"
        reader.say(where, 0, what, f"give a post from 0 to {posts - 1}." if posts else "try another city.")
    reader.raise_if_any()
    lives = {p.id: world.life(p, city, key) for p in policies}
    if not any(lives.values()):
        sent = {k for p in policies for place, k in world.everyone(p) if place == city and k[0] == key[0]}
        mend = f"there are: {', '.join(name_of((city, k), False) for k in sorted(sent))}."
        what = f"nobody {name_of(who, False)} is ever sent in {called} {world.number}"
        reader.say(where, 0, what, mend if sent else "nobody is ever sent to this post.")
    reader.raise_if_any()
    return lives


def look_into(plan: Plan, number: int, called: str = "world", only: str | None = None) -> World:
    """`worlds.trace.World`, or the reason why there is none as `ProblemsFound`. `called`: what a world is called there."""
    reader, where = Reader(), f"--{called}" if called == "world" else called
    try:
        world = World(plan, number, only)
    except Impossible:
        what = f"{called} {number} is impossible: in it people cannot leave as often as `leave_rate` says (weight 0)"
        reader.say(where, 0, what, "give another number.")
        raise ProblemsFound(reader.problems) from None
    if world.posts > MOST_POSTS:
        what = f"{called} {number} has {world.posts:,} posts, and a trace goes person by person in plain Python"
        smaller = f"use --fix posts={MOST_POSTS}."
        reader.say(
            where, 0, what, smaller if called == "world" else f"choose another, or run the case smaller: {smaller}"
        )
    reader.raise_if_any()
    return world


# -- text and data
def as_text(world: World, policies: Sequence[Policy], who: Who, lives: dict[str, Life | None]) -> str:
    case, several = world.plan.case, len(world.plan.case.cities) > 1
    someone = next(x for x in lives.values() if x)
    lines = [
        f"World {world.number} of {case.id}, seed {world.plan.seed}: one imagined version among many. Nobody in it is real.",
        f"Person {name_of(who, several)}. {portrait(case, someone, world.draws['tolerance_spread'])}",
        "",
    ]
    already: list[tuple[Policy, tuple]] = []
    for policy in policies:
        life = lives[policy.id]
        story = tuple((h.day, h.what) for h in life.happenings) if life else None
        same = next((p for p, s in already if s == story), None)
        title = describe(case, policy)
        if same is not None:
            lines += [f"{title[0].upper()}{title[1:]}: the same as {describe(case, same)}.", ""]
            continue
        already.append((policy, story))  # type: ignore[arg-type]
        lines += [f"{title[0].upper()}{title[1:]}:", *_story(case, life), ""]
    rules = dict.fromkeys(h.rule for life in lives.values() if life for h in life.happenings)
    lines += (
        ["What these rules rest on:", *(f"  {rule}: {rests_on(case, rule)}" for rule in rules), ""] if rules else []
    )
    lines += ["Where policies part first:"] if _pairs(case, policies) else []
    for one, other in _pairs(case, policies):
        ours = f"{describe(case, one)} / {describe(case, other)}"
        first, mine = world.parting(one, other), world.parting(one, other, who)
        lines.append(f"  {ours}: {'nowhere; every life is the same.' if first is None else ''}")
        for p in [first] if mine in (None, first) else [first, mine]:
            if p is not None:
                lines.append(f"    Person {name_of((p.city, p.who), several)}. {_parting(world, p, one, other)}")
    return "\n".join(lines)


def _pairs(case: Case, policies: Sequence[Policy]) -> list[tuple[Policy, Policy]]:
    by = {p.id: p for p in policies}
    return [(by[a], by[b]) for a, b in case.compare if a in by and b in by]


def _story(case: Case, life: Life | None) -> list[str]:
    if life is None:
        return [f"  {NEVER}"]
    lines = [] if life.happenings else ["  This person is at the post to the last day, and nothing happens."]
    for h in life.happenings:
        numbers = going_by(h)
        lines += [f"  {dated(case, h)}", f"    rule {h.rule}{': ' + numbers if numbers else ''}"]
    return lines


def _parting(world: World, p: Parting, one: Policy, other: Policy) -> str:
    before = holder_before(world, p, one, other)
    by = decided(world, one, other, p)
    return " ".join(parting_sentences(world.plan.case, p, one, other, by, before and name_of(before, False)))


def holder_before(world: World, p: Parting, one: Policy, other: Policy) -> Who | None:
    """Who held the post last before a person whose lives part, if that one's lives part, too."""
    found = [q for q in world.partings(one, other) if q.city == p.city and q.who[0] == p.who[0] and q.who < p.who]
    return max(((q.city, q.who) for q in found), default=None)


def as_json(world: World, policies: Sequence[Policy], who: Who, lives: dict[str, Life | None]) -> dict:
    case = world.plan.case

    def happening(h: Happening) -> dict:
        claims, assumed = behind(case, h.rule)
        return {
            "day": h.day, "date": case.date(h.day).isoformat(), "what": h.what, "text": told(h), "rule": h.rule,
            "numbers": h.numbers, "claims": claims, "assumptions": assumed,
        }  # fmt: skip

    def part(p: Parting | None, one: Policy, other: Policy) -> dict | None:
        if p is None:
            return None
        h = p.here or p.there
        assert h is not None
        return {
            "day": p.day, "date": case.date(p.day).isoformat(), "city": p.city, "person": name_of((p.city, p.who), False),
            "rule": p.rule, "what": h.what, "under": one.id if p.here else other.id,
            "chance": (by := decided(world, one, other, p))
            and {"of": by.what, "policy": by.here, "versus": by.there, "luck": by.luck},
        }  # fmt: skip

    return {
        "format": 1, "case": case.id, "seed": world.plan.seed, "world": world.number, "city": who[0],
        "person": name_of(who, False), "parameters": {k: world.draws[k] for k in case.priors},
        "lives": {
            p.id: None if (life := lives[p.id]) is None else [happening(h) for h in life.happenings] for p in policies
        },
        "partings": [
            {
                "policy": one.id, "versus": other.id, "first": part(world.parting(one, other), one, other),
                "of_this_person": part(world.parting(one, other, who), one, other),
            }
            for one, other in _pairs(case, policies)
        ],
    }  # fmt: skip
