"""A case folder → a checked case: who, where and when; every parameter tied to a claim or an assumption."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

from obrok.case.checks import (
    AnchorState,
    check_anchors,
    check_cited,
    check_complete,
    check_conflicts,
    check_days,
    check_order,
    check_what_ifs,
    cited_claims,
    order,
    spans_of,
    used_parameters,
)
from obrok.case.events import Event, Policy, read_compare, read_events, read_policies
from obrok.case.parameters import COUNTED, PARAMETERS
from obrok.case.priors import Prior, read_prior, read_priors
from obrok.case.questions import Question, read_questions
from obrok.case.reading import (
    City,
    Enterprise,
    Own,
    Place,
    Site,
    check_leaving,
    check_places,
    cities_in,
    read_enterprises,
    read_period,
    read_places,
    read_sites,
    read_window,
)
from obrok.evidence.anchors import sha256
from obrok.evidence.claims import Claim, Evidence
from obrok.evidence.documents import read_documents, read_format, read_id, without_text
from obrok.evidence.odd_files import odd_files
from obrok.evidence.private import refuse_private
from obrok.evidence.read_claims import Names, read_evidence
from obrok.problems import Node, ProblemsFound, Reader, closest, ids_of
from obrok.quantities import Words, read_words, words
from obrok.yaml_files import refused

__all__ = [
    "FILES", "AnchorState", "Case", "City", "Enterprise", "Event", "Place", "Policy", "Prior", "Question", "Site",
    "find_case", "load", "new_case", "order", "shipped_cases", "shipped_folder", "spans_of", "used_parameters",
]  # fmt: skip

#: versions imagined where neither the case nor anybody else says how many
WORLDS = 40_000
FILES = ("case.yaml", "claims.yaml", "documents.yaml")


@dataclass(frozen=True)
class Case:
    """A checked case. `worlds`: versions to imagine where nothing else is asked for. Days count from 0 =
    `start`; `window` is the first and last day of "within a year"."""

    folder: Path
    id: str
    title: str
    start: date
    days: int
    window: tuple[int, int]
    places: Mapping[str, Place]
    enterprises: tuple[Enterprise, ...]
    cities: tuple[City, ...]
    priors: Mapping[str, Prior]
    events: tuple[Event, ...]
    policies: tuple[Policy, ...]
    compare: tuple[tuple[str, str], ...]
    worlds: int
    questions: tuple[Question, ...]
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
    def words(self) -> Words:
        """The table by which this case's words are read: the shipped one, with the case's own rows."""
        return self.evidence.words

    @property
    def shipped(self) -> bool:
        """Whether it comes with the program, and so stays as it is."""
        return shipped_folder().resolve() in self.folder.resolve().parents

    @property
    def factual(self) -> Policy:
        return next(p for p in self.policies if p.factual)

    @property
    def sites(self) -> tuple[Site, ...]:
        return tuple(site for city in self.cities for site in city.sites)

    def question(self, name: str) -> Question | None:
        """The case's own question of that id, if there is one."""
        return next((q for q in self.questions if q.id == name), None)

    def cities_in(self, place: str | None) -> tuple[int, ...] | None:
        """Indices of the cities that are, or lie within, a place; None: all of them."""
        return cities_in(place, self.cities, self.places)

    def outcome_claims(self) -> list[Claim]:
        return [c for c in self.evidence.claims.values() if c.informs == "outcome"]

    def held_back(self) -> list[Claim]:
        """Observations that weigh nothing and are kept to score predictions."""
        return [c for c in self.evidence.claims.values() if c.informs == "held_back"]

    def claims_by_origin(self, claims: Iterable[Claim]) -> dict[str, list[Claim]]:
        out: dict[str, list[Claim]] = {}
        for claim in claims:
            out.setdefault(self.evidence.origin(claim), []).append(claim)
        return out


