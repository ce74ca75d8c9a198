"""Two worlds that differ in one thing share every other draw."""

import numpy as np
import pandas as pd
import pytest

from sim.simulation import Simulation

EXTRA = """
    providers:
      - name: Abacus
        cloud: rented cloud
        accelerator: H800 SXM5
        cash_usd: 1.0
        price: {policy: hold}
    products:
      - name: bystander
        provider: Abacus
        launch_date: 2024-06-01
        price_usd_per_mtok: {input: 900.0, output: 900.0}
        capability_logit: -9.0
        architecture:
          parameters_billion: 21
          active_parameters_billion: 21
          kv_bytes_per_token: 69000
"""


def finished(scenario):
    simulation = Simulation(scenario, seed=1)
    simulation.run()
    return simulation.market


def product_names(market):
    names = np.array([*market.book.names, "none"])
    return names[market.population.users.product.astype(int)]


def test_a_product_that_nobody_wants_changes_no_user(scenario_of):
    """With nests and tastes on; its launch is news that all compare with what they have."""
    lively = {
        "population__users": 2000,
        "population__choice__nests": [{"name": "all", "deployment": "cloud", "correlation": 0.5}],
        "population__choice__quality_utility": 0.2,
    }
    base = finished(scenario_of(**lively))
    more = finished(scenario_of(EXTRA, **lively))
    assert more.book.listed.all()
    assert (product_names(base) == product_names(more)).all()
    for field in ("type_index", "flags", "usage", "value", "satisfaction"):
        rows, others = base.population.users.rows, more.population.users.rows
        assert np.array_equal(rows[field], others[field]), field


def test_a_product_that_somebody_wants_changes_only_those_who_came_near_it(scenario_of):
    """Without peers, shares, news and queues, who never chooses the newcomer never notices it."""
    alone = {
        "population__users": 2000,
        "population__consideration__market_share_weight": 0.0,
        "population__consideration__peer_weight": 0.0,
        "population__choice__peer_bonus": 0.0,
        "population__clocks__news_review_per_day": 0.0,
        "population__awareness__imitation_per_day": 0.0,
        "population__satisfaction__adjustment_share": 0.0,
        "factors__competition": False,
        # nor through queues: there is an accelerator for whoever asks, and nobody minds to wait
        "clouds[0].accelerators[0].on_demand_accelerators": 1_000_000,
        "domains[customer service].delay_cost_usd_per_mtok_second": 0.0,
        "domains[coding].delay_cost_usd_per_mtok_second": 0.0,
    }
    wanted = (
        EXTRA.replace("900.0", "0.05")
        .replace("-9.0", "-1.0")
        .replace("2024-06-01", "2024-07-01")
        .replace("cash_usd: 1.0", "cash_usd: 1.0e+9")  # for what it rents: nobody leaves it again
    )
    base = product_names(finished(scenario_of(**alone)))
    more = product_names(finished(scenario_of(wanted, **alone)))
    assert (more == "bystander").any()
    assert (base == more)[more != "bystander"].all()


def test_an_irrelevant_factor_changes_no_table(scenario_of, run_market):
    """No project and no upgrade is planned in the minimal scenario."""
    base = run_market(scenario_of())
    without = run_market(scenario_of(factors__compression=False, factors__hardware=False))
    assert all(base[name].equals(without[name]) for name in base)


@pytest.mark.parametrize("other", ["providers", "domains"])
def test_an_idle_newcomer_shifts_no_draw_of_anybody_else(scenario_of, run_market, other):
    text = {
        "providers": """
            providers:
              - name: Abacus
                cloud: rented cloud
                accelerator: H800 SXM5
                cash_usd: 1.0
                price: {policy: cost_plus}
            """,
        "domains": """
            domains:
              - name: nobody
                share: 0.0
                volume: {median_mtok_per_month: 1.0}
                task_value: {reference_price_usd_per_mtok: 1.0, reference_capability_logit: 0.0}
                difficulty_logit: 0.0
            """,
    }[other]
    base = run_market(scenario_of())["products"]
    more = run_market(scenario_of(text))["products"]
    pd.testing.assert_frame_equal(base, more, rtol=1e-12)
