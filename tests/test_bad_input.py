"""Broken cases: every mistake is told with file, line, what is wrong and how to mend it, all at once, and the mended
line, put in place of the line named, lets the case pass."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obrok.case.case import FILES, Case, find_case, load
from obrok.case.parameters import ABSENT, PARAMETERS
from obrok.evidence.anchors import Anchor, normalised, sha256
from obrok.problems import MOST_PROBLEMS, Problem, ProblemsFound
from tests.mistakes import BAD, CASE, CLAIMS, DOCUMENTS, LAG, ODD, S1, Bad, Odd
from tests.mistakes_wide import BAD_WIDE, BLUE, WIDE


@pytest.fixture(autouse=True)
def no_texts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is on this machine unless a test puts it there."""
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path_factory.mktemp("none")))
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_of("chita-2015", tmp_path)


def copy_of(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(find_case(name), folder / "case"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")


def errors_of(folder: Path, **options: bool) -> list[Problem]:
    with pytest.raises(ProblemsFound) as found:
        load(folder, **options)
    return [p for p in found.value.problems if not p.warning]


def mend(folder: Path, problem: Problem) -> None:
    """Puts the mended text in place of the line, as a user would."""
    assert problem.mended is not None, f"no mended line: {problem}"
    path = folder / problem.file.split("/")[-1]
    lines = path.read_text("utf-8", "surrogateescape").split("\n")
    lines[problem.line - 1 : problem.line] = problem.mended.split("\n") if problem.mended else []
    path.write_text("\n".join(lines), "utf-8")


def mend_all(folder: Path, rounds: int = 12) -> Case:
    """Mends one problem after the other until the case passes."""
    for _ in range(rounds):
        try:
            return load(folder)
        except ProblemsFound as found:
            mend(folder, next(p for p in found.problems if not p.warning and p.mended is not None))
    return load(folder)


@pytest.mark.parametrize("bad", [*BAD, *BAD_WIDE], ids=lambda bad: bad.id)
def test_one_mistake(bad: Bad, tmp_path: Path) -> None:
    copy = copy_of(bad.case, tmp_path)
    edit(copy, bad.file, bad.old, bad.new)
    broken = (copy / bad.file).read_text("utf-8")
    at = bad.at or bad.new
    assert broken.count(at) == 1, f"{at!r} stands {broken.count(at)} times"
    line = broken[: broken.index(at)].count("\n") + 1
    (problem,) = errors_of(copy)
    assert bad.what in problem.what
    assert (problem.file, problem.line) == (f"case/{bad.file}", line)
    assert problem.mend and str(problem).startswith(f"case/{bad.file}:{line}: {problem.what}\n    {problem.mend}")
    assert (problem.mended is not None) == bad.mends
    if bad.mends:
        mend(copy, problem)
        assert load(copy).id == Path(bad.case).name


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in ABSENT])
def test_every_parameter_has_an_entry_to_propose(name: str, copy: Path) -> None:
    """Without its entry a parameter is told of, and the entry that is proposed passes."""
    text = (copy / CASE).read_text("utf-8")
    (copy / CASE).write_text(re.sub(rf"^  {name}: .*\n", "", text, flags=re.MULTILINE), "utf-8")
    (problem,) = errors_of(copy)
    assert problem.what == f"the parameter `{name}` ({PARAMETERS[name].meaning}) has no entry"
    mend(copy, problem)
    assert name in load(copy).priors


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.id)
def test_odd_file(odd: Odd, copy: Path) -> None:
    path = copy / odd.file
    data = path.read_bytes()
    assert not odd.old or data.count(odd.old) == 1
    broken = data.replace(odd.old, odd.new) if odd.old else odd.new
    path.write_bytes(broken)
    line = broken[: broken.index(odd.at or odd.new)].count(b"\n") + 1 if odd.line is None else odd.line
    began = time.monotonic()
    errors = errors_of(copy)
    assert time.monotonic() - began < 60  # it does not hang
    assert {p.file for p in errors} == {f"case/{odd.file}"}, "the other files are not blamed"
    assert any(p.line == line and odd.what in p.what for p in errors), errors
    if odd.mends:
        assert len(errors) == 1
        mend(copy, errors[0])
        assert load(copy).id == "chita-2015"


