"""A parameter of a sweep as its record states it: which values it takes, and where each lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.quantities import FloatArray


@dataclass(frozen=True, slots=True)
class DesignAxis:
    """A parameter of a sweep.

    Attributes
    ----------
    name
        Its column in the plan.
    values
        The values that it takes, if the design lists them.
    low, high
        Its range otherwise.
    is_log
        Whether equal shares of the range are equal ratios.
    is_whole
        Whether values are whole numbers.
    """

    name: str
    values: tuple[object, ...] = ()
    low: float = 0.0
    high: float = 1.0
    is_log: bool = False
    is_whole: bool = False

    @classmethod
    def of_record(cls, name: str, record: Mapping[str, Any]) -> DesignAxis:
        """Take an axis from the record of a sweep."""
        if "values" in record:
            return cls(name, tuple(record["values"]))
        low, high = record["range"]
        return cls(name, (), low, high, bool(record["log"]), bool(record["whole"]))

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers, so that they have an order and distances."""
        return all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in self.values
        )

    @property
    def is_ordered(self) -> bool:
        """Whether its values have an order: numbers, or two values of any kind."""
        return self.is_numeric or len(self.values) == 2

    def shares(self, values: Sequence[object] | FloatArray) -> FloatArray:
        """Return where values lie along the axis, from 0 to 1, as the design spaces them.

        Listed values are as far apart as their numbers in the list: a design takes each as often.

        Parameters
        ----------
        values
            Shape [P].
        """
        if self.values:
            texts = [_text(value) for value in self.values]
            last = max(len(texts) - 1, 1)
            return np.array([texts.index(_text(value)) / last for value in values])
        numbers = np.asarray(values, dtype=np.float64)
        if self.is_log:
            return np.asarray(np.log(numbers / self.low) / np.log(self.high / self.low))
        return np.asarray((numbers - self.low) / (self.high - self.low))

    def at(self, share: float) -> object:
        """Return the value at a share of the way along the axis."""
        if self.values:
            return self.values[round(share * (len(self.values) - 1))]
        if self.is_log:
            value = float(self.low * (self.high / self.low) ** share)
        else:
            value = self.low + share * (self.high - self.low)
        return round(value) if self.is_whole else value


def _text(value: object) -> str:
    """Return a text that is the same for a value of the plan and of the record."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number):
        return repr(float(value))
    return str(value)[:10] if hasattr(value, "isoformat") else str(value)
