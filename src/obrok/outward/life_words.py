"""A simulated life in sentences: who it is, what happened, where two policies part it, and how a day stands. The terminal
and the dashboard tell it alike. Nobody is called he or she: nobody is real."""

from __future__ import annotations

import math
from collections.abc import Sequence

from obrok.answers.asked import place_name
from obrok.answers.words import about, day, describe, listed, percent
from obrok.case.case import Case, Policy
from obrok.engine.tables import AT_POST, DETAINED, HANDED_OVER, NEARBY, REMOTE, RETURNED, SETTLED, WAITING
from obrok.worlds.person_days import NOBODY, Decided, Moved, Today
from obrok.worlds.trace import Happening, Life, Parting

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
#: rule → what it says, for people
RULES = {
    "leaving": "Now and then whoever is at a post gets a chance to leave. It is taken the more readily the more work outside "
    "pays, the less one is watched and the less one expects to be handed over; a family held at home holds back.",
    "together": "When somebody leaves, workmates of the crew may go the same way the day after.",
    "taken back": "The enterprise's own people look for those who left, too, and send home whom they find.",
    "found": "The police find those who left: the sooner, the harder they look; hardly, who hides far away.",
    "hand-over": "Whoever is detained is, in the end, handed over and sent home, or let go.",
    "asylum": "Whoever is away may apply for asylum; some get papers.",
    "rotation": "Every post has its days of rotation: who holds it then goes home, and the next one is sent.",
    "recall": "People at their posts are called home.",
    "fill-in": "A post that somebody left may be filled again, after a while.",
    "sector": "A logging post that is filled again may become a building post.",
}
#: status → where someone is
STATUS = {
    NOBODY: "has not been sent", WAITING: "waits for the journey to the post", AT_POST: "is at the post",
    NEARBY: "works for someone else nearby", REMOTE: "hides far away", DETAINED: "is held by the police",
    HANDED_OVER: "has been sent home by force", SETTLED: "has papers, and stays", RETURNED: "is back home",
}  # fmt: skip
NEVER = "This person is never sent."
#: what chance decides, as what the chance is of
CHANCE = {
    "recall": "to be called home that day", "leaving": "to leave that day",
    "offered": "to be asked along by a workmate who had left the day before",
    "takes": "to go along when asked", "nearby": "to stay nearby rather than hide far away",
    "taken back": "to be taken back by the enterprise's own people that day", "found": "to be found by the police that day",
    "applies": "to apply for asylum that day", "granted": "to be granted papers", "released": "to come out of detention that day",
    "handed over": "to be handed over rather than let go", "filled": "that the empty post is filled",
    "sent": "that the next one due is sent", "shifted": "that the post turns from logging to building",
}  # fmt: skip
#: what happened the day before → what it is told as
FACTS = {
    "workmate left": "a workmate left", "colleague left": "someone else of the enterprise left",
    "handed_over of the crew": "someone of the crew was handed over", "taken_back of the crew": "someone of the crew was taken back",
    "let_go of the crew": "someone of the crew was let go", "handed_over of the city": "someone of another crew was handed over",
    "taken_back of the city": "someone of another crew was taken back", "let_go of the city": "someone of another crew was let go",
    "news": "news went round of people let go", "news of hand-over": "news went round of a hand-over",
    "sessions up": "there were more self-criticism sessions", "sessions down": "there were fewer self-criticism sessions",
    "watch up": "orders came to watch more closely", "watch down": "orders came to watch less closely",
}  # fmt: skip
#: what moves the chance of leaving → in words, down and up; and the facts that can be behind each
MOVES = {
    "watch": ("watching is closer", "watching eases", {"workmate left", "colleague left", "watch up"}, {"watch down"}),
    "belief": (
        "being handed over seems likelier", "being handed over seems less likely",
        {x for x in FACTS if x.startswith(("handed_over", "taken_back"))} | {"news of hand-over", "sessions up"},
        {x for x in FACTS if x.startswith("let_go")} | {"news", "sessions down"},
    ),
    "effort": ("word goes round that the police look harder", "word goes round that the police look less hard", set(), set()),
    "pay": ("there is more to lose in pay", "there is less to lose in pay", set(), set()),
}  # fmt: skip
#: logs of a ratio below which a chance is told as the same, and the part of a move that is worth a word
SAME, WORTH = 0.005, 0.2


