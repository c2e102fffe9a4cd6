"""The engine in words: one city of one world, day by day, everyone looked at every day, in plain Python.

Equal bit for bit to the fast kernel (`days`): the same rules and random numbers, none of its lists, bounds or short cuts.
It also keeps a log of what happened to whom, by which rule and on which numbers: `obrok trace` reads it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from obrok import luck
from obrok.engine import rules
from obrok.engine.away import HEARD_AGAIN
from obrok.engine.crews import SMALL
from obrok.engine.people import person
from obrok.engine.plain_state import Alarms, Crew, Fading, Happening, Person, Post, candidate_days, fading, hazard_bound
from obrok.engine.posts import FILL_IN_DAYS
from obrok.engine.tables import (
    AT_POST,
    DETAINED,
    HANDED_OVER,
    LEAVER,
    NEARBY,
    REMOTE,
    RETURNED,
    SERIES,
    SETTLED,
    STATUSES,
)


class City:
    """One city of one world under one policy. Arguments as in `days.simulate`; `run` lives all days.

    `moods[t]`: (watching m, belief b) of each crew that those who decide on day t go by, `felts[t]` police effort as they
    feel it; `log`: what happened to whom."""

    def __init__(self, seed, stream, number, world, firm_first, schedule, limit, peak):
        self.key, self.drawn = (seed, stream, number), world
        self.world, self.limit, self.peak = (_plain(x) for x in (world, limit, peak))
        self.schedule = [_plain(row) for row in schedule]
        self.days = len(schedule)
        self.pay = pay_rows(self.schedule)
        self.series = np.zeros((self.days, len(SERIES)), np.int64)
        self.watch, self.belief = np.zeros(self.days), np.zeros(self.days)
        self.log: list[Happening] = []
        self.left: list[Person] = []
        self.everyone: dict[tuple[int, int, int], Person] = {}
        self.total = dict.fromkeys(SERIES, 0)
        self.memory, self.recovery = (fading(self.world[x], self.days) for x in ("memory", "recovery"))
        self.city_handed, self.city_let_go, self.heightened = Fading(), Fading(), 0.0
        self.heard = self.schedule[0]["effort"]
        self.felt = self.heard ** self.world["effort_felt"]
        self.felts: list[float] = []
        self._lay_out(firm_first)
        self.alarms = [Alarms() for _ in self.firms]
        n = len(self.crews)
        self.mouth = min(1.0, self.world["reach"] / (n - 1)) if n > 1 else 0.0
        self.moods = [self._moods(0)]
        for i in range(len(self.posts)):
            if self.uniform(i, 0, 0, luck.FILLED, 0) < self.world["filled"]:
                self._take_up(i, self._new_person(i), -1)
                self.total["created"] += 1

    # -- who is sent
    def uniform(self, unit: int, term: int, fill: int, purpose: int, day: int) -> float:
        return luck.uniform(*self.key, unit, luck.who(term, fill, purpose), day)

    def _lay_out(self, firm_first) -> None:
        """Posts to enterprises, then in order to crews; each crew builds or logs; each post has its rotation day."""
        w, size = self.world, int(self.world["crew_size"])
        self.crews: list[Crew] = []
        self.posts: list[Post] = []
        self.firms = [range(firm_first[e], firm_first[e + 1]) for e in range(len(firm_first) - 1)]
        for e, firm in enumerate(self.firms):
            for i in firm:
                if (i - firm.start) % size == 0:
                    builds = self.uniform(len(self.crews), 0, 0, luck.SECTOR, 0) < w["construction_share"]
                    self.crews.append(Crew(e, []))
                self.crews[-1].posts.append(i)
                rotation = 1 + int(self.uniform(i, 0, 0, luck.PHASE, 0) * int(w["contract_days"]))
                self.posts.append(Post(len(self.crews) - 1, rotation, int(builds)))

    def _new_person(self, i: int) -> Person:
        p = self.posts[i]
        who = Person(i, p.term, p.fill, *person(*self.key, i, p.term, p.fill, self.drawn))
        self.everyone[who.key] = who
        return who

    def _take_up(self, i: int, who: Person, since: int) -> None:
        p = self.posts[i]
        p.holder, who.status, who.since, who.builds = who, AT_POST, since, p.builds
        p.lost = 0
        self._seek(who, luck.LEAVE, since + 1)

    # -- candidate days
    def _seek(self, who: Person, purpose: int, first: int) -> None:
        """Candidate days from `first` on: day → heights."""
        found = self.heights(who, purpose, who.status)
        who.candidates[purpose] = {day: heights for day, heights in found.items() if day >= first}

    def heights(self, who: Person, purpose: int, status: int) -> dict[int, list[float]]:
        """Every candidate day of a person of that status, with its heights. Band 0 reaches w, each further band twice as
        high as all before."""
        found: dict[int, list[float]] = {}
        w, peak = self._bounds(who, purpose, status)
        band, top = 0, w
        while True:
            low, width = (0.0, w) if band == 0 else (w * 2.0 ** (band - 1), w * 2.0 ** (band - 1))
            for day, height in candidate_days(self.key, who, purpose, band, low, width, self.days):
                found.setdefault(day, []).append(height)
            band += 1
            if top >= peak or band == luck.MAX_BAND:
                break
            top *= 2.0
        return found

    def _bounds(self, who: Person, purpose: int, status: int) -> tuple[float, float]:
        """(w, largest hazard under this policy) of a purpose."""
        w, limit, peak = self.world, self.limit, self.peak
        if purpose == luck.LEAVE:
            return hazard_bound(self._worst(who, limit)), self._worst(who, peak)
        if purpose == luck.RELEASED:
            return hazard_bound(rules.stay_hazard(w["detention_days"])), 0.0
        if purpose == luck.TAKEN_BACK:
            return hazard_bound(w["taken_back"]), 0.0
        if purpose == luck.FOUND:
            often = w["find_nearby"] * (w["find_remote"] if status == REMOTE else max(1.0, w["found_again"]))
            return hazard_bound(often * limit["effort_hi"]), often * peak["effort_hi"]
        return hazard_bound(w["apply"] * limit["help_hi"]), w["apply"] * peak["help_hi"]

    def _happens(self, who: Person, purpose: int, day: int, hazard: float) -> bool:
        return any(height < hazard for height in who.candidates[purpose].get(day, ()))

    # -- leaving
    def _ready(self, who: Person, fear: float, wage_mean, fee, deductions, quota, family: bool = True):
        """(S, e^x_nearby) under a pay; `fear`: of a person for whom being handed over weighs 1."""
        w = self.world
        have = rules.left_over(
            rules.wage_of(wage_mean, w["wage_spread"], who.z),
            w["side_pay"] if who.side else 0.0,
            fee,
            deductions,
            quota,
        )
        out = w["native"] * w["outside_nearby"]
        weights = w["weight_money"], w["weight_fair"], w["weight_family"]
        near = rules.attraction(w["a_nearby"], *weights, out, have, w["native"], who.tie, who.tolerance)
        out *= w["outside_remote"]
        far = rules.attraction(w["a_remote"], *weights, out, have, w["native"], who.tie, who.tolerance)
        if not family:
            near, far = near + w["weight_family"] * who.tie, far + w["weight_family"] * who.tie
        return rules.readiness(near, far, fear, fear * w["perceived_remote"])

    def rate(self, who: Person) -> float:
        return self.world["opportunity"] * (self.world["side_contacts"] if who.side else 1.0)

    def _worst(self, who: Person, limit) -> float:
        """Largest hazard to leave on any day of a schedule with these bounds."""
        s, _ = self._ready(who, 0.0, limit["wage_lo"], limit["fee_hi"], limit["deductions_hi"], limit["quota_hi"])
        return self.rate(who) * (1.0 - limit["watch_lo"]) * (s / (1.0 + s))

    def _mood(self, c: int, day: int) -> tuple[float, float]:
        """(watching m, belief b) of a crew at a day's end."""
        w, crew, row = self.world, self.crews[c], self.schedule[day]
        alarms = self.alarms[crew.firm]
        y = rules.heightened_of(crew.beyond, crew.scale, alarms.scale, alarms.shift, self.recovery[day - alarms.on])
        m = rules.watching(row["watch"], w["watch_max"], y)
        own, city, mouth, left = 1.0 - self.mouth, day, self.mouth, self.memory
        handed = own * crew.handed.value * left[day - crew.handed.day]
        handed += mouth * self.city_handed.value * left[city - self.city_handed.day]
        let_go = own * crew.let_go.value * left[day - crew.let_go.day]
        let_go += mouth * self.city_let_go.value * left[city - self.city_let_go.day]
        a0, b0 = w["belief_strength"] * w["belief"], w["belief_strength"] * (1.0 - w["belief"])
        return m, rules.perceived_hand_over(a0 + handed, b0 + let_go, w["session_fear"], row["sessions"], m)

    def _moods(self, day: int) -> list[tuple[float, float]]:
        return [self._mood(c, day) for c in range(len(self.crews))]

    def view(self, who: Person, t: int):
        """What a holder goes by on day t: watching and belief of yesterday, today's pay → (m, b, S, e^x_nearby)."""
        m, b = self.moods[t][self.posts[who.post].crew]
        return m, b, *self.ready(who, self.felts[t], b, self.schedule[t])

    def ready(self, who: Person, felt: float, b: float, today) -> tuple[float, float]:
        """(S, e^x_nearby) of a holder for whom police effort feels like `felt` and who believes b, under a day's pay."""
        w = self.world
        risk = w["weight_risk"] * (1.0 + w["weight_harm"] * who.tie)
        fear = risk * w["perceived_nearby"] * felt * b
        return self._ready(who, fear, today["wage"], today["fee"], today["deductions"], today["quota"])

    def _own_chance(self, who: Person, t: int) -> bool:
        if t not in who.candidates[luck.LEAVE]:
            return False
        m, b, s, near = self.view(who, t)
        hazard = rules.leave_hazard(self.rate(who), m, s)
        return self._happens(who, luck.LEAVE, t, hazard) and self._goes(who, t, "leaving", m, b, s, near, hazard)

    def _joint_chance(self, who: Person, t: int, offered: float) -> bool:
        if not self.uniform(*who.key, luck.JOIN, t) < offered:
            return False
        m, b, s, near = self.view(who, t)
        takes = (1.0 - m) * s / (1.0 + s)
        return self.uniform(*who.key, luck.JOIN_CHOICE, t) < takes and self._goes(
            who, t, "together", m, b, s, near, takes
        )

    def _goes(self, who: Person, t: int, rule: str, m, b, s, near, hazard) -> bool:
        who.route = NEARBY if self.uniform(*who.key, luck.ROUTE, t) * s < near else REMOTE
        numbers = dict(watch=m, belief=b, felt=self.felt, ready=s / (1.0 + s), nearby=near / s, hazard=hazard)
        self._say(t, who, "left_nearby" if who.route == NEARBY else "left_remote", rule, **numbers)
        return True

    def _say(self, day: int, who: Person, what: str, rule: str, **numbers: float) -> None:
        self.log.append(Happening(day, who.key, what, rule, {k: float(v) for k, v in numbers.items()}))

    # -- a day
    def run(self, each: Callable[[int], None] | None = None) -> City:
        """Lives all days. `each`: told of every day at its end; what it raises ends the run."""
        for t in range(self.days):
            self.felts.append(self.felt)
            self._recall(t)
            self._contracts_and_arrivals(t)
            going = self._who_leaves(t)
            for who in self.left:
                self._away(who, t)
            for who in going:
                self._leave(who, t)
            self._crews(t)
            self._money(t)
            if each:
                each(t)
        return self

    def _go_home(self, p: Post, t: int, rule: str) -> None:
        assert p.holder is not None
        self._say(t, p.holder, "returned", rule)
        p.holder.status, p.holder = RETURNED, None
        self.total["returned"] += 1

    def _recall(self, t: int) -> None:
        chance = self.schedule[t]["recall"]
        for p in self.posts:
            if p.holder and chance > 0 and self.uniform(*p.holder.key, luck.RECALL, t) < chance:
                self._go_home(p, t, "recall")

    def _is_sent(self, i: int, term: int, fill: int, today) -> bool:
        return self.uniform(i, term, fill, luck.SENT, 0) < today["dispatch"]

    def _contracts_and_arrivals(self, t: int) -> None:
        today = self.schedule[t]
        for i, p in enumerate(self.posts):
            if p.rotation == t:
                if p.holder:
                    self._go_home(p, t, "rotation")
                p.rotation += int(self.world["contract_days"])
                p.lost = 0
                if p.waits is None:
                    p.term, p.fill = p.term + 1, 0
                    if self._is_sent(i, p.term, 0, today):
                        self.total["created"] += 1
                        who = self._new_person(i)
                        self._take_up(i, who, t)
                        self._say(t, who, "arrived", "rotation")
            if p.waits and p.arrives <= t and today["dispatch"] > 0:
                who, p.waits = p.waits, None
                if not p.builds and self.uniform(*who.key, luck.SHIFT, 0) < today["construction_shift"]:
                    p.builds = 1
                    self._say(t, who, "shifted", "sector")
                self._take_up(i, who, t)
                self._say(t, who, "arrived", "fill-in")

    def _who_leaves(self, t: int) -> list[Person]:
        holders = [p.holder for p in self.posts if p.holder and p.holder.since < t]
        going = [who for who in holders if self._own_chance(who, t)]
        for crew in self.crews:
            if crew.left_before:
                offered = rules.join_hazard_chance(self.world["join_chance"], crew.left_before)
                held = [self.posts[i].holder for i in crew.posts]
                mates = [who for who in held if who and who.since < t and who not in going]
                going += [who for who in mates if self._joint_chance(who, t, offered)]
        return going

    def _leave(self, who: Person, t: int) -> None:
        p, today = self.posts[who.post], self.schedule[t]
        crew = self.crews[p.crew]
        who.status, who.days["left"] = who.route, t
        self.left.append(who)
        self.total["left_nearby" if who.route == NEARBY else "left_remote"] += 1
        crew.left += 1
        p.holder = None
        p.lost = self._cents(who, t)["fee"] + rules.daily_cents(today["quota"])
        arrives = t + int(self.world["refill_lag"])
        filled = self.uniform(*who.key, luck.REFILL, 0) < today["refill_chance"]
        filled = filled and self._is_sent(who.post, p.term, p.fill + 1, today)
        if filled and arrives + FILL_IN_DAYS <= p.rotation and p.fill + 1 < luck.MAX_FILL:
            p.fill, p.arrives = p.fill + 1, arrives
            p.waits = self._new_person(who.post)
            self.total["created"] += 1
            self._say(t, p.waits, "waiting", "fill-in")
        self._seek_away(who, t + 1)

    def _seek_away(self, who: Person, first: int) -> None:
        away = (luck.TAKEN_BACK, luck.FOUND, luck.APPLY)
        for purpose in (luck.RELEASED,) if who.status == DETAINED else away:
            self._seek(who, purpose, first)

    def _away(self, who: Person, t: int) -> None:
        """Someone away: taken back, found, applies; detained: handed over or let go. The first that happens ends the day."""
        w, today, before = self.world, self.schedule[t], who.status
        crew = self.crews[self.posts[who.post].crew]
        if before == DETAINED:
            self._held(who, t, crew)
        elif before in (NEARBY, REMOTE):
            find = w["find_nearby"] * today["effort"] * (w["find_remote"] if before == REMOTE else 1.0)
            if who.day_of("let_go") >= 0:
                find *= w["found_again"]
            if self._happens(who, luck.TAKEN_BACK, t, w["taken_back"]):
                who.status, who.days["taken_back"] = HANDED_OVER, t
                self.total["taken_back"] += 1
                crew.new_handed += 1
                self._say(t, who, "taken_back", "taken back", hazard=w["taken_back"])
            elif self._happens(who, luck.FOUND, t, find):
                self.total["found_events"] += 1
                if who.day_of("found") < 0:
                    who.days["found"], who.found_from = t, before
                    self.total["found"] += 1
                who.status = DETAINED
                self._say(t, who, "found", "found", hazard=find, effort=today["effort"])
            elif self._happens(who, luck.APPLY, t, w["apply"] * today["help"]):
                self._applies(who, t)
        if who.status != before and who.status <= DETAINED:
            self._seek_away(who, t + 1)

    def _held(self, who: Person, t: int, crew: Crew) -> None:
        hand_over = self.schedule[t]["hand_over"]
        if not self._happens(who, luck.RELEASED, t, rules.stay_hazard(self.world["detention_days"])):
            return
        if self.uniform(*who.key, luck.HAND_OVER, t) < hand_over:
            who.status, who.days["handed_over"] = HANDED_OVER, t
            self.total["handed_over_flow"] += 1
            crew.new_handed += 1
            self._say(t, who, "handed_over", "hand-over", chance=hand_over)
            return
        who.status = NEARBY
        self._say(t, who, "let_go", "hand-over", chance=hand_over)
        if who.day_of("let_go") < 0:
            who.days["let_go"] = t
            self.total["let_go"] += 1
        if who.day_of("heard") < 0 or t - who.days["heard"] >= HEARD_AGAIN:
            who.days["heard"] = t
            crew.new_let_go += 1

    def _applies(self, who: Person, t: int) -> None:
        if who.day_of("applied") < 0:
            who.days["applied"] = t
            self.total["applied"] += 1
        granted = self.uniform(*who.key, luck.GRANT, t) < self.world["grant"]
        self._say(t, who, "settled" if granted else "applied", "asylum", chance=self.world["grant"])
        if granted:
            who.status, who.days["settled"] = SETTLED, t
            self.total["settled_flow"] += 1

    def _crews(self, t: int) -> None:
        """Belief from today's cases, word of mouth and news; then watching; then what is heard of police effort."""
        w, today = self.world, self.schedule[t]
        news, news_handed = today["news"], today["news_handed"]
        stir = news + news_handed > 0
        handed, let_go = sum(c.new_handed for c in self.crews), sum(c.new_let_go for c in self.crews)
        for crew in self.crews:
            if stir or crew.new_handed + crew.new_let_go:
                crew.handed.add(t, crew.new_handed + news_handed, self.memory)
                crew.let_go.add(t, crew.new_let_go + news, self.memory)
            crew.new_handed = crew.new_let_go = 0
        if stir or handed + let_go:
            self.city_handed.add(t, handed + news_handed, self.memory)
            self.city_let_go.add(t, let_go + news, self.memory)
        self.heightened *= rules.fades(w["recovery"])
        for e in range(len(self.firms)):
            self._takes_alarm(e, t)
        for crew in self.crews:
            crew.left_before, crew.left = crew.left, 0
        heard = rules.towards(self.heard, today["effort"], rules.fades(w["effort_heard"]))
        if heard != self.heard:
            self.heard, self.felt = heard, heard ** w["effort_felt"]

    def _takes_alarm(self, e: int, t: int) -> None:
        """An enterprise that people left today watches more; the crews that they left, more still."""
        w, alarms, posts = self.world, self.alarms[e], len(self.firms[e])
        mine = [c for c in self.crews if c.firm == e]
        left = sum(c.left for c in mine)
        if not left:
            return
        fade = self.recovery[t - alarms.on]
        alarms.scale, alarms.shift, alarms.on = alarms.scale * fade, alarms.shift * fade, t
        before = alarms.heightened * fade
        if alarms.scale < SMALL:
            for crew in mine:
                crew.beyond, crew.scale = alarms.scale / crew.scale * crew.beyond, 1.0
            alarms.scale = 1.0
        own = rules.alarm(w["enterprise_alarm"], left, posts)
        after = rules.heightened_after(0.0, own)
        then = [(c, rules.heightened_of(c.beyond, c.scale, alarms.scale, alarms.shift, 1.0)) for c in mine if c.left]
        alarms.scale, alarms.shift = alarms.scale * (1.0 - after), rules.heightened_after(alarms.shift, own)
        alarms.heightened = before * (1.0 - after) + after * posts
        for crew, y in then:
            n = len(crew.posts)
            more = rules.heightened_after(y, rules.alarm(w["crew_alarm"], crew.left, n) + own)
            crew.beyond, crew.scale = more - alarms.shift, alarms.scale
            alarms.heightened += n * (more - rules.heightened_after(y, own))
        self.heightened += alarms.heightened - before

    # -- money and the record
    def _cents(self, who: Person, t: int) -> dict[str, int]:
        """A holder's cents on day t, before any quota."""
        if who.paid_by != self.pay[t]:
            who.paid_by, who.cents = self.pay[t], self._reckoned(who, self.schedule[t])
        return who.cents

    def _reckoned(self, who: Person, today) -> dict[str, int]:
        w = self.world
        wage = rules.wage_of(today["wage"], w["wage_spread"], who.z)
        gross, fee = rules.daily_cents(wage), rules.daily_cents(wage * today["fee"])
        deductions = min(rules.daily_cents(wage * today["deductions"]), gross - fee)
        side = rules.daily_cents(w["side_pay"] if who.side else 0.0)
        return dict(gross=gross, fee=fee, deductions=deductions, kept=gross - fee - deductions, side=side)

    def _money(self, t: int) -> None:
        w, today, total = self.world, self.schedule[t], self.total
        quota = rules.daily_cents(today["quota"])
        for p in self.posts:
            if p.holder is None:
                total["fees_lost"] += p.lost
                continue
            c = self._cents(p.holder, t)
            paid = rules.paid_of_quota(quota + p.holder.arrears, c["kept"] + c["side"])
            p.holder.arrears += quota - paid
            kept = c["kept"] - paid
            total["gross"] += c["gross"]
            total["to_state"] += c["fee"] + paid
            total["to_enterprise"] += c["deductions"]
            total["kept"] += kept
            total["side"] += c["side"]
            total["sent_home"] += rules.sent_home(w["remit_share"], kept + c["side"])
        people = [*(p.holder for p in self.posts if p.holder), *(p.waits for p in self.posts if p.waits), *self.left]
        stock = np.bincount([who.status for who in people], minlength=len(STATUSES))
        out = w["native"] * w["outside_nearby"]
        total["outside"] += int(stock[NEARBY]) * rules.daily_cents(out)
        total["outside"] += int(stock[REMOTE]) * rules.daily_cents(out * w["outside_remote"])
        for status, name in enumerate(STATUSES):
            if status != RETURNED:
                total[name] = int(stock[status])
        self.series[t] = [total[name] for name in SERIES]
        n = len(self.posts)
        self.watch[t] = rules.watching(today["watch"], w["watch_max"], self.heightened / n)
        self.moods.append(self._moods(t))
        believed = 0.0
        for crew, (_, b) in zip(self.crews, self.moods[-1], strict=True):
            believed += len(crew.posts) * b
        self.belief[t] = believed / n

    def leavers(self) -> np.ndarray:
        """Everyone who left, as the kernel tells it (`tables.LEAVER`), by day and post."""
        out = np.zeros(len(self.left), LEAVER)
        for row, who in zip(out, sorted(self.left, key=lambda x: (x.days["left"], x.post)), strict=True):
            crew = self.posts[who.post].crew
            row["post"], row["term"], row["fill"], row["since"] = who.post, who.term, who.fill, who.since
            row["crew"], row["enterprise"] = crew, self.crews[crew].firm
            row["construction"], row["side"], row["held"] = who.builds, who.side, who.tie > 0
            row["route"], row["status"], row["found_from"] = who.route, who.status, who.found_from
            for name in ("left", "found", "handed_over", "taken_back", "let_go", "heard", "applied", "settled"):
                row[name] = who.day_of(name)
        return out


def _plain(record) -> dict[str, float]:
    """A row of a table by name: much quicker to look into."""
    return dict(zip(record.dtype.names, record.tolist(), strict=True))


def pay_rows(schedule: list[dict[str, float]]) -> list[int]:
    """Of each day the first of the days since when pay and what is taken of it have been the same."""
    out: list[int] = []
    for t, today in enumerate(schedule):
        same = t > 0 and all(today[x] == schedule[t - 1][x] for x in ("wage", "fee", "deductions"))
        out.append(out[-1] if same else t)
    return out
