"""Numbers with unit, range and hedge word → distributions in canonical units; the table of words.

A distribution is frozen data with `cdf(x, draws)`, `quantile(u, draws)`, `density(x, draws)` on arrays; `draws` holds the
parameters drawn before it (only `LogitNormal` looks there). `draw` takes chance in and never draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import log, sqrt
from pathlib import Path

import numpy as np
from scipy import special

from obrok.problems import Node, Reader

Draws = Mapping[str, np.ndarray]
_Z95 = float(special.ndtri(0.95))


@dataclass(frozen=True)
class Exactly:
    """One value, certain."""

    value: float

    def cdf(self, x, draws=None):
        return np.where(np.asarray(x) >= self.value, 1.0, 0.0)

    def quantile(self, u, draws=None):
        return np.full(np.shape(u), self.value)

    def density(self, x, draws=None):
        return np.zeros(np.shape(x))


@dataclass(frozen=True)
class Normal:
    """Normal: mean, standard deviation."""

    mean: float
    sd: float

    def cdf(self, x, draws=None):
        return special.ndtr((np.asarray(x) - self.mean) / self.sd)

    def quantile(self, u, draws=None):
        return self.mean + self.sd * special.ndtri(u)

    def density(self, x, draws=None):
        z = (np.asarray(x) - self.mean) / self.sd
        return np.exp(-z * z / 2) / (self.sd * sqrt(2 * np.pi))


@dataclass(frozen=True)
class LogNormal:
    """Lognormal in two halves, so that median, 5 % and 95 % are met exactly; `plus` is added to every value."""

    median: float
    p05: float
    p95: float
    plus: float = 0.0

    @property
    def _sd(self) -> tuple[float, float]:
        return log(self.median / self.p05) / _Z95, log(self.p95 / self.median) / _Z95

    def _z(self, x):
        low, high = self._sd
        d = np.log(np.maximum(np.asarray(x, float) - self.plus, 1e-300) / self.median)
        return np.where(d < 0, d / low, d / high)

    def cdf(self, x, draws=None):
        return np.where(np.asarray(x) > self.plus, special.ndtr(self._z(x)), 0.0)

    def quantile(self, u, draws=None):
        low, high = self._sd
        z = special.ndtri(u)
        return self.plus + self.median * np.exp(np.where(z < 0, z * low, z * high))

    def density(self, x, draws=None):
        low, high = self._sd
        z = self._z(x)
        value = np.maximum(np.asarray(x, float) - self.plus, 1e-300)
        pdf = np.exp(-z * z / 2) / sqrt(2 * np.pi) / (np.where(z < 0, low, high) * value)
        return np.where(np.asarray(x) > self.plus, pdf, 0.0)


@dataclass(frozen=True)
class Beta:
    """Beta(a, b) on 0 to 1."""

    a: float
    b: float

    def cdf(self, x, draws=None):
        return special.betainc(self.a, self.b, np.clip(x, 0.0, 1.0))

    def quantile(self, u, draws=None):
        return special.betaincinv(self.a, self.b, u)

    def density(self, x, draws=None):
        x = np.asarray(x, float)
        inside = (x > 0) & (x < 1)
        x = np.where(inside, x, 0.5)
        pdf = np.exp((self.a - 1) * np.log(x) + (self.b - 1) * np.log1p(-x) - special.betaln(self.a, self.b))
        return np.where(inside, pdf, 0.0)


@dataclass(frozen=True)
class Uniform:
    """Flat between two values."""

    low: float
    high: float

    def cdf(self, x, draws=None):
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0.0, 1.0)

    def quantile(self, u, draws=None):
        return self.low + (self.high - self.low) * np.asarray(u)

    def density(self, x, draws=None):
        x = np.asarray(x)
        return np.where((x >= self.low) & (x <= self.high), 1.0 / (self.high - self.low), 0.0)


@dataclass(frozen=True)
class Triangular:
    """Triangular: from, mode, to."""

    low: float
    mode: float
    high: float

    @property
    def _turn(self) -> float:
        return (self.mode - self.low) / (self.high - self.low)

    def cdf(self, x, draws=None):
        x, width = np.clip(x, self.low, self.high), self.high - self.low
        rise = (x - self.low) ** 2 / (width * max(self.mode - self.low, 1e-300))
        fall = 1 - (self.high - x) ** 2 / (width * max(self.high - self.mode, 1e-300))
        return np.where(x < self.mode, rise, fall)

    def quantile(self, u, draws=None):
        u, width = np.asarray(u), self.high - self.low
        rise = self.low + np.sqrt(u * width * (self.mode - self.low))
        return np.where(u < self._turn, rise, self.high - np.sqrt((1 - u) * width * (self.high - self.mode)))

    def density(self, x, draws=None):
        x, width = np.asarray(x), self.high - self.low
        rise = 2 * (x - self.low) / (width * max(self.mode - self.low, 1e-300))
        fall = 2 * (self.high - x) / (width * max(self.high - self.mode, 1e-300))
        return np.where((x < self.low) | (x > self.high), 0.0, np.where(x < self.mode, rise, fall))


@dataclass(frozen=True)
class Exponential:
    """`start` plus (or, mean < 0, minus) an exponential excess of this mean."""

    start: float
    mean: float

    def cdf(self, x, draws=None):
        p = -np.expm1(-np.maximum((np.asarray(x) - self.start) / self.mean, 0.0))
        return p if self.mean > 0 else 1.0 - p

    def quantile(self, u, draws=None):
        u = np.asarray(u)
        return self.start - self.mean * (np.log1p(-u) if self.mean > 0 else np.log(u))

    def density(self, x, draws=None):
        d = (np.asarray(x) - self.start) / self.mean
        return np.where(d >= 0, np.exp(-np.maximum(d, 0.0)) / abs(self.mean), 0.0)


@dataclass(frozen=True)
class LogitNormal:
    """A share whose logit is normal around the logit of another parameter's draw."""

    around: str
    sd: float

    def _centre(self, draws, shape):
        return special.logit(np.clip(draws[self.around], 1e-9, 1 - 1e-9)) if draws else np.zeros(shape)

    def cdf(self, x, draws=None):
        x = np.clip(x, 1e-300, 1 - 1e-16)
        return special.ndtr((special.logit(x) - self._centre(draws, np.shape(x))) / self.sd)

    def quantile(self, u, draws=None):
        return special.expit(self._centre(draws, np.shape(u)) + self.sd * special.ndtri(u))

    def density(self, x, draws=None):
        x = np.clip(x, 1e-12, 1 - 1e-12)
        z = (special.logit(x) - self._centre(draws, np.shape(x))) / self.sd
        return np.exp(-z * z / 2) / (self.sd * sqrt(2 * np.pi) * x * (1 - x))


