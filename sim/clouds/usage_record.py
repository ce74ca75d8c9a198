"""What a product's accelerators did in a week, and how its users fared in a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from sim.quantities import FloatArray


@dataclass(slots=True)
class Rented:
    """Hours of one kind of accelerator for one product.

    Attributes
    ----------
    busy_hours
        At work.
    leased_hours, on_demand_hours
        Rented, by day of the run.
    base_usd, premium_usd
        Rent without the host's mark-up; what hours on demand cost over it.
    """

    busy_hours: float = 0.0
    leased_hours: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    on_demand_hours: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    base_usd: float = 0.0
    premium_usd: float = 0.0

    def add(self, more: Rented) -> None:
        """Count what was rented besides."""
        self.busy_hours += more.busy_hours
        for day, hours in more.leased_hours.items():
            self.leased_hours[day] += hours
        for day, hours in more.on_demand_hours.items():
            self.on_demand_hours[day] += hours
        self.base_usd += more.base_usd
        self.premium_usd += more.premium_usd


class Felt:
    """How users of each product fared, (P,).

    Parameters
    ----------
    products
        How many there are.

    Attributes
    ----------
    asked_mtok, served_mtok, refused_mtok
        Million tokens.
    waited_s_mtok
        Seconds of waiting times million tokens served.
    is_known
        Of which products anything is known.
    """

    def __init__(self, products: int) -> None:
        self.asked_mtok, self.served_mtok, self.refused_mtok, self.waited_s_mtok = np.zeros(
            (4, products)
        )
        self.is_known = np.zeros(products, bool)

    @property
    def delay_s(self) -> FloatArray:
        """Mean wait of those who were served."""
        served = self.served_mtok
        return np.divide(self.waited_s_mtok, served, out=np.zeros_like(served), where=served > 0.0)

    @property
    def refused_share(self) -> FloatArray:
        """Share of what was asked for that was refused, at most one."""
        refused = np.minimum(self.refused_mtok, self.asked_mtok)
        asked = self.asked_mtok
        return np.divide(refused, asked, out=np.zeros_like(asked), where=asked > 0.0)
