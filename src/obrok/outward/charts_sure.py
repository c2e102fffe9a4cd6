"""What the spread of each answer is due to: a picture of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from obrok.answers.words import percent
from obrok.case.case import Case
from obrok.outward.charts import INK, Picture, bare, new_figure, picture

#: part → what it is, colour, hatching
PARTS = {
    "luck": ("luck", "#7c858e", ""),
    "assumptions": ("what is assumed", "#0b5c8a", "//"),
    "hedges": ("how exact the reports' words are", "#b3541e", "xx"),
}


def due(case: Case, title: str, rows: Sequence[tuple[str, Mapping[str, float]]]) -> Picture:
    """Bars of one length, split into what an answer's spread is due to; `rows`: label, shares by part."""

    def draw(narrow: bool) -> Figure:
        step = 0.62 if narrow else 0.42
        figure = new_figure(narrow, step * len(rows) + 1.0)
        axes = figure.subplots()
        for i, (label, shares) in enumerate(rows):
            y, left = -i - (0.15 if narrow else 0.0), 0.0
            if narrow:
                axes.text(0, -i + 0.29, label, weight="bold", fontsize=9, va="center")
            for part, (_, colour, hatch) in PARTS.items():
                width = shares.get(part, 0.0)
                axes.barh(y, width, left=left, height=0.46, color=colour, hatch=hatch, edgecolor="white", lw=0)
                if width > (0.13 if narrow else 0.06):
                    box = dict(facecolor="white", edgecolor="none", pad=1.2)
                    at = left + width / 2
                    axes.text(at, y, percent(width), ha="center", va="center", fontsize=8.5, color=INK, bbox=box)
                left += width
        axes.set_yticks([-i for i in range(len(rows))], ["" if narrow else label for label, _ in rows])
        axes.set_xticks([0, 0.5, 1], ["0", "half", "all of its spread"])
        axes.set_xlim(0, 1.02 if narrow else 1.1)
        axes.set_ylim(-len(rows) + 0.45, 0.62)
        axes.spines["bottom"].set_bounds(0, 1)
        bare(axes)
        keys = [Patch(facecolor=c, hatch=h, edgecolor="white", lw=0, label=name) for name, c, h in PARTS.values()]
        columns = 1 if narrow else len(keys)
        axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2)
        return figure

    told = "; ".join(
        f"{label}: " + ", ".join(f"{percent(shares.get(part, 0.0))} {what}" for part, (what, *_) in PARTS.items())
        for label, shares in rows
    )
    return picture(case, title, f"{told}.", draw)
