"""Price indices on cases worked by hand: entry, free products, gaps, windows."""

import numpy as np
import pytest

from sim.market.price_comparison import geks, time_hedonic
from sim.market.price_index import Period, SplicedIndex, periods_of_window

NAN = np.nan


def periods(price, amount, capability=None):
    price, amount = np.array(price, dtype=float), np.array(amount, dtype=float)
    quality = np.zeros_like(price) if capability is None else np.array(capability, dtype=float)
    grids = (price, amount, np.broadcast_to(quality, price.shape))
    return [Period(*cells) for cells in zip(*grids, strict=True)]


def indexed(window, compare, weeks):
    index = SplicedIndex(window, compare)
    return [index.add(week) for week in weeks], index.levels


def test_an_equal_cut_of_all_prices_moves_the_index_by_that_cut_whatever_the_amounts():
    weeks = periods([[3.0, 10.0], [1.5, 5.0], [3.0, 10.0]], [[1.0, 9.0], [7.0, 2.0], [4.0, 4.0]])
    assert np.exp(geks(weeks, 0)) == pytest.approx([1.0, 0.5, 1.0], rel=1e-12)


def test_two_periods_give_the_geometric_mean_of_laspeyres_and_paasche():
    weeks = periods([[2.0, 4.0], [1.0, 4.0]], [[10.0, 10.0], [30.0, 10.0]])
    expected = np.sqrt(
        (1 * 10 + 4 * 10) / (2 * 10 + 4 * 10) * (1 * 30 + 4 * 10) / (2 * 30 + 4 * 10)
    )
    assert np.exp(geks(weeks, 0)[1]) == pytest.approx(expected, rel=1e-12)


def test_a_cheap_newcomer_is_a_price_change_at_equal_capability_and_none_product_by_product():
    weeks = periods(
        [[2.0, NAN], [2.0, 0.5], [NAN, 0.5]],
        [[5.0, 0.0], [1.0, 4.0], [0.0, 4.0]],
    )
    assert geks(weeks, 0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    half = np.log(0.5)
    assert time_hedonic(weeks, 0) == pytest.approx([0.0, half, 2 * half])


def test_a_dearer_and_better_newcomer_is_no_price_change_at_what_a_logit_costs():
    price = np.exp([[0.0, 1.0, NAN], [0.0, 1.0, 3.0]])
    weeks = periods(price, [[2.0, 3.0, 0.0], [1.0, 1.0, 9.0]], [0.0, 1.0, 3.0])
    assert time_hedonic(weeks, 0) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_what_a_logit_costs_is_not_guessed_from_one_product_a_week():
    weeks = periods([[2.0], [1.0], [1.0]], [[1.0]] * 3, [[0.0], [0.0], [0.4]])
    change = time_hedonic(weeks, 0)
    assert change[:2] == pytest.approx([0.0, np.log(0.5)])
    assert np.isnan(change[2])


def test_a_free_product_is_left_out():
    weeks = periods([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[10.0, 1.0], [10.0, 90.0], [10.0, 1.0]])
    for compare in (geks, time_hedonic):
        assert compare(weeks, 0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_a_product_that_is_free_for_a_while_leaves_no_drift_in_thirteen_weeks():
    """A chain of weekly links never comes back: the return from free has no link of its own."""
    price, amount = np.ones((20, 2)), np.full((20, 2), 10.0)
    price[5:7, 1], amount[5:7, 1] = [0.02, 0.0], [1e3, 1e4]
    _, chain = indexed(2, geks, periods(price, amount))
    _, levels = indexed(13, geks, periods(price, amount))
    assert chain[-1] < 0.2
    assert levels[5] < 0.2
    assert levels[7:] == pytest.approx([1.0] * 13, abs=0.02)


def test_there_is_no_level_before_the_window_is_full():
    weeks = periods([[2.0], [1.0], [1.0], [0.5]], [[1.0]] * 4)
    published, levels = indexed(3, geks, weeks)
    assert np.isnan(published[:2]).all()
    assert published[2:] == pytest.approx([0.5, 0.25])
    assert levels == pytest.approx([1.0, 0.5, 0.5, 0.25])


def test_the_first_week_is_the_first_with_a_price():
    weeks = periods([[NAN], [0.0], [2.0], [1.0], [0.5]], [[0.0], [5.0], [1.0], [1.0], [1.0]])
    published, levels = indexed(2, geks, weeks)
    assert np.isnan(published[:3]).all()
    assert published[3:] == pytest.approx([0.5, 0.25])
    assert levels[0] == 1.0


def test_a_week_without_sales_has_no_level_and_the_next_links_across_it():
    weeks = periods([[2.0], [1.0], [NAN], [0.0], [0.5]], [[1.0], [1.0], [0.0], [3.0], [1.0]])
    for compare in (geks, time_hedonic):
        published, _ = indexed(2, compare, weeks)
        assert np.isnan(published[2:]).all()
        published, _ = indexed(4, compare, weeks)
        assert np.isnan(published[3])
        assert published[4] == pytest.approx(0.25)


def test_products_that_no_week_links_are_not_compared_product_by_product():
    weeks = periods([[2.0, NAN], [2.0, NAN], [NAN, 1.0]], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert np.isnan(geks(weeks, 0)[2])
    assert time_hedonic(weeks, 0)[2] == pytest.approx(np.log(0.5))


def test_a_window_is_thirteen_weeks_however_often_a_snapshot_is_taken():
    assert [periods_of_window(days) for days in (1, 7, 14, 30, 92)] == [91, 13, 6, 3, 2]
    with pytest.raises(ValueError, match="at least 2 periods, not 1"):
        SplicedIndex(1, geks)
