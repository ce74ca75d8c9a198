"""A free tier is priced by what it costs and what it brings."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from sim.strategies.pricing.freemium import Freemium
from sim.strategies.pricing.view import PriceView
from sim.units import DAYS_PER_MONTH

PRICES = np.array([1.0, 5.0, 1.2])
COSTS = np.array([0.4, 2.0, np.nan])
"""The first costs less to serve than the second; the third is a rival's."""


class Quadratic:
    """Users grow with the root of the quota; each uses one Mtok a day, free as far as it goes."""

    def __init__(self, quota: float = 0.0) -> None:
        self.quota = quota

    def with_quota(self, product: int, quota: float) -> "Quadratic":
        assert product == 0
        return Quadratic(quota)

    def holders_at(self, price: np.ndarray) -> np.ndarray:
        return np.array([100.0 + 30.0 * self.quota**0.5, 10.0, 50.0])

    def sales_at(self, price: np.ndarray) -> np.ndarray:
        return self.holders_at(price)

    def billed_at(self, price: np.ndarray) -> np.ndarray:
        free = np.array([min(1.0, self.quota / DAYS_PER_MONTH), 0.0, 0.0])
        return self.sales_at(price) * (1.0 - free)


def view_of(own: int, **changes) -> PriceView:
    return replace(
        PriceView(
            time_days=0.0,
            date=dt.date(2024, 1, 1),
            own=own,
            product="small",
            blended_price_usd_per_mtok=PRICES,
            capability_logit=np.zeros(3),
            listed=np.ones(3, bool),
            provider_index=np.array([0, 0, 1], np.int16),
            user_share=np.zeros(3),
            marginal_cost_usd_per_mtok=float(COSTS[own]),
            peace_margin_usd_per_mtok=0.6,
            token_share=0.0,
            own_costs_usd_per_mtok=COSTS,
            demand=Quadratic,
        ),
        **changes,
    )


def profit(quota: float, worth: float) -> float:
    seen = Quadratic(quota)
    brings = PRICES[:2] * seen.billed_at(PRICES)[:2] - COSTS[:2] * seen.sales_at(PRICES)[:2]
    return float((brings + worth / DAYS_PER_MONTH * seen.holders_at(PRICES)[:2]).sum())


@pytest.mark.parametrize("worth", [0.0, 5.0, 50.0, 500.0])
def test_the_quota_is_the_one_of_those_tried_that_earns_most(worth: float) -> None:
    policy = Freemium(
        policy="freemium", most_quota_mtok_per_month=40.0, user_worth_usd_per_month=worth
    )
    tried = [0.0, *(40.0 * 0.5 ** np.arange(8))]
    assert policy.free_quota_mtok_per_month(view_of(0)) == max(
        tried, key=lambda q: profit(q, worth)
    )


def test_the_more_a_user_is_worth_the_larger_is_the_quota() -> None:
    quotas = [
        Freemium(
            policy="freemium", most_quota_mtok_per_month=40.0, user_worth_usd_per_month=worth
        ).free_quota_mtok_per_month(view_of(0))
        for worth in (0.0, 20.0, 40.0, 80.0, 1e4)
    ]
    assert quotas == sorted(quotas)
    assert len(set(quotas)) > 2
    assert quotas[-1] == 40.0


def test_nothing_is_given_of_a_product_that_costs_more_to_serve_or_without_an_estimate() -> None:
    policy = Freemium(
        policy="freemium", most_quota_mtok_per_month=40.0, user_worth_usd_per_month=1e4
    )
    assert policy.free_quota_mtok_per_month(view_of(1)) == 0.0
    assert policy.free_quota_mtok_per_month(view_of(0, demand=None)) == 0.0
    alone = view_of(1, listed=np.array([False, True, True]))
    with pytest.raises(AssertionError):  # it is then the smallest, and its demand is asked for
        policy.free_quota_mtok_per_month(alone)
