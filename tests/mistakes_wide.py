"""Mistakes in a case of several cities, enterprises, events and what-ifs: the second table of `test_bad_input`."""

from __future__ import annotations

from pathlib import Path

from tests.mistakes import CASE, CLAIMS, DOCUMENTS, Bad

#: a case of the tests' own that uses every key
WIDE = str(Path(__file__).parent / "cases" / "wide")


def _bad(id: str, file: str, old: str, new: str, what: str, at: str = "", mends: bool = True) -> Bad:
    return Bad(f"wide-{id}", file, old, new, what, at, mends, WIDE)


BLUE = '{id: blue-harbour, enterprise: blue-crane, place: harbour, weight: {assumption: {lognormal: {median: 1, p05: 0.5, p95: 2}, unit: "1", why: "invented"}}}'
NEWS = 'news_of_hand_over: {assumption: {exactly: 2, unit: cases, why: "invented"}}'
RAMP = 'ramp: {assumption: {lognormal: {median: 30, p05: 10, p95: 90}, unit: days, why: "invented: it wears off"}}'
ROLE = 'share: {assumption: {beta: {a: 2, b: 2}, unit: share, why: "invented: other firms paid more, too"}}'
RISE = "wage: {claim: pay-went-up, fallback: {lognormal: {median: 800, p05: 500, p95: 1300}, unit: USD/month"
SHIFT = 'construction_shift: {assumption: {beta: {a: 1, b: 3}, unit: share, why: "invented: fill-ins turn from wood to building"}}'
SHARE = 'construction_share: {assumption: {beta: {a: 2, b: 1.5}, unit: share, why: "invented"}}'
QUOTA = 'quota: {claim: due-each-month, fallback: {lognormal: {median: 250, p05: 100, p95: 600}, unit: USD/month, why: "invented: a sum, and no share of pay"}}'
REFILL = "refill_chance: {assumption: {beta: {a: 1, b: 4}, unit: share"
LAST = "{start: 534, end: 585, sha256: f761d7ceac3cffb7a417735a77290f7548f0935ed5af8fc0f4ee44187e3ba7d0, around: 55236e8c09d49a559c7ef22025c9fd5c396396d8c8b095dcdd34521b5068f6be}"
ANCHOR = LAST.replace("534", "1")
NO_TEXT = '    text: none\n    why: "restated from an excerpt; the page itself was not kept"'

LATER = '{id: in-the-port-later, asks: "And at the end of the year?", quantity: at_post_end, about: {on: 2019-12-31, place: harbour}}'

LEFT = "    quantity: left\n    where: {sector: logging}\n    unit: people\n    hedge: some"
HELD = "informs: held_back\n    quantity: at_post_end"
WORD = "    unit: people\n    hedge: some"

WRITTEN = "place: harbour}\n    paraphrase: Of the two towns"
IN_THE_NEWS = "quantity: share_of_departures\n    unit: share\n    hedge: in the news"

