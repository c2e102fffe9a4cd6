"""A case folder → places, enterprises, dated events, policies; every parameter tied to a claim or an assumption."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

from obrok.case.parameters import EVENT_CHANGES, OUTCOMES, PARAMETERS, Parameter
from obrok.evidence.claims import PUBLISHED, Claim, Evidence, Span, claim_reading, read_evidence
from obrok.evidence.documents import Anchor, find_text, read_documents, read_format, read_id, sha256
from obrok.problems import Node, ProblemsFound, Reader, closest
from obrok.quantities import (
    EXAMPLE,
    KINDS,
    UNITS,
    Distribution,
    Exactly,
    LogitNormal,
    Mixture,
    Scaled,
    Triangular,
    Uniform,
    flatten,
    read_distribution,
    words,
)

FILES = ("case.yaml", "claims.yaml", "documents.yaml")
BURN_IN = 365


@dataclass(frozen=True)
class Prior:
    """What is assumed of a parameter before weighing, in its canonical unit: c·claim + (1-c)·fallback, or an assumption.

    `at_most`: never above that parameter's draw. `part_of`: drawn as a part of that parameter, which keeps the rest.
    """

    parameter: Parameter
    fallback: Distribution
    why: str
    claim: Claim | None = None
    reading: Distribution | None = None
    credence: float = 0.0
    at_most: str | None = None
    part_of: str | None = None

    @property
    def distribution(self) -> Distribution:
        if self.reading is None:
            return self.fallback
        return Mixture(((self.credence, self.reading), (1.0 - self.credence, self.fallback)))

    def needs(self) -> set[str]:
        """Parameters that are drawn before this one."""
        around = {p.around for _, p in flatten(self.distribution) if isinstance(p, LogitNormal)}
        return around | {n for n in (self.at_most, self.part_of) if n}


@dataclass(frozen=True)
class Place:
    id: str
    within: str | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True)
class Enterprise:
    id: str
    share: str | None
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """A dated event: from `day` on it moves what `changes` names, building up with the half-life `ramp`.

    `share`: the parameter that says how much of the change is the event's doing (None: all of it).
    """

    id: str
    day: int
    claims: tuple[str, ...]
    share: str | None
    ramp: str
    changes: Mapping[str, str]


@dataclass(frozen=True)
class Policy:
    """`without`: events whose doing is undone; `keep`: what stays as it was before any event."""

    id: str
    without: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()

    @property
    def factual(self) -> bool:
        return not self.without and not self.keep


@dataclass(frozen=True)
class AnchorState:
    """Anchors held against the texts on this machine."""

    checked: int
    not_checked: int
    wrong: int
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A checked case. Days count from 0 = `start`; `window` is the first and last day of "within a year"."""

    folder: Path
    id: str
    title: str
    start: date
    days: int
    window: tuple[int, int]
    places: Mapping[str, Place]
    enterprises: tuple[Enterprise, ...]
    priors: Mapping[str, Prior]
    events: tuple[Event, ...]
    policies: tuple[Policy, ...]
    compare: tuple[tuple[str, str], ...]
    evidence: Evidence
    anchors: AnchorState
    live: bool
    sha256: str
    notes: tuple[object, ...] = field(default=(), compare=False)

    def day(self, when: date) -> int:
        return (when - self.start).days

    def date(self, day: int) -> date:
        return self.start + timedelta(days=int(day))

    @property
    def factual(self) -> Policy:
        return next(p for p in self.policies if p.factual)

    def outcome_claims(self) -> list[Claim]:
        return [c for c in self.evidence.claims.values() if c.informs == "outcome"]

    def run(self, worlds: int = 20_000, seed: int = 1, **options):
        """Simulates, weighs and answers. Options as in `obrok.worlds.run.Options`. Returns `obrok.outward.study.Study`."""
        from obrok.outward.study import study

        return study(self, worlds=worlds, seed=seed, **options)


