"""Products listed below cost are named before a run, and do not fall with their cost in it."""

import pytest

from sim.sanity.below_cost import listed_below_cost
from sim.simulation import Simulation


def test_products_listed_below_cost_are_named_with_both_numbers(scenario_of):
    scenario = scenario_of()
    (found,) = listed_below_cost(scenario)
    product = next(p for p in Simulation(scenario, 1).products if p.name == "DeepSeek-V2")
    assert found.product == "DeepSeek-V2"
    assert found.price_usd_per_mtok < found.marginal_cost_usd_per_mtok
    cost = product.costs.marginal_cost_usd_per_mtok  # of the first day, as rents do not move
    assert found.marginal_cost_usd_per_mtok == pytest.approx(cost, rel=0.1)
    below = 1.0 - found.price_usd_per_mtok / found.marginal_cost_usd_per_mtok
    assert f"{found.price_usd_per_mtok:.4g} USD per million tokens, {below:.0%} below" in str(found)


@pytest.mark.parametrize("price", ["{policy: cost_plus, markup_share: -0.5}", "{policy: hold}"])
def test_who_states_a_mark_up_or_holds_the_price_is_not_named(scenario_of, price):
    assert listed_below_cost(scenario_of(f"providers: [{{name: DeepSeek, price: {price}}}]")) == ()


RENTS = """
    factors: {competition: false}
    clouds:
      - name: rented cloud
        accelerators:
          - name: H800 SXM5
            rents:
              - {date: 2024-04-01, rent_usd_per_hour: 2.0}
              - {date: 2024-06-01, rent_usd_per_hour: 1.0}
              - {date: 2024-06-20, rent_usd_per_hour: 0.1}
"""


def test_a_price_below_cost_stays_until_cost_has_come_down_to_it(scenario_of, run_market):
    rows = run_market(scenario_of(RENTS))["products"]
    own = rows[(rows["product"] == "DeepSeek-V2") & rows["listed"]].set_index("time_days")
    price, cost = own["price_usd_per_mtok"], own["marginal_cost_usd_per_mtok"]
    first = price.iloc[0]
    assert (price[cost > first] == first).all()
    assert (cost > first).any()
    assert price.iloc[-1] == pytest.approx(cost.iloc[-1])
    assert cost.iloc[-1] < first
