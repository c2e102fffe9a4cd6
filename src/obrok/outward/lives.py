"""One simulated life in sentences: what happened, by which rule, on which claims and assumptions; where policies part."""

from __future__ import annotations

from collections.abc import Sequence

from obrok.answers.words import day, describe, percent
from obrok.case.case import Case, Policy
from obrok.problems import ProblemsFound, Reader
from obrok.worlds.trace import MOST_POSTS, Happening, Impossible, Life, Parting, World

Who = tuple[str, tuple[int, int, int]]

#: what happened, in words
WORDS = {
    "left_nearby": "left the post, to work for someone else nearby",
    "left_remote": "left the post, to hide far away",
    "found": "was found by the police and detained",
    "taken_back": "was taken back by the enterprise's own people and sent home",
    "handed_over": "was handed over by the police and sent home",
    "let_go": "was let go, and works nearby",
    "applied": "applied for asylum, without success so far",
    "settled": "applied for asylum and got papers",
    "returned": "went home",
    "arrived": "took up the post",
    "waiting": "was called to fill the empty post, and waits for the journey",
    "shifted": "was put to building: the logging post became a building post",
}
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


def told(h: Happening) -> str:
    """What happened, in words."""
    reason = {"rotation": ": the contract was served", "recall": ": called back"}.get(h.rule, "")
    return WORDS[h.what] + (reason if h.what == "returned" else "")


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


def going_by(h: Happening) -> str:
    """The numbers that a rule went by, in words."""
    n = h.numbers
    if h.rule in ("leaving", "together"):
        chance = (
            "the chance that day was" if h.rule == "leaving" else "a workmate had left the day before; the chance was"
        )
        return (
            f"{chance} {100 * n['hazard']:.2g} %: watched at {n['watch']:.2f}, {percent(n['belief'])} sure that who is found is "
            f"handed over, would take {percent(n['ready'])} of chances unwatched, {percent(n['nearby'])} of them nearby"
        )
    if h.rule == "found":
        return f"once in {1 / n['hazard']:,.0f} days at police effort {n['effort']:.2f}"
    if h.rule == "taken back":
        return f"once in {1 / n['hazard']:,.0f} days"
    if h.rule == "hand-over":
        return f"chance to be handed over {percent(n['chance'])}"
    if h.rule == "asylum":
        return f"chance to be granted {percent(n['chance'])}"
    return ""


def rests_on(case: Case, rule: str) -> str:
    claims, assumed = behind(case, rule)
    parts = [f"claims {', '.join(claims)}"] if claims else []
    return "; ".join([*parts, f"assumed: {', '.join(assumed)}"] if assumed else parts)


def name_of(who: Who, several: bool) -> str:
    city, (post, term, fill) = who
    return (f"{city}:" if several else "") + f"{post}.{term}.{fill}"


def read_person(case: Case, text: str) -> Who:
    """`POST`, `POST.TERM.FILL`, before it `CITY:` where there are several. Raises `ProblemsFound`."""
    city, colon, key = text.rpartition(":")
    parts = key.split(".")
    known = [c.place for c in case.cities]
    if not colon and len(known) == 1:
        city = known[0]
    reader = Reader()
    if city not in known:
        reader.say("--person", 0, f"`{text}` names no city", f"write CITY:POST; cities: {', '.join(known)}.")
    elif len(parts) not in (1, 3) or not all(p.isdigit() for p in parts):
        mend = "write POST, or POST.TERM.FILL for a later holder, for example 17 or 17.0.1."
        reader.say("--person", 0, f"`{text}` is no person", mend)
    reader.raise_if_any()
    post, term, fill = (*map(int, parts), 0, 0)[:3]
    return city, (post, term, fill)


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


def find_life(world: World, policies: Sequence[Policy], who: Who) -> dict[str, Life | None]:
    """The person's life under each policy. Raises `ProblemsFound` where there is no such person under any."""
    city, key = who
    lived = world.under(policies[0])
    reader = Reader()
    posts = len(lived[city].posts) if city in lived else 0
    if key[0] >= posts:
        what = f"there is no post {key[0]} in {city}: world {world.number} has {posts} there"
        reader.say("--person", 0, what, f"give a post from 0 to {posts - 1}." if posts else "try another city.")
    reader.raise_if_any()
    lives = {p.id: world.life(p, city, key) for p in policies}
    if not any(lives.values()):
        sent = sorted(k for k in lived[city].everyone if k[0] == key[0])
        mend = f"there are: {', '.join(name_of((city, k), False) for k in sent)}."
        reader.say("--person", 0, f"nobody {name_of(who, False)} is ever sent in world {world.number}", mend)
    reader.raise_if_any()
    return lives


