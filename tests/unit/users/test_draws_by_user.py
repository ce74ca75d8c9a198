"""Worlds that differ in one thing share every other draw: proved user by user."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from sim.scenario import demand
from sim.scenario.nests import Nest
from sim.scenario.scenario import Scenario
from sim.streams import entity_of
from sim.users.offers import OfferView, Terms
from sim.users.population import Population

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
Start = Callable[..., Population]


NESTS = (Nest(name="large", correlation=0.5), Nest(name="small", correlation=0.3))


@pytest.fixture
def independent(demand_scenario: Build) -> Scenario:
    """Users who do not influence each other, all events alive, nests and tastes for quality too."""
    return demand_scenario(
        [{"taste_scale_usd_per_month": 5.0}] * 2,
        users=3000,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(innovation_per_day=0.01, imitation_per_day=0.1),
        consideration=demand.Consideration(market_share_weight=0.0, base=0.5),
        choice=demand.Choice(quality_utility=0.1, nests=NESTS),
        clocks=demand.Clocks(
            review_per_day=0.1, news_review_per_day=0.1, usage_per_day=0.1, churn_per_day=0.002
        ),
    )


@pytest.fixture
def one_more(offers_of: Offers) -> tuple[OfferView, OfferView]:
    """Three products, and the same three with an excellent fourth between them."""
    three = offers_of("abc", capability_logit=np.zeros(3), nest_index=np.array([1, 1, 2]))
    four = offers_of(
        "axbc",
        price=[0.2, 0.9, 0.6, 1.0],
        capability_logit=np.array([0.0, 9.0, 0.0, 0.0]),
        provider_index=np.array([0, 3, 1, 2], dtype=np.int16),
        nest_index=np.array([1, 1, 1, 2]),
    )
    return three, four


SLOTS = np.array([0, 2, 3, -1], dtype=np.int16)
"""Slot among the four of each product of the three, and of none."""


def test_one_more_product_moves_only_the_first_day_users_who_take_it(
    independent: Scenario, one_more: tuple[OfferView, OfferView], started: Start
) -> None:
    first, second = (started(independent, offers) for offers in one_more)
    takes = second.users.product == 1
    assert takes.sum() > 10
    assert (SLOTS[first.users.product] == second.users.product)[~takes].all()


def test_one_more_product_touches_no_user_to_whom_it_never_came_to_mind(
    independent: Scenario, one_more: tuple[OfferView, OfferView], started: Start
) -> None:
    # the expectation of all who ever considered the fourth product is its success share
    first, second = (started(independent, offers) for offers in one_more)
    first.advance(20.0, one_more[0])
    second.advance(20.0, one_more[1])
    never = second.users.rows["expectation"] < 0.99
    same = SLOTS[first.users.product] == second.users.product
    assert 500 < never.sum() < 2500
    assert same[never].all()
    assert first.users.rows[never].tobytes() == second.users.rows[never].tobytes()
    changed = second.users.product[~same]
    assert (changed == 1).sum() > 50
    assert (changed == 1).mean() > 0.8  # the others had it and moved on, or pay to come back


def test_a_product_that_nobody_can_see_changes_no_bit_of_any_user(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(users=3000)
    plain = offers_of("abc")
    more = OfferView(
        product_keys=np.insert(plain.product_keys, 1, entity_of("hidden")),
        provider_index=np.insert(plain.provider_index, 1, 9),
        model_index=np.insert(plain.model_index, 1, 9),
        nest_index=np.insert(plain.nest_index, 1, 0),
        domain_price_usd_per_mtok=np.insert(plain.domain_price_usd_per_mtok, 1, np.nan, axis=1),
        capability_logit=np.insert(plain.capability_logit, 1, 99.0),
        delay_s=np.insert(plain.delay_s, 1, np.nan),
        refused_share=np.insert(plain.refused_share, 1, np.nan),
        tokens_per_task=np.insert(plain.tokens_per_task, 1, np.nan),
        listed=np.insert(plain.listed, 1, False),
        brand_utility=np.insert(plain.brand_utility, 1, np.nan),
        cloud=np.insert(plain.cloud, 1, True),
        terms=Terms.plain(2, plain.listed.size + 1),
        reputation=np.insert(plain.reputation, 1, np.nan),
        news=np.insert(plain.news, 1, 5.0),
    )
    first, second = started(scenario, plain), started(scenario, more)
    first.advance(200.0, plain)
    second.advance(200.0, more)
    slots = np.array([0, 2, 3, -1], dtype=np.int16)
    assert (slots[first.users.product] == second.users.product).all()
    assert first.users.rows.tobytes() == second.users.rows.tobytes()


def test_the_order_of_products_changes_no_bit_of_any_user(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(users=3000)
    plain = offers_of("abc")
    turned = dataclasses.replace(
        plain,
        product_keys=plain.product_keys[::-1].copy(),
        provider_index=plain.provider_index[::-1].copy(),
        domain_price_usd_per_mtok=plain.domain_price_usd_per_mtok[:, ::-1].copy(),
    )
    first, second = started(scenario, plain), started(scenario, turned)
    first.advance(200.0, plain)
    second.advance(200.0, turned)
    slots = np.array([2, 1, 0, -1], dtype=np.int16)
    assert (slots[first.users.product] == second.users.product).all()
    assert first.users.rows.tobytes() == second.users.rows.tobytes()


def test_a_price_cut_touches_no_user_before_it_reviews_or_adjusts(
    independent: Scenario, offers_of: Offers, started: Start
) -> None:
    before = offers_of()
    after = dataclasses.replace(
        before, domain_price_usd_per_mtok=before.domain_price_usd_per_mtok * 0.5
    )
    peace, war = started(independent, before), started(independent, before)
    peace.advance(30.0, before)
    war.advance(30.0, before)
    flows = peace.advance(30.5, before), war.advance(30.5, after)
    differ = peace.users.rows != war.users.rows
    assert flows[0].candidates == flows[1].candidates
    assert 0 < differ.sum() < 0.3 * flows[0].candidates + 50
    assert (peace.users.rows["flags"] & 1 == war.users.rows["flags"] & 1).all()


def test_a_clock_that_is_switched_off_leaves_the_others_alone(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    base = {"review_per_day": 0.1, "usage_per_day": 0.1, "churn_per_day": 0.0}
    offers = offers_of()
    states = []
    for rate in (0.0, 0.5):
        clocks = demand.Clocks(news_review_per_day=rate, **base)
        population = started(demand_scenario(clocks=clocks), offers)
        population.advance(100.0, offers)
        states.append(population.users.rows.tobytes())
    assert states[0] == states[1]  # no news: its clock ticks for nobody


def test_replications_and_seeds_differ(
    independent: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of()
    states = [started(independent, offers, seed).users.rows.tobytes() for seed in (1, 1, 2)]
    assert states[0] == states[1] != states[2]
