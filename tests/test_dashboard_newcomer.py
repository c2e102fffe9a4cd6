"""A newcomer's path in a browser: a case from a document, ten claims accepted, a run, an answer read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from obrok.case.case import load, new_case
from tests.conftest import ROOT
from tests.test_dashboard_browser import PATIENCE, Served, Window, browser, expect, pytestmark  # noqa: F401

REPORT = ROOT / "tests" / "texts" / "feature.txt"


@pytest.fixture
def start(tmp_path, monkeypatch):
    """A dashboard on a small case, started where the newcomer's case will lie."""
    monkeypatch.chdir(tmp_path)
    server = Served(new_case(tmp_path / "blank-one", "blank"), tmp_path / "out" / "blank-one")
    yield server
    rest = server.end()
    assert "Traceback" not in rest, rest


def test_a_newcomer_comes_from_a_document_to_an_answer(browser, start, tmp_path: Path):  # noqa: F811
    window, began = Window(browser, start), time.monotonic()
    page = window.page
    page.goto(start.address)
    page.get_by_role("link", name="New case").click()
    page.get_by_label("Short name").first.fill("manaus")
    page.get_by_label("Title", exact=True).first.fill("Doctors in the north of Brazil")
    page.get_by_label("The answers are about the days from").fill("2014-01-01")
    page.get_by_label("to", exact=True).first.fill("2014-12-31")
    page.locator("input[type=file]").set_input_files(REPORT)
    page.get_by_label("Appeared on").fill("2014-11-20")
    window.shot("begin")
    page.get_by_role("button", name="Make the case").click()
    expect(page.get_by_role("heading", name="candidates to judge")).to_be_visible(timeout=PATIENCE)
    window.shot("candidates")
    page.get_by_role("button", name="Judge them one by one").click()
    expect(page.get_by_role("heading", name="Candidate 1 of 20")).to_be_visible()
    window.shot("candidate")
    for left in range(19, 9, -1):  # with the keyboard alone
        page.keyboard.press("a")
        expect(page.get_by_role("heading", name=f"Candidate 1 of {left}")).to_be_visible(timeout=PATIENCE)
    case = load(tmp_path / "manaus")
    assert len(case.evidence.claims) == 10 and case.title == "Doctors in the north of Brazil"
    assert (case.date(case.window[0]).isoformat(), case.date(case.window[1]).isoformat()) == (
        "2014-01-01",
        "2014-12-31",
    )
    page.get_by_role("button", name="Run it").click()
    page.get_by_role("link", name="Answers").click()
    expect(page.locator("[data-answer='left/as-reported']").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("main")).to_contain_text("leave their posts")
    assert time.monotonic() - began < 300
    assert all("409" in error for error in window.errors)  # answers asked for before they are there
    window.errors.clear()
    window.close()
