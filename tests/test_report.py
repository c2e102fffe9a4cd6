"""The report: stands alone, tells every headline with its range and its trail, hides what a live case must hide."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from obrok.answers import words
from obrok.case.case import load
from obrok.outward import report as page
from obrok.outward import rows
from obrok.outward.options import Options
from obrok.outward.study import run_case


class Reader(HTMLParser):
    """What a test asks of a page: ids, links, headings, pictures, tables, text."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.addresses, self.headings, self.images, self.tags = [], [], [], [], [], []
        self.tables, self.text, self._skip = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.tags.append(tag)
        self.ids += [a["id"]] if "id" in a else []
        self.links += [a["href"]] if "href" in a else []
        self.addresses += [a[k] for k in ("src", "srcset", "href", "action", "data") if k in a]
        self._skip += tag in ("script", "style")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(a)
        if tag == "table":
            self.tables.append([])
        if tag in ("caption", "th") and self.tables:
            self.tables[-1].append((tag, a.get("scope")))

    def handle_endtag(self, tag):
        self._skip -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._skip:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).replace("\u00a0", " ").split())


def run_and_keep(tmp_path_factory, case, options):
    """A small run, and what the report was made from."""
    kept, real = [], page.report
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "report", lambda *given: kept.append(given) or real(*given))
        result = run_case(case, options, tmp_path_factory.mktemp("report") / "run")
    return kept[0], (result.folder / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory, chita):
    return run_and_keep(tmp_path_factory, chita, Options(320, 5))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A case without documents, claims or outcomes; one policy."""
    return run_and_keep(tmp_path_factory, load("blank"), Options(20, policies=("as-reported",)))


def pictures(text: str) -> list[str]:
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text)
    return [base64.b64decode(x).decode() for x in found]


@pytest.mark.parametrize("which", ["made", "bare"])
def test_stands_alone(which, request):
    _, text = request.getfixturevalue(which)
    reader = Reader(text)
    assert all(a.startswith(("#", "data:image/svg+xml;base64,")) for a in reader.addresses)
    assert not {"link", "iframe", "object", "embed", "base", "form", "video", "audio"} & set(reader.tags)
    assert "@import" not in text and "url(" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    assert "default-src 'none'; img-src data:" in text and len(text) < 2_500_000
    script = re.search(r"<script>(.*?)</script>", text, re.S)[1]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in text.split("<style>")[0]
    for svg in pictures(text):
        assert "<metadata" not in svg and "<image" not in svg
        assert not re.search(r'(?:href|src)="(?!#)|url\((?!#)', svg)


@pytest.mark.parametrize("which", ["made", "bare"])
def test_reads_in_order(which, request):
    _, text = request.getfixturevalue(which)
    reader = Reader(text)
    assert reader.headings[0] == 1 and reader.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(reader.headings, reader.headings[1:], strict=False))
    assert len(set(reader.ids)) == len(reader.ids)
    assert {link[1:] for link in reader.links} <= set(reader.ids)
    for cells in reader.tables:
        assert cells[0][0] == "caption" and all(scope in ("col", "row") for tag, scope in cells if tag == "th")
        assert {"col", "row"} <= {scope for _, scope in cells}
    assert reader.images and all(len(a["alt"]) > 40 for a in reader.images)


def test_pictures_stand_alone(made):
    (case, *_), text = made
    svgs = pictures(text)
    assert len(svgs) == 2 * text.count("<figure>") >= 10
    for svg in svgs:
        assert re.search(r'role="img"><title>[^<]+</title><desc>[^<]+</desc>', svg)
        told = html.unescape(re.sub("<[^>]+>", " ", svg))
        told = " ".join(told.split())
        assert "Model estimate" in told and case.title in told
        assert "9 May 2015 to 7 May 2016" in told or "9 May 2014 to 8 May 2016" in told  # the window, or all days


def test_headlines_with_range_and_trail(made):
    (case, summary, *_), text = made
    reader = Reader(text)
    shown = [n for names in page.HEADLINES.values() for n in names]
    for a in summary["answers"]:
        if a["versus"] is None and a["policy"] == "as-reported" and a["id"] in shown:
            assert reader.words.count(a["text"]) == 2  # told, and to be quoted
            assert words.number(a["p05"], a["unit"]) in a["text"] or a["p05"] == 0
            assert words.number(a["p95"], a["unit"]) in a["text"]
            assert f"Before weighing: {page.spanned(a['prior'], a['unit'])}; after:" in reader.words
            for claim in a["claims"][:3]:
                assert f'href="#claim-{claim}"' in text
        if a["versus"] == "without-visit" and a["id"] in page.CHANGED:
            assert a["text"].startswith("If the visit mattered as much as the source thought")
            assert reader.words.count(a["text"]) == 2
    assert "An estimate from a model, not a count." in reader.words and "caused" not in reader.words
    assert "Few versions carry these answers" in reader.words
    assert all(f"claim-{c}" in reader.ids for c in case.evidence.claims)
    assert all(f"assumption-{n}" in reader.ids for n in case.priors)
    for c in case.evidence.claims.values():
        assert c.paraphrase in reader.words and (not c.unused or c.unused in reader.words)
        assert f"{c.anchor.start:,}–{c.anchor.end:,}" in reader.words
    # of each claim, and of all together at the top, where the text is not on this machine
    assert reader.words.count("not checked here") in (0, len(case.evidence.claims) + 1)
    assert summary["case_sha256"] in text


def test_without_claims(bare):
    _, text = bare
    told = Reader(text).words
    assert "Not weighed." in told and "rests on no document yet" in told and "every figure is an assumption" in told
    assert 'id="policies"' not in text and "fit the report" not in told
    assert "Up to" in told or "Between" in told


def test_same_arguments_same_bytes(made, tmp_path):
    given, text = made
    assert page.report(*given) == text
    assert str(tmp_path.parent) not in text and os.uname().nodename not in Reader(text).words


def test_unweighed_and_fixed(made):
    case, summary, explained, record, days, draws, _, prior = made[0]
    record = {**record, "identity": {**record["identity"], "fix": {"join_chance": 0.0}}}
    text = page.report(
        case, {**summary, "weighed": False, "pareto_k": None}, explained, record, days, draws, prior, prior
    )
    told = Reader(text).words
    assert "Not weighed." in told and "fixed by hand (--fix): 0 %" in told and 'href="#weighing"' not in text


def small(a: dict) -> dict:
    """As a live case gives it: counts of 1 to 4 are not told."""

    def hide(x):
        return None if isinstance(x, (int, float)) and 0 < abs(x) < 5 else x

    if a["unit"] != "people":
        return a
    groups = {k: {q: hide(x) for q, x in a[k].items()} for k in ("prior", "given_role") if a[k]}
    return {**a, **{k: hide(a[k]) for k in ("p05", "p50", "p95")}, **groups, "text": "—"}


def test_live_case_hides(made):
    case, summary, *rest = made[0]
    live = dataclasses.replace(case, live=True, title="A live case")
    document = dataclasses.replace(case.evidence.documents["dnk-chita"], protected=True)
    live = dataclasses.replace(live, evidence=dataclasses.replace(case.evidence, documents={"dnk-chita": document}))
    text = page.report(live, {**summary, "answers": [small(a) for a in summary["answers"]]}, *rest)
    told = Reader(text).words
    assert rows.place_name(live, "chita") == "Russia" and "Chita, Russia" not in told
    assert document.title not in told and "position withheld" in told and document.sha256_text[:16] not in text
    assert words.FEW in told
    for svg in pictures(text):
        if "says most about" in svg or "dollar" in svg:
            continue  # figures assumed, and cents: not counts
        for label in map(html.unescape, re.findall(r">([^<>]*\d[^<>]*)</text>", svg)):
            assert not re.search(r"(?:to |middle |: )[1-4](?: more| fewer|,|$)", label), label


def test_no_words_of_the_text(made, source_texts):
    (case, *_), text = made
    told = Reader(text).words + " ".join(pictures(text))
    for document in case.evidence.documents.values():
        told = told.replace(document.title, "")
    spoken = re.findall(r"[\w']+", told.lower())
    runs = {tuple(spoken[i : i + 8]) for i in range(len(spoken) - 7)}
    for source in source_texts:
        given = re.findall(r"[\w']+", source.lower())
        assert not runs & {tuple(given[i : i + 8]) for i in range(len(given) - 7)}


PROBE = """var all = document.images, seen = [];
for (var i = 0; i < all.length; i++) seen.push(all[i].complete && all[i].naturalWidth > 0);
document.body.setAttribute('data-seen', seen.join() + ' ' + (document.documentElement.scrollWidth <= window.innerWidth));"""
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1280, 500])
def test_opens_offline_in_a_browser(made, tmp_path, width):
    """With the report's own content rules in force, and every address but the file itself unreachable."""
    (case, *_), text = made
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    text = text.replace("script-src 'sha256-", f"script-src 'sha256-{digest}' 'sha256-", 1)
    path = tmp_path / "report.html"
    path.write_text(text.replace("</body>", f"<script>{PROBE}</script></body>"), "utf-8")
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    options += f" --disable-component-update --disable-sync --proxy-server=127.0.0.1:9 --window-size={width},1000"
    command = [CHROMIUM, *options.split(), f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    dom = done.stdout
    if done.returncode or "<h1" not in dom:
        pytest.skip(f"Chromium does not run here: {done.stderr.strip()[-200:]}")
    assert f"<h1>{case.title}</h1>" in dom
    seen = re.search(r'data-seen="([^"]*)"', dom)[1]
    assert "false" not in seen and seen.count("true") == text.count("<figure>") + 1
    assert dom.count(">Copy</button>") == text.count("data-cite>")


# --- sentences -------------------------------------------------------------------------------------------------------
def test_sentences(chita):
    text = words.sentence(chita, "left", "as-reported", [4.0, 42.0, 105.0], 0.01, 1.0, 304.0)
    assert text == (
        "Between 4 and 105 of about 300 people leave their posts in the year from 9 May 2015, in nine of ten versions "
        "that fit the report; the middle version has 42. The chance that nobody does is 1 %."
    )
    text = words.sentence(chita, "handed_over", "without-visit", [0.0, 3.0, 22.0], 0.18, 1.0, 304.0, fits=False)
    assert text.startswith("Without the visit, up to 22 of about 300 people are handed over") and "fit the" not in text
    text = words.sentence(chita, "to_state", "as-reported", [1029477.0, 2081733.0, 3056192.0], None, 1.0)
    assert text.startswith("Between $1.03 million and $3.06 million reaches the state")
    text = words.sentence(chita, "left", "as-reported", [0.0, 0.0, 0.0], 1.0, 1.0, 304.0)
    assert text.startswith("The number of people who leave their posts in the year from 9 May 2015 is 0,")
    assert "cannot be said" in words.sentence(chita, "far_share", "as-reported", [None] * 3, None, 0.0)


def test_sentences_of_effects(chita):
    effect = words.effect_sentence
    text = effect(chita, "left", "as-reported", "without-visit", [0, 1, 66], 0.52, 0.001, [0, 7, 66], 0.62)
    assert text.startswith(
        "If the visit mattered as much as the source thought, up to 66 more people leave their posts"
    )
    assert "than without it" in text and "In 38 % of versions it did not matter, and nothing changes." in text
    text = effect(chita, "handed_over", "as-reported", "handed-over-as-before", [-39, -10, -2], 0, 0.9, None, 1.0)
    assert text.startswith("Between 2 and 39 fewer people are handed over") and "than with hand-overs as before" in text
    text = effect(chita, "left", "as-reported", "without-visit", [0, 0, 0], 0, 0, [None] * 3, 0.0)
    assert text.startswith("No more and no fewer people leave")


@pytest.mark.parametrize(
    ("q", "unit", "said"),
    [
        ((0, 0, 0), "people", "no difference"),
        ((-2, 0, 3), "people", "between 2 fewer and 3 more"),
        ((-26, -7, 0), "people", "up to 26 fewer"),
        ((None, 0, 60), "people", "from fewer than 5 either way to 60 more"),
        ((None, None, 0), "people", "fewer than 5 either way"),
        ((-5e6, -3e6, -1e6), "USD", "between $1.00 million and $5.00 million less"),
        ((0.01, 0.02, 0.3), "share", "between 1 and 30 points higher"),
    ],
)
def test_differences_in_words(q, unit, said):
    assert words.difference_span(q, unit) == said


def test_amounts_in_words():
    assert rows.amount([1 / 120, 1 / 30, 1 / 7], "1/day") == "once in 7 – 30 – 120 days"
    assert rows.amount([800, 900.4], "USD/month", " to ") == "$800 to $900 a month"
    assert rows.amount([0.05], "1/year") == "5 per 100 people a year"
    assert rows.amount([0.004, 0.5], "share") == "0.4 – 50 %"
    assert [words.about(x) for x in (308, 45, 7, 1250)] == ["about 300", "about 45", "7", "about 1,200"]


def test_documents_without_text_are_told_of(tmp_path):
    """Of a case that rests on texts nobody kept, the page says so above the answers and beside each claim."""
    from tests.mistakes_wide import WIDE

    case = load(WIDE)
    told = Reader(
        (run_case(case, Options(12, 1, fix={"posts": 60}), tmp_path / "wide").folder / "report.html").read_text("utf-8")
    ).words
    assert "2 claims rest on documents whose text is not kept: nobody can check them to the character here." in told
    assert told.count("its text is not kept") == 3  # beside each claim, and where the words are explained
    assert "restated from an excerpt; the page itself was not kept" in told
