"""Rows of the report's tables: claims, assumptions, what weighing narrowed; figures with their units in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from obrok.answers.asked import place_name, span_text
from obrok.answers.quantiles import quantiles, ranks
from obrok.answers.words import number, percent
from obrok.case.case import Case, Prior
from obrok.case.parameters import COUNTED, PARAMETERS
from obrok.evidence.claims import Claim
from obrok.evidence.conflicts import conflicts
from obrok.outward.columns import outcome
from obrok.quantities import Exactly, LogitNormal, Mixture, flatten

#: a parameter whose spread after weighing is over this part of that before: the report says nothing about it
SAYS_NOTHING = 0.95
#: … unless its middle moved by more than this many standard deviations
LEAST_SHIFT = 0.15
UNITS = {
    "1/week": " a week", "1/year": " per 100 people a year", "days": " days", "people": " people", "cases": " cases",
    "crews": " crews", "1": "", "share": " %",
}  # fmt: skip


#: parameters whose meaning in the table is in the model's own terms, in plain words
PLAIN = {
    "leave_rate": "how many leave while nothing has changed yet",
    "far_share": "share of leavers who go far while nothing has changed yet",
    "opportunity": "how often a chance to leave comes up",
    "side_contacts": "how many more chances people with a side job have (times)",
    "tolerance_spread": "how much people differ in what they put up with",
    "perceived_remote": "the chance of being found far away that people reckon with, as a share of that nearby",
    "effort_heard": "half-life with which word of police effort spreads",
    "join_chance": "chance that one departure offers a workmate the same",
    "watch": "watching in quiet times",
    "crew_alarm": "how strongly watching answers departures from the crew",
    "enterprise_alarm": "how strongly watching answers departures from the enterprise",
    "session_fear": "how many hand-overs a weekly session is worth in fear",
    "belief": "belief, to start with, that people who are found are handed over",
    "belief_strength": "how many cases that first belief is worth",
    "news": "how many let-go cases the news of the event is worth",
    "find_nearby": "how soon someone working nearby is found",
    "find_remote": "chance of being found far away, as a share of that nearby",
    "found_again": "chance of being found again after a release, as a share of the first",
    "taken_back": "how soon the enterprise's own people take someone back",
    "apply": "how soon someone who left applies for asylum",
    "hand_over_after": "chance that a found person is handed over, after",
    "help_after": "how many times more apply once officials help",
}


def meaning(case: Case, name: str) -> str:
    row = case.priors[name].parameter if name in case.priors else PARAMETERS[name]
    return PLAIN.get(name, row.meaning)


def amount(values: Sequence[float], unit: str, joint: str = " – ") -> str:
    """Values of one unit as printed: "7 – 30 – 120 days", "once in 30 days"."""
    if unit == "1/day":
        return f"once in {joint.join(_short(1 / v) if v > 0 else '∞' for v in sorted(values, reverse=True))} days"
    if unit == "USD/month":
        return joint.join(f"${v:,.0f}" for v in values) + " a month"
    factor = 100 if unit in ("share", "1/year") else 1
    return joint.join(_short(v * factor) for v in values) + UNITS.get(unit, f" {unit}")


def _short(value: float) -> str:
    """Two digits, more where they are whole; no needless ones."""
    if value == 0 or abs(value) >= 9.95:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if abs(value) >= 0.995 else f"{value:.2g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


# --- claims ----------------------------------------------------------------------------------------------------------
ROLES = {
    "input": "says how large something is; it sets what is assumed of it before weighing",
    "outcome": "says what happened; each version counts by how well it agrees",
    "confirmation": "bears out what another source said; that claim is then believed more",
    "context": "is kept and cited, and moves no figure",
    "held back": "an observation that moves no figure and is kept to score predictions (obrok validate)",
}


def said_text(c: Claim) -> str:
    value = ""
    if c.value is not None:
        low, high = (f"{v:,g}" for v in c.value)
        unit = {"USD/month": " dollars a month", "share": "", "1": "", "people": " people"}.get(
            c.unit or "", f" {c.unit or ''}"
        )
        value = (low if low == high else f"{low} to {high}") + unit
    return " ".join(x for x in (_hedge_text(c), value) if x)


def _hedge_text(c: Claim) -> str:
    """The word as the claim has it and, where that is another's row, the word it is read as."""
    written = c.node.get("hedge")
    if c.hedge and written is not None and written.text != c.hedge:
        return f"“{written.text}” (read as “{c.hedge}”)"
    return f"“{c.hedge}”" if c.hedge else ""


