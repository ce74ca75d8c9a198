"""All runs of a sweep's points as if they were replications of one run, for outcomes to measure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run
    from sim.record.sweep import Sweep


class Pool:
    """Tables of a sweep in which each run has a number of its own in place of its replication.

    Parameters
    ----------
    sweep
        To be read.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._stride = int(sweep.plan["replication"].max()) + 1

    @cached_property
    def market(self) -> pd.DataFrame:
        """The whole market, a row a week and run."""
        return self.table("market")

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; ``replication`` is the number of the run."""
        rows = self._sweep.table(name)
        return rows.assign(replication=self.number(rows["point"], rows["replication"]))

    def number(self, point: pd.Series[int], replication: pd.Series[int]) -> pd.Series[int]:
        """Return the numbers of runs."""
        return point.astype(np.int64) * self._stride + replication

    @property
    def as_run(self) -> Run:
        """The pool as outcomes take it, which read tables and nothing else of a run."""
        return cast("Run", self)
