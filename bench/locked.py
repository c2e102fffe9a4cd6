"""How long it takes to lock an archive, unlock it, and to check and search it, locked beside plain.

python bench/locked.py [DOCUMENTS …]     # 1 and 2,000 by default; prints JSON
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
PASSPHRASE, COMMAND = "seven lanterns over a quiet ferry", "from obrok.outward.cli import main; main()"


def main() -> None:
    for many in [int(a) for a in sys.argv[1:]] or [1, 2_000]:
        with tempfile.TemporaryDirectory() as at:
            print(json.dumps(measured(Path(at), many)), flush=True)


def measured(at: Path, many: int) -> dict:
    """Seconds of each command, a process each, Python's start included: by the clock, and of the processor. For `check`
    and `find` the best of three."""
    (at / "passphrase").write_text(PASSPHRASE)
    (at / "passphrase").chmod(0o600)
    os.environ |= {
        "OBROK_ARCHIVE": str(at / "own"), "OBROK_DOCUMENTS": "", "OBROK_PASSPHRASE_FILE": str(at / "passphrase"),
        "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    case = filled(at, many)
    out: dict[str, object] = {"documents": many, "bytes": size(case)}

    def timed(*args: str, times: int = 1) -> tuple[float, float]:
        best = []
        for _ in range(times):
            start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([sys.executable, "-c", COMMAND, *args], capture_output=True, text=True)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
            best.append((round(time.perf_counter() - start, 2), round(spent, 2)))
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return min(best)

    def asked(name: str) -> None:
        out[f"{name}: check"] = timed("check", str(case), times=3)
        out[f"{name}: find, index made"] = timed("find", str(case), "Moscow")
        out[f"{name}: find, index kept"] = timed("find", str(case), "Moscow", times=3)

    asked("plain")
    out["lock"] = timed("lock", str(case))
    asked("locked")
    out["unlock"] = timed("unlock", str(case))
    return out


def filled(at: Path, many: int) -> Path:
    """A case with invented articles in its archive, and a claim on each of the first hundred."""
    from obrok.case.case import load, new_case
    from obrok.evidence.anchors import Anchor
    from obrok.outward.editing.intake import About, take_in
    from tests.piles import article

    case, rng, pile = new_case(at / "mine"), random.Random(1), at / "pile"
    pile.mkdir()
    texts = [article(rng, n).text for n in range(many)]
    for n, text in enumerate(texts):
        (pile / f"a{n}.txt").write_text(text)
    take_in(case, sorted(pile.iterdir()), About(published="2015-06-01"))
    rows = "".join(
        f"  - id: c{n}\n    document: a{n}\n    anchor: {Anchor.of(text, 10, 60).as_yaml()}\n    source: S1\n"
        "    paraphrase: In other words.\n    informs: context\n"
        for n, text in enumerate(texts[:100])
    )
    source = '{id: S1, kind: unnamed person, near: close, credence: {value: 0.8, why: "there"}}'
    (case / "claims.yaml").write_text(f"format: 1\nsources:\n  - {source}\nclaims:\n{rows}")
    load(case)
    return case


def size(case: Path) -> int:
    return sum(p.stat().st_size for p in (case / "archive").rglob("*") if p.is_file())


if __name__ == "__main__":
    main()
