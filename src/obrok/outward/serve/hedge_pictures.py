"""What a claim's word is taken to say, as figures of a small picture: a density for an input, a chance for an outcome."""

from __future__ import annotations

import numpy as np

from obrok.answers.weigh import likelihood, word_chance
from obrok.answers.words import number, percent
from obrok.case.case import Case, Prior
from obrok.case.combined import Cited
from obrok.case.parameters import COUNTED
from obrok.distributions import Simple
from obrok.evidence.claims import Claim
from obrok.outward.columns import outcome
from obrok.outward.rows import amount, meaning
from obrok.quantities import FURTHEST_COUNT, LARGEST_COUNT, Distribution, Exactly, LogitNormal, Words, flatten

#: points of a curve
POINTS = 161
#: an axis is one of ratios where its ends are so many times apart
BY_RATIOS = 25.0
#: a curve is drawn as far as it differs from its ends by more than this part of its height
LEVEL = 0.02
#: of a trend: people who left in the time before, about whom it is asked
EARLIER = 12
#: ends of what "most weight" holds, and its middle
MOST = (0.05, 0.5, 0.95)
#: unit → what a mark on the axis is multiplied with, and what stands after the axis's name
SHOWN = {
    "share": (100.0, ""), "1/year": (100.0, "per 100 people a year"), "1/week": (1.0, "a week"), "days": (1.0, "days"),
    "USD/month": (1.0, "US dollars a month"), "USD": (1.0, "US dollars"), "people": (1.0, ""), "crews": (1.0, ""),
    "cases": (1.0, ""), "1": (1.0, ""), "1/day": (1.0, "once in so many days"),
}  # fmt: skip
#: units of which there are no parts
WHOLE = ("people", "crews", "cases")


def picture(case: Case, claim: Claim) -> dict | None:
    """What is drawn of a claim; None where its words say nothing of a number.

    `title`; `kind`: density (`said`, and `otherwise` if its source is wrong), cut (what a bound leaves) or chance; `x`
    and of each curve `y` (0 to 1 of the height) and `pins` (value, chance); `log`; `ticks` (value, label); `label` of the
    axis; `alt`: all of it in words.
    """
    if claim.informs == "input":
        prior = case.priors.get(claim.quantity or "")
        cited = next((c for c in prior.cited if c.claim.id == claim.id), None) if prior else None
        return of_input(case, prior, cited) if prior and cited else None
    return _of_outcome(case, claim) if claim.is_counted else None


# --- inputs ----------------------------------------------------------------------------------------------------------
def of_input(case: Case, prior: Prior, cited: Cited) -> dict:
    """What is drawn of a claim that a parameter rests on, or would."""
    p = prior.parameter
    said, otherwise = _values(case, cited.reading), _values(case, prior.fallback)
    ends = (0.0, 1.0) if p.unit == "share" else _ends(np.clip(np.concatenate([said, otherwise]), p.low, p.high))
    log = p.unit != "share" and ends[0] > 0 and ends[1] > BY_RATIOS * ends[0]
    x = _steps(*ends, log)
    fallback = _curve(case, prior.fallback, x, log)
    if cited.bound is None:
        curve, kind = _curve(case, cited.reading, x, log), "density"
        says = in_words(case, cited.reading, p.unit)
    else:
        curve, kind = (cited.bound.density(x), []), "cut"
        least = cited.bound.side > 0
        at = amount([cited.bound.at], p.unit)
        says = f"{'at least' if least else 'at most'} {at}; {'smaller' if least else 'larger'} numbers fade out"
    if kind == "density":
        top = max(curve[0].max(), fallback[0].max(), 1e-300)
        curve, fallback = (curve[0] / top, curve[1]), (fallback[0] / top, fallback[1])
    else:
        fallback = (fallback[0] / max(fallback[0].max(), 1e-300), fallback[1])
    alt = f"It is taken to say: {says}. If the source is wrong: {in_words(case, prior.fallback, p.unit)}."
    about = meaning(case, p.name)
    return _drawn(kind, x, log, p.unit, about[0].upper() + about[1:], alt, curve, fallback)


def in_words(case: Case, dist: Distribution, unit: str) -> str:
    """Where most of a distribution's weight lies: "most weight from $786 to $1,014 a month, middle $900 a month"."""
    parts = list(flatten(dist))
    pins = [(w, part.value) for w, part in parts if isinstance(part, Exactly)]
    rest = [(w, part) for w, part in parts if not isinstance(part, Exactly)]
    told = [f"exactly {amount([v], unit)}" + (f" with chance {percent(w)}" if len(parts) > 1 else "") for w, v in pins]
    if rest:
        q = np.quantile(np.concatenate([_part(case, part, w) for w, part in rest]), MOST)
        low, middle, high = (_rounded(float(v)) for v in q)
        span = f"most weight from {amount([low, high], unit, ' to ')}, middle {amount([middle], unit)}"
        told.append(f"else {span}" if pins else span)
    return "; ".join(told)


