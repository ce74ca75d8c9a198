"""Figures of a calibration show estimates within their ranges, and which moments are far."""

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from analysis.figures.calibration import draw_estimates, draw_moments
from analysis.figures.style import GREY, VERMILION

ESTIMATES = pd.DataFrame(
    {
        "parameter": ["rate", "brand"], "value": [0.1, 1.0], "low": [0.01, 0.5], "high": [1.0, 2.0],
        "profile_low": [0.01, 0.0], "profile_high": [1.0, 2.0], "range_low": [0.01, 0.0],
        "range_high": [1.0, 2.0], "scale": ["log", "linear"], "identified": [False, True],
    }
)  # fmt: skip
MOMENTS = pd.DataFrame(
    {
        "moment": ["near", "far"], "observed": [15.0, 33.3], "simulated": [14.0, 9.0],
        "distance_sd": [0.1, 2.3],
    }
)  # fmt: skip


def test_estimates_stand_where_they_lie_in_the_searched_range():
    [axes] = draw_estimates(ESTIMATES).axes
    profile, interval, estimate = axes.lines[:3]
    assert estimate.get_xdata() == pytest.approx([0.5])  # half way in logarithms
    assert interval.get_xdata() == pytest.approx([0.0, 1.0])
    assert profile.get_xdata() == pytest.approx([0.0, 1.0])
    assert to_rgb(estimate.get_color()) == to_rgb(GREY)
    assert axes.lines[4].get_xdata() == pytest.approx([0.25, 1.0])
    assert [it.get_text() for it in axes.get_yticklabels()] == [
        "rate = 0.1, not identified", "brand = 1"
    ]  # fmt: skip


def test_moments_that_are_far_stand_out_on_the_side_of_the_simulated_value():
    [axes] = draw_moments(MOMENTS).axes
    points = [it for it in axes.lines if it.get_marker() == "o"]
    assert [float(it.get_xdata()[0]) for it in points] == pytest.approx([-0.1, -2.3])
    assert [to_rgb(it.get_color()) == to_rgb(VERMILION) for it in points] == [False, True]
    assert axes.get_yticklabels()[1].get_text() == "far: 9 for 33.3"
