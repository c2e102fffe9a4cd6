"""The report on paper: every letter of it, nothing of the machine, nothing fetched, and words where something is lacking."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

import obrok
from obrok.case.case import find_case
from obrok.outward import pdf
from obrok.problems import ProblemsFound
from tests.conftest import ROOT

pytest.importorskip("weasyprint", reason="the extra `pdf` is not installed")

TITLE = "평양에서 온 노동자 · 平壌からの労働者 · 来自平壤的工人 · Рабочие из Пхеньяна"
REPORTED = "치타의 건설 노동자들 / チタの建設労働者 / 赤塔的建筑工人"
#: as the command line does
TYPED = "from obrok.outward.cli import main; main()"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A small run of a case whose title, and whose document, are in three scripts of East Asia, and in Cyrillic."""
    home = tmp_path_factory.mktemp("paper")
    case = home / "four-scripts"
    shutil.copytree(find_case("chita-2015"), case)
    for name, old, new in (
        ("case.yaml", "title: North Korean building workers in Chita, 2015", f"title: {TITLE}"),
        ("documents.yaml", "title: More N. Korean workers fleeing posts in Russia", f"title: {REPORTED}"),
    ):
        text = (case / name).read_text("utf-8")
        assert text.count(old) == 1
        (case / name).write_text(text.replace(old, new), "utf-8")
    return obrok.load(case).run(worlds=120, seed=2, out=home / "result")


@pytest.fixture(scope="module")
def paper(result) -> bytes:
    return pdf.pdf_of(pdf.report_of(result.folder))


@pytest.fixture(scope="module")
def read(paper) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(paper))


@pytest.fixture(scope="module")
def pages(read) -> list[str]:
    """What each page says."""
    return [" ".join(page.extract_text().split()) for page in read.pages]


@pytest.fixture(scope="module")
def words(pages) -> str:
    return " ".join(pages)


def test_every_letter_of_korean_japanese_chinese_and_russian_is_in_it(read, words) -> None:
    assert TITLE in words and REPORTED in words
    assert "\x00" not in words and "\ufffd" not in words
    assert read.metadata is not None and read.metadata.title == f"{TITLE}: a model estimate"


def test_pages_say_what_they_are(read, pages, words, result) -> None:
    assert len(pages) > 10
    for at, text in enumerate(pages, 1):
        assert "model estimate, not a count" in text and f"{at} / {len(pages)}" in text
        assert [round(float(x)) for x in read.pages[at - 1].mediabox] == [0, 0, 595, 842]  # A4
        assert at == 1 or TITLE in text
    # the report's own sentences, what is folded up on the screen, and how to cite
    for said in (result.answer("left")["text"], "How to cite: Model estimate, not a count: obrok"):
        assert said.replace("\u00a0", " ") in words.replace("\u00a0", " ")
    assert read.trailer["/Root"]["/Lang"] == "en" and read.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_its_outline_and_links_lead_somewhere(read) -> None:
    titles: list[str] = []

    def walk(items) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item)
            else:
                titles.append(item.title)
                assert read.get_destination_page_number(item) is not None

    walk(read.outline)
    assert titles[0] == TITLE and {"The answers", "What was reported", "What was assumed", "Record"} <= set(titles)
    known, links = set(read.named_destinations), []
    for page in read.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            if note["/Subtype"] == "/Link":
                assert "/A" not in note or note["/A"]["/S"] != "/URI"  # no link leads out of it
                links.append(str(note.get("/Dest") or note["/A"]["/D"]))
    assert len(links) > 50 and set(links) <= known
    assert any(x.startswith("claim-") for x in links) and any(x.startswith("assumption-") for x in links)


def test_heads_of_tables_come_again_on_each_page(pages) -> None:
    assert sum("Rests on" in text for text in pages) >= 3  # 59 parameters are more than two pages


def test_pictures_stay_lines_and_letters(read, words) -> None:
    """No picture is turned into dots: their words can be searched, and no image is in the file."""
    assert "What was assumed, and what remains after weighing" in words
    assert not [x for page in read.pages for x in page.images]


