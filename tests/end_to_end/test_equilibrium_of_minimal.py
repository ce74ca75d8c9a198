"""Nash prices on the demand of `minimal`: nobody gains by another price, in simulation too."""

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.equilibrium.market_demand import MarketDemand
from sim.equilibrium.market_nash import nash_market
from sim.equilibrium.simulated_gain import simulated_gain
from sim.simulation import Simulation

DRAWS = 8
CHOOSING, FRESH, MOST = 4, 50, 1_000


@pytest.mark.long
def test_nobody_gains_by_another_price_than_nash_in_simulation_and_it_is_decided() -> None:
    """Some 350 fresh paired replications decide; half a minute of processor time."""
    scenario = sim.load("minimal")
    first_day = Simulation(scenario, scenario.seed)
    for product in first_day.products:
        product.open()
    book = first_day.market.book
    offers, price = book.view(), np.array(book.blended_price_usd_per_mtok)
    cost = np.array([one.costs.marginal_cost_usd_per_mtok for one in first_day.products])
    owner, free = offers.provider_index.astype(np.int64), offers.listed & (price > 0.0)
    demand = MarketDemand.of_first_day(scenario, offers, price, DRAWS)
    found = nash_market(demand, price, cost, owner, free)
    assert found.largest_gain_share <= 1e-3
    factor = np.where(free, found.price / price, 1.0)
    at = replace(offers, domain_price_usd_per_mtok=offers.domain_price_usd_per_mtok * factor)
    for product in np.flatnonzero(free):
        own = owner == owner[product]
        gain = simulated_gain(
            scenario, at, found.price, cost, own, int(product), (CHOOSING, FRESH), MOST
        )
        assert gain.verdict == "no gain", gain
        assert gain.half_width_share <= 0.005
        assert gain.upper_bound_share <= 0.01
