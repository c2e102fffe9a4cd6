"""What the user types to run many cases at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from obrok.outward.terminal import Telling
from obrok.problems import Problem, ProblemsFound, Reader

if TYPE_CHECKING:
    from obrok.outward.sweep.sweep import Plan, Workers

sweeping = typer.Typer()


@sweeping.command()
def sweep(
    cases: Annotated[list[str], typer.Argument(help="case folders, or names of shipped cases")],
    vary: Annotated[
        list[str] | None,
        typer.Option(help="NAME=a,b,c, NAME=low..high, or NAME: as far as the case assumes; may be repeated"),
    ] = None,
    design: Annotated[
        str, typer.Option(help="grid (all combinations), latin or sobol (spread evenly), or a CSV file: a row a run")
    ] = "grid",
    levels: Annotated[int, typer.Option(min=2, max=1000, help="of a grid, between low and high")] = 5,
    points: Annotated[int, typer.Option(min=1, max=1_000_000, help="of a latin or sobol design")] = 64,
    seeds: Annotated[str, typer.Option(help="1, or 1,2,5, or 1..20")] = "1",
    fix: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, the same in every run; may be repeated")] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="only this policy (and what was reported); may be repeated")
    ] = None,
    worlds: Annotated[int, typer.Option(help="versions to imagine in each run")] = 8_000,
    no_weigh: Annotated[bool, typer.Option("--no-weigh", help="leave the outcome claims out")] = False,
    folder: Annotated[
        str | None, typer.Option("--out", help="folder, or an address as s3://… [default: out/sweep-CASE]")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, max=512, help="processes on this machine [0: as many as cores]; 1: this one alone")
    ] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(help="a Dask cluster, by its address (tls://host:8786) or scheduler file, in place of --workers"),
    ] = None,
    ca: Annotated[Path | None, typer.Option("--tls-ca", help="certificate authority of the cluster")] = None,
    cert: Annotated[Path | None, typer.Option("--tls-cert", help="certificate of this client")] = None,
    key: Annotated[Path | None, typer.Option("--tls-key", help="key of this client")] = None,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="speak to a cluster elsewhere without encryption (tcp://)")
    ] = False,
    plan_only: Annotated[bool, typer.Option("--plan", help="say what would be run, and run nothing")] = False,
    force: Annotated[bool, typer.Option(help="overwrite results of another run")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the record")] = False,
) -> None:
    """Many runs of a design over parameters, seeds, policies and cases, here or on a cluster, as one labelled set."""
    from obrok.outward.sweep.sweep import elsewhere, in_this_process, on_this_machine, run_sweep

    plan = _plan(cases, vary or [], design, levels, points, seeds, fix or [], policy or [], worlds, not no_weigh)
    if plan_only:
        _tell_plan(plan)
        return
    by: Workers = in_this_process if workers == 1 else on_this_machine(workers)
    if scheduler is not None:
        scheduler = _address(scheduler)
        by = elsewhere(scheduler, _security(scheduler, ca, cert, key, unencrypted))
    first = next(iter(plan.cases.values())).id
    with Telling(as_json) as tell:
        done = run_sweep(plan, folder or Path("out") / f"sweep-{first}", force, by, told=_told(tell), progress=tell)
    if as_json:
        print(json.dumps(done.record, indent=1, ensure_ascii=False))
        return
    if done.tally:
        again = f", {done.tally.found:,} of them found on disk" if done.tally.found else ""
        print(f"{done.tally.text()}{again}.")
    for note in done.notes:
        print(f"note: {note}")
    runs = f"{len(plan.points):,} run{'s' * (len(plan.points) != 1)}"
    print(f"{runs}{'' if done.fresh else ', computed before'}: {done.shown}/sweep.html, answers.parquet, answers.csv")


def _told(tell: Any) -> Any:
    return lambda tally: tell("sweeping", tally.done, tally.total, tally.text())


def _plan(
    names: list[str], vary: list[str], design: str, levels: int, points: int, seeds: str, fix: list[str],
    policies: list[str], worlds: int, weigh: bool,
) -> Plan:  # fmt: skip
    """Every wrong option told at once."""
    from obrok.case.case import load
    from obrok.outward.options import fixes, known_in, within
    from obrok.outward.sweep import design as designs
    from obrok.outward.sweep.sweep import Plan

    cases = {case.sha256: case for case in map(load, names)}
    some, reader = list(cases.values()), Reader()
    fixed = fixes(fix)
    for name, value in fixed.items():
        for case in some:
            if known_in(reader, "--fix", case, name):
                within(reader, "--fix", case, name, value)
    chosen = designs.seeds_of(reader, seeds)
    axes = designs.axes_of(reader, some, vary)
    if twice := [a.name for a in axes if a.name in fixed]:
        reader.say("--fix", 0, f"{', '.join(twice)} is both fixed and to vary", "leave one of the two out.")
    if design in designs.DESIGNS or not Path(design).exists():
        found = [] if reader.errors() else designs.points_of(reader, some, axes, chosen, fixed, design, levels, points)
        varies = [a.name for a in axes]
    else:
        found = designs.read_points(reader, Path(design), some, chosen, fixed)
        varies = [n for n in dict.fromkeys(n for p in found for n in p.fix) if len({p.fix.get(n) for p in found}) > 1]
        if axes:
            reader.say("--vary", 0, "the design file says what varies", "leave --vary out.")
    reader.raise_if_any()
    return Plan(cases, found, varies, worlds, tuple(policies), weigh)


def _tell_plan(plan: Plan) -> None:
    from obrok.outward.sweep.sweep import check

    check(plan)
    tasks = [task for chain in plan.chains() for stage in chain for task in stage]
    cases = ", ".join(case.id for case in plan.cases.values())
    print(f"{len(plan.points):,} runs of {cases}, {plan.worlds:,} versions each: {len(tasks):,} tasks.")
    for name in plan.axes:
        values = sorted({p.fix[name] for p in plan.points if name in p.fix})
        shown = ", ".join(f"{x:g}" for x in values[:8]) + (f" … {values[-1]:g}" if len(values) > 8 else "")
        print(f"    {name}: {len(values):,} value{'s' * (len(values) != 1)}: {shown}")


def _address(scheduler: str) -> str:
    """The address of a scheduler, which it may have written into a file."""
    path = Path(scheduler)
    if not path.is_file():
        return scheduler
    from obrok.worlds.store import read_json

    told = (read_json(path) or {}).get("address")
    if not isinstance(told, str):
        mend = "give the file that `dask scheduler --scheduler-file` wrote."
        raise ProblemsFound([Problem(scheduler, 0, "no address of a scheduler is in this file", mend)])
    return told


def _security(address: str, ca: Path | None, cert: Path | None, key: Path | None, unencrypted: bool) -> Any:
    """How to speak to a cluster. Raises `ProblemsFound` where it would be in the open unasked."""
    files = {"tls_ca_file": ca, "tls_client_cert": cert, "tls_client_key": key}
    reader = Reader()
    for path in files.values():
        if path is not None and not path.is_file():
            reader.say(
                str(path), 0, "there is no such file", "give the cluster's certificates, as its admin made them."
            )
    if address.startswith("tls://"):
        if not all(files.values()):
            mend = "give --tls-ca, --tls-cert and --tls-key: Dask clusters know each other by them."
            reader.say("--scheduler", 0, "an encrypted cluster needs three files", mend)
    elif not unencrypted and not _is_loopback(address):
        mend = (
            "use tls://… with its certificates; or, where you trust every machine and user between, say --unencrypted."
        )
        what = "whoever is between here and there could read the case and send the workers commands"
        reader.say("--scheduler", 0, what, mend)
    reader.raise_if_any()
    if not address.startswith("tls://"):
        return None
    from obrok.outward.sweep.drive import library

    return library().Security(require_encryption=True, **{k: str(v) for k, v in files.items()})


def _is_loopback(address: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    try:
        host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
        return ip_address(host).is_loopback
    except ValueError:
        return False
