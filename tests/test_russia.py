"""The case russia-2015: it loads, its figures agree with a second entry, it runs end to end, its policies part where they
should."""

from __future__ import annotations

import numpy as np
import pytest

from obrok.case.case import Case, load
from obrok.worlds.run import Plan, prepare


@pytest.fixture(scope="module")
def russia() -> Case:
    return load("russia-2015")


def test_nothing_is_wrong_with_it(russia: Case) -> None:
    assert russia.notes == () and russia.anchors.wrong == 0


def test_a_place_has_as_many_enterprises_as_their_size_gives(russia: Case) -> None:
    """Enterprises of a site share its posts evenly, none lost, and are about as large as drawn."""
    people = prepare(Plan(russia, 1, (russia.factual,)), np.arange(12)).people
    for row, size in enumerate(people.draws["enterprise_size"]):
        for c, city in enumerate(russia.cities):
            posts = int(people.city_first[c][row, -1])
            first = people.firm_first(c, row)
            assert first[0] == 0 and first[-1] == posts and (np.diff(first) >= 0).all(), city.place
            firms = np.diff(first)
            assert len(firms) == max(1, int(posts / size + 0.5)) and np.ptp(firms) <= 1
            assert posts < size or (firms <= 1.5 * size).all()
