"""People over time, by policy: what a page draws, with ranges, and what differs between policies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np

from obrok.answers.words import fitting, period
from obrok.case.case import Case, Policy
from obrok.outward.serve import flows
from obrok.outward.serve.daily import Daily, read
from obrok.outward.serve.desk import Ready, policy_told

#: column of the daily record → what it counts at a day's end
PEOPLE = {
    "at_post": "at their posts",
    "nearby": "left: working nearby",
    "remote": "left: hiding far away",
    "detained": "held by the police",
    "handed_over": "handed over or taken back, so far",
    "settled": "with asylum or papers, so far",
    "returned": "gone home at the end of a contract, or sent home, so far",
    "waiting": "on the way to an empty post",
}
#: outcome → columns that add up to it, what is counted since the window began
FLOWS = {
    "left": (("left_nearby", "left_remote"), "have left their posts"),
    "found": (("found",), "have been found by the police"),
    "handed_over": (("handed_over_flow",), "have been handed over by the police"),
    "let_go": (("let_go",), "have been found and let go"),
    "applied": (("applied",), "have applied for asylum"),
}
MOODS = {
    "watch": "how closely people are watched: the part of their chances to leave that watching takes away",
    "belief": "how likely people think it that those who are found are handed over",
}
#: people on their way are told only where they are more than this part of those at their posts
WORTH_TELLING = 0.05
#: of more policies than this, only those that the case compares are laid over one another
MOST_PAIRED = 8

Told = list[list[int | None]]
_made: dict[str, tuple[tuple, dict]] = {}
_making = threading.Lock()


def view(ready: Ready) -> dict:
    """People and moods by policy and day, and paired differences: `series[policy][measure]` and
    `differences["A|B"][measure]` (A less B, world by world) are three rows, 5, 50 and 95 %, a column a day of `at`. None:
    not told (1 to 4 people of a live case) or not counted yet."""
    return _kept("days", ready, _view)


def money(ready: Ready) -> dict:
    """Money of the window by policy: `flows.money`."""
    return _kept("money", ready, lambda r: common(r, r.policies) | flows.money(r, pairs(r.case, r.policies)))


def _kept(name: str, ready: Ready, make: Callable[[Ready], dict]) -> dict:
    """The last answer again while the result is the same."""
    key = (str(ready.folder), ready.result.record["answers_sha256"])
    with _making:
        if name not in _made or _made[name][0] != key:
            _made[name] = key, make(ready)
        return _made[name][1]


def pairs(case: Case, ran: list[Policy]) -> Iterator[tuple[str, str]]:
    """Policies to lay over one another, in the case's own direction where it compares them."""
    for a, b in combinations([p.id for p in ran], 2):
        compared = [pair for pair in case.compare if set(pair) == {a, b}]
        if compared or len(ran) <= MOST_PAIRED:
            yield compared[0] if compared else (a, b)


def common(ready: Ready, ran: list[Policy]) -> dict:
    """What both pages say of the case: policies that were run, and the events that act under each."""
    case = ready.case
    fits = bool(case.outcome_claims()) and bool(ready.result.summary["weighed"])
    return {
        "period": period(case),
        "fitting": fitting(case, fits),
        "live": case.live,
        "policies": [policy_told(case, p) | {"events": events_under(case, p)} for p in ran],
    }


def events_under(case: Case, policy: Policy) -> list[dict]:
    """What happens under a policy, day by day: the events that the report marks, too."""
    from obrok.outward.charts_days import marked  # matplotlib is slow to import

    told = marked(case)
    out = []
    for day in sorted(told):
        names = [
            e.id.replace("-", " ") for e in case.events
            if e.day == day and (e.id in policy.with_ if e.what_if else e.id not in policy.without)
        ]  # fmt: skip
        names = [n for n in names if n in told[day]]
        if names:
            out.append({"day": day, "date": case.date(day).isoformat(), "names": names})
    return out


def days_of(case: Case, daily: Daily) -> dict:
    first, last = case.window
    return {
        "at": daily.at.tolist(),
        "dates": [case.date(int(d)).isoformat() for d in daily.at],
        "window": [daily.on(first), daily.on(last)],
        "versions": int(daily.times.sum()),
    }


