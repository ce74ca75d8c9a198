"""Whole instances: what is leased, rented by the hour, refused, ordered and paid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fleet_market import (
    CHIP,
    OTHER,
    RENT_USD,
    Product,
    SmallMarket,
    cost_usd,
    hours,
    maker,
)
from hypothesis import given, settings
from hypothesis import strategies as st

MTOK_OF_AN_INSTANCE = 4 * 24.0
"""What four accelerators serve in a day when they never rest."""


def one_product(**terms: object) -> SmallMarket:
    keys = {"beyond", "longest_wait_s"}
    capacity = {key: terms.pop(key) for key in list(terms) if key in keys}
    cash_usd = terms.pop("cash_usd", 1e12)
    return SmallMarket([Product(0, maker(**capacity))], terms, cash_usd)


def test_the_smallest_seller_pays_a_whole_instance_and_nobody_waits_for_it() -> None:
    market = one_product()
    (day, *_), rented = market.week(1e-3)
    assert day.served[0] == 1e-3
    assert hours(rented[0]) == pytest.approx(4 * 24 * 7)
    assert cost_usd(rented[0]) == pytest.approx(4 * 24 * 7 * RENT_USD)
    assert market.book.delay_s[0] < 1e-9


@pytest.mark.parametrize("instances", [0.3, 1.0, 1.01, 7.5, 250.0])
def test_the_first_day_has_whole_instances_at_the_target_utilisation(instances: float) -> None:
    market = one_product()
    market.day(0.5 * MTOK_OF_AN_INSTANCE * instances)
    assert market.fleets.leases.leased("maker") == 4 * math.ceil(instances)


def test_products_that_name_a_fleet_share_its_instances_and_its_bill() -> None:
    owner = maker()
    apart = SmallMarket([Product(n, owner) for n in range(3)])
    together = SmallMarket([Product(n, owner, fleet="long and short") for n in range(3)])
    _, of_each = apart.week(4.0, 8.0, 4.0)
    _, of_all = together.week(4.0, 8.0, 4.0)
    assert apart.fleets.leases.leased("maker") == 12
    assert together.fleets.leases.leased("maker") == 4
    assert [cost_usd(of_each[n]) for n in range(3)] == pytest.approx([1344.0] * 3)
    assert [cost_usd(of_all[n]) for n in range(3)] == pytest.approx([336.0, 672.0, 336.0])


def test_load_beyond_the_lease_is_rented_by_the_hour_at_the_premium() -> None:
    market = one_product(on_demand_share=10.0, on_demand_premium_share=0.5)
    market.day(10.0)
    day = market.day(2.0 * MTOK_OF_AN_INSTANCE)
    assert day.served[0] == pytest.approx(2.0 * MTOK_OF_AN_INSTANCE)
    (rented,) = market.settle(2.0)[0].values()
    assert dict(rented.leased_hours) == {0: 96.0, 1: 96.0}
    assert rented.on_demand_hours[1] == pytest.approx(3 * 96.0)
    assert rented.premium_usd == pytest.approx(0.5 * RENT_USD * 3 * 96.0)


def test_what_hosts_keep_free_is_divided_by_need_and_in_whole_accelerators() -> None:
    products = [Product(0, maker("a"), devices=1), Product(1, maker("b"), devices=1)]
    market = SmallMarket(products, {"on_demand_share": 0.25})
    market.day(0.5 * 24 * 20, 0.5 * 24 * 20)
    market.day(0.5 * 24 * 50, 0.5 * 24 * 30)  # 30 and 10 more than leased; a quarter of 40 is free
    rented = market.settle(2.0)
    found = [rented[n][CHIP].on_demand_hours[1] / 24.0 for n in range(2)]
    assert found == pytest.approx([7.0, 2.0])


def test_a_swamped_product_gets_slower_and_then_refuses_and_its_users_see_it() -> None:
    market = one_product(beyond="refuse", longest_wait_s=30.0)
    market.day(0.5 * MTOK_OF_AN_INSTANCE)
    seen = []
    for load in (0.6, 0.9, 0.99, 1.5, 4.0):
        days = [market.day(load * MTOK_OF_AN_INSTANCE) for _ in range(40)]
        assert days[-1].served[0] <= MTOK_OF_AN_INSTANCE * (1.0 + 1e-9)
        seen.append((market.book.delay_s[0], market.book.refused_share[0]))
    delays, refusals = (list(column) for column in zip(*seen, strict=True))
    assert delays == sorted(delays)
    assert refusals == sorted(refusals)
    assert refusals[0] < 1e-3 < refusals[2]
    assert refusals[-2:] == pytest.approx([1.0 / 3.0, 0.75], abs=1e-3)
    assert delays[-1] == pytest.approx(30.0, rel=0.1)


def test_refusals_of_permanent_overload_do_not_add_up_to_a_debt() -> None:
    """A month after the flood the product is as quick as before it."""
    market = one_product(beyond="refuse")
    market.day(0.5 * MTOK_OF_AN_INSTANCE)
    for _ in range(200):
        day = market.day(20.0 * MTOK_OF_AN_INSTANCE)
    assert day.served[0] == pytest.approx(MTOK_OF_AN_INSTANCE)
    for _ in range(60):
        day = market.day(0.5 * MTOK_OF_AN_INSTANCE)
    assert (day.served[0], day.refused[0]) == pytest.approx((0.5 * MTOK_OF_AN_INSTANCE, 0.0))
    assert market.book.refused_share[0] < 1e-2


def test_a_rate_limit_refuses_before_the_instances_are_busy() -> None:
    owner = maker()
    products = [
        Product(0, owner, fleet="both", rate_limit_mtok_per_day=20.0),
        Product(1, owner, fleet="both"),
    ]
    day = SmallMarket(products).day(100.0, 10.0)
    assert day.served == pytest.approx([20.0, 10.0])
    assert day.refused == pytest.approx([80.0, 0.0])


def test_orders_come_after_the_lead_time_and_follow_the_load() -> None:
    market = one_product(on_demand_share=0.0, order_lead_time_days=21.0)
    market.day(0.5 * MTOK_OF_AN_INSTANCE)
    market.settle(1.0)
    leased = []
    for _ in range(8):
        market.week(0.5 * 30 * MTOK_OF_AN_INSTANCE)
        leased.append(market.fleets.leases.leased("maker"))
    assert leased[:4] == [4, 4, 4, 4]
    assert leased[4] > 4
    assert leased[-1] >= 4 * 30


def test_notice_of_what_is_no_longer_needed_ends_the_lease_after_the_lead_time() -> None:
    market = one_product(order_lead_time_days=14.0)
    market.week(0.5 * 30 * MTOK_OF_AN_INSTANCE)
    leased = []
    for _ in range(10):
        market.week(0.5 * 3 * MTOK_OF_AN_INSTANCE)
        leased.append(market.fleets.leases.leased("maker"))
    assert leased[1] == 4 * 30
    assert 4 * 3 <= leased[-1] <= 4 * 4


def test_a_provider_without_cash_orders_nothing_and_rents_nothing_by_the_hour() -> None:
    market = one_product(cash_usd=-1.0, on_demand_share=10.0)
    market.day(0.1 * MTOK_OF_AN_INSTANCE)
    for _ in range(20):
        days, rented = market.week(10.0 * MTOK_OF_AN_INSTANCE)
    assert market.fleets.leases.leased("maker") == 4
    assert market.fleets.leases.ordered("maker") == 0
    assert not any(rented[0][CHIP].on_demand_hours.values())
    assert days[-1].served[0] == pytest.approx(MTOK_OF_AN_INSTANCE)


def test_in_a_freeze_nothing_comes_and_afterwards_all_that_was_ordered() -> None:
    market = one_product(order_lead_time_days=7.0, on_demand_share=10.0)
    market.day(0.5 * MTOK_OF_AN_INSTANCE)
    market.fleets.leases.freeze("cloud of maker", CHIP, is_on=True)
    for _ in range(5):
        days, rented = market.week(5.0 * MTOK_OF_AN_INSTANCE)
        assert days[0].served[0] <= MTOK_OF_AN_INSTANCE * (1.0 + 1e-9)
        assert not any(rented[0][CHIP].on_demand_hours.values())
    market.fleets.leases.freeze("cloud of maker", CHIP, is_on=False)
    market.week(5.0 * MTOK_OF_AN_INSTANCE)
    assert market.fleets.leases.leased("maker") >= 4 * 10


def test_in_a_shortage_a_share_of_the_accelerators_works_and_all_are_paid() -> None:
    market = one_product(on_demand_share=0.0)
    load = 0.5 * 20 * MTOK_OF_AN_INSTANCE
    market.week(load)
    market.fleets.leases.limit("cloud of maker", CHIP, 0.3)
    days, rented = market.week(load)
    assert days[0].served[0] == pytest.approx(6 * MTOK_OF_AN_INSTANCE, rel=1e-6)
    assert hours(rented[0]) == pytest.approx(80 * 24 * 7)
    market.fleets.leases.limit("cloud of maker", CHIP, 1.0)
    assert market.day(load).served[0] == pytest.approx(load, rel=1e-3)


def test_accelerators_that_a_host_keeps_free_are_there_for_a_surge() -> None:
    market = one_product(on_demand_share=0.0)
    market.fleets.leases._free[CHIP] = 12
    market.day(0.5 * MTOK_OF_AN_INSTANCE)
    assert market.day(10.0 * MTOK_OF_AN_INSTANCE).served[0] == pytest.approx(
        4.0 * MTOK_OF_AN_INSTANCE
    )


@pytest.mark.parametrize("stated", [None, 6])
def test_a_launch_has_instances_ready(stated: int | None) -> None:
    products = [Product(0, maker("a")), Product(1, maker("b"), launch_instances=stated)]
    market = SmallMarket(products)
    market.book.listed[1] = False
    market.day(0.5 * 8 * MTOK_OF_AN_INSTANCE, 0.0)
    assert market.fleets.leases.leased("b") == 0
    market.book.listed[1] = True
    market.day(0.5 * 8 * MTOK_OF_AN_INSTANCE, 0.0)
    assert market.fleets.leases.leased("b") == 4 * (stated or 4)


def test_who_retires_everything_or_leaves_gives_all_accelerators_back() -> None:
    products = [Product(0, maker("a")), Product(1, maker("b"))]
    market = SmallMarket(products)
    market.day(10.0, 10.0)
    market.book.listed[0] = False
    products[1].maker.active = False
    market.day(0.0, 0.0)
    assert market.fleets.leases.leased("a") == market.fleets.leases.leased("b") == 0


def test_an_upgrade_brings_its_accelerators_and_takes_the_old_ones_away() -> None:
    product = Product(0, maker())
    market = SmallMarket([product])
    for _ in range(7):
        market.day(0.5 * 8 * MTOK_OF_AN_INSTANCE)
    product.accelerator_shares = ((CHIP, 0.5), (OTHER, 0.5))
    market.settle()
    days, rented = market.week(0.5 * 8 * MTOK_OF_AN_INSTANCE)
    assert days[-1].served[0] == pytest.approx(0.5 * 8 * MTOK_OF_AN_INSTANCE)
    assert {name: hours({name: one}) / (24 * 7) for name, one in rented[0].items()} == (
        pytest.approx({CHIP: 16.0, OTHER: 16.0})
    )


def bill_of_growth(per_week: float, **terms: object) -> tuple[float, float]:
    """Return the bill of half a year of growth, and what the work costs at the target."""
    market = one_product(**terms)
    paid = work = 0.0
    for week in range(26):
        load = 0.5 * 20 * MTOK_OF_AN_INSTANCE * math.exp(per_week * week)
        days, rented = market.week(load)
        paid += cost_usd(rented[0])
        work += sum(day.served[0] for day in days)
    return paid, work * RENT_USD / 0.5


@pytest.mark.parametrize("lead", [0.0, 30.0, 90.0])
@pytest.mark.parametrize("share", [0.0, 0.25, 100.0])
def test_the_bill_never_falls_with_faster_growth(lead: float, share: float) -> None:
    growth = np.linspace(-0.1, 0.25, 15)
    bills = [
        bill_of_growth(rate, order_lead_time_days=lead, on_demand_share=share)[0] for rate in growth
    ]
    assert bills == sorted(bills)
    assert bills[-1] > 2.0 * bills[0]


@pytest.mark.parametrize("per_week", [-0.05, 0.0, 0.05, 0.2])
def test_growth_is_never_cheaper_than_marginal_cost_where_the_hour_can_be_had(
    per_week: float,
) -> None:
    """Fleets of last week's size served fast growth a third below marginal cost."""
    paid, marginal = bill_of_growth(per_week, on_demand_share=100.0)
    assert paid >= marginal * (1.0 - 1e-9)
    assert paid <= 1.6 * marginal


