"""What-ifs keep their promises: what is saved is what was seen, nobody else moves, no lever asks for worse than is reported."""

from __future__ import annotations

import difflib
import json
import os
import re
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import obrok
from obrok.case.case import load, new_case, shipped_cases
from obrok.case.checks import most_reported
from obrok.case.parameters import EVENT_CHANGES, OUTCOMES, PARAMETERS
from obrok.distributions import Exactly
from obrok.outward.serve import drafts, whatif
from obrok.outward.serve.desk import Ready
from obrok.outward.serve.drafts import Change, Draft, as_yaml, check_name, read_draft, save, with_draft
from obrok.outward.serve.levers import NO_FURTHER, levers
from obrok.outward.serve.whatif import CURVES, Stopped, Workbench
from obrok.problems import ProblemsFound
from obrok.worlds.branch import Part
from obrok.worlds.population import column_of
from obrok.worlds.run import Plan, prepare
from tests.conftest import ROOT

WIDE = ROOT / "tests" / "cases" / "wide"
ENDS = ("p05", "p50", "p95")


def silent(done: int, total: int) -> None:
    """Nobody listens to progress."""


def words_of(call, *given) -> str:
    """What is refused, in words."""
    with pytest.raises(ProblemsFound) as found:
        call(*given)
    return str(found.value)


@pytest.fixture(scope="module")
def bench(small_run):
    return Workbench(Ready(small_run.case, small_run))


SEVERAL = Draft(
    without=frozenset({"more-sessions"}),
    changes=(
        Change("hand_over", 0.123456789, date(2015, 6, 1), 12.3456789),
        Change("watch", 0.25, date(2015, 6, 1), 12.3456789),
        Change("wage", 1025.0, date(2014, 9, 1)),
        Change("effort", 0.35, date(2015, 9, 1), 60.0),
        Change("dispatch", 0.4, date(2015, 11, 1)),
        Change("recall", 0.2, date(2016, 1, 1)),
        Change("news", 2.5, date(2015, 7, 1)),
        Change("hand_over", 0.0, date(2016, 2, 1)),
    ),
)


# -- what you save is what you saw
def test_a_saved_policy_has_the_figures_that_were_shown(bench, tmp_path, monkeypatch):
    """In a copy, which has another name; nothing else is another in it."""
    sample = bench.exact(SEVERAL, silent)
    shown = {row["id"]: row for row in bench.answers(SEVERAL, sample, True)}
    saved = save(load(new_case(tmp_path / "mine", "chita-2015")), SEVERAL, "better")
    assert not saved.notes
    monkeypatch.setattr("obrok.outward.stages.REPEATS", 2)  # what is averaged over luck is not shown before
    ran = obrok.load(saved.folder).run(worlds=480, seed=3, policies=("better",), out=tmp_path / "again")
    assert set(shown) == {*OUTCOMES, *(q.id for q in saved.questions)}
    for name, row in shown.items():
        before, after, gap = (
            ran.answer(name, p, v) for p, v in (("as-reported", None), ("better", None), ("better", "as-reported"))
        )
        for key, told in (("own", before), ("draft", after), ("difference", gap)):
            assert row[key] == [told[k] for k in ENDS], (name, key)
        assert (row["more"], row["less"]) == (gap["chance_more"], gap["chance_less"])
        assert row["text"] == after["text"].replace("better", "change")
    assert any(row["more"] + row["less"] > 0.5 for row in shown.values())
    # what is made next is apart from what was saved, whatever that is called
    again = load(save(saved, SEVERAL, "change").folder)
    drafted, policy = with_draft(again, Draft(changes=(Change("news", 1.0, date(2015, 7, 1)),)))
    assert len({e.id for e in drafted.events}) == len(drafted.events) and len(policy.with_) == 1
    assert [p.id for p in drafted.policies].count(policy.id) == 1