def _informs(case: Case, c: Claim) -> str:
    if c.informs == "input" and c.quantity:
        return meaning(case, c.quantity)
    if c.quantity in COUNTED:
        return outcome(c.quantity) + (f" (compared with {span_text(c.compared_with)})" if c.compared_with else "")
    return ""


def claims(case: Case, summary: Mapping) -> list[dict]:
    """A row a claim, with the middle version of how many leave if it is left out."""
    factual = case.factual.id
    left = {
        r["id"]: r
        for r in summary["leverage"]
        if r["kind"] == "claim" and r["answer"] == "left" and r["policy"] == factual
    }
    out = []
    for c in case.evidence.claims.values():
        source, document = case.evidence.sources[c.source], case.evidence.documents[c.document]
        place = place_name(case, c.about.place if c.about else None)
        out.append(
            {
                "id": c.id, "text": c.paraphrase, "source": c.source, "kind": source.kind, "said": said_text(c),
                "role": c.informs.replace("_", " "), "informs": _informs(case, c),
                "parameter": c.quantity if c.informs == "input" else None,
                "confirms": c.confirms, "when": ", ".join(x for x in (span_text(c.about), place) if x),
                "document": c.document, "where": _where(c, document.protected), "checked": _checked(case, c),
                "believed": percent(case.evidence.credence(c)) if c.informs in ("input", "outcome") else "",
                "why": c.reading_why, "unused": c.unused, "without": _without(left.get(c.id)),
                "sure": bool(left.get(c.id, {}).get("sure")),
            }
        )  # fmt: skip
    return out


def _where(c: Claim, protected: bool) -> str:
    if c.anchor is None:
        return ""
    return "position withheld" if protected else f"{c.anchor.start:,}–{c.anchor.end:,}"


def _checked(case: Case, c: Claim) -> str:
    if c.anchor is None:
        return "its text is not kept"
    return "not checked here" if c.document in case.anchors.absent else "checked"


def _without(row: Mapping | None) -> str:
    if row is None:
        return ""
    return "needs new versions" if row["needs_new_worlds"] else number(row["p50_without"], "people")


#: how several claims are combined, in words
COMBINED = {
    "mixture": "as a mixture: one of them is right",
    "product": "as a product: they measure the same thing",
    "bounds": "the bounds among them cut what the others say, or what is assumed",
}


def disagreements(case: Case) -> list[dict]:
    """A row a pair of claims that disagree on one quantity, place and time: the two side by side, and how they are carried."""
    out = []
    for conflict in conflicts(case.evidence):
        pair = (conflict.first, conflict.second)
        units = conflict.unit
        sides = [
            {
                "id": c.id, "said": said_text(c), "read": amount(ends, units, " to "), "origin": case.evidence.origin(c),
                "believed": percent(case.evidence.credence(c)), "carried": _carried(case, c),
            }
            for c, ends in zip(pair, conflict.ranges, strict=True)
        ]  # fmt: skip
        both = {c.id for c in pair}
        prior = next((p for p in case.priors.values() if both <= {c.id for c in p.claims}), None)
        about = pair[0].quantity or ""
        named = outcome(about) if about in COUNTED else about
        if about in case.priors or about in PARAMETERS:
            named = meaning(case, about)
        out.append({"about": named, "sides": sides, "together": COMBINED[prior.combine] if prior else None})
    return out


def _carried(case: Case, c: Claim) -> str:
    """What a claim moves, in a few words."""
    name = next((n for n, p in case.priors.items() if c.id in {x.id for x in p.claims}), None)
    if name:
        return f"sets what is assumed of: {meaning(case, name)}"
    return {"outcome": "weighs versions", "confirmation": "bears out another claim"}.get(c.informs, "moves no figure")


# --- assumptions -----------------------------------------------------------------------------------------------------
def assumptions(case: Case, draws: Mapping[str, np.ndarray], prior: np.ndarray, fix: Mapping[str, float]) -> list[dict]:
    """A row a parameter: its range before weighing, what it rests on, what holds if the source is wrong."""
    out = []
    for name, p in case.priors.items():
        row = p.parameter
        q = quantiles(draws[name], prior)
        values = q if amount([q[0]], row.unit) != amount([q[2]], row.unit) else q[1:2]
        out.append(
            {
                "name": name, "meaning": meaning(case, name), "symbol": "" if row.symbol == "–" else row.symbol,
                "range": amount(values, row.unit), "fixed": amount([fix[name]], row.unit) if name in fix else None,
                "why": p.why, "claims": [(c.claim.id, percent(c.credence)) for c in p.cited], "combined": _combined(p),
                "credence": percent(p.credence) if p.cited else None,
                "fallback": _fallback(case, p) if p.cited else None, "at_most": p.at_most, "part_of": p.part_of,
            }
        )  # fmt: skip
    return out


