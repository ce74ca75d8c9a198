"""The files of a result say what they are by, and how wide the joint law is."""

from types import SimpleNamespace

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy.stats import norm, t

import sim
from analysis.estimation.estimate import LEVEL
from analysis.estimation.inference import Inference, JTest
from analysis.estimation.parameter_file import write_joint, write_parameters
from analysis.estimation.reading import read_task

MARKET = """
extends: minimal
name: stated
products:
  - {name: DeepSeek-V2, capability_logit: 1.0}
"""
FILE = """
name: mine
scenario: stated.yaml
cut: 2024-12-31
parameters:
  reaction: {path: war.reaction_per_day, range: [0.02, 0.2]}
moments:
  one: {measure: market_value, column: adopters_share, observed: 0.3, range: [0.2, 0.4],
    until_date: 2024-07-15, known_on: 2024-07-15, source: made up}
  two: {measure: market_value, column: aware_share, observed: 0.3, range: [0.2, 0.4],
    until_date: 2024-07-15, known_on: 2024-07-15, source: made up}
"""


@pytest.fixture
def task(tmp_path):
    (tmp_path / "stated.yaml").write_text(MARKET)
    (tmp_path / "mine.yaml").write_text(FILE)
    return read_task(tmp_path / "mine.yaml")


def found(degrees):
    matrix, one = np.full((1, 1), 0.01), np.ones(1)
    return SimpleNamespace(
        values=np.array([0.05]),
        intervals=np.array([[0.03, 0.08]]),
        unit=np.array([0.2]),
        at_bound=[False],
        profiles=[SimpleNamespace(identified=True)],
        inference=Inference(
            matrix, one, np.array([degrees]), matrix, matrix, one, JTest(1.0, 0.3, 1, (1.0,))
        ),
    )


def test_parameters_keep_the_view_of_the_tables_that_they_were_estimated_on(task, tmp_path):
    write_parameters(task, found(3.0), tmp_path / "parameters.yaml")
    written = sim.load(tmp_path / "parameters.yaml")
    assert written.data_as_of == task.file.cut
    assert "view: all" not in (tmp_path / "parameters.yaml").read_text()


@pytest.mark.parametrize("degrees", [3.0, 20.0, np.inf])
def test_the_joint_law_has_the_intervals_of_the_estimates(degrees, task, tmp_path):
    write_joint(task, found(degrees), tmp_path / "joint.yaml")
    [[variance]] = YAML(typ="safe").load(tmp_path / "joint.yaml")["covariance"]
    tail = (1.0 + LEVEL) / 2.0
    assert np.sqrt(variance) * norm.ppf(tail) == pytest.approx(0.1 * t.ppf(tail, degrees))
