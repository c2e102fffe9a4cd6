"""The shipped cases: complete, tied to claims and assumptions."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from obrok.case.case import Case, find_case, load, new_case, order, shipped_cases, used_parameters
from obrok.case.checks import no_text
from obrok.case.parameters import EVENT_CHANGES, PARAMETERS, changed_row
from obrok.problems import ProblemsFound
from obrok.quantities import flatten

ROOT = Path(__file__).parents[1]


# -- Chita ------------------------------------------------------------------------------------------------------------
def test_chita_is_as_reported(chita: Case) -> None:
    assert chita.id == "chita-2015" and not chita.notes and not chita.live
    assert (chita.date(0), chita.day(date(2015, 5, 9)), chita.days, chita.window) == (
        date(2014, 5, 9),
        365,
        731,
        (365, 729),
    )
    assert [e.id for e in chita.enterprises] == ["cholsan", "nakwon"]
    assert [(e.id, e.day) for e in chita.events] == [("visit", 365), ("more-sessions", 365)]
    assert chita.factual.id == "as-reported" and chita.compare[0] == ("as-reported", "without-visit")


def test_chita_claims_stand_on_the_report(chita: Case) -> None:
    claims = chita.evidence.claims
    assert len(claims) >= 20
    roles = {c.informs for c in claims.values()}
    assert roles == {"input", "outcome", "confirmation", "context"} and len(chita.outcome_claims()) == 5
    for claim in claims.values():
        assert claim.anchor.end > claim.anchor.start >= 0 and len(claim.anchor.sha256) == len(claim.anchor.around) == 64
        assert claim.anchor.end <= chita.evidence.documents[claim.document].characters
        assert claim.source in chita.evidence.sources and claim.paraphrase
        if claim.informs in ("input", "outcome"):
            assert claim.quantity and claim.unit and (claim.hedge or (claim.reading and claim.reading_why))
        elif claim.informs == "context":
            assert claim.unused or claim.id == "two-enterprises"  # which names the firms


def test_credence_of_confirmed_claims(chita: Case) -> None:
    """One source 0.8; a second, three tenths independent: 1 - 0.2 · (1 - 0.3 · 0.8) = 0.848."""
    evidence = chita.evidence
    confirmed = {name for c in evidence.claims.values() for name in c.confirms}
    assert confirmed == {"pay", "most-taken", "less-than-russians", "looking-away", "helping"}
    for claim in evidence.claims.values():
        assert evidence.credence(claim) == pytest.approx(0.848 if claim.id in confirmed else 0.8)
    pay = evidence.claims["pay"]
    assert evidence.credence(pay, without=frozenset({"second-source"})) == pytest.approx(0.8)
    assert chita.priors["wage"].credence == pytest.approx(0.848) and chita.priors["posts"].credence == pytest.approx(
        0.8
    )


def test_every_parameter_rests_on_a_claim_or_an_assumption(chita: Case) -> None:
    assert set(chita.priors) == set(used_parameters(chita.enterprises, chita.events)) | {"visit_role"}
    cited = set()
    for name, prior in chita.priors.items():
        assert prior.why and prior.parameter is PARAMETERS[name]
        for claim in prior.claims:
            assert claim.informs == "input" and claim.quantity == name
            assert 0 < prior.credence < 1
            cited.add(claim.id)
        weights = [w for w, _ in flatten(prior.distribution)]
        assert sum(weights) == pytest.approx(1)
    assert cited == {c.id for c in chita.evidence.claims.values() if c.informs == "input"}


def test_chita_anchors(source_texts: list[str], chita: Case) -> None:
    anchors = load("chita-2015", documents_required=True).anchors
    assert (anchors.checked, anchors.not_checked, anchors.wrong) == (29, 0, 0)


def test_chita_without_its_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path))
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)
    anchors = load("chita-2015").anchors
    assert (anchors.checked, anchors.not_checked, anchors.absent) == (0, 29, ("dnk-chita",))
    with pytest.raises(ProblemsFound, match="the document `dnk-chita` is not on this machine"):
        load("chita-2015", documents_required=True)


def test_the_digest_of_a_case_is_that_of_its_files(tmp_path: Path) -> None:
    one, two = (new_case(tmp_path / name) for name in ("one", "two"))
    assert load(one).sha256 != load(two).sha256  # their ids differ
    (two / "case.yaml").write_bytes((one / "case.yaml").read_bytes())
    assert load(one).sha256 == load(two).sha256


# -- several cities ---------------------------------------------------------------------------------------------------
WIDE = ROOT / "tests" / "cases" / "wide"


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("OBROK_DOCUMENTS", str(WIDE))
    return load(WIDE, documents_required=True)


def test_wide_cities(wide: Case) -> None:
    assert (wide.anchors.checked, wide.anchors.wrong, wide.anchors.absent) == (7, 0, ())
    assert [(c.place, c.enterprises) for c in wide.cities] == [
        ("harbour", ("red-crane", "blue-crane")),
        ("sawmill", ("red-crane", "pine")),
    ]
    assert [s.weight for s in wide.sites] == [f"{s.id}.weight" for s in wide.sites]
    inside = {p: wide.cities_in(p) for p in (None, *wide.places)}
    assert inside == {None: None, "borealia": None, "coast": (0,), "harbour": (0,), "sawmill": (1,), "lake": ()}
    assert [c.place for c in load("chita-2015").cities] == ["chita"] and load("chita-2015").cities_in("russia") is None


def test_a_document_without_text(wide: Case) -> None:
    """Nothing stands in for its text: no digests, no anchor; and whoever asks is told."""
    document, claim = wide.evidence.documents["wire"], wide.evidence.claims["four-hundred"]
    assert document.no_text and (document.sha256_file, document.sha256_text, document.characters) == (None, None, None)
    assert claim.anchor is None and wide.anchors.no_text == 2
    assert wide.anchors.told() == (
        "7 anchors checked against the text. 2 claims rest on documents whose text is not kept: nobody can check them to the "
        "character here."
    )
    assert no_text(1).startswith("1 claim rests on documents whose text is not kept: nobody can check it ")


def test_wide_priors_are_named_by_where_they_stand(wide: Case) -> None:
    own = [name for name in wide.priors if "." in name]
    assert own == [
        "harbour.leaving", "red-harbour.weight", "blue-harbour.weight", "red-sawmill.weight", "pine-sawmill.weight",
        "campaign.news_of_hand_over", "campaign-ends.ramp", "campaign-ends.effort", "spring-rise.share", "spring-rise.wage",
        "letters-home.news_of_hand_over", "summer-stop.refill_chance", "autumn-start.dispatch", "autumn-start.quota",
        "called-home.share", "called-home.recall", "sharper-police.effort",
    ]  # fmt: skip
    for name, prior in wide.priors.items():
        assert prior.parameter.name == name and prior.why
        if name not in own:
            assert prior.parameter is PARAMETERS[name]
    rows = {name: wide.priors[name].parameter for name in own}
    assert [(rows[n].unit, rows[n].low, rows[n].high) for n in ("red-harbour.weight", "spring-rise.wage", "campaign-ends.ramp")] == [
        ("1", 0, 1e6), ("USD/month", 1, 20_000), ("days", 0.01, 3650),
    ]  # fmt: skip
    assert rows["spring-rise.wage"].meaning == "mean gross pay, after spring rise"
    assert (
        wide.priors["red-harbour.weight"].claims[0].id == "twice-as-many"
        and wide.priors["spring-rise.wage"].credence == 0.7
    )
    assert "fee" not in wide.priors and {"quota", "construction_shift"} <= set(wide.priors)
    assert sorted(order(wide.priors)) == sorted(wide.priors)


def test_wide_events_are_resolved(wide: Case) -> None:
    events = {e.id: e for e in wide.events}
    assert [e.day for e in wide.events] == sorted(e.day for e in wide.events) and len(events) == 9
    campaign, ends = events["campaign"], events["campaign-ends"]
    assert (wide.date(campaign.day), campaign.cities, campaign.share, campaign.ramp) == (
        date(2019, 3, 1),
        (0,),
        "visit_role",
        "ramp",
    )
    assert campaign.changes == {
        "effort": "effort_after",
        "hand_over": "hand_over_after",
        "news_of_hand_over": "campaign.news_of_hand_over",
    }
    assert (ends.changes, ends.ramp, ends.cities) == ({"effort": "campaign-ends.effort"}, "campaign-ends.ramp", (0,))
    assert events["spring-rise"].share == "spring-rise.share" and events["spring-rise"].ramp is None
    assert [events[e].changes["dispatch"] for e in ("summer-stop", "autumn-start")] == [
        "closed",
        "autumn-start.dispatch",
    ]
    assert events["called-home"].changes == {"recall": "called-home.recall"}
    assert [e for e in events if events[e].what_if] == ["open-doors", "sharper-police"]
    assert events["sharper-police"].cities is None and events["letters-home"].cities == (1,)
    named = {n for e in wide.events for n in (*e.changes.values(), e.ramp, e.share) if n} - {"open", "closed"}
    assert named <= set(wide.priors)


def test_wide_policies(wide: Case) -> None:
    policies = {p.id: p for p in wide.policies}
    assert wide.factual is wide.policies[0] and [p for p in policies if policies[p].factual] == ["as-reported"]
    assert policies["without-rise-and-stop"].without == {"spring-rise", "summer-stop"}
    assert policies["with-help-and-police"].keep == {"wage"} and policies["with-help-and-police"].with_ == {
        "open-doors",
        "sharper-police",
    }


def test_every_change_has_its_row() -> None:
    for what, change in EVENT_CHANGES.items():
        assert changed_row("some-event", what).name == f"some-event.{what}"
        named = {change.before, change.after, change.like} - {None, 1.0}
        assert named <= set(PARAMETERS), what


# -- blank ------------------------------------------------------------------------------------------------------------
def test_blank_is_ready_to_run() -> None:
    blank = load("blank")
    assert {"blank", "chita-2015"} <= set(shipped_cases())
    assert not blank.notes and not blank.evidence.claims and not blank.evidence.documents
    assert set(used_parameters(blank.enterprises, blank.events)) <= set(blank.priors)
    assert [p.id for p in blank.policies] == ["as-reported", "without-change"] and len(blank.events) == 1
    assert all(not prior.cited and len(prior.why) > 15 for prior in blank.priors.values())


def test_blank_is_no_surer_than_chita(chita: Case) -> None:
    """Nothing in the blank case is narrower than what the Chita case assumes without its report."""
    for name, prior in load("blank").priors.items():
        theirs = chita.priors[name].fallback
        if name in ("belief", "effort_before", "watch_max") or len(list(flatten(theirs))) > 1:
            continue
        spread = [float(d.quantile(0.95) - d.quantile(0.05)) for d in (prior.fallback, theirs)]
        assert spread[0] >= 0.999 * spread[1], name


def test_blank_comments_show_every_key() -> None:
    text = (find_case("blank") / "claims.yaml").read_text("utf-8")
    for key in (
        "id",
        "document",
        "anchor",
        "source",
        "about",
        "paraphrase",
        "informs",
        "quantity",
        "value",
        "unit",
        "hedge",
    ):
        assert re.search(rf"^#\s+(- )?{key}:", text, re.MULTILINE), key


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("vladivostok-2019", "vladivostok-2019"),
        ("my own case!", "my-own-case"),
        ("true", "case-true"),
        ("2019", "2019"),
    ],
)
def test_new_case(name: str, id_: str, tmp_path: Path) -> None:
    folder = new_case(tmp_path / name)
    case = load(folder)
    assert case.id == id_ and sorted(p.name for p in folder.iterdir()) == ["case.yaml", "claims.yaml", "documents.yaml"]
    with pytest.raises(ProblemsFound, match="nothing is overwritten"):
        new_case(folder)
