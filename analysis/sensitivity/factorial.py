"""Variance of a complete grid, by parameter and by pair of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.sensitivity.replicated import across, noise_variance
from sim.quantities import FloatArray


@dataclass(frozen=True)
class Factorial:
    """Outcomes at every combination of the parameters' levels.

    Attributes
    ----------
    values
        Shape [L_1, ..., L_k, R].
    """

    values: FloatArray

    @classmethod
    def of(cls, shares: FloatArray, values: FloatArray) -> Factorial | None:
        """Arrange outcomes by the points' levels; None if a combination is missing or has no value.

        Parameters
        ----------
        shares
            Where each point lies along each parameter, shape [P, k].
        values
            Outcomes, shape [P, R].
        """
        levels, places = zip(
            *(np.unique(np.round(column, 9), return_inverse=True) for column in shares.T),
            strict=True,
        )
        table = np.full((*(one.size for one in levels), values.shape[1]), np.nan)
        table[tuple(places)] = values
        return None if np.isnan(table).any() else cls(table)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Numbers of the parameters of each pair."""
        return list(combinations(range(self.values.ndim - 1), 2))

    def indices(self, counts: FloatArray, weights: FloatArray) -> FloatArray:  # noqa: ARG002
        """Return the parts of the variance of a point's expectation over the grid.

        Every level counts alike, so that the parts add up exactly (analysis of variance of a
        balanced design; Sobol 1993 on the levels). Products are taken across replications, see
        :mod:`analysis.sensitivity.replicated`.

        Parameters
        ----------
        counts
            Unused: a complete grid is no sample.
        weights
            Of the replications, shape [R], adding to one.

        Returns
        -------
        numpy.ndarray
            Shape [2k + k(k-1)/2 + 2]: first order, total, interaction of each pair, the variance of
            the expectation, and the share of the variance of one replication that is chance.
        """
        count = self.values.ndim - 1
        every = tuple(range(count))
        centred = self.values - self.values.mean(axis=every)

        def explained(by: tuple[int, ...]) -> float:
            others = tuple(axis for axis in every if axis not in by)
            means = centred.mean(axis=others)
            return float(across(means, means, weights).mean())

        variance = explained(every)
        noise = float(noise_variance(self.values, weights).mean())
        single = [explained((axis,)) for axis in every]
        rest = [explained(tuple(other for other in every if other != axis)) for axis in every]
        pairs = [explained(pair) - single[pair[0]] - single[pair[1]] for pair in self.pairs]
        if not variance > 0.0:
            silent = np.full(2 * count + len(pairs), np.nan)
            return np.concatenate([silent, [0.0, 1.0 if noise > 0.0 else np.nan]])
        total = [variance - one for one in rest]
        return np.concatenate(
            [
                np.array([*single, *total, *pairs]) / variance,
                [variance, noise / (variance + noise)],
            ]
        )
