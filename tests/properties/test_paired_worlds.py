"""In paired worlds a user changes its choice only towards what improved.

The theorem: given the same state before an event and the same draws, if only the products of a set
J become better (cheaper, more capable, quicker, better known, better liked, newly on offer), then
the event leaves the choice as it is in the other world or moves it to a member of J. It holds since
every product, every nest and every product's news has a draw of its own: utilities of all others
are the same to the last bit, and a maximum changes only towards what rose. A portfolio changes to
one that contains a member of J, which serves a class of requests that it did not serve before.
"""

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.profile.kernel_events import copied
from sim.scenario import demand
from sim.scenario.nests import Nest
from sim.scenario.portfolios import Portfolio, RequestClass
from sim.scenario.satisfaction import Satisfaction
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users import kernel
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import AWARENESS, CHURN, MIGRATION, NEWS, NO_PRODUCT, REVIEW, STOCK, USAGE

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
NAMES = "abcdefgh"
PRODUCTS = len(NAMES)
CAUSES = (AWARENESS, REVIEW, NEWS, USAGE, CHURN, MIGRATION)
NESTS = (Nest(name="large", correlation=0.7), Nest(name="small", correlation=0.4))
CLASSES = (
    RequestClass(name="easy", share=0.5, difficulty_shift_logit=-1.5),
    RequestClass(name="hard", share=0.3, difficulty_shift_logit=1.5),
    RequestClass(name="hasty", share=0.2, delay_cost_factor=5.0),
)
FIXED = {
    "provider_index": np.array([0, 0, 1, 1, 2, 2, 3, 4], np.int16),
    "model_index": np.array([0, 1, 2, 3, 3, 3, 4, 5]),
    "nest_index": np.array([1, 2, 1, 2, 2, 2, 0, 1]),
}


@pytest.fixture
def everything(demand_scenario: Build) -> Scenario:
    """A population of which every mechanism is on: fee, setup, budgets, privacy, nests, news.

    Delay, refusals and price are felt, and expectations rise and fall by and by.
    """
    return demand_scenario(
        [
            {"name": name, "share": 0.5, "privacy_share": 0.5, "privacy_cost": 1.0}
            | {"setup_cost_usd": 3.0, "running_fee_usd_per_month": 0.1}
            | {"budget_usd_per_month": 2.0, "taste_scale_usd_per_month": 2.0}
            | {"initial_adopter_share": 0.5, "patience_s": 2.0}
            for name in ("coding", "translation")
        ],
        users=60,
        awareness=demand.Awareness(
            innovation_per_day=0.005, imitation_per_day=0.02, initial_share=0.8
        ),
        consideration=demand.Consideration(base=0.3, reputation_weight=2.0),
        choice=demand.Choice(nests=NESTS, quality_utility=0.3),
        satisfaction=Satisfaction(
            loss_weight=2.0,
            price_weight=0.5,
            expectation_rise_share=0.5,
            expectation_fall_share=0.2,
        ),
        clocks=demand.Clocks(
            review_per_day=0.05,
            news_review_per_day=0.05,
            usage_per_day=0.05,
            usage_reduction_share=0.4,
            churn_per_day=0.01,
        ),
    )


@pytest.fixture
def several(everything: Scenario) -> Scenario:
    """The same population, which may hold three products for three classes of requests."""
    more = {"request_classes": CLASSES, "further_vendor_fee_usd_per_month": 0.02}
    domains = tuple(
        one.model_copy(update=more | {"delay_cost_usd_per_mtok_second": 0.05})
        for one in everything.domains
    )
    choice = {"switching_cost_vendor": 0.8, "switching_cost_model": 0.3}
    changed = everything.population.choice.model_copy(update=choice)
    portfolio = Portfolio(most_products=3)
    return changed_population(
        everything.model_copy(update={"domains": domains}), portfolio=portfolio, choice=changed
    )


@pytest.fixture(params=["everything", "several"])
def crowd(request: pytest.FixtureRequest) -> Scenario:
    """Users of one product, and of several."""
    return request.getfixturevalue(request.param)


