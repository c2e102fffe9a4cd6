"""How a run is asked for, and told of while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from obrok.case.case import Case, Policy
from obrok.problems import Problem, ProblemsFound, Reader, closest

#: told of a stage: its name, how much is done, of how much
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Options:
    """How to run a case. `worlds`: versions to imagine (where claims weigh, in whole blocks: `answers.screen`); `policies`:
    ids to simulate (the factual one always is); `fix`: parameter → value."""

    worlds: int = 40_000
    seed: int = 1
    threads: int = 0
    policies: tuple[str, ...] = ()
    fix: Mapping[str, float] = field(default_factory=dict)
    weigh: bool = True
    series: str = "picked"


def check_options(case: Case, options: Options) -> list[Policy]:
    """The policies to run; every wrong option told at once."""
    reader = Reader()
    if not 1 <= options.worlds <= 100_000_000:
        reader.say("--worlds", 0, f"{options.worlds} worlds", "give a number from 1 to 100,000,000.")
    if not 0 <= options.seed < 2**32:
        reader.say("--seed", 0, f"the seed {options.seed}", "give a whole number from 0 to 4,294,967,295.")
    if options.series not in ("picked", "all"):
        reader.say("--series", 0, f"`{options.series}`", "it is `picked` (the weighted resample) or `all`.")
    policies = [p.id for p in case.policies]
    for name in options.policies:
        if name not in policies:
            reader.say("--policy", 0, f"there is no policy `{name}`", f"there are: {', '.join(policies)}.")
    for name, value in options.fix.items():
        if known_in(reader, "--fix", case, name):
            within(reader, "--fix", case, name, value)
    reader.raise_if_any()
    return [p for p in case.policies if p.factual or not options.policies or p.id in options.policies]


def known_in(reader: Reader, where: str, case: Case, name: str) -> bool:
    """Whether a case has this parameter; told if not."""
    if name in case.priors:
        return True
    near = closest(name, case.priors)
    mend = f"did you mean `{near}`?" if near else "docs/parameters.md lists them."
    reader.say(where, 0, f"the case {case.id} has no parameter `{name}`", mend)
    return False


def within(reader: Reader, where: str, case: Case, name: str, value: float) -> bool:
    """Whether a value of a parameter is legal; told if not."""
    row = case.priors[name].parameter
    if row.low <= value <= row.high:
        return True
    what = f"{name}={value:g} is outside its limits, {row.low:g} to {row.high:g} {row.unit}"
    reader.say(where, 0, what, "give a value inside them.")
    return False


def options_of(identity: Mapping) -> Options:
    """The options of a run, as its record names them."""
    i = identity
    return Options(i["worlds"], i["seed"], 0, tuple(i["policies"]), i["fix"], i["weigh"], i["series"])


def fixes(given: list[str]) -> dict[str, float]:
    """Values by name, of NAME=VALUE."""
    out, wrong = {}, []
    for text in given:
        name, _, value = text.partition("=")
        try:
            out[name.strip()] = float(value)
            if out[name.strip()] != out[name.strip()]:
                raise ValueError
        except ValueError:
            wrong.append(Problem("--fix", 0, f"`{text}` is not NAME=VALUE", "write, for example, --fix join_chance=0."))
    if wrong:
        raise ProblemsFound(wrong)
    return out
