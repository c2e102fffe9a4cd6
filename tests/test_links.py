"""A link brings back exactly the view that it was copied from, in a browser that has never seen it; sentences leave with their citation."""

from __future__ import annotations

import io
import re

import pypdf
import pytest

from obrok.outward.citing import bibtex
from obrok.problems import ProblemsFound
from tests.test_dashboard_browser import AXE, PATIENCE, Served, Window, browser, expect, pytestmark  # noqa: F401

#: what a person sees of a view, and what is set in it; a name that is typed for saving is not part of it
SEEN = """() => {
  const root = document.querySelector("main .view");
  const inputs = [...root.querySelectorAll("input, select")].filter((n) => n.id !== "policy-name")
    .map((n) => [n.id || n.getAttribute("aria-label") || n.parentElement.textContent, n.type === "checkbox" ? n.checked : n.value]);
  const open = [...root.querySelectorAll("details")].filter((d) => d.open).map((d) => d.querySelector("summary").textContent);
  const drawn = [...root.querySelectorAll("figure.picture svg")].map((n) => [n.getAttribute("aria-label"), n.textContent]);
  return { text: root.innerText, inputs, open, drawn };
}"""


@pytest.fixture(scope="module")
def served(small_run):
    server = Served("chita-2015", small_run.folder)  # type: ignore[arg-type]
    yield server
    rest = server.end()
    assert "Traceback" not in rest, rest


@pytest.fixture
def windows(browser, served):  # noqa: F811
    """Opens windows that know nothing of each other."""
    opened = []

    def another(**given) -> Window:
        window = Window(browser, served, **given)
        window.context.grant_permissions(["clipboard-read", "clipboard-write"])
        opened.append(window)
        return window

    yield another
    for window in opened:
        window.close()


def settled(page) -> None:
    """Waits until nothing is being worked out, and what rests has been drawn."""
    if page.locator(".view.whatif").count():
        expect(page.locator(".says")).to_contain_text(re.compile("^Exact|^As reported"), timeout=PATIENCE)
    page.wait_for_timeout(400)


def copied(page, row: str) -> str:
    """What the panel's button puts on the clipboard."""
    if page.locator("#link-panel").is_hidden():
        page.get_by_role("button", name="Link to this view").click()
    page.locator("#link-panel").get_by_role("button", name=re.compile(f"^Copy {row}")).click()
    expect(page.locator("#link-panel").get_by_text("Copied").first).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def unfold(page, name: str) -> None:
    page.locator("summary").filter(has_text=name).first.click()


def answers(page) -> None:
    page.get_by_label("Show the answers under the policy").select_option("handed-over-as-before")
    unfold(page, "All answers under this policy")
    page.locator("summary").filter(has_text="The figures").last.click()


def trail(page) -> None:
    unfold(page, "assumptions of the case")


def whatif(page) -> None:
    page.get_by_label("Start from").select_option("without-visit")
    page.get_by_label("Show", exact=True).select_option(index=2)
    slider = page.locator("#lever-hand_over")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    page.locator("#lever-hand_over-date").fill("2015-09-01")
    page.locator("#lever-hand_over-ramp").select_option("30")
    settled(page)
    unfold(page, "As sentences, to quote")


def time(page) -> None:
    page.get_by_label("What is shown").select_option("without-visit")
    page.get_by_label("Lay over it").select_option("as-reported")
    page.get_by_label("Day, as a date").fill("2015-10-03")
    page.wait_for_timeout(400)
    unfold(page, "As sentences, to quote")


def money(page) -> None:
    page.get_by_label("Compare with").select_option("conduct-as-before")
    unfold(page, "As sentences, to quote")


def take(page) -> None:
    unfold(page, "BibTeX")


VIEWS = {
    "answers": answers, "answers/left/as-reported": trail, "whatif": whatif, "time": time, "money": money,
    "evidence/claim/may-found": lambda page: None, "take": take,
}  # fmt: skip


@pytest.mark.parametrize("address", VIEWS)
def test_a_link_brings_back_exactly_this_view(windows, served, small_run, address) -> None:
    first = windows()
    page = first.open(address)
    bare = page.evaluate(SEEN) if address != "whatif" else None
    VIEWS[address](page)
    settled(page)
    link, seen = copied(page, "the link"), page.evaluate(SEEN)
    assert VIEWS[address].__name__ == "<lambda>" or seen != bare  # something was set
    assert link.startswith(f"{served.address}#{address.split('/')[0]}")
    digest = small_run.record["answers_sha256"]
    assert f"made={digest[:12]}-3-480" in link and str(small_run.folder) not in link and "/tmp" not in link
    if page.url.split("#")[1:]:  # what the address bar holds is the same view
        assert page.url.split("#")[1] in link

    other = windows()
    other.page.goto(link)
    expect(other.page.locator("main .view h1")).to_be_visible(timeout=PATIENCE)
    settled(other.page)
    again = other.page.evaluate(SEEN)
    assert again["inputs"] == seen["inputs"] and again["open"] == seen["open"]
    assert again == seen
    assert other.page.locator(".other-result").count() == 0
    assert copied(other.page, "the link") == link


def test_the_command_brings_it_back_later(windows, served, small_run, browser) -> None:  # noqa: F811
    page = windows().open("time")
    time(page)
    settled(page)
    command, seen = copied(page, "the command"), page.evaluate(SEEN)
    start, _, view = command.partition(" --view ")
    assert start == "obrok serve chita-2015" and view[0] == view[-1] == "'" and view.count("'") == 2
    assert served.address.split("/")[3] not in command and "127.0.0.1" not in command
    later = Served("chita-2015", small_run.folder, "--view", view[1:-1])  # type: ignore[arg-type]
    window = Window(browser, later)
    try:
        window.page.goto(later.whole)
        expect(window.page.locator("main .view h1")).to_be_visible(timeout=PATIENCE)
        settled(window.page)
        assert window.page.evaluate(SEEN) == seen
    finally:
        window.close()
        later.end()


