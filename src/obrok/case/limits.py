"""Whether a distribution keeps to the limits of its parameter, and numbers that would."""

from __future__ import annotations

from math import ceil, floor

from obrok.case.parameters import Parameter
from obrok.problems import Node, Reader
from obrok.quantities import Distribution, Exactly, LogitNormal, Triangular, Uniform, flatten


def in_range(reader: Reader, p: Parameter, dist: Distribution, node: Node, kind: str, factor: float) -> bool:
    """Whether a distribution (in the parameter's unit) keeps to its limits: all of it where it has ends, else 90 %.

    `node`: where its figures stand, in a unit that is `factor` of the parameter's.
    """
    slack = 0.5 if p.whole else 1e-9 * max(1.0, abs(p.high))
    for _, part in flatten(dist):
        if isinstance(part, LogitNormal) and p.unit != "share":
            reader.report(node, f"`{p.name}` is no share, and `logit_normal` draws one", "use another distribution.")
            return False
        ends = isinstance(part, (Exactly, Uniform, Triangular))
        low, high = (0.0, 1.0) if isinstance(part, LogitNormal) else reach(part, ends)
        if low < p.low - slack or high > p.high + slack:
            what = f"`{p.name}` from {low:g} to {high:g} is outside its limits, {p.low:g} to {p.high:g} {p.unit}"
            mended = _inside_text(p, low, high, kind, factor)
            reader.report(node, what, "write numbers inside them:", node.replaced(mended) if mended else None)
            return False
        if p.whole and isinstance(part, Exactly) and part.value != int(part.value):
            what = f"`{p.name}` counts whole {p.unit}, and {part.value:g} is none"
            mended = node.replaced(f"{part.value:.0f}") if kind == "exactly" and factor == 1 else None
            reader.report(node, what, "write a whole number:", mended)
            return False
    return True


def reach(part: Distribution, ends: bool) -> tuple[float, float]:
    """From where to where a part reaches: its ends, if it has `ends`, else its 5 and 95 % points."""
    low, high = (float(part.quantile(u)) for u in ((0.0, 1.0) if ends else (0.05, 0.95)))  # type: ignore[union-attr]
    return low, high


def _inside_text(p: Parameter, low: float, high: float, kind: str, factor: float) -> str | None:
    """The same kind of distribution with numbers inside the limits, in the unit of the file."""
    a, b = min(max(low, p.low), p.high), max(min(high, p.high), p.low)
    if kind == "exactly":
        return f"{a / factor:.10g}"
    if a >= b:
        a, b = p.low, p.high
    if p.whole:
        a, b = ceil(a), floor(b)
    if kind in ("lognormal", "value"):
        a = max(a, b / 1e4)
    a, b, middle = a / factor, b / factor, (a * b) ** 0.5 / factor if a > 0 else b / 2 / factor
    texts = {
        "value": f"{middle:.4g}",
        "uniform": f"{{from: {a:.10g}, to: {b:.10g}}}",
        "triangular": f"{{from: {a:.10g}, mode: {middle:.4g}, to: {b:.10g}}}",
        "normal": f"{{mean: {(a + b) / 2:.4g}, sd: {(b - a) / 10:.4g}}}",
        "lognormal": f"{{median: {middle:.4g}, p05: {a * 1.01:.4g}, p95: {b * 0.99:.4g}}}",
    }
    return texts.get(kind)
