"""Runs: what is written, same bytes whatever the threads, going on where it broke off, pairing."""

from __future__ import annotations

import getpass
import json
import socket
from pathlib import Path

import numpy as np
import pytest

import obrok
from obrok.answers.screen import BLOCK
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import COLUMN
from obrok.outward import files, stages, study
from obrok.outward.options import Options
from obrok.outward.study import Refused, run_case
from obrok.problems import ProblemsFound
from obrok.worlds import run, store
from obrok.worlds.population import draw_parameters
from obrok.worlds.run import Plan, prepare, run_chunk, run_worlds


def test_what_a_run_writes(small_run):
    s, folder = small_run.summary, small_run.folder
    assert set(s) >= {
        "format",
        "case",
        "case_sha256",
        "seed",
        "worlds",
        "weighed",
        "effective_sample_size",
        "pareto_k",
        "anchors",
        "questions",
        "answers",
        "leverage",
    }
    policies = [p.id for p in small_run.case.policies]
    have = {(a["id"], a["policy"], a["versus"]) for a in s["answers"]}
    asked = [*OUTCOMES, *(q.id for q in small_run.case.questions)]
    assert have == {(o, p, None) for o in asked for p in policies} | {
        (o, p, v) for o in asked for p, v in small_run.case.compare
    }
    for a in s["answers"]:
        assert set(a) >= {"unit", "p05", "p50", "p95", "prior", "text", "claims", "assumptions"} and set(
            a["prior"]
        ) == {"p05", "p50", "p95"}
        if a["p50"] is not None:
            assert a["p05"] <= a["p50"] <= a["p95"]
            assert a["unit"] != "people" or a["p50"] == int(a["p50"])
        if a["versus"]:
            assert 0 <= a["chance_more"] <= 1 and 0 <= a["chance_less"] <= 1
    row = s["leverage"][0]
    assert set(row) >= {"kind", "id", "answer", "policy", "p50_without", "width_without", "effective_sample_size"}
    assert sorted(p.name for p in folder.iterdir()) == [
        "answers.csv",
        "answers.json",
        "case",
        "explain.json",
        "record.json",
        "report.html",
        "series",
        "worlds",
    ]
    table = small_run.table
    assert len(table["world"]) == 60 * len(policies)
    assert set(table) >= {
        "world",
        "policy",
        "log_weight",
        "log_correction",
        *OUTCOMES,
        *map(files.column_of, small_run.case.priors),
    }
    series = store.read_tables(sorted((folder / "series").glob("*.parquet")))
    assert set(series) >= {"world", "picked", "policy", "day", "date", "at_post", "left_nearby", "gross"}
    once = (series["day"] == 0) & (series["policy"] == policies[0])
    assert series["picked"][once].sum() == stages.RESAMPLE


def test_answers_do_not_depend_on_threads_or_on_the_time_of_day(chita, tmp_path, small_run):
    texts = {(small_run.folder / "answers.json").read_bytes()}
    for threads in (1, 2):
        result = run_case(chita, Options(480, 3, threads=threads), tmp_path / str(threads))
        texts.add((result.folder / "answers.json").read_bytes())
        assert (result.folder / "report.html").read_bytes() == (small_run.folder / "report.html").read_bytes()
    assert len(texts) == 1


def test_answers_do_not_depend_on_batches(chita, tmp_path, small_run, monkeypatch):
    """Neither on how many worlds go through the engine together nor on how many lie in a file."""
    monkeypatch.setattr(run, "CHUNK", 7)
    monkeypatch.setattr(files, "BATCH", 13)
    result = run_case(chita, Options(480, 3), tmp_path / "r")
    assert len(list((result.folder / "worlds").iterdir())) == 5
    assert (result.folder / "answers.json").read_bytes() == (small_run.folder / "answers.json").read_bytes()


