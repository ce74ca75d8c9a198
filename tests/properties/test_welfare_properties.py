"""Log-sum surplus of a population: the envelope, prices, deadweight loss, user by user."""

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from demand_settings import EVERYBODY, Build, Offers, Start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario import demand
from sim.units import DAYS_PER_MONTH
from sim.users.nested_logit import nested_logit
from sim.users.population import Population
from sim.users.records import ADOPTED_ONCE, AWARE, NO_PRODUCT
from sim.users.shortlist import news_weight
from sim.users.valuation import Valuation
from sim.users.welfare import State, value_at

PRICE = np.array([0.3, 0.7, 1.5])
COST = np.array([[0.2, 0.5, 0.6], [0.25, 0.4, 0.9]])
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


NESTS = (demand.Nest(name="open", correlation=0.5, model="one"),)
PLAIN, NESTED = {}, {"choice": demand.Choice(nests=NESTS)}


@pytest.fixture(params=[PLAIN, NESTED], ids=["plain", "nested"])
def lived(
    request: pytest.FixtureRequest, demand_scenario: Build, offers_of: Offers, started: Start
) -> Population:
    """A population after four months: some aware, some holders, some who left, some news."""
    nested = request.param is NESTED
    scenario = demand_scenario(
        (
            {"setup_cost_usd": 20.0, "running_fee_usd_per_month": 0.02},
            {"privacy_share": 0.5, "privacy_cost": 1.0},
        ),
        users=300,
        **request.param,
    )
    offers = offers_of(
        price=PRICE,
        provider_index=np.array([0, 0, 1], np.int16),
        model_index=np.array([0, 1, 1]) if nested else np.arange(3),
        nest_index=np.array([0, 1, 1]) if nested else np.zeros(3, np.int64),
        news=np.array([0.0, 1.0, 0.0]),
        brand_utility=np.array([0.0, 0.4, -0.2]),
    )
    population = started(scenario, offers)
    population.advance(120.0, offers)
    return population


def state_of(population: Population) -> State:
    return population.welfare_state(population._appraisal.offers)


def prices(state: State) -> np.ndarray:
    return state.appraisal.offers.domain_price_usd_per_mtok


def log_sum(state: State, price: np.ndarray) -> float:
    return float(value_at(state, price, price).log_sum_usd_per_day.sum())


def untried(population: Population):
    """Yield the type of every aware user that never adopted, and which products it may take."""
    offers = population._appraisal.book.offers
    for row in population.users.rows:
        if row["flags"] & (AWARE | ADOPTED_ONCE) == AWARE:
            k = int(row["type_index"])
            yield k, tuple((row["setup_z"] <= offers[k]["setup_quantile"]).tolist())


def choices(state: State, price: np.ndarray, population: Population):
    """Log-sum and probabilities of choice of every type and holding, by going through all sets.

    Yields how many users there are, mu, the log-sum in units of mu, and (P,) probabilities.
    """
    appraisal, rules, totals = state.appraisal, state.choice, state.totals
    offers = replace(appraisal.offers, domain_price_usd_per_mtok=price)
    surplus = Valuation.of(state.types, offers).surplus_usd_per_month
    mu, provider = state.types.taste_scale_usd_per_month, offers.provider_index
    first = Counter(untried(population))
    anything = (True,) * offers.listed.size
    for k in range(state.types.count):
        holders = totals.cells["users"][k]
        kind = totals.types[k]
        idle = int(kind["aware"] - kind["untried"] - holders.sum())
        states = [(-1, idle, anything)]
        states += [(-1, count, may) for (of, may), count in first.items() if of == k]
        states += [(held, count, anything) for held, count in enumerate(holders.tolist())]
        for held, count, may in states:
            book = np.where(may, appraisal.book.offers["utility"][k], -math.inf)
            outside = kind["outside_utility"] - (rules.switching_cost_vendor if held >= 0 else 0.0)
            known = state.attention.copy()
            utility = np.full(offers.listed.size, -math.inf)
            for j in range(utility.size):
                utility[j] = book[j] + rules.peer_bonus * state.peers[j]
                before = appraisal.valuation.surplus_usd_per_month[k, j]
                utility[j] += (surplus[k, j] - before) / mu[k]
                if held == j:
                    utility[j] += rules.satisfaction_weight * state.satisfaction[k, j]
                    known[j] = 1.0
                elif held >= 0:
                    if offers.model_index[j] == offers.model_index[held]:
                        continue
                    utility[j] -= (
                        rules.switching_cost_model
                        if provider[j] == provider[held]
                        else rules.switching_cost_vendor
                    )
            value, chosen = 0.0, np.zeros(utility.size)
            for inside in itertools.product((False, True), repeat=utility.size):
                mask = np.array(inside)
                chance = float(np.prod(np.where(mask, known, 1.0 - known)))
                reached = np.where(mask, utility, -math.inf)
                shares, best = nested_logit(
                    reached, offers.nest_index, state.dissimilarity, outside
                )
                value += chance * float(best)
                chosen += chance * shares
            yield k, count, mu[k], value - kind["outside_utility"], chosen


