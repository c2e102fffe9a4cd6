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


#: what each claim's figure is, entered a second time from the reports themselves; a range is two figures
FIGURES = {
    # how many: registered early in 2015, and a year before (that, less 20 %); official; permits; most ever; visas a year
    "registered-2015": 47_364,
    "registered-2014": 47_364 / 1.2,
    "registered-growth": 0.20,
    "official-2015": 33_000,
    "permits-2017": 30_023,
    "most-ever": 37_000,
    "in-all-2018": 35_000,
    "visas": (12_000, 15_000),
    "work-visas": 90,
    "primorye-2018": 12_000,
    "primorye-quota": 9_264,
    "primorye-granted": 0,
    "plasterers": (9_026, 14_783),
    "stadium-110": 110,
    "stadium-190": 190,
    "roughly-300": 300,
    # companies, teams, contracts
    "company-500": 500,
    "company-150": 150,
    "teams": (6, 10),
    "contract-three-years": 3,
    "contract-five-years": 5,
    "two-years-served": 2,
    # pay, in dollars a month where nothing else is said
    "builders-pay": (800, 1_000),
    "pay": (800, 1_000),
    "average-pay-2018": 500,
    "average-pay-2017": 415,
    "loggers-pay-2003": 200,
    "loggers-pay-2009": 200,
    "loggers-pay-before": (40, 100),
    "labourers-2011": (10_500 / 30_800, 29_300 / 30_800),
    "labourers-roubles": (10_500, 30_800),
    "mean-wage": 645,
    # what is taken, what is left
    "fee-to-be-let-out": (800, 1_000),
    "sent-from-side-work": (2_000, 3_000),
    "garnished": 80,
    "left-2012": (60, 200),
    "extra-due": 167,
    "agents-plan": 100_000,
    "one-to-fifty": 1 / 50,
    "left-2015": (120, 150),
    "shares-left-2018": (40, 50),
    "brought-home": 600,
    "fifty-thousand-roubles": 50_000,
    "bribe": (50, 500),
    "home-wage": 2_000,
    "savings-goal": (8_000, 10_000),
    # control, departures
    "meetings-2003": 1,
    "hours-2019": 15,
    "days-off-2009": 2,
    "deaths-2016": 13,
    "teams-let-out": (3, 4),
    "group-escape": (6, 10),
    "years-in-hiding": (14, 15),
    "six-expelled": 6,
    # asylum
    "applications-2015": 25 + 38,
    "refugee-applications-2015": 25,
    "temporary-applications-2015": 38,
    "none-granted-2015": 0,
    "refugee-applications-2004-2014": 211,
    "refugees-2004-2014": 2,
    "temporary-applications-2004-2014": 170,
    "granted-2004-2014": 90 / 170,
    "temporary-granted-2004-2014": 90,
    # events
    "draft-2014": 30,
    "no-quota": 0,
}


def test_every_figure_was_entered_twice(russia: Case) -> None:
    """Every figure of the claims agrees with a second entry, to two figures where it had to be worked out."""
    given = {c.id: c.value for c in russia.evidence.claims.values() if c.value is not None}
    assert given.keys() == FIGURES.keys()
    for claim, (low, high) in given.items():
        second = FIGURES[claim]
        a, b = second if isinstance(second, tuple) else (second, second)
        assert low == pytest.approx(a, rel=0.005, abs=1e-12) and high == pytest.approx(b, rel=0.005, abs=1e-12), claim


def test_only_what_was_told_by_2017_sets_or_weighs(russia: Case) -> None:
    documents = russia.evidence.documents
    late = {c.id: c.informs for c in russia.evidence.claims.values() if documents[c.document].published[0].year > 2017}
    assert len(late) >= 15 and {"permits-2017", "most-ever", "visas", "primorye-2018"} <= late.keys()
    assert not {"input", "outcome", "confirmation"} & set(late.values())
