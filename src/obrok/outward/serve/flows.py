"""Where the money goes: from employers to the state, the enterprise, workers and home, under each policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from obrok.answers.quantiles import Ordered, quantiles
from obrok.answers.weigh import Weights
from obrok.outward.serve.daily import Daily, read
from obrok.outward.serve.desk import Ready

#: account → what it is; those in `WHOLE` follow from the others
ACCOUNTS = {
    "gross": "paid by employers",
    "to_state": "to the state",
    "to_enterprise": "to the enterprise",
    "kept": "kept by the workers out of their pay",
    "side": "earned by them in side jobs",
    "in_hand": "in the workers' hands: kept, and from side jobs",
    "sent_home": "sent home",
    "left_over": "left to the workers to live on",
    "outside": "earned by those who left",
    "fees_lost": "dues the state lost when people left",
}
WHOLE = ("gross", "in_hand", "left_over")
READ = tuple(name for name in ACCOUNTS if name not in WHOLE)
#: parts of what employers paid; accounts of people at their posts, told by head and month, too
PARTS = ("to_state", "to_enterprise", "kept")
BY_HEAD = ("gross", *PARTS, "side", "in_hand", "sent_home", "left_over")
MONTH = 365 / 12

Accounts = dict[str, np.ndarray]


def money(ready: Ready, pairs: Iterable[tuple[str, str]]) -> dict:
    """By policy, in US dollars of the window: `totals[policy][account]` (mean, p05, p50, p95, over all versions by weight),
    `links[policy]` (the means, as flows that balance), `shares[policy][part]` of what employers paid, `by_head[policy]
    [account]` by head and month at a post, `series[policy][account]` since the window began, by day of `at` (three rows: 5,
    50, 95 %). `differences["A|B"]`, `series_differences["A|B"]`: A less B, version by version."""
    all_of, weights = _worlds(ready)
    first, last = ready.case.window
    daily = read(ready, READ, (first - 1, last))
    since = {p: _since(daily, values, ready) for p, values in daily.values.items()}
    totals = {p: _totals(ready, p, x, weights) for p, x in all_of.items()}
    pairs = list(pairs)
    at = daily.at[daily.on(first) :]
    return {
        "accounts": ACCOUNTS,
        "dates": [ready.case.date(int(d)).isoformat() for d in at],
        "at": at.tolist(),
        "versions": int(daily.times.sum()),
        "totals": totals,
        "links": {p: links({n: t["mean"] for n, t in x.items()}) for p, x in totals.items()},
        "shares": {p: _shares(daily, x) for p, x in since.items()},
        "by_head": {p: _by_head(daily, x, daily.person_days[p]) for p, x in since.items()},
        "series": {p: _over_time(daily, x, totals[p]) for p, x in since.items()},
        **_compared(ready, pairs, all_of, weights, daily, since),
    }


def whole(parts: Accounts) -> Accounts:
    """With what follows: employers paid what went to the state, the enterprise and the workers; workers keep what they have
    and do not send home."""
    in_hand = parts["kept"] + parts["side"]
    follows = {
        "gross": parts["to_state"] + parts["to_enterprise"] + parts["kept"],
        "in_hand": in_hand,
        "left_over": in_hand - parts["sent_home"],
    }
    return {name: follows[name] if name in WHOLE else parts[name] for name in ACCOUNTS}


def links(mean: Mapping[str, float]) -> list[dict]:
    """Means as flows between places: what comes to each is what goes on from it. Where a quota takes more than pay leaves,
    the rest is paid out of side jobs."""
    from_side = max(0.0, -mean["kept"])
    flows = (
        ("employers", "state", "to_state", mean["to_state"] - from_side),
        ("employers", "enterprise", "to_enterprise", mean["to_enterprise"]),
        ("employers", "workers", "kept", max(0.0, mean["kept"])),
        ("side jobs", "state", "to_state", from_side),
        ("side jobs", "workers", "side", mean["side"] - from_side),
        ("workers", "home", "sent_home", mean["sent_home"]),
        ("workers", "living", "left_over", mean["left_over"]),
        ("work outside", "leavers", "outside", mean["outside"]),
    )
    return [{"source": a, "target": b, "account": name, "value": x} for a, b, name, x in flows if x > 0]


def _worlds(ready: Ready) -> tuple[dict[str, Accounts], np.ndarray]:
    """Accounts of every possible world by policy, in dollars of the window, and the worlds' weights."""
    import duckdb

    files = [str(p) for p in sorted((ready.folder / "worlds").glob("batch-*.parquet"))]
    with duckdb.connect(config={"threads": 1}) as db:
        db.read_parquet(files).filter("possible").create_view("worlds")
        rows = db.execute(
            f"SELECT policy, log_weight, {', '.join(READ)} FROM worlds ORDER BY policy, world"
        ).fetchnumpy()
    policy = np.asarray(rows["policy"])
    out = {str(p): whole({n: np.asarray(rows[n])[policy == p] for n in READ}) for p in np.unique(policy)}
    return out, Weights(np.asarray(rows["log_weight"])[policy == policy[0]], {}).normal


