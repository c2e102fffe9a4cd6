"""The comparison of speed: the same model in every program, what is measured, and that a wrong rule is caught."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from obrok.bench import agreement, measure, numpy_rules, obrok_rules
from obrok.bench.flat import flat, part
from obrok.bench.obrok_rules import large_run, streamed
from obrok.bench.programs import OBROK, OTHERS, Program, Spec, Timed, counted, timed
from obrok.bench.setting import ensemble, large
from obrok.engine.start import due_to_come, settle
from obrok.engine.tables import STATUSES
from obrok.problems import ProblemsFound
from obrok.worlds.store import read_tables

#: tests of chance here fail together at most once in a thousand seeds of a right program: see agreement.FALSE_ALARM
TESTS = 16


@pytest.fixture(scope="module")
def worlds():
    return ensemble(120, days=180)


@pytest.fixture(scope="module")
def ours(worlds):
    """obrok's counts, hot and as it is."""
    return [agreement.sampled(obrok_rules.obrok_counts, s, 1, 1) for s in (agreement.hot(worlds), worlds)]


def numpy_counts(ahead=True, change=lambda s: s):
    return lambda s, seed: numpy_rules.run(change(s), seed, 1, ahead).counts


def agrees(ours, worlds, counts, seed=77) -> bool:
    """In the hot setting, and then in the setting as it is."""
    settings = (agreement.hot(worlds), worlds)
    return all(
        agreement.compared(mine, agreement.sampled(counts, s, 1, seed), TESTS).holds
        for mine, s in zip(ours, settings, strict=True)
    )


def test_numpy_ahead_runs_the_same_model(worlds, ours):
    assert agrees(ours, worlds, numpy_counts())


def test_numpy_by_the_day_runs_the_same_model(worlds, ours):
    few = part(worlds, slice(0, 40))
    assert agrees([x[:, :40] for x in ours], few, numpy_counts(False))


def changed(**factors):
    """A setting with parameters of its worlds multiplied: a rule gone wrong in one program."""

    def change(setting):
        rows = setting.worlds.copy()
        for name, factor in factors.items():
            rows[name] *= factor
        return replace(setting, worlds=rows)

    return change


def cut_doubled(setting):
    rows = setting.schedules.copy()
    rows["deductions"] *= 2.0
    return replace(setting, schedules=rows)


WRONG = {
    "fear draws people out": numpy_counts(change=changed(perceived_nearby=-1.0)),
    "the cut is doubled": numpy_counts(change=cut_doubled),
    "mates join twice as readily": numpy_counts(change=changed(join_chance=2.0)),
    "those let go are found as before": numpy_counts(change=changed(found_again=3.0)),
    "all is a day late": lambda s, seed: np.roll(numpy_counts()(s, seed), 1, axis=2),
}


@pytest.mark.parametrize("rule", WRONG)
def test_a_planted_wrong_rule_is_caught(rule, worlds, ours):
    assert not agrees(ours, worlds, WRONG[rule])


def test_everybody_is_somewhere(worlds):
    counts = numpy_rules.run(worlds, 3, 2).counts
    assert counts.shape == (4, 120, 180, len(STATUSES)) and (counts >= 0).all()
    at_post, waiting = counts[..., STATUSES.index("at_post")], counts[..., STATUSES.index("waiting")]
    assert (at_post + waiting <= 300).all() and (np.diff(counts[..., STATUSES.index("settled")], axis=2) >= 0).all()


def test_processes_and_batches_do_not_move_a_count():
    few = ensemble(8, days=100)
    one, two = (numpy_rules.run(few, 5, threads, worlds=2).counts for threads in (1, 2))
    assert (one == two).all()


def test_the_swaps_raise_as_few_false_alarms_as_they_say():
    """Of 200 comparisons of one law with itself at 5 %, 18 or more alarms come once in 100,000."""
    rng, alarms = np.random.default_rng(1), 0
    for k in range(200):
        a, b = rng.negative_binomial(0.3, 0.1, (2, 1, 30, 3, 8))
        alarms += agreement.compared(a, b, 1, k).p[0] <= 0.05
    assert alarms < 23


@pytest.mark.parametrize("package, module", [("mesa", "mesa_rules"), ("jax", "jax_rules")])
def test_others_run_the_same_model(package, module):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: make bench installs it in an environment of its own")
    program = next(p for p in OTHERS if p.module == module)
    for kind, worlds in (("ensemble", 20), ("hot", 12)):
        spec = Spec(kind, worlds, 2, days=90)
        a, b = (counted(p, spec, 1, seed, 2) for p, seed in ((OBROK, 1), (program, 2)))
        assert agreement.compared(a, b, TESTS).holds


