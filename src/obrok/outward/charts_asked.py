"""Answers to a case's own questions that differ in their days alone: a picture over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from obrok.answers.asked import day
from obrok.answers.words import topic_text
from obrok.case.case import Case, Question
from obrok.case.questions import lines
from obrok.outward.charts import AFTER, BEFORE, Picture, new_figure, picture, span_text
from obrok.outward.charts_days import few


def over_time(case: Case, answers: Mapping[str, dict], weighed: bool) -> list[tuple[Picture, list[Question]]]:
    """A picture for each topic with two or more questions, and these; `answers`: those as reported, by id."""
    return [(_picture(case, asked, answers, weighed), asked) for asked in lines(case.questions, 2)]


def _picture(case: Case, asked: Sequence[Question], answers: Mapping[str, dict], weighed: bool) -> Picture:
    when = np.array([np.datetime64(q.days[1].isoformat()) for q in asked])
    after = [answers[q.id] for q in asked]
    before = [a["prior"] for a in after]
    yearly = len({(q.days[1].month, q.days[1].day) for q in asked}) == 1

    def draw(narrow: bool) -> Figure:
        figure = new_figure(narrow, 3.0 if narrow else 2.8)
        axes = figure.subplots()
        if weighed:
            _band(axes, when, before, BEFORE, "o", "before weighing")
        _band(axes, when, after, AFTER, "D", "after weighing" if weighed else "not weighed by what was reported")
        axes.set_ylim(0, max(1e-9, *(_end(q["p95"]) for q in (*before, *after))) * 1.08)
        shown = asked[:: -(-len(asked) // (5 if narrow else 10))]
        ticks = [np.datetime64(q.days[1].isoformat()) for q in shown]
        axes.set_xticks(ticks, [_tick(q, yearly) for q in shown])
        axes.yaxis.set_major_formatter(lambda value, _: _figure(value, asked[0].unit))
        if asked[0].unit == "people":
            few(axes, case)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        return figure

    told = "; ".join(
        f"{day(q.days[1])}: {span_text(a, q.unit)}" + (f" ({span_text(a['prior'], q.unit)} before weighing)" * weighed)
        for q, a in zip(asked, after, strict=True)
    )
    title = topic_text(case, asked[0].quantity, asked[0].about.place, asked[0].where)
    if yearly:
        last = asked[0].days[1]
        title += ", year by year" if asked[0].days[0] != last else f", on {last.day} {last:%B} of each year"
    return picture(case, title, f"{told}.", draw, (asked[0].days[0], asked[-1].days[1]))


def _tick(q: Question, yearly: bool) -> str:
    last = q.days[1]
    return f"{last.year}" if yearly else f"{last.day} {last:%b}\n{last.year}"


def _band(axes: Axes, when: np.ndarray, rows: Sequence[Mapping], colour: str, mark: str, label: str) -> None:
    low, middle, high = (np.array([_end(q[k]) for q in rows]) for k in ("p05", "p50", "p95"))
    axes.fill_between(when, low, high, color=colour, alpha=0.18, lw=0)
    style: dict[str, Any] = dict(color=colour, lw=1.4, ls="-" if mark == "D" else (0, (4, 2)), markerfacecolor="white")
    axes.plot(when, middle, marker=mark, ms=5, mew=1.4, label=label, **style)
    for end in (low, high):
        axes.plot(when, end, color=colour, lw=0.7, ls=style["ls"])


def _end(value: float | None) -> float:
    return 0.0 if value is None else value


def _figure(value: float, unit: str) -> str:
    return {"share": f"{100 * value:g} %", "USD": f"${value:,.0f}"}.get(unit, f"{value:,g}")
