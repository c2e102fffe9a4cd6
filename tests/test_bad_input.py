"""Broken cases: every mistake is told with file, line, what is wrong and how to mend it, all at once, and the mended
line, put in place of the line named, lets the case pass."""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obrok.case.case import FILES, Case, find_case, load
from obrok.evidence.archive import Anchor, normalised, sha256
from obrok.problems import MOST_PROBLEMS, Problem, ProblemsFound
from obrok.yaml_files import MAX_BYTES, MAX_DEPTH, MAX_VALUES

CASE, CLAIMS, DOCUMENTS = FILES


@pytest.fixture(autouse=True)
def no_texts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is on this machine unless a test puts it there."""
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path_factory.mktemp("none")))
    monkeypatch.delenv("OBROK_DOCUMENTS", raising=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_of("chita-2015", tmp_path)


def copy_of(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(find_case(name), folder / "case"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")


def errors_of(folder: Path, **options: bool) -> list[Problem]:
    with pytest.raises(ProblemsFound) as found:
        load(folder, **options)
    return [p for p in found.value.problems if not p.warning]


def mend(folder: Path, problem: Problem) -> None:
    """Puts the mended text in place of the line, as a user would."""
    assert problem.mended is not None, f"no mended line: {problem}"
    path = folder / problem.file.split("/")[-1]
    lines = path.read_text("utf-8", "surrogateescape").split("\n")
    lines[problem.line - 1 : problem.line] = problem.mended.split("\n") if problem.mended else []
    path.write_text("\n".join(lines), "utf-8")


def mend_all(folder: Path, rounds: int = 12) -> Case:
    """Mends one problem after the other until the case passes."""
    for _ in range(rounds):
        try:
            return load(folder)
        except ProblemsFound as found:
            mend(folder, next(p for p in found.problems if not p.warning and p.mended is not None))
    return load(folder)


# -- one mistake in a good case ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Bad:
    """`old` → `new` in `file`; then one error on the line of `at` (by default that of `new`) whose text holds `what`.

    `mends`: a mended line is given and passes. False: one line cannot mend it.
    """

    id: str
    file: str
    old: str
    new: str
    what: str
    at: str = ""
    mends: bool = True


WAGE = "wage: {claim: pay, fallback: {lognormal: {median: 600, p05: 350, p95: 1000}, unit: USD/month"
LAG = "refill_lag: {assumption: {lognormal: {median: 90, p05: 30, p95: 270}, unit: days"
FEE = "fallback: {uniform: {from: 0.4, to: 0.95}, unit: share, why: \"half or more"
PAY = "    quantity: wage\n    value: [800, 1000]\n    unit: USD/month\n    hedge: roughly"
FOUND = "    value: null                    # the hedge word carries the number\n    unit: people\n    hedge: a few"
MIXED = "[{weight: 0.3, exactly: 0}, {weight: 0.7, beta: {a: 3, b: 2}}]"
VISIT = "{id: visit, date: 2015-05-09, claims: [visit-role, looking-away, helping, not-handed-over], share: visit_role"
SITES = "sites: [{id: cholsan-chita, enterprise: cholsan, place: chita}, {id: nakwon-chita, enterprise: nakwon, place: chita}]"
S1 = '{id: S1, kind: unnamed person, near: medium, credence: {value: 0.8, why: "unnamed, in the country"}}'

BAD = [
    # keys
    Bad("unknown-key", CASE, "title: North", "colour: blue\ntitle: North", "unknown key `colour`"),
    Bad("misspelt-key", CASE, "enterprises: [", "entreprises: [", "unknown key `entreprises`"),
    Bad("misspelt-key-in-claim", CLAIMS, "    informs: outcome\n    compared_with: {days: 180}", "    informs: outcome\n    compard_with: {days: 180}", "unknown key `compard_with`", "compard_with"),
    Bad("key-of-another-place", CLAIMS, "about: {from: 2015-05-01, to: published,", "about: {from: 2015-05-01, to: published, on: 2015-05-02,", "unknown key"),
    Bad("missing-key", CASE, "window: {from: 2015-05-09, to: 2016-05-07}", "", "`window` is missing", "format: 1"),
    Bad("missing-key-in-claim", CLAIMS, "    paraphrase: Grievances among the workers are growing.\n", "", "`paraphrase` is missing", "id: complaints"),
    Bad("missing-key-in-brackets", CLAIMS, "{id: S1, kind: unnamed person, near: medium,", "{id: S1, kind: unnamed person,", "`near` is missing"),
    Bad("duplicate-key", CASE, "title: North", "id: chita-2016\ntitle: North", "the key `id` is given twice (first on line 4)"),
    Bad("duplicate-key-in-brackets", CLAIMS, S1, S1.replace("near: medium", "near: medium, near: far"), "the key `near` is given twice"),
    Bad("value-instead-of-group", CASE, "period: {start: 2014-05-09, end: 2016-05-08}", "period: 2014", "a group of keys is needed here, not the number 2014"),
    Bad("value-instead-of-list", CASE, "keep: [hand_over]}", "keep: hand_over}", "a list is needed here, not the text 'hand_over'"),
    Bad("empty-text", CASE, "title: North Korean building workers in Chita, 2015", "title:", "a text is needed here, not nothing", "title:"),
    Bad("space-after-colon", CASE, "{id: without-visit, without: visit}", "{id:without-visit, without: visit}", "a space is missing after `id:`"),
    # references and ids
    Bad("missing-claim", CASE, WAGE, WAGE.replace("claim: pay", "claim: pays"), "there is no claim `pays`"),
    Bad("missing-claim-far-off", CASE, WAGE, WAGE.replace("claim: pay", "claim: interview-7"), "there is no claim `interview-7`"),
    Bad("missing-claim-of-enterprise", CASE, "share: enterprise_split, claims: [two-enterprises]", "share: enterprise_split, claims: [three-enterprises]", "unknown claim `three-enterprises`"),
    Bad("missing-document", CLAIMS, "  - id: fear\n    document: dnk-chita", "  - id: fear\n    document: dnk-chitta", "unknown document `dnk-chitta`", "dnk-chitta"),
    Bad("missing-source", CLAIMS, "    source: S2\n    paraphrase: Someone", "    source: S3\n    paraphrase: Someone", "unknown source `S3`", "source: S3"),
    Bad("missing-place", CLAIMS, "about: {from: 2015-05-01, to: 2015-05-31, place: chita}", "about: {from: 2015-05-01, to: 2015-05-31, place: chitta}", "unknown place `chitta`"),
    Bad("missing-enterprise", CASE, "enterprise: nakwon,", "enterprise: nakwan,", "unknown enterprise `nakwan`"),
    Bad("missing-cohort", CLAIMS, "of: may-found", "of: may-fond", "unknown claim `may-fond`"),
    Bad("cohort-that-was-not-found", CLAIMS, "of: may-found", "of: pay", "does not say how many were found"),
    Bad("duplicate-claim", CLAIMS, "  - id: harsh", "  - id: more-leaving", "the id `more-leaving` is given twice", "  - id: more-leaving\n    document: dnk-chita\n    anchor: {start: 121"),
    Bad("duplicate-source", CLAIMS, S1, S1 + "\n  - " + S1, "the id `S1` is given twice", "  - " + S1 + "\n  - {id: S2"),
    Bad("duplicate-place", CASE, "{id: chita, within", "{id: chita}, {id: chita, within", "the id `chita` is given twice"),
    Bad("bad-id", CLAIMS, "  - id: complaints", "  - id: complaints & more", "`complaints & more` is not an id"),
    Bad("null-id", CLAIMS, "  - id: complaints", "  - id: null", "is not an id"),
    # numbers
    Bad("bare-number", CASE, LAG + ', why: "a visa and a journey; nothing is reported"}}', "refill_lag: 90", "`refill_lag` is a bare number"),
    Bad("bare-number-as-assumption", CASE, "recovery: {assumption: {lognormal: {median: 60, p05: 20, p95: 180}, unit: days, why: \"how long heightened watching lasts is not reported\"}}", "recovery: {assumption: 60}", "a bare number where an assumption"),
    Bad("bare-number-as-fallback", CASE, '{exactly: 1, unit: 1/week, why: "weekly meetings are reported for 2003 (wire report from Vladivostok)"}', "1", "a bare number where an assumption", "sessions_per_week: {claim"),
    Bad("bare-credence", CLAIMS, S1, S1.replace('{value: 0.8, why: "unnamed, in the country"}', "0.7"), "a bare number: a credence needs its reason"),
    Bad("credence-above-one", CLAIMS, S1, S1.replace("0.8", "80"), "credence 80 is outside its limits, 0 to 1"),
    Bad("no-number", CASE, "a: 5, b: 5}, unit: share, why: \"two firms", "a: five, b: 5}, unit: share, why: \"two firms", "a number is needed here, not the text 'five'"),
    Bad("number-with-unit", CASE, LAG, LAG.replace("median: 90", "median: 90 days"), "a number is needed here, not the text '90 days'"),
    Bad("boolean-for-number", CLAIMS, "value: 300\n", "value: true\n", "a number is needed here, not true or false"),
    Bad("boolean-in-distribution", CASE, LAG, LAG.replace("p05: 30", "p05: false"), "a number is needed here, not true or false"),
    Bad("nan", CASE, LAG, LAG.replace("median: 90", "median: NaN"), "a number is needed here, not the text 'NaN'"),
    Bad("dot-nan", CASE, LAG, LAG.replace("p95: 270", "p95: .nan"), "a number is needed here, not the text '.nan'"),
    Bad("inf", CLAIMS, "value: 300\n", "value: .inf\n", "a number is needed here, not the text '.inf'"),
    Bad("beyond-all-numbers", CASE, LAG, LAG.replace("p95: 270", "p95: 1e999"), "1e999 is beyond all numbers"),
    Bad("fraction-for-whole", CLAIMS, "{start: 121, end: 174", "{start: 121.5, end: 174", "start 121.5 is not a whole number"),
    Bad("latitude", CASE, "lat: 52.03", "lat: 152.03", "lat 152.03 is outside its limits, -90 to 90"),
    Bad("flag", DOCUMENTS, "protected: false ", "protected: nope ", "true or false is needed here"),
    # units
    Bad("unit-of-assumption", CASE, LAG, LAG.replace("unit: days", "unit: USD"), "`USD` is not a unit of `refill_lag`"),
    Bad("unit-of-fallback", CASE, WAGE, WAGE.replace("USD/month", "roubles"), "`roubles` is not a unit of `wage`"),
    Bad("unit-of-claim", CLAIMS, PAY, PAY.replace("USD/month", "people"), "`people` is not a unit of `wage`", "    unit: people\n    hedge: roughly\n  - id: most-taken"),
    Bad("unit-of-outcome", CLAIMS, FOUND, FOUND.replace("unit: people", "unit: USD"), "`USD` is not a unit of `found`", "    unit: USD\n    hedge: a few"),
    Bad("no-unit", CASE, LAG, LAG.replace(", unit: days", ""), "`unit` is missing"),
    Bad("no-unit-of-claim", CLAIMS, PAY, PAY.replace("    unit: USD/month\n", ""), "the claim `pay` has no unit", "  - id: pay"),
    Bad("share-in-percent", CLAIMS, "    quantity: fee\n    unit: share\n    hedge: most", "    quantity: fee\n    unit: percent\n    hedge: most", "says what share it is, not how many percent", "unit: percent"),
    # distributions
    Bad("range-reversed", CASE, LAG, LAG.replace("p05: 30, p95: 270", "p05: 270, p95: 30"), "the range is reversed: p05 270, median 90, p95 30"),
    Bad("flat-range-reversed", CASE, FEE, FEE.replace("from: 0.4, to: 0.95", "from: 0.95, to: 0.4"), "the range is reversed: from 0.95, to 0.4"),
    Bad("flat-range-empty", CASE, FEE, FEE.replace("from: 0.4, to: 0.95", "from: 0.4, to: 0.4"), "the ends of the range are equal: from 0.4, to 0.4"),
    Bad("claimed-range-reversed", CLAIMS, "[800, 1000]", "[1000, 800]", "the range is reversed: 1000 to 800"),
    Bad("range-of-three", CLAIMS, "[800, 1000]", "[800, 900, 1000]", "a range has two figures, not 3"),
    Bad("negative-figure", CLAIMS, "[800, 1000]", "[-800, 1000]", "value -800 is outside its limits"),
    Bad("no-figure-at-all", CLAIMS, "value: [800, 1000]", "value: 0", "0 with `roughly` says nothing", "value: 0\n    unit: USD/month"),
    Bad("outside-limits", CASE, FEE, FEE.replace("to: 0.95", "to: 1.95"), "`fee` from 0.4 to 1.95 is outside its limits, 0 to 1 share"),
    Bad("lognormal-outside-limits", CASE, WAGE, WAGE.replace("p95: 1000", "p95: 90000"), "`wage` from 350 to 90000 is outside its limits"),
    Bad("exactly-outside-limits", CASE, "watch_max: {assumption: {exactly: 0.95", "watch_max: {assumption: {exactly: 95", "`watch_max` from 95 to 95 is outside its limits"),
    Bad("claim-outside-limits", CLAIMS, "value: [800, 1000]", "value: [800000, 1000000]", "is outside its limits, 1 to 20000 USD/month", "value: [800000", mends=True),
    Bad("reading-outside-limits", CLAIMS, "{uniform: {from: 0.15, to: 0.95}, why", "{uniform: {from: 0.15, to: 950}, why", "`effort_after` from 0.15 to 950 is outside its limits"),
    Bad("weights", CLAIMS, MIXED, MIXED.replace("0.7", "0.6"), "the weights of the mixture sum to 0.9, not 1"),
    Bad("weights-of-readings", CLAIMS, "      - {weight: 0.5, where: {route: nearby, sector: construction}}", "      - {weight: 0.4, where: {route: nearby, sector: construction}}", "the weights of the readings sum to 0.9, not 1", "weight: 0.5, where: {route: nearby, sector: construction, left"),
    Bad("no-weight", CLAIMS, MIXED, MIXED.replace("weight: 0.3, ", ""), "`weight` is missing"),
    Bad("empty-mixture", CLAIMS, MIXED, "[]", "a mixture has no parts"),
    Bad("mixture-of-nothing", CLAIMS, MIXED, MIXED.replace(", exactly: 0}", "}"), "a part of a mixture names no distribution"),
    Bad("unknown-distribution", CASE, LAG, LAG.replace("lognormal", "cauchy"), "`refill_lag` names no distribution"),
    Bad("misspelt-distribution", CASE, LAG, LAG.replace("lognormal", "lognormall"), "unknown key `lognormall`"),
    Bad("misspelt-key-of-distribution", CASE, LAG, LAG.replace("median", "meidan"), "unknown key `meidan`"),
    Bad("two-distributions", CASE, LAG, LAG.replace("unit: days", "beta: {a: 2, b: 4}, unit: days"), "unknown key `beta`"),
    Bad("not-above-zero", CASE, "crew_alarm: {assumption: {lognormal: {median: 2, p05: 0.5,", "crew_alarm: {assumption: {lognormal: {median: 2, p05: 0,", "`p05` must be above 0"),
    Bad("mean-of-zero", CLAIMS, "exponential: {from: 300, mean: 36}", "exponential: {from: 300, mean: 0}", "`mean` must not be 0"),
    Bad("missing-why", CASE, ', why: "a visa and a journey; nothing is reported"', "", "`why` is missing", "refill_lag"),
    Bad("missing-why-of-reading", CLAIMS, ', why: "told as the rule: four in five or so"', "", "`why` is missing", "reading: {beta: {a: 9, b: 2}}"),
    Bad("empty-why", CASE, 'why: "a visa and a journey; nothing is reported"', 'why: ""', "a text is needed here"),
    Bad("logit-normal-in-a-claim", CLAIMS, "reading: {beta: {a: 9, b: 2}", "reading: {logit_normal: {around: held, sd: 1}", "`logit_normal` stands only in case.yaml", mends=False),
    # parameters
    Bad("parameter-without-entry", CASE, "  recovery: {", "  #recovery: {", "the parameter `recovery`", "posts: {claim"),
    Bad("parameter-misspelt", CASE, "  recovery: {", "  recovry: {", "unknown parameter `recovry`"),
    Bad("parameter-unknown", CASE, "  recovery: {", '  moon_phase: {assumption: {exactly: 1, unit: days, why: "none"}}\n  recovery: {', "unknown parameter `moon_phase`", "moon_phase"),
    Bad("no-fallback", CASE, "weight_fair: {claim: less-than-russians, fallback: {exactly: 0, unit: \"1\", why: \"if the source is wrong, unequal pay moves nobody\"}}", "weight_fair: {claim: less-than-russians}", "`weight_fair` has a claim and no fallback"),
    Bad("assumption-for-fallback", CASE, WAGE, WAGE.replace("fallback", "assumption"), "what holds if the source is wrong is called its fallback"),
    Bad("fallback-without-claim", CASE, WAGE, WAGE.replace("claim: pay, ", ""), "`wage` has a fallback and no claim"),
    Bad("circle-of-at-most", CASE, "watch_max: {assumption", "watch_max: {at_most: watch, assumption", "is drawn relative to itself", "watch: {at_most"),
    Bad("circle-of-around", CASE, "hand_over_before: {claim", "hand_over_before: {at_most: belief, claim", "is drawn relative to itself", "hand_over_before: {at"),
    Bad("at-most-another-unit", CASE, "watch: {at_most: watch_max", "watch: {at_most: wage", "unknown parameter in share `wage`"),
    Bad("part-of-unknown", CASE, "part_of: fee", "part_of: fees", "unknown share `fees`"),
    Bad("rests-on-an-outcome", CASE, WAGE, WAGE.replace("claim: pay", "claim: may-found"), "the claim `may-found` speaks of `found`, not of `wage`"),
    Bad("rests-on-another-input", CASE, "posts: {claim: roughly-300", "posts: {claim: most-taken", "the claim `most-taken` speaks of `fee`, not of `posts`"),
    Bad("input-and-outcome", CLAIMS, "    informs: input\n    quantity: far_share", "    informs: outcome\n    quantity: far_share", "informs an outcome, and `far_share` rests on it: it would count twice", "informs: outcome\n    quantity: far_share"),
    Bad("two-roles", CLAIMS, "    informs: input\n    quantity: wage", "    informs: [outcome, input]\n    quantity: wage", "a claim has one role", "informs: [outcome"),
    Bad("context-used-as-input", CLAIMS, "    informs: input\n    quantity: wage", "    informs: context\n    quantity: wage", "the claim `pay` is context, and `wage` rests on it", "informs: context\n    quantity: wage"),
    # claims
    Bad("unknown-role", CLAIMS, "    informs: input\n    quantity: wage", "    informs: imput\n    quantity: wage", "unknown role `imput`", "imput"),
    Bad("unknown-quantity", CLAIMS, "quantity: wage", "quantity: wages", "unknown parameter `wages`"),
    Bad("unknown-outcome", CLAIMS, "quantity: found\n", "quantity: fount\n", "unknown outcome `fount`"),
    Bad("no-quantity", CLAIMS, "    quantity: handed_over\n    of: may-found\n", "", "the claim informs an outcome and names no quantity", "id: safe"),
    Bad("unknown-hedge", CLAIMS, FOUND, FOUND.replace("a few", "a handful"), "unknown hedge `a handful`", "a handful"),
    Bad("hedge-misspelt", CLAIMS, "hedge: a growing number", "hedge: a growin number", "unknown hedge `a growin number`"),
    Bad("hedge-of-a-share-for-people", CLAIMS, FOUND, FOUND.replace("a few", "almost none"), "`almost none` says nothing about found", "hedge: almost none\n  - id: safe"),
    Bad("hedge-of-people-for-a-share", CLAIMS, "hedge: often", "hedge: dozens", "`dozens` says nothing about leave_but_for_family"),
    Bad("hedge-beside-a-figure", CLAIMS, "hedge: roughly\n  - id: most-taken", "hedge: dozens\n  - id: most-taken", "`dozens` says nothing beside a figure", "dozens"),
    Bad("neither-figure-nor-word", CLAIMS, FOUND, FOUND.replace("hedge: a few", "hedge: null"), "has neither a figure nor a word", "value: null                    # the"),
    Bad("input-without-a-number", CLAIMS, "    value: [800, 1000]\n", "", "the claim `pay` gives no value", "id: pay"),
    Bad("confirms-itself", CLAIMS, "confirms: [pay, most-taken, less-than-russians]", "confirms: [pay, second-source]", "the claim `second-source` confirms itself"),
    Bad("source-confirms-itself", CLAIMS, "    source: S2\n    paraphrase: The second", "    source: S1\n    paraphrase: The second", "S1 would confirm what S1 itself said (looking-away, helping)"),
    Bad("confirms-nothing", CLAIMS, "    confirms: [looking-away, helping]\n", "", "the confirmation `both-sources` confirms nothing", "informs: confirmation\n  - id: looking"),
    Bad("confirms-unknown", CLAIMS, "confirms: [looking-away, helping]", "confirms: [looking-away, helpin]", "unknown claim `helpin`"),
    Bad("counted-twice", CLAIMS, "  - id: safe\n", "  - id: also-found\n    document: dnk-chita\n    anchor: {start: 1, end: 2, sha256: " + "0" * 64 + ", around: " + "0" * 64 + "}\n    source: S1\n    about: {on: 2015-03-31, place: russia}\n    paraphrase: Families hold them.\n    informs: outcome\n    quantity: leave_but_for_family\n    unit: share\n    hedge: often\n  - id: safe\n", "from one mouth: counted twice", "informs: outcome\n    quantity: leave_but_for_family\n    value"),
    Bad("anchor-reversed", CLAIMS, "{start: 121, end: 174,", "{start: 174, end: 121,", "the anchor is reversed: 174 to 121"),
    Bad("anchor-of-nothing", CLAIMS, "{start: 121, end: 174,", "{start: 121, end: 121,", "the anchor spans nothing"),
    Bad("anchor-digest", CLAIMS, "sha256: 958656d8504fca79b4ef99699cbf61215ee65fd35fb8321892f82a8bfe3abcba", "sha256: 958656d8xx", "a digest is 64 lower-case hexadecimal digits"),
    Bad("anchor-digest-in-capitals", CLAIMS, "around: a17ebb8a83bb698fb8a62b83a17cfd4d19e81499c476ae0bdd8ca9b565baed44", "around: A17EBB8A83BB698FB8A62B83A17CFD4D19E81499C476AE0BDD8CA9B565BAED44", "a digest is 64 lower-case hexadecimal digits"),
    Bad("where-and-readings", CLAIMS, "    readings: \n", "    where: {route: nearby}\n    readings: \n", "`where` and `readings` both say whom the claim counts", "where: {route: nearby}\n"),
    Bad("unknown-route", CLAIMS, "{route: nearby, sector: construction, left", "{route: near, sector: construction, left", "unknown route `near`"),
    Bad("a-fraction-of-a-person", CASE, "crew_size: {assumption: {uniform: {from: 6, to: 15}", "crew_size: {assumption: {exactly: 7.5", "`crew_size` counts whole people, and 7.5 is none"),
    # dates
    Bad("date-of-no-calendar", CASE, "start: 2014-05-09", "start: 2014-04-31", "`2014-04-31` is not a date of the calendar"),
    Bad("date-of-no-calendar-in-claim", CLAIMS, "about: {from: 2015-05-01, to: 2015-05-31, place", "about: {from: 2015-05-01, to: 2015-05-32, place", "`2015-05-32` is not a date of the calendar"),
    Bad("no-date", CASE, "{id: visit, date: 2015-05-09", "{id: visit, date: 9 May 2015", "`9 May 2015` is not a date"),
    Bad("date-in-words", CASE, "{id: visit, date: 2015-05-09", "{id: visit, date: in spring", "`in spring` is not a date"),
    Bad("short-date", CASE, "{id: visit, date: 2015-05-09", "{id: visit, date: 2015-5-9", "`2015-5-9` is not a date"),
    Bad("dates-reversed", CASE, "{from: 2015-05-09, to: 2016-05-07}", "{from: 2016-05-07, to: 2015-05-09}", "the dates are reversed: 2016-05-07 to 2015-05-09"),
    Bad("period-reversed", CASE, "{start: 2014-05-09, end: 2016-05-08}", "{start: 2016-05-08, end: 2014-05-09}", "the dates are reversed: 2016-05-08 to 2014-05-09"),
    Bad("dates-of-claim-reversed", CLAIMS, "about: {from: 2015-05-01, to: 2015-05-31, place", "about: {from: 2015-05-31, to: 2015-05-01, place", "the dates are reversed: from 2015-05-31 to 2015-05-01"),
    Bad("period-too-long", CASE, "{start: 2014-05-09, end: 2016-05-08}", "{start: 1914-05-09, end: 2016-05-08}", "the period has 37,256 days", mends=False),
    Bad("window-outside", CASE, "to: 2016-05-07}", "to: 2017-05-07}", "the window 2015-05-09 to 2017-05-07 leaves the period"),
    Bad("event-outside", CASE, "{id: visit, date: 2015-05-09", "{id: visit, date: 2005-05-09", "the event on 2005-05-09 is outside the period"),
    Bad("claim-outside", CLAIMS, "about: {from: 2015-05-01, to: 2015-05-31, place", "about: {from: 2013-05-01, to: 2015-05-31, place", "2013-05-01 is outside the period"),
    Bad("departures-outside", CLAIMS, "left: {from: 2015-05-01", "left: {from: 2012-05-01", "2012-05-01 is outside the period"),
    Bad("reaches-back", CLAIMS, "compared_with: {days: 180}", "compared_with: {days: 1800}", "`compared_with` reaches back"),
    Bad("days-before-what", CLAIMS, "left: {from: 2015-05-01, to: 2015-05-31}", "left: {days: 30}", "days before what?"),
    Bad("before-without-days", CLAIMS, "about: {days: 60, before: published, place: chita}", "about: {before: published, place: chita}", "`days` is missing"),
    Bad("no-about", CLAIMS, "    about: {on: 2015-03-31, place: russia}\n", "", "does not say about when", "id: would-run"),
    Bad("half-an-about", CLAIMS, "about: {on: 2015-03-31, place: russia}", "about: {from: 2015-03-31, place: russia}", "does not say about when"),
    Bad("nothing-to-compare-with", CLAIMS, "    compared_with: {days: 180}\n", "", "`trend` is a comparison: with what?", "id: growing-number"),
    Bad("trend-of-unknown-length", CLAIMS, "about: {days: 60, before: published, place: chita}", "about: {from: 2015-03-01, to: published, place: chita}", "a trend compares numbers of days"),
    Bad("may-end-before-it-begins", CLAIMS, "about: {from: 2015-05-01, to: published, place: chita}", "about: {from: 2015-06-20, to: published, place: chita}", "`about` may end before it begins"),
    Bad("no-reason", DOCUMENTS, '      why: "No date in the text; it looks back on the visit of 9 May 2015 and on that month, and breaks off. An inference, kept as one."\n', "", "an inferred date needs its reason", "edtf: 2015"),
    Bad("no-interval", DOCUMENTS, "edtf: 2015-06-01/2015-07-31", "edtf: 2015-07-31/2015-06-01", "is not a date or interval (EDTF)"),
    # structure
    Bad("two-factual-policies", CASE, "  - {id: as-reported}\n", "  - {id: as-reported}\n  - {id: as-told}\n", "one policy, and only one, is what was reported", "as-told"),
    Bad("no-factual-policy", CASE, "  - {id: as-reported}\n", "  - {id: as-reported, keep: [news]}\n", "one policy, and only one, is what was reported", "{id: as-reported, keep"),
    Bad("unknown-policy", CASE, "[as-reported, without-visit]", "[as-reported, without-visits]", "unknown policy `without-visits`"),
    Bad("one-policy-compared", CASE, "[as-reported, without-visit]", "[as-reported]", "two policies are compared, not 1"),
    Bad("policy-with-itself", CASE, "[as-reported, without-visit]", "[as-reported, as-reported]", "a policy is compared with itself"),
    Bad("without-unknown-event", CASE, "without: visit}", "without: vist}", "unknown event `vist`"),
    Bad("keeps-unknown", CASE, "keep: [hand_over]}", "keep: [hand_ower]}", "unknown thing to keep `hand_ower`"),
    Bad("changes-unknown", CASE, "help: help_after,", "help: help_before,", "unknown parameter `help_before`"),
    Bad("changed-twice", CASE, "changes: {sessions_per_week: sessions_per_week}", "changes: {sessions_per_week: sessions_per_week, news: news}", "`news` is changed by `visit` already"),
    Bad("two-cities", CASE, SITES, SITES.replace("nakwon, place: chita", "nakwon, place: russia"), "sites in more than one city"),
    Bad("three-enterprises", CASE, "{id: nakwon, claims: [two-enterprises]}]", "{id: nakwon, claims: [two-enterprises]}, {id: third}]", "3 enterprises", mends=False),
    Bad("no-share", CASE, "share: enterprise_split, ", "", "with two enterprises the first needs its share", "enterprises: ["),
    Bad("unknown-format", DOCUMENTS, "format: 1", "format: 2", "format 2 is not known here"),
    Bad("live-maybe", CASE, "title: North", "live: perhaps\ntitle: North", "true or false is needed here", "live: perhaps"),
    # people
    Bad("e-mail", CASE, 'why: "a visa and a journey; nothing is reported"', 'why: "ask ivan.petrov@example.org"', "an e-mail address in a text"),
    Bad("phone-number", CLAIMS, "paraphrase: Grievances among", "paraphrase: Call +7 (302) 212-34-56, grievances among", "a phone number in a text"),
    Bad("coordinates", CLAIMS, "paraphrase: Grievances among", "paraphrase: At 52.03351, 113.50089 grievances among", "coordinates in a text"),
    Bad("e-mail-in-a-comment", CLAIMS, "format: 1", "format: 1   # from anna@example.org", "an e-mail address in a text"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_one_mistake(bad: Bad, copy: Path) -> None:
    edit(copy, bad.file, bad.old, bad.new)
    broken = (copy / bad.file).read_text("utf-8")
    at = bad.at or bad.new
    assert broken.count(at) == 1, f"{at!r} stands {broken.count(at)} times"
    line = broken[: broken.index(at)].count("\n") + 1
    (problem,) = errors_of(copy)
    assert bad.what in problem.what
    assert (problem.file, problem.line) == (f"case/{bad.file}", line)
    assert problem.mend and str(problem).startswith(f"case/{bad.file}:{line}: {problem.what}\n    {problem.mend}")
    assert (problem.mended is not None) == bad.mends
    if bad.mends:
        mend(copy, problem)
        assert load(copy).id == "chita-2015"


# -- files that are not what they should be ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Odd:
    """`old` → `new` in the bytes of `file`, or all of it where `old` is empty; then an error on the line of `at` (by
    default that of `new`) or on `line`. `mends`: it is the only one, and the mended line passes."""

    id: str
    file: str
    old: bytes
    new: bytes
    what: str
    at: bytes = b""
    line: int | None = None
    mends: bool = True


DEEP = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)
BOMB = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in b"bcdefghijklmnop")

ODD = [
    Odd("tab", CASE, b"  - {id: as-reported}", b"\t- {id: as-reported}", "a tab"),
    Odd("unclosed-bracket", CASE, b"end: 2016-05-08}", b"end: 2016-05-08", "{ is opened and not closed"),
    Odd("unclosed-list", CLAIMS, b"value: [800, 1000]", b"value: [800, 1000", "[ is opened and not closed"),
    Odd("unclosed-quote", CASE, b'nothing is reported"}}\n  refill_chance', b"nothing is reported}}\n  refill_chance", '" is opened and not closed'),
    Odd("unclosed-quote-on-a-line", DOCUMENTS, b'kept as one."', b"kept as one.", '" is opened and not closed'),
    Odd("colon-in-text", CLAIMS, b"paraphrase: Grievances among", b"paraphrase: Grievances: among", "a colon inside a text without quotes"),
    Odd("missing-colon", CASE, b"title: North", b"title North", "a colon is missing after the key"),
    Odd("missing-space", CLAIMS, b"    quantity: wage", b"    quantity:wage", "a space is missing after the colon"),
    Odd("not-utf-8", CASE, b"title: North Korean", b"title: North K\xf3rean", "the text is not UTF-8"),
    Odd("control-character", CASE, b"title: North", b"title: Nor\x07th", "a character that YAML cannot hold"),
    Odd("null-byte", CLAIMS, b"paraphrase: Grievances", b"paraphrase: Griev\x00ances", "a character that YAML cannot hold"),
    Odd("odd-line-break", CLAIMS, b"paraphrase: Grievances ", "paraphrase: Grievances\u2028".encode(), "a character that YAML cannot hold"),
    Odd("two-documents", CASE, b"\nplaces:", b"\n---\nplaces:", "a second document begins here (---)", b"---\nplaces"),
    Odd("anchor-and-alias", CASE, b"{id: as-reported}", b"{id: &it as-reported}", "an anchor (&it): aliases are not used here"),
    Odd("tag", CASE, b"title: North", b"title: !!str North", "a tag (tag:yaml.org,2002:str)"),
    Odd("tag-of-an-object", CASE, b"title: North", b"title: !!python/object/apply:os.system North", "a tag (tag:yaml.org,2002:python/object/apply:os.system)"),
    Odd("empty", CASE, b"", b"", "the file is empty", line=1, mends=False),
    Odd("only-spaces", CLAIMS, b"", b"\n  \n", "the file is empty", line=1, mends=False),
    Odd("only-comments", DOCUMENTS, b"", b"# nothing\n# here\n", "the file is empty", line=1, mends=False),
    Odd("a-list-at-the-top", CASE, b"", b"- format: 1\n- id: x\n", "a group of keys is needed here, not a list", line=1, mends=False),
    Odd("a-text-at-the-top", DOCUMENTS, b"", b"just a text\n", "a group of keys is needed here, not the text 'just a text'", line=1, mends=False),
    Odd("utf-16", CLAIMS, b"", "format: 1".encode("utf-16"), "the text is UTF-16", line=1, mends=False),
    Odd("not-opened", CASE, b"period: {", b"period: }{", "} is closed and was not opened"),
    Odd("missing-comma", CASE, b"start: 2014-05-09, end", b"start: 2014-05-09 end", "a comma is missing"),
    Odd("another-column", CLAIMS, b"    quantity: wage", b"     quantity: wage", "the line begins in another column than its neighbours"),
    Odd("a-stray-line", CASE, b"policies:", b"todo\npolicies:", "this line does not fit in with those around it", b"todo"),
    Odd("not-yaml", CASE, b"", b"a: [" + b"b," * 1500 + b"\n", "not YAML", line=2, mends=False),
    Odd("too-large", CLAIMS, b"", b"#" * (MAX_BYTES + 1), "the file is larger than", line=0, mends=False),
    Odd("nested-too-deep", CASE, b"title: North", b"title: " + DEEP + b"\nnote: North", "nested deeper than", line=5, mends=False),
    Odd("nesting-bomb", DOCUMENTS, b"", b"[" * (MAX_BYTES - 10), "nested deeper than", line=1, mends=False),
    Odd("too-many-values", CLAIMS, b"", b"claims: [" + b"1," * MAX_VALUES + b"1]", "values in one file", line=1, mends=False),
    Odd("alias-bomb", DOCUMENTS, b"", BOMB, "an anchor (&a): aliases are not used here", line=1, mends=False),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.id)
def test_odd_file(odd: Odd, copy: Path) -> None:
    path = copy / odd.file
    data = path.read_bytes()
    assert not odd.old or data.count(odd.old) == 1
    broken = data.replace(odd.old, odd.new) if odd.old else odd.new
    path.write_bytes(broken)
    line = broken[: broken.index(odd.at or odd.new)].count(b"\n") + 1 if odd.line is None else odd.line
    began = time.monotonic()
    errors = errors_of(copy)
    assert time.monotonic() - began < 5
    assert {p.file for p in errors} == {f"case/{odd.file}"}, "the other files are not blamed"
    assert any(p.line == line and odd.what in p.what for p in errors), errors
    if odd.mends:
        assert len(errors) == 1
        mend(copy, errors[0])
        assert load(copy).id == "chita-2015"


@pytest.mark.parametrize(("kind", "what"), [("missing", "is missing"), ("folder", "a folder"), ("link", "a link"), ("pipe", "a pipe")])
@pytest.mark.parametrize("file", FILES)
def test_no_file(kind: str, what: str, file: str, copy: Path) -> None:
    path = copy / file
    aside = path.rename(copy / "aside.yaml")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(aside)
    elif kind == "pipe":
        os.mkfifo(path)
    (problem,) = errors_of(copy)
    assert what in problem.what and (problem.file, problem.line, problem.mended) == (f"case/{file}", 0, None)
    assert str(problem).startswith(f"case/{file}: ")


def test_no_such_case() -> None:
    with pytest.raises(ProblemsFound, match="did you mean `chita-2015`"):
        load("chita-2014")


def test_alias_is_written_out(copy: Path) -> None:
    edit(copy, CASE, "{id: without-visit, without: visit}", "{id: without-visit, without: *v}")
    edit(copy, CASE, "{id: visit, date", "{id: &v visit, date")
    assert ["&v" in p.what or "*v" in p.what for p in errors_of(copy)] == [True, True]
    assert mend_all(copy).policies[1].without == {"visit"}


# -- several mistakes are told together -------------------------------------------------------------------------------
def test_two_mistakes_on_one_line(copy: Path) -> None:
    edit(copy, CASE, LAG, LAG.replace("median: 90", "median: ninety").replace("unit: days", "unit: moons"))
    assert [p.what.split(",")[0] for p in errors_of(copy)] == ["a number is needed here", "`moons` is not a unit of `refill_lag`"]
    mend_all(copy)


def test_five_mistakes_in_three_files(copy: Path) -> None:
    edit(copy, CASE, "  recovery: {", "  recovry: {")
    edit(copy, CASE, "{id: visit, date: 2015-05-09", "{id: visit, date: 2015-05-39")
    edit(copy, CLAIMS, "hedge: a growing number", "hedge: a grown number")
    edit(copy, CLAIMS, "    source: S2\n    paraphrase: Someone", "    source: S4\n    paraphrase: Someone")
    edit(copy, DOCUMENTS, "characters: 3194", "characters: many")
    errors = errors_of(copy)
    assert [p.file for p in errors] == ["case/case.yaml"] * 2 + ["case/claims.yaml"] * 2 + ["case/documents.yaml"]
    assert [p.line for p in errors] == sorted([p.line for p in errors[:2]]) + sorted([p.line for p in errors[2:4]]) + [19]
    assert all(p.mended for p in errors) and all(str(p) in str(ProblemsFound(errors)) for p in errors)
    mend_all(copy)


def test_a_broken_file_does_not_hide_the_others(copy: Path) -> None:
    edit(copy, CASE, "end: 2016-05-08}", "end: 2016-05-08")
    edit(copy, CLAIMS, "hedge: a growing number", "hedge: a grown number")
    edit(copy, DOCUMENTS, "format: 1", "format: 2")
    assert [p.file for p in errors_of(copy)] == ["case/case.yaml", "case/claims.yaml", "case/documents.yaml"]
    mend_all(copy)


def test_an_event_that_goes_leaves_its_policy(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8")
    (copy / CASE).write_text(re.sub(r"events:\n(  .*\n)+", "events: []\n", text), "utf-8")
    (problem,) = errors_of(copy)
    assert "there is no event `visit`" in problem.what
    mend_all(copy)


def test_an_empty_list_of_policies(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8")
    text = re.sub(r"compare: .*", "", re.sub(r"policies:\n(  .*\n)+", "policies: []\n", text))
    (copy / CASE).write_text(text, "utf-8")
    (problem,) = errors_of(copy)
    assert "one policy, and only one, is what was reported" in problem.what
    assert mend_all(copy).factual.id == "as-reported"


def test_published_outside_the_period(copy: Path) -> None:
    edit(copy, DOCUMENTS, "edtf: 2015-06-01/2015-07-31", "edtf: 2016-06-01/2016-07-31")
    errors = errors_of(copy)
    assert len(errors) == 3 and all("`published` of dnk-chita (2016-06-01 to 2016-07-31) leaves" in p.what for p in errors)
    mend_all(copy)


def test_too_many_problems_end_the_list(copy: Path) -> None:
    (copy / CLAIMS).write_text("format: 1\nsources: []\nclaims:\n" + "  - 1\n" * 5000, "utf-8")
    errors = errors_of(copy)
    assert len(errors) == MOST_PROBLEMS + 1 and "no more are listed" in errors[-1].what


# -- what is no mistake -----------------------------------------------------------------------------------------------
def test_no_and_numbers_are_ids(copy: Path) -> None:
    edit(copy, CASE, "[{id: russia}, {id: chita, within: russia,", "[{id: no}, {id: 2015, within: no}, {id: russia}, {id: chita, within: russia,")
    edit(copy, CASE, "title: North Korean building workers in Chita, 2015", "title: 2015")
    case = load(copy)
    assert list(case.places)[:2] == ["no", "2015"] and case.places["2015"].within == "no" and case.title == "2015"


def test_windows_line_ends_and_byte_order_mark(copy: Path) -> None:
    for file in FILES:
        (copy / file).write_bytes(b"\xef\xbb\xbf" + (copy / file).read_bytes().replace(b"\n", b"\r\n"))
    assert len(load(copy).priors) == 59


def test_dates_in_a_text_are_no_phone_number(copy: Path) -> None:
    edit(copy, CLAIMS, "paraphrase: Grievances among", "paraphrase: In 2014-05-09 - 2015-06-30 and 2014 2015 2016 grievances among")
    load(copy)


def test_an_unused_input_is_only_noted(copy: Path) -> None:
    text = (copy / CASE).read_text("utf-8").replace("claim: pay, fallback", "assumption")
    (copy / CASE).write_text(text, "utf-8")
    (note,) = load(copy).notes
    assert "no parameter rests on the input claim `pay`" in str(note) and "note: " in str(note)


# -- anchors ----------------------------------------------------------------------------------------------------------
TEXT = "A small text of our own.\n\nPay is  800 dollars.\nIt was 800 dollars before, too.\n"
NORMAL = normalised(TEXT)


@pytest.fixture
def with_text(tmp_path: Path) -> Path:
    """The blank case with a document of its own, its text in the archive, and a claim on it."""
    folder = copy_of("blank", tmp_path)
    (folder / "archive").mkdir()
    (folder / "archive" / "own.txt").write_text(TEXT, "utf-8")
    edit(folder, DOCUMENTS, "documents: []", "\n".join([
        "documents:",
        "  - id: own",
        "    title: Our own",
        "    publisher: us",
        "    language: en",
        "    published: {edtf: 2024-06-01, basis: stated}",
        "    origin: own",
        "    licence: ours",
        f"    sha256_file: {sha256(TEXT)}",
        f"    sha256_text: {sha256(NORMAL)}",
        f"    characters: {len(NORMAL)}",
    ]))  # fmt: skip
    edit(folder, CLAIMS, "sources: []", "sources:\n  - " + S1)
    anchor = Anchor.find(NORMAL, "Pay is 800 dollars")[0].as_yaml()
    claim = f"claims:\n  - id: pay\n    document: own\n    anchor: {anchor}\n    source: S1\n    paraphrase: Eight hundred.\n"
    edit(folder, CLAIMS, "claims: []", claim + "    informs: context\n")
    return folder


def test_anchor_that_holds(with_text: Path) -> None:
    assert load(with_text, documents_required=True).anchors.checked == 1


@pytest.mark.parametrize(
    ("old", "new", "mend_says"),
    [
        ("start: 25, end: 43", "start: 26, end: 44", "the words stand at 25 to 43"),
        ("start: 25, end: 43", "start: 2500, end: 2518", "the words stand at 25 to 43"),
        ("start: 25, end: 43", "start: 25, end: 42", "if the place is right, its digests are"),
        ("start: 25, end: 43", "start: 25, end: 4300", "if the place is right, its digests are"),
    ],
)  # fmt: skip
def test_anchor_that_does_not_match(old: str, new: str, mend_says: str, with_text: Path) -> None:
    edit(with_text, CLAIMS, old, new)
    (problem,) = errors_of(with_text)
    assert problem.what == "the anchor of `pay` does not match the text of `own`"
    assert mend_says in problem.mend
    assert "anchor: {" in (with_text / CLAIMS).read_text("utf-8").split("\n")[problem.line - 1]
    mend(with_text, problem)
    assert load(with_text).anchors.checked == 1


def test_text_that_is_absent_is_not_checked(with_text: Path) -> None:
    edit(with_text, CLAIMS, "start: 25, end: 43", "start: 26, end: 44")
    shutil.rmtree(with_text / "archive")
    anchors = load(with_text).anchors
    assert (anchors.checked, anchors.not_checked, anchors.absent) == (0, 1, ("own",))
    (problem,) = errors_of(with_text, documents_required=True)
    assert problem.what == "the document `own` is not on this machine" and "obrok read" in problem.mend


def test_text_with_another_digest_or_length(with_text: Path) -> None:
    edit(with_text, DOCUMENTS, sha256(NORMAL), "0" * 64)
    edit(with_text, DOCUMENTS, f"characters: {len(NORMAL)}", "characters: 7")
    assert [p.what for p in errors_of(with_text)] == [f"`{k}` does not match the text of `own`" for k in ("sha256_text", "characters")]
    assert mend_all(with_text).anchors.checked == 1


# -- anything at all --------------------------------------------------------------------------------------------------
SCRAPS = st.sampled_from(
    ["", " ", "{", "}", "[", "]", ":", "- ", "\t", '"', "#", "&a ", "*a", "!!x ", "null", "true", "-1", "1e999", ".nan",
     "2015-13-01", "published", "{}", "[]", "pay", "\x00", "\u2028", "é", "x" * 3000, "a: b: c", "---", "0", "[1, 2, 3]"]
)  # fmt: skip


@given(
    file=st.sampled_from(FILES),
    edits=st.lists(st.tuples(st.sampled_from(["line", "token", "double", "swap"]), st.integers(0, 10**6), SCRAPS), min_size=1, max_size=3),
    base=st.sampled_from(["chita-2015", "blank"]),
)
@settings(max_examples=60, deadline=5_000, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_edits_raise_nothing_but_problems(tmp_path_factory: pytest.TempPathFactory, file: str, edits: list, base: str) -> None:
    folder = copy_of(base, tmp_path_factory.mktemp("edits"))
    text = (folder / file).read_text("utf-8")
    for kind, at, scrap in edits:
        lines = text.split("\n")
        n = at % len(lines)
        if kind == "line":
            lines[n] = scrap
        elif kind == "double":
            lines.insert(n, lines[n])
        elif kind == "swap":
            lines[n], lines[-1 - n] = lines[-1 - n], lines[n]
        if kind == "token":
            tokens = re.split(r"([\s,:{}\[\]]+)", text)
            tokens[at % len(tokens)] = scrap
            text = "".join(tokens)
        else:
            text = "\n".join(lines)
    (folder / file).write_text(text, "utf-8")
    try:
        load(folder)
    except ProblemsFound as found:
        assert found.problems and all(p.what and p.mend and p.line >= 0 for p in found.problems)
