"""The dashboard in a browser, as a person uses it. Screenshots are kept in .cache/screenshots."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from obrok.case.case import load, new_case
from tests.conftest import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
expect = playwright.expect
BROWSER = os.environ.get("OBROK_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (OBROK_BROWSER names one)"),
]
SHOTS = ROOT / ".cache" / "screenshots"
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
VIEWS = ("answers", "whatif", "time", "money", "evidence", "take")
#: no test waits longer for a thing to show
PATIENCE = 60_000
#: whether the texts of the case are on this machine
TEXTS = any(Path(p).is_dir() for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p)


class Served:
    """A dashboard in a process of its own."""

    def __init__(self, case: Path, out: Path, *more: str, worlds: int = 480, seed: int = 3):
        self.case = case
        code = "from obrok.outward.cli import main; main()"
        given = [str(case), "--out", str(out), "--port", "0", "--worlds", str(worlds), "--seed", str(seed), *more]
        texts = os.pathsep.join(
            os.path.abspath(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p
        )
        env = {**os.environ, "PYTHONUNBUFFERED": "1", "OBROK_DOCUMENTS": texts}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", *given], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=env,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"(http://\S+/)(?:#\S*)?$", line):
                self.address, self.whole = found.group(1), found.group(0)
                break
        self.seconds = time.perf_counter() - began

    def end(self) -> str:
        self.process.terminate()
        rest, _ = self.process.communicate(timeout=20)
        return rest


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A case of one's own, without a result when the dashboard starts."""
    folder = tmp_path_factory.mktemp("dashboard")
    server = Served(new_case(folder / "my-chita", "chita-2015"), folder / "out")
    yield server
    rest = server.end()
    assert "Traceback" not in rest and "never retrieved" not in rest, rest


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as p:
        nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = p.chromium.launch(executable_path=BROWSER, args=[nowhere, *root])
        yield launched
        launched.close()


