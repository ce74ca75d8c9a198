"""A model of 34 billion parameters and what its tokens cost on one kind of accelerator."""

from sim.clouds.hosted_chip import HostedChip
from sim.data.accelerators import accelerator
from sim.providers.cost_book import CostBook
from sim.providers.hardware import FleetMix
from sim.scenario.supply import Architecture
from sim.tokens import TokenMix

MODEL = Architecture(
    parameters_billion=34.0,
    active_parameters_billion=34.0,
    kv_bytes_per_token=160_000.0,
    weight_bits=16.0,
)


def book(name: str, model: Architecture = MODEL) -> CostBook:
    return CostBook(
        model,
        {name: HostedChip(accelerator(name), 0.5)},
        FleetMix.all_on(name),
        {name: 2.0},
        TokenMix(0.75, 0.0, 0.25),
    )
