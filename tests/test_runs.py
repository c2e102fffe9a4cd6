"""The catalogue of runs: what lies on disk is the truth, whatever lies there; nothing removed is taken for a result, nothing
of others' is removed; two runs are called different for chance alone as rarely as is said."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import obrok
from obrok.outward.runs import catalogue
from obrok.outward.runs import changes as run_changes
from obrok.outward.runs import record as run_record
from obrok.outward.runs import run as run_folder
from obrok.outward.runs.catalogue import find_run, runs, short_ids
from obrok.outward.runs.changes import remove, tag
from obrok.outward.runs.record import plain
from obrok.outward.runs.run import (
    BROKEN,
    DAMAGED,
    FINISHED,
    HALF,
    OTHER,
    RUNNING,
    changed_files,
    is_ours,
    read_run,
)  # fmt: skip
from obrok.problems import ProblemsFound
from obrok.worlds import record, store
from obrok.worlds.place_words import Full
from obrok.worlds.places import place


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own; the kernels' stays where it was."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "obrok" / "runs"


@pytest.fixture(scope="session")
def first_run(tmp_path_factory):
    """A finished run, not weighed, which takes seconds."""
    return obrok.load("chita-2015").run(worlds=60, seed=3, weigh=False, out=tmp_path_factory.mktemp("run") / "chita")


@pytest.fixture(scope="session")
def second_run(tmp_path_factory):
    """Another: two policies less, a value fixed, fewer versions."""
    given = dict(weigh=False, policies=("without-visit",), fix={"join_chance": 0.0})
    return obrok.load("chita-2015").run(worlds=50, seed=4, out=tmp_path_factory.mktemp("run") / "chita", **given)


@pytest.fixture
def root(tmp_path, first_run, second_run):
    out = tmp_path / "results"
    shutil.copytree(first_run.folder, out / "first")
    shutil.copytree(second_run.folder, out / "deep" / "second")
    return out


def slim(folder: Path) -> None:
    """Leaves the record as it is, and of every other file a few bytes, as its record then says."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "record.json":
            path.write_bytes(path.read_bytes()[:9])
    sealed(folder)


def write(path: Path, made: dict) -> None:
    """A record, sealed as `store` seals it."""
    made = {k: v for k, v in made.items() if k != "sha256"}
    text = json.dumps(made | {"sha256": store.sealed(made)["sha256"]}, indent=1, ensure_ascii=False) + "\n"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def sealed(folder: Path, **more) -> dict:
    """Gives a run's record its list of files and its own digest, as a record of now has them."""
    made = json.loads((folder / "record.json").read_text("utf-8"))
    names = [p for p in folder.rglob("*") if p.is_file() and p.name not in ("record.json", "tags.json")]
    made |= {"files": {p.relative_to(folder).as_posix(): _sha256(p) for p in sorted(names)}} | more
    write(folder / "record.json", made)
    return made


