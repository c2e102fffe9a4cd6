"""Who and where in a case: dates, places, enterprises, sites and the cities they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from obrok.case.parameters import OF_A_PLACE, Parameter, leaving_row, weight_row
from obrok.case.priors import assumption_example
from obrok.evidence.claims import Claim, Evidence, Span
from obrok.evidence.documents import read_id
from obrok.problems import Node, Reader, closest, ids_of

BURN_IN, LONGEST_PERIOD = 365, 10_000
MOST_PLACES, MOST_ENTERPRISES, MOST_SITES = 2_000, 2_000, 5_000
Days = tuple[date | None, date | None]
#: name of a draw → its row and its entry, where that stands with a site or an event
Own = dict[str, tuple[Parameter, Node]]
#: cities are told apart by this many bits of the digest of their ids
CITY_BITS = 20


@dataclass(frozen=True)
class Place:
    id: str
    within: str | None
    lat: float | None
    lon: float | None
    leaving: str | None = None


@dataclass(frozen=True)
class Enterprise:
    id: str
    share: str | None
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """Posts of an enterprise in a place. `weight`: name of the draw that says how many of the case's posts."""

    id: str
    enterprise: str
    place: str
    weight: str | None


@dataclass(frozen=True)
class City:
    """A place with sites."""

    place: str
    sites: tuple[Site, ...]

    @property
    def enterprises(self) -> tuple[str, ...]:
        return tuple(site.enterprise for site in self.sites)


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
def read_places(reader: Reader, node: Node | None, own: Own) -> dict[str, Place]:
    """Places, by id; entries of how much more often chances to leave come there go to `own`."""
    places: dict[str, Place] = {}
    ids, taken = ids_of(node), set[str]()
    for item in reader.items(node, of_groups=True, most=MOST_PLACES):
        f = reader.fields(item, {"id": "city"}, ("within", "lat", "lon", "leaving"))
        name = read_id(reader, f.get("id"), taken)
        others = None if ids is None or "within" not in f else [i for i in ids if i != name]
        within = reader.want_choice(f.get("within"), others, "place")
        lat = reader.want_number(f.get("lat"), -90, 90, "lat")
        lon = reader.want_number(f.get("lon"), -180, 180, "lon")
        leaving = f"{name}.leaving" if name and "leaving" in f else None
        if leaving:
            own[leaving] = leaving_row(name), f["leaving"]
        if name:
            places[name] = Place(name, within, lat, lon, leaving)
            if name in around(name, places):
                mended = item.without("within")
                reader.report(item, f"`{name}` lies within itself, by way of other places", "take it out:", mended)
                places[name] = Place(name, None, lat, lon, leaving)
    if node is not None and isinstance(node.value, list) and not ids:
        reader.report(node, "no place", "people work somewhere:", node.replaced("[{id: city}]"))
    return places


def check_leaving(reader: Reader, node: Node | None, places: Mapping[str, Place], cities: tuple[City, ...]) -> None:
    """Only where people work does it matter how often they could leave."""
    with_sites = [c.place for c in cities]
    for item in reader.items(node, of_groups=True):
        name = item["id"].text if "id" in item else None
        if name in places and "leaving" in item and name not in with_sites:
            what = f"`leaving` of `{name}`, where there is no site: it would change nothing"
            mended = item.without("leaving")
            reader.report(item["leaving"], what, f"give it to a place with sites ({', '.join(with_sites)}):", mended)


def around(place: str | None, places: Mapping[str, Place]) -> list[str]:
    """The places that a place lies within, the nearest first."""
    out: list[str] = []
    here = places.get(place or "")
    while here and here.within and here.within not in out:
        out.append(here.within)
        here = places.get(here.within)
    return out


