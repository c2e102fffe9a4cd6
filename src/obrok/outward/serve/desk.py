"""What a dashboard stands on: the case, its finished result, and the run that is under way."""

from __future__ import annotations

import gc
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from obrok.answers.words import describe, explain, period
from obrok.case.case import FILES, Case, Policy, load
from obrok.outward.editing.history import History
from obrok.outward.finding import Finder
from obrok.outward.options import Options
from obrok.outward.serve.searching import Searching
from obrok.outward.serve.shelf import Shelf, stamp_of
from obrok.outward.study import Result, can_go_on, finished
from obrok.problems import ProblemsFound

if TYPE_CHECKING:
    from obrok.outward.serve.lived import Lives
    from obrok.outward.serve.replies import Kept
    from obrok.outward.serve.running import Run
    from obrok.outward.serve.whatif import Workbench

#: a case of more claims than these is read anew in the background, and told as it was until then
READ_AT_ONCE = 500


class NotReady(Exception):
    """There is no result yet; the message says what is under way."""


@dataclass(frozen=True)
class Ready:
    """A finished result, and the case as it was then."""

    case: Case
    result: Result

    @property
    def folder(self) -> Path:
        return self.result.folder

    @cached_property
    def kept(self) -> Kept:
        """Its versions, ready to be weighed with an imagined reply."""
        from obrok.outward.serve.replies import Kept

        return Kept(self.case, self.result)

    @property
    def policies(self) -> list[Policy]:
        """The policies that were run, in the case's order."""
        ran = self.result.record["identity"]["policies"]
        return [p for p in self.case.policies if p.id in ran]


