"""Many files, read by processes that can be ended: one that hangs, dies or swells costs its own file only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from obrok.evidence.reading.one import too_hungry, too_large
from obrok.evidence.reading.pdf import too_slow
from obrok.evidence.reading.types import LIMITS, InMemory, Limits, Read, Unreadable
from obrok.evidence.reading.worker import NO_MEMORY, receive, send

#: what starts a worker: no folder of the user's is looked at for modules
COMMAND = [sys.executable, "-P", "-B", "-m", "obrok.evidence.reading.worker"]
T = TypeVar("T", Path, InMemory)
_ROOT = Path(__file__).parents[3]  # where obrok itself was found
#: for a worker to start, with its imports
STARTING = 30.0


def read_files(
    paths: Iterable[T], workers: int = 2, limits: Limits = LIMITS
) -> Iterator[tuple[T, list[Read] | Unreadable]]:
    """Each path (or file in memory, which never touches the disk), in order, with what is read there or why it cannot be.
    Ends its workers however it is left."""
    idle: SimpleQueue[_Worker] = SimpleQueue()
    team = [_Worker(limits) for _ in range(max(1, workers))]
    for worker in team:
        idle.put(worker)

    def one(path: T) -> list[Read] | Unreadable:
        worker = idle.get()
        try:
            return worker.read(path)
        except Unreadable as wrong:
            return wrong
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(len(team), "reading")
    waiting: deque[tuple[T, Future[list[Read] | Unreadable]]] = deque()
    try:
        for path in paths:
            waiting.append((path, threads.submit(one, path)))
            if len(waiting) >= 2 * len(team):
                path, future = waiting.popleft()
                yield path, future.result()
        while waiting:
            path, future = waiting.popleft()
            yield path, future.result()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for worker in team:
            worker.end(for_good=True)
        threads.shutdown()


class _Worker:
    """A process that reads one file after another; another takes its place when it had to be ended."""

    def __init__(self, limits: Limits):
        self.limits, self.process, self.closed = limits, None, False
        self.lock = threading.Lock()

    process: subprocess.Popen[bytes] | None

    def read(self, path: Path | InMemory) -> list[Read]:
        data = path.data if isinstance(path, InMemory) else _bytes(path, self.limits)
        process = self._start()
        name = os.fsencode(path.name).decode("utf-8", "replace")
        # a page that ends in time says so itself; the clock is for those that do not
        with self._clock(process, self.limits.seconds + 0.5):
            send(process.stdin, {"name": name, "limits": asdict(self.limits)}, [data])
            answer, blobs = receive(process.stdout)
        if "what" in answer:
            raise Unreadable(answer["what"], answer["mend"])
        return [
            Read.from_json({k: v for k, v in given.items() if k != "whole"}, data if given["whole"] else blob)
            for given, blob in zip(answer["reads"], blobs, strict=True)
        ]

    @contextmanager
    def _clock(self, process: Any, seconds: float, starting: bool = False) -> Iterator[None]:
        """Ends the process after some seconds; tells why it did not answer."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(seconds, stop)
        clock.daemon = True
        clock.start()
        try:
            yield
        except (OSError, EOFError, ValueError, MemoryError):
            process.kill()
            status = process.wait()
            self.end()
            if starting:
                mend = f"run `{Path(COMMAND[0]).name} {' '.join(COMMAND[1:])}` to see why"
                raise Unreadable("the process that reads does not start", mend) from None
            if late.is_set():
                raise too_slow(self.limits) from None
            if status == NO_MEMORY:
                raise too_hungry(self.limits) from None
            mend = "open it and save it anew as PDF or plain text"
            raise Unreadable("reading it makes the reading process fail", mend) from None
        finally:
            clock.cancel()

    def _start(self) -> Any:
        """The process; a new one where none runs."""
        with self.lock:
            if self.closed:
                raise Unreadable("reading was stopped", "start it again")
            if self.process is not None and self.process.poll() is None:
                return self.process
            # text must not depend on the machine: no locale, no time zone, sets in one order
            fixed = {"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]), "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8",
                     "PYTHONUTF8": "1", "TZ": "UTC", "OMP_NUM_THREADS": "1"}  # fmt: skip
            process = self.process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | fixed,
            )
        with self._clock(process, STARTING, starting=True):
            receive(process.stdout)
        return process

    def end(self, for_good: bool = False) -> None:
        with self.lock:
            self.closed |= for_good
            process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError, ValueError):
                    if stream:
                        stream.close()


def _bytes(path: Path, limits: Limits) -> bytes:
    """A file's bytes: only of a plain file, so that no pipe or device is waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("it is no file but a folder, a pipe or a device", "name a file")
            if status.st_size > limits.bytes:
                raise too_large(status.st_size, limits)
            with open(handle, "rb", closefd=False) as file:
                return file.read(limits.bytes + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as wrong:
        why = getattr(wrong, "strerror", None) or str(wrong)
        raise Unreadable(f"the file cannot be opened ({why.lower()})", "check its name and who may read it") from None
