"""The model in Mesa 3, as its documentation writes models: persons, crews and enterprises are agents with methods, a city
under a policy is a Model, a day is a step, a DataCollector takes the counts. Chances every day, 1 − exp(−hazard).

`AgentSet.do`, not `shuffle_do`: nobody sees another before the day's end, so order does not matter. Kindnesses: people by
status are counted as they change, contracts and arrivals are looked up by day, and whoever is gone for good is removed.
No savings, no accounts.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import mesa
import numpy as np

from obrok.bench.flat import FOLLOWED, PAY, idle
from obrok.bench.obrok_rules import Ran
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

FILL_IN_DAYS, HEARD_AGAIN, NEVER = 180, 90, -(10**6)
MOST = 1.0 - 1e-12


def chance(hazard: float) -> float:
    """Chance on a day of what has this hazard."""
    return -math.expm1(-hazard)


@dataclass
class Post:
    crew: Crew
    rotation: int
    holder: Person | None = None
    awaited: bool = False


class Person(mesa.Agent):
    """Who holds, held or waits for a post."""

    def __init__(self, model: City, post: Post, status: int, since: int):
        super().__init__(model)
        w, random = model.world, self.random
        self.post, self.crew, self.status, self.since = post, post.crew, status, since
        self.let_go, self.told = False, NEVER
        pay = model.pay
        wage = max(0.1 * pay["wage"], pay["wage"] * (1.0 + w["wage_spread"] * random.gauss(0.0, 1.0)))
        side = random.random() < w["side_share"]
        tie = 0.3 + 0.7 * random.random() if random.random() < w["held"] else 0.0
        u = random.random()
        tolerance = w["tolerance_spread"] * math.sqrt(3.0) / math.pi * math.log(u / (1.0 - u))
        left = wage * (1.0 - pay["fee"] - pay["deductions"]) + (w["side_pay"] if side else 0.0) - pay["quota"]
        have, nearby = max(0.0, left), w["native"] * w["outside_nearby"]
        common = w["weight_fair"] * max(0.0, 1.0 - have / w["native"]) - w["weight_family"] * tie - tolerance
        gain = math.log((nearby + 100.0) / (have + 100.0))
        self.near = w["a_nearby"] + w["weight_money"] * gain + common
        gain = math.log((nearby * w["outside_remote"] + 100.0) / (have + 100.0))
        self.far = w["a_remote"] + w["weight_money"] * gain + common
        self.risk = w["weight_risk"] * (1.0 + w["weight_harm"] * tie) * w["perceived_nearby"]
        self.rate = w["opportunity"] * (w["side_contacts"] if side else 1.0)
        model.people[status] += 1

    def become(self, status: int) -> None:
        self.model.people[self.status] -= 1
        self.model.people[status] += 1
        self.status = status
        if status >= HANDED_OVER:
            self.remove()

    def step(self) -> None:
        """One day of a life."""
        if self.status == AT_POST:
            self.work()
        elif self.status == DETAINED:
            self.wait_in_detention()
        elif self.status != WAITING:
            self.hide()

    def arrive(self) -> None:
        self.become(AT_POST)
        self.post.holder, self.post.awaited, self.since = self, False, self.model.day

    def work(self) -> None:
        if self.since == self.model.day:
            return
        crew, random = self.crew, self.random.random
        fear = self.risk * crew.dread
        near = math.exp(self.near - fear)
        pull = near + math.exp(self.far - fear * self.model.perceived_remote)
        takes = (1.0 - crew.watch) * pull / (1.0 + pull)
        own = random() < chance(self.rate * takes)
        if own or (crew.offered > 0.0 and random() < crew.offered and random() < takes):
            self.leave(NEARBY if random() * pull < near else REMOTE)

    def leave(self, route: int) -> None:
        self.become(route)
        self.crew.left += 1
        self.post.holder = None
        self.model.send_for(self.post)

    def hide(self) -> None:
        model, random = self.model, self.random.random
        if random() < model.chance_taken:
            self.crew.handed += 1
            self.become(HANDED_OVER)
        elif random() < model.chance_found[self.status == REMOTE, self.let_go]:
            self.become(DETAINED)
        elif random() < model.chance_applies and random() < model.world["grant"]:
            self.become(SETTLED)

    def wait_in_detention(self) -> None:
        model, random = self.model, self.random.random
        if random() >= model.chance_released:
            return
        if random() < model.hand_over:
            self.crew.handed += 1
            self.become(HANDED_OVER)
            return
        self.become(NEARBY)
        self.let_go = True
        if model.day - self.told >= HEARD_AGAIN:
            self.told = model.day
            self.crew.let_go += 1


class Enterprise(mesa.Agent):
    """An enterprise: its crews."""

    def __init__(self, model: City):
        super().__init__(model)
        self.crews: list[Crew] = []

    def step(self) -> None:
        """Every crew is watched more where people left."""
        w, left = self.model.world, sum(crew.left for crew in self.crews)
        posts = sum(len(crew.posts) for crew in self.crews)
        for crew in self.crews:
            alarm = w["crew_alarm"] * crew.left / len(crew.posts) + w["enterprise_alarm"] * left / posts
            crew.heightened = min(MOST, 1.0 - (1.0 - crew.heightened * self.model.fade_recovery) * math.exp(-alarm))


class Crew(mesa.Agent):
    """Posts that see each other: belief counts beyond rest, watching, what happened today."""

    def __init__(self, model: City, enterprise: Enterprise):
        super().__init__(model)
        self.posts: list[Post] = []
        self.heard_handed = self.heard_let_go = self.heightened = self.offered = 0.0
        self.left = self.handed = self.let_go = 0
        enterprise.crews.append(self)
        self.see()

    def see(self) -> None:
        """What people go by tomorrow."""
        w, model = self.model.world, self.model
        self.watch = model.today["watch"] + (w["watch_max"] - model.today["watch"]) * self.heightened
        handed = w["belief_strength"] * w["belief"] + self.heard_handed
        handed += w["session_fear"] * model.today["sessions"] * self.watch
        let_go = w["belief_strength"] * (1.0 - w["belief"]) + self.heard_let_go
        self.dread = handed / (handed + let_go) * model.felt

    def step(self) -> None:
        """Cases of the crew, and some of the others of the city, come into belief; then tomorrow's view."""
        model = self.model
        fade, mouth, today = model.fade_memory, model.mouth, model.today
        handed = self.handed + mouth * (model.handed - self.handed) + today["news_handed"]
        let_go = self.let_go + mouth * (model.let_go - self.let_go) + today["news"]
        self.heard_handed = self.heard_handed * fade + handed
        self.heard_let_go = self.heard_let_go * fade + let_go
        self.offered = 1.0 - (1.0 - model.world["join_chance"]) ** self.left
        self.left = self.handed = self.let_go = 0
        self.see()


