"""The words to choose a hedge from: every one of the case's table that fits, with a picture of what it is taken to say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from obrok.case.case import Case
from obrok.case.imagined import known_quantities, read_imagined
from obrok.case.priors import resting_also_on
from obrok.evidence.claims import Evidence, Span
from obrok.outward.serve.hedge_pictures import of_input, picture
from obrok.problems import Reader
from obrok.quantities import UNITS

#: what a claim that names a number informs
INFORMS = ("input", "outcome", "held_back")
#: group of the table → what its words are called in the page
GROUPS = {
    "figures": "words beside a figure", "counts": "common words", "shares": "common words", "statements": "remarks",
    "trends": "more or less than before", "further_counts": "further words", "further_shares": "further words",
    "chances": "words of chance", "ranks": "places among others",
}  # fmt: skip
#: days that a trend is about, and those before that it is against, where no claim says so
TREND = (60, 180)
FIGURE = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")


def view(case: Case, informs: str, quantity: str, value: Sequence[str] = (), unit: str = "") -> dict:
    """`words`: every word that a claim on this quantity may have, beside the figure or the two of `value` or alone, each
    with `word`, `group`, `source`, `own` (of the case's table) and `picture` (as `hedge_pictures.picture` gives it; None: it
    says no number), by group and rising; `units` that the quantity may be told in. Raises ProblemsFound with everything that is wrong."""
    reader = Reader()
    known = known_quantities(case, informs)
    if informs not in INFORMS:
        reader.say("what is said", 0, f"`{informs[:60]}` is not what a claim informs", f"known: {', '.join(INFORMS)}.")
    elif quantity not in known:
        mend = f"known: {', '.join(known)}."
        reader.say("what is said", 0, f"`{quantity[:60]}` is nothing that an {informs} claim speaks of", mend)
    elif unit and unit not in UNITS[known[quantity]]:
        mend = f"known: {', '.join(UNITS[known[quantity]])}."
        reader.say("what is said", 0, f"`{unit[:60]}` is not a unit of `{quantity}`", mend)
    given: dict[str, Any] = {"unit": unit or None, "value": _figures(reader, value)}
    reader.raise_if_any()
    words = _words(case, informs, quantity, given)
    if given["value"] is not None and not words:  # then no word helps: the figure itself is wrong
        if found := read_imagined(reader, case, informs, quantity, {**given, "hedge": "exactly"}):
            drawn_of(reader, case, found)
        reader.raise_if_any()
    return {
        "quantity": quantity,
        "unit": unit or known[quantity],
        "units": list(UNITS[known[quantity]]),
        "words": words,
    }


def _figures(reader: Reader, value: Sequence[str]) -> float | list[float] | None:
    given = [v.strip() for v in value if v.strip()]
    wrong = [v for v in given if not FIGURE.fullmatch(v)]
    for v in wrong:
        reader.say(
            "what is said", 0, f"`{v[:60]}` is not a figure", "write digits, with a point where there are parts."
        )
    if len(given) > 2:
        reader.say("what is said", 0, f"{len(given)} figures", "give one, or the two ends of a range.")
    if not given or wrong or len(given) > 2:
        return None
    return float(given[0]) if len(given) == 1 else [float(v) for v in given]


def _words(case: Case, informs: str, quantity: str, given: Mapping[str, Any]) -> list[dict]:
    """The words that the reader of claims takes, in the order of the table."""
    out: dict[str, dict] = {}
    for group in GROUPS if given["value"] is None else ("figures",):
        for word, row in case.words.rows[group].items():
            reader = Reader()
            found = read_imagined(reader, case, informs, quantity, {**given, "hedge": word})
            if found is None or word in out:
                continue
            drawn = drawn_of(reader, case, found)
            if not reader.errors():
                out[word] = {
                    "word": word,
                    "group": GROUPS[group],
                    "source": row.source,
                    "own": row.own,
                    "picture": drawn,
                }
    if given["value"] is not None:
        return list(out.values())
    order = list(dict.fromkeys(GROUPS.values()))
    return sorted(out.values(), key=lambda w: (order.index(w["group"]), _peak(w["picture"])))


def _peak(drawn: Mapping | None) -> float:
    """The number that a word is likeliest said of."""
    if drawn is None:
        return np.inf
    y, pins = drawn["said"]["y"], drawn["said"]["pins"]
    return drawn["x"][int(np.argmax(y))] if any(y) else max(pins, key=lambda pin: pin[1])[0]


def drawn_of(reader: Reader, case: Case, found: Evidence) -> dict | None:
    """The picture of a claim that is not in the case; None where it says no number, or speaks of what the case does
    without, or, with a problem told, cannot be."""
    (claim,) = found.claims.values()
    if claim.informs == "input":
        prior = case.priors.get(claim.quantity or "")
        if prior is None:  # the case goes without this parameter
            return None
        alone = replace(prior, cited=(), combine="mixture")
        one = resting_also_on(reader, alone, claim, found)
        return of_input(case, prior, one.cited[0]) if one and one.cited else None
    if claim.quantity == "trend":
        end = case.date(case.window[1])
        days, before = TREND
        first = end - timedelta(days)
        claim = replace(claim, about=Span(first, end), compared_with=Span(first - timedelta(before), first))
    return picture(case, claim)