class Window:
    """A browser window that refuses and counts what goes beyond this machine, and hears of every error."""

    def __init__(self, browser, served: Served, width: int = 1280, dark: bool = False):
        self.served = served
        self.beyond: list[str] = []
        self.errors: list[str] = []
        height = 900 if width > 500 else 844
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.route("**/*", self._look)
        self.page = self.new_page()

    def _look(self, route) -> None:
        if route.request.url.startswith((self.served.address, "blob:", "data:")):
            route.continue_()
        else:
            self.beyond.append(route.request.url)
            route.abort()

    def new_page(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        return page

    def open(self, address: str):
        """The view at an address like `answers/left`, once it is shown."""
        self.page.goto(f"{self.served.address}#{address}")
        view = re.split("[/?]", address)[0]
        expect(self.page.locator(f".view.{view} h1")).to_be_visible(timeout=PATIENCE)
        return self.page

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def close(self) -> None:
        self.context.close()
        assert self.beyond == [] and self.errors == []


@pytest.fixture
def window(browser, served):
    opened = Window(browser, served)
    yield opened
    opened.close()


def finished(window: Window) -> None:
    """Waits until the answers are there."""
    window.open("answers")
    expect(window.page.locator("[data-answer='left/as-reported']").first).to_be_visible(timeout=PATIENCE)


def test_a_case_without_a_result_is_run_and_can_be_read_meanwhile(browser, served):
    opened = Window(browser, served)
    page = opened.page
    page.goto(f"{served.address}#evidence")
    expect(page.get_by_role("heading", name="Claims")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Monthly pay before anything is taken")).to_be_visible()
    if page.locator("#status progress").count():  # on a quick machine it may be over
        page.goto(f"{served.address}#answers")
        expect(page.locator("main")).to_contain_text("being imagined")
        opened.shot("no-result-yet")
    finished(opened)
    expect(page.locator("#status")).to_be_empty()
    opened.errors = [e for e in opened.errors if "409" not in e]  # answers that are not there yet are refused
    opened.close()


def test_from_an_answer_down_to_the_place_in_the_document(window):
    finished(window)
    page = window.page
    card = page.locator("[data-answer='left/as-reported']").first
    expect(card).to_contain_text(
        "people leave their posts in the year from 9 May 2015, in nine of ten versions that fit"
    )
    card.get_by_role("button", name=re.compile("^Copy")).click()
    expect(card.get_by_text("Copied")).to_be_visible()
    card.get_by_role("link", name="How do you know?").click()
    expect(page.locator(".view.answers h1")).to_be_focused()
    expect(page.get_by_role("heading", name=re.compile("assum", re.I)).first).to_be_visible()
    window.shot("trail")
    if not TEXTS:
        expect(page.get_by_text("not on this machine").first).to_be_visible()
        pytest.skip("no source text on this machine (OBROK_DOCUMENTS)")
    page.get_by_role("link", name=re.compile("^Read it in the document")).first.click()
    marked = page.locator("mark").first
    expect(marked).to_be_visible(timeout=PATIENCE)
    assert re.search(r"#evidence/document/dnk-chita/[\w-]+$", page.url)
    expect(page.locator("mark[aria-current], mark:focus-within, mark.chosen").first).to_be_visible()


def test_a_claim_tells_all_that_hangs_on_it(window):
    finished(window)
    page = window.open("evidence/claim/may-found")
    for words in ("S1", "a few", "Some building workers who left that month"):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("main svg[role='img']").first).to_be_visible()
    page.goto(f"{window.served.address}#evidence")
    page.get_by_label("Words", exact=True).fill("sessions")
    expect(page.locator("main")).to_contain_text(re.compile("[1-9] of 29 claims"))
    page.get_by_role("link", name="What to find out next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("find out", re.I))


def drawn(page) -> str:
    """The line of the what-if in the first picture; none where nothing is changed."""
    lines = page.locator("figure.picture").first.locator("path[stroke-dasharray='7 4'][fill='none']")
    return lines.first.get_attribute("d") or "" if lines.count() else ""


def test_what_if_is_dragged_compared_saved_and_dropped(window):
    finished(window)
    page = window.open("whatif")
    expect(page.locator(".says")).to_contain_text("As reported")
    expect(page.locator(".effects")).to_contain_text("Nothing is changed yet")
    assert drawn(page) == ""
    slider = page.get_by_label("Handing over", exact=True)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    for k in range(8):
        page.mouse.move(box["x"] + (0.2 + 0.09 * k) * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(60)
    page.mouse.up()
    page.get_by_label("Handing over: how fast").select_option("30")
    page.get_by_label("Sending home", exact=True).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".says")).to_contain_text("Exact: all 60 versions", timeout=PATIENCE)
    assert drawn(page)
    svg = taken(page, "what-if.svg", page.locator("figure.picture").first.get_by_text("SVG", exact=True).click).decode()
    assert "People who have left their posts: as reported, and what if" in svg and "are sent home" in svg
    effects = page.locator(".effects")
    expect(effects).to_contain_text("from 9 May 2015, bit by bit; 20 % of those at their posts are sent home")
    expect(effects).to_contain_text(re.compile("People who leave their posts: .*fewer"))
    window.shot("what-if")

    page.reload()  # nothing is lost
    expect(page.locator(".says")).to_contain_text("Exact", timeout=PATIENCE)
    expect(page.locator("#lever-recall")).to_have_value("0.2")

    case = window.served.case / "case.yaml"
    text = case.read_text("utf-8")
    page.get_by_label("Name", exact=True).fill("no good name")
    page.get_by_role("button", name="Save as a policy").click()
    expect(page.get_by_text("a policy needs a short name")).to_be_visible()
    assert case.read_text("utf-8") == text
    window.errors.clear()  # the refusal is told on the console, too
    page.get_by_label("Name", exact=True).fill("sent-home")
    page.get_by_role("button", name="Save as a policy").click()
    expect(page.get_by_text("Saved as the policy sent-home.")).to_be_visible()
    saved = case.read_text("utf-8")
    kept = iter(saved.splitlines())
    assert all(any(line == other or "compare:" in line for other in kept) for line in text.splitlines())  # in order
    loaded = load(window.served.case)
    assert "sent-home" in [p.id for p in loaded.policies] and ("sent-home", "as-reported") in loaded.compare
    expect(page.locator("#status")).to_contain_text("The case has changed")

    page.get_by_role("button", name="Drop it all").click()
    expect(effects).to_contain_text("Nothing is changed yet")
    expect(page.locator("#lever-recall")).to_have_value("0")
    page.locator("#status").get_by_role("button", name="Run again").click()
    expect(page.locator("#status")).to_be_empty(timeout=PATIENCE)
    page = window.open("time")
    page.get_by_label("Lay over it").select_option("sent-home")
    expect(page.locator("figure.picture").first).to_be_visible()


def test_time_and_money(window):
    finished(window)
    page = window.open("time")
    expect(page.get_by_role("img", name=re.compile("At their posts", re.I)).first).to_be_visible()
    page.get_by_label("Lay over it").select_option(index=2)
    expect(page.get_by_role("heading", name=re.compile("more or fewer than .*, day by day")).first).to_be_visible()
    first = page.locator("table").first.inner_text()
    page.locator("input[type='date']").first.fill("2015-09-01")
    page.keyboard.press("Tab")
    expect(page.locator("table").first).not_to_have_text(first)
    page = window.open("money")
    for name in ("The state", "Sent home", "Employers paid"):
        expect(page.locator("figure.picture").first).to_contain_text(name)
    expect(page.locator("main")).to_contain_text("of each 100 dollars")


def taken(page, name: str, press) -> bytes:
    with page.expect_download() as download:
        press()
    path = SHOTS / f"taken-{name}"
    SHOTS.mkdir(parents=True, exist_ok=True)
    download.value.save_as(path)
    return path.read_bytes()


def test_every_picture_and_table_can_be_taken_away(window):
    finished(window)
    for view in ("whatif", "time", "money", "answers"):
        page = window.open(view)
        figures = page.locator("figure.picture")
        expect(figures.first.locator("svg").first).to_be_visible(timeout=PATIENCE)
        if view == "whatif":
            expect(page.locator(".says")).to_contain_text("reported")
        for k in range(figures.count()):
            buttons = figures.nth(k).locator(".takes")
            svg = taken(page, f"{view}-{k}.svg", buttons.get_by_text("SVG", exact=True).click).decode()
            for words in (
                "North Korean building workers in Chita, 2015",
                "9 May 2015 to 7 May 2016",
                "Model estimate, not a count",
            ):
                assert words in svg, (view, k, words)
            assert re.search("nine of ten|range", svg) and "var(--" not in svg and "http://www.w3.org/2000/svg" in svg
            if k == 0:
                png = taken(page, f"{view}-{k}.png", buttons.get_by_text("PNG", exact=True).click)
                assert png.startswith(b"\x89PNG") and int.from_bytes(png[16:20], "big") == 1920
    page = window.open("money")
    csv = taken(page, "money.csv", page.get_by_role("button", name=re.compile("^CSV")).first.click).decode("utf-8-sig")
    assert len(csv.splitlines()) > 5 and all("," in line for line in csv.splitlines())
    page = window.open("take")
    answers = taken(page, "answers.csv", page.get_by_role("link", name=re.compile("^Save answers.csv")).click).decode()
    assert answers.startswith("id,policy,versus")
    report = taken(page, "report.html", page.get_by_role("link", name=re.compile("^Save the report")).click).decode()
    assert "<title>" in report and "<script" not in report.replace("<script>", "", 1)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_readable_by_everybody(browser, served, width, dark):
    """axe finds nothing, and nothing has to be scrolled sideways."""
    opened = Window(browser, served, width, dark)
    finished(opened)
    deeper = [
        "answers/left",
        "evidence/claim/may-found",
        "evidence/next",
        *(["evidence/document/dnk-chita/pay"] if TEXTS else []),
    ]
    for address in (*VIEWS, *deeper):
        page = opened.open(address)
        if address == "whatif":
            page.locator("#lever-watch").press("ArrowLeft")
            expect(page.locator(".says")).to_contain_text("Exact", timeout=PATIENCE)
            page.get_by_role("button", name="Show the lines").click()
            opened.errors.clear()
        page.wait_for_timeout(300)
        if "document" not in address:  # a text stays where it is kept
            opened.shot(f"{address.replace('/', '-')}-{width}-{'dark' if dark else 'light'}")
        page.evaluate(AXE)
        found = page.evaluate("axe.run()")
        wrong = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
        assert wrong == [], address
        assert len(found["passes"]) > 10
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("main h1").count() == 1, address
    opened.errors = [e for e in opened.errors if "422" not in e]
    opened.close()


def test_by_keyboard_alone(window):
    finished(window)
    page = window.page
    page.reload()
    expect(page.locator("[data-answer='left/as-reported']").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Take away")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".view.take h1")).to_be_visible()
    page.get_by_role("button", name=re.compile("colours")).press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_printed(window):
    finished(window)
    for view in ("answers", "money", "evidence"):
        page = window.open(view)
        page.wait_for_timeout(300)
        page.emulate_media(media="print")
        expect(page.locator("nav").first).to_be_hidden()
        paper = page.pdf(path=SHOTS / f"{view}.pdf", format="A4")
        assert paper.startswith(b"%PDF") and len(paper) > 20_000
        page.emulate_media(media="screen")


def test_twenty_pages_each_dragging(browser, served):
    opened = Window(browser, served)
    finished(opened)
    pages = [opened.new_page() for _ in range(20)]
    for page in pages:
        page.goto(f"{served.address}#whatif")
    for page in pages:
        expect(page.locator(".says")).to_contain_text("reported", timeout=PATIENCE)
        page.get_by_label("Handing over", exact=True).focus()
    status = Path(f"/proc/{served.process.pid}/status")

    def memory() -> int:
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found.group(1)) if found else 0

    before = memory()
    for k in range(12):
        for page in pages:
            page.keyboard.press("ArrowRight" if k % 8 < 6 else "ArrowLeft")
    for page in pages:
        expect(page.locator(".says")).to_contain_text("Exact: all 60 versions", timeout=PATIENCE)
    told = {page.locator(".effects").inner_text() for page in pages}
    assert len(told) == 1 and "hand over" in told.pop()  # all ended at one place, with one answer
    assert memory() < before + 600_000
    opened.close()


def test_soon_up(served):
    """A generous bound: how soon is measured by `make bench`."""
    assert served.seconds < 20


def test_text_goes_in_as_text():
    """Nothing that a page shows can become markup or code."""
    static = ROOT / "src" / "obrok" / "outward" / "serve" / "static"
    own = [p for p in static.glob("*.js")]
    assert len(own) > 10
    for path in own:
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.html\(",
            path.read_text("utf-8"),
        )
        assert found == [], path.name
    for path in static.rglob("*"):
        if path.suffix in (".html", ".css") or path in own:
            assert not re.findall(r"(?:src|href|url|from|import)\W{1,3}(?:https?:)?//", path.read_text("utf-8")), (
                path.name
            )
