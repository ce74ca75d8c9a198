"""Joint draws of parameters whose uncertainty was estimated together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.batch.designs.axis import Axis
from sim.quantities import FloatArray
from sim.reading.frozen import Frozen
from sim.reading.nodes import Place
from sim.reading.overriding import steps_of

_BURN_IN, _BETWEEN = 200, 25
"""Sweeps of the sampler before the first draw, and between draws."""
_LEAST_VARIANCE = 1e-14


class JointParameter(Frozen):
    """One parameter: the paths that it sets, and the range that it was estimated in."""

    paths: Annotated[tuple[str, ...], Field(min_length=1)]
    range: tuple[float, float]
    scale: Literal["linear", "log"] = "linear"


class JointUncertainty(Frozen):
    """A normal law of several parameters, cut at the box of their ranges.

    The law is in unit coordinates: 0 at the lower end of a range and 1 at the upper, linear in the
    parameter or its logarithm.
    """

    parameters: Annotated[dict[str, JointParameter], Field(min_length=1)]
    mean: tuple[float, ...]
    """In unit coordinates, in the order of the parameters."""
    covariance: tuple[tuple[float, ...], ...]
    """Of unit coordinates."""
    source: str = ""
    """What it was estimated from."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        count = len(self.parameters)
        if len(self.mean) != count:
            raise ValueError(f"mean must have {count} numbers, one a parameter")
        if len(self.covariance) != count or any(len(row) != count for row in self.covariance):
            raise ValueError(f"covariance must be {count} rows of {count} numbers")
        matrix = np.array(self.covariance)
        if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-12):
            raise ValueError("covariance must be symmetric")
        if np.linalg.eigvalsh(matrix).min() < -1e-9 * max(1.0, float(np.trace(matrix))):
            raise ValueError("covariance must have no negative eigenvalue")
        return self

    def axes(self, place: Place) -> tuple[Axis, ...]:
        """Return the axes of its parameters."""
        return tuple(
            Axis(
                name,
                tuple(steps_of(path) for path in it.paths),
                place,
                limits=it.range,
                is_log=it.scale == "log",
            )
            for name, it in self.parameters.items()
        )

    def draws(self, seed: int) -> Iterator[FloatArray]:
        """Yield draws in unit coordinates without end, shape [p] each.

        Gibbs sampling of the normal law cut at the unit box (Geweke 1991), so that what is hardly
        identified is drawn too: over its whole range.

        Parameters
        ----------
        seed
            Of the draws.
        """
        from scipy.special import ndtr, ndtri

        generator = np.random.default_rng(seed)
        mean = np.array(self.mean)
        matrix = np.array(self.covariance) + _LEAST_VARIANCE * np.eye(len(mean))
        precision = np.linalg.inv(matrix)
        sd = 1.0 / np.sqrt(np.diag(precision))
        at = np.clip(mean, 0.0, 1.0)
        number = 0
        while True:
            for index in range(len(mean)):
                away = at - mean
                away[index] = 0.0
                centre = mean[index] - precision[index] @ away / precision[index, index]
                low, high = ndtr((-centre) / sd[index]), ndtr((1.0 - centre) / sd[index])
                drawn = centre + sd[index] * ndtri(low + generator.random() * (high - low))
                at[index] = np.clip(drawn if np.isfinite(drawn) else centre, 0.0, 1.0)
            number += 1
            if number >= _BURN_IN and (number - _BURN_IN) % _BETWEEN == 0:
                yield at.copy()
