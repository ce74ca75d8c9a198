"""Usage follows what pays with a lag of its own, up and down, as partial adjustment has it."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.users.cohort.use import adjust
from sim.users.mechanisms.usage import UsageRules
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import UNIT

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
Start = Callable[..., Population]
UP, DOWN, TICKS, DAYS = 0.2, 0.35, 0.1, 25.0


def holders(demand_scenario: Build, down: float) -> Scenario:
    """Users of one product, all alike, who adjust their use and do nothing else."""
    return demand_scenario(
        [{"initial_adopter_share": 1.0}],
        users=4000,
        types_per_domain=1,
        awareness=demand.Awareness(
            innovation_per_day=0.0, imitation_per_day=0.0, initial_share=1.0
        ),
        clocks=demand.Clocks(
            review_per_day=0.0,
            news_review_per_day=0.0,
            usage_per_day=TICKS,
            usage_adjustment_share=UP,
            usage_reduction_share=down,
            churn_per_day=0.0,
        ),
    )


@pytest.mark.parametrize("price", [0.1, 8.0])
@pytest.mark.parametrize("down", [DOWN, 1.0])
def test_use_and_its_integral_follow_the_closed_form_both_ways(
    price: float, down: float, demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    population = started(holders(demand_scenario, down), offers_of("a", domains=1, price=[1.0]))
    start = population.users.rows["usage"].mean() / UNIT
    after = offers_of("a", domains=1, price=[price])
    flow = population.advance(DAYS, after)
    target = float(population._appraisal.valuation.usage[0, 0])
    rate = TICKS * (UP if target > start else down)
    gap = start - target
    fell = math.exp(-rate * DAYS)
    usage = population.users.rows["usage"] / UNIT
    error = usage.std() / math.sqrt(usage.size)
    assert abs(usage.mean() - (target + gap * fell)) < 4.0 * error
    volume = population.types.volume_mtok_per_month[0] * 4000 / 30.44
    used = float(flow.work_mtok.sum()) / volume
    closed = target * DAYS + gap * (1.0 - fell) / rate
    assert used == pytest.approx(closed, abs=0.02 * abs(gap) * DAYS)
    assert used != pytest.approx(target * DAYS, rel=0.05)


@pytest.mark.parametrize("mean", [0.1, 0.6])
def test_cohorts_follow_the_same_means_both_ways(mean: float) -> None:
    rules = UsageRules(TICKS, UP, DOWN)
    users, target = 1000, 0.3
    usage = np.int64(mean * users * UNIT)
    square = users * mean**2
    for function in (adjust, getattr(adjust, "py_func", adjust)):
        after, spread = function(np.int64(users), usage, square, target, DAYS, rules)
        share = UP if mean < target else DOWN
        gap = (mean - target) * math.exp(-TICKS * share * DAYS)
        assert after / UNIT / users == pytest.approx(target + gap, rel=1e-9)
        gap_square = (mean - target) ** 2 * math.exp(-TICKS * share * (2.0 - share) * DAYS)
        assert spread / users == pytest.approx(target**2 + 2.0 * target * gap + gap_square)


def test_who_gives_up_at_once_is_the_case_of_a_share_of_one(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    dear = offers_of("a", domains=1, price=[8.0])
    lasting = []
    for down in (1.0, 0.3):
        population = started(holders(demand_scenario, down), offers_of("a", domains=1, price=[1.0]))
        lasting.append(float(population.advance(60.0, dear).mtok.sum()))
    assert lasting[1] > 1.2 * lasting[0]
