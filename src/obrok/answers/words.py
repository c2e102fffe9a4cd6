"""Answers in words: whole people, ranges, never a bare mean, never "the visit caused"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from obrok.answers.asked import Asked, asked, day, period, place_text, whom
from obrok.case.case import Case, Policy
from obrok.evidence.claims import Reading

__all__ = [
    "FEW", "MONEY", "PEOPLE", "SHARES", "about", "averaged_sentence", "cause_share", "day", "describe", "difference",
    "difference_span", "effect_sentence", "explain", "fitting", "listed", "noun", "number", "percent", "period",
    "sentence", "span", "topic_text",
]  # fmt: skip

Quantiles = Sequence[float | None]

#: what happens to people (after "people"), by outcome
PEOPLE = {
    "left": "leave their posts",
    "left_nearby": "leave for work nearby",
    "left_remote": "leave and hide far away",
    "found": "are found by the police for the first time",
    "handed_over": "are handed over by the police",
    "taken_back": "are taken back by the enterprise's own people",
    "let_go": "are found and let go",
    "applied": "apply for asylum",
    "settled": "get asylum or papers",
    "arrived": "take up a post",
    "returned": "go home, or are sent home",
    "at_post_end": "are at their posts",
}
MONEY = {
    "to_state": "reaches the state",
    "to_enterprise": "stays with the enterprise",
    "kept": "is kept by the workers out of their pay",
    "side": "is earned in side jobs",
    "outside": "is earned by those who left",
    "sent_home": "is sent home",
    "fees_lost": "is lost to the state in dues of those who left",
}
#: a share: of whom, what they do; the share as a noun
SHARES = {
    "far_share": ("Of those who leave", "go far away", "the share of leavers who go far away"),
    "handed_over_share": (
        "Of those whose detention ends",
        "are handed over",
        "the share of the detained who are handed over",
    ),
    "leave_but_for_family": (
        "Of people with a side job and a family held at home",
        "would take a chance to leave but for the family",
        "the share of moonlighters who would leave but for the family",
    ),
}
KEPT = {
    "effort": "police effort",
    "hand_over": "hand-overs",
    "help": "help",
    "news": "news",
    "sessions_per_week": "sessions",
    "news_of_hand_over": "news of hand-overs",
    "dispatch": "sending of people",
    "recall": "sending home",
    "construction_shift": "the shift to building",
    "refill_chance": "filling of empty posts",
    "watch": "watching at rest",
    "wage": "pay",
    "fee": "the share taken for the state",
    "deductions": "the share kept by the enterprise",
    "quota": "the quota",
}
KEPT_AT_LENGTH = {
    "effort": "the police look for leavers as hard as before",
    "hand_over": "as many of those found are handed over as before",
    "help": "officials help no more than before",
    "news": "no news of it goes round among the workers",
    "sessions_per_week": "there are as many self-criticism sessions as before",
    "news_of_hand_over": "no news of hand-overs goes round among the workers",
    "dispatch": "people are sent as before",
    "recall": "nobody is sent home before the contract ends",
    "construction_shift": "as few logging posts turn to building as before",
    "refill_chance": "as many empty posts are filled as before",
    "watch": "workers are watched as before",
    "wage": "pay is as before",
    "fee": "the state takes the same share as before",
    "deductions": "the enterprise keeps the same share as before",
    "quota": "the quota is as before",
}
#: counts of 1 to 4 are not told in a live case
FEW = "fewer than 5"


def number(value: float | None, unit: str) -> str:
    """A figure as printed: whole people, dollars to three figures, shares in per cent."""
    if value is None:
        return FEW if unit == "people" else "–"
    sign, size = ("−" if value < 0 else ""), abs(value)
    if unit == "people":
        return f"{sign}{size:,.0f}" if round(size) else "0"
    if unit == "USD":
        if size >= 999_500:
            decimals = min(2, max(0, 9 - len(f"{size:.0f}")))
            return f"{sign}${size / 1e6:,.{decimals}f} million"
        digits = max(0, len(f"{size:.0f}") - 3)
        return f"{sign}${round(size, -digits):,.0f}" if round(size) else "$0"
    if unit == "share":
        return f"{sign}{100 * size:.0f} %" if round(100 * size) else "0 %"
    return f"{sign}{size:.2f}" if round(size, 2) else "0.00"


def percent(chance: float) -> str:
    if 0 < chance < 0.005:
        return "under 1 %"
    if 0.995 < chance < 1:
        return "over 99 %"
    return f"{100 * chance:.0f} %"


def about(value: float) -> str:
    """A round figure: 308 is about 300."""
    size = round(value)
    if size < 20:
        return f"{size}"
    tenth = 10 ** (len(str(size)) - 2)
    step = tenth if size < 20 * tenth else 5 * tenth
    return f"about {round(size / step) * step:,}"


def describe(case: Case, policy: Policy) -> str:
    """A policy as a condition in words."""
    if policy.factual:
        return "as reported"
    parts = []
    if policy.without:
        parts.append(f"without {_these(policy.without)}")
    if policy.keep:
        parts.append(f"with {listed(_kept(policy))} as before")
    if policy.with_:
        parts.append(f"with {_these(frozenset(_named(policy, e) for e in policy.with_))} (what if)")
    return " and ".join(parts)


def _kept(policy: Policy) -> list[str]:
    conduct = ("effort", "hand_over", "help")
    if policy.keep >= {*conduct}:
        return ["police conduct"] + [word for key, word in KEPT.items() if key in policy.keep and key not in conduct]
    return [word for key, word in KEPT.items() if key in policy.keep]


def explain(case: Case, policy: Policy) -> str:
    """What a policy means, as a sentence."""
    if policy.factual:
        told = (
            "What the reports say happened." if len(case.evidence.documents) > 1 else "What the report says happened."
        )
        return told if case.evidence.documents else "What is assumed to happen."
    parts = []
    if policy.without:
        name, stays = _these(policy.without), "; what had other causes stays" if cause_share(case, policy) else ""
        parts.append(f"the change that was {name}'s doing is taken away{stays}")
    if policy.keep:
        kept = [word for key, word in KEPT_AT_LENGTH.items() if key in policy.keep]
        parts.append(
            f"{listed(kept)}{'' if policy.without or len(policy.keep) > 3 else '; all else changes as reported'}"
        )
    if policy.with_:
        dates: dict[str, list[str]] = {}
        for e in case.events:
            if e.id in policy.with_:
                dates.setdefault(_named(policy, e.id), []).append(day(case.date(e.day)))
        named = [f"the {name.replace('-', ' ')} of {listed(days)}" for name, days in dates.items()]
        parts.append(f"what if there had been {listed(named)}, all else as reported")
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "."


def _named(policy: Policy, event: str) -> str:
    """What a what-if event is called: those that a policy numbers under its own name are told as one."""
    return policy.id if re.fullmatch(re.escape(policy.id) + r"-\d+", event) else event


def cause_share(case: Case, policy: Policy) -> str | None:
    """The parameter that says how much of a change was the doing of an event that the policy takes away."""
    return next((e.share for e in case.events if e.id in policy.without and e.share), None)


def _these(events: frozenset[str]) -> str:
    return listed([f"the {e.replace('-', ' ')}" for e in sorted(events)])


def listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def fitting(case: Case, fits: bool) -> str:
    """ "In nine of ten versions": of those that fit where outcome claims weighed them, else of all."""
    reports = "reports" if len(case.evidence.documents) > 1 else "report"
    return f"in nine of ten versions that fit the {reports}" if fits else "in nine of ten versions imagined"


def span(q: Quantiles, unit: str) -> str:
    """ "between 4 and 105", "up to 22"; the two ends differ as printed."""
    low, high = number(q[0], unit), number(q[2], unit)
    if q[0] == 0 and unit in ("people", "USD"):
        return f"up to {high}"
    return f"from {low} to {high}" if q[0] is None else f"between {low} and {high}"


def sentence(
    case: Case, name: str, policy: str, q: Quantiles, none: float | None, defined: float,
    posts: float | None = None, fits: bool = True,
) -> str:  # fmt: skip
    """An answer under one policy as a sentence. `posts`: how many people there are about; `fits`: claims weighed it."""
    what, p = asked(case, name), next(p for p in case.policies if p.id == policy)
    unit, quantity, when = what.unit, what.quantity, what.when
    if q[1] is None and (unit != "people" or not case.live):
        return f"{_subject(quantity)}: this cannot be said {when}{_joint(when)} {describe(case, p)}."
    same = number(q[0], unit) == number(q[2], unit)
    figures = number(q[1], unit) if same else span(q, unit)
    if unit == "people":
        whole = posts if posts and not what.own and quantity != "at_post_end" and (q[2] or 0) < posts else None
        text = f"{figures}{f' of {about(whole)}' if whole else ''} people {PEOPLE[quantity]} {when}"
        if same:
            text = f"the number of people who {PEOPLE[quantity]} {when} is {figures}"
    elif unit == "USD":
        text = f"{figures} {MONEY[quantity]} {when}"
    elif unit == "share":
        group, verb, _ = SHARES[quantity]
        text = f"{group[0].lower() + group[1:]}, {figures} {verb} {when}"
    else:
        text = _multiple(what, figures)
    text = text if p.factual else f"{describe(case, p)}, {text}"
    middle = "" if same else f"; the middle version has {number(q[1], unit)}"
    return f"{text[0].upper()}{text[1:]}{_joint(text)} {fitting(case, fits)}{middle}.{_none(what, none, defined)}"


def _joint(text: str) -> str:
    return "" if text.endswith(",") else ","


def _none(what: Asked, none: float | None, defined: float) -> str:
    if none == 0:
        return ""
    if none is not None and what.quantity != "at_post_end":
        nobody = "it happens to nobody" if PEOPLE[what.quantity].startswith("are ") else "nobody does"
        return f" The chance that {nobody} is {percent(none)}."
    if what.unit == "share" and defined < 0.995:
        return f" In {percent(1 - defined)} of the versions there are no such people."
    return ""


def _multiple(what: Asked, figures: str) -> str:
    """Watching and departures as multiples of what they were before."""
    if what.quantity == "watch_change":
        return f"watching {what.when} is {figures} times as strong as {what.before}"
    return f"departures a day {what.when} are {figures} times those {what.before}"


def noun(quantity: str) -> str:
    """What an outcome is, as a noun."""
    if quantity in PEOPLE:
        return f"people who {PEOPLE[quantity]}"
    if quantity in MONEY:
        return f"money that {MONEY[quantity]}"
    others = {
        "watch_change": "watching",
        "trend": "departures a day",
        "share_of_departures": "departures there, of all",
    }
    return SHARES[quantity][2] if quantity in SHARES else others[quantity]


def topic_text(case: Case, quantity: str, place: str | None, reading: Reading) -> str:
    """ "People who are at their posts in Harbour"."""
    where, those = place_text(case, place), whom(quantity, reading)
    text = noun(quantity) + (f" in {where}" if where else "") + (f": only {those}" if those else "")
    return text[0].upper() + text[1:]


def _subject(quantity: str) -> str:
    text = noun(quantity)
    return text[0].upper() + text[1:]


# --- paired differences ----------------------------------------------------------------------------------------------
_MORE = {"people": (" more", " fewer"), "USD": (" more", " less"), "share": (" points higher", " points lower")}


def difference(value: float | None, unit: str) -> str:
    """A difference with its direction in a word, not a sign."""
    if value is None:
        return f"{FEW} either way"
    size = number(abs(value), unit).removesuffix(" %")
    if float(size.strip("$").replace(" million", "").replace(",", "")) == 0:
        return "no difference"
    up, down = _MORE.get(unit, (" higher", " lower"))
    text = size + (up if value > 0 else down)
    return text.replace(" points", " point") if unit == "share" and size == "1" else text


def difference_span(q: Quantiles, unit: str) -> str:
    """ "up to 66 more", "between 8 fewer and 5 more", "no difference"."""
    low, high = difference(q[0], unit), difference(q[2], unit)
    if low == high:
        return low
    if q[0] is None or q[2] is None:
        rest = [x for x in (q[0], q[2]) if x]
        return f"from {low} to {high}" if rest else f"{FEW} either way"
    if low == "no difference" or high == "no difference":
        return f"up to {high if low == 'no difference' else low}"
    if q[0] > 0 or q[2] < 0:  # one direction: the nearer end first, the direction once
        near, far = (low, high) if q[0] > 0 else (high, low)
        bare = near
        for direction in _MORE.get(unit, (" higher", " lower")):
            bare = bare.removesuffix(direction)
        return f"between {bare.removesuffix(' point higher').removesuffix(' point lower')} and {far}"
    return f"between {low} and {high}"


def effect_sentence(
    case: Case, name: str, policy: str, versus: str, q: Quantiles, more: float, less: float, role: Quantiles | None,
    mattered: float, fits: bool = True,
) -> str:  # fmt: skip
    """A paired difference as a sentence. `role`: its quantiles where the event mattered at all, `mattered` the share of
    versions in which it did; None where the policies do not differ by an uncertain cause."""
    what = asked(case, name)
    unit = what.unit
    a, b = (next(p for p in case.policies if p.id == x) for x in (policy, versus))
    if q[1] is None and (unit != "people" or not case.live):
        return f"{_subject(what.quantity)}: the difference cannot be said."
    acts = role is not None and mattered > 0
    shown: Quantiles = role if role is not None and acts else q
    against = "without it" if acts and not b.keep else describe(case, b)
    middle = difference(shown[1], unit)
    has = "shows" if unit not in ("people", "USD") or middle == "no difference" else "has"
    text = f"{_compared(what, shown)} {'' if a.factual else describe(case, a) + ' '}than {against}, "
    text += f"{fitting(case, fits)}; the middle version {has} {middle}."
    if not acts:
        return f"{text[0].upper()}{text[1:]} {_chances(unit, more, less)}"
    share = cause_share(case, b)
    thought = " as much as the source thought" if share and case.priors[share].cited else ""
    idle = ", and nothing changes" if a.factual and not b.keep else ""
    idle = f" In {percent(1 - mattered)} of versions it did not matter{idle}." if mattered < 0.9995 else ""
    return f"If {_these(b.without)} mattered{thought}, {text}{idle} {_chances(unit, more, less)}"


def averaged_sentence(unit: str, luck: Mapping[str, float | None] | None) -> str:
    """The same effect averaged over luck, in whole people; nothing where it cannot be told."""
    if luck is None or luck["p05"] is None or luck["p95"] is None:
        return ""
    low, high = (round(luck[k]) if unit == "people" else luck[k] for k in ("p05", "p95"))  # type: ignore[arg-type]
    return f" Averaged over luck: {difference_span((low, None, high), unit)}."


def _chances(unit: str, more: float, less: float) -> str:
    """In how many of all versions there are more, fewer, as many."""
    subject, up, down, same = {
        "people": ("There are", "more", "fewer", "as many"),
        "USD": ("It is", "more", "less", "the same"),
    }.get(unit, ("It is", "higher", "lower", "the same"))
    even = percent(max(0.0, 1 - more - less))
    return f"{subject} {up} in {percent(more)} of all versions, {down} in {percent(less)}, {same} in {even}."


def _compared(what: Asked, q: Quantiles) -> str:
    unit, quantity, when = what.unit, what.quantity, what.when
    text = difference_span(q, unit)
    if unit in ("people", "USD"):
        text = f"no more and no {'fewer' if unit == 'people' else 'less'}" if text == "no difference" else text
        return f"{text} {f'people {PEOPLE[quantity]}' if unit == 'people' else MONEY[quantity]} {when}"
    be = "are" if quantity == "trend" else "is"
    return f"{noun(quantity)} {when} {be} {'no different' if text == 'no difference' else text}"
