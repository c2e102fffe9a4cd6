"""Parameters of a case → priors: c·claims + (1-c)·fallback, or an assumption; a bare number is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from obrok.case.combined import COMBINE, Cited, chance_informed, combined, misfit
from obrok.case.limits import in_range, reach
from obrok.case.parameters import PARAMETERS, Parameter
from obrok.evidence.claims import Claim, Evidence, claim_bound, claim_reading
from obrok.problems import Node, Reader, closest
from obrok.quantities import (
    KINDS,
    UNITS,
    Distribution,
    Exactly,
    LogitNormal,
    Triangular,
    Uniform,
    converted,
    flatten,
    read_distribution,
)

WHY = 'why: "where it comes from"'


@dataclass(frozen=True)
class Prior:
    """What is assumed of a parameter before weighing, in its own unit: its claims with a fallback, or an assumption.

    `combine`: how several claims combine (`case.combined`). `at_most`: never above that parameter's draw. `part_of`: drawn
    as a part of that parameter, which keeps the rest.
    """

    parameter: Parameter
    fallback: Distribution
    why: str
    cited: tuple[Cited, ...] = ()
    combine: str = "mixture"
    at_most: str | None = None
    part_of: str | None = None

    @cached_property
    def distribution(self) -> Distribution:
        return combined(self.cited, self.combine, self.fallback)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that it rests on; none where it is an assumption."""
        return tuple(c.claim for c in self.cited)

    @property
    def credence(self) -> float:
        """The chance that any origin of its claims is informed."""
        return chance_informed(self.cited)

    def believed(self, evidence: Evidence, without: frozenset[str] = frozenset()) -> Prior:
        """The prior by the credences of this evidence, with claims left out."""
        kept = [c for c in self.cited if c.claim.id not in without]
        return self.resting_on([replace(c, credence=evidence.credence(c.claim, without)) for c in kept])

    def resting_on(self, cited: Sequence[Cited]) -> Prior:
        return replace(self, cited=tuple(cited))

    def needs(self) -> set[str]:
        """Parameters that are drawn before this one."""
        around = {p.around for _, p in flatten(self.distribution) if isinstance(p, LogitNormal)}
        return around | {n for n in (self.at_most, self.part_of) if n}


def read_priors(reader: Reader, node: Node | None, evidence: Evidence) -> dict[str, Prior]:
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        mend = "one line a parameter: name: {assumption: …}."
        reader.report(node, "a group of parameters is needed here", mend, node.replaced("{}"))
        return {}
    priors: dict[str, Prior] = {}
    for name, entry in given_parameters(node, reader).items():
        if prior := read_prior(reader, PARAMETERS[name], entry, evidence):
            priors[name] = prior
    return priors


def given_parameters(node: Node, reader: Reader | None = None) -> dict[str, Node]:
    """Name → entry; a misspelt name is read as the one that was meant (and told of, where there is a reader)."""
    given = {name: entry for name, entry in node.value.items() if name in PARAMETERS}  # type: ignore[union-attr]
    for name, entry in node.value.items():  # type: ignore[union-attr]
        if name in PARAMETERS:
            continue
        near = closest(name, [p for p in PARAMETERS if p not in given])
        if near:
            given[near] = entry
        if reader is not None:
            line = entry.key[0] if entry.key else entry.line
            mend = f"did you mean `{near}`?" if near else "docs/parameters.md lists all that there are. Take it out:"
            mended = entry.renamed(near) if near else node.without(name)
            reader.say(entry.source.name, line, f"unknown parameter `{name[:60]}`", mend, mended)
    return given


def assumption_example(p: Parameter) -> str:
    """A distribution inside the parameter's limits, to be written over."""
    middles = {"1": (1, 30), "1/day": (0.03,)}.get(p.unit, (30, 1, 300))
    middle = next(m for m in middles if p.low <= m / 3 and 3 * m <= p.high) if p.unit != "share" else 0
    inside = f"lognormal: {{median: {middle:g}, p05: {middle / 3:.2g}, p95: {middle * 3:g}}}"
    if p.unit == "share":
        inside = "uniform: {from: 0.1, to: 0.9}"
    return f"{{{inside}, unit: {_unit(p)}, {WHY}}}"


def _unit(p: Parameter) -> str:
    return '"1"' if p.unit == "1" else p.unit


