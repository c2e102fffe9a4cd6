"""Who said what, when, where, with which hedge, from which origin; how much a claim is to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from obrok.evidence.documents import Anchor, Document, read_format, read_id
from obrok.problems import Node, Reader, closest
from obrok.quantities import KINDS, Distribution, figure_reading, read_distribution, words

ROLES = ("input", "outcome", "confirmation", "context")
KINDS_OF_SOURCE = ("unnamed person", "named person", "official", "organisation", "document", "journalist")
PUBLISHED = "published"


@dataclass(frozen=True)
class Source:
    """A code and a kind; no name. `credence`: chance that the source is informed; `independence` ι as a confirmer."""

    id: str
    kind: str
    near: str
    credence: float
    why: str
    independence: float


@dataclass(frozen=True)
class Span:
    """A stretch of days, both ends included. An end is a date or `published` (the day the document appeared, drawn in
    each world); with `days` and `before`, the `days` days before that end."""

    start: date | str | None
    end: date | str | None
    days: int | None = None
    place: str | None = None


@dataclass(frozen=True)
class Reading:
    """One way to read an outcome claim: which people it counts. Weights sum to 1 over a claim's readings."""

    weight: float
    route: str | None = None
    sector: str | None = None
    left: Span | None = None


@dataclass(frozen=True)
class Claim:
    """One statement of a document, in one role."""

    id: str
    document: str
    anchor: Anchor
    source: str
    paraphrase: str
    informs: str
    node: Node = field(repr=False, compare=False)
    about: Span | None = None
    quantity: str | None = None
    value: tuple[float, float] | None = None
    unit: str | None = None
    hedge: str | None = None
    reading: Distribution | None = None
    reading_why: str | None = None
    readings: tuple[Reading, ...] = (Reading(1.0),)
    of: str | None = None
    compared_with: Span | None = None
    confirms: tuple[str, ...] = ()
    unused: str | None = None


@dataclass(frozen=True)
class Evidence:
    """Documents, sources and claims of a case, by id."""

    documents: Mapping[str, Document]
    sources: Mapping[str, Source]
    claims: Mapping[str, Claim]

    def origin(self, claim: Claim) -> str:
        """Documents of one origin count once."""
        return self.documents[claim.document].origin

    def confirmers(self, claim: Claim) -> list[Claim]:
        return [c for c in self.claims.values() if claim.id in c.confirms]

    def credence(self, claim: Claim, without: frozenset[str] = frozenset()) -> float:
        """c of a claim: its source's, raised by each other source that confirms it: 1 - (1 - c1)(1 - ι·c2)."""
        doubt = 1.0 - self.sources[claim.source].credence
        counted = {claim.source}
        for other in self.confirmers(claim):
            if other.source not in counted and other.id not in without:
                source = self.sources[other.source]
                doubt *= 1.0 - source.independence * source.credence
                counted.add(other.source)
        return 1.0 - doubt


CLAIM = {
    "id": "pay",
    "document": "report-1",
    "anchor": "{start: 0, end: 10, sha256: " + "0" * 64 + ", around: " + "0" * 64 + "}",
    "source": "S1",
    "paraphrase": '"in your own words"',
    "informs": "context",
}
MORE = ("about", "quantity", "value", "unit", "hedge", "reading", "where", "readings", "of", "compared_with", "confirms", "unused")


def read_evidence(reader: Reader, root: Node, documents: Mapping[str, Document], places: tuple[str, ...]) -> Evidence:
    """claims.yaml → sources and claims."""
    top = reader.fields(root, {"format": "1", "sources": "[]", "claims": "[]"})
    reader.no_private_person(root)
    read_format(reader, top.get("format"))
    sources: dict[str, Source] = {}
    for item in reader.items(top.get("sources")):
        if source := _source(reader, item, sources):
            sources[source.id] = source
    claims: dict[str, Claim] = {}
    ids = {str(n["id"].value) for n in reader.items(top.get("claims")) if "id" in n}
    for item in reader.items(top.get("claims")):
        if claim := _claim(reader, item, claims, ids, sources, documents, places):
            claims[claim.id] = claim
    evidence = Evidence(documents, sources, claims)
    _check_links(reader, evidence)
    return evidence


