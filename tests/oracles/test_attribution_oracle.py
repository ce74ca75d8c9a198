"""Attribution against worlds in closed form: logit-Bertrand markets with a fringe of open weights.

Factors: compression (cost x0.35, quality -0.05), hardware (cost x0.5), training (quality +0.3),
competition (four firms, not one), open weights (a fringe at cost, quality -0.6).
"""

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import sim
from analysis.attribution.attribution import attribution_of
from analysis.attribution.factor_worlds import FactorOutcomes
from analysis.attribution.quantities import LOG, Quantity
from analysis.attribution.sampled import sampled_value
from analysis.attribution.shapley import effects_of_all_worlds

HERE = Path(__file__).parent
FACTORS = "CHMOT"
SCALE = 0.25
OUTCOMES = ("neg_ln_price", "adoption", "cs")


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def closed_form(world: int) -> tuple[float, float, float]:
    """Minus log of the price paid, adoption and surplus where these factors are on."""
    on = {factor for bit, factor in enumerate(FACTORS) if world >> bit & 1}
    cost = (0.35 if "C" in on else 1.0) * (0.5 if "H" in on else 1.0)
    quality = 1.6 - (0.05 if "C" in on else 0.0) + (0.30 if "T" in on else 0.0)
    firms = 4 if "M" in on else 1
    qualities = [quality] * firms + ([quality - 0.6] if "O" in on else [])
    is_fringe = [False] * firms + ([True] if "O" in on else [])
    found = sim.nash_prices(
        np.array(qualities) / SCALE,
        [cost] * len(qualities),
        1.0 / SCALE,
        fixed=is_fringe,
        start=[cost + (0.0 if fringe else SCALE) for fringe in is_fringe],
    )
    prices = np.asarray(found.prices)
    weights = np.exp((np.array(qualities) - prices) / SCALE)
    shares = weights / (1.0 + weights.sum())
    paid = float((shares * prices).sum() / shares.sum())
    return -np.log(paid), float(shares.sum()), SCALE * float(np.log1p(weights.sum()))


@pytest.fixture(scope="module")
def worlds() -> np.ndarray:
    return np.array([closed_form(world) for world in range(32)])


def test_the_solver_gives_the_closed_form_worlds(worlds):
    named = {row["world"]: row for row in rows_of("o09_worlds.csv")}
    for world, found in enumerate(worlds):
        name = "".join(f for bit, f in enumerate(FACTORS) if world >> bit & 1) or "none"
        expected = [float(named[name][outcome]) for outcome in OUTCOMES]
        assert found == pytest.approx(expected, abs=1e-10)


def test_shapley_values_are_the_closed_form_ones(worlds):
    effects = effects_of_all_worlds(worlds)
    for number, row in enumerate(rows_of("o09_shapley.csv")[:-1]):
        assert row["factor"] == FACTORS[number]
        expected = [float(row[f"phi_{outcome}"]) for outcome in OUTCOMES]
        assert effects.shapley[number] == pytest.approx(expected, abs=1e-10)
        for found, column in ((effects.first_in, "first_in"), (effects.last_in, "last_in")):
            expected = [float(row[f"{column}_{name}"]) for name in ("ln_price", "adoption")]
            assert found[number, :2] == pytest.approx(expected, abs=1e-8)


def test_interactions_are_the_closed_form_ones(worlds):
    effects = effects_of_all_worlds(worlds)
    named = {row["pair"]: row for row in rows_of("o09_interactions.csv")}
    for one, other in combinations(range(5), 2):
        row = named[FACTORS[one] + FACTORS[other]]
        expected = [float(row[outcome]) for outcome in ("ln_price", "adoption", "cs")]
        assert effects.interactions[one, other] == pytest.approx(expected, abs=1e-8)
        assert effects.interactions[other, one] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_shapley_values_add_up_to_the_total(count):
    values = np.random.default_rng(count).normal(size=(2**count, 3))
    effects = effects_of_all_worlds(values)
    assert effects.shapley.sum(axis=0) == pytest.approx(values[-1] - values[0], abs=1e-12)


def test_worlds_that_are_not_all_combinations_are_refused():
    with pytest.raises(ValueError, match="not all combinations"):
        effects_of_all_worlds(np.zeros(6))