@dataclass(frozen=True)
class Scaled:
    """Another distribution in other units: factor times it."""

    base: Distribution
    factor: float

    def cdf(self, x, draws=None):
        return self.base.cdf(np.asarray(x) / self.factor, draws)

    def quantile(self, u, draws=None):
        return self.factor * self.base.quantile(u, draws)

    def density(self, x, draws=None):
        return self.base.density(np.asarray(x) / self.factor, draws) / self.factor


@dataclass(frozen=True)
class Mixture:
    """One of several distributions, by weight (weights sum to 1)."""

    parts: tuple[tuple[float, Distribution], ...]


Simple = Exactly | Normal | LogNormal | Beta | Uniform | Triangular | Exponential | LogitNormal | Scaled
Distribution = Simple | Mixture


def flatten(dist: Distribution, weight: float = 1.0) -> Iterator[tuple[float, Simple]]:
    """A distribution as weighted simple parts, mixtures opened."""
    if isinstance(dist, Mixture):
        for w, part in dist.parts:
            yield from flatten(part, weight * w)
    elif weight > 0:
        yield weight, dist


def draw(
    dist: Distribution,
    uniforms: Callable[[int], np.ndarray],
    draws: Draws,
    low: float | np.ndarray = -np.inf,
    high: float | np.ndarray = np.inf,
) -> np.ndarray:
    """Draws one value a world: `uniforms(0)` gives the place within a part, `uniforms(1)` picks the part.

    Each part is cut to [low, high] (the legal range, or another parameter's draw) and keeps its weight: a bound says
    nothing about which part is right.
    """
    parts = list(flatten(dist))
    place = uniforms(0)
    pick = uniforms(1) if len(parts) > 1 else None
    out = np.empty(len(place))
    edge = 0.0
    for i, (weight, part) in enumerate(parts):
        here = np.ones(len(place), bool)
        if pick is not None:
            last = i == len(parts) - 1
            here = (pick >= edge) & ((pick < edge + weight) | last)
            edge += weight
        below = np.where(np.isneginf(low), 0.0, part.cdf(np.where(np.isneginf(low), 0.0, low), draws))
        above = np.where(np.isposinf(high), 1.0, part.cdf(np.where(np.isposinf(high), 0.0, high), draws))
        if isinstance(part, Exactly):
            value = np.clip(part.quantile(place), low, high)
        else:
            u = np.clip(below + (above - below) * place, 1e-300, 1 - 2.0**-53)
            value = np.clip(part.quantile(u, draws), low, high)
        out = np.where(here, value, out)
    return out


