"""The dashboard's people and money by day: ranges, paired differences, flows that balance, what a live case hides."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrok.engine.tables import SERIES
from obrok.outward.serve import days, flows
from obrok.outward.serve.daily import DRAWN, read
from obrok.outward.serve.desk import Ready
from obrok.problems import ProblemsFound
from obrok.worlds import store

ENDS = ("p05", "p50", "p95")


@pytest.fixture(scope="module")
def ready(small_run):
    return Ready(small_run.case, small_run)


@pytest.fixture(scope="module")
def rows(small_run):
    """The days of the small run, row by row, as they lie on disk."""
    return store.read_tables(sorted((small_run.folder / "series").glob("batch-*.parquet")))


def by_world(rows, policy: str, column: str, day: int) -> np.ndarray:
    """Values of one day, a value a world and each as often as it is picked, in the order of worlds."""
    here = (rows["policy"] == policy) & (rows["day"] == day)
    order = np.argsort(rows["world"][here])
    return np.repeat(rows[column][here][order], rows["picked"][here][order])


def plain_quantiles(values: np.ndarray) -> list:
    return np.percentile(values, [5, 50, 95], method="inverted_cdf").tolist()


def at(table: dict, day: int) -> int:
    return table["at"].index(day)


def answer(ready, *key) -> dict:
    return ready.result.answer(*key)


def test_ranges_are_those_of_the_picked_worlds(ready, rows):
    told = days.view(ready)
    assert told["versions"] == len(by_world(rows, "as-reported", "at_post", 0)) == 400
    for policy in ("as-reported", "conduct-as-before"):
        for day in (told["at"][20], told["at"][60], told["at"][90]):
            k = at(told, day)
            for name in days.PEOPLE:
                expected = plain_quantiles(by_world(rows, policy, name, day))
                assert [row[k] for row in told["series"][policy][name]] == expected, (policy, name, day)
            for name in days.MOODS:
                expected = plain_quantiles(by_world(rows, policy, name, day))
                assert [row[k] for row in told["series"][policy][name]] == pytest.approx(expected, abs=1e-4)


def test_flows_count_from_the_window_on(ready, rows):
    told, (first, _) = days.view(ready), ready.case.window
    day = told["at"][90]
    now, eve = (
        sum(by_world(rows, "as-reported", c, d) for c in ("left_nearby", "left_remote")) for d in (day, first - 1)
    )
    left = told["series"]["as-reported"]["flow_left"]
    assert [row[at(told, day)] for row in left] == plain_quantiles(now - eve)
    assert [row[at(told, first - 1)] for row in left] == [None] * 3
    assert left[1][at(told, first)] is not None


def test_a_few_days_are_drawn_and_those_that_matter_are_among_them(ready):
    told, case = days.view(ready), ready.case
    assert len(told["at"]) <= DRAWN + 3 + 2 * len(case.events)
    assert {0, case.days - 1, *case.window, case.window[0] - 1, *(e.day for e in case.events)} <= set(told["at"])
    assert [told["at"][k] for k in told["window"]] == list(case.window)


def test_at_the_windows_end_stand_the_answers(ready):
    told, paid = days.view(ready), days.money(ready)
    end = told["window"][1]
    for policy, versus in [(p["id"], None) for p in told["policies"]] + list(ready.case.compare):
        key = policy if versus is None else f"{policy}|{versus}"
        series = told["series" if versus is None else "differences"][key]
        for name, outcome in [("at_post", "at_post_end")] + [(f"flow_{n}", n) for n in days.FLOWS]:
            a = answer(ready, outcome, policy, versus)
            assert [row[end] for row in series[name]] == [a[e] for e in ENDS], (key, name)
        dollars = paid["totals" if versus is None else "differences"][key]
        over = paid["series" if versus is None else "series_differences"][key]
        for name in flows.READ:
            a = answer(ready, name, policy, versus)
            assert [dollars[name][e] for e in ENDS] == [row[-1] for row in over[name]] == [a[e] for e in ENDS]


def test_figures_without_an_answer_are_of_the_same_worlds_and_weights(ready):
    """What is worked out from all versions gives, for accounts that are answered, the answers themselves."""
    accounts, weights = flows._worlds(ready)
    for policy, x in accounts.items():
        for name in flows.READ:
            assert flows.quantiles(x[name], weights) == pytest.approx(
                [answer(ready, name, policy)[e] for e in ENDS], rel=1e-9
            )


def test_a_difference_is_taken_world_by_world_first(ready, rows):
    told = days.view(ready)
    day = told["at"][95]
    pair = "as-reported", "conduct-as-before"
    one, other = (by_world(rows, p, "nearby", day) for p in pair)
    shown = [row[at(told, day)] for row in told["differences"]["|".join(pair)]["nearby"]]
    assert shown == plain_quantiles(one - other)
    ends = [a - b for a, b in zip(plain_quantiles(one), plain_quantiles(other), strict=True)]
    assert shown != ends  # not the ends of one less the ends of the other


def test_policies_do_not_differ_before_they_part(ready):
    told = days.view(ready)
    before = at(told, min(e.day for e in ready.case.events))
    moved = False
    for table in told["differences"].values():
        for name, three in table.items():
            assert not any(v for row in three for v in row[:before]), name
            moved |= any(v for row in three for v in row[before:])
    assert moved
    for table in days.money(ready)["series_differences"].values():
        assert all(abs(row[0]) < 2000 for three in table.values() for row in three)


def test_every_two_policies_can_be_laid_over_one_another(ready):
    names = [p["id"] for p in days.view(ready)["policies"]]
    found = {frozenset(key.split("|")) for key in days.view(ready)["differences"]}
    assert found == {frozenset((a, b)) for a in names for b in names if a != b}
    assert all("|".join(pair) in days.view(ready)["differences"] for pair in ready.case.compare)


def test_events_are_told_under_the_policies_in_which_they_happen(ready):
    events = {p["id"]: {n for e in p["events"] for n in e["names"]} for p in days.view(ready)["policies"]}
    assert events["as-reported"] == {"visit", "more sessions"}
    assert events["without-visit"] == {"more sessions"}


# --- a live case -----------------------------------------------------------------------------------------------------
def test_a_live_case_does_not_tell_counts_below_five(ready):
    case = dataclasses.replace(ready.case, live=True)
    told = days._view(Ready(case, ready.result))
    open_ = days.view(ready)
    counts = [m["id"] for m in open_["measures"] if m["kind"] != "mood"]
    hidden = 0
    for part in ("series", "differences"):
        for key, table in told[part].items():
            for name in counts:
                for row, plain in zip(table[name], open_[part][key][name], strict=True):
                    assert all(v is None or abs(v) >= 5 or (v == 0 and part == "differences") for v in row)
                    assert all(v == p for v, p in zip(row, plain, strict=True) if v is not None)
                    hidden += sum(v is None and bool(p) for v, p in zip(row, plain, strict=True))
    assert hidden > 100 and told["live"]
    assert told["series"]["as-reported"]["watch"] == open_["series"]["as-reported"]["watch"]


# --- several places --------------------------------------------------------------------------------------------------
def test_places_are_added_up_and_moods_meant_over_posts(ready, rows, tmp_path):
    """The same rows again as a second place with three times the posts and half the watching."""
    twin = {**rows, "place": np.full(len(rows["place"]), "elsewhere"), "watch": rows["watch"] / 2}
    twin |= {name: rows[name] * 3 for name in SERIES}
    both = {name: np.concatenate([rows[name], twin[name]]) for name in rows}
    store.write_table(tmp_path / "series" / "batch-00000.parquet", both)
    columns = ("at_post", "gross", "watch")
    one = read(ready, columns)
    two = read(Ready(ready.case, dataclasses.replace(ready.result, folder=tmp_path)), columns)
    assert (one.at == two.at).all() and (one.times == two.times).all()
    for policy, values in one.values.items():
        assert (two.values[policy]["at_post"] == 4 * values["at_post"]).all()
        assert (two.values[policy]["gross"] == 4 * values["gross"]).all()
        assert two.values[policy]["watch"] == pytest.approx(values["watch"] * (1 + 3 / 2) / 4)
        assert (two.person_days[policy] == 4 * one.person_days[policy]).all()


def test_days_that_are_gone_are_missed_in_words(ready, tmp_path):
    with pytest.raises(ProblemsFound, match=r"(?s)days of this result are gone.*obrok run chita-2015 --force"):
        read(Ready(ready.case, dataclasses.replace(ready.result, folder=tmp_path)), ("at_post",))


# --- money -----------------------------------------------------------------------------------------------------------
def balanced(links: list[dict]) -> None:
    """What comes to a place that passes money on is what goes on from it."""
    comes, goes = ({}, {})
    for link in links:
        assert link["value"] > 0
        comes[link["target"]] = comes.get(link["target"], 0) + link["value"]
        goes[link["source"]] = goes.get(link["source"], 0) + link["value"]
    for place in set(comes) & set(goes):
        assert comes[place] == pytest.approx(goes[place], rel=1e-9, abs=1e-6)


def to(links: list[dict], place: str) -> float:
    return sum(link["value"] for link in links if link["target"] == place)


def test_flows_balance_and_are_the_accounts(ready):
    paid = days.money(ready)
    for policy, links in paid["links"].items():
        mean = {name: t["mean"] for name, t in paid["totals"][policy].items()}
        balanced(links)
        assert "workers" in {link["source"] for link in links}
        assert to(links, "state") == pytest.approx(mean["to_state"])
        assert mean["gross"] == pytest.approx(mean["to_state"] + mean["to_enterprise"] + mean["kept"])
        assert mean["in_hand"] == pytest.approx(mean["sent_home"] + mean["left_over"])


cents = st.integers(0, 10**9)


@given(state=cents, enterprise=cents, pay=cents, side=cents, quota=st.floats(0, 1), sent=st.floats(0, 1), outside=cents)
def test_flows_balance_with_a_quota_that_takes_more_than_pay_leaves(state, enterprise, pay, side, quota, sent, outside):
    paid = quota * (pay + side)  # a quota is taken out of what is left of pay and side job
    mean = dict(to_state=state + paid, to_enterprise=enterprise, kept=pay - paid, side=side, outside=outside)
    mean["sent_home"] = sent * (mean["kept"] + side)
    whole = flows.whole({n: np.array(mean.get(n, 0.0)) for n in flows.READ})
    links = [link for link in flows.links({n: float(x) for n, x in whole.items()}) if link["value"] > 1e-3]
    comes = {p: to(links, p) for p in ("state", "enterprise", "workers", "home", "living")}
    assert comes["state"] == pytest.approx(mean["to_state"], abs=0.1)
    assert comes["enterprise"] == pytest.approx(enterprise, abs=0.1)
    assert comes["workers"] == pytest.approx(comes["home"] + comes["living"], abs=0.1)
    out = sum(link["value"] for link in links if link["source"] == "employers")
    assert out == pytest.approx(state + enterprise + pay, abs=0.1)


def test_shares_of_pay_and_pay_by_head(ready, rows):
    first, last = ready.case.window
    flow = {
        n: by_world(rows, "as-reported", n, last) - by_world(rows, "as-reported", n, first - 1)
        for n in ("gross", "to_state", "to_enterprise", "kept")
    }
    paid = days.money(ready)
    for name, shown in paid["shares"]["as-reported"].items():
        assert shown == pytest.approx(plain_quantiles(flow[name] / flow["gross"]), abs=1e-6)
    held = sum(by_world(rows, "as-reported", "at_post", d) for d in range(first, last + 1))
    expected = plain_quantiles(flow["gross"] / 100 / (held / (365 / 12)))
    assert paid["by_head"]["as-reported"]["gross"] == pytest.approx(expected, abs=0.01)


def test_an_answer_is_made_once(ready):
    assert days.view(ready) is days.view(Ready(ready.case, ready.result))
    assert days.money(ready) is days.money(ready)


def test_a_window_that_begins_on_the_first_day(ready, rows):
    early = Ready(dataclasses.replace(ready.case, window=(0, 300)), ready.result)
    told, paid = days._view(early), flows.money(early, [])
    k = j = 20
    left = sum(by_world(rows, "as-reported", c, told["at"][k]) for c in ("left_nearby", "left_remote"))
    assert [row[k] for row in told["series"]["as-reported"]["flow_left"]] == plain_quantiles(left)
    assert paid["at"][0] == 0 and paid["at"][-1] == 300
    gross = plain_quantiles(by_world(rows, "as-reported", "gross", paid["at"][j]) / 100)
    assert [row[j] for row in paid["series"]["as-reported"]["gross"]] == pytest.approx(gross, abs=0.51)


def test_only_policies_that_were_run_are_told(ready):
    identity = {**ready.result.record["identity"], "policies": ["as-reported", "without-visit"]}
    some = Ready(ready.case, dataclasses.replace(ready.result, record={**ready.result.record, "identity": identity}))
    told = days._view(some)
    assert [p["id"] for p in told["policies"]] == list(told["series"]) == ["as-reported", "without-visit"]
    assert list(told["differences"]) == ["as-reported|without-visit"]


def test_what_is_sent_to_a_page_is_plain_json(ready):
    for table in (days.view(ready), days.money(ready)):
        assert json.loads(json.dumps(table, allow_nan=False)) == table
