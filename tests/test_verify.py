"""The judges themselves: a right engine passes, and wrong rules planted on one side are caught.

Seeds are fixed. A right engine fails one of the checks here with a chance below 1e-3; each wrong rule below is caught at
every one of three seeds (a power that is far above what three seeds can show: the p-value is at its floor each time).
"""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from numba import njit

from obrok.outward import cli
from obrok.verify import closed_forms, random_numbers, reference, settings
from obrok.verify.against_reference import compare
from obrok.verify.chance import relabelling, several
from obrok.verify.checks import CHECKS, Finding
from obrok.verify.verdicts import verify

WORLDS, ALPHA = 120, 1e-3
SETTINGS = {s.name: s for s in settings.all_settings(days=240)}


def p_of(name: str, seed: int) -> float:
    setting = SETTINGS[name]
    world = closed_forms.anchored(setting.parameters, setting.schedule)
    return compare(setting, world, WORLDS, seed, ALPHA).result.p


@pytest.mark.parametrize("name", SETTINGS)
def test_the_engine_agrees_with_the_reference(name):
    """Every status, flow, account and mood, mean and variance, on every day, all feedback on."""
    assert p_of(name, 11) > ALPHA


def fear_with_the_wrong_sign(monkeypatch):
    right = reference.fear
    monkeypatch.setattr(reference, "fear", lambda *given: -right(*given))


def a_day_late(monkeypatch):
    right = reference.host
    monkeypatch.setattr(reference, "host", lambda schedule, t: right(schedule, max(0, t - 1)))


def cut_doubled(monkeypatch):
    right = reference.host
    doubled = {"deductions": 2.0}
    monkeypatch.setattr(
        reference, "host", lambda schedule, t: {k: v * doubled.get(k, 1.0) for k, v in right(schedule, t).items()}
    )


def rumour_counted_twice(monkeypatch):
    right = reference.word_of_mouth
    monkeypatch.setattr(reference, "word_of_mouth", lambda *given: 2.0 * right(*given))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (fear_with_the_wrong_sign, "thaw"),
        (a_day_late, "crackdown"),
        (cut_doubled, "hot"),
        (rumour_counted_twice, "hot"),
    ],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_wrong_rule_is_caught(monkeypatch, wrong, name, seed):
    wrong(monkeypatch)
    assert p_of(name, seed) <= ALPHA


def test_swapped_labels_hold_their_false_alarm_rate():
    """300 comparisons of like with like, skewed counts that hang together: about one in ten has p ≤ 0.1; and a shift is seen.

    Binomial(300, 0.1) lies outside 12 … 52 with a chance below 1e-4."""
    rng = np.random.default_rng(5)

    def draw(n: int, shift: float = 0.0) -> np.ndarray:
        return rng.poisson(0.3 * np.exp(rng.standard_normal((n, 1))), (n, 12)) + shift

    alarms = sum(relabelling(draw(20), draw(20), 0.1, k).p <= 0.1 for k in range(300))
    assert 12 <= alarms <= 52
    assert relabelling(draw(60), draw(60, 1.5), 1e-3, 1).p <= 1e-3


# -- random numbers
@njit
def _cheap(keys, out):
    """A hash as one might write it in a hurry: a multiplication and a shift of a sum of the keys."""
    for i in range(len(keys)):
        x = np.uint64(0)
        for k in keys[i]:
            x = x * np.uint64(31) + np.uint64(k)
        x = (x ^ (x >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
        out[i] = ((x >> np.uint64(11)) | np.uint64(1)) * 2.0**-53


def cheap(keys: np.ndarray) -> np.ndarray:
    out = np.empty(len(keys))
    _cheap(np.ascontiguousarray(keys, np.int64), out)
    return out


def test_numbers_of_neighbours_are_unrelated_and_a_cheap_hash_is_caught():
    n = 1 << 15
    for test in (random_numbers.uniform, random_numbers.along, random_numbers.across, random_numbers.tails):
        assert several([p for _, p in test(random_numbers.ours, n, 1)]) > 1e-4, test.__name__
    assert several([p for _, p in random_numbers.along(cheap, n, 1)]) < 1e-12
    assert several([p for _, p in random_numbers.across(cheap, n, 1)]) < 1e-12
    coarse = [p for name, p in random_numbers.uniform(cheap, n, 1) if name in ("2 bins", "64 bins")]
    assert min(coarse) > 1e-12  # it looks even: only its neighbours give it away


# -- the command
@pytest.fixture(scope="module")
def report():
    return verify(worlds=50, seed=1)


def test_all_checks_pass_and_state_one_rate(report, tmp_path):
    assert not report.failed and len(report.verdicts) == len(CHECKS) and "passed" in report.headline
    asked = [v for v in report.verdicts if v.kind == "chance"]
    assert report.alpha * len(asked) == pytest.approx(report.false_alarm) == pytest.approx(1e-3)
    assert all(v.picture.startswith("<svg") and v.says for v in report.verdicts)
    page = report.write(tmp_path).read_text("utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page
    assert all(v.title in page for v in report.verdicts)
    assert json.loads((tmp_path / "verify.json").read_text("utf-8"))["passed"] is True


def test_pairing_is_worth_its_trouble(report):
    """Differences scatter several times less with shared luck: lower ends of the intervals above 1."""
    says = next(v.says for v in report.verdicts if v.id == "pairing")
    assert "without-visit, left" in says and "conduct-as-before, left" in says


def test_a_failed_check_fails_the_command(monkeypatch, capsys, tmp_path):
    from obrok.verify import verdicts

    wrong = CHECKS[0]._replace(id="wrong", title="a planted failure", run=lambda job: Finding("off", "<svg/>", p=0.0))
    right = wrong._replace(id="right", title="a planted pass", run=lambda job: Finding("fine", "<svg/>", p=0.5))
    monkeypatch.setattr(verdicts, "CHECKS", (wrong, right))
    monkeypatch.setattr(verdicts.verify, "__defaults__", (*verdicts.verify.__defaults__[:-1], (wrong, right)))
    monkeypatch.setattr(sys, "argv", ["obrok", "verify", "--out", str(tmp_path / "v"), "--worlds", "50"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    told = capsys.readouterr().out
    assert stop.value.code == 1 and "FAILED" in told and "a planted failure" in told and "a planted pass" in told
