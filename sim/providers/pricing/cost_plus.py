"""Cost-plus: a fixed mark-up over marginal cost, the control arm of a price war."""

from __future__ import annotations

from dataclasses import dataclass

from sim.providers.pricing.view import PriceView


@dataclass(frozen=True, slots=True)
class CostPlusPrice:
    """``p = (1 + k) c``.

    Attributes
    ----------
    markup_share
        k; None: the mark-up that the price had at its listing, or after the last war.
    """

    markup_share: float | None = None

    def propose(self, view: PriceView) -> float | None:
        """Return cost plus the mark-up."""
        markup = view.peace_markup_share if self.markup_share is None else self.markup_share
        return (1.0 + markup) * view.marginal_cost_usd_per_mtok