# -- into case.yaml
FLOW, PAIR = "[{id: as-reported}, {id: without-visit, without: visit}]", "[[as-reported, without-visit]]"
#: how the lists of a case may be written: what stands for policies, compare, events
STYLES = {
    "as it is": {},
    "in brackets": {"policies": FLOW, "compare": PAIR},
    "over several lines": {
        "compare": PAIR, "policies": "[\n  {id: as-reported},  # what was told\n  {id: without-visit,\n   without: [visit]},   # a comma after it\n]  # the end",
    },
    "no comma at the end": {"compare": PAIR, "policies": "[\n  {id: as-reported},\n  {id: without-visit, without: visit}  # last\n  # a note\n  ]"},
    "block, not indented": {"compare": PAIR, "policies": "\n# a note\n- {id: as-reported}\n# another\n- id: without-visit\n  without: visit\n  # after it"},
    "block, dash alone": {"compare": PAIR, "policies": "\n    -\n      id: as-reported\n    -\n      id: without-visit\n      without:\n        - visit"},
    "compare empty": {"policies": FLOW, "compare": "[]   # nothing yet"},
    "compare empty, spaced": {"policies": FLOW, "compare": "[  ]"},
    "compare empty, two lines": {"policies": FLOW, "compare": "[\n  # nothing yet\n  ]"},
    "compare block": {"policies": FLOW, "compare": "\n  - - as-reported\n    - without-visit\n  - [without-visit, as-reported]"},
    "compare absent": {"policies": FLOW, "compare": None},
    "nothing happens": {"events": None, "policies": "[{id: as-reported}]", "compare": None},
    "no event yet": {"events": "[]", "policies": "\n  - {id: as-reported}", "compare": "[] # none"},
}  # fmt: skip


def written(folder, style: dict, ends: str = "\n", last: bool = True, mark: bool = False):
    """A copy of a case whose lists are written in a style."""
    new_case(folder, "blank" if "events" in style else "chita-2015")
    path = folder / "case.yaml"
    lines = path.read_text("utf-8").split("\n")
    for key, text in style.items():
        at = next(i for i, x in enumerate(lines) if x.startswith(f"{key}:"))
        end = next((i for i in range(at + 1, len(lines)) if lines[i][:1].strip(" -#")), len(lines))
        lines[at:end] = (
            [] if text is None else [*f"{key}: {text}".replace(": \n", ":\n").split("\n"), "", "# a note of mine"]
        )
    text = "\n".join(lines).rstrip("\n") + ("\n" if last else "")
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.replace("\n", ends).encode())
    return load(folder)


def one_draft(case) -> Draft:
    day = case.date(case.window[0] + 10)
    return Draft(changes=(Change("hand_over", 0.1, day, 30.0), Change("watch", 0.3, day + timedelta(9))))


def check_only_added(before: bytes, after: bytes) -> None:
    """Every line is there still, but that lists in brackets may have more in them; notes and line ends are as they were."""
    old, new = before.splitlines(True), after.splitlines(True)
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = b"".join(old[a:b]), b"".join(new[c:d])
        if tag == "replace":
            rest = iter(now)
            empty = was.replace(b"[", b"").replace(b"]", b"") if b"[]" in was.replace(b" ", b"") else was
            assert all(x in rest for x in (was if b"{" in was or b"," in was else empty)), (was, now)
        else:
            assert tag in ("equal", "insert"), (tag, was, now)
    assert before.endswith(b"\n") == after.endswith(b"\n")
    assert after.count(b"\r\n") in (0, after.count(b"\n")) and before.startswith(b"\xef\xbb\xbf") == after.startswith(
        b"\xef\xbb\xbf"
    )
    assert [x for x in before.split() if x.startswith(b"#")] == [x for x in after.split() if x.startswith(b"#")]


@pytest.mark.parametrize("style", STYLES)
def test_a_save_only_adds(tmp_path, style):
    for k, (ends, last, mark) in enumerate((("\n", True, False), ("\r\n", False, True))):
        case = written(tmp_path / f"mine-{k}", STYLES[style], ends, last, mark)
        path, notes = case.folder / "case.yaml", len(case.notes)
        for name in ("first", "second")[: 2 - k]:
            before, draft = path.read_bytes(), one_draft(case)
            wanted, policy = with_draft(case, draft, name)
            case = save(case, draft, name)
            assert len(case.notes) <= notes
            assert (case.events, case.priors) == (wanted.events, wanted.priors) and policy in case.policies
            assert case.compare[-1] == (name, case.factual.id)
            check_only_added(before, path.read_bytes())
        assert {p.name for p in case.folder.iterdir()} <= {"case.yaml", "claims.yaml", "documents.yaml", "README.md"}


