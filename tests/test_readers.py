"""What is read back from a folder that somebody else had: any bytes are read, or refused in words; nothing falls over, hangs
or follows a link."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obrok.case.case import Case, load, new_case
from obrok.evidence.archive import told_of
from obrok.evidence.custody import alterations
from obrok.evidence.reading.types import KINDS
from obrok.evidence.withheld import holds, key_of, note
from obrok.outward import terminal
from obrok.outward.annotations import imported
from obrok.outward.editing import candidates
from obrok.outward.editing.intake import About, documents_of, take_in
from obrok.outward.explained import as_text
from obrok.outward.exports import tables
from obrok.outward.options import Options
from obrok.outward.results import results
from obrok.outward.sound import SHAPES, differences, refuse_unsound
from obrok.outward.study import can_go_on, finished, run_case
from obrok.problems import ProblemsFound
from obrok.worlds import store
from tests.malformed import DAMAGES, HTML, JSON_LD, misshapen
from tests.test_hostile import QUICK

OPTIONS = Options(48, 1)
#: as many as fit into some seconds; bench/malformed.py goes on for hours
FEW = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)  # fmt: skip
seeds = st.integers(0, 2**32 - 1).map(random.Random)


# -- results
@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Iterator[Path]:
    """A finished result, with the file of an unfinished one beside it; nothing in it can be run anew."""
    folder = tmp_path_factory.mktemp("made") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OBROK_DOCUMENTS", raising=False)
        patch.setenv("OBROK_ARCHIVE", str(folder / "none"))
        for module, name, value in QUICK:
            patch.setattr(f"obrok.{module}.{name}", value)
        run_case(load("chita-2015"), OPTIONS, folder)
        identity = json.loads((folder / "record.json").read_text("utf-8"))["identity"]
        store.write_json(folder / "unfinished.json", store.sealed({"identity": identity}))
        yield folder


@pytest.fixture(scope="module")
def case(made: Path) -> Case:
    return load("chita-2015")


def seal(folder: Path) -> None:
    """Makes the record one of the files that are there, as whoever means harm would."""
    made = store.read_json(folder / "record.json")
    if made is None or not isinstance(made.get("files"), dict):
        return
    made["files"] = {n: store.digest_of(folder / n) for n in made["files"] if (folder / n).is_file()}
    with suppress(ValueError):  # infinite figures, say
        store.write_json(folder / "record.json", store.sealed(made))


def uses(folder: Path, case: Case) -> dict[str, Callable[[], object]]:
    """What reads the files of a result folder. The commands ask first whether they are sound."""

    def told() -> None:
        refuse_unsound(folder, case)
        if done := finished(case, folder):
            terminal.tell_result(done)
            as_text(case, done.explained) if done.explained else None
            json.dumps(done.summary)
        can_go_on(case, OPTIONS, folder)

    return {"commands": told, "results": lambda: results(folder, days=False), "tables": lambda: tables(folder)}


def test_what_a_run_writes_is_sound(made: Path, case: Case) -> None:
    refuse_unsound(made, case)
    assert all((made / name).exists() for name in SHAPES)
    for use in uses(made, case).values():
        use()


@given(file=st.sampled_from(sorted(SHAPES)), r=seeds)
@FEW
def test_results_of_another_shape(file: str, r: random.Random, made: Path, case: Case, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("other")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    (folder / file).write_bytes(misshapen(r, (made / file).read_bytes()))
    if r.random() < 0.7:
        seal(folder)
    for name, use in uses(folder, case).items():
        try:
            use()
        except ProblemsFound as found:
            assert found.problems and all(len(str(p)) < 2_000 for p in found.problems), name
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "file, path, value, what",
    [
        ("answers.json", ("answers", 3, "prior", "p05"), "0", "answers[3].prior.p05 is not a number"),
        ("answers.json", ("answers", 0, "claims"), [1], "answers[0].claims[0] is not a text"),
        ("answers.json", ("worlds",), True, "worlds is not a whole number"),
        ("answers.json", ("answers", 2, "p50"), 1e999, "answers[2].p50 is not a number"),
        ("answers.json", ("leverage", 0, "answer"), "x", "leverage names an answer that is not there: `x`"),
        ("answers.json", ("answers", 0, "id"), "x", "the answer `left` under `as-reported` is missing"),
        ("record.json", ("identity", "fix"), {"posts": None}, "identity.fix.posts is not a number"),
        ("record.json", ("identity",), [], "identity is no group of keys"),
        ("explain.json", ("answers",), {}, "answers is no list"),
        ("unfinished.json", ("identity",), ..., "identity is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    file, path, value, what, made: Path, case: Case, tmp_path: Path, call
) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "out", ignore=shutil.ignore_patterns("worlds", "series")))
    whole = json.loads((folder / file).read_text("utf-8"))
    at = whole
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    (folder / file).write_text(json.dumps(whole), "utf-8")
    seal(folder)
    whole = json.loads((folder / file).read_text("utf-8"))
    with pytest.raises(ProblemsFound) as found:
        refuse_unsound(folder, case)
    first = found.value.problems[0]
    assert (first.file, first.what) == (f"out/{file}", what) and "take it away" in first.mend
    for command in ("run", "explain", "validate", "serve"):
        code, out, err = call(command, "chita-2015", "--out", folder)
        assert code in (1, 2) and (what in out or "another run" in err or command == "validate"), command
    assert json.loads((folder / file).read_text("utf-8")) == json.loads(json.dumps(whole)), "and nothing was changed"


def test_deep_is_refused_and_no_json_is_absent(made: Path, tmp_path: Path) -> None:
    for name, data in {"deep": b"[" * 100_000, "cut": b'{"a": ', "list": b"[]", "odd": b"\xff\xfe"}.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "answers.json").write_bytes(data)
        if name == "deep":
            with pytest.raises(ProblemsFound, match="nested deeper"):
                refuse_unsound(folder)
        else:
            refuse_unsound(folder)
        with pytest.raises(ProblemsFound):
            results(folder)
    assert not list(differences(1, float)) and list(differences(True, float)) and list(differences(10**400, float))


@pytest.mark.parametrize("name", ["answers.json", "report.html", "answers.csv"])
@pytest.mark.parametrize("make", ["pipe", "link", "no text"])
def test_only_what_lies_in_a_folder_is_given_away(make: str, name: str, made: Path, tmp_path: Path, call) -> None:
    """A link in somebody's results to a file of the user's would put that file into the copy."""
    folder = Path(shutil.copytree(made, tmp_path / "out", ignore=shutil.ignore_patterns("worlds", "series")))
    (secret := tmp_path / "secret").write_text("A key of mine.")
    (folder / name).unlink()
    if make == "no text":
        (folder / name).write_bytes(b"\xff\xfe\x00")
    else:
        os.mkfifo(folder / name) if make == "pipe" else (folder / name).symlink_to(secret)
    new_case(tmp_path / "mine")
    code, out, _ = call("publish", tmp_path / "mine", "--results", folder, "--out", tmp_path / "given")
    if make == "no text":
        assert code == 1 and "it cannot be read as text" in out
    else:
        assert code == 1 and f"out/{name}: this is a {make}" in out
    assert not (tmp_path / "given").exists()


@pytest.mark.parametrize("at", ["report.html.part", "answers.json", "worlds", "worlds/batch-00000.parquet", "parts"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(path.parent.parent / "mine.txt")])
def test_nothing_is_written_where_a_link_leads(make, at: str, made: Path, tmp_path: Path, call) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "out"))
    if (folder / at).is_dir():
        shutil.rmtree(folder / at)
    (folder / at).unlink(missing_ok=True)
    make(folder / at)
    for command in (["run"], ["run", "--force", "--worlds", "16"], ["explain"], ["serve"]):
        code, out, _ = call(command[0], "chita-2015", "--out", folder, *command[1:])
        assert code == 1 and f"out/{at}: this is a link, a pipe or a device" in out
    with pytest.raises(ProblemsFound):
        results(folder)
    assert not (tmp_path / "mine.txt").exists()


# -- the archive's own files, and candidates
@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A case with two documents taken in, candidates, and a list of published spans."""
    at = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBROK_ARCHIVE", str(at / "none"))
        patch.delenv("OBROK_DOCUMENTS", raising=False)
        folder = new_case(at / "case")
        (at / "letter.txt").write_text("Police found four builders in May. Pay is about 800 dollars a month.")
        (at / "page.html").write_bytes(HTML)
        done = take_in(folder, [at / "letter.txt", at / "page.html"], About(published="2016-01-05"))
        for t in done.taken:
            d = done.documents[t.document]
            candidates.add(folder, candidates.proposals(t.document, t.read.text, d.published, d.language))
        key_of(folder / "archive")
        rows = [{"code": "a" * 64, "sha256_file": d.sha256_file, "sha256_text": d.sha256_text, "start": 0, "end": 9} for d in done.documents.values()]  # fmt: skip
        note(folder / "archive", rows[:1])
        return folder


