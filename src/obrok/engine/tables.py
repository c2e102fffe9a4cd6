"""Every column of the engine once: what goes in, what is kept, what comes out.

Days are whole numbers from the start of the period, -1 means never; money is whole US cents; hazards are per day.
"""

from __future__ import annotations

import numpy as np

# --- in: one world -------------------------------------------------------------------------------------------------
#: parameters of a world as the rules use them (float64 each; names, units and meanings: `obrok.case.parameters`)
WORLD_FIELDS = (
    *("posts", "construction_share", "crew_size", "contract_days", "refill_lag", "refill_chance"),
    *("wage", "wage_spread", "fee", "deductions", "native", "side_share", "side_pay", "side_contacts"),
    *("outside_nearby", "outside_remote", "remit_share", "quota", "construction_shift", "filled"),
    *("held", "tolerance_spread", "opportunity", "leave_rate", "far_share"),
    *("weight_money", "weight_fair", "weight_risk", "weight_harm", "weight_family"),
    *("perceived_nearby", "perceived_remote", "effort_felt", "effort_heard", "join_chance"),
    *("watch", "watch_max", "recovery", "crew_alarm", "enterprise_alarm", "session_fear"),
    *("belief", "belief_strength", "memory", "reach"),
    *("find_nearby", "find_remote", "found_again", "taken_back", "detention_days", "apply", "grant"),
)
#: the two attractions `a_d` are solved (`people.anchor`), not drawn
WORLD = np.dtype([(name, np.float64) for name in (*WORLD_FIELDS, "a_nearby", "a_remote")])

#: host state and enterprises, day by day, in one city under one policy: effort e, hand-over chance h, help, sessions a
#: week, cases heard of in the news (let go, handed over), dispatch (chance that someone due is sent), recall (chance to
#: be sent home that day), chances of a shift to building and of a fill-in, watching at rest m0, mean wage (USD a month),
#: shares taken, quota (USD a month)
SCHEDULE = np.dtype(
    [
        *((name, np.float64) for name in ("effort", "hand_over", "help", "sessions", "news", "news_handed")),
        *((name, np.float64) for name in ("dispatch", "construction_shift", "refill_chance", "watch")),
        *((name, np.float64) for name in ("recall", "wage", "fee", "deductions", "quota")),
    ]
)
#: the worst days of a schedule for the enterprise and the police: what no hazard of any day goes beyond
BOUNDS = np.dtype(
    [
        (name, np.float64)
        for name in ("effort_hi", "help_hi", "watch_lo", "wage_lo", "fee_hi", "deductions_hi", "quota_hi")
    ]
)

# --- state -----------------------------------------------------------------------------------------------------------
#: a candidate day to come: the day, its height (a hazard per day), where the search goes on after it
CANDIDATE = np.dtype([("day", np.int64), ("height", np.float64), ("spot", np.int64)])
#: a post: key of its person to come; days of rotation and of the next arrival (of a fill-in); a day on which its holder
#: goes; dues lost a day while it is empty; the day something is due, and its neighbours among those due that day; its crew,
#: whether it builds, bands of its holder's candidate days
POST = np.dtype(
    [
        *((name, np.int32) for name in ("term", "fill", "rotation", "arrives", "goes", "lost", "due", "next", "prev")),
        ("crew", np.int32),
        *((name, np.uint8) for name in ("builds", "bands")),
    ],
    align=True,
)
#: who holds a post
HOLDER = np.dtype(
    [
        # own draws; utilities without fear and the readiness they give; weight of fear, chances a day (ω·k); w of leaving
        *((name, np.float64) for name in ("z", "tie", "tolerance", "base_nearby", "base_remote", "open")),
        *((name, np.float64) for name in ("risk", "rate", "bound")),
        ("arrears", np.int64),
        *((name, np.int32) for name in ("gross", "fee", "deductions", "kept", "side_cents", "sent")),
        *((name, np.int32) for name in ("term", "fill", "since")),
        *((name, np.uint8) for name in ("present", "side", "held")),
    ],
    align=True,
)
#: a crew: its posts; belief counts beyond rest, with the day they were reckoned; watching beyond that of its enterprise,
#: with the enterprise's scale of then (`rules.heightened_of`); today's and yesterday's news
CREW = np.dtype(
    [
        *((name, np.float64) for name in ("handed", "let_go", "beyond", "scale")),
        *((name, np.int32) for name in ("first", "last", "firm", "heard_on")),
        *((name, np.int32) for name in ("left", "left_before", "new_handed", "new_let_go")),
    ],
    align=True,
)
#: an enterprise in a city: what its alarms and the days did to watching, up to the day `on`; Σ posts·y over its crews; its
#: crews, its posts, who left it today
FIRM = np.dtype(
    [
        *((name, np.float64) for name in ("scale", "shift", "heightened")),
        *((name, np.int32) for name in ("first_crew", "last_crew", "posts", "left", "on")),
    ],
    align=True,
)
#: someone away: the day something is due, and neighbours among those due that day
AWAY = np.dtype([(name, np.int32) for name in ("due", "next", "prev")])

# --- out: days -----------------------------------------------------------------------------------------------------
STATUSES = ("waiting", "at_post", "nearby", "remote", "detained", "handed_over", "settled", "returned")
WAITING, AT_POST, NEARBY, REMOTE, DETAINED, HANDED_OVER, SETTLED, RETURNED = range(8)
FLOWS = (
    *("left_nearby", "left_remote", "found", "found_events", "taken_back"),
    *("handed_over_flow", "let_go", "applied", "settled_flow", "created"),
)
ACCOUNTS = ("gross", "to_state", "to_enterprise", "kept", "side", "outside", "sent_home", "fees_lost")
#: columns of the daily record (int64): people by status at the day's end, cumulative flows of people, cumulative cents
SERIES = (*STATUSES, *FLOWS, *ACCOUNTS)
COLUMN = {name: i for i, name in enumerate(SERIES)}
# --- out: one row a person who left --------------------------------------------------------------------------------
LEAVER = np.dtype(
    [
        *((name, np.int32) for name in ("post", "term", "fill", "crew", "enterprise", "since")),
        # route taken; status now; status from which first found
        *((name, np.uint8) for name in ("construction", "side", "held", "route", "status", "found_from")),
        # days: left; first found; handed over by police; taken back; first let go; last let-go that others heard of;
        # first application; settled
        *((name, np.int32) for name in ("left", "found", "handed_over", "taken_back", "let_go", "heard")),
        *((name, np.int32) for name in ("applied", "settled")),
    ]
)
