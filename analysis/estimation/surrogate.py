r"""A quadratic surface in place of the simulator, where runs are dear.

.. math:: \hat m_j(u) = a_j + b_j'(u - c) + (u - c)' C_j (u - c)

fitted by least squares to mean moments of a bank (Box and Wilson 1951). How far it may be off is
said by leaving each point out: the residual over one minus the leverage, which needs no second fit.
Every replication has a surface of its own on the same points, and the mean surface is their mean;
so the simulation error of the surface is measured, from how far those of replications are apart.

References
----------
Box, Wilson (1951). On the experimental attainment of optimum conditions. Journal of the Royal
Statistical Society B 13(1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.estimation.bank import Bank
from analysis.words import counted
from sim.errors import UsageError
from sim.quantities import FloatArray

_ROOM = 1.2
"""Points a coefficient at least, so that leaving one out leaves the fit determined."""


@dataclass(frozen=True)
class Surrogate:
    """A fitted surface.

    Attributes
    ----------
    centre
        c, shape [p].
    coefficients
        Shape [terms, m]: constant, linear and quadratic ones of the mean.
    by_replication
        Shape [S, terms, m].
    misfit_covariance
        Shape [m, m]: mean square errors, and their products, at points that were left out, less
        the part that is chance of those points.
    hold_out_r2
        Shape [m]: one less the mean square error of points left out, over their variance.
    points
        How many it was fitted to.
    """

    centre: FloatArray
    coefficients: FloatArray
    by_replication: FloatArray
    misfit_covariance: FloatArray
    hold_out_r2: FloatArray
    points: int

    def moments(self, unit: FloatArray) -> FloatArray:
        """Return moments at points, shape [..., p] to [..., m]."""
        found: FloatArray = _terms(unit - self.centre) @ self.coefficients
        return found

    def jacobian(self, unit: FloatArray) -> FloatArray:
        """Return derivatives of the moments at one point, shape [m, p]."""
        away = unit - self.centre
        count = len(away)
        linear = self.coefficients[1 : 1 + count]
        slopes = linear.copy()
        for row, (first, second) in enumerate(_pairs(count), start=1 + count):
            slopes[first] += self.coefficients[row] * away[second]
            slopes[second] += self.coefficients[row] * away[first]
        return slopes.T

    def simulation_covariance(self, unit: FloatArray) -> FloatArray:
        """Return the covariance of the surface at a point, shape [m, m].

        It is that of the replications' own surfaces over their number, common draws and all, and
        that of the errors at points left out which are not chance.
        """
        own = _terms(unit - self.centre) @ self.by_replication
        apart = own - own.mean(axis=0)
        count = len(own)
        found: FloatArray = apart.T @ apart / ((count - 1) * count) + self.misfit_covariance
        return found

    def through(self, unit: FloatArray, moments: FloatArray) -> Surrogate:
        """Return the surface moved so that it has these moments, of real runs, at a point."""
        moved = self.coefficients.copy()
        moved[0] += moments - self.moments(unit)
        return replace(self, coefficients=moved)


def fewest_points(parameters: int) -> int:
    """Return how many points a surface of so many parameters needs."""
    terms = 1 + parameters + parameters * (parameters + 1) // 2
    return int(np.ceil(_ROOM * terms)) + 1


def fit(bank: Bank) -> Surrogate:
    """Fit the surface to a bank.

    Raises
    ------
    UsageError
        If too few points have moments, or there is only one replication.
    """
    usable = bank.usable
    points = bank.points[usable]
    needed = fewest_points(points.shape[1])
    if len(points) < needed:
        raise UsageError(
            f"Only {len(points)} of {len(bank.points)} points of the bank have moments; a surface "
            f"of {counted(points.shape[1], 'parameter')} needs {needed}.\n"
            "  Give more points, or narrower ranges; the journal has the runs that lack them."
        )
    if bank.replications < 2:
        raise UsageError("One replication says nothing of chance: give at least two.")
    centre = points.mean(axis=0)
    terms = _terms(points - centre)
    means = bank.means()
    inverse = np.linalg.pinv(terms)
    leverage = np.einsum("ij,ji->i", terms, inverse)
    coefficients = inverse @ means
    room = np.maximum(1.0 - leverage, 1e-9)[:, None]
    residuals = (means - terms @ coefficients) / room
    filled = np.where(np.isnan(bank.moments[usable]), means[:, None, :], bank.moments[usable])
    by_replication = np.einsum("tn,nsm->stm", inverse, filled)
    variance = np.maximum(means.var(axis=0), 1e-300)
    return Surrogate(
        centre=centre,
        coefficients=coefficients,
        by_replication=by_replication,
        misfit_covariance=_misfit(filled, terms @ by_replication, room, residuals),
        hold_out_r2=1.0 - np.square(residuals).mean(axis=0) / variance,
        points=len(points),
    )


def _misfit(
    moments: FloatArray, fitted: FloatArray, room: FloatArray, residuals: FloatArray
) -> FloatArray:
    """Return squares and products of errors at points left out, less what is chance there.

    A point that is left out is a mean over replications itself, and draws of its own that others do
    not share are no error of the surface. How far replications' errors there are apart says how
    much of them that is.
    """
    errors = (np.swapaxes(moments, 0, 1) - fitted) / room
    apart = errors - residuals
    count = len(errors)
    chance = np.einsum("snk,snl->kl", apart, apart) / ((count - 1) * count)
    sizes, axes = np.linalg.eigh((residuals.T @ residuals - chance) / len(residuals))
    found: FloatArray = (axes * np.maximum(sizes, 0.0)) @ axes.T
    return found


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(first, second) for first in range(count) for second in range(first, count)]


def _terms(away: FloatArray) -> FloatArray:
    count = away.shape[-1]
    products = [away[..., first] * away[..., second] for first, second in _pairs(count)]
    return np.concatenate(
        [np.ones((*away.shape[:-1], 1)), away, np.stack(products, axis=-1)], axis=-1
    )
