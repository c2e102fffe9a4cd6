"""Weighted quantiles, ranks and resamples."""

from __future__ import annotations

import numpy as np


def quantiles(values: np.ndarray, weights: np.ndarray, at: tuple[float, ...] = (0.05, 0.5, 0.95)) -> tuple[float, ...]:
    """The least value with at least this share of the weight at or below it (so counts stay whole); NaN values left out."""
    keep = np.isfinite(values) & (weights > 0)
    if not keep.any():
        return (float("nan"),) * len(at)
    values, weights = values[keep], weights[keep]
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    spots = np.searchsorted(total, np.asarray(at) * total[-1] * (1 - 1e-12), side="left")
    return tuple(float(v) for v in values[order][np.minimum(spots, len(values) - 1)])


def ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mid-ranks in 0 … 1: the weight below plus half the weight at each value. Finite values only."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    _, first, inverse = np.unique(values[order], return_index=True, return_inverse=True)
    last = np.append(first[1:], len(values)) - 1
    below = np.where(first > 0, total[first - 1], 0.0)
    out = np.empty(len(values))
    out[order] = ((below + total[last]) / 2 / total[-1])[inverse]
    return out


def resample(weights: np.ndarray, n: int, start: float) -> np.ndarray:
    """How often each world is picked in a systematic resample of n by weight; `start` in (0, 1)."""
    edges = np.cumsum(weights) / weights.sum()
    spots = (np.arange(n) + start) / n
    return np.bincount(np.minimum(np.searchsorted(edges, spots), len(weights) - 1), minlength=len(weights))
