r"""What an estimate is worth: its covariance, the test of the model, and what drives what.

With :math:`G = \partial m / \partial u`, :math:`A = G'WG` and :math:`V` the covariance of the
observed moments (error of the source, and of one history among those that could have happened),

.. math:: \operatorname{Var}(\hat u) = A^{-1} G' W \,(V + V_{sim}/S)\, W G \, A^{-1}

(McFadden 1989; Pakes and Pollard 1989; Gourieroux, Monfort and Renault 1993). How one history
differs from another, and with it the simulation part, is measured from S replications whose draws
all points share: each variance of an estimate has

.. math:: \nu = (S - 1) \, \frac{(v_{source} + v_{measured})^2}{v_{measured}^2}

degrees of freedom (Satterthwaite 1946; the source's error is stated, so it has infinitely many),
and the interval is Student's. The test of over-identification is
:math:`J = g(\hat u)' W g(\hat u)`: chi-squared with ``n - p`` degrees of freedom where weights are
optimal (Hansen 1982), and else the sum of independent chi-squared draws of one degree, weighted by
the eigenvalues of :math:`\Omega^{1/2} P' W P\, \Omega^{1/2}`, :math:`P = I - G A^{-1} G' W`
(Jagannathan and Wang 1996).

:math:`\Lambda = A^{-1} G' W` says by how much each estimate moves with each moment (Andrews,
Gentzkow and Shapiro 2017).

References
----------
Andrews, Gentzkow, Shapiro (2017). Measuring the sensitivity of parameter estimates to estimation
moments. Quarterly Journal of Economics 132(4).
Gourieroux, Monfort, Renault (1993). Indirect inference. Journal of Applied Econometrics 8(S1).
Hansen (1982). Large sample properties of generalized method of moments estimators. Econometrica
50(4).
Jagannathan, Wang (1996). The conditional CAPM and the cross-section of expected returns. Journal of
Finance 51(1).
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

from analysis.estimation.criterion import Criterion
from sim.quantities import FloatArray

_DRAWS = 50_000
"""Of weighted sums of chi-squared; a probability of 0.05 is then off by 0.001 (one s.e.)."""
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class JTest:
    """The test of over-identifying restrictions.

    Attributes
    ----------
    statistic
        J.
    p_value
        Chance of a larger one if the model is right.
    degrees
        Moments, priors included, less parameters.
    weights
        Of the chi-squared draws of one degree; all 1 where weights are optimal.
    """

    statistic: float
    p_value: float
    degrees: int
    weights: tuple[float, ...]

    @property
    def law(self) -> str:
        """What the statistic is held against, in words."""
        if np.allclose(self.weights, 1.0, atol=1e-6):
            return f"chi-squared, {self.degrees} degrees of freedom"
        shown = ", ".join(f"{weight:.3g}" for weight in self.weights)
        return f"weighted sum of chi-squared draws, weights {shown}"


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
    simulation_covariance: FloatArray,
    process_covariance: FloatArray,
    degrees: float,
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
    simulation_covariance
        V_sim / S of the m simulated moments, shape [m, m].
    process_covariance
        How one history differs from another, shape [m, m]; part of Omega.
    degrees
        Of freedom of both, which are measured from the same replications.
    """
    weights, omega = criterion.weights, criterion.covariance
    bread = np.linalg.pinv(jacobian.T @ weights @ jacobian, rcond=1e-12, hermitian=True)
    influence = bread @ jacobian.T @ weights
    covariance = influence @ omega @ influence.T
    of_moments = influence[:, : len(simulation_covariance)]
    simulated = np.diag(of_moments @ simulation_covariance @ of_moments.T)
    measured = simulated + np.diag(of_moments @ process_covariance @ of_moments.T)
    variances = np.diag(covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = degrees * np.square(variances / measured)
    errors, moments = np.sqrt(variances), np.sqrt(np.diag(omega))
    return Inference(
        covariance=covariance,
        simulation_share=simulated / np.maximum(variances, 1e-300),
        degrees=np.where(measured > 0.0, freedom, np.inf),
        influence=influence,
        standardised_influence=influence * moments / np.maximum(errors, 1e-300)[:, None],
        profile_scale=variances / np.maximum(np.diag(bread), 1e-300),
        test=_test(jacobian, influence, weights, omega, residuals),
    )


def exceedance(statistic: float, weights: FloatArray) -> float:
    """Return the chance that a weighted sum of chi-squared draws of one degree is larger.

    Parameters
    ----------
    statistic
        The sum to be exceeded.
    weights
        One a draw; all equal: the plain chi-squared law is used, which is exact.

    Examples
    --------
    >>> import numpy as np
    >>> round(exceedance(3.841459, np.ones(1)), 4)
    0.05
    >>> round(exceedance(2 * 5.991465, 2 * np.ones(2)), 4)
    0.05
    """
    from scipy.special import gammaincc

    if len(weights) == 0:
        return float("nan")
    if np.ptp(weights) <= 1e-6 * np.max(weights):
        return float(gammaincc(len(weights) / 2.0, statistic / np.mean(weights) / 2.0))
    draws = np.random.default_rng(20170401).chisquare(1.0, (_DRAWS, len(weights)))
    return float(((draws @ weights) > statistic).mean())


def _test(
    jacobian: FloatArray,
    influence: FloatArray,
    weights: FloatArray,
    omega: FloatArray,
    residuals: FloatArray,
) -> JTest:
    statistic = float(residuals @ weights @ residuals)
    kept = np.eye(len(weights)) - jacobian @ influence
    sizes, axes = np.linalg.eigh(omega)
    half = axes * np.sqrt(np.maximum(sizes, 0.0))  # few replications leave it without full rank
    values = np.linalg.eigvalsh(half.T @ kept.T @ weights @ kept @ half)
    values = np.sort(values[values > _NOTHING * values.max()])[::-1]
    return JTest(statistic, exceedance(statistic, values), len(values), tuple(values.tolist()))
