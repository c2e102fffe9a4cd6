"""Claims that disagree are found, side by side; those that need not are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from obrok.case.case import load
from obrok.evidence.claims import Evidence
from obrok.evidence.conflicts import conflicts, overlap_coefficient
from tests.conftest import ROOT


def with_claim(**changes) -> Evidence:
    """The case `wide` with a second claim on `quota`, by the official of the wire."""
    e = load(ROOT / "tests" / "cases" / "wide").evidence
    first = e.claims["due-each-month"]
    second = replace(first, **{"id": "other", "document": "wire", "source": "S2", "anchor": None} | changes)
    return replace(e, claims={first.id: first, "other": second}, claim_ids=())


def test_overlap_by_its_closed_form():
    """Two flat readings on [0, 1] and [a, 1 + a] overlap by 1 - a; two normal ones a distance d apart by 2Φ(-d/2)."""
    from scipy.special import ndtr, ndtri

    u = (np.arange(20_000) + 0.5) / 20_000
    for a in (0.0, 0.25, 0.75, 1.5):
        assert overlap_coefficient(u, u + a) == pytest.approx(max(0, 1 - a), abs=0.02)
    for d in (0.5, 2.0):
        assert overlap_coefficient(ndtri(u), ndtri(u) + d) == pytest.approx(2 * ndtr(-d / 2), abs=0.03)


@pytest.mark.parametrize(
    "changes, disagree",
    [
        ({"value": (900.0, 900.0)}, True),
        ({"value": (310.0, 310.0)}, False),
        ({"value": (3600.0, 3600.0), "unit": "USD/year"}, False),  # the same, in another unit
        ({"value": (900.0, 900.0), "quantity": "wage"}, False),
        ({"value": (900.0, 900.0), "source": "S1", "document": "letter"}, False),  # one mouth
        ({"value": (900.0, 900.0), "source": "S1"}, True),
    ],
)
def test_what_disagrees(changes, disagree):
    found = conflicts(with_claim(**changes))
    assert bool(found) == disagree
    if disagree:
        assert found[0].is_independent and found[0].ranges[0][1] < found[0].ranges[1][0]
        assert "roughly 300 USD/month" in found[0].sentence() and "900 USD/month" in found[0].sentence()
