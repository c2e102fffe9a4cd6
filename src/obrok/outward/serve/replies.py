"""Imagined replies: what a source might say to a question, and what the leading answers would then be. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from obrok.answers.answers import ENDS
from obrok.answers.explain import Leverage, Worlds
from obrok.answers.imagined import Reply, replied
from obrok.answers.quantiles import Ordered
from obrok.answers.weigh import ENOUGH, effective_sample_size, word_chance
from obrok.answers.words import FEW, difference_span, number, percent
from obrok.case.case import Case
from obrok.case.imagined import what_of, with_reply
from obrok.evidence.claims import Claim
from obrok.outward import rows
from obrok.outward.files import answer_columns, column_of
from obrok.outward.options import options_of
from obrok.outward.serve.desk import Ready
from obrok.outward.study import Result
from obrok.problems import Reader
from obrok.quantities import UNITS

#: what a page may send
KEYS = ("unknown", "value", "unit", "hedge", "kind", "credence", "origin")
ADD = "If it is given, make it a claim of the case and run that: new versions will fit it."


@dataclass(frozen=True)
class Kept:
    """The versions that a finished result kept, ready to be weighed again."""

    case: Case
    result: Result

    @cached_property
    def _rows(self) -> dict[str, np.ndarray]:
        """Rows of the table by policy, in the order of the versions."""
        table = self.result.table
        policies = self.result.record["identity"]["policies"]
        found = {p: np.flatnonzero(table["policy"] == p) for p in policies}
        return {p: rows[np.argsort(table["world"][rows], kind="stable")] for p, rows in found.items()}

    @cached_property
    def worlds(self) -> Worlds:
        table, made, own = self.result.table, self.result.record, self._rows[self.case.factual.id]
        draws = {name: table[column_of(name)][own] for name in self.case.priors}
        columns = {name: x[own] for name, x in table.items() if name.startswith("claim ")}
        fixed = frozenset(options_of(made["identity"]).fix)
        return Worlds(
            self.case, columns, draws, table["possible"][own].astype(bool), fixed, table["log_correction"][own],
            made["z"] or None,
        )  # fmt: skip

    @cached_property
    def weights(self) -> np.ndarray:
        """Of each version, as the answers have them."""
        return self.worlds.weigh()

    def outcome(self, name: str, policy: str) -> np.ndarray:
        """An outcome, or a question of the case's own, in each version."""
        return self.result.table[answer_columns(self.case)[name]][self._rows[policy]]

    @cached_property
    def answers(self) -> list[tuple[dict, Ordered]]:
        """The leading answers, as explain.json has them, with their values in each version."""
        out = []
        for a in self.result.explained.get("answers", []):
            values = self.outcome(a["id"], a["policy"])
            if a["versus"] is not None:
                values = values - self.outcome(a["id"], a["versus"])
            out.append((a, Ordered.of(values)))
        return out

    @cached_property
    def ranks(self) -> np.ndarray:
        return np.stack([values.ranks(self.weights) for _, values in self.answers], axis=1)


def reply(ready: Ready, given: Mapping[str, Any]) -> dict:
    """The leading answers before and after an imagined reply. `given`: `unknown` (a parameter, a question of the case's own
    or an outcome), `value`, `unit`, `hedge` as of a claim, `kind` and `credence` of its source, `origin` of the case's
    (None: its own). Raises ProblemsFound with everything that is wrong.

    `said`: the reply in words; `size`: effective versions `before` and `after`; `short`: why nothing can be told, or None;
    `answers`, a row each in the order of explain.json: `before`, `after` (5, 50 and 95 %; None: not told), `text`, `sure`
    (it moves by more than chance, and as far as figures show).
    """
    kept, reader = ready.kept, Reader()
    case, unknown = kept.case, given.get("unknown")
    found = _read(reader, kept, given)
    reader.raise_if_any()
    assert found is not None and isinstance(unknown, str)
    other, claim = found
    numbers = {claim.id: kept.outcome(unknown, case.factual.id)} if claim.informs == "outcome" else {}
    after = replied(kept.worlds, other, numbers)
    size = effective_sample_size(after.weights) if after.weights.any() else 0.0
    now = effective_sample_size(kept.weights)
    short = _short(after, claim, size, now)
    return {
        "unknown": unknown, "said": _said(case, claim), "believed": percent(other.evidence.credence(claim)),
        "informs": claim.informs, "combined": _combined(other, claim), "likely": _likely(kept, other, claim, numbers),
        "size": {"before": round(now), "after": round(size)},
        "short": short, "answers": _answers(kept, after, short),
    }  # fmt: skip


def _read(reader: Reader, kept: Kept, given: Mapping[str, Any]) -> tuple[Case, Claim] | None:
    case, unknown, origin = kept.case, given.get("unknown"), given.get("origin")
    if not kept.result.summary["weighed"]:
        reader.say(
            "the reply", 0, "these versions were not weighed by what was reported", "run the case with weighing."
        )
    for key in sorted(given.keys() - set(KEYS)):
        reader.say("the reply", 0, f"unknown key `{key[:60]}`", f"known: {', '.join(KEYS)}.")
    origins = {d.origin for d in case.evidence.documents.values()}
    if origin is not None and (not isinstance(origin, str) or origin not in origins):
        known = f"known: {', '.join(sorted(origins))}; or none, for one of its own."
        reader.say("the reply", 0, f"the case has no origin `{str(origin)[:60]}`", known)
    if not isinstance(unknown, str) or what_of(case, unknown) is None:
        what = f"nothing can be asked about `{str(unknown)[:60]}`"
        reader.say("the reply", 0, what, "name a parameter, a question of the case or an outcome.")
        return None
    if unknown in kept.worlds.fixed:
        reader.say("the reply", 0, f"`{unknown}` was set by hand in this run", "run the case without setting it.")
    alone = origin if isinstance(origin, str) and origin in origins else None
    found = with_reply(reader, case, unknown, given, alone)
    if found and found[1].quantity == "trend" and found[1].hedge in case.words.statements:
        what = f"`{found[1].hedge}` needs the days that it is against, which a reply does not name"
        reader.say("the reply", 0, what, "choose a word such as `rising`, or give a figure.")
    return found


