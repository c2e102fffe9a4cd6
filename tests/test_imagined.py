"""Imagined replies: weighed as a claim that is in the case; what nobody believes moves nothing; one origin counts as one."""

from __future__ import annotations

import re

import numpy as np
import pytest

from obrok.answers.explain import Worlds
from obrok.answers.imagined import replied
from obrok.case.case import Case, load, new_case
from obrok.case.imagined import with_reply
from obrok.outward import files
from obrok.outward.options import Options
from obrok.outward.stages import Stages
from obrok.outward.study import Read, bare_plan
from obrok.problems import Reader
from obrok.worlds.batches import Batches
from obrok.worlds.places import place

#: outcomes by which the two weighings are compared, and standard errors that they may lie apart: of 8 comparisons of a right
#: program one is further apart in about 1 of 270 runs of the test (3.5 standard errors, two-sided)
COMPARED, APART = ("left", "left_remote", "found", "to_state"), 3.5
WORLDS = 6_000
SAID = {
    "left-in-may": dict(hedge="several", credence=0.95),
    "leave_rate": dict(value=[8, 30], unit="percent/year", hedge="between", credence=0.8),
}


def weighed(
    case: Case, folder, worlds: int = WORLDS, seed: int = 5
) -> tuple[Worlds, np.ndarray, dict[str, np.ndarray]]:
    """A run as far as its weights: versions, weights, outcomes as reported and questions."""
    options = Options(worlds, seed, policies=(case.factual.id,))
    parts = Batches(place(folder), "parts", {})
    read = Read.of(Stages(bare_plan(case, options), worlds, True, parts, 2))
    ready = Worlds(
        case, read.columns, read.draws, read.possible, frozenset(), read.versions.log_correction, read.versions.z
    )
    return ready, read.w, {name: read.table[c] for name, c in files.answer_columns(case).items()}


@pytest.fixture(scope="module")
def base(chita, tmp_path_factory):
    return weighed(chita, tmp_path_factory.mktemp("base"))


def imagined(case: Case, unknown: str, given: dict, origin: str | None = None) -> Case:
    reader = Reader()
    found = with_reply(reader, case, unknown, given, origin)
    reader.raise_if_any()
    assert found is not None
    return found[0]


def numbers(before: Case, after: Case, outcomes, unknown: str) -> dict[str, np.ndarray]:
    """What the new outcome claims of a case speak of in each version."""
    new = after.evidence.claims.keys() - before.evidence.claims.keys()
    return {id: outcomes[unknown] for id in new if after.evidence.claims[id].informs == "outcome"}


def added(folder) -> dict[str, Case]:
    """The shipped case with each of `SAID` written into its files, as a claim of a document of its own."""
    out = {}
    for unknown, given in SAID.items():
        path = new_case(folder / unknown, "chita-2015")
        append(
            path / "documents.yaml",
            """
  - {id: told, title: Told later, publisher: nobody, language: en, published: {edtf: 2016-09-01, basis: stated},
     origin: told, licence: none, text: none, why: "imagined for a test"}
""",
        )
        informs = "quantity: left, unit: people, hedge: several, informs: outcome"
        if unknown == "leave_rate":
            informs = "quantity: leave_rate, value: [8, 30], unit: percent/year, hedge: between, informs: input"
            text = (path / "case.yaml").read_text("utf-8")
            text = re.sub(r"(?m)^  leave_rate: \{assumption:", "  leave_rate: {claim: told, fallback:", text)
            (path / "case.yaml").write_text(text, "utf-8")
        claims = (path / "claims.yaml").read_text("utf-8")
        source = (
            f'  - {{id: S9, kind: official, near: far, credence: {{value: {given["credence"]}, why: "for a test"}}}}\n'
        )
        claims = claims.replace("claims:\n", source + "claims:\n", 1)
        (path / "claims.yaml").write_text(claims, "utf-8")
        append(
            path / "claims.yaml",
            f"""
  - {{id: told, document: told, source: S9, paraphrase: "for a test", {informs},
     about: {{from: 2015-05-01, to: 2015-05-31, place: chita}}}}
""",
        )
        out[unknown] = load(path)
    return out


def append(path, text: str) -> None:
    path.write_text(path.read_text("utf-8").rstrip("\n") + text, "utf-8")


def mean(values: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """Weighted mean of log(1 + x), and its standard error (delta method over versions)."""
    x = np.log1p(values)
    m = float((w * x).sum())
    return m, float(np.sqrt((w**2 * (x - m) ** 2).sum()))


@pytest.mark.slow
@pytest.mark.parametrize("unknown", SAID)
def test_a_reply_weighs_as_a_run_of_the_case_with_that_claim(chita, base, tmp_path, unknown):
    worlds, before, outcomes = base
    other = imagined(chita, unknown, SAID[unknown])
    after = replied(worlds, other, numbers(chita, other, outcomes, unknown))
    assert after.told and not after.left.heavy
    _, w, then = weighed(added(tmp_path)[unknown], tmp_path / "run", seed=6)
    apart, moved = [], []
    for name in COMPARED:
        (told, e1), (run, e2), (was, e3) = (
            mean(outcomes[name], after.weights), mean(then[name], w), mean(outcomes[name], before)
        )  # fmt: skip
        apart.append(abs(told - run) / np.hypot(e1, e2))
        moved.append(abs(run - was) / np.hypot(e2, e3))
    assert max(apart) < APART, (apart, moved)
    assert max(moved) > APART, (apart, moved)  # without the reply it would not agree: the test can fail
