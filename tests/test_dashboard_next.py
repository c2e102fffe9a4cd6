"""What to find out next and imagined replies: the JSON behind the view, and the view in a browser."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace

import pytest

from obrok.answers.words import percent
from obrok.case.case import load, new_case
from obrok.case.parameters import PARAMETERS
from obrok.outward.asks import ASKS
from obrok.outward.explained import SMALL
from obrok.outward.options import Options
from obrok.outward.serve import hedges, replies
from obrok.outward.serve import next as ahead
from obrok.outward.serve.desk import Ready
from obrok.outward.study import run_case
from obrok.problems import ProblemsFound
from tests.conftest import ROOT
from tests.test_dashboard_browser import AXE, BROWSER, Served, Window, browser, expect  # noqa: F401
from tests.test_dashboard_server import TOKEN, Asking, answered, request

QUESTIONS = """
questions:
  - {id: left-in-spring, asks: "How many left in spring?", quantity: left, about: {from: 2024-03-01, to: 2024-05-31}}
  - {id: far-in-spring, asks: "Of those, what part went far?", quantity: far_share, about: {from: 2024-03-01, to: 2024-05-31}}
  - {id: more-in-spring, asks: "How many times as many as before?", quantity: trend, about: {from: 2024-03-01, to: 2024-05-31}}
