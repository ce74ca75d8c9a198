"""Which of several options is the best, on cases whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from analysis.significance import paired_p_value
from analysis.whatif.ranking import (
    indifference,
    largest_t,
    probabilities_of_being_best,
    replications_to_tell,
)


def outcomes(generator, means, replications):
    """Options that share most of their noise, as common random numbers make them."""
    common = 5.0 * generator.normal(size=(replications, 1))
    return np.asarray(means) + common + generator.normal(size=(replications, len(means)))


def test_of_two_options_it_is_one_minus_half_the_p_value_of_the_paired_test():
    values = outcomes(np.random.default_rng(1), [0.0, 0.4], 12)
    ahead = int(values.mean(axis=0).argmax())
    expected = 1.0 - paired_p_value(values[:, 0], values[:, 1]) / 2.0
    # 20,000 draws have sd 0.0035
    assert probabilities_of_being_best(values)[ahead] == pytest.approx(expected, abs=0.015)


def test_it_is_right_as_often_as_it_says_where_means_lie_anywhere():
    # 400 decisions whose true means are spread wide: the mean of the probabilities is how often the
    # chosen option is the best, with an sd of at most 0.025
    generator = np.random.default_rng(7)
    said, right = [], []
    for _ in range(400):
        means = 0.6 * generator.normal(size=4)
        values = outcomes(generator, means, 10)
        chances = probabilities_of_being_best(values, draws=1_000)
        said.append(chances.max())
        right.append(chances.argmax() == means.argmax())
    assert 0.5 < np.mean(right) < 0.95
    assert np.mean(said) == pytest.approx(np.mean(right), abs=4 * 0.025)


def test_probabilities_add_to_one_and_do_not_hang_on_the_order():
    values = outcomes(np.random.default_rng(3), [0.0, 0.2, 0.4, 0.3], 15)
    found = probabilities_of_being_best(values)
    assert found.sum() == pytest.approx(1.0)
    order = [2, 0, 3, 1]
    # two sets of 20,000 draws
    assert probabilities_of_being_best(values[:, order]) == pytest.approx(found[order], abs=0.02)


def test_options_that_come_to_the_same_share_the_lead():
    values = outcomes(np.random.default_rng(4), [0.0, 3.0], 10)
    twice = np.column_stack([values, values[:, 1]])
    assert probabilities_of_being_best(twice) == pytest.approx([0.0, 0.5, 0.5], abs=0.01)
    assert probabilities_of_being_best(values[:, :1]).tolist() == [1.0]


def test_too_few_replications_for_a_covariance_give_no_probability():
    assert np.isnan(probabilities_of_being_best(np.ones((2, 4)))).all()


@pytest.mark.parametrize(
    ("number", "free", "point"),
    [(1, 10, 1.812), (2, 5, 2.44), (3, 20, 2.19), (9, 120, 2.45)],
)
def test_the_points_are_those_of_dunnetts_table(number, free, point):
    # Dunnett (1955), table 1a, one-sided 95%; of one variable Student's
    assert largest_t(number, free) == pytest.approx(point, abs=0.006)
    if number == 1:
        assert largest_t(number, free) == pytest.approx(stats.t.ppf(0.95, free), abs=1e-4)


def test_the_chosen_option_is_within_the_indifference_of_the_best_in_95_of_100_decisions():
    # A wrong choice, one in 14, loses 1, and indifferences are 0.56 to 1.65: it can lie beyond. The
    # procedure is conservative: 0.98 here; 1,000 decisions have sd 0.0069 at 95%
    generator = np.random.default_rng(11)
    within, losses, widths = [], [], []
    for _ in range(1_000):
        means = np.array([0.0, 0.0, 0.0, 1.0])
        values = outcomes(generator, means, 8)
        chosen = int(values.mean(axis=0).argmax())
        losses.append(means.max() - means[chosen])
        widths.append(indifference(values))
        within.append(losses[-1] <= widths[-1])
    assert 0.95 - 4 * 0.0069 <= np.mean(within) <= 0.995
    assert min(widths) < max(losses)  # so that it can fail


def test_the_second_stage_narrows_the_indifference_to_what_is_wanted():
    values = outcomes(np.random.default_rng(12), [0.0, 0.1, 0.2], 10)
    wanted = indifference(values) / 3.0
    assert replications_to_tell(values, wanted) == pytest.approx(90, abs=1)
    assert replications_to_tell(values, 1e9) == 10
    assert replications_to_tell(values, 0.0) == np.inf