def _sha256(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def states(root) -> dict[str, str]:
    return {r.folder: r.state for r in runs(root)}


# -- the list
def test_what_is_told_of_a_run(root, first_run):
    second, first = runs(root)
    assert (first.folder, first.kind, first.state, first.why) == ("first", "run", FINISHED, "")
    assert (first.case, first.seed, first.versions, first.weighed) == ("chita-2015", 3, 60, False)
    assert first.effective_sample_size == first_run.summary["effective_sample_size"]
    assert first.id == record.sha256_of(first_run.record["identity"]) and len(first.policies) == 4
    assert second.folder == "deep/second" and second.fixed == {"join_chance": 0.0} and first.fixed == {}
    assert runs(place(root / "first"))[0].folder == "" and runs(root / "nowhere") == []
    table = obrok.runs(root)
    assert list(table["folder"]) == ["deep/second", "first"] and list(table["versions"]) == [50, 60]
    assert obrok.runs(root / "nowhere").empty and "effective_sample_size" in obrok.runs(root / "nowhere")


def test_the_list_on_a_terminal(root, call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = call("runs", root)
    assert code == 0 and "2 shown." in out and max(map(len, out.splitlines())) <= 80
    short = short_ids(runs(root))
    assert all(id in out for id in short.values()) and "fixed join_chance=0" in out and "not weighed" in out
    assert "only as-reported, without-visit" in " ".join(out.split()) and "worth" in out
    assert call("runs", "list", root)[1] == out
    code, out, _ = call("runs", root, "--json")
    told = json.loads(out)
    assert [r["folder"] for r in told] == ["deep/second", "first"] and told[1]["seed"] == 3
    assert "1 shown, 1 left out" not in call("runs", root, "--case", "chita-2015")[1]
    code, out, _ = call("runs", root, "--case", "russia-2015")
    assert code == 0 and out == "0 shown, 2 left out.\n"
    tag(*find_run("first", root), ["paper"])
    assert [r["folder"] for r in json.loads(call("runs", root, "--tag", "paper", "--json")[1])] == ["first"]
    assert json.loads(call("runs", root, "--state", "damaged", "--json")[1]) == []
    code, out, _ = call("runs", root, "--state", "rotten")
    assert code == 1 and "there are: finished, running" in out
    code, out, _ = call("runs", root / "nowhere")
    assert code == 1 and "there is no such folder" in out
    assert call("runs")[1] == "no run in out: obrok run makes one.\n"
    assert "compare" in call("runs", "--help")[1]


def sweep_of(identity: dict, points: int) -> dict:
    """The identity of a sweep, as `obrok sweep` writes it."""
    both = {k: identity[k] for k in ("obrok", "code_sha256", "worlds", "policies", "weigh")}
    rows = [{"case": "0" * 64, "seed": 1, "fix": {"wage": float(k)}} for k in range(points)]
    return {"kind": "sweep", **both, "cases": {"0" * 64: "chita-2015"}, "axes": ["wage"], "points": rows}


def test_a_sweep_is_one_row_from_its_first_batch_to_its_record(root, first_run, call):
    grid, parts = root / "grid", root / "grid" / "parts" / "0123456789abcdef"
    identity = sweep_of(first_run.record["identity"], 3)
    (parts / "000001").mkdir(parents=True)
    (parts / "sweep.json").write_text("{}")  # what its workers read
    (parts / "000001" / f"answering-00000.{'0' * 64}.json").write_text("{}")
    (parts / "000002").mkdir()
    (parts / "000002" / "imagining-00000.failed.json").write_text("{}")
    write(grid / "unfinished.json", {"identity": identity})
    found = {r.folder: r for r in runs(root)}
    assert set(found) == {"deep/second", "first", "grid"}
    run = found["grid"]
    assert (run.kind, run.case, run.state, run.points, run.varied) == ("sweep", "chita-2015", BROKEN, 3, ("wage",))
    assert run.why == "1 of 3 points answered, 1 batch failed; the same command goes on"
    shutil.rmtree(parts)
    (grid / "unfinished.json").unlink()
    (grid / "cases" / "chita-2015-00000000").mkdir(parents=True)
    for name in ("answers.parquet", "answers.csv", "points.csv", "sweep.html", "cases/chita-2015-00000000/case.yaml"):
        (grid / name).write_text("x")
    write(grid / "record.json", {"format": 1, "identity": identity})
    sealed(grid)
    code, out, _ = call("runs", "show", "grid", "--root", root)
    assert code == 0 and "3 points over wage" in " ".join(out.split())
    assert call("runs", root, "--check")[0] == 0
    code, out, _ = call("runs", "compare", "grid", "first", "--root", root)
    assert code == 1 and "it is a sweep" in out
    (grid / "points.csv").write_text("y")
    assert call("runs", root, "--check")[0] == 1
    (grid / "points.csv").unlink()
    assert {r.folder: r for r in runs(root)}["grid"].why == "points.csv is missing"
    assert call("runs", "remove", "grid", "--root", root, "--yes")[0] == 0 and not grid.exists()


# -- the truth is on disk
def test_a_second_look_reads_nothing_again_and_a_change_is_seen(root, monkeypatch, cache):
    asked = []
    monkeypatch.setattr(catalogue, "read_run", lambda p, f, n: (asked.append(f), read_run(p, f, n))[1])
    before = runs(root)
    assert sorted(asked) == ["deep/second", "first"] and runs(root) == before and len(asked) == 2
    assert [oct(p.stat().st_mode & 0o777) for p in (cache, *cache.iterdir())] == ["0o700", "0o600"]
    tag(*find_run("first", root), ["paper"])
    assert [r.tags for r in runs(root)] == [(), ("paper",)] and asked[2:] == ["first"]
    (root / "first" / "answers.json").unlink()
    assert states(root)["first"] == DAMAGED and asked[3:] == ["first"]
    shutil.rmtree(root / "first")
    assert list(states(root)) == ["deep/second"] and len(asked) == 4
    (root / "deep").rename(root / "third")
    assert list(states(root)) == ["third/second"]


@pytest.mark.parametrize("harm", ["gone", "garbage", "empty", "folder", "older", "closed", "not ours"])
def test_the_catalogue_can_be_lost(root, cache, harm, monkeypatch):
    import duckdb

    before = runs(root)
    (file,) = cache.iterdir()
    if harm == "gone":
        shutil.rmtree(cache)
    elif harm in ("garbage", "empty"):
        file.write_bytes(b"no database" * 5000 * (harm == "garbage"))
    elif harm == "folder":
        file.unlink()
        file.mkdir()
        monkeypatch.setattr(catalogue, "WAIT", 0.001)
    elif harm == "older":
        with duckdb.connect(str(file)) as db:
            db.execute("UPDATE made SET code = 'x'")
            db.execute("UPDATE runs SET state = 'rotten'")
    elif harm == "not ours":
        with duckdb.connect(str(file)) as db:
            db.execute("DROP TABLE runs")
            db.execute("CREATE TABLE runs AS SELECT 1 AS folder")
    else:
        shutil.rmtree(cache)
        cache.write_text("a file where the folder should be")
    assert runs(root) == before and runs(root) == before


def _list(root: str, cache: str, times: int, results) -> None:
    os.environ["XDG_CACHE_HOME"] = cache
    from obrok.outward.runs.catalogue import runs

    results.put([[r.folder for r in runs(root)] for _ in range(times)])


def test_processes_at_once_agree(root, tmp_path, monkeypatch):
    import duckdb

    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    listers = [spawn.Process(target=_list, args=(str(root), str(tmp_path / "cache"), 10, results)) for _ in range(2)]
    for p in listers:
        p.start()
    told = [results.get(timeout=100) for _ in listers]
    for p in listers:
        p.join()
    assert all(one == ["deep/second", "first"] for each in told for one in each)
    with duckdb.connect(str(next((tmp_path / "cache" / "obrok" / "runs").iterdir()))):  # held for long by another
        busy = spawn.Process(target=_list, args=(str(root), str(tmp_path / "cache"), 1, results))
        busy.start()
        assert results.get(timeout=100) == [["deep/second", "first"]]
        busy.join()


# -- damage
def test_a_file_that_is_missing_or_changed_is_told(root, call):
    first = root / "first"
    sealed(first)
    assert states(root)["first"] == FINISHED
    assert changed_files(*find_run("first", root)) == ""
    table = first / "worlds" / "batch-00000.parquet"
    data = table.read_bytes()
    table.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert states(root)["first"] == FINISHED  # of the same length: seen where every byte is read
    code, out, _ = call("runs", root, "--check")
    assert code == 1 and "worlds/batch-00000.parquet is not as" in " ".join(out.split())
    code, out, _ = call("runs", "show", "first", "--root", root)
    assert code == 1 and "damaged" in out
    table.unlink()
    (run,) = (r for r in runs(root) if r.folder == "first")
    assert (run.state, run.why) == (DAMAGED, "worlds/batch-00000.parquet is missing")
    sealed(first)
    text = (first / "record.json").read_text("utf-8")
    assert states(root)["first"] == FINISHED
    (first / "record.json").write_text(text.replace('"seed": 3', '"seed": 9'), "utf-8")
    (run,) = (r for r in runs(root) if r.folder == "first")
    assert (run.state, run.why) == (DAMAGED, "record.json was changed after it was written")
    (first / "record.json").write_text(text + " ", "utf-8")
    assert states(root)["first"] == DAMAGED
    assert call("runs", root / "deep", "--check")[0] == 0


def test_a_record_without_a_list_of_files_is_held_against_its_answers(root):
    first = root / "first"
    made = json.loads((first / "record.json").read_text("utf-8"))
    for name in ("files", "sha256"):
        made.pop(name, None)
    (first / "record.json").write_text(json.dumps(made), "utf-8")
    assert states(root)["first"] == FINISHED and changed_files(*find_run("first", root)) == ""
    told = json.loads((first / "answers.json").read_text("utf-8"))
    told["answers"][0]["p50"] = 1.5
    (first / "answers.json").write_text(json.dumps(told), "utf-8")
    assert changed_files(*find_run("first", root)) == "answers.json is not as written"
    (first / "report.html").unlink()
    assert states(root)["first"] == DAMAGED


def test_another_version_is_told(root):
    made = sealed(root / "first")
    made["identity"]["code_sha256"] = "0" * 64
    sealed(root / "first", identity=made["identity"])
    (run,) = (r for r in runs(root) if r.folder == "first")
    assert run.state == OTHER and "would compute it anew" in run.why and run.has_answers
    del made["identity"]["series"]
    sealed(root / "first", identity=made["identity"])
    (run,) = (r for r in runs(root) if r.folder == "first")
    assert run.state == OTHER and run.why == "this version of obrok cannot read its record.json: `series` is missing"
    assert not run.has_answers


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["\x1b[2J\x9b31m\u202e", "a\0b", "x" * 300]),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=9), x, max_size=3),
    max_leaves=6,
)
KEYS = [
    *run_record.RUN,
    *run_record.SWEEP,
    "kind",
    "words",
    "anchors",
    "identity",
    "weighing",
    "worlds",
    "environment",
    "files",
    "sha256",
    "z",
]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_record_is_too_hostile_to_be_told(data, tmp_path_factory, first_run):
    """Any bytes, any JSON, any key of a sound record replaced or missing: a state and words, nothing that steers a terminal."""
    good = json.loads((first_run.folder / "record.json").read_text("utf-8"))
    kind = data.draw(st.sampled_from(["bytes", "json", "key", "lost", "sweep"]))
    if kind == "bytes":
        written = data.draw(st.binary(max_size=60))
    elif kind == "json":
        written = json.dumps(data.draw(JSON)).encode()
    elif kind == "sweep":
        good["identity"] = sweep_of(good["identity"], 2)
        good["identity"][data.draw(st.sampled_from(sorted(good["identity"])))] = data.draw(JSON)
        written = json.dumps(good).encode()
    else:
        key = data.draw(st.sampled_from(KEYS))
        where = good["identity"] if key in good["identity"] and key != "worlds" else good
        where[key] = data.draw(JSON)
        if kind == "lost":
            del where[key]
        written = json.dumps(good).encode()
    name = data.draw(st.sampled_from(["record.json", "unfinished.json", "removing.json", "tags.json"]))
    MemoryFileSystem.store.clear()
    here = place("memory://hostile")
    good.pop("files", None), good.pop("sha256", None)
    for file in ("answers.json", "report.html", "worlds/batch-00000.parquet", "record.json"):
        here.put(file, b"{}")
    here.put(name, written)
    run = read_run(here, "", here.names())
    assert run.state in run_folder.STATES and (run.why or run.state == FINISHED)
    from rich.console import Console

    from obrok.outward.runs.shown import table

    out = Console(width=80, file=io.StringIO(), record=True)
    out.print(table([run], short_ids([run])))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out.export_text())
    json.dumps(asdict(run)).encode()
    import duckdb

    with duckdb.connect() as db:
        catalogue._write(db, {run.folder: ("stamp", run)}, [])
        assert catalogue._read(db) == {run.folder: ("stamp", run)}


