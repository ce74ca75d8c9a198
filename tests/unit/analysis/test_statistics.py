"""Means, intervals and bands over replications."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.statistics import (
    Interval,
    at_end,
    bands,
    flow_mean,
    median_of,
    student,
    time_mean,
)


def weekly(values: list[list[float]]) -> pd.DataFrame:
    rows = [
        {"replication": r, "time_days": 7.0 * week, "date": f"week {week}", "x": value}
        for r, series in enumerate(values)
        for week, value in enumerate(series)
    ]
    return pd.DataFrame(rows)


def test_students_interval_equals_scipys():
    values = [3.0, 5.0, 4.0, 9.0, 1.0]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    interval = student(values)
    assert (interval.centre, interval.low, interval.high) == pytest.approx((4.4, low, high))


def test_a_single_replication_gets_no_interval_and_says_so():
    for interval in (student([2.0]), median_of([2.0])):
        assert not interval.known
        assert not interval.settled
        assert interval.text() == "2 (one replication, no interval)"


def test_no_replication_at_all_is_not_measured():
    for interval in (student([]), median_of([np.nan])):
        assert np.isnan(interval.centre)
        assert interval.text() == "not measured"


def test_an_interval_without_width_says_that_all_replications_agree():
    assert student([2.0, 2.0, 2.0]).text() == "2 (the same in every replication)"


def test_replications_without_a_value_are_left_out():
    assert student([1.0, np.nan, 3.0]) == student([1.0, 3.0])


@pytest.mark.parametrize(
    ("low", "high", "settled"), [(0.1, 2.0, True), (-2.0, -0.1, True), (-1.0, 1.0, False)]
)
def test_the_sign_is_settled_when_the_interval_excludes_zero(low, high, settled):
    assert Interval(0.0, low, high, 5).settled is settled


def test_students_interval_covers_the_truth_95_times_in_100():
    # of 2,000 intervals 1,900 cover, with sd 9.7; bounds at 4 sd: one false alarm in 16,000 seeds
    draws = np.random.default_rng(7).normal(1.0, 2.0, size=(2_000, 6))
    covered = sum(interval.low <= 1.0 <= interval.high for interval in map(student, draws))
    assert 1_861 <= covered <= 1_939


@pytest.mark.parametrize("count", [5, 6, 9, 20])
def test_the_interval_of_the_median_covers_it_in_at_least_95_of_100_repeats(count):
    # exact coverage is at least 0.95; 2,000 repeats have sd 0.005
    generator = np.random.default_rng(3)
    found = [median_of(generator.exponential(size=count)) for _ in range(2_000)]
    if count == 5:
        assert not any(it.known for it in found)
        assert found[0].text().endswith("(five replications, no interval)")
        return
    covered = np.mean([it.low <= np.log(2.0) <= it.high for it in found])
    assert covered >= 0.95 - 4 * 0.005


def test_a_median_of_equal_values_has_no_width_and_missing_values_do_not_count():
    assert median_of([0.5, 0.5, np.nan]).text() == "0.5 (the same in every replication)"
    assert median_of([np.inf, np.nan]).replications == 1


def test_bands_are_the_weekly_students_intervals():
    out = bands(weekly([[1.0, 2.0], [3.0, 6.0], [5.0, 7.0]]), "x")
    expected = student([2.0, 6.0, 7.0])
    last = out.iloc[-1]
    assert (last["mean"], last["low"], last["high"]) == pytest.approx(
        (expected.centre, expected.low, expected.high)
    )
    assert list(out["replications"]) == [3, 3]


def test_bands_of_a_single_replication_have_no_bounds():
    out = bands(weekly([[1.0, 2.0]]), "x")
    assert out[["low", "high"]].isna().all(axis=None)


def test_a_stock_is_averaged_by_the_trapezoid_rule_and_a_flow_by_its_week():
    table = weekly([[0.0, 2.0, 4.0]])
    assert time_mean(table, "x").tolist() == [2.0]
    assert flow_mean(table, "x").tolist() == [3.0]


def test_a_flow_that_is_null_on_the_first_day_keeps_its_mean():
    assert flow_mean(weekly([[np.nan, 2.0, 4.0]]), "x").tolist() == [3.0]


def test_the_end_is_the_last_snapshot_of_each_replication():
    assert at_end(weekly([[1.0, 2.0], [5.0, 4.0]]), "x").tolist() == [2.0, 4.0]
