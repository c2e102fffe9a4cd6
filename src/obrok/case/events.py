"""What happens in a case and what is compared: events, policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from obrok.case.parameters import DISPATCH, EVENT_CHANGES, Parameter, changed_row, ramp_row, share_row
from obrok.case.reading import City, Days, Own, Place, cities_in, known_items, with_item
from obrok.evidence.documents import read_id
from obrok.problems import Node, Reader

MOST_EVENTS, MOST_POLICIES, MOST_PAIRS = 500, 100, 200


@dataclass(frozen=True)
class Event:
    """A dated event: from `day` on it moves what `changes` names, building up with the half-life `ramp` (None: at once).

    `changes`: what → the draw that holds afterwards; dispatch → `open`, `closed` or a draw. `share`: the draw that says how much
    of the change is the event's doing (None: all of it). `cities`: indices of those it acts in (None: everywhere).
    `what_if`: it acts only under policies that name it in `with`.
    """

    id: str
    day: int
    claims: tuple[str, ...]
    share: str | None
    ramp: str | None
    changes: Mapping[str, str]
    cities: tuple[int, ...] | None = None
    what_if: bool = False


@dataclass(frozen=True)
class Policy:
    """`without`: events whose doing is undone; `keep`: what stays as it was before any event; `with_`: what-if events
    that act."""

    id: str
    without: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    with_: frozenset[str] = frozenset()

    @property
    def factual(self) -> bool:
        return not (self.without or self.keep or self.with_)


# -- events
def read_events(
    reader: Reader,
    node: Node | None,
    claims: Iterable[str] | None,
    period: Days,
    where: tuple[tuple[City, ...], Mapping[str, Place], tuple[str, ...] | None],
    own: Own,
) -> tuple[Event, ...]:
    """Events in order of date. `where`: cities, places, ids of places; entries of an event's own go to `own`."""
    day = str(period[0] or "2015-05-09")
    required = {"id": "visit", "date": day, "changes": "{effort: effort_after}"}
    events: list[Event] = []
    taken: set[str] = set()
    for item in reader.items(node, of_groups=True, most=MOST_EVENTS):
        f = reader.fields(item, required, ("claims", "share", "ramp", "places", "what_if", "why"))
        name = read_id(reader, f.get("id"), taken)
        when = _event_day(reader, f.get("date"), period)
        ramp = _draw(reader, f.get("ramp"), "ramp", ramp_row(name or "event"), own)
        share = _draw(reader, f.get("share"), "visit_role", share_row(name or "event"), own)
        changes = _changes(reader, f.get("changes"), name or "event", own)
        cited = known_items(reader, f.get("claims"), claims, "claim")
        acts_in, what_if = _cities(reader, item, f.get("places"), *where), reader.want_flag(f.get("what_if"), False)
        reader.want_text(f.get("why"))
        if name and when is not None:
            event = Event(name, when, cited, share, ramp, changes, acts_in, what_if)
            if "changes" in f:
                _check_same_day(reader, event, f["changes"], events)
            events.append(event)
    return tuple(sorted(events, key=lambda e: e.day))


def _draw(reader: Reader, node: Node | None, known: str, row: Parameter, own: Own) -> str | None:
    """The draw that is meant: the known one by name, or one by an entry that stands here."""
    if node is None:
        return None
    if isinstance(node.value, str):
        return reader.want_choice(node, (known,), "parameter")
    own[row.name] = row, node
    return row.name


def _changes(reader: Reader, node: Node | None, event: str, own: Own) -> dict[str, str]:
    """What an event changes → the draw that holds afterwards."""
    changes: dict[str, str] = {}
    if node is None:
        return changes
    for what, child in reader.fields(node, {}, EVENT_CHANGES).items():
        change = EVENT_CHANGES[what]
        if what == "dispatch" and isinstance(child.value, str):
            after = reader.want_choice(child, DISPATCH, "state of dispatch")
        elif change.after and isinstance(child.value, str):
            after = reader.want_choice(child, (change.after,), "parameter")
        else:
            row = changed_row(event, what)
            own[row.name], after = (row, child), row.name
        if after:
            changes[what] = after
    return changes


def _cities(
    reader: Reader,
    item: Node,
    node: Node | None,
    cities: tuple[City, ...],
    places: Mapping[str, Place],
    ids: tuple[str, ...] | None,
) -> tuple[int, ...] | None:
    """The cities that an event acts in: those that are, or lie within, its places."""
    found: set[int] = set()
    for at in reader.items(node):
        place = reader.want_choice(at, ids, "place")
        there = cities_in(place, cities, places)
        if place and there == () and cities:
            what = f"no site lies in `{place}`: the event would change nothing there"
            reader.report(at, what, "name a place with sites:", at.replaced(cities[0].place))
        found |= set(range(len(cities)) if there is None else there)
    if node is not None and isinstance(node.value, list) and not node.value:
        reader.report(node, "an event in no place", "take it out, and it acts everywhere:", item.without("places"))
    return None if node is None or len(found) == len(cities) else tuple(sorted(found))