def test_long_and_deep_and_linked_records(root):
    bad = root / "bad"
    bad.mkdir()
    for text, why in (
        ("[" * 200_000, "record.json is nested too deeply"),
        ('{"a":' * 900 + "1" + "}" * 900, "record.json: `identity` is missing"),
        ('{"identity": {"seed": ' + "9" * 5000 + "}}", "record.json is not JSON"),
        ("", "record.json is not JSON"),
    ):
        (bad / "record.json").write_text(text, "utf-8")
        (run,) = (r for r in runs(root) if r.folder == "bad")
        assert (run.state, run.why) == (DAMAGED, why)
    (bad / "record.json").write_text("{" + " " * run_record.LONGEST + "}", "utf-8")
    (run,) = (r for r in runs(root) if r.folder == "bad")
    assert (run.state, run.why) == (DAMAGED, "record.json is longer than 16 MB")
    (bad / "record.json").unlink()
    (bad / "record.json").symlink_to(root / "first" / "record.json")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "deep" / "unfinished.json")
    assert set(states(root)) == {"first", "deep/second", "bad"}


def test_names_that_steer_a_terminal_are_shown_plain(root, call):
    (root / "first").rename(root / "re\u202efirst")
    made = json.loads((root / "deep" / "second" / "record.json").read_text("utf-8"))
    made["identity"]["case"] = "chita\x1b]0;owned\x07\x9b2J"
    sealed(root / "deep" / "second", identity=made["identity"])
    for args in (("runs", root), ("runs", root, "--json"), ("runs", "show", "nobody", "--root", root)):
        out = call(*args)[1]
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out), args
    cases = [r["case"] for r in json.loads(call("runs", root, "--json")[1])]
    assert any(c.startswith("chita\x1b") for c in cases)  # JSON keeps it, escaped
    assert plain("a\x1b\u2028b\ud800") == "a\ufffd\ufffdb\ufffd"


