"""The account of the answers in words: what `obrok explain` prints, and what a run keeps as explain.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from obrok.answers.account import account
from obrok.answers.answers import Weighed
from obrok.answers.clash import believed, clash, words_of
from obrok.answers.explain import Worlds
from obrok.answers.readings import ALL, LESS, MORE, read_otherwise
from obrok.answers.unknowns import Bins, reply
from obrok.answers.weigh import Columns
from obrok.answers.words import MONEY, PEOPLE, SHARES, describe, difference, listed, number, percent
from obrok.case.case import Case
from obrok.outward import rows
from obrok.outward.asks import ASKS

#: lines of each kind that are told of an answer
TOLD = 5
#: a share below this is not worth a line
SMALL = 0.01


def explain(weighed: Weighed, worlds: Worlds, questions: Mapping[str, np.ndarray], seed: int) -> dict:
    """explain.json. `questions`: number of each of the case's own questions in each world, as reported."""
    case, w = weighed.case, weighed.weights
    replies = {q: reply(x, weighed.unit(q), seed, q, case.words) for q, x in questions.items()}
    varying = {name: weighed.draws[name] for name in case.priors}
    bins = Bins.of(varying, w, seed, replies)
    read = read_otherwise(worlds) if weighed.fits else []
    narrowed, nothing, doubtful = rows.narrowed(case, weighed.draws, w, weighed.prior) if weighed.fits else ([], [], [])
    found = account(weighed, read, bins)
    means = worlds.means or {c: 1.0 for c in worlds.likes}
    trust = believed(case, worlds.likes, w, means) if weighed.fits else {}
    return {
        "format": 1,
        "case": case.id,
        "answers": [a | {"text": sentences(case, a)} for a in found],
        "silent": nothing,
        "in_doubt": doubtful,
        "narrowed": [row["name"] for row in narrowed],
        "believed": {c: {"before": before, "after": after} for c, (before, after) in trust.items()},
        "too_few": not bins.index,
    }


def clash_of(
    case: Case, likes: Mapping[str, np.ndarray], possible: np.ndarray, log_correction: np.ndarray, columns: Columns
) -> dict | None:
    """The smallest set of claims that no version agrees with, as data and in words; None where some version does."""
    found = clash(case, likes, possible, log_correction)
    if found is None:
        return None
    text = words_of(case, found, columns, possible)
    return {"claims": list(found.claims), "share": list(found.share), "versions": found.versions, "text": text}


# --- sentences -------------------------------------------------------------------------------------------------------
def sentences(case: Case, a: Mapping) -> list[str]:
    """What is to be said of one answer, most telling first."""
    return [s for s in (_due(a), _topics(a), *_next(case, a), *_readings(a), *_leverage(a)) if s]


def subject(case: Case, a: Mapping) -> str:
    """The answer in a few words, with its range."""
    question = case.question(a["id"])
    if question is not None:
        what = question.asks
    elif a["id"] in PEOPLE:
        what = f"People who {PEOPLE[a['id']]}"
    elif a["id"] in MONEY:
        what = f"Money that {MONEY[a['id']]}"
    else:
        what = SHARES[a["id"]][2] if a["id"] in SHARES else a["id"]
    figures = f"{number(a['p05'], a['unit'])} to {number(a['p95'], a['unit'])}, middle {number(a['p50'], a['unit'])}"
    if a["versus"] is not None:
        by = {p.id: p for p in case.policies}
        what += f", {describe(case, by[a['policy']])} against {describe(case, by[a['versus']])}"
        figures = f"{difference(a['p05'], a['unit'])} to {difference(a['p95'], a['unit'])}"
    return f"{what[0].upper()}{what[1:]}{'' if what.endswith('?') else ':'} {figures}"


def _due(a: Mapping) -> str | None:
    due = a["due"]
    if not due:
        return None
    assumed, words = (percent(due.get(kind, 0.0)) for kind in ("assumptions", "hedges"))
    return (
        f"Of its spread, {percent(due['luck'])} is luck: the same circumstances, lived again, come out otherwise. "
        f"{assumed} is due to what is assumed, {words} to how exact the words of the reports are."
    )


def _topics(a: Mapping) -> str | None:
    told = [f"{t['id']} ({percent(t['share'])})" for t in a["topics"] if t["share"] >= SMALL][:TOLD]
    return f"By topic, parameters explain of it: {listed(told)}." if told else None


