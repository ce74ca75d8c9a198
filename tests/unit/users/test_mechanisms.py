"""Rates, probabilities and utilities of the mechanisms, compiled or not, are their equations."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.demand import Awareness, Choice, Clocks, Consideration, Population
from sim.users.mechanisms.awareness import (
    AwarenessRules,
    hearing_per_day,
    most_hearing_per_day,
)
from sim.users.mechanisms.choice import (
    ChoiceRules,
    leaving_cost,
    other_utility,
    outside_utility,
    present_utility,
    switching_cost,
)
from sim.users.mechanisms.churn import ChurnRules, churn_per_day
from sim.users.mechanisms.consideration import (
    ConsiderationRules,
    consideration_probability,
    intensity,
    news_factor,
    news_reach,
    shared_intensity,
)
from sim.users.mechanisms.privacy import data_cost
from sim.users.mechanisms.satisfaction import (
    SatisfactionRules,
    adjusted_satisfaction,
    raised_expectation,
)

SHARE = st.floats(0.0, 1.0)
RATE = st.floats(0.0, 3.0)
SATISFACTION = st.floats(-1.0, 1.0)


@given(innovation=RATE, imitation=RATE, share=SHARE)
def test_the_hazard_of_hearing_is_bass_and_never_above_its_bound(
    innovation: float, imitation: float, share: float
) -> None:
    record = Awareness(innovation_per_day=innovation, imitation_per_day=imitation)
    rules = AwarenessRules.from_scenario(Population(awareness=record))
    rate = hearing_per_day(share, rules)
    assert rate == innovation + imitation * share
    assert rate <= most_hearing_per_day(rules)


@given(
    weights=st.lists(RATE, min_size=4, max_size=4),
    share=SHARE,
    peers=SHARE,
    level=RATE,
    age_days=st.floats(0.0, 400.0),
)
def test_a_product_comes_to_mind_by_the_four_parts_of_its_intensity(
    weights: list[float], share: float, peers: float, level: float, age_days: float
) -> None:
    base, market, peer, news = weights
    rules = ConsiderationRules.from_scenario(
        Population(
            consideration=Consideration(
                base=base,
                market_share_weight=market,
                peer_weight=peer,
                news_weight=news,
                news_half_life_days=20.0,
            )
        )
    )
    added = level * news_factor(age_days, rules)
    found = consideration_probability(
        intensity(shared_intensity(share, 0.0, rules), peers, added, rules)
    )
    x = base + market * share + peer * peers + news * level * 0.5 ** (age_days / 20.0)
    assert found == pytest.approx(-math.expm1(-x), rel=1e-9, abs=1e-15)


@given(level=st.floats(0.0, 5.0), age_days=st.floats(0.0, 400.0))
def test_news_reaches_by_its_level_of_now_capped_at_one(level: float, age_days: float) -> None:
    record = Population(consideration=Consideration(news_half_life_days=20.0))
    reach = news_reach(level, age_days, ConsiderationRules.from_scenario(record))
    assert reach == pytest.approx(min(1.0, level * 0.5 ** (age_days / 20.0)), rel=1e-9)


@given(utility=st.floats(-50.0, 50.0), peers=SHARE, satisfaction=SATISFACTION)
def test_utilities_add_peers_and_satisfaction_and_take_off_what_moving_costs(
    utility: float, peers: float, satisfaction: float
) -> None:
    record = Choice(
        switching_cost_vendor=2.0,
        switching_cost_model=0.5,
        peer_bonus=0.3,
        satisfaction_weight=0.7,
    )
    rules = ChoiceRules.from_scenario(Population(choice=record))
    present = present_utility(utility, peers, satisfaction, rules)
    assert present == pytest.approx(utility + 0.3 * peers + 0.7 * satisfaction)
    for holds, same_model, same_provider, cost in (
        (False, False, False, 0.0),
        (False, False, True, 0.0),
        (True, False, False, 2.0),
        (True, False, True, 0.5),
        (True, True, False, 0.0),
        (True, True, True, 0.0),
    ):
        assert switching_cost(holds, same_model, same_provider, rules) == cost
        assert other_utility(utility, peers, cost, rules) == pytest.approx(
            utility + 0.3 * peers - cost
        )
    assert outside_utility(0.1, leaving_cost(True, rules)) == 0.1 - 2.0
    assert outside_utility(0.1, leaving_cost(False, rules)) == 0.1


@given(satisfaction=SATISFACTION, slope=st.floats(0.0, 20.0))
def test_churn_falls_with_satisfaction_and_is_cut_at_its_bound(
    satisfaction: float, slope: float
) -> None:
    record = Population(clocks=Clocks(churn_per_day=0.01, churn_satisfaction_slope=slope))
    rules = ChurnRules.from_scenario(record)
    rate = churn_per_day(satisfaction, rules)
    assert rate == pytest.approx(0.01 * math.exp(min(-slope * satisfaction, 4.0)), rel=1e-9)
    assert rate <= rules.most_per_day
    assert churn_per_day(1.0, rules) <= rate


@given(before=SATISFACTION, delivered=SHARE, expected=SHARE, share=SHARE)
def test_satisfaction_moves_by_a_share_towards_what_was_delivered_over_expectation(
    before: float, delivered: float, expected: float, share: float
) -> None:
    after = adjusted_satisfaction(
        before, delivered, expected, SatisfactionRules(share, 1.0, 0.0, 1.0, 0.0)
    )
    assert after == pytest.approx((1 - share) * before + share * (delivered - expected), abs=1e-12)
    assert raised_expectation(expected, delivered) == max(expected, delivered)


def test_only_a_cloud_product_costs_privacy() -> None:
    assert data_cost(True, False, 3.0) == 3.0
    assert data_cost(False, False, 3.0) == 0.0


def test_data_that_may_not_leave_are_handed_to_nobody_and_kept_at_no_cost() -> None:
    assert data_cost(True, True, 3.0) == math.inf
    assert data_cost(False, True, 3.0) == 0.0