def a_market(seed: int, offers_of: Offers) -> OfferView:
    """Eight products, some of them not on offer, some in the news."""
    rng = np.random.default_rng(seed)
    return offers_of(
        NAMES,
        price=rng.lognormal(0.0, 1.0, PRODUCTS),
        capability_logit=rng.normal(0.0, 1.0, PRODUCTS),
        delay_s=rng.uniform(0.0, 5.0, PRODUCTS),
        tokens_per_task=rng.uniform(0.5, 3.0, PRODUCTS),
        brand_utility=rng.normal(0.0, 0.5, PRODUCTS),
        cloud=rng.random(PRODUCTS) < 0.7,
        listed=rng.random(PRODUCTS) < 0.8,
        news=rng.uniform(0.0, 0.8, PRODUCTS) * (rng.random(PRODUCTS) < 0.5),
        refused_share=rng.uniform(0.0, 0.3, PRODUCTS),
        reputation=rng.normal(0.0, 0.1, PRODUCTS),
        **FIXED,
    )


def improved(offers: OfferView, better: list[int], gain: float) -> OfferView:
    """Return offers of which the products of ``better`` are so much better in every respect."""
    member = np.isin(np.arange(PRODUCTS), better)
    factor = np.where(member, np.exp(-gain), 1.0)
    return dataclasses.replace(
        offers,
        domain_price_usd_per_mtok=offers.domain_price_usd_per_mtok * factor,
        delay_s=offers.delay_s * factor,
        refused_share=offers.refused_share * factor,
        tokens_per_task=offers.tokens_per_task * factor,
        capability_logit=offers.capability_logit + np.where(member, gain, 0.0),
        brand_utility=offers.brand_utility + np.where(member, gain, 0.0),
        news=offers.news + np.where(member, gain, 0.0),
        reputation=offers.reputation + np.where(member, 0.1 * gain, 0.0),
        listed=offers.listed | member,
        cloud=offers.cloud & ~member,
    )


def after_an_event(
    population: Population, offers: OfferView, cause: int, ordinal: int
) -> np.ndarray:
    """Return who holds what after one event of a cause, under offers, from the present state.

    (C, N): what serves each class of requests of each user.
    """
    other = copy.deepcopy(population)
    other._appraisal.read(offers)
    world, now = copied(other._world()), population.now_days
    shape = world.rules.portfolios.classes, world.rules.portfolios.users
    with np.errstate(over="ignore"):
        if cause == MIGRATION:
            kernel.execute(now, now, True, world)
            return world.users.product.reshape(shape)
        world.clocks["next_days"] = np.inf
        world.clocks["rate_per_day"] = 1e-12
        world.clocks["next_days"][cause] = now + 0.5
        world.clocks["ordinal"][cause] = STOCK * ordinal  # so that its draws are made anew
        kernel.execute(now, now + 1.0, False, world)
    return world.users.product.reshape(shape)