@pytest.fixture
def alone(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "none"))
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)


def damaged_line(r: random.Random, data: bytes) -> bytes:
    """JSON lines of which one is misshapen."""
    lines = data.splitlines()
    k = r.randrange(len(lines))
    lines[k] = misshapen(r, lines[k])
    return b"\n".join(lines)


@given(r=seeds)
@FEW
def test_published_spans_of_another_shape(r: random.Random, kept: Path, alone) -> None:
    path = kept / "archive" / "published.jsonl"
    before = path.read_bytes()
    assert holds("a" * 64, kept) is False
    path.write_bytes(damaged_line(r, before))
    try:
        assert holds("a" * 64, kept) in (None, False)
    finally:
        path.write_bytes(before)


@given(r=seeds)
@FEW
def test_custody_of_another_shape(r: random.Random, kept: Path) -> None:
    path = kept / "archive" / "custody.jsonl"
    before = path.read_bytes()
    assert not alterations(kept / "archive")
    path.write_bytes(damaged_line(r, before))
    try:
        assert all(isinstance(what, str) for what in alterations(kept / "archive"))
    finally:
        path.write_bytes(before)


@given(r=seeds)
@FEW
def test_maps_of_another_shape(r: random.Random, kept: Path, alone) -> None:
    path = next((kept / "archive" / "maps").iterdir())
    before = path.read_bytes()
    known = told_of(path.stem, kept)
    path.write_bytes(misshapen(r, before))
    try:
        told = told_of(path.stem, kept)
        assert known and (told is None or told["kind"] in KINDS)
        for p in told["pieces"] if told else ():
            assert [type(x) for x in p if not isinstance(x, str)] in (
                [int] * 4,
                [int] * 5,
                [int, int, type(None), int, int],
            )
    finally:
        path.write_bytes(before)


