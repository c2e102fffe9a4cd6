"""Sweeps: designs, the same bytes whoever does the tasks, workers and schedulers that die, doors that stay shut."""

from __future__ import annotations

import csv
import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import obrok
from obrok.case.case import load
from obrok.outward import folder
from obrok.outward.options import Options
from obrok.outward.study import Refused, run_case
from obrok.outward.sweep import design, sweep
from obrok.outward.sweep import tasks as doing
from obrok.outward.sweep.design import Point
from obrok.outward.sweep.drive import Chains, here, on_cluster, workers_here
from obrok.outward.sweep.sweep import Plan, elsewhere, in_this_process, on_this_machine, run_sweep
from obrok.outward.sweep.tasks import Task, Where
from obrok.problems import Problem, ProblemsFound, Reader
from obrok.worlds import store
from tests.conftest import ROOT
from tests.faults import contents


def points(case, *values, seeds=(3,), **fix):
    return [Point(case.sha256, seed, fix | {"visit_role": v}) for seed in seeds for v in values]


def plain(case, *values, worlds=40, seeds=(3,)) -> Plan:
    """A sweep that weighs nothing: no pilot, quick."""
    return Plan(
        {case.sha256: case}, points(case, *values, seeds=seeds), ["visit_role"], worlds, ("without-visit",), False
    )


@pytest.fixture(scope="module")
def swept(chita, tmp_path_factory):
    """A small sweep, done in this process."""
    return run_sweep(plain(chita, 0.0, 0.5, 1.0, seeds=(3, 4)), tmp_path_factory.mktemp("sweep") / "x")


# --- designs ---------------------------------------------------------------------------------------------------------
def designed(cases, vary=(), kind="grid", seeds="1", levels=5, n=16, fix=None):
    reader = Reader()
    axes = design.axes_of(reader, cases, vary)
    found = design.points_of(reader, cases, axes, design.seeds_of(reader, seeds), fix or {}, kind, levels, n)
    reader.raise_if_any()
    return found


def test_a_grid_is_every_combination(chita):
    found = designed([chita], ["visit_role=0,1", "held=0.1..0.5", "crew_size=5..9"], seeds="1..2,9", levels=3)
    assert len(found) == 3 * 2 * 3 * 3 and len({(p.seed, *p.fix.values()) for p in found}) == len(found)
    assert {p.fix["held"] for p in found} == {0.1, 0.3, 0.5} and {p.fix["crew_size"] for p in found} == {5, 7, 9}
    assert [p.seed for p in found] == sorted(p.seed for p in found)


def test_a_parameter_alone_goes_as_far_as_is_assumed(chita):
    found = [p.fix["wage"] for p in designed([chita], ["wage"], levels=2)]
    from obrok.worlds.population import draw_parameters

    drawn = draw_parameters(chita, 5, np.arange(20_000))["wage"]
    assert np.allclose(found, np.quantile(drawn, [0.05, 0.95]), rtol=0.02)
    whole = [p.fix["posts"] for p in designed([chita], ["posts"], levels=2)]
    assert all(x == int(x) for x in whole)


@pytest.mark.parametrize("kind", ["latin", "sobol"])
def test_space_filling_designs_are_even_and_the_same_each_time(chita, kind):
    vary = ["visit_role=0..1", "held=0..0.5"]
    found = designed([chita], vary, kind, n=32)
    assert found == designed([chita], vary, kind, n=32) and len(found) == 32
    for name, top in (("visit_role", 1.0), ("held", 0.5)):
        counts = np.histogram([p.fix[name] for p in found], 8, (0, top))[0]
        assert counts.min() >= 3 and counts.max() <= 5
    assert len(designed([chita], vary, kind, n=13, seeds="1,2")) == 26


def test_wrong_designs_are_words_all_at_once(chita):
    reader = Reader()
    design.axes_of(
        reader, [chita], ["wagee=1,2", "visit_role=0,7", "held=a", "wage=5..5", "reach=9..1", "news=0,1", "news=1"]
    )
    design.seeds_of(reader, "1,x")
    told = "\n".join(map(str, reader.problems))
    for words in (
        "did you mean `wage`",
        "visit_role=7 is outside",
        "names no numbers",
        "does not vary",
        "given twice",
        "no seeds",
    ):
        assert words in told, words
    with pytest.raises(ProblemsFound, match=r"100,000,000 runs"):
        designed(
            [chita], [f"{n}=0..0.5" for n in ("held", "remit_share", "hand_over_after", "join_chance")], levels=100
        )
    with pytest.raises(ProblemsFound, match="no design"):
        designed([chita], kind="star")
    with pytest.raises(ProblemsFound, match="something to vary"):
        designed([chita], kind="latin")


