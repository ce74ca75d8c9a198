"""Usage and surplus under a free quota against the maximum found by search, and their slopes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.users.tasks import Tasks
from sim.users.usage import usage_share

A, M, S, PI, HANDLING = 40.0, -0.7, 1.7, 0.6, 0.05


def tasks(price: float, quota: float, budget: float = np.inf) -> Tasks:
    def one(number: float) -> np.ndarray:
        return np.full((1, 1), number)

    return Tasks(
        one(A), one(M), one(S), one(PI), one(price + HANDLING), one(price), one(quota), one(budget)
    )


def surplus(price: float, quota: float, usage: float) -> float:
    return float(tasks(price, quota).gain_usd_per_month(np.full((1, 1), usage))[0, 0])


def best(price: float, quota: float) -> float:
    return surplus(price, quota, wanted(price, quota))


def wanted(price: float, quota: float, budget: float = np.inf) -> float:
    return float(tasks(price, quota, budget).worth_running()[0, 0])


PRICES = st.floats(0.01, 20.0)
QUOTAS = st.floats(0.0, 0.9)


@given(PRICES, QUOTAS)
def test_no_share_of_tasks_gains_more_than_the_one_wanted(price: float, quota: float) -> None:
    others = np.linspace(1e-4, 1.0 - 1e-4, 997)
    found = [surplus(price, quota, usage) for usage in (*others, quota or 0.5)]
    assert best(price, quota) >= max(found) - 1e-12 * A


@given(PRICES, QUOTAS)
def test_surplus_falls_in_the_price_by_what_is_billed(price: float, quota: float) -> None:
    step = 1e-5 * price
    slope = (best(price + step, quota) - best(price - step, quota)) / (2.0 * step)
    billed = A * max(wanted(price, quota) - quota, 0.0)
    assert -slope == pytest.approx(billed, rel=1e-4, abs=2e-3)


@given(PRICES, QUOTAS, st.floats(0.0, 0.1))
def test_a_larger_quota_never_lowers_usage_or_surplus(
    price: float, quota: float, more: float
) -> None:
    assert wanted(price, quota + more) >= wanted(price, quota)
    assert best(price, quota + more) >= best(price, quota) - 1e-12


def test_without_a_quota_usage_is_that_at_the_full_price() -> None:
    assert wanted(0.4, 0.0) == usage_share(0.4 + HANDLING, M, S, PI)


def test_with_an_endless_quota_usage_is_that_of_a_free_product() -> None:
    assert wanted(5.0, 1.0) == pytest.approx(float(usage_share(HANDLING, M, S, PI)), rel=1e-15)


def test_between_the_two_a_user_stops_at_the_quota() -> None:
    low, high = (float(usage_share(p, M, S, PI)) for p in (5.0 + HANDLING, HANDLING))
    assert wanted(5.0, 0.5 * (low + high)) == 0.5 * (low + high)


@given(PRICES, QUOTAS, st.floats(1e-4, 5.0))
def test_no_user_wants_more_than_its_budget_pays_for(
    price: float, quota: float, budget: float
) -> None:
    billed = max(wanted(price, quota, budget) - quota, 0.0)
    assert billed * price <= budget * (1.0 + 1e-12)
