"""Binomial draws from one word: the binomial's law, and monotone in all that they depend on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.users.cohort.binomial import binomial

WORD = st.integers(0, 2**64 - 1).map(np.uint64)


def words(count: int) -> np.ndarray:
    """Return words whose uniforms lie evenly in (0, 1): draws are then quantiles, without luck."""
    return ((np.arange(count) + 0.5) / count * 2**52).astype(np.uint64) << np.uint64(12)


@pytest.mark.parametrize(
    ("count", "probability"),
    [
        (7, 0.3),
        (100, 0.15),
        (33, 0.5),
        (1700, 0.01),
        (10**6, 2e-5),
        (10**9, 1e-7),
        (1000, 0.4),
        (90, 0.8),
        (2 * 10**9, 3e-4),
    ],
)
def test_draws_are_within_a_thousandth_of_the_binomial_in_total_variation(
    count: int, probability: float
) -> None:
    size = 20_000
    drawn = np.array([binomial(word, count, probability) for word in words(size)])
    at = np.arange(drawn.min(), drawn.max() + 1)
    gap = np.bincount(drawn - drawn.min()) / size - stats.binom.pmf(at, count, probability)
    beyond = 1.0 - stats.binom.pmf(at, count, probability).sum()
    # quantiles of a grid are off by one point of it at each of the distribution's values
    grid = at.size / size
    assert 0.5 * (np.abs(gap).sum() + beyond) < 1e-3 + grid
    sd = np.sqrt(count * probability * (1.0 - probability))
    assert drawn.mean() == pytest.approx(count * probability, abs=1e-3 * sd)
    assert drawn.std() == pytest.approx(sd, rel=2e-3)


@given(WORD, WORD, st.integers(0, 10**9), st.floats(0.0, 1.0))
def test_a_draw_rises_with_its_uniform_and_stays_within_its_count(
    one: np.uint64, other: np.uint64, count: int, probability: float
) -> None:
    low, high = (binomial(word, count, probability) for word in sorted((one, other)))
    assert 0 <= low <= high <= count


@given(WORD, st.integers(0, 10**9), st.floats(0.0, 1.0))
def test_successes_and_failures_of_one_uniform_add_up(
    word: np.uint64, count: int, probability: float
) -> None:
    mirrored = ~word  # one minus the uniform
    if probability < 0.5:
        assert binomial(word, count, probability) + binomial(
            mirrored, count, 1.0 - probability
        ) == pytest.approx(count, abs=1)


@pytest.mark.parametrize("probability", [-0.1, 0.0, 1.0, 1.5])
def test_what_is_certain_needs_no_luck(probability: float) -> None:
    wanted = 5 if probability >= 1.0 else 0
    assert binomial(np.uint64(1 << 63), 5, probability) == wanted
