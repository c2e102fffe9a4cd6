"""A case from somebody who means harm: it is refused in words, soon and within little memory, or it does no harm."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from obrok.case.case import FILES, find_case, load, new_case
from obrok.evidence.conflicts import MOST_COMPARED
from obrok.evidence.private import free_texts
from obrok.evidence.reading import LIMITS, Unreadable, read_files
from obrok.outward.terminal import shown, shown_in_place
from obrok.problems import LONGEST_TEXT, Problem, ProblemsFound, Reader, quoted
from obrok.worlds.cost import cost_of, memory_here, refuse_too_much
from tests.conftest import ROOT

CASE, CLAIMS, DOCUMENTS = FILES
TITLE = "title: North Korean building workers in Chita, 2015"
WIDE = ROOT / "tests" / "cases" / "wide"


@pytest.fixture(autouse=True)
def no_texts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path_factory.mktemp("none")))
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find_case("chita-2015"), tmp_path / "case"))


def edit(folder: Path, file: str, *pairs: tuple[str, str]) -> None:
    text = (folder / file).read_text("utf-8")
    for old, new in pairs:
        assert old in text, f"{old!r} does not stand in {file}"
        text = text.replace(old, new, 1)
    (folder / file).write_text(text, "utf-8")


def told(folder: Path) -> list[Problem]:
    """What a case is refused for, within seconds."""
    began = time.monotonic()
    with pytest.raises(ProblemsFound) as found:
        refuse_too_much(loaded := load(folder), loaded.worlds)
    assert time.monotonic() - began < 20
    return [p for p in found.value.problems if not p.warning]


def line_of(folder: Path, file: str, what: str) -> int:
    return (folder / file).read_text("utf-8").split(what)[0].count("\n") + 1


# -- names that lead elsewhere ----------------------------------------------------------------------------------------
NAMES = ["../../x", "/tmp/x", "..", "a/b", "a\\\\b", "x\\0y", "CON.", "a b", "-rf", "%2e%2e", "=1+1", "é"]
IDS = [
    (CASE, "{id: russia}"), (CASE, "{id: cholsan,"), (CASE, "{id: visit,"), (CASE, "{id: cholsan-chita,"), (CASE, "{id: as-reported}"),
    (CASE, "{id: left-in-may,"), (CLAIMS, "{id: S2,"), (CLAIMS, "id: pay"), (DOCUMENTS, "id: dnk-chita"),
]  # fmt: skip


@pytest.mark.parametrize(
    "name, file, old", [*((n, CASE, "id: chita-2015") for n in NAMES), *(("../../x", *where) for where in IDS)]
)
def test_an_id_is_no_path_and_no_formula(name: str, file: str, old: str, case: Path) -> None:
    written = re.sub(r"id: [\w-]+", lambda _: f'id: "{name}"', old)
    edit(case, file, (old, written))
    assert any(
        "is not an id" in p.what or "control character" in p.what
        for p in told(case)
        if p.line == line_of(case, file, written)
    )


# -- files that are none ----------------------------------------------------------------------------------------------
def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _hole(path: Path) -> None:
    with open(path, "wb") as f:
        f.truncate(50_000_000_000)  # takes no room


@pytest.mark.parametrize("make, what", [(_pipe, "a pipe"), (_link, "a link"), (_hole, "larger than")])
def test_a_file_of_a_case_is_a_plain_one_for_every_command(make, what, case: Path, call) -> None:
    (case / CLAIMS).unlink()
    make(case / CLAIMS)
    for command in (["check"], ["find", "pay"], ["run"], ["trace"], ["publish"], ["accept", "x"], ["read", __file__]):
        began = time.monotonic()
        code, out, _ = call(command[0], case, *command[1:])
        assert code == 1 and "case/claims.yaml: " in out and what in out and time.monotonic() - began < 5, command


@pytest.mark.parametrize("at", ["", "texts", "maps", "originals", "custody.jsonl", "key", "texts/" + "0" * 64 + ".txt"])
@pytest.mark.parametrize("make", [_pipe, _link, lambda path: path.symlink_to("..")])
def test_what_is_read_is_kept_in_the_archive_and_nowhere_else(make, at: str, case: Path, call) -> None:
    """An archive that is a link, or holds one, would put what the user reads, or custody, where somebody else wants it."""
    path = case / "archive" / at if at else case / "archive"
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    (secret := case.parent / "secret.txt").write_text("Police found four builders in May.", "utf-8")
    before = sorted(p for p in case.parent.rglob("*"))
    for command in (["check", case], ["read", case, secret, "--published", "2015-06-01"], ["find", case, "May"]):
        code, out, _ = call(*command)
        assert code == 1 and f"case/archive{'/' if at else ''}{at}: this is a link, a pipe or a device" in out
    assert sorted(p for p in case.parent.rglob("*")) == before


def test_an_archive_of_plain_files_is_fine(case: Path, call) -> None:
    (letter := case.parent / "letter.txt").write_text("Police found four builders in May.", "utf-8")
    for _ in range(2):
        assert call("read", case, letter, "--published", "2015-06-01")[0] == 0
    assert call("find", case, "builders")[0] == 0


def test_a_copy_takes_no_links_and_no_pipes_along(case: Path, tmp_path: Path) -> None:
    _pipe(case / "pipe")
    _link(case / "zero")
    (case / "more").symlink_to("/")
    (case / "notes.txt").write_text("mine")
    assert {p.name for p in new_case(tmp_path / "copy", case).iterdir()} == {*FILES, "notes.txt"}


# -- more than any machine has ----------------------------------------------------------------------------------------
def many(n: int, item: str) -> str:
    return ", ".join(item.format(i=i) for i in range(n)) + ", "


LISTS = [
    ("places: [", many(50_000, "{{id: p{i}}}")),
    ("places: [", many(20_000, "{{id: p{i}, within: p{i}x}}").replace("x}", "}")),
    ("sites: [", many(20_000, "{{id: s{i}, enterprise: cholsan, place: russia}}")),
    ("compare: [", many(50_000, "[as-reported, without-visit]")),
    ("policies:\n", "".join(f"  - {{id: q{i}, without: visit}}\n" for i in range(5_000))),
    ("questions:\n", "".join(f"  - {{id: q{i}, asks: How many?, quantity: left, about: {{on: 2015-06-01}}}}\n" for i in range(5_000))),
    ("events:\n", "".join(f"  - {{id: e{i}, date: 2015-06-01, changes: {{hand_over: hand_over_after}}, what_if: true}}\n" for i in range(5_000))),
]  # fmt: skip


@pytest.mark.parametrize("old, more", LISTS, ids=lambda x: x[:12].strip())
def test_long_lists_are_refused_with_how_many_there_may_be(old: str, more: str, case: Path) -> None:
    edit(case, CASE, (old, old + more))
    assert any("items in one list" in p.what and "reads at most" in p.mend and p.line for p in told(case))


def test_a_mixture_of_everything(case: Path) -> None:
    parts = many(20_000, "{{weight: 0.00005, exactly: 0.{i}}}")[:-2]
    text = (case / CASE).read_text("utf-8")
    entry = f'  wage_spread: {{assumption: {{unit: share, why: "w", mixture: [{parts}]}}}}'
    (case / CASE).write_text(re.sub(r"(?m)^  wage_spread: .*", lambda _: entry, text), "utf-8")
    assert "20,000 items in one list" in told(case)[0].what


def test_a_long_text(case: Path) -> None:
    edit(case, CASE, (TITLE, TITLE + "x" * LONGEST_TEXT))
    (problem,) = told(case)
    assert "a text of 20,0" in problem.what and "shorten it" in problem.mend and problem.line == 5


def cities(n: int) -> list[tuple[str, str]]:
    """Edits that make n cities of one over 27 years."""
    weight = 'weight: {assumption: {exactly: 1, unit: "1", why: "as many"}}'
    ids = [f"p{i}" for i in range(n + 30) if i != 592][:n]  # whose people would be those of others
    sites = ", ".join(f"{{id: s{i}, enterprise: cholsan, place: {i}, {weight}}}" for i in ids)
    return [
        ("start: 2014-05-09, end: 2016-05-08", "start: 1990-05-09, end: 2017-05-08"),
        ("places: [", "places: [" + ", ".join(f"{{id: {i}}}" for i in ids) + ", "),
        ("enterprise: cholsan, place: chita}", f"enterprise: cholsan, place: chita, {weight}}}, {sites}"),
        ("enterprise: nakwon, place: chita}", f"enterprise: nakwon, place: chita, {weight}}}"),
        (", share: enterprise_split", ""), ("  enterprise_split:", "  # "),
        ("claims: [sessions-up], ramp", "claims: [sessions-up], places: [chita], ramp"),
    ]  # fmt: skip


def exactly(name: str, value: str, unit: str) -> tuple[str, str]:
    line = next(
        x for x in (find_case("chita-2015") / CASE).read_text("utf-8").split("\n") if x.startswith(f"  {name}:")
    )
    return line, f'  {name}: {{assumption: {{exactly: {value}, unit: {unit}, why: "many"}}}}'


POLICIES = ("policies:\n", "policies:\n" + "".join(f"  - {{id: q{i}, keep: [hand_over]}}\n" for i in range(90)))
TOO_MUCH = {
    "versions": ([(TITLE, "worlds: 100000000\n" + TITLE)], "versions: a smaller `worlds`"),
    "places": ([*cities(700), POLICIES], "fewer places, events and policies"),
    "people": (
        [exactly("posts", "200000", "people"), exactly("leave_rate", "100", "1/year"), ("end: 2016-05-08}", "end: 2041-05-08}"), POLICIES],
        "people: fewer posts, a shorter period, a lower leave_rate",
    ),
}  # fmt: skip


@pytest.mark.parametrize("edits, lower", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_no_machine_has_is_refused_before_it_runs(edits, lower: str, case: Path, monkeypatch, call) -> None:
    monkeypatch.setattr("obrok.worlds.cost.memory_here", lambda: 32e9)
    edit(case, CASE, *edits)
    (problem,) = [p for p in told(case) if "of memory" in p.what]
    assert re.search(r"would take about [\d,.]+ [GT]B of memory, and this machine has 32.0 GB", problem.what)
    assert lower in problem.mend and problem.file == "case/case.yaml"
    for command in ("check", "run", "explain"):
        code, out, _ = call(command, case)
        assert code == 1 and problem.what in out, command
    if "versions" not in lower:  # a trace lives one
        code, out, _ = call("trace", case)
        assert code == 1 and "of memory, and this machine has 32.0 GB" in out
    assert not (Path.cwd() / "out").exists(), "nothing was begun"


def test_what_would_take_years_is_refused(case: Path, monkeypatch) -> None:
    monkeypatch.setattr("obrok.worlds.cost.memory_here", lambda: float("inf"))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    edit(
        case,
        CASE,
        exactly("posts", "200000", "people"),
        ("end: 2016-05-08}", "end: 2041-05-08}"),
        (TITLE, "worlds: 100000000\n" + TITLE),
    )
    (problem,) = told(case)
    assert re.search(r"a run of 100,000,000 versions of this case would take about [\d,]+ (days|years)", problem.what)
    assert "fewer posts" in problem.mend and "fewer versions" in problem.mend


@pytest.mark.parametrize("name", ["chita-2015", "russia-2015", "blank", WIDE])
def test_shipped_cases_are_far_from_it(name) -> None:
    case = load(name)
    cost = cost_of(case, case.worlds, len(case.policies), {}, 16)
    assert sum(cost.memory.values()) < 16e9 and sum(cost.seconds.values()) < 3_600
    refuse_too_much(case, case.worlds)
    assert memory_here() > 1e8


def test_claims_that_all_speak_of_one_thing(case: Path) -> None:
    """Every pair of claims of different voices is held against the other: so many, and not more."""
    n = int((2 * MOST_COMPARED) ** 0.5) + 20
    rows = "".join(
        f"  - {{id: d{i}, title: T, publisher: P, language: en, published: {{edtf: 2015-06-01}}, origin: d{i}, licence: l, "
        f"sha256_file: {i:064x}, sha256_text: {i:064x}, characters: 9}}\n" for i in range(n)
    )  # fmt: skip
    (case / DOCUMENTS).write_text((case / DOCUMENTS).read_text("utf-8") + rows, "utf-8")
    anchor = f"{{start: 0, end: 9, sha256: {0:064x}, around: {0:064x}}}"
    claims = "".join(
        f"  - {{id: x{i}, document: d{i}, anchor: {anchor}, source: S1, paraphrase: P, informs: context, quantity: wage, value: 3, unit: USD/month}}\n"
        for i in range(n)
    )
    (case / CLAIMS).write_text((case / CLAIMS).read_text("utf-8") + claims, "utf-8")
    began = time.monotonic()
    loaded = load(case)
    assert time.monotonic() - began < 30
    (note,) = [p for p in loaded.notes if "not all were held against each other" in p.what]  # type: ignore[attr-defined]
    assert note.file == "case/claims.yaml"  # type: ignore[attr-defined]
    assert "and 150 more" in loaded.anchors.told() and len(loaded.anchors.told()) < 300


# -- figures that are none --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "figure",
    ["1e-400", "5e-324", "1e-300", "0.0000000000000000000001", "1e19", "-1e19", "9" * 400, "1e999", ".nan", "NaN"],
)
def test_figures_beyond_all_measure(figure: str, case: Path) -> None:
    edit(case, CLAIMS, ("value: [800, 1000]", f"value: [{figure}, 1e999]"))
    problems = told(case)
    assert problems and all(p.line == line_of(case, CLAIMS, figure) for p in problems) and len(str(problems[0])) < 700


def test_zero_is_a_figure(case: Path) -> None:
    for zero in ("0", "-0", "0.000", "0e9"):
        edit(case, CASE, exactly("wage_spread", zero, "share"))
        assert load(case).priors["wage_spread"].distribution.value == 0  # type: ignore[union-attr]
        shutil.copy(find_case("chita-2015") / CASE, case / CASE)


# -- what is not seen -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text, what, mended",
    [
        (r'"A \e]8;;http://example.org\e\\ b \x1b[2J"', "a control character, written as an escape", r'"A ]8;;http://example.org\\ b [2J"'),
        (r'"a\u009b31m"', "a control character", '"a31m"'), (r'"a\x7fb"', "a control character", '"ab"'),
        (r'"a\u202e008"', "turns the direction of the writing", '"a008"'), ("a \u202e008", "turns the direction", "a 008"),
        ("a \u2066b\u2069", "turns the direction", "a b"), (r'"a\0b\Nc"', "a control character", '"abc"'),
    ],
)  # fmt: skip
def test_what_is_not_seen_is_refused(text: str, what: str, mended: str, case: Path) -> None:
    edit(case, CASE, (TITLE, f"title: {text}"))
    (problem,) = told(case)
    assert what in problem.what and problem.line == 5 and problem.mended == f"title: {mended}"
    edit(case, CASE, (f"title: {text}", f"title: {mended}"))
    load(case)


def test_scripts_that_are_written_from_the_right_are_fine(case: Path) -> None:
    edit(case, CASE, (TITLE, 'title: "تقرير \\u2013 دو هفته\u200cای, \\\\x1b"'))
    assert load(case).title.endswith("ای, \\x1b")


HOSTILE = "crew \x1b]8;;http://example.org\x1b\\ \x9b31m \u202egnp.exe \x07\x7f\x1b[2J left in May for 40 dollars"


def test_nothing_that_is_printed_is_obeyed(case: Path, call, tmp_path: Path) -> None:
    (file := tmp_path / "e\x1b[31mvil.txt").write_text(HOSTILE, "utf-8")
    seen = []
    for command in (
        ["read", case, file, "--published", "2015-06-01", "--title", "T\x1b[2J\u202e", "--anchor", "40 dollars"],
        ["find", case, "dollars"], ["find", case, "dollars", "--json"], ["check", "no\x1b[31msuch"], ["run", case, "--fix", "a\x1b[31m"],
        ["explain", case, "--fix", "\x9b31m"], ["trace", case, "--person", "\x1b[2J"], ["check", case], ["\x1b[2J"],
    ):  # fmt: skip
        _, out, err = call(*command)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out + err), command
        seen.append(out)
    assert "e\\u001b[31mvil.txt: text" in seen[0] and "40 dollars" in seen[1]
    assert any("\x1b]8" in hit["shown"] for hit in json.loads(seen[2])["hits"]), "JSON stays what it was"


def test_shown() -> None:
    assert shown("a\x1b[1m\tb\nc é 평 \u202e") == "a\\u001b[1m\tb\nc é 평 \\u202e"
    assert (
        len(shown_in_place(HOSTILE)) == len(HOSTILE)
        and json.loads(f'"{shown("x" + chr(27) + chr(0x9B))}"') == "x\x1b\x9b"
    )
    assert shown("a\ud800b\udcff").encode() == b"a\\ud800b\\udcff", "a name that is no text"


# -- pages and tables -------------------------------------------------------------------------------------------------
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)></title></style><svg/onload=alert(1)>{{7*7}}${7*7}{%x%}]]>--><!--&lt;b&gt;"


class Page(HTMLParser):
    """What a browser would do: elements, and attributes that run or fetch something."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.runs: list[tuple[str, str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            fetches = name in ("src", "srcset", "href", "action", "data", "poster", "background")
            own = (value or "").startswith(("#", "data:image/svg+xml;base64,"))
            if name.startswith("on") or (fetches and not own):
                self.runs.append((tag, name, value))


