"""Runs that survive: broken off anywhere, they end byte for byte as unbroken; whatever is damaged is noticed."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from obrok.outward import files, folder, stages, study
from obrok.outward.options import Options
from obrok.outward.study import Refused, can_go_on, finished, run_case
from obrok.problems import ProblemsFound
from obrok.worlds import places, store
from tests.faults import account, contents, page

OPTIONS = Options(480, 3)


@pytest.fixture
def small(monkeypatch):
    """Many batches, as long runs have them, after a short pilot."""
    monkeypatch.setattr("obrok.answers.pilot.ROUNDS", (200, 200))
    monkeypatch.setattr("obrok.answers.pilot.FURTHER", 0)
    monkeypatch.setattr(files, "BATCH", 13)
    monkeypatch.setattr(files, "VERSIONS", 160)
    monkeypatch.setattr(stages, "SERIES_ROWS", 60_000)
    monkeypatch.setattr("obrok.outward.report.report", page)
    monkeypatch.setattr(study, "explain", account)


@pytest.fixture(scope="module")
def unbroken(chita, tmp_path_factory):
    """A run in many batches, and the parts that lay there just before it ended."""
    with pytest.MonkeyPatch.context() as patch:
        small.__wrapped__(patch)  # type: ignore[attr-defined]
        root = tmp_path_factory.mktemp("unbroken")
        tidy = folder.Results.tidy

        def kept(results):
            shutil.copytree(root / "x" / "parts", root / "parts", dirs_exist_ok=True)
            tidy(results)

        patch.setattr(folder.Results, "tidy", kept)
        run_case(chita, OPTIONS, root / "x")
        return root / "x", root / "parts"


def begun(unbroken, target: Path) -> Path:
    """A run as it lay just before it ended, all its batches made."""
    shutil.copytree(unbroken[1], target / "parts")
    identity = json.loads((unbroken[0] / "record.json").read_text())["identity"]
    store.write_json(target / "unfinished.json", store.sealed({"identity": identity}))
    return target


def batches(root: Path) -> dict[str, Path]:
    return {p.name.split(".")[0]: p for p in root.glob("parts/*/*") if "failed" not in p.name}


class Stop(KeyboardInterrupt):
    pass


def test_broken_off_again_and_again(chita, tmp_path, small, unbroken):
    """A run stopped at every step of every stage: each time it goes on, no finished batch is made again, and it ends the
    same to the byte."""
    target, inodes, stops = tmp_path / "x", {}, 0
    seen: set[tuple[str, int]] = set()

    def tell(stage, done, total):
        if (stage, done) not in seen and stage != "pilot" and (stage, done) != ("writing", 1):
            seen.add((stage, done))
            if len(seen) % 3 == 0:
                raise Stop

    while True:
        try:
            result = run_case(chita, OPTIONS, target, progress=tell)
            break
        except Stop:
            stops += 1
        held = {name: path.stat().st_ino for name, path in batches(target).items()}
        assert inodes.items() <= held.items()  # the finished batches are those of before
        inodes = held
    assert stops > 8 and {s for s, _ in seen} >= {"imagining", "simulating", "replaying days", "averaging over luck"}
    assert len(inodes) > 10 and result.notes == ()
    assert contents(target) == contents(unbroken[0])


def test_every_damaged_byte_of_a_result_is_noticed(chita, tmp_path, unbroken):
    target, chance, whole = tmp_path / "x", random.Random(5), contents(unbroken[0])
    shutil.copytree(unbroken[0], target)
    assert finished(chita, target) is not None and not run_case(chita, OPTIONS, target).fresh  # as it is, it is taken
    names = [*whole, *["record.json"] * 20]
    for turn in range(120):
        name = names[turn % len(names)]
        bad = damage(whole[name], chance)
        (target / name).write_bytes(bad)
        assert finished(chita, target) is None, (name, turn)
        with pytest.raises(Refused, match=r"damaged.*--force") as refused:
            run_case(chita, OPTIONS, target)
        assert name == "record.json" or name in str(refused.value)
        (target / name).write_bytes(whole[name])
    (target / "worlds" / "batch-00000.parquet").unlink()
    with pytest.raises(Refused, match="batch-00000"):
        run_case(chita, OPTIONS, target)
    with pytest.raises(ProblemsFound, match=r"batch-00000.*gone"):
        study.Result(chita, target, {}, {}, False, "").to_xarray()


def damage(data: bytes, chance: random.Random) -> bytes:
    """One bit flipped, or cut short, or a piece made zero."""
    at, kind = chance.randrange(len(data)), chance.randrange(3)
    if kind == 0:
        return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    piece = data[at : at + 64]
    return data[:at] if kind == 1 or not any(piece) else data[:at] + bytes(len(piece)) + data[at + 64 :]


def test_damaged_batches_are_made_again(chita, tmp_path, small, unbroken, monkeypatch):
    """Of every stage one, and one that is gone; the others are read, not made."""
    target, chance = begun(unbroken, tmp_path / "x"), random.Random(1)
    there = batches(target)
    bad = [next(n for n in there if n.startswith(s)) for s in ("picking", "simulating", "replaying", "averaging")]
    for name in bad:
        there[name].write_bytes(damage(there[name].read_bytes(), chance))
    gone = sorted(n for n in there if n.startswith("imagining"))[1]
    there[gone].unlink()
    made, put = [], places.Folder.put

    def noted(where, name, data):
        made.extend([name.split("/")[2].split(".")[0]] if name.startswith("parts/") else [])
        put(where, name, data)

    monkeypatch.setattr(places.Folder, "put", noted)
    result = run_case(chita, OPTIONS, target)
    assert [n.split(".")[0] for n in result.notes] == bad and all("made again" in note for note in result.notes)
    assert sorted(made) == sorted([gone, *bad])
    assert contents(target) == contents(unbroken[0])


def test_a_batch_in_the_place_of_another_is_damage(chita, tmp_path, small, unbroken):
    target = begun(unbroken, tmp_path / "x")
    there = batches(target)
    one, other = (there[f"simulating-{k:05d}"] for k in (0, 1))
    one.unlink()
    other.rename(one.with_name(other.name.replace("simulating-00001", "simulating-00000")))
    result = run_case(chita, OPTIONS, target)
    assert len(result.notes) == 1 and "simulating-00000" in result.notes[0]
    assert contents(target) == contents(unbroken[0])


def test_what_says_whose_it_is_may_be_damaged(chita, tmp_path, small, unbroken):
    target = begun(unbroken, tmp_path / "x")
    (target / "unfinished.json").write_bytes(b"\0" * 40)
    assert can_go_on(chita, OPTIONS, target)
    result = run_case(chita, OPTIONS, target)
    assert [n.split()[0] for n in result.notes] == ["unfinished.json"]
    assert contents(target) == contents(unbroken[0])


def test_a_failed_batch_keeps_its_inputs_and_the_others_are_done(chita, tmp_path, small, unbroken, monkeypatch):
    target = begun(unbroken, tmp_path / "x")
    for name, path in batches(target).items():
        if name.startswith("simulating"):
            path.unlink()
    lived = stages.run_worlds

    def fails(plan, numbers, *rest, **more):
        if len(numbers) == 8 and plan.answers:  # the last, shorter batch
            raise ValueError("no number can be that large: /home/someone")
        return lived(plan, numbers, *rest, **more)

    monkeypatch.setattr(stages, "run_worlds", fails)
    with pytest.raises(ProblemsFound) as found:
        run_case(chita, OPTIONS, target)
    (problem,) = found.value.problems
    assert "simulating-00004" in str(problem) and "ValueError" in str(problem) and "tries it again" in str(problem)
    (path,) = target.glob("parts/*/simulating-00004.failed.json")
    told = json.loads(path.read_text())
    assert told["identity"]["seed"] == 3 and len(told["worlds"]) == 8 and told["reason"].startswith("ValueError")
    assert any("fails" in call for call in told["calls"]) and str(Path.home()) not in path.read_text()
    assert "/home" not in path.read_text()
    done = {name: path.stat().st_ino for name, path in batches(target).items() if name.startswith("simulating")}
    assert len(done) == 4
    monkeypatch.setattr(stages, "run_worlds", lived)
    assert run_case(chita, OPTIONS, target).notes == ()
    assert contents(target) == contents(unbroken[0])


def test_a_full_disk_loses_nothing(chita, tmp_path, small, unbroken):
    """Files may not grow beyond what is left, more and more: the kernel says so itself (RLIMIT_FSIZE)."""
    target, told = begun(unbroken, tmp_path / "x"), set()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (1_000, 20_000, 60_000, 200_000):
        for name, path in batches(target).items():
            if name.startswith(("simulating-00002", "replaying-00000")):
                path.unlink()
        held = contents(target)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
        try:
            run_case(chita, OPTIONS, target)
        except (ProblemsFound, OSError) as error:
            told.add(str(error))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        now = contents(target)
        assert held.items() <= now.items() and not [n for n in now if n.endswith(".part")]
    assert told and all("File too large" in text or "cannot be written" in text for text in told)
    run_case(chita, OPTIONS, target)
    assert contents(target) == contents(unbroken[0])


def test_what_has_changed_is_told(chita, tmp_path, unbroken):
    target = begun(unbroken, tmp_path / "x")
    for options, words in [
        (Options(481, 3), "Versions imagined: 480 and 481"),
        (Options(480, 4), "The seed: 3 and 4"),
        (Options(480, 3, fix={"wage": 700.0}), "wage is fixed at 700 in what is asked for alone"),
        (Options(480, 3, policies=("without-visit",)), "In what is there alone: the policies"),
    ]:
        with pytest.raises(Refused, match="another run") as refused:
            run_case(chita, options, target)
        assert words in str(refused.value)
    path = target / "unfinished.json"
    identity = json.loads(path.read_text())["identity"]
    for change, words in [
        ({"code_sha256": "0" * 64}, "two states of obrok"), ({"case_sha256": "0" * 64}, "The case was changed"),
    ]:  # fmt: skip
        store.write_json(path, store.sealed({"identity": identity | change}))
        with pytest.raises(Refused, match=words):
            run_case(chita, OPTIONS, target)
    assert len(batches(target)) > 10


def test_leftovers_of_killed_writers_go_and_files_of_others_stay(chita, tmp_path, small, unbroken):
    target = begun(unbroken, tmp_path / "x")
    parts = next((target / "parts").iterdir())
    left = [target / ".report.html.0123456789abcdef.part", parts / ".pilot.json.fedcba9876543210.part"]
    mine = [target / "film.part", target / "notes.txt"]
    for path in (*left, *mine):
        path.write_text("half")
    run_case(chita, OPTIONS, target)
    assert not any(p.exists() for p in left) and all(p.exists() for p in mine)


def test_a_half_removed_result_is_told_of(chita, tmp_path, small, unbroken):
    """It is not taken for anybody's files, and --force makes a sound one of it."""
    target = tmp_path / "x"
    shutil.copytree(unbroken[0], target)
    (target / "record.json").rename(target / "removing.json")
    with pytest.raises(Refused, match="removal was broken off"):
        run_case(chita, OPTIONS, target)
    run_case(chita, OPTIONS, target, force=True)
    assert contents(target) == contents(unbroken[0])


