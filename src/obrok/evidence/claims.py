"""Who said what, when, where, with which hedge, from which origin; how much a claim is to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from obrok.evidence.anchors import Anchor
from obrok.evidence.documents import Document
from obrok.problems import Node
from obrok.quantities import Bound, Distribution, Words, figure_reading

ROLES = ("input", "outcome", "confirmation", "context", "held_back")
KINDS_OF_SOURCE = ("unnamed person", "named person", "official", "organisation", "document", "journalist")
PUBLISHED = "published"


@dataclass(frozen=True)
class Source:
    """A code and a kind; no name. `credence`: chance that the source is informed; `independence` ι as a confirmer."""

    id: str
    kind: str
    near: str
    credence: float
    why: str
    independence: float


@dataclass(frozen=True)
class Span:
    """A stretch of days, both ends included. An end is a date or `published` (the day the document appeared, drawn in
    each world); with `days` and `before`, the `days` days before that end."""

    start: date | str | None
    end: date | str | None
    days: int | None = None
    place: str | None = None
    node: Node | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Reading:
    """One way to read an outcome claim: which people it counts. Weights sum to 1 over a claim's readings."""

    weight: float
    route: str | None = None
    sector: str | None = None
    left: Span | None = None


@dataclass(frozen=True)
class Claim:
    """One statement of a document, in one role. The `value` of an outcome is in the outcome's canonical unit.

    `anchor`: None where nobody here has the text of the document. `among`: a word whose closed list this one was said
    from; None: its own."""

    id: str
    document: str
    anchor: Anchor | None
    source: str
    paraphrase: str
    informs: str
    node: Node = field(repr=False, compare=False)
    about: Span | None = None
    quantity: str | None = None
    value: tuple[float, float] | None = None
    unit: str | None = None
    hedge: str | None = None
    among: str | None = None
    reading: Distribution | None = None
    reading_why: str | None = None
    readings: tuple[Reading, ...] = (Reading(1.0),)
    of: str | None = None
    compared_with: Span | None = None
    confirms: tuple[str, ...] = ()
    unused: str | None = None
    span: str | None = None

    @property
    def is_counted(self) -> bool:
        """Whether it says what happened, so that it is counted in worlds: to weigh them, or to be predicted."""
        return self.informs in ("outcome", "held_back")

    @property
    def noun(self) -> str:
        return "claim held back" if self.informs == "held_back" else f"{self.informs} claim"


@dataclass(frozen=True)
class Evidence:
    """Documents, sources and claims of a case, by id; the table by which its words are read. `claim_ids`: of all claims,
    those that could not be read too."""

    documents: Mapping[str, Document]
    sources: Mapping[str, Source]
    claims: Mapping[str, Claim]
    words: Words
    claim_ids: tuple[str, ...] | None = ()

    def origin(self, claim: Claim) -> str:
        """Documents of one origin count once."""
        return self.documents[claim.document].origin

    def kind(self, claim: Claim) -> str:
        """Kind of the claim's source."""
        return self.sources[claim.source].kind

    def confirmers(self, claim: Claim) -> list[Claim]:
        return self._confirmers.get(claim.id, [])

    @cached_property
    def _confirmers(self) -> dict[str, list[Claim]]:
        """Claims by what they confirm."""
        found: dict[str, list[Claim]] = {}
        for c in self.claims.values():
            for id in dict.fromkeys(c.confirms):
                found.setdefault(id, []).append(c)
        return found

    def credence(self, claim: Claim, without: frozenset[str] = frozenset()) -> float:
        """c of a claim: its source's, raised by each other source that confirms it: 1 - (1 - c1)(1 - ι·c2)."""
        doubt = 1.0 - self.sources[claim.source].credence
        counted = {claim.source}
        for other in self.confirmers(claim):
            if other.source not in counted and other.id not in without:
                source = self.sources[other.source]
                doubt *= 1.0 - source.independence * source.credence
                counted.add(other.source)
        return 1.0 - doubt


def claim_reading(claim: Claim, table: Words) -> Distribution | None:
    """What an input claim says of its quantity, in the claim's own unit; None where it says no number."""
    if claim.reading is not None:
        return claim.reading
    if claim.value is not None:
        row = table.figures.get(claim.hedge or "exactly")
        return None if row is None else figure_reading(row, *claim.value)
    return table.number(claim.hedge, claim.unit == "people")


def claim_bound(claim: Claim, table: Words, factor: float = 1.0) -> Bound | None:
    """The bound that a claim such as "at least 300" sets, in a unit that is `factor` of its own; None where it sets none.

    Its spread, of logarithms, is the mean excess (or shortfall) of its word's row.
    """
    row = table.figures.get(claim.hedge or "exactly", {})
    if claim.value is None or claim.reading is not None or not {"above", "below"} & set(row):
        return None
    at, spread, side = (claim.value[0], row["above"], 1) if "above" in row else (claim.value[1], row["below"], -1)
    return Bound(at * factor, spread, side) if at > 0 else None
