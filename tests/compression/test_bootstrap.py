"""Standard errors of resampled documents against the formulas they approximate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.compression.measures.bootstrap import ratio_standard_error, statistic_standard_error

COUNTS = np.full(400, 50.0)
MEANS = np.random.default_rng(1).normal(2.0, 0.3, size=400)


def test_the_error_of_a_mean_is_that_of_the_formula():
    expected = MEANS.std() / math.sqrt(400)
    assert ratio_standard_error(MEANS * COUNTS, COUNTS) == pytest.approx(expected, rel=0.06)


def test_the_error_of_an_exponential_is_that_of_the_delta_method():
    alone = ratio_standard_error(MEANS * COUNTS, COUNTS)
    found = ratio_standard_error(MEANS * COUNTS, COUNTS, of=np.exp)
    assert found == pytest.approx(math.exp(MEANS.mean()) * alone, rel=0.02)


def test_items_of_a_group_stand_or_fall_together():
    """Twenty copies of each value tell no more than one."""
    values = np.repeat(MEANS[:100], 20)
    groups = np.repeat(np.arange(100), 20)
    found = statistic_standard_error(groups, lambda items: float(values[items].mean()))
    assert found == pytest.approx(MEANS[:100].std() / 10.0, rel=0.12)


def test_one_document_tells_no_error():
    assert math.isnan(ratio_standard_error([1.0], [2.0]))
    assert math.isnan(statistic_standard_error([3, 3], lambda items: float(items.size)))
