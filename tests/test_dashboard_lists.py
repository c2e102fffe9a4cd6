"""Evidence in lists that hold thousands: what is told of all at once, of one when asked; words in the texts."""

from __future__ import annotations

import json
import threading
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.answers.words import percent
from obrok.case.case import load
from obrok.evidence.archive import Whereabouts, find_text, is_here, shut_in
from obrok.evidence.search import Query
from obrok.outward import rows
from obrok.outward.options import Options
from obrok.outward.publish import WITHHELD
from obrok.outward.serve import desk as desks
from obrok.outward.serve import evidence, searching
from obrok.outward.serve.desk import Desk
from obrok.outward.serve.hedge_pictures import picture
from obrok.outward.serve.shelf import Once, Shelf
from obrok.problems import MOST_PROBLEMS, ProblemsFound, Reader
from tests.big_case import big_case
from tests.test_dashboard_server import JSON, PORT, TOKEN, answered, request, safe  # noqa: F401


@pytest.fixture(scope="module")
def pile(tmp_path_factory):
    """A case of 60 documents and 240 claims, with its texts."""
    return load(big_case(tmp_path_factory.mktemp("pile") / "pile", 60, 240, seed=5, words=120))


@pytest.fixture(scope="module")
def at(pile, tmp_path_factory):
    return Desk(pile, Options(480, 3), tmp_path_factory.mktemp("none") / "out")


def found(desk, words, page=0):
    """What a search tells, once the texts are ready to be searched."""
    until = time.monotonic() + 60
    while "building" in (told := desk.searching.ask(desk.case, words, page)):
        assert time.monotonic() < until
        time.sleep(0.02)
    return told


# --- together they say what one answer said --------------------------------------------------------------------------
def as_it_was(case, ready):
    """Everything that is told of documents, sources and claims, worked out for each by itself, with no index."""
    told = ready.result.explained if ready else {}
    claims, documents = case.evidence.claims.values(), case.evidence.documents.values()
    pairs = rows.disagreements(case)

    def against(c):
        ids = [{side["id"] for side in pair["sides"]} for pair in pairs]
        return {other for pair in ids if c.id in pair for other in pair - {c.id}}

    def leverage(c):
        out = {"moves": [], "still": 0, "short": []}
        for k, a in enumerate(told.get("answers", [])):
            row = next((r for r in a["leverage"] if r["kind"] == "claim" and r["id"] == c.id), None)
            if row is not None and row["needs_new_worlds"]:
                out["short"].append(k)
        return out

    def trust(c):
        t = told.get("believed", {}).get(c.id)
        return None if t is None else [percent(t["before"]), percent(t["after"])]

    summary = ready.result.summary if ready else {"leverage": []}
    return {
        "documents": {
            d.id: {
                "title": WITHHELD if d.protected else d.title,
                "address": None if d.protected else d.address,
                "alike": [x.id for x in documents if x.origin == d.origin and x.id != d.id],
                "claims": [c.id for c in claims if c.document == d.id],
                "text": "protected" if d.protected else "not kept" if d.no_text or d.sha256_file is None
                else "here" if is_here(d.sha256_file, d.sha256_text, case.folder)
                else "locked" if shut_in(d.sha256_file, d.sha256_text, case.folder) else "elsewhere",
            }
            for d in documents
        },
        "sources": {id: [c.id for c in claims if c.source == id] for id in case.evidence.sources},
        "claims": {
            c.id: row | {
                "origin": case.evidence.origin(c), "confirmed_by": [x.id for x in claims if c.id in x.confirms],
                "confirms": list(c.confirms), "against": against(c), "word": c.hedge,
                "word_source": case.words.sources.get(c.hedge or ""), "picture": picture(case, c),
                "parameter": evidence._parameter(case, c), "answers": evidence._informed(case, c),
                "believed_after": trust(c), "short": leverage(c)["short"],
            }
            for c, row in zip(claims, rows.claims(case, summary), strict=True)
        },
        "disagreements": pairs,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["chita-2015", "russia-2015", "pile"])
def test_lists_and_details_say_what_one_answer_said(name, pile):
    say_the_same(pile if name == "pile" else load(name), None)