def _next(case: Case, a: Mapping) -> list[str]:
    out = []
    for n in [n for n in a["next"] if n["share"] >= SMALL][:TOLD]:
        out.append(f"{ask(case, n['id'])} Knowing it would remove {percent(n['share'])} of the doubt; {after(a, n)}.")
    return out


def after(a: Mapping, n: Mapping) -> str:
    """How wide the range of an answer would be, once an unknown is known."""
    if n["width"] is None or a["width"] is None or n["width"] > 0.95 * a["width"]:
        return "its range would be about as wide"
    return f"its range would be {number(n['width'], a['unit'])} wide instead of {number(a['width'], a['unit'])}, on average"


def named(case: Case, name: str) -> str:
    """An unknown in words: a question of the case, or what a parameter means."""
    question = case.question(name)
    return question.asks if question else rows.meaning(case, name)


def ask(case: Case, name: str) -> str:
    """An unknown as something to find out: as one would ask somebody who may know, where it can be put so."""
    question = case.question(name)
    if question is not None:
        return f"Ask: {question.asks}"
    if name in ASKS:
        return f"Ask: {ASKS[name]} (`{name}`)"
    return f"Find out: {rows.meaning(case, name)} (`{name}`)."


def _readings(a: Mapping) -> list[str]:
    sure = [r for r in a["readings"] if r["sure"] and not r["needs_new_worlds"]]
    return [f"{reading(r)}, {then_text(a, r)}." for r in sorted(sure, key=lambda r: -r["moved"])[:TOLD]]


def then_text(a: Mapping, r: Mapping) -> str:
    middle, width = (number(r[k], a["unit"]) for k in ("p50_without", "width_without"))
    low, high = (number(x, a["unit"]) for x in r["p50_interval"])
    sure = f" (surely between {low} and {high})" if low != high else ""
    return f"its middle would be {middle}{sure}, its range {width} wide"


def reading(r: Mapping) -> str:
    """How the words would be read otherwise."""
    if r["kind"] in (MORE, LESS):
        return f"With {'all claims' if r['id'] == ALL else '`' + r['id'] + '`'} {r['kind']}"
    if r["kind"] == "source knows":
        return f"If a source learns of {percent(float(r['id']))} of such cases"
    if r["kind"] == "a statement slips":
        return f"If {percent(float(r['id']))} of statements go wrong on the way"
    return f"With source {r['id']} {r['kind']}"


def _leverage(a: Mapping) -> list[str]:
    claims = [r for r in a["leverage"] if r["kind"] == "claim"]
    sure = [r for r in claims if r["sure"] and not r["needs_new_worlds"]]
    out = [f"Without the claim `{r['id']}` {then_text(a, r)}." for r in sorted(sure, key=lambda r: -r["moved"])[:TOLD]]
    short = [f"`{r['id']}`" for r in claims if r["needs_new_worlds"]]
    if short:
        out.append(f"What it would be without {listed(short)} needs new worlds: too few of these fit without.")
    return out


def as_text(case: Case, told: Mapping, wanted: Sequence[str] = ()) -> str:
    """The whole account, as printed."""
    lines = [case.title, "How sure these answers are, and by what. A model's estimates, not counts.", ""]
    if told.get("clash"):
        lines += [f"! {told['clash']['text']}", ""]
    for a in told["answers"]:
        if not wanted or a["id"] in wanted:
            lines += [subject(case, a), *(f"  - {s}" for s in a["text"]), ""]
    if told["too_few"]:
        lines += ["Too few versions carry the answers to say what would narrow them: more --worlds.", ""]
    if told["silent"]:
        named = [rows.meaning(case, n) for n in told["silent"]]
        said = "The reports say" if len(case.evidence.documents) > 1 else "The report says"
        lines += [
            f"{said} nothing about {len(named)} of the {len(case.priors)} figures assumed: {'; '.join(named)}.",
            "",
        ]
    fallen = [(c, b) for c, b in told["believed"].items()]
    if fallen:
        lines.append("How far each claim on what happened is believed, before and after weighing:")
        lines += [f"  {c}: {percent(b['before'])} → {percent(b['after'])}" for c, b in fallen]
    return "\n".join(lines).rstrip() + "\n"