@pytest.mark.parametrize(
    ("kind", "what"), [("missing", "is missing"), ("folder", "a folder"), ("link", "a link"), ("pipe", "a pipe")]
)
@pytest.mark.parametrize("file", FILES)
def test_no_file(kind: str, what: str, file: str, copy: Path) -> None:
    path = copy / file
    aside = path.rename(copy / "aside.yaml")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(aside)
    elif kind == "pipe":
        os.mkfifo(path)
    (problem,) = errors_of(copy)
    assert what in problem.what and (problem.file, problem.line, problem.mended) == (f"case/{file}", 0, None)
    assert str(problem).startswith(f"case/{file}: ")


def test_no_such_case() -> None:
    with pytest.raises(ProblemsFound, match="did you mean `chita-2015`"):
        load("chita-2014")


def test_alias_is_written_out(copy: Path) -> None:
    edit(copy, CASE, "{id: without-visit, without: visit}", "{id: without-visit, without: *v}")
    edit(copy, CASE, "{id: visit, date", "{id: &v visit, date")
    assert ["&v" in p.what or "*v" in p.what for p in errors_of(copy)] == [True, True]
    assert mend_all(copy).policies[1].without == {"visit"}


# -- several mistakes are told together -------------------------------------------------------------------------------
def test_two_mistakes_on_one_line(copy: Path) -> None:
    edit(copy, CASE, LAG, LAG.replace("median: 90", "median: ninety").replace("unit: days", "unit: moons"))
    assert [p.what.split(",")[0] for p in errors_of(copy)] == [
        "a number is needed here",
        "`moons` is not a unit of `refill_lag`",
    ]
    mend_all(copy)


def test_five_mistakes_in_three_files(copy: Path) -> None:
    edit(copy, CASE, "  recovery: {", "  recovry: {")
    edit(copy, CASE, "{id: visit, date: 2015-05-09", "{id: visit, date: 2015-05-39")
    edit(copy, CLAIMS, "hedge: a growing number", "hedge: a grown number")
    edit(copy, CLAIMS, "    source: S2\n    paraphrase: Someone", "    source: S4\n    paraphrase: Someone")
    edit(copy, DOCUMENTS, "characters: 3194", "characters: many")
    errors = errors_of(copy)
    assert [p.file for p in errors] == ["case/case.yaml"] * 2 + ["case/claims.yaml"] * 2 + ["case/documents.yaml"]
    assert [p.line for p in errors] == sorted([p.line for p in errors[:2]]) + sorted([p.line for p in errors[2:4]]) + [
        19
    ]
    assert all(p.mended for p in errors) and all(str(p) in str(ProblemsFound(errors)) for p in errors)
    mend_all(copy)


def test_a_broken_file_does_not_hide_the_others(copy: Path) -> None:
    edit(copy, CASE, "end: 2016-05-08}", "end: 2016-05-08")
    edit(copy, CLAIMS, "hedge: a growing number", "hedge: a grown number")
    edit(copy, DOCUMENTS, "format: 1", "format: 2")
    assert [p.file for p in errors_of(copy)] == ["case/case.yaml", "case/claims.yaml", "case/documents.yaml"]
    mend_all(copy)