def find_case(name: str | Path) -> Path:
    """A folder, or the name of a shipped case → the folder."""
    path = Path(name)
    if path.is_dir():
        return path
    shipped = Path(str(resources.files("obrok") / "cases"))
    if str(name) in shipped_cases():
        return shipped / str(name)
    near = closest(str(name), shipped_cases())
    mend = f"did you mean `{near}`?" if near else f"give a folder, or a shipped case: {', '.join(shipped_cases())}."
    reader = Reader()
    reader.say(str(name), 0, "there is no such case", mend)
    raise ProblemsFound(reader.problems)


def shipped_cases() -> list[str]:
    return sorted(p.name for p in Path(str(resources.files("obrok") / "cases")).iterdir() if (p / "case.yaml").exists())


def new_case(name: str | Path) -> Path:
    """Copies the blank case to a new folder."""
    target = Path(name)
    if target.exists():
        reader = Reader()
        reader.say(str(name), 0, "this folder is there already", "choose another name: nothing is overwritten.")
        raise ProblemsFound(reader.problems)
    shutil.copytree(find_case("blank"), target)
    path = target / "case.yaml"
    path.write_text(path.read_text("utf-8").replace("id: blank", f"id: {target.name}", 1), "utf-8")
    return target


def load(name: str | Path = "chita-2015", documents_required: bool = False) -> Case:
    """Reads and checks a case. Raises `ProblemsFound` with everything that is wrong, at once."""
    folder = find_case(name)
    reader = Reader()
    shown = "" if str(folder) == "." else f"{folder.name}/"
    roots = {file: reader.open(folder / file, shown + file) for file in FILES}
    case = _read(reader, folder, roots, documents_required)
    reader.raise_if_any()
    assert case is not None
    return case


REQUIRED = {
    "format": "1",
    "id": "my-case",
    "title": '"Title of the case"',
    "period": "{start: 2014-05-09, end: 2016-05-08}",
    "window": "{from: 2015-05-09, to: 2016-05-07}",
    "places": "[{id: city}]",
    "enterprises": "[{id: firm}]",
    "sites": "[{id: firm-city, enterprise: firm, place: city}]",
    "parameters": "{}",
    "policies": "[{id: as-reported}]",
}


def _read(reader: Reader, folder: Path, roots: Mapping[str, Node | None], documents_required: bool) -> Case | None:
    root, claims_root, documents_root = (roots[f] for f in FILES)
    documents = read_documents(reader, documents_root) if documents_root else {}
    if root is None:
        if claims_root is not None and documents_root is not None:
            read_evidence(reader, claims_root, documents, ())
        return None
    reader.no_private_person(root)
    f = reader.fields(root, REQUIRED, ("events", "compare", "live", "note"))
    read_format(reader, f.get("format"))
    name, title = read_id(reader, f.get("id"), ()), reader.want_text(f.get("title"))
    start, end = _dates(reader, f.get("period"), "start", "end")
    places = _places(reader, f.get("places"))
    evidence = Evidence(documents, {}, {})
    if claims_root is not None and documents_root is not None:
        evidence = read_evidence(reader, claims_root, documents, tuple(places))
    enterprises = _enterprises(reader, f.get("enterprises"), evidence)
    _sites(reader, f.get("sites"), enterprises, places)
    priors = _priors(reader, f["parameters"], evidence) if "parameters" in f else {}
    events = _events(reader, f.get("events"), evidence, start, end)
    policies, compare = _policies(reader, f, events)
    if "parameters" in f:
        _check_complete(reader, f["parameters"], enterprises, events)
        _check_order(reader, f["parameters"], priors)
    window = _window(reader, f.get("window"), start, end)
    if claims_root is not None and start and end:
        _check_claims(reader, evidence, priors, enterprises, events, start, end)
    anchors = _check_anchors(reader, evidence, folder, documents_required)
    live = f.get("live")
    if live is not None and not isinstance(live.value, bool):
        reader.report(live, "true or false is needed here", "write one:", live.replaced("true"))
    if None in (name, title, start, end, window) or any(not p.warning for p in reader.problems):
        return None
    data = "\n".join(sha256((folder / file).read_bytes()) for file in FILES)
    return Case(
        folder=folder, id=name, title=title, start=start, days=(end - start).days + 1, window=window,  # type: ignore[arg-type, operator]
        places=places, enterprises=enterprises, priors=priors, events=events, policies=policies, compare=compare,
        evidence=evidence, anchors=anchors, live=bool(live and live.value), sha256=sha256(data),
        notes=tuple(p for p in reader.problems if p.warning),
    )  # fmt: skip


