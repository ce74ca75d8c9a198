r"""The test of over-identification, also where variances are measured from few replications.

.. math:: J = g(\hat u)' W g(\hat u)

has the chi-squared law with ``n - p`` degrees of freedom where weights are optimal (Hansen 1982),
and else that of a sum of independent chi-squared draws of one degree, weighted by the eigenvalues
of :math:`\Omega^{1/2} P' W P\, \Omega^{1/2}`, :math:`P = I - G A^{-1} G' W` (Jagannathan and Wang
1996): if :math:`\Omega` is known. What is measured from replications is not, and J then exceeds
these laws too often. So J over its measured expectation,
:math:`\operatorname{tr}(P' W P\, \hat\Omega)`, is held against the same ratio of moments drawn from
:math:`\hat\Omega`, each with variances measured anew: drawn from Wishart's law with as many degrees
of freedom, and weights made from them where they were made from the same replications. With optimal
weights and sources without error that is Hotelling's law (1931); with many degrees of freedom, the
laws above.

References
----------
Hansen (1982). Large sample properties of generalized method of moments estimators. Econometrica
50(4).
Hotelling (1931). The generalization of Student's ratio. Annals of Mathematical Statistics 2(3).
Jagannathan, Wang (1996). The conditional CAPM and the cross-section of expected returns. Journal of
Finance 51(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.estimation.criterion import Criterion, Weighting
from sim.quantities import FloatArray

_DRAWS = 50_000
"""Of weighted sums of chi-squared; a probability of 0.05 is then off by 0.001 (one s.e.)."""
_MEASURED_DRAWS = 5_000
"""Of whole tests: 0.003."""
_AS_KNOWN = 300.0
"""With so many degrees of freedom a variance is as good as known."""
_NOTHING = 1e-9
_SEED = 20170401


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
    measured_degrees
        Of freedom of the measured variances; infinite where nothing was measured.
    """

    statistic: float
    p_value: float
    degrees: int
    weights: tuple[float, ...]
    measured_degrees: float = np.inf

    @property
    def law(self) -> str:
        """What the statistic is held against, in words."""
        if np.allclose(self.weights, 1.0, atol=1e-6):
            named = f"chi-squared, {self.degrees} degrees of freedom"
        else:
            shown = ", ".join(f"{weight:.3g}" for weight in self.weights)
            named = f"weighted sum of chi-squared draws, weights {shown}"
        if self.measured_degrees >= _AS_KNOWN:
            return named
        return f"{named}; variances measured with {self.measured_degrees:.3g} degrees of freedom"


def j_test(
    jacobian: FloatArray,
    criterion: Criterion,
    residuals: FloatArray,
    measured: FloatArray,
    measured_degrees: float,
    remade: Weighting | None = None,
) -> JTest:
    """Test the model.

    Parameters
    ----------
    jacobian
        G of all n moments, shape [n, p].
    criterion
        Whose minimum the estimate is; its covariance is Omega.
    residuals
        g at the estimate, shape [n].
    measured
        Part of Omega that is measured from replications, of the first m moments: shape [m, m].
    measured_degrees
        Of freedom of it.
    remade
        How weights were made from the same measurement; None: from another, or by hand.
    """
    weights, omega = criterion.weights, criterion.covariance
    statistic = float(residuals @ weights @ residuals)
    kept = _kept(jacobian, weights)
    half = _root(omega)  # few replications leave it without full rank
    found = np.linalg.eigvalsh(half.T @ kept.T @ weights @ kept @ half)[::-1]
    values = np.asarray(found[found > _NOTHING * found.max()], dtype=np.float64)
    if measured_degrees >= _AS_KNOWN or not measured.any():
        p_value = exceedance(statistic, values)
    else:
        draws = _ratios(jacobian, criterion, measured, measured_degrees, remade)
        p_value = float((draws >= statistic / values.sum()).mean())
    return JTest(statistic, p_value, len(values), tuple(values.tolist()), measured_degrees)


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
    draws = np.random.default_rng(_SEED).chisquare(1.0, (_DRAWS, len(weights)))
    return float(((draws @ weights) > statistic).mean())


def _ratios(
    jacobian: FloatArray,
    criterion: Criterion,
    measured: FloatArray,
    degrees: float,
    remade: Weighting | None,
) -> FloatArray:
    """Return J over its measured expectation where the model is right, a draw each."""
    generator = np.random.default_rng(_SEED)
    omega, count = criterion.covariance, len(measured)
    moments = generator.normal(size=(_MEASURED_DRAWS, len(omega))) @ _root(omega).T
    half = _root(measured)
    omegas = np.tile(omega, (_MEASURED_DRAWS, 1, 1))
    omegas[:, :count, :count] += half @ _wishart(generator, degrees, count) @ half.T - measured
    if remade == "diagonal":
        weights = np.eye(len(omega)) / np.einsum("kii->ki", omegas)[:, None, :]
    elif remade == "optimal":
        weights = np.linalg.inv(omegas)
    else:
        weights = np.broadcast_to(criterion.weights, omegas.shape)
    explained = _explained(jacobian)
    weighed = weights @ explained
    bread = np.linalg.inv(explained.T @ weighed)
    columns = moments[:, :, None]
    along = np.swapaxes(weighed, 1, 2) @ columns
    statistics = (columns * (weights @ columns)).sum(axis=1) - (along * (bread @ along)).sum(axis=1)
    across = np.swapaxes(weighed, 1, 2) @ omegas @ weighed
    expected = (weights * omegas).sum(axis=(1, 2)) - (bread * across).sum(axis=(1, 2))
    found: FloatArray = statistics[:, 0] / expected
    return found


def _explained(jacobian: FloatArray) -> FloatArray:
    """Return orthonormal columns of what parameters can explain, however many tell them apart."""
    columns, sizes, _ = np.linalg.svd(jacobian, full_matrices=False)
    found: FloatArray = columns[:, sizes > _NOTHING * sizes.max()]
    return found


def _kept(jacobian: FloatArray, weights: FloatArray) -> FloatArray:
    """Return P, which takes out of moments what parameters explain: shape [..., n, n]."""
    bread = np.linalg.pinv(jacobian.T @ weights @ jacobian, rcond=1e-12, hermitian=True)
    found: FloatArray = np.eye(len(jacobian)) - jacobian @ bread @ jacobian.T @ weights
    return found


def _root(covariance: FloatArray) -> FloatArray:
    sizes, axes = np.linalg.eigh(covariance)
    root: FloatArray = axes * np.sqrt(np.maximum(sizes, 0.0))
    return root


def _wishart(generator: np.random.Generator, degrees: float, size: int) -> FloatArray:
    """Return mean outer products of standard normal draws, shape [draws, size, size].

    By Bartlett's decomposition (1933), which takes degrees that are no whole number.
    """
    if degrees < size:
        whole = max(round(degrees), 1)
        draws = generator.normal(size=(_MEASURED_DRAWS, size, whole)) / np.sqrt(whole)
    else:
        draws = np.tril(generator.normal(size=(_MEASURED_DRAWS, size, size)), -1)
        freedom = degrees - np.arange(size)
        draws[:, range(size), range(size)] = np.sqrt(
            generator.chisquare(freedom, (_MEASURED_DRAWS, size))
        )
        draws /= np.sqrt(degrees)
    found: FloatArray = draws @ np.swapaxes(draws, 1, 2)
    return found
