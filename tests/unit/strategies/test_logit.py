"""Logit demand: overflow, inversion, and what is not identified."""

import numpy as np
import pytest
from logit_demand import invert_shares, log_rivals, logit_shares, logit_surplus

from sim.strategies.logit_best_response import best_response, best_response_from_share


def test_shares_and_surplus_survive_utilities_of_any_size() -> None:
    shares = logit_shares([1.0, 2.0, 3.0], [1e6, 1e6 + 1.0, -1e6], 0.01)
    np.testing.assert_allclose(shares, [0.5, 0.5, 0.0])
    assert logit_surplus([0.0], [1e6], 0.01) == pytest.approx(1e6)


def test_inversion_recovers_the_qualities_behind_the_shares() -> None:
    quality = np.array([2.0, 0.5, -1.0])
    price = np.array([1.0, 0.2, 0.1])
    shares = logit_shares(price, quality, 0.4, 0.3)
    np.testing.assert_allclose(invert_shares(price, shares, 0.4, 0.3), quality, rtol=1e-12)


@pytest.mark.parametrize("shares", [[-0.1, 0.5], [0.6, 0.4], [0.9, 0.3]])
def test_shares_that_leave_nothing_outside_identify_no_quality(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares must be"):
        invert_shares([1.0, 1.0], shares, 0.4)


def test_best_response_has_its_limits_at_no_quality_and_at_endless_quality() -> None:
    assert best_response(-np.inf, 1.0, 0.25, 0.0) == 1.25
    assert best_response_from_share(2.0, 0.0, 1.0, 0.25) == 1.25
    steep = best_response(1e6, 1.0, 0.25, 0.0)
    assert steep == pytest.approx(1e6 - 0.25 * np.log(4e6), rel=1e-6)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="a share must be in"):
        best_response_from_share(2.0, share, 1.0, 0.25)


def test_rivals_include_the_outside_good() -> None:
    assert log_rivals(0, [1.0, 1.0], [2.0, 1.0], 0.25) == pytest.approx(np.log(2.0))
