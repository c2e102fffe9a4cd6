"""Distributions: frozen data with `cdf(x, draws)`, `quantile(u, draws)` and `density(x, draws)` on arrays.

`draws` holds the parameters drawn before (only `LogitNormal` looks there). `draws.draw` takes chance in and never draws it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt

import numpy as np
from scipy import special

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
class Stretched:
    """Another distribution with its spread around the median `factor` times as large, by ratios (`odds`: of x/(1 - x))."""

    base: Distribution
    factor: float
    odds: bool

    def _to(self, x):
        if self.odds:
            return special.logit(np.clip(x, 1e-12, 1 - 1e-12))
        return np.log(np.maximum(x, 1e-12))

    def _inner(self, x, draws):
        """Where x stood before stretching."""
        middle = self._to(self.base.quantile(np.full(np.shape(x), 0.5), draws))
        at = middle + (self._to(x) - middle) / self.factor
        return special.expit(at) if self.odds else np.exp(at)

    def cdf(self, x, draws=None):
        return self.base.cdf(self._inner(np.asarray(x, float), draws), draws)

    def quantile(self, u, draws=None):
        middle = self._to(self.base.quantile(np.full(np.shape(u), 0.5), draws))
        at = middle + self.factor * (self._to(self.base.quantile(u, draws)) - middle)
        return special.expit(at) if self.odds else np.exp(at)

    def density(self, x, draws=None):
        x = np.asarray(x, float)
        inner = self._inner(x, draws)
        slope = inner * (1 - inner) / np.clip(x * (1 - x), 1e-300, None) if self.odds else inner / np.maximum(x, 1e-12)
        return self.base.density(inner, draws) * slope / self.factor


def stretched(dist: Distribution, factor: float, odds: bool) -> Distribution:
    """A distribution with each part's spread `factor` times as large; what is certain stays so."""
    if isinstance(dist, Mixture):
        return Mixture(tuple((w, stretched(part, factor, odds)) for w, part in dist.parts))
    return dist if isinstance(dist, Exactly) or factor == 1.0 else Stretched(dist, factor, odds)


@dataclass(frozen=True)
class Mixture:
    """One of several distributions, by weight (weights sum to 1)."""

    parts: tuple[tuple[float, Distribution], ...]


@dataclass(frozen=True)
class Bound:
    """A soft bound: the chance, at x, that it lies on the right side, Φ(±ln(x/at)/spread). `side`: 1 at least, -1 at most."""

    at: float
    spread: float
    side: int

    def density(self, x, draws=None):
        """No density: the factor that the bound puts on one."""
        return special.ndtr(self.side * np.log(np.maximum(x, 1e-300) / self.at) / self.spread)


@dataclass(frozen=True)
class Product:
    """The normalised product of densities and bounds, on a grid. No factor may be certain, or stand around another's draw."""

    factors: tuple[Distribution | Bound, ...]

    def _product(self, x):
        with np.errstate(under="ignore"):
            return np.prod([density(f, x) for f in self.factors], axis=0)

    @cached_property
    def _grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Points where the product lives, and its integral up to each; the points lie close where its mass lies."""
        wide = _support(self.factors)
        masses = self._masses(wide)
        here = np.flatnonzero(masses > 1e-16 * masses.max(initial=0.0))
        if not len(here):
            return wide, np.zeros(len(wide))
        wide = wide[here[0] : here[-1] + 2]
        points = np.union1d(wide, np.linspace(wide[0], wide[-1], 4001))
        upto = _upto(self._masses(points))
        points = np.union1d(points, np.interp(np.linspace(0, upto[-1], 4001), upto, points))
        return points, _upto(self._masses(points))

    def _masses(self, points):
        """The integral between points, by midpoints: these never meet the ends, where densities jump or are infinite."""
        return np.diff(points) * self._product((points[1:] + points[:-1]) / 2)

    @property
    def mass(self) -> float:
        """The integral of the product: 0 where its factors exclude one another."""
        return float(self._grid[1][-1])

    def cdf(self, x, draws=None):
        points, upto = self._grid
        return np.interp(x, points, upto) / (self.mass or 1.0)

    def quantile(self, u, draws=None):
        points, upto = self._grid
        return np.interp(np.asarray(u) * self.mass, upto, points)

    def density(self, x, draws=None):
        return self._product(np.asarray(x, float)) / (self.mass or 1.0)


def density(factor: Distribution | Bound, x):
    """The density at x of a distribution that stands around no draw, or the factor of a bound."""
    if isinstance(factor, Mixture):
        return sum(w * part.density(x) for w, part in flatten(factor))
    return factor.density(x)


def _support(factors: tuple[Distribution | Bound, ...]) -> np.ndarray:
    """Points over all that any factor reaches: its quantiles, its ends, even steps, even ratios."""
    u = np.concatenate([[0.0], special.ndtr(np.linspace(-8.0, 8.0, 801)), [1.0]])
    parts = [part for f in factors if not isinstance(f, Bound) for _, part in flatten(f)]
    with np.errstate(divide="ignore"):
        points = np.concatenate([part.quantile(u) for part in parts])
    points = points[np.isfinite(points)]
    low, high = points.min(), points.max()
    ratios = [np.geomspace(max(low, high * 1e-12), high, 2001)] if high > 0 else []
    return np.unique(np.concatenate([points, np.linspace(low, high, 2001), *ratios]))


def _upto(masses: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(masses)])


def cut(dist: Distribution, bounds: tuple[Bound, ...]) -> Distribution:
    """A distribution times bounds, normalised. A mixture's parts keep of their weight what the bounds leave of them."""
    kept: list[tuple[float, Distribution]] = []
    for weight, part in flatten(dist):
        if isinstance(part, Exactly):
            kept.append((weight * float(np.prod([b.density(part.value) for b in bounds])), part))
        else:
            factors = part.factors if isinstance(part, Product) else (part,)
            before = part.mass if isinstance(part, Product) else 1.0
            inside = Product((*factors, *bounds))
            kept.append((weight * inside.mass / (before or 1.0), inside))
    total = sum(w for w, _ in kept)
    return Mixture(tuple((w / total, part) for w, part in kept)) if total > 0 else Mixture(())


Simple = (
    Exactly
    | Normal
    | LogNormal
    | Beta
    | Uniform
    | Triangular
    | Exponential
    | LogitNormal
    | Scaled
    | Stretched
    | Product
)
Distribution = Simple | Mixture


def flatten(dist: Distribution, weight: float = 1.0) -> Iterator[tuple[float, Simple]]:
    """A distribution as weighted simple parts, mixtures opened."""
    if isinstance(dist, Mixture):
        for w, part in dist.parts:
            yield from flatten(part, weight * w)
    elif weight > 0:
        yield weight, dist


def converted(dist: Distribution, factor: float = 1.0, whole: bool = False) -> Distribution:
    """A distribution in other units: `factor` times it. `whole`: flat ranges reach half a unit beyond their ends, so
    that every whole number in them is as likely as any other."""
    if isinstance(dist, Mixture):
        return Mixture(tuple((w, converted(part, factor, whole)) for w, part in dist.parts))
    if isinstance(dist, Exactly):
        return Exactly(dist.value * factor)
    if isinstance(dist, Uniform):
        half = 0.5 if whole else 0.0
        return Uniform(dist.low * factor - half, dist.high * factor + half)
    return dist if factor == 1 else Scaled(dist, factor)
