"""Demand of the market's own users; best responses and Nash prices on it, and in simulation."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from demand_settings import EVERYBODY
from logit_demand import logit_shares
from scipy import stats

import sim
from sim.equilibrium import market_demand
from sim.equilibrium.market_demand import Draw, MarketDemand
from sim.equilibrium.market_nash import nash_market
from sim.equilibrium.simulated_gain import SimulatedGain, _of_pairs, simulated_gain
from sim.errors import EquilibriumError
from sim.scenario import demand
from sim.strategies.pricing.best_response import BestResponse
from sim.strategies.pricing.view import PriceView
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.population import Population

COST = np.array([0.1, 0.15, 0.2])
PRICE = np.array([0.4, 0.5, 0.6])
OWNER = np.array([0, 0, 1])


@pytest.fixture
def market(demand_scenario, offers_of):
    """Two domains of users who know of three products of two providers."""
    scenario = demand_scenario(
        users=6_000,
        start="settled",
        types_per_domain=3,
        network=demand.Network(kind="complete"),
        awareness=demand.Awareness(
            initial_share=1.0, innovation_per_day=0.0, imitation_per_day=0.0
        ),
    )
    return scenario, offers_of(price=PRICE, provider_index=OWNER.astype(np.int16))


def known_demand(market, draws: int = 1) -> MarketDemand:
    scenario, offers = market
    return MarketDemand.of_first_day(scenario, offers, PRICE, draws)


def test_sales_are_what_users_buy_in_simulation(market) -> None:
    """Mean of six replications, each beside the demand of its own types: 3 standard errors."""
    scenario, offers = market
    gaps = []
    for number in range(6):
        users = Population.build(scenario, Streams(scenario.seed, number))
        users.start(offers)
        totals = users.totals.types
        draw = Draw(users.types, totals["aware"] / totals["population"].sum())
        expected = MarketDemand(scenario, [draw], offers, PRICE, scenario.population.users)
        sold = users.advance(14.0, offers).mtok.sum(axis=0) / 14.0
        gaps.append(sold / expected.sales(np.ones(3)) - 1.0)
    mean, error = np.mean(gaps, axis=0), np.std(gaps, axis=0, ddof=1) / np.sqrt(6.0)
    assert (np.abs(mean) <= 3.0 * error + 0.01).all()
    assert (error < 0.02).all()


def test_a_product_loses_by_its_own_price_and_gains_by_those_of_others(market) -> None:
    slopes = known_demand(market).slopes(np.ones(3))
    assert (np.diagonal(slopes) < 0.0).all()
    assert (slopes[~np.eye(3, dtype=bool)] > 0.0).all()


def test_slopes_are_those_of_wider_differences(market) -> None:
    seen = known_demand(market)
    step = np.array([0.01, 0.0, 0.0])
    wide = np.log(seen.sales(np.exp(step)) / seen.sales(np.exp(-step))) / 0.02
    np.testing.assert_allclose(seen.slopes(np.ones(3))[:, 0], wide, rtol=0.02, atol=1e-3)


def test_where_the_model_is_a_logit_with_usage_demand_and_slopes_are_its_closed_form(
    demand_scenario, offers_of
) -> None:
    """All is considered, nothing binds anybody: dV/dln p is minus the bill over mu (Roy)."""
    scenario = demand_scenario(
        users=1_000,
        types_per_domain=5,
        network=demand.Network(kind="none"),
        awareness=EVERYBODY,
        consideration=demand.Consideration(base=80.0, market_share_weight=0.0, peer_weight=0.0),
        choice=demand.Choice(
            switching_cost_vendor=0.0,
            switching_cost_model=0.0,
            peer_bonus=0.0,
            satisfaction_weight=0.0,
        ),
        clocks=demand.Clocks(churn_per_day=0.0, usage_per_day=0.0),
    )
    seen = MarketDemand.of_first_day(scenario, offers_of(price=PRICE), PRICE, 1)
    types = seen._draws[0].types
    table = Appraisal(scenario, types, seen._offers)
    work, cost = table.valuation.usage, PRICE * types.tokens_per_work[:, None]
    odds = np.exp(table.book.offers["utility"] - types.outside_utility[:, None])
    chosen = odds / (1.0 + odds.sum(axis=1, keepdims=True))
    users = 1_000 * seen._draws[0].aware
    tokens = types.tokens_per_work * types.volume_mtok_per_month / DAYS_PER_MONTH
    each = (users * tokens)[:, None]
    sold = (each * chosen * work).sum(axis=0)
    np.testing.assert_allclose(seen.sales(np.ones(3)), sold, rtol=1e-4)

    bill = types.volume_mtok_per_month[:, None] * work * cost
    felt = -bill / types.taste_scale_usd_per_month[:, None]
    dearer = cost / table.valuation.work_price_usd_per_mtok_of_work
    less = -stats.norm.pdf(stats.norm.ppf(work)) / types.log_sd[:, None] * dearer
    crossed = chosen[:, :, None] * (np.eye(3) - chosen[:, None, :]) * felt[:, None, :]
    change = (each[:, :, None] * work[:, :, None] * crossed).sum(axis=0)
    change += np.diag((each * chosen * less).sum(axis=0))
    np.testing.assert_allclose(
        seen.slopes(np.ones(3)), change / sold[:, None], rtol=1e-4, atol=1e-6
    )


def test_demand_for_several_products_a_user_is_refused_by_name(market) -> None:
    scenario, offers = market
    portfolio = scenario.population.portfolio.model_copy(update={"most_products": 2})
    population = scenario.population.model_copy(update={"portfolio": portfolio})
    several = scenario.model_copy(update={"population": population})
    with pytest.raises(EquilibriumError, match="population.portfolio.most_products"):
        MarketDemand.of_first_day(several, offers, PRICE, 1)


def test_users_who_never_come_to_rest_are_no_demand_and_it_is_said(market, monkeypatch) -> None:
    monkeypatch.setattr(market_demand, "distance", lambda *_: 1.0)
    monkeypatch.setattr(market_demand, "MOST_STEPS", 3)
    with pytest.raises(EquilibriumError, match="never come to rest"):
        known_demand(market)


def test_a_product_that_is_given_away_stays_so(market) -> None:
    scenario, offers = market
    price = np.array([0.0, *PRICE[1:]])
    free = replace(offers, domain_price_usd_per_mtok=np.tile(price, (2, 1)))
    seen = MarketDemand.of_first_day(scenario, free, price, 1)
    np.testing.assert_array_equal(seen.sales_at(price), seen.sales_at(np.array([1.0, *PRICE[1:]])))


def view_of(seen: MarketDemand, cost: np.ndarray, own: int = 0) -> PriceView:
    return PriceView(
        time_days=0.0,
        date=dt.date(2024, 5, 10),
        own=own,
        product="own",
        blended_price_usd_per_mtok=PRICE,
        capability_logit=np.zeros(3),
        listed=np.ones(3, dtype=np.bool_),
        provider_index=OWNER.astype(np.int16),
        user_share=np.full(3, 0.2),
        marginal_cost_usd_per_mtok=float(cost[own]),
        peace_margin_usd_per_mtok=0.0,
        token_share=0.5,
        own_costs_usd_per_mtok=np.where(OWNER[own] == OWNER, cost, np.nan),
        demand=lambda: seen,
    )


RESPONDING = BestResponse(policy="best_response")


def test_no_held_price_earns_more_than_the_best_response(market) -> None:
    seen = known_demand(market)
    own = OWNER == 0

    def profit(price: float) -> float:
        prices = np.array([price, *PRICE[1:]])
        return float(((prices - COST) * seen.sales_at(prices))[own].sum())

    best = profit(RESPONDING.propose(view_of(seen, COST)))
    held = [profit(price) for price in np.geomspace(0.1, 3.0, 60)]
    assert best >= max(held) * (1.0 - 1e-4)
    assert best > 1.02 * profit(PRICE[0])


def test_a_dearer_cost_never_lowers_the_best_response_on_the_market_s_demand(market) -> None:
    seen = known_demand(market)
    costs = [COST * [factor, 1.0, 1.0] for factor in (1.0, 1.5)]
    prices = [RESPONDING.propose(view_of(seen, cost)) for cost in costs]
    assert prices == sorted(prices)
    assert prices[-1] > prices[0]


def test_who_believes_in_a_stronger_response_asks_less(market) -> None:
    seen = known_demand(market)
    timid = BestResponse(policy="best_response", price_response=2.0)
    assert timid.propose(view_of(seen, COST)) < RESPONDING.propose(view_of(seen, COST))


def test_without_an_estimate_or_a_price_nothing_is_proposed(market) -> None:
    view = view_of(known_demand(market), COST)
    assert RESPONDING.propose(replace(view, demand=None)) is None
    given = replace(view, blended_price_usd_per_mtok=np.array([0.0, *PRICE[1:]]))
    assert RESPONDING.propose(given) is None


@pytest.mark.slow
def test_nobody_gains_at_nash_prices_on_demand_or_in_simulation(market) -> None:
    scenario, offers = market
    found = nash_market(known_demand(market, draws=2), PRICE, COST, OWNER, np.ones(3, bool))
    assert found.largest_gain_share <= 1e-3
    assert (found.price > COST).all()

    def gain(price: np.ndarray) -> SimulatedGain:
        at = replace(offers, domain_price_usd_per_mtok=np.tile(price, (2, 1)))
        return simulated_gain(scenario, at, price, COST, OWNER == 1, 2, (1, 8))

    assert gain(found.price).upper_bound_share <= 0.01
    assert gain(found.price * [1.0, 1.0, 3.0]).verdict == "gain"


class Logit:
    """Demand of a plain logit, a part of it within free quotas."""

    def __init__(
        self, quality: np.ndarray, taste_scale: float, billed_share: np.ndarray | float = 1.0
    ) -> None:
        self.quality, self.taste_scale, self.billed_share = quality, taste_scale, billed_share

    def sales_at(self, price: np.ndarray) -> np.ndarray:
        return logit_shares(price, self.quality, self.taste_scale)

    def billed_at(self, price: np.ndarray) -> np.ndarray:
        return self.billed_share * self.sales_at(price)


@pytest.mark.parametrize("owner", [[0, 1, 2], [0, 0, 1], [0, 0, 0]])
@pytest.mark.parametrize("held", [False, True])
def test_best_responses_come_to_the_nash_prices_of_a_demand_that_has_a_solver(
    owner: list[int], held: bool
) -> None:
    quality, cost, free = (
        np.array([2.0, 1.6, 2.4]),
        np.array([1.0, 0.5, 1.5]),
        ~np.array([held, 0, 0], bool),
    )
    start = np.array([1.2, 1.0, 2.0])
    found = nash_market(Logit(quality, 0.25), start, cost, np.array(owner), free)
    wanted = sim.nash_prices(quality / 0.25, cost, 4.0, ownership=owner, fixed=~free, start=start)
    np.testing.assert_allclose(found.price, wanted.prices, rtol=0.012)
    assert found.largest_gain_share <= 1e-5


@pytest.mark.parametrize("owner", [[0, 1, 2], [0, 0, 1]])
def test_tokens_within_free_quotas_bring_nothing_to_nash_prices(owner: list[int]) -> None:
    """Where a share b is billed, ``(p b - c) D = b (p - c/b) D``: as if serving cost c/b."""
    quality, cost = np.array([2.0, 1.6, 2.4]), np.array([0.5, 0.25, 0.75])
    found = nash_market(Logit(quality, 0.25, 0.5), quality, cost, np.array(owner), np.ones(3, bool))
    wanted = sim.nash_prices(quality / 0.25, cost / 0.5, 4.0, ownership=owner)
    np.testing.assert_allclose(found.price, wanted.prices, rtol=0.012)
    np.testing.assert_allclose(
        found.profit, (0.5 * found.price - cost) * logit_shares(found.price, quality, 0.25)
    )


@pytest.mark.parametrize("price_response", [1.0, 1.7])
def test_tokens_within_free_quotas_bring_nothing_to_a_best_response(price_response: float) -> None:
    seen, quality = Logit(np.array([1.5]), 0.25, 0.5), np.array([1.5])
    policy = BestResponse(policy="best_response", price_response=price_response)
    view = replace(
        view_of(seen, np.array([0.5])),
        blended_price_usd_per_mtok=np.array([1.2]),
        own_costs_usd_per_mtok=np.array([0.5]),
    )
    tried = np.linspace(1.0, 2.5, 3001)
    now = logit_shares(np.array([1.2]), quality, 0.25)[0]
    sold = np.array([logit_shares(np.array([p]), quality, 0.25)[0] for p in tried])
    earned = (0.5 * tried - 0.5) * now * (sold / now) ** price_response
    assert policy.propose(view) == pytest.approx(tried[earned.argmax()], rel=0.005)


def test_tokens_used_and_billed_at_one_price_take_one_solve(market, monkeypatch) -> None:
    seen = known_demand(market)
    solved = []
    monkeypatch.setattr(
        MarketDemand,
        "_solved_at",
        lambda _, factor, of=seen._solved_at: solved.append(factor) or of(factor),
    )
    used = seen.sales_at(1.1 * PRICE)
    used *= 0.0  # what a caller does to it is its own affair
    assert (seen.billed_at(1.1 * PRICE) > 0.0).all()
    assert (seen.sales_at(1.1 * PRICE) > 0.0).all()
    assert len(solved) == 1
    seen.sales_at(PRICE)
    assert len(solved) == 2


def test_where_all_use_is_free_of_charge_no_price_gains_anything_in_simulation(market) -> None:
    scenario, offers = market
    terms = replace(offers.terms, free_quota_mtok_per_month=np.full(3, 1e9))
    free = replace(offers, terms=terms)
    found = simulated_gain(scenario, free, PRICE, COST, OWNER == 1, 2, (1, 2))
    assert found.gain_share == pytest.approx(0.0, abs=1e-9)


def test_owners_without_a_profit_are_named_and_held_against_deviations_all_the_same() -> None:
    quality, free = np.array([2.0, 1.6]), np.array([False, True])
    demand, owner = Logit(quality, 0.25), np.array([0, 1])
    alone = nash_market(demand, np.array([1.0, 1.0]), np.array([0.5, 0.5]), owner, free)
    assert alone.without_profit == ()
    both = np.array([0, 0])  # what the first loses at its fixed price is more than the second earns
    lossy = nash_market(demand, np.array([1.0, 1.0]), np.array([9.0, 0.5]), both, free)
    assert lossy.without_profit == (0,)
    assert np.isnan(lossy.largest_gain_share)
    assert lossy.profit.sum() < 0.0


def test_a_smaller_loss_is_a_gain_and_profits_of_either_sign_decide_nothing() -> None:
    now = np.array([-1.0, -2.0, -1.5, -1.2])
    less = _of_pairs(1.1, now, 0.5 * now)
    assert less.gain_share == pytest.approx(0.5)
    assert less.half_width_share == pytest.approx(0.0, abs=1e-12)
    assert less.verdict == "gain"
    assert _of_pairs(1.1, now, 2.0 * now).gain_share == pytest.approx(-1.0)
    either = _of_pairs(1.1, np.array([-1.0, 1.2, -0.9, 0.8]), np.ones(4))
    assert np.isnan(either.gain_share)
    assert either.verdict == "undecided"
    assert "either sign" in either.undecided_because
    assert either.replications_needed == 8


def test_prices_that_chase_each_other_are_no_equilibrium() -> None:
    class Chase:
        """The first sells best where it is dearer, the second where that is cheaper."""

        def sales_at(self, price: np.ndarray) -> np.ndarray:
            ratio = price[0] / price[1]
            return np.array([np.exp(-abs(ratio - 1.5)), np.exp(-abs(ratio - 0.7))]) / price

        billed_at = sales_at

    with pytest.raises(EquilibriumError, match="prices still move"):
        nash_market(Chase(), np.ones(2), np.zeros(2) - 1.0, np.arange(2), np.ones(2, bool))


@pytest.mark.parametrize(
    ("gain", "half_width", "verdict"),
    [
        (-0.02, 0.004, "no gain"),
        (0.004, 0.004, "no gain"),
        (0.008, 0.004, "undecided"),
        (-0.02, 0.006, "undecided"),
        (0.02, 0.004, "gain"),
        (0.02, 0.015, "undecided"),
    ],
)
def test_a_gain_counts_as_none_only_where_replications_tell(
    gain: float, half_width: float, verdict: str
) -> None:
    assert SimulatedGain(1.1, gain, half_width, 8).verdict == verdict


def test_what_makes_a_whole_market_large_is_no_noise_of_a_gain() -> None:
    draws = np.random.default_rng(0)
    size, noise = draws.lognormal(0.0, 1.0, 40), draws.normal(0.0, 1e-3, 40)
    found = _of_pairs(1.1, size, size * (1.02 + noise))
    assert found.gain_share == pytest.approx(0.02, abs=1e-3)
    assert found.half_width_share < 1e-3
    assert found.replications_needed == 40
    assert found.verdict == "gain"


def test_a_ratio_s_interval_holds_the_true_gain_19_times_in_20() -> None:
    draws = np.random.default_rng(1)
    size = draws.lognormal(0.0, 0.5, (4000, 30))
    then = 1.01 * size + draws.normal(0.0, 0.1, size.shape)
    found = [_of_pairs(1.0, *pair) for pair in zip(size, then, strict=True)]
    held = [abs(one.gain_share - 0.01) <= one.half_width_share for one in found]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize(("width", "needed"), [(0.02, 128), (0.0051, 9), (0.004, 8)])
def test_an_undecided_gain_says_how_many_replications_would_decide(width: float, needed) -> None:
    assert SimulatedGain(1.1, 0.0, width, 8).replications_needed == needed


def test_replications_are_added_until_the_gain_is_known_or_there_are_no_more(market) -> None:
    scenario, offers = market
    one, few, many = (
        simulated_gain(scenario, offers, PRICE, COST, OWNER == 1, 2, (1, 2), most)
        for most in (0, 3, 40)
    )
    assert one.replications == 2
    assert few.replications == min(3, one.replications_needed)
    assert few.factor == many.factor == one.factor
    assert many.half_width_share <= 0.005 or many.replications == 40
