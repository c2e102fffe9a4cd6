"""Answers as sentences with ranges, what each leans on, and how to cite and remake them: what the page shows of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from obrok.answers.account import leading
from obrok.answers.answers import HEADLINES
from obrok.answers.asked import days_text
from obrok.answers.weigh import ENOUGH, HEAVY, Weights, weigh
from obrok.answers.words import (
    about,
    difference,
    fitting,
    noun,
    number,
    percent,
    period,
    topic_text,
)
from obrok.case.case import Case
from obrok.case.questions import lines
from obrok.outward.citing import bibtex, how_to_cite
from obrok.outward.files import column_of
from obrok.outward.rows import ROLES
from obrok.outward.serve import trails
from obrok.outward.serve.desk import Ready, policy_told
from obrok.outward.study import Result


def view(ready: Ready) -> dict:
    """All that the views of answers show. Figures stand twice: as numbers, for pictures, and as printed; those that a live
    case does not tell are None."""
    from obrok.outward import report  # matplotlib is slow to import

    case, result = ready.case, ready.result
    summary, identity = result.summary, result.record["identity"]
    draws, weights, prior = drawn(result)
    here = {a["id"]: a for a in summary["answers"] if a["policy"] == case.factual.id and a["versus"] is None}
    weighed = bool(summary["weighed"]) and not np.allclose(weights, prior)
    pairs = report.pairs_of(case, summary)
    changed = report.changed_by_event(case, pairs)
    single = {q.id for asked in lines(case.questions) for q in asked}
    reports, say = report.reports_said(case)
    return {
        "about": _about(ready, weighed, report.people_in(here, draws, weights)) | {"reports": reports, "say": say},
        "warnings": _warnings(ready, weighed),
        "cite": how_to_cite(case, summary, identity),
        "bibtex": bibtex(case, summary, ready.result.record),
        "policies": [policy_told(case, p) for p in ready.policies],
        "groups": [{"title": title, "ids": list(names)} for title, names in HEADLINES.items()],
        "counts": [name for name in report.LABELS if here[name]["unit"] == "people"],
        "changed": changed and {"title": changed[0], **_pair(changed[1][0]), "ids": [a["id"] for a in changed[1]]},
        "questions": [q.id for q in case.questions if q.id not in single],
        "over_time": [_over_time(case, asked) for asked in lines(case.questions, 2)],
        "pairs": [_of_pair(case, p) for p in pairs],
        "names": {id: name(case, id) for id in here},
        "short": {name: label.replace("…", "leave") for name, label in report.LABELS.items()},
        "answers": [_row(case, a) for a in summary["answers"]],
        "accounted": list(leading(case)),
        "trails": trails.trails(case, summary, result.explained),
        "claims": trails.claims(case, summary, result.explained),
        "assumptions": trails.assumptions(case, result, draws, weights, prior, weighed),
        "too_few": bool(result.explained.get("too_few")),
        "remake": _remake(ready),
        "files": {name: (ready.folder / name).stat().st_size for name in FILES if (ready.folder / name).exists()},
    }


#: what can be taken away of a result folder, and its kind
FILES = {
    "report.html": "text/html", "answers.csv": "text/csv", "answers.json": "application/json",
    "explain.json": "application/json", "record.json": "application/json",
}  # fmt: skip


def drawn(result: Result) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Parameters by name, weights and weights before weighing of the worlds kept, each (worlds,)."""
    case, table = result.case, result.table
    rows = table["policy"] == case.factual.id
    draws = {name: table[column_of(name)][rows] for name in case.priors}
    weights = Weights(table["log_weight"][rows], {}).normal
    prior = weigh(case, {}, table["possible"][rows], log_correction=table["log_correction"][rows]).normal
    return draws, weights, prior


# --- what this case is -----------------------------------------------------------------------------------------------
def _about(ready: Ready, weighed: bool, people: float) -> dict:
    from obrok.outward import report

    case, summary = ready.case, ready.result.summary
    few = case.live and 0 < people < 5
    documents = [
        {"id": d.id, "protected": d.protected}
        | ({} if d.protected else {"title": d.title, "publisher": d.publisher, "author": d.author})
        for d in case.evidence.documents.values()
    ]
    return {
        "place": report.place_of(case), "period": period(case), "people": number(None, "people") if few else about(people),
        "documents": documents, "claims": len(case.evidence.claims), "roles": _roles(case),
        "checked": report.anchors_checked(summary["anchors"]) if case.evidence.claims else "", "weighed": weighed,
        "worlds": summary["worlds"], "size": summary["effective_sample_size"], "fitting": fitting(case, weighed),
        "live": case.live,
    }  # fmt: skip


def _roles(case: Case) -> list[dict]:
    """How many claims have which role, and what that is."""
    from obrok.outward import report

    given = {c.informs.replace("_", " ") for c in case.evidence.claims.values()}
    return [
        {"told": told, "meaning": ROLES[role]}
        for told, role in zip(report.roles_counted(case), (r for r in ROLES if r in given), strict=True)
    ]