def spoil(folder: Path) -> int:
    """Every free text of a case begins with what would run, if it could; how many there are."""
    count = 0
    for file in FILES:
        root = Reader().open(folder / file, file)
        assert root is not None
        lines = list(root.source.lines)
        nodes = [n for _, n in free_texts(root) if n.line == n.end_line and isinstance(n.value, str)]
        for n in sorted(nodes, key=lambda n: (n.line, n.start), reverse=True):
            line = lines[n.line - 1]
            lines[n.line - 1] = line[: n.start] + quoted(EVIL + n.text[:20]) + line[n.end :]
        count += len(nodes)
        (folder / file).write_text("\n".join(lines), "utf-8")
    return count


#: few versions: what they say is not looked at
QUICK = [
    ("answers.pilot", "ROUNDS", (40, 40)), ("answers.pilot", "FURTHER", 0),
    ("outward.stages", "RESAMPLE", 20), ("outward.stages", "LUCK_DRAWS", 5), ("outward.stages", "REPEATS", 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The results of a case whose every text is hostile, with words of its own that are formulas."""
    from obrok.outward.options import Options
    from obrok.outward.validate import validate
    from obrok.outward.word_charts import curves
    from obrok.outward.words_page import write_page

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBROK_ARCHIVE", str(tmp_path_factory.mktemp("none")))
        patch.delenv("OBROK_DOCUMENTS", raising=False)
        at = tmp_path_factory.mktemp("spoilt")
        folder = Path(shutil.copytree(WIDE, at / "case"))
        assert spoil(folder) > 40
        row = f"{{range: 0.3, factor: [0.8, 1.25], source: {quoted(EVIL)}}}"
        (folder / CASE).write_text(
            (folder / CASE).read_text("utf-8") + f'\nwords: {{figures: {{"=1+cmd()": {row}}}}}\n', "utf-8"
        )
        edit(
            folder,
            CLAIMS,
            ("value: 150\n    unit: people\n    hedge: about", 'value: 150\n    unit: people\n    hedge: "=1+cmd()"'),
        )
        for module, name, value in QUICK:
            patch.setattr(f"obrok.{module}.{name}", value)
        patch.setattr("obrok.outward.words_page.curves", lambda table, told: curves(table, told) if told.own else [])
        patch.setattr("obrok.outward.words_page.overview", lambda table, group: None)
        case = load(folder)
        validate(case, Options(64, 1), at / "out")
        write_page(case.words, at / "out", case.title)
        yield at / "out"


def test_no_text_of_a_case_becomes_part_of_a_page(spoilt: Path) -> None:
    pages = sorted(spoilt.glob("*.html"))
    assert len(pages) == 3
    for path in pages:
        text = path.read_text("utf-8")
        page = Page(text)
        assert not page.runs, path.name
        assert page.tags.count("script") == (path.name == "report.html") and not {
            "svg",
            "iframe",
            "object",
            "form",
            "base",
        } & {*page.tags}
        assert "&lt;script&gt;alert(1)" in text and "{{7*7}}" in text, "the text is shown as it is"
        assert "default-src 'none'" in text.split("</head>")[0]


def test_no_cell_is_a_formula(spoilt: Path) -> None:
    cells = [
        c
        for name in ("answers.csv", "validate.csv")
        for row in csv.reader(io.StringIO((spoilt / name).read_text("utf-8")))
        for c in row
    ]
    assert any("=1+cmd()" in c for c in cells)
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
            float(cell)  # a number below 0


def test_pages_of_the_dashboard_make_no_elements_of_texts() -> None:
    for path in (ROOT / "src" / "obrok" / "outward" / "serve" / "static").glob("*.js"):
        code = path.read_text("utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.html\(|srcdoc", code
        ), path.name


# -- documents --------------------------------------------------------------------------------------------------------
BODY = b"<p>" + b"The crew kept forty dollars a week and said nothing of it. " * 20 + b"</p>"
DOCUMENTS_THAT_MEAN_HARM = {
    "attributes.html": b"<html><body><p " + b" ".join(b"a%d=1" % i for i in range(300_000)) + b">Words</p>" + BODY,
    "include.html": b"<?xml version='1.0'?><html xmlns:xi='http://www.w3.org/2001/XInclude'><body>" + BODY + b"<xi:include href='file:///etc/passwd' parse='text'/></body></html>",
    "entities.html": b"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY % a SYSTEM 'http://example.org/a.dtd'>%a;<!ENTITY b '" + b"x" * 100_000 + b"'>]><html><body>" + BODY + b"&b;" * 20_000,
    "picture.svg": b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg><text>&x;</text></svg>",
    **{f"{c}.html": f'<html><head><meta charset="{c}"></head><body>'.encode() + BODY for c in ("punycode", "bz2", "zlib", "undefined", "utf-7", "unicode_escape")},
}  # fmt: skip


def test_documents_that_mean_harm_cost_their_own_reading_alone(tmp_path: Path) -> None:
    """The text that is there, or a refusal, in the seconds that a document has; nothing that they point to."""
    paths = []
    for name, data in DOCUMENTS_THAT_MEAN_HARM.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    began = time.monotonic()
    found = {path.name: read for path, read in read_files(paths, 2, replace(LIMITS, seconds=3))}
    assert time.monotonic() - began < 30 and list(found) == list(DOCUMENTS_THAT_MEAN_HARM)
    for name, read in found.items():
        if isinstance(read, Unreadable):
            assert name in ("attributes.html", "picture.svg") and read.what and read.mend
        else:
            text = read[0].text
            assert "forty dollars" in text and "root:" not in text and len(text) < 100_000, name