class City(mesa.Model):
    """One city of one world under one policy. `host`: column → its days."""

    def __init__(self, world: dict[str, float], host: dict[str, list[float]], firm_first: list[int], seed: int):
        super().__init__(seed=seed)
        self.world, self.host, self.day = world, host, 0
        self.people = [0] * len(STATUSES)
        self.pay = {name: host[name][0] for name in PAY}
        self.fade_memory, self.fade_recovery = 0.5 ** (1.0 / world["memory"]), 0.5 ** (1.0 / world["recovery"])
        self.fade_effort = 0.5 ** (1.0 / world["effort_heard"])
        self.perceived_remote = world["perceived_remote"]
        self.chance_taken, self.chance_released = chance(world["taken_back"]), 1.0 / world["detention_days"]
        self.today = {name: days[0] for name, days in host.items()}
        self.effort = self.today["effort"]
        self.felt = self.effort ** world["effort_felt"]
        self.turns: dict[int, list[Post]] = defaultdict(list)
        self.arrivals: dict[int, list[Person]] = defaultdict(list)
        self.handed = self.let_go = 0
        for first, last in pairwise(firm_first):
            self._build(Enterprise(self), last - first)
        crews = len(self.agents_by_type[Crew])
        self.mouth = min(1.0, world["reach"] / (crews - 1)) if crews > 1 else 0.0
        reporters = {name: lambda model, k=k: model.people[k] for k, name in enumerate(STATUSES)}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def _build(self, enterprise: Enterprise, posts: int) -> None:
        size, contract = int(self.world["crew_size"]), int(self.world["contract_days"])
        for i in range(posts):
            if i % size == 0:
                crew = Crew(self, enterprise)
            post = Post(crew, 1 + int(self.random.random() * contract))
            crew.posts.append(post)
            self.turns[post.rotation].append(post)
            post.holder = Person(self, post, AT_POST, -1)

    def send_for(self, post: Post) -> None:
        """A post that was left is filled in, with some chance, where it is worth it."""
        due = self.day + int(self.world["refill_lag"])
        filled = self.random.random() < self.today["refill_chance"]
        if filled and due + FILL_IN_DAYS <= post.rotation:
            post.awaited = True
            self.arrivals[due].append(Person(self, post, WAITING, NEVER))

    def rotate(self, post: Post) -> None:
        """A contract ends; unless somebody is on the way, the next person comes."""
        if post.holder:
            post.holder.become(RETURNED)
        post.rotation += int(self.world["contract_days"])
        self.turns[post.rotation].append(post)
        post.holder = None if post.awaited else Person(self, post, AT_POST, self.day)

    def step(self) -> None:
        w, today = self.world, self.today
        for name, days in self.host.items():
            today[name] = days[self.day]
        find = w["find_nearby"] * today["effort"]
        self.chance_found = {
            (far, known): chance(find * (w["find_remote"] if far else 1.0) * (w["found_again"] if known else 1.0))
            for far in (False, True)
            for known in (False, True)
        }
        self.chance_applies, self.hand_over = chance(w["apply"] * today["help"]), today["hand_over"]
        for post in self.turns.pop(self.day, ()):
            self.rotate(post)
        for person in self.arrivals.pop(self.day, ()):
            person.arrive()
        self.agents_by_type[Person].do("step")
        crews = self.agents_by_type[Crew]
        self.handed, self.let_go = sum(crews.get("handed")), sum(crews.get("let_go"))
        self.agents_by_type[Enterprise].do("step")
        self.effort = today["effort"] + (self.effort - today["effort"]) * self.fade_effort
        self.felt = self.effort ** w["effort_felt"]
        crews.do("step")
        self.datacollector.collect(self)
        self.day += 1


