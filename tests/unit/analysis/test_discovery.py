"""Scenario discovery finds the box that was put in, and a surrogate says how far it is off."""

from dataclasses import replace

import numpy as np
import pytest
from sweep_responses import ISHIGAMI_TOTAL, ishigami, responses_to, scattered_points

from analysis.sensitivity.design_axis import DesignAxis
from analysis.sensitivity.discovery import discover
from analysis.sensitivity.outcome_indices import SURROGATE, indices_of, surrogate_of
from analysis.sensitivity.prim import chosen, pasted, peeled
from sim.errors import ResultError


def in_box(shares):
    """Above zero where x1 is above 0.3 and x2 below 0.6, below zero elsewhere."""
    return np.where((shares[:, 0] > 0.3) & (shares[:, 1] < 0.6), 1.0, -1.0)


def test_prim_finds_a_known_box():
    responses = responses_to(scattered_points(4, 400), in_box, "latin_hypercube")
    found = discover(responses, "y > 0", density=0.99)
    assert set(found.box.limits) == {"x1", "x2"}
    assert found.box.limits["x1"].low == pytest.approx(0.3, abs=0.02)
    assert found.box.limits["x2"].high == pytest.approx(0.6, abs=0.02)
    assert (found.box.density, found.box.coverage) == (1.0, pytest.approx(1.0, abs=0.05))
    assert found.held_out_density > 0.9
    assert max(found.p_values.values()) < 1e-6


def test_prim_finds_the_box_through_noise_and_does_not_limit_what_has_no_part():
    def noisy(shares):
        flipped = np.random.default_rng(5).random(len(shares)) < 0.05
        return np.where(flipped, -in_box(shares), in_box(shares))

    found = discover(responses_to(scattered_points(4, 400), noisy, "latin_hypercube"), "y > 0")
    assert set(found.box.limits) == {"x1", "x2"}
    assert found.box.density >= 0.8
    assert found.box.coverage > 0.85


def test_prim_limits_words_by_leaving_some_out():
    generator = np.random.default_rng(2)
    columns = {"x": generator.random(300), "policy": generator.integers(0, 3, 300) / 2.0}
    holds = (columns["x"] > 0.4) & (columns["policy"] != 0.5)
    box = pasted(chosen(peeled(columns, holds, ["policy"]), columns, 0.99), columns)
    assert box.limits["policy"].kept == (0.0, 1.0)
    assert box.limits["x"].low == pytest.approx(0.4, abs=0.03)


def test_where_nothing_matters_no_condition_is_told():
    def chance(shares):
        return np.random.default_rng(8).choice([-1.0, 1.0], len(shares))

    found = discover(responses_to(scattered_points(3, 200), chance, "latin_hypercube"), "y > 0")
    assert not found.box.limits or found.held_out_density < 0.75


def test_a_condition_holds_at_a_point_only_in_most_of_its_replications():
    responses = responses_to(scattered_points(2, 40), in_box, "latin_hypercube", replications=2)
    either = np.array([1.0, -1.0]) * np.ones((40, 1))
    assert not discover(replace(responses, values={"y": either}), "y > 0").holds.any()
    most = np.array([1.0, -1.0, 1.0]) * np.ones((40, 1))
    assert discover(replace(responses, values={"y": most}), "y > 0").holds.all()


def test_a_condition_of_what_is_no_outcome_is_refused():
    responses = responses_to(scattered_points(2, 30), in_box, "latin_hypercube")
    with pytest.raises(ResultError, match="'z > 0' knows no parameter 'z'"):
        discover(responses, "z > 0")


def test_too_few_points_are_refused():
    responses = responses_to(scattered_points(2, 10), in_box, "latin_hypercube")
    with pytest.raises(ResultError, match="at least 20"):
        discover(responses, "y > 0")


def test_a_box_is_told_in_the_parameters_own_values():
    axis = DesignAxis("cash", low=1e7, high=1e9, is_log=True)
    assert axis.at(0.5) == pytest.approx(1e8)
    assert axis.shares([1e8]) == pytest.approx([0.5])
    words = DesignAxis("policy", ("match", "undercut", "hold"))
    assert words.shares(["undercut", "match"]).tolist() == [0.5, 0.0]
    switch = DesignAxis("war", (True, False))
    assert switch.shares([False, True]).tolist() == [1.0, 0.0]


@pytest.mark.slow
def test_a_surrogate_has_the_indices_within_its_interval_and_says_its_error():
    responses = responses_to(
        scattered_points(3, 150), ishigami, "latin_hypercube", replications=3, noise=0.5
    )
    found = indices_of(responses, "y")
    assert found.method == SURROGATE
    assert 0.0 < found.hold_out.share < 0.4
    assert found.hold_out.noise_share == pytest.approx(0.25 / 3 / 13.8, rel=0.3)
    for name, value in zip(("x1", "x2", "x3"), ISHIGAMI_TOTAL, strict=True):
        interval = found[name, "total"].interval
        assert interval.low <= value <= interval.high
    assert found["x1 x x3", "interaction"].interval.centre == max(
        one.interval.centre for one in found.of_measure("interaction")
    )


def test_the_hold_out_error_is_that_of_points_not_seen():
    """A function that is noise alone cannot be predicted: no variance is explained."""

    def chance(shares):
        return np.random.default_rng(8).standard_normal(len(shares))

    responses = responses_to(scattered_points(2, 60), chance, "latin_hypercube")
    assert surrogate_of(responses, "y").hold_out.share > 0.9


def test_too_few_points_make_no_surrogate():
    responses = responses_to(scattered_points(5, 9), lambda x: x[:, 0], "latin_hypercube")
    with pytest.raises(ResultError, match="takes at least 10"):
        indices_of(responses, "y")
