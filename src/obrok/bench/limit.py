"""The limit of the comparison: the engine's model and random-number rule in hand-written C (limit.c), equal bit for bit.

A shared library, compiled once into the cache folder and loaded by ctypes. It knows what chita-2015 needs, all feedback
on; what it leaves out (a quota, pay that changes, dispatch that is not open, a recall, empty posts at first, policies that
need further bands of candidate days) it refuses. Sectors of crews, which no count or account hangs on, are not drawn.
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
from obrok.engine.candidates import LEAST
from obrok.engine.tables import ACCOUNTS, BOUNDS, STATUSES, WORLD

SOURCE = Path(__file__).with_name("limit.c")
#: contraction off: a product and a sum rounded together would be another number than the engine's
FLAGS = (
    "-std=gnu17",
    "-O3",
    "-march=native",
    "-ffp-contract=off",
    "-fno-plt",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-shared",
    "-fPIC",
    "-pthread",
)
#: columns of the schedule that limit.c reads, and its names for them
HOST = {
    "effort": "EFFORT", "hand_over": "HAND_OVERS", "help": "HELP", "sessions": "SESSIONS", "news": "NEWS",
    "news_handed": "NEWS_HANDED", "refill_chance": "REFILLS", "watch": "WATCH",
}  # fmt: skip


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
            for name in ("streams", "numbers", "worlds", "firm_first", "limits", "host", "parts")
        ),
        *((name + "_step", ctypes.c_int64) for name in ("stream", "number", "world", "city", "firm", "limit", "host")),
        *((name, ctypes.c_void_p) for name in ("counts", "accounts", "spent", "events")),
    ]


def _compiler() -> str | None:
    return shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")


def available() -> bool:
    """Whether there is a C compiler on the PATH."""
    return _compiler() is not None


def _records() -> str:
    """The engine's records, and the columns of the host state, as C has them."""
    kinds = {"world": WORLD, "bounds": BOUNDS}
    records = "".join(f"struct {kind} {{ double {', '.join(dtype.names or ())}; }};\n" for kind, dtype in kinds.items())
    return f"{records}enum {{ {', '.join(HOST.values())}, HOST }};\n"


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


def _once(x: np.ndarray) -> np.ndarray:
    """By city: what all cities share, once."""
    return x[:1] if x.strides[0] == 0 else x


def _refuse(s: Setting) -> None:
    """Says no to a setting that needs more of the model than limit.c knows."""
    w, limit, peaks, rows = _once(s.worlds), _once(s.limits), _once(s.peaks.T), _once(s.schedules.swapaxes(0, 1))
    pay = {"wage": "wage_lo", "fee": "fee_hi", "deductions": "deductions_hi"}
    found = w["find_nearby"] * np.maximum(1.0, w["found_again"])
    wider = [(found, "effort_hi"), (w["apply"], "help_hi")]
    left_out = {
        "pay that changes": any(
            (rows[name] != limit[bound][:, None, None]).any() or (peaks[bound] != limit[bound][:, None]).any()
            for name, bound in pay.items()
        ),
        "a quota": (rows["quota"] > 0).any() or (peaks["quota_hi"] > 0).any(),
        "dispatch that is not open every day": (rows["dispatch"] != 1).any(),
        "a recall": (rows["recall"] > 0).any(),
        "posts that are empty at first": (w["filled"] < 1).any(),
        "a policy that goes beyond the bounds of the case's own": (peaks["watch_lo"] < limit["watch_lo"][:, None]).any()
        or any(
            (often[:, None] * peaks[bound] > np.maximum(often * limit[bound] * (1 + 1e-9), LEAST)[:, None]).any()
            for often, bound in wider
        ),
        "a lag or a contract under a day, or crews of one": (w["refill_lag"] < 1).any()
        or (w["contract_days"] < 1).any()
        or (w["crew_size"] < 2).any(),
        "pay of a million USD a month": (limit["wage_lo"] >= 1e6).any() or (w["side_pay"] >= 1e6).any(),
    }
    named = [what for what, needed in left_out.items() if needed]
    if named:
        raise Refused(f"limit.c leaves out {named[0]}: run the engine instead")


def _host(s: Setting, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    """The host state by column, (n, columns, days, policies), and the first day on which policies differ, (n,)."""
    rows = _once(s.schedules.swapaxes(0, 1))
    host = np.ascontiguousarray(np.stack([rows[name].swapaxes(1, 2) for name in HOST], axis=1))
    differ = (host != host[..., :1]).any(axis=(1, 3)) if shared else np.ones((len(host), s.days), bool)
    parts = np.where(differ.any(axis=1), differ.argmax(axis=1), s.days).astype(np.int32)
    return host, np.ascontiguousarray(np.broadcast_to(parts, len(s.numbers)))


def live(setting: Setting, threads: int = 2, timed: bool = False, shared: bool = True) -> Lived:
    """Everything limit.c tells of a setting. Raises `Refused` where it leaves out what the setting needs.

    `shared`: days on which no policy differs from another are lived once (False: by each policy anew).
    """
    s, n, policies = setting, len(setting.numbers), len(setting.policies)
    _refuse(s)
    library = ctypes.CDLL(str(build()))
    host, parts = _host(s, shared)
    streams, numbers = np.asarray(s.streams, np.int64), np.asarray(s.numbers, np.int64)
    given = (streams, numbers, s.worlds, s.firm_first, s.limits, host, parts)
    kinds = (np.int64, np.int64, WORLD, np.int64, BOUNDS, np.float64, np.int32)
    assert all(x.dtype == kind for x, kind in zip(given, kinds, strict=True))
    steps = [x.strides[0] for x in given[:3]] + [*s.firm_first.strides, s.limits.strides[0]]
    steps.append(host.strides[0] if len(host) == n else 0)
    counts = np.full((policies, n, s.days, len(STATUSES)), -1, np.int32)  # its pages are there before the clock starts
    accounts = np.zeros((policies, n, len(ACCOUNTS)), np.int64)
    spent, events, took = np.zeros((threads, 3)), np.zeros((threads, 5), np.int64), np.zeros(2)
    job = _Job(
        s.seed, n, policies, s.days, s.firm_first.shape[1] - 1, *(x.ctypes.data for x in given), *steps,
        counts.ctypes.data, accounts.ctypes.data, spent.ctypes.data if timed else None, events.ctypes.data,
    )  # fmt: skip
    library.limit_run(ctypes.byref(job), ctypes.c_int(threads), ctypes.c_void_p(took.ctypes.data))
    return Lived(counts, accounts, float(took[0]), float(took[1]), spent.sum(axis=0), events.sum(axis=0))


def run(setting: Setting, threads: int = 2) -> tuple[np.ndarray, float]:
    """(counts, seconds): people by status, int32, (policies, n, days, 8); wall time of people drawn and days lived."""
    lived = live(setting, threads)
    return lived.counts, lived.seconds
