"""Pictures of what was held back: each observation with its ranges, and where in them observations fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from scipy import special

from obrok.answers.words import number
from obrok.case.case import Case
from obrok.outward.charts import AFTER, INK, SOFT, Picture, bare, new_figure, picture

#: a histogram of fewer observations would show noise
ENOUGH, BINS = 8, 4
OBSERVED, LAST = "#b3541e", INK


def pictures(case: Case, summary: Mapping) -> list[tuple[Picture, str]]:
    """Pictures with what is said below each. `summary`: validate.json."""
    rows = [r for r in summary["observations"] if r["pit"] is not None]
    if not rows:
        return []
    below = (
        "Thin line: the 90 % range; thick: the 50 % range; white mark: the middle; filled mark: what was reported; cross: the "
        "last earlier figure carried forward. Each panel has its own scale."
    )
    out = [(observations(case, "What was foretold, and what was reported", rows), below)]
    if len(rows) >= ENOUGH:
        told = (
            "Even: the ranges are as wide as they should be. A heap in the middle: too wide; heaps at the ends: too narrow. "
            "Grey: between these counts nine of ten bars would lie by chance."
        )
        out.append(
            (places(case, "Where in its prediction each observation fell (PIT)", [r["pit"] for r in rows]), told)
        )
    return out


def observations(case: Case, title: str, rows: Sequence[Mapping]) -> Picture:
    """A row for each observation, a panel for each kind of number and place."""
    panels: dict[str, list[Mapping]] = {}
    for r in rows:
        panels.setdefault(r["what"], []).append(r)
    heights = [len(some) + 1.0 for some in panels.values()]
    keys = 0.9  # a row of its own for what the marks mean

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, (0.6 if narrow else 0.42) * (sum(heights) + keys) + 0.2)
        head, *grid = figure.subplots(1 + len(panels), 1, height_ratios=[keys, *heights])
        head.axis("off")
        head.legend(handles=_keys(), loc="center left", borderpad=0, ncols=3, columnspacing=1.4, handlelength=1.6)
        for axes, (what, some) in zip(grid, panels.items(), strict=True):
            _panel(axes, what, some, narrow)
        return figure

    told = "; ".join(
        f"{r['what']}, {r['when']}: 90 % range {number(r['p05'], r['unit'])} to {number(r['p95'], r['unit'])}, "
        f"reported {number(r['observed'], r['unit'])}"
        for r in rows
    )
    return picture(case, title, f"{told}.", draw)


def _panel(axes: Axes, what: str, rows: Sequence[Mapping], narrow: bool) -> None:
    unit = rows[0]["unit"]
    ends = [_end(r[k]) for r in rows for k in ("p05", "p95", "observed", "last")]
    low, high = min(0.0, *ends), max(1e-9, *ends)
    for i, r in enumerate(rows):
        a, b, middle, c, d = (_end(r[k]) for k in ("p05", "p25", "p50", "p75", "p95"))
        axes.plot([a, d], [-i, -i], color=AFTER, lw=1.6, solid_capstyle="butt")
        axes.plot([b, c], [-i, -i], color=AFTER, lw=6, solid_capstyle="butt")
        axes.plot([middle], [-i], "D", color="white", markeredgecolor=AFTER, ms=4.5, mew=1.3)
        if r["last"] is not None:
            axes.plot([r["last"]], [-i], "x", color=LAST, ms=7, mew=1.8)
        axes.plot([_end(r["observed"])], [-i], "o", color=OBSERVED, markeredgecolor="white", ms=8, mew=0.8)
        if narrow:
            axes.text(low, -i + 0.38, r["when"], fontsize=8, va="center", color=SOFT)
    axes.set_yticks([-i for i in range(len(rows))], ["" if narrow else r["when"] for r in rows])
    axes.set_ylim(-len(rows) + 0.4, 0.7)
    axes.set_xlim(low - 0.02 * (high - low), high + 0.04 * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=unit == "people"))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, unit))
    axes.set_title(what, fontsize=9)
    bare(axes)


def _keys() -> list[Line2D]:
    plain: dict[str, Any] = dict(color="none")
    return [
        Line2D([], [], color=AFTER, lw=1.6, marker="D", markerfacecolor="white", ms=4.5, label="foretold"),
        Line2D([], [], **plain, marker="o", markerfacecolor=OBSERVED, markeredgecolor="white", ms=8, label="reported"),
        Line2D([], [], **plain, marker="x", markeredgecolor=LAST, mew=1.8, ms=7, label="the last value"),
    ]


def _end(value: float | None) -> float:
    return 0.0 if value is None else value


def places(case: Case, title: str, pits: Sequence[float]) -> Picture:
    """How many observations fell into each part of their predictions."""
    counts = np.histogram(pits, BINS, (0, 1))[0]
    low, high = special.bdtrik(0.05, len(pits), 1 / BINS), special.bdtrik(0.95, len(pits), 1 / BINS)
    low, high = np.ceil(low), np.ceil(high)

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, 2.4)
        axes = figure.subplots()
        axes.axhspan(low, high, color="#000", alpha=0.09, lw=0)
        axes.axhline(len(pits) / BINS, color=SOFT, lw=1, ls=(0, (4, 2)))
        axes.bar((np.arange(BINS) + 0.5) / BINS, counts, width=0.92 / BINS, color=AFTER)
        axes.set_xticks(
            np.linspace(0, 1, BINS + 1), ["0: below all", *[f"{k / BINS:g}" for k in range(1, BINS)], "1: above all"]
        )
        axes.set_ylabel("observations")
        axes.set_ylim(0, max(high, counts.max()) + 1)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        return figure

    told = ", ".join(f"{c} from {k / BINS:g} to {(k + 1) / BINS:g}" for k, c in enumerate(counts))
    return picture(case, title, f"Of {len(pits)} observations: {told}.", draw)
