"""What was simulated survives kills, and is not simulated again."""

import numpy as np
import pytest

from analysis.estimation.bank import Bank
from analysis.estimation.estimate import Settings, estimate
from analysis.estimation.journal import Evaluation, Journal
from analysis.estimation.journalled import FunctionRunner, Journalled
from analysis.estimation.space import Parameter, ParameterSpace
from analysis.estimation.targets import Targets
from sim.errors import ResultError, UsageError

SPACE = ParameterSpace([Parameter("rate", 0.01, 1.0, is_log=True)])
TARGETS = Targets(("one", "two"), np.array([-1.0, -2.2]), 0.01 * np.eye(2))


class Counting:
    """A model of one parameter that counts its runs and may be killed."""

    def __init__(self, killed_at=None):
        self.runs, self.killed_at = 0, killed_at

    def __call__(self, values, seed):
        if self.runs == self.killed_at:
            raise KeyboardInterrupt
        self.runs += 1
        noise = np.random.default_rng(seed).normal(0.0, 0.05, 2)
        return np.log(values[0]) * np.array([1.0, 2.0]) + noise


def estimated(model, path):
    simulator = Journalled(FunctionRunner(model, SPACE, 2), Journal(path, "mine"))
    return estimate(simulator, TARGETS, SPACE, Settings(replications=2))


def test_a_killed_estimate_continues_where_it_was_and_ends_the_same(tmp_path):
    alone = Counting()
    whole = estimated(alone, tmp_path / "alone.jsonl")
    killed, path = Counting(killed_at=11), tmp_path / "killed.jsonl"
    with pytest.raises(KeyboardInterrupt):
        estimated(killed, path)
    content = path.read_bytes()
    path.write_bytes(content[:-9])  # a kill in the middle of a line
    rest = Counting()
    again = estimated(rest, path)
    assert again.values == pytest.approx(whole.values, rel=1e-12)
    assert rest.runs < alone.runs
    assert rest.runs + 11 <= alone.runs + 3  # the point under way, and the line cut off
    assert path.read_text() == (tmp_path / "alone.jsonl").read_text()
    assert estimated(Counting(killed_at=0), path).values == pytest.approx(whole.values)


def test_a_journal_of_something_else_is_refused(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, "mine").append([Evaluation((0.5,), 0, np.zeros(2))])
    with pytest.raises(ResultError, match="another calibration"):
        Journal(path, "yours")
    path.write_text('{"journal_of": "mine"}\n{"unit": 3}\n')
    with pytest.raises(ResultError, match="is damaged"):
        Journal(path, "mine")


def test_failed_runs_are_kept_with_their_reason_and_their_share_is_stated(tmp_path):
    def fails_above(values, seed):
        if values[0] > 0.5:
            raise ValueError("bankrupt")
        return Counting()(values, seed)

    journal = Journal(tmp_path / "journal.jsonl", "mine")
    found = estimate(
        Journalled(FunctionRunner(fails_above, SPACE, 2), journal), TARGETS, SPACE, Settings()
    )
    failed = [it for it in journal.evaluations if it.failure]
    assert {it.failure for it in failed} == {"bankrupt"}
    assert all(np.isnan(it.moments).all() for it in failed)
    assert 0.0 < found.failed_share < 0.5
    assert found.values[0] < 0.5


def test_where_almost_all_runs_fail_nothing_is_estimated(tmp_path):
    def fails(values, seed):
        raise ArithmeticError("overflow")

    journal = Journal(tmp_path / "journal.jsonl", "mine")
    with pytest.raises(UsageError, match="Only 0 of"):
        estimate(Journalled(FunctionRunner(fails, SPACE, 2), journal), TARGETS, SPACE, Settings())


def test_a_moment_missing_in_some_replications_is_a_mean_over_the_others():
    moments = np.array([[[1.0, 2.0], [3.0, np.nan]], [[np.nan, np.nan], [np.nan, 1.0]]])
    bank = Bank(np.zeros((2, 1)), moments)
    assert bank.usable.tolist() == [True, False]
    assert bank.means().tolist() == [[2.0, 2.0]]
    assert bank.failed_share == 0.75