def _rounded(value: float) -> float:
    """Two digits: nobody's words are more exact."""
    return float(f"{value:.2g}")


def _values(case: Case, dist: Distribution) -> np.ndarray:
    """Values of equal weight."""
    return np.concatenate([_part(case, part, w) for w, part in flatten(dist)])


def _part(case: Case, part: Simple, weight: float) -> np.ndarray:
    n = max(1, round(2000 * weight))
    u = (np.arange(n) + 0.5) / n
    if isinstance(part, LogitNormal):  # it stands around another figure: wherever that may lie
        return part.quantile(u, {part.around: np.resize(_around(case, part), n)})
    return part.quantile(u)


def _around(case: Case, part: LogitNormal) -> np.ndarray:
    """What the parameter may be that a share stands around, 101 values in an order that has nothing to do with theirs."""
    middles = np.quantile(_values(case, case.priors[part.around].distribution), (np.arange(101) + 0.5) / 101)
    return middles[np.arange(101) * 37 % 101]


def _ends(values: np.ndarray) -> tuple[float, float]:
    """From where to where an axis reaches: all but the furthest values, some room, and 0 where that is near."""
    low, high = (float(v) for v in np.quantile(values, (0.004, 0.996)))
    if low > 0 and high > BY_RATIOS * low:
        return low, high
    room = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
    near = 0 <= low < 0.4 * high or low - room < 0 <= low
    return (0.0 if near else low - room), high + room


def _steps(low: float, high: float, log: bool) -> np.ndarray:
    return np.geomspace(low, high, POINTS) if log else np.linspace(low, high, POINTS)


def _curve(case: Case, dist: Distribution, x: np.ndarray, log: bool) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Density (by ratios, where the axis is) and what is certain, as value and chance."""
    y, pins = np.zeros(len(x)), []
    for weight, part in flatten(dist):
        if isinstance(part, Exactly):
            pins.append((part.value, weight))
        elif isinstance(part, LogitNormal):
            y += weight * part.density(x, {part.around: _around(case, part)[:, None]}).mean(axis=0)
        else:
            y += weight * part.density(x)
    # a density may be infinite at the very end of a share
    y = np.where(np.isfinite(y), y, 0.0)
    return (y * x if log else y), pins


# --- outcomes --------------------------------------------------------------------------------------------------------
def _of_outcome(case: Case, claim: Claim) -> dict:
    unit, table = COUNTED[claim.quantity or ""], case.words
    label = outcome(claim.quantity or "")
    if claim.quantity == "trend" and claim.value is None and claim.hedge in table.statements:
        unit, label = "people", f"people who left in the time it speaks of, after {EARLIER} in the time before"
        x = np.arange(0.0, 61.0)
        y = _trend(case, claim, x)
    else:
        x = _grid(claim, unit, table)
        y = np.nan_to_num(word_chance(claim, x, table))
    relative = claim.value is not None  # a figure has a density, which is no chance
    x, y = _drawn_part(x, y / max(float(y.max()), 1e-300) if relative else y, unit)
    log = unit == "1"
    best = _best(x, y, unit)
    chance = (
        f"It fits {best} best" if relative else f"It is likeliest said of {best}, with chance {percent(float(y.max()))}"
    )
    alt = f"{chance}; at least half as {'well' if relative else 'likely'}: {_half(x, y, unit)}."
    return _drawn("chance", x, log, unit, label[0].upper() + label[1:], alt, (y, []), None) | {"relative": relative}


def _trend(case: Case, claim: Claim, x: np.ndarray) -> np.ndarray:
    key, before = f"claim {claim.id}", np.full(len(x), float(EARLIER))
    posts = np.full(len(x), float(np.median(_values(case, case.priors["posts"].distribution))))
    columns = {f"{key} recent": x, f"{key} earlier": before, f"{key} year": x + before}
    return likelihood(claim, columns, posts, case.words)


def _grid(claim: Claim, unit: str, table: Words) -> np.ndarray:
    """Numbers that a claim's words might be said of."""
    if unit == "share":
        return np.linspace(0.0, 1.0, 201)
    if unit == "1":
        return np.geomspace(0.2, 8.0, 201)
    if claim.value is not None:
        low, high = claim.value
        return np.unique(
            np.linspace(0.0 if low < 50 else low / 4, 4 * high + 10, 2_001).round(0 if unit == "people" else 2)
        )
    top = FURTHEST_COUNT if (claim.among or claim.hedge) in table.rows["further_counts"] else LARGEST_COUNT
    return np.unique(np.append(np.arange(61), np.geomspace(60, top, 140).round())).astype(float)


