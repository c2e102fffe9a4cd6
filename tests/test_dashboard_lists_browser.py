"""Long lists of the evidence in a browser: in pages, searched, opened, by mouse and keyboard; all of it in the address."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest

from tests.big_case import big_case
from tests.test_dashboard_browser import (
    AXE,
    PATIENCE,
    Served,
    Window,
    browser,  # noqa: F401
    expect,
    pytestmark,  # noqa: F401
    taken,
)

DOCUMENTS, CLAIMS = 45, 130


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A case of 45 documents and 130 claims; no run begins, for the folder of results holds something else."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "out").mkdir()
    (folder / "out" / "other.txt").write_text("Something else.", "utf-8")
    server = Served(big_case(folder / "pile", DOCUMENTS, CLAIMS, seed=6, words=150), folder / "out")
    yield server
    rest = server.end()
    assert "Traceback" not in rest and "never retrieved" not in rest, rest


@pytest.fixture
def window(browser, served):  # noqa: F811
    opened = Window(browser, served)
    yield opened
    opened.close()


def shown(page, of="details.claim"):
    return page.locator(f"{of}").count()


def address(page) -> dict:
    return {k: v[0] for k, v in parse_qs(page.url.partition("?")[2]).items()}


def ids(page) -> list[str]:
    return [t.split(" · ")[0] for t in page.locator("details.claim > summary .small").all_inner_texts()]


def test_claims_come_in_pages_that_the_address_keeps(window):
    page = window.open("evidence")
    assert shown(page) == 50 and shown(page, "tbody tr") >= 20
    first = ids(page)
    above = page.get_by_role("navigation", name="Pages of claims, above")
    expect(above).to_contain_text("of 3")
    above.get_by_role("button", name="Next page").click()
    expect(above).to_contain_text("claims 51 to 100 of 130")
    second = ids(page)
    assert len(second) == 50 and not set(first) & set(second) and address(page) == {"page": "2"}
    below = page.get_by_role("navigation", name="Pages of claims, below")
    below.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("heading", name="Claims", exact=True)).to_be_focused()  # one reads on from its beginning
    assert len(set(first) | set(second) | set(ids(page))) == CLAIMS and address(page) == {"page": "3"}
    expect(below.get_by_role("button", name="Next page")).to_be_disabled()
    page.reload()
    expect(above).to_contain_text("claims 101 to 130 of 130")
    above.get_by_label("Page of claims", exact=True).fill("2")
    above.get_by_label("Page of claims", exact=True).press("Enter")
    expect(above).to_contain_text("claims 51 to 100 of 130")
    assert ids(page) == second
    page.goto(f"{window.served.address}#evidence?page=99&dpage=-3&tpage=x")
    expect(above).to_contain_text("claims 101 to 130 of 130")
    assert shown(page) == 30


def test_choices_narrow_the_lists_and_stay_in_the_address(window):
    page = window.open("evidence")
    page.get_by_label("Role", exact=True).select_option("confirmation")
    counted = page.locator(".counted button").first
    expect(counted).to_have_text(re.compile(r"^\d+ of 130 claims$"))
    n = int(counted.inner_text().split()[0])
    assert 0 < n < 50 and shown(page) == n and address(page) == {"role": "confirmation"}
    source = page.locator("details.claim > summary .small").first.inner_text().split(" · ")[2].split(",")[0]
    page.get_by_label("Source", exact=True).select_option(source)
    expect(counted).not_to_have_text(f"{n} of 130 claims")
    said = page.locator("details.claim > summary .small").all_inner_texts()
    assert said and all(f" · confirmation · {source}, " in s for s in said)
    page.get_by_label("Order of claims").select_option("id")
    kept = ids(page)
    assert kept == sorted(kept)
    page.locator("details.claim > summary").first.click()
    expect(page.locator("details.claim dl.facts")).to_be_visible()
    assert address(page) == {"role": "confirmation", "source": source, "sort": "id", "open": kept[0]}
    page.reload()
    expect(page.locator("details.claim dl.facts")).to_be_visible()
    assert ids(page) == kept
    page.get_by_role("button", name="Show all").click()
    expect(counted).to_have_text("130 claims")
    assert address(page) == {"open": kept[0]}


def test_claims_that_disagree(window):
    page = window.open("evidence")
    expect(page.get_by_role("heading", name="Reports that disagree")).to_be_visible()
    page.get_by_label("Only", exact=True).select_option("disagrees")
    expect(page.locator(".counted button").first).to_have_text(re.compile(r"^\d+ of 130 claims$"))
    one = ids(page)[0]
    page.goto(f"{window.served.address}#evidence/claim/{one}")
    expect(page.locator("main")).to_contain_text("Disagrees with")
    page.goto(f"{window.served.address}#evidence?only=disagrees")  # from a link, before it is known which do
    expect(page.locator("details.claim").first).to_be_visible()
    assert ids(page)[0] == one
    page.goto(f"{window.served.address}#evidence?only=unchecked")
    expect(page.get_by_label("Only", exact=True)).to_have_value("unchecked")  # what was shown before is gone
    expect(page.locator("details.claim").first).to_be_visible()
    page.locator("details.claim > summary").first.click()
    expect(page.locator("details.claim").first).to_contain_text("the text was not kept")


def test_words_are_found_in_claims_and_texts(window):
    page = window.open("evidence")
    page.get_by_label("Words", exact=True).fill("police summer")
    texts = page.get_by_role("heading", name="In the texts")
    expect(texts).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".hits > li").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".counted")).to_contain_text(re.compile(r"in the texts of \d+ documents"))
    assert address(page)["words"] == "police summer"
    hit = page.locator(".hits > li").first
    assert {w.lower() for w in hit.locator("mark").all_inner_texts()} <= {"police", "summer"}
    href = hit.get_by_role("link").first.get_attribute("href")
    assert re.fullmatch(r"#evidence/document/doc-\d+\?at=\d+-\d+", href)
    hit.get_by_role("button", name=re.compile("more place")).click()
    expect(hit.locator("ul li a").first).to_be_visible()
    page.get_by_label("Words", exact=True).fill("")
    expect(texts).to_be_hidden()
    page.go_back()  # nothing was added to the history by typing
    assert "evidence" not in page.url
    page.go_forward()
    page.goto(f"{window.served.address}#evidence?words=police%20summer")
    expect(page.locator(".hits > li").first).to_be_visible(timeout=PATIENCE)
    page.locator(".hits > li a").first.click()
    expect(page.locator(".paragraphs")).to_be_visible()


def test_a_table_in_pages_is_saved_whole(window):
    page = window.open("evidence")
    expect(page.locator("tbody tr").first).to_contain_text("on this machine")
    assert "The CSV holds all 45." in page.locator("main").inner_text()
    csv = taken(page, "documents.csv", page.get_by_role("button", name="CSV: Documents").click).decode("utf-8-sig")
    assert len(csv.splitlines()) == DOCUMENTS + 1
    page.get_by_label("Order", exact=True).select_option("claims")
    counts = [int(t) for t in page.locator("tbody tr td:last-child").all_inner_texts()[:20]]
    assert counts == sorted(counts, reverse=True) and counts[0] > counts[-1]
    assert address(page) == {"dsort": "claims"}
    pages = page.get_by_role("navigation", name="Pages of documents, above")
    pages.get_by_role("button", name="Next page").press("Enter")
    expect(pages).to_contain_text("documents 21 to 40 of 45")
    pages.get_by_role("button", name="Next page").press("Enter")
    expect(pages.get_by_label("Page of documents", exact=True)).to_be_focused()  # the button is none any more
    assert address(page) == {"dsort": "claims", "dpage": "3"}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_readable_by_everybody(browser, served, width, dark):  # noqa: F811
    opened = Window(browser, served, width, dark)
    page = opened.page
    page.goto(f"{served.address}#evidence?words=police")
    expect(page.locator(".hits > li").first).to_be_visible(timeout=PATIENCE)
    page.locator("details.claim > summary").first.click()
    page.locator(".hits button").first.click()
    page.wait_for_timeout(300)
    opened.shot(f"lists-{width}-{'dark' if dark else 'light'}")
    page.evaluate(AXE)
    wrong = [(v["id"], v["nodes"][0]["html"][:200]) for v in page.evaluate("axe.run()")["violations"]]
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    opened.close()


def test_printed(window):
    page = window.open("evidence")
    page.wait_for_timeout(300)
    page.emulate_media(media="print")
    expect(page.locator("form.filter")).to_be_hidden()
    expect(page.get_by_text("claims 1 to 50 of 130").first).to_be_visible()  # what is on paper is not all
    page.emulate_media(media="screen")
