"""Runs as text: the list, one run in words, two side by side. Names come from elsewhere and are shown as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from obrok.answers.words import number
from obrok.case.parameters import OUTCOMES
from obrok.outward.columns import outcome
from obrok.outward.runs.compared import FALSE_ALARM, Figure, Key, Pair, Side, factual_of, figures_of
from obrok.outward.runs.differences import differences, environment, only_luck, share_luck
from obrok.outward.runs.record import count, is_figure, plain
from obrok.outward.runs.run import Run

#: states that ask for something
STYLES = {"damaged": "bold red", "half removed": "bold red", "broken off": "yellow", "another version": "yellow"}
LABELS = {True: "beyond chance", False: "within chance", None: "cannot be told"}


def cell(*lines: str, style: str = "") -> Text:
    return Text("\n".join(plain(x) for x in lines if x), style=style)


def table(found: Sequence[Run], short: Mapping[str, str]) -> Table:
    """A row a run; fits 80 columns."""
    out = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, more in (
        ("run", {"no_wrap": True}),
        ("folder and case", {"overflow": "fold", "max_width": 22}),
        ("seed", {"justify": "right", "no_wrap": True}),
        ("versions", {"justify": "right", "no_wrap": True}),
        ("state, and what is particular", {"overflow": "fold"}),
    ):
        out.add_column(name, **more)  # type: ignore[arg-type]
    everything = _all_policies(found)
    for run in found:
        many = "" if run.versions is None else f"{run.versions:,}"
        worth = "" if run.effective_sample_size is None else f"worth {run.effective_sample_size:,.0f}"
        state = Text.assemble(cell(run.state, style=STYLES.get(run.state, "")))
        for line in _particular(run, everything):
            state.append("\n").append_text(cell(line))
        where = [run.name] + [run.case] * (run.case != run.name)
        kind = [] if run.kind == "run" else [run.kind]
        seed = "" if run.seed is None else str(run.seed)
        out.add_row(cell(short.get(run.id, "–"), *kind), cell(*where), cell(seed), cell(many, worth), state)
    return out


def _all_policies(found: Sequence[Run]) -> dict[str, set[str]]:
    """Case → every policy that any of its runs has."""
    out: dict[str, set[str]] = {}
    for run in found:
        out.setdefault(run.case, set()).update(run.policies)
    return out


def _particular(run: Run, everything: Mapping[str, set[str]]) -> list[str]:
    lines = [run.why] if run.why else []
    if run.points is not None:
        lines.append(f"{run.points:,} points over {_few(run.varied) or 'seeds or cases'}")
    if run.fixed:
        lines.append("fixed " + _few([f"{k}={v:g}" for k, v in run.fixed.items()]))
    if run.policies and set(run.policies) < everything[run.case]:
        lines.append("only " + _few(run.policies))
    if run.weighed is False:
        lines.append("not weighed")
    if run.tags:
        lines.append("tags " + _few(run.tags))
    return lines


def _few(words: Sequence[str]) -> str:
    return ", ".join(w[:60] for w in words[:20]) + (" …" if len(words) > 20 else "")


# -- one run
def told(run: Run, made: Mapping, summary: Mapping) -> list[str]:
    """A finished run's record in words, a line each."""
    kept, tail = _part(made, "worlds").get("kept"), _part(made, "weighing").get("pareto_k")
    worth = "" if run.effective_sample_size is None else f", worth {run.effective_sample_size:,.0f} after weighing"
    lines = [
        f"{summary.get('title') or run.case}",
        f"{run.state}{': ' if run.why else ''}{run.why}",
        f"made by obrok {run.obrok}, program {run.code[:12]}" + _made_on(made.get("environment")),
        f"seed {run.seed}; {run.versions:,} versions imagined"
        + (f", {kept:,} lived under every policy" if count(kept) is not None else "")
        + worth
        + (f" (pareto k {tail:g})" if is_figure(tail) else ""),
        "weighed by what was reported" if run.weighed else "not weighed by what was reported",
        f"policies: {', '.join(run.policies)}",
        "fixed: " + (", ".join(f"{k} = {v:g}" for k, v in run.fixed.items()) or "nothing"),
    ]
    anchors = made["identity"].get("anchors")
    if isinstance(anchors, dict) and count(anchors.get("checked")) is not None:
        lines.append(
            f"anchors checked against their texts: {anchors['checked']:,}; not checked: {anchors.get('not_checked')}"
        )
    held = made.get("held_back")
    if isinstance(held, dict):
        lines.append(f"held back: {held.get('observations')} observations, SHA-256 {held.get('sha256')}")
    if run.tags:
        lines.append(f"tags: {', '.join(run.tags)}")
    listed = made.get("files")
    whole = "every file is as its record says" if listed else "the answers are as its record says, which lists no files"
    lines.append(whole)
    return [plain(x)[:500] for x in lines]