def expected_mtok_per_day(state: State, population: Population) -> np.ndarray:
    """Tokens that users would use after one review each, (D, P), by going through all sets."""
    valuation, types = state.appraisal.valuation, state.types
    tokens = state.appraisal.offers.tokens_per_task
    total = np.zeros(prices(state).shape)
    for k, count, _, _, chosen in choices(state, prices(state), population):
        work = types.volume_mtok_per_month[k] / DAYS_PER_MONTH * valuation.usage[k]
        total[types.domain[k]] += count * chosen * work * tokens
    return total


def test_it_is_the_sum_over_users_and_sets(lived: Population) -> None:
    state = state_of(lived)
    parts = choices(state, prices(state), lived)
    wanted = sum(count * mu * value for _, count, mu, value, _ in parts)
    assert log_sum(state, prices(state)) == pytest.approx(wanted / DAYS_PER_MONTH, rel=1e-7)


def test_its_slope_in_a_price_is_minus_the_use_that_is_expected(lived: Population) -> None:
    state = state_of(lived)
    use = expected_mtok_per_day(state, lived)
    for place in np.ndindex(use.shape):
        step = np.zeros_like(use)
        step[place] = 1e-4 * prices(state)[place]
        rise = log_sum(state, prices(state) + step) - log_sum(state, prices(state) - step)
        assert -rise / (2.0 * step[place]) == pytest.approx(use[place], rel=1e-5)


def test_it_is_the_area_under_expected_use(lived: Population) -> None:
    state = state_of(lived)
    one = np.ones_like(prices(state))
    points, weights = np.polynomial.legendre.leggauss(24)
    factors = np.exp(0.5 * math.log(10.0) * (points + 1.0))  # from once to ten times the prices
    area = 0.0
    for factor, weight in zip(factors, weights, strict=True):
        price = factor * prices(state)
        # a margin of one dollar a million tokens, times their price: spending
        spend = value_at(state, price, price - price * one).margin_usd_per_day.sum()
        area += 0.5 * math.log(10.0) * weight * float(spend)
    loss = log_sum(state, prices(state)) - log_sum(state, 10.0 * prices(state))
    assert loss == pytest.approx(area, rel=1e-6)


@SHARED
@given(data=st.data())
def test_it_falls_in_any_price_and_loss_is_never_negative(
    lived: Population, data: st.DataObject
) -> None:
    state = state_of(lived)
    low = prices(state) * data.draw(st.floats(0.01, 100.0))
    cost = COST * data.draw(st.floats(0.01, 100.0))  # above prices or below them
    high = low.copy()
    place = data.draw(st.tuples(st.integers(0, 1), st.integers(0, 2)))
    high[place] *= data.draw(st.floats(1.0, 1e4))
    lower, higher = value_at(state, low, cost), value_at(state, high, cost)
    best = value_at(state, cost, cost).log_sum_usd_per_day
    tolerance = 1e-6 * (1.0 + lower.log_sum_usd_per_day + best)
    assert (higher.log_sum_usd_per_day <= lower.log_sum_usd_per_day + tolerance).all()
    assert (sum(lower) <= best + tolerance).all()
    assert (sum(higher) <= best + tolerance).all()


