"""Scales on which intervals are taken, so that none leaves the bounds of its quantity.

An interval of a mean ``m`` with standard error ``s`` is taken where the quantity has no bounds, by
the delta method (Oehlert 1992): ``g(m) +- t s g'(m)``, carried back by the inverse of ``g``. With
``g`` the identity it is Student's; with little spread all scales agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sim.quantities import FloatArray
from sim.record.unit import HHI

if TYPE_CHECKING:
    from sim.record.column import Column


_MOST_CONCENTRATED = 10_000.0
_POSITIVE = (
    "Mtok/day", "Mtok", "users", "accelerators", "kWh/day", "kg/day", "USD/hour", "s", "reviews",
    "first week = 1",
)  # fmt: skip
_POSITIVE_MONEY = ("price", "frontier_price", "spend", "revenue", "marginal_cost", "compute")


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map from where a quantity lives to the whole line.

    Attributes
    ----------
    name
        Identifier.
    to_line, from_line
        The map and its inverse, elementwise.
    slope
        Derivative of ``to_line``.
    says_nothing
        Whether an interval, ``(low, high)``, is too wide to say anything of the quantity.
    """

    name: str
    to_line: Callable[[FloatArray], FloatArray]
    from_line: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    says_nothing: Callable[[FloatArray, FloatArray], NDArray[np.bool_]]

    def around(
        self, centre: FloatArray, half_width: FloatArray
    ) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        """Return the bounds around a mean, and whether they say nothing.

        Parameters
        ----------
        centre
            Mean, in the unit of the quantity.
        half_width
            ``t s``: half of Student's interval, in the same unit; NaN where unknown.

        Returns
        -------
        low, high, says_nothing
            In the unit of the quantity. Where the half-width is zero both bounds are the mean.
        """
        with np.errstate(all="ignore"):
            middle = self.to_line(centre)
            reach = half_width * self.slope(centre)
            low, high = self.from_line(middle - reach), self.from_line(middle + reach)
        flat = half_width <= _FLAT * np.abs(centre)
        low, high = np.where(flat, centre, low), np.where(flat, centre, high)
        return low, high, self.says_nothing(low, high) & ~flat


_FLAT: Final = 1e-12
_WIDEST_RATIO: Final = 10.0
_WIDEST_PART: Final = 0.5


def _never(low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    return np.zeros(np.broadcast(low, high).shape, dtype=np.bool_)


def _wide_ratio(low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(high > _WIDEST_RATIO * low)


SIGNED: Final = Scale("signed", lambda x: x, lambda y: y, np.ones_like, _never)
"""Quantities of either sign: Student's interval."""

POSITIVE: Final = Scale("positive", np.log, np.exp, lambda x: 1 / x, _wide_ratio)
"""Quantities above zero: a factor up and down. Bounds more than tenfold apart say nothing."""


def within(most: float) -> Scale:
    """Return the scale of a quantity from zero to ``most``: the logit of its part of it.

    Bounds more than half of ``most`` apart say nothing.
    """
    return Scale(
        f"0 to {most:g}",
        lambda x: np.log(x / (most - x)),
        lambda y: most / (1 + np.exp(-y)),
        lambda x: most / (x * (most - x)),
        lambda low, high: np.asarray(high - low > _WIDEST_PART * most),
    )


def difference_within(most: float) -> Scale:
    """Return the scale of a difference of two such quantities: Fisher's z of its part of it."""
    return Scale(
        f"{-most:g} to {most:g}",
        lambda x: np.arctanh(x / most),
        lambda y: most * np.tanh(y),
        lambda x: most / (most**2 - x**2),
        lambda low, high: np.asarray(high - low > _WIDEST_PART * most),
    )


SHARE: Final = within(1.0)
CONCENTRATION: Final = within(_MOST_CONCENTRATED)
_OF_DIFFERENCES: Final = {
    SHARE: difference_within(1.0),
    CONCENTRATION: difference_within(_MOST_CONCENTRATED),
}


def scale_of(column: Column) -> Scale:
    """Return the scale of a column of a weekly table.

    Examples
    --------
    >>> from sim.record.tables import TABLES
    >>> scale_of(TABLES["market"]["adopters_share"]).name
    '0 to 1'
    >>> scale_of(TABLES["market"]["producer_surplus_usd_per_day"]).name
    'signed'
    """
    symbol = column.unit.symbol
    if symbol == "%":
        return SHARE
    if symbol == HHI.symbol:
        return CONCENTRATION
    money = symbol.startswith("USD") and column.name.startswith(_POSITIVE_MONEY)
    return POSITIVE if money or symbol in _POSITIVE else SIGNED


def scale_of_difference(scale: Scale) -> Scale:
    """Return the scale of the difference of two quantities that each have the given one."""
    return _OF_DIFFERENCES.get(scale, SIGNED)
