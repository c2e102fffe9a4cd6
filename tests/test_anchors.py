"""Anchors are found again in newer versions, and never silently elsewhere. Fixed seeds; measured on 10,000 of each."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrok.evidence.anchors import Anchor, normalised
from obrok.evidence.found_again import difference, find_again

WORDS = re.findall(
    r"\w+",
    "police workers harbour the of in officials dormitory said went that month firm building left winter city many their "
    "were families contracts managers with after under pay held sent home Dolgorod Khasanov",
)


def sentence(r: random.Random) -> str:
    n = r.randint(8, 18)
    words = [r.choice(WORDS) for _ in range(n)]
    if r.random() < 0.6:
        words.insert(r.randrange(n), str(r.choice([12, 14, 30, 300, 250, 1200, 47])))
    if r.random() < 0.2:
        words.insert(r.randrange(n), "not")
    return " ".join(words).capitalize() + "."


def sibling(r: random.Random, s: str) -> str:
    """The same sentence with another number, or a negation more or less: bait."""
    if re.search(r"\d", s) and r.random() < 0.7:
        return re.sub(r"\d+", lambda m: str(int(m[0]) + r.choice([1, 2, 10])), s, count=1)
    words = s.split()
    if "not" in words:
        words.remove("not")
    else:
        words.insert(len(words) // 2, "not")
    return " ".join(words)


def document(r: random.Random) -> tuple[list[str], str]:
    """Sentences with siblings among them, and one whose sibling stands somewhere, too."""
    sentences = [sentence(r) for _ in range(40)]
    for _ in range(6):
        sentences.insert(r.randrange(len(sentences) + 1), sibling(r, r.choice(sentences)))
    chosen = r.choice(sentences)
    sentences.insert(r.randrange(len(sentences) + 1), sibling(r, chosen))
    return sentences, chosen


def edited(r: random.Random, text: str, spared: range, rate: float = 0.05) -> list[tuple[int | None, str]]:
    """Characters with the place each had; `rate` of those outside `spared` dropped, doubled by another or replaced."""
    out: list[tuple[int | None, str]] = []
    for i, c in enumerate(text):
        x = r.random() if i not in spared else 1
        if rate / 3 <= x < rate:
            out.append((None, r.choice("abcdefghij 123")))
        if not (x < rate / 3 or 2 * rate / 3 <= x < rate):
            out.append((i, c))
    return out


def trial(seed: int, deleted: bool) -> str | None:
    """What became of an anchor in an edited text: right, wrong, or review or lost."""
    r = random.Random(seed)
    sentences, chosen = document(r)
    if sentences.count(chosen) > 1:
        return None
    old = normalised(" ".join(sentences))
    start = old.index(chosen)
    end = start + len(chosen)
    whole = range(start, end)
    if r.random() < 0.5:  # a part, from word to word
        words = [m.span() for m in re.finditer(r"\S+", chosen)]
        a = r.randrange(0, len(words) // 2)
        b = r.randrange(a + 3, len(words))
        start, end = start + words[a][0], start + words[b][1]
    new = edited(r, old, range(start, end))
    if deleted:
        text = normalised("".join(c for p, c in new if p is None or p not in whole))
        found = find_again(Anchor.of(old, start, end), old, text)
        return "wrong" if found.is_found else found.state
    at = next(n for n, (p, _) in enumerate(new) if p == start)
    text = "".join(c for _, c in new)
    true = normalised(text[:at] + "\x01" + text[at:]).index("\x01")
    found = find_again(Anchor.of(old, start, end), old, normalised(text))
    if not found.is_found or found.anchor is None:
        return found.state
    words = normalised(text)[found.anchor.start : found.anchor.end]
    return "right" if words == old[start:end] and abs(found.anchor.start - true) <= 1 else "wrong"


def test_anchors_are_found_among_edits():
    states = [s for seed in range(1500) if (s := trial(seed, False))]
    assert "wrong" not in states
    assert states.count("right") >= 0.99 * len(states)


def test_what_is_gone_is_not_found_in_its_siblings():
    states = [s for seed in range(700) if (s := trial(seed, True))]
    assert states and set(states) <= {"review", "lost"}


OLD = normalised(
    "The ministry spoke on Monday. Police found 12 workers in the harbour in May and let them go. The firm said nothing "
    "to that. Police found 14 workers in the harbour in June and let them go. The families were told in August, by letter."
)
QUOTE = "Police found 12 workers in the harbour in May and let them go."


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda t: t, "same"),
        (lambda t: "A new first line. " + t, "moved"),
        (lambda t: t.replace("harbour in May", "harbor in May"), "edited"),
        (lambda t: t.replace("found 12", "found 13"), "review"),
        (lambda t: t.replace("and let them go. The firm", "and did not let them go. The firm"), "review"),
        (lambda t: t.replace("May and let", "Korsakov and let"), "review"),
        (lambda t: t.replace("12 workers", "twelve workers"), "review"),
        (lambda t: t.replace(QUOTE + " ", ""), "review"),
        (lambda t: "Quite another text about ships, weather and the price of fish at the coast.", "lost"),
    ],
)
def test_states(change, state):
    anchor = Anchor.find(OLD, QUOTE)[0]
    new = change(OLD)
    found = find_again(anchor, OLD, new)
    assert found.state == state and found.why
    if found.is_found and found.anchor:
        assert "12" in new[found.anchor.start : found.anchor.end]
    if state in ("lost",):
        assert found.anchor is None


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("about 300 men left", "about 300 men left,", True),
        ("about 300 men left", "about 301 men left", False),
        ("they could leave", "they could not leave", False),
        ("в мае ушли около 300 человек", "в мае ушли около 200 человек", False),
        ("в мае ушли", "в мае не ушли", False),
        ("노동자 300명이 떠났다", "노동자 400명이 떠났다", False),
        ("노동자들이 떠났다", "노동자들이 떠나지 않았다", False),
        ("労働者三百人が去った", "労働者四百人が去った", False),
        ("unos trescientos hombres", "unos trescientos hombres", True),
        ("the Khasan dormitory", "the Nakhodka dormitory", False),
        ("more than 300", "roughly 300", False),
        ("labourers were registered", "laborers were registered", True),
    ],
)
def test_what_makes_a_difference(old, new, same):
    assert (difference(old, new) == "") is same


@given(st.text(max_size=400), st.text(max_size=400), st.data())
def test_any_text(old, new, data):
    old, new = normalised(old), normalised(new)
    if len(old) < 2:
        return
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    anchor = Anchor.of(old, start, end)
    assert find_again(anchor, old, old).state == "same"
    found = find_again(anchor, old, new)
    if found.anchor is not None:
        assert found.anchor.holds_in(new)
    if found.is_found and found.anchor is not None:
        assert difference(old[start:end], new[found.anchor.start : found.anchor.end]) == ""
