"""The model in JAX: one compiled scan over days, every city a lane of its own. Chances every day, 1 − exp(−hazard).

Arrays are (posts of a crew, crews, cities), cities innermost, so that nothing is gathered: what belongs to a crew or to a
city is broadcast. Shapes must be fixed: cities come in groups by size of crew, padded; whoever is away has one of Q slots of
their crew, Q by a run of the NumPy program under other luck, and a run in which slots do not suffice is refused. People to
come are drawn for every post once in as many days as lie between two that can need them. No savings, no accounts; float32.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from obrok.bench.flat import FOLLOWED, PAY, flat, idle
from obrok.bench.numpy_rules import most_away
from obrok.bench.obrok_rules import Ran
from obrok.bench.setting import Setting
from obrok.engine.tables import STATUSES

FILL_IN_DAYS, HEARD_AGAIN, NEVER = 180, 90, -1000
MOST = 1.0 - 1e-7
FREE, NEAR, FAR, CELL = range(4)
#: cities of a group go through so many at a time
LANES = 256
#: largest crews of a group, and slots for those away: (posts, slots)
CREWS, SLOTS = (9, 11, 13, 15), (5, 8, 12)


class Group(NamedTuple):
    """Cities of one shape. `cities`: their places in the flat setting, padded to whole blocks of lanes, (blocks, lanes);
    arrays likewise: world, pay (…, lanes), host (…, days, lanes), here (…, S, K, lanes), firm (…, E, K, lanes)."""

    cities: np.ndarray
    slots: int
    block: int
    arrays: dict


def chance(hazard):
    return -jnp.expm1(-hazard)


def uniform(key, shape):
    """Centred uniform numbers of 32 bits."""
    return jax.random.bits(key, shape).astype(jnp.float32) * 2.0**-32 + 2.0**-33


def meet(key, w, pay, shape):
    """New persons: utilities nearby and far without fear, weight of fear, chances a day; and whether they are replaced."""
    kz, ku = jax.random.split(key)
    z, u = jax.random.normal(kz, shape), uniform(ku, (5, *shape))
    wage = jnp.maximum(0.1 * pay["wage"], pay["wage"] * (1.0 + w["wage_spread"] * z))
    side = u[0] < w["side_share"]
    tie = jnp.where(u[1] < w["held"], 0.3 + 0.7 * u[2], 0.0)
    tolerance = w["tolerance_spread"] * (3.0**0.5 / jnp.pi) * (jnp.log(u[3]) - jnp.log1p(-u[3]))
    have = wage * (1.0 - pay["fee"] - pay["deductions"]) + jnp.where(side, w["side_pay"], 0.0) - pay["quota"]
    have, out = jnp.maximum(have, 0.0), w["native"] * w["outside_nearby"]
    common = w["weight_fair"] * jnp.maximum(0.0, 1.0 - have / w["native"]) - w["weight_family"] * tie - tolerance
    common = common - w["weight_money"] * jnp.log(have + 100.0)
    near = w["a_nearby"] + common + w["weight_money"] * jnp.log(out + 100.0)
    far = w["a_remote"] + common + w["weight_money"] * jnp.log(out * w["outside_remote"] + 100.0)
    risk = w["weight_risk"] * (1.0 + w["weight_harm"] * tie) * w["perceived_nearby"]
    rate = w["opportunity"] * jnp.where(side, w["side_contacts"], 1.0)
    return near, far, risk, rate, u[4]


def view(w, row, felt, crew):
    """What people go by tomorrow: (watching, fear before a person's own weight)."""
    watch = row["watch"] + (w["watch_max"] - row["watch"]) * crew["y"]
    handed = w["belief_strength"] * w["belief"] + crew["handed"] + w["session_fear"] * row["sessions"] * watch
    let_go = w["belief_strength"] * (1.0 - w["belief"]) + crew["let_go"]
    return watch, felt * handed / (handed + let_go)


def leaves(w, state, key, t):
    """Who leaves on day t, and who of them for nearby."""
    fear = state["risk"] * state["dread"]
    near = jnp.exp(state["near"] - fear)
    pull = near + jnp.exp(state["far"] - fear * w["perceived_remote"])
    takes = (1.0 - state["watch"]) * pull / (1.0 + pull)
    p = 1.0 - jnp.exp(-state["rate"] * takes) * (1.0 - state["offered"] * takes)
    u = uniform(key, fear.shape)
    goes = state["present"] & (u < p)
    return goes, goes & (u * pull < p * near)


def away(w, row, state, key, t):
    """A day of those away: slots afterwards, cases that crews hear of, who is gone for good."""
    place, known, told = state["place"], state["known"], state["told"]
    back = w["taken_back"]
    find, apply = w["find_nearby"] * row["effort"], w["apply"] * row["help"]
    found, granted = {}, {}
    for kind, hazard in (("near", find), ("known", find * w["found_again"]), ("far", find * w["find_remote"])):
        found[kind] = chance(back + hazard)
        granted[kind] = found[kind] + (chance(back + hazard + apply) - found[kind]) * w["grant"]
    release = 1.0 / w["detention_days"]

    def mine(by):
        return jnp.where(place == FAR, by["far"], jnp.where(known, by["known"], by["near"]))

    u = uniform(key, place.shape)
    hides, held = (place == NEAR) | (place == FAR), place == CELL
    taken = hides & (u < chance(back))
    caught = hides & ~taken & (u < mine(found))
    free = hides & ~taken & ~caught & (u < mine(granted))
    handed = (held & (u < release * row["hand_over"])) | taken
    let_go = held & ~handed & (u < release)
    story = let_go & (t - told >= HEARD_AGAIN)
    place = jnp.where(handed | free, FREE, jnp.where(caught, CELL, jnp.where(let_go, NEAR, place)))
    slots = dict(place=place, known=known | let_go, told=jnp.where(story, t, told))
    return slots, handed.sum(0), story.sum(0), free.sum((0, 1))


def seat(slots, near, far):
    """Those who left today take free slots: (slots, how many found none)."""
    place, known, told = [], [], []
    for q in range(len(slots["place"])):
        is_free = slots["place"][q] == FREE
        n, f = is_free & (near > 0), is_free & (near == 0) & (far > 0)
        near, far = near - n, far - f
        place.append(jnp.where(n, NEAR, jnp.where(f, FAR, slots["place"][q])).astype(jnp.int8))
        known.append(slots["known"][q] & ~(n | f))
        told.append(jnp.where(n | f, NEVER, slots["told"][q]).astype(jnp.int16))
    return dict(place=jnp.stack(place), known=jnp.stack(known), told=jnp.stack(told)), (near + far).sum(0)


def one_day(given, block, state, x):
    """The scan's step: (state, people by status (8, lanes))."""
    w, pay, here, firm, size, contract = (given[k] for k in ("world", "pay", "here", "firm", "size", "contract"))
    t, row = x["t"], x["row"]
    key = jax.random.fold_in(given["key"], t)
    k_new, k_leave, k_away = jax.random.split(key, 3)
    shape = here.shape

    # people to come
    def again(_):
        return meet(k_new, w, pay, shape)

    bank = jax.lax.cond(t % block == 0, again, lambda old: old, state["bank"])
    # contracts end, people arrive
    turn, waits = state["rotation"] == t, state["due"] >= 0
    arrives = (turn & ~waits) | (state["due"] == t)
    home = (turn & state["present"]).sum((0, 1))
    present = (state["present"] & ~turn) & ~arrives
    state = state | dict(present=present, bank=bank)
    for name, new in zip(("near", "far", "risk", "rate"), bank, strict=False):
        state[name] = jnp.where(arrives, new, state[name])
    rotation = jnp.where(turn, state["rotation"] + contract, state["rotation"])
    # who leaves; those away; those who left take slots
    goes, nearby = leaves(w, state, k_leave, t)
    slots, handed, story, settled = away(w, row, state, k_away, t)
    left, left_near = goes.sum(0), nearby.sum(0)
    slots, lost = seat(slots, left_near, left - left_near)
    lag = w["refill_lag"].astype(jnp.int16)
    filled = goes & (bank[4] < row["refill_chance"]) & (t + lag + FILL_IN_DAYS <= rotation)
    due = jnp.where(filled, t + lag, jnp.where(arrives, -1, state["due"]))
    # crews
    crew, fade = state["crew"], given["fade_memory"]
    heard = {}
    for name, cases, news in (("handed", handed, row["news_handed"]), ("let_go", story, row["news"])):
        heard[name] = crew[name] * fade + cases + given["mouth"] * (cases.sum(0) - cases) + news
    by_firm = (firm * left).sum(1) / given["firm_size"]
    alarm = w["crew_alarm"] * left / size + w["enterprise_alarm"] * (firm * by_firm[:, None]).sum(0)
    y = jnp.minimum(MOST, 1.0 - (1.0 - crew["y"] * given["fade_recovery"]) * jnp.exp(-alarm))
    crew = heard | dict(y=y)
    effort = row["effort"] + (state["effort"] - row["effort"]) * given["fade_effort"]
    watch, dread = view(w, row, effort ** w["effort_felt"], crew)
    present = (present & ~goes) | arrives
    gone = state["gone"] + jnp.stack([handed.sum(0), settled, home])
    place = slots["place"]
    people = [(due >= 0).sum((0, 1)), present.sum((0, 1)), *((place == k).sum((0, 1)) for k in (NEAR, FAR, CELL)), *gone]
    state = state | slots | dict(
        present=present, due=due.astype(jnp.int16), rotation=rotation, crew=crew, effort=effort, watch=watch, dread=dread,
        offered=1.0 - (1.0 - w["join_chance"]) ** left, gone=gone, lost=state["lost"] + lost,
    )  # fmt: skip
    return state, jnp.stack(people).astype(jnp.int16)


@partial(jax.jit, static_argnames=("slots", "block"))
def live(given, host, key, slots, block):
    """All days of some cities: people by status (days, 8, lanes), and how many found no slot (lanes,)."""
    w, here = given["world"], given["here"]
    k_first, k_phase, k_days = jax.random.split(key, 3)
    shape, lanes, crews = here.shape, here.shape[2], here.shape[1:]
    given = given | dict(
        key=k_days, contract=w["contract_days"].astype(jnp.int16), size=jnp.maximum(here.sum(0), 1),
        fade_memory=0.5 ** (1.0 / w["memory"]), fade_recovery=0.5 ** (1.0 / w["recovery"]),
        fade_effort=0.5 ** (1.0 / w["effort_heard"]), firm_size=jnp.maximum((given["firm"] * here.sum(0)).sum(1), 1),
    )  # fmt: skip
    near, far, risk, rate, again = meet(k_first, w, given["pay"], shape)
    phase = 1 + (uniform(k_phase, shape) * w["contract_days"]).astype(jnp.int16)
    nothing = jnp.zeros(crews, jnp.float32)
    crew = dict(handed=nothing, let_go=nothing, y=nothing)
    first = {name: days[0] for name, days in host.items()}
    watch, dread = view(w, first, first["effort"] ** w["effort_felt"], crew)
    empty = (slots, *crews)
    state = dict(
        near=near, far=far, risk=risk, rate=rate, bank=(near, far, risk, rate, again), present=here,
        rotation=jnp.where(here, phase, 30_000).astype(jnp.int16), due=jnp.full(shape, -1, jnp.int16),
        place=jnp.zeros(empty, jnp.int8), known=jnp.zeros(empty, bool), told=jnp.full(empty, NEVER, jnp.int16),
        crew=crew, effort=first["effort"], watch=watch, dread=dread, offered=nothing,
        gone=jnp.zeros((3, lanes), jnp.int32), lost=jnp.zeros(lanes, jnp.int32),
    )  # fmt: skip
    days = len(host["effort"])
    x = dict(t=jnp.arange(days, dtype=jnp.int16), row=host)
    state, people = jax.lax.scan(partial(one_day, given, block), state, x)
    return people, state["lost"]


def groups(setting: Setting, lanes: int = LANES) -> list[Group]:
    """Cities by shape, in whole blocks of lanes; the last city of a group fills its last block."""
    idle(setting)
    a, times = flat(setting), len(setting.policies)
    if a.days + a.world["contract_days"].max() > 30_000:
        raise ValueError("dates go beyond 16 bits")
    need = np.tile(np.ceil(1.5 * most_away(setting) + 3), times)
    rows = setting.schedules.reshape(len(need), -1)
    out, left = [], np.ones(len(need), bool)
    for posts in (*CREWS, int(max(a.world["crew_size"]))):
        for slots in (*SLOTS, int(max(need.max(), 1))):
            some = np.flatnonzero(left & (a.world["crew_size"] <= posts) & (need <= slots))
            if len(some):
                left[some] = False
                wide = min(lanes, len(some))
                some = np.append(some, np.full(-len(some) % wide, some[-1])).reshape(-1, wide)
                out.append(_group(setting, a, rows, some, posts, slots))
    return out


def _group(setting: Setting, a, rows, cities: np.ndarray, posts: int, slots: int) -> Group:
    n = len(setting.worlds)
    firsts = setting.firm_first[cities % n]  # (blocks, lanes, enterprises + 1)
    sizes = np.diff(firsts)
    crew_size = a.world["crew_size"][cities].astype(np.int64)[..., None]
    crews = -(-sizes // crew_size)
    ends = np.cumsum(crews, axis=-1)
    k = np.arange(int(ends.max()))
    firm = (k >= (ends - crews)[..., None]) & (k < ends[..., None])  # (blocks, lanes, E, K)
    place = k - (ends - crews)[..., None]
    in_crew = np.clip(sizes[..., None] - place * crew_size[..., None], 0, crew_size[..., None])
    in_crew = (in_crew * firm).sum(-2)  # (blocks, lanes, K)
    here = np.arange(posts)[:, None] < in_crew[:, :, None]  # (blocks, lanes, S, K)
    f32 = np.float32
    arrays = dict(
        world={name: x[cities].astype(f32) for name, x in a.world.items()},
        pay={name: a.pay[name][cities].astype(f32) for name in PAY},
        mouth=a.mouth[cities].astype(f32),
        here=np.moveaxis(here, 1, -1),
        firm=np.moveaxis(firm, 1, -1).astype(f32),
    )
    host = {name: np.moveaxis(rows[name][cities], 1, -1).astype(f32) for name in FOLLOWED}
    block = int(a.world["refill_lag"][cities].min()) + 1
    return Group(cities, slots, block, dict(given=arrays, host=host))


def run(setting: Setting, seed: int = 1, threads: int = 2, prng: str = "threefry2x32", lanes: int = LANES) -> Ran:
    """`threads`: blocks of lanes that go side by side; XLA spreads large ones over all cores by itself. `prng`: of JAX."""
    begun = time.perf_counter()
    jobs, programs = [], {}
    for g in groups(setting, lanes):
        for b in range(len(g.cities)):
            jobs.append((g, jax.tree.map(lambda x, b=b: jnp.asarray(x[b]), g.arrays), b))
    keys = jax.random.split(jax.random.key(seed, impl=prng), len(jobs))
    for (g, arrays, _), key in zip(jobs, keys, strict=True):
        shape = (arrays["given"]["here"].shape, g.slots, g.block)
        if shape not in programs:
            lower = live.lower(arrays["given"], arrays["host"], key, slots=g.slots, block=g.block)
            programs[shape] = lower.compile()
    policies, n, days = setting.schedules.shape
    counts = np.empty((policies * n, days, len(STATUSES)), np.int32)

    def go(k: int) -> int:
        g, arrays, b = jobs[k]
        program = programs[arrays["given"]["here"].shape, g.slots, g.block]
        people, lost = program(arrays["given"], arrays["host"], keys[k])
        counts[g.cities[b]] = np.asarray(people).transpose(2, 0, 1)
        return int(np.asarray(lost).sum())

    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        lost = sum(pool.map(go, range(len(jobs))))
    seconds = time.perf_counter() - start
    if lost:
        raise RuntimeError(f"{lost} of those who left found no slot: more slots are needed")
    return Ran(counts.reshape(policies, n, days, -1), seconds, start - begun)
