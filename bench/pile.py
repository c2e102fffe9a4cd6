"""Ten thousand documents of article length: read, de-duplicated, searchable. Time, memory, and a check that it was done.

    python bench/pile.py [--documents 10000] [--searches 200]

Pages of five languages with menus and footers; one in twenty is an edited copy of another. Nothing but the standard
library and obrok; runs in a folder that it removes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnprstvz"
CITIES = ["Chita", "Vladivostok", "Khabarovsk", "Doha", "Kuwait", "Warsaw", "Caracas", "Dakar", "Dandong", "Ulan-Ude"]
LETTERS = {"en": None, "es": None, "ru": (0x430, 0x44F), "ko": (0xAC00, 0xC800), "ja": (0x3042, 0x3093)}


def vocabulary(r: random.Random, language: str, size: int = 6000) -> list[str]:
    span = LETTERS[language]
    if span is None:
        return ["".join(r.choice(CONSONANTS) + r.choice(VOWELS) for _ in range(r.randint(1, 4))) for _ in range(size)]
    return ["".join(chr(r.randint(*span)) for _ in range(r.randint(2, 6))) for _ in range(size)]


def article(r: random.Random, words: list[str], language: str) -> list[str]:
    """Paragraphs, about 5,000 characters in all; frequent words are frequent."""
    out, length = [], 0
    while length < 5000:
        sentence = [words[int(len(words) * r.random() ** 3)] for _ in range(r.randint(8, 20))]
        if r.random() < 0.3:
            sentence.insert(r.randrange(len(sentence)), f"{r.randint(2, 4000):,}")
        if r.random() < 0.2:
            sentence.insert(r.randrange(len(sentence)), r.choice(CITIES))
        out.append(" ".join(sentence).capitalize() + ("。" if language == "ja" else "."))
        length += len(out[-1])
    return [" ".join(out[i : i + 5]) for i in range(0, len(out), 5)]


def page(paragraphs: list[str], language: str, n: int) -> str:
    menu = "".join(f'<li><a href="/s{i}">Section {i}</a></li>' for i in range(40))
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    date = f"2016-{1 + n % 12:02}-{1 + n % 28:02}"
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>Report {n}</title>'
        f'<meta property="article:published_time" content="{date}"><style>{"a{color:red}" * 200}</style></head><body>'
        f"<nav><ul>{menu}</ul></nav><article><h1>Report {n}</h1>{body}</article><aside><ul>{menu}</ul></aside>"
        f"<footer>All rights reserved</footer></body></html>"
    )


def pile(folder: Path, count: int) -> int:
    """Writes the pages. How many of them are copies."""
    r = random.Random(1)
    words = {language: vocabulary(r, language) for language in LETTERS}
    before: list[tuple[list[str], str]] = []
    copies = 0
    for n in range(count):
        language = r.choice(["en", "en", "en", "es", "ru", "ko", "ja"])
        if n % 20 == 19:
            paragraphs, language = r.choice(before)
            paragraphs = [p for p in paragraphs if r.random() > 0.1]
            copies += 1
        else:
            paragraphs = article(r, words[language], language)
            before.append((paragraphs, language))
        (folder / f"page-{n:05}.html").write_text(page(paragraphs, language, n), "utf-8")
    return copies


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--documents", type=int, default=10_000)
    given.add_argument("--searches", type=int, default=200)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as at:
        os.environ |= {"OBROK_ARCHIVE": f"{at}/user", "OBROK_DOCUMENTS": ""}
        from obrok.case.case import new_case
        from obrok.evidence.copies import relations, texts_of
        from obrok.outward.finding import find
        from obrok.outward.editing.intake import About, files_in, take_in

        source, case = Path(at) / "pages", new_case(Path(at) / "case")
        source.mkdir()
        copies = pile(source, asked.documents)
        clock = time.perf_counter
        start = clock()
        done = take_in(case, files_in([source]), About())
        read = clock()
        found = [x for x in relations(texts_of(done.documents.values(), case)) if x.is_sure]
        compared = clock()
        find(case, "Chita")
        indexed = clock()
        r = random.Random(2)
        times, none = [], 0
        for _ in range(asked.searches):
            text = r.choice(done.taken).read.text.split()
            words = " ".join(r.sample(text[:200], 2)).strip(".。,")
            before = clock()
            _, total = find(case, words)
            times.append(1000 * (clock() - before))
            none += not total
        size = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e3
        paired = {x.second for x in found} | {x.first for x in found}
        told = {
            "documents": len(done.taken), "problems": len(done.problems), "copies_made": copies, "pairs_found": len(found),
            "documents_paired": len(paired), "read_s": round(read - start, 1), "deduplicated_s": round(compared - read, 1),
            "indexed_s": round(indexed - compared, 1), "all_s": round(indexed - start, 1),
            "search_ms": {"median": round(statistics.median(times), 1), "p95": round(sorted(times)[int(0.95 * len(times))], 1),
                          "most": round(max(times), 1)},
            "searches_without_a_hit": none, "memory_mb_at_most": round(size),
        }  # fmt: skip
        print(json.dumps(told, indent=1))
        shutil.rmtree(case)
        assert told["documents"] == asked.documents and not done.problems and none == 0 and len(found) >= 0.95 * copies


if __name__ == "__main__":
    main()