def find_case(name: str | Path) -> Path:
    """A folder, or the name of a shipped case → the folder."""
    path = Path(name)
    if path.is_dir():
        _refuse_odd_files(path)
        return path
    if str(name) in shipped_cases():
        return shipped_folder() / str(name)
    near = closest(str(name), shipped_cases())
    mend = f"did you mean `{near}`?" if near else f"give a folder, or a shipped case: {', '.join(shipped_cases())}."
    reader = Reader()
    reader.say(str(name), 0, "there is no such case", mend)
    raise ProblemsFound(reader.problems)


def _refuse_odd_files(folder: Path) -> None:
    """Before anything of a case is opened: its files are plain ones, and its archive is made of such."""
    reader = Reader()
    for file in FILES:
        with suppress(OSError):
            if wrong := refused(folder / file):
                reader.say(f"{folder.name}/{file}", 0, *wrong)
    for path, what in odd_files(folder / "archive"):
        mend = "put the file or folder itself in its place; for an archive elsewhere, set OBROK_ARCHIVE."
        reader.say(f"{folder.name}/{path.relative_to(folder).as_posix()}", 0, what, mend)
    reader.raise_if_any()


def shipped_folder() -> Path:
    """Where the shipped cases lie."""
    return Path(str(resources.files("obrok") / "cases"))


def shipped_cases() -> list[str]:
    return sorted(p.name for p in shipped_folder().iterdir() if (p / "case.yaml").exists())


def new_case(name: str | Path, like: str | Path = "blank") -> Path:
    """Copies a case, the blank one if none is named, to a new folder, under the folder's name; its archive stays behind."""
    target = Path(name)
    if os.path.lexists(target):
        reader = Reader()
        reader.say(str(name), 0, "this folder is there already", "choose another name: nothing is overwritten.")
        raise ProblemsFound(reader.problems)
    source = find_case(like)
    shutil.copytree(source, target, ignore=_left_behind)
    path = target / "case.yaml"
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", target.name).strip("-_")
    if not name or name in ("null", "true", "false"):
        name = f"case-{name}".strip("-")
    path.write_text(re.sub(r"(?m)^id: [\w-]+", f"id: {name}", path.read_text("utf-8"), count=1), "utf-8")
    return target


def _left_behind(folder: str, names: list[str]) -> list[str]:
    """What a copy of a case does without: archive, results, and whatever is no plain file or folder."""
    with os.scandir(folder) as entries:
        plain = {e.name for e in entries if e.is_dir(follow_symlinks=False) or e.is_file(follow_symlinks=False)}
    return [n for n in names if n in ("archive", "out") or n not in plain]


