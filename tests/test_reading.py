"""Reading: the text, what the page says of itself, the map back to the original, and files that mean harm."""

from __future__ import annotations

import gzip
import io
import os
import random
import signal
import subprocess
import sys
import time
import unicodedata
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.evidence.anchors import normalised, sha256
from obrok.evidence.reading import LIMITS, Limits, Unreadable, pool, read_bytes, read_files
from obrok.evidence.reading.aligned import Run, aligned
from obrok.evidence.reading.web_says import edtf_of
from tests.malformed import HTML, malformed, pdf, sound, warc

SENTENCES = {
    "en": [
        "The quay crew of Northgate unloaded timber all night.",
        "Foreman Orel kept forty dollars of each man's pay.",
    ],
    "ko": ["항구의 일꾼들은 밤새 목재를 내렸다.", "감독은 한 사람마다 사십 달러를 떼어 갔다고 한다."],
    "ru": ["Бригада порта всю ночь выгружала лес.", "Мастер Орёл удержал сорок долларов с каждого."],
    "es": [
        "La cuadrilla del puerto descargó madera toda la noche.",
        "El capataz se quedó con cuarenta dólares por hombre.",
    ],
    "ja": ["港の作業員たちは一晩中木材を降ろした。", "親方は一人につき四十ドルを取ったという。"],
}
MENU = "".join(f"<li><a href='/{n}'>{w}</a></li>" for n, w in enumerate(["Home", "World", "Sport", "Money", "About"]))


def page(language: str, head: str = "", paragraphs: int = 9) -> str:
    words = SENTENCES[language]
    body = "".join(
        f"<p>{words[0]} <b>{n}</b>\n  {words[1]} <a href='/more'>{words[0]}</a> {words[1]}{words[0]}</p>"
        for n in range(paragraphs)
    )
    related = "".join(f"<div class='teaser'><a href='/r{n}'>Other story {n}</a></div>" for n in range(8))
    return (
        f"<!doctype html><html lang='{language}'><head><title>T</title>{head}<style>p {{color: red}}</style></head><body>"
        f"<header><nav><ul>{MENU}</ul></nav></header><div id='cookie-banner' class='cookie-consent'>We use cookies <button>Fine</button></div>"
        f"<main><article><h1>{words[1]}</h1>{body}<p style='display:none'>hidden words</p><script>alert(1)</script></article>"
        f"<aside class='related'><h3>Related</h3>{related}</aside></main><section id='comments' class='comments'><p>Reader says no.</p></section>"
        "<footer>Imprint</footer></body></html>"
    )


def message(data: bytes, name: str = "", limits: Limits = LIMITS) -> Unreadable:
    with pytest.raises(Unreadable) as found:
        read_bytes(data, name, limits)
    assert found.value.mend and found.value.mend[0].islower()
    return found.value


# -- web pages
@pytest.mark.parametrize(
    "language, encoding",
    [("en", "utf-8"), ("ko", "utf-8"), ("ko", "euc-kr"), ("ru", "windows-1251"), ("ru", "koi8-r"), ("es", "iso-8859-1"),
     ("ja", "shift_jis"), ("ja", "euc-jp"), ("ja", "utf-8")],
)  # fmt: skip
def test_an_article_without_what_surrounds_it(language, encoding):
    data = page(language, f"<meta charset='{encoding}'>").encode(encoding)
    (read,) = read_bytes(data, "page.html")
    words = SENTENCES[language]
    assert read.kind == "web page" and read.data == data and read.language == language
    assert read.text.count(words[1]) == (9 * 2 + 1) and all(w in read.text for w in words)
    for dropped in ("Home", "cookies", "hidden words", "alert", "Other story", "Reader says", "Imprint", "color"):
        assert dropped not in read.text
    assert read.complete and not read.notes and "trafilatura" in read.method
    assert normalised(read.text) == read.text


