"""Floors and bans bind prices, and not those of a record; what is held is held."""

from collections.abc import Callable

import numpy as np
import pytest
from market_tables import Tables, With, day, events, prices


def test_no_price_is_below_a_floor_and_each_returns_when_it_ends(market_with: With) -> None:
    plain = market_with()
    tables = market_with("floor 0.5 from 2024-05-22 until 2024-06-10")
    low, high = day("2024-05-22"), day("2024-06-10")
    bound = prices(tables, "DeepSeek-V2")
    np.testing.assert_allclose(bound[(bound.index > low) & (bound.index < high)], 0.5, rtol=1e-12)
    own = prices(plain, "DeepSeek-V2")
    np.testing.assert_allclose(bound[bound.index > high], own[own.index > high], rtol=1e-12)
    turbo = prices(tables, "glm-3-turbo")
    assert (turbo[(turbo.index > low) & (turbo.index < high)] >= 0.5).all()


def test_a_launch_below_the_floor_is_at_the_floor(market_with: With) -> None:
    launches = events(market_with("floor 0.5 from 2024-05-01"), "launch")
    assert launches["new"].tolist() == [pytest.approx(0.5, rel=1e-12)]


def test_a_floor_lifts_free_tiers(market_with: With) -> None:
    tables = market_with("price glm-3-turbo -100% on 2024-04-20", "floor 0.2 from 2024-05-22")
    series = prices(tables, "glm-3-turbo")
    assert series[28.0] == 0.0
    assert series[42.0] == pytest.approx(0.2, rel=1e-12)


def test_of_two_floors_the_higher_binds_and_then_the_other(market_with: With) -> None:
    tables = market_with("floor 0.3 from 2024-05-15", "floor 0.6 from 2024-05-22 until 2024-06-10")
    series = prices(tables, "DeepSeek-V2")
    assert series[[35.0, 49.0, 63.0]].tolist() == [
        pytest.approx(price, rel=1e-12) for price in (0.3, 0.6, 0.3)
    ]


def test_under_a_ban_no_price_is_below_cost_even_when_costs_rise(market_with: With) -> None:
    tables = market_with("ban below-cost from 2024-05-22", "rents x3 from 2024-06-01")
    rows = tables["products"]
    rows = rows[rows["listed"] & (rows["time_days"] > day("2024-05-22"))]
    assert (rows["price_usd_per_mtok"] >= rows["marginal_cost_usd_per_mtok"] * (1.0 - 1e-9)).all()
    bound = rows[rows["product"] == "DeepSeek-V2"]
    np.testing.assert_allclose(
        bound["price_usd_per_mtok"], bound["marginal_cost_usd_per_mtok"], rtol=1e-9
    )
    assert bound["price_usd_per_mtok"].iloc[-1] > 2.9 * bound["price_usd_per_mtok"].iloc[0]


REPLAYED = {
    "providers[Zhipu].price": {"policy": "replay"},
    "products[glm-4].price_history": [
        {"date": "2024-06-01", "price_usd_per_mtok": {"input": 2.0, "output": 2.0}}
    ],
}


def run_replayed(run_market: Callable[..., Tables], *do: str) -> Tables:
    from sim.reference import read

    small = {"population.users": 200, "population.represents_users": 200}
    return run_market(read("minimal", small | REPLAYED, do=do))


def test_no_floor_and_no_ban_binds_prices_of_a_record(run_market: Callable[..., Tables]) -> None:
    tables = run_replayed(run_market, "floor 20 from 2024-05-22", "ban below-cost from 2024-05-22")
    assert all(prices(tables, product).max() < 20.0 for product in ("glm-3-turbo", "glm-4"))
    assert prices(tables, "DeepSeek-V2").iloc[-1] == pytest.approx(20.0)
    assert prices(tables, "glm-4").iloc[-1] == pytest.approx(2.0)


def test_a_price_of_a_record_is_cut_until_the_next_one_unless_it_is_held(
    run_market: Callable[..., Tables],
) -> None:
    once = prices(run_replayed(run_market, "price glm-4 to 1 on 2024-05-22"), "glm-4")
    assert once[[42.0, 49.0]].tolist() == [pytest.approx(1.0), pytest.approx(2.0)]
    held = prices(
        run_replayed(run_market, "price glm-4 to 1 on 2024-05-22 until 2024-06-10"), "glm-4"
    )
    assert held[[42.0, 49.0, 63.0]].tolist() == [pytest.approx(it) for it in (1.0, 1.0, 2.0)]


def test_a_launch_moved_past_prices_of_its_record_begins_with_the_last(
    run_market: Callable[..., Tables],
) -> None:
    from sim.reference import read

    small = {"population.users": 200, "population.represents_users": 200}
    history = [
        {"date": f"2024-{it}", "price_usd_per_mtok": {"input": price, "output": price}}
        for it, price in (("05-10", 0.3), ("05-16", 0.4), ("06-10", 0.9))
    ]
    replayed = {
        "providers[DeepSeek].price": {"policy": "replay"},
        "products[DeepSeek-V2].price_history": history,
    }
    scenario = read("minimal", small | replayed, do=["launch DeepSeek-V2 on 2024-05-22"])
    found = prices(run_market(scenario), "DeepSeek-V2")
    assert found.index[0] == 42.0
    assert found[[42.0, 63.0]].tolist() == [pytest.approx(0.4), pytest.approx(0.9)]
