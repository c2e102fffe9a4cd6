"""The limit of the comparison: the engine's model and random-number rule in hand-written C (limit.c), equal bit for bit.

A shared library, compiled once into the cache folder and loaded by ctypes. It knows what chita-2015 needs; what it leaves out
(quotas, closed borders, recalls, pay that changes, bounds beyond the case's own policy) it refuses.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from obrok.bench.setting import Setting
from obrok.engine.tables import ACCOUNTS, BOUNDS, SCHEDULE, STATUSES, WORLD

SOURCE = Path(__file__).with_name("limit.c")
#: contraction off: a product and a sum rounded together would be another number than the engine's
FLAGS = (
    "-std=gnu17",
    "-O3", "-g",
    "-march=native",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-shared",
    "-fPIC",
    "-pthread",
)
#: what limit.c answers instead of 0
REFUSED = {
    1: "pay that changes, by day or policy",
    2: "a quota",
    3: "dispatch that is not open on every day",
    4: "a recall",
    5: "posts that are empty at first",
    6: "a policy that goes beyond the bounds of the case's own",
    7: "a lag or contract under a day, crews of one, or pay of a million USD a month",
}
_STEPS = (
    "stream",
    "number",
    "world",
    "firm_city",
    "firm",
    "schedule_policy",
    "schedule_city",
    "limit",
    "peak_policy",
    "peak_city",
)


class Refused(ValueError):
    """The setting needs a part of the model that limit.c leaves out."""


class Lived(NamedTuple):
    """counts: people by status (`tables.STATUSES`) at each day's end, int32, (policies, n, days, 8). accounts: cents in the
    end (`tables.ACCOUNTS`), int64, (policies, n, 8). seconds, processor: people drawn and days lived, wall and processor
    time. spent: processor seconds on people, on candidate days, on days, where `timed`, (3,). events: how many people drawn
    beforehand, fill-ins drawn, candidate days, departures, looks at someone away, int64, (5,)."""

    counts: np.ndarray
    accounts: np.ndarray
    seconds: float
    processor: float
    spent: np.ndarray
    events: np.ndarray


class _Job(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int64) for name in ("seed", "n", "policies", "days", "firms")),
        *(
            (name, ctypes.c_void_p)
            for name in ("streams", "numbers", "worlds", "firm_first", "schedules", "limits", "peaks")
        ),
        *((name, ctypes.c_int64) for name in _STEPS),
        *((name, ctypes.c_void_p) for name in ("counts", "accounts", "spent", "events")),
    ]


def _compiler() -> str | None:
    return shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")


def available() -> bool:
    """Whether there is a C compiler on the PATH."""
    return _compiler() is not None


def _records() -> str:
    """The engine's records as C has them."""
    kinds = {"world": WORLD, "schedule": SCHEDULE, "bounds": BOUNDS}
    return "".join(f"struct {kind} {{ double {', '.join(dtype.names or ())}; }};\n" for kind, dtype in kinds.items())


def build() -> Path:
    """Compiles limit.c, unless this source was compiled by this compiler before. Returns the shared library."""
    compiler = _compiler()
    if compiler is None:
        raise FileNotFoundError("no C compiler on the PATH: install gcc, or name one in CC")
    version = subprocess.run([compiler, "-v"], capture_output=True, text=True, check=True).stderr
    source = f'{_records()}#line 1 "limit.c"\n{SOURCE.read_text("utf-8")}'
    digest = hashlib.sha256("\0".join([source, version, _machine(), *FLAGS]).encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "obrok-bench"
    library = folder / f"limit-{digest}.so"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as beside:
            made = Path(beside) / "limit.so"
            command = [compiler, *FLAGS, "-x", "c", "-", "-o", str(made), "-lm"]
            done = subprocess.run(command, input=source, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"limit.c does not compile here:\n{done.stderr}")
            made.replace(library)
    return library


def _machine() -> str:
    """What -march=native hangs on, where that can be read."""
    about = Path("/proc/cpuinfo")
    return (
        "".join(sorted({x for x in about.read_text().splitlines() if x.startswith("flags")})) if about.exists() else ""
    )


def live(setting: Setting, threads: int = 2, timed: bool = False) -> Lived:
    """Everything limit.c tells of a setting. Raises `Refused` where it leaves out what the setting needs."""
    s, n, policies = setting, len(setting.numbers), len(setting.policies)
    library = ctypes.CDLL(str(build()))
    counts = np.full((policies, n, s.days, len(STATUSES)), -1, np.int32)  # its pages are there before the clock starts
    accounts = np.zeros((policies, n, len(ACCOUNTS)), np.int64)
    spent, events, took = np.zeros((threads, 3)), np.zeros((threads, 5), np.int64), np.zeros(2)
    streams, numbers = np.asarray(s.streams, np.int64), np.asarray(s.numbers, np.int64)
    given = (streams, numbers, s.worlds, s.firm_first, s.schedules, s.limits, s.peaks)
    kinds = (np.int64, np.int64, WORLD, np.int64, SCHEDULE, BOUNDS, BOUNDS)
    assert all(x.dtype == kind for x, kind in zip(given, kinds, strict=True))
    assert s.schedules.strides[2] == SCHEDULE.itemsize
    steps = (streams.strides[0], numbers.strides[0], s.worlds.strides[0], *s.firm_first.strides, *s.schedules.strides[:2], s.limits.strides[0], *s.peaks.strides)  # fmt: skip
    pointers = [x.ctypes.data for x in given]
    job = _Job(
        s.seed, n, policies, s.days, s.firm_first.shape[1] - 1, *pointers, *steps,
        counts.ctypes.data, accounts.ctypes.data, spent.ctypes.data if timed else None, events.ctypes.data,
    )  # fmt: skip
    code = library.limit_run(ctypes.byref(job), ctypes.c_int(threads), ctypes.c_void_p(took.ctypes.data))
    if code:
        raise Refused(f"limit.c leaves out {REFUSED[code]}: run the engine instead")
    return Lived(counts, accounts, float(took[0]), float(took[1]), spent.sum(axis=0), events.sum(axis=0))


def run(setting: Setting, threads: int = 2) -> tuple[np.ndarray, float]:
    """(counts, seconds): people by status, int32, (policies, n, days, 8); wall time of people drawn and days lived."""
    lived = live(setting, threads)
    return lived.counts, lived.seconds
