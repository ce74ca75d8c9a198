"""How far a loss moves with what a table holds fixed: permutation, calibration text, place.

The errors of rows cover the choice of documents. A model whose channels stand in another order,
which is calibrated on other articles, or read at another place of the same ones, loses something
else; three such draws of some methods tell by how much.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import variance

from analysis.compression.measured_rows import MEASURED, MeasuredRow, read_rows
from sim.compression.groups import METHODS
from sim.compression.sampling import NORMAL_95
from sim.data.table import TABLES

DRAWS = TABLES / "compression_draws_measured.csv"


@dataclass(frozen=True, slots=True)
class DrawSpread:
    """Spread of the losses of one group between draws.

    Attributes
    ----------
    log_sd
        Standard deviation of ln nats between draws, pooled over methods.
    freedom
        Degrees of freedom that it rests on.
    """

    log_sd: float
    freedom: int

    @property
    def normal_sd(self) -> float:
        """Return the standard deviation of a normal law as wide at 95% as Student's t here."""
        from scipy.stats import t as student  # only a verdict needs it

        return self.log_sd * float(student.ppf(0.975, self.freedom)) / NORMAL_95


def draw_spreads(rows: Iterable[MeasuredRow]) -> dict[str, DrawSpread]:
    """Return the spread of every group of which a method was measured in several draws.

    Parameters
    ----------
    rows
        Measurements in all draws; those of another model or strength stay apart.
    """
    draws: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    groups: dict[tuple[str, str], str] = {}
    for row in rows:
        group = METHODS[row.methods[0]].group
        if len(row.methods) == 1 and group and row.is_language and (row.delta_nll_nats or 0.0) > 0:
            draws[row.model, row.label][row.draw] = math.log(row.delta_nll_nats or 0.0)
            groups[row.model, row.label] = group
    squares: defaultdict[str, float] = defaultdict(float)
    freedom: defaultdict[str, int] = defaultdict(int)
    for key, found in draws.items():
        if len(found) > 1:
            squares[groups[key]] += (len(found) - 1) * variance(found.values())
            freedom[groups[key]] += len(found) - 1
    return {
        group: DrawSpread(math.sqrt(squares[group] / freedom[group]), freedom[group])
        for group in squares
    }


def rows_of_all_draws() -> Sequence[MeasuredRow]:
    """Return the shipped measurements of what was measured in several draws, the first included."""
    further = read_rows(DRAWS)
    wanted = {(row.model, row.task, row.label) for row in further}
    first = [row for row in read_rows(MEASURED) if (row.model, row.task, row.label) in wanted]
    return (*first, *further)


@cache
def shipped_spreads() -> Mapping[str, DrawSpread]:
    """Return the spreads of the shipped draws."""
    return draw_spreads(rows_of_all_draws())
