"""A picture beside each verdict, as SVG text. Bytes depend on the data only; nothing is told by colour alone."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from obrok.engine.tables import STATUSES
from obrok.verify.against_closed_forms import Fates
from obrok.verify.against_reference import NAMES, Compared
from obrok.verify.pairing import Ratio

ENGINE, JUDGE, SOFT, GRID = "#0b5c8a", "#b3541e", "#5d666f", "#dfe3e6"
LINES = ("#0b5c8a", "#b3541e", "#3f7d3a", "#7a4a8c", "#555555")
STYLE = {
    "svg.hashsalt": "obrok", "svg.fonttype": "none", "text.parse_math": False, "font.size": 9, "font.family": ["DejaVu Sans"],
    "axes.titlesize": 9.5, "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": "#8b9299", "legend.frameon": False, "legend.fontsize": 8.5,
    "xtick.labelsize": 8, "ytick.labelsize": 8, "figure.facecolor": "white",
}  # fmt: skip
WIDTH = 9.2


@contextmanager
def sheet(height: float) -> Iterator[Figure]:
    defaults = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
    with matplotlib.rc_context(defaults | STYLE):  # type: ignore[arg-type, operator]
        yield Figure(figsize=(WIDTH, height), layout="constrained")


def as_svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def plain_words(name: str) -> str:
    return name.replace("_", " ")


def compared(c: Compared) -> str:
    """Engine and reference by day; beneath, how far each thing recorded is off at most."""
    with sheet(7.4) as figure:
        grid = figure.add_gridspec(3, 4, height_ratios=(1, 1, 1.5))
        shown = ("at_post", "nearby", "remote", "detained", "handed_over", "to_state", "watch", "belief")
        for k, name in enumerate(shown):
            axes = figure.add_subplot(grid[k // 4, k % 4])
            i, scale = NAMES.index(name), 1e-2 if name == "to_state" else 1.0
            for x, colour, dash, label in ((c.engine, ENGINE, "-", "engine"), (c.reference, JUDGE, "--", "reference")):
                days = np.arange(0, x.shape[1], 3)
                low, high = np.quantile(x[:, days, i] * scale, (0.05, 0.95), axis=0)
                axes.fill_between(days, low, high, color=colour, alpha=0.13, lw=0)
                axes.plot(days, x[:, days, i].mean(0) * scale, color=colour, ls=dash, lw=1.4, label=label)
            axes.set_title(plain_words(name) + (", USD" if name == "to_state" else ""))
            axes.ticklabel_format(axis="y", style="sci", scilimits=(-3, 5))
            if k == 0:
                axes.legend(loc="lower left")
        axes = figure.add_subplot(grid[2, :])
        furthest = c.furthest()
        x = np.arange(len(NAMES))
        axes.plot(x, furthest[0], "o", color=ENGINE, ms=5, label="mean")
        axes.plot(x, furthest[1], "s", mfc="none", color=JUDGE, ms=5, label="variance")
        axes.axhline(
            c.result.typical, color=SOFT, lw=1, ls=":", label="largest of all when labels are swapped (middle)"
        )
        axes.set_xticks(x, [plain_words(n) for n in NAMES], rotation=90)
        axes.set_title("largest standardised difference on any day")
        axes.set_ylim(0, max(6.0, 1.25 * float(furthest.max())))
        axes.legend(ncols=3, loc="upper left")
        axes.grid(axis="x", color=GRID)
        return as_svg(figure)


def against_exact(days_means: dict[str, tuple[np.ndarray, np.ndarray]], way: np.ndarray) -> str:
    """Some means by day, engine and exact; beneath, how much of the way to an alarm each count has gone, by day."""
    with sheet(5.2) as figure:
        grid = figure.add_gridspec(2, len(days_means), height_ratios=(1, 1.2))
        for k, (name, (engine, exact)) in enumerate(days_means.items()):
            axes = figure.add_subplot(grid[0, k])
            axes.plot(engine, color=ENGINE, lw=1.6, label="engine")
            axes.plot(exact, color=JUDGE, lw=1.4, ls="--", label="exact")
            axes.set_title(plain_words(name))
            if k == 0:
                axes.legend()
        title = "engine less exact, every count, as a share of the way to an alarm"
        _all_lines(figure.add_subplot(grid[1, :]), way, (-1.0, 0.0, 1.0), title)
        return as_svg(figure)


def ratios_by_day(off: np.ndarray, limits: tuple[float, float]) -> str:
    """Every ratio of variances by day, with the ends beyond which one alone would raise the alarm."""
    with sheet(3.0) as figure:
        title = "engine's variance over the exact one, every count; beyond the dashed lines: alarm"
        _all_lines(figure.add_subplot(), off, (limits[0], 1.0, limits[1]), title)
        return as_svg(figure)


def _all_lines(axes: Axes, off: np.ndarray, low_middle_high: tuple[float, float, float], title: str) -> None:
    axes.plot(off, color=ENGINE, lw=0.6, alpha=0.7)
    for end, look in zip(low_middle_high, ("--", "-", "--"), strict=True):
        axes.axhline(end, color=SOFT if look == "-" else JUDGE, ls=look, lw=1.0)
    axes.set_title(title)
    axes.set_xlabel("day")


def fates(several: Sequence[tuple[str, Fates]], upright: bool) -> str:
    """Counts seen as bars, counts due as marks with two standard deviations."""
    rows = max(len(f.names) for _, f in several)
    with sheet(3.0 if upright else 0.9 + 0.24 * rows) as figure:
        for k, (title, f) in enumerate(several):
            axes = figure.add_subplot(1, len(several), k + 1)
            at, twice = np.arange(len(f.names)), 2.0 * np.sqrt(f.due)
            mark = dict(fmt="_" if upright else "|", color=JUDGE, lw=1.1, ms=6, label="due, two standard deviations")
            if upright:
                axes.bar(at, f.seen, color=ENGINE, alpha=0.55, label="engine")
                axes.errorbar(at, f.due, yerr=twice, **mark)  # type: ignore[arg-type]
                step = max(1, len(at) // 12)
                axes.set_xticks(at[::step], f.names[::step])
            else:
                axes.barh(at, f.seen, color=ENGINE, alpha=0.55, label="engine")
                axes.errorbar(f.due, at, xerr=twice, **mark)  # type: ignore[arg-type]
                axes.set_yticks(at, f.names if k == 0 else [""] * len(at))
                axes.invert_yaxis()
            axes.set_title(title)
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower right", ncols=2)
        return as_svg(figure)


def turns(returned: np.ndarray) -> str:
    """How many contracts end on each day of two terms, one world, (2, days): the second is the first again."""
    with sheet(2.6) as figure:
        axes = figure.add_subplot()
        day = np.arange(1, returned.shape[1] + 1)
        axes.bar(day, returned[0], color=ENGINE, alpha=0.55, label="first term")
        axes.plot(day, returned[1], "_", color=JUDGE, ms=7, mew=1.6, label="second term")
        axes.set_title("ends of contracts by day of the term, one world")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower right", ncols=2)
        return as_svg(figure)


def p_values(found: Sequence[tuple[str, float]], limit: float) -> str:
    """All p-values in order against where they should lie; the smallest are named."""
    ps = np.array([max(p, 1e-30) for _, p in found])
    order = np.argsort(ps)
    with sheet(3.1) as figure:
        axes = figure.add_subplot()
        rank = np.arange(1, len(ps) + 1)
        axes.semilogy(rank, (rank - 0.5) / len(ps), color=SOFT, lw=1, label="where they should lie")
        axes.semilogy(rank, ps[order], "o", color=ENGINE, ms=4, label="p-value of a question")
        axes.axhline(limit, color=JUDGE, ls="--", lw=1.2, label="below: alarm")
        name, offset = found[order[0]][0], dict(xytext=(4, -13), textcoords="offset points", fontsize=8)
        axes.annotate(name, (1, ps[order[0]]), **offset)  # type: ignore[arg-type]
        axes.set_title(f"{len(ps)} questions, in order of their p-values")
        lowest = int(np.floor(np.log10(min(limit, float(ps.min()))))) - 1
        ticks = 10.0 ** np.arange(0, lowest - 1, -max(1, -lowest // 6))
        axes.set_yticks(ticks, [f"{x:g}" for x in ticks])
        axes.set_yticks([], minor=True)
        axes.set_ylim(10.0**lowest, 2.0)
        axes.legend(loc="center right")
        return as_svg(figure)


def clouds(engine: np.ndarray, judge: np.ndarray, names: tuple[str, str]) -> str:
    """Two clouds of points."""
    with sheet(3.6) as figure:
        axes = figure.add_subplot()
        axes.plot(engine[:, 0], engine[:, 1], "o", color=ENGINE, ms=3.5, alpha=0.6, label="engine")
        axes.plot(judge[:, 0], judge[:, 1], "x", color=JUDGE, ms=4, alpha=0.8, label="another solver, other people")
        axes.set(xlabel=names[0], ylabel=names[1])
        axes.set_title("the two attractions of each world")
        axes.legend()
        return as_svg(figure)


def stocks(series: np.ndarray, created: np.ndarray) -> str:
    """People by status, one on the other, up to everyone created."""
    with sheet(3.2) as figure:
        axes = figure.add_subplot()
        shades = [matplotlib.colormaps["cividis"](x) for x in np.linspace(0, 1, len(STATUSES))]
        labels = [plain_words(s) for s in STATUSES]
        axes.stackplot(np.arange(len(series)), series.T, colors=shades, labels=labels, edgecolor="white", linewidth=0.4)
        axes.plot(created, color="black", lw=1.5, ls="--", label="everyone created")
        axes.set_title("people by status at each day's end, one world")
        axes.set_xlabel("day")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
        return as_svg(figure)


def recounted(accounts: dict[str, tuple[np.ndarray, np.ndarray]], judge: str = "recounted") -> str:
    """Cents of a day, recorded and recounted, one world."""
    with sheet(3.4) as figure:
        for k, (name, (recorded, due)) in enumerate(accounts.items()):
            axes = figure.add_subplot(2, 4, k + 1)
            axes.plot(recorded[0] / 100.0, color=ENGINE, lw=2.2, alpha=0.6, label="engine")
            axes.plot(due[0] / 100.0, color=JUDGE, lw=1.0, ls="--", label=judge)
            axes.set_title(f"{plain_words(name)}, USD")
            if k == 0:
                axes.legend()
        return as_svg(figure)


def offsets(off: dict[str, tuple[float, float]], title: str) -> str:
    """A value with twice its standard error, by name; zero is right."""
    with sheet(0.8 + 0.3 * len(off)) as figure:
        axes = figure.add_subplot()
        at = np.arange(len(off))
        axes.errorbar([v for v, _ in off.values()], at, xerr=[2 * e for _, e in off.values()], fmt="o", color=ENGINE)
        axes.axvline(0.0, color=SOFT, lw=0.8)
        axes.set_yticks(at, [plain_words(n) for n in off])
        axes.invert_yaxis()
        axes.set_title(title)
        return as_svg(figure)


def intervals(found: Sequence[Ratio]) -> str:
    """Ratios of variances with their intervals, on a logarithmic axis; 1: sharing luck gains nothing."""
    with sheet(0.9 + 0.36 * len(found)) as figure:
        axes = figure.add_subplot()
        for k, r in enumerate(found):
            axes.plot([r.low, r.high], [k, k], color=ENGINE, lw=2)
            axes.plot([r.pooled], [k], "o", color=ENGINE)
            axes.annotate(
                f"{r.pooled:.1f}", (r.pooled, k), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8
            )
        axes.axvline(1.0, color=JUDGE, ls="--", lw=1.2)
        axes.set_xscale("log")
        ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200) if t <= 1.2 * max(r.high for r in found)]
        axes.set_xticks(ticks, [str(t) for t in ticks])
        axes.set_xticks([], minor=True)
        axes.set_ylim(len(found) - 0.5, -0.7)
        axes.set_yticks(range(len(found)), [f"{r.policy}: {r.outcome}" for r in found])
        axes.set_title("variance with luck apart over variance with luck shared; beyond 1 sharing gains")
        return as_svg(figure)
