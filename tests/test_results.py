"""A result as labelled arrays: what lies on disk, no more and no less."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import obrok
from obrok.answers.quantiles import quantiles
from obrok.case.parameters import OUTCOMES
from obrok.engine.tables import ACCOUNTS, FLOWS, STATUSES
from obrok.outward import columns
from obrok.outward.files import column_of
from obrok.outward.results import _row
from obrok.outward.sound import refuse_unsound
from obrok.problems import ProblemsFound
from obrok.worlds import store
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def data(small_run):
    return obrok.results(small_run.folder)


def test_worlds(small_run, data):
    table = small_run.table
    for policy in small_run.case.policies:
        rows = table["policy"] == policy.id
        assert (data["world"].values == table["world"][rows]).all()
        for name in ("left", "to_state", "far_share"):
            assert np.array_equal(data[name].sel(policy=policy.id).values, table[name][rows], equal_nan=True)
    assert data["weight"].sum() == pytest.approx(1.0)
    assert {f"parameter_{name}" for name in small_run.case.priors} <= set(data)
    assert data["parameter_wage"].attrs == {"units": "USD/month", "long_name": "mean gross pay"}


def test_answers_can_be_read_off_the_worlds(data):
    """The answers are weighted quantiles of the outcomes: recomputed here from the labelled arrays."""
    for question in ("left", "found", "to_state"):
        values = data[question].sel(policy="as-reported").values
        told = data["answer"].sel(question=question, comparison="as-reported").values
        assert quantiles(values, data["weight"].values) == pytest.approx(told, rel=1e-9)
    effect = data["left"].sel(policy="as-reported") - data["left"].sel(policy="without-visit")
    told = data["answer"].sel(question="left", comparison="as-reported less without-visit", quantile=0.5).item()
    assert quantiles(effect.values, data["weight"].values)[1] == told


def test_days(small_run, data):
    table = store.read_tables(sorted((small_run.folder / "series").glob("*.parquet")))
    rng = np.random.default_rng(1)
    for k in rng.integers(0, len(table["world"]), 30):
        at = dict(picked=table["world"][k], policy=table["policy"][k], place=table["place"][k], day=table["day"][k])
        here = data.sel(**at)
        assert [here["people"].sel(status=s).item() for s in STATUSES] == [table[s][k] for s in STATUSES]
        assert [here["flows"].sel(flow=f).item() for f in FLOWS] == [table[f][k] for f in FLOWS]
        assert [here["money"].sel(account=a).item() for a in ACCOUNTS] == [table[a][k] / 100 for a in ACCOUNTS]
        assert here["watch"].item() == table["watch"][k] and here["times"].item() == table["picked"][k]
        assert here["date"].values == np.datetime64(small_run.case.date(int(table["day"][k])), "ns")
    assert data["people"].isel(day=-1).sum("status").min() > 0  # nobody is lost between the labels


def test_leverage_of_every_claim_source_and_origin(small_run, data):
    evidence = small_run.case.evidence
    used = [c.id for c in evidence.claims.values() if c.informs != "context"]
    kinds = dict(zip(data["left_out"].values, data["kind"].values, strict=True))
    assert set(used) == {name for name, kind in kinds.items() if kind == "claim"}
    assert {"S1", "S2"} == {name for name, kind in kinds.items() if kind == "source"}
    assert {evidence.origin(c) for c in evidence.claims.values()} == {n for n, k in kinds.items() if k == "origin"}
    assert set(data["p50_without"].dims) == {"left_out", "question"}
    for row in small_run.summary["leverage"]:
        here = data.isel(left_out=(data["left_out"] == row["id"]) & (data["kind"] == row["kind"])).sel(
            question=row["answer"]
        )
        for name in ("p50_without", "moved", "sure", "effective_sample_size"):
            told = np.nan if row[name] is None else float(row[name])
            assert here[name].item() == pytest.approx(told, nan_ok=True)


def test_labels(small_run, data):
    assert data.attrs["title"] == small_run.case.title and data.attrs["case_sha256"] == small_run.case.sha256
    assert data["left"].attrs == {"units": "people", "long_name": "people who leave their posts"}
    for name, prior in small_run.case.priors.items():
        assert data[f"parameter_{name}"].attrs["units"] == prior.parameter.unit
    for name, unit in (
        ("firm-b.weight", "1"),
        ("visit.ramp", "days"),
        ("visit.share", "share"),
        ("visit.wage", "USD/month"),
    ):
        row = _row(name)
        assert row is not None and (row.name, row.unit) == (name, unit)
    assert _row("published a.report") is None


def test_every_column_is_in_the_dictionary(small_run):
    """What the docs list is what the files hold, in the same units and order of names."""
    assert (ROOT / "docs" / "columns.md").read_text("utf-8") == columns.as_markdown()
    own = {column_of(n) for n in small_run.case.priors}
    own |= {name for name in small_run.table if name.startswith(("published ", "claim ", "likelihood ", "question "))}
    assert set(small_run.table) - own == {c.name for c in columns.WORLDS}
    series = store.read_tables(sorted((small_run.folder / "series").glob("*.parquet")))
    assert list(series) == [c.name for c in columns.SERIES]
    with (small_run.folder / "answers.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == [c.name for c in columns.ANSWERS]
    assert {c.name: c.unit for c in columns.WORLDS if c.name in OUTCOMES} == OUTCOMES
    for column in (*columns.ANSWERS, *columns.WORLDS, *columns.SERIES, *columns.OWN):
        assert column.meaning and "|" not in column.meaning


def test_other_tools_can_open_it(data, tmp_path):
    xr = pytest.importorskip("xarray")
    data.to_netcdf(tmp_path / "result.nc", engine="scipy")
    again = xr.open_dataset(tmp_path / "result.nc", engine="scipy")
    assert (again["people"].values == data["people"].values).all()
    frame = data["people"].sel(policy="as-reported", place="chita").isel(day=[0, -1]).to_dataframe()
    assert len(frame) == data.sizes["picked"] * 2 * len(STATUSES)


def test_it_is_sound(small_run):
    refuse_unsound(small_run.folder, small_run.case)


def test_without_days_and_refused(small_run, tmp_path):
    assert "people" not in small_run.to_xarray(days=False) and "left" in small_run.to_xarray(days=False)
    with pytest.raises(ProblemsFound, match="no finished result"):
        obrok.results(tmp_path)


def test_a_tree_as_arviz_reads_it(small_run):
    """Its equal draws are the worlds by weight: middles agree with the weighted ones, before and after weighing."""
    tree = obrok.tree(small_run.folder)
    data = obrok.results(small_run.folder, days=False)
    assert set(tree.children) == {"posterior", "prior", "log_likelihood"}
    posterior, prior = tree["posterior"], tree["prior"]
    assert posterior["left"].dims[:2] == ("chain", "draw") and posterior["parameter_wage"].dims == ("chain", "draw")
    for name in ("left", "to_state"):
        told = data["answer"].sel(question=name, comparison="as-reported", quantile=0.5).item()
        assert np.quantile(posterior[name].sel(policy="as-reported"), 0.5) == pytest.approx(told, rel=0.02, abs=1)
        before = data["answer_before"].sel(question=name, comparison="as-reported", quantile=0.5).item()
        assert np.quantile(prior[name].sel(policy="as-reported"), 0.5) == pytest.approx(before, rel=0.02, abs=1)
    likes = tree["log_likelihood"]
    assert set(likes.data_vars) == {c.id for c in small_run.case.outcome_claims()}
    world = posterior["world"].values[7]
    row = (small_run.table["world"] == world) & (small_run.table["policy"] == "as-reported")
    assert np.exp(likes["may-found"].values[0, 7]) == pytest.approx(small_run.table["likelihood may-found"][row][0])
    assert posterior["left"].sel(policy="as-reported").values[0, 7] == small_run.table["left"][row][0]


def test_tidy_tables(small_run):
    tables = obrok.tables(small_run.folder)
    assert len(tables["answers"]) == len(small_run.answers) and {"p05", "prior_p50", "text"} <= set(tables["answers"])
    due = tables["due"].groupby(["answer_id", "policy", "versus"], dropna=False)["share"].sum()
    assert len(due) > 3 and np.allclose(due, 1.0, atol=1e-6)
    assert set(tables["believed"]["claim"]) == {c.id for c in small_run.case.outcome_claims()}
    assert len(tables["worlds"]) == len(small_run.table["world"]) and "answer_id" in tables["leverage"]
    with pytest.raises(ProblemsFound):
        obrok.tables(small_run.folder / "worlds")
