"""The pricing strategies that a scenario may name, of peace and of war."""

from __future__ import annotations

from typing import Annotated

from sim.reading.choice import OpenChoice
from sim.strategies.pricing.batch_discount import BatchDiscount
from sim.strategies.pricing.best_response import BestResponse
from sim.strategies.pricing.cache_discount import CacheDiscount
from sim.strategies.pricing.cost_plus import CostPlus
from sim.strategies.pricing.forward import Forward
from sim.strategies.pricing.freemium import Freemium
from sim.strategies.pricing.hold import Hold
from sim.strategies.pricing.loss_leader import LossLeader
from sim.strategies.pricing.match import Match
from sim.strategies.pricing.peace import PeacePricing
from sim.strategies.pricing.peak import Peak
from sim.strategies.pricing.replay import Replay
from sim.strategies.pricing.undercut import Undercut
from sim.strategies.pricing.war import WarPricing

PEACE = OpenChoice(
    PeacePricing,  # type: ignore[type-abstract] # it is never called
    (
        Replay,
        CostPlus,
        BestResponse,
        Forward,
        Peak,
        BatchDiscount,
        CacheDiscount,
        Freemium,
        Hold,
    ),
)
WAR = OpenChoice(WarPricing, (Match, Undercut, LossLeader))  # type: ignore[type-abstract] # nor this

PricePolicy = Annotated[PeacePricing, PEACE]
WarPolicy = Annotated[WarPricing, WAR]