def _dates(reader: Reader, node: Node | None, first: str, last: str) -> tuple[date | None, date | None]:
    if node is None:
        return None, None
    f = reader.fields(node, {first: "2014-05-09", last: "2016-05-08"})
    a, b = reader.want_date(f.get(first)), reader.want_date(f.get(last))
    if a and b and a > b:
        line = node.replaced(f"{{{first}: {b}, {last}: {a}}}")
        reader.report(node, f"the dates are reversed: {a} to {b}", "the earlier one first:", line)
        return None, None
    return a, b


def _window(reader: Reader, node: Node | None, start: date | None, end: date | None) -> tuple[int, int] | None:
    a, b = _dates(reader, node, "from", "to")
    if node is None or not (a and b and start and end):
        return None
    if a < start or b > end:
        inside = f"{{from: {max(a, start)}, to: {min(b, end)}}}"
        reader.report(node, f"the window {a} to {b} leaves the period {start} to {end}", "keep it inside:", node.replaced(inside))
        return None
    if (a - start).days < BURN_IN:
        what = f"the window begins {(a - start).days} days after the period: the first months of a simulation leave more"
        reader.report(node, what, f"begin the period at least {BURN_IN} days before the window.", warning=True)
    return (a - start).days, (b - start).days


def _places(reader: Reader, node: Node | None) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for item in reader.items(node):
        f = reader.fields(item, {"id": "city"}, ("within", "lat", "lon"))
        name = read_id(reader, f.get("id"), places)
        within = _known(reader, f.get("within"), places, "place")
        lat, lon = reader.want_number(f.get("lat"), -90, 90, "lat"), reader.want_number(f.get("lon"), -180, 180, "lon")
        if name:
            places[name] = Place(name, within, lat, lon)
    return places


def _known(reader: Reader, node: Node | None, known, what: str) -> str | None:
    """The name of something that must be there."""
    if node is None:
        return None
    return reader.want_choice(node, known, what) if known else None


def _claim_ids(reader: Reader, node: Node | None, evidence: Evidence) -> tuple[str, ...]:
    return tuple(x for n in reader.items(node) if (x := _known(reader, n, evidence.claims, "claim")))


def _enterprises(reader: Reader, node: Node | None, evidence: Evidence) -> tuple[Enterprise, ...]:
    out: dict[str, Enterprise] = {}
    items = reader.items(node)
    for i, item in enumerate(items):
        f = reader.fields(item, {"id": "firm"}, ("share", "claims"))
        name = read_id(reader, f.get("id"), out)
        share = _known(reader, f.get("share"), ("enterprise_split",), "parameter")
        if len(items) == 2 and i == 0 and "share" not in f:
            line = item.source.line(item.line)
            mended = line[: f["id"].end] + ", share: enterprise_split" + line[f["id"].end :]
            reader.report(item, "with two enterprises the first needs its share", "add it:", mended)
        if name:
            out[name] = Enterprise(name, share, _claim_ids(reader, f.get("claims"), evidence))
    if node is not None and not 1 <= len(items) <= 2:
        reader.report(node, f"{len(items)} enterprises", "this version simulates one or two in one city.")
    return tuple(out.values())


