"""An accelerator as a host runs it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.serving.roofline import Chip


@dataclass(frozen=True, slots=True)
class HostedChip:
    """An accelerator as a host runs it.

    Attributes
    ----------
    chip
        Its physics.
    flop_utilisation, bandwidth_utilisation
        Achieved shares of peak rates when busy [mfu, mbu].
    target_utilisation
        Share of rented time that the host plans to be busy.
    power_usage_effectiveness
        Energy of the building over energy of the boards.
    """

    chip: Chip
    flop_utilisation: float
    bandwidth_utilisation: float
    target_utilisation: float
    power_usage_effectiveness: float = 1.0
