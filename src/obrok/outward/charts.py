"""Pictures of the report, as SVG text. Each carries case, period and "model estimate"; nothing by colour alone."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np

from obrok.answers.quantiles import quantiles
from obrok.answers.words import number
from obrok.case.case import Case
from obrok.engine.tables import COLUMN

if TYPE_CHECKING:
    from obrok.outward.study import Days

INK, BEFORE, AFTER = "#1b1f24", "#8a939c", "#0b5c8a"
LINES = (("#0b5c8a", "-"), ("#b3541e", "--"), ("#3f7d3a", "-."), ("#7a4a8c", ":"), ("#555555", (0, (5, 1))))
STYLE = {
    "svg.hashsalt": "obrok", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 11, "axes.edgecolor": "#888",
    "axes.spines.top": False, "axes.spines.right": False, "text.color": INK, "axes.labelcolor": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.titlesize": 12, "axes.titlelocation": "left", "figure.facecolor": "white",
}  # fmt: skip


def _svg(figure, case: Case, title: str) -> str:
    first, last = case.date(0), case.date(case.days - 1)
    figure.get_layout_engine().set(rect=(0, 0.16 / figure.get_figheight(), 1, 1 - 0.16 / figure.get_figheight()))
    figure.text(0.01, 0.005, f"{case.title}. {first} to {last}. Model estimate.", fontsize=8, color="#555", ha="left", va="bottom")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    head, rest = svg.split(">", 1)
    return f'{head} role="img" aria-label="{title}"><title>{title}</title>{rest}'


def before_after(case: Case, rows: list[tuple[str, dict]], title: str) -> str:
    """Ranges (5 to 95 %, dot: middle) before and after weighing, one pair of bars a row."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(9, 0.62 * len(rows) + 1.2), layout="constrained")
        for i, (_, a) in enumerate(rows):
            for q, dy, colour, mark in ((a["prior"], 0.17, BEFORE, "o"), (a, -0.17, AFTER, "D")):
                if q["p50"] is None or q["p05"] is None or q["p95"] is None:
                    continue
                y = -i + dy
                axes.plot([q["p05"], q["p95"]], [y, y], color=colour, lw=5, solid_capstyle="butt", alpha=0.9, label=("before" if dy > 0 else "after") + " weighing" if i == 0 else None)
                axes.plot([q["p50"]], [y], mark, color="white", markeredgecolor=colour, ms=6, mew=2)
                axes.annotate(f"{number(q['p05'], a['unit'])} to {number(q['p95'], a['unit'])}", (q["p95"], y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, color=INK)
        axes.set_yticks([-i for i in range(len(rows))], [name for name, _ in rows])
        axes.set_xscale("symlog", linthresh=10)
        axes.set_xlim(left=0)
        axes.set_xticks([0, 5, 10, 30, 100, 300], ["0", "5", "10", "30", "100", "300"])
        axes.margins(x=0.12)
        axes.legend(loc="lower right", frameon=False)
        axes.set_title(title)
        return _svg(figure, case, title)


def _band(series: np.ndarray, times: np.ndarray) -> np.ndarray:
    """5, 50 and 95 % of each day over picked worlds: shape (3, days)."""
    return np.percentile(np.repeat(series, times, axis=0), [5, 50, 95], axis=0, method="inverted_cdf")


def _dates(case: Case) -> np.ndarray:
    return np.datetime64(case.start.isoformat()) + np.arange(case.days)


def _finish_dates(axes, case: Case, label_events: bool) -> None:
    axes.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 4, 7, 10)))
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.axvspan(_dates(case)[0], _dates(case)[case.window[0]], color="#000", alpha=0.04, lw=0)
    for day in sorted({e.day for e in case.events}):
        axes.axvline(_dates(case)[day], color=INK, lw=0.8, ls=(0, (2, 2)))
        if label_events:
            names = ", ".join(e.id.replace("-", " ") for e in case.events if e.day == day)
            axes.annotate(names, (_dates(case)[day], 1), xycoords=("data", "axes fraction"), xytext=(3, -2), textcoords="offset points", fontsize=9, va="top")