def _sites(reader: Reader, node: Node | None, enterprises: tuple[Enterprise, ...], places: Mapping[str, Place]) -> None:
    names = [e.id for e in enterprises]
    seen, cities = set(), set()
    for item in reader.items(node):
        f = reader.fields(item, {"id": "firm-city", "enterprise": names[0] if names else "firm", "place": "city"})
        read_id(reader, f.get("id"), seen)
        seen.add(str(f["id"].value) if "id" in f else "")
        _known(reader, f.get("enterprise"), names, "enterprise")
        if place := _known(reader, f.get("place"), places, "place"):
            cities.add(place)
        if len(cities) > 1 and "place" in f:
            first = sorted(cities - {place})[0]
            reader.report(f["place"], "sites in more than one city", "this version simulates one city:", f["place"].replaced(first))
            cities.discard(place)


def _priors(reader: Reader, node: Node, evidence: Evidence) -> dict[str, Prior]:
    priors: dict[str, Prior] = {}
    if not isinstance(node.value, dict):
        reader.report(node, "a group of parameters is needed here", "one line a parameter: name: {assumption: …}.")
        return priors
    for name, entry in node.value.items():
        if name not in PARAMETERS:
            near = closest(name, [p for p in PARAMETERS if p not in node.value])
            line, column = entry.key or (entry.line, entry.start)
            text = entry.source.line(line)
            mended = text[:column] + near + text[column + len(name) :] if near else ""
            mend = f"did you mean `{near}`?" if near else "the table of parameters is in docs/parameters.md. Take it out:"
            reader.say(entry.source.name, line, f"unknown parameter `{name}`", mend, mended)
        elif prior := _prior(reader, PARAMETERS[name], entry, evidence):
            priors[name] = prior
    return priors


def _unit_example(p: Parameter) -> str:
    middle = {"share": "uniform: {from: 0.1, to: 0.9}"}.get(p.unit, EXAMPLE)
    return f"{{{middle}, unit: {p.unit}, why: \"where it comes from\"}}"


def _prior(reader: Reader, p: Parameter, entry: Node, evidence: Evidence) -> Prior | None:
    if not isinstance(entry.value, dict):
        given = entry.value if isinstance(entry.value, (int, float)) and not isinstance(entry.value, bool) else None
        dist = f"exactly: {given}" if given is not None else _unit_example(p)[1:].split(", unit")[0]
        mended = entry.replaced(f'{{assumption: {{{dist}, unit: {p.unit}, why: "where it comes from"}}}}')
        what = "a bare number: every parameter names its claim or its assumption" if given is not None else "a parameter names its claim or its assumption"
        reader.report(entry, f"`{p.name}` is {what}", "write it so, with the reason:", mended)
        return None
    required = {"claim": "pay", "fallback": _unit_example(p)} if "claim" in entry else {"assumption": _unit_example(p)}
    if "claim" in entry and "fallback" not in entry:
        claim_node = entry["claim"]
        line = claim_node.source.line(claim_node.line)
        mended = line[: claim_node.end] + f", fallback: {_unit_example(p)}" + line[claim_node.end :]
        what = f"`{p.name}` has a claim and no fallback: what holds if the source is wrong?"
        reader.report(entry, what, "add it:", mended)
        required = {"claim": "pay"}
    f = reader.fields(entry, required, ("at_most", "part_of"))
    claim = reading = None
    credence = 0.0
    if "claim" in f:
        name = _known(reader, f["claim"], evidence.claims, "claim")
        if not evidence.claims:
            reader.report(f["claim"], f"there is no claim `{f['claim'].value}`", "claims.yaml holds none that could be read.")
        claim = evidence.claims.get(name or "")
        if claim is not None:
            reading = _claim_on(reader, p, claim, f["claim"])
            credence = evidence.credence(claim)
    names = tuple(n for n in PARAMETERS if n != p.name)
    at_most, part_of = (_known(reader, f.get(k), names, "parameter") for k in ("at_most", "part_of"))
    group = f.get("fallback") or f.get("assumption")
    fallback, why = _assumed(reader, p, group, names, part_of is not None) if group is not None else (None, None)
    if fallback is None or why is None or ("claim" in entry and reading is None):
        return None
    return Prior(p, fallback, why, claim, reading, credence, at_most, part_of)


