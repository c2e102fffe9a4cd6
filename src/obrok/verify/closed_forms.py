"""What the model says exactly where nothing feeds back: products of daily matrices, and other closed forms.

Without feedback (no alarms, no joint departures, no stories: `is_open_loop`) persons are independent. One post is then
worked out exactly, day by day: its rotation dates are averaged over the phase, its persons over their traits, and who
has left goes through a chain of daily matrices. Posts add up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import optimize

from obrok.verify.reference import (
    Host,
    People,
    Rows,
    World,
    attractions,
    halves,
    happens,
    host,
    rates,
    take_home,
    wages,
)

#: places of those who left: hiding near or far before a first arrest, under arrest for the first time, released and
#: near, under arrest again; each with and without an application behind them; then for good
NEAR, FAR, CELL, FREED, CELL_AGAIN = range(5)
APPLIED = 5
POLICE, TAKEN, SETTLED = 10, 11, 12
PLACES = 13

COUNTS = (
    *("at_post", "nearby", "remote", "detained", "handed_over", "settled", "returned", "created"),
    *("left_nearby", "left_remote", "found", "found_events", "taken_back", "handed_over_flow", "let_go"),
    *("applied", "settled_flow"),
)


class Exact(NamedTuple):
    """Mean and variance of one post's counts, float64, (days, columns of `COUNTS`); mean cents by account, (days,)."""

    mean: np.ndarray
    variance: np.ndarray
    cents: dict[str, np.ndarray]


def is_open_loop(world: World) -> bool:
    """Nothing feeds back, and no fill-in ties the lives of two persons together."""
    off = ("reach", "crew_alarm", "enterprise_alarm", "session_fear", "join_chance", "refill_chance")
    return all(world[name] == 0 for name in off) and world["belief_strength"] >= 1e9


def kinds_of_people(world: World) -> tuple[np.ndarray, People]:
    """Weights and traits of a grid over persons: sums over it are means over persons.

    Gauss-Hermite in pay, Gauss-Legendre in the tie of those with family held, the trapezoid rule in tolerance (which
    converges fastest of all for smooth densities on the whole line: Trefethen and Weideman 2014).
    """
    z, z_weight = np.polynomial.hermite_e.hermegauss(10)
    u, u_weight = np.polynomial.legendre.leggauss(8)
    scale = world["tolerance_spread"] * np.sqrt(3.0) / np.pi
    steps = np.arange(-33, 34) * 0.75
    density = 0.25 / np.cosh(steps / 2.0) ** 2
    held, side = world["held"], world["side_share"]
    axes = (
        (z, z_weight / z_weight.sum()),
        (np.array([0.0, 1.0]), np.array([1.0 - side, side])),
        (np.append(0.0, 0.65 + 0.35 * u), np.append(1.0 - held, held * u_weight / 2.0)),
        (steps * scale, density / density.sum()),
    )
    traits = [x.ravel() for x in np.meshgrid(*(values for values, _ in axes), indexing="ij")]
    weights = [x.ravel() for x in np.meshgrid(*(weight for _, weight in axes), indexing="ij")]
    return np.prod(weights, axis=0), People(traits[0], traits[1] > 0.5, traits[2], traits[3])


# --- the anchor -----------------------------------------------------------------------------------------------------
def anchor(world: World, day: Host, weight: np.ndarray, people: People) -> tuple[float, float]:
    """The attractions at which these people, at rest and at effort 1, leave by each route as the world's rates say."""
    belief = resting_belief(world, day)
    pull = {**world, "a_nearby": 0.0, "a_remote": 0.0}
    near, far = attractions(pull, day, people, 1.0, belief)
    open_ = weight * rates(world, people.side) * (1.0 - day["watch"]) * 365.0
    target = world["leave_rate"] * np.array([1.0 - world["far_share"], world["far_share"]])

    def missed(a):
        e_near, e_far = np.exp(a[0]) * near, np.exp(a[1]) * far
        share = open_ / (1.0 + e_near + e_far)
        return np.log(np.array([(share * e_near).sum(), (share * e_far).sum()]) / target)

    start = np.log(target / np.array([(open_ * near).sum(), (open_ * far).sum()]))
    found = optimize.root(missed, start, tol=1e-12)
    if not found.success and np.abs(missed(found.x)).max() > 1e-8:
        raise ArithmeticError(f"no attractions give the rates of the anchor: {found.message}")
    return float(found.x[0]), float(found.x[1])


def resting_belief(world: World, day: Host) -> float:
    """Belief at rest, with the sessions of that day."""
    worse = world["belief_strength"] * world["belief"]
    worse += world["session_fear"] * day["sessions"] * day["watch"]
    return worse / (worse + world["belief_strength"] * (1.0 - world["belief"]))


