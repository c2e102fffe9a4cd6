"""A policy as it is being made: levers set to values on dates, on top of what the case has; and its way into case.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any

from obrok.case.case import Case, case_digest, case_files, load
from obrok.case.events import Event, Policy
from obrok.case.parameters import changed_row, ramp_row
from obrok.case.priors import Prior
from obrok.distributions import Exactly
from obrok.outward.editing import entries
from obrok.outward.editing.history import History, refuse_shipped
from obrok.outward.serve.levers import NO_FURTHER, Lever
from obrok.problems import SMALLEST, Reader

#: what the policy is called while it has no name (more letters where that is taken)
UNNAMED = "change"
#: items of a list that a page sends; days of a half-life
MOST, RAMP = 40, (0.5, 365.0)
#: names that read as something else
NO_NAMES = ("null", "true", "false", "yes", "no", "on", "off")
#: the reason that a saved figure gives
WHY = "what if: a value set by hand in the dashboard"


@dataclass(frozen=True)
class Change:
    """From `when` on, `what` is `value`, building up with the half-life `ramp` in days (0: at once)."""

    what: str
    value: float
    when: date
    ramp: float = 0.0


@dataclass(frozen=True)
class Draft:
    """`without`, `keep`, `with_`: as in a policy of the case; `changes`: what is new."""

    without: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    with_: frozenset[str] = frozenset()
    changes: tuple[Change, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.without or self.keep or self.with_ or self.changes)


def read_draft(case: Case, levers: Sequence[Lever], given: Mapping[str, Any]) -> Draft:
    """A draft from what a page sent. Raises ProblemsFound with everything that is wrong."""
    reader, by = Reader(), {lever.kind.what: lever for lever in levers}
    acting, what_ifs = ([e.id for e in case.events if e.what_if is flag] for flag in (False, True))
    kept = [what for e in case.events if not e.what_if for what in e.changes]
    without, keep, with_ = (
        _names(reader, given, key, known) for key, known in (("without", acting), ("keep", kept), ("with", what_ifs))
    )
    changes: list[Change] = []
    for row in _list(reader, given, "changes"):
        what = row.get("what") if isinstance(row, dict) else None
        lever = by.get(what) if isinstance(what, str) else None
        if lever is None:
            mend = f"it is one of: {', '.join(by)}."
            reader.say("what if", 0, f"a change of {_short(what)}, which nobody can be asked for", mend)
            continue
        change = _change(reader, case, lever, row)
        if change and any((c.what, c.when) == (change.what, change.when) for c in changes):
            told = f"{lever.kind.label} is changed twice on {change.when}"
            reader.say("what if", 0, told, "give the second another date.")
        elif change:
            changes.append(change)
    reader.raise_if_any()
    return Draft(without, keep, with_, tuple(sorted(changes, key=lambda c: (c.when, c.what))))


def _list(reader: Reader, given: Mapping[str, Any], key: str) -> list:
    """A list that may be absent."""
    rows = given.get(key)
    if rows is None or (isinstance(rows, list) and len(rows) <= MOST):
        return rows or []
    reader.say("what if", 0, f"`{key}` is {_short(rows)}", f"send a list of at most {MOST}.")
    return []


def _names(reader: Reader, given: Mapping[str, Any], key: str, known: Sequence[str]) -> frozenset[str]:
    names = _list(reader, given, key)
    for name in names:
        if not isinstance(name, str) or name not in known:
            mend = f"it has: {', '.join(sorted(set(known))) or 'nothing'}."
            reader.say("what if", 0, f"`{key}` names {_short(name)}, which the case has not", mend)
    return frozenset(n for n in names if isinstance(n, str))


def _change(reader: Reader, case: Case, lever: Lever, row: Mapping[str, Any]) -> Change | None:
    """A change of a lever; None, with a problem for each, where anything is wrong with it."""
    label, before = lever.kind.label, len(reader.problems)
    when = _date(row.get("date"))
    first, last = case.start, case.date(case.days - 1)
    if when is None:
        reader.say("what if", 0, f"{label}: {_short(row.get('date'))} is not a date", "write it as 2015-06-01.")
    elif not first <= when <= last:
        reader.say("what if", 0, f"{label}: {when} is outside the period", f"give a date from {first} to {last}.")
    value, ramp = _number(row.get("value")), _number(row.get("ramp", 0.0))
    if value is None or not lever.low <= value <= lever.high:
        further = " What finds or holds most people is not looked for here." if lever.kind.what in NO_FURTHER else ""
        mend = f"give a value from {lever.low:g} to {lever.high:g} {lever.unit}.{further}"
        reader.say("what if", 0, f"{label}: {_short(row.get('value'))} is outside its range", mend)
    if ramp is None or not (ramp == 0 or RAMP[0] <= ramp <= RAMP[1]):
        mend = f"give 0 (at once), or a half-life of {RAMP[0]:g} to {RAMP[1]:g} days."
        reader.say("what if", 0, f"{label}: it cannot build up over {_short(row.get('ramp'))} days", mend)
    if len(reader.problems) > before or when is None or value is None or ramp is None:
        return None
    return Change(lever.kind.what, value, when, ramp)


def _date(value: Any) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    return None


def _number(value: Any) -> float | None:
    """A number of a size that can be meant."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e12:
        return None
    return float(value) if abs(value) >= SMALLEST else 0.0


