"""The model written a second time, from its description alone: plain chances drawn afresh every day.

Nothing of the engine's rules is used (only the names of its columns), and none of its random numbers: a rule that the
engine gets wrong is not wrong here too. Many replicate worlds of one set of parameters run side by side, arrays of shape
(replicates, posts). Slow, and on purpose without candidate days, compiled code or keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from obrok.engine.tables import COLUMN, SERIES

World = Mapping[str, float]
Host = Mapping[str, float]
Rows = Mapping[str, np.ndarray]

STEP = (
    *("effort", "hand_over", "help", "sessions", "news", "news_handed", "dispatch", "construction_shift"),
    *("recall", "refill_chance", "watch", "wage", "fee", "deductions", "quota"),
)
#: means over posts at the day's end: watching m, belief b
MOOD = ("watch", "belief")
DAYS_LEFT_FOR_A_FILL_IN = 180
DAYS_BETWEEN_STORIES = 90
LIMIT_OF_WATCHING = 1.0 - 1e-12
NEVER = -(10**6)


class Reference(NamedTuple):
    """`series`: int64, (replicates, days, columns of `tables.SERIES`); `mood`: float64, (replicates, days, columns of
    `MOOD`); `left_construction`: int64, (replicates, days), how many have left construction posts so far."""

    series: np.ndarray
    mood: np.ndarray
    left_construction: np.ndarray


class People(NamedTuple):
    """Traits, one array each: pay z, side job, family tie f, tolerance θ."""

    z: np.ndarray
    side: np.ndarray
    tie: np.ndarray
    tolerance: np.ndarray


# --- rules --------------------------------------------------------------------------------------------------------
def happens(hazard):
    """Chance on a day of what has this hazard."""
    return -np.expm1(-hazard)


def cents(usd_a_month):
    """Whole cents a day."""
    return np.floor(usd_a_month * 1200.0 / 365.0 + 0.5).astype(np.int64)


def host(schedule: Rows, t: int) -> dict[str, float]:
    """What acts on day t."""
    return {name: float(schedule[name][t]) for name in STEP}


def meet(rng: np.random.Generator, world: World, shape) -> People:
    """Persons nobody has seen before."""
    held = rng.random(shape) < world["held"]
    return People(
        rng.standard_normal(shape),
        rng.random(shape) < world["side_share"],
        np.where(held, 0.3 + 0.7 * rng.random(shape), 0.0),
        rng.logistic(0.0, 1.0, shape) * (world["tolerance_spread"] * np.sqrt(3.0) / np.pi),
    )


def wages(world: World, mean: float, z):
    """USD a month."""
    return np.maximum(0.1 * mean, mean * (1.0 + world["wage_spread"] * z))


def take_home(wage, side, fee: float, deductions: float, quota: float):
    """Kept and side pay together, USD a month."""
    return np.maximum(0.0, wage * (1.0 - fee - deductions) + side - quota)


def fear(world: World, tie, perceived: float, felt, belief):
    """How much the thought of being handed over takes away, in units of utility."""
    return world["weight_risk"] * (1.0 + world["weight_harm"] * tie) * perceived * felt * belief


def attractions(world: World, day: Host, people: People, felt, belief):
    """exp(x_nearby), exp(x_remote)."""
    side = people.side * world["side_pay"]
    income = take_home(wages(world, day["wage"], people.z), side, day["fee"], day["deductions"], day["quota"])
    nearby = world["native"] * world["outside_nearby"]
    unfair = np.maximum(0.0, 1.0 - income / world["native"])
    common = world["weight_fair"] * unfair - world["weight_family"] * people.tie - people.tolerance
    out = []
    for pay, attraction, perceived in (
        (nearby, world["a_nearby"], world["perceived_nearby"]),
        (nearby * world["outside_remote"], world["a_remote"], world["perceived_nearby"] * world["perceived_remote"]),
    ):
        gain = world["weight_money"] * np.log((pay + 100.0) / (income + 100.0))
        out.append(np.exp(attraction + gain + common - fear(world, people.tie, perceived, felt, belief)))
    return out


def rates(world: World, side):
    """Opportunities a day, ω·k."""
    return world["opportunity"] * np.where(side, world["side_contacts"], 1.0)


def word_of_mouth(own, city, w: float):
    """Cases that a crew hears of: its own, and a share w of the others of the city."""
    return own + w * (city - own)


def halves(days: float) -> float:
    """What is left after a day of something with this half-life."""
    return 0.5 ** (1.0 / days)


# --- the crews of one city ----------------------------------------------------------------------------------------
class Crews:
    """Belief, watching and effort as heard of; arrays (replicates, crews)."""

    def __init__(self, world: World, first: np.ndarray, replicates: int, day: Host):
        size, sizes, owner = int(world["crew_size"]), [], []
        for enterprise, posts in enumerate(np.diff(first)):
            whole, rest = divmod(int(posts), size)
            here = [size] * whole + [rest] * (rest > 0)
            sizes += here
            owner += [enterprise] * len(here)
        self.world, self.sizes, self.owner = world, np.array(sizes), np.array(owner)
        self.of_post = np.repeat(np.arange(len(sizes)), sizes)
        self.enterprise_sizes = np.bincount(self.owner, self.sizes, len(first) - 1)
        self.w = min(1.0, world["reach"] / (len(sizes) - 1)) if len(sizes) > 1 else 0.0
        shape = (replicates, len(sizes))
        self.rest_handed = world["belief_strength"] * world["belief"]
        self.rest_let_go = world["belief_strength"] * (1.0 - world["belief"])
        self.handed, self.let_go, self.y = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.heard = day["effort"]
        self._see(day)

    def _see(self, day: Host) -> None:
        self.watching = day["watch"] + (self.world["watch_max"] - day["watch"]) * self.y
        sessions = self.world["session_fear"] * day["sessions"] * self.watching
        worse = self.rest_handed + self.handed + sessions
        self.belief = worse / (worse + self.rest_let_go + self.let_go)

    def end_of_day(self, day: Host, handed: np.ndarray, let_go: np.ndarray, left: np.ndarray) -> None:
        """Counts of the day, each (replicates, crews)."""
        world, fade = self.world, halves(self.world["memory"])
        for story, cases, news in ((self.handed, handed, day["news_handed"]), (self.let_go, let_go, day["news"])):
            story *= fade
            story += word_of_mouth(cases, cases.sum(1, keepdims=True), self.w) + news
        by_enterprise = np.stack(
            [left[:, self.owner == e].sum(1) for e in range(len(self.enterprise_sizes))], axis=1
        ) / np.maximum(self.enterprise_sizes, 1)
        alarm = world["crew_alarm"] * left / self.sizes + world["enterprise_alarm"] * by_enterprise[:, self.owner]
        self.y *= halves(world["recovery"])
        self.y = np.minimum(LIMIT_OF_WATCHING, 1.0 - (1.0 - self.y) * np.exp(-alarm))
        self.heard = day["effort"] + (self.heard - day["effort"]) * halves(world["effort_heard"])
        self._see(day)

    def counts(self, replicate: np.ndarray, crew: np.ndarray) -> np.ndarray:
        """Events as counts (replicates, crews)."""
        out = np.zeros(self.y.shape)
        np.add.at(out, (replicate, crew), 1.0)
        return out

    def mood(self) -> tuple[np.ndarray, np.ndarray]:
        """`MOOD`: means over posts."""
        weight = self.sizes / self.sizes.sum()
        return self.watching @ weight, self.belief @ weight


# --- those away -----------------------------------------------------------------------------------------------------
NEAR, FAR, CELL, GONE, FREE = range(5)


class Away:
    """Everyone who left, in flat arrays; `record` counts people by replicate."""

    def __init__(self, world: World, crews: Crews, record: Record):
        self.world, self.crews, self.record = world, crews, record
        self.replicate, self.crew, self.place = (np.empty(0, np.int64) for _ in range(3))
        self.heard = np.empty(0, np.int64)
        self.was_found, self.was_let_go, self.applied = (np.empty(0, bool) for _ in range(3))

    def join(self, replicate: np.ndarray, crew: np.ndarray, nearby: np.ndarray) -> None:
        n = len(replicate)
        self.replicate = np.concatenate([self.replicate, replicate])
        self.crew = np.concatenate([self.crew, crew])
        self.place = np.concatenate([self.place, np.where(nearby, NEAR, FAR)])
        self.heard = np.concatenate([self.heard, np.full(n, NEVER)])
        self.was_found, self.was_let_go, self.applied = (
            np.concatenate([x, np.zeros(n, bool)]) for x in (self.was_found, self.was_let_go, self.applied)
        )
        self.record.add("left_nearby", replicate[nearby])
        self.record.add("left_remote", replicate[~nearby])

    def pass_day(self, t: int, day: Host, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One day of all who were away before it; returns cases that crews hear of: (handed over, let go)."""
        world, crews, count = self.world, self.crews, self.record.add
        n = len(self.place)
        hiding, held = (self.place == NEAR) | (self.place == FAR), self.place == CELL

        taken = hiding & (rng.random(n) < happens(world["taken_back"]))
        search = world["find_nearby"] * day["effort"] * np.where(self.place == FAR, world["find_remote"], 1.0)
        search = search * np.where(self.was_let_go, world["found_again"], 1.0)
        found = hiding & ~taken & (rng.random(n) < happens(search))
        applies = hiding & ~taken & ~found & (rng.random(n) < happens(world["apply"] * day["help"]))
        granted = applies & (rng.random(n) < world["grant"])
        ends = held & (rng.random(n) < 1.0 / world["detention_days"])
        handed = ends & (rng.random(n) < day["hand_over"])
        let_go = ends & ~handed

        count("taken_back", self.replicate[taken])
        count("found_events", self.replicate[found])
        count("found", self.replicate[found & ~self.was_found])
        count("applied", self.replicate[applies & ~self.applied])
        count("settled_flow", self.replicate[granted])
        count("handed_over_flow", self.replicate[handed])
        count("let_go", self.replicate[let_go & ~self.was_let_go])
        told = let_go & (t - self.heard >= DAYS_BETWEEN_STORIES)
        self.heard[told] = t
        stories = (
            crews.counts(self.replicate[taken | handed], self.crew[taken | handed]),
            crews.counts(self.replicate[told], self.crew[told]),
        )
        self.was_found |= found
        self.was_let_go |= let_go
        self.applied |= applies
        for who, place in ((taken | handed, GONE), (found, CELL), (granted, FREE), (let_go, NEAR)):
            self.place[who] = place
        return stories

    def people(self, place: int) -> np.ndarray:
        return np.bincount(self.replicate[self.place == place], minlength=len(self.record.series))