BAD_WIDE = [
    _bad("worlds-none", CASE, "id: wide", "id: wide\nworlds: 0", "worlds 0 is outside its limits", "worlds: 0"),
    # sites and cities
    _bad("no-weight", CASE, BLUE, BLUE[: BLUE.index(", weight")] + "}", "sites in harbour, sawmill: each site needs its weight, and `blue-harbour` has none"),
    _bad("bare-weight", CASE, BLUE, BLUE[: BLUE.index("{assumption")] + "1}", "`blue-harbour.weight` is a bare number"),
    _bad("weight-below-none", CASE, BLUE, BLUE.replace("lognormal: {median: 1, p05: 0.5, p95: 2}", "uniform: {from: -1, to: 2}"), "`blue-harbour.weight` from -1 to 2 is outside its limits"),
    _bad("weight-in-people", CASE, BLUE, BLUE.replace('unit: "1"', "unit: people"), "`people` is not a unit of `blue-harbour.weight`"),
    _bad("weight-misspelt", CASE, BLUE, BLUE.replace("weight:", "wieght:"), "unknown key `wieght`"),
    _bad("weight-without-fallback", CASE, ', fallback: {uniform: {from: 0.5, to: 4}, unit: "1", why: "invented: if the letter is wrong"}', "", "`red-harbour.weight` has a claim and no fallback", "id: red-harbour"),
    _bad("weight-part-of", CASE, BLUE, BLUE.replace("weight: {", "weight: {part_of: fee, "), "unknown key `part_of`"),
    _bad("weight-on-another-claim", CASE, "claim: twice-as-many", "claim: due-each-month", "the claim `due-each-month` speaks of `quota`, not of `red-harbour.weight`", "claim: due-each-month, fallback: {uniform"),
    _bad("claim-of-another-site", CLAIMS, "quantity: red-harbour.weight", "quantity: red-habour.weight", "unknown parameter `red-habour.weight`"),
    _bad("site-twice", CASE, "place: sawmill, weight: {assumption: {exactly", "place: harbour, weight: {assumption: {exactly", "`red-crane` has a site in harbour already"),
    _bad("enterprise-without-site", CASE, "{id: pine}]", "{id: pine}, {id: oak}]", "the enterprise `oak` has no site", "- {id: red-harbour"),
    _bad("share-beside-weights", CASE, "{id: red-crane}", "{id: red-crane, share: enterprise_split}", "the weights of the sites say how many posts an enterprise has"),
    _bad("unknown-place-of-a-site", CASE, "enterprise: pine, place: sawmill", "enterprise: pine, place: sawmil", "unknown place `sawmil`"),
    _bad("places-in-a-circle", CASE, "{id: borealia}, ", "{id: borealia, within: coast}, ", "`coast` lies within itself, by way of other places", "{id: borealia, within"),
    # parameters
    _bad("neither-fee-nor-quota", CASE, "  " + QUOTA + "\n", "", "the parameter `fee` (share of pay taken for the state) has no entry, and neither has `quota`", "posts: {assumption"),
    _bad("quota-too-much", CASE, QUOTA, QUOTA.replace("p95: 600", "p95: 60000"), "`quota` from 100 to 60000 is outside its limits, 0 to 20000 USD/month"),
    _bad("quota-as-a-share", CASE, QUOTA, QUOTA.replace("unit: USD/month", "unit: share"), "`share` is not a unit of `quota`"),
    _bad("part-of-no-fee", CASE, "deductions: {assumption", "deductions: {part_of: fee, assumption", "`deductions` is drawn relative to `fee`, which has no entry and is 0"),
    _bad("part-of-no-shift", CASE, f"{SHARE}\n  {SHIFT}", SHARE.replace("{assumption", "{at_most: construction_shift, assumption"), "`construction_share` is drawn relative to `construction_shift`"),
    _bad("shift-above-one", CASE, SHIFT, SHIFT.replace("beta: {a: 1, b: 3}", "uniform: {from: 0.5, to: 1.5}"), "`construction_shift` from 0.5 to 1.5 is outside its limits, 0 to 1 share"),
    _bad("shift-without-why", CASE, SHIFT, SHIFT.replace(', why: "invented: fill-ins turn from wood to building"', ""), "`why` is missing"),
    # events
    _bad("what-is-unknown", CASE, f"{REFILL}", REFILL.replace("refill_chance", "refil_chance"), "unknown key `refil_chance`"),
    _bad("own-value-bare", CASE, NEWS, "news_of_hand_over: 2", "`letters-home.news_of_hand_over` is a bare number"),
    _bad("own-value-by-name", CASE, NEWS, "news_of_hand_over: news", "`letters-home.news_of_hand_over`: a parameter names its claim or its assumption"),
    _bad("own-value-out-of-range", CASE, "exactly: 5, unit", "exactly: 500, unit", "`sharper-police.effort` from 500 to 500 is outside its limits"),
    _bad("own-value-in-another-unit", CASE, NEWS, NEWS.replace("unit: cases", "unit: people"), "`people` is not a unit of `letters-home.news_of_hand_over`"),
    _bad("own-value-without-fallback", CASE, 'pay-went-up, fallback: {lognormal: {median: 800, p05: 500, p95: 1300}, unit: USD/month, why: "invented"}}', "pay-went-up}", "`spring-rise.wage` has a claim and no fallback"),
    _bad("own-value-on-another-claim", CASE, RISE, RISE.replace("pay-went-up", "due-each-month"), "the claim `due-each-month` speaks of `quota`, not of `spring-rise.wage`"),
    _bad("own-value-on-no-claim", CASE, RISE, RISE.replace("pay-went-up", "pay-went-upp"), "there is no claim `pay-went-upp`"),
    _bad("own-value-part-of", CASE, REFILL, REFILL.replace("{assumption", "{part_of: held, assumption"), "unknown key `part_of`"),
    _bad("own-value-at-most-absent", CASE, REFILL, REFILL.replace("{assumption", "{at_most: fee, assumption"), "`summer-stop.refill_chance` is drawn relative to `fee`, which has no entry and is 0"),
    _bad("own-value-at-most-enterprise-size", CASE, "  posts: {assumption", "  posts: {at_most: enterprise_size, assumption", "`posts` is drawn relative to `enterprise_size`, which has no entry"),
    _bad("own-value-of-the-wrong-name", CASE, "changes: {help: help_after}", "changes: {help: effort_after}", "unknown parameter `effort_after`"),
    _bad("dispatch-shut", CASE, "dispatch: closed", "dispatch: shut", "unknown state of dispatch `shut`"),
    _bad("dispatch-bare", CASE, "dispatch: closed", "dispatch: 0.5", "`summer-stop.dispatch` is a bare number"),
    _bad("dispatch-above-all", CASE, "beta: {a: 3, b: 2}, unit: share, why: \"invented: not everybody who was due came\"", "uniform: {from: 0, to: 2}, unit: share, why: \"invented: not everybody who was due came\"", "`autumn-start.dispatch` from 0 to 2 is outside its limits"),
    _bad("recall-open", CASE, 'recall: {assumption: {uniform: {from: 0.1, to: 0.4}, unit: share, why: "invented: a ship was sent for them"}}', "recall: open", "`called-home.recall`: a parameter names its claim or its assumption"),
    _bad("recall-in-people", CASE, "uniform: {from: 0.1, to: 0.4}, unit: share", "uniform: {from: 0.1, to: 0.4}, unit: people", "`people` is not a unit of `called-home.recall`"),
    _bad("leaving-without-site", CASE, "{id: lake, within: borealia}", '{id: lake, within: borealia, leaving: {assumption: {exactly: 2, unit: "1", why: "invented"}}}', "`leaving` of `lake`, where there is no site"),
    _bad("leaving-bare", CASE, 'leaving: {assumption: {lognormal: {median: 1, p05: 0.4, p95: 2.5}, unit: "1", why: "invented: ships come and go"}}', "leaving: 2", "`harbour.leaving` is a bare number"),
    _bad("filled-above-all", CASE, "uniform: {from: 0.6, to: 1}, unit: share", "uniform: {from: 0.6, to: 1.5}, unit: share", "`filled` from 0.6 to 1.5 is outside its limits"),
    _bad("ramp-bare", CASE, RAMP, "ramp: 30", "`campaign-ends.ramp` is a bare number"),
    _bad("ramp-of-another-name", CASE, RAMP, "ramp: recovery", "unknown parameter `recovery`"),
    _bad("ramp-of-nothing", CASE, RAMP, RAMP.replace("lognormal: {median: 30, p05: 10, p95: 90}", "exactly: 0"), "`campaign-ends.ramp` from 0 to 0 is outside its limits, 0.01 to 3650 days"),
    _bad("role-in-percent", CASE, ROLE, ROLE.replace("beta: {a: 2, b: 2}", "exactly: 50"), "`spring-rise.share` from 50 to 50 is outside its limits, 0 to 1 share"),
    _bad("role-as-days", CASE, ROLE, ROLE.replace("unit: share", "unit: days"), "`days` is not a unit of `spring-rise.share`"),
    _bad("two-on-one-day", CASE, "{id: letters-home, date: 2019-04-10, places: [sawmill]", "{id: letters-home, date: 2019-03-01, places: [borealia]", "`news_of_hand_over` is changed by `campaign` already, on that day"),
    _bad("unknown-place-of-an-event", CASE, "places: [coast]", "places: [coats]", "unknown place `coats`"),
    _bad("event-where-nobody-works", CASE, "places: [coast]", "places: [lake]", "no site lies in `lake`: the event would change nothing there"),
    _bad("event-nowhere", CASE, "places: [coast]", "places: []", "an event in no place"),
    _bad("place-for-places", CASE, "places: [coast]", "places: coast", "a list is needed here, not the text 'coast'"),
    _bad("what-if-maybe", CASE, "what_if: true, ramp: ramp", "what_if: yes, ramp: ramp", "true or false is needed here"),
    _bad("what-if-misspelt", CASE, "what_if: true, ramp: ramp", "whatif: true, ramp: ramp", "unknown key `whatif`"),
    _bad("changes-missing", CASE, ", changes: {help: help_after}", "", "`changes` is missing", "{id: open-doors"),
    # policies
    _bad("without-a-what-if", CASE, "without: campaign}", "without: open-doors}", "`open-doors` is a what-if: without `with` it does not act anyway"),
    _bad("with-an-event-that-acts", CASE, "{id: with-help, with: [open-doors]}", "{id: with-help, with: [campaign]}", "`campaign` is no what-if: it acts in every policy"),
    _bad("with-unknown", CASE, "{id: with-help, with: [open-doors]}", "{id: with-help, with: [open-door]}", "unknown what-if event `open-door`"),
    _bad("without-unknown-in-a-list", CASE, "[spring-rise, summer-stop]", "[spring-rise, sumer-stop]", "unknown event `sumer-stop`"),
    _bad("with-no-list", CASE, "{id: with-help, with: [open-doors]}", "{id: with-help, with: open-doors}", "a list is needed here, not the text 'open-doors'"),
    _bad("empty-with", CASE, "{id: with-help, with: [open-doors]}", "{id: with-help, with: []}", "one policy, and only one, is what was reported"),
    _bad("keeps-what-events-leave", CASE, "keep: [wage]", "keep: [native]", "unknown thing to keep `native`"),
    _bad("with-misspelt", CASE, "{id: with-help, with: [open-doors]}", "{id: with-help, wth: [open-doors]}", "unknown key `wth`"),
    # questions
    _bad("question-twice", CASE, "id: in-the-port-later", "id: in-the-port", "the id `in-the-port` is given twice", LATER.replace("-later", "", 1)),
    _bad("question-named-as-an-outcome", CASE, "id: in-the-port-later", "id: found", "`found` is the name of an outcome"),
    _bad("question-named-as-a-parameter", CASE, "id: in-the-port-later", "id: wage", "`wage` is the name of a parameter"),
    _bad("question-of-no-outcome", CASE, 'year?", quantity: at_post_end', 'year?", quantity: at_post', "unknown outcome `at_post`"),
    _bad("question-of-a-share-of-departures", CASE, 'year?", quantity: at_post_end', 'year?", quantity: share_of_departures', "unknown outcome `share_of_departures`"),
    _bad("question-of-a-parameter", CASE, 'year?", quantity: at_post_end', 'year?", quantity: wage', "unknown outcome `wage`"),
    _bad("question-unasked", CASE, ', asks: "And at the end of the year?"', "", "`asks` is missing", "{id: in-the-port-later"),
    _bad("question-asks-nothing", CASE, '"And at the end of the year?"', '""', "a text is needed here", 'asks: ""'),
    _bad("question-asks-with-an-address", CASE, "And at the end of the year?", "And (ask a@b.org)?", "an e-mail address in a text"),
    _bad("question-without-days", CASE, ", about: {on: 2019-12-31, place: harbour}", "", "`about` is missing", "{id: in-the-port-later"),
    _bad("question-without-an-end", CASE, "about: {on: 2019-12-31, place", "about: {from: 2019-12-31, place", "`to` is missing"),
    _bad("question-of-days-before", CASE, "about: {on: 2019-12-31, place", "about: {on: 2019-12-31, days: 30, place", "unknown key `days`"),
    _bad("question-of-the-day-of-publishing", CASE, "about: {on: 2019-12-31, place", "about: {on: published, place", "`published` is not a date"),
    _bad("question-beyond-the-period", CASE, "about: {on: 2019-12-31, place", "about: {on: 2020-12-31, place", "2020-12-31 is outside the period, 2018-01-01 to 2019-12-31"),
    _bad("question-of-reversed-days", CASE, "to: 2019-12-31, place: sawmill}", "to: 2018-12-31, place: sawmill}", "the dates are reversed: from 2019-03-01 to 2018-12-31"),
    _bad("question-of-leavers-before-the-period", CASE, "left: {from: 2019-03-01", "left: {from: 2017-03-01", "2017-03-01 is outside the period"),
    _bad("question-of-leavers-by-days", CASE, "left: {from: 2019-03-01, to: 2019-05-31}", "left: {days: 30, from: 2019-03-01, to: 2019-05-31}", "unknown key `days`"),
    _bad("question-where-nobody-works", CASE, "on: 2019-12-31, place: harbour}", "on: 2019-12-31, place: lake}", "no site lies in `lake`: nothing is counted there"),
    _bad("question-in-an-unknown-place", CASE, "on: 2019-12-31, place: harbour}", "on: 2019-12-31, place: harbor}", "unknown place `harbor`"),
    _bad("question-of-whom-is-not-counted", CASE, "on: 2019-12-31, place: harbour}}", "on: 2019-12-31, place: harbour}, where: {sector: logging}}", "`at_post_end` is not counted person by person"),
    _bad("question-of-an-unknown-route", CASE, "where: {sector: logging, left", "where: {route: abroad, left", "unknown route `abroad`"),
    _bad("question-of-a-trend-from-the-start", CASE, LATER, LATER.replace("at_post_end, about: {on: 2019-12-31", "trend, about: {from: 2018-01-01, to: 2019-06-30"), "`trend` is against the 546 days before, and the period begins 2018-01-01"),
    _bad("question-of-watching-from-the-start", CASE, LATER, LATER.replace("at_post_end, about: {on: 2019-12-31", "watch_change, about: {on: 2018-01-01"), "`watch_change` is against the 1 day before"),
    _bad("question-misspelt", CASE, "quantity: handed_over, about: {from", "quantitiy: handed_over, about: {from", "unknown key `quantitiy`"),
    # claims
    _bad("outcome-where-nobody-works", CLAIMS, "2019-05-31, place: harbour}", "2019-05-31, place: lake}", "no site lies in `lake`: nothing is counted there"),
    _bad("outcome-in-an-unknown-place", CLAIMS, "2019-05-31, place: harbour}", "2019-05-31, place: harbor}", "unknown place `harbor`"),
    _bad("share-of-departures-everywhere", CLAIMS, WRITTEN, WRITTEN.replace("harbour", "borealia"), "`share_of_departures` is that of one place among others, and all sites lie in `borealia`: it would always be 1", "place: borealia}\n    paraphrase: Of the two towns"),
    _bad("share-of-departures-nowhere", CLAIMS, ", " + WRITTEN, WRITTEN.removeprefix("place: harbour"), "`share_of_departures` is that of one place among others, and no place is named", "2019-10-31}\n    paraphrase: Of the two towns"),
    _bad("share-of-departures-in-another-word", CLAIMS, IN_THE_NEWS, IN_THE_NEWS.replace("in the news", "often"), "`often` says nothing about share_of_departures", "hedge: often"),
    _bad("in-the-news-of-people", CLAIMS, IN_THE_NEWS, "quantity: left\n    unit: people\n    hedge: in the news", "`in the news` says nothing about left", "hedge: in the news"),
    _bad("share-of-departures-in-people", CLAIMS, IN_THE_NEWS, IN_THE_NEWS.replace("unit: share", "unit: people"), "`people` is not a unit of `share_of_departures`", "unit: people\n    hedge: in the news"),
    _bad("share-of-departures-held-back", CLAIMS, "informs: outcome\n    " + IN_THE_NEWS, "informs: held_back\n    " + IN_THE_NEWS, "`in the news` names no number", "hedge: in the news"),
    # a document whose text nobody has
    _bad("anchor-in-no-text", CLAIMS, "    document: wire\n    source: S2\n    about: {on", f"    document: wire\n    anchor: {ANCHOR}\n    source: S2\n    about: {{on", "nobody here has the text of `wire` (`text: none`)", "anchor: " + ANCHOR),
    _bad("no-anchor-in-a-text", CLAIMS, f"    anchor: {LAST}\n", "", "`anchor` is missing", "id: nobody-new"),
    _bad("no-text-and-no-why", DOCUMENTS, NO_TEXT, "    text: none", "`why` is missing", "id: wire"),
    _bad("no-text-and-a-digest", DOCUMENTS, NO_TEXT, f"    sha256_text: {'0' * 64}\n{NO_TEXT}", "`text: none` says that nobody here has the text, and `sha256_text` is of a text", f"sha256_text: {'0' * 64}"),
    _bad("some-text", DOCUMENTS, "    text: none", "    text: some", "unknown state of the text `some`"),
    # claims held back
    _bad("held-back-misspelt", CLAIMS, HELD, HELD.replace("held_back", "heldback"), "unknown role `heldback`", "informs: heldback"),
    _bad("held-back-without-quantity", CLAIMS, HELD, "informs: held_back", "the claim is held back and names no quantity", "- id: midsummer-stock"),
    _bad("held-back-of-a-parameter", CLAIMS, HELD, HELD.replace("at_post_end", "posts"), "unknown outcome `posts`", "quantity: posts\n    value: 150"),
    _bad("held-back-without-days", CLAIMS, "    about: {on: 2019-06-21, place: sawmill}\n", "", "the claim held back `midsummer-stock` does not say about when", "- id: midsummer-stock"),
    _bad("held-back-beyond-the-period", CLAIMS, "{on: 2019-06-21, place", "{on: 2029-06-21, place", "2029-06-21 is outside the period"),
    _bad("held-back-where-nobody-works", CLAIMS, "{on: 2019-06-21, place: sawmill}", "{on: 2019-06-21, place: lake}", "no site lies in `lake`: nothing is counted there"),
    _bad("held-back-without-a-figure", CLAIMS, "    value: 150\n    unit: people\n    hedge: about", "    unit: people\n    hedge: about", "the claim held back `midsummer-stock` has neither a figure nor a word", "- id: midsummer-stock"),
    _bad("held-back-without-a-unit", CLAIMS, "    value: 150\n    unit: people", "    value: 150", "the claim `midsummer-stock` has no unit", "- id: midsummer-stock"),
    _bad("held-back-in-another-unit", CLAIMS, "    value: 150\n    unit: people", "    value: 150\n    unit: USD", "`USD` is not a unit of `at_post_end`", "unit: USD\n    hedge: about"),
    _bad("held-back-by-a-remark", CLAIMS, WORD, WORD.replace("some", "safe"), "`safe` names no number: what is held back is scored by one", "hedge: safe"),
    _bad("held-back-by-a-growing-number", CLAIMS, LEFT, LEFT.replace("quantity: left", "quantity: trend\n    compared_with: {days: 30}").replace("unit: people\n    hedge: some", 'unit: "1"\n    hedge: a growing number'), "`a growing number` names no number", "hedge: a growing"),
    _bad("held-back-often", CLAIMS, LEFT, LEFT.replace("quantity: left", "quantity: far_share").replace("unit: people\n    hedge: some", "unit: share\n    hedge: often"), "`often` names no number", "hedge: often"),
    _bad("held-back-of-a-trend-against-nothing", CLAIMS, LEFT, LEFT.replace("quantity: left", "quantity: trend\n    value: 1.5").replace("unit: people\n    hedge: some", 'unit: "1"'), "`trend` is a comparison: with what?", "- id: july-leavers"),
    _bad("held-back-in-two-readings", CLAIMS, "    where: {sector: logging}\n", "    readings: [{weight: 1, where: {sector: logging}}]\n", "`readings` in a claim that is held back", "readings: ["),
    _bad("held-back-with-a-reading", CLAIMS, HELD, HELD + '\n    reading: {uniform: {from: 1, to: 2}, why: "invented"}', "`reading` in a claim that is held back", "reading: {uniform: {from: 1, to"),
    _bad("held-back-of-those-found", CLAIMS, HELD, HELD + "\n    of: caught-by-the-water", "`of` in a claim that is held back", "of: caught"),
    _bad("held-back-that-confirms", CLAIMS, "source: S1\n    about: {on: 2019-06-21", "source: S1\n    confirms: [caught-by-the-water]\n    about: {on: 2019-06-21", "`confirms` in a claim that is held back", "confirms: ["),
    _bad("held-back-and-confirmed", CLAIMS, "    informs: context\n    unused", "    confirms: [july-leavers]\n    informs: context\n    unused", "`july-leavers` is held back: whoever bears it out moves nothing", "confirms: ["),
    _bad("held-back-under-a-parameter", CASE, "far_share: {assumption: {uniform: {from: 0, to: 1}", "far_share: {claim: july-leavers, fallback: {uniform: {from: 0, to: 1}", "the claim `july-leavers` speaks of `left`, not of `far_share`"),
    _bad("held-back-and-confirmed-alone", CLAIMS, "    informs: context\n    unused", "    confirms: [july-leavers]\n    informs: confirmation\n    unused", "`july-leavers` is held back: whoever bears it out moves nothing", "confirms: [", False),
]  # fmt: skip
