"""Claims that disagree are found, side by side; several claims behind one parameter combine as their formulas say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from obrok.answers.explain import Worlds, density_ratio, left_out
from obrok.answers.readings import read_otherwise
from obrok.case.case import Case, load
from obrok.case.combined import Cited
from obrok.distributions import density
from obrok.evidence.claims import Evidence
from obrok.evidence.conflicts import conflicts, overlap_coefficient
from obrok.outward import rows
from obrok.quantities import (
    Beta,
    Bound,
    Exactly,
    Exponential,
    LogNormal,
    Mixture,
    Normal,
    Product,
    Uniform,
    cut,
    flatten,
)
from obrok.worlds.population import draw_parameters
from tests.conftest import ROOT
from tests.test_bad_input import copy_of, edit, errors_of, mend

WIDE = str(ROOT / "tests" / "cases" / "wide")


def with_claim(**changes) -> Evidence:
    """The case `wide` with a second claim on `quota`, by the official of the wire."""
    e = load(WIDE).evidence
    first = e.claims["due-each-month"]
    second = replace(first, **{"id": "other", "document": "wire", "source": "S2", "anchor": None} | changes)
    return replace(e, claims={first.id: first, "other": second}, claim_ids=())


def test_overlap_by_its_closed_form():
    """Two flat readings on [0, 1] and [a, 1 + a] overlap by 1 - a; two normal ones a distance d apart by 2Φ(-d/2)."""
    u = (np.arange(20_000) + 0.5) / 20_000
    for a in (0.0, 0.25, 0.75, 1.5):
        assert overlap_coefficient(u, u + a) == pytest.approx(max(0, 1 - a), abs=0.02)
    for d in (0.5, 2.0):
        value = overlap_coefficient(special.ndtri(u), special.ndtri(u) + d)
        assert value == pytest.approx(2 * special.ndtr(-d / 2), abs=0.03)


@pytest.mark.parametrize(
    "changes, disagree",
    [
        ({"value": (900.0, 900.0)}, True),
        ({"value": (310.0, 310.0)}, False),
        ({"value": (3600.0, 3600.0), "unit": "USD/year"}, False),  # the same, in another unit
        ({"value": (900.0, 900.0), "quantity": "wage"}, False),
        ({"value": (900.0, 900.0), "source": "S1", "document": "letter"}, False),  # one mouth
        ({"value": (900.0, 900.0), "source": "S1"}, True),
        ({"value": (900.0, 900.0), "informs": "held_back"}, False),
        ({"value": (900.0, 900.0), "hedge": "at least"}, True),
        ({"value": (900.0, 900.0), "hedge": "at most"}, False),  # far off, on the right side
        ({"value": (100.0, 100.0), "hedge": "more than"}, False),
        ({"value": (900.0, 900.0), "informs": "context"}, True),
    ],
)
def test_what_disagrees(changes, disagree):
    found = conflicts(with_claim(**changes))
    assert bool(found) == disagree
    if disagree:
        assert found[0].is_independent and found[0].ranges[0][1] < found[0].ranges[1][0]
        assert "roughly 300 USD/month" in found[0].sentence() and "900 USD/month" in found[0].sentence()


@pytest.mark.parametrize(
    "quantity, unit, end, disagree",
    [
        ("quota", "USD/month", "2017-05-01", True),  # a level, eight months apart
        ("quota", "USD/month", "2016-12-31", False),  # over a year
        ("posts", "people", "2017-05-01", True),
        ("left", "people", "2017-05-01", False),  # a flow: other people
        ("left", "people", "2018-01-01", True),
    ],
)
def test_levels_reach_a_year(quantity, unit, end, disagree):
    from datetime import date

    from obrok.evidence.claims import Span

    e = with_claim(value=(900.0, 900.0), quantity=quantity, unit=unit)
    spans = Span(date(2018, 1, 1), date(2018, 6, 1)), Span(date(2016, 1, 1), date.fromisoformat(end))
    both = zip(e.claims.values(), spans, strict=True)
    claims = {c.id: replace(c, quantity=quantity, unit=unit, about=span) for c, span in both}
    assert bool(conflicts(replace(e, claims=claims))) == disagree


@pytest.mark.parametrize(
    "hedges, values, disagree",
    [
        (("at least", "at least"), (110, 190), False),
        (("at least", "at most"), (110, 190), False),
        (("at least", "at most"), (190, 110), True),
        (("up to", "more than"), (100, 300), True),
    ],
)
def test_bounds_disagree_only_where_nothing_is_left_between(hedges, values, disagree):
    e = with_claim()
    pairs = zip(e.claims.values(), hedges, values, strict=True)
    claims = {c.id: replace(c, hedge=hedge, value=(float(v), float(v))) for c, hedge, v in pairs}
    assert bool(conflicts(replace(e, claims=claims))) == disagree


# -- products and bounds ----------------------------------------------------------------------------------------------
U = np.linspace(0.01, 0.99, 25)


@pytest.mark.parametrize("a, s, b, t", [(0, 1, 1, 1), (0, 1, 10, 2), (900, 60, 700, 20), (-5, 0.1, -4.9, 3)])
def test_product_of_normals(a, s, b, t):
    """N(a, s²)·N(b, t²) is normal, with precisions that add; its mass is the density of N(0, s² + t²) at a - b."""
    got = Product((Normal(a, s), Normal(b, t)))
    sd = (s**-2 + t**-2) ** -0.5
    want = Normal((a / s**2 + b / t**2) * sd**2, sd)
    x = want.quantile(U)
    assert np.allclose(got.quantile(U), x, atol=2e-5 * sd, rtol=0)
    assert np.allclose(got.cdf(x), U, atol=1e-5)
    assert np.allclose(got.density(x), want.density(x), rtol=1e-5)
    assert got.mass == pytest.approx(float(Normal(0, np.hypot(s, t)).density(a - b)), rel=1e-5)


def test_products_with_ends_and_infinite_densities():
    flat = Product((Uniform(0, 2), Uniform(1, 5)))
    assert flat.mass == pytest.approx(1 / 8) and np.allclose(flat.quantile(U), 1 + U, atol=1e-5)
    horns = Product((Beta(0.5, 0.5), Uniform(0, 1)))  # infinite at both ends
    assert np.allclose(horns.cdf(np.array([0.1, 0.5, 0.9])), Beta(0.5, 0.5).cdf(np.array([0.1, 0.5, 0.9])), atol=1e-4)
    betas = Product((Beta(2, 3), Beta(4, 2)))
    assert np.allclose(betas.quantile(U), Beta(5, 4).quantile(U), atol=1e-5)
    assert Product((Uniform(0, 1), Uniform(2, 3))).mass == 0


PARTS = st.one_of(
    st.builds(Normal, st.floats(-1e3, 1e3), st.floats(1e-6, 1e3)),
    st.builds(lambda m, a, b: LogNormal(m, m / a, m * b), st.floats(1e-6, 1e6), st.floats(1.001, 50), st.floats(1.001, 50)),
    st.builds(Beta, st.floats(0.1, 50), st.floats(0.1, 50)),
    st.builds(lambda a, w: Uniform(a, a + w), st.floats(-1e3, 1e3), st.floats(1e-6, 1e4)),
    st.builds(Exponential, st.floats(-10, 1e3), st.floats(1e-3, 1e3)),
    st.builds(Bound, st.floats(1e-3, 1e3), st.floats(0.01, 2), st.sampled_from([1, -1])),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.builds(Exponential, st.floats(-10, 1e3), st.floats(-1e3, -1e-3)) | PARTS, PARTS, PARTS)
def test_any_product_is_a_distribution_or_empty(a, b, c):
    """The cdf rises from 0 to 1, the quantiles turn it round, and nothing crashes where the factors exclude one another."""
    if all(isinstance(f, Bound) for f in (a, b, c)):
        return
    got = Product((a, b, c))
    x = got.quantile(np.linspace(0, 1, 101))
    assert np.all(np.isfinite(x)) and np.all(np.diff(x) >= 0) and np.all(got.density(x) >= 0)
    if got.mass > 0:
        assert got.cdf(x[0]) == 0 and got.cdf(x[-1]) == 1 and np.all(np.diff(got.cdf(x)) >= 0)
        assert np.allclose(got.cdf(got.quantile(U)), U, atol=1e-3)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("at", [200.0, 300.0, 500.0])
def test_a_bound_cuts_a_lognormal(side, at):
    """∫ φ(ln x; m, s)·Φ(±(ln x - ln b)/σ) = Φ(±(m - ln b)/√(s² + σ²)), and the mean of what is left by quadrature."""
    s, sigma = np.log(450 / 300) / special.ndtri(0.95), 0.12
    left = Product((LogNormal(300, 200, 450), Bound(at, sigma, side)))
    assert left.mass == pytest.approx(special.ndtr(side * np.log(300 / at) / np.hypot(s, sigma)), rel=1e-4)

    def direct(z: float) -> float:
        return float(np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * special.ndtr(side * (np.log(300 / at) + s * z) / sigma))

    for u in (0.05, 0.5, 0.95):
        z = np.log(float(left.quantile(u)) / 300) / s
        assert integrate.quad(direct, -10, z)[0] / integrate.quad(direct, -10, 10)[0] == pytest.approx(u, abs=1e-4)


def test_a_cut_mixture_shifts_its_weights():
    """Of its parts each keeps what the bound leaves of it, certain ones too."""
    bound = Bound(300.0, 0.1, 1)
    left = list(flatten(cut(Mixture(((0.5, Exactly(270.0)), (0.5, Exactly(330.0)))), (bound,))))
    ends = special.ndtr(np.log([0.9, 1.1]) / 0.1)
    assert np.allclose([w for w, _ in left], ends / ends.sum())


# -- several claims behind one parameter ------------------------------------------------------------------------------
QUOTA = "quota: {claim: due-each-month, fallback"
#: four more claims on the same dues, by the wire
MORE = {"wire-dues": ("about", 700), "wire-floor": ("at least", 280), "wire-ceiling": ("at most", 150), "wire-heaps": ("at least", 9000)}  # fmt: skip


def base(folder: Path, cited: str) -> Path:
    """The case `wide` with more claims on `quota`, which rests on these."""
    copy = copy_of(WIDE, folder)
    texts = [
        f"  - id: {id}\n    document: wire\n    source: S2\n    paraphrase: A figure by the wire.\n    informs: input\n"
        f"    quantity: quota\n    value: {value}\n    unit: USD/month\n    hedge: {hedge}\n"
        for id, (hedge, value) in MORE.items()
    ]
    edit(copy, "claims.yaml", "claims:\n", "claims:\n" + "".join(texts))
    edit(copy, "case.yaml", QUOTA, f"quota: {{{cited}, fallback")
    return copy


@pytest.fixture(scope="module")
def case_of(tmp_path_factory):
    made: dict[str, Case] = {}

    def make(cited: str) -> Case:
        if cited not in made:
            made[cited] = load(base(tmp_path_factory.mktemp("together"), cited))
        return made[cited]

    return make


MIXTURE = "claims: [due-each-month, wire-dues], combine: mixture"
PRODUCT = "claims: [due-each-month, wire-dues], combine: product"
BOUNDS = "claims: [due-each-month, wire-floor], combine: bounds"
ONLY_BOUND = "claims: [wire-floor], combine: bounds"


def test_a_list_of_one_is_a_claim(case_of):
    one, alone = case_of("claims: [due-each-month]").priors["quota"], load(WIDE).priors["quota"]
    assert one.distribution == alone.distribution and one.credence == alone.credence == 0.7


def test_mixture_weights(case_of):
    """C = 1 - .3·.4 = .88, shared as .7 to .6; the rest is the fallback's."""
    weights = [w for w, _ in flatten(case_of(MIXTURE).priors["quota"].distribution)]
    assert np.allclose(weights, [0.88 * 0.7 / 1.3, 0.88 * 0.6 / 1.3, 0.12])


