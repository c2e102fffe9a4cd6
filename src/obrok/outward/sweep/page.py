"""The page of a sweep: how the leading answers follow what varies, in pictures and a table."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from obrok.answers.weigh import ENOUGH
from obrok.answers.words import describe, number
from obrok.case.case import Case, Policy
from obrok.outward import pages, rows
from obrok.outward.charts import LINES, Picture, bare, new_figure, picture
from obrok.outward.columns import outcome

if TYPE_CHECKING:
    from obrok.outward.sweep.sweep import Plan

#: answers that are drawn; points beyond which single ones are not; groups that many values are put together in
DRAWN, SINGLE, GROUPS = ("left", "found", "handed_over", "to_state"), 400, 8
Table = Mapping[str, np.ndarray]


def page(plan: Plan, table: Table, answers: Sequence[Mapping]) -> str:
    """sweep.html. `table`: answers.parquet; `answers`: of each point, with how many versions count there."""
    axes = [*plan.axes] or ["seed"]
    blocks = []
    for case in plan.cases.values():
        mine = np.array([plan.cases[p.case] is case for p in plan.points])
        here = mine[table["point"]]
        own = {name: column[here] for name, column in table.items()}
        blocks.append((case, [drawn(case, axis, own) for axis in axes], ranks(axes, own, case)))
    few = sum(a["effective_sample_size"] < ENOUGH for a in answers)
    return pages.environment().get_template("sweep.html").render(
        blocks=blocks, points=len(plan.points), worlds=plan.worlds, weighed=plan.weigh, few=few, enough=ENOUGH,
        axes=[_axis(plan, name) for name in axes], answers=[outcome(name) for name in DRAWN],
        identity=plan.identity(),
    )  # fmt: skip


def _axis(plan: Plan, name: str) -> tuple[str, str, str]:
    """A name, where it goes from and to, and what it is."""
    if name == "seed":
        values, meaning, unit = [float(p.seed) for p in plan.points], "random numbers: the same model, other luck", ""
    else:
        case = next(iter(plan.cases.values()))
        unit, meaning = case.priors[name].parameter.unit, rows.meaning(case, name)
        values = [p.fix[name] for p in plan.points if name in p.fix]
    return name, f"{min(values):g} to {max(values):g} {unit}".strip(), meaning


# --- pictures --------------------------------------------------------------------------------------------------------
def drawn(case: Case, axis: str, table: Table) -> Picture:
    """How each leading answer follows an axis, under every policy: its middle, and its range as reported."""
    policies = [p for p in case.policies if p.id in set(table["policy"])][: len(LINES)]

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, 9.8 if narrow else 5.8)
        wide = 1 if narrow else 2
        grid = figure.add_gridspec(1 + len(DRAWN) // wide, wide, height_ratios=[0.2, *[1] * (len(DRAWN) // wide)])
        head = figure.add_subplot(grid[0, :])
        head.axis("off")
        labels = [describe(case, p) for p in policies]
        keys = [Line2D([], [], color=c, ls=ls, lw=2, label=t) for (c, ls), t in zip(LINES, labels, strict=False)]
        head.legend(handles=keys, loc="center left", borderpad=0, ncols=wide, handlelength=2.6)
        for k, name in enumerate(DRAWN):
            axes = figure.add_subplot(grid[1 + k // wide, k % wide])
            _panel(axes, case, name, axis, table, policies)
        return figure

    return picture(case, f"What follows {axis}", _told(case, axis, table), draw)


def _told(case: Case, axis: str, table: Table) -> str:
    """In words, for whoever does not see the picture."""
    out = []
    for name in DRAWN:
        x, middle, _, _, unit = along(table, name, case.factual, axis)
        if len(x):
            ends = f"{number(middle[0], unit)} at {x[0]:g} to {number(middle[-1], unit)} at {x[-1]:g}"
            out.append(f"{outcome(name)}: from {ends}")
    return f"Middles as reported. {'; '.join(out)}."


def along(
    table: Table, name: str, policy: Policy, axis: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, str]:
    """An answer at each value of an axis, its middle and ends averaged over all else that varies; of many values
    neighbours are put together."""
    rows = (table["id"] == name) & (table["policy"] == policy.id) & (table["versus"] == "")
    unit = table["unit"][rows][0] if rows.any() else "1"
    x = table[axis][rows].astype(float)
    known = np.unique(x)
    if len(known) > 2 * GROUPS:
        edges = np.unique(np.quantile(x, np.linspace(0, 1, GROUPS + 1)))
        group = np.clip(np.searchsorted(edges, x, "right") - 1, 0, len(edges) - 2)
    else:
        group = np.searchsorted(known, x)
    some = np.unique(group)
    with np.errstate(invalid="ignore"):
        at = np.array([x[group == g].mean() for g in some])
        low, middle, high = (
            np.array([_mean(table[end][rows][group == g]) for g in some]) for end in ("p05", "p50", "p95")
        )
    return at, middle, low, high, unit


def _mean(values: np.ndarray) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else np.nan


def _panel(axes: Axes, case: Case, name: str, axis: str, table: Table, policies: Sequence[Policy]) -> None:
    unit = "1"
    for policy, (colour, dash) in zip(policies, LINES, strict=False):
        x, middle, low, high, unit = along(table, name, policy, axis)
        axes.plot(x, middle, color=colour, ls=dash, lw=2, marker="o" if len(x) < 3 else None)
        if policy.factual:
            axes.fill_between(x, low, high, color=colour, alpha=0.14, lw=0)
            rows = (table["id"] == name) & (table["policy"] == policy.id) & (table["versus"] == "")
            if len(x) < rows.sum() <= SINGLE:
                axes.plot(table[axis][rows], table["p50"][rows], ".", color=colour, ms=3, alpha=0.5)
    axes.set_title("\n".join(textwrap.wrap(outcome(name), 46)), fontsize=9)
    axes.set_xlabel(axis, fontsize=8.5)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=axis == "seed"))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=unit == "people"))
    axes.yaxis.set_major_formatter(lambda value, _: number(value, unit))
    bare(axes)
    axes.spines["left"].set_visible(True)


# --- what matters ----------------------------------------------------------------------------------------------------
def ranks(axes: Sequence[str], table: Table, case: Case) -> list[tuple[str, list[str]]]:
    """Of each leading answer, as reported: how its middle goes with each axis (Spearman's rank correlation over points)."""
    from scipy.stats import rankdata

    out = []
    for name in DRAWN:
        rows = (table["id"] == name) & (table["policy"] == case.factual.id) & (table["versus"] == "")
        rows &= np.isfinite(table["p50"])
        y = rankdata(table["p50"][rows])
        cells = []
        for axis in axes:
            x = rankdata(table[axis][rows])
            flat = len(y) < 3 or x.std() == 0 or y.std() == 0
            cells.append("–" if flat else f"{np.corrcoef(x, y)[0, 1]:+.2f}".replace("-", "−"))
        out.append((outcome(name), cells))
    return out
