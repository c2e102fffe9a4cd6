"""The evidence view's JSON: documents and their texts in runs, claims with all that hangs on them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from obrok.answers.weigh import word_chance
from obrok.answers.words import number
from obrok.case.case import load, new_case
from obrok.evidence.anchors import Anchor, normalised, sha256
from obrok.outward.serve import evidence
from obrok.outward.serve.desk import Ready
from obrok.outward.serve.hedge_pictures import picture
from obrok.outward.serve.highlights import paragraphs, runs, shown
from obrok.outward.serve.shelf import Shelf
from tests.conftest import ROOT
from tests.test_dashboard_lists import say_the_same

LETTER = normalised(
    "<script>document.title = 'taken'</script> A letter from the pier says a few of the riggers walked off in May. "
    "The foreman told a visitor that roughly 400 men slept in the sheds, and that pay was near 700 dollars. "
    "A word turned round \u202edrow\u202c, a NUL \x00 and a line of Arabic: العمال تركوا الميناء. " + "W" * 10_000 + ". "
    "😀 Рабочие ушли. 노동자 몇 명이 떠났다。数人が去った。 " + "The tide came in at nine and went out at three. " * 60
    + "Late in summer police met several of them at the cannery."
)  # fmt: skip
#: claim → words in the letter: two overlap, one lies within another
PLACES = {
    "some-left": "a few of the riggers walked off",
    "riggers": "riggers walked off in May. The foreman told",
    "letter": "A letter from the pier says a few of the riggers walked off in May.",
    "pay": "pay was near 700 dollars",
    "arabic": "العمال تركوا الميناء",
    "after-an-emoji": "Рабочие ушли",
    "late": "police met several of them",
}


@pytest.fixture(scope="module")
def pier(tmp_path_factory):
    """A case of an invented letter, a copy of it that is protected, a page that lies elsewhere and one that was not kept."""
    folder = new_case(tmp_path_factory.mktemp("cases") / "pier")
    texts = folder / "archive" / "texts"
    texts.mkdir(parents=True)
    (texts / f"{sha256(LETTER)}.txt").write_text(LETTER, "utf-8")
    kept = dict(sha256_file="1" * 64, sha256_text=sha256(LETTER), characters=len(LETTER), origin="letter")

    def document(id, **more):
        row = dict(
            id=id, title=f"<b>Title</b> of {id}", publisher="Pier Sheet", language="en", licence="all rights reserved"
        )
        return row | {"origin": id, "published": {"edtf": "2023-06", "basis": "stated"}} | more

    documents = [
        document("letter", **kept),
        document("secret", protected=True, address="https://example.org/hidden", **kept),
        document("far", language="ko", **(kept | dict(sha256_file="2" * 64, sha256_text="3" * 64))),
        document("wire", text="none", why="restated from an excerpt", language="??", published={
            "edtf": "2023-07-01/2023-08-15", "basis": "inferred", "why": "it looks back on June"}),
    ]  # fmt: skip
    _write(folder / "documents.yaml", {"format": 1, "documents": documents})
    _write(folder / "claims.yaml", {"format": 1, "sources": _sources(), "claims": _claims()})
    case = (folder / "case.yaml").read_text("utf-8")
    for name, claims in (("posts", "[housed], combine: bounds"), ("wage", "[pay, pay-low], combine: mixture")):
        case = re.sub(rf"(?m)^  {name}: {{assumption:", f"  {name}: {{claims: {claims}, fallback:", case)
    (folder / "case.yaml").write_text(case, "utf-8")
    return load(folder)


def _write(path, tree):
    plain = json.loads(json.dumps(tree, ensure_ascii=False))  # nothing is there twice: a case has no aliases
    path.write_text(
        yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
        .replace("'20", "20")
        .replace("01'", "01")
        .replace("31'", "31"),
        "utf-8",
    )


def _sources():
    one = {"id": "S1", "kind": "unnamed person", "near": "medium", "credence": {"value": 0.8, "why": "lives there"}}
    other = {"id": "S2", "kind": "official", "near": "far", "credence": {"value": 0.5, "why": "at second hand"}}
    return [one, other | {"independence": 0.5}]


def _claims():
    def claim(id, document="letter", words=None, **more):
        row = {
            "id": id,
            "document": document,
            "source": "S1",
            "paraphrase": f"Said in short: {id}.",
            "informs": "context",
        }
        if words:
            a = Anchor.find(LETTER, words)[0]
            row["anchor"] = {"start": a.start, "end": a.end, "sha256": a.sha256, "around": a.around}
        return row | more

    year = {"from": "2024-01-01", "to": "2024-12-01", "place": "city"}
    wage = dict(informs="input", quantity="wage", unit="USD/month", hedge="roughly", about=year)
    people = dict(informs="outcome", unit="people", about={"from": "2024-05-01", "to": "2024-05-31", "place": "city"})
    far = {"start": 3, "end": 9, "sha256": "4" * 64, "around": "5" * 64}
    own = {
        "some-left": people | dict(quantity="left", hedge="a few"),
        "late": people | dict(quantity="found", hedge="several"),
        "letter": dict(source="S2", informs="confirmation", confirms=["some-left"]),
        "pay": wage | dict(value=700),
    }
    return [
        *(claim(id, "letter", words, **own.get(id, {})) for id, words in PLACES.items()),
        claim("pay-low", "wire", **wage | dict(value=200, source="S2")),
        claim("housed", "secret", "roughly 400 men", informs="input", quantity="posts", unit="people", value=300, hedge="at least"),
        claim("far-off", "far", anchor=far),
    ]  # fmt: skip


def document(case, id):
    return evidence.document(Shelf(case, None), id)


def claims_of(shelf):
    """Each with its details."""
    return {id: evidence.claim(shelf, id) for id in shelf.case.evidence.claims}


def by_id(rows):
    return {row["id"]: row for row in rows}


# --- texts -----------------------------------------------------------------------------------------------------------
def test_a_text_is_shown_whole_with_each_claim_on_its_very_words(pier):
    told = document(pier, "letter")
    parts = told["paragraphs"]
    whole = "".join(words for part in parts for words, _, _ in part)
    assert whole == LETTER.replace("\x00", "‹U+0000›").replace("\u202e", "‹U+202E›").replace("\u202c", "‹U+202C›")
    for id, words in PLACES.items():
        assert "".join(w for part in parts for w, on, _ in part if id in on) == words
    assert told["elsewhere"] == [] and told["places"][0]["claim"] == "letter"
    for place in told["places"]:  # the page goes there without looking further
        assert any(place["claim"] in on for _, on, _ in parts[place["paragraph"]])
    nested = next(on for part in parts for w, on, _ in part if w == "riggers walked off")
    assert nested == ["some-left", "riggers", "letter"]  # the narrowest place first


@given(
    st.text(alphabet="ab. \u0301é😀‮\x00", max_size=2_500).map(normalised),
    st.lists(st.tuples(st.integers(0, 2_500), st.integers(1, 900)), max_size=6),
)
def test_runs_are_the_text_cut_at_every_end_of_a_place(text, spans):
    places = {f"c{k}": (a, min(a + n, len(text))) for k, (a, n) in enumerate(spans) if a < len(text)}
    parts = runs(text, places)
    at = 0
    for (first, last), part in zip(paragraphs(text), parts, strict=True):
        assert first == at and all(words for words, _, _ in part)
        at = last
    assert at == len(text)
    flat = [(w, on) for part in parts for w, on, _ in part]
    for part in parts:
        for w, _, start in part:  # where a run begins, its words stand; a character told by its name is alone
            assert w == text[start : start + len(w)] or w == shown(text[start])
    for id, (start, end) in places.items():
        assert "".join(w for w, on in flat if id in on) == "".join(map(shown, text[start:end]))


def test_two_million_characters_are_cut_into_parts_that_can_be_read():
    text = normalised("The tide came in at nine, and the cranes stood still. " * 37_000)
    parts = runs(text, {"last": (len(text) - 40, len(text))})
    assert max(sum(len(w) for w, _, _ in part) for part in parts) < 500
    assert parts[-1][-1][1] == ["last"] and not parts[0][0][1]
    assert max(len(part) for part in runs("W" * 2_000_000, {})) == 1 and len(paragraphs("W" * 2_000_000)) > 1_000


def test_a_text_elsewhere_not_kept_or_changed_is_not_shown(pier, tmp_path):
    far, wire = (document(pier, id) for id in ("far", "wire"))
    assert (far["text"], far["paragraphs"], far["elsewhere"]) == ("elsewhere", [], ["far-off"])
    assert (wire["text"], wire["no_text"]) == ("not kept", "restated from an excerpt")
    assert document(pier, "none") is None
    kept = pier.folder / "archive" / "texts" / f"{sha256(LETTER)}.txt"
    try:
        kept.write_text("Not the same words at all.", "utf-8")
        told = document(pier, "letter")
    finally:
        kept.write_text(LETTER, "utf-8")
    assert told["text"] == "elsewhere" and told["paragraphs"] == [] and set(told["elsewhere"]) == set(PLACES)


def test_a_protected_document_gives_nothing_away(pier):
    told = document(pier, "secret")
    assert told["text"] == "protected" and told["paragraphs"] == [] and told["elsewhere"] == ["housed"]
    shelf = Shelf(pier, None)
    everything = json.dumps([evidence.view(shelf), evidence.more(shelf), claims_of(shelf), told], ensure_ascii=False)
    d = pier.evidence.documents["secret"]
    assert d.title not in everything and d.address not in everything and "roughly 400" not in everything
    assert claims_of(shelf)["housed"]["where"] == "position withheld"
    assert evidence.more(shelf)["texts"]["secret"] == "protected"


def test_dates_are_told_as_they_are_known(pier):
    documents = by_id(evidence.view(Shelf(pier, None))["documents"])
    assert (documents["letter"]["published"], documents["letter"]["basis"]) == ("June 2023", "stated")
    wire = documents["wire"]
    assert (wire["published"], wire["basis"], wire["why"]) == (
        "1 July to 15 August 2023",
        "inferred",
        "it looks back on June",
    )
    assert document(pier, "letter")["alike"] == ["secret", "far"] and document(pier, "wire")["alike"] == []


# --- claims ----------------------------------------------------------------------------------------------------------
def test_claims_tell_who_bears_them_out_and_who_disagrees(pier):
    shelf = Shelf(pier, None)
    told, claims = evidence.view(shelf), claims_of(shelf)
    assert claims["some-left"]["confirmed_by"] == ["letter"] and claims["letter"]["confirms"] == ["some-left"]
    assert claims["pay"]["against"] == ["pay-low"] and claims["pay-low"]["against"] == ["pay"]
    assert [s["id"] for s in evidence.more(shelf)["disagreements"][0]["sides"]] == ["pay", "pay-low"]
    assert (
        claims["pay"]["parameter"]["with"] == ["pay-low"]
        and "one of them is right" in claims["pay"]["parameter"]["together"]
    )
    assert claims["some-left"]["believed"] == "85 %"  # 1 - (1 - 0.8)(1 - 0.5·0.5)
    assert claims["some-left"]["answers"][0]["id"] == "left"
    assert not told["ready"] and told["answers"] == [] and claims["pay"]["moves"] == []


def test_a_blank_case_has_an_evidence_view():
    shelf = Shelf(load("blank"), None)
    told, more = evidence.view(shelf), evidence.more(shelf)
    assert told["documents"] == told["claims"] == more["disagreements"] == []


@pytest.mark.parametrize("name", ["chita-2015", "russia-2015"])
def test_pictures_show_what_the_model_reckons_with(name):
    """An outcome's curve is the chance by which versions are weighed; an input's density holds one, and so does its fallback."""
    case = load(name)
    drawn = {c: p for c in case.evidence.claims.values() if (p := picture(case, c))}
    assert {c.informs for c in drawn} >= {"input", "outcome"}
    for c, p in drawn.items():
        x = np.array(p["x"])
        assert np.all(np.diff(x) > 0) and len(x) < 400 and p["alt"] and p["label"]
        assert p["ticks"] and all(x[0] - 1e-9 <= v <= x[-1] * 1.001 for v, _ in p["ticks"])
        if p["kind"] == "density":
            _holds_one(case, c, p, x)
        elif c.value is None and c.quantity != "trend":
            assert p["said"]["y"] == pytest.approx(
                word_chance(c, x, case.words), rel=2e-3, abs=2e-3
            )  # figures have four digits


def _holds_one(case, claim, p, x):
    """Drawn densities have one height for both curves: their areas, with their pins, are to each other as their weights."""
    areas = []
    for curve in (p["said"], p["otherwise"]):
        certain = sum(w for _, w in curve["pins"])
        y = np.array(curve["y"]) / (x if p["log"] else 1.0)
        areas.append((float(np.trapezoid(y, x)), 1 - certain))
    (said, weight), (otherwise, other) = areas
    if weight > 0 and other > 0:
        assert said / otherwise == pytest.approx(weight / other, rel=0.08), claim.id
    assert min(weight, other) >= -1e-9


def test_a_picture_is_told_in_words(pier, chita):
    pay = picture(chita, chita.evidence.claims["pay"])
    assert "most weight from $800 to $1,000 a month" in pay["alt"] and "If the source is wrong" in pay["alt"]
    visit = picture(chita, chita.evidence.claims["visit-role"])
    assert visit["said"]["pins"] == [[0.0, 0.3]] and visit["otherwise"]["pins"] == [[0.0, 1.0]]
    bound = picture(pier, pier.evidence.claims["housed"])
    assert bound["kind"] == "cut" and "at least 300 people" in bound["alt"]
    x, y = np.array(bound["x"]), np.array(bound["said"]["y"])
    assert y[x < 200].max() < 0.05 and y[x > 500].min() > 0.95
    few = picture(pier, pier.evidence.claims["some-left"])
    best = few["x"][int(np.argmax(few["said"]["y"]))]
    assert f"likeliest said of {best:.0f}, with chance" in few["alt"]
    assert picture(pier, pier.evidence.claims["letter"]) is None


# --- with a result ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def told(chita, small_run):
    shelf = Shelf(chita, Ready(chita, small_run))
    return evidence.view(shelf) | {"claims": list(claims_of(shelf).values())}


def test_lists_and_details_say_what_one_answer_said(chita, small_run):
    say_the_same(chita, Ready(chita, small_run))


def test_leverage_is_told_only_where_it_is_sure(told, small_run):
    answers = small_run.explained["answers"]
    assert [a["id"] for a in told["answers"]] == [a["id"] for a in answers]
    seen = {"moves": 0, "short": 0, "still": 0}
    for claim in told["claims"]:
        rows = [
            next((r for r in a["leverage"] if (r["kind"], r["id"]) == ("claim", claim["id"])), None) for a in answers
        ]
        assert claim["short"] == [k for k, r in enumerate(rows) if r and r["needs_new_worlds"]]
        assert len(claim["moves"]) + claim["still"] + len(claim["short"]) == sum(r is not None for r in rows)
        for m in claim["moves"]:
            row, a = rows[m["answer"]], answers[m["answer"]]
            assert row["sure"] and not row["needs_new_worlds"] and m["with"] != m["without"]
            if a["versus"] is None and m["what"] == "middle":
                assert m["without"] == number(row["p50_without"], a["unit"])
        for k in seen:
            seen[k] += claim[k] if k == "still" else len(claim[k])
    assert seen["short"] + seen["still"] > 0  # so few versions leave much in doubt


def test_belief_after_weighing_is_that_of_the_account(told, small_run):
    after = {c["id"]: c["believed_after"] for c in told["claims"] if c["believed_after"]}
    assert after.keys() == small_run.explained["believed"].keys() != set()


# --- the page --------------------------------------------------------------------------------------------------------
def test_the_page_makes_no_markup_of_text():
    modules = sorted((ROOT / "src/obrok/outward/serve/static").glob("evidence*.js"))
    assert len(modules) >= 3
    for module in modules:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", module.read_text("utf-8")
        )
