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
from obrok.bench.obrok_rules import Clock, Ran
from obrok.bench.setting import Setting
from obrok.engine.tables import STATUSES

FILL_IN_DAYS, HEARD_AGAIN, NEVER = 180, 90, -1000
MOST = 1.0 - 1e-7
FREE, NEAR, FAR, CELL = range(4)
#: cities of a group go through so many at a time
LANES = 256
#: slots of a crew for those away, where these suffice
SLOTS = 12


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


def leaves(w, s, bank, key):
    """Flags of every post on a day: who leaves, who of them for nearby. `s`: state, `bank`: people to come."""
    near, far, risk, rate = (jnp.where(s["fresh"], new, old) for old, new in zip(s["people"], bank, strict=False))
    fear = risk * s["dread"]
    near = jnp.exp(near - fear)
    pull = near + jnp.exp(far - fear * w["perceived_remote"])
    takes = (1.0 - s["watch"]) * pull / (1.0 + pull)
    p = 1.0 - jnp.exp(-rate * takes) * (1.0 - s["offered"] * takes)
    u = uniform(key, fear.shape)
    return u < p, u * pull < p * near


def away(w, row, s, key, t):
    """A day of those away: slots afterwards; by crew, in fields of 6 bits: handed over, heard of, settled."""
    place, known, told = s["place"], s["known"], s["told"]
    back = w["taken_back"]
    find, apply = w["find_nearby"] * row["effort"], w["apply"] * row["help"]
    found, granted = {}, {}
    for kind, hazard in (("near", find), ("known", find * w["found_again"]), ("far", find * w["find_remote"])):
        found[kind] = chance(back + hazard)
        granted[kind] = found[kind] + (chance(back + hazard + apply) - found[kind]) * w["grant"]
    release, taken = 1.0 / w["detention_days"], chance(back)
    u = uniform(key, place.shape)
    held, hides = place == CELL, (place == NEAR) | (place == FAR)

    def mine(by):
        return jnp.where(place == FAR, by["far"], jnp.where(known, by["known"], by["near"]))

    handed = (hides & (u < taken)) | (held & (u < release * row["hand_over"]))
    caught = hides & ~handed & (u < mine(found))
    free = hides & ~handed & ~caught & (u < mine(granted))
    let_go = held & ~handed & (u < release)
    story = let_go & (t - told >= HEARD_AGAIN)
    place = jnp.where(handed | free, FREE, jnp.where(caught, CELL, jnp.where(let_go, NEAR, place))).astype(jnp.int8)
    cases = (handed + story * 64 + free * 4096).sum(0, dtype=jnp.int32)
    return dict(place=place, known=known | let_go, told=jnp.where(story, t, told)), cases


def seat(slots, near, far):
    """Those who left today take free slots: (slots, how many found none)."""
    free = slots["place"] == FREE
    rank = jnp.cumsum(free, axis=0, dtype=jnp.int8) if len(free) < 3 else _rank(free)
    n, f = free & (rank <= near), free & (rank > near) & (rank <= near + far)
    place = jnp.where(n, NEAR, jnp.where(f, FAR, slots["place"])).astype(jnp.int8)
    new = n | f
    lost = jnp.maximum(0, near + far - rank[-1])
    return dict(
        place=place, known=slots["known"] & ~new, told=jnp.where(new, NEVER, slots["told"]).astype(jnp.int16)
    ), lost


def _rank(free):
    """How many free slots up to each, along the first axis."""
    out = [free[0].astype(jnp.int8)]
    for one in free[1:]:
        out.append(out[-1] + one)
    return jnp.stack(out)