def _assumed(reader: Reader, p: Parameter, node: Node, names, is_part: bool) -> tuple[Distribution | None, str | None]:
    if not isinstance(node.value, dict):
        what = "a bare number" if isinstance(node.value, (int, float)) else "no distribution"
        given = f"{{exactly: {node.value}, unit: {p.unit}, why: \"where it comes from\"}}" if what == "a bare number" else _unit_example(p)
        reader.report(node, f"{what} where an assumption with unit and reason is needed", "write:", node.replaced(given))
        return None, None
    kind = next((k for k in KINDS if k in node), None)
    if kind is None:
        kinds = ", ".join(KINDS)
        wrong = next((k for k in node.value if k not in ("unit", "why")), None)
        if wrong and closest(wrong, KINDS):
            reader.fields(node, {closest(wrong, KINDS): "", "unit": p.unit, "why": '"where it comes from"'})  # type: ignore[dict-item]
        else:
            reader.report(node, f"`{p.name}` names no distribution", f"known: {kinds}. For example:", node.replaced(_unit_example(p)))
        return None, None
    f = reader.fields(node, {kind: "", "unit": p.unit, "why": '"where it comes from"'})
    dist = read_distribution(reader, node, names, p.whole)
    why = reader.want_text(f.get("why"))
    if dist is None or "unit" not in f:
        return None, why
    dist = _in_unit(reader, p, dist, f["unit"])
    if dist is not None and not is_part:
        _check_range(reader, p, dist, node[kind], kind)
    return dist, why


def _in_unit(reader: Reader, p: Parameter, dist: Distribution, unit: Node) -> Distribution | None:
    units = UNITS[p.unit]
    if str(unit.value) not in units:
        what = f"`{unit.value}` is not a unit of `{p.name}`"
        reader.report(unit, what, f"known: {', '.join(units)}:", unit.replaced(p.unit))
        return None
    factor = units[str(unit.value)]
    if factor == 1:
        return dist
    if isinstance(dist, Mixture):
        return Mixture(tuple((w, Scaled(part, factor)) for w, part in flatten(dist)))
    return Scaled(dist, factor)


def _check_range(reader: Reader, p: Parameter, dist: Distribution, node: Node, kind: str) -> None:
    for _, part in flatten(dist):
        if isinstance(part, LogitNormal):
            continue
        bounded = isinstance(part, (Exactly, Uniform, Triangular))
        low, high = (float(part.quantile(u)) for u in ((0.0, 1.0) if bounded else (0.05, 0.95)))
        slack = 0.5 if p.whole else 1e-9 * max(1.0, abs(p.high))
        if low < p.low - slack or high > p.high + slack:
            clipped = f"{min(max(low, p.low), p.high):g}"
            mended = None
            if kind == "exactly":
                mended = node.replaced(clipped)
            elif kind == "uniform":
                mended = node.replaced(f"{{from: {max(low, p.low):g}, to: {min(high, p.high):g}}}")
            what = f"`{p.name}` from {low:g} to {high:g} is outside its limits, {p.low:g} to {p.high:g} {p.unit}"
            reader.report(node, what, "write numbers inside them:", mended)
            return


