"""What-ifs as a page asks for them: levers to begin with, then for each draft a quick answer, progress, the exact one."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from obrok.answers.answers import ENDS, HEADLINES
from obrok.answers.words import KEPT
from obrok.case.case import Case
from obrok.case.events import Event
from obrok.outward.editing.history import editing
from obrok.outward.serve import drafts
from obrok.outward.serve.answers import name
from obrok.outward.serve.desk import Desk
from obrok.outward.serve.whatif import CURVES, Sample, Stopped, Workbench, span_text
from obrok.problems import Problem, ProblemsFound

#: threads that wait for their turn: a page has one answer under way at a time, and its last may still be stopping
_WAITING = ThreadPoolExecutor(64, "what-if")
#: exact answers are worked out one after the other: those that wait for their turn hold no thread
_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
#: seconds of calm before the exact answer is begun; between two words of progress
CALM, TOLD = 0.3, 0.2
#: curve → what it counts, in words
NAMES = {
    "left": "People who have left their posts", "at_post": "People at their posts", "nearby": "People who left and work nearby",
    "remote": "People who left and hide far away", "found": "People found by the police",
    "handed_over": "People handed over by the police",
    "let_go": "People found and let go", "applied": "People who applied for asylum", "to_state": "Money to the state",
    "to_enterprise": "Money to the enterprise", "kept": "Pay kept by the workers", "sent_home": "Money sent home",
    "outside": "Money earned by those who left", "watch": "Watching (share of chances to leave that it blocks)",
    "belief": "Belief that people who are found are handed over",
}  # fmt: skip


def begin(bench: Workbench) -> dict:
    """What the page needs before anything is moved."""
    from obrok.outward.report import LABELS  # matplotlib is slow to import

    case = bench.case
    acting = [e for e in case.events if not e.what_if]
    return {
        "levers": [lever.as_json() for lever in bench.levers],
        "undone": [_event(case, e) for e in acting],
        "what_ifs": [_event(case, e) for e in case.events if e.what_if],
        "keep": [{"id": what, "name": KEPT[what]} for what in KEPT if any(what in e.changes for e in acting)],
        "curves": [{"id": c, "name": NAMES[c], "unit": CURVES[c][1]} for c in CURVES],
        "points": [case.date(int(d)).isoformat() for d in bench.points],
        "labels": LABELS | {q.id: q.asks for q in case.questions},
        "subjects": {n: name(case, n) for names in HEADLINES.values() for n in names},
        "policies": _side_by_side(bench),
        "headlines": [n for names in HEADLINES.values() for n in names],
    }  # fmt: skip


def _event(case: Case, event: Event) -> dict:
    return {"id": event.id, "date": case.date(event.day).isoformat(), "name": event.id.replace("-", " ")}


def _side_by_side(bench: Workbench) -> dict:
    """Every answer under each policy that was run: policy → answer → the range in words."""
    out: dict[str, dict] = {}
    for a in bench.ready.result.answers:
        if a["versus"] is None:
            out.setdefault(a["policy"], {})[a["id"]] = span_text([a[k] for k in ENDS], a["unit"])
    return out


def _draft(case: Case, bench: Workbench, asked: Mapping[str, Any]) -> drafts.Draft:
    given = asked.get("draft")
    if not isinstance(given, dict):
        raise ProblemsFound([Problem("what if", 0, "there is no draft", "send one, `{}` where nothing is changed.")])
    return drafts.read_draft(case, bench.levers, given)


async def answer(desk: Desk, asked: Mapping[str, Any]) -> AsyncIterator[str]:
    """Lines of JSON: `quick`, then `progress` again and again, then `exact`. Work ends where nobody reads on. Raises
    NotReady, ProblemsFound before the first line."""
    loop = asyncio.get_running_loop()
    bench = await loop.run_in_executor(_WAITING, desk.bench)
    draft = await loop.run_in_executor(_WAITING, lambda: _draft(bench.case, bench, asked))
    curve = str(asked.get("curve"))
    return _lines(desk, bench, draft, curve if curve in CURVES else "left", asked.get("exact", True) is not False)


async def _lines(desk: Desk, bench: Workbench, draft: drafts.Draft, curve: str, exact: bool) -> AsyncIterator[str]:
    loop, left = asyncio.get_running_loop(), threading.Event()
    work: asyncio.Future[str] | None = None

    def stopped() -> bool:
        return left.is_set() or desk.closed

    def told(kind: str, sample: Sample, began: float) -> str:
        row = {"kind": kind, "versions": sample.versions, "curve": bench.curve(sample, curve)}
        row |= {
            "answers": bench.answers(draft, sample, kind == "exact"),
            "ms": round(1000 * (time.monotonic() - began)),
        }
        return json.dumps(row, allow_nan=False) + "\n"

    try:
        sample: Sample | None = None
        for _ in range(2):  # from a part of the versions, then from the whole
            began, before = time.monotonic(), sample
            sample = await loop.run_in_executor(_WAITING, partial(bench.quick, draft, stopped, before))
            if sample is not before:
                yield await loop.run_in_executor(_WAITING, told, "quick", sample, began)
        if not exact:
            return
        await asyncio.sleep(CALM)
        await loop.run_in_executor(_WAITING, lambda: bench.make_ready(draft, stopped))
        began, before = time.monotonic(), sample
        sample = await loop.run_in_executor(_WAITING, partial(bench.quick, draft, stopped, before))
        if sample is not before:  # more versions are ready now
            yield await loop.run_in_executor(_WAITING, told, "quick", sample, began)
        if draft.empty:
            return
        news: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        began = time.monotonic()

        def tell(done: int, total: int) -> None:
            loop.call_soon_threadsafe(news.put_nowait, (done, total))

        async with _TURNS.setdefault(loop, asyncio.Lock()):
            work = loop.run_in_executor(_WAITING, lambda: told("exact", bench.exact(draft, tell, stopped), began))
            while not work.done() and not desk.closed:
                await asyncio.wait([work], timeout=TOLD)
                last = None
                while not news.empty():
                    last = news.get_nowait()
                if last and not work.done():
                    yield json.dumps({"kind": "progress", "done": last[0], "total": last[1]}) + "\n"
        if work.done():
            yield work.result()
    except Stopped:
        return
    except Exception:
        yield json.dumps({"kind": "error", "error": "This could not be worked out. What is shown is of before."}) + "\n"
        raise
    finally:
        left.set()
        if work is not None:  # what it still says is heard by nobody
            work.add_done_callback(lambda f: f.cancelled() or f.exception())


async def keep(desk: Desk, asked: Mapping[str, Any]) -> dict:
    """Saves a draft as a policy of the case; with `look`, only shows the lines. Raises NotReady, ProblemsFound."""

    def work() -> dict:
        with editing:  # of two pages that save at once, the second finds what the first has written
            case, bench = desk.newest(), desk.bench()
            draft = _draft(case, bench, asked)
            called = drafts.check_name(case, asked.get("name"))
            lines = drafts.as_yaml(case, draft, called)
            if not asked.get("look"):
                drafts.save(case, draft, called, desk.history)
            return {"name": called, "lines": lines}

    return await asyncio.get_running_loop().run_in_executor(_WAITING, work)