def one_day(given, bank, s, x):
    """The inner scan's step: (state, people by status (8, lanes))."""
    w, size, t, row, firm = given["world"], given["size"], x["t"], x["row"], given["firm"]
    k_leave, k_away = jax.random.split(jax.random.fold_in(given["key"], t))
    # contracts end, people arrive
    turn, waits, comes = s["rotation"] == t, s["due"] >= 0, s["due"] == t
    arrives = (turn & ~waits) | comes
    home, stays = turn & s["present"], s["present"] & ~turn
    # who leaves; whether somebody will be sent
    goes, nearby = leaves(w, s, bank, k_leave)
    goes &= stays
    lag = w["refill_lag"].astype(jnp.int16)
    rotation = jnp.where(turn, s["rotation"] + given["contract"], s["rotation"])
    filled = goes & (bank[4] < row["refill_chance"]) & (t + lag + FILL_IN_DAYS <= rotation)
    flags = goes + (goes & nearby) * 32 + filled * 1024 + home * 32768 + arrives * 2**20 + comes * 2**25
    counts = flags.sum(0, dtype=jnp.int32)  # fields of 5 bits: a crew has 31 posts at most
    left, near, *posts = ((counts >> k) & 31 for k in range(0, 30, 5))
    filled_n, home_n, arrived, came = (x.sum(0) for x in posts)
    # those away; then those who left take slots
    slots, cases = away(w, row, s, k_away, t)
    handed, story, settled = ((cases >> k) & 63 for k in (0, 6, 12))
    slots, lost = seat(slots, near, left - near)
    # crews
    crew, heard = s["crew"], {}
    for name, here, news in (("handed", handed, row["news_handed"]), ("let_go", story, row["news"])):
        heard[name] = crew[name] * given["fade_memory"] + here + given["mouth"] * (here.sum(0) - here) + news
    by_firm = (firm * left).sum(1) / given["firm_size"]
    alarm = w["crew_alarm"] * left / size + w["enterprise_alarm"] * (firm * by_firm[:, None]).sum(0)
    y = jnp.minimum(MOST, 1.0 - (1.0 - crew["y"] * given["fade_recovery"]) * jnp.exp(-alarm))
    crew = heard | dict(y=y)
    effort = row["effort"] + (s["effort"] - row["effort"]) * given["fade_effort"]
    watch, dread = view(w, row, effort ** w["effort_felt"], crew)
    # people by status
    where = slots["place"]
    here = ((where == NEAR) + (where == FAR) * 64 + (where == CELL) * 4096).sum(0, dtype=jnp.int32)
    waiting, present, handed_n, settled_n, returned = s["sums"]
    sums = jnp.stack(
        [
            waiting + filled_n - came,
            present + arrived - home_n - left.sum(0),
            handed_n + handed.sum(0),
            settled_n + settled.sum(0),
            returned + home_n,
        ]
    )
    three = jnp.stack([((here >> k) & 63).sum(0) for k in (0, 6, 12)])
    state = slots | dict(
        people=s["people"], fresh=s["fresh"] | arrives, present=(stays & ~goes) | arrives,
        due=jnp.where(filled, t + lag, jnp.where(comes, -1, s["due"])).astype(jnp.int16), rotation=rotation,
        crew=crew, effort=effort, watch=watch, dread=dread, offered=1.0 - (1.0 - w["join_chance"]) ** left,
        sums=sums, lost=s["lost"] + lost.sum(0),
    )  # fmt: skip
    return state, jnp.concatenate([sums[:2], three, sums[2:]]).astype(jnp.int16)


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
    *people, _ = meet(k_first, w, given["pay"], shape)
    phase = 1 + (uniform(k_phase, shape) * w["contract_days"]).astype(jnp.int16)
    nothing = jnp.zeros(crews, jnp.float32)
    crew = dict(handed=nothing, let_go=nothing, y=nothing)
    first = {name: days[0] for name, days in host.items()}
    watch, dread = view(w, first, first["effort"] ** w["effort_felt"], crew)
    empty, zero = (slots, *crews), jnp.zeros(lanes, jnp.int32)
    state = dict(
        people=people, fresh=jnp.zeros(shape, bool), present=here,
        rotation=jnp.where(here, phase, 30_000).astype(jnp.int16), due=jnp.full(shape, -1, jnp.int16),
        place=jnp.zeros(empty, jnp.int8), known=jnp.zeros(empty, bool), told=jnp.full(empty, NEVER, jnp.int16),
        crew=crew, effort=first["effort"], watch=watch, dread=dread, offered=nothing,
        sums=jnp.stack([zero, here.sum((0, 1)), zero, zero, zero]), lost=zero,
    )  # fmt: skip
    days = len(host["effort"])
    blocks = -(-days // block)
    # the last block runs on past the end, on days that are thrown away
    day = jnp.arange(blocks * block, dtype=jnp.int16).reshape(blocks, block)
    rows = jax.tree.map(lambda x: x[jnp.minimum(day, days - 1)], host)

    def one_block(s, x):
        """People to come are drawn, the days lived, and those who came take the place of those before."""
        bank = meet(jax.random.fold_in(k_first, x["t"][0] + 1), w, given["pay"], shape)
        s, people = jax.lax.scan(partial(one_day, given, bank), s, x)
        now = [jnp.where(s["fresh"], new, old) for old, new in zip(s["people"], bank, strict=False)]
        return s | dict(people=now, fresh=jnp.zeros(shape, bool)), people

    state, people = jax.lax.scan(one_block, state, dict(t=day, row=rows))
    return people.reshape(blocks * block, *people.shape[2:])[:days], state["lost"]


def groups(setting: Setting, lanes: int = LANES) -> list[Group]:
    """Cities by shape, in whole blocks of lanes; the last city of a group fills its last block."""
    idle(setting)
    a, times = flat(setting), len(setting.policies)
    if a.days + a.world["contract_days"].max() > 30_000:
        raise ValueError("dates go beyond 16 bits")
    need = np.tile(np.ceil(1.5 * most_away(setting) + 3), times)
    rows = setting.schedules.reshape(len(need), -1)
    size = a.world["crew_size"].astype(np.int64)
    shape = np.where(need <= SLOTS, size, 0)  # 0: crews of any size, with more slots
    if len(need) <= 4 * lanes:  # not worth a compilation of each shape
        shape[:] = 0
    out = []
    for posts in np.unique(shape):
        some = np.flatnonzero(shape == posts)
        wide = -(-len(some) // -(-len(some) // lanes))
        filled = np.append(some, np.full(-len(some) % wide, some[-1])).reshape(-1, wide)
        slots = SLOTS if posts else int(need[some].max())
        if slots > 63:
            raise ValueError("more than 63 people of a crew away at once do not fit")
        out.append(_group(setting, a, rows, filled, int(posts or size[some].max()), slots))
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
    # not longer than from one who leaves to the next who may come; few days are wasted at the end
    block = int(min(a.world["refill_lag"][cities].min() + 1, a.days))
    block = -(-a.days // -(-a.days // block))
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

    before = time.perf_counter() - begun
    with Clock() as clock, ThreadPoolExecutor(threads) as pool:
        lost = sum(pool.map(go, range(len(jobs))))
    if lost:
        raise RuntimeError(f"{lost} of those who left found no slot: more slots are needed")
    return Ran(counts.reshape(policies, n, days, -1), clock.wall, clock.cpu, before)
