"""Lorenz curves and Gini coefficients have their closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from analysis.inequality import gini, gini_of_means, lorenz

GROUPS = st.lists(
    st.tuples(st.floats(0.0, 1e6), st.floats(1.0, 1e4)), min_size=1, max_size=12
).filter(lambda groups: sum(amount for amount, _ in groups) > 1e-6)


def arrays(groups: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    amount, users = np.array(groups).T
    return amount, users


@given(st.lists(st.floats(1.0, 1e4), min_size=1, max_size=12), st.floats(0.01, 1e6))
def test_equal_gains_are_the_diagonal_whatever_the_groups(users, each):
    count = np.array(users)
    x, y = lorenz(each * count, count)
    assert y == pytest.approx(x, abs=1e-12)
    assert gini(each * count, count) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("count", [2, 10, 1000])
def test_amounts_in_arithmetic_progression_have_their_coefficient(count):
    assert gini(np.arange(1.0, count + 1.0), np.ones(count)) == pytest.approx(
        (count - 1) / (3 * count), rel=1e-12
    )


def test_all_for_one_of_many_is_one_less_its_share_of_users():
    assert gini(np.array([0.0, 5.0]), np.array([99.0, 1.0])) == pytest.approx(0.99)


def test_strata_of_a_lognormal_come_close_to_its_coefficient_from_below():
    sd, strata = 1.2, 4_000
    middle = (np.arange(strata) + 0.5) / strata
    found = gini(np.exp(sd * ndtri(middle)), np.ones(strata))
    wanted = 2.0 * float(ndtr(sd / np.sqrt(2.0))) - 1.0
    assert wanted - 0.005 < found < wanted


@given(GROUPS, st.floats(1e-3, 1e3), st.randoms())
def test_the_curve_is_convex_below_the_diagonal_and_blind_to_units_and_order(groups, factor, rng):
    x, y = lorenz(*arrays(groups))
    assert (y <= x + 1e-9).all()
    slopes = np.diff(y) / np.diff(x)
    assert (np.diff(slopes) >= -1e-6 * (1.0 + np.abs(slopes[1:]))).all()
    before = gini(*arrays(groups))
    assert -1e-9 <= before < 1.0
    rng.shuffle(groups)
    amount, users = arrays(groups)
    assert gini(factor * amount, 2.0 * users) == pytest.approx(before, abs=1e-9)


def test_the_curve_dips_below_zero_where_some_lose():
    x, y = lorenz(np.array([-1.0, 3.0]), np.ones(2))
    assert (x == [0.0, 0.5, 1.0]).all()
    assert (y == [0.0, -0.5, 1.0]).all()
    assert gini(np.array([-1.0, 3.0]), np.ones(2)) == pytest.approx(1.0)


def test_groups_without_users_count_for_nothing_and_no_gain_has_no_coefficient():
    amount, users = np.array([1.0, 0.0, 3.0]), np.array([1.0, 0.0, 1.0])
    assert gini(amount, users) == gini(amount[[0, 2]], users[[0, 2]]) == 0.25
    assert np.isnan(gini(np.array([-1.0, 1.0]), np.ones(2)))


def test_replications_without_noise_have_no_interval_to_speak_of_and_noise_has_one():
    amounts = np.array([1.0, 2.0, 5.0])
    same = gini_of_means(np.tile(amounts, (6, 1)), np.ones(3))
    assert same.low == same.high == same.centre == gini(amounts, np.ones(3))
    noise = 1.0 + 0.1 * np.random.default_rng(7).standard_normal((12, 3))
    noisy = gini_of_means(amounts * noise, np.ones(3))
    assert noisy.low < noisy.centre < noisy.high
    assert noisy == gini_of_means(amounts * noise, np.ones(3))
    assert np.isnan(gini_of_means(amounts[None], np.ones(3)).low)


@pytest.mark.parametrize("replications", [2, 3, 10])
def test_the_interval_of_the_coefficient_covers_it_as_often_as_it_says(replications: int):
    # 1,000 repeats at 95% have sd 0.7%; a coefficient of means is curved, so a little is allowed
    generator, amounts = np.random.default_rng(11), np.array([1.0, 2.0, 3.0, 6.0])
    truth, users = gini(amounts, np.ones(4)), np.ones(4)
    noise = generator.standard_normal((1_000, replications, 4))
    found = [gini_of_means(amounts * (1.0 + 0.1 * one), users) for one in noise]
    covered = np.mean([it.low <= truth <= it.high for it in found])
    assert 0.92 <= covered <= 0.975