def _check_same_day(reader: Reader, event: Event, node: Node, before: list[Event]) -> None:
    """Two events that change one thing on one day in one city: which comes first?"""
    for other in before:
        together = event.cities is None or other.cities is None or {*event.cities} & {*other.cities}
        if event.day != other.day or event.what_if or other.what_if or not together:
            continue
        for what in (w for w in event.changes if w in other.changes):
            mend = "one event a day changes a thing in a city. Take it out, or give it another date or place:"
            reader.report(
                node[what], f"`{what}` is changed by `{other.id}` already, on that day", mend, node.without(what)
            )


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


# -- policies
def read_policies(
    reader: Reader, node: Node | None, events: Iterable[str] | None, what_ifs: list[str] | None
) -> tuple[Policy, ...]:
    """Policies, the factual one first. `events`: ids of all; `what_ifs`: of those that act only where named (None: could
    not be read)."""
    policies: list[Policy] = []
    factual: list[Node] = []
    taken: set[str] = set()
    items = reader.items(node, of_groups=True, most=MOST_POLICIES)
    acting = None if events is None else [e for e in events if e not in (what_ifs or ())]
    for item in items:
        f = reader.fields(item, {"id": "as-reported"}, ("without", "keep", "with"))
        name = read_id(reader, f.get("id"), taken)
        without = [_without(reader, n, item, acting, what_ifs) for n in _one_or_more(f.get("without"))]
        with_ = [_with(reader, n, item, events, what_ifs) for n in reader.items(f.get("with"))]
        keep = known_items(reader, f.get("keep"), EVENT_CHANGES, "thing to keep")
        if f and not any(k in f and (f[k].value or f[k].text) for k in ("without", "keep", "with")):
            factual.append(item)
        if name:
            policies.append(Policy(name, *(frozenset(x for x in xs if x) for xs in (without, keep, with_))))
    if node is not None and isinstance(node.value, list):
        _check_factual(reader, node, items, factual)
    return tuple(sorted(policies, key=lambda p: not p.factual))


def _one_or_more(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return list(node) if isinstance(node.value, list) else [node]


def _without(
    reader: Reader, node: Node, item: Node, events: list[str] | None, what_ifs: list[str] | None
) -> str | None:
    if node.text in (what_ifs or ()):
        what = f"`{node.text}` is a what-if: without `with` it does not act anyway"
        mended = _instead(item, "without", f"with: [{node.text}]")
        reader.report(node, what, "let the policy have it, or name another event:", mended)
        return None
    if events is None or events:
        return reader.want_choice(node, events, "event")
    mended = _instead(item, "without", "keep: [hand_over]")
    mend = "add it under `events:`, or let the policy keep something instead:"
    reader.report(node, f"there is no event `{node.text}`", mend, mended)
    return None


def _with(
    reader: Reader, node: Node, item: Node, events: Iterable[str] | None, what_ifs: list[str] | None
) -> str | None:
    if events is None or what_ifs is None:
        return reader.want_choice(node, events, "event")
    if node.text in what_ifs or (node.text not in events and what_ifs):
        return reader.want_choice(node, what_ifs, "what-if event")
    if node.text in events:
        what = f"`{node.text}` is no what-if: it acts in every policy"
        mend, mended = "undo it, or give the event `what_if: true`:", _instead(item, "with", f"without: {node.text}")
    else:
        what = f"there is no what-if event `{node.text}`"
        mend = "add it under `events:` with `what_if: true`, or let the policy keep something instead:"
        mended = _instead(item, "with", "keep: [hand_over]")
    reader.report(node, what, mend, mended)
    return None


def _instead(item: Node, key: str, text: str) -> str | None:
    """A policy's line with something else in the place of a key, where that is all that stands there."""
    node = item[key]
    one = not isinstance(node.value, list) or len(node.value) == 1
    if not one or text.split(":")[0] in item or node.key is None or node.line != node.end_line:
        return None
    line, start, _ = node.key
    return node.source.edited(line, start, node.end, text) if line == node.line else None


def _check_factual(reader: Reader, node: Node, items: list[Node], factual: list[Node]) -> None:
    rule = "one policy, and only one, is what was reported: it has neither `without` nor `keep` nor `with`"
    if not items:
        reader.report(node, rule, "add it:", node.replaced("[{id: as-reported}]"))
    elif not factual:
        taken = {n["id"].text for n in items if "id" in n}
        name = next(
            n for n in ("as-reported", "factual", *(f"factual-{i}" for i in range(len(items)))) if n not in taken
        )
        reader.report(node, rule, "add it:", with_item(node, f"{{id: {name}}}"))
    for item in factual[1:]:
        mended = item.with_key("keep: [hand_over]") if "keep" not in item else None
        reader.report(item, rule, "say what this one changes, for example:", mended)


def read_compare(reader: Reader, node: Node | None, policies: tuple[str, ...] | None) -> tuple[tuple[str, str], ...]:
    compare = []
    for pair in reader.items(node, most=MOST_PAIRS):
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
