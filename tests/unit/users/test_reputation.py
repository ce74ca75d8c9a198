"""Reputations follow satisfaction and scale what comes to mind by itself."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.feedback import Feedback, price_feedback
from sim.market.reputations import Reputations
from sim.reference import read
from sim.scenario import demand
from sim.scenario.satisfaction import Reputation
from sim.scenario.scenario import Scenario
from sim.users.mechanisms.consideration import ConsiderationRules, shared_intensity
from sim.users.mechanisms.reputation import (
    ReputationRules,
    followed,
    heard,
    mean_satisfactions,
)
from sim.users.offers import OfferView
from sim.users.population import Population

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
Start = Callable[..., Population]
FELT = st.floats(-1.0, 1.0)
NAN = math.nan


def people(weight: float = 3.0, **fields: float) -> demand.Population:
    return demand.Population(
        consideration=demand.Consideration(reputation_weight=weight),
        reputation=Reputation(**fields),
    )


@given(start=FELT, felt=FELT, half_life=st.floats(1.0, 400.0), steps=st.integers(1, 20))
def test_reputation_follows_satisfaction_by_its_half_life_however_time_is_cut(
    start: float, felt: float, half_life: float, steps: int
) -> None:
    rules = ReputationRules.from_scenario(people(half_life_days=half_life))
    reputation = np.array([start])
    for _ in range(steps):
        reputation = followed(reputation, np.array([felt]), 7.0, rules)
    closed = felt + (start - felt) * 0.5 ** (7.0 * steps / half_life)
    assert reputation[0] == pytest.approx(closed, abs=1e-12)


@given(product=FELT, provider=FELT, share=st.floats(0.0, 1.0))
def test_what_is_heard_mixes_product_and_provider_and_a_new_product_has_its_providers(
    product: float, provider: float, share: float
) -> None:
    rules = ReputationRules.from_scenario(people(provider_share=share))
    index = np.array([0, 0, 1])
    told = heard(np.array([product, NAN, NAN]), np.array([provider, NAN]), index, rules)
    assert told == pytest.approx([(1 - share) * product + share * provider, provider, 0.0])


def test_means_are_over_users_and_nobody_says_nothing() -> None:
    product, provider = mean_satisfactions(
        np.array([2.0, 6.0, 0.0]), np.array([1.0, -1.5, 0.0]), np.array([0, 0, 1])
    )
    assert product == pytest.approx([0.5, -0.25, NAN], nan_ok=True)
    assert provider == pytest.approx([-0.0625, NAN], nan_ok=True)


def test_the_first_users_make_a_reputation_and_it_outlives_the_last() -> None:
    index = np.array([0, 0])
    reputations = Reputations(people(half_life_days=7.0, provider_share=0.0), index)
    assert reputations.have_effect
    assert not Reputations(people(0.0), index).have_effect
    users, felt = np.array([10.0, 0.0]), np.array([0.4, NAN])
    assert reputations.follow(users, felt, 0.0) == pytest.approx([0.4, 0.4])
    # the first who have the second know it at once; then both follow
    assert reputations.follow(np.array([10.0, 5.0]), np.array([0.0, -0.2]), 7.0) == pytest.approx(
        [0.2, -0.2]
    )
    assert reputations.follow(np.array([0.0, 5.0]), np.array([NAN, -0.2]), 7.0) == pytest.approx(
        [0.2, -0.2]
    )


@given(share=st.floats(0.0, 1.0), low=FELT, more=st.floats(0.01, 1.0), weight=st.floats(0.1, 9.0))
def test_attention_rises_with_reputation_by_its_exponential(
    share: float, low: float, more: float, weight: float
) -> None:
    rules = ConsiderationRules.from_scenario(people(weight))
    for function in (shared_intensity, getattr(shared_intensity, "py_func", shared_intensity)):
        plain = function(share, 0.0, rules)
        assert plain == rules.base + rules.market_share_weight * share
        assert function(share, low, rules) == pytest.approx(plain * math.exp(weight * low))
        assert function(share, low + more, rules) > function(share, low, rules)


def test_users_consider_more_often_what_is_better_spoken_of_and_only_if_it_weighs(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    spoken = np.array([0.3, 0.0, -0.3])
    counts = {}
    for weight in (0.0, 5.0):
        scenario = demand_scenario(
            [{"initial_adopter_share": 0.0, "outside_utility": -3.0}],
            users=3000,
            awareness=demand.Awareness(initial_share=1.0),
            consideration=demand.Consideration(base=0.1, reputation_weight=weight),
            network=demand.Network(kind="none"),
        )
        offers = offers_of("abc", domains=1, price=[0.5, 0.5, 0.5])
        worlds = [started(scenario, offers) for _ in range(2)]
        for population, view in zip(
            worlds, (offers, replace(offers, reputation=spoken)), strict=True
        ):
            population.advance(30.0, view)
        counts[weight] = [population.count_users() for population in worlds]
    assert (counts[0.0][0] == counts[0.0][1]).all()
    plain, told = counts[5.0]
    assert told[0] > 2.0 * plain[0]
    assert told[2] < 0.6 * plain[2]


# ------------------------------------------------------------------------------- the loop


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read(
        "minimal",
        {
            "population.users": 3000,
            "population.network.kind": "none",
            "population.satisfaction.price_weight": 1.0,
            "population.satisfaction.expectation_rise_share": 0.2,
            "population.consideration.reputation_weight": 20.0,
        },
    )


LINKS = ("users", "satisfaction", "reputation", "attention", "share")


def feedback(scenario: Scenario, cut: float = 0.7, **fields: object) -> Feedback:
    product = scenario.products[0].name
    return price_feedback(scenario, product, cut, 3, months=(3.0, 9.0), **fields)


@pytest.fixture(scope="module")
def full(scenario: Scenario) -> Feedback:
    return feedback(scenario)


def test_every_link_of_the_loop_is_there(full: Feedback) -> None:
    for link in LINKS:
        moved = getattr(full, link)
        assert moved.shape == (3, 2)
        assert (moved > 0.0).all(), link


def test_no_cut_moves_no_link(scenario: Scenario) -> None:
    still = feedback(scenario, 0.0)
    for link in LINKS:
        assert (getattr(still, link) == 0.0).all(), link


def test_what_is_not_felt_does_not_become_known(scenario: Scenario) -> None:
    numb = feedback(scenario, without="satisfaction")
    assert (numb.satisfaction == 0.0).all()
    assert (numb.reputation == 0.0).all()
    assert (numb.users > 0.0).all()  # which the price brings by itself


def test_users_who_do_not_feel_the_price_are_hardly_more_satisfied(
    scenario: Scenario, full: Feedback
) -> None:
    blind = feedback(scenario, without="price")
    for link in ("satisfaction", "reputation"):
        left, felt = (getattr(world, link)[:, 1].mean() for world in (blind, full))
        assert abs(left) < 0.2 * felt, link


def test_what_does_not_become_known_draws_no_attention_and_wins_fewer_users(
    scenario: Scenario, full: Feedback
) -> None:
    unknown = feedback(scenario, without="reputation")
    assert (unknown.reputation == 0.0).all()
    assert (unknown.satisfaction > 0.0).all()
    assert (unknown.attention[:, 1] < full.attention[:, 1]).all()
    assert (unknown.users[:, 1] < full.users[:, 1]).all()


def test_what_is_known_and_not_acted_on_changes_nobody(scenario: Scenario) -> None:
    ignored = feedback(scenario, without="attention")
    unknown = feedback(scenario, without="reputation")
    assert (ignored.reputation > 0.0).all()
    for link in ("users", "satisfaction", "attention", "share"):
        assert (getattr(ignored, link) == getattr(unknown, link)).all()


def test_a_product_that_is_not_on_offer_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ValueError, match="'gpt-9' is not on offer"):
        price_feedback(scenario, "gpt-9", 0.1, 1)


def test_a_settled_start_includes_reputations(scenario: Scenario) -> None:
    """What users hear at the start stays, but for chance, where nothing happens."""
    from sim.market.offer_book import first_day
    from sim.streams import Streams

    offers = first_day(scenario)
    population = Population.build(scenario, Streams(scenario.seed))
    population.start(offers)
    reputations = Reputations(scenario.population, offers.provider_index)
    frozen = []
    for _ in range(26):
        standing = population.snapshot(offers)
        users = standing.users.sum(axis=0).astype(float)
        told = reputations.follow(users, standing.satisfaction_by_product, 7.0)
        frozen.append(told)
        offers = replace(offers, reputation=told)
        population.advance(population.now_days + 7.0, offers)
    listed = offers.listed
    assert np.abs(frozen[-1] - frozen[0])[listed].max() < 0.01
