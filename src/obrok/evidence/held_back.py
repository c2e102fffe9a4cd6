"""Claims held back: observations that weigh nothing and are kept to score predictions."""

from __future__ import annotations

from obrok.evidence.claims import Claim
from obrok.problems import Node, Reader
from obrok.quantities import Words

#: keys that an observation to be scored cannot have → why
NOT_HELD_BACK = {
    "confirms": "what is held back bears nothing out: it would weigh",
    "reading": "the table of words says how it is reported",
    "of": "an observation is counted by its own `about` and `where`",
    "readings": "an observation is scored in one reading: keep `where`",
}
#: unit → a figure to be written over; people: 3
FIGURES = {"share": "0.5", "USD": "1000", "1": "1.5"}


def refuse_keys(reader: Reader, item: Node, informs: str | None) -> None:
    for key, why in NOT_HELD_BACK.items():
        if informs == "held_back" and key in item:
            what = f"`{key}` in a claim that is held back: {why}"
            reader.report(item[key], what, "take it out:", item.without(key))


def numbered(canonical: str, table: Words) -> list[str]:
    """Words that stand for a number of this unit, so that they can be scored."""
    if canonical == "people":
        return [*table.rows["counts"], *table.rows["further_counts"]]
    return [*table.further_shares, *table.chances, *table.ranks] if canonical == "share" else []


def check_names_a_number(reader: Reader, claim: Claim, canonical: str, table: Words) -> None:
    """What is scored is a figure, or a word that stands for one: a remark names no number."""
    node = claim.node.get("hedge")
    known = numbered(canonical, table)
    if claim.value is not None or node is None or claim.hedge in known:
        return
    what = f"`{claim.hedge}` names no number: what is held back is scored by one"
    if known:
        reader.report(node, what, f"known here: {', '.join(known)}. Perhaps:", node.replaced(known[0]))
    else:
        at = node.key if node.key and node.key[0] == node.line == node.end_line else None
        mended = at and node.source.edited(node.line, at[1], node.end, f"value: {FIGURES.get(canonical, '3')}")
        reader.report(node, what, "write the figure:", mended)
