"""A second account of use shows the same as the totals that bills are made of."""

import numpy as np
import pytest
from demand_settings import Build, Offers, Start
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users import meters as compiled
from sim.users.population import Population
from sim.users.records import METER, UNIT


def metered(population: Population) -> np.ndarray:
    """Work since the last call, (D, P)."""
    weights = np.ones((1, population.types.domains, population.count_users().size))
    sums = np.zeros_like(weights)
    population.read_meters(weights, np.zeros_like(weights), sums)
    return sums[0]


def test_meters_and_totals_agree_on_every_product_and_domain_whatever_happens(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    dear, cheap = offers_of(domains=1), offers_of(domains=1, price=np.array([0.01, 0.6, 1.0]))
    fewer = offers_of(domains=1, listed=np.array([False, True, True]))
    population = started(lively, dear)
    for until, offers in ((0.5, dear), (20.0, cheap), (20.0, fewer), (20.1, fewer), (90.0, dear)):
        flow = population.advance(until, offers)
        np.testing.assert_allclose(metered(population), flow.work_mtok, rtol=1e-10)
        assert population.missed_by_meters() == 0.0
    assert flow.work_mtok.sum() > 0.0
    assert flow.switches_in.sum() > 0


def test_a_meter_that_is_not_read_for_long_forgets_nothing(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    population = started(lively, offers)
    work = sum(population.advance(until, offers).work_mtok for until in (3.0, 40.0, 60.0))
    assert metered(population) == pytest.approx(work, rel=1e-10)
    assert not metered(population).any()


def test_usage_that_changes_beside_the_meters_is_found_by_counting_users(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    population = started(lively, offers)
    population.advance(30.0, offers)
    user = int(np.flatnonzero(population.users.product >= 0)[0])
    population.users.rows["usage"][user] += UNIT // 4
    assert population.missed_by_meters() == pytest.approx(0.25)
    population.users.rows["usage"][user] -= UNIT // 4
    population.users.rows["usage"][user] += 1
    assert population.missed_by_meters() == 1 / UNIT


@given(
    changes=st.lists(st.tuples(st.floats(0.0, 50.0), st.integers(0, UNIT)), max_size=8),
    weight=st.floats(0.0, 9.0),
)
def test_a_meter_integrates_usage_over_time(
    changes: list[tuple[float, int]], weight: float
) -> None:
    """By hand: each amount of usage from its time to the end."""
    meters, sums = np.zeros((1, 1), METER), np.zeros((1, 1, 1))
    for time, usage in changes:
        compiled.note_change(meters[0, 0], np.int64(usage), np.int64(usage // 4), time)
    volume, weights = np.full(1, 3.0), np.full((1, 1, 1), weight)
    rebate = np.full((1, 1, 1), -0.5 * weight)
    compiled.read_meters(meters, 60.0, np.zeros(1, np.int64), volume, weights, rebate, sums)
    by_hand = sum((usage - 0.5 * (usage // 4)) / UNIT * (60.0 - time) for time, usage in changes)
    assert sums[0, 0, 0] == pytest.approx(weight * 3.0 * by_hand, rel=1e-9, abs=1e-12)


def test_without_changes_work_is_usage_times_volume_times_time_for_each_user(
    demand_scenario: Build, offers_of: Offers
) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0}],
        clocks=demand.Clocks(
            review_per_day=0.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
        ),
        awareness=demand.Awareness(
            initial_share=1.0, innovation_per_day=0.0, imitation_per_day=0.0
        ),
    )
    offers = offers_of(domains=1)
    population = Population.build(scenario, Streams(3))
    population.start(offers)
    population.advance(30.44, offers)
    rows, held = population.users.rows, population.users.product
    volume = population.types.volume_mtok_per_month[rows["type_index"]]
    by_hand = [(rows["usage"] / UNIT * volume)[held == product].sum() for product in range(3)]
    assert metered(population)[0] == pytest.approx(by_hand, rel=1e-12)
    assert sum(by_hand) > 0.0