def test_a_page_that_does_not_say_its_encoding():
    assert read_bytes(page("ko").encode())[0].notes == ()
    (read,) = read_bytes(page("ru").encode("cp1251"))
    assert SENTENCES["ru"][1] in read.text and "was guessed" in read.notes[0]
    (read,) = read_bytes(page("ru", "<meta charset='koi8-r'>").encode())
    assert SENTENCES["ru"][1] in read.text and read.notes == ("the page says koi8_r and is UTF-8",)


def test_what_a_page_says_of_itself():
    ld = """<script type='application/ld+json'>{"@graph": [{"@type": "NewsArticle", "headline": "Wages  at the quay",
        "author": [{"name": "Ann Fake"}, {"name": "Bo Fake"}], "publisher": {"name": "Harbour Paper"}, "datePublished": "2015-06-01T22:00:00+09:00"}]}</script>"""
    (read,) = read_bytes(page("en", ld).encode())
    assert (read.title, read.author, read.publisher, read.published) == (
        "Wages at the quay", "Ann Fake, Bo Fake", "Harbour Paper", "2015-06-01",
    )  # fmt: skip
    meta = "<meta property='og:title' content='Wages'><meta name='author' content='Ann Fake'><meta property='og:site_name' content='Paper'>"
    (read,) = read_bytes(page("en", meta + "<meta name='citation_publication_date' content='2015/06'>").encode())
    assert (read.title, read.author, read.publisher, read.published) == ("Wages", "Ann Fake", "Paper", "2015-06")
    two = ld + "<meta property='article:published_time' content='2015-06-03'>"
    (read,) = read_bytes(page("en", two).encode())
    assert read.published == "2015-06-01" and "several dates: 2015-06-01, 2015-06-03" in read.notes[0]
    (read,) = read_bytes(page("en").encode())
    assert (read.title, read.author, read.publisher, read.published) == ("T", None, None, None)
    timed = page("en").replace("<article>", "<article><time datetime='2015-05-09T10:00'>9 May</time>")
    assert read_bytes(timed.encode())[0].published == "2015-05-09"


def test_dates_that_are_clear_and_others():
    clear = {"2015": "2015", "2015-06": "2015-06", "20150601": "2015-06-01", "2015/06/01": "2015-06-01",
             "Mon, 01 Jun 2015 10:00:00 GMT": "2015-06-01", "2015-06-01T10:00:00Z": "2015-06-01", "2015-06-01 10:00": "2015-06-01"}  # fmt: skip
    assert {k: edtf_of(k) for k in clear} == clear
    for vague in (
        "01/06/2015",
        "June",
        "2015-13-01",
        "2015-02-30",
        "mayo de 2018",
        "",
        None,
        2015,
        "0000",
        "yesterday",
        "9" * 9000,
    ):
        assert edtf_of(vague) is None


def test_a_page_without_an_article_keeps_all_its_text():
    (read,) = read_bytes(b"<html><body><div>Crew list</div><div>Orel, 12 men</div><script>x</script></body></html>")
    assert read.text == "Crew list Orel, 12 men" and "no article was found" in read.notes[0]


def test_a_very_large_page_keeps_all_its_text(monkeypatch):
    from obrok.evidence.reading import web

    monkeypatch.setattr(web, "MOST_RUNS", 50)
    (read,) = read_bytes(page("es", paragraphs=30).encode())
    assert read.notes == ("the page is too large to look for the article in it: all its visible text was kept",)
    assert "Imprint" in read.text and "hidden words" not in read.text
    walks_back(read)


def test_a_text_that_stands_twice_is_the_article_s():
    lead, rest = SENTENCES["en"]
    data = f"<html><body><article><h1>Quay</h1><p>{lead}</p><p>{rest * 9}</p></article><div class='related'><p>{lead}</p></div></body></html>"
    (read,) = read_bytes(data.encode())
    assert read.text.count(lead) == 1
    (piece,) = read.walk_back(read.text.index(lead), read.text.index(lead) + len(lead))
    assert piece.place == "/html[1]/body[1]/article[1]/p[1]" and (piece.at, piece.to) == (0, len(lead))


