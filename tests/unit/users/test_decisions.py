"""What users decide: how much they use, what they adopt, what they may not, what they expect."""

import dataclasses
import math

import numpy as np
import pytest
from demand_settings import ALONE, EVERYBODY, STILL, Build, Offers, Start

from sim.scenario import demand
from sim.scenario.satisfaction import Satisfaction
from sim.scenario.scenario import Scenario


def test_usage_approaches_what_is_wanted_exponentially(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # each event closes 30% of the gap, so its mean falls at 0.3 times the rate of events
    clocks = demand.Clocks(**(STILL | {"usage_per_day": 0.2, "usage_adjustment_share": 0.3}))
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0, "initial_usage_share": 0.0}],
        users=20_000,
        types_per_domain=1,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=clocks,
    )
    offers = offers_of(["a"], domains=1, price=[0.5])
    population = started(scenario, offers)
    target = population._world().book.offers["usage_target"][0, 0]
    population.advance(10.0, offers)
    gap = 1 - population.users.rows["usage"] / target
    assert gap.mean() == pytest.approx(
        math.exp(-0.2 * 0.3 * 10.0), abs=5 * gap.std() / math.sqrt(20_000)
    )


def test_tasks_that_no_longer_pay_are_dropped_at_the_next_adjustment(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    clocks = demand.Clocks(**(STILL | {"usage_per_day": 1.0}))
    scenario = demand_scenario([{"initial_adopter_share": 1.0}], awareness=EVERYBODY, clocks=clocks)
    cheap = offers_of(["a"], domains=1, price=[0.1])
    dear = offers_of(["a"], domains=1, price=[10.0])
    population = started(scenario, cheap)
    population.advance(40.0, dear)
    rows = population.users.rows
    wanted = population._world().book.offers["usage_target"][rows["type_index"], 0]
    assert (rows["usage"] == wanted).all()


def test_a_budget_caps_what_is_spent(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {
        "initial_adopter_share": 1.0,
        "budget_usd_per_month": 0.05,
        "difficulty_spread_logit": 0.0,
    }
    scenario = demand_scenario([fields], awareness=EVERYBODY, clocks=demand.Clocks(**STILL))
    offers = offers_of(["a"], domains=1, price=[0.5])
    population = started(scenario, offers)
    snapshot = population.snapshot(offers)
    spent = snapshot.usage_mtok_per_day.sum() * 30.44 * 0.5
    scale = population.types.relative_volume[population.users.rows["type_index"]].sum()
    assert spent == pytest.approx(0.05 * scale, rel=1e-6)


def test_delay_works_like_a_price(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"initial_adopter_share": 1.0, "delay_cost_usd_per_mtok_second": 0.25}
    scenario = demand_scenario([fields], awareness=EVERYBODY, clocks=demand.Clocks(**STILL))
    slow = offers_of(["a"], domains=1, price=[0.5], delay_s=np.array([2.0]))
    dear = offers_of(["a"], domains=1, price=[1.0])
    snapshots = [started(scenario, offers).snapshot(offers) for offers in (slow, dear)]
    assert snapshots[0].usage_mtok_per_day.tolist() == snapshots[1].usage_mtok_per_day.tolist()
    assert snapshots[0].surplus_usd_per_day == pytest.approx(snapshots[1].surplus_usd_per_day)


def test_nobody_adopts_what_does_not_pay_for_its_setup(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"initial_adopter_share": 0.1, "setup_cost_usd": 1e9}
    scenario = demand_scenario(
        [fields], awareness=EVERYBODY, clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0}))
    )
    offers = offers_of(domains=1)
    population = started(scenario, offers)
    first = population.snapshot(offers)
    flow = population.advance(30.0, offers)
    untried = 1000 - int(first.adopters[0])
    assert flow.adoptions.sum() <= flow.leaves.sum()  # only those return who paid for it before
    assert population.snapshot(offers).barrier_blocked.tolist() == [untried]


def test_private_data_keep_users_from_the_cloud_but_not_from_their_own_premises(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"privacy_share": 0.5, "privacy_cost": 1e6, "initial_adopter_share": 0.0}
    scenario = demand_scenario(
        [fields],
        awareness=EVERYBODY,
        network=ALONE,
        clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0})),
    )
    cloud = offers_of(domains=1)
    edge = offers_of(domains=1, cloud=np.array([True, True, False]))
    population = started(scenario, cloud)
    population.advance(30.0, cloud)
    private = population.types.privacy_cost[population.users.rows["type_index"]] > 0
    assert (population.users.product[private] == -1).all()
    assert (population.users.product[~private] >= 0).any()
    assert population.snapshot(cloud).privacy_blocked.tolist() == [private.sum()]
    population.advance(60.0, edge)
    assert set(population.users.product[private]) == {-1, 2}
    assert population.snapshot(edge).privacy_blocked.tolist() == [0]


def test_users_of_a_withdrawn_product_choose_anew_at_once(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    fewer = dataclasses.replace(
        offers,
        listed=np.array([False, True, True]),
        domain_price_usd_per_mtok=np.array([[np.nan, 0.6, 1.0]]),
    )
    population = started(lively, offers)
    population.advance(50.0, offers)
    before = population.snapshot(offers).users[0]
    usage = population.users.rows["usage"][population.users.product == 0]
    flow = population.advance(50.0, fewer)
    assert flow.days == 0.0
    assert before[0] > 50
    assert flow.switches_out[0].tolist() == [before[0] - flow.leaves[0, 0], 0, 0]
    assert flow.reviews == before[0]
    assert usage.any()
    flow = population.advance(80.0, fewer)
    assert flow.mtok[0, 0] == flow.user_days[0, 0] == flow.work_mtok[0, 0] == 0.0
    assert population.snapshot(fewer).users[0, 0] == 0


def test_satisfaction_moves_to_the_surprise_and_expectation_to_the_best_seen(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0, "difficulty_spread_logit": 0.0}],
        users=500,
        awareness=EVERYBODY,
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(switching_cost_vendor=1e6),
        clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0})),
        satisfaction=Satisfaction(adjustment_share=0.25),
    )
    only = offers_of("ab", domains=1, listed=np.array([True, False]))
    both = offers_of("ab", domains=1, capability_logit=np.array([0.0, 1.0]))
    population = started(scenario, only)
    population.advance(40.0, both)
    assert (population.users.product == 0).all()
    gap = 0.5 - 1 / (1 + math.exp(-1.0))
    assert population.users.rows["expectation"] == pytest.approx(0.5 - gap, rel=1e-6)
    assert population.users.rows["satisfaction"].min() == pytest.approx(gap, rel=1e-3)
    assert population.snapshot(both).satisfaction_mean[0] == pytest.approx(gap, rel=0.01)
