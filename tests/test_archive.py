"""Files into the archive and back: custody, working copies, newer versions, candidates, search."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from obrok.case.case import load, shipped_folder
from obrok.evidence.anchors import Anchor, normalised, sha256
from obrok.evidence.archive import find_original, find_text, keeping
from obrok.evidence.custody import alterations
from obrok.evidence.reading import read_bytes
from obrok.outward.editing import candidates
from obrok.outward.editing.candidates import Proposal
from obrok.outward.editing.intake import About, move_claims, notes, take_in

PAGE = """<html lang="en"><head><title>Builders leave Dolgorod</title>
<meta property="article:published_time" content="2016-03-02T10:00:00Z"><meta name="author" content="A. Writer"></head>
<body><nav><a href="/">Home</a> <a href="/news">News</a></nav><article><h1>Builders leave Dolgorod</h1>
<p>About 40 of the 300 builders sent to the port of Dolgorod left their dormitories in February, a source in the
harbour office said on Tuesday, and several were found by police within a week.</p>
<p>Nobody was handed over, the source said. The firm pays each of them some 700 dollars a month, of which two thirds are
kept back for the plan, according to a contract that was shown to the paper.</p>
<p>Those who stayed are counted three times a day now; their passports lie with the manager, and the bus to the site has
a second guard since the end of the month.</p></article><footer>About us</footer></body></html>"""
NEWER = PAGE.replace("several were found", "several were later found").replace("some 700 dollars", "some 750 dollars")


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "user-archive"))
    monkeypatch.setenv("OBROK_DOCUMENTS", "")
    shutil.copytree(shipped_folder() / "blank", tmp_path / "mine")
    return tmp_path / "mine"


def put(folder, name, text):
    (folder.parent / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder.parent / name


def test_a_page_is_kept_and_read_back(case):
    done = take_in(case, [put(case, "page.html", PAGE)], About(hand="K1"))
    (taken,) = done.taken
    assert not done.problems and taken.new and "Home" not in taken.read.text and "handed over" in taken.read.text
    d = load(case).evidence.documents["page"]
    assert (d.title, d.author, d.published[0].isoformat()) == ("Builders leave Dolgorod", "A. Writer", "2016-03-02")
    assert d.sha256_file == sha256(PAGE) and d.sha256_text == sha256(taken.read.text)
    archive = case / "archive"
    assert find_original(d.sha256_file, case).data == PAGE.encode()
    assert find_text(d.sha256_file, d.sha256_text, case) == taken.read.text
    shutil.rmtree(archive / "texts")  # the working copy is made again from the original
    assert find_text(d.sha256_file, d.sha256_text, case) == taken.read.text
    assert os.stat(archive).st_mode & 0o077 == 0 and os.stat(archive / "originals").st_mode & 0o077 == 0
    assert all(p.stat().st_mode & 0o277 == 0 for p in (archive / "originals").iterdir())


def test_custody_is_a_chain_and_tells_every_change(case):
    files = [put(case, f"{n}.txt", f"Report {n}: builders went to site {n}.") for n in range(3)]
    take_in(case, files, About(published="2016-01-05", hand="K1"))
    archive = case / "archive"
    lines = [json.loads(x) for x in (archive / "custody.jsonl").read_text().splitlines()]
    assert [x["hand"] for x in lines] == ["K1"] * 3 and all(x["method"] and x["time"] for x in lines)
    assert str(case.parent) not in (archive / "custody.jsonl").read_text()
    assert alterations(archive) == []
    take_in(case, files, About())  # once more: nothing new to tell
    assert len((archive / "custody.jsonl").read_text().splitlines()) == 3 and alterations(archive) == []
    original = next((archive / "originals").iterdir())
    os.chmod(original, 0o600)
    original.write_text("another report")
    assert any("not those taken in" in x for x in alterations(archive))
    assert any("not those taken in" in str(p) for p in notes(load(case)))
    text = (archive / "custody.jsonl").read_text().splitlines(keepends=True)
    (archive / "custody.jsonl").write_text("".join(text[:1] + text[2:]))
    assert any("does not follow" in x for x in alterations(archive))
    (archive / "custody.jsonl").write_text("[")
    assert any("not one that obrok wrote" in x for x in alterations(archive))


def test_what_cannot_be_taken_in_is_told_and_the_rest_is_kept(case):
    files = [
        put(case, "good.txt", "Police found four builders."),
        put(case, "undated.html", PAGE.replace("article:published_time", "other")),
        put(case, "empty.txt", ""),
        put(case, "program", b"\x7fELF" + bytes(100)),
        case.parent / "absent.txt",
    ]
    done = take_in(case, files, About(published=None))
    told = "\n".join(map(str, done.problems))
    assert not done.taken and "the day it appeared" in told and "a program" in told and "absent.txt" in told
    done = take_in(case, files, About(published="2016-03"))
    assert {t.document for t in done.taken} == {"good", "undated"} and len(done.problems) == 3
    assert set(load(case).evidence.documents) == {"good", "undated"}


def test_what_a_page_says_of_itself_cannot_spoil_the_list(case):
    bad = PAGE.replace("<title>Builders leave Dolgorod", "<title>Write to desk@example.org &#7; now")
    bad = bad.replace("A. Writer", "call +1 555 010 0199 now").replace('lang="en"', 'lang="x&#10;y: z"')
    done = take_in(case, [put(case, "bad.html", bad), put(case, "good.html", PAGE)], About())
    assert not done.problems
    d = load(case).evidence.documents["bad"]
    assert (d.title, d.author, d.language) == ("bad", None, "en")


def test_one_entry_that_does_not_fit_leaves_the_others(case, monkeypatch):
    from obrok.outward.editing import intake

    whole = intake._as_yaml
    monkeypatch.setattr(intake, "_as_yaml", lambda d: [x for x in whole(d) if d.id != "1" or "licence" not in x])
    files = [put(case, f"{n}.txt", f"Report {n}: builders went to site {n}.") for n in range(5)]
    done = take_in(case, files, About(published="2016-01-05"))
    assert {t.document for t in done.taken} == set(load(case).evidence.documents) == {"0", "2", "3", "4"}
    assert "licence" in str(done.problems[0])


def test_a_stop_loses_nothing_that_was_read(case):
    files = [put(case, f"{n}.txt", f"Report {n}: builders went to site {n}.") for n in range(6)]

    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(case, files, About(published="2016-01-05"), stop)
    kept = load(case).evidence.documents
    assert 0 < len(kept) < 6 and alterations(case / "archive") == []
    take_in(case, files, About(published="2016-01-05"))
    assert len(load(case).evidence.documents) == 6


def claim(case, name, document, text, words):
    (anchor,) = Anchor.find(text, words)
    path = case / "claims.yaml"
    whole = path.read_text("utf-8")
    if "sources: []" in whole:
        source = 'sources:\n  - {id: S1, kind: unnamed person, near: close, credence: {value: 0.8, why: "there"}}'
        whole = whole.replace("sources: []", source).replace("claims: []", "claims:")
    entry = f"  - id: {name}\n    document: {document}\n    anchor: {anchor.as_yaml()}\n    source: S1\n    paraphrase: In other words.\n    informs: context\n"
    at = whole.index("claims:\n") + len("claims:\n")
    path.write_text(whole[:at] + entry + whole[at:], "utf-8")


def test_claims_move_to_a_newer_version_where_they_are_found(case):
    (old,) = take_in(case, [put(case, "page.html", PAGE)], About()).taken
    for name, words in (
        ("left", "left their dormitories in February"),
        ("pay", "The firm pays each of them some 700 dollars a month"),
        ("counted", "Those who stayed are counted three times a day now"),
    ):
        claim(case, name, "page", old.read.text, words)
    load(case)
    (new,) = take_in(case, [put(case, "page2.html", NEWER)], About()).taken
    moved = {m.claim: m.found.state for m in move_claims(case, "page", new)}
    assert moved == {"left": "same", "pay": "review", "counted": "moved"}
    evidence = load(case).evidence  # every anchor holds, each in its own version
    assert {c.id: c.document for c in evidence.claims.values()} == {"left": "page2", "pay": "page", "counted": "page2"}
    assert evidence.documents["page2"].origin == "page" and load(case).anchors.wrong == 0


def test_copies_with_two_origins_are_noted_with_the_mended_line(case):
    words = normalised(read_bytes(PAGE.encode(), "p.html")[0].text)
    files = [put(case, "one.txt", words), put(case, "two.txt", words.replace("on Tuesday", "this week"))]
    take_in(case, files, About(published="2016-03-02"))
    (note,) = notes(load(case))
    assert note.warning and "one" in note.what and note.mended == "    origin: one"
    path = case / "documents.yaml"
    lines = path.read_text().split("\n")
    lines[note.line - 1] = note.mended
    path.write_text("\n".join(lines))
    assert notes(load(case)) == []


def test_candidates_are_kept_apart_until_accepted(case):
    (taken,) = take_in(case, [put(case, "page.html", PAGE)], About()).taken
    text = taken.read.text
    found = [
        Proposal("page", Anchor.find(text, w)[0], "unnamed person", "In other words.", "a candidate", more)
        for w, more in (
            ("About 40 of the 300 builders", {"value": "40", "unit": "people", "hedge": "about"}),
            ("some 700 dollars a month", {"value": "700", "unit": '"USD/month"'}),
            ("counted three times a day", {}),
        )
    ]
    before = load(case).sha256
    ids = candidates.add(case, found)
    assert ids == ["page-1", "page-2", "page-3"] and candidates.add(case, found) == []
    assert load(case).sha256 == before  # no answer moves
    assert candidates.accept(case, ["page-1", "page-3"]) == ["S1"]
    claims = load(case).evidence.claims
    assert (
        set(claims) == {"page-1", "page-3"} and claims["page-1"].value == (40, 40) and claims["page-1"].hedge == "about"
    )
    assert candidates.drop(case, ["page-2"]) == 1 and candidates.add(case, found[:1]) == []
    assert load(case).anchors.checked == 2


def test_sources_of_candidates_keep_apart_until_accepted(case):
    """A code that one document's candidates took is not another's for a source of another kind."""
    (taken,) = take_in(case, [put(case, "page.html", PAGE)], About()).taken
    for kind, words in (("journalist", "counted three times a day"), ("official", "Nobody was handed over")):
        anchor = Anchor.find(taken.read.text, words)[0]
        candidates.add(case, [Proposal("page", anchor, kind, "In other words.", "a candidate", {})])
    assert candidates.accept(case, ["page-1", "page-2"]) == ["S1", "S2"]
    evidence = load(case).evidence
    assert [evidence.kind(c) for c in evidence.claims.values()] == ["journalist", "official"]


def test_a_candidate_that_does_not_fit_changes_nothing(case):
    from obrok.problems import ProblemsFound

    (taken,) = take_in(case, [put(case, "page.html", PAGE)], About()).taken
    anchor = Anchor.find(taken.read.text, "counted three times a day")[0]
    candidates.add(case, [Proposal("page", anchor, None, "In other words.", "why", {"hedge": "umpteen"})])
    before = [(case / f).read_text() for f in ("claims.yaml", "candidates.yaml")]
    with pytest.raises(ProblemsFound, match="umpteen"):
        candidates.accept(case, ["page-1"])
    assert [(case / f).read_text() for f in ("claims.yaml", "candidates.yaml")] == before
    with pytest.raises(ProblemsFound, match="no candidate `page-9`"):
        candidates.accept(case, ["page-9"])


def test_two_at_once_keep_one_chain(case):
    """The second waits: no line is lost, no line forks."""
    import threading

    archive = case / "archive"

    def one(n: int) -> None:
        with keeping(archive, f"K{n}") as keeper:
            for i in range(20):
                keeper.note("looked at", file=f"{n}-{i}")

    threads = [threading.Thread(target=one, args=(n,)) for n in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len((archive / "custody.jsonl").read_text().splitlines()) == 60 and alterations(archive) == []
