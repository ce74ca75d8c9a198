"""The search for the best price, on a lattice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.strategies.logit_best_response import best_response
from sim.strategies.pricing.profit_maximum import LOG_STEP, best_price


@pytest.mark.parametrize("quality", [0.0, 2.0, 5.0])
def test_the_best_price_is_that_of_the_closed_form_to_a_step(quality: float) -> None:
    cost, taste, rivals = 1.0, 0.5, 1.0
    wanted = best_response(quality, cost, taste, rivals)

    def profit(price: float) -> float:
        return (price - cost) / (1.0 + np.exp(rivals - (quality - price) / taste))

    found = best_price(profit, 2.0)
    assert abs(np.log(found / wanted)) <= LOG_STEP


def test_of_equally_good_prices_the_highest_is_taken() -> None:
    assert best_price(lambda price: min(price, 1.5), 1.0) > 7.0


steps = st.lists(st.tuples(st.floats(0.05, 10.0), st.floats(0.0, 5.0)), max_size=8)


@given(steps, st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.floats(-1.0, 1.0))
def test_a_dearer_cost_never_lowers_the_best_price_whatever_the_jumps_of_demand(
    jumps: list[tuple[float, float]], cost: float, rise: float, siblings: float
) -> None:
    def sales(price: float) -> float:
        return 1.0 / (1.0 + price) + sum(size for at, size in jumps if price <= at)

    def profit(price: float, cost: float) -> float:
        return (price - cost) * sales(price) + siblings * price

    before = best_price(lambda price: profit(price, cost), 1.0)
    assert best_price(lambda price: profit(price, cost + rise), 1.0) >= before
