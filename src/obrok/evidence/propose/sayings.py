"""Who says it, and what kind of statement it is: trends, comparisons, orderings, negation, words for numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from obrok.evidence.propose.tables import alternatives

Span = tuple[int, int]
_SAY = (
    r"(?:said|says|say|told|tells|asserted|asserts|explained|explains|added|adds|stated|states|testified|reported|estimates?|"
    r"estimated|claimed|claims|noted|notes|believes?|believed|considers?|announced|confirmed|confirms|submitted|wrote|writes|"
    r"recalled|recalls|describes?|admitted|insisted|put)"
)
_SAYS = re.compile(
    rf"\b(?P<verb>{_SAY})\b|\b(?P<acc>according to|in the words of|as told by|(?:was|were) (?:confirmed|reported) by)\s|"
    r"\b(?P<show>(?:records|documents|figures|data|payroll|bulletin|statistics|files|contracts|returns|report)\s(?:seen\b.{0,40}?\s)?(?:show|shows|list|lists|suggest|suggests|tell|tells|put|indicate))\b",
    re.I,
)
_KINDS = (
    ("unnamed person", r"\b(?:sources?|insiders?|witness(?:es)?|foreman|workers?|trader|residents?|labourer|defectors?|logger|friend|"
                       r"man|woman|neighbour|cousin|who asked not|anonymous|"
    r"both|all (?:two|three|four)|others|interviewees|respondents|former)\b"),
    ("official", r"\b(?:officials?|ministry|minister|police|spokes\w+|embassy|court|government|diplomat|inspectorate|"
                 r"authorit\w+|prosecutors?|governor|consul\w*|agency)\b"),
    ("document", r"\b(?:records|documents?|report|payroll|bulletin|returns|data|statistics|files|contract|list|figures)\b"),
    ("organisation", r"\b(?:company|firm|groups?|committee|network|union|campaigners|organi[sz]ation|ngo|association|"
                     r"enterprise|statement|defence|panel|team)\b"),
    ("journalist", r"\b(?:reporter|correspondent|journalist)\b"),
)  # fmt: skip
_KIND_OF = [(kind, re.compile(pattern, re.I)) for kind, pattern in _KINDS]
_SEVERAL = re.compile(r"(?:both|two|three|four|several|multiple|other|further)\s", re.I)
_NAME = re.compile(r"\b[A-Z][\w’'-]+\s[A-Z][\w’'-]+")
_TITLE = re.compile(
    r"\b(?:spokes\w+|[Mm]inister|[Oo]fficer|[Cc]olonel|[Mm]ajor|[Ii]nspector|[Pp]rosecutor|[Gg]overnor|[Aa]mbassador|[Cc]onsul|[Mm]ayor)\s[A-Z]"
)
_SURNAME = re.compile(
    r"(?:^|\s)(?!(?:He|She|They|It|I|We|The|This|That|And|But|Who|You|There|What|One|In|As|Some)\s?$)[A-Z][a-z]{2,}\s?$"
)
#: a body by the last word of its name
_BODY = re.compile(
    r"(?:[A-Z][\w’'-]*\s){1,6}(?:Federation|Union|Committee|Network|Association|Foundation|Group|Company|Trading|Watch|Institute)\b"
)
_PRONOUN = re.compile(r"\b(?:he|she|they|it|i)\b", re.I)


@dataclass(frozen=True)
class Saying:
    """An attribution: where it stands, the kind of source (None: whoever spoke last)."""

    start: int
    end: int
    kind: str | None
    confirms: bool = False


def saying(sentence: str) -> Saying | None:
    """Who is said to say it; None where nobody is."""
    for m in _SAYS.finditer(sentence):
        verb, before = (m["verb"] or "").lower(), ""
        if m["acc"]:
            who = sentence[m.end() : m.end() + 70]
        elif m["show"]:
            return Saying(m.start(), m.end(), "document")
        else:
            before = sentence[max(0, m.start() - 70) : m.start()]
            who = re.split(r"[,;”“\"]\s?(?=\S)", before.rstrip(" ,"))[-1] or before
            after = sentence[m.end() : m.end() + 50]
            if sentence[m.start() - 2 : m.start()] in (", ", "” ", '" ') and re.match(
                r"\s(?:the\s|a\s|an\s)?[A-Za-z]", after
            ):
                who = after
            if re.search(r"\b(?:is|are|be|been|was|were|an)\s$", sentence[max(0, m.start() - 6) : m.start()]) and verb in (
                "said", "put", "reported", "estimated", "believed", "told", "confirmed", "stated", "described",
            ):  # fmt: skip
                continue
            if verb == "put" and not re.search(r"\bat\b", sentence[m.end() :]):
                continue
        kind = _kind(who) or (_kind(before) if not m["acc"] and not _PRONOUN.search(who) else None)
        confirms = "confirm" in m[0].lower() or bool(m["acc"] and _SEVERAL.match(who))
        if kind or _PRONOUN.search(who):
            return Saying(m.start(), m.end(), kind, confirms)
    return None


def _kind(who: str) -> str | None:
    if (body := _BODY.search(who)) and not _KIND_OF[1][1].search(body[0]):
        return "organisation"
    for kind, pattern in _KIND_OF[:1]:
        if pattern.search(who):
            return kind
    if _TITLE.search(who):
        return "official"
    if _NAME.search(who) and not re.search(r"Ministry|Police|Committee|Network|Trading|Company|Group|Court", who):
        return "named person"
    known = next((kind for kind, pattern in _KIND_OF[1:] if pattern.search(who)), None)
    return known or ("named person" if _SURNAME.search(who) else None)


# --- kinds of statement ----------------------------------------------------------------------------------------------
#: pattern → the word of the table by which a trend is read (None: a change that has no row)
_TRENDS: tuple[tuple[str, str | None], ...] = (
    (r"(?:a |an )?(?:growing|increasing|rising) (?:number|share|part)", "a growing number"),
    (r"(?:increasingly|more and more|ever more|on the rise|mounting)", "rising"),
    (r"\bmore (?:frequent|common|often|widespread)(?:ly)?", "rising"),
    (r"step(?:ped|ping|s)? up|boost(?:ed|ing|s)?|(?:been |was |were )?tightened|intensif\w+|reinforced|stricter", "stepped up"),
    (r"doubl(?:ed|ing)", "doubled"), (r"halv(?:ed|ing)", "halved"), (r"(?:tripled|multiplied)", "multiplied"),
    (r"(?:rose|risen|rising|grew|grown|growing|increas(?:ed|ing)|soared|climbed|an increase|a rise)", "rising"),
    (r"(?:fell|fallen|falling|shrank|shrunk|dropped|declin(?:ed|ing)|decreas(?:ed|ing)|dwindl\w+|plunged|"
     r"a decrease|a drop|a fall|a decline)", "falling"),
    (r"(?:no longer|not anymore|used to be|used to|in the past|formerly|these days|nowadays)", None),
    (r"(?:but |and )?now\b.{0,60}\b(?:not|never|no|\w+n['’]t)", None),
    (r"(?:relaxed|eased|loosened|softened)", None),
)  # fmt: skip
TRENDS = [(re.compile(rf"\b(?:{p})\b", re.I), row) for p, row in _TRENDS]
_MORE = re.compile(r"^(?:[“\"]?)More (?!than\b)(?:[\w.’'-]+ ){1,5}?(?:are|is|were|have|\w+ing)\b")
_COMPARE = re.compile(
    r"\bthan\b(?! [\d$€£]| (?:a |an )?(?:half|third|quarter|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|"
    r"forty|fifty|sixty|hundred|two-thirds)\b)"
    r"|\b(?:compared (?:with|to)|in comparison (?:to|with)|in (?:stark )?contrast|by contrast|as (?:many|much) as in|"
    r"(?:twice|times|half) (?:as (?:many|much)|the (?:number|figure|amount|level|rate|share))|"
    r"up from|down from|unlike|whereas|as against)\b"
    r"|\bagainst (?=[\d$€£])|\b(?:largest|biggest|highest|lowest|smallest|most common|second only to|the most|the fewest)\b",
    re.I,
)
_NEGATED = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['’]t)\b", re.I)
_OF = r"(?: of (?:the|them|those|these|us|whom|which|his|her|their|its|all|\w+))"
_THINGS = r"(?: (?:cases|people|workers|men|women|others|overseas|deserters|labourers|laborers|interviewees|groups|families|of them))"
#: words that carry a number alone → the word of the table
_AMOUNTS: tuple[tuple[str, str, str], ...] = (
    (rf"(?:(?<!the )(?<!at )most)(?:{_OF}|{_THINGS}|(?= [a-z]+s\b)|(?= were| are| have| had))", "most", "share"),
    (rf"the majority{_OF}?|a majority{_OF}?", "a majority", "share"),
    (rf"(?:nearly|almost|virtually) (?:all|every(?! (?:day|night|morning|evening|week|month|year)))(?:{_OF})?", "nearly all", "share"),
    (r"the vast majority", "nearly all", "share"),
    (rf"(?:in all cases|all{_OF}|everyone who)", "all", "share"),
    (rf"(?:none{_OF}|(?:nobody|no one|not one|not a single|none)(?= \w)(?! (?:knows|knew|can say)))", "none", "people"),
    (rf"(?:very few|hardly any|almost none|almost nobody)(?:{_OF}|{_THINGS})?", "almost none", "share"),
    (rf"a few(?:{_OF}|{_THINGS}|(?= \S*[A-Z]))", "a few", "people"),
    (r"a few (?=\S+ \S*(?:ers|men|people)\b)", "a few", "people"),
    (rf"several(?:{_OF}|{_THINGS}|(?= [a-z]+s\b)(?! times| months| years| weeks| days))", "several", "people"),
    (r"(?:a )?handful of", "a few", "people"), (r"dozens of|scores of", "dozens", "people"),
    (r"tens of thousands", "tens of thousands", "people"), (r"hundreds of", "hundreds", "people"),
    (r"(?<!of )thousands of", "thousands", "people"), (r"a dozen(?= \w+s\b)", "a dozen", "people"),
    (rf"(?:numerous|many)(?:{_OF}|{_THINGS})", "many", "people"),
    (rf"(?:(?<!in )some(?:{_OF})|(?:in )?some(?: cases| workers| people))", "some", "people"),
    (r"often", "often", "share"), (r"(?:are|’re|'re|is|was|were) (?:all )?(?:safe|unharmed)(?: and \w+)?", "safe", "people"),
)  # fmt: skip
AMOUNTS = [(re.compile(rf"\b(?:{p})", re.I), row, unit) for p, row, unit in _AMOUNTS]


def trends(clause: str) -> list[tuple[int, int, str | None]]:
    out = [(m.start(), m.end(), row) for pattern, row in TRENDS for m in pattern.finditer(clause)]
    if m := _MORE.match(clause):
        out.append((m.start(), m.end(), "rising"))
    return out


def comparisons(clause: str) -> list[Span]:
    return [m.span() for m in _COMPARE.finditer(clause)]


def is_negated(clause: str) -> bool:
    return _NEGATED.search(clause) is not None


def amounts(clause: str) -> list[tuple[int, int, str, str]]:
    """Words for numbers alone: where, the word of the table, what they count."""
    out: list[tuple[int, int, str, str]] = []
    for pattern, row, unit in AMOUNTS:
        for m in pattern.finditer(clause):
            if not any(a < m.end() and m.start() < b for a, b, *_ in out):
                out.append((m.start(), m.end(), row, unit))
    return sorted(out)


def foreign_speech(sentence: str, rows: dict) -> str | None:
    """The kind of source of a sentence in another language that says so."""
    if not re.search(alternatives(rows["said"]), sentence, re.I):
        return None
    return next((kind for word, kind in rows["says"].items() if word in sentence.lower()), None)
