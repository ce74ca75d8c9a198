"""A bank of simulations: moments of many points of the parameters, by replication.

Replication r draws the same random numbers at every point, so that moments move with parameters and
not with luck. A run that failed, or in which a moment does not exist, is NaN there: it is data, and
the share of such runs is stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.quantities import BoolArray, FloatArray


@dataclass(frozen=True)
class Bank:
    """Simulated moments.

    Attributes
    ----------
    points
        Unit coordinates, shape [N, p].
    moments
        Shape [N, S, m]; NaN where a run failed or has no such moment.
    most_failed_share
        A point where any moment is missing in more of its replications tells nothing.
    """

    points: FloatArray
    moments: FloatArray
    most_failed_share: float = 0.5

    @property
    def replications(self) -> int:
        """S: replications of each point."""
        return int(self.moments.shape[1])

    @property
    def failed_share(self) -> float:
        """Share of runs that lack a moment at least."""
        return float(np.isnan(self.moments).any(axis=2).mean())

    @property
    def usable(self) -> BoolArray:
        """Which points have enough of every moment, shape [N]."""
        missing = np.isnan(self.moments).mean(axis=1).max(axis=1)
        found: BoolArray = missing <= min(self.most_failed_share, 1.0 - 1.0 / self.replications)
        return found

    def means(self) -> FloatArray:
        """Return mean moments of the usable points, over the replications that have them."""
        means: FloatArray = np.nanmean(self.moments[self.usable], axis=1)
        return means

    def process_covariance(self) -> FloatArray:
        """Return how one history differs from another with the same parameters, shape [m, m].

        Pooled within points over those whose replications have all moments; divided by the
        points' replications less one each.
        """
        whole: BoolArray = np.all(~np.isnan(self.moments), axis=2)
        count = self.moments.shape[2]
        squares, free = np.zeros((count, count)), 0
        for one, there in zip(self.moments, whole, strict=True):
            rows = one[there]
            if len(rows) > 1:
                apart = rows - rows.mean(axis=0)
                squares += apart.T @ apart
                free += len(rows) - 1
        return squares / free if free else np.full((count, count), np.nan)

    def nearest(self, point: FloatArray, count: int) -> Bank:
        """Return the points nearest to one, in unit coordinates."""
        order = np.argsort(np.square(self.points - point).sum(axis=1), kind="stable")[:count]
        return Bank(self.points[order], self.moments[order], self.most_failed_share)

    def within(self, centre: FloatArray, half_width: float) -> Bank:
        """Return the points of a box around a centre, in unit coordinates."""
        near = (np.abs(self.points - centre) <= half_width + 1e-12).all(axis=1)
        return Bank(self.points[near], self.moments[near], self.most_failed_share)

    def joined(self, other: Bank) -> Bank:
        """Return a bank with the points of both; both have the same replications."""
        return Bank(
            np.concatenate([self.points, other.points]),
            np.concatenate([self.moments, other.moments]),
            self.most_failed_share,
        )

    def mostly_fails_near(self, point: FloatArray, neighbours: int = 5) -> bool:
        """Return whether most of the nearest points tell nothing."""
        return bool((~self.nearest(point, neighbours).usable).mean() > 0.5)
