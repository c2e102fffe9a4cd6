"""A claim that nobody has made: read as one of claims.yaml is, and the case as it would be with it. Nothing is written."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from obrok.case.case import Case
from obrok.case.parameters import COUNTED, OUTCOMES, PARAMETERS
from obrok.case.priors import resting_also_on
from obrok.evidence.claims import Claim, Evidence, Reading, Span
from obrok.evidence.documents import Document
from obrok.evidence.read_claims import Names, read_evidence
from obrok.nodes import Source as File
from obrok.nodes import node_of
from obrok.problems import Reader

#: what the claim, its source and its document are called (with a number, where that is taken)
NAME = "imagined"
#: keys of a claim that may be given
OF_A_CLAIM = ("value", "unit", "hedge")


def read_imagined(
    reader: Reader, case: Case, informs: str, quantity: str, given: Mapping[str, Any], origin: str | None = None
) -> Evidence | None:
    """One claim with its source and document, as evidence by itself; None, with every problem told, where it cannot be read.

    `given`: `value` (a figure or two), `unit` (None: that of the quantity), `hedge`; of the source, `kind` and `credence`.
    `origin`: of the document; None: its own.
    """
    name = _free(case)
    known = {role: known_quantities(case, role) for role in ("input", "outcome", "held_back")}
    canonical = known.get(informs, {}).get(quantity)
    row = {k: v for k in OF_A_CLAIM if (v := given.get(k)) is not None}
    row = {"unit": canonical} | row if canonical else row
    root = {
        "format": 1,
        "sources": [{
            "id": name, "kind": given.get("kind", "unnamed person"), "near": "unknown",
            "credence": {"value": given.get("credence", 0.8), "why": "imagined"},
        }],
        "claims": [{
            "id": name, "document": name, "source": name, "paraphrase": "an imagined reply", "informs": informs,
            "quantity": quantity, **row,
        }],
    }  # fmt: skip
    document = Document(
        name, "An imagined reply", "nobody", None, None, "en", (case.start, case.start), None, True, origin or name,
        False, "none", None, None, None, "imagined",
    )  # fmt: skip
    names = Names((name,), None, known, case.words, textless=frozenset({name}))
    before = len(reader.problems)
    found = read_evidence(reader, node_of(root, File("what is said", Path(), ()), 6), {name: document}, names)
    return None if reader.errors(before) or name not in found.claims else found


def known_quantities(case: Case, informs: str) -> Mapping[str, str]:
    """What a claim of this role may speak of → the unit that it is counted in."""
    if informs != "input":
        return COUNTED
    return {n: p.unit for n, p in PARAMETERS.items()} | {n: p.parameter.unit for n, p in case.priors.items()}


def _free(case: Case) -> str:
    e = case.evidence
    taken: tuple[Container, ...] = (e.claims, e.sources, e.documents, {d.origin for d in e.documents.values()})
    names = (NAME if k == 0 else f"{NAME}-{k}" for k in count())
    return next(n for n in names if not any(n in some for some in taken))


def what_of(case: Case, unknown: str) -> tuple[str, str] | None:
    """What a reply about a parameter, a question of the case's own or an outcome informs, and the quantity that it speaks
    of; None: there is no such unknown."""
    if unknown in case.priors:
        return "input", unknown
    question = case.question(unknown)
    if question is not None:
        return "outcome", question.quantity
    return ("outcome", unknown) if unknown in OUTCOMES else None


def with_reply(
    reader: Reader, case: Case, unknown: str, given: Mapping[str, Any], origin: str | None = None
) -> tuple[Case, Claim] | None:
    """The case with one claim more, about an unknown of `what_of`, and that claim; None, with every problem told, where it
    cannot be. `given`, `origin`: as in `read_imagined`; an origin of the case makes it one of that origin's claims.

    An outcome claim then weighs with the others of its origin; an input claim is combined with the parameter's others.
    """
    informs, quantity = what_of(case, unknown) or ("", "")
    found = read_imagined(reader, case, informs, quantity, given, origin)
    if found is None:
        return None
    (claim,) = found.claims.values()
    question = case.question(unknown)
    about, whom = (question.about, question.where) if question else _window(case)
    claim = replace(claim, about=about, readings=(whom,))
    e = case.evidence
    evidence = replace(
        e, documents={**e.documents, **found.documents}, sources={**e.sources, **found.sources},
        claims={**e.claims, claim.id: claim},
    )  # fmt: skip
    priors = case.priors
    if informs == "input":
        prior = resting_also_on(reader, case.priors[unknown], claim, evidence)
        if prior is None:
            return None
        priors = {**priors, unknown: prior}
    return replace(case, evidence=evidence, priors=priors), claim


def _window(case: Case) -> tuple[Span, Reading]:
    first, last = (case.date(d) for d in case.window)
    return Span(first, last), Reading(1.0)