# -- broken off
def test_a_run_that_was_broken_off_tells_how_far_and_goes_on(tmp_path, call, monkeypatch):
    from obrok.outward import files as written

    def stop(stage, done, total):
        if stage == "simulating" and done > 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(written, "BATCH", 20)
    out = tmp_path / "out" / "x"
    study = obrok.load("chita-2015")
    with pytest.raises(KeyboardInterrupt):
        study.run(worlds=60, seed=5, weigh=False, out=out, progress=stop)
    (run,) = runs(tmp_path / "out")
    assert run.state == BROKEN and (run.seed, run.versions) == (5, 60)
    assert run.why.startswith("20 of 60 versions lived under every policy; ") and run.why.endswith(
        "the same command goes on"
    )
    code, text, _ = call("runs", "show", "x", "--root", "out")
    assert code == 1 and "the same command goes on" in " ".join(text.split())
    begun = json.loads((out / "unfinished.json").read_text("utf-8"))
    begun["identity"]["code_sha256"] = "0" * 64
    write(out / "unfinished.json", begun)
    assert "begun by another version" in runs(tmp_path / "out")[0].why
    shutil.rmtree(out / "parts")
    assert runs(tmp_path / "out")[0].why.startswith("before its first batch")


def test_a_run_that_is_being_made_is_told_and_not_removed(root, call):
    import fcntl

    first = root / "first"
    made = json.loads((first / "record.json").read_text("utf-8"))
    (first / "record.json").unlink()
    write(first / "unfinished.json", {"identity": made["identity"]})
    assert states(root)["first"] == BROKEN
    held = os.open(first, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        (run,) = (r for r in runs(root) if r.folder == "first")
        assert (run.state, run.why) == (RUNNING, "before its first batch")
        assert call("runs", "show", "first", "--root", root)[0] == 0
        code, out, _ = call("runs", "remove", "first", "--root", root, "--yes")
        assert code == 1 and "it is being made just now" in out and (first / "answers.json").exists()
    finally:
        os.close(held)
    assert states(root)["first"] == BROKEN
    assert call("runs", "remove", "first", "--root", root, "--yes")[0] == 0 and not first.exists()


# -- finding
def test_a_run_is_found_by_id_folder_and_path(root, monkeypatch):
    first = next(r for r in runs(root) if r.folder == "first")
    for word in ("first", "first/", first.id, first.id[:4], str(root / "first")):
        assert find_run(word, root)[1].id == first.id
    assert find_run(str(root / "first"), root / "nowhere")[1].folder == ""
    assert find_run(".", root / "first")[1].id == first.id
    with pytest.raises(ProblemsFound, match=r"no run of that name in .*\n    there are: deep/second, first\."):
        find_run("zero", root)
    shutil.copytree(root / "first", root / "copy")
    with pytest.raises(ProblemsFound, match=r"2 runs are meant\n    name one by its folder: copy, first\."):
        find_run(first.id[:8], root)
    assert find_run("copy", root)[1].folder == "copy"
    (root / "first").rename(root / first.id[:6])  # a folder's name goes before an id
    assert find_run(first.id[:6], root)[1].folder == first.id[:6]
    with pytest.raises(ProblemsFound, match="obrok run makes one"):
        find_run("zero", root / "nowhere")


@given(st.lists(st.text("0f", min_size=64, max_size=64), min_size=1, max_size=20))
def test_short_ids_name_one_run_each(ids):
    short = short_ids(run_folder.Run("", "run", FINISHED, id=i) for i in ids)
    for id in ids:
        assert [i for i in set(ids) if i.startswith(short[id])] == [id] and len(short[id]) >= catalogue.SHORT


# -- tags
def test_tags_live_with_the_run(root, call, cache):
    sealed(root / "first")
    before = (root / "first" / "record.json").read_bytes()
    code, out, _ = call("runs", "tag", "first", "paper", "für-Anna", "--root", root)
    assert (code, out) == (0, "first: für-Anna, paper.\n")
    shutil.rmtree(cache)
    assert next(r for r in runs(root) if r.folder == "first").tags == ("für-Anna", "paper")
    assert states(root)["first"] == FINISHED and changed_files(*find_run("first", root)) == ""
    assert (root / "first" / "record.json").read_bytes() == before
    (root / "first").rename(root / "moved")
    assert find_run("moved", root)[1].tags == ("für-Anna", "paper")
    assert call("runs", "tag", "moved", "--without", "paper", "--root", root)[1] == "moved: für-Anna.\n"
    assert call("runs", "tag", "moved", "--root", root)[1] == "moved: für-Anna.\n"
    assert call("runs", "tag", "moved", "--without", "für-Anna", "--root", root)[1] == "moved: no tags.\n"
    assert not (root / "moved" / "tags.json").exists()
    for wrong in ("two words", "\x1b[2J", "", "x" * 41, "a/b", "-x"):
        with pytest.raises(ProblemsFound, match="cannot be a tag"):
            tag(*find_run("moved", root), [wrong])
    tag(*find_run("moved", root), ["old"])
    made = json.loads((root / "moved" / "record.json").read_text("utf-8"))
    made["identity"]["seed"] = 4  # another run into the same folder
    write(root / "moved" / "record.json", made)
    assert find_run("moved", root)[1].tags == ()
    for told in ("[]", "{", '{"run": 3}', json.dumps({"run": find_run("moved", root)[1].id, "tags": [1, "a b", "ok"]})):
        (root / "moved" / "tags.json").write_text(told, "utf-8")
        assert find_run("moved", root)[1].tags == (("ok",) if "ok" in told else ())


# -- removal
def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


def test_removal_takes_what_is_obroks_and_leaves_the_rest(root, call, tmp_path):
    first = root / "first"
    (first / "notes.txt").write_text("mine")
    (first / "worlds" / "mine.parquet").write_text("mine")
    (first / "worlds" / "batch-00001.parquet.part").write_text("half")
    (first / "worlds" / ".batch-00001.parquet.0123456789abcdef.part").write_text("half")
    (first / "thesis.part").write_text("mine")
    (first / "parts" / "0123456789abcdef" / "000001").mkdir(parents=True)
    (first / "mine").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "batch-00000.parquet").write_text("mine")
    shutil.rmtree(first / "series")
    (first / "series").symlink_to(tmp_path / "elsewhere")
    (first / "validate.json").symlink_to(root / "deep" / "second" / "answers.json")
    tag(*find_run("first", root), ["paper"])
    code, out, _ = call("runs", "remove", "first", "--root", root)
    assert code == 1 and "nobody can be asked here" in out and (first / "record.json").exists()
    code, out, _ = call("runs", "remove", "first", "--root", root, "--yes")
    assert code == 0 and "left, for obrok did not write it: notes.txt" in out and "worlds/mine.parquet" in out
    assert files(first) == {"notes.txt", "thesis.part", "worlds", "worlds/mine.parquet", "series", "mine"}
    assert files(tmp_path / "elsewhere") == {"batch-00000.parquet"}
    assert states(root) == {"deep/second": FINISHED}  # and the link took nothing with it
    code, out, _ = call("runs", "remove", "deep/second", "--root", root, "--yes")
    assert code == 0 and not (root / "deep" / "second").exists() and "left" not in out


