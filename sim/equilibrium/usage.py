"""What the users of a product buy at its price, if not one unit each.

A `Usage` returns the surplus of a product's user at a price, and what the user buys: by Roy's
identity the surplus falls by the quantity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from sim.errors import UsageError
from sim.files.paths import shown
from sim.quantities import FloatArray
from sim.users.usage import elasticity, surplus_per_mtok, usage_share


class Bought(NamedTuple):
    """What a user buys at given prices; arrays of types by products, or that broadcast to them.

    Attributes
    ----------
    surplus
        Over no use, in money; up to a constant.
    quantity
        x, minus the derivative of the surplus in the price.
    slope, bend
        dx/dp and d2x/dp2.
    """

    surplus: FloatArray
    quantity: FloatArray
    slope: FloatArray
    bend: FloatArray


class Usage(Protocol):
    """How much a product's users buy."""

    @property
    def lowest_price(self) -> float:
        """Prices are above it."""
        ...

    def at(self, price: FloatArray) -> Bought:
        """Return what users buy at prices of shape (P,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TaskValues:
    r"""Users run every task that is worth more than its tokens cost; values are lognormal.

    With :math:`z = (m - \ln p)/s`,

    .. math::
        x = A \Phi(z), \qquad
        x' = -\frac{A \varphi(z)}{s p}, \qquad
        x'' = -\frac{x'}{p} \left(1 - \frac{z}{s}\right),

    and the surplus is that of `sim.users.usage` (Dubin and McFadden 1984).

    Parameters
    ----------
    volume
        A: what a user would buy at a price of zero. A number, one for each type as a column (K, 1),
        or one for each type and product (K, P).
    mean_log_value, log_sd
        m and s > 0 of the log value of a unit of work, in money; likewise.

    Raises
    ------
    UsageError
        A value is out of range.
    """

    volume: FloatArray | float
    mean_log_value: FloatArray | float
    log_sd: FloatArray | float

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        for name, least in (("volume", 0.0), ("mean_log_value", -np.inf), ("log_sd", 0.0)):
            value = getattr(self, name)
            try:
                found = np.asarray(value, np.float64)
            except (TypeError, ValueError):
                found = np.array(np.nan)
            if not (np.isfinite(found) & (found > least)).all():
                above = "" if np.isneginf(least) else f" above {least:g}"
                raise UsageError(f"{name} = {shown(value)}: must be finite{above}.")

    @property
    def lowest_price(self) -> float:
        """Zero: tokens that cost nothing are used for everything, and more so at no price below."""
        return 0.0

    def at(self, price: FloatArray) -> Bought:
        """Return what users buy at prices above zero."""
        row = price[None, :]
        mean, spread = np.asarray(self.mean_log_value), np.asarray(self.log_sd)
        share = usage_share(row, mean, spread, 1.0)
        quantity = self.volume * share
        slope = -quantity * elasticity(row, mean, spread, 1.0) / row
        bend = -slope / row * (1.0 - (mean - np.log(row)) / np.square(spread))
        surplus = self.volume * surplus_per_mtok(share, row, mean, spread, 1.0)
        return Bought(surplus, quantity, slope, bend)
