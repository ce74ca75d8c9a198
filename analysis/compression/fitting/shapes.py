"""Shapes of the curves and differences between methods, from our own runs on language models.

Within a group ``ln loss = model + method + shape x``: every model has its own level, which no
other model takes over; methods differ by an offset that is the same for all models, and the shape
is common to all. Left out are losses that a first fit to clear ones expects within four of their
standard errors of zero, of which the logarithm says little, and losses beyond 2 nats, where models
break down and curves end.

Models whose training was too scant for a perplexity below 60 have slack, as OPT and BLOOM have: all
methods harm them little and much alike. They give the shape of a group only if no other model does.
A method measured on no other takes the offset of its twin, the method that it varies, and what the
two differ by on the same model at the same strength. One that broke every other model has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from analysis.compression.fitting.draws import DrawSpread
from analysis.compression.fitting.regression import Fit, fit_linear
from analysis.compression.measured_rows import MeasuredRow
from sim.compression.curves import Estimate
from sim.compression.groups import GROUPS, METHODS, curve_position
from sim.compression.sampling import NORMAL_95
from sim.errors import DataError
from sim.quantities import FloatArray

LARGEST_NATS = 2.0
NONE = Estimate(best=0.0, low=0.0, high=0.0)

LARGEST_PERPLEXITY = 60.0
"""Of a model before compression: a larger one tells that its training was scant."""

_CLEAR_ERRORS = 4.0
_SMALLEST_SPREAD = 0.1
"""Of x over a group's rows: below it, nothing is said about the shape."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How far a method lies from its group's reference, in ln nats at equal x."""

    estimate: Estimate
    rows: int
    residual_sd: float


@dataclass(frozen=True, slots=True)
class GroupShape:
    """What our runs say of one group.

    Attributes
    ----------
    reference
        The method that offsets are relative to.
    shape, shape_draws
        The estimate, and its value in each draw, shape (DRAWS,).
    offsets
        By method; the reference has 0.
    residuals
        By row: ln of its loss over that of the fit.
    is_sound
        Whether a model whose training was not scant tells the shape.
    """

    group: str
    reference: str
    shape: Estimate
    shape_draws: FloatArray
    offsets: Mapping[str, Offset]
    residuals: tuple[tuple[MeasuredRow, float], ...]
    residual_sd: float
    is_sound: bool = True


def position(row: MeasuredRow) -> float:
    """Return the x of a row of one method."""
    group = METHODS[row.methods[0]].group
    return curve_position(group, row.strengths[0], row.kept_share)


def usable_rows(rows: Sequence[MeasuredRow], group: str) -> list[MeasuredRow]:
    """Select the rows of a group whose loss is a positive number that the curves may describe."""
    return [
        row
        for row in rows
        if row.is_language
        and len(row.methods) == 1
        and METHODS[row.methods[0]].group == group
        and not METHODS[row.methods[0]].rounds_activations
        and 0.0 < _nats(row) <= LARGEST_NATS
    ]


def is_well_trained(row: MeasuredRow) -> bool:
    """Return whether a row is of one method on a language model whose training was not scant."""
    alone = row.is_language and len(row.methods) == 1
    return alone and row.quality_base <= LARGEST_PERPLEXITY


def fit_shapes(
    rows: Sequence[MeasuredRow], spreads: Mapping[str, DrawSpread] | None = None
) -> dict[str, GroupShape]:
    """Fit every group of which there are rows.

    Parameters
    ----------
    rows
        The measurements.
    spreads
        By group, how far other permutations and texts move losses, which intervals then hold; None:
        not at all.  Best values do not depend on them.

    Raises
    ------
    DataError
        No group has any, or one has no two strengths to tell its shape by.
    """
    found = {}
    for group in GROUPS:
        usable = usable_rows(rows, group)
        trained = [row for row in usable if is_well_trained(row)]
        told = trained if _reference(_clear(trained)) else usable
        if _reference(_clear(told)) is None:
            continue
        beside = (spreads or {}).get(group)
        first = _ShapeModel.fitted(group, _clear(told))
        # Chosen by what the first fit expects, not by what came out, lest noise that adds be kept.
        expected = [
            row
            for row in told
            if first.knows(row) and first.expected_nats(row) > _CLEAR_ERRORS * _error(row)
        ]
        if _reference(expected) is None:
            raise DataError(
                f"{group}: no loss of {_reference(told)} is clear of its noise; measure it on more "
                "tokens, or at greater strength"
            )
        second = _ShapeModel.fitted(group, expected, first, beside)
        shape = replace(second.shape(), is_sound=told is trained)
        elsewhere = {row.methods[0] for row in rows if is_well_trained(row)}
        found[group] = _with_twins(shape, _clear(usable), elsewhere, beside)
    if not found:
        raise DataError(
            "no group of methods has measurements that recipes could be made of: rows of the task "
            f"language are needed, with losses above {_CLEAR_ERRORS:g} times their standard error "
            f"and at most {LARGEST_NATS:g} nats"
        )
    return found


def _clear(rows: Sequence[MeasuredRow]) -> list[MeasuredRow]:
    return [row for row in rows if _nats(row) > _CLEAR_ERRORS * _error(row)]


def _reference(rows: Sequence[MeasuredRow]) -> str | None:
    """Return the first method of a group that has rows and a published class."""
    present = {row.methods[0] for row in rows}
    anchored = (name for name, method in METHODS.items() if method.published_class)
    return next((name for name in anchored if name in present), None)


@dataclass(frozen=True, slots=True)
class _ShapeModel:
    """The linear model of one group, fitted: columns are shape, methods and models."""

    group: str
    rows: Sequence[MeasuredRow]
    columns: tuple[str, ...]
    centre: float
    fit: Fit

    @classmethod
    def fitted(
        cls,
        group: str,
        rows: Sequence[MeasuredRow],
        first: _ShapeModel | None = None,
        spread: DrawSpread | None = None,
    ) -> _ShapeModel:
        """Fit the model; the relative error of a loss is that of the one that `first` expects."""
        x = [position(row) for row in rows]
        reference = _reference(rows) or ""
        if np.ptp(x) < _SMALLEST_SPREAD:
            raise DataError(
                f"{group}: one strength does not show how the loss grows with it; "
                f"measure {reference} at two strengths or more"
            )
        methods = sorted({row.methods[0] for row in rows} - {reference})
        columns = (*methods, *sorted({row.model for row in rows}))
        centre = float(np.mean(x))
        nats = np.array([_nats(row) for row in rows])
        known = np.array([first.expected_nats(row) for row in rows]) if first else nats
        fit = fit_linear(
            np.array([_line(row, columns, centre) for row in rows]),
            np.log(nats),
            [row.model for row in rows],
            noise=np.array([_error(row) for row in rows]) / known,
            shifts=spread.shifts(rows, GROUPS.index(group)) if spread else None,
            key=GROUPS.index(group),
        )
        return cls(group, rows, columns, centre, fit)

    def knows(self, row: MeasuredRow) -> bool:
        """Return whether both the method and the model of a row were fitted."""
        known = {one.methods[0] for one in self.rows}, {one.model for one in self.rows}
        return row.methods[0] in known[0] and row.model in known[1]

    def expected_nats(self, row: MeasuredRow) -> float:
        """Return the loss that the fit expects of a row."""
        return math.exp(float(np.dot(_line(row, self.columns, self.centre), self.fit.best)))

    def shape(self) -> GroupShape:
        """Return what the fit says."""
        reference = _reference(self.rows) or ""
        names = sorted({row.methods[0] for row in self.rows}, key=list(METHODS).index)
        return GroupShape(
            group=self.group,
            reference=reference,
            shape=self.fit.estimate(0),
            shape_draws=self.fit.draws[:, 0],
            offsets={name: self._offset(name, reference) for name in names},
            residuals=tuple(zip(self.rows, map(float, self.fit.residuals), strict=True)),
            residual_sd=self.fit.residual_sd,
        )

    def _offset(self, name: str, reference: str) -> Offset:
        own = np.array([row.methods[0] == name for row in self.rows])
        column = None if name == reference else 1 + self.columns.index(name)
        return Offset(
            estimate=NONE if column is None else self.fit.estimate(column),
            rows=int(own.sum()),
            residual_sd=float(np.sqrt(np.mean(self.fit.residuals[own] ** 2))),
        )


def _with_twins(
    shape: GroupShape,
    rows: Sequence[MeasuredRow],
    elsewhere: Set[str],
    spread: DrawSpread | None,
) -> GroupShape:
    """Add the offsets of methods that were not measured elsewhere, by their twins."""
    known = {(row.model, row.methods[0], row.strengths[0]): row for row in rows}
    offsets = dict(shape.offsets)
    for name, method in METHODS.items():
        twin = offsets.get(method.twin)
        ratios = [
            (math.log(_nats(row) / _nats(other)), _error(row) / _nats(row))
            for (model, own, strength), row in known.items()
            if own == name and (other := known.get((model, method.twin, strength))) is not None
        ]
        if name not in offsets and name not in elsewhere and twin is not None and ratios:
            moved = math.sqrt(2.0) * spread.normal_sd if spread else 0.0  # both parts of a ratio
            offsets[name] = _varied(twin, ratios, shape.residual_sd, moved)
    return replace(shape, offsets=offsets)


def _varied(
    twin: Offset, ratios: list[tuple[float, float]], residual_sd: float, moved: float
) -> Offset:
    """Move an offset by the mean of ln ratios, each with the error of its numerator.

    Other draws move them all together, by a standard deviation `moved`.
    """
    values = np.array([ratio for ratio, _ in ratios])
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else residual_sd
    own = math.hypot(spread, *(noise for _, noise in ratios)) / math.sqrt(len(values))
    error = math.hypot(own, moved)
    mean, old = float(values.mean()), twin.estimate
    return Offset(
        estimate=Estimate(
            best=old.best + mean,
            low=old.best + mean - math.hypot(old.best - old.low, NORMAL_95 * error),
            high=old.best + mean + math.hypot(old.high - old.best, NORMAL_95 * error),
        ),
        rows=len(values),
        residual_sd=spread,
    )


def _line(row: MeasuredRow, columns: Sequence[str], centre: float) -> list[float]:
    """Return a row of the design: x from its mean, then 1 for its method and its model."""
    return [
        position(row) - centre,
        *(float(name in (row.methods[0], row.model)) for name in columns),
    ]


def _nats(row: MeasuredRow) -> float:
    return row.delta_nll_nats or 0.0


def _error(row: MeasuredRow) -> float:
    return row.delta_nll_se_nats or 0.0