class Record:
    """Cumulative counts and cents; `series` as in `Reference`."""

    def __init__(self, replicates: int, days: int):
        self.series = np.zeros((replicates, days, len(SERIES)), np.int64)
        self.now = np.zeros((replicates, len(SERIES)), np.int64)

    def add(self, column: str, replicate: np.ndarray) -> None:
        self.now[:, COLUMN[column]] += np.bincount(replicate, minlength=len(self.now))

    def add_all(self, column: str, amount: np.ndarray) -> None:
        self.now[:, COLUMN[column]] += amount

    def put(self, column: str, amount: np.ndarray) -> None:
        self.now[:, COLUMN[column]] = amount


# --- posts ----------------------------------------------------------------------------------------------------------
class Posts:
    """Who holds the posts; arrays (replicates, posts)."""

    def __init__(self, world: World, crews: Crews, replicates: int, rng: np.random.Generator, record: Record):
        self.world, self.crews, self.rng, self.record = world, crews, rng, record
        shape = (replicates, len(crews.of_post))
        self.people = meet(rng, world, shape)
        builds = rng.random((replicates, len(crews.sizes))) < world["construction_share"]
        self.builds = builds[:, crews.of_post]
        self.contract = int(world["contract_days"])
        self.phase = rng.integers(1, self.contract + 1, shape)
        self.present, self.waits = rng.random(shape) < world["filled"], np.zeros(shape, bool)
        self.since, self.due = np.full(shape, -1), np.full(shape, NEVER)
        self.arrears, self.lost = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        record.add_all("created", self.present.sum(1))

    def come_and_go(self, t: int, day: Host) -> None:
        """People are called home, contracts end, people arrive."""
        home = self.present & (self.rng.random(self.present.shape) < day["recall"])
        self.record.add_all("returned", home.sum(1))
        self.present &= ~home
        turn = (t >= self.phase) & ((t - self.phase) % self.contract == 0)
        self.record.add_all("returned", (turn & self.present).sum(1))
        self.present &= ~turn
        self.lost[turn] = 0
        if day["dispatch"] == 0.0:
            return
        fills = self.waits & (t >= self.due)
        next_term = turn & ~self.waits & (self.rng.random(turn.shape) < day["dispatch"])
        self.record.add_all("created", next_term.sum(1))
        shifts = fills & ~self.builds
        self.builds[shifts] = self.rng.random(int(shifts.sum())) < day["construction_shift"]
        self._take_up(fills | next_term, t)

    def _take_up(self, where: np.ndarray, t: int) -> None:
        for old, new in zip(self.people, meet(self.rng, self.world, int(where.sum())), strict=True):
            old[where] = new
        self.present[where], self.waits[where], self.since[where] = True, False, t
        self.arrears[where], self.lost[where] = 0, 0

    def leave(self, t: int, day: Host, left_yesterday: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Who leaves on day t, and who of them stays nearby; both (replicates, posts)."""
        world, crews, rng, crew = self.world, self.crews, self.rng, self.crews.of_post
        near, far = attractions(world, day, self.people, crews.heard ** world["effort_felt"], crews.belief[:, crew])
        pull = near + far
        takes = (1.0 - crews.watching[:, crew]) * pull / (1.0 + pull)
        may = self.present & (self.since < t)
        own = rng.random(may.shape) < happens(rates(world, self.people.side) * takes)
        asked = rng.random(may.shape) < 1.0 - (1.0 - world["join_chance"]) ** left_yesterday[:, crew]
        leaves = may & (own | (asked & (rng.random(may.shape) < takes)))
        return leaves, leaves & (rng.random(may.shape) < near / pull)

    def empty(self, leaves: np.ndarray, t: int, day: Host) -> None:
        """Posts that were left: what the state loses, and whether somebody will be sent."""
        wage = wages(self.world, day["wage"], self.people.z)
        self.lost = np.where(leaves, cents(wage * day["fee"]) + cents(day["quota"]), self.lost)
        self.present &= ~leaves
        turns = np.maximum(0, (t - self.phase) // self.contract + 1)
        next_turn = self.phase + turns * self.contract
        lag = int(self.world["refill_lag"])
        sent = (
            leaves
            & (self.rng.random(leaves.shape) < day["refill_chance"])
            & (self.rng.random(leaves.shape) < day["dispatch"])
        )
        sent &= t + lag + DAYS_LEFT_FOR_A_FILL_IN <= next_turn
        self.waits |= sent
        self.due[sent] = t + lag
        self.record.add_all("created", sent.sum(1))

    def pay(self, day: Host) -> None:
        """Whole cents of one day."""
        wage, here = wages(self.world, day["wage"], self.people.z), self.present
        gross, fee = cents(wage), cents(wage * day["fee"])
        deductions = np.minimum(cents(wage * day["deductions"]), gross - fee)
        side = np.where(self.people.side, cents(self.world["side_pay"]), 0)
        owed = cents(day["quota"]) + self.arrears
        paid = np.minimum(owed, np.maximum(0, gross - fee - deductions + side))
        self.arrears = np.where(here, owed - paid, self.arrears)
        kept = gross - fee - deductions - paid
        sent = np.floor(self.world["remit_share"] * (kept + side) + 0.5).astype(np.int64)
        accounts = dict(
            gross=gross, to_state=fee + paid, to_enterprise=deductions, kept=kept, side=side, sent_home=sent
        )
        for account, amount in accounts.items():
            self.record.add_all(account, np.where(here, amount, 0).sum(1))
        self.record.add_all("fees_lost", np.where(here, 0, self.lost).sum(1))


# --- days -----------------------------------------------------------------------------------------------------------
def simulate(world: World, schedule: Rows, enterprise_first: np.ndarray, replicates: int, seed: int) -> Reference:
    """`world`: every field of `tables.WORLD`, the attractions a_nearby and a_remote among them. `schedule`: every column
    of `STEP`, float64, (days,). `enterprise_first`: first post of each enterprise, then the number of posts."""
    rng = np.random.Generator(np.random.PCG64(seed))
    days = len(schedule["effort"])
    record = Record(replicates, days)
    crews = Crews(world, np.asarray(enterprise_first), replicates, host(schedule, 0))
    posts, away = Posts(world, crews, replicates, rng, record), Away(world, crews, record)
    mood = np.zeros((replicates, days, len(MOOD)))
    left_construction = np.zeros((replicates, days), np.int64)
    left = np.zeros((replicates, len(crews.sizes)))
    nearby_pay = world["native"] * world["outside_nearby"]
    for t in range(days):
        day = host(schedule, t)
        posts.come_and_go(t, day)
        leaves, nearby = posts.leave(t, day, left)
        handed, let_go = away.pass_day(t, day, rng)
        who, post = np.nonzero(leaves)
        away.join(who, crews.of_post[post], nearby[leaves])
        posts.empty(leaves, t, day)
        left = crews.counts(who, crews.of_post[post])
        left_construction[:, t] = np.bincount(who[posts.builds[leaves]], minlength=replicates)
        crews.end_of_day(day, handed, let_go, left)
        posts.pay(day)
        near, far = away.people(NEAR), away.people(FAR)
        record.add_all("outside", near * cents(nearby_pay) + far * cents(nearby_pay * world["outside_remote"]))
        for column, people in (
            ("waiting", posts.waits.sum(1)), ("at_post", posts.present.sum(1)), ("nearby", near), ("remote", far),
            ("detained", away.people(CELL)), ("handed_over", away.people(GONE)), ("settled", away.people(FREE)),
        ):  # fmt: skip
            record.put(column, people)
        record.series[:, t] = record.now
        mood[:, t, 0], mood[:, t, 1] = crews.mood()
    return Reference(record.series, mood, left_construction.cumsum(1))