def test_an_event_that_goes_leaves_its_policy(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8")
    (copy / CASE).write_text(re.sub(r"events:\n(  .*\n)+", "events: []\n", text), "utf-8")
    (problem,) = errors_of(copy)
    assert "there is no event `visit`" in problem.what
    mend_all(copy)


def test_an_empty_list_of_policies(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8")
    text = re.sub(r"compare: .*", "", re.sub(r"policies:\n(  .*\n)+", "policies: []\n", text))
    (copy / CASE).write_text(text, "utf-8")
    (problem,) = errors_of(copy)
    assert "one policy, and only one, is what was reported" in problem.what
    assert mend_all(copy).factual.id == "as-reported"


def test_another_city_without_weights(copy: Path) -> None:
    """Sites in two cities: each site lacks its weight, and the share of the first enterprise says nothing any more."""
    edit(copy, CASE, "enterprise: nakwon, place: chita", "enterprise: nakwon, place: omsk")
    edit(copy, CASE, "[{id: russia}, ", "[{id: russia}, {id: omsk, within: russia}, ")
    errors = errors_of(copy)
    assert [p.what for p in errors] == [
        "the weights of the sites say how many posts an enterprise has",
        *(f"sites in chita, omsk: each site needs its weight, and `{s}-chita` has none" for s in ("cholsan", "nakwon")),
    ]
    case = mend_all(copy)
    assert [c.place for c in case.cities] == ["chita", "omsk"] and "nakwon-chita.weight" in case.priors


def test_a_third_enterprise_in_one_city(copy: Path) -> None:
    edit(
        copy, CASE, "{id: nakwon, claims: [two-enterprises]}]", "{id: nakwon, claims: [two-enterprises]}, {id: third}]"
    )
    case = mend_all(copy)
    assert [s.enterprise for s in case.sites] == ["third", "cholsan", "nakwon"]
    assert all(s.weight in case.priors for s in case.sites)


def test_weights_in_one_city_of_two_enterprises(copy: Path) -> None:
    edit(
        copy,
        CASE,
        "{id: nakwon-chita, ",
        '{id: nakwon-chita, weight: {assumption: {exactly: 1, unit: "1", why: "as many"}}, ',
    )
    (problem,) = errors_of(copy)
    assert problem.what == "a weight, and there is one city with one or two enterprises"
    assert mend_all(copy).sites[1].weight is None


def test_a_fee_or_a_quota(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8")
    (copy / CASE).write_text(re.sub(r"^  fee: .*\n", "", text, flags=re.MULTILINE), "utf-8")
    (problem,) = errors_of(copy)
    assert problem.what.endswith("has no entry, and neither has `quota`") and "give one of them" in problem.mend
    quota = '  quota: {assumption: {exactly: 300, unit: USD/month, why: "a sum"}}\n  recovery: {'
    edit(copy, CASE, "  recovery: {", quota)
    (problem,) = errors_of(copy)
    assert problem.what == "`deductions` is drawn relative to `fee`, which has no entry and is 0"
    case = mend_all(copy)
    assert "fee" not in case.priors and case.priors["quota"].parameter.unit == "USD/month"


def test_cities_that_would_have_the_same_people(tmp_path: Path) -> None:
    """Two ids with the same last 20 bits of the first word of their digests: one edit cannot say which to rename."""
    copy, seen = copy_of(WIDE, tmp_path), dict[int, str]()
    for i in range(100_000):
        other = seen.setdefault(int(sha256(f"c{i}")[3:8], 16), f"c{i}")
        if other != f"c{i}":
            break
    text = (copy / CASE).read_text("utf-8").replace("sawmill", f"c{i}").replace("harbour", other)
    (copy / CASE).write_text(text, "utf-8")
    path = copy / CLAIMS
    path.write_text(path.read_text("utf-8").replace("harbour", other).replace("sawmill", f"c{i}"), "utf-8")
    (problem,) = errors_of(copy)
    assert problem.what == f"the ids `{other}` and `c{i}` would give both cities the same people"
    assert "another id" in problem.mend and problem.mended is None


def test_a_what_if_that_finds_more_than_is_reported_is_noted(tmp_path: Path) -> None:
    copy = copy_of(WIDE, tmp_path)
    (note,) = load(copy).notes
    assert note.warning and "the what-if `sharper-police` takes police effort to 5: beyond 2.5" in note.what
    assert "what finds most people is not what policies are for" in note.mend
    edit(copy, CASE, "exactly: 5, unit", "exactly: 2, unit")
    assert not load(copy).notes
    edit(
        copy,
        CASE,
        "changes: {help: help_after}",
        'changes: {watch: {assumption: {exactly: 0.99, unit: share, why: "fences"}}}',
    )
    (note,) = load(copy).notes
    assert "takes watching at rest to 0.99" in note.what


def test_several_mistakes_in_a_wide_case(tmp_path: Path) -> None:
    copy = copy_of(WIDE, tmp_path)
    edit(copy, CASE, BLUE, BLUE[: BLUE.index("{assumption")] + "1}")
    edit(copy, CASE, "dispatch: closed", "dispatch: shut")
    edit(copy, CASE, "places: [coast]", "places: [lake]")
    edit(copy, CASE, "[spring-rise, summer-stop]", "[spring-rise, sumer-stop]")
    edit(copy, CLAIMS, "2019-05-31, place: harbour}", "2019-05-31, place: lake}")
    errors = errors_of(copy)
    assert len(errors) == 5 and [p.file for p in errors] == ["case/case.yaml"] * 4 + ["case/claims.yaml"]
    assert mend_all(copy).id == "wide"


def test_published_outside_the_period(copy: Path) -> None:
    edit(copy, DOCUMENTS, "edtf: 2015-06-01/2015-07-31", "edtf: 2016-06-01/2016-07-31")
    errors = errors_of(copy)
    assert len(errors) == 3 and all(
        "`published` of dnk-chita (2016-06-01 to 2016-07-31) leaves" in p.what for p in errors
    )
    mend_all(copy)


def test_too_many_problems_end_the_list(copy: Path) -> None:
    (copy / CLAIMS).write_text("format: 1\nsources: []\nclaims:\n" + "  - 1\n" * 5000, "utf-8")
    errors = errors_of(copy)
    assert len(errors) == MOST_PROBLEMS + 1 and "no more are listed" in errors[-1].what


# -- what is no mistake -----------------------------------------------------------------------------------------------
def test_no_and_numbers_are_ids(copy: Path) -> None:
    edit(
        copy,
        CASE,
        "[{id: russia}, {id: chita, within: russia,",
        "[{id: no}, {id: 2015, within: no}, {id: russia}, {id: chita, within: russia,",
    )
    edit(copy, CASE, "title: North Korean building workers in Chita, 2015", "title: 2015")
    case = load(copy)
    assert list(case.places)[:2] == ["no", "2015"] and case.places["2015"].within == "no" and case.title == "2015"


def test_windows_line_ends_and_byte_order_mark(copy: Path) -> None:
    for file in FILES:
        (copy / file).write_bytes(b"\xef\xbb\xbf" + (copy / file).read_bytes().replace(b"\n", b"\r\n"))
    assert len(load(copy).priors) == 59


def test_dates_in_a_text_are_no_phone_number(copy: Path) -> None:
    edit(
        copy,
        CLAIMS,
        "paraphrase: Grievances among",
        "paraphrase: In 2014-05-09 - 2015-06-30 and 2014 2015 2016 grievances among",
    )
    load(copy)


def test_an_unused_input_is_only_noted(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8").replace("claim: pay, fallback", "assumption")
    (copy / CASE).write_text(text, "utf-8")
    (note,) = load(copy).notes
    assert "no parameter rests on the input claim `pay`" in str(note) and "note: " in str(note)


# -- anchors ----------------------------------------------------------------------------------------------------------
TEXT = "A small text of our own.\n\nPay is  800 dollars.\nIt was 800 dollars before, too.\n"
NORMAL = normalised(TEXT)


@pytest.fixture
def with_text(tmp_path: Path) -> Path:
    """The blank case with a document of its own, its text in the archive, and a claim on it."""
    folder = copy_of("blank", tmp_path)
    (folder / "archive").mkdir()
    (folder / "archive" / "own.txt").write_text(TEXT, "utf-8")
    edit(folder, DOCUMENTS, "documents: []", "\n".join([
        "documents:",
        "  - id: own",
        "    title: Our own",
        "    publisher: us",
        "    language: en",
        "    published: {edtf: 2024-06-01, basis: stated}",
        "    origin: own",
        "    licence: ours",
        f"    sha256_file: {sha256(TEXT)}",
        f"    sha256_text: {sha256(NORMAL)}",
        f"    characters: {len(NORMAL)}",
    ]))  # fmt: skip
    edit(folder, CLAIMS, "sources: []", "sources:\n  - " + S1)
    anchor = Anchor.find(NORMAL, "Pay is 800 dollars")[0].as_yaml()
    claim = f"claims:\n  - id: pay\n    document: own\n    anchor: {anchor}\n    source: S1\n    paraphrase: Eight hundred.\n"
    edit(folder, CLAIMS, "claims: []", claim + "    informs: context\n")
    return folder


def test_anchor_that_holds(with_text: Path) -> None:
    assert load(with_text, documents_required=True).anchors.checked == 1


@pytest.mark.parametrize(
    ("old", "new", "mend_says"),
    [
        ("start: 25, end: 43", "start: 26, end: 44", "the words stand at 25 to 43"),
        ("start: 25, end: 43", "start: 2500, end: 2518", "the words stand at 25 to 43"),
        ("start: 25, end: 43", "start: 25, end: 42", "if the place is right, its digests are"),
        ("start: 25, end: 43", "start: 25, end: 4300", "if the place is right, its digests are"),
    ],
)  # fmt: skip
def test_anchor_that_does_not_match(old: str, new: str, mend_says: str, with_text: Path) -> None:
    edit(with_text, CLAIMS, old, new)
    (problem,) = errors_of(with_text)
    assert problem.what == "the anchor of `pay` does not match the text of `own`"
    assert mend_says in problem.mend
    assert "anchor: {" in (with_text / CLAIMS).read_text("utf-8").split("\n")[problem.line - 1]
    mend(with_text, problem)
    assert load(with_text).anchors.checked == 1


def test_text_that_is_absent_is_not_checked(with_text: Path) -> None:
    edit(with_text, CLAIMS, "start: 25, end: 43", "start: 26, end: 44")
    shutil.rmtree(with_text / "archive")
    anchors = load(with_text).anchors
    assert (anchors.checked, anchors.not_checked, anchors.absent) == (0, 1, ("own",))
    (problem,) = errors_of(with_text, documents_required=True)
    assert problem.what == "the document `own` is not on this machine" and "obrok read" in problem.mend


def test_text_with_another_digest_or_length(with_text: Path) -> None:
    edit(with_text, DOCUMENTS, sha256(NORMAL), "0" * 64)
    edit(with_text, DOCUMENTS, f"characters: {len(NORMAL)}", "characters: 7")
    assert [p.what for p in errors_of(with_text)] == [
        f"`{k}` does not match the text of `own`" for k in ("sha256_text", "characters")
    ]
    assert mend_all(with_text).anchors.checked == 1


# -- anything at all --------------------------------------------------------------------------------------------------
SCRAPS = st.sampled_from(
    ["", " ", "{", "}", "[", "]", ":", "- ", "\t", '"', "#", "&a ", "*a", "!!x ", "null", "true", "-1", "1e999", ".nan",
     "2015-13-01", "published", "{}", "[]", "pay", "\x00", "\u2028", "é", "x" * 3000, "a: b: c", "---", "0", "[1, 2, 3]"]
)  # fmt: skip


@given(
    file=st.sampled_from(FILES),
    edits=st.lists(
        st.tuples(st.sampled_from(["line", "token", "double", "swap"]), st.integers(0, 10**6), SCRAPS),
        min_size=1,
        max_size=3,
    ),
    base=st.sampled_from(["chita-2015", "blank", WIDE]),
)
@settings(
    max_examples=60, deadline=5_000, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_edits_raise_nothing_but_problems(
    tmp_path_factory: pytest.TempPathFactory, file: str, edits: list, base: str
) -> None:
    folder = copy_of(base, tmp_path_factory.mktemp("edits"))
    text = (folder / file).read_text("utf-8")
    for kind, at, scrap in edits:
        lines = text.split("\n")
        n = at % len(lines)
        if kind == "line":
            lines[n] = scrap
        elif kind == "double":
            lines.insert(n, lines[n])
        elif kind == "swap":
            lines[n], lines[-1 - n] = lines[-1 - n], lines[n]
        if kind == "token":
            tokens = re.split(r"([\s,:{}\[\]]+)", text)
            tokens[at % len(tokens)] = scrap
            text = "".join(tokens)
        else:
            text = "\n".join(lines)
    (folder / file).write_text(text, "utf-8")
    try:
        load(folder)
    except ProblemsFound as found:
        assert found.problems and all(p.what and p.mend and p.line >= 0 for p in found.problems)
