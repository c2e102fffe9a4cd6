"""Whether the parts of a case fit: every parameter given, claims inside the period, anchors true to their texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

from obrok.case.combined import COMBINE
from obrok.case.events import Event
from obrok.case.parameters import ABSENT, EVENT_CHANGES, PARAMETERS
from obrok.case.priors import Prior, assumption_example, given_parameters, highest
from obrok.case.reading import Enterprise, Own
from obrok.evidence.anchors import Anchor, sha256
from obrok.evidence.archive import find_text, shut_in
from obrok.evidence.claims import PUBLISHED, Claim, Evidence, Span
from obrok.evidence.conflicts import conflicts
from obrok.evidence.documents import Document
from obrok.evidence.sealed import OPEN
from obrok.evidence.withheld import holds as span_holds
from obrok.problems import Node, Reader

#: an anchor that is wrong is looked for anew in texts up to this length
LONGEST_SEARCH = 50_000
#: documents that a sentence names
FEW = 12


# -- parameters
def used_parameters(enterprises: tuple[Enterprise, ...], events: tuple[Event, ...]) -> list[str]:
    """Parameters that a case with these enterprises and events must give, in the table's order (of fee and quota: fee)."""
    idle = {c.after for c in EVENT_CHANGES.values() if c.after} | {"ramp", "visit_role", *ABSENT} - {"fee"}
    if len(enterprises) != 2 or not any(e.share for e in enterprises):
        idle.add("enterprise_split")
    for event in events:
        idle -= {*event.changes.values(), event.ramp or "", event.share or ""}
    return [name for name in PARAMETERS if name not in idle]


def check_complete(reader: Reader, node: Node, used: list[str], priors: Mapping[str, Prior], own: Own) -> None:
    """Every parameter that is used has an entry, and so has every one that another is drawn relative to."""
    given = given_parameters(node)
    needed = {m for prior in priors.values() for m in prior.needs()}
    for name, p in PARAMETERS.items():
        if name in given or name not in (*used, *needed):
            continue
        mended = node.with_key(f"{name}: {{assumption: {assumption_example(p)}}}")
        what, mend = f"the parameter `{name}` ({p.meaning}) has no entry", "add it:"
        if name == "fee":
            what, mend = f"{what}, and neither has `quota`", "give one of them, for example:"
        if name not in ABSENT or (name == "fee" and "quota" not in given):
            reader.report(node, what, mend, mended)
    _check_links(reader, given, {**given, **{name: entry for name, (_, entry) in own.items()}}, priors)


def _check_links(
    reader: Reader, given: Mapping[str, Node], entries: Mapping[str, Node], priors: Mapping[str, Prior]
) -> None:
    """What is drawn relative to a parameter that may be left out needs it."""
    absent = {n for n in ABSENT if n not in given} - ({"fee"} if "quota" not in given else set())
    for name, prior in priors.items():
        for link in ("at_most", "part_of"):
            if (other := getattr(prior, link)) in absent and name in entries:
                then = f" and is {ABSENT[other]:g}" if isfinite(ABSENT[other]) else ""
                what = f"`{name}` is drawn relative to `{other}`, which has no entry{then}"
                mended = entries[name].without(link)
                reader.report(entries[name][link], what, f"give `{other}`, or take `{link}` out:", mended)


def order(priors: Mapping[str, Prior]) -> list[str]:
    """Parameters, each after those that it is drawn relative to. ValueError names one that is in a circle."""
    out: list[str] = []
    left = [n for n in PARAMETERS if n in priors] + [n for n in priors if n not in PARAMETERS]
    while left:
        ready = [n for n in left if all(m in out or m not in priors for m in priors[n].needs())]
        if not ready:
            circle = [n for n in left if _comes_back(n, priors)]
            raise ValueError(next((n for n in circle if _link(priors[n], circle)), circle[0]))
        out += ready
        left = [n for n in left if n not in ready]
    return out


def _comes_back(name: str, priors: Mapping[str, Prior]) -> bool:
    """Whether a parameter needs itself, by way of others."""
    seen: set[str] = set()
    ahead = set(priors[name].needs())
    while ahead:
        seen |= ahead
        ahead = {m for n in ahead if n in priors for m in priors[n].needs()} - seen
    return name in seen


def _link(prior: Prior, circle: list[str]) -> str | None:
    """The key by which a parameter hangs on another of its circle."""
    return next((k for k in ("at_most", "part_of") if getattr(prior, k) in circle), None)


def check_order(reader: Reader, node: Node, priors: Mapping[str, Prior]) -> None:
    try:
        order(priors)
    except ValueError as error:
        entry = given_parameters(node)[str(error)]
        link = _link(priors[str(error)], list(priors))
        mended = entry.without(link) if link else None
        what = f"`{error}` is drawn relative to itself, by way of other parameters"
        reader.report(entry, what, "take out one `at_most`, `part_of` or `around`:", mended)


