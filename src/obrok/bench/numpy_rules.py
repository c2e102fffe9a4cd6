"""The model in NumPy: all cities of a batch in flat arrays, one pass a day.

Two ways to ask who leaves. Plain: every holder has a chance every day. Ahead: points (day, height) of a Poisson process
under each holder's largest hazard are scattered over a block of days, and only these are asked whether the day's hazard
reaches their height (thinning: Lewis and Shedler 1979): the same law, at the cost of what might happen. Belief and watching
are kept as numbers that never fade, times a fade that each city has once a day. No savings and no accounts.
"""

from __future__ import annotations

import math
import mmap
import multiprocessing
import time

import numpy as np

from obrok.bench.flat import Flat, flat, part
from obrok.bench.obrok_rules import Clock, Ran
from obrok.bench.setting import Setting
from obrok.engine.tables import (
    AT_POST,
    DETAINED,
    HANDED_OVER,
    NEARBY,
    REMOTE,
    RETURNED,
    SETTLED,
    STATUSES,
    WAITING,
)

#: days whose points are scattered at once
BLOCK = 64
FILL_IN_DAYS, HEARD_AGAIN, NEVER = 180, 90, -(10**6)
#: watching never takes up all its room
MOST = 1.0 - 1e-12


def ranges(first: np.ndarray, size: np.ndarray) -> np.ndarray:
    """first[0], first[0] + 1, … of each range, one after another."""
    ends = np.cumsum(size)
    return np.repeat(first - (ends - size), size) + np.arange(ends[-1] if len(ends) else 0)


