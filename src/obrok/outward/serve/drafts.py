"""A policy as it is being made: levers set to values on dates, on top of what the case has; and its way into case.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from obrok.case.case import Case, load, shipped_folder
from obrok.case.events import Event, Policy
from obrok.case.parameters import changed_row, ramp_row
from obrok.case.priors import Prior
from obrok.distributions import Exactly
from obrok.outward import entries
from obrok.outward.serve.levers import Lever
from obrok.problems import ProblemsFound, Reader
from obrok.worlds.store import write_text

#: what the policy is called while it has no name
UNNAMED = "change"
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

    @property
    def whats(self) -> frozenset[str]:
        return frozenset(c.what for c in self.changes)


def read_draft(case: Case, levers: Sequence[Lever], given: Mapping[str, Any]) -> Draft:
    """A draft from what a page sent. Raises ProblemsFound with everything that is wrong."""
    reader, by = Reader(), {lever.kind.what: lever for lever in levers}
    acting, what_ifs = ([e.id for e in case.events if e.what_if is flag] for flag in (False, True))
    kept = {what for e in case.events for what in e.changes}
    names = {
        key: frozenset(_names(reader, given, key, known))
        for key, known in (("without", acting), ("keep", kept), ("with", what_ifs))
    }
    changes: list[Change] = []
    rows = given.get("changes") or []
    if not isinstance(rows, list) or len(rows) > 40:
        reader.say("what if", 0, "these are not changes", "send a list of at most 40 of them.")
        rows = []
    for row in rows:
        lever = by.get(str(row.get("what"))) if isinstance(row, dict) else None
        if lever is None:
            reader.say(
                "what if", 0, "a change of something that nobody can be asked for", f"it is one of: {', '.join(by)}."
            )
            continue
        change = _change(reader, case, lever, row)
        if change and any((c.what, c.when) == (change.what, change.when) for c in changes):
            reader.say(
                "what if", 0, f"{lever.kind.label} is changed twice on {change.when}", "give the second another date."
            )
        elif change:
            changes.append(change)
    reader.raise_if_any()
    return Draft(names["without"], names["keep"], names["with"], tuple(sorted(changes, key=lambda c: (c.when, c.what))))


def _names(reader: Reader, given: Mapping[str, Any], key: str, known) -> list[str]:
    names = given.get(key) or []
    if not isinstance(names, list) or any(n not in known for n in map(str, names)):
        reader.say(
            "what if",
            0,
            f"`{key}` names something the case has not",
            f"it has: {', '.join(sorted(known)) or 'nothing'}.",
        )
        return []
    return [str(n) for n in names]


def _change(reader: Reader, case: Case, lever: Lever, row: Mapping[str, Any]) -> Change | None:
    label, before = lever.kind.label, len(reader.problems)
    try:
        when = date.fromisoformat(str(row.get("date")))
    except ValueError:
        reader.say("what if", 0, f"{label}: {row.get('date')!r} is not a date", "write it as 2015-06-01.")
        return None
    first, last = case.start, case.date(case.days - 1)
    if not first <= when <= last:
        reader.say("what if", 0, f"{label}: {when} is outside the period", f"give a date from {first} to {last}.")
    value, ramp = (_number(row.get(key, 0.0)) for key in ("value", "ramp"))
    if value is None or not lever.low <= value <= lever.high:
        further = (
            " What finds or holds most people is not looked for here." if lever.kind.what in ("effort", "watch") else ""
        )
        reader.say(
            "what if",
            0,
            f"{label}: {row.get('value')} is outside its range",
            f"give a value from {lever.low:g} to {lever.high:g} {lever.unit}.{further}",
        )
    if ramp is None or not (ramp == 0 or 0.5 <= ramp <= 365):
        reader.say(
            "what if",
            0,
            f"{label}: it cannot build up over {row.get('ramp')} days",
            "give 0 (at once), or a half-life of 0.5 to 365 days.",
        )
    if len(reader.problems) > before or value is None or ramp is None:
        return None
    return Change(lever.kind.what, value, when, ramp)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if value == value and abs(value) < 1e12 else None


def _groups(draft: Draft, name: str) -> list[tuple[str, date, float, list[Change]]]:
    """Events of the draft: what changes on one day, and as fast, is one of them. (id, date, ramp, changes)."""
    found: dict[tuple[date, float], list[Change]] = {}
    for change in draft.changes:
        found.setdefault((change.when, change.ramp), []).append(change)
    ids = [name, *(f"{name}-{k}" for k in range(2, len(found) + 1))]
    return [(id, when, ramp, rows) for id, ((when, ramp), rows) in zip(ids, sorted(found.items()), strict=False)]


def with_draft(case: Case, draft: Draft, name: str = UNNAMED) -> tuple[Case, Policy]:
    """The case with the draft as a policy in it, compared with what was reported, as if it had been read from its files."""
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
    return f'{{assumption: {{exactly: {value:g}, unit: {quoted}, why: "{WHY}"}}}}'


def check_name(case: Case, name: object) -> str:
    """The name of a new policy. Raises ProblemsFound."""
    reader = Reader()
    text = name.strip() if isinstance(name, str) else ""
    taken = {p.id for p in case.policies} | {e.id for e in case.events}
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,59}", text) or text in (
        "null",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
    ):
        reader.say(
            "what if", 0, "a policy needs a short name", "letters, digits and hyphens, for example: nobody-handed-over."
        )
    elif any(t == text or re.fullmatch(re.escape(text) + r"-\d+", t) for t in taken):
        reader.say("what if", 0, f"`{text}` is the name of another policy or event", "choose another.")
    reader.raise_if_any()
    return text


def save(case: Case, draft: Draft, name: str) -> Case:
    """Writes the draft into case.yaml as a policy, comments and order kept, and gives the case as it then is. The file is
    replaced only by one that reads as it should. Raises ProblemsFound."""
    reader = Reader()
    if shipped_folder() in case.folder.resolve().parents:
        mend = f"make a copy that is yours: obrok new my-{case.id} --from {case.id}, then obrok serve my-{case.id}."
        reader.say(case.id, 0, "this case comes with obrok, and stays as it is", mend)
    elif draft.empty:
        reader.say("what if", 0, "nothing is changed", "move a slider, or take an event away.")
    elif load(case.folder).sha256 != case.sha256:
        reader.say(
            "case.yaml", 0, "the case was changed meanwhile, by other hands", "load the page anew, then save again."
        )
    reader.raise_if_any()
    wanted, _ = with_draft(case, draft, name)
    path = case.folder / "case.yaml"
    trial = path.with_name("case.yaml.trial")
    try:
        trial.write_text(path.read_text("utf-8"), "utf-8")
        for key, items in as_yaml(case, draft, name).items():
            entries.add(trial, key, items)
        saved = load(case.folder, instead={"case.yaml": trial})
        same = [saved.events == wanted.events, {p.id: p for p in saved.policies} == {p.id: p for p in wanted.policies}]
        if not all(same):
            mend = "add the lines that the page shows by hand, and `obrok check` them."
            reader.say(path.name, 0, "the policy could not be added by itself", mend)
            raise ProblemsFound(reader.problems)
        write_text(path, trial.read_text("utf-8"))
    finally:
        trial.unlink(missing_ok=True)
    return load(case.folder)