def test_a_world_does_not_depend_on_how_many_there_are(chita, small_run, small_plan):
    """Nor does which of them is gone on with."""
    kept = small_run.table["world"][small_run.table["policy"] == "as-reported"]
    chunk = run_chunk(small_plan, kept[[7, 41]])
    for policy in chita.policies:
        rows = small_run.table["policy"] == policy.id
        for name in OUTCOMES:
            assert np.array_equal(small_run.table[name][rows][[7, 41]], chunk.answers[policy.id][name], equal_nan=True)
    fewer = run_case(chita, Options(120, 3, policies=("as-reported",))).table
    assert (fewer["world"] == kept[:15]).all() and (kept // BLOCK == np.arange(60)).all() and len(set(kept % BLOCK)) > 4
    first = small_run.table["log_correction"][small_run.table["policy"] == "as-reported"][:15]
    assert (fewer["log_correction"] == first).all()


def test_a_parameter_keeps_its_draws_beside_an_outcome_of_its_name(chita, small_run, small_plan):
    """far_share and taken_back name a parameter and an outcome: neither may stand in the other's place."""
    rows = small_run.table["policy"] == "as-reported"
    chunk = run_chunk(small_plan, small_run.table["world"][rows])
    draws = chunk.draws
    data = small_run.to_xarray()
    for name in chita.priors:
        assert np.array_equal(small_run.table[files.column_of(name)][rows], draws[name]), name
        assert np.array_equal(data[f"parameter_{name}"].values, draws[name]), name
    for name in ("far_share", "taken_back"):
        assert np.array_equal(small_run.table[name][rows], chunk.answers["as-reported"][name], equal_nan=True)
        assert not np.array_equal(small_run.table[name][rows], draws[name], equal_nan=True)


def test_what_moves_answers_sees_the_draws(chita, tmp_path, monkeypatch, small_plan):
    """What leverage and shares of variance are given is what was drawn, for every parameter."""
    seen = {}

    def look(worlds):
        seen.update(worlds.draws)
        return []

    monkeypatch.setattr(study, "left_out", look)
    result = run_case(chita, Options(160, 3, policies=("as-reported",)), tmp_path / "r")
    drawn = prepare(small_plan, result.table["world"]).draws
    assert set(seen) == set(chita.priors)
    assert all(np.array_equal(seen[name], drawn[name]) for name in seen)


def test_replay_equals_its_slice(chita, small_run, small_plan):
    series = store.read_tables(sorted((small_run.folder / "series").glob("*.parquet")))
    world = int(series["world"][0])
    alone = run_worlds(small_plan, np.array([world]), keep_series=True)
    for policy in chita.policies:
        rows = (series["world"] == world) & (series["policy"] == policy.id)
        for name, i in COLUMN.items():
            assert (series[name][rows] == alone.days[policy.id].series[0, 0, :, i]).all()


def test_nothing_differs_before_the_first_event_and_v0_gives_identical_bits(chita):
    plan = Plan(chita, 9, chita.policies)
    chunk = run_chunk(plan, np.arange(12), keep_series=True)
    first = min(e.day for e in chita.events)
    reported = chunk.days["as-reported"].series
    differs = 0
    for policy in chita.policies[1:]:
        other = chunk.days[policy.id].series
        assert (other[:, :, :first] == reported[:, :, :first]).all()
        differs += (other != reported).any()
    assert differs == len(chita.policies) - 1
    zero = run_chunk(Plan(chita, 9, chita.policies, {"visit_role": 0.0}), np.arange(12), keep_series=True)
    for a, b in zip(zero.days["without-visit"], zero.days["as-reported"], strict=True):
        assert (a == b).all()
    same = chunk.draws["visit_role"] == 0
    assert same.any() and (chunk.days["without-visit"].series[same] == reported[same]).all()


def test_draws_follow_the_case(chita):
    draws = draw_parameters(chita, 1, np.arange(4000), {"join_chance": 0.5})
    assert (draws["join_chance"] == 0.5).all()
    assert (draws["hand_over_after"] <= draws["hand_over_before"]).all()
    assert (draws["watch"] <= draws["watch_max"]).all()
    assert (draws["fee"] + draws["deductions"] <= 1).all()
    assert (draws["crew_size"] == np.floor(draws["crew_size"])).all()
    assert set(np.unique(draws["crew_size"])) == set(range(6, 16))
    assert 0.40 < (draws["visit_role"] == 0).mean() < 0.48  # 0.44; 4.5 standard errors are 0.035
    report = draws["published dnk-chita"]
    assert report.min() == chita.day(chita.evidence.documents["dnk-chita"].published[0])


def test_finished_refused_forced(chita, tmp_path, small_run):
    again = run_case(chita, Options(480, 3), small_run.folder)
    assert not again.fresh and again.summary == small_run.summary
    with pytest.raises(Refused, match=r"--out.*--force"):
        run_case(chita, Options(481, 3), small_run.folder)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    with pytest.raises(Refused, match="not a result"):
        run_case(chita, Options(20, 3), mine, force=True)
    assert (mine / "notes.txt").read_text() == "keep"
    run_case(chita, Options(20, 3, policies=("as-reported",), weigh=False), tmp_path / "r")
    forced = run_case(
        chita,
        Options(168, 3, policies=("without-visit",), fix={"visit_role": 1.0}, series="all"),
        tmp_path / "r",
        force=True,
    )
    assert forced.fresh and {a["policy"] for a in forced.answers} == {"as-reported", "without-visit"}
    assert (forced.table["visit_role"] == 1).all()
    series = store.read_tables(sorted((forced.folder / "series").glob("*.parquet")))
    assert len(np.unique(series["world"])) == 21


def test_bad_options_are_told_at_once(chita):
    with pytest.raises(ProblemsFound) as found:
        run_case(chita, Options(0, -1, policies=("x",), fix={"wagee": 1, "held": 2}, series="some"))
    assert len(found.value.problems) == 6


def test_no_name_of_machine_or_user_in_a_result(small_run):
    names = {socket.gethostname(), getpass.getuser(), str(Path.home()), str(small_run.folder), str(Path.cwd())}
    names = {name for name in names if len(name) > 4}  # shorter ones occur by chance in compressed bytes
    for path in small_run.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for name in names:
                assert name.encode() not in data, (path.name, "holds a name of this machine")
    record = json.loads((small_run.folder / "record.json").read_text())
    assert set(record) == {
        *("format", "identity", "environment", "z", "worlds", "weighing", "proposal", "held_back", "answers_sha256"),
        *("files", "sha256", "anchors"),
    }


def test_report_is_one_file_and_complete(small_run, source_texts):
    import re

    html = (small_run.folder / "report.html").read_text("utf-8")
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#|data:image/)", html)
    assert not re.search(r"@import|<script[^>]+src|<link", html)
    for claim in small_run.case.evidence.claims:
        assert f'id="claim-{claim}"' in html
    for name in small_run.case.priors:
        assert f'id="assumption-{name}"' in html
    for target in set(re.findall(r'href="#([^"]+)"', html)):
        assert f'id="{target}"' in html, target
    assert html.count("<svg") + html.count("<img") >= 4

    def runs(text: str) -> set[tuple[str, ...]]:
        found = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(found[i : i + 8]) for i in range(len(found) - 7)}

    title = small_run.case.evidence.documents["dnk-chita"].title  # bibliography may be quoted
    words = re.sub("<[^>]+>", " ", html).replace(title, " | ")
    assert not set().union(*map(runs, source_texts)) & runs(words)


def test_python_face():
    result = obrok.load("chita-2015").run(worlds=160, seed=2)
    assert result.answer("left")["text"]
    data = result.to_xarray()
    assert data["left"].dims == ("world", "policy") and data["left"].attrs["units"] == "people"
    assert (data.sizes["world"], data.sizes["policy"]) == (20, 4)
    with pytest.raises(KeyError):
        result.answer("lefft")
