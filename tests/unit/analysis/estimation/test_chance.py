"""Degrees of freedom of measured variances follow how far points share their draws."""

import numpy as np
import pytest

from analysis.estimation.bank import Bank
from analysis.estimation.chance import Chance

POINTS, REPLICATIONS = 12, 9
FREE = REPLICATIONS - 1


def chance(generator, shared):
    """Return a bank whose points' draws are correlated by ``shared``, in two moments alike."""
    common = generator.normal(size=(1, REPLICATIONS, 2))
    own = generator.normal(size=(POINTS, REPLICATIONS, 2))
    moments = np.sqrt(shared) * common + np.sqrt(1.0 - shared) * own
    return Chance(Bank(np.zeros((POINTS, 1)), moments), np.zeros((2, 2)))


def test_points_that_respond_alike_know_no_more_of_chance_than_one():
    found = chance(np.random.default_rng(1), 1.0)
    assert found.degrees(np.eye(2)) == pytest.approx([FREE, FREE])
    assert found.pooled_degrees() == pytest.approx(FREE)


@pytest.mark.parametrize("shared", [0.0, 0.3, 0.7])
def test_degrees_are_those_by_which_pooled_variances_vary(shared):
    """Box: (S - 1) N / (1 + (N - 1) rho^2); 200 banks tell a variance of variances to 10%."""
    wanted = FREE * POINTS / (1.0 + (POINTS - 1.0) * shared**2)
    generator = np.random.default_rng(2)
    banks = [chance(generator, shared) for _ in range(200)]
    variances = np.array([np.diag(it.process) for it in banks])
    assert 2.0 / variances.var() == pytest.approx(wanted, rel=0.2)
    found = np.array([it.degrees(np.eye(2)) for it in banks])
    assert 1.0 / (1.0 / found).mean() == pytest.approx(wanted, rel=0.25)


def test_degrees_do_not_depend_on_the_size_of_a_combination():
    found = chance(np.random.default_rng(3), 0.5)
    small, large = found.degrees(np.array([[1e-3, 2e-3], [1e3, 2e3]]))
    assert small == pytest.approx(large)


def test_replications_that_are_missing_leave_replications_less_one():
    found = chance(np.random.default_rng(4), 0.0)
    moments = found.bank.moments.copy()
    moments[:-1, 0] = np.nan  # one point is whole
    bank = Chance(Bank(found.bank.points, moments), found.simulated)
    expected = (FREE + (POINTS - 1) * (FREE - 1.0)) / POINTS
    assert bank.degrees(np.eye(2)) == pytest.approx([expected, expected])


def test_two_replications_cannot_tell_how_far_draws_are_shared():
    moments = np.random.default_rng(5).normal(size=(6, 2, 1))
    found = Chance(Bank(np.zeros((6, 1)), moments), np.zeros((1, 1)))
    assert found.degrees(np.eye(1)) == pytest.approx([1.0])
