"""Linear fits with clustered rows and an interval for every coefficient.

References
----------
Rubin, D. B. (1981). The Bayesian bootstrap. Annals of Statistics 9(1).
Paule, R. C., Mandel, J. (1982). Consensus values and weighting factors. Journal of Research of the
National Bureau of Standards 87(5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.compression.curves import Estimate
from sim.quantities import FloatArray

DRAWS = 400
_INTERVAL = (2.5, 97.5)
_SEED = 20240506
"""The intervals of a table are always those of the same draws."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted linear model.

    Attributes
    ----------
    best
        Coefficients, shape (p,).
    draws
        The same from each draw of the bootstrap, shape (DRAWS, p).
    residuals
        Response less fitted value, shape (n,).
    residual_sd
        Standard deviation of the residuals beyond the noise of measurement.
    """

    best: FloatArray
    draws: FloatArray
    residuals: FloatArray
    residual_sd: float

    def estimate(self, column: int) -> Estimate:
        """Return a coefficient with its interval."""
        return interval(float(self.best[column]), self.draws[:, column])


def interval(best: float, draws: FloatArray) -> Estimate:
    """Return a value with the central 95% of its draws."""
    low, high = np.percentile(draws, _INTERVAL)
    return Estimate(best=best, low=min(best, float(low)), high=max(best, float(high)))


def fit_linear(
    design: FloatArray,
    response: FloatArray,
    clusters: Sequence[str],
    *,
    noise: FloatArray | None = None,
    shifts: FloatArray | None = None,
    key: int = 0,
) -> Fit:
    """Fit ``response = design @ coefficients + error`` by least squares.

    Rows count by the inverse of their noise plus the spread beyond it. Each draw of the bootstrap
    weights whole clusters at random (Rubin 1981) and draws the errors of all rows anew, so that
    an interval covers differences between models as well as scatter within one.

    Parameters
    ----------
    design
        Shape (n, p).
    response
        Shape (n,).
    clusters
        What each row belongs to: the model that was measured.
    noise
        Standard errors of the response, shape (n,); none: no noise is known.
    shifts
        What each draw adds to the response for parameters taken from elsewhere, shape (DRAWS, n).
    key
        Tells apart the draws of different fits.
    """
    rows, columns = design.shape
    noise = np.zeros(rows) if noise is None else noise
    best = _solve(design, response, np.ones(rows))
    spread = _spread(response - design @ best, noise, rows - columns)
    weights = _weights(noise, spread)
    best = _solve(design, response, weights)
    residuals = response - design @ best
    spread = _spread(residuals, noise, rows - columns)
    generator = np.random.Generator(np.random.Philox(key=_SEED, counter=[0, 0, 0, key]))
    names = sorted(set(clusters))
    member = np.array([names.index(cluster) for cluster in clusters])
    counts = generator.standard_exponential((DRAWS, len(names)))[:, member]
    errors = np.hypot(spread, noise) * generator.standard_normal((DRAWS, rows))
    moved = np.zeros((DRAWS, rows)) if shifts is None else shifts
    draws = _solve_all(design, design @ best + errors + moved, weights * counts)
    return Fit(best, draws, residuals, spread)


def _solve(design: FloatArray, response: FloatArray, weights: FloatArray) -> FloatArray:
    root = np.sqrt(weights)
    solved = np.linalg.lstsq(design * root[:, None], response * root, rcond=None)[0]
    return np.asarray(solved, dtype=np.float64)


def _solve_all(design: FloatArray, responses: FloatArray, weights: FloatArray) -> FloatArray:
    """Solve for many responses and weights, both of shape (draws, n), at once."""
    weighted = design.T[None, :, :] * weights[:, None, :]
    inverse = np.linalg.pinv(weighted @ design, hermitian=True)
    solved = inverse @ (weighted @ responses[:, :, None])
    return np.asarray(solved[:, :, 0], dtype=np.float64)


def _weights(noise: FloatArray, spread: float) -> FloatArray:
    variance = noise**2 + spread**2
    smallest = float(variance.min())
    return np.ones_like(noise) if smallest <= 0.0 else smallest / variance


def _spread(residuals: FloatArray, noise: FloatArray, freedom: int) -> float:
    """Return the spread that, beside the noise, explains the residuals (Paule and Mandel 1982)."""
    from scipy.optimize import brentq  # half a second to import, and only fits need it

    if freedom < 1:
        return 0.0

    def excess(spread: float) -> float:
        return float(np.sum(residuals**2 / (noise**2 + spread**2))) - freedom

    largest = float(np.sqrt(np.sum(residuals**2) / freedom))
    smallest = 1e-6 * largest
    if largest == 0.0 or excess(smallest) <= 0.0:
        return 0.0
    return float(brentq(excess, smallest, largest * (1.0 + 1e-9)))