def test_who_may_read_a_case_stays_so(tmp_path):
    case = load(new_case(tmp_path / "mine"))
    path = case.folder / "case.yaml"
    path.chmod(0o600)
    case = save(case, one_draft(case), "first")
    assert path.stat().st_mode & 0o777 == 0o600


def refused(case, draft, name, before: bytes) -> str:
    """The words; nothing is written, and nothing lies about."""
    said = words_of(save, case, draft, name)
    assert (case.folder / "case.yaml").read_bytes() == before
    assert not [p for p in case.folder.iterdir() if p.suffix in (".trial", ".part")]
    return said


def test_what_cannot_be_saved_is_told(tmp_path, chita, monkeypatch):
    case = load(new_case(tmp_path / "mine", "chita-2015"))
    path, draft = case.folder / "case.yaml", one_draft(case)
    before = path.read_bytes()
    assert "nothing is changed" in refused(case, Draft(), "empty", before)
    said = refused(chita, draft, "mine", (chita.folder / "case.yaml").read_bytes())
    assert "obrok new my-chita-2015 --from chita-2015" in said
    path.chmod(0o444)
    assert "may only be read" in refused(case, draft, "first", before)
    path.chmod(0o644)

    def no(*_, **__):
        raise OSError(30, "Read-only file system")

    for part in ("os.replace", "pathlib.Path.touch", "pathlib.Path.write_text"):
        with monkeypatch.context() as m:
            m.setattr(part, no)
            said = refused(case, draft, "first", before)
            assert "cannot be written (Read-only file system)" in said and "permissions" in said
    path.write_bytes(before.replace(b"Chita, 2015", b"Chita, in 2015", 1))
    assert "meanwhile" in refused(case, draft, "first", path.read_bytes())
    path.write_bytes(before + b"nonsense: [")
    refused(case, draft, "first", path.read_bytes())


def test_the_file_changed_while_it_is_saved(tmp_path, monkeypatch):
    case = load(new_case(tmp_path / "mine", "chita-2015"))
    path, real = case.folder / "case.yaml", drafts.as_yaml

    def meanwhile(*given):
        path.write_bytes(path.read_bytes() + b"# by other hands\n")
        return real(*given)

    monkeypatch.setattr(drafts, "as_yaml", meanwhile)
    words_of(save, case, one_draft(case), "first")
    assert path.read_bytes().endswith(b"# by other hands\n") and b"first" not in path.read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_only_be_read(tmp_path):
    case = load(new_case(tmp_path / "mine", "chita-2015"))
    case.folder.chmod(0o555)
    try:
        assert "cannot be written" in refused(case, one_draft(case), "first", (case.folder / "case.yaml").read_bytes())
    finally:
        case.folder.chmod(0o755)


def test_two_who_save_at_once(tmp_path):
    case = load(new_case(tmp_path / "mine", "chita-2015"))

    def try_it(name):
        try:
            return save(case, one_draft(case), name)
        except ProblemsFound as found:
            return str(found)

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(try_it, [f"policy-{x}" for x in "abcdef"]))
    assert (
        sum(not isinstance(d, str) for d in done) == 1
        and sum("meanwhile" in d for d in done if isinstance(d, str)) == 5
    )
    assert len(load(case.folder).policies) == len(case.policies) + 1


@pytest.mark.parametrize(
    "name",
    [
        "null", "NULL", "yes", "No", "true", "off", "", " ", "-", "1e5", "2", "a b", "a:b", "a,b", "é", "이름", "a\nb", "a#b", "{a}",
        "x" * 61, "visit", "as-reported", "more-sessions", None, 3, True, ["a"], "../a", "a'b", '"a"',
    ],
)  # fmt: skip
def test_names_that_are_none(chita, name):
    assert words_of(check_name, chita, name)


