"""The kinds of interventions that a scenario may name."""

from __future__ import annotations

from typing import Annotated, Final

from sim.interventions.intervention import Intervention
from sim.interventions.kinds.below_cost_ban import BelowCostBan
from sim.interventions.kinds.capability import Capability
from sim.interventions.kinds.capacity_freeze import CapacityFreeze
from sim.interventions.kinds.capacity_shortage import CapacityShortage
from sim.interventions.kinds.demand import Demand
from sim.interventions.kinds.entry import Entry
from sim.interventions.kinds.failure import Failure
from sim.interventions.kinds.launch import Launch
from sim.interventions.kinds.merger import Merger
from sim.interventions.kinds.portability import Portability
from sim.interventions.kinds.price import Price
from sim.interventions.kinds.price_floor import PriceFloor
from sim.interventions.kinds.removal import Removal
from sim.interventions.kinds.rents import Rents
from sim.reading.choice import OpenChoice

KINDS: Final[tuple[type[Intervention], ...]] = (
    Price,
    Rents,
    CapacityFreeze,
    CapacityShortage,
    Demand,
    Launch,
    Entry,
    Removal,
    Capability,
    Failure,
    PriceFloor,
    BelowCostBan,
    Portability,
    Merger,
)
"""All kinds, in the order in which help and messages name them."""

AnyIntervention = Annotated[Intervention, OpenChoice(Intervention, KINDS, tag="kind")]
