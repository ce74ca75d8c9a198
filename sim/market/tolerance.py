"""By how much two accounts of the same amount may differ."""

from __future__ import annotations

import numpy as np

from sim.quantities import FloatArray

TOLERANCE_SHARE = 1e-9
"""Part of an amount by which two sums of it may differ, beside the rounding of transfers."""


def differences(
    found: FloatArray, expected: FloatArray, rounding: float | FloatArray
) -> list[list[int]]:
    """Return where two accounts differ by more than rounding and the order of sums explain.

    Parameters
    ----------
    found, expected
        The accounts; a number that is none differs from every other.
    rounding
        What may be off besides `TOLERANCE_SHARE` of what is expected.

    Returns
    -------
    list of list of int
        Places, in the order of the arrays.
    """
    same = np.abs(found - expected) <= rounding + TOLERANCE_SHARE * np.abs(expected)
    places: list[list[int]] = [] if same.all() else np.argwhere(~same).tolist()
    return places