@given(
    loads=st.lists(st.floats(0.0, 1e4), min_size=1, max_size=30),
    beyond=st.sampled_from(["on_demand", "refuse"]),
    longest_wait_s=st.sampled_from([0.0, 10.0, 3600.0, 86_400.0]),
    share=st.floats(0.0, 2.0),
    shared=st.booleans(),
)
@settings(deadline=None)
def test_served_refused_and_queued_are_what_was_asked_and_no_accelerator_does_more_than_it_can(
    loads: list[float], beyond: str, longest_wait_s: float, share: float, shared: bool
) -> None:
    owner = maker(beyond=beyond, longest_wait_s=longest_wait_s)
    fleet = "both" if shared else None
    products = [Product(n, owner, fleet=fleet, hours=1.0 + n) for n in range(2)]
    market = SmallMarket(products, {"on_demand_share": share})
    queued = np.zeros(2)
    for load in loads:
        day = market.day(load, 0.3 * load)
        rented = market.settle(1.0)
        before, queued = queued, queued + day.asked - day.served - day.refused
        total = before + day.asked
        assert (queued >= -1e-9 * (1.0 + total)).all()
        assert (day.refused >= -1e-9).all()
        work = np.array(
            [hours * rented for hours, rented in zip((1.0, 2.0), day.served, strict=False)]
        )
        rented_hours = sum(hours(rented[n]) for n in range(2))
        assert work.sum() <= rented_hours * (1.0 + 1e-9)
        most = max(longest_wait_s, 0.0) / 3600.0 * rented_hours / 24.0
        assert (queued * (1.0, 2.0)).sum() <= most * 1.01 + 1e-6


