"""The picture of a speed comparison: programs side by side, and how obrok's time grows."""

from __future__ import annotations

from pathlib import Path

from obrok.outward.charts import AFTER, BEFORE, INK, bare, house_style

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
    from matplotlib.figure import Figure

    rates = {k: told["ensemble_rate"] for k, told in data["programs"].items() if told and "ensemble_rate" in told}
    slopes = data["slopes"] or {}
    if not rates and not slopes:
        return False
    with house_style():
        figure = Figure(figsize=(9.0, 3.6 if rates and slopes else 3.2), layout="constrained")
        grid = figure.add_gridspec(2, 4, width_ratios=(1, 1, 1, 1))
        if rates:
            _rates(figure.add_subplot(grid[:, :2] if slopes else grid[:, :]), rates)
        for k, told in enumerate(slopes.values()):
            spot = grid[k // 2, 2 + k % 2] if rates else grid[k // 2, 2 * (k % 2) : 2 * (k % 2) + 2]
            _slope(figure.add_subplot(spot), told)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160)
    return True


def _rates(axes, rates: dict[str, dict]) -> None:
    order = sorted(rates, key=lambda k: rates[k]["median"])
    for y, name in enumerate(order):
        told = rates[name]
        colour = AFTER if name == "obrok" else BEFORE
        axes.barh(y, told["median"], color=colour, height=0.62)
        axes.plot([told["low"], told["high"]], [y, y], color=INK, linewidth=1)
        axes.text(told["high"] * 1.25, y, _short(told["median"]), va="center", fontsize=8)
    axes.set_yticks(range(len(order)), [NAMES.get(k, k) for k in order])
    axes.set_xscale("log")
    least, most = (f(told["median"] for told in rates.values()) for f in (min, max))
    axes.set_xlim(least / 3, most * 12)
    axes.set_title("person-days a second, 1,000 worlds of 300 people", fontsize=9, loc="left")
    bare(axes)


def _slope(axes, told: dict) -> None:
    axes.plot(told["at"], told["seconds"], marker="o", markersize=3.5, color=AFTER, linewidth=1.2)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_xticks(told["at"], [f"{x:,g}" for x in told["at"]], fontsize=7)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_title(f"s by {told['unit']}: slope {told['slope']:.2f}", fontsize=8, loc="left")


def _short(rate: float) -> str:
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if rate >= unit:
            return f"{rate / unit:.2g} {word}" if rate < 10 * unit else f"{rate / unit:,.0f} {word}"
    return f"{rate:,.0f}"
