"""Working on evidence in a browser: with the keyboard, by selecting words, from pictures of hedges; undone."""

from __future__ import annotations

import re

import pytest

from obrok.case.case import load, new_case
from obrok.evidence.anchors import normalised
from obrok.outward.editing import candidates
from obrok.outward.editing.intake import About, take_in
from tests.conftest import ROOT
from tests.test_dashboard_browser import AXE, PATIENCE, Served, Window, browser, expect, pytestmark  # noqa: F401

TEXTS = ROOT / "tests" / "texts"
DOCUMENT = "evidence/document/feature"


@pytest.fixture(scope="module")
def working(tmp_path_factory):
    """A case with a document and its candidates."""
    folder = tmp_path_factory.mktemp("working")
    case = new_case(folder / "mine", "blank")
    take_in(case, [TEXTS / "feature.txt"], About(published="2024-11-20"))
    d = load(case).evidence.documents["feature"]
    text = normalised((TEXTS / "feature.txt").read_text("utf-8"))
    candidates.add(case, candidates.proposals("feature", text, d.published, d.language))
    server = Served(case, folder / "out")
    yield server
    rest = server.end()
    assert "Traceback" not in rest, rest


@pytest.fixture
def window(browser, working):  # noqa: F811
    opened = Window(browser, working)
    yield opened
    opened.errors[:] = [e for e in opened.errors if "422" not in e]
    opened.close()


def beside(page):
    return page.get_by_role("complementary", name="Claims and candidates beside the text")


def select(page, words: str) -> None:
    """Selects words of the text as a pointer would."""
    page.evaluate(
        """(words) => {
          const runs = [...document.querySelectorAll(".paragraphs [data-start]")];
          const node = runs.map((r) => document.createTreeWalker(r, 4).nextNode()).find((n) => n.data.includes(words));
          const at = node.data.indexOf(words);
          getSelection().setBaseAndExtent(node, at, node, at + words.length);
        }""",
        words,
    )


