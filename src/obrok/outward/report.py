"""The report: one HTML file that opens offline, every figure with its range and its trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
import numpy as np

from obrok.answers.quantiles import quantiles
from obrok.answers.words import day, describe, number, percent, period
from obrok.case.case import Case
from obrok.case.parameters import PARAMETERS
from obrok.outward import charts

if TYPE_CHECKING:
    from obrok.outward.study import Days

HEADLINES = (
    "left",
    "left_nearby",
    "left_remote",
    "found",
    "handed_over",
    "let_go",
    "to_state",
    "to_enterprise",
    "kept",
)
MONEY = ("to_state", "to_enterprise", "kept", "side", "sent_home", "outside", "fees_lost")
LABELS = {
    "left": "leave their posts", "left_nearby": "… for work nearby", "left_remote": "… and hide far away", "found": "found by police",
    "handed_over": "handed over by police", "let_go": "found and let go", "taken_back": "taken back by the enterprise",
    "applied": "apply for asylum", "settled": "get asylum or papers",
    "to_state": "to the state", "to_enterprise": "to the enterprise", "kept": "kept out of pay", "side": "from side jobs",
    "sent_home": "sent home", "outside": "earned after leaving", "fees_lost": "dues lost to the state",
}  # fmt: skip
#: a parameter whose sd after weighing is over this part of that before: the report says nothing about it
SAYS_NOTHING = 0.95


def report(
    case: Case, summary: dict, made: dict, days: Days, draws: dict, weights: np.ndarray, prior: np.ndarray
) -> str:
    """answers.json's dict, the record, the replayed days, parameter draws and world weights → HTML."""
    factual = case.factual.id
    here = {a["id"]: a for a in summary["answers"] if a["policy"] == factual and a["versus"] is None}
    ran = set(days.series)
    pairs = [(p, v) for p, v in case.compare if {p, v} <= ran]
    effects = [a for a in summary["answers"] if a["versus"] and (a["policy"], a["versus"]) in pairs]
    shares = charts.shares_of_pay(days, case)
    pictures = {
        "before_after": charts.before_after(
            case, [(LABELS[n], here[n]) for n in list(LABELS)[:9]], "People in the window, before and after weighing"
        ),
        "people": charts.people_over_time(case, days),
        "policies": charts.policies(case, days) if len(ran) > 1 else "",
        "dollar": charts.dollar(case, shares),
    }
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("obrok.outward", "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(
        case=case, summary=summary, made=made, here=here, effects=effects, pairs=pairs, pictures=pictures,
        headlines=[here[n] for n in HEADLINES], money=[(LABELS[n], here[n]) for n in MONEY], labels=LABELS,
        main_effects=[a for a in effects if a["id"] == "left"], few=_few(summary), place=_place(case), period=period(case),
        policies=[(p.id, describe(case, p)) for p in case.policies if p.id in ran], claims=_claims(case, summary),
        assumptions=_assumptions(case, draws, prior, made["identity"]["fix"]), narrowed=_narrowed(case, draws, weights, prior),
        unused=[c for c in case.evidence.claims.values() if c.unused], cite=_cite(case, summary, made),
        number=number, percent=percent, day=day, svg=jinja2.utils.markupsafe.Markup,
    )  # fmt: skip


def _few(summary: dict) -> bool:
    return bool(summary["weighed"]) and (summary["effective_sample_size"] < 200 or (summary["pareto_k"] or 0) > 0.7)


def _place(case: Case) -> str:
    """The place as printed: in a live case only the widest region."""
    places = list(case.places.values())
    if case.live:
        places = [p for p in places if p.within is None]
    return places[-1].id.replace("-", " ").capitalize() if places else ""


def _cite(case: Case, summary: dict, made: dict) -> str:
    identity = made["identity"]
    return (
        f"obrok {identity['obrok']}, case {case.id} ({identity['case_sha256'][:12]}), seed {summary['seed']}, "
        f"{summary['worlds']:,} versions. Model estimate, not a count."
    )


def _span(span) -> str:
    if span is None:
        return ""
    if span.days is not None:
        return f"{span.days} days before" + (f" {span.end}" if span.end else "")
    ends = [str(x) if x is not None else "…" for x in (span.start, span.end)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _claims(case: Case, summary: dict) -> list[dict]:
    """Rows of the table of claims, with what the headline answer would be without each."""
    rows = {r["id"]: r for r in summary["leverage"] if r["kind"] == "claim" and r["answer"] == "left"}
    out = []
    for c in case.evidence.claims.values():
        row = rows.get(c.id)
        without = ""
        if row:
            without = "needs new versions" if row["p50_without"] is None else f"{row['p50_without']:,.0f}"
        value = (
            "" if c.value is None else f"{c.value[0]:g}" + (f" to {c.value[1]:g}" if c.value[1] != c.value[0] else "")
        )
        said = " ".join(x for x in (c.hedge or "", value, (c.unit or "") if value else "") if x)
        source, document = case.evidence.sources[c.source], case.evidence.documents[c.document]
        credence = f"{case.evidence.credence(c):.2f}" if c.informs in ("input", "outcome") else ""
        state = "not checked here" if c.document in case.anchors.absent else "checked"
        anchor = "withheld" if document.protected else f"{c.anchor.start}–{c.anchor.end}"
        out.append(
            dict(id=c.id, text=c.paraphrase, source=f"{source.id}, {source.kind}", said=said, role=c.informs, quantity=c.quantity or "",
                 about=_span(c.about), document=c.document, anchor=anchor, state=state, credence=credence, without=without,
                 why=c.reading_why or "")
        )  # fmt: skip
    return out


def _figure(x: float, unit: str) -> str:
    if unit in ("people", "USD/month", "days"):
        return f"{x:,.0f}"
    return f"{x:.3g}"


def _assumptions(case: Case, draws: dict, prior: np.ndarray, fix: dict) -> list[dict]:
    out = []
    for name, p in case.priors.items():
        row = PARAMETERS[name]
        q = [_figure(x, row.unit) for x in quantiles(draws[name], prior)]
        span = f"fixed by hand: {q[1]}" if name in fix else (q[1] if q[0] == q[2] else f"{q[0]} – {q[1]} – {q[2]}")
        out.append(
            dict(
                name=name,
                meaning=row.meaning,
                symbol=row.symbol,
                unit=row.unit,
                span=span,
                why=p.why,
                claim=p.claim.id if p.claim else None,
                credence=p.credence,
            )
        )
    return out


def _narrowed(case: Case, draws: dict, weights: np.ndarray, prior: np.ndarray) -> dict:
    """How much weighing narrowed each parameter (sd after / before); those it left alone by name."""
    rows, nothing = [], []
    for name in case.priors:
        x = draws[name]

        def sd(w: np.ndarray, x: np.ndarray = x) -> float:
            mean = (w * x).sum()
            return float(np.sqrt(max(0.0, (w * (x - mean) ** 2).sum())))

        before = sd(prior)
        if before <= 1e-12:
            continue
        ratio = sd(weights) / before
        if ratio > SAYS_NOTHING:
            nothing.append(name)
        else:
            unit = PARAMETERS[name].unit
            spans = [" – ".join(_figure(v, unit) for v in quantiles(x, w)) for w in (prior, weights)]
            rows.append((name, PARAMETERS[name].meaning, unit, *spans, ratio))
    return {"rows": sorted(rows, key=lambda r: r[-1])[:8], "nothing": nothing}
