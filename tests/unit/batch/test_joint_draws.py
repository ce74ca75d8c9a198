"""What was calibrated together is drawn together, within the ranges."""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from sim.batch.design_file import fingerprint, read_design
from sim.batch.designs.joint import JointParameter, JointUncertainty
from sim.batch.planning import make_plan
from sim.errors import ScenarioError

JOINT = """
parameters:
  reaction: {paths: [war.reaction_per_day], range: [0.01, 1.0], scale: log}
  gap: {paths: [war.trigger_gap_share], range: [0.0, 0.4]}
mean: [0.5, 0.25]
covariance: [[0.01, 0.009], [0.009, 0.01]]
"""
DESIGN = "name: test\nscenario: minimal\nkind: monte_carlo\npoints: 40\njoint: joint.yaml\n"


def law(mean, covariance):
    one = JointParameter(paths=("war.reaction_per_day",), range=(0.0, 1.0))
    other = JointParameter(paths=("war.trigger_gap_share",), range=(0.0, 1.0))
    return JointUncertainty(
        parameters={"one": one, "other": other}, mean=mean, covariance=covariance
    )


def test_draws_have_the_moments_of_the_cut_normal_law():
    mean, covariance = (0.2, 0.9), ((0.09, 0.05), (0.05, 0.06))
    drawn = np.array(list(islice(law(mean, covariance).draws(3), 3000)))
    free = multivariate_normal(mean, covariance).rvs(200_000, random_state=np.random.default_rng(1))
    cut = free[((free >= 0.0) & (free <= 1.0)).all(axis=1)]
    assert ((drawn >= 0.0) & (drawn <= 1.0)).all()
    error = cut.std(axis=0) / np.sqrt(3000)
    assert np.abs(drawn.mean(axis=0) - cut.mean(axis=0)).max() < 4.0 * error.max()
    assert np.cov(drawn.T) == pytest.approx(np.cov(cut.T), abs=0.004)


def test_what_is_not_identified_is_drawn_over_its_whole_range():
    drawn = np.array(list(islice(law((0.5, 3.0), ((1e6, 0.0), (0.0, 1e-4))).draws(1), 1000)))
    assert np.quantile(drawn[:, 0], [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.05)
    assert (drawn[:, 1] > 0.99).all()  # far beyond its range: at the end of it


def test_a_design_draws_its_parameters_together_and_no_path_twice(tmp_path):
    (tmp_path / "joint.yaml").write_text(JOINT)
    (tmp_path / "design.yaml").write_text(DESIGN)
    space = read_design(tmp_path / "design.yaml")
    plan = make_plan(space, fingerprint(space))
    assert plan.parameters[:2] == ("reaction", "gap")
    assert "war.reaction_per_day" not in plan.parameters
    drawn = np.array([[point.values["reaction"], point.values["gap"]] for point in plan.points])
    assert np.corrcoef(np.log(drawn[:, 0]), drawn[:, 1])[0, 1] > 0.7
    first = space.load(next(space.design.blocks(space.axes))[0])
    assert first.war.reaction_per_day == drawn[0, 0]
    before = fingerprint(space)
    (tmp_path / "joint.yaml").write_text(JOINT.replace("0.009", "0.001"))
    assert fingerprint(read_design(tmp_path / "design.yaml")) != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[0.5, 0.25]", "[0.5]", "mean must have 2 numbers"),
        ("0.009], [0.009", "0.009], [0.001", "covariance must be symmetric"),
        ("0.009", "0.02", "no negative eigenvalue"),
        ("mean", "meen", "mean"),
    ],
)
def test_a_joint_law_that_is_none_is_refused_with_its_place(old, new, said, tmp_path):
    (tmp_path / "joint.yaml").write_text(JOINT.replace(old, new))
    (tmp_path / "design.yaml").write_text(DESIGN)
    with pytest.raises(ScenarioError, match=said) as refusal:
        read_design(tmp_path / "design.yaml")
    assert "joint.yaml:" in str(refusal.value)


def test_a_file_that_is_not_there_is_refused_where_it_is_named(tmp_path):
    (tmp_path / "design.yaml").write_text(DESIGN)
    with pytest.raises(ScenarioError, match=r"design.yaml:5"):
        read_design(tmp_path / "design.yaml")