def test_a_name_is_taken_where_its_events_would_be(tmp_path):
    case = load(new_case(tmp_path / "mine", "chita-2015"))
    case = save(case, one_draft(case), "mild")  # events mild, mild-2
    for name in ("mild", "mild-2"):
        assert "another policy or event" in words_of(check_name, case, name)
    assert check_name(case, " mild-3 ") == "mild-3" and check_name(case, "milder") == "milder"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A case in which much can be done: its folder, and its levers."""
    case = load(new_case(tmp_path_factory.mktemp("random") / "much", WIDE))
    return case, levers_of(case)


def levers_of(case):
    prepared = prepare(Plan(case, 3, (case.factual,)), np.arange(40))
    return levers(case, prepared.host.factual, np.full(40, 1 / 40))


@st.composite
def drafted(draw, case, rows):
    """Any draft that a page can send."""
    acting, what_ifs = ([e.id for e in case.events if e.what_if is flag] for flag in (False, True))
    kept = sorted({w for e in case.events if not e.what_if for w in e.changes})
    some = lambda names: draw(st.lists(st.sampled_from(names), unique=True, max_size=3)) if names else []  # noqa: E731
    changes = {}
    for _ in range(draw(st.integers(0, 6))):
        lever = draw(st.sampled_from(rows))
        value = draw(st.one_of(st.floats(lever.low, lever.high), st.sampled_from([lever.low, lever.high])))
        ramp = draw(st.one_of(st.just(0), st.floats(0.5, 365)))
        when = case.date(draw(st.integers(0, case.days - 1))).isoformat()
        changes[lever.kind.what, when] = {"what": lever.kind.what, "value": value, "date": when, "ramp": ramp}
    return {"without": some(acting), "keep": some(kept), "with": some(what_ifs), "changes": list(changes.values())}


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_what_is_saved_is_what_was_drafted(whole, data):
    case, rows = whole
    path = case.folder / "case.yaml"
    before = path.read_bytes()
    draft = read_draft(case, rows, json.loads(json.dumps(data.draw(drafted(case, rows)))))
    if draft.empty:
        return
    try:
        wanted, policy = with_draft(case, draft, "random")
        saved = save(case, draft, "random")
        assert (saved.events, saved.priors) == (wanted.events, wanted.priors) and policy in saved.policies
        assert set(saved.policies) == set(wanted.policies) and saved.compare == (*case.compare, *wanted.compare)
        assert [n for n in saved.notes if n not in case.notes] == []
        check_only_added(before, path.read_bytes())
        for line in (x for items in as_yaml(case, draft, "random").values() for x in items):
            assert "\n" not in line and line in path.read_text("utf-8")
    finally:
        path.write_bytes(before)


def test_check_has_nothing_against_it(call, tmp_path):
    assert call("new", "mine", "--from", "chita-2015")[0] == 0
    save(load(tmp_path / "mine"), SEVERAL, "better")
    code, out, err = call("check", "mine")
    assert code == 0 and "note:" not in out + err
    plain = call("check", "chita-2015")[1]
    assert out.count("\n") == plain.count("\n")


@pytest.mark.parametrize("like", shipped_cases())
def test_a_copy_is_one_s_own(call, tmp_path, like):
    assert call("new", "My case, 2", "--from", like)[0] == 0
    case, was = load(tmp_path / "My case, 2"), load(like)
    assert case.id == "My-case-2"
    old, new = (c.folder / "case.yaml" for c in (was, case))
    changed = [(a, b) for a, b in zip(old.read_text().split("\n"), new.read_text().split("\n"), strict=True) if a != b]
    assert len(changed) == 1 and changed[0][1].startswith("id: My-case-2")
    assert changed[0][0].partition("#")[1:] == changed[0][1].partition("#")[1:]
    for name in ("claims.yaml", "documents.yaml"):
        assert (case.folder / name).read_bytes() == (was.folder / name).read_bytes()
    code, out, err = call("new", "My case, 2", "--from", like)
    assert code == 1 and "nothing is overwritten" in out + err
    assert load(tmp_path / "My case, 2").sha256 == case.sha256


# -- levers
def made(case, n: int = 12) -> Workbench:
    """Where what-ifs of some unweighed worlds are worked out, without a run."""
    bench = Workbench(Ready(case, None))  # type: ignore[arg-type]
    plan = Plan(case, 3, (case.factual,))
    prepared = prepare(plan, np.arange(n))
    posts = np.full(n, np.median(prepared.draws["posts"]))
    table = {"world": np.arange(n), "log_weight": np.zeros(n), "posts": posts}
    bench.__dict__.update(plan=plan, _table=table, possible=prepared.people.possible)
    return bench


@pytest.fixture(scope="module", params=["chita-2015", "blank", "wide", "live"])
def any_bench(request):
    case = load({"wide": WIDE, "live": "chita-2015"}.get(request.param, request.param))
    return made(replace(case, live=request.param == "live"), 6)


@pytest.mark.parametrize("name", ["chita-2015", "russia-2015", "blank", "wide"])
def test_ranges_of_levers(name):
    case = load(WIDE if name == "wide" else name)
    bench = made(case, 10)
    last = prepare(bench.plan, bench.numbers).host.factual[:, :, case.window[1]]
    by = {lever.kind.what: lever for lever in bench.levers}
    assert {"hand_over", "help", "news", "dispatch", "recall", "fee", "watch", "wage"} <= by.keys()
    for what, lever in by.items():
        row = PARAMETERS[EVENT_CHANGES[what].like]
        assert row.low <= lever.low < lever.high <= row.high and lever.unit == row.unit
        for end in (lever.low, lever.high):
            assert abs(end / lever.kind.step - round(end / lever.kind.step)) < 1e-6
        if what in NO_FURTHER:
            most = most_reported(what, case.events, case.priors)
            assert most - lever.kind.step < lever.high <= most
        if what in ("recall", "news"):
            assert lever.reported is None
            continue
        held = last[column_of(what)].mean(axis=1)
        assert lever.reported[1] in held and held.min() <= lever.reported[0] <= lever.reported[2] <= held.max()
        if what not in NO_FURTHER:
            assert lever.reported[2] <= lever.high


def test_a_lever_of_which_nothing_can_be_asked_is_not_there():
    case = load("blank")
    none = replace(case.priors["watch"], fallback=Exactly(0.0))
    priors = {**case.priors, "watch": none, "wage": replace(case.priors["wage"], fallback=Exactly(2.0))}
    bench = made(replace(case, priors=priors), 4)
    by = {lever.kind.what: lever for lever in bench.levers}
    assert "watch" not in by and by["wage"].low < by["wage"].high


def finite(bench: Workbench, draft: Draft) -> None:
    sample = bench.quick(draft)
    sample = bench.quick(draft, begun=sample)
    possible = bench.__dict__["possible"]
    for lived in (sample.draft, sample.own):
        for name, values in lived.answers.items():
            assert OUTCOMES.get(name) not in ("people", "USD") or np.isfinite(values[possible]).all(), name
            assert np.isnan(values[~possible]).all()
            assert name == "watch_change" or not np.isinf(values).any()  # a multiple of a watching of 0 is left out
        assert (
            np.isfinite(lived.watch).all() and np.isfinite(lived.belief).all() and (lived.series[..., :18] >= 0).all()
        )
    for row in bench.answers(draft, sample, False):
        json.dumps(row, allow_nan=False)
    for name in CURVES if len(draft.changes) > 1 else ("left", "watch"):
        json.dumps(bench.curve(sample, name), allow_nan=False)


def test_every_lever_to_its_ends(any_bench):
    case = any_bench.case
    days = [case.start, case.date(case.days // 2), case.date(case.days - 1)]
    for end in ("low", "high"):
        for when in days:
            every = [Change(x.kind.what, getattr(x, end), when, 30.0 * (when == days[1])) for x in any_bench.levers]
            for change in every:
                finite(any_bench, Draft(changes=(change,)))
            finite(any_bench, Draft(changes=tuple(every)))
    any_bench.exact(Draft(changes=tuple(every)), silent)


def test_every_event_taken_away_and_every_what_if(any_bench):
    """However far the case's own what-ifs go, and whatever a policy undoes: worlds are ready for it."""
    case, day = any_bench.case, any_bench.case.date(any_bench.case.window[0])
    acting, what_ifs = ([e.id for e in case.events if e.what_if is flag] for flag in (False, True))
    kept = frozenset(w for e in case.events if not e.what_if for w in e.changes)
    for draft in (
        *(Draft(without=frozenset({e})) for e in acting), *(Draft(keep=frozenset({w})) for w in kept),
        *(Draft(with_=frozenset({e})) for e in what_ifs),
        Draft(frozenset(acting), kept, frozenset(what_ifs)),
        Draft(frozenset(acting[1:]), frozenset(), frozenset(what_ifs), (Change("wage", 100.0, day),)),
    ):  # fmt: skip
        finite(any_bench, draft)
        any_bench.exact(draft, silent)


