"""Users as counts: nobody is lost, nothing is luck, and they move as users do one by one."""

import dataclasses

import numpy as np
import pytest
from demand_settings import UNHEARD, Build, Offers
from scipy import stats

from sim.scenario import demand
from sim.scenario.satisfaction import Satisfaction
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.cohort.population import CohortPopulation
from sim.users.initial import draw_users
from sim.users.network import build_graph
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.user_types import UserTypes

COMPLETE = demand.Network(kind="complete")


def started(scenario: Scenario, offers: OfferView, seed: int = 1) -> CohortPopulation:
    population = CohortPopulation.build(scenario, Streams(seed))
    population.start(offers)
    return population


def people(population: CohortPopulation) -> np.ndarray:
    cohorts = population._world.cohorts
    return (
        cohorts.unaware
        + cohorts.new.sum(axis=1)
        + cohorts.idle
        + cohorts.held.sum(axis=2).sum(axis=1)
    )


def state(population: CohortPopulation) -> list[bytes]:
    return [array.tobytes() for array in population._world.cohorts]


@pytest.fixture
def many(lively: Scenario) -> Scenario:
    """The lively scenario of a million users, whose neighbours are all others."""
    update = {"users": 1_000_000, "network": COMPLETE}
    return lively.model_copy(update={"population": lively.population.model_copy(update=update)})


def test_counts_are_never_negative_and_add_up_to_the_population(
    many: Scenario, offers_of: Offers
) -> None:
    offers = offers_of(domains=1, news=np.array([1.0, 0.0, 2.0]))
    population = started(many, offers)
    for day in (3.0, 7.0, 30.0, 100.0):
        population.advance(day, offers)
        cohorts, totals = population._world.cohorts, population._accounts.totals
        assert people(population).tolist() == totals.types["population"].tolist()
        assert people(population).sum() == 1_000_000
        for counts in (cohorts.unaware, cohorts.new, cohorts.idle, cohorts.held):
            assert counts.min() >= 0
        assert totals.cells["users"].tolist() == cohorts.held.sum(axis=2).tolist()
        assert population.count_users().sum() == population.count_holders()
        assert population.missed_by_meters() == 0.0


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(
    many: Scenario, offers_of: Offers
) -> None:
    offers = offers_of(domains=1)
    first, second, third = (started(many, offers, seed) for seed in (1, 1, 2))
    for population in (first, second, third):
        population.advance(20.0, offers)
    assert state(first) == state(second)
    assert state(first) != state(third)


def test_meters_say_what_the_books_say(many: Scenario, offers_of: Offers) -> None:
    offers = offers_of(domains=1, news=np.ones(3))
    population, booked = started(many, offers), np.zeros((1, 3))
    metered, nothing = np.zeros((1, 1, 3)), np.zeros((1, 1, 3))
    for day in (2.0, 9.5, 30.0, 31.0):
        booked += population.advance(day, offers).work_mtok
        population.read_meters(np.ones((1, 1, 3)), nothing, metered)
    assert booked.min() > 0.0
    assert metered[0] == pytest.approx(booked, rel=1e-10)


def test_users_of_a_withdrawn_product_all_move_at_once(many: Scenario, offers_of: Offers) -> None:
    offers = offers_of(domains=1)
    population = started(many, offers)
    population.advance(30.0, offers)
    held = population.count_users()
    without = dataclasses.replace(offers, listed=np.array([False, True, True]))
    flow = population.advance(30.0, without)
    now = population.count_users()
    assert held[0] > 0
    assert now[0] == 0
    assert flow.switches_out[0, 0] + flow.leaves[0, 0] == held[0]
    assert (now - held)[1:].sum() == flow.switches_out[0, 0]
    assert people(population).sum() == 1_000_000
    assert population.missed_by_meters() == 0.0


def test_where_no_clock_runs_nothing_moves(demand_scenario: Build, offers_of: Offers) -> None:
    scenario = demand_scenario(
        users=5000,
        network=COMPLETE,
        awareness=demand.Awareness(**UNHEARD),
        clocks=demand.Clocks(
            review_per_day=0.0, news_review_per_day=0.0, usage_per_day=0.0, churn_per_day=0.0
        ),
    )
    offers = offers_of()
    population = started(scenario, offers)
    before = state(population)
    population.advance(50.0, offers)
    assert state(population) == before


def test_the_unaware_hear_at_the_hazard_of_bass(demand_scenario: Build, offers_of: Offers) -> None:
    awareness = demand.Awareness(innovation_per_day=0.01, imitation_per_day=0.0, initial_share=0.0)
    scenario = demand_scenario(users=1_000_000, network=COMPLETE, awareness=awareness)
    offers = offers_of()
    population = started(scenario, offers)
    population.advance(60.0, offers)
    aware = 1.0 - population._world.cohorts.unaware.sum() / 1_000_000
    assert aware == pytest.approx(1.0 - np.exp(-0.6), abs=5.0 * np.sqrt(0.25 / 1_000_000))