def _source(reader: Reader, item: Node, taken: Mapping[str, Source]) -> Source | None:
    credence = '{value: 0.8, why: "unnamed, in the country"}'
    required = {"id": "S1", "kind": "unnamed person", "near": "unknown", "credence": credence}
    f = reader.fields(item, required, ("independence",))
    name = read_id(reader, f.get("id"), taken)
    kind = reader.want_choice(f.get("kind"), KINDS_OF_SOURCE, "kind of source")
    near = reader.want_choice(f.get("near"), ("close", "medium", "far", "unknown"), "nearness")
    value = why = None
    if "credence" in f:
        if not isinstance(f["credence"].value, dict):
            mended = f["credence"].replaced(credence)
            reader.report(f["credence"], "a bare number: a credence needs its reason", "write:", mended)
        else:
            c = reader.fields(f["credence"], {"value": "0.8", "why": '"unnamed, in the country"'})
            value, why = reader.want_number(c.get("value"), 0, 1, "credence"), reader.want_text(c.get("why"))
    independence = reader.want_number(f.get("independence"), 0, 1, "independence")
    if None in (name, kind, near, value, why):
        return None
    return Source(name, kind, near, value, why, 0.3 if independence is None else independence)  # type: ignore[arg-type]


def _reference(reader: Reader, node: Node | None, known, what: str) -> str | None:
    """The id of something that must be there."""
    if node is None:
        return None
    name = str(node.value)
    if name in known:
        return name
    near = closest(name, known) or next(iter(known), None)
    have = f"there are: {', '.join(list(known)[:12])}. Perhaps:" if known else "there is none yet."
    reader.report(node, f"there is no {what} `{name}`", have, node.replaced(near) if near else None)
    return None


def read_span(reader: Reader, node: Node | None, places: tuple[str, ...] = ()) -> Span | None:
    """{from, to} · {on} · {days, before} · {days}, each with place; ends are dates or `published`."""
    if node is None:
        return None
    f = reader.fields(node, {}, ("from", "to", "on", "days", "before", "place"))
    place = _reference(reader, f.get("place"), places, "place") if places else None

    def end(key: str) -> date | str | None:
        if key not in f:
            return None
        return PUBLISHED if f[key].value == PUBLISHED else reader.want_date(f[key])

    if "on" in f:
        day = end("on")
        return Span(day, day, None, place)
    if "days" in f:
        days = reader.want_number(f["days"], 1, 3650, "days")
        return None if days is None else Span(None, end("before"), int(days), place)
    start, stop = end("from"), end("to")
    if isinstance(start, date) and isinstance(stop, date) and start > stop:
        what = f"the dates are reversed: from {start} to {stop}"
        line = f["from"].replaced(stop.isoformat()) if f["from"].line == f["to"].line else None
        if line:  # swap the second date too, on the same line
            line = line[: f["to"].start] + start.isoformat() + line[f["to"].end :]
        reader.report(f["from"], what, "write the earlier one first:", line)
        return None
    return Span(start, stop, None, place)


def _filters(reader: Reader, node: Node | None, weight: float) -> Reading:
    if node is None:
        return Reading(weight)
    f = reader.fields(node, {}, ("route", "sector", "left"))
    route = reader.want_choice(f.get("route"), ("nearby", "remote"), "route")
    sector = reader.want_choice(f.get("sector"), ("construction", "logging"), "sector")
    return Reading(weight, route, sector, read_span(reader, f.get("left")))


def _claim(reader: Reader, item: Node, taken, ids, sources, documents, places) -> Claim | None:
    f = reader.fields(item, CLAIM, MORE)
    if not f:
        return None
    before = len(reader.problems)
    name = read_id(reader, f.get("id"), taken)
    document = _reference(reader, f.get("document"), documents, "document")
    source = _reference(reader, f.get("source"), sources, "source")
    paraphrase = reader.want_text(f.get("paraphrase"))
    if "informs" in f and isinstance(f["informs"].value, list):
        what = "a claim has one role: as input and outcome it would count twice"
        reader.report(f["informs"], what, "choose one:", f["informs"].replaced(str(f["informs"][0].value) if f["informs"].value else "context"))
        informs = None
    else:
        informs = reader.want_choice(f.get("informs"), ROLES, "role")
    anchor = _anchor(reader, f.get("anchor"))
    about = read_span(reader, f.get("about"), places)
    value = _value(reader, f.get("value"))
    hedge = None
    if "hedge" in f and f["hedge"].value is not None:
        hedge = reader.want_choice(f["hedge"], words().all(), "hedge")
    reading = why = None
    if "reading" in f:
        r = reader.fields(f["reading"], {"why": '"why the words are read so"'}, KINDS)
        why = reader.want_text(r.get("why"))
        reading = read_distribution(reader, f["reading"])
        if reading is None and len(reader.problems) == before:
            reader.report(f["reading"], "a reading names no distribution", f"known: {', '.join(KINDS)}.")
    readings = (_filters(reader, f.get("where"), 1.0),)
    if "readings" in f:
        readings = tuple(_one_reading(reader, n) for n in reader.items(f["readings"]))
        total = sum(r.weight for r in readings)
        if readings and abs(total - 1) > 1e-6:
            reader.report(f["readings"], f"the weights of the readings sum to {total:g}, not 1", "make them sum to 1.")
    confirms = tuple(x for n in reader.items(f.get("confirms")) if (x := _reference(reader, n, ids, "claim")))
    if name and name in confirms:
        node = next(n for n in f["confirms"] if n.value == name)
        others = [str(n.value) for n in f["confirms"] if n.value != name]
        mended = f["confirms"].replaced(f"[{', '.join(others)}]")
        reader.report(node, f"the claim `{name}` confirms itself", "only another source can:", mended)
    of = _reference(reader, f.get("of"), ids, "claim")
    compared = read_span(reader, f.get("compared_with"))
    unit, quantity = (reader.want_text(f[k]) if k in f and f[k].value is not None else None for k in ("unit", "quantity"))
    unused = reader.want_text(f.get("unused"))
    if informs in ("input", "outcome") and quantity is None and "quantity" not in f:
        line = item.source.line(item.line)
        mended = line[: item.start] + "quantity: left\n" + " " * item.start + line[item.start :]
        reader.report(item, f"the claim informs an {informs} and names no quantity", "say which, for example:", mended)
    if len(reader.problems) > before and any(not p.warning for p in reader.problems[before:]):
        return None
    return Claim(
        *(name, document, anchor, source, paraphrase, informs, item),  # type: ignore[arg-type]
        *(about, quantity, value, unit, hedge, reading, why, readings, of, compared, confirms, unused),
    )