def _totals(ready: Ready, policy: str, accounts: Accounts, weights: np.ndarray) -> dict[str, dict]:
    """The answers' figures, where there are such answers."""
    out = {}
    for name, x in accounts.items():
        q = dict(zip(("p05", "p50", "p95"), quantiles(x, weights), strict=True))
        out[name] = {"mean": float((weights * x).sum())} | _answered(ready, q, name, policy, None)
    return out


def _answered(ready: Ready, q: dict, name: str, policy: str, versus: str | None) -> dict:
    if name not in READ:
        return q
    try:
        answer = ready.result.answer(name, policy, versus)
    except KeyError:
        return q
    return {end: answer[end] for end in q}


def _since(daily: Daily, values: Accounts, ready: Ready) -> Accounts:
    """Dollars since the window began, by day of the window: (worlds, days)."""
    begins = daily.on(ready.case.window[0])

    def of(name: str) -> np.ndarray:
        x = values[name]
        return (x[:, begins:] - (x[:, [begins - 1]] if begins else 0)) / 100

    return whole({name: of(name) for name in READ})


def _shares(daily: Daily, since: Accounts) -> dict[str, list[float]]:
    gross = np.maximum(since["gross"][:, -1:], 0.01)
    return {n: np.round(daily.quantiles(since[n][:, -1:] / gross)[:, 0], 6).tolist() for n in PARTS}


def _by_head(daily: Daily, since: Accounts, person_days: np.ndarray) -> dict[str, list[float]]:
    months = np.maximum(person_days[:, None] / MONTH, 1 / MONTH)
    return {n: np.round(daily.quantiles(since[n][:, -1:] / months)[:, 0], 2).tolist() for n in BY_HEAD}


def _over_time(daily: Daily, since: Accounts, ends: Mapping[str, Mapping]) -> dict[str, list[list[float]]]:
    """By day; on the last, the figures of all versions."""
    out = {}
    for name, x in since.items():
        rows = np.round(daily.quantiles(x)).tolist()
        for row, end in zip(rows, ("p05", "p50", "p95"), strict=True):
            row[-1] = ends[name][end]
        out[name] = rows
    return out


def _compared(
    ready: Ready, pairs: list[tuple[str, str]], all_of: Mapping[str, Accounts], weights: np.ndarray, daily: Daily,
    since: Mapping[str, Accounts],
) -> dict:  # fmt: skip
    differences, by_day = {}, {}
    for a, b in pairs:
        key = f"{a}|{b}"
        differences[key] = {n: _difference(ready, n, a, b, all_of[a][n] - all_of[b][n], weights) for n in ACCOUNTS}
        by_day[key] = _over_time(daily, {n: since[a][n] - since[b][n] for n in ACCOUNTS}, differences[key])
    return {"differences": differences, "series_differences": by_day}


def _difference(ready: Ready, name: str, a: str, b: str, x: np.ndarray, weights: np.ndarray) -> dict:
    q = dict(zip(("p05", "p50", "p95"), Ordered.of(x).quantiles(weights), strict=True))
    tiny = 1e-9 * max(1.0, float(np.abs(x).max(initial=0.0)))
    chances = {"more": float(weights[x > tiny].sum()), "less": float(weights[x < -tiny].sum())}
    return _answered(ready, q, name, a, b) | chances
