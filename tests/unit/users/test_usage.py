"""Closed forms of usage at their edges, and the kernel's own versions of them."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from sim.users import moves, normal, usage
from sim.users.mechanisms.usage import UsageRules, adjusted_usage
from sim.users.records import UNIT


def test_a_free_product_runs_every_task_and_earns_their_mean_value() -> None:
    share = usage.usage_share(0.0, 0.3, 1.7, 0.5)
    assert share == 1.0
    surplus = usage.surplus_per_mtok(share, 0.0, 0.3, 1.7, 0.5)
    assert surplus == pytest.approx(0.5 * math.exp(0.3 + 1.7**2 / 2), rel=1e-14)


def test_surplus_is_largest_at_the_wanted_usage() -> None:
    wanted = usage.usage_share(0.7, 0.1, 2.0, 0.8)
    grid = np.linspace(0.001, 0.999, 999)
    surplus = usage.surplus_per_mtok(grid, 0.7, 0.1, 2.0, 0.8)
    assert surplus.max() <= usage.surplus_per_mtok(wanted, 0.7, 0.1, 2.0, 0.8)
    assert grid[surplus.argmax()] == pytest.approx(float(wanted), abs=1e-3)


def test_success_share_is_one_half_at_the_difficulty_and_never_zero() -> None:
    assert usage.success_share(1.5, 1.5, 0.7) == 0.5
    assert usage.success_share(-1e6, 0.0, 1.0) > 0.0


@given(st.floats(0.001, 0.999), st.floats(0.3, 3.5), st.floats(1e-3, 1e3), st.floats(0.01, 1.0))
def test_at_the_mean_value_of_a_viable_share_that_share_is_worth_running(
    share: float, sd: float, price: float, success: float
) -> None:
    mean = usage.mean_log_value(share, sd, price, success)
    assert usage.usage_share(price, mean, sd, success) == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("function", [normal.normal_quantile, normal.normal_quantile.py_func])
def test_the_kernels_normal_quantile_is_exact_over_all_usage_shares(function: object) -> None:
    share = (
        np.concatenate([np.geomspace(1, UNIT - 1, 2001), [UNIT // 2, UNIT - 1, UNIT - 2]]) / UNIT
    )
    mine = np.array([function(float(w)) for w in share])
    assert mine == pytest.approx(ndtri(share), rel=2e-15, abs=2e-16)


def test_the_kernels_normal_distribution_is_exact() -> None:
    z = np.linspace(-8, 8, 801)
    assert np.array([normal.normal_cdf(x) for x in z]) == pytest.approx(ndtr(z), rel=1e-13)


@pytest.mark.parametrize("function", [moves.value_share, moves.value_share.py_func])
@pytest.mark.parametrize("sd", [0.3, 2.4])
def test_the_kernels_value_share_is_the_closed_form_to_one_unit(
    function: Callable[[np.int64, float], int], sd: float
) -> None:
    for units in [1, 1000, UNIT // 7, UNIT // 2, UNIT - 1]:
        wanted = float(usage.value_share(units / UNIT, sd)) * UNIT
        assert abs(function(np.int64(units), sd) - wanted) <= 1
    assert function(np.int64(0), sd) == 0
    assert function(np.int64(UNIT), sd) == UNIT


@pytest.mark.parametrize("function", [adjusted_usage, adjusted_usage.py_func])
def test_usage_rises_by_a_share_of_the_gap_and_falls_by_its_own(
    function: Callable[[np.int64, np.int64, UsageRules], int],
) -> None:
    at_once = UsageRules(adjustments_per_day=1.0, adjustment_share=0.1, reduction_share=1.0)
    assert function(np.int64(100), np.int64(1100), at_once) == 200
    assert function(np.int64(1100), np.int64(100), at_once) == 100
    slowly = at_once._replace(reduction_share=0.25)
    assert function(np.int64(100), np.int64(1100), slowly) == 200
    assert function(np.int64(1100), np.int64(100), slowly) == 850


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 8, 16, 31])
def test_closed_forms_have_the_same_bits_in_arrays_of_any_shape_and_stride(columns: int) -> None:
    rng = np.random.default_rng(columns)
    price = np.where(rng.random((37, 49)) < 0.1, 0.0, rng.lognormal(0.0, 3.0, (37, 49)))
    mean, sd = rng.normal(size=(37, 1)), rng.uniform(0.3, 3.0, (37, 1))
    success = usage.success_share(rng.normal(0, 3, (37, 49)), 0.3, 0.7)
    share = usage.usage_share(price, mean, sd, success)
    surplus = usage.surplus_per_mtok(share, price, mean, sd, success)
    some = rng.choice(49, columns, replace=False)
    for layout in (np.ascontiguousarray, np.asfortranarray, lambda a: a.repeat(3, axis=1)[:, ::3]):
        part_price, part_success = layout(price[:, some]), layout(success[:, some])
        part = usage.usage_share(part_price, mean, sd, part_success)
        gain = usage.surplus_per_mtok(part, part_price, mean, sd, part_success)
        assert part.tolist() == share[:, some].tolist()
        assert gain.tolist() == surplus[:, some].tolist()
