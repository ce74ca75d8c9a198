"""Unit coordinates run from the lower bound of a range to the upper, on the parameter's scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimation.space import Parameter, ParameterSpace, Prior

SPACE = ParameterSpace(
    [
        Parameter("rate", 0.01, 1.0, is_log=True, prior=Prior(0.1, 0.5)),
        Parameter("share", -1.0, 3.0),
    ]
)


def test_ends_are_exact_and_the_middle_of_a_log_range_is_its_geometric_mean():
    assert SPACE.from_unit([0.0, 1.0]).tolist() == [0.01, 3.0]
    assert SPACE.from_unit([0.5, 0.5]) == pytest.approx([0.1, 1.0])


@given(st.floats(0.01, 1.0), st.floats(-1.0, 3.0))
def test_there_and_back_is_the_same(rate, share):
    assert SPACE.from_unit(SPACE.to_unit([rate, share])) == pytest.approx([rate, share])


def test_a_prior_is_a_normal_law_on_the_scale():
    rows, medians, variances = SPACE.prior_rows()
    assert rows.tolist() == [[1.0, 0.0]]
    assert medians == pytest.approx([0.5])
    assert np.sqrt(variances) == pytest.approx([0.5 / np.log(100.0)])
