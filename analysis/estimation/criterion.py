r"""What is minimised: how far simulated moments are from those observed, weighted.

.. math:: Q(u) = g(u)' W g(u), \qquad g(u) = \hat m - m(u)

A prior enters as one more moment, linear in its parameter, whose variance is the prior's. Weights
are the inverse of the variances of ``g`` (*diagonal*: robust where covariances are measured from
few replications) or of its covariance (*optimal*: the smallest standard errors, and the law of the
J test is the plain one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from analysis.estimation.space import ParameterSpace
from analysis.estimation.targets import Targets
from sim.errors import UsageError
from sim.quantities import FloatArray

Weighting: TypeAlias = Literal["diagonal", "optimal"]

_LARGEST_CONDITION = 1e10


@dataclass(frozen=True)
class Criterion:
    """The weighted distance, with priors as further moments.

    Attributes
    ----------
    names
        Of the n moments: those observed, then ``prior of NAME``.
    observed
        Shape [n].
    prior_rows
        Shape [k, p]: derivatives of the k priors.
    covariance
        Shape [n, n]: of observed less simulated moments.
    weights
        W, shape [n, n].
    """

    names: tuple[str, ...]
    observed: FloatArray
    prior_rows: FloatArray
    covariance: FloatArray
    weights: FloatArray

    @property
    def root(self) -> FloatArray:
        """Return L with ``W = L L'``."""
        return np.asarray(np.linalg.cholesky(self.weights), dtype=np.float64)

    def residuals(self, unit: FloatArray, moments: FloatArray) -> FloatArray:
        """Return g at points, [..., p], with their simulated moments, [..., m]: shape [..., n]."""
        priors = unit @ self.prior_rows.T
        found: FloatArray = self.observed - np.concatenate([moments, priors], axis=-1)
        return found

    def jacobian(self, moments_jacobian: FloatArray) -> FloatArray:
        """Return derivatives of all n moments by the coordinates, shape [n, p]."""
        return np.concatenate([moments_jacobian, self.prior_rows])

    def value(self, unit: FloatArray, moments: FloatArray) -> FloatArray:
        """Return Q at points, shape [...]; infinite where a moment is missing."""
        apart = self.residuals(unit, moments)
        found = np.einsum("...i,ij,...j->...", apart, self.weights, apart)
        return np.where(np.isnan(found), np.inf, found)


def criterion(
    targets: Targets,
    space: ParameterSpace,
    process_covariance: FloatArray,
    simulation_covariance: FloatArray,
    weighting: Weighting = "diagonal",
) -> Criterion:
    """Weigh observed against simulated moments.

    Parameters
    ----------
    targets, space
        What was observed, and what is estimated.
    process_covariance
        Shape [m, m]: how one history differs from another; the history observed is one.
    simulation_covariance
        Shape [m, m]: of the simulated moments, which are means over replications.
    weighting
        How.

    Raises
    ------
    UsageError
        If a moment varies neither in its source nor in simulation, or moments are collinear where
        the optimal weights are asked for.
    """
    rows, medians, variances = space.prior_rows()
    data = targets.source_covariance + process_covariance + simulation_covariance
    names = (*targets.names, *(f"prior of {space.names[row.argmax()]}" for row in rows))
    covariance = np.zeros((len(names), len(names)))
    covariance[: len(data), : len(data)] = data
    covariance[len(data) :, len(data) :] = np.diag(variances)
    still = [name for name, it in zip(names, np.diag(covariance), strict=True) if not it > 0.0]
    if still:
        raise UsageError(
            f"{', '.join(still)}: varies neither in its source nor in simulation, so it cannot be "
            "weighed.\n  Give the moment a range, or leave it out."
        )
    scale = np.sqrt(np.diag(covariance))
    if weighting == "diagonal":
        weights = np.diag(1.0 / np.square(scale))
    else:
        correlation = covariance / np.outer(scale, scale)
        if np.linalg.cond(correlation) > _LARGEST_CONDITION:
            raise UsageError(
                "The moments are collinear in simulation, so optimal weights do not exist.\n"
                "  Leave moments out, give more replications, or use diagonal weights."
            )
        weights = np.linalg.inv(correlation) / np.outer(scale, scale)
    return Criterion(names, np.concatenate([targets.observed, medians]), rows, covariance, weights)
