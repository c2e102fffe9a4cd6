"""The calibration as verdicts: is the weighing even, do its ranges hold, and are wrong versions of it caught?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from obrok.case.case import Case
from obrok.problems import Reader
from obrok.verify import calibration_pictures as pictures
from obrok.verify.calibration import Ranked, experiment, ranked
from obrok.verify.checks import FALSE_ALARM
from obrok.verify.pools import Pool, Tell, simulated, with_probe
from obrok.verify.trials import POWER, SHARES, Coverage, Question, coverage, flagged, questions, truths_needed
from obrok.verify.verdicts import Report, Verdict
from obrok.verify.weighings import Weighing, right, wrong_ones

BANK, TRUTHS, REPEATS = 100_000, 1_000, 30
TITLES = {
    "parameters": "parameters are ranked evenly",
    "answers": "answers are ranked evenly",
    "claims": "what claims say, and how well they fit, is ranked evenly",
    "mistakes": "what each mistake would change is ranked evenly",
}
SETS = ("own", "probe")
WHOSE = {"own": "with the case's own claims", "probe": "with one claim more"}


class Size(NamedTuple):
    """Worlds in the bank; truths of one experiment; how often it is repeated with other truths."""

    bank: int = BANK
    truths: int = TRUTHS
    repeats: int = REPEATS


@dataclass(frozen=True)
class Trials:
    """Ranks by version of the weighing, with the case's own claims and with the probe. `alpha`: of one question."""

    size: Size
    alpha: float
    wrong: tuple[Weighing, ...]
    telling: dict[str, str]
    by: dict[str, dict[str, Ranked]]

    def right(self, which: str) -> Ranked:
        return self.by[which]["right"]


def calibrate(case: Case, size: Size, seed: int = 1, threads: int = 1, tell: Tell | None = None) -> Report:
    """Every question, in order. Raises `ProblemsFound` where no claim weighs."""
    _check(case, size, seed)
    bank, truths = simulated(case, seed, size.bank, size.truths * size.repeats, threads, tell=tell)
    trials = tried(case, size, seed, bank, truths, threads, tell)
    verdicts = [*_even(trials), *_ranges(trials), *_caught(trials)]
    return Report(
        tuple(verdicts), size.bank, seed, trials.alpha, FALSE_ALARM, "calibration", "the weighing before its judges",
        _intro(case, trials), f"{size.bank:,} prior worlds, {size.truths:,} truths × {size.repeats}, seed {seed}",
        _data(case, trials),
    )  # fmt: skip


def _check(case: Case, size: Size, seed: int) -> None:
    reader = Reader()
    if not case.outcome_claims():
        reader.say(case.id, 0, "no outcome claim weighs worlds here", "calibrate a case that has one.")
    for name, value, least in (("bank", size.bank, 1000), ("truths", size.truths, 100), ("repeats", size.repeats, 1)):
        if value < least:
            reader.say(f"--{name}", 0, f"{value} is too few", f"give {least:,} or more.")
    if size.truths * size.repeats > 4_000_000 or size.bank > 10_000_000:
        reader.say(
            "--bank", 0, "so many worlds do not fit", "at most 10,000,000 of the bank and 4,000,000 truths in all."
        )
    if not 0 <= seed < 2**32:
        reader.say("--seed", 0, f"the seed {seed}", "give a whole number from 0 to 4,294,967,295.")
    reader.raise_if_any()


def tried(
    case: Case, size: Size, seed: int, bank: Pool, truths: Pool, threads: int = 1, tell: Tell | None = None
) -> Trials:
    """All truths, weighed by every version, with the case's own claims and with the probe."""
    by, telling, done = {}, {}, 0
    wrong: list[Weighing] = []

    def step(n: int) -> None:
        nonlocal done
        done += n
        if tell:
            tell("weighing", done, len(SETS) * len(truths.numbers))

    for which, asked in zip(SETS, (case, with_probe(case)), strict=True):
        e = experiment(asked, seed, bank, truths)
        wrong, telling[which] = wrong_ones(e.most_telling, case.words), e.most_telling.id
        by[which] = ranked(e, right(case.words), wrong, threads, step)
    asked_in_all = sum(len(questions(r["right"], slice(1))) for r in by.values())
    return Trials(size, FALSE_ALARM / asked_in_all, tuple(wrong), telling, by)


# --- verdicts -------------------------------------------------------------------------------------------------------
def _even(t: Trials) -> Iterator[Verdict]:
    """Is the weighing as it is even? One question a kind of quantity and set of claims."""
    for which in SETS:
        r = t.right(which)
        share, _ = flagged(r, t.size.truths, t.alpha)
        for q in questions(r, slice(t.size.truths)):
            title = TITLES[q.kind] + ("" if which == "own" else ", with one claim more")
            name, p, how = q.worst
            says = (
                f"{len(q.each)} quantities; furthest off: {name} ({how}), p = {p:.2g} by itself. In all repetitions, "
                f"{share:.0%} raise an alarm {WHOSE[which]}"
            )
            picture = pictures.off_the_diagonal(r, q, slice(t.size.truths), t.alpha)
            yield Verdict(f"{which}-{q.kind}", title, "chance", q.p > t.alpha, says, q.p, t.alpha, 0.0, picture)