def test_claims_of_one_origin_count_once(case_of):
    """Three claims at .8, .4 (one origin) and .5: C = 1 - .2·.5; origins share as .8 to .5, readings within as .8 to .4."""
    prior = case_of(MIXTURE).priors["quota"]
    c = prior.cited[0]
    cited = [replace(c, credence=p, origin=o) for p, o in ((0.8, "a"), (0.4, "a"), (0.5, "b"))]
    weights = [w for w, _ in flatten(prior.resting_on(cited).distribution)]
    assert np.allclose(weights, [0.9 * 0.8 / 1.3 * 2 / 3, 0.9 * 0.8 / 1.3 / 3, 0.9 * 0.5 / 1.3, 0.1])
    product = replace(prior, combine="product").resting_on(cited).distribution
    (c_all, inner), (rest, _) = product.parts  # type: ignore[union-attr]
    assert c_all == pytest.approx(0.9) and rest == pytest.approx(0.1)
    assert isinstance(inner, Product) and len(inner.factors) == 2  # one factor an origin


def test_a_claim_nobody_believes_takes_no_part(case_of):
    for cited in (MIXTURE, PRODUCT, BOUNDS):
        prior = case_of(cited).priors["quota"]
        first, second = prior.cited
        alone = prior.resting_on([first]).distribution
        assert prior.resting_on([first, replace(second, credence=0.0)]).distribution == alone


