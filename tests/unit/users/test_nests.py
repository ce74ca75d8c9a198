"""Nests: shared noise is positive stable, and the race comes to the nested logit."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from sim.scenario import demand
from sim.scenario.nests import Nest
from sim.scenario.scenario import Scenario
from sim.users import nests, race
from sim.users.draws import product_step, product_word
from sim.users.mechanisms.nests import shared_noise
from sim.users.nested_logit import nested_logit
from sim.users.offers import OfferView
from sim.users.population import Population

DISSIMILARITY = st.floats(0.01, 0.99)
OPEN = st.integers(0, 2**52 - 1).map(lambda n: (n + 0.5) * 2.0**-52)
ONLY_REVIEWS = demand.Clocks(
    review_per_day=1.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
)
NO_COSTS = {
    "switching_cost_vendor": 0.0,
    "switching_cost_model": 0.0,
    "peer_bonus": 0.0,
    "satisfaction_weight": 0.0,
}
TWO_NESTS = (Nest(name="large", correlation=0.6), Nest(name="small", correlation=0.3))
DRAWS = 200_000
RACES = 20_000


def drawn_noise(dissimilarity: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    angle, exponential = math.pi * rng.random(DRAWS), np.log(rng.exponential(size=DRAWS))
    draw = getattr(shared_noise, "py_func", shared_noise)
    return np.array([draw(a, e, dissimilarity) for a, e in zip(angle, exponential, strict=True)])


@pytest.mark.parametrize("dissimilarity", [0.05, 0.4, 0.9])
def test_shared_noise_is_the_logarithm_of_a_positive_stable_draw(dissimilarity: float) -> None:
    # means of 200,000 numbers between 0 and 1: nine tests at five standard errors, one false alarm
    # in 190,000
    stable = np.exp(drawn_noise(dissimilarity, 1) / dissimilarity)
    for t in (0.2, 1.0, 4.0):
        transform = np.exp(-t * stable)
        wanted = math.exp(-(t**dissimilarity))
        assert transform.mean() == pytest.approx(wanted, abs=5 * transform.std() / DRAWS**0.5)


def test_the_noise_of_any_one_product_is_gumbel_whatever_its_nest() -> None:
    # Kolmogorov-Smirnov, three tests at a level of 1e-6 each
    rng = np.random.default_rng(2)
    for seed, dissimilarity in enumerate((0.1, 0.5, 0.8)):
        gumbel = dissimilarity * rng.gumbel(size=DRAWS) + drawn_noise(dissimilarity, seed)
        assert kstest(gumbel, "gumbel_r").pvalue > 1e-6


@given(angle=OPEN, exponential=OPEN, dissimilarity=DISSIMILARITY)
def test_shared_noise_is_finite_at_every_draw(
    angle: float, exponential: float, dissimilarity: float
) -> None:
    log_exponential = math.log(-math.log1p(-exponential))
    assert math.isfinite(shared_noise(math.pi * angle, log_exponential, dissimilarity))


@given(
    word=st.integers(0, 2**64 - 1).map(np.uint64),
    leader=st.integers(0, 2**64 - 1).map(np.uint64),
    utility=st.floats(-40.0, 40.0) | st.just(-math.inf),
    leading=st.floats(-40.0, 40.0),
    scales=st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)),
)
def test_a_race_between_nests_is_decided_as_finishing_times_decide_it(
    word: np.uint64,
    leader: np.uint64,
    utility: float,
    leading: float,
    scales: tuple[float, float],
) -> None:
    own, other = scales
    first = race.log_finish(word, utility, own) < race.log_finish(leader, leading, other)
    bounds = race.race_bounds()
    assert race.overtakes(word, utility, own, leader, leading, other, bounds) == first


def simulated_log_sum(utility: float, count: int, dissimilarity: float) -> float:
    """Mean utility of the winner among so many like products and none, less Euler's constant."""
    steps = [product_step(key) for key in (1 << 32, *range(count))]
    keys = np.random.default_rng(3).integers(0, 2**64, RACES, np.uint64)
    shared = drawn_noise(dissimilarity, 4) if dissimilarity < 1.0 else np.zeros(RACES)
    total = 0.0
    for key, noise in zip(keys, shared[:RACES].tolist(), strict=True):
        words = [np.uint64(product_word(key, step)) for step in steps]
        total -= min(
            race.log_finish(words[0], 0.0, 1.0),
            *(race.log_finish(word, utility + noise, dissimilarity) for word in words[1:]),
        )
    return total / RACES - float(np.euler_gamma)


@pytest.mark.parametrize("dissimilarity", [1.0, 0.4])
def test_the_mean_of_the_best_utility_is_the_log_sum(dissimilarity: float) -> None:
    # W1: two products of u = 4 give mu ln(1 + 2 e^4) = 1.1755658304 at mu = 0.25; the winner's
    # utility has a standard deviation of pi / sqrt(6), and 20,000 races a standard error of 0.009
    _, wanted = nested_logit([4.0, 4.0], np.array([1, 1]), [1.0, dissimilarity])
    if dissimilarity == 1.0:
        assert 0.25 * wanted == pytest.approx(1.1755658304, rel=1e-9)
    found = simulated_log_sum(4.0, 2, dissimilarity)
    assert found == pytest.approx(float(wanted), abs=5 * math.pi / math.sqrt(6.0 * RACES))


