"""A small market with one trigger, for placebo tests: four that may fight, and an entrant."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.wars import War, first_wars
from sim.scenario.scenario import Scenario
from sim.simulation import Simulation

SMALL = """
extends: minimal
name: small-war
end_date: 2024-08-31
population: {{users: {users}}}
providers:
  - name: Zhipu
    price: {{policy: cost_plus, review_per_month: 1.0}}
    war: {{policy: undercut, depth_share: 0.1, floor_cost_share: 0.2}}
    compression:
      - {{product: glm-4, start_date: 2024-05-01, method: "gptq_per_group:4"}}
  - name: DeepSeek
    war: null
  - name: Alba
    cloud: rented cloud
    accelerator: H800 SXM5
    cash_usd: 1.0e+8
    price: {{policy: cost_plus, review_per_month: 1.0}}
    war: {{policy: match, floor_cost_share: 0.2}}
  - name: Brio
    cloud: rented cloud
    accelerator: H800 SXM5
    cash_usd: 1.0e+8
    price: {{policy: hold}}
    war: {{policy: loss_leader, depth_share: 0.3, budget_usd: 1.0e+6}}
  - name: Corto
    cloud: rented cloud
    accelerator: H800 SXM5
    cash_usd: 1.0e+8
    price: {{policy: cost_plus, review_per_month: 1.0}}
    war: {{policy: undercut, depth_share: 0.2, floor_cost_share: 0.2}}
products:
  - {entry}
{rivals}"""
RIVALS = (
    ("alba-1", "Alba", "2024-03-02", 1.4, -1.8),
    ("brio-1", "Brio", "2024-03-02", 1.0, -2.1),
    ("corto-1", "Corto", "2024-03-02", 2.5, -1.5),
    ("corto-2", "Corto", "2024-05-01", 4.0, -1.4),  # dearer than what stands: threatens nobody
)
RIVAL = """  - name: {}
    provider: {}
    launch_date: {}
    price_usd_per_mtok: {{input: {}, output: {}}}
    capability_logit: {}
    architecture:
      parameters_billion: 32
      active_parameters_billion: 32
      kv_bytes_per_token: 120000
"""
ENTRY = "{{name: DeepSeek-V2, price_cny_per_mtok: {{input: {cny}, output: {cny}}}}}"
REMOVED = "{name: DeepSeek-V2, remove: true}"


def small_text(entry: str, users: int = 40) -> str:
    """Return the file of the market with an entry, or with none."""
    rivals = "".join(
        RIVAL.format(name, provider, launch, usd, usd, capability)
        for name, provider, launch, usd, capability in RIVALS
    )
    return SMALL.format(entry=entry, users=users, rivals=rivals)


def small(scenario_of: Callable[..., Scenario], entry: str) -> Scenario:
    """Return the market with an entry, or with none."""
    return scenario_of(small_text(entry))


def entry_at(cny: float) -> str:
    """Return an entry at a price."""
    return ENTRY.format(cny=cny)


def events_of(scenario: Scenario, replications: int, seed: int = 1) -> pd.DataFrame:
    """Run replications in this process, and return their events."""
    frames = []
    for replication in range(replications):
        simulation = Simulation(scenario, seed, replication)
        simulation.run()
        table = simulation.recorder.tables()["events"]
        frames.append(table.to_pandas().assign(replication=replication))
    return pd.concat(frames, ignore_index=True)


def wars_of(scenario: Scenario, replications: int) -> list[War]:
    """Return the wars of some replications."""
    return first_wars(events_of(scenario, replications), scenario)


def answers(events: pd.DataFrame) -> pd.DataFrame:
    """Return the moves that answer a rival's."""
    return events[events["trigger_subject"].notna()]
