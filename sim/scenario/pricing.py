"""What a scenario says about prices: the policy of peace, the policy of war, and the war itself."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sim.quantities import Money, NonNegative, Positive, Share, TokenPrice
from sim.reading.frozen import Frozen


class Clocked(Frozen):
    """A policy that looks at its prices at Poisson times and whenever its cost changes."""

    review_per_month: NonNegative = 0.026
    """Price reviews per product and month; default: closed developers on OpenRouter to 2025-10."""
    reviews_on_cost_change: bool = True


class Replay(Frozen):
    """Follow the product's ``price_history``."""

    policy: Literal["replay"]


class CostPlus(Clocked):
    """``p = (1 + k) c``."""

    policy: Literal["cost_plus"]
    markup_share: Annotated[float, Field(ge=-1.0)] | None = None
    """[k]; None: the mark-up that the price had at its listing, or after the last war."""


class BestResponse(Clocked):
    """Exact best response of one product to its rivals' prices under logit demand."""

    policy: Literal["best_response"]
    taste_scale_usd_per_mtok: Annotated[float, Field(gt=0.0, le=1e6)]
    """[mu] The provider's estimate of the taste scale."""


class Hold(Frozen):
    """Keep the list price whatever happens."""

    policy: Literal["hold"]


PricePolicy = Annotated[
    Replay | CostPlus | BestResponse | Hold,
    Field(discriminator="policy"),
]


class Match(Frozen):
    """Go down to the cheapest comparable rival, not below the floor."""

    policy: Literal["match"]
    floor_cost_share: NonNegative = 1.0
    """The floor, as a multiple of marginal cost."""


class Undercut(Frozen):
    """Go below the cheapest comparable rival by a share, not below the floor."""

    policy: Literal["undercut"]
    depth_share: Share = 0.2
    """[d]"""
    floor_cost_share: NonNegative = 1.0


class LossLeader(Frozen):
    """Sell below cost until the war budget or the target share is reached, then recoup."""

    policy: Literal["loss_leader"]
    depth_share: Share = 0.2
    """Below the cheapest comparable rival by this share, even below cost."""
    discount_to_cost_share: Share = 0.5
    """[l] Deepest price: ``(1 - l) c``; 1 allows a free tier."""
    free_below_usd_per_mtok: TokenPrice = 0.0
    """A proposed blended price at or below this becomes zero: a free tier."""
    budget_usd: Money
    """Losses against marginal cost that the owner funds."""
    target_share: Share | None = None
    """Share of all tokens at which it stops."""
    recoup_markup_share: NonNegative = 0.3
    """After the war it returns to ``(1 + k) c``."""
    recoup_days: Positive = 180.0
    """Days in which it gets there, in equal monthly steps."""


WarPolicy = Annotated[Match | Undercut | LossLeader, Field(discriminator="policy")]


class War(Frozen):
    """A price war: what triggers a reaction, how fast it comes, when the war ends.

    Off (``factors.competition: false``) every provider keeps to its policy of peace, with
    everything else held fixed.
    """

    trigger_gap_share: Share = 0.1
    """[tau] React when a comparable rival is cheaper than ``(1 - tau)`` times the own price."""
    comparable_capability_gap_logit: NonNegative = 0.5
    """A rival is comparable if its capability is at least the own minus this gap."""
    reaction_per_day: Positive = 0.048
    """[h] Hazard of the reaction; default: the May 2024 war."""
    start_date: dt.date | None = None
    """No reaction before this date; None: from the first day."""
    end_date: dt.date | None = None
    """No reaction after this date; None: to the last day."""


class Factors(Frozen):
    """Switches of causes; a world is a scenario with some of them off."""

    compression: bool = True
    hardware: bool = True
    """Off: fleets stay on their first accelerator (rents still move)."""
    competition: bool = True
    """Off: no war policy acts."""
    attention: bool = True
    """Off: price cuts and launches make no news."""
