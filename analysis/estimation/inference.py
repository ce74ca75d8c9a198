r"""What an estimate is worth: its covariance, the test of the model, and what drives what.

With :math:`G = \partial m / \partial u`, :math:`A = G'WG` and :math:`V` the covariance of the
observed moments (error of the source, and of one history among those that could have happened),

.. math:: \operatorname{Var}(\hat u) = A^{-1} G' W \,(V + V_{sim}/S)\, W G \, A^{-1}

(McFadden 1989; Pakes and Pollard 1989; Gourieroux, Monfort and Renault 1993). How one history
differs from another, and with it the simulation part, is measured from replications: each variance
of an estimate has

.. math:: \nu = \nu_{measured} \, \frac{(v_{source} + v_{measured})^2}{v_{measured}^2}

degrees of freedom (Satterthwaite 1946; the source's error is stated, so it has infinitely many),
with :math:`\nu_{measured}` by how far points share their draws (`analysis.estimation.chance`), and
the interval is Student's. The test of the model is that of `analysis.estimation.j_test`.

:math:`\Lambda = A^{-1} G' W` says by how much each estimate moves with each moment (Andrews,
Gentzkow and Shapiro 2017).

References
----------
Andrews, Gentzkow, Shapiro (2017). Measuring the sensitivity of parameter estimates to estimation
moments. Quarterly Journal of Economics 132(4).
Gourieroux, Monfort, Renault (1993). Indirect inference. Journal of Applied Econometrics 8(S1).
McFadden (1989). A method of simulated moments for estimation of discrete response models without
numerical integration. Econometrica 57(5).
Pakes, Pollard (1989). Simulation and the asymptotics of optimization estimators. Econometrica
57(5).
Satterthwaite (1946). An approximate distribution of estimates of variance components. Biometrics
Bulletin 2(6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.estimation.chance import Chance
from analysis.estimation.criterion import Criterion, Weighting
from analysis.estimation.j_test import JTest, j_test
from sim.quantities import FloatArray


@dataclass(frozen=True)
class Inference:
    """What an estimate is worth, in unit coordinates.

    Attributes
    ----------
    covariance
        Shape [p, p].
    simulation_share
        Shape [p]: part of each variance that simulating more would take away.
    degrees
        Shape [p]: of freedom of each variance; infinite where nothing of it was measured.
    influence
        Lambda, shape [p, n]: change of an estimate by that of a moment.
    standardised_influence
        Shape [p, n]: the same, in standard errors of the estimate for one of the moment.
    profile_scale
        Shape [p]: what the rise of Q along a parameter is a multiple of, chi-squared of one degree
        of freedom, if the parameter is right; 1 where weights are optimal.
    test
        Of the model.
    """

    covariance: FloatArray
    simulation_share: FloatArray
    degrees: FloatArray
    influence: FloatArray
    standardised_influence: FloatArray
    profile_scale: FloatArray
    test: JTest

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors, shape [p]."""
        found: FloatArray = np.sqrt(np.diag(self.covariance))
        return found

    def quantiles(self, level: float) -> FloatArray:
        """Return half-widths of intervals in standard errors, Student's: shape [p]."""
        from scipy.special import stdtrit

        return np.asarray(stdtrit(self.degrees, (1.0 + level) / 2.0), dtype=np.float64)


def infer(
    jacobian: FloatArray,
    criterion: Criterion,
    residuals: FloatArray,
    chance: Chance,
    remade: Weighting | None = None,
) -> Inference:
    """Judge an estimate.

    Parameters
    ----------
    jacobian
        G of all n moments, shape [n, p].
    criterion
        Whose minimum the estimate is; its covariance is Omega = V + V_sim / S.
    residuals
        g at the estimate, shape [n].
    chance
        The measured part of Omega, of the first m moments.
    remade
        How weights were made from the same measurement; None: from another, or by hand.
    """
    weights, omega = criterion.weights, criterion.covariance
    bread = np.linalg.pinv(jacobian.T @ weights @ jacobian, rcond=1e-12, hermitian=True)
    influence = bread @ jacobian.T @ weights
    covariance = influence @ omega @ influence.T
    of_moments = influence[:, : len(chance.simulated)]
    simulated = np.diag(of_moments @ chance.simulated @ of_moments.T)
    measured = np.diag(of_moments @ chance.measured @ of_moments.T)
    variances = np.diag(covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = chance.degrees(of_moments) * np.square(variances / measured)
    errors, moments = np.sqrt(variances), np.sqrt(np.diag(omega))
    return Inference(
        covariance=covariance,
        simulation_share=simulated / np.maximum(variances, 1e-300),
        degrees=np.where(measured > 0.0, freedom, np.inf),
        influence=influence,
        standardised_influence=influence * moments / np.maximum(errors, 1e-300)[:, None],
        profile_scale=variances / np.maximum(np.diag(bread), 1e-300),
        test=j_test(
            jacobian, criterion, residuals, chance.measured, chance.pooled_degrees(), remade
        ),
    )