def read_enterprises(
    reader: Reader, node: Node | None, claims: Iterable[str] | None, cities: tuple[City, ...]
) -> tuple[Enterprise, ...]:
    out: list[Enterprise] = []
    taken: set[str] = set()
    items = reader.items(node, of_groups=True, most=MOST_ENTERPRISES)
    by_weight = len(cities) > 1 or len(items) > 2
    for i, item in enumerate(items):
        f = reader.fields(item, {"id": "firm"}, ("share", "claims"))
        name = read_id(reader, f.get("id"), taken)
        share = reader.want_choice(f.get("share"), ("enterprise_split",), "parameter")
        if f and len(items) == 2 and i == 0 and "share" not in f and not by_weight:
            mended = item.with_key("share: enterprise_split")
            reader.report(item, "with two enterprises the first needs its share", "add it:", mended)
        if share and by_weight:
            what = "the weights of the sites say how many posts an enterprise has"
            reader.report(f["share"], what, "take its share out:", item.without("share"))
        cited = known_items(reader, f.get("claims"), claims, "claim")
        if name:
            out.append(Enterprise(name, share, cited))
    if node is not None and isinstance(node.value, list) and not items:
        reader.report(node, "no enterprise", "this version simulates one or more:", node.replaced("[{id: firm}]"))
    return tuple(out)


def read_sites(
    reader: Reader, node: Node | None, enterprises: tuple[str, ...] | None, places: tuple[str, ...] | None, own: Own
) -> tuple[City, ...]:
    """Places with sites, in the order of first appearance; entries of weights go to `own`."""
    sites: list[tuple[Site, Node]] = []
    taken: set[str] = set()
    before, items = len(reader.problems), reader.items(node, of_groups=True, most=MOST_SITES)
    for item in items:
        f = reader.fields(item, SITE, ("weight",))
        name = read_id(reader, f.get("id"), taken)
        enterprise = reader.want_choice(f.get("enterprise"), enterprises, "enterprise")
        place = reader.want_choice(f.get("place"), places, "place")
        weight = f"{name}.weight" if "weight" in f else None
        if name and weight:
            own[weight] = weight_row(name), f["weight"]
        if not (name and enterprise and place):
            continue
        if any((s.enterprise, s.place) == (enterprise, place) for s, _ in sites):
            what = f"`{enterprise}` has a site in {place} already"
            reader.report(item, what, "one is enough; take this one out:", node.without_item(item))
        sites.append((Site(name, enterprise, place, weight), item))
    if node is not None and not reader.errors(before):
        _check_every_enterprise(reader, node, sites, enterprises or (), places or ())
        _check_weights(reader, sites)
    cities = {s.place: tuple(t for t, _ in sites if t.place == s.place) for s, _ in sites}
    _check_streams(reader, {s.place: item for s, item in reversed(sites)}, cities)
    return tuple(City(place, there) for place, there in cities.items())


SITE = {"id": "firm-city", "enterprise": "firm", "place": "city"}


def _check_every_enterprise(
    reader: Reader, node: Node, sites: list[tuple[Site, Node]], enterprises: tuple[str, ...], places: tuple[str, ...]
) -> None:
    place = sites[0][0].place if sites else next(iter(places), None)
    taken = {s.id for s, _ in sites}
    for enterprise in enterprises:
        if place and enterprise not in (s.enterprise for s, _ in sites):
            names = (f"{enterprise}-{place}", *(f"{enterprise}-{i}" for i in range(len(taken) + 1)))
            name = next(n for n in names if n not in taken)
            weight = f", weight: {WEIGHT_ENTRY}" if any(s.weight for s, _ in sites) else ""
            text = f"{{id: {name}, enterprise: {enterprise}, place: {place}{weight}}}"
            reader.report(node, f"the enterprise `{enterprise}` has no site", "add one:", with_item(node, text))


WEIGHT_ENTRY = f"{{assumption: {assumption_example(weight_row('firm-city'))}}}"