def test_bounds_cut_the_others_or_the_fallback(case_of):
    both = case_of(BOUNDS).priors["quota"]
    floor = Bound(280.0, 0.12, 1)
    assert both.cited[1].bound == floor and both.cited[0].bound is None
    reading = both.cited[0].reading
    x = np.linspace(150, 500, 40)
    want = 0.7 * (0.6 * Product((reading, floor)).density(x) + 0.4 * reading.density(x)) + 0.3 * both.fallback.density(
        x
    )
    assert np.allclose(density(both.distribution, x), want)
    alone = case_of(ONLY_BOUND).priors["quota"]
    want = 0.6 * Product((alone.fallback, floor)).density(x) + 0.4 * alone.fallback.density(x)
    assert np.allclose(density(alone.distribution, x), want)


@pytest.mark.parametrize("cited", [MIXTURE, PRODUCT, BOUNDS, ONLY_BOUND])
def test_draws_follow_the_cdf(case_of, cited):
    """Kolmogorov's distance of 20,000 draws (fixed seed) from the cdf, part by part: under 1 % (5 % level: 0.96 %)."""
    case = case_of(cited)
    x = np.sort(draw_parameters(case, 5, np.arange(20_000), names={"quota"})["quota"])
    cdf = sum(w * part.cdf(x) for w, part in flatten(case.priors["quota"].distribution))
    assert np.abs(cdf - (np.arange(len(x)) + 0.5) / len(x)).max() < 0.01


