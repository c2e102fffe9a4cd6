"""Mistakes that researchers make, and files that are not what they should be: the tables of `test_bad_input`."""

from __future__ import annotations

from dataclasses import dataclass

from obrok.case.case import FILES
from obrok.yaml_files import MAX_BYTES, MAX_DEPTH, MAX_VALUES

CASE, CLAIMS, DOCUMENTS = FILES


# -- one mistake in a good case ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Bad:
    """`old` → `new` in `file`; then one error on the line of `at` (by default that of `new`) whose text holds `what`.

    `mends`: a mended line is given and passes. False: one line cannot mend it. `case`: a shipped case, or a folder.
    """

    id: str
    file: str
    old: str
    new: str
    what: str
    at: str = ""
    mends: bool = True
    case: str = "chita-2015"


WAGE = "wage: {claim: pay, fallback: {lognormal: {median: 600, p05: 350, p95: 1000}, unit: USD/month"
LAG = "refill_lag: {assumption: {lognormal: {median: 90, p05: 30, p95: 270}, unit: days"
FEE = 'fallback: {uniform: {from: 0.4, to: 0.95}, unit: share, why: "half or more'
PAY = "    quantity: wage\n    value: [800, 1000]\n    unit: USD/month\n    hedge: roughly"
FOUND = "    value: null                    # the hedge word carries the number\n    unit: people\n    hedge: a few"
MIXED = "[{weight: 0.3, exactly: 0}, {weight: 0.7, beta: {a: 3, b: 2}}]"
VISIT = "{id: visit, date: 2015-05-09, claims: [visit-role, looking-away, helping, not-handed-over], share: visit_role"
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
    Bad("duplicate-place", CASE, "{id: chita, within", "{id: chita, within: russia}, {id: chita, within", "the id `chita` is given twice"),
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
    Bad("unknown-hedge", CLAIMS, FOUND, FOUND.replace("a few", "a smidgen"), "unknown hedge `a smidgen`", "a smidgen"),
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
    Bad("no-share", CASE, "share: enterprise_split, ", "", "with two enterprises the first needs its share", "enterprises: ["),
    Bad("unknown-format", DOCUMENTS, "format: 1", "format: 2", "format 2 is not known here"),
    Bad("live-maybe", CASE, "title: North", "live: perhaps\ntitle: North", "true or false is needed here", "live: perhaps"),
    # people
    Bad("e-mail", CASE, 'why: "a visa and a journey; nothing is reported"', 'why: "ask ivan.petrov@example.org"', "an e-mail address in a text"),
    Bad("phone-number", CLAIMS, "paraphrase: Grievances among", "paraphrase: Call +7 (302) 212-34-56, grievances among", "a phone number in a text"),
    Bad("coordinates", CLAIMS, "paraphrase: Grievances among", "paraphrase: At 52.03351, 113.50089 grievances among", "coordinates in a text"),
    Bad("e-mail-in-a-comment", CLAIMS, "format: 1", "format: 1   # from anna@example.org", "an e-mail address in a text"),
]  # fmt: skip


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