def look_into(plan, number: int) -> World:
    """`worlds.trace.World`, or the reason why there is none as `ProblemsFound`."""
    reader = Reader()
    try:
        world = World(plan, number)
    except Impossible:
        what = f"world {number} is impossible: in it people cannot leave as often as `leave_rate` says (weight 0)"
        reader.say("--world", 0, what, "give another number.")
        raise ProblemsFound(reader.problems) from None
    if world.posts > MOST_POSTS:
        what = f"world {number} has {world.posts:,} posts, and a trace goes person by person in plain Python"
        reader.say("--world", 0, what, f"use --fix posts={MOST_POSTS}.")
    reader.raise_if_any()
    return world


# -- text and data
def as_text(world: World, policies: Sequence[Policy], who: Who, lives: dict[str, Life | None]) -> str:
    case, several = world.plan.case, len(world.plan.case.cities) > 1
    lines = [
        f"World {world.number} of {case.id}, seed {world.plan.seed}: one imagined version among many. Nobody in it is real.",
        f"Person {name_of(who, several)}: {_portrait(next(x for x in lives.values() if x), who)}",
        "",
    ]
    told: list[tuple[Policy, tuple]] = []
    for policy in policies:
        life = lives[policy.id]
        story = tuple((h.day, h.what) for h in life.happenings) if life else None
        same = next((p for p, s in told if s == story), None)
        title = describe(case, policy)
        if same is not None:
            lines += [f"{title[0].upper()}{title[1:]}: the same as {describe(case, same)}.", ""]
            continue
        told.append((policy, story))  # type: ignore[arg-type]
        lines += [f"{title[0].upper()}{title[1:]}:", *_story(case, life), ""]
    rules = dict.fromkeys(h.rule for life in lives.values() if life for h in life.happenings)
    lines += (
        ["What these rules rest on:", *(f"  {rule}: {rests_on(case, rule)}" for rule in rules), ""] if rules else []
    )
    lines += ["Where policies part first:"] if _pairs(case, policies) else []
    for one, other in _pairs(case, policies):
        ours = f"{describe(case, one)} / {describe(case, other)}"
        first = world.parting(one, other)
        lines.append(f"  {ours}: {_parting(case, first, one, other, several)}")
        if (p := world.parting(one, other, who)) and p != first:
            lines.append(f"    for this person: {_parting(case, p, one, other, several)}")
    return "\n".join(lines)


def _pairs(case: Case, policies: Sequence[Policy]) -> list[tuple[Policy, Policy]]:
    by = {p.id: p for p in policies}
    return [(by[a], by[b]) for a, b in case.compare if a in by and b in by]


def _portrait(life: Life, who: Who) -> str:
    p, (_, (post, term, fill)) = life.person, who
    when = "from the start" if term == fill == 0 else "sent later"
    family = f"family held at home (tie {p.tie:.2f})" if p.tie else "no family held at home"
    side = "a side job" if p.side else "no side job"
    work = "building" if p.builds else "logging"
    return f"post {post} of {life.enterprise} in {life.city}, {when}; {work}; {side}; {family}; tolerance {p.tolerance:+.2f}."


def _story(case: Case, life: Life | None) -> list[str]:
    if life is None:
        return ["  is never sent: the post was not emptied."]
    lines = [] if life.happenings else ["  at the post to the last day, and nothing happened."]
    for h in life.happenings:
        lines.append(f"  {day(case.date(h.day)):<18} {told(h)}")
        numbers = going_by(h)
        lines.append(f"  {'':<18} rule {h.rule}{': ' + numbers if numbers else ''}")
    return lines


def _parting(case: Case, p: Parting | None, one: Policy, other: Policy, several: bool) -> str:
    if p is None:
        return "nowhere; every life is the same."
    event, where = p.here or p.there, one if p.here else other
    rest = other if p.here else one
    assert event is not None
    return (
        f"{day(case.date(p.day))}, person {name_of((p.city, p.who), several)}, rule {p.rule}: {WORDS[event.what]} "
        f"{describe(case, where)}, not {describe(case, rest)}."
    )


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
