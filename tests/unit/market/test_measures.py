"""Measures of the market agree with their definitions on cases worked by hand."""

import numpy as np
import pytest

from sim.market.measures import fisher_link, frontier_price, herfindahl, lerner


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


def test_an_equal_cut_of_all_prices_moves_the_index_by_that_cut_whatever_the_amounts():
    before, now = np.array([3.0, 10.0]), np.array([1.5, 5.0])
    link = fisher_link(before, now, np.array([1.0, 9.0]), np.array([7.0, 2.0]))
    assert link == pytest.approx(0.5, rel=1e-15)


def test_the_index_is_the_geometric_mean_of_laspeyres_and_paasche():
    before, now = np.array([2.0, 4.0]), np.array([1.0, 4.0])
    base, new = np.array([10.0, 10.0]), np.array([30.0, 10.0])
    assert fisher_link(before, now, base, new) == pytest.approx(np.sqrt(50 / 60 * 70 / 100))


def test_a_product_enters_the_index_in_its_second_period():
    before, now = np.array([2.0, 0.1]), np.array([2.0, 0.1])
    assert fisher_link(before, now, np.array([5.0, 0.0]), np.array([5.0, 99.0])) == 1.0
    assert fisher_link(before, now, np.zeros(2), np.ones(2)) == 1.0


def test_the_index_ends_when_everything_sold_was_free():
    free = np.zeros(1)
    assert np.isnan(fisher_link(free, np.ones(1), np.ones(1), np.ones(1)))


def test_the_frontier_price_is_the_cheapest_at_the_capability_or_better():
    price = np.array([1.0, 5.0, 3.0, 0.1])
    capability = np.array([0.0, 2.0, 3.0, 4.0])
    listed = np.array([True, True, True, False])
    assert frontier_price(price, capability, listed, 2.0) == 3.0
    assert np.isnan(frontier_price(price, capability, listed, 3.5))
