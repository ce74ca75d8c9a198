"""`sim.nash_prices` beside PyBLP, on markets that neither was made for."""

import numpy as np
import pytest
from pyblp_prices import RandomMarket, pyblp_prices, simulation

import sim

pytest.importorskip("pyblp", reason="a test extra")

MARKETS = {
    "logit, 50 products": (1, 50, 12, 0),
    "nested, 50 products": (1, 50, 12, 6),
    "nested, one nest": (1, 10, 4, 1),
    "mixed, 2 products": (20, 2, 2, 0),
    "mixed, 50 products": (100, 50, 12, 0),
    "mixed and nested, 50 products": (50, 50, 12, 5),
    "mixed, one owner": (30, 10, 1, 0),
    "mixed and nested, everyone an owner": (30, 20, 1000, 3),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", MARKETS)
def test_prices_of_random_markets_are_those_of_pyblp(kind: str, seed: int) -> None:
    market = RandomMarket.draw(seed, *MARKETS[kind])
    found = sim.nash_prices(**market.arguments())
    wanted = pyblp_prices(simulation(market), market)
    np.testing.assert_allclose(found.prices, wanted, rtol=1e-8)
    assert found.starts_agree
    assert found.curvature < 0.0
