"""Choice: shares are those of the logit, and the bounds that save logarithms change nothing."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.users import race
from sim.users.offers import OfferView
from sim.users.population import Population

WORD = st.integers(0, 2**64 - 1).map(np.uint64)
ONLY_REVIEWS = demand.Clocks(
    review_per_day=1.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
)
NO_COSTS = {
    "switching_cost_vendor": 0.0,
    "switching_cost_model": 0.0,
    "peer_bonus": 0.0,
    "satisfaction_weight": 0.0,
}


@given(WORD, st.floats(-1e3, 1e3))
def test_the_bounds_of_a_finish_enclose_it(word: np.uint64, utility: float) -> None:
    lower, upper = race.race_bounds()[race.step_of(word)]
    assert lower - utility <= race.log_finish(word, utility, 1.0) <= upper - utility


@pytest.mark.parametrize("upper_bits", [0, 1, 2, 63, 2**32, 2**51 - 1, 2**51, 2**52 - 2, 2**52 - 1])
def test_the_bounds_hold_at_the_ends_of_their_steps(upper_bits: int) -> None:
    word = np.uint64(upper_bits << 12)
    finish = race.log_finish(word, 0.0, 1.0)
    lower, upper = race.race_bounds()[race.step_of(word)]
    assert math.isfinite(finish)
    assert lower <= finish <= upper


def test_the_bounds_are_close_wherever_draws_fall() -> None:
    # below u = 1/2 a step is at most 1/32 of u, and ln E rises by at most 1.4 times that share
    bounds = race.race_bounds()
    assert np.diff(bounds[:-32]).max() < 1.4 / 32
    assert np.diff(bounds, axis=0).min() > 0.0


@given(WORD, WORD, st.floats(-40.0, 40.0) | st.just(-math.inf), st.floats(-40.0, 40.0))
def test_a_race_is_decided_as_finishing_times_decide_it(
    word: np.uint64, leader: np.uint64, utility: float, leading: float
) -> None:
    first = race.log_finish(word, utility, 1.0) < race.log_finish(leader, leading, 1.0)
    assert race.overtakes(word, utility, 1.0, leader, leading, 1.0, race.race_bounds()) == first


@given(WORD, st.integers(-(2**47), 2**47), st.floats(-3.0, 3.0))
def test_a_race_between_nearly_equal_draws_is_decided_by_logarithms(
    word: np.uint64, apart: int, utility: float
) -> None:
    leader = np.uint64((int(word) + apart) % 2**64)
    first = race.log_finish(word, utility, 1.0) < race.log_finish(leader, utility, 1.0)
    assert race.overtakes(word, utility, 1.0, leader, utility, 1.0, race.race_bounds()) == first


def chosen_shares(population: Population, offers: OfferView) -> tuple[np.ndarray, np.ndarray]:
    """Users by type and product, the outside option first, and the shares of the logit."""
    world = population._world()
    held = world.totals.cells["users"]
    none = world.totals.types["population"] - held.sum(axis=1)
    count = np.column_stack([none, held])
    utility = world.book.offers["utility"]
    outside = world.totals.types["outside_utility"][:, None]
    return count, softmax(np.hstack([outside, utility]), axis=1)


def test_reached_shares_are_those_of_the_logit(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    # chi-square with 8 types x 5 free shares: above 99 once in 1e6
    scenario = demand_scenario(
        [{"outside_utility": 0.5}] * 2,
        users=40_000,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(initial_share=1.0),
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(**NO_COSTS),
        clocks=ONLY_REVIEWS,
    )
    offers = offers_of("abcde", capability_logit=np.linspace(-1, 1, 5))
    population = started(scenario, offers)
    population.advance(30.0, offers)
    count, share = chosen_shares(population, offers)
    expected = share * count.sum(axis=1, keepdims=True)
    assert ((count - expected) ** 2 / expected).sum() < 99.0


def test_utilities_beyond_all_exponentials_are_no_trouble(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    scenario = demand_scenario(
        [{"taste_scale_usd_per_month": 1e-9}] * 2,
        consideration=demand.Consideration(base=60.0),
        awareness=demand.Awareness(initial_share=1.0),
        clocks=ONLY_REVIEWS,
    )
    offers = offers_of("abc", price=np.zeros(3), capability_logit=np.array([0.0, 1.0, 0.5]))
    population = started(scenario, offers)
    population.advance(40.0, offers)
    assert population.snapshot(offers).users.sum(axis=0).tolist() == [0, 1000, 0]
