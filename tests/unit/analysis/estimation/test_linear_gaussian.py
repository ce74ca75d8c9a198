"""On a linear model with normal errors everything is known in closed form."""

import numpy as np
import pytest

from analysis.estimation.bank import Bank
from analysis.estimation.criterion import criterion
from analysis.estimation.estimate import Settings, estimate, estimate_on_surface
from analysis.estimation.j_test import exceedance
from analysis.estimation.journal import Journal
from analysis.estimation.journalled import FunctionRunner, Journalled
from analysis.estimation.space import Parameter, ParameterSpace, Prior
from analysis.estimation.surrogate import fit
from analysis.estimation.targets import Targets
from sim.errors import UsageError

SPACE = ParameterSpace([Parameter("a", -4.0, 6.0), Parameter("b", -5.0, 5.0)])
SLOPES = np.array([[1.0, 0.5], [0.0, 2.0], [1.5, -1.0], [0.3, 0.3]])
PROCESS = np.array(
    [[0.5, 0.2, 0.0, 0.0], [0.2, 0.8, 0.1, 0.0], [0.0, 0.1, 0.3, 0.05], [0.0, 0.0, 0.05, 0.2]]
)
SOURCE = np.diag([0.1, 0.0, 0.2, 0.05])
TRUTH = np.array([1.2, -0.7])
NAMES = ("first", "second", "third", "fourth")
ROOT = np.linalg.cholesky(PROCESS)


def simulate(values, seed):
    return SLOPES @ values + ROOT @ np.random.default_rng(seed).normal(size=4)


def observed(seed):
    draws = np.random.default_rng([99, seed])
    errors = np.linalg.cholesky(SOURCE + 1e-12 * np.eye(4)) @ draws.normal(size=4)
    return SLOPES @ TRUTH + ROOT @ draws.normal(size=4) + errors


def closed_form(weights, replications):
    """Return the covariance of the estimator, in the parameters' units."""
    omega = SOURCE + PROCESS * (1.0 + 1.0 / replications)
    bread = np.linalg.inv(SLOPES.T @ weights @ SLOPES)
    return bread @ SLOPES.T @ weights @ omega @ weights @ SLOPES @ bread


def simulator(folder, simulated=simulate):
    journal = Journal(folder / "journal.jsonl", "linear")
    return Journalled(FunctionRunner(simulated, SPACE, 4), journal)


def drawing(*seed):
    """Return a simulator whose replications draw the same numbers at all points."""

    def simulated(points, stage, replications):
        noise = [
            ROOT @ np.random.default_rng([*seed, r]).normal(size=4) for r in range(replications)
        ]
        means = SPACE.from_unit(points) @ SLOPES.T
        return Bank(points, means[:, None, :] + np.array(noise))

    return simulated


@pytest.fixture(scope="module")
def bank():
    points = np.random.default_rng(5).random((30, 2))
    shared = [ROOT @ np.random.default_rng([7, r]).normal(size=4) for r in range(400)]
    return Bank(
        points, np.array([[SLOPES @ SPACE.from_unit(u) + e for e in shared] for u in points])
    )


@pytest.fixture(scope="module")
def surface(bank):
    return fit(bank)


@pytest.mark.parametrize("weighting", ["diagonal", "optimal"])
def test_estimate_and_covariance_are_those_of_the_closed_form(weighting, tmp_path):
    replications = 200
    settings = Settings(
        points=20, replications=replications, final_replications=replications, zooms=0,
        weighting=weighting,
    )  # fmt: skip
    data = observed(1)
    found = estimate(simulator(tmp_path), Targets(NAMES, data, SOURCE), SPACE, settings)
    weights = found.criterion.weights
    errors = np.array(
        [ROOT @ np.random.default_rng(1 + r).normal(size=4) for r in range(replications)]
    )
    bread = np.linalg.inv(SLOPES.T @ weights @ SLOPES)
    best = bread @ SLOPES.T @ weights @ (data - errors.mean(axis=0))
    assert found.values == pytest.approx(best, abs=1e-6)
    width = np.diag([10.0, 10.0])
    covariance = width @ found.inference.covariance @ width
    omega = SOURCE + np.cov(errors.T) * (1.0 + 1.0 / replications)
    lever = bread @ SLOPES.T @ weights
    assert covariance == pytest.approx(lever @ omega @ lever.T, rel=1e-6)
    assert covariance == pytest.approx(closed_form(weights, replications), rel=0.3)
    assert found.converged
    assert width @ found.inference.influence == pytest.approx(lever, abs=1e-8)


def test_the_simulation_part_is_how_far_other_draws_would_move_the_estimate():
    """Data stay, draws differ: the variance of 40 estimates has a relative error of 0.23."""
    settings = Settings(points=9, replications=2, final_replications=4, zooms=0, most_steps=1)
    data = Targets(NAMES, SLOPES @ TRUTH, 100.0 * PROCESS.diagonal() * np.eye(4))
    found = [
        estimate(drawing(11, number), data, SPACE, settings, drawing(12, number))
        for number in range(40)
    ]
    parts = [it.inference.simulation_share * np.diag(it.inference.covariance) for it in found]
    moved = np.var([it.unit for it in found], axis=0, ddof=1)
    assert np.mean(parts, axis=0) == pytest.approx(moved, rel=0.5)


def test_degrees_of_freedom_are_satterthwaites():
    settings = Settings(points=9, replications=2, final_replications=5, zooms=0, most_steps=0)
    for source in (np.zeros((4, 4)), SOURCE):
        found = estimate(drawing(1), Targets(NAMES, observed(1), source), SPACE, settings)
        influence, variances = found.inference.influence, np.diag(found.inference.covariance)
        stated = np.diag(influence @ source @ influence.T)
        wanted = 4.0 * (variances / (variances - stated)) ** 2
        assert found.inference.degrees == pytest.approx(wanted)


