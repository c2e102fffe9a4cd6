"""Whether a claim says something about what it speaks of, and whether claims fit together."""

from __future__ import annotations

from itertools import combinations

from obrok.evidence.claims import Claim, Evidence
from obrok.evidence.held_back import check_names_a_number
from obrok.problems import Node, Reader
from obrok.quantities import UNITS, Words, is_for_ranges

#: unit → a figure to be written over; people and ratios: 3
FIGURES = {"share": 0.5, "USD": 1000, "USD/month": 100, "1/day": 0.01, "days": 30}


def check_fitness(reader: Reader, claim: Claim, canonical: str, table: Words) -> None:
    """A claim that informs a quantity: its unit, its figure, its word. `canonical`: the unit of its quantity."""
    if not _unit_fits(reader, claim, canonical):
        return
    if claim.informs == "input":
        _check_input(reader, claim, canonical, table)
    else:
        before = len(reader.problems)
        _check_outcome(reader, claim, canonical, table)
        if claim.informs == "held_back" and not reader.errors(before):
            check_names_a_number(reader, claim, canonical, table)
    if claim.value is not None and claim.reading is None:
        _check_value(reader, claim, canonical, table)


def _unit_fits(reader: Reader, claim: Claim, canonical: str) -> bool:
    node, units = claim.node, UNITS[canonical]
    if claim.unit in units:
        return True
    if claim.unit is None:
        what, at, mended = f"the claim `{claim.id}` has no unit", node, node.with_key(f"unit: {_written(canonical)}")
        if "unit" in node:
            at, mended = node["unit"], node["unit"].replaced(_written(canonical))
    else:
        what, at = f"`{claim.unit}` is not a unit of `{claim.quantity}`", node["unit"]
        mended = at.replaced(_written(canonical))
    reader.report(at, what, f"known: {', '.join(units)}:", mended)
    return False


def _written(unit: str) -> str:
    return f'"{unit}"' if unit == "1" else unit


def _check_input(reader: Reader, claim: Claim, canonical: str, table: Words) -> None:
    node = claim.node
    if claim.reading is not None:
        return
    if claim.value is not None:
        if claim.hedge is not None and claim.hedge not in table.figures:
            _refuse_hedge(reader, claim, list(table.figures), "beside a figure")
    elif canonical not in ("share", "people") or table.number(claim.hedge, canonical == "people") is None:
        what = f"the claim `{claim.id}` gives no value, no known word for a share and no reading"
        shares = canonical == "share" and claim.hedge is None
        add = "hedge: most" if shares and "hedge" not in node else None
        at, mended = node, node.with_key(add) if add else None
        if canonical == "share" and "hedge" in node:
            at, mended = node["hedge"], node["hedge"].replaced("most")
        elif mended is None and "reading" not in node:
            low = FIGURES.get(canonical, 3)
            mended = node.with_key(
                f'reading: {{uniform: {{from: {low}, to: {2 * low}}}, why: "how the words are read"}}'
            )
        mend = "add, for example, `value: 300`, `reading: {beta: {a: 2, b: 4}, why: …}` or, for a share, `hedge: most`:"
        reader.report(at, what, mend, mended)
    elif canonical == "share" and claim.unit != "share":
        what = f"`{claim.hedge}` says what share it is, not how many {claim.unit}"
        reader.report(node["unit"], what, "write the unit of the word:", node["unit"].replaced("share"))


def _check_outcome(reader: Reader, claim: Claim, canonical: str, table: Words) -> None:
    node = claim.node
    fitting = table.fitting(canonical, claim.quantity or "", claim.value is not None)
    if claim.hedge is not None and claim.hedge not in fitting and claim.hedge not in table.figures:
        _refuse_hedge(reader, claim, fitting, f"about {claim.quantity}")
    elif claim.value is None and (claim.hedge is None or claim.hedge in table.figures):
        what = f"the {claim.noun} `{claim.id}` has neither a figure nor a word that stands for one"
        figure = str(FIGURES.get(canonical, 3))
        at, mended = node, node.with_key(f"value: {figure}")
        if "value" in node:
            at, mended = node["value"], node["value"].replaced(figure)
        reader.report(at, what, "add `value: 3`, or a hedge such as `a few`:", mended)


def _refuse_hedge(reader: Reader, claim: Claim, fitting: list[str], of_what: str) -> None:
    node = claim.node["hedge"]
    what = f"`{claim.hedge}` says nothing {of_what}"
    reader.report(node, what, f"known here: {', '.join(fitting)}. Perhaps:", node.replaced(fitting[0]))


