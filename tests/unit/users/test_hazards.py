"""Hazards: hearing of products, news, leaving; each at its rate."""

import math

import numpy as np
import pytest
from demand_settings import ALONE, EVERYBODY, STILL, Build, Offers, Start

from sim.scenario import demand


def test_the_unaware_hear_at_the_rate_of_innovation(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # binomial share of 20,000: five standard errors, one false alarm in 1.7 million
    scenario = demand_scenario(
        users=20_000,
        network=ALONE,
        awareness=demand.Awareness(
            innovation_per_day=0.02, imitation_per_day=0.3, initial_share=0.1
        ),
    )
    offers = offers_of()
    population = started(scenario, offers)
    population.advance(25.0, offers)
    wanted = 1 - 0.9 * math.exp(-0.02 * 25)
    share = population.snapshot(offers).aware.sum() / 20_000
    assert share == pytest.approx(wanted, abs=5 * math.sqrt(wanted * (1 - wanted) / 20_000))


def test_neighbours_who_adopted_spread_the_word(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"initial_adopter_share": 1.0}
    awareness = demand.Awareness(innovation_per_day=0.0, imitation_per_day=0.1, initial_share=0.05)
    scenario = demand_scenario(
        [fields], users=6000, awareness=awareness, clocks=demand.Clocks(**STILL)
    )
    offers = offers_of(domains=1)
    population = started(scenario, offers)
    reached = population.users.product >= 0
    source = np.repeat(np.arange(6000), np.diff(population.graph.offsets))
    near = np.zeros(6000, dtype=bool)
    near[source[reached[population.graph.neighbours]]] = True
    population.advance(2.0, offers)
    aware = population.users.rows["flags"] & 1 != 0
    newly = aware & ~reached
    assert newly.sum() > 50
    assert near[newly].mean() > 0.9
    assert near.mean() < 0.5


def test_news_is_looked_into_in_proportion_to_the_decaying_levels_of_the_products(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # Poisson counts of reviews of users who can adopt nothing: five standard errors
    clocks = demand.Clocks(**(STILL | {"news_review_per_day": 0.5}))
    scenario = demand_scenario(
        [{"name": name, "initial_adopter_share": 0.0, "setup_cost_usd": 1e12} for name in "ab"],
        users=5000,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=clocks,
        consideration=demand.Consideration(news_half_life_days=10.0),
    )
    offers = offers_of(news=np.array([1.5, 0.5, 9.0]), listed=np.array([True, True, False]))
    population = started(scenario, offers)
    decay = math.log(2) / 10.0

    def expected(begin: float, end: float) -> float:
        fade = np.exp(-decay * np.linspace(begin, end, 100_001))
        level = 1.0 - (1.0 - np.minimum(1.5 * fade, 1.0)) * (1.0 - 0.5 * fade)
        return 5000 * 0.5 * float(np.trapezoid(level, dx=(end - begin) / 100_000))

    for begin, end in ((0.0, 10.0), (10.0, 30.0), (30.0, 60.0)):
        wanted = expected(begin, end)
        reviews = population.advance(end, offers).reviews
        assert reviews == pytest.approx(wanted, abs=5 * math.sqrt(wanted))


def test_news_moves_users_to_the_product_in_the_news_and_nowhere_else(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.5}],
        users=4000,
        awareness=EVERYBODY,
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(switching_cost_vendor=0.0, switching_cost_model=0.0),
        clocks=demand.Clocks(**(STILL | {"news_review_per_day": 0.5})),
    )
    offers = offers_of("abcd", domains=1, news=np.array([0.0, 0.0, 0.0, 0.4]))
    population = started(scenario, offers)
    before = population.users.product.copy()
    satisfaction = population.users.rows["satisfaction"].copy()
    population.advance(20.0, offers)
    moved = population.users.product != before
    assert set(before[moved]) == {-1, 0, 1, 2}
    assert (population.users.product[moved] == 3).all()
    assert (population.users.rows["satisfaction"][~moved] == satisfaction[~moved]).all()


def test_news_of_one_more_product_moves_nobody_but_to_it(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # peers and shares would carry the difference on, so they do not count here
    scenario = demand_scenario(
        users=4000,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=demand.Clocks(**(STILL | {"news_review_per_day": 0.5})),
    )
    news = np.array([0.9, 0.7, 0.8])
    one = offers_of(news=news * [1, 1, 0])
    two = offers_of(news=news)
    products = [
        population.users.product
        for offers in (one, two)
        for population in [started(scenario, offers)]
        if population.advance(3.0, offers).reviews
    ]
    differ = products[0] != products[1]
    # whoever came near the third product may have left it since for another in the news
    assert 0 < differ.sum() < 2000
    assert (products[1][differ] == 2).mean() > 0.9


def test_without_news_there_are_no_news_reviews(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    clocks = demand.Clocks(**(STILL | {"news_review_per_day": 0.5}))
    scenario = demand_scenario(awareness=EVERYBODY, clocks=clocks)
    offers = offers_of()
    assert started(scenario, offers).advance(50.0, offers).reviews == 0


@pytest.mark.parametrize("slope", [0.0, 2.0, 9.0])
def test_users_leave_at_the_churn_hazard_of_their_satisfaction(
    slope: float, demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # binomial share of leavers: five standard errors; the exponent is cut at 4
    clocks = demand.Clocks(**(STILL | {"churn_per_day": 0.002, "churn_satisfaction_slope": slope}))
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0}],
        users=20_000,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=clocks,
    )
    offers = offers_of(domains=1)
    population = started(scenario, offers)
    population.users.rows["satisfaction"] = -0.5
    flow = population.advance(30.0, offers)
    hazard = 0.002 * math.exp(min(0.5 * slope, 4.0))
    wanted = 1 - math.exp(-30.0 * hazard)
    share = flow.leaves.sum() / 20_000
    assert share == pytest.approx(wanted, abs=5 * math.sqrt(wanted * (1 - wanted) / 20_000))
    assert flow.reviews == 0