def test_a_design_of_ones_own(chita, tmp_path):
    path = tmp_path / "mine.csv"

    def read(text):
        path.write_text(text, "utf-8-sig")
        reader = Reader()
        found = design.read_points(reader, path, [chita], [1, 2], {"news": 0.5})
        reader.raise_if_any()
        return found

    assert read("wage,held\n700,0.2\n\n800,0.3\n") == [
        Point(chita.sha256, s, {"news": 0.5, "wage": w, "held": h}) for w, h in ((700, 0.2), (800, 0.3)) for s in (1, 2)
    ]
    assert [p.seed for p in read("seed,case,wage\n7,chita-2015,700\n")] == [7]
    with pytest.raises(ProblemsFound) as found:
        read(
            "wage,held,case,seed\n700,0.2\nx,0.1,chita-2015,1\n1e99,0.1,chita-2015,1\n700,0.1,mars,1\n700,0.1,chita-2015,-1\n"
        )
    assert [p.line for p in found.value.problems][:3] == [2, 3, 0] or len(found.value.problems) == 5
    for text in ("", "wage,wage\n1,2\n", "wagee\n1\n", "\xff\n"):
        with pytest.raises(ProblemsFound):
            read(text)


# --- the same whoever does it ----------------------------------------------------------------------------------------
def test_a_point_is_the_run_with_its_options(chita, tmp_path, small_run):
    """Weighed, pilot and all: the answers of a point are those of `obrok run`."""
    plan = Plan({chita.sha256: chita}, [Point(chita.sha256, 3, {})], [], 480)
    done = run_sweep(plan, tmp_path / "x")
    data = done.to_xarray().isel(point=0)
    for a in small_run.answers:
        comparison = a["policy"] + (f" less {a['versus']}" if a["versus"] else "")
        there = data["answer"].sel(question=a["id"], comparison=comparison).values
        assert np.allclose(
            there, [np.nan if a[q] is None else a[q] for q in ("p05", "p50", "p95")], rtol=1e-9, equal_nan=True
        )
    with open(tmp_path / "x" / "points.csv") as file:
        (row,) = csv.DictReader(file)
    assert float(row["effective_sample_size"]) == small_run.summary["effective_sample_size"]
    fixed = run_case(chita, Options(40, 3, fix={"visit_role": 0.5}, weigh=False, policies=("without-visit",)))
    assert fixed.answer("left")["p50"] is not None


def test_plain_points_too(chita, swept):
    data = obrok.results(swept.folder)
    assert data["answer"].dims == ("seed", "visit_role", "question", "comparison", "quantile")
    alone = run_case(chita, Options(40, 4, fix={"visit_role": 0.5}, weigh=False, policies=("without-visit",)))
    for name in ("left", "to_state", "found"):
        for policy in ("as-reported", "without-visit"):
            there = data["answer"].sel(seed=4, visit_role=0.5, question=name, comparison=policy).values
            assert np.allclose(there, [alone.answer(name, policy)[q] for q in ("p05", "p50", "p95")], rtol=1e-9)
    effect = data["answer"].sel(comparison="as-reported less without-visit", question="left", visit_role=0.0)
    assert (effect == 0).all()  # where the visit has no role it has no effect
    assert data["unit"].sel(question="left") == "people" and float(data["defined"].max()) == 1


def test_what_a_sweep_writes(chita, swept):
    assert sorted(p.name for p in swept.folder.iterdir()) == [
        *("answers.csv", "answers.parquet", "cases", "points.csv", "record.json", "sweep.html"),
    ]
    table = store.read_tables([swept.folder / "answers.parquet"])
    with open(swept.folder / "answers.csv") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(table["point"]) and list(rows[0]) == list(table)
    assert {(r["seed"], r["visit_role"]) for r in rows} == {(s, v) for s in "34" for v in ("0", "0.5", "1")}
    page = (swept.folder / "sweep.html").read_text()
    assert "visit_role" in page and page.count("<img") == 1 and "not counts" in page
    text = b"\n".join(contents(swept.folder).values()).decode("latin-1")
    assert str(swept.folder.parent) not in text
    assert swept.record["identity"]["kind"] == "sweep" and set(swept.record["files"]) == set(contents(swept.folder)) - {
        "record.json"
    }