def _short(value: Any) -> str:
    """What a page sent, in a message."""
    text = str(value)
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _groups(draft: Draft, name: str) -> list[tuple[str, date, float, list[Change]]]:
    """Events of the draft: what changes on one day, and as fast, is one of them. (id, date, ramp, changes)."""
    found: dict[tuple[date, float], list[Change]] = {}
    for change in draft.changes:
        found.setdefault((change.when, change.ramp), []).append(change)
    ids = [name, *(f"{name}-{k}" for k in range(2, len(found) + 1))]
    return [(id, when, ramp, rows) for id, ((when, ramp), rows) in zip(ids, sorted(found.items()), strict=False)]


def with_draft(case: Case, draft: Draft, name: str = "") -> tuple[Case, Policy]:
    """The case with the draft as a policy in it, compared with what was reported, as if it had been read from its files."""
    name = name or next(n for n in (UNNAMED + "x" * k for k in count()) if not _taken(case, n))
    events, priors = [], {}
    for id, when, ramp, rows in _groups(draft, name):
        changes = {}
        for c in rows:
            row = changed_row(id, c.what)
            priors[row.name], changes[c.what] = Prior(row, Exactly(c.value), WHY), row.name
        builds_up = None
        if ramp:
            row = ramp_row(id)
            priors[row.name], builds_up = Prior(row, Exactly(ramp), WHY), row.name
        events.append(Event(id, case.day(when), (), None, builds_up, changes, None, True))
    policy = Policy(name, draft.without, draft.keep, draft.with_ | {e.id for e in events})
    own = case.factual.id
    return replace(
        case, events=tuple(sorted([*case.events, *events], key=lambda e: e.day)), priors={**case.priors, **priors},
        policies=(*case.policies, policy), compare=((name, own),),
    ), policy  # fmt: skip


# -- into case.yaml
def as_yaml(case: Case, draft: Draft, name: str) -> dict[str, list[str]]:
    """What is added to case.yaml, by the list it goes into: an item a text, in one line."""
    events = []
    for id, when, ramp, rows in _groups(draft, name):
        sets = ", ".join(f"{c.what}: {_entry(changed_row(id, c.what).unit, c.value)}" for c in rows)
        builds_up = f"ramp: {_entry('days', ramp)}, " if ramp else ""
        events.append(f"{{id: {id}, date: {when}, what_if: true, {builds_up}changes: {{{sets}}}}}")
    given = {"without": draft.without, "keep": draft.keep, "with": draft.with_ | {g[0] for g in _groups(draft, name)}}
    says = [f"id: {name}", *(f"{k}: [{', '.join(sorted(v))}]" for k, v in given.items() if v)]
    found = {"events": events, "policies": [f"{{{', '.join(says)}}}"], "compare": [f"[{name}, {case.factual.id}]"]}
    return {key: items for key, items in found.items() if items}


def _entry(unit: str, value: float) -> str:
    quoted = '"1"' if unit == "1" else unit
    return f'{{assumption: {{exactly: {repr(value).removesuffix(".0")}, unit: {quoted}, why: "{WHY}"}}}}'


def _taken(case: Case, name: str) -> bool:
    """Whether the events and the policy of a draft of that name would meet others of the case."""
    ids = {p.id for p in case.policies} | {e.id for e in case.events}
    return any(re.fullmatch(rf"{re.escape(name)}(-\d+)?", i) for i in ids)


def check_name(case: Case, name: object) -> str:
    """The name of a new policy. Raises ProblemsFound."""
    reader = Reader()
    text = name.strip() if isinstance(name, str) else ""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,59}", text) or text.lower() in NO_NAMES:
        mend = "letters, digits and hyphens, for example: nobody-handed-over."
        reader.say("what if", 0, "a policy needs a short name", mend)
    elif _taken(case, text):
        reader.say("what if", 0, f"`{text}` is the name of another policy or event", "choose another.")
    reader.raise_if_any()
    return text


def save(case: Case, draft: Draft, name: str, history: History | None = None) -> Case:
    """Writes the draft into case.yaml as a policy, comments and order kept, and gives the case as it then is. The file is
    replaced only by one that reads as it should. Raises ProblemsFound."""
    refuse_shipped(case.folder)
    reader = Reader()
    if draft.empty:
        reader.say("what if", 0, "nothing is changed", "move a slider, or take an event away.")
    reader.raise_if_any()
    return _save(case, draft, name, history or History(case.folder))


def _save(case: Case, draft: Draft, name: str, history: History) -> Case:
    reader = Reader()
    with history.step(f"the policy {name}, saved") as scratch:
        if case_digest(case_files(case.folder)) != case.sha256:
            mend = "load the page anew, then save again."
            reader.say("case.yaml", 0, "the case was changed meanwhile, by other hands", mend)
            reader.raise_if_any()
        wanted, _ = with_draft(case, draft, name)
        for key, items in as_yaml(case, draft, name).items():
            entries.add(scratch / "case.yaml", key, items)
        saved = load(case.folder, instead={"case.yaml": scratch / "case.yaml"})
        same = (saved.events, saved.priors, saved.compare) == (
            wanted.events,
            wanted.priors,
            case.compare + wanted.compare,
        )
        if not (same and {p.id: p for p in saved.policies} == {p.id: p for p in wanted.policies}):
            mend = "add the lines that the page shows by hand, and `obrok check` them."
            reader.say("case.yaml", 0, "the policy could not be added by itself", mend)
            reader.raise_if_any()
    assert history.case is not None
    return history.case
