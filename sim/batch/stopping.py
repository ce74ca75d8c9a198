"""The stopping rule: replications are added to each point until an interval is narrow enough."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.errors import UsageError
from sim.nearest import offer
from sim.record.column import ColumnKind
from sim.record.tables import TABLES
from sim.record.unit import Unit
from sim.statistics import half_width, student_quantile

if TYPE_CHECKING:
    from sim.record.sweep import Sweep

FIRST = 3
"""Replications below which no interval is trusted."""

_RULE = re.compile(r"\s*(\w+)\s+half-width\s*<\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(%?)\s*\Z")
_COLUMNS: tuple[str, ...] = tuple(column.name for column in TABLES["market"].columns)


@dataclass(frozen=True, slots=True)
class Precision:
    """How precisely a point is known.

    Attributes
    ----------
    point
        Number of the point.
    replications
        Finished replications.
    mean, half_width
        Of the quantity's time mean over replications, at 95%; NaN below two replications.
    reached
        Whether the rule holds.
    """

    point: int
    replications: int
    mean: float
    half_width: float
    reached: bool


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """``consumer_surplus half-width < 2%``: a quantity, and how narrow its interval has to be.

    The quantity is a column of the market table, of which the time mean of each replication is
    taken: of a stock, such as adopters, by the trapezoid rule; of a flow, which is a mean since the
    snapshot before, by weighing it with that time. The interval is Student's over replications, at
    95%; its half-width is compared with a share of the mean's size, or with a number in the
    column's own unit.

    Attributes
    ----------
    text
        The rule as written.
    column
        Column of the market table.
    width
        Bound of the half-width.
    is_relative
        Whether the bound is a share of the mean.
    """

    text: str
    column: str
    width: float
    is_relative: bool

    @classmethod
    def parse(cls, text: str) -> StoppingRule:
        """Read a rule.

        Raises
        ------
        UsageError
            If it is none, or the quantity is no column of the market table.

        Examples
        --------
        >>> StoppingRule.parse("hhi_tokens half-width < 2%").width
        0.02
        """
        match = _RULE.match(text)
        if match is None or not float(match[2]) > 0.0:
            raise UsageError(
                f"--until {text!r}: must be like 'consumer_surplus half-width < 2%', "
                "or with a number in the unit of the quantity instead of 2%."
            )
        column = _column(match[1])
        width = float(match[2])
        return cls(text.strip(), column, width / 100.0 if match[3] else width, bool(match[3]))

    @property
    def unit(self) -> Unit:
        """Unit of the quantity, in which an absolute bound counts."""
        return TABLES["market"][self.column].unit

    def judge(self, sweep: Sweep) -> list[Precision]:
        """Return how precisely each point with finished replications is known."""
        rows = sweep.connection.execute(
            f"""
            with weeks as (
                select point, replication, {self._weekly} as amount,
                    time_days - lag(time_days) over weeks_of_run as days
                from market
                window weeks_of_run as (partition by point, replication order by time_days)
            )
            select point, sum(amount * days) / sum(days) from weeks
            where amount is not null and days > 0
            group by point, replication order by point, replication
            """  # noqa: S608 - the column is one of the table's
        ).fetchall()
        values: dict[int, list[float]] = {}
        for point, mean in rows:
            values.setdefault(point, []).append(mean)
        return [self._judged(point, np.array(means)) for point, means in values.items()]

    @property
    def _weekly(self) -> str:
        """SQL for what stood or flowed, on average, in the time since the snapshot before."""
        if TABLES["market"][self.column].kind is ColumnKind.STOCK:  # the trapezoid rule
            return f'("{self.column}" + lag("{self.column}") over weeks_of_run) / 2'
        return f'"{self.column}"'

    def _judged(self, point: int, means: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Precision:
        count, mean = len(means), float(means.mean())
        if count < 2:
            return Precision(point, count, mean, math.nan, reached=False)
        width = half_width(float(means.std(ddof=1)), count)
        reached = count >= FIRST and width < self._bound(mean)
        return Precision(point, count, mean, width, reached)

    def wanted(self, precision: Precision, most: int) -> int:
        """Return how many replications a point should have next.

        As many as its spread so far calls for, but at most twice as many as it has, since the
        spread of few replications is itself uncertain.
        """
        count = precision.replications
        if precision.reached:
            return count
        if count < FIRST:
            return min(FIRST, most)
        sd = precision.half_width * math.sqrt(count) / float(student_quantile(count))
        bound = self._bound(precision.mean)
        needed = count + 1
        while needed < min(2 * count, most) and half_width(sd, needed) >= bound:
            needed += 1
        return min(needed, most)

    def _bound(self, mean: float) -> float:
        return self.width * abs(mean) if self.is_relative else self.width


def _column(name: str) -> str:
    if name in _COLUMNS:
        return name
    begun = [column for column in _COLUMNS if column.startswith(f"{name}_")]
    if len(begun) == 1:
        return begun[0]
    raise UsageError(f"--until: the market table has no column {name!r}.  {offer(name, _COLUMNS)}")
