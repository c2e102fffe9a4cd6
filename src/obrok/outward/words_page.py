"""One page with a picture of each word: `obrok words`."""

from __future__ import annotations

from pathlib import Path

from obrok.outward import pages
from obrok.outward.word_charts import curves, overview
from obrok.outward.word_list import HEADINGS, listed
from obrok.quantities import Words
from obrok.release import version
from obrok.words import GROUPS
from obrok.worlds.record import code_sha256
from obrok.worlds.store import write_text


def write_page(table: Words, folder: Path, title: str | None = None) -> Path:
    """words.html in the folder; returns it. `title`: of the case whose table it is (None: the shipped table)."""
    groups = []
    for group, heading in HEADINGS.items():
        rows = [(told, curves(table, told)) for told in listed(table, group)]
        groups.append((group, heading, GROUPS[group], overview(table, group), rows))
    page = (
        pages.environment()
        .get_template("words.html")
        .render(groups=groups, title=title, own=table.own(), version=version(), code=code_sha256())
    )
    write_text(folder / "words.html", page)
    return folder / "words.html"