def test_a_link_is_never_followed_out_of_the_root(root, call, tmp_path):
    shutil.move(root / "first", tmp_path / "kept")
    (root / "first").symlink_to(tmp_path / "kept")
    before = files(tmp_path / "kept")
    for word in ("first", root / "first", f"{root}/first/"):
        code, _, _ = call("runs", "remove", word, "--root", root, "--yes")
        assert code == 1 and files(tmp_path / "kept") == before
    here, run = place(root), runs(tmp_path / "kept")[0]
    with pytest.raises(ProblemsFound, match="leads out"):
        remove(here, replace(run, folder="first"))
    assert files(tmp_path / "kept") == before


def test_removal_asks_on_a_terminal(root, call, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    asked, answer = [], False
    monkeypatch.setattr("typer.confirm", lambda text: asked.append(text) or answer)
    assert call("runs", "remove", "first", "deep/second", "--root", root)[:2] == (
        1, "first: chita-2015, finished\ndeep/second: chita-2015, finished\nnothing was removed.\n",
    )  # fmt: skip
    assert asked == ["Remove these 2?"] and (root / "first").exists()
    answer = True
    assert call("runs", "remove", "first", "--root", root)[0] == 0 and not (root / "first").exists()


class Stopped(Exception):
    pass


@pytest.mark.parametrize("where", ["folder", "memory"])
def test_a_removal_broken_off_anywhere_is_told_and_finished(root, monkeypatch, where):
    """Stopped after each of its steps in turn: never a finished run with something missing, for nobody who reads it."""
    monkeypatch.setattr(catalogue, "_with", lambda *_: None)  # what is on disk is asked each time
    source = root / "first"
    slim(source)
    steps, total = 0, len([n for n in files(source) if is_ours(n)]) + 2
    while True:
        MemoryFileSystem.store.clear()
        if where == "folder":
            here = place(root.parent / f"copy{steps}")
            shutil.copytree(source, here.root / "x")
        else:
            here = place("memory://bucket/some")
            for name in place(source).names():
                here.put(f"x/{name}", place(source).get(name))
        (run,) = runs(here)
        whole, left = set(here.names()), steps

        def step(plain):
            def act(self, *args, **more):
                nonlocal left
                if not left:
                    raise Stopped
                left -= 1
                return plain(self, *args, **more)

            return act

        with monkeypatch.context() as m:
            for name in ("put", "remove", "drop"):
                m.setattr(type(here), name, step(getattr(type(here), name)))
            try:
                remove(here, run)
                stopped = False
            except Stopped:
                stopped = True
        names = set(here.names())
        if not stopped:
            assert not names and steps >= total
            break
        found = runs(here)
        if "x/record.json" in names:
            assert whole <= names  # whoever takes it for a result has the whole of it
            assert found[0].state == (HALF if "x/removing.json" in names else FINISHED)
        elif names:
            assert [(r.state, r.id) for r in found] == [(HALF, run.id)] and "obrok runs remove" in found[0].why
            assert not found[0].has_answers
        if found:
            remove(here, found[0])
            assert here.names() == [] and runs(here) == []
        steps += 1


def test_a_full_disk_does_not_hinder_removal(root, monkeypatch):
    here, run = find_run("first", root)
    plain_put, order = type(here).put, []

    def put(self, name, data):
        order.append(name)
        if (root / "first" / "record.json").exists():
            raise Full([])
        plain_put(self, name, data)

    monkeypatch.setattr(type(here), "put", put)
    assert remove(here, run).gone and order == ["first/removing.json"] * 2


def test_what_is_obroks():
    for name in (
        "record.json",
        "answers.csv",
        "report.html",
        "worlds/batch-00012.parquet",
        "parts/pilot.json",
        "tags.json",
    ):
        assert is_ours(name) and is_ours(f"{name}.part"), name
    sha = "0" * 64
    for name in (f"imagining-00000.{sha}.parquet", f"pilot.{sha}.json", "picking.failed.json", "sweep.json"):
        assert is_ours(f"parts/0123456789abcdef/{name}") and is_ours(f"parts/0123456789abcdef/000012/{name}"), name
    assert is_ours("case/claims.yaml") and is_ours("cases/chita-2015-b4577134/case.yaml")
    assert is_ours("parts/simulating-00003.parquet") and is_ours("worlds/.batch-00000.parquet.0123456789abcdef.part")
    for name in (
        "thesis.docx",
        "worlds/x.parquet",
        "other/record.json",
        "parts/notes.txt",
        "case/photo.jpg",
        "parts/a/b/c/pilot.json",
        "x.part",
        "record.json.bak",
    ):
        assert not is_ours(name), name
    assert run_changes.REMOVING == "removing.json"


# -- elsewhere
def test_runs_at_an_address(root, call, first_run):
    MemoryFileSystem.store.clear()
    there = place("memory://bucket/runs")
    for name in place(root).names():
        there.put(name, place(root).get(name))
    code, out, _ = call("runs", "memory://bucket/runs", "--json")
    assert code == 0 and [r["folder"] for r in json.loads(out)] == ["deep/second", "first"]
    code, out, _ = call("runs", "show", "first", "--root", "memory://bucket/runs", "--json")
    assert code == 0 and json.loads(out)["answers"][0]["text"] == first_run.answer("left")["text"]
    assert call("runs", "show", "memory://bucket/runs/first")[0] == 0
    code, out, _ = call("runs", "compare", "first", root / "first", "--root", "memory://bucket/runs")
    assert code == 0 and "They were made alike" in out
    assert call("runs", "tag", "first", "paper", "--root", "memory://bucket/runs")[1] == "first: paper.\n"
    assert call("runs", "remove", "first", "--root", "memory://bucket/runs", "--yes")[0] == 0
    assert [r.folder for r in runs("memory://bucket/runs")] == ["deep/second"]
    code, out, err = call("runs", "quux://ann:hunter2@host/x")
    assert code == 1 and "hunter2" not in out + err and "not known" in out


def test_the_catalogue_is_named_without_the_password():
    one, two = (catalogue._path_of(f"sftp://{who}@host/x") for who in ("ann:hunter2", "ann:other"))
    assert one == two and one != catalogue._path_of("sftp://host/y")


# -- one run
def test_show(root, call, first_run):
    code, out, _ = call("runs", "show", "first", "--root", root)
    told = " ".join(out.split())
    assert (
        code == 0
        and "North Korean building workers in Chita" in told
        and "seed 3; 60 versions imagined, 60 lived" in told
    )
    assert " ".join(first_run.answer("left")["text"].split()) in told and "Nobody simulated is a real person" in told
    assert "lists no files" in told or "every file is as its record says" in told
    sealed(root / "first")
    assert "every file is as its record says" in " ".join(call("runs", "show", "first", "--root", root)[1].split())
    told = json.loads(call("runs", "show", "first", "--root", root, "--json")[1])
    assert told["record"]["identity"]["seed"] == 3 and told["answers"][0]["id"] == "left"


def test_hostile_answers_are_words(root, call):
    first = root / "first"
    good = json.loads((first / "answers.json").read_text("utf-8"))
    for text in ("", "[]", "{}", '{"answers": 3}', '{"answers": [1, {"id": 2}]}', "[" * 100_000):
        (first / "answers.json").write_text(text, "utf-8")
        sealed(first)
        for args in (("show", "first"), ("compare", "first", "deep/second")):
            code, out, _ = call("runs", *args, "--root", root)
            assert code == 1 and "answers.json" in out and "run it again" in out
    good["answers"][0] |= {"text": "\x1b[2J", "unit": "\x9b31m"}
    good["questions"] = [3, {"id": 4}, {"id": "left-in-may", "asks": 7}]
    good["leverage"] = None
    (first / "answers.json").write_text(json.dumps(good), "utf-8")
    (first / "worlds" / "batch-00000.parquet").write_bytes(b"PAR1 nothing PAR1")
    sealed(first)
    for args in (("show", "first"), ("compare", "first", "deep/second"), ("show", "first", "--json")):
        code, out, _ = call("runs", *args, "--root", root)
        assert code == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)
    assert "cannot be told" in call("runs", "compare", "first", "deep/second", "--root", root)[1]


