"""What the user types to measure: obrok beside other ways to run the same model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from obrok.outward.terminal import Telling, out
from obrok.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from obrok.bench.measure import Bench

benching = typer.Typer()


@benching.command()
def bench(
    part: Annotated[
        list[str] | None,
        typer.Option(help="agree, ensemble, policy, large, threads, memory, world; may be repeated [default: all]"),
    ] = None,
    passes: Annotated[int, typer.Option(min=1, help="how often each program is run")] = 5,
    program: Annotated[
        list[str] | None, typer.Option(help="beside obrok only this program; may be repeated [default: all there are]")
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="of every program; 0: as many as there are")] = 0,
    folder: Annotated[Path, typer.Option("--out", help="folder for bench.json")] = Path("out"),
) -> None:  # fmt: skip
    """How fast the engine is beside other programs that run the same model; first of all, whether their counts agree."""
    from obrok.bench.measure import PARTS, Bench
    from obrok.bench.measure import bench as measure
    from obrok.bench.programs import OTHERS, cores
    from obrok.outward.charts_bench import draw_bench

    known = [p.id for p in OTHERS]
    wrong = [_unknown("--part", x, list(PARTS)) for x in part or [] if x not in PARTS]
    wrong += [_unknown("--program", x, known) for x in program or [] if x not in known]
    if wrong:
        raise ProblemsFound(wrong)
    done, path = Bench(threads or cores()), folder / "bench.json"
    try:
        with Telling(False, "several minutes; Ctrl-C writes what is finished") as tell:
            measure(tuple(part or PARTS), passes, tuple(program or ()), threads, tell, done, folder)
    finally:
        done.write(path)
        tell_bench(done)
        picture = folder / "bench.svg"
        out.print(f"data: {path}" + (f"; picture: {picture}" if draw_bench(done.as_data(), picture) else ""))
    if done.agreed and not done.as_data()["counts_agree"]["agree"]:
        raise typer.Exit(1)


def _unknown(option: str, given: str, known: list[str]) -> Problem:
    return Problem(option, 0, f"`{given}` is not known", f"there are: {', '.join(known)}.")


def tell_bench(done: Bench) -> None:
    """The table, and what was not run and why."""
    from rich.table import Table

    from obrok.bench.programs import OBROK, OTHERS

    data = done.as_data()
    table = Table(title=f"person-days a second, {done.threads} threads or processes each")
    for name in ("program", "worlds", "four policies", "one policy", "times slower", "counts"):
        table.add_column(name, justify="left" if name == "program" else "right")
    seen = {name: told or {} for name, told in data["programs"].items() if told or name in done.agreed}
    for name, told in seen.items():
        ratio = done.ratios("ensemble", "obrok", name) if name != "obrok" else []
        judged = done.agreed.get(name)
        agrees = "" if judged is None else "agree" if all(x["agree"] for x in judged.values()) else "DIFFER"
        table.add_row(
            name, f"{told.get('worlds', '')}", _figure(told.get("ensemble_rate")), _figure(told.get("policy_rate")),
            _range(ratio), agrees,
        )  # fmt: skip
    out.print(table)
    for p in (OBROK, *OTHERS):
        if p.id in seen:
            out.print(f"{p.id}: {p.says}{f' {p.version}' if p.version else ''}.")
    for key, unit in (
        ("large_rate", "person-days/s in large cities"),
        ("large_rate_drawn_before", "person-days/s in large cities, people drawn before"),
        ("thread_speedup", "times as fast on all threads"),
        ("bytes_per_person", "bytes a person"), ("world_seconds", "s for the world, ten years"),
        ("world_memory", "bytes of memory at most"), ("world_disk", "bytes of its days on disk"),
    ):  # fmt: skip
        if data[key]:
            out.print(f"{key}: {_figure(data[key])} {unit}")
    for name, why in done.skipped.items():
        out.print(f"{name}: not run, {why}.")


def _figure(told: dict | None) -> str:
    return f"{told['median']:,.3g} ({told['low']:,.3g} to {told['high']:,.3g})" if told else ""


def _range(values: list[float]) -> str:
    from dataclasses import asdict

    from obrok.bench.measure import measured

    return _figure(asdict(measured(values))) if values else ""