# -- the map
def originals(read) -> dict:
    """The original at each place, got without the product's own walk."""
    if read.kind == "PDF":
        from pypdf import PdfReader

        return {n: p.extract_text() for n, p in enumerate(PdfReader(io.BytesIO(read.data)).pages, 1)}
    if read.kind == "text":
        return {None: read.data.decode("utf-8-sig")}
    import lxml.html

    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=True)
    tree = lxml.html.document_fromstring(read.data, parser=parser).getroottree()
    return {p.place: tree.xpath(f"string({p.place})") for p in read.pieces if len(tree.xpath(p.place)) == 1}


def walks_back(read, spans: int = 40) -> None:
    there, r = originals(read), random.Random(5)
    position = 0
    for piece in read.pieces:
        assert piece.start == position < piece.end
        position = piece.end
    assert position == len(read.text)
    for _ in range(spans):
        start = r.randrange(len(read.text))
        end = min(len(read.text), start + r.choice((1, 7, 60, 900)))
        got = []
        for piece in read.walk_back(start, end):
            words = there[piece.place][piece.at : piece.to]
            got.append(" " if piece.at == piece.to else words)
        again = unicodedata.normalize("NFC", "|" + "".join(got) + "|")
        assert " ".join(again.split()) == " ".join(("|" + read.text[start:end] + "|").split())


@pytest.mark.parametrize("language", list(SENTENCES))
def test_any_span_of_a_page_walks_back(language):
    text = page(language).replace("<b>", "<!-- c --><b>&amp; ").replace("</p>", "<br>e\u0301nd<x-y>z</x-y></p>")
    walks_back(read_bytes(text.encode())[0])


@given(st.text(max_size=200).filter(lambda t: t.strip()))
@settings(max_examples=300, deadline=None)
def test_any_span_of_a_text_walks_back(text):
    raw = "Report " + text.replace("\0", "")
    data = raw.encode("utf-8")
    (read,) = read_bytes(data)
    assert read.kind == "text" and read.text == normalised(data.decode("utf-8-sig"))
    position = 0
    for piece in read.pieces:
        assert piece.start == position < piece.end
        words = raw[piece.at : piece.to]
        assert normalised("|" + words + "|") == normalised("|" + read.text[piece.start : piece.end] + "|")
        position = piece.end
    assert position == len(read.text)


_LETTERS = st.text(
    st.sampled_from("ab \n\t\u00a0\u2000\u3000é\u0301\u0327한\u1112\u1161\u11abक\u093c\u0958\u212b\ufeffA\u030a"),
    max_size=12,
)


@given(st.lists(st.tuples(_LETTERS, st.booleans()), max_size=6))
@settings(max_examples=400, deadline=None)
def test_runs_become_the_normalised_text_of_all(parts):
    runs = [Run(text, i, 7, breaks) for i, (text, breaks) in enumerate(parts)]
    raw = ""
    for text, breaks in parts:
        raw += ("\n" if breaks and raw else "") + text
    text, pieces = aligned(runs)
    assert text == normalised(raw)
    assert [p.start for p in pieces] == [0, *(p.end for p in pieces)][: len(pieces)]
    assert all(7 <= p.at <= p.to <= 7 + len(parts[p.place][0]) for p in pieces)


def test_a_plain_text_is_normalised_as_ever():
    text = "\ufeffCre\u0301w  list\r\n\tof  Northgate\u3000quay \n"
    (read,) = read_bytes(text.encode())
    assert read.text == normalised(text) == "Créw list of Northgate quay" and sha256(read.text) == sha256(
        normalised(text)
    )
    assert read_bytes("\ufeffПортовая бригада".encode("utf-16"))[0].text == "Портовая бригада"


# -- PDF
def paper(pages: int = 6) -> bytes:
    said = "Crew {0} of the yard moved {1} beams for the foreman."
    return pdf([["Harbour Board report", *[said.format(n * 10 + i, i * 3) for i in range(9)], f"in year {n * 13} work was strong-", f"Page {n + 1} of {pages}"]
                if n % 2 else ["Harbour Board report", f"ly watched by {n * 17} men at night-", "fall and night-fall again.", *[said.format(n * 7, i * 5) for i in range(6)], f"by {n * 19} the fore-", f"Page {n + 1} of {pages}"]
                for n in range(pages)])  # fmt: skip


