"""`obrok validate`: what was held back, foretold and scored, as JSON, CSV and a page with pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from obrok.answers.asked import span_text
from obrok.answers.predict import AT, Prediction, predictions
from obrok.answers.scores import chance_of_so_few, coverage_range
from obrok.answers.weigh import ENOUGH, HEAVY
from obrok.answers.words import FEW, listed, number, percent, topic_text
from obrok.case.case import Case
from obrok.case.parameters import COUNTED
from obrok.outward import pages
from obrok.outward.files import rounded
from obrok.outward.options import Options, Progress
from obrok.outward.rows import said_text
from obrok.outward.study import Result, run_case
from obrok.problems import Problem, ProblemsFound
from obrok.worlds import record, store

FILES = ("validate.json", "validate.csv", "validate.html")
#: parts of the weight that ranges hold, in per cent
RANGES = (50, 90)
#: figures of an observation that tell a number of its unit
FIGURES = ("observed", *AT, "crps", "last", "last_error")


@dataclass(frozen=True)
class Validation:
    """`summary`: validate.json."""

    case: Case
    folder: Path
    summary: dict
    result: Result

    @property
    def page(self) -> Path:
        return self.folder / "validate.html"


def validate(
    case: Case, options: Options, folder: Path, force: bool = False, progress: Progress | None = None
) -> Validation:
    """Runs the case, or takes up its finished run, foretells what is held back and scores it. Raises `ProblemsFound` where
    nothing is held back."""
    if not case.held_back():
        mend = "give the claims that are to be foretold, and to weigh nothing, the role `informs: held_back`."
        raise ProblemsFound([Problem(f"{case.folder.name}/claims.yaml", 0, "no claim is held back", mend)])
    result = run_case(case, options, folder, force, progress)
    table = result.table
    rows = table["policy"] == case.factual.id
    log = table["log_weight"][rows]
    weights = np.exp(log - log.max())
    columns = {name: x[rows] for name, x in table.items() if name.startswith("held ")}
    found = predictions(case, columns, weights, table["world"][rows], options.seed)
    summary = rounded(summary_of(case, result.summary, found))
    store.write_json(folder / "validate.json", summary)
    store.write_text(folder / "validate.csv", _as_csv(summary["observations"]))
    from obrok.outward import charts_held  # matplotlib is slow to import

    pictures = charts_held.pictures(case, summary)
    store.write_text(folder / "validate.html", _page(case, summary, pictures, result.record))
    return Validation(case, folder, summary, result)


# --- what is told ----------------------------------------------------------------------------------------------------
def summary_of(case: Case, run: Mapping, found: list[Prediction]) -> dict:
    """validate.json. `run`: answers.json."""
    observations = [_row(case, p) for p in found]
    scored = [p for p in found if p.scored]
    coverage = {str(n): _coverage(n, scored) for n in RANGES}
    skill = [_skill(unit, scored) for unit in dict.fromkeys(COUNTED[p.claim.quantity or ""] for p in scored)]
    keep = ("title", "case", "case_sha256", "seed", "worlds", "kept", "weighed", "effective_sample_size", "pareto_k")
    summary = {"format": 1} | {k: run[k] for k in keep} | {"held_back": record.held_back(case)}
    summary |= {"observations": observations, "coverage": coverage, "skill": skill}
    return summary | {"text": sentences(summary)}


def _row(case: Case, p: Prediction) -> dict:
    c, unit = p.claim, COUNTED[p.claim.quantity or ""]
    place = c.about.place if c.about else None
    row: dict = {
        "id": c.id, "quantity": c.quantity, "unit": unit, "what": topic_text(case, c.quantity or "", place, c.readings[0]),
        "when": span_text(c.about), "reported": said_text(c), "observed": p.observed, **p.range,
        "defined": p.defined, "inside_50": p.inside(50) if p.scored else None,
        "inside_90": p.inside(90) if p.scored else None, "pit": p.pit, "crps": p.crps,
        "last_claim": p.last and p.last.claim, "last": p.last and p.last.value, "last_error": p.last and p.last.error,
    }  # fmt: skip
    if case.live and unit == "people":  # no count of 1 to 4 is told
        row |= {k: None for k in FIGURES if row[k] is not None and 0 < abs(row[k]) < 5}
        row["reported"] = row["reported"] if row["observed"] is not None else FEW
    return row


def _coverage(percent: int, scored: list[Prediction]) -> dict:
    inside, of = sum(p.inside(percent) for p in scored), len(scored)
    low, high = coverage_range(inside, of)
    chance = chance_of_so_few(inside, of, percent / 100) if of else None
    return {"inside": inside, "of": of, "low": low, "high": high, "chance_of_so_few": chance}


def _skill(unit: str, scored: list[Prediction]) -> dict:
    """Mean CRPS of the observations of a unit; against the last value, over those that have one."""
    mine = [p for p in scored if COUNTED[p.claim.quantity or ""] == unit]
    pairs = [(p.crps, p.last.error) for p in mine if p.last is not None]
    score, error = (sum(x) / len(pairs) if pairs else None for x in zip(*pairs, strict=True)) if pairs else (None, None)
    return {
        "unit": unit, "observations": len(mine), "crps": sum(p.crps for p in mine) / len(mine), "with_last": len(pairs),
        "crps_with_last": score, "last_error": error,
        "skill": 1 - score / error if score is not None and error else None,
    }  # fmt: skip


def sentences(s: Mapping) -> list[str]:
    """validate.json in plain sentences, the proof that so few observations give among them."""
    of = s["coverage"]["90"]["of"]
    lost = len(s["observations"]) - of
    out = [_held(s, of)] if of else []
    out += _proof(s, of) if of else []
    out += [t for row in s["skill"] if (t := _skill_text(row))]
    alone = [r["id"] for r in s["observations"] if r["last_claim"] is None and r["pit"] is not None]
    if alone:
        out.append(
            f"No earlier figure of the same quantity, place and length of time is among the claims for {listed(alone)}: "
            f"{'they say' if len(alone) > 1 else 'it says'} nothing about skill."
        )
    if lost:
        out.append(f"{lost} could not be foretold: in no version is there such a number.")
    if s["effective_sample_size"] < ENOUGH or (s["pareto_k"] or 0) > HEAVY:
        out.append("Few versions carry these predictions: take the ranges as rough; more --worlds help.")
    return out


def _held(s: Mapping, of: int) -> str:
    c90, c50 = s["coverage"]["90"], s["coverage"]["50"]
    many = f"Of {of} observations held back" if of > 1 else "Of the one observation held back"
    return (
        f"{many}, {c90['inside']} lie{'s' * (c90['inside'] == 1)} inside the 90 % range and {c50['inside']} inside the 50 % "
        f"range; a model that is as sure as it should be would have {0.9 * of:.1f} and {0.5 * of:.1f} there on average."
    )


def _proof(s: Mapping, of: int) -> list[str]:
    c = s["coverage"]["90"]
    out = []
    if c["inside"] < of:
        out.append(
            f"Such a model, too, would have so few or fewer inside its 90 % ranges in {percent(c['chance_of_so_few'])} of cases, "
            "if observations did not hang together."
        )
    out.append(
        f"How little {of} can prove: from {c['inside']} of {of}, the part that the 90 % ranges hold in the long run may be "
        f"anything from {percent(c['low'])} to {percent(c['high'])} (95 % confidence), and observations of one case hang "
        "together, so that they prove less still. A range for a word or a small count holds more than its name says."
    )
    return out


def _skill_text(row: Mapping) -> str | None:
    n, unit = row["with_last"], row["unit"]
    if not n:
        return None
    over = f"Over the {n} with an earlier figure" if n > 1 else "Of the one with an earlier figure"
    score, error = (_amount(row[k], unit) for k in ("crps_with_last", "last_error"))
    text = f"{over} ({UNIT[unit]}): mean CRPS {score}, mean error of the last value {error}"
    if row["skill"] is None:
        return f"{text}. Carried forward, it was right to the figure: no skill can be shown."
    verdict = f"{'better' if row['skill'] > 0 else 'no better'} than carrying the last value forward"
    return f"{text}; skill {row['skill']:.2f}, {verdict} (1: exact; 0: as good).".replace("skill -", "skill −")


UNIT = {"people": "people", "USD": "dollars", "share": "shares", "1": "multiples"}


def _amount(value: float, unit: str) -> str:
    """A score in its unit: of people, with a decimal where it is small."""
    if unit == "people" and value < 9.95:
        return f"{value:.1f}"
    return f"{100 * value:.1f} points" if unit == "share" else number(value, unit)


def as_table(s: Mapping) -> list[list[str]]:
    """The rows of validate.json as they are printed; the heading first."""
    out = [["observation", "reported", "90 % range", "50 % range", "middle", "inside", "PIT", "CRPS", "last value"]]
    for r in s["observations"]:
        unit = r["unit"]
        if r["pit"] is None:
            out.append([r["id"], r["reported"], "cannot be foretold", *[""] * 6])
            continue
        ends = [[number(r[end], unit) for end in both] for both in (("p05", "p95"), ("p25", "p75"))]
        ranges = [a if a == b else f"{a} to {b}" for a, b in ends]
        inside = "50 %" if r["inside_50"] else "90 %" if r["inside_90"] else "outside"
        last = "none" if r["last_claim"] is None else f"{number(r['last'], unit)} ({r['last_claim']})"
        score = FEW if r["crps"] is None else _amount(r["crps"], unit)
        out.append([r["id"], r["reported"], *ranges, number(r["p50"], unit), inside, f"{r['pit']:.2f}", score, last])
    return out


def as_text(done: Validation) -> str:
    """What is printed: sentences, a table, the digest."""
    table = as_table(done.summary)
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    lines = [
        f"{done.case.title}: what was held back",
        "A test of the model, not a proof. Nobody simulated is a real person.",
        "",
    ]
    lines += [*(f"• {line}" for line in done.summary["text"]), ""]
    lines += ["  ".join(x.ljust(w) for x, w in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*lines, "", record.held_back_text(done.summary["held_back"]), f"page: {done.page}"])


def _as_csv(rows: list[dict]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _page(case: Case, summary: dict, pictures: list, made: Mapping) -> str:
    head, *rows = as_table(summary)
    return pages.environment().get_template("validate.html").render(
        case=case, s=summary, head=head, rows=list(zip(summary["observations"], rows, strict=True)), pictures=pictures,
        identity=made["identity"], environment=made["environment"],
    )  # fmt: skip
