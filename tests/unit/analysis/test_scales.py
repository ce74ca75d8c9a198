"""Intervals keep to the bounds of their quantity, and say when they say nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.scales import (
    CONCENTRATION,
    POSITIVE,
    SHARE,
    SIGNED,
    scale_of,
    scale_of_difference,
)
from analysis.statistics import bands, student
from sim.record.tables import TABLES

shares = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=12)


@given(shares)
def test_an_interval_of_shares_stays_between_none_and_all(values):
    interval = student(values, SHARE)
    assert 0.0 <= interval.low <= interval.centre + 1e-12
    assert interval.centre - 1e-12 <= interval.high <= 1.0


@given(shares)
def test_a_difference_of_shares_stays_between_minus_and_plus_all(values):
    differences = np.array(values) - np.array(values[::-1]) * 0.999
    interval = student(differences, scale_of_difference(SHARE))
    assert -1.0 <= interval.low <= interval.centre + 1e-12
    assert interval.centre - 1e-12 <= interval.high <= 1.0


@given(st.lists(st.floats(1e-9, 1e12), min_size=2, max_size=12))
def test_an_interval_of_amounts_stays_above_zero(values):
    interval = student(values, POSITIVE)
    assert 0.0 <= interval.low <= interval.centre * (1 + 1e-12)


def test_concentration_of_two_replications_stays_below_a_monopoly():
    interval = student([9_100.0, 9_700.0], CONCENTRATION)
    assert student([9_100.0, 9_700.0]).high > 10_000
    assert 0.0 < interval.low < 9_400 < interval.high < 10_000


def test_with_little_spread_all_scales_agree_with_students_interval():
    values = [0.5000, 0.5001, 0.5002]
    plain = student(values)
    for scale in (SHARE, POSITIVE, scale_of_difference(SHARE)):
        interval = student(values, scale)
        assert (interval.low, interval.high) == pytest.approx((plain.low, plain.high), rel=1e-5)


def test_the_interval_on_a_log_scale_is_the_delta_methods():
    values = np.array([1.0, 2.0, 4.0])
    plain, interval = student(values), student(values, POSITIVE)
    factor = np.exp((plain.high - plain.centre) / plain.centre)
    expected = (plain.centre / factor, plain.centre * factor)
    assert (interval.low, interval.high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "scale"), [([1.0, 9.0], POSITIVE), ([0.1, 0.6], SHARE), ([-3.0, 5.0], SIGNED)]
)
def test_two_replications_far_apart_say_nothing_in_words(values, scale):
    interval = student(values, scale)
    assert interval.says_nothing
    assert interval.bounds() == "two replications say nothing"
    assert not student([5.0, 5.1], scale if scale is not SHARE else POSITIVE).says_nothing


def test_values_at_a_bound_that_never_vary_have_no_width():
    for value in (0.0, 1.0):
        assert student([value, value], SHARE).bounds() == "the same in every replication"


def test_bands_keep_to_the_bounds_and_leave_out_what_says_nothing():
    rows = [(0, 0.03), (1, 0.04), (0, 0.1), (1, 0.9)]
    frame = pd.DataFrame(rows, columns=["replication", "share"]).assign(
        time_days=[7.0, 7.0, 14.0, 14.0], date="2024-01-08"
    )
    weekly = bands(frame, "share", SHARE)
    assert bands(frame, "share")["low"].iloc[0] < 0
    assert 0 < weekly["low"].iloc[0] < 0.035 < weekly["high"].iloc[0] < 1
    assert weekly.loc[1, ["low", "high"]].isna().all()


@pytest.mark.parametrize(
    ("table", "column", "scale"),
    [
        ("market", "adopters_share", SHARE),
        ("market", "hhi_tokens", CONCENTRATION),
        ("market", "price_paid_usd_per_mtok", POSITIVE),
        ("market", "tokens_mtok_per_day", POSITIVE),
        ("market", "producer_surplus_usd_per_day", SIGNED),
        ("market", "lerner", SIGNED),
        ("products", "cost_from_rent_usd_per_mtok", SIGNED),
        ("providers", "cash_usd", SIGNED),
        ("domains", "satisfaction", SIGNED),
    ],
)
def test_every_column_has_the_scale_of_what_it_may_be(table, column, scale):
    assert scale_of(TABLES[table][column]) is scale


def test_differences_of_amounts_have_either_sign():
    assert scale_of_difference(POSITIVE) is SIGNED
