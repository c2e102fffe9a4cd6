"""How an estimate is cited: in a sentence, in BibTeX. Only what its record says is in it, so there is no date: a record has none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from obrok.case.case import Case

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def how_to_cite(case: Case, summary: Mapping, identity: Mapping) -> str:
    weighed = "" if summary["weighed"] else ", not weighed by what was reported"
    return (
        f"Model estimate, not a count: obrok {identity.get('obrok', '')}, case “{case.title}” ({case.id}, "
        f"{case.sha256[:12]}), {summary['worlds']:,} versions{weighed}, seed {summary['seed']}."
    )


def bibtex(case: Case, summary: Mapping, made: Mapping) -> str:
    """Two entries: the estimate (`summary`: answers.json, `made`: record.json), and the program that made it."""
    version = str(made["identity"]["obrok"])
    weighed = "" if summary["weighed"] else "not weighed by what was reported; "
    note = (
        f"Model estimate, not a count. {weighed}Case {case.id}, digest {case.sha256[:12]}; {summary['worlds']:,} versions, "
        f"seed {summary['seed']}; answers, digest {made['answers_sha256'][:12]}"
    )
    estimate = {
        "title": f"{{{_plain(case.title)}: a model estimate}}", "howpublished": f"obrok {_plain(version)}",
        "note": _plain(note),
    }  # fmt: skip
    program = {
        "author": "{obrok developers}", "title": "{obrok}", "version": _plain(version),
        "note": "Software, Apache License 2.0",
    }  # fmt: skip
    key = f"{case.id}-{made['answers_sha256'][:8]}"
    return _entry(key, estimate) + "\n" + _entry(f"obrok-{version}", program)


def _plain(text: str) -> str:
    """A text as BibTeX shows it."""
    return re.sub(r"[\\~^]|[&%$#_{}]", lambda m: _SPECIAL.get(m[0], f"\\{m[0]}"), text)


def _entry(key: str, fields: Mapping[str, str]) -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{re.sub(r'[^A-Za-z0-9.-]', '-', key)},\n{lines}}}\n"
