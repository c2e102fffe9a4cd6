"""Ten thousand damaged files: each is read or refused in words; none crashes, hangs or changes the archive.

    python bench/malformed.py [--files 10000] [--seed 2026]

Pages, PDFs, web archives and texts go through `take_in` (with its reading processes), YAML through `load` as one of a
case's three files, JSON-LD through the import of annotations. Then a quarter as many of what obrok itself writes and reads
back: the JSON files of a result, the archive's list of published spans, candidates.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def digest_of(folder: Path) -> str:
    """Of everything in an archive but the index and the log, by name and content."""
    from obrok.evidence.anchors import sha256

    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(("index", "custody")))
    return sha256("\n".join(f"{p.relative_to(folder)} {sha256(p.read_bytes())}" for p in files))


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--files", type=int, default=10_000)
    given.add_argument("--seed", type=int, default=2026)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as at:
        os.environ |= {"OBROK_ARCHIVE": f"{at}/user", "OBROK_DOCUMENTS": ""}
        from obrok.case.case import load, new_case
        from obrok.evidence.custody import alterations
        from obrok.outward.annotations import imported
        from obrok.outward.editing.intake import About, take_in
        from obrok.problems import ProblemsFound
        from tests.malformed import CASE, malformed

        case = new_case(Path(at) / "case")
        (Path(at) / "report.txt").write_text("Police found four builders in May, and let them go.")
        take_in(case, [Path(at) / "report.txt"], About(published="2016-01-05"))
        archive = case / "archive"
        kept = {
            p.relative_to(archive): p.read_bytes() for p in archive.rglob("*") if p.is_file() and p.suffix != ".jsonl"
        }
        sound, other = load(case), Path(at) / "other"
        count: Counter[str] = Counter()
        slowest = 0.0
        files: list[Path] = []
        source = Path(at) / "damaged"
        source.mkdir()
        for n, (name, data) in enumerate(malformed(asked.seed, asked.files)):
            kind = Path(name).suffix
            start = time.perf_counter()
            if kind in (".yaml", ".yml"):
                shutil.rmtree(other, ignore_errors=True)
                shutil.copytree(CASE, other)
                (other / name.partition("-")[2]).write_bytes(data)
                count["yaml: " + outcome(load, ProblemsFound, other)] += 1
            elif kind in (".jsonld", ".json"):
                count["json-ld: " + outcome(imported, ProblemsFound, sound, data, name)] += 1
            else:
                path = source / f"{n:05}{kind}"
                path.write_bytes(data)
                files.append(path)
                continue
            slowest = max(slowest, time.perf_counter() - start)
        start = time.perf_counter()
        done = take_in(case, files, About(published="2016-01-05"))
        spent = time.perf_counter() - start
        count["documents: read"], count["documents: refused"] = len({t.file for t in done.taken}), len(done.problems)
        changed = [str(p) for p, data in kept.items() if (archive / p).read_bytes() != data]
        told = {"files": asked.files, **dict(sorted(count.items())), "slowest_yaml_or_json_s": round(slowest, 2),
                "documents_s": round(spent, 1), "archive_changed": changed, "archive_unsound": alterations(archive)}  # fmt: skip
        print(json.dumps(told, indent=1))
        assert not changed and not alterations(archive)
        assert {t.file for t in done.taken} | {source / p.file for p in done.problems} == set(files)
        load(case)
        read_back(Path(at), case, asked.seed, asked.files // 4)


def read_back(at: Path, case: Path, seed: int, n: int) -> None:
    """Misshapen files of obrok's own: whatever reads them reads or refuses them."""
    from obrok.case.case import load
    from obrok.evidence.withheld import holds, key_of
    from obrok.outward.editing import candidates
    from obrok.outward.exports import tables
    from obrok.outward.options import Options
    from obrok.outward.results import results
    from obrok.outward.sound import SHAPES, refuse_unsound
    from obrok.outward.study import can_go_on, finished, run_case
    from obrok.problems import ProblemsFound
    from obrok.worlds.store import read_json
    from tests.malformed import DAMAGES, misshapen

    shipped, options, out = load("chita-2015"), Options(480, 3), at / "out"
    run_case(shipped, options, out)
    identity = (read_json(out / "record.json") or {})["identity"]
    (out / "unfinished.json").write_text(json.dumps({"identity": identity}))
    refuse_unsound(out, shipped)
    key_of(case / "archive")
    span = {"code": "a" * 64, "sha256_file": "b" * 64, "sha256_text": "c" * 64, "start": 0, "end": 9}
    (case / "archive" / "published.jsonl").write_text(json.dumps(span) + "\n")
    (case / candidates.FILE).write_text(candidates.HEAD)

    def commands() -> None:
        refuse_unsound(out, shipped)
        finished(shipped, out)
        can_go_on(shipped, options, out)

    uses = {out / name: (commands, lambda: results(out, days=False), lambda: tables(out)) for name in SHAPES}
    uses[case / "archive" / "published.jsonl"] = (lambda: holds("a" * 64, case),)
    uses[case / candidates.FILE] = (lambda: candidates.told(case, ["x"], {}), lambda: candidates.drop(case, ["x"]))
    r, count, slowest = random.Random(seed), Counter[str](), 0.0
    for _ in range(n):
        path = r.choice(list(uses))
        sound = path.read_bytes()
        path.write_bytes(r.choice(DAMAGES[:5])(r, sound) if path.suffix == ".yaml" else misshapen(r, sound))
        start = time.perf_counter()
        for use in uses[path]:
            count[f"{path.name}: {outcome(use, ProblemsFound)}"] += 1
        slowest = max(slowest, time.perf_counter() - start)
        path.write_bytes(sound)
    print(
        json.dumps({"read_back": n, **dict(sorted(count.items())), "slowest_read_back_s": round(slowest, 2)}, indent=1)
    )


def outcome(what, refused: type[Exception], *given) -> str:
    try:
        what(*given)
    except refused:
        return "refused"
    return "read"


if __name__ == "__main__":
    main()
