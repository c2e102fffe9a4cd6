"""Pictures of the calibration: ranks against the diagonal, how often ranges hold, wrong versions beside the right one."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from obrok.verify.calibration import Ranked
from obrok.verify.pictures import ENGINE, JUDGE, SOFT, as_svg, plain_words, sheet
from obrok.verify.ranks import band
from obrok.verify.trials import Coverage, Question


def off_the_diagonal(r: Ranked, q: Question, rows: slice, alpha: float) -> str:
    """Distribution of the ranks of every quantity of a kind, less the diagonal; bands that one and all of them leave only
    with chance `alpha`; the furthest off is named."""
    with sheet(2.9) as figure:
        axes = figure.add_subplot()
        columns = r.columns(q.kind)
        for c in columns:
            worst = r.names[c][1] == q.worst[0]
            _line(axes, r.ranks[rows, c], JUDGE if worst else ENGINE, 1.6 if worst else 0.7, 1.0 if worst else 0.35)
        n = len(r.ranks[rows])
        _bands(axes, n, alpha, len(columns))
        axes.set_title(f"ranks of {len(columns)} quantities less the diagonal; orange: {plain_words(q.worst[0])}")
        axes.set_xlabel("rank of the truth among weighed worlds")
        return as_svg(figure)


def dots(c: Coverage) -> str:
    """How often ranges hold the truth, an answer a line, with how far one may lie off; hollow: as printed."""
    with sheet(0.9 + 0.24 * len(c.by_answer)) as figure:
        axes = figure.add_subplot()
        at = np.arange(len(c.by_answer))
        axes.axvspan(c.share - c.one, c.share + c.one, color=SOFT, alpha=0.12, lw=0, label="one answer may lie here")
        axes.axvspan(c.share - c.all, c.share + c.all, color=SOFT, alpha=0.2, lw=0, label="the mean over all, here")
        axes.axvline(c.mean, color=JUDGE, ls="--", lw=1.2, label="mean over all")
        axes.plot(list(c.printed.values()), at, "s", mfc="none", color=SOFT, ms=5, label="as printed, ends included")
        axes.plot(list(c.by_answer.values()), at, "o", color=ENGINE, ms=5, label="ties split by luck")
        axes.set_yticks(at, [plain_words(name) for name in c.by_answer])
        axes.invert_yaxis()
        axes.set_title(f"share of {c.share:.0%} ranges that hold the truth")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower right", ncols=3)
        return as_svg(figure)


def beside(right: Ranked, wrong: Ranked, id: str, rows: slice, alpha: float) -> str:
    """The quantity that a mistake changes most, and how well the report fits the truth: by the weighing as it is, and by
    the wrong one. Reports count by how much the mistake changes them, and the bands follow."""
    with sheet(2.9) as figure:
        pair = (("as it is", right), ("with the mistake", wrong))
        axes = figure.subplots(1, 2, sharey=True)
        for panel, (title, r) in zip(axes, pair, strict=True):
            names = [name for _, name in r.names]
            column = names.index(id)
            scale = r.scale[rows, column - r.columns("mistakes")[0]]
            ranks = r.ranks[rows]
            _line(panel, ranks[:, column], JUDGE, 1.6, 1.0, scale**2, "what the mistake changes")
            _line(panel, ranks[:, names.index("fit of all")], ENGINE, 1.2, 0.9, None, "fit of the report", "--")
            _bands(panel, counted(scale**2), alpha, 1)
            panel.set_title(title)
            panel.set_xlabel("rank of the truth")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower right", ncols=4)
        return as_svg(figure)


def counted(weight: np.ndarray) -> int:
    """How many ranks of equal weight these are worth, one at the least."""
    return max(1, int(weight.sum() ** 2 / (weight**2).sum())) if weight.any() else len(weight)


def _line(axes: Axes, ranks, colour: str, width: float, alpha: float, weight=None, label=None, dash="-") -> None:
    """Distribution of ranks less the diagonal, at 200 points. `weight`: how much each rank counts."""
    order = np.argsort(ranks)
    w = np.ones(len(ranks)) if weight is None or not weight.any() else weight
    upto = np.concatenate([[0.0], np.cumsum(w[order])]) / w.sum()
    x = np.linspace(0, 1, 201)
    y = upto[np.searchsorted(ranks[order], x, "right")]
    axes.plot(x, y - x, color=colour, lw=width, alpha=alpha, label=label, ls=dash)


def _bands(axes: Axes, n: int, alpha: float, quantities: int) -> None:
    for share, dash, label in ((0.05, ":", "1 of 20 leaves this"), (alpha / quantities, "--", "alarm")):
        off = band(n, share)
        for sign in (1, -1):
            axes.axhline(sign * off, color=SOFT, ls=dash, lw=1.0, label=label if sign > 0 else None)
    axes.axhline(0.0, color=SOFT, lw=0.6)
    axes.set_xlim(0, 1)
