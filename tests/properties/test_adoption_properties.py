"""Whatever the market: price can stop adoption, and nothing moves before something happens."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.market.offer_book import first_day
from sim.reference import read
from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation

STILL = {
    "population.awareness.innovation_per_day": 0.0,
    "population.awareness.imitation_per_day": 0.0,
}


def opened(scenario: Scenario, offers: OfferView, replication: int = 0) -> Population:
    population = Population.build(scenario, Streams(1, replication))
    population.start(offers)
    return population


def at_price(offers: OfferView, price: float) -> OfferView:
    return replace(
        offers, domain_price_usd_per_mtok=np.full_like(offers.domain_price_usd_per_mtok, price)
    )


@pytest.mark.parametrize("name", ["minimal", "china-2024-price-war"])
def test_price_can_stop_adoption(name: str) -> None:
    scenario = read(name, STILL | {"population.users": 20_000})
    offers = first_day(scenario)
    everything = replace(offers, listed=np.ones_like(offers.listed))
    views = [at_price(everything, price) for price in (0.2, 2000.0)]
    adopters = [opened(scenario, view).snapshot(view).adopters.sum() for view in views]
    assert adopters[0] > 1000
    assert adopters[1] < 0.05 * adopters[0]


def drifts(overrides: dict[str, object], what: Callable[[Population, OfferView], float]) -> tuple:
    """Return mean and half-width of the 95% interval of ln(day 180 / day 0), 20 replications."""
    scenario = read("minimal", STILL | {"population.users": 5000} | overrides)
    offers = first_day(scenario)
    found = []
    for replication in range(20):
        population = opened(scenario, offers, replication)
        first = what(population, offers)
        population.advance(180.0, offers)
        found.append(np.log(what(population, offers) / first))
    return np.mean(found), 2.093 * np.std(found, ddof=1) / np.sqrt(20)


def adopters(population: Population, offers: OfferView) -> float:
    return float(population.snapshot(offers).adopters.sum())


def test_a_settled_market_does_not_drift() -> None:
    mean, half = drifts({"population.users": 40_000}, adopters)
    assert -0.02 < mean - half < mean + half < 0.02


def test_tokens_of_a_settled_market_do_not_drift() -> None:
    mean, half = drifts(
        {"population.users": 20_000},
        lambda population, offers: population.snapshot(offers).usage_mtok_per_day.sum(),
    )
    assert -0.02 < mean - half < mean + half < 0.02


def test_with_diffusion_on_those_who_were_aware_at_first_do_not_drift() -> None:
    scenario = read(
        "minimal",
        {
            "population.users": 40_000,
            "population.choice.peer_bonus": 0.0,
            "population.consideration.market_share_weight": 0.0,
            "population.consideration.peer_weight": 0.0,
        },
    )
    offers = first_day(scenario)
    found = []
    for replication in range(20):
        population = opened(scenario, offers, replication)
        aware = population.users.rows["flags"] & 1 != 0
        first = (population.users.product[aware] >= 0).sum()
        population.advance(180.0, offers)
        assert (population.users.rows["flags"] & 1 != 0).sum() > aware.sum()
        found.append(np.log((population.users.product[aware] >= 0).sum() / first))
    mean, half = np.mean(found), 2.093 * np.std(found, ddof=1) / np.sqrt(20)
    assert -0.02 < mean - half < mean + half < 0.02


def test_a_product_that_nobody_can_choose_changes_no_user() -> None:
    # cheap a token and able, but it takes far too many tokens for any task
    scenario = read("minimal", {"population.users": 2000})
    offers = first_day(scenario)
    slot = int(np.flatnonzero(~offers.listed)[0])
    price = offers.domain_price_usd_per_mtok.copy()
    price[:, slot] = 0.001
    able = offers.capability_logit.copy()
    able[slot] = 5.0
    tokens = offers.tokens_per_task.copy()
    tokens[slot] = 1e12
    more = replace(
        offers,
        listed=np.ones_like(offers.listed),
        domain_price_usd_per_mtok=price,
        capability_logit=able,
        tokens_per_task=tokens,
    )
    both = [opened(scenario, view) for view in (offers, more)]
    for population, view in zip(both, (offers, more), strict=True):
        population.advance(120.0, view)
    assert both[0].users.rows.tobytes() == both[1].users.rows.tobytes()
    assert both[0].users.product.tobytes() == both[1].users.product.tobytes()
    assert (both[0].users.product >= 0).sum() > 50


def test_a_price_rise_makes_those_give_up_to_whom_the_fee_no_longer_pays() -> None:
    scenario = read("minimal", STILL | {"population.users": 2000})
    offers = first_day(scenario)
    population = opened(scenario, offers)
    held = population.snapshot(offers).users.sum()
    dear = at_price(offers, 3000.0)
    flow = population.advance(1e-6, dear)
    assert population.snapshot(dear).users.sum() < 0.2 * held
    assert flow.leaves.sum() > 0.8 * held
    worth = population._appraisal.valuation.surplus_usd_per_month
    fee = population.types.running_fee_usd_per_month[:, None]
    assert not population._world().totals.cells["users"][worth <= fee].any()
    cost = population._scenario.population.choice.switching_cost_vendor
    scale = population.types.by_domain(population.types.taste_scale_usd_per_month)
    assert 0.0 < flow.switching_cost_usd.sum() < cost * scale.max() * held


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    price=st.floats(1e-4, 100.0),
    factor=st.floats(1.0, 100.0),
    budget=st.none() | st.floats(1e-3, 100.0),
    handling=st.floats(0.0, 1.0),
    capability=st.floats(-4.0, 4.0),
)
def test_surplus_falls_in_any_price_and_nobody_spends_more_than_it_gains(
    price: float,
    factor: float,
    budget: float | None,
    handling: float,
    capability: float,
    demand_scenario: Callable[..., Scenario],
    offers_of: Callable[..., OfferView],
) -> None:
    domain = {"budget_usd_per_month": budget, "handling_cost_usd_per_mtok": handling}
    scenario = demand_scenario([domain])
    types = UserTypes.draw(scenario, Streams(3))
    offers = offers_of(
        ["cheap", "dear"],
        domains=1,
        price=np.array([price, price * factor]),
        capability_logit=np.full(2, capability),
    )
    valuation = Valuation.of(types, offers)
    surplus = valuation.surplus_usd_per_month
    spent = (
        types.volume_mtok_per_month[:, None]
        * valuation.usage
        * valuation.work_price_usd_per_mtok_of_work
    )
    assert (surplus[:, 0] >= surplus[:, 1] * (1 - 1e-9) - 1e-12).all()
    assert (surplus >= -1e-9 * spent - 1e-12).all()


def test_a_settled_start_counts_those_who_could_adopt_as_experienced() -> None:
    scenario = read("minimal", STILL | {"population.users": 5000})
    offers = first_day(scenario)
    population = opened(scenario, offers)
    flow = population.advance(200.0, offers)
    assert flow.adoptions.sum() > 50
    assert flow.setup_cost_usd.sum() == 0.0
    cheaper = at_price(offers, 0.05)
    flow = population.advance(400.0, cheaper)
    assert flow.setup_cost_usd.sum() > 0.0


def test_a_declared_start_is_what_it_says(
    demand_scenario: Callable[..., Scenario], offers_of: Callable[..., OfferView]
) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.5, "initial_usage_share": 0.5}],
        users=20_000,
        awareness=demand.Awareness(initial_share=1.0),
    )
    offers = offers_of(domains=1)
    population = opened(scenario, offers)
    users = population.snapshot(offers)
    assert users.users.sum() / 20_000 == pytest.approx(0.5, abs=0.02)
