"""A published copy holds no words of a text and nothing of protected sources, and still answers the same."""

from __future__ import annotations

import json
import shutil

import pytest

from obrok.case.case import FILES, load, shipped_folder
from obrok.evidence.anchors import Anchor, sha256
from obrok.evidence.archive import user_archive
from obrok.evidence.quotations import longest_run, quotations, runs, tokens
from obrok.evidence.withheld import code_of, holds, key_of
from obrok.outward.editing.intake import About, take_in
from obrok.outward.publish import capital, publish
from obrok.problems import ProblemsFound

TEXT = (
    "Some forty of the three hundred builders in the port of Dolgorod left their quarters in May, a foreman said, and "
    "a few were found by police. None of them was given back to the firm. Pay is near 700 dollars a month before the "
    "plan is taken out of it. The guards have been doubled since then, he said, and the gate is shut at nine."
)


@pytest.fixture
def case(tmp_path, monkeypatch):
    """A case on one document, with two claims, that runs."""
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "user-archive"))
    monkeypatch.setenv("OBROK_DOCUMENTS", "")
    folder = tmp_path / "mine"
    shutil.copytree(shipped_folder() / "blank", folder)
    (tmp_path / "report.txt").write_text(TEXT)
    take_in(
        folder,
        [tmp_path / "report.txt"],
        About(published="2024-06-01", title="Builders leave their quarters", publisher="The Harbour Post"),
    )
    anchors = [
        Anchor.find(TEXT, w)[0].as_yaml() for w in ("a few were found by police", "The guards have been doubled")
    ]
    (folder / "claims.yaml").write_text(
        f"""# a note to myself, which stays here
format: 1
sources:
  - {{id: S1, kind: unnamed person, near: close, credence: {{value: 0.8, why: "was there"}}}}
claims:
  - id: found
    document: report
    anchor: {anchors[0]}
    source: S1
    paraphrase: Some of those who went were caught.
    informs: context
  - id: guards
    document: report
    anchor: {anchors[1]}
    source: S1
    paraphrase: Twice as many men watch them by now.
    informs: context
"""
    )
    load(folder)
    return folder


def change(folder, file, old, new):
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def everything(folder):
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


def test_a_copy_stands_on_its_own_and_proves_itself(case, tmp_path):
    done = publish(case, tmp_path / "copy")
    files = everything(tmp_path / "copy")
    assert set(files) == {*FILES, "publish.json"}
    proof = json.loads(files["publish.json"])
    assert {name: sha256(files[name]) for name in FILES} == proof["files"]
    assert (
        done.texts == 1
        and done.longest == proof["longest_run_of_words_shared"] == longest_run(files.values(), [TEXT]) < 8
    )
    assert "a note to myself" not in "".join(files.values())
    copy, ours = load(tmp_path / "copy"), load(case)
    assert copy.priors.keys() == ours.priors.keys() and copy.evidence.claims == ours.evidence.claims
    assert {n: p.distribution for n, p in copy.priors.items()} == {n: p.distribution for n, p in ours.priors.items()}


def test_a_quotation_is_refused_with_its_line(case, tmp_path):
    stolen = " ".join(TEXT.split()[3:12])
    change(case, "claims.yaml", "Some of those who went were caught.", f"It says that {stolen}.")
    with pytest.raises(ProblemsFound) as refused:
        publish(case, tmp_path / "copy")
    line = (case / "claims.yaml").read_text().split("\n").index(f"    paraphrase: It says that {stolen}.") + 1
    assert [(p.file, p.line) for p in refused.value.problems] == [("claims.yaml", line)]
    assert not (tmp_path / "copy").exists() and not list(tmp_path.glob("*.part"))


def test_of_a_protected_document_nothing_is_left_but_codes(case, tmp_path):
    change(case, "documents.yaml", "    licence:", "    protected: true\n    licence:")
    done = publish(case, tmp_path / "copy")
    files = everything(tmp_path / "copy")
    told = "".join(files.values())
    d = load(case).evidence.documents["report"]
    for secret in (d.title, d.publisher, d.sha256_file, d.sha256_text, str(d.characters), "report\n"):
        assert secret not in told
    anchors = [c.anchor for c in load(case).evidence.claims.values()]
    assert not any(a.sha256 in told or a.around in told or "start:" in files["claims.yaml"] for a in anchors)
    assert done.withheld["documents"] == 1 and done.withheld["spans"] == 2
    copy = load(tmp_path / "copy")
    assert copy.anchors.no_text == 2  # a stranger cannot check them


