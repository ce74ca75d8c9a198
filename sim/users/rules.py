"""The parameters that all users share, as the kernel wants them."""

import math

import numpy as np

from sim.scenario.demand import Population as PopulationRecord
from sim.streams import Stream, Streams
from sim.users.race import race_bounds
from sim.users.records import AWARENESS, CHURN, CLOCK, NEWS, REVIEW, USAGE, Rows, Rules
from sim.users.user_types import UserTypes

CHURN_EXPONENT_CAP = 4.0
"""Churn is ``c0 exp(-c1 S)`` with S in [-1, 1]; its hazard is cut at ``c0 exp(4)``, which only
slopes above 4 can reach. A bound is needed to draw churn from one clock."""


def write_rules(record: PopulationRecord, types: UserTypes, streams: Streams) -> Rules:
    """Write the rules of a scenario's population."""
    consideration, choice = record.consideration, record.choice
    return Rules(
        seed=np.uint64(streams.seed),
        replication=np.uint64(streams.replication),
        innovation_per_day=record.awareness.innovation_per_day,
        imitation_per_day=record.awareness.imitation_per_day,
        consideration_base=consideration.base,
        market_share_weight=consideration.market_share_weight,
        peer_weight=consideration.peer_weight,
        news_weight=consideration.news_weight,
        news_decay_per_day=math.log(2.0) / consideration.news_half_life_days,
        switching_cost_vendor=choice.switching_cost_vendor,
        switching_cost_model=choice.switching_cost_model,
        peer_bonus=choice.peer_bonus,
        satisfaction_weight=choice.satisfaction_weight,
        outside_utility=choice.outside_utility,
        usage_adjustment_share=record.clocks.usage_adjustment_share,
        churn_slope=record.clocks.churn_satisfaction_slope,
        churn_bound=_churn_bound(record),
        satisfaction_adjustment=record.satisfaction.adjustment_share,
        log_sd=types.log_sd,
        race_bounds=race_bounds(),
    )


def wind_clocks(record: PopulationRecord, streams: Streams) -> Rows:
    """Set all clocks to their first candidate event after time zero."""
    clocks = record.clocks
    rate = np.zeros(5)
    rate[AWARENESS] = record.awareness.innovation_per_day + record.awareness.imitation_per_day
    rate[REVIEW] = clocks.review_per_day
    rate[NEWS] = clocks.news_review_per_day
    rate[USAGE] = clocks.usage_per_day
    rate[CHURN] = clocks.churn_per_day * _churn_bound(record)
    rate *= record.users
    wound = np.zeros(rate.size, CLOCK)
    wound["rate_per_day"] = rate
    for row, clock in enumerate(wound):
        stream = Stream(Stream.AWARENESS_CLOCK + row)
        clock["next_days"] = streams.exponential(stream, 0, 0, float(rate[row]))
    return wound


def _churn_bound(record: PopulationRecord) -> float:
    return math.exp(min(record.clocks.churn_satisfaction_slope, CHURN_EXPONENT_CAP))
