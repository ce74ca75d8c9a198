"""The cost book of a product: what a token costs now, and which cause moved it by how much."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.clouds.hosted_chip import HostedChip
from sim.compression.recipe_book import Cost
from sim.compression.state import CompressionState
from sim.providers.hardware import FleetMix
from sim.record.event import Cause
from sim.scenario.supply import Architecture, CompressionProject
from sim.serving.cost import Serving, serving
from sim.serving.error import ServingError
from sim.serving.precision import Precision
from sim.serving.roofline import StoredModel
from sim.tokens import PerToken, TokenMix

COST_CAUSES = (Cause.COMPRESSION, Cause.HARDWARE, Cause.RENT)
"""Why a marginal cost may change."""


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
        mix: TokenMix,
    ) -> None:
        self._architecture = architecture
        self._hosted = dict(hosted)
        self._mix = mix
        self.compression = CompressionState(
            architecture.weight_bits,
            activation_bits=architecture.served_activation_bits,
            kv_bits=architecture.kv_bits,
        )
        self.fleet = fleet
        self.rents_usd_per_hour = dict(rents_usd_per_hour)
        self._serving = self._serve(self.compression)
        self._unit_costs = self._price(self._serving)
        self.now = self._average(self._unit_costs)
        """Marginal cost now, USD per million tokens of each kind."""
        self.marginal_cost_usd_per_mtok = mix.blend(self.now)
        """Marginal cost now, at the industry's mix."""
        self.changed_usd_per_mtok = dict.fromkeys(COST_CAUSES, 0.0)
        """Sum of all changes so far by cause."""

    def serving(self, accelerator: str) -> Serving:
        """Return work, speed and energy on one kind of accelerator, as the model is now."""
        return self._serving[accelerator]

    def cost_with(self, state: CompressionState) -> float:
        """Return what a token would cost with another compression, USD per million of the mix.

        On the fleet of now at the rents of now; infinite where it could not be served.
        """
        try:
            served = self._serve(state)
        except ServingError:
            return math.inf
        return self._mix.blend(self._average(self._price(served)))

    def costs_with(self, state: CompressionState) -> dict[str, float]:
        """Return the same on each accelerator that may come to serve it.

        Raises
        ------
        ServingError
            One of them could not serve it.
        """
        prices = self._price(self._serve(state))
        return {name: self._mix.blend(price) for name, price in prices.items()}

    @property
    def is_served_by_host(self) -> bool:
        """Whether accelerators serve it, so that it has a cost per token."""
        return bool(self.fleet.shares)

    def set_compression(self, state: CompressionState) -> CostChange:
        """Replace the compression of the model."""
        self.compression = state
        self._serving = self._serve(self.compression)
        self._unit_costs = self._price(self._serving)
        return self._settle(Cause.COMPRESSION)

    def set_fleet(self, fleet: FleetMix) -> CostChange:
        """Replace the mix of accelerators."""
        self.fleet = fleet
        return self._settle(Cause.HARDWARE)

    def set_rents(self, rents_usd_per_hour: Mapping[str, float]) -> CostChange:
        """Replace rents; accelerators not named keep theirs."""
        self.rents_usd_per_hour.update(rents_usd_per_hour)
        self._unit_costs = self._price(self._serving)
        return self._settle(Cause.RENT)

    def _settle(self, cause: Cause) -> CostChange:
        old = self.marginal_cost_usd_per_mtok
        self.now = self._average(self._unit_costs)
        self.marginal_cost_usd_per_mtok = new = self._mix.blend(self.now)
        self.changed_usd_per_mtok[cause] += new - old
        return CostChange(cause, old, new)

    def _serve(self, state: CompressionState) -> dict[str, Serving]:
        """Put the model in some state on every kind of accelerator; rents do not matter."""
        model = StoredModel(
            Precision(
                state.weight_bits, state.activation_bits, state.kv_bits, state.is_two_of_four
            ),
            state.keep_bytes,
            state.keep_flops,
        )
        return {
            name: serving(
                self._architecture,
                model,
                hosted.chip,
                hosted.efficiency(model.precision, self._architecture),
                hosted.target_utilisation,
                cache_read_bytes_per_s=hosted.cache_read_bytes_per_s,
                power_usage_effectiveness=hosted.power_usage_effectiveness,
            )
            for name, hosted in self._hosted.items()
        }

    def _price(self, serving: Mapping[str, Serving]) -> dict[str, PerToken]:
        """Return what a token costs on every kind of accelerator at its rent."""
        return {
            name: served.marginal_cost_usd_per_mtok(self.rents_usd_per_hour[name])
            for name, served in serving.items()
        }

    def _average(self, unit_costs: Mapping[str, PerToken]) -> PerToken:
        total = [0.0, 0.0, 0.0]
        for name, share in self.fleet.shares:
            cost = unit_costs[name]
            total[0] += share * cost.input
            total[1] += share * cost.cache_hit
            total[2] += share * cost.output
        return PerToken(*total)


def recipe_cost(project: CompressionProject, costs: CostBook) -> Cost | None:
    """Return what a project's recipes are to lower: the cost of a token, or None, bytes."""
    return costs.cost_with if project.size == "cost" and costs.is_served_by_host else None
