"""Coverage on a small market of three parameters: a clocked logit with a price cut and a launch.

Some hundred users hold one of three products or none. Each week a user reviews with a chance, and
then takes what a logit of prices, with a cost of switching, says. All data sets share one bank.
"""

import numpy as np
import pytest
from scipy.stats import qmc

from analysis.estimation.bank import Bank
from analysis.estimation.estimate import Settings, estimate, estimate_on_surface
from analysis.estimation.journal import Journal
from analysis.estimation.journalled import FunctionRunner, Journalled
from analysis.estimation.space import Parameter, ParameterSpace
from analysis.estimation.surrogate import fit
from analysis.estimation.targets import Targets

SPACE = ParameterSpace(
    [
        Parameter("price weight", 0.8, 2.2),
        Parameter("switching cost", 0.7, 2.0),
        Parameter("review rate", 0.08, 0.3, is_log=True),
    ]
)
TRUTH = np.array([1.4, 1.3, 0.15])
NAMES = (
    "first before", "first after", "third after", "switches before", "switches after", "none after"
)  # fmt: skip
USERS, WEEKS, CUT, LAUNCH = 400, 50, 10, 25
QUALITY = np.array([0.0, 1.6, 1.4, 1.8])


def prices(week):
    return np.array([0.0, 1.0 if week < CUT else 0.4, 0.8, 0.5 if week >= LAUNCH else np.inf])


def simulate(values, seed):
    weight, cost, rate = values
    generator = np.random.default_rng(seed)
    held, shares, switches = np.array([USERS, 0, 0, 0]), [], []
    for week in range(WEEKS):
        utility = QUALITY - weight * prices(week) - cost * (1.0 - np.eye(4))
        chances = np.exp(utility) / np.exp(utility).sum(axis=1, keepdims=True)
        moves = generator.multinomial(held, (1.0 - rate) * np.eye(4) + rate * chances)
        switches.append(USERS - np.trace(moves))
        held = moves.sum(axis=0)
        shares.append(held / USERS)
    before, after = shares[CUT - 1], shares[CUT + 7]
    end = shares[-1]
    return np.array(
        [before[1], after[1], end[3], np.mean(switches[:CUT]) / USERS,
         np.mean(switches[CUT:]) / USERS, end[0]]
    )  # fmt: skip


@pytest.fixture(scope="module")
def bank():
    points = qmc.Sobol(3, rng=3).random(64)
    moments = [[simulate(SPACE.from_unit(u), 1000 + r) for r in range(10)] for u in points]
    return Bank(points, np.array(moments))


@pytest.mark.parametrize("weighting", ["diagonal", "optimal"])
def test_intervals_cover_the_truth_as_often_as_they_say(bank, weighting):
    """Draws of points part here as users do, so that there are more than S - 1 degrees of
    freedom."""
    surface, sets = fit(bank), 40
    inside, rejected = np.zeros(3), 0
    for number in range(sets):
        targets = Targets(NAMES, simulate(TRUTH, number), np.zeros((6, 6)))
        found = estimate_on_surface(bank, surface, targets, SPACE, weighting)
        low, high = found.intervals.T
        inside += (low <= TRUTH) & (high >= TRUTH)
        rejected += found.inference.test.p_value < 0.1
    assert 0.84 <= inside.sum() / (3 * sets) <= 0.96
    assert (inside / sets >= 0.75).all()
    assert abs(rejected / sets - 0.1) <= 2.0 * np.sqrt(0.1 * 0.9 / sets)


def test_real_runs_end_where_the_distance_is_less_and_next_to_the_truth(tmp_path):
    data = np.mean([simulate(TRUTH, number) for number in range(100)], axis=0)
    targets = Targets(NAMES, data, np.zeros((6, 6)))
    simulator = Journalled(FunctionRunner(simulate, SPACE, 6), Journal(tmp_path / "j", "mini"))
    settings = Settings(points=24, replications=5, final_replications=25, zooms=1, most_steps=2)
    found = estimate(simulator, targets, SPACE, settings)
    errors = found.inference.standard_errors
    assert (np.abs(found.unit - SPACE.to_unit(TRUTH)) < 1.5 * errors).all()
    assert found.steps[-1].value <= found.steps[0].value
    assert found.inference.test.p_value > 0.5  # the data are means of a hundred histories
