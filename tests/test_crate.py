"""A published copy as an RO-Crate: read back by rocrate's own reader, offline; whole, the same each time, nothing given away."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from obrok.case.case import load
from obrok.evidence.anchors import sha256
from obrok.outward.crate import FILE, About
from obrok.outward.publish import publish
from obrok.problems import ProblemsFound
from obrok.worlds import record
from tests.test_publish import TEXT, case, change, everything

__all__ = ["case"]  # the fixture


@pytest.fixture
def results(case, tmp_path):
    """The results of a run of the case, as far as they go along; the record is a real one."""
    folder = tmp_path / "out"
    folder.mkdir()
    loaded = load(case)
    identity = record.identity(loaded, 64, 3, [p.id for p in loaded.policies], {"join_chance": 0.0}, True, "picked")
    made = {"format": 1, "identity": identity, "environment": record.environment()}
    (folder / "record.json").write_text(json.dumps(made))
    (folder / "answers.json").write_text('{"text": "Some leave."}')
    (folder / "answers.csv").write_text("id,p50\nleft,3\n")
    return folder


def read_back(folder, monkeypatch):
    """The crate as rocrate reads it, while nobody can open a connection."""
    from rocrate.rocrate import ROCrate

    def refused(*_, **__):
        raise AssertionError("a connection was asked for")

    with monkeypatch.context() as offline:
        for name in ("socket", "create_connection", "getaddrinfo"):
            offline.setattr(socket, name, refused)
        return ROCrate(folder)


def test_it_is_read_back_and_names_every_file(case, results, tmp_path, monkeypatch):
    done = publish(case, tmp_path / "copy", results, crate=About())
    assert FILE in done.files
    crate = read_back(tmp_path / "copy", monkeypatch)
    assert crate.metadata["conformsTo"] == "https://w3id.org/ro/crate/1.2" and crate.version == "1.2"
    found = {p.relative_to(tmp_path / "copy").as_posix(): p for p in (tmp_path / "copy").rglob("*") if p.is_file()}
    named = {e.id: e for e in crate.data_entities}
    assert set(named) == set(found) - {FILE}
    for name, e in named.items():
        data = found[name].read_bytes()
        assert e["sha256"] == sha256(data) and e["contentSize"] == str(len(data))
        assert e["encodingFormat"] in ("application/yaml", "application/json", "text/csv") and e["description"]
    root = crate.root_dataset
    for key in ("name", "description", "datePublished", "license"):  # what a root must have
        assert root[key]
    assert root["datePublished"] == "2024-06-01" and "not stated" in root["description"]
    assert load(tmp_path / "copy").id == load(case).id


def test_the_run_is_an_action_of_obrok(case, results, tmp_path, monkeypatch):
    publish(case, tmp_path / "copy", results, crate=About())
    crate = read_back(tmp_path / "copy", monkeypatch)
    action = crate.root_dataset["mentions"]
    assert (
        action.type == "CreateAction" and crate.root_dataset["conformsTo"].id == "https://w3id.org/ro/wfrun/process/0.5"
    )
    software = action["instrument"]
    assert (software.type, software["name"], software["softwareVersion"]) == (
        "SoftwareApplication",
        "obrok",
        load_version(),
    )
    assert {e["name"] for e in software["softwareRequirements"]} >= {"python", "numpy", "numba"}
    values = {e["name"]: e["value"] for e in action["object"] if e.type == "PropertyValue"}
    assert (values["seed"], values["worlds"], values["weigh"], values["series"]) == (3, 64, True, "picked")
    assert json.loads(values["fix"]) == {"join_chance": 0.0} and json.loads(values["policies"])
    assert {e.id for e in action["object"] if e.type == "File"} == {"case.yaml", "claims.yaml", "documents.yaml"}
    assert {e.id for e in action["result"]} == {f"results/{n}" for n in ("answers.json", "answers.csv", "record.json")}
    assert not {"agent", "startTime", "endTime"} & action.keys()


def load_version():
    from obrok.release import version

    return version()


def test_documents_are_cited(case, tmp_path, monkeypatch):
    change(
        case,
        "documents.yaml",
        "    licence:",
        "    address: www.example.org/builders\n    author: A. Writer\n    licence:",
    )
    publish(case, tmp_path / "copy", crate=About())
    crate = read_back(tmp_path / "copy", monkeypatch)
    (cited,) = crate.root_dataset["citation"]
    assert (cited["name"], cited["datePublished"]) == ("Builders leave their quarters", "2024-06-01")
    assert cited["publisher"]["name"] == "The Harbour Post" and cited["author"]["name"] == "A. Writer"
    assert cited["url"] == "https://www.example.org/builders" and cited["license"] == "all rights reserved"
    assert "mentions" not in crate.root_dataset and "conformsTo" not in crate.root_dataset  # nothing was run


def test_the_same_copy_gives_the_same_bytes(case, results, tmp_path, monkeypatch):
    publish(case, tmp_path / "one", results, crate=About())
    for name, value in (("TZ", "Asia/Chita"), ("HOME", str(tmp_path)), ("USER", "somebody"), ("PYTHONHASHSEED", "7")):
        monkeypatch.setenv(name, value)
    publish(case, tmp_path / "another" / "name", results, crate=About())
    assert everything(tmp_path / "one") == everything(tmp_path / "another" / "name")
    told = (tmp_path / "one" / FILE).read_text()
    assert f"{datetime.now(UTC):%Y-%m-%d}" not in told and f"{date.today()}" not in told
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", told)  # no random id
    for private in (str(tmp_path), tmp_path.name, socket.gethostname(), "somebody", str(Path.home()), os.sep + "tmp"):
        assert private not in told


def test_of_what_is_protected_nothing_is_in_it(case, tmp_path, monkeypatch):
    d = load(case).evidence.documents["report"]
    anchors = [c.anchor for c in load(case).evidence.claims.values()]
    change(case, "documents.yaml", "    licence:", "    protected: true\n    licence:")
    publish(case, tmp_path / "copy", crate=About())
    told = (tmp_path / "copy" / FILE).read_text()
    secrets = [
        d.title,
        d.publisher,
        d.sha256_file,
        d.sha256_text,
        d.published[0].isoformat(),
        'report"',
        *(a.sha256 for a in anchors),
    ]
    assert not [s for s in secrets if s in told]
    assert "1 of them withheld to protect their sources" in told
    crate = read_back(tmp_path / "copy", monkeypatch)
    assert "citation" not in crate.root_dataset
    assert crate.root_dataset["datePublished"] == str(load(case).date(load(case).days - 1))  # the end of the period


def test_a_live_case_names_nothing_close(case, tmp_path):
    ours = load(case)
    change(case, "case.yaml", "format: 1", "format: 1\nlive: true")
    publish(case, tmp_path / "copy", crate=About())
    told = (tmp_path / "copy" / FILE).read_text()
    for name in (ours.sites[0].id, ours.enterprises[0].id, "Builders leave", "Harbour Post"):
        assert name not in told


def test_it_passes_the_same_gate(case, tmp_path):
    """Nothing that is said of the crate alone gets past the proof."""
    words = " ".join(TEXT.split()[3:12])
    with pytest.raises(ProblemsFound, match="words in a row") as refused:
        publish(case, tmp_path / "copy", crate=About(licence=f"Free, since {words}."))
    assert [p.file for p in refused.value.problems] == [FILE] and not (tmp_path / "copy").exists()
    d = load(case).evidence.documents["report"]
    change(case, "documents.yaml", "    licence:", "    protected: true\n    licence:")
    with pytest.raises(ProblemsFound, match="bibliography"):
        publish(case, tmp_path / "copy", crate=About(licence=f"As {d.title} has it."))


@pytest.mark.parametrize(
    ("licence", "id", "says"),
    [
        ("CC-BY-4.0", "https://spdx.org/licenses/CC-BY-4.0", "CC-BY-4.0"), ("MIT", "https://spdx.org/licenses/MIT", "MIT"),
        ("https://example.org/terms", "https://example.org/terms", "licence"), ("For members alone.", "#licence", "For members alone."),
        ("private", "#licence", "private"), (None, "#licence", "No licence was stated"),
    ],
)  # fmt: skip
def test_licences(case, tmp_path, monkeypatch, licence, id, says):
    publish(case, tmp_path / "copy", crate=About(date(2026, 5, 31), licence))
    root = read_back(tmp_path / "copy", monkeypatch).root_dataset
    assert root["license"].id == id and says in root["license"]["description"] and root["license"]["name"]
    assert root["datePublished"] == "2026-05-31" and "not stated" not in root["description"]


@pytest.mark.parametrize(
    "text", ["{}", "[", '"a"', '{"identity": [], "environment": {}}', '{"identity": {"seed": 1}, "environment": {}}']
)
def test_a_record_that_is_none(case, results, tmp_path, text):
    (results / "record.json").write_text(text)
    with pytest.raises(ProblemsFound, match="no record of a run"):
        publish(case, tmp_path / "copy", results, crate=About())
    assert not (tmp_path / "copy").exists()


def test_the_command(case, results, call, monkeypatch):
    code, out, _ = call(
        "publish",
        case,
        "--out",
        "copy",
        "--results",
        results,
        "--crate",
        "--date",
        "2026-05-31",
        "--licence",
        "CC-BY-4.0",
    )
    assert code == 0 and FILE in out
    for args, told in (
        (("--crate", "--date", "2026-05"), "is not a day"), (("--crate", "--date", "soon"), "is not a day"), (("--date", "2026-05-31"), "say --crate"),
    ):  # fmt: skip
        code, out, _ = call("publish", case, "--out", "other", *args)
        assert code == 1 and told in out
    monkeypatch.setitem(sys.modules, "rocrate", None)
    code, out, _ = call("publish", case, "--out", "other", "--crate")
    assert code == 1 and "pip install 'obrok[crate]'" in out
    assert call("publish", case, "--out", "other")[0] == 0