@pytest.mark.parametrize("cited", [MIXTURE, PRODUCT, BOUNDS])
@pytest.mark.parametrize("at", [0, 1])
def test_leaving_one_claim_out_is_exact(case_of, cited, at):
    """Weighed by the ratio of densities, draws become those of the prior without the claim: the factor against densities
    by quadrature at every draw, and the weighed share below each quantile (fixed seed; 4.5 standard errors)."""
    case = case_of(cited)
    prior, evidence = case.priors["quota"], case.evidence
    draws = draw_parameters(case, 6, np.arange(20_000), names={"quota"})
    other = prior.believed(evidence, frozenset({prior.cited[at].claim.id}))
    ratio = density_ratio(prior, other, draws)
    x, p = draws["quota"], prior.parameter

    def direct(of) -> np.ndarray:
        """The density of the definition, the integral of each product by adaptive quadrature."""
        out = np.zeros(300)
        for w, part in flatten(of.distribution):
            if isinstance(part, Product):

                def product(v: float, part=part) -> float:
                    return float(np.prod([f.density(np.array(v)) for f in part.factors]))

                mass = integrate.quad(product, 1, 3000, points=[200, 280, 300, 400, 500, 700], limit=400)[0]
                out += w * np.array([product(v) for v in x[:300]]) / mass
            else:
                out += w * part.density(x[:300]) / (part.cdf(p.high) - part.cdf(p.low))
        return out

    assert np.allclose(ratio[:300], direct(other) / direct(prior), rtol=1e-4)
    w = ratio / ratio.sum()
    for limit in (250.0, 320.0, 600.0):
        truth = sum(v * part.cdf(limit) for v, part in flatten(other.distribution))
        below = x <= limit
        got = w[below].sum()
        assert abs(got - truth) < 4.5 * np.sqrt((w**2 * (below - got) ** 2).sum()) + 1e-3
    assert not np.allclose(ratio, 1)


