"""What figures of an English text look like: numbers, money, units, what stands around what is no figure."""

from __future__ import annotations

import re

from obrok.evidence.propose.tables import alternatives, listed

SMALL = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
WORDS = {w: n for n, w in enumerate(SMALL)} | {w: 10 * n for n, w in enumerate(TENS, 2)}
SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "bn": 10**9,
    "mn": 10**6,
    "m": 10**6,
    "k": 1000,
}
W = alternatives([*WORDS, "hundred", "thousand", "million", "billion"])
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
NUMBER = re.compile(
    rf"(?P<digits>(?<![\w.,/:#-])(?:{DIGITS}))"
    r"(?:\s?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn)\b|(?P<short>[mk])\b)?(?![\d:/]|-\d{3}|st\b|nd\b|rd\b|th\b|[A-Za-z])"
    rf"|\b(?P<words>(?:a\s(?=hundred|thousand|million))?(?:{W})(?:(?:-|\sand\s|\s)(?:{W}))*)\b"
    r"|\b(?P<dozen>(?:a|one|two|three|half\sa)\sdozen)\b",
    re.I,
)
CODES = {"US$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB", "¥": "JPY", "₩": "KRW"}
ISO = listed("USD EUR GBP RUB PLN CNY JPY KRW QAR KWD AED SAR MNT VND CZK HUF CHF UAH KZT")
NAMED = {
    "dollars": "USD", "dollar": "USD", "roubles": "RUB", "rubles": "RUB", "rouble": "RUB", "ruble": "RUB",
    "euros": "EUR", "euro": "EUR", "pounds": "GBP", "yuan": "CNY", "yen": "JPY", "won": "KRW", "zloty": "PLN",
    "złoty": "PLN", "pesos": "pesos", "riyals": "riyals", "dinars": "dinars", "dirhams": "dirhams", "tugriks": "MNT",
    "US dollars": "USD", "U.S. dollars": "USD",
}  # fmt: skip
BEFORE_MONEY = re.compile("(?:" + alternatives([*CODES, *ISO]) + r")\s?$")
AFTER_MONEY = re.compile(r"\s?(?:" + alternatives([*NAMED, *ISO, "€", "₽"]) + r")(?![A-Za-z])")
PER = re.compile(
    r"(?:\s[a-z]+){0,2}?(?:\s?/|\s(?:a|per|each|every|for each|for every)\s)(?P<unit>hour|day|week|month|year|shift)\b"
    r"|\s(?P<ly>daily|weekly|monthly|yearly|annually)\b",
    re.I,
)
LY = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "annually": "year"}
PERCENT = re.compile(r"\s?(?:%|per\s?cent\b|percent\b|percentage points?\b)", re.I)
#: a percentage of change, not of a whole
CHANGE = re.compile(r"\s(?:more|fewer|less|higher|lower|up|down|above|below|increase|decrease|rise|drop|fall)\b", re.I)
BY = re.compile(
    r"\b(?:by|(?:an?|the) (?:increase|decrease|rise|drop|fall|decline) of)\s(?:about\s|some\s|nearly\s)?$", re.I
)
LASTS = re.compile(
    r"[\s-](?:(?:full|whole|long|more|consecutive)\s)?(?P<unit>hour|day|week|month|year|minute)s?\b(?!-old|\sold| of age)",
    re.I,
)
TIMES = re.compile(r"\stimes\b", re.I)
PEOPLE = listed(
    "people persons person men man women woman workers worker labourers laborers builders welders nationals citizens employees "
    "staff recruits guards boys girls children families deserters defectors defendants victims refugees migrants respondents "
    "interviewees masons loggers minders officials inspectors policemen officers soldiers foremen others deaths residents runaways "
    "departures fugitives crew hands members trainees colleagues compatriots foreigners detainees escapees koreans north south labour"
)  # fmt: skip
THINGS = {
    "permits": "permits", "permit": "permits", "visas": "permits", "licences": "permits", "crews": "crews", "brigades": "crews",
    "teams": "crews",
} | dict.fromkeys(
    listed("cases complaints applications checks inspections entries exits accidents incidents raids arrests requests hearings "
    "attempts escapes visits reports violations appeals counts trips flights"), "cases"
)  # fmt: skip
SO_MANY = re.compile(rf"\s(?:[a-z]+\s)?(?:{alternatives(PEOPLE)})\b")
#: what is no figure of a statement
NO_UNIT = listed(
    "kilometres kilometers km miles metres meters m tons tonnes hectares degrees pages storeys floors o'clock"
)
LABELS = re.compile(
    r"(?:\b(?:no|nos|article|articles|section|table|page|pages|room|case|chapter|bulletin|paragraph|figure|interview|clause|part|"
    r"volume|act|law|resolution|aged?|flat|building|line|bus|unit|item|appendix|annex|at|tel|phone|point|version|level|grade)"
    r"\.?\s(?:no\.\s)?|№\s?|\+\s?|\()$",
    re.I,
)
AGE = re.compile(r"[\s-](?:(?:and|to|or)\s\d+\s)?years?(?:[\s-]old|\sof\sage)|[\s-]year-old", re.I)
AS_MANY = re.compile(r"\s(?:as|more|higher|larger|lower|the (?:number|figure|amount|level|rate|share))\b", re.I)
AFTER_NAME = re.compile(r"[A-Z][\w’'-]+,\s$")
MIDDAY = re.compile(r"\s?(?:a\.?m\b|p\.?m\b|o'clock|hours\sGMT|in the (?:morning|evening|afternoon))", re.I)
PART = {
    "half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6, "seventh": 1 / 7, "eighth": 1 / 8,
    "tenth": 1 / 10,
}  # fmt: skip
FRACTION = re.compile(
    r"\b(?P<n>a|one|two|three|four|nine)[\s-](?P<part>third|quarter|fifth|sixth|seventh|eighth|tenth)s?\b"
    r"(?!\s(?:country|time|party|floor|day))"
    r"|\b(?P<a>one|two|three|four|five|six|seven|eight|nine|\d{1,2})(?:\s[a-z]{3,15})?"
    r"\s(?:in|out of)(?:\severy)?\s(?P<b>two|three|four|five|six|seven|eight|nine|ten|\d{1,3})\b"
    r"(?!\s(?:years|months|weeks|days|hours|minutes))"
    r"|\b(?:every|each)\s(?P<nth>second|third|fourth|fifth|tenth)\s(?=[a-z]+\b)(?!(?:day|week|month|year|night|time)\b)"
    r"|(?<!first )(?<!second )(?<!the )\b(?:(?P<half>half)(?!\s(?:a\sdozen|past|year|hour|brother|sister)|-))",
    re.I,
)
RATE = re.compile(
    r"\b(?P<n>once|twice|thrice|(?:two|three|four|five|six|seven|\d{1,3})\stimes|several(?:\stimes)?|one|two|three)"
    r"\s(?:(?:a|per|each|every)\s(?P<unit>day|week|month|year)\b|in\s(?:\w+\s)?(?:days|weeks|months|years)\b)",
    re.I,
)
WITHIN = re.compile(
    r"\b(?:within|for|lasts?|lasted)\s(?P<one>an?\s(?:full\s)?(?P<unit>hour|day|week|month|year))\b", re.I
)
JOINS = re.compile(r"\s?(?:to|-|–|—|or|maybe|and)\s?|,\smaybe\s|,\sperhaps\s", re.I)


EMPTY = re.match("", "")
STOPWORDS = frozenset(
    listed(
        "a an the in on at by to from for with and or but were was is are had has have who which that of as since during "
        "under than more less per it he she they we"
    )
)
NOT_PEOPLE = frozenset(
    listed(
        "numbers members' letters papers matters orders years others' quarters waters flowers posters covers customers'"
    )
)