@given(load=st.floats(0.0, 1e4), better=st.floats(1.0, 10.0))
@settings(deadline=None)
def test_a_more_efficient_model_never_costs_more(load: float, better: float) -> None:
    bills = []
    for each in (1.0, 1.0 / better):
        market = SmallMarket([Product(0, maker(), hours=each)])
        bills.append(cost_usd(market.week(load)[1][0]))
    assert bills[1] <= bills[0] * (1.0 + 1e-12)


def test_identical_providers_stay_identical() -> None:
    products = [Product(n, maker(name)) for n, name in enumerate("abc")]
    market = SmallMarket(products, {"on_demand_share": 0.3})
    for load in (10.0, 400.0, 90.0, 2000.0, 0.0, 50.0):
        days, rented = market.week(load, load, load)
        assert len({tuple(day.served.tolist()) for day in days}) >= 1
        for day in days:
            assert len(set(day.served.tolist())) == len(set(day.refused.tolist())) == 1
        assert len({cost_usd(rented[n]) for n in range(3)}) == 1


@given(load=st.floats(0.0, 1e4), dearer=st.floats(1.0, 10.0))
@settings(deadline=None)
def test_a_dearer_rent_never_costs_less(load: float, dearer: float) -> None:
    bills = []
    for factor in (1.0, dearer):
        market = SmallMarket([Product(0, maker())])
        host = market.hosts[0]
        rent = host.base_rent_usd_per_hour
        host.base_rent_usd_per_hour = lambda *args, rent=rent, factor=factor: factor * rent(*args)
        bills.append(cost_usd(market.week(load)[1][0]))
    assert bills[1] == pytest.approx(dearer * bills[0])