def test_cases_side_by_side(chita, tmp_path):
    from obrok.case.case import new_case

    mine = load(new_case(tmp_path / "mine"))
    plan = Plan(
        {c.sha256: c for c in (chita, mine)}, [Point(c.sha256, 1, {}) for c in (chita, mine)], [], 20, (), False
    )
    data = run_sweep(plan, tmp_path / "x").to_xarray()
    assert list(data["case"].values) == ["chita-2015", "mine"] and data["answer"].dims[0] == "case"
    own = data["answer"].sel(case="mine", comparison="without-visit", quantile=0.5)
    assert np.isnan(own).all()  # asked of the other case alone


def test_finished_refused_forced(chita, swept, tmp_path):
    again = run_sweep(swept.plan, swept.folder)
    assert not again.fresh and again.record == swept.record
    with pytest.raises(Refused, match="another run"):
        run_sweep(plain(chita, 0.25), swept.folder)
    whole = (swept.folder / "answers.parquet").read_bytes()
    (swept.folder / "answers.parquet").write_bytes(whole[:-1])
    with pytest.raises(Refused, match=r"answers.parquet is damaged"):
        run_sweep(swept.plan, swept.folder)
    with pytest.raises(ProblemsFound, match=r"answers.parquet is damaged"):
        obrok.results(swept.folder)
    (swept.folder / "answers.parquet").write_bytes(whole)


def test_damaged_pieces_are_made_again(chita, swept, tmp_path, monkeypatch):
    """Broken off before it was put together, and damaged meanwhile: of one point the versions, of one the answers."""

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "_finish", stop)
        with pytest.raises(KeyboardInterrupt):
            run_sweep(swept.plan, tmp_path / "x")
    pieces = sorted((tmp_path / "x" / "parts").glob("*/*/*"))
    assert len(pieces) == 12
    inodes = {p: p.stat().st_ino for p in pieces}
    bad = [
        next(p for p in pieces if p.parent.name == n and p.name.startswith(s))
        for n, s in (("000001", "answering"), ("000002", "simulating"), ("000002", "answering"))
    ]
    for path in bad:
        path.write_bytes(path.read_bytes()[:-7])
    kept = {}

    def look(self):
        kept.update({p: p.stat().st_ino for p in (tmp_path / "x" / "parts").glob("*/*/*")})
        tidy(self)

    tidy = folder.Results.tidy
    monkeypatch.setattr(folder.Results, "tidy", look)
    done = run_sweep(swept.plan, tmp_path / "x")
    assert contents(tmp_path / "x") == contents(swept.folder)
    assert all(kept[p] == inode for p, inode in inodes.items() if p not in bad)
    assert len(done.notes) == 2 and all("damaged" in note for note in done.notes)


def test_a_task_that_fails_is_tried_again_then_told(chita, tmp_path, monkeypatch):
    tries, lived = [], doing.Stages.simulate

    def fails(self, k, step=None):
        if self.bare.fix["visit_role"] == 0.5:
            tries.append(k)
            return self.parts.table("simulating-00000", lambda: {}["absent"], worlds=[1, 2])
        return lived(self, k, step)

    monkeypatch.setattr(doing.Stages, "simulate", fails)
    with pytest.raises(ProblemsFound) as found:
        run_sweep(plain(chita, 0.0, 0.5, 1.0), tmp_path / "x")
    told = "\n".join(map(str, found.value.problems))
    assert len(tries) == 3 and "point 1, simulating-00000" in told and "KeyError" in told and "1 tasks failed" in told
    (note,) = (tmp_path / "x").glob("parts/*/000001/*.failed.json")
    assert json.loads(note.read_text())["point"]["fix"] == {"visit_role": 0.5}
    assert len(list((tmp_path / "x").glob("parts/*/*/answering*"))) == 2  # the other points are done
    monkeypatch.setattr(doing.Stages, "simulate", lived)
    assert run_sweep(plain(chita, 0.0, 0.5, 1.0), tmp_path / "x").fresh