def people_over_time(case: Case, days: Days) -> str:
    """People at posts, and those away, with 5 to 95 % bands."""
    title = "People over time, as reported: middle version and nine in ten"
    series, when = days.series[case.factual.id], _dates(case)
    with plt.rc_context(STYLE):
        figure, (top, low) = plt.subplots(2, 1, figsize=(9, 6.4), sharex=True, height_ratios=(1, 1.5), layout="constrained")
        a, b, c = _band(series[:, :, COLUMN["at_post"]], days.times)
        top.fill_between(when, a, c, step="post", color=AFTER, alpha=0.2, lw=0)
        top.plot(when, b, color=AFTER)
        top.set_ylim(bottom=0)
        top.set_title("at their posts", fontsize=11)
        groups = ("nearby", "remote", "detained", "handed_over", "settled")
        names = ("working nearby", "hiding far away", "detained", "handed over or taken back", "asylum or papers")
        for name, words, (colour, dash) in zip(groups, names, LINES, strict=True):
            a, b, c = _band(series[:, :, COLUMN[name]], days.times)
            low.fill_between(when, a, c, step="post", color=colour, alpha=0.1, lw=0)
            low.plot(when, b, color=colour, ls=dash, label=words)
        low.set_title("those who left", fontsize=11)
        low.set_ylim(bottom=0)
        low.legend(frameon=False, loc="upper left", fontsize=9)
        for axes, label in ((top, True), (low, False)):
            axes.set_ylabel("people")
            _finish_dates(axes, case, label)
        return _svg(figure, case, title)


def policies(case: Case, days: Days) -> str:
    """People who have left, under each policy, and the paired difference to each compared one."""
    title = "People who have left, by policy, and the paired difference"
    when = _dates(case)
    left = {p: s[:, :, COLUMN["left_nearby"]] + s[:, :, COLUMN["left_remote"]] for p, s in days.series.items()}
    pairs = [(p, v) for p, v in case.compare if p in left and v in left]
    with plt.rc_context(STYLE):
        figure, (one, two) = plt.subplots(2, 1, figsize=(9, 6.4), sharex=True, layout="constrained")
        for (name, series), (colour, dash) in zip(left.items(), LINES, strict=False):
            one.plot(when, _band(series, days.times)[1], color=colour, ls=dash, label=name.replace("-", " "))
        one.set_title("people who have left: the middle version under each policy", fontsize=11)
        one.legend(frameon=False, loc="upper left", fontsize=9)
        for (p, v), (colour, dash) in zip(pairs, LINES[1:], strict=False):
            a, b, c = _band(left[p] - left[v], days.times)
            two.fill_between(when, a, c, color=colour, alpha=0.12, lw=0)
            two.plot(when, b, color=colour, ls=dash, label=f"{p} less {v}".replace("-", " "))
        two.axhline(0, color="#888", lw=0.8)
        two.set_title("the difference in the same world: middle and nine in ten", fontsize=11)
        if pairs:
            two.legend(frameon=False, loc="upper left", fontsize=9)
        for axes, label in ((one, True), (two, False)):
            axes.set_ylabel("people")
            _finish_dates(axes, case, label)
        return _svg(figure, case, title)


def dollar(case: Case, outcomes: Mapping[str, dict]) -> str:
    """Where each dollar of pay went: shares of gross pay in the window, middle and range."""
    title = "Where each dollar of pay went"
    names = (("to_state", "to the state"), ("to_enterprise", "to the enterprise"), ("kept", "kept by the worker"))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(9, 2.4), layout="constrained")
        for i, (key, words) in enumerate(names):
            q = outcomes[key]
            axes.barh(-i, q["p50"], height=0.55, color=LINES[i][0], hatch=("", "//", "..")[i], edgecolor="white")
            axes.plot([q["p05"], q["p95"]], [-i, -i], color=INK, lw=2)
            axes.annotate(f"{100 * q['p50']:.0f} cents ({100 * q['p05']:.0f} to {100 * q['p95']:.0f})", (max(q["p95"], q["p50"]), -i), xytext=(8, 0), textcoords="offset points", va="center")
        axes.set_yticks([-i for i in range(3)], [w for _, w in names])
        axes.set_xlim(0, 1.25)
        axes.set_xticks(np.arange(0, 1.01, 0.25), [f"{x:.0f} ¢" for x in range(0, 101, 25)])
        axes.set_title(title)
        return _svg(figure, case, title)


def shares_of_pay(days: Days, case: Case) -> dict[str, dict]:
    """Share of gross pay that went to each, in the window, over picked worlds."""
    first, last = case.window
    series = np.repeat(days.series[case.factual.id], days.times, axis=0)

    def flow(name: str) -> np.ndarray:
        before = series[:, first - 1, COLUMN[name]] if first else 0
        return series[:, last, COLUMN[name]] - before

    gross = np.maximum(flow("gross"), 1)
    even = np.ones(len(series))
    return {k: dict(zip(("p05", "p50", "p95"), quantiles(flow(k) / gross, even), strict=True)) for k in ("to_state", "to_enterprise", "kept")}
