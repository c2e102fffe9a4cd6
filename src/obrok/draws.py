"""Draws from distributions, each part cut to its bounds; the ratio of two densities at draws of one of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from obrok.distributions import Distribution, Draws, Exactly, Simple, flatten


def _inside(part: Simple, low, high, draws: Draws):
    """The part's cdf at the two bounds."""
    below = np.where(np.isneginf(low), 0.0, part.cdf(np.where(np.isneginf(low), 0.0, low), draws))
    above = np.where(np.isposinf(high), 1.0, part.cdf(np.where(np.isposinf(high), 0.0, high), draws))
    return below, above


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
        below, above = _inside(part, low, high, draws)
        if isinstance(part, Exactly):
            value = np.clip(part.quantile(place), low, high)
        else:
            u = np.clip(below + (above - below) * place, 1e-300, 1 - 2.0**-53)
            value = np.clip(part.quantile(u, draws), low, high)
        out = np.where(here, value, out)
    return out


def relative_density(
    top: Distribution,
    bottom: Distribution,
    x: np.ndarray,
    draws: Draws,
    low: float | np.ndarray = -np.inf,
    high: float | np.ndarray = np.inf,
) -> np.ndarray:
    """Density of `top` over that of `bottom` at draws x of `bottom`, both cut to [low, high] part by part as by `draw`.

    Where `bottom` holds x with a mass of its own, the ratio of masses.
    """

    def masses(dist: Distribution) -> np.ndarray:
        out = np.zeros(len(x))
        for weight, part in flatten(dist):
            if isinstance(part, Exactly):
                out += weight * (np.abs(x - np.clip(part.value, low, high)) < 1e-12)
        return out

    def densities(dist: Distribution) -> np.ndarray:
        out = np.zeros(len(x))
        for weight, part in flatten(dist):
            if not isinstance(part, Exactly):
                below, above = _inside(part, low, high, draws)
                out += weight * part.density(x, draws) / np.where(above > below, above - below, 1.0)
        return out

    at_mass = masses(bottom) > 0
    over, under = (np.where(at_mass, masses(d), densities(d)) for d in (top, bottom))
    return np.where(under > 0, over / np.where(under > 0, under, 1.0), 1.0)
