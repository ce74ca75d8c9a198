"""Linear mixed models: fixed coefficients, random effects of groups, and their uncertainty.

``y = X beta + sum_k Z_k u_k + e``, ``u_k ~ N(0, tau_k^2)``, ``e ~ N(0, sigma^2 + noise^2)``. With a
flat prior on beta, the restricted likelihood is the marginal one of the standard deviations theta;
half-normal priors of scale `_PRIOR_SCALE` on theta keep in bounds what few groups tell. Draws are
of the posterior: theta by importance sampling from a normal law around its mode in logs, then beta
and all u given theta, which are normal. So an interval knows how badly few groups tell a spread.

References
----------
Patterson, H. D., Thompson, R. (1971). Recovery of inter-block information when block sizes are
unequal. Biometrika 58(3), 545-554.
Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models. Bayesian
Analysis 1(3), 515-534.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.regression import DRAWS, interval
from sim.compression.curves import Estimate
from sim.quantities import FloatArray

_PRIOR_SCALE = 1.0
_SMALLEST_SD = 1e-3
_PROPOSALS = 1000
_WIDEN = 1.3
"""Factor by which proposals are wider than the curvature at the mode says."""
_SEED = 20241105


@dataclass(frozen=True, slots=True)
class MixedFit:
    """A fitted mixed model.

    Attributes
    ----------
    draws
        Of the coefficients, shape (DRAWS, p).
    effects
        By kind of group, draws of its effects, shape (DRAWS, groups).
    names
        By kind, the groups in the order of `effects`.
    group_sd
        By kind, draws of the standard deviation between groups, shape (DRAWS,).
    residual_sd
        Draws of that within, shape (DRAWS,).
    fitted
        Posterior mean of ``X beta``, without effects, shape (n,).
    """

    draws: FloatArray
    effects: tuple[FloatArray, ...]
    names: tuple[tuple[str, ...], ...]
    group_sd: tuple[FloatArray, ...]
    residual_sd: FloatArray
    fitted: FloatArray

    def estimate(self, column: int) -> Estimate:
        """Return a coefficient with its 95% interval."""
        return interval(float(np.mean(self.draws[:, column])), self.draws[:, column])

    def effect(self, kind: int, name: str) -> Estimate:
        """Return the effect of one group with its 95% interval."""
        own = self.effects[kind][:, self.names[kind].index(name)]
        return interval(float(np.mean(own)), own)

    def correlation(self, one: int, other: int) -> float:
        """Return how two coefficients go together over the draws; 0 where one does not vary."""
        pair = self.draws[:, [one, other]]
        if float(np.min(np.std(pair, axis=0))) == 0.0:
            return 0.0
        matrix = np.asarray(np.corrcoef(pair.T), dtype=np.float64)
        return float(matrix[0, 1])


def fit_mixed(
    design: FloatArray,
    response: FloatArray,
    groups: Sequence[Sequence[str]],
    *,
    noise: FloatArray | None = None,
    shifts: FloatArray | None = None,
    scales: Sequence[FloatArray | None] = (),
    prior_scales: Sequence[float] = (),
    key: int = 0,
) -> MixedFit:
    """Fit a mixed model; see the module.

    Parameters
    ----------
    design
        X, shape (n, p).
    response
        y, shape (n,).
    groups
        By kind, the group of each row.
    noise
        Known standard errors of the response, shape (n,).
    shifts
        What each draw adds to the response for parameters taken from elsewhere, shape (DRAWS, n).
    scales
        By kind, what a group's effect is multiplied with in each row, shape (n,); None: by 1.
    prior_scales
        Of the residual's spread, then of each kind's; those not given are 1.
    key
        Distinguishes the draws of different fits.
    """
    model = _Model.of(design, response, groups, noise, scales, prior_scales)
    generator = np.random.Generator(np.random.Philox(key=_SEED, counter=[0, 0, 0, key]))
    thetas = model.sampled_spreads(generator)
    betas, effects = [], []
    for number, theta in enumerate(thetas):
        moved = response if shifts is None else response + shifts[number]
        beta, blup = model.drawn(np.exp(theta), moved, generator)
        betas.append(beta)
        effects.append(blup)
    draws = np.array(betas)
    joined = np.array(effects)
    cuts = np.cumsum([len(names) for names in model.names])[:-1]
    spreads = np.exp(thetas)
    return MixedFit(
        draws=draws,
        effects=tuple(np.split(joined, cuts, axis=1)),
        names=model.names,
        group_sd=tuple(spreads[:, 1 + kind] for kind in range(len(model.names))),
        residual_sd=spreads[:, 0],
        fitted=design @ draws.mean(axis=0),
    )


@dataclass(frozen=True, slots=True)
class _Model:
    design: FloatArray
    response: FloatArray
    members: tuple[FloatArray, ...]
    names: tuple[tuple[str, ...], ...]
    noise: FloatArray
    prior_scales: FloatArray

    @classmethod
    def of(
        cls,
        design: FloatArray,
        response: FloatArray,
        groups: Sequence[Sequence[str]],
        noise: FloatArray | None,
        scales: Sequence[FloatArray | None],
        prior_scales: Sequence[float],
    ) -> _Model:
        names = tuple(tuple(sorted({*kind})) for kind in groups)
        given = list(scales) + [None] * (len(groups) - len(scales))
        members = []
        for kind, own, scale in zip(groups, names, given, strict=True):
            columns = np.array([[float(name == one) for one in own] for name in kind])
            members.append(columns if scale is None else columns * scale[:, None])
        rows = len(response)
        known = np.zeros(rows) if noise is None else noise
        priors = [*prior_scales, *[_PRIOR_SCALE] * (1 + len(groups) - len(prior_scales))]
        return cls(design, response, tuple(members), names, known, np.array(priors))

    def log_posterior(self, logs: FloatArray) -> float:
        """Return the restricted log-likelihood plus the log prior of spreads given in logs.

        By the equations of Henderson (1975): the determinant and the misfit of all rows follow from
        a matrix as large as there are coefficients and effects.
        """
        spreads = np.exp(logs)
        precision, weights, joined = self.equations(spreads)
        root = np.linalg.cholesky(precision)
        explained = np.linalg.solve(root, joined.T @ (weights * self.response))
        counts = [len(names) for names in self.names]
        value = 0.5 * float(np.sum(np.log(weights))) - float(np.sum(np.log(np.diag(root))))
        value -= float(np.dot(counts, logs[1:]))
        value -= 0.5 * float(weights @ self.response**2 - explained @ explained)
        return value + float(np.sum(logs - 0.5 * (spreads / self.prior_scales) ** 2))

    def equations(self, spreads: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the precision of coefficients and effects, weights of rows, and their columns."""
        joined = np.column_stack([self.design, *self.members])
        weights = 1.0 / (self.noise**2 + spreads[0] ** 2)
        precision = (joined * weights[:, None]).T @ joined
        own = np.repeat(spreads[1:] ** -2.0, [len(names) for names in self.names])
        fixed = self.design.shape[1]
        precision[np.arange(fixed, len(precision)), np.arange(fixed, len(precision))] += own
        return precision, weights, joined

    def _depth(self, logs: FloatArray) -> float:
        return -self.log_posterior(logs)

    def sampled_spreads(self, generator: np.random.Generator) -> FloatArray:
        """Draw spreads, in logs, by importance resampling around the mode; shape (DRAWS, k)."""
        from scipy.optimize import minimize  # half a second to import, and only fits need it

        count = 1 + len(self.members)
        low = math.log(_SMALLEST_SD)
        start: FloatArray = np.full(count, math.log(0.3), dtype=np.float64)
        bounds = [(low, 2.0)] * count
        best = minimize(self._depth, start, method="L-BFGS-B", bounds=bounds)
        mode = np.asarray(best.x, dtype=np.float64)
        root = _WIDEN * np.linalg.cholesky(_inverse_curvature(self.log_posterior, mode))
        steps = generator.standard_t(5.0, (_PROPOSALS, count))
        proposals = np.maximum(mode + steps @ root.T, 2.0 * low)
        heights = np.array([self.log_posterior(logs) for logs in proposals])
        density = np.sum(-3.0 * np.log1p(steps**2 / 5.0), axis=1)
        weights = np.exp(heights - density - np.max(heights - density))
        chosen = generator.choice(_PROPOSALS, size=DRAWS, p=weights / weights.sum())
        return np.asarray(proposals[chosen], dtype=np.float64)

    def drawn(
        self, spreads: FloatArray, response: FloatArray, generator: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Draw coefficients and effects given spreads: the equations of Henderson (1975)."""
        precision, weights, joined = self.equations(spreads)
        fixed = self.design.shape[1]
        root = np.linalg.cholesky(precision)
        mean = np.linalg.solve(precision, joined.T @ (weights * response))
        step = np.linalg.solve(root.T, generator.standard_normal(len(mean)))
        value = np.asarray(mean + step, dtype=np.float64)
        return value[:fixed], value[fixed:]


def _inverse_curvature(function: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    """Return a covariance from second differences at a maximum, with bounds on each spread."""
    step = 0.1
    count = len(at)
    curvature = np.zeros((count, count))
    eye = step * np.eye(count)
    for one in range(count):
        for other in range(count):
            curvature[one, other] = -(
                function(at + eye[one] + eye[other])
                - function(at + eye[one] - eye[other])
                - function(at - eye[one] + eye[other])
                + function(at - eye[one] - eye[other])
            ) / (4.0 * step**2)
    values, vectors = np.linalg.eigh(0.5 * (curvature + curvature.T))
    return np.asarray((vectors / np.clip(values, 0.5, 1e4)) @ vectors.T, dtype=np.float64)
