"""An accelerator as a host runs it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario.supply import Architecture
from sim.serving.precision import Efficiency, Precision, efficiency_at
from sim.serving.roofline import Chip


@dataclass(frozen=True, slots=True)
class HostedChip:
    """An accelerator as a host runs it.

    Attributes
    ----------
    chip
        Its physics.
    prefill_efficiency, decode_efficiency
        What its arithmetic and its traffic achieve, relative to most accelerators.
    target_utilisation
        Share of rented time that the host plans to be busy.
    power_usage_effectiveness
        Energy of the building over energy of the boards.
    cache_read_bytes_per_s
        How fast it reads the cache of input met before; None: in no time.
    """

    chip: Chip
    target_utilisation: float
    prefill_efficiency: float = 1.0
    decode_efficiency: float = 1.0
    power_usage_effectiveness: float = 1.0
    cache_read_bytes_per_s: float | None = None

    def efficiency(self, precision: Precision, architecture: Architecture) -> Efficiency:
        """Return what a model achieves on it at a precision."""
        usual = efficiency_at(
            precision,
            has_fp8=self.chip.has_fp8,
            is_mixture=architecture.is_mixture,
            accelerators=architecture.accelerators_per_instance,
        )
        return usual.scaled(self.prefill_efficiency, self.decode_efficiency)
