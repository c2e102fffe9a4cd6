"""All checks, one after another: verdicts, a page with a picture beside each, and the same as data."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import jinja2

from obrok.release import version
from obrok.verify.checks import CHECKS, FALSE_ALARM, Check, Job
from obrok.worlds.record import code_sha256, environment

#: tells (stage, done, total)
Tell = Callable[[str, int, int], None]
WORLDS = 300


@dataclass(frozen=True)
class Verdict:
    """`passed`: None where the question was not asked of this engine. `p`, `alpha`: of questions of chance; of a `power`,
    the share of repetitions, and the least it may be."""

    id: str
    title: str
    kind: str
    passed: bool | None
    says: str
    p: float | None
    alpha: float | None
    seconds: float
    picture: str

    @property
    def word(self) -> str:
        return {True: "passed", False: "FAILED", None: "not asked"}[self.passed]

    @property
    def measure(self) -> str:
        """What the verdict rests on, in a few words."""
        if self.kind == "power":
            return f"{self.p:.0%}"
        if self.p is not None:
            return f"p = {self.p:.2g}"
        return {"exact": "exact", "interval": "interval", "chance": "–"}[self.kind]

    @property
    def address(self) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(self.picture.encode()).decode()


@dataclass(frozen=True)
class Report:
    """`alpha`: the level of one question of chance; all together raise a false alarm with chance `false_alarm` at most.
    `name`: of the page and the data; `title`, `intro`, `made`: what the page says of itself; `more`: data besides."""

    verdicts: tuple[Verdict, ...]
    worlds: int
    seed: int
    alpha: float
    false_alarm: float
    name: str
    title: str
    intro: str
    made: str
    more: Mapping = field(default_factory=dict)

    @property
    def failed(self) -> list[Verdict]:
        return [v for v in self.verdicts if v.passed is False]

    @property
    def headline(self) -> str:
        asked = [v for v in self.verdicts if v.passed is not None]
        skipped = len(self.verdicts) - len(asked)
        rest = f" {skipped} not asked." if skipped else ""
        if self.failed:
            return f"{len(self.failed)} of {len(asked)} checks failed: {', '.join(v.id for v in self.failed)}.{rest}"
        return f"All {len(asked)} checks passed.{rest}"

    def as_data(self) -> dict:
        keep = ("id", "title", "kind", "passed", "says", "p", "alpha")
        return {
            "format": 1,
            "obrok": version(),
            "code_sha256": code_sha256(),
            "environment": environment(),
            "worlds": self.worlds,
            "seed": self.seed,
            "false_alarm": self.false_alarm,
            "alpha": self.alpha,
            "passed": not self.failed,
            "headline": self.headline,
            **self.more,
            "checks": [{k: v for k, v in asdict(x).items() if k in keep} for x in self.verdicts],
        }

    def write(self, folder: Path) -> Path:
        """The page and the data; returns the page."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_text(
            json.dumps(self.as_data(), indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        template = jinja2.Environment(autoescape=True).from_string(
            (Path(__file__).parent / "page.html").read_text("utf-8")
        )
        page = folder / f"{self.name}.html"
        page.write_text(template.render(report=self, data=self.as_data()), "utf-8")
        return page


def judge(check: Check, job: Job) -> Verdict:
    """One check. A picture is made whatever the verdict."""
    begun = time.monotonic()
    found = check.run(job)
    passed = found.holds if found.p is None else bool(found.p > job.alpha)
    alpha = job.alpha if check.kind == "chance" else None
    seconds = time.monotonic() - begun
    return Verdict(check.id, check.title, check.kind, passed, found.says, found.p, alpha, seconds, found.picture)


def verify(
    worlds: int = WORLDS, seed: int = 1, threads: int = 1, tell: Tell | None = None, checks: Sequence[Check] = CHECKS
) -> Report:
    """Every check in order. The level of one is the false-alarm rate of all, shared out evenly (Bonferroni)."""
    alpha = FALSE_ALARM / max(1, sum(c.kind == "chance" for c in checks))
    verdicts = []
    for i, check in enumerate(checks):
        if tell:
            tell("verifying", i, len(checks))
        verdicts.append(judge(check, Job(worlds, 1000 * seed + i, alpha, threads)))
    if tell:
        tell("verifying", len(checks), len(checks))
    made = f"{worlds} worlds a comparison, seed {seed}"
    return Report(
        tuple(verdicts), worlds, seed, alpha, FALSE_ALARM, "verify", "the engine before its judges", _intro(alpha), made
    )


def _intro(alpha: float) -> str:
    return (
        "Each check puts one question to the engine. Exact ones hold or do not. Those of chance fail at p-values up to "
        f"{alpha:.2g}, so that a right engine fails one or more in at most one run of all checks in {1 / FALSE_ALARM:,.0f}. "
        "The interval fails where its lower end is not above 1."
    )