def test_every_lever_of_a_whole_country():
    bench = made(load("russia-2015"), 1)
    every = tuple(Change(x.kind.what, x.high, bench.case.start) for x in bench.levers)
    finite(bench, Draft(changes=every))
    changes = tuple(replace(c, value=x.low, when=date(2025, 12, 31)) for c, x in zip(every, bench.levers, strict=True))
    finite(bench, Draft(changes=changes))


def test_nonsense_is_told_all_at_once(chita):
    rows, day = levers_of(chita), "2015-06-01"
    most = {x.kind.what: x.high for x in rows}
    wrong = [
        {"what": "hand_over", "date": day, "value": value} for value in
        (None, "0.5", True, float("nan"), float("inf"), -float("inf"), 10**400, -0.1, 1.01, [0.5], {}, "x" * 9000)
    ]  # fmt: skip
    wrong += [{"what": "hand_over", "value": 0.5, "date": x} for x in
              (None, 3, True, "", "2015", "2015-02-30", "20150601", "2014-05-08", "2016-05-09", "9999-12-31", ["2015-06-01"])]  # fmt: skip
    wrong += [
        {"what": "hand_over", "value": 0.5, "date": day, "ramp": x} for x in (None, "3", False, -1, 0.49, 366, 10**400)
    ]
    wrong += [{"what": x, "value": most[x] + 0.05, "date": day} for x in ("effort", "watch")]
    for row in wrong:
        assert (
            "Handing over" in (said := words_of(read_draft, chita, rows, {"changes": [row]}))
            or "not looked for" in said
        )
        assert len(said) < 400
    for row in (
        3,
        None,
        "x",
        [],
        {},
        {"what": "posts"},
        {"what": ["effort"]},
        {"what": "news_of_hand_over"},
        {"what": "x" * 999},
    ):
        assert len(words_of(read_draft, chita, rows, {"changes": [row]})) < 400
    for key, value in (
        ("changes", {}), ("changes", 3), ("changes", "effort"), ("changes", [{}] * 41), ("changes", 0), ("changes", False),
        ("without", "visit"), ("without", ["nobody"]), ("without", [True]), ("without", [["visit"]]), ("without", {"visit": 1}),
        ("keep", ["wage"]), ("keep", [None]), ("with", ["visit"]), ("without", ["visit"] * 99),
    ):  # fmt: skip
        assert len(words_of(read_draft, chita, rows, {key: value})) < 400 * ((key == "changes" and 41) or 1)
    good = {"what": "hand_over", "value": 0.5, "date": day}
    assert "twice" in words_of(read_draft, chita, rows, {"changes": [good, good | {"value": 0.4}]})
    said = words_of(
        read_draft, chita, rows, {"without": ["nobody"], "keep": 3, "with": ["x"], "changes": [*wrong, good, good, 3]}
    )
    assert len(said.split("\n    ")) > len(wrong)
    assert read_draft(chita, rows, {}).empty and read_draft(chita, rows, {"changes": None, "without": []}).empty
    assert read_draft(chita, rows, {"changes": [good]}).changes == (Change("hand_over", 0.5, date(2015, 6, 1)),)


