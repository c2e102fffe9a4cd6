"""The structure of a case: dates, places, enterprises, sites, events, policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from obrok.case.parameters import EVENT_CHANGES
from obrok.evidence.documents import read_id
from obrok.problems import Node, Reader, ids_of

BURN_IN, LONGEST_PERIOD = 365, 10_000
Days = tuple[date | None, date | None]


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
class Site:
    """Posts of an enterprise at a place. `weight`: the draw that says how many of all posts (None: by enterprise)."""

    id: str
    enterprise: str
    place: str
    weight: str | None = None


@dataclass(frozen=True)
class City:
    """A place with sites: the unit that is simulated."""

    place: str
    sites: tuple[Site, ...]

    @property
    def enterprises(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(site.enterprise for site in self.sites))


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
    cities: tuple[int, ...] | None = None
    what_if: bool = False


@dataclass(frozen=True)
class Policy:
    """`without`: events whose doing is undone; `keep`: what stays as it was before any event."""

    id: str
    without: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    with_: frozenset[str] = frozenset()

    @property
    def factual(self) -> bool:
        return not self.without and not self.keep


# -- dates
def read_period(reader: Reader, node: Node | None) -> Days:
    start, end = _dates(reader, node, "start", "end")
    if node is not None and start and end and (end - start).days >= LONGEST_PERIOD:
        what = f"the period has {(end - start).days + 1:,} days"
        reader.report(node, what, f"this version simulates at most {LONGEST_PERIOD:,}: shorten it.")
        return None, None
    return start, end


def read_window(reader: Reader, node: Node | None, start: date | None, end: date | None) -> tuple[int, int] | None:
    """First and last day of "within a year", counted from the start."""
    a, b = _dates(reader, node, "from", "to")
    if node is None or not (a and b and start and end):
        return None
    if a < start or b > end:
        first = max(a, start) if a <= end else start
        inside = f"{{from: {first}, to: {min(b, end) if b >= first else end}}}"
        what = f"the window {a} to {b} leaves the period {start} to {end}"
        reader.report(node, what, "keep it inside:", node.replaced(inside))
        return None
    if (a - start).days < BURN_IN:
        what = f"the window begins {(a - start).days} days after the period"
        mend = f"begin the period {BURN_IN} days before it: in the first months of a simulation more people leave."
        reader.report(node, what, mend, warning=True)
    return (a - start).days, (b - start).days


def _dates(reader: Reader, node: Node | None, first: str, last: str) -> Days:
    if node is None:
        return None, None
    f = reader.fields(node, {first: "2014-05-09", last: "2016-05-08"})
    a = reader.want_date(f.get(first))
    b = reader.want_date(f.get(last), a)
    if a and b and a > b:
        mended = node.replaced(f"{{{first}: {b}, {last}: {a}}}")
        reader.report(node, f"the dates are reversed: {a} to {b}", "the earlier one first:", mended)
        return None, None
    return a, b


# -- who and where
def read_places(reader: Reader, node: Node | None) -> dict[str, Place]:
    places: dict[str, Place] = {}
    ids, taken = ids_of(node), set[str]()
    for item in reader.items(node, of_groups=True):
        f = reader.fields(item, {"id": "city"}, ("within", "lat", "lon"))
        name = read_id(reader, f.get("id"), taken)
        others = None if ids is None else [i for i in ids if i != name]
        within = reader.want_choice(f.get("within"), others, "place")
        lat = reader.want_number(f.get("lat"), -90, 90, "lat")
        lon = reader.want_number(f.get("lon"), -180, 180, "lon")
        if name:
            places[name] = Place(name, within, lat, lon)
    return places


def read_enterprises(reader: Reader, node: Node | None, claims: Iterable[str] | None) -> tuple[Enterprise, ...]:
    out: list[Enterprise] = []
    taken: set[str] = set()
    items = reader.items(node, of_groups=True)
    for i, item in enumerate(items):
        f = reader.fields(item, {"id": "firm"}, ("share", "claims"))
        name = read_id(reader, f.get("id"), taken)
        share = reader.want_choice(f.get("share"), ("enterprise_split",), "parameter")
        if f and len(items) == 2 and i == 0 and "share" not in f:
            mended = item.with_key("share: enterprise_split")
            reader.report(item, "with two enterprises the first needs its share", "add it:", mended)
        cited = _known_items(reader, f.get("claims"), claims, "claim")
        if name:
            out.append(Enterprise(name, share, cited))
    if node is not None and isinstance(node.value, list) and not 1 <= len(items) <= 2:
        mend = "this version simulates one or two in one city."
        reader.report(node, f"{len(items)} enterprises", mend, None if items else node.replaced("[{id: firm}]"))
    return tuple(out)


def read_sites(
    reader: Reader, node: Node | None, enterprises: Iterable[str] | None, places: Iterable[str] | None
) -> tuple[Site, ...]:
    taken: set[str] = set()
    city, sites = None, []
    for item in reader.items(node, of_groups=True):
        f = reader.fields(item, {"id": "firm-city", "enterprise": "firm", "place": "city"})
        name = read_id(reader, f.get("id"), taken)
        firm = reader.want_choice(f.get("enterprise"), enterprises, "enterprise")
        place = reader.want_choice(f.get("place"), places, "place")
        city = city or place
        if place and place != city:
            mended = f["place"].replaced(str(city))
            reader.report(f["place"], "sites in more than one city", "this version simulates one city:", mended)
        if name and firm and place:
            sites.append(Site(name, firm, place))
    return tuple(sites)


def _known_items(reader: Reader, node: Node | None, known: Iterable[str] | None, what: str) -> tuple[str, ...]:
    known = None if known is None else list(known)
    return tuple(x for n in reader.items(node) if (x := reader.want_choice(n, known, what)))


# -- events
def read_events(reader: Reader, node: Node | None, claims: Iterable[str] | None, period: Days) -> tuple[Event, ...]:
    day = str(period[0] or "2015-05-09")
    required = {"id": "visit", "date": day, "ramp": "ramp", "changes": "{effort: effort_after}"}
    events: list[Event] = []
    taken: set[str] = set()
    changed: dict[str, str] = {}
    for item in reader.items(node, of_groups=True):
        f = reader.fields(item, required, ("claims", "share", "why"))
        name = read_id(reader, f.get("id"), taken)
        when = _event_day(reader, f.get("date"), period)
        ramp = reader.want_choice(f.get("ramp"), ("ramp",), "parameter")
        share = reader.want_choice(f.get("share"), ("visit_role",), "parameter")
        changes = _changes(reader, f.get("changes"), name or "another event", changed)
        cited = _known_items(reader, f.get("claims"), claims, "claim")
        reader.want_text(f.get("why"))
        if name and when is not None and ramp:
            events.append(Event(name, when, cited, share, ramp, changes))
    return tuple(events)


def _event_day(reader: Reader, node: Node | None, period: Days) -> int | None:
    start, end = period
    when = reader.want_date(node, start)
    if node is None or not (when and start and end):
        return None
    if not start <= when <= end:
        what = f"the event on {when} is outside the period, {start} to {end}"
        mended = node.replaced(str(min(max(when, start), end)))
        reader.report(node, what, "give a date inside it, or widen the period:", mended)
        return None
    return (when - start).days


def _changes(reader: Reader, node: Node | None, event: str, changed: dict[str, str]) -> dict[str, str]:
    """What an event changes → the parameter that holds afterwards. `changed`: what events before it changed."""
    wanted = {what: names[-1] for what, names in EVENT_CHANGES.items()}
    changes: dict[str, str] = {}
    if node is None:
        return changes
    for what, child in reader.fields(node, {}, wanted).items():
        if what in changed:
            mend = "this version lets one event change a thing. Take it out:"
            reader.report(child, f"`{what}` is changed by `{changed[what]}` already", mend, node.without(what))
        elif reader.want_choice(child, (wanted[what],), "parameter"):
            changes[what] = wanted[what]
        changed.setdefault(what, event)
    return changes


# -- policies
def read_policies(reader: Reader, node: Node | None, events: Iterable[str] | None) -> tuple[Policy, ...]:
    policies: list[Policy] = []
    factual: list[Node] = []
    taken: set[str] = set()
    items = reader.items(node, of_groups=True)
    for item in items:
        f = reader.fields(item, {"id": "as-reported"}, ("without", "keep"))
        name = read_id(reader, f.get("id"), taken)
        without = _without(reader, f.get("without"), events)
        keep = _known_items(reader, f.get("keep"), EVENT_CHANGES, "thing to keep")
        if f and "without" not in f and not ("keep" in f and f["keep"].value):
            factual.append(item)
        if name:
            policies.append(Policy(name, frozenset({without} if without else ()), frozenset(keep)))
    if node is not None and isinstance(node.value, list):
        _check_factual(reader, node, items, factual)
    return tuple(sorted(policies, key=lambda p: not p.factual))


def _without(reader: Reader, node: Node | None, events: Iterable[str] | None) -> str | None:
    events = None if events is None else list(events)
    if node is None or events is None or events:
        return reader.want_choice(node, events, "event")
    line, start, _ = node.key or (node.line, node.start, 0)
    mended = node.source.edited(line, start, node.end, "keep: [hand_over]") if line == node.end_line else None
    mend = "add it under `events:`, or let the policy keep something instead:"
    reader.report(node, f"there is no event `{node.text}`", mend, mended)
    return None


def _check_factual(reader: Reader, node: Node, items: list[Node], factual: list[Node]) -> None:
    rule = "one policy, and only one, is what was reported: it has neither `without` nor `keep`"
    if not items:
        reader.report(node, rule, "add it:", node.replaced("[{id: as-reported}]"))
    elif not factual:
        taken = {n["id"].text for n in items if "id" in n}
        name = next(
            n for n in ("as-reported", "factual", *(f"factual-{i}" for i in range(len(items)))) if n not in taken
        )
        at, text = node.start, f"- {{id: {name}}}\n" + " " * node.start
        if node.is_flow:
            at, text = node.start + 1, f"{{id: {name}}}, "
        reader.report(node, rule, "add it:", node.source.edited(node.line, at, at, text))
    for item in factual[1:]:
        mended = item.with_key("keep: [hand_over]") if "keep" not in item else None
        reader.report(item, rule, "say what this one changes, for example:", mended)


def read_compare(reader: Reader, node: Node | None, policies: tuple[str, ...] | None) -> tuple[tuple[str, str], ...]:
    compare = []
    for pair in reader.items(node):
        others = [p for p in policies or () if p not in (n.text for n in pair)]
        one_more = others[0] if others else ""
        names = [reader.want_choice(n, policies, "policy", one_more) for n in reader.items(pair)]
        if not isinstance(pair.value, list) or None in names:
            continue
        if len(names) == 2 and names[0] != names[1]:
            compare.append((str(names[0]), str(names[1])))
            continue
        two = list(dict.fromkeys([*names, *others]))[:2]
        mended = pair.replaced(f"[{two[0]}, {two[1]}]") if len(two) == 2 else None
        what = "a policy is compared with itself" if len(names) == 2 else f"two policies are compared, not {len(names)}"
        reader.report(pair, what, "write:", mended)
    return tuple(compare)
