"""The test of the model has its size also where variances are measured from few replications."""

import numpy as np
import pytest
from scipy import stats

from analysis.estimation.criterion import Criterion
from analysis.estimation.j_test import exceedance, j_test

SLOPES = np.array([[1.0, 0.5], [0.0, 2.0], [1.5, -1.0], [0.3, 0.3], [0.8, -0.6]])
PROCESS = np.array(
    [
        [0.9, 0.3, 0.0, 0.1, 0.2],
        [0.3, 0.6, 0.1, 0.0, 0.0],
        [0.0, 0.1, 0.5, 0.2, 0.1],
        [0.1, 0.0, 0.2, 0.3, 0.0],
        [0.2, 0.0, 0.1, 0.0, 0.7],
    ]
)
COUNT = len(PROCESS)
ROOT = np.linalg.cholesky(PROCESS)


def drawn(generator, replications):
    return generator.normal(size=(replications, COUNT)) @ ROOT.T


def made(omega, weighting):
    return np.linalg.inv(omega) if weighting == "optimal" else np.diag(1.0 / np.diag(omega))


def judge(moments, omega, weights, replications, remade):
    """Return the test of a linear model at its minimum."""
    best = np.linalg.solve(SLOPES.T @ weights @ SLOPES, SLOPES.T @ weights @ moments)
    criterion = Criterion(tuple("abcde"), np.zeros(COUNT), np.zeros((0, 2)), omega, weights)
    return j_test(SLOPES, criterion, moments - SLOPES @ best, omega, replications - 1.0, remade)


@pytest.mark.parametrize("replications", [7, 9, 30])
def test_with_optimal_weights_of_the_same_replications_the_law_is_hotellings(replications):
    generator = np.random.default_rng(replications)
    omega = np.cov(drawn(generator, replications).T) * (1.0 + 1.0 / replications)
    over, free = COUNT - 2, replications - 1
    for scale in (0.5, 1.0, 2.0):
        moments = scale * drawn(generator, 1)[0]
        found = judge(moments, omega, made(omega, "optimal"), replications, "optimal")
        scaled = found.statistic * (free - over + 1) / (free * over)
        assert found.p_value == pytest.approx(stats.f.sf(scaled, over, free - over + 1), abs=0.02)


def test_measured_with_many_degrees_of_freedom_the_laws_are_those_of_known_variances():
    moments = drawn(np.random.default_rng(1), 1)[0]
    for weighting in ("optimal", "diagonal"):
        for replications in (290, 400):  # drawn, and as known
            found = judge(moments, PROCESS, made(PROCESS, weighting), replications, None)
            known = exceedance(found.statistic, np.array(found.weights))
            assert found.p_value == pytest.approx(known, abs=0.02)
            assert ("measured" in found.law) == (replications < 300)


@pytest.mark.parametrize(
    ("replications", "weighting", "same"),
    [(4, "diagonal", False), (9, "diagonal", True), (9, "optimal", True)],
)
def test_its_size_is_nominal_from_few_replications(replications, weighting, same):
    """120 histories; with variances taken as known, the laws above reject up to 30% of them."""
    generator, rejected, histories = np.random.default_rng(2), 0, 120
    for _ in range(histories):
        runs = drawn(generator, replications)
        omega = np.cov(runs.T) * (1.0 + 1.0 / replications)
        # weights of the steps come from the bank, whose draws are others
        weighed = omega if same else np.cov(drawn(generator, replications).T)
        moments = drawn(generator, 1)[0] - runs.mean(axis=0)
        remade = weighting if same else None
        found = judge(moments, omega, made(weighed, weighting), replications, remade)
        rejected += found.p_value < 0.1
    assert abs(rejected / histories - 0.1) < 2.0 * np.sqrt(0.1 * 0.9 / histories)


def test_the_law_says_how_well_variances_are_known():
    found = judge(np.ones(COUNT), PROCESS, made(PROCESS, "optimal"), 9, None)
    assert found.law == (
        "chi-squared, 3 degrees of freedom; variances measured with 8 degrees of freedom"
    )
