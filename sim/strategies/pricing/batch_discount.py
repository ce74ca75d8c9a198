"""Batch discount: a lower price for requests that may be answered when the fleet has room."""

from __future__ import annotations

from typing import Literal

from sim.quantities import Share
from sim.strategies.pricing.marked_up import MarkedUp
from sim.strategies.pricing.tariff import Tariff


class BatchDiscount(MarkedUp):
    r"""Take a share b off for requests that may wait for a day.

    A domain of which :math:`\beta_d` can wait pays :math:`1 - \beta_d b` of the list price, which
    follows costs as that of ``cost_plus`` does, and what can wait is served evenly over the day.
    """

    policy: Literal["batch_discount"]
    discount_share: Share
    """[b]"""

    @property
    def tariff(self) -> Tariff:
        """The discount."""
        return Tariff(batch_discount_share=self.discount_share)
