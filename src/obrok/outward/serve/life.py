"""One life: a simulated person followed through two policies, day by day, in the sentences of `life_words`."""

from __future__ import annotations

import numpy as np

from obrok.answers.words import FEW, day, describe, percent
from obrok.case.case import Case
from obrok.outward import rows
from obrok.outward.life_words import (
    RULES,
    STATUS,
    WORDS,
    city_name,
    dated,
    ended,
    firm_name,
    going_by,
    parting_sentences,
    portrait,
    today_sentences,
)
from obrok.outward.lives import behind, find_life, holder_before
from obrok.outward.serve.days import events_under
from obrok.outward.serve.lived import GROUPS, Asked, Lives, Way, people
from obrok.problems import ProblemsFound
from obrok.worlds.person_days import Today, decided, statuses, todays
from obrok.worlds.trace import MOST_POSTS, Happening, Life, Parting, Who, World

#: people on a page of the list; days that are told at once
PAGE, DAYS = 24, 64


# -- what is told
def view(lives: Lives, version: str, a: str, b: str, person: str, place: str = "") -> dict:
    """A version under two policies, and one person in it. `state`: `ready`; `living` while it is being lived; `large` where it
    has too many posts, and one of its cities must be chosen. Raises ProblemsFound."""
    asked = lives.asked(version, a, b, place)
    about = {
        "version": asked.number,
        "a": asked.one.id,
        "b": asked.other.id,
        "imagined": lives.imagined,
        "place": place,
    }
    about["places"] = [{"id": code, "name": lives.place_name(code)} for code in lives.called]
    try:
        world = lives.lived(asked)
    except ProblemsFound:
        if posts := lives.too_large(asked):
            return about | {"state": "large", "most": MOST_POSTS} | _large(lives, posts)
        raise
    if isinstance(world, Way):
        return about | {"state": "living", "done": world.done, "total": world.total}
    case = lives.case
    who = lives.who(world, asked, person)
    found = find_life(world, asked.pair, who, "person", "version")
    groups = people(world, asked)
    kept = lives.kept[0]["world"]
    return about | {
        "state": "ready", "typical": asked.number == lives.typical(),
        "first": asked.number == lives.parting(*asked.pair), "parts": percent(lives.share_parting(*asked.pair)),
        "kept": bool((kept == asked.number).any()),
        "live": case.live, "posts": world.posts, "start": case.start.isoformat(), "days": case.days, "block": DAYS,
        "people": {name: _count(case, len(some)) for name, some in groups.items()},
        "names": {p.id: describe(case, p) for p in asked.pair},
        "events": {p.id: events_under(case, p) for p in asked.pair},
        "person": lives.code(who),
        "next": _next(lives, groups["parting"], who),
        **_told(lives, world, asked, who, found),
    }  # fmt: skip


def _large(lives: Lives, posts: dict[str, int]) -> dict:
    """Cities of a version that is too large as a whole, those that can be followed first, the smallest before."""
    some = sorted((n, code) for code, place in lives.called.items() if (n := posts[place]))
    told = [
        {"id": code, "name": lives.place_name(code), "posts": _count(lives.case, n), "fits": n <= MOST_POSTS}
        for n, code in some
    ]
    return {"posts": sum(posts.values()), "of": told}


def _next(lives: Lives, some: list[Who], who: Who) -> str | None:
    """The next of those whose lives part, after the last again the first; None where nobody else is one."""
    after = some[some.index(who) + 1 :] if who in some else some
    found = next((x for x in (*after, *some) if x != who), None)
    return found and lives.code(found)


def _count(case: Case, n: int) -> str:
    return FEW if case.live and 0 < n < 5 else f"{n:,}"


def _told(lives: Lives, world: World, asked: Asked, who: Who, found: dict[str, Life | None]) -> dict:
    """A person's two lives: who it is, what is common, where they part, what follows in each."""
    case = lives.case
    someone = next(life for life in found.values() if life)
    part = world.parting(*asked.pair, only=who)
    until = part.day if part else case.days
    both = [found[p.id] for p in asked.pair]
    logs = [life.happenings if life else () for life in both]
    common = next((log for log in logs if log), ())
    ways = [statuses(world, p, who)[1:] for p in asked.pair]
    rules = dict.fromkeys(h.rule for log in logs for h in log)
    return {
        "portrait": portrait(case, someone, world.draws["tolerance_spread"]),
        "figures": _figures(someone),
        "common": [_happening(case, h) for h in common if h.day < until],
        "parting": part and _parting(lives, world, asked, part),
        "after": [[_happening(case, h) for h in log if h.day >= until] for log in logs],
        "ends": [ended(case, int(way[-1]), log) for way, log in zip(ways, logs, strict=True)],
        "spans": [_spans(way) for way in ways],
        "marks": [[{"day": h.day, "text": WORDS[h.what]} for h in log] for log in logs],
        "rests": {rule: _rests(case, rule) for rule in rules},
        "offer": None if part else _offer(lives, world, asked),
    }


def _figures(life: Life) -> list[list[str]]:
    p = life.person
    return [
        ["key", f"post {p.post}, term {p.term}, holder {p.fill} of that term (each from 0)"],
        ["family tie (0: none held; else 0.3 to 1)", f"{p.tie:.2f}"],
        ["tolerance (0: as most; the more, the more is put up with)", f"{p.tolerance:+.2f}".replace("-", "−")],
        ["pay, from the mean (in standard deviations)", f"{p.z:+.2f}".replace("-", "−")],
    ]


def _happening(case: Case, h: Happening) -> dict:
    return {
        "day": h.day, "date": case.date(h.day).isoformat(), "text": dated(case, h), "rule": h.rule, "by": going_by(h),
    }  # fmt: skip