def test_a_pdf_without_running_heads_and_broken_words():
    (read,) = read_bytes(paper())
    assert "Harbour Board" not in read.text and "Page " not in read.text
    assert "12 lines at the head or foot of pages that repeat" in " ".join(read.notes)
    assert "strongly watched by 34 men at night-fall and night-fall again" in read.text
    assert (read.title, read.author, read.published, read.language) == ("Wages at the quay", "Ann Fake", None, "en")
    assert "made on 2016-03-02" in " ".join(read.notes) and read.method.startswith("pypdf") and read.complete
    walks_back(read)
    at = read.text.index("strongly")
    assert [p.place for p in read.walk_back(at, at + 8)] == [2, 3]  # a word over a page's end


def test_lines_of_a_pdf_that_go_on():
    from obrok.evidence.reading.pdf import _Line, _runs

    def joined(*lines: str) -> str:
        return aligned(_runs([_Line(n, 0, line) for n, line in enumerate(lines, 1)]))[0]

    assert joined("港の作業員たち", "は一晩中木材を降ろした。") == "港の作業員たちは一晩中木材を降ろした。"
    assert joined("항구의 일꾼들은", "밤새 목재를") == "항구의 일꾼들은 밤새 목재를"
    assert joined("the fore\u00ad", "man; Бри- ", "гада; the North-", "West") == "the foreman; Бригада; the North- West"
    assert joined("a state-run yard, state-", "run by") == "a state-run yard, state-run by"
    assert joined("ﬁve men") == "ﬁve men"  # a ligature stays as the file has it


def test_a_pdf_by_matplotlib():
    import matplotlib

    matplotlib.use("pdf")
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    out = io.BytesIO()
    with PdfPages(out) as book:
        for n in range(2):
            figure = Figure()
            figure.text(0.1, 0.8, f"Бригада {n} выгружала лес, señor Fake")
            book.savefig(figure)
    (read,) = read_bytes(out.getvalue())
    assert "Бригада 1 выгружала лес, señor Fake" in read.text
    walks_back(read)


def locked(password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(paper()))), io.BytesIO()
    writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def test_locked_pdfs():
    (read,) = read_bytes(locked(""))
    assert "Crew" in read.text and "the PDF is encrypted and opens without a password" in read.notes
    assert message(locked("secret")).what == "the PDF is locked with a password"
    from pypdf import PdfReader

    made = PdfReader(io.BytesIO(locked("")))  # the same keys, said to be for AES
    keys = made.trailer["/Encrypt"].get_object()
    o, u, first = (keys["/O"].original_bytes, keys["/U"].original_bytes, made.trailer["/ID"][0].original_bytes)
    aes = f"<< /Filter /Standard /V 4 /R 4 /Length 128 /P {int(keys['/P'])} /O <{o.hex()}> /U <{u.hex()}> /StmF /S /StrF /S /CF << /S << /CFM /AESV2 /Length 16 >> >> >>"
    data = pdf([["Words"]], {"7": aes.encode()})
    data = data.replace(b"/Root 1 0 R", b"/Encrypt 7 0 R /ID [<%s> <00>] /Root 1 0 R" % first.hex().encode())
    import importlib.util

    if importlib.util.find_spec("cryptography") is None and importlib.util.find_spec("Crypto") is None:
        assert message(data).what == "the PDF is encrypted in a way that cannot be read here"


def test_pdfs_that_cannot_be_read():
    assert message(pdf([[], []])).what == "the PDF holds no text: its pages are scanned or drawn"
    assert message(pdf([["Words"]], sound=False)).what == "the PDF breaks off before its end"
    assert message(paper()[:700]).what == "the PDF breaks off before its end"
    assert message(pdf([["Words"]] * 9), limits=Limits(pages=8)).what == "the PDF has 9 pages, more than 8"
    (read,) = read_bytes(pdf([["Words of one page"], [], [], ["More words"]]))
    assert "pages 2, 3 of 4 hold no text: scanned?" in read.notes and not read.complete


