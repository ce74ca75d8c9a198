"""The parameters that all users share, as the kernel wants them, and the clocks that follow."""

import numpy as np

from sim.scenario.demand import Population as PopulationRecord
from sim.scenario.scenario import Scenario
from sim.streams import Stream, Streams
from sim.users.mechanisms.awareness import AwarenessRules, most_hearing_per_day
from sim.users.mechanisms.choice import ChoiceRules
from sim.users.mechanisms.churn import ChurnRules
from sim.users.mechanisms.consideration import ConsiderationRules
from sim.users.mechanisms.nests import NestRules
from sim.users.mechanisms.portfolios import PortfolioRules
from sim.users.mechanisms.satisfaction import SatisfactionRules
from sim.users.mechanisms.usage import UsageRules
from sim.users.nests import nest_steps
from sim.users.race import race_bounds
from sim.users.records import AWARENESS, CHURN, CLOCK, NEWS, REVIEW, USAGE, Rows, Rules
from sim.users.user_types import UserTypes


def write_rules(scenario: Scenario, types: UserTypes, streams: Streams) -> Rules:
    """Write the rules of a scenario's population; ``types`` are those of classes of requests."""
    record = scenario.population
    return Rules(
        seed=np.uint64(streams.seed),
        replication=np.uint64(streams.replication),
        awareness=AwarenessRules.from_scenario(record),
        consideration=ConsiderationRules.from_scenario(record),
        choice=ChoiceRules.from_scenario(record),
        nests=NestRules.from_scenario(record),
        usage=UsageRules.from_scenario(record),
        satisfaction=SatisfactionRules.from_scenario(record),
        churn=ChurnRules.from_scenario(record),
        log_sd=types.log_sd,
        nest_steps=nest_steps(record),
        race_bounds=race_bounds(),
        portfolios=PortfolioRules.from_scenario(scenario),
        work_share=types.work_share,
    )


def with_switching_cost(record: PopulationRecord, factor: float) -> ChoiceRules:
    """Return the parameters of choice with the cost of moving to another provider times a factor.

    Moving to another model of the same provider never costs more than moving to another provider.
    """
    choice = ChoiceRules.from_scenario(record)
    if factor == 1.0:
        return choice
    vendor = choice.switching_cost_vendor * factor
    model = min(choice.switching_cost_model, vendor)
    return choice._replace(switching_cost_vendor=vendor, switching_cost_model=model)


def wind_clocks(rules: Rules, users: int, streams: Streams) -> Rows:
    """Set all clocks of a number of users to their first candidate event after time zero."""
    rate = np.zeros(5)
    rate[AWARENESS] = most_hearing_per_day(rules.awareness)
    rate[REVIEW] = rules.choice.review_per_day
    rate[NEWS] = rules.consideration.news_review_per_day
    rate[USAGE] = rules.usage.adjustments_per_day
    rate[CHURN] = rules.churn.most_per_day
    rate *= users
    wound = np.zeros(rate.size, CLOCK)
    wound["rate_per_day"] = rate
    for row, clock in enumerate(wound):
        stream = Stream(Stream.AWARENESS_CLOCK + row)
        clock["next_days"] = streams.exponential(stream, 0, 0, float(rate[row]))
    return wound
