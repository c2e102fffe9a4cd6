"""A published copy as an RO-Crate: what its files are, what they rest on, and how its results were made.

RO-Crate 1.2 (https://w3id.org/ro/crate/1.2); where results go along, their run by the Process Run Crate profile 0.5.
Everything said is taken from the copy itself, from which what is protected was withheld already. The same copy, day and
licence give the same bytes: no clock is looked at, and no id is made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from obrok.evidence.anchors import sha256
from obrok.evidence.edtf import edtf_interval
from obrok.problems import Problem, ProblemsFound

FILE = "ro-crate-metadata.json"
VERSION, PROFILE = "1.2", "https://w3id.org/ro/wfrun/process/0.5"
NO_LICENCE = "No licence was stated: ask whoever published this copy."
#: SPDX ids without a version; those with one are told by their form (Apache-2.0, CC-BY-4.0, GPL-3.0-or-later)
_SPDX = ("MIT", "ISC", "Zlib", "Unlicense")
#: what each file is
FILES = {
    "case.yaml": "The case: places, enterprises, parameters with their claims or assumptions, events, policies, questions.",
    "claims.yaml": "What was reported, paraphrased: each claim with its place in a document, its hedge and its source's code.",
    "documents.yaml": "The documents that the claims rest on: bibliography and digests, no words of them.",
    "publish.json": "What was withheld, and the proof that no words of a document are in this copy.",
    "results/answers.json": "Every answer with its range, before and after weighing, and the claims that move it most.",
    "results/answers.csv": "The same answers as a table.",
    "results/explain.json": "How sure the leading answers are, and by what; what to find out next.",
    "results/report.html": "The report, to be read in any browser, offline.",
    "results/record.json": "How the results were made: versions, digests, seed, options.",
}
ENCODINGS = {"yaml": "application/yaml", "json": "application/json", "csv": "text/csv", "html": "text/html"}
#: what a run is given, beside the case; `policies` and `fix` as JSON
OPTIONS = {
    "seed": "the seed of all chance",
    "worlds": "how many versions were imagined",
    "policies": "the policies that were simulated",
    "fix": "parameters that were given one value in every version",
    "weigh": "whether claims weigh versions",
    "series": "of which versions the days were kept",
}


@dataclass(frozen=True)
class About:
    """What the user says of a crate. `day`: on which it is published; without it the last on which its newest document may
    have appeared. `licence`: an SPDX id, an address or words."""

    day: date | None = None
    licence: str | None = None


def described(contents: Mapping[str, str], about: About = About()) -> str:
    """The metadata of a crate with these files (name → text), as JSON-LD. Raises ProblemsFound where rocrate is missing."""
    crate = _library().ROCrate(version=VERSION)
    case = yaml.safe_load(contents["case.yaml"])
    documents = yaml.safe_load(contents["documents.yaml"])["documents"]
    shown = [d for d in documents if not d.get("protected")]
    root = crate.root_dataset
    root["name"] = str(case["title"])
    root["description"] = _description(case, documents, about.day)
    root["datePublished"] = (about.day or _newest(case, shown)).isoformat()
    root["license"] = _licence(crate, about.licence)
    root["identifier"] = f"urn:obrok:case:{case['id']}"
    files = {name: _file(crate, name, text) for name, text in contents.items()}
    if cited := list(_cited(crate, shown)):
        root["citation"] = cited
    if "results/record.json" in contents:
        _add_run(crate, contents, files)
    return json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _library() -> Any:
    try:
        from rocrate import rocrate
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "rocrate":
            raise
        mend = "install it: pip install 'obrok[crate]'."
        raise ProblemsFound([Problem("--crate", 0, "an RO-Crate needs rocrate", mend)]) from error
    return rocrate


def _entity(crate: Any, id: str, **properties: Any) -> Any:
    """A contextual entity, `type` its type; what is None is left out."""
    from rocrate.model import ContextEntity

    given = {("@type" if k == "type" else k): v for k, v in properties.items() if v is not None}
    return crate.add(ContextEntity(crate, id, properties=given))


def _file(crate: Any, name: str, text: str) -> Any:
    data = text.encode()
    about = {"name": name.rpartition("/")[2], "description": FILES.get(name), "contentSize": str(len(data)),
             "encodingFormat": ENCODINGS[name.rpartition(".")[2]], "sha256": sha256(data)}  # fmt: skip
    return crate.add_file(dest_path=name, properties={k: v for k, v in about.items() if v is not None})


def _description(case: Mapping, documents: list[Mapping], day: date | None) -> str:
    period, hidden = case["period"], sum(bool(d.get("protected")) for d in documents)
    told = f"A case of obrok: what {len(documents)} document{'s' * (len(documents) != 1)} reported, {period['start']} to {period['end']}"
    told += f" ({hidden} of them withheld to protect their sources)" * bool(hidden)
    told += ", and what follows from it in a model. An estimate from a model, not a count; nobody simulated is a real person."
    dated = " It is dated by the last day on which its newest document may have appeared: the day of publication was not stated."
    return told if day else told + dated


def _newest(case: Mapping, documents: list[Mapping]) -> date:
    """The last day on which the newest document may have appeared; of a case that shows none the end of its period."""
    days = [d[1] for d in (_days(x) for x in documents) if d]
    return max(days, default=date.fromisoformat(str(case["period"]["end"])))


def _days(document: Mapping) -> tuple[date, date] | None:
    return edtf_interval(str(document["published"]["edtf"]))


def _licence(crate: Any, licence: str | None) -> Any:
    """The entity that stands for a licence; words where it is none that is known by an address."""
    given = (licence or "").strip()
    if re.fullmatch(r"https?://\S+", given):
        return _entity(crate, given, type="CreativeWork", name=given, description="The licence of this crate.")
    if given in _SPDX or re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*-\d[\d.]*(-[A-Za-z-]+)?", given):
        about = f"The licence of this crate, by its SPDX identifier: {given}."
        return _entity(crate, f"https://spdx.org/licenses/{given}", type="CreativeWork", name=given, description=about)
    return _entity(crate, "#licence", type="CreativeWork", name="Terms of use", description=given or NO_LICENCE)


def _cited(crate: Any, documents: list[Mapping]) -> Iterator[Any]:
    """The documents that are not withheld, by their bibliography."""
    known: dict[tuple[str, str], Any] = {}

    def named(kind: str, name: str | None) -> Any:
        if name and (kind, name) not in known:
            id = f"#{kind.lower()}-{sum(k == kind for k, _ in known) + 1}"
            known[kind, name] = _entity(crate, id, type=kind, name=name)
        return known.get((kind, name or ""))

    for d in documents:
        days = _days(d)
        first, last = days or (None, None)
        between = f"Published between {first} and {last}." if first != last else None
        address = d.get("address")
        url = address if not address or "://" in address else f"https://{address}"
        yield _entity(
            crate, f"#document-{d['id']}", type="CreativeWork", name=str(d["title"]), author=named("Person", d.get("author")),
            publisher=named("Organization", d.get("publisher")), inLanguage=d.get("language"), url=url, description=between,
            datePublished=str(first) if first and first == last else None, license=d.get("licence"), sha256=d.get("sha256_file"),
        )  # fmt: skip


def _add_run(crate: Any, contents: Mapping[str, str], files: Mapping[str, Any]) -> None:
    """How the results were made, as an action of obrok; who did it and when is nobody's business, and not recorded."""
    try:
        record = json.loads(contents["results/record.json"])
        identity, environment = record["identity"], record["environment"]
        options = {name: identity[name] for name in OPTIONS}
        ran, code, case, digest = (str(identity[k]) for k in ("obrok", "code_sha256", "case", "case_sha256"))
        needs = sorted((str(k), str(v)) for k, v in environment.items() if k != "processor")
    except (ValueError, KeyError, TypeError, AttributeError):
        mend = "give the folder that `obrok run` wrote, such as out/CASE."
        raise ProblemsFound([Problem("results/record.json", 0, "this is no record of a run", mend)]) from None
    libraries = [_entity(crate, f"#{k}", type="SoftwareApplication", name=k, softwareVersion=v) for k, v in needs]
    about = "Turns reports on state-run labour abroad into estimates that can be defended line by line."
    software = _entity(
        crate, "#obrok", type="SoftwareApplication", name="obrok", description=about, softwareVersion=ran,
        identifier=f"urn:obrok:code:{code}", softwareRequirements=libraries,
    )  # fmt: skip
    given = []
    for name, meaning in OPTIONS.items():
        value = options[name]
        value = value if isinstance(value, (int, float, str)) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        given.append(_entity(crate, f"#{name}", type="PropertyValue", name=name, description=meaning, value=value))
    inputs = ("case.yaml", "claims.yaml", "documents.yaml")
    same = sha256("\n".join(sha256(contents[n]) for n in inputs)) == digest
    run_on = "the files of the case" if same else "the files that those of this copy were made from"
    action = _entity(
        crate, f"#run-{sha256(json.dumps(identity, sort_keys=True))[:16]}", type="CreateAction",
        name=f"Run of the case {case}", instrument=software, object=[*(files[n] for n in inputs), *given],
        description=f"`obrok run`, on {run_on}; results/record.json has what it takes to make the results again.",
        result=[f for n, f in files.items() if n.startswith("results/")],
        actionStatus={"@id": "http://schema.org/CompletedActionStatus"},
    )  # fmt: skip
    profile = _entity(crate, PROFILE, type="CreativeWork", name="Process Run Crate", version=PROFILE.rpartition("/")[2])
    crate.root_dataset["conformsTo"] = profile
    crate.root_dataset["mentions"] = action
