"""Targets of moments: on their scales, with the errors that their sources share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.estimation.calibration_file import Moment
from analysis.estimation.targets import Targets

_NORMAL_95 = 1.959963984540054


def targets_of(moments: Mapping[str, Moment]) -> Targets:
    """Return what was observed, on the moments' scales, with the errors that sources share."""
    scaled = [
        [_scaled(it, moment.scale) for it in (moment.observed, *moment.range)]
        for moment in moments.values()
    ]
    observed, low, high = np.array(scaled).T
    names = list(moments)
    correlation = np.eye(len(names))
    for row, moment in enumerate(moments.values()):
        for other, shared in moment.shares_error_with.items():
            if other in moments:  # one after the cut is left out
                column = names.index(other)
                correlation[row, column] = correlation[column, row] = shared
    sd = (high - low) / (2.0 * _NORMAL_95)
    return Targets(tuple(names), observed, correlation * np.outer(sd, sd))


def _scaled(value: float, scale: str) -> float:
    return float(np.log(value)) if scale == "log" else value
