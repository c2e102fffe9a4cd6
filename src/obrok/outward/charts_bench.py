"""The picture of a speed comparison: programs side by side, and how obrok's time grows."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from obrok.outward.charts import AFTER, BEFORE, INK, WIDE, bare, house_style

#: names that a reader knows, by id
NAMES = {
    "obrok": "obrok",
    "c": "the same in C, by hand",
    "numpy-ahead": "NumPy, by obrok's candidate days",
    "numpy": "NumPy, day by day",
    "jax": "JAX (threefry)",
    "jax-rbg": "JAX (rbg)",
    "mesa": "Mesa",
}


def draw_bench(data: dict, path: Path) -> bool:
    """Writes the picture (SVG or PNG by its ending) of what `Bench.as_data` tells; nothing where there is nothing to show."""
    rates = {k: told["ensemble_rate"] for k, told in data["programs"].items() if told and "ensemble_rate" in told}
    slopes = data["slopes"] or {}
    if not rates and not slopes:
        return False
    with house_style():
        figure = Figure(figsize=(WIDE, (2.9 if rates else 0.0) + (2.2 if slopes else 0.0)), layout="constrained")
        halves = figure.add_gridspec(
            1 + bool(rates and slopes), 1, height_ratios=[2.9, 2.2] if rates and slopes else None
        )
        if rates:
            _rates(figure.add_subplot(halves[0]), rates)
        if slopes:
            row = halves[1 if rates else 0].subgridspec(1, len(slopes))
            for k, told in enumerate(slopes.values()):
                _slope(figure.add_subplot(row[k]), told)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160)
    return True


def _rates(axes: Axes, rates: dict[str, dict]) -> None:
    order = sorted(rates, key=lambda k: rates[k]["median"])
    for y, name in enumerate(order):
        told = rates[name]
        axes.barh(y, told["median"], color=AFTER if name == "obrok" else BEFORE, height=0.62)
        axes.plot([told["low"], told["high"]], [y, y], color=INK, linewidth=1)
        axes.text(told["high"] * 1.15, y, _short(told["median"]), va="center", fontsize=8.5)
    least, most = (f(told["median"] for told in rates.values()) for f in (min, max))
    axes.set_xscale("log")
    axes.set_xlim(least / 5, most * 8)
    axes.set_xticks([])
    axes.minorticks_off()
    axes.set_yticks(range(len(order)), [NAMES.get(k, k) for k in order])
    axes.set_title("Person-days lived in a second (logarithmic scale)")
    bare(axes)


def _slope(axes: Axes, told: dict) -> None:
    axes.plot(told["at"], told["seconds"], marker="o", markersize=4, color=AFTER, linewidth=1.3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    ends = [told["at"][0], told["at"][-1]]
    axes.set_xticks(ends, [f"{x:,g}" for x in ends])
    took = [told["seconds"][0], told["seconds"][-1]]
    axes.set_yticks(took, [f"{x:.2g} s" for x in took])
    axes.set_xlabel(told["unit"])
    axes.set_title(f"slope {told['slope']:.2f}")


def _short(rate: float) -> str:
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if rate >= unit:
            return f"{rate / unit:.1f} {word}" if rate < 10 * unit else f"{rate / unit:,.0f} {word}"
    return f"{rate:,.0f}"
