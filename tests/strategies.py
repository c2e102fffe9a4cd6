"""Worlds and schedules for property tests: everything the engine can be told, feedback and quotas included."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

#: parameters that differ between worlds; the rest as in `conftest.PLAIN`
WORLDS = st.fixed_dictionaries(
    {
        "posts": st.integers(1, 60),
        "number": st.integers(0, 2**31),
        "crew_size": st.sampled_from([2, 7, 15]),
        "contract_days": st.sampled_from([30, 200, 1095]),
        "refill_lag": st.sampled_from([1, 7, 90]),
        "refill_chance": st.sampled_from([0.0, 0.5, 1.0]),
        "leave_rate": st.sampled_from([0.01, 0.3, 2.0]),
        "far_share": st.sampled_from([0.0, 0.3, 1.0]),
        "opportunity": st.sampled_from([0.1, 1.0]),
        "watch": st.sampled_from([0.0, 0.3, 0.6]),
        "find_nearby": st.sampled_from([0.0, 0.02, 0.5]),
        "find_remote": st.sampled_from([0.1, 3.0]),
        "found_again": st.sampled_from([0.3, 2.0]),
        "taken_back": st.sampled_from([0.0, 0.01]),
        "apply": st.sampled_from([0.0, 0.02]),
        "join_chance": st.sampled_from([0.0, 0.5, 1.0]),
        "crew_alarm": st.sampled_from([0.0, 50.0]),
        "side_share": st.sampled_from([0.0, 0.5, 1.0]),
        "wage": st.sampled_from([1.0, 873.33, 20000.0]),
        "fee": st.sampled_from([0.0, 0.333, 0.6]),
        "filled": st.sampled_from([0.0, 0.6, 1.0]),
        "remit_share": st.sampled_from([0.0, 0.37, 1.0]),
    }
)


def _path(low: float, high: float):
    """A value that changes on some day, at once or little by little: (first, last, share of days before, in steps)."""
    return st.tuples(st.floats(low, high), st.floats(low, high), st.floats(0, 1), st.booleans())


PATHS = {
    "effort": _path(0.1, 3),
    "hand_over": _path(0, 1),
    "help": _path(0.5, 5),
    "sessions": _path(0, 3),
    "watch": _path(0, 0.9),
    "fee": _path(0, 0.6),
    "deductions": _path(0, 0.4),
    "wage": _path(100, 1500),
    "quota": _path(0, 900),
    "construction_shift": _path(0, 1),
    "refill_chance": _path(0, 1),
}
#: any of the columns that change, days of news and of a recall, how often dispatch is closed, and how few are sent else
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        **PATHS,
        "news": st.tuples(st.integers(0, 10**6), st.floats(0.1, 9)),
        "news_handed": st.tuples(st.integers(0, 10**6), st.floats(0.1, 9)),
        "recall": st.tuples(st.integers(0, 10**6), st.floats(0.05, 1)),
        "dispatch": st.tuples(
            st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([0.0, 0.3]), st.sampled_from([0.5, 1.0])
        ),
    },
)


def columns(changes: dict, days: int) -> dict[str, np.ndarray]:
    """`CHANGES` as columns of a schedule of so many days."""
    out = {}
    for name, value in changes.items():
        column = np.zeros(days)
        if name in PATHS:
            first, last, share, steps = value
            day = int(share * days)
            column[:day] = first
            column[day:] = np.linspace(first, last, days - day) if steps else last
        elif name == "dispatch":
            column[:] = np.where((np.arange(days) + value[0]) // value[1] % 2, value[3], value[2])
        else:
            column[value[0] % days] = value[1]
        out[name] = column
    return out