def _one_reading(reader: Reader, node: Node) -> Reading:
    f = reader.fields(node, {"weight": "0.5"}, ("where",))
    weight = reader.want_number(f.get("weight"), 0, 1, "weight")
    return _filters(reader, f.get("where"), weight or 0.0)


def _anchor(reader: Reader, node: Node | None) -> Anchor | None:
    if node is None:
        return None
    f = reader.fields(node, {"start": "0", "end": "10", "sha256": "0" * 64, "around": "0" * 64})
    start, end = (reader.want_number(f.get(k), 0, 1e9, k) for k in ("start", "end"))
    if start is None or end is None or not {"sha256", "around"} <= set(f):
        return None
    if not start < end:
        reader.report(node, f"the anchor is reversed: {start:g} to {end:g}", "the end comes after the last character:", f["end"].replaced(f"{start + 10:g}"))
        return None
    return Anchor(int(start), int(end), str(f["sha256"].value), str(f["around"].value))


def _value(reader: Reader, node: Node | None) -> tuple[float, float] | None:
    if node is None or node.value is None:
        return None
    if not isinstance(node.value, list):
        v = reader.want_number(node)
        return None if v is None else (v, v)
    v = [reader.want_number(n) for n in node.value]
    if len(v) != 2:
        reader.report(node, f"a range has two figures, not {len(v)}", "write the lower and the upper:", node.replaced("[800, 1000]"))
        return None
    if None in v:
        return None
    if v[0] > v[1]:  # type: ignore[operator]
        reader.report(node, f"the range is reversed: {v[0]:g} to {v[1]:g}", "the lower one first:", node.replaced(f"[{v[1]:g}, {v[0]:g}]"))
        return None
    return v[0], v[1]  # type: ignore[return-value]


def _check_links(reader: Reader, evidence: Evidence) -> None:
    for claim in evidence.claims.values():
        if claim.informs == "confirmation" and not claim.confirms:
            reader.report(claim.node, f"the confirmation `{claim.id}` confirms nothing", "add `confirms: [claim]`, or make it context:", claim.node["informs"].replaced("context") and None)
        for name in claim.confirms:
            other = evidence.claims.get(name)
            if other and other.source == claim.source and other.id != claim.id:
                node = next(n for n in claim.node["confirms"] if n.value == name)
                what = f"{claim.source} would confirm what {claim.source} itself said (`{name}`)"
                rest = [n for n in claim.confirms if n != name]
                mended = claim.node["confirms"].replaced(f"[{', '.join(rest)}]")
                reader.report(node, what, "only another source can; take it out:", mended)
    outcomes = [c for c in evidence.claims.values() if c.informs == "outcome"]
    for i, first in enumerate(outcomes):
        for second in outcomes[i + 1 :]:
            same = (first.source, first.quantity, first.about, first.readings, first.of, first.compared_with)
            if same == (second.source, second.quantity, second.about, second.readings, second.of, second.compared_with):
                what = f"`{second.id}` says of the same days what `{first.id}` says, from one mouth: it would count twice"
                reader.report(second.node["informs"], what, "keep one as outcome, make the other context:", second.node["informs"].replaced("context"))


def claim_reading(claim: Claim) -> Distribution | None:
    """What an input claim says of its quantity, in the claim's own unit; None where it says no number."""
    if claim.reading is not None:
        return claim.reading
    table = words()
    if claim.value is not None:
        row = table.figures.get(claim.hedge or "exactly")
        return None if row is None else figure_reading(row, *claim.value)
    return table.shares.get(claim.hedge or "")