def _check_value(reader: Reader, claim: Claim, canonical: str, table: Words) -> None:
    """A figure is read by ratios, and so is above 0; only people may be none, and a range may begin at 0."""
    low, high = claim.value  # type: ignore[misc]
    node, row = claim.node["value"], table.figures.get(claim.hedge or "exactly", {})
    is_count = claim.is_counted and canonical == "people"
    is_range = high > low and not {"above", "below"} & set(row)
    if row and high == low and is_for_ranges(row):
        what = f"`{claim.hedge}` needs two figures, and here is one"
        reader.report(node, what, "give both ends:", node.replaced(f"[{low:.10g}, {2 * low or 3:.10g}]"))
        return
    if low == 0 and not (is_count or is_range):
        mended = node.replaced(str(FIGURES.get(canonical, 3)))
        what = f"0 with `{claim.hedge or 'exactly'}` says nothing: figures are read by ratios"
        reader.report(node, what, "give a figure above 0, or a range:", mended)
    elif claim.is_counted and canonical == "share" and high * UNITS["share"][claim.unit or "share"] > 1:
        what = f"a share of {high:g} {claim.unit}: the whole is {1 / UNITS['share'][claim.unit or 'share']:g}"
        mended = claim.node["unit"].replaced("percent") if high <= 100 and claim.unit == "share" else None
        at = claim.node["unit"] if mended else node
        reader.report(at, what, "write the share as a part of 1, or in percent:", mended or node.replaced("1"))


def check_links(reader: Reader, evidence: Evidence) -> None:
    """Confirmations confirm, others than themselves; `of` names people who were found; nothing counts twice."""
    for claim in evidence.claims.values():
        _check_confirmation(reader, claim, evidence)
        _check_cohort(reader, claim, evidence)
    alike: dict[tuple, list[Claim]] = {}
    for claim in evidence.claims.values():
        if claim.informs == "outcome":
            alike.setdefault(_says(claim), []).append(claim)
    for first, second in (pair for same in alike.values() for pair in combinations(same, 2)):
        what = f"`{second.id}` says of the same days what `{first.id}` says, from one mouth: counted twice"
        node = second.node["informs"]
        reader.report(node, what, "keep one as outcome, make the other context:", node.replaced("context"))


def _says(claim: Claim) -> tuple:
    return claim.source, claim.quantity, claim.about, claim.readings, claim.of, claim.compared_with


def _check_confirmation(reader: Reader, claim: Claim, evidence: Evidence) -> None:
    if claim.informs == "confirmation" and not claim.confirms:
        node: Node = claim.node["informs"]
        what = f"the confirmation `{claim.id}` confirms nothing"
        reader.report(node, what, "add `confirms: [claim]`, or make it context:", node.replaced("context"))
    held = next((n for n in claim.confirms if n in evidence.claims and evidence.claims[n].informs == "held_back"), None)
    if held:
        rest = [n for n in claim.confirms if n != held]
        node, alone = claim.node["confirms"], claim.informs == "confirmation" and not rest
        mended = None if alone else node.replaced(f"[{', '.join(rest)}]")
        mend = "make it context, without `confirms`." if alone else "take it out:"
        reader.report(node, f"`{held}` is held back: whoever bears it out moves nothing", mend, mended)
        return
    own = [n for n in claim.confirms if n in evidence.claims and evidence.claims[n].source == claim.source]
    if not own:
        return
    node = claim.node["confirms"]
    rest = [n for n in claim.confirms if n not in own]
    what = f"{claim.source} would confirm what {claim.source} itself said ({', '.join(own)})"
    others = [s for s in evidence.sources if s != claim.source]
    if not rest and others:
        node = claim.node["source"]
        reader.report(node, what, "only another source can, for example:", node.replaced(others[0]))
    else:
        mended = node.replaced(f"[{', '.join(rest)}]")
        reader.report(node, what, "only another source can; take it out:", mended)


def _check_cohort(reader: Reader, claim: Claim, evidence: Evidence) -> None:
    other = evidence.claims.get(claim.of or "")
    if other is None or (other.informs == "outcome" and other.quantity == "found"):
        return
    found = [c.id for c in evidence.claims.values() if c.informs == "outcome" and c.quantity == "found"]
    node = claim.node["of"]
    mended = node.replaced(found[0]) if found else claim.node.without("of")
    what = f"`of` names `{other.id}`, which does not say how many were found"
    reader.report(node, what, "name an outcome claim on `found`, or take it out:", mended)