class Desk:
    """A case and its result folder. Safe to ask from many threads. As a context it starts the run that is missing, and
    ends it with the dashboard."""

    def __init__(self, case: Case, options: Options, folder: Path):
        self._case, self.options, self.folder = case, options, folder
        self._lock = threading.RLock()
        self._ready: Ready | None = None
        self._bench: Workbench | None = None
        self._lives: Lives | None = None
        self._run: Run | None = None
        self._written, self._wrong = _written(case.folder), ""
        self.history = History(case.folder)
        self._reading: threading.Thread | None = None
        self._shelf: Shelf | None = None
        self.searching = Searching(Finder(case.folder), lambda: self.closed)
        #: whether the dashboard is ending: nobody reads on
        self.closed = False

    def __enter__(self) -> Desk:
        if self.ready_or_none() is None and can_go_on(self.case, self.options, self.folder):
            self.run()
        return self

    def __exit__(self, *_) -> None:
        self.closed = True
        if self._run is not None:
            self._run.stop()

    @property
    def case(self) -> Case:
        """The case as its files have it now; as they last had it, where they are wrong, or so many that they are still
        being read."""
        with self._lock:
            if (written := _written(self._case.folder)) != self._written:
                self._written = written
                if len(self._case.evidence.claims) <= READ_AT_ONCE:
                    self._read(written)
                else:
                    self._reading = threading.Thread(target=self._read, args=(written,), name="reading", daemon=True)
                    self._reading.start()
            return self._case

    def turn_to(self, case: Case, folder: Path) -> None:
        """Another case, with its result folder, takes the place of this one. A run that is under way ends; what it has
        finished is kept, and it can go on later."""
        with self._lock:
            if self._run is not None:
                self._run.stop()
            self._case, self.folder, self.history = case, folder, History(case.folder)
            self._written, self._wrong = _written(case.folder), ""
            self._ready = self._bench = self._run = self._reading = self._shelf = self._lives = None
            self.searching = Searching(Finder(case.folder), lambda: self.closed)

    def take(self, case: Case) -> None:
        """The case as its files now have it, from whoever has just written and read it."""
        with self._lock:
            self._case, self._written, self._wrong, self._reading = case, _written(case.folder), "", None

    def newest(self) -> Case:
        """The case as its files have it now, however long reading them takes."""
        while True:
            case, reading = self.case, self._reading
            if reading is None:
                return case
            reading.join()

    def _read(self, written: list) -> None:
        """Reads the case anew; what comes of files that have changed again meanwhile is dropped."""
        found, wrong = self._case, ""
        try:
            found = load(self._case.folder)
            if gc.get_freeze_count():  # as the server set the case aside that it began with
                gc.freeze()
        except ProblemsFound as problems:
            wrong = without_path(str(problems), self._case.folder)
        except OSError as error:
            wrong = f"A file of the case cannot be read: {(error.strerror or 'unknown').lower()}."
        finally:
            with self._lock:
                if written == self._written:
                    self._case, self._wrong, self._reading = found, wrong, None

    def shelf(self) -> Shelf:
        """What is worked out of the evidence once; begun anew, and at once, where the case or its result is another."""
        with self._lock:
            case, ready = self.case, self.ready_or_none()
            if self._shelf is None or self._shelf.stamp != stamp_of(case, ready):
                self._shelf = Shelf(case, ready)
                threading.Thread(target=self._shelf.warm, name="evidence", daemon=True).start()
            return self._shelf

    @property
    def under_way(self) -> bool:
        """Whether a run is."""
        run = self._run
        return run is not None and not run.finished

    def run(self) -> None:
        """Starts a run of the case as it is now, over what was there, unless one is under way."""
        from obrok.outward.serve.running import Run

        case = self.newest()
        with self._lock:
            if not self.under_way and not self.closed:
                if old := self.ready_or_none():  # its files make way, and its answers are shown meanwhile
                    _ = old.result.explained, old.result.table
                new = can_go_on(case, self.options, self.folder)
                self._run = Run(case, self.options, self.folder, force=not new)

    def ready_or_none(self) -> Ready | None:
        """The newest finished result: of the case as it is now or, where it has changed since, as it was."""
        with self._lock:
            case = self.case
            if not self.under_way and (self._ready is None or self._ready.case.sha256 != case.sha256 or self._run):
                if result := finished(case, self.folder):
                    self._ready, self._bench, self._lives = Ready(case, result), None, None
                if self._run is not None and not self._run.error:
                    self._run = None
            return self._ready

    def ready(self) -> Ready:
        """The finished result. Raises `NotReady`."""
        found = self.ready_or_none()
        if found is None:
            raise NotReady(
                "The versions are being imagined: answers come when that is done."
                if self.under_way
                else "There is no result of this case as it is now: run it with the button above."
            )
        return found

    def bench(self) -> Workbench:
        """Where what-ifs of the finished result are worked out. Raises `NotReady`."""
        from obrok.outward.serve.whatif import Workbench

        with self._lock:
            ready = self.ready()
            if self._bench is None:
                self._bench = Workbench(ready)
            return self._bench

    def lives(self) -> Lives:
        """The people of the finished result's versions. Raises `NotReady`."""
        from obrok.outward.serve.lived import Lives

        with self._lock:
            bench = self.bench()
            if self._lives is None:
                self._lives = Lives(bench.ready, bench.plan, lambda: self.closed)
            return self._lives

    def told(self) -> dict:
        """What every page says of the case: names, days, events, policies, and how far the answers are."""
        with self._lock:
            done, now, run, wrong = self.ready_or_none(), self.case, self._run, self._wrong
            reading = self._reading is not None
        case = done.case if done else now
        return {
            "id": case.id,
            "title": case.title,
            "called": now.title,  # now, whatever the answers were made of
            "digest": case.sha256[:12],
            "live": case.live,
            "start": case.start.isoformat(),
            "days": case.days,
            "window": [case.date(d).isoformat() for d in case.window],
            "period": period(case),
            "documents": len(case.evidence.documents),
            "shipped": case.shipped,
            "events": [
                {"id": e.id, "day": e.day, "date": case.date(e.day).isoformat(), "what_if": e.what_if}
                for e in case.events
            ],
            "policies": [
                policy_told(case, p) | {"without": sorted(p.without), "keep": sorted(p.keep), "with": sorted(p.with_)}
                for p in case.policies
            ],
            "compare": [list(pair) for pair in case.compare],
            "result": None if done is None else _of(done),
            "run": run.told() if run else None,
            "changed": (done is None or done.case.sha256 != now.sha256) and not run,
            "wrong": wrong,
            "reading": reading,
        }  # fmt: skip


def policy_told(case: Case, policy: Policy) -> dict:
    """What every page says of a policy."""
    name, meaning = describe(case, policy), explain(case, policy)
    return {"id": policy.id, "name": name, "meaning": meaning, "factual": policy.factual}


def without_path(words: str, *folders: Path) -> str:
    """Words without where on this machine the folders lie: a picture of the page may be given away."""
    for path in (p for folder in folders for p in (folder.resolve(), folder) if p.is_absolute()):
        words = words.replace(str(path), path.name)
    return words


def _written(folder: Path) -> list:
    """What tells whether the files of a case were written anew."""
    found = []
    for name in FILES:
        with suppress(OSError):
            s = (folder / name).stat()
            found.append((name, s.st_mtime_ns, s.st_size, s.st_ino))
    return found


def _of(ready: Ready) -> dict:
    s, identity = ready.result.summary, ready.result.record["identity"]
    return {
        "worlds": s["worlds"], "kept": s["kept"], "seed": s["seed"], "weighed": s["weighed"],
        "effective_sample_size": s["effective_sample_size"], "pareto_k": s["pareto_k"], "obrok": identity["obrok"],
        "policies": identity["policies"], "sha256": ready.result.record["answers_sha256"],
    }  # fmt: skip