# --- chains ----------------------------------------------------------------------------------------------------------
def test_stages_wait_for_the_stage_before():
    chains = [[[Task(p, s, k) for k in range(n)] for s, n in (("a", 1), ("b", 3), ("c", 1))] for p in range(4)]
    done: list[Task] = []

    def do(where, task):
        stages = chains[task.point]
        at = next(i for i, stage in enumerate(stages) if task in stage)
        assert all(t in done or t.k == 7 for stage in stages[:at] for t in stage)
        done.append(task)
        return task.name

    there = {Task(1, "a", 0), Task(1, "b", 1), Task(2, "c", 0)}
    todo = Chains(chains, lambda t: t in there or t in done)
    done += [Task(1, "a", 0), Task(1, "b", 1)]
    here(Where("", "", ""), todo, do, lambda tally: None)
    assert todo.tally.done == todo.tally.total == 20 and todo.tally.found == 2 + 5
    assert len(done) == len(set(done)) == 15  # of a finished chain nothing is done again


# --- side by side ----------------------------------------------------------------------------------------------------
def touch(where: Where, task: Task) -> str:
    """A task that lands a file and takes a while; it dies where a file says so, once."""
    root = Path(where.address)
    (root / f"{task.name}.{os.getpid()}").touch()
    if (root / "die").exists() and task.k % 5 == 3:
        (root / "die").unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return task.name


def flat(n: int) -> list[list[list[Task]]]:
    return [[[Task(0, "x", k) for k in range(n)]]]


def listening(pids: list[int]) -> set[str]:
    """The addresses on which processes listen."""
    import psutil

    return {c.laddr.ip for pid in pids for c in psutil.Process(pid).net_connections("inet") if c.status == "LISTEN"}


def test_two_workers_one_of_which_dies(tmp_path):
    """The task in hand is done by another; all that listens does so on loopback; strangers are not spoken to."""
    import psutil
    from distributed import Client

    (tmp_path / "die").touch()
    todo, told = Chains(flat(40), lambda t: False), []
    with workers_here(2) as connect:
        with connect() as client:
            address = client.scheduler.address
        family = [os.getpid(), *(p.pid for p in psutil.Process().children(recursive=True))]
        assert listening(family) == {"127.0.0.1"} and address.startswith("tls://127.0.0.1:")
        for wrong in (address, address.replace("tls://", "tcp://")):
            gc.collect()  # one that failed, found while the next starts, would hold it up (`drive._client`)
            with pytest.raises((OSError, TypeError, ValueError)):
                Client(wrong, timeout=2, set_as_default=False)
        on_cluster(connect, Where(str(tmp_path), "", ""), todo, touch, lambda tally: told.append(tally.text()))
    assert todo.tally.done == 40 and not todo.tally.failed and not (tmp_path / "die").exists()
    made = [p.name.split(".")[0] for p in tmp_path.iterdir()]
    assert (
        set(made) == {t.name for t in flat(40)[0][0]} and 41 <= len(made) <= 42
    )  # the one in hand was begun twice; what was not yet told, too
    assert "2 workers" in " ".join(told)


def test_a_sweep_side_by_side_is_the_same(chita, swept, tmp_path):
    done = run_sweep(swept.plan, tmp_path / "x", workers=on_this_machine(2))
    assert contents(tmp_path / "x") == contents(swept.folder) and done.tally.found == 0


