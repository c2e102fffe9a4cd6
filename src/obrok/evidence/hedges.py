"""The word of a claim, in English or in its document's language → the word by whose row it is read."""

from __future__ import annotations

from collections.abc import Mapping

from obrok.problems import Node, Reader, closest
from obrok.quantities import Words
from obrok.words import base


def read_hedge(
    reader: Reader, f: Mapping[str, Node], unit: str | None, quantity: str | None, table: Words, language: str | None
) -> str | None:
    """The word by whose row a claim's `hedge` is read. `language`: of its document (None: not known, any will do)."""
    node = f.get("hedge")
    if node is None or node.value is None:
        return None
    if isinstance(node.value, str) and (row := table.resolved(node.text, language)):
        return row
    if (spoken := table.language_of(node.text)) and language is not None:
        row = table.resolved(node.text)
        what = f"`{node.text}` is a word of `{spoken}`, and the document is in `{language}`"
        reader.report(node, what, "write the word by which it is read:", node.replaced(row or ""))
        return None
    with_figure = "value" in f and f["value"].value is not None
    fitting = table.fitting(unit or "people", quantity or "", with_figure)
    foreign = table.languages.get(base(language), {}) if language else {}
    known = dict.fromkeys([*fitting, *table.all(), *table.same, *foreign])
    return reader.want_choice(node, known, "hedge", closest(node.text, fitting) or fitting[0])
