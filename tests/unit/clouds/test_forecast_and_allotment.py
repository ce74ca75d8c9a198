"""Forecasts against their closed form; whole instances against what must hold of any division."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.clouds.allotment import allot, ration
from sim.clouds.forecast import DAMPING, LARGEST_TREND, DampedTrend
from sim.clouds.lease import Lease


def test_a_level_that_stays_is_forecast_to_stay() -> None:
    trend = DampedTrend(0.5)
    assert trend.ahead(3.0) == 0.0
    for _ in range(4):
        trend.add(80.0)
    assert trend.ahead(0.0) == pytest.approx(80.0)
    assert trend.ahead(9.0) == pytest.approx(80.0)


def test_a_trend_is_carried_on_and_damped() -> None:
    """In steady growth the trend stands at ``beta g / (1 - (1 - beta) phi)`` or a little below."""
    trend = DampedTrend(1e-6)
    for week in range(300):
        trend.add(math.exp(0.1 * week))
    step = math.log(trend.ahead(1.0) / trend.ahead(0.0))
    assert step == pytest.approx(DAMPING * 0.2 * 0.1 / (1.0 - 0.8 * DAMPING), rel=1e-6)
    weeks = [trend.ahead(float(h)) for h in range(5)]
    steps = [math.log(after / before) for before, after in itertools.pairwise(weeks)]
    assert [after / before for before, after in itertools.pairwise(steps)] == (
        pytest.approx([DAMPING] * 3)
    )


def test_no_forecast_doubles_faster_than_in_a_month() -> None:
    trend = DampedTrend(1.0)
    trend.add(0.0)
    for _ in range(10):
        trend.add(1e12)
    assert trend.ahead(1.0) <= 1e12 * math.exp(DAMPING * LARGEST_TREND)


@given(st.data())
def test_instances_are_whole_one_each_within_need_and_within_what_is_there(
    data: st.DataObject,
) -> None:
    count = data.draw(st.integers(1, 6))
    needed = data.draw(st.lists(st.integers(1, 300), min_size=count, max_size=count))
    devices = data.draw(st.lists(st.integers(1, 64), min_size=count, max_size=count))
    available = data.draw(st.integers(sum(devices), 20_000))
    given_out = allot(needed, devices, available)
    used = sum(n * size for n, size in zip(given_out, devices, strict=True))
    assert all(1 <= n <= need for n, need in zip(given_out, needed, strict=True))
    assert used <= available
    left = available - used
    assert all(
        n == need or size > left for n, need, size in zip(given_out, needed, devices, strict=True)
    )


def test_too_few_accelerators_for_one_instance_each_are_refused() -> None:
    with pytest.raises(ValueError, match="7 accelerators"):
        allot([2, 2], [4, 4], 7)


def test_scarce_instances_go_by_need() -> None:
    assert allot([100, 50, 1], [1, 1, 1], 31) == [20, 10, 1]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(0, 10**6))
def test_a_ration_is_within_what_is_wanted_and_what_there_is(
    wanted: list[int], available: int
) -> None:
    assume(sum(wanted) > 0)
    shares = ration(wanted, available)
    assert all(0 <= got <= want for got, want in zip(shares, wanted, strict=True))
    assert sum(shares) <= available or shares == wanted
    assert sum(shares) >= min(sum(wanted), available) - len(wanted)


def test_notices_are_withdrawn_before_more_is_ordered_the_last_first() -> None:
    lease = Lease()
    lease.take(100)
    lease.give_notice(30, 10.0)
    lease.give_notice(20, 20.0)
    assert lease.ordered == -50
    assert lease.withdraw_notices(25) == 25
    assert lease.ordered == -25
    lease.receive(10.0)
    assert lease.accelerators == 75
    assert lease.withdraw_notices(25) == 0
    lease.order(8, 30.0)
    lease.receive(29.0)
    assert lease.accelerators == 75
    lease.receive(30.0)
    assert lease.accelerators == 83
    lease.end()
    assert (lease.accelerators, lease.ordered) == (0, 0)