def _parting(lives: Lives, world: World, asked: Asked, part: Parting) -> dict:
    case, by = lives.case, decided(world, *asked.pair, part)
    before = holder_before(world, part, *asked.pair)
    return {
        "day": part.day, "date": case.date(part.day).isoformat(), "rule": part.rule,
        "sentences": parting_sentences(case, part, *asked.pair, by, before and lives.code(before)),
        "chance": by and {"of": by.what, "a": by.here, "b": by.there, "luck": by.luck},
        "before": (before and by is None and lives.code(before)) or None,
    }  # fmt: skip


def _spans(way: np.ndarray) -> list[dict]:
    """Stretches of days of one status: both ends are days of it."""
    first = np.flatnonzero(np.append(True, way[1:] != way[:-1]))
    last = np.append(first[1:], len(way)) - 1
    return [
        {"status": int(way[i]), "name": STATUS[int(way[i])], "from": int(i), "to": int(j)}
        for i, j in zip(first, last, strict=True)
    ]


def _rests(case: Case, rule: str) -> dict:
    """What a rule says, and the claims and assumptions that its figures rest on."""
    claims, assumed = behind(case, rule)
    return {
        "means": RULES[rule],
        "claims": [{"id": c, "text": case.evidence.claims[c].paraphrase} for c in claims],
        "assumed": [{"id": n, "text": rows.meaning(case, n), "why": case.priors[n].why} for n in assumed],
    }


def _offer(lives: Lives, world: World, asked: Asked) -> dict:
    """A life that does part: in this version, else a version that has one."""
    here = world.parting(*asked.pair)
    if here:
        return {"person": lives.code((here.city, here.who))}
    if asked.place:  # that answers differ says nothing of one city
        return {"version": None}
    return {"version": None if asked.one == asked.other else lives.parting(*asked.pair, but=asked.number)}


# -- the list of people
def listed(lives: Lives, version: str, a: str, b: str, group: str, words: str, page: str, place: str = "") -> dict:
    """People of a group (`GROUPS`; else the first that has any) whose post, firm and city hold all these words, a page of
    them."""
    asked = lives.asked(version, a, b, place)
    world = lives.lived(asked)
    if isinstance(world, Way):
        return {"state": "living"}
    groups = people(world, asked)
    group = group if group in groups else next(name for name in GROUPS if groups[name])
    some = groups[group]
    wanted = words.lower().split()
    found = [who for who in some if all(_matches(lives, world, who, word) for word in wanted)]
    pages = max(1, -(-len(found) // PAGE))
    at = min(_whole(page), pages - 1)
    first = {(p.city, p.who): p for p in world.partings(*asked.pair)}
    shown = found[at * PAGE : (at + 1) * PAGE]
    return {
        "state": "ready", "group": group, "count": _count(lives.case, len(found)), "page": at, "pages": pages,
        "people": [_row(lives, world, asked, who, first.get(who)) for who in shown],
    }  # fmt: skip


def _matches(lives: Lives, world: World, who: Who, word: str) -> bool:
    """A number is a post's, or the beginning of a key; other words stand in the names of firm and city."""
    key = who[1]
    if word[0].isdigit() and ":" not in word:
        return word == str(key[0]) or ("." in word and ".".join(map(str, key)).startswith(word))
    told = f"{lives.code(who)} {_where(lives.case, world, who)}"
    return word in told.lower()


def _where(case: Case, world: World, who: Who) -> str:
    return f"{firm_name(case, world.enterprise(who[0], who[1][0]))}, {city_name(case, who[0])}"


def _row(lives: Lives, world: World, asked: Asked, who: Who, part: Parting | None) -> dict:
    """A person in a line of the list."""
    case = lives.case
    out = {"person": lives.code(who), "where": _where(case, world, who)}
    if part:
        sides = zip(asked.pair, (part.here, part.there), strict=True)
        text = "; ".join(f"{describe(case, p)}: {WORDS[h.what] if h else 'nothing'}" for p, h in sides)
        return out | {"date": case.date(part.day).isoformat(), "text": text}
    log = next((world.everyone(p)[who] for p in asked.pair if who in world.everyone(p)), ())
    last = log[-1] if log else None
    told = f"{day(case.date(last.day))}: {WORDS[last.what]}" if last else "at the post to the last day"
    return out | {"date": last and case.date(last.day).isoformat(), "text": told}


def another(lives: Lives, version: str, a: str, b: str, rng: np.random.Generator, place: str = "") -> dict:
    """Somebody of a version, drawn by chance."""
    asked = lives.asked(version, a, b, place)
    world = lives.lived(asked)
    if isinstance(world, Way):
        return {"state": "living"}
    everybody = [who for some in people(world, asked).values() for who in some]
    return {"state": "ready", "person": lives.code(everybody[int(rng.integers(len(everybody)))])}


# -- day by day
def told_days(lives: Lives, version: str, a: str, b: str, person: str, first: str, place: str = "") -> dict:
    """Some days of a person from one on, each in sentences, under both policies."""
    asked = lives.asked(version, a, b, place)
    world = lives.lived(asked)
    if isinstance(world, Way):
        return {"state": "living"}
    who = lives.who(world, asked, person)
    found = find_life(world, asked.pair, who, "person", "version")
    begin = min(_whole(first), lives.case.days - 1)
    days = range(begin, min(begin + DAYS, lives.case.days))
    return {"state": "ready", "first": begin, "days": list(zip(*(
        [_day(lives.case, today, found[p.id]) for today in todays(world, p, who, days)] for p in asked.pair
    ), strict=True))}  # fmt: skip


def _day(case: Case, today: Today, life: Life | None) -> list[str]:
    return today_sentences(case, today, life.happenings if life else ())


def _whole(text: str) -> int:
    """A whole number from 0 on; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
