"""claims.yaml → sources and claims, each with one role, fit for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from obrok.evidence.anchors import Anchor
from obrok.evidence.claims import (
    KINDS_OF_SOURCE,
    PUBLISHED,
    ROLES,
    Claim,
    Evidence,
    Reading,
    Source,
    Span,
)
from obrok.evidence.documents import Document, read_digest, read_format, read_id
from obrok.evidence.fitness import check_fitness, check_links
from obrok.evidence.hedges import read_hedge
from obrok.evidence.held_back import refuse_keys
from obrok.evidence.private import refuse_private
from obrok.problems import Node, Reader, ids_of
from obrok.quantities import KINDS, UNITS, Distribution, Words, missing_weight, read_distribution, sum_to_one

#: claims that weigh or that parameters may rest on; readings of one; claims that one confirms
MOST_AT_WORK, MOST_READINGS, MOST_CONFIRMED = 2_000, 20, 100
CREDENCE = '{value: 0.8, why: "unnamed, in the country"}'
SOURCE = {"id": "S1", "kind": "unnamed person", "near": "unknown", "credence": CREDENCE}
CLAIM = {
    "id": "claim-1",
    "document": "report-1",
    "anchor": f"{{start: 0, end: 10, sha256: {'0' * 64}, around: {'0' * 64}}}",
    "source": "S1",
    "paraphrase": '"in your own words"',
    "informs": "context",
}
AT_WORK = ("input", "outcome", "held_back")
MORE = (
    *("about", "quantity", "value", "unit", "hedge", "reading", "where", "readings"),
    *("of", "compared_with", "confirms", "unused"),
)


@dataclass(frozen=True)
class Names:
    """What a claim may name. None: could not be read, so that a reference is not judged.

    `quantities`: role → quantity → canonical unit. `table`: of words. `textless`: documents whose text nobody here has.
    `languages`: of documents, by id.
    """

    documents: tuple[str, ...] | None
    places: tuple[str, ...] | None
    quantities: Mapping[str, Mapping[str, str]]
    table: Words
    sources: tuple[str, ...] | None = None
    claims: tuple[str, ...] | None = None
    textless: frozenset[str] = frozenset()
    languages: Mapping[str, str] = field(default_factory=dict)


def read_evidence(reader: Reader, root: Node, documents: Mapping[str, Document], names: Names) -> Evidence:
    """claims.yaml → sources and claims. What rests on a document or source that could not be read is left out."""
    refuse_private(reader, root)
    top = reader.fields(root, {"format": "1", "sources": "[]", "claims": "[]"})
    read_format(reader, top.get("format"))
    languages = {d.id: d.language for d in documents.values()}
    names = replace(names, sources=ids_of(top.get("sources")), claims=ids_of(top.get("claims")), languages=languages)
    taken: set[str] = set()
    read = [_source(reader, item, taken) for item in reader.items(top.get("sources"), of_groups=True)]
    sources = {s.id: s for s in read if s}
    claims: dict[str, Claim] = {}
    taken = set()
    for item in reader.items(top.get("claims"), of_groups=True):
        claim = _claim(reader, item, taken, names)
        if claim and claim.document in documents and claim.source in sources:
            claims[claim.id] = claim
    if len(work := [c for c in claims.values() if c.informs in AT_WORK]) > MOST_AT_WORK:
        what = f"{len(work):,} claims inform an input or an outcome, or are held back"
        reader.report(
            work[MOST_AT_WORK].node, what, f"this version reads at most {MOST_AT_WORK:,}: make others context."
        )
        return Evidence(documents, sources, {}, names.table, None)
    evidence = Evidence(documents, sources, claims, names.table, names.claims)
    check_links(reader, evidence)
    return evidence


def _source(reader: Reader, item: Node, taken: set[str]) -> Source | None:
    before = len(reader.problems)
    f = reader.fields(item, SOURCE, ("independence",))
    name = read_id(reader, f.get("id"), taken)
    kind = reader.want_choice(f.get("kind"), KINDS_OF_SOURCE, "kind of source")
    near = reader.want_choice(f.get("near"), ("close", "medium", "far", "unknown"), "nearness")
    value = why = None
    node = f.get("credence")
    if node is not None and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        given = CREDENCE.replace("0.8", node.text) if 0 <= node.value <= 1 else CREDENCE
        reader.report(node, "a bare number: a credence needs its reason", "write:", node.replaced(given))
    elif node is not None:
        c = reader.fields(node, {"value": "0.8", "why": '"unnamed, in the country"'})
        value, why = reader.want_number(c.get("value"), 0, 1, "credence"), reader.want_text(c.get("why"))
    independence = reader.want_number(f.get("independence"), 0, 1, "independence")
    if reader.errors(before):
        return None
    return Source(name, kind, near, value, why, 0.3 if independence is None else independence)  # type: ignore[arg-type]


def _claim(reader: Reader, item: Node, taken: set[str], names: Names) -> Claim | None:
    before = len(reader.problems)
    textless = item.get("document") is not None and item["document"].text in names.textless
    f = reader.fields(
        item, {k: v for k, v in CLAIM.items() if k != "anchor"} if textless else CLAIM, ("anchor", "span", *MORE)
    )
    name = read_id(reader, f.get("id"), taken)
    document = reader.want_choice(f.get("document"), names.documents, "document")
    another = names.sources[-1] if names.sources and "confirms" in f else ""
    source = reader.want_choice(f.get("source"), names.sources, "source", another)
    paraphrase, unused = reader.want_text(f.get("paraphrase")), reader.want_text(f.get("unused"))
    informs, quantity, unit = _role(reader, item, f, names)
    hedge = read_hedge(reader, f, unit, quantity, names.table, names.languages.get(document or ""))
    anchor = None if textless else read_anchor(reader, f.get("anchor"))
    if textless and "anchor" in f:
        what = (
            f"nobody here has the text of `{item['document'].text}` (`text: none`): there is nothing to be anchored in"
        )
        reader.report(f["anchor"], what, "take it out:", item.without("anchor"))
    if "span" in f and not textless:
        what = "`span` is the code of a published span, and this document has its digests: an anchor says where"
        reader.report(f["span"], what, "take it out:", item.without("span"))
    span = read_digest(reader, f.get("span"))
    about = read_span(reader, f.get("about"), names.places)
    compared = read_span(reader, f.get("compared_with"), names.places)
    value = _value(reader, f.get("value"))
    reading, why = _reading(reader, f.get("reading"), names.table)
    refuse_keys(reader, item, informs)
    readings = _readings(reader, item, f)
    of = reader.want_choice(f.get("of"), names.claims, "claim")
    confirms = _confirms(reader, f.get("confirms"), name, names)
    if reader.errors(before) or not f:
        return None
    claim = Claim(
        id=name, document=document, anchor=anchor, source=source, paraphrase=paraphrase, informs=informs,
        node=item, about=about, quantity=quantity, value=value, unit=unit, hedge=hedge, reading=reading,
        reading_why=why, readings=readings, of=of, compared_with=compared, confirms=confirms, unused=unused, span=span,
    )  # type: ignore[arg-type]  # fmt: skip
    canonical = names.quantities.get(claim.informs, {}).get(quantity or "")
    if canonical is None:
        return claim
    check_fitness(reader, claim, canonical, names.table)
    if reader.errors(before):
        return None
    return _in_canonical_unit(claim, canonical) if claim.is_counted else claim


def _in_canonical_unit(claim: Claim, canonical: str) -> Claim:
    factor = UNITS[canonical][claim.unit or canonical]
    value = claim.value and (claim.value[0] * factor, claim.value[1] * factor)
    return replace(claim, value=value, unit=canonical)


def _role(reader: Reader, item: Node, f: Mapping[str, Node], names: Names) -> tuple[str | None, str | None, str | None]:
    """What the claim informs, the quantity it speaks of and its unit."""
    node = f.get("informs")
    given = {k: reader.want_text(f[k]) for k in ("quantity", "unit") if k in f and f[k].value is not None}
    quantity, unit = given.get("quantity"), given.get("unit")
    if node is not None and isinstance(node.value, list):
        written = [n.text for n in node]
        fits = [r for r in written if quantity in names.quantities.get(r, {})]
        better = next((r for r in (*fits, *written) if r in ROLES), "context")
        what = "a claim has one role: as input and outcome it would count twice"
        reader.report(node, what, "choose one:", node.replaced(better))
        return None, quantity, unit
    informs = reader.want_choice(node, ROLES, "role", "input" if quantity else "context")
    units = names.quantities.get(informs or "")
    if units is None:
        return informs, quantity, unit
    example = next((q for q, u in units.items() if unit in UNITS[u]), next(iter(units)))
    if quantity is None:
        what = (
            f"the claim {'is held back' if informs == 'held_back' else f'informs an {informs}'} and names no quantity"
        )
        at, mended = item, item.with_key(f"quantity: {example}")
        if "quantity" in f:
            at, mended = f["quantity"], f["quantity"].replaced(example)
        reader.report(at, what, "say which, for example:", mended)
    else:
        known = "parameter" if informs == "input" else "outcome"
        quantity = reader.want_choice(f["quantity"], units, known, example)
    return informs, quantity, unit


def read_anchor(reader: Reader, node: Node | None) -> Anchor | None:
    """An anchor; None, with a problem told, where it is none."""
    if node is None:
        return None
    f = reader.fields(node, {"start": "0", "end": "10", "sha256": "0" * 64, "around": "0" * 64})
    start = reader.want_number(f.get("start"), 0, 1e9, "start", whole=True, instead=0)
    end = reader.want_number(f.get("end"), 0, 1e9, "end", whole=True, instead=(start or 0) + 10)
    span, around = (read_digest(reader, f.get(k)) for k in ("sha256", "around"))
    if start is None or end is None or span is None or around is None:
        return None
    if not start < end:
        what = f"the anchor is reversed: {start:.0f} to {end:.0f}" if start > end else "the anchor spans nothing"
        swapped = f"{{start: {end:.0f}, end: {max(start, end + 1):.0f}, sha256: {span}, around: {around}}}"
        reader.report(node, what, "the end comes after the last character:", node.replaced(swapped))
        return None
    return Anchor(int(start), int(end), span, around)


def read_span(reader: Reader, node: Node | None, places: tuple[str, ...] | None = None) -> Span | None:
    """{from, to} · {on} · {days, before} · {days}, each with place; ends are dates or `published`."""
    if node is None or node.value is None:
        return None
    required, optional = {}, ("from", "to", "on", "days", "before", "place")
    if "from" in node or "to" in node:
        optional = ("from", "to", "place")
    elif "on" in node:
        optional = ("on", "place")
    elif "days" in node or "before" in node:
        required, optional = {"days": "60"}, ("before", "place")
    f = reader.fields(node, required, optional)
    place = reader.want_choice(f.get("place"), places, "place")

    def end(key: str, instead: date | str | None = None) -> date | str | None:
        at = f.get(key)
        if at is not None and at.value == PUBLISHED:
            return PUBLISHED
        return reader.want_date(at, instead if isinstance(instead, date) else None)

    if "on" in f:
        day = end("on")
        return Span(day, day, None, place, node)
    if "days" in f:
        days = reader.want_number(f["days"], 1, 3650, "days", whole=True)
        before = end("before")
        return None if days is None else Span(None, before, int(days), place, node)
    start = end("from")
    stop = end("to", start)
    if isinstance(start, date) and isinstance(stop, date) and start > stop:
        order = {"from": stop, "to": start, "place": place}
        text = ", ".join(f"{k}: {order[k]}" for k in f)
        what = f"the dates are reversed: from {start} to {stop}"
        reader.report(f["from"], what, "write the earlier one first:", node.replaced("{" + text + "}"))
        return None
    return Span(start, stop, None, place, node)


def _value(reader: Reader, node: Node | None) -> tuple[float, float] | None:
    if node is None or node.value is None:
        return None
    if not isinstance(node.value, list):
        v = reader.want_number(node, 0, name="value")
        return None if v is None else (v, v)
    if len(node.value) != 2:
        figures = [n.text for n in node if isinstance(n.value, (int, float))] or ["800", "1000"]
        mended = node.replaced(f"[{figures[0]}, {figures[-1]}]")
        reader.report(node, f"a range has two figures, not {len(node.value)}", "write the lower and the upper:", mended)
        return None
    low, high = (reader.want_number(n, 0, name="value") for n in node)
    if low is None or high is None:
        return None
    if low > high:
        mended = node.replaced(f"[{node[1].text}, {node[0].text}]")
        reader.report(node, f"the range is reversed: {low:g} to {high:g}", "the lower one first:", mended)
        return None
    return low, high


def _reading(reader: Reader, node: Node | None, table: Words) -> tuple[Distribution | None, str | None]:
    if node is None:
        return None, None
    kinds = [k for k in KINDS if k in node][:1]
    before = len(reader.problems)
    f = reader.fields(node, {"why": '"why the words are read so"'}, kinds or KINDS)
    why = reader.want_text(f.get("why"))
    if kinds:
        return read_distribution(reader, node, figures=table.figures), why
    if not reader.errors(before):
        mend = f"known: {', '.join(KINDS)}. For example:"
        reader.report(node, "a reading names no distribution", mend, node.with_key("beta: {a: 2, b: 4}"))
    return None, why


def _readings(reader: Reader, item: Node, f: Mapping[str, Node]) -> tuple[Reading, ...]:
    """Which people the claim counts: one way to read it, or several by weight."""
    node = f.get("readings")
    if node is None:
        return (read_filters(reader, f.get("where"), 1.0),)
    if "where" in f:
        what = "`where` and `readings` both say whom the claim counts"
        reader.report(f["where"], what, "keep one; take this one out.", item.without("where"))
    out, weights = [], []
    items = reader.items(node, of_groups=True, most=MOST_READINGS)
    for one in items:
        g = reader.fields(one, {"weight": missing_weight(items)}, ("where",))
        weight = reader.want_number(g.get("weight"), 0, 1, "weight")
        out.append(read_filters(reader, g.get("where"), weight or 0.0))
        if weight is not None:
            weights.append((g["weight"], weight))
    sum_to_one(reader, node, weights, "readings")
    return tuple(out)


def read_filters(
    reader: Reader, node: Node | None, weight: float, days: Callable[[Node | None], Span | None] | None = None
) -> Reading:
    """Whom a claim or a question counts. `days` reads when they left, where not every stretch of days will do."""
    if node is None:
        return Reading(weight)
    f = reader.fields(node, {}, ("route", "sector", "left"))
    route = reader.want_choice(f.get("route"), ("nearby", "remote"), "route")
    sector = reader.want_choice(f.get("sector"), ("construction", "logging"), "sector")
    left = f.get("left")
    return Reading(weight, route, sector, read_span(reader, left) if days is None else days(left))


def _confirms(reader: Reader, node: Node | None, name: str | None, names: Names) -> tuple[str, ...]:
    out = []
    for item in reader.items(node, most=MOST_CONFIRMED):
        if name is not None and item.text == name:
            mended = node.without_item(item)  # type: ignore[union-attr]
            reader.report(item, f"the claim `{name}` confirms itself", "only another source can:", mended)
        elif other := reader.want_choice(item, names.claims, "claim"):
            out.append(other)
    return tuple(out)