def relative_density(top: Distribution, bottom: Distribution, x: np.ndarray, draws: Draws) -> np.ndarray:
    """Density of `top` over that of `bottom` at x (the ratio of masses where either holds x with a mass of its own)."""

    def masses(dist):
        return sum(w * (np.abs(x - p.value) < 1e-12) for w, p in flatten(dist) if isinstance(p, Exactly)) + np.zeros(len(x))

    def densities(dist):
        return sum(w * p.density(x, draws) for w, p in flatten(dist)) + np.zeros(len(x))

    at_mass = (masses(top) + masses(bottom)) > 0
    above, below = (np.where(at_mass, masses(d), densities(d)) for d in (top, bottom))
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)


# --- units ---------------------------------------------------------------------------------------------------------
#: canonical unit → accepted units and the factor to it
UNITS: dict[str, dict[str, float]] = {
    "USD/month": {"USD/month": 1, "USD/year": 1 / 12, "USD/day": 365 / 12},
    "USD": {"USD": 1},
    "1/day": {"1/day": 1, "1/week": 1 / 7, "1/month": 12 / 365, "1/year": 1 / 365},
    "1/year": {"1/year": 1, "1/month": 12, "1/day": 365, "share/year": 1, "percent/year": 0.01},
    "1/week": {"1/week": 1, "1/day": 7, "1/month": 12 * 7 / 365},
    "days": {"days": 1, "weeks": 7, "months": 365 / 12, "years": 365},
    "share": {"share": 1, "percent": 0.01},
    "people": {"people": 1},
    "crews": {"crews": 1},
    "cases": {"cases": 1},
    "1": {"1": 1},
}

# --- distributions as written in a case ------------------------------------------------------------------------------
#: kind → its keys with an example
KINDS: dict[str, dict[str, str]] = {
    "normal": {"mean": "900", "sd": "60"},
    "lognormal": {"median": "30", "p05": "10", "p95": "90"},
    "beta": {"a": "2", "b": "4"},
    "uniform": {"from": "0", "to": "1"},
    "triangular": {"from": "0.35", "mode": "0.6", "to": "1"},
    "exponential": {"from": "300", "mean": "36"},
    "logit_normal": {"around": "hand_over_before", "sd": "0.7"},
    "mixture": {},
    "exactly": {},
    "word": {"word": "roughly", "value": "300"},
}
EXAMPLE = 'lognormal: {median: 30, p05: 10, p95: 90}'