def _combined(p: Prior) -> str | None:
    """How its claims combine, where there is anything to combine."""
    return COMBINED[p.combine] if len(p.cited) > 1 or p.combine == "bounds" else None


def _fallback(case: Case, p: Prior) -> str:
    """What is assumed if the source is wrong, in a range."""
    around = next((part.around for _, part in flatten(p.fallback) if isinstance(part, LogitNormal)), None)
    if around or isinstance(p.fallback, Mixture):
        return f"near: {meaning(case, around)}" if around else "one of several ranges"
    if isinstance(p.fallback, Exactly):
        return amount([p.fallback.value], p.parameter.unit)
    q = np.clip(p.fallback.quantile(np.array([0.05, 0.5, 0.95])), p.parameter.low, p.parameter.high)
    return amount([round(x) if p.parameter.whole else x for x in q], p.parameter.unit)


# --- what weighing narrowed ------------------------------------------------------------------------------------------
def narrowed(
    case: Case, draws: Mapping[str, np.ndarray], weights: np.ndarray, prior: np.ndarray
) -> tuple[list[dict], list[str], list[str]]:
    """Parameters that weighing surely narrowed or moved, most first; those it says nothing about; those in doubt."""
    sure: list[tuple[float, dict]] = []
    nothing: list[str] = []
    doubtful: list[str] = []
    for name in case.priors:
        x = draws[name]
        if np.ptp(x[prior > 0]) <= 1e-12 * max(1.0, float(np.abs(x).max())):
            continue
        r = np.where(prior > 0, ranks(x, prior), 0.5)
        strength, ratio = _change(r, weights, prior)
        if strength > 0:
            sure.append((strength, _narrowed_row(case, name, x, r, weights, prior)))
        else:
            (nothing if ratio > SAYS_NOTHING else doubtful).append(name)
    return [row for _, row in sorted(sure, key=lambda s: -s[0])], nothing, doubtful


def _change(r: np.ndarray, weights: np.ndarray, prior: np.ndarray) -> tuple[float, float]:
    """How much weighing surely changed a parameter (0: not surely), and its spread as a part of that before.

    On prior ranks r, so that a long tail does not decide. "Surely": by more than twice the error that comes from having
    so few versions.
    """
    spread, middle = float((prior * (r - 0.5) ** 2).sum()), float((weights * r).sum())
    square, before = (r - middle) ** 2, (r - 0.5) ** 2
    variance = float((weights * square).sum())
    ratio, shift = float(np.sqrt(variance / spread)), abs(middle - 0.5) / np.sqrt(spread)
    # worlds before weighing are the same worlds, and may be uneven too: the errors of both are taken together
    shift_error = np.sqrt(((weights * (r - middle) - prior * (r - 0.5)) ** 2).sum() / spread)
    parts = weights * (square - variance) / max(variance, 1e-300) - prior * (before - spread) / spread
    ratio_error = np.sqrt((parts**2).sum()) / 2 * ratio
    strength = float(shift) if shift > max(LEAST_SHIFT, 2 * shift_error) else 0.0
    if ratio < SAYS_NOTHING and 1 - ratio > 2 * ratio_error:
        strength = max(strength, 1 - ratio)
    return strength, ratio


def _narrowed_row(case: Case, name: str, x: np.ndarray, r: np.ndarray, weights: np.ndarray, prior: np.ndarray) -> dict:
    row = case.priors[name].parameter

    def ends(w: np.ndarray) -> str:
        low, _, high = quantiles(x, w)
        return amount([low, high], row.unit, " to ") if low != high else amount([low], row.unit)

    before, after = ends(prior), ends(weights)
    unit = {"1/day": " days", "USD/month": " a month"}.get(row.unit, UNITS.get(row.unit, f" {row.unit}"))
    both = f"{before.removesuffix(unit)} → {after.removeprefix('once in ')}"
    places = quantiles(r, weights)
    return {
        "name": name,
        "meaning": meaning(case, name),
        "before": before,
        "after": after,
        "both": both,
        "places": places,
    }
