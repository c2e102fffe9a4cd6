"""What a dashboard stands on: the case, its finished result, and the run that is under way."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from obrok.answers.words import describe, explain, period
from obrok.case.case import Case
from obrok.outward.study import Options, Result, finished


class NotReady(Exception):
    """There is no result yet; the message says what is under way."""


@dataclass(frozen=True)
class Ready:
    """A finished result of the case as it is now."""

    case: Case
    result: Result

    @property
    def folder(self) -> Path:
        return self.result.folder


class Desk:
    """A case and its result folder. Safe to ask from many threads."""

    def __init__(self, case: Case, options: Options, folder: Path):
        self.case, self.options, self.folder = case, options, folder
        self._lock = threading.Lock()
        self._ready: Ready | None = None

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_) -> None:
        pass

    def ready_or_none(self) -> Ready | None:
        with self._lock:
            if self._ready is None:
                result = finished(self.case, self.folder)
                self._ready = result and Ready(self.case, result)
            return self._ready

    def ready(self) -> Ready:
        """The finished result. Raises `NotReady`."""
        found = self.ready_or_none()
        if found is None:
            raise NotReady("The versions are being imagined; answers come when that is done.")
        return found

    def told(self) -> dict:
        """What every page says of the case: names, days, events, policies, and how far the answers are."""
        case, done = self.case, self.ready_or_none()
        return {
            "id": case.id,
            "title": case.title,
            "digest": case.sha256[:12],
            "live": case.live,
            "start": case.start.isoformat(),
            "days": case.days,
            "window": [case.date(d).isoformat() for d in case.window],
            "period": period(case),
            "documents": len(case.evidence.documents),
            "events": [
                {"id": e.id, "day": e.day, "date": case.date(e.day).isoformat(), "what_if": e.what_if}
                for e in case.events
            ],
            "policies": [
                {"id": p.id, "name": describe(case, p), "meaning": explain(case, p), "factual": p.factual}
                for p in case.policies
            ],
            "compare": [list(pair) for pair in case.compare],
            "result": None if done is None else _of(done),
            "run": None,
            "changed": False,
        }


def _of(ready: Ready) -> dict:
    s, identity = ready.result.summary, ready.result.record["identity"]
    return {
        "worlds": s["worlds"], "kept": s["kept"], "seed": s["seed"], "weighed": s["weighed"],
        "effective_sample_size": s["effective_sample_size"], "pareto_k": s["pareto_k"], "obrok": identity["obrok"],
        "policies": identity["policies"],
    }  # fmt: skip
