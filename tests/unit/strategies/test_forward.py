"""Looking forward: the price of the highest discounted profit, and what is expected to be sold."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from sim.strategies.pricing.best_response import BestResponse
from sim.strategies.pricing.forward import Forward
from sim.strategies.pricing.view import PriceView

PRICES, COSTS = np.array([1.0, 1.5, 1.2]), np.array([0.4, 0.6, np.nan])


class Substitutes:
    """A logit of two own products, a rival and nothing, for a thousand users of one Mtok a day."""

    billed_share = 1.0

    def sales_at(self, price: np.ndarray) -> np.ndarray:
        weighs = np.exp(2.0 * (np.array([1.0, 1.5, 1.2]) - price))
        return 1000.0 * weighs / (1.0 + weighs.sum())

    def billed_at(self, price: np.ndarray) -> np.ndarray:
        return self.billed_share * self.sales_at(price)


class HalfFree(Substitutes):
    """Half of it within free quotas."""

    billed_share = 0.5


def view_of(tokens: float, **changes) -> PriceView:
    return replace(
        PriceView(
            time_days=0.0,
            date=dt.date(2024, 1, 1),
            own=0,
            product="mine",
            blended_price_usd_per_mtok=PRICES,
            capability_logit=np.zeros(3),
            listed=np.ones(3, bool),
            provider_index=np.array([0, 0, 1], np.int16),
            user_share=np.zeros(3),
            marginal_cost_usd_per_mtok=0.4,
            peace_margin_usd_per_mtok=0.6,
            token_share=0.0,
            tokens_mtok_per_day=tokens,
            own_costs_usd_per_mtok=COSTS,
            demand=Substitutes,
        ),
        **changes,
    )


def forward(**fields) -> Forward:
    return Forward(policy="forward", **fields)


def discounted(
    price: float, tokens: float, policy: Forward, demand: type[Substitutes] = Substitutes
) -> float:
    """Integrate profit day by day, in a thousand steps."""
    at = np.array([price, *PRICES[1:]])
    settled = Substitutes().sales_at(PRICES)[:2]
    sold = settled * tokens / settled.sum()
    edges = np.linspace(0.0, policy.horizon_days, 1001)
    days = 0.5 * (edges[1:] + edges[:-1])[:, None]
    then = Substitutes().sales_at(at)[:2]
    at_once = sold * (then / settled) ** policy.response_at_once
    sales = then + (at_once - then) * (1.0 - policy.approach_share_per_day) ** days
    weight = np.exp(-policy.discount_share_per_year / 365.25 * days)
    margins = demand.billed_share * at[:2] - COSTS[:2]
    return float((weight * sales * margins).sum() * np.diff(edges)[0])


@pytest.mark.parametrize("tokens", [20.0, 500.0, 2000.0])
@pytest.mark.parametrize("horizon", [30.0, 400.0])
@pytest.mark.parametrize("demand", [Substitutes, HalfFree])
def test_no_other_price_earns_more_over_the_horizon(
    tokens: float, horizon: float, demand: type[Substitutes]
) -> None:
    policy = forward(horizon_days=horizon, discount_share_per_year=0.3)
    found = policy.propose(view_of(tokens, demand=demand))
    others = found * np.exp(0.004 * np.arange(-60, 61))
    earned = [discounted(price, tokens, policy, demand) for price in others]
    assert max(earned) <= earned[60] * (1.0 + 1e-5)


def test_who_sells_much_asks_more_the_less_far_it_looks() -> None:
    prices = [forward(horizon_days=days).propose(view_of(2000.0)) for days in (10.0, 60.0, 1e5)]
    assert prices == sorted(prices, reverse=True)
    assert len(set(prices)) == 3


def test_where_sales_follow_at_once_it_is_the_best_response() -> None:
    at_once = forward(approach_share_per_day=1.0 - 1e-12, discount_share_per_year=0.0)
    known = BestResponse(policy="best_response").propose(view_of(500.0))
    assert at_once.propose(view_of(118.0, demand=Substitutes)) == pytest.approx(known, rel=0.01)


def test_a_forecast_goes_the_part_of_the_way_that_the_horizon_lets() -> None:
    policy = forward(horizon_days=10.0, approach_share_per_day=0.1)
    now, then = policy.forecast(view_of(90.0), price_usd_per_mtok=2.0)
    settled = Substitutes().sales_at(PRICES)[:2]
    assert now == pytest.approx(90.0 * settled[0] / settled.sum())
    demand = Substitutes().sales_at(np.array([2.0, *PRICES[1:]]))[0]
    at_once = now * (demand / settled[0]) ** 0.5
    assert then == pytest.approx(demand + (at_once - demand) * 0.9**10)


@pytest.mark.parametrize("changes", [{"demand": None}, {"own_costs_usd_per_mtok": None}])
def test_without_an_estimate_nothing_is_proposed_and_nothing_forecast(changes) -> None:
    view = view_of(90.0, **changes)
    assert forward().propose(view) is None
    assert forward().forecast(view, price_usd_per_mtok=1.0) is None
