"""Axioms of index numbers hold of both price indices, whoever enters, leaves or is free."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.market.price_comparison import geks, time_hedonic
from sim.market.price_index import Period, SplicedIndex

PRICES = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
AMOUNTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e6))
BOTH = pytest.mark.parametrize("compare", [geks, time_hedonic])


@st.composite
def markets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prices, amounts, capabilities, each (T, P); products come, go, and are free for a while."""
    shape = draw(st.tuples(st.integers(2, 9), st.integers(1, 5)))
    price = draw(arrays(np.float64, shape, elements=PRICES))
    amount = draw(arrays(np.float64, shape, elements=AMOUNTS))
    capability = draw(arrays(np.float64, shape[1], elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])))
    return price, amount, np.broadcast_to(capability, shape)


def periods(market) -> list[Period]:
    return [Period(*cells) for cells in zip(*market, strict=True)]


def published(window: int, compare, weeks) -> list[float]:
    index = SplicedIndex(window, compare)
    return [index.add(week) for week in weeks]


@BOTH
@given(market=markets(), more=markets(), window=st.integers(2, 5))
def test_more_weeks_change_no_published_level_by_a_bit(compare, market, more, window):
    width = min(market[0].shape[1], more[0].shape[1])
    both = zip(market, more, strict=True)
    longer = [np.concatenate([first[:, :width], then[:, :width]]) for first, then in both]
    short = [cells[:, :width] for cells in market]
    before = published(window, compare, periods(short))
    after = published(window, compare, periods(longer))[: len(before)]
    assert np.array(before).tobytes() == np.array(after).tobytes()


@BOTH
@given(market=markets(), window=st.integers(2, 5))
def test_equal_prices_give_a_level_of_one(compare, market, window):
    price, amount, capability = market
    same = np.broadcast_to(price[0], price.shape)
    levels = np.array(published(window, compare, periods((same, amount, capability))))
    known = levels[np.isfinite(levels)]
    if compare is geks:
        assert known == pytest.approx(1.0, rel=1e-9)
    else:  # at equal capability, other products count: those sold in all weeks alike
        same_amount = np.broadcast_to(amount[0], amount.shape)
        levels = np.array(published(window, compare, periods((same, same_amount, capability))))
        assert levels[np.isfinite(levels)] == pytest.approx(1.0, rel=1e-9)


@BOTH
@given(market=markets(), factors=arrays(np.float64, 9, elements=st.floats(0.01, 10.0)))
def test_prices_that_move_together_move_the_index_as_much(compare, market, factors):
    """Proportionality: every price of period t times a factor of its own."""
    price, amount, capability = market
    moved = price * factors[: len(price), None]
    plain = compare(periods(market), 0)
    known = np.isfinite(plain)
    found = compare(periods((moved, amount, capability)), 0)
    assert (np.isfinite(found) == known).all()
    expected = plain + np.log(factors[: len(price)] / factors[0])
    assert found[known] == pytest.approx(expected[known], abs=1e-6)


@BOTH
@given(market=markets(), random=st.randoms(use_true_random=False))
def test_the_order_of_products_does_not_matter(compare, market, random):
    order = list(range(market[0].shape[1]))
    random.shuffle(order)
    shuffled = [cells[:, order] for cells in market]
    found = compare(periods(shuffled), 0)
    assert found == pytest.approx(compare(periods(market), 0), abs=1e-6, nan_ok=True)


@BOTH
@given(market=markets(), data=st.data())
def test_the_way_back_undoes_the_way_there(compare, market, data):
    """Time reversal within a window: from t to u and from u to t."""
    weeks = periods(market)
    one, other = (data.draw(st.integers(0, len(weeks) - 1)) for _ in range(2))
    there, back = compare(weeks, one)[other], compare(weeks, other)[one]
    assert there == pytest.approx(-back, abs=1e-9, nan_ok=True)


@BOTH
@given(market=markets())
def test_a_window_run_backwards_gives_the_inverse(compare, market):
    weeks = periods(market)
    forwards = compare(weeks, 0)[-1]
    backwards = compare(weeks[::-1], 0)[-1]
    assert forwards == pytest.approx(-backwards, abs=1e-6, nan_ok=True)


@BOTH
@given(market=markets(), rate=st.floats(1e-3, 1e3))
def test_neither_the_currency_nor_the_unit_of_tokens_matters(compare, market, rate):
    price, amount, capability = market
    found = compare(periods((rate * price, amount / rate, capability)), 0)
    assert found == pytest.approx(compare(periods(market), 0), abs=1e-6, nan_ok=True)


@BOTH
@given(market=markets(), product=st.integers(0, 4))
def test_tokens_that_are_free_are_left_out(compare, market, product):
    price, amount, capability = (cells.copy() for cells in market)
    product %= price.shape[1]
    price[:, product] = 0.0
    without = amount.copy()
    without[:, product] = 0.0
    free = compare(periods((price, amount, capability)), 0)
    absent = compare(periods((price, without, capability)), 0)
    assert free == pytest.approx(absent, nan_ok=True)


@given(
    market=markets(),
    slope=st.floats(-0.5, 0.5),
    per_logit=st.floats(-2.0, 2.0),
    window=st.integers(2, 5),
)
def test_a_constant_slope_at_equal_capability_is_recovered_exactly(
    market, slope, per_logit, window
):
    price, amount, capability = market
    time = np.arange(len(price))[:, None]
    priced = (price > 0.0) & (amount > 0.0)
    fair = np.where(priced, np.exp(1.0 + slope * time + per_logit * capability), 0.0)
    index = SplicedIndex(window, time_hedonic)
    for week in periods((fair, amount, capability)):
        index.add(week)
    found = np.log(index.levels)
    known = np.isfinite(found)
    assert found[known] == pytest.approx(slope * np.arange(len(found))[known], abs=1e-6)