# -- nobody whom a policy does not touch moves
def same(a, b, rows=slice(None)) -> bool:
    """Whether two have lived the same, to the bit."""
    answers = all(
        np.array_equal(a.answers[k][rows], b.answers[k], equal_nan=True) for k in a.answers.keys() & b.answers.keys()
    )
    return answers and all(np.array_equal(getattr(a, k)[rows], getattr(b, k)) for k in ("series", "watch", "belief"))


def whole_of(bench: Workbench, draft: Draft):
    bench.make_ready(draft)
    return bench.quick(draft, begun=bench.quick(draft))


def test_what_changes_nothing_moves_nobody(bench):
    day = date(2015, 7, 1)
    for changes in (
        (Change("dispatch", 1.0, day), Change("recall", 0.0, day), Change("news", 0.0, date(2014, 8, 1))),
        (Change("effort", 1.0, date(2014, 6, 1), 20.0), Change("quota", 0.0, date(2014, 6, 1))),
    ):
        draft = Draft(changes=changes)
        for sample in (whole_of(bench, draft), bench.exact(draft, silent)):
            assert same(sample.own, sample.draft)
            for row in bench.answers(draft, sample, False):
                assert row["own"] == row["draft"] and row["more"] == row["less"] == 0
                assert row["difference"] in ([0, 0, 0], [None] * 3)
            assert not np.any(bench.curve(sample, "left")["difference"])


