"""The one table of parameters: name, symbol, unit, legal range, whose it is, meaning, the rule that uses it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf


@dataclass(frozen=True)
class Parameter:
    """One row. `unit` is canonical; `low`, `high` the legal range in it; `whole`: rounded to whole numbers."""

    name: str
    symbol: str
    unit: str
    low: float
    high: float
    scope: str
    meaning: str
    rule: str
    whole: bool = False


def _p(*row, whole: bool = False) -> Parameter:
    return Parameter(*row, whole=whole)


_ROWS = (
    # who is sent
    _p("posts", "N", "people", 1, 200_000, "city", "posts for workers", "who is sent", whole=True),
    _p("enterprise_split", "–", "share", 0, 1, "city", "share of posts with the first enterprise", "who is sent"),
    _p(
        "enterprise_size", "–", "people", 1, 200_000, "city",
        "posts of one enterprise; a site that has more has several", "who is sent", whole=True,
    ),
    _p("construction_share", "–", "share", 0, 1, "crew", "chance that a crew builds (else it logs)", "who is sent"),
    _p(
        "construction_shift", "–", "share", 0, 1, "post",
        "chance that a fill-in makes a logging post a building post", "sector",
    ),
    _p("filled", "–", "share", 0, 1, "post", "share of posts held on the first day", "who is sent"),
    _p("crew_size", "n", "people", 2, 100, "crew", "posts in a crew", "who is sent", whole=True),
    _p("contract_days", "–", "days", 30, 7300, "post", "days between rotation dates", "rotation", whole=True),
    _p("refill_lag", "–", "days", 1, 3650, "post", "days until an emptied post is filled in", "fill-in", whole=True),
    _p("refill_chance", "–", "share", 0, 1, "post", "chance that an emptied post is filled in", "fill-in"),
    # pay
    _p("wage", "–", "USD/month", 1, 20_000, "world", "mean gross pay", "money, leaving"),
    _p("wage_spread", "–", "share", 0, 1, "world", "relative standard deviation of pay between people", "money"),
    _p("fee", "–", "share", 0, 1, "world", "share of pay taken for the state", "money, leaving"),
    _p(
        "quota", "–", "USD/month", 0, 20_000, "world",
        "what a worker must pay the state a month, whatever he earns", "money, leaving",
    ),
    _p("deductions", "–", "share", 0, 1, "world", "share of pay kept by the enterprise", "money, leaving"),
    _p("native", "–", "USD/month", 1, 20_000, "world", "pay of local people for like work", "leaving"),
    _p("side_share", "–", "share", 0, 1, "person", "share of people with a side job", "money, leaving"),
    _p("side_pay", "–", "USD/month", 0, 20_000, "world", "what a side job pays", "money, leaving"),
    _p(
        "side_contacts", "k", "1", 1, 1000, "person",
        "opportunities of people with a side job, as a multiple", "leaving",
    ),
    _p(
        "outside_nearby", "–", "share", 0, 10, "world",
        "pay after leaving, nearby, as a share of local pay", "leaving, money",
    ),
    _p(
        "outside_remote", "–", "share", 0, 10, "world",
        "pay after leaving, far, as a share of that nearby", "leaving, money",
    ),
    _p("remit_share", "–", "share", 0, 1, "world", "share of kept and side pay sent home", "money"),
    # leaving
    _p("held", "–", "share", 0, 1, "person", "share of people whose family is held at home", "leaving"),
    _p("tolerance_spread", "–", "1", 0, 20, "person", "standard deviation of tolerance θ", "leaving"),
    _p("opportunity", "ω", "1/day", 1e-5, 10, "world", "opportunities to leave", "leaving"),
    _p("leave_rate", "–", "1/year", 1e-6, 100, "world", "departures per person at the anchor", "anchor"),
    _p("far_share", "–", "share", 0, 1, "world", "share of departures that go far, at the anchor", "anchor"),
    _p("weight_money", "β_money", "1", 0, 100, "world", "weight of pay outside against pay here", "leaving"),
    _p("weight_fair", "β_fair", "1", 0, 100, "world", "weight of being paid less than local people", "leaving"),
    _p("weight_risk", "β_risk", "1", 0, 100, "world", "weight of the risk of being handed over", "leaving"),
    _p("weight_harm", "β_harm", "1", 0, 100, "world", "how much a held family adds to that weight", "leaving"),
    _p("weight_family", "β_family", "1", 0, 100, "world", "weight of a held family", "leaving"),
    _p("perceived_nearby", "κ_nearby", "share", 0, 1, "world", "perceived chance of being found nearby", "leaving"),
    _p(
        "perceived_remote", "κ_remote/κ_nearby", "share", 0, 1, "world",
        "the same far away, as a share of that", "leaving",
    ),
    _p("effort_felt", "φ", "share", 0, 1, "world", "how much police effort is felt", "leaving"),
    _p(
        "effort_heard", "–", "days", 0.1, 3650, "world",
        "half-life with which word of police effort spreads", "leaving",
    ),
    _p("join_chance", "–", "share", 0, 1, "crew", "chance that one departure offers a mate the same", "together"),
    # watching
    _p("watch", "m0", "share", 0, 1, "crew", "watching at rest", "watching"),
    _p("watch_max", "m_max", "share", 0, 1, "crew", "watching at most", "watching"),
    _p("recovery", "–", "days", 0.1, 3650, "crew", "half-life of heightened watching", "watching"),
    _p("crew_alarm", "–", "1", 0, 1000, "crew", "answer of watching to departures from the crew", "watching"),
    _p("enterprise_alarm", "–", "1", 0, 1000, "enterprise", "the same to departures from the enterprise", "watching"),
    _p("session_fear", "–", "1", 0, 1000, "crew", "cases of hand-over a weekly session is worth", "belief"),
    _p("sessions_per_week", "–", "1/week", 0, 14, "city", "self-criticism sessions a week after the event", "belief"),
    # belief
    _p("belief", "b0", "share", 0, 1, "crew", "belief at rest: found people are handed over", "belief"),
    _p("belief_strength", "n0", "cases", 1e-3, 1e15, "crew", "cases that belief at rest is worth", "belief"),
    _p("memory", "–", "days", 0.1, 36500, "crew", "half-life of what was heard", "belief"),
    _p("reach", "–", "crews", 0, 1e6, "city", "other crews that hear of a case", "belief"),
    _p("news", "–", "cases", 0, 1000, "city", "let-go cases that the news of the event is worth", "belief"),
    # away
    _p("find_nearby", "–", "1/day", 0, 10, "world", "hazard of being found nearby at effort 1", "away"),
    _p("find_remote", "–", "share", 0, 10, "world", "the same far away, as a share of that nearby", "away"),
    _p("found_again", "–", "share", 0, 10, "world", "the same after a release, as a share", "away"),
    _p("taken_back", "–", "1/day", 0, 10, "world", "hazard of being taken back by the enterprise's own people", "away"),
    _p("effort_before", "e_before", "1", 1e-6, 100, "city", "police effort before the event", "host state"),
    _p("effort_after", "e_after", "1", 1e-6, 100, "city", "police effort after it", "host state"),
    _p(
        "hand_over_before", "h_before", "share", 0, 1, "city",
        "chance that a found person is handed over, before", "host state",
    ),
    _p("hand_over_after", "h_after", "share", 0, 1, "city", "the same after", "host state"),
    _p("detention_days", "D", "days", 1.0001, 3650, "world", "mean days in detention", "away"),
    _p("apply", "–", "1/day", 0, 10, "world", "hazard of applying for asylum", "away"),
    _p("grant", "–", "share", 0, 1, "world", "chance that an application is granted", "away"),
    _p("help_after", "–", "1", 1e-6, 1000, "city", "factor on applying after the event", "host state"),
    _p("ramp", "–", "days", 0.01, 3650, "city", "half-life with which an event's change builds up", "host state"),
    _p("visit_role", "v", "share", 0, 1, "world", "share of the change that is the event's doing", "host state"),
)  # fmt: skip

#: name → row, in the table's order
PARAMETERS: dict[str, Parameter] = {row.name: row for row in _ROWS}
#: parameters that a case may leave out, and what then holds. Of `fee` and `quota` one at least is given.
ABSENT = {"fee": 0.0, "quota": 0.0, "construction_shift": 0.0, "filled": 1.0, "enterprise_size": inf}
#: how much more often chances to leave come in a place: the row of each `PLACE.leaving`
LEAVING = _p(
    "leaving", "–", "1", 1e-3, 1e3, "city", "chances to leave there, as a multiple of those elsewhere", "leaving"
)
#: what a site weighs, as against the others: the row of each `SITE.weight`
WEIGHT = _p("weight", "–", "1", 0, 1e6, "world", "weight of a site when posts are laid out", "who is sent")


@dataclass(frozen=True)
class Change:
    """What an event may change. `before`: the draw that holds before any event, or the value itself (None: nothing
    holds; what comes is added on the day). `after`: the draw that may be named for afterwards, without an entry.
    `like`: the row that an entry of its own takes unit and range from. `noun`: in words.
    """

    before: str | float | None
    after: str | None
    like: str
    noun: str


def _own(name: str, noun: str | None = None) -> Change:
    return Change(name, None, name, noun or PARAMETERS[name].meaning)


#: the one table of what events may change
EVENT_CHANGES: dict[str, Change] = {
    "effort": Change("effort_before", "effort_after", "effort_after", "police effort"),
    "hand_over": Change(
        "hand_over_before", "hand_over_after", "hand_over_after", "chance that a found person is handed over"
    ),
    "help": Change(1.0, "help_after", "help_after", "factor on applying"),
    "news": Change(None, "news", "news", "let-go cases that news is worth"),
    "news_of_hand_over": Change(None, None, "news", "hand-over cases that news is worth"),
    "sessions_per_week": Change(1.0, "sessions_per_week", "sessions_per_week", "self-criticism sessions a week"),
    "dispatch": Change(1.0, None, "refill_chance", "chance that a person due to come is sent"),
    "recall": Change(None, None, "refill_chance", "share of people at their posts who are sent home on the day"),
    "construction_shift": _own("construction_shift"),
    "refill_chance": _own("refill_chance"),
    "watch": _own("watch"),
    "wage": _own("wage"),
    "fee": _own("fee"),
    "deductions": _own("deductions"),
    "quota": _own("quota"),
}
#: values of `dispatch` that need no entry
DISPATCH = ("open", "closed")


def _plain(id: str) -> str:
    """An id as words."""
    return id.replace("-", " ")


def changed_row(event: str, what: str) -> Parameter:
    """The row of `EVENT.WHAT`: what holds after an event, by an entry of the event's own."""
    change = EVENT_CHANGES[what]
    row = PARAMETERS[change.like]
    return replace(row, name=f"{event}.{what}", symbol="–", meaning=f"{change.noun}, after {_plain(event)}")