def test_intervals_of_four_replications_cover_as_often_as_they_say():
    """60 histories, 120 intervals; with chance taken as known about 78% of them would cover."""
    settings = Settings(points=9, replications=4, final_replications=4, zooms=0, most_steps=0)
    inside = by_profile = 0
    for number in range(60):
        history = SLOPES @ TRUTH + ROOT @ np.random.default_rng([21, number]).normal(size=4)
        targets = Targets(NAMES, history, np.zeros((4, 4)))
        found = estimate(drawing(22, number), targets, SPACE, settings, drawing(23, number))
        low, high = found.intervals.T
        inside += int(((low <= TRUTH) & (high >= TRUTH)).sum())
        at = SPACE.to_unit(TRUTH)
        by_profile += sum(
            one.low <= it <= one.high for one, it in zip(found.profiles, at, strict=True)
        )
    error = np.sqrt(0.1 * 0.9 / 60)  # those of a history are not independent
    assert abs(inside / 120 - 0.9) < 2.0 * error
    assert abs(by_profile / 120 - 0.9) < 2.0 * error


@pytest.mark.parametrize("weighting", ["diagonal", "optimal"])
def test_the_tests_size_and_the_intervals_cover_as_they_say(bank, surface, weighting):
    sets, rejected, inside = 100, 0, 0
    wanted = surface.simulation_covariance(np.array([0.5, 0.5]))
    truth = SPACE.to_unit(TRUTH)
    for number in range(sets):
        # data as far from the surface as chance takes it: the surface's own error is drawn too
        noise = np.linalg.cholesky(wanted) @ np.random.default_rng([3, number]).normal(size=4)
        data = surface.moments(truth) - SLOPES @ TRUTH + observed(number) + noise
        targets = Targets(NAMES, data, SOURCE)
        found = estimate_on_surface(bank, surface, targets, SPACE, weighting)
        rejected += found.inference.test.p_value < 0.1
        low, high = found.intervals.T
        inside += ((low <= TRUTH) & (high >= TRUTH)).sum()
    share, error = rejected / sets, np.sqrt(0.1 * 0.9 / sets)
    assert abs(share - 0.1) < 2.5 * error
    assert abs(inside / (2 * sets) - 0.9) < 2.5 * np.sqrt(0.09 / sets)


def test_with_optimal_weights_the_weighted_law_is_the_plain_one(bank, surface):
    targets = Targets(NAMES, observed(2), SOURCE)
    test = estimate_on_surface(bank, surface, targets, SPACE, "optimal").inference.test
    assert test.degrees == 2
    assert test.weights == pytest.approx((1.0, 1.0), abs=1e-3)


def test_the_weighted_law_is_that_of_a_difference_in_scale():
    # a pair of equal weights is exponential: P(X + Y / 2 > t) has a closed form
    weights, statistic = np.array([1.0, 1.0, 0.5, 0.5]), 5.0
    rates = 1 / (2 * weights[[0, 2]])
    exact = (
        rates[1] * np.exp(-rates[0] * statistic) - rates[0] * np.exp(-rates[1] * statistic)
    ) / (rates[1] - rates[0])
    assert exceedance(statistic, weights) == pytest.approx(exact, abs=0.002)


def test_as_many_moments_as_parameters_are_refused():
    few = Targets(NAMES[:2], np.zeros(2), np.eye(2))
    with pytest.raises(UsageError, match="at least 3"):
        few.refuse_too_few(2)


def test_a_moment_without_any_error_is_refused():
    targets = Targets(NAMES, observed(1), np.zeros((4, 4)))
    with pytest.raises(UsageError, match="second: varies neither"):
        criterion(targets, SPACE, np.diag([1.0, 0.0, 1.0, 1.0]), np.zeros((4, 4)))


def test_optimal_weights_of_collinear_moments_are_refused():
    targets = Targets(NAMES, observed(1), np.zeros((4, 4)))
    with pytest.raises(UsageError, match="collinear"):
        criterion(targets, SPACE, np.ones((4, 4)), np.zeros((4, 4)), "optimal")


def test_a_tight_prior_decides_and_counts_as_a_moment(bank, surface):
    tight = Parameter("a", -4.0, 6.0, prior=Prior(2.0, 1e-3))
    held = ParameterSpace([tight, SPACE.parameters[1]])
    targets = Targets(NAMES, observed(4), SOURCE)
    found = estimate_on_surface(bank, surface, targets, held)
    assert found.values[0] == pytest.approx(2.0, abs=1e-3)
    assert found.criterion.names[-1] == "prior of a"
    assert found.inference.test.degrees == 3


def test_a_direction_that_moves_no_moment_is_not_identified(tmp_path):
    def only_the_sum(values, seed):
        return SLOPES[:, 0] * values.sum() + ROOT @ np.random.default_rng(seed).normal(size=4)

    settings = Settings(replications=3, final_replications=3, zooms=0)
    targets = Targets(NAMES, SLOPES[:, 0] * 0.5, SOURCE)
    found = estimate(simulator(tmp_path, only_the_sum), targets, SPACE, settings)
    assert not any(profile.identified for profile in found.profiles)
    identified = estimate(
        simulator(_made(tmp_path / "both")), Targets(NAMES, observed(1), SOURCE), SPACE, settings
    )
    assert all(profile.identified for profile in identified.profiles)
    for profile, (low, high) in zip(identified.profiles, identified.unit_intervals, strict=True):
        assert profile.low == pytest.approx(low, abs=0.02)
        assert profile.high == pytest.approx(high, abs=0.02)


def _made(folder):
    folder.mkdir()
    return folder