def cited_claims(entries: Iterable[Node]) -> set[str]:
    """Claims that a parameter names."""
    entries = list(entries)
    alone = {entry["claim"].text for entry in entries if "claim" in entry}
    return alone | {node.text for entry in entries if "claims" in entry for node in entry["claims"]}


def check_cited(reader: Reader, evidence: Evidence, cited: set[str]) -> None:
    """Notes input claims on which no parameter rests."""
    for claim in evidence.claims.values():
        if claim.informs == "input" and claim.id not in cited:
            mend = f"in case.yaml: {claim.quantity}: {{claim: {claim.id}, fallback: …}}, or make it context."
            what = f"no parameter rests on the input claim `{claim.id}`"
            reader.report(claim.node, what, mend, warning=True)


def check_conflicts(reader: Reader, evidence: Evidence, priors: Mapping[str, Prior]) -> None:
    """Notes claims that disagree on one thing, unless one parameter combines them."""
    together = [{c.id for c in prior.claims} for prior in priors.values()]

    def cut() -> None:
        name = next(iter(evidence.claims.values())).node.source.name
        what = "so many claims speak of the same people and days that not all were held against each other"
        reader.say(name, 0, what, "make one claim of those that repeat each other.", warning=True)

    for conflict in conflicts(evidence, cut):
        a, b = conflict.first, conflict.second
        if any({a.id, b.id} <= ids for ids in together):
            continue
        origins = dict.fromkeys(f"`{evidence.origin(c)}`" for c in (a, b))
        place = f"{a.node.source.name}:{a.node.line}"
        what = f"{conflict.sentence()} ({', '.join(origins)}; the first stands at {place})"
        reader.report(b.node, what, _mend_conflict(a, b), warning=True)


def _mend_conflict(a: Claim, b: Claim) -> str:
    if a.informs == b.informs == "outcome":
        return "both weigh versions, each as far as it is believed; make one context if it is known to be wrong."
    if "outcome" in (a.informs, b.informs):
        return "only the outcome weighs versions; make the other context if it is not about the same people and days."
    ways = "; ".join(f"{way}: {when}" for way, when in COMBINE.items())
    carried = "" if a.informs == b.informs == "input" else ", both made inputs"
    entry = f"{a.quantity}: {{claims: [{a.id}, {b.id}], combine: mixture, fallback: …}}"
    return f"in case.yaml{carried}: {entry} ({ways})."


# -- what-ifs
def check_what_ifs(reader: Reader, events: tuple[Event, ...], own: Own, priors: Mapping[str, Prior]) -> None:
    """Notes what-if events that go further than what is reported in what finds or holds people."""
    for event in (e for e in events if e.what_if):
        for what in ("effort", "watch"):
            name, change = event.changes.get(what, ""), EVENT_CHANGES[what]
            reported = most_reported(what, events, priors)
            if name not in own or name not in priors or reported is None:
                continue
            if (most := highest(priors[name])) > reported * (1 + 1e-9):
                told = f"the what-if `{event.id}` takes {change.noun} to {most:.3g}: beyond {reported:.3g}, the most reported"
                mend = "it can be asked; what finds most people is not what policies are for, and no answer ranks them by it."
                reader.report(own[name][1], told, mend, warning=True)


def most_reported(what: str, events: Iterable[Event], priors: Mapping[str, Prior]) -> float | None:
    """The highest that is reported, or assumed of what was reported, of what events may change; None: nothing is."""
    change = EVENT_CHANGES[what]
    others = [e.changes[what] for e in events if what in e.changes and not e.what_if]
    names = map(str, (change.before, change.after, *others))
    return max((highest(priors[n]) for n in names if n in priors), default=None)


# -- days
def spans_of(claim: Claim) -> list[tuple[str, Span]]:
    """Every stretch of days that a claim names, by key."""
    spans = [("about", claim.about), ("compared_with", claim.compared_with)]
    return [(name, s) for name, s in spans if s] + [("left", r.left) for r in claim.readings if r.left]


def check_days(reader: Reader, evidence: Evidence, cited: set[str], start: date, end: date) -> None:
    """Claims on what happened say about which days of the period they are. (One that a parameter rests on is wrong anyway.)"""
    for claim in evidence.claims.values():
        if not claim.is_counted or claim.id in cited:
            continue
        before = len(reader.problems)
        _check_about(reader, claim, start, end)
        _check_compared(reader, claim, start)
        for key, span in spans_of(claim):
            if not reader.errors(before):
                _check_inside(reader, claim, key, span, evidence.documents[claim.document], start, end)


