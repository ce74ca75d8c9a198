r"""What chance does to moments, measured from replications, and with how many degrees of freedom.

Points share their draws, but do not always respond to them alike: users of one point choose where
those of another do not. With :math:`C_{ij}` the covariance over replications of a combination of
moments at points i and j, its variance pooled within N points of S replications has

.. math:: \nu = (S - 1) \, \frac{(\sum_i C_{ii})^2}{\sum_{ij} C_{ij}^2}

degrees of freedom (Satterthwaite 1946; Box 1954): S - 1 where points respond alike, N (S - 1) where
each has draws of its own. Squares of measured covariances are too large by what the law of Wishart
says, and are corrected for it (as by Srivastava 2005); their ratio then still counts too many
degrees where draws are shared in part: a fifth from eight replications, or 1% of an interval.

References
----------
Box (1954). Some theorems on quadratic forms applied in the study of analysis of variance problems.
Annals of Mathematical Statistics 25(2).
Satterthwaite (1946). An approximate distribution of estimates of variance components. Biometrics
Bulletin 2(6).
Srivastava (2005). Some tests concerning the covariance matrix in high dimensional data. Journal of
the Japan Statistical Society 35(2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.estimation.bank import Bank
from sim.quantities import FloatArray


@dataclass(frozen=True)
class Chance:
    """What chance does to moments next to an estimate.

    Attributes
    ----------
    bank
        Points next to the estimate.
    simulated
        Covariance of the simulated moments, which are means over replications: shape [m, m].
    """

    bank: Bank
    simulated: FloatArray

    @cached_property
    def process(self) -> FloatArray:
        """How one history differs from another, shape [m, m]."""
        return self.bank.process_covariance()

    @property
    def measured(self) -> FloatArray:
        """Covariance of one history's moments less the simulated ones, shape [m, m]."""
        measured: FloatArray = self.process + self.simulated
        return measured

    def degrees(self, directions: FloatArray) -> FloatArray:
        """Return the degrees of freedom of measured variances.

        Parameters
        ----------
        directions
            Combinations of moments, shape [k, m].

        Returns
        -------
        FloatArray
            Shape [k]. Where fewer than two points have all their replications, as if points
            responded alike: replications less one, on average.
        """
        traces, squares, least, most = self._sums(directions)
        return _degrees(traces, squares, least, most)

    def pooled_degrees(self) -> float:
        """Return the degrees of freedom of the covariance as a whole, moments weighing alike."""
        sd = np.sqrt(np.maximum(np.diag(self.process), 1e-300))
        traces, squares, least, most = self._sums(np.diag(1.0 / sd))
        return float(_degrees(traces.sum(), squares.sum(), least, most))

    def _sums(self, directions: FloatArray) -> tuple[FloatArray, FloatArray, float, float]:
        """Return unbiased squared traces and sums of squares of C, and the bounds of degrees."""
        moments = self.bank.moments
        whole = np.all(~np.isnan(moments), axis=2)
        there = moments[whole.all(axis=1)]
        free = float(self.bank.replications - 1)
        if len(there) < 2 or free < 2.0:
            counts = whole.sum(axis=1)
            known = counts[counts > 1]
            least = float(known.mean() - 1.0) if known.size else 0.0
            ones = np.ones(len(directions))
            return ones, ones, least, least
        apart = (there - there.mean(axis=1, keepdims=True)) @ directions.T
        covariances = np.einsum("isk,jsk->kij", apart, apart) / free
        traces = np.square(np.einsum("kii->k", covariances))
        squares = np.square(covariances).sum(axis=(1, 2))
        unbiased = (squares - traces / free) / (1.0 + 1.0 / free - 2.0 / free**2)
        return traces - 2.0 * unbiased / free, unbiased, free, len(there) * free


def _degrees(traces: FloatArray, squares: FloatArray, least: float, most: float) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = traces / squares
    # without any variance there is nothing to count; what is measured below zero is next to it
    ratio = np.where(squares > 0.0, ratio, np.where(traces > 0.0, np.inf, 1.0))
    found: FloatArray = np.clip(least * ratio, least, most)
    return found
