"""Small runs share a task, long ones do not, and towards the end every worker has its part."""

import pytest

from sim.batch.grouping import Grouping


def learnt(seconds: float) -> Grouping:
    grouping = Grouping()
    grouping.learn([seconds] * 5)
    return grouping


def test_the_first_tasks_are_single_runs():
    assert Grouping().size(left=1000, workers=2) == 1


@pytest.mark.parametrize(("seconds", "runs"), [(10.0, 1), (0.5, 4), (0.02, 100), (1e-6, 256)])
def test_a_task_fills_its_time(seconds, runs):
    assert learnt(seconds).size(left=100_000, workers=2) == runs


def test_the_end_is_shared_among_workers():
    grouping = learnt(0.02)
    assert [grouping.size(left, workers=2) for left in (400, 100, 40, 4, 1)] == [100, 25, 10, 1, 1]


def test_what_a_task_costs_is_below_a_twentieth_of_it():
    """A task costs some 10 ms beside its runs, as tests/benchmarks/sweeps.py measures."""
    for seconds in (0.005, 0.02, 0.1, 0.5, 1.0, 10.0):
        size = learnt(seconds).size(left=100_000, workers=2)
        assert 0.01 / (size * seconds) < 0.05
