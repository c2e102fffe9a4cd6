"""`obrok runs` as it is typed: real runs in processes of their own, one of them killed, two looks at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
OBROK = [sys.executable, "-c", "from obrok.outward.cli import main; main()"]


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """An empty folder, and how `obrok` is called there, with a catalogue of its own; kernels come from their usual cache."""
    folder = tmp_path_factory.mktemp("user")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    env = os.environ | {"PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "80"}
    return folder, env | {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", os.path.join(home, "obrok"))}


def call(there, *args) -> subprocess.CompletedProcess:
    folder, env = there
    return subprocess.run([*OBROK, *map(str, args)], cwd=folder, env=env, capture_output=True, text=True, timeout=300)


def test_a_day_with_runs(there):
    folder, env = there
    for seed in (1, 2):
        done = call(there, "run", "chita-2015", "--worlds", 200, "--seed", seed, "--out", f"out/s{seed}")
        assert done.returncode == 0, done.stderr
    longer = [*OBROK, "run", "chita-2015", "--worlds", "60000", "--out", "out/long"]
    killed = subprocess.Popen(longer, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(2400):
        if list((folder / "out" / "long" / "parts").rglob("imagining-*.parquet")):
            break
        time.sleep(0.1)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()

    looks = [
        subprocess.Popen([*OBROK, "runs", "--json"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [json.loads(p.communicate(timeout=120)[0]) for p in looks]
    assert told[0] == told[1] == told[2]
    states = {r["folder"]: (r["state"], r["why"]) for r in told[0]}
    assert states["s1"] == states["s2"] == ("finished", "") and states["long"][0] == "broken off"
    assert "000 of 60,000 versions imagined; the same command goes on" in states["long"][1]
    listed = call(there, "runs")
    assert listed.returncode == 0 and max(map(len, listed.stdout.splitlines())) <= 80

    shown = call(there, "runs", "show", told[0][1]["id"][:8])
    assert shown.returncode == 0 and "Nobody simulated is a real person" in shown.stdout
    both = call(there, "runs", "compare", "s1", "s2", "--out", "both.html")
    assert both.returncode == 0 and "The seed: 1 and 2." in both.stdout and "nothing but chance" in both.stdout
    assert "none differs beyond what chance explains" in both.stdout and (folder / "both.html").exists()
    assert "paper" in call(there, "runs", "tag", "s1", "paper").stdout
    assert [r["folder"] for r in json.loads(call(there, "runs", "--tag", "paper", "--json").stdout)] == ["s1"]

    assert call(there, "run", "chita-2015", "--worlds", 200, "--out", "out/s1").stdout.endswith("report.html\n")
    assert call(there, "runs", "--check").returncode == 0
    assert call(there, "runs", "remove", "long", "s2").returncode == 1  # nobody to ask
    gone = call(there, "runs", "remove", "long", "s2", "--yes")
    assert gone.returncode == 0 and sorted(p.name for p in (folder / "out").iterdir()) == ["s1"]
    assert not gone.stderr and "Traceback" not in gone.stdout