def changes_of(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the users for whom anything differs."""
    return np.flatnonzero((before != after).any(axis=0))


def towards(before: np.ndarray, after: np.ndarray, users: np.ndarray, better: list[int]) -> bool:
    """Return whether each of these users has a member of J for requests that it did not serve."""
    return bool((np.isin(after, better) & (before != after))[:, users].any(axis=0).all())


def used_for_a_while(scenario: Scenario, offers: OfferView) -> Population:
    population = Population.build(scenario, Streams(5))
    population.start(offers)
    population.advance(60.0, offers)
    return population


@pytest.fixture(scope="module")
def known() -> dict[tuple[int, int], Population]:
    """Populations of earlier examples, by the seed of their market: an event changes none."""
    return {}


@settings(
    max_examples=120,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 9),
    better=st.lists(st.integers(0, PRODUCTS - 1), min_size=1, max_size=4),
    gain=st.floats(0.0, 3.0),
    cause=st.sampled_from(CAUSES),
    ordinal=st.integers(1, 10_000),
)
def test_one_event_changes_a_choice_only_towards_what_improved(
    seed: int,
    better: list[int],
    gain: float,
    cause: int,
    ordinal: int,
    crowd: Scenario,
    offers_of: Offers,
    known: dict[tuple[int, int], Population],
) -> None:
    offers = a_market(seed, offers_of)
    key = seed, crowd.population.portfolio.most_products
    population = known.get(key) or used_for_a_while(crowd, offers)
    known[key] = population
    if cause == MIGRATION:  # one that is no better goes, in both worlds
        gone = next(j for j in range(PRODUCTS) if j not in better)
        offers = dataclasses.replace(offers, listed=offers.listed & (np.arange(PRODUCTS) != gone))
    before = after_an_event(population, offers, cause, ordinal)
    after = after_an_event(population, improved(offers, better, gain), cause, ordinal)
    changed = changes_of(before, after)
    # users migrate one after another, and later ones see what earlier ones chose
    first = changed[:1] if cause == MIGRATION else changed
    assert first.size <= 1
    assert towards(before, after, first, better)


@pytest.mark.parametrize("cause", [REVIEW, NEWS])
def test_many_events_change_choices_and_all_towards_what_improved(
    cause: int, crowd: Scenario, offers_of: Offers
) -> None:
    offers = a_market(4, offers_of)
    population = used_for_a_while(crowd, offers)
    better = [1, 4]
    other = improved(offers, better, 1.0)
    count, found = 0, set()
    for ordinal in range(1, 101):
        before = after_an_event(population, offers, cause, ordinal)
        after = after_an_event(population, other, cause, ordinal)
        changed = changes_of(before, after)
        assert towards(before, after, changed, better)
        count += changed.size
        found |= set(after[before != after].tolist()) & set(better)
    assert count > 20
    assert found == set(better)


def events_of_both(
    scenario: Scenario, offers: OfferView, other: OfferView, days: float
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """After every event: who holds what in both worlds, and who feels otherwise by then.

    The second world improves after a while. A user's satisfaction or expectation may diverge before
    its choice does: whoever sees what improved expects more.
    """
    worlds = [used_for_a_while(scenario, offers) for _ in range(2)]
    end = worlds[0].now_days + days
    states = []
    while (now := float(worlds[0]._clocks["next_days"].min())) <= end:
        for population, view in zip(worlds, (offers, other), strict=True):
            population.advance(now, view)
        one, two = (population.users.rows for population in worlds)
        feels = (one["satisfaction"] != two["satisfaction"]) | (
            one["expectation"] != two["expectation"]
        )
        users = scenario.population.users
        held = (population.users.product.reshape(-1, users).copy() for population in worlds)
        states.append((*held, feels.reshape(-1, users).any(axis=0)))
    return states


def changed_population(scenario: Scenario, **records: object) -> Scenario:
    population = scenario.population.model_copy(update=records)
    return scenario.model_copy(update={"population": population})


def test_over_a_whole_path_users_differ_only_by_holding_what_improved(
    crowd: Scenario, offers_of: Offers
) -> None:
    # without memory: no switching cost, peers, shares or satisfaction, awareness and set-up costs
    # do not matter, nothing is new; and all comes to mind, or what is held would have an edge
    scenario = changed_population(
        crowd,
        users=200,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(
            innovation_per_day=0.0, imitation_per_day=0.0, initial_share=0.8
        ),
        consideration=demand.Consideration(
            base=1e4, market_share_weight=0.0, peer_weight=0.0, reputation_weight=2.0
        ),
        choice=crowd.population.choice.model_copy(
            update={
                "switching_cost_vendor": 0.0,
                "switching_cost_model": 0.0,
                "peer_bonus": 0.0,
                "satisfaction_weight": 0.0,
            }
        ),
        clocks=demand.Clocks(
            review_per_day=0.05,
            news_review_per_day=0.0,
            usage_per_day=0.05,
            churn_per_day=0.01,
            churn_satisfaction_slope=0.0,
        ),
    )
    free = tuple(one.model_copy(update={"setup_cost_usd": 0.0}) for one in scenario.domains)
    scenario = scenario.model_copy(update={"domains": free})
    offers = dataclasses.replace(a_market(3, offers_of), news=np.zeros(PRODUCTS))
    better = [1, 4]
    other = dataclasses.replace(improved(offers, better, 1.0), news=np.zeros(PRODUCTS))
    states = events_of_both(scenario, offers, other, 60.0)
    apart = 0
    for before, after, _ in states:
        changed = changes_of(before, after)
        assert towards(before, after, changed, better)
        apart += changed.size
    assert len(states) > 500
    assert apart > 1000


def test_a_users_first_divergence_is_towards_what_improved_or_it_had_felt_otherwise_before(
    crowd: Scenario, offers_of: Offers
) -> None:
    # with switching costs, satisfaction, news and set-up costs, but nobody who influences others
    scenario = changed_population(
        crowd,
        users=200,
        network=demand.Network(kind="none"),
        consideration=demand.Consideration(
            base=0.3, market_share_weight=0.0, reputation_weight=2.0
        ),
    )
    offers = a_market(3, offers_of)
    better = [1, 4]
    diverged, felt_before, by_choice = np.zeros(200, bool), np.zeros(200, bool), 0
    states = events_of_both(scenario, offers, improved(offers, better, 1.0), 60.0)
    for before, after, feels in states:
        first = (before != after).any(axis=0) & ~diverged
        by_draw = first & ~felt_before
        assert towards(before, after, np.flatnonzero(by_draw), better)
        by_choice += int(by_draw.sum())
        diverged |= first
        felt_before |= feels
    assert by_choice > 20


def test_nothing_in_mind_means_nothing_bought(demand_scenario: Build, offers_of: Offers) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.0}],
        consideration=demand.Consideration(base=0.0, market_share_weight=0.0, peer_weight=0.0),
        choice=demand.Choice(nests=NESTS),
    )
    offers = offers_of("abc", domains=1, nest_index=np.array([1, 1, 2]))
    population = Population.build(scenario, Streams(1))
    population.start(offers)
    flow = population.advance(200.0, offers)
    assert flow.reviews > 500
    assert (population.users.product == NO_PRODUCT).all()


@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 9),
    product=st.integers(0, PRODUCTS - 1),
    factor=st.floats(1.0, 30.0),
    ordinal=st.integers(1, 10_000),
)
def test_a_rise_of_its_price_loses_a_product_users_and_gains_all_others_some(
    seed: int,
    product: int,
    factor: float,
    ordinal: int,
    everything: Scenario,
    offers_of: Offers,
    known: dict[tuple[int, int], Population],
) -> None:
    """At an equal state and equal draws; leaving counts among the others."""
    offers = a_market(seed, offers_of)
    population = known.get((seed, 1)) or used_for_a_while(everything, offers)
    known[seed, 1] = population
    dear = offers.domain_price_usd_per_mtok.copy()
    dear[:, product] *= factor
    other = dataclasses.replace(offers, domain_price_usd_per_mtok=dear)
    cheap = after_an_event(population, offers, REVIEW, ordinal)
    after = after_an_event(population, other, REVIEW, ordinal)
    counts = [np.bincount(held[0] + 1, minlength=PRODUCTS + 1) for held in (cheap, after)]
    change = counts[1] - counts[0]
    assert change[product + 1] <= 0
    assert (np.delete(change, product + 1) >= 0).all()


@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 9),
    product=st.integers(0, PRODUCTS - 1),
    worse=st.sampled_from(["delay_s", "refused_share"]),
    by=st.floats(0.05, 0.7),
    ordinal=st.integers(1, 10_000),
)
def test_a_longer_delay_or_more_refusals_lose_a_product_users_and_gain_all_others_some(
    seed: int,
    product: int,
    worse: str,
    by: float,
    ordinal: int,
    everything: Scenario,
    offers_of: Offers,
    known: dict[tuple[int, int], Population],
) -> None:
    """At an equal state and equal draws; leaving counts among the others."""
    offers = a_market(seed, offers_of)
    population = known.get((seed, 1)) or used_for_a_while(everything, offers)
    known[seed, 1] = population
    more = getattr(offers, worse).copy()
    more[product] += by
    before = after_an_event(population, offers, REVIEW, ordinal)
    after = after_an_event(
        population, dataclasses.replace(offers, **{worse: more}), REVIEW, ordinal
    )
    counts = [np.bincount(held[0] + 1, minlength=PRODUCTS + 1) for held in (before, after)]
    change = counts[1] - counts[0]
    assert change[product + 1] <= 0
    assert (np.delete(change, product + 1) >= 0).all()


def test_those_who_churned_may_return(everything: Scenario, offers_of: Offers) -> None:
    offers = a_market(3, offers_of)
    population = used_for_a_while(everything, offers)
    held = population.users.product != NO_PRODUCT
    for user in np.flatnonzero(held):
        assert population.users.rows["flags"][user] & 2
    clocks = population._clocks
    clocks["rate_per_day"][CHURN] = 1e4
    clocks["next_days"][CHURN] = population.now_days
    population.advance(population.now_days + 0.2, offers)
    gone = held & (population.users.product == NO_PRODUCT)
    clocks["rate_per_day"][CHURN] = 1e-12
    clocks["next_days"][CHURN] = np.inf
    population.advance(population.now_days + 200.0, offers)
    assert gone.sum() > 10
    assert (population.users.product[gone] != NO_PRODUCT).mean() > 0.3
