"""Parameters that are estimated: their ranges, the scale they are searched on, and priors.

Everything is computed in *unit coordinates* ``u``, shape [p]: zero at the lower bound of a range
and one at the upper, linear in the parameter or in its logarithm. Estimates are close to normal
there, and intervals keep to the range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.quantities import FloatArray


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of a parameter from elsewhere: a normal law on the parameter's scale.

    Attributes
    ----------
    median
        In the parameter's unit.
    sd
        Standard deviation: of the logarithm where the scale is one, else in the parameter's unit.
    """

    median: float
    sd: float


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    name
        What it is called.
    low, high
        Range that is searched, in the parameter's unit.
    is_log
        Whether its logarithm is estimated.
    prior
        Beside the range; None: every value in the range is as good before the data.
    """

    name: str
    low: float
    high: float
    is_log: bool = False
    prior: Prior | None = None


class ParameterSpace:
    """The box of all parameters.

    Parameters
    ----------
    parameters
        In order, p of them.
    """

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = tuple(parameters)
        self._is_log = np.array([it.is_log for it in self.parameters])
        bounds = np.array([(it.low, it.high) for it in self.parameters], dtype=float)
        self._low, high = self._scaled(bounds[:, 0]), self._scaled(bounds[:, 1])
        self._width = high - self._low

    def __len__(self) -> int:
        """How many parameters there are."""
        return len(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(it.name for it in self.parameters)

    def to_unit(self, values: ArrayLike) -> FloatArray:
        """Return the unit coordinates of parameters, shape [..., p]."""
        unit: FloatArray = (self._scaled(np.asarray(values, dtype=float)) - self._low) / self._width
        return unit

    def from_unit(self, unit: ArrayLike) -> FloatArray:
        """Return parameters by their unit coordinates, shape [..., p]; ends are exact."""
        at = np.asarray(unit, dtype=float)
        scaled = self._low + at * self._width
        with np.errstate(over="ignore"):  # the branch that is not taken
            values: FloatArray = np.where(self._is_log, np.exp(scaled), scaled)
        for end, bound in ((0.0, "low"), (1.0, "high")):
            ends = np.array([getattr(it, bound) for it in self.parameters])
            values = np.where(at == end, ends, values)
        return values

    def prior_rows(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the priors as moments that are linear in the unit coordinates.

        Returns
        -------
        rows
            Shape [k, p]: which coordinate each is of.
        medians, variances
            Shape [k] each, in unit coordinates.
        """
        held = [i for i, it in enumerate(self.parameters) if it.prior is not None]
        rows = np.eye(len(self))[held]
        medians = np.full(len(self), np.nan)
        sds = np.full(len(self), np.nan)
        for i in held:
            prior = self.parameters[i].prior
            if prior is not None:
                at = np.log(prior.median) if self._is_log[i] else prior.median
                medians[i] = (at - self._low[i]) / self._width[i]
                sds[i] = prior.sd / self._width[i]
        return rows, medians[held], np.square(sds[held])

    def _scaled(self, values: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):  # the branch that is not taken
            scaled: FloatArray = np.where(self._is_log, np.log(values), values)
        return scaled