# -- two runs
def test_compare_in_words(root, call, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = call("runs", "compare", "first", "deep/second", "--root", root, "--out", tmp_path / "both.html")
    told = " ".join(out.split())
    assert code == 0 and max(len(x) for x in out.splitlines() if "both.html" not in x) <= 80
    for words in (
        "The seed: 3 and 4.",
        "Versions imagined: 60 and 50.",
        "join_chance is fixed at 0 in B alone.",
        "In A alone: the policies handed-over-as-before, conduct-as-before.",
        "any answer would be called different in about 1 of 20 comparisons at most",
        "it does not say which of them did",
    ):
        assert words in told, words
    page = (tmp_path / "both.html").read_text("utf-8")
    assert "<script" not in page and 'src="http' not in page and "The seed: 3 and 4." in page
    code, out, _ = call(
        "runs", "compare", "first", "deep/second", "--root", root, "--out", tmp_path / "both.svg", "--json"
    )
    told = json.loads(out)
    assert (tmp_path / "both.svg").read_text("utf-8").startswith("<svg") and told["false_alarm"] == 0.05
    keys = {(a["id"], a["policy"], a["versus"]) for a in told["answers"]}
    assert len(keys) == len(told["answers"]) and ("left", "as-reported", None) in keys
    assert {a["policy"] for a in told["answers"]} == {"as-reported", "without-visit"}
    shifts = [a["shift"] for a in told["answers"] if a["beyond_chance"] is not True]
    assert shifts == sorted(shifts, reverse=True)
    chosen = json.loads(
        call(
            "runs",
            "compare",
            "first",
            "deep/second",
            "--root",
            root,
            "--answer",
            "left",
            "--policy",
            "as-reported",
            "--json",
        )[1]
    )
    assert {(a["id"], a["policy"]) for a in chosen["answers"]} == {("left", "as-reported")}


def test_compare_refuses_in_words(root, call):
    code, out, _ = call("runs", "compare", "first", "deep/second", "--root", root, "--answer", "lefft")
    assert code == 1 and "no answer of `lefft` in both" in out
    assert call("runs", "compare", "first", "first", "--root", root, "--out", "x.pdf")[0] == 1
    (root / "first" / "answers.json").unlink()
    code, out, _ = call("runs", "compare", "first", "deep/second", "--root", root)
    assert code == 1 and "first: it is damaged: answers.json is missing" in out


def test_one_run_against_itself_is_the_same(root, call):
    told = json.loads(call("runs", "compare", "first", "first", "--root", root, "--json")[1])
    assert told["differences"] == [] and {a["beyond_chance"] for a in told["answers"]} == {False}
    assert {a["shift"] for a in told["answers"]} == {0}


def test_every_difference_of_identities_is_told(root):
    """No key of an identity may change without a word."""
    from obrok.outward.runs.compared import side
    from obrok.outward.runs.differences import only_luck
    from obrok.outward.runs.shown import how_made

    one = side(*find_run("first", root))
    changed = {
        "obrok": "0.0.9", "code_sha256": "1" * 64, "case": "other", "case_sha256": "2" * 64, "seed": 9, "worlds": 5,
        "policies": ["as-reported"], "fix": {"wage": 3.0}, "weigh": True, "series": "all", "words": {"a": "b"},
        "anchors": {"checked": 1, "not_checked": 28}, "shift": 3,
    }  # fmt: skip
    assert set(one.record["identity"]) <= set(changed)
    for key, value in changed.items():
        two = replace(one, record=one.record | {"identity": one.record["identity"] | {key: value}})
        assert len(how_made(one, two)) == 1, key
        assert only_luck(one.record["identity"], two.record["identity"]) is (key in ("seed", "series"))
    two = replace(one, record=one.record | {"environment": {"numpy": "9"}})
    assert "numpy (" in how_made(one, two)[0]


def worlds(rng, n: int, shift: float, heavy: float, whole: bool):
    from obrok.outward.runs.compared import Worlds

    values = rng.lognormal(1.0, 1.0, n) + shift
    values = np.floor(values) if whole else values
    weights = rng.lognormal(0, heavy, n)
    return Worlds({"p": {"x": values}}, weights / weights.sum())


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("heavy", [0.0, 1.0])
def test_chance_is_called_a_difference_as_rarely_as_is_said(whole, heavy):
    """1,000 pairs of samples of one law: no more than 5 % (and a margin of 2.5 %: a right program fails here once in a
    thousand times) are told apart; shifted by a whole middle range, all are."""
    from obrok.answers.quantiles import quantiles
    from obrok.outward.runs.compared import FALSE_ALARM, Figure, Side, pairs

    rng = np.random.default_rng(8)

    def side(shift: float) -> Side:
        w = worlds(rng, 800, shift, heavy, whole)
        told = quantiles(w.policies["p"]["x"], w.weights)
        out = Side(None, None, {}, {}, {("x", "p", None): Figure("1", told, "")})  # type: ignore[arg-type]
        out.__dict__["worlds"] = w
        return out

    apart = sum(pairs(side(0), side(0))[0].beyond is True for _ in range(1000))
    assert apart <= 1000 * (FALSE_ALARM + 0.025)
    assert all(pairs(side(0), side(4))[0].beyond is True for _ in range(30))


def test_too_few_versions_cannot_tell():
    from obrok.answers.quantiles import quantiles
    from obrok.outward.runs.compared import Figure, Side, Worlds, pairs

    def side(values, told=None) -> Side:
        w = Worlds({"p": {"x": np.array(values, float)}}, np.full(len(values), 1 / len(values)))
        three = told or quantiles(w.policies["p"]["x"], w.weights)
        out = Side(None, None, {}, {}, {("x", "p", None): Figure("people", three, "")})  # type: ignore[arg-type]
        out.__dict__["worlds"] = w
        return out

    assert pairs(side([1, 2, 3]), side([7, 8, 9]))[0].beyond is None
    many = np.arange(1000)
    assert pairs(side(many), side(many + 900))[0].beyond is True
    assert pairs(side(many, (None, 500.0, 900.0)), side(many))[0].beyond is None  # withheld
    assert pairs(side(many, (1.0, 2.0, 3.0)), side(many))[0].beyond is None  # not the versions of this answer
