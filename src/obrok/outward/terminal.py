"""What is shown on a terminal: progress on standard error, the answers of a run on standard output."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

#: what a terminal obeys instead of showing, what turns the direction of the writing, and halves of characters, which no
#: encoding has; line ends and tabs are shown
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """A text as a terminal may have it: a name, a title or words of a document cannot move the cursor, hide or turn what
    stands there. What a terminal would obey is written out, as `\\u001b`."""
    return _OBEYED.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def shown_in_place(text: str) -> str:
    """The same, a sign for a sign, where positions in the text count."""
    return _OBEYED.sub("\ufffd", text)


class _Shown:
    """A stream that shows all that is written to it. rich writes past it: its own styles are meant to be obeyed."""

    def __init__(self, stream: TextIO):
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        return self.rich_proxied_file.write(shown(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


@contextmanager
def showing() -> Iterator[None]:
    """While this lasts, whatever is printed is shown and not obeyed."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Shown(stream) for stream in before)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class Screen(Console):
    """A console whose styles are obeyed and whose texts are shown."""

    def print(self, *objects: Any, **style: Any) -> None:
        super().print(*(shown(x) if isinstance(x, str) else x for x in objects), **style)


out = Screen(highlight=False, soft_wrap=True)
err = Screen(stderr=True, highlight=False, soft_wrap=True)


class Telling:
    """A progress bar on standard error while a terminal looks on; a line a stage where none does; nothing with --json."""

    def __init__(
        self,
        silent: bool,
        note: str = "the first run compiles for most of a minute; Ctrl-C loses nothing that is finished",
    ):
        self.silent, self.note, self.stage = silent, note, ""
        columns = (TextColumn("{task.description:<20}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=err, transient=True, disable=silent or not err.is_terminal)
        self.task: TaskID | None = None

    def __enter__(self) -> Callable[[str, int, int], None]:
        self.bar.start()
        if not self.silent:
            err.print(self.note, style="dim")
        return self.tell

    def tell(self, stage: str, done: int, total: int, says: str = "") -> None:
        """`says`: what stands beside the bar in the place of the stage."""
        if stage != self.stage:
            self.stage = stage
            if self.task is not None:
                self.bar.remove_task(self.task)
            self.task = self.bar.add_task(stage, total=total)
            if not self.silent and not err.is_terminal:
                err.print(f"{stage} …")
        self.bar.update(self.task, completed=done, total=total, description=says or stage)  # type: ignore[arg-type]

    def __exit__(self, *_) -> None:
        self.bar.stop()


def tell_result(result) -> None:
    from obrok.answers.answers import HEADLINES
    from obrok.answers.weigh import ENOUGH, HEAVY

    s, case = result.summary, result.case
    out.print(case.title, style="bold", markup=False)
    out.print("An estimate from a model, not a count. Nobody simulated is a real person.\n")
    for name in (name for names in HEADLINES.values() for name in names):
        a = result.answer(name)
        before = f"before weighing {_figure(a['prior']['p05'], a['unit'])} to {_figure(a['prior']['p95'], a['unit'])}"
        leans = f"; leans most on {', '.join(a['claims'][:3])}" if a["claims"] else ""
        out.print(f"• {escape(a['text'])}\n  [dim]{before}{leans}[/dim]")
    for policy, versus in case.compare:
        if effects := [a for a in result.answers if (a["policy"], a["versus"]) == (policy, versus)]:
            out.print(f"• {_telling(effects)['text']}")
    _tell_questions(result)
    out.print()
    if s["weighed"]:
        few = s["effective_sample_size"] < ENOUGH or (s["pareto_k"] or 0) > HEAVY
        out.print(
            f"{s['worlds']:,} versions, worth {s['effective_sample_size']:,.0f} after weighing (pareto k {s['pareto_k']})."
            + (" Few versions carry the answers: tails are rough; more --worlds help." if few else "")
        )
    if clash := result.explained.get("clash"):
        out.print(f"Nothing fits. {clash['text']}", markup=False)
    out.print(case.anchors.told())
    for note in result.notes:
        err.print(f"note: {note}", markup=False)
    out.print(f"{'report' if result.fresh else 'computed before; report'}: {result.shown}/report.html", markup=False)


def _telling(effects: list[dict]) -> dict:
    """Of the differences between two policies that of how many leave or, where this is none, the largest in people."""
    left = next(a for a in effects if a["id"] == "left")
    if left["chance_more"] + left["chance_less"] > 0:
        return left
    return max((a for a in effects if a["unit"] == "people"), key=lambda a: abs(a["p50"] or 0.0))


def _tell_questions(result) -> None:
    """The case's own questions, each as a sentence; of many that differ in their days alone, a line each."""
    from obrok.answers.asked import days_text
    from obrok.answers.words import topic_text
    from obrok.case.questions import lines

    case, together = result.case, lines(result.case.questions)
    for q in case.questions:
        if not any(q in asked for asked in together):
            out.print(f"? {q.asks}\n  {result.answer(q.id)['text']}", markup=False)
    for asked in together:
        first = asked[0]
        out.print(f"? {topic_text(case, first.quantity, first.about.place, first.where)}", markup=False)
        for q in asked:
            a, when = result.answer(q.id), days_text(*q.days)
            low, middle, high = (_figure(a[k], a["unit"]) for k in ("p05", "p50", "p95"))
            out.print(f"  {when[0].upper()}{when[1:]}: {low} to {high}, middle {middle}", markup=False)


def _figure(value: float | None, unit: str) -> str:
    from obrok.answers.words import number

    return number(value, unit)
