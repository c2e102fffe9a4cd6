"""What the user types to put a result on paper: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from obrok.problems import Problem, ProblemsFound

reporting = typer.Typer()


@reporting.command()
def report(
    what: Annotated[str, typer.Argument(metavar="CASE|FOLDER", help="a case, or a folder of results")] = "chita-2015",
    pdf: Annotated[Path | None, typer.Option(help="the file to write [default: CASE-report.pdf]")] = None,
    force: Annotated[bool, typer.Option(help="overwrite the file")] = False,
) -> None:
    """The report of a finished result as a PDF: the same page, on paper. Runs nothing."""
    from obrok.outward.folder import RECORD
    from obrok.outward.pdf import write

    folder = Path(what) if (Path(what) / RECORD).is_file() else _result_of(what)
    print(f"report: {write(folder, pdf or Path(f'{folder.resolve().name}-report.pdf'), force)}")


def _result_of(what: str) -> Path:
    """The folder of a case's finished result. Raises ProblemsFound where there is none of the case as it is now."""
    from obrok.case.case import load
    from obrok.outward.study import finished

    case = load(what)
    folder = Path("out") / case.id
    if finished(case, folder) is None:
        mend = f"make it first: obrok run {what}; or name the folder of another result."
        raise ProblemsFound([Problem(str(folder), 0, "there is no finished result of this case as it is now", mend)])
    return folder
