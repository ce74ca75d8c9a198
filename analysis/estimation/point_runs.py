"""The runs of a sweep's points as the measures of a run see them: one replication after another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from sim.record.sweep import Sweep
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


class PointRuns:
    """All runs of a sweep under numbers of their own, in place of the replications of one run.

    Measures that take a run replication by replication thus take every run of every point at once.

    Parameters
    ----------
    sweep
        Where they are.
    scenario
        That of the sweep, without its parameters: they change neither dates nor who sells what.
    numbers
        Number of each run that counts, by point and replication.
    """

    def __init__(
        self, sweep: Sweep, scenario: Scenario, numbers: Mapping[tuple[int, int], int]
    ) -> None:
        self._sweep, self.scenario = sweep, scenario
        self._numbers = dict(numbers)

    @property
    def replications(self) -> list[int]:
        """Numbers of all runs that count, whether they finished or not."""
        return sorted(self._numbers.values())

    @cached_property
    def market(self) -> pd.DataFrame:
        """The market table."""
        return self._table("market")

    @cached_property
    def products(self) -> pd.DataFrame:
        """The table of products."""
        return self._table("products")

    @cached_property
    def events(self) -> pd.DataFrame:
        """The table of events."""
        return self._table("events")

    def _table(self, name: str) -> pd.DataFrame:
        import pandas as pd

        frame = self._sweep.table(name)
        keys = pd.MultiIndex.from_arrays([frame["point"], frame["replication"]])
        numbers = pd.Series(self._numbers).reindex(keys).to_numpy()
        kept = ~pd.isna(numbers)
        return frame[kept].assign(replication=numbers[kept].astype(int))
