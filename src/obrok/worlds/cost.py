"""What a run would take, before anything of it begins: memory and time. A case can be sound, line by line, and ask for more
than any machine has; then it is refused in words, with what to lower.

A reckoning to the order of magnitude, from sizes alone; it is high rather than low for memory, and low for time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from obrok.case.case import Case
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import HOLDER, LEAVER, POST, SCHEDULE, SERIES
from obrok.problems import Problem, ProblemsFound
from obrok.worlds.measures import answer_measures, claim_measures, question_measures, recorded_days
from obrok.worlds.population import cities_alike, draw_parameters
from obrok.worlds.run import chunk_size

#: longest run that is begun: days and nights, on all processors
MOST_DAYS = 100
#: person-days, and days of a schedule, that a processor does in a second where all goes well (docs/benchmarks.md)
PERSON_DAYS, SCHEDULE_DAYS = 1e9, 1e7
#: versions that a run looks at to see how large others are
LOOKED_AT = 64
#: days of a version that are kept for the report, versions that are lived again for it, and rows of these at once
#: (`outward.study`); versions of which one is lived under every policy (`answers.screen`),
#: those of a pilot, and those that are lived under other luck
KEPT_DAYS, RESAMPLED, REPLAYED_ROWS, BLOCK, PILOT, REPEATED = 800, 400, 500_000, 8, 600, 150


@dataclass(frozen=True)
class Cost:
    """Of a run: bytes at once, seconds; each by what it is made of, so that it can be told what to lower."""

    memory: Mapping[str, float]
    seconds: Mapping[str, float]


def cost_of(case: Case, worlds: int, policies: int, fix: Mapping[str, float], threads: int) -> Cost:
    """What `worlds` versions of a case under so many policies take. `fix`: values fixed by hand."""
    draws = draw_parameters(case, 1, np.arange(LOOKED_AT), fix)
    years, cities = case.days / 365.0, len(case.cities)
    posts = float(np.quantile(draws["posts"], 0.9))
    gone = float(np.quantile(draws["posts"] * draws["leave_rate"] * years, 0.9))
    cells = case.days * (1 if cities_alike(case) else cities)
    measures = [*answer_measures(case).values(), *question_measures(case).values()]
    measures += [m for claim in case.outcome_claims() for m in claim_measures(case, claim).values()]
    recorded = recorded_days(measures, draws, LOOKED_AT).shape[1]
    at_once = threads * chunk_size(case.days, cities)
    columns = len(draws) + len(case.questions) + len(OUTCOMES) + len(case.outcome_claims()) + len(case.held_back())
    row, kept = 8.0 * (len(SERIES) + 3), min(KEPT_DAYS, case.days)
    lived = worlds / BLOCK if case.outcome_claims() else worlds
    memory = {
        DAYS: at_once * cells * SCHEDULE.itemsize * (policies + 2.0),
        ASKED: row * at_once * policies * cities * recorded,
        PEOPLE: at_once * policies * gone * LEAVER.itemsize * 2.0
        + threads * posts * 2 * (POST.itemsize + HOLDER.itemsize),
        VERSIONS: 8.0 * worlds * columns * (2 if case.outcome_claims() else 2 * policies),
        REPLAYED: row * policies * (2.0 * min(RESAMPLED, lived) * kept + max(REPLAYED_ROWS / policies, kept * cities)),
    }
    lives = PILOT * bool(case.outcome_claims()) + worlds + (lived + REPEATED) * policies
    seconds = {
        PEOPLE: lives * float(np.median(draws["posts"])) * case.days / PERSON_DAYS / threads,
        DAYS: lives * cells * (1.0 + len(case.events)) / SCHEDULE_DAYS / threads,
    }
    return Cost(memory, seconds)


DAYS = "days of the host state: a shorter period, fewer places, events and policies"
ASKED = "days that questions and claims ask for: fewer questions, claims, places and policies"
PEOPLE = "people: fewer posts, a shorter period, a lower leave_rate"
VERSIONS = "versions: a smaller `worlds`, fewer questions and claims"
REPLAYED = "days that are kept for the report: fewer policies and places"


def refuse_too_much(
    case: Case, worlds: int, policies: int | None = None, fix: Mapping[str, float] | None = None, threads: int = 0
) -> None:
    """Raises `ProblemsFound` where a run would take more memory than this machine has, or more than `MOST_DAYS`."""
    known = {name: value for name, value in (fix or {}).items() if name in case.priors}
    cost = cost_of(case, worlds, policies or len(case.policies), known, threads or os.cpu_count() or 1)
    name, there, problems = f"{case.folder.name}/case.yaml", memory_here(), []
    if (needed := sum(cost.memory.values())) > there:
        what = f"a run of this case would take about {_size(needed)} of memory, and this machine has {_size(there)}"
        problems.append(Problem(name, 0, what, f"most is for {max(cost.memory, key=cost.memory.__getitem__)}."))
    if (seconds := sum(cost.seconds.values())) > MOST_DAYS * 86_400:
        what = f"a run of {worlds:,} versions of this case would take about {_time(seconds)} on this machine"
        mend = f"most is for {max(cost.seconds, key=cost.seconds.__getitem__)}; fewer versions (`worlds`)."
        problems.append(Problem(name, 0, what, mend))
    if problems:
        raise ProblemsFound(problems)


def memory_here() -> float:
    """Bytes of memory that this machine has, or that this process may use of it; infinite where it does not say."""
    known = [float("inf")]
    with suppress(ValueError, OSError, AttributeError):
        known.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(ValueError, OSError), open(path, encoding="ascii") as limit:
            known.append(float(limit.read()))
    return min(known)


def _size(n: float) -> str:
    return f"{n / 1e12:,.0f} TB" if n >= 1e13 else f"{n / 1e9:,.1f} GB"


def _time(seconds: float) -> str:
    days = seconds / 86_400
    return f"{days / 365:,.0f} years" if days > 730 else f"{days:,.0f} days"