@pytest.mark.parametrize("column, value", [("recall", 0.1), ("dispatch", 0.5), ("wage", 1.0)])
def test_what_the_others_leave_out_is_refused(column, value, worlds):
    rows = worlds.schedules.copy()
    rows[column][:, :, 50:] = value
    with pytest.raises(ProblemsFound, match=column):
        flat(replace(worlds, schedules=rows))


# --- what is measured ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n, low, high", [(1, 0, 0), (5, 0, 4), (8, 1, 6), (20, 5, 14)])
def test_the_interval_of_a_median(n, low, high):
    """Ends by order statistics; what they cover by counting coin tosses."""
    m = measure.measured([float(x) for x in reversed(range(n))])
    assert (m.low, m.high, m.median, m.runs) == (low, high, (n - 1) / 2, n)
    tosses = np.random.default_rng(n).random((40_000, n)) < 0.5
    below = tosses.sum(1)  # values under the true median
    assert m.coverage == pytest.approx(((below > low) & (below <= high)).mean(), abs=0.01)


def test_ratios_are_taken_within_a_pass():
    bench = measure.Bench(2)
    for slow in (1.0, 5.0, 2.0):  # the machine slows down for both
        bench.add("ensemble", "obrok", Timed(100, slow, slow, 0.0))
        bench.add("ensemble", "numpy", Timed(100, 10.0 * slow, slow, 0.0))
        bench.add("ensemble", "jax", Timed(100, 4.0 * slow, slow, 0.0))
    data = bench.as_data()
    assert data["ratio_best_vectorised"]["program"] == "jax"
    assert (data["ratio_best_vectorised"]["low"], data["ratio_best_vectorised"]["high"]) == (4.0, 4.0)
    assert data["ensemble_rate"]["median"] == statistics.median([100.0, 20.0, 50.0])
    assert data["ratio_mesa"] is None and data["programs"]["mesa"] is None


def test_the_speed_of_another_model_is_not_told(monkeypatch):
    here = Program("numpy-ahead", "NumPy", "numpy_rules", worlds=4)
    monkeypatch.setattr(measure, "OTHERS", (here,))
    monkeypatch.setattr(measure, "OBROK", replace(OBROK, worlds=4))
    monkeypatch.setattr(measure, "Workers", AtOnce)
    bench = measure.Bench(1, agreed={"numpy-ahead": {"ensemble": {"agree": True}, "hot": {"agree": False}}})
    data = measure.bench(("ensemble",), 1, threads=1, into=bench).as_data()
    assert data["ensemble_rate"] and data["ratio_best_vectorised"] is None and not data["counts_agree"]["agree"]


KEYS = {
    *("ensemble_rate", "large_rate", "world_seconds", "ratio_mesa", "ratio_best_vectorised", "ratio_c"),
    *("thread_speedup", "bytes_per_person", "counts_agree", "large_rate_drawn_before", "ratio_numpy_ahead"),
    *("threads_identical", "world_memory", "world_disk", "slopes", "profile"),
}


def test_a_run_is_written_and_what_is_missing_is_said(tmp_path, monkeypatch):
    absent = Program("nowhere", "a program that is not here", "numpy_rules", "no_such_package")
    here = Program("numpy-ahead", "NumPy", "numpy_rules", worlds=6, judged=6, replicates=1)
    monkeypatch.setattr(measure, "OTHERS", (here, absent))
    monkeypatch.setattr(measure, "OBROK", replace(OBROK, worlds=6))
    monkeypatch.setattr(measure, "LARGE", Spec("large", 2, posts=200, days=60))
    monkeypatch.setattr(measure, "WORLD", Spec("large", 30, posts=100, days=90))
    monkeypatch.setattr(measure, "Workers", AtOnce)
    seen: list[str] = []
    parts = ("agree", "ensemble", "large", "threads", "world")
    bench = measure.bench(parts, 2, threads=2, tell=lambda stage, *_: seen.append(stage), folder=tmp_path / "days")
    bench.write(tmp_path / "new" / "bench.json")
    data = json.loads((tmp_path / "new" / "bench.json").read_text("utf-8"))
    assert set(data) >= KEYS and data["finished"]
    assert data["skipped"] == {"nowhere": "no_such_package is not installed"}
    assert data["ratio_c"] is None and data["ratio_best_vectorised"] is None and data["slopes"] is None
    assert data["threads_identical"] and data["world_seconds"]["runs"] == 1 and data["world_disk"]["median"] > 3_000
    assert not list((tmp_path / "days").iterdir())  # looked at, and removed
    for key in ("ensemble_rate", "large_rate", "large_rate_drawn_before", "ratio_numpy_ahead", "thread_speedup"):
        assert data[key]["runs"] == 2 and data[key]["low"] <= data[key]["median"] <= data[key]["high"]
    assert data["counts_agree"]["agree"] and set(data["counts_agree"]["programs"]["numpy-ahead"]) == {"ensemble", "hot"}
    assert "agreement: numpy-ahead" in seen and "speed: ensemble" in seen