def test_prices_at_cost_lose_nothing_and_others_do(lived: Population) -> None:
    offers = lived._appraisal.offers
    none = lived.welfare(offers, offers.domain_price_usd_per_mtok)
    assert np.abs(none.deadweight_loss_usd_per_day).max() <= 1e-9
    assert (none.margin_usd_per_day == 0.0).all()
    some = lived.welfare(offers, COST)
    reached = none.log_sum_usd_per_day > 0.0
    assert reached.sum() >= 6
    assert (some.deadweight_loss_usd_per_day[reached] > 0.0).all()
    assert (some.deadweight_loss_usd_per_day[~reached] == 0.0).all()
    assert (some.log_sum_usd_per_day == none.log_sum_usd_per_day).all()


def test_a_product_that_nobody_can_choose_changes_nothing(
    lived: Population, demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    offers = lived._appraisal.offers
    off = replace(offers, listed=np.array([True, True, False]))
    before = lived.welfare(off, COST)
    dear = replace(off, domain_price_usd_per_mtok=prices(state_of(lived)) * [1.0, 1.0, 1e-3])
    after = lived.welfare(dear, COST)
    for one, other in zip(
        (before.log_sum_usd_per_day, before.margin_usd_per_day, before.viable_tasks_share),
        (after.log_sum_usd_per_day, after.margin_usd_per_day, after.viable_tasks_share),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def by_user(population: Population) -> float:
    """Log-sum of every user with its own neighbours and satisfaction, USD a month."""
    state = state_of(population)
    rules, book, users = state.choice, state.appraisal.book, population.users
    attention = population._rules.consideration
    mu, types = state.types.taste_scale_usd_per_month, state.totals.types
    offsets, neighbours = population.graph.offsets, population.graph.neighbours
    products = book.steps.size
    share = state.totals.users_of[:-1] / users.product.size
    news = news_weight(population.now_days, book, population._rules) * book.news
    provider = state.appraisal.offers.provider_index
    total = 0.0
    for user, row in enumerate(users.rows):
        if not row["flags"] & AWARE:
            continue
        k, held = int(row["type_index"]), int(users.product[user])
        friends = users.product[neighbours[offsets[user] : offsets[user + 1]]]
        peers = np.bincount(friends[friends != NO_PRODUCT], minlength=products) / friends.size
        known = -np.expm1(
            -(
                attention.base
                + attention.market_share_weight * share
                + attention.peer_weight * peers
                + news
            )
        )
        utility = book.offers[k]["utility"] + rules.peer_bonus * peers
        if not row["flags"] & ADOPTED_ONCE:
            pays = row["setup_z"] <= book.offers[k]["setup_quantile"]
            utility = np.where(pays, utility, -math.inf)
        outside = types[k]["outside_utility"]
        if held != NO_PRODUCT:
            same = provider == provider[held]
            paid = np.where(same, rules.switching_cost_model, rules.switching_cost_vendor)
            paid[held] = -rules.satisfaction_weight * row["satisfaction"]
            utility, known[held] = utility - paid, 1.0
            outside -= rules.switching_cost_vendor
        value = 0.0
        for inside in itertools.product((False, True), repeat=products):
            mask = np.array(inside)
            chance = float(np.prod(np.where(mask, known, 1.0 - known)))
            value += chance * math.log(math.exp(outside) + np.exp(utility[mask]).sum())
        total += mu[k] * (value - types[k]["outside_utility"])
    return total


def test_users_of_a_type_may_be_taken_together_but_for_their_neighbours(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(price=PRICE, provider_index=np.array([0, 0, 1], np.int16))

    def gap(**population: object) -> float:
        lived = started(demand_scenario(users=600, awareness=EVERYBODY, **population), offers)
        lived.advance(200.0, offers)
        one_by_one = by_user(lived) / DAYS_PER_MONTH
        return log_sum(state_of(lived), PRICE + np.zeros((2, 3))) / one_by_one - 1.0

    alone = {
        "choice": demand.Choice(peer_bonus=0.0, satisfaction_weight=0.0),
        "consideration": demand.Consideration(peer_weight=0.0),
    }
    assert abs(gap(**alone)) <= 1e-8
    assert 1e-8 < abs(gap()) <= 0.01  # with peers and satisfaction at their defaults
