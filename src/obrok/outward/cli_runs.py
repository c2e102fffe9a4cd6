"""`obrok runs`: the runs that are there; one in words, two side by side, tags, removal."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from obrok.problems import Problem, ProblemsFound


class Listing(TyperGroup):
    """Lists where no command is named: `obrok runs`, `obrok runs ROOT --state damaged`."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        helps = ("--help",)
        if not args or (args[0] not in self.commands and args[0] not in helps):
            args = ["list", *args]
        return super().parse_args(ctx, args)


listing = typer.Typer(
    cls=Listing, no_args_is_help=False, help="List runs; show, compare, tag, remove them. Without a command: list."
)
RUN = Annotated[str, typer.Argument(help="the beginning of an id, a folder below the root, or a path or address")]
ROOT = Annotated[str, typer.Option("--root", help="where runs lie: a folder, or an address as s3://bucket/folder")]
JSON = Annotated[bool, typer.Option("--json", help="print it as JSON")]


def _print_json(value: object) -> None:
    """JSON in which what steers a terminal is escaped."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    print(
        re.sub(
            "[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
            lambda m: f"\\u{ord(m[0]):04x}",
            text,
        )
    )


def _console():
    from rich.console import Console

    return Console(highlight=False)


@listing.command("list")
def list_runs(
    root: Annotated[str, typer.Argument(help="a folder, or an address as s3://bucket/folder")] = "out",
    case: Annotated[str | None, typer.Option(help="only runs of this case")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="only runs with this tag; may be repeated")] = None,
    state: Annotated[
        str | None,
        typer.Option(help="only runs that are: finished, running, broken off, damaged, another version, half removed"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="read every file and compare its digest with the record")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Every run and sweep below a folder, or at an address, with its state."""
    from obrok.outward.runs.catalogue import is_address, runs, short_ids
    from obrok.outward.runs.run import DAMAGED, STATES
    from obrok.worlds.places import place, shown

    if state is not None and state not in STATES:
        raise ProblemsFound(
            [Problem("--state", 0, f"there is no state {state[:40]!a}", f"there are: {', '.join(STATES)}.")]
        )
    if not is_address(root) and not Path(root).exists() and root != "out":
        raise ProblemsFound([Problem(shown(root), 0, "there is no such folder", "name the folder that holds runs.")])
    here = place(root)
    found = runs(here)
    short = short_ids(found)
    if check:
        found = [_checked(here, r) for r in found]
    chosen = [
        r for r in found if (case in (None, r.case)) and (state in (None, r.state)) and set(tag or ()) <= set(r.tags)
    ]
    if as_json:
        _print_json([asdict(r) for r in chosen])
    elif not found:
        print(f"no run in {shown(root)}: obrok run makes one.")
    else:
        from obrok.outward.runs.shown import table

        if chosen:
            _console().print(table(chosen, short))
        left = len(found) - len(chosen)
        print(f"{len(chosen):,} shown{f', {left:,} left out' if left else ''}.")
    raise typer.Exit(1 if check and any(r.state == DAMAGED for r in chosen) else 0)


def _checked(place, run):
    """The run, damaged where a byte of its files is not as its record says."""
    from obrok.outward.runs.run import DAMAGED, changed_files

    wrong = changed_files(place, run) if run.is_made else ""
    return replace(run, state=DAMAGED, why=wrong) if wrong else run


@listing.command()
def show(run: RUN, root: ROOT = "out", as_json: JSON = False) -> None:
    """One run: its record in words, every file checked, its leading answers."""
    from obrok.outward.runs.catalogue import find_run
    from obrok.outward.runs.compared import side
    from obrok.outward.runs.record import plain
    from obrok.outward.runs.run import RUNNING
    from obrok.outward.runs.shown import leading, table, told

    here, found = find_run(run, root)
    found = _checked(here, found)
    if not found.has_answers:
        if as_json:
            _print_json({"run": asdict(found)})
        else:
            _console().print(table([found], {found.id: found.id[:12]}))
        raise typer.Exit(0 if found.is_made or found.state == RUNNING else 1)
    both = side(here, found)
    answers = leading(found, both.summary)
    if as_json:
        three = ("p05", "p50", "p95")
        rows = [
            {"id": k[0], "policy": k[1], "unit": f.unit, **dict(zip(three, f.quantiles, strict=True)), "text": f.text}
            for k, f in answers
        ]
        _print_json({"run": asdict(found), "record": both.record, "answers": rows})
        return
    from rich.text import Text

    out = _console()
    first, *rest = told(found, both.record, both.summary)
    out.print(Text(first, style="bold"))
    out.print(Text("\n".join([f"{plain(found.name)}, {found.id[:12]}", *rest])))
    out.print("\nAn estimate from a model, not a count. Nobody simulated is a real person.\n")
    for _, figure in answers:
        out.print(Text(f"• {plain(figure.text)[:2000]}"))


