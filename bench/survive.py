"""Runs under faults at random: kills, full disks, damaged bytes. Every one must be noticed; every run must end the same.

    python bench/survive.py [--kills 200] [--faults 1000] [--seed 1]

Kills: a run in a process of its own is killed (SIGKILL, by its own id) at a moment drawn evenly over the time that it
takes, then gone on with: the result must be that of an unbroken run, byte for byte, and batches finished before the kill
must be the same files (inode) until the end. Only kills that hit before the end count.

Faults: of results and of half-finished runs, a file is cut short, flipped in a bit, overwritten with zeros or with
another file, or taken away, and read; and runs are gone on with while files may not grow (RLIMIT_FSIZE) or the disk is
full at the n-th write, flush or rename (ENOSPC). What is damaged must be refused or made again, never taken for whole.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # processes are forked: no thread but this may be there

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests' own helpers

import numpy as np

from obrok.answers import pilot
from obrok.case.case import load
from obrok.outward import files, folder, report, stages, study
from obrok.outward.options import Options
from obrok.outward.study import Refused, finished, run_case
from obrok.problems import ProblemsFound
from obrok.worlds import places
from obrok.worlds.batches import Batches
from obrok.worlds.run import run_chunk
from tests.faults import account, contents, page

OPTIONS = Options(480, 3, threads=1)
#: exit codes of a run in a process of its own: it ended well; it said what is wrong; it did neither
WELL, TOLD, WRONG = 0, 3, 4
WRITES = ("write", "fsync", "replace")


def small_batches() -> None:
    """Many batches, as long runs have them, after a short pilot."""
    pilot.ROUNDS, pilot.FURTHER = (400, 800), 0
    files.BATCH, files.VERSIONS, stages.SERIES_ROWS = 7, 60, 60_000


def quick() -> None:
    """Runs without pictures and accounts, where only what lies on disk is looked at."""
    report.report = page  # type: ignore[assignment]
    study.explain = account  # type: ignore[assignment]


def pieces(root: Path) -> dict[str, int]:
    """Finished batches by name, with their inodes."""
    return {p.name: p.stat().st_ino for p in root.glob("parts/*/*") if not p.name.endswith((".part", "failed.json"))}


# --- a run in a process of its own -----------------------------------------------------------------------------------
def begun(case, target: Path, before: Callable[[], None] = lambda: None) -> int:
    """Forks a run. Before it takes its batches away it notes, beside the folder, what they were."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = WRONG
    try:
        tidy = folder.Results.tidy

        def noted(results) -> None:
            with open(f"{target}.inodes", "w") as file:
                file.writelines(f"{name} {inode}\n" for name, inode in pieces(target).items())
            tidy(results)

        folder.Results.tidy = noted  # type: ignore[method-assign]
        before()
        run_case(case, OPTIONS, target)
        code = WELL
    except (ProblemsFound, Refused, OSError):
        code = TOLD
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(pid: int) -> int:
    """Its exit code; below 0 the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# --- kills -----------------------------------------------------------------------------------------------------------
def killed(case, whole: dict[str, bytes], target: Path, after: float) -> tuple[str, str]:
    """Kills a run after so many seconds and goes on with it. Gives where it was, and what is wrong ("": nothing)."""
    pid = begun(case, target)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)  # not yet waited for, so that the id is still its own
    if (code := ended(pid)) >= 0:
        shutil.rmtree(target, ignore_errors=True)
        return "too late", "" if code == WELL else f"it ended with {code}"
    before = pieces(target)
    stage = max((n.split(".")[0].split("-")[0] for n in before), key=ORDER.index, default="pilot")
    if code := ended(begun(case, target)):
        return stage, f"going on ended with {code}"
    at_end = dict(line.split() for line in Path(f"{target}.inodes").read_text().splitlines())
    redone = [n for n, inode in before.items() if at_end.get(n) != str(inode)]
    same = contents(target) == whole
    shutil.rmtree(target)
    return stage, f"made again: {redone}" if redone else "" if same else "other bytes"


ORDER = ["pilot", "imagining", "picking", "simulating", "replaying", "averaging"]


def kills(case, n: int, root: Path, chance: random.Random) -> list[str]:
    print(f"{n} kills")
    time_it = time.monotonic()
    assert ended(begun(case, root / "whole")) == WELL
    takes = time.monotonic() - time_it
    whole = contents(root / "whole")
    hit, wrong, where = 0, [], Counter[str]()
    with ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)))) as pool:  # each waits for a process
        turn = 0
        while hit < n:
            some = range(turn, turn + min(8, n - hit))
            turn += len(some)
            moments = [chance.uniform(0, 1.6 * takes) for _ in some]
            found = pool.map(lambda i, t: killed(case, whole, root / f"kill-{i}", t), some, moments)
            for stage, fault in found:
                where[stage] += 1
                hit += stage != "too late"
                wrong += [f"killed in {stage}: {fault}"] if fault else []
            if hit % 40 < 8:
                print(f"  {hit} hit, {where['too late']} came too late, {len(wrong)} wrong", flush=True)
    last = ", ".join(f"{stage} {where[stage]}" for stage in ORDER if where[stage])
    print(f"  the last finished stage was: {last}; a run takes {takes:.1f} s alone")
    return wrong


# --- damage ----------------------------------------------------------------------------------------------------------
def damaged(path: Path, chance: random.Random, others: list[Path]) -> str:
    """Does a file harm; says how. What would leave its bytes as they are is drawn again."""
    data = path.read_bytes()
    while True:
        how = chance.choice(["flipped", "cut", "zeros", "other", "gone"])
        at = chance.randrange(len(data))
        new: bytes | None = None
        if how == "flipped":
            new = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        elif how == "cut":
            new = data[:at]
        elif how == "zeros":
            end = min(len(data), at + chance.choice([1, 64, 4096]))
            new = data[:at] + bytes(end - at) + data[end:]
        elif how == "other":
            new = chance.choice(others).read_bytes()
        if new == data:
            continue
        path.unlink()
        if new is not None:
            path.write_bytes(new)
        return how


def of_results(case, whole: Path, n: int, root: Path, chance: random.Random) -> tuple[Counter, list[str]]:
    """Damage of finished results: none may be taken for whole."""
    names, counts, wrong = sorted(contents(whole)), Counter[str](), []
    target = root / "damaged"
    assert finished(case, whole) is not None  # as it is, it is taken
    for _ in range(n):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(whole, target)
        name = chance.choice([*names, "record.json"])
        how = damaged(target / name, chance, [whole / other for other in names if other != name])
        counts[f"result {how}"] += 1
        accepted = finished(case, target) is not None
        try:
            run_case(case, OPTIONS, target)
            accepted, named = True, True
        except (Refused, ProblemsFound) as refused:
            named = name in str(refused) or name == "record.json"
        if accepted or not named:
            wrong.append(f"{name} {how}: {'accepted' if accepted else 'not named'}")
    return counts, wrong


def of_pieces(half: Path, n: int, root: Path, chance: random.Random) -> tuple[Counter, list[str]]:
    """Damage of finished batches of a broken-off run: each must count as missing, and all others as they are."""
    counts, wrong, target = Counter[str](), [], root / "damaged"
    under = next((half / "parts").iterdir()).relative_to(half).as_posix()
    for _ in range(n):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(half, target)
        there = sorted(p for p in (target / under).iterdir())
        path = chance.choice(there)
        counts[f"batch {damaged(path, chance, [p for p in there if p != path])}"] += 1
        batches = Batches(places.place(target), under, {})
        keys = {p: f"{p.name.split('.')[0]}.{p.name.split('.')[2]}" for p in there}
        sound = {p: batches.data(key) for p, key in keys.items()}
        if sound[path] is not None or any(data is None for p, data in sound.items() if p != path):
            wrong.append(f"{path.name} was taken for whole, or others for damaged")
    return counts, wrong


def no_room(kind: str, n: int) -> None:
    """From now on in this process the disk is full from the n-th such call on."""
    calls = 0

    def full(real):
        def call(*given, **more):
            nonlocal calls
            calls += 1
            if calls >= n:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*given, **more)

        return call

    class Full:
        def __init__(self, file):
            self.file, self.write = file, full(file.write)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def __getattr__(self, name):
            return getattr(self.file, name)

    def opened(path, mode="r", **more):
        file = open(path, mode, **more)  # noqa: SIM115 (whoever asked for it closes it)
        return Full(file) if "x" in mode else file

    if kind == "write":
        places.open = opened  # type: ignore[attr-defined]
    else:
        setattr(places.os, kind, full(getattr(os, kind)))


def of_writes(case, half: Path, whole: dict[str, bytes], n: int, root: Path, chance: random.Random):
    """Runs gone on with while there is no room: told, nothing lost; with room again they end the same."""
    counts, wrong = Counter[str](), []
    largest = max(map(len, whole.values()))

    def one(turn: int, kind: str, at: int) -> str:
        target = root / f"full-{turn}"
        shutil.copytree(half, target)
        for path in sorted(target.glob("parts/*/*"))[turn % 3 :: 3]:
            path.unlink()
        before = pieces(target)

        def tight() -> None:
            if kind == "limit":
                resource.setrlimit(resource.RLIMIT_FSIZE, (at, at))
            else:
                no_room(kind, at)

        first = ended(begun(case, target, tight))
        held = pieces(target)
        lost = [name for name, inode in before.items() if first and held.get(name) != inode]
        left = [p.name for p in target.rglob("*.part")]
        second = ended(begun(case, target))
        same = contents(target) == whole
        shutil.rmtree(target)
        if first not in (WELL, TOLD) or second or lost or left or not same:
            return f"{kind} {at}: ended with {first}, then {second}; lost {lost}, left {left}, same {same}"
        counts[f"no room ({kind}), {'told' if first else 'room enough'}"] += 1
        return ""

    kinds = [chance.choice(["limit", *WRITES]) for _ in range(n)]
    ats = [int(chance.uniform(100, largest)) if k == "limit" else chance.randrange(1, 40) for k in kinds]
    with ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)))) as pool:
        wrong = [fault for fault in pool.map(one, range(n), kinds, ats) if fault]
    return counts, wrong


def faults(case, n: int, root: Path, chance: random.Random) -> list[str]:
    print(f"{n} faults of the store")
    assert ended(begun(case, root / "light", quick)) == WELL
    half = root / "half"

    def stop_before_the_end() -> None:
        quick()

        def stop(results, made, where):
            os._exit(TOLD)

        folder.Results.finish = stop  # type: ignore[method-assign]

    ended(begun(case, half, stop_before_the_end))
    for name in (*folder.FILES, "worlds", "series", "case"):
        path = half / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    light, quarter = root / "light", n // 4
    whole = contents(light)
    quick()  # the others fork from here, or read
    wrong, counts = [], Counter[str]()
    for found, bad in (
        of_writes(case, half, whole, quarter, root, chance),
        of_results(case, light, quarter, root, chance),
        of_pieces(half, n - 2 * quarter, root, chance),
    ):
        counts += found
        wrong += bad
        print(f"  {sum(counts.values())} done, {len(wrong)} wrong", flush=True)
    print("  " + "; ".join(f"{what} {many}" for what, many in sorted(counts.items())))
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    small_batches()
    case = load("chita-2015")
    plan = study.planned(case, Options(8, 3, weigh=False))[0]
    run_chunk(plan, np.arange(2), keep_series=True)  # compiled once, for all that are forked
    import matplotlib.figure  # noqa: F401

    chance, began = random.Random(asked.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="obrok-survive-") as name:
        wrong = kills(case, asked.kills, Path(name), chance) if asked.kills else []
        wrong += faults(case, asked.faults, Path(name), chance) if asked.faults else []
    print(f"{time.monotonic() - began:.0f} s")
    for fault in wrong:
        print(f"WRONG {fault}")
    print("every fault was noticed, and every run ended the same" if not wrong else f"{len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
