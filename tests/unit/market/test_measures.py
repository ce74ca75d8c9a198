"""Measures of the market agree with their definitions on cases worked by hand."""

import numpy as np
import pytest

from sim.market.measures import frontier_bar, frontier_price, herfindahl, lerner


def test_concentration_of_equal_firms_is_ten_thousand_over_their_number():
    assert herfindahl(np.full(4, 7.0)) == pytest.approx(2500.0, rel=1e-15)
    assert herfindahl(np.array([3.0, 0.0])) == 10_000.0


def test_concentration_of_published_shares_matches_the_sum_of_squares():
    """China's public cloud, first half of 2025: 49.2, 27, 17 and the rest of four small ones."""
    shares = np.array([49.2, 27.0, 17.0])
    assert herfindahl(np.append(shares, 6.8)) == pytest.approx((shares**2).sum() + 6.8**2)


def test_concentration_without_sales_is_unknown():
    assert np.isnan(herfindahl(np.zeros(3)))


def test_mark_up_is_negative_below_cost_and_unknown_without_revenue():
    assert lerner(200.0, 100.0) == 0.5
    assert lerner(100.0, 150.0) == -0.5
    assert np.isnan(lerner(0.0, 10.0))


def test_the_frontier_price_is_the_cheapest_at_the_capability_or_better():
    price = np.array([1.0, 5.0, 3.0, 0.1])
    capability = np.array([0.0, 2.0, 3.0, 4.0])
    listed = np.array([True, True, True, False])
    assert frontier_price(price, capability, listed, 2.0) == 3.0
    assert np.isnan(frontier_price(price, capability, listed, 3.5))


def test_a_model_within_one_standard_error_of_the_best_counts_as_good_as_the_best():
    """A hundredth of a logit decided before: the cheap model would not have counted."""
    price = np.array([5.0, 0.1, 0.05])
    capability = np.array([1.0, 0.98, 0.7])
    listed = np.ones(3, dtype=bool)
    bar = frontier_bar(capability, np.array([0.2, 0.01, 0.01]), listed)
    assert bar == pytest.approx(0.8)
    assert frontier_price(price, capability, listed, bar) == 0.1


def test_the_bar_is_that_of_the_best_on_offer_and_of_the_worst_known_of_several():
    capability, error = np.array([1.0, 1.0, 3.0]), np.array([0.1, 0.3, 0.9])
    assert frontier_bar(capability, error, np.array([True, True, False])) == pytest.approx(0.7)
    assert frontier_bar(capability, error, np.array([True, False, False])) == pytest.approx(0.9)
    assert np.isnan(frontier_bar(capability, error, np.zeros(3, dtype=bool)))