def say_the_same(case, ready):
    was, shelf = as_it_was(case, ready), Shelf(case, ready)
    light, more = json.loads(evidence.lists(shelf)), json.loads(evidence.rest(shelf))
    assert more["disagreements"] == json.loads(json.dumps(was["disagreements"]))
    assert [d["id"] for d in light["documents"]] == list(was["documents"])
    for d in light["documents"]:
        opened, old = evidence.document(shelf, d["id"]), was["documents"][d["id"]]
        assert d.items() <= opened.items() and more["texts"][d["id"]] == opened["text"] == old["text"]
        assert {k: opened[k] for k in old} == old
    by_source = {s["id"]: [c["id"] for c in light["claims"] if c["source"] == s["id"]] for s in light["sources"]}
    assert by_source == was["sources"]
    assert [c["id"] for c in light["claims"]] == list(was["claims"])
    for c in light["claims"]:
        told, old = evidence.claim(shelf, c["id"]), was["claims"][c["id"]]
        assert len(told["against"]) == len(set(told["against"]))
        told = told | {"against": set(told["against"])}
        assert {k: told[k] for k in old} == old
        assert {k: told[k] for k in evidence.LINE} == {k: c[k] for k in evidence.LINE}
        assert told["moves"] == [] or ready


def test_a_light_list_is_light(pile):
    """A line tells nothing that grows with the case: no list of all that is alike, no picture."""
    light = json.loads(evidence.lists(Shelf(pile, None)))
    for row in (*light["documents"], *light["claims"], *light["sources"]):
        assert not any(isinstance(v, (list, dict)) for v in row.values()), row
    assert len(evidence.lists(Shelf(pile, None))) < 1_000 * len(light["claims"])


def test_where_many_texts_are_is_where_each_is(pile, tmp_path, monkeypatch):
    (tmp_path / "loose").mkdir()
    monkeypatch.setenv("OBROK_DOCUMENTS", str(tmp_path / "loose"))
    kept = [d for d in pile.evidence.documents.values() if d.sha256_file]
    archive = pile.folder / "archive"
    moved = {}
    try:
        for k, d in enumerate(kept[:12]):  # the working copy gone, the original gone, both, or lying elsewhere
            text, original = archive / "texts" / f"{d.sha256_text}.txt", archive / "originals" / f"{d.sha256_file}.txt"
            for path in [[text], [original], [text, original], [text, original]][k % 4]:
                moved[path] = path.read_bytes()
                path.unlink()
            if k % 4 == 3:
                (tmp_path / "loose" / f"{k}.txt").write_bytes(moved[text])
        look = Whereabouts(pile.folder)
        here = {d.id: look.is_here(d.sha256_file, d.sha256_text) for d in kept}
        assert here == {d.id: is_here(d.sha256_file, d.sha256_text, pile.folder) for d in kept}
        assert len([h for h in here.values() if not h]) == 3
        assert not any(look.shut_in(d.sha256_file, d.sha256_text) for d in kept)
    finally:
        for path, data in moved.items():
            path.write_bytes(data)


def test_texts_that_come_and_go_are_seen(pile):
    shelf = Shelf(pile, None)
    d = next(d for d in pile.evidence.documents.values() if d.sha256_file and not d.protected)
    rooms = [pile.folder / "archive" / room for room in ("texts", "originals")]
    before = evidence.rest(shelf)
    assert evidence.rest(shelf) is before and json.loads(before)["texts"][d.id] == "here"
    kept = {room / f"{d.sha256_text}.txt": (room / f"{d.sha256_text}.txt").read_bytes() for room in rooms}
    try:
        for path in kept:
            path.unlink()
        assert json.loads(evidence.rest(shelf))["texts"][d.id] == "elsewhere"
    finally:
        for path, data in kept.items():
            path.write_bytes(data)
    assert json.loads(evidence.rest(shelf))["texts"] == json.loads(before)["texts"]


def test_what_is_worked_out_once_is_worked_out_once():
    made = []

    def make():
        time.sleep(0.05)
        made.append(1)
        return len(made)

    once = Once(make)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(once())) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert made == [1] and seen == [1] * 8


def test_what_went_wrong_is_tried_anew():
    tries = []

    def make():
        tries.append(1)
        if len(tries) == 1:
            raise OSError("gone")
        return "there"

    once = Once(make)
    with pytest.raises(OSError, match="gone"):
        once()
    assert once() == once() == "there" and len(tries) == 2


# --- words in the texts ----------------------------------------------------------------------------------------------
def test_words_are_found_in_the_texts_at_their_place(at, pile):
    texts = {
        d.id: find_text(d.sha256_file, d.sha256_text, pile.folder)
        for d in pile.evidence.documents.values() if d.sha256_file and not d.protected
    }  # fmt: skip
    for words in ("police", '"near"', "pyong*", "people -winter"):
        query, told = Query.read(words), found(at, words)
        fit = {
            id for id, t in texts.items() if query.places(t) and not ("-" in words and Query.read("winter").places(t))
        }
        hits = [h for k in range(4) for h in found(at, words, k)["hits"]]
        assert fit and {h["id"] for h in hits if h["found"]} == fit and told["total"] == len(hits)
        for h in hits:
            if h["found"]:
                places = query.places(texts[h["id"]])
                assert (h["start"], h["end"]) == places[0] and h["found"] == len(places)
                assert texts[h["id"]][h["start"] : h["end"]] in [t for t, marked in h["pieces"] if marked]
                inside = searching.places(pile, h["id"], words)
                assert [(p["start"], p["end"]) for p in inside["places"]] == places[: searching.MOST_PLACES]
                assert inside["total"] == len(places)


