"""Imagined replies: weighed as a claim that is in the case; what nobody believes moves nothing; one origin counts as one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.answers.explain import Worlds
from obrok.answers.imagined import replied
from obrok.answers.weigh import levels_of, word_chance
from obrok.case.case import Case, load, new_case
from obrok.case.imagined import what_of, with_reply
from obrok.outward import files
from obrok.outward.options import Options
from obrok.outward.stages import Stages
from obrok.outward.study import Read, bare_plan
from obrok.problems import ProblemsFound, Reader
from obrok.worlds.batches import Batches
from obrok.worlds.places import place
from obrok.worlds.run import Plan, run_worlds

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
    for unknown, said in SAID.items():
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
            f'  - {{id: S9, kind: official, near: far, credence: {{value: {said["credence"]}, why: "for a test"}}}}\n'
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


# --- against a run of the case that has the claim --------------------------------------------------------------------
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


@pytest.fixture(scope="module")
def few(chita):
    """A few versions from the prior itself."""
    return lived(chita)


def lived(case: Case, n: int = 100) -> tuple[Worlds, dict[str, np.ndarray]]:
    chunk = run_worlds(Plan(case, 5, (case.factual,)), np.arange(n), 2)
    return Worlds(case, chunk.claims, chunk.draws, chunk.possible), chunk.answers[case.factual.id]


def test_over_the_same_versions_it_is_the_very_weight_of_the_case_with_that_claim(chita, few, tmp_path):
    worlds, outcomes = few
    other = imagined(chita, "left-in-may", SAID["left-in-may"])
    after = replied(worlds, other, numbers(chita, other, outcomes, "left-in-may")).weights
    case = added(tmp_path)["left-in-may"]
    same, _ = lived(case)
    counted = same.columns["claim told 0"], outcomes["left-in-may"]
    assert np.array_equal(*counted, equal_nan=True)  # the question counts what the claim counts
    np.testing.assert_allclose(after, same.weigh(), rtol=1e-12)
    assert np.abs(after - worlds.weigh()).max() > 1e-3


# --- laws ------------------------------------------------------------------------------------------------------------
REPLIES = [
    ("left-in-may", dict(hedge="several"), None),
    ("left-in-may", dict(hedge="several"), "dnk-chita"),
    ("leave_rate", dict(value=12, unit="percent/year", hedge="about"), None),
    ("posts", dict(value=320, hedge="about"), "dnk-chita"),
    ("fee", dict(hedge="most"), None),
]  # fmt: skip


@pytest.mark.parametrize(("unknown", "given", "origin"), REPLIES)
def test_what_nobody_believes_moves_nothing_to_the_bit(chita, few, unknown, given, origin):
    worlds, outcomes = few
    other = imagined(chita, unknown, given | {"credence": 0}, origin)
    after = replied(worlds, other, numbers(chita, other, outcomes, unknown))
    assert np.array_equal(after.weights, worlds.weigh()) and after.told
    believed = imagined(chita, unknown, given, origin)
    assert not np.array_equal(
        replied(worlds, believed, numbers(chita, believed, outcomes, unknown)).weights, worlds.weigh()
    )


def statement(worlds: Worlds, case: Case, number: np.ndarray) -> np.ndarray:
    """(1-ε)·ℓ/Z + ε of the newest claim, by hand."""
    claim = list(case.evidence.claims.values())[-1]
    like = np.where(worlds.possible, word_chance(claim, number, case.words), 0.0)
    return (1 - case.words.slip) * like / like[worlds.possible].mean() + case.words.slip


def test_a_reply_twice_from_one_origin_is_one_voice(chita, few):
    """An outcome: c·f² + (1-c), where two origins give (c·f + (1-c))²; a parameter: as once."""
    worlds, outcomes = few
    unknown, given, c = "left-in-may", dict(hedge="several"), 0.8
    once = imagined(chita, unknown, given)
    (new,) = once.evidence.claims.keys() - chita.evidence.claims.keys()
    origin = once.evidence.origin(once.evidence.claims[new])
    f = statement(worlds, once, outcomes[unknown])
    before = worlds.weigh()
    for case, factor in (
        (once, c * f + 1 - c),
        (imagined(once, unknown, given, origin), c * f**2 + 1 - c),
        (imagined(once, unknown, given), (c * f + 1 - c) ** 2),
    ):
        after = replied(worlds, case, numbers(chita, case, outcomes, unknown)).weights
        np.testing.assert_allclose(after, before * factor / (before * factor).sum(), rtol=1e-9)

    unknown, given = "leave_rate", dict(value=12, unit="percent/year", hedge="about")
    once = imagined(chita, unknown, given)
    (new,) = once.evidence.claims.keys() - chita.evidence.claims.keys()
    twice = imagined(once, unknown, given, once.evidence.origin(once.evidence.claims[new]))
    apart = imagined(once, unknown, given)
    one, same, two = (replied(worlds, case, {}).weights for case in (once, twice, apart))
    np.testing.assert_allclose(same, one, rtol=1e-9)
    assert not np.allclose(two, one, rtol=1e-3)


def test_one_more_telling_of_the_same_origin_is_weighed_with_its_other_claims(chita, few):
    worlds, outcomes = few
    other = imagined(chita, "left-in-may", dict(hedge="several"), "dnk-chita")
    origin = other.claims_by_origin(other.outcome_claims())["dnk-chita"]
    assert len(origin) == len(chita.outcome_claims()) + 1 and sum(w for w, _ in levels_of(other, origin)) <= 1
    own = imagined(chita, "left-in-may", dict(hedge="several"))
    weights = [replied(worlds, c, numbers(chita, c, outcomes, "left-in-may")).weights for c in (other, own)]
    assert not np.allclose(*weights, rtol=1e-3)


def test_what_lies_where_no_version_was_drawn_cannot_be_told(chita, few):
    worlds, _ = few
    one = replied(worlds, imagined(chita, "effort_before", dict(value=2, hedge="exactly")), {})
    assert not one.told and one.covered == pytest.approx(0.2)  # what is left is the chance that the source is wrong
    far = imagined(chita, "effort_after", dict(value=0.02, hedge="about"))  # beside a claim that lies within
    assert not replied(worlds, far, {}).told


def test_a_case_that_has_such_names_gets_others(chita):
    once = imagined(chita, "left-in-may", dict(hedge="some"))
    twice = imagined(once, "left-in-may", dict(hedge="some"))
    names = [list(c.evidence.claims)[-1] for c in (once, twice)]
    assert len(set(names)) == 2 and chita.evidence.claims.keys() == load("chita-2015").evidence.claims.keys()
    assert what_of(chita, "nope") is None and what_of(chita, "left") == ("outcome", "left")


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
                 lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6),
    st.none() | st.text(max_size=12) | st.sampled_from(["a few", "about", "between", "at least"]),
    st.none() | st.text(max_size=12) | st.sampled_from(["people", "percent"]),
    st.none() | st.floats() | st.text(max_size=5),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_whatever_is_sent_is_a_claim_or_is_told_why_not(chita, value, hedge, unit, credence):
    for unknown in ("left-in-may", "leave_rate", "fee"):
        reader = Reader()
        try:
            found = with_reply(
                reader, chita, unknown, {"value": value, "hedge": hedge, "unit": unit, "credence": credence}
            )
        except ProblemsFound:
            continue
        assert (found is None) == reader.errors()
