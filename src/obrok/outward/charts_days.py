"""Pictures drawn from the daily records: people over time, policies, paired differences."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from obrok.answers.words import FEW, describe, difference_span, number
from obrok.case.case import Case
from obrok.engine.tables import COLUMN
from obrok.outward.charts import AFTER, INK, LINES, SOFT, Picture, bare, new_figure, picture

if TYPE_CHECKING:
    from obrok.outward.stages import Days

#: of more events than this, only some are marked; of more days than this, no name stands in the picture
FEW_EVENTS, FEW_NAMES = 6, 2
GROUPS = (
    ("at_post", "at their posts"),
    ("nearby", "left: working nearby"),
    ("remote", "left: hiding far away"),
    ("detained", "held by the police"),
    ("handed_over", "handed over or taken back, so far"),
    ("settled", "with asylum or papers, so far"),
)


def _told(values: np.ndarray, case: Case) -> np.ndarray:
    """In a live case counts below 5 are not told apart."""
    return np.where(np.abs(values) < 5, 0, values) if case.live else values


def _band(series: np.ndarray, times: np.ndarray, case: Case) -> np.ndarray:
    """5, 50 and 95 % of each day over picked worlds: shape (3, days)."""
    q = np.percentile(np.repeat(series, times, axis=0), [5, 50, 95], axis=0, method="inverted_cdf")
    return _told(q, case)


def _fill(axes: Axes, when: np.ndarray, band: np.ndarray, alpha: float) -> None:
    """The band as steps, with a corner only where it changes."""
    low, _, high = band
    turns = np.flatnonzero((np.diff(low) != 0) | (np.diff(high) != 0)) + 1
    keep = np.unique(np.concatenate([[0], turns, [len(when) - 1]]))
    axes.fill_between(when[keep], low[keep], high[keep], step="post", color=AFTER, alpha=alpha, lw=0)


def _line(axes: Axes, when: np.ndarray, middle: np.ndarray, **style) -> None:
    keep = np.unique(np.concatenate([[0], np.flatnonzero(np.diff(middle)) + 1, [len(when) - 1]]))
    axes.plot(when[keep], middle[keep], drawstyle="steps-post", **style)


def _dates(case: Case, at: np.ndarray | None = None) -> np.ndarray:
    """Dates of these days (None: of all)."""
    return np.datetime64(case.start.isoformat()) + (np.arange(case.days) if at is None else at)


def _calendar(axes: Axes, case: Case, first: int, last: int, most: int) -> None:
    """Ticks at firsts of months, few enough to read; the year under the first and under each January. Of many years, at
    firsts of years."""
    a, b = case.date(first), case.date(last)
    axes.set_xlim(_dates(case)[first], _dates(case)[last])
    if (last - first) / 365 > most:
        years = range(a.year + (a.month > 1), b.year + 1, -(-(b.year - a.year + 1) // most))
        axes.set_xticks([np.datetime64(f"{y}-01-01") for y in years], [str(y) for y in years])
        return
    months = [date(y, m, 1) for y in range(a.year, b.year + 1) for m in range(1, 13) if a <= date(y, m, 1) <= b]
    step = next((s for s in (1, 2, 3, 6, 12) if len(months) / s <= most), 12)
    ticks = [m for m in months if (m.month - 1) % step == 0] or months[:1]
    labels = [f"{m:%b}" + (f"\n{m.year}" if i == 0 or m.month == 1 else "") for i, m in enumerate(ticks)]
    axes.set_xticks([np.datetime64(m.isoformat()) for m in ticks], labels)


def marked(case: Case) -> dict[int, list[str]]:
    """Day → events that a picture marks: all; where there are more than `FEW_EVENTS`, those that rest on a claim or that a
    policy is about."""
    about = {name for p in case.policies for name in (*p.without, *p.with_)}
    events = [e for e in case.events if len(case.events) <= FEW_EVENTS or e.claims or e.id in about]
    days = sorted({e.day for e in events})
    return {day: [e.id.replace("-", " ") for e in events if e.day == day] for day in days}


def _events(axes: Axes, case: Case, named: bool, narrow: bool) -> None:
    told = marked(case)
    for when, names in told.items():
        x = _dates(case)[when]
        axes.axvline(x, color=INK, lw=0.9, ls=(0, (3, 2)))
        if named and len(told) <= FEW_NAMES:
            put: dict[str, Any] = dict(xytext=(4, 4), textcoords="offset points", fontsize=8, va="bottom")
            text = f"{case.date(when).day} {case.date(when):%b %Y}:\n" + ("\n" if narrow else ", ").join(names)
            axes.annotate(text, (x, 0), xycoords=("data", "axes fraction"), **put)


def few(axes: Axes, case: Case) -> None:
    if case.live:
        axes.axhspan(0, 5, color="#000", alpha=0.06, lw=0)
        axes.annotate(
            FEW, (0.02, 0), xycoords=("axes fraction", "data"), xytext=(0, 2), textcoords="offset points", fontsize=7
        )


def people_over_time(case: Case, title: str, days: Days) -> Picture:
    """People by status at each day's end: a panel each, since their scales differ."""
    series, when = days.series[case.factual.id], _dates(case, days.at)
    bands = [_band(series[:, :, COLUMN[name]], days.times, case) for name, _ in GROUPS]

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, 6.4 if narrow else 4.5)
        grid = figure.subplots(3, 2) if narrow else figure.subplots(2, 3)
        for k, (axes, band, (_, label)) in enumerate(zip(grid.flat, bands, GROUPS, strict=True)):
            axes.axvspan(when[0], _dates(case)[case.window[0]], color="#000", alpha=0.055, lw=0)
            _fill(axes, when, band, 0.22)
            _line(axes, when, band[1], color=AFTER, lw=1.5)
            axes.set_ylim(0, max(1.0, float(band[2].max()) * 1.08))
            axes.set_title(label.replace(", so far", ",\nso far") if narrow else label, fontsize=8.5 if narrow else 9)
            _calendar(axes, case, 0, case.days - 1, 4 if narrow else 5)
            _events(axes, case, k == 0, narrow)
            few(axes, case)
        return figure

    parts = [
        f"{label}: {number(q[0][-1], 'people')} to {number(q[2][-1], 'people')}, middle {number(q[1][-1], 'people')}"
        for (_, label), q in zip(GROUPS, bands, strict=True)
    ]
    days_shown = case.date(0), case.date(case.days - 1)
    return picture(case, title, f"On the last day, {'; '.join(parts)}.", draw, days_shown)


