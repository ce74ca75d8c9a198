"""Sobol indices of the blocks that variance-based designs are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.sensitivity.replicated import across, noise_variance
from sim.quantities import FloatArray


@dataclass(frozen=True)
class SobolBlocks:
    """Outcomes of Saltelli's blocks.

    Attributes
    ----------
    a, b
        Outcomes at the points A and B of each block, shape [N, R].
    mixed
        Outcomes at A with parameter i taken from B, shape [k, N, R].
    """

    a: FloatArray
    b: FloatArray
    mixed: FloatArray

    @classmethod
    def of(
        cls, blocks: NDArray[np.int64], steps: NDArray[np.int64], values: FloatArray
    ) -> SobolBlocks:
        """Arrange outcomes by the keys of the design; the order of rows has no meaning.

        Blocks of which a point is missing or has no value are left out.

        Parameters
        ----------
        blocks, steps
            Keys of the points, shape [P]: step 0 is A, step 1 is B, step 2 + i is A with parameter
            i from B.
        values
            Shape [P, R].
        """
        table = arranged(blocks, steps, values)
        return cls(table[:, 0], table[:, 1], np.moveaxis(table[:, 2:], 1, 0))

    def indices(self, counts: FloatArray, weights: FloatArray) -> FloatArray:
        """Return first-order and total indices of a point's expectation, and the noise's share.

        First order by Saltelli et al. (2010, Computer Physics Communications 181, table 2 b),
        ``mean(B (AB_i - A)) / V``; total by Jansen (1999), ``mean((A - AB_i)^2) / 2V``; products
        are taken across replications, see :mod:`analysis.sensitivity.replicated`. Without
        noise, or with one replication, they are those of SALib.

        Parameters
        ----------
        counts
            How often each block counts, shape [N].
        weights
            Of the replications, shape [R], adding to one.

        Returns
        -------
        numpy.ndarray
            Shape [2k + 2]: first order, total, the variance of the expectation, and the share of
            the variance of a single replication that is chance.
        """
        part = counts / counts.sum()
        centre = self._mean(part)
        a, b, mixed = self.a - centre, self.b - centre, self.mixed - centre
        middle = 0.5 * part @ (a + b)
        variance = 0.5 * part @ (across(a, a, weights) + across(b, b, weights))
        variance -= float(across(middle, middle, weights))
        moved = mixed - a
        first = across(np.broadcast_to(b, moved.shape), moved, weights) @ part
        total = 0.5 * across(moved, moved, weights) @ part
        noise = 0.5 * part @ (noise_variance(self.a, weights) + noise_variance(self.b, weights))
        if not variance > 0.0:
            silent = np.full(first.size, np.nan)
            return np.concatenate([silent, silent, [0.0, 1.0 if noise > 0.0 else np.nan]])
        return np.concatenate(
            [first / variance, total / variance, [variance, noise / (variance + noise)]]
        )

    def _mean(self, part: FloatArray) -> FloatArray:
        """Mean of each replication over all points, shape [R]."""
        everything = np.concatenate([self.a[None], self.b[None], self.mixed])
        return np.asarray(np.einsum("n,pnr->r", part, everything) / everything.shape[0])


def arranged(blocks: NDArray[np.int64], steps: NDArray[np.int64], values: FloatArray) -> FloatArray:
    """Lay values out by block and step, and leave out blocks that lack one.

    Returns
    -------
    numpy.ndarray
        Shape [N, S, R], blocks in ascending order.
    """
    numbers, rows = np.unique(blocks, return_inverse=True)
    table = np.full((numbers.size, int(steps.max(initial=0)) + 1, values.shape[1]), np.nan)
    table[rows, steps] = values
    whole: FloatArray = table[~np.isnan(table).any(axis=(1, 2))]
    return whole
