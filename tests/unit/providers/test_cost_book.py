"""The cost book: every change has one cause, and changes add up."""

from itertools import pairwise

import pytest

from sim.clouds.hosted_chip import HostedChip
from sim.compression.state import CompressionState
from sim.data.accelerators import accelerator
from sim.providers.cost_book import COST_CAUSES, CostBook
from sim.providers.hardware import FleetMix
from sim.scenario.supply import Architecture
from sim.serving.error import ServingError
from sim.tokens import TokenMix

MIX = TokenMix(0.6, 0.1, 0.3)
HOSTED = {
    name: HostedChip(accelerator(name), 0.5, power_usage_effectiveness=1.3)
    for name in ("H800 SXM5", "A100 SXM4 80GB")
}
RENTS = {"H800 SXM5": 2.0, "A100 SXM4 80GB": 1.2}
MODEL = Architecture(
    parameters_billion=32.0, active_parameters_billion=32.0, kv_bytes_per_token=262_144.0
)
ON_A100 = FleetMix.all_on("A100 SXM4 80GB")


def book() -> CostBook:
    return CostBook(MODEL, HOSTED, ON_A100, RENTS, MIX)


def test_a_joint_change_is_split_by_cause_and_adds_up() -> None:
    costs = book()
    first = costs.marginal_cost_usd_per_mtok
    changes = [
        costs.set_compression(CompressionState(4.0)),
        costs.set_fleet(ON_A100.moved("H800 SXM5", 0.5)),
        costs.set_rents({"A100 SXM4 80GB": 0.9, "H800 SXM5": 2.4}),
    ]
    assert [change.cause for change in changes] == list(COST_CAUSES)
    assert changes[0].old_usd_per_mtok == first
    for earlier, later in pairwise(changes):
        assert later.old_usd_per_mtok == earlier.new_usd_per_mtok
    assert changes[-1].new_usd_per_mtok == costs.marginal_cost_usd_per_mtok
    total = sum(costs.changed_usd_per_mtok.values())
    assert total == pytest.approx(costs.marginal_cost_usd_per_mtok - first, rel=1e-12)


def test_the_cost_of_a_mixed_fleet_is_the_average_of_its_parts() -> None:
    costs = book()
    ends = []
    for part in (0.0, 1.0, 0.25):
        costs.set_fleet(ON_A100.moved("H800 SXM5", part))
        ends.append(costs.marginal_cost_usd_per_mtok)
    assert ends[2] == pytest.approx(0.75 * ends[0] + 0.25 * ends[1])


def test_rents_of_accelerators_that_are_not_used_do_not_matter() -> None:
    change = book().set_rents({"H800 SXM5": 20.0})
    assert change.old_usd_per_mtok == change.new_usd_per_mtok


def test_cost_is_proportional_to_rent() -> None:
    change = book().set_rents({"A100 SXM4 80GB": 2.4})
    assert change.new_usd_per_mtok == pytest.approx(2.0 * change.old_usd_per_mtok)


def test_the_parts_of_cost_are_those_of_the_only_accelerator() -> None:
    costs = book()
    serving = costs.serving("A100 SXM4 80GB")
    assert costs.now == serving.marginal_cost_usd_per_mtok(RENTS["A100 SXM4 80GB"])
    assert costs.marginal_cost_usd_per_mtok == MIX.blend(costs.now)


def test_an_edge_product_costs_its_provider_nothing() -> None:
    edge = CostBook(MODEL, {}, FleetMix(()), {}, MIX)
    assert edge.marginal_cost_usd_per_mtok == 0.0
    assert edge.set_compression(CompressionState(4.0)).new_usd_per_mtok == 0.0


def test_an_accelerator_that_cannot_serve_the_model_is_refused_before_the_run() -> None:
    hosted = {**HOSTED, "T4": HostedChip(accelerator("T4"), 0.5)}
    big = MODEL.model_copy(update={"parameters_billion": 120.0})
    with pytest.raises(ServingError, match="x T4"):
        CostBook(big, hosted, ON_A100, {**RENTS, "T4": 0.3}, MIX)
