"""Two runs side by side: what differs in how they were made, and which answers differ beyond chance.

Chance: a run imagines some versions of what happened, another would imagine others. How far a quantile may be off for
that alone is told by ranks: of n versions (effective sample size: Kish 1965), the share p is known to z √(p (1 − p) / n), so
the quantile lies between those at the ends of that. It supposes nothing of how values are spread, and holds for counts.
Two such intervals make one of the difference (MOVER: Zou and Donner 2008, Statistics in Medicine 27, 1693). The level is
shared out among all that is compared (Bonferroni): of two runs that differ in their seed alone, some answer somewhere is
called different once in 20 comparisons at most.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import NormalDist

import numpy as np

from obrok.outward.folder import RECORD, inside
from obrok.outward.runs.record import LONGEST_FILE, is_figure, plain, read_object
from obrok.outward.runs.run import Run
from obrok.problems import Problem, ProblemsFound
from obrok.worlds.places import Folder, Place

#: chance that two runs which differ in their seed alone are told apart by any of the answers compared
FALSE_ALARM = 0.05
QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
Key = tuple[str, str, str | None]
Three = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Figure:
    """An answer as answers.json has it: 5, 50, 95 % quantiles (None: not told)."""

    unit: str
    quantiles: Three
    text: str


@dataclass(frozen=True)
class Side:
    """One of the runs compared. `figures`: by (id, policy, versus)."""

    place: Place
    run: Run
    record: dict
    summary: dict
    figures: dict[Key, Figure]

    @cached_property
    def worlds(self) -> Worlds | None:
        """The versions that the answers were read off; None where they are not there or cannot be read."""
        import duckdb

        from obrok.worlds import store

        here = self.place
        names = [n for n in here.names(inside(self.run.folder, "worlds")) if n.endswith(".parquet")]
        with tempfile.TemporaryDirectory(prefix="obrok-") as folder:
            files = [
                here.root / n if isinstance(here, Folder) else Path(folder, f"{k}.parquet") for k, n in enumerate(names)
            ]
            if not isinstance(here, Folder):
                for name, file in zip(names, files, strict=True):
                    file.write_bytes(here.get(name, LONGEST_FILE) or b"")
            try:
                return Worlds.of(store.read_tables(files)) if files else None
            except (duckdb.Error, KeyError, ValueError, TypeError, IndexError):  # no table of obrok's
                return None


def side(place: Place, run: Run) -> Side:
    """A finished run, read. Raises `ProblemsFound`."""
    if not run.has_answers:
        told = f"it is {run.state}" if run.kind == "run" else f"it is a {run.kind}"
        why = f"{told}{': ' + plain(run.why) if run.why else ''}"
        raise ProblemsFound([Problem(plain(run.name), 0, why, "two finished runs can be compared.")])
    made, summary = (
        read_object(place, inside(run.folder, name), most)
        for name, most in ((RECORD, LONGEST_FILE), ("answers.json", LONGEST_FILE))
    )
    figures = figures_of(summary) if isinstance(summary, dict) else {}
    if isinstance(made, str) or isinstance(summary, str) or not figures:
        wrong = f"{RECORD} {made}" if isinstance(made, str) else f"answers.json {summary}"
        wrong = wrong if isinstance(made, str) or isinstance(summary, str) else "answers.json holds no answers"
        raise ProblemsFound([Problem(plain(run.name), 0, wrong, "run it again, or ask whom it came from.")])
    return Side(place, run, made, summary, figures)


def figures_of(summary: Mapping) -> dict[Key, Figure]:
    """The answers of answers.json; what is not shaped as one is left out."""
    out: dict[Key, Figure] = {}
    rows = summary.get("answers")
    for a in rows if isinstance(rows, list) else []:
        if not isinstance(a, dict):
            continue
        id, policy, versus, unit, text = (a.get(k) for k in ("id", "policy", "versus", "unit", "text"))
        three = tuple(a.get(k) for k in QUANTILES)
        words = all(isinstance(x, str) and len(x) < 200 for x in (id, policy, unit)) and isinstance(versus, str | None)
        if words and all(x is None or is_figure(x) for x in three):
            out[id, policy, versus] = Figure(unit, three, text if isinstance(text, str) else "")  # type: ignore[index, arg-type]
    return out


def factual_of(summary: Mapping, run: Run) -> str:
    """The policy that was reported: the one whose answers have leverage."""
    rows = summary.get("leverage")
    policies = {r.get("policy") for r in rows if isinstance(r, dict)} if isinstance(rows, list) else set()
    return next((p for p in run.policies if p in policies), run.policies[0])


# -- versions
@dataclass(frozen=True)
class Worlds:
    """Values of each policy by version, versions in one order; `weights` sum to 1."""

    policies: dict[str, dict[str, np.ndarray]]
    weights: np.ndarray

    @staticmethod
    def of(table: Mapping[str, np.ndarray]) -> Worlds | None:
        from obrok.answers.weigh import Weights

        policies, logs = {}, None
        for policy in np.unique(table["policy"]):
            rows = np.flatnonzero(table["policy"] == policy)
            rows = rows[np.argsort(table["world"][rows], kind="stable")]
            if logs is not None and not np.array_equal(table["log_weight"][rows], logs):
                return None
            logs = table["log_weight"][rows]
            policies[str(policy)] = {name: x[rows] for name, x in table.items() if x.dtype.kind in "iuf"}
        return None if logs is None else Worlds(policies, Weights(logs, {}).normal)

    def values(self, key: Key) -> np.ndarray | None:
        id, policy, versus = key
        out = self._column(id, policy)
        if versus is None or out is None:
            return out
        other = self._column(id, versus)
        return None if other is None else out - other

    def _column(self, id: str, policy: str) -> np.ndarray | None:
        table = self.policies.get(policy, {})
        found = table.get(id, table.get(f"question {id}"))
        return None if found is None else found.astype(float)

    def may_be(self, key: Key, told: Three, z: float) -> list[tuple[float, float]] | None:
        """Between what each quantile lies, for chance alone (±∞: too few versions to tell). None where these versions do
        not give the answer that is told."""
        from obrok.answers.quantiles import Ordered
        from obrok.answers.weigh import effective_sample_size

        values = self.values(key)
        if values is None:
            return None
        ordered, w = Ordered.of(values), self.weights
        there = w[ordered.order]
        if not there.sum() > 0:
            return None
        again = ordered.quantiles(w, tuple(QUANTILES.values()))
        if any(
            x is not None and not math.isclose(x, y, rel_tol=1e-8, abs_tol=1e-9)
            for x, y in zip(told, again, strict=True)
        ):
            return None
        n = effective_sample_size(there)
        out = []
        for p in QUANTILES.values():
            off = z * math.sqrt(p * (1 - p) / n)
            low, high = ordered.quantiles(w, (max(p - off, 1e-12), min(p + off, 1.0)))
            out.append((low if p > off else -math.inf, high if p + off < 1 else math.inf))
        return out


# -- side by side
@dataclass(frozen=True)
class Pair:
    """An answer of both. `beyond`: whether it differs beyond what chance explains (None: cannot be told); `shift`: the
    largest difference of a quantile, in widths of the wider range."""

    key: Key
    a: Figure
    b: Figure
    beyond: bool | None
    shift: float

    @property
    def same(self) -> bool:
        return self.a.quantiles == self.b.quantiles


def pairs(a: Side, b: Side, answers: Sequence[str] = (), policies: Sequence[str] = ()) -> list[Pair]:
    """Answers of both, those beyond chance first, then by how far they differ. `answers`, `policies`: only these ids.
    Raises `ProblemsFound` where none is left."""
    keys = [k for k, f in a.figures.items() if k in b.figures and b.figures[k].unit == f.unit]
    _known("--answer", answers, [k[0] for k in keys])
    _known("--policy", policies, [k[1] for k in keys])
    keys = [k for k in keys if (not answers or k[0] in answers) and (not policies or k[1] in policies)]
    if not keys:
        raise ProblemsFound(
            [Problem("compare", 0, "no answer is in both", "compare runs of one case, and one policy of both.")]
        )
    z = NormalDist().inv_cdf(1 - FALSE_ALARM / (2 * len(QUANTILES) * len(keys)))
    out = [_pair(a, b, key, z) for key in keys]
    return sorted(out, key=lambda p: (p.beyond is not True, -p.shift))


def _known(option: str, asked: Iterable[str], known: Sequence[str]) -> None:
    there = dict.fromkeys(known)
    wrong = [x for x in asked if x not in there]
    if wrong:
        mend = f"in both there are: {', '.join(plain(k) for k in list(there)[:60])}."
        raise ProblemsFound([Problem(option, 0, f"no answer of `{plain(x[:80])}` in both", mend) for x in wrong])


def _pair(a: Side, b: Side, key: Key, z: float) -> Pair:
    one, two = a.figures[key], b.figures[key]
    told = [(x, y) for x, y in zip(one.quantiles, two.quantiles, strict=True) if x is not None and y is not None]
    width = max((abs(f.quantiles[2] - f.quantiles[0]) for f in (one, two) if None not in f.quantiles), default=0.0)  # type: ignore[operator]
    most = max((abs(x - y) for x, y in told), default=0.0)
    shift = most / width if width else float(most > 0)
    return Pair(key, one, two, _beyond(a, b, key, z), shift)


def _beyond(a: Side, b: Side, key: Key, z: float) -> bool | None:
    """Whether any quantile differs by more than both may be off together. An end of the range that too few versions tell
    of is not judged; where the middle is none, nothing is."""
    one, two = a.figures[key].quantiles, b.figures[key].quantiles
    if one == two:
        return False
    if None in one or None in two or a.worlds is None or b.worlds is None:
        return None
    may_a, may_b = a.worlds.may_be(key, one, z), b.worlds.may_be(key, two, z)
    if may_a is None or may_b is None:
        return None
    offs = []
    for x, y, (low_a, high_a), (low_b, high_b) in zip(one, two, may_a, may_b, strict=True):
        assert x is not None and y is not None
        offs.append(math.hypot(high_a - x, y - low_b) if y > x else math.hypot(x - low_a, high_b - y))
        if abs(y - x) > offs[-1]:
            return True
    return False if math.isfinite(offs[1]) else None
