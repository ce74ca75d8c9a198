"""What compute intensity, deployments, trust and devices make of an offer, and of a price cut."""

from dataclasses import replace

import numpy as np
import pytest
from demand_settings import Build, Offers, Start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.appraisal import Appraisal
from sim.users.offers import OfferView, Terms
from sim.users.user_types import UserTypes
from sim.users.valuation import Valuation

INTENSITIES = (0.1, 1.0, 10.0)
shared = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
PRIVATE = {"privacy_share": 1.0, "privacy_cost": 1.5}


def intensive(build: Build, intensities: tuple[float, ...], **population: object) -> Scenario:
    """Make domains alike but for the tokens that their work takes."""
    alike = {"handling_cost_usd_per_mtok": 0.3, "setup_cost_usd": 20.0}
    domains = [alike | {"tokens_per_work": tokens} for tokens in intensities]
    return build(domains, **population)


def appraised(scenario: Scenario, offers: OfferView) -> Appraisal:
    return Appraisal(scenario, UserTypes.draw(scenario, Streams(1)), offers)


@shared
@given(price=st.floats(0.01, 20.0))
def test_usage_reacts_to_the_list_price_as_far_as_tokens_are_of_the_price_of_work(
    demand_scenario: Build, offers_of: Offers, price: float
) -> None:
    """By hand: the elasticity of usage in the price of work, times the share of tokens in it."""
    scenario = intensive(demand_scenario, INTENSITIES)
    types = UserTypes.draw(scenario, Streams(1))
    step = 1e-5

    def usage(factor: float) -> np.ndarray:
        offers = offers_of(("a",), domains=3, price=np.array([price * factor]))
        return Valuation.of(types, offers).usage[:, 0]

    numerical = -np.log(usage(1.0 + step) / usage(1.0 - step)) / (2.0 * step)
    tokens = price * types.tokens_per_work
    z = norm.ppf(usage(1.0))
    by_hand = norm.pdf(z) / (types.log_sd * norm.cdf(z)) * tokens / (tokens + 0.3)
    np.testing.assert_allclose(numerical, by_hand, rtol=1e-4, atol=1e-9)
    light, usual, heavy = numerical.reshape(3, -1)
    assert (light < usual).all()
    assert (usual < heavy).all()


def reactions(
    build: Build, offers_of: Offers, started: Start, intensities: tuple[float, ...], seed: int
) -> np.ndarray:
    """Log ratios of adopters and of tokens by domain half a year after a cut to a quarter."""
    scenario = intensive(build, intensities, users=6000, types_per_domain=16)
    dear, cheap = (
        offers_of(("a", "b"), domains=3, price=np.array([low, 1.0])) for low in (1.0, 0.25)
    )
    found = []
    for later in (cheap, dear):
        population = started(scenario, dear, seed)
        population.advance(30.0, dear)
        population.advance(210.0, later)
        seen = population.snapshot(later)
        found.append([seen.adopters, seen.usage_mtok_per_day.sum(axis=1)])
    return np.log(np.array(found[0]) / np.array(found[1]))


