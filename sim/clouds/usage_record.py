"""What a product's accelerators did in a week, and how its users fared in a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


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


@dataclass(slots=True)
class Felt:
    """How a product's users fared.

    Attributes
    ----------
    asked_mtok, served_mtok, refused_mtok
        Million tokens.
    waited_s_mtok
        Seconds of waiting times million tokens served.
    """

    asked_mtok: float = 0.0
    served_mtok: float = 0.0
    refused_mtok: float = 0.0
    waited_s_mtok: float = 0.0

    @property
    def delay_s(self) -> float:
        """Mean wait of those who were served."""
        return self.waited_s_mtok / self.served_mtok if self.served_mtok > 0.0 else 0.0

    @property
    def refused_share(self) -> float:
        """Share of what was asked for that was refused, at most one."""
        if self.asked_mtok <= 0.0:
            return 0.0
        return 1.0 if self.refused_mtok >= self.asked_mtok else self.refused_mtok / self.asked_mtok
