"""The list of checks: each asks one question of the engine and comes back with a finding and a picture.

To add one: a function of a `Job` that returns a `Finding`, and a line in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from obrok.case.case import load
from obrok.engine.tables import COLUMN, SERIES, STATUSES
from obrok.verify import adapter, candidates, closed_forms, pairing, pictures, random_numbers
from obrok.verify import against_closed_forms as exact
from obrok.verify.against_reference import NAMES, compare
from obrok.verify.chance import several
from obrok.verify.settings import all_settings

#: a right program raises one alarm or more in one run of all checks in a thousand, at most
FALSE_ALARM = 1e-3


class Job(NamedTuple):
    """`worlds`: how many the engine runs for a comparison; `alpha`: a chance check fails at p-values up to it."""

    worlds: int
    seed: int
    alpha: float
    threads: int


@dataclass(frozen=True)
class Finding:
    """`p`: of a question of chance; `holds`: of an exact one, or of an interval; both None: not asked, `says` why."""

    says: str
    picture: str = ""
    p: float | None = None
    holds: bool | None = None


class Check(NamedTuple):
    """`kind`: chance (with a p-value), exact (yes or no), or interval (does its lower end lie above 1?)."""

    id: str
    title: str
    kind: str
    run: Callable[[Job], Finding]


# --- all feedback on ------------------------------------------------------------------------------------------------
def reference(name: str, job: Job) -> Finding:
    setting = next(s for s in all_settings() if s.name == name)
    if not setting.needs <= adapter.FOLLOWS:
        return Finding(f"not asked: this engine does not follow {', '.join(sorted(setting.needs - adapter.FOLLOWS))}")
    world = closed_forms.anchored(setting.parameters, setting.schedule)
    c = compare(setting, world, job.worlds, job.seed, job.alpha)
    furthest = c.furthest()
    k = int(furthest.max(0).argmax())
    what = ("mean", "variance")[int(furthest[:, k].argmax())]
    says = (
        f"{setting.says}. {job.worlds} worlds each; furthest apart: the {what} of {NAMES[k].replace('_', ' ')}, "
        f"{c.result.largest:.2f} standard deviations; with labels swapped the furthest is {c.result.typical:.2f} as a rule"
    )
    return Finding(says, pictures.compared(c), c.result.p)


def plain(job: Job) -> Finding:
    """The engine and its plain Python form, bit for bit: record, moods and everyone who left."""
    wrong, compared, shown = [], 0, ""
    for setting in all_settings():
        world = closed_forms.anchored(setting.parameters, setting.schedule)
        for number, calm in ((0, 1.0), (1, 0.3)):
            fast, told = adapter.plain_form(world, setting.schedule, setting.enterprise_first, number, job.seed, calm)
            compared += fast.series.size + fast.mood.size + fast.leavers[0].size
            for a, b in zip(
                (fast.series, fast.mood, *fast.leavers), (told.series, told.mood, *told.leavers), strict=True
            ):
                if a.shape != b.shape or (a != b).any():
                    wrong.append(f"{setting.name}, world {number}")
        if setting.name == "hot":
            names = ("to_state", "kept", "side", "outside")
            a_day = {n: [np.diff(x.series[:, :, COLUMN[n]], axis=1) for x in (fast, told)] for n in names}
            shown = pictures.recounted({n: (a, b) for n, (a, b) in a_day.items()}, "plain form")
    says = f"{compared:,} numbers, with and without further bands of candidate days"
    return Finding(
        f"{says}: differs in {', '.join(wrong)}" if wrong else f"{says}: every bit the same", shown, holds=not wrong
    )


def laws(job: Job) -> Finding:
    """People and cents add up, every day of every world of every setting."""
    wrong, shown, asked = [], None, 0
    for setting in all_settings():
        if not setting.needs <= adapter.FOLLOWS:
            continue
        world = closed_forms.anchored(setting.parameters, setting.schedule)
        numbers = np.arange(max(2, job.worlds // 10))
        series = adapter.engine_series(world, setting.schedule, setting.enterprise_first, numbers, job.seed).series
        s = {name: series[:, :, i] for i, name in enumerate(SERIES)}
        left = s["left_nearby"] + s["left_remote"]
        away = s["nearby"] + s["remote"] + s["detained"] + s["handed_over"] + s["settled"]
        asked += left.size
        for law, holds in (
            ("statuses sum to everyone created", sum(s[x] for x in STATUSES) == s["created"]),
            ("who left is somewhere", left == away),
            ("handed over: by the police or taken back", s["handed_over"] == s["handed_over_flow"] + s["taken_back"]),
            (
                "gross is to the state, to the enterprise, or kept",
                s["gross"] == s["to_state"] + s["to_enterprise"] + s["kept"],
            ),
            ("nobody holds two posts", s["at_post"] + s["waiting"] <= world["posts"]),
        ):
            if not np.all(holds):
                wrong.append(f"{law} ({setting.name})")
        if setting.name == "hot":
            shown = pictures.stocks(series[0][:, : len(STATUSES)], series[0][:, COLUMN["created"]])
    says = f"broken: {'; '.join(wrong)}" if wrong else f"five laws hold to the person and the cent on {asked:,} days"
    return Finding(says, shown or "", holds=not wrong)


# --- without feedback -----------------------------------------------------------------------------------------------
def matrices(job: Job) -> Finding:
    run = exact.run_open_loop(job.worlds, job.seed)
    p, way = exact.means(run, job.alpha)
    shown = {}
    for name in ("nearby", "detained", "found_events", "returned"):
        due = run.posts * run.exact.mean[:, closed_forms.COUNTS.index(name)]
        shown[name] = (run.series[:, :, COLUMN[name]].mean(0), due)
    says = (
        f"{way.shape[1]} counts on {way.shape[0]} days, {job.worlds} worlds of {run.posts} posts; "
        f"the furthest has gone {np.abs(way).max():.0%} of the way to an alarm"
    )
    return Finding(says, pictures.against_exact(shown, way), p)


def spreads(job: Job) -> Finding:
    p, ratio, limits = exact.variances(exact.run_open_loop(job.worlds, job.seed), job.alpha)
    asked = np.isfinite(ratio).sum()
    says = f"{asked:,} variances between worlds; engine over exact {np.nanmin(ratio):.2f} to {np.nanmax(ratio):.2f}"
    return Finding(says, pictures.ratios_by_day(ratio, limits), p)


def pay(job: Job) -> Finding:
    found = exact.money(exact.run_open_loop(job.worlds, job.seed))
    off = {name: (100.0 * (ours / due - 1.0), 100.0 * error / due) for name, (ours, due, error, _) in found.items()}
    worst = max(abs(v) for v, _ in off.values())
    says = f"five accounts where pay differs between people; furthest off by {worst:.2f} % after {exact.open_loop().days} days"
    return Finding(
        says,
        pictures.offsets(off, "engine against expected, %, with two standard errors"),
        several([x[3] for x in found.values()]),
    )


def detention(job: Job) -> Finding:
    found = exact.detention(*exact.run_fates(job.worlds, job.seed))
    return Finding(
        f"{found.seen.sum():,.0f} first arrests, by their days",
        pictures.fates([("days under arrest", found)], True),
        found.p,
    )


def hiding(job: Job) -> Finding:
    near, far = exact.hiding(*exact.run_fates(job.worlds, job.seed))
    says = f"{near.seen.sum():,.0f} who hid nearby and {far.seen.sum():,.0f} far away, by what came first and when"
    return Finding(says, pictures.fates([("nearby", near), ("far away", far)], False), several([near.p, far.p]))


def turns(job: Job) -> Finding:
    once, _, returned = exact.rotation(job.worlds, job.seed)
    posts = f"{returned[0].sum() // 2 * len(returned):,} posts"
    says = f"{posts}: each turns once, and again one contract later" if once else f"{posts}: one turned late, or twice"
    return Finding(says, pictures.turns(returned[0].reshape(2, -1)), holds=once)


def phases(job: Job) -> Finding:
    found = exact.rotation(job.worlds, job.seed)[1]
    return Finding(
        f"days of {found.seen.sum():,.0f} posts' ends of contract are uniform",
        pictures.fates([("ends of contracts by day", found)], True),
        found.p,
    )


def cents(job: Job) -> Finding:
    found = exact.equal_pay(max(2, job.worlds // 10), job.seed)
    off = {name: int(np.abs(recorded - due).max()) for name, (recorded, due) in found.items()}
    says = "eight accounts recounted from people and days: " + (
        "equal to the cent"
        if not any(off.values())
        else ", ".join(f"{k} off by {v} cents" for k, v in off.items() if v)
    )
    return Finding(says, pictures.recounted(found), holds=not any(off.values()))


def anchors(job: Job) -> Finding:
    setting = all_settings()[1]
    result, ours, theirs = exact.anchors(setting, job.worlds, job.seed, job.alpha)
    says = f"{job.worlds} worlds, 400 people each; means and variances at most {result.largest:.2f} standard deviations apart"
    return Finding(says, pictures.clouds(ours, theirs, ("a nearby", "a remote")), result.p)


def at_rest(job: Job) -> Finding:
    found = exact.departures_at_rest(max(2, job.worlds // 5), job.seed)
    says = "leave on a day at rest: " + ", ".join(
        f"{s:,.0f} {n} ({d:,.0f} due)" for n, s, d in zip(found.names, found.seen, found.due, strict=True)
    )
    return Finding(says, pictures.fates([("who leaves at rest", found)], False), found.p)


# --- chance itself --------------------------------------------------------------------------------------------------
def family(found: list[tuple[str, float]], what: str, alpha: float) -> Finding:
    """Many questions of one kind."""
    name, smallest = min(found, key=lambda x: x[1])
    says = f"{what}: {len(found)} questions; smallest p-value {smallest:.2g} ({name})"
    return Finding(says, pictures.p_values(found, alpha / len(found)), several([p for _, p in found]))


def numbers(test, n_a_world: int, what: str, job: Job) -> Finding:
    n = max(1 << 16, n_a_world * job.worlds)
    return family(list(test(random_numbers.ours, n, job.seed)), f"{n:,} numbers, {what}", job.alpha)


def names(job: Job) -> Finding:
    return family(
        list(random_numbers.named(max(1 << 16, 1000 * job.worlds), job.seed)), "draws of parameters by name", job.alpha
    )


def candidate_days(job: Job) -> Finding:
    found = candidates.all_hazards(adapter.candidate_days, job.worlds, job.seed)
    return family(found, "how many, where, how high", job.alpha)


def shared_luck(job: Job) -> Finding:
    found = pairing.ratios(load(pairing.CASE), max(10, job.worlds // 4), 20, job.seed, job.threads)
    says = "; ".join(f"{r.policy}, {r.outcome}: {r.pooled:.1f} ({r.low:.1f} to {r.high:.1f})" for r in found)
    return Finding(says, pictures.intervals(found), holds=all(r.low > 1.0 for r in found))


_ABOUT_NUMBERS = (
    ("uniform", "evenly spread, bit by bit", random_numbers.uniform, 4000, "bins and bytes"),
    ("neighbours", "neighbours along one axis", random_numbers.along, 1000, "lags and flipped bits"),
    ("across", "neighbours across axes", random_numbers.across, 1000, "steps along two axes"),
    ("tails", "the smallest and the largest", random_numbers.tails, 8000, "1,024 at a time"),
)
CHECKS: tuple[Check, ...] = (
    *(
        Check(f"reference-{name}", f"engine against reference: {name}", "chance", partial(reference, name))
        for name in ("calm", "hot", "thaw", "crackdown", "quota")
    ),
    Check("plain", "engine against its plain Python form, bit for bit", "exact", plain),
    Check("laws", "people and cents add up", "exact", laws),
    Check("matrices", "engine against products of daily matrices: means", "chance", matrices),
    Check("spreads", "engine against products of daily matrices: variances", "chance", spreads),
    Check("pay", "pay where it differs between people", "chance", pay),
    Check("cents", "pay to the cent where all are paid alike", "exact", cents),
    Check("detention", "how long detention lasts", "chance", detention),
    Check("hiding", "how hiding ends, and when", "chance", hiding),
    Check("turns", "each post turns once a contract", "exact", turns),
    Check("phases", "days of rotation are uniform", "chance", phases),
    Check("anchor", "attractions against another solver", "chance", anchors),
    Check("at-rest", "departures at rest against the integral over persons", "chance", at_rest),
    Check("candidates", "candidate days", "chance", candidate_days),
    *(
        Check(id, f"random numbers: {title}", "chance", partial(numbers, test, n, what))
        for id, title, test, n, what in _ABOUT_NUMBERS
    ),
    Check("names", "random numbers: draws of parameters", "chance", names),
    Check("pairing", "shared luck makes differences sharper", "interval", shared_luck),
)