def test_earlier_days_stay_as_they_were(bench):
    for what, value in (("watch", 0.0), ("wage", 100.0), ("effort", 0.1), ("hand_over", 0.0), ("recall", 1.0)):
        day = 365 + 200
        draft = Draft(changes=(Change(what, value, bench.case.date(day)),))
        for sample in (whole_of(bench, draft), bench.exact(draft, silent)):
            early = bench.points < day
            for name in ("series", "watch", "belief"):
                own, drafted = (getattr(x, name) for x in (sample.own, sample.draft))
                assert (own[:, early] == drafted[:, early]).all() and early.sum() > 20
            assert not same(sample.own, sample.draft)


def test_levers_taken_back_give_the_first_picture(bench):
    first = whole_of(bench, Draft())
    assert same(first.own, first.draft)
    for draft in (SEVERAL, Draft(changes=SEVERAL.changes[:1]), Draft(without=frozenset({"visit"}))):
        whole_of(bench, draft)
    again = whole_of(bench, Draft())
    assert same(first.draft, again.draft) and (first.weights == again.weights).all()
    for name in CURVES:
        assert bench.curve(first, name) == bench.curve(again, name)


@settings(max_examples=5, deadline=None)
@given(st.data())
def test_quick_and_exact_are_of_the_same_lives(bench, data):
    draft = read_draft(bench.case, bench.levers, data.draw(drafted(bench.case, bench.levers)))
    quick, exact = whole_of(bench, draft), bench.exact(draft, silent)
    rows = np.searchsorted(bench.numbers, bench.numbers[np.repeat(True, len(bench.numbers))][bench._picked[0]])
    assert len(rows) == len(quick.draft.watch) and quick.versions == round(bench.times.sum()) == min(
        whatif.QUICK, len(bench.weights)
    )
    late = bench.points >= 364
    for a, b in ((exact.own, quick.own), (exact.draft, quick.draft)):
        for name, values in b.answers.items():
            assert np.array_equal(a.answers[name][rows], values, equal_nan=True), name
        assert (a.series[rows][:, late] == b.series[:, late]).all() and np.allclose(
            a.watch[rows][:, late], b.watch[:, late], rtol=0, atol=0
        )


# -- many who drag at once
def test_a_first_look_is_the_beginning_of_the_whole(bench, monkeypatch):
    draft = Draft(changes=(Change("hand_over", 0.2, date(2015, 6, 1)),))
    bench.make_ready(draft)
    first = bench.quick(draft)
    whole = bench.quick(draft, begun=first)
    n = len(first.draft.watch)
    assert 0 < n < len(whole.draft.watch) and first.versions < whole.versions
    assert same(whole.draft, first.draft, slice(n)) and same(whole.own, first.own, slice(n))
    assert bench.quick(draft, begun=whole) is whole
    bench._trunks.clear()  # others drag: the first look comes from one that is ready from the first day on, the whole does not
    early = Draft(changes=(Change("hand_over", 0.2, bench.case.start),))
    with monkeypatch.context() as m:
        m.setattr(whatif, "TRUNKS", 1)
        bench.make_ready(early)
        first = bench.quick(draft)
        assert list(bench._trunks) == [(0, frozenset())]
    bench._trunks.clear()
    bench.make_ready(draft)
    again = bench.quick(draft, begun=first)
    assert same(again.draft, whole.draft) and same(again.own, whole.own)
    assert first.weights.sum() == pytest.approx(1) and whole.weights.sum() == pytest.approx(1)