def test_one_run_at_a_time(chita, tmp_path, small, unbroken):
    """A second run into the same folder waits, and finds the result of the first."""
    target = begun(unbroken, tmp_path / "x")
    waits, results = threading.Event(), []

    def second():
        results.append(run_case(chita, OPTIONS, target, progress=lambda s, *_: s.startswith("waiting") and waits.set()))

    thread = threading.Thread(target=second)

    def tell(stage, done, total):
        if stage == "weighing" and not thread.is_alive() and not results:
            thread.start()
            assert waits.wait(20)

    first = run_case(chita, OPTIONS, target, progress=tell)
    thread.join(60)
    assert first.fresh and not results[0].fresh and results[0].summary == first.summary


def test_a_run_to_an_address(chita, small, unbroken):
    """Batches land there one by one; what is there is gone on with, and a finished one is brought here."""
    address = "memory://obrok-test/x"
    where = places.place(address)

    def stop(stage, done, total):
        if stage == "simulating" and done > 26:
            raise Stop

    with pytest.raises(Stop):
        run_case(chita, OPTIONS, address, progress=stop)
    assert any("simulating-00001" in name for name in where.names())
    result = run_case(chita, OPTIONS, address)
    assert {name: where.get(name) for name in where.names()} == contents(unbroken[0])
    assert result.fresh and result.shown == address
    again = run_case(chita, OPTIONS, address)
    assert not again.fresh and contents(again.folder) == contents(unbroken[0])
    with pytest.raises(Refused, match="The seed: 3 and 4"):
        run_case(chita, Options(480, 4), address)