def test_nothing_is_found_in_a_protected_document(at, pile):
    """Not even that a word stands in it, nor in its title."""
    protected = [d for d in pile.evidence.documents.values() if d.protected and d.sha256_file]
    assert protected
    for d in protected:
        text = find_text(d.sha256_file, d.sha256_text, pile.folder)
        for words in (f'"{" ".join(text.split()[10:14])}"', f'"{d.title}"', text.split()[3].strip(".")):
            told = [h for k in range(4) for h in found(at, words, k)["hits"]]
            assert d.id not in {h["id"] for h in told}
        assert searching.places(pile, d.id, text.split()[3]) is None


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_words_may_be_looked_for(at, words):
    told = found(at, words)
    assert told["total"] >= len(told["hits"]) and json.dumps(told)


@given(
    st.text(alphabet="ab \u202e\x00é😀", max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=4),
)
def test_pieces_are_the_text_and_mark_what_was_found(text, spans):
    at = [(a, min(a + n, len(text))) for a, n in spans if a < len(text)]
    pieces = searching.pieces(text, at)
    plain = "".join(t for t, _ in pieces)
    assert plain == text.replace("\u202e", "‹U+202E›").replace("\x00", "‹U+0000›")
    marked = {i for a, b in at for i in range(a, b)}
    assert sum(t.count("a") for t, m in pieces if m) == sum(text[i] == "a" for i in marked)


def test_the_first_search_tells_how_far_the_index_is(tmp_path):
    case = load(big_case(tmp_path / "first", 30, 60, seed=2, words=80))
    desk = Desk(case, Options(480, 3), tmp_path / "out")
    entered, go_on = threading.Event(), threading.Event()
    real = desk.searching.finder.make_ready

    def slowly(state, tell):
        def told(done, of):
            tell(done, of)
            if done == 45:
                entered.set()
                assert go_on.wait(30)

        real(state, told)

    desk.searching.finder.make_ready = slowly
    assert desk.searching.ask(case, "police", 0) == {"building": (0, 0)}
    assert entered.wait(30)
    assert desk.searching.ask(case, "police", 0) == {"building": (45, 90)}
    go_on.set()
    assert found(desk, "police")["total"] > 0
    assert (case.folder / "archive" / "index.sqlite").is_file()
    again = Desk(case, Options(480, 3), tmp_path / "out")  # the index is there
    assert again.searching.ask(case, "police", 0)["total"] == found(desk, "police")["total"]


def test_an_index_that_is_broken_off_is_made_anew(tmp_path):
    case = load(big_case(tmp_path / "ended", 30, 60, seed=2, words=80))
    desk = Desk(case, Options(480, 3), tmp_path / "out")
    desk.closed = True
    assert "building" in desk.searching.ask(case, "police", 0)
    until = time.monotonic() + 30
    while desk.searching._at is not None:
        assert time.monotonic() < until
        time.sleep(0.02)
    desk.closed = False
    assert found(desk, "police")["total"] > 0


def test_a_change_of_the_case_is_found(tmp_path):
    folder = big_case(tmp_path / "changing", 20, 60, seed=3, words=80)
    desk = Desk(load(folder), Options(480, 3), tmp_path / "out")
    assert found(desk, "zeppelin")["total"] == 0
    path = folder / "documents.yaml"
    text = path.read_text("utf-8")
    first = next(line for line in text.splitlines() if line.startswith("    title: "))
    path.write_text(text.replace(first, "    title: Zeppelin over the pier", 1), "utf-8")
    (hit,) = found(desk, "zeppelin")["hits"]
    assert hit["found"] == 0 and desk.shelf().case.evidence.documents[hit["id"]].title == "Zeppelin over the pier"


def test_an_index_that_cannot_be_made_says_why(tmp_path, monkeypatch):
    case = load(big_case(tmp_path / "full", 20, 60, seed=3, words=80))
    desk = Desk(case, Options(480, 3), tmp_path / "out")

    def full(state, tell):
        raise OSError(28, "No space left on device", "/somewhere/index.sqlite")

    monkeypatch.setattr(desk.searching.finder, "make_ready", full)
    assert found(desk, "police") == {"wrong": "The index of the texts cannot be written: no space left on device."}