# -- one parameter
def read_prior(reader: Reader, p: Parameter, entry: Node, evidence: Evidence) -> Prior | None:
    """What an entry says of its parameter; None, with a problem told, where it cannot be read."""
    if not isinstance(entry.value, dict):
        _refuse_bare(reader, p, entry)
        return None
    before = len(reader.problems)
    f = _entry_fields(reader, p, entry)
    cited = _cited(reader, p, f, entry, evidence)
    same_unit = [n for n, q in PARAMETERS.items() if n != p.name and q.unit == p.unit]
    at_most = reader.want_choice(f.get("at_most"), same_unit, f"parameter in {p.unit}")
    if "part_of" in f and p.unit != "share":
        what = f"`{p.name}` has the unit {p.unit}: only a share can be a part of another share"
        reader.report(f["part_of"], what, "take it out:", entry.without("part_of"))
    part_of = reader.want_choice(f.get("part_of"), same_unit, "share")
    group = f.get("fallback") or f.get("assumption")
    fallback, why = _assumed(reader, p, group, evidence) if group is not None else (None, None)
    if reader.errors(before) or fallback is None or why is None or cited is None:
        return None
    combine = f["combine"].text if "combine" in f else "mixture"
    if why_not := misfit(cited, combine, fallback):
        mend = "a mixture holds claims that cannot all be right:"
        reader.report(f["combine"], why_not, mend, f["combine"].replaced("mixture"))
        return None
    return Prior(p, fallback, why, cited, combine, at_most, part_of)


def _refuse_bare(reader: Reader, p: Parameter, entry: Node) -> None:
    bare = isinstance(entry.value, (int, float)) and not isinstance(entry.value, bool)
    rule = "a parameter names its claim or its assumption"
    what = f"`{p.name}` is a bare number: {rule}" if bare else f"`{p.name}`: {rule}"
    written = f"{{assumption: {_exactly(p, entry) if bare else assumption_example(p)}}}"
    reader.report(entry, what, "write it so, with the reason:", entry.replaced(written))


def _exactly(p: Parameter, node: Node) -> str:
    inside = isinstance(node.value, (int, float)) and p.low <= node.value <= p.high
    return f"{{exactly: {node.text}, unit: {_unit(p)}, {WHY}}}" if inside else assumption_example(p)


def _entry_fields(reader: Reader, p: Parameter, entry: Node) -> dict[str, Node]:
    """The keys of an entry: a claim with its fallback, or an assumption."""
    more = ("at_most", "part_of") if p.name in PARAMETERS else ("at_most",)  # a part is cut out before any event
    has = {k: any(closest(given, [k]) for given in entry.value) for k in ("claim", "fallback", "assumption")}  # type: ignore[union-attr]
    named = {"claim": "pay"}
    if "claims" in entry:
        named, more = {"claims": "[pay]"}, ("combine", *more)
        if "claim" in entry:
            what = f"`{p.name}` has both `claim` and `claims`"
            reader.report(entry["claim"], what, "name them all in the list:", entry.without("claim"))
            more = ("claim", *more)
    if has["claim"] and has["fallback"]:
        return reader.fields(entry, named | {"fallback": assumption_example(p)}, more)
    if has["claim"] and "assumption" in entry:
        at, other = entry["assumption"], "fallback"
        what = f"`{p.name}` has a claim and an assumption: what holds if the source is wrong is called its fallback"
        reader.report(at, what, "write:", at.renamed(other))
        return reader.fields(entry, named, ("assumption", *more))
    if has["claim"]:
        what = f"`{p.name}` has a claim and no fallback: what holds if the source is wrong?"
        reader.report(entry, what, "add it:", entry.with_key(f"fallback: {assumption_example(p)}"))
        return reader.fields(entry, named, more)
    if "fallback" in entry and not has["assumption"]:
        at = entry["fallback"]
        mend = "without a claim it is an assumption:"
        reader.report(at, f"`{p.name}` has a fallback and no claim", mend, at.renamed("assumption"))
        return reader.fields(entry, {}, ("fallback", *more))
    return reader.fields(entry, {"assumption": assumption_example(p)}, more)


