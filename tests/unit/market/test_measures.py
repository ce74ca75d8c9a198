"""Measures of the market agree with their definitions on cases worked by hand."""

import numpy as np
import pytest

from sim.market.measures import frontier_price, herfindahl, lerner, price_index


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
    price = np.array([[3.0, 10.0], [1.5, 5.0], [3.0, 10.0]])
    amount = np.array([[1.0, 9.0], [7.0, 2.0], [4.0, 4.0]])
    assert price_index(price, amount) == pytest.approx([1.0, 0.5, 1.0], rel=1e-12)


def test_two_periods_give_the_geometric_mean_of_laspeyres_and_paasche():
    price = np.array([[2.0, 4.0], [1.0, 4.0]])
    amount = np.array([[10.0, 10.0], [30.0, 10.0]])
    expected = np.sqrt(
        (1 * 10 + 4 * 10) / (2 * 10 + 4 * 10) * (1 * 30 + 4 * 10) / (2 * 30 + 4 * 10)
    )
    assert price_index(price, amount)[1] == pytest.approx(expected, rel=1e-12)


def test_a_new_product_is_no_price_change():
    price = np.array([[2.0, 0.0], [2.0, 0.1], [2.0, 0.1]])
    amount = np.array([[5.0, 0.0], [5.0, 99.0], [1.0, 500.0]])
    assert price_index(price, amount) == pytest.approx(1.0, rel=1e-12)


def test_a_product_that_is_free_for_a_while_leaves_no_drift():
    """A chained index would rise twentyfold: it falls by one token and rises by a thousand."""
    price = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    amount = np.array([[10.0, 1.0], [10.0, 1000.0], [10.0, 1.0]])
    index = price_index(price, amount)
    assert index[2] == pytest.approx(1.0, rel=1e-12)
    assert index[1] < 1.0


def test_the_index_is_unknown_before_sales_and_after_everything_became_free():
    price = np.array([[0.0], [2.0], [1.0], [0.0]])
    amount = np.array([[0.0], [1.0], [1.0], [1.0]])
    index = price_index(price, amount)
    assert index[1:3] == pytest.approx([1.0, 0.5])
    assert np.isnan(index[[0, 3]]).all()


def test_the_frontier_price_is_the_cheapest_at_the_capability_or_better():
    price = np.array([1.0, 5.0, 3.0, 0.1])
    capability = np.array([0.0, 2.0, 3.0, 4.0])
    listed = np.array([True, True, True, False])
    assert frontier_price(price, capability, listed, 2.0) == 3.0
    assert np.isnan(frontier_price(price, capability, listed, 3.5))
