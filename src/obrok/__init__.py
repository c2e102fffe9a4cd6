"""obrok: from hedged reports on state-run labour abroad to estimates that can be defended line by line."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from obrok.case.case import Case
    from obrok.outward.study import Result

__all__ = ["Study", "anchors", "load", "results", "runs", "tables", "tree"]


def _kernel_cache() -> None:
    """Names the folder of compiled kernels by a digest of what they are compiled from.

    Numba's own check looks at one file of a kernel only: after an edit of a rule in another it would answer as before.
    """
    from importlib import metadata

    here = Path(__file__).parent
    parts = [metadata.version("numba"), metadata.version("numpy"), platform.python_version(), _processor()]
    for path in sorted([here / "luck.py", *(here / "engine").glob("*.py")]):
        parts.append(path.name + hashlib.sha256(path.read_bytes()).hexdigest())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given and Path(given).name.startswith("kernels-"):  # a child process: its parent may have had other code
        given = str(Path(given).parent)
    home = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "obrok"
    os.environ["NUMBA_CACHE_DIR"] = str(home / f"kernels-{digest}")
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


def _processor() -> str:
    """Model and instruction sets of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return "".join(next((x for x in lines if x.startswith(k)), "") for k in ("model name", "flags"))
    except OSError:
        return platform.processor() + platform.machine()


_kernel_cache()


class Study:
    """A checked case, ready to run."""

    def __init__(self, case: Case):
        self.case = case

    def run(self, worlds: int | None = None, seed: int = 1, out: str | Path | None = None, **options) -> Result:
        """Simulates, weighs and answers; options as in `obrok.outward.options.Options`.

        `worlds`: versions to imagine (None: as the case says). `out`: a folder for the results, or an address
        (None: a temporary folder).
        Bad options raise `obrok.problems.ProblemsFound`.
        """
        from obrok.outward.options import Options
        from obrok.outward.study import run_case

        force = options.pop("force", False)
        progress = options.pop("progress", None)
        given = Options(worlds=self.case.worlds if worlds is None else worlds, seed=seed, **options)
        return run_case(self.case, given, out, force, progress)

    def __repr__(self) -> str:
        return f"<Study {self.case.id}: {self.case.title}>"


def load(case: str | Path = "chita-2015") -> Study:
    """A case folder or the name of a shipped case, checked. Raises `obrok.problems.ProblemsFound` with all that is wrong."""
    from obrok.case.case import load as load_case

    return Study(load_case(case))


def results(folder: str | Path, days: bool = True) -> xr.Dataset:
    """A result folder as labelled arrays, with or without the days of the resample; see `obrok.outward.results`."""
    from obrok.outward.results import results as read

    return read(folder, days)


def runs(root: str | Path = "out") -> pd.DataFrame:
    """Runs and sweeps below a folder or an address as a table; see `obrok.outward.runs.catalogue`. Raises ProblemsFound."""
    from obrok.outward.runs.catalogue import frame

    return frame(root)


def tree(folder: str | Path) -> xr.DataTree:
    """A result folder as ArviZ holds inference data; see `obrok.outward.exports`."""
    from obrok.outward.exports import tree as read

    return read(folder)


def tables(folder: str | Path) -> dict[str, pd.DataFrame]:
    """A result folder as tidy tables; see `obrok.outward.exports`."""
    from obrok.outward.exports import tables as read

    return read(folder)


def anchors(file: str | Path, words: str) -> list[str]:
    """Every place of some words in a text, web page or PDF, as the `anchor:` line of a claim. Raises ProblemsFound."""
    from obrok.evidence.anchors import Anchor
    from obrok.outward.editing.intake import read_one

    return [a.as_yaml() for a in Anchor.find(read_one(Path(file)).text, words)]
