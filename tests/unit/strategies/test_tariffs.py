"""What products charge besides their list prices: by the hour, for batches, from a cache."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.strategies.pricing.batch_discount import BatchDiscount
from sim.strategies.pricing.cache_discount import CacheDiscount
from sim.strategies.pricing.peace import not_a_quota, not_a_tariff
from sim.strategies.pricing.peak import Peak
from sim.strategies.pricing.tariff import Tariff
from sim.tokens import PerToken

DAY = np.array([1.0] * 12 + [3.0] * 12) / 48.0
"""Three quarters of the tokens in the second half of the day."""
HOURS = st.lists(st.floats(0.0, 10.0), min_size=24, max_size=24)
SHARES = st.floats(0.0, 1.0)


def peak(premium: float, discount: float, hours=range(12, 24)) -> Peak:
    return Peak(
        policy="peak",
        peak_hours=tuple(hours),
        peak_premium_share=premium,
        off_peak_discount_share=discount,
    )


def test_who_cannot_wait_pays_each_hour_its_factor_and_who_can_the_lowest() -> None:
    tariff = peak(0.2, 0.5).tariff
    assert tariff.paid_share(DAY, 0.0) == pytest.approx(0.75 * 1.2 + 0.25 * 0.5)
    assert tariff.paid_share(DAY, 1.0) == pytest.approx(0.5)
    assert tariff.paid_share(DAY, 0.4) == pytest.approx(0.75 * (0.6 * 1.2 + 0.4 * 0.5) + 0.125)


def test_what_can_wait_moves_from_dear_hours_evenly_to_the_cheapest() -> None:
    served = peak(0.2, 0.5).tariff.served_by_hour(DAY, 0.4)
    assert served[12:] == pytest.approx(0.6 * DAY[12:])
    assert served[:12] == pytest.approx(DAY[:12] + 0.4 * 0.75 / 12)


def test_batches_cost_less_and_are_served_evenly() -> None:
    tariff = BatchDiscount(policy="batch_discount", discount_share=0.5).tariff
    assert tariff.paid_share(DAY, 0.3) == pytest.approx(0.85)
    assert tariff.served_by_hour(DAY, 0.3) == pytest.approx(0.7 * DAY + 0.3 / 24)
    assert tariff.served_by_hour(DAY, 1.0) == pytest.approx(np.full(24, 1 / 24))


def test_a_cache_hit_costs_a_part_of_fresh_input_and_nothing_else_moves() -> None:
    tariff = CacheDiscount(policy="cache_discount").tariff
    assert tariff.opening_price(PerToken(1.0, 1.0, 2.0)) == pytest.approx((1.0, 0.1, 2.0))
    assert tariff.paid_share(DAY, 0.5) == 1.0
    assert Tariff().opening_price(PerToken(1.0, 0.3, 2.0)) == (1.0, 0.3, 2.0)


@given(hours=HOURS.filter(any), factors=HOURS, batch=SHARES, wait=SHARES)
def test_no_token_is_lost_and_nobody_pays_beyond_the_dearest_hour(hours, factors, batch, wait):
    asked = np.array(hours) / sum(hours)
    tariff = Tariff(tuple(factors), batch)
    served = tariff.served_by_hour(asked, wait)
    assert served.sum() == pytest.approx(1.0)
    assert (served >= -1e-15).all()
    paid = tariff.paid_share(asked, wait)
    assert (1.0 - batch) * min(factors) - 1e-9 <= paid <= max(factors) + 1e-9
    assert paid <= tariff.paid_share(asked, 0.0) + 1e-9


@given(hours=HOURS.filter(any), level=st.floats(0.1, 3.0), wait=SHARES)
def test_one_price_for_all_hours_moves_nothing(hours, level, wait):
    asked = np.array(hours) / sum(hours)
    tariff = Tariff((level,) * 24)
    assert tariff.paid_share(asked, wait) == level
    np.testing.assert_array_equal(tariff.served_by_hour(asked, wait), asked)


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        Tariff((1.0,) * 23),
        Tariff((float("nan"),) * 24),
        Tariff((-1.0,) * 24),
        Tariff((), 1.5),
        Tariff(cache_discount_share=float("nan")),
    ],
)
def test_what_is_no_tariff_is_said(nonsense) -> None:
    assert "24 from 0 to 100" in not_a_tariff(nonsense)
    assert not_a_tariff(Tariff((0.5,) * 24, 0.5, 0.9)) == ""


@pytest.mark.parametrize("nonsense", [-1.0, float("nan"), "much", True])
def test_what_is_no_quota_is_said(nonsense) -> None:
    assert "millions of tokens a month" in not_a_quota(nonsense)
    assert not_a_quota(None) == not_a_quota(5.0) == ""
