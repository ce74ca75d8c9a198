"""Domains weigh by the tokens that they would use: their users times their mean volume."""

import numpy as np
import pytest
from scipy.integrate import quad

from sim.market.offer_book import industry_mix
from sim.simulation import Simulation
from sim.users.records import NO_PRODUCT, UNIT
from sim.users.volume import volume_quantile

UNEQUAL = """
    domains:
      - name: customer service
        volume: {median_mtok_per_month: 20, log_sd: 0.0, pareto_from_quantile: 0.99}
        tokens: {output_share: 0.5, cache_hit_share: 0.0}
        setup_cost_usd: 0
        running_fee_usd_per_month: 0
      - name: coding
        volume: {median_mtok_per_month: 20, log_sd: 2.0, pareto_from_quantile: 0.99}
        tokens: {output_share: 0.1, cache_hit_share: 0.4}
        setup_cost_usd: 0
        running_fee_usd_per_month: 0
"""


def test_the_industry_s_mix_weighs_domains_by_mean_volume(scenario_of):
    scenario = scenario_of(UNEQUAL, population__types_per_domain=64)
    mean = [
        quad(lambda q, volume=domain.volume: volume_quantile(volume, q), 0, 0.999, limit=200)[0]
        + 0.001 * volume_quantile(domain.volume, 0.999)
        for domain in scenario.domains
    ]
    assert mean[1] > 5.0 * mean[0]
    weight = np.array([0.6 * mean[0], 0.4 * mean[1]])
    weight /= weight.sum()
    mix = industry_mix(scenario)
    assert mix.output_share == pytest.approx(weight @ [0.5, 0.1], rel=5e-3)
    assert mix.cache_hit_share == pytest.approx(weight @ [0.0, 0.4], rel=5e-3)


def test_the_share_of_tasks_that_is_run_weighs_users_by_their_volume(scenario_of):
    simulation = Simulation(scenario_of(UNEQUAL), seed=1)
    simulation.run()
    population = simulation.market.population
    rows = population.users.rows
    volume = population.types.volume_mtok_per_month[rows["type_index"]]
    run = np.where(population.users.product != NO_PRODUCT, rows["usage"] / UNIT, 0.0)
    shown = simulation.recorder.tables()["market"]["tasks_share"][-1].as_py()
    assert run.any()
    assert shown == pytest.approx((run * volume).sum() / volume.sum(), rel=1e-12)


def test_all_providers_blend_with_the_one_mix_of_the_market(scenario_of):
    simulation = Simulation(scenario_of(), seed=1)
    mix = simulation.market.book.industry_mix
    assert all(product.costs._mix is mix for product in simulation.products)
