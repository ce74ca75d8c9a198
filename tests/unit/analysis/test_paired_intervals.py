"""Intervals of paired differences, on cases whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from analysis.contrast import contrast_of_values
from analysis.outcomes import Outcome
from analysis.pairing import replications_needed
from analysis.proportions import mcnemar, paired_difference, proportion
from analysis.scales import SHARE
from sim.record.unit import USD, Unit
from sim.statistics import half_width

REPEATS = 500
PROFIT = Outcome("profit", "Profit", USD, measure=lambda _: None)
ADOPTERS = Outcome("adopters", "Adopters", Unit("%", 100.0), lambda _: None, scale=SHARE)
LOSS = Outcome("loss", "Loss", Unit("%", 100.0), lambda _: None, scale=SHARE, is_chance=True)


def normal_worlds(generator, replications):
    """Two worlds with common noise of sd 10 and noise of their own of sd 1, 2.5 apart."""
    common = 10.0 * generator.normal(size=replications)
    own = generator.normal(size=(2, replications))
    return common + own[0] + 2.5, common + own[1]


def shares(generator, replications):
    """Two worlds of shares near a tenth, 0.02 apart, that share most of their noise."""
    common = generator.normal(size=replications)
    low, high = (
        0.1 * np.exp(0.3 * common + 0.05 * generator.normal(size=replications)) for _ in range(2)
    )
    return low + 0.02, high


def losses(generator, replications):
    """Two worlds in which a loss has a chance of 0.6 and of 0.35, mostly in the same draws."""
    uniform = generator.random(replications)
    apart = generator.random((2, replications)) < 0.2
    a = np.where(apart[0], generator.random(replications), uniform) < 0.6
    b = np.where(apart[1], generator.random(replications), uniform) < 0.35
    return a.astype(float), b.astype(float)


@pytest.mark.parametrize(
    ("outcome", "worlds", "true_difference", "replications"),
    [
        (PROFIT, normal_worlds, 2.5, 5),
        (PROFIT, normal_worlds, 2.5, 20),
        (ADOPTERS, shares, 0.02, 20),
        (LOSS, losses, 0.25, 30),
    ],
)
def test_a_paired_interval_covers_a_known_difference_in_95_of_100_repeats(
    outcome, worlds, true_difference, replications
):
    # 0.95 of 500 repeats has sd 0.0097: outside 0.92 to 0.98 by chance once in 500 seeds
    generator = np.random.default_rng(17)
    found = [
        contrast_of_values(outcome, *worlds(generator, replications)).difference
        for _ in range(REPEATS)
    ]
    covered = np.mean([it.low <= true_difference <= it.high for it in found])
    assert 0.92 <= covered <= 0.98


def test_the_factor_of_shared_draws_is_how_much_wider_independent_worlds_are():
    # (101 + 101) / 2 = 101, its logarithm with sd 0.026 at 3,000 replications
    a, b = normal_worlds(np.random.default_rng(2), 3_000)
    assert contrast_of_values(PROFIT, a, b).variance_reduction == pytest.approx(101.0, rel=0.11)


def test_as_many_replications_as_are_needed_give_the_wanted_width_and_one_fewer_does_not():
    for sd, wanted in ((1.0, 0.5), (3.0, 0.01), (1.0, 8.0)):
        needed = int(replications_needed(sd, wanted))
        assert half_width(sd, needed) <= wanted < half_width(sd, max(needed - 1, 1)) or needed == 2


def test_replications_are_counted_for_a_share_of_the_difference():
    a, b = normal_worlds(np.random.default_rng(4), 50)
    contrast = contrast_of_values(PROFIT, a, b)
    tenth = contrast.replications_needed(0.1)
    assert half_width(contrast.sd, int(tenth)) <= 0.1 * contrast.difference.centre
    assert contrast.replications_needed(0.05) == pytest.approx(4 * tenth, rel=0.02)
    assert contrast_of_values(PROFIT, a, a).replications_needed(0.1) == 2
    assert np.isinf(contrast_of_values(PROFIT, a - a.mean(), 0 * a).replications_needed(1e-30))


@pytest.mark.parametrize(("hits", "count"), [(0, 10), (3, 10), (10, 10), (1, 2)])
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(hits, count):
    exact = stats.binomtest(hits, count).proportion_ci(method="exact")
    found = proportion(hits, count).interval
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_the_p_value_of_two_shares_is_that_of_the_replications_in_which_they_differ():
    a, b = losses(np.random.default_rng(8), 60)
    differing = int((a != b).sum())
    exact = stats.binomtest(int((a > b).sum()), differing).pvalue
    assert mcnemar(a, b) == pytest.approx(exact)
    assert mcnemar(a, a) == 1.0


def test_the_interval_of_two_shares_is_that_of_bonett_and_price():
    # 8 and 2 discordant pairs of 40: (9 - 3)/42 +- 1.95996 sqrt((12/42 - (6/42)^2)/42)
    a = np.array([1] * 8 + [0] * 2 + [1] * 30)
    b = np.array([0] * 8 + [1] * 2 + [1] * 30)
    found = paired_difference(a, b)
    reach = 1.959964 * np.sqrt((12 / 42 - (6 / 42) ** 2) / 42)
    assert (found.centre, found.low, found.high) == pytest.approx(
        (0.15, 6 / 42 - reach, 6 / 42 + reach)
    )