def test_competition_and_open_weights_are_told_to_depend_on_the_order(worlds):
    """Each does much alone and nearly nothing after the other: no single number may stand alone."""
    noise = np.random.default_rng(1).normal(scale=0.002, size=(10, 1))
    told = attribution_of(outcomes_of(worlds[:, None, :1] + noise), "closed form")
    price = told["neg_ln_price"]
    by_name = dict(zip(FACTORS, price.factors, strict=True))
    assert by_name["M"].order_decides
    assert by_name["O"].order_decides
    assert by_name["M"].first_in.centre == pytest.approx(0.15839176, abs=1e-8)
    assert by_name["M"].last_in.centre == pytest.approx(0.00515107, abs=1e-8)
    # the mean over orders lies outside first-in to last-in, so these two are not the whole range
    assert by_name["M"].shapley.centre > by_name["M"].first_in.centre
    assert by_name["M"].least <= by_name["M"].last_in.centre
    assert by_name["M"].most >= by_name["M"].shapley.centre
    pair = next(pair for pair in price.pairs if pair.factors == ("M", "O"))
    assert pair.interaction.centre < -0.5
    first, second, both = pair.alone
    assert both < first + second
    competition, fringe = 1 << FACTORS.index("M"), 1 << FACTORS.index("O")
    gone = worlds[31 - competition - fringe, 0]
    expected = [worlds[31 - fringe, 0] - gone, worlds[31 - competition, 0] - gone]
    assert pair.beside_others == pytest.approx((*expected, worlds[31, 0] - gone), abs=1e-12)


def outcomes_of(values: np.ndarray) -> FactorOutcomes:
    """Worlds' outcomes (2^n, R, K), as a sweep would give them."""
    names = FACTORS[: values.shape[0].bit_length() - 1]
    quantities = tuple(
        Quantity(name, name, name, LOG, lambda rows: rows) for name in OUTCOMES[: values.shape[2]]
    )
    by_world = dict(enumerate(values))
    return FactorOutcomes(tuple(names), quantities, by_world, tuple(range(values.shape[1])), ())


def test_intervals_cover_the_known_answer_as_often_as_they_say(worlds):
    """500 repeats of 20 replications, draws shared between worlds with a correlation of 0.9."""
    truth = effects_of_all_worlds(worlds[:, 1]).shapley
    generator = np.random.default_rng(14)
    hits = np.zeros(5)
    for _ in range(500):
        shared = generator.normal(size=(1, 20))
        own = generator.normal(size=(32, 20))
        noise = 0.02 * (np.sqrt(0.9) * shared + np.sqrt(0.1) * own)
        told = attribution_of(outcomes_of((worlds[:, 1, None] + noise)[:, :, None]), "repeat")
        [adoption] = told.quantities
        hits += [
            effect.shapley.low <= value <= effect.shapley.high
            for effect, value in zip(adoption.factors, truth, strict=True)
        ]
    assert (hits / 500 >= 0.92).all(), hits / 500
    assert (hits / 500 <= 0.98).all(), hits / 500


def test_shared_draws_make_shapley_values_three_times_as_precise(worlds):
    """The oracle's own standard errors over 400 repeats, 30 replications of noise 0.02."""
    named = {row["pair"]: row for row in rows_of("o09_interactions.csv")}
    expected = [float(named[f"se_phiC_adoption_corr{corr}"]["adoption"]) for corr in ("0.0", "0.9")]
    generator = np.random.default_rng(9)
    found = []
    for corr in (0.0, 0.9):
        shared = np.sqrt(corr) * generator.normal(size=(1, 400, 30))
        own = np.sqrt(1.0 - corr) * generator.normal(size=(32, 400, 30))
        means = (worlds[:, 1, None, None] + 0.02 * (shared + own)).mean(axis=2)
        found.append(float(effects_of_all_worlds(means).shapley[0].std()))
    # a standard deviation over 400 repeats has a relative standard error of 3.5%, on both sides
    assert found == pytest.approx(expected, rel=0.15)


def test_sampled_orders_find_the_value_and_cover_it():
    """Nine factors with pairwise interactions, of which the Shapley values are known exactly."""
    generator = np.random.default_rng(3)
    count, draws, replications = 9, 16, 20
    main = generator.normal(size=count)
    pairs = np.triu(generator.normal(size=(count, count)), 1)
    cubic = 0.5  # of the product of the first three, of which each has a third
    truth = main + 0.5 * (pairs + pairs.T).sum(axis=1)
    truth[:3] += cubic / 3.0
    hits = 0
    for _ in range(200):
        noise = generator.normal(scale=0.3, size=replications)
        added = np.empty((draws, 2, replications))
        for draw in range(draws):
            order = generator.permutation(count)
            for side, one in enumerate((order, order[::-1])):
                before = set(one[: list(one).index(0)].tolist())
                value = main[0] + sum((pairs + pairs.T)[0, other] for other in before)
                added[draw, side] = value + cubic * ({1, 2} <= before) + noise
        found = sampled_value(added.mean(axis=1))
        hits += found.interval.low <= truth[0] <= found.interval.high
    assert 0.92 <= hits / 200 <= 1.0