@pytest.mark.parametrize("step_days", [90.0, 5.0, 1.0])
def test_shares_relax_as_the_rates_say_whatever_the_step(
    step_days: float, demand_scenario: Build, offers_of: Offers
) -> None:
    """One product that always comes to mind: the share of those who have it obeys one equation."""
    rate = 1.0 / 30.0
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.0, "share": 1.0}],
        users=100_000_000,
        types_per_domain=1,
        network=demand.Network(kind="none"),
        awareness=demand.Awareness(**UNHEARD, initial_share=1.0),
        consideration=demand.Consideration(base=40.0),
        clocks=demand.Clocks(review_per_day=rate, churn_per_day=0.0),
        choice=demand.Choice(satisfaction_weight=0.0),
    )
    offers = offers_of(["a"], domains=1)
    population = started(scenario, offers)
    offer = population._appraisal.book.offers[0, 0]
    assert 0.5 < offer["utility"] < 8.0
    join = rate / (1.0 + np.exp(-offer["utility"]))
    leave = rate / (1.0 + np.exp(offer["utility"] + 2.0))
    # those who left may come back at the same rate; all new users are open to the product
    for day in (10.0, 30.0, 90.0):
        while population.now_days < day:
            population.advance(min(day, population.now_days + step_days), offers)
        held = population.count_holders() / 1e8
        wanted = join / (join + leave) * -np.expm1(-(join + leave) * day)
        assert held == pytest.approx(wanted, rel=4e-3)


FELT = {
    "satisfaction": Satisfaction(loss_weight=2.0, price_weight=1.0, expectation_fall_share=0.3),
    "consideration": demand.Consideration(reputation_weight=4.0),
    "clocks": demand.Clocks(usage_reduction_share=0.4, churn_per_day=0.001),
}
"""Users who feel delay, refusals and price, hear of reputations, and give up tasks by and by."""


@pytest.mark.slow
@pytest.mark.parametrize("felt", [False, True])
def test_cohorts_agree_in_distribution_with_users_one_by_one(
    felt: bool, demand_scenario: Build, offers_of: Offers
) -> None:
    """Twenty-four runs each of 2,000 users; a false alarm in one of 10,000 such tests.

    Means are compared by Welch's test, standard deviations by the ratio of variances, with
    Bonferroni's share of the rate each. The step's own error is allowed for: 1% of a mean.
    """
    scenario = demand_scenario(
        [
            {"setup_cost_usd": 20.0, "privacy_share": 0.5, "privacy_cost": 1.0, "share": 1.0}
            | ({"patience_s": 5.0} if felt else {})
        ],
        **(FELT if felt else {}),
        users=2000,
        network=COMPLETE,
        awareness=demand.Awareness(innovation_per_day=0.004, imitation_per_day=0.02),
    )
    offers = offers_of(domains=1, news=np.array([0.0, 1.0, 0.0]))
    cut = dataclasses.replace(
        offers_of(domains=1, price=[0.2, 0.2, 1.0], news=np.array([0.0, 0.5, 0.0])),
        news_time_days=45.0,
        delay_s=np.array([1.0, 0.0, 0.0]) if felt else offers.delay_s,
        refused_share=np.array([0.0, 0.2, 0.0]) if felt else offers.refused_share,
        reputation=np.array([0.1, -0.1, 0.0]) if felt else offers.reputation,
    )
    found = {
        kind: np.array([_measured(kind, scenario, offers, cut, seed) for seed in range(24)])
        for kind in (Population, CohortPopulation)
    }
    one, other = found.values()
    false_alarm = 1e-4 / (2 * one.shape[1])
    for n in range(one.shape[1]):
        a, b = one[:, n], other[:, n]
        if not (a.any() or b.any()):
            continue  # nobody is disappointed by products that are all alike
        gap, slack = abs(a.mean() - b.mean()), 0.01 * abs(a.mean())
        error = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 24)
        assert gap - slack < stats.t.isf(0.5 * false_alarm, 23) * error, (n, a.mean(), b.mean())
        ratio = a.var(ddof=1) / b.var(ddof=1)
        bound = stats.f.isf(0.5 * false_alarm, 23, 23)
        assert 1.0 / bound < ratio < bound, (n, ratio)


def _measured(
    kind: type[Population] | type[CohortPopulation],
    scenario: Scenario,
    offers: OfferView,
    cut: OfferView,
    seed: int,
) -> list[float]:
    """Run one population; all have the same types, and users of their own."""
    types, streams = UserTypes.draw(scenario, Streams(7)), Streams(seed)
    if kind is Population:
        users = draw_users(scenario, types, streams)
        domain = types.domain[users.rows["type_index"]]
        graph = build_graph(scenario.population.network, domain, streams)
        population = Population(scenario, streams, types, users, graph)
    else:
        population = CohortPopulation(scenario, streams, types)
    population.start(offers)
    flows = [population.advance(45.0, offers), population.advance(90.0, cut)]
    stand = population.snapshot(cut)
    return [
        *stand.users.sum(axis=0).astype(float),
        float(stand.aware.sum()),
        float(stand.satisfaction_mean.sum()),
        float(stand.usage_mtok_per_day.sum()),
        float(stand.surplus_usd_per_day.sum()),
        sum(float(flow.mtok.sum()) for flow in flows),
        sum(float(flow.adoptions.sum()) for flow in flows),
        sum(float(flow.switches_in.sum()) for flow in flows),
        sum(float(flow.leaves.sum()) for flow in flows),
        sum(float(flow.setup_cost_usd.sum()) for flow in flows),
    ]


def test_twice_the_users_have_the_same_shares_within_their_noise(
    many: Scenario, offers_of: Offers
) -> None:
    offers = offers_of(domains=1)
    shares = []
    for users in (1_000_000, 2_000_000):
        update = {"users": users}
        scenario = many.model_copy(update={"population": many.population.model_copy(update=update)})
        population = started(scenario, offers)
        population.advance(60.0, offers)
        shares.append(population.count_users() / users)
    assert shares[0] == pytest.approx(shares[1], abs=6.0 * np.sqrt(0.5 * 1.5 / 1_000_000))
