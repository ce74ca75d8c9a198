"""The kinds of interventions that a scenario may name."""

from __future__ import annotations

from typing import Annotated, Final

from sim.interventions.intervention import Intervention
from sim.interventions.kinds.price import Price
from sim.interventions.kinds.rents import Rents
from sim.reading.choice import OpenChoice

KINDS: Final[tuple[type[Intervention], ...]] = (Price, Rents)
"""All kinds, in the order in which help and messages name them."""

AnyIntervention = Annotated[Intervention, OpenChoice(Intervention, KINDS, tag="kind")]  # type: ignore[type-abstract] # it is never called
