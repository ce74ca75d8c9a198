"""`sim.nash_prices`: derivatives, refusals, and that it never hides a failure."""

import re

import numpy as np
import pytest

import sim
from sim.equilibrium.deviations import FACTORS, largest_gain
from sim.equilibrium.market import conditions_of
from sim.errors import EquilibriumError, EquilibriumWarning, UsageError

TYPES, PRODUCTS = 7, 9
OWNERS = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3])
NESTS = [0, 0, 0, 0, 1, 1, 1, None, 2]


def random_conditions(*, nested: bool, usage: bool, seed: int = 0):
    draws = np.random.default_rng(seed)
    column = (TYPES, 1)
    return conditions_of(
        draws.normal(1.0, 1.0, (TYPES, PRODUCTS)),
        draws.uniform(0.1, 1.0, PRODUCTS),
        draws.uniform(0.5, 3.0, TYPES),
        draws.uniform(0.5, 1.0, TYPES),
        draws.normal(0.0, 1.0, TYPES),
        OWNERS,
        NESTS if nested else None,
        {0: 0.5, 1: 0.7, 2: 0.3},
        sim.TaskValues(
            draws.uniform(0.5, 2.0, column),
            draws.normal(0.0, 0.5, column),
            draws.uniform(1.0, 2.0, column),
        )
        if usage
        else None,
    )