def test_a_link_of_another_result_says_so(windows) -> None:
    page = windows().open("money")
    link = copied(page, "the link")
    other = windows()
    other.page.goto(re.sub(r"made=[0-9a-f]{12}-3-480", "made=0123456789ab-1-20000", link))
    line = other.page.locator(".other-result")
    expect(line).to_have_text(
        "This link was made from another result (seed 1, 20,000 versions, digest 0123456789ab): figures may differ from those that were meant."
    )
    assert "made=0123" not in copied(other.page, "the link")  # a new link is of what is shown
    for odd in ("made=<b>x</b>", "made=0123456789ab-1", "made="):
        other.page.goto(re.sub(r"made=[0-9a-f-]+", odd, link))
        other.page.reload()
        expect(other.page.locator("main .view h1")).to_be_visible(timeout=PATIENCE)
        assert line.count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "whatif?curve=nothing&start=nobody&levers=hand_over:9e9:2015-09-01:30,effort:x:y,nothing:1:2015-09-01:0&without=a,b",
        "answers?policy=nothing&unfolded=%00,<b>", "time/nothing/nobody?day=2999-99-99", "money/without-visit/without-visit",
        "answers/%ff?unfolded=" + "x," * 500,
    ],
)  # fmt: skip
def test_what_a_link_names_and_the_case_lacks_is_left_out(windows, address) -> None:
    page = windows().open(address)
    settled(page)
    expect(page.locator("main .view h1")).to_be_visible()
    assert page.locator("main [role=alert]").count() == 0


def test_the_panel_is_for_keyboard_and_reader_too(windows) -> None:
    for given in ({}, {"dark": True}, {"width": 390}):
        window = windows(**given)
        page = window.open("take")
        button = page.get_by_role("button", name="Link to this view")
        button.focus()
        button.press("Enter")
        expect(page.locator("#link-panel")).to_be_visible()
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.shot("link-" + ("dark" if "dark" in given else "phone" if given else "light"))
        page.locator("#link-panel button").first.focus()
        page.keyboard.press("Escape")
        expect(page.locator("#link-panel")).to_be_hidden()
        expect(button).to_be_focused()


def test_figures_leave_as_sentences_with_range_and_citation(windows, small_run) -> None:
    cite = "Model estimate, not a count: obrok "
    for address, words in (
        ("time", "so far, 7 May 2016|7 May 2016, as reported"), ("money", r"As reported: .*: \$"), ("whatif?curve=left&without=visit", "more|fewer"),
    ):  # fmt: skip
        page = windows().open(address)
        settled(page)
        unfold(page, "As sentences, to quote")
        row = page.locator(".quotes li").first
        row.get_by_role("button", name=re.compile("^Copy")).click()
        expect(row.get_by_text("Copied")).to_be_visible()
        text = page.evaluate("navigator.clipboard.readText()")
        assert re.match(f"“.*({words}).*in nine of ten versions that fit.*” ", text), text
        assert cite in text and "seed 3, case chita-2015" in text and row.locator("p").first.inner_text() in text
        assert "The change: without the visit." in text or not address.startswith("whatif")


def test_the_report_is_saved_as_pdf_from_the_page(windows, small_run, tmp_path) -> None:
    page = windows().open("take")
    with page.expect_download(timeout=PATIENCE) as started:
        page.get_by_role("button", name="Save as PDF").click()
    assert started.value.suggested_filename == "chita-2015-report.pdf"
    started.value.save_as(tmp_path / "a.pdf")
    read = pypdf.PdfReader(io.BytesIO((tmp_path / "a.pdf").read_bytes()))
    assert small_run.answer("left")["text"].split(" in nine")[0][:60] in " ".join(
        " ".join(page.extract_text() for page in read.pages[:3]).split()
    )
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert not [p for p in small_run.folder.rglob("*.pdf")]


def test_bibtex_says_what_the_record_says(small_run) -> None:
    import dataclasses

    case = dataclasses.replace(small_run.case, title="50 % of {all} & _some_ \\ ~ 평양")
    text = bibtex(case, small_run.summary, small_run.record)
    assert "{50 \\% of \\{all\\} \\& \\_some\\_ \\textbackslash{} \\textasciitilde{} 평양: a model estimate}" in text
    assert (
        text.count("@misc{") == 2 and "480 versions, seed 3" in text and small_run.record["answers_sha256"][:12] in text
    )
    assert not re.search(r"\b20[2-9]\d\b", re.sub(r"[0-9a-f]{8,}", "", text))  # no date: the record has none
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")


def test_a_view_for_the_command_is_checked() -> None:
    pytest.importorskip("uvicorn")
    from obrok.outward.serve.server import view_of

    assert view_of("http://127.0.0.1:8765/Key-of_old/#time/a/b?day=2015-06-01&x=%27") == "time/a/b?day=2015-06-01&x=%27"
    assert view_of("answers") == "answers" and view_of("#money") == "money"
    assert view_of("evidence?words=평양 \u202e\x1b[2J\n") == "evidence?words=%ED%8F%89%EC%96%91%20%E2%80%AE%1B%5B2J%0A"
    for wrong in ("", "http://127.0.0.1:8765/Key/", "//example.org", "Answers", "../x", "x" * 9000, "#"):
        with pytest.raises(ProblemsFound, match="--view: this is no view of the dashboard"):
            view_of(wrong)
