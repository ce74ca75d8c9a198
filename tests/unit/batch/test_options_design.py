"""A design of the options of a decision, and of assumptions one at a time."""

from pathlib import Path

import pytest

from sim.batch.design_file import read_design
from sim.batch.designs.options import AS_STATED
from sim.batch.planning import make_plan
from sim.errors import ScenarioError
from sim.interventions.line import line_of

DESIGN = """\
name: decision
kind: options
scenario: minimal
set: {population.users: 50}
options:
  hold: []
  both: [price Zhipu -10% on 2024-05-20, rents x1.5 from 2024-06-03]
"""
RANGES = """\
one_at_a_time:
  rates:
    war.reaction_per_day: [0.02, 0.5]
    providers[Zhipu].war.depth_share: [0.0, 0.5]
  impossible:
    domains[coding].share: [0.1, 0.9]
"""


@pytest.fixture
def space(tmp_path: Path):
    def made(more: str = ""):
        file = tmp_path / "decision.yaml"
        file.write_text(DESIGN + more, encoding="utf-8")
        return read_design(file)

    return made


def points_of(space):
    return [point for block in space.design.blocks(space.axes) for point in block]


def test_each_option_adds_its_interventions_to_the_scenario(space):
    there = space()
    hold, both = (there.load(point) for point in points_of(there))
    assert hold.interventions == ()
    assert [line_of(one) for one in both.interventions] == [
        "price Zhipu -10% on 2024-05-20",
        "rents x1.5 from 2024-06-03",
    ]


def test_an_assumption_moves_all_its_values_to_one_end_and_leaves_the_others(space):
    there = space(RANGES)
    points = {(p["option"].value, p["assumption"].value): p for p in points_of(there)}
    low, high = (there.load(points["both", f"rates: {end}"]) for end in ("low", "high"))
    stated = there.load(points["both", AS_STATED])
    assert (low.war.reaction_per_day, high.war.reaction_per_day) == (0.02, 0.5)
    zhipu = next(provider for provider in high.providers if provider.name == "Zhipu")
    assert zhipu.war.depth_share == 0.5
    assert stated.interventions == high.interventions
    assert stated.war == there.base.war


def test_an_end_that_the_scenario_refuses_leaves_its_assumption_out_and_is_counted(space):
    plan = make_plan(space(RANGES), "mark")
    named = {point.values["assumption"] for point in plan.points}
    assert named == {AS_STATED, "rates: low", "rates: high"}
    assert plan.refused == 4


def test_without_the_stated_assumptions_only_their_ends_are_run(space):
    there = space(RANGES + "as_stated: false\n")
    assert {p["assumption"].value for p in points_of(there)} == {
        f"{name}: {end}" for name in ("rates", "impossible") for end in ("low", "high")
    }


def test_a_path_that_is_none_is_refused_with_its_place(space):
    with pytest.raises(ScenarioError, match=r"decision\.yaml:\d+.*\n.*'\[\]' is not a path"):
        space("one_at_a_time: {odd: {'[]': [0.0, 1.0]}}\n")
