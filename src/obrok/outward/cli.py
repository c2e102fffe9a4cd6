"""What the user types. Exit codes: 0 fine, 1 findings, 2 usage, 130 stopped by hand."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from obrok.outward.cli_archive import archiving
from obrok.outward.cli_bench import benching
from obrok.outward.cli_evidence import evidence
from obrok.outward.cli_publish import publishing
from obrok.outward.cli_report import reporting
from obrok.outward.cli_runs import listing
from obrok.outward.cli_sweep import sweeping
from obrok.outward.terminal import Telling, showing, tell_result
from obrok.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from obrok.case.case import Case

app = typer.Typer(
    help="From hedged reports on state-run labour abroad to estimates that can be defended line by line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(evidence)
app.add_typer(archiving)
app.add_typer(publishing)
app.add_typer(reporting)
app.add_typer(benching)
app.add_typer(sweeping)
app.add_typer(listing, name="runs")
#: versions to imagine, where not as many as the case asks for
Worlds = Annotated[
    int | None, typer.Option(help="how many versions to imagine [default: as the case says, else 40,000]")
]


def _say(problems: list[Problem]) -> None:
    for problem in problems:
        print(problem)


@app.command()
def run(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")] = "chita-2015",
    worlds: Worlds = None,
    seed: Annotated[int, typer.Option(help="same seed, same answers")] = 1,
    folder: Annotated[
        str | None, typer.Option("--out", help="folder for the results, or an address as s3://… [default: out/CASE]")
    ] = None,
    threads: Annotated[int, typer.Option(help="0: as many as there are; the answers do not depend on it")] = 0,
    policy: Annotated[
        list[str] | None, typer.Option(help="simulate only this policy (and what was reported); may be repeated")
    ] = None,
    fix: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE: give every world exactly this value; may be repeated")
    ] = None,
    no_weigh: Annotated[bool, typer.Option("--no-weigh", help="leave the outcome claims out")] = False,
    series: Annotated[str, typer.Option(help="days of a weighted resample of worlds (picked), or of all")] = "picked",
    force: Annotated[bool, typer.Option(help="overwrite results of another run")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print answers.json")] = False,
) -> None:
    """Simulate, weigh, answer: writes the report, the answers and the worlds."""
    from obrok.case.case import load
    from obrok.outward.options import Options, fixes
    from obrok.outward.study import run_case

    loaded = load(case)
    options = Options(
        _versions(worlds, loaded), seed, threads, tuple(policy or ()), fixes(fix or []), not no_weigh, series
    )
    with Telling(as_json) as tell:
        result = run_case(loaded, options, folder or Path("out") / loaded.id, force, tell)
    if as_json:
        print(json.dumps(result.summary, indent=1, ensure_ascii=False))
        return
    tell_result(result)


def _versions(given: int | None, case: Case) -> int:
    return case.worlds if given is None else given


@app.command()
def remake(
    record: Annotated[Path, typer.Argument(help="the record.json of a result, or its folder")],
    case: Annotated[
        str | None, typer.Option(help="the case, where neither a copy beside the record nor a shipped one is it")
    ] = None,
    folder: Annotated[Path | None, typer.Option("--out", help="keep what is made there [default: nowhere]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print what was found as JSON")] = False,
) -> None:
    """Make a result again from its record alone, and say whether it is the same, and if not, what differs."""
    from obrok.outward.remake import remake as made_again

    with Telling(as_json) as tell:
        done = made_again(record, case, folder, tell)
    if folder is None:
        shutil.rmtree(done.folder, ignore_errors=True)
    print(json.dumps(done.as_json(), indent=1, ensure_ascii=False) if as_json else done.text())
    raise typer.Exit(0 if done.same else 1)


@app.command()
def explain(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")] = "chita-2015",
    answer: Annotated[list[str] | None, typer.Option(help="only this answer; may be repeated")] = None,
    worlds: Worlds = None,
    seed: Annotated[int, typer.Option(help="as in the run")] = 1,
    folder: Annotated[Path | None, typer.Option("--out", help="folder of the results [default: out/CASE]")] = None,
    threads: Annotated[int, typer.Option(help="0: as many as there are")] = 0,
    fix: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as in the run; may be repeated")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print explain.json")] = False,
) -> None:
    """How sure the answers are, and by what: luck, assumptions, hedges, claims; what to find out next. Runs what is not
    yet run."""
    from obrok.case.case import load
    from obrok.outward.explained import as_text
    from obrok.outward.options import Options, fixes
    from obrok.outward.study import run_case

    loaded = load(case)
    options = Options(_versions(worlds, loaded), seed, threads, (), fixes(fix or []))
    with Telling(as_json) as tell:
        result = run_case(loaded, options, folder or Path("out") / loaded.id, False, tell)
    told = result.explained
    known = [a["id"] for a in told["answers"]]
    if wrong := [
        Problem("--answer", 0, f"no account of `{a}`", f"there are: {', '.join(dict.fromkeys(known))}.")
        for a in answer or []
        if a not in known
    ]:
        raise ProblemsFound(wrong)
    print(json.dumps(told, indent=1, ensure_ascii=False) if as_json else as_text(loaded, told, answer or ()))


@app.command()
def validate(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")] = "chita-2015",
    worlds: Worlds = None,
    seed: Annotated[int, typer.Option(help="as in the run")] = 1,
    folder: Annotated[Path | None, typer.Option("--out", help="folder of the results [default: out/CASE]")] = None,
    threads: Annotated[int, typer.Option(help="0: as many as there are")] = 0,
    force: Annotated[bool, typer.Option(help="overwrite results of another run")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print validate.json")] = False,
) -> None:
    """Foretells the observations that are held back, and scores each. Runs what is not yet run."""
    from obrok.case.case import load
    from obrok.outward import validate as validating
    from obrok.outward.options import Options

    loaded = load(case)
    with Telling(as_json) as tell:
        target = folder or Path("out") / loaded.id
        done = validating.validate(loaded, Options(_versions(worlds, loaded), seed, threads), target, force, tell)
    print(json.dumps(done.summary, indent=1, ensure_ascii=False) if as_json else validating.as_text(done))


@app.command()
def trace(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")] = "chita-2015",
    world: Annotated[int, typer.Option(min=0, help="the number of the version to look into")] = 0,
    person: Annotated[
        str | None, typer.Option(help="POST, or POST.TERM.FILL for a later holder [default: one whose life differs]")
    ] = None,
    seed: Annotated[int, typer.Option(help="the seed of the run")] = 1,
    policy: Annotated[list[str] | None, typer.Option(help="only this policy; may be repeated")] = None,
    fix: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as in the run; may be repeated")] = None,
    no_weigh: Annotated[bool, typer.Option("--no-weigh", help="as in the run")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print it as JSON")] = False,
) -> None:
    """One simulated life under each policy, with rule and claims behind each event, and where policies part first."""
    from obrok.case.case import load
    from obrok.outward import lives
    from obrok.outward.options import Options, fixes
    from obrok.outward.study import planned

    loaded = load(case)
    given = (tuple(policy or ()), fixes(fix or []), not no_weigh)
    options = Options(world + 1, seed, 0, *given)
    who = lives.read_person(loaded, person) if person is not None else None
    plan, _ = planned(loaded, options)
    seen, policies = lives.look_into(plan, world), plan.policies
    who = who or lives.someone(seen, policies)
    found = lives.find_life(seen, policies, who)
    if as_json:
        print(json.dumps(lives.as_json(seen, policies, who, found), indent=1, ensure_ascii=False))
    else:
        print(lives.as_text(seen, policies, who, found))


@app.command()
def check(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")],
    documents_required: Annotated[
        bool, typer.Option(help="a document that is not on this machine is an error")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print what was found as JSON")] = False,
) -> None:
    """Every error at once, each with file:line, what is wrong, how to mend it."""
    from obrok.case.case import load
    from obrok.outward.editing.intake import notes
    from obrok.worlds import record
    from obrok.worlds.cost import refuse_too_much

    loaded = None
    try:
        loaded = load(case, documents_required)
        refuse_too_much(loaded, loaded.worlds)
        problems = [p for p in loaded.notes if isinstance(p, Problem)] + notes(loaded)
        anchors = loaded.anchors
    except ProblemsFound as found:
        problems, anchors = found.problems, None
    errors = sum(not p.warning for p in problems)
    if as_json:
        state = None
        if anchors:
            state = {k: getattr(anchors, k) for k in ("checked", "not_checked", "wrong", "no_text")}
        held = record.held_back(loaded) if loaded else None
        told = {"problems": [p.__dict__ for p in problems], "anchors": state, "held_back": held}
        print(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        _say(problems)
        if anchors and loaded:
            print(anchors.told())
            c = loaded
            print(
                f"{c.id}: {len(c.evidence.claims)} claims, {len(c.priors)} parameters, {len(c.policies)} policies: {_wrong(errors)} wrong."
            )
            if held := record.held_back(c):
                print(record.held_back_text(held))
        else:
            print(f"\n{errors} problem{'s' * (errors != 1)} found.")
    raise typer.Exit(1 if errors else 0)


def _wrong(errors: int) -> str:
    return f"{errors} thing{'s' * (errors != 1)}" if errors else "nothing"


@app.command()
def verify(
    folder: Annotated[Path, typer.Option("--out", help="folder for the page and the data")] = Path("out/verify"),
    worlds: Annotated[int, typer.Option(min=50, help="worlds of each comparison")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="same seed, same verdicts")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="print verify.json")] = False,
) -> None:
    """Puts the engine before its judges: verdicts, and a page with a picture beside each."""
    from obrok.verify.verdicts import verify as judged

    with Telling(as_json) as tell:
        report = judged(worlds, seed, os.cpu_count() or 1, tell)
    _judged(report, folder, as_json, "engine")


@app.command()
def words(
    case: Annotated[str | None, typer.Option(help="with the rows of this case's own: a folder, or its name")] = None,
    folder: Annotated[Path, typer.Option("--out", help="folder for the page")] = Path("out/words"),
) -> None:
    """What hedges are taken to say about numbers, and numbers about hedges: a page with a picture of each word."""
    from obrok.case.case import load
    from obrok.outward.words_page import write_page
    from obrok.quantities import words as shipped

    loaded = load(case) if case else None
    page = write_page(loaded.words if loaded else shipped(), folder, loaded.title if loaded else None)
    print(f"pictures: {page}")


@app.command()
def calibrate(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")] = "chita-2015",
    bank: Annotated[int, typer.Option(help="prior worlds that are weighed again and again")] = 100_000,
    truths: Annotated[int, typer.Option(help="further prior worlds of which reports are spoken")] = 1_000,
    repeats: Annotated[
        int, typer.Option(help="repetitions, with other truths, that tell how surely mistakes are caught")
    ] = 30,
    seed: Annotated[int, typer.Option(help="same seed, same verdicts")] = 1,
    folder: Annotated[
        Path | None, typer.Option("--out", help="folder for the page and the data [default: out/calibration-CASE]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print calibration.json")] = False,
) -> None:
    """Does the weighing find again what reports were spoken of? Ranks, coverage, and mistakes that must be caught."""
    from obrok.case.case import load
    from obrok.verify.calibrate import Size
    from obrok.verify.calibrate import calibrate as calibrated

    loaded = load(case)
    with Telling(as_json) as tell:
        report = calibrated(loaded, Size(bank, truths, repeats), seed, os.cpu_count() or 1, tell)
    _judged(report, folder or Path("out") / f"calibration-{loaded.id}", as_json, "weighing")


def _judged(report, folder: Path, as_json: bool, what: str) -> None:
    """Verdicts on the screen, the page and the data in the folder; exit code 1 where one failed."""
    page = report.write(folder)
    if as_json:
        print(json.dumps(report.as_data(), indent=1, ensure_ascii=False))
    else:
        for v in report.verdicts:
            print(f"{v.word:<9}  {v.measure:<11}  {v.title}")
        for v in report.failed:
            print(f"\n{v.id}: {v.says}.")
        print(f"\n{report.headline} A right {what} fails here once in {1 / report.false_alarm:,.0f} runs at most.")
        print(f"pictures: {page}")
    raise typer.Exit(1 if report.failed else 0)


@app.command()
def serve(
    case: Annotated[str, typer.Argument(help="a case folder, or the name of a shipped case")] = "chita-2015",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free")] = 8765,
    host: Annotated[
        str, typer.Option(help="the address to listen on; any but a loopback one lets other machines in, unencrypted")
    ] = "127.0.0.1",
    worlds: Worlds = None,
    seed: Annotated[int, typer.Option(help="of the run, where there is no result yet")] = 1,
    folder: Annotated[Path | None, typer.Option("--out", help="folder of the results [default: out/CASE]")] = None,
    view: Annotated[
        str | None, typer.Option(help="open at this view: the part of a link after #, or an old link, whole")
    ] = None,
) -> None:
    """Open the dashboard: look at a case, ask what if, read its evidence. On this machine only."""
    from obrok.case.case import load
    from obrok.outward.options import Options
    from obrok.outward.sound import refuse_unsound
    from obrok.worlds.cost import refuse_too_much

    try:
        from obrok.outward.serve.server import serve as serving
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("fastapi", "uvicorn", "starlette"):
            raise
        mend = "install it: pip install 'obrok[dashboard]'."
        raise ProblemsFound([Problem("obrok serve", 0, f"the dashboard needs {error.name}", mend)]) from error
    loaded = load(case)
    options = Options(_versions(worlds, loaded), seed)
    refuse_too_much(loaded, options.worlds)
    refuse_unsound(folder or Path("out") / loaded.id, loaded)
    serving(loaded, options, folder or Path("out") / loaded.id, host, port, view)


STOPPED = 130


def _stopped() -> None:
    print("\nstopped; finished batches are kept, and the same command goes on from there.", file=sys.stderr)


def main() -> None:
    """The command line; every foreseen error is words, not a traceback."""
    with showing():
        _main()


def _main() -> None:
    try:
        code = app(standalone_mode=False)
        if code == STOPPED:
            _stopped()
        sys.exit(code if isinstance(code, int) else 0)
    except ProblemsFound as found:
        _say(found.problems)
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        _stopped()
        sys.exit(STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        print(f"{error.filename or 'a file'}: {error.strerror}. Nothing finished was lost.", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # usage errors of the command line
            print(f"{error.format_message()}\nTry `obrok --help`.", file=sys.stderr)
            sys.exit(2)
        from obrok.outward.study import Refused

        if isinstance(error, Refused):
            print(error, file=sys.stderr)
            sys.exit(2)
        raise