def test_those_whose_work_takes_few_tokens_react_little_to_a_price_cut(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    """The same users, work and worth: only the tokens that the work takes differ."""
    found = np.array(
        [reactions(demand_scenario, offers_of, started, INTENSITIES, seed) for seed in range(4)]
    )
    assert (np.diff(found.mean(axis=0)[0]) > 0.0).all()
    tokens = found[:, 1]
    assert (np.diff(tokens, axis=1) > 0.0).all()
    error = tokens.std(axis=0, ddof=1) / 2.0
    assert abs(tokens[:, 0].mean()) < 0.5 * tokens[:, 2].mean()
    assert tokens[:, 2].mean() > 3.0 * error[2]


def test_placebo_where_all_work_takes_as_many_tokens_all_react_alike(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    found = np.array(
        [reactions(demand_scenario, offers_of, started, (1.0, 1.0, 1.0), seed) for seed in range(6)]
    )
    for outcome in (0, 1):
        gap = found[:, outcome, 2] - found[:, outcome, 0]
        assert abs(gap.mean()) < 4.0 * gap.std(ddof=1) / np.sqrt(gap.size)


def of_terms(offers: OfferView, **fields: object) -> OfferView:
    return replace(offers, terms=replace(offers.terms, **fields))


def test_no_product_is_on_offer_where_the_work_may_not_run(
    demand_scenario: Build, offers_of: Offers
) -> None:
    open_to = np.array([[True, True, False], [False, True, True]])
    offers = of_terms(offers_of(), open_to_domain=open_to)
    scenario = demand_scenario()
    utility = appraised(scenario, offers).book.offers["utility"]
    assert (np.isneginf(utility) == ~np.repeat(open_to, 4, axis=0)).all()
    everywhere = appraised(scenario, offers_of()).book.offers["utility"]
    assert (utility[~np.isneginf(utility)] == everywhere[~np.isneginf(utility)]).all()


def test_users_whose_data_may_not_leave_have_only_trusted_products_and_their_own(
    demand_scenario: Build, offers_of: Offers
) -> None:
    exposes = np.array([True, False, True])
    scenario = demand_scenario([PRIVATE | {"privacy_blocked_share": 0.5}])
    offers = offers_of(domains=1, cloud=exposes)
    appraisal = appraised(scenario, offers)
    blocked = appraisal._types.is_blocked
    utility = appraisal.book.offers["utility"]
    assert blocked.sum() == 2
    assert np.isneginf(utility[np.ix_(blocked, exposes)]).all()
    assert np.isfinite(utility[:, ~exposes]).all()
    gap = appraisal.open_utility - utility
    assert gap[np.ix_(~blocked, exposes)] == pytest.approx(1.5)
    assert (gap[:, ~exposes] == 0.0).all()


def test_placebo_blocking_nobody_changes_no_utility(
    demand_scenario: Build, offers_of: Offers
) -> None:
    plain, none = (
        appraised(demand_scenario([PRIVATE | blocked]), offers_of(domains=1)).book.offers
        for blocked in ({}, {"privacy_blocked_share": 0.0})
    )
    assert plain.tobytes() == none.tobytes()


def test_the_blocked_never_hold_what_exposes_their_data_and_are_counted(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario([PRIVATE | {"privacy_blocked_share": 0.5}])
    offers = offers_of(domains=1, cloud=np.array([True, False, True]))
    population = started(scenario, offers)
    for day in (10.0, 60.0, 200.0):
        population.advance(day, offers)
        users = population.users
        held = users.product[population.types.is_blocked[users.rows["type_index"]]]
        assert set(held.tolist()) <= {-1, 1}
    assert (held == 1).any()
    exposed = offers_of(domains=1)
    population = started(scenario, exposed)
    population.advance(200.0, exposed)
    assert population.snapshot(exposed).privacy_blocked.sum() > 0


@shared
@given(cost=st.floats(0.01, 50.0), capacity=st.floats(0.1, 50.0), energy=st.floats(0.0, 2.0))
def test_a_device_takes_from_the_surplus_and_is_bought_only_if_it_pays(
    demand_scenario: Build, offers_of: Offers, cost: float, capacity: float, energy: float
) -> None:
    scenario = demand_scenario([{}])
    free = offers_of(("cloud", "own"), domains=1, price=np.array([0.5, 0.0]))
    terms = Terms.plain(1, 2)
    with_device = replace(
        free,
        terms=replace(
            terms,
            device_cost_usd_per_month=np.array([0.0, cost]),
            device_capacity_mtok_per_month=np.array([np.inf, capacity]),
            energy_cost_usd_per_mtok=np.array([0.0, energy]),
        ),
    )
    types = UserTypes.draw(scenario, Streams(1))
    before, after = Valuation.of(types, free), Valuation.of(types, with_device)
    assert (after.surplus_usd_per_month[:, 0] == before.surplus_usd_per_month[:, 0]).all()
    assert (after.surplus_usd_per_month[:, 1] <= before.surplus_usd_per_month[:, 1] - cost).all()
    devices = after.device_cost_usd_per_month[:, 1] / cost
    ran = after.usage[:, 1] * types.volume_mtok_per_month
    assert (ran <= devices * capacity * (1.0 + 1e-9)).all()
    utility = appraised(scenario, with_device).book.offers["utility"][:, 1]
    assert (np.isneginf(utility) == (after.surplus_usd_per_month[:, 1] <= 0.0)).all()


def test_devices_are_paid_while_they_are_held(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(("own",), domains=1, price=np.array([0.0]))
    offers = of_terms(offers, device_cost_usd_per_month=np.array([0.7]))
    population = started(demand_scenario([{}]), offers)
    flow = population.advance(40.0, offers)
    months = flow.user_days.sum() / 30.44
    assert flow.device_cost_usd.sum() == pytest.approx(0.7 * months, rel=1e-12)
    assert months > 0.0


def test_a_task_is_viable_only_on_what_its_users_may_take(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario([PRIVATE | {"privacy_blocked_share": 0.5}])
    exposed = offers_of(domains=1)
    population = started(scenario, exposed)
    viable = population.welfare(exposed, np.zeros((1, 3))).viable_tasks_share
    blocked = population.types.is_blocked
    assert (viable[blocked] == 0.0).all()
    assert (viable[~blocked] > 0.0).all()
