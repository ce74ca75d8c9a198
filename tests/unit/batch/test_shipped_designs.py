"""The designs that come with pricewar are accepted, and are what they say."""

import pytest

from sim.batch.design_file import fingerprint, read_design
from sim.batch.implausible_points import implausible_points
from sim.batch.planning import make_plan
from sim.scenario.shipped import shipped_sweeps


@pytest.mark.parametrize(
    ("name", "points", "runs"),
    [
        ("china-duel", 16, 160),
        ("good-war", 64, 192),
        ("jevons-boundary", 21, 105),
        ("minimal", 8, 40),
        ("minimal-morris", 72, 288),
        ("minimal-sobol", 224, 672),
        ("minimal-surrogate", 60, 240),
        ("minimal-war", 120, 360),
        ("technical-threshold", 12, 60),
        ("war-depth", 36, 180),
        ("war-factors", 32, 320),
    ],
)
def test_a_shipped_design_has_a_plan_and_says_nothing_that_is_hardly_meant(name, points, runs):
    assert name in shipped_sweeps()
    space = read_design(name)
    assert space.design.name == name
    assert space.design.title
    assert space.design.question
    plan = make_plan(space, fingerprint(space))
    assert (len(plan.points), len(plan), plan.refused) == (points, runs, 0)
    if space.design.kind != "morris":  # trajectories may meet at a point of the grid
        assert len({point.key for point in plan.points}) == points
    assert implausible_points(space) == ()


def test_every_shipped_design_is_tested():
    [mark] = test_a_shipped_design_has_a_plan_and_says_nothing_that_is_hardly_meant.pytestmark
    assert sorted(shipped_sweeps()) == [name for name, *_ in mark.args[1]]