class Cities:
    """All that changes; one policy of one city is one of C cities."""

    def __init__(self, a: Flat, rng: np.random.Generator, ahead: bool):
        self.a, self.rng, self.ahead = a, rng, ahead
        w, c, n, k = a.world, a.cities, len(a.crew_of_post), len(a.crew_size)
        self.now = np.zeros((c, len(STATUSES)), np.int32)
        self.mouth = a.mouth
        self.rest_handed = w["belief_strength"] * w["belief"]
        self.rest_let_go = w["belief_strength"] * (1.0 - w["belief"])
        self.heard = a.host["effort"][0].copy()
        self.felt = self.heard ** w["effort_felt"]
        self.fade_heard = 0.5 ** (1.0 / w["effort_heard"])
        # belief and watching beyond rest, times what has faded since day 0
        self.own_handed, self.own_let_go, self.y = np.zeros(k), np.zeros(k), np.zeros(k)
        self.all_handed, self.all_let_go = np.zeros(c), np.zeros(c)
        self.fade_memory, self.fade_recovery = 0.5 ** (1.0 / w["memory"]), 0.5 ** (1.0 / w["recovery"])
        self.left_memory, self.left_recovery = np.ones(c), np.ones(c)
        self.left_yesterday = np.zeros(0, np.int64)  # crews, one entry a departure
        self._people(n)
        self._pools()

    # -- posts and who holds them
    def _people(self, n: int) -> None:
        """Everyone at a post on day 0, the same people under every policy."""
        a, w = self.a, self.a.world
        city = a.city_of_post[: n // a.policies]
        self.near, self.far, self.risk, self.rate, self.top = (np.tile(x, a.policies) for x in self._meet(city))
        contract = w["contract_days"].astype(np.int64)
        phase = 1 + (self.rng.random(len(city)) * contract[city]).astype(np.int64)
        self.rotation = np.tile(phase, a.policies)
        self.present, self.since, self.holder = np.ones(n, bool), np.full(n, -1), np.zeros(n, np.int64)
        self.waits, self.left_on, self.mark = np.zeros(n, bool), np.full(n, -1), np.zeros(n, np.int64)
        self.now[:, AT_POST] = np.bincount(a.city_of_post, minlength=a.cities)
        turns = range(int((a.days - 1) // contract.min()) + 1)
        dates = np.concatenate([self.rotation + k * contract[a.city_of_post] for k in turns])
        within = np.flatnonzero(dates < a.days)
        order = within[np.argsort(dates[within], kind="stable")]
        self.turns = np.split(order % n, np.searchsorted(dates[order], np.arange(1, a.days)))
        self.contract = contract

    def _meet(self, city: np.ndarray) -> tuple[np.ndarray, ...]:
        """New persons: utilities nearby and far without fear, weight of fear, chances a day, largest hazard to leave."""
        a, w, rng, n = self.a, self.a.world, self.rng, len(city)
        wage, native, spread = a.pay["wage"][city], w["native"][city], w["wage_spread"][city]
        wage = np.maximum(0.1 * wage, wage * (1.0 + spread * rng.standard_normal(n)))
        side = rng.random(n) < w["side_share"][city]
        tie = np.where(rng.random(n) < w["held"][city], 0.3 + 0.7 * rng.random(n), 0.0)
        u = rng.random(n)
        tolerance = w["tolerance_spread"][city] * (np.sqrt(3.0) / np.pi) * np.log(u / (1.0 - u))
        kept = 1.0 - a.pay["fee"][city] - a.pay["deductions"][city]
        have = np.maximum(0.0, wage * kept + side * w["side_pay"][city] - a.pay["quota"][city])
        common = (
            w["weight_fair"][city] * np.maximum(0.0, 1.0 - have / native) - w["weight_family"][city] * tie - tolerance
        )
        out = native * w["outside_nearby"][city]
        common -= w["weight_money"][city] * np.log(have + 100.0)
        near = w["a_nearby"][city] + common + w["weight_money"][city] * np.log(out + 100.0)
        far = w["a_remote"][city] + common
        far += w["weight_money"][city] * np.log(out * w["outside_remote"][city] + 100.0)
        pull = np.exp(near) + np.exp(far)
        rate = w["opportunity"][city] * np.where(side, w["side_contacts"][city], 1.0)
        risk = w["weight_risk"][city] * (1.0 + w["weight_harm"][city] * tie) * w["perceived_nearby"][city]
        return near, far, risk, rate, rate * (1.0 - a.host["watch"][0, city]) * pull / (1.0 + pull) * (1.0 + 1e-9)

    def _take_up(self, posts: np.ndarray, t: int) -> None:
        """New people at these posts; they may act from the day after."""
        if not len(posts):
            return
        for old, new in zip(
            (self.near, self.far, self.risk, self.rate, self.top), self._meet(self.a.city_of_post[posts]), strict=True
        ):
            old[posts] = new
        self.present[posts], self.since[posts] = True, t
        self.holder[posts] += 1
        self._count(posts, AT_POST, 1)
        if self.ahead:
            self._scatter(t + 1, posts)

    def _count(self, posts: np.ndarray, status: int, more: int) -> None:
        np.add.at(self.now[:, status], self.a.city_of_post[posts], more)

    # -- points ahead
    def _scatter(self, first: int, posts: np.ndarray | None = None) -> None:
        """Points of these holders (None: all) from day `first` to the end of its block."""
        last = min(self.a.days, (first // BLOCK + 1) * BLOCK)
        if posts is not None and (first % BLOCK == 0 or first >= last):
            return  # a new block begins with everyone
        if posts is None:
            self.points: list[list[tuple[np.ndarray, ...]]] = [[] for _ in range(BLOCK)]
        top = self.top if posts is None else self.top[posts]
        edges = np.cumsum(top)
        n = self.rng.poisson(edges[-1] * (last - first))
        whose = np.searchsorted(edges, np.sort(self.rng.random(n)) * edges[-1], side="right")
        height = self.rng.random(n) * top[whose]
        day = self.rng.integers(first, last, n)
        whose = whose if posts is None else posts[whose]
        order = np.argsort(day, kind="stable")
        here, cuts = np.unique(day[order], return_index=True)
        for d, some in zip(here, np.split(order, cuts[1:]), strict=False):
            self.points[d % BLOCK].append((whose[some], height[some], self.holder[whose[some]]))

    def _asked(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Holders who might leave of their own on day t, and the heights that their hazards must reach."""
        if not self.ahead:
            posts = np.flatnonzero(self.present & (self.since < t))
            return posts, self.rng.standard_exponential(len(posts))
        if t % BLOCK == 0:
            self._scatter(t)
        some = self.points[t % BLOCK]
        if not some:
            return np.empty(0, np.int64), np.empty(0)
        posts, height, holder = (np.concatenate(x) for x in zip(*some, strict=True))
        may = self.present[posts] & (self.holder[posts] == holder) & (self.since[posts] < t)
        return posts[may], height[may]

    # -- leaving
    def _leave(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Posts left on day t, and which of them for nearby."""
        a, rng = self.a, self.rng
        self._see(t)
        posts, height = self._asked(t)
        takes, nearby = self._takes(posts)
        goes = height < self.rate[posts] * takes
        posts, nearby = posts[goes], nearby[goes]
        self.mark[posts] = np.arange(len(posts))
        once = self.mark[posts] == np.arange(len(posts))  # two points of a day are one departure
        posts, nearby = posts[once], nearby[once]
        self.left_on[posts] = t
        crews, departures = np.unique(self.left_yesterday, return_counts=True)
        mates = ranges(a.crew_first[crews], a.crew_size[crews])
        offered = 1.0 - (1.0 - a.world["join_chance"][a.city_of_crew[crews]]) ** departures
        u = rng.random(len(mates))
        mates = mates[u < np.repeat(offered, a.crew_size[crews])]
        mates = mates[self.present[mates] & (self.since[mates] < t) & (self.left_on[mates] < t)]
        takes, close = self._takes(mates)
        joins = rng.random(len(mates)) < takes
        posts, nearby = np.concatenate([posts, mates[joins]]), np.concatenate([nearby, close[joins]])
        return posts, rng.random(len(posts)) < nearby

    def _see(self, t: int) -> None:
        """What holders go by on day t, by city: yesterday's end."""
        w, h, y = self.a.world, self.a.host, max(t - 1, 0)
        self.seen_watch = h["watch"][y]
        self.seen_sessions = w["session_fear"] * h["sessions"][y]
        self.seen_handed = self.rest_handed + self.left_memory * self.all_handed
        self.seen_let_go = self.rest_let_go + self.left_memory * self.all_let_go
        self.own = (1.0 - self.mouth) * self.left_memory

    def _takes(self, posts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Chance to take an opportunity, and to stay nearby then."""
        a = self.a
        crew, city = a.crew_of_post[posts], a.city_of_post[posts]
        rest = self.seen_watch[city]
        m = rest + (a.world["watch_max"][city] - rest) * self.y[crew] * self.left_recovery[city]
        handed = self.seen_handed[city] + self.own[city] * self.own_handed[crew] + self.seen_sessions[city] * m
        belief = handed / (handed + self.seen_let_go[city] + self.own[city] * self.own_let_go[crew])
        fear = self.risk[posts] * self.felt[city] * belief
        near = np.exp(self.near[posts] - fear)
        pull = near + np.exp(self.far[posts] - fear * a.world["perceived_remote"][city])
        return (1.0 - m) * pull / (1.0 + pull), near / pull

    # -- those away and those who wait
    def _pools(self) -> None:
        """Those who wait for a post; those away, with the largest chance of a day that something happens to them."""
        w, h, hazard = self.a.world, self.a.host, np.zeros((4, self.a.cities))
        self.waiting, self.due = np.empty(0, np.int64), np.empty(0, np.int64)
        self.who: np.ndarray = np.empty(0, np.int64)  # the post they left
        self.place: np.ndarray = np.empty(0, np.int64)
        self.told: np.ndarray = np.empty(0, np.int64)  # last day on which mates heard of them
        self.known: np.ndarray = np.empty(0, bool)  # let go before
        self.most: np.ndarray = np.empty(0)
        self.release = 1.0 / w["detention_days"]
        hazard[:3] = self._finding(h["effort"].max(0)) + w["taken_back"] + w["apply"] * h["help"].max(0)
        self.ceiling = -np.expm1(-hazard)
        self.ceiling[3] = self.release

    def _finding(self, effort: np.ndarray) -> np.ndarray:
        """Hazard to be found of those nearby, nearby and known, remote, (3, C)."""
        w = self.a.world
        find = w["find_nearby"] * effort
        return np.stack([find, find * w["found_again"], find * w["find_remote"]])

    def _away(self, t: int) -> None:
        """One day of all who were away before it; what crews hear of it comes into their belief."""
        a, w, h = self.a, self.a.world, self.a.host
        u = self.rng.random(len(self.place))
        some = np.flatnonzero(u < self.most)
        u, place, city = u[some], self.place[some], a.city_of_post[self.who[some]]
        held = place == DETAINED
        kind = np.where(place == NEARBY, self.known[some], 2)
        hazard = w["taken_back"][city]
        taken = ~held & (u < -np.expm1(-hazard))
        hazard = hazard + self._finding(h["effort"][t])[kind, city]
        found = ~held & ~taken & (u < -np.expm1(-hazard))
        hazard = hazard + w["apply"][city] * h["help"][t][city]
        applies = ~held & ~taken & ~found & (u < -np.expm1(-hazard))
        granted = applies & (self.rng.random(len(some)) < w["grant"][city])
        handed = held & (u < self.release[city] * h["hand_over"][t][city])
        let_go = held & ~handed
        after = np.select([taken | handed, found, granted, let_go], [HANDED_OVER, DETAINED, SETTLED, NEARBY], place)
        np.subtract.at(self.now, (city, place), 1)
        np.add.at(self.now, (city, after), 1)
        self.place[some] = after
        self.known[some[let_go]] = True
        self.most[some] = self.ceiling[
            np.where(after == DETAINED, 3, np.where(after == NEARBY, self.known[some], 2)), city
        ]
        news = some[let_go & (t - self.told[some] >= HEARD_AGAIN)]
        self.told[news] = t
        self._hear(self.own_handed, self.all_handed, some[taken | handed])
        self._hear(self.own_let_go, self.all_let_go, news)
        self.most[some[(after == HANDED_OVER) | (after == SETTLED)]] = 0.0
        if t % 16 == 0:
            stays = self.most > 0.0
            self.who, self.place, self.told, self.known, self.most = (
                x[stays] for x in (self.who, self.place, self.told, self.known, self.most)
            )

    def _hear(self, own: np.ndarray, everywhere: np.ndarray, some: np.ndarray) -> None:
        posts = self.who[some]
        crew, city = self.a.crew_of_post[posts], self.a.city_of_post[posts]
        more = 1.0 / self.left_memory[city] / self.fade_memory[city]
        np.add.at(own, crew, more)
        np.add.at(everywhere, city, more * self.mouth[city])

    def _empty(self, posts: np.ndarray, nearby: np.ndarray, t: int) -> None:
        """People leave; some posts will be filled in."""
        a = self.a
        city = a.city_of_post[posts]
        self.present[posts] = False
        place = np.where(nearby, NEARBY, REMOTE)
        self._count(posts, AT_POST, -1)
        np.add.at(self.now, (city, place), 1)
        self.who, self.place = np.concatenate([self.who, posts]), np.concatenate([self.place, place])
        self.known = np.concatenate([self.known, np.zeros(len(posts), bool)])
        self.told = np.concatenate([self.told, np.full(len(posts), NEVER)])
        self.most = np.concatenate([self.most, self.ceiling[np.where(nearby, 0, 2), city]])
        due = t + a.world["refill_lag"][city].astype(np.int64)
        filled = self.rng.random(len(posts)) < a.host["refill_chance"][t][city]
        filled &= due + FILL_IN_DAYS <= self.rotation[posts]
        self.waits[posts[filled]] = True
        self.waiting = np.concatenate([self.waiting, posts[filled]])
        self.due = np.concatenate([self.due, due[filled]])
        self._count(posts[filled], WAITING, 1)

    def _come_and_go(self, t: int) -> None:
        """Contracts end, people arrive."""
        turn = self.turns[t]
        home = turn[self.present[turn]]
        self._count(home, AT_POST, -1)
        self._count(home, RETURNED, 1)
        self.present[home] = False
        self.rotation[turn] += self.contract[self.a.city_of_post[turn]]
        arrives = self.due <= t
        posts = self.waiting[arrives]
        next_term = turn[~self.waits[turn]]
        if len(posts):
            self.waiting, self.due, self.waits[posts] = self.waiting[~arrives], self.due[~arrives], False
            self._count(posts, WAITING, -1)
        self._take_up(np.concatenate([next_term, posts]), t)

    # -- crews
    def _crews(self, t: int, posts: np.ndarray) -> None:
        """News, then watching of the enterprises that people left, then what is heard of police effort."""
        a, w, h = self.a, self.a.world, self.a.host
        self.left_memory *= self.fade_memory
        self.left_recovery *= self.fade_recovery
        self.all_handed += h["news_handed"][t] / self.left_memory
        self.all_let_go += h["news"][t] / self.left_memory
        crew = a.crew_of_post[posts]
        firms, departures = np.unique(a.firm_of_crew[crew], return_counts=True)
        here = ranges(a.firm_first_crew[firms], a.firm_crews[firms])
        city = a.city_of_crew[here]
        left = np.zeros(len(self.y))
        np.add.at(left, crew, 1.0)
        alarm = w["crew_alarm"][city] * left[here] / a.crew_size[here]
        alarm += w["enterprise_alarm"][city] * np.repeat(departures / a.firm_size[firms], a.firm_crews[firms])
        y = self.y[here] * self.left_recovery[city]
        self.y[here] = np.minimum(MOST, 1.0 - (1.0 - y) * np.exp(-alarm)) / self.left_recovery[city]
        self.left_yesterday = crew
        self.heard = h["effort"][t] + (self.heard - h["effort"][t]) * self.fade_heard
        self.felt = self.heard ** w["effort_felt"]

    def day(self, t: int) -> None:
        self._come_and_go(t)
        posts, nearby = self._leave(t)
        self._away(t)
        self._empty(posts, nearby, t)
        self._crews(t, posts)

    def live(self, counts: np.ndarray) -> None:
        """All days. Writes people by status at each day's end, (days, policies, worlds, 8)."""
        for t in range(self.a.days):
            self.day(t)
            counts[t] = self.now.reshape(counts.shape[1:])


#: posts of a batch, each policy counted, by candidate days (few calls) and by the day (what a cache holds)
AHEAD, PLAIN = 1_200_000, 30_000


def run(setting: Setting, seed: int = 1, threads: int = 2, ahead: bool = True, worlds: int | None = None) -> Ran:
    """`threads`: processes. `ahead`: as told at the top. `worlds`: of a batch."""
    begun, n = time.perf_counter(), len(setting.worlds)
    posts = setting.people * len(setting.policies) // n  # of a world
    size = min(worlds or max(1, (AHEAD if ahead else PLAIN) // posts), -(-n // threads))
    batches = [(slice(i, i + size), flat(part(setting, slice(i, i + size)))) for i in range(0, n, size)]
    shape = (setting.days, len(setting.policies), n, len(STATUSES))
    counts = np.frombuffer(mmap.mmap(-1, 4 * math.prod(shape)), np.int32).reshape(shape)
    seeds = np.random.SeedSequence(seed).spawn(len(batches))

    def work(first: int) -> None:
        for (cities, a), chance in list(zip(batches, seeds, strict=True))[first::threads]:
            rng = np.random.Generator(np.random.SFC64(chance))
            Cities(a, rng, ahead).live(counts[:, :, cities])

    before = time.perf_counter() - begun
    with Clock() as clock:
        fork = multiprocessing.get_context("fork") if threads > 1 else None
        others = [fork.Process(target=work, args=(k,)) for k in range(1, threads)] if fork else []
        for other in others:
            other.start()
        work(0)
        for other in others:
            other.join()
            if other.exitcode:
                raise RuntimeError("a process of the NumPy program ended early")
    return Ran(counts.transpose(1, 2, 0, 3), clock.wall, clock.cpu, before)


def most_away(setting: Setting, seed: int = 1_000_003) -> np.ndarray:
    """The most people of one crew who were away at once, of each world under any policy, (n,): for programs of fixed room."""
    a, n = flat(setting), len(setting.worlds)
    cities = Cities(a, np.random.Generator(np.random.SFC64(seed)), ahead=True)
    most, crews = np.zeros(n, np.int64), len(a.crew_size)
    for t in range(a.days):
        cities.day(t)
        here = np.bincount(a.crew_of_post[cities.who[cities.most > 0.0]], minlength=crews)
        np.maximum.at(most, a.city_of_crew % n, here)
    return most
