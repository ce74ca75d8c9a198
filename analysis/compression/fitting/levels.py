"""Levels of the curves for models of 1 to 400 billion parameters, from published measurements.

Within a group ``ln nats = class + u_series + v_model + shape x - beta ln(N / 10) + e``, a mixed
model (`mixed`). A class is a published kind of method; the class that is also one of our methods
gives the level. A series of models, such as Llama 2, and each model of it have effects of their
own, drawn from normal laws whose spreads are fitted: so a series counts once, however many rows
it has, and a model of an unknown series is predicted with the spread between series and models.
Beta stays only where sizes differ by a factor of four or more and its interval lies above zero:
else the level is the same for all sizes. Where a group has few series, their spread is bounded by
that of quantisation, the group of most.

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

from analysis.compression.fitting.mixed import MixedFit, fit_mixed
from analysis.compression.fitting.published_losses import PublishedLoss, is_usable
from analysis.compression.fitting.regression import fit_linear, interval
from analysis.compression.fitting.shapes import NONE, GroupShape
from sim.compression.curves import Estimate
from sim.compression.groups import GROUPS, METHODS, SIZE_BILLION
from sim.compression.sampling import NORMAL_95
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
    level_slope_correlation
        How level and slope go together over the draws.
    unknown
        Effect of a model of an unknown series: 0, with the spread between series and models.
    series
        Effects of the series published, with the spread between models of one.
    series_sd, model_sd, residual_sd
        Spreads of ln nats between series, between models of one series, and within a model.
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
    level_slope_correlation: float
    unknown: Estimate
    series: dict[str, Estimate]
    series_sd: float
    model_sd: float
    residual_sd: float
    classes: dict[str, Estimate]
    residuals: tuple[tuple[PublishedLoss, float], ...]


def fit_level(
    shape: GroupShape, losses: Sequence[PublishedLoss], spreads: Sequence[float] = ()
) -> GroupLevel:
    """Fit the level of a group.

    Parameters
    ----------
    shape
        The group's shape in our own runs.
    losses
        Published losses, of all groups.
    spreads
        Of residuals, between series and between models: what bounds those of this group.

    Raises
    ------
    DataError
        No published loss is of the reference's class.
    """
    own = [loss for loss in losses if loss.group == shape.group]
    wanted = METHODS[shape.reference].published_class
    if all(loss.published_class != wanted for loss in own):
        raise DataError(f"no published measurement of {wanted!r} gives {shape.group} its level")
    model = LevelsModel(own, _LEVEL_KEY + GROUPS.index(shape.group), spreads)
    published = model.published_shape(within_series=shape.is_sound)
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
        level_slope_correlation=model.correlation(fit, wanted) if slope != NONE else 0.0,
        unknown=_normal(0.0, math.hypot(_typical(fit.group_sd[0]), _typical(fit.group_sd[1]))),
        series={name: _series(fit, name) for name in fit.names[0]},
        series_sd=_typical(fit.group_sd[0]),
        model_sd=_typical(fit.group_sd[1]),
        residual_sd=_typical(fit.residual_sd),
        classes={kind: fit.estimate(index) for index, kind in enumerate(model.kinds)},
        residuals=tuple(zip(own, map(float, model.residuals(fit)), strict=True)),
    )


def _typical(draws: FloatArray) -> float:
    """Return the root mean square of a spread: what a predictive variance takes."""
    return float(np.sqrt(np.mean(draws**2)))


def _normal(best: float, spread: float) -> Estimate:
    half = NORMAL_95 * spread
    return Estimate(best=best, low=best - half, high=best + half)


def _series(fit: MixedFit, name: str) -> Estimate:
    """Return the effect that another model of a series is predicted to have."""
    own = fit.effects[0][:, fit.names[0].index(name)]
    return _normal(float(own.mean()), math.hypot(float(own.std()), _typical(fit.group_sd[1])))


def _apart(one: Estimate, other: Estimate) -> bool:
    return one.low > other.high or other.low > one.high


class LevelsModel:
    """The linear model of a group's published losses.

    Parameters
    ----------
    losses
        Of the group.
    key
        Distinguishes the draws of its fits.
    spreads
        What bounds those of its effects.
    """

    def __init__(
        self, losses: Sequence[PublishedLoss], key: int, spreads: Sequence[float] = ()
    ) -> None:
        self.kinds = sorted({loss.published_class for loss in losses})
        self._classes = np.array(
            [[float(loss.published_class == kind) for kind in self.kinds] for loss in losses]
        )
        x = np.array([loss.x for loss in losses])
        self.centre = float(x.mean())
        self._x = x - self.centre
        self._log_nats = np.log([loss.nats for loss in losses])
        self._log_size = np.log([loss.parameters_billion / SIZE_BILLION for loss in losses])
        self._groups = ([loss.series for loss in losses], [loss.model for loss in losses])
        self._noise = np.array([loss.error_nats / loss.nats for loss in losses])
        self._key = key
        self._spreads = spreads
        self._response = self._log_nats

    def published_shape(self, *, within_series: bool) -> Estimate | None:
        """Return the shape that the losses tell by themselves, None if they tell none.

        Parameters
        ----------
        within_series
            Only what strengths differ within a series tells a shape.
        """
        series = sorted({*self._groups[0]})
        members = np.array([[float(name == one) for one in series] for name in self._groups[0]])
        known = np.column_stack([self._classes, members]) if within_series else self._classes
        explained = known @ np.linalg.lstsq(known, self._x, rcond=None)[0]
        if float(np.std(self._x - explained)) < _SMALLEST_SPREAD:
            return None
        return self._fit(self._own_columns(), self._log_nats, None).estimate(len(self.kinds))

    def with_own_shape(self) -> tuple[MixedFit, Estimate]:
        """Fit levels and slope together with the shape."""
        return self._with_slope(self._own_columns(), self._log_nats, None)

    def at_shape(self, shape: GroupShape) -> tuple[MixedFit, Estimate]:
        """Fit levels and slope at the shape of our own runs, with its uncertainty."""
        response = self._log_nats - shape.shape.best * self._x
        shifts = (shape.shape.best - shape.shape_draws)[:, None] * self._x[None, :]
        return self._with_slope(self._classes, response, shifts)

    def correlation(self, fit: MixedFit, kind: str) -> float:
        """Return how the level of a class and the slope, the last column, go together."""
        return fit.correlation(self.kinds.index(kind), fit.draws.shape[1] - 1)

    def residuals(self, fit: MixedFit) -> FloatArray:
        """Return ln of each loss over what is predicted without effects of series and models."""
        return np.asarray(self._response - fit.fitted, dtype=np.float64)

    def _own_columns(self) -> FloatArray:
        return np.column_stack([self._classes, self._x])

    def _with_slope(
        self, design: FloatArray, response: FloatArray, shifts: FloatArray | None
    ) -> tuple[MixedFit, Estimate]:
        """Return the fit with the slope in size if that is clear, and the slope."""
        self._response = response
        if np.ptp(self._log_size) >= _SMALLEST_SIZE_RANGE:
            sized = np.column_stack([design, -self._log_size])
            fit = self._fit(sized, response, shifts)
            slope = fit.estimate(design.shape[1])
            if slope.low > 0.0:
                return fit, slope
        return self._fit(design, response, shifts), NONE

    def _fit(self, design: FloatArray, response: FloatArray, shifts: FloatArray | None) -> MixedFit:
        return fit_mixed(
            design, response, self._groups, noise=self._noise, shifts=shifts,
            prior_scales=self._spreads, key=self._key,
        )  # fmt: skip


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
