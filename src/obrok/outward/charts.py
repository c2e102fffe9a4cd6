"""Pictures of the report as SVG text, each for a wide and for a narrow page.

Each carries what it shows, the case, the period and "model estimate", so that it can stand alone. Nothing is told by
colour alone. Bytes depend on the data only: no date, no random ids, the letters left to the reader's fonts.
"""

from __future__ import annotations

import base64
import io
import logging
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from obrok.answers.words import FEW, day, number
from obrok.case.case import Case

INK, SOFT, RULE, BEFORE, AFTER = "#1b1f24", "#4d565f", "#c9ced3", "#7c858e", "#0b5c8a"
#: colour and dash, told apart without colour too
LINES = (
    ("#0b5c8a", "-"),
    ("#b3541e", (0, (5, 2))),
    ("#3f7d3a", (0, (1, 1.6))),
    ("#7a4a8c", (0, (6, 2, 1, 2))),
    ("#555555", (0, (3, 1))),
)
WIDE, NARROW = 9.2, 4.0
#: as wide a face as any of the reader's, so that what fits here fits there
FACE = "DejaVu Sans"
READER = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'DejaVu Sans', sans-serif"
STYLE: dict[str, Any] = {
    "svg.hashsalt": "obrok", "svg.fonttype": "none", "text.parse_math": False,
    "font.family": [FACE], "font.size": 9.5, "axes.titlesize": 9.5, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.labelsize": 9, "xtick.labelsize": 8.5, "ytick.labelsize": 9,
    "legend.fontsize": 8.5, "legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": "#8b9299", "axes.linewidth": 0.8, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK,
    "ytick.color": INK, "figure.facecolor": "white", "hatch.linewidth": 0.7,
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """SVG for a wide and a narrow page. `title`, `description`: for whoever does not see it."""

    title: str
    description: str
    wide: str
    narrow: str

    @staticmethod
    def _address(svg: str) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()

    @property
    def wide_address(self) -> str:
        return self._address(self.wide)

    @property
    def narrow_address(self) -> str:
        return self._address(self.narrow)


@contextmanager
def house_style() -> Iterator[None]:
    """matplotlib's own defaults and ours, whatever the reader's matplotlibrc says; quiet about glyphs it lacks."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    defaults: Any = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
    try:
        with matplotlib.rc_context(defaults | STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            yield
    finally:
        log.setLevel(level)


def picture(
    case: Case | None,
    title: str,
    description: str,
    draw: Callable[[bool], Figure],
    days: tuple[date, date] | None = None,
    footer: str | None = None,
) -> Picture:
    """`draw(narrow)` for both widths, with title and footer. `days`: first and last shown, where not those of the window.
    `footer`: what stands below where nothing in the picture is an estimate of one case (None: there is none)."""
    if footer is None:
        assert case is not None
        first, last = days or (case.date(case.window[0]), case.date(case.window[1]))
        footer = (
            f"Model estimate, not a count. {case.title}. {day(first)} to {day(last)}. Ranges: nine of ten versions."
        )
    with house_style():
        wide, narrow = (_svg(draw(is_narrow), footer, title, description, is_narrow) for is_narrow in (False, True))
    return Picture(title, description, wide, narrow)


def _svg(figure: Figure, footer: str, title: str, description: str, narrow: bool) -> str:
    lines, head = textwrap.wrap(footer, 68 if narrow else 150), textwrap.wrap(title, 40 if narrow else 100)
    width, height = figure.get_size_inches()
    above, below = 0.13 + 0.21 * len(head), 0.1 + 0.155 * len(lines)
    figure.set_size_inches(width, height + above + below)
    total = height + above + below
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, below / total, 1, height / total))
    figure.text(0.012, 1 - 0.08 / total, "\n".join(head), fontsize=11.5, weight="bold", va="top", linespacing=1.2)
    figure.text(0.012, 0.06 / total, "\n".join(lines), fontsize=7.5, color=SOFT, va="bottom", linespacing=1.25)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.S)
    svg = re.sub(r"(\d\.\d\d)\d+", r"\1", svg)  # a hundredth of a point is enough
    svg = re.sub(rf"'{FACE}'(, [\w'\- ]+)*", READER, svg)
    names: dict[str, str] = {}  # matplotlib names clips by their address in memory: number them as they come
    svg = re.sub(r"\b[a-z][0-9a-f]{10}\b", lambda m: names.setdefault(m[0], f"n{len(names)}"), svg)
    start, rest = svg.split(">", 1)
    return f'{start} role="img"><title>{escape(title)}</title><desc>{escape(description)}</desc>{rest}'


def new_figure(narrow: bool, height: float) -> Figure:
    engine = ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.05)
    return Figure(figsize=(NARROW if narrow else WIDE, height), layout=engine)


def bare(axes: Axes) -> None:
    """No frame but the axis below."""
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def span_text(q: dict, unit: str) -> str:
    low, high = number(q["p05"], unit), number(q["p95"], unit)
    return low if low == high else f"{low} to {high}"


def _end(value: float | None) -> float:
    """Where a bar ends; what is not told is drawn as nothing."""
    return 0.0 if value is None else value


def before_after(case: Case, title: str, rows: Sequence[tuple[str, dict]], weighed: bool) -> Picture:
    """Ranges and middles of some counts before and after weighing; `rows`: label, answer."""

    def draw(narrow: bool) -> Figure:
        step = 0.62 if narrow else 0.5
        figure = new_figure(narrow, step * len(rows) + 0.75)
        axes = figure.subplots()
        top = max(1.0, *(_end(q["p95"]) for _, a in rows for q in (a, a["prior"])))
        for i, (label, a) in enumerate(rows):
            if narrow:
                axes.text(0, -i + 0.36, label, weight="bold", fontsize=9, va="center")
            if weighed:
                _bar(axes, a["prior"], -i + (0.08 if narrow else 0.19), BEFORE, "o", 2.2)
            _bar(axes, a, -i - (0.22 if narrow else 0.17), AFTER, "D", 6)
        axes.set_yticks([-i for i in range(len(rows))], ["" if narrow else label for label, _ in rows])
        axes.set_xlim(-0.01 * top, top * (1.42 if narrow else 1.2))
        axes.set_ylim(-len(rows) + 0.45, 0.62)
        axes.set_xlabel("people")
        _strip(axes, case)
        bare(axes)
        _legend(axes, weighed)
        return figure

    told = "; ".join(
        f"{label}: " + (f"{span_text(a['prior'], 'people')} before weighing, " if weighed else "")
        + f"{span_text(a, 'people')}{' after' if weighed else ''}"
        for label, a in rows
    )  # fmt: skip
    return picture(case, title, f"{told}.", draw)


def _bar(axes: Axes, q: dict, y: float, colour: str, mark: str, width: float) -> None:
    low, middle, high = (_end(q[k]) for k in ("p05", "p50", "p95"))
    _range(axes, low, middle, high, y, colour, mark, width)
    text = span_text(q, "people") + (f", middle {number(q['p50'], 'people')}" if mark == "D" else "")
    weight = "bold" if mark == "D" else "normal"
    colour = INK if mark == "D" else SOFT
    put: dict[str, Any] = dict(
        xytext=(7, 0), textcoords="offset points", va="center", fontsize=8.5, color=colour, weight=weight
    )
    axes.annotate(text, (high, y), **put)


def _range(axes: Axes, low: float, middle: float, high: float, y: float, colour: str, mark: str, width: float) -> None:
    axes.plot([low, high], [y, y], color=colour, lw=width, solid_capstyle="butt")
    axes.plot([middle], [y], mark, color="white", markeredgecolor=colour, ms=5, mew=1.4)


def _legend(axes: Axes, weighed: bool) -> None:
    def key(colour: str, width: float, mark: str, label: str) -> Line2D:
        return Line2D(
            [], [], color=colour, lw=width, marker=mark, ms=5, mew=1.4, label=label,
            markerfacecolor="white", markeredgecolor=colour,
        )  # fmt: skip

    before, after = key(BEFORE, 2.2, "o", "before weighing"), key(AFTER, 6, "D", "after weighing")
    keys = [before, after] if weighed else [key(AFTER, 6, "D", "not weighed by what was reported")]
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handlelength=3, borderaxespad=0.2)


def _strip(axes: Axes, case: Case) -> None:
    if case.live:
        axes.axvspan(0, 5, color="#000", alpha=0.06, lw=0)
        axes.annotate(
            FEW, (0, 0), xycoords=("data", "axes fraction"), xytext=(2, 2), textcoords="offset points", fontsize=7.5
        )


def narrowed(case: Case, title: str, rows: Sequence[dict]) -> Picture:
    """Where, within what was assumed of each parameter, the versions that fit lie; `rows`: `rows.narrowed`."""

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, (0.92 if narrow else 0.62) * len(rows) + 0.75)
        axes = figure.subplots()
        for i, row in enumerate(rows):
            y = -i + (0.1 if narrow else 0)
            low, middle, high = row["places"]
            gap = 0.19 if narrow else 0.25
            axes.text(0, y + 0.28, row["meaning"], weight="bold", fontsize=9, va="center", in_layout=False)
            _range(axes, 0.05, 0.5, 0.95, y, BEFORE, "o", 2.2)
            _range(axes, low, middle, high, y - gap, AFTER, "D", 6)
            if narrow:
                axes.text(0, y - 0.4, row["both"], fontsize=8.5, va="center", in_layout=False)
            else:
                axes.text(1.03, y, f"before: {row['before']}", fontsize=8.5, va="center", color=SOFT)
                axes.text(1.03, y - gap, f"after: {row['after']}", fontsize=8.5, va="center", weight="bold")
        axes.set_yticks([])
        axes.set_xticks(
            [0.05, 0.5, 0.95], ["low end", "middle" if narrow else "middle of what was assumed", "high end"]
        )
        axes.set_xlim(-0.01, 1.01 if narrow else 1.5)
        axes.set_ylim(-len(rows) + (0.35 if narrow else 0.5), 0.55)
        axes.spines["bottom"].set_bounds(0, 1)
        bare(axes)
        _legend(axes, True)
        return figure

    told = "; ".join(f"{r['meaning']}: {r['before']} before weighing, {r['after']} after" for r in rows)
    return picture(case, title, f"{told}.", draw)


def dollar(case: Case, title: str, rows: Sequence[tuple[str, Sequence[float]]]) -> Picture:
    """Where each dollar of pay went; `rows`: label, share of gross pay at 5, 50, 95 %."""

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, 0.62 * len(rows) + 0.45)
        axes = figure.subplots()
        for i, (label, (low, middle, high)) in enumerate(rows):
            y = -i - (0.15 if narrow else 0)
            colour = LINES[i][0]
            axes.barh(y, middle, height=0.42, color=colour, hatch=("", "//", "xx")[i], edgecolor="white", lw=0)
            axes.plot([low, high], [y, y], color="white", lw=4)
            axes.plot([low, high], [y, y], color=INK, lw=1.6, marker="|", ms=9, mew=1.6)
            text = f"{100 * low:.0f} to {100 * high:.0f} cents, middle {100 * middle:.0f}"
            put: dict[str, Any] = dict(
                xytext=(7, 0), textcoords="offset points", va="center", fontsize=8.5, weight="bold"
            )
            axes.annotate(text, (high, y), **put) if high < 0.6 or not narrow else axes.text(
                1.0, y + 0.36, text, fontsize=8.5, weight="bold", va="center", ha="right"
            )
            if narrow:
                axes.text(0, y + 0.36, label, fontsize=8.5, va="center")
        axes.set_yticks([-i for i in range(len(rows))], ["" if narrow else label for label, _ in rows])
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], [f"{c} ¢" for c in (0, 25, 50, 75, 100)])
        axes.set_xlim(0, 1.02 if narrow else 1.4)
        axes.set_ylim(-len(rows) + 0.5, 0.6)
        axes.spines["bottom"].set_bounds(0, 1)
        bare(axes)
        return figure

    told = "; ".join(
        f"{label}: {100 * q[0]:.0f} to {100 * q[2]:.0f} cents, middle {100 * q[1]:.0f}" for label, q in rows
    )
    return picture(case, title, f"{told}.", draw)