def ramp_row(event: str) -> Parameter:
    meaning = f"half-life with which the change of {_plain(event)} builds up"
    return replace(PARAMETERS["ramp"], name=f"{event}.ramp", symbol="–", meaning=meaning)


def share_row(event: str) -> Parameter:
    meaning = f"share of the change that is the doing of {_plain(event)}"
    return replace(PARAMETERS["visit_role"], name=f"{event}.share", symbol="–", meaning=meaning)


def weight_row(site: str) -> Parameter:
    return replace(WEIGHT, name=f"{site}.weight", meaning=f"weight of the site {_plain(site)} when posts are laid out")


def leaving_row(place: str) -> Parameter:
    return replace(
        LEAVING,
        name=f"{place}.leaving",
        meaning=f"chances to leave in {_plain(place)}, as a multiple of those elsewhere",
    )


#: outcome → unit: what a claim or an answer may name
OUTCOMES: dict[str, str] = {
    **dict.fromkeys(
        ("left", "left_nearby", "left_remote", "found", "handed_over", "taken_back", "let_go", "applied", "settled"),
        "people",
    ),
    **dict.fromkeys(("arrived", "returned"), "people"),
    "at_post_end": "people",
    **dict.fromkeys(
        ("to_state", "to_enterprise", "kept", "side", "outside", "sent_home", "fees_lost"),
        "USD",
    ),
    "far_share": "share",
    "handed_over_share": "share",
    "leave_but_for_family": "share",
    "watch_change": "1",
    "trend": "1",
}
#: what only a claim may name, as of one place among others
OF_A_PLACE = {"share_of_departures": "share"}
#: what a claim on what happened may name → unit
COUNTED = OUTCOMES | OF_A_PLACE


