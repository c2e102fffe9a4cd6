"""Every column that a run writes, with its unit and meaning: the data dictionary (docs/columns.md), labels of results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from obrok.answers.words import noun
from obrok.case.parameters import OUTCOMES, PARAMETERS
from obrok.case.questions import ON_THE_LAST_DAY
from obrok.engine.tables import ACCOUNTS, FLOWS, STATUSES


class Column(NamedTuple):
    """`unit` is empty where there is none: names, dates, text."""

    name: str
    unit: str
    meaning: str


def outcome(name: str) -> str:
    """What an outcome is, as a noun."""
    ratios = {"watch_change": "watching, against before", "trend": "departures, against before"}
    return ratios[name] if name in ratios else noun(name)


_WORLD = Column("world", "", "number of the world, from 0")
_POLICY = Column("policy", "", "id of the policy")

ANSWERS = (
    Column("id", "", "outcome asked about (names below, under worlds/), or a question of the case's own"),
    _POLICY,
    Column("versus", "", "id of the policy it is compared with: figures are differences, `policy` less `versus`; empty: none"),
    Column("unit", "", "unit of the figures: people, USD, share, 1"),
    *(
        Column(f"{before}{p}", "see unit", f"{q} % of the weight lies at or below{', before weighing' * bool(before)}")
        for before in ("", "prior_") for p, q in (("p05", 5), ("p50", 50), ("p95", 95))
    ),
    Column("defined", "share", "share of the weight in which the outcome exists"),
    Column("chance_none", "share", "chance that it is nobody (people, without `versus`)"),
    Column("chance_more", "share", "chance of more under `policy` than under `versus`"),
    Column("chance_less", "share", "chance of fewer or less under `policy` than under `versus`"),
    Column("text", "", "the answer as a sentence"),
)  # fmt: skip
WORLDS = (
    _WORLD,
    _POLICY,
    Column("possible", "", "whether its people can leave as often as `leave_rate` says; else it has no weight"),
    *(
        Column(n, unit, f"{outcome(n)}, {'on the last day of' if n in ON_THE_LAST_DAY else 'in'} the window")
        for n, unit in OUTCOMES.items()
    ),
    Column(
        "log_correction",
        "1",
        "log of the weight before claims: takes out where worlds were drawn and how they were picked",
    ),
    Column("log_weight", "1", "log of the weight, up to a constant (−inf: none); a world has one, whatever the policy"),
)
#: columns whose names hang on the case
OWN = (
    Column("PARAMETER", "its own", "every parameter drawn, by its name ([units and meanings](parameters.md)); "
           + ", ".join(f"`parameter_{n}`" for n in OUTCOMES if n in PARAMETERS) + " where an outcome has the name"),
    Column("held CLAIM", "the claim's", "what an observation held back says, as it was (policy as reported only)"),
    Column("question QUESTION", "the outcome's", "the outcome that a question of the case's own asks about, in its own days and place"),
    Column("published DOCUMENT", "days", "day on which the document appeared, from the start of the period"),
    Column("claim CLAIM N", "the claim's", "what was counted for reading N of an outcome claim (policy as reported only)"),
    Column("likelihood CLAIM", "1", "likelihood of an outcome claim, up to a factor common to all worlds"),
    Column("claim CLAIM recent", "people", "of a trend: left in the time it speaks of; `… earlier`: in the time before; "
           "`… year`: in the year to its end; `… posts`: posts of its place, where that is a part of the case"),
)  # fmt: skip
_STATUS = {
    "waiting": "on the way to a post that somebody left", "at_post": "at their posts", "nearby": "left, working nearby",
    "remote": "left, hiding far away", "detained": "held by the police",
    "handed_over": "handed over by the police or taken back by the enterprise, so far",
    "settled": "with asylum or papers, so far", "returned": "back home, at the end of their term or called back before, so far",
}  # fmt: skip
_FLOW = {
    "left_nearby": "left for work nearby", "left_remote": "left and hid far away", "found": "found by the police for the first time",
    "found_events": "findings, the second and later ones of a person too", "taken_back": "taken back by the enterprise's own people",
    "handed_over_flow": "handed over by the police", "let_go": "let go by the police for the first time",
    "applied": "applied for asylum for the first time", "settled_flow": "got asylum or papers",
    "created": "were ever sent: at the start, by rotation, to fill in",
}  # fmt: skip
_ACCOUNT = {
    "gross": "gross pay", "to_state": "of it, to the state", "to_enterprise": "of it, to the enterprise",
    "kept": "of it, kept (below 0 where a quota is paid out of side earnings)", "side": "earned in side jobs",
    "outside": "earned by those who left", "sent_home": "sent home", "fees_lost": "dues lost while posts stood empty",
}  # fmt: skip
SERIES = (
    _WORLD,
    Column("picked", "1", "how often the world was picked in the resample by weight (0: not)"),
    _POLICY,
    Column("place", "", "id of the city"),
    Column("day", "days", "day from the start of the period, 0 the first"),
    Column("date", "", "the same as a date"),
    *(Column(n, "people", f"{_STATUS[n]}, at the day's end") for n in STATUSES),
    *(Column(n, "people", f"{_FLOW[n]}, up to this day") for n in FLOWS),
    *(Column(n, "US cents", f"{_ACCOUNT[n]}, up to this day") for n in ACCOUNTS),
    Column("watch", "share", "watching, mean over posts at the day's end"),
    Column("belief", "share", "belief that people who are found are handed over, mean over posts at the day's end"),
)


def as_markdown() -> str:
    """The dictionary as docs/columns.md holds it (`python -m obrok.outward.columns > docs/columns.md`)."""
    lines = [
        "# Columns of the tables a run writes",
        "",
        "Made from the tables of the program. Empty and NaN: does not exist (a share of nobody).",
    ]

    def table(heading: str, columns: Iterable[Column]) -> None:
        lines.extend(["", f"## {heading}", "", "| column | unit | meaning |", "|---|---|---|"])
        lines.extend(f"| `{c.name}` | {c.unit or '–'} | {c.meaning} |" for c in columns)

    table("answers.csv", ANSWERS)
    table("worlds/: a row a world and policy", (*WORLDS, *OWN))
    table("series/: a row a world, policy, city and day kept (of over 800 days every second, third … one)", SERIES)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
