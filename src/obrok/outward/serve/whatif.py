"""What-ifs of a finished result: a picture at once from some versions, then the answer from all of them.

The quick picture is of a resample by weight, lived up to the window once (`worlds.branch`): a draft only lives what comes
after. The exact answer lives every version that was kept, as `obrok run` does: saved and run, the policy has these figures.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from obrok.answers.answers import Weighed, all_answers
from obrok.answers.quantiles import column_quantiles
from obrok.answers.unknowns import Bins
from obrok.answers.weigh import Weights
from obrok.answers.words import difference, difference_span, number, percent
from obrok.case.case import Case
from obrok.case.events import Policy
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import COLUMN
from obrok.outward.files import answer_columns, column_of, rounded
from obrok.outward.options import options_of
from obrok.outward.serve.desk import Ready
from obrok.outward.serve.drafts import Draft, with_draft
from obrok.outward.serve.levers import Lever, levers
from obrok.outward.stages import picked
from obrok.worlds.branch import Lived, Part, Reach, Trunk, parting
from obrok.worlds.population import touched_by
from obrok.worlds.proposal import Proposal
from obrok.worlds.run import Plan, prepare

#: versions of a quick picture; where a version is large, fewer: about so many person-days, and never less than `FEWEST`
QUICK, PERSON_DAYS, FEWEST = 1000, 4e8, 10
#: which part of them the first look is of; of less where others wait
FIRST = 0.35
#: days of a curve; trunks that are kept; seconds for which one counts as in use; days to which an early start is rounded
POINTS, TRUNKS, IN_USE, EARLY = 60, 3, 10.0, 90
#: what hazards hang on: worlds must be ready for policies that change it
GUARDED = frozenset({"effort", "help", "watch", "wage", "fee", "deductions", "quota"})
#: seconds that a quick picture may take to make more versions ready
AT_ONCE = 0.3
#: versions that the exact answer takes in one go, between two looks at whether someone drags
GO = 50

#: what is drawn: name → columns of the record that are added up, and their unit
CURVES: dict[str, tuple[tuple[str, ...], str]] = {
    "left": (("left_nearby", "left_remote"), "people"),
    "at_post": (("at_post",), "people"),
    "nearby": (("nearby",), "people"),
    "remote": (("remote",), "people"),
    "found": (("found",), "people"),
    "handed_over": (("handed_over_flow",), "people"),
    "let_go": (("let_go",), "people"),
    "applied": (("applied",), "people"),
    "to_state": (("to_state",), "USD"),
    "to_enterprise": (("to_enterprise",), "USD"),
    "kept": (("kept",), "USD"),
    "sent_home": (("sent_home",), "USD"),
    "outside": (("outside",), "USD"),
    "watch": ((), "share"),
    "belief": ((), "share"),
}
#: curves that count from the window's first day, as the answers do
SINCE = frozenset(CURVES) - {"at_post", "nearby", "remote", "watch", "belief"}


class Stopped(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True)
class Sample:
    """Some versions under the case's own policy and, maybe, a draft: what pictures and figures are read off. `versions`:
    how many; those that were picked again count again."""

    weights: np.ndarray
    versions: int
    own: Lived
    draft: Lived


class Workbench:
    """What-ifs of one finished result. Safe to use from many threads: one quick picture at a time, one exact answer."""

    def __init__(self, ready: Ready, threads: int = 0):
        self.ready, self.case = ready, ready.case
        self.threads = threads or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self.threads, "quick")
        self._quick, self._slow, self._count = threading.Lock(), threading.Lock(), threading.Lock()
        self._waiting = 0
        self._trunks: OrderedDict[tuple[int, frozenset[str]], tuple[Trunk, float]] = OrderedDict()
        self._own: Lived | None = None
        self._begun: dict[int, Lived] = {}

    # -- the result
    @cached_property
    def plan(self) -> Plan:
        made = self.ready.result.record
        options, row = options_of(made["identity"]), made["proposal"]
        proposal = Proposal.from_json(row["guess"]) if row else None
        return Plan(self.case, options.seed, (self.case.factual,), options.fix, proposal)

    @cached_property
    def _table(self) -> dict[str, np.ndarray]:
        table = self.ready.result.table
        here = table["policy"] == self.case.factual.id
        order = np.argsort(table["world"][here], kind="stable")
        return {name: x[here][order] for name, x in table.items()}

    @cached_property
    def weights(self) -> np.ndarray:
        """Of every version that was kept, summing to 1."""
        return Weights(self._table["log_weight"], {}).normal

    @property
    def numbers(self) -> np.ndarray:
        return self._table["world"]

    @cached_property
    def points(self) -> np.ndarray:
        """The days of a curve: from the eve of the window to its last day."""
        first, last = self.case.window
        return np.unique(np.linspace(max(0, first - 1), last, POINTS).round().astype(int))

    @cached_property
    def _picked(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of a resample by weight, and how often each was picked; of few versions, all that have weight, and theirs."""
        posts = float(np.median(self._table["posts"]))
        n = int(np.clip(PERSON_DAYS / (posts * self.case.days), FEWEST, QUICK))
        if len(self.weights) <= n:
            rows = np.flatnonzero(self.weights)
            return rows, self.weights[rows] * len(rows)
        times = picked(self.weights, n, self.plan.seed, "dashboard")
        rows = np.flatnonzero(times)
        return rows, times[rows].astype(float)

    @property
    def times(self) -> np.ndarray:
        """How often each version of the quick picture counts."""
        return self._picked[1]

    @cached_property
    def levers(self) -> list[Lever]:
        own = prepare(self.plan, self.numbers[self._picked[0]]).host.factual
        return levers(self.case, own, self.times)

    # -- the quick picture
    def quick(self, draft: Draft, stopped: Callable[[], bool] = lambda: False, begun: Sample | None = None) -> Sample:
        """The draft in some versions: first in a part of the resample, then (`begun`: what that gave) in the whole of it, as
        far as versions are ready, or can be made so `AT_ONCE`. Raises Stopped."""
        case, policy = with_draft(self.case, draft)
        with self._count:
            self._waiting += 1
        try:
            with _turn(self._quick, stopped):
                trunk = self._trunk(case, policy)
                self._grow(trunk, time.monotonic() + AT_ONCE)
                done = 0 if begun is None else -(-len(begun.own.watch) // trunk.size)
                first = round(FIRST * len(trunk.parts) / min(self._waiting, 4))
                parts = len(trunk.parts) if begun else max(self.threads, first)
                if done >= parts:
                    return begun  # type: ignore[return-value]
                own, lived = trunk.branch(case, policy, slice(done, parts), self._pool, lambda: _go_on(stopped))
        finally:
            with self._count:
                self._waiting -= 1
        if begun is not None:
            own, lived = Lived.joined([begun.own, own]), Lived.joined([begun.draft, lived])
        times = self.times[: len(lived.watch)]
        return Sample(times / times.sum(), round(times.sum()), own, lived)

    def make_ready(self, draft: Draft, stopped: Callable[[], bool] = lambda: False) -> None:
        """Makes the rest of the resample ready for drafts like this one, stepping aside for pictures. Raises Stopped."""
        case, policy = with_draft(self.case, draft)
        while True:
            self._step_aside()
            with _turn(self._quick, stopped):
                trunk = self._trunk(case, policy)
                if not trunk.left:
                    return
                self._grow(trunk, time.monotonic())

    def _step_aside(self) -> None:
        """Waits while somebody drags, but not for ever."""
        until = time.monotonic() + 1.0
        while self._waiting and time.monotonic() < until:
            time.sleep(0.01)

    def _grow(self, trunk: Trunk, until: float) -> None:
        """Makes more versions ready, until a moment."""
        trunk.grow(self.threads, self._pool)
        while trunk.left and time.monotonic() < until:
            trunk.grow(self.threads, self._pool)

    def _trunk(self, case: Case, policy: Policy) -> Trunk:
        """Versions lived as reported up to the window, or to an earlier round day on which the policy parts, ready to go as
        far as its levers go. Where there are too many, the one that waited longest goes; where it is still in use, the new
        one does for both."""
        first, day = self.case.window[0], parting(case, policy)
        until, whats = first if day >= first else day // EARLY * EARLY, touched_by(case, policy) & GUARDED
        full, now = len(self._trunks) >= TRUNKS, time.monotonic()
        fit = [k for k in self._trunks if (k[0] == until or (full and k[0] < until)) and whats <= k[1]]
        if fit:
            key = max(fit, key=lambda k: (k[0], -len(k[1])))
        else:
            if full:
                (old_until, old_whats), (_, used) = self._trunks.popitem(last=False)
                if now < used + IN_USE:
                    until, whats = min(until, old_until), whats | old_whats
            key = until, whats
            numbers = self.numbers[self._picked[0]]
            self._trunks[key] = Trunk(self.plan, numbers, until, self.points, self._reach(whats)), now
        trunk, _ = self._trunks.pop(key)
        self._trunks[key] = trunk, now
        return trunk

    def _reach(self, whats: Iterable[str]) -> Reach:
        """How far policies may go that change these: to anything that a slider has."""
        ends = {lever.kind.what: (lever.low, lever.high) for lever in self.levers} if whats else {}
        return {what: ends.get(what, ()) for what in whats}

    # -- the exact answer
    def exact(
        self, draft: Draft, tell: Callable[[int, int], None], stopped: Callable[[], bool] = lambda: False
    ) -> Sample:
        """The draft in every version that was kept; steps aside while someone drags. `tell`: of versions lived, of so many.
        Raises Stopped; what was lived as reported until then is not lived again."""
        case, policy = with_draft(self.case, draft)
        n = len(self.numbers)
        with _turn(self._slow, stopped):
            before = 0 if self._own else n
            if self._own is None:
                own = self._all(self.case, self.case.factual, self._begun, lambda k: tell(k, 2 * n), stopped)
                self._own = Lived.joined(own)
                self._begun.clear()
            drafted = self._all(case, policy, {}, lambda k: tell(before + k, before + n), stopped)
            return Sample(self.weights, n, self._own, Lived.joined(drafted))

    def _all(
        self,
        case: Case,
        policy: Policy,
        begun: dict[int, Lived],
        tell: Callable[[int], None],
        stopped: Callable[[], bool],
    ) -> list[Lived]:
        """Every version that was kept, piece by piece. `begun`: by number, the pieces that are lived already; new ones are
        put there."""
        numbers, reach = self.numbers, self._reach(touched_by(case, policy) & GUARDED)
        go = 1 if self.plan.heavy else GO
        pieces = [numbers[i : i + go] for i in range(0, len(numbers), go)]

        def live(k: int) -> None:
            self._step_aside()
            _go_on(stopped)
            if k not in begun:
                begun[k] = Part.of(self.plan, pieces[k], 0, reach, self.points).branch(self.plan, case, policy)

        done = 0
        tell(done)
        with ThreadPoolExecutor(self.threads, "exact") as pool:
            try:
                for k, _ in enumerate(pool.map(live, range(len(pieces)))):
                    done += len(pieces[k])
                    tell(done)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [begun[k] for k in range(len(pieces))]

    # -- what is read off
    def answers(self, draft: Draft, sample: Sample, words: bool) -> list[dict]:
        """Every outcome (with `words` every question, too, and sentences): as reported, under the draft, and the paired
        difference."""
        case, policy = with_draft(self.case, draft)
        own = case.factual.id
        names = answer_columns(case) if words else OUTCOMES
        lived = {own: sample.own, policy.id: sample.draft}
        table = {p: {name: x.answers[name] for name in names} for p, x in lived.items()}
        w = sample.weights
        draws: dict[str, np.ndarray] = (
            {name: self._table[column_of(name)] for name in self.case.priors} if words else {"filled": w}
        )
        prior = np.full(len(w), 1.0 / len(w))  # that claims weighed the versions is all that is asked of it
        weighed = Weighed(case, draws, table, w, prior, [], Bins({}, 0, [], {}), frozenset())
        found = {(a.id, a.policy, a.versus): a for a in all_answers(weighed)}
        out = []
        for name in names:
            a, b, d = (found[name, p, v] for p, v in ((own, None), (policy.id, None), (policy.id, own)))
            row: dict[str, Any] = {"id": name, "unit": a.unit, "more": d.chance_more, "less": d.chance_less}
            for key, x in (("own", a), ("draft", b), ("difference", d)):
                row[key] = [x.p05, x.p50, x.p95]
                row[f"{key}_text"] = (difference_span if x is d else span_text)(row[key], a.unit)
            row["difference_middle"] = difference(d.p50, a.unit)
            row |= {"more_text": percent(d.chance_more or 0.0), "less_text": percent(d.chance_less or 0.0)}
            out.append(rounded(row | ({"text": b.text, "effect": d.text} if words else {})))
        return out

    def curve(self, sample: Sample, name: str) -> dict:
        """One curve: as reported, under the draft, and the paired difference; each 5, 50 and 95 % by point."""
        columns, unit = CURVES[name]

        def values(lived: Lived) -> np.ndarray:
            if not columns:
                return getattr(lived, name)
            x = lived.series[:, :, [COLUMN[c] for c in columns]].sum(axis=2)
            if name in SINCE and self.points[0] < self.case.window[0]:
                x = x - x[:, :1]
            return x / 100.0 if unit == "USD" else x

        own, draft = values(sample.own), values(sample.draft)
        found = {"own": own, "draft": draft, "difference": draft - own}
        hide = self.case.live and unit == "people"
        bands = {k: column_quantiles(x, sample.weights) for k, x in found.items()}
        told = {k: np.where(np.abs(b) < 5, 0.0, b) if hide else b for k, b in bands.items()}
        return {
            "name": name,
            "unit": unit,
            **{k: [[float(f"{v:.6g}") for v in row] for row in b] for k, b in told.items()},
        }


def _go_on(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Stopped


@contextmanager
def _turn(lock: threading.Lock, stopped: Callable[[], bool]) -> Iterator[None]:
    """One at a time; who need not wait any more raises Stopped."""
    while not lock.acquire(timeout=0.05):
        _go_on(stopped)
    try:
        _go_on(stopped)
        yield
    finally:
        lock.release()


def span_text(q: list[float | None], unit: str) -> str:
    """A range in a cell: "4 to 156"."""
    low, high = number(q[0], unit), number(q[2], unit)
    return low if low == high else f"{low} to {high}"