def _claim_on(reader: Reader, p: Parameter, claim: Claim, at: Node) -> Distribution | None:
    """The distribution by which an input claim informs a parameter, in the parameter's unit."""
    node = claim.node
    if claim.informs != "input":
        what = f"the claim `{claim.id}` informs {claim.informs}, and `{p.name}` rests on it: it would count twice"
        if claim.informs != "outcome":
            what = f"the claim `{claim.id}` is {claim.informs}, and `{p.name}` rests on it"
        reader.report(node["informs"], what, "a claim that a parameter rests on is an input:", node["informs"].replaced("input"))
        return None
    if claim.quantity != p.name:
        what = f"the claim `{claim.id}` speaks of `{claim.quantity}`, not of `{p.name}`"
        mended = node["quantity"].replaced(p.name) if "quantity" in node else None
        reader.report(node["quantity"] if "quantity" in node else node, what, f"`{p.name}` in {at.source.name} rests on it:", mended)
        return None
    dist = claim_reading(claim)
    if dist is None:
        what = f"the claim `{claim.id}` gives no value, no known word for a share and no reading"
        reader.report(node, what, "add, for example, `hedge: most`, `value: 300`, or `reading: {beta: {a: 2, b: 4}, why: …}`.")
        return None
    if "unit" in node and node["unit"].value is not None:
        return _in_unit(reader, p, dist, node["unit"])
    line = node.source.line(node.line)
    mended = line[: node.start] + f"unit: {p.unit}\n" + " " * node.start + line[node.start :]
    reader.report(node, f"the claim `{claim.id}` has no unit", "add it:", mended)
    return None


def _events(reader: Reader, node: Node | None, evidence: Evidence, start: date | None, end: date | None) -> tuple[Event, ...]:
    events: dict[str, Event] = {}
    for item in reader.items(node):
        f = reader.fields(item, {"id": "visit", "date": "2015-05-09", "ramp": "ramp", "changes": "{effort: effort_after}"}, ("claims", "share", "why"))
        name, when = read_id(reader, f.get("id"), events), reader.want_date(f.get("date"))
        if when and start and end and not start <= when <= end:
            inside = min(max(when, start), end)
            what = f"the event on {when} is outside the period, {start} to {end}"
            reader.report(f["date"], what, "give a date inside it, or widen the period:", f["date"].replaced(str(inside)))
            when = None
        ramp = _known(reader, f.get("ramp"), ("ramp",), "parameter")
        share = _known(reader, f.get("share"), ("visit_role",), "parameter")
        changes: dict[str, str] = {}
        if "changes" in f:
            wanted = {what: names[-1] for what, names in EVENT_CHANGES.items()}
            for what, child in reader.fields(f["changes"], {}, wanted).items():
                if _known(reader, child, (wanted[what],), "parameter"):
                    changes[what] = wanted[what]
        for what in changes:
            other = next((e for e in events.values() if what in e.changes), None)
            if other:
                reader.report(f["changes"], f"`{what}` is changed by `{other.id}` already", "this version lets one event change a thing.")
        claims = _claim_ids(reader, f.get("claims"), evidence)
        if name and when and start and ramp:
            events[name] = Event(name, (when - start).days, claims, share, ramp, changes)
    return tuple(events.values())


def _policies(reader: Reader, f: Mapping[str, Node], events: tuple[Event, ...]) -> tuple[tuple[Policy, ...], tuple[tuple[str, str], ...]]:
    policies: dict[str, Policy] = {}
    for item in reader.items(f.get("policies")):
        g = reader.fields(item, {"id": "as-reported"}, ("without", "keep"))
        name = read_id(reader, g.get("id"), policies)
        without = _known(reader, g.get("without"), [e.id for e in events], "event")
        keep = [x for n in reader.items(g.get("keep")) if (x := _known(reader, n, EVENT_CHANGES, "thing to keep"))]
        if "without" in g and not events:
            reader.report(g["without"], f"there is no event `{g['without'].value}`", "add it under `events:`, or take the policy out.")
        if name:
            policies[name] = Policy(name, frozenset({without} if without else ()), frozenset(keep))
    if "policies" in f and sum(p.factual for p in policies.values()) != 1 and policies:
        node = f["policies"]
        reader.report(node, "one policy, and only one, is what was reported: it has neither `without` nor `keep`", "add `- {id: as-reported}`, or say what the others change.")
    compare = []
    for pair in reader.items(f.get("compare")):
        names = [x for n in reader.items(pair) if (x := _known(reader, n, policies, "policy"))]
        if len(names) == 2 == len(pair.value):  # type: ignore[arg-type]
            compare.append((names[0], names[1]))
        elif len(names) == len(pair.value if isinstance(pair.value, list) else ()):
            reader.report(pair, "two policies are compared at a time", "write:", pair.replaced(f"[{', '.join((list(policies) * 2)[:2])}]"))
    return tuple(sorted(policies.values(), key=lambda p: not p.factual)), tuple(compare)


