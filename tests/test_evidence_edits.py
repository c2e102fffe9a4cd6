"""Edits of a case's files: the keys of an entry, steps that are whole or not at all, undo; claims, sources, parameters."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrok.case.case import FILES, load, new_case, shipped_folder
from obrok.evidence.anchors import Anchor, normalised, sha256
from obrok.outward.editing import candidates, claims, entries, particulars, rests, values
from obrok.outward.editing.history import EDITED, History
from obrok.outward.editing.intake import About, take_in
from obrok.problems import Node, ProblemsFound, Reader
from tests.conftest import ROOT

FEATURE = ROOT / "tests" / "texts" / "feature.txt"


def read(path: Path) -> Node:
    reader = Reader()
    root = reader.open(path, path.name)
    reader.raise_if_any()
    assert root is not None
    return root


def contents(folder: Path) -> dict[str, bytes | None]:
    return {n: (folder / n).read_bytes() if (folder / n).exists() else None for n in EDITED}


# -- keys of one entry
SPELT = {
    "plain": st.sampled_from(["word", "12", "two words", '"said: so"', "2015-06-01"]),
    "flow": st.sampled_from(["{from: 2015-01-01, to: 2015-02-01}", "[1, 2]", "[]", '{a: "x, y", b: {c: 1}}']),
}
KEYS = ("id", "one", "two", "three", "four", "five")


@st.composite
def files(draw) -> tuple[str, list[dict[str, str]]]:
    """A file with a list of entries in both styles, with comments, and what each says."""
    crlf, lines, told = draw(st.booleans()), ["# head", "format: 1", "things:"], []
    for k in range(draw(st.integers(1, 4))):
        keys = ["id", *draw(st.permutations(KEYS[1:]))[: draw(st.integers(1, 5))]]
        entry = {key: draw(st.one_of(*SPELT.values())) for key in keys} | {"id": f"thing-{k}"}
        told.append(entry)
        if draw(st.booleans()):
            comment = draw(st.sampled_from(["", "   # after it"]))
            lines.append("  - {" + ", ".join(f"{a}: {b}" for a, b in entry.items()) + "}" + comment)
            continue
        for n, (key, value) in enumerate(entry.items()):
            if n and draw(st.integers(0, 4)) == 0:
                lines.append(draw(st.sampled_from(["    # between", ""])))
            nested = value.startswith("{from") and draw(st.booleans())
            start = f"  {'- ' if n == 0 else '  '}{key}:"
            if nested:
                inside = [x.strip() for x in value.strip("{}").split(",")]
                lines += [start, *(f"      {x}" for x in inside)]
            else:
                lines.append(f"{start} {value}" + draw(st.sampled_from(["", "  # why"])))
    lines += draw(st.sampled_from([[], ["# foot", "other: [1]"]]))
    return ("\r\n" if crlf else "\n").join([*lines, ""]), told


@given(files(), st.data())
def test_keys_of_an_entry_change_and_nothing_else_does(tmp_path_factory, file, data):
    text, told = file
    path = tmp_path_factory.mktemp("keys") / "things.yaml"
    path.write_bytes(text.encode())
    root = read(path)
    which = data.draw(st.integers(0, len(told) - 1))
    item = root["things"][which]
    given_keys = data.draw(
        st.dictionaries(st.sampled_from(KEYS[1:]), st.none() | st.one_of(*SPELT.values()), min_size=1)
    )
    renamed = {}
    entries.set_keys(path, item, given_keys, KEYS, renamed)
    after = read(path)
    wanted = {k: v for k, v in (told[which] | given_keys).items() if v is not None}
    scratch = path.with_name("wanted.yaml")
    scratch.write_text("things:\n  - {" + ", ".join(f"{k}: {v}" for k, v in wanted.items()) + "}\n")
    assert entries.plain(after["things"][which]) == entries.plain(read(scratch)["things"][0])
    rest = [entries.plain(n) for k, n in enumerate(root["things"]) if k != which]
    assert rest == [entries.plain(n) for k, n in enumerate(after["things"]) if k != which]
    # comments that stand beside no key that changed are all there
    notes = [line.strip() for line in text.splitlines() if line.strip() in ("# between", "# head", "# foot")]
    left = [line.strip() for line in path.read_text().splitlines()]
    assert [n for n in left if n in ("# between", "# head", "# foot")] == notes
    if "\r\n" in text:
        assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
    # what is not touched stands as it stood
    entries.set_keys(path, read(path)["things"][which], {}, KEYS)
    assert entries.plain(read(path)) == entries.plain(after)


def test_a_new_key_stands_in_its_order_and_a_renamed_one_keeps_its_value(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text('parameters:\n  wage: {assumption: {exactly: 3, unit: USD/month, why: "so"}}   # pay\n')
    entries.set_keys(
        path, read(path)["parameters"]["wage"], {"claim": "pay"}, rests.OF_PARAMETER, {"assumption": "fallback"}
    )
    assert (
        path.read_text()
        == 'parameters:\n  wage: {claim: pay, fallback: {exactly: 3, unit: USD/month, why: "so"}}   # pay\n'
    )


def test_what_does_not_come_out_as_meant_is_not_written(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text("claims:\n  - {id: a, hedge: few}\n")
    before = path.read_bytes()
    for odd in ("few, id: b", "few}", "[1"):
        with pytest.raises(ProblemsFound, match=r"edit line 2 yourself|claims\.yaml"):
            entries.set_keys(path, read(path)["claims"][0], {"hedge": odd}, ("id", "hedge"))
    with pytest.raises(ValueError, match="one line"):
        entries.set_keys(path, read(path)["claims"][0], {"hedge": "few\n  - id: b"}, ("id", "hedge"))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_last_entry_that_goes_leaves_an_empty_list(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text("format: 1\nclaims:   # said\n  - id: a\n    hedge: few\n# end\n")
    entries.remove(path, "claims", list(read(path)["claims"]))
    assert path.read_text() == "format: 1\nclaims: []   # said\n# end\n"
    entries.append(path, "claims", [["id: b"]], lambda r, n: "claims" in n)
    assert [n["id"].text for n in read(path)["claims"]] == ["b"]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("roughly", "roughly"), ("USD/month", "USD/month"), ("a few", "a few"), ("1", '"1"'), ("no", '"no"'), ("null", '"null"'),
        ("2015-06-01", '"2015-06-01"'), ("a: b", '"a: b"'), ("# no", '"# no"'), ('say "so"\nand more', '"say \\"so\\" and more"'),
        ("наверное", '"наверное"'), ("- x", '"- x"'), ("x #y", '"x #y"'),
    ],
)  # fmt: skip
def test_a_text_is_written_so_that_it_is_read_as_text(tmp_path, said, written):
    assert values.text(said) == written
    path = tmp_path / "x.yaml"
    path.write_text(f"a: {written}\n")
    assert read(path)["a"].value == " ".join(said.split())


@given(st.text(max_size=60).map(lambda s: " ".join(s.split())).filter(bool))
def test_any_text_that_a_case_may_hold_comes_back(tmp_path_factory, said):
    path = tmp_path_factory.mktemp("text") / "x.yaml"
    path.write_text(f"a: {values.text(said)}\n", "utf-8")
    reader = Reader()
    root = reader.open(path, "x.yaml")
    assert root is None or root["a"].value == said  # what YAML cannot hold is refused, with the line


# -- steps
@pytest.fixture
def mine(tmp_path) -> Path:
    return new_case(tmp_path / "mine", "blank")


@pytest.fixture
def manaus(mine) -> Path:
    take_in(mine, [FEATURE], About(published="2024-11-20"))
    text = normalised(FEATURE.read_text("utf-8"))
    d = load(mine).evidence.documents["feature"]
    candidates.add(mine, candidates.proposals("feature", text, d.published, d.language))
    return mine


def ids(folder: Path) -> list[str]:
    return [n["id"].text for n in entries.items(folder, "candidates.yaml", "candidates")]


def test_a_step_is_undone_and_done_again_to_the_byte(manaus):
    history, before = History(manaus), contents(manaus)
    case = load(manaus)
    first = ids(manaus)
    with history.step("accepted") as folder:
        claims.accept(folder, case, first[:2])
    middle = contents(manaus)
    with history.step("dropped") as folder:
        candidates.drop(folder, first[2:])
    after = contents(manaus)
    assert before != middle != after and len(load(manaus).evidence.claims) == 2
    assert history.undo() == "dropped" and contents(manaus) == middle
    assert history.undo() == "accepted" and contents(manaus) == before
    assert history.redo() == "accepted" and history.redo() == "dropped" and contents(manaus) == after
    assert history.told() == {"undo": "dropped", "redo": None}
    history.undo()
    with history.step("dropped one") as folder:
        candidates.drop(folder, first[2:3])
    assert history.told() == {"undo": "dropped one", "redo": None}  # another way was taken


def test_a_step_that_leaves_no_sound_case_changes_nothing(manaus):
    history, before, case = History(manaus), contents(manaus), load(manaus)
    with pytest.raises(ProblemsFound, match="is not a unit of"), history.step("wrong") as folder:
        given_keys = {"informs": "input", "quantity": "wage", "unit": "people"}
        claims.accept(folder, case, ids(manaus)[:1], {ids(manaus)[0]: given_keys})
    with pytest.raises(KeyError), history.step("a fault") as folder:
        candidates.drop(folder, ids(manaus)[:1])
        raise KeyError
    assert contents(manaus) == before and history.told() == {"undo": None, "redo": None}
    assert sorted(p.name for p in manaus.iterdir()) == ["archive", "candidates.yaml", *sorted(FILES)]


def test_other_hands_are_not_written_over(manaus):
    history, case = History(manaus), load(manaus)
    path = manaus / "claims.yaml"
    with pytest.raises(ProblemsFound, match="changed meanwhile, by other hands"), history.step("late") as folder:
        claims.accept(folder, case, ids(manaus)[:1])
        path.write_text(path.read_text() + "# by hand\n")
    assert path.read_text().endswith("# by hand\n") and not load(manaus).evidence.claims
    with history.step("accepted") as folder:
        claims.accept(folder, case, ids(manaus)[:1])
    path.write_text(path.read_text() + "# again\n")
    with pytest.raises(ProblemsFound, match=r"claims\.yaml was changed since, by other hands"):
        history.undo()
    assert path.read_text().endswith("# again\n") and history.told()["undo"] == "accepted"


def test_a_file_that_cannot_be_written_leaves_the_others_as_they_were(manaus, monkeypatch):
    history, case, before = History(manaus), load(manaus), contents(manaus)
    put = entries.put

    def fails(path: Path, text: str) -> None:
        if path == manaus / "candidates.yaml":
            raise ProblemsFound([])
        put(path, text)

    monkeypatch.setattr(entries, "put", fails)
    with pytest.raises(ProblemsFound), history.step("accepted") as folder:
        claims.accept(folder, case, ids(manaus)[:1])
    assert contents(manaus) == before and history.told()["undo"] is None


def test_a_shipped_case_stays_as_it_is():
    folder = shipped_folder() / "chita-2015"
    before = contents(folder)
    with pytest.raises(ProblemsFound, match="make a copy that is yours"), History(folder).step("no"):
        raise AssertionError("it was begun")
    assert contents(folder) == before


# -- claims and what rests on them
def test_a_candidate_becomes_a_claim_and_a_parameter_rests_on_it(manaus):
    history, case = History(manaus), load(manaus)
    pay = next(n["id"].text for n in entries.items(manaus, "candidates.yaml", "candidates") if "unit" in n and n["unit"].text == "USD/month")  # fmt: skip
    before = (manaus / "case.yaml").read_text()
    given_keys = {"informs": "input", "quantity": "wage", "paraphrase": "The state gets some thousands a head.", "hedge": "about"}  # fmt: skip
    with history.step("accepted") as folder:
        claims.accept(folder, case, [pay], {pay: given_keys})
    now = load(manaus)
    claim, prior = now.evidence.claims[pay], now.priors["wage"]
    assert [c.id for c in prior.claims] == [pay] and claim.value == (4300, 4300) and claim.hedge == "about"
    assert prior.fallback == case.priors["wage"].distribution and prior.why == case.priors["wage"].why
    assert claim.unused is None  # it is judged now
    changed = [(a, b) for a, b in zip(before.split("\n"), (manaus / "case.yaml").read_text().split("\n"), strict=True) if a != b]  # fmt: skip
    assert len(changed) == 1 and changed[0][0].strip().startswith("wage:")
    with history.step("edited") as folder:  # it rests on it no longer, and is assumed as before
        claims.edit(folder, now, pay, {"informs": "context", "unused": "it is what the state gets, not the doctors"})
    assert (manaus / "case.yaml").read_text() == before
    assert load(manaus).evidence.claims[pay].unused == "it is what the state gets, not the doctors"


def test_several_claims_on_one_parameter_are_combined_and_taken_apart(manaus):
    history, case, names = History(manaus), load(manaus), ids(manaus)[:3]
    before = (manaus / "case.yaml").read_text()
    for k, name in enumerate(names):
        given_keys = {
            "informs": "input",
            "quantity": "wage",
            "unit": "USD/month",
            "value": [300 + 10 * k, 500],
            "hedge": None,
        }
        with history.step(f"accepted {name}") as folder:
            claims.accept(folder, load(manaus), [name], {name: given_keys})
    prior = load(manaus).priors["wage"]
    assert [c.id for c in prior.claims] == names and prior.combine == "mixture"
    with history.step("combined") as folder:
        rests.combine(folder, "wage", names, "product")
    assert load(manaus).priors["wage"].combine == "product"
    with history.step("taken out") as folder:
        claims.remove(folder, load(manaus), names[:2])
    now = load(manaus)
    assert [c.id for c in now.priors["wage"].claims] == names[2:] and list(now.evidence.claims) == names[2:]
    with history.step("taken out") as folder:
        claims.remove(folder, now, names[2:])
    assert (manaus / "case.yaml").read_text() == before and not load(manaus).evidence.claims
    for _ in range(6):
        history.undo()
    assert (manaus / "case.yaml").read_text() == before and case.sha256 == load(manaus).sha256


def test_a_parameter_of_an_event_rests_on_a_claim_too(tmp_path):
    folder = new_case(tmp_path / "mine", "chita-2015")
    path = folder / "case.yaml"
    text = path.read_text()
    exact = '{assumption: {uniform: {from: 0.1, to: 0.5}, unit: share, why: "as it may be"}}'
    path.write_text(text.replace("hand_over: hand_over_after", f"hand_over: {exact}", 1))
    case, history = load(folder), History(folder)
    name = next(n for n in case.priors if n.endswith(".hand_over"))
    claim = next(c.id for c in case.evidence.claims.values() if c.informs == "context" and c.quantity is None)
    with history.step("edited") as scratch:
        claims.edit(scratch, case, claim, {"informs": "input", "quantity": name, "unit": "percent", "value": 20, "hedge": "about"})  # fmt: skip
    assert [c.id for c in load(folder).priors[name].claims] == [claim]
    with history.step("edited") as scratch:
        claims.edit(scratch, load(folder), claim, {"informs": "context"})
    assert load(folder).priors[name] == case.priors[name]


def test_a_claim_is_made_of_words_chosen_in_the_text(manaus):
    history, case = History(manaus), load(manaus)
    text = normalised(FEATURE.read_text("utf-8"))
    start = text.index("only five people")
    with history.step("a source") as folder:
        code = particulars.source(
            folder, None, {"kind": "official", "near": "far", "credence": 0.6, "why": 'says "so"'}
        )
    says = {"source": code, "paraphrase": "Very few have gone, says an official.", "informs": "outcome", "quantity": "left",
            "unit": "people", "value": 5, "about": {"from": "2024-01-01", "to": "2024-11-20", "place": "city"},
            "where": {"route": "nearby"}}  # fmt: skip
    with history.step("made") as folder:
        name = claims.make(
            folder, load(manaus), "feature", text, (start - 1, start + len("only five people") + 1), says
        )
    claim = load(manaus, documents_required=True).evidence.claims[name]
    assert claim.anchor == Anchor.of(text, start, start + len("only five people")) and claim.value == (5, 5)
    assert claim.readings[0].route == "nearby" and claim.about and claim.about.place == "city"
    assert load(manaus).evidence.sources[code].credence == 0.6
    with history.step("judged") as folder:
        particulars.source(folder, code, {"kind": "official", "near": "far", "credence": 0.9, "why": "knew the lists"})
    assert load(manaus).evidence.sources[code].why == "knew the lists"
    with history.step("made") as folder:
        second = claims.make(folder, load(manaus), "feature", text, (0, 7), {"source": code, "paraphrase": "A ride.", "quantity": None})  # fmt: skip
    assert second == "feature" and load(manaus).evidence.claims[second].informs == "context"
    for wrong in ((5, 5), (9, 3), (-1, 4), (0, 10**9)):
        with pytest.raises(ProblemsFound, match="no words are chosen"), history.step("wrong") as folder:
            claims.make(folder, case, "feature", text, wrong, says)


def test_a_paraphrase_may_not_quote(manaus):
    text = normalised(FEATURE.read_text("utf-8"))
    with pytest.raises(ProblemsFound, match="eight or more words"):
        claims.refuse_quotation(f"It is said: {text[:120]}", text)
    claims.refuse_quotation("A bus rides from work to the hostel.", text)


def test_what_is_told_of_a_document(manaus):
    history = History(manaus)
    with history.step("edited") as folder:
        particulars.document(folder, "feature", {"title": "A ride: home", "publisher": "The Paper", "published": "2024-11", "why": "the month stands on the page", "protected": True})  # fmt: skip
    d = load(manaus).evidence.documents["feature"]
    assert (d.title, d.publisher, d.protected) == ("A ride: home", "The Paper", True)
    assert d.published == (date(2024, 11, 1), date(2024, 11, 30)) and d.published_why == "the month stands on the page"
    with pytest.raises(ProblemsFound), history.step("wrong") as folder:
        particulars.document(folder, "feature", {"published": "yesterday"})
    with pytest.raises(ProblemsFound, match="is not edited here"), history.step("wrong") as folder:
        particulars.document(folder, "feature", {"sha256_text": "0" * 64})


def test_the_days_of_a_case(mine):
    with History(mine).step("days") as folder:
        particulars.days(folder, "A title: new", date(2014, 3, 1), date(2015, 2, 27))
    case = load(mine)
    assert (case.start, case.date(case.days - 1)) == (date(2013, 3, 1), date(2015, 2, 27))
    assert [case.date(d) for d in case.window] == [date(2014, 3, 1), date(2015, 2, 27)]
    assert case.title == "A title: new" and [case.date(e.day) for e in case.events] == [date(2014, 3, 1)]


def test_every_wrong_value_is_told_at_once():
    wrong = {"value": "many", "confirms": "pay", "about": {"when": 1}, "anchor": {}, "paraphrase": "fine"}
    with pytest.raises(ProblemsFound) as told:
        values.written(wrong, claims.OF_CLAIM)
    assert len(told.value.problems) == 4
    bad = {"kind": "friend", "near": "here", "credence": 2, "independence": "x", "why": ""}
    with pytest.raises(ProblemsFound) as told:
        particulars.source(Path("nowhere"), None, bad)
    assert len(told.value.problems) == 5


def test_no_words_of_a_text_come_into_the_files(manaus, tmp_path):
    """What edits write holds no eight words in a row of the document."""
    from obrok.evidence.quotations import quotations, runs, tokens

    text = normalised(FEATURE.read_text("utf-8"))
    with History(manaus).step("all") as folder:
        claims.accept(folder, load(manaus), ids(manaus))
    forbidden = runs(tokens(text))
    assert not any(quotations((manaus / n).read_text("utf-8"), forbidden) for n in EDITED)
    assert sha256(text) in (manaus / "documents.yaml").read_text()
    shutil.rmtree(manaus)


def test_a_large_file_is_taken_apart_once_and_never_mistaken_for_another(tmp_path):
    """What is kept is found by name and content: another name, another content or a mistake is read anew."""
    from obrok import yaml_files

    path = tmp_path / "large.yaml"
    rows = [f"  - {{id: thing-{k}, hedge: few}}" for k in range(yaml_files.LARGE)]
    path.write_text("\n".join(["things:", *rows, ""]))
    first = read(path)
    assert read(path) is first and Reader().open(path, "other.yaml") is not first
    path.write_text(path.read_text().replace("thing-7,", "thing-seven,", 1))
    again = read(path)
    assert (
        again is not first
        and again["things"][7]["id"].text == "thing-seven"
        and first["things"][7]["id"].text == "thing-7"
    )
    path.write_text(path.read_text() + "things: []\n")  # a key twice: told each time
    for _ in range(2):
        reader = Reader()
        reader.open(path, "large.yaml")
        assert reader.errors()
    for k in range(yaml_files.MOST_KEPT + 2):
        more = tmp_path / "more.yaml"
        more.write_text("\n".join(["things:", *rows, f"# {k}"]))
        read(more)
    assert len(yaml_files._kept._roots) <= yaml_files.MOST_KEPT
