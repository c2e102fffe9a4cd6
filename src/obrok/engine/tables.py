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
    *("outside_nearby", "outside_remote", "remit_share"),
    *("held", "tolerance_spread", "opportunity", "leave_rate", "far_share"),
    *("weight_money", "weight_fair", "weight_risk", "weight_harm", "weight_family"),
    *("perceived_nearby", "perceived_remote", "effort_felt", "effort_heard", "join_chance"),
    *("watch", "watch_max", "recovery", "crew_alarm", "enterprise_alarm", "session_fear"),
    *("belief", "belief_strength", "memory", "reach"),
    *("find_nearby", "find_remote", "found_again", "taken_back", "detention_days", "apply", "grant"),
)
#: the two attractions `a_d` are solved (`people.anchor`), not drawn
WORLD = np.dtype([(name, np.float64) for name in (*WORLD_FIELDS, "a_nearby", "a_remote")])

#: the host state, day by day, under one policy: effort e, hand-over chance h, help, sessions a week, news of let-go cases
SCHEDULE = np.dtype([(name, np.float64) for name in ("effort", "hand_over", "help", "sessions", "news")])

# --- state: who holds a post ---------------------------------------------------------------------------------------
HOLDER = np.dtype(
    [
        *((name, np.int32) for name in ("term", "fill", "since")),
        *((name, np.uint8) for name in ("present", "side", "held")),
        # utilities without fear, the weight of fear, the family term, chances to leave a day (ω·k)
        *((name, np.float64) for name in ("base_nearby", "base_remote", "risk", "family", "rate")),
        *((name, np.int64) for name in ("gross", "fee", "deductions", "kept", "side_cents", "sent")),
    ]
)

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
#: means over posts at the day's end (float64): watching m, belief b, effort as heard of ê
MOOD = ("watch", "belief", "effort_heard")

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
