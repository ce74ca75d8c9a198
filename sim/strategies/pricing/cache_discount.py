"""Cache discount: input that is found in a cache costs a share of fresh input."""

from __future__ import annotations

from typing import Literal

from sim.quantities import Share
from sim.strategies.pricing.marked_up import MarkedUp
from sim.strategies.pricing.tariff import Tariff


class CacheDiscount(MarkedUp):
    r"""Charge :math:`p_{hit} = (1 - d) p_{in}` for cached input from the listing on.

    Fresh input and output cost what is listed, so that users pay
    :math:`d\, \kappa_d\, p_{in}` less a token, :math:`\kappa_d` being the share of cache hits in
    the domain's tokens. All three prices then move together, in their ratios: the blended price
    follows costs as that of ``cost_plus`` does.
    """

    policy: Literal["cache_discount"]
    discount_share: Share = 0.9
    """[d] Default: DeepSeek, August 2024: 0.1 instead of 1 CNY a million tokens."""

    @property
    def tariff(self) -> Tariff:
        """The discount."""
        return Tariff(cache_discount_share=self.discount_share)
