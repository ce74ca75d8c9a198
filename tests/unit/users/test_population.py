"""A population: exact in time and in its books, and begun as the scenario says."""

import dataclasses
import math

import numpy as np
import pytest
from demand_settings import EVERYBODY, STILL, UNHEARD, Build, Offers, Start

from sim.scenario import demand
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.users.flow import Flow
from sim.users.population import Population
from sim.users.records import UNIT
from sim.users.totals import count_totals


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
    recount = count_totals(
        population.types, population.users, population._appraisal.book, population._rules
    )
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
    surplus = volume * worth - tokens * offers.domain_price_usd_per_mtok[0, j]
    snapshot = population.snapshot(offers)
    assert snapshot.usage_mtok_per_day[0].sum() == pytest.approx(tokens.sum(), rel=1e-12)
    assert snapshot.surplus_usd_per_day[0] == pytest.approx(surplus.sum(), rel=1e-9)


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


def test_prices_of_other_domains_than_its_own_are_refused(demand_scenario, offers_of, started):
    with pytest.raises(ValueError, match=r"shape \(2, 3\), not \(1, 3\)"):
        started(demand_scenario([{}]), offers_of(domains=2))
