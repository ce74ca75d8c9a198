"""The account of a price change leaves no remainder, whatever the market did."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.price_account import PARTS, chained_bennet

SHAPES = st.tuples(st.integers(2, 8), st.integers(1, 6))
PRICES = st.one_of(st.just(0.0), st.floats(1e-4, 1e3))
CHANGES = st.floats(-10.0, 10.0)


@st.composite
def markets(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Prices with free tiers, costs with their causes, tokens; products come and go."""
    shape = draw(SHAPES)
    price = draw(arrays(np.float64, shape, elements=PRICES))
    causes = [draw(arrays(np.float64, shape, elements=CHANGES)) for _ in range(3)]
    other = draw(arrays(np.float64, shape, elements=CHANGES))
    tokens = draw(arrays(np.float64, shape, elements=PRICES))
    absent = draw(arrays(np.bool_, shape))
    absent[:, 0] = False
    tokens[:, 0] += 1.0
    tokens[absent] = 0.0
    cost = np.where(absent, np.nan, other + sum(causes))
    return np.where(absent, np.nan, price), cost, *causes, tokens


@given(markets())
def test_the_parts_add_up_to_the_change(market):
    parts, start, end = chained_bennet(*market)
    size = max(1.0, np.nanmax(np.abs(market[0])), np.nanmax(np.abs(market[1])))
    assert parts.shape == (len(PARTS), market[0].shape[1])
    assert abs(parts.sum() - (end - start)) <= 1e-12 * size * market[0].size


@given(markets(), st.floats(0.01, 100.0))
def test_the_parts_scale_with_the_currency(market, rate):
    *money, tokens = market
    parts, _, _ = chained_bennet(*market)
    converted, _, _ = chained_bennet(*(rate * grid for grid in money), tokens)
    assert np.allclose(converted, rate * parts, rtol=1e-9, atol=1e-9 * rate)


@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_products_does_not_matter(market, random):
    order = list(range(market[0].shape[1]))
    random.shuffle(order)
    parts, _, _ = chained_bennet(*market)
    shuffled, _, _ = chained_bennet(*(grid[:, order] for grid in market))
    assert np.allclose(shuffled, parts[:, order], rtol=1e-9, atol=1e-9)