def worlds_of(case: Case, n: int = 500) -> Worlds:
    """Prior worlds that no outcome weighs."""
    claims = {k: c for k, c in case.evidence.claims.items() if c.informs != "outcome"}
    case = replace(case, evidence=replace(case.evidence, claims=claims))
    return Worlds(case, {}, draw_parameters(case, 7, np.arange(n)), np.ones(n, bool))


@pytest.mark.parametrize("cited", [MIXTURE, PRODUCT, BOUNDS])
def test_sources_origins_and_readings(case_of, cited):
    worlds = worlds_of(case_of(cited))
    prior = worlds.case.priors["quota"]
    second = prior.cited[1].claim
    left = {(x.kind, x.id): x.weights for x in left_out(worlds)}
    ratio = density_ratio(prior, prior.resting_on(prior.cited[:1]), worlds.drawn)
    for kind, id in (("claim", second.id), ("source", "S2"), ("origin", "wire")):
        assert np.allclose(left[kind, id], ratio / ratio.sum())
    read = {(x.kind, x.id): x.weights for x in read_otherwise(worlds)}
    c = prior.cited[1]
    bound = c.bound and replace(c.bound, spread=c.bound.spread * 1.5)
    wider = Cited(c.claim, c.stretched(1.5, False).reading, c.credence, c.origin, bound)
    ratio = density_ratio(prior, prior.resting_on([prior.cited[0], wider]), worlds.drawn)
    assert np.allclose(read["read less literally", second.id], ratio / ratio.sum()) and not np.allclose(ratio, 1)
    less = prior.resting_on([prior.cited[0], replace(c, credence=1 - 1.5 * 0.4)])
    ratio = density_ratio(prior, less, worlds.drawn)
    assert np.allclose(read["trusted less", "S2"], ratio / ratio.sum())


# -- told to the user -------------------------------------------------------------------------------------------------
def test_check_notes_a_conflict_unless_it_is_combined(case_of):
    def noted(case: Case) -> list:
        return [n for n in case.notes if "disagree on `quota`" in n.what and "wire-dues" in n.what]  # type: ignore[attr-defined]

    (note,) = [n for n in noted(case_of("claim: due-each-month")) if "due-each-month" in n.what]
    assert note.warning and "roughly 300 USD/month" in note.what and "about 700 USD/month" in note.what
    assert "`letter`" in note.what and "`wire`" in note.what and "claims.yaml:" in note.what
    assert "combine: mixture, fallback: …" in note.mend and "claims: [" in note.mend
    assert not [n for n in noted(case_of(MIXTURE)) if "due-each-month" in n.what]
    assert not [n for n in load("russia-2015").notes if "disagree" in n.what]  # type: ignore[attr-defined]


def test_the_rows_of_the_report(case_of):
    case = case_of(MIXTURE)
    shown = rows.disagreements(case)
    pair = next(d for d in shown if {s["id"] for s in d["sides"]} == {"due-each-month", "wire-dues"})
    assert pair["together"] == rows.COMBINED["mixture"] and {s["origin"] for s in pair["sides"]} == {"letter", "wire"}
    assert any(d["together"] is None and "moves no figure" in [s["carried"] for s in d["sides"]] for d in shown)
    draws, even = draw_parameters(case, 1, np.arange(200)), np.full(200, 1 / 200)
    row = next(r for r in rows.assumptions(case, draws, even, {}) if r["name"] == "quota")
    assert row["claims"] == [("due-each-month", "70 %"), ("wire-dues", "60 %")] and row["combined"] and row["fallback"]
    assert rows.disagreements(load("chita-2015")) == []


