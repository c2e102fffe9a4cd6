"""Runs the notebooks and keeps them with what they print: `make notebooks` (python -m tests.notebooks)."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from unittest import mock

import nbformat
from nbclient import NotebookClient

from tests.conftest import ROOT

FOLDER = ROOT / "notebooks"
NAMES = ("monitor", "journalist", "social-scientist", "developer")
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
#: what a notebook keeps of an output besides words
PICTURE = "image/png"
#: seconds a cell may take
PATIENCE = 300


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.ipynb"


def execute(name: str, folder: Path) -> nbformat.NotebookNode:
    """A notebook, run from its first cell in a folder, by a kernel of this Python that leaves nothing of itself behind.
    Raises `nbclient.exceptions.CellExecutionError`."""
    made = nbformat.read(path_of(name), as_version=4)
    with tempfile.TemporaryDirectory(prefix="kernel-") as home:  # a short path: sockets have room for no other
        own = {f"JUPYTER_{what}_DIR": home for what in ("DATA", "RUNTIME", "CONFIG")}
        own |= {"IPYTHONDIR": home, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
        with mock.patch.dict(os.environ, own):
            client = NotebookClient(
                made, timeout=PATIENCE, kernel_name="python3", resources={"metadata": {"path": folder}}
            )
            manager = client.create_kernel_manager()
            manager.transport, manager.ip = "ipc", f"{home}/kernel"  # no port, which other users could reach
            client.execute()
    return cleaned(made)


def cleaned(made: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without what differs from run to run: times, kernels, identities; words and pictures of each output stay."""
    made.metadata = nbformat.from_dict(KERNEL)
    for number, cell in enumerate(made.cells, 1):
        cell.id, cell.metadata = f"cell-{number:02}", nbformat.from_dict({})
        if cell.cell_type != "code":
            continue
        cell.execution_count = None
        kept = []
        for out in cell.outputs:
            if "execution_count" in out:
                out.execution_count = None
            if "data" in out:
                out.metadata = nbformat.from_dict({})
                out.data = nbformat.from_dict({k: v for k, v in out.data.items() if k in ("text/plain", PICTURE)})
                if PICTURE in out.data:
                    out.data["text/plain"] = "a picture"
            if out.output_type == "stream" and kept and kept[-1].output_type == "stream" and kept[-1].name == out.name:
                kept[-1].text += out.text  # how a stream falls into pieces is chance
            else:
                kept.append(out)
        cell.outputs = kept
    return made


def said(made: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Each code cell and what it prints."""
    return [(cell.source, words_of(cell)) for cell in made.cells if cell.cell_type == "code"]


def words_of(cell: nbformat.NotebookNode) -> str:
    parts = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell.outputs]
    return re.sub(r"[ \t]+$", "", "\n".join(parts), flags=re.M).strip()


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            made = execute(name, Path(folder))
        nbformat.write(made, path_of(name))
        print(f"notebooks/{name}.ipynb: {path_of(name).stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
