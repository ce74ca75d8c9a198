"""What must hold of prices, whatever the market."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logit_demand import invert_shares, log_rivals, logit_nash, logit_shares

from sim.strategies.logit_best_response import best_response, best_response_from_share
from sim.strategies.pricing.best_response import BestResponse
from sim.strategies.pricing.cost_plus import CostPlus
from sim.strategies.pricing.hold import Hold
from sim.strategies.pricing.loss_leader import LossLeader
from sim.strategies.pricing.match import Match
from sim.strategies.pricing.replay import Replay
from sim.strategies.pricing.undercut import Undercut
from sim.strategies.pricing.view import Phase, PriceView, RivalMove


class Falling:
    """Sales that fall in the price."""

    def sales_at(self, price: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + price)

    billed_at = sales_at


finite = st.floats(-5.0, 5.0)
tastes = st.floats(0.05, 5.0)
share_of_one = st.floats(0.0, 1.0)


@st.composite
def markets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    products = draw(st.integers(1, 6))
    quality = draw(st.lists(finite, min_size=products, max_size=products))
    cost = draw(st.lists(st.floats(0.0, 3.0), min_size=products, max_size=products))
    firm = draw(st.lists(st.integers(0, 3), min_size=products, max_size=products))
    return np.array(quality), np.array(cost), draw(tastes), np.array(firm)


@st.composite
def views(draw: st.DrawFn) -> PriceView:
    products = draw(st.integers(1, 6))
    prices = st.lists(st.floats(0.0, 100.0), min_size=products, max_size=products)
    return PriceView(
        time_days=0.0,
        date=dt.date(2024, 5, 6),
        own=draw(st.integers(0, products - 1)),
        product="own",
        blended_price_usd_per_mtok=np.array(draw(prices)),
        capability_logit=np.array(draw(st.lists(finite, min_size=products, max_size=products))),
        listed=np.array(draw(st.lists(st.booleans(), min_size=products, max_size=products))),
        provider_index=np.arange(products, dtype=np.int16),
        user_share=np.full(products, 1.0 / (products + 1.0)),
        marginal_cost_usd_per_mtok=draw(st.floats(0.0, 50.0)),
        peace_margin_usd_per_mtok=draw(st.floats(-5.0, 50.0)),
        token_share=draw(share_of_one),
        tokens_mtok_per_day=draw(st.floats(0.0, 1e6)),
        move=RivalMove(0, draw(share_of_one), 1.0 + draw(share_of_one)),
        phase="war",
        war_budget_left_usd=1.0,
        demand=Falling,
    )


@given(markets())
def test_equilibrium_prices_meet_the_first_order_condition(market) -> None:
    quality, cost, taste, firm = market
    found = logit_nash(quality, cost, taste, 0.0, firm)
    share = logit_shares(found.prices, quality, taste)
    owned = firm[:, None] == firm
    gap = found.markups - taste - owned @ (share * found.markups)
    assert np.abs(gap).max() <= 1e-11 * max(taste, np.abs(found.prices).max())
    assert (found.markups > 0.0).all()
    assert found.starts_agree
    assert found.curvature < 0.0


@given(markets())
def test_no_firm_gains_by_a_deviation_in_one_price(market) -> None:
    quality, cost, taste, firm = market
    price = logit_nash(quality, cost, taste, 0.0, firm).prices
    for product in range(len(price)):
        mine = firm == firm[product]

        def profit(own: float, product: int = product, mine: np.ndarray = mine) -> float:
            moved = price.copy()
            moved[product] = own
            return float(((moved - cost) * logit_shares(moved, quality, taste))[mine].sum())

        best = profit(price[product])
        for factor in (0.9, 1.1):
            other = cost[product] + factor * (price[product] - cost[product])
            assert profit(other) <= best * (1.0 + 1e-12) + 1e-300


@given(finite, st.floats(0.0, 3.0), tastes, finite)
def test_the_best_response_has_the_logit_markup(
    quality: float, cost: float, taste: float, log_rivals_sum: float
) -> None:
    price = best_response(quality, cost, taste, log_rivals_sum)
    utility = (quality - price) / taste
    share = 1.0 / (1.0 + np.exp(log_rivals_sum - utility))
    assert (price - cost) * (1.0 - share) == pytest.approx(taste, rel=1e-9)


@given(markets(), finite)
def test_adding_a_constant_to_every_quality_and_the_outside_leaves_prices(
    market, constant: float
) -> None:
    quality, cost, taste, firm = market
    price = logit_nash(quality, cost, taste, 0.0, firm).prices
    shifted = logit_nash(quality + constant, cost, taste, constant, firm).prices
    np.testing.assert_allclose(shifted, price, rtol=1e-8, atol=1e-9)


@given(markets(), st.floats(0.01, 100.0))
def test_prices_scale_with_the_unit_of_money(market, unit: float) -> None:
    quality, cost, taste, firm = market
    price = logit_nash(quality, cost, taste, 0.0, firm).prices
    scaled = logit_nash(quality * unit, cost * unit, taste * unit, 0.0, firm).prices
    np.testing.assert_allclose(scaled, price * unit, rtol=1e-8, atol=1e-9 * unit)


@given(markets(), st.floats(0.01, 1.0))
def test_a_product_whose_cost_rises_gets_dearer(market, rise: float) -> None:
    quality, cost, taste, firm = market
    before = logit_nash(quality, cost, taste, 0.0, firm).prices
    dearer = cost.copy()
    dearer[0] += rise
    assert logit_nash(quality, dearer, taste, 0.0, firm).prices[0] > before[0]


@given(finite, st.floats(0.0, 3.0), tastes, st.integers(1, 8))
def test_one_more_equal_rival_lowers_prices(
    quality: float, cost: float, taste: float, firms: int
) -> None:
    few = logit_nash([quality] * firms, [cost] * firms, taste).prices
    many = logit_nash([quality] * (firms + 1), [cost] * (firms + 1), taste).prices
    assert many[0] <= few[0]


@given(markets())
def test_the_own_share_is_all_that_a_best_response_needs(market) -> None:
    quality, cost, taste, _ = market
    price = cost + taste
    shares = logit_shares(price, quality, taste)
    if shares[0] < 1e-12 or 1.0 - shares.sum() < 1e-9:
        return
    inverted = invert_shares(price, shares, taste)
    rivals = log_rivals(0, price, inverted, taste)
    full = best_response(float(inverted[0]), float(cost[0]), taste, rivals)
    short = best_response_from_share(float(price[0]), float(shares[0]), float(cost[0]), taste)
    assert short == pytest.approx(full, rel=1e-6)


@given(views(), share_of_one, st.floats(0.0, 2.0))
def test_an_undercutter_cuts_and_never_below_its_floor(
    view: PriceView, depth: float, floor: float
) -> None:
    policy = Undercut(policy="undercut", depth_share=depth, floor_cost_share=floor)
    price = policy.propose(view)
    assert price is None or (
        policy.floor_usd_per_mtok(view) <= price < view.own_blended_price_usd_per_mtok
    )


@given(views(), share_of_one, share_of_one)
def test_a_loss_leader_cuts_and_never_below_its_floor(
    view: PriceView, depth: float, avoidable: float
) -> None:
    policy = LossLeader(
        policy="loss_leader", depth_share=depth, avoidable_cost_share=avoidable, budget_usd=1.0
    )
    price = policy.propose(view)
    if price is not None:
        assert policy.floor_usd_per_mtok(view) <= price < view.own_blended_price_usd_per_mtok


POLICIES = (
    Hold(policy="hold"),
    Replay(policy="replay"),
    CostPlus(policy="cost_plus"),
    CostPlus(policy="cost_plus", markup_share=0.3),
    CostPlus(policy="cost_plus", markup_share=-0.3),
    BestResponse(policy="best_response", taste_scale_usd_per_mtok=0.7),
    BestResponse(policy="best_response"),
    BestResponse(policy="best_response", price_response=2.0),
    Match(policy="match"),
    Undercut(policy="undercut", depth_share=0.2),
    LossLeader(policy="loss_leader", budget_usd=1.0),
)


@given(views(), st.floats(0.0, 50.0), st.sampled_from(["peace", "war", "recoup"]))
def test_a_dearer_cost_never_lowers_what_a_policy_proposes_at_any_stage(
    view: PriceView, rise: float, phase: Phase
) -> None:
    own = view.own_blended_price_usd_per_mtok
    dearer = view.marginal_cost_usd_per_mtok + rise
    for policy in POLICIES:
        prices = [
            policy.propose(replace(view, phase=phase, marginal_cost_usd_per_mtok=cost))
            for cost in (view.marginal_cost_usd_per_mtok, dearer)
        ]
        before, after = (own if price is None else price for price in prices)
        assert after >= before * (1.0 - 1e-12), policy
