"""Invented articles, and what becomes of them: edited, cut, dressed up, quoted, retold. Fixed seeds, nobody real."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from obrok.evidence.copies import Text

SYLLABLES = [
    c + v
    for c in ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"]
    for v in ["a", "e", "i", "o", "u"]
]
COMMON = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "that",
    "workers",
    "posts",
    "firm",
    "pay",
    "month",
    "police",
    "city",
    "region",
    "officials",
    "said",
    "report",
    "were",
    "have",
    "been",
    "from",
    "with",
    "their",
    "which",
    "under",
    "after",
    "before",
    "many",
    "some",
    "money",
    "state",
    "site",
    "building",
    "logging",
    "timber",
    "families",
    "home",
    "contract",
    "wages",
    "guard",
    "brigade",
    "winter",
    "summer",
    "camp",
    "road",
    "train",
    "border",
    "permit",
    "labour",
    "North",
    "Korean",
    "Russia",
    "Korea",
    "Moscow",
    "Pyongyang",
]


def name(rng: random.Random) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()


PLACES = [name(random.Random(i)) for i in range(25)]


def article(rng: random.Random, number: int, words: int = 400, day: date | None = None) -> Text:
    """An article on the one subject of the pile: common words, some of its own, its own figures and names."""
    own = ["".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))) for _ in range(60)]
    people = [name(rng) for _ in range(3)] + rng.sample(PLACES, 4)
    figures = [
        str(rng.choice((rng.randint(13, 99), rng.randint(100, 999), rng.randint(10, 99) * 100))) for _ in range(5)
    ]
    out = []
    for i in range(words):
        pick = rng.random()
        out.append(
            rng.choice(COMMON) if pick < 0.72 else rng.choice(own) if pick < 0.95 else
            "near " + rng.choice(people) if pick < 0.98 else rng.choice(("about ", "more than ", "")) + rng.choice(figures) + " people"
        )  # fmt: skip
        if i % 17 == 16:
            out[-1] += "."
    day = day or date(2015, 1, 1) + timedelta(days=rng.randint(0, 700))
    return Text(f"a{number}", " ".join(out), "en", (day, day), f"Paper {number % 40}")


def edited(rng: random.Random, text: Text, share: float) -> Text:
    words = [rng.choice(COMMON) if rng.random() < share else w for w in text.text.split()]
    return _later(rng, text, " ".join(words))


def truncated(rng: random.Random, text: Text) -> Text:
    words = text.text.split()
    return _later(rng, text, " ".join(words[: int(len(words) * rng.uniform(0.35, 0.7))]))


FOOTER = "Share this page with friends and follow our channel for news of the day all rights reserved by the publisher of this site"


def dressed(rng: random.Random, text: Text) -> Text:
    head = " ".join(rng.choice(COMMON) for _ in range(9))
    return _later(rng, text, f"{head}. {text.text} {FOOTER}")


def quoting(rng: random.Random, text: Text, into: Text) -> Text:
    """Another article with two paragraphs of this one, about a hundred words, in the middle."""
    words, own = text.text.split(), into.text.split()
    at = rng.randint(0, len(words) - 110)
    return _later(rng, text, " ".join([*own[:150], *words[at : at + 100], *own[150:]]))


def retold(rng: random.Random, text: Text) -> Text:
    """Its figures and names among other words."""
    kept = [w.strip(".") for w in text.text.split() if w.strip(".").isdigit() or w[0].isupper()]
    out = []
    for w in kept:
        out += [*(rng.choice(COMMON) for _ in range(rng.randint(4, 9))), w]
    return _later(rng, text, " ".join(out))


def wire(rng: random.Random, text: Text) -> Text:
    return replace(text, text=f"{text.text} Interfax reports.")


def _later(rng: random.Random, text: Text, words: str) -> Text:
    day = text.published[0] + timedelta(days=rng.randint(1, 10))
    return replace(text, id=f"{text.id}-{rng.randrange(10**9)}", text=words, published=(day, day), publisher="Other")
