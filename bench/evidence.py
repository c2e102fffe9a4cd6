"""The dashboard's evidence in a browser, of 2,000 documents and 5,000 claims: how soon what is asked for is a picture.

    python bench/evidence.py [--documents 2000] [--claims 5000] [--times 40]

Makes the case, of invented reports in a dozen hundred origins, in a folder that it removes; serves it, and takes in the page
itself the time from a click or a key to the picture, each time of another thing, and looks whether what it asked for is
what is shown. Then the server's own time, a request at a time. What is made once, when a case is first opened, is told
apart. Requests beyond this machine lead nowhere, and are counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests' own helpers

import numpy as np
from dashboard import BROWSER, NOWHERE, Watched, memory, serve
from playwright.sync_api import Page, sync_playwright

from obrok.case.case import load
from tests import piles
from tests.big_case import big_case

#: does something, and waits until the page shows what was wanted and has painted it: milliseconds
TIMED = """async ([act, done, given]) => {
  const go = new Function("given", act), there = new Function("given", `return ${done}`);
  const frame = () => new Promise(requestAnimationFrame), began = performance.now();
  go(given);
  while (!there(given)) {
    if (performance.now() - began > 20000) throw new Error(`not shown: ${done} of ${JSON.stringify(given)}`);
    await frame();
  }
  await frame();
  await new Promise((painted) => setTimeout(painted));
  return performance.now() - began;
}"""
TYPED = """const f = document.getElementById(given.field);
f.value = given.value;
f.dispatchEvent(new Event(given.event ?? 'input', {bubbles: true}));"""
COUNTED = "document.querySelector('.counted button').textContent === given.counted"


def timed(page: Page, act: str, done: str, **given: object) -> float:
    return page.evaluate(TIMED, [act, done, given])


def spread(ms: list[float]) -> dict[str, float]:
    return {
        "median": round(float(np.median(ms))), "95 %": round(float(np.percentile(ms, 95))), "most": round(max(ms)), "n": len(ms),
    }  # fmt: skip


class Asked:
    """A thing that is done many times: milliseconds by name."""

    def __init__(self, page: Page, address: str, times: int):
        self.page, self.address, self.times = page, address, times
        self.told = self.get("api/evidence")
        self.told["texts"] = self.get("api/evidence/more")["texts"]
        self.r = random.Random(7)

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(self.address + path) as answer:
            return json.load(answer)

    def go(self, to: str, done: str, **given: object) -> float:
        return timed(self.page, "location.hash = given.to", done, to=to, **given)

    def lists(self) -> list[float]:
        shown = "document.querySelectorAll('details.claim').length === given.cards && document.querySelectorAll('tbody tr').length >= 20"
        out = []
        for _ in range(self.times):
            self.go("#evidence/next", "document.querySelector('.view h1')?.textContent.startsWith('What to find')")
            out.append(self.go("#evidence", shown, cards=min(50, len(self.told["claims"]))))
        return out

    def pages(self, name: str, first: str, ids: list[str], size: int) -> list[float]:
        """`first`: where the page has the id of the first row of a list."""
        self.page.reload()
        self.page.locator("details.claim").first.wait_for()
        out, last = [], -(-len(ids) // size)
        for k in range(self.times):
            way, at = ("Next page", k + 1) if k + 1 < last else ("Page before", k - 1)
            act = "document.querySelector(`[aria-label='${given.way} of ${given.name}']`).click()"
            out.append(timed(self.page, act, f"{first} === given.id", way=way, name=name, id=ids[at * size]))
        return out

    def choices(self) -> list[float]:
        """One choice or another, of role, source or origin; the count and the first claim are those that fit."""
        claims, origin = self.told["claims"], {d["id"]: d["origin"] for d in self.told["documents"]}
        out = []
        for k in range(self.times):
            wanted = self.r.choice(claims)
            field, of = (
                ("role", lambda c: c["role"]), ("source", lambda c: c["source"]), ("origin", lambda c: origin[c["document"]])
            )[k % 3]  # fmt: skip
            fit = [c for c in claims if of(c) == of(wanted)]
            event = "change" if field == "role" else "input"
            given = {"field": f"filter-{field}", "value": of(wanted), "event": event, "counted": self.counted(len(fit))}
            done = (
                f"{COUNTED} && document.querySelector('details.claim .small').textContent.split(' · ')[0] === given.id"
            )
            out.append(timed(self.page, TYPED, done, **given, id=fit[0]["id"]))
            timed(self.page, TYPED, COUNTED, **given | {"value": "", "counted": self.counted(len(claims), True)})
        return out

    def counted(self, n: int, everything: bool = False) -> str:
        of = f"{len(self.told['claims']):,} claims"
        return of if everything else f"{n:,} of {of}"

    def in_claims(self) -> list[float]:
        """A claim's first word, which is its own or few others'."""
        out = []
        for c in self.r.sample(self.told["claims"], self.times):
            done = "[...document.querySelectorAll('details.claim .small')].some((s) => s.textContent.startsWith(given.id + ' '))"
            done += " && !document.querySelector('.counted button').textContent.startsWith('5,000')"
            out.append(
                timed(self.page, TYPED, done, field="filter-words", value=" ".join(c["text"].split()[:3]), id=c["id"])
            )
        return out

    def in_texts(self) -> list[float]:
        """Two words of the pile and a name: what is found is what the server tells."""
        out = []
        for _ in range(self.times):
            words = " ".join([*self.r.sample(piles.COMMON, 2), self.r.choice(piles.PLACES)])
            told = self.get(f"api/search?words={quote(words + '*')}")
            done = "document.querySelectorAll('.counted button')[2].textContent === given.told"
            done += " && (!given.first || document.querySelector('.hits li a')?.getAttribute('href') === given.first)"
            hit = told["hits"][0] if told["hits"] else None
            first = hit and f"#evidence/document/{hit['id']}?at={hit['start']}-{hit['end']}"
            n = f"in the texts of {told['total']:,} document{'s' * (told['total'] != 1)}"
            out.append(timed(self.page, TYPED, done, field="filter-words", value=words, told=n, first=first))
        assert len(out) == self.times
        timed(self.page, TYPED, "document.querySelectorAll('details.claim').length > 0", field="filter-words", value="")
        return out

    def opened(self) -> list[float]:
        """A claim among others: its facts stand below it."""
        self.page.reload()
        self.page.locator("details.claim").first.wait_for()
        act = "document.querySelectorAll('details.claim')[given.k].querySelector('summary').click()"
        done = "document.querySelectorAll('details.claim')[given.k].querySelectorAll('dl.facts dt').length > 3"
        return [timed(self.page, act, done, k=k) for k in range(self.times)]

    def claims(self) -> list[float]:
        done = "document.querySelector('.view h1')?.textContent === given.text && document.querySelectorAll('.view dl.facts dt').length > 3"
        return [
            self.go(f"#evidence/claim/{c['id']}", done, text=c["text"])
            for c in self.r.sample(self.told["claims"], self.times)
        ]

    def documents(self) -> list[float]:
        here = [d for d in self.told["documents"] if self.told["texts"][d["id"]] == "here"]
        done = "document.querySelector('.view h1')?.textContent === given.title && document.querySelectorAll('.paragraphs > p').length > 3"
        return [
            self.go(f"#evidence/document/{d['id']}", done, title=d["title"]) for d in self.r.sample(here, self.times)
        ]


def server(asked: Asked) -> dict[str, dict[str, float]]:
    """Milliseconds that the server takes, a request at a time."""
    claims, documents = (asked.r.sample(asked.told[k], asked.times) for k in ("claims", "documents"))
    words = [" ".join(asked.r.sample(piles.COMMON, 2)) for _ in range(asked.times)]
    paths = {
        "the lists": ["api/evidence"] * asked.times,
        "what fills them in": ["api/evidence/more"] * asked.times,
        "a claim": [f"api/claims/{c['id']}" for c in claims],
        "a document": [f"api/documents/{d['id']}" for d in documents],
        "words in the texts": [f"api/search?words={quote(w)}" for w in words],
    }
    out = {}
    for name, asks in paths.items():
        took = []
        for path in asks:
            began = time.perf_counter()
            asked.get(path)
            took.append(1000 * (time.perf_counter() - began))
        out[name] = spread(took)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--claims", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as at:
        os.environ |= {"OBROK_ARCHIVE": f"{at}/user", "OBROK_DOCUMENTS": ""}
        case, out = big_case(Path(at) / "case", given.documents, given.claims), Path(at) / "out"
        out.mkdir()
        (out / "other.txt").write_text("Not empty: no run begins beside what is measured.", "utf-8")
        began = time.perf_counter()
        load(case)
        told: dict[str, object] = {
            "load before": os.getloadavg()[0],
            "seconds to read the case": round(time.perf_counter() - began, 1),
        }
        process, address, up = serve(str(case), str(out))
        try:
            told |= measured(address, given.times) | {
                "seconds until the server was up": round(up, 1),
                "MB": {"now": round(memory(process, "VmRSS")), "most": round(memory(process, "VmHWM"))},
            }
        finally:
            process.terminate()
            process.wait(20)
    print(json.dumps(told | {"load after": os.getloadavg()[0]}, indent=1))


def measured(address: str, times: int) -> dict[str, object]:
    told: dict[str, object] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=[NOWHERE, *["--no-sandbox"] * (os.geteuid() == 0)]
        )
        one = Watched(browser, address)
        began = time.perf_counter()
        page = one.open(address, "evidence")
        page.locator("details.claim").first.wait_for()
        told["seconds to the first page, the lists made"] = round(time.perf_counter() - began, 2)
        asked = Asked(page, address, times)
        began = time.perf_counter()
        while "building" in asked.get("api/search?words=police"):
            time.sleep(0.2)
        told["seconds to index the texts, once"] = round(time.perf_counter() - began, 1)
        card = "document.querySelector('details.claim .small').textContent.split(' · ')[0]"
        row = "document.querySelector('tbody th a').getAttribute('href').split('/')[2]"
        told["ms in the page"] = {
            "the lists opened": spread(asked.lists()),
            "the next page of claims": spread(asked.pages("claims", card, [c["id"] for c in asked.told["claims"]], 50)),
            "the next page of documents": spread(
                asked.pages("documents", row, [d["id"] for d in asked.told["documents"]], 20)
            ),
            "a choice made": spread(asked.choices()),
            "words in claims": spread(asked.in_claims()),
            "words in texts": spread(asked.in_texts()),
            "a claim opened in the list": spread(asked.opened()),
            "a claim opened by itself": spread(asked.claims()),
            "a document opened": spread(asked.documents()),
        }
        told["ms in the server"] = server(asked)
        told["requests beyond this machine"], told["errors in pages"] = len(one.beyond), one.errors
        browser.close()
    return told


if __name__ == "__main__":
    main()
