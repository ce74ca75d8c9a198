"""What a provider sees when it prices one product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Phase = Literal["peace", "war", "recoup"]
"""How a product is priced: not drawn into a war; from its first reaction on; on the way back up."""


class DemandEstimate(Protocol):
    """What a provider expects to sell at other prices."""

    def sales_at(self, price_usd_per_mtok: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return millions of tokens a day, (P,), at blended prices, (P,)."""
        ...

    def billed_at(self, price_usd_per_mtok: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return those of them that are beyond free quotas."""
        ...

    def holders_at(self, price_usd_per_mtok: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many users have each product, (P,)."""
        ...

    def with_quota(self, product: int, quota_mtok_per_month: float) -> DemandEstimate:
        """Return what it expects if users had so many tokens of a product free of charge."""
        ...


class RivalMove(NamedTuple):
    """A rival's move that calls for an answer, in prices for what the own product can do.

    Attributes
    ----------
    product
        Slot of the product that moved.
    price_usd_per_mtok
        What it costs now, adjusted for the difference in capability.
    stood_usd_per_mtok
        The best comparable offer before it, likewise; the own price, if that is better.
    """

    product: int
    price_usd_per_mtok: float
    stood_usd_per_mtok: float

    @property
    def remaining_share(self) -> float:
        """What it asks, as a share of the best that was asked before."""
        return self.price_usd_per_mtok / self.stood_usd_per_mtok


@dataclass(frozen=True, slots=True)
class PriceView:
    """The public offer book and the provider's own accounts, for one product; P product slots.

    Policies are functions of this view alone: what they would have to remember is in it, so that a
    run can be repeated, pickled and cut anywhere.

    Attributes
    ----------
    time_days, date
        Now.
    own
        Slot of the product to be priced.
    product
        Its name.
    blended_price_usd_per_mtok
        (P,): list prices at the industry's token mix.
    capability_logit
        (P,): capability.
    listed
        (P,): on offer.
    provider_index
        (P,): owner.
    user_share
        (P,): share of users by the last public weekly report; no product holds the rest.
    marginal_cost_usd_per_mtok
        The own product's marginal cost, at the same mix.
    peace_margin_usd_per_mtok
        ``p - c`` when the product was listed, or came out of a war.
    token_share
        The own provider's share of all tokens sold in the last week.
    tokens_mtok_per_day
        What the own provider sold in the last week, of all its products.
    move
        The rival's move that this look answers, the reaction lag being over; None: it answers none.
    phase
        How the product is being priced.
    war_budget_left_usd
        What is left of the provider's budget for selling below cost.
    own_costs_usd_per_mtok
        (P,): marginal costs of the provider's own products, NaN for others'; None: as if it had no
        other.
    demand
        Returns what users of the market would come to buy at other prices; it takes a moment. None:
        the provider has no estimate.
    recoup_steps_taken
        Monthly steps back up that were already taken; 0 outside the phase ``recoup``.
    """

    time_days: float
    date: dt.date
    own: int
    product: str
    blended_price_usd_per_mtok: NDArray[np.float64]
    capability_logit: NDArray[np.float64]
    listed: NDArray[np.bool_]
    provider_index: NDArray[np.int16]
    user_share: NDArray[np.float64]
    marginal_cost_usd_per_mtok: float
    peace_margin_usd_per_mtok: float
    token_share: float
    tokens_mtok_per_day: float = 0.0
    move: RivalMove | None = None
    phase: Phase = "peace"
    war_budget_left_usd: float = 0.0
    recoup_steps_taken: int = 0
    own_costs_usd_per_mtok: NDArray[np.float64] | None = None
    demand: Callable[[], DemandEstimate] | None = None

    @property
    def reacting(self) -> bool:
        """Whether this look answers a rival."""
        return self.move is not None

    @property
    def own_blended_price_usd_per_mtok(self) -> float:
        """Present price of the product."""
        return float(self.blended_price_usd_per_mtok[self.own])

    @property
    def own_user_share(self) -> float:
        """Share of users that the product holds."""
        return float(self.user_share[self.own])

    @property
    def subject(self) -> str:
        """What is priced, for messages."""
        return f"product {self.product}"

    def read_only(self) -> PriceView:
        """Return the same view with arrays that refuse to be written."""
        frozen: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                frozen[field.name] = value.view()
                frozen[field.name].flags.writeable = False
        return replace(self, **frozen)
