"""From a scenario's records to pricing policies."""

from __future__ import annotations

from sim.providers.pricing.best_response import BestResponsePrice
from sim.providers.pricing.cost_plus import CostPlusPrice
from sim.providers.pricing.hold import HoldPrice
from sim.providers.pricing.loss_leader import LossLeaderPrice
from sim.providers.pricing.match import match_price
from sim.providers.pricing.policy import PricingPolicy, WarPricing
from sim.providers.pricing.replay import ReplayPrice
from sim.providers.pricing.undercut import UndercutPrice
from sim.scenario.pricing import (
    BestResponse,
    CostPlus,
    Hold,
    Match,
    PricePolicy,
    Replay,
    Undercut,
    War,
    WarPolicy,
)


def peace_policy(config: PricePolicy) -> PricingPolicy:
    """Return the policy that a provider follows in peace."""
    match config:
        case Replay():
            return ReplayPrice()
        case CostPlus():
            return CostPlusPrice(config.markup_share)
        case BestResponse():
            return BestResponsePrice(config.taste_scale_usd_per_mtok)
        case Hold():
            return HoldPrice()


def war_policy(config: WarPolicy, war: War) -> WarPricing:
    """Return the policy that a provider follows once a war has reached it.

    Parameters
    ----------
    config
        The provider's war policy.
    war
        The scenario's war, for what counts as comparable.
    """
    gap = war.comparable_capability_gap_logit
    match config:
        case Match():
            return match_price(config.floor_cost_share, gap)
        case Undercut():
            return UndercutPrice(config.depth_share, config.floor_cost_share, gap)
        case _:
            return LossLeaderPrice(
                depth_share=config.depth_share,
                discount_to_cost_share=config.discount_to_cost_share,
                free_below_usd_per_mtok=config.free_below_usd_per_mtok,
                target_share=config.target_share,
                recoup_markup_share=config.recoup_markup_share,
                recoup_days=config.recoup_days,
                capability_gap_logit=gap,
            )
