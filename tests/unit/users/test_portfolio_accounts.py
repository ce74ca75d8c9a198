"""Portfolios in the accounts: who counts them, who moves, and what they are worth."""

import dataclasses

import numpy as np
import pytest
from demand_settings import ALONE, Offers, Start
from portfolio_settings import THREE, several, ten_offers

from sim.scenario.scenario import Scenario
from sim.users.offers import OfferView
from sim.users.population import Population
from sim.users.portfolio import moving
from sim.users.portfolio.holdings import first_of_product
from sim.users.records import NO_PRODUCT, USER, Users


@pytest.fixture
def busy(lively: Scenario) -> Scenario:
    """Users of up to three products for three classes of requests, to whom everything happens."""
    cheap = {"switching_cost_vendor": 0.5, "switching_cost_model": 0.2}
    choice = lively.population.choice.model_copy(update=cheap)
    population = lively.population.model_copy(update={"choice": choice, "users": 600})
    scenario = lively.model_copy(update={"population": population})
    fee = {"further_vendor_fee_usd_per_month": 0.05, "running_fee_usd_per_month": 0.1}
    return several(scenario, THREE, 3, delay_cost_usd_per_mtok_second=0.1, **fee)


def vendors_by_hand(population: Population, offers: OfferView) -> list[set[int]]:
    served = population.users.product.reshape(3, -1)
    return [{int(offers.provider_index[j]) for j in own if j != NO_PRODUCT} for own in served.T]


