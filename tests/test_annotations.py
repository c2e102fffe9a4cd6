"""Web Annotations: what goes out comes in again at the same place; others' are found or told why not."""

from __future__ import annotations

import json
import shutil

import pytest

from obrok.case.case import load, shipped_folder
from obrok.evidence.anchors import Anchor, sha256
from obrok.evidence.quotations import quotations, runs, tokens
from obrok.outward.annotations import exported, imported, named
from obrok.outward.editing.intake import About, take_in
from obrok.problems import ProblemsFound
from tests.test_archive import PAGE, case, claim, put

__all__ = ["case"]


@pytest.fixture
def page(case):
    """A case on one page, with a claim that spans two elements."""
    (taken,) = take_in(case, [put(case, "page.html", PAGE)], About()).taken
    claim(case, "found", "page", taken.read.text, "several were found by police within a week. Nobody was handed over")
    return case


def annotation(**selector):
    return {"id": "urn:x:1", "type": "Annotation", "target": {"source": "https://example.org/a", "selector": selector}}


def test_out_and_in_again(page):
    loaded = load(page)
    (anchor,) = [c.anchor for c in loaded.evidence.claims.values()]
    for words in (False, True):
        told = exported(loaded, words)
        assert told["type"] == "AnnotationCollection" and told["total"] == 1
        (back,) = imported(loaded, json.dumps(told).encode(), "a.jsonld")
        assert back.proposal and back.proposal.anchor == anchor and back.proposal.document == "page"
    assert "handed over" in json.dumps(exported(loaded, True)) and "handed over" not in json.dumps(exported(loaded))


def test_the_place_in_the_page_itself(page):
    from lxml import html

    told = exported(load(page))
    text, original = told["first"]["items"][0]["target"]
    d = load(page).evidence.documents["page"]
    assert text["source"] == named(d.sha256_text) and original["source"] == named(sha256(PAGE))
    ends = original["selector"]["startSelector"], original["selector"]["endSelector"]
    tree = html.document_fromstring(PAGE).getroottree()
    found = []
    for end in ends:
        assert end["type"] == "XPathSelector"
        (element,) = tree.xpath(end["value"])
        found.append(str(element.xpath("string()"))[end["refinedBy"]["start"] :])
    assert found[0].startswith("several were found") and found[1].startswith(", the source said")


def test_a_protected_document_gives_no_place_away(page):
    path = page / "documents.yaml"
    path.write_text(path.read_text().replace("    licence:", "    protected: true\n    licence:", 1))
    told = json.dumps(exported(load(page)))
    d = load(page).evidence.documents["page"]
    assert d.protected and not any(
        x in told for x in (d.sha256_text, named(d.sha256_text), named(d.sha256_file), '"start"')
    )


@pytest.mark.parametrize(
    ("selector", "words", "why"),
    [
        ({"type": "TextQuoteSelector", "exact": "counted three times a day"}, "counted three times a day", "one place"),
        ({"type": "TextQuoteSelector", "exact": "the source said", "prefix": "handed over, ", "suffix": ". The firm pays"}, "the source said", "surroundings"),
        ({"type": "TextQuoteSelector", "exact": "a source in the\nharbour  office"}, "a source in the harbour office", "one place"),
        ({"type": "TextQuoteSelector", "exact": "the"}, None, "places"),
        ({"type": "TextQuoteSelector", "exact": "About 50 of the 300 builders", "prefix": "Dolgorod ", "suffix": " sent to"}, None, "figures differ"),
        ({"type": "TextPositionSelector", "start": 3, "end": 9}, None, "nothing in it says"),
        ({"type": "XPathSelector", "value": "/html/body"}, None, "nothing in it says"),
    ],
)  # fmt: skip
def test_others_annotations(page, selector, words, why):
    (back,) = imported(load(page), json.dumps(annotation(**selector)).encode(), "a.jsonld")
    assert why in back.why
    if words is None:
        assert back.proposal is None
    else:
        text = take_in(page, [page.parent / "page.html"], About()).taken[0].read.text
        assert text[back.proposal.anchor.start : back.proposal.anchor.end] == words
        assert back.proposal.anchor == Anchor.of(text, back.proposal.anchor.start, back.proposal.anchor.end)


def test_a_body_that_quotes_is_left_out(page):
    text = take_in(page, [page.parent / "page.html"], About()).taken[0].read.text
    given = annotation(type="TextQuoteSelector", exact="counted three times a day") | {"body": {"value": text[40:140]}}
    (back,) = imported(load(page), json.dumps(given).encode(), "a.jsonld")
    assert not quotations(back.proposal.paraphrase, runs(tokens(text)))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "not JSON"), (b"{", "not JSON"), (b"[" * 100_000, "not JSON"), (b"{}", "no Web Annotation"), (b"[1, null, {}]", "no Web Annotation"),
        (b"\xff\xfe", "not JSON"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused(page, data, what):
    with pytest.raises(ProblemsFound, match=what):
        imported(load(page), data, "a.jsonld")


def test_the_command(page, call, tmp_path):
    code, out, _ = call("annotations", page, "--out", tmp_path / "a.jsonld")
    assert code == 0 and "1 annotation." in out
    shutil.copytree(shipped_folder() / "blank", tmp_path / "other")
    take_in(tmp_path / "other", [page.parent / "page.html"], About())
    code, out, _ = call("annotations", tmp_path / "other", "--from", tmp_path / "a.jsonld")
    assert code == 0 and "1 of 1" in out
    assert call("accept", tmp_path / "other", "page-1")[0] == 0
    assert load(tmp_path / "other").anchors.checked == 1