"""


@pytest.fixture(scope="module")
def quay(tmp_path_factory):
    """A case without claims: its versions are all worth the same, and a few hundred carry its answers."""
    folder = new_case(tmp_path_factory.mktemp("cases") / "quay")
    text = (folder / "case.yaml").read_text("utf-8")
    text = re.sub(r"(?m)^questions: .*\n", "", text)
    text = re.sub(
        r"(?m)^  posts: .*$",
        "  posts: {assumption: {lognormal: {median: 60, p05: 40, p95: 90}, unit: people, why: test}}",
        text,
    )
    often = "  leave_rate: {assumption: {lognormal: {median: 0.3, p05: 0.08, p95: 0.8}, unit: 1/year, why: test}}"
    text = re.sub(r"(?m)^  leave_rate: .*$", often, text)
    (folder / "case.yaml").write_text(text + QUESTIONS, "utf-8")
    return load(folder)


@pytest.fixture(scope="module")
def ready(quay, tmp_path_factory):
    return Ready(quay, run_case(quay, Options(900, 4), tmp_path_factory.mktemp("run") / "quay"))


def told(ready, **given):
    return replies.reply(ready, given)


def wrong(ready, **given) -> str:
    with pytest.raises(ProblemsFound) as found:
        replies.reply(ready, given)
    return str(found.value)


# --- the list --------------------------------------------------------------------------------------------------------
def test_one_list_by_what_each_would_do_for_all_answers_together(ready):
    found, account = ahead.view(ready.case, ready), ready.result.explained["answers"]
    assert [(a["id"], a["policy"], a["versus"]) for a in found["answers"]] == [
        (a["id"], a["policy"], a["versus"]) for a in account
    ]
    unknowns = found["unknowns"]
    assert len(unknowns) >= 3 and len({u["id"] for u in unknowns}) == len(unknowns)
    assert [u["mean"] for u in unknowns] == sorted((u["mean"] for u in unknowns), reverse=True)
    for u in unknowns:
        shares = {
            k: n["share"]
            for k, a in enumerate(account)
            for n in a["next"]
            if n["id"] == u["id"] and n["share"] >= SMALL
        }
        assert {r["answer"]: r["share"] for r in u["rows"]} == shares  # the account's own figures, and none beside them
        assert u["of"] == sum(a["id"] != u["id"] for a in account)
        assert u["mean"] == pytest.approx(sum(shares.values()) / u["of"]) and u["told"] == percent(u["mean"])
        assert u["ask"].startswith(("Ask: ", "Find out: ")) and "`" not in u["ask"]
    assert {u["id"] for u in unknowns}.isdisjoint(o["id"] for o in found["others"])
    everything = {u["id"] for u in unknowns} | {o["id"] for o in found["others"]}
    assert everything >= {*ready.case.priors, "left-in-spring", "far-in-spring", "left", "to_state"}


def test_every_parameter_can_be_asked_about():
    assert list(ASKS) == list(PARAMETERS) and all(a.endswith("?") and a[0].isupper() for a in ASKS.values())


def test_a_case_without_a_result_has_nothing_to_rank(quay):
    found = ahead.view(quay, None)
    assert not found["ready"] and found["answers"] == found["unknowns"] == [] and not found["weighed"]


def test_a_live_case_says_how_wide_in_parts_where_an_end_is_hidden():
    a = {"p05": None, "p95": 56.0, "width": 55.0, "unit": "people"}
    assert ahead._after(a, {"width": 42.0}) == "its range would be 76 % as wide, on average"
    assert "42 wide instead of 55" in ahead._after(a | {"p05": 1.0}, {"width": 42.0})


def test_an_answer_does_not_narrow_itself(ready):
    found = ahead.view(ready.case, ready)
    assert any(u["question"] for u in found["unknowns"])
    for u in found["unknowns"]:
        assert all(found["answers"][r["answer"]]["id"] != u["id"] for r in u["rows"])


# --- replies ---------------------------------------------------------------------------------------------------------
def test_a_reply_moves_the_answers_and_writes_nothing(ready):
    files = {p: p.read_bytes() for p in ready.folder.rglob("*") if p.is_file()}
    found = told(ready, unknown="left-in-spring", hedge="several")
    assert found["short"] is None and found["said"] == "“several”" and found["believed"] == "80 %"
    assert 200 <= found["size"]["after"] < found["size"]["before"]
    assert found["size"]["before"] == round(ready.result.summary["effective_sample_size"])
    left = next(a for a in found["answers"] if (a["id"], a["versus"]) == ("left", None))
    assert left["sure"] and left["after"]["p50"] > left["before"]["p50"]
    assert re.fullmatch(
        r"The range would be \d+ to \d+ people instead of \d+ to \d+; the middle version would have \d+ instead of \d+\.",
        left["text"],
    )
    assert {p: p.read_bytes() for p in ready.folder.rglob("*") if p.is_file()} == files


def test_before_is_what_the_answers_say(ready):
    found = told(ready, unknown="wage", value=700, hedge="roughly")
    for a in found["answers"]:
        row = ready.result.answer(a["id"], a["policy"], a["versus"])
        assert a["before"] == pytest.approx({k: row[k] for k in ("p05", "p50", "p95")})


def test_the_further_from_what_is_thought_the_more_it_moves(ready):
    """Of two words, the one that says more leaves the range higher; believed less, a word moves less."""

    def middle(**given):
        found = told(ready, unknown="left-in-spring", **given)
        return next(a for a in found["answers"] if a["id"] == "left")["after"]["p50"]

    assert middle(hedge="one") < middle(hedge="several")
    assert middle(hedge="several", credence=0.3) < middle(hedge="several")


def test_what_nobody_believes_moves_nothing(ready):
    for given in (dict(unknown="left-in-spring", hedge="several"), dict(unknown="wage", value=300, hedge="about")):
        found = told(ready, credence=0, **given)
        assert all(a["before"] == a["after"] and not a["sure"] for a in found["answers"])
        assert found["size"]["before"] == found["size"]["after"]


def test_where_too_few_are_left_it_says_so_and_gives_no_figure(ready):
    far = told(ready, unknown="watch_max", value=0.2, hedge="exactly")  # no version was drawn there
    assert "Hardly any version is one of such a size" in far["short"]
    none = told(ready, unknown="left-in-spring", value=150_000, hedge="exactly")
    assert none["short"]
    few = told(ready, unknown="left-in-spring", hedge="dozens")
    assert "Too few versions" in few["short"]
    small = replace(ready.result)
    here = ready.result.table["world"] < 150
    small.__dict__["table"] = {name: x[here] for name, x in ready.result.table.items()}
    thin = told(Ready(ready.case, small), unknown="left-in-spring", hedge="a few")
    assert "even now" in thin["short"] and thin["size"]["before"] < 200
    for found in (far, none, few, thin):
        assert all(a["after"] is None and not a["sure"] and not re.search(r"\d", a["text"]) for a in found["answers"])


def test_a_live_case_tells_no_few_people(ready):
    live = Ready(replace(ready.case, live=True), ready.result)
    found = told(live, unknown="left-in-spring", hedge="a few")
    people = [a for a in found["answers"] if a["unit"] == "people"]
    assert people and found["likely"] is None
    for a in people:
        for q in (a["before"], a["after"] or {}):
            assert not any(v is not None and 0 < abs(v) < 5 for v in q.values())
        assert not re.search(r"(?<![\d,])[1-4](?! more than)(?![\d,%])\b", a["text"].replace("fewer than 5", "")), a[
            "text"
        ]
    assert any("fewer than 5" in a["text"] for a in people)


@pytest.mark.parametrize(("given", "words"), [
    (dict(unknown="nope", hedge="a few"), ["nothing can be asked about `nope`"]),
    (dict(unknown=["left"], value={"a": [1]}), ["nothing can be asked about"]),
    (dict(unknown="left-in-spring"), ["neither a figure nor a word"]),
    (dict(unknown="left-in-spring", hedge="umpteen", kind="spy", credence=7, origin="z", more=1, unit="crates"), [
        "unknown hedge `umpteen`", "unknown kind of source `spy`", "credence 7 is outside", "no origin `z`",
        "unknown key `more`"]),
    (dict(unknown="left-in-spring", hedge="crates", unit="crates", value=3), ["unknown hedge `crates`"]),
    (dict(unknown="left-in-spring", unit="crates", value=3), ["`crates` is not a unit"]),
    (dict(unknown="left-in-spring", value=[1, 2, 3], hedge="about"), ["a range has two figures"]),
    (dict(unknown="left-in-spring", value=[9, 2], hedge="about"), ["the range is reversed"]),
    (dict(unknown="left-in-spring", value=10**400, hedge="about"), ["beyond all numbers"]),
    (dict(unknown="left-in-spring", value="many", hedge=7, credence=True), ["a number is needed", "unknown hedge `7`"]),
    (dict(unknown="left-in-spring", value=-4, hedge="about"), ["outside its limits"]),
    (dict(unknown="fee", value=90, hedge="about"), ["outside its limits"]),
    (dict(unknown="fee", hedge="several"), ["no known word for a share"]),
    (dict(unknown="wage", hedge="most"), ["gives no value"]),
    (dict(unknown="more-in-spring", hedge="a growing number"), ["does not name"]),
    (dict(unknown="wage", value={"a": {"b": {"c": {"d": [1]}}}}, hedge="about"), ["a number is needed"]),
])  # fmt: skip
def test_what_cannot_be_a_reply_is_told_all_at_once(ready, given, words):
    said = wrong(ready, **given)
    assert all(w in said for w in words), said


def test_a_run_that_was_not_weighed_is_no_ground(ready):
    record = ready.result.summary | {"weighed": False}
    assert "not weighed" in wrong(
        Ready(ready.case, replace(ready.result, summary=record)), unknown="left", hedge="a few"
    )


def test_the_routes(ready):
    ask = Asking(ready.case, ready.folder)
    assert ask("api/next").json()["unknowns"] == ahead.view(ready.case, ready)["unknowns"]
    began = time.perf_counter()
    good = ask.post("api/reply", {"unknown": "left-in-spring", "hedge": "several"})
    assert good.status == 200 and good.json() == told(ready, unknown="left-in-spring", hedge="several")
    assert time.perf_counter() - began < 5
    bad = ask.post("api/reply", {"unknown": "nope", "origin": "\ud800", "x" * 5000: 1})
    assert bad.status == 422 and "nothing can be asked about" in bad.json()["error"]
    for body in (b"[]", b'{"unknown": NaN}', b'{"unknown": 1, "unknown": 2}', b"{" * 9000, b"\xff"):
        assert ask.post("api/reply", body).status == 400

    def words_of(query: str):
        scope = request(f"/{TOKEN}/api/hedges") | {"query_string": query.encode()}
        return asyncio.run(answered(ask.guard, scope))

    words = words_of("informs=outcome&quantity=left")
    assert words.status == 200 and [w["word"] for w in words.json()["words"]][:3] == ["none", "one", "a couple"]
    some = words_of("informs=input&quantity=wage&value=700&value=900&unit=USD/month").json()["words"]
    assert {"between", "roughly"} <= {w["word"] for w in some}
    assert words_of("informs=outcome&quantity=left&unit=crates").status == words_of("").status == 422


# --- words to choose from --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("informs", "quantity", "value", "some", "never"), [
    ("outcome", "left", [], {"a few", "dozens", "hundreds", "none"}, {"most", "about", "rising"}),
    ("outcome", "left", ["12"], {"about", "exactly", "at least"}, {"a few", "between"}),
    ("outcome", "left", ["12", "20"], {"between"}, {"a few"}),
    ("outcome", "far_share", [], {"most", "about half", "likely"}, {"dozens"}),
    ("outcome", "trend", [], {"a growing number", "doubled"}, {"most"}),
    ("outcome", "kept", ["90000"], {"roughly"}, {"a few"}),
    ("input", "fee", [], {"most", "almost none"}, {"dozens", "about"}),
    ("input", "posts", [], {"dozens", "hundreds"}, {"none", "most"}),
    ("input", "wage", ["700"], {"roughly", "at most"}, {"most"}),
    ("held_back", "left", [], {"a few"}, {"most"}),
])  # fmt: skip
def test_every_word_that_fits_has_its_picture(quay, informs, quantity, value, some, never):
    words = {w["word"]: w for w in hedges.view(quay, informs, quantity, value)["words"]}
    assert words.keys() >= some and words.keys().isdisjoint(never)
    for w in words.values():
        assert w["picture"]["alt"] and len(w["picture"]["x"]) == len(w["picture"]["said"]["y"]) and w["source"]


def test_a_word_alone_says_no_money(quay):
    assert hedges.view(quay, "outcome", "kept")["words"] == hedges.view(quay, "input", "wage")["words"] == []


@pytest.mark.parametrize(("given", "words"), [
    (("outcome", "left", ["3", "4", "5"], "crates"), ["`crates` is not a unit", "3 figures"]),
    (("outcome", "nope", ["x"], ""), ["`nope`", "`x` is not a figure"]),
    (("context", "left", [], ""), ["is not what a claim informs"]),
    (("input", "fee", ["9"], ""), ["outside its limits"]),
    (("outcome", "left", ["1e999"], ""), ["beyond all numbers"]),
    (("outcome", "left", ["9", "2"], ""), ["the range is reversed"]),
])  # fmt: skip
def test_what_has_no_words_is_told(quay, given, words):
    with pytest.raises(ProblemsFound) as found:
        hedges.view(quay, *given)
    assert all(w in str(found.value) for w in words), str(found.value)


def test_the_pages_make_no_markup_of_text():
    for name in ("next", "replies", "hedge-chooser"):
        text = (ROOT / f"src/obrok/outward/serve/static/{name}.js").read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|style: `", text)


# --- in a browser ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def served(quay, ready):
    """A dashboard on the finished result."""
    server = Served(quay.folder, ready.folder, worlds=900, seed=4)
    yield server
    rest = server.end()
    assert "Traceback" not in rest and "never retrieved" not in rest, rest


def opened(browser, served, address: str, **more) -> Window:  # noqa: F811
    window = Window(browser, served, **more)
    window.open(address)
    expect(window.page.locator("details.unknown").first).to_be_visible()
    return window


def say(page, word: str) -> None:
    page.locator(".hedges label.word", has=page.get_by_text(word, exact=True)).click()
    page.get_by_role("button", name="See the answers move").click()
    expect(page.get_by_role("heading", name=f"If a source said “{word}”")).to_be_visible()


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (OBROK_BROWSER names one)")
class TestPage:
    def test_a_reply_is_imagined_compared_linked_and_forgotten(self, browser, served):  # noqa: F811
        window = opened(browser, served, "evidence/next")
        page = window.page
        card = page.locator("[data-unknown='left-in-spring']")
        if card.get_attribute("open") is None:
            card.locator("summary").first.click()
        card.get_by_role("button", name=re.compile("^Imagine a reply")).click()
        say(page, "some")
        expect(page.locator(".imagined")).to_contain_text("Imagined, not reported")
        expect(page.locator(".moved").first).to_contain_text("instead of")
        say(page, "several")
        flips = page.locator(".flips")
        expect(flips.get_by_role("button", name="“several”")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".moved svg").first).to_have_attribute(
            "aria-label", re.compile("now: .*“some”: .*“several”: ")
        )
        flips.get_by_role("button", name="“some”").click()
        expect(page.get_by_role("heading", name="If a source said “some”")).to_be_visible()
        expect(flips.get_by_role("button", name="“some”")).to_be_focused()
        link, text = page.url, page.locator(".moved").first.inner_text()
        again = window.new_page()
        again.goto(link)
        expect(again.get_by_role("heading", name="If a source said “some”")).to_be_visible()
        expect(again.locator(".flips button")).to_have_count(3)
        expect(again.locator(".moved").first).to_contain_text(text.split("\n")[-1])
        flips.get_by_role("button", name="Forget them").click()
        expect(page.locator(".moved")).to_have_count(0)
        assert "tried" not in page.url
        window.close()

    def test_a_figure_is_told_with_its_unit_and_word(self, browser, served):  # noqa: F811
        window = opened(browser, served, "evidence/next?unknown=wage")
        page = window.page
        page.get_by_label("a range").check()
        page.get_by_label("Figure, or the lower end").fill("300")
        page.get_by_label("Upper end").fill("400")
        page.get_by_role("button", name="See the answers move").click()
        expect(page.get_by_role("heading", name="If a source said “between” $300 and $400 a month")).to_be_visible()
        page.get_by_label("Upper end").fill("lots")
        page.get_by_role("button", name="See the answers move").click()
        expect(page.locator(".imagining [role=alert]")).to_contain_text("a number is needed here")
        window.errors = [e for e in window.errors if "422" not in e]  # what is no figure is refused
        window.close()

    def test_ranked_for_one_answer_and_kept_in_the_address(self, browser, served, ready):  # noqa: F811
        window = opened(browser, served, "evidence/next")
        page, account = window.page, ready.result.explained["answers"]
        kept = next(a for a in account if a["id"] == "kept" and a["versus"] is None)
        page.get_by_label("Rank by what it does for").select_option(f"kept/{kept['policy']}")
        first = page.locator("details.unknown").first
        expect(first).to_have_attribute("data-unknown", kept["next"][0]["id"])
        page.reload()
        expect(page.locator("details.unknown").first).to_have_attribute("data-unknown", kept["next"][0]["id"])
        window.close()

    def test_what_is_not_in_the_list_can_be_imagined_too(self, browser, served):  # noqa: F811
        window = opened(browser, served, "evidence/next?unknown=left")
        page = window.page
        expect(page.get_by_label("About", exact=True)).to_have_value("left")
        say(page, "some")
        page.get_by_label("About", exact=True).select_option("watch_max")
        expect(page.locator("form.imagining")).to_have_count(0)
        window.close()

    def test_from_an_answer_to_a_reply(self, browser, served):  # noqa: F811
        window = Window(browser, served)
        page = window.open("answers/left")
        page.get_by_role("link", name=re.compile("^Imagine a reply")).first.click()
        expect(page.locator("form.imagining")).to_be_in_viewport()
        window.close()

    @pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
    def test_all_can_use_it(self, browser, served, width, dark):  # noqa: F811
        window = opened(browser, served, "evidence/next?unknown=left-in-spring", width=width, dark=dark)
        page = window.page
        say(page, "some")
        say(page, "several")
        for summary in page.locator("form.imagining summary").all():
            summary.click()
        window.shot(f"next-{width}")
        page.evaluate(AXE)
        wrong = page.evaluate("axe.run()")["violations"]
        assert not wrong, [(w["id"], [n["html"][:200] for n in w["nodes"]][:3]) for w in wrong]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        window.close()
