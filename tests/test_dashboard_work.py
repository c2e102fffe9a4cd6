"""Working on evidence, as a page asks for it: documents taken in, candidates judged, claims made, copies and conflicts settled."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obrok.case.case import load, new_case
from obrok.evidence.anchors import normalised
from obrok.outward.serve import deeds
from obrok.outward.serve import guard as guarding
from tests.conftest import ROOT
from tests.test_dashboard_server import JSON, TOKEN, Asking, own, safe  # noqa: F401

TEXTS = ROOT / "tests" / "texts"
FILE = {"content-type": "application/octet-stream"}


@pytest.fixture
def mine(tmp_path, monkeypatch) -> Asking:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "archive"))
    return Asking(load(new_case(tmp_path / "mine", "blank")), tmp_path / "out" / "mine")


def send(ask: Asking, data: bytes | list, name: str = "feature.txt", query: str = "&published=2024-11-20", **more):
    pieces = data if isinstance(data, list) else [data]
    return ask.raw(f"/{TOKEN}/api/intake", "POST", FILE | more, pieces, query=f"name={name}{query}")


def taken(ask: Asking, name: str = "feature.txt") -> str:
    told = safe(send(ask, (TEXTS / name).read_bytes(), name))
    assert told.status == 200, told.body
    return told.json()["documents"][0]["id"]


def do(ask: Asking, **asked):
    return safe(ask.post("api/work", asked))


def test_a_document_is_dropped_in_judged_and_the_case_written(mine):
    assert taken(mine) == "feature"
    told = safe(mine("api/work/documents/feature")).json()
    text = normalised((TEXTS / "feature.txt").read_text("utf-8"))
    assert len(told["candidates"]) == 20 and told["claims"] == []
    assert [c["at"] for c in told["candidates"]] == sorted(c["at"] for c in told["candidates"])
    page = safe(mine("api/documents/feature")).json()
    assert set(page["candidates"]) == {c["id"] for c in told["candidates"]}
    for c in told["candidates"]:  # each highlight is its very words
        words = "".join(w for part in page["paragraphs"] for w, on, _ in part if c["id"] in on)
        assert words == text[slice(*c["at"])]
    pay = next(c for c in told["candidates"] if c["unit"] == "USD/month")
    assert pay["value"] == 4300 and told["kinds"][pay["source"]] == "journalist"
    first = told["candidates"][0]["id"]
    assert do(mine, do="accept", ids=[first]).json()["history"] == {"undo": f"accepted {first}", "redo": None}
    says = {
        "informs": "input",
        "quantity": "wage",
        "hedge": "about",
        "paraphrase": "The state gets some thousands a head.",
    }
    assert do(mine, do="accept", ids=[pay["id"]], set=says).json()["id"] == pay["id"]
    assert do(mine, do="drop", ids=[told["candidates"][1]["id"]]).status == 200
    case = load(mine.desk.case.folder)
    assert [c.id for c in case.priors["wage"].claims] == [pay["id"]] and set(case.evidence.claims) == {first, pay["id"]}
    view = safe(mine("api/work")).json()
    assert view["waiting"] == {"feature": 17} and view["can"] and not view["shipped"]
    wage = next(q for q in view["quantities"]["input"] if q["name"] == "wage")
    assert wage["claims"] == [pay["id"]] and "USD/month" in wage["units"]
    for _ in range(3):
        assert do(mine, do="undo").status == 200
    assert safe(mine("api/work")).json()["waiting"] == {"feature": 20}
    assert do(mine, do="undo").json()["told"] == "Undone: took in feature.txt."
    assert load(case.folder).sha256 == load(new_case(case.folder.parent / "fresh" / "mine", "blank")).sha256
    assert do(mine, do="undo").status == 422 and do(mine, do="redo").status == 200


def test_what_cannot_be_done_is_said_in_words_and_nothing_is_written(mine):
    taken(mine)
    folder = mine.desk.case.folder
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    one = safe(mine("api/work/documents/feature")).json()["candidates"][0]["id"]
    wrong = [
        ({"do": "fly"}, "undo, redo, accept"), ({}, "is done here"), ({"do": "accept"}, "`ids` is missing"),
        ({"do": "accept", "ids": ["none"]}, "no candidate `none`"), ({"do": "drop", "ids": [1]}, "`ids` is missing"),
        ({"do": "accept", "ids": [one], "set": {"informs": "input", "quantity": "wage", "unit": "people"}}, "not a unit of"),
        ({"do": "accept", "ids": [one], "set": {"paraphrase": "Write to a.b@example.org"}}, "e-mail"),
        ({"do": "accept", "ids": [one], "set": {"anchor": "x"}}, "is not edited here"),
        ({"do": "accept", "ids": [one, "b"], "set": {"hedge": "few"}}, "one by one"),
        ({"do": "make", "document": "feature", "at": [0, 30], "set": {"paraphrase": "x"}}, "who says so"),
        ({"do": "make", "document": "feature", "at": [30, 3], "set": {}}, "no words are chosen"),
        ({"do": "make", "document": "feature", "at": [1.5, True], "set": {}}, "no words are chosen"),
        ({"do": "make", "document": "none", "at": [0, 3], "set": {}}, "not on this machine"),
        ({"do": "edit", "id": "none", "set": {}}, "there is no `none`"), ({"do": "edit", "set": []}, "`id` is missing"),
        ({"do": "source", "set": {"kind": "friend"}}, "a source is of a kind"),
        ({"do": "combine", "parameter": "none", "ids": ["a"]}, "no parameter"),
        ({"do": "combine", "parameter": "wage", "ids": ["a"], "combine": "sum"}, "no way to combine"),
        ({"do": "days", "first": "2015", "last": "2016-01-01"}, "no dates"), ({"do": "days", "first": "0001-01-01", "last": "0001-02-01"}, "no dates"),
        ({"do": "document", "id": "feature", "set": {"published": "soon"}}, "soon"),
    ]  # fmt: skip
    for asked, words in wrong:
        told = safe(mine.post("api/work", asked))
        assert told.status == 422 and words.lower() in told.json()["error"].lower(), (asked, told.body)
        assert "claims.yaml:" not in told.json()["error"], told.body  # no line of a file that was not written
    text = normalised((TEXTS / "feature.txt").read_text("utf-8"))
    told = do(mine, do="accept", ids=[one], set={"paraphrase": text[:120]})
    assert told.status == 422 and "your own words" in told.json()["error"]
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*deeds.DEEDS, "undo", "redo"])
SETS = st.dictionaries(
    st.sampled_from(["paraphrase", "informs", "quantity", "value", "unit", "hedge", "about", "where", "confirms", "source", "title", "published", "kind"]),
    ANY | st.sampled_from(["input", "outcome", "wage", "left", "a few", "USD/month", "people"]), max_size=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=NAMES, asked=st.dictionaries(st.sampled_from(["ids", "id", "document", "at", "parameter", "combine", "first", "last", "title"]), ANY | st.sampled_from([["feature-1"], "feature-1", "feature", [0, 20]]), max_size=4), given_set=SETS)  # fmt: skip
def test_whatever_a_page_sends_the_case_reads_well(worked, what, asked, given_set):
    told = safe(worked.post("api/work", {"do": what, "set": given_set, **asked}))
    assert told.status in (200, 422), told.body
    load(worked.desk.case.folder)


@pytest.fixture(scope="module")
def worked(tmp_path_factory) -> Asking:
    folder = tmp_path_factory.mktemp("worked")
    ask = Asking(load(new_case(folder / "mine", "blank")), folder / "out")
    taken(ask)
    return ask


def test_files_that_cannot_be_taken_in(mine):
    for data, name, query, status, words in (
        (b"", "empty.txt", "&published=2024", 422, ""), (b"\x00\x01\x02" * 500, "x.bin", "&published=2024", 422, ""),
        ((TEXTS / "feature.txt").read_bytes(), "feature.txt", "", 422, "the day it appeared"),
        ((TEXTS / "feature.txt").read_bytes(), "feature.txt", "&published=soon", 422, "soon"),
    ):  # fmt: skip
        told = safe(send(mine, data, name, query))
        assert told.status == status and words in told.json()["error"], told.body
    folder = mine.desk.case.folder
    assert not load(folder).evidence.documents and not [p for p in folder.iterdir() if p.name.startswith(".incoming")]
    assert safe(mine.raw(f"/{TOKEN}/api/intake", "POST", JSON, [b"{}"])).status == 415  # a file comes as it is
    assert safe(mine.raw(f"/{TOKEN}/api/work", "POST", FILE, [b"{}"])).status == 415
    assert safe(mine.raw("/wrong/api/intake", "POST", FILE, [b"x"])).status == 403
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert safe(mine.raw(f"/{TOKEN}/api/intake", "POST", form, [b"--x--"])).status == 415


def test_a_file_that_is_too_large_or_does_not_come(mine, monkeypatch):
    monkeypatch.setattr(guarding, "MOST_FILE", 1000)
    assert safe(send(mine, b"x", **{"content-length": "1001"})).status == 413
    import asyncio

    monkeypatch.setattr(guarding, "PATIENCE", 0.2)

    async def slow():
        await asyncio.sleep(30)

    assert safe(send(mine, [b"some", slow])).status == 408
    assert not [p for p in mine.desk.case.folder.iterdir() if p.name.startswith(".incoming")]


@pytest.mark.parametrize("name", ["../../evil.txt", "a/b\\c.txt", "\u202etxt.exe", "", "." * 300, "x" * 500 + ".txt"])
def test_the_name_of_a_file_is_a_name(name):
    found = deeds.file_name(name)
    assert found and "/" not in found and "\\" not in found and found.isprintable() and len(found) <= deeds.LONGEST
    assert Path(found).name == found and found not in (".", "..")


def test_copies_are_found_and_told_to_be_one_origin(mine):
    text = (TEXTS / "feature.txt").read_text("utf-8")
    taken(mine)
    told = safe(send(mine, (text + "\nReprinted by another paper.").encode(), "reprint.txt", "&published=2024-11-25"))
    assert told.status == 200
    for _ in range(200):
        view = safe(mine("api/copies")).json()
        if view["ready"]:
            break
        time.sleep(0.05)
    (pair,) = view["pairs"]
    assert pair["sure"] and (pair["first"], pair["second"]) == ("feature", "reprint") and "copies" in pair["says"]
    assert pair["origins"] == ["feature", "reprint"]
    assert do(mine, do="document", id="reprint", set={"origin": "feature"}).status == 200
    assert load(mine.desk.case.folder).evidence.documents["reprint"].origin == "feature"
    (pair,) = safe(mine("api/copies")).json()["pairs"]
    assert pair["origins"] == ["feature", "feature"]


def test_disagreements_are_settled(mine):
    taken(mine)
    taken(mine, "hearing.txt")
    folder = mine.desk.case.folder
    rows = [c for d in ("feature", "hearing") for c in safe(mine(f"api/work/documents/{d}")).json()["candidates"]]
    one, other = (next(c["id"] for c in rows if c["id"].startswith(d)) for d in ("feature", "hearing"))
    days = {"from": "2024-01-01", "to": "2024-12-30"}
    for id, value in ((one, 300), (other, 900)):
        says = {
            "informs": "input",
            "quantity": "wage",
            "unit": "USD/month",
            "value": value,
            "hedge": "about",
            "about": days,
        }
        assert do(mine, do="accept", ids=[id], set=says).status == 200
    (pair,) = safe(mine("api/disagreements")).json()
    assert pair["parameter"] == "wage" and pair["combine"] == "mixture" and set(pair["named"]) == {one, other}
    assert do(mine, do="combine", parameter="wage", ids=[one, other], combine="product").status == 200
    assert load(folder).priors["wage"].combine == "product"
    assert do(mine, do="edit", id=other, set={"informs": "context", "unused": "believed less"}).status == 200
    (pair,) = safe(mine("api/disagreements")).json()
    assert pair["settled"] and pair["combine"] is None and [c.id for c in load(folder).priors["wage"].claims] == [one]


def test_a_case_of_ones_own(mine, tmp_path):
    for name in ("", "a b", "../x", "x" * 99, None, 3):
        told = safe(mine.post("api/cases", {"name": name, "copy": True}))
        assert told.status == 422 and "short name" in told.json()["error"]
    told = safe(mine.post("api/cases", {"name": "dead", "first": "2015-01-01", "last": "2014-01-01"}))
    assert told.status == 422 and not (tmp_path / "dead").exists()  # nothing half-made is left
    told = safe(
        mine.post("api/cases", {"name": "manaus", "title": "Doctors", "first": "2014-01-01", "last": "2014-12-31"})
    )
    assert told.status == 200, told.body
    view = safe(mine("api/case")).json()
    assert (view["id"], view["title"], view["window"]) == ("manaus", "Doctors", ["2014-01-01", "2014-12-31"])
    assert mine.desk.folder == Path("out/manaus") and view["result"] is None and view["changed"]
    told = safe(mine.post("api/cases", {"name": "manaus", "copy": True}))
    assert told.status == 422 and "there already" in told.json()["error"]
    assert safe(mine.post("api/cases", {"name": "second", "copy": True})).status == 200
    assert load(tmp_path / "second").title == "Doctors" and safe(mine("api/case")).json()["id"] == "second"
    taken(mine)
    assert (tmp_path / "second" / "documents.yaml").read_text().count("feature") and not load(
        tmp_path / "manaus"
    ).evidence.documents


def test_a_shipped_case_is_read_and_not_written(bare_chita):
    view = safe(bare_chita("api/work")).json()
    assert view["shipped"] and not view["can"] and view["history"] == {"undo": None, "redo": None}
    for asked in ({"do": "edit", "id": "pay", "set": {"hedge": "about"}}, {"do": "remove", "ids": ["pay"]}):
        told = safe(bare_chita.post("api/work", asked))
        assert told.status == 422 and "a copy that is yours" in told.json()["error"]
    told = safe(send(bare_chita, (TEXTS / "feature.txt").read_bytes()))
    assert told.status == 422 and "copy the case folder" in told.json()["error"]


@pytest.fixture
def bare_chita(chita, tmp_path, monkeypatch) -> Asking:
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "archive"))
    return Asking(chita, tmp_path / "out")


def test_what_is_told_holds_no_path(mine, tmp_path):
    taken(mine)
    for path in ("api/work", "api/work/documents/feature", "api/copies", "api/disagreements"):
        assert str(tmp_path) not in json.dumps(safe(mine(path)).json())
    assert safe(mine("api/work/documents/none")).status == 404


def test_a_saved_policy_is_a_step_too(own):  # noqa: F811
    path = own.desk.case.folder / "case.yaml"
    before = path.read_bytes()
    draft = {"changes": [{"what": "hand_over", "value": 0.2, "date": "2015-06-01"}]}
    assert own.post("api/policies", {"draft": draft, "name": "kinder"}).status == 200
    after = path.read_bytes()
    assert b"kinder" in after and safe(own("api/work")).json()["history"]["undo"] == "the policy kinder, saved"
    assert do(own, do="undo").status == 200 and path.read_bytes() == before
    assert do(own, do="redo").status == 200 and path.read_bytes() == after