# -- mistakes ---------------------------------------------------------------------------------------------------------
MISTAKES = [
    ("no-combine", "claims: [due-each-month, wire-dues]", "several claims and does not say how they combine"),
    ("unknown-combine", MIXTURE.replace("mixture", "mixtur"), "unknown way to combine claims `mixtur`"),
    ("combine-group", MIXTURE.replace("mixture", "{a: 1}"), "unknown way to combine claims a group of keys"),
    ("both", f"claim: due-each-month, {MIXTURE}", "`quota` has both `claim` and `claims`"),
    ("twice", "claims: [due-each-month, wire-dues, wire-dues], combine: mixture", "`wire-dues` is named twice"),
    ("other-quantity", MIXTURE.replace("wire-dues", "twice-as-many"), "speaks of `red-harbour.weight`, not of `quota`"),
    ("no-such-claim", MIXTURE.replace("wire-dues", "wire-duess"), "there is no claim `wire-duess`"),
    ("empty", "claims: [], combine: mixture", "`quota` names no claim"),
    ("no-list", "claims: due-each-month", "a list is needed here"),
    ("bounds-apart", "claims: [wire-floor, wire-ceiling], combine: bounds", "the bounds exclude one another: at least 280 and at most 150"),
    ("bound-excludes-claim", BOUNDS.replace("wire-floor", "wire-heaps"), "leave nothing of the claim `due-each-month`"),
    ("bound-excludes-fallback", ONLY_BOUND.replace("wire-floor", "wire-heaps"), "the bounds leave nothing of the fallback"),
    ("no-bound", MIXTURE.replace("mixture", "bounds"), "none of these claims is a bound"),
    ("list-under-claim", "claim: [due-each-month, wire-dues]", "`claim` of `quota` is a list"),
    ("combine-beside-claim", "claim: due-each-month, combine: mixture", "unknown key `combine`"),
]  # fmt: skip


@pytest.mark.parametrize("cited, what", [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_mistakes_are_told_and_mended(cited, what, tmp_path):
    copy = base(tmp_path, cited)
    (problem,) = errors_of(copy)
    assert what in problem.what and problem.file == "case/case.yaml" and problem.mended is not None
    mend(copy, problem)
    assert load(copy).priors["quota"].cited


def test_no_fallback_is_told(tmp_path):
    copy = base(tmp_path, MIXTURE)
    text = (copy / "case.yaml").read_text("utf-8")
    start = text.index(", fallback", text.index(MIXTURE))
    (copy / "case.yaml").write_text(text[:start] + "}" + text[text.index("\n", start) :], "utf-8")
    (problem,) = errors_of(copy)
    assert "has a claim and no fallback" in problem.what
    mend(copy, problem)
    assert len(load(copy).priors["quota"].cited) == 2


@pytest.mark.parametrize(
    "quantity, unit, first, second, disagree",
    [
        # permits and statistics of one year: 47,364 registered, 33,000 in all (R07, R08)
        ("posts", "people", (47_364, "exactly"), (33_000, "exactly"), True),
        # the most present at once, two agencies on one day: 37,000, about 35,000 in all (R18)
        ("posts", "people", (37_000, "about"), (35_000, "about"), False),
        # a ministry and an embassy on mean pay: 415, around 500 (W06, W04); two sources on builders: 800 to 1,000 (W01)
        ("wage", "USD/month", (415, "about"), (500, "around"), False),
        ("wage", "USD/month", (500, "around"), ((800, 1000), "roughly"), True),
        # what is taken: an ambassador has 50 to 60 %, a newspaper about 80 (W05, W08)
        ("fee", "percent", ((50, 60), "exactly"), (80, "about"), True),
    ],
)
def test_conflicts_of_real_reports(quantity, unit, first, second, disagree):
    e = with_claim(quantity=quantity, unit=unit)
    claims = {}
    for claim, (value, hedge) in zip(e.claims.values(), (first, second), strict=True):
        low, high = value if isinstance(value, tuple) else (value, value)
        claims[claim.id] = replace(claim, quantity=quantity, unit=unit, value=(low, high), hedge=hedge, reading=None)
    found = conflicts(replace(e, claims=claims))
    assert bool(found) == disagree
    assert all(0 <= c.overlap < 0.2 and c.is_independent for c in found)