def slope(function, at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Return central differences: one column a price."""
    shifts = step * np.eye(at.size)
    return np.array([(function(at + s) - function(at - s)) / (2.0 * step) for s in shifts]).T


def marginal_profit(conditions, price: np.ndarray) -> np.ndarray:
    """Return what each owner gains by its price, from differences of profits."""
    owned, cost = conditions.ownership, conditions.cost
    return np.diagonal(slope(lambda p: owned @ ((p - cost) * conditions.demand.quantity(p)), price))


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("usage", [False, True])
def test_first_and_second_derivatives_are_those_of_profits(nested: bool, usage: bool) -> None:
    conditions = random_conditions(nested=nested, usage=usage)
    price = conditions.cost + np.random.default_rng(1).uniform(0.2, 1.0, PRODUCTS)
    point = conditions.at(price)
    lost = marginal_profit(conditions, price) / point.step
    assert (lost > 0.0).all()
    wanted = slope(lambda p: marginal_profit(conditions, p), price, 1e-4)
    np.testing.assert_allclose(point.slope() * lost[:, None], wanted, atol=2e-4)
    together = OWNERS[:, None] == OWNERS
    bends = point.curvature() * np.sqrt(lost[:, None] * lost)
    np.testing.assert_allclose(bends[together], wanted[together], atol=2e-4)
    np.testing.assert_allclose(bends, bends.T, rtol=1e-9)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("usage", [False, True])
def test_pass_through_is_the_slope_of_the_equilibrium_in_costs(nested: bool, usage: bool) -> None:
    draws = np.random.default_rng(2)
    market = {
        "utilities": draws.normal(1.0, 1.0, (5, 6)),
        "price_coefficient": draws.uniform(1.0, 3.0, 5),
        "ownership": [0, 0, 1, 1, 2, 2],
        "nests": [0, 0, 0, 1, 1, None] if nested else None,
        "nest_correlation": 0.4,
        "usage": sim.TaskValues(1.0, 0.3, 1.7) if usage else None,
    }
    cost = draws.uniform(0.2, 1.0, 6)
    found = sim.nash_prices(costs=cost, **market)
    wanted = slope(lambda c: sim.nash_prices(costs=c, **market).prices, cost)
    np.testing.assert_allclose(found.pass_through, wanted, atol=1e-7)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("usage", [False, True])
def test_what_owners_gain_by_far_prices_is_what_whole_markets_there_say(nested, usage) -> None:
    conditions = random_conditions(nested=nested, usage=usage)
    cost, price = conditions.cost, conditions.cost + 0.5
    free = np.arange(PRODUCTS) != 5

    def profit(owner: int, at: np.ndarray) -> float:
        return ((at - cost) * conditions.demand.quantity(at))[owner == OWNERS].sum()

    def at(owner: int, factor: float) -> np.ndarray:
        return np.where(free & (owner == OWNERS), cost + factor * (price - cost), price)

    gains = {
        (owner, factor): profit(owner, at(owner, factor)) / profit(owner, price) - 1.0
        for owner in range(4)
        for factor in FACTORS
    }
    who = max(gains, key=gains.get)
    found = largest_gain(conditions, conditions.at(price), free)
    assert found.share == pytest.approx(gains[who], rel=1e-9)
    np.testing.assert_allclose(found.price, at(*who), rtol=1e-15)


def test_a_product_that_hardly_anybody_chooses_has_its_price_too() -> None:
    found = sim.nash_prices([8.0, -2000.0], [1.0, 1.0], 4.0)
    alone = sim.nash_prices([8.0], [1.0], 4.0)
    np.testing.assert_allclose(found.prices, [alone.prices[0], 1.25], rtol=1e-12)
    assert found.shares[1] == 0.0


def test_a_third_of_a_rivals_profit_softens_competition_part_of_the_way() -> None:
    market = ([8.0, 8.0], [1.0, 1.0], 4.0)
    rivals, merged = (sim.nash_prices(*market, ownership=owner) for owner in ([0, 1], [0, 0]))
    third = sim.nash_prices(*market, ownership=[[1.0, 1 / 3], [1 / 3, 1.0]])
    assert (rivals.prices < third.prices).all()
    assert (third.prices < merged.prices).all()


def test_nests_without_correlation_are_the_plain_logit() -> None:
    draws = np.random.default_rng(3)
    market = (draws.normal(1.0, 1.0, (4, 5)), draws.uniform(0.1, 1.0, 5))
    plain = sim.nash_prices(*market)
    nested = sim.nash_prices(*market, nests=["a", "a", "b", "b", None], nest_correlation=0.0)
    barely = sim.nash_prices(*market, nests=["a", "a", "b", "b", None], nest_correlation=1e-12)
    np.testing.assert_allclose(nested.prices, plain.prices, rtol=1e-14)
    np.testing.assert_allclose(barely.prices, plain.prices, rtol=1e-9)


MANY_MIND = ([[8.0], [3.0]], [0.0], [8.0, 0.3])


def test_a_peak_that_is_not_the_highest_is_left_for_the_highest_and_said() -> None:
    with pytest.warns(EquilibriumWarning, match="3 of 4 searches ended at no equilibrium"):
        found = sim.nash_prices(*MANY_MIND, weights=[0.8, 0.2])
    assert found.prices[0] > 8.0
    assert not found.starts_agree
    assert found.largest_gain_share < 0.0
    conditions = conditions_of(*MANY_MIND, [0.8, 0.2], 0.0, None, None, 0.0, None)
    gain = largest_gain(conditions, conditions.at(np.array([0.815])), np.array([True]))
    assert gain.share > 0.4
    assert gain.price[0] > 4.0


def test_two_equilibria_are_both_returned() -> None:
    # either both fight for the many, or one leaves them to the other and serves those who pay
    market = ([[4.8, 4.8], [2.7, 2.7]], [0.0, 0.0], [16.0, 0.6])
    with pytest.warns(EquilibriumWarning, match="2 different equilibria"):
        found = sim.nash_prices(*market, weights=[0.84, 0.16], start=[5.0, 0.3])
    (fight,) = found.others
    assert fight[0] == pytest.approx(fight[1], rel=1e-8)
    assert found.prices[0] > 5.0 * found.prices[1] > 5.0 * fight[1]


@pytest.mark.parametrize("owners", [[0, 0], None])
def test_users_without_a_choice_have_no_equilibrium(owners: list[int] | None) -> None:
    products = 2 if owners else 1
    with pytest.raises(EquilibriumError, match="monopolist without an outside good"):
        sim.nash_prices(
            [2.0] * products, [1.0] * products, outside_utility=-np.inf, ownership=owners
        )


def test_a_taste_scale_far_below_the_differences_is_refused_with_what_is_missed() -> None:
    with pytest.raises(EquilibriumError, match=r"misses by .* in the unit of prices"):
        sim.nash_prices([1e12], [0.0], 1e3)


REFUSED = {
    "costs": ({"costs": [1.0, np.inf]}, "costs = .*must be finite numbers"),
    "text": ({"costs": ["cheap", 1.0]}, "costs = .*must be finite numbers"),
    "NaN": ({"utilities": [np.nan, 1.0]}, "utilities = .*some are NaN"),
    "shape": ({"utilities": [1.0, 1.0, 1.0]}, r"utilities: has shape \(3,\): .* as costs, 2"),
    "endless": ({"utilities": [np.inf, 1.0]}, "utilities: must be finite"),
    "nobody": ({"utilities": [-np.inf, 1.0]}, "product 0 is minus infinity for every type"),
    "coefficient": ({"price_coefficient": 0.0}, "price_coefficient = 0.0: must be above 0"),
    "types": ({"price_coefficient": [1.0, 2.0]}, r"has shape \(2,\): .* of which there are 1"),
    "weights": ({"weights": [-1.0]}, "weights = .*must be >= 0"),
    "outside": ({"outside_utility": np.inf}, "outside_utility = inf: must be below infinity"),
    "owners": ({"ownership": [0, 1, 2]}, "ownership = .*must be 2 owners"),
    "matrix": ({"ownership": [[2.0, 0.0], [0.0, 1.0]]}, "with ones on the diagonal"),
    "labels": ({"nests": ["a"]}, "nests = .*must be 2 labels"),
    "rho": ({"nests": ["a", "a"], "nest_correlation": 1.0}, "of nest 'a' is 1.0: must be"),
    "no rho": ({"nests": ["a", "a"], "nest_correlation": {"b": 0.5}}, "of nest 'a' is None"),
    "fixed": ({"fixed": [1, 0]}, "fixed = .*must be 2 times True or False"),
    "unpriced": ({"fixed": [True, False]}, "give the fixed prices in start"),
    "start": ({"start": [1.0]}, "start = .*must be 2 finite prices"),
    "free start": (
        {"start": [0.0, 1.0], "usage": sim.TaskValues(1.0, 0.3, 1.7)},
        "must be 2 finite prices above 0",
    ),
    "volume": ({"usage": 5}, "usage = 5: must be a sim.TaskValues"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_market_is_refused_with_what_is_allowed(case: str) -> None:
    changed, message = REFUSED[case]
    arguments = {"utilities": [1.0, 1.0], "costs": [1.0, 1.0], **changed}
    with pytest.raises(UsageError) as refusal:
        sim.nash_prices(**arguments)
    assert re.search(message, str(refusal.value))


@pytest.mark.parametrize(
    ("name", "value"), [("volume", 0.0), ("log_sd", 0.0), ("mean_log_value", np.nan)]
)
def test_task_values_out_of_range_are_refused(name: str, value: float) -> None:
    arguments = {"volume": 1.0, "mean_log_value": 0.3, "log_sd": 1.7, name: value}
    with pytest.raises(UsageError, match=f"{name} = "):
        sim.TaskValues(**arguments)
