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


def test_news_adds_reviews_in_proportion_to_its_decaying_level(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # Poisson counts of reviews: five standard errors
    clocks = demand.Clocks(**(STILL | {"news_review_per_day": 0.5}))
    scenario = demand_scenario(
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
        level = np.minimum(2.0 * np.exp(-decay * np.linspace(begin, end, 100_001)), 1.0)
        return 5000 * 0.5 * float(np.trapezoid(level, dx=(end - begin) / 100_000))

    for begin, end in ((0.0, 10.0), (10.0, 30.0), (30.0, 60.0)):
        wanted = expected(begin, end)
        reviews = population.advance(end, offers).reviews
        assert reviews == pytest.approx(wanted, abs=5 * math.sqrt(wanted))


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
