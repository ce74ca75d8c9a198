r"""What a product charges besides its list price: by the hour of the day, and for what can wait.

A share :math:`\beta_d` of a domain's tokens is for work that can wait for hours. With the factor
:math:`\tau_h` of the list price in hour h, :math:`a_{dh}` the domain's tokens by hour, and the
discount b on batches, users of domain d pay of the list price

.. math:: m_d = \sum_h a_{dh} [(1 - \beta_d) \tau_h + \beta_d \min_h \tau_h]
          \quad\text{or}\quad m_d = 1 - \beta_d b.

What can wait and is asked for in a dear hour moves to the cheapest hours, evenly; batches are
served evenly over the day. Work that cannot wait stays in its hour: its volume answers to what the
domain pays on average, since users decide on use for a month and not for an hour.

References
----------
Steiner, P. O. (1957). Peak loads and efficient pricing. Quarterly Journal of Economics 71, 585-610.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.quantities import FloatArray
from sim.tokens import PerToken

HOURS = 24


@dataclass(frozen=True, slots=True)
class Tariff:
    """What holds besides the list price, for as long as a product is on offer.

    Attributes
    ----------
    hour_factors
        Factor of the list price in each of the 24 hours from midnight; empty: 1.
    batch_discount_share
        Off the list price for requests that may be answered within a day.
    cache_discount_share
        Off the price of fresh input, for input found in a cache; None: as listed.
    """

    hour_factors: tuple[float, ...] = ()
    batch_discount_share: float = 0.0
    cache_discount_share: float | None = None

    def opening_price(self, listed: PerToken) -> PerToken:
        """Return the prices with which a product comes on offer."""
        if self.cache_discount_share is None:
            return listed
        return listed._replace(cache_hit=(1.0 - self.cache_discount_share) * listed.input)

    def paid_share(self, hour_shares: FloatArray, deferrable_share: float) -> float:
        """Return what a domain pays of the list price, m_d.

        Parameters
        ----------
        hour_shares
            Share of each hour in the domain's tokens, (24,).
        deferrable_share
            Share of them that can wait for hours.
        """
        batched = 1.0 - deferrable_share * self.batch_discount_share
        if not self.hour_factors:
            return batched
        factors = np.array(self.hour_factors)
        lowest = factors.min()
        above = float(hour_shares @ (factors - lowest))
        return float(lowest + (1.0 - deferrable_share) * above) * batched

    def served_by_hour(self, hour_shares: FloatArray, deferrable_share: float) -> FloatArray:
        """Return the share of each hour in what is served of a domain's tokens, (24,)."""
        found = hour_shares
        if self.hour_factors:
            factors = np.array(self.hour_factors)
            cheap = factors == factors.min()
            moved = deferrable_share * np.where(cheap, 0.0, hour_shares)
            found = found - moved + moved.sum() * cheap / cheap.sum()
        if self.batch_discount_share > 0.0:
            found = (1.0 - deferrable_share) * found + deferrable_share / found.size
        return np.asarray(found)
