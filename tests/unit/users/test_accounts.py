"""Sums over users by type and product: the compiled loops against NumPy, to the last bit."""

import numpy as np
import pytest
from demand_settings import Offers, Start
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.scenario import Scenario
from sim.users import cells
from sim.users.records import AWARE, CELL, OFFER, TYPE, UNIT

INTEGRALS = ("user_days", "usage_days", "value_days", "free_days")
MOVES = ("adoptions", "switches_in", "switches_out", "leaves")

collects = pytest.mark.parametrize("collect", [cells.collect, cells.collect.py_func])


def random_cells(rng: np.random.Generator, types: int, products: int) -> np.ndarray:
    table = np.zeros((types, products), CELL)
    table["users"] = rng.integers(0, 90, table.shape)
    for field in ("usage", "value", "free"):
        table[field] = table["users"] * rng.integers(0, UNIT, table.shape)
    for field in INTEGRALS:
        table[field] = rng.exponential(1e9, table.shape)
    for field in MOVES:
        table[field] = rng.integers(0, 9, table.shape)
    return table


def by_domain(values: np.ndarray, domains: int) -> np.ndarray:
    return values.reshape(domains, -1, *values.shape[1:]).sum(axis=1)


@collects
@given(
    domains=st.integers(1, 4),
    per_domain=st.integers(1, 40),
    products=st.integers(2, 20),
    seed=st.integers(0, 99),
)
def test_collecting_adds_up_as_numpy_does_and_begins_anew(
    collect: object, domains: int, per_domain: int, products: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    types = domains * per_domain
    table = random_cells(rng, types, products)
    before = table.copy()
    scale, value, price = (rng.exponential(1.0, shape) for shape in (types, *[table.shape] * 2))
    tokens = rng.exponential(1.0, (domains, products))
    work, free, user_days = np.zeros((3, domains, products))
    moves, gain = np.zeros((4, domains, products), np.int64), np.full(table.shape, np.nan)
    domain = np.repeat(np.arange(domains), per_domain)
    collect(table, domain, scale, value, price, tokens, work, free, user_days, moves, gain)
    assert free.tolist() == by_domain(before["free_days"] * scale[:, None], domains).tolist()
    assert work.tolist() == by_domain(before["usage_days"] * scale[:, None], domains).tolist()
    assert user_days.tolist() == by_domain(before["user_days"], domains).tolist()
    gross = value * before["value_days"] - price * before["usage_days"]
    assert gain.tolist() == (gross + tokens[domain] * before["free_days"]).tolist()
    assert moves.tolist() == [by_domain(before[field], domains).tolist() for field in MOVES]
    for field in INTEGRALS + MOVES:
        assert not table[field].any()
    for field in ("users", "usage", "value"):
        assert table[field].tolist() == before[field].tolist()


@pytest.mark.parametrize("stand", [cells.stand, cells.stand.py_func])
def test_standing_adds_up_as_numpy_does_and_changes_nothing(stand: object) -> None:
    rng = np.random.default_rng(5)
    table = random_cells(rng, 21, 13)
    before = table.copy()
    scale, value, price = (rng.exponential(1.0, shape) for shape in (21, *[table.shape] * 2))
    users, work, gain = np.zeros((3, 13), np.int64), np.zeros((3, 13)), np.zeros(table.shape)
    domain, tokens = np.repeat(np.arange(3), 7), rng.exponential(1.0, (3, 13))
    stand(table, domain, scale, value, price, tokens, users, work, gain)
    assert table.tobytes() == before.tobytes()
    assert users.tolist() == by_domain(table["users"], 3).tolist()
    assert work.tolist() == by_domain(table["usage"] * scale[:, None], 3).tolist()
    gross = value * table["value"] - price * table["usage"]
    assert gain.tolist() == (gross + tokens[domain] * table["free"]).tolist()


@pytest.mark.parametrize("count_people", [cells.count_people, cells.count_people.py_func])
@given(seed=st.integers(0, 200))
def test_people_are_counted_as_numpy_does(count_people: object, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table, types = random_cells(rng, 12, 3), np.zeros(12, TYPE)
    for field in TYPE.names or ():
        types[field] = rng.integers(0, 900, 12)
    offers = np.zeros((12, 3), OFFER)
    offers["utility"] = np.where(rng.random((12, 3)) < 0.6, -np.inf, rng.normal(-1, 1, (12, 3)))
    types["outside_utility"] = 0.2
    cost, cloud = np.where(rng.random(12) < 0.5, 1.5, 0.0), rng.random(3) < 0.7
    without_cost = offers["utility"] + cost[:, None] * cloud
    people = np.zeros((5, 2), np.int64)
    count_people(table, types, np.repeat([0, 1], 6), offers, without_cost, people)

    deterred = ~(offers["utility"] > 0.2).any(axis=1) & (without_cost > 0.2).any(axis=1)
    idle = types["aware"] - table["users"].sum(axis=1)
    expected = [
        types["population"],
        types["aware"],
        np.where(deterred, idle, 0),
    ]
    assert people[:3].tolist() == [by_domain(row, 2).tolist() for row in expected]
    assert not people[3:].any()


@pytest.mark.parametrize("survey", [cells.survey, cells.survey.py_func])
def test_all_users_are_gone_through_in_their_order(
    survey: object, lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = offers_of(domains=1, capability_logit=np.array([-1.0, 0.0, 1.0]))
    population = started(lively, offers)
    population.advance(60.0, offers)
    rows, product, total = population.users.rows, population.users.product, np.zeros(1)
    people = np.zeros((5, 1), np.int64)
    enough = float(np.median(rows["usage"][product >= 0]))
    reach, least = np.full(4, 0.3), np.full((4, 3), enough)
    by_product = np.zeros(3)
    survey(rows, product, population.types.domain, reach, least, total, by_product, people)
    expected = 0.0
    for satisfaction in rows["satisfaction"][product >= 0].tolist():
        expected += satisfaction
    assert total[0] == expected != 0.0
    assert by_product.sum() == pytest.approx(expected, rel=1e-12)
    adopters = (product >= 0) & (rows["usage"] >= enough)
    barred = (rows["flags"] == AWARE) & (rows["setup_z"] > 0.3)
    assert people[:, 0].tolist() == [0, 0, 0, adopters.sum(), barred.sum()]
    assert adopters.any()
    assert barred.any()
    assert not adopters[product >= 0].all()


@pytest.mark.parametrize("any_gone", [cells.any_gone, cells.any_gone.py_func])
def test_users_of_an_unlisted_product_are_noticed(any_gone: object) -> None:
    listed = np.array([True, False, False])
    assert not any_gone(np.array([3, 0, 0, 3]), listed)
    assert any_gone(np.array([3, 0, 1, 4]), listed)


def test_no_time_is_no_flow_and_costs_no_reading(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    offers, cheaper = offers_of(domains=1), offers_of(domains=1, price=np.full(3, 0.1))
    population = started(lively, offers)
    population.advance(30.0, offers)
    read = population._appraisal.offers
    flow = population.advance(30.0, cheaper)
    assert population._appraisal.offers is read is offers
    assert flow.days == flow.reviews == flow.candidates == 0
    for amounts in (flow.mtok, flow.user_days, flow.adoptions, flow.leaves):
        assert amounts.shape == (1, 3)
        assert not amounts.any()
    with pytest.raises(ValueError, match="read-only"):
        flow.mtok[:] = 1.0


def test_of_several_offers_at_one_moment_the_last_holds(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    prices = [np.array([0.2, 0.6, 1.0]), np.array([9.0, 0.6, 1.0]), np.array([0.9, 0.3, 1.0])]
    first, second, third = (offers_of(domains=1, price=price) for price in prices)
    direct, detour = started(lively, first), started(lively, first)
    for population in (direct, detour):
        population.advance(30.0, first)
    detour.advance(30.0, second)
    flows = [population.advance(60.0, third) for population in (direct, detour)]
    assert flows[0].mtok.tolist() == flows[1].mtok.tolist()
    assert direct.users.rows.tobytes() == detour.users.rows.tobytes()


@pytest.mark.parametrize("find", [cells.any_priced_out, cells.any_priced_out.py_func])
def test_users_of_what_is_not_on_offer_to_their_type_are_noticed(find: object) -> None:
    table, offers = np.zeros((2, 2), CELL), np.zeros((2, 2), OFFER)
    offers["utility"][1, 0] = -np.inf
    table["users"][0] = 3
    assert not find(table, offers)
    table["users"][1, 0] = 1
    assert find(table, offers)


def test_users_are_counted_by_product(lively: Scenario, offers_of: Offers, started: Start) -> None:
    offers = offers_of(domains=1)
    population = started(lively, offers)
    population.advance(30.0, offers)
    counted = population.count_users()
    assert counted.tolist() == population.snapshot(offers).users.sum(axis=0).tolist()
    assert counted.sum() > 0
