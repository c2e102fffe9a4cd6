"""The dashboard in a browser: how soon it is up, how soon a drag is a picture, what twenty pages at once do to it.

    python bench/dashboard.py [--case CASE] [--out FOLDER] [--pages 20] [--drags 40]

Runs the case first where there is no result. Drags a slider as a hand does, and takes the time from the hand to the picture in
the page itself; the pictures are checked to differ, and to be of 1,000 versions where it says so. Requests beyond this
machine lead nowhere, and are counted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

BROWSER = os.environ.get("OBROK_BROWSER", "/usr/bin/chromium")
#: no name but this machine's leads anywhere
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
#: pictures that are drawn while versions are still made ready are not of 1,000
VERSIONS = 1_000


def serve(case: str, out: str) -> tuple[subprocess.Popen, str, float]:
    """The server, its address, seconds until that was printed."""
    command = [
        sys.executable,
        "-c",
        "from obrok.outward.cli import main; main()",
        "serve",
        case,
        "--out",
        out,
        "--port",
        "0",
    ]
    began = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"http://\S+", line):
            return server, found.group(0), time.perf_counter() - began
    raise SystemExit("the server did not start")


def memory(process: subprocess.Popen, what: str) -> float:
    """MB that the server holds (VmRSS), or held at most (VmHWM)."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+)", text).group(1)) / 1e3  # type: ignore[union-attr]


class Watched:
    """A browser context that counts what goes beyond this machine (where it leads nowhere: `NOWHERE`), and what goes wrong."""

    def __init__(self, browser: Browser, address: str):
        self.beyond: list[str] = []
        self.errors: list[str] = []
        self.context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
        here = (address, "blob:", "data:")
        self.context.on("request", lambda r: None if r.url.startswith(here) else self.beyond.append(r.url))

    def open(self, address: str, view: str) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.goto(f"{address}#{view}")
        page.locator(f".view.{view} h1").wait_for(timeout=120_000)
        return page


LISTEN = """() => {
  if (window.drawn) { window.drawn.length = 0; return; }
  window.drawn = [];
  document.querySelector('.view').addEventListener('drawn', (e) => window.drawn.push([e.detail.ms, e.detail.versions,
    document.querySelector('figure.picture path[stroke-dasharray="7 4"][fill="none"]')?.getAttribute('d')]));
}"""


def make_ready(page: Page, lever: str) -> None:
    """Moves the lever once and waits for the exact answer: all versions are then ready for it."""
    page.evaluate("document.querySelector('.view').addEventListener('exact', () => { window.exact = true; })")
    page.locator(f"#lever-{lever}").focus()
    page.evaluate("window.exact = false")
    page.keyboard.press("ArrowRight")
    for _ in range(3_000):
        if page.evaluate("window.exact"):
            return
        page.wait_for_timeout(100)
    raise SystemExit("the exact answer did not come")


def drag(page: Page, lever: str, steps: int, pause: float) -> None:
    """Drags the slider's handle to and fro, a step at a time."""
    slider = page.locator(f"#lever-{lever}")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2

    def x(k: int) -> float:
        return box["x"] + box["width"] * (0.15 + 0.7 * abs((k / 12) % 2 - 1))

    page.mouse.move(x(0), y)
    page.mouse.down()
    for k in range(steps):
        page.mouse.move(x(k + 1), y)
        page.wait_for_timeout(1000 * pause)
    page.mouse.up()


def percentiles(values: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(values))), "p95": round(float(np.percentile(values, 95))), "n": len(values)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", default="chita-2015")
    parser.add_argument("--out", default="out/chita-2015")
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--drags", type=int, default=40)
    given = parser.parse_args()
    told: dict[str, object] = {}
    program = "from obrok.outward.cli import main; main()"
    subprocess.run([sys.executable, "-c", program, "run", given.case, "--out", given.out], check=True, stdout=sys.stderr)
    server, address, up = serve(given.case, given.out)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=BROWSER, args=["--no-sandbox"] if os.geteuid() == 0 else []
            )
            one = Watched(browser, address)
            began = time.perf_counter()
            page = one.open(address, "answers")
            told["seconds"] = {"server up": round(up, 2), "first page": round(time.perf_counter() - began, 2)}
            page.close()
            page = one.open(address, "whatif")
            for lever in ("hand_over", "watch"):
                make_ready(page, lever)
                page.evaluate(LISTEN)
                drag(page, lever, given.drags, 0.5)
                page.wait_for_timeout(1000)
                apart = page.evaluate("window.drawn")
                page.evaluate(
                    LISTEN.replace("window.drawn = [];", "window.drawn.length = 0;").split(
                        "document.querySelector('.view')"
                    )[0]
                    + "}"
                )
                drag(page, lever, given.drags, 0.1)
                page.wait_for_timeout(2000)
                running = page.evaluate("window.drawn")
                for name, rows in (("a step each 0.5 s", apart), ("a step each 0.1 s", running)):
                    assert len({d for *_, d in rows}) > len(rows) / 4, "the pictures do not differ"
                    first = [ms for ms, v, _ in rows if v < VERSIONS]
                    whole = [ms for ms, v, _ in rows if v == VERSIONS]
                    least = min(v for _, v, _ in rows)
                    told[f"{lever}, {name}: ms from hand to a first picture, of {least} versions or more"] = (
                        percentiles(first)
                    )
                    told[f"{lever}, {name}: ms from hand to the picture of {VERSIONS} versions"] = percentiles(whole)
                page.get_by_role("button", name=re.compile("^Undo")).first.click()
            told["MB after one page"] = {"now": round(memory(server, "VmRSS")), "most": round(memory(server, "VmHWM"))}
            many = [Watched(browser, address) for _ in range(given.pages)]
            pages = [w.open(address, "whatif") for w in many]
            for p in pages:
                p.evaluate(LISTEN)
                p.locator("#lever-hand_over").focus()
            for k in range(given.drags):
                for p in pages:
                    p.keyboard.press("ArrowRight" if k % 16 < 8 else "ArrowLeft")
            began = time.perf_counter()
            for p in pages:
                p.locator(".says", has_text="Exact").wait_for(timeout=600_000)
            rows = [row for p in pages for row in p.evaluate("window.drawn")]
            assert all(p.evaluate("window.drawn.length") for p in pages), [p.evaluate("window.drawn.length") for p in pages]
            told[f"{given.pages} pages at once: ms from hand to picture"] = percentiles([ms for ms, *_ in rows])
            told[f"{given.pages} pages at once: least versions of a picture"] = min(v for _, v, _ in rows)
            told["seconds until all had their exact answer"] = round(time.perf_counter() - began, 1)
            told[f"MB after {given.pages} pages"] = {
                "now": round(memory(server, "VmRSS")),
                "most": round(memory(server, "VmHWM")),
            }
            told["requests beyond this machine"] = sum(len(w.beyond) for w in [one, *many])
            told["errors in pages"] = [e for w in [one, *many] for e in w.errors]
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