def load(
    name: str | Path = "chita-2015", documents_required: bool = False, instead: Mapping[str, Path] | None = None
) -> Case:
    """Reads and checks a case. `instead`: files that are read in the place of its own, before they are put there. Raises
    `ProblemsFound` with everything that is wrong, at once."""
    folder = find_case(name)
    reader = Reader()
    shown = f"{folder.name}/" if folder.name else ""
    paths = {file: (instead or {}).get(file, folder / file) for file in FILES}
    with _collecting_nothing():
        roots = {file: reader.open(path, shown + file) for file, path in paths.items()}
        case = _read(reader, folder, roots, documents_required)
    reader.raise_if_any()
    assert case is not None
    return case


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """No node of a case is in a circle: to look for such while hundreds of thousands are made takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
    f: dict[str, Node] = {}
    if root is not None:
        refuse_private(reader, root)
        f = reader.fields(root, REQUIRED, ("events", "compare", "questions", "words", "live", "note", "worlds"))
    read_format(reader, f.get("format"))
    name, title = read_id(reader, f.get("id"), set()), reader.want_text(f.get("title"))
    period = start, end = read_period(reader, f.get("period"))
    window = read_window(reader, f.get("window"), start, end)
    place_ids, claim_ids = ids_of(f.get("places")), ids_of(claims_root.get("claims")) if claims_root else None
    before = len(reader.problems)
    own: Own = {}
    places = read_places(reader, f.get("places"), own)
    cities = read_sites(reader, f.get("sites"), ids_of(f.get("enterprises")), place_ids, own)
    known = () if reader.errors(before) else cities  # where they are not, what lies where is not judged
    if known:
        check_leaving(reader, f.get("places"), places, known)
    enterprises = read_enterprises(reader, f.get("enterprises"), claim_ids, cities)
    before = len(reader.problems)
    events = read_events(reader, f.get("events"), claim_ids, period, (known, places, place_ids), own)
    what_ifs = None if reader.errors(before) else [e.id for e in events if e.what_if]
    event_ids = ids_of(f["events"]) if "events" in f else ()
    policies = read_policies(reader, f.get("policies"), event_ids, what_ifs)
    compare = read_compare(reader, f.get("compare"), ids_of(f.get("policies")))
    questions = read_questions(reader, f.get("questions"), period, (known, places, place_ids))
    live = reader.want_flag(f.get("live"), False)
    worlds = reader.want_number(f.get("worlds"), 1, 1e8, "worlds", whole=True)
    reader.want_text(f.get("note"))
    table = read_words(reader, f.get("words"), words())
    evidence = _read_evidence(reader, claims_root, documents_root, place_ids, own, table)
    parameters = f.get("parameters")
    priors = read_priors(reader, parameters, evidence)
    own_priors = {name: read_prior(reader, row, entry, evidence) for name, (row, entry) in own.items()}
    priors |= {name: prior for name, prior in own_priors.items() if prior}
    entries = [entry for _, entry in own.values()]
    if parameters is not None and isinstance(parameters.value, dict):
        check_complete(reader, parameters, used_parameters(enterprises, events), priors, own)
        check_order(reader, parameters, priors)
        entries += parameters.value.values()
    check_what_ifs(reader, events, own, priors)
    check_places(reader, evidence, known, places)
    cited = cited_claims(entries)
    if parameters is not None:
        check_cited(reader, evidence, cited)
        check_conflicts(reader, evidence, priors)
    if start and end:
        check_days(reader, evidence, cited, start, end)
    anchors = check_anchors(reader, evidence, folder, documents_required)
    if reader.errors() or root is None:
        return None
    return Case(
        folder=folder, id=name, title=title, start=start, days=(end - start).days + 1, window=window,
        places=places, enterprises=enterprises, cities=cities, priors=priors, events=events, policies=policies,
        compare=compare, worlds=int(worlds or WORLDS), questions=questions, evidence=evidence, anchors=anchors, live=live,
        sha256=case_digest(case_files(folder)), notes=tuple(reader.problems),
    )  # type: ignore[arg-type, operator]  # fmt: skip


def _read_evidence(
    reader: Reader,
    claims: Node | None,
    documents: Node | None,
    places: tuple[str, ...] | None,
    own: Own,
    table: Words,
) -> Evidence:
    read = read_documents(reader, documents) if documents is not None else {}
    if claims is None:
        return Evidence(read, {}, {}, table, None)
    document_ids = ids_of(documents.get("documents")) if documents is not None else None
    # what a claim may speak of: role → quantity → canonical unit
    inputs = {name: p.unit for name, p in PARAMETERS.items()} | {name: row.unit for name, (row, _) in own.items()}
    known = Names(
        document_ids,
        places,
        {"input": inputs, "outcome": COUNTED, "held_back": COUNTED},
        table,
        textless=without_text(documents),
    )
    return read_evidence(reader, claims, read, known)


def case_files(folder: Path) -> dict[str, bytes]:
    """The files of a case as they are now, by name."""
    return {file: (folder / file).read_bytes() for file in FILES}


def case_digest(files: Mapping[str, bytes]) -> str:
    """`case_sha256`: the digest of a case, by its files."""
    return sha256("\n".join(sha256(files[file]) for file in FILES))
