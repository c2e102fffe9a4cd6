"""Two runs side by side, as a picture and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from obrok.outward import pages
from obrok.outward.charts import INK, LINES, RULE, SOFT, Picture, new_figure, picture
from obrok.outward.runs.compared import Figure, Pair, Side
from obrok.outward.runs.record import plain
from obrok.outward.runs.shown import chance_text, head, how_made_told, label, span, under, verdict
from obrok.release import version

#: as many answers are drawn at the most
DRAWN = 16
_MARKS = ("o", "D")


def drawn(a: Side, b: Side, pairs: Sequence[Pair]) -> Picture:
    """The first of the answers, each on a scale of its own: ranges of A and B, one above the other."""
    shown = [p for p in pairs if None not in p.a.quantiles and None not in p.b.quantiles][:DRAWN]

    def draw(narrow: bool) -> Drawing:
        drawing = new_figure(narrow, (1.3 if narrow else 0.78) * max(1, len(shown)) + 0.35)
        axes = drawing.subplots()
        for i, pair in enumerate(shown):
            _row(axes, -i, pair, label(pair.key, a.summary), narrow)
        axes.set_xlim(-0.01, 1.02 if narrow else 1.42)
        axes.set_ylim(-len(shown) + (0.25 if narrow else 0.35), 0.62)
        axes.set_axis_off()
        return drawing

    said = "; ".join(
        f"{label(p.key, a.summary)}, {under(p.key)}: A {_text(p.a)}; B {_text(p.b)}; {verdict(p)}" for p in shown
    )
    ranges = "Ranges: nine of ten versions. Each answer has a scale of its own."
    footer = f"Model estimates, not counts. {head('A', a)}. {head('B', b)}. {ranges}"
    return picture(None, "Two runs side by side", f"{said}.", draw, footer=footer)


def _text(figure: Figure) -> str:
    reach, middle = span(figure)
    return f"{reach}, middle {middle}"


def _row(axes: Axes, y: float, pair: Pair, text: str, narrow: bool) -> None:
    ends = [x for f in (pair.a, pair.b) for x in f.quantiles if x is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    width = (high - low) or 1.0
    put: dict[str, Any] = {"fontsize": 8.5, "va": "center", "in_layout": False}
    axes.text(
        0, y + 0.36, _cut(f"{text} · {under(pair.key)}", 90) if not narrow else _cut(text, 44), weight="bold", **put
    )
    if narrow:
        axes.text(0, y + 0.23, _cut(f"{under(pair.key)}: {verdict(pair)}", 52), color=SOFT, **put)
    axes.plot([-low / width] * 2, [y - 0.3, y + 0.2], color=RULE, lw=1)
    for k, (name, figure) in enumerate((("A", pair.a), ("B", pair.b))):
        at, colour = y + 0.08 - (0.24 if narrow else 0.27) * k, LINES[k][0]
        start, middle, end = ((x - low) / width for x in figure.quantiles if x is not None)
        axes.plot([start, end], [at, at], color=colour, lw=5, solid_capstyle="butt")
        axes.plot([middle], [at], _MARKS[k], color="white", markeredgecolor=colour, ms=5, mew=1.4)
        told = f"{name}  {_text(figure)}"
        axes.text(0 if narrow else 1.03, at - (0.125 if narrow else 0), told, color=INK, **put)
    if not narrow:
        axes.text(1.03, y + 0.36, verdict(pair), weight="bold" if pair.beyond else "normal", **put)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def page(a: Side, b: Side, pairs: Sequence[Pair]) -> str:
    """One file that opens offline."""
    rows = [(label(p.key, a.summary), under(p.key), _text(p.a), _text(p.b), verdict(p), p.beyond) for p in pairs]
    return (
        pages.environment()
        .get_template("compared.html")
        .render(
            titles=list(dict.fromkeys(plain(str(s.summary.get("title") or s.run.case))[:200] for s in (a, b))),
            heads=[head("A", a), head("B", b)],
            how=how_made_told(a, b),
            chance=chance_text(a, b, pairs),
            picture=drawn(a, b, pairs),
            rows=rows,
            drawn=DRAWN,
            version=version(),
        )
    )