@listing.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="a run, as in `show`")],
    second: Annotated[str, typer.Argument(metavar="B", help="another")],
    root: ROOT = "out",
    answer: Annotated[list[str] | None, typer.Option(help="only this answer; may be repeated")] = None,
    policy: Annotated[list[str] | None, typer.Option(help="only answers under this policy; may be repeated")] = None,
    most: Annotated[int, typer.Option(min=1, help="how many answers to show")] = 20,
    target: Annotated[Path | None, typer.Option("--out", help="write a picture (.svg) or a page (.html)")] = None,
    as_json: JSON = False,
) -> None:
    """Two runs: what differs in how they were made, then each answer side by side, and whether it differs beyond chance."""
    from obrok.outward.runs.catalogue import find_run
    from obrok.outward.runs.compared import pairs, side

    if target is not None and target.suffix not in (".svg", ".html"):
        raise ProblemsFound(
            [Problem("--out", 0, f"{target.name} is neither", "name a file that ends in .svg or .html.")]
        )
    a, b = (side(*find_run(word, root)) for word in (first, second))
    found = pairs(a, b, answer or (), policy or ())
    if target is not None:
        from obrok.outward.runs.charts import drawn, page
        from obrok.worlds.store import write_text

        write_text(target, page(a, b, found) if target.suffix == ".html" else drawn(a, b, found).wide)
    if as_json:
        _print_json(_as_json(a, b, found))
        return
    from rich.text import Text

    from obrok.outward.runs.compared import factual_of
    from obrok.outward.runs.shown import chance_text, compared_table, head, how_made_told

    out = _console()
    out.print(Text(f"{head('A', a)}\n{head('B', b)}"))
    out.print(Text("\nWhat differs in how they were made", style="bold"))
    out.print(Text("\n".join(f"• {x}" for x in how_made_told(a, b))))
    out.print(Text("\nWhat differs in what they answer", style="bold"))
    out.print(Text("\n".join(chance_text(a, b, found)) + "\n"))
    out.print(compared_table(a, found[:most], factual_of(a.summary, a.run)))
    if len(found) > most:
        print(f"{len(found) - most:,} more, which differ less: --most shows them.")
    if target is not None:
        print(f"{target}: written.")


def _as_json(a, b, found) -> dict[str, Any]:
    from obrok.outward.runs.compared import FALSE_ALARM, QUANTILES
    from obrok.outward.runs.shown import how_made

    def three(figure) -> dict:
        return dict(zip(QUANTILES, figure.quantiles, strict=True))

    rows = [
        {"id": p.key[0], "policy": p.key[1], "versus": p.key[2], "unit": p.a.unit, "a": three(p.a), "b": three(p.b),
         "beyond_chance": p.beyond, "shift": round(p.shift, 4)}
        for p in found
    ]  # fmt: skip
    return {
        "a": asdict(a.run),
        "b": asdict(b.run),
        "differences": how_made(a, b),
        "false_alarm": FALSE_ALARM,
        "answers": rows,
    }


@listing.command("tag")
def tag_run(
    run: RUN,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="tags to give it")] = None,
    without: Annotated[list[str] | None, typer.Option(help="a tag to take away; may be repeated")] = None,
    root: ROOT = "out",
) -> None:
    """Give a run words of your own, kept in its folder beside the record; without any, tell those it has."""
    from obrok.outward.runs.catalogue import find_run
    from obrok.outward.runs.changes import tag
    from obrok.outward.runs.record import plain

    here, found = find_run(run, root)
    kept = tag(here, found, words or (), without or ()) if words or without else found.tags
    print(f"{plain(found.name)}: {', '.join(kept) or 'no tags'}.")


@listing.command("remove")
def remove_runs(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="runs, as in `show`")],
    root: ROOT = "out",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Remove what obrok wrote of a run; what others put there stays. Broken off, the same command finishes it."""
    from obrok.outward.runs.catalogue import find_run
    from obrok.outward.runs.changes import remove
    from obrok.outward.runs.record import plain

    if wrong := [
        Problem(plain(w), 0, "this is a link", "name the folder itself.") for w in runs if Path(w).is_symlink()
    ]:
        raise ProblemsFound(wrong)
    found = [find_run(word, root) for word in runs]
    if not yes:
        _ask([plain(f"{r.name}: {r.case}, {r.state}") for _, r in found])
    for here, run in found:
        done = remove(here, run)
        print(f"{plain(run.name)}: {done.files:,} files removed.")
        for name in done.left[:20]:
            print(f"    left, for obrok did not write it: {plain(name)}")
        if len(done.left) > 20:
            print(f"    and {len(done.left) - 20:,} more.")
        elif not done.left and not done.gone:
            print("    its folder stays: something else is in it.")


def _ask(lines: list[str]) -> None:
    if not sys.stdin.isatty():
        raise ProblemsFound([Problem("runs remove", 0, "nobody can be asked here", "give --yes.")])
    for line in lines:
        print(line)
    many = "it" if len(lines) == 1 else f"these {len(lines)}"
    if not typer.confirm(f"Remove {many}?"):
        print("nothing was removed.")
        raise typer.Exit(1)