def _part(made: Mapping, name: str) -> dict:
    part = made.get(name)
    return part if isinstance(part, dict) else {}


def _made_on(environment: object) -> str:
    if not isinstance(environment, dict):
        return ""
    return "; on " + ", ".join(f"{str(k)[:20]} {str(v)[:20]}" for k, v in list(environment.items())[:8])


def leading(run: Run, summary: Mapping) -> list[tuple[Key, Figure]]:
    """The answers told first, as was reported; then what is asked by the case itself."""
    from obrok.answers.answers import HEADLINES

    figures, factual = figures_of(summary), factual_of(summary, run)
    asked = [q.get("id") for q in _rows(summary.get("questions")) if isinstance(q.get("id"), str)]
    keys = [(name, factual, None) for name in (*(n for names in HEADLINES.values() for n in names), *asked)]
    return [(k, figures[k]) for k in keys if k in figures]


def _rows(value: object) -> list[dict]:
    return [x for x in value if isinstance(x, dict)] if isinstance(value, list) else []


# -- two runs
def label(key: Key, summary: Mapping) -> str:
    """What an answer is about, without the policy."""
    id = key[0]
    asks = {q["id"]: q.get("asks") for q in _rows(summary.get("questions")) if isinstance(q.get("id"), str)}
    text = outcome(id) if id in OUTCOMES else asks.get(id)
    return plain(text[0].upper() + text[1:] if isinstance(text, str) and text else id)[:160]


def under(key: Key) -> str:
    """The policy of an answer, or the two that are compared."""
    _, policy, versus = key
    return plain(policy + (f", less {versus}" if versus else ""))


def span(figure: Figure) -> tuple[str, str]:
    """The range, and the middle."""
    low, middle, high = (number(x, figure.unit) for x in figure.quantiles)
    return low if low == high else f"{low} to {high}", middle


def verdict(pair: Pair) -> str:
    return "the same" if pair.same else LABELS[pair.beyond]


def compared_table(a: Side, pairs: Sequence[Pair], factual: str) -> Table:
    out = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    out.add_column("answer", overflow="fold", ratio=3)
    out.add_column("A", overflow="fold", ratio=2)
    out.add_column("B", overflow="fold", ratio=2)
    out.add_column("differs", max_width=8)
    for pair in pairs:
        where = [] if pair.key[1:] == (factual, None) else [under(pair.key)]
        (one, middle_a), (two, middle_b) = span(pair.a), span(pair.b)
        style = "bold" if pair.beyond else ""
        out.add_row(
            cell(label(pair.key, a.summary), *where),
            cell(one, f"middle {middle_a}"),
            cell(two, f"middle {middle_b}"),
            cell(verdict(pair), style=style),
        )
    return out


def head(name: str, side: Side) -> str:
    r = side.run
    worth = "" if r.effective_sample_size is None else f", worth {r.effective_sample_size:,.0f}"
    return plain(f"{name}: {r.name}, {r.case}, seed {r.seed}, {r.versions:,} versions{worth}")


def how_made(a: Side, b: Side) -> list[str]:
    """A sentence a difference; none: they were made alike."""
    one, two = a.record, b.record
    return differences(one["identity"], two["identity"]) + environment(one.get("environment"), two.get("environment"))


def how_made_told(a: Side, b: Side) -> list[str]:
    return how_made(a, b) or ["They were made alike: one identity, so the same answers."]


def chance_text(a: Side, b: Side, pairs: Sequence[Pair]) -> list[str]:
    """What can be said of chance, in sentences."""
    beyond, unsure = sum(p.beyond is True for p in pairs), sum(p.beyond is None for p in pairs)
    many = f"{len(pairs):,} answer{'s' * (len(pairs) != 1)} in both"
    out = [f"Of {many}, {beyond or 'none'} differ{'s' * (beyond < 2)} beyond what chance explains."]
    if unsure:
        out.append(f"{unsure:,} cannot be told: too few versions carry them, or a figure or worlds/ is withheld.")
    rate = round(1 / FALSE_ALARM)
    if only_luck(a.record["identity"], b.record["identity"]):
        out.append("They differ in nothing but chance: the same answers are behind both.")
    else:
        out.append("Beyond chance means that what differs above made a difference; it does not say which of them did.")
        if share_luck(a.record["identity"], b.record["identity"]):
            out.append(
                "Both have one seed, so their versions share their luck: a difference may be surer than is told here."
            )
    out.append(
        f"Had they differed in their seed alone, any answer would be called different in about 1 of {rate} comparisons at most."
    )
    return out
