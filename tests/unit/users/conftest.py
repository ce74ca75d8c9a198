"""A lively scenario; and searched examples are the same in every run, and may wait to compile."""

import pytest
from demand_settings import Build
from hypothesis import settings

from sim.scenario import demand
from sim.scenario.scenario import Scenario

settings.register_profile("pricewar", deadline=None, derandomize=True)
settings.load_profile("pricewar")


@pytest.fixture
def lively(demand_scenario: Build) -> Scenario:
    """A scenario in which everything that can happen to users happens often."""
    return demand_scenario(
        [{"privacy_share": 0.5, "privacy_cost": 1.0, "setup_cost_usd": 5.0, "share": 1.0}],
        users=2000,
        awareness=demand.Awareness(innovation_per_day=0.01, imitation_per_day=0.05),
        clocks=demand.Clocks(
            review_per_day=0.2, news_review_per_day=0.2, usage_per_day=0.2, churn_per_day=0.01
        ),
    )
