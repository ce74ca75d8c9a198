"""The cost book of a product: what a token costs now, and which cause moved it by how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sim.clouds.hosted_chip import HostedChip
from sim.compression.state import CompressionState
from sim.providers.hardware import FleetMix
from sim.providers.serving_cost import Blend, ServingCost, serving_cost
from sim.scenario.supply import Architecture


class Cause(StrEnum):
    """Why a marginal cost changed."""

    COMPRESSION = "compression"
    HARDWARE = "hardware"
    RENT = "rent"


@dataclass(frozen=True, slots=True)
class UnitCost:
    """Marginal cost in USD per million tokens, by kind of token."""

    input_usd_per_mtok: float
    cache_hit_usd_per_mtok: float
    output_usd_per_mtok: float

    def blended_usd_per_mtok(self, mix: Blend) -> float:
        """Average over a mix of tokens."""
        return mix.blend(
            self.input_usd_per_mtok, self.cache_hit_usd_per_mtok, self.output_usd_per_mtok
        )


@dataclass(frozen=True, slots=True)
class CostChange:
    """One step of marginal cost, blended at the industry's mix, with its single cause."""

    cause: Cause
    old_usd_per_mtok: float
    new_usd_per_mtok: float


class CostBook:
    """Marginal cost of one product.

    The cost is the average of the roofline's cost on each kind of accelerator, weighted by the
    share of tokens that it serves. Changes are made one thing at a time, so that what the causes
    moved adds up to the whole change.

    Parameters
    ----------
    architecture
        The model.
    hosted
        The accelerators that may come to serve it, by name; empty for an edge product, which runs
        on its users' devices and costs its provider nothing per token.
    fleet
        Which accelerators serve it now.
    rents_usd_per_hour
        Rent of each accelerator now, the host's mark-up included.
    mix
        The industry's mix of tokens.

    Raises
    ------
    ServingError
        If one of the accelerators cannot serve the model.
    """

    def __init__(
        self,
        architecture: Architecture,
        hosted: Mapping[str, HostedChip],
        fleet: FleetMix,
        rents_usd_per_hour: Mapping[str, float],
        mix: Blend,
    ) -> None:
        self._architecture = architecture
        self._hosted = dict(hosted)
        self._mix = mix
        self.compression = CompressionState(architecture.weight_bits)
        self.fleet = fleet
        self.rents_usd_per_hour = dict(rents_usd_per_hour)
        self._serving = self._serve()
        self.now = self._average()
        """Marginal cost now, by kind of token."""
        self.changed_usd_per_mtok = dict.fromkeys(Cause, 0.0)
        """Sum of all changes so far by cause."""

    @property
    def marginal_cost_usd_per_mtok(self) -> float:
        """Marginal cost now, at the industry's mix."""
        return self.now.blended_usd_per_mtok(self._mix)

    def serving(self, accelerator: str) -> ServingCost:
        """Cost, speed and energy on one kind of accelerator, as the model is now."""
        return self._serving[accelerator]

    def set_compression(self, state: CompressionState) -> CostChange:
        """Replace the compression of the model."""
        self.compression = state
        self._serving = self._serve()
        return self._settle(Cause.COMPRESSION)

    def set_fleet(self, fleet: FleetMix) -> CostChange:
        """Replace the mix of accelerators."""
        self.fleet = fleet
        return self._settle(Cause.HARDWARE)

    def set_rents(self, rents_usd_per_hour: Mapping[str, float]) -> CostChange:
        """Replace rents; accelerators not named keep theirs."""
        self.rents_usd_per_hour.update(rents_usd_per_hour)
        self._serving = self._serve()
        return self._settle(Cause.RENT)

    def _settle(self, cause: Cause) -> CostChange:
        old = self.marginal_cost_usd_per_mtok
        self.now = self._average()
        new = self.marginal_cost_usd_per_mtok
        self.changed_usd_per_mtok[cause] += new - old
        return CostChange(cause, old, new)

    def _serve(self) -> dict[str, ServingCost]:
        return {
            name: serving_cost(
                self._architecture,
                hosted.chip,
                self.rents_usd_per_hour[name],
                hosted.target_utilisation,
                hosted.flop_utilisation,
                hosted.bandwidth_utilisation,
                keep_bytes=self.compression.keep_bytes,
                keep_flops=self.compression.keep_flops,
                weight_bits=self.compression.weight_bits,
                power_usage_effectiveness=hosted.power_usage_effectiveness,
            )
            for name, hosted in self._hosted.items()
        }

    def _average(self) -> UnitCost:
        total = [0.0, 0.0, 0.0]
        for name, share in self.fleet.shares:
            cost = self._serving[name]
            total[0] += share * cost.input_usd_per_mtok
            total[1] += share * cost.cache_hit_usd_per_mtok
            total[2] += share * cost.output_usd_per_mtok
        return UnitCost(*total)