def _check_about(reader: Reader, claim: Claim, start: date, end: date) -> None:
    node, about = claim.node, claim.about
    what = f"the {claim.noun} `{claim.id}` does not say about when"
    if about is None:
        text = f"{{from: {start}, to: {end}}}"
        mended = node["about"].replaced(text) if "about" in node else node.with_key(f"about: {text}")
        reader.report(node.get("about") or node, what, "add the days:", mended)
    elif about.end is None or (about.start is None and about.days is None):
        missing = f"to: {end}" if about.end is None else f"from: {start}"
        if about.days is not None:
            missing = f"before: {end}"
        assert about.node is not None
        reader.report(about.node, what, "add the days:", about.node.with_key(missing))


def _check_compared(reader: Reader, claim: Claim, start: date) -> None:
    """A comparison needs days to compare with; a trend needs to know how many days both are."""
    if claim.quantity not in ("trend", "watch_change"):
        return
    node, compared = claim.node, claim.compared_with
    text = "{days: 180}" if claim.quantity == "trend" else f"{{on: {start}}}"
    if compared is None:
        mended = node["compared_with"].replaced(text) if "compared_with" in node else None
        mended = mended or node.with_key(f"compared_with: {text}")
        at = node.get("compared_with") or node
        reader.report(at, f"`{claim.quantity}` is a comparison: with what?", "add the days:", mended)
    for span in (claim.about, compared):
        if span and claim.quantity == "trend" and not _counts_days(span) and span.node is not None:
            mended = "{days: 60, before: published}" if span is claim.about else "{days: 180}"
            what = "a trend compares numbers of days, and these are not fixed"
            reader.report(span.node, what, "write how many days, or two dates:", span.node.replaced(mended))


def _counts_days(span: Span) -> bool:
    return span.days is not None or (isinstance(span.start, date) and isinstance(span.end, date))


def _check_inside(
    reader: Reader, claim: Claim, key: str, span: Span, document: Document, start: date, end: date
) -> None:
    """The days of a span lie in the period, whatever the day the document appeared."""
    assert span.node is not None
    for moment in (span.start, span.end):
        if isinstance(moment, date) and not start <= moment <= end:
            at = next((n for n in span.node.texts() if n.text == moment.isoformat()), span.node)
            mended = at.replaced(str(min(max(moment, start), end)))
            what = f"{moment} is outside the period, {start} to {end}"
            reader.report(at, what, "give a day inside it, or widen the period:", mended)
            return
    if PUBLISHED in (span.start, span.end) and not start <= document.published[0] <= document.published[1] <= end:
        first, last = document.published
        at = next(n for n in span.node.texts() if n.text == PUBLISHED)
        what = f"`published` of {claim.document} ({first} to {last}) leaves the period, {start} to {end}"
        mended = at.replaced(str(min(max(first, start), end)))
        reader.report(at, what, "widen the period, or give a date:", mended)
        return
    if span.days is not None and span.end is None and key == "left":
        reader.report(span.node, "days before what?", "add it:", span.node.with_key(f"before: {end}"))
        return
    first, last = _ends(claim, span, document)
    reach = start.toordinal() - first.start
    if reach > 0:
        days = span.node.get("days")
        mended = days.replaced(str(days.value - reach)) if days is not None and days.value > reach else None
        what = f"`{key}` reaches back {reach} days before the period begins ({start})"
        reader.report(days or span.node, what, "take fewer days, or widen the period:", mended)
    elif span.days is None and first.stop > last.start and (span.start == PUBLISHED) != (span.end == PUBLISHED):
        at = next(n for n in span.node.texts() if n.text == PUBLISHED)
        appeared = " to ".join(map(str, document.published))
        what = f"`{key}` may end before it begins: {claim.document} appeared {appeared}"
        fixed = span.end if span.start == PUBLISHED else span.start
        reader.report(at, what, "give a date:", at.replaced(str(fixed)))


def _ends(claim: Claim, span: Span, document: Document) -> tuple[range, range]:
    """The possible first days and the possible last days, as ordinals: earliest `start`, latest `stop`."""

    def possible(moment: date | str | None, if_none: date) -> range:
        first, last = document.published if moment == PUBLISHED else (moment or if_none,) * 2
        return range(first.toordinal(), last.toordinal())  # type: ignore[union-attr]

    if span.days is None:
        return possible(span.start, date.max), possible(span.end, date.max)
    before_about = span.end is None and claim.about is not None
    end = _ends(claim, claim.about, document)[0] if before_about else possible(span.end, date.max)
    return range(end.start - span.days, end.stop - span.days), range(end.start - 1, end.stop - 1)