def _ranges(t: Trials) -> Iterator[Verdict]:
    for share in SHARES if t.right("own").columns("answers") else ():
        c = coverage(t.right("own"), share, t.size.truths)
        low, high = min(c.by_answer, key=c.by_answer.__getitem__), max(c.by_answer, key=c.by_answer.__getitem__)
        printed = float(np.mean(list(c.printed.values())))
        says = (
            f"over {len(c.by_answer)} answers they hold the truth in {c.mean:.1%} (it may be {share - c.all:.1%} to "
            f"{share + c.all:.1%}); singly in {c.by_answer[low]:.1%} ({low}) to {c.by_answer[high]:.1%} ({high}; "
            f"{share - c.one:.1%} to {share + c.one:.1%}). Ties are split by luck; as printed, ends included, {printed:.1%}"
        )
        title = f"{share:.0%} ranges of answers hold the truth in {share:.0%}"
        picture = pictures.dots(c)
        yield Verdict(f"coverage-{share:.0%}", title, "interval", c.holds, says, None, None, 0.0, picture)


def _caught(t: Trials) -> Iterator[Verdict]:
    """Each wrong version: in what share of repetitions an alarm is raised, by one set of claims or the other."""
    needed = truths_needed(t.right("own"), t.alpha)
    for w in t.wrong:
        seen = {which: flagged(t.by[which][w.id], t.size.truths, t.alpha) for which in SETS}
        best = max(SETS, key=lambda which: seen[which][0])
        power = seen[best][0]
        says = w.says.replace(t.telling["probe"], "that tells most") if w.id == "counted-twice" else w.says
        told = "; ".join(
            f"{WHOSE[which]} caught in {share:.0%} of {t.size.repeats} repetitions"
            + (f", by `{by}` as a rule" if by else "")
            for which, (share, by) in seen.items()
        )
        if seen["own"][0] < POWER:
            told += f". The case's own claims would take about {_about(needed[w.id])} truths to tell"
        picture = pictures.beside(t.right(best), t.by[best][w.id], w.id, slice(t.size.truths), t.alpha)
        title = f"caught: {says}"
        yield Verdict(w.id, title, "power", power >= POWER, told, power, POWER, 0.0, picture)


def _about(n: float) -> str:
    if not n < 1e9:
        return "any number of"
    digits = -int(np.floor(np.log10(n))) + 1
    return f"{round(n, digits):,.0f}"


# --- the page and the data ------------------------------------------------------------------------------------------
def _intro(case: Case, t: Trials) -> str:
    return (
        f"Worlds are drawn from what {case.id} assumes, reports are spoken of them by the table of words, and the worlds "
        "of a bank are weighed by each report. If the weighing is right, the truth behind a report stands anywhere among "
        "the weighed worlds with the same chance. Questions of chance fail at p-values up to "
        f"{t.alpha:.2g}, so that a right weighing fails one or more in at most one run in {1 / FALSE_ALARM:,.0f}; coverages "
        "are outside that rate. Wrong versions of the weighing go the same way: each must be caught in nine repetitions of ten."
    )


def _data(case: Case, t: Trials) -> dict:
    rows = slice(t.size.truths)
    return {
        "case": case.id,
        "case_sha256": case.sha256,
        "bank": t.size.bank,
        "truths": t.size.truths,
        "repeats": t.size.repeats,
        "probe": "one claim more, of the origin of the first: how many left, in a word of the count table",
        "most_telling_claim": t.telling,
        "quantities": {which: [_question(q) for q in questions(t.right(which), rows)] for which in SETS},
        "effective": {which: _effective(t.right(which), t.size) for which in SETS},
        "coverage": [_covered(coverage(t.right("own"), share, t.size.truths)) for share in SHARES]
        if t.right("own").columns("answers")
        else [],
        "power": {
            which: {v: flagged(r, t.size.truths, t.alpha)[0] for v, r in t.by[which].items()} for which in SETS
        },
        "truths_needed": {
            which: {k: float(f"{x:.3g}") if np.isfinite(x) else None for k, x in truths_needed(t.right(which), t.alpha).items()}
            for which in SETS
        },
    }  # fmt: skip


def _question(q: Question) -> dict:
    each = [{"name": name, "p": float(f"{p:.6g}"), "worst": how} for name, p, how in q.each]
    return {"kind": q.kind, "p": float(f"{q.p:.6g}"), "quantities": each}


def _effective(r: Ranked, size: Size) -> dict:
    """Effective worlds of the bank over reports, and how much its own luck may add to the variance of a mean rank."""
    low, middle = (float(np.quantile(r.effective, q) * size.bank) for q in (0.05, 0.5))
    return {
        "p05": round(low),
        "p50": round(middle),
        "added": float(f"{size.truths * (1 / r.effective).mean() / size.bank:.3g}"),
    }


def _covered(c: Coverage) -> dict:
    rounded = {
        "by_answer": {k: round(x, 4) for k, x in c.by_answer.items()},
        "printed": {k: round(x, 4) for k, x in c.printed.items()},
    }
    limits = {"may_be_off_one": round(c.one, 4), "may_be_off_mean": round(c.all, 4)}
    return {"share": c.share, "mean": round(c.mean, 4), **limits, **rounded, "holds": c.holds}
