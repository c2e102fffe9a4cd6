"""Answers in words: whole people, ranges, never a bare mean, never "the visit caused"."""

from __future__ import annotations

from datetime import date

from obrok.case.case import Case, Policy
from obrok.case.parameters import OUTCOMES

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
    "at_post_end": "are at their posts at the end",
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
SHARES = {
    "far_share": "Of those who leave, the share that goes far",
    "handed_over_share": "Of those whose detention ends, the share handed over",
    "leave_but_for_family": "Of people with a side job and a family at home, the share that would take a chance to leave but for the family",
    "watch_change": "Watching, as a multiple of what it was before",
    "trend": "Departures a day, as a multiple of what they were before",
}


def day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def number(value: float | None, unit: str) -> str:
    """A figure as printed: whole people, dollars to three figures, shares in per cent."""
    if value is None:
        return "–"
    sign, size = ("−" if value < 0 else ""), abs(value)
    if unit == "people":
        return f"{sign}{size:,.0f}"
    if unit == "USD":
        if size >= 999_500:
            return f"{sign}${size / 1e6:.2f} million"
        digits = max(0, len(f"{size:.0f}") - 3)
        return f"{sign}${round(size, -digits):,.0f}"
    if unit == "share":
        return f"{sign}{100 * size:.0f} %"
    return f"{sign}{size:.2f}"


def percent(chance: float) -> str:
    if 0 < chance < 0.005:
        return "under 1 %"
    if 0.995 < chance < 1:
        return "over 99 %"
    return f"{100 * chance:.0f} %"


def period(case: Case) -> str:
    first, last = (case.date(d) for d in case.window)
    days = (last - first).days + 1
    length = "the year" if 360 <= days <= 370 else f"the {days} days"
    return f"in {length} from {day(first)}"


def describe(case: Case, policy: Policy) -> str:
    """A policy as a condition in words."""
    if policy.factual:
        return "as reported"
    parts = []
    if policy.without:
        parts.append(f"without {_these(policy.without)}")
    if policy.keep:
        names = {"hand_over": "hand-overs", "effort": "police effort", "help": "help", "news": "news", "sessions_per_week": "sessions"}
        kept = [names[k] for k in ("effort", "hand_over", "help", "news", "sessions_per_week") if k in policy.keep]
        parts.append(f"with {_list(kept)} as before")
    return " and ".join(parts)


def _these(events: frozenset[str]) -> str:
    return _list([f"the {e.replace('-', ' ')}" for e in sorted(events)])


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def sentence(case: Case, name: str, policy: str, q: list[float | None], none: float | None, defined: float) -> str:
    """An answer under one policy as a sentence."""
    unit, p = OUTCOMES[name], next(p for p in case.policies if p.id == policy)
    condition = "" if p.factual else f", {describe(case, p)}"
    if q[1] is None:
        return f"{SHARES.get(name, PEOPLE.get(name, name)).capitalize()}: cannot be said{condition}."
    low, middle, high = (number(x, unit) for x in q)
    fit = "in nine of ten versions that fit the report"
    if unit == "people":
        text = f"{low} to {high} people {PEOPLE[name]} {period(case)}{condition}, {fit}; the middle version has {middle}."
        return text + (f" The chance of none: {percent(none)}." if none is not None and name != "at_post_end" else "")
    if unit == "USD":
        return f"{low} to {high} {MONEY[name]} {period(case)}{condition}, {fit}; the middle version has {middle}."
    text = f"{SHARES[name]} is {low} to {high} {period(case)}{condition}, {fit}; the middle version has {middle}."
    return text + (f" It exists in {percent(defined)} of the versions." if defined < 0.995 else "")


def effect_sentence(case: Case, name: str, policy: str, versus: str, q, more: float, less: float, role, mattered: float) -> str:
    """A paired difference as a sentence. `role`: its quantiles where the event mattered at all, `mattered` the share of
    versions in which it did; None where the policies do not differ by an uncertain cause."""
    unit = OUTCOMES[name]
    a, b = (next(p for p in case.policies if p.id == x) for x in (policy, versus))
    if q[1] is None:
        return f"{ {**PEOPLE, **MONEY, **SHARES}[name].capitalize()}: the difference cannot be said."
    subject = {"people": f"people who {PEOPLE.get(name)}", "USD": f"money that {MONEY.get(name)}"}.get(unit, SHARES.get(name, ""))
    against = f"{period(case)}, {describe(case, a)} less {describe(case, b)}"
    fit = "in nine of ten versions that fit the report"
    chances = f"more in {percent(more)} of them, fewer in {percent(less)}, no different in {percent(max(0.0, 1 - more - less))}"

    def span(x) -> str:
        return f"{number(x[0], unit)} to {number(x[2], unit)}, the middle version {number(x[1], unit)}"

    if role is None:
        return f"{subject[0].upper() + subject[1:]} {against}: {span(q)}, {fit}; {chances}."
    return (
        f"If {_these(b.without)} mattered as much as the source thought: {subject[0].lower() + subject[1:]} {against}: {span(role)}, {fit}. "
        f"With the versions in which it did not matter ({percent(1 - mattered)}): {span(q)}; {chances}."
    )
