"""One life in the dashboard: the same lives as `obrok trace` tells, the true chance and luck of a parting, days in sentences,
what a live case does not say, and the page as a person uses it."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from obrok.answers.words import FEW
from obrok.case.case import Policy, load
from obrok.outward import lives as told_lives
from obrok.outward.life_words import WORDS
from obrok.outward.options import Options
from obrok.outward.serve import life, lived
from obrok.outward.serve.desk import Ready
from obrok.outward.serve.lived import Lives, Way
from obrok.outward.serve.whatif import Workbench
from obrok.outward.study import run_case
from obrok.problems import ProblemsFound
from obrok.worlds import trace
from tests.test_dashboard_browser import (  # noqa: F401
    AXE,
    BROWSER,
    PATIENCE,
    Window,
    browser,
    expect,
    finished,
    served,
    taken,
    window,
)
from tests.test_dashboard_server import Asking

A, B = "as-reported", "conduct-as-before"
in_browser = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def ready(small_run):
    return Ready(small_run.case, small_run)


def of(ready) -> Lives:
    lives = Lives(ready, Workbench(ready).plan, lambda: False)
    lives.shelf.get = patient(lives.shelf.get)
    return lives


def patient(get):
    """A shelf that is waited for."""
    return lambda number, policies, only=None: get(number, policies, only, 60.0)


@pytest.fixture(scope="module")
def lives(ready):
    return of(ready)


@pytest.fixture(scope="module")
def shown(lives):
    return life.view(lives, "", A, B, "")


def everyone(lives, shown, group):
    return [
        p["person"]
        for k in range(life.listed(lives, str(shown["version"]), A, B, group, "", "")["pages"])
        for p in life.listed(lives, str(shown["version"]), A, B, group, "", str(k))["people"]
    ]


# --- the same as the terminal tells ----------------------------------------------------------------------------------
def test_it_agrees_with_the_trace(lives, shown, small_plan):
    """The plan that `obrok trace` makes, the version and the person of the page: the same lives, the same parting."""
    world = told_lives.look_into(small_plan, shown["version"])
    who = told_lives.read_person(lives.case, shown["person"])
    pair = [p for p in small_plan.policies if p.id in (A, B)]
    data = told_lives.as_json(world, pair, who, told_lives.find_life(world, pair, who))
    for k, policy in enumerate((A, B)):
        told = [*shown["common"], *shown["after"][k]]
        assert [(h["day"], h["rule"]) for h in told] == [(h["day"], h["rule"]) for h in data["lives"][policy]]
        assert all(h["text"] in t["text"] for h, t in zip(data["lives"][policy], told, strict=True))
    (parting,) = data["partings"]
    part, by = shown["parting"], parting["of_this_person"]["chance"]
    assert (part["day"], part["rule"]) == (parting["of_this_person"]["day"], parting["of_this_person"]["rule"])
    assert part["chance"] == {"of": by["of"], "a": by["policy"], "b": by["versus"], "luck": by["luck"]}
    assert parting["first"] == parting["of_this_person"]  # the first in the list is the first that parts


def test_every_life_that_parts_is_listed_first_and_parts(lives, shown):
    parting = everyone(lives, shown, "parting")
    assert len(parting) == int(shown["people"]["parting"]) > 1
    days = []
    for person in parting:
        told = life.view(lives, str(shown["version"]), A, B, person)
        part, by = told["parting"], told["parting"]["chance"]
        days.append(part["day"])
        assert all(h["day"] < part["day"] for h in told["common"])
        assert all(h["day"] >= part["day"] for side in told["after"] for h in side)
        assert part["day"] in [h["day"] for side in told["after"] for h in side]
        if by:
            assert min(by["a"], by["b"]) <= by["luck"] < max(by["a"], by["b"])
            assert "lies between" in part["sentences"][1]
        else:
            assert part["rule"] in ("fill-in", "rotation") and "No luck of this person's own" in part["sentences"][1]
        assert part["rule"] in told["rests"] and set(told["rests"]) == {
            h["rule"] for h in [*told["common"], *told["after"][0], *told["after"][1]]
        }
    assert days == sorted(days)
    for group in ("leaving", "other"):
        for person in everyone(lives, shown, group)[:5]:
            told = life.view(lives, str(shown["version"]), A, B, person)
            assert told["parting"] is None and told["after"] == [[], []] and told["offer"] == {"person": parting[0]}
            assert any("left the post" in h["text"] for h in told["common"]) == (group == "leaving")


def test_anybody_can_be_followed(lives, shown):
    """Every person of the version is in one list, later holders and fill-ins too; a search finds them."""
    groups = {g: everyone(lives, shown, g) for g in lived.GROUPS}
    world = lives.shelf.get(shown["version"], [p for p in lives.shelf.plan.policies if p.id in (A, B)])
    sent = {lives.code(who) for p in world.plan.policies if p.id in (A, B) for who in world.everyone(p)}
    listed = [p for some in groups.values() for p in some]
    assert len(listed) == len(set(listed)) and set(listed) == sent
    assert any(not p.endswith(".0") for p in listed) and any(".1." in p for p in listed)
    version = str(shown["version"])

    def found(words, group="other"):
        return life.listed(lives, version, A, B, group, words, "")

    some = groups["other"][40]
    assert some in [p["person"] for p in found(some)["people"]]
    assert {p["person"].split(".")[0] for p in found("7")["people"]} <= {"7"}
    assert found("nakwon chita")["count"] != "0" == found("nakwon moon")["count"]
    assert all("Nakwon" in p["where"] for p in found("NAKWON")["people"])
    page = found("")
    assert len(page["people"]) == life.PAGE and page["pages"] > 5
    assert life.listed(lives, version, A, B, "other", "", "99999")["page"] == page["pages"] - 1
    rng = np.random.default_rng(1)
    drawn = {life.another(lives, version, A, B, rng)["person"] for _ in range(20)}
    assert len(drawn) > 10 and drawn <= set(listed)


# --- day by day ------------------------------------------------------------------------------------------------------
def test_every_day_is_told(lives, shown):
    version, person = str(shown["version"]), shown["person"]
    days = []
    for first in range(0, shown["days"], life.DAYS):
        told = life.told_days(lives, version, A, B, person, str(first))
        assert told["first"] == first
        days += told["days"]
    assert len(days) == shown["days"] and all(len(both) == 2 and both[0] and both[1] for both in days)
    for k, both in enumerate(zip(*days, strict=True)):
        for mark in shown["marks"][k]:
            assert any(mark["text"] in s for s in both[mark["day"]])
        for span in shown["spans"][k]:
            if span["from"] < span["to"]:
                assert span["name"] in both[span["to"]][0] or "On this day" in both[span["to"]][0]
    part = shown["parting"]
    (chance,) = (s for s in days[part["day"]][0] if s.startswith("The chance"))
    assert life.told_days(lives, version, A, B, person, "x")["first"] == 0
    assert re.search(r"\d %", chance)
    assert days[part["day"] - 1][0][0] == days[part["day"] - 1][1][0]
    spans = shown["spans"][0]
    assert spans[0]["from"] == 0 and spans[-1]["to"] == shown["days"] - 1
    assert all(a["to"] + 1 == b["from"] and a["status"] != b["status"] for a, b in pairwise(spans))


# --- versions --------------------------------------------------------------------------------------------------------
def test_the_typical_version_lies_in_the_middle(lives, ready):
    table, weights, apart = lives.kept
    number = lives.typical()
    row = int(np.flatnonzero(table["world"] == number)[0])
    assert apart[row] == apart[weights > 0].min() and weights[row] > 0
    assert life.view(lives, "typical", A, B, "")["typical"] and lives.typical() == of(ready).typical()
    for name in ("left", "found", "to_state"):  # by hand: between the quartiles by weight
        order = np.argsort(table[name])
        total = np.cumsum(weights[order])
        low, high = (table[name][order][np.searchsorted(total, q)] for q in (0.25, 0.75))
        assert low <= table[name][row] <= high
    rng = np.random.default_rng(7)
    drawn = [lives.drawn(rng) for _ in range(400)]
    heavy = table["world"][np.argsort(-weights)[:10]]
    expected = weights[np.argsort(-weights)[:10]].sum()
    assert abs(np.isin(drawn, heavy).mean() - expected) < 4 * np.sqrt(
        expected / 400
    )  # binomial, false alarm below 1e-4
    assert set(drawn) <= set(table["world"][weights > 0].tolist())


def test_where_no_life_parts_one_that_does_is_offered(lives):
    one, other = (p for p in lives.ready.policies if p.id in (A, "without-visit"))
    differs = lives.differs(one, other)
    assert 0 < lives.share_parting(one, other) < 1
    quiet = [int(n) for n in lives.kept[0]["world"][~differs][:3]]
    told = [life.view(lives, str(n), one.id, other.id, "") for n in quiet]
    none = [t for t in told if t["people"]["parting"] == "0"]
    assert none  # where the visit did not matter, nothing is another
    there = lives.parting(one, other)
    assert all(t["parting"] is None and t["offer"] == {"version": there} for t in none)
    first = life.view(lives, "", one.id, other.id, "")
    assert first["version"] == there and first["first"] and int(first["people"]["parting"]) > 0
    twice = life.view(lives, "", A, A, "")
    assert twice["offer"] == {"version": None} and twice["people"]["parting"] == "0"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("480", A, B, ""), "`480` is no version of this result"),
        (("-1", A, B, ""), "give a number from 0 to"),
        (("٣", A, B, ""), "is no version"),
        (("1" * 5000, A, B, ""), "is no version"),
        (("", "no-policy", B, ""), "there is no policy `no-policy`"),
        (("", A, B, "9999"), "there is no post 9999"),
        (("", A, B, "3.0.99"), "nobody 3.0.99 is ever sent in version"),
        (("", A, B, "moon:3"), "`moon:3` names no city"),
        (("", A, B, "<b>"), "is no person"),
        (("", A, B, "9" * 400), "is no person"),
    ],
)
def test_what_there_is_not_is_told_in_words(lives, given, words):
    with pytest.raises(ProblemsFound, match=re.escape(words)):
        life.view(lives, *given)


def test_impossible_and_too_large_versions(ready, monkeypatch):
    lives = of(ready)
    plan = lives.shelf.plan
    lives.shelf.plan = replace(plan, fix={"leave_rate": 90.0})
    with pytest.raises(ProblemsFound, match="version 3 is impossible"):
        life.view(lives, "3", A, B, "")
    lives.shelf.plan = replace(plan, fix={"posts": 6000.0})
    with pytest.raises(ProblemsFound, match="version 4 has 6,000 posts"):
        life.view(lives, "4", A, B, "")
    monkeypatch.setattr(lived, "MOST_POSTS", 10)
    with pytest.raises(ProblemsFound, match="every version has more than 10 posts"):
        life.view(of(ready), "", A, B, "")


# --- a live case -----------------------------------------------------------------------------------------------------
def test_a_live_case_says_nothing_that_locates(ready):
    lives = of(Ready(replace(ready.case, live=True), ready.result))
    told = life.view(lives, "", A, B, "")
    listed = life.listed(lives, "", A, B, "parting", "", "")
    days = life.told_days(lives, "", A, B, told["person"], "300")
    rest = {k: v for k, v in told.items() if k != "rests"}  # claims and reasons are the case's own words
    text = json.dumps([rest, listed, days]).lower()
    for name in ("cholsan", "nakwon", "chita"):
        assert name not in text
    assert "a part of russia" in text and told["person"][0].isdigit()
    assert life.listed(lives, "", A, B, "other", "nakwon", "")["count"] == "0"
    assert [life._count(lives.case, n) for n in (0, 1, 4, 5)] == ["0", FEW, FEW, "5"]
    with pytest.raises(ProblemsFound) as found:
        life.view(lives, "", A, B, "chita:3")
    assert "cities: 1." in str(found.value)
    with pytest.raises(ProblemsFound) as found:
        life.view(lives, "", A, B, "99999")
    assert "chita" not in str(found.value)


# --- while it is being lived -----------------------------------------------------------------------------------------
def test_long_work_is_told_and_blocks_nobody(ready, monkeypatch):
    lives = Lives(ready, Workbench(ready).plan, lambda: False)
    go, under = threading.Event(), trace.World.under

    def slow(self, policy: Policy, each=None):
        if each:
            each()
            go.wait(20)
        return under(self, policy, each)

    monkeypatch.setattr(trace.World, "under", slow)
    monkeypatch.setattr(lived, "PATIENCE", 0.05)
    monkeypatch.setattr(lives.shelf.get.__func__, "__defaults__", (None, 0.05))
    told = life.view(lives, "", A, B, "")
    assert told["state"] == "living" and 0 < told["done"] < told["total"] and told["version"] >= 0
    for ask in (life.listed(lives, "", A, B, "other", "", ""), life.told_days(lives, "", A, B, "", "")):
        assert ask == {"state": "living"}
    go.set()
    one, other = (p for p in lives.ready.policies if p.id in (A, B))
    assert not isinstance(lives.shelf.get(told["version"], (one, other), None, 30), Way)
    assert life.view(lives, "", A, B, "")["state"] == "ready"


def test_few_versions_are_kept_and_what_nobody_waits_for_ends(ready):
    stop = threading.Event()
    lives = Lives(ready, Workbench(ready).plan, stop.is_set)
    pair = tuple(p for p in lives.ready.policies if p.id in (A, B))
    numbers = lives.kept[0]["world"][:9].tolist()
    ways = [lives.shelf.get(n, pair, None, 0.0) for n in numbers]
    assert len(lives.shelf._ways) == lived.KEPT
    assert all(isinstance(w, Way) and w.dropped for w in ways[: 9 - lived.KEPT])
    stop.set()
    for way in ways:
        assert way.work.cancelled() or isinstance(way.work.exception(30), (lived.Stopped, type(None)))


def test_the_server_answers(small_run):
    asking = Asking(small_run.case, small_run.folder)
    with asking.desk:
        while True:  # a busy machine takes its time
            told = asking("api/life").json()
            if told["state"] == "ready":
                break
        assert told["a"] == A and told["parting"]["sentences"]
        assert asking("api/life/people").json()["people"] and asking("api/life/days").json()["days"]
        assert asking("api/life/version").json()["version"] < 480 and asking("api/life/someone").json()["person"]


# --- in a browser ----------------------------------------------------------------------------------------------------
def at(window, given=""):  # noqa: F811
    """The page at an address, once somebody is told of."""
    window.page.goto(f"{window.served.address}#life?{given}")
    expect(window.page.locator(".view.life #life-person")).to_be_visible(timeout=PATIENCE)
    return window.page


class TestPage:
    pytestmark = in_browser

    def test_choose_slide_and_share(self, window):  # noqa: F811
        finished(window)
        window.errors.clear()  # answers that are not there yet are refused
        page = at(window)
        expect(page.get_by_role("heading", name=re.compile("^The lives part on"))).to_be_visible(timeout=PATIENCE)
        expect(page.locator("main")).to_contain_text("Nobody here is real")
        page.get_by_label("The other").select_option(B)
        expect(page.locator(".parting")).to_contain_text("as before", timeout=PATIENCE)
        # somebody else, by the list
        page.get_by_text("Choose a person").click()
        people = page.locator("ul.people button")
        expect(people.first).to_be_visible()
        page.get_by_label("People", exact=True).select_option("other")
        count = page.locator(".whom [role='status']")
        expect(count).to_contain_text("page 1 of")
        everybody = count.inner_text()
        page.get_by_label("Post, firm or city").fill("nakwon")
        expect(count).not_to_have_text(everybody)
        expect(people.first).to_contain_text("Nakwon")
        name = people.nth(2).locator("b").inner_text()
        people.nth(2).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_focused()
        expect(page.locator("main")).to_contain_text("lives do not part")
        page.get_by_role("button", name="See the first that parts").click()
        expect(page.locator(".parting")).to_be_visible()
        # day by day
        slider = page.get_by_role("slider", name="Day", exact=True)
        on = slider.get_attribute("aria-valuetext")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        assert slider.get_attribute("aria-valuetext") != on
        page.get_by_role("button", name="Next day").click()
        expect(page.get_by_role("heading", name=f"Day by day: {on}")).to_be_visible()
        expect(page.locator(".by-day")).to_contain_text("On this day this person")
        page.get_by_label("Day, as a date").fill("2014-06-01")
        page.keyboard.press("Tab")
        expect(page.get_by_role("heading", name="Day by day: 1 June 2014")).to_be_visible()
        page.wait_for_timeout(400)
        shared, text = page.url, page.locator("main").inner_text()
        for key in ("b=conduct-as-before", "person=", "day=2014-06-01", "group=other", "words=nakwon", "list=open"):
            assert key in shared, key
        page.goto("about:blank")
        page.goto(shared)
        expect(page.get_by_role("heading", name="Day by day: 1 June 2014")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("ul.people button").first).to_be_visible()
        page.wait_for_timeout(300)
        assert page.locator("main").inner_text() == text

    def test_a_rule_leads_to_its_claims(self, window):  # noqa: F811
        finished(window)
        page = at(window, f"a={A}&b={B}")
        page.get_by_text("What the rule rests on").click(timeout=PATIENCE)
        claim = page.locator(".parting .rests a").first
        words = claim.inner_text()
        claim.click()
        expect(page.locator(".view.evidence")).to_contain_text(words)

    def test_versions_someone_else_and_words(self, window):  # noqa: F811
        finished(window)
        page = at(window, f"a={A}&b={B}")
        expect(page.locator("#life-person")).to_be_visible(timeout=PATIENCE)
        person = page.locator("#life-person").inner_text()
        page.get_by_role("button", name="Someone else, by chance").click()
        expect(page.locator("#life-person")).not_to_have_text(person)
        page.get_by_role("button", name="The typical one").click()
        expect(page.locator("main")).to_contain_text("It is the typical one", timeout=PATIENCE)
        with page.expect_response(re.compile("api/life/version")) as drawn:
            page.get_by_role("button", name="Another one").click()
        page.wait_for_url(re.compile(rf"version={drawn.value.json()['version']}\b"))
        expect(page.locator("#life-person")).to_be_visible(timeout=PATIENCE)
        page.get_by_label("Version", exact=True).fill("999999")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("is no version of this result")
        window.errors.clear()  # the refusal is told on the console, too
        page.get_by_role("button", name="The typical one").click()
        expect(page.locator("#life-person")).to_be_visible(timeout=PATIENCE)

    def test_the_picture_can_be_taken_away(self, window):  # noqa: F811
        finished(window)
        page = at(window, f"a={A}&b={B}")
        figure = page.locator("figure.picture")
        svg = taken(page, "life.svg", figure.get_by_text("SVG", exact=True).click).decode()
        assert "an example, not a finding" in svg and "The lives part" in svg and "var(--" not in svg
        png = taken(page, "life.png", figure.get_by_text("PNG", exact=True).click)
        assert png.startswith(b"\x89PNG")

    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_readable_by_everybody(self, browser, served, width, dark):  # noqa: F811
        opened = Window(browser, served, width, dark)
        finished(opened)
        page = at(opened, f"a={A}&b={B}&list=open")
        expect(page.locator("ul.people button").first).to_be_visible(timeout=PATIENCE)
        page.locator(".parting summary").click()
        for k in range(page.locator(".story summary").count()):
            page.locator(".story summary").nth(k).click()
        page.wait_for_timeout(300)
        opened.shot(f"life-{width}-{'dark' if dark else 'light'}")
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main h1").count() == 1 and page.locator("ul.people li").count() <= life.PAGE
        opened.close()


def test_the_words_are_the_terminals(shown):
    assert all(any(words in h["text"] for words in WORDS.values()) for h in [*shown["common"], *shown["after"][0]])


# --- several cities --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """A small version of a whole country, in eleven cities: two versions, not weighed."""
    case = load("russia-2015")
    options = Options(2, 1, 0, ("without-visit",), {"posts": 220.0}, weigh=False)
    return of(Ready(case, run_case(case, options, tmp_path_factory.mktemp("wide") / "out")))


@pytest.mark.slow
def test_a_version_too_large_as_a_whole_is_followed_place_by_place(wide, monkeypatch):
    for module in (told_lives, lived, life):
        monkeypatch.setattr(module, "MOST_POSTS", 150)
    told = life.view(wide, "0", "", "", "")
    assert told["state"] == "large" and told["posts"] == 220
    places = {p["id"]: p for p in told["of"]}
    assert sum(int(p["posts"]) for p in places.values()) == 220 and all(p["fits"] for p in places.values())
    place = told["of"][0]["id"]
    there = life.view(wide, "0", "", "", "", place)
    assert there["state"] == "ready" and str(there["posts"]) == places[place]["posts"]
    assert there["person"].startswith(f"{place}:") and there["place"] == place
    listed = life.listed(wide, "0", "", "", "other", "", "", place)
    assert listed["people"] and all(p["person"].startswith(f"{place}:") for p in listed["people"])
    assert life.told_days(wide, "0", "", "", there["person"], "100", place)["days"]
    with pytest.raises(ProblemsFound, match="there is no place `moon`"):
        life.view(wide, "0", "", "", "", "moon")
    other = next(p for p in places if p != place)
    with pytest.raises(ProblemsFound, match="try another city"):
        life.view(wide, "0", "", "", f"{other}:0", place)