BUSY_HOURS = (0.2,) * 8 + (2.0,) * 12 + (0.2,) * 4
"""A day at ten times the load of the night."""


def test_a_peak_within_the_day_is_refused_where_the_mean_would_be_served() -> None:
    refused = []
    for load_by_hour in ((), BUSY_HOURS):
        market = SmallMarket(
            [Product(0, maker(beyond="refuse"))], {"on_demand_share": 0.0}, 1e12, True, load_by_hour
        )
        market.day(0.5 * MTOK_OF_AN_INSTANCE)
        day = market.day(0.8 * MTOK_OF_AN_INSTANCE)
        waiting = day.asked - day.served - day.refused
        assert 0.0 <= waiting[0] < 1e-2 * day.asked[0]
        refused.append(day.refused[0] / day.asked[0])
    assert refused[0] < 1e-2
    # the busy half of the day has 24 parts of 26.4, and an instance serves half a day's in it
    assert refused[1] == pytest.approx(24.0 / 26.4 - 0.5 / 0.8, rel=2e-2)


def test_accelerators_for_a_peak_are_rented_by_the_hour_and_leases_by_the_day() -> None:
    market = SmallMarket([Product(0, maker())], {"on_demand_share": 100.0}, 1e12, True, BUSY_HOURS)
    day = market.day(0.5 * 10 * MTOK_OF_AN_INSTANCE)
    assert day.served[0] == pytest.approx(day.asked[0])
    (rented,) = market.settle(1.0)[0].values()
    assert rented.leased_hours[0] == pytest.approx(40 * 24.0)
    instances = math.ceil(10 * 24 * 2.0 / 26.4 - 1e-9)
    assert rented.on_demand_hours[0] == pytest.approx((instances - 10) * 4 * 12.0)
    assert rented.busy_hours == pytest.approx(0.5 * 10 * 4 * 24.0)