def test_all_counts_are_those_of_the_users_themselves(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    fewer = dataclasses.replace(offers, listed=np.arange(10) % 3 > 0)
    population = started(busy, offers)
    for time, view in ((15.0, offers), (30.0, fewer), (45.0, offers)):
        population.advance(time, view)
        served = population.users.product.reshape(3, -1)
        totals, users = population.totals, population.users
        held = [set(own.tolist()) - {NO_PRODUCT} for own in served.T]
        counts = np.bincount([j for own in held for j in own], minlength=10)
        assert max(map(len, held)) > 1
        np.testing.assert_array_equal(population.count_users(), counts)
        np.testing.assert_array_equal(totals.holdings["users"].sum(axis=0), counts)
        assert population.count_holders() == counts.sum()
        assert totals.users_of[-1] == sum(1 for own in held if own)
        vendors = vendors_by_hand(population, offers)
        further = sum(len(own) - 1 for own in vendors if own)
        assert totals.types["further_vendors"].sum() == further
        assert population.missed_by_meters() == 0.0
        for field in ("usage", "value"):
            found = np.zeros(totals.cells.shape)
            at = users.product != NO_PRODUCT
            np.add.at(
                found,
                (users.rows["type_index"][at], users.product[at]),
                users.rows[field][at].astype(float),
            )
            np.testing.assert_array_equal(found, totals.cells[field])
        snapshot = population.snapshot(view)
        assert snapshot.users.sum() == counts.sum()
        assert snapshot.adopters.sum() <= totals.users_of[-1]
        assert (served == NO_PRODUCT).all(axis=0).sum() == (served == NO_PRODUCT).any(axis=0).sum()
        assert not np.isin(served, np.flatnonzero(~view.listed)).any()


def test_results_do_not_depend_on_how_time_is_cut(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    whole, parts = started(busy, offers), started(busy, offers)
    one = whole.advance(30.0, offers)
    many = [parts.advance(float(day), offers) for day in range(1, 31)]
    assert parts.users.rows.tobytes() == whole.users.rows.tobytes()
    assert parts.users.product.tobytes() == whole.users.product.tobytes()
    for name in (
        "mtok",
        "user_days",
        "surplus_usd",
        "running_fee_usd",
        "switching_cost_usd",
        "setup_cost_usd",
        "adoptions",
        "switches_in",
        "switches_out",
        "leaves",
    ):
        summed = sum(getattr(flow, name) for flow in many)
        np.testing.assert_allclose(summed, getattr(one, name), rtol=1e-9, err_msg=name)
    assert one.switches_in.sum() > 100
    assert (one.running_fee_usd > 0.0).all()


def test_users_of_a_product_change_by_who_came_and_who_went(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    before = population.count_users()
    flow = population.advance(40.0, offers)
    came = flow.adoptions + flow.switches_in - flow.switches_out - flow.leaves
    np.testing.assert_array_equal(population.count_users() - before, came.sum(axis=0))


def test_a_further_vendor_costs_its_fee_for_as_long_as_it_is_kept(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    """Nobody does anything: fees are holders and further vendors, times their fees and time."""
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    population.advance(40.0, offers)
    totals = population.totals
    holders = totals.users_of[-1]
    further = totals.types["further_vendors"].sum()
    population._clocks["next_days"] = np.inf
    flow = population.advance(40.0 + 30.44, offers)
    assert further > 20
    assert flow.running_fee_usd.sum() == pytest.approx(0.1 * holders + 0.05 * further, rel=1e-9)


def test_moving_a_class_costs_its_share_of_a_switch(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    world = population._world()
    user = int(np.flatnonzero(world.users.product[:600] == 0)[0])
    kind = world.totals.types[world.users.rows[user]["type_index"]]
    wanted = world.scratch.portfolios.wanted
    for given_up, product, vendor, model in (
        (1, 1, 0.0, 0.3),  # another model of the same provider
        (2, 5, 0.2, 0.0),  # another provider
        (2, 6, 0.0, 0.0),  # another host of the same model
        (0, 6, 0.5, 0.0),
    ):
        kind["vendor_moves"] = kind["model_moves"] = 0.0
        wanted[:3] = population.users.product.reshape(3, -1)[:, user]
        wanted[given_up] = product
        moving.move_portfolio(user, 0.0, 1.0, world)
        assert kind["vendor_moves"] == pytest.approx(vendor)
        assert kind["model_moves"] == pytest.approx(model)
    kind["vendor_moves"] = 0.0
    moving.give_up(user, 0.0, 1.0, world)
    assert kind["vendor_moves"] == 1.0
    assert (population.users.product.reshape(3, -1)[:, user] == NO_PRODUCT).all()


def test_more_work_is_more_of_every_class_and_is_accounted_for(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population, other = started(busy, offers), started(busy, offers)
    for one in (population, other):
        one.advance(20.0, offers)
        one._clocks["next_days"] = np.inf
    population.set_demand(np.array([2.0]), offers)
    more, same = population.advance(30.0, offers), other.advance(30.0, offers)
    np.testing.assert_allclose(more.mtok, 2.0 * same.mtok, rtol=1e-9)
    np.testing.assert_allclose(more.task_share_days, same.task_share_days, rtol=1e-9)
    np.testing.assert_allclose(more.surplus_usd_by_offer.sum(), more.surplus_usd.sum(), rtol=1e-9)


def test_what_is_withdrawn_is_replaced_and_what_is_left_may_stay(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    offers = ten_offers(offers_of)
    population = started(busy, offers)
    population.advance(40.0, offers)
    before = population.users.product.reshape(3, -1).copy()
    gone = int(population.count_users().argmax())
    population.advance(40.0, dataclasses.replace(offers, listed=np.arange(10) != gone))
    after = population.users.product.reshape(3, -1)
    had = (before == gone).any(axis=0)
    np.testing.assert_array_equal(after[:, ~had], before[:, ~had])
    assert not (after == gone).any()
    partly = had & (before != gone).any(axis=0)
    stayed = (after == before) & (before != gone)
    assert partly.sum() > 10
    assert stayed[:, partly].any(axis=0).mean() > 0.5


def test_places_that_are_a_users_first_with_a_product_are_counted_once() -> None:
    served = np.array([[0, 1, 2, -1], [0, 2, 1, -1], [1, 1, 2, -1]], np.int16)
    users = Users(np.zeros(12, USER), served.ravel())
    first = first_of_product(users, 3)
    wanted = [[True, True, True, False], [False, True, True, False], [True, False, False, False]]
    np.testing.assert_array_equal(first, wanted)


# ------------------------------------------------------------------------------- welfare


def test_what_is_drawn_is_the_log_sum_where_that_is_known(
    lively: Scenario, offers_of: Offers, started: Start
) -> None:
    # means of some 20,000 gains, each of a standard deviation of about 1.3 mu: five standard errors
    offers = ten_offers(offers_of, news=np.zeros(10))
    choice = lively.population.choice.model_copy(
        update={"peer_bonus": 0.0, "satisfaction_weight": 0.0}
    )
    update = {"choice": choice, "network": ALONE, "users": 1500}
    plain = lively.model_copy(update={"population": lively.population.model_copy(update=update)})
    cost = 0.5 * offers.domain_price_usd_per_mtok
    closed = started(plain, offers).welfare(offers, cost)
    drawn = started(several(plain, (), 2), offers).welfare(offers, cost)
    for name in ("log_sum_usd_per_day", "margin_usd_per_day"):
        wanted, found = getattr(closed, name).sum(), getattr(drawn, name).sum()
        assert found == pytest.approx(wanted, rel=0.05)
    assert drawn.deadweight_loss_usd_per_day.sum() == pytest.approx(
        closed.deadweight_loss_usd_per_day.sum(), rel=0.15
    )
    np.testing.assert_allclose(drawn.viable_tasks_share, closed.viable_tasks_share, rtol=1e-12)


def test_holding_several_is_worth_more_than_holding_one(
    busy: Scenario, offers_of: Offers, started: Start
) -> None:
    """At the same state: whoever may choose among more portfolios gains, look by look."""
    offers = ten_offers(offers_of)
    cost = 0.5 * offers.domain_price_usd_per_mtok
    population = started(busy, offers)
    worth = []
    for most in (1, 2, 3):
        rules = population._rules
        population._rules = rules._replace(portfolios=rules.portfolios._replace(most_products=most))
        worth.append(population.welfare(offers, cost).log_sum_usd_per_day)
    assert (worth[1] >= worth[0]).all()
    assert (worth[2] >= worth[1]).all()
    assert (worth[1] > worth[0]).any()
