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
from sim.users.draws import product_step, product_word, upper_uniform
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import Book, new_scratch

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
def test_the_bound_of_a_finish_never_exceeds_it(word: np.uint64, utility: float) -> None:
    floor = race.race_floor()
    assert race.log_finish_bound(word, utility, floor) <= race.log_finish(word, utility)


@pytest.mark.parametrize("lower", [0, 1, 2**22 - 1, 2**22, 2**32 - 2**22, 2**32 - 1])
def test_the_bound_holds_at_the_ends_of_its_steps(lower: int) -> None:
    word = np.uint64(lower)
    finish = race.log_finish(word, 0.0)
    assert math.isfinite(finish)
    assert race.log_finish_bound(word, 0.0, race.race_floor()) <= finish


@pytest.mark.parametrize("considered", [race.considered, race.considered.py_func])
@given(
    uniform=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True),
    intensity=st.floats(0.0, 2.0) | st.floats(0.0, 50.0),
)
def test_consideration_has_its_probability_whichever_bound_settles_it(
    considered: Callable[[float, float], bool], uniform: float, intensity: float
) -> None:
    assert considered(uniform, intensity) == (uniform < -math.expm1(-intensity))


def test_the_shortlist_holds_all_that_may_come_to_mind() -> None:
    keys = np.arange(40, dtype=np.uint64)
    steps = np.array([product_step(key) for key in keys])
    news = np.linspace(0.0, 0.2, 40)
    book = Book(np.zeros((1, 40)), keys, steps, news, float(news.sum()), 0.0)
    scratch, users_of = new_scratch(40), np.arange(41)
    scratch.peers[:] = np.arange(41) % 3
    for event_key in np.arange(200, dtype=np.uint64) * np.uint64(2**57 + 1):
        length = race.shortlist(event_key, 0.1, 0.5, 0.002, 0.05, users_of, book, scratch)
        intensity = 0.05 + 0.002 * users_of[:40] + 0.1 * scratch.peers[:40] + 0.5 * news
        words = [np.uint64(product_word(event_key, step)) for step in steps]
        draw = np.array([upper_uniform(word) for word in words])
        assert scratch.shortlist[:length].tolist() == np.flatnonzero(draw < intensity).tolist()


def chosen_shares(population: Population, offers: OfferView) -> tuple[np.ndarray, np.ndarray]:
    """Users by type and product, the outside option first, and the shares of the logit."""
    world = population._world()
    held = world.totals.cells["users"]
    none = world.totals.types["population"] - held.sum(axis=1)
    count = np.column_stack([none, held])
    utility = world.book.offers["utility"]
    outside = np.full((len(utility), 1), world.rules.outside_utility)
    return count, softmax(np.hstack([outside, utility]), axis=1)


def test_reached_shares_are_those_of_the_logit(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    # chi-square with 8 types x 5 free shares: above 99 once in 1e6
    scenario = demand_scenario(
        users=40_000,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(initial_share=1.0),
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(outside_utility=0.5, **NO_COSTS),
        clocks=ONLY_REVIEWS,
    )
    offers = offers_of("abcde", capability_logit=np.linspace(-1, 1, 5))
    population = started(scenario, offers)
    population.advance(30.0, offers)
    count, share = chosen_shares(population, offers)
    expected = share * count.sum(axis=1, keepdims=True)
    assert ((count - expected) ** 2 / expected).sum() < 99.0


def test_consideration_limits_the_choice_to_what_comes_to_mind(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    # one product far above all else is held by those whose last review had it in mind: binomial
    # with 1 - exp(-0.3), five standard errors; at a review the present product is always in mind,
    # so with no inertia to lose a user keeps it for good, and t reviews give 1 - exp(-0.3 t)
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.0}],
        users=40_000,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(initial_share=1.0),
        consideration=demand.Consideration(base=0.3, market_share_weight=0.0),
        choice=demand.Choice(taste_scale_usd_per_month=1e-9, **NO_COSTS),
        clocks=ONLY_REVIEWS,
    )
    offers = offers_of(["a"], domains=1, price=[0.0])
    population = started(scenario, offers)
    population.advance(2.0, offers)
    wanted = 1 - math.exp(-2.0 * (1 - math.exp(-0.3)))
    share = population.snapshot(offers).adopters[0] / 40_000
    assert share == pytest.approx(wanted, abs=5 * math.sqrt(wanted * (1 - wanted) / 40_000))


def test_utilities_beyond_all_exponentials_are_no_trouble(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    scenario = demand_scenario(
        consideration=demand.Consideration(base=60.0),
        awareness=demand.Awareness(initial_share=1.0),
        choice=demand.Choice(taste_scale_usd_per_month=1e-9),
        clocks=ONLY_REVIEWS,
    )
    offers = offers_of("abc", price=np.zeros(3), capability_logit=np.array([0.0, 1.0, 0.5]))
    population = started(scenario, offers)
    population.advance(40.0, offers)
    assert population.snapshot(offers).users.sum(axis=0).tolist() == [0, 1000, 0]
