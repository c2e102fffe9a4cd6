"""What a state, an employer or a UN body can be asked to do: the levers of a what-if, with how far each goes.

No lever goes beyond what is reported of what finds or holds people: a what-if is to ask for better, not to search for worse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from obrok.answers.quantiles import quantiles
from obrok.case.case import Case
from obrok.case.checks import most_reported
from obrok.case.parameters import EVENT_CHANGES, PARAMETERS
from obrok.worlds.population import column_of

HOST, SENDING, EMPLOYER, RESOLUTION = (
    "The host state", "The sending state and its enterprises", "The employer", "A UN body, by a resolution",
)  # fmt: skip
#: what is told of the days of a case: nothing beyond the highest that is reported of these
NO_FURTHER = ("effort", "watch")


@dataclass(frozen=True)
class Kind:
    """What can be asked for. `most`: the highest value, unless more is reported (0: twice what is reported); `step`: of the
    slider; `says`: what a value means, in words, with the value in the place of {}."""

    what: str
    who: str
    label: str
    explained: str
    most: float
    step: float
    says: str


KINDS = (
    Kind(
        "hand_over",
        HOST,
        "Handing over",
        "Of the people whom the police find, how many they hand over to the enterprise or the sending state.",
        1.0,
        0.05,
        "hand over {} of those found",
    ),
    Kind(
        "effort",
        HOST,
        "Police effort",
        "How hard the police look for people who left, as a multiple of the effort before any event.",
        1.0,
        0.05,
        "police effort at {}",
    ),
    Kind(
        "help",
        HOST,
        "Help with asylum",
        "How much more often people who left apply for asylum or papers, because officials help: a multiple of before.",
        10.0,
        0.5,
        "{} times as many applications",
    ),
    Kind(
        "news",
        HOST,
        "News that people are let go",
        "Made known among the workers on that day: it counts, in what they believe, like so many cases of people found and let go.",
        10.0,
        0.5,
        "news worth {} cases of people let go",
    ),
    Kind(
        "dispatch",
        RESOLUTION,
        "Sending new people",
        "Of the people due to come, how many are still sent.",
        1.0,
        0.05,
        "{} of those due are still sent",
    ),
    Kind(
        "recall",
        RESOLUTION,
        "Sending home",
        "On that day, how many of the people at their posts are sent home before their contracts end.",
        1.0,
        0.05,
        "{} of those at their posts are sent home",
    ),
    Kind(
        "fee",
        SENDING,
        "Share taken for the state",
        "The share of pay that is taken as dues to the state.",
        1.0,
        0.05,
        "{} of pay taken for the state",
    ),
    Kind(
        "quota",
        SENDING,
        "Quota",
        "The sum that a worker must pay the state each month, whatever he earns.",
        0.0,
        10.0,
        "a quota of {} a month",
    ),
    Kind(
        "deductions",
        SENDING,
        "Share kept by the enterprise",
        "The share of pay that the enterprise keeps.",
        1.0,
        0.05,
        "{} of pay kept by the enterprise",
    ),
    Kind(
        "sessions_per_week",
        SENDING,
        "Self-criticism sessions",
        "How often a week workers must criticise themselves and each other before the others.",
        7.0,
        0.5,
        "{} sessions a week",
    ),
    Kind(
        "watch",
        SENDING,
        "Watching",
        "How closely workers are watched when nothing has happened: the share of chances to leave that it blocks.",
        1.0,
        0.05,
        "{} of chances blocked by watching",
    ),
    Kind(
        "wage",
        EMPLOYER,
        "Pay",
        "Mean pay a month before anything is taken, in US dollars.",
        0.0,
        25.0,
        "pay of {} a month",
    ),
)


@dataclass(frozen=True)
class Lever:
    """A kind of demand in a case, with the range of its slider in `unit`; `reported`: 5, 50 and 95 % of what holds at the
    end of the window as reported (None: nothing does, it comes on the day)."""

    kind: Kind
    unit: str
    low: float
    high: float
    reported: tuple[float, ...] | None

    def as_json(self) -> dict:
        k = self.kind
        return {
            "what": k.what, "who": k.who, "label": k.label, "explained": k.explained, "unit": self.unit, "low": self.low,
            "high": self.high, "step": k.step, "reported": self.reported, "says": k.says,
        }  # fmt: skip


def levers(case: Case, own: np.ndarray, weights: np.ndarray) -> list[Lever]:
    """The levers of a case, each with ends on steps of its slider; none where no step lies within what is reported. `own`:
    the schedule as reported, `tables.SCHEDULE` (n, cities, days); `weights`: (n,)."""
    last = own[:, :, case.window[1]]
    out = []
    for kind in KINDS:
        if kind.what == "quota" and "quota" not in case.priors:
            continue
        row = PARAMETERS[EVENT_CHANGES[kind.what].like]
        reported = None
        if kind.what != "recall" and EVENT_CHANGES[kind.what].before is not None:
            reported = quantiles(last[column_of(kind.what)].mean(axis=1), weights)
        low = np.ceil(_steps(row.low, kind))
        if kind.what in NO_FURTHER:
            most = np.floor(_steps(most_reported(kind.what, case.events, case.priors) or 0.0, kind))
            if most <= low:  # nothing is reported that could be asked to end
                continue
        else:
            further = 0.0 if reported is None else reported[2] * (1.0 if kind.most else 2.0)
            most = np.ceil(_steps(max(kind.most, further), kind))
            most = max(low + 1, min(most, np.floor(_steps(row.high, kind))))
        low, high = (round(float(k * kind.step), 9) for k in (low, most))
        out.append(Lever(kind, row.unit, low, high, reported))
    return out


def _steps(value: float, kind: Kind) -> float:
    """A value in steps of the slider, free of the last bits of a division."""
    return round(value / kind.step, 6)
