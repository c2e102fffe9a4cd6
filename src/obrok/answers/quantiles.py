"""Weighted quantiles, ranks and resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AT = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Ordered:
    """Values in rising order, found once for any number of weights. `order`: the worlds in which a value exists, so
    ordered; `values`: theirs."""

    order: np.ndarray
    values: np.ndarray

    @staticmethod
    def of(values: np.ndarray) -> Ordered:
        there = np.flatnonzero(np.isfinite(values))
        order = there[np.argsort(values[there], kind="stable")]
        return Ordered(order, values[order])

    def quantiles(self, weights: np.ndarray, at: tuple[float, ...] = AT) -> tuple[float, ...]:
        """The least value with at least this share of the weight at or below it (so counts stay whole); NaN: no weight."""
        total = np.cumsum(weights[self.order])
        if not len(total) or not total[-1] > 0:
            return (float("nan"),) * len(at)
        spots = np.searchsorted(total, np.asarray(at) * total[-1] * (1 - 1e-12), side="left")
        return tuple(float(v) for v in self.values[spots])

    def ranks(self, weights: np.ndarray) -> np.ndarray:
        """Weighted mid-ranks in 0 … 1, by world: the weight below plus half the weight at each value; NaN: no value."""
        out = np.full(len(weights), np.nan)
        total = np.cumsum(weights[self.order])
        if len(total) and total[-1] > 0:
            starts = np.append(True, self.values[1:] != self.values[:-1])
            first = np.flatnonzero(starts)
            last = np.append(first[1:], len(total)) - 1
            below = np.where(first > 0, total[first - 1], 0.0)
            out[self.order] = ((below + total[last]) / 2 / total[-1])[np.cumsum(starts) - 1]
        return out

    def place(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Weighted mid-ranks that other values, of any shape, have among these; NaN stays NaN."""
        total = np.append(0.0, np.cumsum(weights[self.order]))
        below, upto = (total[np.searchsorted(self.values, values, side=side)] for side in ("left", "right"))
        return np.where(np.isfinite(values), (below + upto) / 2 / max(total[-1], 1e-300), np.nan)


def quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...] = AT) -> tuple[float, ...]:
    """Weighted quantiles of values that are looked at once (`Ordered.quantiles`)."""
    return Ordered.of(values).quantiles(weights, at)


def column_quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...] = AT) -> np.ndarray:
    """Weighted quantiles of each column of values that all exist, as `Ordered` has them: float64, (len(at), columns)."""
    order = np.argsort(values, axis=0, kind="stable")
    total = np.cumsum(weights[order], axis=0)
    goals = np.asarray(at)[:, None] * total[-1] * (1 - 1e-12)
    spots = (total[None] < goals[:, None]).sum(axis=1)
    return np.take_along_axis(np.take_along_axis(values, order, axis=0), spots, axis=0).astype(float)


def ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mid-ranks of values that are looked at once (`Ordered.ranks`)."""
    return Ordered.of(values).ranks(weights)


def resample(weights: np.ndarray, n: int, start: float) -> np.ndarray:
    """How often each world is picked in a systematic resample of n by weight; `start` in (0, 1)."""
    edges = np.cumsum(weights) / weights.sum()
    spots = (np.arange(n) + start) / n
    return np.bincount(np.minimum(np.searchsorted(edges, spots), len(weights) - 1), minlength=len(weights))
