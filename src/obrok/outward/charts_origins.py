"""Which documents share an origin: a picture of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from obrok.answers.words import listed
from obrok.case.case import Case
from obrok.evidence.copies import Relation, relations, texts_of
from obrok.evidence.documents import Document
from obrok.outward.charts import AFTER, INK, RULE, Picture, bare, new_figure, picture

#: kind → colour, dash; those that are questions are dotted
EDGES: dict[str, tuple[str, Any]] = {
    "same text": (INK, "-"),
    "near copy": (INK, (0, (6, 2))),
    "rewrite": (AFTER, "-"),
    "translation or retelling": (AFTER, (0, (6, 2))),
    "shared passages": ("#b3541e", (0, (1, 1.5))),
    "same agency": ("#7a4a8c", (0, (1, 1.5))),
    "same unnamed source": ("#3f7d3a", (0, (1, 1.5))),
}


def compared(case: Case) -> tuple[list[Relation], frozenset[str]]:
    """Relations among the documents whose texts are on this machine, and the ids of those."""
    texts = texts_of(case.evidence.documents.values(), case.folder)
    return relations(texts), frozenset(t.id for t in texts)


def origins(case: Case, title: str) -> Picture:
    """A row for each origin, its documents by date, what the texts have in common between them."""
    found, here = compared(case)
    claims = Counter(c.document for c in case.evidence.claims.values())
    rows: dict[str, list[Document]] = {}
    for d in sorted(case.evidence.documents.values(), key=lambda d: (d.published, d.id)):
        rows.setdefault(d.origin, []).append(d)

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, (0.42 if narrow else 0.27) * len(rows) + 1.0)
        axes = figure.subplots()
        days = [_day(d, case) for d in case.evidence.documents.values()]
        step = max((max(days) - min(days)) * (0.045 if narrow else 0.018), 0.5)  # the width of a mark
        places = {}
        for i, some in enumerate(rows.values()):
            at = -1e9
            for d in some:  # those of one day stand side by side
                at = max(_day(d, case), at + step)
                places[d.id] = at, -i
        for r in found:
            colour, dash = EDGES[r.kind]
            arrow: dict[str, Any] = dict(arrowstyle="-", color=colour, ls=dash, lw=1.6, connectionstyle="arc3,rad=0.25")
            axes.annotate("", places[r.first], places[r.second], arrowprops=arrow)
        for i, (origin, some) in enumerate(rows.items()):
            _row(axes, -i, origin, [(places[d.id][0], claims[d.id], d.id in here) for d in some], narrow)
        axes.set_yticks([-i for i in range(len(rows))], ["" if narrow else _short(o) for o in rows])
        axes.set_ylim(-len(rows) + 0.4, 0.7)
        axes.margins(x=0.08)
        locator = AutoDateLocator(maxticks=5 if narrow else 9)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        bare(axes)
        if keys := _keys(found):
            axes.legend(
                handles=keys, loc="lower left", bbox_to_anchor=(0, 1), ncols=1 if narrow else 3, borderaxespad=0.2
            )
        return figure

    return picture(
        case, title, _told(rows, claims, found, case), draw, footer=f"{case.title}. Documents as the case gives them."
    )


def _day(document: Document, case: Case) -> float:
    """The middle of the days on which it may have appeared; of a protected one, the first day of the period."""
    first, last = (date2num(d) for d in document.published)
    return date2num(case.date(0)) if document.protected else (first + last) / 2  # type: ignore[no-any-return]


def _row(axes: Axes, y: int, origin: str, marks: Sequence[tuple[float, int, bool]], narrow: bool) -> None:
    days = [day for day, _, _ in marks]
    axes.plot([min(days), max(days)], [y, y], color=RULE, lw=7, solid_capstyle="round", zorder=1)
    if narrow:
        axes.annotate(
            _short(origin), (min(days), y), xytext=(0, 7), textcoords="offset points", fontsize=7.5, ha="center"
        )
    for day, _, here in marks:
        axes.plot([day], [y], "o", color=AFTER if here else "white", markeredgecolor=AFTER, ms=6, mew=1.3, zorder=3)
    told = " + ".join(str(claims) for _, claims, _ in marks)
    axes.annotate(told, (max(days), y), xytext=(7, 0), textcoords="offset points", fontsize=8, va="center")


def _short(text: str) -> str:
    return text if len(text) <= 28 else text[:27] + "…"


def _keys(found: Sequence[Relation]) -> list[Line2D]:
    kinds = {r.kind for r in found}
    return [Line2D([], [], color=c, ls=dash, lw=1.6, label=kind) for kind, (c, dash) in EDGES.items() if kind in kinds]


def _told(rows: dict[str, list[Document]], claims: Counter[str], found: Sequence[Relation], case: Case) -> str:
    documents = case.evidence.documents
    several = [
        f"{o}: {listed([f'{d.id} ({claims[d.id]} claims)' for d in some])}" for o, some in rows.items() if len(some) > 1
    ]
    told = [f"{len(documents)} documents of {len(rows)} origin{'s' if len(rows) > 1 else ''}"]
    told += [f"of one origin, {s}" for s in several]
    told += [f"{r.first} and {r.second}: {r.kind}" for r in found]
    return "; ".join(told) + "."
