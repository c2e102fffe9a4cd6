"""A copy of a case that is safe to give away, and the proof that it is.

Left out: the archive, comments, candidates. Of protected documents, and of all documents of a live case: title,
author, publisher, address, positions and every digest; each claim on them keeps the code of its span, which only the
holder of the archive can check. Of a live case: places below a region, and what sites and enterprises are called.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from obrok.case.case import FILES, Case, load
from obrok.evidence.anchors import sha256
from obrok.evidence.archive import find_text, shut_in, texts_in
from obrok.evidence.documents import Document
from obrok.evidence.private import free_texts
from obrok.evidence.quotations import RUN, longest_run, quotations, runs, tokens
from obrok.evidence.sealed import Locked
from obrok.evidence.withheld import code_of, key_of, note
from obrok.outward import crate as crates
from obrok.outward.editing.intake import archive_of
from obrok.outward.sound import text_of
from obrok.problems import Node, Problem, ProblemsFound, Reader

WITHHELD = "withheld: the source is protected"
#: files of a result folder that may go with a case
RESULTS = ("answers.json", "answers.csv", "explain.json", "report.html", "record.json")


@dataclass(frozen=True)
class Published:
    """What was written, and the proof: the longest run of words that it shares with any archived text."""

    folder: Path
    files: tuple[str, ...]
    texts: int
    longest: int
    withheld: Mapping[str, int]


def publish(
    case_folder: Path, target: Path, results: Path | None = None, force: bool = False, crate: crates.About | None = None
) -> Published:
    """Writes the copy, whole or not at all; with `crate` as an RO-Crate. Raises ProblemsFound with everything that stands in
    the way."""
    case = load(case_folder)
    if target.exists() and not force:
        what = "this folder is there already"
        raise ProblemsFound([Problem(str(target), 0, what, "choose another with --out, or say --force to replace it.")])
    texts = _texts(case)
    hidden = [d for d in case.evidence.documents.values() if d.protected or case.live]
    contents, counts = _copy(case, hidden, texts)
    contents |= _of_results(results)
    free = [
        t for d in case.evidence.documents.values() if d not in hidden for t in (d.title, f"{d.title} {d.author or ''}")
    ]
    told = {crates.FILE: crates.described(contents, crate)} if crate else {}
    longest = _prove(contents | told, texts, free, hidden, case)
    proof = {
        "format": 1, "case": case.id, "files": {name: sha256(data) for name, data in contents.items()},
        "texts": len(texts), "longest_run_of_words_shared": longest, "a_quotation_is": RUN, "withheld": counts,
    }  # fmt: skip
    contents["publish.json"] = json.dumps(proof, indent=1, ensure_ascii=False) + "\n"
    if crate:
        contents[crates.FILE] = crates.described(contents, crate)
        _prove({crates.FILE: contents[crates.FILE]}, texts, free, hidden, case)
    _write(target, contents)
    return Published(target, tuple(contents), len(texts), longest, counts)


def _texts(case: Case) -> dict[str, str]:
    """Every text that the case rests on or its archive holds, by digest; all must be here, or nothing can be proved."""
    out, missing = {}, []
    for d in case.evidence.documents.values():
        if d.sha256_file is None:
            continue
        text = find_text(d.sha256_file, d.sha256_text, case.folder)
        if text is None and (shut := shut_in(d.sha256_file, d.sha256_text, case.folder)):
            raise Locked(shut)
        if text is None:
            what = f"the text of `{d.id}` is not on this machine: nobody can prove that nothing quotes it"
            missing.append(Problem(case.folder.name, 0, what, "take it in first: `obrok read CASE FILE`."))
        else:
            out[sha256(text)] = text
    if missing:
        raise ProblemsFound(missing)
    for digest, text in texts_in(archive_of(case.folder)):
        out.setdefault(digest, text)
    return out


# --- the copy --------------------------------------------------------------------------------------------------------
def _copy(case: Case, hidden: list[Document], texts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, int]]:
    reader = Reader()
    data: dict[str, Any] = {}
    for name in FILES:
        root = reader.open(case.folder / name, name)
        assert root is not None
        data[name] = _plain(root)
    codes = {d.id: f"protected-{n}" for n, d in enumerate(hidden, 1)}
    for entry in data["documents.yaml"]["documents"]:
        if entry["id"] in codes:
            _withhold(entry)
    spans = _withhold_spans(case, codes, data["claims.yaml"]["claims"], texts)
    origins = {d.origin for d in hidden}
    renamed = codes | {o: f"origin-{n}" for n, o in enumerate(sorted(origins - codes.keys()), 1)}
    for entry in data["documents.yaml"]["documents"]:
        entry["origin"] = renamed.get(entry["origin"], entry["origin"])
        entry["id"] = codes.get(entry["id"], entry["id"])
    for claim in data["claims.yaml"]["claims"]:
        claim["document"] = codes.get(claim["document"], claim["document"])
    counts = {"documents": len(hidden), "spans": spans, "places": 0}
    if case.live:
        names = _coarse(case)
        counts["places"] = len(names)
        data = {name: _renamed(tree, names) for name, tree in data.items()}
        for place in data["case.yaml"]["places"]:
            place.pop("lat", None)
            place.pop("lon", None)
    return {name: _dumped(tree) for name, tree in data.items()}, counts


def _plain(node: Node) -> Any:
    """A node as plain data; single values as they were written, so that a figure keeps its digits."""
    if isinstance(node.value, dict):
        return {k: _plain(v) for k, v in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(v) for v in node.value]
    return (
        _Figure(node.text) if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else node.value
    )


class _Figure(str):
    """A number in the digits it was written in."""


class _Dumper(yaml.SafeDumper):
    pass


def _figure(dumper: yaml.SafeDumper, figure: _Figure) -> yaml.Node:
    """In its own digits, where YAML sees a number in them."""
    tag = dumper.resolve(yaml.ScalarNode, str(figure), (True, False))
    if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        return dumper.represent_scalar(tag, str(figure))
    return dumper.represent_float(float(figure))


_Dumper.add_representer(_Figure, _figure)


def _dumped(tree: Any) -> str:
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _withhold(entry: dict[str, Any]) -> None:
    for key in ("author", "address", "sha256_file", "sha256_text", "characters", "protected", "complete"):
        entry.pop(key, None)
    why = entry.pop("why", None) if "text" in entry else None
    entry |= {"title": WITHHELD, "publisher": "withheld", "licence": "withheld", "protected": True, "text": "none"}
    entry["why"] = WITHHELD if why is None else f"{WITHHELD}; and its text was not kept"
    if isinstance(entry.get("published"), dict) and "why" in entry["published"]:
        entry["published"]["why"] = "withheld"


def _withhold_spans(case: Case, codes: Mapping[str, str], claims: list[dict], texts: Mapping[str, str]) -> int:
    """In the place of anchors on protected documents, the codes of their spans; the archive notes what they stand for."""
    archive = archive_of(case.folder)
    rows = []
    for entry in claims:
        claim = case.evidence.claims[entry["id"]]
        if claim.document not in codes or "anchor" not in entry:
            continue
        del entry["anchor"]
        d = case.evidence.documents[claim.document]
        assert claim.anchor is not None and d.sha256_text is not None
        code = code_of(key_of(archive), texts[d.sha256_text], claim.anchor)
        entry["span"] = code
        rows.append({"code": code, "sha256_file": d.sha256_file, "sha256_text": d.sha256_text,
                     "start": claim.anchor.start, "end": claim.anchor.end})  # fmt: skip
    note(archive, rows)
    return len(rows)


def _coarse(case: Case) -> dict[str, str]:
    """Names that say more than a region: places within others, sites, enterprises → names that do not."""
    out, n = {}, 0
    for place in case.places.values():
        if place.within:
            n += 1
            region = place.within
            while region in case.places and case.places[region].within:
                region = case.places[region].within or region
            out[place.id] = f"{region}-{n}"
    out |= {e.id: f"enterprise-{i}" for i, e in enumerate(case.enterprises, 1)}
    return out | {s.id: f"site-{i}" for i, s in enumerate(case.sites, 1)}


def _renamed(tree: Any, names: Mapping[str, str]) -> Any:
    if isinstance(tree, dict):
        return {_name(k, names): _renamed(v, names) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_renamed(v, names) for v in tree]
    return _name(tree, names) if type(tree) is str else tree


def _name(text: str, names: Mapping[str, str]) -> str:
    head, dot, rest = text.partition(".")
    return names[head] + dot + rest if head in names else text


def _of_results(folder: Path | None) -> dict[str, str]:
    if folder is None:
        return {}
    found = {f"results/{name}": text for name in RESULTS if (text := text_of(folder / name)) is not None}
    if not found:
        what = "there are no results in this folder"
        raise ProblemsFound(
            [Problem(str(folder), 0, what, "give the folder that `obrok run` wrote, such as out/CASE.")]
        )
    return found


# --- the proof -------------------------------------------------------------------------------------------------------
def _prove(
    contents: Mapping[str, str], texts: Mapping[str, str], free: list[str], hidden: list[Document], case: Case
) -> int:
    """The longest run of words shared with any text. Raises ProblemsFound where something must not go out."""
    allowed = {r for t in free for r in runs(tokens(t))}
    forbidden = {r for t in texts.values() for r in runs(tokens(t))} - allowed
    wrong = [*_quoting(case, contents, forbidden), *_naming(contents, hidden, case)]
    if wrong:
        raise ProblemsFound(wrong)
    return longest_run(contents.values(), texts.values(), free)


def _quoting(case: Case, contents: Mapping[str, str], forbidden: set[tuple[str, ...]]) -> Iterator[Problem]:
    mend = "say it in other words: a copy that is given away holds no words of a text."
    quoting = [name for name, text in contents.items() if quotations(text, forbidden)]
    lines = {n: quotations((case.folder / n).read_text("utf-8"), forbidden) for n in FILES if n in quoting}
    found = [(n, line) for n, known in lines.items() for line in known]  # where the user can mend it
    for name, line in found or [(n, 0) for n in quoting]:
        yield Problem(name, line, f"{RUN} words in a row of an archived text", mend)


def _naming(contents: Mapping[str, str], hidden: list[Document], case: Case) -> Iterator[Problem]:
    """Titles, addresses and digests of what is withheld, and places of a live case, wherever they stand."""
    secrets = [(s, f"the bibliography of `{d.id}`") for d in hidden
               for s in (d.title, d.address, d.sha256_file, d.sha256_text, d.author) if s and len(s) > 3]  # fmt: skip
    close = [n for n in _coarse(case) if len(n) > 2] if case.live else []
    secrets += [(capital(n), f"`{n}`, which says more than a region") for n in close]
    told = set()
    for name in FILES if case.live else ():  # where the user can mend it
        root = Reader().open(case.folder / name, name)
        for _, node in free_texts(root) if root else ():
            for place in close:
                if _stands(capital(place), node.text):
                    told.add(place)
                    mend = "say the region, or the kind of firm: the case is live."
                    yield Problem(name, node.line, f"a text names `{place}`, which says more than a region", mend)
    secrets = [s for s in secrets if s[0] not in map(capital, told)]
    for name, text in contents.items():
        plain = " ".join(text.split())
        for secret, what in secrets:
            if _stands(secret, plain):
                mend = "it would give away what is withheld: say it more generally in the case's own files."
                if name.startswith("results/"):
                    mend = "these results are of the case as it is: run the published copy, and give its results."
                yield Problem(name, 0, f"names {what}", mend)


def capital(name: str) -> str:
    """A name as a text writes it: an id such as `city` is a word, and `City` or `Chita` a name."""
    return name[:1].upper() + name[1:]


def _stands(words: str, text: str) -> bool:
    at = text.find(words)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(words) : at + len(words) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = text.find(words, at + 1)
    return False


def _write(target: Path, contents: Mapping[str, str]) -> None:
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name, text in contents.items():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_text(text, "utf-8")
        load(part)  # a copy that does not stand on its own is not given away
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
