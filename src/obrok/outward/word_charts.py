"""A picture of each word: what it says of a number, and how likely a number makes it. SVG; readable without colour."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from obrok.answers.weigh import statement_chance, trend
from obrok.outward.charts import AFTER, INK, RULE, house_style
from obrok.outward.word_list import Told, listed, percentiles
from obrok.quantities import LARGEST_COUNT, Words, figure_reading, is_for_ranges

#: the figure beside a word, and the range beside one that needs two
FIGURE, RANGE = 100.0, (80.0, 120.0)
#: marks on the axes of counts and of ratios
MARKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400)
FURTHER_MARKS = (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
RATIOS = (0.25, 0.5, 1, 2, 4, 8)
#: of a trend's statement: cases in the half-year before
EARLIER = 12
NUMBER_OF, WORD_OF = "P(number | word)", "P(word | number)"


@dataclass(frozen=True)
class Curve:
    """One panel. `scale`: count, share, ratio or plain; `others`: the rest of the vocabulary, faint; `alt`: it in words."""

    title: str
    scale: str
    label: str
    x: np.ndarray
    y: np.ndarray
    alt: str
    others: tuple[np.ndarray, ...] = ()

    @property
    def address(self) -> str:
        """The panel as an address for an `<img>`."""
        return _address(_panel(self))


def curves(table: Words, told: Told) -> list[Curve]:
    """The panels of a word: P(number | word), where it stands for a number, and P(word | number)."""
    if told.group in ("counts", "further_counts"):
        return _of_count(table, told)
    if told.group == "figures":
        return _of_figure(table.figures[told.word], told)
    if told.group == "statements":
        return [_of_statement(table.statements[told.word], told)]
    return _of_line(table, told) if told.group != "constants" else []


# --- what is drawn
def _of_count(table: Words, told: Told) -> list[Curve]:
    further = told.group == "further_counts"
    meant, counts = (table.further_meant, table.further_counts) if further else (table.meant, table.counts)
    top = LARGEST_COUNT if not further else len(meant[told.word]) - 1
    x = np.unique(np.append(np.arange(min(top, 60) + 1), np.geomspace(60, top, 100).round())).astype(int)
    x = x[x < top]
    low, middle, high = percentiles(table, told.group, told.word)
    said, best = counts[told.word][x], int(x[counts[told.word][x].argmax()])
    means = f"“{told.word}” stands for {middle:,.0f}, from {low:,.0f} to {high:,.0f} in nine of ten cases"
    says = f"“{told.word}” is likeliest of {best:,}, where it is said with chance {100 * said.max():.0f} %"
    others = tuple(p[x] for w, p in counts.items() if w != told.word)
    return [
        Curve(NUMBER_OF, "count", "number", x, meant[told.word][x], means),
        Curve(WORD_OF, "count", "number", x, said, says, others),
    ]


def _of_line(table: Words, told: Told) -> list[Curve]:
    words, is_ratio = table.vocabulary(told.word), told.group == "trends"
    if told.group == "further_shares":
        words = table.further_shares
    x = np.geomspace(0.2, 10, 151) if is_ratio else np.linspace(0.005, 0.995, 100)
    density = {w: np.asarray(d.density(x)) * (x if is_ratio else 1.0) for w, d in words.items()}  # type: ignore[union-attr]
    total = np.maximum(sum(density.values()), 1e-300)
    low, middle, high = percentiles(table, told.group, told.word)
    said = density[told.word] / total

    def told_as(v: float) -> str:
        return f"{v:.2g} times as many" if is_ratio else f"{100 * v:.0f} %"

    best = told_as(float(x[said.argmax()]))
    means = f"“{told.word}” stands for {told_as(middle)}, from {told_as(low)} to {told_as(high)} in nine of ten cases"
    says = f"“{told.word}” is likeliest at {best}, where it is said with chance {100 * said.max():.0f} %"
    scale, label = (
        ("ratio", "number over the number before")
        if is_ratio
        else ("share", "share" if told.group != "chances" else "chance")
    )
    others = tuple(d / total for w, d in density.items() if w != told.word)
    return [
        Curve(NUMBER_OF, scale, label, x, density[told.word], means),
        Curve(WORD_OF, scale, label, x, said, says, others),
    ]


def _of_figure(row: Mapping[str, Any], told: Told) -> list[Curve]:
    """What the figure says of the number, and of the number 100, which figures are said with the word."""
    if is_for_ranges(row):
        x = np.linspace(50, 150, 301)
        y = np.asarray(figure_reading(row, *RANGE).density(x))  # type: ignore[union-attr]
        at_ends = f"{100 * y[np.abs(x - RANGE[1]).argmin()] / y.max():.0f} %"
        what = f"“{told.word} {RANGE[0]:.0f} and {RANGE[1]:.0f}”"
        alt = f"{what} says a number near {sum(RANGE) / 2:.0f}; a number at either end makes it {at_ends} as likely"
        return [Curve(f"{NUMBER_OF}: {RANGE[0]:.0f} and {RANGE[1]:.0f}", "plain", "number", x, y, alt)]
    reading = figure_reading(row, FIGURE, FIGURE)
    low, middle, high = (float(v) for v in reading.quantile(np.array([0.05, 0.5, 0.95])))  # type: ignore[union-attr]
    x = _around(low, high)
    y = np.asarray(reading.density(x))  # type: ignore[union-attr]
    grid = np.geomspace(FIGURE / 20, FIGURE * 20, 2_001)
    upto = np.cumsum(_figures(row, grid) * np.gradient(grid))
    ends = [float(grid[np.searchsorted(upto / upto[-1], q)]) for q in (0.05, 0.95)]
    said_x = _around(*ends)
    means = f"“{told.word} 100” says {middle:.0f}, from {low:.0f} to {high:.0f} in nine of ten cases"
    said = f"of 100, “{told.word}” is said with figures from {ends[0]:.0f} to {ends[1]:.0f} in nine of ten cases"
    return [
        Curve(f"{NUMBER_OF}: 100", "plain", "number", x, y, means),
        Curve("P(figure | number): 100", "plain", "figure said with the word", said_x, _figures(row, said_x), said),
    ]


def _around(low: float, high: float) -> np.ndarray:
    """From somewhat below the figure and the ends of a range to somewhat above."""
    first, last = min(low, FIGURE), max(high, FIGURE)
    return np.linspace(max(first - 0.4 * (last - first), 1.0), last + 0.4 * (last - first), 301)


def _figures(row: Mapping[str, Any], figures: np.ndarray) -> np.ndarray:
    """How likely each figure is said of the number 100, up to a factor."""
    return np.array([float(figure_reading(row, v, v).density(np.array(FIGURE))) for v in figures])  # type: ignore[union-attr]


def _of_statement(row: Mapping[str, Any], told: Told) -> Curve:
    if "most" in row:
        x = np.arange(0.0, 61.0)
        y = trend(row, x, EARLIER, x + EARLIER, 1_000.0, 0.5)
        label = f"cases in half a year, after {EARLIER} in the half-year before (of 1,000 people)"
        return _said(told, "plain", label, x, y)
    if "per_case" in row:
        x, scale, label = np.arange(0.0, 11.0), "plain", "cases"
    elif "threshold" in row:
        x, scale, label = np.geomspace(0.5, 3, 201), "ratio", "number over the number before"
    else:
        x, scale, label = np.linspace(0, 1, 201), "share", "share"
    return _said(told, scale, label, x, statement_chance(row, x))


def _said(told: Told, scale: str, label: str, x: np.ndarray, y: np.ndarray) -> Curve:
    at = float(x[y.argmax()])
    shown = f"{100 * at:.0f} %" if scale == "share" else f"{at:.3g}"
    alt = f"“{told.word}” is said with chance {100 * y[0]:.0f} % at the left end, and likeliest at {shown}, with {100 * y.max():.0f} %"
    return Curve(WORD_OF, scale, label, x, y, alt)


# --- how it is drawn
def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _as_svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return re.sub(r"(\d\.\d{2})\d+", r"\1", svg[svg.index("<svg") :])  # hundredths of a point are fine enough


def _panel(curve: Curve) -> str:
    with house_style():
        figure = Figure(figsize=(4.5, 1.9))
        figure.subplots_adjust(0.115, 0.265, 0.95, 0.87)
        axes = figure.add_subplot()
        _draw(axes, curve)
        return _as_svg(figure)


def _draw(axes: Axes, curve: Curve) -> None:
    x = _at(curve.x, curve.scale)
    step: Literal["mid"] | None = "mid" if curve.scale == "count" else None
    for y in curve.others:
        axes.plot(x, y, color=RULE, lw=0.8, drawstyle="steps-mid" if step else "default")
    axes.fill_between(x, curve.y, color=AFTER, alpha=0.15, lw=0, step=step)
    axes.plot(x, curve.y, color=AFTER, lw=1.6, drawstyle="steps-mid" if step else "default")
    axes.set_title(curve.title)
    axes.set_xlabel(curve.label)
    _scale(axes, curve.scale, curve.x)
    if curve.title.startswith(WORD_OF):
        axes.set_ylim(0, 1.02)
        axes.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    else:
        axes.set_ylim(0, 1.05 * max(float(curve.y.max()), 1e-12))
        axes.set_yticks([])


def _at(x: np.ndarray, scale: str) -> np.ndarray:
    return np.log(x + 0.5) if scale == "count" else np.log(x) if scale == "ratio" else x


def _scale(axes: Axes, scale: str, x: np.ndarray) -> None:
    if scale == "count":
        marks = [m for m in (MARKS if x.max() <= LARGEST_COUNT else FURTHER_MARKS) if x.min() <= m <= x.max() + 1]
        axes.set_xticks(np.log(np.array(marks) + 0.5), [_short(m) for m in marks])
    elif scale == "ratio":
        ratios = [m for m in RATIOS if x.min() <= m <= x.max()]
        axes.set_xticks(np.log(ratios), [f"{m:g}" for m in ratios])
    elif scale == "share":
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.margins(x=0.01)


def _short(n: float) -> str:
    return f"{n / 1000:g}k" if n >= 1000 else f"{n:g}"


# --- a whole vocabulary
@dataclass(frozen=True)
class Overview:
    """Every word of a closed list, each on a line of its own, by rising middle."""

    svg: str
    alt: str

    @property
    def address(self) -> str:
        return _address(self.svg)


def overview(table: Words, group: str) -> Overview | None:
    """The closed list that a group is, or ends; None: its words are no closed list."""
    if group in ("figures", "statements", "constants"):
        return None
    common = {"further_counts": "counts", "further_shares": "shares"}.get(group)
    words = [replace(t, group=group) for g in (common, group) if g for t in listed(table, g)]
    middle = {t.word: percentiles(table, group, t.word)[1] for t in words}
    words.sort(key=lambda t: middle[t.word])
    in_percent = group in ("shares", "further_shares", "chances", "ranks")
    shown = [
        f"{t.word} {100 * middle[t.word]:.0f} %" if in_percent else f"{t.word} {middle[t.word]:,.3g}" for t in words
    ]
    alt = "By rising middle: " + ", ".join(shown)
    return Overview(_ridges([t.word for t in words], [curves(table, t) for t in words]), alt)


def _ridges(names: list[str], panels: list[list[Curve]]) -> str:
    with house_style():
        figure = Figure(figsize=(9.2, 0.5 + 0.42 * len(names)), layout="constrained")
        sides = figure.subplots(1, 2, sharey=True)
        for side, axes in enumerate(sides):
            for k, panel in enumerate(panels):
                curve = panel[side]
                x, top = _at(curve.x, curve.scale), max(float(curve.y.max()), 1e-12)
                y = k + 0.88 * curve.y / (top if side == 0 else 1.0)
                step: Literal["mid"] | None = "mid" if curve.scale == "count" else None
                axes.fill_between(x, k, y, color=AFTER, alpha=0.2, lw=0, step=step)
                axes.plot(x, y, color=INK, lw=0.9, drawstyle="steps-mid" if step else "default")
            axes.set_title(panels[0][side].title)
            _scale(axes, panels[0][side].scale, panels[0][side].x)
            axes.set_xlabel(panels[0][side].label)
        sides[0].set_yticks(range(len(names)), names)
        sides[0].set_ylim(-0.1, len(names) + 0.05)
        return _as_svg(figure)
