"""The report: one HTML file that opens offline, every figure with its range and its trail."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import jinja2
import numpy as np
from markupsafe import Markup, escape

from obrok.answers.answers import HEADLINES
from obrok.answers.quantiles import quantiles
from obrok.answers.weigh import ENOUGH, HEAVY
from obrok.answers.words import (
    about,
    day,
    describe,
    difference,
    explain,
    listed,
    number,
    percent,
    period,
)
from obrok.case.case import Case
from obrok.case.checks import no_text as not_kept
from obrok.case.questions import lines
from obrok.engine.tables import COLUMN
from obrok.outward import charts, charts_asked, charts_days, charts_origins, charts_sure, explained, pages, rows
from obrok.outward.citing import how_to_cite

if TYPE_CHECKING:
    from obrok.outward.stages import Days

CHANGED = ("left", "handed_over", "let_go")
LABELS = {
    "left": "leave their posts", "left_nearby": "… for work nearby", "left_remote": "… and hide far away",
    "found": "found by the police", "handed_over": "handed over", "let_go": "found and let go",
    "taken_back": "taken back by the firm", "applied": "apply for asylum", "settled": "get asylum or papers",
    "to_state": "to the state", "to_enterprise": "to the enterprise", "kept": "kept by the workers",
    "side": "earned in side jobs", "sent_home": "sent home", "outside": "earned by those who left",
    "fees_lost": "dues the state lost when people left",
}  # fmt: skip
COMPARED = ("left", "left_nearby", "left_remote", "found", "handed_over", "let_go")
DIFFERENCES = ("left", "left_nearby", "left_remote", "found", "handed_over", "let_go", "to_state", "kept", "outside")
MONEY = ("to_state", "to_enterprise", "kept", "side", "sent_home", "outside", "fees_lost")
#: the page works without it; with it, one click selects and copies a sentence with its citation
SCRIPT = """document.querySelectorAll('[data-cite]').forEach(function (box) {
  var button = document.createElement('button');
  button.type = 'button'; button.textContent = 'Copy';
  button.addEventListener('click', function () {
    var range = document.createRange(), chosen = window.getSelection();
    range.selectNodeContents(box.querySelector('p')); chosen.removeAllRanges(); chosen.addRange(range);
    button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
  });
  box.appendChild(button);
});"""


def report(
    case: Case, summary: Mapping, told: Mapping, made: Mapping, days: Days, draws: Mapping[str, np.ndarray],
    weights: np.ndarray, prior: np.ndarray,
) -> str:  # fmt: skip
    """The dicts of answers.json and explain.json, the record, the replayed days, parameter draws and weights → HTML."""
    here = {a["id"]: a for a in summary["answers"] if a["policy"] == case.factual.id and a["versus"] is None}
    pairs = pairs_of(case, summary)
    weighed = bool(summary["weighed"]) and not np.allclose(weights, prior)
    reports, said = reports_said(case)
    together = {q.id for asked in lines(case.questions) for q in asked}
    narrowed, nothing, doubtful = rows.narrowed(case, draws, weights, prior) if weighed else ([], [], [])
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    identity = made.get("identity", {})
    heavy = (summary["pareto_k"] or 0) > HEAVY
    over_time = [
        (picture, [(q, here[q.id]) for q in asked if q.id in together])
        for picture, asked in charts_asked.over_time(case, here, weighed)
    ]
    return _template().render(
        meaning=partial(rows.meaning, case),
        case=case, summary=summary, made=made, identity=identity, weighed=weighed, heavy=heavy,
        few=heavy or summary["effective_sample_size"] < ENOUGH, more=more_versions(summary),
        place=place_of(case), period=period(case), posts=about(people_in(here, draws, weights)), reports=reports, said=said,
        marked=[f"{day(case.date(d))}, {listed(names)}" for d, names in charts_days.marked(case).items()],
        headlines=[(title, [_card(here[n]) for n in names]) for title, names in HEADLINES.items()],
        changed=changed_by_event(case, pairs), cite=how_to_cite(case, summary, identity), labels=LABELS,
        pictures=_pictures(case, summary, told, weighed, days, here, pairs, narrowed[:8]),
        questions=[(q, here[q.id]) for q in case.questions if q.id not in together], over_time=over_time,
        sure=_sure(case, told), clash=told.get("clash"), too_few=told["too_few"],
        narrowed=narrowed, nothing=nothing, doubtful=doubtful,
        policies=[(p.id, describe(case, p), explain(case, p)) for p in case.policies if p.id in days.series],
        pairs=pairs, money=[(LABELS[n], here[n]) for n in MONEY], roles=rows.ROLES, claims=rows.claims(case, summary),
        disagreements=rows.disagreements(case),
        counts=roles_counted(case), checked=anchors_checked(summary["anchors"]),
        assumptions=rows.assumptions(case, draws, prior, identity.get("fix", {})),
        any_assumption=any(a["assumptions"] for a in summary["answers"]), script=Markup(SCRIPT), digest=digest, by_luck=averaged_text,
    )  # fmt: skip


def _template() -> jinja2.Template:
    environment = pages.environment()
    environment.filters["figures"] = _together
    environment.globals |= {
        "number": number,
        "percent": percent,
        "day": day,
        "listed": listed,
        "span": spanned,
    }
    environment.globals |= {"difference": charts_days.short_difference, "one": difference}
    return environment.get_template("report.html")


def _together(text: str) -> Markup:
    """A figure and its unit, a day and its month stay on one line."""
    units = "%|million|¢|more\\b|fewer\\b|days\\b|January|February|March|April|May|June|July|August|September|October|November|December"
    return escape(re.sub(rf"(?<=\d) (?={units})", "\u00a0", text))


def spanned(q: Mapping, unit: str) -> str:
    low, high = number(q["p05"], unit), number(q["p95"], unit)
    return low if low == high else f"{low} to {high}"


def dashed(q: Mapping, unit: str) -> str:
    """The range as a figure beside its sentence: "4 – 107", "$1.03 – 3.06 million"."""
    low, high = number(q["p05"], unit), number(q["p95"], unit)
    if low == high:
        return low
    if low.endswith(" million") and high.endswith(" million"):
        low, high = low.removesuffix(" million"), high.removeprefix("$")
    return f"{low} – {high}"


def more_versions(summary: Mapping) -> int:
    """How many versions to ask for: twice as many, or enough for the ends of ranges, in two figures."""
    wanted = summary["worlds"] * max(2.0, 1.5 * ENOUGH / max(summary["effective_sample_size"], 1.0))
    size = int(min(wanted, 1e8))
    unit = 10 ** max(0, len(str(size)) - 2)
    return -(-size // unit) * unit


def people_in(here: Mapping, draws: Mapping[str, np.ndarray], weights: np.ndarray) -> float:
    """How many people there are in the middle version, about: `Weighed.posts`."""
    return here["at_post_end"]["p50"] or 0.0 if "filled" in draws else quantiles(draws["posts"], weights)[1]


def place_of(case: Case) -> str:
    """The narrowest place with all the cities, and the region around it; in a live case only the widest region."""
    holds = [p for p in case.places.values() if case.cities_in(p.id) is None]
    inner = next((p for p in holds if not any(q.within == p.id for q in holds)), None)
    if inner is None:
        return ", ".join(dict.fromkeys(rows.place_name(case, c.place) for c in case.cities))
    return ", ".join(dict.fromkeys(n for n in (rows.place_name(case, p) for p in (inner.id, inner.within)) if n))


def roles_counted(case: Case) -> list[str]:
    """How many claims have which role: "15 inputs, 5 outcomes"."""
    have = [c.informs for c in case.evidence.claims.values()]
    plural = {"input": "inputs", "outcome": "outcomes", "confirmation": "confirmations"}
    plural |= {"context": "for context", "held_back": "held back"}
    return [
        f"{have.count(r)} {r if r + 's' == plural[r] and have.count(r) == 1 else plural[r]}"
        for r in plural
        if r in have
    ]


def anchors_checked(anchors: Mapping) -> str:
    """Which claims were held against their texts: "The place of every claim in the text was checked, to the character"."""
    absent, checked, no_text = (anchors[k] for k in ("not_checked", "checked", "no_text"))
    parts = []
    if absent:
        parts.append(
            f"The places of {absent} claims in the text were not checked here, because it cannot be read on this machine."
        )
    if checked and (absent or no_text):
        parts.append(
            f"{'' if absent else 'The places of '}{checked} {'' if absent else 'claims '}were checked, to the character."
        )
    elif checked:
        parts.append("The place of every claim in the text was checked, to the character.")
    return " ".join([*parts, not_kept(no_text)]).strip()


def reports_said(case: Case) -> tuple[str, str]:
    """ "the reports", "the reports say"; of one document "the report", "the report says"."""
    many = len(case.evidence.documents) > 1
    return ("the reports", "the reports say") if many else ("the report", "the report says")


def _card(answer: Mapping) -> dict:
    return {**answer, "figure": dashed(answer, answer["unit"]), "middle": number(answer["p50"], answer["unit"])}


def pairs_of(case: Case, summary: Mapping) -> list[dict]:
    """Compared policies that were run: what each means, and the differences by outcome."""
    out = []
    for policy, versus in case.compare:
        answers = {a["id"]: a for a in summary["answers"] if (a["policy"], a["versus"]) == (policy, versus)}
        if answers:
            a, b = (next(p for p in case.policies if p.id == x) for x in (policy, versus))
            short = f"… than {describe(case, b)}" if a.factual else f"{describe(case, a)} … than {describe(case, b)}"
            heading = f"{describe(case, a)}: more or fewer than {describe(case, b)}"
            rows_of = [(LABELS[n], answers[n]) for n in DIFFERENCES]
            later = not any(_differs(a) for _, a in rows_of)
            if later:  # they part after the window: what differs then is in the case's own questions
                rows_of = [(q.asks, answers[q.id]) for q in case.questions if _differs(answers[q.id])] or rows_of
            out.append(
                {
                    "heading": heading[0].upper() + heading[1:], "versus": b, "short": short, "answers": answers,
                    "rows": rows_of, "later": later,
                }
            )  # fmt: skip
    return out


def _differs(effect: Mapping) -> bool:
    return effect["chance_more"] + effect["chance_less"] > 0


def changed_by_event(case: Case, pairs: Sequence[Mapping]) -> tuple[str, list[dict]] | None:
    """What an event changed, as headlines: the first pair that takes an event away, else the first pair."""
    pair = next((p for p in pairs if p["versus"].without), next(iter(pairs), None))
    if pair is None:
        return None
    events = [e.replace("-", " ") for e in sorted(pair["versus"].without)]
    heading = f"What difference the {listed(events)} made, if it mattered" if events else pair["heading"]
    cards = []
    for name in CHANGED:
        a = pair["answers"][name]
        role = a.get("given_role") or {}
        shown = role if any(x is not None for x in role.values()) else a
        cards.append(
            {
                **a,
                "figure": charts_days.short_difference(shown, a["unit"]),
                "middle": difference(shown["p50"], a["unit"]),
            }
        )
    return heading, cards


def averaged_text(case: Case, answer: Mapping) -> str:
    """The range of the effect averaged over luck, with its direction in words."""
    q = answer.get("mean_over_luck")
    if not q or q["p05"] is None or q["p95"] is None:
        return "–"
    if answer["unit"] != "people":
        return charts_days.short_difference(q, answer["unit"])
    if case.live:
        return charts_days.short_difference(
            {k: None if abs(q[k]) < 5 else q[k] for k in ("p05", "p50", "p95")}, "people"
        )
    low, high = (round(q[k], 1) + 0.0 for k in ("p05", "p95"))
    if low == high == 0:
        return "no difference"
    if low < 0 < high:
        return f"{-low:.1f} fewer to {high:.1f} more"
    near, far = sorted((abs(low), abs(high)))
    span = f"{near:.1f} to {far:.1f}" if near else f"up to {far:.1f}"
    return f"{span} {'more' if high > 0 else 'fewer'}"


def _label(case: Case, a: Mapping) -> str:
    return LABELS.get(a["id"], a["id"].replace("-", " ")).replace("…", "leave")


def _sure(case: Case, told: Mapping) -> list[dict]:
    """Of each leading answer as reported: what it is and how sure, line by line."""
    return [
        {"id": a["id"], "heading": explained.subject(case, a), "lines": a["text"]}
        for a in told["answers"] if a["text"]
    ]  # fmt: skip


def _shares_of_pay(days: Days, case: Case) -> list[tuple[str, tuple[float, ...]]]:
    """Shares of gross pay in the window, over picked worlds, at 5, 50 and 95 %."""
    first, last = case.window
    series = np.repeat(days.series[case.factual.id], days.times, axis=0)

    def flow(name: str) -> np.ndarray:
        before = series[:, days.on(first - 1), COLUMN[name]] if first else 0
        return series[:, days.on(last), COLUMN[name]] - before

    gross, even = np.maximum(flow("gross"), 1), np.ones(len(series))
    return [(LABELS[n], quantiles(flow(n) / gross, even)) for n in ("to_state", "to_enterprise", "kept")]


def _pictures(
    case: Case,
    summary: Mapping,
    told: Mapping,
    weighed: bool,
    days: Days,
    here: Mapping,
    pairs: Sequence[Mapping],
    narrowed: list[dict],
) -> dict[str, charts.Picture]:
    counted = [(LABELS[n].replace("…", "leave"), here[n]) for n in list(LABELS)[:9]]
    title = "What was assumed, and what remains after weighing" if weighed else "People, by what is assumed alone"
    out = {
        "counts": charts.before_after(case, title, counted, weighed),
        "people": charts_days.people_over_time(case, "People over time, as reported", days),
        "dollar": charts.dollar(case, "Where each dollar of pay went", _shares_of_pay(days, case)),
    }
    due = [(_label(case, a), a["due"]) for a in told["answers"] if a["due"] and a["versus"] is None]
    if len(case.evidence.documents) > 1:
        out["origins"] = charts_origins.origins(case, "Which documents share an origin")
    if due:
        out["due"] = charts_sure.due(case, "What the spread of each answer is due to", due)
    if narrowed:
        out["narrowed"] = charts.narrowed(case, f"What {reports_said(case)[1]} most about", narrowed)
    if len(days.series) > 1:
        out["policies"] = charts_days.policies(case, "How many have left, under each policy", days, _ends(summary))
    if any(p["later"] for p in pairs):
        out["stock"] = charts_days.at_posts(case, "People at their posts, under each policy", days)
    if now := [p for p in pairs if not p["later"]]:
        compared = [(p["short"], [(LABELS[n], p["answers"][n]) for n in COMPARED]) for p in now]
        out["differences"] = charts_days.differences(case, "More or fewer people, as reported …", compared)
    return out


def _ends(summary: Mapping) -> dict[str, float | None]:
    return {a["policy"]: a["p50"] for a in summary["answers"] if a["id"] == "left" and a["versus"] is None}
