r"""The ratio of two means over the same replications, with the interval of Fieller.

With means :math:`\bar a, \bar b` of R pairs, the bounds are the ratios :math:`\rho` at which
Student's t of :math:`\bar a - \rho \bar b` is at its quantile,

.. math:: (\bar a - \rho \bar b)^2 = t_{R-1}^2
          (s_{aa} - 2 \rho s_{ab} + \rho^2 s_{bb}) / R,

which is exact for normal pairs, however few there are (Fieller 1954). Where the denominator's own
interval includes zero there is no bounded interval.

References
----------
Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical
Society B 16(2), 175-185.
"""

from __future__ import annotations

import math

import numpy as np

from analysis.statistics import Interval
from sim.quantities import FloatArray
from sim.statistics import student_quantile


def ratio_of_means(numerator: FloatArray, denominator: FloatArray) -> Interval:
    """Return a ratio of means with its interval.

    Parameters
    ----------
    numerator, denominator
        One value a replication, shape [R]; those in which either is unknown are left out.

    Returns
    -------
    Interval
        Without bounds where there is one replication, or the denominator may be zero, which then
        ``says_nothing``; NaN where the denominator's mean is zero, or there is nothing.

    Examples
    --------
    >>> import numpy as np
    >>> ratio_of_means(np.array([1.0, 2.0, 3.0, 2.0]), np.array([2.0, 4.0, 6.0, 4.0])).text()
    '0.5 (the same in every replication)'
    """
    known = np.isfinite(numerator) & np.isfinite(denominator)
    a, b = numerator[known], denominator[known]
    count = a.size
    if count == 0 or b.mean() == 0.0:
        return Interval(math.nan, math.nan, math.nan, count)
    centre = float(a.mean() / b.mean())
    if count < 2:
        return Interval(centre, math.nan, math.nan, count)
    # of the residuals a - centre b, whose mean is zero: their spread is free of cancellation
    rest = a - centre * b
    scale = float(student_quantile(count)) ** 2 / (count * (count - 1))
    shift = b - b.mean()
    rests, mixed, spread = (scale * float(one @ two) for one, two in
                            ((rest, rest), (rest, shift), (shift, shift)))  # fmt: skip
    square = float(b.mean()) ** 2 - spread
    if square <= 0.0:
        return Interval(centre, math.nan, math.nan, count, says_nothing=True)
    # with d = rho - centre: square d^2 + 2 mixed d - rests = 0
    root = math.sqrt(mixed**2 + square * rests)
    return Interval(
        centre, centre + (-mixed - root) / square, centre + (-mixed + root) / square, count
    )