def test_the_case_changed_before_it_ran(tmp_path):
    from obrok.case.case import load, new_case

    mine = load(new_case(tmp_path / "mine"))
    with open(mine.folder / "claims.yaml", "a") as file:
        file.write("\n# later\n")
    done = run_case(mine, Options(10, 1, weigh=False), tmp_path / "x")
    assert "changed since they were read" in done.notes[0] and not (tmp_path / "x" / "case").exists()
    assert done.record["identity"]["case_sha256"] == mine.sha256


def test_tables_and_data_come_back_as_they_were(tmp_path):
    table = {"a": np.arange(5), "b": np.array([1.5, np.nan, -0.0, 1e300, np.inf]), "c": np.array(list("xyzzy"))}
    data = store.packed(table)
    assert data == store.packed(table)
    back = store.unpacked(data)
    assert all(np.array_equal(back[k], table[k], equal_nan=k == "b") for k in table)
    value = store.sealed({"b": 1, "a": [0.1, None, "ž"]})
    text = store.as_json(value)
    assert store.unsealed(text) == value
    for wrong in (
        text.replace("0.1", "0.10"),
        text + "\n",
        text.replace("\n ", "\n\t"),
        text[:-1],
        "[]",
        "nan",
        "[" * 10**5,
    ):
        assert store.unsealed(wrong) is None
    path = tmp_path / "x.parquet"
    store.write_table(path, table)
    assert store.digest_of(path) == store.sha256(data) and os.listdir(tmp_path) == ["x.parquet"]