@given(r=seeds, damage=st.sampled_from(DAMAGES))
@FEW
def test_candidates_of_another_shape(r: random.Random, damage, kept: Path, alone, tmp_path_factory) -> None:
    before = (kept / candidates.FILE).read_bytes()
    folder = tmp_path_factory.mktemp("candidates") / "case"
    shutil.copytree(kept, folder, ignore=shutil.ignore_patterns("archive"))
    (folder / candidates.FILE).write_bytes(damage(r, before))
    claims = (folder / "claims.yaml").read_bytes()
    ids = ["letter-1", "page-1", "letter-2"]
    for go in (
        lambda: candidates.told(folder, ids, {}),
        lambda: candidates.accept(folder, ids[:1]),
        lambda: candidates.drop(folder, ids[1:2]),
    ):
        try:
            go()
        except ProblemsFound as found:
            assert all(p.what and p.mend for p in found.problems)
    documents_of(folder)
    if (folder / "claims.yaml").read_bytes() != claims:
        load(folder)  # what was accepted fits
    shutil.rmtree(folder.parent)


@given(r=seeds)
@FEW
def test_annotations_of_another_shape(r: random.Random, kept: Path, alone) -> None:
    case = load(kept)
    try:
        found = imported(case, misshapen(r, JSON_LD), "theirs.jsonld")
        assert all(b.proposal or b.why for b in found)
    except ProblemsFound as wrong:
        assert all(p.what and p.mend for p in wrong.problems)