# -- what it rests on
def _cited(
    reader: Reader, p: Parameter, f: dict[str, Node], entry: Node, evidence: Evidence
) -> tuple[Cited, ...] | None:
    """The claims that an entry names, as read; None, with a problem told, where one cannot be."""
    nodes = [f["claim"]] if "claim" in f else []
    if nodes and isinstance(nodes[0].value, list):
        name = "combine: mixture, claims" if entry.is_flow and len(list(nodes[0])) > 1 else "claims"
        what = f"`claim` of `{p.name}` is a list"
        reader.report(nodes[0], what, "a list stands under `claims`, with how they combine:", nodes[0].renamed(name))
        return None
    if "claims" in f:
        nodes = _listed(reader, p, f["claims"], entry, evidence)
        combine = reader.want_choice(f.get("combine"), COMBINE, "way to combine claims")
        if len(nodes) > 1 and "combine" not in f:
            mend = "; ".join(f"`{way}`: {when}" for way, when in COMBINE.items()) + ". Add it:"
            what = f"`{p.name}` rests on several claims and does not say how they combine"
            reader.report(entry, what, mend, entry.with_key("combine: mixture"))
        if not nodes or ("combine" in f and combine is None):
            return None
    out = []
    for node in nodes:
        claim = _cited_claim(reader, p, node, entry, evidence)
        cuts = "combine" in f and f["combine"].text == "bounds"
        one = _as_cited(reader, p, claim, (node, entry), evidence, cuts) if claim else None
        if one is None:
            return None
        out.append(one)
    return tuple(out)


def _as_cited(
    reader: Reader, p: Parameter, claim: Claim, at: tuple[Node, Node], evidence: Evidence, cuts: bool
) -> Cited | None:
    """A claim as a parameter rests on it; None, with a problem told, where it cannot. `at`: where it is named, and in which
    entry; `cuts`: whether bounds cut."""
    reading = _claim_on(reader, p, claim, *at, evidence)
    if reading is None:
        return None
    bound = claim_bound(claim, evidence.words, UNITS[p.unit][claim.unit or p.unit]) if cuts else None
    return Cited(claim, reading, evidence.credence(claim), evidence.origin(claim), bound)


def resting_also_on(reader: Reader, prior: Prior, claim: Claim, evidence: Evidence) -> Prior | None:
    """A prior with one claim of this evidence more, combined with its others as they are with one another; None, with a
    problem told, where that cannot be. What nobody believes takes no part."""
    one = _as_cited(reader, prior.parameter, claim, (claim.node, claim.node), evidence, prior.combine == "bounds")
    if one is None:
        return None
    cited = [*prior.cited, one] if one.credence > 0 else prior.cited
    if why_not := misfit(cited, prior.combine, prior.fallback):
        reader.report(claim.node, why_not, "say it in other words, or as another figure.")
        return None
    return prior.resting_on(cited)


def _listed(reader: Reader, p: Parameter, node: Node, entry: Node, evidence: Evidence) -> list[Node]:
    """The items of a list of claims, each once."""
    out: dict[str, Node] = {}
    items = reader.items(node)
    for item in items:
        if item.text in out:
            what = f"the claim `{item.text[:60]}` is named twice"
            reader.report(item, what, "once is enough:", node.without_item(item))
        out.setdefault(item.text, item)
    if isinstance(node.value, list) and not items:
        mend = "name those that it rests on, or call it an assumption:"
        reader.report(node, f"`{p.name}` names no claim", mend, _otherwise(p, node, entry, evidence))
    return list(out.values())


def _cited_claim(reader: Reader, p: Parameter, node: Node, entry: Node, evidence: Evidence) -> Claim | None:
    """The claim that is named; None where there is no such claim, or it could not be read (and was told of)."""
    if evidence.claim_ids is None or node.text in evidence.claim_ids:
        return evidence.claims.get(node.text)
    fit = [c for c in evidence.claim_ids if c not in evidence.claims or evidence.claims[c].quantity == p.name]
    near = closest(node.text, fit)
    mended = node.replaced(near) if near else _otherwise(p, node, entry, evidence)
    mend = f"did you mean `{near}`?" if near else "rest it on another claim, or call it an assumption:"
    reader.report(node, f"there is no claim `{node.text[:60]}`", mend, mended)
    return None


def _otherwise(p: Parameter, node: Node, entry: Node, evidence: Evidence) -> str | None:
    """The line with a claim that does speak of the parameter, or with its fallback as an assumption."""
    listed = entry.get("claims")
    named = [n.text for n in listed or ()]
    others = [c.id for c in evidence.claims.values() if c.informs == "input" and c.quantity == p.name]
    others = [c for c in others if c not in named]
    if others:
        return node.replaced(f"[{others[0]}]" if node is listed else others[0])
    if listed is not None and len(named) > 1:
        return listed.without_item(node)
    fallback = entry.get("fallback")
    if fallback is None or node.key is None or not node.key[0] == node.line == fallback.line:
        return None
    if fallback.start < node.end:
        return None
    return node.source.edited(node.line, node.key[1], fallback.start, "assumption: ")


