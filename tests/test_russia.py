"""The case russia-2015: it loads, its figures agree with a second entry, it runs end to end, its policies part where they
should."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from obrok.answers.weigh import likelihoods
from obrok.case.case import Case, load
from obrok.case.questions import lines
from obrok.engine.tables import COLUMN
from obrok.outward.options import Options
from obrok.outward.stages import kept_days
from obrok.outward.study import run_case
from obrok.worlds.run import Plan, prepare, run_chunk


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


def test_policies_part_on_the_day_of_their_event_and_not_before(russia: Case) -> None:
    """Each policy is the reported one, bit for bit, up to the day of the first event that it undoes; and then another."""
    plan = Plan(russia, 1, russia.policies, {"posts": 3_000, "visit_role": 0.8})
    chunk = run_chunk(plan, np.arange(3), keep_series=True)
    reported = chunk.days["as-reported"]
    days = {e.id: e.day for e in russia.events}
    for policy in russia.policies[1:]:
        parts = min(days[e] for e in policy.without)
        other = chunk.days[policy.id]
        for one, two in zip(reported, other, strict=True):
            assert (one[:, :, :parts] == two[:, :, :parts]).all(), policy.id
        assert (reported.series[:, :, parts:] != other.series[:, :, parts:]).any(axis=(1, 2, 3)).all(), policy.id


def test_the_years_are_as_they_are_told(russia: Case) -> None:
    """Nobody comes while the border is closed; on the day of the deadline a share is sent home at once; nobody is lost."""
    chunk = run_chunk(Plan(russia, 2, (russia.factual,)), np.arange(2), keep_series=True)
    series, draws = chunk.days["as-reported"].series.sum(axis=1), chunk.draws
    closed, opened = russia.day(date(2020, 2, 1)), russia.day(date(2023, 9, 1))
    came = series[:, :, COLUMN["created"]] - series[:, :, COLUMN["waiting"]]
    assert (came[:, closed - 1] == came[:, opened - 1]).all() and (came[:, opened + 200] > came[:, opened]).all()
    held, day = series[:, :, COLUMN["at_post"]], russia.day(date(2019, 12, 22))
    sent = 1 - held[:, day] / held[:, day - 1]
    assert np.abs(sent - draws["deadline.recall"]).max() < 0.05
    assert np.abs(held[:, 0] / draws["posts"] - draws["filled"]).max() < 0.02
    stocks = ("waiting", "at_post", "nearby", "remote", "detained", "handed_over", "settled", "returned")
    assert (sum(series[:, :, COLUMN[s]] for s in stocks) == series[:, :, COLUMN["created"]]).all()


def test_reported_figures_are_possible(russia: Case) -> None:
    """Some version makes each claim on what happened likely, of a few only."""
    chunk = run_chunk(Plan(russia, 3, (russia.factual,)), np.arange(12))
    likes = likelihoods(russia, chunk.claims, chunk.draws["posts"], chunk.possible)
    assert chunk.possible.all() and len(likes) == 8
    assert all(np.isfinite(x).all() and x.max() > 0 for x in likes.values())


def test_a_small_run_goes_end_to_end(russia: Case, tmp_path) -> None:
    """A country of 400: every question answered for every policy, days thinned, the page written."""
    result = run_case(russia, Options(6, 1, fix={"posts": 400}, weigh=False), tmp_path / "russia")
    have = {(a["id"], a["policy"], a["versus"]) for a in result.answers}
    asked = {q.id for q in russia.questions}
    assert len(asked) == 62 and {(q, p.id, None) for q in asked for p in russia.policies} <= have
    text = (result.folder / "report.html").read_text("utf-8")
    assert text.count("<figure>") >= 5 + len(lines(russia.questions)) and len(text) < 3_000_000
    assert "72 claims rest on documents whose text is not kept" in text
    at = kept_days(russia)
    days = result.to_xarray()
    assert days.sizes["day"] == len(at) <= 810 and {0, 1826, 2191, russia.days - 1} <= set(days["day"].values)
    stock = days["people"].sel(policy="as-reported", status="at_post").sum("place")
    assert (stock.sel(day=russia.window[1]).values == result.table["at_post_end"][: stock.sizes["picked"]]).all()