def anchored(world: World, schedule: Rows) -> dict[str, float]:
    """The world with its attractions, solved over the whole distribution of persons."""
    near, far = anchor(world, host(schedule, 0), *kinds_of_people(world))
    return {**world, "a_nearby": near, "a_remote": far}


# --- leaving --------------------------------------------------------------------------------------------------------
class Holder(NamedTuple):
    """Chances of one person who may act from day a + 1: leaving on day t, near or far, (starts, days); chance of being
    there at the end of day t, times 1 and times the cents of each account. Rows: a = -1, 0, 1, …"""

    near: np.ndarray
    far: np.ndarray
    cents: dict[str, np.ndarray]


def holders(world: World, schedule: Rows) -> Holder:
    """A person's chances by first day, traits averaged."""
    weight, people = kinds_of_people(world)
    days = len(schedule["effort"])
    belief, heard, stays = world["belief"], float(schedule["effort"][0]), np.ones((days + 1, len(weight)))
    leaves_near = np.zeros((days, len(weight)))
    leaves = np.zeros_like(leaves_near)
    pay = {name: np.zeros_like(leaves_near) for name in ("gross", "to_state", "to_enterprise", "kept", "side")}
    for t in range(days):
        day, seen = host(schedule, t), host(schedule, max(t - 1, 0))
        near, far = attractions(world, day, people, heard ** world["effort_felt"], belief)
        takes = (1.0 - seen["watch"]) * (near + far) / (1.0 + near + far)
        leaves[t] = happens(rates(world, people.side) * takes)
        leaves_near[t] = leaves[t] * near / (near + far)
        stays[t + 1] = stays[t] * (1.0 - leaves[t])
        heard = day["effort"] + (heard - day["effort"]) * halves(world["effort_heard"])
        wage = wages(world, day["wage"], people.z) * 1200.0 / 365.0
        pay["gross"][t], pay["side"][t] = wage, people.side * np.floor(world["side_pay"] * 1200.0 / 365.0 + 0.5)
        pay["to_state"][t], pay["to_enterprise"][t] = wage * day["fee"], wage * day["deductions"]
        pay["kept"][t] = take_home(wage, 0.0, day["fee"], day["deductions"], 0.0)
    start = weight / stays  # row a + 1: alive at the end of day a
    later = np.arange(days)[None, :] - np.arange(-1, days)[:, None]
    acts, there = later >= 1, later >= 0
    return Holder(
        np.where(acts, start @ (stays[:-1] * leaves_near).T, 0.0),
        np.where(acts, start @ (stays[:-1] * (leaves - leaves_near)).T, 0.0),
        {name: np.where(there, start @ (stays[1:] * cents).T, 0.0) for name, cents in pay.items()},
    )


