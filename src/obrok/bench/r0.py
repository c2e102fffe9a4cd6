"""How fast R0 is in the engine's technique (`r0_sites`), by size: `python -m obrok.bench.r0`."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from obrok.bench.r0_rule import PAY_ABROAD, PAY_AT_POST, SITE, rule
from obrok.bench.r0_sites import draw_ties, live

#: people of a world: counts have 32 bits
MOST = 2_000_000_000


@dataclass(frozen=True)
class R0:
    """A run. counts: people by status at the end of each day, int32, shape (worlds, days, 4). savings: their mean at the
    end, USD, float64, (worlds,). status, everyone: each person's status and savings at the end (uint8; float32, USD), shape
    (worlds, people), where they were asked for. seconds, cpu: of the run by the clock and of processors, nothing compiled."""

    people: int
    counts: np.ndarray
    savings: np.ndarray
    status: np.ndarray
    everyone: np.ndarray
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Person-days a second."""
        worlds, days, _ = self.counts.shape
        return self.people * worlds * days / self.seconds


def run(
    people: int, days: int = 365, hot: bool = False, worlds: int | None = None, threads: int = 2, seed: int = 1, *,
    everyone: bool = False, drawn_before: bool = False, blocks: int | None = None,
) -> R0:  # fmt: skip
    """R0, or R0-hot, for `people` people, in sites of 100; or for `worlds` worlds of as many each.

    `everyone`: write down each person's status and savings. `drawn_before`: ties are drawn before the clock starts. The same
    numbers whatever the threads and blocks (of sites; or of worlds, where there are many)."""
    if not 0 < people <= MOST or people % SITE:
        raise ValueError(f"people come in sites of {SITE}: give a multiple of it, up to {MOST:,}, not {people}")
    n, sites, shared, key = worlds or 1, people // SITE, rule(hot, days), np.uint64(seed)
    split = n if n > 1 else sites
    # a piece takes half a millisecond or more: less is not worth a thread
    pieces = blocks or max(1, min(4 * threads, n * people * (60 if hot else 1) // 400_000))
    ends = [split * k // pieces for k in range(pieces + 1)]
    ties = np.empty((n, people if drawn_before else 0))
    savings = np.empty((n, people if everyone else 0), np.float32)
    status = np.empty(savings.shape, np.uint8)

    def mine(k: int, each: np.ndarray) -> np.ndarray:
        """The people of piece k."""
        return each[ends[k] : ends[k + 1]] if n > 1 else each[:, ends[k] * SITE : ends[k + 1] * SITE]

    def where(k: int) -> tuple[int, int, int]:
        return (ends[k], 0, sites) if n > 1 else (0, ends[k], ends[k + 1])

    def piece(k: int) -> None:
        at = slice(ends[k], ends[k + 1]) if n > 1 else slice(k, k + 1)
        world, begin, end = where(k)
        live(
            key, world, begin, end, shared, counts[at], person_days[at], mine(k, ties), mine(k, savings), mine(k, status)
        )  # fmt: skip

    if drawn_before:
        _side_by_side(lambda k: draw_ties(key, *where(k), mine(k, ties)), pieces, threads)
    begun, cpu = time.perf_counter(), time.process_time()
    counts = np.empty((n if n > 1 else pieces, days, 4), np.int32)
    person_days = np.empty((len(counts), 2), np.int64)
    _side_by_side(piece, pieces, threads)
    if n == 1:
        counts, person_days = counts.sum(axis=0, keepdims=True, dtype=np.int32), person_days.sum(axis=0, keepdims=True)
    mean = (person_days[:, 0] * PAY_AT_POST + person_days[:, 1] * PAY_ABROAD) / people
    return R0(people, counts, mean, status, savings, time.perf_counter() - begun, time.process_time() - cpu)


def _side_by_side(piece: Callable[[int], None], pieces: int, threads: int) -> None:
    if min(pieces, threads) == 1:
        for k in range(pieces):
            piece(k)
    else:
        with ThreadPoolExecutor(min(pieces, threads)) as pool:
            list(pool.map(piece, range(pieces)))


#: people and worlds of the table
SHAPES = ((10**3, 1), (10**4, 1), (10**5, 1), (10**6, 1), (10**7, 1), (300, 1000))
#: columns of the table: how `run` is called
WAYS = {
    "ties drawn as needed": {},
    "ties drawn before": {"drawn_before": True},
    "each person written down": {"everyone": True},
}


def table(shapes=SHAPES, runs: int = 5) -> str:
    """Person-days a second, medians of so many runs that take turns, as Markdown."""
    lines = [f"Person-days a second, 365 days, medians of {runs} runs that take turns.", ""]
    lines += ["| setting | people | worlds | threads | " + " | ".join(WAYS) + " |", "|---|" + "---:|" * (3 + len(WAYS))]
    for hot in (False, True):
        for people, worlds in shapes:
            rates: dict = {(threads, way): [] for threads in (1, 2) for way in WAYS}
            for i in range(-1, runs):  # the first of each may compile
                for threads, way in rates:
                    done = run(people, hot=hot, worlds=worlds, threads=threads, seed=1 + max(i, 0), **WAYS[way])
                    rates[threads, way] += [done.rate] if i >= 0 else []
            for threads in (1, 2):
                row = " | ".join(f"{statistics.median(rates[threads, way]):.2g}" for way in WAYS)
                lines.append(f"| {'R0-hot' if hot else 'R0'} | {people:,} | {worlds:,} | {threads} | {row} |")
    return "\n".join(lines)


def main(args: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m obrok.bench.r0", description="How fast R0 is, by size.")
    parser.add_argument(
        "--people", type=int, nargs="*", help="sizes to run (as they are: 1,000 … 10,000,000, and 1,000 worlds of 300)"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each, of which the median is told (5)")
    asked = parser.parse_args(args)
    print(table([(n, 1) for n in asked.people] if asked.people else SHAPES, asked.runs))


if __name__ == "__main__":
    main()