def _left_since(series: np.ndarray, days: Days, case: Case) -> np.ndarray:
    first, last = case.window
    left = series[:, :, COLUMN["left_nearby"]] + series[:, :, COLUMN["left_remote"]]
    a, b = days.on(first), days.on(last)
    before = left[:, a - 1 : a] if first else 0
    return left[:, a : b + 1] - before


def policies(case: Case, title: str, days: Days, ends: Mapping[str, float | None]) -> Picture:
    """People who have left since the window began, under each policy; `ends`: the answers' middle versions."""
    left = {p.id: _left_since(days.series[p.id], days, case) for p in case.policies if p.id in days.series}
    return _under(case, title, days, left, case.window, "people who have left", ends)


def at_posts(case: Case, title: str, days: Days) -> Picture:
    """People at their posts from the first day to the last, under each policy."""
    series = {p: x[:, :, COLUMN["at_post"]] for p, x in days.series.items()}
    ends = {p: float(_band(x[:, -1:], days.times, case)[1, 0]) for p, x in series.items()}
    return _under(case, title, days, series, (0, case.days - 1), "people at their posts", ends)


def _under(
    case: Case, title: str, days: Days, series: Mapping[str, np.ndarray], shown_days: tuple[int, int], what: str,
    ends: Mapping[str, float | None],
) -> Picture:  # fmt: skip
    """A line a policy; `series`: (worlds, days kept from the first shown to the last)."""
    shown = [p for p in case.policies if p.id in series]
    bands = [_band(series[p.id], days.times, case) for p in shown]
    first, last = shown_days
    when = _dates(case, days.at[days.on(first) : days.on(last) + 1])

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, 3.6 if narrow else 3.3)
        axes = figure.subplots()
        _fill(axes, when, bands[0], 0.16)
        for p, (_, middle, _), (colour, dash) in zip(shown, bands, LINES * len(shown), strict=False):
            label = f"{describe(case, p)}: {number(ends[p.id], 'people')}"
            wrapped = "\n".join(textwrap.wrap(label, 46 if narrow else 80))
            _line(axes, when, middle, color=colour, ls=dash, lw=1.8, label=wrapped)
        most = max(float(bands[0][2].max()), *(float(b[1].max()) for b in bands))
        axes.set_ylim(0, max(1.0, most * (1.5 if narrow else 1.1)))
        axes.set_ylabel(what)
        axes.legend(
            loc="upper left", title="The middle version, and where it ends", title_fontsize=8.5, alignment="left"
        )
        _calendar(axes, case, first, last, 6 if narrow else 12)
        _events(axes, case, False, narrow)
        few(axes, case)
        return figure

    told = "; ".join(f"{describe(case, p)}: {number(ends[p.id], 'people')}" for p in shown)
    return picture(case, title, f"Middle versions at the end: {told}.", draw, (case.date(first), case.date(last)))


