"""The estimate run once more, with other draws and on a larger population."""

from __future__ import annotations

from dataclasses import dataclass

from sim.quantities import FloatArray


@dataclass(frozen=True)
class Confirmed:
    """Moments of runs at the estimate that took no part in it.

    Attributes
    ----------
    users
        Of each run.
    moments
        By replication, shape [S, m], on the moments' scales.
    """

    users: int
    moments: FloatArray