def as_told(values: np.ndarray, case: Case, difference: bool, first: int = 0) -> Told:
    """Counts as they are told, whole; none before day `first`."""
    return [
        [None if k < first or _hidden(v, case, difference) else int(v) for k, v in enumerate(row)] for row in values
    ]


def _hidden(value: float, case: Case, difference: bool) -> bool:
    """In a live case counts below 5 are not told apart (`charts_days`); of differences, 1 to 4 are not told."""
    return case.live and abs(value) < 5 and not (difference and value == 0)


def _view(ready: Ready) -> dict:
    case, ran = ready.case, ready.policies
    columns = dict.fromkeys([*PEOPLE, *(c for parts, _ in FLOWS.values() for c in parts), *MOODS])
    daily = read(ready, list(columns))
    first = daily.on(case.window[0])
    flowing = {p.id: _since(daily, daily.values[p.id], case) for p in ran}

    def three(people: Mapping[str, np.ndarray], counted: Mapping[str, np.ndarray], policy: str, versus: str | None):
        less = versus is not None
        rows = {name: as_told(daily.quantiles(people[name]), case, less) for name in PEOPLE}
        rows |= {f"flow_{name}": as_told(daily.quantiles(x), case, less, first) for name, x in counted.items()}
        for name in ("at_post", *(f"flow_{n}" for n in FLOWS)):
            _as_answered(rows[name], ready, name, policy, versus, daily)
        moods = {name: np.round(daily.quantiles(people[name]), 4).tolist() for name in MOODS}
        return rows | moods

    series = {p.id: three(daily.values[p.id], flowing[p.id], p.id, None) for p in ran}
    differences = {}
    for a, b in pairs(case, ran):
        people = {n: daily.values[a][n] - daily.values[b][n] for n in (*PEOPLE, *MOODS)}
        counted = {n: flowing[a][n] - flowing[b][n] for n in FLOWS}
        differences[f"{a}|{b}"] = three(people, counted, a, b)
    left_out = [] if _worth_telling(daily) else ["waiting"]
    measures = [{"id": n, "label": label, "kind": "people"} for n, label in PEOPLE.items() if n not in left_out]
    measures += [{"id": f"flow_{n}", "label": label, "kind": "flow"} for n, (_, label) in FLOWS.items()]
    measures += [{"id": n, "label": label, "kind": "mood"} for n, label in MOODS.items()]
    return common(ready, ran) | days_of(case, daily) | {
        "measures": measures, "series": series, "differences": differences,
    }  # fmt: skip


def _since(daily: Daily, values: Mapping[str, np.ndarray], case: Case) -> dict[str, np.ndarray]:
    """Flows since the window began: (worlds, days); before it, below or at zero."""
    first, out = case.window[0], {}
    for name, (parts, _) in FLOWS.items():
        so_far = np.sum([values[c] for c in parts], axis=0)
        out[name] = so_far - (so_far[:, [daily.on(first - 1)]] if first else 0)
    return out


def _as_answered(
    rows: Told, ready: Ready, name: str, policy: str, versus: str | None, daily: Daily
) -> None:  # fmt: skip
    """On the window's last day the answers, which are of all versions, stand for the resample: one figure, one value."""
    outcome = "at_post_end" if name == "at_post" else name.removeprefix("flow_")
    try:
        answer = ready.result.answer(outcome, policy, versus)
    except KeyError:
        return
    at = daily.on(ready.case.window[1])
    for row, end in zip(rows, ("p05", "p50", "p95"), strict=True):
        value = answer[end]
        row[at] = None if value is None or _hidden(value, ready.case, versus is not None) else round(value)


def _worth_telling(daily: Daily) -> bool:
    """Whether so many are ever on their way that the others cannot be understood without them."""
    return any(
        daily.quantiles(x["waiting"])[2].max() > WORTH_TELLING * daily.quantiles(x["at_post"])[1].max()
        for x in daily.values.values()
    )
