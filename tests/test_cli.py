"""The command line: exit codes, words instead of tracebacks, texts taken in."""

from __future__ import annotations

import json

import pytest


def test_run_twice_and_json(call, tmp_path):
    code, out, _ = call("run", "--worlds", 160, "--threads", 1)
    assert code == 0 and "not a count" in out and (tmp_path / "out" / "chita-2015" / "report.html").exists()
    code, out, _ = call("run", "--worlds", 160)
    assert code == 0 and "computed before" in out
    code, out, _ = call("run", "--worlds", 160, "--json")
    assert json.loads(out)["worlds"] == 160
    code, _, err = call("run", "--worlds", 30)
    assert code == 2 and "--out" in err and "--force" in err


def test_usage_errors_are_words(call):
    assert call("run", "--worls", 3)[0] == 2
    code, out, _ = call("run", "--fix", "wagee=3", "--policy", "nobody")
    assert code == 1 and "did you mean `wage`" in out and "no policy `nobody`" in out
    assert call("run", "--fix", "wage=nan")[0] == 1
    code, out, _ = call("run", "chita-2051")
    assert code == 1 and "did you mean `chita-2015`" in out


def test_stop_by_hand(call, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("obrok.outward.study.run_case", stop)
    code, _, err = call("run", "--worlds", 160)
    assert code == 130 and "goes on from there" in err


def test_check(call, tmp_path, monkeypatch):
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)
    code, out, _ = call("check", "chita-2015")
    assert code == 0 and "29 anchors not checked here: document dnk-chita is not on this machine" in out
    assert call("check", "chita-2015", "--documents-required")[0] == 1
    assert call("new", "mine")[0] == 0
    assert call("new", "mine")[0] == 1
    assert call("check", "mine")[0] == 0
    path = tmp_path / "mine" / "case.yaml"
    path.write_text(path.read_text().replace("period:", "periode:", 1))
    code, out, _ = call("check", "mine", "--json")
    assert code == 1 and json.loads(out)["problems"][0]["mended"].startswith("period:")


def test_own_case_from_a_text(call, tmp_path):
    """A new case, a text, an anchored claim, a check that finds the anchor, and one that finds it moved."""
    text = tmp_path / "Report one.txt"
    text.write_text("About forty men were sent.\nSome of them have run away since spring, people say.\n")
    call("new", "mine")
    code, out, _ = call("read", "mine", text)
    assert code == 1 and "--published" in out
    code, out, _ = call(
        "read", "mine", text, "--published", "2015-06-15", "--anchor", "About forty men", "--anchor", "nowhere"
    )
    assert code == 1 and "0 places" in out
    anchor = next(line.split("anchor: ")[1] for line in out.splitlines() if "anchor: " in line)
    assert "document report-one, added" in out
    assert "known by its digest" in call("read", "mine", text)[1]
    claims = (
        'format: 1\nsources:\n  - {id: S1, kind: unnamed person, near: unknown, credence: {value: 0.7, why: "a guess"}}\nclaims:\n'
        f"  - id: forty\n    document: report-one\n    anchor: {anchor}\n    source: S1\n    paraphrase: Two score workers.\n    informs: context\n"
    )
    (tmp_path / "mine" / "claims.yaml").write_text(claims)
    code, out, _ = call("check", "mine")
    assert code == 0 and "1 anchors checked" in out
    (tmp_path / "mine" / "claims.yaml").write_text(claims.replace("start: 0, end: 15", "start: 1, end: 16"))
    code, out, _ = call("check", "mine")
    assert code == 1 and "does not match the text" in out and "start: 0, end: 15" in out
    assert oct((tmp_path / "mine" / "archive").stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7 x", "PDF"),
        (b"<!DOCTYPE html><p>", "no text"),
        (b"caf\xe9 au lait, 300 hommes", "UTF-8"),
        (b"  \n", "empty"),
        (b"a\x00b\x00", "UTF-16"),
        (b"PK\x03\x04" + bytes(30), "zip"),
    ],
)
def test_what_cannot_be_read(call, tmp_path, data, word):
    call("new", "mine")
    (tmp_path / "x.txt").write_bytes(data)
    code, out, _ = call("read", "mine", "x.txt", "--published", "2015")
    assert code == 1 and word in out
    assert call("read", "mine", "no.txt")[0] == 1 and call("read", "mine", tmp_path)[0] == 1
