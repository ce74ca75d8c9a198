"""How far a loss moves with what a table holds fixed: permutation, calibration text, place.

The errors of rows cover the choice of documents. A model whose channels stand in another order,
which is calibrated on other articles, or read at another place of the same ones, loses something
else; three such draws of some methods tell by how much, and the intervals of curves hold it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from statistics import variance

import numpy as np

from analysis.compression.fitting.regression import DRAWS
from analysis.compression.measured_rows import MEASURED, MeasuredRow, read_rows
from sim.compression.groups import METHODS
from sim.compression.sampling import NORMAL_95
from sim.data.table import TABLES
from sim.quantities import FloatArray

FURTHER_DRAWS = TABLES / "compression_draws_measured.csv"
_SEED = 20251201


@dataclass(frozen=True, slots=True)
class DrawSpread:
    """Spread of the losses of one group between draws.

    Attributes
    ----------
    log_sd
        Standard deviation of ln nats between draws, pooled over methods.
    freedom
        Degrees of freedom that it rests on.
    common_share
        Share of the variance that all strengths of a method have in common; 1 where none has two.
    """

    log_sd: float
    freedom: int
    common_share: float = 1.0

    @property
    def normal_sd(self) -> float:
        """Return the standard deviation of a normal law as wide at 95% as Student's t here."""
        from scipy.stats import t as student  # only fits need it

        return self.log_sd * float(student.ppf(0.975, self.freedom)) / NORMAL_95

    def shifts(self, rows: Sequence[MeasuredRow], key: int) -> FloatArray:
        """Return what other draws add to ln nats of rows, shape (DRAWS, n).

        What strengths have in common shifts all rows of a method on a model alike, so that more
        strengths do not make it smaller; the rest is each row's own.

        Parameters
        ----------
        rows
            Each of one method.
        key
            Tells apart the shifts of different groups.
        """
        generator = np.random.Generator(np.random.Philox(key=_SEED, counter=[0, 0, 0, key]))
        names = sorted({(row.model, row.methods[0]) for row in rows})
        member = [names.index((row.model, row.methods[0])) for row in rows]
        together = generator.standard_normal((DRAWS, len(names)))[:, member]
        apart = generator.standard_normal((DRAWS, len(rows)))
        share = self.common_share
        mixed = math.sqrt(share) * together + math.sqrt(1.0 - share) * apart
        return np.asarray(self.normal_sd * mixed, dtype=np.float64)


def draw_spreads(rows: Iterable[MeasuredRow]) -> dict[str, DrawSpread]:
    """Return the spread of every group of which a method was measured in several draws.

    Parameters
    ----------
    rows
        Measurements in all draws; those of another model or strength stay apart.
    """
    draws: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    groups: dict[tuple[str, str], str] = {}
    methods: dict[tuple[str, str], str] = {}
    for row in rows:
        group = METHODS[row.methods[0]].group
        if len(row.methods) == 1 and group and row.is_language and (row.delta_nll_nats or 0.0) > 0:
            draws[row.model, row.label][row.draw] = math.log(row.delta_nll_nats or 0.0)
            groups[row.model, row.label] = group
            methods[row.model, row.label] = f"{row.model} {row.methods[0]}"
    squares: defaultdict[str, float] = defaultdict(float)
    freedom: defaultdict[str, int] = defaultdict(int)
    for key, found in draws.items():
        if len(found) > 1:
            squares[groups[key]] += (len(found) - 1) * variance(found.values())
            freedom[groups[key]] += len(found) - 1
    return {
        group: DrawSpread(
            math.sqrt(squares[group] / freedom[group]),
            freedom[group],
            _common_share(
                [(methods[key], found) for key, found in draws.items() if groups[key] == group]
            ),
        )
        for group in squares
    }


def _common_share(strengths: Sequence[tuple[str, Mapping[int, float]]]) -> float:
    """Return the correlation of ln nats over draws between strengths of a method, pooled, 0 to 1.

    Parameters
    ----------
    strengths
        Model and method with ln nats by draw, one for each strength.
    """
    products = squares = 0.0
    for (one, first), (other, second) in combinations(strengths, 2):
        both = sorted(first.keys() & second.keys())
        if one == other and len(both) > 1:
            a, b = (np.array([of[draw] for draw in both]) for of in (first, second))
            a, b = a - a.mean(), b - b.mean()
            products += float(a @ b)
            squares += 0.5 * float(a @ a + b @ b)
    return min(1.0, max(0.0, products / squares)) if squares > 0.0 else 1.0


def rows_of_all_draws() -> Sequence[MeasuredRow]:
    """Return the shipped measurements of what was measured in several draws, the first included."""
    further = read_rows(FURTHER_DRAWS)
    wanted = {(row.model, row.task, row.label) for row in further}
    first = [row for row in read_rows(MEASURED) if (row.model, row.task, row.label) in wanted]
    return (*first, *further)


@cache
def shipped_spreads() -> Mapping[str, DrawSpread]:
    """Return the spreads of the shipped draws."""
    return draw_spreads(rows_of_all_draws())
