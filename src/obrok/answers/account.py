"""How sure an answer is, and by what: the account that `obrok explain` gives of each of the leading answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from obrok.answers.answers import HEADLINES, Weighed
from obrok.answers.explain import Left, Leverage
from obrok.answers.quantiles import Ordered
from obrok.answers.unknowns import Bins
from obrok.answers.variance import Regression, features, luck_share, topics, varying
from obrok.case.case import Case
from obrok.case.questions import lines

#: parameters whose Shapley effects are told one by one; the others share theirs
ONE_BY_ONE = 7
#: parameters of a topic that the regression reads: the most telling ones
OF_A_TOPIC = 8
#: the answers of every compared pair that are accounted for
EFFECTS = ("left",)


@dataclass(frozen=True)
class Asked:
    """An answer accounted for: its values in each world, and those lived again with fresh luck, if any."""

    id: str
    policy: str
    versus: str | None
    unit: str
    values: np.ndarray
    repeats: np.ndarray | None


def asked(weighed: Weighed) -> list[Asked]:
    """The headline answers and the case's own questions as reported; of each compared pair, how many more leave."""
    out = []
    for policy, versus, names in _wanted(weighed):
        for name in names:
            if name not in weighed.outcomes[policy]:
                continue
            values, again = weighed.outcomes[policy][name], None
            if weighed.repeats is not None:
                again = weighed.repeats[policy][name]
            if versus is not None:
                values = values - weighed.outcomes[versus][name]
                again = None if again is None else again - weighed.repeats[versus][name]  # type: ignore[index]
                if not np.nan_to_num(values).any():  # the two part later, if at all: nothing to account for
                    continue
            out.append(Asked(name, policy, versus, weighed.unit(name), values, again))
    return out


def _wanted(weighed: Weighed) -> list[tuple[str, str | None, tuple[str, ...]]]:
    factual = weighed.case.factual.id
    heads = tuple(name for names in HEADLINES.values() for name in names)
    pairs = [(a, b) for a, b in weighed.case.compare if {a, b} <= weighed.outcomes.keys()]
    return [(factual, None, (*heads, *leading(weighed.case))), *((a, b, EFFECTS) for a, b in pairs)]


def leading(case: Case) -> tuple[str, ...]:
    """The case's own questions; of many that differ in their days alone, the first that touches the window stands for all."""
    first, last = (case.date(d) for d in case.window)
    spared: set[str] = set()
    for asked in lines(case.questions):
        touching = [q for q in asked if q.days[0] <= last and q.days[1] >= first]
        spared |= {q.id for q in asked} - {(touching or asked)[0].id}
    return tuple(q.id for q in case.questions if q.id not in spared)


def account(weighed: Weighed, read: list[Left], bins: Bins) -> list[dict]:
    """A row for each answer: `due` (shares of the variance of its ranks due to luck, assumptions, hedges), `topics` and
    `parameters` (Shapley effects, as shares of that variance), `leverage`, `readings`, `next` (unknowns worth finding out).

    read: weights by each other reading (`readings`). bins: parameters and replies to questions not yet asked.
    """
    w, wanted = weighed.weights, asked(weighed)
    ordered = [Ordered.of(a.values) for a in wanted]
    ranks = np.stack([o.ranks(w) for o in ordered], axis=1)
    shares = bins.shares(ranks, w)
    due, by_topic, by_one = _shapley(weighed, ranks, shares)
    tables = [(leverage, leverage.moves(ranks)) for leverage in (weighed.leverage, Leverage(read, w))]
    out = []
    for k, a in enumerate(wanted):
        leverage, readings = (
            table.rows(ordered[k], *(x[:, k] for x in moves)) if len(ordered[k].order) else []
            for table, moves in tables
        )
        low, middle, high = ordered[k].quantiles(w)
        luck = None if a.repeats is None else luck_share(a.repeats, _draws(weighed), a.values, w)
        row = (
            {
                "id": a.id, "policy": a.policy, "versus": a.versus, "unit": a.unit, "p05": low, "p50": middle, "p95": high,
                "width": high - low,
                "due": _due(luck, {name: x[k] for name, x in due.items()}),
                "topics": _told({name: x[k] for name, x in by_topic.items()}),
                "parameters": _told({name: x[k] for name, x in by_one.items()}),
                "leverage": leverage, "readings": readings,
                "next": [
                    {"id": name, "share": share, "width": bins.width_after(name, a.values, w)}
                    for name, share in [x for x in shares[k].items() if x[0] != a.id]
                ],
            }
        )  # fmt: skip
        out.append(_without_small(row) if weighed.case.live and a.unit == "people" else row)
    return out


#: figures of an account that tell how many people
COUNTS = ("p05", "p50", "p95", "width", "p50_without", "width_without")


def _without_small(value):
    """A row of a live case: no count of 1 to 4 is told."""
    if isinstance(value, list):
        return [_without_small(v) for v in value]
    if not isinstance(value, dict):
        return value
    hidden: dict = {k: None for k in COUNTS if isinstance(value.get(k), (int, float)) and 0 < abs(value[k]) < 5}
    if hidden.keys() & {"p05", "p95"}:  # with the other end, the width would tell the one that is hidden
        hidden["width"] = None
    if value.get("p50_interval"):
        hidden["p50_interval"] = [None if 0 < abs(x) < 5 else x for x in value["p50_interval"]]
    return {k: _without_small(v) for k, v in value.items()} | hidden


def _draws(weighed: Weighed) -> np.ndarray:
    assert weighed.repeat_weights is not None
    return weighed.repeat_weights


def _shapley(weighed: Weighed, ranks: np.ndarray, shares: list[dict[str, float]]):
    """Shapley effects of assumptions and hedges, of topics, and of the parameters that tell most; each (answers,)."""
    case, w = weighed.case, weighed.weights
    most: dict[str, float] = dict.fromkeys(varying({n: weighed.draws[n] for n in case.priors}), 0.0)
    for row in shares:
        for name, share in row.items():
            if name in most:
                most[name] = max(most[name], share)
    names = sorted(most, key=lambda n: -most[n])
    if not names:
        return {}, {}, {}
    few = [n for names_of in topics(case, names).values() for n in names_of[:OF_A_TOPIC]]
    x = {n: features(weighed.draws[n], w) for n in few}

    def effects(groups: Mapping[str, list[str]]) -> dict[str, np.ndarray]:
        held = {
            g: np.concatenate([x[n] for n in members if n in x], axis=1) for g, members in groups.items() if members
        }
        return Regression(held, ranks, w).shapley()

    leading = [n for n in names if n in x][:ONE_BY_ONE]
    kinds = {
        "assumptions": [n for n in few if n in weighed.assumed],
        "hedges": [n for n in few if n not in weighed.assumed],
    }
    one_by_one = {n: [n] for n in leading} | {"all others": [n for n in few if n not in leading]}
    return effects(kinds), effects(topics(case, few)), effects(one_by_one)


def _due(luck: float | None, explained: Mapping[str, float]) -> dict[str, float] | None:
    """Luck is measured; what is left is shared out in proportion to what assumptions and hedges explain."""
    total = sum(max(0.0, x) for x in explained.values())
    if luck is None or total <= 0:
        return None
    return {"luck": luck} | {name: (1 - luck) * max(0.0, x) / total for name, x in explained.items()}


def _told(effects: Mapping[str, float]) -> list[dict]:
    return [{"id": n, "share": max(0.0, float(x))} for n, x in sorted(effects.items(), key=lambda item: -item[1])]