def test_the_same_result_gives_the_same_bytes_and_nothing_of_the_machine(result, paper, words, tmp_path) -> None:
    home = tmp_path / "home-of-somebody"
    home.mkdir()
    (home / "result").mkdir()
    for name in ("record.json", "report.html"):
        shutil.copy(result.folder / name, home / "result")
    code = "import sys; from pathlib import Path; from obrok.outward.pdf import write; write(Path(sys.argv[1]), Path('a.pdf'))"
    own = {"TZ": "Asia/Pyongyang", "PYTHONHASHSEED": "7", "HOME": str(home), "USER": "somebody", "LOGNAME": "somebody"}
    own |= {"PYTHONPATH": str(ROOT / "src"), "HOSTNAME": "somebodys-machine"}
    subprocess.run([sys.executable, "-c", code, str(home / "result")], check=True, env=os.environ | own, cwd=tmp_path)
    assert (tmp_path / "a.pdf").read_bytes() == paper
    read = pypdf.PdfReader(io.BytesIO(paper))
    assert set(read.metadata or {}) == {"/Title", "/Producer"} and "/ID" not in read.trailer
    for name in ("somebody", str(Path.home()) + os.sep, str(result.folder), str(ROOT)):
        assert name not in words and name.encode() not in paper


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:9/a.png", "https://example.org/a.png", "ftp://example.org/a"]
)
def test_nothing_is_fetched(address, monkeypatch) -> None:
    def refuse(*given, **more):
        raise AssertionError("it asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("urllib.request.FileHandler.open_local_file", refuse)
    for page in (f"<img src='{address}'>", f"<link rel=stylesheet href='{address}'>", f"<style>@import '{address}';</style>",
                 f"<style>@font-face {{ font-family: x; src: url({address}) }} body {{ font-family: x }}</style>x"):  # fmt: skip
        with pytest.raises(ProblemsFound, match=r"report.html: it names a file or an address outside of itself"):
            pdf.pdf_of(f"<!doctype html><html lang=en><title>t</title>{page}<p>{address}")
    assert pdf.pdf_of("<!doctype html><title>t</title><img src='data:image/svg+xml,%3Csvg/%3E'>")[:5] == b"%PDF-"


def without_fonts(folder: Path) -> dict[str, str]:
    """An environment whose only fonts are matplotlib's own: Latin, Greek, Cyrillic."""
    import matplotlib

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    (folder / "fonts.conf").write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{fonts}</dir>'
        f"<cachedir>{folder / 'cache'}</cachedir></fontconfig>",
        "utf-8",
    )
    return os.environ | {"PYTHONPATH": str(ROOT / "src"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}


def test_letters_without_a_font_are_refused_by_name(result, tmp_path) -> None:
    given = [sys.executable, "-c", TYPED, "report", str(result.folder), "--pdf", "a.pdf"]
    done = subprocess.run(given, capture_output=True, text=True, env=without_fonts(tmp_path), cwd=tmp_path)
    assert done.returncode == 1 and not (tmp_path / "a.pdf").exists()
    assert "report.html: no font on this machine has these letters: 평 양 에 서 온" in done.stdout
    assert "apt install fonts-noto-cjk." in done.stdout and "Traceback" not in done.stderr


def test_what_is_in_latin_letters_needs_no_other_fonts(tmp_path) -> None:
    code = "from obrok.outward.pdf import pdf_of; print(pdf_of('<!doctype html><title>t</title><p>Łódź, Чита')[:5])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=without_fonts(tmp_path))
    assert (done.stdout, done.stderr) == ("b'%PDF-'\n", "")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("import sys; sys.modules['weasyprint'] = None", ["a PDF needs weasyprint", "pip install 'obrok[pdf]'."]),
        (
            "import cffi; real = cffi.FFI.dlopen\n"
            "def lacking(self, name, *more):\n"
            "    if name and 'pango' in name: raise OSError(name)\n"
            "    return real(self, name, *more)\n"
            "cffi.FFI.dlopen = lacking",
            ["finds no Pango on this machine", "apt install libpango-1.0-0 libpangoft2-1.0-0"],
        ),
    ],
)
def test_what_is_lacking_is_told_in_words(result, tmp_path, before, words) -> None:
    code = f"{before}\nimport sys; sys.argv = ['obrok', 'report', {str(result.folder)!r}]\nfrom obrok.outward.cli import main; main()"
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert done.returncode == 1 and done.stderr == "" and not list(tmp_path.iterdir())
    assert len(done.stdout.strip().split("\n")) == 2  # what is wrong, how to mend it, and no advice of another program
    for word in words:
        assert word in done.stdout


def test_the_command_never_overwrites_and_takes_only_what_is_whole(call, result, paper, tmp_path) -> None:
    case, there = result.case.folder, tmp_path / "out" / "chita-2015"
    shutil.copytree(result.folder, there)
    assert call("report", case)[:2] == (0, "report: chita-2015-report.pdf\n")
    assert Path("chita-2015-report.pdf").read_bytes() == paper
    code, out, _ = call("report", there)
    assert code == 1 and "this file is there already" in out and "--force" in out
    assert call("report", there, "--force")[0] == 0 and Path("chita-2015-report.pdf").read_bytes() == paper
    code, out, _ = call("report", there, "--pdf", "nowhere/a.pdf")
    assert code == 1 and "there is no such folder" in out
    for other in ("chita-2015", "russia-2015"):  # another case's result is there, or none
        code, out, _ = call("report", other, "--pdf", "b.pdf")
        assert code == 1 and re.search(rf"no finished result of this case as it is now.*\n.*obrok run {other}", out)
    page = there / "report.html"
    page.write_text(page.read_text("utf-8").replace("not a count", "a count"), "utf-8")
    code, out, _ = call("report", there, "--pdf", "b.pdf")
    assert code == 1 and "report.html is damaged, gone or changed by hand" in out and not Path("b.pdf").exists()
    code, out, _ = call("report", tmp_path, "--pdf", "b.pdf")
    assert code == 1 and not Path("b.pdf").exists()
    assert not [p for p in there.rglob("*") if p.suffix == ".pdf"]


def test_the_dashboard_gives_it_and_says_what_is_lacking(result, paper, monkeypatch) -> None:
    pytest.importorskip("fastapi")
    from tests.test_dashboard_server import Asking, safe

    ask = Asking(result.case, result.folder)
    told = safe(ask("files/report.pdf"))
    assert (told.status, told["content-type"], told.body) == (200, "application/pdf", paper)
    assert told["content-disposition"] == 'attachment; filename="chita-2015-report.pdf"'
    pdf._pdf_of.cache_clear()
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    told = safe(ask("files/report.pdf"))
    assert told.status == 422 and "pip install 'obrok[pdf]'" in told.json()["error"]
    assert not [p for p in result.folder.rglob("*.pdf")]