# -- anchors
@dataclass(frozen=True)
class AnchorState:
    """Anchors held against the texts on this machine. `absent`: documents whose text is elsewhere, or `locked` in an archive
    that was not opened. `no_text`: claims on documents whose text nobody here has: there is nothing to check."""

    checked: int
    not_checked: int
    wrong: int
    absent: tuple[str, ...] = ()
    no_text: int = 0
    locked: tuple[str, ...] = ()

    def told(self) -> str:
        """What was checked, in words."""
        parts = []
        if self.not_checked:
            elsewhere = [d for d in self.absent if d not in self.locked]
            more = f" and {len(elsewhere) - FEW:,} more" if len(elsewhere) > FEW else ""
            why = [f"document {', '.join(elsewhere[:FEW])}{more} is not on this machine"] if elsewhere else []
            why += ["the archive is locked"] if self.locked else []
            parts.append(f"{self.not_checked} anchors not checked here: {'; '.join(why)}.")
        if self.checked:
            parts.append(f"{self.checked} checked." if parts else f"{self.checked} anchors checked against the text.")
        return " ".join([*parts, no_text(self.no_text)]).strip() or "0 anchors checked against the text."


def no_text(claims: int) -> str:
    """How many claims cannot be checked at all, as a sentence."""
    many, them = ("claims rest", "them") if claims > 1 else ("claim rests", "it")
    told = f"{claims} {many} on documents whose text is not kept: nobody can check {them} to the character here."
    return told if claims else ""


def check_anchors(reader: Reader, evidence: Evidence, folder: Path, required: bool) -> AnchorState:
    """Holds every anchor against its text, where the text is on this machine."""
    checked = wrong = not_checked = no_text = 0
    absent: list[str] = []
    locked: list[str] = []
    of: dict[str, list[Claim]] = {}
    for claim in evidence.claims.values():
        of.setdefault(claim.document, []).append(claim)
    for document in evidence.documents.values():
        claims = of.get(document.id, [])
        if document.sha256_file is None:
            for claim in claims:
                holds = span_holds(claim.span, folder) if claim.span else None
                checked, wrong, no_text = checked + (holds is True), wrong + (holds is False), no_text + (holds is None)
                if holds is False:
                    what = f"the span of `{claim.id}` is not the one that was published"
                    reader.report(claim.node["span"], what, "publish the case anew.")
            continue
        text = find_text(document.sha256_file, document.sha256_text, folder)
        if text is None:
            not_checked += len(claims)
            absent += [document.id] if claims else []
            shut = claims and shut_in(document.sha256_file, document.sha256_text, folder)
            locked += [document.id] if shut else []
            if claims and required:
                where, mend = "is not on this machine", "`obrok read CASE FILE` stores it."
                if shut:
                    where, mend = "is in an archive that is locked", OPEN
                reader.report(claims[0].node["document"], f"the document `{document.id}` {where}", mend)
            continue
        _check_text(reader, document, text)
        for claim in claims:
            holds = claim.anchor is not None and claim.anchor.holds_in(text)
            checked, wrong = checked + holds, wrong + (not holds)
            if not holds:
                _refuse_anchor(reader, claim, text)
    return AnchorState(checked, not_checked, wrong, tuple(absent), no_text, tuple(locked))


def _check_text(reader: Reader, document: Document, text: str) -> None:
    """The text found by the digest of its file has the digest and the length that were written down."""
    node = document.node
    for key, true in (("sha256_text", sha256(text)), ("characters", str(len(text)))):
        if node is not None and key in node and node[key].text != true:
            what = f"`{key}` does not match the text of `{document.id}`"
            reader.report(node[key], what, "its own is:", node[key].replaced(true))


def _refuse_anchor(reader: Reader, claim: Claim, text: str) -> None:
    """A wrong anchor: where its words stand now, or what stands at its place."""
    a, node = claim.anchor, claim.node["anchor"]
    assert a is not None
    length = a.end - a.start
    starts = range(len(text) - length + 1) if len(text) <= LONGEST_SEARCH else range(0)
    same = [Anchor.of(text, s, s + length) for s in starts if sha256(text[s : s + length]) == a.sha256]
    best = next((x for x in same if x.around == a.around), same[0] if len(same) == 1 else None)
    start = min(a.start, max(0, len(text) - 1))
    here = Anchor.of(text, start, max(min(a.end, len(text)), start + 1))
    mend = f"the words stand at {best.start} to {best.end}:" if best else "if the place is right, its digests are:"
    what = f"the anchor of `{claim.id}` does not match the text of `{claim.document}`"
    reader.report(node, what, mend, node.replaced((best or here).as_yaml()) if text else None)