def _claim_on(
    reader: Reader, p: Parameter, claim: Claim, cited: Node, entry: Node, evidence: Evidence
) -> Distribution | None:
    """The distribution by which an input claim informs a parameter, in the parameter's unit."""
    node = claim.node
    if claim.quantity != p.name:
        said = f"speaks of `{claim.quantity}`" if claim.quantity else "speaks of no quantity"
        mended = _otherwise(p, cited, entry, evidence)
        mend = "rest it on a claim that does, or call it an assumption:"
        reader.report(cited, f"the claim `{claim.id}` {said}, not of `{p.name}`", mend, mended)
        return None
    if claim.informs != "input":
        role = "held back" if claim.informs == "held_back" else claim.informs
        what = f"the claim `{claim.id}` is {role}, and `{p.name}` rests on it"
        if claim.informs == "outcome":
            what = f"the claim `{claim.id}` informs an outcome, and `{p.name}` rests on it: it would count twice"
        mend = "a claim that a parameter rests on is an input:"
        reader.report(node["informs"], what, mend, node["informs"].replaced("input"))
        return None
    dist = claim_reading(claim, evidence.words)
    assert dist is not None and claim.unit is not None  # `evidence.fitness` saw to it
    factor = UNITS[p.unit][claim.unit]
    dist = converted(dist, factor, p.whole)
    at, kind = node.get("value" if claim.value is not None else "hedge"), "value"
    if claim.reading is not None:
        kind = next(k for k in KINDS if k in node["reading"])
        at = node["reading"][kind]
    return dist if at is not None and in_range(reader, p, dist, at, kind, factor) else None


def _assumed(reader: Reader, p: Parameter, node: Node, evidence: Evidence) -> tuple[Distribution | None, str | None]:
    if not isinstance(node.value, dict):
        bare = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
        what = "a bare number" if bare else "no distribution"
        mended = node.replaced(_exactly(p, node) if bare else assumption_example(p))
        reader.report(node, f"{what} where an assumption with unit and reason is needed", "write:", mended)
        return None, None
    kind = next((k for k in KINDS if k in node), None)
    rest = {"unit": _unit(p), "why": '"where it comes from"'}
    if kind is None:
        _refuse_kind(reader, p, node, rest)
        return None, None
    f = reader.fields(node, {kind: "", **rest})
    shares = [n for n, q in PARAMETERS.items() if q.unit == "share" and n != p.name]
    dist = read_distribution(reader, node, shares, evidence.words.figures)
    why, unit = reader.want_text(f.get("why")), f.get("unit")
    if unit is not None and unit.text not in UNITS[p.unit]:
        what = f"`{unit.text}` is not a unit of `{p.name}`" if unit.text else f"`{p.name}` has no unit"
        reader.report(unit, what, f"known: {', '.join(UNITS[p.unit])}:", unit.replaced(_unit(p)))
        return None, why
    if dist is None or unit is None:
        return None, why
    factor = UNITS[p.unit][unit.text]
    dist = converted(dist, factor, p.whole)
    return (dist if in_range(reader, p, dist, node[kind], kind, factor) else None), why


def _refuse_kind(reader: Reader, p: Parameter, node: Node, rest: dict[str, str]) -> None:
    wrong = next((k for k in node.value if k not in rest and closest(k, KINDS)), None)  # type: ignore[union-attr]
    if wrong:
        reader.fields(node, {str(closest(wrong, KINDS)): "", **rest})
        return
    mend = f"known: {', '.join(KINDS)}. For example:"
    reader.report(node, f"`{p.name}` names no distribution", mend, node.replaced(assumption_example(p)))


def highest(prior: Prior) -> float:
    """The most that a prior allows: the upper end of its parts, or their 95 % point where they have none."""
    parts = [part for _, part in flatten(prior.distribution)]
    ends = (Exactly, Uniform, Triangular)
    most = max(1.0 if isinstance(part, LogitNormal) else reach(part, isinstance(part, ends))[1] for part in parts)
    return min(most, prior.parameter.high)