def with_item(node: Node, text: str) -> str | None:
    """The first line of a list with another item before its first one."""
    if node.is_flow or not node.value:
        return node.source.edited(node.line, node.start + 1, node.start + 1, text + (", " if node.value else ""))
    return node.source.edited(node.line, node.start, node.start, f"- {text}\n" + " " * node.start)


def _check_weights(reader: Reader, sites: list[tuple[Site, Node]]) -> None:
    """Weights are for what `enterprise_split` cannot say."""
    places, enterprises = (list(dict.fromkeys(getattr(s, k) for s, _ in sites)) for k in ("place", "enterprise"))
    if needed := len(places) > 1 or len(enterprises) > 2:
        why = f"sites in {', '.join(places)}" if len(places) > 1 else f"{len(enterprises)} enterprises"
    for site, item in sites:
        if needed and not site.weight:
            what = f"{why}: each site needs its weight, and `{site.id}` has none"
            reader.report(item, what, "add it:", item.with_key(f"weight: {WEIGHT_ENTRY}"))
        elif site.weight and not needed:
            what = "a weight, and there is one city with one or two enterprises"
            mend = "`enterprise_split` says how two share the posts; take it out:"
            reader.report(item["weight"], what, mend, item.without("weight"))


def _check_streams(reader: Reader, first: Mapping[str, Node], cities: Iterable[str]) -> None:
    """The people of a city are drawn by its id: two ids that look alike there would have the same people."""
    seen: dict[int, str] = {}
    for place in cities:
        stream = int.from_bytes(sha256(place.encode()).digest()[:4], "big") & ((1 << CITY_BITS) - 1)
        if stream in seen:
            what = f"the ids `{seen[stream]}` and `{place}` would give both cities the same people"
            reader.report(first[place]["place"], what, "give one of the places another id.")
        seen.setdefault(stream, place)


def cities_in(place: str | None, cities: tuple[City, ...], places: Mapping[str, Place]) -> tuple[int, ...] | None:
    """Indices of the cities that are, or lie within, a place; None: all of them."""
    if place is None:
        return None
    found = tuple(i for i, c in enumerate(cities) if place in (c.place, *around(c.place, places)))
    return None if len(found) == len(cities) else found


def known_items(reader: Reader, node: Node | None, known: Iterable[str] | None, what: str) -> tuple[str, ...]:
    known = None if known is None else list(known)
    return tuple(x for n in reader.items(node) if (x := reader.want_choice(n, known, what)))


# -- claims
def check_places(reader: Reader, evidence: Evidence, cities: tuple[City, ...], places: Mapping[str, Place]) -> None:
    """Claims on what happened speak of places where somebody works; a share of the whole case, of a part of it."""
    for claim in evidence.claims.values():
        if not (cities and claim.is_counted):
            continue
        for span in (claim.about, claim.compared_with):
            if span and span.node and span.place and cities_in(span.place, cities, places) == ():
                node = span.node["place"]
                what = f"no site lies in `{span.place}`: nothing is counted there"
                near = closest(span.place, [c.place for c in cities]) or cities[0].place
                reader.report(node, what, "name a place with sites:", node.replaced(near))
        if claim.quantity in OF_A_PLACE and claim.about and cities_in(claim.about.place, cities, places) is None:
            _refuse_the_whole(reader, claim, claim.about, cities)


def _refuse_the_whole(reader: Reader, claim: Claim, about: Span, cities: tuple[City, ...]) -> None:
    where = f"all sites lie in `{about.place}`" if about.place else "no place is named"
    what = f"`{claim.quantity}` is that of one place among others, and {where}: it would always be 1"
    if len(cities) == 1 or about.node is None:
        node = claim.node["informs"]
        reader.report(
            node, what, "where all work in one place it says nothing; make it context:", node.replaced("context")
        )
        return
    at, first = about.node.get("place") or about.node, cities[0].place
    mended = at.replaced(first) if about.place else at.with_key(f"place: {first}")
    reader.report(at, what, "name the place, for example:", mended)