def test_candidates_are_judged_with_the_keyboard_and_undone(window, working):
    page = window.open(DOCUMENT)
    page.get_by_role("button", name="Judge them one by one").press("Enter")
    expect(page.get_by_role("heading", name="Candidate 1 of 20")).to_be_visible()
    expect(page.locator("mark.candidate.chosen")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Candidate 2 of 20")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("heading", name="Candidate 1 of 20")).to_be_visible()
    for width in (700, 1280):  # the panel moves, and whoever is in it stays there
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        assert page.evaluate("document.activeElement.closest('.beside') !== null"), width
    page.keyboard.press("d")
    expect(page.get_by_role("heading", name="Candidate 1 of 19")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Candidate 1 of 18")).to_be_visible()
    assert len(load(working.case).evidence.claims) == 1
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page.get_by_role("button", name=re.compile("Do again: dropped"))).to_be_visible()
    assert not load(working.case).evidence.claims
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("a")  # keys are of the panel alone
    page.wait_for_timeout(300)
    assert not load(working.case).evidence.claims


def test_a_candidate_is_edited_and_a_figure_rests_on_it(window, working):
    page = window.open(DOCUMENT)
    beside(page).get_by_text("4,300").first.click()
    page.keyboard.press("e")
    form = page.locator(".beside .claim-form")
    form.get_by_label("In our own words").fill("What the state gets for each, a month.")
    form.get_by_label("It says").select_option("input")
    form.get_by_label("What is so large").select_option("wage")
    expect(form.get_by_label("Figure")).to_have_value("4300")
    form.get_by_text("Choose the word it is said with").click()
    expect(form.locator(".hedges svg").first).to_be_visible(timeout=PATIENCE)
    form.get_by_role("radio", name="about", exact=True).check()
    expect(form.locator(".word-of > summary")).to_contain_text("“about”")
    form.get_by_label("Figure").press("Control+Enter")
    expect(page.get_by_role("button", name=re.compile("Undo: accepted"))).to_be_visible(timeout=PATIENCE)
    case = load(working.case)
    (claim,) = case.priors["wage"].claims
    assert (claim.hedge, claim.value, claim.paraphrase) == (
        "about",
        (4300, 4300),
        "What the state gets for each, a month.",
    )
    page.get_by_role("button", name=re.compile("Undo: accepted")).click()
    expect(page.get_by_role("button", name=re.compile("Do again: accepted"))).to_be_visible(timeout=PATIENCE)
    assert not load(working.case).priors["wage"].cited


def test_a_claim_is_made_of_selected_words(window, working):
    page = window.open(DOCUMENT)
    expect(beside(page)).to_be_visible()
    select(page, "had a phone")
    page.get_by_role("button", name="New claim from the 3 words selected").click()
    form = page.locator(".beside .claim-form")
    text = normalised((TEXTS / "feature.txt").read_text("utf-8"))
    at = text.index("had a phone")
    expect(page.locator(".beside")).to_contain_text(f"characters {at:,}–{at + 11:,}")
    form.get_by_label("In our own words").fill(text[:100])
    form.get_by_text("Another source", exact=True).click()
    form.get_by_label("Why", exact=True).fill("works there")
    form.get_by_role("button", name="Add the source").click()
    expect(form.get_by_label("Said by")).not_to_have_value("")
    form.get_by_role("button", name="Make the claim").click()
    expect(form.get_by_role("alert").filter(has_text="eight or more words")).to_be_visible(timeout=PATIENCE)
    form.get_by_label("In our own words").fill("One of them could call home.")
    form.get_by_role("button", name="Make the claim").click()
    expect(page.get_by_role("heading", name="Claim feature")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("mark.claimed.chosen")).to_have_text("had a phone")
    claim = load(working.case, documents_required=True).evidence.claims["feature"]
    assert (claim.anchor.start, claim.anchor.end) == (at, at + 11)
    page.get_by_role("button", name="Edit", exact=True).click()
    form.get_by_label("In our own words").fill("One of them had a telephone.")
    page.keyboard.press("Escape")  # nothing is kept of it
    expect(page.locator(".beside .paraphrase")).to_have_text("One of them could call home.")
    page.get_by_label("Words of the text").or_(page.get_by_role("button", name="All in this text")).first.click()
    page.get_by_label("Words of the text").fill("no such words")
    page.get_by_role("button", name="Make a claim of them").click()
    expect(page.get_by_text("do not stand in the text so")).to_be_visible()
    page.get_by_label("Words of the text").fill("Her son turns twelve")
    page.keyboard.press("Enter")
    at = text.index("Her son turns twelve")
    expect(page.locator(".beside")).to_contain_text(f"characters {at:,}–{at + 20:,}")
    page.get_by_role("button", name="Cancel").click()


def test_what_is_written_stays_while_answers_come(browser, working):  # noqa: F811
    """A run that ends meanwhile does not take a form away."""
    opened = Window(browser, working)
    page = opened.open(DOCUMENT)
    select(page, "Nobody gets off")
    page.get_by_role("button", name="New claim from").click()
    page.get_by_label("In our own words").fill("None leaves the bus.")
    page.evaluate("fetch('api/run', {method: 'POST', headers: {'content-type': 'application/json'}, body: '{}'})")
    expect(page.locator("#status progress")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#status progress")).to_be_hidden(timeout=PATIENCE)
    page.wait_for_timeout(500)
    expect(page.get_by_label("In our own words")).to_have_value("None leaves the bus.")
    opened.close()


def test_documents_are_dropped_in_and_copies_settled(window, working, tmp_path):
    page = window.open("evidence")
    copy = tmp_path / "reprint.txt"
    copy.write_text((TEXTS / "feature.txt").read_text("utf-8") + "\nPrinted again elsewhere.", "utf-8")
    page.locator("input[type=file]").set_input_files(copy)
    expect(page.get_by_role("alert").filter(has_text="say when it appeared")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Appeared on").fill("2024-11-25")
    page.locator("input[type=file]").set_input_files(copy)
    expect(page.get_by_role("link", name="reprint", exact=True).first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="To settle").click()
    page.get_by_role("button", name="One origin: they count once").click(timeout=PATIENCE)
    expect(page.get_by_text("Told to be one origin (1)")).to_be_visible(timeout=PATIENCE)
    assert load(working.case).evidence.documents["reprint"].origin == "feature"
    page.get_by_text("Told to be one origin (1)").click()
    page.get_by_role("button", name="Part them").click()
    expect(page.get_by_role("button", name="One origin: they count once")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Title", exact=True).last.fill("Doctors, and those who left")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#case-title")).to_have_text("Doctors, and those who left", timeout=PATIENCE)
    page.get_by_role("button", name="Undo: the days and the title of the case").click()
    expect(page.locator("#case-title")).to_have_text("A case to be filled in", timeout=PATIENCE)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_readable_by_everybody(browser, working, width, dark):  # noqa: F811
    opened = Window(browser, working, width, dark)
    kind = f"{width}-{'dark' if dark else 'light'}"
    for address in (
        DOCUMENT,
        f"{DOCUMENT}/feature-3",
        "evidence/settle",
        "evidence/begin",
        "evidence",
        f"{DOCUMENT}/feature-6",
    ):
        page = opened.open(address)
        page.wait_for_timeout(300)
        if address.endswith("-6"):
            beside(page).get_by_role("button", name="Edit").click()
            page.get_by_label("It says").select_option("outcome")
            page.get_by_label("What happened to how many").select_option("left")
            page.locator(".word-of > summary").click()
            expect(page.locator(".hedges svg").first).to_be_visible(timeout=PATIENCE)
        opened.shot(f"work-{address.split('/')[-1]}-{kind}")
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")
        wrong = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
        assert wrong == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    opened.close()