def test_who_does_not_wait_any_more_is_let_go(bench):
    draft = Draft(changes=(Change("hand_over", 0.3, date(2015, 6, 1)),))
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        bench.quick(draft, lambda: next(asked, True))
    with pytest.raises(Stopped):
        bench.make_ready(draft, lambda: True)
    with pytest.raises(Stopped):
        bench.exact(draft, silent, lambda: True)
    with bench._quick:  # somebody else's turn, for long
        began = time.monotonic()
        with pytest.raises(Stopped):
            bench.quick(draft, lambda: time.monotonic() > began + 0.1)
        assert time.monotonic() < began + 1
    assert not bench._quick.locked() and not bench._slow.locked() and bench._waiting == 0
    assert bench.quick(draft).versions


def test_an_exact_answer_goes_on_where_it_was_stopped(small_run, monkeypatch):
    monkeypatch.setattr(whatif, "GO", 5)
    bench = Workbench(Ready(small_run.case, small_run), 1)
    told: list[tuple[int, int]] = []
    n, draft = len(bench.weights), Draft(changes=(Change("hand_over", 0.3, date(2015, 6, 1)),))
    with pytest.raises(Stopped):
        bench.exact(draft, lambda *x: told.append(x), lambda: bool(told) and told[-1][0] >= 20)
    kept = len(bench._begun)
    assert told[0] == (0, 2 * n) and 4 <= kept < n // 5
    lived, real = [], Part.of
    monkeypatch.setattr(Part, "of", staticmethod(lambda *given: lived.append(1) or real(*given)))
    told.clear()
    sample = bench.exact(draft, lambda *x: told.append(x))
    assert len(lived) == 2 * -(-n // 5) - kept and told[-1] == (2 * n, 2 * n)
    assert [a for a, _ in told] == sorted(a for a, _ in told) and max(np.diff([a for a, _ in told])) <= 5
    own, told[:] = bench._own, []
    again = bench.exact(draft, lambda *x: told.append(x))
    assert again.own is own is sample.own and not bench._begun and told[-1] == (n, n)
    assert same(again.draft, sample.draft)


def test_twenty_who_drag_at_once(small_run):
    bench = Workbench(Ready(small_run.case, small_run))
    drafts_ = [
        Draft(changes=(Change(what, value, date(2015, month, 1)),))
        for month in (3, 6) for what, value in (("hand_over", 0.2), ("watch", 0.3), ("effort", 0.5))
    ]  # fmt: skip

    def drag(k: int) -> None:
        draft = drafts_[k % len(drafts_)]
        sample = bench.quick(draft, begun=bench.quick(draft))
        assert sample.versions >= len(sample.weights) > 0
        bench.answers(draft, sample, False)

    def everybody() -> int:
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(drag, range(20)))
        assert len(bench._trunks) <= whatif.TRUNKS and bench._waiting == 0
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first, second = everybody(), everybody()
    finally:
        tracemalloc.stop()
    assert second < 1.2 * first + 2e6
    assert threading.active_count() < 60


# -- live cases
def test_small_counts_of_a_live_case_are_not_told(small_run):
    live = Workbench(Ready(replace(small_run.case, live=True), small_run))
    small = re.compile(r"(?<![\d.,–-])[1-4](?![\d.,–-]| %| in )")
    dates = re.compile(r"\d+( to \d+)? (May|June|July)|change \d")
    hidden = 0
    for draft in (
        Draft(changes=(Change("hand_over", 0.2, date(2015, 6, 1)),)),
        Draft(changes=(Change("recall", 0.02, date(2016, 4, 1)),)),
        Draft(changes=(Change("watch", 0.9, date(2015, 12, 1)), Change("effort", 0.1, date(2015, 6, 1)))),
    ):
        exact = live.exact(draft, silent)
        for sample, words in ((whole_of(live, draft), False), (exact, True)):
            for row in live.answers(draft, sample, words):
                if row["unit"] != "people":
                    continue
                for key in ("own", "draft", "difference"):
                    assert not [x for x in row[key] if x is not None and 0 < abs(x) < 5]
                    hidden += row[key].count(None)
                for key in ("own_text", "draft_text", "difference_text", "text", "effect"):
                    assert not small.search(dates.sub("", row.get(key, ""))), row[key]
            for name, (_, unit) in CURVES.items():
                told = live.curve(sample, name)
                if unit == "people":
                    for key in ("own", "draft", "difference"):
                        assert not [x for band in told[key] for x in band if 0 < abs(x) < 5], name
    assert hidden > 20