def read_distribution(reader: Reader, node: Node, names: tuple[str, ...] = (), whole: bool = False) -> Distribution | None:
    """The one distribution among the keys of a group (other keys are the caller's)."""
    kind = next((k for k in KINDS if k in node), None)
    if kind is None:
        return None
    child = node[kind]
    if kind == "exactly":
        value = reader.want_number(child)
        return None if value is None else Exactly(value)
    if kind == "mixture":
        parts = []
        for item in reader.items(child):
            weight = reader.want_number(item.get("weight"), 0, 1, "weight") if "weight" in item else None
            part = read_distribution(reader, item, names, whole)
            if "weight" not in item:
                reader.report(item, "a part of a mixture has no weight", "add it:", item.replaced("{weight: 0.5, exactly: 1}"))
            elif weight is not None and part is not None:
                parts.append((weight, part))
        if len(parts) == len(child.value if isinstance(child.value, list) else ()) and parts:
            total = sum(w for w, _ in parts)
            if abs(total - 1) > 1e-6:
                reader.report(child, f"the weights of the mixture sum to {total:g}, not 1", "make them sum to 1.")
                return None
            return Mixture(tuple((w / total, p) for w, p in parts))
        return None
    keys = reader.fields(child, KINDS[kind], ("plus",) if kind == "lognormal" else ())
    if kind == "word":
        figures = words().figures
        word = reader.want_choice(keys.get("word"), figures, "word")
        value = reader.want_number(keys.get("value"))
        return None if word is None or value is None else figure_reading(figures[word], value, value)
    if kind == "logit_normal":
        around = reader.want_choice(keys.get("around"), names, "parameter") if names else reader.want_text(keys.get("around"))
        sd = reader.want_number(keys.get("sd"), 1e-9)
        return None if around is None or sd is None else LogitNormal(around, sd)
    v = {k: reader.want_number(n) for k, n in keys.items()}
    if any(v.get(k) is None for k in KINDS[kind]):
        return None
    order = {"lognormal": ("p05", "median", "p95"), "uniform": ("from", "to"), "triangular": ("from", "mode", "to")}.get(kind, ())
    for a, b in zip(order, order[1:], strict=False):
        if not v[a] < v[b] and not (kind == "triangular" and v[a] == v[b] and v["from"] < v["to"]):
            values = sorted(v[k] for k in order)
            text = ", ".join(f"{k}: {values[order.index(k)] if k in order else v[k]:g}" for k in v)
            reader.report(child, f"the range is reversed: {a} {v[a]:g}, {b} {v[b]:g}", "write it rising:", child.replaced("{" + text + "}"))
            return None
    for key in ("sd", "a", "b", "p05"):
        if key in v and not v[key] > 0:
            reader.report(keys[key], f"`{key}` must be above 0", "write, for example:", keys[key].replaced(KINDS[kind][key]))
            return None
    half = 0.5 if whole else 0.0  # whole numbers: every value of the range is as likely as any other
    match kind:
        case "normal":
            return Normal(v["mean"], v["sd"])
        case "lognormal":
            return LogNormal(v["median"], v["p05"], v["p95"], v.get("plus") or 0.0)
        case "beta":
            return Beta(v["a"], v["b"])
        case "uniform":
            return Uniform(v["from"] - half, v["to"] + half)
        case "triangular":
            return Triangular(v["from"], v["mode"], v["to"])
        case _:
            return Exponential(v["from"], v["mean"])


# --- words -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Words:
    """The table of words. `counts[word]` is P(word | number) for numbers 0 … len - 1 (the last stands for all above)."""

    slip: float
    known: float
    counts: Mapping[str, np.ndarray]
    figures: Mapping[str, Mapping[str, object]]
    shares: Mapping[str, Distribution]
    statements: Mapping[str, Mapping[str, float]]
    sources: Mapping[str, str]

    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.counts, *self.figures, *self.shares, *self.statements]))


LARGEST_COUNT = 400


@cache
def words() -> Words:
    """The shipped table of words."""
    path = Path(str(resources.files("obrok") / "cases" / "words.yaml"))
    reader = Reader()
    root = reader.open(path, "words.yaml")
    reader.raise_if_any()
    assert root is not None
    plain = _plain(root)
    counts, sources = plain["counts"], {}
    numbers = np.arange(LARGEST_COUNT + 1)
    given_word = {}
    z = special.ndtri([0.05, 0.25, 0.5, 0.75, 0.95])
    for word, percentiles in counts["words"].items():
        slope, middle = np.polyfit(z, np.log(percentiles), 1)
        sd = float(np.hypot(slope, counts["widen"]["value"]))
        upper = special.ndtr((np.log(numbers + 0.5) - middle) / sd)
        given_word[word] = np.diff(upper, prepend=0.0)
        sources[word] = counts["source"]
    for word, number in counts["exact"].items():
        given_word[word] = np.where(numbers == number, 1.0, 0.0)
        sources[word] = "the word is the number"
    total = sum(given_word.values())
    for group in ("figures", "shares", "statements"):
        sources |= {word: row["source"] for word, row in plain[group].items() if word not in sources}
    shares = {word: read_distribution(reader, root["shares"][word]) for word in plain["shares"]}
    return Words(
        slip=plain["slip"]["value"],
        known=plain["known"]["value"],
        counts={word: p / total for word, p in given_word.items()},
        figures=plain["figures"],
        shares=shares,  # type: ignore[arg-type]
        statements=plain["statements"],
        sources=sources,
    )


def figure_reading(row: Mapping, low: float, high: float) -> Distribution:
    """What a figure (low = high) or a range with its word says about the true value."""
    if "above" in row:
        return Exponential(low, low * row["above"])
    if "below" in row:
        return Exponential(high, -high * row["below"])
    if high > low:
        return Normal((low + high) / 2, row["range"] * (high - low))
    down, up = row["factor"]
    return LogNormal(low, low * down, low * up)


def _plain(node: Node):
    if isinstance(node.value, dict):
        return {k: _plain(v) for k, v in node.value.items()}
    return [_plain(v) for v in node.value] if isinstance(node.value, list) else node.value
