"""Numbers with unit, range and hedge word → distributions in canonical units; the table of words."""

from __future__ import annotations

from obrok.distributions import (
    Beta,
    Bound,
    Distribution,
    Draws,
    Exactly,
    Exponential,
    LogitNormal,
    LogNormal,
    Mixture,
    Normal,
    Product,
    Scaled,
    Triangular,
    Uniform,
    converted,
    cut,
    flatten,
    stretched,
)
from obrok.draws import draw, relative_density
from obrok.word_rows import read_words, words
from obrok.words import FURTHEST_COUNT, LARGEST_COUNT, Words
from obrok.written import KINDS, figure_reading, is_for_ranges, missing_weight, read_distribution, sum_to_one

__all__ = [
    "FURTHEST_COUNT", "KINDS", "LARGEST_COUNT", "UNITS", "Beta", "Bound", "Distribution", "Draws", "Exactly", "Exponential",
    "LogNormal", "LogitNormal", "Mixture", "Normal", "Product", "Scaled", "Triangular", "Uniform", "Words", "converted", "cut", "draw",
    "figure_reading", "flatten", "is_for_ranges", "missing_weight", "read_distribution", "read_words",
    "relative_density", "stretched", "sum_to_one", "words",
]  # fmt: skip

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