class AtOnce:
    """In this process, in place of one for each program."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ask(self, name, call, *given):
        return call(*given)


def test_days_that_go_to_disk_are_those_of_every_city(tmp_path):
    """In pieces, on any number of threads, under a stretch of days drawn ahead or several."""
    setting = large(7, 300, 500)
    kept = large_run(setting, 1).counts[0]
    for threads, piece in ((1, 2), (3, 3), (2, 50)):
        folder = tmp_path / f"{piece}"
        total = streamed(setting, threads, folder, piece).counts
        table = read_tables(sorted(folder.glob("*.parquet")))
        assert (total[0, 0] == kept.sum(axis=0)).all()
        assert (table["at_post"].reshape(7, 500) == kept[:, :, STATUSES.index("at_post")]).all()
        assert (table["city"] == np.repeat(np.arange(7), 500)).all() and (
            table["day"] == np.tile(np.arange(500), 7)
        ).all()
    assert (large_run(setting, 2, drawn_before=True).counts[0] == kept).all()


def test_a_city_larger_than_what_is_drawn_ahead(monkeypatch):
    """People due to come are drawn a stretch of days at a time; who they are does not hang on the stretch."""
    from obrok.bench.obrok_rules import Cities

    cities = Cities(large(1, 20_000, 700))
    assert cities.drawn(0)[1] == 700
    many = Cities(large(1, 40_000, 700))
    settled, end, people = many.drawn(0)
    assert end < 700
    counts, whole = np.empty((700, len(STATUSES)), np.int64), np.empty((700, len(STATUSES)), np.int64)
    many.lived(0, settled, end, people, counts)
    key, limit = many._key(0), many.setting.limits[0]
    again = settle(*key, many.setting.firm_first[0], limit, 700)
    many.lived(0, again, 700, due_to_come(*key, limit, 700, again.posts, 0, 700), whole)
    assert (counts == whole).all() and counts[-1, STATUSES.index("returned")] > 20_000


def test_slopes_and_profile_tell_what_was_run(monkeypatch):
    from obrok.bench import costs

    monkeypatch.setattr(costs, "GROWS", {"worlds": ((4, 8), lambda x: ensemble(int(x), posts=40, days=60))})
    told = costs.slopes(2, 1)["worlds"]
    assert told["at"] == [4, 8] and min(told["seconds"]) > 0 and told["runs"] == 2
    two = np.log(told["seconds"])
    assert told["slope"] == pytest.approx((two[1] - two[0]) / np.log(2))


def test_a_picture_of_what_was_measured(tmp_path):
    from obrok.outward.charts_bench import draw_bench

    bench = measure.Bench(2)
    assert not draw_bench(bench.as_data(), tmp_path / "none.svg")
    for name, seconds in (("obrok", 1.0), ("mesa", 900.0)):
        for k in range(5):
            bench.add("ensemble", name, Timed(10**9, seconds + k, seconds, 0.0))
    bench.slopes = {"worlds": {"unit": "worlds", "at": [1, 2, 4], "seconds": [1.0, 2.0, 4.0], "slope": 1.0, "runs": 1}}
    assert draw_bench(bench.as_data(), tmp_path / "new" / "b.svg")
    assert "Mesa" in (tmp_path / "new" / "b.svg").read_text("utf-8")


def test_a_program_in_a_process_of_its_own():
    from obrok.bench.programs import Workers

    with Workers() as workers:
        run = workers.ask("obrok", timed, OBROK, Spec(worlds=4, days=30), 1, 1)
    assert run.person_days == 4 * 4 * 300 * 30 and run.rate > 0 and run.cpu > 0


def test_a_stop_by_hand_writes_what_is_finished(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from obrok.outward.cli import app

    def stopped(parts, passes, only, threads, tell, into, folder):
        into.add("ensemble", "obrok", Timed(100, 1.0, 1.0, 0.0))
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "bench", stopped)
    done = CliRunner().invoke(app, ["bench", "--out", str(tmp_path)])
    data = json.loads((tmp_path / "bench.json").read_text("utf-8"))
    assert done.exit_code == 130 and data["ensemble_rate"]["median"] == 100.0 and not data["finished"]


@pytest.mark.parametrize("option, given", [("--part", "speed"), ("--program", "fortran")])
def test_an_unknown_part_is_told(option, given):
    from typer.testing import CliRunner

    from obrok.outward.cli import app

    done = CliRunner().invoke(app, ["bench", option, given])
    assert isinstance(done.exception, ProblemsFound) and given in str(done.exception.problems[0])
