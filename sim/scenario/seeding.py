"""What a scenario says about seeding: a provider pays to have chosen users know and consider."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sim.quantities import Money
from sim.reading.frozen import Frozen, Name

Centrality = Literal[
    "random", "degree", "pagerank", "eigenvector", "k_core", "betweenness", "closeness"
]
"""By what users are chosen: their place in the network, as networkx measures it, or by lot."""

MOST_USERS = {"k_core": 200_000, "betweenness": 2_000, "closeness": 2_000}
"""Simulated users up to which networkx finds a measure in seconds; the others know no limit."""


class Seeding(Frozen):
    """One campaign of a provider among the users of the network."""

    date: dt.date
    """The scenario's first day, or later."""
    users: Annotated[float, Field(gt=0.0, le=1e12)]
    """How many, of the users that the population stands for."""
    chosen_by: Centrality = "random"
    """Those of the highest centrality, lots deciding between equals; or by lot alone."""
    cost_usd_per_user: Money
    """What the provider pays an agency for each."""
    product: Name | None = None
    """A product of the provider that they hear of, as when it makes news; None: they hear of the
    technology alone."""