# --- behind the guard ------------------------------------------------------------------------------------------------
class Asking:
    def __init__(self, desk):
        from obrok.outward.serve import server
        from obrok.outward.serve.app import make_app
        from obrok.outward.serve.guard import Guard

        self.guard = Guard(make_app(desk), TOKEN, server.names("127.0.0.1", PORT))

    def __call__(self, path, query=""):
        import asyncio

        asked = request(f"/{TOKEN}/{path}") | {"query_string": query.encode()}
        return safe(asyncio.run(answered(self.guard, asked)))


@pytest.fixture(scope="module")
def ask(at):
    return Asking(at)


def test_the_lists_are_sent_once(ask, at):
    told = ask("api/evidence").json()
    assert len(told["claims"]) == 240 and told["stamp"] == at.shelf().stamp
    assert ask("api/evidence", f"have={told['stamp']}").json() == {"stamp": told["stamp"]}
    assert ask("api/evidence", "have=other").json() == told
    more = ask("api/evidence/more").json()
    assert set(more["texts"]) == {d["id"] for d in told["documents"]}
    assert ask("api/evidence/more", f"have={more['stamp']}").json() == {"stamp": more["stamp"]}


HOSTILE = [
    "nobody",
    "..",
    "%2e%2e",
    "../../case",
    "a" * 5_000,
    "<script>",
    "claim-0001\x00",
    "'; DROP TABLE entry;--",
    "­",
]


@pytest.mark.parametrize("id", HOSTILE)
def test_there_is_no_such_claim_or_document(ask, id):
    for path in (f"api/claims/{id}", f"api/documents/{id}", f"api/documents/{id}/places"):
        told = ask(path)
        assert told.status == 404 and str(ask.guard).encode() not in told.body


@pytest.mark.parametrize("page", ["-1", "x", "9999", "1e9", "99999999999999999999", "", "٣"])
def test_pages_that_are_none_are_empty_or_the_first(ask, at, page):
    found(at, "police")
    told = ask("api/search", f"words=police&page={quote(page)}")
    assert told.status == 200 and told.json()["total"] > 0
    assert bool(told.json()["hits"]) == (page != "9999")


def test_a_claim_is_told_with_its_details(ask, pile):
    for id in list(pile.evidence.claims)[:40]:
        told = ask(f"api/claims/{id}").json()
        assert told["id"] == id and told["text"] == pile.evidence.claims[id].paraphrase
        assert ask(f"api/documents/{told['document']}").json()["id"] == told["document"]


# --- a large case that changes ---------------------------------------------------------------------------------------
def test_a_large_case_is_read_anew_in_the_background(pile, tmp_path, monkeypatch):
    monkeypatch.setattr(desks, "READ_AT_ONCE", 100)
    reading, go_on = threading.Event(), threading.Event()
    real = desks.load

    def slowly(folder):
        reading.set()
        assert go_on.wait(30)
        return real(folder)

    monkeypatch.setattr(desks, "load", slowly)
    desk = Desk(pile, Options(480, 3), tmp_path / "out")
    path = pile.folder / "case.yaml"
    text = path.read_text("utf-8")
    try:
        path.write_text(text.replace("title: A case to be filled in", "title: Another name"), "utf-8")
        assert desk.case is pile and desk.told()["reading"] and reading.wait(30)
        assert desk.shelf().case is pile
        go_on.set()
        assert desk.newest().title == "Another name" == desk.case.title and not desk.told()["reading"]
        path.write_text("format: 1\n", "utf-8")
        assert desk.newest().title == "Another name" and "is missing" in desk.told()["wrong"]
    finally:
        path.write_text(text, "utf-8")
    assert desk.newest().title == pile.title and desk.told()["wrong"] == ""


def test_notes_stop_no_case():
    """Of a large case hundreds of pairs disagree: it is read, and says that it lists no more. Problems stop it."""
    reader = Reader()
    for k in range(3 * MOST_PROBLEMS):
        reader.say("claims.yaml", k, f"these disagree: {k}", "look.", warning=True)
    assert len(reader.problems) == MOST_PROBLEMS + 1 and not reader.errors()
    assert reader.problems[-1].what == "200 notes: no more are listed"
    with pytest.raises(ProblemsFound, match="200 problems: no more are listed"):
        for k in range(MOST_PROBLEMS):
            reader.say("claims.yaml", k, f"this is wrong: {k}", "mend it.")
    assert sum(not p.warning for p in reader.problems) == MOST_PROBLEMS + 1
