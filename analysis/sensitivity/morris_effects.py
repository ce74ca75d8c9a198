"""Elementary effects of Morris' trajectories."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.sensitivity.replicated import across, noise_variance
from analysis.sensitivity.sobol_blocks import arranged
from sim.quantities import FloatArray


@dataclass(frozen=True)
class MorrisEffects:
    """Elementary effects: what the move of one parameter alone changes, per its whole range.

    Attributes
    ----------
    effects
        Shape [N, k, R]: trajectory, parameter, replication.
    """

    effects: FloatArray

    @classmethod
    def of(
        cls,
        blocks: NDArray[np.int64],
        steps: NDArray[np.int64],
        shares: FloatArray,
        values: FloatArray,
        levels: int,
    ) -> MorrisEffects:
        """Take the effects from trajectories by the keys of the design.

        Which parameter moved from one step to the next is read off the points. Rounding or a list
        of few values may make a move no move at all: the outcome is then the same, and the effect
        zero. Trajectories of which a point is missing or has no value are left out.

        Parameters
        ----------
        blocks, steps
            Keys of the points, shape [P].
        shares
            Where each point lies along each parameter, shape [P, k].
        values
            Outcomes, shape [P, R].
        levels
            Levels of the design; a move is ``levels / (2 (levels - 1))`` of the range.
        """
        count = shares.shape[1]
        both = arranged(blocks, steps, np.concatenate([shares, values], axis=1))
        moves = np.sign(np.round(np.diff(both[:, :, :count], axis=1), 9))
        changes = np.diff(both[:, :, count:], axis=1)
        step = levels / (2 * (levels - 1))
        return cls(np.einsum("nsk,nsr->nkr", moves, changes) / step)

    def measures(self, counts: FloatArray, weights: FloatArray) -> FloatArray:
        """Return measures of Morris (1991) and Campolongo et al. (2007).

        Parameters
        ----------
        counts
            How often each trajectory counts, shape [N].
        weights
            Of the replications, shape [R], adding to one.

        Returns
        -------
        numpy.ndarray
            Shape [4 k]: ``mu*``, the mean of absolute effects; ``mu``, their mean; ``sigma``, their
            standard deviation freed of the replications' noise (below zero: the root of a negative
            variance, with its sign); and the noise, what ``mu*`` would be of a parameter without
            effect, ``sqrt(2 / pi)`` times the standard error of an effect.
        """
        part = counts / counts.sum()
        means = self.effects @ weights
        star, mu = part @ np.abs(means), part @ means
        away = self.effects - np.einsum("n,nkr->kr", part, self.effects)
        trajectories = float(counts.sum())
        variance = part @ across(away, away, weights) * trajectories / max(trajectories - 1, 1)
        sigma = np.sign(variance) * np.sqrt(np.abs(variance))
        error = np.sqrt(noise_variance(self.effects, weights) / weights.size)
        return np.concatenate([star, mu, sigma, sqrt(2 / pi) * part @ error])
