"""A surrogate: a Gaussian process through the points of a sweep, with its hold-out error."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analysis.sensitivity.design_axis import DesignAxis
from analysis.sensitivity.evidence_packages import require_packages
from analysis.sensitivity.replicated import equal_weights, noise_variance
from sim.quantities import FloatArray

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor as Process
    from sklearn.gaussian_process.kernels import Kernel

FEWEST_POINTS: Final = 8
"""Fewer points than this, or than twice the parameters, are not interpolated."""
_MOST_POINTS: Final = 400
_FOLDS: Final = 5
_SEED: Final = 20240506


@dataclass(frozen=True, slots=True)
class HoldOut:
    """How far a surrogate is off at points that it has not seen.

    Attributes
    ----------
    error
        Root mean square error, in the unit of the outcome.
    share
        Mean square error as a share of the variance over the points: 0 is perfect, and at 1 the
        mean of all other points would have done as well.
    noise_share
        How much of the variance over the points the noise of their replications makes; the part of
        it that differs from point to point no surrogate explains. NaN with one replication.
    points
        Points that were held out, one fold after the other.
    """

    error: float
    share: float
    noise_share: float
    points: int


class Surrogate:
    """A Gaussian process with a length scale for each parameter (Rasmussen and Williams 2006).

    Squared exponential with white noise, fitted by maximum likelihood to the means of the points.
    Ordered parameters count by their place along the axis, others by a switch for each value.

    Parameters
    ----------
    axes
        Parameters of the sweep, k of them.
    shares
        Where each point lies along each, shape [P, k].
    values
        Outcomes of each point, shape [P, R].
    groups
        Points of one number are held out together, shape [P]: those of a block resemble each other.
    """

    def __init__(
        self,
        axes: Sequence[DesignAxis],
        shares: FloatArray,
        values: FloatArray,
        groups: NDArray[np.int64],
    ) -> None:
        require_packages()
        self.axes = tuple(axes)
        chosen = np.random.default_rng(_SEED).permutation(len(shares))[:_MOST_POINTS]
        self._x, self._groups = self._encoded(shares[chosen]), groups[chosen]
        self._each, self._y = values[chosen], values[chosen].mean(axis=1)
        self._fit = _Fit.of(self._x, self._y)

    def predict(self, shares: FloatArray) -> FloatArray:
        """Return the expected outcome at places along the axes, shape [Q, k]."""
        return self._fit.predict(self._encoded(shares))

    def predict_each(self, shares: FloatArray) -> FloatArray:
        """Return what each replication's outcomes predict at places, shape [Q, R].

        Predictions are linear in the outcomes, so that their mean is that of `predict`.
        """
        from scipy.linalg import cho_solve

        fit = self._fit
        weights = cho_solve((fit.process.L_, True), (self._each - fit.mean) / fit.scale)
        kernel = fit.process.kernel_(self._encoded(shares), fit.process.X_train_)
        return np.asarray(fit.mean + fit.scale * (kernel @ weights), dtype=np.float64)

    def paths(self, shares: FloatArray, draws: int) -> FloatArray:
        """Draw whole courses of the outcome that the points leave possible, shape [draws, Q]."""
        process = self._fit.process
        mean, covariance = process.predict(self._encoded(shares), return_cov=True)
        index = np.arange(mean.size)
        covariance[index, index] -= float(process.kernel_.k2.noise_level)
        root = _root(covariance, 1e-8 * max(float(covariance.diagonal().max()), 1e-6))
        normal = np.random.default_rng(_SEED).standard_normal((draws, mean.size))
        return np.asarray(self._fit.mean + self._fit.scale * (mean + normal @ root.T))

    @cached_property
    def hold_out(self) -> HoldOut:
        """The error at points held out, a fifth at a time, of a process fitted to the rest."""
        numbers = np.unique(self._groups)
        folds = min(_FOLDS, numbers.size)
        order = np.random.default_rng(_SEED).permutation(numbers.size)
        fold_of = dict(zip(numbers[order].tolist(), (np.arange(numbers.size) % folds), strict=True))
        fold = np.array([fold_of[group] for group in self._groups.tolist()])
        squares, spreads = np.empty(self._y.size), np.empty(self._y.size)
        for number in range(folds):
            held = fold == number
            fit = _Fit.of(self._x[~held], self._y[~held], self._fit.process.kernel_)
            squares[held] = np.square(fit.predict(self._x[held]) - self._y[held])
            spreads[held] = np.square(self._y[~held].mean() - self._y[held])
        spread = float(spreads.mean())
        return HoldOut(
            error=float(np.sqrt(squares.mean())),
            share=float(squares.mean()) / spread if spread > 0.0 else np.nan,
            noise_share=self._noise / spread if spread > 0.0 else np.nan,
            points=int(self._y.size),
        )

    @property
    def _noise(self) -> float:
        """Mean variance of a point's mean; NaN with one replication."""
        replications: int = self._each.shape[1]
        of_one = float(noise_variance(self._each, equal_weights(replications)).mean())
        return of_one / replications

    def _encoded(self, shares: FloatArray) -> FloatArray:
        columns: list[FloatArray] = []
        for axis, column in zip(self.axes, shares.T, strict=True):
            if axis.is_ordered or not axis.values:
                columns.append(column)
                continue
            places = np.round(column * (len(axis.values) - 1))
            columns += [(places == place).astype(np.float64) for place in range(len(axis.values))]
        return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A process of an outcome in units of its standard deviation."""

    process: Process
    mean: float
    scale: float

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray, near: Kernel | None = None) -> _Fit:
        """Fit a process; the search of its scales begins near those of another, if there is one."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
        from threadpoolctl import threadpool_limits

        kernel = near
        if kernel is None:
            scales = RBF(np.ones(x.shape[1]), (0.05, 100.0))
            kernel = ConstantKernel(1.0, (1e-2, 1e3)) * scales + WhiteKernel(1e-3, (1e-9, 1.0))
        restarts = 1 if near is None else 0
        process = GaussianProcessRegressor(
            kernel, n_restarts_optimizer=restarts, random_state=_SEED
        )
        mean, scale = float(y.mean()), float(y.std()) or 1.0
        # Matrices are small: threads of linear algebra would wait for each other. A parameter
        # without effect has the longest scale there is, and no noise the least.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore", ConvergenceWarning)
            process.fit(x, (y - mean) / scale)
        return cls(process, mean, scale)

    def predict(self, x: FloatArray) -> FloatArray:
        """Return the expected outcome, shape [Q]."""
        return np.asarray(self.mean + self.scale * self.process.predict(x), dtype=np.float64)


def _root(covariance: FloatArray, tolerance: float) -> FloatArray:
    """Return a lower triangular root, with as little added to the diagonal as makes it one."""
    index = np.arange(covariance.shape[0])
    for _ in range(8):
        covariance[index, index] += tolerance
        try:
            return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        except np.linalg.LinAlgError:
            tolerance *= 10.0
    raise np.linalg.LinAlgError("the covariance of a surrogate has no root")
