"""A population: exact in time, in its books, and in each hazard."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.flow import Flow
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.records import UNIT
from sim.users.totals import count_totals

Build = Callable[..., Scenario]
Offers = Callable[..., OfferView]
Start = Callable[..., Population]

STILL = {
    "review_per_day": 0.0,
    "news_review_per_day": 0.0,
    "usage_per_day": 0.0,
    "churn_per_day": 0.0,
}
UNHEARD = {"innovation_per_day": 0.0, "imitation_per_day": 0.0}
ALONE = demand.Network(kind="none")
EVERYBODY = demand.Awareness(initial_share=1.0, **UNHEARD)


@pytest.fixture
def lively(demand_scenario: Build) -> Scenario:
    """A scenario in which everything that can happen to users happens often."""
    return demand_scenario(
        [{"privacy_share": 0.5, "privacy_cost": 1.0, "setup_cost_usd": 5.0, "share": 1.0}],
        users=2000,
        awareness=demand.Awareness(innovation_per_day=0.01, imitation_per_day=0.05),
        clocks=demand.Clocks(
            review_per_day=0.2, news_review_per_day=0.2, usage_per_day=0.2, churn_per_day=0.01
        ),
    )


def state(population: Population) -> list[bytes]:
    return [population.users.rows.tobytes(), population.users.product.tobytes()]


def total(flows: list[Flow]) -> dict[str, np.ndarray]:
    names = [field.name for field in dataclasses.fields(Flow)]
    return {name: sum(np.asarray(getattr(flow, name)) for flow in flows) for name in names}


@pytest.mark.parametrize("pieces", [2, 37])
def test_the_result_does_not_depend_on_how_time_is_cut(
    pieces: int, lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1, news=np.array([1.0, 0.0, 0.5]))
    whole, cut = started(lively, offers), started(lively, offers)
    one = total([whole.advance(60.0, offers)])
    many = total([cut.advance(t, offers) for t in np.linspace(0, 60, pieces + 1)[1:]])
    assert state(whole) == state(cut)
    for name, value in one.items():
        if value.dtype.kind == "i":
            assert value.tolist() == many[name].tolist(), name
        else:
            assert value == pytest.approx(many[name], rel=1e-12), name


def test_a_new_view_of_the_same_offers_changes_nothing(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    first, second = started(lively, offers), started(lively, offers)
    first.advance(60.0, offers)
    second.advance(30.0, offers)
    second.advance(60.0, dataclasses.replace(offers))
    assert state(first) == state(second)


def test_running_totals_equal_a_recount_of_all_users(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1, news=np.ones(3))
    population = started(lively, offers)
    population.advance(100.0, offers)
    running = population._world().totals
    recount = count_totals(population.types, population.users, 3)
    for field in ("users", "usage", "value"):
        assert running.cells[field].tolist() == recount.cells[field].tolist()
    assert running.types.tolist() == recount.types.tolist()
    assert running.users_of.tolist() == recount.users_of.tolist()


def test_moves_account_for_every_change_in_users(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    population = started(lively, offers)
    before = population.snapshot(offers).users
    flow = population.advance(100.0, offers)
    after = population.snapshot(offers).users
    assert (
        after - before == flow.adoptions + flow.switches_in - flow.switches_out - flow.leaves
    ).all()
    assert flow.switches_in.sum() == flow.switches_out.sum() > 0
    assert flow.leaves.sum() > 0
    assert 0 < flow.reviews < flow.candidates


def test_flows_are_snapshots_times_days_while_nothing_happens(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(
        awareness=demand.Awareness(initial_share=0.9, **UNHEARD), clocks=demand.Clocks(**STILL)
    )
    offers = offers_of(tokens_per_task=np.array([1.0, 2.0, 0.5]))
    population = started(scenario, offers)
    snapshot = population.snapshot(offers)
    flow = population.advance(10, offers)
    assert flow.days == 10.0
    assert flow.candidates == 0
    assert flow.mtok == pytest.approx(10 * snapshot.usage_mtok_per_day, rel=1e-14)
    assert flow.mtok == pytest.approx(flow.work_mtok * offers.tokens_per_task, rel=1e-14)
    assert flow.user_days == pytest.approx(10 * snapshot.users, rel=1e-14)
    assert flow.surplus_usd == pytest.approx(10 * snapshot.surplus_usd_per_day, rel=1e-14)
    assert flow.task_share_days == pytest.approx(10 * snapshot.tasks_share, rel=1e-14)
    assert snapshot.users.sum(axis=1).tolist() == snapshot.adopters.tolist()
    assert snapshot.population.sum() == 1000


def test_tokens_and_surplus_are_the_exact_sums_over_users(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1, tokens_per_task=np.array([1.0, 2.0, 0.5]))
    population = started(lively, offers)
    population.advance(80.0, offers)
    rows, product = population.users.rows, population.users.product
    types, held = population.types, np.flatnonzero(product >= 0)
    k, j = rows["type_index"][held], product[held]
    volume = types.volume_mtok_per_month[k] / 30.44
    usage, value = rows["usage"][held] / UNIT, rows["value"][held] / UNIT
    tokens = volume * usage * offers.tokens_per_task[j]
    success = 1 / (1 + np.exp(types.difficulty_logit[k]))
    worth = success * np.exp(types.mean_log_value[k] + types.log_sd[k] ** 2 / 2) * value
    surplus = volume * worth - tokens * offers.price_usd_per_mtok[0, j]
    snapshot = population.snapshot(offers)
    assert snapshot.usage_mtok_per_day[0].sum() == pytest.approx(tokens.sum(), rel=1e-12)
    assert snapshot.surplus_usd_per_day[0] == pytest.approx(surplus.sum(), rel=1e-9)


def test_the_unaware_hear_at_the_rate_of_innovation(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # binomial share of 20,000: five standard errors, one false alarm in 1.7 million
    scenario = demand_scenario(
        users=20_000,
        network=ALONE,
        awareness=demand.Awareness(
            innovation_per_day=0.02, imitation_per_day=0.3, initial_share=0.1
        ),
    )
    offers = offers_of()
    population = started(scenario, offers)
    population.advance(25.0, offers)
    wanted = 1 - 0.9 * math.exp(-0.02 * 25)
    share = population.snapshot(offers).aware.sum() / 20_000
    assert share == pytest.approx(wanted, abs=5 * math.sqrt(wanted * (1 - wanted) / 20_000))


def test_neighbours_who_adopted_spread_the_word(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"initial_adopter_share": 1.0}
    awareness = demand.Awareness(innovation_per_day=0.0, imitation_per_day=0.1, initial_share=0.05)
    scenario = demand_scenario(
        [fields], users=6000, awareness=awareness, clocks=demand.Clocks(**STILL)
    )
    offers = offers_of(domains=1)
    population = started(scenario, offers)
    reached = population.users.product >= 0
    source = np.repeat(np.arange(6000), np.diff(population.graph.offsets))
    near = np.zeros(6000, dtype=bool)
    near[source[reached[population.graph.neighbours]]] = True
    population.advance(2.0, offers)
    aware = population.users.rows["flags"] & 1 != 0
    newly = aware & ~reached
    assert newly.sum() > 50
    assert near[newly].mean() > 0.9
    assert near.mean() < 0.5


def test_news_adds_reviews_in_proportion_to_its_decaying_level(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # Poisson counts of reviews: five standard errors
    clocks = demand.Clocks(**(STILL | {"news_review_per_day": 0.5}))
    scenario = demand_scenario(
        users=5000,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=clocks,
        consideration=demand.Consideration(news_half_life_days=10.0),
    )
    offers = offers_of(news=np.array([1.5, 0.5, 9.0]), listed=np.array([True, True, False]))
    population = started(scenario, offers)
    decay = math.log(2) / 10.0

    def expected(begin: float, end: float) -> float:
        level = np.minimum(2.0 * np.exp(-decay * np.linspace(begin, end, 100_001)), 1.0)
        return 5000 * 0.5 * float(np.trapezoid(level, dx=(end - begin) / 100_000))

    for begin, end in ((0.0, 10.0), (10.0, 30.0), (30.0, 60.0)):
        wanted = expected(begin, end)
        reviews = population.advance(end, offers).reviews
        assert reviews == pytest.approx(wanted, abs=5 * math.sqrt(wanted))


def test_without_news_there_are_no_news_reviews(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    clocks = demand.Clocks(**(STILL | {"news_review_per_day": 0.5}))
    scenario = demand_scenario(awareness=EVERYBODY, clocks=clocks)
    offers = offers_of()
    assert started(scenario, offers).advance(50.0, offers).reviews == 0


@pytest.mark.parametrize("slope", [0.0, 2.0, 9.0])
def test_users_leave_at_the_churn_hazard_of_their_satisfaction(
    slope: float, demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # binomial share of leavers: five standard errors; the exponent is cut at 4
    clocks = demand.Clocks(**(STILL | {"churn_per_day": 0.002, "churn_satisfaction_slope": slope}))
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0}],
        users=20_000,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=clocks,
    )
    offers = offers_of(domains=1)
    population = started(scenario, offers)
    population.users.rows["satisfaction"] = -0.5
    flow = population.advance(30.0, offers)
    hazard = 0.002 * math.exp(min(0.5 * slope, 4.0))
    wanted = 1 - math.exp(-30.0 * hazard)
    share = flow.leaves.sum() / 20_000
    assert share == pytest.approx(wanted, abs=5 * math.sqrt(wanted * (1 - wanted) / 20_000))
    assert flow.reviews == 0


def test_usage_approaches_what_is_wanted_exponentially(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # each event closes 30% of the gap, so its mean falls at 0.3 times the rate of events
    clocks = demand.Clocks(**(STILL | {"usage_per_day": 0.2, "usage_adjustment_share": 0.3}))
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0, "initial_usage_share": 0.0}],
        users=20_000,
        types_per_domain=1,
        network=ALONE,
        awareness=EVERYBODY,
        clocks=clocks,
    )
    offers = offers_of(["a"], domains=1, price=[0.5])
    population = started(scenario, offers)
    target = population._world().book.offers["usage_target"][0, 0]
    population.advance(10.0, offers)
    gap = 1 - population.users.rows["usage"] / target
    assert gap.mean() == pytest.approx(
        math.exp(-0.2 * 0.3 * 10.0), abs=5 * gap.std() / math.sqrt(20_000)
    )


def test_tasks_that_no_longer_pay_are_dropped_at_the_next_adjustment(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    clocks = demand.Clocks(**(STILL | {"usage_per_day": 1.0}))
    scenario = demand_scenario([{"initial_adopter_share": 1.0}], awareness=EVERYBODY, clocks=clocks)
    cheap = offers_of(["a"], domains=1, price=[0.1])
    dear = offers_of(["a"], domains=1, price=[10.0])
    population = started(scenario, cheap)
    population.advance(40.0, dear)
    rows = population.users.rows
    wanted = population._world().book.offers["usage_target"][rows["type_index"], 0]
    assert (rows["usage"] == wanted).all()


def test_a_budget_caps_what_is_spent(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {
        "initial_adopter_share": 1.0,
        "budget_usd_per_month": 0.05,
        "difficulty_spread_logit": 0.0,
    }
    scenario = demand_scenario([fields], awareness=EVERYBODY, clocks=demand.Clocks(**STILL))
    offers = offers_of(["a"], domains=1, price=[0.5])
    population = started(scenario, offers)
    snapshot = population.snapshot(offers)
    spent = snapshot.usage_mtok_per_day.sum() * 30.44 * 0.5
    scale = population.types.relative_volume[population.users.rows["type_index"]].sum()
    assert spent == pytest.approx(0.05 * scale, rel=1e-6)


def test_delay_works_like_a_price(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"initial_adopter_share": 1.0, "delay_cost_usd_per_mtok_second": 0.25}
    scenario = demand_scenario([fields], awareness=EVERYBODY, clocks=demand.Clocks(**STILL))
    slow = offers_of(["a"], domains=1, price=[0.5], delay_s=np.array([2.0]))
    dear = offers_of(["a"], domains=1, price=[1.0])
    snapshots = [started(scenario, offers).snapshot(offers) for offers in (slow, dear)]
    assert snapshots[0].usage_mtok_per_day.tolist() == snapshots[1].usage_mtok_per_day.tolist()
    assert snapshots[0].surplus_usd_per_day == pytest.approx(snapshots[1].surplus_usd_per_day)


def test_nobody_adopts_what_does_not_pay_for_its_setup(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"initial_adopter_share": 0.1, "setup_cost_usd": 1e9}
    scenario = demand_scenario(
        [fields], awareness=EVERYBODY, clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0}))
    )
    offers = offers_of(domains=1)
    population = started(scenario, offers)
    first = population.snapshot(offers)
    flow = population.advance(30.0, offers)
    untried = 1000 - int(first.adopters[0])
    assert flow.adoptions.sum() <= flow.leaves.sum()  # only those return who paid for it before
    assert population.snapshot(offers).barrier_blocked.tolist() == [untried]


def test_private_data_keep_users_from_the_cloud_but_not_from_their_own_premises(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    fields = {"privacy_share": 0.5, "privacy_cost": 1e6, "initial_adopter_share": 0.0}
    scenario = demand_scenario(
        [fields],
        awareness=EVERYBODY,
        network=ALONE,
        clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0})),
    )
    cloud = offers_of(domains=1)
    edge = offers_of(domains=1, cloud=np.array([True, True, False]))
    population = started(scenario, cloud)
    population.advance(30.0, cloud)
    private = population.types.privacy_cost[population.users.rows["type_index"]] > 0
    assert (population.users.product[private] == -1).all()
    assert (population.users.product[~private] >= 0).any()
    assert population.snapshot(cloud).privacy_blocked.tolist() == [private.sum()]
    population.advance(60.0, edge)
    assert set(population.users.product[private]) == {-1, 2}
    assert population.snapshot(edge).privacy_blocked.tolist() == [0]


def test_users_of_a_withdrawn_product_choose_anew_at_once(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    fewer = dataclasses.replace(
        offers,
        listed=np.array([False, True, True]),
        price_usd_per_mtok=np.array([[np.nan, 0.6, 1.0]]),
    )
    population = started(lively, offers)
    population.advance(50.0, offers)
    before = population.snapshot(offers).users[0]
    usage = population.users.rows["usage"][population.users.product == 0]
    flow = population.advance(50.0, fewer)
    assert flow.days == 0.0
    assert before[0] > 50
    assert flow.switches_out[0].tolist() == [before[0] - flow.leaves[0, 0], 0, 0]
    assert flow.reviews == before[0]
    assert usage.any()
    flow = population.advance(80.0, fewer)
    assert flow.mtok[0, 0] == flow.user_days[0, 0] == flow.work_mtok[0, 0] == 0.0
    assert population.snapshot(fewer).users[0, 0] == 0


def test_satisfaction_moves_to_the_surprise_and_expectation_to_the_best_seen(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0, "difficulty_spread_logit": 0.0}],
        users=500,
        awareness=EVERYBODY,
        consideration=demand.Consideration(base=60.0),
        choice=demand.Choice(switching_cost_vendor=1e6),
        clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0})),
        satisfaction=demand.Satisfaction(adjustment_share=0.25),
    )
    only = offers_of("ab", domains=1, listed=np.array([True, False]))
    both = offers_of("ab", domains=1, capability_logit=np.array([0.0, 1.0]))
    population = started(scenario, only)
    population.advance(40.0, both)
    assert (population.users.product == 0).all()
    gap = 0.5 - 1 / (1 + math.exp(-1.0))
    assert population.users.rows["expectation"] == pytest.approx(0.5 - gap, rel=1e-6)
    assert population.users.rows["satisfaction"].min() == pytest.approx(gap, rel=1e-3)
    assert population.snapshot(both).satisfaction_mean[0] == pytest.approx(gap, rel=0.01)


def test_first_adopters_are_those_of_the_scenario(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    # binomial shares: five standard errors
    scenario = demand_scenario(
        [{"initial_adopter_share": 0.4, "share": 0.75}, {"initial_adopter_share": 0.0}],
        users=20_000,
        awareness=demand.Awareness(initial_share=0.5),
    )
    offers = offers_of()
    snapshot = started(scenario, offers).snapshot(offers)
    size = 20_000 * 0.75 / 1.25
    assert snapshot.population[0] == pytest.approx(size, abs=5 * math.sqrt(size * 0.4))
    assert snapshot.adopters[0] == pytest.approx(0.2 * size, abs=5 * math.sqrt(0.2 * size))
    assert snapshot.adopters[1] == 0
    assert snapshot.aware.sum() == pytest.approx(10_000, abs=5 * math.sqrt(5000))


def test_initial_weights_tilt_the_first_days_shares(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    class Weighted:
        name, initial_weight = "b", 0.0

    scenario = demand_scenario([{"initial_adopter_share": 1.0}], awareness=EVERYBODY).model_copy(
        update={"products": (Weighted(),)}
    )
    offers = offers_of("abc", domains=1)
    users = started(scenario, offers).snapshot(offers).users[0]
    assert users[1] == 0
    assert users.sum() == 1000


def test_a_market_may_open_empty(demand_scenario: Build, offers_of: Offers, started: Start) -> None:
    scenario = demand_scenario(
        [{"initial_adopter_share": 1.0}],
        awareness=EVERYBODY,
        clocks=demand.Clocks(**(STILL | {"review_per_day": 1.0})),
    )
    nothing = offers_of(domains=1, listed=np.zeros(3, dtype=bool))
    population = started(scenario, nothing)
    assert population.advance(5.0, nothing).adoptions.sum() == 0
    snapshot = population.snapshot(nothing)
    assert snapshot.adopters[0] == snapshot.surplus_usd_per_day[0] == 0
    offers = offers_of(domains=1)
    assert population.advance(30.0, offers).adoptions.sum() > 0


def test_a_domain_without_users_has_empty_books(
    demand_scenario: Build, offers_of: Offers, started: Start
) -> None:
    scenario = demand_scenario([{"share": 1.0}, {"share": 0.0}])
    offers = offers_of()
    population = started(scenario, offers)
    flow = population.advance(10.0, offers)
    snapshot = population.snapshot(offers)
    assert snapshot.population[1] == snapshot.tasks_share[1] == flow.task_share_days[1] == 0.0


def test_time_runs_forward_only_and_slots_never_change(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1)
    population = started(lively, offers)
    population.advance(5.0, offers)
    with pytest.raises(ValueError, match="lies before"):
        population.advance(4.0, offers)
    with pytest.raises(ValueError, match="product slots of a run never change"):
        population.advance(6.0, offers_of("abd", domains=1))
    with pytest.raises(ValueError, match="start"):
        Population.build(lively, Streams(1)).advance(1.0, offers)


def test_a_users_state_takes_at_most_64_bytes(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    population = started(lively, offers_of(domains=1))
    assert population.nbytes_state <= 64 * 2000
    assert population.nbytes_network == (2000 * 8 * 4) + (2001 * 8)
