"""Sets of parameters at which the engine is judged: from calm to hot, with events, and with every rule at work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from obrok.verify.reference import STEP

#: plausible values of the middle of the road; each setting says what it changes
PLAIN = dict(
    posts=120, construction_share=0.67, crew_size=10, contract_days=1095, refill_lag=60, refill_chance=0.75,
    wage=900, wage_spread=0.08, fee=0.7, deductions=0.07, native=650, side_share=0.33, side_pay=200, side_contacts=1.9,
    outside_nearby=0.65, outside_remote=0.7, remit_share=0.4, held=0.8, tolerance_spread=0.8, opportunity=1 / 30,
    leave_rate=0.3, far_share=0.5, weight_money=0.8, weight_fair=1, weight_risk=2.5, weight_harm=0.5, weight_family=3,
    perceived_nearby=0.7, perceived_remote=0.3, effort_felt=0.5, effort_heard=30, join_chance=0.25, watch=0.5,
    watch_max=0.95, recovery=60, crew_alarm=2, enterprise_alarm=4, session_fear=1, belief=0.8, belief_strength=4,
    memory=180, reach=6, find_nearby=1 / 60, find_remote=0.1, found_again=0.33, taken_back=1 / 2000, detention_days=10.5,
    apply=2e-3, grant=0.5, filled=1,
)  # fmt: skip
#: no feedback of any kind, and no fill-ins
OPEN_LOOP = dict(
    crew_alarm=0, enterprise_alarm=0, session_fear=0, join_chance=0, reach=0, belief_strength=1e12, refill_chance=0
)
REST = dict(
    effort=1,
    hand_over=0.8,
    help=1,
    sessions=1,
    news=0,
    news_handed=0,
    dispatch=1,
    construction_shift=0,
    recall=0,
    quota=0,
)


@dataclass(frozen=True)
class Setting:
    """`parameters`: of the world. `schedule`: every column of `reference.STEP`, (days,). `needs`: columns that an engine
    must follow for this setting to make sense."""

    name: str
    says: str
    parameters: dict[str, float]
    schedule: dict[str, np.ndarray]
    enterprise_first: np.ndarray
    needs: frozenset[str] = frozenset()

    @property
    def days(self) -> int:
        return len(self.schedule["effort"])


def steady(days: int, parameters: dict[str, float], **rows) -> dict[str, np.ndarray]:
    """A schedule at rest, but for the rows given: numbers, or arrays of the days."""
    rest = {**REST, **{name: parameters[name] for name in STEP if name in parameters}}
    return {name: np.broadcast_to(np.asarray(rows.get(name, rest[name]), float), (days,)).copy() for name in STEP}


def ramp(days: int, start: int, half: float) -> np.ndarray:
    """How far an event of day `start` has built up, by day: 0 before, then 1 - 2^(-(t - start + 1)/half)."""
    t = np.arange(days)
    return np.where(t < start, 0.0, 1.0 - 2.0 ** (-(t - start + 1.0) / half))


def setting(name: str, says: str, days: int, shares: tuple[float, ...], rows: dict, needs=(), **changes) -> Setting:
    parameters = {**PLAIN, **changes}
    first = np.floor(np.append(0.0, np.cumsum(shares)) / sum(shares) * parameters["posts"] + 0.5).astype(np.int64)
    return Setting(name, says, parameters, steady(days, parameters, **rows), first, frozenset(needs))


def all_settings(days: int = 330, posts: int = 120) -> list[Setting]:
    """The settings of the check against the reference."""
    start = days // 3
    t, g = np.arange(days), ramp(days, start, 40.0)
    on_the_day = (t == start) * 1.0
    small = dict(posts=posts, contract_days=240, refill_lag=20)
    return [
        setting("calm", "few leave, little is heard", days, (1,), {}, leave_rate=0.1, posts=posts, reach=2),
        setting(
            "hot", "three enterprises; many leave, mates follow, stories and alarms run high",
            days, (3, 2, 1), dict(hand_over=0.5, sessions=2),
            **small, leave_rate=1.2, opportunity=1 / 6, join_chance=0.4, crew_alarm=3, enterprise_alarm=8, reach=4,
            find_nearby=1 / 25, find_remote=0.4, weight_risk=5, belief_strength=2, memory=60, recovery=30, found_again=1,
        ),
        setting(
            "thaw", "an event builds up: police look away, let go, help; one day's news",
            days, (1, 1), dict(effort=8.0 * (0.2 / 8.0) ** g, hand_over=0.9 - 0.8 * g, help=5.0**g, sessions=1 + 2 * g,
                               news=6 * on_the_day),
            **small, leave_rate=0.6, weight_risk=6, effort_felt=0.3, effort_heard=15, belief_strength=3, opportunity=1 / 8,
        ),
        setting(
            "crackdown", "an event at once: police search hard and hand over",
            days, (2, 1), dict(effort=np.where(t < start, 0.5, 10.0), hand_over=np.where(t < start, 0.2, 0.95)),
            **small, leave_rate=1.0, weight_risk=5, effort_felt=0.6, effort_heard=8, join_chance=0.3, belief=0.4,
            taken_back=1 / 300, find_remote=0.5, opportunity=1 / 10,
        ),
        setting(
            "quota", "a quota with arrears, pay that falls, posts moved to building, some posts empty at first, some people not "
            "sent, nobody for a while, a third called home on a day",
            days, (3, 2, 1), dict(quota=np.where(t < start, 620.0, 760.0), fee=0.0, wage=900.0 - 250.0 * g,
                                  construction_shift=0.3 + 0.5 * g, dispatch=np.where((t > start) & (t < start + 50), 0.0, 0.7),
                                  recall=np.where(t == start + 20, 0.35, 0.0),
                                  news_handed=3 * on_the_day, watch=0.3 + 0.3 * g, refill_chance=0.9 - 0.4 * g,
                                  deductions=0.02 + 0.05 * g),
            needs=("quota", "wage", "construction_shift", "dispatch", "recall", "news_handed", "watch", "refill_chance"),
            posts=posts, contract_days=230, refill_lag=15, leave_rate=0.9, wage_spread=0.2, side_share=0.5,
            construction_share=0.3, fee=0.0, watch=0.3, filled=0.8,
        ),
    ]  # fmt: skip