# --- what is told ----------------------------------------------------------------------------------------------------
def _said(case: Case, claim: Claim) -> str:
    """ "“between” 5 and 8 per 100 people a year", "“a few”"."""
    word = f"“{claim.hedge}”" if claim.hedge else ""
    if claim.value is None:
        return word
    ends, joint = sorted(set(claim.value)), " and " if claim.hedge == "between" else " to "
    if claim.informs == "input":
        unit = case.priors[claim.quantity or ""].parameter.unit
        figures = rows.amount([v * UNITS[unit][claim.unit or unit] for v in ends], unit, joint)
    else:
        unit = claim.unit or ""
        figures = joint.join(number(v, unit) for v in ends) + {"people": " people", "1": " times as much"}.get(unit, "")
    return f"{word} {figures}".strip()


def _short(after: Reply, claim: Claim, size: float, now: float) -> str | None:
    """Why nothing can be told of the answers; None where it can. `size`, `now`: effective sample with the reply, and without."""
    if now < ENOUGH:
        return (
            "Few versions carry the answers even now, too few to be weighed again: run the case with more (--worlds)."
        )
    if not after.told:
        where = "of such a size" if claim.informs == "input" else "in which this would be said"
        return f"Hardly any version is one {where}: what the answers would be needs new versions. {ADD}"
    if size < ENOUGH or after.left.heavy:
        return f"Too few versions would carry the answers to tell: it needs new ones. {ADD}"
    return None


def _combined(case: Case, claim: Claim) -> str | None:
    """How a reply about a parameter is combined with other claims on it, in words."""
    prior = case.priors[claim.quantity or ""] if claim.informs == "input" else None
    return rows.COMBINED[prior.combine] if prior and len(prior.cited) > 1 else None


def _likely(kept: Kept, case: Case, claim: Claim, numbers: Mapping[str, np.ndarray]) -> str | None:
    """The chance that an informed source says the word that is imagined; None of a figure, which has a density, and of
    people in a live case."""
    hide = case.live and claim.unit == "people"
    if hide or claim.value is not None or not numbers or claim.hedge in case.words.statements:
        return None
    like = np.nan_to_num(word_chance(claim, numbers[claim.id], case.words))
    return percent(float((kept.weights * like).sum()))


def _answers(kept: Kept, after: Reply, short: str | None) -> list[dict]:
    """Each leading answer: before, and with the reply."""
    moved = Leverage([after.left], kept.weights).moves(kept.ranks) if short is None and kept.answers else None
    out = []
    for k, (a, values) in enumerate(kept.answers):
        hide = kept.case.live and a["unit"] == "people"
        before = _three(values, kept.weights, hide)
        few = moved is None or moved[2][0, k] < ENOUGH
        q = None if few else _three(values, after.weights, hide)
        beyond = not few and bool(moved[1][0, k])  # type: ignore[index]
        sure = beyond and q is not None and _printed(a, q) != _printed(a, before)
        words = "Too few versions are left to tell." if q is None else _words(a, before, q, beyond)
        out.append({
            "id": a["id"], "policy": a["policy"], "versus": a["versus"], "unit": a["unit"],
            "before": dict(zip(ENDS, before, strict=True)), "after": q and dict(zip(ENDS, q, strict=True)), "sure": sure,
            "before_text": _range(a, before), "after_text": q and _range(a, q), "text": words,
        })  # fmt: skip
    return out


def _three(values: Ordered, weights: np.ndarray, hide: bool) -> list[float | None]:
    """5, 50 and 95 %; in a live case no count of 1 to 4."""
    return [None if not np.isfinite(x) or (hide and 0 < abs(x) < 5) else x for x in values.quantiles(weights)]


def _range(a: Mapping, q: list[float | None]) -> str:
    if a["versus"] is not None:
        return difference_span(q, a["unit"])  # type: ignore[arg-type]
    low, high = number(q[0], a["unit"]), number(q[2], a["unit"])
    return low if low == high else f"{low} to {high}"


def _printed(a: Mapping, q: list[float | None]) -> tuple[str, str]:
    return _range(a, q), _middle(a, q[1])


def _words(a: Mapping, before: list[float | None], q: list[float | None], beyond: bool) -> str:
    """ "The range would be 12 to 31 people instead of 4 to 60; the middle version would have 18 instead of 35." """
    was, then = _range(a, before), _range(a, q)
    what, people = ("The range", " people" * (a["unit"] == "people")) if a["versus"] is None else ("The difference", "")
    if not beyond:
        return f"It would move this by no more than chance: {was}{people}."
    if _printed(a, q) == _printed(a, before):
        return f"It would move this by too little for figures to show: {was}{people}."
    text = f"{what} would be {then}{people} instead of {was}" if was != then else f"{what} would stay {was}{people}"
    middle = [_middle(a, x[1]) for x in (before, q)]
    if middle[0] == middle[1]:
        return f"{text}; the middle version would still have {middle[0]}."
    return f"{text}; the middle version would have {middle[1]} instead of {middle[0]}."


def _middle(a: Mapping, value: float | None) -> str:
    if a["versus"] is None:
        return number(value, a["unit"])
    return FEW if value is None and a["unit"] == "people" else difference_span([value] * 3, a["unit"])