def test_the_closed_form_is_the_logit_without_nests_and_at_a_dissimilarity_of_one() -> None:
    utility = np.array([[0.3, -1.0, 2.0], [0.0, -np.inf, 1.0]])
    plain = np.exp(utility) / (math.exp(0.5) + np.exp(utility).sum(axis=1, keepdims=True))
    for nest in ([0, 0, 0], [1, 1, 0], [1, 1, 1]):
        shares, _ = nested_logit(utility, np.array(nest), [1.0, 1.0], 0.5)
        assert shares == pytest.approx(plain, rel=1e-12)


def test_the_closed_form_is_mcfaddens() -> None:
    utility, nest, scale = np.array([1.0, 0.5, -0.2]), np.array([1, 1, 2]), [1.0, 0.4, 0.7]
    inner = np.exp(utility / np.array([0.4, 0.4, 0.7]))
    sums = {1: inner[0] + inner[1], 2: inner[2]}
    total = 1.0 + sums[1] ** 0.4 + sums[2] ** 0.7
    wanted = [inner[n] / sums[g] * sums[g] ** scale[g] / total for n, g in enumerate(nest)]
    shares, log_sum = nested_logit(utility, nest, scale)
    assert shares == pytest.approx(wanted, rel=1e-12)
    assert log_sum == pytest.approx(math.log(total), rel=1e-12)


def one_day_of_reviews(
    scenario: Scenario, offers: OfferView, started: Callable[..., Population]
) -> Population:
    population = started(scenario, offers)
    population.advance(30.0, offers)
    return population


def test_reached_shares_are_those_of_the_nested_logit(
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
    started: Callable[..., Population],
) -> None:
    # chi-square with 8 types x 6 free shares: above 112 once in 1e6
    scenario = demand_scenario(
        [{"outside_utility": 0.5}] * 2,
        users=40_000,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(initial_share=1.0),
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(nests=TWO_NESTS, **NO_COSTS),
        clocks=ONLY_REVIEWS,
    )
    nest = np.array([1, 1, 1, 2, 2, 0])
    offers = offers_of("abcdef", capability_logit=np.linspace(-1, 1, 6), nest_index=nest)
    world = one_day_of_reviews(scenario, offers, started)._world()
    held = world.totals.cells["users"]
    users = world.totals.types["population"]
    count = np.column_stack([users - held.sum(axis=1), held])
    share, _ = nested_logit(world.book.offers["utility"], nest, [1.0, 0.4, 0.7], 0.5)
    expected = np.column_stack([1.0 - share.sum(axis=1), share]) * users[:, None]
    assert ((count - expected) ** 2 / expected).sum() < 112.0


def test_a_correlation_of_zero_draws_nothing_and_changes_no_bit(
    lively: Scenario, offers_of: Callable[..., OfferView], started: Callable[..., Population]
) -> None:
    nested = lively.population.choice.model_copy(
        update={"nests": (Nest(name="one", correlation=0.0), Nest(name="two", correlation=0.0))}
    )
    scenario = lively.model_copy(
        update={"population": lively.population.model_copy(update={"choice": nested})}
    )
    plain = one_day_of_reviews(lively, offers_of(domains=1), started)
    offers = offers_of(domains=1, nest_index=np.array([1, 2, 2]))
    other = one_day_of_reviews(scenario, offers, started)
    assert other.users.rows.tobytes() == plain.users.rows.tobytes()
    assert other.users.product.tobytes() == plain.users.product.tobytes()
    assert np.isnan(other._scratch.nest_noise).all()


def test_a_nests_draws_depend_on_its_name_alone(
    lively: Scenario, offers_of: Callable[..., OfferView], started: Callable[..., Population]
) -> None:
    reached = []
    for names, nest in (("ab", [1, 2, 2]), ("cba", [3, 2, 2])):
        choice = lively.population.choice.model_copy(
            update={"nests": tuple(Nest(name=name, correlation=0.5) for name in names)}
        )
        population = lively.population.model_copy(update={"choice": choice})
        scenario = lively.model_copy(update={"population": population})
        offers = offers_of(domains=1, nest_index=np.array(nest))
        reached.append(one_day_of_reviews(scenario, offers, started).users.product.tobytes())
    assert reached[0] == reached[1]


def test_steps_of_nests_are_those_of_no_product_and_not_each_others() -> None:
    record = demand.Population(choice=demand.Choice(nests=TWO_NESTS))
    steps = nests.nest_steps(record)
    assert steps.shape == (3, 2)
    assert np.unique(steps[1:]).size == 4
    assert not np.isin(steps[1:], [product_step(key) for key in range(1000)]).any()