def dask(*more: str) -> subprocess.Popen:
    code = "import dask; dask.config.set({'distributed.worker.http.routes': [], 'distributed.scheduler.http.routes': []}); from distributed.cli.dask_%s import main; main()"
    kind, *rest = more
    return subprocess.Popen(
        [sys.executable, "-c", code % kind, *rest], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip


def test_a_scheduler_that_dies_and_comes_back(tmp_path):
    """A cluster by its address: its scheduler is killed in the middle, another takes its place, and what is left is done."""
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = str(s.getsockname()[1])
    started: list[subprocess.Popen] = []

    def start() -> None:
        started.append(dask("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"))
        started.append(
            dask(
                "worker",
                f"tcp://127.0.0.1:{port}",
                "--host",
                "127.0.0.1",
                "--nthreads",
                "1",
                "--no-nanny",
                "--death-timeout",
                "20",
                "--no-dashboard",
            )
        )

    todo, said = Chains(flat(60), lambda t: (tmp_path / f"{t.name}.done").exists()), []
    killed = threading.Event()

    def told(tally):
        said.append(tally.text())
        if tally.done == 20 and not killed.is_set():
            killed.set()
            for process in started[:2]:
                process.kill()
            start()

    try:
        start()
        with elsewhere(f"tcp://127.0.0.1:{port}")() as connect:
            on_cluster(connect, Where(str(tmp_path), "", ""), todo, touch, told)
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert killed.is_set() and todo.tally.done == 60
    assert any("waiting for it to come back" in text for text in said)


def test_a_cluster_behind_keys_as_the_docs_say(call, tmp_path, swept):
    """Keys, scheduler, worker and sweep by the commands of docs/sweeps.md, on a folder that both see."""
    import shutil

    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    keys, _, slurm = re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "sweeps.md").read_text(), flags=re.S)
    subprocess.run(keys, shell=True, check=True, cwd=tmp_path, capture_output=True)
    named = re.search(r'keys="(.*)"', slurm)[1].split()  # type: ignore[index]
    named = [str(tmp_path / x) if x.endswith(".pem") else x for x in named]
    file, cluster = tmp_path / "scheduler.json", []
    try:
        cluster.append(
            dask(
                "scheduler",
                "--protocol",
                "tls",
                "--host",
                "127.0.0.1",
                *named,
                "--no-dashboard",
                "--scheduler-file",
                str(file),
            )
        )
        for _ in range(200):
            if file.exists() and file.stat().st_size:
                break
            time.sleep(0.1)
        assert json.loads(file.read_text())["address"].startswith("tls://")
        cluster.append(
            dask(
                "worker",
                "--scheduler-file",
                str(file),
                "--host",
                "127.0.0.1",
                *named,
                "--nthreads",
                "1",
                "--no-dashboard",
                "--no-nanny",
                "--death-timeout",
                "30",
            )
        )
        mine = ("--tls-ca", "ca.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem")
        more = (
            "--vary",
            "visit_role=0,0.5,1",
            "--seeds",
            "3,4",
            "--worlds",
            40,
            "--policy",
            "without-visit",
            "--no-weigh",
            "--out",
            "x",
        )
        code, out, _ = call("sweep", "chita-2015", *more, "--scheduler", "scheduler.json", *mine)
        assert code == 0, out
    finally:
        for process in cluster:
            process.kill()
            process.wait()
    assert contents(tmp_path / "x") == contents(swept.folder)
    (tmp_path / "bad.json").write_text("{}")
    assert "no address of a scheduler" in call("sweep", "chita-2015", "--seeds", "1", "--scheduler", "bad.json")[1]


def test_nobody_at_the_address(tmp_path, monkeypatch):
    from obrok.outward.sweep import drive

    monkeypatch.setattr(drive, "CONNECT", 1)
    connect = drive.cluster_at("tcp://127.0.0.1:9")
    with pytest.raises(ProblemsFound, match="none answers there"):
        on_cluster(connect, Where(str(tmp_path), "", ""), Chains(flat(2), lambda t: False), touch, lambda t: None)


def test_a_worker_of_another_version_or_without_the_folder(tmp_path):
    with pytest.raises(ProblemsFound, match="another version"):
        doing.do(Where(str(tmp_path), "parts/x", "0" * 64), Task(0, "pilot"))
    from obrok.worlds import record

    with pytest.raises(ProblemsFound, match="does not see the sweep's folder"):
        doing.do(Where(str(tmp_path), "parts/x", record.code_sha256()), Task(0, "pilot"))