def used_parameters(enterprises: tuple[Enterprise, ...], events: tuple[Event, ...]) -> list[str]:
    """Parameters that a case with these enterprises and events must give, in the table's order."""
    idle = {n for names in EVENT_CHANGES.values() for n in names if n.endswith("_after")} | {"news", "sessions_per_week", "ramp", "visit_role"}
    if len(enterprises) < 2:
        idle.add("enterprise_split")
    for event in events:
        idle -= {*event.changes.values(), event.ramp, event.share or ""}
    return [name for name in PARAMETERS if name not in idle]


def _check_complete(reader: Reader, node: Node, enterprises: tuple[Enterprise, ...], events: tuple[Event, ...]) -> None:
    if not isinstance(node.value, dict):
        return
    for name in used_parameters(enterprises, events):
        misspelt = any(closest(given, [name]) for given in node.value if given not in PARAMETERS)
        if name not in node.value and not misspelt:
            p = PARAMETERS[name]
            entry = f"{name}: {{assumption: {_unit_example(p)}}}"
            line = node.source.line(node.line)
            mended = line[: node.start] + entry + "\n" + " " * node.start + line[node.start :]
            if not node.value:
                mended = node.replaced(f"{{{entry}}}")  # type: ignore[assignment]
            reader.report(node, f"the parameter `{name}` ({p.meaning}) has no entry", "add it:", mended)


def _check_order(reader: Reader, node: Node, priors: Mapping[str, Prior]) -> None:
    try:
        order(priors)
    except ValueError as error:
        name = str(error)
        reader.report(node.value[name], f"`{name}` is drawn relative to itself, by way of other parameters", "take out one `at_most`, `part_of` or `around`.")  # type: ignore[index]


def order(priors: Mapping[str, Prior]) -> list[str]:
    """Parameters in an order in which each comes after those it is drawn relative to. ValueError names one in a circle."""
    out: list[str] = []
    left = [n for n in PARAMETERS if n in priors]
    while left:
        ready = [n for n in left if all(m in out or m not in priors for m in priors[n].needs())]
        if not ready:
            raise ValueError(left[0])
        out += ready
        left = [n for n in left if n not in ready]
    return out


def _check_claims(reader: Reader, evidence: Evidence, priors, enterprises, events, start: date, end: date) -> None:
    cited = {prior.claim.id for prior in priors.values() if prior.claim}
    for claim in evidence.claims.values():
        node = claim.node
        if claim.informs == "input":
            if claim.quantity not in PARAMETERS:
                _known(reader, node["quantity"], list(PARAMETERS), "parameter")
            elif claim.id not in cited and claim.quantity not in {n for n, p in priors.items() if p.claim and p.claim.id == claim.id}:
                reader.report(node, f"no parameter rests on the input claim `{claim.id}`", f"in case.yaml: {claim.quantity}: {{claim: {claim.id}, fallback: …}}, or make it context.", warning=True)
        elif claim.informs == "outcome" and _known(reader, node["quantity"], list(OUTCOMES), "outcome"):
            _check_outcome(reader, claim, evidence, start, end)


def spans_of(claim: Claim) -> list[tuple[str, Span]]:
    spans = [("about", claim.about), ("compared_with", claim.compared_with)]
    return [(name, s) for name, s in spans if s] + [("where", r.left) for r in claim.readings if r.left]


