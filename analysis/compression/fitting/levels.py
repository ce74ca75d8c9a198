"""Levels of the curves for models of 1 to 400 billion parameters, from published measurements.

Within a group ``ln nats = class + series + shape x - beta ln(N / 10)``. A class is a published kind
of method; the class that is also one of our methods gives the level. A series of models, such as
Llama 2, has slack of its own, which averages to nothing over series, so that beta compares models
of one series. Beta stays only where sizes differ by a factor of four or more and its interval lies
above zero: else the level is the same for all sizes.

The shape is that of our own runs, unless the published measurements give another: one whose
interval does not overlap ours. So it is with low rank, where our small models, which use
their rank to the full, lose much by the first cut and little by the next. Where our runs tell no
sound shape, as of distilled students, most of which learn more than their scantly trained teacher
knew, the published one is taken from all series together, and no recipe is stronger than what was
published.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.published_losses import PublishedLoss, is_usable
from analysis.compression.fitting.regression import Fit, fit_linear, interval
from analysis.compression.fitting.shapes import NONE, GroupShape
from sim.compression.curves import Estimate
from sim.compression.groups import GROUPS, METHODS, SIZE_BILLION
from sim.data.published_compression import PublishedRow
from sim.errors import DataError
from sim.quantities import FloatArray

_SMALLEST_SIZE_RANGE = math.log(4.0)
_SMALLEST_SPREAD = 0.1
"""Of x within classes and series, in standard deviations: below it, no shape can be told."""
_LEVEL_KEY, _ACTIVATION_KEY = 10, 30


@dataclass(frozen=True, slots=True)
class GroupLevel:
    """What published measurements say of one group.

    Attributes
    ----------
    centre, largest_billion
        Mean x of the losses, and the largest model among them.
    mildest_x
        The mildest strength published, where that gives the shape: our own small models, which
        lose more by milder ones, do not support to go on.
    strongest_x
        The strongest strength that may be used; None: all that were measured.
    shape, published_shape
        The shape that the curve takes, and that of the published measurements alone, if they tell
        one.
    classes
        Level of each published class at the centre, for 10e9 parameters.
    residuals
        By loss: ln of it over that of the fit.
    """

    centre: float
    mildest_x: float | None
    strongest_x: float | None
    largest_billion: float
    shape: Estimate
    published_shape: Estimate | None
    level: Estimate
    size_slope: Estimate
    residual_sd: float
    classes: dict[str, Estimate]
    residuals: tuple[tuple[PublishedLoss, float], ...]


def fit_level(shape: GroupShape, losses: Sequence[PublishedLoss]) -> GroupLevel:
    """Fit the level of a group.

    Raises
    ------
    DataError
        No published loss is of the reference's class.
    """
    own = [loss for loss in losses if loss.group == shape.group]
    wanted = METHODS[shape.reference].published_class
    if all(loss.published_class != wanted for loss in own):
        raise DataError(f"no published measurement of {wanted!r} gives {shape.group} its level")
    model = _LevelsModel(own, _LEVEL_KEY + GROUPS.index(shape.group), has_series=shape.is_sound)
    published = model.published_shape()
    taken, mildest = shape.shape, None
    if published is not None and (_apart(published, taken) or not shape.is_sound):
        taken, mildest = published, min(loss.x for loss in own)
        fit, slope = model.with_own_shape()
    else:
        fit, slope = model.at_shape(shape)
    return GroupLevel(
        centre=model.centre,
        mildest_x=mildest,
        strongest_x=None if shape.is_sound else max(loss.x for loss in own),
        largest_billion=max(loss.parameters_billion for loss in own),
        shape=taken,
        published_shape=published,
        level=fit.estimate(model.kinds.index(wanted)),
        size_slope=slope,
        residual_sd=fit.residual_sd,
        classes={kind: fit.estimate(index) for index, kind in enumerate(model.kinds)},
        residuals=tuple(zip(own, map(float, fit.residuals), strict=True)),
    )


def _apart(one: Estimate, other: Estimate) -> bool:
    return one.low > other.high or other.low > one.high


class _LevelsModel:
    """The linear model of a group's published losses.

    Parameters
    ----------
    losses
        Of the group.
    key
        Distinguishes the draws of its fits.
    has_series
        Whether series have slack of their own.
    """

    def __init__(self, losses: Sequence[PublishedLoss], key: int, *, has_series: bool) -> None:
        self.kinds = sorted({loss.published_class for loss in losses})
        self._effects = _effects(losses, self.kinds, has_series=has_series)
        x = np.array([loss.x for loss in losses])
        self.centre = float(x.mean())
        self._x = x - self.centre
        self._log_nats = np.log([loss.nats for loss in losses])
        self._log_size = np.log([loss.parameters_billion / SIZE_BILLION for loss in losses])
        self._models = [loss.model for loss in losses]
        self._noise = np.array([loss.error_nats / loss.nats for loss in losses])
        self._key = key

    def published_shape(self) -> Estimate | None:
        """Return the shape that the losses tell by themselves, None if they tell none."""
        explained = self._effects @ np.linalg.lstsq(self._effects, self._x, rcond=None)[0]
        if float(np.std(self._x - explained)) < _SMALLEST_SPREAD:
            return None
        return self._fit(self._own_columns(), self._log_nats, None).estimate(self._effects.shape[1])

    def with_own_shape(self) -> tuple[Fit, Estimate]:
        """Fit levels and slope together with the shape."""
        return self._with_slope(self._own_columns(), self._log_nats, None)

    def at_shape(self, shape: GroupShape) -> tuple[Fit, Estimate]:
        """Fit levels and slope at the shape of our own runs, with its uncertainty."""
        response = self._log_nats - shape.shape.best * self._x
        shifts = (shape.shape.best - shape.shape_draws)[:, None] * self._x[None, :]
        return self._with_slope(self._effects, response, shifts)

    def _own_columns(self) -> FloatArray:
        return np.column_stack([self._effects, self._x])

    def _with_slope(
        self, design: FloatArray, response: FloatArray, shifts: FloatArray | None
    ) -> tuple[Fit, Estimate]:
        """Return the fit with the slope in size if that is clear, and the slope."""
        if np.ptp(self._log_size) >= _SMALLEST_SIZE_RANGE:
            sized = np.column_stack([design, -self._log_size])
            fit = self._fit(sized, response, shifts)
            slope = fit.estimate(design.shape[1])
            if slope.low > 0.0:
                return fit, slope
        return self._fit(design, response, shifts), NONE

    def _fit(self, design: FloatArray, response: FloatArray, shifts: FloatArray | None) -> Fit:
        return fit_linear(
            design, response, self._models, noise=self._noise, shifts=shifts, key=self._key
        )


def _effects(
    losses: Sequence[PublishedLoss], kinds: Sequence[str], *, has_series: bool
) -> FloatArray:
    """Return columns of classes, and of all series but one of those whose average is nothing.

    The average is over series of which losses were printed, if there are any: of accuracies the
    classes are others, so that they say nothing of the level.
    """
    printed = sorted({loss.series for loss in losses if loss.error_nats == 0.0})
    series = sorted({loss.series for loss in losses})
    average = printed or series
    columns = [[float(loss.published_class == kind) for loss in losses] for kind in kinds]
    last = np.array([float(loss.series == average[-1]) for loss in losses])
    for name in series if has_series else ():
        own = np.array([float(loss.series == name) for loss in losses])
        if name != average[-1]:
            columns.append(list(own - last if name in average else own))
    return np.array(columns).T


def fit_activations(rows: Sequence[PublishedRow]) -> Estimate:
    """Return what weights and activations at 8 bits lose in published measurements, in nats.

    Weights at 8 bits lose a fortieth of it, so all of it counts as the activations'.
    """
    used = [
        row
        for row in rows
        if is_usable(row) and row.pooled_method == "INT8 weights and activations" and row.nats
    ]
    nats = np.array([row.nats or 0.0 for row in used])
    fit = fit_linear(
        np.ones((len(nats), 1)), nats, [row.model for row in used], key=_ACTIVATION_KEY
    )
    return interval(float(fit.best[0]), np.maximum(0.0, fit.draws[:, 0]))
