"""Shared fixtures: worlds for the engine, the shipped case, one small finished run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings

from obrok.verify.settings import PLAIN

settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")

ROOT = Path(__file__).parents[1]

#: no feedback of any kind
OPEN_LOOP = dict(
    crew_alarm=0, enterprise_alarm=0, session_fear=0, join_chance=0, reach=0, belief_strength=1e12, effort_felt=0
)


class Lived(NamedTuple):
    """What the engine told of one city of one world."""

    series: np.ndarray
    watch: np.ndarray
    belief: np.ndarray
    leavers: np.ndarray
    world: np.void


def city(
    days=400, schedule=None, seed=1, number=0, place="city", repeat=0, firms=(1 / 3,), limit=None, **changes
) -> tuple:
    """What `engine.days.simulate` takes first: key, anchored world, layout, schedule, bounds.

    `schedule`: columns that differ from the world's own values; `firms`: where enterprises part, as shares of the posts;
    `limit`: the schedule of the case's own policy, where it is another.
    """
    from obrok import luck
    from obrok.engine.people import anchor
    from obrok.engine.tables import SCHEDULE, WORLD
    from obrok.worlds.population import bounds

    world = np.zeros(1, WORLD)
    for name, value in {**PLAIN, **changes}.items():
        world[name] = value
    world["a_nearby"], world["a_remote"], miss = anchor(seed, number, world[0], 1.0)
    assert miss < 1e-3
    host = np.zeros(days, SCHEDULE)
    given = dict(effort=1, hand_over=0.8, help=1, sessions=1, dispatch=1)
    given |= {name: world[name][0] for name in ("refill_chance", "watch", "wage", "fee", "deductions", "quota")}
    for name, value in {**given, **(schedule or {})}.items():
        host[name] = value
    posts = int(world["posts"][0])
    first = np.array([0, *(int(posts * share) for share in firms), posts])
    stream = luck.stream_of(place, repeat)
    own = bounds(host if limit is None else limit)
    return seed, stream, number, world[0], first, host, own, bounds(host)


def live(given: tuple) -> Lived:
    """The fast engine on what `city` gives; leavers by day and post."""
    from obrok.engine.days import simulate
    from obrok.engine.tables import SERIES

    days = len(given[5])
    series, watch, belief = np.zeros((days, len(SERIES)), np.int64), np.zeros(days), np.zeros(days)
    leavers = simulate(*given, np.empty(0, np.int64), series, watch, belief, np.empty((0, 2)))
    return Lived(series, watch, belief, leavers[np.lexsort((leavers["post"], leavers["left"]))], given[3])


@pytest.fixture(scope="session")
def chita():
    from obrok.case.case import load

    return load("chita-2015")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """A finished run: 480 versions, of which 60 are lived under every policy."""
    import obrok

    return obrok.load("chita-2015").run(worlds=480, seed=3, out=tmp_path_factory.mktemp("run") / "chita")


@pytest.fixture(scope="session")
def small_plan(chita):
    """What `small_run` simulates."""
    from obrok.outward.options import Options
    from obrok.outward.study import planned

    return planned(chita, Options(480, 3))[0]


@pytest.fixture(scope="session")
def source_texts():
    """Texts of OBROK_DOCUMENTS; a test that needs them is skipped where there are none."""
    folders = [Path(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p]
    texts = [p.read_text("utf-8") for f in folders if f.is_dir() for p in sorted(f.glob("*.txt"))]
    if not texts:
        pytest.skip("no source text on this machine (OBROK_DOCUMENTS)")
    return texts


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """The command line, in an empty folder: arguments → exit code, output, errors."""
    from obrok.outward import cli

    given = [os.path.abspath(p) for p in os.environ.get("OBROK_DOCUMENTS", "").split(os.pathsep) if p]
    monkeypatch.setenv("OBROK_DOCUMENTS", os.pathsep.join(given))  # before the folder changes
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OBROK_ARCHIVE", str(tmp_path / "user-archive"))

    def run(*args) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["obrok", *map(str, args)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        text = capsys.readouterr()
        return code, text.out, text.err

    return run