def short_difference(q: Mapping, unit: str) -> str:
    """ "2 fewer to 3 more"."""
    return difference_span([q["p05"], q["p50"], q["p95"]], unit).removeprefix("between ").replace(" and ", " to ")


def differences(case: Case, title: str, pairs: Sequence[tuple[str, Sequence[tuple[str, dict]]]]) -> Picture:
    """Paired differences in people; `pairs`: heading, then label and answer a row."""
    ends = [a[k] or 0.0 for _, rows in pairs for _, a in rows for k in ("p05", "p95")]
    reach = max(1.0, *(abs(x) for x in ends))
    left, right = min(-0.35 * reach, *ends) - 0.06 * reach, max(0.35 * reach, *ends) + 0.06 * reach

    def panel(axes: Axes, heading: str, rows: Sequence[tuple[str, dict]], labels: bool) -> None:
        axes.axvline(0, color=SOFT, lw=1)
        for i, (_, a) in enumerate(rows):
            low, middle, high = (float(a[k] or 0) for k in ("p05", "p50", "p95"))
            axes.plot([low, high], [-i, -i], color=AFTER, lw=5, solid_capstyle="butt")
            axes.plot([middle], [-i], "D", color="white", markeredgecolor=AFTER, ms=5, mew=1.4)
            over: dict[str, Any] = dict(
                fontsize=8, va="center", ha="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}
            )
            axes.text((left + right) / 2, -i + 0.4, short_difference(a, "people"), **over)
        axes.set_yticks([-i for i in range(len(rows))], [label if labels else "" for label, _ in rows])
        axes.set_xlim(left, right)
        axes.set_ylim(-len(rows) + 0.5, 0.8)
        axes.set_title("\n".join(textwrap.wrap(heading, 32)), fontsize=9)
        axes.set_xlabel("← fewer\u2003\u2003more →", fontsize=8.5)
        axes.xaxis.set_major_formatter(lambda x, _: number(x, "people"))
        bare(axes)

    def draw(narrow: bool) -> Figure:
        columns = 1 if narrow else min(3, len(pairs))
        lines = -(-len(pairs) // columns)
        figure = new_figure(narrow, lines * (0.45 * len(pairs[0][1]) + 1.1))
        grid = figure.subplots(lines, columns, squeeze=False)
        for k, axes in enumerate(grid.flat):
            if k < len(pairs):
                panel(axes, *pairs[k], labels=k % columns == 0)
            else:
                axes.set_axis_off()
        return figure

    told = ". ".join(
        f"{heading}: " + "; ".join(f"{label}: {short_difference(a, 'people')}" for label, a in rows)
        for heading, rows in pairs
    )
    return picture(case, title, f"{told}.", draw)