def test_the_holder_of_the_archive_can_check_a_code(case, tmp_path, monkeypatch):
    change(case, "documents.yaml", "    licence:", "    protected: true\n    licence:")
    publish(case, tmp_path / "copy")
    monkeypatch.setenv("OBROK_ARCHIVE", str(case / "archive"))
    copy = load(tmp_path / "copy")
    assert copy.anchors.checked == 2 and copy.anchors.no_text == 0
    spans = [c.span for c in copy.evidence.claims.values()]
    key, anchor = key_of(case / "archive"), load(case).evidence.claims["found"].anchor
    assert spans[0] == code_of(key, TEXT, anchor) != code_of(b"another key of thirty-two bytes!", TEXT, anchor)
    (case / "archive" / "key").write_bytes(b"k" * 32)  # not the key it was published with
    assert holds(spans[0], tmp_path / "copy") is False
    with pytest.raises(ProblemsFound, match="not the one that was published"):
        load(tmp_path / "copy")


def test_a_live_case_gives_no_place_below_a_region(case, tmp_path):
    change(case, "case.yaml", "format: 1", "format: 1\nlive: true")
    ours = load(case)
    site = ours.sites[0].id
    done = publish(case, tmp_path / "copy")
    copy = load(tmp_path / "copy")
    assert copy.live and site not in {s.id for s in copy.sites} and done.withheld["documents"] == 1
    assert all(p.within is None or p.id.startswith(p.within) for p in copy.places.values())
    firm = ours.enterprises[0].id
    change(
        case, "claims.yaml", "Some of those who went were caught.", f"Some who went from {capital(firm)} were caught."
    )
    with pytest.raises(ProblemsFound) as refused:
        publish(case, tmp_path / "other")
    assert any(p.file == "claims.yaml" and p.line and f"`{firm}`" in p.what for p in refused.value.problems)


def test_without_the_text_nothing_can_be_proved(case, tmp_path):
    shutil.rmtree(case / "archive")
    with pytest.raises(ProblemsFound, match="nobody can prove"):
        publish(case, tmp_path / "copy")


def test_results_go_along_only_if_they_are_sound(case, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/answers.json").write_text('{"text": "An answer."}')
    publish(case, tmp_path / "copy", tmp_path / "out")
    assert (tmp_path / "copy/results/answers.json").exists()
    (tmp_path / "out/answers.json").write_text(json.dumps({"text": TEXT}))
    with pytest.raises(ProblemsFound, match="words in a row"):
        publish(case, tmp_path / "other", tmp_path / "out")


def test_the_shipped_cases_can_be_given_away(source_texts, tmp_path, call):
    for name in ("chita-2015", "russia-2015"):
        code, out, _ = call("publish", name, "--out", name)
        assert code == 0 and "Proof: publish.json" in out
        documents = load(name).evidence.documents.values()  # titles and bylines are free
        free = {r for d in documents for t in (d.title, f"{d.title} {d.author or ''}") for r in runs(tokens(t))}
        forbidden = {r for t in source_texts for r in runs(tokens(t))} - free
        assert not any(quotations(t, forbidden) for t in everything(tmp_path / name).values())
    assert call("publish", "chita-2015", "--out", "chita-2015")[0] == 1  # nothing is overwritten
    assert user_archive().is_relative_to(tmp_path)


def test_the_same_answers(source_texts, tmp_path, monkeypatch):
    """An unprotected case given away gives its reader the same figures."""
    import obrok

    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "archive"))
    publish(shipped_folder() / "chita-2015", tmp_path / "copy")
    a, b = (
        obrok.load(c).run(worlds=160, seed=4, out=tmp_path / o)
        for c, o in (("chita-2015", "a"), (tmp_path / "copy", "b"))
    )
    assert a.summary["answers"] == b.summary["answers"]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("one two three four five six seven eight nine", True),
        ("ONE, two; three-four “five” six\nseven eight", True),
        ("one two three four five six seven 8", False),
        ("two three four five six seven eight", False),
        ("北朝鮮の労働者が三百人以上いると伝えられている", True),
        ("北朝鮮の労働者が三百人以上", False),
    ],
)
def test_what_a_quotation_is(text, quotes):
    source = "one two three four five six seven eight nine ten. 北朝鮮の労働者が三百人以上いると伝えられている。"
    assert bool(quotations(text, runs(tokens(source)))) is quotes
