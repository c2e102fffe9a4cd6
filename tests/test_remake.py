"""A result made again from its record: the same, or what differs; records that are damaged, hostile or of elsewhere."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrok.outward import remake as remaking
from obrok.outward.remake import remake
from obrok.problems import ProblemsFound
from obrok.worlds import store
from tests.faults import contents


@pytest.fixture(scope="module")
def made(small_run, tmp_path_factory):
    """A result, and it made again, on a machine without the texts."""
    out = tmp_path_factory.mktemp("again")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OBROK_DOCUMENTS", raising=False)
        patch.setenv("OBROK_ARCHIVE", str(out / "none"))
        return small_run, remake(small_run.folder / "record.json", out=out / "x"), out / "x"


def test_it_is_the_same_to_the_byte(made):
    result, again, folder = made
    assert again.same and again.text().endswith(f"The same, byte for byte: {len(result.record['files'])} files.")
    assert contents(folder) == contents(result.folder)
    if result.case.anchors.checked:  # told as they were found then
        assert "anchors were checked there, and 0 can be here" in again.text()


def changed(record: dict, **identity) -> dict:
    return record | {"identity": record["identity"] | identity}


def write(path, record: dict):
    store.write_json(path, store.sealed(record))
    return path


def as_if(monkeypatch, folder):
    """Running anew gives what is in a folder: what is compared is compared as ever."""

    def run(case, options, out, force, progress):
        shutil.copytree(folder, out, dirs_exist_ok=True)
        from obrok.outward.folder import read_record
        from obrok.outward.study import Result

        return Result(case, out, {}, read_record(out), True, "")

    monkeypatch.setattr(remaking, "run_case", run)


def test_what_differs_is_told(made, tmp_path, monkeypatch):
    result, _, folder = made
    as_if(monkeypatch, folder)
    old = tmp_path / "old"
    shutil.copytree(result.folder, old)
    answers = json.loads((old / "answers.json").read_text())
    other = json.loads(json.dumps(answers))
    row = next(a for a in other["answers"] if a["p50"] and a["id"] == "left")
    row["p50"] *= 1.25
    store.write_json(old / "answers.json", other)
    record = dict(result.record)
    record["files"] = record["files"] | {"answers.json": store.digest_of(old / "answers.json"), "gone.csv": "0" * 64}
    del record["files"]["report.html"]
    record["environment"] = record["environment"] | {"numpy": "1.0"}
    write(old / "record.json", changed(record, code_sha256="0" * 64))
    told = remake(old, out=tmp_path / "x").text()
    assert "numpy (1.0 and" in told and "two states of obrok" in told and "Not the same" in told
    assert "the answers: 1 file with other bytes" in told and "the report: 1 file not there before" in told
    assert "gone.csv: 1 file not made" in told and "1 of " in told and "left, as-reported: by 20 %" in told
    row["p50"] = row["p50"] / 1.25 * (1 + 1e-12)
    store.write_json(old / "answers.json", other)
    record["files"]["answers.json"] = store.digest_of(old / "answers.json")
    write(old / "record.json", record)
    assert "by rounding alone" in remake(old, out=tmp_path / "y").text()


def test_the_case_is_found_or_asked_for(made, tmp_path, monkeypatch):
    result, _, folder = made
    as_if(monkeypatch, folder)
    alone = tmp_path / "record.json"
    shutil.copy(result.folder / "record.json", alone)
    assert remake(alone).same  # the shipped case
    sha = store.sha256("another")
    write(alone, changed(result.record, case_sha256=sha))
    with pytest.raises(ProblemsFound, match=r"neither beside the record nor shipped"):
        remake(alone)
    with pytest.raises(ProblemsFound, match=r"not the case of the record"):
        remake(alone, case="chita-2015")


def test_a_damaged_record_is_refused(small_run, tmp_path):
    path = tmp_path / "record.json"
    whole = (small_run.folder / "record.json").read_bytes()
    for bad in (whole[:-1], whole.replace(b'"seed": 3', b'"seed": 4'), b"{}", b"\0", b"[" * 100_000, b""):
        path.write_bytes(bad)
        with pytest.raises(ProblemsFound, match=r"record"):
            remake(path)
    with pytest.raises(ProblemsFound, match="no such file"):
        remake(tmp_path / "nothing.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)


def test_a_sealed_record_of_any_shape_is_words(small_run, tmp_path):
    """Whoever seals it: what is read of a record is looked at first."""
    whole, path = json.dumps(small_run.record), tmp_path / "record.json"

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def law(data):
        record = json.loads(whole)
        record["identity"]["case_sha256"] = "0" * 64
        where = data.draw(st.sampled_from([record, record["identity"], record["identity"]["anchors"]]))
        key = data.draw(st.sampled_from(sorted(where)))
        where[key] = data.draw(json_values)
        with pytest.raises(ProblemsFound):
            remake(write(path, record))

    law()
