"""Whatever the scenario, books balance, tokens are served once and shares add to one."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from sim.reference import read
from sim.simulation import Simulation
from sim.users.stationary import NotSettledError

SHARES = st.floats(0.0, 1.0)
OVERRIDES = st.fixed_dictionaries(
    {
        "population.users": st.integers(10, 400),
        "population.types_per_domain": st.integers(1, 16),
        "population.network.kind": st.sampled_from(
            ["watts_strogatz", "barabasi_albert", "erdos_renyi", "complete", "none"]
        ),
        "population.network.mean_degree": st.sampled_from([2, 4, 8]),
        "population.awareness.initial_share": SHARES,
        "domains[coding].taste_scale_usd_per_month": st.floats(1.0, 1000.0),
        "domains[coding].running_fee_usd_per_month": st.floats(0.0, 1000.0),
        "domains[coding].setup_cost_log_sd": st.floats(0.0, 2.0),
        "domains[coding].outside_utility": st.floats(-5.0, 10.0),
        "population.choice.switching_cost_vendor": st.floats(0.0, 10.0),
        "population.adopter_minimum_mtok_per_month": st.sampled_from([0.0, 0.001, 10.0]),
        "population.clocks.review_per_day": st.floats(0.0, 0.5),
        "population.clocks.usage_per_day": st.floats(0.0, 0.5),
        "population.clocks.usage_adjustment_share": SHARES,
        "domains[coding].tokens.output_share": st.floats(0.0, 0.5),
        "domains[coding].tokens.cache_hit_share": st.floats(0.0, 0.5),
        "domains[coding].budget_usd_per_month": st.none() | st.floats(0.01, 100.0),
        "domains[coding].privacy_share": SHARES,
        "domains[coding].privacy_cost": st.floats(0.0, 5.0),
        "providers[Zhipu].cash_usd": st.floats(-1e4, 1e6),
        "providers[Zhipu].fixed_cost_usd_per_month": st.floats(0.0, 1e6),
        "providers[Zhipu].exit_after_days_below_zero_cash": st.floats(1.0, 100.0),
        "providers[Zhipu].war.depth_share": SHARES,
        "products[DeepSeek-V2].price_cny_per_mtok.input": st.floats(0.0, 100.0),
        "products[DeepSeek-V2].retire_date": st.none() | st.just("2024-06-15"),
        "war.reaction_per_day": st.floats(0.01, 2.0),
        "factors.attention": st.booleans(),
        "factors.competition": st.booleans(),
        "snapshot_every_days": st.integers(3, 40),
        "clouds[rented cloud].markup_share": st.floats(0.0, 3.0),
        "clouds[rented cloud].target_utilisation": st.floats(0.05, 0.99),
        "products[DeepSeek-V2].price_cny_per_mtok.cache_hit": st.floats(0.0, 1.0),
        "products[DeepSeek-V2].tokens_per_task": st.floats(0.01, 100.0),
        "products[glm-4].deployment": st.sampled_from(["cloud", "edge"]),
        "population.represents_users": st.none() | st.floats(1.0, 1e10),
    }
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(overrides=OVERRIDES, seed=st.integers(0, 2**32 - 1))
def test_money_and_tokens_balance_and_shares_add_up(overrides, seed):
    scenario = read("minimal", overrides)
    simulation = Simulation(scenario, seed)
    try:
        simulation.run()  # checks the ledger to the micro-dollar and the token; audits every week
    except NotSettledError:  # habits so strong that shares never come to rest: no first day
        reject()
    tables = {name: table.to_pandas() for name, table in simulation.recorder.tables().items()}

    ledger = tables["ledger"]
    sold = ledger[ledger["purpose"] == "tokens"]
    served = ledger[ledger["purpose"] == "compute"]
    np.testing.assert_allclose(sold["mtok"].sum(), served["mtok"].sum(), rtol=1e-9, atol=1e-4)

    weeks = tables["market"]["time_days"].diff().to_numpy()
    consumed = np.nansum(tables["market"]["tokens_mtok_per_day"].to_numpy(dtype=float) * weeks)
    np.testing.assert_allclose(sold["mtok"].sum(), consumed, rtol=1e-9, atol=1e-4)
    spent = np.nansum(tables["market"]["spend_usd_per_day"].to_numpy(dtype=float) * weeks)
    np.testing.assert_allclose(sold["usd"].sum(), spent, rtol=1e-9, atol=1e-3)

    cash = tables["providers"].groupby("provider")["cash_usd"].last()
    for provider in simulation.providers:
        account = str(provider.account)
        moved = (
            ledger.loc[ledger["payee"] == account, "usd"].sum()
            - ledger.loc[ledger["payer"] == account, "usd"].sum()
        )
        np.testing.assert_allclose(cash[provider.name], moved, rtol=1e-9, atol=1e-5)

    held = tables["products"].groupby("time_days")["users_share"].sum()
    adopters = tables["market"].set_index("time_days")["adopters_share"]
    assert (adopters <= held + 1e-12).all()
    if scenario.population.adopter_minimum_mtok_per_month == 0.0:
        np.testing.assert_allclose(held, adopters, atol=1e-12)
    assert adopters.between(0.0, 1.0).all()
    assert (tables["market"]["aware_share"].to_numpy() >= adopters.to_numpy() - 1e-12).all()
    by_provider = tables["providers"].groupby("time_days")["tokens_share"].sum(min_count=1)
    np.testing.assert_allclose(by_provider.dropna(), 1.0, atol=1e-12)
    assert (tables["products"]["price_usd_per_mtok"] >= 0.0).all()