def _check_outcome(reader: Reader, claim: Claim, evidence: Evidence, start: date, end: date) -> None:
    node, unit = claim.node, OUTCOMES[claim.quantity or ""]
    about = claim.about
    if about is None or (about.end is None) or (about.start is None and about.days is None):
        line = node.source.line(node.line)
        mended = line[: node.start] + f"about: {{from: {start}, to: {end}}}\n" + " " * node.start + line[node.start :]
        reader.report(node, f"the outcome claim `{claim.id}` does not say about when", "add the days:", mended if "about" not in node else None)
    if claim.quantity in ("trend", "watch_change") and claim.compared_with is None:
        line = node.source.line(node.line)
        mended = line[: node.start] + f"compared_with: {{on: {start}}}\n" + " " * node.start + line[node.start :]
        reader.report(node, f"`{claim.quantity}` is a comparison: with what?", "add the days:", mended)
    table, hedge = words(), claim.hedge
    fits = {
        "people": [*table.counts, *table.figures, "safe"],
        "USD": [*table.figures],
        "share": [*table.shares, *table.figures, "often"],
        "1": [*table.figures, "stepped up" if claim.quantity == "watch_change" else "a growing number"],
    }[unit]
    if hedge is not None and hedge not in fits:
        reader.report(node["hedge"], f"`{hedge}` says nothing about {claim.quantity}", f"known here: {', '.join(fits)}. Perhaps:", node["hedge"].replaced(fits[0]))
    elif claim.value is None and (hedge is None or hedge in table.figures):
        reader.report(node, f"the outcome claim `{claim.id}` has neither a figure nor a word that stands for one", "add `value: 3`, or a hedge such as `a few`.")
    for key, span in spans_of(claim):
        for moment in (span.start, span.end):
            if isinstance(moment, date) and not start <= moment <= end and key in node:
                inner = next((n for n in node[key].texts() if n.value == moment.isoformat()), node[key])
                what = f"{moment} is outside the period, {start} to {end}"
                reader.report(inner, what, "give a day inside it, or widen the period:", inner.replaced(str(min(max(moment, start), end))))
            if moment == PUBLISHED:
                first, last = evidence.documents[claim.document].published
                if not start <= first <= last <= end:
                    what = f"`published` of {claim.document} ({first} to {last}) leaves the period, {start} to {end}"
                    reader.report(node[key], what, "widen the period, or give a date.")


def _check_anchors(reader: Reader, evidence: Evidence, folder: Path, required: bool) -> AnchorState:
    checked = wrong = not_checked = 0
    absent: list[str] = []
    for document in evidence.documents.values():
        claims = [c for c in evidence.claims.values() if c.document == document.id]
        text = find_text(document, folder)
        if text is None:
            not_checked += len(claims)
            if claims:
                absent.append(document.id)
                if required:
                    node = claims[0].node["document"]
                    reader.report(node, f"the document `{document.id}` is not on this machine", "`obrok read CASE FILE` stores it.")
            continue
        for claim in claims:
            if claim.anchor.holds_in(text):
                checked += 1
                continue
            wrong += 1
            a, node = claim.anchor, claim.node["anchor"]
            places = [Anchor.of(text, p, p + a.end - a.start) for p in range(max(0, len(text) - (a.end - a.start) + 1))] if len(text) < 200_000 else []
            same = [x for x in places if x.sha256 == a.sha256]
            best = next((x for x in same if x.around == a.around), same[0] if len(same) == 1 else None)
            here = Anchor.of(text, min(a.start, max(0, len(text) - 1)), min(a.end, len(text)))
            mend = f"the words stand at {best.start} to {best.end}:" if best else "if the place is right, its digests are:"
            what = f"the anchor of `{claim.id}` does not match the text of `{document.id}`"
            reader.report(node, what, mend, node.replaced((best or here).as_yaml()))
    return AnchorState(checked, not_checked, wrong, tuple(absent))