# --- away -----------------------------------------------------------------------------------------------------------
def away_matrices(world: World, day: Host) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The matrix of a day for who was away before it, (places, places), and of what is counted on the way, the same."""
    move = np.zeros((PLACES, PLACES))
    counted = {name: np.zeros((PLACES, PLACES)) for name in ("found", "found_events", "let_go", "applied")}
    taken, ends = happens(world["taken_back"]), 1.0 / world["detention_days"]
    applies, grant = happens(world["apply"] * day["help"]), world["grant"]
    for applied in (0, APPLIED):
        for place, factor in ((NEAR, 1.0), (FAR, world["find_remote"]), (FREED, world["found_again"])):
            here, cell = place + applied, (CELL_AGAIN if place == FREED else CELL) + applied
            found = (1.0 - taken) * happens(world["find_nearby"] * day["effort"] * factor)
            asks = (1.0 - taken - found) * applies
            move[here, TAKEN], move[here, cell], move[here, SETTLED] = taken, found, asks * grant
            move[here, place + APPLIED] += asks * (1.0 - grant)
            move[here, here] += 1.0 - taken - found - asks
            counted["found_events"][here, cell] = found
            if place != FREED:
                counted["found"][here, cell] = found
            if not applied:
                counted["applied"][here, place + APPLIED] = asks * (1.0 - grant)
                counted["applied"][here, SETTLED] = asks * grant
        for cell in (CELL + applied, CELL_AGAIN + applied):
            move[cell, POLICE], move[cell, cell] = ends * day["hand_over"], 1.0 - ends
            move[cell, FREED + applied] = ends * (1.0 - day["hand_over"])
        counted["let_go"][CELL + applied, FREED + applied] = ends * (1.0 - day["hand_over"])
    move[[POLICE, TAKEN, SETTLED], [POLICE, TAKEN, SETTLED]] = 1.0
    return move, counted


def one_post(world: World, schedule: Rows) -> Exact:
    """Exact mean and variance of every count of one post, every day; the posts of a world are independent copies."""
    if not is_open_loop(world):
        raise ValueError("closed forms hold without feedback and without fill-ins only")
    days, contract = len(schedule["effort"]), int(world["contract_days"])
    person = holders(world, schedule)
    matrices = [away_matrices(world, host(schedule, t)) for t in range(days)]
    phase = np.arange(1, min(contract, days) + 1)  # a later phase comes to the same as the last of these
    chance = np.full(len(phase), 1.0 / contract)
    chance[-1] += 1.0 - len(phase) / contract
    mean = np.zeros((len(phase), days, len(COUNTS)))
    variance = np.zeros_like(mean)
    cents = {name: np.zeros(days) for name in person.cents}
    for term in range(days // contract + 2):
        first = phase + (term - 1) * contract if term else np.full(len(phase), -1)
        end = phase + term * contract
        inside = (first[:, None] <= np.arange(days)) & (np.arange(days) < end[:, None])
        row = np.minimum(first + 1, days)
        m, v = _one_person(person, matrices, inside, row, first, end)
        mean += m
        variance += v
        for name, total in cents.items():
            total += chance @ np.where(inside, person.cents[name][row], 0.0)
    average = np.einsum("f,fdc->dc", chance, mean)
    spread = np.einsum("f,fdc->dc", chance, variance + (mean - average) ** 2)
    return Exact(average, spread, {name: total.cumsum() for name, total in cents.items()})


def _one_person(person: Holder, matrices, inside, row, first, end) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the counts of one person, by phase and day: (phases, days, columns of `COUNTS`)."""
    phases, days = inside.shape
    near, far = np.where(inside, person.near[row], 0.0), np.where(inside, person.far[row], 0.0)
    place = np.zeros((phases, PLACES))
    events = np.zeros((2, phases, PLACES))  # first and second moment of the number of arrests, by place
    total = dict.fromkeys(("found", "let_go", "applied", "left_nearby", "left_remote"), np.zeros(phases))
    mean, second = np.zeros((phases, days, len(COUNTS))), np.zeros((phases, days))
    for t, (move, counted) in enumerate(matrices):
        arrest = counted["found_events"]
        events[1] = events[1] @ move + (2.0 * events[0] + place) @ arrest
        events[0] = events[0] @ move + place @ arrest
        for name in ("found", "let_go", "applied"):
            total[name] = total[name] + (place @ counted[name]).sum(1)
        place = place @ move
        place[:, NEAR] += near[:, t]
        place[:, FAR] += far[:, t]
        total["left_nearby"], total["left_remote"] = total["left_nearby"] + near[:, t], total["left_remote"] + far[:, t]
        left = total["left_nearby"] + total["left_remote"]
        come, gone = t >= first, t >= end
        by_place = {
            "nearby": [NEAR, FREED, NEAR + APPLIED, FREED + APPLIED], "remote": [FAR, FAR + APPLIED],
            "detained": [CELL, CELL_AGAIN, CELL + APPLIED, CELL_AGAIN + APPLIED], "handed_over": [POLICE, TAKEN],
            "settled": [SETTLED], "settled_flow": [SETTLED], "handed_over_flow": [POLICE], "taken_back": [TAKEN],
        }  # fmt: skip
        now = {name: place[:, places].sum(1) for name, places in by_place.items()} | total
        now |= {"at_post": (come & ~gone) * (1.0 - left), "returned": gone * (1.0 - left), "created": come * 1.0}
        now["found_events"] = events[0].sum(1)
        second[:, t] = events[1].sum(1)
        for i, name in enumerate(COUNTS):
            mean[:, t, i] = now[name]
    variance = mean * (1.0 - mean)
    arrests = COUNTS.index("found_events")
    variance[:, :, arrests] = second - mean[:, :, arrests] ** 2
    return mean, variance


# --- single rules ---------------------------------------------------------------------------------------------------
def stay_chances(mean_days: float, longest: int) -> np.ndarray:
    """Chance that a detention lasts 1, 2, …, `longest` days, and longer; sums to 1."""
    go_on = 1.0 - 1.0 / mean_days
    return np.append(go_on ** np.arange(longest) / mean_days, go_on**longest)


def first_fate(world: World, effort: float, help_: float, remote: bool, within: int) -> np.ndarray:
    """What first ends the hiding of who just left, within so many days: chances of (taken back, found, settled, none)."""
    search = world["find_nearby"] * effort * (world["find_remote"] if remote else 1.0)
    taken = happens(world["taken_back"])
    found = (1.0 - taken) * happens(search)
    settled = (1.0 - taken - found) * happens(world["apply"] * help_) * world["grant"]
    daily = np.array([taken, found, settled])
    ends = 1.0 - (1.0 - daily.sum()) ** within
    return np.append(daily / daily.sum() * ends, 1.0 - ends)