def _drawn_part(x: np.ndarray, y: np.ndarray, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """The part of a curve in which something happens, of counts and money; shares and ratios have a scale of their own."""
    if unit in ("share", "1"):
        return x, y
    level = LEVEL * y.max()
    after, before = np.flatnonzero(np.abs(y - y[-1]) > level), np.flatnonzero(np.abs(y - y[0]) > level)
    last = min(int(after[-1]) + 2, len(x) - 1) if len(after) else len(x) - 1
    first = max(int(before[0]) - 2, 0) if len(before) else 0
    if x[first] < 0.3 * x[last]:
        first = 0
    step = max(1, (last - first) // POINTS)
    keep = np.unique(np.append(np.arange(first, last + 1, step), last))
    return x[keep], y[keep]


def _best(x: np.ndarray, y: np.ndarray, unit: str) -> str:
    """Where a curve is highest; from where on, if it does not fall any more."""
    top = np.flatnonzero(y >= 0.99 * y.max())
    if unit != "share" and len(top) > 2 and top[-1] == len(x) - 1:
        return f"{_told(float(x[top[0]]), unit)} or more"
    return _told(float(x[y.argmax()]), unit)


def _half(x: np.ndarray, y: np.ndarray, unit: str) -> str:
    """Where a curve is at least half as high as at its top; open where it does not fall any more."""
    inside = np.flatnonzero(y >= 0.5 * y.max())
    low, high = _told(float(x[inside[0]]), unit), _told(float(x[inside[-1]]), unit)
    if inside[-1] == len(x) - 1:
        return f"{low} or more" if inside[0] else "any number"
    if inside[0] == 0 or low == high:
        return low if low == high else f"up to {high}"
    return f"{low} to {high}"


def _told(value: float, unit: str) -> str:
    value = _rounded(value)
    if unit == "people":
        return f"{value:,.0f}"
    return f"{value:.2g} times as much" if unit == "1" else number(value, unit)


# --- both ------------------------------------------------------------------------------------------------------------
Curve = tuple[np.ndarray, list[tuple[float, float]]]


def _drawn(
    kind: str, x: np.ndarray, log: bool, unit: str, label: str, alt: str, said: Curve, otherwise: Curve | None
) -> dict:
    after = SHOWN[unit][1]
    low, high = float(x[0]), float(x[-1])
    return {
        "kind": kind, "log": log, "label": label if after.lower() in label.lower() else f"{label}, {after}", "alt": alt,
        "ticks": [(v, _tick(v, unit)) for v in _marked(low, high, log, unit, said, otherwise)], "x": _short(x), "said": _as_json(said),
        "otherwise": None if otherwise is None else _as_json(otherwise),
    }  # fmt: skip


def _as_json(curve: Curve) -> dict:
    return {"y": _short(curve[0]), "pins": [[float(v), float(w)] for v, w in curve[1]]}


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{v:.4g}") for v in values]


def _marked(low: float, high: float, log: bool, unit: str, said: Curve, otherwise: Curve | None) -> list[float]:
    """Where an axis has its marks, at most seven: at round numbers as they are shown, or at each pin if there is no curve."""
    factor, curves = SHOWN[unit][0], [c for c in (said, otherwise) if c]
    if not any(c[0].any() for c in curves):
        return sorted({value for c in curves for value, _ in c[1]})
    if unit == "1/day":  # shown as days between
        return [1 / v for v in reversed(_round(1 / high, 1 / low if low > 0 else 1e4, True))]
    marks = [v / factor for v in _round(low * factor, high * factor, log)]
    return [v for v in marks if v == round(v)] if unit in WHOLE else marks


def _tick(value: float, unit: str) -> str:
    if unit == "1/day":
        return f"{1 / value:,.3g}"
    return f"{'$' * unit.startswith('USD')}{value * SHOWN[unit][0]:,.6g}{' %' * (unit == 'share')}"


def _round(low: float, high: float, log: bool) -> list[float]:
    if not log:
        raw = (high - low) / 5
        size = 10.0 ** np.floor(np.log10(raw))
        step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw * (1 - 1e-9))
        return [round(k * step, 10) for k in range(int(np.ceil(low / step - 1e-9)), int(high / step + 1e-9) + 1)]
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        marks = [d * 10.0**k for k in decades for d in digits if low * 0.999 <= d * 10.0**k <= high * 1.001]
        if len(marks) <= 7:
            return [float(f"{m:.3g}") for m in marks]
    return [float(f"{m:.3g}") for m in marks[:: -(-len(marks) // 7)]]