def lived(world: dict, host: dict, firm_first: list[int], seed: int) -> tuple[np.ndarray, float]:
    """People by status at each day's end, (days, 8), and processor seconds."""
    begun = time.process_time()
    model = City(world, host, firm_first, seed)
    for _ in range(len(host["effort"])):
        model.step()
    counts = np.array([model.datacollector.model_vars[name] for name in STATUSES], np.int32).T
    return counts, time.process_time() - begun


def run(setting: Setting, seed: int = 1, threads: int = 2) -> Ran:
    """One model after another, in so many processes."""
    begun = time.perf_counter()
    idle(setting)
    policies, n, days = setting.schedules.shape
    names = setting.worlds.dtype.names or ()
    rows = setting.schedules
    jobs = []
    for k, chance_of in enumerate(np.random.SeedSequence(seed).generate_state(policies * n)):
        p, i = divmod(k, n)
        world = {name: float(setting.worlds[name][i]) for name in names}
        host = {name: rows[name][p, i].tolist() for name in FOLLOWED + PAY}
        jobs.append((world, host, setting.firm_first[i].tolist(), int(chance_of)))
    with ProcessPoolExecutor(threads, multiprocessing.get_context("fork")) as pool:
        list(pool.map(time.sleep, [0.05] * threads))  # the processes have begun
        start = time.perf_counter()
        found = list(pool.map(lived, *zip(*jobs, strict=True), chunksize=4))
        wall = time.perf_counter() - start
    counts = np.array([c for c, _ in found]).reshape(policies, n, days, len(STATUSES))
    return Ran(counts, wall, sum(cpu for _, cpu in found), start - begun)
