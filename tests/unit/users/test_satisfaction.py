"""What a product delivers, how satisfied that makes its users, and what follows."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from sim.scenario import demand
from sim.scenario.satisfaction import Satisfaction
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.appraisal import Appraisal
from sim.users.mechanisms.churn import ChurnRules, churn_per_day
from sim.users.mechanisms.satisfaction import (
    SatisfactionRules,
    adjusted_expectation,
    adjusted_satisfaction,
    delivered_share,
)
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import NO_PRODUCT
from sim.users.user_types import UserTypes

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
Start = Callable[..., Population]
SHARE = st.floats(0.0, 1.0)


def rules_of(**fields: float) -> SatisfactionRules:
    record = demand.Population(satisfaction=Satisfaction(**fields))
    return SatisfactionRules.from_scenario(record)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a compiled function uncompiled."""
    return getattr(function, "py_func", function)


def both(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return function, plain(function)


# ---------------------------------------------------------------------------- the equations


@given(success=SHARE, kept=SHARE, delay=st.floats(0.0, 50.0), refused=SHARE, weight=SHARE)
def test_what_is_delivered_is_the_product_of_its_parts(
    success: float, kept: float, delay: float, refused: float, weight: float
) -> None:
    rules = rules_of(price_weight=weight)
    expected = success * (1.0 - refused) * math.exp(-delay / 4.0) * kept**weight
    for function in both(delivered_share):
        assert function(success, kept, delay, 4.0, refused, rules) == pytest.approx(expected)
        assert function(success, kept, delay, math.inf, 0.0, rules_of()) == success


@given(delay=st.floats(0.0, 50.0), more=st.floats(0.01, 9.0), refused=st.floats(0.0, 0.9))
def test_delay_refusals_and_price_lower_what_is_delivered(
    delay: float, more: float, refused: float
) -> None:
    rules = rules_of(price_weight=0.7)

    def delivered(delay: float, refused: float, kept: float) -> float:
        return delivered_share(0.8, kept, delay, 5.0, refused, rules)

    assert delivered(delay + more, refused, 0.6) < delivered(delay, refused, 0.6)
    assert delivered(delay, refused + more / 100.0, 0.6) < delivered(delay, refused, 0.6)
    assert delivered(delay, refused, 0.6 / (1.0 + more)) < delivered(delay, refused, 0.6)


@given(before=st.floats(-1.0, 1.0), delivered=SHARE, expected=SHARE, loss=st.floats(0.0, 3.0))
def test_satisfaction_moves_towards_the_surprise_and_shortfalls_weigh_by_their_weight(
    before: float, delivered: float, expected: float, loss: float
) -> None:
    rules = rules_of(adjustment_share=0.4, loss_weight=loss)
    gap = delivered - expected
    felt = gap if gap >= 0.0 else loss * gap
    for function in both(adjusted_satisfaction):
        assert function(before, delivered, expected, rules) == pytest.approx(
            0.6 * before + 0.4 * felt
        )


@given(reviews=st.integers(1, 30), step=SHARE, rise=st.floats(0.01, 1.0), gain=SHARE)
def test_a_lasting_gain_pleases_and_is_then_got_used_to_as_the_closed_form_says(
    reviews: int, step: float, rise: float, gain: float
) -> None:
    rules = rules_of(adjustment_share=step, expectation_rise_share=rise)
    satisfaction, expected, delivered = 0.0, np.float32(0.0), np.float32(gain)
    for _ in range(reviews):
        satisfaction = plain(adjusted_satisfaction)(
            satisfaction, float(delivered), float(expected), rules
        )
        expected = plain(adjusted_expectation)(expected, delivered, delivered, rules)
    closed = sum(
        step * gain * (1.0 - step) ** (reviews - m) * (1.0 - rise) ** (m - 1)
        for m in range(1, reviews + 1)
    )
    assert satisfaction == pytest.approx(closed, abs=1e-6)
    assert satisfaction >= 0.0


@given(expected=SHARE, mind=SHARE, offered=SHARE, rise=st.floats(0.01, 1.0), fall=SHARE)
def test_expectations_rise_to_what_came_to_mind_and_fall_to_what_is_on_offer(
    expected: float, mind: float, offered: float, rise: float, fall: float
) -> None:
    rules = rules_of(expectation_rise_share=rise, expectation_fall_share=fall)
    e, m, b = np.float32(expected), np.float32(mind), np.float32(max(offered, mind))
    for function in both(adjusted_expectation):
        after = function(e, m, b, rules)
        if m > e:
            assert after == pytest.approx(e + rise * (m - e), abs=1e-6)
        elif b < e:
            assert after == pytest.approx(e + fall * (b - e), abs=1e-6)
        else:
            assert after == e
    # as long as shares are the usual ones, the best ever seen is expected to the last bit
    assert adjusted_expectation(e, m, b, rules_of()) == max(e, m)


@given(satisfaction=st.floats(0.0, 1.0), loss=st.floats(0.1, 10.0), slope=st.floats(0.0, 20.0))
def test_churn_has_its_bound_also_where_shortfalls_weigh_more(
    satisfaction: float, loss: float, slope: float
) -> None:
    record = demand.Population(
        clocks=demand.Clocks(churn_per_day=0.01, churn_satisfaction_slope=slope),
        satisfaction=Satisfaction(loss_weight=loss),
    )
    rules = ChurnRules.from_scenario(record)
    rate = churn_per_day(-loss * satisfaction, rules)
    assert rate == pytest.approx(0.01 * math.exp(min(slope * loss * satisfaction, 4.0)))
    assert rate <= rules.most_per_day * (1.0 + 1e-12)


def test_the_share_of_worth_kept_is_the_closed_form_and_falls_with_the_price(
    demand_scenario: Build, offers_of: Offers
) -> None:
    scenario = demand_scenario([{}])
    types = UserTypes.draw(scenario, Streams(1))
    prices = np.array([0.05, 0.2, 0.8, 3.2, 12.8])
    offers = offers_of("abcde", domains=1, price=prices)
    appraisal = Appraisal(scenario, types, offers)
    kept = appraisal.valuation.kept_share(types, offers)
    mean, sd = types.mean_log_value[:, None], types.log_sd[:, None]
    z = (mean + np.log(appraisal.valuation.success) - np.log(prices)) / sd

    def mills(at: np.ndarray) -> np.ndarray:
        return np.exp(-0.5 * at**2) / math.sqrt(math.tau) / ndtr(at)

    assert kept == pytest.approx(1.0 - mills(z + sd) / mills(z), rel=1e-9)
    assert (np.diff(kept, axis=1) < 0.0).all()
    refused = dataclasses.replace(offers, refused_share=np.full(5, 0.3))
    valued = Appraisal(scenario, types, refused).valuation
    assert valued.kept_share(types, refused) == pytest.approx(kept, rel=1e-9)
    assert valued.surplus_usd_per_month == pytest.approx(
        0.7 * appraisal.valuation.surplus_usd_per_month
    )


# ------------------------------------------------------------------- users of one product


def one_product(demand_scenario: Build, **fields: object) -> Scenario:
    """Users who hold the one product, know all of it, and review often; nobody drops it."""
    quiet = demand.Awareness(innovation_per_day=0.0, imitation_per_day=0.0, initial_share=1.0)
    base = {
        "users": 300,
        "awareness": quiet,
        "clocks": demand.Clocks(
            review_per_day=0.1, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
        ),
        "choice": demand.Choice(satisfaction_weight=0.0),
    }
    domain = {"initial_adopter_share": 1.0, "outside_utility": -50.0, "patience_s": 10.0}
    return demand_scenario([domain], **(base | fields))


def mean_satisfaction(population: Population) -> float:
    held = population.users.product != NO_PRODUCT
    assert held.mean() > 0.99
    return float(population.users.rows["satisfaction"][held].mean())


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"capability_logit": [1.0]}, 1),
        ({"capability_logit": [-1.0]}, -1),
        ({"delay_s": [5.0]}, -1),
        ({"refused_share": [0.3]}, -1),
        ({"domain_price_usd_per_mtok": [[0.1]]}, 1),
        ({"domain_price_usd_per_mtok": [[4.0]]}, -1),
    ],
)
def test_what_changes_for_the_better_is_felt_upward_and_for_the_worse_downward(
    change: dict[str, object], sign: int, demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = one_product(
        demand_scenario,
        satisfaction=Satisfaction(price_weight=1.0, expectation_rise_share=0.2),
    )
    offers = offers_of("a", domains=1, price=[1.0])
    population = started(scenario, offers)
    population.advance(30.0, offers)
    assert mean_satisfaction(population) == 0.0
    other = dataclasses.replace(offers, **{k: np.array(v) for k, v in change.items()})
    population.advance(45.0, other)
    assert sign * mean_satisfaction(population) > 0.01


def test_satisfaction_after_a_gain_is_the_closed_forms_mean_over_reviews(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    """Reviews are Poisson: E S = g D (e^(-a m) - e^(-g m)) / (g - a) after m expected ones."""
    step, rise, days = 0.3, 0.1, 20.0
    scenario = one_product(
        demand_scenario,
        users=4000,
        satisfaction=Satisfaction(adjustment_share=step, expectation_rise_share=rise),
        types_per_domain=1,
    )
    offers = offers_of("a", domains=1, price=[1.0])
    population = started(scenario, offers)
    delivered = float(population._appraisal.book.offers["delivered"][0, 0])
    better = dataclasses.replace(offers, capability_logit=np.array([1.0]))
    population.advance(days, better)
    gain = float(population._appraisal.book.offers["delivered"][0, 0]) - delivered
    m = 0.1 * days
    expected = step * gain * (math.exp(-rise * m) - math.exp(-step * m)) / (step - rise)
    felt = population.users.rows["satisfaction"]
    error = felt.std() / math.sqrt(felt.size)
    assert abs(float(felt.mean()) - expected) < 4.0 * error
    assert error < 0.02 * expected


def test_delay_that_nobody_minds_changes_no_bit_and_refusals_of_nobody_neither(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(users=400)
    offers = offers_of("abc")
    slow = dataclasses.replace(offers, delay_s=np.array([3.0, 0.0, 9.0]))
    worlds = [started(scenario, offers) for _ in range(2)]
    for population, view in zip(worlds, (offers, slow), strict=True):
        population.advance(90.0, view)
    assert worlds[0].users.rows.tobytes() == worlds[1].users.rows.tobytes()


def test_what_nobody_offers_any_more_is_forgotten_only_by_those_who_forget(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    offers = offers_of("a", domains=1, price=[1.0])
    worse = dataclasses.replace(offers, delay_s=np.array([5.0]))
    found = []
    for fall in (0.0, 0.5):
        population = started(
            one_product(demand_scenario, satisfaction=Satisfaction(expectation_fall_share=fall)),
            offers,
        )
        population.advance(200.0, worse)
        found.append(mean_satisfaction(population))
    assert found[0] < -0.1
    assert -0.01 < found[1] < 0.0


def test_shortfalls_raise_churn_and_whoever_left_may_return(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    clocks = demand.Clocks(
        review_per_day=0.1,
        news_review_per_day=0.0,
        usage_per_day=0.0,
        churn_per_day=0.002,
        churn_satisfaction_slope=4.0,
    )
    offers = offers_of("a", domains=1, price=[1.0])
    worse = dataclasses.replace(offers, delay_s=np.array([10.0]))
    flows = []
    for view in (offers, worse):
        population = started(one_product(demand_scenario, users=2000, clocks=clocks), offers)
        population.advance(30.0, view)
        flows.append(population.advance(150.0, view))
    assert flows[1].leaves.sum() > 1.5 * flows[0].leaves.sum()
    assert flows[1].adoptions.sum() > 0.5 * flows[1].leaves.sum()
