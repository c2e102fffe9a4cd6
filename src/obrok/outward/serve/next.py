"""What to find out next, ranked: each unknown with how much it would narrow each of the leading answers."""

from __future__ import annotations

from collections.abc import Mapping

from obrok.answers.answers import HEADLINES
from obrok.answers.asked import asked
from obrok.answers.words import describe, percent
from obrok.case.case import Case
from obrok.case.imagined import what_of
from obrok.case.parameters import COUNTED
from obrok.evidence.claims import KINDS_OF_SOURCE
from obrok.outward import explained, rows
from obrok.outward.serve.desk import Ready
from obrok.quantities import UNITS

#: unit → the one that people tell figures in
TOLD_IN = {"share": "percent", "1/year": "percent/year"}


def view(case: Case, ready: Ready | None) -> dict:
    """The leading `answers`; the `unknowns` that would narrow any of them beyond chance, by the mean share of doubt that
    they would remove over all of these, with a row an answer; `others` that a reply can be imagined about; what the reports
    say nothing about (`silent`). The figures are those of explain.json."""
    told: Mapping = ready.result.explained if ready else {}
    case = ready.case if ready else case
    answers = told.get("answers", [])
    found = _unknowns(case, answers)
    return {
        "ready": ready is not None,
        "weighed": ready is not None and ready.result.summary["weighed"],
        "documents": len(case.evidence.documents),
        "too_few": bool(told.get("too_few")),
        "answers": [_answer(case, a) for a in answers],
        "unknowns": found,
        "others": _others(case, {u["id"] for u in found}),
        "silent": [explained.named(case, n) for n in told.get("silent", [])],
        "assumed": len(case.priors),
        "kinds": list(KINDS_OF_SOURCE),
        "origins": list(dict.fromkeys(d.origin for d in case.evidence.documents.values())),
        "slip": percent(case.words.slip),
    }


# --- answers ---------------------------------------------------------------------------------------------------------
def _answer(case: Case, a: Mapping) -> dict:
    return {
        "id": a["id"], "policy": a["policy"], "versus": a["versus"], "unit": a["unit"], "asks": asks(case, a),
        "subject": explained.subject(case, a),
    }  # fmt: skip


def asks(case: Case, a: Mapping) -> str:
    """What an answer is about, without its figures."""
    question = case.question(a["id"])
    what = question.asks if question else rows.outcome(a["id"])
    if a["versus"] is not None:
        by = {p.id: p for p in case.policies}
        what += f", {describe(case, by[a['policy']])} against {describe(case, by[a['versus']])}"
    return what[0].upper() + what[1:]


def is_open(a: Mapping) -> bool:
    """Whether both ends of an answer are told: else its width, too, would tell of a few people."""
    return a["p05"] is not None and a["p95"] is not None


# --- unknowns --------------------------------------------------------------------------------------------------------
def _unknowns(case: Case, answers: list[Mapping]) -> list[dict]:
    found: dict[str, list[dict]] = {}
    for k, a in enumerate(answers):
        for n in a["next"]:
            if n["share"] >= explained.SMALL:
                told = {"answer": k, "share": n["share"], "told": percent(n["share"]), "after": _after(a, n)}
                found.setdefault(n["id"], []).append(told)
    out = []
    for name, shares in found.items():
        of = sum(answers[k]["id"] != name for k in range(len(answers)))  # it does not narrow itself: it is the answer
        mean = sum(s["share"] for s in shares) / of
        shares.sort(key=lambda s: -s["share"])
        out.append(_unknown(case, name) | {"mean": mean, "told": percent(mean), "of": of, "rows": shares})
    return sorted(out, key=lambda u: -u["mean"])


def _unknown(case: Case, name: str) -> dict:
    """Something to find out, and how a reply about it can be given."""
    informs, quantity = what_of(case, name) or ("", "")
    unit = case.priors[name].parameter.unit if informs == "input" else COUNTED[quantity]
    statements = case.words.statements if quantity == "trend" else {}
    question = case.question(name)
    return {
        "id": name, "ask": ask(case, name), "named": _named(case, name), "question": question is not None,
        "informs": informs, "quantity": quantity, "unit": unit, "units": list(UNITS[unit]), "figure_in": TOLD_IN.get(unit, unit),
        "skip": list(statements),
    }  # fmt: skip


def ask(case: Case, name: str) -> str:
    """As one would ask it: a question of the case's own, a parameter, or an outcome of its window."""
    if name in case.priors or case.question(name):
        return explained.ask(case, name).replace(f" (`{name}`)", "")
    return f"Find out: {_named(case, name)}."


def _named(case: Case, name: str) -> str:
    if name in case.priors or case.question(name):
        return explained.named(case, name)
    how = {"people": "how many ", "USD": "how much "}.get(COUNTED[name], "")
    return f"{how}{rows.outcome(name)}, {asked(case, name).when}"


def _others(case: Case, ranked: set[str]) -> list[dict]:
    """The case's other questions, the headline outcomes and its other parameters."""
    heads = [n for names in HEADLINES.values() for n in names if n not in case.priors]
    names = [*(q.id for q in case.questions), *heads, *case.priors]
    return [_unknown(case, n) for n in names if n not in ranked]


def _after(a: Mapping, n: Mapping) -> str:
    """How wide the range would be, once the unknown is known; where an end of it is not told, in parts of what it is."""
    told = explained.after(a, n)
    if told.endswith("on average") and not is_open(a):
        return f"its range would be {percent(n['width'] / a['width'])} as wide, on average"
    return told
