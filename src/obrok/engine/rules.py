"""One small pure function per rule of the model, on scalars. A rule takes its chance number, it never draws it.

Hazards are per day; the chance on a day is 1 - exp(-hazard). Symbols as in docs/model.md.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from obrok.engine.functions import cos_turn, exp, log


@njit(cache=True, error_model="numpy")
def stay_hazard(mean_days):
    """Hazard per day whose mean stay is `mean_days` (> 1) whole days: -ln(1 - 1/D)."""
    return -math.log1p(-1.0 / mean_days)


@njit(cache=True, error_model="numpy")
def fades(half_life):
    """What is left after one day of something that halves every `half_life` days: 2^(-1/half_life)."""
    return 2.0 ** (-1.0 / half_life)


@njit(cache=True, error_model="numpy")
def logistic_quantile(u, sd):
    """Logistic number of mean 0 and standard deviation `sd` at probability u (tolerance θ)."""
    return sd * math.sqrt(3.0) / math.pi * log(u / (1.0 - u))


@njit(cache=True, error_model="numpy")
def normal_pair(u1, u2):
    """A standard normal number from two uniform ones (Box and Muller 1958)."""
    return math.sqrt(-2.0 * log(u1)) * cos_turn(u2)


@njit(cache=True, error_model="numpy")
def wage_of(mean, spread, z):
    """A person's monthly wage in USD: normal around the world's mean, not below a tenth of it."""
    return max(0.1 * mean, mean * (1.0 + spread * z))


@njit(cache=True, error_model="numpy")
def family_tie(is_held, u):
    """Family tie f: 0 for people without family held at home, else 0.3 + 0.7u."""
    return 0.3 + 0.7 * u if is_held else 0.0


@njit(cache=True, error_model="numpy")
def left_over(wage, side, fee, deductions, quota):
    """kept + side in USD a month: what is left of pay and side job when fee, deductions (shares of pay) and quota are taken."""
    return max(0.0, wage * (1.0 - fee - deductions) + side - quota)


@njit(cache=True, error_model="numpy")
def attraction(a, money, fair, family, out, have, native, tie, tolerance):
    """x_d without fear: a_d + β_money·ln((out+100)/(have+100)) + β_fair·max(0, 1-have/native) - β_family·f - θ.

    `out`, `have` (kept + side, `left_over`), `native` in USD a month.
    """
    return (
        a
        + money * log((out + 100.0) / (have + 100.0))
        + fair * max(0.0, 1.0 - have / native)
        - family * tie
        - tolerance
    )


@njit(cache=True, error_model="numpy")
def readiness(base_nearby, base_remote, fear_nearby, fear_remote):
    """(S, e^x_nearby) with S = e^x_nearby + e^x_remote; an opportunity is taken with chance S/(1+S) where nobody watches."""
    nearby = exp(base_nearby - fear_nearby)
    return nearby + exp(base_remote - fear_remote), nearby


@njit(cache=True, error_model="numpy")
def leave_hazard(rate, watch, s):
    """λ_leave = ω·k·(1-m)·S/(1+S); `rate` = ω·k, chances a day."""
    return rate * (1.0 - watch) * s / (1.0 + s)


@njit(cache=True, error_model="numpy")
def join_hazard_chance(join_chance, departures):
    """Chance that a mate gets an opportunity on the day after D departures from the crew: 1 - (1 - join_chance)^D."""
    return 1.0 - (1.0 - join_chance) ** departures


@njit(cache=True, error_model="numpy")
def towards(value, rest, fade):
    """A value that returns to its rest: rest + (value - rest)·fade. Belief counts, watching, effort as heard of."""
    return rest + (value - rest) * fade


@njit(cache=True, error_model="numpy")
def perceived_hand_over(handed, let_go, session_fear, sessions, watch):
    """b = (A + s)/(A + s + B), s = session_fear·sessions_per_week·m."""
    s = session_fear * sessions * watch
    return (handed + s) / (handed + s + let_go)


@njit(cache=True, error_model="numpy")
def watching(rest, most, heightened):
    """m = m0 + (m_max - m0)·y: watching of a crew; y is the share of the room between rest and most that is taken up."""
    return rest + (most - rest) * heightened


@njit(cache=True, error_model="numpy")
def alarm(weight, left, posts):
    """A day's departures as a crew (crew_alarm) or an enterprise (enterprise_alarm) takes them: weight·d/n."""
    return weight * left / posts


@njit(cache=True, error_model="numpy")
def heightened_after(heightened, alarm):
    """y after a day with departures: 1 - (1 - y)·exp(-alarm), that is m ← m_max - (m_max - m)·exp(-alarm).

    Kept below 1 where the difference is lost in rounding.
    """
    return min(1.0 - (1.0 - heightened) * exp(-alarm), 1.0 - 1e-12)


@njit(cache=True, error_model="numpy")
def heightened_of(beyond, then, scale, shift, fade):
    """y of a crew: what its enterprise's alarms and the days since made of it.

    An alarm takes every y of an enterprise to y·E + (1 - E), E = exp(-alarm), and a day takes it to y·f: together one map
    y ↦ scale·y + shift from the first day on. A crew that people left themselves keeps how far it then was `beyond` the
    shift, and the scale `then`. `fade`: what is left after the days since the enterprise's last alarm.
    """
    return min(max((scale / then * beyond + shift) * fade, 0.0), 1.0 - 1e-12)


@njit(cache=True, error_model="numpy")
def paid_of_quota(due, available):
    """Cents paid of a day's quota and arrears: all that is due, or all there is."""
    return min(due, max(0, available))


@njit(cache=True, error_model="numpy")
def sent_home(share, left):
    """Cents sent home a day out of `left` cents kept and from side jobs: floor(share·left + 0.5)."""
    return np.int64(np.floor(share * left + 0.5))


@njit(cache=True, error_model="numpy")
def daily_cents(usd_a_month):
    """Whole cents a day from USD a month: floor(x·12·100/365 + 0.5)."""
    return np.int64(np.floor(usd_a_month * 12.0 * 100.0 / 365.0 + 0.5))
