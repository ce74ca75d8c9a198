"""Fieller's interval of a ratio of means, against its definition, its limits and its coverage."""

import math

import numpy as np
import pytest

from analysis.ratio import ratio_of_means
from sim.statistics import student_quantile

A = np.array([1.1, 2.3, 2.9, 2.2, 1.6])
B = np.array([2.0, 4.1, 6.3, 3.9, 3.2])


def test_its_bounds_are_where_student_s_t_of_the_difference_is_at_its_quantile():
    found = ratio_of_means(A, B)
    assert found.centre == pytest.approx(A.mean() / B.mean())
    for bound in (found.low, found.high):
        rest = A - bound * B
        t = rest.mean() / (rest.std(ddof=1) / math.sqrt(len(A)))
        assert abs(t) == pytest.approx(float(student_quantile(len(A))))
    assert found.low < found.centre < found.high


def test_of_a_denominator_that_does_not_vary_it_is_student_s_interval_over_it():
    found = ratio_of_means(A, np.full(5, 4.0))
    half = float(student_quantile(5)) * A.std(ddof=1) / math.sqrt(5.0) / 4.0
    assert found.low == pytest.approx(A.mean() / 4.0 - half)
    assert found.high == pytest.approx(A.mean() / 4.0 + half)


def test_where_the_denominator_may_be_zero_replications_say_nothing():
    found = ratio_of_means(np.array([1.0, 1.1, 0.9]), np.array([0.5, -0.2, 0.6]))
    assert found.says_nothing
    assert not found.known
    assert found.text().endswith("(three replications say nothing)")


def test_too_little_has_no_bounds():
    assert ratio_of_means(A[:1], B[:1]).text() == "0.55 (one replication, no interval)"
    assert math.isnan(ratio_of_means(A, np.zeros(5)).centre)
    assert ratio_of_means(np.array([math.nan, 1.0]), np.array([1.0, math.nan])).replications == 0
    exact = ratio_of_means(0.3 * B, B)
    assert (exact.low, exact.high) == pytest.approx((0.3, 0.3))


@pytest.mark.parametrize("count", [2, 3, 6])
def test_it_covers_the_truth_as_often_as_it_says_however_few_there_are(count):
    """2,000 samples: a standard error of 0.5%, and a denominator that is never near zero."""
    generator = np.random.default_rng(count)
    hits = 0
    for _ in range(2_000):
        b = 1.0 + generator.normal(scale=0.01, size=count)
        a = 0.75 * b + generator.normal(scale=0.05, size=count)
        found = ratio_of_means(a, b)
        hits += found.low <= 0.75 <= found.high
    assert 0.935 <= hits / 2_000 <= 0.965
