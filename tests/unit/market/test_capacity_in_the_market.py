"""A flagship that is given away in the market: capacity, bills, and what its users see."""

import numpy as np
import pytest

FREE = """
    extends: capacity-runs-out
    end_date: 2024-08-12
"""
SCARCE = {"clouds[rented cloud].on_demand_share": 0.0}
PLENTY = {
    "clouds[rented cloud].on_demand_share": 1000.0,
    "clouds[rented cloud].order_lead_time_days": 0.0,
}


@pytest.fixture
def run(scenario_of, run_market):
    def one(**overrides):
        keys = {key.replace(".", "__"): value for key, value in overrides.items()}
        return run_market(scenario_of(FREE, population__users=1000, **keys))

    return one


def test_a_swamped_flagship_gets_slower_refuses_and_its_users_see_it(run) -> None:
    scarce, plenty = run(**SCARCE), run(**PLENTY)
    rows = {
        name: tables["products"]
        .query("product == 'glm-4' and time_days > 42")
        .set_index("time_days")
        for name, tables in (("scarce", scarce), ("plenty", plenty))
    }
    assert rows["scarce"]["refused_share"].max() > 0.1
    assert rows["scarce"]["delay_s"].max() > 30.0
    assert rows["plenty"]["refused_share"].max() == 0.0
    assert rows["plenty"]["delay_s"].max() < 1.0
    for column in ("tokens_mtok_per_day", "users"):
        assert rows["scarce"][column].mean() < 0.9 * rows["plenty"][column].mean()
    gained = [
        tables["market"]["consumer_surplus_usd_per_day"].iloc[7:].mean()
        for tables in (scarce, plenty)
    ]
    assert gained[0] < gained[1]


def test_what_was_asked_is_served_refused_or_waits(run) -> None:
    products = run(**SCARCE)["products"].dropna(subset=["asked_mtok_per_day"])
    asked, served = products["asked_mtok_per_day"], products["tokens_mtok_per_day"]
    refused = products["refused_share"].fillna(0.0) * asked
    waiting_days = (asked - served - refused).groupby(products["product"]).cumsum()
    # nobody waits for longer than a minute, so what waits is little
    assert np.abs(waiting_days).max() < 2.0 * 60.0 / 86_400.0 * asked.max()
    assert (products["utilisation_share"].dropna() <= 1.0 + 1e-9).all()


def test_a_rate_limit_keeps_the_free_product_from_the_bill(run) -> None:
    free = run()
    limited = run(**{"products[glm-4].rate_limit_mtok_per_day": 5000.0})
    rows = limited["products"].query("product == 'glm-4'")
    assert rows["tokens_mtok_per_day"].max() <= 5000.0 * (1.0 + 1e-9)
    assert rows["refused_share"].max() > 0.0
    bills = [
        tables["ledger"].query("payer == 'provider: Zhipu' and purpose == 'compute'")["usd"].sum()
        for tables in (limited, free)
    ]
    assert bills[0] < bills[1]


def test_a_provider_without_cash_does_not_grow_its_fleet(run) -> None:
    tables = run(**{"providers[Zhipu].cash_usd": -1e6})
    leased = tables["providers"].query("provider == 'Zhipu'")["leased_accelerators"].iloc[1:]
    assert (leased.diff().dropna() <= 0).all()
    rows = tables["clouds"].query("provider == 'Zhipu'")
    assert (rows["on_demand_accelerators"] == 0.0).all()


def test_whole_instances_are_paid_by_whoever_is_on_offer(run) -> None:
    tables = run()
    listed = tables["products"].query("listed and time_days > 0")
    fleets = tables["clouds"].groupby(["time_days", "product"])["fleet_accelerators"].sum()
    weeks = listed.groupby("product")["time_days"].min()
    for name, first in weeks.items():
        own = fleets.xs(name, level="product")
        assert own[own.index > first].min() >= 8.0 - 1e-9
