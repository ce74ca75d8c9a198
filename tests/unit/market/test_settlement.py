"""Once a week everybody pays, and who cannot pay for long leaves."""

import pytest

EDGE = """
    products:
      - name: pocket model
        provider: DeepSeek
        launch_date: 2024-04-01
        price_usd_per_mtok: {input: 0.2, output: 0.2}
        capability_logit: -1.0
        deployment: edge
        architecture:
          parameters_billion: 3
          active_parameters_billion: 3
          kv_bytes_per_token: 20000
"""


def test_a_provider_below_zero_cash_for_too_long_leaves_with_its_products(scenario_of, run_market):
    tables = run_market(
        scenario_of(
            """
            providers:
              - name: Zhipu
                cash_usd: 1000.0
                fixed_cost_usd_per_month: 1.0e+6
                exit_after_days_below_zero_cash: 30.0
            """
        )
    )
    (exit_row,) = tables["events"].query("kind == 'exit'").to_dict("records")
    assert (exit_row["actor"], exit_row["time_days"]) == ("Zhipu", 42.0)
    assert exit_row["new"] < 0.0
    gone = tables["events"].query("kind == 'withdrawal'")
    assert set(gone["subject"]) == {"glm-3-turbo", "glm-4"}
    assert set(gone["cause"]) == {"exit"}
    after = tables["products"].query("time_days > 42.0 and provider == 'Zhipu'")
    assert (after["users"] == 0.0).all()
    assert tables["market"]["providers_alive"].iloc[-1] == 1
    last = tables["providers"].query("provider == 'Zhipu'").iloc[-1]
    assert (last["state"], last["staff_usd_per_day"]) == ("exited", 0.0)


def test_a_retired_product_loses_its_users_on_the_day(scenario_of, run_market):
    text = "products: [{name: glm-3-turbo, retire_date: 2024-05-27}]"
    tables = run_market(scenario_of(text))
    rows = tables["products"].query("product == 'glm-3-turbo'").set_index("time_days")["users"]
    assert rows[35.0] > 0.0
    assert (rows[rows.index > 42.0] == 0.0).all()


def test_fixed_costs_split_as_the_scenario_says(scenario_of, run_market):
    tables = run_market(
        scenario_of(
            """
            providers:
              - name: Zhipu
                fixed_cost_usd_per_month: 30440.0
                fixed_cost_split: [0.5, 0.2, 0.3]
            """
        )
    )
    paid = tables["ledger"].query("payer == 'provider: Zhipu'").set_index("purpose")["usd"]
    days = 91.0
    assert paid["training"] == pytest.approx(500.0 * days)
    assert paid["data"] == pytest.approx(200.0 * days)
    assert paid["staff"] == pytest.approx(300.0 * days)


def test_an_edge_product_is_sold_by_the_token_and_served_by_its_users(scenario_of, run_market):
    tables = run_market(scenario_of(EDGE))
    rows = tables["products"].query("product == 'pocket model'")
    assert rows["tokens_mtok_per_day"].iloc[-1] > 0.0
    assert rows["marginal_cost_usd_per_mtok"].iloc[-1] == 0.0
    own = tables["ledger"].query("payer == 'provider: DeepSeek' and payee == 'users: all'")
    assert own["usd"].sum() == 0.0
    assert own["mtok"].sum() > 0.0
    weeks = tables["market"]["time_days"].diff()
    spend = (tables["market"]["spend_usd_per_day"] * weeks).sum()
    billed = tables["ledger"].query("purpose == 'tokens'")["usd"].sum()
    assert billed == pytest.approx(spend, rel=1e-9)


def test_clouds_pay_chip_vendors_their_share_of_the_rent(scenario_of, run_market):
    text = "clouds: [{name: rented cloud, on_demand_premium_share: 0.0}]"
    ledger = run_market(scenario_of(text))["ledger"]
    rent = ledger.query("purpose == 'compute'")["usd"].sum()
    chips = ledger.query("purpose == 'chips'")
    assert set(chips["payee"]) == {"chip vendor: NVIDIA"}
    assert chips["usd"].sum() == pytest.approx(0.6 * rent, rel=1e-6)


def test_a_product_retired_before_the_first_day_is_never_on_offer(scenario_of, run_market):
    text = """
        products:
          - name: old one
            provider: Zhipu
            launch_date: 2023-01-01
            retire_date: 2023-12-31
            price_usd_per_mtok: {input: 1.0, output: 1.0}
            capability_logit: -1.0
            architecture:
              parameters_billion: 21
              active_parameters_billion: 21
              kv_bytes_per_token: 69000
    """
    tables = run_market(scenario_of(text))
    rows = tables["products"].query("product == 'old one'")
    assert len(rows) > 1
    assert not rows["listed"].any()
    assert (rows["users"] == 0.0).all()
    assert "old one" not in set(tables["events"]["subject"])