def test_pdfs_that_mean_harm():
    loop = pdf([["Words"]], {"2": b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"})
    assert message(loop).mend
    start = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF"
    assert message(b"%PDF-1.5\n" + start % (9, 9)).mend
    huge = pdf([["Words here"]], {"5": b"<< /Length 99999999999 >>\nstream\nBT ET\nendstream"})
    assert message(huge).mend
    bomb = zlib.compress(b"q " * 60_000_000, 9)
    packed = pdf([["x"]], {"5": b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(bomb), bomb)})
    began = time.monotonic()
    assert message(packed).mend
    assert time.monotonic() - began < 10


# -- web archives
@pytest.mark.parametrize("packed", [True, False])
def test_a_web_archive(packed):
    picture = b"\x89PNG" + bytes(40)
    data = warc([("http://example.org/a?<b>", page("ko").encode("cp949"), "text/html; charset=euc-kr"), ("http://example.org/i", picture, "image/png"),
                 ("http://example.org/p.pdf", paper(), "application/pdf"), ("http://example.org/e", b"<html></html>", "text/html")], packed)  # fmt: skip
    first, second = read_bytes(data, "x.warc")
    assert SENTENCES["ko"][1] in first.text and second.kind == "PDF" and second.data == paper()
    assert first.taken_from.uri == "http://example.org/a?<b>" and first.taken_from.date == "2016-01-02T03:04:05Z"
    assert "pages of the archive that cannot be read: 1 × the page shows no text" in first.notes
    for read in (first, second):
        there = data[read.taken_from.offset :]
        assert (zlib.decompressobj(31).decompress(there, 100) if packed else there).startswith(b"WARC/1.0")
    assert "holds no page" in message(warc([("http://example.org/i", picture, "image/png")], packed)).what


def test_packed_files_that_mean_harm():
    assert message(gzip.compress(b"words")).what == "a gzip-packed file that is no web archive"
    bomb = gzip.compress(b"WARC/1.0\r\n" + bytes(30_000_000))
    assert "unpacks to more than 20,000,000 bytes" in message(bomb, limits=Limits(unpacked=20_000_000)).what
    whole = sound()["pages.warc.gz"]
    assert message(whole[:-300]).what == "the packed file breaks off before its end"
    inner = gzip.compress(bytes(30_000_000))
    assert message(warc([("http://example.org/", inner, "text/html")])).what.startswith("the web archive holds no page")


# -- what is refused, with its words
@pytest.mark.parametrize(
    "data, what",
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (bytes(100), "the file is empty"),
        (b"PK\x03\x04" + b"word/document.xml" + bytes(50), "a Word document (docx)"),
        (b"PK\x03\x04" + b"xl/workbook.xml" + bytes(50), "an Excel workbook (xlsx)"),
        (b"PK\x03\x04" + b"notes.txt" + bytes(50), "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "an Office file of the old kind (doc, xls, ppt)"),
        (b"\x89PNG\r\n" + bytes(50), "an image (PNG)"),
        (b"\x7fELF" + bytes(50), "a program"),
        (b"{\\rtf1 words}", "an RTF document"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>", "a web archive of a browser (MHTML)"),
        (b"<?xml version='1.0'?><rss><p>x</p>", None),
        (b"<?xml version='1.0'?><feed/>", "an XML file that is no web page"),
        (b"words\0and more words\0", "the file is of no known kind (it holds NUL bytes, which no text does)"),
        ("crew list".encode("utf-16-le"), "the text looks like UTF-16, little end first, without a byte order mark"),
        (b"<html><body><script>fill()</script></body></html>", "the page shows no text: scripts fill it in"),
    ],
)
def test_files_of_other_kinds(data, what):
    if what is None:
        assert read_bytes(data)[0].text == "x"
    else:
        assert message(data).what == what


def test_a_text_in_another_encoding_is_named():
    found = message("".join(SENTENCES["ru"] * 8).encode("cp1251"))
    assert "not UTF-8 (byte 1 cannot be); it looks like cp1251" in found.what and "save it as UTF-8" in found.mend
    assert "it looks like cp949" in message(" ".join(SENTENCES["ko"] * 8).encode("cp949")).what
    assert message(b"x" * 1000, limits=Limits(bytes=999)).what == "the file has 1,000 bytes, more than 999"
    assert message(b"x " * 1000, limits=Limits(characters=999)).what == "the text has more than 999 characters"


def test_pages_that_mean_harm():
    deep = b"<html><body><p>Words</p>" + b"<div>" * 100_000 + b"deep"
    assert "more than 2,000 deep" in message(deep).what
    near = b"<html><body><p>Words</p>" + b"<div>" * 1_500 + b"deep"
    assert read_bytes(near)[0].text == "Words deep"
    lols = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    laughs = f"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY l0 'lol'>{lols}]><html><body><p>Crew &l9; list</p></body></html>"
    assert len(read_bytes(laughs.encode())[0].text) < 100
    outside = "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><html><body><p>Crew &x; list</p></body></html>"
    assert "&x;" in read_bytes(outside.encode())[0].text
    wide = b"<html><body><p title='" + b"x" * 12_000_000 + b"'>Words</p>"
    assert read_bytes(wide)[0].text == "Words"
    (read,) = read_bytes(b"<html><body><p>Words\0here</p></body></html>")
    assert read.text == "Words\ufffdhere" and "NUL" in read.notes[0]
    odd = b'<html><body><x:y>one</x:y><a"b>two</a"b></body></html>'
    walks_back(read_bytes(odd)[0])
    linked = b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>"
    assert read_bytes(page("en", linked.decode()).encode())[0].published is None


def test_damaged_files_are_read_or_refused(capsys):
    seen = set()
    for name, data in malformed(11, 150):
        try:
            for read in read_bytes(data, name, Limits(seconds=5)):
                assert read.text == normalised(read.text) and sha256(read.text)
                assert sum(p.end - p.start for p in read.pieces) == len(read.text)
            seen.add("read")
        except Unreadable as wrong:
            seen.add(wrong.what)
    assert len(seen) > 8
    assert capsys.readouterr() == ("", "")  # libraries that print what they stumble over print words of the page
    assert [sha256(d) for _, d in malformed(3, 20)] == [sha256(d) for _, d in malformed(3, 20)]


def test_the_digest_does_not_hang_on_the_machine():
    code = (
        "import sys; sys.path.insert(0, '.'); from tests.malformed import sound; from obrok.evidence.anchors import sha256; import tests.test_reading as t;"
        "from obrok.evidence.reading import read_bytes;"
        "print([sha256(r.text) for d in [*sound().values(), t.page('ko').encode(), t.paper()] for r in read_bytes(d)])"
    )
    answers = set()
    for settings_ in (
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Seoul", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "77", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=os.environ | settings_,
            cwd=Path(__file__).parents[1],
        )
        assert done.returncode == 0, done.stderr
        answers.add(done.stdout)
    assert len(answers) == 1


# -- the pool
@pytest.fixture
def files(tmp_path):
    def write(**contents: bytes) -> list[Path]:
        paths = []
        for name, data in contents.items():
            paths.append(tmp_path / name)
            paths[-1].write_bytes(data)
        return paths

    return write


#: a worker whose reading goes wrong by what the file says
PROVOKED = """
import os, sys, time, socket
from obrok.evidence.reading import one, worker
true = one.read_bytes
def read_bytes(data, *more):
    if b'HANG' in data: time.sleep(60)
    if b'DIE' in data: os._exit(9)
    if b'EAT' in data: one.x = [bytes(10_000_000) for _ in range(1000)]
    if b'CALL' in data: socket.create_connection(('127.0.0.1', 9))
    if b'WRITE' in data: open('/tmp/obrok-should-not-be', 'w')
    return true(data, *more)
one.read_bytes = read_bytes
worker.main()
"""


def test_many_files_in_their_order(files, tmp_path):
    paths = files(a=HTML, b=b"Words of a text", c=b"", d=sound()["pages.warc.gz"], e=paper())
    paths.insert(2, tmp_path / "gone")
    paths.insert(3, tmp_path)
    odd = tmp_path / "\udcff; rm -rf ~ \n.html"
    odd.write_bytes(HTML)
    os.mkfifo(tmp_path / "pipe")
    paths += [odd, tmp_path / "pipe"]
    found = list(read_files(paths))
    assert [p for p, _ in found] == paths
    by = [r.what if isinstance(r, Unreadable) else [x.kind for x in r] for _, r in found]
    assert by == [
        ["web page"], ["text"], "the file cannot be opened (no such file or directory)", "it is no file but a folder, a pipe or a device",
        "the file is empty", ["web page"] * 2, ["PDF"], ["web page"], "it is no file but a folder, a pipe or a device",
    ]  # fmt: skip
    assert (
        found[0][1] == read_bytes(HTML)
        and found[5][1] == read_bytes(sound()["pages.warc.gz"])
        and found[6][1] == read_bytes(paper())
    )


def test_a_worker_that_hangs_dies_or_swells_costs_its_own_file_only(files, monkeypatch):
    monkeypatch.setattr(pool, "COMMAND", [sys.executable, "-c", PROVOKED])
    paths = files(
        a=b"one", b=b"HANG", c=b"two", d=b"DIE", e=b"three", f=b"EAT", g=b"four", h=b"five", i=b"CALL", j=b"WRITE"
    )
    found = [r for _, r in read_files(paths, limits=Limits(seconds=1, memory=700_000_000))]
    assert found[1].what == "reading it takes longer than 1 seconds"
    assert found[3].what == "reading it makes the reading process fail"
    assert found[5].what == "reading it takes more memory than 0.7 GB"
    assert [found[i][0].text for i in (0, 2, 4, 6, 7)] == ["one", "two", "three", "four", "five"]
    assert isinstance(found[8], Unreadable) and isinstance(found[9], Unreadable)  # no connection, no file
    assert not Path("/tmp/obrok-should-not-be").exists()


def test_what_is_left_early_leaves_no_process(files, monkeypatch):
    started = []
    true = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(true(*a, **k)) or started[-1])
    reading = read_files(files(**{f"f{n}": HTML for n in range(9)}))
    next(reading)
    reading.close()
    assert started and all(p.poll() is not None for p in started)


def test_control_c_ends_all(files):
    code = (
        "import signal, sys; from obrok.evidence.reading import pool, read_files; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # as a shell gives it, whatever these tests run under\n"
        f"pool.COMMAND = [sys.executable, '-c', {PROVOKED!r}]\n"
        "print('begun', flush=True)\n"
        "list(read_files(map(Path, sys.argv[1:])))"
    )
    paths = files(a=b"HANG", b=b"HANG")
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, paths)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout.readline()
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate(timeout=10)[1]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_page_that_names_others_opens_nothing(monkeypatch):
    import socket

    def refuse(*_, **__):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    outside = "<base href='http://example.org/'><link rel='stylesheet' href='//example.org/a.css'><meta http-equiv='refresh' content='0;url=http://example.org'>"
    text = page("en", outside).replace(
        "</article>", "<img src='http://example.org/i.png'><iframe src='http://example.org'></iframe></article>"
    )
    assert "Orel" in read_bytes(text.encode())[0].text


def test_a_worker_that_does_not_start_is_told(files, monkeypatch):
    monkeypatch.setattr(pool, "COMMAND", [sys.executable, "-c", "raise SystemExit"])
    ((_, found),) = read_files(files(a=b"one"))
    assert found.what == "the process that reads does not start" and "to see why" in found.mend
