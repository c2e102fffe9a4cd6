"""Search: any script, accents or none, what is asked for and nothing else; up to date with archive and claims."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrok.evidence.anchors import sha256
from obrok.evidence.search import Entry, Index, Query, folded

TEXTS = {
    "ko": "북한 노동자들이 러시아 치타에서 일한다. 약 300명이 떠났다.",
    "ru": "Чёрный рынок труда: ещё сорок рабочих ушли со стройки в Чите.",
    "es": "El señor director contrató a médicos cubanos; la misión terminó en São Paulo.",
    "ja": "北朝鮮の労働者がロシアの建設現場で働いている。ガラス工場もある。",
    "en": "Builders sent to Chita left their posts. The police didn't hand them over.",
}


@pytest.fixture
def index(tmp_path):
    texts = {sha256(t): t for t in TEXTS.values()}
    entries = [Entry("document", k, f"title of {k}", sha256(t)) for k, t in TEXTS.items()]
    entries.append(Entry("claim", "pay", "wage", None, "Monthly pay lies near eight hundred dollars."))
    with Index(tmp_path / "index.sqlite", texts.get) as index:
        index.bring_up(entries, "one")
        yield index


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("노동", {"ko"}), ("노동자", {"ko"}), ("동자들", {"ko"}), ("자노", set()), ("러시아", {"ko"}), ("북한 치타", {"ko"}), ("치", {"ko"}),
        ("черный", {"ru"}), ("ЧЁРНЫЙ", {"ru"}), ("ещё", {"ru"}), ("рабоч*", {"ru"}), ("рабоч", set()),
        ("senor", {"es"}), ("medicos cubanos", {"es"}), ("misión", {"es"}), ("sao paulo", {"es"}), ('"cubanos médicos"', set()),
        ("労働者", {"ja"}), ("ロシア", {"ja"}), ("カラス", set()), ("ガラス", {"ja"}),
        ("chita", {"en"}), ("builders -police", set()), ("builders -dollars", {"en"}), ('"left their posts"', {"en"}), ("didn't", {"en"}),
        ("eight hundred", {"pay"}), ("wage", {"pay"}), ("title", {"ko", "ru", "es", "ja", "en"}), ("NEAR(a b)", set()), ('"', None), ("-x", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_asked_for(index, words, found):
    if found is None:
        with pytest.raises(ValueError, match="nothing to look for"):
            index.find(words)
        return
    hits, total = index.find(words)
    assert {h.id for h in hits} == found and total == len(found)
    for h in hits:
        for a, b in h.at:
            assert 0 <= a < b <= len(h.shown)


def test_the_place_is_the_text_s_own(index):
    (hit,), _ = index.find("cubanos")
    assert TEXTS["es"][hit.start :].startswith("cubanos") and hit.shown[slice(*hit.at[0])] == "cubanos"
    (hit,), _ = index.find("черный")
    assert TEXTS["ru"][hit.start :].startswith("Чёрный")


@given(st.text(max_size=60))
def test_any_question(words):
    query = Query.read(words)
    if query.terms:
        query.places(words + " " + " ".join(TEXTS.values()))
        query.as_fts()
    plain, places = folded(words)
    assert places is None or len(places) == len(plain)


@given(st.text(max_size=40))
def test_any_question_is_one_that_sqlite_takes(words):
    import sqlite3

    query = Query.read(words)
    if query.terms:
        db = sqlite3.connect(":memory:")
        db.execute("CREATE VIRTUAL TABLE f USING fts5(words)")
        db.execute("SELECT * FROM f WHERE f MATCH ?", (query.as_fts(),)).fetchall()


def test_an_index_follows_what_it_is_made_from(index):
    texts = {sha256("New words."): "New words."}
    index.text_of = texts.get
    index.bring_up([Entry("document", "en", "another", sha256("New words."))], "two")
    assert index.find("new")[1] == 1 and index.find("chita")[1] == 0 and index.state == "two"


def test_a_damaged_index_is_made_anew(tmp_path):
    (tmp_path / "index.sqlite").write_bytes(b"not a database at all" * 100)
    with Index(tmp_path / "index.sqlite", lambda d: "words") as index:
        index.bring_up([Entry("document", "a", "t", "d")], "s")
        assert index.find("words")[1] == 1


def test_the_command(call, tmp_path, monkeypatch):
    monkeypatch.setenv("OBROK_DOCUMENTS", "")
    call("new", "mine")
    (tmp_path / "report.txt").write_text(TEXTS["ko"])
    code, out, _ = call("find", "mine", "노동")
    assert code == 1 and "nothing found" in out
    assert call("read", "mine", "report.txt", "--published", "2015-06-01")[0] == 0
    code, out, _ = call("find", "mine", "노동")
    assert code == 0 and "document report" in out and "1 found" in out
    code, out, _ = call("find", "mine", "노동", "--json")
    assert code == 0 and json.loads(out)["hits"][0]["start"] == TEXTS["ko"].index("노동")
    assert (tmp_path / "mine/archive/index.sqlite").stat().st_mode & 0o077 == 0
    code, out, _ = call("find", "mine", "--", "-x")
    assert code == 1 and "nothing to look for" in out