# --- the command line ------------------------------------------------------------------------------------------------
def test_as_a_user_would(call, tmp_path):
    arguments = ("sweep", "chita-2015", "--vary", "visit_role=0,1", "--worlds", 20, "--no-weigh", "--workers", 1)
    code, out, _ = call(*arguments, "--plan")
    assert (
        code == 0 and "2 runs of chita-2015, 20 versions each: 4 tasks" in out and "visit_role: 2 values: 0, 1" in out
    )
    assert not (tmp_path / "out").exists()
    code, out, _ = call(*arguments)
    assert code == 0 and "4 of 4 tasks" in out and (tmp_path / "out" / "sweep-chita-2015" / "sweep.html").exists()
    assert "computed before" in call(*arguments)[1]
    assert json.loads(call(*arguments, "--json")[1])["identity"]["kind"] == "sweep"
    code, out, _ = call("remake", "out/sweep-chita-2015")
    assert code == 0 and "The same, byte for byte" in out
    assert call("sweep", "chita-2015", "--vary", "wagee", "--fix", "held=7", "--seeds", "x")[0] == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("tcp://192.0.2.7:8786",), "could read the case and send the workers commands"),
        (("192.0.2.7:8786",), "--unencrypted"),
        (("tls://192.0.2.7:8786",), "three files"),
        (("tls://192.0.2.7:8786", "--tls-ca", "no.pem"), "no such file"),
    ],
)
def test_clusters_in_the_open_are_refused(call, more, words):
    code, out, _ = call("sweep", "chita-2015", "--seeds", "1..2", "--scheduler", *more)
    assert code == 1 and words in out


@pytest.mark.parametrize(
    "by",
    [
        ("--workers", 2),
        ("--scheduler", "tcp://127.0.0.1:9"),
        ("--scheduler", "tls://192.0.2.7:9", "--tls-ca", "k", "--tls-cert", "k", "--tls-key", "k"),
    ],
)
def test_without_the_library_it_is_said(call, tmp_path, monkeypatch, by):
    (tmp_path / "k").touch()
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, out, _ = call("sweep", "chita-2015", "--seeds", "1", "--worlds", 10, "--no-weigh", *by)
    assert code == 1 and "obrok[cluster]" in out and "--workers 1 does without" in out


def test_stopped_by_hand(tmp_path):
    """Ctrl-C goes to every process of the terminal: the sweep ends its workers without a traceback, and goes on later."""
    arguments = [
        "chita-2015",
        "--vary",
        "reach",
        "--levels",
        "40",
        "--worlds",
        "1500",
        "--no-weigh",
        "--workers",
        "2",
        "--out",
        "x",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", "from obrok.outward.cli import main; main()", "sweep", *arguments], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    for _ in range(1200):
        if list(tmp_path.rglob("simulating-*.parquet")):
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "goes on from there" in out and "Traceback" not in out
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(process.pid, 0)
            time.sleep(0.1)
    assert list(tmp_path.rglob("simulating-*.parquet")) and not (tmp_path / "x" / "record.json").exists()


def test_nothing_to_do(chita, tmp_path):
    with pytest.raises(ProblemsFound, match="no run in this design"):
        run_sweep(Plan({chita.sha256: chita}, [], [], 10), tmp_path / "x", workers=in_this_process)
    with pytest.raises(ProblemsFound, match="no policy"):
        run_sweep(Plan({chita.sha256: chita}, points(chita, 1.0), [], 10, ("nobody",)), tmp_path / "x")


def test_what_travels_is_the_case_and_nothing_else(chita, tmp_path, monkeypatch, source_texts):
    """To workers go an address, the name of a task, and a file with the three files of each case: no text."""
    import pickle

    given = []
    monkeypatch.setattr(
        sweep, "here", lambda *asked: given.append(asked[0]) or (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plain(chita, 0.0), tmp_path / "x")
    (path,) = (tmp_path / "x").rglob("sweep.json")
    told = json.loads(path.read_text())
    assert set(told) == {"cases", "options", "points", "sha256"}
    files = {name: (chita.folder / name).read_text() for name in ("case.yaml", "claims.yaml", "documents.yaml")}
    assert told["cases"] == {chita.sha256: files}
    sent = pickle.dumps((given[0], Task(0, "pilot"))).decode("latin-1")
    assert len(sent) < 500

    def runs(text):
        found = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(found[i : i + 8]) for i in range(len(found) - 7)}

    documents = chita.evidence.documents.values()
    free = " | ".join(f"{d.title} {d.author or ''}" for d in documents)
    quoted = set().union(*map(runs, source_texts)) & runs(path.read_text() + sent)
    assert quoted <= runs(free)


def test_problem_of_a_worker_travels():
    """Errors in words come back from other processes as they were."""
    import pickle

    found = ProblemsFound([Problem("a", 1, "b", "c")])
    assert pickle.loads(pickle.dumps(found)).problems == found.problems