def told(h: Happening) -> str:
    """What happened, in words."""
    reason = {"rotation": ": the contract was served", "recall": ": called back"}.get(h.rule, "")
    return WORDS[h.what] + (reason if h.what == "returned" else "")


def dated(case: Case, h: Happening) -> str:
    """ "On 3 June 2015 this person left the post, to hide far away."."""
    return f"On {day(case.date(h.day))} this person {told(h)}."


def chance_text(chances: Sequence[float]) -> list[str]:
    """Chances in per cent, with as many digits as tell them apart, two at least."""
    for digits in range(2, 12):
        out = [_per_cent(x, digits) for x in chances]
        if len(set(out)) == len(set(chances)):
            break
    return out


def _per_cent(chance: float, digits: int) -> str:
    size = 100 * chance
    if size in (0, 100):
        return f"{size:.0f} %"
    decimals = max(0, digits - 1 - math.floor(math.log10(size)))
    text = f"{size:.{decimals}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def seldom(chance: float) -> str:
    """ "0.04 %, once in about 2,500 such days"; a chance that is not small stays as it is."""
    text = chance_text([chance])[0]
    return f"{text}, once in {about(1 / chance)} such days" if 0 < chance < 0.05 else text


def going_by(h: Happening) -> str:
    """The numbers that a rule went by, in words."""
    n = h.numbers
    if h.rule in ("leaving", "together"):
        chance = -math.expm1(-n["hazard"]) if h.rule == "leaving" else n["hazard"]
        asked = (
            "the chance that day was" if h.rule == "leaving" else "a workmate had left the day before; the chance was"
        )
        return (
            f"{asked} {chance_text([chance])[0]}: watching took away {percent(n['watch'])} of chances; this person was "
            f"{percent(n['belief'])} sure that who is found is handed over, and would have taken {percent(n['ready'])} of "
            f"chances unwatched, {percent(n['nearby'])} of them nearby"
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


# -- who it is
def firm_name(case: Case, enterprise: str) -> str:
    """An enterprise as told; of a live case it has no name."""
    return "an enterprise" if case.live else enterprise.replace("-", " ").title()


def city_name(case: Case, city: str) -> str:
    """A city as told; of a live case the widest region around it."""
    name = place_name(case, city)
    return f"a part of {name}" if case.live and case.places[city].within else name


def portrait(case: Case, life: Life, spread: float) -> str:
    """Who a simulated person is, in two sentences. `spread`: of tolerance in this world."""
    p = life.person
    where = f"post {p.post} of {firm_name(case, life.enterprise)} in {city_name(case, life.city)}"
    if p.since < 0 and p.term + p.fill:
        first = f"This person is called to {where}, and never comes"
    else:
        since = "there from the first day on"
        if p.term + p.fill:
            before = "the one before had left" if p.fill else "the term before was over"
            since = f"sent when {before}, and there from {day(case.date(p.since))} on"
        first = f"This person holds {where}, as a {'builder' if p.builds else 'logger'}, {since}"
    family = f"A family is held at home ({_tie(p.tie)})" if p.tie else "No family is held at home"
    side = "there is a side job" if p.side else "there is no side job"
    return f"{first}. {family}; {side}. {_tolerance(p.tolerance, spread)}"


def _tie(tie: float) -> str:
    third = min(2, int(3 * (tie - 0.3) / 0.7))
    return ("a loose tie", "a strong tie", "a very strong tie")[third]


def _tolerance(tolerance: float, spread: float) -> str:
    """How much someone puts up with, beside others: tolerance is logistic, with this standard deviation."""
    tenths = round(10 / (1 + math.exp(-tolerance * math.pi / (spread * math.sqrt(3)))))
    if tenths in (4, 5, 6):
        return "This person puts up with about as much as most."
    others = "nearly all" if tenths in (0, 10) else f"{('seven', 'eight', 'nine')[max(tenths, 10 - tenths) - 7]} in ten"
    return f"This person puts up with {'more' if tenths > 5 else 'less'} than {others} others."


def ended(case: Case, status: int, log: Sequence[Happening]) -> str:
    """How a life stands on the last day."""
    last = f"On the last day, {day(case.date(case.days - 1))}, this person "
    since = next((h for h in reversed(log) if h.what not in ("applied", "shifted")), None)
    if status == NOBODY:
        return NEVER
    return f"{last}{STATUS[status]}{f', since {day(case.date(since.day))}' if since and status != AT_POST else ''}."


# -- where two lives part
def parting_sentences(
    case: Case, p: Parting, one: Policy, other: Policy, by: Decided | None, before: str | None = None
) -> list[str]:
    """Where two lives of a person part: what happens under each, and the rule with what decided. `before`: who held the post
    before, where that one's lives part, too."""
    a, b = describe(case, one), describe(case, other)
    here, there = (
        f"this person {told(h)}" if h else "nothing happens to this person that day" for h in (p.here, p.there)
    )
    first = f"On {day(case.date(p.day))} the two lives part: {a}, {here}; {b}, {there}."
    if by is None:
        others = f"person {before}, who held the post before, did" if before else "others did before"
        return [first, f"The rule: {p.rule}. No luck of this person's own decided it: it follows from what {others}."]
    mine, yours, u = chance_text([by.here, by.there, by.luck])
    return [
        first,
        f"The rule: {p.rule}. The chance {CHANCE[by.what]} was {mine} {a} and {yours} {b}. The luck of that day, the same in "
        f"both lives, lies between: it happens where the chance is above {u}.",
    ]


# -- a day
def today_sentences(case: Case, today: Today, log: Sequence[Happening]) -> list[str]:
    """A day under one policy: what happens, where the person is, what they go by, and what may happen."""
    happened = [h for h in log if h.day == today.day]
    out = [f"On this day this person {told(h)}." for h in happened] or [f"This person {STATUS[today.status]}."]
    c = today.chances
    if today.before == AT_POST and today.status == RETURNED:
        return out
    if today.before == AT_POST:
        assert today.watch is not None and today.belief is not None
        out.append(
            f"Watching takes away {percent(today.watch)} of the chances to leave, and this person is {percent(today.belief)} "
            "sure that those who are found are handed over."
        )
        out.append(
            f"The chance to leave this day: {seldom(c['leaving'])}{_since_yesterday(c['leaving'], today.moved)}."
        )
        if c["offered"] > 0:
            along = chance_text([c["offered"] * c["takes"]])[0]
            out.append(f"A workmate left the day before: the chance to go the same way is {along}.")
    elif today.before in (NEARBY, REMOTE):
        out.append(
            f"The chance to be found by the police this day: {seldom(c['found'])}; to be taken back by the enterprise's own "
            f"people: {seldom(c['taken back'])}; to apply for asylum: {seldom(c['applies'])}."
        )
    elif today.before == DETAINED:
        out.append(
            f"The chance to come out of detention this day: {seldom(c['released'])}; whoever does is handed over with a chance "
            f"of {chance_text([c['handed over']])[0]}, else let go."
        )
    return out


def _since_yesterday(chance: float, moved: Moved | None) -> str:
    """ "; the day before it was 0.031 %: watching eases"."""
    if moved is None:
        return ""
    total = sum(moved.parts.values())
    if abs(total) < SAME:
        return ", much as the day before"
    why = [
        _move(name, x, moved.facts)
        for name, x in sorted(moved.parts.items(), key=lambda kv: -abs(kv[1]))
        if abs(x) > WORTH * abs(total)
    ]
    before = chance_text([moved.before, chance])[0]
    return f", {'up' if total > 0 else 'down'} from {before} the day before: {'; '.join(why)}"


def _move(name: str, x: float, facts: Sequence[str]) -> str:
    down, up, facts_down, facts_up = MOVES[name]
    because = [FACTS[f] for f in facts if f in (facts_up if x > 0 else facts_down)]
    text = up if x > 0 else down
    if because:
        return f"{text} ({listed(because)})"
    if name == "belief":
        return f"{text}, as what was heard fades" if x > 0 else text
    return text