def as_markdown() -> str:
    """The table as docs/parameters.md holds it (`python -m obrok.case.parameters > docs/parameters.md`)."""
    lines = [
        "# Parameters",
        "",
        "Made from the one table in `obrok.case.parameters`. Each parameter of a case names its claim or its assumption.",
        "",
        "| name | symbol | unit | legal range | whose | meaning | used by |",
        "|---|---|---|---|---|---|---|",
    ]
    for p in PARAMETERS.values():
        span = f"{p.low:g} to {p.high:g}" + (", whole" if p.whole else "")
        lines.append(f"| `{p.name}` | {p.symbol} | {p.unit} | {span} | {p.scope} | {p.meaning} | {p.rule} |")
    lines += [
        "",
        "`quota` or `fee` may be left out, and so may `construction_shift`: each is 0 then. Without `filled` all posts are "
        "held, without `enterprise_size` each site is one enterprise.",
        "",
        "## Drawn besides",
        "",
        "Each is written where it belongs, as an entry like those above, and is drawn under the name given here.",
        "",
        "| name | unit | legal range | meaning |",
        "|---|---|---|---|",
    ]
    own = [weight_row("SITE"), leaving_row("PLACE"), ramp_row("EVENT"), share_row("EVENT")]
    own += [changed_row("EVENT", what) for what in EVENT_CHANGES]
    lines += [f"| `{p.name}` | {p.unit} | {p.low:g} to {p.high:g} | {p.meaning} |" for p in own]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