def _warnings(ready: Ready, weighed: bool) -> list[dict]:
    """What must be known before a figure is used, in the words of the report: head, text, a command that helps."""
    from obrok.outward import report

    case, s = ready.case, ready.result.summary
    out = []
    size, heavy = s["effective_sample_size"], (s["pareto_k"] or 0) > HEAVY
    if heavy or size < ENOUGH:
        text = f"Only {s['worlds']:,} were imagined."
        if weighed:
            text = (
                f"So few of the {s['worlds']:,} versions agree with what was reported that together they say about as "
                f"much as {size:,.0f} equally good ones{', and a handful of them weigh very heavily' if heavy else ''}."
            )
        text += (
            f" Take the ends of the ranges as rough{', and the middles too' if size < 30 else ''}. More versions help:"
        )
        command = f"obrok run {_called(case)} --worlds {report.more_versions(s)}"
        out.append({"head": "Few versions carry these answers.", "text": text, "command": command})
    if clash := ready.result.explained.get("clash"):
        out.append({"head": "Nothing fits.", "text": clash["text"], "claims": clash["claims"]})
    if not weighed:
        idle = "no claim says what happened, so nothing chooses among versions"
        unused = "what the reports say happened has not been used to choose among versions"
        out.append(
            {
                "head": "Not weighed.",
                "text": f"These are the assumptions alone: {idle if s['weighed'] else unused}.",
            }
        )
    if s["anchors"]["not_checked"]:
        absent = s["anchors"]["not_checked"]
        text = f"The places of {absent} claims in the text were not checked here, because it cannot be read on this machine."
        out.append({"head": "Not checked against the text.", "text": text})
    return out


# --- answers ---------------------------------------------------------------------------------------------------------
def _row(case: Case, a: Mapping) -> dict:
    """An answer, or a difference, with its figures as printed."""
    from obrok.outward import report
    from obrok.outward.charts_days import short_difference

    unit, versus = a["unit"], a["versus"]
    out = {k: a[k] for k in ("id", "policy", "versus", "unit", "p05", "p50", "p95", "prior", "text")}
    out |= {"claims": list(a["claims"]), "assumptions": list(a["assumptions"])}
    if versus is None:
        out |= {"figure": report.dashed(a, unit), "middle": number(a["p50"], unit)}
        return out | {"after": report.spanned(a, unit), "before": report.spanned(a["prior"], unit)}
    role = a["given_role"] if any(x is not None for x in (a["given_role"] or {}).values()) else None
    shown = role or a
    out |= {"figure": short_difference(shown, unit), "middle": difference(shown["p50"], unit)}
    out |= {"after": short_difference(a, unit), "before": short_difference(a["prior"], unit)}
    out |= {"all_middle": difference(a["p50"], unit), "mattered": role and short_difference(role, unit)}
    out |= {
        "by_luck": report.averaged_text(case, a),
        "more": percent(a["chance_more"]),
        "less": percent(a["chance_less"]),
    }
    return out | {"role": role}


def name(case: Case, id: str) -> str:
    """An answer in a few words: "People who leave their posts", or what the case asks."""
    question = case.question(id)
    text = question.asks if question else noun(id)
    return text[0].upper() + text[1:]


def _pair(a: Mapping) -> dict:
    return {"policy": a["policy"], "versus": a["versus"]}


def _of_pair(case: Case, pair: Mapping) -> dict:
    """A compared pair: its heading, and the differences that are told, by answer and label."""
    of = next(iter(pair["answers"].values()))
    return _pair(of) | {
        "heading": pair["heading"], "short": pair["short"], "later": pair["later"],
        "cause": any(a["given_role"] for a in pair["answers"].values()),
        "rows": [{"id": a["id"], "label": label} for label, a in pair["rows"]],
    }  # fmt: skip


def _over_time(case: Case, asked: list) -> dict:
    """Questions that differ in their days alone: what they ask, and the days of each."""
    first = asked[0]
    yearly = len({(q.days[1].month, q.days[1].day) for q in asked}) == 1
    title = topic_text(case, first.quantity, first.about.place, first.where)
    if yearly:
        last = first.days[1]
        title += ", year by year" if first.days[0] != last else f", on {last.day} {last:%B} of each year"
    return {
        "title": title, "unit": first.unit, "yearly": yearly,
        "of": [{"id": q.id, "date": q.days[1].isoformat(), "days": days_text(*q.days)} for q in asked],
    }  # fmt: skip


# --- made anew -------------------------------------------------------------------------------------------------------
def _called(case: Case) -> str:
    """What the case is called on the command line: a shipped one by its name, another by its id, as a folder."""
    return case.folder.name if case.shipped else case.id


def _remake(ready: Ready) -> dict:
    """The command that makes the same figures again, and what must be the same for it."""
    i, case = ready.result.record["identity"], ready.case
    words = ["obrok run", _called(case), f"--worlds {i['worlds']}", f"--seed {i['seed']}"]
    if set(i["policies"]) != {p.id for p in case.policies}:
        words += [f"--policy {p}" for p in i["policies"] if p != case.factual.id] or [f"--policy {case.factual.id}"]
    words += [f"--fix {name}={value!r}" for name, value in i["fix"].items()]
    words += ["--no-weigh"] * (not i["weigh"]) + [f"--series {i['series']}"] * (i["series"] != "picked")
    return {
        "command": " ".join(words), "shipped": case.shipped, "seed": i["seed"],
        "worlds": i["worlds"], "obrok": i["obrok"], "code": i["code_sha256"], "case": i["case_sha256"],
        "answers": ready.result.record["answers_sha256"], "checked": i["anchors"]["checked"],
    }  # fmt: skip
