"""Several claims behind one parameter, combined: a mixture by credence, a product, or bounds that cut; one claim alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from obrok.evidence.claims import Claim
from obrok.quantities import Bound, Distribution, Exactly, Mixture, Product, cut, flatten, stretched

#: how claims combine → for which claims
COMBINE = {
    "mixture": "they cannot all be right",
    "product": "they measure the same thing, each with error",
    "bounds": "some say only at least or at most",
}
#: a bound that leaves less than this of a distribution excludes it
NOTHING = 1e-6


@dataclass(frozen=True)
class Cited:
    """A claim that a parameter rests on, as read in the parameter's unit. `bound`: of a claim that is one, if these cut."""

    claim: Claim
    reading: Distribution
    credence: float
    origin: str
    bound: Bound | None = None

    def stretched(self, spread: float, by_odds: bool) -> Cited:
        """The claim with its word so many times as wide."""
        bound = self.bound and replace(self.bound, spread=self.bound.spread * spread)
        return replace(self, reading=stretched(self.reading, spread, by_odds), bound=bound)


def chance_informed(cited: Sequence[Cited]) -> float:
    """C: the chance that any origin of these claims is informed; of one origin the best claim counts."""
    if len(cited) == 1:
        return cited[0].credence
    doubt = 1.0
    for group in by_origin(cited):
        doubt *= 1.0 - max(c.credence for c in group)
    return 1.0 - doubt


def by_origin(cited: Sequence[Cited]) -> list[list[Cited]]:
    out: dict[str, list[Cited]] = {}
    for c in cited:
        out.setdefault(c.origin, []).append(c)
    return list(out.values())


def combined(cited: Sequence[Cited], combine: str, fallback: Distribution) -> Distribution:
    """What several claims and their fallback say together.

    Readings give C·(their mixture or product) + (1 - C)·fallback. Bounds, believed B, then cut the first part (with no
    reading: the fallback): B·(cut) + (1 - B)·(uncut). Claims that nobody believes take no part.
    """
    cited = [c for c in cited if c.credence > 0 or len(cited) == 1]
    readings, limits = [c for c in cited if c.bound is None], [c for c in cited if c.bound is not None]
    inner = together(readings, combine) if readings else fallback
    if limits:
        b = chance_informed(limits)
        inner = Mixture(((b, cut(inner, _bounds(limits))), (1.0 - b, inner)))
    if not readings:
        return inner
    c = chance_informed(readings)
    return Mixture(((c, inner), (1.0 - c, fallback)))


def together(readings: Sequence[Cited], combine: str) -> Distribution:
    """Readings without their fallback. An origin is in once: with its best credence, which its readings share."""
    if len(readings) == 1:
        return readings[0].reading
    groups = by_origin(readings)
    of = [_shared(group) for group in groups]
    if combine == "product":
        return of[0] if len(of) == 1 else Product(tuple(of))
    best = [max(c.credence for c in group) for group in groups]
    return Mixture(tuple((b / sum(best), dist) for b, dist in zip(best, of, strict=True)))


def _shared(group: Sequence[Cited]) -> Distribution:
    total = sum(c.credence for c in group)
    return group[0].reading if len(group) == 1 else Mixture(tuple((c.credence / total, c.reading) for c in group))


def _bounds(limits: Sequence[Cited]) -> tuple[Bound, ...]:
    """An origin's best believed bound of each side."""
    best: dict[tuple[str, int], Cited] = {}
    for c in limits:
        assert c.bound is not None
        key = (c.origin, c.bound.side)
        if key not in best or c.credence > best[key].credence:
            best[key] = c
    return tuple(c.bound for c in best.values() if c.bound is not None)


# -- what cannot be combined
def misfit(cited: Sequence[Cited], combine: str, fallback: Distribution) -> str | None:
    """Why these claims cannot be combined so; None where they can."""
    readings, limits = [c for c in cited if c.bound is None], [c for c in cited if c.bound is not None]
    if combine == "product":
        certain = next((c for c in readings if any(isinstance(p, Exactly) for _, p in flatten(c.reading))), None)
        if certain:
            return f"a product needs readings that spread, and that of `{certain.claim.id}` is certain"
        full = together(readings, combine)
        excluded = isinstance(full, Product) and not full.mass > 0
        return "these claims exclude one another: their product is empty" if excluded else None
    if combine != "bounds":
        return None
    if not limits:
        return "none of these claims is a bound (`at least`, `at most`, …)"
    bounds = tuple(c.bound for c in limits if c.bound is not None)
    low, high = ([b.at for b in bounds if b.side == side] for side in (1, -1))
    if low and high and max(low) > min(high):
        return f"the bounds exclude one another: at least {max(low):g} and at most {min(high):g}"
    if not readings and any(hasattr(part, "around") for _, part in flatten(fallback)):
        return "bounds cannot cut a fallback that stands around another parameter"
    whole = [(f"the claim `{c.claim.id}`", c.reading) for c in readings]
    if not any(hasattr(part, "around") for _, part in flatten(fallback)):
        whole.append(("the fallback", fallback))
    return next(
        (f"the bounds leave nothing of {name}" for name, dist in whole if left_of(dist, bounds) < NOTHING), None
    )


def left_of(dist: Distribution, bounds: tuple[Bound, ...]) -> float:
    """How much of a distribution bounds leave, 0 to 1."""
    total = 0.0
    for weight, part in flatten(dist):
        if isinstance(part, Exactly):
            total += weight * float(min(b.density(part.value) for b in bounds))
        else:
            total += weight * Product((part, *bounds)).mass
    return total
